//! What a library function is called, whatever the C library decorates its name with.

/// The plain name of a C library function: `strcmp` for `__GI_strcmp`, `sscanf` for
/// `__isoc99_sscanf`, `sprintf` for `__sprintf_chk`.
#[must_use]
pub(crate) fn plain(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    let base = ["__isoc99_", "__isoc23_", "__GI_", "__libc_", "_IO_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let base = if base.starts_with("__") {
        let inner = base.trim_start_matches('_');
        inner.strip_suffix("_chk").unwrap_or(inner)
    } else {
        base
    };
    if base.is_empty() { name } else { base }
}
