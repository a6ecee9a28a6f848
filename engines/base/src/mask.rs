//! Secrets are masked in everything that leaves Duecare.

/// A secret as reports show it: at most its first two characters, never its length.
///
/// Secrets shorter than six characters show nothing but stars.
#[must_use]
pub fn secret(text: &str) -> String {
    let shown = if text.chars().count() >= 6 { 2 } else { 0 };
    let head: String = text.chars().take(shown).collect();
    format!("{head}****")
}

/// `line` with every occurrence of each secret masked.
///
/// Longer secrets are replaced first so that a short one inside a long one can't leave its rest readable.
#[must_use]
pub fn in_line(line: &str, secrets: &[&str]) -> String {
    let mut sorted: Vec<&str> = secrets.iter().copied().filter(|s| !s.is_empty()).collect();
    sorted.sort_by_key(|s| std::cmp::Reverse(s.len()));
    let mut masked = line.to_owned();
    for text in sorted {
        masked = masked.replace(text, &secret(text));
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_readable_is_left() {
        assert_eq!(secret("guest"), "****");
        assert_eq!(secret("hunter22"), "hu****");
        assert_eq!(in_line("user=admin pass=admin123", &["admin123"]), "user=admin pass=ad****");
        assert_eq!(in_line("a", &[""]), "a");
    }
}
