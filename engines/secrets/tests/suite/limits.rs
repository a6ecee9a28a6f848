//! What is left out at a limit is said.

use crate::tree::{image, pack};
use duecare_base::unseen::Effect;
use duecare_secrets::SecretPack;
use std::sync::LazyLock;

static PACK: LazyLock<SecretPack> = LazyLock::new(pack);

/// What was left out of one file, each with its place.
fn left_out(path: &str, bytes: Vec<u8>) -> Vec<String> {
    let files = [(path.to_owned(), bytes)];
    let checked = duecare_secrets::check(&image("limits.bin", &files), &PACK, None);
    let gaps = checked.not_seen.iter().map(|(gap, places)| {
        assert_eq!((gap.effect, gap.analysis), (Effect::Incomplete, "secrets"));
        assert_eq!(places.first[0].path, path);
        gap.reason.to_owned()
    });
    gaps.collect()
}

fn is_incomplete(path: &str, bytes: impl Into<Vec<u8>>, word: &str) {
    let found = left_out(path, bytes.into());
    assert!(found.iter().any(|reason| reason.contains(word)), "{path}, {word}: {found:?}");
}

#[test]
fn a_small_file_is_searched_in_full() {
    assert_eq!(left_out("/etc/a.conf", b"password=hunter22\n".to_vec()), Vec::<String>::new());
}

#[test]
fn a_text_too_large() {
    let mut text = b"password=hunter22\n".to_vec();
    text.resize((16 << 20) + 1, b'\n');
    is_incomplete("/etc/a.conf", text, "16 MiB");
    // Without a word that stands near passwords nothing is left out.
    assert_eq!(left_out("/etc/a.conf", vec![b'\n'; (16 << 20) + 1]), Vec::<String>::new());
}

#[test]
fn too_many_places_in_a_text() {
    is_incomplete("/etc/a.conf", "password=\n".repeat(20_001), "places");
}

#[test]
fn more_secrets_than_are_listed() {
    let text: String = (0..210).map(|n| format!("password=hunter{n:04}x\n")).collect();
    is_incomplete("/etc/a.conf", text, "listed");
}

#[test]
fn stored_settings_too_large() {
    let settings: String = (0..400_000).map(|n| format!("name_{n}=value\0")).collect();
    is_incomplete("/nvram.bin", settings, "4 MiB");
}

#[test]
fn too_many_keys() {
    is_incomplete("/etc/keys", "-----BEGIN X-----\n".repeat(2_001), "key or token");
}

#[test]
fn a_key_store_too_large() {
    let mut store = b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec();
    store.resize((1 << 20) + 1, 1);
    is_incomplete("/etc/app.jks", store, "key store");
}

#[test]
fn too_many_password_hashes() {
    let shadow: String =
        (0..40).map(|n| format!("user{n}:$1$abcdefgh${:022}:19000:0:99999:7:::\n", n)).collect();
    is_incomplete("/etc/shadow", shadow, "first 32");
}

#[test]
fn databases_that_are_not_read() {
    is_incomplete("/etc/a.db", b"SQLite format 3\0nothing".to_vec(), "UTF-16");
    let mut damaged = b"SQLite format 3\0\x10\0\x01\x01\0".to_vec();
    damaged.resize(4096, 0xff);
    damaged[56..60].copy_from_slice(&1_u32.to_be_bytes());
    is_incomplete("/etc/a.db", damaged, "in full");
}
