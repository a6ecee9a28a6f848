//! The predictor: components that each guess the next bit from a context or from one another.
//!
//! Source: as [`super::machine`], section 3.

use super::Fault;
use super::machine::Machine;
use super::states::State;
use super::tables::Tables;
use duecare_unpack::Budget;

/// How many components an archive's header can name.
const COMPONENTS_MAX: usize = 255;

fn clamp_odds(value: i32) -> i32 {
    value.clamp(-2048, 2047)
}

fn clamp_weight(value: i32) -> i32 {
    value.clamp(-(1 << 19), (1 << 19) - 1)
}

/// A component's kind with its parameters, as the standard names them.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Const,
    Cm { limit: u32 },
    Icm { bits: u8 },
    Match,
    Avg { j: usize, k: usize, weight: i32 },
    Mix2 { j: usize, k: usize, rate: i32, mask: u32 },
    Mix { j: usize, inputs: usize, rate: i32, mask: u32 },
    Isse { bits: u8, j: usize },
    Sse { j: usize, limit: u32 },
}

/// A component that is to be made.
struct Plan {
    kind: Kind,
    /// Count and first value.
    words: (usize, u32),
    bytes: usize,
    guess: i32,
}

#[derive(Debug)]
struct Component {
    kind: Kind,
    /// Counters, weights or the index of matches; a power of two times the inputs.
    words: Vec<u32>,
    /// Bit histories, or the text that matches are looked for in.
    bytes: Vec<u8>,
    context: usize,
    row: usize,
    /// Of a match: its length, how far back it is, where in the text, the bit it says.
    length: usize,
    back: usize,
    position: usize,
    bit: usize,
}

/// The model of a block.
pub(super) struct Model {
    tables: Tables,
    components: Vec<Component>,
    /// The guess of each component, as log odds.
    odds: Vec<i32>,
    contexts: Vec<u32>,
    /// The bits of the byte so far with a leading one, and the same in two halves.
    partial: usize,
    halves: usize,
    machine: Machine,
}

/// Parses the list of components; gives its length in bytes too.
pub(super) fn size_of_list(bytes: &[u8], count: u8) -> Option<usize> {
    let mut at = 0;
    for _ in 0..count {
        at += size_of(*bytes.get(at)?)?;
    }
    (*bytes.get(at)? == 0).then_some(at + 1)
}

fn size_of(kind: u8) -> Option<usize> {
    [2, 3, 2, 3, 4, 6, 6, 3, 5].get(usize::from(kind).checked_sub(1)?).copied()
}

impl Model {
    /// `list`: the components, checked by [`size_of_list`]; `memory`: what they may take, less what they took.
    pub(super) fn new(
        list: &[u8],
        machine: Machine,
        memory: &mut usize,
        budget: &Budget,
    ) -> Result<Self, Fault> {
        let tables = Tables::new();
        let mut model = Self {
            tables,
            components: Vec::new(),
            odds: Vec::new(),
            contexts: Vec::new(),
            partial: 1,
            halves: 1,
            machine,
        };
        let mut at = 0;
        while let Some(kind) = list.get(at).copied().filter(|kind| *kind != 0) {
            let size = size_of(kind).ok_or(Fault::Program)?;
            let parameters = list.get(at + 1..at + size).ok_or(Fault::Program)?;
            if model.components.len() >= COMPONENTS_MAX {
                return Err(Fault::Program);
            }
            let before = *memory;
            model.add(kind, parameters, memory)?;
            // Tables are filled anew for each block.
            budget.take_work((before - *memory).saturating_mul(4)).map_err(|_| Fault::Limit)?;
            at += size;
        }
        model.contexts = vec![0; model.components.len()];
        Ok(model)
    }

