//! SquashFS 1 to 4 in both byte orders and with every compression that makers use.
//!
//! Format as written by `mksquashfs` 1.x to 4.x and described in the Linux kernel's
//! `Documentation/filesystems/squashfs.rst` (version 4); makers' variants by their images: LZMA in
//! versions 2 to 4, other magics, version 4 in big-endian order (AVM).

mod compress;
mod data;
mod directory;
mod inode;
mod metadata;
mod superblock;
mod xattr;

use crate::tree::{self, Attributes, Content, Listing, Tree, Trouble};
use bytes::Bytes;
use compress::{Decoder, Method};
use duecare_base::Bin;
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};
use inode::{Inode, Kind};
use metadata::{METADATA_BYTES, Metadata, Place, Stored};
use std::collections::BTreeMap;
use superblock::Superblock;

/// `mksquashfs` pads to this, in bytes.
const PADDING_BYTES: usize = 4096;

/// SquashFS.
pub(crate) struct SquashFs;

impl Format for SquashFs {
    fn name(&self) -> &'static str {
        "squashfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(b"hsqs"),
                Signature::anywhere(b"sqsh"),
                Signature::anywhere(b"shsq"),
                Signature::anywhere(b"qshs"),
                Signature::anywhere(b"tqsh"),
                Signature::anywhere(b"hsqt"),
                Signature::anywhere(b"sqlz"),
                Signature::anywhere(b"zlqs"),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sb = Superblock::read(input)?;
        let mut found = Found::new(padded_size(input, sb.bytes_used));
        facts(&sb, &mut found);
        if sb.bytes_used > input.len() {
            let missing = sb.bytes_used - input.len();
            let message = format!("{missing} of {} bytes are missing at the end", sb.bytes_used);
            found.problem(ProblemKind::Truncated, Some(input.len()), message);
        }
        let input = input.slice(..sb.bytes_used.min(input.len()));
        let decoder = match decoder(&input, &sb) {
            Ok(decoder) => decoder,
            Err(trouble) => {
                found.problem(trouble.kind, trouble.offset, trouble.message);
                return Some(found);
            }
        };
        compression_facts(&sb, &decoder, &mut found);
        let mut image = Image {
            input: &input,
            budget: context.budget,
            metadata: Metadata::new(&input, sb.endian, sb.has_check_bytes(), context.budget),
            decoder,
            contents: BTreeMap::new(),
            fragments: BTreeMap::new(),
            inodes: BTreeMap::new(),
            ids: BTreeMap::new(),
            sb: &sb,
        };
        tree::walk(&mut image, sb.root, &mut found, context);
        Some(found)
    }
}

/// The file system's bytes with its padding, if that is padding.
fn padded_size(input: &[u8], used: usize) -> usize {
    let padded = used.checked_next_multiple_of(PADDING_BYTES).unwrap_or(used);
    match input.get(used..padded) {
        Some(rest) if rest.iter().all(|byte| *byte == 0) => padded,
        Some(rest) if rest.iter().all(|byte| *byte == 0xff) => padded,
        _ => used.min(input.len()),
    }
}

fn facts(sb: &Superblock, found: &mut Found) {
    found.fact("version", format!("{}.{}", sb.major, sb.minor));
    found.fact("endian", sb.endian.label());
    if let Some(magic) = sb.odd_magic() {
        found.fact("magic", magic);
    }
    found.fact("block size", sb.block_size);
    found.fact("inodes", sb.inodes);
    found.fact("created", tree::date_text(i64::from(sb.created)));
    if sb.has_export_table {
        found.fact("exportable", "yes");
    }
}

fn compression_facts(sb: &Superblock, decoder: &Decoder, found: &mut Found) {
    let method = decoder.method();
    found.fact("compression", method.label());
    let named = sb.compression.map(Method::by_number);
    if let Some(named) = named.filter(|named| *named != Some(method)) {
        let named = named.map_or("an unknown method".to_owned(), Method::label);
        let message = format!("the superblock says {named}, the blocks are {}", method.label());
        found.problem(ProblemKind::Odd, Some(20), message);
    }
}

/// How the blocks of this image are compressed.
fn decoder(input: &Bytes, sb: &Superblock) -> Result<Decoder, Trouble> {
    let named = match sb.compression {
        Some(number) => Method::by_number(number),
        None => Some(Method::Plain(duecare_codecs::Codec::Zlib)),
    };
    let at = usize::try_from(sb.inode_table).unwrap_or(usize::MAX);
    if at >= input.len() {
        return Err(Trouble::truncated(at, "the inode table is missing, no file can be found"));
    }
    let stored = Stored::at(input, at, sb.endian, sb.has_check_bytes())?;
    let first = if stored.compressed { Some(stored.bytes(input)?) } else { None };
    Decoder::find(named, first, METADATA_BYTES, |block| inode::reads_as_inodes(block, sb))
        .map_err(|message| Trouble { kind: ProblemKind::Unsupported, offset: Some(at), message })
}

