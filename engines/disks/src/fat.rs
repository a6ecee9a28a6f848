//! FAT12, FAT16 and FAT32 with long names.
//!
//! Source: Microsoft, "FAT: General Overview of On-Disk Format", 1.03. Times are local times of
//! whoever wrote them; they are given as if in UTC. Deleted entries are not looked for.

use crate::volume::{utf16_le, volume};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, civil_seconds, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};

/// Name of the root folder among inodes, which are offsets of entries.
const ROOT: usize = 0;

const ENTRY_BYTES: usize = 32;
const ATTRIBUTE_READ_ONLY: u8 = 1;
const ATTRIBUTE_LABEL: u8 = 8;
const ATTRIBUTE_FOLDER: u8 = 16;
const ATTRIBUTE_LONG_NAME: u8 = 15;

/// A folder's size in bytes, as the standard limits it.
const FOLDER_BYTES_MAX: usize = 65_536 * ENTRY_BYTES;

/// FAT.
pub(crate) struct Fat;

impl Format for Fat {
    fn name(&self) -> &'static str {
        "fat"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0x55, 0xaa]).with_offset(510).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let boot = Boot::read(Bin::le(input))?;
        let (mut found, input) = volume(input, boot.size);
        found.fact("version", format!("FAT{}", boot.bits));
        if let Some(label) = boot.label(Bin::le(&input)) {
            found.fact("label", label);
        }
        found.fact("cluster size", boot.cluster_size);
        let mut image = Image { bin: Bin::le(&input), input: &input, boot, budget: context.budget };
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

/// What the boot sector says, in bytes.
#[derive(Debug, Clone)]
struct Boot {
    bits: u32,
    cluster_size: usize,
    clusters: u32,
    fat_at: usize,
    root_at: usize,
    root_size: usize,
    /// First cluster of the root folder of FAT32.
    root_cluster: u32,
    data_at: usize,
    size: usize,
}

impl Boot {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let size16 = |at| bin.u16(at).ok().map(usize::from);
        let (sector, cluster) = (size16(11)?, usize::from(bin.u8(13).ok()?));
        let (reserved, fats) = (size16(14)?, usize::from(bin.u8(16).ok()?));
        let root_entries = size16(17)?;
        let sectors = match size16(19)? {
            0 => bin.size32(32).ok()?,
            sectors => sectors,
        };
        let (fat_16, media) = (size16(22)?, bin.u8(21).ok()?);
        let fat_sectors = if fat_16 == 0 { bin.size32(36).ok()? } else { fat_16 };
        let shaped = matches!(sector, 512 | 1024 | 2048 | 4096)
            && cluster.is_power_of_two()
            && reserved > 0
            && (1..=4).contains(&fats)
            && (media == 0xf0 || media >= 0xf8)
            && fat_sectors > 0
            && bin.has(510, &[0x55, 0xaa])
            // A jump; some makers leave it out.
            && matches!(bin.u8(0).ok()?, 0xeb | 0xe9 | 0);
        let root_sectors = (root_entries * ENTRY_BYTES).div_ceil(sector.max(1));
        let overhead = fats.checked_mul(fat_sectors)?.checked_add(reserved + root_sectors)?;
        if !shaped || overhead >= sectors {
            return None;
        }
        let clusters = u32::try_from((sectors - overhead) / cluster).ok()?;
        let bits = match clusters {
            _ if fat_16 == 0 => 32,
            0..=4084 => 12,
            4085..=65_524 => 16,
            _ => 32,
        };
        let fat_at = reserved * sector;
        // The table begins with the media byte and ones.
        if bin.u8(fat_at).ok()? != media || bin.u8(fat_at + 1).ok()? != 0xff {
            return None;
        }
        let root_at = (reserved + fats * fat_sectors) * sector;
        Some(Self {
            bits,
            cluster_size: cluster * sector,
            clusters,
            fat_at,
            root_at,
            root_size: root_entries * ENTRY_BYTES,
            root_cluster: if bits == 32 { bin.u32(44).ok()? } else { 0 },
            data_at: overhead * sector,
            size: sectors * sector,
        })
    }

    fn label(&self, bin: Bin<'_>) -> Option<String> {
        let at = if self.bits == 32 { 71 } else { 43 };
        let label = bin.text(at, 11).ok()?;
        (bin.u8(at - 5).ok()? == 0x29 && !label.is_empty() && label != "NO NAME").then_some(label)
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    boot: Boot,
    budget: &'a Budget,
}

