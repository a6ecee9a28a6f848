//! Our entry: a salted digest of an envelope, so that content can be erased and the log still
//! verifies.
//!
//! # Layout, 36 bytes
//!
//! | bytes | what |
//! |---|---|
//! | 0–2 | `DCL` |
//! | 3 | version: 1 |
//! | 4–35 | SHA-256(`duecare.dev/ledger/leaf/v1\n` ‖ salt ‖ envelope) |
//!
//! The salt is 32 bytes, drawn uniformly for this entry alone and kept beside the envelope.
//!
//! # The argument
//!
//! **Binding.** To show another envelope (or another salt) for a leaf is to find a second input of
//! SHA-256 with the same digest. The separator and the salt have fixed lengths, so no two pairs
//! (salt, envelope) give the same input. The separator keeps the digest apart from every other use
//! of SHA-256 here: node hashes begin with 0x01, leaf hashes with 0x00, DSSE with `DSSEv1`.
//!
//! **Hiding.** Without the salt, a guess at the content can't be tested: it needs the digest of the
//! right guess under one of 2^256 salts. Two entries with equal content have unrelated leaves. So
//! when salt and content are erased, what stays says nothing about them, save that an entry was
//! made. This holds against those who never had the salt: a bundle that was handed out opens its
//! entry for its holder for ever.
//!
//! **Length extension.** From a digest one can compute the digest of the same input with a suffix,
//! without knowing it. That gives nothing: such a digest is in no leaf, and to open a leaf is to
//! show the salt and the whole envelope.
//!
//! **Confusion.** An entry of 36 bytes can't be taken for a node (64 bytes, other prefix), and one
//! of another log is under another checkpoint origin.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// Most bytes of an entry, of any log: an entry bundle has 16-bit lengths.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Bytes of our entries.
pub const ENTRY_BYTES: usize = 36;

/// How our entries begin; the last byte is the version.
const HEADER: [u8; 4] = *b"DCL\x01";

/// What the digest begins with.
const SEPARATOR: &[u8] = b"duecare.dev/ledger/leaf/v1\n";

/// The secret that hides an entry's content. Draw 32 random bytes for each entry; never reuse one.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// From 32 bytes of a cryptographic random source.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From a slice of exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// An entry of our log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry([u8; 32]);

/// The bytes are no entry that this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not 36 bytes, or another beginning.
    #[error("is no entry of a Duecare log: it has {0} bytes or another beginning than DCL")]
    Foreign(usize),
    /// A version that a later program writes.
    #[error("is an entry of version {0}, and this program knows version 1")]
    Version(u8),
}

impl Entry {
    /// The entry that commits to these envelope bytes under this salt.
    #[must_use]
    pub fn commit(salt: &Salt, envelope: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(SEPARATOR).chain_update(salt.0);
        Self(digest.chain_update(envelope).finalize().into())
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When it is of another log or version.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let foreign = EntryError::Foreign(bytes.len());
        let (header, digest) = bytes.split_first_chunk::<4>().ok_or(foreign)?;
        let [b'D', b'C', b'L', version] = *header else { return Err(foreign) };
        if *header != HEADER {
            return Err(EntryError::Version(version));
        }
        digest.try_into().map(Self).map_err(|_| foreign)
    }

    /// The bytes that go into the log.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0_u8; ENTRY_BYTES];
        for (to, from) in bytes.iter_mut().zip(HEADER.iter().chain(&self.0)) {
            *to = *from;
        }
        bytes
    }

    /// Whether it commits to this content.
    #[must_use]
    pub fn opens(self, salt: &Salt, envelope: &[u8]) -> bool {
        self == Self::commit(salt, envelope)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", crate::text::hex(&self.0))
    }
}
