//! Kernel parameters that switch protection off.

use super::report::{Context, Shown, at_line, of_run, settings};
use crate::ids;
use crate::shell::eval::Run;
use crate::tree::Tree;
use duecare_base::{Confidence, Finding, Severity};
use duecare_unpack::Node;

/// A parameter's name and value: what is wrong with it.
fn weakness(name: &str, value: &str) -> Option<(Severity, &'static str)> {
    Some(match (name, value) {
        ("kernel.randomize_va_space", "0") => {
            (Severity::Medium, "addresses are not randomised (ASLR is off)")
        }
        ("kernel.randomize_va_space", "1") => {
            (Severity::Low, "the heap's addresses are not randomised")
        }
        ("vm.mmap_min_addr", "0") => {
            (Severity::Medium, "programs may map address zero, which makes kernel bugs exploitable")
        }
        ("kernel.kptr_restrict", "0") => (Severity::Low, "kernel addresses are shown to everybody"),
        ("fs.suid_dumpable", "1") => {
            (Severity::Low, "privileged programs leave core dumps that everybody may read")
        }
        ("fs.protected_symlinks" | "fs.protected_hardlinks", "0") => {
            (Severity::Low, "links in shared folders are followed blindly")
        }
        (
            "net.ipv4.conf.all.accept_source_route" | "net.ipv4.conf.default.accept_source_route",
            "1",
        ) => (Severity::Low, "packets may choose their own way (source routing)"),
        ("net.ipv4.tcp_syncookies", "0") => (Severity::Low, "SYN cookies are off"),
        ("kernel.yama.ptrace_scope", "0") => (Severity::Info, "programs may debug one another"),
        _ => return None,
    })
}

/// Reports weak parameters in `sysctl.conf` and `sysctl.d`.
pub(crate) fn check_file(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    for (number, line) in settings(text, &['#', ';']) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim().trim_start_matches('-').replace('/', ".");
        if let Some((severity, message)) = weakness(&name, value.trim()) {
            let sure = (severity, Confidence::High);
            out.push(at_line(
                tree,
                &node.path,
                (number, line),
                ids::SYSTEM_SYSCTL_WEAK,
                sure,
                &name,
                message,
            ));
        }
    }
}

/// Reports weak parameters set by boot scripts: `sysctl -w a.b=0`, `echo 0 > /proc/sys/a/b`.
pub(crate) fn check_run(context: &Context<'_>, tree: &Tree<'_>, run: &Run, out: &mut Vec<Finding>) {
    let Some((program, args)) = run.argv.split_first() else { return };
    let mut pairs = Vec::new();
    match super::services::base(&program.text) {
        "sysctl" => {
            for arg in args {
                if let Some((name, value)) = arg.text.split_once('=') {
                    pairs.push((name.replace('/', "."), value.to_owned()));
                }
            }
        }
        "echo" => {
            for (op, target) in &run.redirections {
                if let Some(name) =
                    target.strip_prefix("/proc/sys/").filter(|_| op.starts_with('>'))
                {
                    let value = args.first().map_or("", |arg| arg.text.as_str());
                    pairs.push((name.replace('/', "."), value.to_owned()));
                }
            }
        }
        _ => return,
    }
    for (name, value) in pairs {
        if let Some((severity, message)) = weakness(&name, value.trim()) {
            let message = format!("{message}, set at boot");
            let shown =
                Shown { id: ids::SYSTEM_SYSCTL_WEAK, severity, key: name, message, secrets: &[] };
            out.push(of_run(context, tree, run, shown));
        }
    }
}
