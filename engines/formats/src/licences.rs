//! SPDX licence identifiers (SPDX License List 3.x) that device software uses.
//!
//! Documents must not carry identifiers that the list does not have, so anything else is written
//! as a name (CycloneDX) or as a `LicenseRef-` (SPDX).

/// Identifiers, sorted.
const IDS: &[&str] = &[
    "0BSD",
    "AFL-2.1",
    "AFL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0-Perl",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSD-4-Clause-UC",
    "BSL-1.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "EPL-1.0",
    "EPL-2.0",
    "FTL",
    "GFDL-1.3-or-later",
    "GPL-1.0-only",
    "GPL-1.0-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "HPND",
    "ICU",
    "IJG",
    "ISC",
    "JSON",
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "LPPL-1.3c",
    "Libpng",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-1.1",
    "MPL-2.0",
    "MulanPSL-2.0",
    "NCSA",
    "NTP",
    "OFL-1.1",
    "OLDAP-2.8",
    "OpenSSL",
    "PHP-3.01",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "Ruby",
    "SISSL",
    "SMLNJ",
    "SSH-OpenSSH",
    "Sleepycat",
    "TCL",
    "TCP-wrappers",
    "Unicode-DFS-2016",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "XFree86-1.1",
    "ZPL-2.1",
    "Zlib",
    "blessing",
    "bzip2-1.0.6",
    "curl",
    "libpng-2.0",
    "libtiff",
    "xinetd",
    "zlib-acknowledgement",
];

/// Exceptions that may follow `WITH`.
const EXCEPTIONS: &[&str] = &[
    "Autoconf-exception-3.0",
    "Bison-exception-2.2",
    "Classpath-exception-2.0",
    "GCC-exception-3.1",
    "Linux-syscall-note",
    "OpenSSL-exception",
    "cryptsetup-OpenSSL-exception",
    "eCos-exception-2.0",
    "freertos-exception-2.0",
    "openvpn-openssl-exception",
    "u-boot-exception-2.0",
];

/// Older identifiers and what the list calls them now.
const RENAMED: &[(&str, &str)] = &[
    ("AGPL-3.0", "AGPL-3.0-only"),
    ("GPL-1.0", "GPL-1.0-only"),
    ("GPL-1.0+", "GPL-1.0-or-later"),
    ("GPL-2.0", "GPL-2.0-only"),
    ("GPL-2.0+", "GPL-2.0-or-later"),
    ("GPL-3.0", "GPL-3.0-only"),
    ("GPL-3.0+", "GPL-3.0-or-later"),
    ("LGPL-2.0", "LGPL-2.0-only"),
    ("LGPL-2.0+", "LGPL-2.0-or-later"),
    ("LGPL-2.1", "LGPL-2.1-only"),
    ("LGPL-2.1+", "LGPL-2.1-or-later"),
    ("LGPL-3.0", "LGPL-3.0-only"),
    ("LGPL-3.0+", "LGPL-3.0-or-later"),
];

/// The identifier as the list has it now; `None` when it is not one.
#[must_use]
pub fn id(text: &str) -> Option<&'static str> {
    let find = |wanted: &str| IDS.iter().copied().find(|id| id.eq_ignore_ascii_case(wanted));
    let renamed = || RENAMED.iter().find(|(old, _)| old.eq_ignore_ascii_case(text));
    find(text).or_else(|| renamed().and_then(|(_, new)| find(new)))
}

/// A whole SPDX expression with today's identifiers; `None` when any of its words is unknown.
#[must_use]
pub fn expression(text: &str) -> Option<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut out: Vec<&str> = Vec::new();
    let mut depth = 0_i32;
    // Whether a licence (or an opening bracket) is expected next.
    let mut wants_term = true;
    let mut after_with = false;
    for word in spaced.split_whitespace() {
        match word.to_ascii_uppercase().as_str() {
            "AND" | "OR" if !wants_term => {
                out.push(if word.eq_ignore_ascii_case("AND") { "AND" } else { "OR" });
                wants_term = true;
            }
            "WITH" if !wants_term => {
                out.push("WITH");
                after_with = true;
                wants_term = true;
            }
            "(" if wants_term && !after_with => {
                depth += 1;
                out.push("(");
            }
            ")" if !wants_term && depth > 0 => {
                depth -= 1;
                out.push(")");
            }
            _ if wants_term && after_with => {
                out.push(EXCEPTIONS.iter().copied().find(|e| e.eq_ignore_ascii_case(word))?);
                (after_with, wants_term) = (false, false);
            }
            _ if wants_term => {
                out.push(id(word)?);
                wants_term = false;
            }
            _ => return None,
        }
    }
    let closed = depth == 0 && !wants_term;
    closed.then(|| out.join(" ").replace("( ", "(").replace(" )", ")"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown() {
        assert_eq!(id("gpl-2.0+"), Some("GPL-2.0-or-later"));
        assert_eq!(id("Own licence"), None);
        assert_eq!(
            expression("GPL-2.0 WITH Linux-syscall-note").as_deref(),
            Some("GPL-2.0-only WITH Linux-syscall-note")
        );
        assert_eq!(
            expression("(MIT OR Apache-2.0) AND Zlib").as_deref(),
            Some("(MIT OR Apache-2.0) AND Zlib")
        );
        for wrong in ["", "MIT OR", "MIT Zlib", "(MIT", "GPL", "MIT WITH nothing", "WITH MIT"] {
            assert_eq!(expression(wrong), None, "{wrong}");
        }
    }
}
