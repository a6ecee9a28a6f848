//! What library functions do with text, as far as the data flow needs it: who brings input in,
//! who copies, who formats, who compares, who runs a shell.

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A variable that the web server sets from the request (`getenv`).
    Environment,
    /// A field of a web request.
    Request,
    /// A socket.
    Network,
    /// Somebody at a terminal or standard input.
    Terminal,
    /// The device's stored settings.
    Stored,
    /// A function of the program itself that was asked for a named field.
    Field,
    /// The function's own parameter with this index.
    Param(u8),
}

/// What a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Gives back a value from outside; the argument with this index names it.
    Gives(Source, usize),
    /// Fills the buffer in `into` from outside.
    Fills { source: Source, into: usize, label: Option<usize> },
    /// `scanf` family: reads `from` (or standard input) into what follows the format.
    Scans { from: Option<usize>, format: usize },
    /// Copies text into the first argument; appends when `appends`.
    Copies { appends: bool },
    /// `sprintf` family: destination (none: the result) and format.
    Formats { into: Option<usize>, format: usize },
    /// `asprintf` family: a pointer to the result.
    Allocates { format: usize },
    /// Gives back its argument, a part or a copy of it.
    Passes(usize),
    /// Gives a number that the text says, or its length.
    Measures(usize),
    /// Turns encoded text into plain text.
    Decodes,
    /// Compares two texts; the length argument's index.
    Compares(Option<usize>),
    /// Runs its argument in a shell; formats it first where it has arguments.
    Shell { command: usize },
    /// `exec` family; the texts of an argument vector stand in the arguments, too.
    Executes,
    /// Checks or cleans text.
    Guards,
}

/// The role of a function by its plain name.
pub(crate) fn role(name: &str) -> Option<Role> {
    use Role::{
        Allocates, Compares, Copies, Executes, Fills, Formats, Gives, Measures, Passes, Scans,
        Shell,
    };
    let fills = |source, into, label| Fills { source, into, label };
    Some(match name {
        "getenv" | "secure_getenv" => Gives(Source::Environment, 0),
        "getpass" => Gives(Source::Terminal, 0),
        "recv" | "recvfrom" | "SSL_read" | "read" | "BIO_read" => fills(Source::Network, 1, None),
        "fgets" | "gets" | "fread" | "fgets_unlocked" => fills(Source::Terminal, 0, None),
        "scanf" => Scans { from: None, format: 0 },
        "sscanf" => Scans { from: Some(0), format: 1 },
        "strcpy" | "strncpy" | "strlcpy" | "stpcpy" | "stpncpy" | "memcpy" | "memmove"
        | "mempcpy" | "bcopy" | "aeabi_memcpy" | "xstrncpy" | "safe_strncpy" | "safestrncpy" => {
            Copies { appends: false }
        }
        "strcat" | "strncat" | "strlcat" => Copies { appends: true },
        "sprintf" | "vsprintf" => Formats { into: Some(0), format: 1 },
        "snprintf" | "vsnprintf" => Formats { into: Some(0), format: 2 },
        "asprintf" | "vasprintf" => Allocates { format: 1 },
        "g_strdup_printf" | "xasprintf" | "mprintf" => Formats { into: None, format: 0 },
        "strdup" | "xstrdup" | "strndup" | "xstrndup" | "strchr" | "strrchr" | "index"
        | "rindex" | "strstr" | "strcasestr" | "strtok" | "strtok_r" | "basename" | "strchrnul"
        | "g_strdup" | "trim" | "skip_whitespace" | "strpbrk" | "memchr" | "strlwr" => Passes(0),
        "strlen" | "atoi" | "atol" | "atoll" | "strtol" | "strtoul" | "strtoll" | "strtoull" => {
            Measures(0)
        }
        "strcmp" | "strcasecmp" | "stricmp" | "strcmpi" | "strcoll" | "wcscmp" | "repz cmpsb"
        | "strcmp_mips" | "g_strcmp0" | "xstrcmp" => Compares(None),
        "strncmp" | "strncasecmp" | "memcmp" | "bcmp" | "strnicmp" | "timingsafe_bcmp"
        | "CRYPTO_memcmp" => Compares(Some(2)),
        "system" | "popen" | "wordexp" => Shell { command: 0 },
        "execl" | "execlp" | "execle" | "execv" | "execve" | "execvp" | "execvpe" => Executes,
        _ => return crate::vendors::role(name),
    })
}

/// Whether a web server sets this environment variable from the request.
pub(crate) fn from_request(variable: &str) -> bool {
    variable.starts_with("HTTP_")
        || matches!(
            variable,
            "QUERY_STRING"
                | "REQUEST_URI"
                | "PATH_INFO"
                | "PATH_TRANSLATED"
                | "CONTENT_TYPE"
                | "REMOTE_USER"
                | "REMOTE_HOST"
                | "REMOTE_IDENT"
                | "AUTH_TYPE"
                | "SCRIPT_URI"
                | "POST_DATA"
                | "COOKIE_STRING"
        )
}

/// Per argument of a `printf` format, whether it is text that is written whole: `%s`, not `%.8s`.
pub(crate) fn unbounded(format: &str) -> Vec<bool> {
    let mut whole = Vec::new();
    for part in format.replace("%%", "").split('%').skip(1).take(32) {
        let end = part.find(|c: char| !c.is_ascii_digit() && !"-+ #.*hlzjtqL".contains(c));
        let (head, rest) = part.split_at(end.unwrap_or(part.len()));
        whole.extend(head.bytes().filter(|b| *b == b'*').map(|_| false));
        whole.push(rest.starts_with('s') && !head.contains('.'));
    }
    whole
}

/// A conversion of a `scanf` format that stores something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Whether it stores text.
    pub(crate) text: bool,
    /// Whether that text may be of any length.
    pub(crate) unbounded: bool,
}

/// Per target of a `scanf` format, what is stored there.
pub(crate) fn scanned(format: &str) -> Vec<Scanned> {
    let mut found = Vec::new();
    for part in format.replace("%%", "").split('%').skip(1).take(32) {
        // Read, but not stored.
        if part.starts_with('*') {
            continue;
        }
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let rest = part.get(digits..).unwrap_or("").trim_start_matches(['h', 'l']);
        let text = rest.starts_with(['s', '[']);
        // `%ms` allocates.
        found.push(Scanned { text: text || rest.starts_with('m'), unbounded: text && digits == 0 });
    }
    found
}

/// Formats whose arguments carry text: per conversion, whether it is `%s`-like.
pub(crate) fn conversions(format: &str) -> Vec<bool> {
    let mut found = Vec::new();
    let mut rest = format.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '%' {
            continue;
        }
        if rest.peek() == Some(&'%') {
            rest.next();
            continue;
        }
        for character in rest.by_ref() {
            match character {
                '*' => found.push(false),
                '[' => {
                    found.push(true);
                    // The set ends at the first bracket that is not its first member.
                    let mut first = true;
                    for inner in rest.by_ref() {
                        if inner == ']' && !first {
                            break;
                        }
                        first = first && inner == '^';
                    }
                    break;
                }
                's' | 'S' => {
                    found.push(true);
                    break;
                }
                c if c.is_ascii_alphabetic()
                    && !matches!(c, 'l' | 'h' | 'z' | 'j' | 't' | 'q' | 'L') =>
                {
                    found.push(false);
                    break;
                }
                c if c.is_ascii_digit() || "-+ #0.'lhzjtqL$".contains(c) => {}
                _ => break,
            }
        }
        if found.len() > 32 {
            break;
        }
    }
    found
}
