//! The evidence ledger: an append-only Merkle log that a stranger can verify offline.
//!
//! # What a log proves
//!
//! Every entry is a leaf of a binary hash tree (RFC 6962, section 2.1). The log signs a
//! [`checkpoint`]: its name, how many leaves there are, and the tree's root hash. From that follow
//! two short proofs ([`proof`]):
//!
//! - **inclusion**: this entry is leaf *i* of the tree that the checkpoint names;
//! - **consistency**: the tree of an older checkpoint is a prefix of the tree of a newer one, so
//!   nothing was changed, moved or taken out in between.
//!
//! So whoever holds one checkpoint can notice any later rewriting of what it covers. The tree is
//! published as static files ([`tile`]) in the layout of C2SP `tlog-tiles`; anybody's code for that
//! format can recompute it. [`verify`] does so for a whole directory, [`bundle`] for one entry that
//! was handed to somebody.
//!
//! # What it doesn't prove
//!
//! - **That a statement is true.** It proves who signed it ([`dsse`]) and that it was logged before
//!   a checkpoint was made.
//! - **That everybody sees the same log.** A log that signs two different trees for two audiences
//!   shows each a flawless one. Witnesses are the answer ([`witness`]): they co-sign a checkpoint only
//!   when it extends the last one that they saw.
//! - **When.** A checkpoint has no time. A witness's cosignature does: the entry existed then.
//! - **That nothing was left out.** What was never logged leaves no gap. Where the population must
//!   be whole, entries carry gapless numbers of their own.
//!
//! # Why content can be erased
//!
//! A [`leaf`] is a salted digest of its content, never the content. When content and salt are
//! erased, the leaf stays, every proof still verifies, and nothing can be learned from it.
//!
//! # The crate
//!
//! | module | holds | source |
//! |---|---|---|
//! | [`hash`] | leaf and node hashes | RFC 6962, 2.1 |
//! | [`tree`] | appending leaves; roots; new tiles | RFC 6962; C2SP tlog-tiles |
//! | [`tile`] | names and contents of tiles and entry bundles | C2SP tlog-tiles |
//! | [`proof`] | making and checking proofs | RFC 9162, 2.1.3 and 2.1.4 |
//! | [`note`], [`key`] | signed notes and their keys | C2SP signed-note, tlog-cosignature |
//! | [`checkpoint`] | name, size and root | C2SP tlog-checkpoint |
//! | [`tlog_proof`] | an inclusion proof as text | C2SP tlog-proof |
//! | [`witness`] | when to co-sign | C2SP tlog-witness |
//! | [`dsse`], [`statement`], [`json`] | what was signed by whom, about which bytes | DSSE v1, in-toto v1, RFC 8785 |
//! | [`leaf`], [`bundle`], [`content`] | our entry, and the file that proves one | `docs/ledger.md` |
//! | [`writer`] | the pure core of a writer and its recovery | |
//! | [`verify`] | a whole log, every byte | |
//!
//! Left out on purpose: files, sockets, databases, clocks and randomness. Bytes come through
//! [`source::Source`]; times and salts are parameters.

mod base64;
#[cfg(feature = "json")]
pub mod bundle;
pub mod checkpoint;
#[cfg(feature = "json")]
pub mod content;
#[cfg(feature = "json")]
pub mod dsse;
pub mod hash;
#[cfg(feature = "json")]
pub mod json;
pub mod key;
pub mod leaf;
pub mod note;
pub mod proof;
pub mod source;
#[cfg(feature = "json")]
pub mod statement;
mod text;
pub mod tile;
pub mod tlog_proof;
pub mod tree;
#[cfg(feature = "json")]
pub mod verify;
pub mod witness;
pub mod writer;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use hash::Hash;
pub use key::{SignerKey, VerifierKey};
pub use leaf::{Entry, Salt};
pub use note::Note;
pub use source::{MemorySource, Source};
