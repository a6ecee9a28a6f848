//! Commands of the shell: what they write, what they read, what they run.

use super::Engine;
use super::calls::Args;
use super::env::Env;
use super::regex;
use super::value::{SourceKind, Value};
use crate::ir::{Call, Expr, Kind};
use crate::words::What;

/// Commands that give an option the power to do harm, so that input as a bare word matters.
const RISKY: &[&str] = &[
    "ping",
    "ping6",
    "traceroute",
    "traceroute6",
    "nslookup",
    "wget",
    "curl",
    "tar",
    "find",
    "ssh",
    "scp",
    "rsync",
    "tcpdump",
    "zip",
    "telnet",
    "ftpget",
    "ftpput",
    "tftp",
    "arping",
    "dig",
    "git",
    "openssl",
    "sed",
    "awk",
    "mount",
    "iperf",
    "iperf3",
    "xargs",
    "env",
];
/// Commands that pass on what they read.
const FILTERS: &[&str] = &[
    "cat",
    "sed",
    "awk",
    "cut",
    "tr",
    "head",
    "tail",
    "grep",
    "egrep",
    "sort",
    "uniq",
    "tee",
    "rev",
    "xargs",
    "dd",
    "base64",
    "urldecode",
    "fold",
    "tac",
    "jq",
    "jsonfilter",
    "gawk",
];
/// Shells.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "ksh"];

