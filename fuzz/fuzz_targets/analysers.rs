//! What other people's analysers write; the first byte chooses the reader.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Those that have readers of their own; the last choice is SARIF.
const ANALYSERS: [&str; 7] =
    ["bandit", "cargo-audit", "cargo-clippy", "clang-tidy", "cppcheck", "flawfinder", "shellcheck"];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    if let Some(name) = ANALYSERS.get(usize::from(*first) % (ANALYSERS.len() + 1)) {
        let _ = duecare_analysers::messages_in(name, rest);
        return;
    }
    if let Ok(outcomes) = duecare_analysers::import("input.sarif", rest, &[]) {
        for finding in outcomes.iter().flat_map(|outcome| &outcome.findings) {
            assert!(finding.check.as_str().contains('/'), "an imported check names its tool");
        }
    }
});
