use crate::{FLAWED, camera, exits, folder};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

fn walk(at: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let kind = std::fs::symlink_metadata(&path).unwrap();
        if kind.is_dir() {
            walk(&path, out);
        } else {
            out.push(path);
        }
    }
}

#[test]
fn files_come_out_without_set_id_bits_or_devices() {
    let at = folder("extract").join("new");
    exits(&["review", &camera(FLAWED), "--extract", at.to_str().unwrap()], 1);
    let mut files = Vec::new();
    walk(&at, &mut files);
    assert!(files.iter().any(|path| path.ends_with("usr/sbin/telnetd")), "{files:?}");
    for path in &files {
        let kind = std::fs::symlink_metadata(path).unwrap();
        if kind.is_symlink() {
            let target = path.parent().unwrap().join(std::fs::read_link(path).unwrap());
            assert!(target.starts_with(&at), "{}", path.display());
        } else {
            assert!(kind.is_file(), "{} is a device", path.display());
            assert_eq!(kind.permissions().mode() & 0o7022, 0, "{}", path.display());
        }
    }
    exits(&["review", &camera(FLAWED), "--extract", at.to_str().unwrap()], 73);
}

/// A `newc` archive with names that try to leave, a link out, and a file written through it.
#[test]
fn nothing_leaves_the_folder() {
    let at = folder("escape");
    let mut cpio = Vec::new();
    for (name, mode, content) in [
        ("../../escaped-1", 0o100_644, "x"),
        ("/../escaped-2", 0o100_644, "x"),
        ("link", 0o120_777, "../../.."),
        ("link/escaped-3", 0o100_644, "x"),
        ("d", 0o120_777, "."),
        ("e", 0o120_777, "d/d/d/d/d/d/../../../../../.."),
        ("e/pwned", 0o120_777, "bin/x"),
        ("e/new/pwned", 0o120_777, "x"),
        ("up", 0o120_777, "/"),
        ("up/escaped-4", 0o100_644, "x"),
        ("TRAILER!!!", 0, ""),
    ] {
        let fields = [1, mode, 0, 0, 1, 0, content.len(), 0, 0, 0, 0, name.len() + 1, 0];
        cpio.extend(b"070701");
        cpio.extend(fields.iter().flat_map(|field| format!("{field:08X}").into_bytes()));
        cpio.extend(name.bytes().chain([0]));
        cpio.resize(cpio.len().next_multiple_of(4), 0);
        cpio.extend(content.bytes());
        cpio.resize(cpio.len().next_multiple_of(4), 0);
    }
    let image = at.join("a.cpio");
    std::fs::write(&image, cpio).unwrap();
    let out = at.join("deep/er/out");
    exits(&["review", image.to_str().unwrap(), "--extract", out.to_str().unwrap()], 2);
    let mut files = Vec::new();
    walk(&at, &mut files);
    let outside: Vec<&PathBuf> =
        files.iter().filter(|path| !path.starts_with(&out) && **path != image).collect();
    assert!(outside.is_empty(), "{outside:?}");
    assert!(files.iter().any(|path| path.ends_with("escaped-1")), "the content is still there");
}

/// An entry of a tar archive (POSIX ustar).
fn tar_entry(name: &str, kind: &str, link: &str, content: &str) -> Vec<u8> {
    let field = |text: &str, size: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(size, 0);
        bytes
    };
    let header = |sum: &str| {
        let size = format!("{:011o}", content.len());
        let numbers = [field("0000644", 24), field(&size, 24), field(sum, 8)].concat();
        let head = [field(name, 100), numbers, field(kind, 1), field(link, 100)].concat();
        [head, field("ustar\x0000", 255)].concat()
    };
    let sum: u32 = header("        ").iter().map(|byte| u32::from(*byte)).sum();
    let mut entry = header(&format!("{sum:06o}\0 "));
    entry.extend(field(content, content.len().next_multiple_of(512)));
    entry
}

/// A copy for each name would let a small archive fill a disk.
#[test]
fn hard_links_take_no_room() {
    use std::os::unix::fs::MetadataExt as _;
    let at = folder("hard-links");
    let mut tar = tar_entry("one", "0", "", "content");
    tar.extend(tar_entry("two", "1", "one", ""));
    tar.extend([0; 1024]);
    let image = at.join("a.tar");
    std::fs::write(&image, tar).unwrap();
    let out = at.join("out");
    exits(&["review", image.to_str().unwrap(), "--extract", out.to_str().unwrap()], 2);
    let mut files = Vec::new();
    walk(&out, &mut files);
    let found = |name: &str| files.iter().find(|path| path.ends_with(name)).unwrap();
    let (one, two) = (found("one"), found("two"));
    assert_eq!(std::fs::read_to_string(two).unwrap(), "content");
    let inode = |path: &Path| std::fs::metadata(path).unwrap().ino();
    assert_eq!(inode(one), inode(two));
    assert!(!at.join("out.part").exists());
}
