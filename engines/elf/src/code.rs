//! The code of one file, read once for every check that looks at it.

use crate::file::ElfFile;
use crate::flow::{self, Function, Image, Isa, Sites, Value};
use crate::gaps;
use crate::header::Kind;
use crate::model::{self, Role, Source};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// Most instructions of a function that is read to see whether it checks text.
const GUARD_STEPS_MAX: usize = 2_000;

/// Functions that are worth reading, and what was needed to find them.
pub(crate) struct Code<'a> {
    pub(crate) image: Image<'a>,
    sites: Sites,
    isa: Isa,
    /// Instructions that may still be read.
    budget: Cell<usize>,
    guards: RefCell<BTreeMap<u64, bool>>,
}

impl<'a> Code<'a> {
    /// `None` when the file has no code that can be read here.
    pub(crate) fn new(file: &'a ElfFile<'a>) -> Option<Self> {
        if !matches!(file.kind(), Kind::Executable | Kind::Pie | Kind::SharedObject) {
            return None;
        }
        if !worth_reading(file) {
            return None;
        }
        let Some(isa) = Isa::of(file) else {
            file.miss(gaps::PROCESSOR);
            return None;
        };
        let image = Image::new(file);
        let sites = flow::sites(&image, isa);
        let budget = Cell::new(flow::FILE_STEPS_MAX);
        Some(Self { image, sites, isa, budget, guards: RefCell::default() })
    }

    /// The functions that bring text in, compare it or run a shell.
    pub(crate) fn functions(&self) -> Vec<Function<'a>> {
        self.read(|site| self.image.callee(site.isa, site.target).role.is_some_and(wanted))
    }

    /// The functions that call one of these addresses, but for those already read.
    pub(crate) fn callers(&self, of: &BTreeSet<u64>, read: &[Function<'a>]) -> Vec<Function<'a>> {
        let thumb = self.image.thumb_bit();
        let known = |at: u64| {
            let behind = read.partition_point(|function| function.start <= at);
            let before = behind.checked_sub(1).and_then(|index| read.get(index));
            before.is_some_and(|function| at < function.end)
        };
        self.read(|site| match site.target {
            Value::Const(at) => of.contains(&(at & !thumb)) && !known(site.at),
            _ => false,
        })
    }

    /// Whether the file names the addresses that forms are sent to.
    pub(crate) fn serves_forms(&self) -> bool {
        const NAMES: &[&[u8]] = &[b"goform", b"boafrm", b"formLo", b"cgi-bi", b"apply."];
        self.image.file.regions().iter().any(|region| {
            let windows = region.bytes.windows(6);
            windows
                .filter(|w| matches!(w.first(), Some(b'g' | b'b' | b'f' | b'c' | b'a')))
                .any(|w| NAMES.contains(&w))
        })
    }

    fn read(&self, wanted: impl Fn(&flow::Site) -> bool) -> Vec<Function<'a>> {
        let mut budget = self.budget.get();
        let found = flow::functions(&self.image, &self.sites, &mut budget, wanted);
        self.budget.set(budget);
        found
    }

    /// Whether the function at an address looks for the characters that a shell gives a meaning,
    /// or lets only some characters pass.
    pub(crate) fn guards(&self, target: u64) -> bool {
        let start = target & !self.image.thumb_bit();
        if let Some(known) = self.guards.borrow().get(&start) {
            return *known;
        }
        let mut budget = self.budget.get().min(GUARD_STEPS_MAX);
        let before = budget;
        let function = flow::one(&self.image, &self.sites, self.isa.at(target), start, &mut budget);
        self.budget.set(self.budget.get().saturating_sub(before - budget));
        let found =
            checks_text(&function) || function.calls.iter().any(|call| is_check(&self.image, call));
        self.guards.borrow_mut().insert(start, found);
        found
    }
}

/// Whether a function compares characters with those that a shell gives a meaning. The ampersand
/// also parts the fields of a query, so it says nothing.
pub(crate) fn checks_text(function: &Function<'_>) -> bool {
    b";|`$<>".iter().filter(|byte| function.characters.contains(byte)).count() >= 2
}

/// Whether a call checks text before it is used: for characters of the shell, or for being an
/// address or a number.
pub(crate) fn is_check(image: &Image<'_>, call: &flow::Call<'_>) -> bool {
    let shell = |text: &str| text.contains([';', '|', '`', '$']);
    match (call.name, call.args) {
        (Some("strchr" | "strrchr" | "index" | "memchr"), [_, Value::Const(byte), ..]) => {
            u8::try_from(byte).is_ok_and(|byte| b";|`$".contains(&byte))
        }
        (Some("strpbrk" | "strcspn" | "strstr"), [_, set, ..]) => {
            image.text(set).is_some_and(|(_, text)| shell(text))
        }
        (Some("strspn" | "inet_addr" | "inet_aton" | "inet_pton" | "ether_aton"), _)
        | (Some("isalnum" | "isdigit" | "regexec" | "ether_aton_r"), _) => true,
        _ => call.role == Some(Role::Guards),
    }
}

/// Whether any symbol plays a part, and any text shows that logins are this file's matter: most
/// libraries compare texts all day without either.
fn worth_reading(file: &ElfFile<'_>) -> bool {
    let symbols = file.symbols();
    let (mut compares, mut environment) = (false, false);
    for symbol in symbols.dynamic.iter().chain(&symbols.full) {
        match model::role(crate::names::plain(symbol.name)) {
            Some(Role::Shell { .. } | Role::Executes) => return true,
            Some(Role::Gives(Source::Request, _)) => return true,
            Some(Role::Gives(Source::Environment, _)) => environment = true,
            Some(role) => compares |= wanted(role),
            None => {}
        }
    }
    environment && serves_requests(file) || compares && speaks_of_logins(file)
}

/// Whether the file names a variable that web servers set for the programs that they start.
fn serves_requests(file: &ElfFile<'_>) -> bool {
    const NAMES: &[&[u8; 12]] =
        &[b"QUERY_STRING", b"HTTP_COOKIE\0", b"CONTENT_LENG", b"HTTP_SOAPACT"];
    file.regions().iter().any(|region| {
        let windows = region.bytes.windows(12);
        windows
            .filter(|w| matches!(w.first(), Some(b'Q' | b'H' | b'C')))
            .any(|w| NAMES.iter().any(|name| w == *name))
    })
}

/// Whether the loaded parts hold one of the words that every login has near it.
pub(crate) fn speaks_of_logins(file: &ElfFile<'_>) -> bool {
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
            | Role::Gives(Source::Terminal | Source::Request | Source::Environment, _)
            | Role::Fills { source: Source::Terminal | Source::Network | Source::Request, .. }
    )
}
