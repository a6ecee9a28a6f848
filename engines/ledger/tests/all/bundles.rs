use crate::sample::{self, TIME};
use duecare_ledger::{
    Entry, Salt,
    bundle::{Bundle, BundleError, Proven},
    dsse::VerifyEnvelope,
    leaf::{ENTRY_BYTES, EntryError},
    tlog_proof::TlogProof,
};
use proptest::prelude::*;

fn verified(text: &[u8]) -> Result<Proven, BundleError> {
    let bundle = Bundle::parse(text)?;
    sample::trusting(|trust, keys| {
        let signers: &[&dyn VerifyEnvelope] = &[keys.author.verifier()];
        bundle.verify(trust, signers, 1)
    })
}

fn bundle(size: u64, index: u64) -> Bundle {
    let (files, entries) = sample::log(&[size]);
    sample::bundle(&files, &entries, index)
}

#[test]
fn a_bundle_proves_its_entry() {
    let text = bundle(300, 257).to_json().unwrap();
    let proven = verified(text.as_bytes()).unwrap();
    assert_eq!((proven.index, proven.checkpoint.size()), (257, 300));
    assert_eq!(proven.signed.iter().find_map(|one| one.time), Some(TIME));
    let said = proven.said.unwrap();
    assert_eq!(said.statement.predicate()["number"], 257);
    assert_eq!(said.statement.subjects()[0].name(), Some("camera-257.img"));
    assert_eq!(said.keys.len(), 1);
    assert_eq!(Bundle::parse(text.as_bytes()).unwrap().to_json().unwrap(), text);
}

#[test]
fn an_erased_entry_is_still_proved() {
    let whole = bundle(300, 257);
    let text = whole.erased().to_json().unwrap();
    assert!(!text.contains("envelope") && !text.contains("salt"));
    let proven = verified(text.as_bytes()).unwrap();
    assert_eq!((proven.index, proven.said), (257, None));
    // The log's own tenth contents are erased.
    assert!(bundle(300, 9).content.is_none());
}

#[test]
fn other_peoples_content_is_refused() {
    let (whole, other) = (bundle(300, 257), bundle(300, 258));
    let error = |bundle: Bundle| verified(bundle.to_json().unwrap().as_bytes()).unwrap_err();
    let content = other.content.clone();
    assert!(matches!(error(Bundle { content, ..whole.clone() }), BundleError::Content(_)));
    let entry = other.entry;
    assert!(matches!(error(Bundle { entry, ..whole.clone() }), BundleError::Proof(_)));
    let proof = other.proof;
    assert!(matches!(error(Bundle { proof, ..whole.clone() }), BundleError::Proof(_)));
    let text = whole.to_json().unwrap();
    let half = text.replacen("\"salt\":", "\"x\":", 1);
    assert!(matches!(verified(half.as_bytes()), Err(BundleError::Json(_))));
    let later = text.replace("bundle.v1+json", "bundle.v2+json");
    assert!(matches!(verified(later.as_bytes()), Err(BundleError::MediaType(_))));
    let trusted =
        sample::trusting(|trust, keys| whole.verify(trust, &[keys.log.verifier()], 1).unwrap_err());
    assert!(matches!(trusted, BundleError::Envelope(_)), "signed by a key that isn't trusted");
}

/// Every byte of a bundle, changed in every one bit: no longer a proof.
#[test]
fn every_bit_of_a_bundle_counts() {
    for (bundle, bits) in [(bundle(7, 2), 0..8), (bundle(20, 19), 0..1)] {
        let text = bundle.to_json().unwrap().into_bytes();
        assert!(verified(&text).is_ok());
        for at in 0..text.len() {
            for bit in bits.clone() {
                let mut changed = text.clone();
                changed[at] ^= 1 << bit;
                assert!(verified(&changed).is_err(), "byte {at} bit {bit}");
            }
        }
        for length in 0..text.len() {
            assert!(verified(&text[..length]).is_err());
        }
    }
}

#[test]
fn entries_commit_and_hide() {
    let salt = |byte| Salt::new([byte; 32]);
    let entry = Entry::commit(&salt(1), b"envelope");
    assert_eq!(entry.to_bytes().len(), ENTRY_BYTES);
    assert_eq!(Entry::parse(&entry.to_bytes()), Ok(entry));
    assert!(entry.opens(&salt(1), b"envelope"));
    assert!(!entry.opens(&salt(2), b"envelope"));
    assert!(!entry.opens(&salt(1), b"envelopf"));
    assert_eq!(format!("{:?}", salt(1)), "Salt(…)");
    // Computed with another program: printf 'duecare.dev/ledger/leaf/v1\n', 32 bytes 0x01,
    // 'envelope', through sha256sum.
    assert_eq!(
        format!("{entry:?}"),
        "Entry(29dcc456ff230cfe35f24fbda8cf2872ec6619df60c3cefce400a4ec9f5dcbf9)"
    );
    assert_eq!(Entry::parse(b"DCL\x02"), Err(EntryError::Version(2)));
    assert_eq!(Entry::parse(b"another log"), Err(EntryError::Foreign(11)));
    assert_eq!(Entry::parse(&entry.to_bytes()[..35]), Err(EntryError::Foreign(35)));
}

/// The proof in a bundle is the text of C2SP tlog-proof, and read strictly.
#[test]
fn proofs_as_text() {
    let proof = bundle(300, 257).proof;
    let text = proof.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 257\n"));
    assert_eq!(TlogProof::parse(&text).unwrap(), proof);
    let extra = text.replacen("index", "extra YWI=\nindex", 1);
    let with = TlogProof::parse(&extra).unwrap();
    assert_eq!(with.extra.as_deref(), Some(b"ab".as_slice()));
    assert_eq!(with.to_string(), extra);
    for (from, to) in [
        ("@v1", "@v2"),
        ("index 257", "index 0257"),
        ("index 257", "index"),
        ("index 257\n", ""),
        ("index 257", "extra YWI\nindex 257"),
        ("\n\n", "\n"),
        ("=\n", "==\n"),
    ] {
        assert!(TlogProof::parse(&text.replacen(from, to, 1)).is_err(), "{from:?} {to:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn print_then_parse(size in 1_u64..600, pick: u64) {
        let bundle = bundle(size, pick % size);
        let text = bundle.to_json().unwrap();
        prop_assert_eq!(Bundle::parse(text.as_bytes()).unwrap(), bundle);
        prop_assert!(verified(text.as_bytes()).is_ok());
    }
}
