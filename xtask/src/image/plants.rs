//! What is planted: flaws as makers ship them, and traps that look like flaws and are none.

use super::made::How;
use super::{plants_config, plants_secret};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Which file system a plant goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// The SquashFS.
    Root,
    /// The JFFS2 partition.
    Data,
}

/// Where a plant's bytes come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// This text.
    Text(&'static str),
    /// Pieces of a text: tokens are kept in pieces so that no scanner takes this file for a leak.
    Parts(&'static [&'static str]),
    /// A copy of another file of the root file system.
    Copy(&'static str),
    /// A program makes them.
    Made(How),
}

/// A planted flaw or trap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plant {
    /// Path without a leading slash.
    pub path: &'static str,
    /// Permission bits.
    pub mode: u32,
    /// Which file system.
    pub part: Part,
    /// Its bytes.
    pub what: What,
    /// Each flaw: the checks that may report it, and the words in the line where it stands
    /// (empty: anywhere in the file). A trap has none.
    pub flaws: &'static [Flaw],
}

/// A flaw: the checks of which one must report it, and words that stand in its line.
pub(super) type Flaw = (&'static [&'static str], &'static str);

pub(super) const fn file(
    path: &'static str,
    mode: u32,
    text: &'static str,
    flaws: &'static [Flaw],
) -> Plant {
    Plant { path, mode, part: Part::Root, what: What::Text(text), flaws }
}

pub(super) const fn data(
    path: &'static str,
    mode: u32,
    text: &'static str,
    flaws: &'static [Flaw],
) -> Plant {
    Plant { path, mode, part: Part::Data, what: What::Text(text), flaws }
}

pub(super) const fn pieces(
    path: &'static str,
    text: &'static [&'static str],
    flaws: &'static [Flaw],
) -> Plant {
    Plant { path, mode: 0o644, part: Part::Root, what: What::Parts(text), flaws }
}

pub(super) const fn made(path: &'static str, mode: u32, how: How, flaws: &'static [Flaw]) -> Plant {
    Plant { path, mode, part: Part::Root, what: What::Made(how), flaws }
}

/// Everything that is planted.
pub(super) fn all() -> Vec<Plant> {
    let mut all = plants_config::PLANTS.to_vec();
    all.extend_from_slice(plants_secret::PLANTS);
    all.extend_from_slice(plants_secret::TRAPS);
    all
}

impl Plant {
    /// Its text, when it is one.
    pub(super) fn text(&self) -> Option<String> {
        match self.what {
            What::Text(text) => Some(text.to_owned()),
            What::Parts(parts) => Some(parts.concat()),
            What::Copy(_) | What::Made(_) => None,
        }
    }

    /// The line of `words`, from 1.
    pub(super) fn line(&self, words: &str) -> Option<u64> {
        let text = self.text()?;
        let index = text.lines().position(|line| !words.is_empty() && line.contains(words))?;
        u64::try_from(index + 1).ok()
    }
}

/// Changes when what is planted does, so that the image is made anew.
pub(super) fn fingerprint() -> String {
    let mut hasher = DefaultHasher::new();
    for plant in all() {
        (plant.path, plant.mode, plant.part, plant.text()).hash(&mut hasher);
    }
    include_str!("made.rs").hash(&mut hasher);
    include_str!("daemon.c").hash(&mut hasher);
    include_str!("debian.rs").hash(&mut hasher);
    include_str!("assemble.rs").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
