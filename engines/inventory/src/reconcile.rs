//! A build's bill of materials against what the image holds.

use crate::model::{Component, Inventory};
use crate::rules::Rules;
use crate::version::{Scheme, split_package_version};
use duecare_base::{DifferenceKind, Location};
use std::collections::{BTreeMap, BTreeSet};

/// A component as the build's own bill of materials names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildComponent {
    /// Its name.
    pub name: String,
    /// Its version, if it is told.
    pub version: Option<String>,
    /// Its package URL, if it is told.
    pub purl: Option<String>,
    /// Its CPE names.
    pub cpe: Vec<String>,
}

/// One difference between the bill and the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// How they differ.
    pub kind: DifferenceKind,
    /// The component's name.
    pub name: String,
    /// Versions that the bill names.
    pub in_bill: Vec<String>,
    /// Versions that the image holds.
    pub in_image: Vec<String>,
    /// Where the image shows it; empty when it does not.
    pub seen_at: Vec<Location>,
}

/// Packages of modules lead to what they extend, but have versions of their own: drivers of other
/// projects are none of the kernel's, and libraries of a language none of the language's.
const MODULE_PACKAGES: [&str; 6] =
    ["kmod-", "kernel-module-", "linux-modules-extra-", "libnginx-mod-", "php-", "ruby-"];

/// How a bill and an image compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// What differs, sorted by kind and name.
    pub differences: Vec<Difference>,
    /// Entries of the bill that the image has in that version.
    pub agreeing: usize,
    /// Entries of the bill that the image has, where one side tells no version.
    pub unversioned: usize,
}

/// One component as the image has it.
#[derive(Default)]
struct Seen {
    name: String,
    versions: BTreeSet<String>,
    at: Vec<Location>,
}

/// Compares a bill with an image, every entry of the bill by itself. Names are told to be the same
/// by CPE product, by the rules' aliases, and by package names. Build tools and guesses by file
/// name are left out on the image's side.
#[must_use]
pub fn reconcile(build: &[BuildComponent], inventory: &Inventory, rules: &Rules) -> Reconciled {
    let mut image: BTreeMap<String, Seen> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for component in inventory.shipped() {
        let seen = image.entry(component.id.clone()).or_default();
        seen.name.clone_from(&component.name);
        seen.versions.extend(component.version.clone());
        seen.at.extend(component.evidence.first().map(|e| e.location.clone()));
        for name in names_of(component) {
            names.entry(name).or_insert_with(|| component.id.clone());
        }
    }
    let mut bill: BTreeMap<String, Vec<&BuildComponent>> = BTreeMap::new();
    for component in build {
        bill.entry(id_of(component, &names, rules)).or_default().push(component);
    }
    let mut told = Reconciled::default();
    for (id, entries) in &bill {
        match image.remove(id) {
            Some(seen) => compare_one(id, entries, &seen, rules, &mut told),
            None => told.differences.extend(entries.iter().map(|entry| missing(entry))),
        }
    }
    told.differences.extend(image.into_values().map(|seen| Difference {
        kind: DifferenceKind::Extra,
        name: seen.name,
        in_bill: Vec::new(),
        in_image: seen.versions.into_iter().collect(),
        seen_at: seen.at,
    }));
    told.differences.sort();
    // Bills that several documents make up name some entries twice.
    told.differences.dedup();
    told
}

fn missing(entry: &BuildComponent) -> Difference {
    Difference {
        kind: DifferenceKind::Missing,
        name: entry.name.clone(),
        in_bill: entry.version.iter().filter(|version| !version.is_empty()).cloned().collect(),
        in_image: Vec::new(),
        seen_at: Vec::new(),
    }
}

