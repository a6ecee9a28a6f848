//! `--extract`: the files of an image on disk, safely.
//!
//! A new folder, one subfolder a layer: the entries of a file system or archive, and the parts that
//! are no layer as a whole (a kernel, a decoded stream, a partition with more than one thing in it;
//! the latter in `parts-…`). Paths were cleaned when they were read, and are checked
//! again here. Nothing is written through a link: symbolic links are made last, only inside their
//! layer's folder, and absolute ones are made relative to it. Hard links stay hard links. Devices,
//! owners and set-id bits are not made; `manifest.txt` lists every entry with what the image says
//! of it.

use crate::exit::{Exit, Failure, OrExit as _, failure};
use crate::files;
use duecare_firmware::unpack::listing::listing;
use duecare_firmware::unpack::node::clean_path;
use duecare_firmware::unpack::{Blob, BlobSource, Layer, Node, NodeKind, RegionKind, Unpacked};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Longest name of one folder or file, in bytes, as Linux has it.
const NAME_BYTES_MAX: usize = 255;

/// Writes the files and the parts of every layer of the images below `folder`, which is there when
/// everything is written and not before.
pub(crate) fn run(folder: &Path, images: &[&Unpacked]) -> Result<(), Failure> {
    let part = free(folder)?;
    let written = write_all(&part, images).and_then(|()| {
        let doing = || format!("can't make the folder {}", files::shown(folder));
        fs::rename(&part, folder).or_exit(Exit::CantCreate, doing)
    });
    if written.is_err() {
        // What is wrong is said below; a part that can't be removed changes nothing about it.
        let _ = fs::remove_dir_all(&part);
    }
    written
}

/// Where the files go until everything is written.
///
/// # Errors
/// When something is in the way, there or where `folder` will be.
pub(crate) fn free(folder: &Path) -> Result<PathBuf, Failure> {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = folder.with_file_name(name);
    for path in [folder, &part] {
        if path.exists() {
            let message =
                format!("{} is there already; --extract wants a new folder", files::shown(path));
            return Err(failure(Exit::CantCreate, message));
        }
    }
    Ok(part)
}

fn write_all(part: &Path, images: &[&Unpacked]) -> Result<(), Failure> {
    create_folder(part)?;
    for (index, image) in images.iter().enumerate() {
        let below = part.join(format!("image-{index}"));
        create_folder(&below)?;
        fs::write(below.join("manifest.txt"), listing(image))
            .or_exit(Exit::CantCreate, || format!("can't write below {}", files::shown(&below)))?;
        for layer in image.layers.iter().filter(|layer| !layer.nodes.is_empty()) {
            layer_files(&below.join(format!("layer-{}-{}", layer.id, layer.format)), layer)?;
        }
        for layer in image.layers.iter().filter(|layer| layer.parent.is_some()) {
            parts(&below.join(format!("parts-{}-{}", layer.id, layer.format)), layer)?;
        }
    }
    Ok(())
}

fn create_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path)
        .or_exit(Exit::CantCreate, || format!("can't make the folder {}", files::shown(path)))
}

/// Writes the parts that no single layer stands for.
fn parts(folder: &Path, layer: &Layer) -> Result<(), Failure> {
    for (index, blob) in layer.blobs.iter().enumerate().filter(|(_, blob)| is_worth_a_file(blob)) {
        let numbered = || folder.join(format!("part-{index}"));
        let named = inside(folder, &blob.name).filter(|path| !path.exists());
        write_new(&named.unwrap_or_else(numbered), &blob.content, 0)?;
    }
    Ok(())
}

/// A file that was opened is written with its layer; what is one layer throughout is that layer.
fn is_worth_a_file(blob: &Blob) -> bool {
    let mut regions = blob.regions.iter().filter(|region| region.kind != RegionKind::Padding);
    let is_one_layer = match (regions.next(), regions.next()) {
        (Some(region), None) => matches!(region.kind, RegionKind::Layer(_)),
        (None, _) => true,
        _ => false,
    };
    matches!(blob.source, BlobSource::Part { .. }) && !is_one_layer
}

fn layer_files(folder: &Path, layer: &Layer) -> Result<(), Failure> {
    create_folder(folder)?;
    let (mut links, mut same) = (Vec::new(), Vec::new());
    for node in &layer.nodes {
        let Some(path) = inside(folder, &node.path) else { continue };
        match &node.kind {
            NodeKind::Directory => make_parents(&path.join("x"))?,
            NodeKind::File(content) => write_new(&path, content, node.meta.mode)?,
            NodeKind::HardLink(target) => {
                same.extend(layer.resolve(target).map(|first| (path, node, first)));
            }
            NodeKind::Symlink(target) => links.push((path, node.path.clone(), target.clone())),
            _ => {}
        }
    }
    for (path, node, first) in same {
        same_file(folder, &path, node, first)?;
    }
    for (path, at, target) in links {
        link(folder, &path, &at, &target)?;
    }
    Ok(())
}

