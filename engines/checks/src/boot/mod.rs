//! What runs on a Linux device from `init` on, traced without running anything.
//!
//! Read are: `init` as a script, `/etc/inittab` (BusyBox, System V, procd), `rcS` and `rc.local` in
//! the places where vendors keep them, System V's and OpenWrt's links, systemd's units, runit and s6
//! folders, `inetd` and `xinetd`, `cron`, hot-plug rules, tables that scripts write, and command texts inside programs.

mod embedded;
mod events;
mod inetd;
mod inittab;
mod links;
mod standing;
mod systemd;
mod written;

pub use inittab::Console;

use crate::gaps;
use crate::shell::eval::{Field, Machine, Run, Step};
use crate::tree::{Tree, text_of};
use duecare_unpack::Node;
use std::collections::BTreeSet;

/// Where a kernel or its initial RAM disk looks for the first program, and where vendors put it.
const INITS: [&str; 8] = [
    "/init",
    "/sbin/init",
    "/etc/init",
    "/bin/init",
    "/linuxrc",
    "/etc/preinit",
    "/sbin/preinit",
    "/usr/sbin/init",
];

/// Scripts that vendors' `init` and `rc` programs run by habit.
const CONVENTIONAL: [&str; 20] = [
    "/etc/init.d/rcS",
    "/etc/rcS",
    "/etc/rc",
    "/etc/rc.sysinit",
    "/etc/rc.d/rc.sysinit",
    "/etc/rc.d/rcS",
    "/etc/rc.d/rc.local",
    "/etc/rc.d/rc",
    "/etc/rc.local",
    "/etc/init.d/rc.local",
    "/etc/init.d/rcM",
    "/etc_ro/rcS",
    "/etc_ro/init.d/rcS",
    "/etc/scripts/rcS",
    "/usr/etc/rcS",
    "/usr/local/etc/rcS",
    "/usr/etc/rc",
    "/etc/profile",
    "/mnt/mtd/run.sh",
    "/etc/config.sh",
];

/// What starts at boot.
#[derive(Debug, Default)]
pub struct Boot {
    /// Programs, in the order that they were met.
    pub runs: Vec<Run>,
    /// Consoles that `init` opens.
    pub consoles: Vec<Console>,
    /// Scripts that were followed.
    pub scripts: BTreeSet<String>,
}

impl Boot {
    /// Whether a program of this name is started.
    #[must_use]
    pub fn starts(&self, name: &str) -> bool {
        self.runs.iter().any(|run| {
            let program = run.argv.first().map_or("", |field| field.text.as_str());
            program.rsplit('/').next() == Some(name)
        })
    }
}

/// Which program is the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Init {
    Busybox,
    Procd,
    Systemd,
    Other,
}

/// Traces what starts at boot from one root file system.
#[must_use]
pub fn trace(tree: &Tree<'_>) -> Boot {
    let mut machine = Machine::new(tree);
    let mut boot = Boot::default();
    for path in INITS {
        if let Some(node) = tree.resolve(path).filter(|node| text_of(node).is_some()) {
            let step = whole(node, "the first program that the kernel starts");
            machine.script(path, Vec::new(), &[step], &[]);
        }
    }
    let init = init_kind(tree);
    let level = inittab::follow(tree, &mut machine, init, &mut boot.consoles);
    if init == Init::Procd || tree.exists("/etc/rc.common") {
        links::openwrt(tree, &mut machine);
    } else {
        links::system_v(tree, &mut machine, level, init == Init::Systemd);
    }
    if init == Init::Systemd {
        systemd::follow(tree, &mut machine);
    }
    links::supervised(tree, &mut machine);
    for path in CONVENTIONAL {
        if let Some(node) = tree.resolve(path).filter(|_| !machine.followed(path)) {
            let step = whole(node, "run at boot by convention");
            machine.script(path, vec![Field::sure("start")], &[step], &[]);
        }
    }
    inetd::follow(tree, &mut machine);
    events::follow(tree, &mut machine);
    written::follow(tree, &mut machine);
    embedded::follow(tree, &mut machine);
    if machine.is_exhausted() {
        tree.miss(gaps::BOOT, "");
    }
    boot.scripts = machine.scripts();
    boot.runs = machine.into_runs();
    let ground = standing::Ground::of(tree, &boot.runs);
    for run in boot.runs.iter_mut().chain(boot.consoles.iter_mut().map(|one| &mut one.run)) {
        ground.settle(run);
    }
    boot
}

/// The step that a file as a whole is.
fn whole(node: &Node, text: &str) -> Step {
    Step { path: node.path.clone(), line: 0, text: text.to_owned() }
}

fn init_kind(tree: &Tree<'_>) -> Init {
    if tree.exists("/sbin/procd") {
        return Init::Procd;
    }
    let target = tree.resolve("/sbin/init").or_else(|| tree.resolve("/init"));
    match target.map(Node::file_name) {
        Some("busybox" | "toybox") => Init::Busybox,
        Some("systemd") => Init::Systemd,
        _ if tree.exists("/lib/systemd/systemd") || tree.exists("/usr/lib/systemd/systemd") => {
            Init::Systemd
        }
        _ => Init::Other,
    }
}
