//! Sends requests to an object store: signs them, gives up on time, tries again what may pass.

use super::answer::Answer;
use super::credentials::Source;
use crate::error::{Cause, Doing, Error, Result};
use crate::location::Bucket;
use crate::options::{Options, Retry};
use crate::steps::{Step, Steps};
use jiff::Timestamp;
use rusty_s3::{Credentials, Method, UrlStyle};
use std::io::{self, Read as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use ureq::http::{self, HeaderMap};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Body};
use url::Url;

/// How long a signature is good: a request begins at once, but clocks differ.
const SIGNATURE_TIME: Duration = Duration::from_secs(15 * 60);
/// Longest time to find the server and to connect to it.
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// Longest silence on a connection, and longest wait for an answer to begin.
const SILENCE_TIME: Duration = Duration::from_secs(60);
/// Longest wait for the answer to a request that lets the server join many parts.
const JOIN_TIME: Duration = Duration::from_secs(10 * 60);
/// Longest time to send one part: 8 MiB at 14 KiB/s.
const SEND_TIME: Duration = Duration::from_secs(10 * 60);
/// Most bytes of an answer that is no object: a page of 1,000 names of at most 1,024 bytes,
/// escaped and with what is said about each.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most bytes of a file of certificates; all public authorities together have 0.3 MB.
const CA_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub(super) struct Client {
    agent: Agent,
    bucket: rusty_s3::Bucket,
    source: Source,
    credentials: RwLock<Arc<Credentials>>,
    retry: Retry,
    jitter: AtomicU64,
    steps: Arc<dyn Steps>,
    /// The store's address, for people.
    name: String,
}

/// One request, signed anew at each attempt.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// The full key; nothing for the bucket itself.
    pub(super) key: Option<&'a str>,
    /// Sorted by name.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Sorted by name, which is in lower case.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    /// How long the answer may take to begin.
    pub(super) answer_time: Duration,
}

impl<'a> Request<'a> {
    fn new(method: Method, key: Option<&'a str>, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { method, key, query, headers: &[], body: &[], answer_time: SILENCE_TIME }
    }

    pub(super) fn get(key: Option<&'a str>, query: &'a [(&'a str, &'a str)]) -> Self {
        Self::new(Method::Get, key, query)
    }

    pub(super) fn head(key: &'a str) -> Self {
        Self::new(Method::Head, Some(key), &[])
    }

    pub(super) fn delete(key: &'a str, query: &'a [(&'a str, &'a str)]) -> Self {
        Self::new(Method::Delete, Some(key), query)
    }

    pub(super) fn put(key: &'a str, query: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { body, ..Self::new(Method::Put, Some(key), query) }
    }

    pub(super) fn post(key: &'a str, query: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { body, answer_time: JOIN_TIME, ..Self::new(Method::Post, Some(key), query) }
    }

    pub(super) fn with_headers(self, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { headers, ..self }
    }
}

/// A success with its whole, short body.
pub(super) struct Reply {
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }
}

/// Why one attempt came to nothing.
enum Failure {
    Answer(Answer),
    /// The text, and whether another attempt makes sense.
    Transport(String, bool),
}

