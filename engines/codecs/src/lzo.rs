//! LZO1X without a frame, and lzop files around it.
//!
//! The stream is read as the Linux kernel's `Documentation/staging/lzo.rst` describes it, version 1
//! (LZO-RLE) included.

use crate::deflate::{adler32, crc32};
use crate::output::Output;
use crate::{Codec, CodecError, Decoded};
use duecare_base::{Bin, Short};

/// Distance that a far match adds, and that alone means the end.
const FAR_DISTANCE: usize = 0x4000;

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn byte(&mut self, out: &Output) -> Result<usize, CodecError> {
        let byte = self.bytes.get(self.at).ok_or_else(|| out.truncated())?;
        self.at += 1;
        Ok(usize::from(*byte))
    }

    fn pair(&mut self, out: &Output) -> Result<usize, CodecError> {
        Ok(self.byte(out)? | self.byte(out)? << 8)
    }

    /// A length that goes on in further bytes when its first bits are zero.
    fn length(&mut self, first: usize, base: usize, out: &Output) -> Result<usize, CodecError> {
        if first != 0 {
            return Ok(first);
        }
        let mut length = base;
        loop {
            match self.byte(out)? {
                0 => length = length.saturating_add(255),
                last => return Ok(length.saturating_add(last)),
            }
        }
    }

    fn literals(&mut self, count: usize, out: &mut Output) -> Result<(), CodecError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).unwrap_or(rest);
        self.at += taken.len();
        out.extend(taken)?;
        if taken.len() < count { Err(out.truncated()) } else { Ok(()) }
    }
}

/// LZO1X; `used` counts the end marker.
pub(crate) fn lzo1x(codec: Codec, bytes: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(codec, size_max);
    let mut input = Input { bytes, at: 0 };
    let error = decode(&mut input, &mut out).err();
    out.finish(input.at, error)
}

/// What an instruction asks for.
enum Step {
    /// A match, then so many literals.
    Match {
        distance: usize,
        length: usize,
        literals: usize,
    },
    /// Nothing but literals, four at least.
    Literals(usize),
    /// A run of zeros, then so many literals (version 1).
    Zeros {
        length: usize,
        literals: usize,
    },
    End,
}

fn decode(input: &mut Input<'_>, out: &mut Output) -> Result<(), CodecError> {
    let mut version = 0;
    // Literals that the last instruction copied: 0 to 3, or 4 for four and more.
    let mut state = 0;
    let first = usize::from(input.bytes.first().copied().unwrap_or(0));
    if first == 17 && input.bytes.len() >= 5 {
        version = usize::from(input.bytes.get(1).copied().unwrap_or(0));
        input.at = 2;
    } else if first > 17 {
        input.at = 1;
        input.literals(first - 17, out)?;
        state = (first - 17).min(4);
    }
    loop {
        match instruction(input, out, state, version)? {
            Step::Match { distance, length, literals } => {
                out.repeat(distance, length)?;
                input.literals(literals, out)?;
                state = literals;
            }
            Step::Literals(count) => {
                input.literals(count, out)?;
                state = 4;
            }
            Step::Zeros { length, literals } => {
                let fitting = length.min(out.left());
                out.bytes.resize(out.bytes.len() + fitting, 0);
                if fitting < length {
                    return Err(out.too_large());
                }
                input.literals(literals, out)?;
                state = literals;
            }
            Step::End => return Ok(()),
        }
    }
}

fn instruction(
    input: &mut Input<'_>,
    out: &Output,
    state: usize,
    version: usize,
) -> Result<Step, CodecError> {
    let code = input.byte(out)?;
    match code {
        0..=15 if state == 0 => Ok(Step::Literals(input.length(code, 15, out)? + 3)),
        0..=15 => {
            let far = input.byte(out)? << 2;
            let (length, base) = if state == 4 { (3, 2049) } else { (2, 1) };
            Ok(Step::Match { distance: (code >> 2) + far + base, length, literals: code & 3 })
        }
        16..=31 => far_match(input, out, code, version),
        32..=63 => {
            let length = input.length(code & 31, 31, out)?.saturating_add(2);
            let tail = input.pair(out)?;
            Ok(Step::Match { distance: (tail >> 2) + 1, length, literals: tail & 3 })
        }
        _ => {
            let distance = (input.byte(out)? << 3) + (code >> 2 & 7) + 1;
            Ok(Step::Match { distance, length: (code >> 5) + 1, literals: code & 3 })
        }
    }
}

fn far_match(
    input: &mut Input<'_>,
    out: &Output,
    code: usize,
    version: usize,
) -> Result<Step, CodecError> {
    let ahead = Bin::le(input.bytes).u16(input.at).unwrap_or(0);
    if version > 0 && code & 0xf8 == 0x18 && ahead & 0xfffc == 0xfffc {
        let literals = input.pair(out)? & 3;
        let length = (input.byte(out)? << 3 | code & 7) + 4;
        return Ok(Step::Zeros { length, literals });
    }
    let length = input.length(code & 7, 7, out)?.saturating_add(2);
    let tail = input.pair(out)?;
    let distance = ((code & 8) << 11) + (tail >> 2);
    if distance == 0 {
        return match length {
            3 => Ok(Step::End),
            _ => Err(out.damaged("the end marker has a wrong length")),
        };
    }
    Ok(Step::Match { distance: distance + FAR_DISTANCE, length, literals: tail & 3 })
}

