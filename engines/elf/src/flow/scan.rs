//! Finding calls without reading functions: a quick look at every instruction word, and the
//! function starts that the file tells about itself.

use super::image::Image;
use super::value::{Value, sign};
use super::{Isa, mips};
use crate::gaps;
use crate::header::Arch;
use duecare_base::{Bin, Endian};

/// Most calls kept per file; the biggest programs on small devices have some hundred thousand.
const SITES_MAX: usize = 1_000_000;
/// Most entries read from a table of functions.
const TABLE_MAX: usize = 200_000;
/// `p_type` of ARM's unwinding index.
const PT_ARM_EXIDX: u32 = 0x7000_0001;
/// `p_type` of the exception frame header.
const PT_GNU_EH_FRAME: u32 = 0x6474_e550;

/// A call, or a jump that may leave the function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) at: u64,
    pub(crate) target: Value,
    pub(crate) isa: Isa,
}

/// What the scan found.
#[derive(Debug)]
pub(crate) struct Sites {
    /// In address order.
    pub(crate) calls: Vec<Site>,
    /// Where functions begin, sorted; on ARM with the Thumb bit taken off.
    pub(crate) starts: Vec<u64>,
}

/// Every direct call in the file's code.
pub(crate) fn sites(image: &Image<'_>, isa: Isa) -> Sites {
    let mut calls = Vec::new();
    for region in image.file.regions().iter().filter(|r| r.exec) {
        match isa {
            Isa::Mips32 | Isa::Mips64 => {
                mips_calls(image, isa, region.vaddr, region.bytes, &mut calls)
            }
            Isa::Arm | Isa::Thumb => arm_calls(image, region.vaddr, region.bytes, &mut calls),
            Isa::Aarch64 => aarch64_calls(region.vaddr, region.bytes, &mut calls),
            Isa::X86 => x86_calls(image, false, region.vaddr, region.bytes, &mut calls),
            Isa::X86_64 => x86_calls(image, true, region.vaddr, region.bytes, &mut calls),
        }
    }
    if calls.len() >= SITES_MAX {
        image.file.miss(gaps::CALLS);
    }
    calls.retain(|site| match site.target {
        Value::Const(at) => image.code(at & !image.thumb_bit()).is_some(),
        _ => true,
    });
    calls.sort_by_key(|site| site.at);
    let starts = starts(image, isa, &mut calls);
    Sites { calls, starts }
}

fn words(image: &Image<'_>, vaddr: u64, bytes: &[u8]) -> impl Iterator<Item = (u64, u32)> {
    let little = image.code_endian() == Endian::Little;
    bytes.chunks_exact(4).enumerate().map(move |(index, raw)| {
        let raw = <[u8; 4]>::try_from(raw).unwrap_or_default();
        let word = if little { u32::from_le_bytes(raw) } else { u32::from_be_bytes(raw) };
        (vaddr.wrapping_add(index as u64 * 4), word)
    })
}

fn mips_calls(image: &Image<'_>, isa: Isa, vaddr: u64, bytes: &[u8], out: &mut Vec<Site>) {
    let gp = image.global_pointer;
    // Per register, where it was loaded from the table, and what.
    let mut loaded = [(0_u64, 0_u64); 32];
    for (at, word) in words(image, vaddr, bytes) {
        if out.len() >= SITES_MAX {
            return;
        }
        let (op, rs, rt) = (word >> 26, word >> 21 & 31, word >> 16 & 31);
        let call = |target| Site { at, target, isa };
        match op {
            // `bal`, which linkers make of a call through a register.
            1 if word >> 16 == 0x0411 && word as u16 != 1 => {
                let to = at.wrapping_add(4).wrapping_add_signed(sign(word, 16) * 4);
                out.push(call(Value::Const(to & isa.mask())));
            }
            2 | 3 => {
                let to = (at & !0x0fff_ffff) | u64::from((word & 0x03ff_ffff) << 2);
                out.push(call(Value::Const(to)));
            }
            // Function pointers are loaded from the table that $gp points to, into $t9 or, without
            // optimisation, by way of another register. Clang copies $gp to others.
            0x23 | 0x37 if rs == mips::GP || (rt == mips::T9 && rs != mips::SP) => {
                let Some(slot) = gp.map(|gp| gp.wrapping_add_signed(sign(word, 16))) else {
                    continue;
                };
                match image.load(slot & isa.mask()) {
                    Value::Import(index) => out.push(call(Value::Import(index))),
                    Value::Const(page) if rs == mips::GP => {
                        if let Some(register) = loaded.get_mut(rt as usize) {
                            *register = (at, page);
                        }
                        if rt == mips::T9 {
                            out.push(call(Value::Const(page)));
                        }
                    }
                    _ => {}
                }
            }
            // ... and local ones completed by the low half of their address.
            9 | 0x19 if rs == rt => {
                if let Some(register) = loaded.get_mut(rt as usize)
                    && register.0 != 0
                    && at.wrapping_sub(register.0) <= 24
                {
                    let to = register.1.wrapping_add_signed(sign(word, 16)) & isa.mask();
                    out.push(call(Value::Const(to)));
                    *register = (0, 0);
                }
            }
            _ => {}
        }
    }
}

