//! What stands between layers, stretch by stretch.

use super::{Place, Scanner};
use crate::gap::{leading_text, look, runs};
use crate::layer::{ProblemKind, Region, RegionKind};
use crate::{Context, Found, encoded, entropy, leaf};
use bytes::Bytes;

/// Known files looked at one after the other in one stretch.
const LEAVES_MAX: usize = 4096;

impl Scanner<'_> {
    /// Says what stands between layers.
    pub(super) fn gap(
        &mut self,
        content: &Bytes,
        begin: usize,
        end: usize,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
    ) {
        for (from, to, padding) in runs(content.get(begin..end).unwrap_or_default()) {
            let (mut from, to) = (begin + from, begin + to);
            // A layer may stand inside a known file, and padding anyway.
            let (leaf_end, name) = place.leaf.get();
            if from < leaf_end {
                let until = leaf_end.min(to);
                regions.push(region(from, until, RegionKind::Known(name), content));
                from = until;
            }
            if from < to && padding {
                regions.push(region(from, to, RegionKind::Padding, content));
            } else if from < to {
                self.stretch(content, from, to, place, regions);
            }
        }
    }

    /// Says what a stretch without padding is: text, known files as far as they go, the rest.
    fn stretch(
        &mut self,
        content: &Bytes,
        mut from: usize,
        to: usize,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
    ) {
        for _ in 0..LEAVES_MAX {
            let bytes = content.slice(from..to);
            let own = place.carve.is_some_and(|carve| from < carve);
            if from >= to || !own && self.explained(content, from, &bytes, place, regions) {
                return;
            }
            let (text, name) = leading_text(&bytes);
            if text > 0 {
                self.text(content, from, from + text, name, place, regions);
                from += text;
            }
            let known = content.get(from..).filter(|rest| !rest.is_empty()).and_then(leaf::measure);
            let Some((size, name)) = known else { break };
            place.leaf.set((from + size, name));
            let until = to.min(from + size);
            regions.push(region(from, until, RegionKind::Known(name), content));
            from = until;
        }
        if from < to {
            let kind = look(content.get(from..to).unwrap_or_default());
            regions.push(region(from, to, kind, content));
        }
    }

    /// Adds text, and opens what is written in it as digits.
    fn text(
        &mut self,
        content: &Bytes,
        mut from: usize,
        to: usize,
        name: &'static str,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
    ) {
        let text = content.get(from..to).unwrap_or_default();
        let begin = from;
        for run in encoded::find(text, |bytes| self.begins_format(bytes)) {
            if let Err(limit) = self.budget.take_memory(run.bytes.len()) {
                let (at, message) = ((begin + run.from) as u64, limit.to_string());
                self.add_problem(place.parent, ProblemKind::Limit, at, message);
                break;
            }
            let (start, size) = (begin + run.from, run.to - run.from);
            if start > from {
                regions.push(region(from, start, RegionKind::Known(name), content));
            }
            let mut found = Found::new(size);
            found.decoded("decoded", run.bytes, 0, size);
            self.add_layer(run.name, content, start, size, found, place, regions);
            from = start + size;
        }
        if from < to {
            regions.push(region(from, to, RegionKind::Known(name), content));
        }
    }

    /// Whether a magic of four bytes or more stands where its format wants it.
    fn begins_format(&self, bytes: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| {
            pattern.magic.len() >= 4
                && bytes.get(pattern.at..).is_some_and(|rest| rest.starts_with(pattern.magic))
        })
    }

    fn explained(
        &mut self,
        content: &Bytes,
        start: usize,
        gap: &Bytes,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
    ) -> bool {
        if place.carve.is_none() || place.depth >= self.budget.limits().depth_max {
            return false;
        }
        let context = Context { budget: self.budget, name: place.name, at_start: start == 0 };
        for format in self.formats {
            if let Some(found) = format.explain(gap, &context) {
                let size = gap.len();
                self.add_layer(format.name(), content, start, size, found, place, regions);
                return true;
            }
        }
        false
    }
}

fn region(from: usize, to: usize, kind: RegionKind, content: &Bytes) -> Region {
    let entropy = match kind {
        RegionKind::Padding => 0,
        _ => entropy::milli_bits(content.get(from..to).unwrap_or_default()),
    };
    Region { offset: from as u64, size: (to - from) as u64, kind, entropy }
}
