//! Input that goes through functions without a known name: the program's own helpers, and those of
//! vendors' libraries.
//!
//! A helper that is handed input and a buffer is taken to put something of the one into the other
//! (`field(query, "host=", host, sizeof host)`): how it does that, a loop over bytes mostly, is not
//! read. Such input counts as indirect, which lowers the confidence of what it reaches.

use crate::flow::{Call, Value};
use crate::model::{self, Source};
use crate::program::Brought;
use crate::trace::{Taint, Traced, rank};

/// Most arguments that are looked at.
const ARGS_MAX: usize = crate::flow::ARGS;

/// Functions of the C library and others that give nothing of a text that they are handed.
/// Sorted.
const NEUTRAL: &[&str] = &[
    "access",
    "atof",
    "chdir",
    "chmod",
    "chown",
    "close",
    "closedir",
    "connect",
    "creat",
    "crypt",
    "dlopen",
    "dlsym",
    "dprintf",
    "execv",
    "execve",
    "execvp",
    "exit",
    "fclose",
    "fnmatch",
    "fopen",
    "fopen64",
    "fprintf",
    "fputs",
    "free",
    "freeaddrinfo",
    "fwrite",
    "getaddrinfo",
    "getgrnam",
    "gethostbyname",
    "getopt",
    "getopt_long",
    "getpwnam",
    "getservbyname",
    "getspnam",
    "gmtime",
    "if_nametoindex",
    "inet_addr",
    "inet_aton",
    "inet_pton",
    "ioctl",
    "kill",
    "link",
    "localtime",
    "lstat",
    "lstat64",
    "memset",
    "mkdir",
    "mkfifo",
    "mktime",
    "mount",
    "open",
    "open64",
    "openlog",
    "opendir",
    "perror",
    "printf",
    "putc",
    "puts",
    "regcomp",
    "regexec",
    "remove",
    "rename",
    "rewind",
    "rmdir",
    "send",
    "sendto",
    "setenv",
    "snprintf_number",
    "stat",
    "stat64",
    "statfs",
    "strcspn",
    "strerror",
    "strftime",
    "strptime",
    "strspn",
    "strtod",
    "strtof",
    "symlink",
    "syslog",
    "time",
    "tolower",
    "toupper",
    "umount",
    "unlink",
    "unsetenv",
    "utime",
    "vfprintf",
    "vprintf",
    "vsyslog",
    "write",
];

