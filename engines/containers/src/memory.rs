//! Stretches of memory that records of a file describe: hex files, UF2, DfuSe.

use crate::kit;
use duecare_unpack::{Context, Found, ProblemKind};

/// Gaps up to this are filled, as programmers fill them, so that a program stays in one piece.
const GAP_BYTES_MAX: u64 = 256;

/// Ranges that become parts of their own; more are a sign of nonsense.
const RANGES_MAX: usize = 4096;

/// Where nRF5x chips keep their user configuration; bytes there set protection.
const NRF_UICR: std::ops::Range<u64> = 0x1000_1000..0x1000_2000;

/// Bytes by address.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    ranges: Vec<(u64, Vec<u8>)>,
}

impl Memory {
    /// Adds what a record holds.
    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match self.ranges.last_mut() {
            Some((begin, last)) if begin.checked_add(last.len() as u64) == Some(address) => {
                last.extend_from_slice(bytes);
            }
            _ => self.ranges.push((address, bytes.to_vec())),
        }
    }

    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Adds one part for each contiguous range, named for its address; `from` is where in the
    /// layer the records stand.
    pub(crate) fn finish(
        mut self,
        found: &mut Found,
        context: &Context<'_>,
        prefix: &str,
        from: (usize, usize),
    ) {
        self.ranges.sort_by_key(|(address, _)| *address);
        let mut merged: Vec<(u64, Vec<u8>)> = Vec::new();
        for (address, bytes) in self.ranges {
            let end = merged.last().map(|(begin, last)| begin.saturating_add(last.len() as u64));
            match (merged.last_mut(), end) {
                (Some((_, last)), Some(end))
                    if address >= end && address - end <= GAP_BYTES_MAX =>
                {
                    let filled = last.len() + usize::try_from(address - end).unwrap_or(0);
                    last.resize(filled, 0xff);
                    last.extend_from_slice(&bytes);
                }
                (_, Some(end)) if address < end => {
                    let message = format!("records lie over one another at {address:#x}");
                    found.problem(ProblemKind::Odd, None, message);
                    merged.push((address, bytes));
                }
                _ => merged.push((address, bytes)),
            }
        }
        if merged.len() > RANGES_MAX {
            let message = format!("only {RANGES_MAX} of {} ranges are kept", merged.len());
            found.problem(ProblemKind::Limit, None, message);
            merged.truncate(RANGES_MAX);
        }
        // Each range stands for its share of the records, so that coverage adds up.
        let total = merged.iter().map(|(_, bytes)| bytes.len()).sum::<usize>().max(1);
        let mut done = 0;
        for (address, bytes) in merged {
            let place = |bytes: usize| (from.1 as u128 * bytes as u128 / total as u128) as usize;
            let stored = (from.0 + place(done), place(done + bytes.len()) - place(done));
            done += bytes.len();
            if NRF_UICR.contains(&address) {
                found.fact("nrf-uicr", kit::hex(bytes.get(..16).unwrap_or(&bytes)));
            }
            found.fact("range", format!("{address:#010x}, {} bytes", bytes.len()));
            kit::decoded(found, context, &format!("{prefix}{address:#010x}"), bytes, stored);
        }
    }
}
