//! The verdict.

use super::evidence::{ComponentFact, EarlierFact, FindingFact, ReviewEvidence};
use super::glob::matches;
use super::policy::{ComponentMatch, Condition, Exception, FindingMatch, Policy, Rule};
use super::{baseline, bill, coverage, source};
use duecare_base::Digest;
use duecare_formats::date::Date;
use duecare_formats::versions;
use std::collections::BTreeMap;

/// Whether the image may ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every rule is met.
    Pass,
    /// No rule is broken, but too little was seen to say that all are met.
    Incomplete,
    /// A rule is broken.
    Fail,
}

impl Verdict {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Pass, Self::Incomplete, Self::Fail];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Incomplete => "incomplete",
            Self::Fail => "fail",
        }
    }
}

/// How one rule came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// There was nothing that the rule asks about (no source, no bill). It says nothing.
    NotAsked,
    /// Met.
    Met,
    /// Not met, but the rule only warns.
    Warned,
    /// It can't be said.
    Incomplete,
    /// Not met.
    Broken,
}

impl Outcome {
    /// Every value.
    pub const ALL: &'static [Self] =
        &[Self::NotAsked, Self::Met, Self::Warned, Self::Incomplete, Self::Broken];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Met => "met",
            Self::Warned => "warning",
            Self::Incomplete => "incomplete",
            Self::Broken => "broken",
        }
    }
}

/// Why a rule came out as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// What it asks, for people.
    pub title: String,
    /// How it came out.
    pub outcome: Outcome,
    /// Why, one sentence each.
    pub because: Vec<String>,
    /// Findings that break it.
    pub findings: Vec<Digest>,
}

/// The verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the image may ship.
    pub verdict: Verdict,
    /// One for each rule, in the policy's order.
    pub reasons: Vec<Reason>,
    /// Findings that an exception accepts, with the exception's id.
    pub accepted: BTreeMap<Digest, String>,
    /// Exceptions past their end, which accept nothing any more.
    pub expired: Vec<String>,
    /// Exceptions that nothing matched: candidates for removal.
    pub unused: Vec<String>,
}

/// What the rules of one policy share while they are decided.
pub(super) struct Judge<'a> {
    /// What was found out.
    pub(super) evidence: &'a ReviewEvidence,
    /// Exceptions that hold on the day.
    pub(super) valid: Vec<&'a Exception>,
    accepted: BTreeMap<Digest, String>,
    /// Ids of exceptions that accepted something.
    pub(super) used: Vec<&'a str>,
}

/// Decides whether an image may ship on day `today`.
#[must_use]
pub fn decide(policy: &Policy, evidence: &ReviewEvidence, today: Date) -> Decision {
    let (valid, expired): (Vec<&Exception>, Vec<&Exception>) =
        policy.exceptions.iter().partition(|exception| today <= exception.until);
    let mut judge = Judge { evidence, valid, accepted: BTreeMap::new(), used: Vec::new() };
    let reasons: Vec<Reason> = policy.rules.iter().map(|rule| judge.rule(rule)).collect();
    let worst = reasons.iter().map(|reason| reason.outcome).max().unwrap_or(Outcome::Incomplete);
    let unused = judge
        .valid
        .iter()
        .filter(|exception| !judge.used.contains(&exception.id.as_str()))
        .map(|exception| exception.id.clone())
        .collect();
    Decision {
        verdict: match worst {
            Outcome::NotAsked | Outcome::Met | Outcome::Warned => Verdict::Pass,
            Outcome::Incomplete => Verdict::Incomplete,
            Outcome::Broken => Verdict::Fail,
        },
        reasons,
        accepted: judge.accepted,
        expired: expired.into_iter().map(|exception| exception.id.clone()).collect(),
        unused,
    }
}

impl<'a> Judge<'a> {
    fn rule(&mut self, rule: &Rule) -> Reason {
        let mut reason = Reason {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            outcome: Outcome::Met,
            because: Vec::new(),
            findings: Vec::new(),
        };
        match &rule.condition {
            Condition::NoFinding(wanted) => self.findings(wanted, rule.always, &mut reason),
            Condition::NoComponent(wanted) => self.components(wanted, &mut reason),
            Condition::Coverage(floor) => coverage::judge(self, floor, &mut reason),
            Condition::Analyser(floor) => source::judge(floor, self.evidence, &mut reason),
            Condition::BaselineFits { overlap_percent_min, required } => {
                let given = self.evidence.baseline.as_ref();
                baseline::judge(given, *overlap_percent_min, *required, &mut reason);
            }
            Condition::BillAgrees(rule) => {
                bill::judge(self.evidence.bill.as_ref(), rule, &mut reason);
            }
        }
        if rule.warn_only && reason.outcome > Outcome::Met {
            reason.outcome = Outcome::Warned;
        }
        reason
    }

