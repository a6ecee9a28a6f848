//! Policies as people write them, in TOML, into the domain's [`Policy`]. `docs/policy.md` is the
//! reference for the keys.

use duecare_base::finding::UnknownLabel;
use duecare_base::{Confidence, DifferenceKind, Severity};
use duecare_domain::review::{
    BillRule, ComponentMatch, Condition, CoverageFloor, Exception, FindingMatch,
    OVERLAP_PERCENT_MIN, Policy, PolicyError, Rule, SourceFloor, UNKNOWN_BYTES_MAX,
    UNKNOWN_REGION_BYTES_MAX,
};
use duecare_formats::date::DateError;
use serde::Deserialize;

/// Why a policy file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// Not TOML, or a key that does not exist or has the wrong type.
    #[error("it is not readable as a policy")]
    Toml(#[from] toml::de::Error),
    /// A word that is none of the known values.
    #[error("in rule or exception \"{id}\"")]
    Label {
        /// The rule or exception.
        id: String,
        /// What is wrong with it.
        #[source]
        source: UnknownLabel,
    },
    /// A date that is none.
    #[error("in exception \"{id}\"")]
    Date {
        /// The exception.
        id: String,
        /// What is wrong with it.
        #[source]
        source: DateError,
    },
    /// A difference that does not exist.
    #[error(
        "in rule \"{id}\": \"{kind}\" is no difference; missing, extra and different-version are"
    )]
    Difference {
        /// The rule.
        id: String,
        /// What it says.
        kind: String,
    },
    /// A share that is none.
    #[error("in rule \"{id}\": {value} is no percentage")]
    Percent {
        /// The rule.
        id: String,
        /// What it says.
        value: f64,
    },
    /// A rule that asks for nothing, or for two things.
    #[error(
        "rule \"{0}\" must have exactly one of the keys findings, component, coverage, analyser, bill, baseline"
    )]
    Condition(String),
    /// A policy that lets damaged images through.
    #[error(
        "in rule \"{0}\": complete_layers_required can't be false, because incomplete is never a pass; accept single gaps with an [[exception]] that has gap = \"...\", owner, reason and until"
    )]
    Incomplete(String),
    /// A policy that lets images without a system through, whatever they are.
    #[error(
        "in rule \"{0}\": system_required can't be false, because an image in which nothing was found would pass; name the formats that hold none: system_not_required_for = [\"zip\"]"
    )]
    NoSystem(String),
    /// A format that does not exist.
    #[error("in rule \"{id}\": \"{format}\" is no format; known are {known}")]
    Format {
        /// The rule.
        id: String,
        /// What it names.
        format: String,
        /// Every format.
        known: String,
    },
    /// The policy makes no sense as a whole.
    #[error("the policy makes no sense")]
    Sense(#[from] PolicyError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    name: String,
    #[serde(default)]
    rule: Vec<RuleEntry>,
    #[serde(default)]
    exception: Vec<ExceptionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    id: String,
    title: String,
    #[serde(default)]
    warn_only: bool,
    #[serde(default)]
    always: bool,
    findings: Option<FindingsEntry>,
    component: Option<ComponentEntry>,
    coverage: Option<CoverageEntry>,
    analyser: Option<AnalyserEntry>,
    bill: Option<BillEntry>,
    baseline: Option<BaselineRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingsEntry {
    #[serde(default)]
    checks: Vec<String>,
    #[serde(default)]
    except_checks: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default = "lowest_severity")]
    severity_min: String,
    #[serde(default = "lowest_confidence")]
    confidence_min: String,
    #[serde(default)]
    suppressions_accepted: bool,
}

fn lowest_severity() -> String {
    Severity::Info.label().to_owned()
}

