use crate::place::{Place, bucket, bytes, directory, quick};
use duecare_blobs::{Blobs, Options};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

fn leave(folder: &Path, name: &str, age: Duration) -> File {
    std::fs::create_dir_all(folder).unwrap();
    let file = File::create(folder.join(name)).unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH)).unwrap();
    file
}

#[test]
fn what_is_old_and_nobodys_is_removed() {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let place = directory();
    let Place::Directory(root) = &place else { unreachable!() };
    let temp = root.join(".tmp");
    leave(&temp, "1-1", 25 * HOUR);
    leave(&temp, "1-2", 23 * HOUR);
    let held = leave(&temp, "1-3", 100 * HOUR);
    held.lock().unwrap();
    let own = place.blobs();
    let mut left = place.leftovers();
    left.sort();
    assert_eq!(left, ["1-2", "1-3"]);
    // Another process that cleans everything still spares what is being written.
    let mut upload = own.begin(10, None).unwrap();
    upload.write(b"abc").unwrap();
    Blobs::open_with(&place.url(), &quick()).unwrap();
    assert_eq!(place.leftovers().len(), 2, "the held one and the upload");
    let (digest, _) = upload.finish().unwrap();
    assert_eq!(own.verify(&digest).unwrap(), 3);
    drop(held);
    Blobs::open_with(&place.url(), &quick()).unwrap();
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn folders_that_somebody_removed_are_made_anew() {
    let place = directory();
    let Place::Directory(root) = &place else { unreachable!() };
    let blobs = place.blobs();
    blobs.put(b"abc").unwrap();
    std::fs::remove_dir_all(root.join("sha256")).unwrap();
    assert!(blobs.put(b"abc").is_err());
    assert_eq!(place.leftovers(), Vec::<String>::new());
    let digest = blobs.put(b"abc").unwrap();
    assert_eq!(blobs.verify(&digest).unwrap(), 3);
}

#[test]
fn unfinished_uploads_of_the_dead_are_aborted() {
    let Some(place) = bucket() else { return };
    let blobs = place.blobs();
    let bytes = bytes(9 * 1024 * 1024, 4);
    let mut upload = blobs.begin(u64::MAX, Some(duecare_base::Digest::of(&bytes))).unwrap();
    upload.write(&bytes).unwrap();
    // As a process that is killed: nothing is told to anyone.
    std::mem::forget(upload);
    assert_eq!(place.leftovers().len(), 1);
    place.blobs();
    assert_eq!(place.leftovers().len(), 1, "younger than a day");
    let all = Options { stale_age: Duration::ZERO, ..Options::default() };
    Blobs::open_with(&place.url(), &all).unwrap();
    assert_eq!(place.leftovers(), Vec::<String>::new());
}
