//! Headers of boot loaders and router makers around kernels and root file systems.

pub(crate) mod bcm;
pub(crate) mod dtb;
pub(crate) mod fdt;
pub(crate) mod fit;
pub(crate) mod linksys;
pub(crate) mod mark;
pub(crate) mod netgear;
pub(crate) mod realtek;
pub(crate) mod safeloader;
pub(crate) mod tplink;
pub(crate) mod trx;
pub(crate) mod ubnt;
pub(crate) mod uimage;
