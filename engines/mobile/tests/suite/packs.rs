//! Every check has its description.

use std::path::Path;

#[test]
fn every_check_has_its_pack() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/checks");
    for id in duecare_mobile::CHECK_IDS {
        let text = std::fs::read_to_string(packs.join(format!("{id}.toml"))).unwrap();
        assert!(text.contains(&format!("id = \"{id}\"")), "{id}");
        for field in
            ["title", "severity", "cwe", "how", "false_positives", "false_negatives", "fix"]
        {
            assert!(text.contains(&format!("\n{field} = ")), "{id} has no {field}");
        }
    }
}
