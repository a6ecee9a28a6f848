//! X.509 certificates (RFC 5280), read leniently.

use super::der::{Der, tag};
use super::public::PublicKey;
use duecare_base::Digest;
use duecare_base::text::one_line;

/// What a certificate says, as far as checks need it.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    /// 1, 2 or 3.
    pub(crate) version: u32,
    /// Whether the serial number is zero or missing.
    pub(crate) serial_zero: bool,
    /// `MD5`, `SHA-1` … where the signature rests on a broken hash.
    pub(crate) weak_signature: Option<&'static str>,
    /// The subject's common name, or the next best.
    pub(crate) subject: String,
    /// Whether it is its own issuer.
    pub(crate) self_signed: bool,
    /// First second of validity, since 1970.
    pub(crate) not_before: Option<i64>,
    /// Last second of validity, since 1970.
    pub(crate) not_after: Option<i64>,
    /// The key that it vouches for.
    pub(crate) public: Option<PublicKey>,
    /// Whether it may issue certificates.
    pub(crate) authority: bool,
    /// Whether its key usage says that it signs certificates; `None` when it says nothing.
    pub(crate) signs: Option<bool>,
    /// The subject's and the issuer's whole names, as digests.
    pub(crate) subject_name: Digest,
    pub(crate) issuer_name: Digest,
    /// What it may be used for (extended key usage): `server`, `client`, `code signing` …
    pub(crate) uses: Vec<&'static str>,
    /// Whether the subject or an alternative name is a wildcard.
    pub(crate) wildcard: bool,
}

impl Certificate {
    /// The certificate at the start of `bytes`.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut all = Der(bytes);
        let whole = all.next().filter(|tlv| tlv.tag == tag::SEQUENCE)?;
        let mut outer = Der(whole.body);
        let mut fields = outer.sequence()?;
        let signature = outer.sequence()?.expect(tag::OID)?;
        outer.expect(tag::BIT_STRING)?;
        let version = fields.optional(0xa0).and_then(|body| Der(body).unsigned());
        let version =
            version.map_or(1, |digits| u32::from(digits.last().copied().unwrap_or(0)) + 1);
        let serial = fields.expect(tag::INTEGER)?;
        fields.sequence()?;
        let issuer = fields.next().filter(|tlv| tlv.tag == tag::SEQUENCE)?;
        let mut validity = fields.sequence()?;
        let not_before = validity.next().and_then(|t| time(t.tag, t.body));
        let not_after = validity.next().and_then(|t| time(t.tag, t.body));
        let subject = fields.next().filter(|tlv| tlv.tag == tag::SEQUENCE)?;
        let spki = fields.next().filter(|tlv| tlv.tag == tag::SEQUENCE)?;
        fields.optional(0x81);
        fields.optional(0x82);
        let name = common_name(subject.body);
        let mut certificate = Self {
            version,
            serial_zero: serial.iter().all(|b| *b == 0),
            weak_signature: weak_signature(signature),
            wildcard: name.starts_with("*."),
            subject: name,
            self_signed: issuer.body == subject.body,
            not_before,
            not_after,
            public: PublicKey::parse(spki.whole),
            authority: version == 1 && issuer.body == subject.body,
            uses: Vec::new(),
            signs: None,
            subject_name: Digest::of(subject.body),
            issuer_name: Digest::of(issuer.body),
        };
        if let Some(mut extensions) = fields.optional(0xa3).and_then(|body| Der(body).sequence()) {
            while let Some(mut extension) = extensions.sequence() {
                certificate.extension(&mut extension);
            }
        }
        Some(certificate)
    }

    fn extension(&mut self, fields: &mut Der<'_>) -> Option<()> {
        let name = fields.expect(tag::OID)?;
        fields.optional(tag::BOOLEAN);
        let body = fields.expect(tag::OCTET_STRING)?;
        match name {
            // Basic constraints.
            b"\x55\x1d\x13" => {
                let flag = Der(body).sequence()?.optional(tag::BOOLEAN);
                self.authority = flag.is_some_and(|value| value != [0]);
            }
            // Key usage: bit 5 is keyCertSign (RFC 5280, 4.2.1.3).
            b"\x55\x1d\x0f" => {
                let bits = Der(body).expect(tag::BIT_STRING)?;
                self.signs = Some(bits.get(1).is_some_and(|first| first & 0x04 != 0));
            }
            // Extended key usage.
            b"\x55\x1d\x25" => {
                let mut list = Der(body).sequence()?;
                while let Some(purpose) = list.expect(tag::OID) {
                    self.uses.extend(purpose_name(purpose));
                }
            }
            // Subject alternative name: DNS names have tag [2].
            b"\x55\x1d\x11" => {
                let mut list = Der(body).sequence()?;
                while let Some(name) = list.next() {
                    self.wildcard |= name.tag == 0x82 && name.body.starts_with(b"*.");
                }
            }
            _ => {}
        }
        Some(())
    }

    /// Whether it really issues certificates. Tools mark every self-signed certificate as an
    /// authority: it counts when its usage says so, its name does, or it issued one of `others`.
    pub(crate) fn issues<'a>(&self, mut others: impl Iterator<Item = &'a Self>) -> bool {
        let named = super::super::text::value::words(&self.subject).iter().any(|word| {
            matches!(word.as_str(), "ca" | "root" | "authority" | "issuing" | "rootca")
        });
        let issued = |other: &Self| {
            other.issuer_name == self.subject_name && other.subject_name != self.subject_name
        };
        self.authority
            && (self.signs == Some(true) || (self.signs.is_none() && (named || others.any(issued))))
    }

    /// What the key behind it serves, for people; `issues` as [`Self::issues`] says.
    pub(crate) fn purpose(&self, issues: bool) -> String {
        if issues {
            "certificate authority".to_owned()
        } else if self.uses.is_empty() {
            "TLS server".to_owned()
        } else {
            self.uses.join(", ")
        }
    }

    /// Whether its subject says that it is for tests only.
    pub(crate) fn is_for_tests(&self) -> bool {
        let name = self.subject.to_ascii_lowercase();
        let words = ["do not trust", "do not ship", "test pk", "test platform key", "snakeoil"];
        words.iter().any(|word| name.contains(word))
    }
}

