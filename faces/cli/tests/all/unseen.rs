//! What no check looked at reaches the verdict and every output.

#![expect(clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use crate::{duecare, folder};
use serde_json::Value;
use std::path::Path;

/// A script with a flaw, larger than what is read of one.
fn large_script() -> String {
    format!("<?php system($_GET['a']);\n{}", "// filler\n".repeat(110_000))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The outputs of a review that leaves a file out: they must all say so.
fn says_so(out: &Path, file: &str) {
    let report = json(&out.join("report.json"));
    let gaps = report["not_seen"].as_array().unwrap();
    let gap = gaps.iter().find(|gap| gap["effect"] == "incomplete").unwrap();
    assert!(gap["reason"].as_str().unwrap().contains("1 MiB"), "{gap}");
    assert_eq!((&gap["locations"][0]["path"], &gap["more"]), (&file.into(), &0.into()));
    let reasons = report["reasons"].as_array().unwrap();
    let coverage = reasons.iter().find(|reason| reason["outcome"] == "incomplete").unwrap();
    assert!(coverage["because"].to_string().contains(file), "{coverage}");
    let sarif = json(&out.join("report.sarif"));
    let told = &sarif["runs"][0]["invocations"][0];
    assert_eq!(told["executionSuccessful"], false);
    assert!(told["toolExecutionNotifications"].to_string().contains(file), "{told}");
    let html = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.contains("Not looked at") && html.contains(file));
}

fn review(args: &[&str], out: &Path) -> String {
    let all = [&["review"], args, &["--out", out.to_str().unwrap()]].concat();
    let done = duecare(&all);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(2), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    said
}

#[test]
fn a_script_of_an_image() {
    let at = folder("unseen-image");
    let mut archive = b"".to_vec();
    for (path, text) in
        [("etc/inittab", "::sysinit:/bin/true\n".to_owned()), ("www/a.php", large_script())]
    {
        let mut header = [0_u8; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend(header);
        archive.extend(text.as_bytes());
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.extend([0; 1024]);
    let image = at.join("image.tar");
    std::fs::write(&image, archive).unwrap();
    let out = at.join("out");
    let said = review(&[image.to_str().unwrap()], &out);
    assert!(said.contains("Not looked at") && said.contains("/www/a.php"), "{said}");
    says_so(&out, "/www/a.php");
}

#[test]
fn a_script_of_a_source_drop() {
    let at = folder("unseen-source");
    let source = at.join("source");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("a.php"), large_script()).unwrap();
    let out = at.join("out");
    review(&["--source", source.to_str().unwrap()], &out);
    says_so(&out, "/a.php");
}
