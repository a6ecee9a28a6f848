//! What a call gives back, by what is known of the platform's methods.

use super::value::{HOLE, Marks, Value};
use crate::dex::MethodRef;
use crate::names;
use std::rc::Rc;

const BUILDERS: [&str; 2] = ["Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;"];

/// Parts of names of methods after which a value can't be read any more.
const HIDING: [&str; 14] = [
    "encrypt", "cipher", "encipher", "seal", "protect", "wrapkey", "hash", "digest", "hmac", "md5",
    "sha1", "sha256", "pbkdf", "bcrypt",
];

/// Whether a method makes its argument unreadable.
pub(crate) fn hides(method: &MethodRef) -> bool {
    let name = method.name.to_ascii_lowercase();
    if name.contains("decrypt") || name.contains("decipher") || name == "hashcode" {
        return false;
    }
    method.class.starts_with("Ljavax/crypto/")
        || &*method.class == "Ljava/security/MessageDigest;"
        || HIDING.iter().any(|part| name.contains(part))
}

fn is_text(descriptor: &str) -> bool {
    matches!(
        descriptor,
        "Ljava/lang/String;"
            | "Ljava/lang/CharSequence;"
            | "[C"
            | "[B"
            | "Ljava/lang/Object;"
            | "Landroid/text/Editable;"
    )
}

/// The sort of preferences that a call gives, with what it says of the mode.
fn preferences(method: &MethodRef, arguments: &[&Value]) -> Option<Marks> {
    let plain = match &*method.name {
        "getSharedPreferences" if &*method.result == "Landroid/content/SharedPreferences;" => true,
        "getDefaultSharedPreferences" | "getPreferences" => {
            &*method.result == "Landroid/content/SharedPreferences;"
        }
        "create" if method.class.contains("EncryptedSharedPreferences") => {
            return Some(Marks::SAFE);
        }
        _ => false,
    };
    let world = arguments.iter().skip(1).any(|a| a.number.is_some_and(|mode| mode & 3 != 0));
    match (plain, world) {
        (true, true) => Some(Marks::PLAIN | Marks::WORLD),
        (true, false) => Some(Marks::PLAIN),
        _ => None,
    }
}

/// Keeps what a call on an object makes of the object itself: a text that grows, a stream that
/// was opened on a path.
pub(crate) fn receiver(method: &MethodRef, arguments: &[&Value]) -> Option<Value> {
    let this = arguments.first()?;
    let first = arguments.get(1);
    let builder = BUILDERS.contains(&&*method.class);
    match &*method.name {
        "append" if builder => Some(this.appended(first?)),
        "<init>" if builder => Some(match first {
            Some(value) if value.text.is_some() => (*value).clone(),
            Some(value) if method.parameters.first().is_some_and(|p| is_text(p)) => {
                Value::text(Rc::from("")).appended(value)
            }
            _ => Value::text(Rc::from("")),
        }),
        "<init>" if &*method.class == "Ljava/lang/String;" => {
            first.map(|value| (*value).clone()).or_else(|| Some(Value::text(Rc::from(""))))
        }
        "<init>" => {
            let marks = arguments.iter().fold(Marks::NONE, |marks, value| marks | value.marks);
            Some(Value::marked(marks.without(Marks::LITERAL | Marks::EMPTY | Marks::TRUE)))
        }
        _ => None,
    }
}

/// What a call gives back.
pub(crate) fn result(method: &MethodRef, arguments: &[&Value]) -> Value {
    if matches!(&*method.result, "V" | "Z" | "I" | "J" | "F" | "D" | "B" | "S" | "C") {
        return Value::default();
    }
    if let Some(marks) = preferences(method, arguments) {
        return Value::marked(marks);
    }
    if let Some(same) = pass_along(method, arguments) {
        return same;
    }
    let mut marks = arguments.iter().fold(Marks::NONE, |marks, value| marks | value.marks);
    marks = marks.without(Marks::LITERAL | Marks::EMPTY | Marks::TRUE | Marks::CREDENTIAL);
    if hides(method) {
        return Value::marked(marks | Marks::ENCRYPTED);
    }
    if &*method.class == "Landroid/os/Environment;" && method.name.contains("ExternalStorage")
        || method.name.starts_with("getExternalFiles")
        || method.name.starts_with("getExternalCache")
        || method.name.starts_with("getExternalMedia")
    {
        marks = marks | Marks::EXTERNAL;
    }
    if is_text(&method.result) && gives_credential(method, arguments) {
        marks = marks | Marks::CREDENTIAL;
    }
    Value::marked(marks)
}

/// Methods that give back what they were given, as text, bytes or characters.
fn pass_along(method: &MethodRef, arguments: &[&Value]) -> Option<Value> {
    let this = arguments.first()?;
    let builder = BUILDERS.contains(&&*method.class);
    match (&*method.class, &*method.name) {
        (_, "append") if builder => Some(this.appended(arguments.get(1)?)),
        (_, "toString" | "insert") if builder => Some((*this).clone()),
        ("Ljava/lang/String;", "concat") => Some(this.appended(arguments.get(1)?)),
        ("Ljava/lang/String;", "format") => {
            // `format(locale, text, …)` and `format(text, …)`.
            let text = arguments.iter().find(|value| value.text.is_some())?;
            let mut made = (*text).clone();
            made.text = made.text.map(|text| Rc::from(formatted(&text)));
            made.marks = made.marks.without(Marks::LITERAL);
            Some(made)
        }
        (
            "Ljava/lang/String;",
            "valueOf" | "copyValueOf" | "toString" | "trim" | "intern" | "getBytes" | "toCharArray"
            | "toLowerCase" | "toUpperCase" | "replace" | "substring",
        )
        | ("Lkotlin/text/StringsKt;", _)
        | ("Lkotlin/jvm/internal/Intrinsics;", "stringPlus")
        | (
            "Landroid/util/Base64;" | "Ljava/util/Base64$Encoder;" | "Ljava/util/Base64$Decoder;",
            _,
        ) => {
            let text = arguments.iter().find(|value| value.text.is_some()).unwrap_or(this);
            Some((*text).clone())
        }
        (_, "toString" | "subSequence") => Some((*this).clone()),
        _ => None,
    }
}

/// A text with its `%s` and the like as holes.
fn formatted(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        while characters.next_if(|c| c.is_ascii_digit() || "$-+#., (".contains(*c)).is_some() {}
        match characters.next() {
            Some('%') => out.push('%'),
            Some('n') => out.push('\n'),
            _ => out.push(HOLE),
        }
    }
    out
}

/// Whether a call reads a credential: `getPassword()`, `getString("password", …)`.
fn gives_credential(method: &MethodRef, arguments: &[&Value]) -> bool {
    let name = &*method.name;
    let bare = name.strip_prefix("get").or_else(|| name.strip_prefix("component")).unwrap_or(name);
    if method.parameters.is_empty() && names::member(bare).is_some() {
        return true;
    }
    let reads = name.starts_with("get") || name.starts_with("opt") || name == "remove";
    let key = arguments.get(1).and_then(|value| value.literal());
    reads && key.is_some_and(|key| names::credential(key).is_some())
}
