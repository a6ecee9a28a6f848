//! What names mean: where input enters, where it does harm, what cleans it, what passes it on.
//!
//! One table for each language. A name without a dot means exactly that function; one with dots
//! also matches behind a longer path; one that begins with a dot means a method of anything.

mod c;
mod lua;
mod perl;
mod php;
mod python;
mod script;
mod shell;

use crate::engine::value::{SourceKind, Value};
use crate::language::Language;

/// What a sink does with its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Gives it to a shell.
    Shell,
    /// Runs it as code of its own language.
    Code,
    /// Runs the file of that name.
    Include,
    /// Makes objects of it.
    Load,
    /// Gives it to a program as an argument that may be an option.
    Argument,
    /// Copies it into an array without a bound.
    Copy,
}

/// Which argument of a sink counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pick {
    /// One by place.
    Arg(usize),
    /// All, joined.
    Joined,
    /// The only one; with several the command is a list and no shell runs, unless it is named.
    Only,
    /// The first, when the option `shell` is set.
    ShellFlag,
    /// What stands behind `-c` when the list names a shell.
    List,
    /// Perl's `open`.
    PipeOpen,
    /// The second, when the pattern in the first ends with this flag.
    Flag(char),
    /// A format and what goes into it.
    Format,
    /// All, when an argument is the variable of this name.
    File(&'static str),
}

/// A function that does harm with input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sink {
    pub(crate) name: &'static str,
    pub(crate) what: What,
    pub(crate) pick: Pick,
}

/// How a C function writes into its arguments.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Write {
    Format { to: usize, format: usize },
    Copy { to: usize, from: usize },
    Append { to: usize, from: usize },
    Scan { from: usize, format: usize },
}

/// Which arguments make a call a source.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keys {
    /// Any.
    Any,
    /// The name of a variable that a web server sets.
    Web,
    /// Exactly this text.
    Text(&'static str),
    /// Any, in a program that a web server runs for each request.
    Cgi,
}

/// The table of one language.
pub(crate) struct Words {
    /// Variables and paths that hold input.
    names: &'static [(&'static str, SourceKind)],
    /// Tables whose entries are input when the key is one of a web server's.
    keyed: &'static [&'static str],
    /// Calls that give input.
    calls: &'static [(&'static str, SourceKind, Keys)],
    /// Calls that fill an argument with input, and its place.
    fills: &'static [(&'static str, usize)],
    /// Sinks.
    sinks: &'static [Sink],
    /// Calls whose result is harmless.
    clean: &'static [&'static str],
    /// Calls that pass text on.
    passes: &'static [&'static str],
    /// Calls that format, and the place of the format.
    formats: &'static [(&'static str, usize)],
    /// Calls that write.
    writes: &'static [(&'static str, Write)],
}

/// Parts of the names of functions that check or escape.
pub(crate) const CHECK_WORDS: &[&str] = &[
    "valid",
    "check",
    "verify",
    "sanit",
    "escape",
    "quote",
    "filter",
    "is_",
    "isip",
    "allow",
    "safe",
    "legal",
    "whitelist",
    "clean",
    "encode",
];

/// The table without entries, to build the others on.
const EMPTY: Words = Words {
    names: &[],
    keyed: &[],
    calls: &[],
    fills: &[],
    sinks: &[],
    clean: &[],
    passes: &[],
    formats: &[],
    writes: &[],
};

/// A sink that takes its text at one place.
const fn at(name: &'static str, what: What, place: usize) -> Sink {
    Sink { name, what, pick: Pick::Arg(place) }
}

/// A sink with another way to its text.
const fn by(name: &'static str, what: What, pick: Pick) -> Sink {
    Sink { name, what, pick }
}

