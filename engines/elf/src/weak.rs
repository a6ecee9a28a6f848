//! The hardening checks: one finding per file and weakness.

use crate::facts::{Exposure, FileFacts};
use crate::file::ElfFile;
use crate::hardening::{Hardening, Relro, hardening};
use crate::header::{Arch, Kind};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};

const STACK: CheckId = CheckId::new("elf-stack-executable");
const PIE: CheckId = CheckId::new("elf-no-pie");
const RELRO: CheckId = CheckId::new("elf-no-relro");
const CANARY: CheckId = CheckId::new("elf-no-canary");
const FORTIFY: CheckId = CheckId::new("elf-no-fortify");
const RPATH: CheckId = CheckId::new("elf-rpath-unsafe");
const TEXT: CheckId = CheckId::new("elf-text-relocations");
const WRITABLE: CheckId = CheckId::new("elf-writable-executable-segment");
const DANGEROUS: CheckId = CheckId::new("elf-dangerous-function");

/// Functions that write buffers: who calls none of them has nothing for a canary to watch.
const WRITERS: &[&str] = &[
    "fgets",
    "fread",
    "fscanf",
    "gets",
    "memcpy",
    "memmove",
    "memset",
    "read",
    "recv",
    "recvfrom",
    "recvmsg",
    "scanf",
    "snprintf",
    "sprintf",
    "sscanf",
    "stpcpy",
    "strcat",
    "strcpy",
    "strncat",
    "strncpy",
    "vsnprintf",
    "vsprintf",
];

/// Functions without a bound on what they write (CWE-242, CWE-676).
const UNBOUNDED: &[&str] = &["gets", "sprintf", "stpcpy", "strcat", "strcpy", "vsprintf", "wcscpy"];

/// Runs every hardening check. Kernel modules, object files and core dumps have none of this.
pub(crate) fn check(file: &ElfFile<'_>, at: &Location, facts: &FileFacts<'_>) -> Vec<Finding> {
    if !matches!(file.kind(), Kind::Executable | Kind::Pie | Kind::SharedObject) {
        return Vec::new();
    }
    // Nothing mapped as code: a resource library or debug information split off.
    if !file.regions().iter().any(|r| r.exec) {
        return Vec::new();
    }
    let exposure = Exposure::of(file, facts);
    let seen = hardening(file);
    let report = Report { at, exposure };
    let mut found = Vec::new();
    found.extend(stack(file, &seen, &report));
    found.extend(addresses(&seen, &report));
    found.extend(relocations(file, &seen, &report));
    found.extend(canary(file, &seen, &report));
    found.extend(fortify(&seen, &report));
    // Other loaders than uClibc's pass over a list that is empty as a whole.
    let empty = file.interpreter().is_some_and(|path| path.contains("uClibc"));
    found.extend(search_path(&seen, facts, &report, empty));
    found.extend(segments(&seen, &report));
    found.extend(unbounded(file, &report));
    found
}

struct Report<'a> {
    at: &'a Location,
    exposure: Exposure,
}

impl Report<'_> {
    /// `usual`, one step higher where an attacker stands close.
    fn finding(&self, check: CheckId, usual: Severity, message: &str, snippet: &str) -> Finding {
        let severity = match (self.exposure, usual) {
            (Exposure::Local, usual) => usual,
            (_, Severity::Info) => Severity::Low,
            (_, Severity::Low) => Severity::Medium,
            (_, _) => Severity::High,
        };
        let message = format!("{message}{}", self.exposure.words());
        let key = check.as_str().to_owned();
        Finding::new(check, severity, Confidence::High, self.at.clone(), key, message)
            .with_snippet(snippet)
    }
}

fn stack(file: &ElfFile<'_>, seen: &Hardening, report: &Report<'_>) -> Option<Finding> {
    // A library's missing header matters only to the programs that load it, and is reported where
    // it asks for execution outright.
    let library = file.kind() == Kind::SharedObject;
    if seen.nx || (library && !seen.stack_header) {
        return None;
    }
    let snippet = if seen.stack_header {
        "PT_GNU_STACK has the execute flag".to_owned()
    } else {
        format!("no PT_GNU_STACK header: the stack is executable by default on {}", file.arch())
    };
    // MIPS compilers marked every stack so, for the kernel's emulation of floating point: a fact
    // about the tool chain rather than about this program.
    let usual = if seen.stack_header || file.arch() != Arch::Mips {
        Severity::Medium
    } else {
        Severity::Low
    };
    Some(report.finding(STACK, usual, "the stack is executable", &snippet))
}

fn addresses(seen: &Hardening, report: &Report<'_>) -> Option<Finding> {
    (seen.pie == Some(false)).then(|| {
        let message = "the program is loaded at a fixed address";
        report.finding(PIE, Severity::Low, message, "e_type is ET_EXEC")
    })
}

