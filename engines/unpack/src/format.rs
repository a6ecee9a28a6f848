//! What a format is: where to try it, and how to read it.

use crate::{Budget, Node, Problem, ProblemKind};
use bytes::Bytes;

/// Where in a blob a format may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// At any offset that is a multiple of this.
    Aligned(usize),
    /// Only at the start of a blob or file.
    Start,
}

/// Bytes that betray a format.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// The bytes, two at least.
    pub magic: &'static [u8],
    /// Where they stand, counted from the start of the format.
    pub at: usize,
    /// Where the format may begin.
    pub place: Where,
}

impl Signature {
    /// A magic at the very start of a format that may stand anywhere.
    #[must_use]
    pub const fn anywhere(magic: &'static [u8]) -> Self {
        Self { magic, at: 0, place: Where::Aligned(1) }
    }

    /// A magic at the very start of a blob or file.
    #[must_use]
    pub const fn start(magic: &'static [u8]) -> Self {
        Self { magic, at: 0, place: Where::Start }
    }

    /// The same signature, with its magic `at` bytes into the format.
    #[must_use]
    pub const fn with_offset(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// The same signature, tried only where the format begins at a multiple of `align`.
    #[must_use]
    pub const fn aligned(self, align: usize) -> Self {
        Self { place: Where::Aligned(align), ..self }
    }
}

/// What a reader may know and use.
#[derive(Debug)]
pub struct Context<'a> {
    /// What may still be used. Take memory for what you decode and keep (not for slices of the
    /// input), a node for each entry, and work for what you read and throw away.
    pub budget: &'a Budget,
    /// Name of the file or part that the input is (not a path), for formats told by their name.
    pub name: &'a str,
    /// Whether the input begins at the start of its blob.
    pub at_start: bool,
}

/// A format that can be recognised and read.
pub trait Format: Send + Sync {
    /// Stable lower-case name, as layer chains show it: `squashfs`, `trx`, `esp-idf`.
    fn name(&self) -> &'static str;

    /// Where to try it. A format with no signatures is tried by [`Format::read`] at the start of
    /// a blob or file after all others refused, and must be sure of itself.
    fn signatures(&self) -> &'static [Signature];

    /// Reads the format from the start of `input`, which goes on to the end of the blob.
    ///
    /// `None`: this is not the format after all. Be strict enough that random bytes behind the
    /// magic are refused, and cheap in refusing. What is the format but damaged, cut off, too
    /// large or not supported is `Some` with what could be read, and problems that say the rest.
    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found>;

    /// Explains a stretch of bytes that no format claimed, and that need not begin at a known
    /// place: a boot loader by its banner, a raw kernel. `None` leaves it unknown.
    fn explain(&self, _gap: &Bytes, _context: &Context<'_>) -> Option<Found> {
        None
    }
}

/// How a part's bytes relate to the layer's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// They stand in the layer, unchanged, from this offset.
    Slice {
        /// Offset in the layer, in bytes.
        offset: usize,
    },
    /// They were decoded (decompressed, decrypted, re-assembled) from this range of the layer.
    Decoded {
        /// Offset in the layer, in bytes.
        offset: usize,
        /// Size in the layer, in bytes.
        size: usize,
    },
}

/// A nested stretch of bytes, searched for further layers.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name in the container (`kernel`, `part1`, a file name); one path component.
    pub name: String,
    /// The bytes. For an encrypted part: the bytes as they stand.
    pub content: Bytes,
    /// Where they come from.
    pub origin: Origin,
    /// They are encrypted and no key is known: not searched, counted as encrypted.
    pub encrypted: bool,
}

/// What a reader found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// How many bytes of the input belong to the format, padding that it counts in included.
    pub size: usize,
    /// What people want to know of it, in a fixed order: version, compression, name, addresses,
    /// checksum result, whether it is signed. Keys are lower-case words.
    pub facts: Vec<(&'static str, String)>,
    /// Nested stretches of bytes, in order.
    pub parts: Vec<Part>,
    /// Entries, in the format's own order.
    pub nodes: Vec<Node>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl Found {
    /// A layer of `size` bytes with nothing in it yet.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, ..Self::default() }
    }

    /// Adds a fact.
    pub fn fact(&mut self, key: &'static str, value: impl ToString) {
        let value = duecare_base::text::one_line(&value.to_string(), 300);
        self.facts.push((key, value));
    }

    /// Adds a problem at an offset of the layer.
    pub fn problem(&mut self, kind: ProblemKind, offset: Option<usize>, message: impl ToString) {
        self.problems.push(Problem {
            kind,
            offset: offset.map(|at| at as u64),
            message: duecare_base::text::one_line(&message.to_string(), 300),
        });
    }

    /// Adds a part that is a slice of `input`, cut where the input ends; a cut is a problem.
    pub fn slice(&mut self, input: &Bytes, name: &str, offset: usize, size: usize) {
        let end = offset.saturating_add(size);
        if end > input.len() {
            let message =
                format!("{name} should end at {end:#x}, {} bytes are missing", end - input.len());
            self.problem(ProblemKind::Truncated, Some(offset), message);
        }
        let begin = offset.min(input.len());
        let content = input.slice(begin..end.clamp(begin, input.len()));
        self.parts.push(Part {
            name: name.to_owned(),
            content,
            origin: Origin::Slice { offset: begin },
            encrypted: false,
        });
    }

    /// Adds a part that was decoded from `offset..offset + size` of the layer.
    pub fn decoded(&mut self, name: &str, content: impl Into<Bytes>, offset: usize, size: usize) {
        self.parts.push(Part {
            name: name.to_owned(),
            content: content.into(),
            origin: Origin::Decoded { offset, size },
            encrypted: false,
        });
    }

    /// Adds a stretch of the input that is encrypted and can't be opened.
    pub fn encrypted(&mut self, input: &Bytes, name: &str, offset: usize, size: usize) {
        self.slice(input, name, offset, size);
        if let Some(part) = self.parts.last_mut() {
            part.encrypted = true;
        }
    }
}
