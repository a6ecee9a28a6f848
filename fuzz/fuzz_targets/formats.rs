//! Package URLs, CPE names, licences, versions, dates.
#![no_main]

use duecare_formats::date::Date;
use duecare_formats::{cpe, licences, purl, versions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = (purl::parse(text), cpe::parse(text), licences::expression(text));
    if let Ok(date) = text.parse::<Date>() {
        assert_eq!(date.to_string().parse::<Date>(), Ok(date), "what is printed is read back");
    }
    let (left, right) = text.split_once('\n').unwrap_or((text, "1.2.3"));
    let order = versions::compare(left, right);
    assert_eq!(order, versions::compare(right, left).reverse(), "an order has two sides");
    let _ = versions::meets(left, right);
});
