//! Checks of the manifest: switches, components that others may start, what is backed up.

use crate::names;
use crate::report::{BACKUP, DEBUGGABLE, EXPORTED, OLD_TARGET, Reporter, Said};
use crate::resources::Value;
use crate::resources::table::Table;
use crate::resources::xml::Element;
use duecare_base::{Confidence, Severity};

/// Resource numbers of attributes (`android.R.attr`), which stay when names are taken away.
pub(crate) mod attr {
    pub(crate) const NAME: u32 = 0x0101_0003;
    pub(crate) const PERMISSION: u32 = 0x0101_0006;
    pub(crate) const READ_PERMISSION: u32 = 0x0101_0007;
    pub(crate) const WRITE_PERMISSION: u32 = 0x0101_0008;
    pub(crate) const PROTECTION_LEVEL: u32 = 0x0101_0009;
    pub(crate) const ENABLED: u32 = 0x0101_000e;
    pub(crate) const DEBUGGABLE: u32 = 0x0101_000f;
    pub(crate) const EXPORTED: u32 = 0x0101_0010;
    pub(crate) const GRANT_URI: u32 = 0x0101_001b;
    pub(crate) const MIN_SDK: u32 = 0x0101_020c;
    pub(crate) const TARGET_SDK: u32 = 0x0101_0270;
    pub(crate) const ALLOW_BACKUP: u32 = 0x0101_0280;
    pub(crate) const FULL_BACKUP: u32 = 0x0101_04eb;
    pub(crate) const CLEARTEXT: u32 = 0x0101_04ec;
    pub(crate) const NETWORK: u32 = 0x0101_0527;
    pub(crate) const EXTRACTION: u32 = 0x0101_063e;
}

/// Target below which the platform turns protections off that every maintained app has: Android 9.
const TARGET_OLD: u32 = 28;

/// Target below which an app can't be published any more: Android 13.
const TARGET_AGED: u32 = 33;

/// What the other checks ask of the manifest.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) root: Element,
    /// Path of the file.
    pub(crate) path: String,
    pub(crate) min_sdk: u32,
    pub(crate) target_sdk: u32,
}

impl Manifest {
    pub(crate) fn new(root: Element, path: &str, table: Option<&Table<'_>>) -> Self {
        let sdk = |id: u32, name: &str| {
            let uses = root.named("uses-sdk").next()?;
            number(uses.attribute(id, name)?, table)
        };
        let min_sdk = sdk(attr::MIN_SDK, "minSdkVersion").unwrap_or(1);
        let target_sdk = sdk(attr::TARGET_SDK, "targetSdkVersion").unwrap_or(min_sdk);
        Self { path: path.to_owned(), min_sdk, target_sdk, root }
    }

    pub(crate) fn application(&self) -> Option<&Element> {
        self.root.named("application").next()
    }

    /// A split of an app repeats the base's switches without meaning.
    pub(crate) fn is_split(&self) -> bool {
        self.root.attribute(0, "split").is_some()
            || self.root.attribute(0, "configForSplit").is_some()
    }
}

fn number(value: &Value, table: Option<&Table<'_>>) -> Option<u32> {
    match value {
        Value::Number(number) => Some(*number),
        // A code name such as "S" stands for a preview; a number may also be written as text.
        Value::Text(text) => text.parse().ok(),
        Value::Reference(id) => table?.values(*id).iter().find_map(|value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        }),
        _ => None,
    }
}

/// A switch; through a resource, "on" if it is on in any configuration.
pub(crate) fn switch(
    element: &Element,
    id: u32,
    name: &str,
    table: Option<&Table<'_>>,
) -> Option<bool> {
    match element.attribute(id, name)? {
        Value::Bool(on) => Some(*on),
        Value::Number(number) => Some(*number != 0),
        Value::Text(text) => text.parse().ok(),
        Value::Reference(id) => {
            let values = table?.values(*id);
            let known: Vec<bool> = values
                .iter()
                .filter_map(|value| match value {
                    Value::Bool(on) => Some(*on),
                    _ => None,
                })
                .collect();
            (!known.is_empty()).then(|| known.contains(&true))
        }
        Value::Other => None,
    }
}

