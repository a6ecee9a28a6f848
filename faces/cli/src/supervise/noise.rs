//! What the language's runtime prints when memory can't be had. It is no message of this program,
//! and speaks of variables that help nobody.

/// How such lines begin.
const BEGINNINGS: [&[u8]; 2] = [b"memory allocation of ", b"note: run with `RUST_BACKTRACE"];

/// Takes such lines out of a stream that comes in pieces. They may follow a line of progress,
/// which has no end of line.
#[derive(Debug, Default)]
pub(super) struct Filter {
    held: Vec<u8>,
    in_noise: bool,
}

impl Filter {
    /// What may be passed on now that this piece is here; all but the beginning of such a line.
    pub(super) fn pass(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in piece {
            if self.in_noise {
                self.in_noise = *byte != b'\n';
                continue;
            }
            self.held.push(*byte);
            while !BEGINNINGS.iter().any(|beginning| beginning.starts_with(&self.held)) {
                out.push(self.held.remove(0));
            }
            if BEGINNINGS.contains(&self.held.as_slice()) {
                self.held.clear();
                self.in_noise = true;
            }
        }
        out
    }

    /// What was held back when the stream is at its end.
    pub(super) fn rest(self) -> Vec<u8> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_goes_and_all_else_stays_however_it_is_cut() {
        let said =
            b"\r[3] membermemory allocation of 16 bytes failed\nnote: run with `RUST_BACKTRACE=1` \
            environment variable\nnote: mine\nmemory";
        for size in 1..said.len() {
            let mut filter = Filter::default();
            let mut out: Vec<u8> = said.chunks(size).flat_map(|piece| filter.pass(piece)).collect();
            out.extend(filter.rest());
            assert_eq!(out, b"\r[3] membernote: mine\nmemory", "pieces of {size}");
        }
    }
}
