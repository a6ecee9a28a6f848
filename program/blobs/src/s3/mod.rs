//! A store in a bucket of an S3-compatible object store.
//!
//! An object becomes visible whole or not at all by the protocol itself: by a single request when it
//! fits into one part, by completing a multipart upload otherwise. Every request body carries its MD5,
//! so that what arrives broken is refused. Renames don't exist, so an upload whose digest is not known
//! beforehand waits in memory, and beyond one part in a nameless local file.
//!
//! API: Amazon S3 API Reference, 2006-03-01.

mod answer;
mod client;
mod credentials;
mod list;
mod parts;
mod stale;
mod stream;
mod upload;

pub use answer::Answer;
pub(crate) use stream::Stream;
pub(crate) use upload::Sink;

use crate::error::{Doing, Error, Result};
use crate::key::{BLOBS, Key};
use crate::location::Bucket;
use crate::options::Options;
use crate::store::{Audience, Headers, Listed, Opened};
use client::{Client, Request};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A bucket, or a folder in it; clones share connections.
#[derive(Clone)]
pub(crate) struct S3(Arc<Inner>);

struct Inner {
    client: Client,
    /// Empty, or ends with a slash.
    prefix: String,
    spool: PathBuf,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3").field(&self.name()).finish()
    }
}

impl S3 {
    pub(crate) fn open(bucket: &Bucket, options: &Options, audience: Audience) -> Result<Self> {
        let s3 = Self(Arc::new(Inner {
            client: Client::new(bucket, options)?,
            prefix: bucket.prefix.clone(),
            spool: options.spool.clone(),
        }));
        s3.reach()?;
        // Public files may be at the root of a bucket where others upload as well.
        match audience {
            Audience::Owner => stale::clean(&s3, BLOBS, options.stale_age)?,
            Audience::Everyone if !s3.0.prefix.is_empty() => {
                stale::clean(&s3, "", options.stale_age)?;
            }
            Audience::Everyone => {}
        }
        Ok(s3)
    }

    /// Asks for one name: shows that the server, the bucket and the credentials are right. Later a
    /// missing object and a missing bucket would look the same.
    fn reach(&self) -> Result<()> {
        let prefix = self.0.prefix.as_str();
        let query = [("list-type", "2"), ("max-keys", "1"), ("prefix", prefix)];
        let request = Request::get(None, &query);
        self.0.client.send(&request, self.doing("list", "the bucket")).map(drop)
    }

    pub(crate) fn name(&self) -> &str {
        self.0.client.name()
    }

    fn doing<'a>(&'a self, verb: &'static str, object: &'a str) -> Doing<'a> {
        Doing { verb, object, store: self.name() }
    }

    /// The key in the bucket.
    fn full_key(&self, key: &Key) -> String {
        format!("{}{key}", self.0.prefix)
    }

    pub(crate) fn begin(&self, key: Option<&Key>, headers: Headers) -> Sink {
        Sink::begin(self, key, headers)
    }

    pub(crate) fn read(&self, key: &Key, start: u64, end: Option<u64>) -> Result<Option<Opened>> {
        Stream::open(self, key, start, end)
    }

    pub(crate) fn size(&self, key: &Key) -> Result<Option<u64>> {
        Ok(self.head(key)?.map(|(size_bytes, _)| size_bytes))
    }

    /// Size in bytes and entity tag.
    fn head(&self, key: &Key) -> Result<Option<(u64, String)>> {
        let full = self.full_key(key);
        let doing = self.doing("look at", key.as_str());
        let reply = match self.0.client.send(&Request::head(&full), doing) {
            Ok(reply) => reply,
            Err(Error::Refused { answer, .. }) if answer.status == 404 => return Ok(None),
            Err(error) => return Err(error),
        };
        let size_bytes = reply.number("content-length").ok_or_else(|| {
            doing.refused(Answer::unusable("the answer does not say how large the object is"))
        })?;
        Ok(Some((size_bytes, reply.header("etag").unwrap_or_default().to_owned())))
    }

    pub(crate) fn delete(&self, key: &Key) -> Result<bool> {
        // Deleting what isn't there succeeds as well, so this is the only way to tell.
        if self.head(key)?.is_none() {
            return Ok(false);
        }
        let full = self.full_key(key);
        let doing = self.doing("delete", key.as_str());
        let reply = self.0.client.send(&Request::delete(&full, &[]), doing)?;
        // A bucket with versions answers with the version that it kept or the marker that it made.
        if reply.header("x-amz-delete-marker") == Some("true")
            || reply.header("x-amz-version-id").is_some_and(|version| version != "null")
        {
            let (object, store) = (key.to_string(), self.name().to_owned());
            return Err(Error::VersionsKept { object, store });
        }
        Ok(true)
    }

    pub(crate) fn list(&self, folder: &str) -> impl Iterator<Item = Result<Listed>> + Send + use<> {
        list::Pages::new(self.clone(), folder)
    }
}
