//! Which packages of an SPDX document only the build uses (SPDX 2.3, clause 11.1; SPDX 3.0,
//! `LifecycleScopedRelationship`).

use std::collections::BTreeSet;

/// Ids of packages, by what relationships say of them.
#[derive(Default)]
pub(super) struct Uses<'a> {
    built_with: BTreeSet<&'a str>,
    shipped: BTreeSet<&'a str>,
    /// What consists of packages that other documents describe: an image.
    wholes: BTreeSet<&'a str>,
}

impl<'a> Uses<'a> {
    /// A relationship of SPDX 2, read as `from kind to`.
    pub(super) fn relate(&mut self, from: &'a str, kind: &str, to: &'a str) {
        match kind {
            "BUILD_TOOL_OF"
            | "DEV_TOOL_OF"
            | "TEST_TOOL_OF"
            | "BUILD_DEPENDENCY_OF"
            | "DEV_DEPENDENCY_OF"
            | "TEST_DEPENDENCY_OF" => {
                self.built_with.insert(from);
            }
            "CONTAINS" => {
                self.shipped.insert(to);
                if to.starts_with("DocumentRef-") {
                    self.wholes.insert(from);
                }
            }
            "DEPENDS_ON" | "DYNAMIC_LINK" | "STATIC_LINK" => {
                self.shipped.insert(to);
            }
            "CONTAINED_BY" | "DEPENDENCY_OF" | "RUNTIME_DEPENDENCY_OF" => {
                self.shipped.insert(from);
            }
            _ => {}
        }
    }

    /// A relationship of SPDX 3 to one element, with its scope where it has one.
    pub(super) fn relate3(&mut self, kind: &str, scope: Option<&str>, to: &'a str) {
        let of_the_build = matches!(scope, Some("build" | "development" | "test" | "design"));
        match kind {
            "usesTool" => {
                self.built_with.insert(to);
            }
            "dependsOn" | "hasDynamicLink" | "hasStaticLink" if of_the_build => {
                self.built_with.insert(to);
            }
            "contains" | "dependsOn" | "hasDynamicLink" | "hasStaticLink" => {
                self.shipped.insert(to);
            }
            _ => {}
        }
    }

    /// Whether a package is part of what ships, as far as relationships tell.
    pub(super) fn ships(&self, id: &str) -> bool {
        let for_the_build = self.built_with.contains(id) && !self.shipped.contains(id);
        !for_the_build && !self.wholes.contains(id)
    }
}
