//! File modes, device nodes and file capabilities that give more than they should.

use super::report::is_sample;
use crate::boot::Boot;
use crate::ids;
use crate::tree::Tree;
use duecare_base::{CheckId, Confidence, Finding, Severity};
use duecare_unpack::{Node, NodeKind};
use std::collections::BTreeSet;

/// Programs that are set-user-id everywhere, by their maker's own wish.
const USUAL: [&str; 38] = [
    "su",
    "sudo",
    "ping",
    "ping6",
    "passwd",
    "busybox",
    "busybox.suid",
    "mount",
    "umount",
    "newgrp",
    "chsh",
    "chfn",
    "gpasswd",
    "chage",
    "expiry",
    "at",
    "crontab",
    "pppd",
    "traceroute",
    "traceroute6",
    "dbus-daemon-launch-helper",
    "ssh-keysign",
    "fusermount",
    "fusermount3",
    "login",
    "unix_chkpwd",
    "polkit-agent-helper-1",
    "pkexec",
    "wall",
    "write",
    "ssh-agent",
    "utempter",
    "vlock",
    "mount.nfs",
    "newuidmap",
    "newgidmap",
    "pam_timestamp_check",
    "screen",
];

/// Programs with which a set-user-id bit gives everything away.
const DANGEROUS: [&str; 33] = [
    "sh", "ash", "bash", "dash", "zsh", "ksh", "hush", "python", "python2", "python3", "perl",
    "lua", "ruby", "php", "php-cgi", "node", "vi", "vim", "find", "awk", "gawk", "tar", "cp", "mv",
    "nc", "tcpdump", "gdb", "strace", "env", "nmap", "dd", "chmod", "chown",
];

/// World-writable entries that are named one by one; beyond, the rest is counted.
const NAMED_MAX: usize = 25;

/// Reports what a tree's modes give away.
pub(crate) fn check(tree: &Tree<'_>, boot: Option<&Boot>, out: &mut Vec<Finding>) {
    // A format without modes gives every entry the same one: nothing can be told from it.
    let modes: BTreeSet<u32> = tree
        .layer
        .nodes
        .iter()
        .filter(|node| !matches!(node.kind, NodeKind::Symlink(_)))
        .map(|node| node.meta.mode)
        .collect();
    let bare = modes.len() <= 1 || modes.iter().all(|mode| mode & 0o777 == 0o777);
    let mut run: BTreeSet<&str> = BTreeSet::new();
    if let Some(boot) = boot {
        run.extend(boot.scripts.iter().map(String::as_str));
        run.extend(boot.runs.iter().flat_map(|r| r.steps.iter().map(|step| step.path.as_str())));
    }
    let mut writable = Vec::new();
    for node in &tree.layer.nodes {
        device(tree, node, out);
        capability(tree, node, out);
        if bare {
            continue;
        }
        match &node.kind {
            NodeKind::File(content) => {
                set_id(tree, node, content, out);
                shadow(tree, node, content, out);
                if node.meta.mode & 0o002 != 0 {
                    writable.push(node);
                }
            }
            NodeKind::Directory if node.meta.mode & 0o1002 == 0o002 => writable.push(node),
            _ => {}
        }
    }
    world_writable(tree, &writable, &run, out);
}

fn push(
    tree: &Tree<'_>,
    node: &Node,
    id: CheckId,
    severity: Severity,
    key: &str,
    message: String,
    out: &mut Vec<Finding>,
) {
    let location = tree.layer.location(&node.path);
    let text = format!("mode {:04o}, owner {}:{}", node.meta.mode, node.meta.uid, node.meta.gid);
    out.push(
        Finding::new(id, severity, Confidence::High, location, key, message).with_snippet(&text),
    );
}

