//! Whose password it is: the user that stands beside it, in the same section or object.

use super::value::words;
use super::{Lang, Text, assign};

/// How far from a password the user's name is sought, in bytes.
const USER_BYTES: usize = 400;

/// Lines between a user's name and the password.
const LINES_MAX: usize = 6;

/// Users that the name of a password may name itself.
const NAMED: [&str; 4] = ["root", "admin", "administrator", "superuser"];

/// Ends of words that say "password" or "user", longest first.
const PASSWORD_ENDS: [&str; 10] = [
    "passphrase",
    "password",
    "passcode",
    "passwd",
    "passwort",
    "pswd",
    "pass",
    "pwd",
    "psw",
    "pw",
];
const USER_ENDS: [&str; 11] = [
    "loginname",
    "username",
    "account",
    "userid",
    "login",
    "uname",
    "user",
    "name",
    "usr",
    "id",
    "uid",
];

/// A user that a stretch of text names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// Where the value ends in the stretch.
    pub(super) end: usize,
    /// Name of the setting.
    pub(super) key: String,
    /// The user.
    pub(super) user: String,
}

/// The owner of the password of the setting `name` at an offset.
pub(super) fn of(text: &Text<'_>, name: &str, at: usize) -> Option<String> {
    let stem = stem(name, &PASSWORD_ENDS);
    let (begin, before) = text.slice(at.saturating_sub(USER_BYTES), at);
    let mut beside: Vec<Named> = assign::users(text.lang, before)
        .into_iter()
        .filter(|named| {
            let between = text.code.get(begin + named.end..at).unwrap_or_default();
            !parted(text.lang, between) && between.matches('\n').count() <= LINES_MAX
        })
        .collect();
    beside.reverse();
    let (_, after) = text.slice(at, at + USER_BYTES / 2);
    let lines: Vec<&str> = after.lines().take(3).collect();
    let after = lines.join("\n");
    let following = assign::users(text.lang, &after);
    beside.extend(
        following
            .into_iter()
            .filter(|named| !parted(text.lang, after.get(..named.end).unwrap_or_default())),
    );
    let stems = |named: &Named| self::stem(&named.key, &USER_ENDS);
    let same = beside.iter().find(|named| {
        let other = stems(named);
        !stem.is_empty() && (other.first() == stem.first() || other.concat() == stem.concat())
    });
    if let Some(named) = same {
        return Some(named.user.clone());
    }
    if let Some(own) = stem.iter().find(|word| NAMED.contains(&word.as_str())) {
        return Some(own.clone());
    }
    // `smtp_user` is nobody that `ftp_password` belongs to, while `user` may be.
    let plain = |named: &&Named| stem.is_empty() || stems(named).is_empty();
    beside.iter().find(plain).map(|named| named.user.clone())
}

/// Whether two places belong to different sections or objects, by what stands between them.
fn parted(lang: Lang, between: &str) -> bool {
    between.matches("</").count() > 2
        || between.contains('}')
        || opens_list(lang, between)
        || between.lines().skip(1).any(|line| {
            let line = line.trim();
            (line.starts_with('[') && line.ends_with(']')) || line.starts_with("config ")
        })
}

/// Whether a call or statement of a program ends and a list or object begins, whose entries belong
/// together and to nothing before: `define('DB_PASSWORD', '…'); $cfg = ['user' => 'root'`.
fn opens_list(lang: Lang, between: &str) -> bool {
    let program = matches!(lang, Lang::Php | Lang::Js | Lang::Html | Lang::Perl | Lang::C);
    let ended = between.find(';').and_then(|at| between.get(at..)).unwrap_or_default();
    let opens = ended.contains(['[', '{']) || ended.contains("array(");
    program && opens && !ended.contains([']', '}'])
}

/// The words of a setting's name that are not "password" or "user" themselves.
fn stem(name: &str, ends: &[&str]) -> Vec<String> {
    let last = name.rsplit(['.', '>', '/', ':']).find(|part| !part.is_empty()).unwrap_or(name);
    words(last)
        .into_iter()
        .map(|word| {
            let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
            let rest = ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
            rest.to_owned()
        })
        // Prefixes of makers and counts say nothing: `X_`, `TP`, `_ss`.
        .filter(|word| word.len() > 2 && !matches!(word.as_str(), "word" | "user" | "default"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        let cases = [
            ("AdminPassword_ss", "AdminID"),
            ("conn_req_pwd", "conn_req_user"),
            ("sys.rootpass", "root_user"),
            ("X_TP_AdminPwd", "AdminName"),
            ("password2", "username"),
            ("user_password", "user"),
        ];
        for (password, user) in cases {
            assert_eq!(stem(password, &PASSWORD_ENDS), stem(user, &USER_ENDS), "{password}");
        }
    }
}
