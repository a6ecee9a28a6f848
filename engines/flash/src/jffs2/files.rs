//! Puts files together from their pieces.

use super::compress;
use super::node::{self, Inode};
use super::scan::{InodeAt, Scan};
use crate::device;
use crate::gaps::Written;
use crate::tree::{Object, REGULAR, SYMLINK, TYPE_MASK};
use duecare_base::Bin;
use duecare_unpack::{Bytes, Context, Found, NodeMeta, ProblemKind};
use std::collections::{BTreeMap, BTreeSet};

/// Largest compressed piece, unpacked. Linux writes one memory page at most, 64 KiB.
const PIECE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest target of a symbolic link, in bytes.
const TARGET_BYTES_MAX: usize = 64 * 1024;

/// What went wrong in files: how many, and the first with the reason.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    pub(super) pieces: usize,
    pub(super) first_piece: String,
    pub(super) holes: usize,
    pub(super) first_hole: String,
}

/// Gives the objects of one image.
pub(super) struct Files<'a> {
    pub(super) input: &'a Bytes,
    pub(super) image: Bin<'a>,
    pub(super) scan: &'a Scan<'a>,
    pub(super) context: &'a Context<'a>,
    pub(super) xattrs: BTreeMap<u32, Vec<(String, Vec<u8>)>>,
    pub(super) compressions: BTreeSet<&'static str>,
    pub(super) trouble: Trouble,
}

impl<'a> Files<'a> {
    fn read(&self, place: InodeAt) -> Option<Inode<'a>> {
        let at = place.at as usize;
        node::inode(self.image, at, node::header(self.image, at)?.total)
    }

    /// An inode with its content.
    pub(super) fn object(&mut self, inode: u64, path: &str, found: &mut Found) -> Option<Object> {
        let inode = u32::try_from(inode).ok()?;
        let mut places = self.scan.inodes.get(&inode)?.clone();
        // Newest first; of two copies of one version either will do.
        places.sort_by_key(|place| std::cmp::Reverse((place.version, place.at)));
        let latest = self.read(*places.first()?)?;
        let meta = NodeMeta {
            mode: latest.mode,
            uid: latest.uid,
            gid: latest.gid,
            mtime: i64::from(latest.mtime),
        };
        let mut object = Object { st_mode: latest.mode, meta, ..Object::default() };
        object.xattrs = self.xattrs.remove(&inode).unwrap_or_default();
        match latest.mode & TYPE_MASK {
            REGULAR | 0 => object.content = self.content(&places, latest.size, path, found),
            SYMLINK => {
                let size = self.data_end(&places).min(TARGET_BYTES_MAX);
                object.content = self.content(&places, size, path, found);
            }
            0o020_000 | 0o060_000 => {
                let data = self.content(&places, self.data_end(&places).min(8), path, found);
                let raw = Bin::new(&data, self.image.endian());
                object.device = match data.len() {
                    2 => device::old(u32::from(raw.u16(0).unwrap_or(0))),
                    4 => device::new(raw.u32(0).unwrap_or(0)),
                    8 => device::huge(raw.u64(0).unwrap_or(0)),
                    _ => (0, 0),
                };
            }
            _ => {}
        }
        Some(object)
    }

    fn data_end(&self, places: &[InodeAt]) -> usize {
        let ends = places.iter().filter_map(|place| self.read(*place));
        ends.map(|piece| piece.offset.saturating_add(piece.data_size)).max().unwrap_or(0)
    }

    fn content(&mut self, places: &[InodeAt], size: usize, path: &str, found: &mut Found) -> Bytes {
        if let [place] = places
            && let Some(slice) = self.stored_whole(*place, size)
        {
            return slice;
        }
        if let Err(limit) = self.context.budget.take_memory(size) {
            found.problem(ProblemKind::Limit, None, format!("{path}: {limit}"));
            return Bytes::new();
        }
        let mut content = vec![0; size];
        let mut written = Written::default();
        for place in places {
            let Some(piece) = self.read(*place) else { continue };
            self.lay(piece, &mut content, &mut written, path);
        }
        if written.bytes() < size {
            if self.trouble.holes == 0 {
                path.clone_into(&mut self.trouble.first_hole);
            }
            self.trouble.holes += 1;
        }
        Bytes::from(content)
    }

    /// A file that is one piece and not compressed, without copying it.
    fn stored_whole(&mut self, place: InodeAt, size: usize) -> Option<Bytes> {
        let piece = self.read(place)?;
        let whole = piece.compression == compress::NONE
            && piece.offset == 0
            && piece.data_size == size
            && piece.data.len() == size
            && crate::crc::from_zero(piece.data) == piece.data_crc;
        if !whole {
            return None;
        }
        if size > 0 {
            self.compressions.insert("none");
        }
        Some(self.input.slice(piece.data_at..piece.data_at + size))
    }

    /// Lays a piece under what newer pieces have written.
    fn lay(&mut self, piece: Inode<'_>, content: &mut [u8], written: &mut Written, path: &str) {
        let begin = piece.offset.min(content.len());
        let end = piece.offset.saturating_add(piece.data_size).min(content.len());
        if begin >= end {
            return;
        }
        if piece.compression == compress::ZERO {
            // The content is zeros to begin with.
            written.add(begin, end);
            return;
        }
        // Unpacks before it is known how much of the piece shows, so that a damaged one leaves
        // its place to older ones. A piece that newer ones hide costs only the look.
        let hidden = written.covers(begin, end);
        if hidden {
            return;
        }
        match decode(&piece) {
            Ok(data) => {
                self.compressions.extend(compress::label(piece.compression));
                for (from, to) in written.add(begin, end) {
                    let source = data.get(from - piece.offset..to - piece.offset);
                    if let (Some(source), Some(target)) = (source, content.get_mut(from..to)) {
                        target.copy_from_slice(source);
                    }
                }
            }
            Err(reason) => {
                if self.trouble.pieces == 0 {
                    self.trouble.first_piece = format!("{path}: {reason}");
                }
                self.trouble.pieces += 1;
            }
        }
    }
}

