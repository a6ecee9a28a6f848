//! Reading and writing bills of materials and SARIF, through the public interface.

use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_formats::bom::{self, Bom, BomComponent, BomError, ComponentKind, Occurrence};
use duecare_formats::sarif::{
    self, SarifAbsent, SarifDocument, SarifError, SarifResult, SarifState,
};
use duecare_formats::{cyclonedx, spdx};
use std::path::Path;

fn sample() -> Bom {
    let mut busybox = BomComponent::new("busybox", Some("1.36.1"));
    busybox.supplier = Some("BusyBox".to_owned());
    busybox.purl = Some("pkg:generic/busybox@1.36.1".to_owned());
    busybox.cpes = vec!["cpe:2.3:a:busybox:busybox:1.36.1:*:*:*:*:*:*:*".to_owned()];
    busybox.licences = vec!["GPL-2.0-only".to_owned()];
    busybox.confidence = 95;
    busybox.occurrences = vec![Occurrence {
        location: "camera.bin/squashfs@0x0/bin/busybox".to_owned(),
        offset: Some(4096),
        method: "banner".to_owned(),
        text: "BusyBox v1.36.1".to_owned(),
        confidence: 95,
    }];
    let mut own = BomComponent::new("camera-ui", None);
    own.kind = ComponentKind::Library;
    own.licences = vec!["MIT OR Apache-2.0".to_owned(), "The Camera Licence".to_owned()];
    Bom {
        subject: "camera.bin".to_owned(),
        subject_sha256: "0".repeat(64),
        created: "2026-11-22T00:00:00Z".to_owned(),
        tool_version: "0.1.0".to_owned(),
        components: vec![busybox, own],
    }
}

#[test]
fn what_is_written_is_read_back() {
    for text in [cyclonedx::write(&sample()), spdx::write(&sample())] {
        let read = bom::read(text.as_bytes()).unwrap();
        let found = read.components.iter().find(|c| c.name == "busybox").unwrap();
        assert_eq!(found.version.as_deref(), Some("1.36.1"), "{}", read.format);
        assert_eq!(found.purl.as_deref(), Some("pkg:generic/busybox@1.36.1"));
        assert_eq!(found.cpes.len(), 1);
        assert!(read.components.iter().any(|c| c.name == "camera-ui"));
    }
    assert_eq!(cyclonedx::write(&sample()), cyclonedx::write(&sample()));
}

#[test]
fn broken_bills_say_where() {
    let error = bom::read(b"{\n \"bomFormat\": nope }").unwrap_err();
    assert!(matches!(error, BomError::Json { line: 2, .. }), "{error}");
    assert!(matches!(bom::read(b"hello").unwrap_err(), BomError::UnknownFormat));
    assert!(matches!(bom::read(b"<bom xmlns='http://x'/>").unwrap_err(), BomError::UnknownFormat));
    assert!(matches!(bom::read(b"<bom").unwrap_err(), BomError::Xml(_)));
}

#[test]
fn bills_that_are_cut_off_are_told_from_others() {
    let json = cyclonedx::write(&sample());
    let xml = "<bom xmlns='http://cyclonedx.org/schema/bom/1.4'><components>";
    for text in [json.get(..json.len() / 2).unwrap(), xml] {
        assert!(bom::read(text.as_bytes()).unwrap_err().ends_early(), "{text}");
    }
    for text in ["hello", "{\"a\": nope}", "<bom></bim>"] {
        assert!(!bom::read(text.as_bytes()).unwrap_err().ends_early(), "{text}");
    }
}

#[test]
fn what_only_the_build_uses_is_left_out() {
    let names = |text: &str| -> Vec<String> {
        bom::read(text.as_bytes()).unwrap().components.into_iter().map(|c| c.name).collect()
    };
    let spdx2 = r#"{"spdxVersion":"SPDX-2.3","packages":[
        {"SPDXID":"SPDXRef-a","name":"app"},{"SPDXID":"SPDXRef-b","name":"gcc"},
        {"SPDXID":"SPDXRef-c","name":"zlib","externalRefs":[{"referenceLocator":"cpe:2.3:*:*:zlib:1",
          "referenceType":"http://spdx.org/rdf/references/cpe23Type"}]},
        {"SPDXID":"SPDXRef-i","name":"image"}],
      "relationships":[
        {"spdxElementId":"SPDXRef-b","relationshipType":"BUILD_TOOL_OF","relatedSpdxElement":"SPDXRef-a"},
        {"spdxElementId":"SPDXRef-c","relationshipType":"BUILD_TOOL_OF","relatedSpdxElement":"SPDXRef-a"},
        {"spdxElementId":"SPDXRef-a","relationshipType":"STATIC_LINK","relatedSpdxElement":"SPDXRef-c"},
        {"spdxElementId":"SPDXRef-i","relationshipType":"CONTAINS","relatedSpdxElement":"DocumentRef-x:y"}]}"#;
    assert_eq!(names(spdx2), ["app", "zlib"]);
    assert_eq!(bom::read(spdx2.as_bytes()).unwrap().components[1].cpes.len(), 1);
    let tags = "SPDXVersion: SPDX-2.3\nPackageName: app\nSPDXID: SPDXRef-a\nPackageName: gcc\n\
        SPDXID: SPDXRef-b\nRelationship: SPDXRef-b BUILD_TOOL_OF SPDXRef-a\n";
    assert_eq!(names(tags), ["app"]);
    let spdx3 = r#"{"@graph":[
        {"type":"software_Package","spdxId":"a","name":"app"},
        {"type":"software_Package","spdxId":"b","name":"gcc"},
        {"type":"software_Package","spdxId":"c","name":"zlib"},
        {"type":"LifecycleScopedRelationship","from":"a","to":["b","c"],
         "relationshipType":"dependsOn","scope":"build"},
        {"type":"LifecycleScopedRelationship","from":"a","to":["c"],
         "relationshipType":"dependsOn","scope":"runtime"}]}"#;
    assert_eq!(names(spdx3), ["app", "zlib"]);
    let cyclonedx = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
        {"name":"app"},{"name":"gcc","scope":"excluded"},
        {"name":"cmake","properties":[{"name":"BR_TYPE","value":"host"}]},
        {"name":"zlib","properties":[{"name":"BR_TYPE","value":"target"}]}]}"#;
    assert_eq!(names(cyclonedx), ["app", "zlib"]);
}

