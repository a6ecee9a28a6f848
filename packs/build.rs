//! Embeds every pack file: one table a folder, sorted by path.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Folder and the name of its table.
const FOLDERS: [(&str, &str); 4] = [
    ("components", "COMPONENTS"),
    ("checks", "CHECKS"),
    ("policies", "POLICIES"),
    ("secrets", "SECRETS"),
];

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut code = String::new();
    // Writing to a String can't fail, hence every `let _ =` below.
    for (folder, table) in FOLDERS {
        let path = root.join(folder);
        println!("cargo:rerun-if-changed={}", path.display());
        let mut files = toml_files(&path)?;
        files.sort();
        let _ = writeln!(code, "/// Files of `packs/{folder}`: path in it and text.");
        let _ = writeln!(code, "pub static {table}: &[(&str, &str)] = &[");
        for file in files {
            println!("cargo:rerun-if-changed={}", file.display());
            let name = file.strip_prefix(&path).unwrap_or(&file).display().to_string();
            let _ =
                writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string());
        }
        code.push_str("];\n");
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("tables.rs"), code)
}

fn toml_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(toml_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(files)
}
