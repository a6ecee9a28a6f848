//! Bills of materials: CycloneDX in JSON and XML, SPDX in JSON and tag-value, Yocto's archives.
#![no_main]

use duecare_formats::bom;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(bill) = bom::read(data) {
        assert!(!bill.format.is_empty(), "a bill that is read says what it is");
    }
});
