use crate::place::{Place, bytes, each, quick};
use duecare_base::Digest;
use duecare_blobs::{Blobs, Error, PublicPath};
use std::io::Read as _;

const MIB: usize = 1024 * 1024;
/// Bytes of a part of an upload to an object store.
const PART: usize = 8 * MIB;
const NO_LIMIT: u64 = u64::MAX;

fn store(blobs: &Blobs, bytes: &[u8], expected: Option<Digest>, piece: usize) -> Digest {
    let mut upload = blobs.begin(NO_LIMIT, expected).unwrap();
    for piece in bytes.chunks(piece) {
        upload.write(piece).unwrap();
    }
    let (digest, size) = upload.finish().unwrap();
    assert_eq!((digest, size), (Digest::of(bytes), bytes.len() as u64));
    digest
}

fn listed(blobs: &Blobs) -> Vec<(Digest, u64)> {
    blobs.list().map(|blob| blob.map(|blob| (blob.digest, blob.size_bytes)).unwrap()).collect()
}

/// The path under which a blob lies, so that it can be spoilt.
fn path_of(digest: &Digest) -> PublicPath {
    let hex = digest.to_string();
    format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]).parse().unwrap()
}

#[test]
fn what_goes_in_comes_out() {
    each(|place| {
        let blobs = place.blobs();
        let mut all = Vec::new();
        for (seed, count) in
            [0, 1, 1000, 256 * 1024 + 1, PART, PART + 1, 2 * PART + 77].into_iter().enumerate()
        {
            let bytes = bytes(count, seed as u64);
            for (expected, piece) in [(None, 100_000), (Some(Digest::of(&bytes)), 3 * MIB)] {
                let digest = store(&blobs, &bytes, expected, piece);
                assert!(blobs.exists(&digest).unwrap());
                assert_eq!(blobs.size(&digest).unwrap(), Some(count as u64));
                assert!(blobs.read_all(&digest, NO_LIMIT).unwrap() == bytes, "{count}");
                assert_eq!(blobs.verify(&digest).unwrap(), count as u64);
            }
            all.push((Digest::of(&bytes), count as u64));
        }
        all.sort();
        assert_eq!(listed(&blobs), all, "each once, in the order of digests");
        assert_eq!(place.leftovers(), Vec::<String>::new());
        for (digest, _) in &all {
            assert!(blobs.delete(digest).unwrap());
            assert!(!blobs.delete(digest).unwrap());
            assert!(!blobs.exists(digest).unwrap());
            assert!(blobs.get(digest).unwrap_err().is_missing());
        }
        assert_eq!(listed(&blobs), []);
    });
}

#[test]
fn ranges_are_exact() {
    each(|place| {
        let blobs = place.blobs();
        let bytes = bytes(300_000, 5);
        let digest = blobs.put(&bytes).unwrap();
        let range = |start: u64, end: u64| {
            let mut reader = blobs.get_range(&digest, start..end)?;
            assert_eq!(reader.size_bytes(), 300_000);
            let mut part = Vec::new();
            reader.read_to_end(&mut part).unwrap();
            assert!(part == bytes[start as usize..end as usize], "{start}..{end}");
            Ok::<_, Error>(())
        };
        for (start, end) in [(0, 300_000), (0, 1), (299_999, 300_000), (7, 270_000), (5, 5)] {
            range(start, end).unwrap();
        }
        range(300_000, 300_000).unwrap();
        for (start, end) in [(0, 300_001), (300_001, 300_001), (9, 8), (u64::MAX, u64::MAX)] {
            let error = range(start, end).unwrap_err();
            assert!(matches!(error, Error::OutOfRange { size_bytes: 300_000, .. }), "{error}");
        }
        let none = Digest::of(b"none");
        assert!(blobs.get_range(&none, 0..1).unwrap_err().is_missing());
    });
}

#[test]
fn too_many_bytes_are_refused_before_they_are_stored() {
    each(|place| {
        let blobs = place.blobs();
        let bytes = bytes(2 * PART, 9);
        for expected in [None, Some(Digest::of(&bytes))] {
            for limit in [0, 10, PART as u64 + 10] {
                let mut upload = blobs.begin(limit, expected).unwrap();
                let error = loop {
                    if let Err(error) = upload.write(&bytes[..4 * MIB]) {
                        break error;
                    }
                };
                assert!(
                    matches!(error, Error::TooLarge { limit_bytes, .. } if limit_bytes == limit)
                );
                assert!(upload.size_bytes() <= limit);
                assert_eq!(place.leftovers(), Vec::<String>::new(), "gone with the error");
                assert!(matches!(upload.write(b"x").unwrap_err(), Error::Failed { .. }));
                assert!(matches!(upload.finish().unwrap_err(), Error::Failed { .. }));
            }
        }
        let mut exact = blobs.begin(3, None).unwrap();
        exact.write(b"abc").unwrap();
        exact.write(b"").unwrap();
        let (digest, _) = exact.finish().unwrap();
        assert_eq!(listed(&blobs), [(digest, 3)]);
        assert!(matches!(blobs.read_all(&digest, 2), Err(Error::TooLarge { limit_bytes: 2, .. })));
        let error = blobs.put_from(&mut &bytes[..], 100, None).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }));
    });
}

