//! ISO 9660 with Rock Ridge and Joliet.
//!
//! Sources: ECMA-119; IEEE P1281 (SUSP) and P1282 (Rock Ridge) drafts 1.12; Joliet 1995;
//! zisofs-tools' `zisofs_format.txt`, version 1. A disc that has long names only in a UDF tree
//! (a bridge) is read by that one.

use crate::udf::Udf;
use crate::volume::{utf16_be, volume};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_codecs::Codec;
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, civil_seconds,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};
use std::collections::BTreeMap;

const SECTOR_BYTES: usize = 2048;
const FIRST_DESCRIPTOR: usize = 16 * SECTOR_BYTES;
const MAGIC: &[u8] = b"CD001";

/// Volume descriptors that are looked at.
const DESCRIPTORS_MAX: usize = 64;

/// Continuation areas of one entry's attributes.
const CONTINUATIONS_MAX: usize = 32;

const FLAG_FOLDER: u8 = 2;
const FLAG_ASSOCIATED: u8 = 4;
const FLAG_MORE: u8 = 0x80;

/// ISO 9660.
pub(crate) struct Iso9660;

impl Format for Iso9660 {
    fn name(&self) -> &'static str {
        "iso9660"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(FIRST_DESCRIPTOR + 1).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let (primary, joliet) = descriptors(bin)?;
        let block = usize::from(bin.u16(primary + 128).ok()?);
        if !matches!(block, 512 | 1024 | 2048) {
            return None;
        }
        let size = bin.size32(primary + 80).ok()?.checked_mul(block)?;
        if size <= FIRST_DESCRIPTOR {
            return None;
        }
        let whole = input;
        let (mut found, input) = volume(input, size);
        found.fact("label", bin.text(primary + 40, 32).ok()?);
        found.fact("created", bin.text(primary + 813, 14).ok()?);
        let mut image = Image {
            bin: Bin::le(&input),
            input: &input,
            budget: context.budget,
            block,
            joliet: false,
            rock_ridge: None,
            records: BTreeMap::new(),
        };
        let mut root = primary + 156;
        image.rock_ridge = image.rock_ridge_skip(root);
        if let (None, Some(supplementary)) = (image.rock_ridge, joliet) {
            root = supplementary + 156;
            image.joliet = true;
        }
        let is_plain = image.rock_ridge.is_none() && !image.joliet;
        if is_plain
            && is_bridge(bin)
            && let Some(mut bridge) = Udf.read(whole, context)
            && !bridge.nodes.is_empty()
        {
            bridge.fact("names", "udf");
            bridge.size = bridge.size.max(input.len());
            return Some(bridge);
        }
        let names = match (image.rock_ridge, image.joliet) {
            (Some(_), _) => "rock ridge",
            (None, true) => "joliet",
            (None, false) => "plain",
        };
        found.fact("names", names);
        if let Ok(record) = image.record(root) {
            image.records.insert(root, record);
        }
        tree::walk(&mut image, root, &mut found, context);
        Some(found)
    }
}

/// Whether a UDF volume is announced behind the descriptors.
fn is_bridge(bin: Bin<'_>) -> bool {
    let has =
        |index: usize, magic: &[u8]| bin.has(FIRST_DESCRIPTOR + index * SECTOR_BYTES + 1, magic);
    let mut sectors = (0..DESCRIPTORS_MAX).skip_while(|index| has(*index, MAGIC));
    sectors.next().is_some_and(|index| has(index, b"BEA01"))
}

/// Places of the primary descriptor and of a Joliet one.
fn descriptors(bin: Bin<'_>) -> Option<(usize, Option<usize>)> {
    let (mut primary, mut joliet) = (None, None);
    for index in 0..DESCRIPTORS_MAX {
        let at = FIRST_DESCRIPTOR + index * SECTOR_BYTES;
        if !bin.has(at + 1, MAGIC) {
            break;
        }
        match bin.u8(at).ok()? {
            1 => primary = primary.or(Some(at)),
            2 => {
                let escape = bin.slice(at + 88, 3).ok()?;
                if matches!(escape, b"%/@" | b"%/C" | b"%/E") {
                    joliet = joliet.or(Some(at));
                }
            }
            255 => break,
            _ => {}
        }
    }
    Some((primary?, joliet))
}

