//! The search itself, with a toy format: what is found where, and what the coverage says.

use duecare_unpack::{
    Bytes, Context, Format, Found, Limits, Node, NodeKind, NodeMeta, ProblemKind, RegionKind,
    Signature, System, Unpacked, unpack,
};

/// `TOY!`, a length byte, and that many bytes of one part; `TREE` is a tree with one file.
struct Toy;
struct Tree;

impl Format for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"TOY!")] }
    }
    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let length = usize::from(*input.get(4)?);
        let mut found = Found::new((5 + length).min(input.len()));
        found.slice(input, "part", 5, length);
        Some(found)
    }
}

impl Format for Tree {
    fn name(&self) -> &'static str {
        "tree"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"TREE")] }
    }
    fn read(&self, _: &Bytes, _: &Context<'_>) -> Option<Found> {
        let mut found = Found::new(4);
        let meta = NodeMeta { mode: 0o644, ..NodeMeta::default() };
        let content = Bytes::from_static(b"TOY!\x04TREE");
        found.nodes.push(Node::new(b"../etc/inner.toy", NodeKind::File(content), meta));
        Some(found)
    }
}

fn run(image: &[u8], limits: Limits) -> Unpacked {
    let formats: Vec<Box<dyn Format>> = vec![Box::new(Toy), Box::new(Tree)];
    unpack("a.bin", Bytes::copy_from_slice(image), &formats, limits, &|_| {})
}

#[test]
fn layers_nest_and_files_are_opened() {
    let image = [b"TOY!\x04TREE".as_slice(), &[0xff; 2000], b"\x01\x02\x03"].concat();
    let unpacked = run(&image, Limits { depth_max: 5, ..Limits::default() });
    let chains: Vec<&str> = unpacked.layers.iter().map(|layer| layer.chain.as_str()).collect();
    assert_eq!(chains[1], "a.bin/toy@0x0");
    assert_eq!(chains[2], "a.bin/toy@0x0/part/tree@0x0");
    assert_eq!(chains[3], "a.bin/toy@0x0/part/tree@0x0/etc/inner.toy/toy@0x0");
    assert_eq!(unpacked.layers[2].image_offset, Some(5));
    assert!(unpacked.coverage.incomplete_layers > 0, "the depth limit must show");
    assert_eq!(unpacked.coverage.padding_bytes, 2000);
    assert_eq!(unpacked.coverage.unknown_bytes, 3);
    assert_eq!(unpacked.coverage.total_bytes(), image.len() as u64);
}

#[test]
fn a_cut_part_is_a_problem() {
    let unpacked = run(b"TOY!\xf0abc", Limits::default());
    assert!(unpacked.layers[1].is_incomplete());
}

#[test]
fn too_many_layers_are_said() {
    let unpacked = run(&b"TOY!\0".repeat(50), Limits { layers_max: 10, ..Limits::default() });
    assert_eq!(unpacked.layers.len(), 11);
    assert!(unpacked.layers[0].is_incomplete());
    let unknown = unpacked.layers[0].blobs[0]
        .regions
        .iter()
        .filter(|region| region.kind == RegionKind::Unknown);
    assert_eq!(unknown.count(), 40);
}

#[test]
fn random_bytes_are_called_encrypted() {
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    })
    .take(100_000)
    .collect();
    let unpacked = run(&noise, Limits::default());
    assert_eq!(unpacked.coverage.encrypted_bytes, 100_000);
    assert!(unpacked.coverage.explained_percent() < 1.0);
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_and_coverage_adds_up(image in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..3000)) {
        let unpacked = run(&image, Limits::default());
        proptest::prop_assert_eq!(unpacked.coverage.total_bytes(), image.len() as u64);
    }
}

/// Refuses everything, and counts how often it was asked.
struct Never(std::sync::atomic::AtomicUsize);

impl Format for &'static Never {
    fn name(&self) -> &'static str {
        "never"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"NO")] }
    }
    fn read(&self, _: &Bytes, _: &Context<'_>) -> Option<Found> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        None
    }
}

