//! Android's images, which set-top boxes, panels and cameras use too: sparse, boot, vendor boot,
//! device tree overlays and verified boot metadata.

pub(crate) mod avb;
pub(crate) mod boot;
pub(crate) mod dtbo;
pub(crate) mod sparse;

use duecare_unpack::Format;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(sparse::Sparse),
        Box::new(boot::Boot),
        Box::new(boot::VendorBoot),
        Box::new(dtbo::Dtbo),
        Box::new(avb::VbMeta),
        Box::new(avb::Footer),
    ]
}
