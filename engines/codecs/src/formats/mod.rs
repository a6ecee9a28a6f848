//! Compressed streams that stand alone, as formats of the layer search.
//!
//! Each stream is a layer with one part: what it unpacks to. Runs of streams of one compression
//! (gzip members, XZ streams, Zstandard frames) are one layer. A stream that is cut off or damaged
//! keeps what could be decoded, with a problem.
//!
//! Left out on purpose: bare DEFLATE, LZ4 and LZO blocks, which nothing tells from noise.

mod bzip3;
mod gzip;
mod lzma;
mod lzop;
mod plain;
mod rzip;
mod zlib;

use crate::stream::members;
use crate::{Codec, CodecError, Decoded, content_max};
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind};

/// The formats, the surest first.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    let mut formats: Vec<Box<dyn Format>> = vec![Box::new(gzip::Gzip), Box::new(lzop::Lzop)];
    formats.extend(plain::formats());
    formats.push(Box::new(rzip::Rzip));
    formats.push(Box::new(bzip3::Bzip3));
    formats.push(Box::new(lzma::Lzma));
    formats.push(Box::new(zlib::Zlib));
    formats
}

/// How much a damaged stream must have given to be told from noise behind a magic, in bytes.
const PREFIX_BYTES_MIN: usize = 1024;

/// Decodes a run of streams; `None` when this is noise behind a magic.
///
/// `sure`: the header alone proves the format, so that even an empty prefix is worth telling.
fn decode(
    codec: Codec,
    input: &Bytes,
    context: &Context<'_>,
    sure: bool,
) -> Option<(Decoded, usize)> {
    let size_max = content_max(codec, input, context.budget.memory_left());
    let (decoded, count) = members(codec, input, size_max);
    let enough = match &decoded.error {
        None | Some(CodecError::TooLarge { .. }) => true,
        Some(CodecError::Truncated { .. } | CodecError::Damaged { .. }) => {
            let least = if context.at_start { 1 } else { PREFIX_BYTES_MIN };
            sure || decoded.bytes.len() >= least
        }
    };
    if enough && decoded.used > 0 {
        return Some((decoded, count));
    }
    // Out of work: the scanner says so at its next attempt.
    let _ = context.budget.take_work(decoded.bytes.len());
    None
}

/// The layer of a decoded run of streams.
fn layer(decoded: Decoded, count: usize, part: &str, context: &Context<'_>) -> Found {
    let Decoded { bytes, used, error } = decoded;
    let mut found = Found::new(used);
    if count > 1 {
        found.fact("members", count);
    }
    found.fact("unpacked", duecare_base::text::size(bytes.len() as u64));
    if let Some(error) = error {
        let kind = match &error {
            CodecError::Truncated { .. } => ProblemKind::Truncated,
            CodecError::Damaged { .. } => ProblemKind::Damaged,
            CodecError::TooLarge { .. } => ProblemKind::Limit,
        };
        let left = context.budget.memory_left();
        if matches!(error, CodecError::TooLarge { size_max, .. } if size_max >= left) {
            let max = context.budget.limits().memory_bytes_max;
            let max = duecare_base::text::size(max);
            found.problem(kind, Some(used), format!("the memory limit of {max} is used up"));
        } else {
            found.problem(kind, Some(used), error);
        }
    }
    if let Err(limit) = context.budget.take_memory(bytes.len()) {
        found.problem(ProblemKind::Limit, None, limit);
        return found;
    }
    found.decoded(part, bytes, 0, used);
    found
}

/// A reflected 32-bit CRC that inverts nothing.
fn raw_crc(polynomial: u32, begin: u32, bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|index| {
        (0..8).fold(index as u32, |crc, _| crc >> 1 ^ (polynomial & (crc & 1).wrapping_neg()))
    });
    bytes.iter().fold(begin, |crc, byte| {
        crc >> 8 ^ table.get(usize::from(crc as u8 ^ byte)).copied().unwrap_or_default()
    })
}

/// A file name from a header as the name of a part: its last component, printable.
fn part_name(name: Option<&str>) -> String {
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let clean = duecare_base::text::one_line(last, 100);
    match clean.as_str() {
        "" | "." | ".." => "decoded".to_owned(),
        _ => clean,
    }
}

/// Seconds since 1970 as a date and time in UTC: `2014-08-04 22:12:05`.
fn utc(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to a date, by eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(1_407_190_325), "2014-08-04 22:12:05");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(part_name(Some("../../etc/passwd")), "passwd");
        assert_eq!(part_name(Some("C:\\fw\\a.bin")), "a.bin");
        assert_eq!(part_name(Some("..")), "decoded");
        assert_eq!(part_name(None), "decoded");
    }
}
