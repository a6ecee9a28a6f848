//! The pass over an app's code.

use super::calls;
use super::value::{Marks, Value};
use crate::dex::instruction::{Instruction, Instructions};
use crate::dex::{Class, Dex, Method, MethodRef};
use crate::names;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Registers of a method that are followed; methods with more are rare and made by machines.
const REGISTERS_MAX: usize = 512;

/// A method that hands its arguments to something that is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sink {
    /// What it hands them to.
    pub(crate) kind: &'static str,
    /// The argument that is the key, counted in registers.
    pub(crate) key: u16,
    /// The argument that is the value.
    pub(crate) value: u16,
    /// Marks of what stores it.
    pub(crate) marks: Marks,
}

/// What passes over the code have learnt of the app.
#[derive(Debug, Default)]
pub(crate) struct App {
    /// Marks of what is written into fields, by class and name.
    fields: BTreeMap<String, Marks>,
    /// Marks of what methods give back.
    returns: BTreeMap<String, Marks>,
    /// Methods that hand their arguments on.
    sinks: BTreeMap<String, Sink>,
    /// The app has a database that encrypts.
    pub(crate) encrypts_database: bool,
    /// The app has preferences that encrypt, somewhere.
    pub(crate) encrypts_preferences: bool,
}

impl App {
    pub(crate) fn sink(&self, method: &MethodRef) -> Option<&Sink> {
        self.sinks.get(&*method.id)
    }

    pub(crate) fn returns(&self, method: &MethodRef) -> Marks {
        self.returns.get(&*method.id).copied().unwrap_or_default()
    }

    pub(crate) fn learn_sink(&mut self, method: &MethodRef, sink: Sink) {
        self.sinks.entry(method.id.to_string()).or_insert(sink);
    }
}

/// What a pass does with what it meets.
pub(crate) trait Site {
    /// A call with what is known of its arguments.
    fn call(&mut self, app: &mut App, at: &Place<'_>, method: &Rc<MethodRef>, arguments: &[&Value]);

    /// A value is written into a field: class, type, name.
    fn field(&mut self, at: &Place<'_>, field: &(Rc<str>, Rc<str>, Rc<str>), value: &Value);
}

/// The method that is being read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) class: &'a Class,
    pub(crate) method: &'a MethodRef,
}

/// Reads the code of one method.
pub(crate) fn method(
    dex: &Dex<'_>,
    app: &mut App,
    class: &Class,
    method: &Method,
    site: &mut dyn Site,
) {
    let Some(code) = dex.code(method) else { return };
    let place = Place { class, method: &method.reference };
    let mut pass = Pass {
        dex,
        app,
        place,
        registers: vec![Value::default(); usize::from(code.registers).min(REGISTERS_MAX)],
        last: Value::default(),
        returned: None,
        simple: true,
    };
    pass.arguments(code.registers, code.arguments);
    for instruction in Instructions::of(&code) {
        pass.step(instruction, site);
    }
    pass.done();
}

struct Pass<'p, 'd, 'a> {
    dex: &'d Dex<'a>,
    app: &'p mut App,
    place: Place<'p>,
    registers: Vec<Value>,
    /// What the call before gave back.
    last: Value,
    /// Marks of what is returned, over all returns.
    returned: Option<Marks>,
    /// Nothing but constants so far.
    simple: bool,
}

