//! Fails and kills at every step of storing, then looks what is there.

use crate::place::{Place, bucket, bytes, directory, quick, quick_but_patient};
use duecare_base::Digest;
use duecare_blobs::{Blobs, Error, Options, Public, Result, Step, Steps, When};
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Beyond one part of an upload, so that all requests there are take place.
const LARGE_BUCKET: usize = 9 * 1024 * 1024;
/// Beyond what is gathered before it is written.
const LARGE_DIRECTORY: usize = 600 * 1024;
const CHILD: &str = "DUECARE_TEST_BLOBS_CHILD";

/// Lets `left` moments pass, then disturbs.
struct Disturb {
    left: AtomicU64,
    how: How,
}

#[derive(Clone, Copy)]
enum How {
    Abort,
    /// This and every later moment fails with this error of the system.
    Fail(i32),
    /// This moment alone fails.
    FailOnce(i32),
}

impl Steps for Disturb {
    fn at(&self, _: When, _: Step) -> io::Result<()> {
        let left = self.left.load(Ordering::SeqCst);
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
            return Ok(());
        }
        match self.how {
            How::Abort => std::process::abort(),
            How::Fail(code) => Err(io::Error::from_raw_os_error(code)),
            How::FailOnce(code) => {
                self.left.store(u64::MAX, Ordering::SeqCst);
                Err(io::Error::from_raw_os_error(code))
            }
        }
    }
}

fn disturbed(moment: u64, how: How) -> (Options, Arc<Disturb>) {
    let steps = Arc::new(Disturb { left: AtomicU64::new(moment), how });
    (Options { steps: Arc::clone(&steps) as Arc<dyn Steps>, ..quick_but_patient() }, steps)
}

/// What is done: a blob of this size, announced or not, or a public file that never changes.
const WORK: [&str; 5] = ["small", "large", "large-announced", "file", "large-file"];

fn bytes_of(url: &str, work: &str) -> Vec<u8> {
    let large = if url.starts_with("s3:") { LARGE_BUCKET } else { LARGE_DIRECTORY };
    bytes(if work.starts_with("large") { large } else { 1000 }, 77)
}

fn work(url: &str, work: &str, options: &Options) -> Result<()> {
    let bytes = bytes_of(url, work);
    if work.ends_with("file") {
        let path = "a/b/file".parse().unwrap();
        return Public::open_with(url, options)?.put(&path, &bytes, "text/plain", true);
    }
    let expected = work.ends_with("announced").then(|| Digest::of(&bytes));
    let blobs = Blobs::open_with(url, options)?;
    blobs.put_from(&mut &bytes[..], u64::MAX, expected).map(drop)
}

/// What the work stores is there whole, or nothing is; and no leftovers once they are cleaned.
fn look(place: &Place, what: &str, acknowledged: bool, moment: u64) {
    let (blobs, public) =
        (Blobs::open_with(&place.url(), &quick()), Public::open_with(&place.url(), &quick()));
    let (blobs, public) = (blobs.unwrap(), public.unwrap());
    let bytes = bytes_of(&place.url(), what);
    let there = if what.ends_with("file") {
        let found = public.get(&"a/b/file".parse().unwrap(), u64::MAX).unwrap();
        assert!(found.as_ref().is_none_or(|found| *found == bytes), "{what} {moment}: half a file");
        found.is_some()
    } else {
        let digest = Digest::of(&bytes);
        let there = blobs.exists(&digest).unwrap();
        assert_eq!(blobs.list().count(), usize::from(there), "{what} {moment}");
        if there {
            assert_eq!(blobs.verify(&digest).unwrap(), bytes.len() as u64, "{what} {moment}");
        }
        there
    };
    assert!(there || !acknowledged, "{what} {moment}: lost what was acknowledged");
    assert_eq!(place.leftovers(), Vec::<String>::new(), "{what} {moment}");
}

/// Not a test by itself: what [`killed_at_every_step`] starts as another process.
#[test]
fn child() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (moment, rest) = orders.split_once(' ').unwrap();
    let (what, url) = rest.split_once(' ').unwrap();
    let (options, _) = disturbed(moment.parse().unwrap(), How::Abort);
    work(url, what, &options).unwrap();
}

/// Runs the work in a process that dies at this moment; true when it got through.
fn run_child(place: &Place, what: &str, moment: u64) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults::child", "--quiet"])
        .env(CHILD, format!("{moment} {what} {}", place.url()))
        .output()
        .unwrap()
        .status;
    assert!(status.success() || status.code().is_none(), "{what} {moment}: failed, not killed");
    status.success()
}

#[test]
fn killed_at_every_step() {
    let s3 = bucket();
    for what in WORK {
        for moment in 0.. {
            let place = directory();
            let done = run_child(&place, what, moment);
            look(&place, what, done, moment);
            if done {
                assert!(moment >= 10, "{what}: only {moment} moments");
                break;
            }
            // And the next process simply does it.
            work(&place.url(), what, &quick()).unwrap();
            look(&place, what, true, moment);
        }
        let Some(place) = &s3 else { continue };
        for moment in 0.. {
            let done = run_child(place, what, moment);
            look(place, what, done, moment);
            Blobs::open(&place.url())
                .unwrap()
                .delete(&Digest::of(&bytes_of(&place.url(), what)))
                .unwrap();
            Public::open(&place.url()).unwrap().delete(&"a/b/file".parse().unwrap()).unwrap();
            if done {
                assert!(moment >= 2, "{what}: only {moment} moments");
                break;
            }
        }
    }
}

#[test]
fn failed_at_every_step() {
    const EIO: i32 = 5;
    const ENOSPC: i32 = 28;
    for what in WORK {
        for code in [EIO, ENOSPC] {
            for moment in 0.. {
                let place = directory();
                let (options, _) = disturbed(moment, How::Fail(code));
                let result = work(&place.url(), what, &options);
                // Nothing is left even without cleaning, save when removing was not possible either.
                assert_eq!(place.leftovers(), Vec::<String>::new(), "{what} {moment}");
                look(&place, what, result.is_ok(), moment);
                match result {
                    Ok(()) => break,
                    Err(error) => assert_eq!(error.is_full(), code == ENOSPC, "{error}"),
                }
            }
        }
    }
}

#[test]
fn a_request_that_fails_once_is_sent_again() {
    const ECONNRESET: i32 = 104;
    let Some(place) = bucket() else { return };
    for what in WORK {
        for moment in 0.. {
            let (options, steps) = disturbed(moment, How::FailOnce(ECONNRESET));
            let result = work(&place.url(), what, &options);
            let reached = steps.left.load(Ordering::SeqCst) > u64::MAX / 2;
            // A spool file is no request: its failure is final.
            if !matches!(&result, Err(Error::Io { .. })) {
                result.unwrap();
            }
            look(&place, what, false, moment);
            Blobs::open(&place.url())
                .unwrap()
                .delete(&Digest::of(&bytes_of(&place.url(), what)))
                .unwrap();
            Public::open(&place.url()).unwrap().delete(&"a/b/file".parse().unwrap()).unwrap();
            if !reached {
                break;
            }
        }
        let (options, _) = disturbed(0, How::Fail(ECONNRESET));
        let error = work(&place.url(), what, &options).unwrap_err();
        match error {
            Error::Unreachable { attempts: 4, .. } => {}
            Error::Io { .. } if what == "large" => {}
            error => panic!("{what}: {error}"),
        }
        look(&place, what, false, 0);
    }
}
