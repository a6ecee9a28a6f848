//! Buffalo's `buffalo-enc` images: a stream cipher after RC4 with a fixed key.
//!
//! As written by OpenWrt's `buffalo-enc`, which is also the source of the key.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// The key that every image uses.
const KEY: &[u8] = b"Buffalo";

/// Longest product and version, in bytes.
const PRODUCT_MAX: usize = 32;
const VERSION_MAX: usize = 8;

/// State of the cipher in bytes, in its usual mode.
const STATE: usize = 256;

container!(
    /// Encrypted Buffalo image.
    Buffalo,
    "buffalo-enc",
    [Signature::anywhere(b"start\0"), Signature::anywhere(b"asar1\0")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let seed = bin.u8(6).ok()?;
    let product = bin.size32(7).ok()?;
    if product == 0 || product > PRODUCT_MAX {
        return None;
    }
    let product = bin.slice(11, product).ok()?;
    let at = 11 + product.len();
    let version = bin.size32(at).ok()?;
    if version == 0 || version > VERSION_MAX {
        return None;
    }
    let version = bin.slice(at + 4, version).ok()?;
    let at = at + 4 + version.len();
    let size = bin.size32(at).ok()?;
    let body_at = at + 4;
    let clear = |seed: u8, bytes: &[u8]| crypt(seed, bytes, STATE);
    let name = clear(seed, product);
    let name = String::from_utf8_lossy(name.strip_suffix(b"\0").unwrap_or(&name)).into_owned();
    if !kit::printable(&name) || size == 0 {
        return None;
    }
    let release = clear(*product.first()?, version);
    let mut found = Found::new(0);
    kit::declared(&mut found, input, body_at.checked_add(size)?.checked_add(4)?);
    found.fact("product", name);
    found.fact("version", String::from_utf8_lossy(&release).trim_end_matches('\0'));
    let body = input
        .get(body_at..body_at + size)
        .unwrap_or_else(|| input.get(body_at..).unwrap_or_default());
    let seed = *version.first()?;
    let wanted = bin.u32(body_at + size).ok();
    // Some models run the cipher with a state as long as the data; the checksum tells.
    let plain = [STATE, body.len()]
        .into_iter()
        .map(|state| crypt(seed, body, state))
        .find(|plain| wanted.is_none() || Some(checksum(size as u32, plain)) == wanted);
    match plain {
        Some(plain) => {
            found.fact("cipher", "buffalo-enc");
            kit::decoded(&mut found, context, "image", plain, (body_at, body.len()));
        }
        None => {
            let message = "encrypted by Buffalo with another key";
            found.problem(ProblemKind::Unsupported, Some(body_at), message);
            found.encrypted(input, "image", body_at, size);
        }
    }
    Some(found)
}

fn crypt(seed: u8, bytes: &[u8], state: usize) -> Vec<u8> {
    if state == 0 {
        return Vec::new();
    }
    let key: Vec<usize> =
        std::iter::once(seed).chain(KEY.iter().copied()).map(usize::from).collect();
    let mut box_: Vec<u8> = (0..state).map(|index| index as u8).collect();
    let at = |table: &[u8], index: usize| table.get(index).copied().unwrap_or(0);
    let mut k = 0_usize;
    for (index, word) in (0..state).zip(key.iter().cycle()) {
        k = (k + word + usize::from(at(&box_, index))) % state;
        box_.swap(index, k);
    }
    // The counters are bytes in the original, whatever the state's size.
    let (mut i, mut j) = (0_usize, 0_usize);
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        i = ((i + 1) % state) & 0xff;
        j = ((j + usize::from(at(&box_, i))) % state) & 0xff;
        if i >= state || j >= state {
            break;
        }
        box_.swap(i, j);
        let index = (usize::from(at(&box_, i)) + usize::from(at(&box_, j))) % state;
        out.push(byte ^ at(&box_, index));
    }
    out
}

/// A CRC-32 that takes each byte as signed and begins with the size.
fn checksum(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |sum, byte| {
        let signed = i32::from(*byte as i8) as u32;
        (0..8).fold(sum ^ signed, |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}
