//! What an object store says when it says no.

use crate::error::{Cause, Doing, Error};
use std::fmt;

/// Most characters of the store's own words that are kept.
const TEXT_CHARS_MAX: usize = 300;

/// An answer that is not a success: the HTTP status and, where the store gave them, its code and words
/// (S3 API Reference, "Error responses").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status; 200 for an error that came inside of a success.
    pub status: u16,
    /// Such as `AccessDenied`; empty when the store gave none.
    pub code: String,
    /// The store's words; empty when it gave none.
    pub message: String,
}

impl Answer {
    /// Reads the body of an error, if it is one.
    pub(super) fn read(status: u16, body: &[u8]) -> Self {
        let mut answer = Self { status, code: String::new(), message: String::new() };
        let Some(document) =
            std::str::from_utf8(body).ok().and_then(|text| roxmltree::Document::parse(text).ok())
        else {
            return answer;
        };
        let text = |name: &str| {
            let node = document.root_element().children().find(|node| node.has_tag_name(name));
            let text = node.and_then(|node| node.text()).unwrap_or_default();
            text.chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect::<String>()
        };
        if document.root_element().tag_name().name() == "Error" {
            answer.code = text("Code");
            answer.message = text("Message");
        }
        answer
    }

    /// A success that can't be used.
    pub(super) fn unusable(why: &str) -> Self {
        Self { status: 200, code: "Unusable".into(), message: why.into() }
    }

    /// Whether the same request may succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
            || matches!(
                self.code.as_str(),
                "InternalError"
                    | "SlowDown"
                    | "ServiceUnavailable"
                    | "Throttling"
                    | "RequestTimeout"
                    | "OperationAborted"
                    | "ConditionalRequestConflict"
                    | "BadDigest"
            )
    }

    /// Whether credentials ran out that a file may hold anew.
    pub(super) fn wants_credentials(&self) -> bool {
        matches!(self.code.as_str(), "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired")
    }

    fn is_full(&self) -> bool {
        self.status == 507
            || matches!(
                self.code.as_str(),
                "QuotaExceeded" | "InsufficientStorage" | "XMinioStorageFull" | "StorageFull"
            )
    }

    /// What a person should do.
    pub(crate) fn advice(&self) -> &'static str {
        match (self.code.as_str(), self.status) {
            ("NoSuchBucket", _) => "make the bucket first, or correct its name",
            ("SignatureDoesNotMatch" | "InvalidAccessKeyId", _) => "check the credentials",
            ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired", _) => {
                "the credentials have run out; put new ones into the file or the environment"
            }
            ("RequestTimeTooSkewed", _) => "set the clock of this machine",
            ("AuthorizationHeaderMalformed" | "PermanentRedirect", _) | (_, 300..=399) => {
                "check the region, the endpoint and path_style in the store's address"
            }
            ("AccessDenied", _) | (_, 401 | 403) => {
                "the credentials must be allowed to list the bucket and to get, put and delete objects"
            }
            ("Unusable", _) => "the endpoint does not behave like S3; check it",
            _ if self.is_passing() => "the store has trouble; try again later",
            (_, 404) => "check the bucket's name and the endpoint",
            _ => "the store refused",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Answer {}

impl Doing<'_> {
    pub(super) fn refused(self, answer: Answer) -> Error {
        let (object, store) = (self.object.to_owned(), self.store.to_owned());
        if answer.is_full() {
            return Error::Full { object, store, source: Cause(answer.to_string()) };
        }
        Error::Refused { doing: self.verb, object, store, answer }
    }
}
