//! Public keys that open an account: `authorized_keys` of OpenSSH and Dropbear, Android's `adb_keys`.

use crate::item::{Item, Outcome};
use crate::keys;
use crate::pack::SecretPack;
use crate::report;
use duecare_base::{Confidence, Severity, text::one_line};

/// Whether the item is such a file; its lines are reported.
pub(crate) fn check(item: &Item<'_>, pack: &SecretPack, out: &mut Outcome) -> bool {
    let name = item.file_name();
    if !item.is_text() || !(name.starts_with("authorized_keys") || name == "adb_keys") {
        return false;
    }
    let text = String::from_utf8_lossy(item.bytes);
    // Dropbear's own file lets the administrator in, as does one in root's home.
    let root = ["/root/", "/etc/dropbear/"].iter().any(|folder| item.path.starts_with(folder))
        || item.path.starts_with("/.ssh/");
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((public, comment)) = keys::public_line(line) else { continue };
        let (severity, who) = if root {
            (Severity::High, "the administrator's account")
        } else {
            (Severity::Medium, "an account")
        };
        let comment = one_line(&comment, 60);
        let key = public.id.short(16);
        let place = item.at_line(u32::try_from(index + 1).unwrap_or(u32::MAX));
        let known = pack.known_key(&public.id);
        let message = match known {
            Some(known) => format!("{who} opens for a private key that is published: {known}"),
            None => format!(
                "{who} opens for a key that comes with the image ({} \"{comment}\")",
                public.label()
            ),
        };
        let (check, severity) = match known {
            Some(_) => (report::KEY_KNOWN, Severity::Critical),
            None => (report::KEY_AUTHORIZED, severity),
        };
        let confidence = item.confidence(Confidence::High);
        let finding = report::new(check, severity, confidence, place, key, message);
        out.findings.push(finding.with_snippet(line));
    }
    true
}
