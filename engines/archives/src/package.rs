//! What Debian and ipk packages have in common, and ipk packages that are a gzipped tar.

use crate::tree::sniff_codec;
use bytes::Bytes;
use duecare_unpack::{Context, Format, Found, Limits, Signature};

/// Largest archive of control files that is looked into for facts, unpacked, in bytes.
const CONTROL_BYTES_MAX: usize = 16 << 20;

/// Fields of a control file that are facts, in this order (Debian policy 5.6, opkg).
const FIELDS: [(&str, &str); 10] = [
    ("Package", "package"),
    ("Version", "version"),
    ("Architecture", "architecture"),
    ("Section", "section"),
    ("Depends", "depends"),
    ("Source", "source"),
    ("License", "licence"),
    ("Maintainer", "maintainer"),
    ("Homepage", "homepage"),
    ("Description", "description"),
];

/// Facts from the `control` file inside a `control.tar*`.
pub(crate) fn control_facts(archive: &Bytes, found: &mut Found) {
    let plain = match sniff_codec(archive) {
        Some(codec) => {
            Bytes::from(duecare_codecs::streams(codec, archive, CONTROL_BYTES_MAX).bytes)
        }
        None => archive.clone(),
    };
    let Some(text) = file_of_tar(&plain, "/control") else { return };
    let text = String::from_utf8_lossy(&text).into_owned();
    for (field, fact) in FIELDS {
        let value = text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(field).then(|| value.trim())
        });
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            found.fact(fact, value);
        }
    }
}

/// A file of a small tar archive, read beside the budget of the image.
pub(crate) fn file_of_tar(archive: &Bytes, path: &str) -> Option<Bytes> {
    files_of_tar(archive).into_iter().find(|(name, _)| name == path).map(|(_, content)| content)
}

/// The files of a small tar archive: path and content.
pub(crate) fn files_of_tar(archive: &Bytes) -> Vec<(String, Bytes)> {
    let limits = Limits {
        memory_bytes_max: CONTROL_BYTES_MAX as u64,
        nodes_max: 10_000,
        ..Limits::default()
    };
    let budget = duecare_unpack::Budget::new(limits);
    let context = Context { budget: &budget, name: "", at_start: true };
    let tree = crate::tar::read(archive, &context).unwrap_or_default();
    let files = tree.nodes.into_iter().filter_map(|node| {
        let content = node.content()?.clone();
        Some((node.path, content))
    });
    files.collect()
}

/// An ipk package of the newer kind (opkg): a gzipped tar that holds `debian-binary`,
/// `control.tar.gz` and `data.tar.gz`.
pub(crate) struct Ipk;

impl Format for Ipk {
    fn name(&self) -> &'static str {
        "ipk"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0x1f, 0x8b, 8])] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        /// Enough for the first three headers.
        const PROBE_BYTES: usize = 4096;
        let codec = duecare_codecs::Codec::Gzip;
        let probe = duecare_codecs::stream(codec, input, PROBE_BYTES).bytes;
        let name = probe.get(..100)?;
        let name = name.strip_prefix(b"./").unwrap_or(name);
        let known: [&[u8]; 3] = [b"debian-binary\0", b"control.tar.gz\0", b"data.tar.gz\0"];
        if !known.iter().any(|known| name.starts_with(known)) {
            return None;
        }
        let decoded = duecare_codecs::stream(codec, input, context.budget.memory_left());
        let size = decoded.used;
        let error = decoded.error;
        if context.budget.take_memory(decoded.bytes.len()).is_err() {
            return None;
        }
        let archive = Bytes::from(decoded.bytes);
        let tree = crate::tar::read(&archive, context)?;
        let mut found = Found::new(size);
        found.fact("format", "2.0, tar");
        for node in &tree.nodes {
            let Some(content) = node.content() else { continue };
            if node.file_name().starts_with("control.tar") {
                control_facts(content, &mut found);
            }
            if node.file_name() != "debian-binary" {
                found.decoded(node.file_name(), content.clone(), 0, size);
            }
        }
        found.problems = tree.problems;
        if let Some(error) = error {
            found.problem(duecare_unpack::ProblemKind::Damaged, Some(size), error);
        }
        Some(found)
    }
}
