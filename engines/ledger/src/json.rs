//! JSON that has one spelling and one meaning.
//!
//! Written as RFC 8785 (JCS) asks, for values without fractions: members sorted by their UTF-16
//! code units, no white space, whole numbers within ±(2^53 − 1). Read strictly: a member that is
//! there twice is an error, because readers differ in which of the two they take.
//!
//! Left out on purpose: numbers with a fraction or exponent. Readers round them differently;
//! evidence writes such a quantity as a string.

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deepest nesting of arrays and objects that is read or written.
pub const DEPTH_MAX: usize = 64;

/// Largest whole number that every reader of JSON takes exactly (RFC 7493, section 2.2).
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// A value has no canonical form, or a text isn't strict JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// A number with a fraction or exponent, or too large.
    #[error("{0} is no whole number within 2^53 - 1: write it as a string")]
    Number(String),
    /// Nested too deeply.
    #[error("arrays and objects are nested deeper than {DEPTH_MAX}")]
    Depth,
    /// Not JSON, or a member twice.
    #[error("no strict JSON")]
    Syntax(#[source] serde_json::Error),
}

/// The canonical form.
///
/// # Errors
/// When the value has a number that has none, or is nested too deeply.
pub fn to_canonical(value: &Value) -> Result<String, JsonError> {
    let mut out = String::new();
    write(value, DEPTH_MAX, &mut out)?;
    Ok(out)
}

fn write(value: &Value, depth: usize, out: &mut String) -> Result<(), JsonError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&whole(number)?.to_string()),
        Value::String(text) => write_string(text, out)?,
        Value::Array(items) => {
            let depth = depth.checked_sub(1).ok_or(JsonError::Depth)?;
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, depth, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let depth = depth.checked_sub(1).ok_or(JsonError::Depth)?;
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
            out.push('{');
            for (place, (name, member)) in members.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_string(name, out)?;
                out.push(':');
                write(member, depth, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn whole(number: &Number) -> Result<i64, JsonError> {
    let fits = number.as_i64().filter(|n| (-INTEGER_MAX..=INTEGER_MAX).contains(n));
    fits.ok_or_else(|| JsonError::Number(number.to_string()))
}

/// `serde_json` escapes exactly what RFC 8785, section 3.2.2.2 asks for, in the same spelling.
fn write_string(text: &str, out: &mut String) -> Result<(), JsonError> {
    out.push_str(&serde_json::to_string(text).map_err(JsonError::Syntax)?);
    Ok(())
}

/// Reads strictly. `serde_json` itself stops at a nesting of 128.
///
/// # Errors
/// When the bytes are no JSON, have a member twice, or are nested too deeply.
pub fn from_slice(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(DEPTH_MAX).deserialize(&mut reader).map_err(JsonError::Syntax)?;
    reader.end().map_err(JsonError::Syntax)?;
    Ok(value)
}

/// Reads strictly into a type: see [`from_slice`].
///
/// # Errors
/// As [`from_slice`], and when the value doesn't have the type's shape.
pub fn typed<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, JsonError> {
    serde_json::from_value(from_slice(bytes)?).map_err(JsonError::Syntax)
}

/// Reads a value whose arrays and objects go this deep at most.
#[derive(Clone, Copy)]
struct Strict(usize);

impl Strict {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom(JsonError::Depth))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let member = members.next_value_seed(inner)?;
            if object.contains_key(&name) {
                return Err(de::Error::custom(format!("the member {name:?} is there twice")));
            }
            object.insert(name, member);
        }
        Ok(Value::Object(object))
    }
}
