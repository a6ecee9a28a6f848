use crate::sample::{self, ORIGIN, TIME};
use duecare_ledger::{
    Checkpoint, Hash, Note, SignedCheckpoint, SignerKey, VerifierKey,
    checkpoint::{CheckpointError, Trust, TrustError},
    key::{Algorithm, KeyError, KeyId, KeyName, Sign, Verified, Verify},
    note::NoteError,
};
use proptest::prelude::*;

/// The example of Go's package `golang.org/x/mod/sumdb/note`.
const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SIGNER: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                       then you don't know what your problem is.\n";
const GO_SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_of_go() {
    let verifier = VerifierKey::parse(GO_VERIFIER).unwrap();
    assert_eq!(verifier.to_string(), GO_VERIFIER);
    let note = Note::parse(format!("{GO_TEXT}\n{GO_SIGNATURE}").as_bytes()).unwrap();
    assert_eq!(note.text(), GO_TEXT);
    assert_eq!(note.verify(&[&verifier]).unwrap()[0].key.to_string(), "PeterNeumann+c74f20a3");
    let signer = SignerKey::parse(GO_SIGNER).unwrap();
    assert_eq!(signer.to_secret_text(), GO_SIGNER);
    assert!(!format!("{signer:?}").contains("AYEKFA"), "a signer doesn't show its seed");
    let mut again = Note::new(GO_TEXT.to_owned()).unwrap();
    again.sign(&signer, 0).unwrap();
    assert_eq!(again.to_string(), note.to_string());
}

#[test]
fn keys_that_are_none() {
    let parse = |text: &str| VerifierKey::parse(text).unwrap_err();
    assert_eq!(parse(""), KeyError::Form);
    assert_eq!(parse("PeterNeumann+c74f20a3"), KeyError::Form);
    assert_eq!(parse(&GO_VERIFIER.replace("c74f20a3", "c74f20a4")), KeyError::Id);
    assert_eq!(parse(&GO_VERIFIER.replace("c74f20a3", "C74F20A3")), KeyError::Form);
    assert_eq!(parse(&GO_VERIFIER.replace("c74f20a3", "+c74f20a3")), KeyError::Form);
    assert_eq!(parse(&GO_VERIFIER.replace("Peter", "Peter ")), KeyError::Name);
    assert_eq!(parse(&GO_VERIFIER.replace("+ARpc", "+Bhpc")), KeyError::Algorithm(Algorithm(6)));
    // A key of low order verifies anything.
    let zero = VerifierKey::new(KeyName::new("zero").unwrap(), Algorithm::ED25519, &[0; 32]);
    assert_eq!(zero.unwrap_err(), KeyError::Bytes);
    assert!(SignerKey::parse(GO_VERIFIER).is_err());
}

#[test]
fn forms_that_are_no_note() {
    let signed = format!("{GO_TEXT}\n{GO_SIGNATURE}");
    for (broken, why) in [
        (GO_TEXT.to_owned(), "no signatures"),
        (format!("{GO_TEXT}{GO_SIGNATURE}"), "no empty line"),
        (signed.trim_end().to_owned(), "no newline at the end"),
        (format!("{signed}\n"), "an empty line at the end"),
        (signed.replace("— ", "- "), "another dash"),
        (signed.replace('\n', "\r\n"), "a control character"),
        (signed.replace("you", "y\tu"), "a tab"),
        (signed.replace("nAM=", "nAN="), "base64 with bits over"),
        (signed.replace("nAM=", "nAM"), "no padding"),
        (signed.replace("— PeterNeumann", "— Peter+Neumann"), "a plus in the name"),
        (signed.replace("— PeterNeumann", "— Peter\u{2003}Neumann"), "a space in the name"),
        (signed.replace("— PeterNeumann", "— "), "no name"),
    ] {
        assert!(Note::parse(broken.as_bytes()).is_err(), "{why}");
    }
    assert!(Note::parse(b"\xff\n\n").is_err());
    let many = format!("{GO_TEXT}\n{}", GO_SIGNATURE.repeat(101));
    assert_eq!(Note::parse(many.as_bytes()), Err(NoteError::Signatures));
    let sixteen = format!("{GO_TEXT}\n{}", GO_SIGNATURE.repeat(16));
    assert!(Note::parse(sixteen.as_bytes()).is_ok());
}

/// A stand-in for an algorithm that isn't built in: it "signs" with a fixed text.
struct Later(KeyId);

impl Verify for Later {
    fn id(&self) -> &KeyId {
        &self.0
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::ML_DSA_44
    }

    fn verify(&self, text: &str, signature: &[u8]) -> Option<Verified> {
        (signature == text.as_bytes()).then_some(Verified { time: None })
    }
}

impl Sign for Later {
    fn id(&self) -> &KeyId {
        &self.0
    }

    fn sign(&self, text: &str, _time: u64) -> Vec<u8> {
        text.as_bytes().to_vec()
    }
}

