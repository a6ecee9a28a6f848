//! Boot loaders: their environments and flash directories, and what their banners say.

pub(crate) mod banners;
pub(crate) mod environment;
pub(crate) mod redboot;

use duecare_unpack::Format;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(environment::Environment),
        Box::new(redboot::Fis),
        Box::new(banners::Loader),
        Box::new(banners::Rtos),
    ]
}
