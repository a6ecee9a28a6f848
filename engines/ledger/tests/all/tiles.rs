use duecare_ledger::tile::{Kind, Tile, TileError, entries, hashes, index_path, parse_index};
use proptest::prelude::*;

#[test]
fn names_of_the_standard() {
    // The examples of C2SP tlog-tiles.
    assert_eq!(index_path(1_234_067), "x001/x234/067");
    let of = |kind, index| Tile::of_tree(kind, index, 70_000).map(Tile::path);
    assert_eq!(of(Kind::Hashes(0), 272).unwrap(), "tile/0/272");
    assert_eq!(of(Kind::Hashes(0), 273).unwrap(), "tile/0/273.p/112");
    assert_eq!(of(Kind::Hashes(0), 274), None);
    assert_eq!(of(Kind::Hashes(1), 0).unwrap(), "tile/1/000");
    assert_eq!(of(Kind::Hashes(1), 1).unwrap(), "tile/1/001.p/17");
    assert_eq!(of(Kind::Hashes(2), 0).unwrap(), "tile/2/000.p/1");
    assert_eq!(of(Kind::Hashes(3), 0), None);
    assert_eq!(of(Kind::Entries, 273).unwrap(), "tile/entries/273.p/112");
    let of_256 = |level| Tile::of_tree(Kind::Hashes(level), 0, 256).map(Tile::path);
    assert_eq!(of_256(0).unwrap(), "tile/0/000");
    assert_eq!(of_256(1).unwrap(), "tile/1/000.p/1");
}

#[test]
fn other_spellings_are_refused() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/+1/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/x001",
        "tile/0/X001/001",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0//000",
        "/tile/0/000",
        "tile/0/../000",
        "tile/entries/000/",
        "tile/Entries/000",
        "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/8/0/000",
    ] {
        assert_eq!(Tile::parse(path), None, "{path}");
    }
}

#[test]
fn contents_have_their_length() {
    assert!(hashes(&[0; 64], 2).is_ok());
    assert_eq!(hashes(&[0; 63], 2), Err(TileError::Length { actual: 63, expected: 64 }));
    assert_eq!(entries(b"\0\x01a\0\0", 2).unwrap(), [(0, b"a".as_slice()), (3, b"")]);
    let short = |at, entry| Err(TileError::Short { at, entry, width: 2 });
    assert_eq!(entries(b"\0\x01a\0\x02b", 2), short(6, 1));
    assert_eq!(entries(b"\0\x01a\0", 2), short(4, 1));
    assert_eq!(entries(b"", 2), short(0, 0));
    assert_eq!(entries(b"\0\0\0\0\0", 2), Err(TileError::Long { at: 4, width: 2 }));
}

proptest! {
    #[test]
    fn print_then_parse(level in 0_u8..=63, index: u64, width in 1_u16..=256, entries: bool) {
        let kind = if entries { Kind::Entries } else { Kind::Hashes(level) };
        let tile = Tile::new(kind, index, width).unwrap();
        prop_assert_eq!(Tile::parse(&tile.path()), Some(tile));
        prop_assert_eq!(parse_index(&index_path(index)), Some(index));
    }

    #[test]
    fn parse_then_print(path in "tile/([0-9]{1,2}|entries)(/x[0-9]{3}){0,3}/[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Some(tile) = Tile::parse(&path) {
            prop_assert_eq!(tile.path(), path);
        }
    }
}
