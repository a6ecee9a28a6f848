//! Lists a bucket page by page.

use super::S3;
use super::answer::Answer;
use super::client::Request;
use crate::error::Result;
use crate::store::Listed;
use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node};
use std::collections::VecDeque;
use std::time::SystemTime;

/// Objects per page: the most that S3 gives.
const PAGE_OBJECTS: &str = "1000";

pub(super) struct Pages {
    s3: S3,
    folder: String,
    page: VecDeque<Listed>,
    next: Next,
}

enum Next {
    First,
    Token(String),
    End,
}

struct Page {
    objects: VecDeque<Listed>,
    token: Option<String>,
}

impl Pages {
    pub(super) fn new(s3: S3, folder: &str) -> Self {
        Self { s3, folder: folder.to_owned(), page: VecDeque::new(), next: Next::First }
    }

    fn fetch(&mut self) -> Result<()> {
        let prefix = format!("{}{}", self.s3.0.prefix, self.folder);
        let token = match std::mem::replace(&mut self.next, Next::End) {
            Next::First => None,
            Next::Token(token) => Some(token),
            Next::End => return Ok(()),
        };
        let mut query = Vec::new();
        if let Some(token) = &token {
            query.push(("continuation-token", token.as_str()));
        }
        query.extend([
            ("encoding-type", "url"),
            ("list-type", "2"),
            ("max-keys", PAGE_OBJECTS),
            ("prefix", prefix.as_str()),
        ]);
        let doing = self.s3.doing("list", &self.folder);
        let reply = self.s3.0.client.send(&Request::get(None, &query), doing)?;
        let page = parse(&reply.body, &self.s3.0.prefix)
            .ok_or_else(|| doing.refused(Answer::unusable("its list can't be read")))?;
        // The same token again would go on for ever.
        if page.token.is_some() && page.token == token {
            return Err(doing.refused(Answer::unusable("its list does not end")));
        }
        self.page = page.objects;
        self.next = page.token.map_or(Next::End, Next::Token);
        Ok(())
    }
}

impl Iterator for Pages {
    type Item = Result<Listed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(listed) = self.page.pop_front() {
                return Some(Ok(listed));
            }
            if matches!(self.next, Next::End) {
                return None;
            }
            if let Err(error) = self.fetch() {
                return Some(Err(error));
            }
        }
    }
}

/// Text of a child element.
pub(super) fn child<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name)?.text()
}

/// Undoes `encoding-type=url`, which encodes a space as a plus sign.
pub(super) fn decoded(text: &str, encoded: bool) -> Option<String> {
    if !encoded {
        return Some(text.to_owned());
    }
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Reads one page; nothing when it isn't one.
fn parse(body: &[u8], prefix: &str) -> Option<Page> {
    let document = Document::parse(std::str::from_utf8(body).ok()?).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "ListBucketResult" {
        return None;
    }
    let encoded = child(root, "EncodingType") == Some("url");
    let mut objects = VecDeque::new();
    for node in root.children().filter(|node| node.tag_name().name() == "Contents") {
        let key = decoded(child(node, "Key")?, encoded)?;
        let size_bytes = child(node, "Size")?.parse().ok()?;
        let modified = child(node, "LastModified").and_then(time);
        if let Some(key) = key.strip_prefix(prefix) {
            objects.push_back(Listed { key: key.to_owned(), size_bytes, modified });
        }
    }
    let token = child(root, "NextContinuationToken").filter(|token| !token.is_empty());
    match child(root, "IsTruncated") {
        // A list that says there is more must say how to go on.
        Some("true") => Some(Page { objects, token: Some(token?.to_owned()) }),
        _ => Some(Page { objects, token: None }),
    }
}

/// A time as `2026-11-23T01:02:03.000Z`.
pub(super) fn time(text: &str) -> Option<SystemTime> {
    text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_page_says_how_to_go_on_or_is_none() {
        let page = |inner: &str| {
            let text = format!("<ListBucketResult>{inner}</ListBucketResult>");
            parse(text.as_bytes(), "in/")
        };
        let object = "<Contents><Key>in%2Fa+b%20c</Key><Size>5</Size>\
                      <LastModified>2026-11-23T01:02:03.000Z</LastModified></Contents>";
        let one = page(&format!("<EncodingType>url</EncodingType>{object}")).unwrap();
        let listed = one.objects.front().unwrap();
        assert_eq!((listed.key.as_str(), listed.size_bytes), ("a b c", 5));
        assert!(listed.modified.is_some() && one.token.is_none());
        let more = "<IsTruncated>true</IsTruncated>";
        assert!(page(more).is_none(), "truncated, and no way to go on");
        let token = format!("{more}<NextContinuationToken>t</NextContinuationToken>");
        assert_eq!(page(&token).unwrap().token.as_deref(), Some("t"));
        assert!(page("<Contents><Key>in/a</Key></Contents>").is_none(), "no size");
        assert!(parse(b"<html>", "").is_none());
        assert!(parse(b"<Error/>", "").is_none());
    }
}