/// A folder's record with what Rock Ridge adds.
#[derive(Debug, Clone, Default)]
struct Record {
    extents: Vec<Extent>,
    size: usize,
    flags: u8,
    name: Vec<u8>,
    attributes: Attributes,
    link: Option<Vec<u8>>,
    /// The folder was moved and stands in this block.
    moved_to: Option<usize>,
    /// This is a moved folder, listed at its old place too.
    relocated: bool,
    compressed: bool,
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    budget: &'a Budget,
    block: usize,
    joliet: bool,
    /// Bytes to pass over before each entry's attributes, if there is Rock Ridge.
    rock_ridge: Option<usize>,
    records: BTreeMap<usize, Record>,
}

impl Image<'_> {
    /// Whether the first entry of the root folder announces SUSP, and how far to skip.
    fn rock_ridge_skip(&self, root: usize) -> Option<usize> {
        let folder = self.bin.size32(root + 2).ok()?.checked_mul(self.block)?;
        let name_len = usize::from(self.bin.u8(folder + 32).ok()?);
        let at = folder + (33 + name_len).next_multiple_of(2);
        // CD-ROM XA puts 14 bytes before.
        let at = [at, at + 14].into_iter().find(|at| self.bin.has(*at, b"SP"))?;
        self.bin.has(at + 4, &[0xbe, 0xef]).then(|| self.bin.u8(at + 6).ok().map(usize::from))?
    }

    fn record(&self, at: usize) -> Result<Record, Short> {
        let len = usize::from(self.bin.u8(at)?);
        let name_len = usize::from(self.bin.u8(at + 32)?);
        let extended = usize::from(self.bin.u8(at + 1)?) * self.block;
        let start = self.bin.size32(at + 2)?.saturating_mul(self.block).saturating_add(extended);
        let size = self.bin.size32(at + 10)?;
        let flags = self.bin.u8(at + 25)?;
        let raw = self.bin.slice(at + 33, name_len)?;
        let st_mode = if flags & FLAG_FOLDER != 0 { 0o040_555 } else { 0o100_444 };
        let meta =
            NodeMeta { mtime: short_date(self.bin.slice(at + 18, 7)?), ..NodeMeta::default() };
        let mut record = Record {
            extents: vec![Extent::at(start, size)],
            size,
            flags,
            name: self.plain_name(raw),
            attributes: Attributes { st_mode, meta, ..Attributes::default() },
            ..Record::default()
        };
        if let Some(skip) = self.rock_ridge {
            let begin = (33 + name_len).next_multiple_of(2) + skip;
            let area = self.bin.slice(at + begin, len.saturating_sub(begin)).unwrap_or_default();
            self.rock_ridge(area, &mut record)?;
        }
        Ok(record)
    }

    fn plain_name(&self, raw: &[u8]) -> Vec<u8> {
        if matches!(raw, [0] | [1]) {
            return b".".to_vec();
        }
        let name = if self.joliet {
            utf16_be(raw)
        } else {
            raw.iter().map(|byte| char::from(*byte)).collect()
        };
        let name = name.split(';').next().unwrap_or_default();
        name.strip_suffix('.').unwrap_or(name).as_bytes().to_vec()
    }

    fn rock_ridge(&self, area: &[u8], record: &mut Record) -> Result<(), Short> {
        let mut fields = Fields::default();
        let mut area = area;
        for _ in 0..CONTINUATIONS_MAX {
            match fields.read(Bin::le(area), record)? {
                Some((block, offset, len)) => {
                    let at = block.saturating_mul(self.block).saturating_add(offset);
                    area = self.bin.slice(at, len)?;
                }
                None => break,
            }
        }
        if !fields.name.is_empty() {
            record.name = fields.name;
        }
        if fields.has_link {
            record.link = Some(fields.link);
        }
        Ok(())
    }
}

/// What is put together from several fields of an entry.
#[derive(Debug, Default)]
struct Fields {
    name: Vec<u8>,
    link: Vec<u8>,
    has_link: bool,
    link_goes_on: bool,
}

