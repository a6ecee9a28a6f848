//! The same secret in several images: whoever opens one device opens them all.

use crate::item::{Item, Outcome};
use crate::pack::SecretPack;
use crate::{accounts, keys, marks, report};
use duecare_base::{Confidence, Digest, Finding, Location, Severity};
use duecare_unpack::Unpacked;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Places that one finding lists.
const PLACES_MAX: usize = 20;

/// Private keys, and password hashes with their salt, that two or more of the images share.
///
/// Certificates of trust stores are shared on purpose and don't count; nor do keys that programs
/// carry to test themselves, which `known` names.
#[must_use]
pub fn keys_across(images: &[&Unpacked], known: &SecretPack) -> Vec<Finding> {
    // Only structures are needed here: no passwords to try, no tokens.
    let Ok(pack) = SecretPack::parse(&[]) else { return Vec::new() };
    let mut seen: BTreeMap<(Digest, String), Vec<(usize, Location)>> = BTreeMap::new();
    for (index, image) in images.iter().enumerate() {
        let found = collect(image, &pack);
        let tests =
            |key: &keys::SeenKey| key.in_program && known.program_key(&key.identity).is_some();
        for key in found.keys.into_iter().filter(|key| !tests(key)) {
            let what = match &key.public {
                Some(public) => format!("private key ({})", public.label()),
                None => format!("private key ({})", key.format),
            };
            seen.entry((key.identity, what)).or_default().push((index, key.location));
        }
        for (user, hash, location) in found.hashes {
            let identity = Digest::of_fields(&[b"hash", user.as_bytes(), hash.as_bytes()]);
            let what = format!("password hash of account \"{user}\"");
            seen.entry((identity, what)).or_default().push((index, location));
        }
    }
    let mut findings: Vec<Finding> = seen.into_iter().filter_map(shared).collect();
    findings.sort_by(|a, b| (&a.location, &a.key).cmp(&(&b.location, &b.key)));
    findings
}

fn collect(image: &Unpacked, pack: &SecretPack) -> Outcome {
    let files: Vec<_> = image.files().collect();
    let outcomes: Vec<Outcome> = files
        .par_iter()
        .map(|file| {
            let item =
                Item::new(&file.layer.chain, &file.node.path, file.content, Some(file.layer));
            let mut out = Outcome::default();
            let marks = marks::marks(&item, pack, &mut out);
            keys::find(&item, &marks, pack, &mut out);
            accounts::check(&item, pack, &mut out);
            out
        })
        .collect();
    let mut all = Outcome::default();
    outcomes.into_iter().for_each(|outcome| all.absorb(outcome));
    all
}

fn shared(
    ((identity, what), places): ((Digest, String), Vec<(usize, Location)>),
) -> Option<Finding> {
    let images: BTreeSet<usize> = places.iter().map(|(index, _)| *index).collect();
    if images.len() < 2 {
        return None;
    }
    let (_, first) = places.first()?;
    let message = format!("the same {what} is in {} images", images.len());
    let key = identity.short(16);
    let severity = Severity::High;
    let mut finding =
        report::new(report::KEY_SHARED, severity, Confidence::High, first.clone(), key, message);
    for (_, place) in places.iter().take(PLACES_MAX) {
        finding = finding.with_evidence(place.clone(), &what);
    }
    Some(finding)
}
