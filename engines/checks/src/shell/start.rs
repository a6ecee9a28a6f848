//! What a simple command does: builtins, functions, scripts, and programs behind wrappers.

use super::eval::{Field, Flow, Frame, Machine};
use super::test::{Truth, answer};
use crate::gaps;

/// Commands that ask, and whose answer only the device knows.
const QUERIES: [&str; 18] = [
    "grep",
    "egrep",
    "fgrep",
    "pidof",
    "pgrep",
    "nvram",
    "nvram_get",
    "nvram_match",
    "ping",
    "cmp",
    "diff",
    "mountpoint",
    "fw_printenv",
    "uci",
    "read",
    "ls",
    "expr",
    "jshn",
];

/// Wrappers that are followed one inside another.
const WRAPPERS_MAX: usize = 8;

impl Machine<'_, '_> {
    pub(super) fn start(
        &mut self,
        argv: Vec<Field>,
        redirections: Vec<(&'static str, String)>,
        line: u32,
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        let mut argv = argv;
        let mut applet_of = None;
        for _ in 0..WRAPPERS_MAX {
            if let Some(out) = self.builtin(&argv, line, frame) {
                return out;
            }
            let name = argv.first().map(|field| field.text.clone()).unwrap_or_default();
            if frame.functions.contains_key(&name) {
                let args = argv.get(1..).unwrap_or_default().to_vec();
                return self.call(&name, args, line, frame).unwrap_or((Flow::Next, Truth::Unknown));
            }
            match unwrap(&argv) {
                Some(inner) if !inner.is_empty() => {
                    applet_of = argv.first().map(|f| f.text.clone()).filter(|f| is_multi_call(f));
                    argv = inner;
                }
                _ => break,
            }
        }
        let Some(name) = argv.first().map(|field| field.text.clone()) else {
            return (Flow::Next, Truth::Unknown);
        };
        let base = name.rsplit('/').next().unwrap_or_default();
        let rest = argv.get(1..).unwrap_or_default();
        if matches!(base, "sh" | "ash" | "bash" | "dash") {
            if self.shell(rest, line, frame)
                || (rest.iter().all(|field| field.text.starts_with('-') && field.text != "-c")
                    && self.fed(&redirections, line, frame))
            {
                return (Flow::Next, Truth::Assumed);
            }
        } else if base == "service" && rest.len() >= 2 {
            let script = format!("/etc/init.d/{}", rest.first().map_or("", |f| f.text.as_str()));
            if self.nested(&script, rest.get(1..).unwrap_or_default(), line, frame) {
                return (Flow::Next, Truth::Assumed);
            }
        } else if let Some(path) = self.program(&name)
            && self.nested(&path, rest, line, frame)
        {
            return (Flow::Next, Truth::Assumed);
        }
        self.record(argv, redirections, line, frame, applet_of);
        let query = QUERIES.contains(&base);
        (Flow::Next, if query { Truth::Unknown } else { Truth::Assumed })
    }

    /// The path that a command's first word starts: also what boot put there, by its own name.
    fn program(&self, name: &str) -> Option<String> {
        let tree = self.tree();
        self.original(name).map(str::to_owned).or_else(|| tree.program(name))
    }

    /// A script started by a line.
    fn nested(&mut self, path: &str, args: &[Field], line: u32, frame: &Frame) -> bool {
        let mut trace = frame.trace.clone();
        trace.push(frame.step(line));
        self.script_with(path, args.to_vec(), &trace, &frame.conditions, Some(frame))
    }

    fn shell(&mut self, rest: &[Field], line: u32, frame: &mut Frame) -> bool {
        let mut words = rest.iter();
        while let Some(word) = words.next() {
            if word.text == "-c" {
                let Some(text) = words.next() else { return false };
                let text = text.text.clone();
                self.text(&text, frame, line);
                return true;
            }
            if !word.text.starts_with('-') {
                let path = self.original(&word.text).unwrap_or(&word.text).to_owned();
                let args: Vec<Field> = words.cloned().collect();
                return self.nested(&path, &args, line, frame);
            }
        }
        false
    }

    fn builtin(&mut self, argv: &[Field], line: u32, frame: &mut Frame) -> Option<(Flow, Truth)> {
        let (name, rest) = argv.split_first()?;
        let done = |truth| Some((Flow::Next, truth));
        match name.text.as_str() {
            ":" | "true" | "/bin/true" => done(Truth::Yes),
            "false" | "/bin/false" => done(Truth::No),
            "[" | "[[" | "test" => {
                let mut words = rest;
                if let [inner @ .., end] = words
                    && matches!(end.text.as_str(), "]" | "]]")
                {
                    words = inner;
                }
                done(answer(self.tree(), words))
            }
            "." | "source" => {
                self.source(rest, line, frame);
                done(Truth::Assumed)
            }
            "eval" => Some(self.evaluate(rest, line, frame)),
            "export" | "local" | "readonly" | "declare" | "typeset" => {
                declare(name.text == "export", rest, frame);
                done(Truth::Assumed)
            }
            "unset" => {
                for field in rest {
                    frame.variables.remove(&field.text);
                }
                done(Truth::Assumed)
            }
            "set" => {
                let first =
                    rest.iter().position(|f| !f.text.starts_with(['-', '+']) || f.text == "--");
                if let Some(at) = first {
                    let skip = usize::from(rest.get(at).is_some_and(|f| f.text == "--"));
                    frame.args = rest.get(at + skip..).unwrap_or_default().to_vec();
                }
                done(Truth::Assumed)
            }
            "shift" => {
                let count = rest.first().and_then(|f| f.text.parse::<usize>().ok()).unwrap_or(1);
                frame.args.drain(..count.min(frame.args.len()));
                done(Truth::Assumed)
            }
            "exit" => Some((Flow::Exit, status(rest))),
            "return" => Some((Flow::Return(status(rest)), status(rest))),
            "break" | "continue" => Some((Flow::Break, Truth::Yes)),
            "read" => {
                for field in rest.iter().filter(|field| !field.text.starts_with('-')) {
                    frame.variables.insert(
                        field.text.clone(),
                        Field::unknown(&format!("${{{}}}", field.text)),
                    );
                }
                done(Truth::Unknown)
            }
            "cd" | "umask" | "trap" | "wait" | "ulimit" | "alias" | "sleep" | "hash" => {
                done(Truth::Assumed)
            }
            _ => self.openwrt(argv, line, frame),
        }
    }

    fn source(&mut self, rest: &[Field], line: u32, frame: &mut Frame) {
        let Some(file) = rest.first() else { return };
        let relative = !file.text.contains('/');
        let path = self.original(&file.text).unwrap_or(&file.text);
        let text = self.tree().text(path).or_else(|| {
            let folder = frame.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if relative { self.tree().text(&format!("{folder}/{}", file.text)) } else { None }
        });
        let Some((node, text)) = text else {
            // What it would have set is not known any more.
            frame.is_whole = false;
            let absolute = file.known && file.text.starts_with('/');
            if absolute && !is_guarded(file, line, frame) {
                self.tree().miss(gaps::SOURCED, &frame.path);
            }
            return;
        };
        if !self.enter() {
            return;
        }
        let step = frame.step(line);
        frame.trace.push(step);
        let lines = std::rc::Rc::new(text.lines().map(str::to_owned).collect());
        let old_lines = std::mem::replace(&mut frame.lines, lines);
        let old_path = std::mem::replace(&mut frame.path, node.path.clone());
        let commands = self.parse(&text, 1, &node.path);
        self.list(&commands, frame);
        frame.path = old_path;
        frame.lines = old_lines;
        frame.trace.pop();
        self.leave();
    }
}

/// Whether a condition asks for the file before it is read in.
fn is_guarded(file: &Field, line: u32, frame: &Frame) -> bool {
    // A condition names the file as the script does, with its variables.
    let step = frame.step(line);
    let written = step
        .text
        .split_once(". ")
        .or_else(|| step.text.split_once("source "))
        .and_then(|(_, rest)| rest.split([' ', ';', '&', '|']).find(|word| !word.is_empty()))
        .unwrap_or(&file.text)
        .trim_matches(['"', '\'']);
    frame.conditions.iter().any(|condition| {
        condition.contains(&file.text) || (!written.is_empty() && condition.contains(written))
    })
}

fn status(rest: &[Field]) -> Truth {
    match rest.first().map(|field| (field.text.as_str(), field.is_sure())) {
        None => Truth::Unknown,
        Some(("0", true)) => Truth::Yes,
        Some((_, true)) => Truth::No,
        Some((_, false)) => Truth::Unknown,
    }
}

fn declare(export: bool, rest: &[Field], frame: &mut Frame) {
    for field in rest.iter().filter(|field| !field.text.starts_with('-')) {
        let name = match field.text.split_once('=') {
            Some((name, value)) => {
                frame.set(name, Field { text: value.to_owned(), ..field.clone() });
                name
            }
            None => field.text.as_str(),
        };
        if export {
            frame.exported.insert(name.to_owned());
        }
    }
}

/// Programs that hold many others, which their first argument names.
fn is_multi_call(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    name.starts_with("busybox") || name == "toybox"
}

/// The command inside a wrapper; `None` when it is none.
fn unwrap(argv: &[Field]) -> Option<Vec<Field>> {
    let (name, rest) = argv.split_first()?;
    if is_multi_call(&name.text) {
        // `busybox --install` is its own work.
        return rest.first().filter(|f| !f.text.starts_with('-')).map(|_| rest.to_vec());
    }
    match name.text.rsplit('/').next()? {
        "exec" | "nohup" | "setsid" | "command" | "builtin" | "time" | "sudo" | "logwrapper"
        | "respawn" => Some(skip_options(rest, &[])),
        "nice" | "ionice" | "chrt" | "taskset" | "renice" => {
            let inner = skip_options(rest, &["-n", "-c", "-p"]);
            // `nice 5 x` and `taskset 1 x`: a bare number is no program.
            let skip = inner.iter().take_while(|f| f.text.parse::<i64>().is_ok()).count();
            Some(inner.get(skip..)?.to_vec())
        }
        "env" => {
            let inner = skip_options(rest, &["-u"]);
            let skip = inner.iter().take_while(|f| f.text.contains('=')).count();
            Some(inner.get(skip..)?.to_vec())
        }
        "chroot" | "timeout" => Some(skip_options(rest, &["-s", "-t"]).get(1..)?.to_vec()),
        "start-stop-daemon" => start_stop_daemon(rest),
        "daemon" => Some(skip_options(rest, &["-n", "-p", "-u"])),
        "runsv" | "supervise" => {
            let folder = rest.iter().find(|f| !f.text.starts_with('-'))?;
            Some(vec![Field { text: format!("{}/run", folder.text), ..folder.clone() }])
        }
        "su" => {
            let at = rest.iter().position(|f| f.text == "-c")?;
            Some(vec![Field::sure("sh"), Field::sure("-c"), rest.get(at + 1)?.clone()])
        }
        _ => None,
    }
}

/// What follows the options; those in `with_value` take the next word along.
fn skip_options(rest: &[Field], with_value: &[&str]) -> Vec<Field> {
    let mut at = 0;
    while let Some(field) = rest.get(at) {
        if field.text == "--" {
            at += 1;
            break;
        }
        if !field.text.starts_with('-') {
            break;
        }
        at += if with_value.contains(&field.text.as_str()) { 2 } else { 1 };
    }
    rest.get(at..).unwrap_or_default().to_vec()
}

fn start_stop_daemon(rest: &[Field]) -> Option<Vec<Field>> {
    let mut program = None;
    let mut arguments = Vec::new();
    let mut starts = false;
    let mut at = 0;
    while let Some(field) = rest.get(at) {
        at += 1;
        let text = field.text.as_str();
        match text {
            "--start" => starts = true,
            "--stop" | "--status" => return None,
            "--" => {
                arguments = rest.get(at..).unwrap_or_default().to_vec();
                break;
            }
            "--exec" | "--startas" => {
                program = rest.get(at).cloned();
                at += 1;
            }
            "--pidfile" | "--name" | "--user" | "--chuid" | "--nicelevel" | "--chdir"
            | "--group" | "--signal" | "--retry" => at += 1,
            _ if text.starts_with("--") => {}
            // Short options may stand together: `-SbmnxX`.
            _ if text.starts_with('-') => {
                for letter in text.chars().skip(1) {
                    match letter {
                        'S' => starts = true,
                        'K' | 'T' => return None,
                        'x' | 'a' => {
                            program = rest.get(at).cloned();
                            at += 1;
                        }
                        'p' | 'n' | 'u' | 'c' | 'N' | 'd' | 'g' | 's' | 'R' => at += 1,
                        _ => {}
                    }
                }
            }
            _ => {
                if program.is_some() {
                    arguments.push(field.clone());
                }
            }
        }
    }
    let mut argv = vec![program.filter(|_| starts)?];
    argv.extend(arguments);
    Some(argv)
}
