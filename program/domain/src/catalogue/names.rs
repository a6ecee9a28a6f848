//! The names of the catalogue.

use crate::text::text_type;

text_type!(
    /// The manufacturer's name.
    OrganisationName, "organisation's name", One, 120
);
text_type!(
    /// A person's name, as the person writes it.
    PersonName, "person's name", One, 120
);
text_type!(
    /// A vendor's name.
    VendorName, "vendor's name", One, 120
);
text_type!(
    /// A product's name, as buyers know it.
    ProductName, "product's name", One, 120
);
text_type!(
    /// A hardware revision, as printed on the device: `B1`.
    HardwareName, "hardware revision", One, 40
);
text_type!(
    /// A product's or vendor's name in addresses: `cam-200`.
    Slug, "short name", One, 60, is_slug,
    "lower-case letters a to z, digits and single hyphens between them"
);
text_type!(
    /// A release's version, as the maker writes it: `1.04B12`. No order is taken from it.
    Version, "version", One, 60, is_version,
    "letters, digits and . _ + ~ : -, beginning with a letter or digit"
);
text_type!(
    /// The line of releases that devices follow: `stable`, `beta`.
    Channel, "channel", One, 40, is_slug,
    "lower-case letters a to z, digits and single hyphens between them"
);
text_type!(
    /// A file's own name, without a folder.
    FileName, "file name", One, 200, is_file_name, "a name without / and \\, and not . or .."
);
text_type!(
    /// A media type without parameters (RFC 6838, section 4.2): `application/gzip`. Lower case.
    MediaType, "media type", One, 127, is_media_type, "a media type like application/octet-stream"
);
text_type!(
    /// Where a product is sold: a country's two letters (ISO 3166-1), `EU`, or `WW` for everywhere.
    Market, "market", One, 2, is_market, "two capital letters: a country, EU, or WW for everywhere"
);

fn is_slug(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.split('-').all(word)
}

fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+~:-".contains(&byte))
}

fn is_file_name(text: &str) -> bool {
    !matches!(text, "." | "..") && !text.contains(['/', '\\'])
}

fn is_media_type(text: &str) -> bool {
    let name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| name(kind) && name(subtype))
}

fn is_market(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl MediaType {
    /// Bytes of which no more is known.
    #[must_use]
    pub fn octets() -> Self {
        Self("application/octet-stream".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for good in ["a", "cam-200", "0x"] {
            assert!(Slug::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "ä", "a/b"] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn versions() {
        for good in ["1.04B12", "v2", "1:2.0~rc1+git-3"] {
            assert!(Version::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".1", "1 0", "1/0", "1\u{202e}", "ä1"] {
            assert!(Version::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn files_and_media() {
        for good in ["a.bin", "…", "Firmware 1.0 (final).bin"] {
            assert!(FileName::parse(good).is_ok(), "{good}");
        }
        for bad in [".", "..", "a/b", "a\\b", "a\nb", ""] {
            assert!(FileName::parse(bad).is_err(), "{bad}");
        }
        assert!(MediaType::parse("application/vnd.cyclonedx+json").is_ok());
        for bad in ["text", "text/", "/x", "text/a b", "text/html; charset=utf-8", "Text/html"] {
            assert!(MediaType::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(MediaType::parse(MediaType::octets().as_str()).unwrap(), MediaType::octets());
    }

    #[test]
    fn markets() {
        assert!(Market::parse("DE").is_ok() && Market::parse("EU").is_ok());
        assert!(Market::parse("de").is_err() && Market::parse("DEU").is_err());
    }
}
