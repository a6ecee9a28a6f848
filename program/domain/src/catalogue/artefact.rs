//! Files that belong to a release.

use super::{FileName, MediaType};
use crate::id::{ArtefactId, PersonId, ReleaseId};
use crate::labels::labels;
use crate::time::Time;
use duecare_base::Digest;

/// Largest artefact, in bytes: 64 GiB, more than any image or source tree of a device, and less
/// than what an upload could fill a disk with unseen.
pub const SIZE_BYTES_MAX: u64 = 64 << 30;

labels! {
    /// What an artefact is.
    ArtefactKind, "kind of artefact" {
        /// The image that devices get.
        Image = "image",
        /// The archive of the source that the image was built from.
        Source = "source",
        /// A bill of materials of the build.
        Sbom = "sbom",
        /// The companion app.
        App = "app",
        /// Results of an analyser, to be imported.
        Report = "report",
        /// A document that somebody wrote: a plan, a model, a test report.
        Document = "document",
        /// Anything else that is kept with the release.
        Other = "other",
    }
}

impl ArtefactKind {
    /// Whether it is part of what is reviewed and approved: replacing it needs another review.
    #[must_use]
    pub const fn is_subject(self) -> bool {
        matches!(self, Self::Image | Self::Source | Self::Sbom | Self::App)
    }
}

/// A file of a release. Its bytes are kept by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    /// Its id.
    pub id: ArtefactId,
    /// Of which release.
    pub release: ReleaseId,
    /// What it is.
    pub kind: ArtefactKind,
    /// What its bytes are.
    pub digest: Digest,
    /// How many bytes it has, at most [`SIZE_BYTES_MAX`].
    pub size_bytes: u64,
    /// Its own name.
    pub file_name: FileName,
    /// Its media type.
    pub media_type: MediaType,
    /// Who uploaded it.
    pub uploaded_by: PersonId,
    /// When.
    pub uploaded_at: Time,
}
