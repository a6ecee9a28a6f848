//! Files that hold accounts: `passwd`, `shadow`, `htpasswd`, `smbpasswd`, PPP secrets and others.

mod passwd;
mod plain;

use crate::hashes::guess::{Guessed, guess};
use crate::hashes::{HashKind, has_empty_salt};
use crate::item::{Item, Outcome};
use crate::pack::SecretPack;
use crate::text::TEXT_BYTES_MAX;
use crate::{gaps, report};
use duecare_base::{Confidence, Finding, Location, Severity, mask};

/// Hashes that are guessed at in one file.
const GUESSED_HASHES_MAX: usize = 32;

/// A hash of somebody's password at a place.
pub(crate) struct HashAt<'a> {
    pub(crate) kind: HashKind,
    pub(crate) text: &'a str,
    pub(crate) user: &'a str,
    pub(crate) location: Location,
    /// The line, secrets still in it.
    pub(crate) line: &'a str,
    /// What the account can do, for people: ` with user id 0 and a shell`.
    pub(crate) rights: String,
    /// Whether the account is the administrator's.
    pub(crate) powerful: bool,
    /// Whether it is of a kind that is guessed at.
    pub(crate) try_guess: bool,
    /// The check that reports a hash which was not guessed.
    pub(crate) check: &'static str,
}

/// Whether this crate reads the file as one of accounts.
pub(crate) fn check(item: &Item<'_>, pack: &SecretPack, out: &mut Outcome) -> bool {
    if item.bytes.len() > TEXT_BYTES_MAX || !item.is_text() {
        return false;
    }
    let text = String::from_utf8_lossy(item.bytes);
    let name = item.file_name().trim_start_matches('.').to_ascii_lowercase();
    if passwd::is_passwd(&name, &text) {
        passwd::passwd(item, &text, pack, out);
    } else if passwd::is_shadow(&name, &text) {
        passwd::shadow(item, &text, pack, out);
    } else if plain::is_smbpasswd(&name, &text) {
        plain::smbpasswd(item, &text, pack, out);
    } else if plain::is_ppp(&name) {
        plain::ppp(item, &text, out);
    } else if plain::is_httpd(&text) {
        plain::httpd(item, &text, pack, out);
    } else if plain::is_user_list(&name, &text) {
        plain::user_list(item, &text, pack, out);
    } else {
        return false;
    }
    true
}

/// Reports a hash: guessed, without salt, or weak by its kind.
pub(crate) fn hash(item: &Item<'_>, at: HashAt<'_>, pack: &SecretPack, out: &mut Outcome) {
    out.hashes.push((at.user.to_owned(), at.text.to_owned(), at.location.clone()));
    // This one is among those counted.
    let early = out.hashes.len() <= GUESSED_HASHES_MAX;
    if at.try_guess && !early {
        out.miss(gaps::HASHES, item);
    }
    let guessed = if at.try_guess && early {
        guess(at.kind, at.text, at.user, &pack.passwords)
    } else {
        Guessed::NotTried
    };
    let label = at.kind.label();
    let (user, rights) = (at.user, &at.rights);
    let (id, severity, confidence, message, secrets) = match &guessed {
        Guessed::Found(password) if password.is_empty() => (
            report::EMPTY_PASSWORD,
            severity_of(at.powerful),
            Confidence::High,
            format!("account \"{user}\"{rights} has the {label} hash of an empty password"),
            vec![at.text.to_owned()],
        ),
        Guessed::Found(password) => (
            report::GUESSABLE_HASH,
            severity_of(at.powerful),
            Confidence::High,
            format!(
                "the {label} hash of account \"{user}\"{rights} is that of a common password ({})",
                mask::secret(password)
            ),
            vec![at.text.to_owned()],
        ),
        _ => {
            let strength = if at.kind.is_weak() { "a weak hash" } else { "a hash" };
            let severity = match (at.powerful, at.kind.is_weak()) {
                (true, true) => Severity::High,
                (true, false) | (false, true) => Severity::Medium,
                (false, false) => Severity::Low,
            };
            let message = format!(
                "account \"{user}\"{rights} has the same password on every device, kept as {strength} ({label})"
            );
            (at.check, severity, Confidence::High, message, vec![at.text.to_owned()])
        }
    };
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let shown = mask::in_line(at.line, &secrets);
    let confidence = item.confidence(confidence);
    let place = at.location.clone();
    let finding = report::new(id, severity, confidence, place, at.user, message);
    out.findings.push(finding.with_snippet(&shown));
    if has_empty_salt(at.kind, at.text) {
        let message = format!("the {label} hash of account \"{user}\" has an empty salt");
        let place = at.location.clone();
        let finding =
            report::new(report::HASH_NO_SALT, Severity::Medium, confidence, place, user, message);
        out.findings.push(finding.with_snippet(&shown));
    } else if at.kind.is_unsalted() && !matches!(at.kind, HashKind::Nt | HashKind::Lm) {
        let message = format!("the {label} hash of account \"{user}\" has no salt");
        let place = at.location;
        let finding =
            report::new(report::HASH_NO_SALT, Severity::Low, confidence, place, user, message);
        out.findings.push(finding.with_snippet(&shown));
    }
}

fn severity_of(powerful: bool) -> Severity {
    if powerful { Severity::Critical } else { Severity::High }
}

/// A password in plain text in a file of accounts.
pub(crate) fn plain_password(
    item: &Item<'_>,
    location: Location,
    (user, password): (&str, &str),
    line: &str,
    pack: Option<&SecretPack>,
) -> Finding {
    let default = pack.is_some_and(|pack| pack.is_default_pair(user, password));
    let (severity, what) = if default {
        (Severity::Critical, "a well-known default password")
    } else {
        (Severity::High, "a password in plain text")
    };
    let message = format!("account \"{user}\" has {what} ({})", mask::secret(password));
    let confidence = item.confidence(Confidence::High);
    report::new(report::PASSWORD_FILE, severity, confidence, location, user, message)
        .with_snippet(&mask_after_user(line, user, password))
}

/// The line with the password masked, the user's name left readable even when they are the same.
pub(crate) fn mask_after_user(line: &str, user: &str, password: &str) -> String {
    let split = line.find(user).map_or(0, |at| at + user.len());
    let (head, tail) = line.split_at_checked(split).unwrap_or((line, ""));
    let head = if user == password { head.to_owned() } else { mask::in_line(head, &[password]) };
    format!("{head}{}", mask::in_line(tail, &[password]))
}
