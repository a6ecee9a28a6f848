//! A stretch of bytes under examination: a file of an image or source drop, or loose bytes.

use duecare_base::{Confidence, Finding, Gap, Location, NotSeen};
use duecare_unpack::{Layer, Sniffed};

/// What a file is for, as far as its path says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Used by the device.
    Live,
    /// Documentation, an example, or a test: what stands there is rarely in use.
    Example,
    /// Texts of a user interface in some language.
    Translation,
}

/// A stretch of bytes under examination.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    /// Layer chain, or `source`.
    pub(crate) layer_name: &'a str,
    /// Path; empty for loose bytes.
    pub(crate) path: &'a str,
    /// The bytes.
    pub(crate) bytes: &'a [u8],
    /// Where loose bytes begin in their layer.
    pub(crate) base: u64,
    /// The layer, for following paths; `None` in a source drop.
    pub(crate) layer: Option<&'a Layer>,
    /// What the content is.
    pub(crate) kind: Sniffed,
    /// What the path says.
    pub(crate) role: Role,
}

impl<'a> Item<'a> {
    /// An item; content and role are worked out here.
    pub(crate) fn new(
        layer_name: &'a str,
        path: &'a str,
        bytes: &'a [u8],
        layer: Option<&'a Layer>,
    ) -> Self {
        let kind = duecare_unpack::sniff::sniff(bytes);
        let role = match role_of(path) {
            Role::Live => role_of_layer(layer_name),
            role => role,
        };
        Self { layer_name, path, bytes, base: 0, layer, kind, role }
    }

    /// The last component of the path.
    pub(crate) fn file_name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The part of the file name after its last dot, lower case.
    pub(crate) fn extension(&self) -> String {
        let name = self.file_name();
        name.rsplit_once('.').map_or(String::new(), |(_, ext)| ext.to_ascii_lowercase())
    }

    /// Whether the bytes are text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, Sniffed::Text | Sniffed::Script)
    }

    /// The place of the whole.
    pub(crate) fn at(&self) -> Location {
        if self.path.is_empty() {
            Location::offset(self.layer_name, self.path, self.base)
        } else {
            Location::file(self.layer_name, self.path)
        }
    }

    /// The place of a line, counted from 1; of loose bytes, the place of the whole.
    pub(crate) fn at_line(&self, line: u32) -> Location {
        if self.path.is_empty() {
            self.at()
        } else {
            Location::line(self.layer_name, self.path, line)
        }
    }

    /// The place of a byte: a line in text, an offset in anything else.
    pub(crate) fn at_byte(&self, offset: usize) -> Location {
        if self.is_text() && !self.path.is_empty() {
            let before = self.bytes.get(..offset).unwrap_or(self.bytes);
            let lines = memchr::memchr_iter(b'\n', before).count();
            return self.at_line(u32::try_from(lines + 1).unwrap_or(u32::MAX));
        }
        Location::offset(self.layer_name, self.path, self.base + offset as u64)
    }

    /// `confidence`, lowered where the path says that nothing here is in use.
    pub(crate) fn confidence(&self, confidence: Confidence) -> Confidence {
        if self.role == Role::Live { confidence } else { Confidence::Low }
    }
}

/// What was seen in an item; findings that need the whole image come later.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Findings that stand by themselves.
    pub(crate) findings: Vec<Finding>,
    /// Private keys.
    pub(crate) keys: Vec<crate::keys::SeenKey>,
    /// Certificates.
    pub(crate) certificates: Vec<crate::keys::SeenCertificate>,
    /// Password hashes of accounts: user, hash text, place.
    pub(crate) hashes: Vec<(String, String, Location)>,
    /// What no finding of the item may show.
    pub(crate) known: crate::redact::Known,
    /// What was not searched.
    pub(crate) not_seen: NotSeen,
}

impl Outcome {
    /// Notes that something of an item was not searched.
    pub(crate) fn miss(&mut self, gap: Gap, item: &Item<'_>) {
        self.not_seen.add(gap, item.at());
    }

    /// Adds all of another outcome.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.keys.extend(other.keys);
        self.certificates.extend(other.certificates);
        self.hashes.extend(other.hashes);
        self.not_seen.absorb(other.not_seen);
    }
}

const EXAMPLE_FOLDERS: [&str; 18] = [
    "doc",
    "docs",
    "man",
    "info",
    "example",
    "examples",
    "sample",
    "samples",
    "test",
    "tests",
    "testdata",
    "fixtures",
    "demo",
    "demos",
    "testing",
    "spec",
    "unittest",
    "__tests__",
];