/// Gives a file that is written another name; a copy for each name would fill any disk.
fn same_file(folder: &Path, path: &Path, node: &Node, first: &Node) -> Result<(), Failure> {
    let Some(content) = first.content() else { return Ok(()) };
    let Some(first) = inside(folder, &first.path) else { return Ok(()) };
    make_parents(path)?;
    match fs::hard_link(first, path) {
        Err(error) if is_without_links(&error) => write_new(path, content, node.meta.mode),
        // A file that was left out, or in the way, leaves its other names out; the list has them.
        _ => Ok(()),
    }
}

/// The path below `folder`; `None` for one that can't be a path here.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    let plain = relative.components().all(|part| match part {
        Component::Normal(name) => name.len() <= NAME_BYTES_MAX,
        _ => false,
    });
    (plain && !relative.as_os_str().is_empty()).then(|| folder.join(relative))
}

/// Makes the folders above a file. A file that stands in the way leaves the entry out.
fn make_parents(path: &Path) -> Result<(), Failure> {
    match path.parent().map(fs::create_dir_all) {
        None | Some(Ok(())) => Ok(()),
        Some(Err(error)) if is_conflict(&error) => Ok(()),
        Some(error) => error
            .or_exit(Exit::CantCreate, || format!("can't make folders for {}", files::shown(path))),
    }
}

/// Two entries of a hostile image want one name, or a file's name as a folder.
fn is_conflict(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{
        AlreadyExists, InvalidFilename, IsADirectory, NotADirectory, NotFound,
    };
    matches!(
        error.kind(),
        AlreadyExists | InvalidFilename | IsADirectory | NotADirectory | NotFound
    )
}

/// The file system knows no links, as FAT.
fn is_without_links(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, Unsupported};
    matches!(error.kind(), PermissionDenied | Unsupported)
}

fn write_new(path: &Path, content: &[u8], image_mode: u32) -> Result<(), Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    make_parents(path)?;
    // Executable stays executable; set-id and group or world write bits do not come along.
    let mode = if image_mode & 0o111 == 0 { 0o644 } else { 0o755 };
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    match file.and_then(|mut file| file.write_all(content)) {
        Err(error) if !is_conflict(&error) => {
            Err(error).or_exit(Exit::CantCreate, || format!("can't write {}", files::shown(path)))
        }
        _ => Ok(()),
    }
}

/// Makes a link that can't leave: its target is resolved inside the layer first, and it is written
/// from a folder that is reached through no link. By induction no chain of links leaves either.
fn link(folder: &Path, path: &Path, at: &str, target: &str) -> Result<(), Failure> {
    let relative = relative_target(at, target);
    if target.is_empty() || reached_through_link(folder, path) {
        return Ok(());
    }
    make_parents(path)?;
    match std::os::unix::fs::symlink(&relative, path) {
        Err(error) if !is_conflict(&error) => Err(error)
            .or_exit(Exit::CantCreate, || format!("can't make the link {}", files::shown(path))),
        _ => Ok(()),
    }
}

/// The target as a way up to the layer's root and down again, with no `..` behind a name.
fn relative_target(at: &str, target: &str) -> String {
    let depth = at.matches('/').count().saturating_sub(1);
    let above = at.rsplit_once('/').map_or("", |(above, _)| above);
    let whole =
        if target.starts_with('/') { target.to_owned() } else { format!("{above}/{target}") };
    let (inside, _) = clean_path(whole.as_bytes());
    let relative = format!("{}{}", "../".repeat(depth), inside.trim_start_matches('/'));
    if relative.is_empty() { ".".to_owned() } else { relative }
}

/// Whether a folder between `folder` and the entry is a link.
fn reached_through_link(folder: &Path, path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .take_while(|above| *above != folder)
        .any(|above| fs::symlink_metadata(above).is_ok_and(|kind| kind.is_symlink()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        for (at, target, expected) in [
            ("/a/l", "../x", "../x"),
            ("/a/l", "../../x", "../x"),
            ("/l", "a/../../../x", "x"),
            ("/l", ".", "."),
            ("/a/b/l", "/etc/x", "../../etc/x"),
            ("/e", "d/d/d/../../../..", "."),
        ] {
            assert_eq!(relative_target(at, target), expected, "{at} -> {target}");
        }
        assert!(inside(Path::new("/t"), "/../x").is_none());
        assert!(inside(Path::new("/t"), "/").is_none());
        assert_eq!(inside(Path::new("/t"), "/a/b"), Some(PathBuf::from("/t/a/b")));
    }
}
