//! Typed ids: `prd_01jd3x…`, a UUID of version 7 (RFC 9562, section 5.7) in Crockford's base 32.
//!
//! Time and randomness are parameters. Ids of one noun sort by the millisecond in which they were
//! made, as bits and as text. An id says nothing about who may see what it names.

use crate::time::Time;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

/// Characters after the prefix: 26 of 5 bits hold 128 bits, the first one three of them.
const DIGITS: usize = 26;

/// Bytes of randomness that an id takes; 74 of the 80 bits are used.
pub const RANDOM_BYTES: usize = 10;

/// Crockford's base 32, lower case, without i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

mod sealed {
    /// Only this module says what has ids.
    pub trait Sealed {}
}

/// What an id names.
pub trait Noun: sealed::Sealed + 'static {
    /// The three letters in front of the underscore.
    const PREFIX: &'static str;
    /// The noun for people.
    const NAME: &'static str;
}

/// The id of one thing of a noun.
pub struct Id<N: Noun> {
    bits: u128,
    noun: PhantomData<fn() -> N>,
}

/// The text is no id of this noun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no id of a {noun}: {prefix}_ and 26 lower-case letters and digits")]
pub struct IdError {
    noun: &'static str,
    prefix: &'static str,
    text: String,
}

macro_rules! nouns {
    ($($(#[$doc:meta])* $noun:ident, $id:ident, $prefix:literal, $name:literal;)+) => {
        /// The nouns that have ids; they hold nothing.
        pub mod noun {
            use super::{Noun, sealed};
            $(
                $(#[$doc])*
                pub enum $noun {}
                impl sealed::Sealed for $noun {}
                impl Noun for $noun {
                    const PREFIX: &'static str = $prefix;
                    const NAME: &'static str = $name;
                }
            )+
        }
        $($(#[$doc])* pub type $id = Id<noun::$noun>;)+

        /// Prefix and name of every noun.
        pub const NOUNS: &[(&str, &str)] = &[$(($prefix, $name)),+];
    };
}

nouns! {
    /// The manufacturer.
    Organisation, OrganisationId, "org", "organisation";
    /// Somebody with an account.
    Person, PersonId, "usr", "person";
    /// A maker of parts or whole products for the manufacturer.
    Vendor, VendorId, "vnd", "vendor";
    /// A product.
    Product, ProductId, "prd", "product";
    /// A hardware revision of a product.
    Hardware, HardwareId, "hwr", "hardware revision";
    /// A planned or shipped release of a product.
    Release, ReleaseId, "rel", "release";
    /// A file that belongs to a release.
    Artefact, ArtefactId, "art", "artefact";
    /// A weakness of a product.
    Finding, FindingId, "fnd", "finding";
    /// A finding that is accepted for a while.
    Exception, ExceptionId, "exc", "exception";
    /// One version of a policy.
    Policy, PolicyId, "pol", "policy version";
    /// Work to be done by a worker.
    Job, JobId, "job", "job";
    /// One run of a review over one artefact.
    Run, RunId, "run", "review run";
    /// An API token.
    Token, TokenId, "tok", "token";
    /// A login.
    Session, SessionId, "ses", "session";
    /// An entry of the evidence log.
    Evidence, EvidenceId, "evd", "evidence entry";
    /// A webhook.
    Webhook, WebhookId, "whk", "webhook";
}

impl<N: Noun> Id<N> {
    /// An id made at this time from these random bytes, which must come from a source that nobody
    /// can predict and must never be used twice.
    #[must_use]
    pub fn new(at: Time, random: [u8; RANDOM_BYTES]) -> Self {
        const LOW_62: u128 = (1 << 62) - 1;
        const LOW_12: u128 = (1 << 12) - 1;
        let random = random.iter().fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
        let bits = u128::from(at.ms().unsigned_abs()) << 80
            | 7 << 76
            | (random >> 62 & LOW_12) << 64
            | 0b10 << 62
            | random & LOW_62;
        Self { bits, noun: PhantomData }
    }

    /// When it was made.
    #[must_use]
    pub fn made_at(self) -> Time {
        // 48 bits fit; bits beyond the year 9999 were refused when the id was read.
        Time::clamped(i64::try_from(self.bits >> 80).unwrap_or(i64::MAX))
    }

    /// The UUID's 128 bits.
    #[must_use]
    pub fn bits(self) -> u128 {
        self.bits
    }

    fn from_bits(bits: u128) -> Option<Self> {
        let at = i64::try_from(bits >> 80).ok()?;
        let shape = bits >> 76 & 0xf == 7 && bits >> 62 & 0b11 == 0b10;
        (shape && Time::from_ms(at).is_ok()).then_some(Self { bits, noun: PhantomData })
    }
}

impl<N: Noun> fmt::Display for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(N::PREFIX.len() + 1 + DIGITS);
        text.push_str(N::PREFIX);
        text.push('_');
        for index in (0..DIGITS).rev() {
            let digit = (self.bits >> (index * 5) & 31) as usize;
            text.push(char::from(ALPHABET.get(digit).copied().unwrap_or(b'0')));
        }
        f.pad(&text)
    }
}

impl<N: Noun> FromStr for Id<N> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        read(N::PREFIX, text).and_then(Self::from_bits).ok_or_else(|| IdError {
            noun: N::NAME,
            prefix: N::PREFIX,
            text: duecare_base::text::one_line(text, 40),
        })
    }
}

fn read(prefix: &str, text: &str) -> Option<u128> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if digits.len() != DIGITS {
        return None;
    }
    digits.bytes().try_fold(0_u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        // The first digit has only three bits: more would not come back.
        (bits >> 123 == 0).then_some(bits << 5 | digit as u128)
    })
}

