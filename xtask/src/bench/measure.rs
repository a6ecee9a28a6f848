//! What one run of a program costs, by `/usr/bin/time` (GNU time).

use crate::tools;
use anyhow::{Context as _, Result};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

/// Goes above lines of [`Cost::line`].
pub(super) const HEADING: &str = "program                        CPU s   wall s  peak MB  exit";

/// What a run cost, children that it waited for included.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    name: String,
    /// User and system time.
    pub cpu_seconds: f64,
    /// From start to end.
    pub wall_seconds: f64,
    /// Largest resident set of one process, in megabytes (10^6 bytes).
    pub memory_mb: f64,
    /// Exit code, where it ended by itself.
    pub exit: Option<i32>,
}

impl Cost {
    /// As a line of a table.
    pub(super) fn line(&self) -> String {
        let exit = self.exit.map_or_else(|| "-".to_owned(), |code| code.to_string());
        format!(
            "{:28} {:7.2}  {:7.2}  {:7.1}  {exit:>4}",
            self.name, self.cpu_seconds, self.wall_seconds, self.memory_mb
        )
    }
}

/// The cheapest of some runs by CPU time.
pub(super) fn best(
    name: &str,
    program: &Path,
    folder: &Path,
    arguments: &[&str],
    runs: usize,
) -> Result<Cost> {
    best_with(name, program, folder, arguments, &[], runs)
}

/// The same with variables of the environment.
pub(super) fn best_with(
    name: &str,
    program: &Path,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    runs: usize,
) -> Result<Cost> {
    let mut best: Option<Cost> = None;
    for _ in 0..runs.max(1) {
        let cost = once(name, program, folder, arguments, environment, Stdio::null())?;
        if best.as_ref().is_none_or(|had| cost.cpu_seconds < had.cpu_seconds) {
            best = Some(cost);
        }
    }
    best.context("at least one run")
}

/// One run, with what it wrote to its standard output.
pub(super) fn with_output(
    name: &str,
    program: &Path,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<(Cost, String)> {
    let file = folder.join("output.txt");
    let output = File::create(&file).with_context(|| file.display().to_string())?;
    let cost = once(name, program, folder, arguments, environment, output.into())?;
    let said = std::fs::read(&file).with_context(|| file.display().to_string())?;
    Ok((cost, String::from_utf8_lossy(&said).into_owned()))
}

fn once(
    name: &str,
    program: &Path,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    output: Stdio,
) -> Result<Cost> {
    let time = tools::find("time").context("time is not installed")?;
    let written = folder.join("time.txt");
    let status = Command::new(time)
        .args(["--quiet", "--format", "%e %U %S %M", "--output"])
        .arg(&written)
        .arg(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("can't start {}", program.display()))?;
    let text = std::fs::read_to_string(&written)?;
    let numbers: Vec<f64> =
        text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [wall_seconds, user, system, kibibytes] = *numbers.as_slice() else {
        anyhow::bail!("time wrote {text:?}");
    };
    Ok(Cost {
        name: name.to_owned(),
        cpu_seconds: user + system,
        wall_seconds,
        memory_mb: kibibytes * 1024.0 / 1e6,
        exit: status.code(),
    })
}
