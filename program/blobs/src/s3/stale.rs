//! Aborts uploads of parts whose process died: they are invisible, but take room and cost money.

use super::S3;
use super::client::Request;
use super::list::{child, decoded, time};
use super::parts::abort;
use crate::error::{Error, Result};
use jiff::fmt::rfc2822::DateTimeParser;
use roxmltree::Document;
use std::time::{Duration, SystemTime};

/// Unfinished uploads that are looked at when a store is opened; more wait for the next time.
const UPLOADS_MAX: &str = "1000";

/// Times are IMF-fixdate (RFC 9110, section 5.6.7), which RFC 2822 covers.
static HTTP_DATE: DateTimeParser = DateTimeParser::new();

struct Unfinished {
    key: String,
    id: String,
    initiated: SystemTime,
}

/// Aborts what was begun under `folder` at least `stale_age` ago by the store's own clock.
pub(super) fn clean(s3: &S3, folder: &str, stale_age: Duration) -> Result<()> {
    let prefix = format!("{}{folder}", s3.0.prefix);
    let query = [
        ("encoding-type", "url"),
        ("max-uploads", UPLOADS_MAX),
        ("prefix", prefix.as_str()),
        ("uploads", ""),
    ];
    let request = Request::get(None, &query);
    let reply = match s3.0.client.send(&request, s3.doing("list", "unfinished uploads")) {
        Ok(reply) => reply,
        // Not every store knows this request, nor may everyone make it; then its own rules clean up.
        Err(Error::Refused { answer, .. }) if matches!(answer.status, 400..=405 | 501) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let now = reply.header("date").and_then(|date| HTTP_DATE.parse_timestamp(date).ok());
    let Some(now) = now.map(SystemTime::from) else { return Ok(()) };
    for upload in parse(&reply.body).unwrap_or_default() {
        let age = now.duration_since(upload.initiated);
        if upload.key.starts_with(&prefix) && age.is_ok_and(|age| age >= stale_age) {
            abort(s3, &upload.key, &upload.id)?;
        }
    }
    Ok(())
}

fn parse(body: &[u8]) -> Option<Vec<Unfinished>> {
    let document = Document::parse(std::str::from_utf8(body).ok()?).ok()?;
    let root = document.root_element();
    let encoded = child(root, "EncodingType") == Some("url");
    let uploads = root.children().filter(|node| node.tag_name().name() == "Upload");
    let read = |node| {
        let (key, id) = (decoded(child(node, "Key")?, encoded)?, child(node, "UploadId")?.into());
        Some(Unfinished { key, id, initiated: time(child(node, "Initiated")?)? })
    };
    Some(uploads.filter_map(read).collect())
}
