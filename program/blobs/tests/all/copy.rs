use crate::place::{Place, bucket, bytes, directory};
use duecare_blobs::{Copied, Error, Phase, Progress, PublicPath, copy_all, copy_public};

fn pairs() -> Vec<(Place, Place)> {
    let mut pairs = vec![(directory(), directory())];
    if let (Some(from), Some(to)) = (bucket(), bucket()) {
        pairs.push((directory(), to));
        pairs.push((from, directory()));
    }
    pairs
}

#[test]
fn all_blobs_are_moved_and_read_back() {
    for (from, to) in pairs() {
        let (source, target) = (from.blobs(), to.blobs());
        let mut total = 0;
        for seed in 0..300 {
            let count = if seed == 7 { 9 * 1024 * 1024 } else { 10 + seed as usize };
            source.put(&bytes(count, seed)).unwrap();
            total += count as u64;
        }
        // As after an interruption: one is there, one is there with wrong bytes of the right size.
        target.put(&bytes(10, 0)).unwrap();
        let spoilt = target.put(&bytes(11, 1)).unwrap().to_string();
        let path = format!("sha256/{}/{}/{spoilt}", &spoilt[..2], &spoilt[2..4]);
        let path = path.parse::<PublicPath>().unwrap();
        to.public().put(&path, &[0; 11], "application/octet-stream", false).unwrap();
        let mut told = Vec::new();
        let copied = copy_all(&source, &target, &mut |progress| told.push(progress)).unwrap();
        assert_eq!(copied, Copied { copied: 298, verified: 300, bytes: total });
        let last = |phase| Progress { phase, objects: 300, bytes: total };
        assert!(told.contains(&last(Phase::Copying)));
        assert_eq!(told.last(), Some(&last(Phase::Verifying)));
        let list = |blobs: &duecare_blobs::Blobs| {
            blobs.list().map(|blob| blob.unwrap().digest).collect::<Vec<_>>()
        };
        assert_eq!(list(&source), list(&target));
        let again = copy_all(&source, &target, &mut |_| {}).unwrap();
        assert_eq!(again, Copied { copied: 0, verified: 300, bytes: total });
    }
}

#[test]
fn a_broken_source_is_not_copied() {
    for (from, to) in pairs() {
        let (source, target) = (from.blobs(), to.blobs());
        let digest = source.put(b"good").unwrap();
        let hex = digest.to_string();
        let path = format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]).parse().unwrap();
        from.public().put(&path, b"evil", "text/plain", false).unwrap();
        let error = copy_all(&source, &target, &mut |_| {}).unwrap_err();
        assert!(matches!(error, Error::Corrupt { object, .. } if object == digest), "{error}");
        assert_eq!(target.list().count(), 0);
        assert_eq!(to.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn public_files_are_moved_and_compared() {
    for (from, to) in pairs() {
        let (source, target) = (from.public(), to.public());
        for name in ["checkpoint", "tile/0/000", "tile/entries/000.p/3"] {
            source.put(&name.parse().unwrap(), name.as_bytes(), "text/plain", false).unwrap();
        }
        target.put(&"checkpoint".parse().unwrap(), b"older", "text/plain", false).unwrap();
        let about = |path: &PublicPath| ("text/plain".to_owned(), path.as_str() != "checkpoint");
        let copied = copy_public(&source, &target, &about, 1000, &mut |_| {}).unwrap();
        assert_eq!(copied, Copied { copied: 3, verified: 3, bytes: 40 });
        let again = copy_public(&source, &target, &about, 1000, &mut |_| {}).unwrap();
        assert_eq!(again.copied, 0);
        source.put(&"tile/0/000".parse().unwrap(), b"rewritten", "text/plain", false).unwrap();
        let error = copy_public(&source, &target, &about, 1000, &mut |_| {}).unwrap_err();
        assert!(matches!(error, Error::ImmutableDiffers { .. }), "{error}");
    }
}
