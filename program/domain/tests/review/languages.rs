//! Source, language by language.

use super::*;

fn language(name: &str, files: usize, own: usize, runs: &[(&str, AnalyserState)]) -> LanguageFact {
    let analyser = |(name, state): &(&str, AnalyserState)| LanguageAnalyser {
        name: (*name).into(),
        version: Some("2.1".into()),
        state: *state,
    };
    LanguageFact {
        language: name.into(),
        files,
        bytes: files as u64 * 1000,
        own_files: own,
        analysers: runs.iter().map(analyser).collect(),
    }
}

fn source(languages: Vec<LanguageFact>) -> ReviewEvidence {
    let mut analysers: Vec<AnalyserRun> = languages
        .iter()
        .flat_map(|language| &language.analysers)
        .map(|run| AnalyserRun { name: run.name.clone(), state: run.state, detail: None })
        .collect();
    analysers.dedup();
    ReviewEvidence { analysers, languages, source_given: true, ..ReviewEvidence::default() }
}

#[test]
fn each_language_of_the_source_is_asked_for() {
    use AnalyserState::{Cut, Failed, Imported, Missing, NotStarted, Ran};
    let floor = SourceFloor { every_language: true, ..SourceFloor::default() };
    let policy = policy(vec![rule("source", Condition::Analyser(floor.clone()))]);
    let c = || language("C", 34, 34, &[("cppcheck", Ran), ("clang-tidy", Missing)]);
    let check = |languages: Vec<LanguageFact>, expected, line: &str| {
        let evidence = source(languages);
        assert_eq!(verdict(&policy, &evidence), expected, "{line}");
        let decision = decide(&policy, &evidence, "2026-11-22".parse().unwrap());
        let because = &decision.reasons[0].because;
        assert!(because.iter().any(|one| one == line), "{line}: {because:?}");
    };
    let alone = |runs: &[(&str, AnalyserState)], own| vec![language("C", 34, own, runs)];
    check(vec![c()], Verdict::Pass, "C: 34 files, cppcheck 2.1 ran");
    let both = [("cppcheck", Ran), ("tool", Imported)];
    check(alone(&both, 0), Verdict::Pass, "C: 34 files, cppcheck 2.1 ran; tool 2.1 imported");
    let php = language("PHP", 12, 12, &[]);
    check(vec![c(), php], Verdict::Pass, "PHP: 12 files, no analyser but our own rules");
    let go = language("Go", 3, 0, &[]);
    check(vec![c(), go], Verdict::Incomplete, "Go: 3 files, nothing looked at it");
    let none = alone(&[("cppcheck", Missing)], 30);
    let line =
        "C: 34 files, no analyser but our own rules, on 30 of them; cppcheck 2.1 not installed";
    check(none, Verdict::Incomplete, line);
    let failed = alone(&[("cppcheck", Ran), ("clang-tidy", Failed)], 34);
    let line = "C: 34 files, cppcheck 2.1 ran; clang-tidy 2.1 failed";
    check(failed, Verdict::Incomplete, line);
    let cut = alone(&[("cppcheck", Cut)], 34);
    check(cut, Verdict::Incomplete, "C: 34 files, cppcheck 2.1 cut short");
    let idle = language("Rust", 9, 0, &[("cargo-clippy", NotStarted)]);
    let line = "Rust: 9 files, nothing looked at it; cargo-clippy 2.1 not started";
    check(vec![c(), idle], Verdict::Incomplete, line);
    let helper = LanguageFact { bytes: 900, ..language("Ruby", 1, 0, &[]) };
    let line = "Ruby: 1 file, nothing looked at it (too little of it to ask for more)";
    check(vec![c(), helper.clone()], Verdict::Pass, line);
    check(vec![helper], Verdict::Incomplete, "Ruby: 1 file, nothing looked at it");
}

#[test]
fn what_is_asked_of_source_can_be_loosened() {
    use AnalyserState::{Failed, Missing, Ran};
    let with = |floor: SourceFloor, languages| {
        verdict(&policy(vec![rule("source", Condition::Analyser(floor))]), &source(languages))
    };
    let every = SourceFloor { every_language: true, ..SourceFloor::default() };
    let own = || vec![language("C", 34, 34, &[("cppcheck", Missing)])];
    assert_eq!(with(every.clone(), own()), Verdict::Incomplete);
    let suffice = SourceFloor { own_rules_suffice: true, ..every.clone() };
    assert_eq!(with(suffice, own()), Verdict::Pass);
    let broken = || vec![language("C", 34, 34, &[("cppcheck", Ran), ("clang-tidy", Failed)])];
    assert_eq!(with(every.clone(), broken()), Verdict::Incomplete);
    let allowed = SourceFloor { failures_allowed: true, ..every.clone() };
    assert_eq!(with(allowed, broken()), Verdict::Pass);
    let named = SourceFloor { any_of: vec!["coverity".into()], ..every };
    let ran = || vec![language("C", 34, 34, &[("cppcheck", Ran)])];
    assert_eq!(with(named, ran()), Verdict::Incomplete);
    let some = [ran(), vec![language("Go", 9, 0, &[])]].concat();
    assert_eq!(with(SourceFloor::default(), some), Verdict::Pass, "one analyser is enough");
}

#[test]
fn how_far_a_language_was_looked_at() {
    use AnalyserState::{Cut, Failed, Missing, Ran};
    for (runs, own, expected) in [
        (&[("a", Ran)][..], 0, LanguageState::Analysed),
        (&[("a", Ran), ("b", Failed)][..], 1, LanguageState::InPart),
        (&[("a", Cut)][..], 1, LanguageState::InPart),
        (&[("a", Missing)][..], 1, LanguageState::OwnRules),
        (&[("a", Failed)][..], 0, LanguageState::Unread),
    ] {
        assert_eq!(language("C", 1, own, runs).state(), expected, "{runs:?}");
    }
}
