//! UDF (ECMA-167 and OSTA UDF 1.02 to 2.60) on one partition.
//!
//! Not read: write-once media with a virtual allocation table, sparable partitions' remapping,
//! named streams.

use crate::volume::volume;
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, civil_seconds, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};

/// Where the volume recognition sequence begins, in bytes.
const SEQUENCE_AT: usize = 32_768;

/// Sector of the anchor.
const ANCHOR: usize = 256;

const TAG_PRIMARY: u16 = 1;
const TAG_ANCHOR: u16 = 2;
const TAG_PARTITION: u16 = 5;
const TAG_LOGICAL: u16 = 6;
const TAG_TERMINATOR: u16 = 8;
const TAG_FILE_SET: u16 = 256;
const TAG_NAME: u16 = 257;
const TAG_EXTENTS: u16 = 258;
const TAG_FILE: u16 = 261;
const TAG_EXTENDED_FILE: u16 = 266;

/// Descriptors of a volume, extents of a file, that are looked at.
const DESCRIPTORS_MAX: usize = 256;
const EXTENTS_MAX: usize = 1 << 20;

/// UDF.
pub(crate) struct Udf;

impl Format for Udf {
    fn name(&self) -> &'static str {
        "udf"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"BEA01").with_offset(SEQUENCE_AT + 1).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let (sector, anchor) = [512, 1024, 2048, 4096].into_iter().find_map(|sector: usize| {
            tag(bin, ANCHOR * sector, TAG_ANCHOR, ANCHOR as u32).map(|bin| (sector, bin))
        })?;
        let (len, start) = (anchor.size32(16).ok()?, anchor.size32(20).ok()?);
        let volume_set = Volume::read(bin, sector, start, len / sector)?;
        let end = volume_set.partition_at.saturating_add(volume_set.partition_len);
        // A copy of the descriptors stands behind the partition, a second anchor at the very end.
        let reserve = anchor.size32(28).ok()?.saturating_mul(sector);
        let end = end.max(reserve.saturating_add(anchor.size32(24).ok()?));
        let last = (input.len() / sector).saturating_sub(1);
        let anchored = tag(bin, last * sector, TAG_ANCHOR, u32::try_from(last).ok()?).is_some();
        let end = if anchored { end.max((last + 1) * sector) } else { end };
        let (mut found, input) = volume(input, end.max((ANCHOR + 1) * sector));
        let bin = Bin::le(&input);
        found.fact("label", &volume_set.label);
        found.fact("block size", volume_set.block);
        if let Some(odd) = volume_set.unsupported {
            found.problem(ProblemKind::Unsupported, None, odd);
        }
        let mut image = Image {
            bin,
            input: &input,
            volume: volume_set,
            metadata: Vec::new(),
            budget: context.budget,
        };
        match image.root() {
            Ok(root) => tree::walk(&mut image, root, &mut found, context),
            Err(trouble) => found.problem(trouble.kind, trouble.offset, trouble.message),
        }
        Some(found)
    }
}

/// A descriptor with this tag at this place; its checksum must be right.
fn tag<'a>(bin: Bin<'a>, at: usize, id: u16, location: u32) -> Option<Bin<'a>> {
    let found = Bin::le(bin.tail(at));
    let header = found.slice(0, 16).ok()?;
    let sum = header.iter().enumerate().filter(|(index, _)| *index != 4);
    let sum = sum.fold(0_u8, |sum, (_, byte)| sum.wrapping_add(*byte));
    let right = found.u16(0) == Ok(id) && found.u8(4) == Ok(sum);
    (right && found.u32(12) == Ok(location)).then_some(found)
}

/// What the volume's descriptors say.
#[derive(Debug, Clone)]
struct Volume {
    label: String,
    block: usize,
    partition_at: usize,
    partition_len: usize,
    /// Block and partition reference of the file set.
    file_set: Address,
    /// Partition references that lead through the metadata file, and the file's block.
    metadata: Option<(u16, u32)>,
    unsupported: Option<&'static str>,
}

/// A block of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Address {
    block: u32,
    partition: u16,
}

