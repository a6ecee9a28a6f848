//! What is inside an image: components with version, origin and the evidence for them.
//!
//! Three sources, most trusted first: the databases of package managers and manifests, what a
//! kernel or system says of itself, and rules over the bytes of files. What they see is merged:
//! one component for each name and version, with all the evidence.
//!
//! Left out on purpose: which vulnerabilities components have, and reading rules from disk.

mod claim;
mod cpe;
mod files;
mod manifests;
mod matcher;
mod merge;
mod model;
mod packages;
mod reconcile;
mod rules;
mod strings;
mod system;
mod take;
mod version;

pub use model::{Component, ComponentEvidence, ComponentKind, Inventory, Mention, Method};
pub use reconcile::{BuildComponent, Difference, Reconciled, reconcile};
pub use rules::{RuleFault, Rules, RulesError};
pub use take::take;