fn set_id(tree: &Tree<'_>, node: &Node, content: &[u8], out: &mut Vec<Finding>) {
    let setuid = node.meta.mode & 0o4000 != 0;
    let setgid = node.meta.mode & 0o2000 != 0;
    // Without the right to execute the bit means nothing.
    if !(setuid || setgid) || node.meta.mode & 0o111 == 0 {
        return;
    }
    let name = node.file_name();
    let whose = if setuid { node.meta.uid } else { node.meta.gid };
    let bit = if setuid { "set-user-id" } else { "set-group-id" };
    let who = if whose == 0 { "root".to_owned() } else { format!("id {whose}") };
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let (severity, message) = if DANGEROUS.contains(&name) || DANGEROUS.contains(&stem) {
        (
            Severity::High,
            format!("{name} runs as {who} for everybody ({bit}), and it can do anything"),
        )
    } else if content.starts_with(b"#!") {
        (Severity::Medium, format!("the script {name} is {bit} {who}"))
    } else if node.meta.mode & 0o022 != 0 && setuid {
        (Severity::High, format!("{name} is {bit} {who} and others may write to it"))
    } else if USUAL.contains(&name) || !setuid {
        return;
    } else {
        (Severity::Low, format!("{name} runs as {who} for everybody ({bit})"))
    };
    push(tree, node, ids::MODE_SETUID, severity, bit, message, out);
}

fn shadow(tree: &Tree<'_>, node: &Node, content: &[u8], out: &mut Vec<Finding>) {
    let name = node.file_name();
    let mode = node.meta.mode;
    if mode & 0o004 == 0 || is_sample(&node.path) || content.is_empty() {
        return;
    }
    // Only a file with a hash in it has something to hide.
    let hashes = content.windows(2).any(|pair| pair == b":$")
        || content
            .split(|b| *b == b'\n')
            .any(|line| line.split(|b| *b == b':').nth(1).is_some_and(|field| field.len() == 13));
    if matches!(name, "shadow" | "shadow-" | "gshadow") && hashes {
        let message = format!("everybody may read {}, which holds password hashes", node.path);
        push(tree, node, ids::MODE_SHADOW_READABLE, Severity::Medium, name, message, out);
    } else if content.len() < 64 * 1024
        && memchr::memmem::find(content, b"PRIVATE KEY-----").is_some_and(|at| {
            content.get(..at).is_some_and(|head| {
                head.ends_with(b"-----BEGIN ")
                    || head.ends_with(b"-----BEGIN RSA ")
                    || head.ends_with(b"-----BEGIN EC ")
                    || head.ends_with(b"-----BEGIN OPENSSH ")
            })
        })
        && !content.starts_with(b"\x7fELF")
    {
        let message = format!("everybody may read the private key {}", node.path);
        push(tree, node, ids::MODE_SHADOW_READABLE, Severity::Low, "key", message, out);
    }
}

fn world_writable(
    tree: &Tree<'_>,
    writable: &[&Node],
    run: &BTreeSet<&str>,
    out: &mut Vec<Finding>,
) {
    let mut plain = Vec::new();
    for node in writable {
        let program =
            node.content().is_some_and(|c| c.starts_with(b"\x7fELF") || c.starts_with(b"#!"));
        if run.contains(node.path.as_str()) {
            let message = format!("everybody may write to {}, which root runs at boot", node.path);
            push(tree, node, ids::MODE_WORLD_WRITABLE, Severity::High, "boot", message, out);
        } else if program {
            let message = format!("everybody may write to the program {}", node.path);
            push(tree, node, ids::MODE_WORLD_WRITABLE, Severity::Medium, "program", message, out);
        } else if ["/etc/passwd", "/etc/shadow", "/etc/group"].contains(&node.path.as_str()) {
            let message = format!("everybody may write to {}", node.path);
            push(tree, node, ids::MODE_WORLD_WRITABLE, Severity::High, "account", message, out);
        } else {
            plain.push(*node);
        }
    }
    // Folders that are mount points or scratch space are covered by something else at run time.
    plain.retain(|node| {
        ![
            "/tmp",
            "/var/tmp",
            "/var/lock",
            "/var/run",
            "/dev",
            "/proc",
            "/sys",
            "/mnt",
            "/run",
            "/dev/shm",
        ]
        .contains(&node.path.as_str())
    });
    for node in plain.iter().take(NAMED_MAX) {
        let (what, severity) = match node.kind {
            NodeKind::Directory => ("folder without a sticky bit", Severity::Low),
            _ => ("file", Severity::Low),
        };
        let message = format!("everybody may write to the {what} {}", node.path);
        push(tree, node, ids::MODE_WORLD_WRITABLE, severity, "entry", message, out);
    }
    if let Some(more) = plain.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        let location = tree.layer.location("/");
        let message = format!("everybody may write to {more} more files and folders");
        let finding = Finding::new(
            ids::MODE_WORLD_WRITABLE,
            Severity::Low,
            Confidence::High,
            location,
            "more",
            message,
        );
        out.push(finding.with_snippet(&format!("{} entries in all", plain.len())));
    }
}

