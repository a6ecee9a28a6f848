//! Points in time and days, in UTC, without a clock.
//!
//! A [`Time`] is a millisecond of the years 1970 to 9999, a [`Day`] a calendar day of them. Time
//! zones other than offsets in RFC 3339 text are left out on purpose: an end date ends with its day
//! in UTC everywhere.

pub use duecare_formats::date::Date as Day;
use std::fmt;
use std::str::FromStr;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Longest RFC 3339 text that is read, in bytes: fractions of a second may have any length.
const TEXT_BYTES_MAX: usize = 64;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// What is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text is not of the form that RFC 3339 gives.
    #[error("\"{0}\" is no time; write it as 2026-11-23T08:30:00Z (RFC 3339)")]
    Text(String),
    /// Before 1970 or after 9999.
    #[error("the time lies outside the years 1970 to 9999")]
    Range,
}

impl Time {
    /// 1970-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(0);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The time so many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 1970 to 9999.
    pub fn from_ms(ms: i64) -> Result<Self, TimeError> {
        let time = Self(ms);
        if time < Self::MIN || time > Self::MAX { Err(TimeError::Range) } else { Ok(time) }
    }

    /// The time so many milliseconds after 1970-01-01T00:00:00Z, or the nearest that there is.
    #[must_use]
    pub const fn clamped(ms: i64) -> Self {
        if ms < Self::MIN.0 {
            Self::MIN
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The day that holds it.
    #[must_use]
    pub fn day(self) -> Day {
        Day::from_unix_seconds(self.0.div_euclid(1000))
    }

    /// The first millisecond of a day.
    #[must_use]
    pub fn start_of(day: Day) -> Self {
        Self::clamped(day.unix_seconds().saturating_mul(1000))
    }

    /// The last millisecond of a day: what holds through a day holds until then.
    #[must_use]
    pub fn end_of(day: Day) -> Self {
        Self::clamped(Self::start_of(day).0.saturating_add(DAY_MS - 1))
    }

    /// So many milliseconds later; the last millisecond of 9999 at most.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self::clamped(self.0.saturating_add_unsigned(ms))
    }

    /// Milliseconds from `earlier` to this; 0 if it isn't earlier.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }
}

/// As RFC 3339 with milliseconds, always 24 characters, so that text sorts like time.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.rem_euclid(DAY_MS);
        let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
        let (second, ms) = (ms / 1000 % 60, ms % 1000);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", self.day())
    }
}

/// Reads RFC 3339, section 5.6. Fractions finer than a millisecond are cut off. A leap second
/// (`:60`, only where one can be: at the end of a UTC day) is the first second of the next day.
impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let ms = read(text)
            .ok_or_else(|| TimeError::Text(duecare_base::text::one_line(text, TEXT_BYTES_MAX)))?;
        Self::from_ms(ms)
    }
}

fn read(text: &str) -> Option<i64> {
    if text.len() > TEXT_BYTES_MAX || !text.is_ascii() {
        return None;
    }
    let day: Day = text.get(..10)?.parse().ok()?;
    let clock = text.get(10..)?.strip_prefix(['T', 't'])?;
    let (hour, minute) = (two(clock, 0, ':')?, two(clock, 3, ':')?);
    let second = two_digits(clock.get(6..8)?)?;
    let (fraction_ms, zone) = fraction(clock.get(8..)?)?;
    let offset_minutes = zone_minutes(zone)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = hour * 60 + minute - offset_minutes;
    if second == 60 && minutes.rem_euclid(1440) != 1439 {
        return None;
    }
    let seconds = day.unix_seconds() + minutes * 60 + second;
    Some(seconds * 1000 + if second == 60 { 0 } else { fraction_ms })
}

/// Two digits at `at` with `after` behind them.
fn two(text: &str, at: usize, after: char) -> Option<i64> {
    text.get(at + 2..)?.strip_prefix(after)?;
    two_digits(text.get(at..at + 2)?)
}

fn two_digits(text: &str) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Milliseconds of a fraction of a second, and what follows it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let three = digits.bytes().take(length).chain([b'0', b'0']).take(3);
    let ms = three.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some((ms, digits.get(length..)?))
}

/// Minutes that local time is ahead of UTC.
fn zone_minutes(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = (two(rest, 0, ':')?, two_digits(rest.get(3..)?)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_times() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-23T01:19:09Z", 1_795_396_749_000),
            ("2026-11-23t01:19:09.1z", 1_795_396_749_100),
            ("2026-11-23T01:19:09.123999999999Z", 1_795_396_749_123),
            ("2026-11-23T06:49:09+05:30", 1_795_396_749_000),
            ("2026-11-22T20:19:09-05:00", 1_795_396_749_000),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1990-12-31T23:59:60Z", 662_688_000_000),
            ("1990-12-31T15:59:60-08:00", 662_688_000_000),
            ("9999-12-31T23:59:59.999Z", Time::MAX.ms()),
            ("2000-02-29T00:00:00-00:00", 951_782_400_000),
        ] {
            assert_eq!(text.parse::<Time>().unwrap().ms(), ms, "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for wrong in [
            "",
            "2026-11-23",
            "2026-11-23T01:19:09",
            "2026-11-23 01:19:09Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T01:60:00Z",
            "2026-11-23T01:19:60Z",
            "2026-11-23T01:19:61Z",
            "2026-11-23T01:19:09.Z",
            "2026-11-23T01:19:09Z ",
            "2026-11-23T01:19:09+0530",
            "2026-11-23T01:19:09+24:00",
            "2026-11-23T+1:19:09Z",
            "2026-02-29T01:19:09Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-11-23T01:19:09\u{661}Z",
        ] {
            assert!(wrong.parse::<Time>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_with_its_last_millisecond() {
        let day: Day = "2026-11-23".parse().unwrap();
        assert_eq!(Time::start_of(day).to_string(), "2026-11-23T00:00:00.000Z");
        assert_eq!(Time::end_of(day).to_string(), "2026-11-23T23:59:59.999Z");
        assert_eq!(Time::end_of(day).plus_ms(1).day(), day.plus_days(1));
        assert_eq!(Time::MAX.plus_ms(u64::MAX), Time::MAX);
        assert_eq!(Time::MIN.ms_since(Time::MAX), 0);
    }

    proptest! {
        #[test]
        fn print_then_parse(ms in 0..=Time::MAX.ms()) {
            let time = Time::clamped(ms);
            prop_assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
            prop_assert!(Time::start_of(time.day()) <= time && time <= Time::end_of(time.day()));
        }

        #[test]
        fn text_sorts_like_time(a in 0..=Time::MAX.ms(), b in 0..=Time::MAX.ms()) {
            let texts = Time::clamped(a).to_string().cmp(&Time::clamped(b).to_string());
            prop_assert_eq!(a.cmp(&b), texts);
        }

        #[test]
        fn days_count_one_by_one(days in 0_i64..2_932_896) {
            let day = Day::from_days(days).unwrap();
            let next = day.plus_days(1);
            prop_assert_eq!(next.days(), days + 1);
            prop_assert_eq!(next.to_string().parse::<Day>().unwrap(), next);
            prop_assert_eq!(Time::start_of(next).ms_since(Time::start_of(day)), 86_400_000);
        }

        #[test]
        fn no_text_panics(text in ".*|[0-9TtZz:+.-]{10,40}") {
            let read = text.parse::<Time>();
            prop_assert!(read.is_err() || read.unwrap() <= Time::MAX);
        }
    }
}
