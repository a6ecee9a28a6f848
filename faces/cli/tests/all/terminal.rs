//! What a person sees and types: names that a terminal would obey, standard input, limits from
//! outside, and outputs that can't be written.

use crate::{FLAWED, camera, command, duecare, exits, folder};
use std::process::Stdio;

/// What a terminal obeys, save the ends of lines that are ours.
fn obeyed(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).chars().any(|c| c.is_control() && c != '\n')
}

#[test]
fn names_of_inputs_are_printed_without_escape_sequences() {
    let at = folder("names");
    let name = "t\u{1b}[2J\nPASS.bin";
    std::fs::copy(camera(FLAWED), at.join(name)).unwrap();
    for args in [
        &["review", name][..],
        &["review", name, "--format", "html"],
        &["review", "nothing\u{1b}[2J\nPASS"],
        &["review", "x", "--as-of", "\u{1b}[2J"],
        &["review", name, "--policy", "\u{1b}[2J\nPASS.toml"],
        &["checks", "\u{1b}[2J"],
    ] {
        let out = command(args).current_dir(&at).output().unwrap();
        let said = [&out.stdout[..], &out.stderr[..]].concat();
        assert!(!said.is_empty() && !obeyed(&said), "{}", String::from_utf8_lossy(&said));
        let said = String::from_utf8_lossy(&said);
        assert!(!said.lines().any(|line| line.starts_with("PASS")), "{said}");
    }
}

#[test]
fn standard_input_is_an_image() {
    let image = std::fs::File::open(camera(FLAWED)).unwrap();
    let out = command(&["review", "-"]).stdin(Stdio::from(image)).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("\nstdin  128.0 KiB"), "{said}");
    let said = exits(&["review", "-", "-"], 64);
    assert!(said.contains("only once"), "{said}");
}

/// Nothing is reviewed first: an image that is not there would be noticed otherwise.
#[test]
fn outputs_that_can_not_be_written_are_told_at_once() {
    let at = folder("unwritable");
    std::fs::write(at.join("file"), "").unwrap();
    let text = |name: &str| at.join(name).to_str().unwrap().to_owned();
    let said = exits(&["review", "/no/such/image", "--extract", &text("")], 73);
    assert!(said.contains("is there already"), "{said}");
    for option in ["--out", "--extract"] {
        let said = exits(&["review", "/no/such/image", option, &text("file/below")], 73);
        assert!(said.contains("can't write into"), "{said}");
    }
    exits(&["review", "/no/such/image", "--out", &text("new"), "--extract", &text("x")], 66);
    assert!(!at.join("new").exists() && !at.join("x.part").exists());
}

/// A part of an extraction is no extraction: a disk that is full leaves none.
#[cfg(target_os = "linux")]
#[test]
fn an_extraction_that_fails_leaves_nothing() {
    let at = folder("full");
    // A file may have no more than so many blocks of 1024 bytes, as on a disk that is full.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" review \"$1\" --extract x";
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_duecare"), &camera(FLAWED)]);
    let out = shell.current_dir(&at).stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(73), "{said}");
    assert_eq!(std::fs::read_dir(&at).unwrap().count(), 0, "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_from_outside_is_named() {
    let image = folder("outside").join("zeros.bin");
    std::fs::File::create(&image).unwrap().set_len(400 << 20).unwrap();
    let script = "ulimit -v 300000; exec \"$0\" review \"$1\"";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_duecare"), image.to_str().unwrap()]);
    let out = shell.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(matches!(out.status.code(), Some(2 | 66)), "{:?} {said}", out.status);
    assert!(said.contains("from outside"), "{said}");
    assert!(!said.contains("RUST_BACKTRACE") && !said.contains("memory allocation of"), "{said}");
}

#[test]
fn a_quiet_demo_and_a_day_before_all_days() {
    let at = folder("quiet-demo");
    let out = duecare(&["demo", "-q", "--dir", at.to_str().unwrap()]);
    assert_eq!((out.status.code(), &out.stderr[..]), (Some(0), &b""[..]));
    let said = exits(&["review", "x", "--as-of", "1900-01-01"], 64);
    assert!(said.contains("1970"), "{said}");
}

/// The sample in README.md is what is printed, save what `…` stands for.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../../../README.md");
    let sample = readme.split("```\n").find(|block| block.starts_with("FAIL  ")).unwrap();
    let said = exits(&["review", &camera(FLAWED)], 1);
    for line in sample.lines() {
        let shown = line.trim_end_matches('…').trim_end();
        assert!(said.lines().any(|real| real.starts_with(shown)), "{line}\n\n{said}");
    }
}
