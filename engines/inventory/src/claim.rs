//! What one source says of one component, before everything is merged.

use crate::matcher::Role;
use crate::model::{ComponentEvidence, ComponentKind, Method};
use crate::rules::Rules;
use duecare_base::Location;
use std::collections::BTreeMap;

/// A package as a database, a control file or a manifest names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Package {
    /// purl type: `deb`, `rpm`, `apk`, `opkg`, `npm`, …
    pub(crate) ecosystem: &'static str,
    /// purl namespace, where the ecosystem has one.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    /// The package that it was built from, where it is told.
    pub(crate) source: Option<String>,
    /// As written, epoch and revision included; empty when it is not told.
    pub(crate) version: String,
    /// The upstream version where the packager says it apart from the rest.
    pub(crate) upstream: Option<String>,
    pub(crate) architecture: Option<String>,
    pub(crate) supplier: Option<String>,
    pub(crate) licences: Vec<String>,
    /// CPE 2.3 or 2.2 names that the packager gives.
    pub(crate) cpe: Vec<String>,
    /// Files that it owns, as paths beginning with `/`, where they are told.
    pub(crate) files: Vec<String>,
}

/// One sight of one component.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) rule: Option<usize>,
    /// Rule id, or the name that tells the component from others.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) kind: ComponentKind,
    pub(crate) supplier: Option<String>,
    pub(crate) purl: Option<String>,
    pub(crate) cpe: Vec<String>,
    pub(crate) licences: Vec<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) evidence: ComponentEvidence,
    pub(crate) role: Role,
    /// The image is this package, so that all its files are the package's.
    pub(crate) whole_image: bool,
    /// Known by a file name alone.
    pub(crate) generic: bool,
}

impl Claim {
    /// A claim with nothing but a name; the rule's knowledge fills the rest when merged.
    pub(crate) fn new(id: &str, name: &str, kind: ComponentKind, at: Location) -> Self {
        Self {
            rule: None,
            id: id.to_owned(),
            name: name.to_owned(),
            version: None,
            revision: None,
            kind,
            supplier: None,
            purl: None,
            cpe: Vec::new(),
            licences: Vec::new(),
            aliases: Vec::new(),
            evidence: ComponentEvidence {
                location: at,
                method: Method::Text,
                text: String::new(),
                other_version: None,
                confidence: 50,
            },
            role: Role::Owner,
            whole_image: false,
            generic: false,
        }
    }

    /// The same claim of a component that a rule knows.
    pub(crate) fn for_rule(rules: &Rules, id: &str, at: Location) -> Self {
        let Some(index) = rules.rule_index(id) else {
            return Self::new(id, id, ComponentKind::Application, at);
        };
        let (name, kind) = rules
            .rules
            .get(index)
            .map_or((id, ComponentKind::Application), |rule| (rule.name.as_str(), rule.kind));
        Self { rule: Some(index), ..Self::new(id, name, kind, at) }
    }

    /// The same claim, with how it was seen.
    pub(crate) fn seen(mut self, method: Method, text: &str, confidence: u8) -> Self {
        self.evidence.method = method;
        self.evidence.text = duecare_base::text::one_line(text, 160);
        self.evidence.confidence = confidence;
        self
    }

    /// The same claim with a version.
    pub(crate) fn with_version(mut self, version: Option<&str>) -> Self {
        self.version = version.map(str::trim).filter(|v| !v.is_empty()).map(ToOwned::to_owned);
        self
    }
}

/// Package managers of systems, as against those of languages: their packages are products that
/// rules know by alias.
const SYSTEM_ECOSYSTEMS: [&str; 5] = ["deb", "rpm", "apk", "opkg", "generic"];

