//! The kernel: how it was configured, how old it is, whether its modules are signed.

use super::kernel_options::{GROUPS, Option_, Wish};
use super::report::Context;
use crate::{gaps, ids};
use duecare_base::{Confidence, Finding, Location, Severity};
use duecare_unpack::Layer;
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes at the start of a text in which a kernel's configuration says what it is.
const HEAD_BYTES: usize = 400;

/// Largest configuration, in bytes; distributions' take 300 KiB.
const CONFIG_BYTES_MAX: usize = 2 << 20;

/// What stands at the end of a signed module (`scripts/sign-file.c`).
const MODULE_MARK: &[u8] = b"~Module signature appended~\n";

/// Long-term branches that are over, with the last month (kernel.org, "Releases", "Longterm").
const ENDED: [(u32, u32, &str); 17] = [
    (2, 4, "2011"),
    (2, 6, "2016-03"),
    (3, 0, "2013-10"),
    (3, 2, "2018-06"),
    (3, 4, "2016-10"),
    (3, 10, "2017-11"),
    (3, 12, "2017-05"),
    (3, 14, "2016-09"),
    (3, 16, "2020-06"),
    (3, 18, "2017-02"),
    (4, 1, "2018-05"),
    (4, 4, "2022-02"),
    (4, 9, "2023-01"),
    (4, 14, "2024-01"),
    (4, 19, "2024-12"),
    (5, 4, "2025-12"),
    (2, 2, "2004"),
];

/// Long-term branches that are not known to be over; newer ones than the last count as current.
const LIVING: [(u32, u32); 5] = [(5, 10), (5, 15), (6, 1), (6, 6), (6, 12)];

/// Reports on the kernels of an image.
pub(crate) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (location, text) in configs(context) {
        if seen.insert(text.clone()) {
            configuration(&location, &text, out);
        }
    }
    modules(context, out);
    end_of_life(context, out);
}

/// Every kernel configuration: files and decoded parts, with their place.
fn configs(context: &Context<'_>) -> Vec<(Location, String)> {
    let mut found = Vec::new();
    let mut take = |location: Location, content: &[u8]| {
        let head = String::from_utf8_lossy(
            content.get(..HEAD_BYTES.min(content.len())).unwrap_or_default(),
        )
        .into_owned();
        let is_config = head.starts_with('#')
            && (head.contains("Kernel Configuration")
                || head.contains("Linux kernel version")
                || head.contains("make config"))
            && memmem::find(content, b"\nCONFIG_MODULES")
                .or_else(|| memmem::find(content, b"CONFIG_MODULES is not set"))
                .is_some();
        if is_config && content.len() > CONFIG_BYTES_MAX {
            context.miss(gaps::CONFIG, location);
        } else if is_config {
            found.push((location, String::from_utf8_lossy(content).into_owned()));
        }
    };
    for layer in &context.image.layers {
        for blob in &layer.blobs {
            take(
                Location::file(&layer.chain, &format!("/{}", blob.name.trim_start_matches('/'))),
                &blob.content,
            );
        }
        for node in &layer.nodes {
            if let Some(content) = node.content() {
                take(layer.location(&node.path), content);
            }
        }
    }
    found
}

/// The values of a configuration with their lines; options left out have none.
fn values(text: &str) -> BTreeMap<&str, (u32, &str)> {
    let mut values = BTreeMap::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if let Some((name, value)) = line.strip_prefix("CONFIG_").and_then(|l| l.split_once('=')) {
            values.insert(name, (number, value));
        } else if let Some(name) =
            line.strip_prefix("# CONFIG_").and_then(|l| l.strip_suffix(" is not set"))
        {
            values.insert(name, (number, "n"));
        }
    }
    values
}

fn configuration(location: &Location, text: &str, out: &mut Vec<Finding>) {
    let values = values(text);
    let version = version_in(text.get(..HEAD_BYTES.min(text.len())).unwrap_or(text))
        .map(|(version, _)| version);
    let (major, minor) = version.unwrap_or((2, 6));
    let is_on = |name: &str| values.get(name).is_some_and(|(_, value)| matches!(*value, "y" | "m"));
    let applies = |option: &Option_| {
        (major, minor) >= option.since
            && (option.arches.is_empty() || option.arches.iter().any(|arch| is_on(arch)))
    };
    for group in &GROUPS {
        if group.key == "modules" && !is_on("MODULES") {
            continue;
        }
        let mut wrong = Vec::new();
        for option in group.options.iter().filter(|option| applies(option)) {
            let on = option.names.iter().any(|name| is_on(name));
            if on != (option.wish == Wish::On) {
                wrong.push(option);
            }
        }
        if wrong.is_empty() {
            continue;
        }
        let names: Vec<String> = wrong
            .iter()
            .filter_map(|option| option.names.first())
            .map(|name| format!("CONFIG_{name}"))
            .collect();
        let many = wrong.len();
        let word = if many == 1 { "option" } else { "options" };
        let message =
            format!("{}: {many} kernel {word} to set otherwise: {}", group.what, names.join(", "));
        let mut finding = Finding::new(
            ids::KERNEL_CONFIG_HARDENING,
            Severity::Low,
            Confidence::High,
            location.clone(),
            group.key,
            message,
        );
        for option in wrong {
            let set = option
                .names
                .iter()
                .find_map(|name| values.get(name).map(|(line, value)| (*line, *name, *value)));
            let name = option.names.first().copied().unwrap_or_default();
            let should = if option.wish == Wish::On { "y" } else { "n" };
            let (line, have) = match set {
                Some((line, name, value)) => (Some(line), format!("CONFIG_{name}={value}")),
                None => (None, format!("CONFIG_{name} is absent")),
            };
            let place = Location { line, ..location.clone() };
            finding = finding
                .with_evidence(place, &format!("{have}, should be {should}: {}", option.why));
        }
        out.push(finding);
    }
}

