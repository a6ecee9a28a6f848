//! Account files of services: `htpasswd` and lists of `user:password`, `smbpasswd`, PPP secrets.

use super::{HashAt, hash, plain_password};
use crate::hashes::{HashKind, crypt_kind, hex_kind};
use crate::item::{Item, Outcome};
use crate::pack::SecretPack;
use crate::report;
use crate::text::value::is_placeholder;

/// The LAN Manager and NT hashes of nothing.
const LM_EMPTY: &str = "aad3b435b51404eeaad3b435b51404ee";

/// Notes what no finding of the file may show.
fn keep(out: &mut Outcome, user: &str, secret: &str) {
    out.known.users.insert(user.to_owned());
    out.known.secrets.insert(secret.to_owned());
}

fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (u32::try_from(index + 1).unwrap_or(u32::MAX), line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
}

/// Whether a file is Samba's password file.
pub(super) fn is_smbpasswd(name: &str, text: &str) -> bool {
    name.contains("smbpasswd") || numbered(text).next().is_some_and(|(_, line)| smb(line).is_some())
}

/// User, LM hash and NT hash of a line (format as written by Samba's `pdbedit`).
fn smb(line: &str) -> Option<(&str, &str, &str)> {
    let fields: Vec<&str> = line.split(':').collect();
    let (user, lm, nt) = (fields.first()?, fields.get(2)?, fields.get(3)?);
    (lm.len() == 32 && nt.len() == 32).then_some((user, lm, nt))
}

/// Reads Samba's password file.
pub(super) fn smbpasswd(item: &Item<'_>, text: &str, pack: &SecretPack, out: &mut Outcome) {
    for (number, line) in numbered(text) {
        let Some((user, lm, nt)) = smb(line) else { continue };
        let has_lm = hex_kind(lm).is_some() && !lm.eq_ignore_ascii_case(LM_EMPTY);
        let (kind, chosen) = if hex_kind(nt).is_some() {
            (HashKind::Nt, nt)
        } else if has_lm {
            (HashKind::Lm, lm)
        } else {
            continue;
        };
        let masked = line.replace(lm, "****");
        let at = HashAt {
            kind,
            text: chosen,
            user,
            location: item.at_line(number),
            line: &masked,
            rights: String::new(),
            powerful: user == "root" || user == "admin",
            try_guess: true,
            check: report::PASSWORD_FILE,
        };
        hash(item, at, pack, out);
    }
}

/// Whether a file holds secrets of PPP.
pub(super) fn is_ppp(name: &str) -> bool {
    matches!(name, "chap-secrets" | "pap-secrets" | "srp-secrets" | "l2tp-secrets" | "ppp-secrets")
}

/// Reads PPP secrets: client, server, secret, addresses.
pub(super) fn ppp(item: &Item<'_>, text: &str, out: &mut Outcome) {
    for (number, line) in numbered(text) {
        let fields = words(line);
        let (Some(user), Some(secret)) = (fields.first(), fields.get(2)) else { continue };
        if secret.is_empty() || secret == "*" || secret.starts_with('@') || is_placeholder(secret) {
            continue;
        }
        let place = item.at_line(number);
        keep(out, user, secret);
        out.findings.push(plain_password(item, place, (user, secret), line, None));
    }
}

/// Words of a line, quotes respected and removed.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let (word, tail) = if first == '"' || first == '\'' {
            let body = rest.get(1..).unwrap_or_default();
            body.split_once(first).unwrap_or((body, ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        words.push(word.to_owned());
        rest = tail.trim_start();
    }
    words
}

/// Whether a file is a list of users with passwords, one a line.
pub(super) fn is_user_list(name: &str, text: &str) -> bool {
    let named = name.contains("htpasswd")
        || name.contains("htdigest")
        || name.ends_with(".passwd")
        || name.ends_with(".user")
        || name.ends_with(".users")
        || name.contains("userlist")
        || name.contains("webpasswd")
        || name.ends_with("_passwd")
        || name.ends_with(".pwd")
        || matches!(
            name,
            "passwd"
                | "passwd-"
                | "users"
                | "user"
                | "password"
                | "passwords"
                | "userdb"
                | "credentials"
                | "auth"
                | "httpasswd"
                | "users.txt"
                | "passwd.txt"
                | "passwords.txt"
        );
    if !named {
        // Anything else must be nothing but hashes.
        let mut lines = numbered(text).take(50).peekable();
        return lines.peek().is_some()
            && lines.all(|(_, line)| pair(line).is_some_and(|(_, s)| crypt_kind(s).is_some()));
    }
    let lines: Vec<(u32, &str)> = numbered(text).take(50).collect();
    let pairs = lines.iter().filter(|(_, line)| pair(line).is_some()).count();
    pairs > 0 && pairs * 2 > lines.len()
}

