//! What developers leave behind: histories, version control, backups, dumps, tools.

use crate::item::{Item, Role};
use crate::report;
use duecare_base::{Confidence, Finding, Location, Severity, text};
use duecare_unpack::{Layer, Sniffed};
use std::collections::BTreeSet;

const HISTORIES: [&str; 14] = [
    ".bash_history",
    ".ash_history",
    ".sh_history",
    ".history",
    ".zsh_history",
    ".mysql_history",
    ".psql_history",
    ".sqlite_history",
    ".python_history",
    ".lesshst",
    ".viminfo",
    ".rediscli_history",
    ".node_repl_history",
    ".php_history",
];

/// Programs for developers, with what they are for.
const TOOLS: [(&str, &str); 12] = [
    ("gdbserver", "a debugger"),
    ("gdb", "a debugger"),
    ("strace", "a tracer"),
    ("ltrace", "a tracer"),
    ("tcpdump", "a packet sniffer"),
    ("tshark", "a packet sniffer"),
    ("gcc", "a compiler"),
    ("nmap", "a scanner"),
    ("socat", "a relay"),
    ("netcat", "a relay"),
    ("valgrind", "a memory debugger"),
    ("perf", "a profiler"),
];

/// What one file is, by its name and content.
pub(crate) fn file(item: &Item<'_>) -> Option<Finding> {
    if item.path.is_empty() || item.bytes.is_empty() {
        return None;
    }
    let name = item.file_name();
    history(item, name)
        .or_else(|| dump(item))
        .or_else(|| backup(item, name))
        .or_else(|| developer(item, name))
        .or_else(|| tool(item, name))
}

fn new(check: &'static str, severity: Severity, item: &Item<'_>, message: String) -> Finding {
    let confidence = if item.role == Role::Example { Confidence::Low } else { Confidence::High };
    report::new(check, severity, confidence, item.at(), item.file_name(), message)
}

fn history(item: &Item<'_>, name: &str) -> Option<Finding> {
    let commands = item.bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()).count();
    HISTORIES.contains(&name).then(|| {
        let lines = if commands == 1 { "line" } else { "lines" };
        let message = format!("a history of typed commands is shipped ({commands} {lines})");
        new(report::LEFTOVER_HISTORY, Severity::Medium, item, message)
    })
}

fn dump(item: &Item<'_>) -> Option<Finding> {
    // e_type 4 (ELF specification): a core dump; in either byte order.
    let elf_core =
        item.kind == Sniffed::Elf && matches!(item.bytes.get(16..18), Some([4, 0] | [0, 4]));
    if elf_core {
        let message = "a core dump is shipped: the memory of a process with all its secrets";
        return Some(new(report::LEFTOVER_DUMP, Severity::Medium, item, message.to_owned()));
    }
    let sql = item.is_text()
        && [
            &b"-- MySQL dump"[..],
            b"-- PostgreSQL database dump",
            b"-- MariaDB dump",
            b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION",
        ]
        .iter()
        .any(|head| item.bytes.get(..64).is_some_and(|b| memchr::memmem::find(b, head).is_some()));
    if sql {
        let message = "a dump of a database is shipped".to_owned();
        return Some(new(report::LEFTOVER_DUMP, Severity::Medium, item, message));
    }
    (item.kind == Sniffed::Binary("pcap") || item.bytes.starts_with(b"\x0a\x0d\x0d\x0a")).then(
        || {
            let message = "a capture of network traffic is shipped".to_owned();
            new(report::LEFTOVER_DUMP, Severity::Medium, item, message)
        },
    )
}

