//! How the device gets its next firmware: over what, and whether anything checks who made it.

use super::mask::scrub;
use super::report::{Context, Shown, at_line, of_run};
use super::transport::string_around;
use crate::boot::Boot;
use crate::shell::eval::is_shell;
use crate::shell::parse::{parse, walk};
use crate::tree::{Tree, text_of};
use crate::{gaps, ids};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_unpack::Node;
use memchr::memmem;
use std::collections::BTreeSet;

/// Words of an address that serves firmware.
const UPDATE_WORDS: [&str; 8] =
    ["firmware", "fota", "upgrade", "fwupdate", "fw_update", "/ota", "ota.", "autoupdate"];

/// Parts of the names of hosts that serve firmware and nothing else.
const UPDATE_HOSTS: [&str; 7] =
    ["update", "updates", "upgrade", "upgrades", "fw", "fwupdate", "liveupdate"];

/// Findings of one file.
const PER_FILE_MAX: usize = 50;

/// Addresses of one program that are looked at.
const ADDRESSES_MAX: usize = 5000;

/// Commands that write a firmware image, with a word that the rest of the line must have.
const FLASHERS: [(&str, &str); 14] = [
    ("mtd write", ""),
    ("mtd -r write", ""),
    ("mtd_write", ""),
    ("flashcp ", "/dev/mtd"),
    ("nandwrite ", "/dev/mtd"),
    ("ubiupdatevol ", ""),
    ("of=/dev/mtdblock", ""),
    ("of=/dev/mmcblk", ""),
    ("> /dev/mtdblock", ""),
    ("fw_update", ""),
    ("sysupgrade ", ""),
    ("flash_image ", ""),
    ("write_image ", ""),
    ("flashw ", ""),
];

/// Commands and words that check a signature.
const VERIFIERS: [&str; 18] = [
    "openssl dgst",
    "openssl rsautl",
    "openssl pkeyutl",
    "openssl cms",
    "openssl smime",
    "usign -V",
    "usign -q -V",
    "signify",
    "ucert -V",
    "ucert",
    "gpg --verify",
    "gpgv",
    "cosign verify",
    "minisign -V",
    "fwtool",
    "swupdate",
    "rauc install",
    "mender install",
];

/// An address's host and port, without the account that may stand before them (RFC 3986, 3.2).
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let all = rest.split(['/', '?', '#']).next().unwrap_or_default();
    all.rsplit('@').next().unwrap_or(all)
}

fn host_of(url: &str) -> &str {
    authority(url).split(':').next().unwrap_or_default()
}

/// An address that stands for none.
pub(crate) fn is_placeholder(url: &str) -> bool {
    let host = host_of(url).to_ascii_lowercase();
    let name = host.trim_end_matches('.');
    host.is_empty()
        || !host.contains('.')
        || host.contains(['%', '$', '<', '{', '*'])
        || ["example.com", "example.org", "example.net", "w3.org", "xmlsoap.org", "localhost"]
            .iter()
            .any(|known| name.ends_with(known))
        || ["127.", "192.168.", "10.", "172.16.", "0.0.0.0", "239.", "1.2.3.4", "schemas."]
            .iter()
            .any(|start| name.starts_with(start))
}

fn is_update_url(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let host = host_of(&lower);
    let path_end = lower.ends_with(".html") || lower.ends_with(".htm") || lower.ends_with(".php3");
    let by_host = host.split('.').any(|part| UPDATE_HOSTS.contains(&part));
    (by_host || UPDATE_WORDS.iter().any(|word| lower.contains(word)))
        && !path_end
        && !is_placeholder(url)
        && !host.starts_with("support.")
}

/// `http://` addresses in a text.
fn urls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("http://").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "\"'<>)\\,;`|".contains(c));
        rest.get(..end.unwrap_or(rest.len()))
    })
}

fn push_url(
    location: Location,
    line: &str,
    url: &str,
    confidence: Confidence,
    out: &mut Vec<Finding>,
) {
    let message = scrub(&format!("firmware is fetched in the clear from {url}"));
    let host = authority(url);
    let finding =
        Finding::new(ids::UPDATE_PLAIN_HTTP, Severity::Medium, confidence, location, host, message);
    out.push(finding.with_snippet(&scrub(line)));
}

