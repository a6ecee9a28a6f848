//! What the vectors of both versions have in common: metrics by name, each with one value.

use super::vector::VectorError;

/// Most metrics of a version.
const METRICS_MAX: usize = 32;

/// A metric that is not defined, as vectors write it.
pub(super) const X: &str = "X";

/// A metric.
pub(super) struct Metric {
    /// Its abbreviation.
    pub(super) name: &'static str,
    /// The abbreviations of its values. Those of metrics that may be left out begin with [`X`].
    pub(super) values: &'static [&'static str],
}

/// The metrics of a version, in the order of its table of vectors.
pub(super) struct Version {
    /// What a vector begins with.
    pub(super) prefix: &'static str,
    /// The metrics.
    pub(super) metrics: &'static [Metric],
    /// Whether another order than this is wrong.
    pub(super) ordered: bool,
}

/// The value of each metric by its index; of those left out, the first value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Values([u8; METRICS_MAX]);

impl Metric {
    fn is_optional(&self) -> bool {
        self.values.first() == Some(&X)
    }
}

impl Version {
    /// Reads a vector: the prefix, then each metric at most once, none that is unknown, and none
    /// of the base metrics left out.
    pub(super) fn read(&self, text: &str) -> Result<Values, VectorError> {
        let rest = text.strip_prefix(self.prefix).and_then(|rest| rest.strip_prefix('/'));
        let rest = rest.ok_or(VectorError::Version)?;
        let mut values = Values([0; METRICS_MAX]);
        let mut seen = [false; METRICS_MAX];
        let mut last = None;
        for part in rest.split('/') {
            let unknown = || VectorError::Unknown(duecare_base::text::one_line(part, 20));
            let (name, value) = part.split_once(':').ok_or_else(unknown)?;
            let (index, metric) = self
                .metrics
                .iter()
                .enumerate()
                .find(|(_, metric)| metric.name == name)
                .ok_or_else(unknown)?;
            let value = metric.values.iter().position(|known| *known == value);
            let value = value.and_then(|value| u8::try_from(value).ok()).ok_or_else(unknown)?;
            let slots = seen.get_mut(index).zip(values.0.get_mut(index));
            let (seen, slot) = slots.ok_or_else(unknown)?;
            if std::mem::replace(seen, true) {
                return Err(VectorError::Twice(metric.name));
            }
            if self.ordered && last > Some(index) {
                return Err(VectorError::Order(metric.name));
            }
            last = Some(index);
            *slot = value;
        }
        let left_out = self.metrics.iter().zip(seen).find(|(m, seen)| !seen && !m.is_optional());
        match left_out {
            Some((metric, _)) => Err(VectorError::Missing(metric.name)),
            None => Ok(values),
        }
    }

    /// The vector in the order of the table, without what is not defined.
    pub(super) fn print(&self, values: &Values) -> String {
        let mut text = self.prefix.to_owned();
        for metric in self.metrics {
            let value = self.value(values, metric.name);
            if value != X {
                text.extend(["/", metric.name, ":", value]);
            }
        }
        text
    }

    /// The value of a metric; [`X`] of one that there isn't.
    pub(super) fn value(&self, values: &Values, name: &str) -> &'static str {
        let found = self.metrics.iter().zip(values.0).find(|(metric, _)| metric.name == name);
        let value = found.and_then(|(metric, value)| metric.values.get(usize::from(value)));
        value.copied().unwrap_or(X)
    }

    /// Whether any of these metrics is defined.
    pub(super) fn any(&self, values: &Values, names: &[&str]) -> bool {
        names.iter().any(|name| self.value(values, name) != X)
    }

    /// The vector with these metrics not defined.
    pub(super) fn without(&self, values: &Values, names: &[&str]) -> Values {
        let mut left = *values;
        for (metric, value) in self.metrics.iter().zip(&mut left.0) {
            if names.contains(&metric.name) {
                *value = 0;
            }
        }
        left
    }
}
