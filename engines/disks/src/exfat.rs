//! exFAT.
//!
//! Source: Microsoft, "exFAT file system specification", revision 1.00.

use crate::volume::{utf16_le, volume};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, civil_seconds, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};
use std::collections::BTreeMap;

const MAGIC: &[u8] = b"EXFAT   ";
const ENTRY_BYTES: usize = 32;
const ENTRY_LABEL: u8 = 0x83;
const ENTRY_FILE: u8 = 0x85;
const ENTRY_STREAM: u8 = 0xc0;
const ENTRY_NAME: u8 = 0xc1;
const ATTRIBUTE_FOLDER: u16 = 0x10;

/// A folder's size in bytes, as the standard limits it.
const FOLDER_BYTES_MAX: usize = 256 << 20;

/// exFAT.
pub(crate) struct ExFat;

impl Format for ExFat {
    fn name(&self) -> &'static str {
        "exfat"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(3).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let sector_bits = u32::from(bin.u8(108).ok().filter(|bits| (9..=12).contains(bits))?);
        let cluster_bits = u32::from(bin.u8(109).ok().filter(|bits| *bits <= 16)?);
        let sectors = |at| bin.size32(at).ok().and_then(|n| n.checked_mul(1 << sector_bits));
        if !bin.has(3, MAGIC) || !bin.has(510, &[0x55, 0xaa]) {
            return None;
        }
        let volume_size = bin.size64(72).ok()?.checked_mul(1 << sector_bits)?;
        let (fat_at, data_at) = (sectors(80)?, sectors(88)?);
        let (clusters, root) = (bin.u32(92).ok()?, bin.u32(96).ok()?);
        if fat_at == 0 || data_at <= fat_at || root < 2 {
            return None;
        }
        let cluster_size = 1_usize << (sector_bits + cluster_bits);
        let (mut found, input) = volume(input, volume_size);
        found.fact("cluster size", cluster_size);
        let mut image = Image {
            bin: Bin::le(&input),
            input: &input,
            budget: context.budget,
            fat_at,
            data_at,
            clusters,
            cluster_size,
            files: BTreeMap::new(),
            label: None,
        };
        let root_file = File { folder: true, first: root, ..File::default() };
        image.files.insert(0, root_file);
        tree::walk(&mut image, 0, &mut found, context);
        if let Some(label) = image.label {
            found.fact("label", label);
        }
        Some(found)
    }
}

/// A file or folder by its set of entries.
#[derive(Debug, Clone, Copy, Default)]
struct File {
    folder: bool,
    read_only: bool,
    modified: u32,
    first: u32,
    size: u64,
    /// Bytes that were written; the rest reads as zeros.
    valid: u64,
    contiguous: bool,
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    budget: &'a Budget,
    fat_at: usize,
    data_at: usize,
    clusters: u32,
    cluster_size: usize,
    /// By the offset of the first entry in the folder's own bytes and the folder's first cluster.
    files: BTreeMap<u64, File>,
    label: Option<String>,
}

