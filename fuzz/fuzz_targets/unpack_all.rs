//! All formats together, as the product unpacks; two runs must agree.
#![no_main]

use duecare_unpack::Format;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FORMATS: LazyLock<Vec<Box<dyn Format>>> = LazyLock::new(duecare_fuzz::all_formats);

fuzz_target!(|data: &[u8]| duecare_fuzz::unpacks_alike(data, &FORMATS));
