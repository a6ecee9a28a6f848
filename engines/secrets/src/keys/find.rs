//! Finds keys and certificates in an item.

use super::private::{self, Private};
use super::stores::{self, Store};
use super::{Certificate, SeenCertificate, SeenKey, pem, ssh};
use crate::base64;
use crate::gaps;
use crate::item::{Item, Outcome, Role};
use crate::marks::{Mark, MarkKind};
use crate::pack::SecretPack;
use crate::report;
use duecare_base::{Confidence, Digest, Location, Severity};

/// Keys and certificates that one file may give: a bundle has about 150.
const BLOCKS_MAX: usize = 2_000;

/// Blocks that are read of one PEM file in Base64: a key and its chain.
const ENCODED_BLOCKS_MAX: usize = 16;

/// Largest file that is read as a key store or a single key, in bytes.
const STORE_BYTES_MAX: usize = 1 << 20;

/// How far into a certificate its names reach, in bytes.
const NAME_BYTES_MAX: usize = 1_024;

/// A file with this many certificates is a bundle that somebody trusts.
const BUNDLE_CERTIFICATES_MIN: usize = 10;

/// Adds everything found to `out`.
pub(crate) fn find(item: &Item<'_>, marks: &[Mark], pack: &SecretPack, out: &mut Outcome) {
    let first_certificate = out.certificates.len();
    let mut done = 0;
    let blocks: Vec<&Mark> =
        marks.iter().filter(|mark| !matches!(mark.kind, MarkKind::Token(_))).collect();
    if blocks.len() > BLOCKS_MAX {
        out.miss(gaps::MARKS, item);
    }
    for mark in blocks.into_iter().take(BLOCKS_MAX) {
        if mark.offset < done {
            continue;
        }
        match mark.kind {
            MarkKind::Pem => {
                if let Some(block) = pem::block(item.bytes, mark.offset) {
                    pem_block(item, block, item.at_byte(mark.offset), out);
                }
            }
            MarkKind::Encoded(before) => {
                let Some(start) = mark.offset.checked_sub(before) else { continue };
                done = encoded(item, start, out).unwrap_or(done);
            }
            MarkKind::DerKey(before) => {
                let Some(start) = mark.offset.checked_sub(before) else { continue };
                let bytes = item.bytes.get(start..).unwrap_or_default();
                if let Some(key) = private::parse(bytes) {
                    done = start + key.size;
                    let place = if start == 0 { item.at() } else { item.at_byte(start) };
                    push(item, place, "DER", key, out);
                }
            }
            MarkKind::TestName => {
                if let Some((start, size, certificate)) = certificate_around(item, mark.offset) {
                    done = start + size;
                    let place = if start == 0 { item.at() } else { item.at_byte(start) };
                    certificate_seen(item, place, certificate, out);
                }
            }
            MarkKind::Token(_) => {}
        }
    }
    whole_file(item, pack, out);
    wireguard(item, out);
    let count = out.certificates.len() - first_certificate;
    let trusted = count >= BUNDLE_CERTIFICATES_MIN || is_trust_store(item.path);
    for seen in out.certificates.iter_mut().skip(first_certificate) {
        seen.trusted = trusted;
    }
}

fn is_program(item: &Item<'_>) -> bool {
    item.bytes.starts_with(b"\x7fELF")
}

/// The certificate in DER around an offset that lies in its names: start, size, content.
fn certificate_around(item: &Item<'_>, offset: usize) -> Option<(usize, usize, Certificate)> {
    let from = offset.saturating_sub(NAME_BYTES_MAX);
    let before = item.bytes.get(from..offset)?;
    // Both the certificate and what is signed in it have two bytes of length.
    memchr::memmem::rfind_iter(before, b"\x30\x82").find_map(|at| {
        let start = from + at;
        let head = item.bytes.get(start..start + 6)?;
        let size = usize::from(u16::from_be_bytes([*head.get(2)?, *head.get(3)?])) + 4;
        let bytes = item.bytes.get(start..start + size)?;
        if head.get(4..6)? != b"\x30\x82" || start + size <= offset {
            return None;
        }
        Certificate::parse(bytes).map(|certificate| (start, size, certificate))
    })
}

fn is_trust_store(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["/ssl/certs/", "ca-bundle", "ca-certificates", "cacert", "/cacerts", "trust", "/ssl/cert.pem"]
        .iter()
        .any(|part| lower.contains(part))
}

