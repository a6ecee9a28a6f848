use crate::sample;
use duecare_base::Digest;
use duecare_ledger::{
    dsse::{Envelope, EnvelopeError, pae},
    json,
    key::VerifierKey,
    statement::{Statement, StatementError, Subject},
};
use serde_json::{Value, json};

#[test]
fn the_encoding_of_the_standard() {
    // The example of the DSSE protocol.
    let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    assert_eq!(pae("http://example.com/HelloWorld", b"hello world"), expected);
    assert_eq!(pae("ü", b""), "DSSEv1 2 ü 0 ".as_bytes(), "lengths are bytes");
}

#[test]
fn signed_and_verified() {
    let keys = sample::keys();
    let (log, author): (&VerifierKey, _) = (keys.log.verifier(), keys.author.verifier());
    let envelope = Envelope::sign("type", b"payload".to_vec(), &[&keys.log, &keys.author]).unwrap();
    let again = Envelope::parse(envelope.to_json().as_bytes()).unwrap();
    assert_eq!(again, envelope);
    assert_eq!(again.verify(&[log, author], 2).unwrap().len(), 2);
    assert_eq!(again.verify(&[log, log], 1).unwrap().len(), 1);
    let one = again.verify(&[log, log, keys.witness.verifier()], 2);
    assert!(matches!(one, Err(EnvelopeError::Threshold { found: 1, needed: 2 })));
    assert!(again.verify(&[], 0).is_err(), "a threshold of 0 is 1");
    // One key's signature twice, under different hints, counts once.
    let mut value: Value = serde_json::from_str(&envelope.to_json()).unwrap();
    value["signatures"][1] = value["signatures"][0].clone();
    value["signatures"][1]["keyid"] = json!("another");
    let doubled = Envelope::parse(value.to_string().as_bytes()).unwrap();
    assert_eq!(doubled.verify(&[log, author], 1).unwrap().len(), 1);
    // A hint is a hint: without one, or with a foreign one, the key is still found.
    value["signatures"][0].as_object_mut().unwrap().remove("keyid");
    let bare = Envelope::parse(value.to_string().as_bytes()).unwrap();
    assert!(bare.verify(&[log], 1).is_ok());
}

#[test]
fn both_alphabets_and_nothing_else() {
    let keys = sample::keys();
    // 0xfb 0xff is "+/8=" in one alphabet and "-_8=" in the other.
    let envelope = Envelope::sign("type", vec![0xfb, 0xff], &[&keys.log]).unwrap();
    let text = envelope.to_json();
    assert!(text.contains("\"+/8=\""));
    let other = text.replace("+/8=", "-_8=");
    assert_eq!(Envelope::parse(other.as_bytes()).unwrap(), envelope);
    for broken in ["+_8=", "-/8=", "+/8", "+/9=", "+/8= ", "+/8=="] {
        assert!(Envelope::parse(text.replace("+/8=", broken).as_bytes()).is_err(), "{broken}");
    }
    let extra = text.replacen('{', "{\"x\":[1.5],", 1);
    assert_eq!(Envelope::parse(extra.as_bytes()).unwrap(), envelope, "unknown members are ignored");
    let twice = text.replacen('{', "{\"payload\":\"\",", 1);
    assert!(Envelope::parse(twice.as_bytes()).is_err(), "a member twice");
    assert!(
        Envelope::parse(b"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}").is_err()
    );
}

#[test]
fn changed_payload_or_type_is_not_signed() {
    let keys = sample::keys();
    let text = Envelope::sign("type", b"payload".to_vec(), &[&keys.log]).unwrap().to_json();
    for changed in [text.replace("\"type\"", "\"tyqe\""), text.replace("cGF5", "cGF6")] {
        let envelope = Envelope::parse(changed.as_bytes()).unwrap();
        assert!(envelope.verify(&[keys.log.verifier()], 1).is_err());
    }
}

