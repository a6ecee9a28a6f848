//! What the package managers of languages leave behind: installed packages' own files, and lock
//! files. Each reader takes text and gives packages.
//!
//! Left out on purpose: manifests that only wish (`requirements.txt` without `==`, `go.mod` ranges);
//! development dependencies where a lock file marks them.

mod installed;
mod lines;
mod locks;
pub(crate) mod program;

use crate::claim::Package;

/// Packages that one file may name.
const PACKAGES_MAX: usize = 20_000;

/// Largest manifest or lock file that is read, in bytes.
const MANIFEST_BYTES_MAX: usize = 32 << 20;

/// The packages that a text file names, each with the line that says so where it has one.
pub(crate) fn read(path: &str, bytes: &[u8]) -> Vec<(Package, Option<u32>)> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if bytes.len() > MANIFEST_BYTES_MAX || is_lock_of_installed(path, name) {
        return Vec::new();
    }
    let text = || String::from_utf8_lossy(bytes);
    let mut packages = match name {
        "METADATA" if path.contains(".dist-info/") => installed::python(&text()),
        "PKG-INFO" if path.contains(".egg-info/") => installed::python(&text()),
        _ if name.ends_with(".egg-info") => installed::python(&text()),
        "package.json" => installed::npm(path, &text()),
        "MANIFEST.MF" if path.ends_with("/META-INF/MANIFEST.MF") => installed::jar(&text()),
        "pom.properties" if path.contains("/META-INF/maven/") => installed::maven(&text()),
        "installed.json" if path.ends_with("/composer/installed.json") => {
            installed::composer(&text())
        }
        _ if name.ends_with(".gemspec") && path.contains("/specifications/") => {
            installed::gem(name)
        }
        _ if name.ends_with(".rockspec") => installed::rock(&text()),
        _ if name.ends_with(".pc") && path.contains("/pkgconfig/") => {
            installed::pkg_config(name, &text())
        }
        "META.json" | "MYMETA.json" if path.contains("/perl") => installed::perl(&text()),
        "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json" => locks::npm(&text()),
        "composer.lock" => locks::composer(&text()),
        "Pipfile.lock" => locks::pipfile(&text()),
        "poetry.lock" | "uv.lock" => locks::toml_packages(&text(), "pypi"),
        "Cargo.lock" => locks::toml_packages(&text(), "cargo"),
        "yarn.lock" => lines::yarn(&text()),
        "pnpm-lock.yaml" => lines::pnpm(&text()),
        "Gemfile.lock" => lines::gemfile(&text()),
        "go.sum" => lines::go_sum(&text()),
        "requirements.txt" => lines::requirements(&text()),
        _ => Vec::new(),
    };
    packages.truncate(PACKAGES_MAX);
    packages.retain(|(package, _)| !package.name.is_empty());
    packages
}

/// Folders that package managers of languages install into.
const INSTALLED_IN: [&str; 4] = ["/gems/", "/node_modules/", "/site-packages/", "/dist-packages/"];

/// Lock files that lie in an installed package are what its authors worked with; what is installed
/// beside it speaks for itself.
fn is_lock_of_installed(path: &str, name: &str) -> bool {
    let lock = matches!(
        name,
        "package-lock.json"
            | "composer.lock"
            | "Pipfile.lock"
            | "poetry.lock"
            | "uv.lock"
            | "Cargo.lock"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "Gemfile.lock"
            | "go.sum"
            | "requirements.txt"
    );
    lock && INSTALLED_IN.iter().any(|folder| path.contains(folder))
}

/// A package of a language.
fn package(ecosystem: &'static str, name: &str, version: &str) -> Package {
    // `@scope/name`, `vendor/name`, `group/artifact`, `github.com/x/y`: all but the last part is
    // the namespace.
    let (namespace, name) = match name.rsplit_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    Package {
        ecosystem,
        namespace,
        name: name.trim().to_owned(),
        version: version.trim().to_owned(),
        ..Package::default()
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one hyphen, and case does not count.
fn python_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().chars() {
        if matches!(c, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_count_where_the_product_is_not_inside_packages() {
        let lock = b"GEM\n  remote: https://rubygems.org/\n  specs:\n    rake (13.0.6)\n";
        assert_eq!(read("/opt/app/Gemfile.lock", lock).len(), 1);
        assert!(read("/usr/lib/ruby/gems/3.1.0/gems/rbs-2.7.0/Gemfile.lock", lock).is_empty());
    }
}
