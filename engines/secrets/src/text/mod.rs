//! Credentials in text: settings, scripts, web pages, programs.
//!
//! A text is searched for a few words first; only around these the rules run. Comments are blanked
//! before, so that a line that is commented out never matches.

mod alias;
mod assign;
mod commands;
mod lang;
mod name;
mod nvram;
mod other;
mod owner;
mod page;
pub(crate) mod value;

use crate::gaps;
use crate::hashes::guess::{Guessed, guess};
use crate::hashes::{HashKind, crypt_kind, hex_kind};
use crate::item::{Item, Outcome, Role};
use crate::pack::SecretPack;
use crate::report;
use aho_corasick::AhoCorasick;
use duecare_base::{Confidence, Finding, Location, Severity, mask};
pub(crate) use lang::Lang;
pub(crate) use name::{NameKind, is_user_name, name_kind};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Largest text that is searched, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 16 << 20;

/// Places of one text that the rules look at.
const WINDOWS_MAX: usize = 20_000;

/// Credentials reported of one text.
const FINDINGS_MAX: usize = 200;

/// Lines longer than this are looked at in pieces around the words.
const LINE_BYTES_MAX: usize = 1_000;

/// What a piece of a long line has before and after the word.
const PIECE_BEFORE_BYTES: usize = 160;
const PIECE_AFTER_BYTES: usize = 320;

/// The words that must stand near a credential.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "pass",
        "pwd",
        "psk",
        "psw",
        "pswd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "wepkey",
        "wep_key",
        "authorization",
        "basic ",
        "://",
        "telnetd",
        "curl ",
        "wget ",
        "option key",
        "_key",
        "accesskey",
        "connect",
        "login",
        "auth",
        "rootpw",
        "pw=",
        "pw =",
        "pw\"",
        "adminpw",
        "privatekey",
        "masterkey",
        "aeskey",
        "smbclient",
        "mysql",
        "openssl",
        "iwconfig",
        "unzip",
        "plink",
        "ldap",
        "7z",
        "setenv",
        "ssh-keygen",
        "username=",
        "ncftp",
        "lftp",
        "mosquitto",
        "redis-cli",
        " -u ",
        ".value=",
        ".value =",
        ".val()=",
        ".val() =",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// A secret that a rule found in a window.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// Name of the setting, variable or command.
    pub(crate) name: String,
    /// The user that it belongs to, where the rule saw it.
    pub(crate) user: Option<String>,
    /// The secret.
    pub(crate) secret: String,
    /// Where the secret begins in the text, in bytes.
    pub(crate) at: usize,
    /// What the name promises.
    pub(crate) kind: NameKind,
    /// How sure the rule is.
    pub(crate) confidence: Confidence,
    /// How it is used.
    pub(crate) how: How,
    /// The file that it is read from, when it stands in another one.
    pub(crate) file: Option<String>,
    /// Where it is used, when it is assigned at another place.
    pub(crate) used_at: Option<usize>,
}

/// How a secret stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Assigned to a name.
    Set,
    /// Compared with something.
    Compared,
    /// Given to a command or function.
    Given,
    /// Part of an address.
    Address,
}

/// A text being searched.
pub(crate) struct Text<'a> {
    pub(crate) item: &'a Item<'a>,
    pub(crate) lang: Lang,
    /// The text without comments; offsets are those of the original.
    pub(crate) code: String,
    starts: Vec<usize>,
    /// Where secrets begin and end, in order, none within another.
    spans: Vec<(usize, usize)>,
    /// Some places were not looked at.
    pub(crate) cut: Cell<bool>,
}