fn relocations(file: &ElfFile<'_>, seen: &Hardening, report: &Report<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    // A static program without a dynamic table has only its IRELATIVE slots to protect.
    if seen.relro == Relro::None && !file.dynamic().is_empty() {
        let message = "function pointers stay writable after relocation (no RELRO)";
        found.push(report.finding(RELRO, Severity::Low, message, "no PT_GNU_RELRO header"));
    } else if seen.relro == Relro::Partial && file.kind() != Kind::SharedObject {
        let message = "lazily bound function pointers stay writable (partial RELRO)";
        let snippet = "PT_GNU_RELRO without DF_BIND_NOW";
        found.push(report.finding(RELRO, Severity::Info, message, snippet));
    }
    if seen.text_relocations {
        let message = "the loader must make code writable to relocate it";
        found.push(report.finding(TEXT, Severity::Low, message, "DT_TEXTREL in the dynamic table"));
    }
    found
}

fn canary(file: &ElfFile<'_>, seen: &Hardening, report: &Report<'_>) -> Option<Finding> {
    if seen.canary != Some(false) {
        return None;
    }
    let writers: Vec<&str> = file
        .imported()
        .map(|s| s.name)
        .filter(|name| WRITERS.binary_search(&crate::names::plain(name)).is_ok())
        .take(6)
        .collect();
    if writers.is_empty() {
        return None;
    }
    let message = "no function checks a stack canary although buffers are written";
    let snippet = format!("no __stack_chk_fail; calls {}", writers.join(", "));
    Some(report.finding(CANARY, Severity::Low, message, &snippet))
}

fn fortify(seen: &Hardening, report: &Report<'_>) -> Option<Finding> {
    let fortifiable = seen.fortifiable.filter(|count| *count > 0 && seen.fortified == 0)?;
    let message = "built without FORTIFY_SOURCE although the C library offers it";
    let snippet = format!("0 checked functions, {fortifiable} that have a checked twin");
    Some(report.finding(FORTIFY, Severity::Info, message, &snippet))
}

fn search_path(
    seen: &Hardening,
    facts: &FileFacts<'_>,
    report: &Report<'_>,
    empty: bool,
) -> Vec<Finding> {
    let lists = [("DT_RPATH", &seen.rpath), ("DT_RUNPATH", &seen.runpath)];
    let folders = lists.iter().flat_map(|(tag, list)| {
        let counts = list.iter().filter(move |list| empty || !list.is_empty());
        counts.flat_map(move |list| list.split(':').map(move |folder| (*tag, folder)))
    });
    folders
        .take(64)
        .filter_map(|(tag, folder)| {
            let (usual, why) = unsafe_folder(folder, facts.setuid)?;
            let message = format!("libraries are loaded from {why}");
            let mut found =
                report.finding(RPATH, usual, &message, &format!("{tag} has \"{folder}\""));
            found.key = format!("rpath {folder}");
            Some(found)
        })
        .collect()
}

fn unsafe_folder(folder: &str, setuid: bool) -> Option<(Severity, &'static str)> {
    const WRITABLE: &[&str] = &["/tmp", "/var/tmp", "/dev/shm", "/var/run/shm", "/run/shm"];
    const BUILD: &[&str] = &["/home/", "/Users/", "/build/", "/root/", "/workspace/", "/mnt/"];
    let within = |parent: &&str| {
        folder.strip_prefix(*parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let origin = folder.contains("$ORIGIN") || folder.contains("${ORIGIN}");
    match () {
        () if folder.is_empty() => Some((Severity::Medium, "the current folder (empty entry)")),
        () if WRITABLE.iter().any(within) => {
            Some((Severity::High, "a folder that everybody may write"))
        }
        () if origin && setuid => {
            Some((Severity::High, "beside a set-id program, which a hard link can move"))
        }
        () if origin || folder.starts_with("$LIB") || folder.starts_with("$PLATFORM") => None,
        () if !folder.starts_with('/') => Some((Severity::Medium, "a relative folder")),
        () if BUILD.iter().any(|parent| folder.starts_with(parent)) => {
            Some((Severity::Low, "a folder of the machine it was built on"))
        }
        () => None,
    }
}

fn segments(seen: &Hardening, report: &Report<'_>) -> Option<Finding> {
    let vaddr = seen.writable_executable?;
    let message = "a loaded part is both writable and executable";
    let snippet = format!("PT_LOAD at {vaddr:#x} has flags RWX");
    Some(report.finding(WRITABLE, Severity::Medium, message, &snippet))
}

fn unbounded(file: &ElfFile<'_>, report: &Report<'_>) -> Option<Finding> {
    let mut names: Vec<&str> =
        file.imported().map(|s| s.name).filter(|n| UNBOUNDED.binary_search(n).is_ok()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let gets = names.contains(&"gets");
    let usual = if gets { Severity::Medium } else { Severity::Info };
    let message = if gets {
        "calls gets, which can't be used safely".to_owned()
    } else {
        format!("calls functions that write without a bound: {}", names.join(", "))
    };
    Some(report.finding(DANGEROUS, usual, &message, &format!("imports {}", names.join(", "))))
}
