//! The built-in rules pass their own tests, and faults in rules are named.

use duecare_inventory::Rules;
use std::path::Path;

/// Name and text of every built-in rule file, sorted.
pub(crate) fn built_in() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/components");
    let mut files: Vec<(String, String)> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn parse(files: &[(String, String)]) -> Rules {
    let pairs: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Rules::parse(&pairs)
        .unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

#[test]
fn rules_pass_their_own_tests() {
    let rules = parse(&built_in());
    let faults: Vec<String> = rules.check().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(rules.len() >= 20);
}

#[test]
fn rules_that_are_wrong_are_named() {
    let check = |text: &str, wanted: &str| {
        let message = match Rules::parse(&[("thing.toml", text)]) {
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                format!("{error} {}", source.unwrap_or_default())
            }
            Ok(rules) => rules.check().iter().map(ToString::to_string).collect(),
        };
        assert!(message.contains("thing.toml") && message.contains(wanted), "{message}");
    };
    let head = "[component]\nid = \"thing\"\nname = \"Thing\"\n";
    let with = |rest: &str| format!("{head}{rest}");
    check("[component]\nname = \"x\"", "missing field `id`");
    check(&with("colour = 1"), "colour");
    check(&with("cpe = [\"thing\"]"), "vendor:product");
    check(&with("[[match]]\nkind = \"string\"\nliteral = \"ab\""), "literal needs");
    check(
        &with("[[match]]\nkind = \"string\"\nliteral = \"Thing v\"\nregex = '('"),
        "match 1 regex",
    );
    check(&with("[[match]]\nkind = \"filename\"\nregex = 'x'\nscope = \"nowhere\""), "scope");
    let cut = r#"[[match]]
kind = "string"
literal = "Thing v"
regex = 'Thing v(?P<version>\d+\.\d+\.\d+)'
[[test]]
text = "Thing v1.2.3"
version = "1.2.3"
"#;
    check(&with(cut), "cuts \"1.2.3.7\" down");
    let fixed = cut.replace(r"\.\d+)", r"\.\d+(?:\.\d+)*)");
    let files = with(&fixed);
    let rules = Rules::parse(&[("thing.toml", &files)]).unwrap();
    assert_eq!(rules.check(), []);
}

#[test]
fn rules_of_a_later_file_replace_earlier_ones() {
    let one = "[component]\nid = \"thing\"\nname = \"Thing\"\naliases = [\"one\"]\n";
    let two = "[component]\nid = \"thing\"\nname = \"Thing\"\naliases = [\"two*\"]\n";
    let rules = Rules::parse(&[("thing.toml", one), ("mine/thing.toml", two)]).unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules.id_of_package("one"), None);
    assert_eq!(rules.id_of_package("Two-plus"), Some("thing"));
}
