//! The same secret in several images and in both slots of one; secrets in what others quote.

use crate::kit::{Entry, FILE, KNOWLEDGE, PROGRAM, image, look};
use duecare_base::Finding;
use duecare_firmware::unpack::Unpacked;
use duecare_firmware::{Examination, across, merge};

const KEY: &[u8] = include_bytes!("../../../../demo/camera/flawed/firmware-signing-key.pem");

/// `openssl passwd -1 -salt abcdefgh` of one word, and of another.
const SHADOW: &[u8] = b"root:$1$abcdefgh$2R5ZAXsvA3qcfRZKgFrcg1:19000:0:99999:7:::\n";
const OTHER_SHADOW: &[u8] = b"root:$1$zyxwvuts$ZQhgWo8Ghsjvs0PxbYPkn.:19000:0:99999:7:::\n";

const PASSWD: Entry<'_> = ("/etc/passwd", FILE, b"root:x:0:0:root:/root:/bin/sh\n");
const INITTAB: Entry<'_> = ("/etc/inittab", FILE, b"::sysinit:/etc/init.d/rcS\n");
const TELNET: Entry<'_> = ("/etc/init.d/rcS", PROGRAM, b"#!/bin/sh\n/sbin/telnetd -l /bin/sh &\n");

fn shadow(text: &'static [u8]) -> Entry<'static> {
    ("/etc/shadow", 0o100_600, text)
}

fn shared(images: &[&Examination]) -> Vec<Finding> {
    let unpacked: Vec<&Unpacked> = images.iter().map(|image| &image.unpacked).collect();
    across(&unpacked, &KNOWLEDGE)
}

#[test]
fn one_key_in_two_images_is_told_and_two_keys_are_not() {
    let key = ("/etc/device.pem", FILE, KEY);
    let one = look("one.bin", image(&[&[PASSWD, INITTAB, key, shadow(SHADOW)]]));
    let two = look("two.bin", image(&[&[PASSWD, INITTAB, ("/etc/x.key", FILE, KEY)]]));
    let found = shared(&[&one, &two]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].check.as_str(), "key-shared");
    let places = format!("{:?}", found[0]);
    assert!(places.contains("/etc/device.pem") && places.contains("/etc/x.key"), "{places}");
    let third = look("three.bin", image(&[&[PASSWD, INITTAB, shadow(OTHER_SHADOW)]]));
    assert_eq!(shared(&[&one, &third]), [], "nothing in common");
    assert_eq!(shared(&[&one]), [], "one image shares nothing");
}

#[test]
fn one_password_hash_in_two_images_is_told() {
    let one = look("one.bin", image(&[&[PASSWD, INITTAB, shadow(SHADOW)]]));
    let two = look("two.bin", image(&[&[PASSWD, INITTAB, shadow(SHADOW)]]));
    let found = shared(&[&one, &two]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("password hash"), "{}", found[0].message);
    assert!(!format!("{found:?}").contains("2R5ZAXsvA3qcfRZKgFrcg1"), "a hash is a secret");
}

#[test]
fn both_slots_of_an_image_are_one_finding_at_two_places() {
    let slot: &[Entry<'_>] = &[PASSWD, INITTAB, TELNET];
    let alone = merge(look("a.bin", image(&[slot])).findings);
    let both = merge(look("a.bin", image(&[slot, slot])).findings);
    let telnet = |findings: &[(Finding, Vec<duecare_base::Location>)]| {
        let found: Vec<_> = findings
            .iter()
            .filter(|(finding, _)| finding.location.path == TELNET.0)
            .map(|(finding, more)| (finding.fingerprint(), more.len()))
            .collect();
        found
    };
    let (one, two) = (telnet(&alone), telnet(&both));
    assert!(!one.is_empty() && one.iter().all(|(_, more)| *more == 0), "{one:?}");
    let doubled: Vec<_> = one.iter().map(|(fingerprint, _)| (*fingerprint, 1)).collect();
    assert_eq!(two, doubled, "the same findings, each with the other slot as a second place");
}

#[test]
fn a_flaw_of_one_slot_alone_is_found() {
    let (clean, flawed): (&[Entry<'_>], &[Entry<'_>]) =
        (&[PASSWD, INITTAB], &[PASSWD, INITTAB, TELNET]);
    for slots in [[clean, flawed], [flawed, clean]] {
        let found = merge(look("a.bin", image(&slots)).findings);
        let at = found.iter().filter(|(finding, _)| finding.location.path == TELNET.0);
        assert!(at.clone().count() > 0 && at.clone().all(|(_, more)| more.is_empty()));
    }
}

#[test]
fn secrets_in_lines_that_others_quote_are_masked() {
    let script = b"#!/bin/sh\n\
        eval \"curl -u admin:Zq81ttRw http://x/$QUERY_STRING\"\n\
        sh -c \"sshpass -p Zq81ttRw ssh root@h $QUERY_STRING\"\n";
    let cgi = ("/www/cgi-bin/set.cgi", PROGRAM, script.as_slice());
    let found = look("a.bin", image(&[&[PASSWD, INITTAB, cgi]])).findings;
    let injected = found.iter().filter(|finding| finding.check.as_str().starts_with("injection"));
    assert!(injected.count() > 0, "{found:#?}");
    // The key of a finding is never shown: only its digest gets out.
    let shown = found.iter().map(|finding| format!("{:?}", (&finding.message, &finding.evidence)));
    assert!(!shown.collect::<String>().contains("Zq81ttRw"), "{found:#?}");
}
