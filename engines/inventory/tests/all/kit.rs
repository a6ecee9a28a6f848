//! Images made of a few files, without any format in between.

use duecare_base::Digest;
use duecare_inventory::{Component, Inventory, Rules, take};
use duecare_unpack::{Bytes, Coverage, Layer, LayerId, Node, NodeKind, NodeMeta, Unpacked};
use std::sync::LazyLock;

/// An image of one layer with these files.
pub(crate) fn image(files: &[(&str, &[u8])]) -> Unpacked {
    layers(&[files])
}

/// An image with a layer for each list of files.
pub(crate) fn layers(lists: &[&[(&str, &[u8])]]) -> Unpacked {
    let layers: Vec<Layer> = lists
        .iter()
        .enumerate()
        .map(|(index, files)| Layer {
            id: LayerId(index as u32),
            parent: (index > 0).then_some(LayerId(0)),
            format: "image",
            chain: format!("test{index}"),
            offset: 0,
            image_offset: None,
            content: Bytes::new(),
            facts: Vec::new(),
            blobs: Vec::new(),
            nodes: files
                .iter()
                .map(|(path, content)| {
                    let kind = NodeKind::File(Bytes::from(content.to_vec()));
                    Node::new(path.as_bytes(), kind, NodeMeta::default())
                })
                .collect(),
            problems: Vec::new(),
        })
        .collect();
    Unpacked {
        name: "test".to_owned(),
        digest: Digest::of(b""),
        entropy: Vec::new(),
        coverage: Coverage::of(&layers),
        layers,
        memory_bytes: 0,
    }
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let files = crate::rules::built_in();
    let pairs: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Rules::parse(&pairs).unwrap()
});

pub(crate) fn built_in_rules() -> &'static Rules {
    &RULES
}

pub(crate) fn inventory(files: &[(&str, &[u8])]) -> Inventory {
    take(&image(files), built_in_rules())
}

/// `id version revision` of each component that is shipped.
pub(crate) fn lines(inventory: &Inventory) -> Vec<String> {
    inventory.shipped().map(line).collect()
}

pub(crate) fn line(component: &Component) -> String {
    format!(
        "{} {} {}",
        component.id,
        component.version.as_deref().unwrap_or("?"),
        component.revision.as_deref().unwrap_or("-"),
    )
}

/// The head of an ELF file (32-bit, little-endian, ARM) that loads nothing, and these strings.
pub(crate) fn elf(strings: &[&str]) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x28\0\x01\0\0\0".to_vec();
    bytes.resize(52, 0);
    for text in strings {
        bytes.push(0);
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.push(0);
    bytes
}
