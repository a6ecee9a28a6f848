//! Ways in that ask for no password, or for one that the maker built in.

use super::report::{Context, Shown, of_run};
use super::services::{base, command};
use crate::ids;
use crate::shell::eval::{Field, How, Run};
use crate::tree::Tree;
use duecare_base::{CheckId, Finding, Severity};

/// Programs known to open a way in, with what is known of them (all public).
const HIDDEN: [(&str, &str); 9] = [
    ("scfgmgr", "answers on TCP port 32764 and gives out the configuration and a shell"),
    ("telnetenable", "starts telnet when a magic packet arrives"),
    ("telnetenabled", "starts telnet when a magic packet arrives"),
    ("infosvr", "answers on UDP port 9999 and has run commands for anybody (CVE-2014-9583)"),
    ("igdmptd", "answers on UDP port 53413 with a password that is the same everywhere"),
    ("macGuarder", "opens telnet on a request to TCP port 9530"),
    ("tddp", "is a factory debug protocol on UDP port 1040 that has run commands for anybody"),
    ("ated", "is a factory test daemon that runs commands from the network"),
    ("cwmp_telnetd", "is a telnet server under another name"),
];

/// Programs that connect others to the network.
const NETCATS: [&str; 5] = ["nc", "netcat", "ncat", "nc.traditional", "nc.openbsd"];

/// Whether a program is one that opens a way in, by its name.
pub(super) fn is_listener(name: &str) -> bool {
    NETCATS.contains(&name)
        || name == "socat"
        || name.contains("telnetd")
        || HIDDEN.iter().any(|(known, _)| *known == name)
}

/// Whether a word names a shell.
pub(crate) fn is_shell(word: &str) -> bool {
    matches!(
        base(word.trim_start_matches('-')),
        "sh" | "ash" | "bash" | "dash" | "hush" | "ksh" | "zsh" | "msh" | "lash" | "rootsh"
    )
}

/// Reports ways in that a run opens.
pub(crate) fn check(context: &Context<'_>, tree: &Tree<'_>, run: &Run, out: &mut Vec<Finding>) {
    let Some((name, args)) = command(run) else { return };
    let mut found = |id: CheckId, severity, key: &str, message: String, secrets: &[&str]| {
        let shown = Shown { id, severity, key: key.to_owned(), message, secrets };
        out.push(of_run(context, tree, run, shown));
    };
    match name {
        _ if name.contains("telnetd") => telnet(tree, (name, args, run.how), &mut found),
        _ if NETCATS.contains(&name) => netcat(name, args, run, &mut found),
        "socat" => {
            let text = join(args);
            let upper = text.to_ascii_uppercase();
            let runs = upper.contains("EXEC:") || upper.contains("SYSTEM:");
            if upper.contains("LISTEN") && runs {
                let message = format!("socat gives a program to whoever connects: {text}");
                let key = format!("socat {text}");
                found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, &key, message, &[]);
            }
        }
        _ if run.how == How::Inetd && is_shell(name) => {
            let rest = join(args);
            let message = format!("{name} {rest} answers whoever connects, without a password");
            let key = format!("inetd {name} {rest}");
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, key.trim(), message, &[]);
        }
        "login" if is_forced(args) && (run.how == How::Inetd || head(run) != "login") => {
            let message = "login answers whoever connects and is told that the user is known";
            let key = format!("login {}", join(args));
            let message = message.to_owned();
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, &key, message, &[]);
        }
        _ if is_shell(name) && run.argv.first().is_some_and(|f| !is_shell(&f.text)) => {
            let message = format!("a shell answers whoever connects, through {}", head(run));
            let rest = join(run.argv.get(1..).unwrap_or_default());
            let key = format!("{} {rest}", head(run));
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, &key, message, &[]);
        }
        _ if run.redirections.iter().any(|(_, word)| word.starts_with("/dev/tcp/"))
            && is_shell(name) =>
        {
            let message = "a shell is connected to an address on the network".to_owned();
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, "dev-tcp", message, &[]);
        }
        _ => {
            if let Some((_, what)) = HIDDEN.iter().find(|(known, _)| *known == name) {
                let message = format!("{name} starts: it {what}");
                found(ids::BACKDOOR_HIDDEN_SERVICE, Severity::High, name, message, &[]);
            }
        }
    }
}

/// `login -f root`: no password is asked for.
fn is_forced(args: &[Field]) -> bool {
    args.iter().any(|arg| arg.text == "-f" || (arg.text.len() > 2 && arg.text.starts_with("-f")))
}

