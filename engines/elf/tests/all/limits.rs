//! What is left out at a limit is said.

use duecare_base::Location;
use duecare_base::unseen::Effect;
use duecare_elf::{FileFacts, check};

/// The effects of what was left out, with the words for it.
fn left_out(bytes: &[u8]) -> Vec<(Effect, &'static str)> {
    let facts = FileFacts { setuid: false, path: "/bin/x" };
    let checked = check(bytes, &Location::file("image", "/bin/x"), &facts);
    checked.not_seen.iter().map(|(gap, _)| (gap.effect, gap.reason)).collect()
}

fn is_incomplete(bytes: &[u8], word: &str) {
    let found = left_out(bytes);
    assert!(
        found.iter().any(|(effect, reason)| *effect == Effect::Incomplete && reason.contains(word)),
        "{word}: {found:?}"
    );
}

/// A static program for x86-64 (`e_machine` 62) or another processor: this code, a function
/// `system` behind it, symbols for both, and this data.
fn program(machine: u16, code: &[u8], data: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const CODE: usize = 0x78;
    let names = b"\0main\0system\0";
    let end = CODE + code.len() + 1;
    let names_at = end + data.len();
    let symbols_at = names_at + names.len();
    let sections_at = symbols_at + 3 * 24;
    let mut out = b"\x7fELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    let half = |out: &mut Vec<u8>, value: u16| out.extend(value.to_le_bytes());
    let word = |out: &mut Vec<u8>, value: u32| out.extend(value.to_le_bytes());
    let long = |out: &mut Vec<u8>, value: u64| out.extend(value.to_le_bytes());
    half(&mut out, 2);
    half(&mut out, machine);
    word(&mut out, 1);
    long(&mut out, BASE + CODE as u64);
    long(&mut out, 64);
    long(&mut out, sections_at as u64);
    word(&mut out, 0);
    for value in [64, 56, 1, 64, 3, 0] {
        half(&mut out, value);
    }
    // One segment, readable and executable, of all of the file.
    word(&mut out, 1);
    word(&mut out, 5);
    for value in [0, BASE, BASE, sections_at as u64, sections_at as u64, 0x1000] {
        long(&mut out, value);
    }
    assert_eq!(out.len(), CODE);
    out.extend(code);
    out.push(0xc3);
    out.extend(data);
    out.extend(names);
    out.resize(symbols_at + 24, 0);
    for (name, at) in [(1, CODE), (6, CODE + code.len())] {
        word(&mut out, name);
        out.extend([0x12, 0]);
        half(&mut out, 1);
        long(&mut out, BASE + at as u64);
        long(&mut out, 0);
    }
    out.resize(sections_at + 64, 0);
    for (kind, at, size, link) in [(2, symbols_at, 72, 2), (3, names_at, names.len(), 0)] {
        word(&mut out, 0);
        word(&mut out, kind);
        for value in [0, 0, at as u64, size as u64] {
            long(&mut out, value);
        }
        word(&mut out, link);
        word(&mut out, 0);
        for value in [1, 24] {
            long(&mut out, value);
        }
    }
    out
}

/// A call of `system`, which stands behind this much more code.
fn call(rest: usize) -> Vec<u8> {
    let mut code = vec![0xe8];
    code.extend(u32::try_from(rest).unwrap().to_le_bytes());
    code
}

#[test]
fn a_small_program_is_read_in_full() {
    assert_eq!(left_out(&program(62, &call(0), b"admin\0")), []);
    assert_eq!(left_out(b"#!/bin/sh\n"), []);
}

#[test]
fn a_damaged_header() {
    is_incomplete(b"\x7fELF\x09\x09", "header");
}

#[test]
fn a_processor_whose_code_is_not_followed_is_stated() {
    let found = left_out(&program(21, &call(0), b""));
    assert!(matches!(found.as_slice(), [(Effect::Stated, reason)] if reason.contains("processor")));
}

#[test]
fn too_many_segments() {
    let mut bytes = program(62, &call(0), b"");
    bytes[56..58].copy_from_slice(&300_u16.to_le_bytes());
    is_incomplete(&bytes, "table");
}

#[test]
fn a_function_without_end() {
    // A long one is read on as another; `push %rax` is no padding.
    let mut code = vec![0x50; 31_000];
    code.extend(call(0));
    assert_eq!(left_out(&program(62, &code, b"")), []);
    let calls: Vec<u8> = (0..4_100).flat_map(|n| call(5 * (4_099 - n))).collect();
    is_incomplete(&program(62, &calls, b""), "function");
}

#[test]
fn more_code_than_is_read() {
    // Every call makes the code before it worth reading.
    const PIECE: usize = 4_000;
    const COUNT: usize = 3_200;
    let code: Vec<u8> = (0..COUNT)
        .flat_map(|n| {
            let mut code = vec![0x50; PIECE];
            code.extend(call((PIECE + 5) * (COUNT - 1 - n)));
            code
        })
        .collect();
    is_incomplete(&program(62, &code, b""), "12000000");
}

#[test]
fn more_user_names_than_are_looked_at() {
    is_incomplete(&program(62, &call(0), &b"admin\0".repeat(250)), "user names");
}

#[test]
fn more_findings_than_are_listed() {
    let hashes: Vec<u8> = (0..50)
        .flat_map(|n| format!("\0$1$salt{n:04}$abcdefghijklmnopqrst{:02}\0", n).into_bytes())
        .collect();
    is_incomplete(&program(62, &call(0), &hashes), "findings");
}