/// Keys in Base64 without armour, or in Base64 a second time; where the text ends if it held any.
fn encoded(item: &Item<'_>, start: usize, out: &mut Outcome) -> Option<usize> {
    let (content, size) = base64::run(item.bytes.get(start..)?)?;
    let place = item.at_byte(start);
    if let Some(key) = private::parse(&content) {
        push(item, place, "DER", key, out);
        return Some(start + size);
    }
    let blocks: Vec<pem::Block> = memchr::memmem::find_iter(&content, b"-----BEGIN ")
        .take(ENCODED_BLOCKS_MAX)
        .filter_map(|at| pem::block(&content, at))
        .collect();
    let found = !blocks.is_empty();
    for block in blocks {
        pem_block(item, block, place.clone(), out);
    }
    found.then_some(start + size)
}

fn pem_block(item: &Item<'_>, block: pem::Block, place: Location, out: &mut Outcome) {
    let label = block.label.as_str();
    if label.ends_with("CERTIFICATE") {
        if let Some(certificate) = Certificate::parse(&block.content) {
            certificate_seen(item, place, certificate, out);
        }
        return;
    }
    let opaque = |format: &'static str, encrypted: bool, signing: Option<&'static str>| SeenKey {
        location: place.clone(),
        format,
        encrypted,
        public: None,
        identity: Digest::of_fields(&[b"pem", &block.content]),
        signing,
        parsed: false,
        example: item.role != Role::Live,
        in_program: is_program(item),
    };
    let key = match label {
        "OPENSSH PRIVATE KEY" => ssh::openssh(&block.content),
        "ENCRYPTED PRIVATE KEY" => private::encrypted_pkcs8(&block.content),
        "OpenVPN Static key V1" => {
            out.keys.push(SeenKey { parsed: true, ..opaque("OpenVPN static key", false, None) });
            return;
        }
        "PGP PRIVATE KEY BLOCK" => {
            out.keys.push(SeenKey { parsed: true, ..opaque("PGP secret key", false, None) });
            return;
        }
        "ENCRYPTED COSIGN PRIVATE KEY" | "ENCRYPTED SIGSTORE PRIVATE KEY" => {
            let format = "cosign private key";
            let seen = opaque(format, true, Some("release signing"));
            out.keys.push(SeenKey { parsed: true, ..seen });
            return;
        }
        _ if !label.ends_with("PRIVATE KEY") => return,
        _ if block.encrypted => {
            out.keys
                .push(SeenKey { parsed: true, ..signing_named(item, opaque("PEM", true, None)) });
            return;
        }
        _ => private::parse(&block.content),
    };
    match key {
        Some(key) => push(item, place, "PEM", key, out),
        None => out.keys.push(signing_named(item, opaque("PEM", block.encrypted, None))),
    }
}

fn push(item: &Item<'_>, location: Location, form: &'static str, key: Private, out: &mut Outcome) {
    let format = match (key.format, form) {
        ("PKCS#1", "PEM") => "PKCS#1 PEM",
        ("PKCS#1", _) => "PKCS#1 DER",
        ("PKCS#8", "PEM") => "PKCS#8 PEM",
        ("PKCS#8", _) => "PKCS#8 DER",
        ("SEC 1", "PEM") => "SEC 1 PEM",
        ("SEC 1", _) => "SEC 1 DER",
        (other, _) => other,
    };
    let seen = SeenKey {
        location,
        format,
        encrypted: key.encrypted,
        public: key.public,
        identity: key.identity,
        signing: None,
        parsed: true,
        example: item.role != Role::Live,
        in_program: is_program(item),
    };
    // The same block twice in one file (a key and a copy in the same bundle) is one key.
    let known = out
        .keys
        .iter()
        .any(|other| other.identity == seen.identity && other.location.path == seen.location.path);
    if !known {
        out.keys.push(signing_named(item, seen));
    }
}

/// Marks keys that their file's name calls signing keys.
fn signing_named(item: &Item<'_>, mut key: SeenKey) -> SeenKey {
    if key.signing.is_none() {
        key.signing = signing_name(item.path);
    }
    key
}