/// The text of an attribute.
pub(crate) fn text(
    element: &Element,
    id: u32,
    name: &str,
    table: Option<&Table<'_>>,
) -> Option<String> {
    match element.attribute(id, name)? {
        Value::Text(text) => Some(text.clone()),
        Value::Reference(id) => table?.values(*id).into_iter().find_map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        }),
        _ => None,
    }
}

pub(crate) fn check(manifest: &Manifest, table: Option<&Table<'_>>, reporter: &mut Reporter) {
    let path = &manifest.path;
    let Some(application) = manifest.application() else { return };
    if switch(application, attr::DEBUGGABLE, "debuggable", table) == Some(true) {
        let said = Said {
            severity: Severity::High,
            confidence: Confidence::High,
            key: "application",
            message: "the app can be debugged by anybody who holds the phone: its memory and files lie open",
            snippet: "<application android:debuggable=\"true\">",
        };
        reporter.add(DEBUGGABLE, path, None, &said);
    }
    backup(manifest, application, table, reporter);
    target(manifest, reporter);
    for kind in ["activity", "activity-alias", "service", "receiver", "provider"] {
        for component in application.named(kind) {
            exported(manifest, application, kind, component, table, reporter);
        }
    }
}

fn backup(
    manifest: &Manifest,
    application: &Element,
    table: Option<&Table<'_>>,
    reporter: &mut Reporter,
) {
    let said = switch(application, attr::ALLOW_BACKUP, "allowBackup", table);
    if said == Some(false) {
        return;
    }
    let rules = application.attribute(attr::FULL_BACKUP, "fullBackupContent").is_some()
        || application.attribute(attr::EXTRACTION, "dataExtractionRules").is_some();
    // From Android 12 on, what is backed up over a cable needs an app that can be debugged.
    let severity = match (rules, manifest.target_sdk >= 31) {
        (true, _) => Severity::Info,
        (false, true) => Severity::Low,
        (false, false) => Severity::Medium,
    };
    let how =
        if said.is_some() { "android:allowBackup=\"true\"" } else { "no android:allowBackup" };
    let message = if rules {
        "the app's files may be backed up, within the rules that it has for that"
    } else {
        "the app's files, stored credentials among them, may be copied by a backup"
    };
    let said = Said {
        severity,
        confidence: Confidence::High,
        key: "application",
        message,
        snippet: &format!("<application> with {how}, target API {}", manifest.target_sdk),
    };
    reporter.add(BACKUP, &manifest.path, None, &said);
}

fn target(manifest: &Manifest, reporter: &mut Reporter) {
    if manifest.target_sdk >= TARGET_AGED {
        return;
    }
    let old = manifest.target_sdk < TARGET_OLD;
    let said = Said {
        severity: if old { Severity::Medium } else { Severity::Low },
        confidence: Confidence::High,
        key: "target",
        message: &format!(
            "the app targets API {}, so newer phones turn protections off for it",
            manifest.target_sdk
        ),
        snippet: &format!(
            "<uses-sdk minSdkVersion {} targetSdkVersion {}>",
            manifest.min_sdk, manifest.target_sdk
        ),
    };
    reporter.add(OLD_TARGET, &manifest.path, None, &said);
}

/// Actions that only the system may send, so a receiver of nothing else needs no permission.
fn is_protected(action: &str) -> bool {
    const ONES: [&str; 12] = [
        "android.intent.action.BOOT_COMPLETED",
        "android.intent.action.LOCKED_BOOT_COMPLETED",
        "android.intent.action.MY_PACKAGE_REPLACED",
        "android.intent.action.PACKAGE_REPLACED",
        "android.intent.action.PACKAGE_ADDED",
        "android.intent.action.PACKAGE_REMOVED",
        "android.intent.action.TIMEZONE_CHANGED",
        "android.intent.action.TIME_SET",
        "android.intent.action.USER_PRESENT",
        "android.intent.action.LOCALE_CHANGED",
        "android.intent.action.ACTION_POWER_CONNECTED",
        "android.intent.action.ACTION_POWER_DISCONNECTED",
    ];
    ONES.contains(&action)
        || action.starts_with("android.net.conn.")
        || action.starts_with("android.net.wifi.")
        || action.starts_with("android.appwidget.action.")
        || action.starts_with("android.bluetooth.")
}