impl Image<'_> {
    /// The cluster after this one; `None` at the chain's end.
    fn next(&self, cluster: u32) -> Result<Option<u32>, Trouble> {
        let number = cluster as usize;
        let fat = self.boot.fat_at;
        let next = match self.boot.bits {
            12 => {
                let pair = u32::from(self.bin.u16(fat + number + number / 2)?);
                if number % 2 == 1 { pair >> 4 } else { pair & 0xfff }
            }
            16 => u32::from(self.bin.u16(fat + number * 2)?),
            _ => self.bin.u32(fat + number * 4)? & 0x0fff_ffff,
        };
        let end = match self.boot.bits {
            12 => 0xff8,
            16 => 0xfff8,
            _ => 0x0fff_fff8,
        };
        Ok(Some(next).filter(|next| *next < end))
    }

    /// The extents of a chain, up to `size` bytes, and what stopped it early.
    fn chain(&self, first: u32, size: usize) -> (Vec<Extent>, Option<Trouble>) {
        let mut extents = Vec::new();
        let mut cluster = first;
        let mut done = 0_usize;
        for _ in 0..=self.boot.clusters {
            if done >= size {
                break;
            }
            if cluster < 2 || cluster - 2 >= self.boot.clusters {
                let message = format!("a chain leads to cluster {cluster}");
                return (extents, Some(Trouble::damaged(self.boot.fat_at, message)));
            }
            let at = self.boot.data_at + (cluster as usize - 2) * self.boot.cluster_size;
            push_extent(&mut extents, Extent::at(at, self.boot.cluster_size));
            done += self.boot.cluster_size;
            if let Err(limit) = self.budget.take_work(4) {
                return (extents, Some(limit.into()));
            }
            match self.next(cluster) {
                Ok(Some(next)) => cluster = next,
                Ok(None) => break,
                Err(trouble) => return (extents, Some(trouble)),
            }
        }
        (extents, None)
    }

    fn first_cluster(&self, entry: usize) -> Result<u32, Trouble> {
        let low = u32::from(self.bin.u16(entry + 26)?);
        let high = if self.boot.bits == 32 { u32::from(self.bin.u16(entry + 20)?) } else { 0 };
        Ok(low | high << 16)
    }

    fn folder_extents(&self, entry: usize) -> (Vec<Extent>, Option<Trouble>) {
        if entry != ROOT {
            return match self.first_cluster(entry) {
                Ok(first) => self.chain(first, FOLDER_BYTES_MAX),
                Err(trouble) => (Vec::new(), Some(trouble)),
            };
        }
        if self.boot.bits == 32 && self.boot.root_cluster != 0 {
            return self.chain(self.boot.root_cluster, FOLDER_BYTES_MAX);
        }
        (vec![Extent::at(self.boot.root_at, self.boot.root_size)], None)
    }
}

/// The eight-and-three name of an entry, in lower case where Windows NT marked it so.
fn short_name(entry: Bin<'_>) -> String {
    let field = |at: usize, len: usize, lower: bool| {
        let bytes = entry.slice(at, len).unwrap_or_default();
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let text = text.trim_end().to_owned();
        if lower { text.to_ascii_lowercase() } else { text }
    };
    let case = entry.u8(12).unwrap_or(0);
    let mut name = field(0, 8, case & 8 != 0);
    // The byte that marks deleted entries stands as another one.
    if name.starts_with('\u{5}') {
        name.replace_range(..1, "\u{e5}");
    }
    match field(8, 3, case & 16 != 0) {
        extension if extension.is_empty() => name,
        extension => format!("{name}.{extension}"),
    }
}

/// A long name being put together from its entries, last part first.
#[derive(Debug, Default)]
struct LongName {
    bytes: Vec<u8>,
    checksum: u8,
}