impl Volume {
    fn read(bin: Bin<'_>, sector: usize, start: usize, count: usize) -> Option<Self> {
        let (mut label, mut logical, mut partition) = (String::new(), None, None);
        for index in 0..count.min(DESCRIPTORS_MAX) {
            let number = start.checked_add(index)?;
            let at = number.checked_mul(sector)?;
            let found = Bin::le(bin.tail(at));
            let Ok(id) = found.u16(0) else { break };
            if tag(bin, at, id, u32::try_from(number).ok()?).is_none() || id == TAG_TERMINATOR {
                break;
            }
            match id {
                TAG_PRIMARY => label = characters(found.slice(24, 31).ok()?),
                TAG_LOGICAL => logical = Some(found),
                TAG_PARTITION => {
                    let place = (found.size32(188).ok()?, found.size32(192).ok()?);
                    partition = partition.or(Some(place));
                }
                _ => {}
            }
        }
        let (logical, (first, len)) = (logical?, partition?);
        let block = logical.size32(212).ok()?;
        if !matches!(block, 512 | 1024 | 2048 | 4096) {
            return None;
        }
        let (metadata, unsupported) = maps(logical).unwrap_or((None, None));
        Some(Self {
            label,
            block,
            partition_at: first.checked_mul(sector)?,
            partition_len: len.checked_mul(sector)?,
            file_set: long_address(logical, 248).ok()?,
            metadata,
            unsupported,
        })
    }
}

type Maps = (Option<(u16, u32)>, Option<&'static str>);

/// The partition maps: which reference is the metadata partition.
fn maps(logical: Bin<'_>) -> Result<Maps, Short> {
    let (mut metadata, mut unsupported) = (None, None);
    let mut at = 440;
    for index in 0..logical.u32(268)?.min(8) {
        let (kind, len) = (logical.u8(at)?, usize::from(logical.u8(at + 1)?));
        if kind == 2 {
            let name = logical.text(at + 5, 23)?;
            match name.as_str() {
                "*UDF Metadata Partition" => {
                    metadata = Some((index as u16, logical.u32(at + 40)?));
                }
                "*UDF Virtual Partition" => unsupported = Some("a virtual partition"),
                _ => {
                    unsupported =
                        Some("a sparable partition; remapped blocks are read as they stand")
                }
            }
        }
        at += len.max(2);
    }
    Ok((metadata, unsupported))
}

fn long_address(bin: Bin<'_>, at: usize) -> Result<Address, Short> {
    Ok(Address { block: bin.u32(at + 4)?, partition: bin.u16(at + 8)? })
}

/// Text in OSTA's compressed Unicode: a byte says 8 or 16 bits a character.
fn characters(field: &[u8]) -> String {
    let text = match field.split_first() {
        Some((16, rest)) => crate::volume::utf16_be(rest),
        Some((_, rest)) => rest.iter().map(|byte| char::from(*byte)).collect(),
        None => String::new(),
    };
    text.trim_end_matches('\0').to_owned()
}

/// A file's entry: where its parts stand.
struct Entry<'a> {
    bin: Bin<'a>,
    at: usize,
    extended: bool,
    partition: u16,
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    volume: Volume,
    /// Pieces of the metadata file, once read.
    metadata: Vec<Extent>,
    budget: &'a Budget,
}

impl<'a> Image<'a> {
    fn root(&mut self) -> Result<Address, Trouble> {
        if let Some((_, block)) = self.volume.metadata {
            let entry = self.entry(Address { block, partition: 0 })?;
            let mut extents = Vec::new();
            self.extents(&entry, &mut extents)?;
            self.metadata = extents;
        }
        let address = self.volume.file_set;
        let at = self.offset(address)?;
        let set = tag(self.bin, at, TAG_FILE_SET, address.block)
            .ok_or_else(|| Trouble::damaged(at, "the file set can't be read"))?;
        Ok(long_address(set, 400)?)
    }

    fn offset(&self, address: Address) -> Result<usize, Trouble> {
        let within = (address.block as usize).saturating_mul(self.volume.block);
        if self.volume.metadata.is_some_and(|(partition, _)| partition == address.partition)
            && !self.metadata.is_empty()
        {
            let mut left = within;
            for extent in &self.metadata {
                if left < extent.len {
                    let start = extent.offset.ok_or_else(|| Trouble::damaged(0, "a hole"))?;
                    return Ok(start.saturating_add(left));
                }
                left -= extent.len;
            }
            return Err(Trouble::damaged(0, "an address lies past the metadata"));
        }
        Ok(self.volume.partition_at.saturating_add(within))
    }

