//! libconfig (manual 1.7, "Configuration Files") and JSON as one tree, as SWUpdate takes both.
//!
//! Left out on purpose: `@include`, which has no meaning inside an image.

use std::collections::BTreeMap;

/// Settings inside settings.
const DEPTH_MAX: usize = 64;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// Numbers and booleans, as written.
    Word(String),
    List(Vec<Value>),
    Group(BTreeMap<String, Value>),
}

impl Value {
    /// The text of a string, a number or a boolean.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Group(group) => group.get(key),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// Parses text of either syntax; `None` when it is neither.
pub(crate) fn parse(text: &str) -> Option<Value> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).ok().map(json);
    }
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    let group = parser.settings(0)?;
    parser.blank();
    (parser.at == parser.text.len() && !group.is_empty()).then_some(Value::Group(group))
}

fn json(value: serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Word(String::new()),
        Json::Bool(_) | Json::Number(_) => Value::Word(value.to_string()),
        Json::String(text) => Value::Text(text),
        Json::Array(list) => Value::List(list.into_iter().map(json).collect()),
        Json::Object(map) => Value::Group(map.into_iter().map(|(k, v)| (k, json(v))).collect()),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, wanted: u8) -> bool {
        self.blank();
        let hit = self.peek() == Some(wanted);
        self.at += usize::from(hit);
        hit
    }

    /// Skips blanks and comments (`#`, `//`, `/* */`).
    fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            self.at += match rest {
                [first, ..] if first.is_ascii_whitespace() => 1,
                [b'#', ..] | [b'/', b'/', ..] => line,
                [b'/', b'*', ..] => {
                    memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2)
                }
                _ => return,
            };
        }
    }

    fn word(&mut self) -> Option<String> {
        let size = self
            .rest()
            .iter()
            .take_while(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'*' | b'.' | b'+')
            })
            .count();
        let word = String::from_utf8_lossy(self.rest().get(..size)?).into_owned();
        self.at += size;
        (size > 0).then_some(word)
    }

    /// `name = value;` over and over; the separators may be missing.
    fn settings(&mut self, depth: usize) -> Option<BTreeMap<String, Value>> {
        let mut group = BTreeMap::new();
        loop {
            self.blank();
            if matches!(self.peek(), None | Some(b'}')) {
                return Some(group);
            }
            let name = self.word()?;
            if !self.take(b'=') && !self.take(b':') {
                return None;
            }
            let value = self.value(depth)?;
            group.insert(name, value);
            // Either separator may stand here, or none: nothing depends on which it was.
            let _ = self.take(b';') || self.take(b',');
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.blank();
        match self.peek()? {
            b'{' => {
                self.at += 1;
                let group = self.settings(depth + 1)?;
                self.take(b'}').then_some(Value::Group(group))
            }
            open @ (b'(' | b'[') => {
                self.at += 1;
                let close = if open == b'(' { b')' } else { b']' };
                let mut list = Vec::new();
                while !self.take(close) {
                    list.push(self.value(depth + 1)?);
                    // A comma may stand here, also behind the last value.
                    let _ = self.take(b',');
                }
                Some(Value::List(list))
            }
            b'"' => {
                let mut text = self.string()?;
                // Strings side by side are one.
                loop {
                    self.blank();
                    if self.peek() != Some(b'"') {
                        return Some(Value::Text(text));
                    }
                    text.push_str(&self.string()?);
                }
            }
            _ => self.word().map(Value::Word),
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' => {
                    let escaped = self.peek()?;
                    self.at += 1;
                    bytes.push(match escaped {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        other => other,
                    });
                }
                other => bytes.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_syntaxes_give_the_same_tree() {
        let config = r#"
            software = { # comment
                version = "1.0"; /* more */
                reboot = true
                images : ( { filename = "a" "b"; size = 0x10L; }, { filename = "c" } );
                hardware-compatibility: [ "A", "B" ];
            };"#;
        let json = r#"{"software":{"version":"1.0","reboot":true,"images":[{"filename":"ab",
            "size":"0x10L"},{"filename":"c"}],"hardware-compatibility":["A","B"]}}"#;
        let (config, json) = (parse(config).unwrap(), parse(json).unwrap());
        let first = |value: &Value| {
            let images = value.get("software").unwrap().get("images").unwrap();
            images.items()[0].get("filename").unwrap().text().unwrap().to_owned()
        };
        assert_eq!(first(&config), "ab");
        assert_eq!(first(&config), first(&json));
        let compatible =
            |value: &Value| value.get("software").unwrap().get("hardware-compatibility").cloned();
        assert_eq!(compatible(&config), compatible(&json));
        assert!(parse("not a manifest").is_none());
        assert!(parse(&"a={".repeat(5000)).is_none());
    }
}
