//! Kernels are too large for case folders; these are built here.

use duecare_containers::formats;
use duecare_testkit::run;
use duecare_unpack::Unpacked;

const BANNER: &[u8] =
    b"Linux version 4.14.5 (builder@example) (gcc version 7.3.0) #1 Mon Jan 1 00:00:00 2018\n\0";

/// Code of a kind, a banner, names that every kernel has, a configuration and an archive.
fn kernel() -> Vec<u8> {
    let mut image: Vec<u8> = (0..400_000_u32).map(|index| (index % 251) as u8).collect();
    let mut put = |at: usize, bytes: &[u8]| {
        image.splice(at..at + bytes.len(), bytes.iter().copied());
    };
    put(300_000, BANNER);
    put(310_000, b"swapper\0kthreadd\0Kernel panic - not syncing\0");
    put(320_000, b"IKCFG_ST\x1f\x8b\x08 packed words IKCFG_ED");
    let header = [b"070701".as_slice(), &[b'0'; 104]].concat();
    put(350_000, &header);
    put(350_200, b"TRAILER!!!\0");
    image
}

fn formats_of(unpacked: &Unpacked) -> Vec<&str> {
    unpacked.layers.iter().map(|layer| layer.format).collect()
}

#[test]
fn a_raw_kernel_gives_its_banner_configuration_and_archive() {
    let unpacked = run("kernel", kernel(), &formats());
    let layer = unpacked.layers.iter().find(|layer| layer.format == "linux-kernel").unwrap();
    assert_eq!(layer.fact("version"), Some("4.14.5"));
    let names: Vec<&str> = layer.blobs.iter().map(|blob| blob.name.as_str()).collect();
    assert_eq!(names, ["config.gz", "initramfs"]);
    assert_eq!(layer.blobs[0].content.as_ref(), b"\x1f\x8b\x08 packed words ");
}

#[test]
fn a_file_system_behind_a_kernel_is_not_part_of_it() {
    let mut image = kernel();
    let end = image.len();
    let mut start = b"hsqs".to_vec();
    start.resize(28, 1);
    start.extend_from_slice(&[4, 0, 0, 0]);
    image.extend_from_slice(&start);
    let unpacked = run("image", image, &formats());
    let layer = unpacked.layers.iter().find(|layer| layer.format == "linux-kernel").unwrap();
    assert_eq!(layer.content.len(), end);
}

#[test]
fn a_kernel_inside_another_image_is_left_to_that() {
    let mut image = b"MAKERS HEADER \x01\x02".repeat(16);
    image.extend_from_slice(b"\x27\x05\x19\x56");
    image.extend_from_slice(&kernel());
    let unpacked = run("image", image, &formats());
    assert_eq!(formats_of(&unpacked)[0], "image");
    assert!(unpacked.layers.iter().all(|layer| layer.offset > 0
        || layer.format == "image"
        || layer.format == "linux-kernel"));
}

#[test]
fn a_zimage_is_opened() {
    let plain = vec![b'k'; 200_000];
    // A stored gzip member: no compressor is needed to write one.
    let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    let chunks: Vec<&[u8]> = plain.chunks(0xffff).collect();
    for (index, chunk) in chunks.iter().enumerate() {
        let size = chunk.len() as u16;
        packed.push(u8::from(index + 1 == chunks.len()));
        packed.extend_from_slice(&size.to_le_bytes());
        packed.extend_from_slice(&(!size).to_le_bytes());
        packed.extend_from_slice(chunk);
    }
    let mut image = vec![0; 0x24];
    image.extend_from_slice(&0x016f_2818_u32.to_le_bytes());
    image.extend_from_slice(&[0; 4]);
    let size_at = image.len();
    image.extend_from_slice(&[0; 4]);
    image.resize(0x400, 1);
    image.extend_from_slice(&packed);
    image.extend_from_slice(&crc32(&plain).to_le_bytes());
    image.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    image.resize(image.len() + 64, 2);
    let size = image.len() as u32;
    image[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
    let unpacked = run("zImage", image, &formats());
    let layer = unpacked.layers.iter().find(|layer| layer.format == "zimage").unwrap();
    assert_eq!(layer.fact("compression"), Some("gzip"));
    assert_eq!(layer.blobs[0].content.as_ref(), plain.as_slice());
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}
