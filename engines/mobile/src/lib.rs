//! Checks over a companion app: a package of Android, unpacked by the zip reader.
//!
//! The manifest, the resource table and the code (DEX) are read by parsers of this crate; the code
//! is followed through registers, fields and the app's own methods, so that names taken away by
//! an obfuscator hide little: the platform's own names stay. Packages in packages (XAPK, APKS) are
//! layers of their own, and app bundles (AAB) are read, too.
//!
//! Left out on purpose: keys and tokens in files (`secrets`), native libraries (`elf`), apps for
//! other systems, and verifying signatures.

mod checks;
mod code;
mod dex;
mod gaps;
mod names;
mod report;
mod resources;

pub use report::CHECK_IDS;

use checks::code::Checks;
use checks::manifest::Manifest;
use code::{App, tracker};
use dex::Dex;
use duecare_base::{Checked, Confidence, Severity};
use duecare_unpack::{Layer, Node, Unpacked};
use report::{Reporter, Said, UNREADABLE};
use resources::table::Table;
use std::collections::{BTreeMap, BTreeSet};

/// Where a manifest lies: in a package, and in the base module of an app bundle.
const MANIFESTS: [&str; 2] = ["/AndroidManifest.xml", "/base/manifest/AndroidManifest.xml"];

/// Passes that learn before the one that reports: each follows what is handed on by one more
/// method.
const LEARNING_PASSES: usize = 2;

/// DEX files of one app that are read.
const DEX_FILES_MAX: usize = 200;

/// Texts of an app that are kept for their addresses.
const TEXTS_MAX: usize = 100_000;

/// Every check over a companion app, unpacked.
#[must_use]
pub fn check(app: &Unpacked) -> Checked {
    let mut all = Checked::default();
    if app.layers.iter().any(|layer| manifest_of(layer).is_some()) {
        app.layers.iter().for_each(|layer| all.absorb(package(layer)));
    }
    all
}

fn manifest_of(layer: &Layer) -> Option<&'static str> {
    MANIFESTS.into_iter().find(|path| layer.node(path).is_some())
}

fn package(layer: &Layer) -> Checked {
    let mut reporter = Reporter::new(&layer.chain);
    let is_native = |node: &&Node| node.content().is_some_and(|c| c.starts_with(b"\x7fELF"));
    for node in layer.nodes.iter().filter(is_native) {
        reporter.miss(gaps::NATIVE, &node.path);
    }
    let Some(path) = manifest_of(layer) else {
        // An archive inside of the app may hold code that is loaded later.
        code(layer, 1, &mut reporter);
        return reporter.finish();
    };
    let content = |path: &str| layer.node(path).and_then(Node::content);
    let table = content("/resources.arsc").and_then(|bytes| Table::read(bytes));
    if table.is_none() && content("/resources.arsc").is_some() {
        reporter.miss(gaps::RESOURCES, "/resources.arsc");
    }
    let root = content(path).and_then(|bytes| resources::xml::parse(bytes));
    if root.is_none() {
        unreadable(path, "the manifest can't be read, so its checks were not made", &mut reporter);
    }
    let manifest = root.map(|root| Manifest::new(root, path, table.as_ref()));
    let texts = code(layer, manifest.as_ref().map_or(1, |one| one.min_sdk), &mut reporter);
    if let Some(manifest) = manifest.filter(|manifest| !manifest.is_split()) {
        checks::manifest::check(&manifest, table.as_ref(), &mut reporter);
        let prefix = path.strip_suffix("manifest/AndroidManifest.xml").unwrap_or("/");
        let file = |name: &str| {
            let path = format!("{prefix}{name}");
            content(&path).map(|bytes| (path.clone(), bytes.to_vec()))
        };
        checks::network::check(&manifest, table.as_ref(), &file, &texts, &mut reporter);
        if path == "/AndroidManifest.xml" {
            checks::signature::check(layer, &manifest, &mut reporter);
        }
    }
    reporter.finish()
}

fn unreadable(path: &str, message: &str, reporter: &mut Reporter) {
    let said = Said {
        severity: Severity::Medium,
        confidence: Confidence::High,
        key: "unreadable",
        message,
        snippet: message,
    };
    reporter.add(UNREADABLE, path, None, &said);
    reporter.miss(gaps::UNREADABLE, path);
}

/// Runs the checks of the code; gives back the addresses in the app's own code.
fn code(layer: &Layer, min_sdk: u32, reporter: &mut Reporter) -> BTreeSet<String> {
    let mut files: Vec<(&str, Dex<'_>)> = Vec::new();
    for node in &layer.nodes {
        let Some(bytes) = node.content().filter(|_| node.path.ends_with(".dex")) else { continue };
        match Dex::read(bytes) {
            Some(dex) if files.len() < DEX_FILES_MAX => files.push((&node.path, dex)),
            _ => unreadable(
                &node.path,
                "the code can't be read, so its checks were not made",
                reporter,
            ),
        }
    }
    files.sort_by_key(|(path, _)| *path);
    let mut app = App::default();
    let mut texts = BTreeSet::new();
    app.encrypts_database = layer.nodes.iter().any(|node| node.file_name() == "libsqlcipher.so");
    for (_, dex) in &files {
        notice(dex, &mut app);
    }
    for _ in 0..LEARNING_PASSES {
        for (path, dex) in &files {
            pass(path, dex, &mut app, None);
        }
    }
    for (path, dex) in &files {
        let web = pass(path, dex, &mut app, Some(reporter));
        checks::classes::web_views(&web, path, min_sdk, reporter);
        let most = TEXTS_MAX.saturating_sub(texts.len());
        let own = addresses(dex, most);
        if own.len() >= most {
            reporter.miss(gaps::FINDINGS, path);
        }
        checks::network::logins(&own, path, reporter);
        texts.extend(own);
        if dex.is_cut() {
            unreadable(path, "part of the code could not be read", reporter);
        }
    }
    texts
}

/// What the texts of a DEX file tell about the app as a whole.
fn notice(dex: &Dex<'_>, app: &mut App) {
    for index in 0..dex.text_count() {
        let text = dex.text(index);
        // The name under which the library for encrypted preferences keeps its keys stays the
        // same when its classes are renamed.
        if text.starts_with("__androidx_security_crypto_encrypted_prefs") {
            app.encrypts_preferences = true;
        }
        if text.starts_with("Lnet/sqlcipher/") || text.starts_with("Lnet/zetetic/") {
            app.encrypts_database = true;
        }
    }
}

/// Texts that can be addresses or logins.
fn addresses(dex: &Dex<'_>, most: usize) -> BTreeSet<String> {
    (0..dex.text_count())
        .map(|index| dex.text(index))
        .filter(|text| text.contains("://") || text.contains("Basic "))
        .take(most)
        .map(|text| text.to_string())
        .collect()
}

fn pass(
    path: &str,
    dex: &Dex<'_>,
    app: &mut App,
    mut reporter: Option<&mut Reporter>,
) -> BTreeMap<String, checks::WebSeen> {
    dex.rewind();
    if let Some(reporter) = reporter.as_deref_mut() {
        for class in (0..dex.class_count()).filter_map(|index| dex.class(index)) {
            checks::classes::check(dex, app, &class, path, reporter);
        }
        dex.rewind();
    }
    let mut site = Checks { reporter, path: path.to_owned(), web: BTreeMap::new() };
    for class in (0..dex.class_count()).filter_map(|index| dex.class(index)) {
        for method in &class.methods {
            tracker::method(dex, app, &class, method, &mut site);
        }
    }
    site.web
}
