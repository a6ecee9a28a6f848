//! The catalog: what each folder holds, and what each file is.

use super::btree::{Records, Shape};
use super::{Fork, Header, ROOT};
use crate::volume::utf16_be;
use duecare_base::Bin;
use duecare_filesystems::tree::Trouble;
use duecare_unpack::Budget;
use std::collections::BTreeMap;

/// What the catalog counts as, in bytes of memory an entry.
const ENTRY_BYTES: usize = 256;

const FOLDER: u16 = 1;
const FILE: u16 = 2;

/// Where HFS+ keeps files that have more than one name.
const PRIVATE_FOLDERS: [&str; 2] = ["HFS+ Private Data", ".HFS+ Private Directory Data\r"];

/// The upper half of `MacRoman` (Apple, `ROMAN.TXT` of the Unicode consortium).
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// A name as text.
pub(super) fn mac_roman(bytes: &[u8]) -> String {
    let upper = |byte: u8| MAC_ROMAN.chars().nth(usize::from(byte & 0x7f));
    bytes
        .iter()
        .map(|byte| if byte.is_ascii() { char::from(*byte) } else { upper(*byte).unwrap_or('?') })
        .collect()
}

/// A file or folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) st_mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Device number of a device, inode number of a hard link.
    pub(super) special: u32,
    /// Seconds since 1904.
    pub(super) modified: Option<u32>,
    pub(super) data: Fork,
    pub(super) resource: Fork,
    pub(super) compressed: bool,
    is_link: bool,
}

/// All records by catalog number.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) records: BTreeMap<u32, Record>,
    /// Name and number of what each folder holds, in stored order.
    pub(super) children: BTreeMap<u32, Vec<(String, u32)>>,
    label: Option<String>,
    /// Numbers of the files that hard links lead to.
    inodes: BTreeMap<u32, u32>,
}

impl Catalog {
    pub(super) fn read(
        records: Records<'_>,
        shape: Shape,
        budget: &Budget,
    ) -> Result<Self, Trouble> {
        let mut catalog = Self::default();
        for (key, data) in records.leaves {
            budget.take_memory(ENTRY_BYTES)?;
            // Threads lead from a number back to its name; they are not needed.
            let _known = match shape {
                Shape::Plus => catalog.add_plus(Bin::be(key), Bin::be(data)),
                Shape::Old => catalog.add_old(Bin::be(key), Bin::be(data)),
            };
        }
        catalog.find_inodes();
        Ok(catalog)
    }

    pub(super) fn has_root(&self) -> bool {
        self.records.contains_key(&ROOT)
    }

    pub(super) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The number of the file that an entry stands for: itself, or what a hard link leads to.
    pub(super) fn linked(&self, number: u32) -> u32 {
        let link = self.records.get(&number).filter(|record| record.is_link);
        link.and_then(|link| self.inodes.get(&link.special)).copied().unwrap_or(number)
    }

    fn insert(&mut self, parent: u32, name: String, number: u32, record: Record) {
        self.records.insert(number, record);
        if number == ROOT {
            self.label = Some(name);
            return;
        }
        // What Unix calls a slash, the Mac calls a colon, and the other way round.
        self.children.entry(parent).or_default().push((name.replace('/', ":"), number));
    }

    fn add_plus(&mut self, key: Bin<'_>, data: Bin<'_>) -> Option<()> {
        let parent = key.u32(0).ok()?;
        let size = usize::from(key.u16(4).ok()?) * 2;
        let name = utf16_be(key.slice(6, size).ok()?);
        let kind = data.u16(0).ok()?;
        if !matches!(kind, FOLDER | FILE) {
            return None;
        }
        let number = data.u32(8).ok()?;
        let mut record = Record {
            st_mode: u32::from(data.u16(42).ok()?),
            uid: data.u32(32).ok()?,
            gid: data.u32(36).ok()?,
            special: data.u32(44).ok()?,
            modified: data.u32(16).ok().filter(|seconds| *seconds != 0),
            // `UF_COMPRESSED` among the owner's flags.
            compressed: data.u8(41).ok()? & 0x20 != 0,
            ..Record::default()
        };
        let default = if kind == FOLDER { 0o040_755 } else { 0o100_644 };
        let is_folder = record.st_mode & 0o170_000 == 0o040_000;
        if record.st_mode & 0o170_000 == 0 || is_folder != (kind == FOLDER) {
            record.st_mode = default;
        }
        if kind == FILE {
            record.data = Header::plus_fork(data, 88)?;
            record.resource = Header::plus_fork(data, 168)?;
            record.is_link = data.has(48, b"hlnkhfs+");
        }
        self.insert(parent, name, number, record);
        Some(())
    }

    fn add_old(&mut self, key: Bin<'_>, data: Bin<'_>) -> Option<()> {
        let parent = key.u32(1).ok()?;
        let size = usize::from(key.u8(5).ok()?);
        let name = mac_roman(key.slice(6, size).ok()?);
        let (number, record) = match u16::from(data.u8(0).ok()?) {
            FOLDER => {
                let modified = data.u32(14).ok();
                (data.u32(6).ok()?, Record { st_mode: 0o040_755, modified, ..Record::default() })
            }
            FILE => {
                let record = Record {
                    st_mode: 0o100_644,
                    modified: data.u32(48).ok(),
                    data: Header::old_fork(data, 26, 74)?,
                    resource: Header::old_fork(data, 36, 86)?,
                    ..Record::default()
                };
                (data.u32(20).ok()?, record)
            }
            _ => return None,
        };
        self.insert(parent, name, number, record);
        Some(())
    }

    /// Takes the private folders out of the root folder and notes the files in them.
    fn find_inodes(&mut self) {
        let Some(root) = self.children.get_mut(&ROOT) else { return };
        let private = |name: &str| PRIVATE_FOLDERS.contains(&name.trim_start_matches('\0'));
        let folders: Vec<u32> =
            root.iter().filter(|(name, _)| private(name)).map(|(_, number)| *number).collect();
        root.retain(|(name, _)| !private(name));
        for folder in folders {
            for (name, number) in self.children.get(&folder).into_iter().flatten() {
                let inode = name.strip_prefix("iNode").and_then(|inode| inode.parse().ok());
                self.inodes.extend(inode.map(|inode| (inode, *number)));
            }
        }
    }
}
