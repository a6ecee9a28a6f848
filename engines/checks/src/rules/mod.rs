//! The checks themselves, by what they look at.

pub(crate) mod backdoors;
pub(crate) mod bootloader;
pub(crate) mod consoles;
pub(crate) mod firewall;
pub(crate) mod kernel;
pub(crate) mod kernel_options;
pub(crate) mod mask;
pub(crate) mod modes;
mod presence;
pub(crate) mod report;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod ssh;
pub(crate) mod sysctl;
pub(crate) mod tls;
pub(crate) mod transport;
pub(crate) mod updates;
pub(crate) mod wifi;