impl LongName {
    fn add(&mut self, entry: Bin<'_>) {
        if entry.u8(0).is_ok_and(|order| order & 0x40 != 0) {
            self.bytes.clear();
        }
        self.checksum = entry.u8(13).unwrap_or(0);
        let pieces = [entry.slice(1, 10), entry.slice(14, 12), entry.slice(28, 4)];
        let mut part: Vec<u8> = pieces.into_iter().flatten().flatten().copied().collect();
        part.append(&mut self.bytes);
        self.bytes = part;
    }

    /// The name, if it belongs to this entry.
    fn take(&mut self, entry: Bin<'_>) -> Option<String> {
        let bytes = std::mem::take(&mut self.bytes);
        let short = entry.slice(0, 11).ok()?;
        let sum = short.iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
        let name = utf16_le(&bytes);
        let name = name.split('\0').next().unwrap_or_default();
        (sum == self.checksum && !name.is_empty()).then(|| name.to_owned())
    }
}

impl Tree for Image<'_> {
    type Inode = usize;

    fn attributes(&mut self, entry: usize) -> Result<Attributes, Trouble> {
        let flags = self.bin.u8(entry + 11)?;
        let (time, date) = (self.bin.u16(entry + 22)?, self.bin.u16(entry + 24)?);
        let (time, date) = (i64::from(time), i64::from(date));
        let day = (1980 + (date >> 9), (date >> 5) & 15, date & 31);
        let clock = (time >> 11, (time >> 5) & 63, (time & 31) * 2);
        let mtime = if date == 0 { 0 } else { civil_seconds(day, clock) };
        let mut st_mode = if flags & ATTRIBUTE_FOLDER != 0 { 0o040_755 } else { 0o100_755 };
        if flags & ATTRIBUTE_READ_ONLY != 0 {
            st_mode &= !0o222;
        }
        let meta = NodeMeta { mtime, ..NodeMeta::default() };
        Ok(Attributes { st_mode, meta, ..Attributes::default() })
    }

    fn entries(&mut self, folder: usize) -> Listing<usize> {
        let mut listing = Listing::default();
        let (extents, trouble) = self.folder_extents(folder);
        listing.trouble = trouble;
        let mut long = LongName::default();
        let places = extents.iter().flat_map(|extent| {
            let at = extent.offset.unwrap_or(0);
            (at..at.saturating_add(extent.len)).step_by(ENTRY_BYTES)
        });
        for at in places.take(FOLDER_BYTES_MAX / ENTRY_BYTES) {
            let entry = match self.bin.slice(at, ENTRY_BYTES) {
                Ok(entry) => Bin::le(entry),
                Err(short) => {
                    listing.trouble.get_or_insert(short.into());
                    break;
                }
            };
            let (first, flags) = (entry.u8(0).unwrap_or(0), entry.u8(11).unwrap_or(0));
            match first {
                0 => break,
                0xe5 => long = LongName::default(),
                _ if flags & 0x3f == ATTRIBUTE_LONG_NAME => long.add(entry),
                _ if flags & ATTRIBUTE_LABEL != 0 => long = LongName::default(),
                _ => {
                    let name = long.take(entry).unwrap_or_else(|| short_name(entry));
                    listing.add(name.as_bytes(), at);
                }
            }
        }
        listing
    }

    fn content(&mut self, entry: usize) -> Content {
        let (first, size) = match (self.first_cluster(entry), self.bin.size32(entry + 28)) {
            (Ok(first), Ok(size)) => (first, size),
            (Err(trouble), _) => return trouble.into(),
            (_, Err(short)) => return Trouble::from(short).into(),
        };
        let (extents, trouble) = self.chain(first, size);
        let have = tree::total(&extents);
        let mut content = tree::gather(self.input, &extents, size.min(have), self.budget);
        if have < size {
            let ends = || Trouble::damaged(self.boot.fat_at, "its chain of clusters ends early");
            content.trouble.get_or_insert_with(|| trouble.unwrap_or_else(ends));
        }
        content
    }

    fn has_hard_links(&self) -> bool {
        false
    }
}