impl Client {
    pub(super) fn new(bucket: &Bucket, options: &Options) -> Result<Self> {
        let name = format!("s3://{}/{}", bucket.name, bucket.prefix.trim_end_matches('/'));
        let wrong = |why: String| Error::Location { location: name.clone(), why };
        let style = if bucket.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let place = (bucket.name.clone(), bucket.region.clone());
        let signed = rusty_s3::Bucket::new(bucket.endpoint.clone(), style, place.0, place.1)
            .map_err(|error| wrong(format!("{error}; try path_style=true")))?;
        let source = Source::of(bucket);
        let credentials = RwLock::new(Arc::new(source.read()?));
        let roots = match &bucket.ca_file {
            None => RootCerts::WebPki,
            Some(path) => authorities(path)
                .map_err(|why| wrong(format!("ca_file {}: {why}", path.display())))?,
        };
        Ok(Self {
            agent: agent(roots),
            bucket: signed,
            source,
            credentials,
            retry: options.retry,
            jitter: AtomicU64::new(options.jitter_seed),
            steps: Arc::clone(&options.steps),
            name,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sends a request until it succeeds, is refused, or has been tried often enough.
    pub(super) fn send(&self, request: &Request<'_>, doing: Doing<'_>) -> Result<Reply> {
        self.repeat(doing, || {
            let response = self.attempt(request)?;
            let (head, mut body) = response.into_parts();
            let mut bytes = Vec::new();
            body.as_reader()
                .take(ANSWER_BYTES_MAX)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::from(ureq::Error::from(error)))?;
            // A multipart upload may fail after the headers of a success were sent.
            let inner = Answer::read(head.status.as_u16(), &bytes);
            if !inner.code.is_empty() {
                return Err(Failure::Answer(inner));
            }
            Ok(Reply { headers: head.headers, body: bytes })
        })
    }

    /// The same for an object's bytes, which are still to be read.
    pub(super) fn open(
        &self,
        request: &Request<'_>,
        doing: Doing<'_>,
    ) -> Result<(u16, HeaderMap, Body)> {
        self.repeat(doing, || {
            let (head, body) = self.attempt(request)?.into_parts();
            Ok((head.status.as_u16(), head.headers, body))
        })
    }

    fn repeat<T>(
        &self,
        doing: Doing<'_>,
        mut attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T> {
        let mut attempts = 0;
        let mut renewed = false;
        loop {
            attempts += 1;
            let failure = match attempt() {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let again = match &failure {
                Failure::Answer(answer) if answer.wants_credentials() && !renewed => {
                    renewed = true;
                    self.renew_credentials()?;
                    true
                }
                Failure::Answer(answer) => answer.is_passing(),
                Failure::Transport(_, again) => *again,
            };
            if !again || attempts >= self.retry.attempts_max {
                let (object, store) = (doing.object.to_owned(), doing.store.to_owned());
                return Err(match failure {
                    Failure::Answer(answer) => doing.refused(answer),
                    Failure::Transport(text, _) => {
                        let source = Cause(text);
                        Error::Unreachable { doing: doing.verb, object, store, attempts, source }
                    }
                });
            }
            self.pause(attempts);
        }
    }

    /// Waits before the next attempt: longer each time, and not as long as everyone else.
    pub(super) fn pause(&self, attempts: u32) {
        let doubled = self
            .retry
            .wait_first
            .saturating_mul(2_u32.checked_pow(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
        let most = doubled.min(self.retry.wait_max);
        let share = mixed(self.jitter.fetch_add(1, Ordering::Relaxed)) % 1000;
        let wait = most / 2 + most.saturating_mul(u32::try_from(share).unwrap_or(0)) / 2000;
        std::thread::sleep(wait);
    }

    pub(super) fn steps(&self) -> Arc<dyn Steps> {
        Arc::clone(&self.steps)
    }

    fn renew_credentials(&self) -> Result<()> {
        let new = Arc::new(self.source.read()?);
        // A whole value is swapped, so a panic elsewhere leaves no half of it.
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    fn attempt(&self, request: &Request<'_>) -> Result<http::Response<Body>, Failure> {
        let reads = matches!(request.method, Method::Get | Method::Head);
        let mut response = if reads {
            self.exchange(request)?
        } else {
            // The hook's errors are the transport's.
            let mut failure = None;
            let done = self.steps.step(Step::Request, || {
                self.exchange(request).map_err(|error| {
                    failure = Some(Failure::from(error));
                    io::Error::other("failed")
                })
            });
            match (done, failure) {
                (Ok(response), _) => response,
                (Err(_), Some(failure)) => return Err(failure),
                (Err(error), None) => return Err(Failure::from(ureq::Error::Io(error))),
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let mut bytes = Vec::new();
        // The status alone says enough when the rest does not come.
        let _ = response.body_mut().as_reader().take(ANSWER_BYTES_MAX).read_to_end(&mut bytes);
        Err(Failure::Answer(Answer::read(status.as_u16(), &bytes)))
    }

    fn exchange(&self, request: &Request<'_>) -> Result<http::Response<Body>, ureq::Error> {
        let mut head = http::Request::builder()
            .method(request.method.to_str())
            .uri(self.signed(request).as_str());
        for (name, value) in request.headers {
            head = head.header(*name, *value);
        }
        let wait = request.answer_time;
        if matches!(request.method, Method::Put | Method::Post) {
            let ready = self
                .agent
                .configure_request(head.body(request.body).map_err(ureq::Error::Http)?)
                .timeout_per_read(Some(wait))
                .timeout_recv_response(Some(wait))
                .build();
            self.agent.run(ready)
        } else {
            self.agent.run(head.body(()).map_err(ureq::Error::Http)?)
        }
    }

    fn signed(&self, request: &Request<'_>) -> Url {
        let url = match request.key {
            Some(key) => self.bucket.object_url(key),
            None => self.bucket.base_url().clone(),
        };
        let credentials =
            Arc::clone(&self.credentials.read().unwrap_or_else(PoisonError::into_inner));
        rusty_s3::signing::sign(
            &Timestamp::now(),
            request.method,
            url,
            credentials.key(),
            credentials.secret(),
            credentials.token(),
            self.bucket.region(),
            SIGNATURE_TIME.as_secs(),
            request.query.iter().copied(),
            request.headers.iter().copied(),
        )
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        // A wrong certificate stays wrong; and some texts hold the address with its signature.
        match &error {
            ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) | ureq::Error::Http(_) => {
                Self::Transport("the address can't be asked".into(), false)
            }
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                Self::Transport(error.to_string(), false)
            }
            ureq::Error::Io(inner) if inner.kind() == io::ErrorKind::InvalidData => {
                Self::Transport(error.to_string(), false)
            }
            _ => Self::Transport(error.to_string(), true),
        }
    }
}

fn agent(roots: RootCerts) -> Agent {
    Agent::config_builder()
        // An error's body says what is wrong.
        .http_status_as_error(false)
        // A signature is for one host alone.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("duecare/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT_TIME))
        .timeout_connect(Some(CONNECT_TIME))
        .timeout_send_request(Some(SILENCE_TIME))
        .timeout_send_body(Some(SEND_TIME))
        .timeout_recv_response(Some(SILENCE_TIME))
        .timeout_per_read(Some(SILENCE_TIME))
        .timeout_per_write(Some(SILENCE_TIME))
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build()
        .new_agent()
}

/// The certificates in a file.
fn authorities(path: &std::path::Path) -> Result<RootCerts, String> {
    let mut pem = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(CA_BYTES_MAX).read_to_end(&mut pem))
        .map_err(|error| error.to_string())?;
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| error.to_string())? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err("it has no certificate".into());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// Spreads a counter over all numbers (SplitMix64's finalizer, Steele, Lea, Flood 2014).
fn mixed(counter: u64) -> u64 {
    let mut z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
