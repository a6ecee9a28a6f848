//! CVSS 4.0.
//!
//! The specification gives each vector one of 270 macro vectors with a known score, and takes from
//! that score according to how far the vector lies below the most severe ones of its macro vector
//! (section 8). All of it is done in whole numbers, so that no rounding error can tip a score.

use super::metrics::{Metric, Values, Version};
use super::score::Score;
use super::v4_table;
use super::vector::VectorError;
use std::fmt;

macro_rules! metrics {
    ($($name:literal $values:expr;)+) => { &[$(Metric { name: $name, values: &$values }),+] };
}

/// The metrics in the order of table 23 of the specification; any other order is wrong (section 7).
const VERSION: Version = Version {
    prefix: "CVSS:4.0",
    ordered: true,
    metrics: metrics! {
        "AV" ["N", "A", "L", "P"];
        "AC" ["L", "H"];
        "AT" ["N", "P"];
        "PR" ["N", "L", "H"];
        "UI" ["N", "P", "A"];
        "VC" ["H", "L", "N"];
        "VI" ["H", "L", "N"];
        "VA" ["H", "L", "N"];
        "SC" ["H", "L", "N"];
        "SI" ["H", "L", "N"];
        "SA" ["H", "L", "N"];
        "E" ["X", "A", "P", "U"];
        "CR" ["X", "H", "M", "L"];
        "IR" ["X", "H", "M", "L"];
        "AR" ["X", "H", "M", "L"];
        "MAV" ["X", "N", "A", "L", "P"];
        "MAC" ["X", "L", "H"];
        "MAT" ["X", "N", "P"];
        "MPR" ["X", "N", "L", "H"];
        "MUI" ["X", "N", "P", "A"];
        "MVC" ["X", "H", "L", "N"];
        "MVI" ["X", "H", "L", "N"];
        "MVA" ["X", "H", "L", "N"];
        "MSC" ["X", "H", "L", "N"];
        "MSI" ["X", "S", "H", "L", "N"];
        "MSA" ["X", "S", "H", "L", "N"];
        "S" ["X", "N", "P"];
        "AU" ["X", "N", "Y"];
        "R" ["X", "A", "U", "I"];
        "V" ["X", "D", "C"];
        "RE" ["X", "L", "M", "H"];
        "U" ["X", "Clear", "Green", "Amber", "Red"];
    },
};

const THREAT: &[&str] = &["E"];

const ENVIRONMENTAL: &[&str] = &[
    "CR", "IR", "AR", "MAV", "MAC", "MAT", "MPR", "MUI", "MVC", "MVI", "MVA", "MSC", "MSI", "MSA",
];

/// The values of a metric from the most to the least severe: one step each.
const SEVERE: &[(&str, &str)] = &[
    ("AV", "NALP"),
    ("AC", "LH"),
    ("AT", "NP"),
    ("PR", "NLH"),
    ("UI", "NPA"),
    ("VC", "HLN"),
    ("VI", "HLN"),
    ("VA", "HLN"),
    // The subsequent system's safety is a step above high; its confidentiality has no such value.
    ("SC", "SHLN"),
    ("SI", "SHLN"),
    ("SA", "SHLN"),
    ("CR", "HML"),
    ("IR", "HML"),
    ("AR", "HML"),
];

const EQ1: &[&str] = &["AV", "PR", "UI"];
const EQ2: &[&str] = &["AC", "AT"];
const EQ3_EQ6: &[&str] = &["VC", "VI", "VA", "CR", "IR", "AR"];
const EQ4: &[&str] = &["SC", "SI", "SA"];

/// A vector of CVSS 4.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct V4(Values);

/// One direction in which a vector may lie below the most severe ones of its macro vector.
struct Direction {
    /// The macro vector one level down; none at the bottom.
    lower: Option<u8>,
    /// Steps from the most severe vector.
    steps: i64,
    /// How many steps there are at this level (specification, table of severity distances).
    depth: i64,
}

