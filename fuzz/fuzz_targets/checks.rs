//! Checks of the file system: init scripts, services, configuration, web pages, and the flow of
//! input through scripts.
#![no_main]

use duecare_base::Location;
use libfuzzer_sys::fuzz_target;

const PATHS: &[&str] = &[
    "/etc/init.d/rcS",
    "/etc/inittab",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/inetd.conf",
    "/etc/snmp/snmpd.conf",
    "/etc/config/uhttpd",
    "/etc/lighttpd/lighttpd.conf",
    "/etc/ssh/sshd_config",
    "/etc/rc.d/S50telnet",
    "/lib/systemd/system/pump.service",
    "/www/cgi-bin/pump.cgi",
    "/www/index.php",
    "/usr/lib/lua/pump.lua",
    "/www/pump.py",
    "/www/pump.pl",
    "/www/pump.js",
    "/usr/share/pump.c",
    "/boot/config-4.4.60",
    "/uboot.env",
];

fuzz_target!(|data: &[u8]| {
    let image = duecare_fuzz::image_with(PATHS, data);
    let _ = duecare_checks::check(&image);
    if let Some((first, rest)) = data.split_first() {
        let path = PATHS[usize::from(*first) % PATHS.len()];
        let _ = duecare_taint::check(path, rest, &Location::file("input.bin", path));
    }
});
