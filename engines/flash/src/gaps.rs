//! Which bytes of a file are written already, when its pieces come newest first.

use std::collections::BTreeMap;

/// Written stretches of a file, merged where they touch.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Begin to end.
    runs: BTreeMap<usize, usize>,
    bytes: usize,
}

impl Written {
    /// Marks `begin..end` and gives the stretches of it that were not written before.
    pub(crate) fn add(&mut self, begin: usize, end: usize) -> Vec<(usize, usize)> {
        let mut fresh = Vec::new();
        if begin >= end {
            return fresh;
        }
        let mut from = begin;
        let mut merged = (begin, end);
        if let Some((&left, &right)) = self.runs.range(..=begin).next_back()
            && right >= begin
        {
            merged = (left, right.max(end));
            from = right;
        }
        let inside: Vec<(usize, usize)> =
            self.runs.range(begin..=end).map(|(left, right)| (*left, *right)).collect();
        for (left, right) in inside {
            if from < left {
                fresh.push((from, left.min(end)));
            }
            from = from.max(right);
            merged.1 = merged.1.max(right);
            self.runs.remove(&left);
        }
        if from < end {
            fresh.push((from, end));
        }
        self.bytes += fresh.iter().map(|(left, right)| right - left).sum::<usize>();
        self.runs.insert(merged.0, merged.1);
        fresh
    }

    /// Whether all of `begin..end` is written.
    pub(crate) fn covers(&self, begin: usize, end: usize) -> bool {
        self.runs.range(..=begin).next_back().is_some_and(|(_, right)| *right >= end)
    }

    /// How many bytes are written.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_given() {
        let mut written = Written::default();
        assert_eq!(written.add(10, 20), [(10, 20)]);
        assert_eq!(written.add(30, 40), [(30, 40)]);
        assert_eq!(written.add(5, 35), [(5, 10), (20, 30)]);
        assert_eq!(written.add(5, 40), []);
        assert_eq!(written.add(40, 41), [(40, 41)]);
        assert_eq!(written.add(0, 100), [(0, 5), (41, 100)]);
        assert_eq!(written.add(7, 7), []);
        assert_eq!(written.bytes(), 100);
    }

    #[test]
    fn agrees_with_a_plain_array() {
        let mut state = 7_u32;
        let mut written = Written::default();
        let mut plain = [false; 200];
        for _ in 0..300 {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            let begin = (state >> 8) as usize % 190;
            let end = begin + (state >> 20) as usize % 10;
            let mut seen = [false; 200];
            for (left, right) in written.add(begin, end) {
                seen[left..right].fill(true);
            }
            for at in 0..200 {
                let fresh = (begin..end).contains(&at) && !plain[at];
                assert_eq!(seen[at], fresh);
            }
            plain[begin..end].fill(true);
            assert_eq!(written.bytes(), plain.iter().filter(|set| **set).count());
        }
    }
}
