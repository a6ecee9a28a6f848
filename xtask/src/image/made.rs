//! Plants that a program makes: keys, a certificate, a database, a cross-compiled daemon.

use crate::tools;
use anyhow::{Context as _, Result};
use std::path::Path;

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// An RSA key of 2,048 bits, PKCS #8 PEM.
    RsaKey,
    /// An elliptic-curve key, SEC 1 PEM.
    EcKey,
    /// A self-signed certificate with a key of 1,024 bits, valid for 30 years.
    WeakCertificate,
    /// The public half of a new key.
    PublicKey,
    /// A SQLite database with a user's password in the clear.
    Database,
    /// A daemon that compares what it is given with a fixed name and password.
    Daemon,
}

/// What the daemon is compiled from.
const DAEMON: &str = include_str!("daemon.c");

/// Rows of the database.
const TABLES: &str = "CREATE TABLE settings (name TEXT, value TEXT);
INSERT INTO settings VALUES ('language', 'en'), ('timezone', 'UTC');
CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, password TEXT, role TEXT);
INSERT INTO users VALUES (1, 'admin', 'Br1dge-W4ter', 'administrator');
";

/// Makes it at `path`. The daemon needs a cross compiler; without one it is left out, and the
/// table says that it was not found.
pub(super) fn make(how: How, path: &Path) -> Result<()> {
    let folder = path.parent().context("a plant lies in a folder")?;
    let out = path.to_string_lossy();
    match how {
        How::RsaKey => {
            let options = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &out];
            tools::run("openssl", folder, &[&["genpkey"], options.as_slice()].concat())?;
        }
        How::EcKey => {
            let options = ["-name", "prime256v1", "-genkey", "-noout", "-out", &out];
            tools::run("openssl", folder, &[&["ecparam"], options.as_slice()].concat())?;
        }
        How::WeakCertificate => {
            let key = folder.join("weak.tmp");
            let key_name = key.to_string_lossy();
            let options = ["-x509", "-newkey", "rsa:1024", "-noenc", "-days", "10950", "-sha1"];
            let rest = ["-subj", "/CN=router.example", "-keyout", &key_name, "-out", &out];
            tools::run("openssl", folder, &[&["req"], options.as_slice(), &rest].concat())?;
            std::fs::remove_file(&key)?;
        }
        How::PublicKey => {
            let key = folder.join("public.tmp");
            make(How::EcKey, &key)?;
            let key_name = key.to_string_lossy();
            tools::run("openssl", folder, &["ec", "-in", &key_name, "-pubout", "-out", &out])?;
            std::fs::remove_file(&key)?;
        }
        How::Database => {
            tools::run("sqlite3", folder, &[&out, TABLES])?;
        }
        How::Daemon => {
            if tools::find("arm-linux-gnueabihf-gcc").is_none() {
                return Ok(());
            }
            let source = folder.join("daemon.tmp.c");
            std::fs::write(&source, DAEMON)?;
            let name = source.to_string_lossy();
            let options = ["-O2", "-s", "-fno-stack-protector", "-no-pie", "-w", "-o", &out];
            let all = [options.as_slice(), &[&name]].concat();
            tools::run("arm-linux-gnueabihf-gcc", folder, &all)?;
            std::fs::remove_file(&source)?;
        }
    }
    Ok(())
}
