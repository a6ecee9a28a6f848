//! Damaged files: nothing panics, everything ends.

use crate::cases::binaries;
use duecare_base::Location;
use duecare_elf::{ElfFile, FileFacts, check};
use proptest::prelude::*;

fn survives(bytes: &[u8]) {
    let facts = FileFacts { setuid: true, path: "/x.cgi" };
    drop(check(bytes, &Location::default(), &facts));
    if let Some(file) = ElfFile::parse(bytes) {
        file.strings(4).for_each(drop);
        drop(file.mapped());
        drop(file.comment());
        drop(file.modinfo());
        drop(file.build_id());
        assert!(file.package_note().is_none_or(|text| text.len() <= bytes.len()));
        drop(file.go_build_info());
        assert!(file.rust_audit().is_none_or(|raw| raw.len() <= bytes.len()));
        drop(file.read_only_data());
        file.functions().for_each(drop);
    }
}

#[test]
fn cut_and_changed_files() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for path in binaries() {
        let whole = std::fs::read(&path).unwrap();
        for cut in (0..whole.len()).step_by((whole.len() / 16).max(1)) {
            survives(&whole[..cut]);
        }
        for round in 0..24 {
            let mut changed = whole.clone();
            for _ in 0..=round % 4 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let reach = if round % 2 == 0 { changed.len().min(1024) } else { changed.len() };
                let at = usize::try_from(state >> 20).unwrap() % reach;
                changed[at] = if state & 1 == 0 { 0xff } else { (state >> 8) as u8 };
            }
            survives(&changed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_behind_a_header(machine in prop::sample::select(vec![8_u8, 40, 183, 3, 62]),
                                 class in 1_u8..=2, order in 1_u8..=2,
                                 body in prop::collection::vec(any::<u8>(), 0..4096)) {
        // One loaded, executable part over the whole file, with noise as code.
        let mut file = vec![0x7f, b'E', b'L', b'F', class, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let half = |n: u16| if order == 1 { n.to_le_bytes() } else { n.to_be_bytes() };
        file.extend(half(2));
        file.extend(half(machine.into()));
        file.extend(body);
        survives(&file);
    }
}
