//! Which language a text is in, and its comments taken out.

use crate::item::Item;

/// Lines longer than this are minified: `//` in them is more often part of a pattern or address.
const MINIFIED_LINE_BYTES: usize = 2_000;

/// The language of a text, as far as rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lang {
    Shell,
    Conf,
    Xml,
    Json,
    Yaml,
    Html,
    Js,
    Php,
    Lua,
    Python,
    Perl,
    Ruby,
    C,
    /// Prose: read for commands only, never sure.
    Doc,
    /// Style sheets, drawings, fonts: not read.
    Skip,
}

impl Lang {
    /// The language of an item's text.
    pub(crate) fn of(item: &Item<'_>) -> Self {
        let extension = item.extension();
        if let Some(lang) = by_extension(&extension) {
            return lang;
        }
        let head = item.bytes.get(..256).unwrap_or(item.bytes);
        let head = String::from_utf8_lossy(head);
        let start = head.trim_start_matches('\u{feff}').trim_start();
        if let Some(rest) = start.strip_prefix("#!") {
            let program = rest.lines().next().unwrap_or_default();
            let known = [
                ("python", Self::Python),
                ("perl", Self::Perl),
                ("lua", Self::Lua),
                ("php", Self::Php),
                ("ruby", Self::Ruby),
                ("node", Self::Js),
            ];
            return known
                .iter()
                .find(|(name, _)| program.contains(name))
                .map_or(Self::Shell, |(_, lang)| *lang);
        }
        if start.starts_with("<?php") {
            return Self::Php;
        }
        let lower = start.get(..64).unwrap_or(start).to_ascii_lowercase();
        if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
            return Self::Html;
        }
        if start.starts_with('<') {
            return Self::Xml;
        }
        if start.starts_with('{') {
            return Self::Json;
        }
        if item.path.contains("/init.d/")
            || item.path.contains("/rc.d/")
            || item.path.contains("rcS")
        {
            return Self::Shell;
        }
        Self::Conf
    }

    /// Whether a value without quotes can be a literal.
    pub(crate) fn has_bare_values(self) -> bool {
        matches!(self, Self::Shell | Self::Conf | Self::Yaml)
    }

    /// Whether settings for people and machines stand here, not program text.
    pub(crate) fn is_data(self) -> bool {
        matches!(self, Self::Conf | Self::Xml | Self::Json | Self::Yaml)
    }
}

fn by_extension(extension: &str) -> Option<Lang> {
    Some(match extension {
        "sh" | "bash" | "ash" | "ksh" | "zsh" | "bashrc" | "profile" => Lang::Shell,
        "xml" | "plist" | "xhtml" | "wsdl" | "config" | "tr069" => Lang::Xml,
        "json" | "json5" | "jsonc" => Lang::Json,
        "yml" | "yaml" => Lang::Yaml,
        "html" | "htm" | "shtml" | "asp" | "aspx" | "jsp" | "tpl" | "ejs" | "vue" | "stm" => {
            Lang::Html
        }
        "js" | "mjs" | "ts" | "jsx" | "tsx" | "es" => Lang::Js,
        "php" | "php3" | "php5" | "phtml" | "inc" => Lang::Php,
        "lua" => Lang::Lua,
        "py" => Lang::Python,
        "pl" | "pm" => Lang::Perl,
        "rb" => Lang::Ruby,
        "c" | "h" | "cc" | "cpp" | "hpp" | "cxx" | "java" | "kt" | "go" | "rs" | "cs" | "m"
        | "swift" | "gradle" => Lang::C,
        "conf" | "cfg" | "ini" | "properties" | "env" | "cnf" | "uci" | "defaults" | "default"
        | "nvram" | "sql" => Lang::Conf,
        "md" | "rst" | "adoc" | "tex" | "texi" => Lang::Doc,
        "css" | "less" | "scss" | "svg" | "map" | "csv" | "pem" | "crt" | "cer" | "list"
        | "control" | "md5sums" | "symbols" | "po" | "pot" | "srt" => Lang::Skip,
        _ => return None,
    })
}

/// How comments are written.
struct Style {
    line: &'static [&'static str],
    block: &'static [(&'static str, &'static str)],
    /// `#` begins a comment after a blank or at the start of a line.
    hash: bool,
    /// `;` begins a comment at the start of a line.
    semicolon: bool,
    /// Line comments count only inside `<script>`.
    in_script: bool,
}

