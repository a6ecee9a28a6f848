//! Credentials that the app stores or logs readable.

use super::code::{Checks, Told, readable};
use crate::code::tracker::{Place, Sink};
use crate::code::value::HOLE;
use crate::code::{App, Marks, Value};
use crate::dex::MethodRef;
use crate::names::{self, Sort};
use crate::report::{LOGGED, STORED, WORLD_FILE};
use duecare_base::{Confidence, Severity};

const EDITOR: &str = "Landroid/content/SharedPreferences$Editor;";
const VALUES: &str = "Landroid/content/ContentValues;";
const PREFERENCES: &str = "preferences";
const DATABASE: &str = "database";

/// A store of keys and values that many apps use instead of preferences; plain unless it is opened
/// with a key.
const MMKV: &str = "Lcom/tencent/mmkv/MMKV;";

pub(super) fn call(
    checks: &mut Checks<'_>,
    app: &mut App,
    at: &Place<'_>,
    method: &MethodRef,
    arguments: &[&Value],
) {
    let (class, name) = (&*method.class, &*method.name);
    match (class, name) {
        (EDITOR, "putString") => {
            if let [editor, key, value, ..] = arguments {
                store(checks, app, at, PREFERENCES, editor.marks, key, value);
            }
        }
        (VALUES, "put")
            if method.parameters.get(1).is_some_and(|p| &**p == "Ljava/lang/String;") =>
        {
            if let [values, key, value, ..] = arguments {
                store(checks, app, at, DATABASE, values.marks, key, value);
            }
        }
        (MMKV, "encode" | "putString") => {
            if let [keeper, key, value, ..] = arguments {
                store(checks, app, at, PREFERENCES, keeper.marks, key, value);
            }
        }
        _ => {
            // A method of the app's own that hands on what it is given.
            if let Some(sink) = app.sink(method).cloned() {
                let key = arguments.get(usize::from(sink.key)).copied();
                let value = arguments.get(usize::from(sink.value)).copied();
                if let (Some(key), Some(value)) = (key, value) {
                    store(checks, app, at, sink.kind, sink.marks, key, value);
                }
            }
        }
    }
    if checks.reporter.is_some() {
        // Whatever the method is called: libraries for databases have their names taken away, too.
        if !class.starts_with("Ljava/") {
            arguments.iter().for_each(|value| table(checks, app, at, value));
        }
        external(checks, at, method, arguments);
        world(checks, at, method, arguments);
        log(checks, at, method, arguments);
    }
}

/// A value is stored under a key.
fn store(
    checks: &mut Checks<'_>,
    app: &mut App,
    at: &Place<'_>,
    kind: &'static str,
    marks: Marks,
    key: &Value,
    value: &Value,
) {
    if marks.has(Marks::SAFE) && !marks.has(Marks::PLAIN) {
        return;
    }
    let Some(name) = key.literal() else {
        // The caller says what the key is: ask there.
        if let (Some(key), Some(argument)) = (key.argument, value.argument)
            && readable(value)
            && key != argument
        {
            let sink = Sink { kind, key, value: argument, marks };
            app.learn_sink(at.method, sink);
        }
        return;
    };
    let Some(sort) = names::credential(name) else { return };
    if !readable(value) || (kind == DATABASE && app.encrypts_database) {
        return;
    }
    let (place, sure) = match kind {
        DATABASE => ("a row of an unencrypted database", false),
        _ if marks.has(Marks::WORLD) => ("preferences that other apps may read", true),
        _ if marks.has(Marks::PLAIN) => ("unencrypted preferences", true),
        _ => ("preferences", !app.encrypts_preferences),
    };
    let confidence = match (sure, sort) {
        (_, _) if kind == PREFERENCES && !marks.has(Marks::PLAIN) && !sure => Confidence::Low,
        (true, Sort::Password | Sort::Pin) => Confidence::High,
        _ => Confidence::Medium,
    };
    let told = Told {
        severity: if sort == Sort::Token { Severity::Medium } else { Severity::High },
        confidence,
        what: format!("{kind} {name}"),
        message: format!("writes \"{name}\" readable into {place}"),
        snippet: format!(
            "{}(\"{name}\", …) of {place}",
            if kind == DATABASE { "put" } else { "putString" }
        ),
    };
    checks.tell(STORED, at, &told);
}

