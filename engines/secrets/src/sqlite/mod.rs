//! Passwords in SQLite databases: columns that are named for them, and tables of settings.

mod reader;

use crate::gaps;
use crate::hashes::guess::{Guessed, guess};
use crate::hashes::{crypt_kind, hex_kind};
use crate::item::{Item, Outcome};
use crate::pack::SecretPack;
use crate::report;
use crate::text::value::is_placeholder;
use crate::text::{NameKind, is_user_name, name_kind};
use duecare_base::{Confidence, Finding, Severity, mask};
use reader::{Database, Table};

/// Rows reported of one database.
const FINDINGS_MAX: usize = 100;

/// Findings for the passwords in a database.
pub(crate) fn check(item: &Item<'_>, pack: &SecretPack, out: &mut Outcome) {
    let Some(database) = Database::open(item.bytes) else {
        out.miss(gaps::DATABASE_FORM, item);
        return;
    };
    let mut findings = passwords(item, pack, &database);
    if database.was_cut() {
        out.miss(gaps::DATABASE, item);
    }
    if findings.len() > FINDINGS_MAX {
        out.miss(gaps::FINDINGS, item);
        findings.truncate(FINDINGS_MAX);
    }
    out.findings.extend(findings);
}

/// One more than is listed tells that there are more.
fn passwords(item: &Item<'_>, pack: &SecretPack, database: &Database<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in database.tables() {
        let position = |test: &dyn Fn(&str) -> bool| table.columns.iter().position(|c| test(c));
        let password =
            position(&|c| matches!(name_kind(c), Some(NameKind::Password | NameKind::Wireless)));
        let user = position(&|c| is_user_name(c) && name_kind(c).is_none());
        let name = position(&|c| {
            ["key", "name", "option", "param", "setting", "item"]
                .contains(&c.to_ascii_lowercase().as_str())
        });
        let value = position(&|c| {
            ["value", "val", "data", "setting_value", "option_value"]
                .contains(&c.to_ascii_lowercase().as_str())
        });
        if let Some(column) = password {
            for row in database.rows(&table) {
                let text = |at: Option<usize>| at.and_then(|at| row.get(at)).cloned().flatten();
                if let Some(secret) = text(Some(column)) {
                    let label = table.columns.get(column).cloned().unwrap_or_default();
                    findings.extend(row_finding(item, pack, &table, &label, text(user), &secret));
                }
                if findings.len() > FINDINGS_MAX {
                    return findings;
                }
            }
        } else if let (Some(name), Some(value)) = (name, value) {
            for row in database.rows(&table) {
                let text = |at: usize| row.get(at).cloned().flatten();
                let (Some(label), Some(secret)) = (text(name), text(value)) else { continue };
                let wanted =
                    matches!(name_kind(&label), Some(NameKind::Password | NameKind::Wireless));
                if wanted && findings.len() <= FINDINGS_MAX {
                    findings.extend(row_finding(item, pack, &table, &label, None, &secret));
                }
            }
        }
    }
    findings
}

fn row_finding(
    item: &Item<'_>,
    pack: &SecretPack,
    table: &Table,
    column: &str,
    user: Option<String>,
    secret: &str,
) -> Option<Finding> {
    if secret.trim().is_empty() || is_placeholder(secret) || secret.len() > 256 {
        return None;
    }
    let name = user.clone().unwrap_or_default();
    let of_user = user.as_deref().map(|u| format!(" of user \"{u}\"")).unwrap_or_default();
    let place = format!("table \"{}\", column \"{column}\"", table.name);
    let shown = mask::secret(secret);
    let (severity, message) =
        match crypt_kind(secret).filter(|_| secret.len() > 13).or_else(|| hex_kind(secret)) {
            Some(kind) => match guess(kind, secret, &name, &pack.passwords) {
                Guessed::Found(password) => (
                    Severity::High,
                    format!(
                        "{place} holds the {} hash{of_user} of a common password ({})",
                        kind.label(),
                        mask::secret(&password)
                    ),
                ),
                _ => (
                    Severity::Medium,
                    format!("{place} holds a fixed password hash{of_user} ({})", kind.label()),
                ),
            },
            None if pack.is_default_pair(&name, secret) => (
                Severity::Critical,
                format!("{place} holds a well-known default password{of_user} ({shown})"),
            ),
            None => (
                Severity::High,
                format!("{place} holds a password in plain text{of_user} ({shown})"),
            ),
        };
    let key = format!("{}.{column}:{name}", table.name);
    let confidence = item.confidence(Confidence::High);
    let snippet = format!("{}: {column} = {shown}{of_user}", table.name);
    Some(
        report::new(report::DATABASE, severity, confidence, item.at(), key, message)
            .with_snippet(&snippet),
    )
}
