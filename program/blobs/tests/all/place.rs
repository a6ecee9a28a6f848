//! Where the tests store: always a directory, and a bucket where `DUECARE_TEST_S3_URL` names one.

use duecare_blobs::{Blobs, Options, Public, Retry};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// An empty place of its own.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Directory(PathBuf),
    Bucket { url: String, prefix: String },
}

/// A number that no other test of this or a parallel run has.
pub(crate) fn unique() -> String {
    format!("t{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn directory() -> Place {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("blobs").join(unique());
    let _ = std::fs::remove_dir_all(&path);
    Place::Directory(path)
}

/// Nothing when no object store is named: out loud, and not when everything must be tested.
pub(crate) fn bucket() -> Option<Place> {
    let Ok(base) = std::env::var("DUECARE_TEST_S3_URL") else {
        assert!(
            std::env::var_os("DUECARE_TEST_ALL").is_none(),
            "DUECARE_TEST_ALL is set, but DUECARE_TEST_S3_URL is not: .ci/services start"
        );
        eprintln!("SKIPPED: object stores, because DUECARE_TEST_S3_URL is not set");
        return None;
    };
    let (path, query) = base.split_once('?').unwrap();
    let bucket = path.strip_prefix("s3://").unwrap().trim_end_matches('/').to_owned();
    let prefix = unique();
    let place = Place::Bucket { url: format!("s3://{bucket}/{prefix}?{query}"), prefix };
    place.empty();
    Some(place)
}

/// Runs a test on both kinds.
pub(crate) fn each(test: impl Fn(&Place)) {
    for place in std::iter::once(directory()).chain(bucket()) {
        test(&place);
        place.remove();
    }
}

pub(crate) fn quick() -> Options {
    let (wait_first, wait_max) = (Duration::from_millis(1), Duration::from_millis(4));
    Options {
        retry: Retry { attempts_max: 4, wait_first, wait_max },
        stale_age: Duration::ZERO,
        ..Options::default()
    }
}

/// Takes nothing of a neighbour for stale.
pub(crate) fn quick_but_patient() -> Options {
    Options { stale_age: Duration::from_secs(3600), ..quick() }
}

/// Bytes that no compression or chance repeats.
pub(crate) fn bytes(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

impl Place {
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Directory(path) => path.to_str().unwrap().to_owned(),
            Self::Bucket { url, .. } => url.clone(),
        }
    }

    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::open(&self.url()).unwrap()
    }

    pub(crate) fn public(&self) -> Public {
        Public::open(&self.url()).unwrap()
    }

    fn empty(&self) {
        let public = self.public();
        for file in public.list() {
            public.delete(&file.unwrap().path).unwrap();
        }
    }

    fn remove(&self) {
        match self {
            Self::Directory(path) => std::fs::remove_dir_all(path).unwrap(),
            Self::Bucket { .. } => self.empty(),
        }
    }

    /// Names of what is neither object nor folder: temporary files, unfinished uploads.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        match self {
            Self::Directory(path) => {
                let Ok(entries) = std::fs::read_dir(path.join(".tmp")) else { return Vec::new() };
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
            }
            Self::Bucket { prefix, .. } => {
                let query = [("prefix", prefix.as_str()), ("uploads", "")];
                let text = crate::wire::get_bucket(&query);
                text.split("<UploadId>").skip(1).map(str::to_owned).collect()
            }
        }
    }
}
