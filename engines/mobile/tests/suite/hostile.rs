//! Broken files of an app: nothing may panic, whatever stands in them.

use duecare_unpack::{Limits, Node, NodeKind, NodeMeta, Unpacked, unpack};

/// The files of a case's package.
fn files(case: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(case.join("input.apk")).unwrap();
    let app = duecare_testkit::run("input.apk", bytes, &duecare_archives::formats());
    app.files().map(|file| (file.node.path.clone(), file.content.to_vec())).collect()
}

/// An app made of these files, not packed.
fn app(files: &[(String, Vec<u8>)]) -> Unpacked {
    let mut app = unpack("app.apk", Vec::new().into(), &[], Limits::default(), &|_| {});
    let layer = app.layers.first_mut().unwrap();
    layer.nodes = files
        .iter()
        .map(|(path, bytes)| {
            let kind = NodeKind::File(bytes.clone().into());
            Node::new(path.as_bytes(), kind, NodeMeta::default())
        })
        .collect();
    app
}

fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 20).unwrap_or(0)
}

#[test]
fn changed_and_cut_files_are_survived() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for case in super::cases::folders() {
        let whole = files(&case);
        assert!(
            !duecare_mobile::check(&app(&whole)).findings.is_empty()
                || !case.ends_with("flawed-app")
        );
        for index in 0..whole.len() {
            for round in 0..120 {
                let mut changed = whole.clone();
                let Some((_, bytes)) = changed.get_mut(index) else { continue };
                if round % 4 == 0 {
                    bytes.truncate(random(&mut state) % (bytes.len() + 1));
                }
                for _ in 0..1 + round % 5 {
                    let reach = if round % 2 == 0 { bytes.len().min(256) } else { bytes.len() };
                    let at = random(&mut state) % reach.max(1);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = [0, 0xff, 0x80, 0x7f, random(&mut state) as u8][round % 5];
                    }
                }
                let _ = duecare_mobile::check(&app(&changed));
            }
        }
    }
}

#[test]
fn an_unreadable_app_is_told() {
    let broken = [
        ("/AndroidManifest.xml".to_owned(), b"\x03\x00\x08\x00nothing".to_vec()),
        ("/classes.dex".to_owned(), b"dex\n035\0short".to_vec()),
    ];
    let checked = duecare_mobile::check(&app(&broken));
    let gaps: Vec<_> = checked.not_seen.iter().collect();
    let [(gap, places)] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert_eq!((gap.effect.label(), places.count), ("incomplete", 2));
    let checks: Vec<&str> = checked.findings.iter().map(|finding| finding.check.as_str()).collect();
    assert_eq!(checks, ["app-unreadable", "app-unreadable"]);
}
