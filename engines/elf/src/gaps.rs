//! What of a program is not looked at, and why. Each constant tells of limits beside the code that
//! it is about.
//!
//! What is merely not known is none: that registers are forgotten where ways meet or a function
//! is very long, that calls through tables lead nowhere, that chains of functions are followed a few rounds. The checks'
//! descriptions speak of that.

use duecare_base::Gap;

const fn gap(reason: &'static str) -> Gap {
    Gap::hiding("flaws in programs", reason)
}

/// Decoders exist for few processors.
pub(crate) const PROCESSOR: Gap = Gap::stated(
    "flaws in programs",
    "code is not followed on this processor, only on MIPS, ARM, AArch64 and x86; hardening, symbols and texts were checked",
);
/// The header names an unknown class or byte order, or is cut off.
pub(crate) const HEADER: Gap =
    gap("a file that begins as a program can't be read: its header is damaged or cut off");
/// `SEGMENTS_MAX`, `SECTIONS_MAX`, `ENTRIES_MAX` of the dynamic table, `SYMBOLS_MAX`,
/// `RELOCATIONS_MAX`, `GOT_ENTRIES_MAX`.
pub(crate) const TABLES: Gap = gap(
    "a table of a program (segments, sections, symbols, relocations) is too long to be read in full",
);
/// `SITES_MAX`, `TABLE_MAX`.
pub(crate) const CALLS: Gap = gap("a program has more calls or functions than are looked at");
/// `FILE_STEPS_MAX`.
pub(crate) const FILE: Gap =
    gap("a program's code was not read in full: it takes more than 12000000 instructions");
/// `CALLS_MAX`.
pub(crate) const FUNCTION: Gap =
    gap("a function makes more than 4000 calls, of which the others were not looked at");
/// `SUMMARIES_MAX`, `WRAPPERS_MAX`.
pub(crate) const SUMMARIES: Gap =
    gap("input was not followed through all functions of a program: too many hand it on");
/// `COMPARES_MAX`, `DATA_BYTES_MAX` and `NAMES_MAX` of tables of accounts, texts' `TEXT_BYTES_MAX`.
pub(crate) const DATA: Gap =
    gap("a program holds more comparisons, data or user names than are looked at");
/// The `FINDINGS_MAX` of each check.
pub(crate) const FINDINGS: Gap = gap("a program has more findings of one check than are listed");
