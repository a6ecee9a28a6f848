//! Writing CycloneDX 1.6 JSON.

use crate::bom::{Bom, BomComponent};
use crate::licences;
use duecare_base::Digest;
use serde_json::{Value, json};

/// Occurrences listed for one component; the first ones, in the bill's order.
const OCCURRENCES_MAX: usize = 50;

/// The bill as CycloneDX 1.6 JSON, pretty-printed, with a line end.
///
/// The serial number is derived from the subject's digest and the components, so the same bill
/// always has the same one.
#[must_use]
pub fn write(bom: &Bom) -> String {
    let components: Vec<Value> =
        bom.components.iter().enumerate().map(|(index, item)| component(index, item)).collect();
    let references: Vec<Value> =
        (0..components.len()).map(|index| Value::String(reference(index))).collect();
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", serial(bom, &components)),
        "version": 1,
        "metadata": {
            "timestamp": bom.created,
            "lifecycles": [{ "phase": "post-build" }],
            "tools": { "components": [{
                "type": "application", "name": "duecare", "version": bom.tool_version,
            }] },
            "component": {
                "type": "firmware",
                "bom-ref": "subject",
                "name": bom.subject,
                "version": format!("sha256:{}", bom.subject_sha256),
                "hashes": [{ "alg": "SHA-256", "content": bom.subject_sha256 }],
            },
        },
        "components": components,
        "dependencies": [{ "ref": "subject", "dependsOn": references }],
    });
    pretty(&document)
}

fn reference(index: usize) -> String {
    format!("component-{}", index + 1)
}

fn component(index: usize, item: &BomComponent) -> Value {
    let mut value = json!({
        "type": item.kind.label(),
        "bom-ref": reference(index),
        "name": item.name,
    });
    let mut set = |key: &str, field: Value| {
        if let Some(object) = value.as_object_mut() {
            object.insert(key.to_owned(), field);
        }
    };
    if let Some(version) = &item.version {
        set("version", json!(version));
    }
    if let Some(supplier) = &item.supplier {
        set("supplier", json!({ "name": supplier }));
    }
    if let Some(cpe) = item.cpes.first() {
        set("cpe", json!(cpe));
    }
    if let Some(purl) = &item.purl {
        set("purl", json!(purl));
    }
    if !item.licences.is_empty() {
        set("licenses", licence_choice(&item.licences));
    }
    set("evidence", evidence(item));
    if item.cpes.len() > 1 {
        let more: Vec<Value> = item
            .cpes
            .iter()
            .skip(1)
            .map(|cpe| json!({ "name": "duecare:cpe", "value": cpe }))
            .collect();
        set("properties", Value::Array(more));
    }
    value
}

/// Either a list of single licences or exactly one expression, as the schema asks.
fn licence_choice(texts: &[String]) -> Value {
    if let [single] = texts
        && licences::id(single).is_none()
        && let Some(expression) = licences::expression(single)
    {
        return json!([{ "expression": expression }]);
    }
    let list = texts.iter().map(|text| match licences::id(text) {
        Some(id) => json!({ "license": { "id": id } }),
        None => json!({ "license": { "name": text } }),
    });
    Value::Array(list.collect())
}

fn evidence(item: &BomComponent) -> Value {
    let share = |percent: u8| f64::from(percent.min(100)) / 100.0;
    let mut methods: Vec<Value> = Vec::new();
    for seen in item.occurrences.iter().take(OCCURRENCES_MAX) {
        let technique = match seen.method.as_str() {
            "package-database" | "manifest" | "os-release" => "manifest-analysis",
            "file-name" | "so-name" => "filename",
            _ => "binary-analysis",
        };
        let method = json!({
            "technique": technique, "confidence": share(seen.confidence), "value": seen.text,
        });
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    let occurrences: Vec<Value> = item
        .occurrences
        .iter()
        .take(OCCURRENCES_MAX)
        .map(|seen| match seen.offset.and_then(|offset| u32::try_from(offset).ok()) {
            Some(offset) => json!({ "location": seen.location, "offset": offset }),
            None => json!({ "location": seen.location }),
        })
        .collect();
    let field = if item.version.is_some() { "version" } else { "name" };
    let mut identity = json!({ "field": field, "confidence": share(item.confidence) });
    if let (Some(object), false) = (identity.as_object_mut(), methods.is_empty()) {
        object.insert("methods".to_owned(), Value::Array(methods));
    }
    let mut out = json!({ "identity": [identity] });
    if let (Some(object), false) = (out.as_object_mut(), occurrences.is_empty()) {
        object.insert("occurrences".to_owned(), Value::Array(occurrences));
    }
    out
}

/// A UUID (RFC 9562, version 8: made from a hash of our own choice).
fn serial(bom: &Bom, components: &[Value]) -> String {
    let body = Value::Array(components.to_vec()).to_string();
    let digest = Digest::of_fields(&[bom.subject_sha256.as_bytes(), body.as_bytes()]);
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

pub(crate) fn pretty(document: &Value) -> String {
    // Every key is text, so this can't fail; an empty document would fail every reader.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
