//! Takes the inventory: databases first, then files, then the merge.

use crate::claim::{Claim, Package};
use crate::merge;
use crate::model::{Inventory, Method};
use crate::packages::{self, Told};
use crate::rules::Rules;
use crate::{files, system};
use duecare_base::Location;
use duecare_unpack::layer::BlobSource;
use duecare_unpack::{Layer, LayerId, Unpacked};
use std::collections::{BTreeMap, BTreeSet};

/// What is inside an image. The same image and rules give the same inventory.
#[must_use]
pub fn take(image: &Unpacked, rules: &Rules) -> Inventory {
    let mut claims = Vec::new();
    let mut problems = Vec::new();
    // Layers that a package manager speaks for.
    let mut managed: BTreeSet<LayerId> = BTreeSet::new();
    for layer in &image.layers {
        let distribution = system::distribution(layer);
        let id = distribution.as_ref().map(|d| d.id.clone());
        for (mut told, at) in databases(layer, id.as_deref()) {
            told.whole_image = told.whole_image && is_whole_image(image, layer, &at.path);
            if !told.packages.is_empty() {
                managed.insert(layer.id);
            }
            problems.extend(told.problem.iter().map(|why| (at.clone(), why.clone())));
            claims.extend(packages::claims(rules, &told, &at));
        }
        claims.extend(distribution.map(|d| d.claim(layer)));
        claims.extend(system::kernel(rules, layer));
    }
    let whole = claims.iter().any(|claim| claim.whole_image);
    if whole {
        // A package that holds `os-release` is not the system that it speaks of.
        claims.retain(|claim| claim.evidence.method != Method::OsRelease);
    }
    for layer in image.layers.iter().filter(|_| !whole) {
        if managed.contains(&layer.id) {
            continue;
        }
        let named = from_documents(image, layer, rules);
        if !named.is_empty() {
            managed.insert(layer.id);
        }
        claims.extend(named);
    }
    let mut seen = files::claims(rules, image);
    let chains: BTreeSet<&str> = managed
        .iter()
        .filter_map(|id| image.layer(*id))
        .map(|layer| layer.chain.as_str())
        .collect();
    // Guesses are of use only where no package manager speaks.
    seen.retain(|claim| {
        let packaged = whole || chains.contains(claim.evidence.location.layer.as_str());
        !packaged || !claim.generic
    });
    claims.extend(seen);
    let mut inventory = merge::merge(rules, claims);
    inventory.problems = problems;
    inventory
}

/// What the names of packages end with.
const PACKAGE_ENDINGS: [&str; 6] = [".deb", ".udeb", ".ipk", ".opk", ".rpm", ".apk"];

/// Whether a package's head speaks for the whole image: the image is the package, and not one that
/// lies in a file system.
fn is_whole_image(image: &Unpacked, layer: &Layer, path: &str) -> bool {
    if matches!(path, "/CONTROL/control" | "/DEBIAN/control") {
        return layer.parent.is_none_or(|parent| parent == LayerId(0));
    }
    let mut top = layer;
    while let Some(parent) = top.parent.and_then(|id| image.layer(id)).filter(|p| p.id < top.id) {
        if parent.id == LayerId(0) {
            break;
        }
        top = parent;
    }
    let named = PACKAGE_ENDINGS.iter().any(|end| image.name.ends_with(end));
    let starts = top.offset == 0 && top.parent.is_none_or(|parent| parent == LayerId(0));
    starts && (named || matches!(top.format, "deb" | "ipk" | "rpm"))
}

/// Every database in a layer. Control files of single packages count only where no status file is.
fn databases(layer: &Layer, distribution: Option<&str>) -> Vec<(Told, Location)> {
    let mut found = Vec::new();
    if let Some(told) = packages::read_layer(layer) {
        found.push((told, layer.location("")));
    }
    let mut single = Vec::new();
    for node in &layer.nodes {
        let Some(content) = node.content() else { continue };
        let Some(told) = packages::read(&node.path, content, distribution) else { continue };
        let at = layer.location(&node.path);
        let list = if node.path.ends_with(".control") { &mut single } else { &mut found };
        list.push((told, at));
    }
    if found.iter().all(|(told, _)| told.packages.is_empty()) {
        found.append(&mut single);
    }
    found
}

/// Packages without a database: `usr/share/doc/NAME/changelog.Debian.gz` names source and version.
fn from_documents(image: &Unpacked, layer: &Layer, rules: &Rules) -> Vec<Claim> {
    let mut named: BTreeMap<String, Package> = BTreeMap::new();
    for node in &layer.nodes {
        let Some(rest) = node.path.strip_prefix("/usr/share/doc/") else { continue };
        let Some((folder, file)) = rest.split_once('/') else { continue };
        if !matches!(file, "changelog.Debian.gz" | "changelog.gz") {
            continue;
        }
        let package = decoded(image, layer, &node.path).and_then(|text| changelog(&text, folder));
        if let Some(mut package) = package {
            let copyright = layer.node(&format!("/usr/share/doc/{folder}/copyright"));
            if let Some(content) = copyright.and_then(|node| node.content()) {
                package.licences = packages::licence_of_copyright(content);
            }
            // `changelog.Debian.gz` sorts before `changelog.gz`, which upstream may have written.
            named.entry(folder.to_owned()).or_insert(package);
        }
    }
    named
        .into_iter()
        .map(|(folder, package)| {
            let at = layer.location(&format!("/usr/share/doc/{folder}"));
            let mut claim = package.claim(rules, at, Method::Manifest);
            claim.evidence.confidence = 85;
            claim
        })
        .collect()
}

/// The head of what a compressed file of the layer holds.
fn decoded(image: &Unpacked, layer: &Layer, path: &str) -> Option<String> {
    const HEAD_BYTES: usize = 400;
    let index = layer.nodes.iter().position(|node| node.path == path)?;
    let blob = layer.blobs.iter().find(|blob| blob.source == BlobSource::File(index))?;
    let inner = blob.regions.iter().find_map(|region| match region.kind {
        duecare_unpack::RegionKind::Layer(id) => image.layer(id),
        _ => None,
    })?;
    let content = &inner.blobs.first()?.content;
    let head = content.get(..HEAD_BYTES.min(content.len()))?;
    Some(String::from_utf8_lossy(head).into_owned())
}

/// `source (version) suite; urgency=level` (deb-changelog(5)).
fn changelog(text: &str, folder: &str) -> Option<Package> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    let (head, tail) = line.split_once(')')?;
    let (source, version) = head.split_once(" (")?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    if !tail.contains("urgency=") || !source.chars().all(plain) {
        return None;
    }
    Some(Package {
        ecosystem: "deb",
        namespace: Some("debian".to_owned()),
        name: folder.to_owned(),
        source: Some(source.to_owned()),
        version: version.to_owned(),
        ..Package::default()
    })
}
