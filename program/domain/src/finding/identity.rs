//! When two reports are about one weakness, and which weaknesses are alike.
//!
//! Across releases a finding is known by its fingerprint, which base's findings have. Here stands
//! what holds across tools: two analysers that name the same kind of weakness, at the same place.
//!
//! False positives: two different flaws of one kind within [`LINE_WINDOW`] lines, each seen by
//! another tool alone, are taken for one. False negatives: tools that call one flaw by different
//! CWE numbers, even by a parent's, or that point to lines further apart, keep two findings. A
//! person can join those; nobody could part what was joined wrongly.

use super::merge::LensPlace;
use super::model::Cwe;
use duecare_base::{CheckId, Digest};
use std::collections::{BTreeMap, BTreeSet};

/// How many lines apart two tools may point and still mean one place: a call's first and last line.
pub const LINE_WINDOW: u32 = 3;

/// Groups near a report that are looked at: in a file of one endless line there may be as many as
/// there are reports, and a report beyond these stays alone.
const CANDIDATES_MAX: usize = 64;

/// What a tool reports, as far as it tells whether another reports the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The tool, lower case.
    pub tool: String,
    /// What it looked at.
    pub scope: LensPlace,
    /// The file, as the tool names it.
    pub path: String,
    /// The line, counted from 1, where it has one.
    pub line: Option<u32>,
    /// Kinds of weakness.
    pub weaknesses: BTreeSet<Cwe>,
    /// The tool's own fingerprints by name (SARIF 2.1.0, section 3.27.17).
    pub fingerprints: BTreeMap<String, String>,
}

/// Why two reports are about one weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameBecause {
    /// They have a fingerprint in common, in the same file.
    Fingerprint,
    /// Two tools report the same kind of weakness at the same place.
    Place,
}

/// A path as all tools would write it: `/` between the parts, no scheme, no `./`, no leading `/`.
fn plain_path(path: &str) -> String {
    let path = path.strip_prefix("file://").unwrap_or(path).replace('\\', "/");
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}

/// Whether two reports are about one weakness, and why.
#[must_use]
pub fn same_weakness(one: &Place, other: &Place) -> Option<SameBecause> {
    let path = plain_path(&one.path);
    if one.scope != other.scope || path.is_empty() || path != plain_path(&other.path) {
        return None;
    }
    let shared = |(name, value): (&String, &String)| {
        !value.is_empty() && other.fingerprints.get(name) == Some(value)
    };
    if one.fingerprints.iter().any(shared) {
        return Some(SameBecause::Fingerprint);
    }
    // One tool that points to two lines means two places.
    let near = match (one.line, other.line) {
        (Some(a), Some(b)) => a.abs_diff(b) <= LINE_WINDOW,
        _ => false,
    };
    let same = one.tool != other.tool && near && !one.weaknesses.is_disjoint(&other.weaknesses);
    same.then_some(SameBecause::Place)
}

/// By what reports that may be the same are found: one key for each kind of weakness in a file.
/// Reports without a kind or a file have none.
#[must_use]
pub fn place_key(place: &Place) -> Vec<Digest> {
    let path = plain_path(&place.path);
    if path.is_empty() {
        return Vec::new();
    }
    let key = |cwe: &Cwe| {
        let cwe = cwe.number().to_be_bytes();
        let scope = place.scope.label().as_bytes();
        Digest::of_fields(&[b"duecare-place-v1", scope, path.as_bytes(), &cwe])
    };
    place.weaknesses.iter().map(key).collect()
}

/// Groups reports: for each the index of the first report that is about the same weakness, its own
/// if there is none. Every member of a group is the same as its first, so that chains of near
/// lines don't grow, and of one tool there is one member unless a fingerprint joins them.
#[must_use]
pub fn group_same(places: &[Place]) -> Vec<usize> {
    let mut files: BTreeMap<(LensPlace, String), File<'_>> = BTreeMap::new();
    let mut groups = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let path = plain_path(&place.path);
        let file = files.entry((place.scope, path)).or_default();
        let leader = file.find(places, place).unwrap_or_else(|| file.lead(index, place));
        file.tools.entry(leader).or_default().insert(&place.tool);
        groups.push(leader);
    }
    groups
}

/// The groups of one file, by their first reports.
#[derive(Default)]
struct File<'a> {
    by_fingerprint: BTreeMap<(&'a str, &'a str), usize>,
    by_line: BTreeMap<(Cwe, u32), Vec<usize>>,
    tools: BTreeMap<usize, BTreeSet<&'a str>>,
}

impl<'a> File<'a> {
    fn find(&self, places: &[Place], place: &'a Place) -> Option<usize> {
        let is_same =
            |leader: &usize| places.get(*leader).and_then(|leader| same_weakness(leader, place));
        let marked = place.fingerprints.iter().filter_map(|(name, value)| {
            self.by_fingerprint.get(&(name.as_str(), value.as_str())).copied()
        });
        if let Some(leader) = marked.filter(|leader| is_same(leader).is_some()).min() {
            return Some(leader);
        }
        let line = place.line?;
        let lines = line.saturating_sub(LINE_WINDOW)..=line.saturating_add(LINE_WINDOW);
        let near = place.weaknesses.iter().flat_map(|cwe| {
            self.by_line.range((*cwe, *lines.start())..=(*cwe, *lines.end())).flat_map(|(_, at)| at)
        });
        let free = |leader: &&usize| {
            !self.tools.get(leader).is_some_and(|tools| tools.contains(place.tool.as_str()))
        };
        near.take(CANDIDATES_MAX)
            .filter(free)
            .filter(|leader| is_same(leader).is_some())
            .min()
            .copied()
    }