impl Fields {
    /// Reads the fields of an area; gives block, offset and length of one that goes on.
    fn read(
        &mut self,
        bin: Bin<'_>,
        record: &mut Record,
    ) -> Result<Option<(usize, usize, usize)>, Short> {
        let (mut at, mut next) = (0, None);
        while at + 4 <= bin.len() {
            let len = usize::from(bin.u8(at + 2)?);
            if len < 4 {
                break;
            }
            let field = Bin::le(bin.slice(at, len)?);
            match field.slice(0, 2)? {
                b"CE" => next = Some((field.size32(4)?, field.size32(12)?, field.size32(20)?)),
                b"NM" if field.u8(4)? & 6 == 0 => self.name.extend_from_slice(field.tail(5)),
                b"PX" => {
                    record.attributes.st_mode = field.u32(4)?;
                    record.attributes.meta.uid = field.u32(20)?;
                    record.attributes.meta.gid = field.u32(28)?;
                }
                b"PN" => {
                    let (high, low) = (field.u32(4)?, field.u32(12)?);
                    record.attributes.device = if high == 0 {
                        ((low >> 8) & 0xfff, (low & 0xff) | ((low >> 12) & 0xfff00))
                    } else {
                        (high, low)
                    };
                }
                b"TF" => {
                    if let Some(time) = modified(field) {
                        record.attributes.meta.mtime = time;
                    }
                }
                b"SL" => self.link_parts(field)?,
                b"CL" => record.moved_to = Some(field.size32(4)?),
                b"RE" => record.relocated = true,
                b"ZF" => record.compressed = true,
                b"ST" => break,
                _ => {}
            }
            at += len;
        }
        Ok(next)
    }

    fn link_parts(&mut self, field: Bin<'_>) -> Result<(), Short> {
        self.has_link = true;
        let mut at = 5;
        while at + 2 <= field.len() {
            let (flags, len) = (field.u8(at)?, usize::from(field.u8(at + 1)?));
            let root = flags & 8 != 0;
            if !self.link_goes_on && !self.link.is_empty() && !self.link.ends_with(b"/") {
                self.link.push(b'/');
            }
            let text: &[u8] = match flags & 0x0e {
                2 => b".",
                4 => b"..",
                8 => b"/",
                _ => field.slice(at + 2, len)?,
            };
            self.link.extend_from_slice(text);
            self.link_goes_on = flags & 1 != 0 && !root;
            at += 2 + len;
        }
        Ok(())
    }
}

fn modified(field: Bin<'_>) -> Option<i64> {
    let flags = field.u8(4).ok()?;
    if flags & 2 == 0 {
        return None;
    }
    let index = usize::from(flags & 1);
    if flags & 0x80 == 0 {
        return field.slice(5 + index * 7, 7).ok().map(short_date);
    }
    let text = field.text(5 + index * 17, 14).ok()?;
    let number = |from: usize, len: usize| text.get(from..from + len)?.parse::<i64>().ok();
    Some(civil_seconds(
        (number(0, 4)?, number(4, 2)?, number(6, 2)?),
        (number(8, 2)?, number(10, 2)?, number(12, 2)?),
    ))
}

/// Seven bytes: years since 1900, month, day, hour, minute, second, quarters of an hour from UTC.
fn short_date(bytes: &[u8]) -> i64 {
    let [year, month, day, hour, minute, second, zone] = bytes else { return 0 };
    if *month == 0 {
        return 0;
    }
    let date = (1900 + i64::from(*year), i64::from(*month), i64::from(*day));
    let time = (i64::from(*hour), i64::from(*minute), i64::from(*second));
    civil_seconds(date, time) - i64::from(zone.cast_signed()) * 900
}

