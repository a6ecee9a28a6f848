use crate::{FLAWED, camera, duecare, exits, folder};

/// A cut image is never a pass, and the report says where.
#[test]
fn a_cut_image_is_incomplete_or_fails() {
    let image = std::fs::read(camera(FLAWED)).unwrap();
    let at = folder("cut");
    for size in (0..image.len()).step_by(16 * 1024) {
        let path = at.join("cut.bin");
        std::fs::write(&path, &image[..size]).unwrap();
        let out = crate::duecare(&["review", path.to_str().unwrap()]);
        let code = out.status.code();
        assert!(matches!(code, Some(1 | 2)), "{size}: {code:?}");
    }
}

/// 64 MiB of zeros in a few KiB, within a budget of 16 MiB.
#[test]
fn a_bomb_stops_at_the_limit() {
    let mut bomb = flate2_bomb(64 << 20);
    bomb.resize(bomb.len().max(4096), 0);
    let path = folder("bomb").join("bomb.gz");
    std::fs::write(&path, bomb).unwrap();
    let said = exits(&["review", path.to_str().unwrap(), "--memory-mib", "16"], 2);
    assert!(said.contains("limit") || said.contains("more than"), "{said}");
}

fn flate2_bomb(size: usize) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..size >> 20 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// Runs `duecare` with variables set.
fn with(args: &[&str], variables: &[(&str, &str)]) -> std::process::Output {
    let mut command = crate::command(args);
    command.envs(variables.iter().copied()).output().unwrap()
}

/// The parent answers for a child that a limit ended: incomplete, in plain words, and no report.
#[cfg(target_os = "linux")]
fn is_stopped(args: &[&str], variables: &[(&str, &str)], words: &str) {
    let out = with(args, variables);
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains(words), "{said}");
    assert!(said.contains("incomplete; this is never a pass"), "{said}");
    assert!(out.stdout.is_empty(), "no half of a report");
}

/// Bytes that look like nothing, the same in every run.
#[cfg(target_os = "linux")]
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..size).map(|_| next()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_review_without_memory_is_incomplete_and_writes_nothing() {
    let at = folder("no-memory");
    let out = at.join("out");
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("report.json"), "of an earlier run").unwrap();
    let image = camera(FLAWED);
    let args = ["review", &image, "--memory-mib", "16", "--out", out.to_str().unwrap()];
    is_stopped(&args, &[("DUECARE_OWN_MEMORY_MIB", "0")], "ran out of memory");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(out.join("report.json")).unwrap(), "of an earlier run");
}

#[cfg(target_os = "linux")]
#[test]
fn a_review_without_processor_time_is_incomplete() {
    let path = folder("no-time").join("noise.bin");
    std::fs::write(&path, noise(96 << 20)).unwrap();
    let args = ["review", path.to_str().unwrap(), "--cpu-seconds", "1"];
    is_stopped(&args, &[], "processor time");
}

/// What limits change is nothing: the same bytes as without a parent.
#[cfg(target_os = "linux")]
#[test]
fn a_child_prints_what_a_review_prints() {
    let image = camera(FLAWED);
    let args = ["review", &image, "--format", "json"];
    let own = std::process::id().to_string();
    let (supervised, direct) = (with(&args, &[]), with(&args, &[("DUECARE_SUPERVISED_BY", &own)]));
    assert_eq!(supervised.status.code(), Some(1));
    assert_eq!(direct.status.code(), Some(1));
    assert!(supervised.stdout == direct.stdout && !direct.stdout.is_empty());
    assert_eq!(supervised.stderr, direct.stderr);
    // A child whose parent is gone does not go on alone.
    let orphan = with(&args, &[("DUECARE_SUPERVISED_BY", "1")]);
    assert_eq!(orphan.status.code(), Some(70), "{}", String::from_utf8_lossy(&orphan.stderr));
}

/// Each image alone fits into the limit; both together don't.
#[test]
fn memory_is_for_all_images_together() {
    let at = folder("together");
    let image = |name: &str, size: usize| {
        let path = at.join(name);
        std::fs::write(&path, flate2_bomb(size << 20)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, two) = (image("one.gz", 12), image("two.gz", 11));
    let said = |images: &[&str]| {
        let out = duecare(&[&["review", "--memory-mib", "16", "-v"], images].concat());
        String::from_utf8(out.stdout).unwrap()
    };
    let stopped = |text: &str| text.contains("limit of") || text.contains("more than");
    for alone in [&one, &two] {
        let text = said(&[alone]);
        assert!(!stopped(&text), "{text}");
    }
    let text = said(&[&one, &two]);
    assert!(stopped(&text), "{text}");
}