    /// What a component of the header needs.
    fn plan(&self, kind: u8, parameters: &[u8]) -> Result<Plan, Fault> {
        let at = |index: usize| parameters.get(index).copied().unwrap_or_default();
        let earlier = |index: usize| {
            let input = usize::from(at(index));
            if input < self.components.len() { Ok(input) } else { Err(Fault::Program) }
        };
        let bits = at(0);
        let (mut words, mut bytes, mut guess) = ((0, 0), 0, 0);
        let size = 1_usize.checked_shl(u32::from(bits)).filter(|_| bits <= 32).unwrap_or(0);
        let kind = match kind {
            1 => {
                guess = (i32::from(bits) - 128) * 4;
                Kind::Const
            }
            2 => {
                words = (size, 0x8000_0000);
                Kind::Cm { limit: u32::from(at(1)) * 4 }
            }
            3 => {
                bytes = size.saturating_mul(64);
                words = (256, 0);
                Kind::Icm { bits }
            }
            4 => {
                words = (size, 0);
                bytes = 1_usize.checked_shl(u32::from(at(1))).filter(|_| at(1) <= 32).unwrap_or(0);
                Kind::Match
            }
            5 => {
                let (j, k) = (earlier(0)?, earlier(1)?);
                Kind::Avg { j, k, weight: i32::from(at(2)) }
            }
            6 => {
                words = (size, 32_768);
                let (j, k) = (earlier(1)?, earlier(2)?);
                Kind::Mix2 { j, k, rate: i32::from(at(3)), mask: u32::from(at(4)) }
            }
            7 => {
                let (j, inputs) = (earlier(1)?, usize::from(at(2)));
                if inputs == 0 || j + inputs > self.components.len() {
                    return Err(Fault::Program);
                }
                words = (size.saturating_mul(inputs), 65_536 / u32::from(at(2)));
                Kind::Mix { j, inputs, rate: i32::from(at(3)), mask: u32::from(at(4)) }
            }
            8 => {
                bytes = size.saturating_mul(64);
                words = (512, 0);
                Kind::Isse { bits, j: earlier(1)? }
            }
            _ => {
                words = (size.saturating_mul(32), u32::from(at(2)));
                Kind::Sse { j: earlier(1)?, limit: u32::from(at(3)) * 4 }
            }
        };
        let has_tables = !matches!(kind, Kind::Const | Kind::Avg { .. });
        if has_tables && (size == 0 || (matches!(kind, Kind::Match) && bytes == 0)) {
            return Err(Fault::Program);
        }
        Ok(Plan { kind, words, bytes, guess })
    }

    fn add(&mut self, kind: u8, parameters: &[u8], memory: &mut usize) -> Result<(), Fault> {
        let Plan { kind, words, bytes, guess } = self.plan(kind, parameters)?;
        let wanted = words.0.saturating_mul(4).saturating_add(bytes);
        *memory = memory.checked_sub(wanted).ok_or(Fault::Limit)?;
        let mut component = Component {
            kind,
            words: vec![words.1; words.0],
            bytes: vec![0; bytes],
            context: 0,
            row: 0,
            length: 0,
            back: 0,
            position: 0,
            bit: 0,
        };
        self.prepare(&mut component);
        self.components.push(component);
        self.odds.push(guess);
        Ok(())
    }

    /// Sets the counters that do not all begin alike.
    fn prepare(&self, component: &mut Component) {
        match component.kind {
            Kind::Icm { .. } => {
                component.words = self.tables.states.iter().map(State::probability).collect();
            }
            Kind::Isse { .. } => {
                let pair = |state: &State| {
                    let odds = self.tables.stretch((state.probability() >> 8) as i32);
                    [1 << 15, clamp_weight(odds * 1024) as u32]
                };
                component.words = self.tables.states.iter().flat_map(pair).collect();
            }
            Kind::Match => {
                if let Some(first) = component.bytes.first_mut() {
                    *first = 1;
                }
            }
            Kind::Sse { .. } => {
                for (index, word) in component.words.iter_mut().enumerate() {
                    let odds = (index & 31) as i32 * 64 - 992;
                    *word |= (self.tables.squash(odds) as u32) << 17;
                }
            }
            _ => {}
        }
    }

    fn odds(&self, index: usize) -> i32 {
        self.odds.get(index).copied().unwrap_or_default()
    }

    /// The probability in 15 bits that the next bit is a one.
    pub(super) fn predict(&mut self) -> u32 {
        let mut last = 0;
        for index in 0..self.components.len() {
            let context = self.contexts.get(index).copied().unwrap_or_default();
            let guess = self.guess(index, context);
            if let (Some(guess), Some(slot)) = (guess, self.odds.get_mut(index)) {
                *slot = guess;
            }
            last = self.odds(index);
        }
        self.tables.squash(last) as u32
    }

