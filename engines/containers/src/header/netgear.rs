//! Netgear's CHK header and its DNI header (`device:… version:…`).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Smallest CHK header, in bytes, without the board name.
const CHK_HEADER: usize = 40;

/// Size of the DNI header in bytes.
const DNI_HEADER: usize = 128;

container!(
    /// Netgear CHK.
    Chk,
    "netgear-chk",
    [Signature::anywhere(b"\x2a\x23\x24\x5e")],
    read_chk
);

container!(
    /// Netgear images of Delta Networks models.
    Dni,
    "netgear-dni",
    [Signature::start(b"device:")],
    read_dni
);

fn read_chk(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let header = bin.size32(4).ok()?;
    let (kernel, rootfs) = (bin.size32(24).ok()?, bin.size32(28).ok()?);
    if !(CHK_HEADER..=CHK_HEADER + 64).contains(&header) || kernel == 0 {
        return None;
    }
    let board = bin.text(CHK_HEADER, header - CHK_HEADER).ok()?;
    if !kit::ascii_or_empty(&board) {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, header.saturating_add(kernel).saturating_add(rootfs));
    found.fact("board", board);
    let version: Vec<String> =
        bin.slice(9, 7).ok()?.iter().map(std::string::ToString::to_string).collect();
    found.fact("version", version.join("."));
    found.fact("region", bin.u8(8).ok()?);
    let head = bin.slice(0, header).ok()?;
    let sum = netgear_sum(&[head.get(..36)?, &[0; 4], head.get(40..)?]);
    kit::header_check(&mut found, "header-checksum", sum == bin.u32(36).ok()?, 36);
    if let Ok(content) = bin.slice(header, kernel) {
        let right = netgear_sum(&[content]) == bin.u32(16).ok()?;
        kit::content_check(&mut found, "kernel-checksum", right, header);
    }
    found.slice(input, "kernel", header, kernel);
    if rootfs > 0 {
        if let Ok(content) = bin.slice(header + kernel, rootfs) {
            let right = netgear_sum(&[content]) == bin.u32(20).ok()?;
            kit::content_check(&mut found, "rootfs-checksum", right, header + kernel);
        }
        found.slice(input, "rootfs", header.saturating_add(kernel), rootfs);
    }
    Some(found)
}

/// Fletcher-like sum over bytes, both halves folded to 16 bits.
fn netgear_sum(pieces: &[&[u8]]) -> u32 {
    let (mut first, mut second) = (0_u32, 0_u32);
    for byte in pieces.iter().copied().flatten() {
        first = first.wrapping_add(u32::from(*byte));
        second = second.wrapping_add(first);
    }
    let fold = |sum: u32| {
        let once = (sum & 0xffff) + (sum >> 16);
        (once & 0xffff) + (once >> 16)
    };
    fold(second) << 16 | (fold(first) & 0xffff)
}

fn read_dni(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let header = input.get(..DNI_HEADER)?;
    let end = header.iter().position(|byte| *byte == 0)?;
    let text = std::str::from_utf8(header.get(..end)?).ok()?;
    if !text.contains("version:") {
        return None;
    }
    // The last byte makes the sum of all 0xff.
    let mut found = Found::new(input.len());
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let key = match key.trim() {
            "device" => "device",
            "version" => "version",
            "region" => "region",
            "hd_id" => "hardware",
            _ => continue,
        };
        found.fact(key, value.trim());
    }
    let body = input.get(DNI_HEADER..)?;
    let (sum, content) = body.split_last()?;
    let all = input.get(..input.len() - 1)?;
    let total = all.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    // The header has no size: a file that was cut shows in the checksum alone.
    kit::content_check(&mut found, "checksum", !total == *sum, input.len() - 1);
    found.slice(input, "image", DNI_HEADER, content.len());
    Some(found)
}
