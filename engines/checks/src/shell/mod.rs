//! Reads shell scripts: words, commands, and what they do at boot, without running anything.
//!
//! The grammar is POSIX.1-2017, Shell & Utilities, section 2, with what ash and bash scripts on
//! devices add (`[[`, `function`, `local`, `source`). A script that breaks the grammar is read as
//! far as it makes sense. Left out on purpose: arithmetic, job control, here-documents as input
//! (`boot` reads those that go into files).

mod decode;
pub mod eval;
pub mod expand;
mod files;
pub mod flow;
pub mod lex;
pub mod openwrt;
pub mod parse;
mod pipe;
pub mod run;
pub mod start;
pub mod test;
pub mod uci;
