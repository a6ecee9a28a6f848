//! Just enough DER (X.690) to find what a CMS signature signs and who signed it (RFC 5652).
//!
//! Left out on purpose: verifying anything. Only lengths that are whole and inside the bytes count.

use duecare_base::{Bin, text};

/// Object identifiers of a Name: common name and organisation (X.520).
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];

/// Certificates and signers of one message.
const LIST_MAX: usize = 64;

/// One element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Size with tag and length, in bytes.
    pub(crate) size: usize,
}

/// The element at the start of `bytes`.
pub(crate) fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let bin = Bin::be(bytes);
    let (tag, first) = (bin.u8(0).ok()?, bin.u8(1).ok()?);
    let (header, length) = match first {
        0..=0x7f => (2, usize::from(first)),
        0x81 => (3, usize::from(bin.u8(2).ok()?)),
        0x82 => (4, usize::from(bin.u16(2).ok()?)),
        0x83 => (5, bin.size32(1).ok()? & 0xff_ffff),
        0x84 => (6, bin.size32(2).ok()?),
        _ => return None,
    };
    let content = bin.slice(header, length).ok()?;
    Some(Element { tag, content, size: header + length })
}

/// The elements inside, up to the first that is none.
fn children(bytes: &[u8]) -> Vec<Element<'_>> {
    let mut list = Vec::new();
    let mut rest = bytes;
    while let Some(next) = element(rest) {
        rest = rest.get(next.size..).unwrap_or_default();
        list.push(next);
        if list.len() >= LIST_MAX {
            break;
        }
    }
    list
}

/// What a signed message says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The content, where it is inside.
    pub(crate) content: Option<Vec<u8>>,
    /// Common names of the certificates that signed.
    pub(crate) signers: Vec<String>,
    /// Names of the issuers of those certificates.
    pub(crate) issuers: Vec<String>,
    /// Name of the digest algorithm.
    pub(crate) digest: Option<&'static str>,
}

/// Reads a CMS `SignedData` (RFC 5652, section 5.1); `None` when it is something else.
pub(crate) fn signed(bytes: &[u8]) -> Option<Signed> {
    // id-signedData, 1.2.840.113549.1.7.2.
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let outer = children(element(bytes)?.content);
    if outer.first()?.content != SIGNED_DATA {
        return None;
    }
    let data = children(element(outer.get(1)?.content)?.content);
    let mut signed = Signed::default();
    let algorithm = data.get(1).and_then(|set| element(set.content));
    signed.digest =
        algorithm.and_then(|id| element(id.content)).and_then(|oid| digest(oid.content));
    let encapsulated = children(data.get(2)?.content);
    // Explicit [0]: an OCTET STRING.
    signed.content = encapsulated
        .get(1)
        .and_then(|explicit| element(explicit.content))
        .filter(|octets| octets.tag == 4)
        .map(|octets| octets.content.to_vec());
    let certificates: Vec<Certificate<'_>> = data
        .iter()
        .filter(|part| part.tag == 0xa0)
        .flat_map(|part| children(part.content))
        .filter_map(|certificate| Certificate::read(certificate.content))
        .collect();
    let serials: Vec<&[u8]> = data
        .last()
        .filter(|infos| infos.tag == 0x31)
        .map(|infos| children(infos.content))
        .unwrap_or_default()
        .iter()
        // SignerInfo: version, then issuer and serial number.
        .filter_map(|info| Some(children(children(info.content).get(1)?.content).get(1)?.content))
        .collect();
    let named = |certificate: &&Certificate<'_>| serials.contains(&certificate.serial);
    for certificate in certificates.iter().filter(named) {
        signed.signers.extend(name(certificate.subject));
        signed.issuers.extend(name(certificate.issuer));
    }
    if signed.signers.is_empty() {
        signed.signers.extend(certificates.first().and_then(|first| name(first.subject)));
    }
    Some(signed)
}

struct Certificate<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// RFC 5280, section 4.1.
    fn read(content: &'a [u8]) -> Option<Self> {
        let mut parts = children(element(content)?.content);
        // The version is optional.
        if parts.first()?.tag == 0xa0 {
            parts.remove(0);
        }
        Some(Self {
            serial: parts.first()?.content,
            issuer: parts.get(2)?.content,
            subject: parts.get(4)?.content,
        })
    }
}

/// Common name of a Name, or its organisation.
fn name(bytes: &[u8]) -> Option<String> {
    let attributes: Vec<(&[u8], &[u8])> = children(bytes)
        .iter()
        .flat_map(|set| children(set.content))
        .filter_map(|pair| {
            let pair = children(pair.content);
            Some((pair.first()?.content, pair.get(1)?.content))
        })
        .collect();
    let find = |wanted: &[u8]| attributes.iter().find(|(oid, _)| *oid == wanted);
    let (_, value) = find(COMMON_NAME).or_else(|| find(ORGANISATION))?;
    Some(text::one_line(&String::from_utf8_lossy(value), 100))
}

/// NIST's hashes (2.16.840.1.101.3.4.2.x) and SHA-1.
fn digest(oid: &[u8]) -> Option<&'static str> {
    match oid {
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => Some("sha256"),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => Some("sha384"),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => Some("sha512"),
        [0x2b, 0x0e, 3, 2, 0x1a] => Some("sha1"),
        _ => None,
    }
}