    fn entry(&self, address: Address) -> Result<Entry<'a>, Trouble> {
        let at = self.offset(address)?;
        let bytes = self.input.get(at..).unwrap_or_default();
        let bytes = bytes.get(..self.volume.block).unwrap_or(bytes);
        let bin = Bin::new(self.bin.slice(at, bytes.len())?, duecare_base::Endian::Little);
        let extended = tag(bin, 0, TAG_EXTENDED_FILE, address.block).is_some();
        if !extended && tag(bin, 0, TAG_FILE, address.block).is_none() {
            return Err(Trouble::damaged(at, "a file's entry can't be read"));
        }
        Ok(Entry { bin, at, extended, partition: address.partition })
    }

    /// The pieces of a file; from the entry itself if its bytes stand there.
    fn extents(&self, entry: &Entry<'a>, out: &mut Vec<Extent>) -> Result<(), Trouble> {
        let bin = entry.bin;
        let (lengths, front) = if entry.extended { (208, 216) } else { (168, 176) };
        let begin = front + bin.size32(lengths)?;
        let len = bin.size32(lengths + 4)?;
        let form = bin.u16(34)? & 7;
        if form == 3 {
            push_extent(out, Extent::at(entry.at + begin, len));
            return Ok(());
        }
        let mut area = Bin::le(bin.slice(begin, len)?);
        let mut left = EXTENTS_MAX;
        loop {
            let mut next = None;
            let width = if form == 0 { 8 } else { 16 };
            for index in 0..area.len() / width {
                left = left.saturating_sub(1);
                let at = index * width;
                let (raw, block) = (area.u32(at)?, area.u32(at + 4)?);
                let (len, kind) = ((raw & 0x3fff_ffff) as usize, raw >> 30);
                let partition = if form == 0 { entry.partition } else { area.u16(at + 8)? };
                if len == 0 || left == 0 {
                    break;
                }
                let address = Address { block, partition };
                match kind {
                    0 => self.recorded(address, len, out)?,
                    3 => next = Some(address),
                    _ => push_extent(out, Extent::hole(len)),
                }
            }
            let Some(address) = next.filter(|_| left > 0) else { return Ok(()) };
            let at = self.offset(address)?;
            let more = tag(self.bin, at, TAG_EXTENTS, address.block)
                .ok_or_else(|| Trouble::damaged(at, "a list of extents can't be read"))?;
            area = Bin::le(more.slice(24, more.size32(20)?.min(self.volume.block))?);
        }
    }

    /// A recorded extent; one in the metadata may be in pieces itself.
    fn recorded(&self, address: Address, len: usize, out: &mut Vec<Extent>) -> Result<(), Trouble> {
        let through = self.volume.metadata.is_some_and(|(p, _)| p == address.partition);
        if !through || self.metadata.is_empty() {
            push_extent(out, Extent::at(self.offset(address)?, len));
            return Ok(());
        }
        let mut left = len;
        let mut block = address.block;
        while left > 0 {
            let at = self.offset(Address { block, ..address })?;
            let part = left.min(self.volume.block);
            push_extent(out, Extent::at(at, part));
            left -= part;
            block = block.saturating_add(1);
        }
        Ok(())
    }

    fn bytes_of(&self, entry: &Entry<'a>) -> Content {
        let size = entry.bin.size64(56).unwrap_or(0);
        let mut extents = Vec::new();
        let mapped = self.extents(entry, &mut extents);
        let mut content = tree::gather(self.input, &extents, size, self.budget);
        if let Err(trouble) = mapped {
            content.trouble.get_or_insert(trouble);
        }
        content
    }

    fn names(&self, bytes: &[u8], listing: &mut Listing<Address>) -> Result<(), Short> {
        let bin = Bin::le(bytes);
        let mut at = 0;
        while at + 38 <= bytes.len() {
            if bin.u16(at)? != TAG_NAME {
                break;
            }
            let (flags, len) = (bin.u8(at + 18)?, usize::from(bin.u8(at + 19)?));
            let used = usize::from(bin.u16(at + 36)?);
            let name = bin.slice(at + 38 + used, len)?;
            // Deleted names and the way to the parent are passed over.
            if flags & 0x0c == 0 {
                listing.add(characters(name).as_bytes(), long_address(bin, at + 20)?);
            }
            at += (38 + used + len).next_multiple_of(4);
        }
        Ok(())
    }
}

