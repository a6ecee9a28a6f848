//! ELF files as firmware has them: what a loader sees, how they are hardened, and what their code
//! does with input.
//!
//! Router and camera programs are stripped, their section tables cut off or mangled, and they run
//! on MIPS and ARM more often than on x86. So everything here starts from the program headers and
//! the dynamic table, as the loader does, and takes sections only as a second source.
//!
//! Left out on purpose: DWARF, emulation, decompilation. No I/O.

mod accounts;
mod backdoor;
pub mod build;
mod carry;
mod code;
pub mod dynamic;
mod embedded;
mod facts;
pub mod file;
mod flow;
mod gaps;
pub mod hardening;
pub mod header;
mod inject;
mod literal;
mod memory;
mod model;
mod names;
pub mod notes;
mod program;
mod shape;
pub mod strings;
pub mod symbols;
pub mod tables;
mod trace;
mod vendors;
mod weak;
mod words;

pub use build::{GoBuildInfo, GoModule};
pub use facts::FileFacts;
pub use file::ElfFile;
pub use hardening::{Hardening, Relro, hardening};
pub use header::{Arch, Kind};
pub use symbols::Symbol;

use duecare_base::{Checked, Location};

/// Every check over one file that begins as an ELF file; nothing when it doesn't. Findings come in
/// a fixed order.
#[must_use]
pub fn check(bytes: &[u8], at: &Location, facts: &FileFacts<'_>) -> Checked {
    let mut out = Checked::default();
    let Some(file) = ElfFile::parse(bytes) else {
        if bytes.starts_with(b"\x7fELF") {
            out.not_seen.add(gaps::HEADER, at.clone());
        }
        return out;
    };
    let mut found = weak::check(&file, at, facts);
    found.extend(embedded::check(&file, at));
    if let Some(code) = code::Code::new(&file) {
        let mut program = program::Program::read(&code);
        found.extend(literal::check(&program, at, facts));
        found.extend(memory::check(&program, at, facts));
        found.extend(backdoor::check(&program, at));
        found.extend(accounts::check(&code, at));
        found.extend(inject::check(&mut program, at, facts));
    }
    out.findings = found;
    for gap in file.gaps() {
        out.not_seen.add(gap, at.clone());
    }
    out
}
