//! Every stream format of `duecare-codecs`.
#![no_main]

use duecare_unpack::Format;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FORMATS: LazyLock<Vec<Box<dyn Format>>> = LazyLock::new(duecare_codecs::formats);

fuzz_target!(|data: &[u8]| {
    duecare_fuzz::unpacked(data, &FORMATS);
});
