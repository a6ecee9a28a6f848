//! Object headers (`struct yaffs_obj_hdr` of `yaffs_guts.h`), the same in YAFFS1 and YAFFS2.

use duecare_base::{Bin, Endian};

/// Highest number of an object: 18 bits.
pub(super) const OBJECT_MAX: u32 = 0x3_ffff;

/// Number of the root folder.
pub(super) const ROOT: u32 = 1;
/// Objects moved into these folders are deleted: unlinked and deleted.
pub(super) const GRAVES: [u32; 2] = [3, 4];

/// Types of objects.
pub(super) const FILE: u32 = 1;
pub(super) const SYMLINK: u32 = 2;
pub(super) const DIRECTORY: u32 = 3;
pub(super) const HARDLINK: u32 = 4;
pub(super) const SPECIAL: u32 = 5;

/// An object's header.
#[derive(Debug, Clone)]
pub(super) struct Header<'a> {
    pub(super) kind: u32,
    pub(super) parent: u32,
    pub(super) name: &'a [u8],
    pub(super) st_mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mtime: u32,
    /// Size of a file; `None` when the writer left the field as it was erased.
    pub(super) size: Option<u64>,
    /// What a hard link means.
    pub(super) equivalent: u32,
    /// Where a symbolic link points.
    pub(super) alias: &'a [u8],
    pub(super) device: u32,
    /// An object that this one took the name of.
    pub(super) shadows: Option<u32>,
    /// The file became shorter with this header.
    pub(super) shrinks: bool,
}

/// Reads a header; `None` when it is none.
pub(super) fn header<'a>(page: &'a [u8], endian: Endian) -> Option<Header<'a>> {
    let bin = Bin::new(page, endian);
    let kind = bin.u32(0).ok()?;
    if !(FILE..=SPECIAL).contains(&kind) {
        return None;
    }
    let until_nul = |field: &'a [u8]| -> Option<&'a [u8]> {
        field.get(..field.iter().position(|byte| *byte == 0)?)
    };
    let field = |at: usize| bin.u32(at).unwrap_or(u32::MAX);
    let low = field(292);
    let high = match field(496) {
        // Fields that older versions don't have stay erased.
        u32::MAX => 0,
        high => high,
    };
    // The second pair is for tags inside the page.
    let shadows = [field(504), field(488)].into_iter().find(|id| (2..=OBJECT_MAX).contains(id));
    Some(Header {
        kind,
        parent: bin.u32(4).ok()?,
        name: until_nul(bin.slice(10, 256).ok()?)?,
        st_mode: bin.u32(268).ok()?,
        uid: bin.u32(272).ok()?,
        gid: bin.u32(276).ok()?,
        mtime: bin.u32(284).ok()?,
        size: (low != u32::MAX).then_some(u64::from(high) << 32 | u64::from(low)),
        equivalent: bin.u32(296).ok()?,
        alias: until_nul(bin.slice(300, 160).ok()?).unwrap_or_default(),
        device: field(460),
        shadows,
        shrinks: field(508) == 1 || field(492) == 1,
    })
}

impl Header<'_> {
    /// Whether this can be the header of that object.
    pub(super) fn plausible(&self, object: u32) -> bool {
        let named = !self.name.is_empty() || object <= 4;
        let clean = self.name.iter().all(|byte| *byte >= 0x20 && !matches!(byte, b'/' | 0x7f));
        let linked = self.kind != HARDLINK || (1..=OBJECT_MAX).contains(&self.equivalent);
        // The root folder may have any parent.
        let placed = object == ROOT || (1..=OBJECT_MAX).contains(&self.parent);
        named && clean && linked && placed && (object == ROOT || self.parent != object)
    }
}
