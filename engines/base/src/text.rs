//! Small text helpers for messages and reports.

/// Longest snippet that a finding or a fact carries, in characters.
pub const SNIPPET_CHARS_MAX: usize = 240;

/// One printable line: control characters become blanks, over-long text is cut with an ellipsis.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count >= chars_max {
            out.push('…');
            break;
        }
        out.push(if character.is_control() { ' ' } else { character });
    }
    out
}

/// A size for people: `512 B`, `4.0 KiB`, `17.7 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = "B";
    for next in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = next;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_sizes() {
        assert_eq!(one_line(" a\tb\n", 10), "a b");
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(size(512), "512 B");
        assert_eq!(size(4096), "4.0 KiB");
        assert_eq!(size(18_600_000), "17.7 MiB");
    }
}
