//! What of an image the checks do not look at, and why. Each constant tells of the limits that
//! stand beside the code that it is about.

use duecare_base::Gap;

const fn gap(reason: &'static str) -> Gap {
    Gap::hiding("services and settings", reason)
}

/// `TEXT_BYTES_MAX` of texts.
pub(crate) const TEXT: Gap = gap("a script or settings file larger than 16 MiB was not read");
/// `TOKENS_MAX`, `NESTING_MAX` and `DEPTH_MAX` of the shell's grammar.
pub(crate) const SCRIPT: Gap =
    gap("a shell script was not read in full: it is too long or nested too deeply");
/// `COMMANDS_MAX`, `RUNS_MAX`, `DEPTH_MAX` and `LOOP_WORDS_MAX` of following scripts.
pub(crate) const BOOT: Gap =
    gap("not everything that starts at boot was followed: scripts do too much or call too deeply");
/// What a pipe or `eval` makes of other programs' output.
pub(crate) const UNKNOWN: Gap =
    gap("commands that run at boot are made on the device (eval, or a shell that reads a pipe)");
/// A file that `.` reads in.
pub(crate) const SOURCED: Gap =
    gap("a script that runs at boot reads in a file that is not in the image");
/// `LINES_MAX`, `FILES_MAX`, `UNITS_MAX`, `WRITTEN_MAX`, `OPTIONS_MAX`.
pub(crate) const LIST: Gap =
    gap("a list of what starts (units, tables, folders of events) is too long to be read in full");
/// `PROGRAM_BYTES_MAX`, `COMMANDS_MAX` of commands inside programs.
pub(crate) const PROGRAM: Gap = gap("not all commands inside a program were looked at");
/// `PER_FILE_MAX`, `ADDRESSES_MAX`.
pub(crate) const FINDINGS: Gap = gap("a file has more addresses or findings than are looked at");
/// `VARIABLES_MAX`, `ENVIRONMENTS_MAX`.
pub(crate) const ENVIRONMENT: Gap = gap("a boot loader's settings were not read in full");
/// `CONFIG_BYTES_MAX`.
pub(crate) const CONFIG: Gap = gap("a kernel configuration larger than 2 MiB was not read");
