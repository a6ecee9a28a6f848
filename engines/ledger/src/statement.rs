//! Statements: something said about bytes that are named by their digests (in-toto Statement v1).

use crate::{
    dsse::{Envelope, EnvelopeError, IN_TOTO, SignEnvelope},
    json,
};
use duecare_base::Digest;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The `_type` of a statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Our predicate types begin with this; then `<noun>/v<version>`.
pub const PREDICATES: &str = "https://duecare.dev/evidence/";

/// Most subjects of a statement: a release has few artefacts, a review one.
pub const SUBJECTS_MAX: usize = 1024;

/// Longest name, algorithm, digest or type, in bytes.
const TEXT_BYTES_MAX: usize = 2048;

/// What is wrong with a statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Not JSON, or without canonical form.
    #[error("the statement")]
    Json(#[from] json::JsonError),
    /// A predicate that is no JSON value.
    #[error("the predicate")]
    Predicate(#[source] serde_json::Error),
    /// A member that isn't there, or is of another kind.
    #[error("{0} is missing, or not what it must be")]
    Member(&'static str),
    /// No subject, or too many.
    #[error("a statement has 1 to {SUBJECTS_MAX} subjects")]
    Subjects,
    /// A subject without digest, or a digest of the wrong form.
    #[error("subject {0} has no digest, or one that is not of its algorithm's form")]
    Digest(usize),
    /// An envelope of another type.
    #[error("the envelope has a payload of type {0:?}, not an in-toto statement")]
    PayloadType(String),
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

/// Bytes that a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    name: Option<String>,
    digests: BTreeMap<String, String>,
}

impl Subject {
    /// Bytes by their SHA-256. The name is for people and tells subjects apart.
    #[must_use]
    pub fn new(name: &str, digest: Digest) -> Self {
        let digests = BTreeMap::from([("sha256".to_owned(), digest.to_string())]);
        Self { name: (!name.is_empty()).then(|| name.to_owned()), digests }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its digests by algorithm.
    #[must_use]
    pub const fn digests(&self) -> &BTreeMap<String, String> {
        &self.digests
    }

    /// Its SHA-256, if it has one.
    #[must_use]
    pub fn sha256(&self) -> Option<Digest> {
        self.digests.get("sha256")?.parse().ok()
    }

    fn parse(value: &Value, place: usize) -> Result<Self, StatementError> {
        let name = match value.get("name") {
            None => None,
            Some(name) => Some(short(Some(name)).ok_or(StatementError::Member("subject.name"))?),
        };
        let digests = value.get("digest").and_then(Value::as_object);
        let digests = digests.ok_or(StatementError::Digest(place))?;
        let digests: BTreeMap<String, String> = digests
            .iter()
            .map(|(algorithm, digest)| {
                let digest = short(Some(digest)).filter(|digest| well_formed(algorithm, digest));
                Ok((algorithm.clone(), digest.ok_or(StatementError::Digest(place))?))
            })
            .collect::<Result<_, StatementError>>()?;
        if digests.is_empty() {
            return Err(StatementError::Digest(place));
        }
        Ok(Self { name, digests })
    }

    fn to_value(&self) -> Value {
        let digests = self.digests.iter().map(|(name, hex)| (name.clone(), hex.clone().into()));
        let mut object = Map::from_iter([("digest".to_owned(), Value::Object(digests.collect()))]);
        if let Some(name) = &self.name {
            object.insert("name".to_owned(), name.clone().into());
        }
        Value::Object(object)
    }
}

/// Digests of algorithms that in-toto names are hexadecimal, of their length. Others are not judged.
fn well_formed(algorithm: &str, digest: &str) -> bool {
    let digits = match algorithm {
        "sha1" => &[40][..],
        "gitCommit" | "gitTree" | "gitBlob" | "gitTag" => &[40, 64],
        "sha224" | "sha512_224" | "sha3_224" => &[56],
        "sha256" | "sha512_256" | "sha3_256" => &[64],
        "sha384" | "sha3_384" => &[96],
        "sha512" | "sha3_512" | "blake2b" => &[128],
        _ => return !algorithm.is_empty() && !digest.is_empty(),
    };
    digits.contains(&digest.len()) && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A kind of evidence of ours. A change of meaning is the next version, never an edit.
pub trait Predicate: Serialize {
    /// What it is: lower case, digits and hyphens, as in `review-result`.
    const NOUN: &'static str;
    /// Its version, from 1.
    const VERSION: u32;

    /// The type's URI.
    #[must_use]
    fn predicate_type() -> String {
        format!("{PREDICATES}{}/v{}", Self::NOUN, Self::VERSION)
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    subjects: Vec<Subject>,
    predicate_type: String,
    predicate: Value,
}

impl Statement {
    /// A statement of ours.
    ///
    /// # Errors
    /// When there is no subject or too many, or the predicate has no canonical form.
    pub fn new<P: Predicate>(subjects: Vec<Subject>, said: &P) -> Result<Self, StatementError> {
        let predicate = serde_json::to_value(said).map_err(StatementError::Predicate)?;
        Self::of_type(subjects, P::predicate_type(), predicate)
    }

    /// A statement of any type, for predicates that others define.
    ///
    /// # Errors
    /// As [`Statement::new`]; also when the predicate is no object.
    pub fn of_type(
        subjects: Vec<Subject>,
        predicate_type: String,
        predicate: Value,
    ) -> Result<Self, StatementError> {
        if !predicate.is_object() {
            return Err(StatementError::Member("predicate"));
        }
        let statement = Self { subjects, predicate_type, predicate };
        // What is written can be read, by the same rules.
        Self::parse(statement.to_json()?.as_bytes())?;
        Ok(statement)
    }

    /// Reads a payload. Members that the format doesn't name are ignored, as it asks.
    ///
    /// # Errors
    /// When it is no statement.
    pub fn parse(payload: &[u8]) -> Result<Self, StatementError> {
        let value = json::from_slice(payload)?;
        if value.get("_type").and_then(Value::as_str) != Some(STATEMENT_TYPE) {
            return Err(StatementError::Member("_type"));
        }
        let list = value.get("subject").and_then(Value::as_array);
        let list = list.ok_or(StatementError::Member("subject"))?;
        if list.is_empty() || list.len() > SUBJECTS_MAX {
            return Err(StatementError::Subjects);
        }
        let subjects = list.iter().enumerate().map(|(place, one)| Subject::parse(one, place));
        let subjects = subjects.collect::<Result<_, _>>()?;
        let predicate_type = short(value.get("predicateType"))
            .filter(|uri| uri.split_once(':').is_some_and(|(scheme, rest)| uri_like(scheme, rest)))
            .ok_or(StatementError::Member("predicateType"))?;
        let predicate = match value.get("predicate") {
            None => Value::Object(Map::new()),
            Some(object @ Value::Object(_)) => object.clone(),
            Some(_) => return Err(StatementError::Member("predicate")),
        };
        Ok(Self { subjects, predicate_type, predicate })
    }

    /// The statement in an envelope; the envelope's signatures are not checked here.
    ///
    /// # Errors
    /// When the payload is something else.
    pub fn from_envelope(envelope: &Envelope) -> Result<Self, StatementError> {
        if envelope.payload_type() != IN_TOTO {
            return Err(StatementError::PayloadType(envelope.payload_type().to_owned()));
        }
        Self::parse(envelope.payload())
    }

    /// The canonical form.
    ///
    /// # Errors
    /// When the predicate has numbers without canonical form.
    pub fn to_json(&self) -> Result<String, StatementError> {
        let subjects = self.subjects.iter().map(Subject::to_value).collect();
        let object = Map::from_iter([
            ("_type".to_owned(), STATEMENT_TYPE.into()),
            ("predicate".to_owned(), self.predicate.clone()),
            ("predicateType".to_owned(), self.predicate_type.clone().into()),
            ("subject".to_owned(), Value::Array(subjects)),
        ]);
        Ok(json::to_canonical(&Value::Object(object))?)
    }

    /// Signs it into an envelope.
    ///
    /// # Errors
    /// When there is no signer, or the envelope would be too large.
    pub fn sign(&self, signers: &[&dyn SignEnvelope]) -> Result<Envelope, StatementError> {
        Ok(Envelope::sign(IN_TOTO, self.to_json()?.into_bytes(), signers)?)
    }

    /// What it is about.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The URI that says what the predicate means.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// What is said: an object.
    #[must_use]
    pub const fn predicate(&self) -> &Value {
        &self.predicate
    }
}

fn short(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| text.len() <= TEXT_BYTES_MAX).map(str::to_owned)
}

/// RFC 3986, section 3.1: a scheme, and something after it without white space.
fn uri_like(scheme: &str, rest: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}
