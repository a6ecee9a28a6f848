//! Review of a firmware image: what a person gives, through the engines, to a decided report.
//!
//! [`run`] reads as the list it is: examine, compare, gather evidence, decide, report. Reading
//! files and starting analysers is done by the faces and by `duecare-analysers`; everything comes
//! in as bytes, and the day as a parameter, so the same request always gives the same report.

pub mod baseline;
mod bill;
mod build_only;
mod evidence;
pub mod labels;
mod languages;
mod outputs;
pub mod policy;
pub mod report;
mod reporting;

pub use bill::BillError;
pub use duecare_analysers::AnalyserOutcome;
pub use outputs::{Outputs, outputs};

use bytes::Bytes;
use duecare_base::{Digest, Finding, Location, NotSeen};
use duecare_domain::review::{Condition, Decision, Policy, decide, glob_matches};
use duecare_firmware::unpack::Limits;
use duecare_firmware::{Examination, Knowledge, SourceFile};
use duecare_formats::date::Date;
use report::Report;
use std::cell::Cell;
use std::collections::BTreeSet;

/// A file that was given.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// File name without its folder.
    pub name: String,
    /// Its bytes.
    pub content: Bytes,
}

/// A policy with the digest of its text.
#[derive(Debug, Clone)]
pub struct LoadedPolicy {
    /// The policy.
    pub policy: Policy,
    /// Digest of the file it came from.
    pub digest: Digest,
}

/// An earlier report whose findings are known.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The file.
    pub file: InputFile,
    /// What it says.
    pub report: baseline::Earlier,
}

/// A source drop.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name of its folder.
    pub name: String,
    /// Its files, sorted by path.
    pub files: Vec<SourceFile>,
    /// Files that were left out (too large, unreadable), one line each.
    pub left_out: Vec<String>,
}

/// Everything that one review is given.
#[derive(Debug, Clone)]
pub struct Request {
    /// Firmware images.
    pub images: Vec<InputFile>,
    /// A source drop.
    pub source: Option<Source>,
    /// A companion app.
    pub app: Option<InputFile>,
    /// The build's bill of materials.
    pub bill: Option<InputFile>,
    /// SARIF files that were imported, for the record.
    pub sarif: Vec<InputFile>,
    /// How the analysers fared, imported ones included.
    pub analysers: Vec<AnalyserOutcome>,
    /// An earlier report.
    pub baseline: Option<Baseline>,
    /// The policy.
    pub policy: LoadedPolicy,
    /// The day that it is decided for.
    pub today: Date,
    /// Limits on the unpacking; the images and the app share the memory.
    pub limits: Limits,
}

/// A finished review.
#[derive(Debug)]
pub struct Review {
    /// The decision.
    pub decision: Decision,
    /// The report.
    pub report: Report,
    /// The images as they were examined, for extraction and listings; their findings are in the
    /// report.
    pub images: Vec<Examination>,
    /// Every finding, merged.
    pub findings: Vec<Finding>,
}

/// Why a review could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The bill of materials.
    #[error("the bill of materials {name} can't be read")]
    Bill {
        /// Its file name.
        name: String,
        /// Why.
        #[source]
        source: BillError,
    },
    /// A policy that asks for a check which does not exist would pass everything.
    #[error(
        "the policy's {entry} names the check \"{pattern}\", and there is none; `duecare checks` lists them"
    )]
    UnknownCheck {
        /// The rule or exception.
        entry: String,
        /// What it names.
        pattern: String,
    },
    /// A policy that asks for an analyser which does not exist.
    #[error(
        "the policy's rule \"{rule}\" names the analyser \"{name}\", which is neither known nor imported here; known are {known}"
    )]
    UnknownAnalyser {
        /// The rule.
        rule: String,
        /// What it names.
        name: String,
        /// Those that are known or imported.
        known: String,
    },
    /// The app is none.
    #[error("{name} is not an Android package: there is no AndroidManifest.xml in it")]
    NotAnApp {
        /// Its file name.
        name: String,
    },
}

/// Reviews what the request gives. `progress` gets a line for every step.
///
/// # Errors
/// [`ReviewError`] when the bill of materials can't be read; anything wrong with an image is part
/// of its report instead.
pub fn run(
    request: &Request,
    knowledge: &Knowledge,
    progress: &dyn Fn(&str),
) -> Result<Review, ReviewError> {
    known_checks(&request.policy.policy, knowledge)?;
    known_analysers(request)?;
    let bill = match &request.bill {
        Some(file) => Some(
            bill::read(file, &request.limits)
                .map_err(|source| ReviewError::Bill { name: file.name.clone(), source })?,
        ),
        None => None,
    };
    let Examined { images, app, source_not_seen, findings } =
        examine(request, knowledge, progress)?;
    let comparison = bill.map(|bill| bill::compare(bill, &images, knowledge));
    let mut evidence = evidence::gather(
        request,
        &images,
        app.as_ref(),
        &source_not_seen,
        &findings,
        comparison.as_ref(),
        knowledge,
    );
    let baseline = request.baseline.as_ref().map(|baseline| {
        let everything_seen = evidence.coverage.iter().all(|fact| fact.incomplete.is_empty());
        let (app, findings) = (app.as_ref(), findings.as_slice());
        let now = baseline::Now { request, images: &images, app, findings, everything_seen };
        baseline::compare(baseline, &now)
    });
    if let (Some(baseline), Some(given)) = (&baseline, &request.baseline) {
        evidence.baseline = Some(baseline.fact.clone());
        if baseline.fact.is_of_same_product() {
            given.report.mark(&mut evidence.findings);
        }
    }
    let decision = decide(&request.policy.policy, &evidence, request.today);
    let report = reporting::report(&reporting::Material {
        request,
        knowledge,
        images: &images,
        app: app.as_ref(),
        source_not_seen: &source_not_seen,
        findings: &findings,
        comparison: comparison.as_ref(),
        baseline: baseline.as_ref().map(|baseline| &baseline.entry),
        evidence: &evidence,
        decision: &decision,
    });
    let findings = findings.into_iter().map(|(finding, _)| finding).collect();
    Ok(Review { decision, report, images, findings })
}

