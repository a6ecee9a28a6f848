//! The entries of an archive as they are read, within the budget.

use bytes::Bytes;
use duecare_codecs::{Codec, CodecError, Decoded};
use duecare_unpack::{Context, Found, Node, NodeKind, ProblemKind};

/// Problems of single entries that are told one by one; the rest are counted.
const ENTRY_PROBLEMS_MAX: usize = 50;

/// An archive being read.
pub(crate) struct Tree<'a> {
    pub(crate) found: Found,
    pub(crate) context: &'a Context<'a>,
    full: bool,
    untold: usize,
    /// Entries that are not there, or not whole.
    unread: usize,
    /// Entries that the limit of memory left out, and the first of them.
    short: Option<(usize, String, usize)>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(context: &'a Context<'a>) -> Self {
        Self { found: Found::default(), context, full: false, untold: 0, unread: 0, short: None }
    }

    /// Adds an entry; `false` when the limit of entries is reached, which is told once.
    pub(crate) fn add(&mut self, node: Node) -> bool {
        if self.full {
            return false;
        }
        let budget = self.context.budget;
        if let Err(limit) = budget.take_node().and_then(|()| budget.take_memory(path_bytes(&node)))
        {
            self.full = true;
            if limit.is_memory() {
                self.no_memory(&node.path, 0);
            } else {
                self.found.problem(ProblemKind::Limit, None, limit);
                self.unread += 1;
            }
            return false;
        }
        self.found.nodes.push(node);
        true
    }

    /// Tells what is wrong with an entry.
    pub(crate) fn problem(&mut self, kind: ProblemKind, at: usize, message: String) {
        if self.found.problems.len() < ENTRY_PROBLEMS_MAX {
            self.found.problem(kind, Some(at), message);
        } else {
            self.untold += 1;
        }
    }

    /// How much an entry of `size` bytes may unpack to, one byte more at most so that too much shows.
    pub(crate) fn room(&self, size: u64) -> usize {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        size.min(self.context.budget.memory_left())
    }

    /// Keeps decoded bytes of the entry `name` that stands at `at`, and tells what is wrong.
    pub(crate) fn keep(&mut self, name: &str, at: usize, decoded: Decoded) -> Bytes {
        let left = self.context.budget.memory_left();
        match &decoded.error {
            // The entry itself allowed more: what stopped it is the limit of the whole image.
            Some(CodecError::TooLarge { size_max, .. }) if *size_max >= left => {
                self.no_memory(name, at);
            }
            Some(error) => {
                let kind = match error {
                    CodecError::Truncated { .. } => ProblemKind::Truncated,
                    CodecError::Damaged { .. } => ProblemKind::Damaged,
                    CodecError::TooLarge { .. } => ProblemKind::Limit,
                };
                self.unread += 1;
                self.problem(kind, at, format!("{name}: {error}"));
            }
            None => {}
        }
        if self.context.budget.take_memory(decoded.bytes.len()).is_err() {
            if decoded.error.is_none() {
                self.no_memory(name, at);
            }
            return Bytes::new();
        }
        Bytes::from(decoded.bytes)
    }

    /// Notes that the limit of memory leaves an entry out or cuts it.
    fn no_memory(&mut self, name: &str, at: usize) {
        self.unread += 1;
        match &mut self.short {
            Some((_, _, count)) => *count += 1,
            None => self.short = Some((at, name.to_owned(), 1)),
        }
    }

    /// The layer of `size` bytes.
    pub(crate) fn finish(mut self, size: usize) -> Found {
        if self.untold > 0 {
            let message = format!("{} more entries have problems", self.untold);
            self.found.problem(ProblemKind::Damaged, None, message);
        }
        if let Some((at, name, count)) = self.short {
            let max = self.context.budget.limits().memory_bytes_max;
            let max = duecare_base::text::size(max);
            let message = format!(
                "the memory limit of {max} is used up: {count} entries are not unpacked, the first is {name}"
            );
            self.found.problem(ProblemKind::Limit, Some(at), message);
        }
        if self.unread > 0 {
            self.found.fact("unread entries", self.unread);
        }
        self.found.size = size;
        self.found
    }
}

/// What names of an entry take beyond usual length, in bytes.
fn path_bytes(node: &Node) -> usize {
    const USUAL_BYTES: usize = 64;
    let target = match &node.kind {
        NodeKind::Symlink(target) | NodeKind::HardLink(target) => target.len(),
        _ => 0,
    };
    (node.path.len() + target).saturating_sub(USUAL_BYTES)
}

/// A cut or empty slice instead of a panic.
pub(crate) fn slice(input: &Bytes, at: usize, size: usize) -> Bytes {
    let begin = at.min(input.len());
    input.slice(begin..at.saturating_add(size).clamp(begin, input.len()))
}

/// The compression that a member's first bytes betray, for containers that name theirs freely.
pub(crate) fn sniff_codec(bytes: &[u8]) -> Option<Codec> {
    const MAGICS: &[(&[u8], Codec)] = &[
        (&[0x1f, 0x8b, 8], Codec::Gzip),
        (b"\xfd7zXZ\0", Codec::Xz),
        (&[0x28, 0xb5, 0x2f, 0xfd], Codec::Zstd),
        (b"BZh", Codec::Bzip2),
        (b"LZIP\x01", Codec::Lzip),
        (&[0x04, 0x22, 0x4d, 0x18], Codec::Lz4Frame),
        (&[0x5d, 0, 0], Codec::LzmaAlone),
    ];
    MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, codec)| *codec)
}

/// Bytes as text: UTF-8, or else each byte as a character of Latin-1.
pub(crate) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Seconds since 1970 of a DOS date and time (no zone: taken for UTC).
pub(crate) fn dos_time(date: u16, time: u16) -> i64 {
    if date == 0 {
        return 0;
    }
    let year = 1980 + i64::from(date >> 9);
    let month = i64::from(date >> 5 & 15).clamp(1, 12);
    let day = i64::from(date & 31).clamp(1, 31);
    let seconds =
        i64::from(time >> 11) * 3600 + i64::from(time >> 5 & 63) * 60 + i64::from(time & 31) * 2;
    days(year, month, day) * 86_400 + seconds
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Seconds since 1970 of a Windows file time (100 ns since 1601).
pub(crate) fn windows_time(ticks: u64) -> i64 {
    i64::try_from(ticks / 10_000_000).unwrap_or(0) - 11_644_473_600
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(dos_time(0x4504, 0xb182), 1_407_190_324);
        assert_eq!(windows_time(116_444_736_000_000_000), 0);
        assert_eq!(text(b"caf\xe9"), "café");
    }
}
