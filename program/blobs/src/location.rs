//! Addresses of stores.

use crate::error::{Error, Result};
use crate::key;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use url::{Host, Url};

/// The region that stores of one's own accept when none is named.
const REGION_DEFAULT: &str = "us-east-1";
/// Bucket names have 3 to 63 characters (S3 User Guide, "General purpose bucket naming rules").
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// Where a store is: a directory or an S3-compatible object store.
///
/// | form | meaning |
/// |---|---|
/// | `/path` or `file:///path` | a directory; it is made when it isn't there |
/// | `s3://bucket/prefix?…` | a bucket; everything lies under the prefix |
///
/// What may follow the `?`, each at most once:
///
/// | name | meaning |
/// |---|---|
/// | `endpoint` | address of the server; without it Amazon's for the region |
/// | `region` | needed without `endpoint`; with it `us-east-1` when left out |
/// | `path_style` | `true`: the bucket is in the path; `false`: in the host name. Left out: true with `endpoint` |
/// | `credentials_file`, `profile` | a file in the form of `~/.aws/credentials`, and the section in it (`default`); without it the environment's `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` |
/// | `ca_file` | certificates in PEM to trust instead of the built-in roots |
/// | `allow_http` | `true`: an endpoint without TLS beyond this machine is accepted |
///
/// [`fmt::Display`] shows the address without what follows the `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory(PathBuf),
    S3(Box<Bucket>),
}

/// A bucket, the folder in it, and the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    /// Empty, or ends with a slash.
    pub(crate) prefix: String,
    pub(crate) endpoint: Url,
    pub(crate) region: String,
    pub(crate) path_style: bool,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) profile: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Directory(path) => write!(f, "{}", path.display()),
            Kind::S3(bucket) => {
                write!(f, "s3://{}/{}", bucket.name, bucket.prefix.trim_end_matches('/'))
            }
        }
    }
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // What follows the `?`, or stands before an `@`, could hold a secret that somebody put there.
        let shown = || {
            let text = text.split('?').next().unwrap_or_default();
            let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
            match rest.rsplit_once('@') {
                Some((_, rest)) if !scheme.is_empty() => format!("{scheme}://…@{rest}"),
                _ => text.to_owned(),
            }
        };
        parse(text).map(Self).map_err(|why| Error::Location { location: shown(), why })
    }
}

fn parse(text: &str) -> Result<Kind, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    if text.contains('\0') {
        return Err("it has a zero byte".into());
    }
    if !text.contains("://") && !text.starts_with("file:") && !text.starts_with("s3:") {
        return Ok(Kind::Directory(PathBuf::from(text)));
    }
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "file" => {
            if url.query().is_some() || url.fragment().is_some() {
                return Err("a `?` or `#` in a path is written %3F or %23 after file://".into());
            }
            let path = url.to_file_path();
            path.map(Kind::Directory).map_err(|()| {
                "file:// is followed by an absolute path, such as file:///srv/duecare".into()
            })
        }
        "s3" => s3(&url).map(Box::new).map(Kind::S3),
        other => Err(format!("`{other}` is unknown; use a path, file:// or s3://")),
    }
}

fn s3(url: &Url) -> Result<Bucket, String> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials don't belong into an address, where others can see them; \
                    put them into the environment or a file (credentials_file=…)"
            .into());
    }
    if url.port().is_some() || url.fragment().is_some() {
        return Err("use s3://bucket/prefix?endpoint=https://host:port".into());
    }
    let name = url.host_str().unwrap_or_default().to_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !BUCKET_CHARS.contains(&name.chars().count()) || !name.chars().all(plain) {
        return Err("the bucket's name has 3 to 63 letters, digits, dots and dashes".into());
    }
    let prefix = url.path().trim_matches('/');
    if !prefix.is_empty()
        && let Some(why) = key::fault(prefix)
    {
        return Err(format!("the prefix after the bucket is not plain: {why}"));
    }
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    settings(url, name, prefix)
}

/// What may follow the `?`.
#[derive(Default)]
struct Settings {
    endpoint: Option<String>,
    region: Option<String>,
    path_style: Option<String>,
    credentials_file: Option<String>,
    profile: Option<String>,
    ca_file: Option<String>,
    allow_http: Option<String>,
}

fn settings(url: &Url, name: String, prefix: String) -> Result<Bucket, String> {
    let mut given = Settings::default();
    for (key, value) in url.query_pairs() {
        let slot = match key.as_ref() {
            "endpoint" => &mut given.endpoint,
            "region" => &mut given.region,
            "path_style" => &mut given.path_style,
            "credentials_file" => &mut given.credentials_file,
            "profile" => &mut given.profile,
            "ca_file" => &mut given.ca_file,
            "allow_http" => &mut given.allow_http,
            _ => {
                return Err("after the `?` may come endpoint, region, path_style, \
                            credentials_file, profile, ca_file and allow_http"
                    .into());
            }
        };
        if value.is_empty() || slot.replace(value.into_owned()).is_some() {
            return Err(format!("`{key}` is empty or there twice"));
        }
    }
    let allow_http = flag("allow_http", given.allow_http.as_deref())?.unwrap_or(false);
    let path_style = flag("path_style", given.path_style.as_deref())?;
    let (endpoint, region) = match (given.endpoint, given.region) {
        (Some(endpoint), region) => {
            (own_endpoint(&endpoint, allow_http)?, region.unwrap_or(REGION_DEFAULT.into()))
        }
        (None, Some(region)) => (amazon(&region)?, region),
        (None, None) => return Err("name the region, or the endpoint of another store".into()),
    };
    let amazon = endpoint.host_str().is_some_and(|host| host.ends_with(".amazonaws.com"));
    Ok(Bucket {
        name,
        prefix,
        endpoint,
        region,
        path_style: path_style.unwrap_or(!amazon),
        credentials_file: given.credentials_file.map(PathBuf::from),
        profile: given.profile,
        ca_file: given.ca_file.map(PathBuf::from),
    })
}

fn flag(name: &str, value: Option<&str>) -> Result<Option<bool>, String> {
    value.map(|value| value.parse().map_err(|_| format!("`{name}` is true or false"))).transpose()
}

fn amazon(region: &str) -> Result<Url, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !region.chars().all(plain) {
        return Err("a region is written like eu-central-1".into());
    }
    Url::parse(&format!("https://s3.{region}.amazonaws.com")).map_err(|error| error.to_string())
}

fn own_endpoint(text: &str, allow_http: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("the endpoint: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the endpoint has credentials in it; put them into a file".into());
    }
    let this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("the endpoint has no host".into()),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if this_machine || allow_http => Ok(url),
        "http" => Err("the endpoint has no TLS, so anyone on the way could read the bytes; \
                       use https://, or say allow_http=true"
            .into()),
        _ => Err("the endpoint begins with https://".into()),
    }
}