impl<N: Noun> Clone for Id<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Noun> Copy for Id<N> {}

impl<N: Noun> PartialEq for Id<N> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<N: Noun> Eq for Id<N> {}

impl<N: Noun> PartialOrd for Id<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<N: Noun> Ord for Id<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits.cmp(&other.bits)
    }
}

impl<N: Noun> Hash for Id<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}

impl<N: Noun> fmt::Debug for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_standard() {
        // RFC 9562, appendix A.6.
        let random = [0x03, 0x30, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
        let id = ProductId::new(Time::clamped(0x017F_22E2_79B0), random);
        assert_eq!(id.bits(), 0x017F_22E2_79B0_7CC3_98C4_DC0C_0C07_398F);
        assert_eq!(id.to_string(), "prd_01fwhe4ydgfk1shh6w1g60eecf");
        assert_eq!(id.made_at().to_string(), "2022-02-22T19:22:22.000Z");
    }

    #[test]
    fn prefixes_are_three_letters_and_unique() {
        let mut prefixes: Vec<&str> = NOUNS.iter().map(|(prefix, _)| *prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), NOUNS.len());
        assert!(prefixes.iter().all(|p| p.len() == 3 && p.bytes().all(|b| b.is_ascii_lowercase())));
    }

    #[test]
    fn what_is_no_id() {
        let good = ProductId::new(Time::clamped(1), [9; RANDOM_BYTES]).to_string();
        assert!(good.parse::<ProductId>().is_ok());
        let (head, tail) = good.split_at(good.len() - 1);
        for wrong in [
            String::new(),
            good.to_uppercase(),
            good.replace("prd", "rel"),
            format!("{good}0"),
            head.to_owned(),
            format!("{head}l"),
            format!("{head}é"),
            good.replacen("prd_0", "prd_8", 1),
            format!(" {good}"),
            good.replace("prd_", "prd-"),
            format!("prd_{}", "0".repeat(26)),
            format!("prd_7{}{tail}", "z".repeat(24)),
        ] {
            assert!(wrong.parse::<ProductId>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn print_then_parse(ms in 0_i64..=Time::MAX.ms(), random: [u8; RANDOM_BYTES]) {
            let id = FindingId::new(Time::clamped(ms), random);
            prop_assert_eq!(id.to_string().parse::<FindingId>().unwrap(), id);
            prop_assert_eq!(id.made_at().ms(), ms);
        }

        #[test]
        fn what_parses_prints_the_same(text in "[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}|.*") {
            if let Ok(id) = text.parse::<ReleaseId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn text_sorts_like_bits(a in 0_i64..1 << 47, b in 0_i64..1 << 47, x: [u8; 10], y: [u8; 10]) {
            let (one, two) = (JobId::new(Time::clamped(a), x), JobId::new(Time::clamped(b), y));
            prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
        }
    }
}