#[test]
fn unknown_keys_are_ignored_and_known_ones_must_hold() {
    let keys = sample::keys();
    let later = Later(KeyId::of(KeyName::new("pq.example").unwrap(), Algorithm::ML_DSA_44, b"key"));
    let mut note = Note::new("text\n".to_owned()).unwrap();
    note.sign(&keys.log, 0).unwrap();
    note.sign(&later, 0).unwrap();
    assert_eq!(note.verify(&[keys.log.verifier()]).unwrap().len(), 1);
    assert_eq!(note.verify(&[keys.log.verifier(), &later]).unwrap().len(), 2);
    assert_eq!(note.verify(&[keys.author.verifier()]), Err(NoteError::Unsigned));
    assert_eq!(note.verify(&[]), Err(NoteError::Unsigned));
    let twice: [&dyn Verify; 2] = [keys.log.verifier(), keys.log.verifier()];
    assert!(matches!(note.verify(&twice), Err(NoteError::Ambiguous(_))));
    // The same name under another id is another key; a known key's wrong signature spoils the note.
    let text = note.to_string().replace("text\n\n", "other\n\n");
    let other = Note::parse(text.as_bytes()).unwrap();
    assert!(matches!(other.verify(&[keys.log.verifier()]), Err(NoteError::Wrong(_))));
    assert!(matches!(other.verify(&[&later]), Err(NoteError::Wrong(_))));
}

/// C2SP tlog-cosignature: the message has a header and the time before the text.
#[test]
fn cosignatures_carry_a_time() {
    let keys = sample::keys();
    let mut note = Note::new("text\n".to_owned()).unwrap();
    note.sign(&keys.witness, TIME).unwrap();
    let bytes = note.signatures()[0].bytes();
    assert_eq!(bytes.len(), 72);
    assert_eq!(bytes[..8], TIME.to_be_bytes());
    assert_eq!(note.verify(&[keys.witness.verifier()]).unwrap()[0].time, Some(TIME));
    let seed = keys.witness.to_secret_text();
    assert!(seed.starts_with("PRIVATE+KEY+witness.example.org/w1+"));
    let plain = SignerKey::from_seed(
        KeyName::new(sample::WITNESS).unwrap(),
        Algorithm::ED25519,
        duecare_base::Digest::of_fields(&[b"seed of a sample key", sample::WITNESS.as_bytes()])
            .as_bytes(),
    );
    let expected = format!("cosignature/v1\ntime {TIME}\ntext\n");
    assert_eq!(plain.unwrap().sign(&expected, 0), bytes[8..], "signed as the standard says");
    let mut far = Note::new("text\n".to_owned()).unwrap();
    far.sign(&keys.witness, u64::MAX).unwrap();
    assert!(far.verify(&[keys.witness.verifier()]).is_err(), "a time beyond 2^63 - 1");
}

#[test]
fn checkpoints_are_read_strictly() {
    let root = Hash::leaf(b"");
    let good = format!("{ORIGIN}\n12\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).unwrap().to_string(), good);
    let extended = format!("{good}an extension\nanother\n");
    assert_eq!(Checkpoint::parse(&extended).unwrap().to_string(), extended);
    let parse = |text: &str| Checkpoint::parse(text).unwrap_err();
    assert_eq!(parse(""), CheckpointError::End);
    assert_eq!(parse("\n12\n"), CheckpointError::Root);
    assert_eq!(parse(&good.replace(ORIGIN, "")), CheckpointError::Origin);
    for size in ["", "012", "+12", "-1", "1 ", "0x1", "9223372036854775808", "18446744073709551616"]
    {
        assert_eq!(parse(&good.replace("\n12\n", &format!("\n{size}\n"))), CheckpointError::Size);
    }
    assert_eq!(parse(&good.replace('=', "")), CheckpointError::Root);
    assert_eq!(parse(&good.replace('=', "==")), CheckpointError::Root);
    assert_eq!(parse(&format!("{good}\n")), CheckpointError::Extension(4));
    assert_eq!(parse(&good.replace("\n12\n", "\n0\n")), CheckpointError::EmptyRoot);
}

#[test]
fn whom_a_checkpoint_is_believed_from() {
    let keys = sample::keys();
    let mut signed = SignedCheckpoint::unsigned(sample::head(1, Hash::leaf(b""))).unwrap();
    let log: &[&dyn Verify] = &[keys.log.verifier()];
    let witnesses: &[&dyn Verify] = &[keys.witness.verifier()];
    let trust = Trust { origin: ORIGIN, log, witnesses, witnesses_min: 1 };
    signed.note_mut().sign(&keys.witness, TIME).unwrap();
    assert_eq!(signed.verify(&trust), Err(TrustError::Log));
    signed.note_mut().sign(&keys.log, 0).unwrap();
    assert_eq!(signed.verify(&trust).unwrap().len(), 2);
    let two = Trust { witnesses_min: 2, ..trust };
    assert_eq!(signed.verify(&two), Err(TrustError::Witnesses { found: 1, needed: 2 }));
    assert!(signed.verify(&Trust { origin: "other.example", ..trust }).is_err());
}

proptest! {
    #[test]
    fn checkpoint_print_then_parse(
        origin in "[!-~é ]{1,40}",
        size in 1_u64..=i64::MAX as u64,
        root: [u8; 32],
    ) {
        let checkpoint = Checkpoint::new(&origin, size, Hash::new(root)).unwrap();
        prop_assert_eq!(Checkpoint::parse(&checkpoint.to_string()).unwrap(), checkpoint);
    }

    #[test]
    fn note_print_then_parse(text in "([ -~—ü]{0,20}\n){1,5}", signatures in 1_usize..4) {
        let keys = sample::keys();
        let mut note = Note::new(text).unwrap();
        let signers: [&dyn Sign; 3] = [&keys.log, &keys.witness, &keys.author];
        for signer in signers.iter().take(signatures) {
            note.sign(*signer, TIME).unwrap();
        }
        let again = Note::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(again, note);
    }
}
