//! RAUC update bundles (RAUC 1.11 documentation, "Bundle Formats") and their manifests.
//!
//! A bundle is a SquashFS, in the formats `verity` and `crypt` with a dm-verity hash tree behind
//! it, then a CMS signature and its size in eight bytes. In `plain` the signature stands for the
//! SquashFS; in the others it holds the manifest, which has the root hash.
//!
//! Left out on purpose: verifying the signature, and decrypting.

use crate::der;
use bytes::Bytes;
use duecare_base::{Bin, Digest};
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

/// SquashFS and images behind it begin and end at multiples of this.
const PAGE: usize = 4096;

/// Largest signature, in bytes (RAUC's own limit is 64 KiB; manifests with many images are larger).
const SIGNATURE_BYTES_MAX: usize = 1 << 20;

/// Images of a manifest that become facts.
const IMAGES_MAX: usize = 100;

/// A bundle that begins with its SquashFS.
pub(crate) struct Bundle;

/// A bundle whose payload is encrypted: told by its end.
pub(crate) struct CryptBundle;

/// A manifest by itself: `manifest.raucm`.
pub(crate) struct Manifest;

/// Where the signature stands in `input`.
struct Trailer {
    at: usize,
    size: usize,
}

impl Trailer {
    fn new(input: &[u8], at: usize, size: usize) -> Option<Self> {
        let bytes = input.get(at..at.checked_add(size)?)?;
        let whole = der::element(bytes).is_some_and(|cms| cms.tag == 0x30 && cms.size == size);
        (whole && size <= SIGNATURE_BYTES_MAX).then_some(Self { at, size })
    }

    /// The size stands in the last eight bytes of the input.
    fn at_end(input: &[u8]) -> Option<Self> {
        let field = input.len().checked_sub(8)?;
        let size = Bin::be(input).size64(field).ok()?;
        Self::new(input, field.checked_sub(size)?, size)
    }

    /// The signature stands directly behind the SquashFS, and its size behind it.
    fn behind(input: &[u8], squashfs_size: usize) -> Option<Self> {
        let at = squashfs_size.checked_next_multiple_of(PAGE)?;
        let cms = der::element(input.get(at..)?).filter(|cms| cms.tag == 0x30)?;
        let size = Bin::be(input).size64(at + cms.size).ok()?;
        if size == cms.size { Self::new(input, at, size) } else { None }
    }
}

impl Format for Bundle {
    fn name(&self) -> &'static str {
        "rauc"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"hsqs").aligned(4)] }
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        if bin.u16(28).ok()? != 4 {
            return None;
        }
        // bytes_used of the superblock.
        let squashfs = bin.size64(40).ok()?;
        if squashfs < 96 || squashfs > input.len() {
            return None;
        }
        let trailer = Trailer::behind(input, squashfs).or_else(|| Trailer::at_end(input))?;
        if trailer.at < squashfs {
            return None;
        }
        let cms = input.get(trailer.at..trailer.at + trailer.size)?;
        let signed = der::signed(cms)?;
        let mut found = Found::new(trailer.at + trailer.size + 8);
        let padded = squashfs.next_multiple_of(PAGE).min(trailer.at);
        let verity = trailer.at > padded;
        found.fact("format", if verity { "verity" } else { "plain" });
        signature_facts(&signed, &mut found);
        if !verity {
            let payload = input.get(..trailer.at).unwrap_or_default();
            found.fact("sha256 of payload", Digest::of(payload));
        }
        found.slice(input, "squashfs", 0, padded);
        if verity {
            found.slice(input, "verity", padded, trailer.at - padded);
        }
        found.slice(input, "signature", trailer.at, trailer.size);
        Some(found)
    }
}

