//! Where the credentials of an object store come from: the environment, or a file in the form of
//! `~/.aws/credentials`. They are held in memory that is wiped, and shown nowhere.

use crate::error::{Error, Result};
use crate::location::Bucket;
use rusty_s3::Credentials;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most bytes of a credentials file that are read; real ones have hundreds.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The section that is read when none is named.
const PROFILE_DEFAULT: &str = "default";

/// Where to look, so that it can be looked again when credentials run out.
pub(super) enum Source {
    Environment,
    File { path: PathBuf, profile: String },
}

impl Source {
    pub(super) fn of(bucket: &Bucket) -> Self {
        match &bucket.credentials_file {
            None => Self::Environment,
            Some(path) => Self::File {
                path: path.clone(),
                profile: bucket.profile.clone().unwrap_or(PROFILE_DEFAULT.into()),
            },
        }
    }

    pub(super) fn read(&self) -> Result<Credentials> {
        match self {
            Self::Environment => Credentials::from_env().ok_or_else(|| Error::Credentials {
                why: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                      or name a file in the store's address (credentials_file=…)"
                    .into(),
            }),
            Self::File { path, profile } => from_file(path, profile),
        }
    }
}

fn from_file(path: &Path, profile: &str) -> Result<Credentials> {
    let wrong = |why: String| Error::Credentials { why: format!("{}: {why}", path.display()) };
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text))
        .map_err(|error| wrong(error.to_string()))?;
    parse(&text, profile).map_err(|why| wrong(why.to_owned()))
}

/// Sections in brackets, `name = value` lines, comments after `#` or `;`.
fn parse(text: &str, profile: &str) -> Result<Credentials, &'static str> {
    let (mut inside, mut seen) = (false, false);
    let (mut key, mut secret, mut token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').trim() == profile;
            seen |= inside;
            continue;
        }
        if !inside {
            continue;
        }
        // The line itself is not shown: it may be a secret.
        let (name, value) = line.split_once('=').ok_or("a line is not `name = value`")?;
        let value = Some(value.trim()).filter(|value| !value.is_empty());
        match name.trim().to_ascii_lowercase().as_str() {
            "aws_access_key_id" => key = value,
            "aws_secret_access_key" => secret = value,
            "aws_session_token" => token = value,
            _ => {}
        }
    }
    if !seen {
        return Err("it has no section of that name; name another by profile=…");
    }
    match (key, secret, token) {
        (Some(key), Some(secret), None) => Ok(Credentials::new(key, secret)),
        (Some(key), Some(secret), Some(token)) => {
            Ok(Credentials::new_with_token(key, secret, token))
        }
        _ => Err("the section needs aws_access_key_id and aws_secret_access_key"),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_the_named_section() {
        let text = "# mine\n[default]\naws_access_key_id = A\naws_secret_access_key=B=+/\n\
                    [other]\nregion = x\nAWS_ACCESS_KEY_ID = C\naws_secret_access_key = D\n\
                    aws_session_token = E\n[bare]\naws_access_key_id = F\n[odd]\nsecret\n";
        let default = parse(text, "default").unwrap();
        assert_eq!((default.key(), default.secret(), default.token()), ("A", "B=+/", None));
        let other = parse(text, "other").unwrap();
        assert_eq!((other.key(), other.secret(), other.token()), ("C", "D", Some("E")));
        for (profile, part) in [("none", "no section"), ("bare", "needs"), ("odd", "not `name")] {
            let why = parse(text, profile).unwrap_err();
            assert!(why.contains(part), "{why}");
            assert!(!why.contains("secret\n"));
        }
    }
}
