//! PEM blocks (RFC 7468 and older), wherever they stand: files, programs, strings of source code,
//! JSON and XML values.

use crate::base64;

/// Longest block that is read, in bytes.
const BLOCK_BYTES_MAX: usize = 64 * 1024;

/// Longest label, in bytes.
const LABEL_BYTES_MAX: usize = 48;

/// A block.
#[derive(Debug)]
pub(super) struct Block {
    /// What stands after `BEGIN`.
    pub(super) label: String,
    /// The decoded content.
    pub(super) content: Vec<u8>,
    /// Whether a header says that the content is encrypted (RFC 1421).
    pub(super) encrypted: bool,
}

/// The block whose `-----BEGIN ` stands at `offset`, if there is a decodable one.
pub(super) fn block(bytes: &[u8], offset: usize) -> Option<Block> {
    let end = bytes.len().min(offset.checked_add(BLOCK_BYTES_MAX)?);
    let text = bytes.get(offset..end)?;
    let after = text.strip_prefix(b"-----BEGIN ")?;
    let label_end =
        memchr::memmem::find(after.get(..LABEL_BYTES_MAX + 5).unwrap_or(after), b"-----")?;
    let label = std::str::from_utf8(after.get(..label_end)?).ok()?.to_owned();
    if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') {
        return None;
    }
    let rest = after.get(label_end + 5..)?;
    let body_end = memchr::memmem::find(rest, format!("-----END {label}").as_bytes())?;
    let body = std::str::from_utf8(rest.get(..body_end)?).ok()?;
    let plain = uncommented(unquote(body));
    let (encrypted, data) = headers(&plain);
    let content = if label.starts_with("OpenVPN Static") { hex(data) } else { decode(data) }?;
    (content.len() >= 16).then_some(Block { label, content, encrypted })
}

/// A body as it would stand in a file: without the quotes, escapes and entities around it.
fn unquote(body: &str) -> String {
    let mut text = body.replace("\\r", "").replace("\\n", "\n").replace("\\/", "/");
    for entity in ["&#10;", "&#xA;", "&#xa;", "&#13;", "&#xD;", "&#xd;"] {
        text = text.replace(entity, "\n");
    }
    if let Some(quote) = ['"', '\''].into_iter().find(|quote| text.contains(*quote)) {
        // The block began inside a string: every second piece is outside of strings.
        text = text.split(quote).step_by(2).collect();
    }
    text.replace('\\', "")
}

/// A body whose every line is a remark, without the signs of remarks: the key is there all the same.
fn uncommented(text: String) -> String {
    let lines = || text.lines().skip(1).map(str::trim_start).filter(|line| !line.is_empty());
    let mark = ["#", "//", ";", "*", "--"]
        .into_iter()
        .find(|mark| lines().next().is_some() && lines().all(|line| line.starts_with(mark)));
    let Some(mark) = mark else { return text };
    let plain = |line: &str| line.trim_start().trim_start_matches(mark).trim().to_owned();
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Whether RFC 1421 headers say "encrypted", and what follows them.
fn headers(text: &str) -> (bool, &str) {
    let trimmed = text.trim_start();
    let first = trimmed.lines().next().unwrap_or_default();
    if !first.contains(':') {
        return (false, trimmed);
    }
    let mut rest = trimmed;
    let mut encrypted = false;
    while let Some((line, tail)) = rest.split_once('\n') {
        let line = line.trim();
        if line.contains("ENCRYPTED") || line.starts_with("DEK-Info") {
            encrypted = true;
        }
        if line.is_empty() || !(line.contains(':') || line.contains(',')) {
            return (encrypted, if line.is_empty() { tail } else { rest });
        }
        rest = tail;
    }
    (encrypted, rest)
}

fn decode(data: &str) -> Option<Vec<u8>> {
    // A PGP block ends with a checksum line that begins with `=`; comments begin with `#`.
    let lines: String = data
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('=') && !line.starts_with('#'))
        .collect();
    base64::decode(&lines)
}

fn hex(data: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        data.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| u8::try_from(d).ok()).collect();
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |all, d| (all << 4) | d)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_it_stands() {
        let cases = [
            "-----BEGIN X-----\nYWJjZGVmZ2hp\namtsbW5vcA==\n-----END X-----\n",
            "x=\"-----BEGIN X-----\\nYWJjZGVmZ2hpamtsbW5vcA==\\n-----END X-----\"",
            "\"-----BEGIN X-----\\n\"\n  \"YWJjZGVmZ2hp\\n\" +\n \"amtsbW5vcA==\\n\"\n\"-----END X-----\"",
            "# -----BEGIN X-----\n# YWJjZGVmZ2hp\n#amtsbW5vcA==\n# -----END X-----\n",
            " * -----BEGIN X-----\n * YWJjZGVmZ2hp\n * amtsbW5vcA==\n * -----END X-----\n",
            "-----BEGIN X-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: A,B\r\n\r\nYWJjZGVmZ2hpamtsbW5vcA==\r\n-----END X-----",
        ];
        for case in cases {
            let at = case.find("-----BEGIN").unwrap();
            let block = block(case.as_bytes(), at).unwrap_or_else(|| panic!("{case}"));
            assert_eq!(block.content, b"abcdefghijklmnop", "{case}");
            assert_eq!(block.encrypted, case.contains("Proc-Type"));
        }
        assert!(block(b"-----BEGIN X-----\n...\n-----END X-----", 0).is_none());
        assert!(block(b"-----BEGIN RSA PRIVATE KEY-----\0-----END", 0).is_none());
    }
}
