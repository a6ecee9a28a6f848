//! What a package's documents say when there is no database: its licence.

/// The licences that a machine-readable `copyright` file names (Debian's copyright format 1.0),
/// as they are written there, sorted, each once.
pub(crate) fn licence_of_copyright(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    if !text.trim_start().starts_with("Format:") {
        return Vec::new();
    }
    let mut licences: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("License:"))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    licences.sort();
    licences.dedup();
    licences
}
