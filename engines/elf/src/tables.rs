//! Program headers and section headers (System V gABI, chapters 4 and 5).

use crate::header::Header;
use duecare_base::Bin;

/// Most program headers read; real files have under twenty.
const SEGMENTS_MAX: usize = 256;
/// Most section headers read; big kernel modules have some hundreds, `-ffunction-sections` objects thousands.
const SECTIONS_MAX: usize = 20_000;
/// Longest section name kept, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// `p_type` of a loaded segment.
pub const PT_LOAD: u32 = 1;
/// `p_type` of the dynamic table.
pub const PT_DYNAMIC: u32 = 2;
/// `p_type` of the interpreter's path.
pub const PT_INTERP: u32 = 3;
/// `p_type` of notes.
pub const PT_NOTE: u32 = 4;
/// `p_type` that says whether the stack is executable.
pub const PT_GNU_STACK: u32 = 0x6474_e551;
/// `p_type` of the part that becomes read-only after relocation.
pub const PT_GNU_RELRO: u32 = 0x6474_e552;
/// `p_flags` bit: executable.
pub const PF_X: u32 = 1;
/// `p_flags` bit: writable.
pub const PF_W: u32 = 2;
/// `sh_type` of a section without bytes in the file.
pub const SHT_NOBITS: u32 = 8;
/// `sh_flags` bit: occupies memory when running.
pub const SHF_ALLOC: u64 = 2;
/// `sh_flags` bit: holds instructions.
pub const SHF_EXECINSTR: u64 = 4;

/// One program header.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// `p_type`.
    pub kind: u32,
    /// `p_flags`.
    pub flags: u32,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Address when loaded.
    pub vaddr: u64,
    /// Bytes in the file.
    pub filesz: u64,
    /// Bytes in memory.
    pub memsz: u64,
}

/// One section header.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    /// The name; empty when the name table is missing.
    pub name: &'a str,
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// Address when loaded.
    pub addr: u64,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Size in bytes.
    pub size: u64,
    /// `sh_link`.
    pub link: u32,
    /// `sh_info`.
    pub info: u32,
}

/// Every program header that the file has room for.
pub(crate) fn segments(bin: Bin<'_>, header: &Header) -> Vec<Segment> {
    let least = if header.wide { 56 } else { 32 };
    let size = usize::from(header.phentsize);
    let Ok(start) = usize::try_from(header.phoff) else { return Vec::new() };
    if size < least || start == 0 {
        return Vec::new();
    }
    (0..usize::from(header.phnum).min(SEGMENTS_MAX))
        .map_while(|index| segment(bin, header.wide, start.checked_add(index * size)?))
        .collect()
}

fn segment(bin: Bin<'_>, wide: bool, at: usize) -> Option<Segment> {
    let word = |offset: usize| bin.u32(at.checked_add(offset)?).ok();
    let long = |offset: usize| bin.u64(at.checked_add(offset)?).ok();
    Some(if wide {
        Segment {
            kind: word(0)?,
            flags: word(4)?,
            offset: long(8)?,
            vaddr: long(16)?,
            filesz: long(32)?,
            memsz: long(40)?,
        }
    } else {
        Segment {
            kind: word(0)?,
            offset: word(4)?.into(),
            vaddr: word(8)?.into(),
            filesz: word(16)?.into(),
            memsz: word(20)?.into(),
            flags: word(24)?,
        }
    })
}

/// Whether there are more headers than are read.
pub(crate) fn are_long(header: &Header, sections: &[Section<'_>]) -> bool {
    usize::from(header.phnum) > SEGMENTS_MAX || sections.len() >= SECTIONS_MAX
}

/// Every section header; empty when the table is cut off or nonsense, as `sstrip` leaves it.
pub(crate) fn sections<'a>(bin: Bin<'a>, header: &Header) -> Vec<Section<'a>> {
    let least = if header.wide { 64 } else { 40 };
    let size = usize::from(header.shentsize);
    let Ok(start) = usize::try_from(header.shoff) else { return Vec::new() };
    if size < least || start == 0 {
        return Vec::new();
    }
    let Some((first_size, first_link)) = raw(bin, header.wide, start).map(|s| (s.1.size, s.1.link))
    else {
        return Vec::new();
    };
    // Extended numbering: the counts stand in the first, unused header (gABI, "Section Header").
    let count = match header.shnum {
        0 => usize::try_from(first_size).unwrap_or(0),
        some => usize::from(some),
    };
    let names = match header.shstrndx {
        0xffff => first_link as usize,
        some => usize::from(some),
    };
    let all: Vec<(u32, Section<'a>)> = (0..count.min(SECTIONS_MAX))
        .map_while(|index| raw(bin, header.wide, start.checked_add(index.checked_mul(size)?)?))
        .collect();
    let table = all.get(names).and_then(|(_, s)| slice(bin, s.offset, s.size)).unwrap_or_default();
    all.into_iter()
        .map(|(name, section)| Section { name: name_at(table, name), ..section })
        .collect()
}

fn raw<'a>(bin: Bin<'a>, wide: bool, at: usize) -> Option<(u32, Section<'a>)> {
    let word = |offset: usize| bin.u32(at.checked_add(offset)?).ok();
    let long = |offset: usize| bin.u64(at.checked_add(offset)?).ok();
    let name = word(0)?;
    let section = if wide {
        Section {
            name: "",
            kind: word(4)?,
            flags: long(8)?,
            addr: long(16)?,
            offset: long(24)?,
            size: long(32)?,
            link: word(40)?,
            info: word(44)?,
        }
    } else {
        Section {
            name: "",
            kind: word(4)?,
            flags: word(8)?.into(),
            addr: word(12)?.into(),
            offset: word(16)?.into(),
            size: word(20)?.into(),
            link: word(24)?,
            info: word(28)?,
        }
    };
    Some((name, section))
}

fn name_at(table: &[u8], at: u32) -> &str {
    let tail = table.get(at as usize..).unwrap_or_default();
    let end = tail.iter().take(NAME_BYTES_MAX).position(|b| *b == 0).unwrap_or(0);
    std::str::from_utf8(tail.get(..end).unwrap_or_default()).unwrap_or("")
}

/// Bytes of the file, cut where the file ends.
pub(crate) fn slice(bin: Bin<'_>, offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX)).min(bin.len());
    bin.bytes().get(start..end)
}
