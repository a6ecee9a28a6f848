//! What boot does to the folders that programs stand in: file systems that are mounted over them,
//! and links to applets that `busybox --install` makes.

use crate::shell::eval::{Field, Run, Standing};
use crate::tree::Tree;

/// Folders that a shell searches on every device.
const SEARCHED: [&str; 6] =
    ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];

/// What all runs together say.
pub(super) struct Ground {
    /// Mount points, each with a slash at its end.
    mounts: Vec<String>,
    installs: bool,
}

impl Ground {
    /// Reads `mount` and `--install` out of what boot runs, and the table of file systems.
    pub(super) fn of(tree: &Tree<'_>, runs: &[Run]) -> Self {
        let mut mounts: Vec<String> = runs.iter().filter_map(mount_point).collect();
        if let Some((node, text)) = tree.text("/etc/fstab") {
            for (_, line) in tree.lines(&node.path, &text) {
                let words: Vec<&str> = line.split_whitespace().collect();
                if let [device, point, ..] = words.as_slice()
                    && !device.starts_with('#')
                {
                    mounts.extend(folder(point));
                }
            }
        }
        mounts.sort();
        mounts.dedup();
        Self { mounts, installs: runs.iter().any(installs) }
    }

    /// Notes it in a run.
    pub(super) fn settle(&self, run: &mut Run) {
        let word = run.argv.first().map_or("", |field| field.text.as_str());
        let under = |path: &str| self.mounts.iter().any(|mount| path.starts_with(mount.as_str()));
        let mounted = if word.contains('/') {
            under(word)
        } else {
            SEARCHED.iter().any(|folder| under(folder))
        };
        run.standing = if self.installs {
            Standing::Installed
        } else if mounted {
            Standing::Mounted
        } else {
            Standing::Image
        };
        if mounted && word.contains('/') {
            run.standing = Standing::Mounted;
        }
    }
}

fn folder(point: &str) -> Option<String> {
    let point = crate::tree::clean(point);
    (point.len() > 1 && point.starts_with('/')).then(|| format!("{point}/"))
}

/// `mount [-t type] [-o options] device folder`.
fn mount_point(run: &Run) -> Option<String> {
    let (name, rest) = run.argv.split_first()?;
    if name.text.rsplit('/').next() != Some("mount") {
        return None;
    }
    let mut operands: Vec<&Field> = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.text.as_str() {
            "-t" | "-o" | "-O" | "-L" | "-U" => {
                words.next();
            }
            text if text.starts_with('-') => {}
            _ => operands.push(word),
        }
    }
    folder(&operands.last()?.text)
}

fn installs(run: &Run) -> bool {
    run.argv.iter().any(|field| field.text == "--install")
        && run.argv.first().is_some_and(|field| {
            matches!(field.text.rsplit('/').next(), Some("busybox" | "toybox"))
        })
}
