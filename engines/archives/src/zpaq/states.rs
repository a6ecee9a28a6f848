//! Bit histories: which state follows which, made by the rules of the standard (section "ICM").

/// Counts that a state may stand for, by the smaller of them.
const BOUNDS: [usize; 6] = [20, 48, 15, 8, 6, 5];

/// More than any count of a state.
const COUNTS: usize = 50;

/// What follows a state, and the zeros and ones that it stands for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// The state after a zero and after a one.
    pub(super) next: [u8; 2],
    counts: [usize; 2],
}

impl State {
    /// The probability of a one that a history begins with, in 23 bits.
    pub(super) fn probability(&self) -> u32 {
        let [zeros, ones] = self.counts;
        (((ones * 2 + 1) << 22) / (zeros + ones + 1)) as u32
    }
}

/// How many states stand for these counts: two where it matters which bit came last.
fn states_of(zeros: usize, ones: usize) -> usize {
    let (more, fewer) = (zeros.max(ones), zeros.min(ones));
    match BOUNDS.get(fewer) {
        Some(bound) if more <= *bound => 1 + usize::from(fewer > 0 && zeros + ones <= 17),
        _ => 0,
    }
}

/// What is left of a count after the other bit came.
fn discounted(count: usize) -> usize {
    [1, 2, 3, 4, 5, 7, 8].iter().filter(|least| count >= **least).count()
}

/// The counts after a bit. `more` is at least `fewer`; whether the bit is that of `fewer`.
fn following(mut more: usize, mut fewer: usize, bit_is_fewer: bool) -> (usize, usize) {
    if bit_is_fewer {
        fewer += 1;
        more = discounted(more);
    } else {
        more += 1;
        fewer = discounted(fewer);
    }
    while states_of(more, fewer) == 0 {
        if fewer < 2 {
            more = more.saturating_sub(1);
        } else {
            more = (more * (fewer - 1) + fewer / 2) / fewer;
            fewer -= 1;
        }
    }
    (more, fewer)
}

fn after(zeros: usize, ones: usize, bit: bool) -> (usize, usize) {
    if zeros < ones {
        let (ones, zeros) = following(ones, zeros, !bit);
        return (zeros, ones);
    }
    following(zeros, ones, bit)
}

/// All 256 states.
pub(super) fn table() -> Vec<State> {
    let mut numbers = vec![[0_u8; 2]; COUNTS * COUNTS];
    let mut number = 0_usize;
    for total in 0..COUNTS {
        for ones in 0..=total {
            let count = states_of(total - ones, ones);
            if let Some(slot) = numbers.get_mut((total - ones) * COUNTS + ones)
                && count > 0
            {
                *slot = [number as u8, (number + count - 1) as u8];
                number += count;
            }
        }
    }
    let of = |counts: (usize, usize), bit: usize| {
        let slot = numbers.get(counts.0 * COUNTS + counts.1);
        slot.and_then(|slot| slot.get(bit)).copied().unwrap_or_default()
    };
    let mut states = vec![State::default(); 256];
    for zeros in 0..COUNTS {
        for ones in 0..COUNTS {
            for last in 0..states_of(zeros, ones) {
                if let Some(state) = states.get_mut(usize::from(of((zeros, ones), last))) {
                    let next = [of(after(zeros, ones, false), 0), of(after(zeros, ones, true), 1)];
                    *state = State { next, counts: [zeros, ones] };
                }
            }
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_one_another() {
        let states = table();
        // From the standard's printed table.
        for (state, next, counts) in [
            (0, [1, 2], [0, 0]),
            (2, [4, 6], [0, 1]),
            (3, [7, 9], [2, 0]),
            (254, [86, 254], [1, 48]),
        ] {
            assert_eq!((states[state].next, states[state].counts), (next, counts), "{state}");
        }
    }
}
