//! Firmware as a whole: every format, the inventory, and every check over one image.
//!
//! [`examine`] is what `duecare review` calls for each image. The parts that it joins know nothing
//! of one another: `unpack` finds layers, `inventory` names components, `secrets`, `checks`, `elf`,
//! `taint` and `mobile` find weaknesses.
//!
//! Because they know nothing of one another, the tables of a program (headers, sections, symbols) are
//! read once by `inventory` and once by `elf`. That costs a walk over tables, not over contents; to
//! share it, both would have to be handed a parsed file from here.
//!
//! Left out on purpose: judging (the domain's part), files and clocks.

mod dedupe;
mod examine;
mod knowledge;

pub use dedupe::merge;
pub use duecare_checks::pack::CheckInfo;
pub use duecare_inventory as inventory;
pub use duecare_secrets::redact;
pub use duecare_taint::reads as follows_input;
pub use duecare_unpack as unpack;
pub use examine::{Examination, SourceFile, across, examine, examine_app, examine_source};
pub use knowledge::{Knowledge, KnowledgeError, PackFiles};

use duecare_unpack::Format;

/// Every format that is known, the surest first: at one place the first that fits wins.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    let mut formats = duecare_containers::formats();
    // A RAUC bundle begins as the SquashFS inside it does, so archives come before file systems.
    formats.extend(duecare_archives::formats());
    formats.extend(duecare_filesystems::formats());
    formats.extend(duecare_flash::formats());
    formats.extend(duecare_disks::formats());
    formats.extend(duecare_codecs::formats());
    formats
}
