//! What an entry commits to: an envelope and its salt, in a file beside the log that can be erased.

use crate::{
    base64,
    dsse::{ENVELOPE_BYTES_MAX, Envelope, EnvelopeError},
    json,
    leaf::{Entry, Salt},
    statement::StatementError,
    tile,
};
use serde::{Deserialize, Serialize};

/// The type of a content file; the version is part of it.
pub const CONTENT_TYPE: &str = "application/vnd.duecare.evidence-content.v1+json";

/// Where content files are, below the log's prefix. They are not public by themselves.
pub const CONTENT_FOLDER: &str = "content";

/// Most bytes of a content file: an envelope whose every character is escaped, and room.
pub const CONTENT_BYTES_MAX: usize = 6 * ENVELOPE_BYTES_MAX + 4096;

/// An envelope's bytes with the salt of its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Hides the envelope; erased together with it.
    pub salt: Salt,
    /// The envelope as it was logged. Every byte counts.
    pub envelope: String,
}

/// What is wrong with a content file.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// Too long.
    #[error("a content file has at most {CONTENT_BYTES_MAX} bytes")]
    Long,
    /// Not JSON of this form.
    #[error("it has another form")]
    Json(#[from] json::JsonError),
    /// Another type or version.
    #[error("it is of type {0:?}, not {CONTENT_TYPE}")]
    MediaType(String),
    /// The salt.
    #[error("the salt is not 32 bytes in base64")]
    Salt,
    /// The entry commits to something else.
    #[error("envelope and salt are not what the leaf commits to")]
    Other,
    /// The envelope.
    #[error("its envelope: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The statement in it.
    #[error("its statement: {0}")]
    Statement(#[from] StatementError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    media_type: String,
    envelope: String,
    salt: String,
}

impl Content {
    /// The entry for the log.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry::commit(&self.salt, self.envelope.as_bytes())
    }

    /// Reads a content file.
    ///
    /// # Errors
    /// When its form is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ContentError> {
        if bytes.len() > CONTENT_BYTES_MAX {
            return Err(ContentError::Long);
        }
        let file: File = json::typed(bytes)?;
        if file.media_type != CONTENT_TYPE {
            return Err(ContentError::MediaType(file.media_type));
        }
        let salt = read_salt(&file.salt).ok_or(ContentError::Salt)?;
        Ok(Self { salt, envelope: file.envelope })
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never in practice: strings always have a canonical form.
    pub fn to_json(&self) -> Result<String, ContentError> {
        let object = serde_json::json!({
            "mediaType": CONTENT_TYPE,
            "envelope": self.envelope,
            "salt": write_salt(&self.salt),
        });
        Ok(json::to_canonical(&object)?)
    }

    /// Checks that it is what the entry commits to, and reads the envelope.
    ///
    /// # Errors
    /// When it is not, or the envelope's form is wrong.
    pub fn open(&self, entry: Entry) -> Result<Envelope, ContentError> {
        if !entry.opens(&self.salt, self.envelope.as_bytes()) {
            return Err(ContentError::Other);
        }
        Ok(Envelope::parse(self.envelope.as_bytes())?)
    }
}

/// Where the content of a leaf is: `content/x001/x234/067.json` for leaf 1234067.
#[must_use]
pub fn content_path(index: u64) -> String {
    format!("{CONTENT_FOLDER}/{}.json", tile::index_path(index))
}

/// The leaf whose content has this path.
#[must_use]
pub fn parse_content_path(path: &str) -> Option<u64> {
    let rest = path.strip_prefix(CONTENT_FOLDER)?.strip_prefix('/')?;
    tile::parse_index(rest.strip_suffix(".json")?)
}

pub(crate) fn read_salt(text: &str) -> Option<Salt> {
    Salt::from_slice(&base64::decode(text)?)
}

pub(crate) fn write_salt(salt: &Salt) -> String {
    base64::encode(salt.as_bytes())
}
