//! The ELF header: machine, class, byte order (System V gABI, chapter 4, "ELF Header").

use duecare_base::{Bin, Endian};
use std::fmt;

/// Processor family, by `e_machine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// MIPS and MIPS64 (the class tells them apart).
    Mips,
    /// 32-bit ARM, any instruction set version.
    Arm,
    /// 64-bit ARM.
    Aarch64,
    /// 32-bit x86.
    X86,
    /// 64-bit x86, including x32.
    X86_64,
    /// 32-bit PowerPC.
    PowerPc,
    /// 64-bit PowerPC.
    PowerPc64,
    /// RISC-V of either width.
    RiscV,
    /// Synopsys ARC, both generations.
    Arc,
    /// Renesas SuperH.
    SuperH,
    /// Cadence Xtensa (ESP8266, ESP32).
    Xtensa,
    /// Motorola 68000 and ColdFire.
    M68k,
    /// SPARC of either width.
    Sparc,
    /// LoongArch.
    LoongArch,
    /// IBM Z.
    S390,
    /// C-SKY.
    Csky,
    /// NIOS II.
    Nios2,
    /// MicroBlaze.
    MicroBlaze,
    /// OpenRISC.
    OpenRisc,
    /// Atmel AVR.
    Avr,
    /// Another `e_machine`.
    Other(u16),
}

impl Arch {
    fn of(machine: u16) -> Self {
        match machine {
            8 | 10 => Self::Mips,
            40 => Self::Arm,
            183 => Self::Aarch64,
            3 | 6 => Self::X86,
            62 => Self::X86_64,
            20 => Self::PowerPc,
            21 => Self::PowerPc64,
            243 => Self::RiscV,
            45 | 93 | 195 | 253 => Self::Arc,
            42 => Self::SuperH,
            94 => Self::Xtensa,
            4 => Self::M68k,
            2 | 18 | 43 => Self::Sparc,
            258 => Self::LoongArch,
            22 => Self::S390,
            39 | 252 => Self::Csky,
            113 => Self::Nios2,
            189 | 0xbaab => Self::MicroBlaze,
            92 | 0x8472 => Self::OpenRisc,
            83 => Self::Avr,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Mips => "mips",
            Self::Arm => "arm",
            Self::Aarch64 => "aarch64",
            Self::X86 => "x86",
            Self::X86_64 => "x86-64",
            Self::PowerPc => "powerpc",
            Self::PowerPc64 => "powerpc64",
            Self::RiscV => "riscv",
            Self::Arc => "arc",
            Self::SuperH => "superh",
            Self::Xtensa => "xtensa",
            Self::M68k => "m68k",
            Self::Sparc => "sparc",
            Self::LoongArch => "loongarch",
            Self::S390 => "s390",
            Self::Csky => "csky",
            Self::Nios2 => "nios2",
            Self::MicroBlaze => "microblaze",
            Self::OpenRisc => "openrisc",
            Self::Avr => "avr",
            Self::Other(machine) => return write!(f, "machine-{machine}"),
        };
        f.pad(name)
    }
}

/// What the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Runs at a fixed address.
    Executable,
    /// A program that may be loaded anywhere.
    Pie,
    /// A library.
    SharedObject,
    /// A Linux kernel module.
    KernelModule,
    /// Another object file that still needs linking.
    Relocatable,
    /// A process image.
    Core,
    /// Another `e_type`.
    Other(u16),
}

impl Kind {
    /// The lower-case name that reports show.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Executable => "executable",
            Self::Pie => "position-independent executable",
            Self::SharedObject => "shared object",
            Self::KernelModule => "kernel module",
            Self::Relocatable => "relocatable object",
            Self::Core => "core dump",
            Self::Other(_) => "unknown ELF type",
        }
    }
}

/// The fields of the ELF header that matter here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) wide: bool,
    pub(crate) endian: Endian,
    pub(crate) e_type: u16,
    pub(crate) arch: Arch,
    pub(crate) flags: u32,
    pub(crate) entry: u64,
    pub(crate) phoff: u64,
    pub(crate) phentsize: u16,
    pub(crate) phnum: u16,
    pub(crate) shoff: u64,
    pub(crate) shentsize: u16,
    pub(crate) shnum: u16,
    pub(crate) shstrndx: u16,
}

impl Header {
    /// Reads the header; `None` when this is no ELF file of class 32 or 64.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(b"\x7fELF") {
            return None;
        }
        let wide = match bytes.get(4)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let endian = match bytes.get(5)? {
            1 => Endian::Little,
            2 => Endian::Big,
            _ => return None,
        };
        let bin = Bin::new(bytes, endian);
        let e_type = bin.u16(16).ok()?;
        let arch = Arch::of(bin.u16(18).ok()?);
        // The tail of the header: after the three address-sized fields at 24.
        let (entry, phoff, shoff, rest) = if wide {
            (bin.u64(24).ok()?, bin.u64(32).ok()?, bin.u64(40).ok()?, 48)
        } else {
            let word = |at| bin.u32(at).ok().map(u64::from);
            (word(24)?, word(28)?, word(32)?, 36)
        };
        Some(Self {
            wide,
            endian,
            e_type,
            arch,
            flags: bin.u32(rest).ok()?,
            entry,
            phoff,
            phentsize: bin.u16(rest + 6).ok()?,
            phnum: bin.u16(rest + 8).ok()?,
            shoff,
            shentsize: bin.u16(rest + 10).unwrap_or(0),
            shnum: bin.u16(rest + 12).unwrap_or(0),
            shstrndx: bin.u16(rest + 14).unwrap_or(0),
        })
    }
}
