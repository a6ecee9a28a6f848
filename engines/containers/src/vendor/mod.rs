//! Makers' own containers, of routers, cameras, storage and boards.

pub(crate) mod airoha;
pub(crate) mod asian;
pub(crate) mod boards;
pub(crate) mod buffalo;
pub(crate) mod cameras;
pub(crate) mod gateways;
pub(crate) mod hikvision;
pub(crate) mod hp;
pub(crate) mod jboot;
pub(crate) mod mikrotik;
pub(crate) mod moxa;
pub(crate) mod printers;
pub(crate) mod qnap;
pub(crate) mod scripts;
pub(crate) mod xored;

use duecare_unpack::Format;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(asian::XiaomiHdr),
        Box::new(asian::Hwnp),
        Box::new(asian::Zynos),
        Box::new(gateways::Draytek),
        Box::new(gateways::Avm),
        Box::new(gateways::AvmFake),
        Box::new(gateways::Uimg),
        Box::new(hikvision::Hikvision),
        Box::new(cameras::Dahua),
        Box::new(cameras::InstarHd),
        Box::new(cameras::Bneg),
        Box::new(cameras::Pk2),
        Box::new(cameras::Gm8126),
        Box::new(cameras::AmbarellaRomfs),
        Box::new(hp::Bdl),
        Box::new(hp::Ipkg),
        Box::new(moxa::Frm),
        Box::new(printers::Dlm),
        Box::new(printers::Dsk),
        Box::new(mikrotik::Npk),
        Box::new(xored::EnGenius),
        Box::new(xored::Autel),
        Box::new(buffalo::Buffalo),
        Box::new(airoha::Airoha),
        Box::new(jboot::Stag),
        Box::new(jboot::Sch2),
        Box::new(jboot::Update),
        Box::new(boards::Rkfw),
        Box::new(boards::Rkaf),
        Box::new(boards::RkImage),
        Box::new(boards::Egon),
        Box::new(boards::MtkGfh),
        Box::new(boards::MtkPart),
        Box::new(scripts::Alpha),
        Box::new(scripts::Boundary),
        Box::new(scripts::Sercomm),
        Box::new(qnap::Qnap),
    ]
}
