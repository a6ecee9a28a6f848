//! Lists in pieces, and only what somebody may see.

use crate::engine::Value;
use duecare_domain::access::Scope;

/// Most rows of one piece of a list, however many are asked for.
pub const ROWS_MAX: u32 = 500;

/// A record with the number of its changes, by which two changes at once are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised<T> {
    /// The record.
    pub value: T,
    /// Counts from 1; a change makes it one more.
    pub revision: i64,
}

/// Which piece of a list: keyset paging, so a piece costs the same wherever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// After the record with this key; `None` for the first piece.
    pub after: Option<K>,
    /// How many, at most [`ROWS_MAX`].
    pub count_max: u32,
}

impl<K> Page<K> {
    /// The first piece, as long as it may be.
    #[must_use]
    pub const fn first() -> Self {
        Self { after: None, count_max: ROWS_MAX }
    }

    /// How many rows to ask for.
    #[must_use]
    pub fn rows(&self) -> Value {
        Value::from(self.count_max.min(ROWS_MAX))
    }
}

/// Builds the condition of a list, with its values in order.
#[derive(Debug, Default)]
pub(crate) struct Where {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Where {
    /// Adds a condition in which `?` stands for the value.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) -> &mut Self {
        let placeholder = self.value(value);
        self.conditions.push(condition.replacen('?', &placeholder, 1));
        self
    }

    /// Adds a condition if there is a value for it.
    pub(crate) fn and_if(&mut self, condition: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.and(condition, value);
        }
        self
    }

    /// Leaves only the products that somebody may see.
    pub(crate) fn within(&mut self, column: &str, scope: &Scope) -> &mut Self {
        if let Scope::Only(products) = scope {
            let marks: Vec<String> =
                products.iter().map(|product| self.value(product.to_string())).collect();
            // Of nothing at all nothing is seen.
            let list = if marks.is_empty() { "NULL".to_owned() } else { marks.join(", ") };
            self.conditions.push(format!("{column} IN ({list})"));
        }
        self
    }

    /// Takes a value without a condition; gives its placeholder.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// `WHERE …`, or nothing when there is no condition.
    pub(crate) fn text(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }

    /// The values, in the order of their placeholders.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }
}
