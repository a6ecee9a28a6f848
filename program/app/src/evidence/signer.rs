//! Signs statements and checkpoints with the log's key.

use duecare_ledger::key::{KeyError, SignerKey, VerifierKey, Verify as _};
use duecare_ledger::statement::{Statement, Subject};
use duecare_store::Entry;
use duecare_store::log::Notary;
use serde_json::{Value, json};
use std::sync::Arc;

/// The log's key and name. Clones share the key, which is never shown.
#[derive(Clone)]
pub struct Signer {
    key: Arc<SignerKey>,
    origin: String,
}

impl Signer {
    /// From a signer key in the text form of C2SP signed-note; its name is the log's origin.
    ///
    /// # Errors
    ///
    /// When the text is no key. The text is not repeated.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let key = SignerKey::parse(text.trim())?;
        let origin = key.verifier().id().name.as_str().to_owned();
        Ok(Self { key: Arc::new(key), origin })
    }

    /// The key as it is used.
    #[must_use]
    pub fn key(&self) -> &SignerKey {
        &self.key
    }

    /// The public key, for verifiers.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.key.verifier().clone()
    }
}

impl Notary for Signer {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn envelope(&self, entry: &Entry, logged_at_ms: i64) -> Result<String, String> {
        let event: Value =
            serde_json::from_str(&entry.predicate).map_err(|error| error.to_string())?;
        let predicate = json!({
            "id": entry.id.to_string(),
            "actor": entry.actor,
            "at_ms": entry.at_ms,
            "logged_at_ms": logged_at_ms,
            "about": entry.about,
            "event": event,
        });
        let subjects =
            entry.subjects.iter().map(|subject| Subject::new(&subject.name, subject.digest));
        let statement = Statement::of_type(subjects.collect(), entry.event.clone(), predicate)
            .map_err(|error| error.to_string())?;
        let envelope = statement.sign(&[self.key()]).map_err(|error| error.to_string())?;
        Ok(envelope.to_json())
    }
}