    fn lead(&mut self, index: usize, place: &'a Place) -> usize {
        for (name, value) in place.fingerprints.iter().filter(|(_, value)| !value.is_empty()) {
            self.by_fingerprint.entry((name, value)).or_insert(index);
        }
        if let Some(line) = place.line {
            for cwe in &place.weaknesses {
                self.by_line.entry((*cwe, line)).or_default().push(index);
            }
        }
        index
    }
}

/// By what analogous instances are found: the same check with the same key in another file, release
/// or product. `None` for findings whose check gives no key: they are alike in nothing but that.
#[must_use]
pub fn analogous_key(check: &CheckId, key: &str) -> Option<Digest> {
    let fields: &[&[u8]] = &[b"duecare-analogous-v1", check.as_str().as_bytes(), key.as_bytes()];
    (!key.trim().is_empty()).then(|| Digest::of_fields(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(tool: &str, path: &str, line: u32, cwe: u32) -> Place {
        Place {
            tool: tool.into(),
            scope: LensPlace::Source,
            path: path.into(),
            line: Some(line),
            weaknesses: BTreeSet::from([Cwe::new(cwe).unwrap()]),
            fingerprints: BTreeMap::new(),
        }
    }

    #[test]
    fn two_tools_at_one_place() {
        let one = place("cppcheck", "src/login.c", 10, 120);
        for (other, same) in [
            (place("flawfinder", "./src/login.c", 13, 120), true),
            (place("flawfinder", "src\\login.c", 7, 120), true),
            (place("flawfinder", "src/login.c", 14, 120), false),
            (place("flawfinder", "src/login.c", 10, 119), false),
            (place("flawfinder", "src/logout.c", 10, 120), false),
            (place("cppcheck", "src/login.c", 11, 120), false),
            (Place { line: None, ..place("flawfinder", "src/login.c", 1, 120) }, false),
            (Place { scope: LensPlace::Image, ..place("f", "src/login.c", 10, 120) }, false),
        ] {
            assert_eq!(same_weakness(&one, &other).is_some(), same, "{other:?}");
            assert_eq!(same_weakness(&other, &one).is_some(), same, "{other:?}");
            if same {
                assert_eq!(place_key(&one), place_key(&other));
            }
        }
        let nowhere = place("a", "", 1, 120);
        assert_eq!(same_weakness(&nowhere, &place("b", "./", 1, 120)), None);
        assert!(place_key(&nowhere).is_empty());
    }

    #[test]
    fn a_fingerprint_joins_whatever_the_line() {
        let with = |line| Place {
            fingerprints: BTreeMap::from([("primaryLocationLineHash".into(), "39fa2e:1".into())]),
            ..place("codeql", "a.c", line, 120)
        };
        assert_eq!(same_weakness(&with(1), &with(900)), Some(SameBecause::Fingerprint));
        assert_eq!(group_same(&[with(1), with(900)]), [0, 0]);
    }

    #[test]
    fn groups_do_not_chain() {
        let at = |tool, line| place(tool, "a.c", line, 120);
        assert_eq!(group_same(&[at("a", 10), at("b", 12), at("c", 14)]), [0, 0, 2]);
        assert_eq!(group_same(&[at("a", 10), at("b", 10), at("b", 11)]), [0, 0, 2]);
        assert_eq!(group_same(&[at("a", 10), at("a", 11), at("b", 11)]), [0, 1, 0]);
    }

    #[test]
    fn a_file_of_one_line_takes_no_time() {
        let reports: Vec<Place> = (0..20_000).map(|_| place("a", "min.js", 1, 79)).collect();
        assert!(group_same(&reports).into_iter().eq(0..20_000));
    }

    proptest::proptest! {
        /// Every member is the same weakness as its group's first report, which comes before it.
        #[test]
        fn members_are_like_their_first(
            picks in proptest::collection::vec((0_usize..3, 1_u32..20, 1_u32..3, 0_usize..6), 0..40),
        ) {
            let reports: Vec<Place> = picks
                .into_iter()
                .map(|(tool, line, cwe, mark)| {
                    let mut one = place(["a", "b", "c"][tool], "x.c", line, cwe);
                    if mark < 2 {
                        one.fingerprints.insert("f".into(), mark.to_string());
                    }
                    one
                })
                .collect();
            for (index, leader) in group_same(&reports).into_iter().enumerate() {
                let same = same_weakness(&reports[leader], &reports[index]).is_some();
                proptest::prop_assert!(leader == index || (leader < index && same));
            }
        }
    }

    #[test]
    fn alike_elsewhere() {
        let check = CheckId::new("service-telnet");
        assert_eq!(analogous_key(&check, "telnetd"), analogous_key(&check, "telnetd"));
        assert_ne!(analogous_key(&check, "telnetd"), analogous_key(&check, "sshd"));
        assert_eq!(analogous_key(&check, " "), None);
    }
}