/// What a path says of a key's use for signing.
pub(super) fn signing_name(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let is_key = ["pk8", "pem", "key", "priv", "rsa", "der", "p8", "sec", "private"]
        .iter()
        .any(|ext| name.ends_with(&format!(".{ext}")))
        || !name.contains('.');
    if !is_key {
        return None;
    }
    let android =
        ["platform", "testkey", "releasekey", "media", "shared", "networkstack", "verity"];
    if name.ends_with(".pk8") && android.contains(&stem) {
        return Some("Android signing");
    }
    let words: Vec<&str> = stem.split(['_', '-', ' ']).collect();
    let has = |word: &str| words.iter().any(|w| w.starts_with(word));
    if (has("sign") && !has("signed")) || stem.ends_with("signkey") || stem.ends_with("signingkey")
    {
        return Some("signing");
    }
    let boot =
        ["pk", "kek", "db", "rot_key", "rotprivk_rsa", "rotprivk", "trusted_world_key", "bl2_key"];
    let folders_boot = ["secureboot", "secure_boot", "secure-boot", "efi", "uefi", "/keys/"];
    if boot.contains(&stem) && folders_boot.iter().any(|f| lower.contains(f)) {
        return Some("secure boot");
    }
    if (stem.starts_with("srk") || stem.starts_with("img") || stem.starts_with("csf"))
        && stem.contains("key")
    {
        return Some("NXP high-assurance boot");
    }
    let update =
        ["swupdate", "rauc", "mender", "firmware", "fw", "fwupdate", "ota", "upgrade", "update"];
    let private = ["priv", "private", "key"];
    if words.iter().any(|w| update.contains(w)) && words.iter().any(|w| private.contains(w)) {
        return Some("update signing");
    }
    None
}

fn certificate_seen(
    item: &Item<'_>,
    location: Location,
    certificate: Certificate,
    out: &mut Outcome,
) {
    let example = item.role != Role::Live;
    out.certificates.push(SeenCertificate { location, certificate, trusted: false, example });
}

/// What a file is as a whole.
fn whole_file(item: &Item<'_>, pack: &SecretPack, out: &mut Outcome) {
    let bytes = item.bytes;
    if item.path.is_empty() {
        return;
    }
    if bytes.len() > STORE_BYTES_MAX {
        if stores::is_store(bytes, &item.extension()) {
            out.miss(gaps::STORE, item);
        }
        return;
    }
    let extension = item.extension();
    if let Some(store) = stores::whole(bytes, &extension, &pack.passwords) {
        store_seen(item, store, out);
        return;
    }
    if bytes.first() == Some(&0x30) {
        if let Some(key) = private::parse(bytes).or_else(|| private::encrypted_pkcs8(bytes)) {
            push(item, item.at(), "DER", key, out);
        } else if let Some(certificate) = Certificate::parse(bytes) {
            certificate_seen(item, item.at(), certificate, out);
        }
        return;
    }
    if bytes.starts_with(b"\0\0\0")
        && let Some(key) = ssh::dropbear(bytes)
    {
        push(item, item.at(), "", key, out);
    }
}

fn store_seen(item: &Item<'_>, store: Store, out: &mut Outcome) {
    let signing = store.signing.or_else(|| signing_name(item.path));
    let android = matches!(item.extension().as_str(), "jks" | "keystore")
        && item.layer_name == crate::SOURCE_LAYER;
    if let Some(password) = &store.password {
        let shown = if password.is_empty() {
            "is empty".to_owned()
        } else {
            format!("({}) is in the list of common passwords", duecare_base::mask::secret(password))
        };
        let message = format!("the password of this {} {shown}", store.format);
        out.findings.push(report::new(
            report::KEY_STORE_PASSWORD,
            Severity::High,
            item.confidence(Confidence::High),
            item.at(),
            "store password",
            message,
        ));
    }
    out.keys.push(SeenKey {
        location: item.at(),
        format: store.format,
        encrypted: store.encrypted,
        public: None,
        identity: Digest::of_fields(&[b"store", item.bytes]),
        signing: signing.or(android.then_some("app signing")),
        parsed: true,
        example: item.role != Role::Live,
        in_program: is_program(item),
    });
}

/// `PrivateKey = …` of WireGuard: 32 bytes in Base64 (format as read by `wg(8)`).
fn wireguard(item: &Item<'_>, out: &mut Outcome) {
    if !item.is_text() || item.bytes.len() > STORE_BYTES_MAX {
        return;
    }
    let Ok(text) = std::str::from_utf8(item.bytes) else { return };
    let uci = item.path.starts_with("/etc/config/") && text.contains("wireguard");
    if !text.contains("[Interface]") && !uci {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> =
            line.split(['=', ' ', '\t', '\'', '"', '\r']).filter(|w| !w.is_empty()).collect();
        let named = words.iter().position(|w| matches!(*w, "PrivateKey" | "private_key"));
        if line.trim_start().starts_with('#') || named.is_none() {
            continue;
        }
        let value = words.iter().skip(named.unwrap_or(0) + 1).find(|w| w.len() == 43);
        let Some(key) = value.and_then(|v| base64::decode(v)) else { continue };
        out.keys.push(SeenKey {
            location: item.at_line(u32::try_from(number + 1).unwrap_or(u32::MAX)),
            format: "WireGuard key",
            encrypted: false,
            public: None,
            identity: Digest::of_fields(&[b"wireguard", &key]),
            signing: None,
            parsed: true,
            example: item.role != Role::Live,
            in_program: is_program(item),
        });
    }
}