impl V4 {
    /// Reads a vector, which begins with `CVSS:4.0/`.
    ///
    /// # Errors
    /// [`VectorError`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, VectorError> {
        VERSION.read(text).map(Self)
    }

    /// The score with everything that the vector says: CVSS-B, -BT, -BE or -BTE.
    #[must_use]
    pub fn score(&self) -> Score {
        if ["VC", "VI", "VA", "SC", "SI", "SA"].iter().all(|name| self.get(name) == "N") {
            return Score::clamped(0);
        }
        let levels = self.levels();
        let Some(highest) = v4_table::score(levels) else { return Score::clamped(0) };
        let directions = self.directions(levels);
        let lower: Vec<(i64, &Direction)> = directions
            .iter()
            .filter_map(|one| Some((i64::from(highest) - i64::from(one.lower?), one)))
            .collect();
        let count = i64::try_from(lower.len()).unwrap_or(0).max(1);
        // The mean of gap × steps ÷ depth, as a fraction: depths are at most 10, of which 2520 is a
        // multiple of each.
        let taken: i64 = lower.iter().map(|(gap, one)| gap * one.steps * (2520 / one.depth)).sum();
        let whole = 2520 * count;
        // Half up: floor(x + 1/2).
        let doubled = 2 * (i64::from(highest) * whole - taken) + whole;
        Score::clamped(doubled.div_euclid(2 * whole))
    }

    /// The score of the base metrics alone (CVSS-B).
    #[must_use]
    pub fn base(&self) -> Score {
        let values = VERSION.without(&self.0, THREAT);
        Self(VERSION.without(&values, ENVIRONMENTAL)).score()
    }

    /// The score without what the vector says of the environment (CVSS-BT).
    #[must_use]
    pub fn base_and_threat(&self) -> Score {
        Self(VERSION.without(&self.0, ENVIRONMENTAL)).score()
    }

    /// Which metrics the score rests on: `CVSS-B`, `CVSS-BT`, `CVSS-BE` or `CVSS-BTE` (section 1.3).
    #[must_use]
    pub fn nomenclature(&self) -> &'static str {
        match (VERSION.any(&self.0, THREAT), VERSION.any(&self.0, ENVIRONMENTAL)) {
            (false, false) => "CVSS-B",
            (true, false) => "CVSS-BT",
            (false, true) => "CVSS-BE",
            (true, true) => "CVSS-BTE",
        }
    }

    /// The value that counts: the modified one, the base one, or the default of one left out.
    fn get(&self, name: &str) -> &'static str {
        let modified = VERSION.value(&self.0, &format!("M{name}"));
        let value = if modified == "X" { VERSION.value(&self.0, name) } else { modified };
        match (name, value) {
            ("E", "X") => "A",
            ("CR" | "IR" | "AR", "X") => "H",
            _ => value,
        }
    }

    /// The levels of the six equivalence sets (tables 24 to 29).
    fn levels(&self) -> [usize; 6] {
        let is = |name: &str, value: &str| self.get(name) == value;
        let easy = [is("AV", "N"), is("PR", "N"), is("UI", "N")];
        let eq1 = if easy == [true; 3] {
            0
        } else if easy.contains(&true) && !is("AV", "P") {
            1
        } else {
            2
        };
        let eq2 = usize::from(!(is("AC", "L") && is("AT", "N")));
        let eq3 = if is("VC", "H") && is("VI", "H") {
            0
        } else if is("VC", "H") || is("VI", "H") || is("VA", "H") {
            1
        } else {
            2
        };
        let eq4 = if is("SI", "S") || is("SA", "S") {
            0
        } else if is("SC", "H") || is("SI", "H") || is("SA", "H") {
            1
        } else {
            2
        };
        let eq5 = match self.get("E") {
            "A" => 0,
            "P" => 1,
            _ => 2,
        };
        let needed = [("CR", "VC"), ("IR", "VI"), ("AR", "VA")];
        let eq6 = usize::from(!needed.iter().any(|(need, loss)| is(need, "H") && is(loss, "H")));
        [eq1, eq2, eq3, eq4, eq5, eq6]
    }

    /// The five directions: sets 3 and 6 go together.
    fn directions(&self, levels: [usize; 6]) -> [Direction; 5] {
        let [eq1, eq2, eq3, eq4, eq5, eq6] = levels;
        let joint_lower = match (eq3, eq6) {
            // From the top both ways lead down; the milder loss counts.
            (0, 0) => v4_table::score([eq1, eq2, 0, eq4, eq5, 1])
                .max(v4_table::score([eq1, eq2, 1, eq4, eq5, 0])),
            (1, 0) => v4_table::score([eq1, eq2, 1, eq4, eq5, 1]),
            _ => v4_table::score([eq1, eq2, eq3 + 1, eq4, eq5, eq6]),
        };
        let direction = |lower, names, highest: &[&str], depth| Direction {
            lower,
            steps: self.steps(names, highest),
            depth,
        };
        [
            direction(
                v4_table::score([eq1 + 1, eq2, eq3, eq4, eq5, eq6]),
                EQ1,
                highest_eq1(eq1),
                match eq1 {
                    0 => 1,
                    1 => 4,
                    _ => 5,
                },
            ),
            direction(
                v4_table::score([eq1, eq2 + 1, eq3, eq4, eq5, eq6]),
                EQ2,
                if eq2 == 0 { &["LN"] } else { &["HN", "LP"] },
                if eq2 == 0 { 1 } else { 2 },
            ),
            direction(
                joint_lower,
                EQ3_EQ6,
                highest_eq3_eq6(eq3, eq6),
                match (eq3, eq6) {
                    (0, 0) => 7,
                    (0, _) => 6,
                    (1, _) => 8,
                    _ => 10,
                },
            ),
            direction(
                v4_table::score([eq1, eq2, eq3, eq4 + 1, eq5, eq6]),
                EQ4,
                match eq4 {
                    0 => &["HSS"],
                    1 => &["HHH"],
                    _ => &["LLL"],
                },
                match eq4 {
                    0 => 6,
                    1 => 5,
                    _ => 4,
                },
            ),
            // All vectors of one level of set 5 are equally severe.
            direction(v4_table::score([eq1, eq2, eq3, eq4, eq5 + 1, eq6]), &[], &[], 1),
        ]
    }

    /// Steps from the first of the most severe vectors that is at least as severe in every metric.
    fn steps(&self, names: &[&str], highest: &[&str]) -> i64 {
        let below = |top: &&str| {
            names.iter().zip(top.chars()).try_fold(0_i64, |sum, (name, top)| {
                let order = SEVERE.iter().find(|(known, _)| known == name)?.1;
                let top = order.find(top)?;
                let here = order.find(self.get(name))?;
                Some(sum + i64::try_from(here.checked_sub(top)?).ok()?)
            })
        };
        highest.iter().find_map(below).unwrap_or(0)
    }
}

/// The most severe vectors of each level, values in the order of the set's metrics.
fn highest_eq1(level: usize) -> &'static [&'static str] {
    match level {
        0 => &["NNN"],
        1 => &["ANN", "NLN", "NNP"],
        _ => &["PNN", "ALP"],
    }
}

fn highest_eq3_eq6(eq3: usize, eq6: usize) -> &'static [&'static str] {
    match (eq3, eq6) {
        (0, 0) => &["HHHHHH"],
        (0, _) => &["HHLMMH", "HHHMMM"],
        (1, 0) => &["LHHHHH", "HLHHHH"],
        (1, _) => &["LHLHMH", "LHHHMM", "HLHMHM", "HLLMHH", "LLHHHM"],
        _ => &["LLLHHH"],
    }
}

impl fmt::Display for V4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&VERSION.print(&self.0))
    }
}
