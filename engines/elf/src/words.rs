//! Words that tell credentials from keywords.

/// Credentials that were published as built into devices: seen in a comparison, they need no
/// further context. Sources: public advisories (CVE-2013-6026 for the first, CVE-2016-10177 and
/// others) and the credential table of the leaked Mirai source.
const PUBLISHED: &[&str] = &[
    "xmlset_roodkcableoj28840ybtide",
    "wrgn49_dlob_dir600b",
    "wapnd03_dkbs_dap1350",
    "wrgac01_dlob.hans_dir865",
    "7ujMko0admin",
    "7ujMko0vizxv",
    "xc3511",
    "Zte521",
    "zlxx.",
    "hi3518",
    "klv1234",
    "xmhdipc",
    "smcadmin",
    "tlJwpbo6",
    "OxhlwSG8",
    "S2fGqNFs",
    "cat1029",
    "annie2012",
    "PrOw!aN_fXp",
    "hipc3518",
    "hslwificam",
    "h@32LuyD",
    "LSiuY7pOmZG2s",
    "oelinux123",
    "CTLSupport12",
    "zsun1188",
    "1111aaaa",
];

/// User names that devices are delivered with.
const USERS: &[&str] = &[
    "admin",
    "administrator",
    "root",
    "guest",
    "user",
    "support",
    "service",
    "supervisor",
    "superuser",
    "operator",
    "tech",
    "ubnt",
    "debug",
    "factory",
    "monitor",
    "Admin",
    "Administrator",
    "telecomadmin",
    "useradmin",
    "telnet",
    "manager",
    "super",
    "engineer",
    "backdoor",
    "installer",
    "tester",
];

/// Passwords that devices are delivered with, beside the user names.
const PASSWORDS: &[&str] = &[
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1111",
    "111111",
    "0000",
    "000000",
    "54321",
    "password",
    "pass",
    "passw0rd",
    "default",
    "toor",
    "system",
    "changeme",
    "letmein",
    "qwerty",
    "abc123",
    "admin123",
    "admin1234",
    "root123",
    "guest123",
    "private",
    "secret",
    "dlink",
    "netgear",
    "zyxel",
    "motorola",
    "epicrouter",
    "sysadm",
    "masterkey",
    "888888",
    "666666",
    "4321",
    "alpine",
    "raspberry",
    "openelec",
    "nokia",
    "huawei",
];

/// Names of form fields and settings: what a request calls a secret, not the secret itself.
const FIELDS: &[&str] = &[
    "password",
    "passwd",
    "passwrd",
    "passphrase",
    "pass",
    "pwd",
    "psw",
    "username",
    "user",
    "user_name",
    "login",
    "loginname",
    "auth",
    "authorization",
    "key",
    "psk",
    "token",
    "secret",
    "pin",
    "account",
    "uname",
    "userid",
    "user_id",
    "credential",
    "credentials",
    "cookie",
    "session",
    "name",
    "newpassword",
    "oldpassword",
    "password1",
    "password2",
    "passwd1",
    "passwd2",
    "login_name",
    "login_pass",
    "usr",
    "uid",
    "id",
];

/// Keywords of protocols, formats, settings and commands that programs compare input with.
const KEYWORDS: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "enable",
    "disable",
    "enabled",
    "disabled",
    "none",
    "null",
    "auto",
    "manual",
    "get",
    "post",
    "put",
    "head",
    "delete",
    "options",
    "basic",
    "digest",
    "bearer",
    "plain",
    "login",
    "logout",
    "logoff",
    "exit",
    "quit",
    "help",
    "start",
    "stop",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "md4",
    "sha",
    "crypt",
    "des",
    "aes",
    "rc4",
    "pap",
    "chap",
    "mschap",
    "ms-chap",
    "mschapv2",
    "eap",
    "tls",
    "ttls",
    "peap",
    "leap",
    "cram-md5",
    "gssapi",
    "ntlm",
    "external",
    "anonymous",
    "publickey",
    "keyboard-interactive",
    "hostbased",
    "http",
    "https",
    "ftp",
    "tftp",
    "tcp",
    "udp",
    "ssl",
    "wpa",
    "wpa2",
    "wep",
    "open",
    "shared",
    "text",
    "binary",
    "hex",
    "base64",
    "json",
    "xml",
    "html",
    "utf-8",
    "ascii",
    "local",
    "remote",
    "lan",
    "wan",
    "dhcp",
    "static",
    "pppoe",
    "pptp",
    "l2tp",
    "save",
    "apply",
    "cancel",
    "reboot",
    "reset",
    "set",
    "add",
    "del",
    "list",
    "show",
    "status",
    "version",
    "test",
    "all",
    "any",
    "self",
    "other",
    "stdin",
    "stdout",
    "stderr",
    "file",
    "path",
    "host",
    "port",
    "realm",
    "nonce",
    "uri",
    "qop",
    "opaque",
    "algorithm",
    "response",
    "method",
    "charset",
    "encoding",
    "gzip",
    "deflate",
    "close",
    "keep-alive",
    "chunked",
    "identity",
    "continue",
    "ok",
    "error",
    "fail",
    "failed",
    "success",
    "deny",
    "allow",
    "accept",
    "reject",
    "drop",
    "required",
    "optional",
    "sufficient",
    "requisite",
    "group",
    "groups",
    "prompt",
    "nobody",
    "daemon",
    "localhost",
    "unix",
    "inet",
    "inet6",
    "files",
    "compat",
    "nis",
    "ldap",
    "winbind",
    "shadow",
    "session",
    "en",
    "us",
    "ap",
    "sta",
    "up",
    "down",
    "left",
    "right",
    "new",
    "old",
    "undefined",
    "unknown",
    "empty",
    "ppp",
    "eth",
    "ip",
    "ipv4",
    "ipv6",
    "lock",
    "unlock",
    "read",
    "write",
    "rw",
    "ro",
    "main",
    "index",
    "home",
    "page",
];

