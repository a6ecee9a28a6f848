//! What a file is by its first bytes, for content that is no layer.

/// How many bytes decide whether something is text.
const TEXT_PROBE_BYTES: usize = 8192;

/// What a file's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sniffed {
    /// No bytes.
    Empty,
    /// An ELF file.
    Elf,
    /// Text that names an interpreter (`#!`).
    Script,
    /// Other text, UTF-8 or Latin-1.
    Text,
    /// A known binary format that holds no layers, by its usual short name.
    Binary(&'static str),
    /// Nothing that is known here.
    Unknown,
}

/// Magic, offset and name of binary formats that are leaves.
const LEAVES: &[(&[u8], usize, &str)] = &[
    (b"\x89PNG\r\n\x1a\n", 0, "png"),
    (b"\xff\xd8\xff", 0, "jpeg"),
    (b"GIF8", 0, "gif"),
    (b"BM", 0, "bmp"),
    (b"\x00\x00\x01\x00", 0, "ico"),
    (b"RIFF", 0, "riff"),
    (b"OggS", 0, "ogg"),
    (b"ID3", 0, "mp3"),
    (b"fLaC", 0, "flac"),
    (b"ftyp", 4, "mp4"),
    (b"wOFF", 0, "woff"),
    (b"wOF2", 0, "woff2"),
    (b"\x00\x01\x00\x00\x00", 0, "truetype"),
    (b"OTTO", 0, "opentype"),
    (b"%PDF-", 0, "pdf"),
    (b"SQLite format 3\0", 0, "sqlite"),
    (b"\xca\xfe\xba\xbe", 0, "java-class"),
    (b"\x1bLua", 0, "lua-bytecode"),
    (b"dex\n", 0, "dex"),
    (b"\0asm", 0, "wasm"),
    (b"\xde\x12\x04\x95", 0, "gettext"),
    (b"\x95\x04\x12\xde", 0, "gettext"),
    (b"\x1a\x01", 0, "terminfo"),
    (b"TZif", 0, "tzif"),
    (b"FWS", 0, "flash"),
    (b"CWS", 0, "flash"),
    (b"MZ", 0, "pe"),
    (b"\xd4\xc3\xb2\xa1", 0, "pcap"),
    (b"\x0d\x0d\x0a", 1, "python-bytecode"),
    (b"\x0d\x0a", 2, "python-bytecode"),
];

/// What `bytes` is.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.is_empty() {
        return Sniffed::Empty;
    }
    if bytes.starts_with(b"\x7fELF") {
        return Sniffed::Elf;
    }
    let text = is_text(bytes);
    if text {
        return if bytes.starts_with(b"#!") { Sniffed::Script } else { Sniffed::Text };
    }
    LEAVES
        .iter()
        .find(|(magic, at, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
        .map_or(Sniffed::Unknown, |(_, _, name)| Sniffed::Binary(name))
}

/// How many bytes from the start read as text.
#[must_use]
pub fn text_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    for block in bytes.chunks(TEXT_PROBE_BYTES) {
        if !is_text(block) {
            let odd = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127..);
            return length + block.iter().position(odd).unwrap_or(block.len());
        }
        length += block.len();
    }
    length
}

/// Whether the first bytes read as text: no NUL, few control characters.
#[must_use]
pub fn is_text(bytes: &[u8]) -> bool {
    let probe = bytes.get(..TEXT_PROBE_BYTES).unwrap_or(bytes);
    let odd = probe.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    let high = probe.iter().filter(|byte| **byte >= 0x80).count();
    let valid_utf8 = match std::str::from_utf8(probe) {
        Ok(_) => true,
        // A character may be cut at the end of the probe.
        Err(error) => error.error_len().is_none(),
    };
    !probe.contains(&0) && odd * 50 <= probe.len() && (valid_utf8 || high * 4 <= probe.len())
}

impl Sniffed {
    /// The short name that reports show; `None` when nothing is known.
    #[must_use]
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Empty => Some("empty"),
            Self::Elf => Some("elf"),
            Self::Script => Some("script"),
            Self::Text => Some("text"),
            Self::Binary(name) => Some(name),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_first_bytes() {
        assert_eq!(sniff(b""), Sniffed::Empty);
        assert_eq!(sniff(b"\x7fELF\x01"), Sniffed::Elf);
        assert_eq!(sniff(b"#!/bin/sh\n"), Sniffed::Script);
        assert_eq!(sniff("déjà vu\n".as_bytes()), Sniffed::Text);
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0"), Sniffed::Binary("png"));
        assert_eq!(sniff(&[0, 1, 2, 3, 200]), Sniffed::Unknown);
    }
}
