//! XML of an app bundle: `aapt.pb.XmlNode` of aapt2's `Resources.proto`, protocol buffers.

use super::Value;
use super::xml::{Attribute, DEPTH_MAX, ELEMENTS_MAX, Element};

/// The root element; `None` when the bytes are something else.
pub(crate) fn parse(bytes: &[u8]) -> Option<Element> {
    let mut left = ELEMENTS_MAX;
    let element = fields(bytes)?.into_iter().find(|field| field.0 == 1)?;
    let root = self::element(element.1?, 0, &mut left)?;
    (!root.name.is_empty()).then_some(root)
}

type Field<'a> = (u64, Option<&'a [u8]>, u64);

/// The fields of a message: number, bytes where it has any, number where it is one.
fn fields(bytes: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let number = key >> 3;
        match key & 7 {
            0 => found.push((number, None, varint(&mut rest)?)),
            1 => take(&mut rest, 8).map(|_| ())?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                found.push((number, Some(take(&mut rest, length)?), 0));
            }
            5 => take(&mut rest, 4).map(|_| ())?,
            _ => return None,
        }
    }
    Some(found)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *take(rest, 1)?.first()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

fn element(bytes: &[u8], depth: usize, left: &mut usize) -> Option<Element> {
    if depth > DEPTH_MAX || *left == 0 {
        return None;
    }
    *left -= 1;
    let mut made = Element::default();
    for (number, value, _) in fields(bytes)? {
        match number {
            3 => made.name = text(value),
            4 => made.attributes.extend(value.and_then(attribute)),
            5 => {
                for (kind, inner, _) in value.and_then(fields).unwrap_or_default() {
                    match kind {
                        1 => {
                            let child = inner.and_then(|inner| element(inner, depth + 1, left));
                            made.children.extend(child);
                        }
                        2 => made.text.push_str(text(inner).trim()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Some(made)
}

fn attribute(bytes: &[u8]) -> Option<Attribute> {
    let mut made = Attribute { id: 0, name: String::new(), value: Value::Other };
    for (number, value, word) in fields(bytes)? {
        match number {
            2 => made.name = text(value),
            3 => {
                let text = text(value);
                made.value = match text.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    other => match other.parse() {
                        Ok(number) => Value::Number(number),
                        Err(_) => Value::Text(text),
                    },
                };
            }
            5 => made.id = u32::try_from(word).unwrap_or(0),
            _ => {}
        }
    }
    Some(made)
}
