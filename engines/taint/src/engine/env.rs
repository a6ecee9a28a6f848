//! What is known of each name at a point of the program.

use super::value::Value;
use std::collections::BTreeMap;

/// Most names that are kept at once.
const NAMES_MAX: usize = 2000;

/// Names and their values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env {
    values: BTreeMap<String, Value>,
    /// Some names were not kept.
    full: bool,
}

impl Env {
    /// How many names are kept: what a copy costs.
    pub(crate) fn size(&self) -> usize {
        self.values.len()
    }

    /// The value of exactly this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Gives a name a value.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        if self.values.len() < NAMES_MAX || self.values.contains_key(name) {
            self.values.insert(name.to_owned(), value);
        } else {
            self.full = true;
        }
    }

    /// Whether some names were not kept.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Takes a name and all its parts away.
    pub(crate) fn forget(&mut self, name: &str) {
        self.values.remove(name);
        for prefix in [format!("{name}."), format!("{name}[")] {
            let below = self.values.range(prefix.clone()..).map(|(key, _)| key);
            let keys: Vec<String> =
                below.take_while(|key| key.starts_with(&prefix)).cloned().collect();
            for key in keys {
                self.values.remove(&key);
            }
        }
    }

    /// Takes away what was known of the parts of a name that has a new value.
    pub(crate) fn forget_parts(&mut self, name: &str) {
        let kept = self.values.remove(name);
        self.forget(name);
        if let Some(kept) = kept {
            self.values.insert(name.to_owned(), kept);
        }
    }

    /// Whether any name holds input.
    pub(crate) fn any_input(&self) -> bool {
        self.values.values().any(Value::is_input)
    }

    /// Joins what is known after two ways: for each name the worse.
    pub(crate) fn merge(&mut self, other: Self) {
        self.full |= other.full;
        for (name, value) in other.values {
            match self.values.get(&name) {
                Some(mine) => {
                    let worse = mine.worse(&value);
                    self.values.insert(name, worse);
                }
                None => {
                    self.values.insert(name, value);
                }
            }
        }
    }

    /// Every name below a prefix that ends with a dot or bracket.
    pub(crate) fn parts(&self, prefix: &str) -> Vec<&Value> {
        let start = prefix.to_owned();
        self.values
            .range(start..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(_, v)| v)
            .collect()
    }
}
