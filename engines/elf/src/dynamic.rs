//! The dynamic table: what the loader is told (System V gABI, chapter 5, "Dynamic Section").

use crate::tables::{PT_DYNAMIC, Section, Segment};
use duecare_base::Bin;

/// Most entries read; real tables have under a hundred.
const ENTRIES_MAX: usize = 4096;
/// `sh_type` of the dynamic table.
const SHT_DYNAMIC: u32 = 6;

/// Tags of the dynamic table that are used here (gABI, GNU and processor supplements).
pub mod tag {
    #![expect(missing_docs, reason = "the names are the standard's")]
    pub const NEEDED: u64 = 1;
    pub const PLTRELSZ: u64 = 2;
    pub const PLTGOT: u64 = 3;
    pub const HASH: u64 = 4;
    pub const STRTAB: u64 = 5;
    pub const SYMTAB: u64 = 6;
    pub const RELA: u64 = 7;
    pub const RELASZ: u64 = 8;
    pub const STRSZ: u64 = 10;
    pub const SONAME: u64 = 14;
    pub const RPATH: u64 = 15;
    pub const REL: u64 = 17;
    pub const RELSZ: u64 = 18;
    pub const PLTREL: u64 = 20;
    pub const DEBUG: u64 = 21;
    pub const TEXTREL: u64 = 22;
    pub const JMPREL: u64 = 23;
    pub const BIND_NOW: u64 = 24;
    pub const RUNPATH: u64 = 29;
    pub const FLAGS: u64 = 30;
    pub const GNU_HASH: u64 = 0x6fff_fef5;
    pub const VERSYM: u64 = 0x6fff_fff0;
    pub const VERNEED: u64 = 0x6fff_fffe;
    pub const FLAGS_1: u64 = 0x6fff_fffb;
    pub const MIPS_LOCAL_GOTNO: u64 = 0x7000_000a;
    pub const MIPS_SYMTABNO: u64 = 0x7000_0011;
    pub const MIPS_GOTSYM: u64 = 0x7000_0013;
    pub const MIPS_RLD_MAP: u64 = 0x7000_0016;
    pub const MIPS_PLTGOT: u64 = 0x7000_0032;
    pub const MIPS_RLD_MAP_REL: u64 = 0x7000_0035;
}

/// The entries in their order.
#[derive(Debug, Clone, Default)]
pub struct Dynamic {
    entries: Vec<(u64, u64)>,
}

impl Dynamic {
    /// Reads the table through its segment, or its section when there is no segment.
    pub(crate) fn parse(
        bin: Bin<'_>,
        wide: bool,
        segments: &[Segment],
        sections: &[Section<'_>],
    ) -> Self {
        let segment = segments.iter().find(|s| s.kind == PT_DYNAMIC).map(|s| (s.offset, s.filesz));
        let section = sections.iter().find(|s| s.kind == SHT_DYNAMIC).map(|s| (s.offset, s.size));
        let Some((offset, size)) = segment.or(section) else { return Self::default() };
        let Some(raw) = crate::tables::slice(bin, offset, size) else { return Self::default() };
        let raw = Bin::new(raw, bin.endian());
        let width = if wide { 8 } else { 4 };
        let word =
            |at: usize| if wide { raw.u64(at).ok() } else { raw.u32(at).ok().map(u64::from) };
        let entries = (0..ENTRIES_MAX)
            .map_while(|index| Some((word(index * width * 2)?, word(index * width * 2 + width)?)))
            .take_while(|(tag, _)| *tag != 0)
            .collect();
        Self { entries }
    }

    /// Whether there are more entries than are read.
    pub(crate) fn is_cut(&self) -> bool {
        self.entries.len() >= ENTRIES_MAX
    }

    /// The value of the first entry with this tag.
    #[must_use]
    pub fn get(&self, tag: u64) -> Option<u64> {
        self.entries.iter().find(|(t, _)| *t == tag).map(|(_, value)| *value)
    }

    /// The values of every entry with this tag.
    pub fn all(&self, tag: u64) -> impl Iterator<Item = u64> + '_ {
        self.entries.iter().filter(move |(t, _)| *t == tag).map(|(_, value)| *value)
    }

    /// Whether there is no table, as in a static program or an object file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
