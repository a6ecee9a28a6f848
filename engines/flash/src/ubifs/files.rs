//! Puts objects together from their nodes.

use super::live::Live;
use super::node::{self, BLOCK_BYTES};
use crate::device;
use crate::tree::{Object, REGULAR, SYMLINK, TYPE_MASK};
use duecare_base::Bin;
use duecare_codecs::{Codec, block};
use duecare_unpack::{Bytes, Context, Found, NodeMeta, ProblemKind};
use std::collections::BTreeSet;

/// The inode's content and names are encrypted (`UBIFS_CRYPT_FL`).
const FLAG_ENCRYPTED: u32 = 0x40;

/// What could not be read: how many, and the first with the reason.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    pub(super) blocks: usize,
    pub(super) first_block: String,
    pub(super) encrypted: usize,
    pub(super) first_encrypted: String,
}

/// Gives the objects of one image.
pub(super) struct Files<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) live: &'a Live<'a>,
    pub(super) context: &'a Context<'a>,
    pub(super) compressions: BTreeSet<&'static str>,
    pub(super) trouble: Trouble,
}

/// Whether an inode's names and content are encrypted.
pub(super) fn is_encrypted(bytes: &[u8], live: &Live<'_>, inode: u32) -> bool {
    let node = live.inodes.get(&inode).and_then(|at| node::node(bytes, *at));
    node.and_then(|node| node.bin.u32(108).ok()).is_some_and(|flags| flags & FLAG_ENCRYPTED != 0)
}

impl<'a> Files<'a> {
    /// The bytes of an inode's node, and those that it carries itself.
    fn inode(&self, inode: u32) -> Option<(Bin<'a>, &'a [u8])> {
        let bin = node::node(self.bytes, *self.live.inodes.get(&inode)?)?.bin;
        Some((bin, bin.slice(160, bin.size32(112).ok()?).ok()?))
    }

    /// An inode with its content.
    pub(super) fn object(&mut self, inode: u64, path: &str, found: &mut Found) -> Option<Object> {
        let inode = u32::try_from(inode).ok()?;
        let (bin, inline) = self.inode(inode)?;
        let mode = bin.u32(104).ok()?;
        let meta = NodeMeta {
            mode,
            uid: bin.u32(96).ok()?,
            gid: bin.u32(100).ok()?,
            mtime: bin.u64(72).ok()?.cast_signed(),
        };
        let mut object = Object { st_mode: mode, meta, ..Object::default() };
        object.xattrs = self.xattrs(inode, path, found);
        let encrypted = bin.u32(108).ok()? & FLAG_ENCRYPTED != 0;
        match mode & TYPE_MASK {
            REGULAR | SYMLINK if encrypted => {
                if self.trouble.encrypted == 0 {
                    path.clone_into(&mut self.trouble.first_encrypted);
                }
                self.trouble.encrypted += 1;
            }
            REGULAR => object.content = self.content(inode, bin.size64(48).ok()?, path, found),
            SYMLINK => object.content = Bytes::copy_from_slice(inline),
            0o020_000 | 0o060_000 => {
                let raw = Bin::le(inline);
                object.device = match inline.len() {
                    4 => device::new(raw.u32(0).unwrap_or(0)),
                    8 => device::huge(raw.u64(0).unwrap_or(0)),
                    _ => (0, 0),
                };
            }
            _ => {}
        }
        Some(object)
    }

    fn xattrs(&self, inode: u32, path: &str, found: &mut Found) -> Vec<(String, Vec<u8>)> {
        let mut xattrs = Vec::new();
        for (name, entry) in self.live.xattrs.get(&inode).into_iter().flatten() {
            let Some((_, value)) = self.inode(entry.inode) else { continue };
            // One value may have any number of names.
            if let Err(limit) = self.context.budget.take_memory(name.len() + value.len()) {
                found.problem(ProblemKind::Limit, None, format!("{path}: {limit}"));
                break;
            }
            xattrs.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
        }
        xattrs
    }

    fn content(&mut self, inode: u32, size: usize, path: &str, found: &mut Found) -> Bytes {
        if let Err(limit) = self.context.budget.take_memory(size) {
            found.problem(ProblemKind::Limit, None, format!("{path}: {limit}"));
            return Bytes::new();
        }
        let mut content = vec![0; size];
        // Blocks without a node are holes and read as zeros.
        for (number, at) in self.live.data.get(&inode).into_iter().flatten() {
            let begin = (*number as usize).saturating_mul(BLOCK_BYTES);
            let Some(target) = content.get_mut(begin..) else { continue };
            if target.is_empty() {
                continue;
            }
            match self.block(*at) {
                Ok(data) => {
                    for (to, from) in target.iter_mut().zip(&data) {
                        *to = *from;
                    }
                }
                Err(reason) => {
                    if self.trouble.blocks == 0 {
                        self.trouble.first_block = format!("{path}: {reason}");
                    }
                    self.trouble.blocks += 1;
                }
            }
        }
        Bytes::from(content)
    }

    fn block(&mut self, at: usize) -> Result<Vec<u8>, String> {
        let short = |error: duecare_base::Short| error.to_string();
        let bin = node::node(self.bytes, at).ok_or("the node is damaged")?.bin;
        let size = bin.size32(40).map_err(short)?;
        if size > BLOCK_BYTES {
            return Err(format!("a block of {size} bytes is too large"));
        }
        let number = bin.u16(44).map_err(short)?;
        let data = bin.tail(48);
        let codec = match number {
            0 => {
                self.compressions.insert("none");
                return data.get(..size).map(<[u8]>::to_vec).ok_or("data ends early".to_owned());
            }
            1 => Codec::Lzo1x,
            2 => Codec::Deflate,
            3 => Codec::Zstd,
            other => return Err(format!("compression {other} is not known")),
        };
        let out = block(codec, data, size).map_err(|error| error.to_string())?;
        if out.len() != size {
            return Err("data ends early".to_owned());
        }
        self.compressions.extend(node::compression(number));
        Ok(out)
    }
}
