//! Which protections of compiler, linker and loader a file has.
//!
//! Left out on purpose: what the kernel adds (ASLR settings, NX of the processor).

use crate::dynamic::tag;
use crate::file::ElfFile;
use crate::header::{Arch, Kind};
use crate::tables::{PF_W, PF_X, PT_GNU_RELRO, PT_GNU_STACK, PT_LOAD};

/// `DF_TEXTREL` in `DT_FLAGS`.
const DF_TEXTREL: u64 = 4;
/// `DF_BIND_NOW` in `DT_FLAGS`.
const DF_BIND_NOW: u64 = 8;
/// `DF_1_NOW` in `DT_FLAGS_1`.
const DF_1_NOW: u64 = 1;

/// How much of the relocated data is read-only at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relro {
    /// Nothing.
    None,
    /// All but the lazily bound function pointers.
    Partial,
    /// Everything: bound at start, then closed.
    Full,
}

/// The protections of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hardening {
    /// Whether the stack is not executable. Without `PT_GNU_STACK` it is executable on MIPS, ARM,
    /// 32-bit x86 and the other old ABIs, and is not on AArch64 and RISC-V.
    pub nx: bool,
    /// Whether the file says so itself, by a `PT_GNU_STACK` header.
    pub stack_header: bool,
    /// Whether the program can be loaded anywhere; `None` for what is no program.
    pub pie: Option<bool>,
    /// Read-only relocations.
    pub relro: Relro,
    /// Whether functions check a stack canary; `None` where it can't be told (static, stripped
    /// programs) or does not apply (Go).
    pub canary: Option<bool>,
    /// How many checked (`__*_chk`) library functions it calls.
    pub fortified: usize,
    /// How many unchecked functions it calls that have a checked twin; `None` where the C library
    /// offers none (musl, uClibc) or the file is static.
    pub fortifiable: Option<usize>,
    /// `DT_RPATH`, looked up before `LD_LIBRARY_PATH`.
    pub rpath: Option<String>,
    /// `DT_RUNPATH`, looked up after it.
    pub runpath: Option<String>,
    /// Whether the symbol table is gone.
    pub stripped: bool,
    /// Whether the loader must write into the code.
    pub text_relocations: bool,
    /// Address of the first loaded part that is writable and executable.
    pub writable_executable: Option<u64>,
}

/// Functions for which glibc has a checked twin (glibc manual, "Source Fortification").
const FORTIFIABLE: &[&str] = &[
    "asprintf",
    "confstr",
    "dprintf",
    "fdelt",
    "fgets",
    "fgets_unlocked",
    "fgetws",
    "fprintf",
    "fread",
    "fread_unlocked",
    "fwprintf",
    "getcwd",
    "getdomainname",
    "getgroups",
    "gethostname",
    "getlogin_r",
    "gets",
    "getwd",
    "longjmp",
    "mbsnrtowcs",
    "mbsrtowcs",
    "mbstowcs",
    "memcpy",
    "memmove",
    "mempcpy",
    "memset",
    "obstack_printf",
    "poll",
    "ppoll",
    "pread",
    "pread64",
    "printf",
    "ptsname_r",
    "read",
    "readlink",
    "readlinkat",
    "realpath",
    "recv",
    "recvfrom",
    "snprintf",
    "sprintf",
    "stpcpy",
    "stpncpy",
    "strcat",
    "strcpy",
    "strncat",
    "strncpy",
    "swprintf",
    "syslog",
    "ttyname_r",
    "vasprintf",
    "vdprintf",
    "vfprintf",
    "vprintf",
    "vsnprintf",
    "vsprintf",
    "vsyslog",
    "wcscat",
    "wcscpy",
    "wcsncpy",
    "wctomb",
    "wmemcpy",
];

