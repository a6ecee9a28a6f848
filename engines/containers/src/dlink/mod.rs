//! D-Link's containers, plain and encrypted. Keys are the published ones; each names its source.

pub(crate) mod alpha;
pub(crate) mod archives;
pub(crate) mod dcs;
mod dcs_tables;
pub(crate) mod dlke;
pub(crate) mod encrpted;
pub(crate) mod mh01;
pub(crate) mod salted;
pub(crate) mod seama;
pub(crate) mod shrs;
pub(crate) mod tlv;

use duecare_unpack::Format;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(seama::Seama),
        Box::new(shrs::Shrs),
        Box::new(encrpted::Encrpted),
        Box::new(mh01::Mh01),
        Box::new(alpha::EncImg),
        Box::new(alpha::Wrgg),
        Box::new(archives::DeafBead),
        Box::new(archives::Fpkg),
        Box::new(tlv::Tlv),
        Box::new(tlv::Dkbs),
        Box::new(dlke::Dlke),
        Box::new(salted::Salted),
        Box::new(salted::Dap),
        Box::new(dcs::Dcs),
    ]
}