    fn findings(&mut self, wanted: &FindingMatch, always: bool, reason: &mut Reason) {
        let (mut known, mut accepted, mut escalated, mut quiet) = (0, 0, 0, 0);
        for finding in self.evidence.findings.iter().filter(|finding| is_wanted(wanted, finding)) {
            if let Some(exception) = self.exception_for(finding) {
                self.used.push(&exception.id);
                self.accepted.insert(finding.fingerprint, exception.id.clone());
                accepted += 1;
            } else if finding.suppressed && wanted.suppressions_accepted {
                quiet += 1;
            } else if !always && finding.earlier.is_some_and(|earlier| is_bad(wanted, earlier)) {
                known += 1;
            } else {
                escalated += usize::from(finding.earlier.is_some() && !always);
                reason.findings.push(finding.fingerprint);
            }
        }
        reason.findings.sort_unstable();
        reason.findings.dedup();
        let broken = reason.findings.len();
        if broken > 0 {
            reason.outcome = Outcome::Broken;
            let new = if self.evidence.baseline.is_some() && !always { "new " } else { "" };
            reason.because.push(format!("{broken} {new}{}", plural(broken, "finding")));
        }
        if escalated > 0 {
            reason.because.push(format!(
                "{escalated} of them escalated since the baseline, where they did not match"
            ));
        }
        if quiet > 0 {
            reason.because.push(format!("{quiet} suppressed in the source, as the policy accepts"));
        }
        if known > 0 {
            let text = format!("{known} {} of the baseline not counted", plural(known, "finding"));
            reason.because.push(text);
        }
        if accepted > 0 {
            reason.because.push(format!("{accepted} accepted by exceptions"));
        }
        if reason.because.is_empty() {
            reason.because.push("no such finding".to_owned());
        }
    }

    fn exception_for(&self, finding: &FindingFact) -> Option<&'a Exception> {
        let fingerprint = finding.fingerprint.to_string();
        self.valid.iter().copied().find(|exception| {
            exception.component.is_empty()
                && exception.gap.is_empty()
                && (exception.check.is_empty() || matches(&exception.check, &finding.check))
                && (exception.path.is_empty() || matches(&exception.path, &finding.path))
                && fingerprint.starts_with(exception.fingerprint.as_str())
        })
    }

    fn components(&mut self, wanted: &ComponentMatch, reason: &mut Reason) {
        for component in &self.evidence.components {
            if !component_is_wanted(wanted, component) {
                continue;
            }
            let name = component.names.first().map(String::as_str).unwrap_or_default();
            let shown = match &component.version {
                Some(version) => format!("{name} {version}"),
                None => format!("{name} (version unknown)"),
            };
            let exception = self.valid.iter().copied().find(|exception| {
                !exception.component.is_empty() && is_called(component, &exception.component)
            });
            if let Some(exception) = exception {
                self.used.push(&exception.id);
                reason.because.push(format!("{shown} is accepted by {}", exception.id));
            } else {
                reason.outcome = Outcome::Broken;
                reason.because.push(format!("{shown} is in the image"));
            }
        }
        if reason.because.is_empty() {
            reason.because.push("no such component".to_owned());
        }
        let mut known = self.evidence.component_names.iter();
        if reason.outcome == Outcome::Met && !known.any(|name| matches(&wanted.name, name)) {
            reason.outcome = Outcome::Warned;
            reason.because.push(format!(
                "no component called \"{}\" is known here or in the image: is it spelt so?",
                wanted.name
            ));
        }
    }
}

fn is_wanted(wanted: &FindingMatch, finding: &FindingFact) -> bool {
    let any = |patterns: &[String], text: &str| patterns.iter().any(|p| matches(p, text));
    let now = EarlierFact { severity: finding.severity, confidence: finding.confidence };
    is_bad(wanted, now)
        && (wanted.checks.is_empty() || any(&wanted.checks, &finding.check))
        && (wanted.paths.is_empty() || any(&wanted.paths, &finding.path))
        && !any(&wanted.except_checks, &finding.check)
}

/// Whether a finding of this severity and confidence is one that the rule is about.
fn is_bad(wanted: &FindingMatch, judged: EarlierFact) -> bool {
    judged.severity >= wanted.severity_min && judged.confidence >= wanted.confidence_min
}

fn component_is_wanted(wanted: &ComponentMatch, component: &ComponentFact) -> bool {
    let version_fits = match &component.version {
        _ if wanted.versions.is_empty() => true,
        Some(version) => versions::meets(version, &wanted.versions) == Some(true),
        None => wanted.or_unknown_version,
    };
    version_fits
        && component.confidence_percent >= wanted.confidence_percent_min
        && is_called(component, &wanted.name)
}

fn is_called(component: &ComponentFact, pattern: &str) -> bool {
    component.names.iter().any(|name| matches(pattern, name))
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}