fn head(run: &Run) -> &str {
    run.argv.first().map_or("", |field| base(&field.text))
}

fn join(args: &[Field]) -> String {
    args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The value of a short option, apart or joined (`-l x`, `-lx`).
pub(crate) fn option(args: &[Field], letter: char) -> Option<&Field> {
    let flag = format!("-{letter}");
    let at = args.iter().position(|arg| arg.text == flag)?;
    args.get(at + 1)
}

/// A program's name with the port that `-p` gives it, or with what `inetd` starts: each port is a
/// way in of its own.
pub(crate) fn on_port(name: &str, args: &[Field], how: How) -> String {
    match option(args, 'p') {
        _ if how == How::Inetd => format!("inetd {name} {}", join(args)).trim().to_owned(),
        Some(port) => format!("{name} port {}", port.text),
        None => name.to_owned(),
    }
}

/// Short options in one word, the last of which takes the program: `-lke`, `-nlve`.
fn ends_in_exec(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| {
        letters.len() > 1
            && letters.ends_with(['e', 'c'])
            && letters.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

type Found<'f> = dyn FnMut(CheckId, Severity, &str, String, &[&str]) + 'f;

fn telnet(tree: &Tree<'_>, (name, args, how): (&str, &[Field], How), found: &mut Found<'_>) {
    let key = on_port(name, args, how);
    if let Some(login) = option(args, 'l') {
        if is_shell(&login.text) {
            let message = format!("{name} gives a root shell ({}) without a password", login.text);
            found(ids::BACKDOOR_DEBUG_SHELL, Severity::Critical, &key, message, &[]);
        } else if let Some((_, text)) = tree.text(&login.text)
            && ends_in_shell(&text)
        {
            let message = format!(
                "{name} lets its script {} decide, which gives a shell without a password",
                login.text
            );
            found(ids::BACKDOOR_DEBUG_SHELL, Severity::High, &key, message, &[]);
        }
    }
    // Vendors' telnetd takes `-u user:password`; others' -u is a number.
    if let Some(account) = option(args, 'u')
        && let Some((user, password)) = account.text.split_once(':')
    {
        let known = account.known && !password.is_empty();
        let shown = if known { duecare_base::mask::secret(password) } else { password.to_owned() };
        let message = format!("{name} takes the built-in account {user} with the password {shown}");
        let secrets: &[&str] = if known { &[password] } else { &[] };
        found(ids::BACKDOOR_TELNET_CREDENTIAL, Severity::Critical, user, message, secrets);
    }
}

/// A login script whose last word is a shell.
fn ends_in_shell(text: &str) -> bool {
    let last = text.lines().rev().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'));
    let words: Vec<&str> = last.unwrap_or_default().split_whitespace().collect();
    match words.as_slice() {
        ["exec", program, rest @ ..] | [program, rest @ ..] => {
            is_shell(program) || (base(program) == "login" && rest.contains(&"-f"))
        }
        [] => false,
    }
}

fn netcat(name: &str, args: &[Field], run: &Run, found: &mut Found<'_>) {
    let flags = |letter: char| {
        args.iter().any(|arg| {
            arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains(letter)
        })
    };
    let listens = flags('l') || args.iter().any(|arg| arg.text == "--listen");
    let runs = option(args, 'e').or_else(|| option(args, 'c')).or_else(|| {
        let at = args.iter().position(|arg| {
            matches!(arg.text.as_str(), "--exec" | "--sh-exec") || ends_in_exec(&arg.text)
        })?;
        args.get(at + 1)
    });
    let text = join(args);
    let key = format!("{name} {text}");
    let piped =
        |wanted: &str| run.redirections.iter().any(|(op, other)| *op == wanted && is_shell(other));
    match (listens, runs) {
        (_, None) if piped("|>") || piped("|") => {
            let side = if listens { "whoever connects" } else { "an address on the network" };
            let message = format!("{name} connects a shell to {side} through a pipe: {text}");
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, &key, message, &[]);
        }
        (true, Some(program)) => {
            let message = format!("{name} gives {} to whoever connects", program.text);
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, &key, message, &[]);
        }
        (false, Some(program)) if is_shell(&program.text) => {
            let message = format!("{name} connects a shell to an address on the network: {text}");
            found(ids::BACKDOOR_SHELL_LISTENER, Severity::Critical, &key, message, &[]);
        }
        (true, None) => {
            let message = format!("{name} listens on the network: {text}");
            found(ids::SERVICE_DEBUG, Severity::Medium, &key, message, &[]);
        }
        _ => {}
    }
}
