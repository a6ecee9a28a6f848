//! What the checks need to know about the file beside its bytes, and what its imports tell about
//! the part that it plays.

use crate::file::ElfFile;

/// What the file tree says about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileFacts<'a> {
    /// Whether it runs with its owner's or group's rights (mode bits 04000 and 02000).
    pub setuid: bool,
    /// Path in the image, beginning with `/`.
    pub path: &'a str,
}

/// Where an attacker stands towards this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// Listens on the network or serves web requests.
    Network,
    /// Runs with more rights than its caller.
    Privileged,
    /// Neither is seen.
    Local,
}

impl Exposure {
    pub(crate) fn of(file: &ElfFile<'_>, facts: &FileFacts<'_>) -> Self {
        let mut listens = false;
        let mut accepts = false;
        let mut datagrams = false;
        let mut binds = false;
        for symbol in file.imported() {
            match symbol.name {
                "listen" => listens = true,
                "accept" | "accept4" => accepts = true,
                "recvfrom" | "recvmsg" => datagrams = true,
                "bind" => binds = true,
                _ => {}
            }
        }
        let library = file.soname().is_some();
        let cgi = facts.path.ends_with(".cgi") || facts.path.contains("/cgi-bin/");
        if !library && ((listens && accepts) || (binds && datagrams)) || cgi {
            Self::Network
        } else if facts.setuid {
            Self::Privileged
        } else {
            Self::Local
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Network => " and it takes requests from the network",
            Self::Privileged => " and it runs with its owner's rights",
            Self::Local => "",
        }
    }
}
