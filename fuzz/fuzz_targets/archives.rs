//! Every format of `duecare-archives`.
#![no_main]

use duecare_unpack::Format;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FORMATS: LazyLock<Vec<Box<dyn Format>>> = LazyLock::new(duecare_archives::formats);

fuzz_target!(|data: &[u8]| {
    duecare_fuzz::unpacked(data, &FORMATS);
});
