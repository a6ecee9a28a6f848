//! Versions as packagers write them, and as the component's own project does.

/// How a component's versions are written; used to tell whether two are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Numbers and words in any mixture.
    #[default]
    Loose,
    /// `1.2.3-rc1+build` (semver.org 2.0.0): what follows `+` does not count.
    Semver,
    /// `1.0.2k`: a letter is a patch level.
    OpenSsl,
    /// `2019-04-13`, `20190413`: separators don't count.
    Date,
}

impl Scheme {
    pub(crate) fn from_label(label: &str) -> Option<Self> {
        Some(match label {
            "loose" => Self::Loose,
            "semver" => Self::Semver,
            "openssl" => Self::OpenSsl,
            "date" => Self::Date,
            _ => return None,
        })
    }

    /// Whether two texts name the same version: `1.2` and `1.2.0` do, `1.02` and `1.2` too.
    pub(crate) fn same(self, left: &str, right: &str) -> bool {
        let parts = |text: &str| {
            let text = match self {
                Self::Semver => text.split('+').next().unwrap_or_default(),
                _ => text,
            };
            let mut parts = match self {
                Self::Date => vec![text.chars().filter(char::is_ascii_digit).collect()],
                _ => runs(text),
            };
            while parts.len() > 1 && parts.last().is_some_and(|part| part == "0") {
                parts.pop();
            }
            parts
        };
        parts(left) == parts(right)
    }
}

/// The runs of digits and of letters in a version; leading zeros and the `v` in front are dropped.
fn runs(text: &str) -> Vec<String> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let mut out: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in text.chars() {
        let sort = |c: char| if c.is_ascii_digit() { 0 } else { 1 + u8::from(c.is_alphabetic()) };
        if sort(c) == 1 {
            last = ' ';
            continue;
        }
        match out.last_mut() {
            Some(run) if last != ' ' && sort(last) == sort(c) => run.push(c),
            _ => out.push(c.to_string()),
        }
        last = c;
    }
    for run in &mut out {
        if run.starts_with('0') {
            let short = run.trim_start_matches('0');
            *run = if short.is_empty() { "0".to_owned() } else { short.to_owned() };
        }
    }
    out
}

/// A package's version, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageVersion {
    /// As the component's own project writes it.
    pub(crate) upstream: String,
    /// What the packager added.
    pub(crate) revision: Option<String>,
}

/// Marks that packagers append to the upstream version when they change what is in the archive.
const REPACK_MARKS: [&str; 10] =
    ["dfsg", "ds", "debian", "repack", "ubuntu", "deb", "orig", "nmu", "stable", "b1"];

/// Takes `epoch:upstream-revision` apart (Debian Policy 5.6.12; opkg and apk write the same
/// without the epoch, apk's revisions begin with `r`).
pub(crate) fn split_package_version(raw: &str) -> PackageVersion {
    let raw = raw.trim();
    let without_epoch = match raw.split_once(':') {
        Some((epoch, rest)) if epoch.chars().all(|c| c.is_ascii_digit()) => rest,
        _ => raw,
    };
    let (mut upstream, mut revision) = match without_epoch.rsplit_once('-') {
        Some((upstream, revision)) if !upstream.is_empty() && is_revision(revision, upstream) => {
            (upstream.to_owned(), Some(revision.to_owned()))
        }
        _ => (without_epoch.to_owned(), None),
    };
    // OpenWrt's own packages: `173.1-r3560-79f57e422d`, number, build and commit.
    let build = without_epoch
        .split_once("-r")
        .filter(|(_, tail)| tail.starts_with(|c: char| c.is_ascii_digit()) && tail.contains('-'));
    if let Some((head, tail)) = build {
        head.clone_into(&mut upstream);
        revision = Some(format!("r{tail}"));
    }
    // OpenWrt's kernel packages: `4.4.92-1-<32 hexadecimal digits of the configuration>`.
    let hash = revision.clone().filter(|revision| is_config_hash(revision));
    if let (Some(hash), Some((head, number))) = (hash, upstream.clone().rsplit_once('-')) {
        revision = Some(format!("{number}-{hash}"));
        head.clone_into(&mut upstream);
    }
    let hashed = upstream.clone();
    if let Some((kernel, hash)) = hashed.split_once('~').filter(|(_, hash)| is_config_hash(hash)) {
        let tail = revision.take().map_or(String::new(), |tail| format!("-{tail}"));
        revision = Some(format!("{hash}{tail}"));
        kernel.clone_into(&mut upstream);
    }
    if let Some((_, really)) = upstream.clone().split_once("really") {
        really.trim_start_matches(['.', '-', '~']).clone_into(&mut upstream);
    }
    if let Some(at) = repack_mark(&upstream) {
        let (head, mark) = upstream.split_at(at);
        let tail = revision.take().map_or(String::new(), |tail| format!("-{tail}"));
        let mark = mark.trim_start_matches(['+', '~', '.', '-']);
        revision = Some(format!("{mark}{tail}"));
        upstream = head.to_owned();
    }
    PackageVersion { upstream, revision }
}