impl Image<'_> {
    fn chain(&self, file: File, size: usize) -> (Vec<Extent>, Option<Trouble>) {
        let mut extents = Vec::new();
        let mut cluster = file.first;
        let mut done = 0_usize;
        for _ in 0..=self.clusters {
            if done >= size {
                break;
            }
            if cluster == u32::MAX {
                break;
            }
            if cluster < 2 || cluster - 2 >= self.clusters {
                let message = format!("a chain leads to cluster {cluster}");
                return (extents, Some(Trouble::damaged(self.fat_at, message)));
            }
            let at = (cluster as usize - 2).saturating_mul(self.cluster_size);
            push_extent(
                &mut extents,
                Extent::at(self.data_at.saturating_add(at), self.cluster_size),
            );
            done = done.saturating_add(self.cluster_size);
            if let Err(limit) = self.budget.take_work(4) {
                return (extents, Some(limit.into()));
            }
            cluster = if file.contiguous {
                cluster.saturating_add(1)
            } else {
                match self.bin.u32(self.fat_at.saturating_add(cluster as usize * 4)) {
                    Ok(next) => next,
                    Err(short) => return (extents, Some(short.into())),
                }
            };
        }
        (extents, None)
    }

    fn bytes_of(&self, file: File) -> Content {
        let whole = if file.folder && file.size == 0 { FOLDER_BYTES_MAX as u64 } else { file.size };
        let size = usize::try_from(whole).unwrap_or(usize::MAX);
        let (extents, trouble) = self.chain(file, size);
        let have = tree::total(&extents);
        let mut content = tree::gather(self.input, &extents, size.min(have), self.budget);
        if have < size && !file.folder {
            let ends = || Trouble::damaged(self.fat_at, "its chain of clusters ends early");
            content.trouble.get_or_insert_with(|| trouble.unwrap_or_else(ends));
        } else if let Some(trouble) = trouble {
            content.trouble.get_or_insert(trouble);
        }
        if file.valid < file.size && !file.folder && content.trouble.is_none() {
            let valid = usize::try_from(file.valid).unwrap_or(usize::MAX);
            let mut bytes = content.bytes.slice(..valid.min(content.bytes.len())).to_vec();
            bytes.resize(content.bytes.len(), 0);
            content.bytes = bytes.into();
        }
        content
    }

    /// Reads the set of entries at `at`; gives the file and its name.
    fn set(&self, bin: Bin<'_>, at: usize) -> Result<Option<(File, String)>, Short> {
        let count = usize::from(bin.u8(at + 1)?);
        let flags = bin.u16(at + 4)?;
        let stream = at + ENTRY_BYTES;
        if count < 2 || bin.u8(stream)? != ENTRY_STREAM {
            return Ok(None);
        }
        let name_len = usize::from(bin.u8(stream + 3)?) * 2;
        let mut name = Vec::new();
        for index in 2..=count {
            let entry = at + index * ENTRY_BYTES;
            if bin.u8(entry)? == ENTRY_NAME {
                name.extend_from_slice(bin.slice(entry + 2, 30)?);
            }
        }
        name.truncate(name_len);
        let file = File {
            folder: flags & ATTRIBUTE_FOLDER != 0,
            read_only: flags & 1 != 0,
            modified: bin.u32(at + 12)?,
            first: bin.u32(stream + 20)?,
            size: bin.u64(stream + 24)?,
            valid: bin.u64(stream + 8)?,
            contiguous: bin.u8(stream + 1)? & 2 != 0,
        };
        Ok(Some((file, utf16_le(&name))))
    }
}

impl Tree for Image<'_> {
    type Inode = u64;

    fn attributes(&mut self, inode: u64) -> Result<Attributes, Trouble> {
        let file = self.files.get(&inode).copied().unwrap_or_default();
        let raw = i64::from(file.modified);
        let (date, time) = (raw >> 16, raw & 0xffff);
        let day = (1980 + (date >> 9), (date >> 5) & 15, date & 31);
        let mtime = civil_seconds(day, (time >> 11, (time >> 5) & 63, (time & 31) * 2));
        let mut st_mode = if file.folder { 0o040_755 } else { 0o100_755 };
        if file.read_only {
            st_mode &= !0o222;
        }
        let meta = NodeMeta { mtime, ..NodeMeta::default() };
        Ok(Attributes { st_mode, meta, ..Attributes::default() })
    }

    fn entries(&mut self, inode: u64) -> Listing<u64> {
        let folder = self.files.get(&inode).copied().unwrap_or_default();
        let content = self.bytes_of(folder);
        let mut listing = Listing { entries: Vec::new(), trouble: content.trouble };
        let bin = Bin::le(&content.bytes);
        for at in (0..content.bytes.len()).step_by(ENTRY_BYTES) {
            match bin.u8(at) {
                Ok(0) | Err(_) => break,
                Ok(ENTRY_LABEL) if self.label.is_none() => {
                    let len = usize::from(bin.u8(at + 1).unwrap_or(0)).min(11) * 2;
                    self.label = bin.slice(at + 2, len).ok().map(utf16_le);
                }
                Ok(ENTRY_FILE) => {
                    if let Ok(Some((file, name))) = self.set(bin, at) {
                        let id = u64::from(folder.first) << 32 | (at as u64 + 1);
                        self.files.insert(id, file);
                        listing.add(name.as_bytes(), id);
                    }
                }
                Ok(_) => {}
            }
        }
        listing
    }

    fn content(&mut self, inode: u64) -> Content {
        let file = self.files.get(&inode).copied().unwrap_or_default();
        if file.size == 0 { Content::default() } else { self.bytes_of(file) }
    }

    fn has_hard_links(&self) -> bool {
        false
    }
}
