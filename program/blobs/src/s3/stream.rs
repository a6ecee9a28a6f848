//! Bytes on their way out of a bucket. A connection that breaks is taken up again where it broke.

use super::S3;
use super::answer::Answer;
use super::client::Request;
use crate::error::{Cause, Doing, Error, Result};
use crate::key::Key;
use crate::store::{self, Opened};
use std::fmt;
use std::io::{self, Read as _};
use ureq::Body;
use ureq::http::HeaderMap;

/// How often one object's reading is taken up again. More than the attempts of a request: a large
/// object over a bad line makes progress each time.
const RESUMES_MAX: u32 = 50;

pub(crate) struct Stream {
    s3: S3,
    key: Key,
    /// Next byte to give out.
    at: u64,
    /// One past the last byte to give out.
    end: u64,
    /// Entity tag of what was opened: bytes of another object must not follow.
    etag: Option<String>,
    body: Option<ureq::BodyReader<'static>>,
    resumes: u32,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("key", &self.key).field("at", &self.at).finish()
    }
}

impl Stream {
    pub(super) fn open(s3: &S3, key: &Key, start: u64, end: Option<u64>) -> Result<Option<Opened>> {
        let object = || key.to_string();
        let refused = |answer| s3.doing("read", key.as_str()).refused(answer);
        // An empty range can't be asked for, and an open one has a shorter way.
        if start > 0 || end.is_some() {
            let Some(size_bytes) = s3.size(key)? else { return Ok(None) };
            let end = end.unwrap_or(size_bytes);
            if start > end || end > size_bytes {
                return Err(Error::OutOfRange { object: object(), start, end, size_bytes });
            }
            let stream = Self::new(s3, key, start, end);
            return Ok(Some(stream.opened(size_bytes)));
        }
        let full = s3.full_key(key);
        let request = Request::get(Some(&full), &[]);
        let (headers, body) = match s3.0.client.open(&request, s3.doing("read", key.as_str())) {
            Ok((_, headers, body)) => (headers, body),
            Err(Error::Refused { answer, .. }) if answer.status == 404 => return Ok(None),
            Err(error) => return Err(error),
        };
        // Not the body's own length: an empty body has none.
        let length = headers.get("content-length").and_then(|value| value.to_str().ok());
        let size_bytes = length
            .and_then(|length| length.parse().ok())
            .ok_or_else(|| refused(Answer::unusable("the answer does not say its length")))?;
        let mut stream = Self::new(s3, key, 0, size_bytes);
        stream.take_body(&headers, body);
        Ok(Some(stream.opened(size_bytes)))
    }

    fn new(s3: &S3, key: &Key, at: u64, end: u64) -> Self {
        Self { s3: s3.clone(), key: key.clone(), at, end, etag: None, body: None, resumes: 0 }
    }

    fn opened(self, size_bytes: u64) -> Opened {
        Opened { stream: store::Stream::S3(Box::new(self)), size_bytes }
    }

    fn take_body(&mut self, headers: &HeaderMap, body: Body) {
        let etag = headers.get("etag").and_then(|value| value.to_str().ok());
        self.etag = etag.map(str::to_owned);
        self.body = Some(body.into_with_config().limit(u64::MAX).reader());
    }

    /// Asks for the rest.
    fn ask(&mut self) -> Result<()> {
        let full = self.s3.full_key(&self.key);
        let range = format!("bytes={}-{}", self.at, self.end.saturating_sub(1));
        let etag = self.etag.clone();
        let mut headers = Vec::new();
        if let Some(etag) = &etag {
            headers.push(("if-match", etag.as_str()));
        }
        headers.push(("range", range.as_str()));
        let request = Request::get(Some(&full), &[]).with_headers(&headers);
        let s3 = self.s3.clone();
        let key = self.key.clone();
        let doing = s3.doing("read", key.as_str());
        let (status, headers, body) = s3.0.client.open(&request, doing)?;
        let wanted = format!("bytes {}-", self.at);
        let given = headers.get("content-range").and_then(|value| value.to_str().ok());
        if status != 206 || !given.is_some_and(|given| given.starts_with(&wanted)) {
            return Err(doing.refused(Answer::unusable("it does not give the range asked for")));
        }
        self.take_body(&headers, body);
        Ok(())
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = left.min(buffer.len());
        let Some(buffer) = buffer.get_mut(..room).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        loop {
            let Some(body) = &mut self.body else {
                self.ask()?;
                continue;
            };
            let failure = match body.read(buffer) {
                Ok(count) if count > 0 => {
                    self.at = self.at.saturating_add(count as u64);
                    return Ok(count);
                }
                Ok(_) => "the connection ended early".to_owned(),
                Err(error) => error.to_string(),
            };
            self.body = None;
            self.resumes += 1;
            if self.resumes > RESUMES_MAX {
                let doing: Doing<'_> = self.s3.doing("read", self.key.as_str());
                let (object, store) = (doing.object.to_owned(), doing.store.to_owned());
                let (attempts, source) = (self.resumes, Cause(failure));
                let doing = doing.verb;
                return Err(Error::Unreachable { doing, object, store, attempts, source }.into());
            }
            self.s3.0.client.pause(1);
        }
    }
}
