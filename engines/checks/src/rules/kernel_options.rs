//! Kernel options that protect a device, by what they protect against.
//!
//! From the kernel's own documentation (`Documentation/security/self-protection.rst`, the options'
//! help texts). Each has the version that brought it; older kernels are not blamed for lacking it.

/// What an option should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Built in.
    On,
    /// Left out.
    Off,
}

/// An option.
pub(crate) struct Option_ {
    /// Names, without `CONFIG_`; any of them counts, newer first.
    pub(crate) names: &'static [&'static str],
    pub(crate) wish: Wish,
    /// First version that has it: major, minor.
    pub(crate) since: (u32, u32),
    /// Architectures that have it, as `ARCH` in the options' names; empty for all.
    pub(crate) arches: &'static [&'static str],
    pub(crate) why: &'static str,
}

/// A group of options: its key, what is at stake, its options.
pub(crate) struct Group {
    pub(crate) key: &'static str,
    pub(crate) what: &'static str,
    pub(crate) options: &'static [Option_],
}

const fn on(
    names: &'static [&'static str],
    since: (u32, u32),
    arches: &'static [&'static str],
    why: &'static str,
) -> Option_ {
    Option_ { names, wish: Wish::On, since, arches, why }
}

const fn off(names: &'static [&'static str], why: &'static str) -> Option_ {
    Option_ { names, wish: Wish::Off, since: (2, 6), arches: &[], why }
}

const STRONG: &[&str] = &["X86", "X86_64", "ARM", "ARM64", "RISCV", "S390"];

pub(crate) const GROUPS: [Group; 5] = [
    Group {
        key: "memory",
        what: "bugs in the kernel's memory handling are easier to exploit",
        options: &[
            on(
                &[
                    "STACKPROTECTOR_STRONG",
                    "CC_STACKPROTECTOR_STRONG",
                    "STACKPROTECTOR",
                    "CC_STACKPROTECTOR",
                    "CC_STACKPROTECTOR_REGULAR",
                ],
                (2, 6),
                &[],
                "stack overflows are noticed",
            ),
            on(
                &["STRICT_KERNEL_RWX", "DEBUG_RODATA"],
                (4, 6),
                STRONG,
                "kernel code can't be written to",
            ),
            on(
                &["STRICT_MODULE_RWX", "DEBUG_SET_MODULE_RONX"],
                (4, 6),
                STRONG,
                "modules' code can't be written to",
            ),
            on(&["HARDENED_USERCOPY"], (4, 8), &[], "copies to and from programs are checked"),
            on(
                &["FORTIFY_SOURCE"],
                (4, 13),
                &["X86", "X86_64", "ARM", "ARM64", "RISCV", "S390", "PPC", "MIPS"],
                "overflows of known buffers are noticed",
            ),
            on(&["SLAB_FREELIST_RANDOM"], (4, 7), &[], "the heap's order can't be foretold"),
            on(&["SLAB_FREELIST_HARDENED"], (4, 14), &[], "the heap's lists can't be forged"),
            on(&["INIT_ON_ALLOC_DEFAULT_ON"], (5, 3), &[], "memory is cleared before use"),
            on(
                &["VMAP_STACK"],
                (4, 9),
                &["X86", "X86_64", "ARM64", "S390", "RISCV"],
                "stack overflows hit a guard page",
            ),
            on(&["DEBUG_LIST", "LIST_HARDENED"], (3, 0), &[], "broken lists are noticed"),
            on(&["SCHED_STACK_END_CHECK"], (3, 18), &[], "stack overruns are noticed"),
            on(&["BUG"], (2, 6), &[], "the kernel stops at states that can't be"),
            on(
                &["CPU_SW_DOMAIN_PAN"],
                (4, 3),
                &["ARM"],
                "the kernel can't be led to programs' memory",
            ),
        ],
    },
    Group {
        key: "randomisation",
        what: "an attacker knows or learns where the kernel's code and data are",
        options: &[
            on(
                &["RANDOMIZE_BASE"],
                (4, 7),
                &["X86", "X86_64", "ARM64", "S390", "MIPS", "RISCV"],
                "the kernel's place is random",
            ),
            on(
                &["RANDOMIZE_MEMORY"],
                (4, 8),
                &["X86_64"],
                "the kernel's data are at random places",
            ),
            off(&["COMPAT_BRK"], "programs' heaps are at random places"),
            off(&["KALLSYMS_ALL"], "symbols are not listed for everybody"),
            on(
                &["SECURITY_DMESG_RESTRICT"],
                (2, 6),
                &[],
                "only root reads kernel messages, which hold addresses",
            ),
        ],
    },
    Group {
        key: "interfaces",
        what: "root, or a bug that gives root, reaches memory and the running kernel through debugging interfaces",
        options: &[
            off(&["DEVKMEM"], "the kernel's memory is no file (/dev/kmem)"),
            off(&["PROC_KCORE"], "the kernel's memory is no file (/proc/kcore)"),
            off(&["KEXEC"], "the running kernel can't be replaced by an unsigned one"),
            off(&["KPROBES"], "code can't be put into the running kernel"),
            off(&["DEBUG_FS"], "debugging interfaces are left out"),
            off(&["MAGIC_SYSRQ_SERIAL"], "a break on the serial line gives no commands"),
            off(&["LEGACY_PTYS"], "the old terminals, which have races, are left out"),
            off(&["BINFMT_MISC"], "no handlers of other executables can be added"),
            off(&["USERFAULTFD"], "races in the kernel can't be held open"),
            off(&["LDISC_AUTOLOAD"], "line disciplines are not loaded for everybody"),
        ],
    },
    Group {
        key: "isolation",
        what: "programs can't be confined, so that one flaw gives the whole device",
        options: &[
            on(&["SECCOMP"], (2, 6), &[], "programs can give up system calls"),
            on(
                &["SECCOMP_FILTER"],
                (3, 5),
                &["X86", "X86_64", "ARM", "ARM64", "MIPS", "S390", "RISCV", "PPC"],
                "programs can filter system calls",
            ),
            on(&["SECURITY"], (2, 6), &[], "security modules can be used"),
            on(&["MULTIUSER"], (4, 1), &[], "there are other users than root"),
            on(&["NAMESPACES"], (2, 6), &[], "programs can be given a smaller world"),
        ],
    },
    Group {
        key: "modules",
        what: "anybody with root's rights can add code to the kernel, also for good",
        options: &[
            on(&["MODULE_SIG"], (3, 7), &[], "modules are signed"),
            on(&["MODULE_SIG_FORCE"], (3, 7), &[], "unsigned modules are refused"),
        ],
    },
];
