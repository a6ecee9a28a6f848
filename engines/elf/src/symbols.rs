//! Symbol tables (System V gABI, chapter 4, "Symbol Table"), read without the section headers
//! where there are none: the count then comes from the hash tables, as the loader knows it.

use crate::dynamic::tag;
use crate::file::ElfFile;
use crate::gaps;
use crate::tables::slice;
use duecare_base::Bin;

/// Most symbols read per table; the biggest C++ programs have some hundred thousand.
const SYMBOLS_MAX: usize = 400_000;
/// Longest name kept, in bytes.
const NAME_BYTES_MAX: usize = 4096;
/// Most GNU hash buckets walked.
const BUCKETS_MAX: usize = 1 << 20;
/// `sh_type` of the full symbol table.
const SHT_SYMTAB: u32 = 2;
/// `sh_type` of the dynamic symbol table.
const SHT_DYNSYM: u32 = 11;

/// A named address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Name without version.
    pub name: &'a str,
    /// Address, as the table has it (an ARM Thumb function's lowest bit is set); 0 when imported,
    /// save where the file holds a stub for it.
    pub address: u64,
    /// Size in bytes; 0 when unknown.
    pub size: u64,
    /// Whether the file itself holds it.
    pub defined: bool,
    /// Whether it is a function.
    pub function: bool,
    /// Whether it can't be seen from other files.
    pub local: bool,
    /// Section index; needed in object files, where addresses are relative to it.
    pub section: u16,
}

/// Both tables.
#[derive(Debug, Default)]
pub(crate) struct Symbols<'a> {
    /// The dynamic table with its indexes kept: relocations count in it. Index 0 is the null symbol.
    pub(crate) dynamic: Vec<Symbol<'a>>,
    /// The full table; empty when stripped.
    pub(crate) full: Vec<Symbol<'a>>,
}

impl<'a> Symbols<'a> {
    pub(crate) fn read(file: &ElfFile<'a>) -> Self {
        Self { dynamic: dynamic(file), full: by_section(file, SHT_SYMTAB).unwrap_or_default() }
    }
}

fn entry_size(file: &ElfFile<'_>) -> usize {
    if file.bits() == 64 { 24 } else { 16 }
}

fn dynamic<'a>(file: &ElfFile<'a>) -> Vec<Symbol<'a>> {
    let table = |tag| file.dynamic().get(tag).and_then(|at| file.data_at(at));
    let (Some(raw), Some(names)) = (table(tag::SYMTAB), table(tag::STRTAB)) else {
        return by_section(file, SHT_DYNSYM).unwrap_or_default();
    };
    let names_size = file.dynamic().get(tag::STRSZ).and_then(|size| usize::try_from(size).ok());
    let names = names.get(..names_size.unwrap_or(names.len())).unwrap_or(names);
    match count(file) {
        Some(count) => read_all(file, raw, names, count),
        None => by_section(file, SHT_DYNSYM).unwrap_or_default(),
    }
}

fn by_section<'a>(file: &ElfFile<'a>, kind: u32) -> Option<Vec<Symbol<'a>>> {
    let section = file.sections().iter().find(|s| s.kind == kind)?;
    let raw = file.section_bytes(section)?;
    let link = file.sections().get(section.link as usize)?;
    let names = slice(file.bin(), link.offset, link.size)?;
    Some(read_all(file, raw, names, raw.len() / entry_size(file)))
}

/// How many dynamic symbols there are.
fn count(file: &ElfFile<'_>) -> Option<usize> {
    let value = |tag| file.dynamic().get(tag);
    if let Some(count) = value(tag::MIPS_SYMTABNO) {
        return usize::try_from(count).ok();
    }
    if let Some(raw) = value(tag::HASH).and_then(|at| file.data_at(at)) {
        // Alpha and 64-bit S/390 use wide entries; everything else four bytes.
        return Bin::new(raw, file.endian()).size32(4).ok();
    }
    let hashed = value(tag::GNU_HASH)
        .and_then(|at| file.data_at(at))
        .and_then(|raw| gnu_count(Bin::new(raw, file.endian()), file.bits() == 64));
    hashed.or_else(|| gap_count(file))
}

/// The symbols end where the next table begins, whichever the linker put there.
fn gap_count(file: &ElfFile<'_>) -> Option<usize> {
    let start = file.dynamic().get(tag::SYMTAB)?;
    let after = [
        tag::STRTAB,
        tag::HASH,
        tag::GNU_HASH,
        tag::REL,
        tag::RELA,
        tag::JMPREL,
        tag::VERSYM,
        tag::VERNEED,
    ];
    let next =
        after.iter().filter_map(|tag| file.dynamic().get(*tag)).filter(|at| *at > start).min()?;
    usize::try_from(next - start).ok().map(|gap| gap / entry_size(file))
}

/// The highest symbol in a GNU hash table: the last one of the chain of the highest bucket.
fn gnu_count(raw: Bin<'_>, wide: bool) -> Option<usize> {
    let buckets = raw.size32(0).ok()?;
    let first = raw.size32(4).ok()?;
    let bloom = raw.size32(8).ok()?.checked_mul(if wide { 8 } else { 4 })?;
    let start = bloom.checked_add(16)?;
    if buckets > BUCKETS_MAX {
        return None;
    }
    let highest = (0..buckets).map_while(|i| raw.size32(start.checked_add(i * 4)?).ok()).max()?;
    if highest < first {
        // Nothing is exported, and imports are not hashed: the table does not know.
        return None;
    }
    let chains = start.checked_add(buckets * 4)?;
    let mut index = highest;
    for _ in 0..SYMBOLS_MAX {
        let at = chains.checked_add((index - first).checked_mul(4)?)?;
        let hash = raw.u32(at).ok()?;
        index = index.checked_add(1)?;
        if hash & 1 == 1 {
            return Some(index);
        }
    }
    None
}

fn read_all<'a>(
    file: &ElfFile<'a>,
    raw: &'a [u8],
    names: &'a [u8],
    count: usize,
) -> Vec<Symbol<'a>> {
    let wide = file.bits() == 64;
    let raw = Bin::new(raw, file.endian());
    let count = count.min(raw.len() / entry_size(file));
    if count > SYMBOLS_MAX {
        file.miss(gaps::TABLES);
    }
    let count = count.min(SYMBOLS_MAX);
    (0..count)
        .map_while(|index| read_one(raw, index.checked_mul(entry_size(file))?, wide, names))
        .collect()
}

fn read_one<'a>(raw: Bin<'a>, at: usize, wide: bool, names: &'a [u8]) -> Option<Symbol<'a>> {
    let name = raw.size32(at).ok()?;
    let (info, section, address, size) = if wide {
        (raw.u8(at + 4), raw.u16(at + 6), raw.u64(at + 8), raw.u64(at + 16))
    } else {
        let long = |at| raw.u32(at).map(u64::from);
        (raw.u8(at + 12), raw.u16(at + 14), long(at + 4), long(at + 8))
    };
    let (info, section) = (info.ok()?, section.ok()?);
    let tail = names.get(name..).unwrap_or_default();
    let end = tail.iter().take(NAME_BYTES_MAX).position(|b| *b == 0).unwrap_or(0);
    let name = std::str::from_utf8(tail.get(..end)?).unwrap_or("");
    Some(Symbol {
        name,
        address: address.ok()?,
        size: size.ok()?,
        defined: section != 0,
        // STT_FUNC or STT_GNU_IFUNC.
        function: matches!(info & 15, 2 | 10),
        local: info >> 4 == 0,
        section,
    })
}
