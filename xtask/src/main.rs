//! `cargo xtask <tool>`: the house's own tools.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["tidy"] => {
            let faults = xtask::tidy::run()?;
            for fault in &faults {
                say(fault);
            }
            say(&format!("tidy: {} faults", faults.len()));
            Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ["dist"] => {
            say(&xtask::dist::run()?.display().to_string());
            Ok(ExitCode::SUCCESS)
        }
        ["image"] => {
            say(&xtask::image::run()?);
            Ok(ExitCode::SUCCESS)
        }
        // What `bench` starts in an optimised build of this program.
        ["rates", image] => {
            xtask::bench::rates::run(Path::new(image), &say)?;
            Ok(ExitCode::SUCCESS)
        }
        ["bench", options @ ..] => {
            let Some(options) = bench_options(options) else {
                say(xtask::USAGE);
                return Ok(ExitCode::from(64));
            };
            xtask::bench::run(&options, &say)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            say(xtask::USAGE);
            Ok(ExitCode::from(64))
        }
    }
}

fn bench_options(mut arguments: &[&str]) -> Option<xtask::bench::Options> {
    let mut options = xtask::bench::Options::default();
    loop {
        arguments = match arguments {
            [] => return Some(options),
            ["--peers", rest @ ..] => {
                options.peers = true;
                rest
            }
            ["--image", file, rest @ ..] => {
                options.image = Some(PathBuf::from(file));
                rest
            }
            ["--duecare", build, rest @ ..] => {
                options.duecare = Some(PathBuf::from(build));
                rest
            }
            _ => return None,
        };
    }
}

#[expect(clippy::print_stdout, reason = "a tool for developers")]
fn say(text: &str) {
    println!("{text}");
}
