//! Keys of signed notes: names, ids, algorithms, and the text forms that Go's `sumdb/note` uses.
//!
//! A verifier key is `name+id+base64(algorithm ‖ public key)`, a signer key is
//! `PRIVATE+KEY+name+id+base64(algorithm ‖ seed)`. The id is 8 hexadecimal digits.
//!
//! Built in are Ed25519 (0x01) and Ed25519 cosignatures with a time (0x04). Other algorithms, such
//! as ML-DSA-44 cosignatures (0x06), are added by implementing [`Verify`] and [`Sign`]; a note can
//! carry their signatures today, and whoever doesn't know the key ignores them, as the format asks.

use crate::{base64, text::hex};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Longest key name, in bytes. Cosignatures with ML-DSA have an 8-bit length.
pub const KEY_NAME_BYTES_MAX: usize = 255;

/// Longest text form of a key, in bytes: the largest key that C2SP names has 1,312 bytes.
const KEY_TEXT_BYTES_MAX: usize = 8192;

/// A key name: not empty, no white space, no `+`, no control characters. Usually a URL without scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Checks a name.
    ///
    /// # Errors
    /// When it can't be a name.
    pub fn new(name: &str) -> Result<Self, KeyError> {
        let ok = !name.is_empty()
            && name.len() <= KEY_NAME_BYTES_MAX
            && !name.chars().any(|c| c.is_whitespace() || c < ' ' || c == '+');
        if ok { Ok(Self(name.to_owned())) } else { Err(KeyError::Name) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A signature type of C2SP signed-note. Any byte can be named; see [`VerifierKey`] for those that
/// are built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Algorithm(pub u8);

impl Algorithm {
    /// Ed25519 over the note's text.
    pub const ED25519: Self = Self(0x01);
    /// Ed25519 over `cosignature/v1`, a time and the note's text.
    pub const COSIGNATURE_V1: Self = Self(0x04);
    /// ML-DSA-44 over a structure about the tree. Not built in.
    pub const ML_DSA_44: Self = Self(0x06);
}

/// Which key made a signature: its name and the first four bytes of a digest over the key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The key's name.
    pub name: KeyName,
    /// Not a strong digest: it tells keys apart that one has, and authenticates none.
    pub hash: u32,
}

impl KeyId {
    /// SHA-256(name ‖ `\n` ‖ algorithm ‖ public key), its first four bytes.
    #[must_use]
    pub fn of(name: KeyName, algorithm: Algorithm, public: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(name.as_str()).chain_update([b'\n', algorithm.0]);
        let digest = digest.chain_update(public).finalize();
        let hash = digest.first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
        Self { name, hash }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}", self.name, self.hash)
    }
}

/// A text is no key. The text itself is never part of the message: it may be secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name breaks the rules.
    #[error("a key name has 1 to 255 bytes, no white space and no plus sign")]
    Name,
    /// Not of the form.
    #[error("a verifier key has the form NAME+ID+BASE64, a signer key PRIVATE+KEY+NAME+ID+BASE64")]
    Form,
    /// An algorithm that isn't built in.
    #[error("signatures of type 0x{:02x} are not known here", .0.0)]
    Algorithm(Algorithm),
    /// The key's bytes are no key.
    #[error("the key's bytes are no Ed25519 key")]
    Bytes,
    /// The id isn't the key's.
    #[error("the key's id is not that of its name and bytes")]
    Id,
}

/// A verified signature's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Of a cosignature, when it was made: seconds since 1970 (POSIX).
    pub time: Option<u64>,
}

/// A key that checks note signatures.
pub trait Verify {
    /// Its name and id.
    fn id(&self) -> &KeyId;

    /// Its algorithm.
    fn algorithm(&self) -> Algorithm;

    /// Checks a signature (without the four bytes of the id) over a note's text; `None` when it is
    /// not this key's.
    fn verify(&self, text: &str, signature: &[u8]) -> Option<Verified>;
}

/// A key that signs notes.
pub trait Sign {
    /// Its name and id.
    fn id(&self) -> &KeyId;

    /// Signs a note's text. `time`: seconds since 1970, for algorithms that have one.
    fn sign(&self, text: &str, time: u64) -> Vec<u8>;
}

/// A public Ed25519 key, for notes or for cosignatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    id: KeyId,
    algorithm: Algorithm,
    key: VerifyingKey,
}