/// Reports update addresses without TLS in scripts and settings.
pub(crate) fn check_text(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let name = node.file_name();
    if name.ends_with(".htm")
        || name.ends_with(".css")
        || name.ends_with(".svg")
        || name.ends_with(".xsd")
        || !text.contains("http://")
    {
        return;
    }
    let feeds = node.path.contains("/opkg") && name.ends_with(".conf");
    if feeds {
        opkg(tree, node, text, out);
        return;
    }
    let before = out.len();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with(['#', ';'])
            || line.starts_with("//")
            || line.starts_with("--")
            || line.starts_with('*')
        {
            continue;
        }
        for url in urls(line).filter(|url| is_update_url(url)) {
            if out.len() - before >= PER_FILE_MAX {
                tree.miss(gaps::FINDINGS, &node.path);
                return;
            }
            push_url(tree.line(&node.path, number), line, url, Confidence::Medium, out);
        }
    }
}

/// opkg checks its lists' signatures when told to; only then is plain HTTP no way in.
fn opkg(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let signed = ["/etc/opkg.conf", "/etc/opkg/opkg.conf"].iter().any(|path| {
        tree.text(path).is_some_and(|(_, text)| {
            text.lines().any(|line| line.trim().starts_with("option check_signature"))
        })
    });
    if signed {
        return;
    }
    let feed = (1_u32..)
        .zip(text.lines())
        .find(|(_, line)| line.starts_with("src") && line.contains("http://"));
    if let Some((number, line)) = feed {
        let sure = (Severity::Medium, Confidence::High);
        let message =
            "packages are fetched in the clear and their lists' signatures are not checked";
        out.push(at_line(
            tree,
            &node.path,
            (number, line),
            ids::UPDATE_PLAIN_HTTP,
            sure,
            "opkg",
            message,
        ));
    }
}

/// Reports update addresses without TLS inside programs.
pub(crate) fn check_program(tree: &Tree<'_>, node: &Node, content: &[u8], out: &mut Vec<Finding>) {
    let before = out.len();
    for (count, at) in memmem::find_iter(content, b"http://").enumerate() {
        if count >= ADDRESSES_MAX || out.len() - before >= PER_FILE_MAX {
            tree.miss(gaps::FINDINGS, &node.path);
            break;
        }
        let Some((begin, text)) = string_around(content, at) else { continue };
        let Some(rest) = text.get(at - begin..) else { continue };
        if let Some(url) = urls(rest).next().filter(|url| is_update_url(url)) {
            let location = Location::offset(&tree.layer.chain, &node.path, at as u64);
            push_url(location, text, url, Confidence::Low, out);
        }
    }
}

/// Reports firmware written without a check of its signature, once for each script that writes.
pub(crate) fn check_signing(
    context: &Context<'_>,
    tree: &Tree<'_>,
    boot: &Boot,
    out: &mut Vec<Finding>,
) {
    let mut scripts: BTreeSet<&str> = BTreeSet::new();
    let mut parts: BTreeSet<&str> = BTreeSet::new();
    let candidates = tree.layer.nodes.iter().filter(|node| !super::report::is_sample(&node.path));
    for node in candidates {
        let Some(text) = text_of(node).filter(|text| is_shell(text)) else { continue };
        // A part that others read in: what stands beside it belongs to it.
        let part = !text.starts_with("#!");
        let folder = node.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if part && !(node.file_name().ends_with(".sh") && parts.insert(folder)) {
            continue;
        }
        let verifies = |text: &str| VERIFIERS.iter().any(|word| text.contains(word));
        if verifies(&text) || OWN_TOOLS.contains(&node.file_name()) {
            continue;
        }
        let Some((number, line)) = flashing(tree, node, &text) else {
            if part {
                parts.remove(folder);
            }
            continue;
        };
        let beside = || tree.list(folder).iter().filter_map(|other| text_of(other));
        if part && beside().any(|text| verifies(&text)) {
            continue;
        }
        let line = line.as_str();
        // What it reads in or calls may check for it.
        let helped = text.split_whitespace().filter(|word| word.starts_with('/')).any(|path| {
            tree.text(path.trim_end_matches(';')).is_some_and(|(_, inner)| verifies(&inner))
        });
        if helped || !scripts.insert(&node.path) {
            continue;
        }
        let id: CheckId = ids::UPDATE_SIGNING_ABSENT;
        let message = format!("{} writes firmware and nothing in it checks a signature", node.path);
        let traced = boot.runs.iter().find(|run| {
            run.steps.last().is_some_and(|step| step.path == node.path && step.line == number)
        });
        let weak = ["md5sum", "cksum", "crc32", "sum -b"].iter().find(|word| text.contains(**word));
        let message = match weak {
            Some(word) => format!("{message}, only a checksum ({word})"),
            None => message,
        };
        let mut finding = match traced {
            Some(run) => {
                let shown = Shown {
                    id,
                    severity: Severity::Medium,
                    key: "flash".to_owned(),
                    message,
                    secrets: &[],
                };
                of_run(context, tree, run, shown)
            }
            None => at_line(
                tree,
                &node.path,
                (number, line),
                id,
                (Severity::Medium, Confidence::Medium),
                "flash",
                message,
            ),
        };
        finding.confidence = finding.confidence.min(Confidence::Medium);
        out.push(finding);
    }
}

