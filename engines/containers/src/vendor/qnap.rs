//! QNAP's images: the first part encrypted with the PC1 cipher, a footer `icpnas` at the end.
//!
//! Cipher and secrets as published in the gist `qnap-qts-fw-cryptor` by ulidtko and the write-up
//! "Pwn2Own Ireland 2024: QNAP QHora-322" by Neodyme.

use crate::kit;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind};

/// Size of the footer in bytes.
const FOOTER: usize = 74;

/// Secret of the storage devices; the version's first character is added.
const NAS_SECRET: &str = "QNAPNASVERSION";

kit::container!(
    /// QNAP image, told by its footer.
    Qnap,
    "qnap",
    [],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let at = input.len().checked_sub(FOOTER)?;
    let footer = Bin::le(input.get(at..)?);
    if !footer.has(0, b"icpnas") {
        return None;
    }
    let sealed = footer.size32(6).ok()?;
    let (device, version) = (footer.text(10, 16).ok()?, footer.text(26, 16).ok()?);
    if sealed == 0 || sealed > at || !kit::printable(&device) {
        return None;
    }
    let mut found = Found::new(input.len());
    found.fact("device", &device);
    found.fact("version", &version);
    found.fact("date", footer.text(42, 16).ok()?);
    found.fact("cipher", "pc1");
    // Storage devices say so in the footer, or by how their first bytes come out.
    let storage = device.to_ascii_uppercase().starts_with("QNAPNAS")
        || input.starts_with(b"\xf5\x7b\x47\x03");
    let secret = if storage { format!("{NAS_SECRET}{}", version.chars().next()?) } else { device };
    let Some(mut cipher) = Pc1::new(secret.as_bytes()) else {
        found.problem(ProblemKind::Unsupported, Some(0), "encrypted by QNAP with no known secret");
        found.encrypted(input, "image", 0, at);
        return Some(found);
    };
    let mut plain: Vec<u8> =
        input.get(..sealed)?.iter().map(|byte| cipher.decrypt(*byte)).collect();
    plain.extend_from_slice(input.get(sealed..at)?);
    kit::decoded(&mut found, context, "image", plain, (0, at));
    Some(found)
}

/// The PC1 stream cipher, its steps worked out beforehand for each value of the feedback.
struct Pc1 {
    /// For each feedback byte: pairs of the two values that a step uses.
    steps: Vec<Vec<(u32, u32)>>,
    feedback: u8,
    y: u32,
    z: u32,
}

impl Pc1 {
    fn new(secret: &[u8]) -> Option<Self> {
        let mut secret = secret.to_vec();
        let rounds = secret.len() / 2;
        if rounds == 0 {
            return None;
        }
        if rounds.is_multiple_of(2) {
            secret.push(0);
        }
        let steps = (0..=255).map(|feedback| Self::round(&secret, rounds, feedback)).collect();
        Some(Self { steps, feedback: 0, y: 0, z: 0 })
    }

    fn round(secret: &[u8], rounds: usize, feedback: u8) -> Vec<(u32, u32)> {
        // The original keeps the high byte in a signed character, one off below zero.
        let promote = |byte: u8| {
            let value = u32::from(byte);
            if byte < 0x80 { value } else { value.wrapping_sub(0x101) }
        };
        let pairs = secret.chunks_exact(2).take(rounds).map(|pair| match pair {
            [high, low] => (promote(high ^ feedback) << 8).wrapping_add(u32::from(low ^ feedback)),
            _ => 0,
        });
        let mut state = 0_u32;
        pairs
            .map(|word| {
                let x = state ^ word;
                state = x.wrapping_mul(0x4e35).wrapping_add(1) & 0xffff;
                (x.wrapping_mul(0x15a) & 0xffff, state)
            })
            .collect()
    }

    fn decrypt(&mut self, byte: u8) -> u8 {
        let mut mixed = 0_u32;
        let steps = self.steps.get(usize::from(self.feedback)).map_or(&[][..], Vec::as_slice);
        for (index, (y, value)) in (0_u32..).zip(steps) {
            let before = self.y;
            self.y = *y;
            let sum = self.z.wrapping_add(index).wrapping_mul(0x4e35);
            self.z = self.y.wrapping_add(before).wrapping_add(sum) & 0xffff;
            mixed ^= value ^ self.z;
        }
        let plain = byte ^ (mixed >> 8) as u8 ^ mixed as u8;
        self.feedback ^= plain;
        plain
    }
}
