//! Reading CycloneDX. Nested components count; only what ships is kept.

use crate::bom::{BomComponent, BomError, ComponentKind, ReadBom};
use serde_json::Value;

/// Components inside components.
const DEPTH_MAX: u32 = 16;

fn kind(label: &str) -> ComponentKind {
    match label {
        "library" => ComponentKind::Library,
        "framework" => ComponentKind::Framework,
        "operating-system" => ComponentKind::OperatingSystem,
        "firmware" => ComponentKind::Firmware,
        "device-driver" | "device" => ComponentKind::DeviceDriver,
        "file" => ComponentKind::File,
        _ => ComponentKind::Application,
    }
}

pub(crate) fn read_json(document: &Value) -> ReadBom {
    let version = document.get("specVersion").and_then(Value::as_str).unwrap_or("?");
    let mut components = Vec::new();
    collect_json(document, 0, &mut components);
    ReadBom { format: format!("CycloneDX {version} JSON"), components }
}

fn collect_json(holder: &Value, depth: u32, out: &mut Vec<BomComponent>) {
    if depth > DEPTH_MAX {
        return;
    }
    for item in holder.get("components").and_then(Value::as_array).into_iter().flatten() {
        let text =
            |key: &str| item.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let ships = text("scope") != Some("excluded") && !is_for_the_build(item);
        if let Some(name) = text("name").filter(|_| ships) {
            let mut component = BomComponent::new(name, text("version"));
            component.kind = kind(text("type").unwrap_or_default());
            component.purl = text("purl").map(str::to_owned);
            component.cpes = text("cpe").map(str::to_owned).into_iter().collect();
            component.supplier = item
                .get("supplier")
                .and_then(|supplier| supplier.get("name"))
                .and_then(Value::as_str)
                .or_else(|| text("publisher"))
                .map(str::to_owned);
            component.licences = licences_json(item);
            out.push(component);
        }
        collect_json(item, depth + 1, out);
    }
}

/// What Buildroot builds for the build machine, and what npm packages need for development alone
/// (the taxonomies of properties of both).
fn is_for_the_build(item: &Value) -> bool {
    let properties = item.get("properties").and_then(Value::as_array).into_iter().flatten();
    properties
        .filter_map(|property| Some((property.get("name")?.as_str()?, property.get("value")?)))
        .any(|(name, value)| match name {
            "BR_TYPE" => value == "host",
            "cdx:npm:package:development" => value == "true",
            _ => false,
        })
}

fn licences_json(item: &Value) -> Vec<String> {
    let choices = item.get("licenses").and_then(Value::as_array).into_iter().flatten();
    choices
        .filter_map(|choice| {
            let licence = choice.get("license");
            let field = |key| licence.and_then(|l| l.get(key)).and_then(Value::as_str);
            let text = field("id").or_else(|| field("name"));
            text.or_else(|| choice.get("expression").and_then(Value::as_str)).map(str::to_owned)
        })
        .collect()
}

pub(crate) fn read_xml(text: &str) -> Result<ReadBom, BomError> {
    let document = roxmltree::Document::parse(text)?;
    let root = document.root_element();
    let namespace = root.tag_name().namespace().unwrap_or_default();
    let Some((_, version)) = namespace.split_once("cyclonedx.org/schema/bom/") else {
        return Err(BomError::UnknownFormat);
    };
    // `metadata` describes the subject and the tools, which are no components of it.
    let components = root
        .children()
        .filter(|node| node.tag_name().name() == "components")
        .flat_map(|holder| holder.descendants())
        .filter(|node| node.tag_name().name() == "component")
        .filter_map(component_xml)
        .collect();
    Ok(ReadBom { format: format!("CycloneDX {version} XML"), components })
}

fn component_xml(node: roxmltree::Node<'_, '_>) -> Option<BomComponent> {
    let child = |name: &str| node.children().find(|child| child.tag_name().name() == name);
    let text = |name: &str| child(name).and_then(|child| child.text()).map(str::trim);
    if text("scope") == Some("excluded") {
        return None;
    }
    let mut component =
        BomComponent::new(text("name")?, text("version").filter(|version| !version.is_empty()));
    component.kind = kind(node.attribute("type").unwrap_or_default());
    component.purl = text("purl").map(str::to_owned);
    component.cpes = text("cpe").map(str::to_owned).into_iter().collect();
    component.supplier = text("publisher").map(str::to_owned);
    component.licences = child("licenses")
        .into_iter()
        .flat_map(|licences| licences.descendants())
        .filter(|item| matches!(item.tag_name().name(), "id" | "name" | "expression"))
        .filter_map(|item| item.text().map(|text| text.trim().to_owned()))
        .collect();
    Some(component)
}