fn device(tree: &Tree<'_>, node: &Node, out: &mut Vec<Finding>) {
    let (block, major, minor) = match node.kind {
        NodeKind::CharDevice { major, minor } => (false, major, minor),
        NodeKind::BlockDevice { major, minor } => (true, major, minor),
        _ => return,
    };
    // Char 0:0 is overlayfs's mark for a deleted file.
    if (major, minor) == (0, 0) {
        return;
    }
    let anybody = node.meta.mode & 0o006;
    let memory = !block && major == 1 && matches!(minor, 1 | 2 | 4);
    let flash = block && matches!(major, 31 | 179 | 8 | 3) || !block && major == 90;
    let outside = !node.path.contains("/dev/");
    if anybody != 0 && (memory || flash) {
        let what = if memory { "memory" } else { "storage" };
        let verb = if anybody & 0o002 != 0 { "write" } else { "read" };
        let severity = if verb == "write" { Severity::High } else { Severity::Medium };
        let message = format!("everybody may {verb} the device's {what} through {}", node.path);
        push(tree, node, ids::MODE_DEVICE_NODE, severity, "access", message, out);
    } else if outside {
        let message =
            format!("the device node {} ({major}:{minor}) stands outside /dev", node.path);
        push(tree, node, ids::MODE_DEVICE_NODE, Severity::Low, "place", message, out);
    }
}

/// Names of capabilities by number (capabilities(7)).
const CAPABILITIES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// Capabilities with which a program can become root.
const AS_GOOD_AS_ROOT: [&str; 11] = [
    "dac_override",
    "dac_read_search",
    "chown",
    "fowner",
    "setuid",
    "setgid",
    "sys_module",
    "sys_rawio",
    "sys_ptrace",
    "sys_admin",
    "setfcap",
];

/// The permitted set of a `security.capability` attribute (`struct vfs_cap_data`, revisions 1 to 3).
fn permitted(value: &[u8]) -> Option<Vec<&'static str>> {
    let word = |at: usize| value.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let revision = word(0)? >> 24;
    let low = u64::from(word(4)?);
    let high = match revision {
        1 => 0,
        2 | 3 => u64::from(word(12)?),
        _ => return None,
    };
    let set = low | high << 32;
    Some(
        CAPABILITIES
            .iter()
            .enumerate()
            .filter(|(bit, _)| set >> bit & 1 == 1)
            .map(|(_, name)| *name)
            .collect(),
    )
}

fn capability(tree: &Tree<'_>, node: &Node, out: &mut Vec<Finding>) {
    let Some((_, value)) = node.xattrs.iter().find(|(name, _)| name == "security.capability")
    else {
        return;
    };
    let Some(names) = permitted(value).filter(|names| !names.is_empty()) else { return };
    let strong = names.iter().any(|name| AS_GOOD_AS_ROOT.contains(name));
    let usual = names.iter().all(|name| matches!(*name, "net_raw" | "net_bind_service"));
    if usual {
        return;
    }
    let severity = if strong { Severity::Medium } else { Severity::Low };
    let message = format!("{} has the capabilities {}", node.path, names.join(", "));
    push(tree, node, ids::MODE_FILE_CAPABILITY, severity, "capability", message, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_decoded() {
        let mut value = vec![1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(permitted(&value), Some(vec!["net_raw"]));
        value[12] = 0x80;
        assert_eq!(permitted(&value), Some(vec!["net_raw", "bpf"]));
        assert_eq!(permitted(&[0; 3]), None);
    }
}
