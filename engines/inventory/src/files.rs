//! Every file of an image, and every stretch of bytes that is no file, as subjects for the rules.

use crate::claim::{Claim, Package};
use crate::matcher::{self, FileSort, Role, Sight, Subject};
use crate::model::{ComponentKind, Method};
use crate::rules::Rules;
use crate::{manifests, system};
use duecare_base::Location;
use duecare_elf::ElfFile;
use duecare_unpack::layer::{BlobSource, Region, RegionKind};
use duecare_unpack::{Bytes, Layer, Origin, Sniffed, Unpacked, sniff::sniff};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Symbols of one file that rules may ask for.
const SYMBOLS_MAX: usize = 20_000;

/// What the names of compressed files end with.
const STREAM_ENDINGS: [&str; 8] = [".gz", ".xz", ".bz2", ".lzma", ".zst", ".lz4", ".lzo", ".Z"];

/// How sure a `name.pc` is, in percent.
const PKG_CONFIG_CONFIDENCE: u8 = 50;

/// Gaps between parts that are looked at, in bytes: shorter ones are headers.
const GAP_BYTES_MIN: usize = 256;

/// Formats whose bytes hold pictures, sounds or letters, and no components.
const MEDIA: [&str; 16] = [
    "png", "jpeg", "gif", "bmp", "ico", "riff", "ogg", "mp3", "flac", "mp4", "woff", "woff2",
    "truetype", "opentype", "tzif", "gettext",
];

/// Something to look at.
struct Item<'a> {
    layer: &'a Layer,
    path: &'a str,
    /// Path that rules see: that of a compressed file goes for what it holds, without its ending.
    seen_as: Cow<'a, str>,
    /// Offset in the layer of bytes that are no file.
    base: u64,
    bytes: Bytes,
}

/// The claims that files and loose bytes make, in the image's own order.
pub(crate) fn claims(rules: &Rules, image: &Unpacked) -> Vec<Claim> {
    let items = items(image);
    let found: Vec<Vec<Claim>> = items.par_iter().map(|item| item.claims(rules)).collect();
    found.into_iter().flatten().collect()
}

fn items(image: &Unpacked) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for layer in &image.layers {
        for (index, node) in layer.nodes.iter().enumerate() {
            let Some(content) = node.content().filter(|content| !content.is_empty()) else {
                continue;
            };
            if !is_opened_whole(layer, index) {
                let (path, bytes) = (node.path.as_str(), content.clone());
                items.push(Item { layer, path, seen_as: path.into(), base: 0, bytes });
            }
        }
        loose(layer, &compressed_file(image, layer).unwrap_or_default(), &mut items);
    }
    items
}

/// Whether a file is an archive or stream whose content is looked at by itself.
fn is_opened_whole(layer: &Layer, index: usize) -> bool {
    layer.blobs.iter().filter(|blob| blob.source == BlobSource::File(index)).any(|blob| {
        let first = blob.regions.first();
        // A file with a small layer inside (an ELF with a compressed part) stays a file.
        first.is_some_and(|region| {
            matches!(region.kind, RegionKind::Layer(_))
                && region.size.saturating_mul(10) >= (blob.content.len() as u64).saturating_mul(9)
        })
    })
}

/// Boot loaders, decoded kernels, raw flash: what is in no file.
fn loose<'a>(layer: &'a Layer, seen_as: &str, items: &mut Vec<Item<'a>>) {
    if layer.id.0 != 0 && layer.nodes.is_empty() {
        for gap in gaps(layer) {
            let bytes = layer.content.slice(gap.clone());
            let base = gap.start as u64;
            items.push(Item { layer, path: "", seen_as: Cow::Borrowed(""), base, bytes });
        }
    }
    for blob in &layer.blobs {
        if matches!(blob.source, BlobSource::File(_)) {
            continue;
        }
        for region in &blob.regions {
            if !matches!(region.kind, RegionKind::Unknown | RegionKind::Known(_)) {
                continue;
            }
            let begin = usize::try_from(region.offset).unwrap_or(usize::MAX);
            let end = begin.saturating_add(usize::try_from(region.size).unwrap_or(usize::MAX));
            if begin < end && end <= blob.content.len() {
                let bytes = blob.content.slice(begin..end);
                let seen_as = Cow::Owned(seen_as.to_owned());
                items.push(Item { layer, path: "", seen_as, base: region.offset, bytes });
            }
        }
    }
}

