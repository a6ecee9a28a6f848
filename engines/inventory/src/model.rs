//! What an inventory says: components, each with the evidence for it.

use duecare_base::Location;
use std::fmt;

/// What sort of thing a component is; the labels are those of CycloneDX where it has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// A program or a set of programs.
    #[default]
    Application,
    /// Code that programs link or import.
    Library,
    /// A framework that programs are written in.
    Framework,
    /// A kernel or a whole distribution.
    OperatingSystem,
    /// A boot loader or the firmware of a chip.
    Firmware,
    /// What the image was built with. It is not on the device: count it apart.
    BuildTool,
}

impl ComponentKind {
    /// Every value.
    pub const ALL: [Self; 6] = [
        Self::Application,
        Self::Library,
        Self::Framework,
        Self::OperatingSystem,
        Self::Firmware,
        Self::BuildTool,
    ];

    /// The lower-case name used in rules and reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Library => "library",
            Self::Framework => "framework",
            Self::OperatingSystem => "operating-system",
            Self::Firmware => "firmware",
            Self::BuildTool => "build-tool",
        }
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// How a component was seen. The order is the order of trust, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Only by a file's name.
    FileName,
    /// By a shared object's own name.
    SoName,
    /// By a file that tells compilers how to link with it (`name.pc`); its version may be that of
    /// the interface.
    PkgConfig,
    /// By the name of a symbol that a file defines.
    Symbol,
    /// By a text beside another text that is known.
    Adjacent,
    /// By a text inside a file.
    Text,
    /// By a notice at the head of a text file.
    Banner,
    /// By data that the compiler or linker wrote: build information, notes.
    BuildInfo,
    /// By a kernel's banner, version magic or modules folder.
    Kernel,
    /// By a file that says what the system is (`os-release` and its like).
    OsRelease,
    /// By a lock file or a package's own manifest.
    Manifest,
    /// By the database of a package manager.
    PackageDatabase,
}

impl Method {
    /// Every value, the weakest first.
    pub const ALL: &'static [Self] = &[
        Self::FileName,
        Self::SoName,
        Self::PkgConfig,
        Self::Symbol,
        Self::Adjacent,
        Self::Text,
        Self::Banner,
        Self::BuildInfo,
        Self::Kernel,
        Self::OsRelease,
        Self::Manifest,
        Self::PackageDatabase,
    ];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::FileName => "file-name",
            Self::SoName => "so-name",
            Self::PkgConfig => "pkg-config",
            Self::Symbol => "symbol",
            Self::Adjacent => "adjacent-text",
            Self::Text => "text",
            Self::Banner => "banner",
            Self::BuildInfo => "build-info",
            Self::Kernel => "kernel",
            Self::OsRelease => "os-release",
            Self::Manifest => "manifest",
            Self::PackageDatabase => "package-database",
        }
    }
}

/// One sight of a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentEvidence {
    /// Where.
    pub location: Location,
    /// How.
    pub method: Method,
    /// What stands there, one line.
    pub text: String,
    /// The version that this sight gave, when it differs from the component's.
    pub other_version: Option<String>,
    /// How sure this sight alone is, in percent.
    pub confidence: u8,
}

/// A component of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Id of the rule that knows it, or its own name in lower case.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Upstream version; `None` when it is there in an unknown version.
    pub version: Option<String>,
    /// What a packager or vendor added to the version: `16.3` of `2.80-16.3`. Back-ported
    /// fixes hide behind it.
    pub revision: Option<String>,
    /// What sort of thing it is.
    pub kind: ComponentKind,
    /// Who makes it.
    pub supplier: Option<String>,
    /// Package URL, with the version where there is one.
    pub purl: String,
    /// CPE 2.3 names, the usual one first.
    pub cpe: Vec<String>,
    /// SPDX licence expressions.
    pub licences: Vec<String>,
    /// How sure all evidence together is, in percent.
    pub confidence: u8,
    /// What shows it, the best first.
    pub evidence: Vec<ComponentEvidence>,
    /// Files that hold a static copy; empty when the component has files of its own.
    pub contained_in: Vec<Location>,
    /// Other names: packages that it came in.
    pub aliases: Vec<String>,
    /// No rule and no package names it: a library known by its file name alone.
    pub generic: bool,
}

/// Text that names a component without being it: a version compared with, compiled against, or
/// quoted. It makes no component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// Rule id of the component.
    pub id: String,
    /// The version that is mentioned.
    pub version: Option<String>,
    /// Where.
    pub location: Location,
    /// What stands there, one line.
    pub text: String,
}

/// What is inside an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Components by id, then version.
    pub components: Vec<Component>,
    /// What is only spoken of.
    pub mentions: Vec<Mention>,
    /// Databases and manifests that are there but could not be read in full: place and reason.
    pub problems: Vec<(Location, String)>,
}

impl Inventory {
    /// The components that are on the device: all but build tools and generic guesses.
    pub fn shipped(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(|c| c.kind != ComponentKind::BuildTool && !c.generic)
    }
}
