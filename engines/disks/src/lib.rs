//! File systems and partition tables of disks, cards and USB sticks.
//!
//! One file a format. What all file systems share (the walk, the gathering of extents) is
//! `duecare_filesystems::tree`. Left out on purpose: journals are not replayed, as an image that a
//! maker ships was unmounted; where one was not, a problem says so.

mod btrfs;
mod exfat;
mod ext;
mod f2fs;
mod fat;
mod gpt;
mod hfs;
mod iso9660;
mod jfs;
mod mbr;
mod minix;
mod ntfs;
mod reiserfs;
mod udf;
mod ufs;
mod volume;
mod xfs;

use duecare_unpack::Format;

/// The formats of this crate. Partition tables come last: a file system's boot sector can look
/// like one.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(ext::Ext),
        Box::new(fat::Fat),
        Box::new(exfat::ExFat),
        Box::new(btrfs::Btrfs),
        Box::new(f2fs::F2fs),
        Box::new(ntfs::Ntfs),
        Box::new(xfs::Xfs),
        Box::new(jfs::Jfs),
        Box::new(reiserfs::ReiserFs),
        Box::new(udf::Udf),
        Box::new(minix::Minix),
        Box::new(ufs::Ufs),
        Box::new(iso9660::Iso9660),
        // After ISO 9660: a hybrid disc has both trees, and that one knows modes and owners.
        Box::new(hfs::Hfs),
        Box::new(gpt::Gpt),
        Box::new(mbr::Mbr),
    ]
}