#[test]
fn half_an_upload_leaves_nothing() {
    each(|place| {
        let blobs = place.blobs();
        let bytes = bytes(2 * PART + 5, 11);
        for expected in [None, Some(Digest::of(&bytes))] {
            for part in [0, 10, bytes.len()] {
                let mut upload = blobs.begin(NO_LIMIT, expected).unwrap();
                upload.write(&bytes[..part]).unwrap();
                drop(upload);
                assert_eq!(place.leftovers(), Vec::<String>::new());
            }
        }
        // Sent to the end, but not what was announced.
        for count in [10, bytes.len()] {
            let expected = Some(Digest::of(b"something else"));
            let mut upload = blobs.begin(NO_LIMIT, expected).unwrap();
            upload.write(&bytes[..count]).unwrap();
            let error = upload.finish().unwrap_err();
            assert!(matches!(error, Error::NotAsAnnounced { .. }), "{error}");
            assert_eq!(place.leftovers(), Vec::<String>::new());
        }
        assert_eq!(listed(&blobs), []);
    });
}

#[test]
fn what_was_spoilt_is_noticed_and_mended() {
    each(|place| {
        let (blobs, public) = (place.blobs(), place.public());
        let bytes = bytes(400_000, 3);
        let digest = blobs.put(&bytes).unwrap();
        let mut flipped = bytes.clone();
        flipped[399_999] ^= 1;
        for spoilt in [&flipped[..], &bytes[..1000], &[]] {
            public.put(&path_of(&digest), spoilt, "application/octet-stream", false).unwrap();
            let mut reader = blobs.get(&digest).unwrap();
            let error = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
            let error = Error::from_read(error).unwrap();
            assert!(matches!(error, Error::Corrupt { object, .. } if object == digest));
            assert!(reader.read(&mut [0; 10]).is_err(), "and it stays an error");
            for error in
                [blobs.verify(&digest).unwrap_err(), blobs.read_all(&digest, NO_LIMIT).unwrap_err()]
            {
                assert!(matches!(error, Error::Corrupt { .. }), "{error}");
                assert!(error.to_string().contains("backup"));
            }
        }
        blobs.put(&bytes).unwrap();
        assert_eq!(blobs.verify(&digest).unwrap(), 400_000);
        assert_eq!(listed(&blobs).len(), 1);
    });
}

#[test]
fn a_list_has_more_than_one_page_and_only_blobs() {
    each(|place| {
        let (blobs, public) = (place.blobs(), place.public());
        let mut all: Vec<_> =
            (0..1030_u32).map(|number| (blobs.put(&number.to_be_bytes()).unwrap(), 4)).collect();
        all.sort();
        for other in ["sha256/ab/note.txt", "sha256/ab/cd/ef", "other"] {
            public.put(&other.parse().unwrap(), b"not a blob", "text/plain", false).unwrap();
        }
        let odd = format!("sha256/00/00/{}", all[0].0);
        public
            .put(&odd.parse().unwrap(), b"a blob in a wrong folder", "text/plain", false)
            .unwrap();
        assert_eq!(listed(&blobs), all);
        assert_eq!(public.list().count(), all.len() + 4);
    });
}

#[test]
fn many_at_once_store_the_same() {
    each(|place| {
        let bytes = bytes(PART + 10, 21);
        let blobs = place.blobs();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                // Each also cleans what it takes for stale, beside the others' uploads.
                scope.spawn(|| {
                    let blobs = Blobs::open_with(&place.url(), &crate::place::quick_but_patient());
                    assert_eq!(blobs.unwrap().put(&bytes).unwrap(), Digest::of(&bytes));
                });
            }
        });
        assert_eq!(listed(&blobs), [(Digest::of(&bytes), bytes.len() as u64)]);
        assert_eq!(blobs.verify(&Digest::of(&bytes)).unwrap(), bytes.len() as u64);
        assert_eq!(place.leftovers(), Vec::<String>::new());
    });
}

#[cfg(unix)]
#[test]
fn a_directory_is_for_its_owner_and_public_files_are_for_all() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = crate::place::directory();
    let Place::Directory(root) = &place else { unreachable!() };
    let digest = Blobs::open_with(&place.url(), &quick()).unwrap().put(b"abc").unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let file = root.join(path_of(&digest).as_str());
    assert_eq!(mode(&file), 0o600);
    for folder in file.ancestors().skip(1).take(4) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    let place = crate::place::directory();
    let Place::Directory(root) = &place else { unreachable!() };
    place.public().put(&"tile/0/000".parse().unwrap(), b"abc", "text/plain", true).unwrap();
    assert_eq!(mode(&root.join("tile/0/000")), 0o644);
    assert_eq!(mode(&root.join("tile/0")), 0o755);
    assert_eq!(mode(&root.join(".tmp")), 0o700);
}
