//! Images that must never pass, each described by a folder; its format is in
//! `tests/cases/never-pass/README.md`.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "helpers of tests fail by panicking")]

use crate::{command, folder};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Days are counted from one fixed day, so that no case ages.
const AS_OF: &str = "2026-11-01";

/// What one path of a tar archive is.
enum Entry {
    File { mode: u32, content: Vec<u8> },
    Link { target: String },
}

type Tree = BTreeMap<String, Entry>;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/never-pass")
}

/// The words of every line of a description that is there; `#` begins a remark.
fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let said =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    said.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// A number, in decimal or, after `0x`, in hexadecimal digits.
fn number(word: &str) -> usize {
    let hex = word.strip_prefix("0x").map(|digits| usize::from_str_radix(digits, 16));
    hex.unwrap_or_else(|| word.parse()).unwrap_or_else(|_| panic!("{word} is no number"))
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Bytes without any pattern, the same in every run (splitmix64); `seed` tells them apart.
fn random(size: usize, seed: &str) -> Vec<u8> {
    let mut state = seed.bytes().fold(7_u64, |sum, byte| sum * 31 % (1 << 40) + u64::from(byte));
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut bytes: Vec<u8> = (0..size.div_ceil(8)).flat_map(|_| next().to_le_bytes()).collect();
    bytes.truncate(size);
    bytes
}

/// Lays the files of a folder over a tree.
fn overlay(tree: &mut Tree, at: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(at) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let kind = entry.metadata().unwrap();
        if kind.is_dir() {
            overlay(tree, &entry.path(), &format!("{path}/"));
        } else {
            let mode = if kind.permissions().mode() & 0o100 == 0 { 0o644 } else { 0o755 };
            tree.insert(path, Entry::File { mode, content: fs::read(entry.path()).unwrap() });
        }
    }
}

/// The clean root file system with a case laid over it, as a tar archive.
fn root(case: &Path) -> Vec<u8> {
    let mut tree = Tree::new();
    for folder in [cases().join("base"), case.to_owned()] {
        overlay(&mut tree, &folder.join("root"), "");
        for line in lines(&folder.join("links.txt")) {
            let [path, arrow, target] = &line[..] else { panic!("links.txt: {line:?}") };
            assert_eq!(arrow, "->", "links.txt: {line:?}");
            tree.insert(path.clone(), Entry::Link { target: target.clone() });
        }
        for line in lines(&folder.join("random.txt")) {
            let (path, size) = (&line[0], number(&line[1]));
            let mut content = line.get(2).map(|digits| hex(digits)).unwrap_or_default();
            content.extend(random(size.saturating_sub(content.len()), path));
            tree.insert(path.clone(), Entry::File { mode: 0o644, content });
        }
        for line in lines(&folder.join("modes.txt")) {
            match tree.get_mut(&line[0]) {
                Some(Entry::File { mode, .. }) => *mode = u32::from_str_radix(&line[1], 8).unwrap(),
                _ => panic!("modes.txt: {} is no file", line[0]),
            }
        }
    }
    let mut tar = Vec::new();
    for (path, entry) in &tree {
        tar.extend(match entry {
            Entry::File { mode, content } => tar_entry(path, b'0', *mode, "", content),
            Entry::Link { target } => tar_entry(path, b'2', 0o777, target, &[]),
        });
    }
    tar.extend([0; 1024]);
    tar
}

/// An entry of a tar archive (POSIX ustar).
fn tar_entry(path: &str, kind: u8, mode: u32, target: &str, content: &[u8]) -> Vec<u8> {
    assert!(path.len() <= 100 && target.len() <= 100, "{path} is too long for this writer");
    let mut head = vec![0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, path.as_bytes());
    put(100, format!("{mode:07o}\0").as_bytes());
    put(108, b"0000000\x000000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, target.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    head.extend(content);
    head.resize(head.len().next_multiple_of(512), 0);
    head
}

/// The image of a case: put together from pieces, or a file, or the root file system.
fn image(case: &Path) -> (String, Vec<u8>) {
    let pieces = case.join("image.txt");
    if !pieces.exists() {
        return ("root.tar".to_owned(), root(case));
    }
    let mut out = Vec::new();
    for (at, line) in lines(&pieces).into_iter().enumerate() {
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        match words[..] {
            ["root"] => out.extend(root(case)),
            ["hex", digits] => out.extend(hex(digits)),
            ["fill", size, byte] => out.resize(out.len() + number(size), hex(byte)[0]),
            ["random", size] => out.extend(random(number(size), &format!("piece {at}"))),
            ["until", offset, byte] => out.resize(number(offset), hex(byte)[0]),
            ["file", name, ref range @ ..] => {
                let from = if name.contains('/') {
                    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
                } else {
                    case.join(name)
                };
                let bytes = fs::read(&from).unwrap_or_else(|why| panic!("{name}: {why}"));
                let start = range.first().map_or(0, |word| number(word));
                let end = range.get(1).map_or(bytes.len(), |word| start + number(word));
                out.extend(&bytes[start..end]);
            }
            _ => panic!("image.txt: {line:?}"),
        }
    }
    ("image.bin".to_owned(), out)
}

fn review(case: &Path) -> Output {
    let name = case.file_name().unwrap().to_str().unwrap();
    let at = folder(&format!("never-pass-{name}"));
    let (file, bytes) = image(case);
    fs::write(at.join(&file), bytes).unwrap();
    let policy = case.join("policy.toml");
    let mut command = command(&["review", &file, "--quiet", "--as-of", AS_OF]);
    if policy.exists() {
        command.arg("--policy").arg(policy);
    }
    let out = command.current_dir(&at).output().unwrap();
    fs::remove_dir_all(&at).unwrap();
    out
}

/// Otherwise "it does not pass" would say nothing about the cases.
#[test]
fn the_clean_root_file_system_passes() {
    let out = review(&cases().join("base"));
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn what_must_never_pass_does_not() {
    let mut names: Vec<PathBuf> =
        fs::read_dir(cases()).unwrap().map(|e| e.unwrap().path()).collect();
    names.retain(|path| path.is_dir() && !path.ends_with("base"));
    names.sort();
    let mut wrong = Vec::new();
    for case in &names {
        let out = review(case);
        let said = [&out.stdout[..], &out.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said);
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        let missing = expected.lines().find(|line| !said.contains(line.trim()));
        // Any other code is no verdict (65: the policy is refused): such a case tests nothing.
        if !matches!(out.status.code(), Some(1 | 2 | 65)) || missing.is_some() {
            let code = out.status.code();
            wrong.push(format!("{}: exit {code:?}, lacks {missing:?}\n{said}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), names.len(), wrong.join("\n"));
    assert!(names.len() >= 4, "only {} cases were found", names.len());
}
