//! Private keys, certificates and what belongs together.

mod certificate;
mod der;
mod find;
mod pem;
mod private;
mod public;
mod report;
mod ssh;
mod stores;

pub(crate) use certificate::Certificate;
pub(crate) use find::find;
pub(crate) use public::PublicKey;
pub(crate) use report::report;
pub(crate) use ssh::public_line;

use duecare_base::{Digest, Location};

/// A private key at a place.
#[derive(Debug, Clone)]
pub(crate) struct SeenKey {
    /// Where.
    pub(crate) location: Location,
    /// The format for people: `PKCS#8 PEM`, `Dropbear host key`.
    pub(crate) format: &'static str,
    /// Whether a passphrase protects it.
    pub(crate) encrypted: bool,
    /// The public half, where the format gives it.
    pub(crate) public: Option<PublicKey>,
    /// What tells this key from others even when the public half is unknown.
    pub(crate) identity: Digest,
    /// Something that says it signs firmware or packages: the format or the name.
    pub(crate) signing: Option<&'static str>,
    /// Whether the structure was understood, not just the marker.
    pub(crate) parsed: bool,
    /// Whether it stands among documentation, examples or tests.
    pub(crate) example: bool,
    /// Whether it stands inside a program or library.
    pub(crate) in_program: bool,
}

/// A certificate at a place.
#[derive(Debug, Clone)]
pub(crate) struct SeenCertificate {
    /// Where.
    pub(crate) location: Location,
    /// What it says.
    pub(crate) certificate: Certificate,
    /// Whether it is one of a trust store.
    pub(crate) trusted: bool,
    /// Whether it stands among documentation, examples or tests.
    pub(crate) example: bool,
}
