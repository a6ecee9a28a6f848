//! Tables of accounts in a program's data: pairs of pointers to a user name and a password, or
//! records that hold both.

use crate::code::{Code, speaks_of_logins};
use crate::flow::{Image, Value};
use crate::gaps;
use crate::shape::shaped;
use crate::words;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity, mask};
use std::collections::{BTreeMap, BTreeSet};

const CHECK: CheckId = CheckId::new("credential-elf-embedded");
/// Most findings per file.
const FINDINGS_MAX: usize = 20;
/// Most data looked at per file, in bytes.
const DATA_BYTES_MAX: usize = 8 << 20;
/// Most user names looked for.
const NAMES_MAX: usize = 200;
/// Longest field of a record, in bytes.
const FIELD_BYTES_MAX: usize = 128;

/// User names that hardly mean anything else.
const OWNERS: &[&str] = &[
    "admin",
    "Admin",
    "administrator",
    "Administrator",
    "root",
    "guest",
    "user",
    "support",
    "service",
    "supervisor",
    "superuser",
    "telecomadmin",
    "useradmin",
    "ubnt",
    "tech",
];

/// A pair of texts that may be an account.
struct Account<'a> {
    at: u64,
    user: &'a str,
    secret: &'a str,
    confidence: Confidence,
}

/// Looks for tables of accounts.
pub(crate) fn check(code: &Code<'_>, at: &Location) -> Vec<Finding> {
    let image = &code.image;
    let names = names(image);
    if names.is_empty() {
        return Vec::new();
    }
    let logins = speaks_of_logins(image.file);
    let mut accounts = by_pointers(image, &names, logins);
    accounts.extend(in_records(image, &names, logins));
    accounts.sort_by_key(|account| account.at);
    let mut seen = BTreeSet::new();
    accounts.retain(|account| seen.insert((account.user, account.secret)));
    if accounts.len() > FINDINGS_MAX {
        image.file.miss(gaps::FINDINGS);
        accounts.truncate(FINDINGS_MAX);
    }
    accounts.iter().map(|account| report(image, account, at)).collect()
}

fn report(image: &Image<'_>, account: &Account<'_>, at: &Location) -> Finding {
    let place = Location { offset: image.file.offset_of(account.at), ..at.clone() };
    let shown = mask::secret(account.secret);
    let message =
        format!("a table in the program holds the user \"{}\" with a fixed password", account.user);
    let key = format!("table of accounts {}", account.user);
    let snippet = format!("\"{}\", \"{shown}\" at {:#x}", account.user, account.at);
    Finding::new(CHECK, Severity::High, account.confidence, place, key, message)
        .with_snippet(&snippet)
}

/// Where user names stand.
fn names<'a>(image: &Image<'a>) -> BTreeMap<u64, &'a str> {
    let mut found = BTreeMap::new();
    for region in image.file.regions() {
        let mut before = 0_u8;
        for (index, byte) in region.bytes.iter().enumerate() {
            let begins = before == 0 && byte.is_ascii_alphabetic();
            before = *byte;
            if !begins {
                continue;
            }
            let raw = region.bytes.get(index..).unwrap_or_default();
            let raw = raw.get(..raw.len().min(16)).unwrap_or_default();
            let Some(end) = raw.iter().position(|b| *b == 0) else { continue };
            let text = raw.get(..end).and_then(|raw| std::str::from_utf8(raw).ok());
            let Some(text) = text.filter(|text| words::is_user(text)) else { continue };
            if found.len() >= NAMES_MAX {
                image.file.miss(gaps::DATA);
                return found;
            }
            found.insert(region.vaddr.wrapping_add(index as u64), text);
        }
    }
    found
}

/// Parts that hold data, as (address, bytes).
fn data<'a>(image: &Image<'a>, writable: bool) -> impl Iterator<Item = (u64, &'a [u8])> {
    let mut left = DATA_BYTES_MAX;
    let regions = image.file.regions().iter();
    regions.filter(move |r| if writable { r.write } else { !r.exec || r.write }).map(move |r| {
        let len = r.bytes.len().min(left);
        if len < r.bytes.len() {
            image.file.miss(gaps::DATA);
        }
        left -= len;
        (r.vaddr, r.bytes.get(..len).unwrap_or_default())
    })
}

fn by_pointers<'a>(
    image: &Image<'a>,
    names: &BTreeMap<u64, &'a str>,
    logins: bool,
) -> Vec<Account<'a>> {
    let width = u64::from(image.file.bits() / 8).max(4);
    let mut found = Vec::new();
    for (vaddr, bytes) in data(image, false) {
        for at in (vaddr..vaddr.saturating_add(bytes.len() as u64)).step_by(width as usize) {
            let Some(user) = image.pointer(at).and_then(|to| names.get(&to)) else { continue };
            let next = image.pointer(at.saturating_add(width)).map(Value::Const);
            let Some((_, secret)) = next.and_then(|to| image.text(to)) else { continue };
            if let Some(confidence) = judge(user, secret, logins) {
                found.push(Account { at, user, secret, confidence });
            }
        }
    }
    found
}

/// `struct { char user[16]; char password[16]; }`: both padded with zeros to equal length.
fn in_records<'a>(
    image: &Image<'a>,
    names: &BTreeMap<u64, &'a str>,
    logins: bool,
) -> Vec<Account<'a>> {
    let mut found = Vec::new();
    for (vaddr, bytes) in data(image, true) {
        let end = vaddr.saturating_add(bytes.len() as u64);
        for (at, user) in names.range(vaddr..end) {
            let from = (at - vaddr) as usize + user.len();
            let rest = bytes.get(from..).unwrap_or_default();
            let padding = rest.iter().take(FIELD_BYTES_MAX).take_while(|b| **b == 0).count();
            let field = user.len() + padding;
            // One zero ends a text; more of them fill a field up.
            if padding < 3 || field % 4 != 0 || field < 8 {
                continue;
            }
            let second = at.saturating_add(field as u64);
            let Some((_, secret)) = image.text(Value::Const(second)) else { continue };
            let fits = secret.len() < field;
            let confidence = judge(user, secret, logins).filter(|_| fits && secret != *user);
            if let Some(confidence) = confidence {
                found.push(Account { at: *at, user, secret, confidence });
            }
        }
    }
    found
}

fn judge(user: &str, secret: &str, logins: bool) -> Option<Confidence> {
    const WEAK: &[&str] = &["system", "private", "default", "secret", "pass", "password"];
    if words::is_published(secret) {
        return Some(Confidence::High);
    }
    if !logins || !words::looks_like_one(secret) || words::is_field(secret) {
        return None;
    }
    if !OWNERS.contains(&user) {
        return None;
    }
    let plain = WEAK.contains(&secret) || words::is_user(secret) && secret != user;
    let twice = secret == user && words::is_user(user);
    let known = words::is_default(secret) && !plain;
    (twice || known || shaped(secret)).then_some(Confidence::Medium)
}
