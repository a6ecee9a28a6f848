//! The checks of an unpacked image that need no disassembly: what starts at boot, how services are
//! set up, modes, the kernel, the boot loader, updates; and the descriptions of all checks.

pub mod boot;
pub mod pack;
pub mod shell;
pub mod tree;
