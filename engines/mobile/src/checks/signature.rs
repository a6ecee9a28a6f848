//! Who signed the app: published test keys, and signatures that don't cover the whole file.
//!
//! Schemes 1 to 3 as in the platform's "APK signing". Whether a signature is right is not
//! verified: the phone does that.

use super::manifest::Manifest;
use crate::report::{Reporter, Said, TEST_KEY};
use duecare_base::{Bin, Confidence, Severity};
use duecare_unpack::Layer;

/// Ends the block of signatures, which stands before the zip's directory.
const MAGIC: &[u8] = b"APK Sig Block 42";

/// Blocks of the schemes 2, 3 and 3.1.
const SCHEMES: [u32; 3] = [0x7109_871a, 0xf053_68c0, 0x1b93_ad61];

/// Pairs in a block.
const PAIRS_MAX: usize = 64;

/// Names in certificates of keys that everybody has: what they say, and who published them.
const TEST_NAMES: [(&[u8], &str); 2] = [
    (b"Android Debug", "the debug key of Android's developer tools"),
    (b"android@android.com", "a test key of the Android Open Source Project"),
];

pub(crate) fn check(layer: &Layer, manifest: &Manifest, reporter: &mut Reporter) {
    let block = block(&layer.content);
    let signed_v2 = block.is_some_and(has_scheme);
    let old: Vec<_> = layer
        .nodes
        .iter()
        .filter(|node| {
            let upper = node.path.to_ascii_uppercase();
            upper.starts_with("/META-INF/")
                && [".RSA", ".DSA", ".EC"].iter().any(|ending| upper.ends_with(ending))
        })
        .filter_map(|node| Some((node.path.as_str(), node.content()?)))
        .collect();
    let mut places: Vec<(&str, &[u8])> =
        old.iter().map(|(path, bytes)| (*path, bytes.as_ref())).collect();
    places.extend(block.map(|block| ("", block)));
    for (path, bytes) in &places {
        let known = TEST_NAMES.iter().find(|(name, _)| contains(bytes, name));
        if let Some((name, whose)) = known {
            let said = Said {
                severity: Severity::High,
                confidence: Confidence::High,
                key: "test key",
                message: &format!(
                    "the app is signed with {whose}, so anybody can sign an update to it"
                ),
                snippet: &format!("certificate of \"{}\"", String::from_utf8_lossy(name)),
            };
            let path = if path.is_empty() { &manifest.path } else { *path };
            reporter.add(TEST_KEY, path, None, &said);
            break;
        }
    }
    if !signed_v2 && !old.is_empty() {
        // From target 30 on the platform asks for scheme 2 or later anyway.
        let janus = manifest.min_sdk < 27;
        let said = Said {
            severity: if janus { Severity::Medium } else { Severity::Low },
            confidence: Confidence::High,
            key: "scheme 1 only",
            message: "the signature covers the files in the package, not the package: code can be put before it (CVE-2017-13156)",
            snippet: "META-INF signature without an APK signing block",
        };
        reporter.add(TEST_KEY, old.first().map_or("", |(path, _)| path), None, &said);
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The block of signatures, without its sizes and mark.
fn block(content: &[u8]) -> Option<&[u8]> {
    // The mark stands before the central directory; searching from the end meets it first.
    let at = content.windows(MAGIC.len()).rposition(|window| window == MAGIC)?;
    let size = usize::try_from(Bin::le(content).u64(at.checked_sub(8)?).ok()?).ok()?;
    let end = at + MAGIC.len();
    let begin = end.checked_sub(size)?;
    content.get(begin..at.checked_sub(8)?)
}

fn has_scheme(block: &[u8]) -> bool {
    let bin = Bin::le(block);
    let mut at = 0_usize;
    for _ in 0..PAIRS_MAX {
        let (Ok(size), Ok(id)) = (bin.size64(at), bin.u32(at.saturating_add(8))) else { break };
        if SCHEMES.contains(&id) {
            return true;
        }
        let Some(next) = at.checked_add(8).and_then(|at| at.checked_add(size)) else { break };
        at = next;
    }
    false
}