/// An image being read.
struct Image<'a> {
    input: &'a Bytes,
    budget: &'a Budget,
    sb: &'a Superblock,
    metadata: Metadata<'a>,
    decoder: Decoder,
    /// Files that were read, by where their blocks stand: equal files are stored once.
    contents: BTreeMap<data::ContentKey, Bytes>,
    fragments: BTreeMap<u32, Result<Bytes, Trouble>>,
    inodes: BTreeMap<u64, Inode>,
    ids: BTreeMap<(bool, usize), u32>,
}

impl Image<'_> {
    fn place(&self, reference: u64) -> Place {
        let block = self.sb.inode_table.saturating_add(reference >> 16);
        Place { block, offset: (reference & 0xffff) as usize }
    }

    fn inode(&mut self, reference: u64) -> Result<Inode, Trouble> {
        if let Some(known) = self.inodes.get(&reference) {
            return Ok(*known);
        }
        let place = self.place(reference);
        let (bytes, trouble) = self.metadata.read(place, inode::FRONT_BYTES_MAX, &mut self.decoder);
        let inode = Inode::read(&bytes, self.sb).map_err(|error| {
            let at = usize::try_from(place.block).unwrap_or(usize::MAX);
            trouble.unwrap_or_else(|| Trouble::damaged(at, error.to_string()))
        })?;
        self.inodes.insert(reference, inode);
        Ok(inode)
    }

    /// The number of an owner or group with this index.
    fn id(&mut self, index: usize, group: bool) -> u32 {
        if let Some(known) = self.ids.get(&(group, index)) {
            return *known;
        }
        let bin = Bin::new(self.input, self.sb.endian);
        let id = if self.sb.major == 4 {
            let entry =
                self.metadata.table_entry(self.sb.uid_table, 8, 4, index, &mut self.decoder);
            entry.ok().and_then(|entry| Bin::new(&entry, self.sb.endian).u32(0).ok())
        } else {
            let table = if group { self.sb.gid_table } else { self.sb.uid_table };
            bin.u32(table.saturating_add(index.saturating_mul(4))).ok()
        };
        let id = id.unwrap_or(0);
        self.ids.insert((group, index), id);
        id
    }

    /// Index of a link's attributes, which stands behind its target.
    fn xattr_of_link(&mut self, place: Place, inode: &Inode, size: usize) -> Option<u32> {
        let end = inode.tail.checked_add(size.min(65_536))?;
        let bytes = self.metadata.exact(place, end + 4, &mut self.decoder).ok()?;
        let index = Bin::new(&bytes, self.sb.endian).u32(end).ok()?;
        Some(index).filter(|index| *index != u32::MAX)
    }
}

impl Tree for Image<'_> {
    type Inode = u64;

    fn attributes(&mut self, reference: u64) -> Result<Attributes, Trouble> {
        let inode = self.inode(reference)?;
        let uid = self.id(inode.uid, false);
        let gid = inode.gid.map_or(uid, |gid| self.id(gid, true));
        let xattr = match inode.kind {
            Kind::Link { size } if inode.open_ended => {
                self.xattr_of_link(self.place(reference), &inode, size)
            }
            _ => inode.xattr,
        };
        let device = match inode.kind {
            Kind::Char(number) | Kind::Block(number) if self.sb.major == 4 => {
                ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00))
            }
            Kind::Char(number) | Kind::Block(number) => (number >> 8, number & 0xff),
            _ => (0, 0),
        };
        // Attributes that can't be read hide no content.
        let xattrs = xattr.and_then(|index| self.xattrs(index).ok()).unwrap_or_default();
        let meta = NodeMeta { mode: inode.mode, uid, gid, mtime: i64::from(inode.mtime) };
        Ok(Attributes { st_mode: inode.st_mode(), meta, device, xattrs })
    }

    fn entries(&mut self, reference: u64) -> Listing<u64> {
        let inode = match self.inode(reference) {
            Ok(inode) => inode,
            Err(trouble) => return Listing { entries: Vec::new(), trouble: Some(trouble) },
        };
        let Kind::Folder { block, offset, size } = inode.kind else {
            let trouble = Trouble::damaged(0, "the root is not a folder");
            return Listing { entries: Vec::new(), trouble: Some(trouble) };
        };
        if size == 0 {
            return Listing::default();
        }
        let block = self.sb.directory_table.saturating_add(block);
        self.listing(Place { block, offset }, size)
    }

    fn content(&mut self, reference: u64) -> Content {
        let inode = match self.inode(reference) {
            Ok(inode) => inode,
            Err(trouble) => return trouble.into(),
        };
        let place = self.place(reference);
        match inode.kind {
            Kind::Link { size } => self.link(place, &inode, size),
            _ => self.file(place, &inode),
        }
    }
}
