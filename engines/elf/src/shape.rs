//! What texts look like that are secrets, whatever they say.

/// A ready-made HTTP Basic header.
pub(crate) fn header(text: &str) -> bool {
    text.strip_prefix("Basic ").is_some_and(|code| {
        code.len() >= 8 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    })
}

/// A `crypt` hash as glibc, musl and uClibc write it.
pub(crate) fn hash(text: &str) -> bool {
    let modular = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"]
        .iter()
        .any(|prefix| text.starts_with(prefix));
    modular && text.len() >= 20 && !text.contains(['%', ' '])
}

/// Whether text is mixed as passwords are and keywords are not.
pub(crate) fn shaped(text: &str) -> bool {
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let letters = text.chars().any(|c| c.is_ascii_alphabetic());
    // All capitals is how constants are spelled.
    if letters && !text.chars().any(|c| c.is_ascii_lowercase()) && text.contains('_') {
        return false;
    }
    let marks = text.chars().any(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'));
    let inner_capitals = text.chars().skip(1).any(|c| c.is_ascii_uppercase())
        && text.chars().any(|c| c.is_ascii_lowercase());
    let mixed = letters && (digits || marks) || inner_capitals && digits;
    let number = digits && !letters;
    mixed && text.len() >= 5 || number && text.len() >= 4
}
