//! How the expressions of this crate are compiled: there are some forty, and each is kept for every
//! thread, so what one takes counts.

use regex::{Regex, RegexBuilder};

/// What an expression may keep of the states that it met, in bytes for each thread and direction.
const STATES_BYTES_MAX: usize = 256 << 10;

/// What goes for a letter in a name: ASCII's, and everything beyond ASCII. Unicode's own `\w` is
/// thousands of states wherever it stands, and eighty times that where a name has a length.
const WORD: &str = r"[0-9A-Za-z_\x{80}-\x{10FFFF}]";

/// Compiles an expression.
///
/// # Errors
/// The expression is wrong.
pub(crate) fn expression(pattern: &str) -> Result<Regex, regex::Error> {
    // A class within a class adds to it.
    let pattern = pattern.replace(r"\w", WORD);
    RegexBuilder::new(&pattern).dfa_size_limit(STATES_BYTES_MAX).build()
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn letters_of_any_script_are_letters() {
        for pattern in [r"^[\w.]+=\w+$", r"^[.\w]+\w=[\w]{3,5}$"] {
            let regex = expression(pattern).unwrap();
            assert!(regex.is_match("clé.a1=wörd"), "{pattern}");
            assert!(!regex.is_match("a b=word"), "{pattern}");
        }
        assert!(expression("[").is_err());
    }
}
