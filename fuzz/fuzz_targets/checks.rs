//! Checks of the file system: init scripts, services, configuration, web pages.
#![no_main]

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
    let _ = duecare_checks::check(&duecare_fuzz::image_with(PATHS, data));
});
