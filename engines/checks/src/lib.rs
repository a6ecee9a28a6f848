//! The checks of an unpacked image that need no disassembly: what starts at boot, how services are
//! set up, modes, the kernel, the boot loader, updates; and the descriptions of all checks.
//!
//! Left out on purpose: secrets (`duecare-secrets`), programs' code (`duecare-elf`) and input that
//! reaches a shell (`duecare-taint`).

pub mod boot;
mod gaps;
pub mod ids;
pub mod pack;
mod rules;
pub mod shell;
pub mod tree;

use duecare_base::{Checked, Finding};
use duecare_unpack::{NodeKind, Unpacked};
use rules::report::{Context, is_sample};
use std::collections::BTreeMap;
use tree::Tree;

/// Everything that the checks of this crate find, in a fixed order, and what they left out.
#[must_use]
pub fn check(image: &Unpacked) -> Checked {
    let context = Context::new(image);
    let mut out = Vec::new();
    for tree in &context.trees {
        let boot = is_system(tree).then(|| boot::trace(tree));
        if let Some(boot) = &boot {
            runs(&context, tree, boot, &mut out);
        }
        files(&context, tree, boot.as_ref(), &mut out);
        rules::modes::check(tree, boot.as_ref(), &mut out);
    }
    rules::updates::check_layers(&context, &mut out);
    rules::kernel::check(&context, &mut out);
    rules::bootloader::check(&context, &mut out);
    Checked { findings: merge(out), not_seen: context.not_seen() }
}

/// Root file systems, and partitions that hold only the scripts of one.
fn is_system(tree: &Tree<'_>) -> bool {
    tree.layer.is_root_file_system()
        || ["/etc/inittab", "/etc/init.d", "/etc/rc.d", "/etc_ro"]
            .iter()
            .any(|path| tree.exists(path))
}

fn runs(context: &Context<'_>, tree: &Tree<'_>, boot: &boot::Boot, out: &mut Vec<Finding>) {
    for run in &boot.runs {
        rules::services::check(context, tree, run, out);
        rules::backdoors::check(context, tree, run, out);
        rules::ssh::check_run(context, tree, run, out);
        rules::sysctl::check_run(context, tree, run, out);
        rules::firewall::check_rules(context, tree, run, out);
    }
    rules::consoles::check(context, tree, &boot.consoles, &boot.runs, out);
    rules::firewall::check_runs(context, tree, boot, out);
    rules::updates::check_signing(context, tree, boot, out);
}

fn files(
    context: &Context<'_>,
    tree: &Tree<'_>,
    boot: Option<&boot::Boot>,
    out: &mut Vec<Finding>,
) {
    let ftp = boot.is_some_and(|boot| boot.starts("vsftpd"));
    for node in &tree.layer.nodes {
        let NodeKind::File(content) = &node.kind else { continue };
        if content.starts_with(b"\x7fELF") {
            rules::transport::check_program(tree, node, content, out);
            rules::updates::check_program(tree, node, content, out);
            continue;
        }
        if is_sample(&node.path) {
            continue;
        }
        if tree::is_large_text(content) {
            tree.miss(gaps::TEXT, &node.path);
        }
        let Some(text) = tree::text_of(node) else { continue };
        if node.path.contains("/config/") && shell::uci::is_long(&text) {
            tree.miss(gaps::LIST, &node.path);
        }
        rules::settings::check(context, tree, (node, &text), ftp, out);
        rules::settings::defaults(tree, node, &text, out);
        rules::ssh::check_file(tree, node, &text, out);
        rules::wifi::check(tree, node, &text, out);
        rules::tls::check(tree, node, &text, out);
        rules::transport::check_text(tree, node, &text, out);
        rules::updates::check_text(tree, node, &text, out);
        if node.path.ends_with("/config/firewall") {
            rules::firewall::check_file(tree, &node.path, &text, out);
        }
        if node.path.ends_with("/sysctl.conf") || node.path.contains("/sysctl.d/") {
            rules::sysctl::check_file(tree, node, &text, out);
        }
    }
}

/// One finding for each weakness: of several ways to the same one, the surest and worst is kept.
fn merge(found: Vec<Finding>) -> Vec<Finding> {
    let mut kept: BTreeMap<_, Finding> = BTreeMap::new();
    for finding in found.into_iter().map(rules::mask::masked) {
        let key = (
            finding.location.layer.clone(),
            finding.location.path.clone(),
            finding.check.clone(),
            finding.key.clone(),
        );
        match kept.get(&key) {
            Some(old)
                if (old.confidence, old.severity) >= (finding.confidence, finding.severity) => {}
            _ => {
                kept.insert(key, finding);
            }
        }
    }
    kept.into_values().collect()
}
