//! The build's bill of materials beside what the image shows.

use super::InputFile;
use duecare_domain::review::DifferenceKind;
use duecare_firmware::inventory::{self, BuildComponent, Inventory};
use duecare_firmware::unpack::{Limits, unpack};
use duecare_firmware::{Examination, Knowledge, formats};
use duecare_formats::bom::{self, BomComponent, BomError};

/// Why a bill can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The file itself is no bill.
    #[error(transparent)]
    Bom(#[from] BomError),
    /// An archive without a bill in it.
    #[error("it is an archive, and no file in it is a bill of materials")]
    EmptyArchive,
}

/// A bill that was read.
#[derive(Debug)]
pub(super) struct Bill {
    format: String,
    components: Vec<BomComponent>,
}

/// One difference, for the report.
#[derive(Debug)]
pub(super) struct Difference {
    pub kind: DifferenceKind,
    pub name: String,
    pub bill_version: Option<String>,
    pub image_version: Option<String>,
}

/// How the two compare.
#[derive(Debug)]
pub(super) struct Comparison {
    pub format: String,
    pub components: usize,
    pub agreeing: usize,
    pub differences: Vec<Difference>,
}

/// Reads a bill; compressed files and archives of bills (as Yocto writes them) are opened.
pub(super) fn read(file: &InputFile, limits: &Limits) -> Result<Bill, BillError> {
    match bom::read(&file.content) {
        Ok(read) => Ok(Bill { format: read.format, components: read.components }),
        Err(BomError::UnknownFormat) => read_archive(file, limits),
        Err(error) => Err(error.into()),
    }
}

fn read_archive(file: &InputFile, limits: &Limits) -> Result<Bill, BillError> {
    let opened = unpack(&file.name, file.content.clone(), &formats(), limits.clone(), &|_| {});
    // Yocto packs a document for every recipe and task beside those of what is installed.
    let files = opened
        .files()
        .filter(|inner| {
            let name = inner.node.file_name();
            !name.starts_with("recipe-") && !name.starts_with("runtime-")
        })
        .map(|inner| inner.content.clone());
    let parts = opened.layers.iter().flat_map(|layer| &layer.blobs).map(|b| b.content.clone());
    let mut format = None;
    let mut components: Vec<BomComponent> = Vec::new();
    for content in files.chain(parts.skip(1)) {
        if let Ok(read) = bom::read(&content) {
            format.get_or_insert(read.format);
            components.extend(read.components);
        }
    }
    let Some(format) = format else {
        // The plain file's own error says more when nothing was opened at all.
        let plain = opened.layers.len() <= 1;
        return Err(if plain { BomError::UnknownFormat.into() } else { BillError::EmptyArchive });
    };
    components.sort_by(|a, b| (&a.name, &a.version, &a.purl).cmp(&(&b.name, &b.version, &b.purl)));
    components.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    Ok(Bill { format: format!("{format}, archive"), components })
}

/// Compares a bill with the components of all images together.
pub(super) fn compare(bill: Bill, images: &[Examination], knowledge: &Knowledge) -> Comparison {
    let build: Vec<BuildComponent> = bill
        .components
        .iter()
        .map(|component| BuildComponent {
            name: component.name.clone(),
            version: component.version.clone(),
            purl: component.purl.clone(),
            cpe: component.cpes.clone(),
        })
        .collect();
    let together = Inventory {
        components: images.iter().flat_map(|i| i.inventory.components.clone()).collect(),
        ..Inventory::default()
    };
    let differences: Vec<Difference> = inventory::reconcile(&build, &together, knowledge.rules())
        .into_iter()
        .map(|difference| Difference {
            kind: match difference.kind {
                inventory::DifferenceKind::Missing => DifferenceKind::Missing,
                inventory::DifferenceKind::Extra => DifferenceKind::Extra,
                inventory::DifferenceKind::DifferentVersion => DifferenceKind::DifferentVersion,
            },
            name: difference.name,
            bill_version: versions(&difference.in_bill),
            image_version: versions(&difference.in_image),
        })
        .collect();
    let extra = differences.iter().filter(|d| d.kind == DifferenceKind::Extra).count();
    Comparison {
        format: bill.format,
        components: bill.components.len(),
        agreeing: bill.components.len().saturating_sub(differences.len() - extra),
        differences,
    }
}

fn versions(all: &[String]) -> Option<String> {
    (!all.is_empty()).then(|| all.join(", "))
}
