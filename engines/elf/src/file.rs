//! [`ElfFile`]: a view on an ELF file's bytes, as its loader would map them.

use crate::dynamic::{Dynamic, tag};
use crate::header::{Arch, Header, Kind};
use crate::symbols::{Symbol, Symbols};
use crate::tables::{
    self, PT_INTERP, PT_LOAD, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS, Section, Segment,
};
use duecare_base::{Bin, Endian, Gap};
use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Longest text read at an address, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// `DF_1_PIE` in `DT_FLAGS_1`.
const DF_1_PIE: u64 = 0x0800_0000;

/// A part of the file that is loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region<'a> {
    pub(crate) vaddr: u64,
    pub(crate) offset: usize,
    pub(crate) bytes: &'a [u8],
    pub(crate) exec: bool,
    pub(crate) write: bool,
}

/// An ELF file. Parsing copies no content; broken parts are left out, never an error.
#[derive(Debug)]
pub struct ElfFile<'a> {
    bin: Bin<'a>,
    header: Header,
    segments: Vec<Segment>,
    sections: Vec<Section<'a>>,
    dynamic: Dynamic,
    regions: Vec<Region<'a>>,
    symbols: OnceLock<Symbols<'a>>,
    gaps: Mutex<BTreeSet<Gap>>,
}