/// A bill in every format that is read, each with nested and described components.
#[test]
fn bills_of_every_format_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(cases.len() >= 5);
    for case in cases {
        let files = std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path());
        let input = files.into_iter().find(|path| path.file_stem().unwrap() == "input").unwrap();
        let read = bom::read(&std::fs::read(input).unwrap()).unwrap();
        let lines = read.components.iter().map(|c| {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let cpes = c.cpes.join(" ");
            format!("{} {} {} {cpes}\n", c.name, or_none(&c.version), or_none(&c.purl))
        });
        let seen: String = std::iter::once(format!("{}\n", read.format)).chain(lines).collect();
        let expected = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected, &seen).unwrap();
        }
        assert_eq!(seen, std::fs::read_to_string(expected).unwrap_or_default(), "{case:?}");
    }
}

#[test]
fn sarif_is_written_and_read_back() {
    let finding = Finding::new(
        CheckId::new("service-telnet"),
        Severity::High,
        Confidence::High,
        Location::line("camera.bin/squashfs@0x0", "/etc/init.d/rcS", 7),
        "telnetd",
        "telnet is started at boot",
    )
    .with_snippet("telnetd &")
    .with_evidence(
        Location::file("camera.bin/squashfs@0x0", "/etc/inittab"),
        "::sysinit:/etc/init.d/rcS",
    );
    let document = SarifDocument {
        tool_version: "0.1.0".to_owned(),
        rules: Vec::new(),
        results: vec![SarifResult {
            finding: &finding,
            state: Some(SarifState::New),
            accepted: None,
        }],
        absent: vec![SarifAbsent {
            rule: "service-ftp".to_owned(),
            severity: Severity::Medium,
            confidence: Confidence::High,
            message: "ftp is started at boot".to_owned(),
            location: Location::file("camera.bin/squashfs@0x0", "/etc/init.d/rcS"),
            fingerprint: "0".repeat(64),
        }],
        incomplete: vec!["kernel is encrypted".to_owned()],
        stated: vec!["code for PowerPC is not followed".to_owned()],
    };
    let text = sarif::write(&document);
    let runs = sarif::read(text.as_bytes()).unwrap();
    assert_eq!(text.matches("\"baselineState\": \"absent\"").count(), 1);
    assert_eq!((runs.len(), runs[0].tool.as_str()), (1, "Duecare"));
    assert!(!runs[0].succeeded);
    assert_eq!(runs[0].results.len(), 1, "what is gone is no flaw");
    let result = &runs[0].results[0];
    assert_eq!(result.rule, "service-telnet");
    assert_eq!((result.line, result.security_severity_tenths), (Some(7), Some(80)));
    assert_eq!(result.snippet.as_deref(), Some("telnetd &"));
    assert_eq!(result.fingerprint.as_deref(), Some(finding.fingerprint().to_string().as_str()));
}

#[test]
fn sarif_of_other_tools() {
    let log = br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T","semanticVersion":"3",
      "rules":[{"id":"r1","defaultConfiguration":{"level":"error"},
        "properties":{"tags":["external/cwe/cwe-078"],"security-severity":"8.1"}}]}},
      "originalUriBaseIds":{"SRC":{"uri":"file:///build/"}},
      "results":[
        {"ruleIndex":0,"message":{"text":"a"},"locations":[{"physicalLocation":{
          "artifactLocation":{"uri":"file:///build/src/a.c","uriBaseId":"SRC"},"region":{"startLine":3}}}]},
        {"rule":{"id":"r1/sub"},"kind":"pass","message":{"text":"fine"}},
        {"ruleId":"r2","message":{"markdown":"b"},"suppressions":[{"kind":"inSource"}]}]}]}"#;
    let runs = sarif::read(log).unwrap();
    let results = &runs[0].results;
    assert_eq!(results.len(), 2, "a result of kind pass is no flaw");
    assert_eq!((results[0].rule.as_str(), results[0].level.as_str()), ("r1", "error"));
    assert_eq!((results[0].path.as_str(), &results[0].cwes[..]), ("src/a.c", &[78][..]));
    assert!(results[1].suppressed);
    assert!(matches!(sarif::read(br#"{"version":"1.0","runs":[]}"#), Err(SarifError::Version(_))));
    assert!(matches!(sarif::read(b"{\"version\":\n"), Err(SarifError::Shape { line: 2, .. })));
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        // Only panics matter here.
        drop(bom::read(&bytes));
        drop(sarif::read(&bytes));
        drop(bom::read(&[b"SPDXVersion: x\n", bytes.as_slice()].concat()));
    }
}
