//! What builders leave in a file: kernel modules' information, Go's build information, the
//! dependency list of `cargo auditable`.

use crate::file::ElfFile;
use crate::header::Kind;
use duecare_base::Bin;

/// Most keys read from a module.
const KEYS_MAX: usize = 4096;
/// Longest Go module list read, in bytes.
const GO_INFO_BYTES_MAX: usize = 1 << 20;
/// Most Go dependencies kept.
const GO_DEPS_MAX: usize = 10_000;
/// What marks Go's build information (Go source, `debug/buildinfo`).
const GO_MAGIC: &[u8] = b"\xff Go buildinf:";

/// A Go module as the linker recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoModule<'a> {
    /// Module path, for example `golang.org/x/net`.
    pub path: &'a str,
    /// Version, for example `v0.17.0`; `(devel)` for a working copy.
    pub version: &'a str,
    /// Hash as in `go.sum`; empty when none was recorded.
    pub sum: &'a str,
}

/// What the Go linker recorded about the build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoBuildInfo<'a> {
    /// Version of the tool chain, for example `go1.21.4`.
    pub go_version: &'a str,
    /// Path of the main package.
    pub path: &'a str,
    /// The main module.
    pub main: Option<GoModule<'a>>,
    /// The modules built in, replacements applied.
    pub deps: Vec<GoModule<'a>>,
}

impl<'a> ElfFile<'a> {
    /// A kernel module's own description (`.modinfo`) as keys and values in their order.
    #[must_use]
    pub fn modinfo(&self) -> Vec<(&'a str, &'a str)> {
        self.section(".modinfo")
            .unwrap_or_default()
            .split(|b| *b == 0)
            .filter_map(|entry| std::str::from_utf8(entry).ok()?.split_once('='))
            .take(KEYS_MAX)
            .collect()
    }

    /// One value of [`Self::modinfo`].
    #[must_use]
    pub fn modinfo_value(&self, key: &str) -> Option<&'a str> {
        self.modinfo().into_iter().find(|(k, _)| *k == key).map(|(_, value)| value)
    }

    /// The zlib-compressed JSON that `cargo auditable` adds (`.dep-v0`), as it stands.
    #[must_use]
    pub fn rust_audit(&self) -> Option<&'a [u8]> {
        self.section(".dep-v0").filter(|raw| !raw.is_empty())
    }

    /// What the Go linker recorded; `None` when this is no Go program.
    #[must_use]
    pub fn go_build_info(&self) -> Option<GoBuildInfo<'a>> {
        if matches!(self.kind(), Kind::KernelModule | Kind::Relocatable | Kind::Core) {
            return None;
        }
        let (vaddr, blob) = self.go_blob()?;
        let raw = Bin::new(blob, self.endian());
        let flags = raw.u8(15).ok()?;
        let (version, modules) = if flags & 2 != 0 {
            let (version, next) = varint_text(blob, 32)?;
            (version, varint_text(blob, next).map_or(&b""[..], |(text, _)| text))
        } else {
            self.go_pointers(vaddr, raw.u8(14).ok()?)?
        };
        Some(go_modules(std::str::from_utf8(version).ok()?, modules))
    }

    fn go_blob(&self) -> Option<(u64, &'a [u8])> {
        if let Some(section) = self.sections().iter().find(|s| s.name == ".go.buildinfo") {
            let raw = self.section_bytes(section)?;
            return raw.starts_with(GO_MAGIC).then_some((section.addr, raw));
        }
        // Stripped of its sections: the linker puts the blob at the start of a writable segment,
        // aligned to sixteen bytes.
        self.regions().iter().filter(|r| r.write).find_map(|region| {
            let head = region.bytes.get(..region.bytes.len().min(GO_INFO_BYTES_MAX))?;
            let at = head.chunks_exact(16).position(|chunk| chunk.starts_with(GO_MAGIC))? * 16;
            Some((region.vaddr.checked_add(at as u64)?, region.bytes.get(at..)?))
        })
    }

    /// Before Go 1.18: two pointers to string headers.
    fn go_pointers(&self, vaddr: u64, pointer_size: u8) -> Option<(&'a [u8], &'a [u8])> {
        let width = u64::from(pointer_size);
        if pointer_size != self.bits() / 8 {
            return None;
        }
        let text = |slot: u64| {
            let header = self.word_at(vaddr.checked_add(16)?.checked_add(slot * width)?)?;
            let data = self.word_at(header)?;
            let len = usize::try_from(self.word_at(header.checked_add(width)?)?).ok()?;
            self.data_at(data)?.get(..len.min(GO_INFO_BYTES_MAX))
        };
        Some((text(0)?, text(1).unwrap_or_default()))
    }
}

/// A string after its length as a variable-length number; gives the offset behind it too.
fn varint_text(blob: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let mut value = 0_usize;
    for index in 0..5 {
        let byte = *blob.get(at.checked_add(index)?)?;
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let start = at + index + 1;
            let end = start.checked_add(value)?;
            return Some((blob.get(start..end)?, end));
        }
    }
    None
}

/// The module text stands between two 16-byte marks; its lines are tab-separated.
fn go_modules<'a>(go_version: &'a str, raw: &'a [u8]) -> GoBuildInfo<'a> {
    let mut info = GoBuildInfo { go_version, ..GoBuildInfo::default() };
    let inner = raw.len().checked_sub(16).and_then(|end| raw.get(16..end)).unwrap_or_default();
    for line in std::str::from_utf8(inner).unwrap_or_default().lines() {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        let first = fields.next().unwrap_or_default();
        let module = GoModule {
            path: first,
            version: fields.next().unwrap_or_default(),
            sum: fields.next().unwrap_or_default(),
        };
        match kind {
            "path" => info.path = first,
            "mod" => info.main = Some(module),
            "dep" if info.deps.len() < GO_DEPS_MAX => info.deps.push(module),
            // A replacement stands for the dependency before it.
            "=>" => {
                if let Some(last) = info.deps.last_mut() {
                    *last = module;
                }
            }
            _ => {}
        }
    }
    info
}
