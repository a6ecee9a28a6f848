//! The packs, parsed once and used for every image.

use duecare_checks::pack::{CheckInfo, CheckPack, PackError};
use duecare_inventory::{Rules, RulesError};
use duecare_secrets::SecretPack;

/// Pack files as `(path, text)`; later ones replace earlier ones with the same id.
#[derive(Debug, Clone, Default)]
pub struct PackFiles<'a> {
    /// Component signatures that are built in: their tests have proven that they can be used.
    pub components: Vec<(&'a str, &'a str)>,
    /// Component signatures of a user, checked in full.
    pub own_components: Vec<(&'a str, &'a str)>,
    /// Descriptions of the checks.
    pub checks: Vec<(&'a str, &'a str)>,
    /// Default credentials, token patterns, known keys.
    pub secrets: Vec<(&'a str, &'a str)>,
}

/// Why the packs can't be used. Each names the file.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// A component rule.
    #[error("a component rule can't be used")]
    Components(#[from] RulesError),
    /// A check's description.
    #[error("a check's description can't be used")]
    Checks(#[from] PackError),
    /// Data for the search for secrets.
    #[error("the data about secrets can't be used")]
    Secrets(#[from] duecare_secrets::PackError),
}

/// Everything that is known before an image is looked at.
#[derive(Debug)]
pub struct Knowledge {
    pub(crate) rules: Rules,
    pub(crate) checks: CheckPack,
    pub(crate) secrets: SecretPack,
}

impl Knowledge {
    /// Parses the packs.
    ///
    /// # Errors
    /// [`KnowledgeError`] with the file and what is wrong in it.
    pub fn parse(files: &PackFiles<'_>) -> Result<Self, KnowledgeError> {
        Ok(Self {
            rules: Rules::parse_proven(&files.components, &files.own_components)?,
            checks: CheckPack::parse(&files.checks)?,
            secrets: SecretPack::parse(&files.secrets)?,
        })
    }

    /// A check's description.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&CheckInfo> {
        self.checks.get(id)
    }

    /// Every check's description, by id.
    pub fn checks(&self) -> impl Iterator<Item = &CheckInfo> {
        self.checks.iter()
    }

    /// The component rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}
