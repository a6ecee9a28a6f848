//! Judging names and texts: is this a credential's name, a made-up value, a library's class?

/// Words that name a credential by themselves.
const CREDENTIAL_WORDS: [&str; 17] = [
    "password",
    "passwd",
    "passwort",
    "pwd",
    "passphrase",
    "passcode",
    "psw",
    "passwrd",
    "pin",
    "pincode",
    "psk",
    "secret",
    "credential",
    "credentials",
    "token",
    "apikey",
    "userpass",
];

/// Pairs of words that name a credential together.
const CREDENTIAL_PAIRS: [(&str, &str); 9] = [
    ("pass", "word"),
    ("pass", "phrase"),
    ("pass", "code"),
    ("api", "key"),
    ("private", "key"),
    ("wifi", "key"),
    ("wpa", "key"),
    ("wep", "key"),
    ("session", "key"),
];

/// Words that turn the name of a credential into the name of something about it.
const OTHER_WORDS: [&str; 68] = [
    "hint",
    "visible",
    "visibility",
    "show",
    "shown",
    "hide",
    "hidden",
    "changed",
    "change",
    "date",
    "time",
    "timestamp",
    "expiry",
    "expires",
    "expire",
    "expired",
    "expiration",
    "expirytime",
    "type",
    "length",
    "len",
    "policy",
    "enabled",
    "enable",
    "required",
    "error",
    "url",
    "uri",
    "title",
    "label",
    "message",
    "msg",
    "name",
    "count",
    "screen",
    "dialog",
    "activity",
    "field",
    "view",
    "reset",
    "forgot",
    "forget",
    "strength",
    "hash",
    "hashed",
    "md5",
    "sha",
    "sha1",
    "sha256",
    "encrypted",
    "encrypt",
    "cipher",
    "salt",
    "iv",
    "fcm",
    "gcm",
    "push",
    "firebase",
    "invalid",
    "wrong",
    "status",
    "gpio",
    "map",
    "color",
    "colour",
    "icon",
    "marker",
    "layout",
];

/// Words before or after which a token is one of a service for messages, or of a device.
const DEVICE_TOKEN_WORDS: [&str; 4] = ["device", "registration", "instance", "notification"];

/// How strongly a name speaks of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// A token or secret of a session or service.
    Token,
    /// A PIN, or a key of a wireless network.
    Pin,
    /// A password.
    Password,
}

/// The words of a name, lower case: `wifiPassword`, `WIFI_PASSWORD` and `wifi-password` are alike.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    let mut before_lower = false;
    for character in name.chars().take(200) {
        if !character.is_alphanumeric() {
            open = false;
            before_lower = false;
            continue;
        }
        if !open || (character.is_uppercase() && before_lower) {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut() {
            last.extend(character.to_lowercase());
        }
        open = true;
        before_lower = character.is_lowercase() || character.is_numeric();
    }
    words
}

/// Whether a key, field, column or getter of this name holds a credential.
pub(crate) fn credential(name: &str) -> Option<Sort> {
    if name.is_empty() || name.len() > 80 || name.contains("://") {
        return None;
    }
    let words = words(name);
    // A sentence is no name.
    if words.len() > 6 || name.trim().matches(' ').count() > 2 {
        return None;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&OTHER_WORDS) {
        return None;
    }
    let pair = |(first, second): &(&str, &str)| {
        words.windows(2).any(|two| matches!(two, [a, b] if a == first && b == second))
    };
    let sort = if has(&["token", "secret", "apikey"]) {
        Sort::Token
    } else if has(&["pin", "pincode", "psk"]) {
        Sort::Pin
    } else {
        Sort::Password
    };
    if sort == Sort::Token && has(&DEVICE_TOKEN_WORDS) {
        return None;
    }
    let known = |word: &String| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        CREDENTIAL_WORDS.contains(&bare)
            || ["password", "passwd", "passphrase"].iter().any(|end| bare.ends_with(end))
    };
    (words.iter().any(known) || CREDENTIAL_PAIRS.iter().any(pair)).then_some(sort)
}

/// Whether the text before a value announces a credential: `login failed, password=`.
pub(crate) fn announces(text: &str) -> Option<Sort> {
    let head = text.trim_end_matches([' ', ':', '=', '"', '\'', '(', '[', '<', '>', '-']);
    let separated = head.len() < text.len();
    let last =
        head.rsplit([' ', ',', ';', '&', '?', '{', '"', '\n', '/']).next().unwrap_or_default();
    let sort = if separated { credential(last)? } else { return None };
    // "Unexpected token: " speaks of a word that a parser met.
    let before = head.strip_suffix(last).unwrap_or_default().trim_end().to_ascii_lowercase();
    let parser = ["unexpected", "invalid", "unknown", "next", "illegal", "current", "bad"];
    let met = sort == Sort::Token && parser.iter().any(|word| before.ends_with(word));
    (!met).then_some(sort)
}

/// Words that tell the token of a session or service from the token of a parser.
const TOKEN_WORDS: [&str; 12] = [
    "access", "refresh", "auth", "session", "api", "bearer", "user", "login", "client", "jwt",
    "oauth", "secret",
];

