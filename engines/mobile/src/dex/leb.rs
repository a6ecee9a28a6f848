//! Numbers of variable length, as DEX has them.

use duecare_base::{Bin, Short};

/// A `uleb128`, and the offset after it.
pub(super) fn uleb(bin: Bin<'_>, mut at: usize) -> Result<(u32, usize), Short> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = bin.u8(at)?;
        at += 1;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok((value, at))
}