impl Engine<'_> {
    /// A command that stands by itself or first in a pipe; what it writes.
    pub(super) fn shell_command(
        &mut self,
        expr: &Expr,
        call: &Call,
        stdin: Option<Value>,
        env: &mut Env,
    ) -> Value {
        let values: Vec<Value> = call.args.iter().map(|arg| self.eval(arg, env)).collect();
        let name = call.name.clone();
        let args = Args { name: name.clone(), call, line: expr.line, on: Value::default(), values };
        if let Some(index) = self.local(&name) {
            return self.follow(index, &args, env);
        }
        let line = expr.line;
        match name.as_str() {
            "eval" => {
                self.shell_sink(What::Shell, line, "eval", &joined(&args.values, self.level()))
            }
            "." | "source" => self.shell_sink(What::Include, line, &name, &args.at(0)),
            "exec" | "nohup" | "sudo" | "busybox" | "env" | "nice" | "time" | "timeout" => {
                self.wrapped(expr, call, stdin.clone(), env);
            }
            "su" | "ssh" | "start-stop-daemon" => self.after_option(&args, "-c"),
            "awk" | "gawk" => self.awk(&args),
            _ if SHELLS.contains(&name.as_str()) => {
                self.after_option(&args, "-c");
                if let (Some(stdin), true) = (&stdin, args.values.is_empty()) {
                    self.shell_sink(What::Shell, line, &name, stdin);
                }
            }
            "read" => return self.read(&args, stdin, env),
            _ => {}
        }
        if RISKY.contains(&name.as_str()) {
            for (arg, value) in call.args.iter().zip(&args.values) {
                let bare = matches!(&arg.kind, Kind::Call(c) if c.name == "#unquoted");
                if bare {
                    self.shell_sink(What::Argument, line, &name, value);
                }
            }
        }
        self.output(&args, stdin)
    }

    /// What a command writes.
    fn output(&mut self, args: &Args<'_>, stdin: Option<Value>) -> Value {
        let name = args.name.as_str();
        let first = args.at(0).fixed().unwrap_or_default();
        match name {
            "echo" | "printf" => return joined(&args.values, self.level()),
            "nvram" | "uci" | "config_get" | "nvram_get" | "cfg" | "xmldbc" | "flash" | "mib"
                if first == "get" || name == "nvram_get" || first == "-q" || first == "-g" =>
            {
                let key: Vec<String> = args.values.iter().filter_map(Value::fixed).collect();
                let label = format!("{name} {}", key.join(" "));
                return Value::input(SourceKind::Setting, label, args.line);
            }
            "basename" | "dirname" | "urldecode" | "uri_decode" | "httpd_decode" => {
                if let Some(value) = args.values.iter().find(|value| value.is_input()) {
                    return value.only_input();
                }
            }
            "md5sum" | "sha256sum" | "wc" | "expr" | "date" => return Value::number(),
            _ => {}
        }
        if !FILTERS.contains(&name) {
            return Value::blank();
        }
        let texts: Vec<String> = args.values.iter().filter_map(Value::fixed).collect();
        let from_file = match name {
            "cat" | "dd" => {
                !texts.is_empty()
                    && texts.iter().any(|t| {
                        !t.starts_with('-') && !t.starts_with("bs=") && !t.starts_with("count=")
                    })
            }
            _ => false,
        };
        let stdin = match stdin {
            Some(value) => value,
            None if self.cgi && !from_file && matches!(name, "cat" | "dd" | "head") => {
                Value::input(
                    SourceKind::Request,
                    format!("{name} of the request's body"),
                    args.line,
                )
            }
            None => return Value::blank(),
        };
        if cleans(name, &texts) { stdin.cleaned() } else { stdin.only_or_blank() }
    }

    /// `read name …`.
    fn read(&mut self, args: &Args<'_>, stdin: Option<Value>, env: &mut Env) -> Value {
        let value = match stdin {
            Some(value) => value,
            None if self.cgi => {
                Value::input(SourceKind::Request, "the request's body".into(), args.line)
            }
            None => Value::blank(),
        };
        let mut skip = false;
        for name in args.values.iter().map(|value| value.fixed().unwrap_or_default()) {
            let takes = matches!(name.as_str(), "-n" | "-N" | "-t" | "-p" | "-d" | "-u");
            if skip || name.is_empty() || name.starts_with('-') {
                skip = takes;
                continue;
            }
            env.set(&name, value.stepped(args.line));
        }
        Value::blank()
    }

    /// A pipe: each command reads what the one before wrote.
    pub(super) fn pipe(&mut self, call: &Call, env: &mut Env) -> Value {
        let mut stdin = env.get("#stdin").cloned();
        for part in &call.args {
            let value = match &part.kind {
                Kind::Call(inner) if !inner.name.starts_with('#') => {
                    // A loop in a pipe is fed through `#stdin`; so is a function.
                    self.shell_command(part, inner, stdin.clone(), env)
                }
                _ => self.eval(part, env),
            };
            stdin = Some(value);
        }
        stdin.unwrap_or_default()
    }

    /// `exec`, `nohup` and others run the rest of their words.
    fn wrapped(&mut self, expr: &Expr, call: &Call, stdin: Option<Value>, env: &mut Env) {
        let start = call
            .args
            .iter()
            .position(|arg| arg.as_text().is_some_and(|t| !t.starts_with('-') && !t.contains('=')));
        let Some((name, rest)) =
            start.and_then(|at| call.args.get(at..)).and_then(|r| r.split_first())
        else {
            return;
        };
        let plain = name.as_text().unwrap_or_default();
        let inner = Call {
            name: plain.rsplit('/').next().unwrap_or_default().to_owned(),
            on: None,
            args: rest.to_vec(),
        };
        if inner.name != call.name && !inner.name.starts_with('#') {
            self.shell_command(expr, &inner, stdin, env);
        }
    }

    fn after_option(&mut self, args: &Args<'_>, option: &str) {
        let at = args.values.iter().position(|value| value.fixed().as_deref() == Some(option));
        if let Some(command) = at.and_then(|at| args.values.get(at.saturating_add(1))) {
            self.shell_sink(What::Shell, args.line, &format!("{} {option}", args.name), command);
        }
    }

    /// A program for awk that is put together from input can run commands itself.
    fn awk(&mut self, args: &Args<'_>) {
        let program = args.values.iter().find(|value| value.skeleton().contains('{'));
        if let Some(program) = program {
            self.shell_sink(What::Code, args.line, "awk", program);
        }
    }

    /// A command whose first word comes from a variable.
    pub(super) fn command_word(&mut self, expr: &Expr, values: &[Value]) {
        let Some(first) = values.first() else { return };
        // `"/usr/bin/$x"` runs one of a folder's programs; `$x` runs any.
        if first.pieces.first().is_some_and(|piece| matches!(piece, super::value::Piece::Input(_)))
        {
            self.shell_sink(What::Shell, expr.line, "command", &joined(values, self.level()));
        }
    }

    fn shell_sink(&mut self, what: What, line: u32, sink: &str, value: &Value) {
        self.hit(what, line, sink, value);
    }
}

/// Words as one text.
fn joined(values: &[Value], level: u8) -> Value {
    Value::joined(values, " ", level)
}

/// Whether a filter lets only harmless text through.
fn cleans(name: &str, words: &[String]) -> bool {
    match name {
        "tr" => {
            let removes = words.iter().any(|w| {
                w.starts_with('-') && w.contains('d') && (w.contains('c') || w.contains('C'))
            });
            let set = words.iter().rev().find(|w| !w.starts_with('-'));
            removes && set.is_some_and(|set| regex::strict(&format!("^[{set}]*$"), false, false))
        }
        "sed" => words.iter().any(|w| {
            let mut parts = w.split('/');
            parts.next() == Some("s") && parts.next().is_some_and(regex::bad_set)
        }),
        "grep" | "egrep" => {
            let only = words.iter().any(|w| w.starts_with('-') && w.contains('o'));
            let pattern = words.iter().rev().find(|w| !w.starts_with('-'));
            pattern.is_some_and(|p| regex::strict(p, only, only))
        }
        _ => false,
    }
}

impl Value {
    /// What came in, or nothing known; the text around it is changed by a filter.
    fn only_or_blank(&self) -> Self {
        if self.is_input() { self.only_input() } else { Self::blank() }
    }
}
