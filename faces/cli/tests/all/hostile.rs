use crate::{FLAWED, camera, exits, folder};

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
