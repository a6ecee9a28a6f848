//! Notes: the build's id and the packager's note (gABI, chapter 5, "Note Section").

use crate::file::ElfFile;
use crate::tables::PT_NOTE;
use duecare_base::Bin;

/// Most notes read per area.
const NOTES_MAX: usize = 256;
/// `sh_type` of notes.
const SHT_NOTE: u32 = 7;
/// `NT_GNU_BUILD_ID`.
const NT_GNU_BUILD_ID: u32 = 3;
/// The packaging metadata's type (systemd, "Package Metadata for Executable Files").
const NT_FDO_PACKAGING_METADATA: u32 = 0xcafe_1a7e;

impl<'a> ElfFile<'a> {
    /// The description of the first note with this owner and type.
    #[must_use]
    pub fn note(&self, owner: &str, kind: u32) -> Option<&'a [u8]> {
        let by_segment =
            self.segments().iter().filter(|s| s.kind == PT_NOTE).map(|s| (s.offset, s.filesz));
        let by_section =
            self.sections().iter().filter(|s| s.kind == SHT_NOTE).map(|s| (s.offset, s.size));
        by_segment
            .chain(by_section)
            .take(NOTES_MAX)
            .filter_map(|(offset, size)| crate::tables::slice(self.bin(), offset, size))
            .find_map(|area| find(Bin::new(area, self.endian()), owner.as_bytes(), kind))
    }

    /// The linker's build id, as lower-case hexadecimal digits.
    #[must_use]
    pub fn build_id(&self) -> Option<String> {
        let raw = self.note("GNU", NT_GNU_BUILD_ID).filter(|raw| (4..=64).contains(&raw.len()))?;
        Some(raw.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The JSON text of the packager's note (`.note.package`).
    #[must_use]
    pub fn package_note(&self) -> Option<&'a str> {
        let raw = self.note("FDO", NT_FDO_PACKAGING_METADATA)?;
        let end = raw.iter().position(|b| *b == 0).unwrap_or(raw.len());
        std::str::from_utf8(raw.get(..end)?).ok()
    }
}

/// Notes are padded to four bytes in files of either class, as GNU tools write them; only
/// `.note.gnu.property`, which nobody asks for here, is padded to eight.
fn find<'a>(area: Bin<'a>, owner: &[u8], kind: u32) -> Option<&'a [u8]> {
    let mut at = 0_usize;
    for _ in 0..NOTES_MAX {
        let name_len = area.size32(at).ok()?;
        let desc_len = area.size32(at.checked_add(4)?).ok()?;
        let found = area.u32(at.checked_add(8)?).ok()?;
        let name_at = at.checked_add(12)?;
        let desc_at = name_at.checked_add(name_len.checked_next_multiple_of(4)?)?;
        let name = area.slice(name_at, name_len).ok()?;
        let name = name.strip_suffix(&[0]).unwrap_or(name);
        if found == kind && name == owner {
            return area.slice(desc_at, desc_len).ok();
        }
        at = desc_at.checked_add(desc_len.checked_next_multiple_of(4)?)?;
    }
    None
}
