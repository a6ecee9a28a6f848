//! Multipart uploads: objects that are larger than one request should be.

use super::S3;
use super::answer::Answer;
use super::client::Request;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::store::{Headers, Named, Naming};
use base64ct::{Base64, Encoding as _};
use md5::Digest as _;
use std::fmt::Write as _;

/// Bytes of a part, and with that of the memory that an upload takes. S3 wants 5 MiB or more.
pub(super) const PART_BYTES: usize = 8 * 1024 * 1024;
/// Most parts of an object (S3 User Guide, "multipart upload limits").
const PARTS_MAX: usize = 10_000;

/// An upload in parts; aborted when it is dropped before it is complete.
#[derive(Debug)]
pub(super) struct Parts {
    s3: S3,
    key: Key,
    id: String,
    etags: Vec<String>,
    size_bytes: u64,
    open: bool,
}

/// The MD5 of a body as the header that makes the store check it.
pub(super) fn content_md5(body: &[u8]) -> String {
    Base64::encode_string(&md5::Md5::digest(body))
}

impl Parts {
    pub(super) fn begin(s3: &S3, key: &Key, headers: &Headers) -> Result<Self> {
        let full = s3.full_key(key);
        let doing = s3.doing("begin", key.as_str());
        let sent = headers.sorted();
        let request = Request::post(&full, &[("uploads", "")], &[]).with_headers(&sent);
        let reply = s3.0.client.send(&request, doing)?;
        let id = child_text(&reply.body, "UploadId").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| doing.refused(Answer::unusable("no UploadId in its answer")))?;
        let (s3, key) = (s3.clone(), key.clone());
        Ok(Self { s3, key, id, etags: Vec::new(), size_bytes: 0, open: true })
    }

    pub(super) fn add(&mut self, body: &[u8]) -> Result<()> {
        if self.etags.len() >= PARTS_MAX {
            let limit_bytes = (PARTS_MAX as u64).saturating_mul(PART_BYTES as u64);
            return Err(Error::TooLarge { object: self.key.to_string(), limit_bytes });
        }
        let full = self.s3.full_key(&self.key);
        let doing = self.s3.doing("store", self.key.as_str());
        let number = (self.etags.len() + 1).to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", self.id.as_str())];
        let md5 = content_md5(body);
        let headers = [("content-md5", md5.as_str())];
        let request = Request::put(&full, &query, body).with_headers(&headers);
        let reply = self.s3.0.client.send(&request, doing)?;
        let etag = reply.header("etag").map(str::to_owned);
        self.etags
            .push(etag.ok_or_else(|| doing.refused(Answer::unusable("no ETag in its answer")))?);
        self.size_bytes = self.size_bytes.saturating_add(body.len() as u64);
        Ok(())
    }

    pub(super) fn complete(mut self, naming: Naming) -> Result<Named> {
        let full = self.s3.full_key(&self.key);
        let doing = self.s3.doing("store", self.key.as_str());
        let query = [("uploadId", self.id.as_str())];
        let body = list_of_parts(&self.etags);
        let headers = if naming == Naming::New { &[("if-none-match", "*")][..] } else { &[] };
        let request = Request::post(&full, &query, body.as_bytes()).with_headers(headers);
        match self.s3.0.client.send(&request, doing) {
            Ok(_) => {
                self.open = false;
                Ok(Named::Done)
            }
            Err(Error::Refused { answer, .. }) if answer.status == 412 => Ok(Named::Taken),
            // An earlier attempt did it, and its answer was lost.
            Err(Error::Refused { answer, .. })
                if answer.code == "NoSuchUpload" && self.is_there()? =>
            {
                self.open = false;
                Ok(Named::Done)
            }
            Err(error) => Err(error),
        }
    }

    /// The object has our size and was made of as many parts.
    fn is_there(&self) -> Result<bool> {
        let suffix = format!("-{}\"", self.etags.len());
        let head = self.s3.head(&self.key)?;
        Ok(head.is_some_and(|(size, etag)| size == self.size_bytes && etag.ends_with(&suffix)))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if self.open {
            // What can't be aborted now is when the store is opened a day later.
            let _ = abort(&self.s3, &self.s3.full_key(&self.key), &self.id);
        }
    }
}

pub(super) fn abort(s3: &S3, full_key: &str, id: &str) -> Result<()> {
    let query = [("uploadId", id)];
    let request = Request::delete(full_key, &query);
    match s3.0.client.send(&request, s3.doing("abort the upload of", full_key)) {
        Ok(_) => Ok(()),
        Err(Error::Refused { answer, .. }) if answer.status == 404 => Ok(()),
        Err(error) => Err(error),
    }
}

fn list_of_parts(etags: &[String]) -> String {
    let mut body = String::from("<CompleteMultipartUpload>");
    for (index, etag) in etags.iter().enumerate() {
        // Entity tags are the store's words; they must not become elements.
        let etag = etag.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Writing to a string can't fail.
        let _ =
            write!(body, "<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>", index + 1);
    }
    body.push_str("</CompleteMultipartUpload>");
    body
}

/// Text of the first element of this name in an answer.
fn child_text(body: &[u8], name: &str) -> Option<String> {
    let document = roxmltree::Document::parse(std::str::from_utf8(body).ok()?).ok()?;
    let node = document.root_element().children().find(|node| node.has_tag_name(name))?;
    Some(node.text()?.to_owned())
}
