//! From numbered objects and the names in folders to a list of entries with paths.
//!
//! Flash file systems have no order on the medium; entries come out folder by folder, names in
//! byte order. Left out on purpose: objects without a name, which are deleted files.

use duecare_unpack::{Bytes, Context, Found, Node, NodeKind, NodeMeta, ProblemKind};
use std::collections::{BTreeMap, BTreeSet};

/// Longest path that is followed, in bytes; a longer one is a loop or an attack.
const PATH_BYTES_MAX: usize = 4096;

/// `S_IFMT` of `st_mode`.
pub(crate) const TYPE_MASK: u32 = 0o170_000;
/// A folder.
pub(crate) const FOLDER: u32 = 0o040_000;
/// A symbolic link.
pub(crate) const SYMLINK: u32 = 0o120_000;
/// A regular file.
pub(crate) const REGULAR: u32 = 0o100_000;

/// An object: what an inode says.
#[derive(Debug, Default)]
pub(crate) struct Object {
    /// Type and permission bits.
    pub(crate) st_mode: u32,
    /// Owner and time.
    pub(crate) meta: NodeMeta,
    /// Major and minor number of a device.
    pub(crate) device: (u32, u32),
    /// A file's bytes, a link's target.
    pub(crate) content: Bytes,
    /// Extended attributes.
    pub(crate) xattrs: Vec<(String, Vec<u8>)>,
}

/// A name in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// As written, no path.
    pub(crate) name: Vec<u8>,
    /// The object that it names.
    pub(crate) id: u64,
    /// Type bits of `st_mode` as the folder has them; 0 when it does not say.
    pub(crate) st_type: u32,
}

/// Names by folder.
pub(crate) type Folders = BTreeMap<u64, Vec<Entry>>;

/// Gives an object; the path is for problems. `None`: there is none of that number.
pub(crate) type Load<'a> = dyn FnMut(u64, &str, &mut Found) -> Option<Object> + 'a;

struct Walk<'a, 'b> {
    folders: &'a Folders,
    load: &'a mut Load<'b>,
    context: &'a Context<'a>,
    /// Folders that have a path.
    entered: BTreeSet<u64>,
    /// The first path of every object that is not a folder, with its owner and mode.
    paths: BTreeMap<u64, (String, NodeMeta)>,
    missing: Vec<String>,
    looped: Vec<String>,
}

/// Adds an entry for everything that `root` leads to, and then for what no folder leads to.
pub(crate) fn list(
    root: u64,
    folders: &Folders,
    load: &mut Load<'_>,
    context: &Context<'_>,
    found: &mut Found,
) {
    let mut walk = Walk {
        folders,
        load,
        context,
        entered: BTreeSet::new(),
        paths: BTreeMap::new(),
        missing: Vec::new(),
        looped: Vec::new(),
    };
    let mut whole = walk.folder(root, b"", found);
    let lost = walk.lost_folders();
    for id in &lost {
        whole = whole && walk.folder(*id, format!("/lost+found/{id}").as_bytes(), found);
    }
    if !lost.is_empty() {
        let count = lost.len();
        let message = format!("{count} folders have lost their names, see /lost+found");
        found.problem(ProblemKind::Damaged, None, message);
    }
    tell(found, &walk.missing, "entries have no inode");
    tell(found, &walk.looped, "folders have several names or lie too deep; not entered again");
}

fn tell(found: &mut Found, paths: &[String], what: &str) {
    if let Some(first) = paths.first() {
        let message = format!("{} {what}, the first is {first}", paths.len());
        found.problem(ProblemKind::Damaged, None, message);
    }
}

impl Walk<'_, '_> {
    /// Everything below a folder; `false` when a limit stopped it.
    fn folder(&mut self, id: u64, path: &[u8], found: &mut Found) -> bool {
        let mut pending: Vec<(Entry, Vec<u8>)> = Vec::new();
        if !self.enter(id, path, &mut pending, found) {
            return false;
        }
        while let Some((entry, path)) = pending.pop() {
            let shown = String::from_utf8_lossy(&path).into_owned();
            if let Some((first, meta)) = self.paths.get(&entry.id) {
                let kind = NodeKind::HardLink(first.clone());
                found.nodes.push(Node::new(&path, kind, *meta));
                continue;
            }
            // Before it is loaded: a folder with many names costs nothing.
            if self.entered.contains(&entry.id) {
                self.looped.push(shown);
                continue;
            }
            let object = (self.load)(entry.id, &shown, found).unwrap_or_else(|| {
                self.missing.push(shown.clone());
                let is_folder = self.folders.contains_key(&entry.id);
                let st_mode = if is_folder { FOLDER | 0o755 } else { entry.st_type };
                Object { st_mode, ..Object::default() }
            });
            let is_folder = object.st_mode & TYPE_MASK == FOLDER;
            let Object { st_mode, meta, device, content, xattrs } = object;
            let mut node = Node::from_st_mode(&path, st_mode, meta, content, device);
            node.xattrs = xattrs;
            if !is_folder {
                self.paths.insert(entry.id, (node.path.clone(), node.meta));
            }
            found.nodes.push(node);
            if is_folder && !self.enter(entry.id, &path, &mut pending, found) {
                return false;
            }
        }
        true
    }

    /// Puts a folder's names on the list, last name first as the list is worked off from its end.
    fn enter(
        &mut self,
        id: u64,
        path: &[u8],
        pending: &mut Vec<(Entry, Vec<u8>)>,
        found: &mut Found,
    ) -> bool {
        self.entered.insert(id);
        if path.len() > PATH_BYTES_MAX {
            self.looped.push(String::from_utf8_lossy(path).chars().take(80).collect());
            return true;
        }
        let Some(entries) = self.folders.get(&id) else { return true };
        let mut entries: Vec<&Entry> = entries.iter().collect();
        entries.sort_by(|one, other| other.name.cmp(&one.name));
        for entry in entries {
            let path = [path, b"/", &entry.name].concat();
            let budget = self.context.budget;
            if let Err(limit) = budget.take_node().and_then(|()| budget.take_memory(path.len())) {
                found.problem(ProblemKind::Limit, None, limit);
                return false;
            }
            pending.push((entry.clone(), path));
        }
        true
    }

    /// Folders with names in them that nothing led to, the uppermost ones.
    fn lost_folders(&self) -> Vec<u64> {
        let lost: BTreeSet<u64> = self
            .folders
            .iter()
            .filter(|(id, entries)| !entries.is_empty() && !self.entered.contains(id))
            .map(|(id, _)| *id)
            .collect();
        let inner: BTreeSet<u64> = lost
            .iter()
            .filter_map(|id| self.folders.get(id))
            .flatten()
            .map(|entry| entry.id)
            .collect();
        let tops: Vec<u64> = lost.difference(&inner).copied().collect();
        // Folders that only hold one another have no top; the lowest number is as good as any.
        if tops.is_empty() { lost.into_iter().take(1).collect() } else { tops }
    }
}
