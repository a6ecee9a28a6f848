//! What is known of a register's value.

use std::ops::BitOr;
use std::rc::Rc;

/// Stands for an unknown part in a text that was put together.
pub(crate) const HOLE: char = '\u{fffc}';

/// Longest text that is put together, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// Where a value comes from and what it passed through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks(u16);

impl Marks {
    pub(crate) const NONE: Self = Self(0);
    /// It passed through something that encrypts or hashes.
    pub(crate) const ENCRYPTED: Self = Self(1);
    /// Its name says that it is a credential.
    pub(crate) const CREDENTIAL: Self = Self(2);
    /// A place on storage that other apps can read.
    pub(crate) const EXTERNAL: Self = Self(4);
    /// Preferences, or their editor, that are stored readable.
    pub(crate) const PLAIN: Self = Self(8);
    /// Preferences, or their editor, that encrypt.
    pub(crate) const SAFE: Self = Self(16);
    /// A file that other apps may read.
    pub(crate) const WORLD: Self = Self(32);
    /// Something that is constant.
    pub(crate) const LITERAL: Self = Self(64);
    /// The method that returned it gives back a constant "true".
    pub(crate) const TRUE: Self = Self(128);
    /// An empty text or nothing.
    pub(crate) const EMPTY: Self = Self(256);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is known of a register's value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Value {
    /// Its text, unknown parts as [`HOLE`].
    pub(crate) text: Option<Rc<str>>,
    /// The number that it is.
    pub(crate) number: Option<i64>,
    /// The argument of the method that it is, counted in registers.
    pub(crate) argument: Option<u16>,
    /// Where it comes from.
    pub(crate) marks: Marks,
}

impl Value {
    pub(crate) fn marked(marks: Marks) -> Self {
        Self { marks, ..Self::default() }
    }

    pub(crate) fn text(text: Rc<str>) -> Self {
        let marks = if text.is_empty() { Marks::EMPTY | Marks::LITERAL } else { Marks::LITERAL };
        Self { text: Some(text), marks, ..Self::default() }
    }

    pub(crate) fn number(number: i64) -> Self {
        // 0 is also how "nothing" is written.
        let marks = if number == 0 { Marks::EMPTY | Marks::LITERAL } else { Marks::LITERAL };
        Self { number: Some(number), marks, ..Self::default() }
    }

    /// The whole text, when all of it is known.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.text.as_deref().filter(|text| !text.contains(HOLE))
    }

    /// Whether it is constant: a literal, or made from nothing else.
    pub(crate) fn is_constant(&self) -> bool {
        self.marks.has(Marks::LITERAL)
    }

    /// This value with another's text behind its own.
    pub(crate) fn appended(&self, other: &Self) -> Self {
        let mut text = self.text.as_deref().map_or_else(String::new, str::to_owned);
        match (&other.text, other.number) {
            (Some(part), _) => text.push_str(part),
            (None, Some(number)) => text.push_str(&number.to_string()),
            (None, None) => text.push(HOLE),
        }
        if text.len() > TEXT_BYTES_MAX {
            text = HOLE.to_string();
        }
        let constant = self.marks.has(Marks::LITERAL) && other.marks.has(Marks::LITERAL);
        let marks = (self.marks | other.marks).without(Marks::LITERAL | Marks::EMPTY);
        Self {
            text: Some(Rc::from(text)),
            number: None,
            argument: self.argument.or(other.argument),
            marks: if constant { marks | Marks::LITERAL } else { marks },
        }
    }
}