/// What was seen, before anything is compared or decided.
struct Examined {
    images: Vec<Examination>,
    app: Option<Examination>,
    source_not_seen: NotSeen,
    findings: Vec<(Finding, Vec<Location>)>,
}

fn examine(
    request: &Request,
    knowledge: &Knowledge,
    progress: &dyn Fn(&str),
) -> Result<Examined, ReviewError> {
    let today = request.today.unix_seconds();
    // Everything is kept to the end, so the images and the app share one limit of memory.
    let left = Cell::new(request.limits.memory_bytes_max);
    let limits = || Limits { memory_bytes_max: left.get(), ..request.limits.clone() };
    let take = |examined: Examination| {
        left.set(left.get().saturating_sub(examined.unpacked.memory_bytes));
        examined
    };
    let mut images: Vec<Examination> = request
        .images
        .iter()
        .map(|file| {
            let InputFile { name, content } = file;
            let content = content.clone();
            take(duecare_firmware::examine(name, content, knowledge, limits(), today, progress))
        })
        .collect();
    let mut app = request.app.as_ref().map(|file| {
        let InputFile { name, content } = file;
        let content = content.clone();
        take(duecare_firmware::examine_app(name, content, knowledge, limits(), today, progress))
    });
    if let Some(app) = app.as_ref().filter(|app| !is_app(app)) {
        return Err(ReviewError::NotAnApp { name: app.unpacked.name.clone() });
    }

    let examined = images.iter_mut().chain(&mut app);
    let mut findings: Vec<Finding> =
        examined.flat_map(|image| std::mem::take(&mut image.findings)).collect();
    if images.len() > 1 {
        let unpacked: Vec<_> = images.iter().map(|image| &image.unpacked).collect();
        findings.extend(duecare_firmware::across(&unpacked, knowledge));
    }
    let mut source_not_seen = NotSeen::default();
    if let Some(source) = &request.source {
        progress("reading the source");
        let checked = duecare_firmware::examine_source(&source.files, knowledge, today);
        findings.extend(checked.findings);
        source_not_seen = checked.not_seen;
    }
    let mut imported: Vec<Finding> =
        request.analysers.iter().flat_map(|run| run.findings.clone()).collect();
    duecare_firmware::redact(&mut imported);
    findings.extend(imported);
    let findings = duecare_firmware::merge(findings);
    Ok(Examined { images, app, source_not_seen, findings })
}

/// Every check that the policy names must be there; results of other analysers (`tool/rule`) can't
/// be known before they ran.
fn known_checks(policy: &Policy, knowledge: &Knowledge) -> Result<(), ReviewError> {
    let mut named: Vec<(String, &str)> = Vec::new();
    for rule in &policy.rules {
        if let Condition::NoFinding(wanted) = &rule.condition {
            let patterns = wanted.checks.iter().chain(&wanted.except_checks);
            named.extend(patterns.map(|p| (format!("rule \"{}\"", rule.id), p.as_str())));
        }
    }
    for exception in policy.exceptions.iter().filter(|exception| !exception.check.is_empty()) {
        named.push((format!("exception \"{}\"", exception.id), exception.check.as_str()));
    }
    for (entry, pattern) in named {
        let known = knowledge.checks().any(|info| glob_matches(pattern, &info.id));
        if !known && !pattern.contains('/') {
            return Err(ReviewError::UnknownCheck { entry, pattern: pattern.to_owned() });
        }
    }
    Ok(())
}

/// Every analyser that the policy names must be known here, or have been imported this time.
fn known_analysers(request: &Request) -> Result<(), ReviewError> {
    let imported = request.analysers.iter().map(|run| run.name.clone());
    let mut known: BTreeSet<String> = duecare_analysers::known().map(ToOwned::to_owned).collect();
    known.extend(imported);
    for rule in &request.policy.policy.rules {
        let Condition::Analyser(floor) = &rule.condition else { continue };
        if let Some(name) = floor.any_of.iter().find(|name| !known.contains(*name)) {
            let known: Vec<String> = known.into_iter().collect();
            let (rule, name) = (rule.id.clone(), name.clone());
            return Err(ReviewError::UnknownAnalyser { rule, name, known: known.join(", ") });
        }
    }
    Ok(())
}

fn is_app(app: &Examination) -> bool {
    app.unpacked.layers.iter().flat_map(|layer| &layer.nodes).any(|node| {
        node.path == "/AndroidManifest.xml" || node.path.ends_with("/manifest/AndroidManifest.xml")
    })
}
