//! What a maker asks of an image before it ships.

use duecare_base::{Confidence, DifferenceKind, Severity};
use duecare_formats::date::Date;

/// Digits of a fingerprint that an exception must give at least.
const FINGERPRINT_DIGITS_MIN: usize = 12;

/// Letters and digits that a pattern of an exception must begin with at least.
const PATTERN_LETTERS_MIN: usize = 2;

/// Letters and digits that a pattern of a gap must hold in one piece at least.
const GAP_LETTERS_MIN: usize = 8;

/// Least explained share that a policy may ask for, in tenths of a percent: with less, most of what
/// an image does may lie in what was not seen.
pub const EXPLAINED_PERMILLE_FLOOR: u32 = 750;

/// Largest encrypted share that a policy may allow, in tenths of a percent.
pub const ENCRYPTED_PERMILLE_CEILING: u32 = 250;

/// Largest stretch that may be unexplained unless the policy says otherwise, in bytes. Programs that
/// open a way in are smaller than that only when they are made to be; calibration data of radios is.
pub const UNKNOWN_REGION_BYTES_MAX: u64 = 64 << 10;

/// Largest sum of unexplained bytes unless the policy says otherwise.
pub const UNKNOWN_BYTES_MAX: u64 = 256 << 10;

/// A policy: rules, and the exceptions that were granted from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, for the report.
    pub name: String,
    /// Rules, in order; ids are unique.
    pub rules: Vec<Rule>,
    /// Exceptions, in order; ids are unique.
    pub exceptions: Vec<Exception>,
}

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Unique name within the policy.
    pub id: String,
    /// What is asked, for people.
    pub title: String,
    /// What to look at.
    pub condition: Condition,
    /// Only say so; the verdict does not change.
    pub warn_only: bool,
    /// Findings that the baseline has too count as well.
    pub always: bool,
}

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// No finding may match.
    NoFinding(FindingMatch),
    /// No component may match.
    NoComponent(ComponentMatch),
    /// Every image must be seen well enough; short of it the review is incomplete.
    Coverage(CoverageFloor),
    /// If source was given, analysers must have looked at it; short of it the review is incomplete.
    Analyser(SourceFloor),
    /// The baseline must be one of the same product.
    BaselineFits {
        /// Least share of the baseline's components and files that must be here too, in percent.
        overlap_percent_min: u8,
        /// A baseline must have been given; without one the review is incomplete.
        required: bool,
    },
    /// The image and the build's bill of materials must agree.
    BillAgrees(BillRule),
}

/// How far the build's bill of materials must agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillRule {
    /// Which differences count, each of them.
    pub kinds: Vec<DifferenceKind>,
    /// Largest share of the image's components that the bill may lack, in percent.
    pub extra_percent_max: Option<u8>,
    /// A bill must have been given; without one the review is incomplete.
    pub required: bool,
}

/// Which findings a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingMatch {
    /// Checks by name, `*` allowed; any when empty.
    pub checks: Vec<String>,
    /// Checks left out, `*` allowed.
    pub except_checks: Vec<String>,
    /// Paths, `*` allowed; any when empty.
    pub paths: Vec<String>,
    /// Lowest severity.
    pub severity_min: Severity,
    /// Lowest confidence.
    pub confidence_min: Confidence,
    /// Results that the source told the tool to keep quiet about do not count.
    pub suppressions_accepted: bool,
}

/// Which components a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentMatch {
    /// Name, `*` allowed.
    pub name: String,
    /// Versions, as in `<1.36` or `>=2.0,<2.83`; any when empty.
    pub versions: String,
    /// A component whose version is not known matches too.
    pub or_unknown_version: bool,
    /// Lowest confidence, in percent.
    pub confidence_percent_min: u8,
}

/// How well an image must be seen. That no layer is damaged, cut off or stopped at a limit is asked
/// always; exceptions accept single gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageFloor {
    /// Least explained share of the bytes that are not padding, in tenths of a percent.
    pub explained_permille_min: u32,
    /// Largest encrypted share, in tenths of a percent.
    pub encrypted_permille_max: u32,
    /// Formats of images in which no root file system (or microcontroller firmware) is expected.
    pub systemless_formats: Vec<String>,
    /// Largest stretch that no format explains, in bytes.
    pub unknown_region_bytes_max: u64,
    /// Largest sum of unknown and encrypted bytes.
    pub unknown_bytes_max: u64,
}

/// How well a source drop must be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceFloor {
    /// One at least of these must have looked at it; names, lower case; any when empty.
    pub any_of: Vec<String>,
    /// Also when no source was given.
    pub even_without_source: bool,
    /// Each language that the drop holds a fair amount of must have been looked at.
    pub every_language: bool,
    /// Our own rules are enough for a language also where an analyser of it is known.
    pub own_rules_suffice: bool,
    /// An analyser that failed or was cut short does not make the review incomplete.
    pub failures_allowed: bool,
}

