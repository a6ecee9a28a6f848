//! Puts the image together.

use super::plants::{self, Part, What};
use super::{debian, made, trx};
use crate::tools;
use anyhow::{Context as _, Result};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Erase block of the JFFS2 partition, in bytes.
const ERASE_BLOCK_BYTES: usize = 64 * 1024;

/// Makes the image from packages and plants.
pub(super) fn image(folder: &Path, image: &Path) -> Result<()> {
    let (root, data) = (folder.join("root"), folder.join("data"));
    for tree in [&root, &data] {
        if tree.is_dir() {
            std::fs::remove_dir_all(tree)?;
        }
        std::fs::create_dir_all(tree)?;
    }
    let kernel = debian::unpack(folder, &root)?;
    busybox_links(&root)?;
    for plant in plants::all() {
        let tree = match plant.part {
            Part::Root => &root,
            Part::Data => &data,
        };
        plant_one(tree, &root, &plant).with_context(|| plant.path.to_owned())?;
    }
    let kernel = made_by(folder, "kernel.uimage", |out| {
        let arguments = ["-A", "arm", "-O", "linux", "-T", "kernel", "-C", "none"];
        let rest = ["-a", "0x80008000", "-e", "0x80008000", "-n", "Linux", "-d"];
        let kernel = kernel.to_string_lossy();
        let all: Vec<&str> =
            arguments.into_iter().chain(rest).chain([kernel.as_ref(), out]).collect();
        tools::run("mkimage", folder, &all)
    })?;
    let squashfs = made_by(folder, "root.squashfs", |out| {
        let options = ["-comp", "xz", "-all-root", "-noappend", "-no-progress", "-no-xattrs"];
        let all: Vec<&str> = ["root", out].into_iter().chain(options).collect();
        tools::run("mksquashfs", folder, &all)
    })?;
    let jffs2 = made_by(folder, "data.jffs2", |out| {
        let block = format!("--eraseblock={ERASE_BLOCK_BYTES}");
        tools::run(
            "mkfs.jffs2",
            folder,
            &["--root=data", "--little-endian", "--squash-uids", "--pad", &block, "-o", out],
        )
    })?;
    let mut whole = trx::pack(&[kernel, squashfs])?;
    whole.extend(jffs2);
    std::fs::write(image, whole).with_context(|| image.display().to_string())
}

/// Runs a tool that writes the file `name` and reads it.
fn made_by(
    folder: &Path,
    name: &str,
    make: impl FnOnce(&str) -> Result<String>,
) -> Result<Vec<u8>> {
    let out = folder.join(name);
    if out.is_file() {
        std::fs::remove_file(&out)?;
    }
    make(&out.to_string_lossy())?;
    std::fs::read(&out).with_context(|| out.display().to_string())
}

/// As on a real device, most commands are links to busybox.
fn busybox_links(root: &Path) -> Result<()> {
    for name in [
        "sh", "ls", "cat", "cp", "mv", "rm", "mount", "umount", "ps", "kill", "grep", "sed", "vi",
        "login", "getty", "telnetd", "tftp", "wget", "ping", "ifconfig", "route", "syslogd",
        "klogd", "init", "reboot", "chpasswd", "httpd", "udhcpc", "crond", "nc",
    ] {
        let link = root.join("bin").join(name);
        if link.symlink_metadata().is_err() {
            std::os::unix::fs::symlink("busybox", link)?;
        }
    }
    Ok(())
}

fn plant_one(tree: &Path, root: &Path, plant: &plants::Plant) -> Result<()> {
    let path: PathBuf = tree.join(plant.path);
    std::fs::create_dir_all(path.parent().context("a plant lies in a folder")?)?;
    match plant.what {
        What::Text(text) => std::fs::write(&path, text)?,
        What::Parts(parts) => std::fs::write(&path, parts.concat())?,
        What::Copy(of) => {
            std::fs::copy(root.join(of), &path)?;
        }
        What::Made(how) => made::make(how, &path)?,
    }
    if path.is_file() {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(plant.mode))?;
    }
    Ok(())
}
