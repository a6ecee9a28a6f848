//! The code of one file, read once for every check that looks at it.

use crate::file::ElfFile;
use crate::flow::{self, Function, Image, Isa, Sites, Value};
use crate::header::Kind;
use crate::model::{self, Role, Source};
use std::collections::BTreeSet;

/// Functions that are worth reading, and what was needed to find them.
pub(crate) struct Code<'a> {
    pub(crate) image: Image<'a>,
    sites: Sites,
}

impl<'a> Code<'a> {
    /// `None` when the file has no code that can be read here.
    pub(crate) fn new(file: &'a ElfFile<'a>) -> Option<Self> {
        if !matches!(file.kind(), Kind::Executable | Kind::Pie | Kind::SharedObject) {
            return None;
        }
        let isa = Isa::of(file)?;
        if !worth_reading(file) {
            return None;
        }
        let image = Image::new(file);
        let sites = flow::sites(&image, isa);
        Some(Self { image, sites })
    }

    /// The functions that bring text in, compare it or run a shell.
    pub(crate) fn functions(&self) -> Vec<Function<'a>> {
        flow::functions(&self.image, &self.sites, |site| {
            self.image.callee(site.isa, site.target).role.is_some_and(wanted)
        })
    }

    /// The functions that call one of these addresses.
    pub(crate) fn callers(&self, of: &BTreeSet<u64>) -> Vec<Function<'a>> {
        let thumb = self.image.thumb_bit();
        flow::functions(&self.image, &self.sites, |site| match site.target {
            Value::Const(at) => of.contains(&(at & !thumb)),
            _ => false,
        })
    }
}

/// Whether any symbol plays a part, and any text shows that logins are this file's matter: most
/// libraries compare texts all day without either.
fn worth_reading(file: &ElfFile<'_>) -> bool {
    let symbols = file.symbols();
    let mut compares = false;
    for symbol in symbols.dynamic.iter().chain(&symbols.full) {
        match model::role(crate::names::plain(symbol.name)) {
            Some(Role::Shell { .. } | Role::Executes) => return true,
            Some(role) => compares |= wanted(role),
            None => {}
        }
    }
    compares && speaks_of_logins(file)
}

/// Whether the loaded parts hold one of the words that every login has near it.
fn speaks_of_logins(file: &ElfFile<'_>) -> bool {
    const WORDS: &[[u8; 5]] = &[*b"passw", *b"login", *b"autho", *b"authe", *b"user_", *b"usern"];
    let is_word = |window: &[u8]| {
        let first = window.first().map_or(0, |b| b | 0x20);
        matches!(first, b'p' | b'l' | b'a' | b'u')
            && WORDS.iter().any(|word| window.eq_ignore_ascii_case(word))
    };
    file.regions().iter().any(|region| {
        region.bytes.windows(5).any(is_word)
            || region.bytes.windows(4).any(|w| w == b"pwd\0" || w == b"PWD\0")
    })
}

/// Calls that make their function worth reading. Those that bring text in count, because
/// compilers write short comparisons into the code without a call.
fn wanted(role: Role) -> bool {
    matches!(
        role,
        Role::Compares(_)
            | Role::Shell { .. }
            | Role::Executes
            | Role::Gives(Source::Terminal | Source::Request, _)
            | Role::Fills { source: Source::Terminal | Source::Network | Source::Request, .. }
    )
}
