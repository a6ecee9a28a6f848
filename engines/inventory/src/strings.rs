//! The printable string around a place in a file, and those beside it.

use std::ops::Range;

/// How far a string is followed from a hit, in bytes, on each side.
const REACH_BYTES: usize = 1024;

/// How far neighbours are looked for, in bytes, on each side.
const NEIGHBOUR_REACH_BYTES: usize = 64 * 1024;

/// How far a match that looks at a whole file looks, in bytes, on each side: more than the largest
/// programs of devices have, and little enough that an input made of literals can't stall us.
const WHOLE_REACH_BYTES: usize = 4 << 20;

/// Shortest neighbour that counts as a string, in bytes.
const NEIGHBOUR_BYTES_MIN: usize = 2;

fn printable(byte: u8, text: bool) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e) || (text && byte >= 0x80)
}

/// The string that holds `hit`: printable ASCII without line breaks; in text files any line.
pub(crate) fn around(bytes: &[u8], hit: Range<usize>, text: bool) -> Range<usize> {
    let from = hit.start.saturating_sub(REACH_BYTES);
    let before = bytes.get(from..hit.start).unwrap_or_default();
    let back = before.iter().rev().take_while(|byte| printable(**byte, text)).count();
    let to = hit.end.saturating_add(REACH_BYTES).min(bytes.len());
    let after = bytes.get(hit.end..to).unwrap_or_default();
    let on = after.iter().take_while(|byte| printable(**byte, text)).count();
    hit.start - back..hit.end + on
}

/// Every string within [`WHOLE_REACH_BYTES`] that is not longer than `length_max`, the nearest to
/// `at` first: for versions that the linker put far from what they belong to.
pub(crate) fn all(bytes: &[u8], at: usize, length_max: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut begin = at.saturating_sub(WHOLE_REACH_BYTES);
    let end = at.saturating_add(WHOLE_REACH_BYTES).min(bytes.len());
    while begin < end {
        let rest = bytes.get(begin..end).unwrap_or_default();
        let skipped = rest.iter().take_while(|byte| !printable(**byte, false)).count();
        let start = begin + skipped;
        let rest = bytes.get(start..end).unwrap_or_default();
        let length = rest.iter().take_while(|byte| printable(**byte, false)).count();
        if (NEIGHBOUR_BYTES_MIN..=length_max).contains(&length) {
            found.push(start..start + length);
        }
        begin = start + length.max(1);
    }
    found.sort_by_key(|range| (range.start.abs_diff(at), range.start));
    found
}

/// Up to `count` strings before and after the one at `at`, nearest first, each with its range.
pub(crate) fn neighbours(
    bytes: &[u8],
    at: &Range<usize>,
    count: usize,
    text: bool,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let floor = at.start.saturating_sub(NEIGHBOUR_REACH_BYTES);
    let mut end = at.start;
    let mut left = count;
    while left > 0 && end > floor {
        let head = bytes.get(floor..end).unwrap_or_default();
        let skipped = head.iter().rev().take_while(|byte| !printable(**byte, text)).count();
        let stop = end - skipped;
        let head = bytes.get(floor..stop).unwrap_or_default();
        let length = head.iter().rev().take_while(|byte| printable(**byte, text)).count();
        if length >= NEIGHBOUR_BYTES_MIN {
            found.push(stop - length..stop);
            left -= 1;
        }
        end = stop - length;
    }
    let ceiling = at.end.saturating_add(NEIGHBOUR_REACH_BYTES).min(bytes.len());
    let mut begin = at.end;
    let mut left = count;
    while left > 0 && begin < ceiling {
        let rest = bytes.get(begin..ceiling).unwrap_or_default();
        let skipped = rest.iter().take_while(|byte| !printable(**byte, text)).count();
        let start = begin + skipped;
        let rest = bytes.get(start..ceiling).unwrap_or_default();
        let length = rest.iter().take_while(|byte| printable(**byte, text)).count();
        if length >= NEIGHBOUR_BYTES_MIN {
            found.push(start..start + length);
            left -= 1;
        }
        begin = start + length.max(1);
    }
    found.sort_by_key(|range| (range.start.abs_diff(at.start), range.start));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_where_print_ends() {
        let bytes = b"\0\x01abc\0version 1.2\nnext\0";
        let hit = 6..13;
        assert_eq!(&bytes[around(bytes, hit, false)], b"version 1.2");
        let at = around(bytes, 6..13, false);
        let found = neighbours(bytes, &at, 3, false);
        let texts: Vec<&[u8]> = found.iter().map(|range| &bytes[range.clone()]).collect();
        assert_eq!(texts, [b"abc".as_slice(), b"next"]);
        assert_eq!(around(b"abc", 0..3, true), 0..3);
    }
}
