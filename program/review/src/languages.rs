//! What the source drop is written in, and who looked at each language.

use super::report::{LanguageAnalyserEntry, LanguageEntry};
use super::{Request, Source};
use duecare_analysers::SourceLanguage;
use duecare_domain::review::{AnalyserState, LanguageAnalyser, LanguageFact};
use duecare_firmware::SourceFile;
use std::collections::BTreeMap;

/// Folders of version control, which hold no source of their own.
const SKIPPED: [&str; 5] = [".git", ".hg", ".svn", ".bzr", "CVS"];

#[derive(Default)]
struct Amount {
    files: usize,
    bytes: u64,
    own_files: usize,
}

/// One for each language in the drop, in the order of [`SourceLanguage`].
pub(super) fn facts(request: &Request) -> Vec<LanguageFact> {
    let Some(source) = &request.source else { return Vec::new() };
    amounts(source)
        .into_iter()
        .map(|(language, amount)| LanguageFact {
            language: language.label().to_owned(),
            files: amount.files,
            bytes: amount.bytes,
            own_files: amount.own_files,
            analysers: analysers(request, language),
        })
        .collect()
}

fn amounts(source: &Source) -> BTreeMap<SourceLanguage, Amount> {
    let mut amounts: BTreeMap<SourceLanguage, Amount> = BTreeMap::new();
    let mut headers = Amount::default();
    for file in source.files.iter().filter(|file| !is_skipped(file)) {
        let Some(language) = SourceLanguage::of(&file.path, &file.content) else { continue };
        let amount = if SourceLanguage::is_header(&file.path) {
            &mut headers
        } else {
            amounts.entry(language).or_default()
        };
        amount.files += 1;
        amount.bytes += file.content.len() as u64;
        amount.own_files += usize::from(duecare_firmware::follows_input(&file.path, &file.content));
    }
    if headers.files > 0 {
        let cpp_alone =
            !amounts.contains_key(&SourceLanguage::C) && amounts.contains_key(&SourceLanguage::Cpp);
        let language = if cpp_alone { SourceLanguage::Cpp } else { SourceLanguage::C };
        let amount = amounts.entry(language).or_default();
        amount.files += headers.files;
        amount.bytes += headers.bytes;
        amount.own_files += headers.own_files;
    }
    amounts
}

fn is_skipped(file: &SourceFile) -> bool {
    let folders = file.path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| SKIPPED.contains(&folder))
}

/// Those that ran, failed or were imported, and those that are known but were not even asked.
fn analysers(request: &Request, language: SourceLanguage) -> Vec<LanguageAnalyser> {
    let mut analysers: Vec<LanguageAnalyser> = request
        .analysers
        .iter()
        .filter(|run| run.languages.contains(&language))
        .map(|run| LanguageAnalyser {
            name: run.name.clone(),
            version: run.version.clone(),
            state: run.state,
        })
        .collect();
    for name in duecare_analysers::known_for(language) {
        if !analysers.iter().any(|analyser| analyser.name == name) {
            analysers.push(LanguageAnalyser {
                name: name.to_owned(),
                version: None,
                state: AnalyserState::NotStarted,
            });
        }
    }
    analysers
}

/// As they stand in the report.
pub(super) fn entries(facts: &[LanguageFact]) -> Vec<LanguageEntry> {
    facts
        .iter()
        .map(|fact| LanguageEntry {
            language: fact.language.clone(),
            files: fact.files as u64,
            bytes: fact.bytes,
            own_rules_files: fact.own_files as u64,
            state: fact.state().label().to_owned(),
            summary: fact.summary(),
            analysers: fact
                .analysers
                .iter()
                .map(|analyser| LanguageAnalyserEntry {
                    name: analyser.name.clone(),
                    version: analyser.version.clone(),
                    state: analyser.state.label().to_owned(),
                })
                .collect(),
        })
        .collect()
}
