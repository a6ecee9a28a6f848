//! Entries of the log, made from events: append-only types that are never changed once written.

use duecare_base::Digest;
use duecare_domain::id::EvidenceId;
use duecare_ledger::statement::Predicate;
use duecare_store::{Entry, Subject};

/// The entry for an event that `actor` caused.
///
/// `subjects` are what it is about, by digest. When nothing with bytes is concerned, the subject is
/// the event's own record, named by the first id in `about`.
///
/// # Errors
///
/// When the event can't be written as JSON, which is a fault of its type.
pub fn entry<E: Predicate>(
    id: EvidenceId,
    event: &E,
    actor: &str,
    at_ms: i64,
    about: Vec<String>,
    mut subjects: Vec<Subject>,
) -> Result<Entry, serde_json::Error> {
    let predicate = serde_json::to_string(event)?;
    if subjects.is_empty() {
        let name = about.first().cloned().unwrap_or_else(|| "duecare".to_owned());
        subjects.push(Subject { name, digest: Digest::of(predicate.as_bytes()) });
    }
    let event = E::predicate_type();
    Ok(Entry { id, event, subjects, predicate, actor: actor.to_owned(), at_ms, about })
}
