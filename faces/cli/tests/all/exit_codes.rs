use crate::{FIXED, FLAWED, camera, exits, folder};

#[test]
fn verdicts() {
    exits(&["review", &camera(FLAWED)], 1);
    exits(&["review", &camera(FIXED)], 0);
    let path = folder("noise").join("noise.bin");
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(&path, noise).unwrap();
    exits(&["review", path.to_str().unwrap()], 2);
}

#[test]
fn wrong_usage_is_never_a_verdict() {
    for args in [
        &["review"][..],
        &["review", "--format", "pdf", "x"],
        &["nothing"],
        &["review", "x", "--as-of", "tomorrow"],
        &["checks", "no-such-check"],
        &["review", "x", "--memory-mib", "1"],
    ] {
        exits(args, 64);
    }
    assert!(exits(&["--help"], 0).contains("Exit codes"));
    exits(&["--version"], 0);
    exits(&["completions", "bash"], 0);
}

#[test]
fn inputs_that_are_not_there_or_broken() {
    let said = exits(&["review", "/no/such/file"], 66);
    assert!(said.contains("/no/such/file"), "{said}");
    let said = exits(&["review", "/"], 66);
    assert!(said.contains("is a folder"), "{said}");
    let at = folder("broken");
    let image = camera(FIXED);
    for (name, text, option, expected) in [
        ("policy.toml", "name = 'x'\nrule = 3", "--policy", "policy"),
        ("empty.toml", "name = 'x'", "--policy", "no rules"),
        ("typo.toml", "name='x'\n[[rule]]\nid='a'\ntitle='b'\nfindngs={}", "--policy", "findngs"),
        (
            "unknown.toml",
            "name='x'\n[[rule]]\nid='a'\ntitle='b'\nfindings={checks=['credntial-*']}",
            "--policy",
            "credntial-*",
        ),
        ("log.sarif", "{\"version\":\n \"2.1.0\"", "--sarif", "line 2"),
        ("bill.json", "{\"bomFormat\": 1", "--sbom", "line 1"),
        ("bill.txt", "hello", "--sbom", "not a bill of materials"),
        ("report.json", "{\"schema\":\"other/1\"}", "--baseline", "other/1"),
        ("sarif.json", "{\"version\":\"2.1.0\",\"runs\":[]}", "--baseline", "SARIF"),
        ("app.apk", "PK", "--app", "not an Android package"),
    ] {
        let path = at.join(name);
        std::fs::write(&path, text).unwrap();
        let said = exits(&["review", &image, option, path.to_str().unwrap()], 65);
        assert!(said.contains(expected), "{name}: {said}");
    }
    exits(&["review", &image, "--packs", at.to_str().unwrap()], 66);
    let blocked = at.join("policy.toml").join("out");
    exits(&["review", &image, "--out", blocked.to_str().unwrap()], 73);
}
