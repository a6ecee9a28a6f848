//! What scripts do to files that they start later: copies, links and new names.

use super::eval::{Field, Machine};
use crate::tree::clean;

/// Copies that are kept; a device makes a few hundred.
const COPIES_MAX: usize = 5_000;

/// Copies of copies that are followed.
const CHAIN_MAX: usize = 8;

impl Machine<'_, '_> {
    /// Notes what `cp`, `mv`, `ln` and `install` put where.
    pub(super) fn note_copy(&mut self, argv: &[Field]) {
        let Some((name, rest)) = argv.split_first() else { return };
        let name = name.text.rsplit('/').next().unwrap_or_default();
        if !matches!(name, "cp" | "mv" | "ln" | "install") {
            return;
        }
        let operands: Vec<&Field> =
            rest.iter().filter(|field| !field.text.starts_with('-')).collect();
        let Some((target, sources)) = operands.split_last() else { return };
        if !target.known {
            return;
        }
        let into = target.text.ends_with('/')
            || sources.len() > 1
            || self.tree().resolve(&target.text).is_some_and(|node| node.content().is_none());
        for source in sources.iter().filter(|source| source.known) {
            let base = source.text.rsplit('/').next().unwrap_or_default();
            let target = if into { format!("{}/{base}", target.text) } else { target.text.clone() };
            let target = clean(&target);
            // A link's target is told from where the link stands.
            let from = if name == "ln" && !source.text.starts_with('/') {
                let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
                format!("{folder}/{}", source.text)
            } else {
                source.text.clone()
            };
            if self.copies.len() < COPIES_MAX {
                self.copies.insert(target, clean(&from));
            } else {
                self.cut_loop();
            }
        }
    }

    /// The path in the image that a path made at boot is a copy of.
    pub(super) fn original(&self, path: &str) -> Option<&str> {
        let mut found = None;
        let mut now = clean(path);
        for _ in 0..CHAIN_MAX {
            let Some(from) = self.copies.get(&now) else { break };
            found = Some(from.as_str());
            now.clone_from(from);
        }
        found
    }

    /// The file behind a command's first word, when it has another name.
    pub(super) fn real(&self, word: &str) -> Option<String> {
        let path = if word.contains('/') { word.to_owned() } else { self.tree().program(word)? };
        let path = self.original(&path).unwrap_or(&path).to_owned();
        let real = self.tree().resolve(&path).map_or(path, |node| node.path.clone());
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        (base(&real) != base(word)).then_some(real)
    }
}
