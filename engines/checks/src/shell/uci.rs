//! OpenWrt's settings files, as written by `uci`: sections with a type, a name and options.

use super::lex::{Token, tokens};

/// Most options of a file that are kept.
const OPTIONS_MAX: usize = 20_000;

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Its type.
    pub kind: String,
    /// Its name, or a made-up one (`cfg3`) for the third nameless section.
    pub name: String,
    /// Options and list items: name, value, line counted from 1.
    pub options: Vec<(String, String, u32)>,
    /// Line of its `config`, counted from 1.
    pub line: u32,
}

impl Section {
    /// The value of an option; list items joined by blanks.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.options.iter().filter(|(n, ..)| n == name).map(|(_, v, _)| v.as_str()).collect();
        (!values.is_empty()).then(|| values.join(" "))
    }

    /// The line of an option, or of the section when it has none of that name.
    #[must_use]
    pub fn line_of(&self, name: &str) -> u32 {
        self.options.iter().find(|(n, ..)| n == name).map_or(self.line, |(.., line)| *line)
    }

    /// Whether an option is switched on; absent counts as `default`.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).map_or(default, |value| truthy(&value))
    }
}

/// What `uci` takes for true.
#[must_use]
pub fn truthy(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "on" | "yes" | "true" | "enabled")
}

/// Whether a settings file has more lines than are read.
#[must_use]
pub fn is_long(text: &str) -> bool {
    text.lines().nth(OPTIONS_MAX).is_some()
}

/// Reads a settings file; lines that are none of its own are skipped.
#[must_use]
pub fn parse(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()).take(OPTIONS_MAX) {
        let words: Vec<String> = tokens(line, number)
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(plain(&word.pieces)),
                _ => None,
            })
            .collect();
        let mut words = words.into_iter();
        let (keyword, name) = (words.next().unwrap_or_default(), words.next());
        let Some(name) = name else { continue };
        match keyword.as_str() {
            "config" => {
                let unnamed = format!("cfg{}", sections.len());
                sections.push(Section {
                    kind: name,
                    name: words.next().unwrap_or(unnamed),
                    options: Vec::new(),
                    line: number,
                });
            }
            "option" | "list" => {
                if let Some(section) = sections.last_mut() {
                    section.options.push((name, words.next().unwrap_or_default(), number));
                }
            }
            _ => {}
        }
    }
    sections
}

fn plain(pieces: &[super::lex::Piece]) -> String {
    use super::lex::Piece;
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text { text, .. } | Piece::Command { text, .. } | Piece::Arithmetic(text) => {
                text.clone()
            }
            Piece::Variable { name, rest, .. } => format!("${name}{rest}"),
        })
        .collect()
}
