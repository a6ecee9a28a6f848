//! ELF files: headers, symbols, code, literals.
#![no_main]

use duecare_base::Location;
use duecare_elf::{ElfFile, FileFacts, check, hardening};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let at = Location::file("input.bin", "/usr/sbin/httpd");
    let facts = FileFacts { setuid: data.len() % 2 == 0, path: "/usr/sbin/httpd" };
    for finding in check(data, &at, &facts).findings {
        assert!(!finding.key.is_empty(), "a finding has a key");
    }
    if let Some(file) = ElfFile::parse(data) {
        let _ = hardening(&file);
    }
});
