//! The public half of a key, and the name that it goes by everywhere: the SHA-256 of its
//! SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), as `openssl pkey -pubout -outform der | sha256sum` gives.

use super::der::{Der, tag, write, write_unsigned};
use duecare_base::Digest;

/// Object identifiers, as DER holds them.
pub(super) mod oid {
    pub(crate) const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    pub(crate) const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";
    pub(crate) const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
    pub(crate) const X25519: &[u8] = b"\x2b\x65\x6e";
    pub(crate) const ED25519: &[u8] = b"\x2b\x65\x70";
    pub(crate) const P192: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x01";
    pub(crate) const P224: &[u8] = b"\x2b\x81\x04\x00\x21";
    pub(crate) const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
    pub(crate) const P384: &[u8] = b"\x2b\x81\x04\x00\x22";
    pub(crate) const P521: &[u8] = b"\x2b\x81\x04\x00\x23";
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// `RSA`, `EC`, `DSA`, `Ed25519` …
    pub(crate) algorithm: &'static str,
    /// Size in bits; 0 when the curve is not known here.
    pub(crate) bits: usize,
    /// Digest of the SubjectPublicKeyInfo.
    pub(crate) id: Digest,
}

impl PublicKey {
    /// For people: `RSA 2048`.
    pub(crate) fn label(&self) -> String {
        if self.bits == 0 {
            self.algorithm.to_owned()
        } else {
            format!("{} {}", self.algorithm, self.bits)
        }
    }

    /// Whether it is too short to resist factoring or discrete logarithms (NIST SP 800-131A).
    pub(crate) fn is_short(&self) -> bool {
        match self.algorithm {
            "RSA" | "DSA" => self.bits < 2048,
            "EC" => (1..224).contains(&self.bits),
            _ => false,
        }
    }

    /// From the numbers of an RSA key, without leading zeros.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let key = write(tag::SEQUENCE, &[&write_unsigned(modulus), &write_unsigned(exponent)]);
        let algorithm = write(tag::SEQUENCE, &[&write(tag::OID, &[oid::RSA]), &[5, 0]]);
        Self::spki(&algorithm, &key)
    }

    /// From a point on a named curve.
    pub(super) fn ec(curve: &[u8], point: &[u8]) -> Option<Self> {
        let names = [write(tag::OID, &[oid::EC]), write(tag::OID, &[curve])].concat();
        Self::spki(&write(tag::SEQUENCE, &[&names]), point)
    }

    /// From 32 bytes of Ed25519 or X25519.
    pub(super) fn edwards(name: &[u8], key: &[u8]) -> Option<Self> {
        Self::spki(&write(tag::SEQUENCE, &[&write(tag::OID, &[name])]), key)
    }

    /// From the numbers of a DSA key.
    pub(super) fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Option<Self> {
        let numbers = [write_unsigned(p), write_unsigned(q), write_unsigned(g)].concat();
        let names = [write(tag::OID, &[oid::DSA]), write(tag::SEQUENCE, &[&numbers])].concat();
        Self::spki(&write(tag::SEQUENCE, &[&names]), &write_unsigned(y))
    }

    fn spki(algorithm: &[u8], key: &[u8]) -> Option<Self> {
        let bits = write(tag::BIT_STRING, &[&[0], key]);
        Self::parse(&write(tag::SEQUENCE, &[algorithm, &bits]))
    }

    /// From a SubjectPublicKeyInfo.
    pub(super) fn parse(spki: &[u8]) -> Option<Self> {
        let mut all = Der(spki);
        let whole = all.next()?;
        let mut fields = Der(whole.body);
        let mut algorithm = fields.sequence()?;
        let name = algorithm.expect(tag::OID)?;
        let key = fields.expect(tag::BIT_STRING)?.get(1..)?;
        let (algorithm, bits) = match name {
            oid::RSA => ("RSA", rsa_bits(key)?),
            oid::EC => ("EC", algorithm.optional(tag::OID).map_or(0, curve_bits)),
            oid::DSA => {
                let p = algorithm.sequence().and_then(|mut numbers| numbers.unsigned());
                ("DSA", p.map_or(0, bit_length))
            }
            oid::ED25519 => ("Ed25519", 0),
            oid::X25519 => ("X25519", 0),
            _ => ("unknown kind of", 0),
        };
        Some(Self { algorithm, bits, id: Digest::of(whole.whole) })
    }
}

fn rsa_bits(key: &[u8]) -> Option<usize> {
    Der(key).sequence()?.unsigned().map(bit_length)
}

/// Bits of a number without leading zero bytes.
fn bit_length(digits: &[u8]) -> usize {
    digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}

fn curve_bits(curve: &[u8]) -> usize {
    match curve {
        oid::P192 => 192,
        oid::P224 => 224,
        oid::P256 => 256,
        oid::P384 => 384,
        oid::P521 => 521,
        _ => 0,
    }
}
