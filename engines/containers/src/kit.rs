//! What the readers of this crate share: checksums, dates, names, and ways to add a part.

use bytes::Bytes;
use duecare_unpack::{Context, Found, Node, NodeKind, NodeMeta, ProblemKind};

/// Longest part name, in bytes.
const NAME_BYTES_MAX: usize = 80;

/// Defines a format whose reading is one function. Without signatures it is tried last, and at the
/// start of a blob alone.
macro_rules! container {
    ($(#[$doc:meta])* $type:ident, $name:literal, [$($signature:expr),* $(,)?], $read:path) => {
        $(#[$doc])*
        pub(crate) struct $type;

        impl duecare_unpack::Format for $type {
            fn name(&self) -> &'static str {
                $name
            }
            fn signatures(&self) -> &'static [duecare_unpack::Signature] {
                const { &[$($signature),*] }
            }
            fn read(
                &self,
                input: &bytes::Bytes,
                context: &duecare_unpack::Context<'_>,
            ) -> Option<duecare_unpack::Found> {
                $read(input, context)
            }
        }
    };
}
pub(crate) use container;

const CRC32_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "evaluated at compile time, index below 256")]
        {
            table[index] = value;
        }
        index += 1;
    }
    table
};

/// CRC-32 (ISO 3309) register after `bytes`, without the final inversion.
pub(crate) fn crc32_register(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |crc, byte| {
        let index = usize::from(crc as u8 ^ byte);
        CRC32_TABLE.get(index).copied().unwrap_or(0) ^ (crc >> 8)
    })
}

/// CRC-32 (ISO 3309), as zlib and U-Boot compute it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !crc32_register(u32::MAX, bytes)
}

/// CRC-32 of a header with one four-byte field taken as zero.
pub(crate) fn crc32_without(bytes: &[u8], field_at: usize) -> u32 {
    let before = bytes.get(..field_at).unwrap_or(bytes);
    let after = bytes.get(field_at.saturating_add(4)..).unwrap_or_default();
    let crc = crc32_register(u32::MAX, before);
    let crc = crc32_register(crc, &[0; 4]);
    !crc32_register(crc, after)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds since 1970 as a UTC date and time.
pub(crate) fn date(seconds: u32) -> String {
    let days = i64::from(seconds / 86_400);
    let rest = seconds % 86_400;
    // Days to a civil date, Howard Hinnant's algorithm; eras of 400 years.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Whether a text is there and can be shown.
pub(crate) fn printable(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !c.is_control() && c != '\u{fffd}')
}

/// Whether a text is empty or printable ASCII.
pub(crate) fn ascii_or_empty(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

/// A name that can stand as one path component.
pub(crate) fn part_name(text: &str, otherwise: &str) -> String {
    let trimmed = text.trim().trim_matches('/');
    let clean: String = trimmed
        .chars()
        .map(|c| if c.is_control() || c == '/' || c == '\\' || c == '\u{fffd}' { '_' } else { c })
        .take(NAME_BYTES_MAX)
        .collect();
    if matches!(clean.as_str(), "" | "." | "..") { otherwise.to_owned() } else { clean }
}

/// A regular file that a container holds.
pub(crate) fn file(path: &str, content: impl Into<Bytes>) -> Node {
    let meta = NodeMeta { mode: 0o644, ..NodeMeta::default() };
    Node::new(path.as_bytes(), NodeKind::File(content.into()), meta)
}

/// Says whether a header's checksum is right; a wrong one hides nothing.
pub(crate) fn header_check(found: &mut Found, key: &'static str, right: bool, at: usize) {
    found.fact(key, if right { "ok" } else { "wrong" });
    if !right {
        found.problem(ProblemKind::Odd, Some(at), format!("the {key} does not match"));
    }
}

/// Says whether a content's checksum is right; a wrong one means damage.
pub(crate) fn content_check(found: &mut Found, key: &'static str, right: bool, at: usize) {
    found.fact(key, if right { "ok" } else { "wrong" });
    if !right {
        found.problem(ProblemKind::Damaged, Some(at), format!("the {key} does not match"));
    }
}

/// Adds a decoded part, if the budget allows it.
pub(crate) fn decoded(
    found: &mut Found,
    context: &Context<'_>,
    name: &str,
    content: Vec<u8>,
    from: (usize, usize),
) {
    match context.budget.take_memory(content.len()) {
        Ok(()) => found.decoded(name, content, from.0, from.1),
        Err(limit) => found.problem(ProblemKind::Limit, Some(from.0), format!("{name}: {limit}")),
    }
}

/// Adds what lies between two offsets of the input, unless it is nothing or only padding.
pub(crate) fn rest(found: &mut Found, input: &Bytes, name: &str, from: usize, to: usize) {
    let to = to.min(input.len());
    let bytes = input.get(from..to).unwrap_or_default();
    if bytes.iter().any(|byte| !matches!(byte, 0 | 0xff)) {
        found.slice(input, name, from, to - from);
    }
}

/// A size that a header declares, cut to what is there; a cut is a problem.
pub(crate) fn declared(found: &mut Found, input: &Bytes, size: usize) {
    if size > input.len() {
        let message = format!("{} bytes are missing at the end", size - input.len());
        found.problem(ProblemKind::Truncated, Some(input.len()), message);
    }
    found.size = size.min(input.len());
}

/// `value` rounded up to a multiple of `to`, a power of two; saturates.
pub(crate) fn align(value: usize, to: usize) -> usize {
    value.saturating_add(to - 1) & !(to - 1)
}

/// Where `needle` first stands in `bytes`.
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

/// Text from `at` up to the first byte that is not printable ASCII, at most `max` bytes.
pub(crate) fn text_at(bytes: &[u8], at: usize, max: usize) -> String {
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter()
        .take(max)
        .take_while(|byte| (0x20..0x7f).contains(*byte))
        .map(|byte| char::from(*byte))
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32_without(b"ab\x01\x02\x03\x04c", 2), crc32(b"ab\0\0\0\0c"));
        assert_eq!(date(0), "1970-01-01 00:00:00");
        assert_eq!(date(1_709_210_096), "2024-02-29 12:34:56");
        assert_eq!(part_name("../etc", "x"), ".._etc");
        assert_eq!(part_name("..", "x"), "x");
        assert_eq!(align(5, 4), 8);
    }
}