impl<'a> ElfFile<'a> {
    /// A view on these bytes; `None` when they don't start with a readable ELF header.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header = Header::parse(bytes)?;
        let bin = Bin::new(bytes, header.endian);
        let segments = tables::segments(bin, &header);
        let sections = tables::sections(bin, &header);
        let dynamic = Dynamic::parse(bin, header.wide, &segments, &sections);
        let regions = regions(bin, &segments, &sections);
        let mut gaps = BTreeSet::new();
        if tables::are_long(&header, &sections) || dynamic.is_cut() {
            gaps.insert(crate::gaps::TABLES);
        }
        let (symbols, gaps) = (OnceLock::new(), Mutex::new(gaps));
        Some(Self { bin, header, segments, sections, dynamic, regions, symbols, gaps })
    }

    /// Notes that something of the file was not looked at.
    pub(crate) fn miss(&self, gap: Gap) {
        self.gaps.lock().unwrap_or_else(PoisonError::into_inner).insert(gap);
    }

    /// What was not looked at so far.
    pub(crate) fn gaps(&self) -> BTreeSet<Gap> {
        self.gaps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Processor family.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.header.arch
    }

    /// 32 or 64.
    #[must_use]
    pub fn bits(&self) -> u8 {
        if self.header.wide { 64 } else { 32 }
    }

    /// Byte order.
    #[must_use]
    pub fn endian(&self) -> Endian {
        self.header.endian
    }

    /// `e_flags`: processor-specific (ABI version on ARM, ISA level on MIPS).
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.header.flags
    }

    /// Address where execution starts.
    #[must_use]
    pub fn entry(&self) -> u64 {
        self.header.entry
    }

    /// The file's bytes in its byte order.
    #[must_use]
    pub fn bin(&self) -> Bin<'a> {
        self.bin
    }

    /// What the file is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.header.e_type {
            1 if self.section(".modinfo").is_some()
                || self.section(".gnu.linkonce.this_module").is_some() =>
            {
                Kind::KernelModule
            }
            1 => Kind::Relocatable,
            2 => Kind::Executable,
            3 if self.is_pie() => Kind::Pie,
            3 => Kind::SharedObject,
            4 => Kind::Core,
            other => Kind::Other(other),
        }
    }

    /// Old linkers don't set `DF_1_PIE`; but only a program has an interpreter or a place for the
    /// debugger, and (unlike the C library, which may have an interpreter) no so-name.
    fn is_pie(&self) -> bool {
        let flagged = self.dynamic.get(tag::FLAGS_1).is_some_and(|flags| flags & DF_1_PIE != 0);
        let of_program = [tag::DEBUG, tag::MIPS_RLD_MAP, tag::MIPS_RLD_MAP_REL]
            .iter()
            .any(|tag| self.dynamic.get(*tag).is_some());
        let interpreted = self.segments.iter().any(|s| s.kind == PT_INTERP);
        flagged || (self.dynamic.get(tag::SONAME).is_none() && (interpreted || of_program))
    }

    /// The program headers.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The section headers; empty when the file has none that can be read.
    #[must_use]
    pub fn sections(&self) -> &[Section<'a>] {
        &self.sections
    }

    /// The dynamic table.
    #[must_use]
    pub fn dynamic(&self) -> &Dynamic {
        &self.dynamic
    }

    /// The library's own name (`DT_SONAME`).
    #[must_use]
    pub fn soname(&self) -> Option<&'a str> {
        self.dynamic_text(self.dynamic.get(tag::SONAME)?)
    }

    /// The libraries that it asks for (`DT_NEEDED`), in order.
    #[must_use]
    pub fn needed(&self) -> Vec<&'a str> {
        self.dynamic.all(tag::NEEDED).filter_map(|at| self.dynamic_text(at)).collect()
    }

    /// Where libraries are looked for (`DT_RPATH`, else `DT_RUNPATH`), colons between folders.
    #[must_use]
    pub fn rpath(&self) -> Option<&'a str> {
        let at = self.dynamic.get(tag::RPATH).or_else(|| self.dynamic.get(tag::RUNPATH))?;
        self.dynamic_text(at)
    }

    /// Text of the dynamic string table.
    pub(crate) fn dynamic_text(&self, at: u64) -> Option<&'a str> {
        let table = self.dynamic.get(tag::STRTAB)?;
        self.text_at(table.checked_add(at)?)
    }

    /// The loader's path (`PT_INTERP`).
    #[must_use]
    pub fn interpreter(&self) -> Option<&'a str> {
        let segment = self.segments.iter().find(|s| s.kind == PT_INTERP)?;
        let raw = tables::slice(self.bin, segment.offset, segment.filesz.min(4096))?;
        text_of(raw)
    }

    /// Whether it is a program that needs no loader and no libraries.
    #[must_use]
    pub fn is_static(&self) -> bool {
        matches!(self.kind(), Kind::Executable | Kind::Pie)
            && self.interpreter().is_none()
            && self.dynamic.get(tag::NEEDED).is_none()
    }

    /// The first section with this name, with its bytes.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&'a [u8]> {
        let section = self.sections.iter().find(|s| s.name == name)?;
        self.section_bytes(section)
    }

    /// A section's bytes, cut where the file ends; `None` when it has none in the file.
    #[must_use]
    pub fn section_bytes(&self, section: &Section<'a>) -> Option<&'a [u8]> {
        if section.kind == SHT_NOBITS {
            return None;
        }
        tables::slice(self.bin, section.offset, section.size)
    }

    /// What the compilers and linkers wrote about themselves (`.comment`).
    #[must_use]
    pub fn comment(&self) -> Vec<&'a str> {
        let raw = self.section(".comment").unwrap_or_default();
        let mut seen = Vec::new();
        for text in raw.split(|b| *b == 0).filter_map(|raw| std::str::from_utf8(raw).ok()).take(64)
        {
            if !text.is_empty() && !seen.contains(&text) {
                seen.push(text);
            }
        }
        seen
    }

    /// Loaded parts as (address, file offset, bytes). In an object file, which has no addresses
    /// yet, the file offset stands for the address.
    #[must_use]
    pub fn mapped(&self) -> Vec<(u64, u64, &'a [u8])> {
        self.regions.iter().map(|r| (r.vaddr, r.offset as u64, r.bytes)).collect()
    }

    /// The loaded parts with their rights.
    pub(crate) fn regions(&self) -> &[Region<'a>] {
        &self.regions
    }

    /// Where constants stand, as (address, bytes): the read-only data sections where the table is
    /// readable, else every loaded part (old linkers put constants beside the code).
    #[must_use]
    pub fn read_only_data(&self) -> Vec<(u64, &'a [u8])> {
        let named: Vec<_> = self
            .sections
            .iter()
            .filter(|s| s.flags & SHF_ALLOC != 0 && s.flags & SHF_EXECINSTR == 0)
            .filter(|s| s.name.starts_with(".rodata"))
            .filter_map(|s| Some((s.addr, self.section_bytes(s)?)))
            .collect();
        if !named.is_empty() {
            return named;
        }
        let constant: Vec<_> = self
            .regions
            .iter()
            .filter(|r| !r.write && !r.exec)
            .map(|r| (r.vaddr, r.bytes))
            .collect();
        if constant.is_empty() {
            return self.regions.iter().map(|r| (r.vaddr, r.bytes)).collect();
        }
        constant
    }

    /// The part that is loaded at an address.
    pub(crate) fn region_of(&self, vaddr: u64) -> Option<&Region<'a>> {
        self.regions
            .iter()
            .find(|r| vaddr.checked_sub(r.vaddr).is_some_and(|delta| delta < r.bytes.len() as u64))
    }

    /// Bytes from an address to the end of what is loaded with it from the file.
    #[must_use]
    pub fn data_at(&self, vaddr: u64) -> Option<&'a [u8]> {
        let region = self.region_of(vaddr)?;
        region.bytes.get(usize::try_from(vaddr.checked_sub(region.vaddr)?).ok()?..)
    }

    /// File offset of an address.
    #[must_use]
    pub fn offset_of(&self, vaddr: u64) -> Option<u64> {
        let region = self.region_of(vaddr)?;
        (region.offset as u64).checked_add(vaddr.checked_sub(region.vaddr)?)
    }

    /// NUL-terminated UTF-8 text at an address, without its NUL.
    #[must_use]
    pub fn text_at(&self, vaddr: u64) -> Option<&'a str> {
        text_of(self.data_at(vaddr)?)
    }

    /// A pointer-sized number at an address.
    #[must_use]
    pub fn word_at(&self, vaddr: u64) -> Option<u64> {
        let raw = Bin::new(self.data_at(vaddr)?, self.header.endian);
        if self.header.wide { raw.u64(0).ok() } else { raw.u32(0).ok().map(u64::from) }
    }

    /// Every symbol: the dynamic ones, then those of the full table where it was not stripped.
    pub(crate) fn symbols(&self) -> &Symbols<'a> {
        self.symbols.get_or_init(|| Symbols::read(self))
    }

    /// What it takes from libraries; in an object file or kernel module, from the rest of the
    /// program or kernel.
    pub fn imported(&self) -> impl Iterator<Item = &Symbol<'a>> {
        self.interface().filter(|s| !s.defined && !s.name.is_empty())
    }

    /// What it offers to others.
    pub fn exported(&self) -> impl Iterator<Item = &Symbol<'a>> {
        self.interface().filter(|s| s.defined && !s.local && !s.name.is_empty())
    }

    fn interface(&self) -> std::slice::Iter<'_, Symbol<'a>> {
        let symbols = self.symbols();
        if matches!(self.header.e_type, 1) { symbols.full.iter() } else { symbols.dynamic.iter() }
    }

    /// Functions that the file itself holds and names, dynamic table and full table.
    pub fn functions(&self) -> impl Iterator<Item = &Symbol<'a>> {
        let symbols = self.symbols();
        symbols.dynamic.iter().chain(&symbols.full).filter(|s| s.defined && s.function)
    }

    /// Whether the full symbol table is gone.
    #[must_use]
    pub fn is_stripped(&self) -> bool {
        self.symbols().full.is_empty()
    }
}

