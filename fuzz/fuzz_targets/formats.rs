//! Bills of materials, SARIF, package URLs, CPE names, versions.
#![no_main]

use duecare_formats::{bom, cpe, licences, purl, sarif, versions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = bom::read(data);
    let _ = sarif::read(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = (purl::parse(text), cpe::parse(text), licences::expression(text));
    let (left, right) = text.split_once('\n').unwrap_or((text, "1.2.3"));
    let order = versions::compare(left, right);
    assert_eq!(order, versions::compare(right, left).reverse(), "an order has two sides");
    let _ = versions::meets(left, right);
});
