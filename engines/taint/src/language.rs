//! Which language a file is in, and the cheap test for whether reading it can pay.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use std::sync::LazyLock;

/// The languages that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    Shell,
    Php,
    Lua,
    Python,
    Perl,
    JavaScript,
    C,
}

/// How far the first line and the marks of a template are looked for, in bytes.
const HEAD_BYTES: usize = 4096;

impl Language {
    /// The language by the file's name, else by its first line.
    pub(crate) fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        Self::by_extension(end).or_else(|| Self::by_first_line(bytes)).or_else(|| {
            let page = matches!(end, "htm" | "html" | "lp" | "lsp") && path.contains("lua");
            let lua = page && contains(head(bytes), b"<%");
            lua.then_some(Self::Lua)
        })
    }

    fn by_extension(end: &str) -> Option<Self> {
        Some(match end {
            "sh" | "bash" | "ash" | "ksh" | "haserl" => Self::Shell,
            "php" | "phtml" | "php3" | "php4" | "php5" | "php7" | "inc" | "xgi" => Self::Php,
            "lua" | "lp" | "lsp" => Self::Lua,
            "py" => Self::Python,
            "pl" | "pm" => Self::Perl,
            "js" | "cjs" | "mjs" => Self::JavaScript,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" => Self::C,
            _ => return None,
        })
    }

    fn by_first_line(bytes: &[u8]) -> Option<Self> {
        let first = head(bytes).strip_prefix(b"#!")?;
        let end = first.iter().position(|b| *b == b'\n').unwrap_or(first.len().min(200));
        let line = String::from_utf8_lossy(first.get(..end)?).into_owned();
        let mut words = line.split_whitespace();
        let mut program = words.next()?.rsplit('/').next()?;
        if program == "env" {
            program = words.find(|word| !word.starts_with('-'))?;
        }
        let lua = line.contains("lua");
        Some(match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-') {
            "haserl" if lua => Self::Lua,
            "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" | "haserl" | "busybox" => Self::Shell,
            "php" => Self::Php,
            "lua" | "luajit" => Self::Lua,
            "python" | "micropython" => Self::Python,
            "perl" => Self::Perl,
            "node" | "nodejs" => Self::JavaScript,
            _ => return None,
        })
    }

    /// Whether the bytes name a sink and a source at all; without both nothing can be found.
    pub(crate) fn may_matter(self, bytes: &[u8]) -> bool {
        let finder = match self {
            Self::Shell => &*SHELL,
            Self::Php => &*PHP,
            Self::Lua => &*LUA,
            Self::Python => &*PYTHON,
            Self::Perl => &*PERL,
            Self::JavaScript => &*JAVASCRIPT,
            Self::C => &*C,
        };
        finder.both(bytes)
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEAD_BYTES).unwrap_or(bytes)
}

/// Whether `needle` stands in `bytes`; for short heads only.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len().max(1)).any(|window| window == needle)
}

/// Words of sinks and words of sources, looked for in one pass.
struct Finder {
    words: Option<AhoCorasick>,
    sinks: usize,
}

impl Finder {
    fn new(sinks: &[&str], sources: &[&str]) -> Self {
        let words = AhoCorasickBuilder::new().build(sinks.iter().chain(sources)).ok();
        Self { words, sinks: sinks.len() }
    }

    fn both(&self, bytes: &[u8]) -> bool {
        let Some(words) = &self.words else { return true };
        let (mut sink, mut source) = (false, false);
        // Overlapping, because a word of one kind may stand inside one of the other.
        for hit in words.find_overlapping_iter(bytes) {
            if hit.pattern().as_usize() < self.sinks {
                sink = true;
            } else {
                source = true;
            }
            if sink && source {
                return true;
            }
        }
        false
    }
}

static SHELL: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &[
            "eval", "sh -c", "| sh", "|sh", "ping", "awk", "`", "$(", ". $", ". \"$", "source ",
            "su -c",
        ],
        &[
            "QUERY_STRING",
            "REQUEST_URI",
            "HTTP_",
            "FORM_",
            "GET_",
            "POST_",
            "CONTENT_LENGTH",
            "PATH_INFO",
            "nvram",
            "uci ",
            "REMOTE_",
            "COOKIE_",
        ],
    )
});
static PHP: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &[
            "system",
            "exec",
            "passthru",
            "popen",
            "proc_open",
            "`",
            "eval",
            "include",
            "require",
            "mail",
            "preg_replace",
            "exe(",
            "ShellPath",
            "create_function",
            "assert",
            "call_user_func",
            "unserialize",
        ],
        &["$_", "php://input", "getallheaders", "HTTP_", "query(", "$argv", "file_get_contents"],
    )
});
static LUA: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &["execute", "popen", "exec", "sys.call", "loadstring", "load(", "dofile", "fork"],
        &[
            "formvalue",
            "getenv",
            "get_uri_args",
            "get_post_args",
            "io.read",
            "content(",
            "ngx.",
            "args",
            "cursor",
            "env.",
        ],
    )
});
static PYTHON: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &[
            "os.system",
            "system(",
            "popen",
            "Popen",
            "subprocess",
            "commands",
            "exec(",
            "eval(",
            "pickle",
            "spawn",
            "yaml.load",
            "marshal",
        ],
        &[
            "FieldStorage",
            "environ",
            "getenv",
            "request",
            "self.path",
            "self.rfile",
            "self.headers",
            "stdin",
            "input(",
            "recv",
            "argv",
        ],
    )
});
static PERL: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &["system", "exec", "qx", "`", "open", "eval", "require"],
        &["param", "ENV", "STDIN", "ARGV", "Vars", "read"],
    )
});
static JAVASCRIPT: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &[
            "child_process",
            "require(\"vm\")",
            "require('vm')",
            "eval(req",
            "Function(req",
            "shelljs",
        ],
        &[
            "req.",
            "request.",
            "process.env",
            "process.argv",
            "url.parse",
            "ctx.",
            "stdin",
            ".on(",
            "createServer",
            ".url",
            ".query",
            ".params",
            ".body",
        ],
    )
});
static C: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        &[
            "system",
            "popen",
            "exec",
            "System",
            "strcpy",
            "strcat",
            "sprintf",
            "gets",
            "scanf",
            "wordexp",
            "strcmp",
            "VERIFY",
            "printf",
            "strcasecmp",
            "shell",
            "_cmd",
            "Cmd",
        ],
        &[
            "getenv",
            "GetVar",
            "get_parm",
            "cgi",
            "recv",
            "read",
            "gets",
            "scanf",
            "nvram",
            "json",
            "argv",
            "strcmp",
            "SSL_",
            "CURLOPT",
            "assw",
            "dup2",
            "telnetd",
            "Param",
            "param",
            "accept",
            "get_var",
            "strcasecmp",
            "MBEDTLS",
        ],
    )
});

impl Language {
    /// The grammar; none for Perl, which is read by [`crate::lower::perl`].
    pub(crate) fn grammar(self) -> Option<tree_sitter::Language> {
        Some(tree_sitter::Language::new(match self {
            Self::Shell => tree_sitter_bash::LANGUAGE,
            Self::Php => tree_sitter_php::LANGUAGE_PHP,
            Self::Lua => tree_sitter_lua::LANGUAGE,
            Self::Python => tree_sitter_python::LANGUAGE,
            Self::JavaScript => tree_sitter_javascript::LANGUAGE,
            Self::C => tree_sitter_c::LANGUAGE,
            Self::Perl => return None,
        }))
    }
}