impl Text<'_> {
    /// The line that an offset lies in, counted from 1.
    pub(crate) fn line_number(&self, at: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// The line around an offset, at most a window of it, with its beginning.
    pub(crate) fn window(&self, at: usize) -> (usize, &str) {
        let number = self.starts.partition_point(|start| *start <= at);
        let start = number.checked_sub(1).and_then(|i| self.starts.get(i)).copied().unwrap_or(0);
        let end = self.starts.get(number).map_or(self.code.len(), |next| next - 1);
        if end - start <= LINE_BYTES_MAX {
            return (start, self.code.get(start..end).unwrap_or_default());
        }
        self.slice(
            at.saturating_sub(PIECE_BEFORE_BYTES).max(start),
            (at + PIECE_AFTER_BYTES).min(end),
        )
    }

    /// The line around an offset as findings quote it: every secret in it masked.
    pub(crate) fn quoted(&self, at: usize) -> String {
        let (begin, line) = self.window(at);
        let mut out = String::new();
        let mut done = 0;
        for (from, to) in &self.spans {
            let (from, to) = (from.saturating_sub(begin), to.saturating_sub(begin));
            let (from, to) = (from.max(done), to.min(line.len()));
            let Some(secret) = line.get(from..to).filter(|secret| !secret.is_empty()) else {
                continue;
            };
            out.push_str(line.get(done..from).unwrap_or_default());
            out.push_str(&mask::secret(secret));
            done = to;
        }
        out.push_str(line.get(done..).unwrap_or_default());
        out
    }

    /// A stretch of the text, its ends moved inwards to whole characters.
    pub(crate) fn slice(&self, from: usize, to: usize) -> (usize, &str) {
        let to = to.min(self.code.len());
        let from = (from..=to).find(|at| self.code.is_char_boundary(*at)).unwrap_or(to);
        let to = (from..=to).rev().find(|at| self.code.is_char_boundary(*at)).unwrap_or(from);
        (from, self.code.get(from..to).unwrap_or_default())
    }
}

/// Findings for the credentials in a text; nothing for other items.
pub(crate) fn find(
    item: &Item<'_>,
    pack: &SecretPack,
    token_lines: &[u32],
    out: &mut Outcome,
) -> Vec<Finding> {
    let settings = if item.is_text() { None } else { nvram::settings(item, out) };
    let bytes = settings.as_deref().unwrap_or(item.bytes);
    if (!item.is_text() && settings.is_none()) || item.role == Role::Translation {
        return Vec::new();
    }
    let Some(words) = WORDS.as_ref() else { return Vec::new() };
    if words.find(bytes).is_none() {
        return Vec::new();
    }
    if bytes.len() > TEXT_BYTES_MAX {
        out.miss(gaps::LARGE, item);
        return Vec::new();
    }
    let lang = if settings.is_some() { Lang::Conf } else { Lang::of(item) };
    if lang == Lang::Skip || item.path.contains("/pam.d/") {
        return Vec::new();
    }
    let original = String::from_utf8_lossy(bytes);
    let code = lang::without_comments(&original, lang);
    let mut starts = vec![0];
    starts.extend(memchr::memchr_iter(b'\n', code.as_bytes()).map(|at| at + 1));
    let cut = Cell::new(false);
    let mut text = Text { item, lang, code, starts, spans: Vec::new(), cut };
    let mut hits = Vec::new();
    let mut done = 0;
    let mut windows = 0;
    for hit in words.find_iter(&text.code) {
        if hit.start() < done {
            continue;
        }
        windows += 1;
        if windows > WINDOWS_MAX {
            text.cut.set(true);
            break;
        }
        let (begin, window) = text.window(hit.start());
        let whole_line = window.len() <= LINE_BYTES_MAX;
        done = if whole_line { begin + window.len() } else { hit.start() + PIECE_BEFORE_BYTES };
        done = done.max(hit.start() + 1);
        rules(&text, begin, window, &mut hits);
    }
    commands::files(&text, &mut hits);
    page::find(&text, &mut hits);
    alias::find(&text, &mut hits);
    text.spans = spans(&text, &hits);
    for hit in &hits {
        out.known.secrets.insert(hit.secret.clone());
        out.known.users.extend(user_of(&text, hit));
    }
    let mut findings = report_all(&text, hits, pack, token_lines);
    findings.extend(other::empty_passwords(&text));
    if text.cut.get() {
        out.miss(gaps::PLACES, item);
    }
    if findings.len() > FINDINGS_MAX {
        out.miss(gaps::FINDINGS, item);
        findings.truncate(FINDINGS_MAX);
    }
    findings
}

