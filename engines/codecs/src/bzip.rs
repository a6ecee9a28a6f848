//! One bzip2 stream.

use crate::output::Output;
use crate::{Codec, Decoded};
use bzip2::{Decompress, Status};

pub(crate) fn stream(input: &[u8], size_max: usize) -> Decoded {
    let mut decoder = Decompress::new(false);
    let mut out = Output::new(Codec::Bzip2, size_max);
    loop {
        out.make_room();
        let used = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let rest = input.get(used..).unwrap_or_default();
        let before = out.bytes.len();
        let status = decoder.decompress_vec(rest, &mut out.bytes);
        let now = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let error = match (out.check_limit(), status) {
            (Err(error), _) => Some(error),
            (Ok(()), Ok(Status::StreamEnd)) => None,
            (Ok(()), Ok(_)) if now > used || out.bytes.len() > before => continue,
            (Ok(()), Ok(_)) => Some(out.truncated()),
            (Ok(()), Err(error)) => Some(out.damaged(&error.to_string())),
        };
        return out.finish(now.min(input.len()), error);
    }
}