/// A finding or component that is accepted for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Unique name within the policy.
    pub id: String,
    /// Which check, `*` allowed.
    pub check: String,
    /// Which path, `*` allowed; any when empty.
    pub path: String,
    /// Which finding exactly, by fingerprint or the beginning of one; any when empty.
    pub fingerprint: String,
    /// Which component instead of a finding, `*` allowed; none when empty.
    pub component: String,
    /// Which gap instead: the line that says what was not seen, `*` allowed; none when empty.
    pub gap: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Date,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Two rules or exceptions have one name.
    #[error("two entries are named \"{0}\"")]
    Duplicate(String),
    /// A version requirement is not understood.
    #[error("rule \"{rule}\": version requirement \"{requirement}\" is not understood")]
    Requirement {
        /// The rule.
        rule: String,
        /// What it says.
        requirement: String,
    },
    /// Something that must be said is empty.
    #[error("exception \"{id}\" has no {field}")]
    Empty {
        /// The exception.
        id: String,
        /// The field.
        field: &'static str,
    },
    /// An exception that would accept everything.
    #[error(
        "exception \"{0}\" names neither a check nor a component nor a gap nor a fingerprint, so it would accept everything"
    )]
    TooWide(String),
    /// A fingerprint that many findings could begin with.
    #[error("exception \"{0}\": give at least {FINGERPRINT_DIGITS_MIN} digits of the fingerprint")]
    ShortFingerprint(String),
    /// A policy that lets unseen images through.
    #[error("rule \"{0}\": coverage can't be a mere warning, because incomplete is never a pass")]
    WarnOnlyCoverage(String),
    /// A policy that asks for so little that an image which was not seen would pass.
    #[error(
        "rule \"{rule}\": {key} = {said} is looser than a policy may be (the limit is {limit}), because incomplete is never a pass"
    )]
    TooLoose {
        /// The rule.
        rule: String,
        /// The key.
        key: &'static str,
        /// What it says, in percent.
        said: u32,
        /// The loosest that may stand there.
        limit: u32,
    },
    /// A path that nothing can match.
    #[error("\"{entry}\": the path \"{path}\" matches nothing, because paths begin with /")]
    Path {
        /// The rule or exception.
        entry: String,
        /// What it says.
        path: String,
    },
    /// There is nothing that an image could fail.
    #[error("the policy has no rules, so every image would pass")]
    NoRules,
}

impl Policy {
    /// Checks what types can't.
    ///
    /// # Errors
    /// [`PolicyError`] with the first fault.
    pub fn validate(&self) -> Result<(), PolicyError> {
        if self.rules.is_empty() {
            return Err(PolicyError::NoRules);
        }
        let ids = self.rules.iter().map(|r| &r.id).chain(self.exceptions.iter().map(|e| &e.id));
        let mut sorted: Vec<&String> = ids.collect();
        sorted.sort();
        if let Some(pair) = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b) {
            return Err(PolicyError::Duplicate(pair.0.to_string()));
        }
        for rule in &self.rules {
            rule.condition.validate(&rule.id)?;
            if rule.warn_only && matches!(rule.condition, Condition::Coverage(_)) {
                return Err(PolicyError::WarnOnlyCoverage(rule.id.clone()));
            }
            if let Condition::NoComponent(component) = &rule.condition
                && duecare_formats::versions::meets("0", &component.versions).is_none()
            {
                let requirement = component.versions.clone();
                return Err(PolicyError::Requirement { rule: rule.id.clone(), requirement });
            }
        }
        self.exceptions.iter().try_for_each(Exception::validate)
    }
}

impl Condition {
    fn validate(&self, rule: &str) -> Result<(), PolicyError> {
        match self {
            Self::NoFinding(wanted) => {
                wanted.paths.iter().try_for_each(|path| absolute(rule, path))
            }
            Self::Coverage(floor) => floor.validate(rule),
            _ => Ok(()),
        }
    }
}

impl CoverageFloor {
    fn validate(&self, rule: &str) -> Result<(), PolicyError> {
        let loose = |key, said: u32, limit: u32| {
            let (said, limit) = (said / 10, limit / 10);
            Err(PolicyError::TooLoose { rule: rule.to_owned(), key, said, limit })
        };
        let (explained, encrypted) = (self.explained_permille_min, self.encrypted_permille_max);
        if explained < EXPLAINED_PERMILLE_FLOOR {
            return loose("explained_percent_min", explained, EXPLAINED_PERMILLE_FLOOR);
        }
        if encrypted > ENCRYPTED_PERMILLE_CEILING {
            return loose("encrypted_percent_max", encrypted, ENCRYPTED_PERMILLE_CEILING);
        }
        Ok(())
    }
}

/// Paths of findings begin with `/`, so a pattern that does not would match none of them.
fn absolute(entry: &str, path: &str) -> Result<(), PolicyError> {
    if path.is_empty() || path.starts_with(['/', '*']) {
        return Ok(());
    }
    Err(PolicyError::Path { entry: entry.to_owned(), path: path.to_owned() })
}

impl Exception {
    fn validate(&self) -> Result<(), PolicyError> {
        for (field, value) in [("owner", &self.owner), ("reason", &self.reason)] {
            if value.trim().is_empty() {
                return Err(PolicyError::Empty { id: self.id.clone(), field });
            }
        }
        // What stands in front of the first star must name something.
        let names = |pattern: &str| {
            let head = pattern.split('*').next().unwrap_or_default();
            head.chars().filter(|c| c.is_alphanumeric()).count() >= PATTERN_LETTERS_MIN
        };
        if !self.fingerprint.is_empty() && self.fingerprint.len() < FINGERPRINT_DIGITS_MIN {
            return Err(PolicyError::ShortFingerprint(self.id.clone()));
        }
        absolute(&self.id, &self.path)?;
        let letters = |piece: &str| piece.chars().filter(|c| c.is_alphanumeric()).count();
        let names_gap = self.gap.split('*').any(|piece| letters(piece) >= GAP_LETTERS_MIN);
        let named = names(&self.check) || names(&self.component) || names_gap;
        if !named && self.fingerprint.is_empty() {
            return Err(PolicyError::TooWide(self.id.clone()));
        }
        Ok(())
    }
}
