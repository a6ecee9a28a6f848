//! One pass over every byte for the few strings that betray a secret in any kind of file.

use crate::gaps;
use crate::item::{Item, Outcome};
use crate::pack::SecretPack;

/// Marks that one item may give.
const MARKS_MAX: usize = 20_000;

/// What was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// `-----BEGIN `.
    Pem,
    /// The inside of a private key in DER; the key begins this many bytes earlier.
    DerKey(usize),
    /// Base64 of a PEM block or, this many bytes earlier, of a private key in DER.
    Encoded(usize),
    /// A word of a certificate's name that says that it is for tests only.
    TestName,
    /// The literal of the pack's token rule with this index.
    Token(usize),
}

/// What was met, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    pub(crate) offset: usize,
}

/// The strings for everything but tokens.
pub(crate) const FIXED: [(&[u8], MarkKind); 22] = [
    (b"-----BEGIN ", MarkKind::Pem),
    // PKCS#1: version 0, then a modulus of 1,024 bits or more.
    (b"\x02\x01\x00\x02\x81\x81\x00", MarkKind::DerKey(4)),
    (b"\x02\x01\x00\x02\x82\x01\x01\x00", MarkKind::DerKey(4)),
    (b"\x02\x01\x00\x02\x82\x02\x01\x00", MarkKind::DerKey(4)),
    // PKCS#8 with RSA.
    (b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", MarkKind::DerKey(4)),
    // SEC 1 with P-256, curve and point inside.
    (b"\x30\x77\x02\x01\x01\x04\x20", MarkKind::DerKey(0)),
    // Base64 of `-----BEGIN`.
    (b"LS0tLS1CRUdJTi", MarkKind::Encoded(0)),
    // Base64 of RSA keys, behind `MII` and the length: PKCS#1 with 512, 1,024 and more bits, PKCS#8.
    (b"IBAAJB", MarkKind::Encoded(6)),
    (b"IBAAKB", MarkKind::Encoded(6)),
    (b"IBAAKC", MarkKind::Encoded(6)),
    (b"IBADAN", MarkKind::Encoded(6)),
    // Base64 of keys on P-256 in SEC 1 and PKCS#8, and of Ed25519 in PKCS#8.
    (b"MHcCAQEEI", MarkKind::Encoded(0)),
    (b"MIGHAgEAMBMGByqGSM49", MarkKind::Encoded(0)),
    (b"MC4CAQAwBQYDK2Vw", MarkKind::Encoded(0)),
    (b"DO NOT TRUST", MarkKind::TestName),
    (b"DO NOT SHIP", MarkKind::TestName),
    (b"Do Not Trust", MarkKind::TestName),
    (b"Do Not Ship", MarkKind::TestName),
    (b"Test PK", MarkKind::TestName),
    (b"Test Platform Key", MarkKind::TestName),
    (b"SnakeOil", MarkKind::TestName),
    (b"snakeoil", MarkKind::TestName),
];

/// Every mark in `bytes`, in order.
pub(crate) fn marks(item: &Item<'_>, pack: &SecretPack, out: &mut Outcome) -> Vec<Mark> {
    let Some(automaton) = &pack.marks else { return Vec::new() };
    let mut hits = automaton.find_iter(item.bytes);
    let marks = hits
        .by_ref()
        .take(MARKS_MAX)
        .filter_map(|hit| {
            let kind = *pack.mark_kinds.get(hit.pattern().as_usize())?;
            Some(Mark { kind, offset: hit.start() })
        })
        .collect();
    if hits.next().is_some() {
        out.miss(gaps::MARKS, item);
    }
    marks
}
