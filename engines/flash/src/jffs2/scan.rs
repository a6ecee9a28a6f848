//! Goes over an image once: where it ends, and which nodes it has.

use super::node::{self, Dirent, Header, Xref};
use crate::blank_until;
use duecare_base::{Bin, Endian};
use std::collections::BTreeMap;

/// How far a damaged or foreign stretch may go on before the file system is taken to have ended:
/// two bad blocks of 128 KiB, the usual erase blocks of NOR and small NAND flash.
const FOREIGN_BYTES_MAX: usize = 256 * 1024;

/// What another partition may begin with; such a stretch is no bad block. uImage, SquashFS in
/// both orders and OpenWrt's and Broadcom's shape, cramfs, gzip, LZMA, TRX, UBI, ELF.
const OTHER_STARTS: [&[u8]; 11] = [
    b"\x27\x05\x19\x56",
    b"hsqs",
    b"sqsh",
    b"shsq",
    b"qshs",
    b"\x45\x3d\xcd\x28",
    b"\x1f\x8b\x08",
    b"\x5d\0\0",
    b"HDR0",
    b"UBI#",
    b"\x7fELF",
];

/// A second file system behind this one begins at such a multiple, after erased flash.
const SECOND_ALIGN_BYTES: usize = 4096;

/// OpenWrt's mark that the rest of the partition is to be erased at first boot.
const END_MARK: [u8; 4] = [0xde, 0xad, 0xc0, 0xde];

/// Where an inode node stands; the rest is read again when it is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct InodeAt {
    pub(super) version: u32,
    pub(super) at: u32,
}

/// The newest word on a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) version: u32,
    pub(super) inode: u32,
    pub(super) kind: u8,
}

/// Everything that one pass over the image gave.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    /// End of the file system, erased tail included, in bytes.
    pub(super) end: usize,
    pub(super) inodes: BTreeMap<u32, Vec<InodeAt>>,
    pub(super) names: BTreeMap<u32, BTreeMap<&'a [u8], Name>>,
    /// Newest version and place of each attribute.
    pub(super) xattrs: BTreeMap<u32, (u32, usize)>,
    pub(super) xrefs: BTreeMap<(u32, u32), Xref>,
    pub(super) nodes: usize,
    pub(super) obsolete: usize,
    pub(super) cleanmarkers: Vec<usize>,
    pub(super) summaries: usize,
    /// Count and first place of nodes with wrong checksums.
    pub(super) bad_nodes: (usize, usize),
    /// Nodes of a kind that must be understood and is not.
    pub(super) strange_nodes: (usize, usize),
    /// Bytes that are neither erased nor nodes.
    pub(super) foreign: (usize, usize),
    /// Where a node goes on past the end of the image.
    pub(super) cut_at: Option<usize>,
    pub(super) end_mark: bool,
    pub(super) memory: usize,
    /// Checksums of the root folder's names by version: tells a second file system.
    root_names: BTreeMap<u32, u32>,
    /// Where nodes went on after erased flash or something foreign.
    run_start: usize,
}

fn count(counter: &mut (usize, usize), amount: usize, at: usize) {
    if counter.0 == 0 {
        counter.1 = at;
    }
    counter.0 += amount;
}

/// Scans from a first node at 0.
pub(super) fn scan(bytes: &[u8], endian: Endian) -> Scan<'_> {
    let image = Bin::new(bytes, endian);
    let mut scan = Scan::default();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(header) = node::header(image, at) {
            let Some(end) = at.checked_add(header.total).filter(|end| *end <= bytes.len()) else {
                scan.cut_at = Some(at);
                scan.end = bytes.len();
                break;
            };
            if scan.is_second(image, at, header) {
                // Nodes of the second one may have been read already: once more, up to it.
                return self::scan(bytes.get(..scan.run_start).unwrap_or_default(), endian);
            }
            scan.node(image, at, header);
            at = end.next_multiple_of(4);
            scan.end = at.min(bytes.len());
            continue;
        }
        let blank = blank_until(bytes, at) & !3;
        if blank > at || bytes.len() - at < 4 {
            let aligned = blank.is_multiple_of(SECOND_ALIGN_BYTES);
            at = blank.max(at + 4);
            if aligned {
                scan.run_start = at;
            }
            continue;
        }
        if image.has(at, &END_MARK) {
            scan.end_mark = true;
            scan.end = at + END_MARK.len();
            break;
        }
        let is_other = OTHER_STARTS.iter().any(|magic| image.has(at, magic));
        let Some(next) = next_node(image, at).filter(|_| !is_other) else { break };
        let gap = bytes.get(at..next).unwrap_or_default();
        if gap.iter().any(|byte| !matches!(byte, 0 | 0xff)) {
            count(&mut scan.foreign, next - at, at);
        }
        if next - at >= SECOND_ALIGN_BYTES {
            scan.run_start = next;
        }
        at = next;
    }
    scan.end = blank_until(bytes, scan.end);
    scan
}