fn backup(item: &Item<'_>, name: &str) -> Option<Finding> {
    let lower = name.to_ascii_lowercase();
    let swap =
        (lower.ends_with(".swp") || lower.ends_with(".swo")) && item.bytes.starts_with(b"b0VIM");
    // `passwd-` and its like are written by the system, and read as accounts anyway.
    let copy =
        ["~", ".bak", ".orig", ".old", ".save", ".rej"].iter().any(|end| lower.ends_with(end))
            || (lower.starts_with('#') && lower.ends_with('#'));
    let source = lower.split('.').any(|part| {
        [
            "php", "sh", "lua", "py", "pl", "asp", "cgi", "conf", "cfg", "shadow", "passwd", "js",
            "html", "htm", "c", "h",
        ]
        .contains(&part)
    }) || lower.starts_with("shadow")
        || lower.starts_with("passwd");
    if !swap && !(copy && (source || item.is_text())) {
        return None;
    }
    let served = ["/www/", "/htdocs/", "/web/", "/webroot/", "/var/www", "/html/"]
        .iter()
        .any(|folder| item.path.contains(folder));
    let (severity, reach) = if served {
        (Severity::Low, ", and the web server may hand it out")
    } else {
        (Severity::Info, "")
    };
    let what = if swap { "an editor's swap file" } else { "a backup copy" };
    Some(new(report::LEFTOVER_BACKUP, severity, item, format!("{what} is shipped{reach}")))
}

fn developer(item: &Item<'_>, name: &str) -> Option<Finding> {
    let in_ssh = item.path.contains("/.ssh/");
    let (severity, message) = match name {
        "known_hosts" if in_ssh => {
            (Severity::Info, "a list of SSH hosts that developers used is shipped")
        }
        "config" if in_ssh => (Severity::Low, "a developer's SSH settings are shipped"),
        ".gitconfig" | ".git-credentials" | ".svnrc" => {
            (Severity::Low, "a developer's version control settings are shipped")
        }
        ".netrc" | ".pgpass" | ".my.cnf" | ".s3cfg" | ".npmrc" | ".pypirc" | ".dockercfg" => {
            (Severity::Medium, "a developer's credentials file is shipped")
        }
        ".DS_Store" | "Thumbs.db" | "desktop.ini" => {
            (Severity::Info, "a folder listing of a developer's machine is shipped")
        }
        ".gdbinit" | ".gdb_history" => (Severity::Info, "a debugger's settings are shipped"),
        _ => return None,
    };
    if item.layer_name == crate::SOURCE_LAYER
        && name != ".git-credentials"
        && severity < Severity::Medium
    {
        return None;
    }
    Some(new(report::LEFTOVER_DEVELOPER, severity, item, message.to_owned()))
}

fn tool(item: &Item<'_>, name: &str) -> Option<Finding> {
    let (_, what) = TOOLS.iter().find(|(tool, _)| *tool == name)?;
    (item.kind == Sniffed::Elf && item.path.contains("bin/")).then(|| {
        let message = format!("{what} for developers is shipped: {name}");
        new(report::LEFTOVER_TOOL, Severity::Info, item, message)
    })
}

/// Folders of version control, one finding each; a source drop is expected to have them.
pub(crate) fn folders(layer: &Layer) -> Vec<Finding> {
    let mut seen: BTreeSet<(String, &'static str)> = BTreeSet::new();
    for node in &layer.nodes {
        for (folder, name) in [
            ("/.git/", "Git"),
            ("/.svn/", "Subversion"),
            ("/.hg/", "Mercurial"),
            ("/CVS/", "CVS"),
            ("/.repo/", "repo"),
        ] {
            // `CVS` alone could be anything: its three files tell.
            let cvs = folder == "/CVS/"
                && !["/CVS/Root", "/CVS/Entries", "/CVS/Repository"]
                    .iter()
                    .any(|f| node.path.ends_with(f));
            if let Some(at) = node.path.find(folder).filter(|_| !cvs) {
                let path = node.path.get(..at + folder.len() - 1).unwrap_or_default();
                seen.insert((path.to_owned(), name));
            }
        }
    }
    seen.into_iter()
        .map(|(path, name)| {
            let message = format!("a {name} folder is shipped: {}", text::one_line(&path, 120));
            let place = Location::file(&layer.chain, &path);
            let severity = if name == "Git" { Severity::Medium } else { Severity::Low };
            report::new(report::LEFTOVER_VCS, severity, Confidence::High, place, name, message)
        })
        .collect()
}