    fn guess(&mut self, index: usize, context: u32) -> Option<i32> {
        let (partial, halves) = (self.partial, self.halves);
        let tables = &self.tables;
        let odds = |index: usize| self.odds.get(index).copied().unwrap_or_default();
        let part = self.components.get_mut(index)?;
        Some(match part.kind {
            Kind::Const => return None,
            Kind::Cm { .. } => {
                part.context = (context as usize ^ halves) & (part.words.len() - 1);
                tables.stretch((part.words.get(part.context)? >> 17) as i32)
            }
            Kind::Icm { bits } => {
                part.history(bits, context, partial, halves);
                tables.stretch((part.words.get(part.context)? >> 8) as i32)
            }
            Kind::Match => {
                if part.length == 0 {
                    return Some(0);
                }
                let at = part.position.wrapping_sub(part.back) & (part.bytes.len() - 1);
                part.bit = usize::from(part.bytes.get(at)? >> (7 - part.context) & 1);
                let sure = (2048 / part.length) as i32;
                tables.stretch((if part.bit == 1 { -sure } else { sure }) & 32_767)
            }
            Kind::Avg { j, k, weight } => (odds(j) * weight + odds(k) * (256 - weight)) >> 8,
            Kind::Mix2 { j, k, mask, .. } => {
                let context = context.wrapping_add(partial as u32 & mask) as usize;
                part.context = context & (part.words.len() - 1);
                let weight = *part.words.get(part.context)? as i32;
                (weight * odds(j) + (65_536 - weight) * odds(k)) >> 16
            }
            Kind::Mix { j, inputs, mask, .. } => {
                let context = context.wrapping_add(partial as u32 & mask) as usize;
                part.context = (context & (part.words.len() / inputs - 1)) * inputs;
                let weights = part.words.get(part.context..part.context + inputs)?;
                let sum = weights.iter().enumerate().fold(0_i32, |sum, (input, weight)| {
                    sum.wrapping_add((*weight as i32 >> 8).wrapping_mul(odds(j + input)))
                });
                clamp_odds(sum >> 8)
            }
            Kind::Isse { bits, j } => {
                part.history(bits, context, partial, halves);
                let weights = part.words.get(part.context * 2..part.context * 2 + 2)?;
                let [slope, offset] = weights else { return None };
                let sum = (*slope as i32).wrapping_mul(odds(j));
                clamp_odds(sum.wrapping_add((*offset as i32).wrapping_mul(64)) >> 16)
            }
            Kind::Sse { j, .. } => {
                let place = (odds(j) + 992).clamp(0, 1983) as u32;
                let (weight, step) = (place & 63, (place >> 6) as usize);
                let row = (context as usize).wrapping_add(partial).wrapping_mul(32);
                let at = row.wrapping_add(step) & (part.words.len() - 1);
                let next = (at + 1) & (part.words.len() - 1);
                let low = (part.words.get(at)? >> 10) * (64 - weight);
                let high = (part.words.get(next)? >> 10) * weight;
                part.context = if weight >= 32 { next } else { at };
                tables.stretch(((low + high) >> 13) as i32)
            }
        })
    }

    /// Learns the bit that came.
    pub(super) fn update(&mut self, bit: usize, budget: &Budget) -> Result<(), Fault> {
        for index in 0..self.components.len() {
            let context = self.contexts.get(index).copied().unwrap_or_default();
            self.learn(index, bit, context);
        }
        self.partial = self.partial * 2 + bit;
        match self.partial {
            256.. => {
                self.machine.run((self.partial - 256) as u32, budget, 0)?;
                self.halves = 1;
                self.partial = 1;
                for (index, context) in self.contexts.iter_mut().enumerate() {
                    *context = self.machine.word(index);
                }
            }
            16..32 => self.halves = (self.halves & 15) << 5 | bit << 4 | 1,
            _ => self.halves = self.halves & 0x1f0 | (((self.halves & 15) * 2 + bit) & 15),
        }
        Ok(())
    }