fn modules(context: &Context<'_>, out: &mut Vec<Finding>) {
    for tree in &context.trees {
        let modules: Vec<_> = tree
            .layer
            .nodes
            .iter()
            .filter(|node| node.path.ends_with(".ko"))
            .filter_map(|node| Some((node, node.content()?)))
            .filter(|(_, content)| content.starts_with(b"\x7fELF"))
            .collect();
        let unsigned: Vec<_> =
            modules.iter().filter(|(_, content)| !content.ends_with(MODULE_MARK)).collect();
        if let Some((first, _)) = unsigned.first() {
            let message = format!(
                "{} of {} kernel modules carry no signature",
                unsigned.len(),
                modules.len()
            );
            let finding = Finding::new(
                ids::KERNEL_MODULES_UNSIGNED,
                Severity::Low,
                Confidence::High,
                tree.layer.location(&first.path),
                "modules",
                message,
            );
            out.push(
                finding.with_snippet(&format!("{} does not end with a signature", first.path)),
            );
        }
    }
}

/// The version behind `Linux version`, `Kernel Configuration`, or at a text's start.
fn version_in(text: &str) -> Option<((u32, u32), &str)> {
    let start = ["Linux version ", "Linux kernel version: "]
        .iter()
        .find_map(|mark| text.find(mark).map(|at| at + mark.len()));
    let rest = match start {
        Some(at) => text.get(at..)?,
        // `# Linux/arm 4.4.153 Kernel Configuration`.
        None => text
            .get(text.find("# Linux/")?..)?
            .split_whitespace()
            .nth(2)
            .and_then(|word| text.find(word).and_then(|at| text.get(at..)))?,
    };
    version_at(rest)
}

fn version_at(text: &str) -> Option<((u32, u32), &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text.get(..end)?.trim_end_matches('.');
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    ((2..=9).contains(&major) && minor < 100).then_some(((major, minor), version))
}

/// Kernels by version: the place that shows it.
type Kernels = BTreeMap<String, ((u32, u32), Location, String)>;

fn banner(layer: &Layer, path: &str, base: u64, content: &[u8], found: &mut Kernels) {
    for at in memmem::find_iter(content, b"Linux version ").take(50) {
        let Some((begin, text)) = super::transport::string_around(content, at) else { continue };
        let Some(rest) = text.get(at - begin + 14..) else { continue };
        // A kernel's banner names its compiler or its builder; a mention does not.
        if let Some((version, whole)) = version_at(rest).filter(|_| rest.contains('(')) {
            let location = Location::offset(&layer.chain, path, base + at as u64);
            found.entry(whole.to_owned()).or_insert((version, location, text.to_owned()));
        }
    }
}

fn kernels(context: &Context<'_>) -> Kernels {
    let mut found = Kernels::new();
    for (layer, offset, bytes) in context.image.loose_bytes() {
        banner(layer, "", offset, &bytes, &mut found);
    }
    for tree in &context.trees {
        for node in &tree.layer.nodes {
            let kernel = node.file_name().starts_with("vmlin") || node.path.starts_with("/boot/");
            if let Some(content) = node.content().filter(|_| kernel) {
                banner(tree.layer, &node.path, 0, content, &mut found);
            }
        }
        for node in &tree.layer.nodes {
            let Some(folder) = node.path.strip_prefix("/lib/modules/") else { continue };
            let name = folder.split('/').next().unwrap_or_default();
            if let Some((version, whole)) = version_at(name)
                && !found.contains_key(whole)
            {
                let location = tree.layer.location(&format!("/lib/modules/{name}"));
                let text = format!("kernel modules for {name}");
                found.insert(whole.to_owned(), (version, location, text));
            }
        }
    }
    found
}

fn end_of_life(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (whole, ((major, minor), location, text)) in kernels(context) {
        let ended = ENDED.iter().find(|(a, b, _)| (*a, *b) == (major, minor));
        let newest = LIVING.last().copied().unwrap_or_default();
        let message = match ended {
            Some((.., since)) => {
                format!("Linux {whole}: the branch {major}.{minor} is not maintained since {since}")
            }
            None if LIVING.contains(&(major, minor)) || (major, minor) > newest => continue,
            None => format!(
                "Linux {whole}: the branch {major}.{minor} was maintained for some months only"
            ),
        };
        let finding = Finding::new(
            ids::KERNEL_END_OF_LIFE,
            Severity::Medium,
            Confidence::High,
            location,
            "kernel",
            message,
        );
        out.push(finding.with_snippet(&text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_at("2.6.31.8 (x@y)").map(|v| v.0), Some((2, 6)));
        assert_eq!(version_at("4.4.92").map(|v| v.1), Some("4.4.92"));
        assert_eq!(version_at("1.0").map(|v| v.0), None);
        assert_eq!(
            version_in("# Linux/arm 4.4.153 Kernel Configuration").map(|v| v.0),
            Some((4, 4))
        );
    }
}
