use crate::sample::root_by_definition;
use duecare_ledger::{
    Hash, MemorySource,
    proof::{ProofError, Prover, verify_consistency, verify_inclusion},
    tree::{Frontier, Tree},
    writer::Writer,
};
use proptest::prelude::*;

/// The eight leaves that the tests of Certificate Transparency use, in hexadecimal.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots of their first 1 to 8.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    let pair = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn hash(text: &str) -> Hash {
    Hash::from_slice(&unhex(text)).unwrap()
}

/// The tiles of a log with these entries.
fn tiles(entries: &[Vec<u8>]) -> MemorySource {
    let planned = Writer::empty("log.example.com").unwrap().append(entries).unwrap();
    MemorySource(planned.tiles.into_iter().map(|write| (write.path, write.bytes)).collect())
}

fn numbered(size: u64) -> Vec<Vec<u8>> {
    (0..size).map(|index| index.to_be_bytes().to_vec()).collect()
}

#[test]
fn known_roots() {
    let leaves: Vec<Hash> = LEAVES.iter().map(|leaf| Hash::leaf(&unhex(leaf))).collect();
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), Hash::EMPTY_TREE);
    for (leaf, root) in leaves.iter().zip(ROOTS) {
        frontier.push(*leaf, |_, _| {}).unwrap();
        assert_eq!(frontier.root(), hash(root));
    }
}

#[test]
fn known_proofs() {
    let entries: Vec<Vec<u8>> = LEAVES.iter().map(|leaf| unhex(leaf)).collect();
    let first = [
        hash("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
        hash("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        hash("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    ];
    let source = tiles(&entries);
    let mut eight = Prover::new(&source, 8);
    assert_eq!(eight.inclusion(0).unwrap(), first);
    assert_eq!(eight.consistency(1).unwrap(), first);
    let six = [
        hash("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
        hash("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
        hash("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ];
    assert_eq!(eight.consistency(6).unwrap(), six);
    let two = [
        hash("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        hash("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
    ];
    let source = tiles(&entries[..5]);
    assert_eq!(Prover::new(&source, 5).consistency(2).unwrap(), two);
}

/// Every proof of every size up to 300 is made from tiles and holds; with a wrong index, size, root
/// or a changed, missing or added hash it doesn't.
#[test]
fn all_proofs_of_small_trees() {
    let leaves: Vec<Hash> = numbered(300).iter().map(|entry| Hash::leaf(entry)).collect();
    let roots: Vec<Hash> = (0..=300).map(|size| root_by_definition(&leaves[..size])).collect();
    for size in 1..=300_u64 {
        let source = tiles(&numbered(size));
        let mut prover = Prover::new(&source, size);
        let root = roots[usize::try_from(size).unwrap()];
        assert_eq!(prover.root().unwrap(), root);
        for index in 0..size {
            let leaf = leaves[usize::try_from(index).unwrap()];
            let proof = prover.inclusion(index).unwrap();
            verify_inclusion(&leaf, index, size, &proof, &root).unwrap();
            if size % 37 == 0 || size < 9 {
                inclusion_is_tight(&leaf, index, size, &proof, &root);
            }
        }
        for old in 0..=size {
            let proof = prover.consistency(old).unwrap();
            let old_root = roots[usize::try_from(old).unwrap()];
            verify_consistency(old, size, &proof, &old_root, &root).unwrap();
            if size % 37 == 0 || size < 9 {
                consistency_is_tight(old, size, &proof, &old_root, &root);
            }
        }
    }
}

fn changes(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let other = Hash::leaf(b"another");
    let mut all = Vec::new();
    for place in 0..proof.len() {
        let mut changed = proof.to_vec();
        changed[place] = other;
        all.push(changed);
        let mut short = proof.to_vec();
        short.remove(place);
        all.push(short);
    }
    all.push([proof, &[other]].concat());
    all.push([&[other], proof].concat());
    all
}

fn inclusion_is_tight(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) {
    for changed in changes(proof) {
        assert!(verify_inclusion(leaf, index, size, &changed, root).is_err());
    }
    let other = Hash::leaf(b"another");
    assert!(verify_inclusion(&other, index, size, proof, root).is_err());
    assert!(verify_inclusion(leaf, index, size, proof, &other).is_err());
    for wrong in (0..size + 2).filter(|wrong| *wrong != index) {
        assert!(verify_inclusion(leaf, wrong, size, proof, root).is_err(), "{index} {wrong}");
    }
}

fn consistency_is_tight(old: u64, new: u64, proof: &[Hash], old_root: &Hash, root: &Hash) {
    for changed in changes(proof) {
        assert!(verify_consistency(old, new, &changed, old_root, root).is_err(), "{old} {new}");
    }
    let other = Hash::leaf(b"another");
    assert!(verify_consistency(old, new, proof, &other, root).is_err());
    if old > 0 {
        assert!(verify_consistency(old, new, proof, old_root, &other).is_err());
    }
}

#[test]
fn impossible_proofs_are_refused() {
    let source = tiles(&numbered(5));
    assert!(Prover::new(&source, 5).inclusion(5).is_err());
    assert!(Prover::new(&source, 5).consistency(6).is_err());
    assert!(Prover::new(&source, 6).inclusion(5).is_err(), "the tile of 6 leaves isn't there");
    let leaf = Hash::leaf(b"");
    let outside = Err(ProofError::Outside { index: 0, size: 0 });
    assert_eq!(verify_inclusion(&leaf, 0, 0, &[], &leaf), outside);
    // Sizes that no memory holds end by the proof's length alone.
    assert!(verify_inclusion(&leaf, u64::MAX - 1, u64::MAX, &[leaf; 63], &leaf).is_err());
    assert!(verify_consistency(u64::MAX - 1, u64::MAX, &[leaf; 63], &leaf, &leaf).is_err());
    assert!(verify_consistency(1, u64::MAX, &[leaf; 63], &leaf, &leaf).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Larger trees, grown in random batches: the same root, tiles and proofs as in one go.
    #[test]
    fn random_trees(batches in prop::collection::vec(1_u64..40_000, 1..5), pick in any::<u64>()) {
        let size: u64 = batches.iter().sum();
        let leaves: Vec<Hash> = numbered(size).iter().map(|entry| Hash::leaf(entry)).collect();
        let mut tree = Tree::default();
        let mut source = MemorySource::default();
        let mut from = 0_usize;
        for batch in batches {
            let to = from + usize::try_from(batch).unwrap();
            for tile in tree.append(leaves[from..to].iter().copied()).unwrap() {
                source.0.insert(tile.tile.path(), tile.bytes);
            }
            from = to;
        }
        let root = root_by_definition(&leaves);
        prop_assert_eq!(tree.root(), root);
        let index = pick % size;
        let mut prover = Prover::new(&source, size);
        prop_assert_eq!(prover.root().unwrap(), root);
        let proof = prover.inclusion(index).unwrap();
        let leaf = leaves[usize::try_from(index).unwrap()];
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_ok());
        let old_root = root_by_definition(&leaves[..usize::try_from(index).unwrap()]);
        let proof = prover.consistency(index).unwrap();
        prop_assert!(verify_consistency(index, size, &proof, &old_root, &root).is_ok());
    }
}
