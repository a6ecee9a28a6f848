//! Words that people give: names, reasons, versions. Read once at the edge, never checked again.
//!
//! What could mislead somebody who reads a page, a log or a proof is refused, not repaired: control
//! characters, marks that turn the direction of writing (CVE-2021-42574), invisible and tag
//! characters. Unicode normalisation is left out on purpose: names are shown and compared as given.

use std::fmt;

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{noun}: {fault}")]
pub struct TextError {
    /// What the text should have been, for people.
    pub noun: &'static str,
    /// What is wrong with it.
    pub fault: TextFault,
}

/// The fault of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// There is nothing to read.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {chars_max} characters")]
    TooLong {
        /// How many are allowed.
        chars_max: usize,
    },
    /// A character that can't be seen or that changes how its neighbours are shown.
    #[error("must not hold the character U+{code:04X} (character {position})")]
    Character {
        /// The character's number.
        code: u32,
        /// Which character it is, counted from 1.
        position: usize,
    },
    /// Not of the form that is asked.
    #[error("must be {expected}")]
    Shape {
        /// The form, for people.
        expected: &'static str,
    },
}

/// Whether a text may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// One line.
    One,
    /// Any number; `\n` and tabs are allowed, `\r\n` becomes `\n`.
    Many,
}

/// Whether a character may not stand in any text.
fn is_misleading(character: char, lines: Lines) -> bool {
    match character {
        '\n' | '\t' => lines == Lines::One,
        // Soft hyphen, joiner of graphemes, Arabic letter mark, invisible signs of Hangul, Khmer
        // and Mongolian.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}' => true,
        // Zero width space, direction marks; the joiners before them are letters of some scripts.
        '\u{200b}' | '\u{200e}' | '\u{200f}' => true,
        // Line and paragraph separators, direction embeddings and overrides.
        '\u{2028}'..='\u{202e}' => true,
        // Invisible operators, direction isolates, deprecated format characters.
        '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        // Tags and their like.
        '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control() || u32::from(other) & 0xfffe == 0xfffe,
    }
}

/// A trimmed text of `1..=chars_max` characters, none of them misleading.
pub(crate) fn read(
    noun: &'static str,
    text: &str,
    chars_max: usize,
    lines: Lines,
) -> Result<String, TextError> {
    let error = |fault| Err(TextError { noun, fault });
    let text = text.trim();
    if text.is_empty() {
        return error(TextFault::Empty);
    }
    let mut out = String::with_capacity(text.len().min(chars_max.saturating_mul(4)));
    let mut characters = text.chars().enumerate().peekable();
    let mut count = 0_usize;
    while let Some((index, character)) = characters.next() {
        if character == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n') {
            continue;
        }
        if is_misleading(character, lines) {
            let code = u32::from(character);
            return error(TextFault::Character { code, position: index.saturating_add(1) });
        }
        count += 1;
        if count > chars_max {
            return error(TextFault::TooLong { chars_max });
        }
        out.push(character);
    }
    Ok(out)
}

/// Declares a text with a private field: `parse`, `as_str`, `Display`, `FromStr`.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $noun:literal, $lines:ident, $max:literal $(, $check:expr, $expected:literal)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Most characters that it may have.
            pub const CHARS_MAX: usize = $max;

            /// Reads it; blanks around it don't count.
            ///
            /// # Errors
            /// [`TextError`](crate::text::TextError) with what is wrong and where.
            pub fn parse(text: &str) -> Result<Self, $crate::text::TextError> {
                let text = $crate::text::read($noun, text, $max, $crate::text::Lines::$lines)?;
                $(if !$check(text.as_str()) {
                    let fault = $crate::text::TextFault::Shape { expected: $expected };
                    return Err($crate::text::TextError { noun: $noun, fault });
                })?
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
    };
}

pub(crate) use text_type;

text_type!(
    /// Why somebody did something; several lines, kept for as long as the evidence is kept.
    Why, "reason", Many, 4000
);

text_type!(
    /// An e-mail address: one `@` with something on both sides, no blanks. Whether it takes mail
    /// is only known by writing to it.
    Email, "e-mail address", One, 254, is_email, "an address like name@example.org"
);

impl Email {
    /// The address in the form by which accounts are told apart: ASCII letters in lower case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !"<>()[],;:\\\"".contains(c);
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    (1..=64).contains(&name.len())
        && !name.contains('@')
        && text.chars().all(plain)
        && host.split('.').all(label)
}

/// How several things are shown in a sentence: `a, b and c`.
pub(crate) fn listed<T: fmt::Display>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reasons_keep_their_lines() {
        assert_eq!(Why::parse(" a\r\n\tb \n").unwrap().as_str(), "a\n\tb");
        for misleading in ["a\u{202e}b", "a\u{2066}b", "a\0b", "a\rb", "\u{200b}", "a\u{e0041}"] {
            let fault = Why::parse(misleading).unwrap_err().fault;
            assert!(matches!(fault, TextFault::Character { .. }), "{misleading:?}");
        }
        assert_eq!(Why::parse(" \n").unwrap_err().fault, TextFault::Empty);
        assert!(Why::parse(&"ä".repeat(4000)).is_ok());
        let long = Why::parse(&"ä".repeat(4001)).unwrap_err();
        assert_eq!(long.to_string(), "reason: must have at most 4000 characters");
    }

    #[test]
    fn joiners_are_letters_of_some_scripts() {
        assert!(Why::parse("می\u{200c}خواهم").is_ok());
    }

    #[test]
    fn addresses() {
        for good in ["a@b", "Ann.Lee+x@mail.example.org", "ü@bücher.example"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in ["a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@-b", "a@b>", "a@b\r\nBcc: c@d"]
        {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Email::parse("Ann@Example.org").unwrap().folded(), "ann@example.org");
    }

    #[test]
    fn lists() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_again(text in "\\PC{0,40}|.{0,40}") {
            if let Ok(why) = Why::parse(&text) {
                prop_assert_eq!(Why::parse(why.as_str()).unwrap(), why);
            }
        }
    }
}
