//! CPE 2.3 formatted strings (NISTIR 7695, section 6.2).

/// The parts of a CPE that matching uses, unescaped and lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cpe {
    /// `a` application, `o` operating system, `h` hardware.
    pub part: char,
    /// Vendor; `*` for any.
    pub vendor: String,
    /// Product; `*` for any.
    pub product: String,
    /// Version; `None` for any.
    pub version: Option<String>,
}

/// Reads a `cpe:2.3:` formatted string or a `cpe:/` URI; `None` when it is neither.
#[must_use]
pub fn parse(text: &str) -> Option<Cpe> {
    let (fields, uri) = match text.strip_prefix("cpe:2.3:") {
        Some(rest) => (split_escaped(rest), false),
        None => (text.strip_prefix("cpe:/")?.split(':').map(str::to_owned).collect(), true),
    };
    let mut fields = fields.into_iter();
    let part = fields.next()?.chars().next()?;
    let mut field = || fields.next().map(|value| value.to_ascii_lowercase());
    let vendor = field()?;
    let product = field()?;
    let version = field().filter(|version| !matches!(version.as_str(), "*" | "-" | ""));
    if !uri && product.is_empty() {
        return None;
    }
    Some(Cpe { part, vendor, product, version })
}

fn split_escaped(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut escaped = false;
    for character in text.chars() {
        match character {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            ':' if !escaped => fields.push(String::new()),
            other => {
                if let Some(last) = fields.last_mut() {
                    last.push(other);
                }
            }
        }
        escaped = false;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let cpe = parse(r"cpe:2.3:a:busybox:busybox:1.36.1:*:*:*:*:*:*:*").unwrap();
        assert_eq!((cpe.part, cpe.product.as_str()), ('a', "busybox"));
        assert_eq!(cpe.version.as_deref(), Some("1.36.1"));
        let cpe = parse(r"cpe:2.3:a:x:lib\:y\+\+:-:*:*:*:*:*:*:*").unwrap();
        assert_eq!((cpe.product.as_str(), cpe.version), ("lib:y++", None));
        assert_eq!(parse("cpe:/a:gnu:glibc:2.31").unwrap().version.as_deref(), Some("2.31"));
        assert_eq!(parse("nothing"), None);
    }
}
