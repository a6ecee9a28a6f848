//! Archives and packages: zip, tar, 7z, cpio, cab, ar, deb, ipk, rpm, and the update containers that
//! are archives with a manifest (SWUpdate, RAUC, Mender).
//!
//! Entries become nodes with mode, owner, times, links and devices; nothing is written anywhere.
//! Encrypted entries are told as such.
//!
//! Left out on purpose: file systems, single compressed streams (`codecs`) and the images of vendors.

mod ar;
mod arc;
mod arj;
mod cab;
mod cpio;
mod der;
mod lha;
mod manifest;
mod mender;
mod old;
mod package;
mod payload;
mod rar;
mod rauc;
mod rpm;
mod script;
mod sevenz;
mod swupdate;
mod szdd;
mod tar;
mod tree;
mod xar;
mod zip;
mod zoo;
mod zpaq;

pub use rauc::rauc_manifest;

use duecare_unpack::Format;

/// The formats. What is a special case of another (a `.deb` of ar, a `.swu` of cpio) stands before it.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(ar::Deb),
        Box::new(package::Ipk),
        Box::new(rauc::Bundle),
        Box::new(rauc::Manifest),
        Box::new(rpm::Rpm),
        Box::new(swupdate::SwUpdate),
        Box::new(mender::Mender),
        Box::new(zip::Zip),
        Box::new(sevenz::SevenZ),
        Box::new(rar::Rar),
        Box::new(cab::Cab),
        Box::new(lha::Lha),
        Box::new(arj::Arj),
        Box::new(zoo::Zoo),
        Box::new(zpaq::Zpaq),
        Box::new(xar::Xar),
        Box::new(payload::Payload),
        Box::new(szdd::Szdd),
        Box::new(script::Shar),
        Box::new(script::SelfExtracting),
        Box::new(arc::Arc),
        Box::new(tar::Tar),
        Box::new(cpio::Cpio),
        Box::new(ar::Ar),
        Box::new(tar::TarV7),
        Box::new(rauc::CryptBundle),
    ]
}