/// First bytes of an lzop file.
pub(crate) const LZOP_MAGIC: &[u8] = b"\x89LZO\0\r\n\x1a\n";

/// The header of an lzop file (as written by lzop 1.04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LzopHeader {
    /// Size in bytes.
    pub(crate) size: usize,
    flags: u32,
    /// Modification time in seconds since 1970.
    pub(crate) mtime: i64,
    /// Original file name; may be empty.
    pub(crate) name: String,
    /// Whether its checksum is right.
    pub(crate) sound: bool,
}

impl LzopHeader {
    pub(crate) fn read(input: &[u8]) -> Option<Self> {
        Self::parse(Bin::be(input)).ok().flatten()
    }

    fn parse(bin: Bin<'_>) -> Result<Option<Self>, Short> {
        let mut at = LZOP_MAGIC.len();
        if !bin.has(0, LZOP_MAGIC) {
            return Ok(None);
        }
        let version = bin.u16(at)?;
        let new = version >= 0x0940;
        at += if new { 6 } else { 4 };
        let method = bin.u8(at)?;
        at += if new { 2 } else { 1 };
        let flags = bin.u32(at)?;
        at += if flags & 0x800 != 0 { 8 } else { 4 };
        // The mode.
        at += 4;
        let low = i64::from(bin.u32(at)?);
        let high = if new { i64::from(bin.u32(at + 4)? & 0xff_ffff) } else { 0 };
        at += if new { 8 } else { 4 };
        let name_size = usize::from(bin.u8(at)?);
        let name = bin.text(at + 1, name_size)?;
        at += 1 + name_size;
        let covered = bin.slice(LZOP_MAGIC.len(), at - LZOP_MAGIC.len())?;
        let sum = if flags & 0x1000 != 0 { crc32(covered) } else { adler32(covered) };
        let sound = bin.u32(at)? == sum;
        at += 4;
        if flags & 0x40 != 0 {
            at = at.saturating_add(bin.size32(at)?).saturating_add(8);
        }
        let known = (1..=3).contains(&method) && version >= 0x0900;
        Ok(known.then_some(Self { size: at, flags, mtime: high << 32 | low, name, sound }))
    }
}

/// One lzop file (as written by lzop 1.04).
pub(crate) fn lzop(input: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(Codec::Lzop, size_max);
    let Some(header) = LzopHeader::read(input) else {
        let cut = LZOP_MAGIC.starts_with(input.get(..LZOP_MAGIC.len()).unwrap_or(input));
        let error = if cut { out.truncated() } else { out.damaged("not a header of lzop") };
        return out.finish(0, Some(error));
    };
    let mut at = header.size;
    let error = lzop_blocks(input, header.flags, &mut at, &mut out).err();
    out.finish(at.min(input.len()), error)
}

fn lzop_blocks(
    input: &[u8],
    flags: u32,
    at: &mut usize,
    out: &mut Output,
) -> Result<(), CodecError> {
    /// Largest block that lzop reads.
    const BLOCK_BYTES_MAX: usize = 64 * 1024 * 1024;
    let bin = Bin::be(input);
    loop {
        let size = bin.size32(*at).map_err(|_| out.truncated())?;
        *at += 4;
        if size == 0 {
            return Ok(());
        }
        let packed = bin.size32(*at).map_err(|_| out.truncated())?;
        *at += 4;
        if size > BLOCK_BYTES_MAX || packed > size {
            return Err(out.damaged("a block has an impossible size"));
        }
        let adler = bin.u32(*at).ok().filter(|_| flags & 1 != 0);
        *at += if flags & 1 != 0 { 4 } else { 0 };
        let crc = bin.u32(*at).ok().filter(|_| flags & 0x100 != 0);
        *at += if flags & 0x100 != 0 { 4 } else { 0 };
        if packed < size {
            *at += if flags & 2 != 0 { 4 } else { 0 };
            *at += if flags & 0x200 != 0 { 4 } else { 0 };
        }
        let begin = out.bytes.len();
        let body = bin.tail(*at);
        let body = body.get(..packed).unwrap_or(body);
        *at += body.len();
        let cut = body.len() < packed;
        if packed == size {
            out.extend(body)?;
        } else {
            let block = lzo1x(Codec::Lzop, body, size.min(out.left()));
            out.extend(&block.bytes)?;
            match block.error {
                Some(CodecError::TooLarge { .. }) if out.left() == 0 => return Err(out.too_large()),
                Some(error) if !cut => return Err(error),
                _ => {}
            }
        }
        if cut {
            return Err(out.truncated());
        }
        let block = out.bytes.get(begin..).unwrap_or_default();
        if block.len() != size
            || adler.is_some_and(|sum| sum != adler32(block))
            || crc.is_some_and(|sum| sum != crc32(block))
        {
            return Err(out.damaged("a block has a wrong size or checksum"));
        }
    }
}
