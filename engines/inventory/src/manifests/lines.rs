//! Lock files that are read line by line.

use super::{package, python_name};
use crate::claim::Package;

type Found = Vec<(Package, Option<u32>)>;

fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    text.lines().enumerate().map(|(at, line)| (u32::try_from(at + 1).unwrap_or(u32::MAX), line))
}

/// yarn 1 (`name@^1.0:` then `  version "1.2.3"`) and yarn 2+ (`"name@npm:^1.0":`, `  version: 1.2.3`).
pub(super) fn yarn(text: &str) -> Found {
    let mut found = Vec::new();
    let mut name: Option<String> = None;
    for (number, line) in numbered(text) {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            let first = line.trim_end_matches(':').split(',').next().unwrap_or_default();
            let first = first.trim().trim_matches('"');
            let at = first.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
            name = at.and_then(|at| first.get(..at)).map(ToOwned::to_owned);
            // The workspace itself.
            if first.contains("@workspace:") {
                name = None;
            }
            continue;
        }
        let Some(value) = line.trim().strip_prefix("version") else { continue };
        let value = value.trim_start_matches(':').trim().trim_matches('"');
        if let Some(name) = name.take() {
            found.push((package("npm", &name, value), Some(number)));
        }
    }
    found
}

/// `pnpm-lock.yaml`: keys below `packages:`, as `/name/1.2.3:`, `/name@1.2.3:` or `name@1.2.3:`.
pub(super) fn pnpm(text: &str) -> Found {
    let mut found = Vec::new();
    let mut inside = false;
    for (number, line) in numbered(text) {
        if !line.starts_with(' ') && !line.trim().is_empty() {
            inside = line.trim_end() == "packages:";
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let Some(key) = line.trim().strip_suffix(':').filter(|_| inside && indent == 2) else {
            continue;
        };
        let key = key.trim_matches(['\'', '"']).trim_start_matches('/');
        // Peer dependencies follow in brackets or behind an underscore.
        let key = key.split('(').next().unwrap_or_default();
        let at = key.rfind('@').filter(|at| *at > 0).or_else(|| key.rfind('/'));
        let Some((name, version)) = at.and_then(|at| Some((key.get(..at)?, key.get(at + 1..)?)))
        else {
            continue;
        };
        let version = version.split('_').next().unwrap_or_default();
        if version.starts_with(|c: char| c.is_ascii_digit()) {
            found.push((package("npm", name, version), Some(number)));
        }
    }
    found
}

/// `Gemfile.lock`: `    name (1.2.3)` with four blanks below `specs:`.
pub(super) fn gemfile(text: &str) -> Found {
    numbered(text)
        .filter_map(|(number, line)| {
            let entry = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '))?;
            let (name, version) = entry.strip_suffix(')')?.split_once(" (")?;
            let version = version.split('-').next().unwrap_or_default();
            let plain = version.starts_with(|c: char| c.is_ascii_digit());
            plain.then(|| (package("gem", name, version), Some(number)))
        })
        .collect()
}

/// `go.sum`: lines without `/go.mod` are modules whose code was fetched.
pub(super) fn go_sum(text: &str) -> Found {
    numbered(text)
        .filter_map(|(number, line)| {
            let mut words = line.split_whitespace();
            let (name, version) = (words.next()?, words.next()?);
            let code = !version.ends_with("/go.mod") && version.starts_with('v');
            code.then(|| (package("golang", name, version), Some(number)))
        })
        .collect()
}

/// `requirements.txt`: pinned lines only.
pub(super) fn requirements(text: &str) -> Found {
    numbered(text)
        .filter_map(|(number, line)| {
            let line = line.split('#').next().unwrap_or_default();
            let line = line.split(';').next().unwrap_or_default();
            let (name, rest) = line.split_once("==")?;
            let name = name.split('[').next().unwrap_or_default().trim();
            let version = rest.trim_start_matches('=').split_whitespace().next()?;
            let version = version.split(',').next().unwrap_or_default();
            let plain = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
                && !version.contains('*');
            plain.then(|| (package("pypi", &python_name(name), version), Some(number)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_packages() {
        let check = |found: Found, purls: &[&str]| {
            let seen: Vec<String> = found.iter().map(|(package, _)| package.purl()).collect();
            assert_eq!(seen, purls);
        };
        check(
            yarn(
                "# x\n\n\"@a/b@^1.0\", \"@a/b@~1\":\n  version \"1.0.2\"\n\nc@^2:\n  version \"2.1.0\"\n",
            ),
            &["pkg:npm/%40a/b@1.0.2", "pkg:npm/c@2.1.0"],
        );
        check(
            pnpm(
                "lockfileVersion: 6\npackages:\n\n  /@a/b@1.0.2(x@1):\n    dev: false\n  /c/2.0.0_d:\n",
            ),
            &["pkg:npm/%40a/b@1.0.2", "pkg:npm/c@2.0.0"],
        );
        check(
            gemfile("GEM\n  specs:\n    rack (2.2.3)\n      x (>= 1)\n"),
            &["pkg:gem/rack@2.2.3"],
        );
        check(
            go_sum("golang.org/x/net v0.17.0 h1:a=\ngolang.org/x/net v0.17.0/go.mod h1:b=\n"),
            &["pkg:golang/golang.org/x/net@v0.17.0"],
        );
        check(requirements("Flask[async]==2.0.1 # x\nidle>=3\n"), &["pkg:pypi/flask@2.0.1"]);
    }
}
