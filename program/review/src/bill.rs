//! The build's bill of materials beside what the image shows.

use super::InputFile;
use super::build_only::{is_build_only, is_seldom_installed};
use duecare_base::DifferenceKind;
use duecare_firmware::inventory::{self, BuildComponent, Inventory};
use duecare_firmware::unpack::{Limits, Unpacked, unpack};
use duecare_firmware::{Examination, Knowledge, formats};
use duecare_formats::bom::{self, BomComponent, BomError};
use std::collections::BTreeSet;

/// First bytes of compressed files and archives that bills come in: gzip, Zstandard, XZ, bzip2, ZIP.
const COMPRESSED: [&[u8]; 5] =
    [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh", b"PK\x03\x04"];

/// Why a bill can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The file itself is no bill.
    #[error(transparent)]
    Bom(#[from] BomError),
    /// Only the beginning of a bill.
    #[error("it ends in the middle: the file is cut off")]
    CutOff(#[source] BomError),
    /// Part of what it holds can't be read, and half a bill would be taken for a whole one.
    #[error("it is compressed or an archive, and cut off or damaged ({0})")]
    Damaged(String),
    /// An archive without a bill in it.
    #[error("it is an archive, and no file in it is a bill of materials")]
    EmptyArchive,
}

/// A bill that was read.
#[derive(Debug)]
pub(super) struct Bill {
    format: String,
    components: Vec<BomComponent>,
    left_out: usize,
}

impl Bill {
    /// Leaves out what is of the build alone.
    fn new(format: String, components: Vec<BomComponent>) -> Self {
        let (build, components): (Vec<_>, Vec<_>) =
            components.into_iter().partition(|component| is_build_only(&component.name));
        Self { format, components, left_out: build.len() }
    }
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
    pub left_out: usize,
    pub agreeing: usize,
    pub unversioned: usize,
    pub image_components: usize,
    pub differences: Vec<Difference>,
}

/// Reads a bill; compressed files and archives of bills (as Yocto writes them) are opened.
pub(super) fn read(file: &InputFile, limits: &Limits) -> Result<Bill, BillError> {
    match bom::read(&file.content) {
        Ok(read) => Ok(Bill::new(read.format, read.components)),
        Err(error) if error.ends_early() => Err(BillError::CutOff(error)),
        Err(BomError::UnknownFormat) => read_archive(file, limits),
        Err(error) => Err(error.into()),
    }
}

fn read_archive(file: &InputFile, limits: &Limits) -> Result<Bill, BillError> {
    let opened = unpack(&file.name, file.content.clone(), &formats(), limits.clone(), &|_| {});
    if let Some(hidden) = first_problem(&opened) {
        return Err(BillError::Damaged(hidden));
    }
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
        if plain && COMPRESSED.iter().any(|magic| file.content.starts_with(magic)) {
            return Err(BillError::Damaged("nothing in it can be read".to_owned()));
        }
        return Err(if plain { BomError::UnknownFormat.into() } else { BillError::EmptyArchive });
    };
    components.sort_by(|a, b| (&a.name, &a.version, &a.purl).cmp(&(&b.name, &b.version, &b.purl)));
    components.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    Ok(Bill::new(format!("{format}, archive"), components))
}

/// What was not read of an archive, for people.
fn first_problem(opened: &Unpacked) -> Option<String> {
    let layers = opened.layers.iter();
    let mut problems = layers.flat_map(|layer| layer.problems.iter().map(move |p| (layer, p)));
    let (layer, problem) = problems.find(|(_, problem)| problem.kind.hides_content())?;
    Some(format!("{}: {}", layer.chain, problem.message))
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
    let reconciled = inventory::reconcile(&build, &together, knowledge.rules());
    let differences: Vec<Difference> = reconciled
        .differences
        .into_iter()
        .map(|difference| Difference {
            kind: difference.kind,
            name: difference.name,
            bill_version: versions(&difference.in_bill),
            image_version: versions(&difference.in_image),
        })
        .collect();
    let (seldom, differences): (Vec<Difference>, Vec<Difference>) =
        differences.into_iter().partition(|difference| {
            difference.kind == DifferenceKind::Missing && is_seldom_installed(&difference.name)
        });
    let ids: BTreeSet<&str> = together.shipped().map(|component| component.id.as_str()).collect();
    Comparison {
        format: bill.format,
        components: bill.components.len().saturating_sub(seldom.len()),
        left_out: bill.left_out + seldom.len(),
        agreeing: reconciled.agreeing,
        unversioned: reconciled.unversioned,
        image_components: ids.len(),
        differences,
    }
}

fn versions(all: &[String]) -> Option<String> {
    (!all.is_empty()).then(|| all.join(", "))
}
