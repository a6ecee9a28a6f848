//! Calendar dates in UTC, without a clock: from text, from seconds, to text.

use std::fmt;
use std::str::FromStr;

/// Days that one date may lie after 1970-01-01: up to the year 9999.
const DAYS_MAX: i64 = 2_932_896;

/// A day (ISO 8601, proleptic Gregorian calendar, UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i64,
}

/// The text is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no date that can be used; write it as YYYY-MM-DD, from 1970-01-01 on")]
pub struct DateError {
    text: String,
}

impl Date {
    /// The day that holds this second since 1970-01-01T00:00:00Z, clamped to the years 1970 to 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self { days: seconds.div_euclid(86_400).clamp(0, DAYS_MAX) }
    }

    /// The day that lies this many days after 1970-01-01, if it lies in the years 1970 to 9999.
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        (0..=DAYS_MAX).contains(&days).then_some(Self { days })
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        self.days
    }

    /// The day so many days later; the last day of the year 9999 at most.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        Self { days: (self.days + i64::from(days)).min(DAYS_MAX) }
    }

    /// The first second of the day, since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.days * 86_400
    }

    /// The first second of the day as RFC 3339 text.
    #[must_use]
    pub fn midnight(self) -> String {
        format!("{self}T00:00:00Z")
    }

    /// Year, month 1–12, day 1–31.
    // The civil-from-days method of eras of 400 years (146,097 days), years beginning in March.
    fn civil(self) -> (i64, i64, i64) {
        let shifted = self.days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let march_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * march_month + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self { days: era * 146_097 + day_of_era - 719_468 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let error = || DateError { text: duecare_base::text::one_line(text, 40) };
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return Err(error());
        }
        let number =
            |range| text.get(range).and_then(|digits: &str| digits.parse().ok()).ok_or_else(error);
        let (year, month, day): (i64, i64, i64) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let date = Self::from_civil(year, month, day);
        // 2026-02-31 would come back as another day.
        if year < 1970 || date.civil() != (year, month, day) { Err(error()) } else { Ok(date) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(Date::from_unix_seconds(0).to_string(), "1970-01-01");
        assert_eq!(Date::from_unix_seconds(951_782_400).to_string(), "2000-02-29");
        assert_eq!("2026-11-22".parse::<Date>().unwrap().unix_seconds(), 1_795_305_600);
        for wrong in ["2026-02-29", "2026-13-01", "26-1-1", "2026-11-22T", "１２"] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn print_then_parse(seconds in 0_i64..253_402_300_799) {
            let date = Date::from_unix_seconds(seconds);
            proptest::prop_assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
        }
    }
}