/// Tools that write what they are given; who calls them must check.
const OWN_TOOLS: [&str; 4] = ["mtd", "flashcp", "rc.common", "firstboot"];

/// The first command of a script that writes firmware: its line and its text.
fn flashing(tree: &Tree<'_>, node: &Node, text: &str) -> Option<(u32, String)> {
    if !FLASHERS.iter().any(|(command, _)| text.contains(command.trim_end())) {
        return None;
    }
    let (commands, whole) = parse(text, 1);
    if !whole {
        tree.miss(gaps::SCRIPT, &node.path);
    }
    let mut found = None;
    walk(&commands, &mut |simple| {
        let words: Vec<&str> = simple.words.iter().map(|word| word.raw.as_str()).collect();
        let mut line = words.join(" ");
        for (op, word) in &simple.redirections {
            line.push_str(&format!(" {op} {}", word.raw));
        }
        if found.is_none() && flashes(&line) {
            found = Some((simple.line, line));
        }
    });
    found
}

fn flashes(line: &str) -> bool {
    if line.starts_with('#') || line.starts_with("echo") || line.starts_with("logger") {
        return false;
    }
    FLASHERS.iter().any(|(command, must)| {
        line.match_indices(command).any(|(at, _)| {
            // A word of its own: `image_mtd write` is none.
            let before = line.get(..at).and_then(|head| head.chars().last());
            let own = before
                .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && c != '-' && c != '.');
            let rest = line.get(at..).unwrap_or_default();
            own && rest.contains(must) && !is_settings_partition(rest)
        })
    })
}

/// Writing the device's own settings or data is no update.
fn is_settings_partition(line: &str) -> bool {
    const PARTITIONS: [&str; 12] = [
        "rootfs_data",
        "nvram",
        "config",
        "factory",
        "art",
        "u-boot-env",
        "uboot-env",
        "data",
        "userdata",
        "nvs",
        "calibration",
        "jffs2",
    ];
    PARTITIONS.iter().any(|name| line.to_ascii_lowercase().contains(name))
}

/// Reports update containers that carry no signature, as the reader of the format found.
pub(crate) fn check_layers(context: &Context<'_>, out: &mut Vec<Finding>) {
    for layer in &context.image.layers {
        let Some(signed) = layer.fact("signed").or_else(|| layer.fact("signature")) else {
            continue;
        };
        if !matches!(signed, "no" | "none" | "false" | "absent" | "unsigned") {
            continue;
        }
        let boot = matches!(layer.format, "mcuboot" | "esp-image" | "android-boot");
        let id = if boot { ids::BOOT_SECURE_BOOT_ABSENT } else { ids::UPDATE_SIGNING_ABSENT };
        let message = format!("the {} image carries no signature", layer.format);
        let location = layer.location("");
        let finding =
            Finding::new(id, Severity::Medium, Confidence::Medium, location, layer.format, message);
        out.push(finding.with_snippet(&format!("signed: {signed}")));
    }
}