#[test]
fn a_magic_that_stands_everywhere_is_given_up_and_said() {
    static NEVER: Never = Never(std::sync::atomic::AtomicUsize::new(0));
    let formats: Vec<Box<dyn Format>> = vec![Box::new(&NEVER)];
    let image = Bytes::from(b"NO".repeat(100_000));
    let unpacked = unpack("a.bin", image, &formats, Limits::default(), &|_| {});
    assert!(unpacked.layers[0].is_incomplete());
    assert!(NEVER.0.load(std::sync::atomic::Ordering::Relaxed) < 30_000);
}

fn noise(size: usize) -> Vec<u8> {
    let mut state = 7_u64;
    std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    })
    .take(size)
    .collect()
}

/// A PNG of a header, one chunk of random data, and its end.
fn picture(size: usize) -> Vec<u8> {
    let chunk = |name: &[u8], data: &[u8]| {
        [&(data.len() as u32).to_be_bytes(), name, data, &[0; 4]].concat()
    };
    let parts = [chunk(b"IHDR", &[1; 13]), chunk(b"IDAT", &noise(size)), chunk(b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".to_vec(), parts.concat()].concat()
}

/// An ELF file of 32 bits: a header, and one segment of `size` zeros behind it.
fn program(size: u32) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for half in [2_u16, 8, 1, 0, 0, 0, 52, 0, 0, 0, 0, 0, 52, 32, 1, 40, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [1, 84, 0, 0, size, size, 5, 4_u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(vec![0x24; size as usize]);
    bytes
}

#[test]
fn a_magic_explains_no_more_than_its_structure() {
    let magics: [&[u8]; 6] =
        [b"\x89PNG\r\n\x1a\n", b"\x7fELF\x01\x01\x01", b"OggS", b"%PDF-1.4", b"wOF2", b"\0asm"];
    for magic in magics {
        let unpacked = run(&[magic, &noise(200_000)].concat(), Limits::default());
        let coverage = unpacked.coverage;
        assert!(coverage.encrypted_bytes >= 200_000, "{magic:?}: {coverage:?}");
    }
    for known in [picture(100_000), program(5000)] {
        let image = [known.as_slice(), &noise(200_000)].concat();
        let coverage = run(&image, Limits::default()).coverage;
        assert_eq!(coverage.encrypted_bytes, 200_000);
        assert_eq!(coverage.explained_bytes, known.len() as u64);
    }
}

/// A tree that holds the rest of the image as one file.
struct Holder;

impl Format for Holder {
    fn name(&self) -> &'static str {
        "holder"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"HOLD")] }
    }
    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let mut found = Found::new(input.len());
        let kind = NodeKind::File(input.slice(4..));
        found.nodes.push(Node::new(b"file", kind, NodeMeta::default()));
        Some(found)
    }
}

fn held(file: &[u8]) -> Unpacked {
    let formats: Vec<Box<dyn Format>> = vec![Box::new(Toy), Box::new(Tree), Box::new(Holder)];
    let image = Bytes::from([b"HOLD", file].concat());
    unpack("a.bin", image, &formats, Limits::default(), &|_| {})
}

#[test]
fn layers_behind_a_files_own_end_are_found() {
    let hidden = [b"TOY!\x05".as_slice(), &[9; 5], &[7; 5000]].concat();
    for own in [program(9000), picture(9000), b"#!/bin/sh\n# nothing to see\n".repeat(500)] {
        let unpacked = held(&[own.as_slice(), &hidden].concat());
        let toy = unpacked.layers.iter().find(|layer| layer.format == "toy");
        assert_eq!(toy.map(|layer| layer.offset), Some(own.len() as u64));
    }
}

#[test]
fn random_bytes_in_files_count() {
    assert_eq!(held(&noise(2000)).coverage.encrypted_bytes, 2000, "small files count");
    assert_eq!(held(&picture(100_000)).coverage.encrypted_bytes, 0, "a picture is known");
    let tail = |own: Vec<u8>, size| held(&[own, noise(size)].concat()).coverage.encrypted_bytes;
    assert_eq!(tail(program(9000), 200_000), 200_000);
    assert_eq!(tail(program(9000), 3000), 0, "a signature is a file's own");
    let png = tail(b"\x89PNG\r\n\x1a\n".to_vec(), 50_000);
    assert!(png >= 50_000, "{png}");
}