const LANGUAGE_FOLDERS: [&str; 14] = [
    "lang",
    "langs",
    "language",
    "languages",
    "i18n",
    "locale",
    "locales",
    "l10n",
    "nls",
    "translations",
    "translation",
    "multilang",
    "lc_messages",
    "localization",
];

const LANGUAGE_EXTENSIONS: [&str; 9] =
    ["po", "pot", "mo", "lng", "lang", "lmo", "strings", "ts", "resx"];

/// What the way to a layer says about its files' use: `image/tar@0x0/usr/share/man/man1/a.1.gz/gzip@0x0`
/// is a manual. What the image itself is called says nothing.
fn role_of_layer(chain: &str) -> Role {
    let Some((_, inside)) = chain.split_once('/') else { return Role::Live };
    // Each layer's name ends what belongs to the file that it lies in.
    let mut file = String::new();
    for part in inside.split('/') {
        if part.contains('@') {
            let plain =
                [".gz", ".xz", ".bz2", ".zst"].iter().find_map(|end| file.strip_suffix(end));
            let role = role_of(plain.unwrap_or(&file));
            if role != Role::Live {
                return role;
            }
            file.clear();
        } else {
            file.push('/');
            file.push_str(part);
        }
    }
    Role::Live
}

/// What a path says about a file's use.
pub(crate) fn role_of(path: &str) -> Role {
    let lower = path.to_ascii_lowercase();
    let folders: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
    let name = folders.last().copied().unwrap_or_default();
    let parents = folders.split_last().map_or(&[][..], |(_, parents)| parents);
    let extension = name.rsplit_once('.').map_or("", |(_, ext)| ext);
    let stem = name.split('.').next().unwrap_or_default();
    if parents.iter().any(|f| LANGUAGE_FOLDERS.contains(f))
        || (LANGUAGE_EXTENSIONS.contains(&extension) && extension != "ts")
        || ["lang_", "lang-", "language", "messages_", "strings_", "i18n", "translat", "multi_lang"]
            .iter()
            .any(|p| stem.starts_with(p))
        || stem.ends_with("_lang")
        || stem.ends_with("_language")
    {
        return Role::Translation;
    }
    let example_name = [
        "readme",
        "changelog",
        "changes",
        "news",
        "install",
        "copying",
        "license",
        "release_notes",
        // Descriptions of Python packages, which hold their README.
        "pkg-info",
        "metadata",
    ]
    .contains(&stem)
        || (["md", "rst", "adoc", "texi"].contains(&extension)
            || (["1", "5", "8"].contains(&extension) && !name.contains(".so")))
            && parents.first() != Some(&"etc")
        || ["example", "sample", ".in", ".tmpl", "template"]
            .iter()
            .any(|w| if w.starts_with('.') { name.ends_with(w) } else { name.contains(w) });
    if example_name || parents.iter().any(|f| EXAMPLE_FOLDERS.contains(f)) {
        return Role::Example;
    }
    Role::Live
}

#[cfg(test)]
mod tests {
    use super::{Role, role_of, role_of_layer};

    #[test]
    fn roles() {
        let cases = [
            ("/etc/config/wireless", Role::Live),
            ("/usr/share/doc/x/config", Role::Example),
            ("/etc/wpa.conf.example", Role::Example),
            ("/www/lang/en.js", Role::Translation),
            ("/www/lang_de.js", Role::Translation),
            ("/www/login.js", Role::Live),
            ("/README.md", Role::Example),
            ("/usr/share/x/curl.1", Role::Example),
            ("/usr/lib/libssl.so.1", Role::Live),
        ];
        let layers = [
            ("docs.bin", Role::Live),
            ("docs/test/squashfs@0x0", Role::Live),
            ("a.bin/tar@0x0/usr/share/man/man3/a.3.gz/gzip@0x0", Role::Example),
            ("a.bin/tar@0x0/usr/share/doc/x/x.conf.gz/gzip@0x0", Role::Example),
            ("a.bin/part1/squashfs@0x0/etc/x.conf.gz/gzip@0x0", Role::Live),
        ];
        for (chain, role) in layers {
            assert_eq!(role_of_layer(chain), role, "{chain}");
        }
        for (path, role) in cases {
            assert_eq!(role_of(path), role, "{path}");
        }
    }
}