fn lower_in(list: &[&str], text: &str) -> bool {
    list.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether this is a delivered user name.
pub(crate) fn is_user(text: &str) -> bool {
    USERS.contains(&text)
}

/// Whether this is a delivered password or user name.
pub(crate) fn is_default(text: &str) -> bool {
    USERS.contains(&text) || PASSWORDS.contains(&text)
}

/// Whether this was published as built into devices.
pub(crate) fn is_published(text: &str) -> bool {
    PUBLISHED.contains(&text)
}

/// Whether text could be a credential at all, by its shape.
pub(crate) fn looks_like_one(text: &str) -> bool {
    (3..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_graphic())
        && !text.contains(['/', '<', '>', '=', '%', '(', ')', '{', '}', '\\', '"', ',', ';', '&'])
        && !text.starts_with(['-', '.', ':', '['])
        && !text.ends_with([':', '.', ']'])
        && !is_file_name(text)
        && !lower_in(KEYWORDS, text)
        && text.chars().any(|c| c.is_ascii_alphanumeric())
}

fn is_file_name(text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(_, extension)| is_extension(extension))
}

fn is_extension(text: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        "html", "htm", "asp", "cgi", "php", "js", "css", "gif", "jpg", "png", "xml", "txt", "conf",
        "cfg", "so", "sh", "log", "pid", "bin", "json", "cgi", "tmp", "lua", "com", "org", "net",
    ];
    EXTENSIONS.contains(&text)
}

/// Whether it is only the name of a field or a setting, like `password` or `admin_passwd`.
pub(crate) fn is_field(text: &str) -> bool {
    lower_in(FIELDS, text) || (text.contains(['_', '-']) && names_a_secret(text))
}

/// Whether text names a password field: `password`, `login_pwd`, `HTTP_AUTHORIZATION`.
pub(crate) fn names_a_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.len() <= 40
        && !text.contains(['/', '%', '<', ' ', '\n', '='])
        && ["passw", "pwd", "passphrase", "psw", "authorization", "pass_", "_pass", "userpass"]
            .iter()
            .any(|word| lower.contains(word))
        || lower == "pass"
}

/// Whether text names a user's field: `user`, `login_name`, `Username`.
pub(crate) fn names_a_user(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let exact = ["user", "usr", "login", "account", "uname", "userid", "uid", "name"];
    !names_a_secret(text)
        && (exact.contains(&lower.as_str())
            || lower.contains("username")
            || lower.contains("user_name")
            || lower.contains("loginname")
            || lower.contains("login_name")
            || lower.contains("loginuser"))
}

/// Whether a function of this name decides who may come in.
pub(crate) fn is_auth_function(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let decides = [
        "auth",
        "login",
        "passw",
        "pwd",
        "credential",
        "logon",
        "backdoor",
        "verify_user",
        "checkuser",
        "check_user",
        "validate_user",
        "checkpass",
        "check_pass",
        "is_admin",
    ];
    let manages = [
        "config", "parse", "print", "set_", "free", "init", "option", "author", "usage", "str2",
        "_to_", "load", "dump",
    ];
    decides.iter().any(|word| lower.contains(word)) && !manages.iter().any(|w| lower.contains(w))
}

/// Whether text is what a program says when it asks for or refuses a password.
pub(crate) fn is_auth_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let lower = lower.trim();
    text.len() <= 120
        && (lower.ends_with("password:")
            || lower.ends_with("login:")
            || lower.ends_with("username:")
            || lower.contains("login incorrect")
            || lower.contains("login failed")
            || lower.contains("authentication failed")
            || lower.contains("invalid password")
            || lower.contains("wrong password")
            || lower.contains("incorrect password")
            || lower.contains("access denied")
            || lower.contains("www-authenticate")
            || lower.contains("401 unauthorized")
            || lower == "http_authorization"
            || lower == "authorization"
            || lower == "basic")
}