/// User and secret; the realm of a digest line is skipped.
fn pair(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split(':');
    let user = fields.next()?;
    let second = fields.next()?;
    let third = fields.next();
    let secret = match third {
        Some(hash) if hex_kind(hash).is_some() => hash,
        _ => second,
    };
    let plain = !user.is_empty() && user.len() <= 64 && !secret.is_empty();
    (plain
        && !user.contains([' ', '=', '<', '{', '/', '"'])
        && !secret.contains([' ', '<'])
        && (!secret.contains('{') || crypt_kind(secret).is_some()))
    .then_some((user, secret))
}

/// Whether a file is the settings of BusyBox's `httpd`, by whatever name its `-c` gives it.
pub(super) fn is_httpd(text: &str) -> bool {
    // Allow, deny, folders, pages, proxies, and file name endings: `networking/httpd.c`.
    let known = |line: &str| {
        let Some((head, _)) = line.split_once(':') else { return false };
        line.starts_with(['.', '*'])
            || matches!(head, "A" | "a" | "D" | "d" | "H" | "h" | "I" | "i" | "P" | "p")
            || (head.starts_with(['E', 'e']) && head.len() == 4)
    };
    let lines = || numbered(text).take(200).map(|(_, line)| line);
    lines().any(|line| httpd_login(line).is_some())
        && lines().all(|line| known(line) || httpd_login(line).is_some())
}

/// `/folder:user:password`.
fn httpd_login(line: &str) -> Option<(&str, &str)> {
    let (folder, rest) = line.split_once(':')?;
    let (user, secret) = rest.split_once(':')?;
    let word = |text: &str| !text.is_empty() && !text.contains([' ', '\t', ':']);
    let plain = folder.starts_with('/') && !folder.contains(' ') && word(user) && word(secret);
    // `P:/url:…` and programs for endings have no folder first.
    (plain && !secret.starts_with('/')).then_some((user, secret))
}

/// Reads the logins of BusyBox's `httpd`.
pub(super) fn httpd(item: &Item<'_>, text: &str, pack: &SecretPack, out: &mut Outcome) {
    listed(item, numbered(text).map(|at| (at, httpd_login(at.1))), pack, out);
}

/// Reads a list of users with passwords.
pub(super) fn user_list(item: &Item<'_>, text: &str, pack: &SecretPack, out: &mut Outcome) {
    listed(item, numbered(text).map(|at| (at, pair(at.1))), pack, out);
}

/// Lines with the user and the secret that each holds, if any.
type Login<'t> = ((u32, &'t str), Option<(&'t str, &'t str)>);

fn listed<'t>(
    item: &Item<'_>,
    lines: impl Iterator<Item = Login<'t>>,
    pack: &SecretPack,
    out: &mut Outcome,
) {
    for ((number, line), login) in lines {
        let Some((user, secret)) = login else { continue };
        let place = item.at_line(number);
        let powerful = ["root", "admin", "administrator", "supervisor"].contains(&user);
        if let Some(kind) = crypt_kind(secret).or_else(|| hex_kind(secret)) {
            // A digest line hashes user, realm and password together, which is not guessed at.
            let digest = line.split(':').count() == 3 && hex_kind(secret).is_some();
            let at = HashAt {
                kind,
                text: secret,
                user,
                location: place,
                line,
                rights: String::new(),
                powerful,
                try_guess: !digest,
                check: report::PASSWORD_FILE,
            };
            hash(item, at, pack, out);
        } else if !secret.starts_with(['*', '!', '$']) && secret != "x" && !is_placeholder(secret) {
            keep(out, user, secret);
            out.findings.push(plain_password(item, place, (user, secret), line, Some(pack)));
        }
    }
}
