//! Sample images, whole, cut and damaged. `cases` hold plain images, `cases-packed` images that
//! are xz-compressed because their makers don't write small ones.

#![expect(clippy::unwrap_used, reason = "a helper of tests fails by panicking")]

use duecare_codecs::{Codec, stream};
use duecare_unpack::{Budget, Bytes, Context, Format, Limits, listing::listing};
use std::path::PathBuf;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
const PACKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases-packed");

fn formats() -> Vec<Box<dyn Format>> {
    let mut formats = duecare_filesystems::formats();
    formats.extend(duecare_disks::formats());
    formats
}

#[test]
fn cases() {
    duecare_testkit::check_cases(CASES, &formats());
}

#[test]
fn hostile() {
    duecare_testkit::check_hostile(CASES, &formats());
}

fn packed() -> Vec<(PathBuf, Vec<u8>)> {
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(PACKED).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let read = |case: PathBuf| {
        let raw = std::fs::read(case.join("input.img.xz")).unwrap();
        let decoded = stream(Codec::Xz, &raw, 512 << 20);
        assert!(decoded.error.is_none(), "{}: {:?}", case.display(), decoded.error);
        (case, decoded.bytes)
    };
    cases.into_iter().filter(|case| case.is_dir()).map(read).collect()
}

#[test]
fn packed_cases() {
    for (case, image) in packed() {
        let seen = listing(&duecare_testkit::run("input.img", image, &formats()));
        let path = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&path, &seen).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(seen == expected, "{}\n{seen}", case.display());
    }
}

/// Cut images and images with changed bytes where there are any but zeros, read without the
/// search around them, which would take most of the time.
#[test]
fn packed_hostile() {
    for (_, mut image) in packed() {
        let formats = formats();
        let read = |image: Vec<u8>| {
            let image = Bytes::from(image);
            let limits =
                Limits { memory_bytes_max: 64 << 20, nodes_max: 20_000, ..Limits::default() };
            for format in &formats {
                let budget = Budget::new(limits.clone());
                let context = Context { budget: &budget, name: "input.img", at_start: true };
                let _found = format.read(&image, &context);
            }
            image
        };
        let used: Vec<usize> = (0..image.len()).filter(|at| image[*at] != 0).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..40 {
            let mut undo = Vec::new();
            for _ in 0..8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = used[state as usize % used.len()];
                undo.push((at, image[at]));
                image[at] = [0, 1, 0x7f, 0x80, 0xff][(state >> 40) as usize % 5];
            }
            image = read(image).into();
            for (at, byte) in undo.into_iter().rev() {
                image[at] = byte;
            }
        }
        for part in 1..16 {
            let cut = image.len() / 16 * part;
            read(image[..cut].to_vec());
        }
    }
}
