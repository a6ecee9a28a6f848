//! CPE names and package URLs, written as their standards want them.

use crate::rules::CpeName;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `cpe:2.3:…` of a product in a version (NIST IR 7695 6.2, formatted string); `*` when unknown.
pub(crate) fn formatted(name: &CpeName, version: Option<&str>) -> String {
    let version = version.map_or_else(|| "*".to_owned(), |version| escape(&version.to_lowercase()));
    format!(
        "cpe:2.3:{}:{}:{}:{version}:*:*:*:*:*:*:*",
        name.part,
        escape(&name.vendor),
        escape(&name.product)
    )
}

/// Punctuation other than `_`, `-` and `.` is quoted.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_whitespace() {
            out.push('_');
            continue;
        }
        if !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Vendor and product of a name that a packager gives, as `cpe:/a:vendor:product` (2.2) or
/// `cpe:2.3:a:vendor:product:…`; the version is the package's own, so that is left out.
pub(crate) fn from_text(text: &str) -> Option<String> {
    let rest = text.strip_prefix("cpe:2.3:").or_else(|| text.strip_prefix("cpe:/"))?;
    let mut fields = rest.split(':');
    let part = fields.next().filter(|part| matches!(*part, "a" | "o" | "h"))?;
    let vendor = fields.next().filter(|vendor| !vendor.is_empty())?;
    let product = fields.next().filter(|product| !product.is_empty())?;
    Some(format!("{part}:{vendor}:{product}"))
}

/// The name in the form that [`from_text`] gives, with a version.
pub(crate) fn from_fields(fields: &str, version: Option<&str>) -> Option<String> {
    let mut parts = fields.splitn(3, ':');
    let part = parts.next()?.chars().next()?;
    let (vendor, product) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some(formatted(&CpeName { part, vendor, product }, version))
}

/// A package URL (purl-spec, canonical form).
pub(crate) fn purl(
    ecosystem: &str,
    namespace: Option<&str>,
    name: &str,
    version: &str,
    qualifiers: &BTreeMap<&str, &str>,
) -> String {
    let mut out = format!("pkg:{ecosystem}/");
    for part in namespace.unwrap_or_default().split('/').filter(|part| !part.is_empty()) {
        out.push_str(&percent(part));
        out.push('/');
    }
    out.push_str(&percent(name));
    if !version.is_empty() {
        out.push('@');
        out.push_str(&percent(version));
    }
    for (index, (key, value)) in qualifiers.iter().enumerate() {
        let mark = if index == 0 { '?' } else { '&' };
        // Writing to a String can't fail.
        let _ = write!(out, "{mark}{key}={}", percent(value));
    }
    out
}

/// The rule's package URL with a version.
pub(crate) fn versioned(purl: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{purl}@{}", percent(version)),
        None => purl.to_owned(),
    }
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let name = CpeName { part: 'a', vendor: "w1.fi".to_owned(), product: "a+b".to_owned() };
        assert_eq!(formatted(&name, Some("1.0~x")), "cpe:2.3:a:w1.fi:a\\+b:1.0\\~x:*:*:*:*:*:*:*");
        assert_eq!(formatted(&name, None), "cpe:2.3:a:w1.fi:a\\+b:*:*:*:*:*:*:*:*");
        assert_eq!(from_text("cpe:/a:busybox:busybox").unwrap(), "a:busybox:busybox");
        let qualifiers = BTreeMap::from([("arch", "armhf")]);
        assert_eq!(
            purl("deb", Some("debian"), "libstdc++6", "1:2+b1", &qualifiers),
            "pkg:deb/debian/libstdc%2B%2B6@1:2%2Bb1?arch=armhf"
        );
    }
}