    fn learn(&mut self, index: usize, bit: usize, context: u32) -> Option<()> {
        let halves = self.halves;
        let (tables, all) = (&self.tables, &self.odds);
        let odds = |index: usize| all.get(index).copied().unwrap_or_default();
        let one = if bit == 1 { 32_767 } else { 0 };
        let error = one - tables.squash(odds(index));
        let next = |state: u8| {
            let state = tables.states.get(usize::from(state))?;
            state.next.get(bit).copied()
        };
        let part = self.components.get_mut(index)?;
        match part.kind {
            Kind::Const | Kind::Avg { .. } => {}
            Kind::Cm { limit } | Kind::Sse { limit, .. } => {
                let counter = part.words.get_mut(part.context)?;
                let count = *counter & 0x3ff;
                let error = one - (*counter >> 17) as i32;
                let rate = (1 << 17) / (count as i32 * 2 + 3) * 2;
                let step = error.wrapping_mul(rate) & -1024;
                *counter = counter.wrapping_add_signed(step).wrapping_add(u32::from(count < limit));
            }
            Kind::Icm { .. } => {
                let slot = part.bytes.get_mut(part.row + (halves & 15))?;
                *slot = next(*slot)?;
                let counter = part.words.get_mut(part.context)?;
                *counter = counter.wrapping_add_signed((one - (*counter >> 8) as i32) >> 2);
            }
            Kind::Match => part.learn_match(bit, context as usize),
            Kind::Mix2 { j, k, rate, .. } => {
                let weight = part.words.get_mut(part.context)?;
                let error = (error * rate) >> 5;
                let moved = (error * (odds(j) - odds(k)) + (1 << 12)) >> 13;
                *weight = (*weight as i32 + moved).clamp(0, 65_535) as u32;
            }
            Kind::Mix { j, inputs, rate, .. } => {
                let error = (error * rate) >> 4;
                let weights = part.words.get_mut(part.context..part.context + inputs)?;
                for (input, weight) in weights.iter_mut().enumerate() {
                    let moved = error.wrapping_mul(odds(j + input)).wrapping_add(1 << 12) >> 13;
                    *weight = clamp_weight((*weight as i32).wrapping_add(moved)) as u32;
                }
            }
            Kind::Isse { j, .. } => {
                let weights = part.words.get_mut(part.context * 2..part.context * 2 + 2)?;
                let [slope, offset] = weights else { return None };
                let moved = (error * odds(j) + (1 << 12)) >> 13;
                *slope = clamp_weight(*slope as i32 + moved) as u32;
                *offset = clamp_weight(*offset as i32 + ((error + 16) >> 5)) as u32;
                let history = next(part.context as u8)?;
                *part.bytes.get_mut(part.row + (halves & 15))? = history;
            }
        }
        Some(())
    }
}

impl Component {
    /// Finds the bit history of a context; a new row of 16 is made at each half of a byte.
    fn history(&mut self, bits: u8, context: u32, partial: usize, halves: usize) {
        if partial == 1 || partial & 0xf0 == 16 {
            let context = context.wrapping_add(16 * partial as u32);
            self.row = self.find(u32::from(bits) + 2, context);
        }
        let state = self.bytes.get(self.row + (halves & 15)).copied();
        self.context = usize::from(state.unwrap_or_default());
    }

    fn find(&mut self, bits: u32, context: u32) -> usize {
        let check = context.checked_shr(bits).unwrap_or(0) as u8;
        let first = (context as usize).wrapping_mul(16) & (self.bytes.len() - 16);
        let rows = [first, first ^ 16, first ^ 32];
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or_default();
        if let Some(row) = rows.into_iter().find(|row| byte(*row) == check) {
            return row;
        }
        // The row that is used least gives way; of equals the first, then the last.
        let [a, b, c] = rows.map(|row| byte(row + 1));
        let [first, second, third] = rows;
        let row = match () {
            () if a <= b && a <= c => first,
            () if b < c => second,
            () => third,
        };
        if let Some(bytes) = self.bytes.get_mut(row..row + 16) {
            bytes.fill(0);
            if let Some(slot) = bytes.first_mut() {
                *slot = check;
            }
        }
        row
    }

    fn learn_match(&mut self, bit: usize, context: usize) {
        let mask = self.bytes.len() - 1;
        if self.bit != bit {
            self.length = 0;
        }
        if let Some(byte) = self.bytes.get_mut(self.position) {
            *byte = byte.wrapping_mul(2).wrapping_add(bit as u8);
        }
        self.context += 1;
        if self.context < 8 {
            return;
        }
        self.context = 0;
        self.position = (self.position + 1) & mask;
        let at = context & (self.words.len() - 1);
        if self.length == 0 {
            let last = self.words.get(at).copied().unwrap_or_default() as usize;
            self.back = self.position.wrapping_sub(last);
            let byte = |back: usize| self.bytes.get(self.position.wrapping_sub(back) & mask);
            if self.back & mask != 0 {
                while self.length < 255
                    && byte(self.length + 1) == byte(self.length.wrapping_add(self.back) + 1)
                {
                    self.length += 1;
                }
            }
        } else if self.length < 255 {
            self.length += 1;
        }
        if let Some(slot) = self.words.get_mut(at) {
            *slot = self.position as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_of_the_standard() {
        let tables = Tables::new();
        let sum = |values: &[i32]| {
            let step = |sum: u32, value: &i32| sum.wrapping_mul(3).wrapping_add(*value as u32);
            values.iter().rev().fold(0, step)
        };
        assert_eq!(sum(&tables.stretch), 3_887_533_746);
        assert_eq!(sum(&tables.squash), 2_278_286_169);
    }
}
