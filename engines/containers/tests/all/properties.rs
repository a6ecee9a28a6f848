//! No bytes may make a reader panic, whatever magic they begin with.

use duecare_containers::formats;
use duecare_unpack::{Bytes, Limits, unpack};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_behind_any_magic(
        which in 0_usize..200,
        bytes in prop::collection::vec(any::<u8>(), 0..2048),
    ) {
        let formats = formats();
        let all: Vec<_> = formats.iter().flat_map(|format| format.signatures()).collect();
        let signature = all[which % all.len()];
        let mut image = bytes;
        let end = signature.at + signature.magic.len();
        if image.len() < end {
            image.resize(end, 0);
        }
        image[signature.at..end].copy_from_slice(signature.magic);
        let size = image.len() as u64;
        let unpacked = unpack("any", Bytes::from(image), &formats, Limits::default(), &|_| {});
        prop_assert_eq!(unpacked.coverage.total_bytes(), size);
    }

    #[test]
    fn any_text(text in "[:%@S<b][0-9A-F \n~q=]{0,400}") {
        let formats = formats();
        let _read = unpack("any.hex", Bytes::from(text), &formats, Limits::default(), &|_| {});
    }
}
