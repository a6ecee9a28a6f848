//! How fast blobs go in and out: `cargo bench -p duecare-blobs`, in a directory below `target`, and in
//! a bucket when `DUECARE_TEST_S3_URL` names one. `-- /path` measures another directory.

#![expect(clippy::unwrap_used, reason = "a measurement ends with the first fault")]
#![expect(clippy::print_stdout, reason = "the rates are what this is for")]
#![expect(clippy::disallowed_methods, reason = "this is where time is measured")]

use duecare_blobs::{Blobs, Options};
use std::time::Instant;

const MIB: usize = 1024 * 1024;
/// Bytes of the large blob.
const LARGE: usize = 256 * MIB;
/// Number and bytes of small blobs.
const SMALL: (u32, usize) = (300, 4096);
/// Threads that store small blobs at once.
const WRITERS: u32 = 8;

fn large(blobs: &Blobs) {
    let bytes: Vec<u8> =
        (0..LARGE).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let rate = |begun: Instant| (LARGE / MIB) as f64 / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let (digest, _) = blobs.put_from(&mut &bytes[..], u64::MAX, None).unwrap();
    println!("  put one of {} MiB: {:.0} MiB/s", LARGE / MIB, rate(begun));
    let begun = Instant::now();
    blobs.put_from(&mut &bytes[..], u64::MAX, Some(digest)).unwrap();
    println!("  the same, announced: {:.0} MiB/s", rate(begun));
    let begun = Instant::now();
    blobs.verify(&digest).unwrap();
    println!("  get and check it: {:.0} MiB/s", rate(begun));
    blobs.delete(&digest).unwrap();
}

fn small(blobs: &Blobs, writers: u32) {
    let begun = Instant::now();
    let (count, size) = SMALL;
    let digests: Vec<_> = std::thread::scope(|scope| {
        let work = |writer: u32| {
            let each = (writer..count).step_by(writers as usize);
            each.map(|number| {
                let mut bytes = vec![0; size];
                bytes.splice(..4, number.to_be_bytes());
                blobs.put(&bytes).unwrap()
            })
            .collect::<Vec<_>>()
        };
        let threads: Vec<_> =
            (0..writers).map(|writer| scope.spawn(move || work(writer))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let rate = |begun: Instant| f64::from(count) / begun.elapsed().as_secs_f64();
    println!("  put {count} of {size} bytes, {writers} at once: {:.0}/s", rate(begun));
    let begun = Instant::now();
    for digest in &digests {
        blobs.read_all(digest, u64::MAX).unwrap();
    }
    println!("  get and check them, one after another: {:.0}/s", rate(begun));
    for digest in digests {
        blobs.delete(&digest).unwrap();
    }
}

fn main() {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let directory = given.unwrap_or(concat!(env!("CARGO_TARGET_TMPDIR"), "/rates").to_owned());
    let bucket = std::env::var("DUECARE_TEST_S3_URL").ok();
    if bucket.is_none() {
        println!("SKIPPED: object store, because DUECARE_TEST_S3_URL is not set");
    }
    for url in std::iter::once(directory).chain(bucket) {
        let blobs = Blobs::open_with(&url, &Options::default()).unwrap();
        println!("{}", blobs.name());
        large(&blobs);
        small(&blobs, 1);
        small(&blobs, WRITERS);
    }
}
