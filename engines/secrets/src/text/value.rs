//! Whether a value is a literal secret, or something that only stands where one could.

use crate::text::lang::Lang;

/// Longest value that is taken for a password, in bytes.
const VALUE_BYTES_MAX: usize = 128;

/// Words that are settings, types or states and no passwords.
const SETTINGS: [&str; 99] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "nil",
    "none",
    "undefined",
    "nan",
    "string",
    "text",
    "hidden",
    "required",
    "optional",
    "enabled",
    "disabled",
    "enable",
    "disable",
    "prompt",
    "ask",
    "crypt",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "bcrypt",
    "plain",
    "plaintext",
    "cleartext",
    "base64",
    "hex",
    "aes",
    "tkip",
    "psk",
    "psk2",
    "sae",
    "wpa",
    "wpa2",
    "wep",
    "open",
    "shared",
    "wpa-psk",
    "wpa2-psk",
    "wpapsk",
    "wpa2psk",
    "int",
    "integer",
    "char",
    "varchar",
    "boolean",
    "bool",
    "object",
    "array",
    "number",
    "float",
    "file",
    "pam",
    "ldap",
    "system",
    "local",
    "unix",
    "sufficient",
    "requisite",
    "include",
    "default",
    "auto",
    "manual",
    "any",
    "all",
    "unset",
    "empty",
    "random",
    "generated",
    "encrypted",
    "masked",
    "valid",
    "invalid",
    "ok",
    "error",
    "fail",
    "failed",
    "success",
    "this",
    "self",
    "value",
    "input",
    "button",
    "submit",
    "reset",
    "label",
    "keyring",
    "not_set",
    "files",
    "compat",
    "db",
    "nis",
    "winbind",
];

/// Words for credentials themselves, in several languages: names and labels, rarely values.
const VOCABULARY: [&str; 44] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "contraseña",
    "contrasena",
    "senha",
    "motdepasse",
    "wachtwoord",
    "lösenord",
    "hasło",
    "parola",
    "user",
    "username",
    "userid",
    "login",
    "name",
    "secret",
    "token",
    "key",
    "apikey",
    "psk",
    "wpa",
    "new",
    "old",
    "current",
    "confirm",
    "repeat",
    "retype",
    "again",
    "your",
    "the",
    "enter",
    "field",
    "my",
    "wifi",
    "http",
    "web",
    "account",
    "auth",
];

/// Placeholders as people write them.
const PLACEHOLDERS: [&str; 30] = [
    "your_password",
    "yourpassword",
    "your-password",
    "your_pass",
    "yourpass",
    "mypassword_here",
    "password_here",
    "insert_password",
    "enter_password",
    "my_password",
    "some_password",
    "somepassword",
    "thepassword",
    "the_password",
    "<password>",
    "placeholder",
    "redacted",
    "removed",
    "tbd",
    "todo",
    "fixme",
    "n/a",
    "foobar",
    "foo",
    "bar",
    "baz",
    "example",
    "change_me_please",
    "your_secret",
    "insert_here",
];

/// Whether the value stands for a value to be filled in.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if PLACEHOLDERS.contains(&lower.as_str())
        || lower.starts_with("your")
        || ["insert", "replace_", "replace-", "replaceme", "replacewith"]
            .iter()
            .any(|start| lower.starts_with(start))
    {
        return true;
    }
    let inner = value.trim_matches(['<', '>', '[', ']', '{', '}', '%', '_', '@']);
    let wrapped = [("<", ">"), ("[", "]"), ("{", "}"), ("%", "%"), ("__", "__"), ("@", "@")]
        .iter()
        .any(|(open, close)| value.len() > 2 && value.starts_with(open) && value.ends_with(close));
    if inner.is_empty() || wrapped {
        return true;
    }
    let masks = ['x', 'X', '*', '.', '-', '_', '?', '•', '●', '#', '=', '~', ' '];
    let mut characters = value.chars();
    let first = characters.next();
    let stars = ['*', '.', '-', '_', '?', '•', '●', ' '];
    first.is_some_and(|f| masks.contains(&f)) && characters.all(|c| Some(c) == first)
        || value.chars().all(|c| stars.contains(&c))
        || value.contains("***")
}

/// Whether the value asks to be changed: people do ship it, but mostly it stands in a template.
pub(crate) fn is_filler(value: &str) -> bool {
    let plain: String = value.chars().filter(char::is_ascii_alphabetic).collect();
    let plain = plain.to_ascii_lowercase();
    ["changeme", "changeit", "changethis", "pleasechange", "changemenow", "tobechanged", "setme"]
        .contains(&plain.as_str())
}