fn aarch64_calls(vaddr: u64, bytes: &[u8], out: &mut Vec<Site>) {
    for (index, raw) in bytes.chunks_exact(4).enumerate() {
        let word = u32::from_le_bytes(<[u8; 4]>::try_from(raw).unwrap_or_default());
        if word & 0x7c00_0000 == 0x1400_0000 && out.len() < SITES_MAX {
            let at = vaddr.wrapping_add(index as u64 * 4);
            let to = at.wrapping_add_signed(sign(word, 26) * 4);
            out.push(Site { at, target: Value::Const(to), isa: Isa::Aarch64 });
        }
    }
}

/// ARM and Thumb code can't be told apart by looks; both readings are collected, and the one that
/// makes sense nowhere is dropped later.
fn arm_calls(image: &Image<'_>, vaddr: u64, bytes: &[u8], out: &mut Vec<Site>) {
    for (at, word) in words(image, vaddr, bytes) {
        if word & 0x0e00_0000 == 0x0a00_0000 && out.len() < SITES_MAX {
            let exchange = word >> 28 == 15;
            if word >> 24 & 0xf == 0xa && !exchange && word >> 28 != 14 {
                continue;
            }
            let half = if exchange { u64::from(word >> 23 & 2) | 1 } else { 0 };
            let to = at.wrapping_add(8 + half).wrapping_add_signed(sign(word, 24) * 4);
            let target = Value::Const(to & 0xffff_ffff);
            out.push(Site { at, target, isa: Isa::Arm });
        }
    }
    let little = image.code_endian() == Endian::Little;
    let half = |raw: Option<&[u8]>| {
        let raw = raw.and_then(|raw| <[u8; 2]>::try_from(raw).ok()).unwrap_or_default();
        u32::from(if little { u16::from_le_bytes(raw) } else { u16::from_be_bytes(raw) })
    };
    let mut at = 0_usize;
    while at + 4 <= bytes.len() && out.len() < SITES_MAX {
        let first = half(bytes.get(at..at + 2));
        if first >> 11 == 0b11110 {
            let second = half(bytes.get(at + 2..at + 4));
            if second & 0xc000 == 0xc000 || second & 0xd000 == 0x9000 {
                thumb_call(vaddr.wrapping_add(at as u64), first, second, out);
            }
        }
        at += if first >> 11 >= 0b11101 { 4 } else { 2 };
    }
}

fn thumb_call(at: u64, a: u32, b: u32, out: &mut Vec<Site>) {
    let s = a >> 10 & 1;
    let (i1, i2) = (1 ^ (b >> 13 & 1) ^ s, 1 ^ (b >> 11 & 1) ^ s);
    let field = s << 24 | i1 << 23 | i2 << 22 | (a & 0x3ff) << 12 | (b & 0x7ff) << 1;
    let pc = at.wrapping_add(4);
    let to = if b & 0xd000 == 0xc000 {
        (pc & !3).wrapping_add_signed(sign(field, 25)) & !3
    } else {
        pc.wrapping_add_signed(sign(field, 25)) | 1
    };
    out.push(Site { at, target: Value::Const(to & 0xffff_ffff), isa: Isa::Thumb });
}

fn x86_calls(image: &Image<'_>, wide: bool, vaddr: u64, bytes: &[u8], out: &mut Vec<Site>) {
    let isa = if wide { Isa::X86_64 } else { Isa::X86 };
    for (index, pair) in bytes.windows(6).enumerate() {
        let [op, a, b, c, d, e] = *pair else { continue };
        let at = vaddr.wrapping_add(index as u64);
        let target = match (op, a) {
            (0xe8 | 0xe9, _) => {
                let by = i64::from(i32::from_le_bytes([a, b, c, d]));
                Value::Const(at.wrapping_add(5).wrapping_add_signed(by) & isa.mask())
            }
            (0xff, 0x15 | 0x25) => {
                let by = i64::from(i32::from_le_bytes([b, c, d, e]));
                let slot =
                    if wide { at.wrapping_add(6).wrapping_add_signed(by) } else { by as u64 };
                image.load(slot & isa.mask())
            }
            // Position-independent 32-bit code calls through %ebx.
            (0xff, 0x93 | 0xa3) if !wide => {
                let by = i64::from(i32::from_le_bytes([b, c, d, e]));
                let slot = image.global_pointer.map(|got| got.wrapping_add_signed(by));
                slot.map_or(Value::Unknown, |slot| image.load(slot & isa.mask()))
            }
            _ => continue,
        };
        if matches!(target, Value::Const(_) | Value::Import(_)) && out.len() < SITES_MAX {
            out.push(Site { at, target, isa });
        }
    }
}

