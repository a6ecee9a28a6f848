//! Weaknesses of a product, from any source: what they are, how bad, in which state, due when.
//!
//! A finding is one across scans and releases by its fingerprint. Its state is told by its events:
//! [`as_of`] gives it at any time, and an acceptance ends there by itself. [`decide`] says what a
//! person may do, [`merge`] what follows from a scan.

pub mod cvss;
mod due;
mod identity;
mod merge;
mod model;
pub mod ssvc;
mod state;
#[cfg(test)]
mod tests;
mod transition;

pub use due::{DUE_DAYS_MAX, DuePolicy, DuePolicyError};
pub use identity::{
    LINE_WINDOW, Place, SameBecause, analogous_key, group_same, place_key, same_weakness,
};
pub use merge::{Lens, LensPlace, Scan, Seen, Sighting, merge};
pub use model::{Cwe, CweError, Finding, Source, Title};
pub use state::{
    Cause, Event, Justification, NotSeen, Standing, State, StateName, Transition, What, as_of,
};
pub use transition::{ACCEPTED_DAYS_MAX, Action, ActionName, Refused, allowed, decide};