/// The target of a link, from its components.
fn link(bytes: &[u8]) -> Result<String, Short> {
    let bin = Bin::le(bytes);
    let mut path = String::new();
    let mut at = 0;
    while at + 4 <= bytes.len() {
        let (kind, len) = (bin.u8(at)?, usize::from(bin.u8(at + 1)?));
        if !path.is_empty() && !path.ends_with('/') {
            path.push('/');
        }
        match kind {
            1 | 2 => path.push('/'),
            3 => path.push_str(".."),
            4 => path.push('.'),
            _ => path.push_str(&characters(bin.slice(at + 4, len)?)),
        }
        at += 4 + len;
    }
    Ok(path)
}

/// A moment: zone in minutes, then year to second.
fn moment(bin: Bin<'_>, at: usize) -> Result<i64, Short> {
    // Twelve bits with a sign; the upper four are the kind of time.
    let zone = (bin.u16(at)? << 4).cast_signed() >> 4;
    let zone = if (-1440..=1440).contains(&zone) { i64::from(zone) } else { 0 };
    let part = |offset| bin.u8(at + offset).map(i64::from);
    let date = (i64::from(bin.u16(at + 2)?), part(4)?, part(5)?);
    Ok(civil_seconds(date, (part(6)?, part(7)?, part(8)?)) - zone * 60)
}

/// Unix permissions from UDF's fifteen bits.
fn permissions(bits: u32) -> u32 {
    (bits & 7) | (bits >> 5 & 7) << 3 | (bits >> 10 & 7) << 6
}

impl Tree for Image<'_> {
    type Inode = Address;

    fn attributes(&mut self, address: Address) -> Result<Attributes, Trouble> {
        let Entry { bin, extended, .. } = self.entry(address)?;
        let kind = match bin.u8(27)? {
            4 => 0o040_000,
            6 => 0o060_000,
            7 => 0o020_000,
            9 => 0o010_000,
            10 => 0o140_000,
            12 => 0o120_000,
            _ => 0o100_000,
        };
        let flags = u32::from(bin.u16(34)?);
        let special = (flags >> 6 & 1) << 11 | (flags >> 7 & 1) << 10 | (flags >> 8 & 1) << 9;
        let st_mode = kind | special | permissions(bin.u32(44)?);
        let mtime = moment(bin, if extended { 92 } else { 84 })?;
        let id = |raw: u32| if raw == u32::MAX { 0 } else { raw };
        let meta = NodeMeta { mode: st_mode, uid: id(bin.u32(36)?), gid: id(bin.u32(40)?), mtime };
        let device = device(bin, extended).unwrap_or((0, 0));
        Ok(Attributes { st_mode, meta, device, xattrs: Vec::new() })
    }

    fn entries(&mut self, address: Address) -> Listing<Address> {
        let mut listing = Listing::default();
        match self.entry(address) {
            Ok(entry) => {
                let content = self.bytes_of(&entry);
                listing.trouble = content.trouble;
                if let Err(short) = self.names(&content.bytes, &mut listing) {
                    listing.trouble.get_or_insert(short.into());
                }
            }
            Err(trouble) => listing.trouble = Some(trouble),
        }
        listing
    }

    fn content(&mut self, address: Address) -> Content {
        let entry = match self.entry(address) {
            Ok(entry) => entry,
            Err(trouble) => return trouble.into(),
        };
        let content = self.bytes_of(&entry);
        if entry.bin.u8(27) != Ok(12) {
            return content;
        }
        let target = link(&content.bytes).map(|path| Bytes::from(path.into_bytes()));
        target.map_err(Trouble::from).into()
    }
}

/// A device's numbers, from an extended attribute of type 12.
fn device(bin: Bin<'_>, extended: bool) -> Option<(u32, u32)> {
    let (lengths, front) = if extended { (208, 216) } else { (168, 176) };
    let end = front + bin.size32(lengths).ok()?;
    let mut at = front + 24;
    while at + 24 <= end {
        let (kind, len) = (bin.u32(at).ok()?, bin.size32(at + 8).ok()?);
        if kind == 12 {
            return Some((bin.u32(at + 16).ok()?, bin.u32(at + 20).ok()?));
        }
        at += len.max(12);
    }
    None
}