impl Format for CryptBundle {
    fn name(&self) -> &'static str {
        "rauc"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let trailer = Trailer::at_end(input)?;
        let cms = input.get(trailer.at..trailer.at + trailer.size)?;
        if trailer.at == 0 || !trailer.at.is_multiple_of(PAGE) {
            return None;
        }
        let signed = der::signed(cms);
        // An encrypted manifest is an EnvelopedData around the signature.
        if signed.is_none() && der::element(cms).is_none() {
            return None;
        }
        let mut found = Found::new(input.len());
        found.fact("format", "crypt");
        match signed {
            Some(signed) => signature_facts(&signed, &mut found),
            None => found.fact("signed", "unknown: the manifest is encrypted"),
        }
        found.problem(ProblemKind::Unsupported, Some(0), "the payload is encrypted");
        found.encrypted(input, "payload", 0, trailer.at);
        found.slice(input, "signature", trailer.at, trailer.size);
        Some(found)
    }
}

fn signature_facts(signed: &der::Signed, found: &mut Found) {
    found.fact("signed", "yes");
    for signer in &signed.signers {
        found.fact("signer", signer);
    }
    for issuer in &signed.issuers {
        found.fact("issuer", issuer);
    }
    if let Some(digest) = signed.digest {
        found.fact("digest", digest);
    }
    if let Some(manifest) = &signed.content {
        for (key, value) in rauc_manifest(&String::from_utf8_lossy(manifest)) {
            found.fact(key, value);
        }
    }
}

impl Format for Manifest {
    fn name(&self) -> &'static str {
        "rauc-manifest"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"[update]"), Signature::start(b"[bundle]")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let named = context.name.ends_with(".raucm");
        let text = std::str::from_utf8(input).ok()?;
        let complete = text.contains("\ncompatible=") && text.contains("\n[image.");
        if !named && !complete {
            return None;
        }
        let mut found = Found::new(input.len());
        for (key, value) in rauc_manifest(text) {
            found.fact(key, value);
        }
        (!found.facts.is_empty()).then_some(found)
    }
}

/// What a RAUC manifest says ("Manifest" in RAUC's reference): compatible, version, build, the
/// bundle's format, hooks, and each image in one line.
#[must_use]
pub fn rauc_manifest(text: &str) -> Vec<(&'static str, String)> {
    const KEYS: [(&str, &str, &str); 8] = [
        ("update", "compatible", "compatible"),
        ("update", "version", "version"),
        ("update", "description", "description"),
        ("update", "build", "build"),
        ("bundle", "format", "bundle format"),
        ("bundle", "verity-hash", "verity hash"),
        ("handler", "filename", "handler"),
        ("hooks", "filename", "hooks"),
    ];
    let lines = ini(text);
    let mut facts = Vec::new();
    for (section, key, fact) in KEYS {
        let value = lines.iter().find(|(s, k, _)| *s == section && *k == key);
        facts.extend(value.map(|(_, _, value)| (fact, (*value).to_owned())));
    }
    let mut sections: Vec<&str> = Vec::new();
    for (section, _, _) in &lines {
        if section.starts_with("image.") && !sections.contains(section) {
            sections.push(section);
        }
    }
    for section in sections.into_iter().take(IMAGES_MAX) {
        let settings = lines.iter().filter(|(s, _, _)| *s == section);
        let settings: Vec<String> =
            settings.map(|(_, key, value)| format!("{key}={value}")).collect();
        let slot = section.strip_prefix("image.").unwrap_or(section);
        facts.push(("image", format!("{slot} {}", settings.join(" "))));
    }
    facts
}

/// Section, key and value of each line of a GLib key file.
fn ini(text: &str) -> Vec<(&str, &str, &str)> {
    let mut section = "";
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = line.split_once('=') {
            lines.push((section, key.trim(), value.trim()));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_read() {
        let facts = rauc_manifest(
            "[update]\ncompatible=Maker Camera\nversion=2.1\n#build=no\n[bundle]\nformat=verity\n\
             [image.rootfs]\nsha256=00\nsize=7\nfilename=root.ext4\n[image.boot]\nfilename=b\n",
        );
        assert_eq!(facts[0], ("compatible", "Maker Camera".to_owned()));
        assert_eq!(facts[1].1, "2.1");
        assert_eq!(facts[2], ("bundle format", "verity".to_owned()));
        assert_eq!(facts[3].1, "rootfs sha256=00 size=7 filename=root.ext4");
        assert_eq!(facts[4].1, "boot filename=b");
    }
}