/// Reads the protections off a file.
#[must_use]
pub fn hardening(file: &ElfFile<'_>) -> Hardening {
    let value = |tag| file.dynamic().get(tag).unwrap_or(0);
    let stack = file.segments().iter().find(|s| s.kind == PT_GNU_STACK);
    let chk = |name: &str| name.starts_with("__") && name.ends_with("_chk");
    let unchecked = |name: &str| FORTIFIABLE.binary_search(&name).is_ok();
    let text = |tag| file.dynamic().get(tag).and_then(|at| file.dynamic_text(at));
    Hardening {
        nx: stack.map_or(!executable_by_default(file), |s| s.flags & PF_X == 0),
        stack_header: stack.is_some(),
        pie: match file.kind() {
            Kind::Pie => Some(true),
            Kind::Executable => Some(false),
            _ => None,
        },
        relro: relro(file),
        canary: canary(file),
        fortified: file.imported().filter(|s| chk(s.name)).count(),
        fortifiable: fortify_offered(file)
            .then(|| file.imported().filter(|s| unchecked(s.name)).count()),
        rpath: text(tag::RPATH).map(str::to_owned),
        runpath: text(tag::RUNPATH).map(str::to_owned),
        stripped: file.is_stripped(),
        text_relocations: file.dynamic().get(tag::TEXTREL).is_some()
            || value(tag::FLAGS) & DF_TEXTREL != 0,
        writable_executable: file
            .segments()
            .iter()
            .find(|s| s.kind == PT_LOAD && s.flags & PF_W != 0 && s.flags & PF_X != 0)
            .map(|s| s.vaddr),
    }
}

/// What Linux does without the header (`elf_read_implies_exec` and the stack's default flags).
fn executable_by_default(file: &ElfFile<'_>) -> bool {
    !matches!(file.arch(), Arch::Aarch64 | Arch::RiscV | Arch::LoongArch | Arch::PowerPc64)
}

fn relro(file: &ElfFile<'_>) -> Relro {
    if !file.segments().iter().any(|s| s.kind == PT_GNU_RELRO && s.memsz > 0) {
        return Relro::None;
    }
    let value = |tag| file.dynamic().get(tag).unwrap_or(0);
    let now = file.dynamic().get(tag::BIND_NOW).is_some()
        || value(tag::FLAGS) & DF_BIND_NOW != 0
        || value(tag::FLAGS_1) & DF_1_NOW != 0;
    // Without lazy binding there is no function pointer left outside. GNU ld's MIPS PIC code binds
    // through the primary GOT, which it never puts under RELRO, so it stays partial there as well.
    let lazy = file.dynamic().get(tag::JMPREL).is_some() || file.arch() == Arch::Mips;
    if now || file.dynamic().is_empty() || !lazy { Relro::Full } else { Relro::Partial }
}

fn canary(file: &ElfFile<'_>) -> Option<bool> {
    const NAMES: &[&str] = &[
        "__stack_chk_fail",
        "__stack_chk_fail_local",
        "__stack_chk_guard",
        "__stack_smash_handler",
        "__intel_security_cookie",
    ];
    let symbols = file.symbols();
    if symbols.dynamic.iter().chain(&symbols.full).any(|s| NAMES.contains(&s.name)) {
        return Some(true);
    }
    if file.go_build_info().is_some() {
        return None;
    }
    if file.is_static() && file.is_stripped() {
        // glibc and uClibc say it in words; musl stops silently, so nothing is known then.
        let said = file.strings(23).any(|(_, text)| text.contains("stack smashing detected"));
        return said.then_some(true);
    }
    Some(false)
}

fn fortify_offered(file: &ElfFile<'_>) -> bool {
    let needed = file.needed();
    let interpreter = file.interpreter().unwrap_or_default();
    // glibc's so-name is libc.so.6 (libc.so.6.1 on two old processors); Android's is libc.so.
    needed.iter().any(|name| name.starts_with("libc.so.6"))
        && !interpreter.contains("musl")
        && !interpreter.contains("uClibc")
}
