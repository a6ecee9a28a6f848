//! JSON formats of the ledger: what is accepted is written and read again as the same.
#![no_main]

use duecare_ledger::{
    Entry, bundle::Bundle, content::Content, dsse::Envelope, json, statement::Statement,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(bundle) = Bundle::parse(data) {
        let text = bundle.to_json().expect("strings have a canonical form");
        assert_eq!(Bundle::parse(text.as_bytes()).expect("what is written is read"), bundle);
        let _ = bundle.proof.verify_entry(&bundle.entry.to_bytes());
    }
    if let Ok(content) = Content::parse(data) {
        let text = content.to_json().expect("strings have a canonical form");
        assert_eq!(Content::parse(text.as_bytes()).expect("what is written is read"), content);
        let _ = content.open(content.entry());
    }
    if let Ok(envelope) = Envelope::parse(data) {
        let again = Envelope::parse(envelope.to_json().as_bytes());
        // Written in standard base64 with sorted members, it can be longer than an envelope may be.
        assert!(again.is_err() || again.is_ok_and(|again| again == envelope), "an envelope");
        let _ = Statement::from_envelope(&envelope);
    }
    if let Ok(statement) = Statement::parse(data)
        && let Ok(text) = statement.to_json()
    {
        let again = Statement::parse(text.as_bytes()).expect("what is written is read");
        assert_eq!(again, statement, "a statement");
    }
    if let Ok(value) = json::from_slice(data)
        && let Ok(text) = json::to_canonical(&value)
    {
        let again = json::from_slice(text.as_bytes()).expect("what is written is read");
        assert_eq!(json::to_canonical(&again).expect("it has a canonical form"), text);
    }
    if let Ok(entry) = Entry::parse(data) {
        assert_eq!(entry.to_bytes(), data, "an entry");
    }
});