/// The entries of a bill that are one component, which the image has.
fn compare_one(
    id: &str,
    entries: &[&BuildComponent],
    seen: &Seen,
    rules: &Rules,
    told: &mut Reconciled,
) {
    let rule = rules.rule_index(id).and_then(|index| rules.rules.get(index));
    let scheme = rule.map_or(Scheme::Loose, |rule| rule.scheme);
    let upstream = |version: &str| {
        let parts = split_package_version(version);
        rule.and_then(|rule| rule.version(&parts.upstream)).unwrap_or(parts.upstream)
    };
    let same =
        |here: &str, built: &str| scheme.same(here, built) || scheme.same(here, &upstream(built));
    let with_version = |entry: &&BuildComponent| {
        let version = entry.version.clone().filter(|version| !version.is_empty())?;
        (!is_module(entry)).then(|| (entry.name.to_lowercase(), version))
    };
    let built: Vec<(String, String)> = entries.iter().filter_map(with_version).collect();
    told.unversioned += entries.len() - built.len();
    if seen.versions.is_empty() {
        told.unversioned += built.len();
        return;
    }
    let agrees = |built: &str| seen.versions.iter().any(|here| same(here, built));
    let (agreeing, other): (Vec<_>, Vec<_>) =
        built.iter().partition(|(_, version)| agrees(version));
    told.agreeing += agreeing.len();
    // A package in two versions of which the image has one: the other is not in it.
    let (absent, different): (Vec<_>, Vec<_>) =
        other.into_iter().partition(|(name, _)| agreeing.iter().any(|(agreed, _)| agreed == name));
    told.differences.extend(absent.into_iter().map(|(name, version)| Difference {
        kind: DifferenceKind::Missing,
        name: name.clone(),
        in_bill: vec![version.clone()],
        in_image: Vec::new(),
        seen_at: Vec::new(),
    }));
    let unnamed = |here: &&String| !built.iter().any(|(_, version)| same(here, version));
    if different.is_empty() && (built.is_empty() || !seen.versions.iter().any(|v| unnamed(&v))) {
        return;
    }
    let in_bill: BTreeSet<String> = built.iter().map(|(_, version)| version.clone()).collect();
    told.differences.push(Difference {
        kind: DifferenceKind::DifferentVersion,
        name: seen.name.clone(),
        in_bill: in_bill.into_iter().collect(),
        in_image: seen.versions.iter().cloned().collect(),
        seen_at: seen.at.clone(),
    });
}

fn is_module(entry: &BuildComponent) -> bool {
    let name = entry.name.to_lowercase();
    MODULE_PACKAGES.iter().any(|prefix| name.starts_with(prefix))
}

/// Every name that a component goes by: id, name, packages, CPE products, the name in its purl.
fn names_of(component: &Component) -> Vec<String> {
    let mut names = vec![component.id.to_lowercase(), component.name.to_lowercase()];
    names.extend(component.aliases.iter().map(|alias| alias.to_lowercase()));
    names.extend(component.cpe.iter().filter_map(|cpe| product(cpe)));
    names.extend(purl_name(&component.purl));
    names
}

fn id_of(component: &BuildComponent, names: &BTreeMap<String, String>, rules: &Rules) -> String {
    let mut own: Vec<String> = component.cpe.iter().filter_map(|cpe| product(cpe)).collect();
    own.extend(component.purl.as_deref().and_then(purl_name));
    own.push(component.name.to_lowercase());
    let by_image = own.iter().find_map(|name| names.get(name).cloned());
    let by_rule = || own.iter().find_map(|name| rules.id_of_package(name).map(ToOwned::to_owned));
    by_image.or_else(by_rule).unwrap_or_else(|| component.name.to_lowercase())
}

/// The product of `cpe:2.3:a:vendor:product:…` or `cpe:/a:vendor:product`.
fn product(cpe: &str) -> Option<String> {
    let rest = cpe.strip_prefix("cpe:2.3:").or_else(|| cpe.strip_prefix("cpe:/"))?;
    // Builds that know no vendor write `cpe:2.3:*:*:product`.
    let product = rest.split(':').nth(2).filter(|product| !matches!(*product, "" | "*" | "-"))?;
    Some(product.replace('\\', "").to_lowercase())
}

/// The name in a package URL, without namespace, version and qualifiers.
fn purl_name(purl: &str) -> Option<String> {
    let path = purl.strip_prefix("pkg:")?.split(['@', '?', '#']).next()?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(name.replace("%2B", "+").to_lowercase())
}
