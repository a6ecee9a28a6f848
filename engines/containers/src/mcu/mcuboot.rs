//! MCUboot images (docs.mcuboot.com, "Image format"). The digest is checked; signatures are named.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Entries of one trailer.
const TLVS_MAX: usize = 64;

/// Flags of the header.
const ENCRYPTED: u32 = 0x04 | 0x08;

container!(
    /// MCUboot image.
    McuBoot,
    "mcuboot",
    [Signature::anywhere(b"\x3d\xb8\xf3\x96")],
    read
);

fn version(bin: Bin<'_>, at: usize) -> Option<String> {
    let (major, minor) = (bin.u8(at).ok()?, bin.u8(at + 1).ok()?);
    Some(format!("{major}.{minor}.{}+{}", bin.u16(at + 2).ok()?, bin.u32(at + 4).ok()?))
}

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let header = usize::from(bin.u16(8).ok()?);
    let protected = usize::from(bin.u16(10).ok()?);
    let size = bin.size32(12).ok()?;
    let flags = bin.u32(16).ok()?;
    if header < 32 || size == 0 || size > 1 << 28 {
        return None;
    }
    let mut found = Found::new(0);
    found.fact("version", version(bin, 20)?);
    found.fact("load", format!("{:#x}", bin.u32(4).ok()?));
    found.fact("encrypted", if flags & ENCRYPTED == 0 { "no" } else { "yes" });
    found.fact("system", "microcontroller");
    let end = header.checked_add(size)?;
    if flags & ENCRYPTED == 0 {
        found.slice(input, "program", header, size);
    } else {
        let message = "encrypted for MCUboot; the key is in the device";
        found.problem(ProblemKind::Unsupported, Some(header), message);
        found.encrypted(input, "program", header, size);
    }
    let mut signed = false;
    let mut at = end;
    if bin.u16(at) == Ok(0x6908) {
        at = tlvs(input, at, 0, &mut found, &mut signed);
    }
    if bin.u16(at) == Ok(0x6907) {
        let sealed = if flags & ENCRYPTED == 0 { end.saturating_add(protected) } else { 0 };
        at = tlvs(input, at, sealed, &mut found, &mut signed);
    } else if end <= input.len() {
        let kind = if at.saturating_add(4) > input.len() {
            ProblemKind::Truncated
        } else {
            ProblemKind::Damaged
        };
        found.problem(kind, Some(at.min(input.len())), "the trailer is missing");
    }
    found.fact("signed", if signed { "yes" } else { "no" });
    found.size = at.min(input.len());
    Some(found)
}

/// Reads one trailer; `sealed` is how much of the input its digest covers, 0 for none to check.
fn tlvs(input: &Bytes, at: usize, sealed: usize, found: &mut Found, signed: &mut bool) -> usize {
    let bin = Bin::le(input);
    let end = at.saturating_add(usize::from(bin.u16(at + 2).unwrap_or(4)));
    let mut next = at + 4;
    for _ in 0..TLVS_MAX {
        let (Ok(kind), Ok(length)) = (bin.u16(next), bin.u16(next + 2)) else { break };
        if next + 4 > end {
            break;
        }
        let value = bin.slice(next + 4, length.into()).unwrap_or_default();
        let algorithm = match kind & 0xff {
            0x20 => Some("rsa2048-pss"),
            0x21 => Some("ecdsa-p224"),
            0x22 => Some("ecdsa"),
            0x23 => Some("rsa3072-pss"),
            0x24 => Some("ed25519"),
            0x25 => Some("signature over payload"),
            _ => None,
        };
        if let Some(algorithm) = algorithm {
            *signed = true;
            found.fact("signature", algorithm);
        }
        match kind & 0xff {
            0x01 => found.fact("key-hash", kit::hex(value)),
            0x10 if sealed > 0 => {
                let covered = input.get(..sealed);
                let right = covered.is_some_and(|covered| crypt::sha256(covered) == *value);
                kit::content_check(found, "sha256", right, next + 4);
            }
            0x30 => found.fact("key-encryption", "rsa2048"),
            0x31 => found.fact("key-encryption", "aes-kw"),
            0x32 => found.fact("key-encryption", "ecies-p256"),
            0x33 => found.fact("key-encryption", "ecies-x25519"),
            0x40 => {
                let image = value.first().copied().unwrap_or(0);
                let least = version(Bin::le(value), 4).unwrap_or_default();
                found.fact("needs", format!("image {image} at least {least}"));
            }
            0x50 => found.fact("security-counter", Bin::le(value).u32(0).unwrap_or(0)),
            _ => {}
        }
        next += 4 + usize::from(length);
    }
    end
}
