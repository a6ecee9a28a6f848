//! Writing SPDX 2.3 JSON.

use crate::bom::{Bom, BomComponent, ComponentKind};
use crate::cyclonedx::pretty;
use crate::licences;
use duecare_base::Digest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Characters of a component's comment.
const COMMENT_CHARS_MAX: usize = 600;

/// The bill as SPDX 2.3 JSON, pretty-printed, with a line end.
///
/// The document namespace is derived from the subject and the components, so the same bill always
/// has the same one.
#[must_use]
pub fn write(bom: &Bom) -> String {
    let mut extracted: BTreeMap<String, String> = BTreeMap::new();
    let mut packages = vec![subject(bom)];
    let mut relationships = vec![relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Subject")];
    for (index, item) in bom.components.iter().enumerate() {
        let id = format!("SPDXRef-Component-{}", index + 1);
        relationships.push(relationship("SPDXRef-Subject", "CONTAINS", &id));
        packages.push(package(&id, item, &mut extracted));
    }
    let body = Value::Array(packages.clone()).to_string();
    let name = Digest::of_fields(&[bom.created.as_bytes(), body.as_bytes()]);
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("Software in {}", bom.subject),
        "documentNamespace": format!("urn:duecare:spdx:{name}"),
        "creationInfo": {
            "created": bom.created,
            "creators": [format!("Tool: duecare-{}", bom.tool_version)],
        },
        "packages": packages,
        "relationships": relationships,
    });
    let extracted: Vec<Value> = extracted
        .into_iter()
        .map(|(id, text)| json!({ "licenseId": id, "extractedText": text, "name": text }))
        .collect();
    if let (Some(object), false) = (document.as_object_mut(), extracted.is_empty()) {
        object.insert("hasExtractedLicensingInfos".to_owned(), Value::Array(extracted));
    }
    pretty(&document)
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

fn subject(bom: &Bom) -> Value {
    json!({
        "SPDXID": "SPDXRef-Subject",
        "name": bom.subject,
        "packageFileName": bom.subject,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "primaryPackagePurpose": "FIRMWARE",
        "checksums": [{ "algorithm": "SHA256", "checksumValue": bom.subject_sha256 }],
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    })
}

fn package(id: &str, item: &BomComponent, extracted: &mut BTreeMap<String, String>) -> Value {
    let purpose = match item.kind {
        ComponentKind::Application => "APPLICATION",
        ComponentKind::Library => "LIBRARY",
        ComponentKind::Framework => "FRAMEWORK",
        ComponentKind::OperatingSystem => "OPERATING-SYSTEM",
        ComponentKind::Firmware => "FIRMWARE",
        ComponentKind::DeviceDriver => "DEVICE",
        ComponentKind::File => "FILE",
    };
    let mut value = json!({
        "SPDXID": id,
        "name": item.name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "primaryPackagePurpose": purpose,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": declared(&item.licences, extracted),
        "copyrightText": "NOASSERTION",
        "comment": comment(item),
    });
    let mut references = Vec::new();
    if let Some(purl) = &item.purl {
        references.push(json!({
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }));
    }
    for cpe in &item.cpes {
        references.push(json!({
            "referenceCategory": "SECURITY",
            "referenceType": "cpe23Type",
            "referenceLocator": cpe,
        }));
    }
    if let Some(object) = value.as_object_mut() {
        if let Some(version) = &item.version {
            object.insert("versionInfo".to_owned(), json!(version));
        }
        if let Some(supplier) = &item.supplier {
            object.insert("supplier".to_owned(), json!(format!("Organization: {supplier}")));
        }
        if !references.is_empty() {
            object.insert("externalRefs".to_owned(), Value::Array(references));
        }
    }
    value
}

/// One SPDX expression; what the list does not have becomes a `LicenseRef-` with its text.
fn declared(texts: &[String], extracted: &mut BTreeMap<String, String>) -> String {
    let terms: Vec<String> = texts
        .iter()
        .map(|text| {
            licences::expression(text).unwrap_or_else(|| {
                let id = format!("LicenseRef-{}", Digest::of(text.as_bytes()).short(16));
                extracted.insert(id.clone(), text.clone());
                id
            })
        })
        .collect();
    match terms.as_slice() {
        [] => "NOASSERTION".to_owned(),
        [single] => single.clone(),
        many => {
            let wrapped: Vec<String> = many
                .iter()
                .map(|term| if term.contains(' ') { format!("({term})") } else { term.clone() })
                .collect();
            wrapped.join(" AND ")
        }
    }
}

fn comment(item: &BomComponent) -> String {
    let places: Vec<String> = item
        .occurrences
        .iter()
        .take(5)
        .map(|seen| format!("{} by {}", seen.location, seen.method))
        .collect();
    let text = format!("confidence {} %; seen in {}", item.confidence, places.join("; "));
    duecare_base::text::one_line(&text, COMMENT_CHARS_MAX)
}