/// `CREATE TABLE` with a column for a credential.
fn table(checks: &mut Checks<'_>, app: &App, at: &Place<'_>, value: &Value) {
    let Some(statement) = value.text.as_deref() else { return };
    if app.encrypts_database {
        return;
    }
    let upper = statement.trim_start().to_ascii_uppercase();
    if !upper.starts_with("CREATE TABLE") && !upper.starts_with("CREATE TEMP TABLE") {
        return;
    }
    let Some((head, columns)) = statement.split_once('(') else { return };
    let quotes = ['`', '"', '\'', '[', ']'];
    let table = head.split_whitespace().last().unwrap_or_default().trim_matches(quotes);
    for column in columns.split(',') {
        let mut words = column.split_whitespace();
        let name = words.next().unwrap_or_default().trim_matches(quotes);
        let kind = words.next().unwrap_or_default().to_ascii_uppercase();
        let kind = kind.trim_end_matches([')', ';']);
        let text = ["TEXT", "VARCHAR", "CHAR", "STRING", "NVARCHAR", "BLOB"];
        if !text.iter().any(|known| kind.starts_with(known)) {
            continue;
        }
        let Some(sort) = names::credential(name) else { continue };
        let told = Told {
            severity: if sort == Sort::Token { Severity::Medium } else { Severity::High },
            confidence: Confidence::Medium,
            what: format!("table {table} {name}"),
            message: format!(
                "makes a table \"{table}\" with a column \"{name}\" in an unencrypted database"
            ),
            snippet: format!("CREATE TABLE {table} (… {name} {kind} …)"),
        };
        checks.tell(STORED, at, &told);
    }
}

/// A credential is written to a place that other apps can read.
fn external(checks: &mut Checks<'_>, at: &Place<'_>, method: &MethodRef, arguments: &[&Value]) {
    let writes = matches!(
        &*method.name,
        "write"
            | "append"
            | "println"
            | "print"
            | "writeBytes"
            | "writeUTF"
            | "writeText"
            | "appendText"
            | "writeText$default"
            | "appendText$default"
    ) && !method.class.starts_with("Ljava/lang/");
    let place = arguments.first().map(|value| value.marks).unwrap_or_default();
    if !writes || !(place.has(Marks::EXTERNAL) || place.has(Marks::WORLD)) {
        return;
    }
    let secret = |value: &&&Value| {
        readable(value) && (value.marks.has(Marks::CREDENTIAL) || announced(value).is_some())
    };
    if arguments.iter().skip(1).any(|value| secret(&value)) {
        let told = Told {
            severity: Severity::High,
            confidence: Confidence::High,
            what: "external".to_owned(),
            message: "writes a credential into a file that other apps can read".to_owned(),
            snippet: format!(
                "{}.{} of a credential",
                crate::report::class_name(&method.class),
                method.name
            ),
        };
        checks.tell(STORED, at, &told);
    }
}

/// A file or preferences that other apps may read or write.
fn world(checks: &mut Checks<'_>, at: &Place<'_>, method: &MethodRef, arguments: &[&Value]) {
    let opens = matches!(
        &*method.name,
        "openFileOutput" | "getSharedPreferences" | "openOrCreateDatabase" | "getDir"
    );
    let mode = arguments.get(2).and_then(|value| value.number).unwrap_or(0);
    if !opens || mode & 3 == 0 || !(0..=0xffff).contains(&mode) || method.parameters.len() < 2 {
        return;
    }
    let name = arguments.get(1).and_then(|value| value.literal()).unwrap_or("a file");
    let how = if mode & 2 == 0 { "readable" } else { "writable" };
    let told = Told {
        severity: if names::credential(name).is_some() { Severity::High } else { Severity::Medium },
        confidence: Confidence::High,
        what: format!("{} {name}", method.name),
        message: format!("makes \"{name}\" {how} for every app"),
        snippet: format!("{}(\"{name}\", {mode})", method.name),
    };
    checks.tell(WORLD_FILE, at, &told);
}

/// A text that tells a credential by the words before it.
fn announced(value: &Value) -> Option<Sort> {
    let text = value.text.as_deref()?;
    text.match_indices(HOLE).find_map(|(at, _)| names::announces(text.get(..at)?))
}

/// A log line with a credential in it.
fn log(checks: &mut Checks<'_>, at: &Place<'_>, method: &MethodRef, arguments: &[&Value]) {
    let (class, name) = (&*method.class, &*method.name);
    let logs = match class {
        "Landroid/util/Log;" => matches!(name, "v" | "d" | "i" | "w" | "e" | "wtf" | "println"),
        "Ljava/io/PrintStream;" => matches!(name, "print" | "println"),
        _ => class.starts_with("Ltimber/log/Timber") && name.len() <= 3,
    };
    let external = arguments.first().is_some_and(|value| value.marks.has(Marks::EXTERNAL));
    if !logs || external {
        return;
    }
    for value in arguments {
        if value.is_constant() || value.marks.has(Marks::ENCRYPTED) {
            continue;
        }
        let by_words = announced(value);
        if by_words.is_none() && !value.marks.has(Marks::CREDENTIAL) {
            continue;
        }
        let text = value.text.as_deref().unwrap_or("…").replace(HOLE, "…");
        let told = Told {
            severity: if by_words == Some(Sort::Token) { Severity::Low } else { Severity::Medium },
            confidence: if by_words.is_some() { Confidence::High } else { Confidence::Medium },
            what: text.chars().filter(|c| !c.is_ascii_digit()).collect(),
            message: "writes a credential into the system's log".to_owned(),
            snippet: format!("{}.{name}(\"{text}\")", crate::report::class_name(class)),
        };
        checks.tell(LOGGED, at, &told);
    }
}