impl<'a> Traced<'_, 'a> {
    /// A function whose name says nothing.
    pub(crate) fn unnamed(&mut self, index: usize, call: &Call<'a>) {
        let local = match call.target {
            Value::Const(at) => Some(at),
            Value::Import(_) => None,
            _ => return self.field(index, call),
        };
        if call
            .name
            .is_some_and(|name| NEUTRAL.binary_search(&name).is_ok() || name.starts_with("_Z"))
        {
            return;
        }
        let told = local.is_some_and(|at| self.summarised(index, call, at));
        if !self.handed_on(index, call, local) && !told {
            self.field(index, call);
        }
    }

    /// What the function was seen to do with input of its own.
    fn summarised(&mut self, index: usize, call: &Call<'a>, at: u64) -> bool {
        let start = at & !self.code.image.thumb_bit();
        let Some(summary) = self.program.summary(start) else { return false };
        if let Some(taint) = summary.returns.as_ref().and_then(|b| self.brought(index, call, b)) {
            self.put(Value::Call(index as u32), Some(taint));
        }
        for (parameter, brought) in &summary.fills {
            let into = call.args.get(usize::from(*parameter)).copied();
            if let Some(taint) = self.brought(index, call, brought) {
                self.put(into.unwrap_or(Value::Unknown), Some(taint));
            }
        }
        true
    }

    fn brought(&self, index: usize, call: &Call<'a>, brought: &Brought<'a>) -> Option<Taint<'a>> {
        let mut taint = Taint::brought(brought, Some(index));
        if let Some(parameter) = brought.asks {
            let asked = call.args.get(usize::from(parameter)).copied().unwrap_or(Value::Unknown);
            taint.asks = if let Value::Arg(own) = asked { Some(own) } else { None };
            taint.label = self.text(asked);
            let known = taint.label.is_some_and(model::from_request) || taint.asks.is_some();
            if taint.source == Source::Environment && !known {
                return None;
            }
        } else if let Some(name) = self.field_name(call) {
            taint.label = Some(name);
            taint.source = of_field(taint.source);
        }
        Some(taint)
    }

    /// Input that the function is handed reaches its result and the buffers that it is handed.
    fn handed_on(&mut self, index: usize, call: &Call<'a>, local: Option<u64>) -> bool {
        let arguments = call.args.iter().enumerate().take(ARGS_MAX);
        let inputs = arguments.filter_map(|(position, value)| {
            let taint = self.taint(*value).filter(|taint| taint.source != Source::Field)?;
            Some((position, taint))
        });
        let Some((position, taint)) = inputs.min_by_key(|(_, taint)| rank(taint.source)) else {
            return false;
        };
        if matches!(taint.source, Source::Param(_)) && self.secret_name(call).is_some() {
            return false;
        }
        let mut taint = Self::carried(taint, index);
        taint.indirect = true;
        taint.format = None;
        taint.guarded |= local.is_some_and(|at| self.code.guards(at));
        if let Some(name) = self.field_name(call) {
            taint.label = Some(name);
            taint.source = of_field(taint.source);
        }
        let input = call.args.get(position).copied();
        let mut written = false;
        for value in call.args.iter().take(ARGS_MAX).filter(|value| Some(**value) != input) {
            if self.is_buffer(*value) {
                written = true;
                let old = self.exactly(*value).filter(|old| !old.indirect);
                self.put(*value, old.or_else(|| Some(taint.clone())));
            }
        }
        if taint.guarded && !written {
            // It looked at the text and gave no other: a check.
            self.guards(call);
        }
        // A helper's result that is compared with a number may well be the input's length.
        let direct = Taint { indirect: false, ..taint.clone() };
        self.numbers.insert(Value::Call(index as u32), direct);
        // What the function was seen to give back says more.
        let result = Value::Call(index as u32);
        let taint = self.exactly(result).unwrap_or(taint);
        self.put(result, Some(taint));
        true
    }

    /// Whether the value is the address of memory that a function may write text to.
    fn is_buffer(&self, value: Value) -> bool {
        match value {
            Value::Sp(_) => true,
            // The caller's buffer, unless it is what the input came in.
            Value::Arg(_) => true,
            Value::Const(at) => self.code.image.is_variable(at),
            Value::Call(index) => {
                let maker = self.function.calls.get(index as usize).and_then(|call| call.name);
                maker.is_some_and(|name| name.ends_with("alloc"))
            }
            _ => false,
        }
    }

    /// The text among the arguments that names a field: `host`, `host=`, `&host=`.
    fn field_name(&self, call: &Call<'a>) -> Option<&'a str> {
        call.args.iter().take(5).find_map(|value| {
            let text = self.text(*value)?.trim_matches(['=', '&', '?', ':', '"', ' ']);
            let named = (2..=40).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.[]".contains(&b))
                && text.bytes().any(|b| b.is_ascii_alphabetic());
            named.then_some(text)
        })
    }

    fn secret_name(&self, call: &Call<'a>) -> Option<&'a str> {
        call.args
            .iter()
            .take(4)
            .find_map(|value| self.text(*value).filter(|text| crate::words::names_a_secret(text)))
    }

    /// A function of the program itself that is asked for a secret field by name, such as
    /// `get_value("password", buffer)`.
    fn field(&mut self, index: usize, call: &Call<'a>) {
        let Some(label) = self.secret_name(call) else { return };
        let taint = Taint::new(Source::Field, Some(index), Some(label));
        for value in call.args.iter().take(5) {
            if matches!(value, Value::Sp(_)) {
                self.put(*value, Some(taint.clone()));
            }
        }
        self.put(Value::Call(index as u32), Some(taint));
    }
}

/// A part of the request that has a name of its own.
fn of_field(source: Source) -> Source {
    match source {
        Source::Environment => Source::Request,
        other => other,
    }
}
