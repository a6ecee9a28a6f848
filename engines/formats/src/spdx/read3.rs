//! Reading SPDX 3.0 JSON-LD: the elements of `@graph` that are packages which ship.

use super::read::said;
use super::uses::Uses;
use crate::bom::{BomComponent, ComponentKind, ReadBom};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) fn read_json3(document: &Value) -> ReadBom {
    let graph: Vec<&Value> =
        document.get("@graph").and_then(Value::as_array).into_iter().flatten().collect();
    let version = graph
        .iter()
        .find_map(|item| item.get("specVersion").and_then(Value::as_str))
        .unwrap_or("3");
    let licences = declared_licences(&graph);
    let uses = uses(&graph);
    let components = graph
        .iter()
        .filter(|item| kind_of(item) == "software_Package")
        .filter(|item| id_of(item).is_none_or(|id| uses.ships(id)))
        .filter_map(|item| package(item, &licences))
        .collect();
    ReadBom { format: format!("SPDX {version} JSON"), components }
}

fn kind_of(item: &Value) -> &str {
    item.get("type").or_else(|| item.get("@type")).and_then(Value::as_str).unwrap_or_default()
}

fn id_of(item: &Value) -> Option<&str> {
    item.get("spdxId").or_else(|| item.get("@id")).and_then(Value::as_str)
}

fn uses<'a>(graph: &[&'a Value]) -> Uses<'a> {
    let mut uses = Uses::default();
    for item in graph {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let Some(kind) = text("relationshipType") else { continue };
        let to = item.get("to").and_then(Value::as_array).into_iter().flatten();
        for id in to.filter_map(Value::as_str) {
            uses.relate3(kind, text("scope"), id);
        }
    }
    uses
}

/// Package id → licence expression, through the relationships that declare one.
fn declared_licences<'a>(graph: &[&'a Value]) -> BTreeMap<&'a str, &'a str> {
    let expressions: BTreeMap<&str, &str> = graph
        .iter()
        .filter_map(|item| {
            let text = item.get("simplelicensing_licenseExpression").and_then(Value::as_str)?;
            Some((id_of(item)?, said(text)?))
        })
        .collect();
    let mut licences = BTreeMap::new();
    for relationship in graph {
        let kind = relationship.get("relationshipType").and_then(Value::as_str);
        if !matches!(kind, Some("hasDeclaredLicense" | "hasConcludedLicense")) {
            continue;
        }
        let from = relationship.get("from").and_then(Value::as_str);
        let to = relationship.get("to").and_then(Value::as_array).and_then(|to| to.first());
        let expression = to.and_then(Value::as_str).and_then(|to| expressions.get(to));
        if let (Some(from), Some(expression)) = (from, expression) {
            licences.insert(from, *expression);
        }
    }
    licences
}

fn package(item: &Value, licences: &BTreeMap<&str, &str>) -> Option<BomComponent> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).and_then(said);
    let purpose = text("software_primaryPurpose").unwrap_or_default();
    if matches!(purpose, "source" | "archive" | "specification" | "patch" | "test") {
        return None;
    }
    let mut component = BomComponent::new(text("name")?, text("software_packageVersion"));
    component.kind = match purpose {
        "library" => ComponentKind::Library,
        "framework" => ComponentKind::Framework,
        "operatingSystem" => ComponentKind::OperatingSystem,
        "firmware" => ComponentKind::Firmware,
        "deviceDriver" => ComponentKind::DeviceDriver,
        _ => ComponentKind::Application,
    };
    component.purl = text("software_packageUrl").map(str::to_owned);
    let outside = item.get("externalIdentifier").and_then(Value::as_array).into_iter().flatten();
    for identifier in outside {
        let field = |key: &str| identifier.get(key).and_then(Value::as_str).unwrap_or_default();
        match field("externalIdentifierType") {
            "cpe23" | "cpe22" => component.cpes.push(field("identifier").to_owned()),
            "packageUrl" | "packageURL" => component.purl = Some(field("identifier").to_owned()),
            _ => {}
        }
    }
    if let Some(expression) = id_of(item).and_then(|id| licences.get(id)) {
        component.licences.push((*expression).to_owned());
    }
    Some(component)
}
