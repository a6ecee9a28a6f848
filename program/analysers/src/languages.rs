//! What source is written in: by a file's name, or by the first line of a script.

/// How far the first line of a script is looked at, in bytes.
pub(crate) const FIRST_LINE_BYTES: usize = 128;

/// A language that devices' software is written in and analysers are made for.
///
/// Left out: assembler, build files, markup and data, for which no analyser finds flaws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceLanguage {
    /// C; headers count as C where the drop holds no C++ alone.
    C,
    /// C++.
    Cpp,
    /// Objective-C.
    ObjectiveC,
    /// Shells of the Bourne family.
    Shell,
    /// PHP.
    Php,
    /// Lua.
    Lua,
    /// Python.
    Python,
    /// Perl.
    Perl,
    /// JavaScript.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// Java.
    Java,
    /// Kotlin.
    Kotlin,
    /// Swift.
    Swift,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// C#.
    CSharp,
    /// Ruby.
    Ruby,
}

/// What a file's name says of its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// This language.
    Language(SourceLanguage),
    /// A header of C or C++.
    Header,
    /// A name without an extension: the first line may tell.
    Bare,
    /// Something else.
    Other,
}

impl SourceLanguage {
    /// Every value.
    pub const ALL: &'static [Self] = &[
        Self::C,
        Self::Cpp,
        Self::ObjectiveC,
        Self::Shell,
        Self::Php,
        Self::Lua,
        Self::Python,
        Self::Perl,
        Self::JavaScript,
        Self::TypeScript,
        Self::Java,
        Self::Kotlin,
        Self::Swift,
        Self::Go,
        Self::Rust,
        Self::CSharp,
        Self::Ruby,
    ];

    /// Its name, for people and reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cpp => "C++",
            Self::ObjectiveC => "Objective-C",
            Self::Shell => "shell",
            Self::Php => "PHP",
            Self::Lua => "Lua",
            Self::Python => "Python",
            Self::Perl => "Perl",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Java => "Java",
            Self::Kotlin => "Kotlin",
            Self::Swift => "Swift",
            Self::Go => "Go",
            Self::Rust => "Rust",
            Self::CSharp => "C#",
            Self::Ruby => "Ruby",
        }
    }

    /// The language of a file by its name, else by its first bytes; headers count as C.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        match named(path) {
            Named::Language(language) => Some(language),
            Named::Header => Some(Self::C),
            Named::Bare => by_first_line(bytes.get(..FIRST_LINE_BYTES).unwrap_or(bytes)),
            Named::Other => None,
        }
    }

    /// Whether a file is a header of C or C++, which belongs to the language that includes it.
    #[must_use]
    pub fn is_header(path: &str) -> bool {
        named(path) == Named::Header
    }

    /// The language that rules of semgrep and others name so.
    pub(crate) fn called(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "c" => Self::C,
            "cpp" | "c++" => Self::Cpp,
            "bash" | "sh" | "shell" => Self::Shell,
            "php" => Self::Php,
            "lua" => Self::Lua,
            "python" | "py" | "python2" | "python3" => Self::Python,
            "perl" => Self::Perl,
            "javascript" | "js" => Self::JavaScript,
            "typescript" | "ts" => Self::TypeScript,
            "java" => Self::Java,
            "kotlin" | "kt" => Self::Kotlin,
            "swift" => Self::Swift,
            "go" | "golang" => Self::Go,
            "rust" => Self::Rust,
            "csharp" | "c#" => Self::CSharp,
            "ruby" | "rb" => Self::Ruby,
            _ => return None,
        })
    }
}

/// What the name alone says.
pub(crate) fn named(path: &str) -> Named {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((_, extension)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return Named::Bare;
    };
    Named::Language(match extension {
        "c" => SourceLanguage::C,
        "C" | "cc" | "cpp" | "cxx" | "c++" => SourceLanguage::Cpp,
        "h" | "H" | "hh" | "hpp" | "hxx" => return Named::Header,
        "m" | "mm" => SourceLanguage::ObjectiveC,
        "sh" | "bash" | "ksh" | "dash" | "ash" => SourceLanguage::Shell,
        "php" | "phtml" | "php3" | "php4" | "php5" | "php7" => SourceLanguage::Php,
        "lua" => SourceLanguage::Lua,
        "py" => SourceLanguage::Python,
        "pl" | "pm" => SourceLanguage::Perl,
        "js" | "cjs" | "mjs" | "jsx" => SourceLanguage::JavaScript,
        "ts" | "tsx" => SourceLanguage::TypeScript,
        "java" => SourceLanguage::Java,
        "kt" | "kts" => SourceLanguage::Kotlin,
        "swift" => SourceLanguage::Swift,
        "go" => SourceLanguage::Go,
        "rs" => SourceLanguage::Rust,
        "cs" => SourceLanguage::CSharp,
        "rb" => SourceLanguage::Ruby,
        // A web server's scripts often keep the extension of their folder.
        "cgi" | "fcgi" => return Named::Bare,
        _ => return Named::Other,
    })
}

/// Scripts without an extension say on their first line what reads them.
pub(crate) fn by_first_line(head: &[u8]) -> Option<SourceLanguage> {
    let text = String::from_utf8_lossy(head.strip_prefix(b"#!")?);
    let line = text.lines().next().unwrap_or_default();
    let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let program = match words.next() {
        Some("env") => words.find(|word| !word.starts_with('-')),
        other => other,
    };
    let program = program.unwrap_or_default();
    Some(match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-') {
        "sh" | "bash" | "ash" | "dash" | "ksh" => SourceLanguage::Shell,
        "python" | "micropython" => SourceLanguage::Python,
        "php" => SourceLanguage::Php,
        "lua" | "luajit" => SourceLanguage::Lua,
        "perl" => SourceLanguage::Perl,
        "node" | "nodejs" => SourceLanguage::JavaScript,
        "ruby" => SourceLanguage::Ruby,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::SourceLanguage as L;

    #[test]
    fn languages_by_name_and_first_line() {
        let check = |path: &str, head: &str, expected: Option<L>| {
            assert_eq!(L::of(path, head.as_bytes()), expected, "{path}");
        };
        check("/src/main.c", "", Some(L::C));
        check("/src/main.h", "", Some(L::C));
        check("/src/ui.cpp", "", Some(L::Cpp));
        check("/www/cgi-bin/set.cgi", "#!/usr/bin/env -S perl -T\n", Some(L::Perl));
        check("/www/cgi-bin/set.cgi", "\u{7f}ELF", None);
        check("/etc/init.d/rcS", "#!/bin/sh\n", Some(L::Shell));
        check("/etc/init.d/rcS", "sh\n", None);
        check("/tools/x", "#!/usr/bin/python3.11 -u\n", Some(L::Python));
        check("/a.b/Makefile", "all:\n", None);
        check("/.c", "", None);
        check("/www/app.ts", "", Some(L::TypeScript));
        check("/README.md", "", None);
    }
}
