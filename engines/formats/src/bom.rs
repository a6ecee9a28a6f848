//! What a software bill of materials says, whatever its format.

use crate::{cyclonedx, spdx};

/// Components that one bill may hold.
pub const COMPONENTS_MAX: usize = 1_000_000;

/// What a component is, in words that both CycloneDX and SPDX know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// A program.
    Application,
    /// A library.
    Library,
    /// A framework.
    Framework,
    /// An operating system or its kernel.
    OperatingSystem,
    /// Firmware, a boot loader.
    Firmware,
    /// A device driver, a kernel module.
    DeviceDriver,
    /// A plain file.
    File,
}

impl ComponentKind {
    /// CycloneDX `component.type`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Library => "library",
            Self::Framework => "framework",
            Self::OperatingSystem => "operating-system",
            Self::Firmware => "firmware",
            Self::DeviceDriver => "device-driver",
            Self::File => "file",
        }
    }
}

/// Where a component was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Layer chain and path.
    pub location: String,
    /// Byte offset, where one is known.
    pub offset: Option<u64>,
    /// How it was recognised.
    pub method: String,
    /// What was recognised, one line.
    pub text: String,
    /// How sure, in percent.
    pub confidence: u8,
}

/// One component of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BomComponent {
    /// What it is.
    pub kind: ComponentKind,
    /// Name.
    pub name: String,
    /// Version, where known.
    pub version: Option<String>,
    /// Who supplies it.
    pub supplier: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// CPE 2.3 names.
    pub cpes: Vec<String>,
    /// Licences: SPDX identifiers, expressions or names.
    pub licences: Vec<String>,
    /// How sure, in percent; 100 in bills that don't say.
    pub confidence: u8,
    /// Where it was seen.
    pub occurrences: Vec<Occurrence>,
}

impl BomComponent {
    /// A component of which only name and version are known.
    #[must_use]
    pub fn new(name: &str, version: Option<&str>) -> Self {
        Self {
            kind: ComponentKind::Application,
            name: name.to_owned(),
            version: version.map(str::to_owned),
            supplier: None,
            purl: None,
            cpes: Vec::new(),
            licences: Vec::new(),
            confidence: 100,
            occurrences: Vec::new(),
        }
    }
}

/// A bill to be written.
#[derive(Debug, Clone)]
pub struct Bom {
    /// Name of what the bill is of: the image's file name.
    pub subject: String,
    /// SHA-256 of it, hexadecimal.
    pub subject_sha256: String,
    /// RFC 3339 time that the bill states.
    pub created: String,
    /// Version of Duecare.
    pub tool_version: String,
    /// Components, in order.
    pub components: Vec<BomComponent>,
}

/// A bill that was read.
#[derive(Debug, Clone)]
pub struct ReadBom {
    /// Format and version as people call it: `CycloneDX 1.4 JSON`.
    pub format: String,
    /// Components that ship; build tools and sources are left out.
    pub components: Vec<BomComponent>,
}

/// Why a bill can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BomError {
    /// The bytes are none of the known formats.
    #[error(
        "not a bill of materials that is known here; CycloneDX (JSON, XML) and SPDX 2 (JSON, tag-value) and 3 (JSON) are"
    )]
    UnknownFormat,
    /// The JSON is broken.
    #[error("broken JSON at line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },
    /// The XML is broken.
    #[error("broken XML")]
    Xml(#[from] roxmltree::Error),
    /// There are too many components.
    #[error("more than {COMPONENTS_MAX} components")]
    TooMany,
}

impl BomError {
    /// Whether the bytes are the beginning of a bill: the file is cut off.
    #[must_use]
    pub fn ends_early(&self) -> bool {
        match self {
            Self::Json { source, .. } => source.is_eof(),
            Self::Xml(error) => matches!(
                error,
                roxmltree::Error::UnexpectedEndOfStream | roxmltree::Error::UnclosedRootNode
            ),
            Self::UnknownFormat | Self::TooMany => false,
        }
    }
}

impl From<serde_json::Error> for BomError {
    fn from(source: serde_json::Error) -> Self {
        Self::Json { line: source.line(), column: source.column(), source }
    }
}

/// Reads a bill of materials in whichever format it is.
///
/// # Errors
/// [`BomError`] when the bytes are broken or none of the known formats.
pub fn read(bytes: &[u8]) -> Result<ReadBom, BomError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let bom = if text.starts_with('{') {
        let value: serde_json::Value = serde_json::from_str(text)?;
        if value.get("bomFormat").is_some_and(|format| format == "CycloneDX") {
            cyclonedx::read_json(&value)
        } else if value.get("spdxVersion").is_some() {
            spdx::read_json2(&value)
        } else if value.get("@graph").is_some() {
            spdx::read_json3(&value)
        } else {
            return Err(BomError::UnknownFormat);
        }
    } else if text.starts_with('<') {
        cyclonedx::read_xml(text)?
    } else if text.contains("SPDXVersion:") {
        spdx::read_tag_value(text)
    } else {
        return Err(BomError::UnknownFormat);
    };
    if bom.components.len() > COMPONENTS_MAX {
        return Err(BomError::TooMany);
    }
    Ok(bom)
}
