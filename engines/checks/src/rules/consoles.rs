//! Shells on the serial console: a header on the board is a way in for whoever opens the case.

use super::backdoors::{is_shell, option};
use super::report::{Context, Shown, of_run};
use super::services::base;
use crate::boot::Console;
use crate::ids;
use crate::shell::eval::{Field, How, Run};
use crate::tree::Tree;
use duecare_base::{Finding, Severity};

/// Reports consoles of `init` that give a shell, and login programs told to ask nothing.
pub(crate) fn check(
    context: &Context<'_>,
    tree: &Tree<'_>,
    consoles: &[Console],
    runs: &[Run],
    out: &mut Vec<Finding>,
) {
    for console in consoles {
        let Some((program, args)) = console.run.argv.split_first() else { continue };
        let terminal = match console.terminal.as_str() {
            "" => "the console".to_owned(),
            name => format!("console {name}"),
        };
        if is_shell(&program.text) && is_interactive(&console.run, args) {
            let how = if console.action.starts_with("ask") { " after a key press" } else { "" };
            let message = format!("init gives a root shell on {terminal}{how}, without a password");
            push(context, tree, &console.run, &terminal, message, out);
        }
    }
    for run in runs {
        let Some((program, args)) = run.argv.split_first() else { continue };
        let name = base(&program.text);
        let known = consoles
            .iter()
            .any(|console| console.run.steps == run.steps && console.run.argv == run.argv);
        if is_shell(name) && !known && run.how == How::Boot && is_interactive(run, args) {
            let message = "a boot script starts a root shell on the console".to_owned();
            push(context, tree, run, "script", message, out);
            continue;
        }
        if !matches!(name, "getty" | "agetty" | "mingetty" | "login" | "ttyd" | "fgetty") {
            continue;
        }
        let login = option(args, 'l').map(|field| field.text.as_str());
        let automatic =
            args.iter().position(|arg| matches!(arg.text.as_str(), "--autologin" | "-a"));
        let forced = (name == "login").then(|| option(args, 'f')).flatten();
        let message = if login.is_some_and(is_shell) {
            format!("{name} gives a shell without asking who it is")
        } else if automatic.is_some() && name != "login" && name != "ttyd" {
            format!("{name} logs in by itself, without a password")
        } else if forced.is_some() {
            "login is told that the user is known already, and asks for no password".to_owned()
        } else {
            continue;
        };
        push(context, tree, run, name, message, out);
    }
}

/// `sh /etc/x`, `sh -c …` and a shell fed by another program run something and are no console.
fn is_interactive(run: &Run, args: &[Field]) -> bool {
    let fed = run.redirections.iter().any(|(op, word)| {
        matches!(*op, "<" | "<<" | "<<-" | "<<<" | "|")
            && !word.starts_with("/dev/tty")
            && word != "/dev/console"
    });
    !fed && args
        .iter()
        .all(|arg| arg.text.starts_with('-') && arg.text != "-c" && arg.text != "--version")
}

fn push(
    context: &Context<'_>,
    tree: &Tree<'_>,
    run: &Run,
    key: &str,
    message: String,
    out: &mut Vec<Finding>,
) {
    let shown = Shown {
        id: ids::BOOT_CONSOLE_SHELL,
        severity: Severity::Medium,
        key: key.to_owned(),
        message,
        secrets: &[],
    };
    out.push(of_run(context, tree, run, shown));
}