/// The next node behind a foreign stretch, on the grid of the nodes.
fn next_node(image: Bin<'_>, from: usize) -> Option<usize> {
    let magic = match image.endian() {
        Endian::Little => node::MAGIC.to_le_bytes(),
        Endian::Big => node::MAGIC.to_be_bytes(),
    };
    let reach = from.saturating_add(FOREIGN_BYTES_MAX).min(image.len());
    let area = image.bytes().get(from..reach)?;
    memchr::memmem::find_iter(area, &magic)
        .map(|hit| from + hit)
        .filter(|at| (at - from).is_multiple_of(4))
        .find(|at| node::header(image, *at).is_some())
}

impl<'a> Scan<'a> {
    /// Whether a second file system begins here: after a gap there is another name in the root
    /// folder with a version that the root folder has had already.
    fn is_second(&mut self, image: Bin<'a>, at: usize, header: Header) -> bool {
        if header.kind != node::DIRENT || header.obsolete {
            return false;
        }
        let Some(dirent) = node::dirent(image, at, header.total).filter(|found| found.parent == 1)
        else {
            return false;
        };
        let known = *self.root_names.entry(dirent.version).or_insert(dirent.node_crc);
        known != dirent.node_crc && self.run_start > 0
    }

    fn node(&mut self, image: Bin<'a>, at: usize, header: Header) {
        self.nodes += 1;
        if header.obsolete {
            self.obsolete += 1;
            return;
        }
        let total = header.total;
        let sound = match header.kind {
            node::DIRENT => node::dirent(image, at, total).map(|dirent| self.dirent(dirent)),
            node::INODE => node::inode(image, at, total).map(|inode| {
                self.memory += size_of::<InodeAt>();
                // The format's own offsets have 32 bits; larger images are cut before.
                let place = InodeAt { version: inode.version, at: at as u32 };
                self.inodes.entry(inode.inode).or_default().push(place);
            }),
            node::XATTR => node::xattr(image, at, total).map(|xattr| {
                let newest = self.xattrs.entry(xattr.id).or_insert((xattr.version, at));
                if xattr.version >= newest.0 {
                    *newest = (xattr.version, at);
                }
            }),
            node::XREF => node::xref(image, at).map(|xref| {
                let newest = self.xrefs.entry((xref.inode, xref.xattr)).or_insert(xref);
                if xref.sequence >= newest.sequence {
                    *newest = xref;
                }
            }),
            node::CLEANMARKER => {
                self.cleanmarkers.push(at);
                Some(())
            }
            node::SUMMARY => {
                self.summaries += 1;
                Some(())
            }
            node::PADDING => Some(()),
            // The upper two bits say what a reader that does not know the kind may do.
            kind if kind & 0xc000 == 0xc000 => {
                count(&mut self.strange_nodes, 1, at);
                Some(())
            }
            _ => Some(()),
        };
        if sound.is_none() {
            count(&mut self.bad_nodes, 1, at);
        }
    }

    fn dirent(&mut self, dirent: Dirent<'a>) {
        self.memory += size_of::<Name>() + size_of::<&[u8]>();
        let Dirent { version, inode, kind, .. } = dirent;
        let name = Name { version, inode, kind };
        let newest =
            self.names.entry(dirent.parent).or_default().entry(dirent.name).or_insert(name);
        if version >= newest.version {
            *newest = name;
        }
    }
}