/// Whether a program's constant only says its own name: `CHALLENGE_PASSWORD = "challengePassword"`.
fn says_name(value: &str, name: &str) -> bool {
    let squeeze = |text: &str| words(text).concat();
    let last = name.rsplit(['.', '>', '/', ':']).find(|part| !part.is_empty()).unwrap_or(name);
    let (value, name) = (squeeze(value), squeeze(last));
    value == name
        || (name.len() >= 8
            && !value.bytes().any(|b| b.is_ascii_digit())
            && (value.ends_with(&name) || value.starts_with(&name)))
}

/// Whether the value is computed when the program runs.
pub(crate) fn is_variable(value: &str, lang: Lang) -> bool {
    // `$1$` and its kin are hashes, not variables.
    if crate::hashes::crypt_kind(value).is_some() {
        return false;
    }
    let shell_like = !matches!(lang, Lang::C | Lang::Js | Lang::Python | Lang::Lua);
    let dollar = value.char_indices().any(|(at, c)| {
        let next = value.get(at + 1..).and_then(|rest| rest.chars().next());
        c == '$'
            && next.is_some_and(|n| {
                matches!(n, '{' | '(')
                    || (shell_like
                        && (n.is_ascii_alphabetic() || n == '_' || (at == 0 && n.is_ascii_digit())))
            })
    });
    let format = value.match_indices('%').any(|(at, _)| {
        let rest = value
            .get(at + 1..)
            .unwrap_or_default()
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '*' | 'l'));
        rest.starts_with(['s', 'd', 'u', 'x', 'c', 'X', '@', '('])
    });
    let marks = ["{{", "<%", "<?", "#{", "`", "@@", "{0}", "{1}", "%{", "__"];
    dollar
        || format
        || marks.iter().any(|mark| value.contains(mark))
        || (value.starts_with('@') && value.get(1..).is_some_and(is_upper_name))
}

fn is_upper_name(text: &str) -> bool {
    text.len() > 2 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b'@')
}

/// Whether the value looks like something else: a path, a selector, a pattern, an address, prose.
fn is_other(value: &str) -> bool {
    let path =
        value.starts_with('/') || ["./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let file = [
        ".pem", ".key", ".crt", ".conf", ".txt", ".html", ".htm", ".asp", ".php", ".cgi", ".js",
        ".xml", ".json", ".png", ".gif",
    ]
    .iter()
    .any(|ending| value.ends_with(ending));
    let selector = value.starts_with(['#', '.'])
        && value.get(1..).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_alphabetic())
                && rest
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.' | '#' | ':'))
        });
    let pattern = ["[a-z", "[A-Z", "[0-9", "\\d", "\\w", "\\s", ".*", ".+", "(?", "[^"]
        .iter()
        .any(|p| value.contains(p))
        || (value.starts_with('^') && value.ends_with('$'));
    let address = value.contains("://");
    let markup = value.contains('<')
        || value.contains('>')
        || value.contains("&nbsp;")
        || value.contains("&lt;");
    let code = value.contains("()")
        || value.contains("=>")
        || value.contains("==")
        || value.contains("&&")
        || value.contains("||");
    // `464/tcp` of a list of services, `--option`, `Name\Space\Class`.
    let listed = value.ends_with("/tcp") || value.ends_with("/udp") || value.starts_with("--");
    let class = value.matches('\\').count() >= 2;
    listed || class || path || file || selector || pattern || address || markup || code
}

/// Whether the value is text for people.
fn is_prose(value: &str) -> bool {
    let words = value.split_whitespace().count();
    let label_end = value.ends_with([':', '?', '…', ' '])
        || value.ends_with("...")
        || value.ends_with('.') && words > 1;
    words >= 3
        || label_end
        || value.chars().any(|c| !c.is_ascii() && c.is_alphabetic())
        || (words == 2
            && value.starts_with(|c: char| c.is_ascii_uppercase())
            && value.chars().all(|c| c.is_ascii_alphabetic() || c == ' '))
}

