//! What the tests of the format crates share. Used by tests only.
//!
//! A case is a folder `tests/cases/<name>/` with an `input*` file and an `expected.txt` that holds
//! the [`duecare_unpack::listing`] of it. `DUECARE_BLESS=1` writes the expected files anew.

#![expect(clippy::panic, reason = "a helper of tests fails by panicking")]

use duecare_unpack::{Bytes, Format, Limits, Unpacked, listing::listing, unpack};
use std::path::Path;

/// Unpacks with these formats and the default limits.
#[must_use]
pub fn run(name: &str, image: impl Into<Bytes>, formats: &[Box<dyn Format>]) -> Unpacked {
    unpack(name, image.into(), formats, Limits::default(), &|_| {})
}

/// Checks every case folder below `folder`; there must be one at least.
///
/// # Panics
/// When a listing differs from what is expected, or a case can't be read.
pub fn check_cases(folder: &str, formats: &[Box<dyn Format>]) {
    let mut cases = case_folders(folder);
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {folder}");
    let mut wrong = Vec::new();
    for case in cases {
        let input = read_folder(&case).into_iter().find(|path| {
            path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("input"))
        });
        let input = input.unwrap_or_else(|| panic!("{} has no input file", case.display()));
        let name = input.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let image = std::fs::read(&input).unwrap_or_else(|e| panic!("{}: {e}", input.display()));
        let seen = listing(&run(&name, image, formats));
        let expected_path = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected_path, &seen).unwrap_or_else(|e| panic!("{e}"));
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if seen != expected {
            wrong.push(format!("== {}\n-- expected\n{expected}\n-- seen\n{seen}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every case below `folder`, cut at many places and with bytes flipped: nothing may panic, and
/// the coverage must add up.
///
/// # Panics
/// When a reader panics, a case can't be read, or the coverage does not add up.
pub fn check_hostile(folder: &str, formats: &[Box<dyn Format>]) {
    for case in case_folders(folder) {
        for input in read_folder(&case) {
            let image =
                std::fs::read(&input).unwrap_or_else(|e| panic!("{}: {e}", input.display()));
            survives(&image, formats);
        }
    }
}

/// One input, cut at up to 64 places and with up to 200 single bytes changed.
///
/// # Panics
/// As [`check_hostile`].
pub fn survives(image: &[u8], formats: &[Box<dyn Format>]) {
    let step = (image.len() / 64).max(1);
    for cut in (0..image.len()).step_by(step) {
        one(image.get(..cut).unwrap_or_default().to_vec(), formats);
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..200_usize {
        let mut changed = image.to_vec();
        for _ in 0..=round % 3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // The first KiB holds the headers: half of the changes go there.
            let reach = if round % 2 == 0 { changed.len().min(1024) } else { changed.len() };
            let at = usize::try_from(state >> 16).unwrap_or(0) % reach.max(1);
            if let Some(byte) = changed.get_mut(at) {
                *byte = match state & 7 {
                    0 => 0,
                    1 => 0xff,
                    2 => 0x80,
                    3 => 0x7f,
                    _ => (state >> 8) as u8,
                };
            }
        }
        one(changed, formats);
    }
}

fn one(image: Vec<u8>, formats: &[Box<dyn Format>]) {
    let size = image.len() as u64;
    let limits = Limits { memory_bytes_max: 256 << 20, nodes_max: 20_000, ..Limits::default() };
    let unpacked = unpack("hostile", Bytes::from(image), formats, limits, &|_| {});
    assert_eq!(unpacked.coverage.total_bytes(), size);
}

/// The case folders, without a README beside them.
fn case_folders(folder: &str) -> Vec<std::path::PathBuf> {
    read_folder(Path::new(folder)).into_iter().filter(|path| path.is_dir()).collect()
}

fn read_folder(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
}
