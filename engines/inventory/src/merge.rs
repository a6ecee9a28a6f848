//! From many claims to one component for each name and version.
//!
//! A package's word on the version beats a file's: the file's own sight then becomes evidence that
//! records the difference. Copies inside other programs keep their own versions. A mention is
//! never a component.

use crate::claim::Claim;
use crate::cpe;
use crate::matcher::Role;
use crate::model::{Component, ComponentEvidence, Inventory, Mention, Method};
use crate::rules::{Rule, Rules};
use crate::version::Scheme;
use duecare_base::Location;
use std::collections::{BTreeMap, BTreeSet};

/// Evidence that one component keeps; a kernel has hundreds of modules that all say the same.
const EVIDENCE_MAX: usize = 32;

/// Merged confidence never says that it is certain.
const CONFIDENCE_MAX: u8 = 99;

pub(crate) fn merge(rules: &Rules, mut claims: Vec<Claim>) -> Inventory {
    adopt(&mut claims);
    let mut by_id: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        by_id.entry(claim.id.clone()).or_default().push(claim);
    }
    let mut inventory = Inventory::default();
    for (id, claims) in by_id {
        let rule = claims.iter().find_map(|claim| claim.rule).and_then(|at| rules.rules.get(at));
        let (mentions, own): (Vec<Claim>, Vec<Claim>) =
            claims.into_iter().partition(|claim| claim.role == Role::Mention);
        inventory.mentions.extend(mentions.into_iter().map(|claim| Mention {
            id: id.clone(),
            version: claim.version,
            location: claim.evidence.location,
            text: claim.evidence.text,
        }));
        inventory.components.extend(components(rule, own));
    }
    inventory.components.sort_by(|a, b| (&a.id, &a.version).cmp(&(&b.id, &b.version)));
    inventory.mentions.sort();
    inventory.mentions.dedup();
    inventory
}

/// An image that is one package: when a rule sees the package's version in its files, the package
/// is that rule's component, whatever the packager calls it.
fn adopt(claims: &mut [Claim]) {
    let wholes: Vec<(usize, String)> = claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| claim.whole_image && claim.rule.is_none())
        .filter_map(|(at, claim)| Some((at, claim.version.clone()?)))
        .collect();
    for (at, version) in wholes {
        let ids: BTreeSet<(String, Option<usize>, String)> = claims
            .iter()
            .filter(|claim| claim.rule.is_some() && !claim.whole_image)
            .filter(|claim| claim.role == Role::Owner)
            .filter(|claim| {
                claim.version.as_ref().is_some_and(|seen| Scheme::Loose.same(seen, &version))
            })
            .map(|claim| (claim.id.clone(), claim.rule, claim.name.clone()))
            .collect();
        let mut ids = ids.into_iter();
        if let (Some((id, rule, name)), None, Some(claim)) =
            (ids.next(), ids.next(), claims.get_mut(at))
        {
            let old = std::mem::replace(&mut claim.name, name);
            claim.aliases.push(old);
            (claim.id, claim.rule) = (id, rule);
        }
    }
}

/// Claims of one version.
#[derive(Default)]
struct Group {
    version: Option<String>,
    claims: Vec<Claim>,
}

fn components(rule: Option<&Rule>, claims: Vec<Claim>) -> Vec<Component> {
    let scheme = rule.map_or(Scheme::Loose, |rule| rule.scheme);
    let mut groups: Vec<Group> = Vec::new();
    let (mut claims, unknown): (Vec<Claim>, Vec<Claim>) =
        claims.into_iter().partition(|claim| claim.version.is_some());
    // Most trusted first, so that the version is written as the best source writes it.
    claims.sort_by(|a, b| {
        let trust = |claim: &Claim| (claim.role, std::cmp::Reverse(claim.evidence.method));
        (trust(a), &a.evidence.location).cmp(&(trust(b), &b.evidence.location))
    });
    for mut claim in claims {
        let version = claim.version.clone().unwrap_or_default();
        let same = groups
            .iter()
            .position(|g| g.version.as_ref().is_some_and(|v| scheme.same(v, &version)))
            .or_else(|| groups.iter().position(|group| outranked(group, &claim)))
            .or_else(|| groups.iter().position(|group| contradicted(group, &claim)));
        match same.and_then(|at| groups.get_mut(at)) {
            Some(group) => {
                if group.version.as_ref().is_some_and(|v| *v != version) {
                    claim.evidence.other_version = Some(version);
                }
                group.claims.push(claim);
            }
            None => groups.push(Group { version: Some(version), claims: vec![claim] }),
        }
    }
    for claim in unknown {
        let near = |group: &Group| {
            let layer = &claim.evidence.location.layer;
            group.claims.iter().any(|c| c.whole_image || c.evidence.location.layer == *layer)
        };
        let at = groups.iter().position(near).or(if groups.is_empty() { None } else { Some(0) });
        match at.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.claims.push(claim),
            None => groups.push(Group { version: None, claims: vec![claim] }),
        }
    }
    groups.into_iter().map(|group| component(rule, group)).collect()
}

