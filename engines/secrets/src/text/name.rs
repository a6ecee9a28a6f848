//! Whether a name says that its value is a secret.

use super::value::words;

/// What sort of secret a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// Something that a person types.
    Password,
    /// A key of a wireless network.
    Wireless,
    /// A key or token of a machine: must look random.
    Secret,
}

const PASSWORD_WORDS: [&str; 34] = [
    "password",
    "passwd",
    "passwort",
    "pass",
    "pwd",
    "passphrase",
    "passcode",
    "pw",
    "psw",
    "pswd",
    "psswd",
    "passwrd",
    "userpass",
    "userpwd",
    "userpassword",
    "userpasswd",
    "adminpass",
    "adminpwd",
    "adminpasswd",
    "adminpassword",
    "rootpw",
    "rootpass",
    "rootpwd",
    "rootpassword",
    "requirepass",
    "loginpass",
    "loginpwd",
    "loginpassword",
    "dbpass",
    "dbpassword",
    "dbpasswd",
    "pincode",
    "passwords",
    "httppasswd",
];

const ENDINGS: [&str; 6] = ["password", "passwd", "passphrase", "passcode", "pwd", "psswd"];

/// Words beside a password word that turn the name into one of something else.
const OTHER_WORDS: [&str; 129] = [
    "len",
    "length",
    "min",
    "max",
    "file",
    "path",
    "hint",
    "label",
    "field",
    "id",
    "name",
    "type",
    "strength",
    "policy",
    "expiry",
    "expire",
    "expires",
    "expired",
    "expiration",
    "error",
    "err",
    "msg",
    "message",
    "text",
    "txt",
    "title",
    "prompt",
    "placeholder",
    "required",
    "changed",
    "change",
    "reset",
    "mask",
    "enabled",
    "enable",
    "disable",
    "visible",
    "show",
    "hide",
    "input",
    "box",
    "form",
    "url",
    "uri",
    "link",
    "regex",
    "regexp",
    "pattern",
    "format",
    "check",
    "checker",
    "valid",
    "invalid",
    "validate",
    "validator",
    "validation",
    "mismatch",
    "match",
    "tip",
    "tips",
    "help",
    "desc",
    "description",
    "info",
    "encoding",
    "encode",
    "algorithm",
    "hashing",
    "mode",
    "method",
    "timeout",
    "retry",
    "attempts",
    "count",
    "counter",
    "num",
    "size",
    "style",
    "class",
    "icon",
    "css",
    "color",
    "authentication",
    "prefix",
    "suffix",
    "callback",
    "function",
    "handler",
    "column",
    "forgot",
    "lost",
    "need",
    "has",
    "is",
    "allow",
    "wrong",
    "incorrect",
    "bad",
    "missing",
    "retype",
    "toggle",
    "lang",
    "str",
    "lbl",
    "i18n",
    "tooltip",
    "selector",
    "element",
    "el",
    "btn",
    "button",
    "through",
    "filter",
    "quality",
    "level",
    "notice",
    "alert",
    "usage",
    "manager",
    "age",
    "mgr",
    "charset",
    "program",
    "public",
    "provider",
    "request",
    "response",
    "reader",
    "credential",
];

const SECRET_WORDS: [(&str, &str); 22] = [
    ("api", "key"),
    ("apikey", ""),
    ("access", "key"),
    ("secret", ""),
    ("secretkey", ""),
    ("token", ""),
    ("private", "key"),
    ("privatekey", ""),
    ("encryption", "key"),
    ("encrypt", "key"),
    ("aes", "key"),
    ("aeskey", ""),
    ("crypto", "key"),
    ("master", "key"),
    ("shared", "key"),
    ("client", "secret"),
    ("auth", "key"),
    ("app", "key"),
    ("appkey", ""),
    ("appsecret", ""),
    ("signing", "key"),
    ("license", "key"),
];

/// What the name promises; `None`: no secret.
pub(crate) fn name_kind(name: &str) -> Option<NameKind> {
    // The working directory of a shell.
    if name.len() > 96 || matches!(name, "PWD" | "OLDPWD") {
        return None;
    }
    // Of `config.wifi.password` or `user->pass` only the last part names the value.
    let last = name.rsplit(['.', '>', '/', ':']).find(|part| !part.is_empty()).unwrap_or(name);
    // Numbers at the end count copies: `password2`.
    let words: Vec<String> = words(last)
        .into_iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| OTHER_WORDS.contains(&word.as_str())) {
        return None;
    }
    let joined = words.concat();
    let wireless = [
        "wpapsk",
        "wpapassphrase",
        "wpakey",
        "wepkey",
        "pskkey",
        "presharedkey",
        "wpapsk",
        "saepassword",
        "passphrase",
        "wpapresharedkey",
        "wpapskkey",
    ];
    if words.iter().any(|w| w == "psk") || wireless.iter().any(|w| joined.ends_with(w)) {
        return Some(NameKind::Wireless);
    }
    let password = words.iter().any(|word| {
        PASSWORD_WORDS.contains(&word.as_str())
            || (word.len() <= 24 && ENDINGS.iter().any(|ending| word.ends_with(ending)))
    });
    // `pass` among other words is often a verb: only as the last one, or with a person before it.
    let verb = words.iter().position(|w| w == "pass").is_some_and(|at| at + 1 < words.len());
    if (password && !verb) || joined.ends_with("password") || joined.ends_with("passwd") {
        return Some(NameKind::Password);
    }
    let secret = SECRET_WORDS.iter().any(|(first, second)| {
        words.windows(2).any(|pair| {
            pair.first().is_some_and(|w| w == first) && pair.get(1).is_some_and(|w| w == second)
        }) || (second.is_empty() && words.last().is_some_and(|w| w == first))
    });
    secret.then_some(NameKind::Secret)
}

/// Whether the name says that its value is a user's name.
pub(crate) fn is_user_name(name: &str) -> bool {
    let last = name.rsplit(['.', '>', '/', ':']).next().unwrap_or(name);
    let lower = last.to_ascii_lowercase();
    let endings = [
        "user",
        "username",
        "user_name",
        "login",
        "userid",
        "user_id",
        "account",
        "uname",
        "user-name",
        "loginname",
        "usr",
        "adminname",
        "admin_name",
        "adminid",
        "admin_id",
        "loginid",
        "login_id",
    ];
    endings.iter().any(|ending| lower.ends_with(ending)) || lower == "name"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let password = [
            "password",
            "http_passwd",
            "adminPwd",
            "$pass",
            "db.password",
            "ftpPassword",
            "X_TP_Password",
            "pw",
            "password2",
            "wan_pppoe_passwd",
        ];
        for name in password {
            assert_eq!(name_kind(name), Some(NameKind::Password), "{name}");
        }
        for name in ["wpa_psk", "wl0_wpa_psk", "PreSharedKey", "wpa_passphrase"] {
            assert_eq!(name_kind(name), Some(NameKind::Wireless), "{name}");
        }
        for name in ["api_key", "clientSecret", "AUTH_TOKEN", "aes_key"] {
            assert_eq!(name_kind(name), Some(NameKind::Secret), "{name}");
        }
        let none = [
            "passwordLength",
            "passwd_file",
            "compass",
            "bypass",
            "passThrough",
            "show_password",
            "password_tip",
            "key",
            "hotkey",
            "pass_count",
            "tokenize",
            "monkey",
        ];
        for name in none {
            assert_eq!(name_kind(name), None, "{name}");
        }
    }
}
