//! Comparisons that the compiler wrote into the code as numbers.

use super::Compare;
use crate::flow::{Call, INLINE, Image, Value, distance};
use crate::trace::Traced;
use crate::words;
use std::borrow::Cow;

/// Puts a text together that the compiler compares four bytes at a time.
pub(super) fn inlined<'a>(
    image: &Image<'_>,
    traced: &Traced<'_, 'a>,
    calls: &[Call<'a>],
    index: usize,
) -> Option<Compare<'a>> {
    const PIECES_MAX: usize = 8;
    let call = calls.get(index)?;
    let [buffer, Value::Const(first), ..] = call.args else { return None };
    let big = image.file.endian() == duecare_base::Endian::Big;
    let bytes = |number: u64| {
        let number = number as u32;
        // Short ones stand in the low half.
        if big && number <= 0xff {
            vec![number as u8]
        } else if big && number <= 0xffff {
            (number as u16).to_be_bytes().to_vec()
        } else if big {
            number.to_be_bytes().to_vec()
        } else {
            number.to_le_bytes().to_vec()
        }
    };
    // Only the first piece begins a text.
    let continues = calls.iter().take(index).rev().take(PIECES_MAX).any(|before| {
        before.name == Some(INLINE)
            && before.args.first().and_then(|at| distance(*at, buffer)) == Some(4)
    });
    if continues {
        return None;
    }
    let mut text = bytes(first);
    let mut apart = false;
    for next in calls.iter().skip(index + 1).take(PIECES_MAX) {
        apart |= next.name != Some(INLINE);
        let [at, Value::Const(number), ..] = next.args else { continue };
        if next.name == Some(INLINE)
            && distance(buffer, at) == Some(text.len() as u64)
            && text.last() != Some(&0)
        {
            let mut longer = text.clone();
            longer.extend(bytes(number));
            // A piece behind other code may belong to another text with the same buffer.
            if !apart || words::is_default(&until_nul(&longer)) {
                text = longer;
            }
        }
    }
    let literal = Cow::Owned(until_nul(&text));
    let taint = traced.arguments.get(&(index, 0)).cloned();
    Some(Compare {
        index,
        at: call.at,
        callee: INLINE,
        literal,
        literal_at: None,
        other: buffer,
        taint,
    })
}

fn until_nul(bytes: &[u8]) -> String {
    let text = bytes.split(|b| *b == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}
