//! The checks' names, and how findings are made.

use duecare_base::{CheckId, Confidence, Finding, Location, Severity};

macro_rules! checks {
    ($($name:ident = $id:literal),+ $(,)?) => {
        $(pub(crate) const $name: &str = $id;)+
        /// Every check of this crate; each has its file in `packs/checks`.
        pub const CHECK_IDS: &[&str] = &[$($id),+];
    };
}

checks! {
    PASSWORD_FILE = "credential-password-file",
    UID0_TWIN = "credential-uid0-twin",
    EMPTY_PASSWORD = "credential-empty-password",
    HASH_NO_SALT = "credential-hash-no-salt",
    GUESSABLE_HASH = "credential-guessable-hash",
    CONFIG = "credential-config",
    SCRIPT = "credential-script",
    WEB = "credential-web",
    CODE = "credential-code",
    URL = "credential-url",
    DATABASE = "credential-database",
    KEY_PRIVATE = "key-private",
    KEY_SIGNING = "key-signing",
    KEY_HOST = "key-host-shared",
    KEY_AUTHORIZED = "key-authorized",
    KEY_KNOWN = "key-known",
    KEY_SHARED = "key-shared",
    KEY_SYMMETRIC = "key-hard-coded-symmetric",
    KEY_STORE_PASSWORD = "key-store-password",
    CERTIFICATE_EXPIRED = "certificate-expired",
    CERTIFICATE_WEAK = "certificate-weak",
    CERTIFICATE_LONG = "certificate-long-lived",
    CERTIFICATE_WILDCARD = "certificate-wildcard",
    TOKEN_CLOUD = "token-cloud",
    TOKEN_GENERIC = "token-generic",
    LEFTOVER_HISTORY = "leftover-history",
    LEFTOVER_VCS = "leftover-vcs",
    LEFTOVER_BACKUP = "leftover-backup",
    LEFTOVER_DUMP = "leftover-dump",
    LEFTOVER_DEVELOPER = "leftover-developer",
    LEFTOVER_TOOL = "leftover-tool",
}

/// A finding of one of the checks above.
pub(crate) fn new(
    check: &'static str,
    severity: Severity,
    confidence: Confidence,
    location: Location,
    key: impl Into<String>,
    message: impl Into<String>,
) -> Finding {
    Finding::new(CheckId::new(check), severity, confidence, location, key, message)
}
