//! Credentials and keys that are written into the app.

use super::code::{Checks, Told};
use crate::code::tracker::Place;
use crate::code::value::HOLE;
use crate::code::{Marks, Value};
use crate::dex::{Class, MethodRef};
use crate::names::{self, Sort};
use crate::report::{LITERAL, WEAK_CRYPTO, shown};
use duecare_base::{Confidence, Severity};
use std::rc::Rc;

pub(super) fn call(
    checks: &mut Checks<'_>,
    at: &Place<'_>,
    method: &MethodRef,
    arguments: &[&Value],
) {
    let (class, name) = (&*method.class, &*method.name);
    match (class, name) {
        ("Ljava/lang/String;", "equals" | "equalsIgnoreCase" | "contentEquals" | "compareTo")
        | ("Lkotlin/jvm/internal/Intrinsics;", "areEqual")
        | ("Landroid/text/TextUtils;" | "Ljava/util/Objects;", "equals") => {
            compared(checks, at, arguments);
        }
        (
            "Ljavax/crypto/spec/SecretKeySpec;"
            | "Ljavax/crypto/spec/DESKeySpec;"
            | "Ljavax/crypto/spec/DESedeKeySpec;"
            | "Ljavax/crypto/spec/PBEKeySpec;",
            "<init>",
        ) => {
            key(checks, at, class, arguments);
        }
        ("Ljavax/crypto/spec/IvParameterSpec;", "<init>") => vector(checks, at, arguments),
        ("Ljava/net/PasswordAuthentication;", "<init>") => {
            login(checks, at, method, arguments.get(2))
        }
        ("Lokhttp3/Credentials;", "basic") => login(checks, at, method, arguments.get(1)),
        (
            "Lorg/apache/commons/net/ftp/FTPClient;" | "Lorg/apache/commons/net/ftp/FTPSClient;",
            "login",
        ) => {
            login(checks, at, method, arguments.get(2));
        }
        ("Ljava/sql/DriverManager;", "getConnection") => {
            login(checks, at, method, arguments.get(2))
        }
        _ => {
            let bare =
                name.strip_prefix("set").or_else(|| name.strip_prefix("with")).unwrap_or_default();
            if method.parameters.len() == 1
                && !class.starts_with("Landroid/widget/")
                && matches!(names::credential(bare), Some(Sort::Password | Sort::Pin))
            {
                login(checks, at, method, arguments.get(1));
            }
        }
    }
}

fn plausible(value: Option<&&Value>) -> Option<String> {
    let value = value?;
    let text = value.literal().filter(|_| value.is_constant())?;
    names::plausible(text).then(|| text.to_owned())
}

/// A literal is handed over as the password of a login.
fn login(checks: &mut Checks<'_>, at: &Place<'_>, method: &MethodRef, value: Option<&&Value>) {
    let Some(text) = plausible(value) else { return };
    let call = crate::report::method_name(&method.class, &method.name);
    let told = Told {
        severity: Severity::High,
        confidence: if names::well_known(&text) { Confidence::High } else { Confidence::Medium },
        what: call.clone(),
        message: format!("passes the literal {} as a password", shown(&text)),
        snippet: format!("{call}({})", shown(&text)),
    };
    checks.tell(LITERAL, at, &told);
}

/// A credential is compared with a literal.
fn compared(checks: &mut Checks<'_>, at: &Place<'_>, arguments: &[&Value]) {
    let [first, second, ..] = arguments else { return };
    for (literal, other) in [(first, second), (second, first)] {
        let secret = other.marks.has(Marks::CREDENTIAL) && other.literal().is_none();
        if !secret {
            continue;
        }
        if let Some(text) = plausible(Some(literal)) {
            let told = Told {
                severity: Severity::High,
                confidence: Confidence::Medium,
                what: "compares".to_owned(),
                message: format!("compares a credential with the literal {}", shown(&text)),
                snippet: format!("equals({})", shown(&text)),
            };
            checks.tell(LITERAL, at, &told);
        }
    }
}