fn decode(piece: &Inode<'_>) -> Result<Vec<u8>, String> {
    if crate::crc::from_zero(piece.data) != piece.data_crc {
        return Err(format!("wrong checksum of the data at {:#x}", piece.data_at));
    }
    if piece.data_size > PIECE_BYTES_MAX {
        return Err(format!("a piece of {} bytes is too large", piece.data_size));
    }
    compress::decode(piece.compression, piece.data, piece.data_size)
}

/// The attributes of every inode.
pub(super) fn xattrs(
    image: Bin<'_>,
    scan: &Scan<'_>,
    context: &Context<'_>,
    found: &mut Found,
) -> BTreeMap<u32, Vec<(String, Vec<u8>)>> {
    let mut all: BTreeMap<u32, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for xref in scan.xrefs.values().filter(|xref| xref.sequence & 1 == 0) {
        let Some((version, at)) = scan.xattrs.get(&xref.xattr) else { continue };
        // All ones: the attribute is deleted.
        if *version == u32::MAX {
            continue;
        }
        let read = node::header(image, *at).and_then(|head| node::xattr(image, *at, head.total));
        let Some(xattr) = read else { continue };
        // One attribute may be tied to any number of inodes.
        if let Err(limit) = context.budget.take_memory(xattr.name.len() + xattr.value.len()) {
            found.problem(ProblemKind::Limit, Some(*at), limit);
            break;
        }
        let prefix = match xattr.prefix {
            1 => "user.",
            2 => "security.",
            3 => "system.posix_acl_access",
            4 => "system.posix_acl_default",
            5 => "trusted.",
            _ => "unknown.",
        };
        let name = format!("{prefix}{}", String::from_utf8_lossy(xattr.name));
        all.entry(xref.inode).or_default().push((name, xattr.value.to_vec()));
    }
    for list in all.values_mut() {
        list.sort();
    }
    all
}