#[test]
fn json_has_one_spelling() {
    let value = json!({
        "\u{e9}": 1, "z": [true, null, -5], "a": {"b": "\u{1}\u{7f}\"\\/\n\u{1f600}"},
        "\u{1f600}": 2, "\u{ff0d}": 3,
    });
    // RFC 8785: members by UTF-16, so the emoji (D83D…) comes before U+FF0D.
    let expected = "{\"a\":{\"b\":\"\\u0001\u{7f}\\\"\\\\/\\n\u{1f600}\"},\"z\":[true,null,-5],\
                    \"\u{e9}\":1,\"\u{1f600}\":2,\"\u{ff0d}\":3}";
    let text = json::to_canonical(&value).unwrap();
    assert_eq!(text, expected);
    assert_eq!(json::from_slice(text.as_bytes()).unwrap(), value);
    assert!(json::to_canonical(&json!(0.5)).is_err());
    assert!(json::to_canonical(&json!(1_u64 << 53)).is_err());
    assert!(json::to_canonical(&json!((1_u64 << 53) - 1)).is_ok());
    assert!(json::from_slice(b"{\"a\":{\"b\":1,\"b\":1}}").is_err(), "a member twice");
    assert!(json::from_slice(b"{\"a\":1,\"\\u0061\":1}").is_err(), "twice in two spellings");
    assert!(json::from_slice(b"1 2").is_err());
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json::from_slice(deep(64).as_bytes()).is_ok());
    assert!(json::from_slice(deep(65).as_bytes()).is_err());
    assert!(json::from_slice(deep(100_000).as_bytes()).is_err());
}

#[test]
fn statements_of_the_standard() {
    // A statement as another tool writes it, with members that are not ours.
    let foreign = br#"{"_type":"https://in-toto.io/Statement/v1","later":1,
        "subject":[{"name":"a.tar","digest":{"sha512":"00","sha256":"x"}}],
        "predicateType":"https://slsa.dev/provenance/v1","predicate":{"ratio":0.5}}"#;
    assert!(matches!(Statement::parse(foreign), Err(StatementError::Digest(0))));
    let text = String::from_utf8(foreign.to_vec()).unwrap();
    let good = text
        .replace("\"sha512\":\"00\",", "")
        .replace(":\"x\"", &format!(":\"{}\"", "ab".repeat(32)));
    let statement = Statement::parse(good.as_bytes()).unwrap();
    assert_eq!(statement.predicate_type(), "https://slsa.dev/provenance/v1");
    assert_eq!(statement.subjects()[0].sha256().unwrap().to_string(), "ab".repeat(32));
    for (from, to) in [
        ("Statement/v1", "Statement/v0.1"),
        ("\"subject\":[", "\"subject\":[],\"other\":["),
        ("https://slsa.dev/provenance/v1", "provenance"),
        ("{\"ratio\":0.5}", "[]"),
        ("\"sha256\"", "\"sha1\""),
        ("\"digest\"", "\"digests\""),
    ] {
        let broken = good.replace(from, to);
        assert_ne!(broken, good);
        assert!(Statement::parse(broken.as_bytes()).is_err(), "{from} -> {to}");
    }
}

#[test]
fn ours_are_canonical_and_typed() {
    let keys = sample::keys();
    let content = sample::content(&keys, 3);
    let envelope = Envelope::parse(content.envelope.as_bytes()).unwrap();
    let statement = Statement::from_envelope(&envelope).unwrap();
    assert_eq!(statement.predicate_type(), "https://duecare.dev/evidence/sample-seal/v1");
    assert_eq!(statement.to_json().unwrap().as_bytes(), envelope.payload());
    assert_eq!(statement.predicate()["number"], 3);
    let subject = Subject::new("x", Digest::of(b"x"));
    let fraction =
        Statement::of_type(vec![subject], "https://x.example/v1".into(), json!({"x": 0.5}));
    assert!(fraction.is_err(), "a fraction has no canonical form");
    assert!(Statement::of_type(vec![], "https://x.example/v1".into(), json!({})).is_err());
}
