//! Private keys in DER: PKCS#1 (RFC 8017), SEC 1 (RFC 5915), PKCS#8 (RFC 5958), OpenSSL's DSA form.

use super::der::{Der, tag};
use super::public::{PublicKey, oid};
use duecare_base::Digest;

/// What a private key says of itself.
#[derive(Debug, Clone)]
pub(super) struct Private {
    pub(super) public: Option<PublicKey>,
    pub(super) encrypted: bool,
    pub(super) identity: Digest,
    pub(super) format: &'static str,
    /// Bytes of the structure, for walking on behind it.
    pub(super) size: usize,
}

impl Private {
    fn new(public: Option<PublicKey>, secret: &[u8], format: &'static str, size: usize) -> Self {
        let identity =
            public.as_ref().map_or_else(|| Digest::of_fields(&[b"secret", secret]), |p| p.id);
        Self { public, encrypted: false, identity, format, size }
    }
}

/// Any of the forms, told by their structure.
pub(super) fn parse(bytes: &[u8]) -> Option<Private> {
    pkcs8(bytes).or_else(|| pkcs1(bytes)).or_else(|| sec1(bytes, None)).or_else(|| dsa(bytes))
}

fn sequence(bytes: &[u8]) -> Option<(Der<'_>, usize)> {
    let mut all = Der(bytes);
    let whole = all.next().filter(|tlv| tlv.tag == tag::SEQUENCE)?;
    Some((Der(whole.body), whole.whole.len()))
}

fn pkcs1(bytes: &[u8]) -> Option<Private> {
    let (mut fields, size) = sequence(bytes)?;
    let version = fields.unsigned()?;
    if !(version.is_empty() || version == [1]) {
        return None;
    }
    let modulus = fields.unsigned()?;
    let exponent = fields.unsigned()?;
    // d, p, q must follow, and the sizes must fit those of an RSA key.
    let secret = fields.unsigned()?;
    let (p, q) = (fields.unsigned()?, fields.unsigned()?);
    if modulus.len() < 48 || exponent.len() > 8 || p.len() + q.len() < modulus.len() {
        return None;
    }
    Some(Private::new(PublicKey::rsa(modulus, exponent), secret, "PKCS#1", size))
}

fn sec1(bytes: &[u8], curve_outside: Option<&[u8]>) -> Option<Private> {
    let (mut fields, size) = sequence(bytes)?;
    if fields.unsigned()? != [1] {
        return None;
    }
    let secret = fields.expect(tag::OCTET_STRING)?;
    if !(16..=80).contains(&secret.len()) || secret.iter().all(|b| *b == 0) {
        return None;
    }
    let curve = fields.optional(0xa0).and_then(|body| Der(body).expect(tag::OID));
    let curve = curve.or(curve_outside);
    let point = fields
        .optional(0xa1)
        .and_then(|body| Der(body).expect(tag::BIT_STRING))
        .and_then(|bits| bits.get(1..));
    let public = curve.zip(point).and_then(|(curve, point)| PublicKey::ec(curve, point));
    Some(Private::new(public, secret, "SEC 1", size))
}

/// OpenSSL's own form of DSA keys: 0, p, q, g, y, x.
fn dsa(bytes: &[u8]) -> Option<Private> {
    let (mut fields, size) = sequence(bytes)?;
    if !fields.unsigned()?.is_empty() {
        return None;
    }
    let mut next = || fields.unsigned();
    let (p, q, g, y, x) = (next()?, next()?, next()?, next()?, next()?);
    if p.len() < 48 || !(16..=40).contains(&q.len()) {
        return None;
    }
    Some(Private::new(PublicKey::dsa(p, q, g, y), x, "DSA", size))
}

fn pkcs8(bytes: &[u8]) -> Option<Private> {
    let (mut fields, size) = sequence(bytes)?;
    let version = fields.unsigned()?;
    if !(version.is_empty() || version == [1]) {
        return None;
    }
    let mut algorithm = fields.sequence()?;
    let name = algorithm.expect(tag::OID)?;
    let secret = fields.expect(tag::OCTET_STRING)?;
    let mut key = match name {
        oid::RSA => pkcs1(secret)?,
        oid::EC => sec1(secret, algorithm.optional(tag::OID))?,
        oid::DSA => {
            let mut numbers = algorithm.sequence()?;
            numbers.unsigned()?;
            Private::new(None, secret, "", 0)
        }
        oid::ED25519 | oid::X25519 => {
            // An optional [1] holds the public key (RFC 5958, version 2).
            fields.optional(0xa0);
            let public = fields.optional(0x81).and_then(|bits| bits.get(1..));
            let public = public.and_then(|key| PublicKey::edwards(name, key));
            Private::new(public, secret, "", 0)
        }
        _ => return None,
    };
    key.format = "PKCS#8";
    key.size = size;
    Some(key)
}

/// PKCS#8 with a passphrase: EncryptedPrivateKeyInfo.
pub(super) fn encrypted_pkcs8(bytes: &[u8]) -> Option<Private> {
    let (mut fields, size) = sequence(bytes)?;
    let mut algorithm = fields.sequence()?;
    let name = algorithm.expect(tag::OID)?;
    // PKCS#5 (…1.5.x) and PKCS#12 (…1.12.1.x) schemes.
    let pbe = name.starts_with(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05")
        || name.starts_with(b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01");
    let secret = fields.expect(tag::OCTET_STRING)?;
    if !pbe || !fields.0.is_empty() {
        return None;
    }
    let mut key = Private::new(None, secret, "encrypted PKCS#8", size);
    key.encrypted = true;
    Some(key)
}
