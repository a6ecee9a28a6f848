//! Values that go into a statement and come out of a row.

use crate::error::{StoreError, shown};

/// A value of one of the portable types.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// BIGINT; also truth (0, 1) and times (milliseconds since 1970 UTC).
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer.
#[derive(Debug, Default)]
pub struct Row {
    pub(crate) values: Vec<Value>,
    pub(crate) sql: String,
}

impl Row {
    pub(crate) fn shape(&self, column: usize, expected: &'static str) -> StoreError {
        StoreError::Shape { sql: shown(&self.sql), column, expected }
    }

    /// A text, which must be there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is NULL, of another type, or there is no such column.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.values.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(self.shape(column, "a text")),
        }
    }

    /// A text or NULL.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is of another type, or there is no such column.
    pub fn text_or_null(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.values.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            _ => Err(self.shape(column, "a text or nothing")),
        }
    }

    /// A whole number, which must be there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is NULL, of another type, or there is no such column.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.values.get(column) {
            Some(Value::Int(number)) => Ok(*number),
            _ => Err(self.shape(column, "a whole number")),
        }
    }

    /// A whole number or NULL.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is of another type, or there is no such column.
    pub fn int_or_null(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.values.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(*number)),
            _ => Err(self.shape(column, "a whole number or nothing")),
        }
    }

    /// A number with a fraction or NULL.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is of another type, or there is no such column.
    pub fn real_or_null(&self, column: usize) -> Result<Option<f64>, StoreError> {
        match self.values.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Real(number)) => Ok(Some(*number)),
            _ => Err(self.shape(column, "a number or nothing")),
        }
    }

    /// Truth, kept as 0 or 1.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is anything else.
    pub fn truth(&self, column: usize) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.shape(column, "0 or 1")),
        }
    }

    /// A text that something is parsed from: an id, a digest, a state.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is no such text.
    pub fn parsed<T: std::str::FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| self.shape(column, std::any::type_name::<T>()))
    }

    /// As [`Row::parsed`], or NULL.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shape`] when it is neither.
    pub fn parsed_or_null<T: std::str::FromStr>(
        &self,
        column: usize,
    ) -> Result<Option<T>, StoreError> {
        let Some(text) = self.text_or_null(column)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.shape(column, std::any::type_name::<T>()))
    }
}

/// The values of a statement: `values![id, name, at]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}