impl Words {
    /// The table of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::Shell => &shell::WORDS,
            Language::Php => &php::WORDS,
            Language::Lua => &lua::WORDS,
            Language::Python => &python::WORDS,
            Language::Perl => &perl::WORDS,
            Language::JavaScript => &script::WORDS,
            Language::C => &c::WORDS,
        }
    }

    /// Whether a name or path is input by itself.
    pub(crate) fn source_name(&self, path: &str, cgi: bool) -> Option<SourceKind> {
        let found = self.names.iter().find(|(name, _)| match name.strip_suffix('*') {
            // A path belongs to the server's own interface; a bare variable may be anybody's.
            Some(start) => {
                path.starts_with(start) && path.len() > start.len() && (cgi || start.contains('.'))
            }
            None => {
                let rest = path.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                    || (name.contains('.') && behind(path, name))
            }
        });
        found.map(|(_, kind)| *kind)
    }

    /// Whether an entry of a table is input.
    pub(crate) fn source_key(&self, base: &str, key: &str) -> Option<SourceKind> {
        let known = self.keyed.iter().any(|name| base == *name || behind(base, name));
        (known && is_web_variable(key)).then_some(SourceKind::Request)
    }

    /// Whether a call gives input.
    pub(crate) fn source_call(
        &self,
        name: &str,
        first: Option<&Value>,
        cgi: bool,
    ) -> Option<SourceKind> {
        let fits = |keys: &Keys| match keys {
            Keys::Any => true,
            Keys::Web => first.and_then(Value::fixed).is_some_and(|key| is_web_variable(&key)),
            Keys::Text(text) => first.and_then(Value::fixed).as_deref() == Some(*text),
            Keys::Cgi => cgi,
        };
        let found = self.calls.iter().find(|(known, _, keys)| matches(name, known) && fits(keys));
        found.map(|(_, kind, _)| *kind)
    }

    /// Whether a name alone may bring input in, its arguments not looked at.
    pub(crate) fn may_source(&self, name: &str) -> bool {
        self.source_name(name, true).is_some()
            || self.keyed.iter().any(|known| name == *known || behind(name, known))
            || self.calls.iter().any(|(known, ..)| {
                let last = known.rsplit('.').next().unwrap_or(known);
                name.rsplit('.').next() == Some(last)
            })
    }

    /// The sinks of that name.
    pub(crate) fn sinks_of(&self, name: &str) -> impl Iterator<Item = &'static Sink> + use<> {
        let name = name.to_owned();
        self.sinks.iter().filter(move |sink| matches(&name, sink.name))
    }

    /// Whether the result of a call is harmless.
    pub(crate) fn is_clean(&self, name: &str) -> bool {
        self.clean.iter().any(|known| matches(name, known))
    }

    /// Whether a call passes text on.
    pub(crate) fn passes(&self, name: &str) -> bool {
        self.passes.iter().any(|known| matches(name, known))
    }

    /// Where the format of a formatting call stands.
    pub(crate) fn format(&self, name: &str) -> Option<usize> {
        self.formats.iter().find(|(known, _)| matches(name, known)).map(|(_, at)| *at)
    }

    /// How a call writes into its arguments.
    pub(crate) fn write(&self, name: &str) -> Option<Write> {
        self.writes.iter().find(|(known, _)| *known == name).map(|(_, write)| *write)
    }

    /// Which argument a source call fills.
    pub(crate) fn fills(&self, name: &str) -> Option<usize> {
        self.fills.iter().find(|(known, _)| *known == name).map(|(_, at)| *at)
    }
}

/// Whether a call's path means the known name.
fn matches(name: &str, known: &str) -> bool {
    if let Some(method) = known.strip_prefix('.') {
        return name.rsplit('.').next() == Some(method) && name.contains('.');
    }
    name == known || (known.contains('.') && behind(name, known))
}

/// Whether `known` stands at the end of a longer path.
fn behind(path: &str, known: &str) -> bool {
    path.strip_suffix(known).is_some_and(|start| start.ends_with('.'))
}

/// Whether a web server sets this variable from what the client sent (RFC 3875 and haserl).
pub(crate) fn is_web_variable(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "QUERY_STRING",
        "REQUEST_URI",
        "PATH_INFO",
        "PATH_TRANSLATED",
        "CONTENT_TYPE",
        "REMOTE_USER",
        "REQUEST_METHOD",
        "COOKIE",
        "ORIG_PATH_INFO",
    ];
    NAMES.contains(&name)
        || ["HTTP_", "FORM_", "GET_", "POST_", "COOKIE_", "REDIRECT_QUERY"]
            .iter()
            .any(|s| name.starts_with(s))
}
