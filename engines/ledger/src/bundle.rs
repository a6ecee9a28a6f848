//! One file that proves one entry offline: what was said, and that it is in the log.

use crate::{
    base64,
    checkpoint::{Checkpoint, Trust, TrustError},
    content::{Content, ContentError, read_salt, write_salt},
    dsse::{ENVELOPE_BYTES_MAX, Envelope, EnvelopeError, VerifyEnvelope},
    json,
    leaf::{Entry, EntryError},
    note::Signed,
    proof::ProofError,
    statement::{Statement, StatementError},
    tlog_proof::{PROOF_BYTES_MAX, TlogProof, TlogProofError},
};
use serde::{Deserialize, Serialize};

/// The type of a bundle; the version is part of it.
pub const BUNDLE_TYPE: &str = "application/vnd.duecare.evidence-bundle.v1+json";

/// Most bytes of a bundle: envelope and proof with every character escaped, and room.
pub const BUNDLE_BYTES_MAX: usize = 6 * (ENVELOPE_BYTES_MAX + PROOF_BYTES_MAX) + 4096;

/// A bundle whose form was checked, and nothing else: see [`Bundle::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The leaf.
    pub entry: Entry,
    /// What the leaf commits to; none once it was erased.
    pub content: Option<Content>,
    /// That the leaf is in the log.
    pub proof: TlogProof,
}

/// What is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Too long.
    #[error("a bundle has at most {BUNDLE_BYTES_MAX} bytes")]
    Long,
    /// Not JSON of this form.
    #[error("it has another form")]
    Json(#[from] json::JsonError),
    /// Another type or version.
    #[error("it is of type {0:?}, not {BUNDLE_TYPE}")]
    MediaType(String),
    /// The entry isn't base64, or not of ours.
    #[error("the entry is not in base64")]
    EntryText,
    /// The entry.
    #[error("the entry {0}")]
    Entry(#[from] EntryError),
    /// One of envelope and salt without the other.
    #[error("envelope and salt go together: it has one of them")]
    Half,
    /// Envelope and salt.
    #[error("the content: {0}")]
    Content(#[from] ContentError),
    /// The proof's text.
    #[error("the proof: {0}")]
    ProofText(#[from] TlogProofError),
    /// The proof shows something else.
    #[error("the entry is not proved: {0}")]
    Proof(#[from] ProofError),
    /// The checkpoint isn't trusted.
    #[error("the checkpoint is not to be trusted: {0}")]
    Trust(#[from] TrustError),
    /// The envelope's signatures.
    #[error("the envelope is not to be trusted: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The statement.
    #[error("the statement: {0}")]
    Statement(#[from] StatementError),
}

/// What a bundle proves.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// Which leaf.
    pub index: u64,
    /// Of which tree.
    pub checkpoint: Checkpoint,
    /// Who signed the checkpoint, and when where a witness says so.
    pub signed: Vec<Signed>,
    /// What was said, and the ids of the keys that signed it; none when it was erased.
    pub said: Option<Said>,
}

/// An opened entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The envelope.
    pub envelope: Envelope,
    /// The statement in it.
    pub statement: Statement,
    /// Ids of the keys that signed the envelope.
    pub keys: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    media_type: String,
    entry: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    proof: String,
}

impl Bundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// When its form is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(BundleError::Long);
        }
        let file: File = json::typed(bytes)?;
        if file.media_type != BUNDLE_TYPE {
            return Err(BundleError::MediaType(file.media_type));
        }
        let entry = base64::decode(&file.entry).ok_or(BundleError::EntryText)?;
        let entry = Entry::parse(&entry)?;
        let content = match (file.envelope, file.salt) {
            (None, None) => None,
            (Some(envelope), Some(salt)) => {
                Some(Content { salt: read_salt(&salt).ok_or(ContentError::Salt)?, envelope })
            }
            _ => return Err(BundleError::Half),
        };
        Ok(Self { entry, content, proof: TlogProof::parse(&file.proof)? })
    }

    /// The bundle's text, in one spelling.
    ///
    /// # Errors
    /// Never in practice: strings always have a canonical form.
    pub fn to_json(&self) -> Result<String, BundleError> {
        let file = File {
            media_type: BUNDLE_TYPE.to_owned(),
            entry: base64::encode(&self.entry.to_bytes()),
            envelope: self.content.as_ref().map(|content| content.envelope.clone()),
            salt: self.content.as_ref().map(|content| write_salt(&content.salt)),
            proof: self.proof.to_string(),
        };
        let value = serde_json::to_value(file).map_err(json::JsonError::Syntax)?;
        Ok(json::to_canonical(&value)?)
    }

    /// The same without content: what can be handed on once the content was erased.
    #[must_use]
    pub fn erased(&self) -> Self {
        Self { content: None, ..self.clone() }
    }

    /// Checks everything: the checkpoint against `trust`, the leaf against the checkpoint, the
    /// content against the leaf, and the envelope's signatures against `signers`, of which at least
    /// `threshold` must have signed.
    ///
    /// # Errors
    /// On the first thing that doesn't hold.
    pub fn verify(
        &self,
        trust: &Trust<'_>,
        signers: &[&dyn VerifyEnvelope],
        threshold: usize,
    ) -> Result<Proven, BundleError> {
        let signed = self.proof.checkpoint.verify(trust)?;
        self.proof.verify_entry(&self.entry.to_bytes())?;
        let said = match &self.content {
            None => None,
            Some(content) => {
                let envelope = content.open(self.entry)?;
                let keys = envelope.verify(signers, threshold)?;
                let statement = Statement::from_envelope(&envelope)?;
                Some(Said { envelope, statement, keys })
            }
        };
        let checkpoint = self.proof.checkpoint.checkpoint().clone();
        Ok(Proven { index: self.proof.index, checkpoint, signed, said })
    }
}