fn purpose_name(oid: &[u8]) -> Option<&'static str> {
    let last = oid.strip_prefix(b"\x2b\x06\x01\x05\x05\x07\x03")?;
    Some(match last {
        [1] => "TLS server",
        [2] => "TLS client",
        [3] => "code signing",
        [4] => "mail",
        [8] => "time stamping",
        _ => return None,
    })
}

fn weak_signature(oid: &[u8]) -> Option<&'static str> {
    match oid {
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02" => Some("MD2"),
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03" => Some("MD4"),
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04" => Some("MD5"),
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"
        | b"\x2a\x86\x48\xce\x3d\x04\x01"
        | b"\x2a\x86\x48\xce\x38\x04\x03"
        | b"\x2b\x0e\x03\x02\x1d" => Some("SHA-1"),
        _ => None,
    }
}

/// The common name, else organisation, else unit, else the first text.
fn common_name(name: &[u8]) -> String {
    let mut best: (u8, String) = (u8::MAX, String::new());
    let mut sets = Der(name);
    while let Some(set) = sets.expect(tag::SET) {
        let mut pairs = Der(set);
        while let Some(mut pair) = pairs.sequence() {
            let Some(kind) = pair.expect(tag::OID) else { break };
            let Some(value) = pair.next() else { break };
            let rank = match kind {
                b"\x55\x04\x03" => 0,
                b"\x55\x04\x0a" => 1,
                b"\x55\x04\x0b" => 2,
                _ => 3,
            };
            if rank < best.0 {
                best = (rank, text(value.tag, value.body));
            }
        }
    }
    one_line(&best.1, 80)
}

fn text(tag: u8, body: &[u8]) -> String {
    if tag == 0x1e {
        let units =
            body.chunks_exact(2).map(|pair| pair.iter().fold(0_u16, |a, b| a << 8 | u16::from(*b)));
        return char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    }
    String::from_utf8_lossy(body).into_owned()
}

/// Seconds since 1970 of a UTCTime or GeneralizedTime in UTC.
fn time(kind: u8, body: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(body).ok()?;
    let (year, rest) = match kind {
        tag::UTC_TIME => {
            let short: i64 = text.get(..2)?.parse().ok()?;
            // RFC 5280, 4.1.2.5.1: 50 and more are of the last century.
            (if short >= 50 { 1900 + short } else { 2000 + short }, text.get(2..)?)
        }
        tag::GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let pair = |at: usize| rest.get(at..at + 2).and_then(|digits| digits.parse::<i64>().ok());
    let (month, day, hour, minute) = (pair(0)?, pair(2)?, pair(4)?, pair(6)?);
    let second = pair(8).unwrap_or(0);
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `2031-05-01` for seconds since 1970.
pub(crate) fn date(seconds: i64) -> String {
    let z = seconds.div_euclid(86_400) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(time(tag::UTC_TIME, b"700101000000Z"), Some(0));
        assert_eq!(time(tag::GENERALIZED_TIME, b"20380119031407Z"), Some(i64::from(i32::MAX)));
        assert_eq!(date(i64::from(i32::MAX)), "2038-01-19");
        assert_eq!(date(0), "1970-01-01");
    }
}