fn starts(image: &Image<'_>, isa: Isa, calls: &mut Vec<Site>) -> Vec<u64> {
    let thumb = image.thumb_bit();
    let mut starts: Vec<u64> = image.file.functions().map(|s| s.address & !thumb).collect();
    starts.push(image.file.entry() & !thumb);
    let table = table(image).unwrap_or_default();
    if table.len() >= TABLE_MAX {
        image.file.miss(gaps::CALLS);
    }
    // x86 calls are guessed from single bytes; where there is a table, it knows better. ARM's is
    // often nearly empty, because C code needs no unwinding.
    let told = matches!(isa, Isa::X86 | Isa::X86_64) && table.len() > 2;
    starts.extend(table);
    if isa == Isa::Arm {
        drop_wrong_reading(image, calls);
    }
    // Where the file has no table of its functions, what is called by a true call is one.
    let jumps = |site: &Site| match site.isa {
        Isa::Aarch64 => image.word32(site.at).is_some_and(|w| w >> 31 == 0),
        Isa::X86 | Isa::X86_64 => image.code(site.at).is_none_or(|c| c.first() != Some(&0xe8)),
        Isa::Arm => image.code32(site.at).is_some_and(|w| w >> 24 & 0xf == 0xa),
        Isa::Thumb => image.code16(site.at.wrapping_add(2)).is_some_and(|w| w & 0x4000 == 0),
        Isa::Mips32 | Isa::Mips64 => image.word32(site.at).is_some_and(|w| w >> 26 == 2),
    };
    if !told {
        starts.extend(
            calls
                .iter()
                .filter(|s| !jumps(s))
                .filter_map(|s| s.target.number())
                .map(|at| at & !thumb),
        );
    }
    starts.retain(|at| *at != 0);
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Most files hold only one of ARM and Thumb code. The reading that reaches hardly any linker's
/// stub is chance.
fn drop_wrong_reading(image: &Image<'_>, calls: &mut Vec<Site>) {
    let mut hits = (0_usize, 0_usize);
    for site in calls.iter() {
        if let Value::Const(at) = site.target
            && image.stub(site.isa, at).is_some()
        {
            if site.isa == Isa::Arm {
                hits.0 += 1;
            } else {
                hits.1 += 1;
            }
        }
    }
    let (arm, thumb) = hits;
    calls.retain(|site| match site.isa {
        Isa::Arm => arm * 50 > thumb,
        _ => thumb * 50 > arm,
    });
}

/// Function starts by the unwinding tables.
fn table(image: &Image<'_>) -> Option<Vec<u64>> {
    let wanted = if image.file.arch() == Arch::Arm { PT_ARM_EXIDX } else { PT_GNU_EH_FRAME };
    let segment = image.file.segments().iter().find(|s| s.kind == wanted)?;
    let raw = Bin::new(image.file.data_at(segment.vaddr)?, image.file.endian());
    if wanted == PT_ARM_EXIDX {
        let count = usize::try_from(segment.filesz / 8).ok()?.min(TABLE_MAX);
        let entry = |index: usize| {
            let word = raw.u32(index * 8).ok()?;
            let at = segment.vaddr.wrapping_add(index as u64 * 8);
            Some(at.wrapping_add_signed(sign(word, 31)) & 0xffff_fffe)
        };
        return Some((0..count).map_while(entry).collect());
    }
    // Version 1, count as udata4, table as sdata4 relative to the header (LSB 5.0, 10.6.2).
    if raw.u8(0).ok()? != 1 || raw.u8(2).ok()? != 3 || raw.u8(3).ok()? != 0x3b {
        return None;
    }
    let count = raw.size32(8).ok()?.min(TABLE_MAX);
    let entry = |index: usize| {
        let by = i64::from(raw.u32(12 + index * 8).ok()? as i32);
        Some(segment.vaddr.wrapping_add_signed(by))
    };
    Some((0..count).map_while(entry).collect())
}
