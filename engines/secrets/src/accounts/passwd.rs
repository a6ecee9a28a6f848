//! `passwd(5)` and `shadow(5)`, with their backups.

use super::{HashAt, hash};
use crate::hashes::crypt_kind;
use crate::item::{Item, Outcome};
use crate::pack::SecretPack;
use crate::report;
use duecare_base::{Confidence, Severity, mask};

/// Shells that let nobody in.
const NO_SHELLS: [&str; 6] = ["nologin", "false", "sync", "halt", "shutdown", "true"];

struct Account<'a> {
    line_number: u32,
    line: &'a str,
    user: &'a str,
    secret: &'a str,
    uid: &'a str,
    shell: &'a str,
}

impl Account<'_> {
    fn can_log_in(&self) -> bool {
        !NO_SHELLS.iter().any(|shell| self.shell.ends_with(shell))
    }

    fn rights(&self) -> String {
        let root = if self.uid == "0" { " with user id 0" } else { "" };
        let shell = if self.can_log_in() { "" } else { " without a shell" };
        format!("{root}{shell}")
    }
}

fn accounts(text: &str) -> impl Iterator<Item = Account<'_>> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let fields: Vec<&str> = line.trim_end_matches('\r').split(':').collect();
        let user = fields.first()?.trim();
        // NIS markers and comments are no accounts.
        if user.is_empty() || user.starts_with(['#', '+', '-']) {
            return None;
        }
        Some(Account {
            line_number: u32::try_from(index + 1).ok()?,
            line,
            user,
            secret: fields.get(1)?,
            uid: fields.get(2).copied().unwrap_or_default(),
            shell: fields.get(6).copied().unwrap_or_default().trim(),
        })
    })
}

/// Lines of the shape of `passwd`: seven fields with numbers in the third and fourth.
fn passwd_shape(line: &str) -> bool {
    let fields: Vec<&str> = line.trim_end().split(':').collect();
    let number = |at: usize| {
        fields.get(at).is_some_and(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()))
    };
    fields.len() == 7 && number(2) && number(3)
}

/// Lines of the shape of `shadow`: nine fields, the second a hash, a lock or nothing.
fn shadow_shape(line: &str) -> bool {
    let fields: Vec<&str> = line.trim_end().split(':').collect();
    let secret = fields.get(1).copied().unwrap_or_default();
    let name = fields.first().copied().unwrap_or_default();
    (3..=9).contains(&fields.len())
        && !name.is_empty()
        && !name.contains(' ')
        && (crypt_kind(secret.trim_start_matches('!')).is_some() || fields.len() >= 8)
        && fields.iter().skip(2).all(|f| f.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

fn most(text: &str, shape: impl Fn(&str) -> bool) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .take(200)
        .collect();
    let fitting = lines.iter().filter(|line| shape(line)).count();
    fitting > 0 && fitting * 2 > lines.len()
}

/// Whether a file is a `passwd` by its content; its name only has to be no other kind's.
pub(super) fn is_passwd(name: &str, text: &str) -> bool {
    !name.starts_with("shadow") && most(text, passwd_shape)
}

/// Whether a file is a `shadow`.
pub(super) fn is_shadow(name: &str, text: &str) -> bool {
    let named = name.contains("shadow") || name.contains("passwd") || name.contains("opasswd");
    if name.contains("gshadow") {
        return false;
    }
    most(text, |line| {
        let hashed = line.split(':').nth(1).and_then(crypt_kind).is_some();
        shadow_shape(line) && (named || (hashed && line.split(':').count() >= 8))
    })
}

/// Reads a `passwd`.
pub(super) fn passwd(item: &Item<'_>, text: &str, pack: &SecretPack, out: &mut Outcome) {
    let mut roots: Vec<Account<'_>> = Vec::new();
    for account in accounts(text) {
        secret(item, &account, pack, out);
        if account.uid.trim_start_matches('0').is_empty() && !account.uid.is_empty() {
            roots.push(account);
        }
    }
    // The first account of number 0 is the administrator, the others are twins.
    let first = roots.iter().position(|account| account.user == "root").unwrap_or(0);
    for (index, twin) in roots.iter().enumerate() {
        let locked = twin.secret.starts_with(['*', '!']) || !twin.can_log_in();
        if index == first {
            continue;
        }
        let (severity, why) =
            if locked { (Severity::Low, ", though it is locked") } else { (Severity::High, "") };
        let message =
            format!("account \"{}\" is a second administrator (user id 0){why}", twin.user);
        let place = item.at_line(twin.line_number);
        let confidence = item.confidence(Confidence::High);
        let finding =
            report::new(report::UID0_TWIN, severity, confidence, place, twin.user, message)
                .with_snippet(&mask::in_line(twin.line, &[hidden(twin.secret)]));
        out.findings.push(finding);
    }
}

/// What of a password field must not be shown.
fn hidden(secret: &str) -> &str {
    if secret.len() >= 8 { secret } else { "" }
}

/// Reads a `shadow`.
pub(super) fn shadow(item: &Item<'_>, text: &str, pack: &SecretPack, out: &mut Outcome) {
    let known = passwd_beside(item);
    for mut account in accounts(text) {
        // In a shadow file the fields after the hash are days, not a user id or shell.
        account.uid = if account.user == "root" { "0" } else { "" };
        account.shell = "";
        let beside = known.as_deref().and_then(|passwd| {
            accounts(passwd)
                .find(|other| other.user == account.user)
                .map(|other| (other.uid.to_owned(), other.shell.to_owned()))
        });
        if let Some((uid, shell)) = &beside {
            let account = Account { uid, shell, ..account };
            secret(item, &account, pack, out);
        } else {
            secret(item, &account, pack, out);
        }
    }
}

/// The `passwd` in the same folder.
fn passwd_beside(item: &Item<'_>) -> Option<String> {
    let folder = item.path.rsplit_once('/')?.0;
    let node = item.layer?.resolve(&format!("{folder}/passwd"))?;
    Some(String::from_utf8_lossy(node.content()?).into_owned())
}

fn secret(item: &Item<'_>, at: &Account<'_>, pack: &SecretPack, out: &mut Outcome) {
    let powerful = at.uid == "0" && at.can_log_in();
    let place = item.at_line(at.line_number);
    let secret = at.secret.trim();
    if secret.is_empty() {
        let severity = match (powerful, at.can_log_in()) {
            (true, _) => Severity::Critical,
            (false, true) => Severity::High,
            (false, false) => Severity::Low,
        };
        let message = format!("account \"{}\"{} has no password", at.user, at.rights());
        let confidence = item.confidence(Confidence::High);
        let finding =
            report::new(report::EMPTY_PASSWORD, severity, confidence, place, at.user, message);
        out.findings.push(finding.with_snippet(at.line));
        return;
    }
    // `x` points to shadow; `*` and `!` lock; so does anything that no hash function gives.
    if let Some(kind) = crypt_kind(secret) {
        let hash_at = HashAt {
            kind,
            text: secret,
            user: at.user,
            location: place,
            line: at.line,
            rights: at.rights(),
            powerful,
            try_guess: true,
            check: report::PASSWORD_FILE,
        };
        hash(item, hash_at, pack, out);
    }
}