#[test]
fn digits_are_decoded() {
    let hex = |bytes: &[u8]| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("# a remark\n{digits}\n")
    };
    let random = held(hex(&noise(50_000)).as_bytes()).coverage;
    assert!(random.explained_percent() < 5.0, "{random:?}");
    let inner = [b"TOY!\x05".as_slice(), &[9; 5000]].concat();
    let opened = held(hex(&inner).as_bytes());
    let formats: Vec<&str> = opened.layers.iter().map(|layer| layer.format).collect();
    assert_eq!(formats, ["image", "holder", "hex", "toy"]);
}

/// A microcontroller's program of so many bytes, by its length field.
struct Micro;

impl Format for Micro {
    fn name(&self) -> &'static str {
        "micro"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"MICRO")] }
    }
    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let size = usize::from(*input.get(5)?) * 100;
        let mut found = Found::new(size.min(input.len()));
        found.fact("system", "microcontroller");
        Some(found)
    }
}

#[test]
fn crumbs_are_no_system() {
    let system = |hundreds: u8, size: usize| {
        let image = [b"MICRO", [hundreds].as_slice(), &b"some text ".repeat(size / 10)].concat();
        let formats: Vec<Box<dyn Format>> = vec![Box::new(Micro)];
        unpack("a.bin", Bytes::from(image), &formats, Limits::default(), &|_| {}).coverage.system
    };
    assert_eq!(system(1, 20_000), System::Unknown);
    assert_eq!(system(10, 3_000), System::Microcontroller);
    assert_eq!(system(60, 100_000), System::Microcontroller);
    assert_eq!(system(60, 1_000_000), System::Unknown);
}

/// A tree of empty programs at the given paths.
struct Files(&'static [&'static str]);

impl Format for Files {
    fn name(&self) -> &'static str {
        "files"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"FILES")] }
    }
    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let mut found = Found::new(input.len());
        for path in self.0 {
            let content = NodeKind::File(Bytes::from_static(b"#!/bin/sh\n"));
            found.nodes.push(Node::new(path.as_bytes(), content, NodeMeta::default()));
        }
        Some(found)
    }
}

#[test]
fn a_package_is_no_root_file_system() {
    let roots = |paths: &'static [&'static str]| {
        let formats: Vec<Box<dyn Format>> = vec![Box::new(Files(paths))];
        let image = Bytes::from_static(b"FILES");
        unpack("a.bin", image, &formats, Limits::default(), &|_| {}).coverage.root_file_systems
    };
    let cron =
        &["/etc/init.d/cron", "/usr/sbin/cron", "/lib/systemd/system/cron.service", "/var/x"];
    assert_eq!(roots(cron), 0);
    assert_eq!(roots(&["/bin/bash", "/etc/skel/.bashrc", "/usr/share/doc/bash"]), 0);
    assert_eq!(roots(&["/bin/sh", "/etc/passwd", "/lib/libc.so.0", "/sbin/init"]), 1);
}

/// Has one entry, which could not be read.
struct Broken;

impl Format for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }
    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"BROKEN")] }
    }
    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let mut found = Found::new(input.len());
        for name in ["a", "b"] {
            let kind = NodeKind::File(Bytes::new());
            found.nodes.push(Node::new(name.as_bytes(), kind, NodeMeta::default()));
        }
        found.problem(ProblemKind::Damaged, None, "b: damaged");
        if input.ends_with(b"counted") {
            found.fact("unread entries", 1);
        }
        Some(found)
    }
}

#[test]
fn what_could_not_be_read_is_not_explained() {
    let percent = |image: &'static [u8]| {
        let formats: Vec<Box<dyn Format>> = vec![Box::new(Broken)];
        let image = Bytes::from([b"BROKEN", [b'x'; 9000].as_slice(), image].concat());
        unpack("a.bin", image, &formats, Limits::default(), &|_| {}).coverage.explained_percent()
    };
    assert!((percent(b"counted") - 50.0).abs() < 0.1);
    assert!(percent(b"").mul_add(10.0, 0.5).floor() < 1000.0, "rounds to 100.0 %");
}
