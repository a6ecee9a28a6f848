//! A release's life: draft → in review → blocked or approved → published → superseded or withdrawn.
//!
//! A [`Life`] is told by its events, and can be told as of any time. The functions here say
//! what may happen next; each gives a [`Transition`], the only thing that the store writes. Only
//! [`publish`] leads to published, and it takes a [`GatePass`](crate::gate::GatePass).

mod act;
mod life;
#[cfg(test)]
mod tests;

pub use act::{
    ActionName, Offer, Refused, abandon, allowed, approve, conclude, publish, submit, supersede,
    withdraw,
};
pub use life::{Event, HistoryError, Instead, Life, Stage, Submission, Transition, What};
