use crate::place::{bytes, each};
use duecare_blobs::{Error, PublicPath};
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn path(text: &str) -> PublicPath {
    text.parse().unwrap()
}

#[test]
fn files_are_replaced_or_never_change() {
    each(|place| {
        let public = place.public();
        let (head, tile) = (path("checkpoint"), path("tile/0/x001/234.p/5"));
        assert_eq!(public.get(&head, 100).unwrap(), None);
        for text in ["one", "two, longer", ""] {
            public.put(&head, text.as_bytes(), "text/plain", false).unwrap();
            assert_eq!(public.get(&head, 100).unwrap().as_deref(), Some(text.as_bytes()));
        }
        public.put(&tile, b"leaves", "application/octet-stream", true).unwrap();
        public.put(&tile, b"leaves", "application/octet-stream", true).unwrap();
        for other in [&b"leaveS"[..], b"leave", b"leaves!", b""] {
            let error = public.put(&tile, other, "application/octet-stream", true).unwrap_err();
            assert!(matches!(error, Error::ImmutableDiffers { .. }), "{error}");
            assert!(error.to_string().contains("tile/0/x001/234.p/5"));
        }
        assert_eq!(public.get(&tile, 6).unwrap().as_deref(), Some(&b"leaves"[..]));
        assert!(matches!(public.get(&tile, 5), Err(Error::TooLarge { .. })));
        let large = bytes(9 * 1024 * 1024, 1);
        for _ in 0..2 {
            public.put(&path("image.bin"), &large, "application/octet-stream", true).unwrap();
        }
        assert!(public.get(&path("image.bin"), u64::MAX).unwrap().unwrap() == large);
        let names: Vec<_> = public.list().map(|file| file.unwrap().path.to_string()).collect();
        assert_eq!(names, ["checkpoint", "image.bin", "tile/0/x001/234.p/5"]);
        assert!(public.delete(&head).unwrap());
        assert!(!public.delete(&head).unwrap());
        assert_eq!(place.leftovers(), Vec::<String>::new());
    });
}

#[test]
fn of_many_writers_one_wins() {
    each(|place| {
        for round in 0..5 {
            let public = place.public();
            let tile = path(&format!("tile/{round}"));
            let (won, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
            std::thread::scope(|scope| {
                for writer in 0..6_u8 {
                    let (public, tile, won, lost) = (&public, &tile, &won, &lost);
                    scope.spawn(move || {
                        match public.put(tile, &[writer; 100], "application/octet-stream", true) {
                            Ok(()) => won.fetch_add(1, Ordering::Relaxed),
                            Err(Error::ImmutableDiffers { .. }) => {
                                lost.fetch_add(1, Ordering::Relaxed)
                            }
                            Err(error) => panic!("{error}"),
                        }
                    });
                }
            });
            assert_eq!((won.into_inner(), lost.into_inner()), (1, 5));
        }
    });
}

#[test]
fn only_plain_paths() {
    for good in ["a", "checkpoint", "tile/entries/x001/x234/567.p/12", "1.root.json", "A_b-c"] {
        assert_eq!(path(good).as_str(), good);
    }
    let long = "a".repeat(256);
    let deep = "a/".repeat(350) + "b";
    for bad in [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", ".tmp/x", "a/.b", "a b",
        "a\\b", "a\0b", "a%2fb", "ä", "a:b", "a?b", "a#b", "~", "a\nb", &long, &deep,
    ] {
        let error = bad.parse::<PublicPath>().unwrap_err();
        assert!(matches!(error, Error::Path { .. }), "{bad}");
        assert!(!error.to_string().contains(char::is_control));
    }
}

proptest! {
    #[test]
    fn a_path_stays_below_its_folder(text in "[a./\\\\\0-]{0,12}|\\PC{0,40}") {
        if let Ok(path) = text.parse::<PublicPath>() {
            prop_assert_eq!(path.as_str(), &text);
            let plain = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
            prop_assert!(std::path::Path::new(&text).components().all(plain));
        }
    }
}
