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

/// Packages of kernel modules lead to the kernel, but those from elsewhere have versions of their
/// own, which are none of the kernel's.
const MODULE_PACKAGES: [&str; 3] = ["kmod-", "kernel-module-", "linux-modules-extra-"];

/// One component's side of the bill or of the image.
#[derive(Default)]
struct Side {
    name: String,
    versions: BTreeSet<String>,
    seen_at: Vec<Location>,
    known: bool,
}

/// What differs, sorted by kind and name. Names are told to be the same by CPE product, by the
/// rules' aliases, and by package names. A component that has no version on one side differs in
/// none. Build tools and guesses by file name are left out on the image's side.
#[must_use]
pub fn reconcile(
    build: &[BuildComponent],
    inventory: &Inventory,
    rules: &Rules,
) -> Vec<Difference> {
    let mut image: BTreeMap<String, Side> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for component in inventory.shipped() {
        let side = image.entry(component.id.clone()).or_default();
        side.name.clone_from(&component.name);
        side.known = true;
        side.versions.extend(component.version.clone());
        side.seen_at.extend(component.evidence.first().map(|e| e.location.clone()));
        for name in names_of(component) {
            names.entry(name).or_insert_with(|| component.id.clone());
        }
    }
    let mut bill: BTreeMap<String, Side> = BTreeMap::new();
    for component in build {
        let id = id_of(component, &names, rules);
        let side = bill.entry(id).or_default();
        // A module does not give the kernel its name.
        side.known = true;
        let name = component.name.to_lowercase();
        let of_module = MODULE_PACKAGES.iter().any(|prefix| name.starts_with(prefix));
        let version = component.version.as_deref();
        let version = version.filter(|version| !version.is_empty() && !of_module);
        side.versions.extend(version.map(ToOwned::to_owned));
        if side.name.is_empty() || !of_module {
            side.name.clone_from(&component.name);
        }
    }
    let ids: BTreeSet<&String> = image.keys().chain(bill.keys()).collect();
    let none = Side::default();
    let mut differences: Vec<Difference> = ids
        .into_iter()
        .filter_map(|id| {
            let (built, seen) = (bill.get(id).unwrap_or(&none), image.get(id).unwrap_or(&none));
            difference(id, built, seen, rules)
        })
        .collect();
    differences.sort();
    differences
}

fn difference(id: &str, built: &Side, seen: &Side, rules: &Rules) -> Option<Difference> {
    let rule = rules.rule_index(id).and_then(|index| rules.rules.get(index));
    let scheme = rule.map_or(Scheme::Loose, |rule| rule.scheme);
    let upstream = |version: &str| {
        let parts = split_package_version(version);
        rule.and_then(|rule| rule.version(&parts.upstream)).unwrap_or(parts.upstream)
    };
    let kind = match (built.known, seen.known) {
        (true, false) => DifferenceKind::Missing,
        (false, true) => DifferenceKind::Extra,
        _ => {
            let known = |version: &String| {
                built.versions.iter().any(|other| {
                    scheme.same(version, other) || scheme.same(version, &upstream(other))
                })
            };
            let unknown = built.versions.is_empty() || seen.versions.is_empty();
            if unknown || seen.versions.iter().all(known) {
                return None;
            }
            DifferenceKind::DifferentVersion
        }
    };
    let name = if seen.known { &seen.name } else { &built.name };
    Some(Difference {
        kind,
        name: name.clone(),
        in_bill: built.versions.iter().cloned().collect(),
        in_image: seen.versions.iter().cloned().collect(),
        seen_at: seen.seen_at.clone(),
    })
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
