//! What a user may bring: rules for components, descriptions of checks, what is known about
//! secrets, a policy, an earlier report. The first byte chooses.
#![no_main]

use duecare_checks::pack::CheckPack;
use duecare_inventory::{Rules, take};
use duecare_review::{baseline, policy};
use duecare_secrets::{SecretPack, check};
use libfuzzer_sys::fuzz_target;

/// An image whose one file has this text.
fn image(text: &str) -> duecare_unpack::Unpacked {
    duecare_fuzz::image_with(&["/usr/sbin/pumpd"], &[&[0], text.as_bytes()].concat())
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let files = [("input.toml", text)];
    match first % 5 {
        0 => {
            if let Ok(rules) = Rules::parse(&files) {
                let _ = (rules.check(), take(&image(text), &rules));
            }
        }
        1 => {
            let _ = CheckPack::parse(&files);
        }
        2 => {
            if let Ok(pack) = SecretPack::parse(&files) {
                let _ = check(&image(text), &pack, Some(1_700_000_000));
            }
        }
        3 => {
            if let Ok(policy) = policy::parse(text) {
                assert!(policy.validate().is_ok(), "a policy that is read makes sense");
            }
        }
        _ => {
            let _ = baseline::read(rest);
        }
    }
});
