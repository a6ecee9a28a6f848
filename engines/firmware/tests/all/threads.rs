//! The number of threads changes nothing.

use crate::kit::{Entry, FILE, PROGRAM, image, look};
use duecare_firmware::unpack::listing::listing;
use proptest::prelude::*;

const PALETTE: [Entry<'static>; 10] = [
    ("/etc/passwd", FILE, b"root::0:0:root:/root:/bin/sh\nadmin:x:0:0::/:/bin/sh\n"),
    ("/etc/shadow", FILE, b"root:$1$abcdefgh$2R5ZAXsvA3qcfRZKgFrcg1:19000:0:99999:7:::\n"),
    ("/etc/inittab", FILE, b"::sysinit:/etc/init.d/rcS\n::respawn:/sbin/telnetd -l /bin/sh\n"),
    ("/etc/init.d/rcS", PROGRAM, b"#!/bin/sh\ntelnetd &\n. /etc/more.conf\n$CMD\n"),
    ("/etc/more.conf", FILE, b"CMD=/usr/sbin/tftpd\npassword=Sn4pshots9\n"),
    ("/www/cgi-bin/a.cgi", PROGRAM, b"#!/bin/sh\neval \"$QUERY_STRING\"\n"),
    ("/www/index.php", FILE, b"<?php system($_GET['x']); ?>\n"),
    ("/www/set.lua", FILE, b"os.execute(luci.http.formvalue('x'))\n"),
    ("/bin/busybox", PROGRAM, b"BusyBox v1.31.1 (2020-01-01 00:00:00 UTC)\0multi-call binary\0"),
    (
        "/etc/key.pem",
        FILE,
        include_bytes!("../../../../demo/camera/flawed/firmware-signing-key.pem"),
    ),
];

/// Everything that is seen of an image, with this many threads.
fn seen(threads: usize, bytes: &[u8]) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let examined = pool.install(|| look("a.bin", bytes.to_vec()));
    let components = examined.inventory.components;
    let (findings, not_seen) = (examined.findings, examined.not_seen);
    format!("{}\n{components:#?}\n{findings:#?}\n{not_seen:#?}", listing(&examined.unpacked))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_number_of_threads_changes_nothing(
        chosen in proptest::collection::vec(proptest::sample::subsequence(PALETTE.to_vec(), 0..=10), 1..3),
        noise in proptest::collection::vec(any::<u8>(), 0..3000),
    ) {
        let slots: Vec<&[Entry<'_>]> = chosen.iter().map(Vec::as_slice).collect();
        let bytes = [image(&slots), noise].concat();
        let alone = seen(1, &bytes);
        for threads in [2, 7] {
            prop_assert_eq!(&seen(threads, &bytes), &alone);
        }
    }
}
