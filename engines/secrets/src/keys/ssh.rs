//! Keys of SSH: OpenSSH's own format (PROTOCOL.key), Dropbear host keys, public key lines.

use super::private::Private;
use super::public::{PublicKey, oid};
use crate::base64;
use duecare_base::{Bin, Digest};

/// Longest field, in bytes: a number of 16,384 bits with room.
const FIELD_BYTES_MAX: usize = 8 * 1024;

struct Fields<'a> {
    bin: Bin<'a>,
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bin: Bin::be(bytes), at: 0 }
    }

    fn number(&mut self) -> Option<u32> {
        let value = self.bin.u32(self.at).ok()?;
        self.at += 4;
        Some(value)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        if length > FIELD_BYTES_MAX {
            return None;
        }
        let body = self.bin.slice(self.at, length).ok()?;
        self.at += length;
        Some(body)
    }

    fn unsigned(&mut self) -> Option<&'a [u8]> {
        let body = self.string()?;
        body.get(body.iter().take_while(|b| **b == 0).count()..)
    }
}

/// The public key in the wire form of RFC 4253, 6.6; the kind is read first.
fn public(fields: &mut Fields<'_>, kind: &[u8]) -> Option<PublicKey> {
    match kind {
        b"ssh-rsa" => {
            let exponent = fields.unsigned()?;
            let modulus = fields.unsigned()?;
            PublicKey::rsa(modulus, exponent)
        }
        b"ssh-dss" => {
            let (p, q) = (fields.unsigned()?, fields.unsigned()?);
            let (g, y) = (fields.unsigned()?, fields.unsigned()?);
            PublicKey::dsa(p, q, g, y)
        }
        b"ssh-ed25519" => PublicKey::edwards(oid::ED25519, fields.string()?),
        _ => {
            let curve = match kind {
                b"ecdsa-sha2-nistp256" => oid::P256,
                b"ecdsa-sha2-nistp384" => oid::P384,
                b"ecdsa-sha2-nistp521" => oid::P521,
                _ => return None,
            };
            fields.string()?;
            PublicKey::ec(curve, fields.string()?)
        }
    }
}

/// The key of a line such as those of `authorized_keys`; options before the kind are skipped.
pub(crate) fn public_line(line: &str) -> Option<(PublicKey, String)> {
    let mut words = line.split_ascii_whitespace();
    let kind = words.find(|w| w.starts_with("ssh-") || w.starts_with("ecdsa-sha2-"))?;
    let blob = base64::decode(words.next()?)?;
    let comment = words.next().unwrap_or_default().to_owned();
    let mut fields = Fields::new(&blob);
    (fields.string()? == kind.as_bytes()).then_some(())?;
    Some((public(&mut fields, kind.as_bytes())?, comment))
}

/// The content of an `OPENSSH PRIVATE KEY` block.
pub(super) fn openssh(bytes: &[u8]) -> Option<Private> {
    let body = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let mut fields = Fields::new(body);
    let cipher = fields.string()?;
    fields.string()?;
    fields.string()?;
    fields.number()?;
    let blob = fields.string()?;
    let mut inner = Fields::new(blob);
    let kind = inner.string()?;
    let public = public(&mut inner, kind);
    let identity = public.as_ref().map_or_else(|| Digest::of(blob), |p| p.id);
    let encrypted = cipher != b"none";
    Some(Private { public, encrypted, identity, format: "OpenSSH", size: bytes.len() })
}

/// A Dropbear host key: the public key in wire form with the secret numbers behind it.
pub(super) fn dropbear(bytes: &[u8]) -> Option<Private> {
    let mut fields = Fields::new(bytes);
    let kind = fields.string()?;
    let public = public(&mut fields, kind)?;
    // The secret part follows; a public key alone ends here. Ed25519 keeps both in one string.
    if kind != b"ssh-ed25519" {
        fields.unsigned().filter(|secret| secret.len() >= 16)?;
    }
    let identity = public.id;
    Some(Private {
        public: Some(public),
        encrypted: false,
        identity,
        format: "Dropbear",
        size: fields.at,
    })
}
