//! Reading SPDX 2.x, JSON and tag-value.

use super::uses::Uses;
use crate::bom::{BomComponent, ComponentKind, ReadBom};
use serde_json::Value;

/// `NOASSERTION` and `NONE` say nothing.
pub(super) fn said(text: &str) -> Option<&str> {
    let text = text.trim();
    (!matches!(text, "" | "NOASSERTION" | "NONE")).then_some(text)
}

fn kind(purpose: &str) -> ComponentKind {
    match purpose {
        "LIBRARY" => ComponentKind::Library,
        "FRAMEWORK" => ComponentKind::Framework,
        "OPERATING-SYSTEM" | "OPERATING_SYSTEM" => ComponentKind::OperatingSystem,
        "FIRMWARE" => ComponentKind::Firmware,
        "DEVICE" => ComponentKind::DeviceDriver,
        "FILE" => ComponentKind::File,
        _ => ComponentKind::Application,
    }
}

fn party(text: &str) -> Option<String> {
    let text = said(text)?;
    let name = text.split_once(':').map_or(text, |(_, name)| name);
    said(name.trim_end_matches(" ()")).map(str::to_owned)
}

fn reference(component: &mut BomComponent, kind: &str, locator: &str) {
    // Written as a word or as the address of its definition.
    match kind.rsplit('/').next().unwrap_or_default() {
        "purl" => component.purl = said(locator).map(str::to_owned),
        "cpe23Type" | "cpe22Type" => component.cpes.extend(said(locator).map(str::to_owned)),
        _ => {}
    }
}

pub(crate) fn read_json2(document: &Value) -> ReadBom {
    let version = document.get("spdxVersion").and_then(Value::as_str).unwrap_or("SPDX-2");
    let packages: Vec<&Value> =
        document.get("packages").and_then(Value::as_array).into_iter().flatten().collect();
    let subjects = described(document);
    // What the document describes is the product itself, unless it is all that there is.
    let is_subject = |item: &Value| {
        let id = item.get("SPDXID").and_then(Value::as_str).unwrap_or_default();
        packages.len() > subjects.len() && subjects.contains(&id)
    };
    let mut uses = Uses::default();
    for relationship in relationships(document) {
        let field = |key: &str| relationship.get(key).and_then(Value::as_str).unwrap_or_default();
        let (from, to) = (field("spdxElementId"), field("relatedSpdxElement"));
        uses.relate(from, field("relationshipType"), to);
    }
    let ships =
        |item: &Value| uses.ships(item.get("SPDXID").and_then(Value::as_str).unwrap_or_default());
    let components = packages
        .iter()
        .filter(|item| !is_subject(item) && ships(item))
        .filter_map(|item| package(item))
        .collect();
    ReadBom { format: format!("{} JSON", version.replace('-', " ")), components }
}

fn relationships(document: &Value) -> impl Iterator<Item = &Value> {
    document.get("relationships").and_then(Value::as_array).into_iter().flatten()
}

/// Ids of the packages that the document says it describes.
fn described(document: &Value) -> Vec<&str> {
    let listed = document.get("documentDescribes").and_then(Value::as_array);
    let mut ids: Vec<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    for relationship in relationships(document) {
        let field = |key: &str| relationship.get(key).and_then(Value::as_str).unwrap_or_default();
        if field("spdxElementId") == "SPDXRef-DOCUMENT" && field("relationshipType") == "DESCRIBES"
        {
            ids.push(field("relatedSpdxElement"));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn package(item: &Value) -> Option<BomComponent> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).and_then(said);
    let purpose = text("primaryPackagePurpose").unwrap_or_default();
    if matches!(purpose, "SOURCE" | "ARCHIVE") {
        return None;
    }
    let mut component = BomComponent::new(text("name")?, text("versionInfo"));
    component.kind = kind(purpose);
    component.supplier = text("supplier").and_then(party);
    let licence = text("licenseConcluded").or_else(|| text("licenseDeclared"));
    component.licences = licence.map(str::to_owned).into_iter().collect();
    for outside in item.get("externalRefs").and_then(Value::as_array).into_iter().flatten() {
        let field = |key: &str| outside.get(key).and_then(Value::as_str).unwrap_or_default();
        reference(&mut component, field("referenceType"), field("referenceLocator"));
    }
    Some(component)
}

pub(crate) fn read_tag_value(text: &str) -> ReadBom {
    let mut format = "SPDX 2 tag-value".to_owned();
    let mut components: Vec<(BomComponent, &str)> = Vec::new();
    let mut uses = Uses::default();
    let mut in_package = false;
    let mut in_text = false;
    for line in text.lines() {
        // `<text>` blocks may hold lines that look like tags.
        if in_text {
            in_text = !line.contains("</text>");
            continue;
        }
        in_text = line.contains("<text>") && !line.contains("</text>");
        let Some((tag, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match tag.trim() {
            "SPDXVersion" => format = format!("{} tag-value", value.replace('-', " ")),
            "PackageName" => {
                components.push((BomComponent::new(value, None), ""));
                in_package = true;
            }
            "Relationship" => {
                let mut words = value.split_whitespace();
                if let (Some(from), Some(kind), Some(to)) =
                    (words.next(), words.next(), words.next())
                {
                    uses.relate(from, kind, to);
                }
            }
            "FileName" | "SnippetSPDXID" => in_package = false,
            tag if in_package => match components.last_mut() {
                Some((_, id)) if tag == "SPDXID" => *id = value,
                Some((component, _)) => package_tag(component, tag, value),
                None => {}
            },
            _ => {}
        }
    }
    let shipped = components.into_iter().filter(|(_, id)| uses.ships(id));
    ReadBom { format, components: shipped.map(|(component, _)| component).collect() }
}

fn package_tag(component: &mut BomComponent, tag: &str, value: &str) {
    match tag {
        "PackageVersion" => component.version = said(value).map(str::to_owned),
        "PackageSupplier" => component.supplier = party(value),
        "PrimaryPackagePurpose" => component.kind = kind(value),
        "PackageLicenseConcluded" | "PackageLicenseDeclared" if component.licences.is_empty() => {
            component.licences.extend(said(value).map(str::to_owned));
        }
        "ExternalRef" => {
            let mut words = value.split_whitespace().skip(1);
            if let (Some(kind), Some(locator)) = (words.next(), words.next()) {
                reference(component, kind, locator);
            }
        }
        _ => {}
    }
}
