//! Every case below `cases` and `packed`, as it is and damaged.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use duecare_codecs::{Codec, stream};
use duecare_flash::formats;
use duecare_unpack::listing::listing;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

/// As the cases, but the images are kept in gzip: they are large and mostly erased flash.
const PACKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packed");

#[test]
fn cases() {
    duecare_testkit::check_cases(CASES, &formats());
}

#[test]
fn hostile() {
    duecare_testkit::check_hostile(CASES, &formats());
}

fn packed() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        Path::new(PACKED).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn image(case: &Path) -> Vec<u8> {
    let packed = std::fs::read(case.join("input.img.gz")).unwrap();
    let decoded = stream(Codec::Gzip, &packed, 64 << 20);
    assert!(decoded.error.is_none(), "{}", case.display());
    decoded.bytes
}

#[test]
fn packed_cases() {
    for case in packed() {
        let seen = listing(&duecare_testkit::run("input.img", image(&case), &formats()));
        let expected = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected, &seen).unwrap();
        }
        let expected = std::fs::read_to_string(expected).unwrap_or_default();
        assert_eq!(seen, expected, "{}", case.display());
    }
}

#[test]
fn packed_hostile() {
    // The others differ from these in nothing that damage could tell apart.
    const DAMAGED: [&str; 4] = ["nand-boot", "nand-yaffs", "ubi-volumes", "ubifs-zlib"];
    for case in packed().iter().filter(|case| DAMAGED.iter().any(|name| case.ends_with(name))) {
        duecare_testkit::survives(&image(case), &formats());
    }
}

#[test]
fn nothing_is_seen_in_noise() {
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(1 << 20)
    .collect();
    for image in [noise, vec![0; 100_000], vec![0xff; 100_000], b"\x85\x19\x02\xe0".repeat(9999)] {
        let unpacked = duecare_testkit::run("noise", image, &formats());
        assert_eq!(unpacked.layers.len(), 1);
    }
}

proptest! {
    #[test]
    fn any_bytes_behind_any_magic(
        choice in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..4096),
    ) {
        let magics: Vec<(usize, &[u8])> = formats()
            .iter()
            .flat_map(|format| format.signatures())
            .map(|signature| (signature.at, signature.magic))
            .collect();
        let (at, magic) = magics[choice.index(magics.len())];
        let mut image = bytes;
        image.resize(image.len().max(at + magic.len()), 0);
        image[at..at + magic.len()].copy_from_slice(magic);
        let size = image.len() as u64;
        let unpacked = duecare_testkit::run("any", image, &formats());
        prop_assert_eq!(unpacked.coverage.total_bytes(), size);
    }
}
