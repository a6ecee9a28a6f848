//! Checks at the calls in an app's code.

use super::{literals, storage, weak};
use crate::code::tracker::Place;
use crate::code::{App, Marks, Site, Value};
use crate::dex::MethodRef;
use crate::names;
use crate::report::{Reporter, Said, method_name};
use duecare_base::{Confidence, Severity};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is told of a place in code.
pub(crate) struct Told {
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// What tells it from others of its check in its method.
    pub(crate) what: String,
    pub(crate) message: String,
    pub(crate) snippet: String,
}

/// The last pass, which reports. The passes before it only learn.
pub(crate) struct Checks<'r> {
    /// Where findings go; `None` while learning.
    pub(crate) reporter: Option<&'r mut Reporter>,
    /// Path of the DEX file.
    pub(crate) path: String,
    /// What was seen of web views, by class.
    pub(crate) web: BTreeMap<String, weak::Web>,
}

impl Checks<'_> {
    pub(crate) fn tell(&mut self, check: &'static str, at: &Place<'_>, told: &Told) {
        let Some(reporter) = self.reporter.as_deref_mut() else { return };
        let name = method_name(&at.class.name, &at.method.name);
        let symbol = format!("{}->{}", at.class.name, at.method.name);
        let library = names::is_library(&at.class.name);
        let said = Said {
            severity: told.severity,
            confidence: if library { Confidence::Low } else { told.confidence },
            key: &format!("{name} {}", told.what),
            message: &format!("{name} {}", told.message),
            snippet: &told.snippet,
        };
        reporter.add(check, &self.path, Some(&symbol), &said);
    }
}

impl Site for Checks<'_> {
    fn call(
        &mut self,
        app: &mut App,
        at: &Place<'_>,
        method: &Rc<MethodRef>,
        arguments: &[&Value],
    ) {
        if &*method.class == "Lnet/sqlcipher/database/SQLiteDatabase;"
            || method.class.starts_with("Lnet/zetetic/")
        {
            app.encrypts_database = true;
        }
        storage::call(self, app, at, method, arguments);
        if self.reporter.is_some() {
            literals::call(self, at, method, arguments);
            weak::call(self, at, method, arguments);
        }
    }

    fn field(&mut self, at: &Place<'_>, field: &(Rc<str>, Rc<str>, Rc<str>), value: &Value) {
        if self.reporter.is_some() {
            literals::field(self, at, field, value);
        }
    }
}

/// Whether a value may be a readable credential, going by where it comes from: not encrypted, not
/// empty, no constant.
pub(crate) fn readable(value: &Value) -> bool {
    !value.marks.has(Marks::ENCRYPTED) && !value.marks.has(Marks::EMPTY) && value.number.is_none()
}
