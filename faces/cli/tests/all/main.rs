//! `duecare` as a person uses it: the binary, its files, its exit codes.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod exit_codes;
mod extract;
mod hostile;
mod never_pass;
mod review;
mod terminal;
mod unseen;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A new folder for one test, below cargo's own folder for such things.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Runs `duecare` away from any configuration of the person who runs the tests.
pub(crate) fn duecare(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// `duecare`, still to be started.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duecare"));
    command
        .args(args)
        .env_remove("DUECARE_POLICY")
        .env_remove("DUECARE_PACKS")
        .env_remove("DUECARE_MEMORY_MIB")
        .env_remove("DUECARE_CPU_SECONDS")
        .env_remove("DUECARE_OWN_MEMORY_MIB")
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("DUECARE_AS_OF", "2026-11-22");
    command
}

/// The exit code, with what was printed when it is not the expected one.
pub(crate) fn exits(args: &[&str], code: i32) -> String {
    let out = duecare(args);
    let (stdout, stderr) =
        (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(code), "{args:?}\n{stdout}\n{stderr}");
    format!("{stdout}{stderr}")
}

/// Images of the example camera, made once.
pub(crate) fn camera(which: &str) -> String {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    let demo = DEMO.get_or_init(|| {
        let path = folder("demo");
        exits(&["demo", "--dir", path.to_str().unwrap()], 0);
        path
    });
    demo.join(which).to_str().unwrap().to_owned()
}

pub(crate) const FLAWED: &str = "camera-1.0-flawed.bin";
pub(crate) const FIXED: &str = "camera-1.1-fixed.bin";
