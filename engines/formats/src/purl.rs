//! Package URLs (ECMA-427): `pkg:type/namespace/name@version?qualifiers#subpath`.

/// Percent-encodes a purl component: everything but unreserved characters and `:`.
fn encode(text: &str, keep: &[u8], out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// A purl of this type, without namespace.
#[must_use]
pub fn build(kind: &str, name: &str, version: Option<&str>) -> String {
    let mut out = format!("pkg:{}/", kind.to_ascii_lowercase());
    encode(name, b"", &mut out);
    if let Some(version) = version.filter(|version| !version.is_empty()) {
        out.push('@');
        encode(version, b":", &mut out);
    }
    out
}

/// The parts of a purl that matching uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purl {
    /// Type, lower case.
    pub kind: String,
    /// Namespace, decoded, without slashes at its ends.
    pub namespace: String,
    /// Name, decoded.
    pub name: String,
    /// Version, decoded.
    pub version: Option<String>,
}

/// Reads a purl; `None` when it is none.
#[must_use]
pub fn parse(text: &str) -> Option<Purl> {
    let rest = text.strip_prefix("pkg:")?.trim_start_matches('/');
    let rest = rest.split(['#', '?']).next()?;
    let (kind, rest) = rest.split_once('/')?;
    let (path, version) = match rest.rsplit_once('@') {
        // An `@` before the last slash belongs to a namespace (npm scopes).
        Some((path, version)) if !version.contains('/') => (path, Some(decode(version))),
        _ => (rest, None),
    };
    let (namespace, name) = path.trim_matches('/').rsplit_once('/').unwrap_or(("", path));
    let name = decode(name.trim_matches('/'));
    (!kind.is_empty() && !name.is_empty()).then(|| Purl {
        kind: kind.to_ascii_lowercase(),
        namespace: decode(namespace),
        name,
        version: version.filter(|version| !version.is_empty()),
    })
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(value) = hex {
            out.push(value);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_and_parse() {
        assert_eq!(
            build("generic", "libstdc++", Some("1.0 b")),
            "pkg:generic/libstdc%2B%2B@1.0%20b"
        );
        let purl = parse("pkg:npm/%40angular/core@12.3.1?x=y#z").unwrap();
        assert_eq!((purl.namespace.as_str(), purl.name.as_str()), ("@angular", "core"));
        assert_eq!(purl.version.as_deref(), Some("12.3.1"));
        assert_eq!(parse("pkg:deb/debian/curl@7.50.3-1?arch=i386").unwrap().name, "curl");
        assert_eq!(parse("http://x"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_built_is_read_back(name in "[^/@#?%]{1,20}", version in "[0-9a-z.+:~-]{1,12}") {
            let name = name.trim_matches('/').to_owned();
            let purl = parse(&build("generic", &name, Some(&version))).unwrap();
            proptest::prop_assert_eq!(purl.name, name);
            proptest::prop_assert_eq!(purl.version.unwrap(), version);
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = parse(&text);
            let _ = parse(&format!("pkg:{text}"));
        }
    }
}