fn exported(
    manifest: &Manifest,
    application: &Element,
    kind: &str,
    component: &Element,
    table: Option<&Table<'_>>,
    reporter: &mut Reporter,
) {
    let Some(name) = text(component, attr::NAME, "name", table) else { return };
    let on = |element: &Element| switch(element, attr::ENABLED, "enabled", table) != Some(false);
    if !on(component) || !on(application) || is_shared(&name) {
        return;
    }
    let filters: Vec<&Element> = component.named("intent-filter").collect();
    let said = switch(component, attr::EXPORTED, "exported", table);
    let open = said.unwrap_or(match kind {
        "provider" => manifest.target_sdk < 17,
        _ => !filters.is_empty(),
    });
    let values = |element: &'_ str| -> Vec<String> {
        let found = filters.iter().flat_map(|filter| filter.named(element));
        found.filter_map(|one| text(one, attr::NAME, "name", table)).collect()
    };
    let (actions, categories) = (values("action"), values("category"));
    let starter = actions.iter().any(|one| one == "android.intent.action.MAIN")
        && categories.iter().any(|one| one.contains("LAUNCHER") || one.ends_with(".HOME"));
    let system =
        kind == "receiver" && !actions.is_empty() && actions.iter().all(|one| is_protected(one));
    if !open || starter || system || is_guarded(manifest, application, kind, component, table) {
        return;
    }
    let linked = categories.iter().any(|one| one == "android.intent.category.BROWSABLE");
    let grants = kind == "provider"
        && switch(component, attr::GRANT_URI, "grantUriPermissions", table) == Some(true);
    let severity = match kind {
        "provider" => Severity::High,
        "service" | "receiver" => Severity::Medium,
        // What web pages may open is meant to be open; it still needs a look.
        _ if linked => Severity::Info,
        _ => Severity::Low,
    };
    let how = match said {
        Some(_) => "android:exported=\"true\"",
        None if kind == "provider" => "providers are open by default for this target",
        None => "an intent filter without android:exported",
    };
    let mut message =
        format!("any app on the phone can use the {kind} {name}, which asks for no permission");
    if grants {
        message.push_str(" and hands on access to its addresses");
    }
    let said = Said {
        severity,
        confidence: if said.is_some() { Confidence::High } else { Confidence::Medium },
        key: &format!("{kind} {name}"),
        message: &message,
        snippet: &format!("<{kind} android:name=\"{name}\">: {how}"),
    };
    reporter.add(EXPORTED, &manifest.path, Some(&name), &said);
}

/// Components of libraries that many apps share are open as their makers meant them to be.
fn is_shared(name: &str) -> bool {
    names::is_library(&format!("L{}", name.replace('.', "/")))
}

fn is_guarded(
    manifest: &Manifest,
    application: &Element,
    kind: &str,
    component: &Element,
    table: Option<&Table<'_>>,
) -> bool {
    let ask = |element: &Element, id: u32, name: &str| text(element, id, name, table);
    let all = ask(component, attr::PERMISSION, "permission")
        .or_else(|| ask(application, attr::PERMISSION, "permission"));
    let needed = match kind {
        "provider" => {
            let read =
                ask(component, attr::READ_PERMISSION, "readPermission").or_else(|| all.clone());
            let write = ask(component, attr::WRITE_PERMISSION, "writePermission").or(all);
            if read.is_none() || write.is_none() {
                return false;
            }
            vec![read, write]
        }
        _ => vec![all],
    };
    needed
        .iter()
        .flatten()
        .any(|permission| !permission.is_empty() && !is_free(manifest, permission, table))
}

/// Whether any app gets a permission by asking: one that this app defines with no or the lowest
/// level.
fn is_free(manifest: &Manifest, permission: &str, table: Option<&Table<'_>>) -> bool {
    manifest.root.named("permission").any(|one| {
        let level = one.attribute(attr::PROTECTION_LEVEL, "protectionLevel");
        let lowest = match level {
            None => true,
            Some(Value::Number(number)) => number & 0xf == 0,
            Some(Value::Text(text)) => text == "normal",
            Some(_) => false,
        };
        lowest && text(one, attr::NAME, "name", table).as_deref() == Some(permission)
    })
}
