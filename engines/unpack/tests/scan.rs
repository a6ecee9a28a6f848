//! The search itself, with a toy format: what is found where, and what the coverage says.

use duecare_unpack::{
    Bytes, Context, Format, Found, Limits, Node, NodeKind, NodeMeta, RegionKind, Signature,
    Unpacked, unpack,
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
