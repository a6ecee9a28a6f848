//! `cargo xtask <tool>`: the house's own tools.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let tool = std::env::args().nth(1).unwrap_or_default();
    match tool.as_str() {
        "tidy" => {
            let faults = xtask::tidy::run()?;
            for fault in &faults {
                say(fault);
            }
            say(&format!("tidy: {} faults", faults.len()));
            Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => {
            say("usage: cargo xtask tidy\n\n  tidy   check what the house rules ask of the tree");
            Ok(ExitCode::from(64))
        }
    }
}

#[expect(clippy::print_stdout, reason = "a tool for developers")]
fn say(text: &str) {
    println!("{text}");
}
