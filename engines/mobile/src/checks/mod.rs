//! The checks, by what they look at.

pub(crate) mod classes;
pub(crate) mod code;
mod literals;
pub(crate) mod manifest;
pub(crate) mod network;
pub(crate) mod signature;
mod storage;
mod weak;

pub(crate) use weak::Web as WebSeen;