/// A key is made from something constant.
fn key(checks: &mut Checks<'_>, at: &Place<'_>, class: &str, arguments: &[&Value]) {
    let Some(material) =
        arguments.get(1).filter(|value| value.is_constant() && value.number.is_none())
    else {
        return;
    };
    let kind = crate::report::class_name(class);
    let kind = kind.rsplit('.').next().unwrap_or_default().to_owned();
    let from = material.literal().map_or_else(|| "a constant array".to_owned(), shown);
    let told = Told {
        severity: Severity::High,
        confidence: Confidence::High,
        what: kind.clone(),
        message: format!("makes a key from {from}, the same in every copy of the app"),
        snippet: format!("{kind}({from})"),
    };
    checks.tell(LITERAL, at, &told);
}

fn vector(checks: &mut Checks<'_>, at: &Place<'_>, arguments: &[&Value]) {
    if arguments.get(1).is_some_and(|value| value.is_constant() && value.number.is_none()) {
        let told = Told {
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            what: "vector".to_owned(),
            message: "encrypts with an initialisation vector that never changes".to_owned(),
            snippet: "IvParameterSpec(constant)".to_owned(),
        };
        checks.tell(WEAK_CRYPTO, at, &told);
    }
}

/// A literal is written into a field that is named like a credential.
pub(super) fn field(
    checks: &mut Checks<'_>,
    at: &Place<'_>,
    field: &(Rc<str>, Rc<str>, Rc<str>),
    value: &Value,
) {
    let (class, _, name) = field;
    if let Some(text) = plausible(Some(&value))
        && names_password(name)
        && (names::well_known(&text) || random(&text))
    {
        checks.tell(LITERAL, at, &constant(class, name, &text));
    }
}

/// Constants of a class that are named like a credential.
pub(crate) fn constants(class: &Class) -> Vec<Told> {
    let fits = |name: &str, text: &str| {
        names_password(name) && names::plausible(text) && (names::well_known(text) || random(text))
    };
    let found = class.constants.iter().filter(|(name, text)| fits(name, text));
    found.map(|(name, text)| constant(&class.name, name, text)).collect()
}

fn constant(class: &str, name: &str, text: &str) -> Told {
    Told {
        severity: Severity::High,
        confidence: if names::well_known(text) { Confidence::High } else { Confidence::Medium },
        what: format!("field {name}"),
        message: format!("sets {name} to the literal {}", shown(text)),
        snippet: format!("{}.{name} = {}", crate::report::class_name(class), shown(text)),
    }
}

/// Prefixes and suffixes of constants that are names of keys, not values.
fn names_password(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let about = [
        "KEY_", "PREF", "EXTRA", "ARG_", "TAG_", "PARAM", "ACTION", "FIELD", "COLUMN", "COL_",
        "REQUEST", "STATE_",
    ];
    !about.iter().any(|part| upper.starts_with(part) || upper.contains(&format!("_{part}")))
        && !upper.ends_with("_KEY")
        && matches!(names::credential(name), Some(Sort::Password | Sort::Pin))
}

/// Letters and digits mixed, as no name of a key is.
fn random(text: &str) -> bool {
    text.len() >= 5
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().any(char::is_alphabetic)
        && !text.contains(['.', ':', '='])
        && !text.contains('_')
}

/// Schemes of addresses that carry a login.
const SCHEMES: [&str; 9] = [
    "http://", "https://", "ftp://", "ftps://", "sftp://", "rtsp://", "mqtt://", "tcp://", "smb://",
];

/// The login in an address, if it has one: `rtsp://user:password@host`.
pub(crate) fn login_in(text: &str) -> Option<(&str, &str)> {
    let rest = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let authority = rest.split(['/', '?', '#', ' ']).next()?;
    let (login, host) = authority.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let filled = |part: &str| !part.is_empty() && !part.contains(['%', '{', '$', '<', '*', HOLE]);
    let example = ["user", "username", "login"].contains(&user)
        && ["pass", "password", "passwd", "pwd"].contains(&password);
    (filled(user) && filled(password) && filled(host) && !example).then_some((user, password))
}

/// The password in a ready-made header `Basic …`, if it is one.
pub(crate) fn basic(text: &str) -> Option<String> {
    let encoded =
        text.strip_prefix("Basic ").or_else(|| text.strip_prefix("Authorization: Basic "))?;
    let bytes = base64(encoded.trim())?;
    let decoded = String::from_utf8(bytes).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (!user.is_empty() && !password.is_empty() && !decoded.contains(char::is_control))
        .then(|| password.to_owned())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if body.len() < 4 || body.len() > 400 {
        return None;
    }
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in body.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}
