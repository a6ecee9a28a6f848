//! What `docs/policy.md` says of rules, keys, words and analysers is what the code does.

use crate::read;
use duecare_analysers::{SourceLanguage, known_for};
use duecare_base::{Confidence, DifferenceKind, Severity};
use duecare_domain::review::{LanguageState, Outcome};
use duecare_review::policy;
use std::collections::BTreeSet;

/// The rows of the table whose first heading this is.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = read("docs/policy.md");
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&format!("| {heading} |")));
    assert!(lines.next().is_some(), "there is a table of {heading}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    rows.map(cells).collect()
}

/// Words in back quotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

fn first_column(heading: &str) -> BTreeSet<String> {
    let cells = table(heading).into_iter().filter_map(|row| row.into_iter().next());
    cells.flat_map(|cell| quoted(&cell)).collect()
}

fn words<T: Copy>(all: &[T], label: fn(T) -> &'static str) -> BTreeSet<String> {
    all.iter().map(|value| label(*value).to_owned()).collect()
}

/// What a reader that denies unknown keys says it expects.
fn expected_keys(rule: &str) -> BTreeSet<String> {
    let text = format!("name = 'p'\n[[rule]]\nid = 'r'\ntitle = 't'\n{rule}\n");
    let error = policy::parse(&text).unwrap_err();
    let mut said = format!("{error:?}");
    said.drain(..said.find(", expected ").unwrap());
    said.truncate(said.find('"').unwrap_or(said.len()));
    quoted(&said)
}

#[test]
fn outcomes_and_states_are_those_of_the_code() {
    assert_eq!(first_column("outcome"), words(Outcome::ALL, Outcome::label));
    assert_eq!(first_column("state"), words(LanguageState::ALL, LanguageState::label));
    let said = quoted(&read("docs/policy.md"));
    for word in words(DifferenceKind::ALL, DifferenceKind::label)
        .iter()
        .chain(&words(Severity::ALL, Severity::label))
        .chain(&words(Confidence::ALL, Confidence::label))
    {
        assert!(said.contains(word), "{word}");
    }
}

#[test]
fn every_key_is_described() {
    let mut rule = expected_keys("unknown = 1");
    let about_all = ["id", "title", "warn_only", "always"].map(str::to_owned);
    assert!(about_all.iter().all(|key| rule.remove(key)));
    assert_eq!(first_column("key"), rule, "the first table of keys is that of the conditions");
    let said = quoted(&read("docs/policy.md"));
    for condition in &rule {
        for key in expected_keys(&format!("{condition} = {{ unknown = 1 }}")) {
            assert!(said.contains(&key), "{condition}: {key}");
        }
    }
}

#[test]
fn who_reads_which_language_is_told() {
    let mut told = BTreeSet::new();
    for row in table("language") {
        for name in row[0].split(", ") {
            let language = SourceLanguage::ALL.iter().find(|one| one.label() == name).unwrap();
            let known: Vec<&str> = known_for(*language).collect();
            assert_eq!(known.is_empty(), row[1] == "none", "{name}");
            assert!(known.iter().all(|analyser| row[1].contains(analyser)), "{name}: {known:?}");
            let file = format!("/x.{}", extension(*language));
            assert_eq!(SourceLanguage::of(&file, b""), Some(*language), "{file}");
            let own = duecare_firmware::follows_input(&file, b"x");
            assert_eq!(own, row[2] == "yes", "{name}");
            told.insert(*language);
        }
    }
    assert_eq!(told, SourceLanguage::ALL.iter().copied().collect());
}

fn extension(language: SourceLanguage) -> &'static str {
    match language {
        SourceLanguage::C => "c",
        SourceLanguage::Cpp => "cpp",
        SourceLanguage::ObjectiveC => "m",
        SourceLanguage::Shell => "sh",
        SourceLanguage::Php => "php",
        SourceLanguage::Lua => "lua",
        SourceLanguage::Python => "py",
        SourceLanguage::Perl => "pl",
        SourceLanguage::JavaScript => "js",
        SourceLanguage::TypeScript => "ts",
        SourceLanguage::Java => "java",
        SourceLanguage::Kotlin => "kt",
        SourceLanguage::Swift => "swift",
        SourceLanguage::Go => "go",
        SourceLanguage::Rust => "rs",
        SourceLanguage::CSharp => "cs",
        SourceLanguage::Ruby => "rb",
    }
}
