//! rpm headers: the tagged data of a package, in a package file and in the database (format as
//! written by rpm 4, described in its manual "RPM Package format" and "Header format").

use crate::claim::Package;
use duecare_base::Bin;

/// First bytes of a package file's lead.
pub(super) const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// Size of the lead, in bytes; the signature header follows.
const LEAD_BYTES: usize = 96;

/// First bytes of a header in a package file; in a database it begins without them.
const HEADER_MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];

/// Entries that a header may have; rpm itself allows 65,535.
const ENTRIES_MAX: usize = 65_535;

const TAG_NAME: u32 = 1000;
const TAG_VERSION: u32 = 1001;
const TAG_RELEASE: u32 = 1002;
const TAG_EPOCH: u32 = 1003;
const TAG_DISTRIBUTION: u32 = 1010;
const TAG_VENDOR: u32 = 1011;
const TAG_LICENSE: u32 = 1014;
const TAG_ARCH: u32 = 1022;
const TAG_SOURCE_RPM: u32 = 1044;

/// The package that a package file holds.
pub(super) fn package_file(bytes: &[u8]) -> Option<Package> {
    let raw = Bin::be(bytes);
    let signature = header_size(&raw, LEAD_BYTES)?;
    // The main header begins at the next multiple of eight.
    let main = LEAD_BYTES.checked_add(signature)?.checked_next_multiple_of(8)?;
    let size = header_size(&raw, main)?;
    let blob = raw.slice(main.checked_add(8)?, size.checked_sub(8)?).ok()?;
    header(blob, None)
}

/// Size of a header with its magic, in bytes.
fn header_size(raw: &Bin<'_>, at: usize) -> Option<usize> {
    if !raw.has(at, &HEADER_MAGIC) {
        return None;
    }
    let entries = raw.size32(at.checked_add(8)?).ok()?;
    let store = raw.size32(at.checked_add(12)?).ok()?;
    entries.checked_mul(16)?.checked_add(store)?.checked_add(16)
}

/// The package that a header describes; the header begins with its two counts.
pub(super) fn header(blob: &[u8], distribution: Option<&str>) -> Option<Package> {
    let raw = Bin::be(blob);
    let entries = raw.size32(0).ok()?.min(ENTRIES_MAX);
    let store = 8_usize.checked_add(entries.checked_mul(16)?)?;
    let entry = |wanted: u32| {
        (0..entries).map(|index| 8 + index * 16).find_map(|at| {
            if raw.u32(at).ok()? != wanted {
                return None;
            }
            Some((raw.u32(at + 4).ok()?, store.checked_add(raw.size32(at + 8).ok()?)?))
        })
    };
    let text = |tag: u32| {
        let (kind, at) = entry(tag)?;
        // Text, list of texts, text in languages: the first ends at its NUL.
        if !matches!(kind, 6 | 8 | 9) {
            return None;
        }
        let rest = raw.tail(at);
        let end = rest.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(rest.get(..end)?).into_owned()).filter(|t| !t.is_empty())
    };
    let name = text(TAG_NAME)?;
    let upstream = text(TAG_VERSION)?;
    let release = text(TAG_RELEASE).unwrap_or_default();
    // Keys that were imported for checking signatures are kept like packages.
    if name == "gpg-pubkey" {
        return None;
    }
    let epoch = entry(TAG_EPOCH).and_then(|(kind, at)| raw.u32(at).ok().filter(|_| kind == 4));
    let version = match epoch {
        Some(epoch) if epoch > 0 => format!("{epoch}:{upstream}-{release}"),
        _ => format!("{upstream}-{release}"),
    };
    let vendor = text(TAG_VENDOR);
    let guessed = || {
        let hint = format!("{} {release}", text(TAG_DISTRIBUTION).unwrap_or_default());
        namespace(&format!("{} {hint}", vendor.clone().unwrap_or_default()))
    };
    Some(Package {
        ecosystem: "rpm",
        namespace: distribution.map(ToOwned::to_owned).or_else(guessed),
        source: text(TAG_SOURCE_RPM).and_then(|source| source_name(&source)),
        name,
        version,
        upstream: Some(upstream),
        architecture: text(TAG_ARCH),
        supplier: vendor,
        licences: text(TAG_LICENSE).into_iter().collect(),
        cpe: Vec::new(),
        files: Vec::new(),
    })
}

/// `openssl` of `openssl-1.0.2k-19.el7.src.rpm`.
fn source_name(source: &str) -> Option<String> {
    let stem = source.strip_suffix(".src.rpm").or_else(|| source.strip_suffix(".nosrc.rpm"))?;
    let (head, _release) = stem.rsplit_once('-')?;
    let (name, _version) = head.rsplit_once('-')?;
    Some(name.to_owned())
}

/// The purl namespace of a vendor, distribution or release.
fn namespace(hint: &str) -> Option<String> {
    const KNOWN: [(&str, &str); 8] = [
        ("Fedora", "fedora"),
        (".fc", "fedora"),
        ("openSUSE", "opensuse"),
        ("SUSE", "suse"),
        ("Red Hat", "redhat"),
        ("CentOS", "centos"),
        ("Mageia", "mageia"),
        (".el", "redhat"),
    ];
    KNOWN.iter().find(|(mark, _)| hint.contains(mark)).map(|(_, name)| (*name).to_owned())
}