impl VerifierKey {
    /// From the 32 bytes of an Ed25519 public key.
    ///
    /// # Errors
    /// When the algorithm isn't built in, or the bytes are no (or a weak) key.
    pub fn new(name: KeyName, algorithm: Algorithm, public: &[u8]) -> Result<Self, KeyError> {
        known(algorithm)?;
        let bytes: &[u8; 32] = public.try_into().map_err(|_| KeyError::Bytes)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Bytes)?;
        if key.is_weak() {
            return Err(KeyError::Bytes);
        }
        Ok(Self { id: KeyId::of(name, algorithm, public), algorithm, key })
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// When it is no key, or of an algorithm that isn't built in.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, hash, algorithm, public) = split(text)?;
        let key = Self::new(name, algorithm, &public)?;
        if key.id.hash == hash { Ok(key) } else { Err(KeyError::Id) }
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    #[cfg(feature = "json")]
    pub(crate) fn ed25519(&self) -> &VerifyingKey {
        &self.key
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.algorithm.0];
        bytes.extend(self.as_bytes());
        write!(f, "{}+{}", self.id, base64::encode(&bytes))
    }
}

impl Verify for VerifierKey {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn verify(&self, text: &str, signature: &[u8]) -> Option<Verified> {
        if self.algorithm == Algorithm::COSIGNATURE_V1 {
            let (time, signature) = signature.split_first_chunk::<8>()?;
            let time = u64::from_be_bytes(*time);
            let signature = Signature::from_slice(signature).ok()?;
            // C2SP tlog-cosignature: the time must not exceed 2^63 - 1.
            i64::try_from(time).ok()?;
            let message = cosigned(text, time);
            self.key.verify_strict(message.as_bytes(), &signature).ok()?;
            return Some(Verified { time: Some(time) });
        }
        let signature = Signature::from_slice(signature).ok()?;
        self.key.verify_strict(text.as_bytes(), &signature).ok()?;
        Some(Verified { time: None })
    }
}

/// A private Ed25519 key, for notes or for cosignatures. Shown, it doesn't show the seed.
#[derive(Clone)]
pub struct SignerKey {
    verifier: VerifierKey,
    key: SigningKey,
}

impl SignerKey {
    /// From a seed of 32 bytes of a cryptographic random source.
    ///
    /// # Errors
    /// When the algorithm isn't built in.
    pub fn from_seed(
        name: KeyName,
        algorithm: Algorithm,
        seed: &[u8; 32],
    ) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let verifier = VerifierKey::new(name, algorithm, public.as_bytes())?;
        Ok(Self { verifier, key })
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// When it is no key, or of an algorithm that isn't built in.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Form)?;
        let (name, hash, algorithm, seed) = split(rest)?;
        known(algorithm)?;
        let seed: [u8; 32] = seed.as_slice().try_into().map_err(|_| KeyError::Bytes)?;
        let key = Self::from_seed(name, algorithm, &seed)?;
        if key.verifier.id.hash == hash { Ok(key) } else { Err(KeyError::Id) }
    }

    /// The text form, which is the secret.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let mut bytes = vec![self.verifier.algorithm.0];
        bytes.extend(self.key.as_bytes());
        format!("PRIVATE+KEY+{}+{}", self.verifier.id, base64::encode(&bytes))
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    #[cfg(feature = "json")]
    pub(crate) fn ed25519(&self) -> &SigningKey {
        &self.key
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier.id)
    }
}

impl Sign for SignerKey {
    fn id(&self) -> &KeyId {
        &self.verifier.id
    }

    fn sign(&self, text: &str, time: u64) -> Vec<u8> {
        if self.verifier.algorithm == Algorithm::COSIGNATURE_V1 {
            let signature = self.key.sign(cosigned(text, time).as_bytes());
            return [time.to_be_bytes().as_slice(), &signature.to_bytes()].concat();
        }
        self.key.sign(text.as_bytes()).to_bytes().to_vec()
    }
}

/// What a v1 cosignature signs.
fn cosigned(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn known(algorithm: Algorithm) -> Result<(), KeyError> {
    match algorithm {
        Algorithm::ED25519 | Algorithm::COSIGNATURE_V1 => Ok(()),
        other => Err(KeyError::Algorithm(other)),
    }
}

/// The parts of a key's text: name, id, algorithm and the key's bytes. For implementers of further
/// algorithms; the id isn't checked here.
///
/// # Errors
/// When the text has not the form.
pub fn split(text: &str) -> Result<(KeyName, u32, Algorithm, Vec<u8>), KeyError> {
    if text.len() > KEY_TEXT_BYTES_MAX {
        return Err(KeyError::Form);
    }
    let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
    let (hash, key) = rest.split_once('+').ok_or(KeyError::Form)?;
    let name = KeyName::new(name)?;
    let number = u32::from_str_radix(hash, 16).map_err(|_| KeyError::Form)?;
    if hex(&number.to_be_bytes()) != hash {
        return Err(KeyError::Form);
    }
    let bytes = base64::decode(key).ok_or(KeyError::Form)?;
    let (algorithm, key) = bytes.split_first().ok_or(KeyError::Form)?;
    Ok((name, number, Algorithm(*algorithm), key.to_vec()))
}
