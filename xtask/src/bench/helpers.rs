//! The programs that other unpackers start: without them they find next to nothing, and a comparison
//! says nothing.

use crate::tools;
use anyhow::{Context as _, Result};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Programs and the Debian packages that hold them.
const PROGRAMS: &[(&str, &str)] = &[
    ("7z", "p7zip-full"),
    ("debugfs", "e2fsprogs"),
    ("fsck.erofs", "erofs-utils"),
    ("lz4", "lz4"),
    ("lziprecover", "lziprecover"),
    ("lzop", "lzop"),
    ("partclone.restore", "partclone"),
    ("simg2img", "android-sdk-libsparse-utils"),
    ("unar", "unar"),
    ("unsquashfs", "squashfs-tools"),
    ("zstd", "zstd"),
];

/// Both unpackers start `sasquatch`, which no registry of packages has. The planted image's SquashFS
/// is a plain one, which `unsquashfs` reads; all that it lacks are the switches for the byte order.
const STAND_IN: &str = "#!/bin/sh
# Stands in for sasquatch on plain SquashFS: without its switches for the byte order.
n=$#
while [ \"$n\" -gt 0 ]; do
    case \"$1\" in -le | -be) ;; *) set -- \"$@\" \"$1\" ;; esac
    shift
    n=$((n - 1))
done
exec unsquashfs \"$@\"
";

/// Makes sure that everything is there and gives the `PATH` for the peers.
///
/// # Errors
/// When a program is missing, with the package that has it.
pub(super) fn path(place: &Path, say: &dyn Fn(&str)) -> Result<String> {
    tools::require(PROGRAMS)?;
    let own = place.join("helpers");
    std::fs::create_dir_all(&own)?;
    if tools::find("sasquatch").is_none() {
        let script = own.join("sasquatch");
        std::fs::write(&script, STAND_IN)?;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
        say("sasquatch is not installed; unsquashfs stands in for it");
    }
    // jefferson and ubi_reader come with unblob.
    let with_unblob = place.join("unblob").join("bin");
    let had = std::env::var("PATH").context("PATH")?;
    Ok(format!("{}:{}:{had}:/usr/sbin:/sbin", own.display(), with_unblob.display()))
}
