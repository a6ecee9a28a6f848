//! CVSS 3.1.

use super::metrics::{Metric, Values, Version};
use super::score::Score;
use super::vector::VectorError;
use std::fmt;

macro_rules! metrics {
    ($($name:literal $values:expr;)+) => { &[$(Metric { name: $name, values: &$values }),+] };
}

/// The metrics in the order of table 15 of the specification. Any order may be read (section 6).
const VERSION: Version = Version {
    prefix: "CVSS:3.1",
    ordered: false,
    metrics: metrics! {
        "AV" ["N", "A", "L", "P"];
        "AC" ["L", "H"];
        "PR" ["N", "L", "H"];
        "UI" ["N", "R"];
        "S" ["U", "C"];
        "C" ["H", "L", "N"];
        "I" ["H", "L", "N"];
        "A" ["H", "L", "N"];
        "E" ["X", "H", "F", "P", "U"];
        "RL" ["X", "U", "W", "T", "O"];
        "RC" ["X", "C", "R", "U"];
        "CR" ["X", "H", "M", "L"];
        "IR" ["X", "H", "M", "L"];
        "AR" ["X", "H", "M", "L"];
        "MAV" ["X", "N", "A", "L", "P"];
        "MAC" ["X", "L", "H"];
        "MPR" ["X", "N", "L", "H"];
        "MUI" ["X", "N", "R"];
        "MS" ["X", "U", "C"];
        "MC" ["X", "H", "L", "N"];
        "MI" ["X", "H", "L", "N"];
        "MA" ["X", "H", "L", "N"];
    },
};

const TEMPORAL: &[&str] = &["E", "RL", "RC"];

const ENVIRONMENTAL: &[&str] =
    &["CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA"];

/// A vector of CVSS 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct V31(Values);

/// How the metrics of the base, or of the environment, are weighted (section 7.4).
struct Weights {
    changed: bool,
    exploitability: f64,
    impacts: [f64; 3],
}

impl V31 {
    /// Reads a vector, which begins with `CVSS:3.1/`.
    ///
    /// # Errors
    /// [`VectorError`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, VectorError> {
        VERSION.read(text).map(Self)
    }

    /// The base score (section 7.1).
    #[must_use]
    pub fn base(&self) -> Score {
        round_up(self.base_exact())
    }

    /// The temporal score (section 7.2).
    #[must_use]
    pub fn temporal(&self) -> Score {
        round_up(f64::from(self.base().tenths()) / 10.0 * self.temporal_weight())
    }

    /// The environmental score (section 7.3).
    #[must_use]
    pub fn environmental(&self) -> Score {
        let weights = self.weights(|name| self.modified(name));
        let required = ["CR", "IR", "AR"].map(|name| match self.get(name) {
            "H" => 1.5,
            "L" => 0.5,
            _ => 1.0,
        });
        let unharmed = weights
            .impacts
            .iter()
            .zip(required)
            .fold(1.0, |product, (impact, required)| product * (1.0 - required * impact));
        let harmed = (1.0 - unharmed).min(0.915);
        let impact = if weights.changed {
            7.52 * (harmed - 0.029) - 3.25 * power(harmed * 0.9731 - 0.02, 13)
        } else {
            6.42 * harmed
        };
        let inner = round_up(weights.join(impact));
        round_up(f64::from(inner.tenths()) / 10.0 * self.temporal_weight())
    }

    /// The environmental score when the vector says anything of the environment, else the temporal
    /// one, which is the base score when nothing is said of time.
    #[must_use]
    pub fn score(&self) -> Score {
        if VERSION.any(&self.0, ENVIRONMENTAL) { self.environmental() } else { self.temporal() }
    }

    /// Whether the vector says anything of time.
    #[must_use]
    pub fn is_temporal(&self) -> bool {
        VERSION.any(&self.0, TEMPORAL)
    }

    fn base_exact(&self) -> f64 {
        let weights = self.weights(|name| self.get(name));
        let unharmed = weights.impacts.iter().fold(1.0, |product, impact| product * (1.0 - impact));
        let harmed = 1.0 - unharmed;
        let impact = if weights.changed {
            7.52 * (harmed - 0.029) - 3.25 * power(harmed - 0.02, 15)
        } else {
            6.42 * harmed
        };
        weights.join(impact)
    }

    fn temporal_weight(&self) -> f64 {
        let exploit = match self.get("E") {
            "F" => 0.97,
            "P" => 0.94,
            "U" => 0.91,
            _ => 1.0,
        };
        let remediation = match self.get("RL") {
            "W" => 0.97,
            "T" => 0.96,
            "O" => 0.95,
            _ => 1.0,
        };
        let confidence = match self.get("RC") {
            "R" => 0.96,
            "U" => 0.92,
            _ => 1.0,
        };
        exploit * remediation * confidence
    }

    fn weights(&self, get: impl Fn(&str) -> &'static str) -> Weights {
        let changed = get("S") == "C";
        let vector = match get("AV") {
            "N" => 0.85,
            "A" => 0.62,
            "L" => 0.55,
            _ => 0.2,
        };
        let complexity = if get("AC") == "L" { 0.77 } else { 0.44 };
        let privileges = match (get("PR"), changed) {
            ("N", _) => 0.85,
            ("L", false) => 0.62,
            ("L", true) => 0.68,
            (_, false) => 0.27,
            (_, true) => 0.5,
        };
        let interaction = if get("UI") == "N" { 0.85 } else { 0.62 };
        let impacts = ["C", "I", "A"].map(|name| match get(name) {
            "H" => 0.56,
            "L" => 0.22,
            _ => 0.0,
        });
        let exploitability = 8.22 * vector * complexity * privileges * interaction;
        Weights { changed, exploitability, impacts }
    }

    fn get(&self, name: &str) -> &'static str {
        VERSION.value(&self.0, name)
    }

    /// The modified metric, or the base metric where it isn't defined.
    fn modified(&self, name: &str) -> &'static str {
        match self.get(&format!("M{name}")) {
            "X" => self.get(name),
            modified => modified,
        }
    }
}

impl Weights {
    fn join(&self, impact: f64) -> f64 {
        if impact <= 0.0 {
            0.0
        } else if self.changed {
            (1.08 * (impact + self.exploitability)).min(10.0)
        } else {
            (impact + self.exploitability).min(10.0)
        }
    }
}

/// The smallest number with one decimal that is not smaller, by the integer arithmetic of the
/// specification's appendix A, which makes floating point errors harmless.
fn round_up(number: f64) -> Score {
    // At most 10 × 100,000, so nothing is cut off.
    #[expect(clippy::cast_possible_truncation, reason = "numbers are between 0 and 10")]
    let scaled = (number * 100_000.0).round() as i64;
    Score::clamped(scaled.div_euclid(10_000) + i64::from(scaled.rem_euclid(10_000) != 0))
}

/// A power by multiplication: the same bits on every machine, which `powi` does not promise.
fn power(number: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * number)
}

impl fmt::Display for V31 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&VERSION.print(&self.0))
    }
}