impl Package {
    /// What the package says of a component.
    pub(crate) fn claim(&self, rules: &Rules, at: Location, method: Method) -> Claim {
        let system = SYSTEM_ECOSYSTEMS.contains(&self.ecosystem);
        let (upstream, revision) = self.upstream_and_revision(system);
        let source = self.source.as_deref().filter(|source| !source.is_empty());
        let rule = if system { self.rule(rules, source, &upstream) } else { None };
        let confidence = if method == Method::PackageDatabase { 98 } else { 95 };
        let mut claim = match rule.and_then(|index| rules.rules.get(index)) {
            Some(known) => {
                let claim = Claim::for_rule(rules, &known.id, at);
                let version = known.version(&upstream).unwrap_or(upstream);
                claim.with_version(Some(&version))
            }
            None => {
                let name = if system {
                    crate::rules::bare_name(source.unwrap_or(&self.name))
                } else {
                    &self.name
                };
                let id = if system {
                    name.to_lowercase()
                } else {
                    format!("{}:{}", self.ecosystem, self.qualified().to_lowercase())
                };
                let library = !system || self.name.starts_with("lib");
                let kind =
                    if library { ComponentKind::Library } else { ComponentKind::Application };
                Claim::new(&id, name, kind, at).with_version(Some(&upstream))
            }
        };
        claim.revision = revision;
        claim.supplier.clone_from(&self.supplier);
        claim.purl = Some(self.purl());
        claim.cpe = self.cpe.iter().filter_map(|text| crate::cpe::from_text(text)).collect();
        claim.licences.clone_from(&self.licences);
        if self.name.to_lowercase() != claim.id {
            claim.aliases.push(self.name.clone());
        }
        let from = source.filter(|source| *source != self.name);
        let from = from.map_or(String::new(), |source| format!(" (from {source})"));
        let text = format!("package {} {}{from}", self.name, self.version);
        claim.seen(method, &text, confidence)
    }

    /// The rule that knows a system's package. Patterns are about names that distributions give
    /// to parts of one source; where the source is told, it decides: `libpciaccess0` is built from
    /// libpciaccess, and so is no part of pciutils, whose libraries are `libpci*`.
    fn rule(&self, rules: &Rules, source: Option<&str>, upstream: &str) -> Option<usize> {
        let exact = rules.rule_of_exact_package(&self.name);
        let known = exact.or_else(|| self.c_library(upstream).and_then(|id| rules.rule_index(id)));
        known.or_else(|| match source {
            Some(source) => rules.rule_of_own_source(source),
            // Control files of Debian leave the source out when it is called like the package.
            None if self.ecosystem == "deb" => rules.rule_of_own_source(&self.name),
            None => rules.rule_of_package(&self.name),
        })
    }

    /// OpenWrt calls whatever C library it is built with `libc`; the versions tell them apart.
    fn c_library(&self, upstream: &str) -> Option<&'static str> {
        let is_libc = matches!(self.name.as_str(), "libc" | "libpthread" | "librt");
        if !is_libc || !matches!(self.ecosystem, "opkg" | "apk") {
            return None;
        }
        let mut numbers = upstream.split('.');
        match (numbers.next()?, numbers.next()?) {
            ("0", _) => Some("uclibc"),
            ("1", "0") => Some("uclibc-ng"),
            ("1", _) => Some("musl"),
            ("2", _) => Some("glibc"),
            _ => None,
        }
    }

    fn upstream_and_revision(&self, system: bool) -> (String, Option<String>) {
        if let Some(upstream) = &self.upstream {
            let version = self.version.split_once(':').map_or(self.version.as_str(), |(_, v)| v);
            let rest = version.strip_prefix(upstream.as_str());
            let revision = rest.map(|rest| rest.trim_start_matches(['-', '+']).to_owned());
            return (upstream.clone(), revision.filter(|r| !r.is_empty()));
        }
        if !system {
            return (self.version.clone(), None);
        }
        let parts = crate::version::split_package_version(&self.version);
        (parts.upstream, parts.revision)
    }

    fn qualified(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }

    /// The package URL (purl-spec): percent-encoded, architecture as a qualifier.
    pub(crate) fn purl(&self) -> String {
        let mut qualifiers = BTreeMap::new();
        if let Some(architecture) = &self.architecture {
            qualifiers.insert("arch", architecture.as_str());
        }
        let mut version = self.version.as_str();
        let epoch = version.split_once(':').filter(|_| self.ecosystem == "rpm");
        if let Some((epoch, rest)) = epoch {
            qualifiers.insert("epoch", epoch);
            version = rest;
        }
        crate::cpe::purl(
            self.ecosystem,
            self.namespace.as_deref(),
            &self.name,
            version,
            &qualifiers,
        )
    }
}
