//! What of a file is not searched for secrets, and why. Each constant tells of the limit beside the
//! code that it is about.

use duecare_base::Gap;

const fn gap(reason: &'static str) -> Gap {
    Gap::hiding("secrets", reason)
}

/// `TEXT_BYTES_MAX` of texts, which files of accounts share.
pub(crate) const LARGE: Gap = gap("a text larger than 16 MiB was not searched for passwords");
/// `WINDOWS_MAX`, `ALIASES_MAX`, `EMPTY_MAX`.
pub(crate) const PLACES: Gap =
    gap("a text has more places where a password may stand than are looked at");
/// `BYTES_MAX` of settings between NUL bytes.
pub(crate) const SETTINGS: Gap =
    gap("stored settings were searched for passwords in their first 4 MiB only");
/// The `FINDINGS_MAX` of texts, tokens and databases.
pub(crate) const FINDINGS: Gap = gap("a file holds more secrets of one kind than are listed");
/// `MARKS_MAX`, `BLOCKS_MAX`.
pub(crate) const MARKS: Gap =
    gap("a file has more places where a key or token may begin than are looked at");
/// `STORE_BYTES_MAX`.
pub(crate) const STORE: Gap = gap("a key store larger than 1 MiB was not read");
/// `GUESSED_HASHES_MAX`.
pub(crate) const HASHES: Gap =
    gap("of the password hashes in a file only the first 32 were compared with common passwords");
/// The limits of `sqlite::reader`.
pub(crate) const DATABASE: Gap = gap("a database was not read in full: it is too large or damaged");
/// Databases whose text is UTF-16.
pub(crate) const DATABASE_FORM: Gap =
    gap("a database was not read: its text is UTF-16 or its header is damaged");