fn style(lang: Lang) -> Style {
    let plain = Style { line: &[], block: &[], hash: false, semicolon: false, in_script: false };
    match lang {
        Lang::Shell | Lang::Yaml | Lang::Perl | Lang::Ruby => Style { hash: true, ..plain },
        Lang::Python => {
            Style { hash: true, block: &[("\"\"\"", "\"\"\""), ("'''", "'''")], ..plain }
        }
        Lang::Conf => Style { hash: true, semicolon: true, line: &["//"], ..plain },
        Lang::Xml => Style { block: &[("<!--", "-->")], ..plain },
        Lang::Html => Style { block: &[("<!--", "-->")], line: &["//"], in_script: true, ..plain },
        Lang::Js | Lang::C | Lang::Json => Style { block: &[("/*", "*/")], line: &["//"], ..plain },
        Lang::Php => {
            Style { block: &[("/*", "*/"), ("<!--", "-->")], line: &["//"], hash: true, ..plain }
        }
        Lang::Lua => Style { block: &[("--[[", "]]")], line: &["--"], ..plain },
        Lang::Doc | Lang::Skip => plain,
    }
}

/// The text with every comment replaced by blanks; same length, same line breaks.
pub(crate) fn without_comments(text: &str, lang: Lang) -> String {
    let style = style(lang);
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    let mut quote = None;
    let mut line_start = 0;
    let mut script = false;
    while let Some(byte) = bytes.get(at).copied() {
        let rest = bytes.get(at..).unwrap_or_default();
        if byte == b'\n' {
            quote = None;
            line_start = at + 1;
            at += 1;
            continue;
        }
        if let Some(open) = quote {
            match byte {
                b'\\' if lang != Lang::Conf => at += 1,
                _ if byte == open => quote = None,
                _ => {}
            }
            at += 1;
            continue;
        }
        if style.in_script && byte == b'<' {
            if starts_with_ignoring_case(rest, b"<script") {
                script = true;
            } else if starts_with_ignoring_case(rest, b"</script") {
                script = false;
            }
        }
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b'\n');
        let end = comment_end(&style, rest, before, at, line_start, script);
        if let Some(length) = end {
            blank(&mut out, at, at + length);
            at += length;
            continue;
        }
        let opens = matches!(byte, b'"' | b'\'') && !before.is_ascii_alphanumeric();
        if opens && !matches!(lang, Lang::Xml | Lang::Doc) && (lang != Lang::Html || script) {
            quote = Some(byte);
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The length of the comment that begins here, if one does.
fn comment_end(
    style: &Style,
    rest: &[u8],
    before: u8,
    at: usize,
    line_start: usize,
    script: bool,
) -> Option<usize> {
    let first = *rest.first()?;
    let line_length = || memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let blanks_before = before.is_ascii_whitespace();
    if style.hash && first == b'#' && (blanks_before || at == line_start || before == b';') {
        return Some(line_length());
    }
    if style.semicolon && first == b';' && (at == line_start) {
        return Some(line_length());
    }
    if style.in_script && script {
        if rest.starts_with(b"/*") {
            return Some(memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2));
        }
    } else {
        for (open, close) in style.block {
            if let Some(body) = rest.strip_prefix(open.as_bytes()) {
                let end = memchr::memmem::find(body, close.as_bytes());
                return Some(end.map_or(rest.len(), |end| open.len() + end + close.len()));
            }
        }
    }
    let line_comments = !style.in_script || script;
    if line_comments && style.line.iter().any(|open| rest.starts_with(open.as_bytes())) {
        let length = line_length();
        let minified = at - line_start + length > MINIFIED_LINE_BYTES;
        // `http://` outside of quotes is an address.
        if before != b':' && !minified {
            return Some(length);
        }
    }
    None
}

fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn blank(out: &mut [u8], from: usize, to: usize) {
    let end = to.min(out.len());
    for byte in out.get_mut(from..end).into_iter().flatten() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_code_stays() {
        let cases = [
            (Lang::Shell, "a # telnetd\n#b\nc 'x # y'", "a\n\nc 'x # y'"),
            (Lang::Conf, "p=a#b\n;q=1\n# r=2\ns=\"a # b\"", "p=a#b\n\n\ns=\"a # b\""),
            (Lang::Js, "var a='//x'; // b\n/* c\nd */ e", "var a='//x';\n\n e"),
            (
                Lang::Html,
                "<!-- a\n b --> http://c <script>d // e\n</script>",
                "\n http://c <script>d\n</script>",
            ),
            (Lang::Xml, "<a>don't</a><!-- <p>x</p> --><b/>", "<a>don't</a> <b/>"),
            (Lang::Lua, "a = 1 -- b\n--[[ c\n]] d", "a = 1\n\n d"),
        ];
        for (lang, text, expected) in cases {
            let seen = without_comments(text, lang);
            assert_eq!(seen.len(), text.len());
            let squeeze = |t: &str| -> Vec<String> {
                t.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
            };
            assert_eq!(squeeze(&seen), squeeze(expected), "{lang:?}");
        }
    }
}
