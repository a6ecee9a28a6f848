//! Which passwords are taken: long ones that nobody would guess first.
//!
//! As NIST SP 800-63B-4, section 3.1.1.2 asks: length counts, any character is welcome, no rules of
//! composition, no forced change; what is common, repeated, sequential or taken from the account's
//! own names is refused. Off-spec: the list of leaked passwords is short, since those of twelve
//! characters and more that head such lists are few.

/// Fewest characters.
pub const PASSWORD_CHARS_MIN: usize = 12;

/// Most characters: more costs time to hash and gains nothing.
pub const PASSWORD_CHARS_MAX: usize = 128;

/// Longest part that counts as repeated, in characters: `passwordpassword` is one word.
const REPEATED_CHARS_MAX: usize = 16;

/// Least share of a password that must be its own, in characters, beside common and known words.
const OWN_CHARS_MIN: usize = 6;

/// Words that people take for passwords or lengthen them with, lower case; longest first where one
/// holds another.
const COMMON: &[&str] = &[
    "correcthorsebatterystaple",
    "1q2w3e4r5t6y",
    "administrator",
    "qwertyuiop",
    "letmeinplease",
    "iloveyou",
    "changeme",
    "welcome",
    "default",
    "firmware",
    "security",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "zxcvbnm",
    "asdfghjkl",
    "qwerty",
    "qwertz",
    "azerty",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "letmein",
    "secret",
    "summer",
    "winter",
    "autumn",
    "spring",
    "duecare",
    "abc123",
    "admin",
    "hello",
    "login",
    "test",
    "root",
    "pass",
];

/// Rows along which people run their fingers.
const ROWS: &[&str] = &[
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "qwertzuiopü+",
    "azertyuiop^$",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "!@#$%^&*()_+",
];

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`PASSWORD_CHARS_MIN`].
    #[error("use at least {PASSWORD_CHARS_MIN} characters; a sentence is fine")]
    Short,
    /// More than [`PASSWORD_CHARS_MAX`].
    #[error("use at most {PASSWORD_CHARS_MAX} characters")]
    Long,
    /// Common words and little else.
    #[error("it is made of words that everybody tries first")]
    Common,
    /// One part over and over.
    #[error("it repeats itself")]
    Repeated,
    /// Along the alphabet, the digits or the keyboard.
    #[error("it follows the alphabet, the digits or the keyboard")]
    Sequence,
    /// The account's own names and little else.
    #[error("it is made of your name, your address or the organisation's name")]
    OwnNames,
}

/// Checks a new password. `names` is what others know of the account: its address, the person's
/// and the organisation's name.
///
/// # Errors
/// [`PasswordFault`] with the first fault.
pub fn check_password(password: &str, names: &[&str]) -> Result<(), PasswordFault> {
    // Bytes first: an over-long body is not walked.
    if password.len() > PASSWORD_CHARS_MAX * 4 {
        return Err(PasswordFault::Long);
    }
    let characters: Vec<char> = password.to_lowercase().chars().collect();
    match password.chars().count() {
        count if count < PASSWORD_CHARS_MIN => return Err(PasswordFault::Short),
        count if count > PASSWORD_CHARS_MAX => return Err(PasswordFault::Long),
        _ => {}
    }
    if repeats(&characters) {
        return Err(PasswordFault::Repeated);
    }
    let lower: String = characters.iter().collect();
    if ROWS.iter().any(|row| runs_along(&lower, row)) {
        return Err(PasswordFault::Sequence);
    }
    if own_chars(&lower, COMMON.iter().copied()) < OWN_CHARS_MIN {
        return Err(PasswordFault::Common);
    }
    let mut words: Vec<String> = names
        .iter()
        .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() >= 3)
        .map(str::to_lowercase)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    if own_chars(&lower, words.iter().map(String::as_str).chain(COMMON.iter().copied()))
        < OWN_CHARS_MIN
    {
        return Err(PasswordFault::OwnNames);
    }
    Ok(())
}

/// Whether the whole is one short part over and over.
fn repeats(characters: &[char]) -> bool {
    (1..=REPEATED_CHARS_MAX.min(characters.len() / 2)).any(|period| {
        characters.iter().zip(characters.iter().skip(period)).all(|(one, later)| one == later)
    })
}

/// Whether the whole stands in a row, forwards or backwards.
fn runs_along(text: &str, row: &str) -> bool {
    let backwards: String = text.chars().rev().collect();
    row.contains(text) || row.contains(&backwards)
}

/// Characters that are left when known words, digits and signs between them are taken away.
fn own_chars<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> usize {
    let mut left = text.to_owned();
    let mut found = false;
    for word in words {
        if left.contains(word) {
            found = true;
            left = left.replace(word, "\0");
        }
    }
    if !found {
        return usize::MAX;
    }
    // A year or an exclamation mark behind a common word makes it no better.
    let mut own: Vec<char> = left.chars().filter(|c| c.is_alphabetic()).collect();
    own.sort_unstable();
    own.dedup();
    own.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_taken() {
        let names = ["ann.lee@example.org", "Ann Lee", "Example Cameras"];
        for (password, expected) in [
            ("a house by the sea", Ok(())),
            ("zu Fuß über die Alpen", Ok(())),
            ("xK9#mQ2$vL5n", Ok(())),
            ("849203716455", Ok(())),
            ("the password is a fish", Ok(())),
            ("short", Err(PasswordFault::Short)),
            ("elevenchars", Err(PasswordFault::Short)),
            ("aaaaaaaaaaaaaaaa", Err(PasswordFault::Repeated)),
            ("abcabcabcabcabca", Err(PasswordFault::Repeated)),
            ("PasswordPassword", Err(PasswordFault::Repeated)),
            ("123456789012", Err(PasswordFault::Sequence)),
            ("ponmlkjihgfedcba", Err(PasswordFault::Sequence)),
            ("qwertyuiop[]", Err(PasswordFault::Sequence)),
            ("Password2026!", Err(PasswordFault::Common)),
            ("adminadmin123", Err(PasswordFault::Common)),
            ("correcthorsebatterystaple", Err(PasswordFault::Common)),
            ("ann.lee@example.org", Err(PasswordFault::OwnNames)),
            ("ExampleCameras2026", Err(PasswordFault::OwnNames)),
        ] {
            assert_eq!(check_password(password, &names), expected, "{password}");
        }
        assert_eq!(check_password(&"ä b".repeat(43), &[]), Err(PasswordFault::Long));
        assert_eq!(check_password(&"x".repeat(100_000), &[]), Err(PasswordFault::Long));
    }

    proptest! {
        #[test]
        fn no_password_panics(password in ".{0,140}", name in ".{0,20}") {
            let taken = check_password(&password, &[&name]).is_ok();
            prop_assert!(!taken || password.chars().count() >= PASSWORD_CHARS_MIN);
        }
    }
}