/// The path of a compressed file (`/www/jquery.js.gz`) without its ending, when the layer is what
/// such a file is as a whole.
fn compressed_file(image: &Unpacked, layer: &Layer) -> Option<String> {
    let parent = image.layer(layer.parent?)?;
    let whole = |region: &Region| region.kind == RegionKind::Layer(layer.id) && region.offset == 0;
    let blob = parent.blobs.iter().find(|blob| {
        matches!(blob.source, BlobSource::File(_)) && blob.regions.first().is_some_and(whole)
    })?;
    let stem = STREAM_ENDINGS.iter().find_map(|end| blob.name.strip_suffix(end))?;
    Some(stem.to_owned())
}

/// The stretches of a layer that are in none of its parts: a kernel around its initial file
/// system, a boot loader in front of its environment.
fn gaps(layer: &Layer) -> Vec<Range<usize>> {
    let mut covered: Vec<(usize, usize)> = layer
        .blobs
        .iter()
        .filter_map(|blob| match blob.source {
            BlobSource::Part { origin: Origin::Slice { offset }, .. } => {
                Some((offset, offset.saturating_add(blob.content.len())))
            }
            BlobSource::Part { origin: Origin::Decoded { offset, size }, .. } => {
                Some((offset, offset.saturating_add(size)))
            }
            BlobSource::File(_) => None,
        })
        .collect();
    covered.sort_unstable();
    covered.push((layer.content.len(), layer.content.len()));
    let mut gaps = Vec::new();
    let mut done = 0_usize;
    for (begin, end) in covered {
        let begin = begin.min(layer.content.len());
        if begin.saturating_sub(done) >= GAP_BYTES_MIN {
            gaps.push(done..begin);
        }
        done = done.max(end);
    }
    gaps
}

impl Item<'_> {
    fn claims(&self, rules: &Rules) -> Vec<Claim> {
        let sniffed = sniff(&self.bytes);
        let sort = match sniffed {
            Sniffed::Elf => FileSort::Elf,
            Sniffed::Script | Sniffed::Text => FileSort::Text,
            Sniffed::Binary(name) if MEDIA.contains(&name) => return Vec::new(),
            _ => FileSort::Binary,
        };
        let mut subject = Subject {
            path: &self.seen_as,
            bytes: &self.bytes,
            sort,
            soname: None,
            needed: Vec::new(),
            symbols: Vec::new(),
        };
        let mut claims = Vec::new();
        let elf = if sort == FileSort::Elf { ElfFile::parse(&self.bytes) } else { None };
        if let Some(elf) = &elf {
            subject.soname = elf.soname().map(ToOwned::to_owned);
            subject.needed = elf.needed().into_iter().map(ToOwned::to_owned).collect();
            if rules.wants_symbols() {
                let names = elf.exported().take(SYMBOLS_MAX).map(|symbol| symbol.name.to_owned());
                subject.symbols = names.collect();
                subject.symbols.sort_unstable();
            }
            claims.extend(self.of_elf(rules, elf));
        }
        let sights = matcher::sights(rules, &subject);
        if sights.is_empty() && elf.is_some() && claims.is_empty() {
            claims.extend(self.generic(&subject));
        }
        claims.extend(sights.into_iter().filter_map(|sight| self.claim(rules, sight, sort)));
        if sort == FileSort::Text {
            let told = manifests::read(self.path, &self.bytes);
            claims.extend(told.into_iter().map(|(package, line)| {
                let mut at = self.layer.location(self.path);
                at.line = line;
                let by_pkg_config = package.ecosystem == "generic";
                let method = if by_pkg_config { Method::PkgConfig } else { Method::Manifest };
                let mut claim = package.claim(rules, at, method);
                if by_pkg_config {
                    claim.evidence.confidence = PKG_CONFIG_CONFIDENCE;
                    claim.kind = ComponentKind::Library;
                    claim.purl = claim.purl.filter(|_| claim.rule.is_none());
                    claim.generic = claim.rule.is_none();
                }
                claim
            }));
        }
        claims
    }

    fn claim(&self, rules: &Rules, sight: Sight, sort: FileSort) -> Option<Claim> {
        let rule = rules.rules.get(sight.rule)?;
        let mut at = self.layer.location(self.path);
        if let Some(offset) = sight.offset {
            if sort == FileSort::Text {
                let head = self.bytes.get(..offset).unwrap_or_default();
                let line = memchr::memchr_iter(b'\n', head).count().saturating_add(1);
                at.line = u32::try_from(line).ok();
            } else {
                at.offset = Some(self.base + offset as u64);
            }
        }
        let mut claim = Claim::for_rule(rules, &rule.id, at)
            .with_version(sight.version.as_deref())
            .seen(sight.method, &sight.text, sight.confidence);
        claim.revision = sight.revision;
        claim.role = sight.role;
        Some(claim)
    }

    /// What the compiler, the linker and packagers wrote into a program.
    fn of_elf(&self, rules: &Rules, elf: &ElfFile<'_>) -> Vec<Claim> {
        let at = || self.layer.location(self.path);
        let mut claims = Vec::new();
        let mut compilers: Vec<&str> = elf.comment();
        compilers.sort_unstable();
        compilers.dedup();
        claims.extend(compilers.into_iter().filter_map(|text| system::compiler(rules, text, at())));
        let inside = |package: Package| {
            let mut claim = package.claim(rules, at(), Method::BuildInfo);
            claim.role = Role::Copy;
            claim
        };
        claims.extend(manifests::program::packages(elf).into_iter().map(inside));
        if let Some(package) = elf.package_note().and_then(manifests::program::package_note) {
            let mut claim = package.claim(rules, at(), Method::BuildInfo);
            claim.evidence.confidence = 90;
            claims.push(claim);
        }
        claims
    }

    /// A library that nothing else explains, by its file name.
    fn generic(&self, subject: &Subject<'_>) -> Option<Claim> {
        let (folder, name) = self.path.rsplit_once('/')?;
        // Plug-ins and private libraries belong to their program.
        if !is_library_folder(folder) {
            return None;
        }
        let (stem, version) = match name.split_once(".so.") {
            Some((stem, version)) => (stem, version),
            None => (name.strip_suffix(".so")?, ""),
        };
        let bare = stem.strip_prefix("lib").filter(|bare| !bare.is_empty())?;
        let runtime = RUNTIME_LIBRARIES.contains(&matcher::so_stem(name));
        if runtime || bare.starts_with("nss_") {
            return None;
        }
        let version = project_version(version, subject.soname.as_deref()?);
        let at = Location::file(&self.layer.chain, self.path);
        let mut claim = Claim::new(stem, stem, ComponentKind::Library, at)
            .with_version(version)
            .seen(Method::FileName, name, 30);
        claim.generic = true;
        Some(claim)
    }
}

