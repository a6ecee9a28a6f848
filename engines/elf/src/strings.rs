//! Printable text in what the file loads.

use crate::file::ElfFile;

/// Longest text given in one piece, in bytes; longer ones come in several.
const TEXT_BYTES_MAX: usize = 16 * 1024;

impl<'a> ElfFile<'a> {
    /// Runs of at least `min_len` printable ASCII characters (and tabs) with their file offsets,
    /// in file order, over the loaded parts; over the whole file when nothing is loaded.
    /// Line ends separate.
    pub fn strings(&self, min_len: usize) -> impl Iterator<Item = (u64, &'a str)> + use<'a> {
        let mut parts: Vec<(usize, &'a [u8])> =
            self.regions().iter().map(|r| (r.offset, r.bytes)).collect();
        if parts.is_empty() {
            parts.push((0, self.bin().bytes()));
        }
        parts.sort_by_key(|(offset, bytes)| (*offset, bytes.len()));
        // Overlapping parts (crafted, or page-rounded by odd linkers) are read once.
        let mut done = 0_usize;
        let mut once = Vec::with_capacity(parts.len());
        for (offset, bytes) in parts {
            let skip = done.saturating_sub(offset).min(bytes.len());
            done = done.max(offset.saturating_add(bytes.len()));
            if let Some(rest) = bytes.get(skip..).filter(|rest| !rest.is_empty()) {
                once.push((offset.saturating_add(skip), rest));
            }
        }
        once.into_iter().flat_map(move |(offset, bytes)| runs(offset, bytes, min_len.max(1)))
    }
}

/// The runs of printable characters in these bytes.
pub(crate) fn runs(
    offset: usize,
    bytes: &[u8],
    min_len: usize,
) -> impl Iterator<Item = (u64, &str)> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let start = at + rest.iter().position(|b| printable(*b))?;
            let rest = bytes.get(start..)?;
            let len = rest
                .iter()
                .take(TEXT_BYTES_MAX)
                .position(|b| !printable(*b))
                .unwrap_or(rest.len().min(TEXT_BYTES_MAX));
            at = start + len;
            if len >= min_len {
                let text = std::str::from_utf8(rest.get(..len)?).ok()?;
                return Some((offset.saturating_add(start) as u64, text));
            }
        }
    })
}

fn printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e | b'\t')
}
