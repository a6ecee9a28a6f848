//! Evidence: what happened, signed, in a log that anyone can check.
//!
//! A use case hands its event to the store together with its change; [`Signer`] makes the signed
//! statement inside the transaction; [`publish::Publisher`] shows the log to the world afterwards.

mod event;
pub mod proof;
pub mod publish;
mod signer;

pub use event::entry;
pub use signer::Signer;
