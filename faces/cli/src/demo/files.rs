//! The example camera's root file system, from the files in `demo/camera`.

use super::image::{Entry, Kind};

macro_rules! file {
    ($path:literal, $mode:literal, $from:literal) => {
        Entry {
            path: $path,
            mode: $mode,
            kind: Kind::File(include_bytes!(concat!("../../../../demo/camera/", $from))),
        }
    };
}

fn common() -> Vec<Entry> {
    let mut entries: Vec<Entry> = [
        "bin",
        "sbin",
        "etc",
        "etc/init.d",
        "etc/keys",
        "lib",
        "usr",
        "usr/sbin",
        "usr/lib",
        "var",
        "www",
        "www/cgi-bin",
        "dev",
        "proc",
        "sys",
        "data",
    ]
    .into_iter()
    .map(|path| Entry { path, mode: 0o755, kind: Kind::Folder })
    .collect();
    entries.push(Entry { path: "tmp", mode: 0o1777, kind: Kind::Folder });
    entries.push(Entry { path: "var/log", mode: 0o777, kind: Kind::Link("../tmp") });
    entries.push(Entry { path: "dev/console", mode: 0o600, kind: Kind::CharDevice(5, 1) });
    entries.push(Entry { path: "dev/null", mode: 0o666, kind: Kind::CharDevice(1, 3) });
    entries.push(file!("etc/inittab", 0o644, "common/inittab"));
    entries.push(file!("www/index.html", 0o644, "common/index.html"));
    entries
}

/// As it should never ship.
pub(super) fn flawed() -> Vec<Entry> {
    let mut entries = common();
    entries.extend([
        file!("etc/init.d/rcS", 0o755, "flawed/rcS"),
        file!("etc/init.d/S50remote", 0o755, "flawed/S50remote"),
        file!("etc/camera.conf", 0o644, "flawed/camera.conf"),
        file!("etc/passwd", 0o644, "flawed/passwd"),
        file!("etc/shadow", 0o644, "flawed/shadow"),
        file!("etc/firmware.md5", 0o644, "flawed/firmware.md5"),
        file!("etc/keys/firmware-signing-key.pem", 0o644, "flawed/firmware-signing-key.pem"),
        file!("usr/sbin/update.sh", 0o755, "flawed/update.sh"),
        file!("usr/sbin/telnetd", 0o755, "flawed/telnetd"),
        file!("usr/sbin/ipcamd", 0o4755, "flawed/ipcamd"),
        file!("www/cgi-bin/login.cgi", 0o755, "flawed/login.cgi"),
        Entry { path: "root", mode: 0o755, kind: Kind::Folder },
        file!("root/.ash_history", 0o644, "flawed/ash_history"),
    ]);
    entries
}

/// With its flaws mended.
pub(super) fn fixed() -> Vec<Entry> {
    let mut entries = common();
    entries.extend([
        file!("etc/init.d/rcS", 0o755, "fixed/rcS"),
        file!("etc/camera.conf", 0o644, "fixed/camera.conf"),
        file!("etc/passwd", 0o644, "fixed/passwd"),
        file!("etc/shadow", 0o600, "fixed/shadow"),
        file!("etc/keys/update-public.pem", 0o644, "fixed/update-public.pem"),
        file!("usr/sbin/update.sh", 0o755, "fixed/update.sh"),
        file!("usr/sbin/ipcamd", 0o755, "fixed/ipcamd"),
        file!("www/cgi-bin/login.cgi", 0o755, "fixed/login.cgi"),
    ]);
    entries
}
