//! Companion apps: whole packages, and single files of one.
#![no_main]

use duecare_unpack::Format;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const PATHS: &[&str] = &[
    "/AndroidManifest.xml",
    "/classes.dex",
    "/resources.arsc",
    "/res/xml/network_security_config.xml",
    "/Payload/Pump.app/Info.plist",
    "/assets/index.html",
];

static FORMATS: LazyLock<Vec<Box<dyn Format>>> = LazyLock::new(duecare_archives::formats);

fuzz_target!(|data: &[u8]| {
    if data.starts_with(b"PK") {
        let _ = duecare_mobile::check(&duecare_fuzz::unpacked(data, &FORMATS));
    }
    let _ = duecare_mobile::check(&duecare_fuzz::image_with(PATHS, data));
});
