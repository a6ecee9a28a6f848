//! Releases, what happened to them, and their files.

mod artefact;
mod event;
#[expect(clippy::module_inception, reason = "the noun has one file name in every layer")]
mod release;

pub use artefact::{artefact_get, artefact_insert, artefact_list, artefact_replace};
pub use event::{release_event_insert, release_event_list, release_life};
pub use release::{Planned, ReleaseRow, release_find, release_get, release_insert, release_list};
