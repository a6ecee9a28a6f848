//! Signed notes: a text with lines of signatures below it (C2SP `signed-note`).

use crate::{
    base64,
    key::{KeyId, KeyName, Sign, Verified, Verify},
};
use std::fmt;

/// Most bytes of a note: what Go's implementation reads.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// Most signatures of a note. The format asks for at least 16.
pub const SIGNATURES_MAX: usize = 100;

/// How a signature line begins.
const DASH: &str = "— ";

/// One line of a note's signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    key: KeyId,
    bytes: Vec<u8>,
}

impl Signature {
    /// Signs a text.
    #[must_use]
    pub fn by(signer: &dyn Sign, text: &str, time: u64) -> Self {
        Self { key: signer.id().clone(), bytes: signer.sign(text, time) }
    }

    /// Reads a line, without its newline.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
        let decoded = base64::decode(signature)?;
        let (hash, bytes) = decoded.split_first_chunk::<4>()?;
        if bytes.is_empty() {
            return None;
        }
        let key = KeyId { name: KeyName::new(name).ok()?, hash: u32::from_be_bytes(*hash) };
        Some(Self { key, bytes: bytes.to_vec() })
    }

    /// Whose it says it is.
    #[must_use]
    pub const fn key(&self) -> &KeyId {
        &self.key
    }

    /// The signature, without the four bytes of the id.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key.hash.to_be_bytes().as_slice(), &self.bytes].concat();
        writeln!(f, "{DASH}{} {}", self.key.name, base64::encode(&bytes))
    }
}

/// A note whose form was checked, and whose signatures were not: see [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// What is wrong with a note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than any note.
    #[error("a note has at most {NOTE_BYTES_MAX} bytes")]
    Long,
    /// Not UTF-8, or a control character.
    #[error("byte {0} is not UTF-8, or a control character")]
    Characters(usize),
    /// No blank line with signatures after it, or no newline at the end.
    #[error("a note is a text that ends in a newline, an empty line, and lines of signatures")]
    Form,
    /// A line after the blank line that is no signature.
    #[error("line {0} of the signatures is not one")]
    Signature(usize),
    /// Too many signatures.
    #[error("a note has at most {SIGNATURES_MAX} signatures")]
    Signatures,
    /// A known key's signature that is not that key's: somebody changed text or signature.
    #[error("the signature of {0} is wrong")]
    Wrong(KeyId),
    /// Nobody known signed it.
    #[error("no key that is trusted here signed it")]
    Unsigned,
    /// Two of the known keys have the same name and id.
    #[error("two trusted keys are both {0}")]
    Ambiguous(KeyId),
}

/// A signature that a known key made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Whose.
    pub key: KeyId,
    /// Of a cosignature, when: seconds since 1970 (POSIX).
    pub time: Option<u64>,
}

impl Note {
    /// A note that nobody signed yet.
    ///
    /// # Errors
    /// When the text doesn't end in a newline, or has control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        check_characters(text.as_bytes())?;
        if !text.ends_with('\n') {
            return Err(NoteError::Form);
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// When its form is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Long);
        }
        let all = check_characters(bytes)?;
        let (text, lines) = all.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        let mut signatures = Vec::new();
        for (number, line) in (1..).zip(lines.split('\n')) {
            if signatures.len() >= SIGNATURES_MAX {
                return Err(NoteError::Signatures);
            }
            signatures.push(Signature::parse(line).ok_or(NoteError::Signature(number))?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, known and unknown.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature line. A line that is there already isn't added again.
    ///
    /// # Errors
    /// When there are too many.
    pub fn push(&mut self, signature: Signature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(NoteError::Signatures);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Signs. `time`: seconds since 1970, for cosignatures; other algorithms don't look at it.
    ///
    /// # Errors
    /// When there are too many signatures.
    pub fn sign(&mut self, signer: &dyn Sign, time: u64) -> Result<(), NoteError> {
        let signature = Signature::by(signer, &self.text, time);
        self.push(signature)
    }

    /// Checks every signature of the keys given. Those of other keys are ignored, even when they
    /// share a name or an id with one of these; so are other algorithms' keys.
    ///
    /// # Errors
    /// When a known key's signature is wrong, or no known key signed.
    pub fn verify(&self, keys: &[&dyn Verify]) -> Result<Vec<Signed>, NoteError> {
        let mut found = Vec::new();
        for signature in &self.signatures {
            let mut known = keys.iter().filter(|key| *key.id() == signature.key);
            let Some(key) = known.next() else { continue };
            if known.next().is_some() {
                return Err(NoteError::Ambiguous(signature.key.clone()));
            }
            let Some(Verified { time }) = key.verify(&self.text, &signature.bytes) else {
                return Err(NoteError::Wrong(signature.key.clone()));
            };
            found.push(Signed { key: signature.key.clone(), time });
        }
        if found.is_empty() { Err(NoteError::Unsigned) } else { Ok(found) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

/// UTF-8 without control characters below U+0020 other than newline.
fn check_characters(bytes: &[u8]) -> Result<&str, NoteError> {
    let text = std::str::from_utf8(bytes).map_err(|e| NoteError::Characters(e.valid_up_to()))?;
    match text.bytes().position(|byte| byte < b' ' && byte != b'\n') {
        Some(at) => Err(NoteError::Characters(at)),
        None => Ok(text),
    }
}