/// Parts of the C library and of the compiler's runtime: no components of their own.
const RUNTIME_LIBRARIES: [&str; 26] = [
    "libc",
    "libm",
    "libdl",
    "libpthread",
    "librt",
    "libresolv",
    "libutil",
    "libnsl",
    "libcrypt",
    "libanl",
    "libthread_db",
    "libBrokenLocale",
    "libmemusage",
    "libpcprofile",
    "libSegFault",
    "libc_malloc_debug",
    "libgcc_s",
    "libgcc",
    "libstdc++",
    "libatomic",
    "libgomp",
    "libssp",
    "libintl",
    "libmvec",
    "libitm",
    "libuClibc",
];

/// `/lib`, `/usr/lib`, `/usr/local/lib64`, `/usr/lib/arm-linux-gnueabihf`, `/opt/vendor/lib`.
fn is_library_folder(folder: &str) -> bool {
    let last = folder.rsplit('/').next().unwrap_or_default();
    matches!(last, "lib" | "lib32" | "lib64" | "libs") || (last.contains("-linux-"))
}

/// The version in a library's file name, when it is the project's. libtool numbers interfaces
/// instead, and its first number is the shared object's own; projects that put their own version
/// into the name have another number there, or all of it.
fn project_version<'v>(version: &'v str, soname: &str) -> Option<&'v str> {
    let parts: Vec<&str> = version.split('.').collect();
    let numeric = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if parts.len() < 3 || !parts.iter().all(numeric) {
        return None;
    }
    let own = soname.split_once(".so.").map_or("", |(_, own)| own);
    let own_parts: Vec<&str> = own.split('.').filter(|part| !part.is_empty()).collect();
    let libtool = own_parts.len() == 1 && own_parts.first() == parts.first();
    (!libtool && !own.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interface_numbers_are_no_versions() {
        assert_eq!(project_version("16.39.0", "libpng16.so.16"), None);
        assert_eq!(project_version("2.28.3", "libmbedcrypto.so.7"), Some("2.28.3"));
        assert_eq!(project_version("1.10.3", "libpcap.so.0.8"), Some("1.10.3"));
        assert_eq!(project_version("5.1.5", "liblua.so.5.1.5"), Some("5.1.5"));
        assert_eq!(project_version("1.2", "libx.so.7"), None);
        assert!(is_library_folder("/usr/lib/arm-linux-gnueabihf"));
        assert!(!is_library_folder("/usr/lib/samba"));
    }
}