/// Words of a name: `adminPass_word2` gives `admin`, `pass`, `word2`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut last_lower = false;
    let characters: Vec<char> = name.chars().collect();
    for (index, c) in characters.iter().copied().enumerate() {
        if !c.is_alphanumeric() {
            if !current.is_empty() {
                words.push(std::mem::take(&mut current));
            }
            last_lower = false;
            continue;
        }
        // `PPPPassword`: the last capital of a run begins the next word.
        let next_lower = characters.get(index + 1).is_some_and(|n| n.is_ascii_lowercase());
        let upper = c.is_ascii_uppercase();
        let previous_upper =
            index > 0 && characters.get(index - 1).is_some_and(char::is_ascii_uppercase);
        if upper && !current.is_empty() && (last_lower || (previous_upper && next_lower)) {
            words.push(std::mem::take(&mut current));
        }
        current.extend(c.to_lowercase());
        last_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

/// Whether every word of the value is one that names credentials.
fn is_vocabulary(value: &str) -> bool {
    let words = words(value);
    value.chars().any(char::is_alphabetic)
        && words.iter().all(|word| {
            let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
            VOCABULARY.contains(&stem)
                || stem.is_empty()
                || SETTINGS.contains(&stem)
                || (stem.len() > 4
                    && VOCABULARY.iter().any(|v| {
                        stem.ends_with(v)
                            && v.len() > 3
                            && VOCABULARY.contains(&stem.trim_end_matches(v))
                    }))
        })
}

/// Whether a value that stands where a password is expected is a literal one.
pub(crate) fn is_literal(value: &str, name: &str, lang: Lang) -> bool {
    let value = value.trim();
    if value.len() < 3 || value.len() > VALUE_BYTES_MAX {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    if SETTINGS.contains(&lower.as_str())
        || is_placeholder(value)
        || is_variable(value, lang)
        || is_other(value)
        || is_prose(value)
    {
        return false;
    }
    // A name for itself: `password: "password"` is a field's name in a program, though in the
    // settings of a device it is a very common password.
    // Several such words with a digit, in settings, are a password that somebody made up.
    let made_up =
        lang.is_data() && words(value).len() > 1 && value.bytes().any(|b| b.is_ascii_digit());
    if is_vocabulary(value) && !made_up {
        let common = ["password", "passwd", "pass", "secret", "user", "login", "default"];
        return lang.is_data() && common.contains(&value) && !matches!(lang, Lang::Json);
    }
    if lower == name.to_ascii_lowercase()
        || !lang.is_data() && says_name(value, name)
        || lower.contains("password") && lower.contains('_') && lang != Lang::Conf
    {
        return false;
    }
    // Identifiers such as `login_password_tip`: three parts or more and no digit.
    let parts = value.split(['_', '-', '.']).count();
    let wordy = value.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '.'));
    !(parts >= 3 && wordy && !lang.is_data())
}

/// Whether a machine's secret looks like one: long, mixed, not a name.
pub(super) fn looks_random(secret: &str) -> bool {
    let digits = secret.bytes().filter(u8::is_ascii_digit).count();
    let letters = secret.bytes().filter(u8::is_ascii_alphabetic).count();
    let token =
        secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.~:!@#$%^&*".contains(&b));
    secret.len() >= 12
        && token
        && digits >= 2
        && letters >= 4
        && crate::tokens::bits_per_character(secret) >= 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_their_likes() {
        let hits = [
            "admin",
            "1234",
            "changeme",
            "P@ssw0rd",
            "x7!kLm",
            "$1$$oCLuEVgI1iAqOA8pwkzAg1",
            "00000000",
        ];
        for value in hits {
            assert!(is_literal(value, "password", Lang::Php), "{value}");
        }
        let traps = [
            "",
            "$pass",
            "${PASS}",
            "%s",
            "xxxx",
            "********",
            "<password>",
            "your_password",
            "Password:",
            "true",
            "/etc/ssl/key.pem",
            "#password",
            "Enter your password",
            "Mot de passe",
            "{{pw}}",
            "^[a-z]+$",
            "password",
            "new_password",
            "userPassword",
            "@PASSWORD@",
            "Passwort",
            "Пароль",
            "getPass()",
            "input.password",
            "required",
            "Confirm Password",
        ];
        for value in traps {
            assert!(
                !is_literal(value, "password", Lang::Js)
                    || !is_literal(value, "password", Lang::Php),
                "{value}"
            );
        }
        assert!(is_literal("password", "http_passwd", Lang::Conf));
        assert_eq!(words("adminPassWord_2x"), ["admin", "pass", "word", "2x"]);
        assert_eq!(words("PPPPassword"), ["ppp", "password"]);
    }
}
