//! Images of microcontrollers: ESP-IDF and ESP8266, MCUboot, UF2, DFU.

pub(crate) mod dfu;
pub(crate) mod esp_image;
pub(crate) mod esp_table;
pub(crate) mod mcuboot;
pub(crate) mod nvs;
pub(crate) mod uf2;

use duecare_unpack::Format;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(uf2::Uf2),
        Box::new(dfu::DfuSe),
        Box::new(mcuboot::McuBoot),
        Box::new(esp_table::Table),
        Box::new(nvs::Nvs),
        Box::new(esp_image::EspImage),
        Box::new(esp_image::Esp8266V2),
        Box::new(dfu::Dfu),
        Box::new(dfu::Suffix),
    ]
}
