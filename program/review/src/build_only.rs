//! What a bill names that never gets into an image, by the names that build systems give.
//!
//! Yocto (reference manual, "Classes": `native`, `nativesdk`, `cross`, `crosssdk`, `cross-canadian`,
//! shared work folders `gcc-source-13.2.0`) and Buildroot (manual, "Host and target": `host-`).
//! Left out on purpose: packages of headers, documents and symbols (`-dev`, `-doc`, `-dbg`), which
//! are installed into some images; they are not missed where they are not.

/// Ends of names of what is built for the machine that builds.
const ENDS: [&str; 5] = ["-native", "-cross", "-crosssdk", "-cross-canadian", "-initial"];

/// Parts of names of cross tools; the target's name follows.
const PARTS: [&str; 3] = ["-cross-", "-crosssdk-", "-source-"];

/// Beginnings of names: tools of a development kit, tools of the build machine, groups without
/// files, headers of the kernel for the C library.
const BEGINNINGS: [&str; 6] =
    ["nativesdk-", "host-", "packagegroup-", "meta-", "linux-libc-headers", "linux-libc-dev"];

/// Ends of names of packages that are for development and are seldom installed.
const SELDOM_INSTALLED: [&str; 9] =
    ["-dev", "-devel", "-dbg", "-debuginfo", "-doc", "-src", "-staticdev", "-ptest", "-lic"];

/// Whether a component is a tool or source of the build, by its name.
pub(super) fn is_build_only(name: &str) -> bool {
    let name = name.to_lowercase();
    ENDS.iter().any(|end| name.ends_with(end))
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || PARTS.iter().any(|part| {
            let tail = name.split_once(part).map(|(_, tail)| tail);
            // `gcc-source-13.2.0`, but not `open-source-notices`.
            tail.is_some_and(|tail| *part != "-source-" || tail.starts_with(is_digit))
        })
}

/// Whether it is no fault when an image shows no sign of a component.
pub(super) fn is_seldom_installed(name: &str) -> bool {
    let name = name.to_lowercase();
    SELDOM_INSTALLED.iter().any(|end| name.ends_with(end)) || name.contains("-locale-")
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::{is_build_only, is_seldom_installed};

    #[test]
    fn names_of_the_build() {
        for name in [
            "openssl-native",
            "binutils-cross-x86_64",
            "gcc-cross-canadian-arm",
            "libtool-cross",
            "nativesdk-glibc",
            "gcc-source-13.2.0",
            "gcc-source-13",
            "host-cmake",
            "packagegroup-core-boot",
            "linux-libc-headers",
        ] {
            assert!(is_build_only(name), "{name}");
        }
        for name in [
            "openssl",
            "hostapd",
            "native",
            "cross-connect",
            "open-source-notices",
            "kernel-image-6.6",
            "linux-yocto",
            "meta",
        ] {
            assert!(!is_build_only(name), "{name}");
        }
        assert!(is_seldom_installed("libz-dev") && is_seldom_installed("glibc-locale-de"));
        assert!(!is_seldom_installed("udev") && !is_seldom_installed("libz1"));
    }
}
