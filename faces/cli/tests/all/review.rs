use crate::{FIXED, FLAWED, camera, duecare, exits, folder};
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

const FILES: [&str; 5] =
    ["report.json", "report.sarif", "bom.cdx.json", "bom.spdx.json", "report.html"];

#[test]
fn out_writes_every_format_and_the_same_bytes_each_time() {
    let (one, two) = (folder("out-1"), folder("out-2"));
    for at in [&one, &two] {
        exits(&["review", &camera(FLAWED), "--out", at.to_str().unwrap()], 1);
    }
    for name in FILES {
        assert!(read(&one.join(name)) == read(&two.join(name)), "{name} differs between two runs");
    }
    assert_eq!(std::fs::read_dir(&one).unwrap().count(), FILES.len());
}

#[test]
fn every_planted_flaw_is_found_where_it_stands() {
    let out = duecare(&["review", &camera(FLAWED), "--format", "json"]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    for (check, path) in [
        ("backdoor-debug-shell", "/etc/init.d/S50remote"),
        ("service-telnet", "/etc/init.d/S50remote"),
        ("credential-elf-literal", "/www/cgi-bin/login.cgi"),
        ("injection-elf-command", "/www/cgi-bin/login.cgi"),
        ("credential-empty-password", "/etc/shadow"),
        ("credential-guessable-hash", "/etc/shadow"),
        ("credential-uid0-twin", "/etc/passwd"),
        ("credential-config", "/etc/camera.conf"),
        ("key-signing", "/etc/keys/firmware-signing-key.pem"),
        ("leftover-history", "/root/.ash_history"),
        ("mode-shadow-readable", "/etc/shadow"),
        ("mode-setuid", "/usr/sbin/ipcamd"),
        ("update-signing-absent", "/usr/sbin/update.sh"),
        ("elf-stack-executable", "/www/cgi-bin/login.cgi"),
    ] {
        let found = findings.iter().any(|finding| {
            let places = finding["locations"].as_array().unwrap();
            finding["check"] == check && places.iter().any(|place| place["path"] == path)
        });
        assert!(found, "{check} at {path}");
    }
    let ftpd = findings.iter().any(|f| f["check"].as_str().unwrap().contains("service-ftp"));
    assert!(!ftpd, "a commented-out line is no service");
}

#[test]
fn no_output_shows_a_secret() {
    let at = folder("secrets");
    exits(&["review", &camera(FLAWED), "--out", at.to_str().unwrap()], 1);
    let printed = exits(&["review", &camera(FLAWED), "--verbose"], 1);
    let mut texts = vec![("terminal", printed)];
    texts.extend(FILES.map(|name| (name, read(&at.join(name)))));
    for (name, text) in texts {
        for secret in
            ["Sn4pshots", "camera2019", "tCUQs3j0iUIbB8v", "QkORwN6i4YJ7wTzt", "MIIEpA", "MIIEow"]
        {
            assert!(!text.contains(secret), "{name} shows {secret}");
        }
    }
}

#[test]
fn a_baseline_spares_known_findings_save_those_that_always_block() {
    let at = folder("baseline");
    exits(&["review", &camera(FLAWED), "--out", at.to_str().unwrap()], 1);
    let report = at.join("report.json");
    let args = ["review", &camera(FLAWED), "--baseline", report.to_str().unwrap()];
    let out = duecare(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(out.status.code(), Some(1), "hard-coded credentials always block");
    let again: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(again["findings"].as_array().unwrap().iter().all(|f| f["state"] == "known"));
    let policy = at.join("policy.toml");
    let rule = "name='p'\n[[rule]]\nid='r'\ntitle='t'\nfindings={severity_min='high'}\n";
    std::fs::write(&policy, rule).unwrap();
    exits(&[&args[..], &["--policy", policy.to_str().unwrap()]].concat(), 0);
    exits(&["review", &camera(FLAWED), "--policy", policy.to_str().unwrap()], 1);
}

#[test]
fn what_is_gone_since_the_baseline_is_told_everywhere() {
    let (old, new) = (folder("gone-old"), folder("gone-new"));
    exits(&["review", &camera(FLAWED), "--out", old.to_str().unwrap()], 1);
    let report = old.join("report.json");
    let image = camera(FIXED);
    let args = ["review", &image, "--baseline", report.to_str().unwrap()];
    let said = exits(&args, 0);
    let (name, digest) = (Path::new(&camera(FLAWED)).file_name().unwrap().to_owned(), "sha256:");
    let expected = format!("of {}  {digest}", name.to_str().unwrap());
    assert!(said.contains(&expected) && said.contains("gone  critical"), "{said}");
    exits(&[&args[..], &["--out", new.to_str().unwrap()]].concat(), 0);
    let json: Value = serde_json::from_str(&read(&new.join("report.json"))).unwrap();
    let baseline = &json["baseline"];
    assert_eq!(baseline["same_product"], true);
    assert_eq!(baseline["not_compared"], 0);
    let absent = baseline["absent"].as_array().unwrap();
    assert!(absent.iter().any(|gone| gone["check"] == "service-telnet"), "{absent:?}");
    let earlier: Value = serde_json::from_str(&read(&report)).unwrap();
    let known = usize::try_from(baseline["known"].as_u64().unwrap()).unwrap();
    assert_eq!(absent.len() + known, earlier["findings"].as_array().unwrap().len());
    let sarif: Value = serde_json::from_str(&read(&new.join("report.sarif"))).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let gone = results.iter().filter(|result| result["baselineState"] == "absent").count();
    assert_eq!(gone, absent.len());
    assert!(read(&new.join("report.html")).contains("Gone since the baseline"));
}

#[test]
fn the_baseline_of_another_product_hides_nothing_and_is_told() {
    let at = folder("other-baseline");
    exits(&["review", &camera(FIXED), "--out", at.to_str().unwrap()], 0);
    let mut report: Value = serde_json::from_str(&read(&at.join("report.json"))).unwrap();
    let other = |number: usize| {
        let mut component = report["components"][0].clone();
        component["name"] = format!("other {number}").into();
        component["evidence"][0]["location"]["path"] = format!("/other/{number}").into();
        component
    };
    report["components"] = (0..9).map(other).collect();
    let gone = report["findings"][0].clone();
    report["findings"] = vec![gone].into();
    report["findings"][0]["fingerprint"] = "0".repeat(64).into();
    let other = at.join("other.json");
    std::fs::write(&other, report.to_string()).unwrap();
    let said = exits(&["review", &camera(FIXED), "--baseline", other.to_str().unwrap()], 0);
    assert!(said.contains("is it the baseline of another product?"), "{said}");
    assert!(said.contains("0 gone since, 1 not compared"), "{said}");
}

/// A source drop with these files.
fn drop_of(name: &str, files: &[(&str, &str)]) -> String {
    let at = folder(name);
    for (path, text) in files {
        let path = at.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    at.to_str().unwrap().to_owned()
}

#[test]
fn each_language_of_the_source_is_accounted_for() {
    let php = "<?php\n$x = 1;\n".repeat(300);
    let c = "int main(void) { return 0; }\n".repeat(100);
    let go = "package main\n".repeat(300);
    let image = camera(FIXED);
    let php_alone = drop_of("languages-php", &[("www/index.php", &php)]);
    let args = ["review", &image, "--no-analysers", "--source"];
    let said = exits(&[&args[..], &[&php_alone]].concat(), 0);
    assert!(said.contains("PHP: 1 file, no analyser but our own rules"), "{said}");
    let with_go = drop_of("languages-go", &[("www/index.php", &php), ("x/main.go", &go)]);
    let said = exits(&[&args[..], &[&with_go]].concat(), 2);
    assert!(said.contains("Go: 1 file, nothing looked at it"), "{said}");
    let with_c = drop_of("languages-c", &[("src/main.c", &c), ("src/main.h", "#pragma once\n")]);
    let said = exits(&[&args[..], &[&with_c]].concat(), 2);
    let line = "C: 2 files, no analyser but our own rules; \
        clang-tidy + cppcheck + flawfinder not started";
    assert!(said.contains(line), "{said}");
    let out = folder("languages-out");
    exits(&[&args[..], &[&with_c, "--out", out.to_str().unwrap()]].concat(), 2);
    assert!(read(&out.join("report.html")).contains("no analyser but our own rules"));
    assert!(read(&out.join("report.sarif")).contains("Source in C: 2 files, no analyser"));
    let sarif = folder("languages-sarif").join("x.sarif");
    let log =
        r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Cppcheck","version":"9"}}}]}"#;
    std::fs::write(&sarif, log).unwrap();
    let imported = [&args[..], &[&with_c, "--sarif", sarif.to_str().unwrap()]].concat();
    let out = duecare(&[&imported[..], &["--format", "json"]].concat());
    assert_eq!(out.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let language = &report["languages"][0];
    assert_eq!((&language["language"], &language["state"]), (&"C".into(), &"analysed".into()));
    assert_eq!(language["summary"], "C: 2 files, cppcheck 9 imported");
}

#[test]
fn exceptions_end_by_themselves() {
    let at = folder("exceptions");
    let policy = at.join("policy.toml");
    let text = "name='p'\n[[rule]]\nid='r'\ntitle='t'\nfindings={checks=['service-telnet']}\n\
        [[exception]]\nid='E1'\ncheck='service-telnet'\nowner='o'\nreason='r'\nuntil='2026-12-01'\n";
    std::fs::write(&policy, text).unwrap();
    let image = camera(FLAWED);
    let args = ["review", image.as_str(), "--policy", policy.to_str().unwrap()];
    exits(&[&args[..], &["--as-of", "2026-12-01"]].concat(), 0);
    exits(&[&args[..], &["--as-of", "2026-12-02"]].concat(), 1);
}

#[test]
fn the_bill_of_the_build_is_compared() {
    let at = folder("bill");
    exits(&["review", &camera(FIXED), "--out", at.to_str().unwrap()], 0);
    let bill = at.join("bom.cdx.json");
    let bill = bill.to_str().unwrap();
    let said = exits(&["review", &camera(FIXED), "--sbom", bill], 0);
    assert!(said.contains("CycloneDX 1.6 JSON"), "{said}");
    let text = std::fs::read_to_string(bill).unwrap().replace("6.6.63", "6.6.1");
    std::fs::write(bill, text).unwrap();
    let said = exits(&["review", &camera(FIXED), "--sbom", bill], 1);
    assert!(said.contains("different-version"), "{said}");
    let said = exits(
        &["review", &camera(FIXED), "--sbom", &at.join("bom.spdx.json").to_string_lossy()],
        0,
    );
    assert!(said.contains("SPDX 2.3 JSON"), "{said}");
}

#[test]
fn tools_of_the_build_are_not_missing_from_the_image() {
    let at = folder("bill-build");
    let bill = at.join("bill.json");
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
        {"name":"linux-yocto","version":"6.6.63"},{"name":"openssl-native","version":"9"},
        {"name":"gcc-cross-arm","version":"13"},{"name":"nativesdk-glibc","version":"2"},
        {"name":"gcc-source-13.2.0","version":"13"},{"name":"linux-libc-headers","version":"6.5"},
        {"name":"zlib-dev","version":"1"}]}"#;
    std::fs::write(&bill, text).unwrap();
    let said = exits(&["review", &camera(FIXED), "--sbom", bill.to_str().unwrap()], 0);
    assert!(said.contains("1 component, 1 agree, 0 there without a version to compare; 6 of the build alone left out"), "{said}");
    assert!(!said.contains("different-version"), "{said}");
}

#[test]
fn a_bill_that_is_cut_off_is_refused_as_such() {
    let at = folder("bill-cut");
    exits(&["review", &camera(FIXED), "--out", at.to_str().unwrap()], 0);
    let whole = std::fs::read(at.join("bom.cdx.json")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&whole).unwrap();
    let packed = packed.finish().unwrap();
    let bill = at.join("bill");
    std::fs::write(&bill, &packed).unwrap();
    exits(&["review", &camera(FIXED), "--sbom", bill.to_str().unwrap()], 0);
    for bytes in [&packed[..packed.len() / 2], &packed[..40], &whole[..whole.len() / 2]] {
        std::fs::write(&bill, bytes).unwrap();
        let said = exits(&["review", &camera(FIXED), "--sbom", bill.to_str().unwrap()], 65);
        assert!(said.contains("cut off"), "{said}");
    }
}

#[test]
fn bills_of_every_format_are_held_against_the_image() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engines/formats/tests/cases");
    let cases = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for case in cases.filter(|path| path.is_dir()) {
        let files = std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path());
        let bill = files.into_iter().find(|path| path.file_stem().unwrap() == "input").unwrap();
        let out = duecare(&["review", &camera(FIXED), "--sbom", bill.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(said.contains("Bill of materials") && said.contains("zlib"), "{case:?}: {said}");
        count += 1;
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn a_users_own_rules_replace_built_in_ones() {
    let at = folder("packs");
    std::fs::create_dir_all(at.join("components")).unwrap();
    let rule = "[component]\nid='example-camera'\nname='Example Camera'\nprograms=['ipcamd']\n\
        [[match]]\nkind='string'\nliteral='of the example camera'\n\
        regex='(?P<version>\\d+(?:\\.\\d+)+) of the example camera'\nscope='elf'\n\
        [[test]]\ntext='ipcamd 1.2 of the example camera'\nversion='1.2'\n";
    std::fs::write(at.join("components/example-camera.toml"), rule).unwrap();
    let said = exits(&["review", &camera(FIXED), "--packs", at.to_str().unwrap()], 0);
    assert!(said.contains("Example Camera") && said.contains("3.1.4"), "{said}");
    std::fs::write(at.join("components/example-camera.toml"), "[component]\nid=3").unwrap();
    let said = exits(&["review", &camera(FIXED), "--packs", at.to_str().unwrap()], 65);
    assert!(said.contains("example-camera.toml"), "{said}");
}

#[test]
fn the_html_asks_nobody_for_anything() {
    let out = duecare(&["review", &camera(FLAWED), "--format", "html"]);
    let html = String::from_utf8(out.stdout).unwrap();
    for forbidden in ["<script", "src=", "href=\"http", "@import", "url("] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("Must not ship"));
}

#[test]
fn built_in_rules_pass_their_own_tests() {
    let said = exits(&["checks", "--test-rules"], 0);
    assert!(said.contains(" 0 faults"), "{said}");
    assert!(exits(&["checks"], 0).contains("credential-elf-literal"));
    assert!(exits(&["checks", "credential-elf-literal"], 0).contains("False positives"));
}
