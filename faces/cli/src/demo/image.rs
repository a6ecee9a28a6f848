//! Makes the example camera's image: a U-Boot kernel image and a U-Boot RAM disk, each gzip-packed
//! and padded to 64 KiB as on the camera's flash. The RAM disk is a `newc` cpio archive.

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

/// Size of an erase block of the camera's flash, in bytes.
const BLOCK_BYTES: usize = 64 * 1024;

/// Modification time of everything: 2026-01-01T00:00:00Z.
const TIME: u32 = 1_767_225_600;

/// What an entry of the root file system is.
pub(super) enum Kind {
    File(&'static [u8]),
    Folder,
    Link(&'static str),
    CharDevice(u32, u32),
}

/// An entry of the root file system.
pub(super) struct Entry {
    /// Path without a leading slash.
    pub path: &'static str,
    /// Permission bits.
    pub mode: u32,
    pub kind: Kind,
}

/// U-Boot's image types (`include/image.h`).
const TYPE_KERNEL: u8 = 2;
const TYPE_RAMDISK: u8 = 3;

/// The whole image.
pub(super) fn camera(entries: &[Entry]) -> std::io::Result<Vec<u8>> {
    let kernel = gzip(&kernel())?;
    let ramdisk = gzip(&cpio(entries))?;
    let mut out = uimage(TYPE_KERNEL, "Linux-6.6.63", &kernel);
    pad(&mut out, BLOCK_BYTES);
    out.extend(uimage(TYPE_RAMDISK, "Example Camera 100", &ramdisk));
    pad(&mut out, BLOCK_BYTES);
    Ok(out)
}

/// Stands in for a kernel: the banner that a real one holds among its code.
fn kernel() -> Vec<u8> {
    let mut out = vec![0_u8; 1024];
    out.extend(include_bytes!("../../../../demo/camera/common/kernel.txt"));
    pad(&mut out, 4096);
    out
}

fn pad(out: &mut Vec<u8>, to: usize) {
    out.resize(out.len().next_multiple_of(to), 0xff);
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A legacy U-Boot image: 64 bytes of header, its checksum taken over itself with the field zero.
fn uimage(kind: u8, name: &str, data: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(64);
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    for word in [0x2705_1956, 0, TIME, size, 0x8000_0000, 0x8000_0000, crc32(data)] {
        header.extend(word.to_be_bytes());
    }
    // Linux, MIPS, the type, gzip.
    header.extend([5, 5, kind, 1]);
    header.extend(name.bytes().chain(std::iter::repeat(0)).take(32));
    let checksum = crc32(&header).to_be_bytes();
    if let Some(field) = header.get_mut(4..8) {
        field.copy_from_slice(&checksum);
    }
    header.extend(data);
    header
}

/// A `newc` cpio archive (as described in Linux, `driver-api/early-userspace/buffer-format`).
fn cpio(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let (kind, content, device): (u32, &[u8], (u32, u32)) = match &entry.kind {
            Kind::File(content) => (0o100_000, content, (0, 0)),
            Kind::Folder => (0o040_000, &[], (0, 0)),
            Kind::Link(target) => (0o120_000, target.as_bytes(), (0, 0)),
            Kind::CharDevice(major, minor) => (0o020_000, &[], (*major, *minor)),
        };
        let inode = u32::try_from(index).unwrap_or(u32::MAX);
        member(&mut out, inode, kind | entry.mode, entry.path, content, device);
    }
    member(&mut out, 0, 0, "TRAILER!!!", &[], (0, 0));
    out
}

fn member(
    out: &mut Vec<u8>,
    inode: u32,
    mode: u32,
    path: &str,
    content: &[u8],
    device: (u32, u32),
) {
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let name_size = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
    let fields = [inode, mode, 0, 0, 1, TIME, size, 0, 0, device.0, device.1, name_size, 0];
    out.extend(b"070701");
    out.extend(fields.iter().flat_map(|field| format!("{field:08X}").into_bytes()));
    out.extend(path.bytes().chain([0]));
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(content);
    out.resize(out.len().next_multiple_of(4), 0);
}
