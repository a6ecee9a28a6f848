//! Images made of files, as cpio archives (the `newc` form of cpio(5)), and the packs.

use duecare_firmware::unpack::{Bytes, Limits};
use duecare_firmware::{Examination, Knowledge, PackFiles, examine};
use std::sync::LazyLock;

/// A day long after that of every certificate here: 2026-11-22.
const TODAY: i64 = 1_795_305_600;

/// Distance of the file systems of one image, in bytes: a block of flash.
const SLOT_BYTES: usize = 64 << 10;

/// Path, mode with the type of the file, content.
pub(crate) type Entry<'a> = (&'a str, u32, &'a [u8]);

/// A regular file that everybody may run.
pub(crate) const PROGRAM: u32 = 0o100_755;

/// A regular file.
pub(crate) const FILE: u32 = 0o100_644;

pub(crate) static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    let files = PackFiles {
        components: duecare_packs::COMPONENTS.to_vec(),
        checks: duecare_packs::CHECKS.to_vec(),
        secrets: duecare_packs::SECRETS.to_vec(),
        ..PackFiles::default()
    };
    Knowledge::parse(&files).unwrap()
});

pub(crate) fn look(name: &str, image: Vec<u8>) -> Examination {
    examine(name, Bytes::from(image), &KNOWLEDGE, Limits::default(), TODAY, &|_| {})
}

/// An image with one file system for each list, each at a block of its own.
pub(crate) fn image(slots: &[&[Entry<'_>]]) -> Vec<u8> {
    let mut out = Vec::new();
    for slot in slots {
        out.extend(archive(slot));
        out.resize(out.len().next_multiple_of(SLOT_BYTES), 0xff);
    }
    out
}

fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let folders = ["etc", "bin", "sbin", "usr", "www", "www/cgi-bin", "etc/init.d"];
    let mut out = Vec::new();
    for (inode, folder) in (1..).zip(folders) {
        member(&mut out, inode, folder, 0o040_755, &[]);
    }
    for (inode, (path, mode, content)) in (100..).zip(entries) {
        member(&mut out, inode, path.trim_start_matches('/'), *mode, content);
    }
    member(&mut out, 0, "TRAILER!!!", 0, &[]);
    out
}

fn member(out: &mut Vec<u8>, inode: usize, name: &str, mode: u32, content: &[u8]) {
    let size = content.len();
    let fields = [inode, mode as usize, 0, 0, 1, 0, size, 0, 0, 0, 0, name.len() + 1, 0];
    out.extend(b"070701");
    for field in fields {
        out.extend(format!("{field:08x}").bytes());
    }
    out.extend(name.bytes().chain([0]));
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(content);
    out.resize(out.len().next_multiple_of(4), 0);
}