impl Pass<'_, '_, '_> {
    fn arguments(&mut self, registers: u16, arguments: u16) {
        let first = registers.saturating_sub(arguments);
        for index in 0..arguments {
            let value = Value { argument: Some(index), ..Value::default() };
            self.set(first.saturating_add(index), value);
        }
    }

    fn get(&self, register: u16) -> Value {
        self.registers.get(usize::from(register)).cloned().unwrap_or_default()
    }

    fn set(&mut self, register: u16, value: Value) {
        if let Some(place) = self.registers.get_mut(usize::from(register)) {
            *place = value;
        }
    }

    fn step(&mut self, instruction: Instruction, site: &mut dyn Site) {
        use Instruction as I;
        match instruction {
            I::Move { to, from } => self.set(to, self.get(from)),
            I::MoveResult { to } => {
                let value = std::mem::take(&mut self.last);
                self.set(to, value);
            }
            I::Return { from } => {
                let value = self.get(from);
                let mut marks = value.marks.without(Marks::LITERAL | Marks::EMPTY | Marks::TRUE);
                let constant_true = self.simple && value.number == Some(1);
                if constant_true || (value.marks.has(Marks::TRUE)) {
                    marks = marks | Marks::TRUE;
                }
                let all = self.returned.unwrap_or(marks);
                // "True" only if every return says so.
                let truth = if all.has(Marks::TRUE) && marks.has(Marks::TRUE) {
                    Marks::TRUE
                } else {
                    Marks::NONE
                };
                self.returned = Some((all | marks).without(Marks::TRUE) | truth);
            }
            I::Throw | I::Branch => self.simple = false,
            I::Number { to, value, wide } => {
                self.set(to, Value::number(value));
                if wide {
                    self.set(to.saturating_add(1), Value::default());
                }
            }
            I::Text { to, index } => self.set(to, Value::text(self.dex.text(index))),
            I::New { to, .. } => self.set(to, Value::default()),
            I::NewArray { to, size } => {
                // An array of a known size is zeros until something is written into it.
                let known = self.get(size).number.is_some();
                self.set(to, Value::marked(if known { Marks::LITERAL } else { Marks::NONE }));
            }
            I::FillArray { array } => self.set(array, Value::marked(Marks::LITERAL)),
            I::ArrayPut { from, array } => {
                let (part, whole) = (self.get(from), self.get(array));
                let constant = part.is_constant() && whole.is_constant();
                let marks = (part.marks | whole.marks).without(Marks::LITERAL | Marks::EMPTY);
                self.set(
                    array,
                    Value::marked(if constant { marks | Marks::LITERAL } else { marks }),
                );
            }
            I::ArrayGet { to, array } => {
                let marks = self.get(array).marks.without(Marks::LITERAL | Marks::EMPTY);
                self.set(to, Value::marked(marks));
            }
            I::FieldGet { to, field } => self.field_get(to, field),
            I::FieldPut { from, field } => self.field_put(from, field, site),
            I::Call { method, arguments } => self.call(method, &arguments, site),
            I::Sets { to } => self.set(to, Value::default()),
            I::ReturnVoid | I::Other => {}
        }
    }

    fn field_get(&mut self, to: u16, field: u32) {
        self.simple = false;
        let Some((class, kind, name)) = self.dex.field(field) else {
            return self.set(to, Value::default());
        };
        let mut marks =
            self.app.fields.get(&format!("{class}->{name}")).copied().unwrap_or_default();
        let text = matches!(&*kind, "Ljava/lang/String;" | "Ljava/lang/CharSequence;" | "[C");
        // A constant that is named after a credential is mostly the name of a key.
        let constant = name.chars().all(|c| c.is_ascii_uppercase() || !c.is_alphabetic());
        if text && !constant && names::member(&name).is_some() {
            marks = marks | Marks::CREDENTIAL;
        }
        self.set(to, Value::marked(marks));
    }

    fn field_put(&mut self, from: u16, field: u32, site: &mut dyn Site) {
        self.simple = false;
        let Some(place) = self.dex.field(field) else { return };
        let value = self.get(from);
        let marks =
            value.marks.without(Marks::LITERAL | Marks::EMPTY | Marks::CREDENTIAL | Marks::TRUE);
        if marks != Marks::NONE {
            let known = self.app.fields.entry(format!("{}->{}", place.0, place.2)).or_default();
            *known = *known | marks;
        }
        site.field(&self.place, &place, &value);
    }

    fn call(&mut self, method: u32, arguments: &[u16], site: &mut dyn Site) {
        self.last = Value::default();
        let Some(method) = self.dex.method(method) else { return };
        let values: Vec<Value> = arguments.iter().map(|register| self.get(*register)).collect();
        let values: Vec<&Value> = values.iter().collect();
        site.call(self.app, &self.place, &method, &values);
        let returned = self.app.returns(&method);
        self.simple = self.simple && returned.has(Marks::TRUE);
        self.last = calls::result(&method, &values);
        self.last.marks = self.last.marks | returned;
        self.handed_over(&method, arguments);
        if let (Some(receiver), Some(register)) =
            (calls::receiver(&method, &values), arguments.first())
        {
            self.set(*register, receiver);
        }
    }

    /// An array that is handed to a method may be filled by it, so it is not constant any more.
    /// What constructors are given, they keep.
    fn handed_over(&mut self, method: &MethodRef, arguments: &[u16]) {
        if &*method.name == "<init>" {
            return;
        }
        for register in arguments {
            if let Some(value) = self.registers.get_mut(usize::from(*register))
                && value.text.is_none()
                && value.number.is_none()
            {
                value.marks = value.marks.without(Marks::LITERAL);
            }
        }
    }

    fn done(self) {
        let Some(marks) = self.returned.filter(|marks| *marks != Marks::NONE) else { return };
        let known = self.app.returns.entry(self.place.method.id.to_string()).or_default();
        *known = *known | marks;
    }
}
