//! Services enabled by links: OpenWrt's `/etc/rc.d`, System V's `/etc/rc?.d`, runit and s6 folders.

use crate::shell::eval::{Field, Machine, Step};
use crate::tree::Tree;
use duecare_unpack::NodeKind;

/// Folders whose sub-folders hold a `run` script that a supervisor starts at boot.
const SUPERVISED: [&str; 8] = [
    "/etc/service",
    "/service",
    "/var/service",
    "/etc/runit/runsvdir/default",
    "/etc/services.d",
    "/etc/s6/services",
    "/etc/s6-overlay/s6-rc.d",
    "/run/service",
];

/// OpenWrt: what `/etc/rc.d/S*` links to is enabled, in that order; called with `boot`.
pub(super) fn openwrt(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    each(tree, machine, "/etc/rc.d", "boot", &|_| true);
}

/// System V: `/etc/rcS.d`, then the folder of the run level.
pub(super) fn system_v(
    tree: &Tree<'_>,
    machine: &mut Machine<'_, '_>,
    level: Option<char>,
    systemd: bool,
) {
    // systemd takes System V scripts only where no unit of the same name is.
    let wanted = |name: &str| {
        let service = name.trim_end_matches(".sh");
        !systemd
            || !["/lib/systemd/system", "/usr/lib/systemd/system", "/etc/systemd/system"]
                .iter()
                .any(|folder| tree.node(&format!("{folder}/{service}.service")).is_some())
    };
    let levels: Vec<char> = match level {
        Some(level) => vec![level],
        None => ['5', '3', '2']
            .into_iter()
            .find(|l| !folder_of(tree, *l).is_empty())
            .into_iter()
            .collect(),
    };
    for level in ['S'].into_iter().chain(levels) {
        let folder = folder_of(tree, level);
        if !folder.is_empty() {
            each(tree, machine, &folder, "start", &wanted);
        }
    }
}

fn folder_of(tree: &Tree<'_>, level: char) -> String {
    [
        format!("/etc/rc{level}.d"),
        format!("/etc/rc.d/rc{level}.d"),
        format!("/etc/init.d/rc{level}.d"),
    ]
    .into_iter()
    .find(|folder| !tree.list(folder).is_empty())
    .unwrap_or_default()
}

fn each(
    tree: &Tree<'_>,
    machine: &mut Machine<'_, '_>,
    folder: &str,
    action: &str,
    wanted: &dyn Fn(&str) -> bool,
) {
    for node in tree.list(folder) {
        let name = node.file_name();
        let order = name.strip_prefix('S').unwrap_or_default();
        let service = order.trim_start_matches(|c: char| c.is_ascii_digit());
        if order.len() == service.len() || !wanted(service) {
            continue;
        }
        let text = match &node.kind {
            NodeKind::Symlink(target) => format!("link to {target}, so it starts at boot"),
            _ => "starts at boot".to_owned(),
        };
        let step = Step { path: node.path.clone(), line: 0, text };
        machine.script(&node.path, vec![Field::sure(action)], &[step], &[]);
    }
}

/// runit's and s6's folders.
pub(super) fn supervised(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    for folder in SUPERVISED {
        for node in tree.list(folder) {
            // runit leaves alone what has a `down` file.
            if tree.exists(&format!("{}/down", node.path)) {
                continue;
            }
            let run = format!("{}/run", node.path);
            let text = "a supervisor starts it at boot".to_owned();
            let step = Step { path: run.clone(), line: 0, text };
            machine.script(&run, Vec::new(), &[step], &[]);
        }
    }
    for stage in ["/etc/runit/1", "/etc/runit/2"] {
        let text = "runit runs it at boot".to_owned();
        let step = Step { path: stage.to_owned(), line: 0, text };
        machine.script(stage, Vec::new(), &[step], &[]);
    }
}