/// Where the secrets of hits stand; of two that overlap, the one that reaches further.
fn spans(text: &Text<'_>, hits: &[Hit]) -> Vec<(usize, usize)> {
    let mut all: Vec<(usize, usize)> = hits
        .iter()
        .map(|hit| (hit.at, hit.at + hit.secret.len(), hit))
        .filter(|(from, to, hit)| text.code.get(*from..*to) == Some(hit.secret.as_str()))
        .map(|(from, to, _)| (from, to))
        .collect();
    all.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (from, to) in all {
        match merged.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn rules(text: &Text<'_>, begin: usize, window: &str, hits: &mut Vec<Hit>) {
    if text.lang != Lang::Doc {
        assign::find(text, begin, window, hits);
        other::find(text, begin, window, hits);
    }
    commands::find(text, begin, window, hits);
    other::addresses(begin, window, hits);
}

fn report_all(
    text: &Text<'_>,
    mut hits: Vec<Hit>,
    pack: &SecretPack,
    token_lines: &[u32],
) -> Vec<Finding> {
    // A command says more than the option's name; a sure rule more than a guess.
    let rank = |hit: &Hit| (hit.at, hit.how != How::Given, std::cmp::Reverse(hit.confidence));
    hits.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    let mut taken: BTreeSet<(u32, String)> = BTreeSet::new();
    let mut findings = Vec::new();
    for hit in hits {
        let number = text.line_number(hit.at);
        if !taken.insert((number, hit.secret.clone())) {
            continue;
        }
        // One more than is listed tells that there are more.
        if findings.len() > FINDINGS_MAX {
            break;
        }
        if hit.kind == NameKind::Secret && token_lines.contains(&number) {
            continue;
        }
        if is_anonymous(&hit) {
            continue;
        }
        findings.extend(report_one(text, &hit, pack).map(|f| with_steps(text, &hit, f)));
    }
    findings
}

/// Whether the password is what FTP's anonymous user sends (RFC 1635), which is no secret.
fn is_anonymous(hit: &Hit) -> bool {
    // Perl's Net::FTP has a dash before it, which turns off messages.
    let secret = hit.secret.trim_start_matches('-');
    hit.user.as_deref() == Some("anonymous")
        || secret == "anonymous"
        || secret.starts_with("anonymous@")
}

fn check_of(text: &Text<'_>, hit: &Hit) -> &'static str {
    if hit.how == How::Address {
        return report::URL;
    }
    match text.lang {
        Lang::Shell => report::SCRIPT,
        Lang::Html | Lang::Js => report::WEB,
        Lang::Php | Lang::Lua | Lang::Python | Lang::Perl | Lang::Ruby | Lang::C => report::CODE,
        _ => report::CONFIG,
    }
}

/// Where the secret itself stands.
fn place_of(text: &Text<'_>, hit: &Hit) -> Location {
    match &hit.file {
        Some(path) => Location::line(text.item.layer_name, path, 1),
        None if text.item.is_text() => text.item.at_line(text.line_number(hit.at)),
        None => text.item.at(),
    }
}

/// Adds the places where the secret is used, when it stands somewhere else.
fn with_steps(text: &Text<'_>, hit: &Hit, finding: Finding) -> Finding {
    let used = hit.used_at.or_else(|| hit.file.as_ref().map(|_| hit.at));
    let Some(used) = used else { return finding };
    let place = text.item.at_line(text.line_number(used));
    finding.with_evidence(place, &text.quoted(used))
}

fn report_one(text: &Text<'_>, hit: &Hit, pack: &SecretPack) -> Option<Finding> {
    let secret = hit.secret.as_str();
    let user = user_of(text, hit);
    let user = user.as_deref();
    let snippet = match &hit.file {
        Some(_) => mask::secret(secret),
        None => text.quoted(hit.at),
    };
    let mut confidence = text.item.confidence(hit.confidence);
    if text.lang == Lang::Doc {
        confidence = Confidence::Low;
    }
    let key = user.map_or_else(|| hit.name.clone(), |u| format!("{}:{u}", hit.name));
    let (check, severity, message) = if hit.name == commands::CIPHER_KEY {
        cipher_key(text, hit)
    } else if hit.kind == NameKind::Secret {
        confidence = confidence.min(Confidence::Medium);
        machine_secret(hit)?
    } else {
        let (severity, message) = match hash_of(secret) {
            Some(kind) if hit.kind == NameKind::Password => hashed(hit, kind, user, pack)?,
            _ => plain(hit, user, pack),
        };
        (check_of(text, hit), severity, message)
    };
    // What documents show is a hint at most; so is a value that asks to be changed.
    let default = user.is_some_and(|user| pack.is_default_pair(user, secret));
    let filler = value::is_filler(secret) && !default;
    let doubtful = filler || text.lang == Lang::Doc || text.item.role == Role::Example;
    let (severity, confidence) = if doubtful {
        (severity.min(Severity::Low), Confidence::Low)
    } else if is_bare_word(hit, user, pack) {
        (severity.min(Severity::Medium), Confidence::Low)
    } else {
        (severity, confidence)
    };
    let finding = report::new(check, severity, confidence, place_of(text, hit), key, message);
    Some(finding.with_snippet(&snippet))
}

/// Whether something is compared with a mere word, such as a protocol's name, and nobody's name
/// stands beside it.
fn is_bare_word(hit: &Hit, user: Option<&str>, pack: &SecretPack) -> bool {
    let word = hit.secret.len() <= 8 && hit.secret.bytes().all(|b| b.is_ascii_lowercase());
    let usual = ["admin", "root"].iter().any(|user| pack.is_default_pair(user, &hit.secret));
    hit.how == How::Compared && word && user.is_none() && !usual
}

fn hash_of(secret: &str) -> Option<HashKind> {
    crypt_kind(secret).filter(|_| secret.starts_with(['$', '{'])).or_else(|| hex_kind(secret))
}

fn of_user(user: Option<&str>) -> String {
    user.map(|u| format!(" of user \"{u}\"")).unwrap_or_default()
}

/// A key on the command line of `openssl enc`.
fn cipher_key(text: &Text<'_>, hit: &Hit) -> (&'static str, Severity, String) {
    let (_, line) = text.window(hit.at);
    let vector = line.split_once("-iv").map(|(_, rest)| rest.trim_start_matches([' ', '"', '\'']));
    let digits = vector.map(|v| v.chars().take_while(char::is_ascii_hexdigit).collect::<String>());
    let with = match digits {
        Some(v) if !v.is_empty() && v.bytes().all(|b| b == b'0') => {
            " with an initialisation vector of zeros"
        }
        Some(v) if !v.is_empty() => " with a fixed initialisation vector",
        _ => "",
    };
    let shown = mask::secret(&hit.secret);
    let message = format!("a fixed encryption key ({shown}) is given to \"openssl\"{with}");
    (report::KEY_SYMMETRIC, Severity::High, message)
}

fn machine_secret(hit: &Hit) -> Option<(&'static str, Severity, String)> {
    let shown = mask::secret(&hit.secret);
    let message = format!("\"{}\" holds a fixed secret ({shown})", hit.name);
    value::looks_random(&hit.secret).then_some((report::TOKEN_GENERIC, Severity::Medium, message))
}

fn hashed(
    hit: &Hit,
    kind: HashKind,
    user: Option<&str>,
    pack: &SecretPack,
) -> Option<(Severity, String)> {
    let (name, label, of_user) = (&hit.name, kind.label(), of_user(user));
    match guess(kind, &hit.secret, user.unwrap_or_default(), &pack.passwords) {
        Guessed::Found(password) if password.is_empty() => None,
        Guessed::Found(password) => {
            let shown = mask::secret(&password);
            let message =
                format!("\"{name}\"{of_user} is the {label} hash of a common password ({shown})");
            let compared = hit.how == How::Compared;
            Some((if compared { Severity::Critical } else { Severity::High }, message))
        }
        _ => {
            let message = format!("\"{name}\"{of_user} is a fixed password hash ({label})");
            Some((Severity::Medium, message))
        }
    }
}

fn plain(hit: &Hit, user: Option<&str>, pack: &SecretPack) -> (Severity, String) {
    let default = user.is_some_and(|user| pack.is_default_pair(user, &hit.secret));
    let powerful = hit.how == How::Compared || default;
    let severity = if powerful { Severity::Critical } else { Severity::High };
    let what = match (hit.kind, default) {
        (_, true) => "a well-known default password",
        (NameKind::Wireless, _) => "a fixed wireless key",
        _ => "a fixed password",
    };
    let (name, shown, of_user) = (&hit.name, mask::secret(&hit.secret), of_user(user));
    let message = match hit.how {
        How::Compared => format!("\"{name}\" is compared with {what}{of_user} ({shown})"),
        How::Given => format!("{what}{of_user} ({shown}) is given to \"{name}\""),
        How::Address => format!("an address holds {what}{of_user} ({shown})"),
        How::Set => format!("\"{name}\" is set to {what}{of_user} ({shown})"),
    };
    (severity, message)
}

/// Whose secret it is, where that can be told.
fn user_of(text: &Text<'_>, hit: &Hit) -> Option<String> {
    // A command names its user itself, and a wireless network has none.
    let alone = hit.how == How::Given || hit.kind == NameKind::Wireless;
    // The fields of a page have names, which are nobody's.
    let alone = alone || (hit.how == How::Compared && text.lang == Lang::Html);
    hit.user.clone().or_else(|| if alone { None } else { owner::of(text, &hit.name, hit.at) })
}
