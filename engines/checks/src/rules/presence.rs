//! Whether a program that boot starts is there when it is started.
//!
//! A missing file proves little: BusyBox's shell runs its applets without links, `busybox
//! --install` makes the links at boot, and what is mounted or written at boot is in no image.

use super::report::Context;
use crate::shell::eval::{Run, Standing};
use crate::tree::Tree;
use duecare_unpack::Node;
use memchr::memmem;

/// Where a multi-call program stands that a shell's applets come from.
const HOSTS: [&str; 3] = ["/bin/busybox", "/usr/bin/busybox", "/bin/toybox"];

/// Folders that the running device fills.
const FILLED: [&str; 12] = [
    "/tmp/",
    "/var/",
    "/run/",
    "/mnt/",
    "/media/",
    "/data/",
    "/nvram/",
    "/dev/",
    "/overlay/",
    "/jffs/",
    "/flash/",
    "/storage/",
];

/// How sure it is that a program is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is in the image.
    There,
    /// A multi-call program is called for it, or could be, whose list of applets was not found to
    /// name it, or whose shell may be built to run it without a link.
    Likely,
    /// Its folder is mounted or filled by the running device.
    Unsaid,
    /// Nothing in the image is it.
    Absent,
}

/// Whether the program of a run is there.
pub(super) fn of(context: &Context<'_>, tree: &Tree<'_>, run: &Run) -> Presence {
    let word = run.argv.first().map_or("", |field| field.text.as_str());
    let name = super::services::base(word);
    if let Some(host) = run.applet_of.as_deref().filter(|host| holds(context, tree, host)) {
        let named = names_applet(context, tree, host, name);
        return if named { Presence::There } else { Presence::Likely };
    }
    let real = run.real.as_deref().is_some_and(|real| tree.exists(real));
    if real || holds(context, tree, word) || word.starts_with('-') {
        return Presence::There;
    }
    let installed = run.standing == Standing::Installed;
    let standalone = !word.contains('/') && shell_is_multi_call(tree);
    if (installed || standalone) && HOSTS.iter().any(|host| names_applet(context, tree, host, name))
    {
        return if installed { Presence::There } else { Presence::Likely };
    }
    if run.standing == Standing::Mounted || FILLED.iter().any(|folder| word.starts_with(folder)) {
        return Presence::Unsaid;
    }
    Presence::Absent
}

/// Whether a program is in this tree, or one of its name anywhere in the image.
fn holds(context: &Context<'_>, tree: &Tree<'_>, word: &str) -> bool {
    tree.program(word).is_some() || context.has(super::services::base(word))
}

fn shell_is_multi_call(tree: &Tree<'_>) -> bool {
    let shell = tree.resolve("/bin/sh").map_or("", Node::file_name);
    shell.contains("busybox") || shell.contains("toybox")
}

/// Whether a multi-call program lists an applet: names stand in it one after another, each
/// with a NUL behind it.
fn names_applet(context: &Context<'_>, tree: &Tree<'_>, host: &str, applet: &str) -> bool {
    let path = tree.program(host).unwrap_or_else(|| host.to_owned());
    let name = super::services::base(host);
    let here = tree.find(&path).and_then(Node::content);
    let elsewhere = context
        .trees
        .iter()
        .flat_map(|other| &other.layer.nodes)
        .filter(|node| node.file_name() == name)
        .find_map(Node::content);
    let needle = [b"\0", applet.as_bytes(), b"\0"].concat();
    here.or(elsewhere).is_some_and(|content| memmem::find(content, &needle).is_some())
}
