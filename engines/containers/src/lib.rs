//! Containers of firmware: headers that boot loaders, makers and microcontroller tools put around
//! kernels, root file systems and programs.
//!
//! Keys that open encrypted images are published ones, each with its source. What has no published
//! key is named as encrypted, with the maker. Left out: compression, file systems and archives,
//! which the other crates of formats read, and any check of a signature by key.

mod android;
mod boot;
mod crypt;
mod dlink;
mod header;
mod kernel;
mod kit;
mod mcu;
mod memory;
mod text;
mod uefi;
mod vendor;

use duecare_unpack::Format;

/// All formats of this crate; at one place the first that accepts the bytes wins.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    let mut all: Vec<Box<dyn Format>> = vec![
        Box::new(header::uimage::UImage),
        Box::new(header::fit::Fit),
        Box::new(header::dtb::Dtb),
        Box::new(header::trx::Trx),
        Box::new(header::netgear::Chk),
        Box::new(header::netgear::Dni),
        Box::new(header::tplink::V1),
        Box::new(header::tplink::V2),
        Box::new(header::safeloader::SafeLoader),
        Box::new(header::tplink::Img0),
        Box::new(header::linksys::CyberTan),
        Box::new(header::linksys::LinksysTail),
        Box::new(header::ubnt::Ubnt),
        Box::new(header::bcm::ImageTag),
    ];
    all.extend(dlink::formats());
    all.extend(vendor::formats());
    all.extend(android::formats());
    all.extend(kernel::formats());
    all.extend(mcu::formats());
    all.extend(text::formats());
    all.extend(boot::formats());
    all.extend(uefi::formats());
    all.push(Box::new(header::mark::Mark));
    all.push(Box::new(header::realtek::Section));
    all.push(Box::new(header::bcm::ProgramStore));
    all.push(Box::new(header::bcm::Sao));
    all
}
