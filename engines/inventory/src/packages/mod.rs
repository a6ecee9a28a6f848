//! Databases of package managers, and single packages that are the image.
//!
//! Left out on purpose: whether a package's files are still what the packager shipped.

mod apk;
mod bdb;
mod control;
mod documents;
mod ndb;
mod rpm;
mod sqlite;

use crate::claim::{Claim, Package};
use crate::model::Method;
use crate::rules::Rules;
use duecare_base::Location;
use duecare_unpack::Layer;

pub(crate) use documents::licence_of_copyright;

/// Packages that one database may name; real ones name at most some ten thousand.
const PACKAGES_MAX: usize = 100_000;

/// The values of a database, those that could be read.
#[derive(Debug, Default)]
struct Values {
    found: Vec<Vec<u8>>,
    /// Why some are missing.
    problem: Option<String>,
}

impl Values {
    fn none(why: &str) -> Self {
        Self { found: Vec::new(), problem: Some(why.to_owned()) }
    }
}

/// What a database or package file told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) packages: Vec<Package>,
    /// The file is not a database but the head of one package, and the image is that package.
    pub(crate) whole_image: bool,
    pub(crate) method: Option<Method>,
    /// Why not everything could be read.
    pub(crate) problem: Option<String>,
}

impl Told {
    fn database(packages: Vec<Package>) -> Self {
        Self { packages, method: Some(Method::PackageDatabase), ..Self::default() }
    }

    fn whole(packages: Vec<Package>) -> Self {
        let whole_image = !packages.is_empty();
        Self { packages, whole_image, method: Some(Method::Manifest), problem: None }
    }
}

/// What a file tells of packages, by its path; `None` for a file that is no package database.
///
/// `distribution` is the `ID` of the layer's `os-release`, for package URLs.
pub(crate) fn read(path: &str, bytes: &[u8], distribution: Option<&str>) -> Option<Told> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let told = match path {
        "/control" | "/CONTROL/control" | "/DEBIAN/control" => Told::whole(control::read(
            bytes,
            control::ecosystem_of_package(bytes),
            distribution,
            true,
        )),
        "/.PKGINFO" => Told::whole(apk::pkginfo(bytes)),
        _ if path.ends_with("/dpkg/status") || path.contains("/dpkg/status.d/") => {
            if name.ends_with(".md5sums") {
                return None;
            }
            Told::database(control::read(bytes, "deb", distribution, false))
        }
        _ if path.ends_with("/opkg/status") || path.ends_with("/ipkg/status") => {
            Told::database(control::read(bytes, "opkg", distribution, false))
        }
        // Old ipkg and firmware that keeps no status file: one control file a package.
        _ if path.ends_with(".control")
            && (path.contains("/opkg/info/") || path.contains("/ipkg/info/")) =>
        {
            Told::database(control::read(bytes, "opkg", distribution, true))
        }
        _ if path.ends_with("/lib/apk/db/installed") => {
            Told::database(apk::installed(bytes, distribution))
        }
        _ if path.ends_with("/rpm/Packages") => rpm_told(bdb::values(bytes), distribution),
        _ if path.ends_with("/rpm/Packages.db") => rpm_told(ndb::values(bytes), distribution),
        _ if path.ends_with("/rpm/rpmdb.sqlite") => {
            rpm_told(sqlite::blobs(bytes, "Packages", 1), distribution)
        }
        _ => return None,
    };
    Some(told)
}

/// What the layer itself tells, when it is a package: the header of an rpm file.
pub(crate) fn read_layer(layer: &Layer) -> Option<Told> {
    (layer.content.starts_with(&rpm::LEAD_MAGIC))
        .then(|| Told::whole(rpm::package_file(&layer.content).into_iter().collect()))
}

fn rpm_told(values: Values, distribution: Option<&str>) -> Told {
    let Values { found, problem } = values;
    let packages = found
        .iter()
        .take(PACKAGES_MAX)
        .filter_map(|blob| rpm::header(blob, distribution))
        .collect();
    Told { problem, ..Told::database(packages) }
}

/// The claims that packages make.
pub(crate) fn claims(rules: &Rules, told: &Told, at: &Location) -> Vec<Claim> {
    let method = told.method.unwrap_or(Method::PackageDatabase);
    told.packages
        .iter()
        .map(|package| {
            let mut claim = package.claim(rules, at.clone(), method);
            claim.whole_image = told.whole_image;
            claim
        })
        .collect()
}
