//! Linux kernels: their own loaders around a compressed kernel, and the kernel itself, with the
//! configuration and the file system that it carries.

pub(crate) mod arm64;
pub(crate) mod bzimage;
pub(crate) mod payload;
pub(crate) mod raw;
pub(crate) mod zimage;

use duecare_unpack::Format;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(zimage::ZImage),
        Box::new(arm64::Image),
        Box::new(bzimage::BzImage),
        Box::new(raw::VmLinux),
        Box::new(raw::RawKernel),
    ]
}