impl Tree for Image<'_> {
    type Inode = usize;

    fn attributes(&mut self, at: usize) -> Result<Attributes, Trouble> {
        let record = self.records.get(&at);
        let attributes = record.map(|record| record.attributes.clone());
        attributes.ok_or_else(|| Trouble::damaged(at, "a record can't be read"))
    }

    fn entries(&mut self, at: usize) -> Listing<usize> {
        let mut listing = Listing::default();
        let folder = self.records.get(&at).cloned().unwrap_or_default();
        let (mut at, end) = match folder.extents.first() {
            Some(Extent { offset: Some(at), len }) => (*at, at.saturating_add(*len)),
            _ => return listing,
        };
        let mut unfinished: Option<usize> = None;
        while at < end {
            let len = match self.bin.u8(at) {
                Ok(0) => {
                    // Records don't cross sectors; the rest of this one is empty.
                    at = (at + 1).next_multiple_of(SECTOR_BYTES);
                    continue;
                }
                Ok(len) => usize::from(len),
                Err(short) => {
                    listing.trouble = Some(short.into());
                    break;
                }
            };
            match self.record(at) {
                Ok(record) => self.add(at, record, &mut unfinished, &mut listing),
                Err(short) => {
                    listing.trouble.get_or_insert(short.into());
                }
            }
            at += len;
        }
        listing
    }

    fn content(&mut self, at: usize) -> Content {
        let Some(record) = self.records.get(&at) else { return Content::default() };
        if let Some(link) = &record.link {
            return Bytes::from(link.clone()).into();
        }
        let content = tree::gather(self.input, &record.extents, record.size, self.budget);
        if record.compressed && content.trouble.is_none() {
            return zisofs(&content.bytes, self.budget);
        }
        content
    }

    fn has_hard_links(&self) -> bool {
        false
    }
}

const ZISOFS_MAGIC: &[u8] = &[0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07];

/// A file that zisofs packed: a table of where each block begins, then zlib streams.
fn zisofs(packed: &Bytes, budget: &Budget) -> Content {
    let bin = Bin::le(packed);
    let header = (|| -> Result<_, Short> {
        let size = bin.size32(8)?;
        Ok((size, usize::from(bin.u8(12)?) * 4, u32::from(bin.u8(13)?)))
    })();
    let (size, table, block_log) = match header {
        Ok(header) if bin.has(0, ZISOFS_MAGIC) && (10..=20).contains(&header.2) => header,
        // Some writers mark files that they then left alone.
        _ => return packed.clone().into(),
    };
    if let Err(limit) = budget.take_memory(size) {
        return Trouble::from(limit).into();
    }
    let block = 1_usize << block_log;
    let mut bytes = Vec::with_capacity(size);
    for index in 0..size.div_ceil(block) {
        let wanted = block.min(size - bytes.len());
        let plain = (|| -> Result<Vec<u8>, Trouble> {
            let at = table + index * 4;
            let (begin, end) = (bin.size32(at)?, bin.size32(at + 4)?);
            if begin == end {
                return Ok(vec![0; wanted]);
            }
            let stream = bin.slice(begin, end.saturating_sub(begin))?;
            duecare_codecs::block(Codec::Zlib, stream, wanted)
                .map_err(|error| Trouble::damaged(begin, error.to_string()))
        })();
        match plain {
            Ok(plain) if plain.len() == wanted => bytes.extend_from_slice(&plain),
            Ok(_) => {
                let trouble = Trouble::damaged(table, "a block of zisofs is too short");
                return Content { bytes: bytes.into(), trouble: Some(trouble) };
            }
            Err(trouble) => return Content { bytes: bytes.into(), trouble: Some(trouble) },
        }
    }
    Bytes::from(bytes).into()
}

impl Image<'_> {
    fn add(
        &mut self,
        at: usize,
        mut record: Record,
        unfinished: &mut Option<usize>,
        listing: &mut Listing<usize>,
    ) {
        if record.relocated || record.flags & FLAG_ASSOCIATED != 0 || record.name == b"." {
            return;
        }
        if let Some(block) = record.moved_to {
            let target = block.saturating_mul(self.block);
            if let Ok(moved) = self.record(target) {
                record.extents = moved.extents;
                record.attributes = moved.attributes;
            }
        }
        let more = record.flags & FLAG_MORE != 0;
        if let Some(first) = unfinished.and_then(|at| self.records.get_mut(&at)) {
            first.size = first.size.saturating_add(record.size);
            first.extents.append(&mut record.extents);
        } else {
            listing.add(&record.name, at);
            self.records.insert(at, record);
            *unfinished = Some(at);
        }
        if !more {
            *unfinished = None;
        }
    }
}