/// NUL-terminated UTF-8 at the start of these bytes.
fn text_of(raw: &[u8]) -> Option<&str> {
    let end = raw.iter().take(TEXT_BYTES_MAX).position(|b| *b == 0)?;
    std::str::from_utf8(raw.get(..end)?).ok()
}

fn regions<'a>(bin: Bin<'a>, segments: &[Segment], sections: &[Section<'a>]) -> Vec<Region<'a>> {
    let loaded: Vec<_> = segments
        .iter()
        .filter(|s| s.kind == PT_LOAD && s.filesz > 0)
        .filter_map(|s| {
            Some(Region {
                vaddr: s.vaddr,
                offset: usize::try_from(s.offset).ok()?,
                bytes: tables::slice(bin, s.offset, s.filesz)?,
                exec: s.flags & tables::PF_X != 0,
                write: s.flags & tables::PF_W != 0,
            })
        })
        .filter(|r| !r.bytes.is_empty())
        .collect();
    if !loaded.is_empty() {
        return loaded;
    }
    sections
        .iter()
        .filter(|s| s.flags & SHF_ALLOC != 0 && s.kind != SHT_NOBITS && s.size > 0)
        .filter_map(|s| {
            Some(Region {
                vaddr: s.offset,
                offset: usize::try_from(s.offset).ok()?,
                bytes: tables::slice(bin, s.offset, s.size)?,
                exec: s.flags & SHF_EXECINSTR != 0,
                write: s.flags & 1 != 0,
            })
        })
        .filter(|r| !r.bytes.is_empty())
        .collect()
}