/// Whether a file's claim gives way to a package's: the component's own file in the same layer,
/// or in an image that is that package.
fn outranked(group: &Group, claim: &Claim) -> bool {
    let from_package =
        |c: &Claim| matches!(c.evidence.method, Method::PackageDatabase | Method::Manifest);
    if claim.role != Role::Owner || from_package(claim) {
        return false;
    }
    group.claims.iter().filter(|c| from_package(c)).any(|package| {
        package.whole_image || package.evidence.location.layer == claim.evidence.location.layer
    })
}

/// Whether a name's version gives way to what a file holds: the number in a file's name to the text
/// in that very file, that of a `name.pc` to anything in the same layer.
fn contradicted(group: &Group, claim: &Claim) -> bool {
    let place = &claim.evidence.location;
    group.claims.iter().any(|other| {
        let stronger = other.evidence.method > claim.evidence.method;
        let there = &other.evidence.location;
        let same_layer = there.layer == place.layer;
        stronger
            && match claim.evidence.method {
                Method::PkgConfig => same_layer && other.role == Role::Owner,
                Method::FileName | Method::SoName => same_layer && there.path == place.path,
                _ => false,
            }
    })
}

fn component(rule: Option<&Rule>, group: Group) -> Component {
    let Group { version, mut claims } = group;
    claims.sort_by(|a, b| {
        let key =
            |c: &Claim| (c.role, std::cmp::Reverse((c.evidence.method, c.evidence.confidence)));
        (key(a), &a.evidence).cmp(&(key(b), &b.evidence))
    });
    let id = claims.first().map(|claim| claim.id.clone()).unwrap_or_default();
    let first = |get: fn(&Claim) -> Option<String>| claims.iter().find_map(get);
    // The package that is called like the component gives the purl.
    let purl = claims
        .iter()
        .filter(|claim| claim.purl.is_some())
        .min_by_key(|claim| (!claim.aliases.is_empty(), claim.purl.clone()))
        .and_then(|claim| claim.purl.clone());
    let base = rule.map_or_else(
        || format!("pkg:generic/{}", id.rsplit(':').next().unwrap_or_default()),
        |rule| rule.purl.clone(),
    );
    let copies = claims.iter().all(|claim| claim.role == Role::Copy);
    let contained_in: BTreeSet<Location> = if copies {
        claims.iter().map(|claim| whole_file(&claim.evidence.location)).collect()
    } else {
        BTreeSet::new()
    };
    let mut licences: Vec<String> = claims.iter().flat_map(|c| c.licences.clone()).collect();
    if licences.is_empty() {
        licences.extend(rule.and_then(|rule| rule.license.clone()));
    }
    licences.sort();
    licences.dedup();
    let mut aliases: Vec<String> = claims.iter().flat_map(|claim| claim.aliases.clone()).collect();
    aliases.sort();
    aliases.dedup();
    let named: Option<String> = first(|claim| Some(claim.name.clone()));
    Component {
        name: rule.map(|rule| rule.name.clone()).or(named).unwrap_or_default(),
        revision: first(|claim| claim.revision.clone()),
        kind: rule.map_or_else(
            || claims.iter().map(|claim| claim.kind).min().unwrap_or_default(),
            |rule| rule.kind,
        ),
        supplier: rule
            .and_then(|rule| rule.supplier.clone())
            .or_else(|| first(|claim| claim.supplier.clone())),
        purl: purl.unwrap_or_else(|| cpe::versioned(&base, version.as_deref())),
        cpe: cpe_names(rule, &claims, version.as_deref()),
        licences,
        confidence: confidence(&claims),
        contained_in: contained_in.into_iter().collect(),
        aliases,
        generic: claims.iter().all(|claim| claim.generic),
        evidence: evidence(claims),
        id,
        version,
    }
}

fn whole_file(location: &Location) -> Location {
    Location::file(&location.layer, &location.path)
}

fn cpe_names(rule: Option<&Rule>, claims: &[Claim], version: Option<&str>) -> Vec<String> {
    let known = rule.map_or(&[][..], |rule| rule.cpe.as_slice());
    let mut names: Vec<String> = known.iter().map(|name| cpe::formatted(name, version)).collect();
    for fields in claims.iter().flat_map(|claim| &claim.cpe) {
        let name = cpe::from_fields(fields, version).filter(|name| !names.contains(name));
        names.extend(name);
    }
    names
}

/// The best sight of each method, taken as independent of one another.
fn confidence(claims: &[Claim]) -> u8 {
    let mut best: BTreeMap<Method, u8> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.evidence.other_version.is_none()) {
        let slot = best.entry(claim.evidence.method).or_default();
        *slot = (*slot).max(claim.evidence.confidence.min(100));
    }
    let doubt = best.values().fold(1.0, |doubt, sure| doubt * (1.0 - f64::from(*sure) / 100.0));
    let sure = ((1.0 - doubt) * 100.0).round() as u8;
    sure.min(CONFIDENCE_MAX)
}

fn evidence(claims: Vec<Claim>) -> Vec<ComponentEvidence> {
    let mut evidence: Vec<ComponentEvidence> = Vec::new();
    let mut seen = BTreeSet::new();
    for claim in claims {
        let key = (
            claim.evidence.method,
            whole_file(&claim.evidence.location),
            claim.evidence.text.clone(),
        );
        if evidence.len() < EVIDENCE_MAX && seen.insert(key) {
            evidence.push(claim.evidence);
        }
    }
    evidence
}