/// Whether a field or method of this name gives a credential.
pub(crate) fn member(name: &str) -> Option<Sort> {
    let sort = credential(name)?;
    let told = words(name).iter().any(|word| TOKEN_WORDS.contains(&word.as_str()));
    (sort != Sort::Token || told).then_some(sort)
}

/// Whether a literal can be a credential, rather than a key, a name or a text for people.
pub(crate) fn plausible(text: &str) -> bool {
    let length = text.chars().count();
    (3..=64).contains(&length)
        && !text.contains([' ', '\n', '%', '{', '<', '/', '\u{fffc}', '$'])
        && credential(text).is_none()
        && !is_word_of_code(text)
}

/// Words that stand where a credential could, and are none.
fn is_word_of_code(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let listed = matches!(
        lower.as_str(),
        "null"
            | "true"
            | "false"
            | "none"
            | "yes"
            | "text"
            | "string"
            | "type"
            | "key"
            | "value"
            | "unknown"
            | "login"
            | "user"
            | "username"
            | "email"
            | "basic"
            | "bearer"
            | "utf-8"
            | "undefined"
            | "default"
            | "empty"
            | "xxx"
            | "name"
            | "pass"
            | "aes"
            | "cookie"
    );
    let masked = lower.chars().all(|character| matches!(character, '*' | '.' | 'x' | '•' | '-'));
    listed
        || masked
        || ["password", "passwd", "pwd_", "_pwd", "secret", "token"]
            .iter()
            .any(|word| lower.contains(word))
}

/// Credentials that devices and their software are known to come with.
pub(crate) fn well_known(text: &str) -> bool {
    matches!(
        text,
        "admin"
            | "guest"
            | "root"
            | "support"
            | "service"
            | "1234"
            | "12345"
            | "123456"
            | "12345678"
            | "123456789"
            | "888888"
            | "666666"
            | "000000"
            | "0000"
            | "111111"
            | "admin123"
            | "admin1234"
            | "administrator"
            | "changeme"
            | "letmein"
            | "toor"
            | "pass123"
    )
}

/// Class descriptors of libraries that many apps share: their code is not the maker's.
const LIBRARIES: [&str; 51] = [
    "Landroid/",
    "Lcom/ibm/",
    "Landroidx/",
    "Lkotlin/",
    "Lkotlinx/",
    "Ljava/",
    "Ljavax/",
    "Ldalvik/",
    "Lcom/google/",
    "Lcom/facebook/",
    "Lcom/squareup/",
    "Lcom/android/",
    "Lokhttp3/",
    "Lokio/",
    "Lretrofit2/",
    "Lio/reactivex/",
    "Lrx/",
    "Lorg/apache/",
    "Lorg/bouncycastle/",
    "Lorg/spongycastle/",
    "Lcom/bumptech/",
    "Lcom/fasterxml/",
    "Lorg/json/",
    "Lorg/jsoup/",
    "Ldagger/",
    "Lbutterknife/",
    "Lio/netty/",
    "Lorg/eclipse/",
    "Lcom/amazonaws/",
    "Lcom/microsoft/",
    "Lcom/crashlytics/",
    "Lio/fabric/",
    "Lcom/jakewharton/",
    "Ltimber/",
    "Lorg/greenrobot/",
    "Lcom/tencent/",
    "Lcom/alibaba/",
    "Lcom/alipay/",
    "Lcom/taobao/",
    "Lcom/umeng/",
    "Lcom/baidu/",
    "Lcom/huawei/hms/",
    "Lcom/xiaomi/",
    "Lcom/adjust/",
    "Lcom/appsflyer/",
    "Lio/sentry/",
    "Lio/flutter/",
    "Lorg/slf4j/",
    "Lch/qos/",
    "Lorg/joda/",
    "Lnet/sqlcipher/",
];

/// Whether a class belongs to a library that many apps share.
pub(crate) fn is_library(class: &str) -> bool {
    LIBRARIES.iter().any(|prefix| class.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for (name, expected) in [
            ("password", Some(Sort::Password)),
            ("USER_PWD", Some(Sort::Password)),
            ("cameraPassword", Some(Sort::Password)),
            ("wifi_psk", Some(Sort::Pin)),
            ("accessToken", Some(Sort::Token)),
            ("saved_password", Some(Sort::Password)),
            ("gpio_pin", None),
            ("userpassword", Some(Sort::Password)),
            ("password_hint", None),
            ("remember_password_enabled", None),
            ("fcm_token", None),
            ("token_expires_at", None),
            ("pinned", None),
            ("spinner", None),
            ("Please enter your password to go on", None),
            ("", None),
        ] {
            assert_eq!(credential(name), expected, "{name}");
        }
    }

    #[test]
    fn texts_that_announce_a_credential() {
        assert!(announces("login with password=").is_some());
        assert!(announces("user: x, pwd: ").is_some());
        assert!(announces("enter password").is_none());
        assert!(announces("Unexpected token: ").is_none());
        assert!(member("nextToken").is_none() && member("accessToken").is_some());
        assert!(announces("password changed for ").is_none());
    }

    #[test]
    fn literals_that_can_be_credentials() {
        assert!(plausible("hunter22") && plausible("admin"));
        assert!(!plausible("user_password") && !plausible("Enter it") && !plausible("****"));
    }
}
