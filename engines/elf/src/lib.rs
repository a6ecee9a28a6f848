//! ELF files as firmware has them: what a loader sees, how they are hardened, and what their code
//! does with input.
//!
//! Router and camera programs are stripped, their section tables cut off or mangled, and they run
//! on MIPS and ARM more often than on x86. So everything here starts from the program headers and
//! the dynamic table, as the loader does, and takes sections only as a second source.
//!
//! Left out on purpose: DWARF, emulation, decompilation. No I/O.

pub mod build;
pub mod dynamic;
pub mod file;
pub mod header;
pub mod notes;
pub mod strings;
pub mod symbols;
pub mod tables;

pub use build::{GoBuildInfo, GoModule};
pub use file::ElfFile;
pub use header::{Arch, Kind};
pub use symbols::Symbol;
