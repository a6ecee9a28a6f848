//! `*` in check names and paths.

/// Whether `text` matches `pattern`, where `*` stands for any run of characters.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars() {
        for (pattern, text, expected) in [
            ("credential-*", "credential-elf-literal", true),
            ("credential-*", "key-private", false),
            ("*", "", true),
            ("key-private", "key-private", true),
            ("key-private", "key-private-2", false),
            ("/etc/*/x*.conf", "/etc/a/b/xyz.conf", true),
            ("*ab*ab", "ab", false),
            ("a*b*c", "abbc", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