/// Whether what follows the last hyphen is a packager's revision, and not a part of the upstream
/// version (`2016-12-19`, `1.0-beta`).
fn is_revision(text: &str, head: &str) -> bool {
    let apk = text.strip_prefix('r').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
    let number = text.starts_with(|c: char| c.is_ascii_digit());
    // A date's day is no revision: two hyphens and years in front, nothing behind.
    let parts: Vec<&str> = head.split('-').collect();
    let is_date = matches!(parts.as_slice(), [year, month]
        if year.len() == 4 && month.len() == 2 && text.len() == 2
            && year.chars().chain(month.chars()).all(|c| c.is_ascii_digit()));
    // A commit that happens to begin with a digit.
    let commit = text.len() >= 7
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    (apk || (number && !commit) || is_config_hash(text)) && !is_date
}

fn is_config_hash(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Where a packager's mark begins: `1.2.3+dfsg1`, `1.2.3~ds`, `1.2.dfsg`.
fn repack_mark(upstream: &str) -> Option<usize> {
    upstream.match_indices(['+', '~', '.', '-']).map(|(at, _)| at).filter(|at| *at > 0).find(|at| {
        let mark = upstream.get(at + 1..).unwrap_or_default();
        // `30+20221128`, `2.4+20151223.gitfa8646d.1`: a snapshot of that day, packed under the
        // release before it.
        let day = mark.split('.').next().unwrap_or_default();
        let date =
            day.len() == 8 && day.starts_with("20") && upstream.as_bytes().get(*at) == Some(&b'+');
        if date && day.bytes().all(|b| b.is_ascii_digit()) {
            return true;
        }
        let joined = matches!(upstream.as_bytes().get(*at), Some(b'+' | b'~'));
        let snapshot = ["git", "svn", "hg", "bzr", "cvs"].iter().any(|tool| mark.starts_with(tool));
        if joined && snapshot {
            return true;
        }
        REPACK_MARKS.iter().any(|known| {
            mark.strip_prefix(known).is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_ascii_alphabetic()) || *known == "dfsg"
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_versions_come_apart() {
        let check = |raw: &str, upstream: &str, revision: Option<&str>| {
            let expected = PackageVersion {
                upstream: upstream.to_owned(),
                revision: revision.map(ToOwned::to_owned),
            };
            assert_eq!(split_package_version(raw), expected, "{raw}");
        };
        check("2.80-16.3", "2.80", Some("16.3"));
        check("1:1.2.11.dfsg-2+deb11u2", "1.2.11", Some("dfsg-2+deb11u2"));
        check("7.88.1-10+deb12u5", "7.88.1", Some("10+deb12u5"));
        check("2017.75-1", "2017.75", Some("1"));
        check("1.36.1-r2", "1.36.1", Some("r2"));
        check(
            "4.4.92-1-0f5b2d9b8e1c4a6d8f00112233445566",
            "4.4.92",
            Some("1-0f5b2d9b8e1c4a6d8f00112233445566"),
        );
        check(
            "6.6.73~0f5b2d9b8e1c4a6d8f00112233445566-r1",
            "6.6.73",
            Some("0f5b2d9b8e1c4a6d8f00112233445566-r1"),
        );
        check("2016-12-19-ad02e79d-5", "2016-12-19-ad02e79d", Some("5"));
        check("2017-01-05", "2017-01-05", None);
        check("1.30.0+really1.29.2-3", "1.29.2", Some("3"));
        check("9.2p1", "9.2p1", None);
        check("2:2.06-3~deb11u5", "2.06", Some("3~deb11u5"));
        check("1.1.1n", "1.1.1n", None);
        check("2016-01-10-96415afecef3", "2016-01-10-96415afecef3", None);
        check("2.31+gitAUTOINC+6fdf971c9d-r0", "2.31", Some("gitAUTOINC+6fdf971c9d-r0"));
        check("30+20221128-1", "30", Some("20221128-1"));
        check("2.4+20151223.gitfa8646d.1-2+b2", "2.4", Some("20151223.gitfa8646d.1-2+b2"));
        check("173.1-r3560-79f57e422d", "173.1", Some("r3560-79f57e422d"));
    }

    #[test]
    fn same_versions_are_told() {
        assert!(Scheme::Loose.same("1.2", "1.2.0"));
        assert!(Scheme::Loose.same("v2.06", "2.6"));
        assert!(!Scheme::OpenSsl.same("1.0.2k", "1.0.2"));
        assert!(Scheme::Semver.same("1.2.3+x", "1.2.3"));
        assert!(Scheme::Date.same("2019-04-13", "20190413"));
    }
}