fn lowest_confidence() -> String {
    Confidence::Low.label().to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComponentEntry {
    name: String,
    #[serde(default)]
    versions: String,
    #[serde(default)]
    or_unknown_version: bool,
    #[serde(default)]
    confidence_percent_min: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverageEntry {
    explained_percent_min: f64,
    #[serde(default)]
    encrypted_percent_max: f64,
    #[serde(default = "yes")]
    system_required: bool,
    #[serde(default)]
    system_not_required_for: Vec<String>,
    #[serde(default = "yes")]
    complete_layers_required: bool,
    #[serde(default = "unknown_region_kib_max")]
    unknown_region_kib_max: u32,
    #[serde(default = "unknown_kib_max")]
    unknown_kib_max: u32,
}

fn unknown_region_kib_max() -> u32 {
    (UNKNOWN_REGION_BYTES_MAX >> 10) as u32
}

fn unknown_kib_max() -> u32 {
    (UNKNOWN_BYTES_MAX >> 10) as u32
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnalyserEntry {
    #[serde(default)]
    any_of: Vec<String>,
    #[serde(default)]
    even_without_source: bool,
    #[serde(default = "yes")]
    every_language: bool,
    #[serde(default)]
    own_rules_suffice: bool,
    #[serde(default)]
    failures_allowed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineRule {
    #[serde(default = "overlap_percent_min")]
    overlap_percent_min: u8,
    #[serde(default)]
    required: bool,
}

fn overlap_percent_min() -> u8 {
    OVERLAP_PERCENT_MIN
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BillEntry {
    kinds: Vec<String>,
    extra_percent_max: Option<u8>,
    #[serde(default)]
    required: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionEntry {
    id: String,
    #[serde(default)]
    check: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    component: String,
    #[serde(default)]
    gap: String,
    owner: String,
    reason: String,
    until: String,
}

/// Reads a policy.
///
/// # Errors
/// [`PolicyFileError`] with the rule or exception that is wrong, and why.
pub fn parse(text: &str) -> Result<Policy, PolicyFileError> {
    let file: PolicyFile = toml::from_str(text)?;
    let mut rules: Vec<Rule> = file.rule.into_iter().map(rule).collect::<Result<_, _>>()?;
    let covers = rules.iter().any(|rule| matches!(rule.condition, Condition::Coverage(_)));
    if !rules.is_empty() && !covers {
        rules.push(coverage_floor());
    }
    let policy = Policy {
        name: file.name,
        rules,
        exceptions: file.exception.into_iter().map(exception).collect::<Result<_, _>>()?,
    };
    policy.validate()?;
    Ok(policy)
}

/// What holds when a policy says nothing of coverage: an image that was not seen is never a pass.
fn coverage_floor() -> Rule {
    Rule {
        id: "coverage-floor".to_owned(),
        title: "the image was unpacked and understood (holds when the policy says nothing of it)"
            .to_owned(),
        condition: Condition::Coverage(CoverageFloor {
            explained_permille_min: 900,
            encrypted_permille_max: 10,
            systemless_formats: Vec::new(),
            unknown_region_bytes_max: UNKNOWN_REGION_BYTES_MAX,
            unknown_bytes_max: UNKNOWN_BYTES_MAX,
        }),
        warn_only: false,
        always: false,
    }
}

fn rule(entry: RuleEntry) -> Result<Rule, PolicyFileError> {
    let id = entry.id.clone();
    let mut conditions = Vec::new();
    if let Some(findings) = entry.findings {
        conditions.push(Condition::NoFinding(finding_match(&id, findings)?));
    }
    if let Some(component) = entry.component {
        conditions.push(Condition::NoComponent(ComponentMatch {
            name: component.name,
            versions: component.versions,
            or_unknown_version: component.or_unknown_version,
            confidence_percent_min: component.confidence_percent_min,
        }));
    }
    if let Some(coverage) = entry.coverage {
        conditions.push(Condition::Coverage(coverage_of(&id, coverage)?));
    }
    if let Some(analyser) = entry.analyser {
        conditions.push(Condition::Analyser(SourceFloor {
            any_of: analyser.any_of.iter().map(|name| name.to_lowercase()).collect(),
            even_without_source: analyser.even_without_source,
            every_language: analyser.every_language,
            own_rules_suffice: analyser.own_rules_suffice,
            failures_allowed: analyser.failures_allowed,
        }));
    }
    if let Some(BaselineRule { overlap_percent_min, required }) = entry.baseline {
        // The range is the same as that of every percentage here.
        permille(&id, f64::from(overlap_percent_min))?;
        conditions.push(Condition::BaselineFits { overlap_percent_min, required });
    }
    if let Some(BillEntry { kinds, extra_percent_max, required }) = entry.bill {
        permille(&id, f64::from(extra_percent_max.unwrap_or_default()))?;
        let kinds = kinds.iter().map(|kind| difference(&id, kind)).collect::<Result<_, _>>()?;
        conditions.push(Condition::BillAgrees(BillRule { kinds, extra_percent_max, required }));
    }
    let condition = conditions.pop().filter(|_| conditions.is_empty());
    let condition = condition.ok_or(PolicyFileError::Condition(id))?;
    let RuleEntry { id, title, warn_only, always, .. } = entry;
    Ok(Rule { id, title, condition, warn_only, always })
}

fn coverage_of(id: &str, entry: CoverageEntry) -> Result<CoverageFloor, PolicyFileError> {
    if !entry.complete_layers_required {
        return Err(PolicyFileError::Incomplete(id.to_owned()));
    }
    if !entry.system_required {
        return Err(PolicyFileError::NoSystem(id.to_owned()));
    }
    let formats = duecare_firmware::formats();
    let unknown = |name: &&String| !formats.iter().any(|format| format.name() == name.as_str());
    if let Some(format) = entry.system_not_required_for.iter().find(unknown) {
        let mut known: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        known.sort_unstable();
        known.dedup();
        let (id, format) = (id.to_owned(), format.clone());
        return Err(PolicyFileError::Format { id, format, known: known.join(", ") });
    }
    Ok(CoverageFloor {
        explained_permille_min: permille(id, entry.explained_percent_min)?,
        encrypted_permille_max: permille(id, entry.encrypted_percent_max)?,
        systemless_formats: entry.system_not_required_for,
        unknown_region_bytes_max: u64::from(entry.unknown_region_kib_max) << 10,
        unknown_bytes_max: u64::from(entry.unknown_kib_max) << 10,
    })
}

fn finding_match(id: &str, entry: FindingsEntry) -> Result<FindingMatch, PolicyFileError> {
    let label = |source| PolicyFileError::Label { id: id.to_owned(), source };
    Ok(FindingMatch {
        checks: entry.checks,
        except_checks: entry.except_checks,
        paths: entry.paths,
        severity_min: entry.severity_min.parse().map_err(label)?,
        confidence_min: entry.confidence_min.parse().map_err(label)?,
        suppressions_accepted: entry.suppressions_accepted,
    })
}

fn permille(id: &str, percent: f64) -> Result<u32, PolicyFileError> {
    if (0.0..=100.0).contains(&percent) {
        // In 0..=1000 by the line above.
        Ok((percent * 10.0).round() as u32)
    } else {
        Err(PolicyFileError::Percent { id: id.to_owned(), value: percent })
    }
}

fn difference(id: &str, kind: &str) -> Result<DifferenceKind, PolicyFileError> {
    DifferenceKind::ALL
        .iter()
        .copied()
        .find(|known| known.label() == kind)
        .ok_or_else(|| PolicyFileError::Difference { id: id.to_owned(), kind: kind.to_owned() })
}

fn exception(entry: ExceptionEntry) -> Result<Exception, PolicyFileError> {
    let until = entry.until.parse();
    let until = until.map_err(|source| PolicyFileError::Date { id: entry.id.clone(), source })?;
    let ExceptionEntry { id, check, path, fingerprint, component, gap, owner, reason, .. } = entry;
    Ok(Exception { id, check, path, fingerprint, component, gap, owner, reason, until })
}
