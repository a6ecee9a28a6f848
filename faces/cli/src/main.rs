//! `duecare`: the one binary.
//!
//! A command reads its arguments and files, calls a use case and shows the result. Exit codes are
//! a public promise; see [`exit`].

mod args;
mod checks;
mod demo;
mod exit;
mod extract;
mod files;
mod knowledge;
mod output;
mod progress;
mod review;
mod supervise;

use args::{Cli, Command};
use clap::{CommandFactory as _, Parser as _};
use exit::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // A bug must not look like a verdict: whatever panics ends with its own exit code.
    let result = std::panic::catch_unwind(|| match cli.command {
        Command::Review(args) => review::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Checks(args) => checks::run(&args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "duecare", &mut text);
            output::print(&String::from_utf8_lossy(&text)).map(|()| Exit::Pass)
        }
    });
    match result {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            output::complain(&failure.to_string());
            failure.exit().into()
        }
        Err(_) => {
            output::complain("this is a bug in duecare; please report it with the lines above");
            Exit::Software.into()
        }
    }
}

/// `--help` and `--version` are no errors; everything else that the parser says is a usage error.
fn usage(error: &clap::Error) -> ExitCode {
    let obeyed =
        |argument: std::ffi::OsString| argument.to_string_lossy().contains(char::is_control);
    if std::env::args_os().any(obeyed) {
        // The parser's message repeats the argument as it is.
        output::complain(&error.render().to_string());
    } else {
        // Nothing sensible is left to do when even the message can't be printed.
        let _ = error.print();
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Pass.into() }
}
