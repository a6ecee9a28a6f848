//! Programs that have no header, explained by their banners: boot loaders, and the operating
//! systems of microcontrollers.

use crate::kit;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Signature};

/// Shorter stretches say too little, in bytes.
const BYTES_MIN: usize = 2048;

/// Flash of the largest microcontrollers of this kind, in bytes.
const PROGRAM_BYTES_MAX: usize = 4 << 20;

/// How often a banner's start is looked at in one stretch.
const HITS_MAX: usize = 32;

/// A banner: what it begins with, which loader it is, and what must follow.
type Banner = (&'static [u8], &'static str, fn(&str) -> bool);

const LOADERS: [Banner; 9] = [
    (b"U-Boot SPL ", "u-boot-spl", digit),
    (b"U-Boot ", "u-boot", digit),
    (b"CFE version ", "cfe", digit),
    (b"RedBoot(tm) ", "redboot", any),
    (b"EVA Boot", "eva", any),
    (b"barebox ", "barebox", digit),
    (b"PMON version ", "pmon", digit),
    (b"OpenSBI v", "opensbi", any),
    (b"Das U-Boot ", "u-boot", digit),
];

const SYSTEMS: [Banner; 13] = [
    (b"FreeRTOS V", "freertos", digit),
    (b"FreeRTOS Kernel V", "freertos", digit),
    (b"Booting Zephyr OS ", "zephyr", any),
    (b"*** Booting Zephyr", "zephyr", any),
    (b"ThreadX ", "threadx", versioned),
    (b"G-ThreadX", "threadx", any),
    (b"VxWorks ", "vxworks", digit),
    (b"WIND version ", "vxworks", digit),
    (b"eCos release ", "ecos", any),
    (b"uC/OS-II", "ucos-ii", any),
    (b"NuttX-", "nuttx", digit),
    (b"RIOT (Version: ", "riot", any),
    (b"Contiki-", "contiki", digit),
];

fn digit(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_digit())
}

fn versioned(rest: &str) -> bool {
    rest.contains("Version")
}

fn any(_: &str) -> bool {
    true
}

fn banner(bytes: &[u8], known: &[Banner]) -> Option<(&'static str, String)> {
    known.iter().find_map(|(start, name, follows)| {
        memchr::memmem::find_iter(bytes, start).take(HITS_MAX).find_map(|at| {
            let text = kit::text_at(bytes, at, 120);
            let rest = text.get(start.len()..).unwrap_or_default();
            follows(rest).then_some((*name, text))
        })
    })
}

/// A boot loader.
pub(crate) struct Loader;

impl Format for Loader {
    fn name(&self) -> &'static str {
        "boot-loader"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    fn read(&self, _: &Bytes, _: &Context<'_>) -> Option<Found> {
        None
    }

    fn explain(&self, gap: &Bytes, _: &Context<'_>) -> Option<Found> {
        if gap.len() < BYTES_MIN || duecare_unpack::sniff::is_text(gap) {
            return None;
        }
        let (name, text) = banner(gap, &LOADERS)?;
        let mut found = Found::new(gap.len());
        found.fact("loader", name);
        found.fact("banner", &text);
        let version =
            text.split_whitespace().find(|word| word.contains(|c: char| c.is_ascii_digit()));
        if let Some(version) = version {
            found.fact("version", version.trim_start_matches(['V', 'v']));
        }
        if name.starts_with("u-boot") {
            super::environment::default_of(gap, &mut found);
        }
        Some(found)
    }
}

/// The operating system of a microcontroller, or its bare program.
pub(crate) struct Rtos;

impl Format for Rtos {
    fn name(&self) -> &'static str {
        "mcu-program"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    /// A stack address often ends in zeros, which the search takes for padding; so a program that
    /// begins a blob is told here.
    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let whole = context.at_start && input.len() <= PROGRAM_BYTES_MAX;
        if whole && vector_table(input).is_some() { self.explain(input, context) } else { None }
    }

    fn explain(&self, gap: &Bytes, _: &Context<'_>) -> Option<Found> {
        if gap.len() < BYTES_MIN
            || duecare_unpack::sniff::is_text(gap)
            || gap.starts_with(b"\x7fELF")
        {
            return None;
        }
        let named = banner(gap, &SYSTEMS);
        let vectors = vector_table(gap);
        if named.is_none() && vectors.is_none() {
            return None;
        }
        let mut found = Found::new(gap.len());
        found.fact("system", "microcontroller");
        if let Some((name, text)) = named {
            found.fact("rtos", name);
            found.fact("banner", text);
        }
        if let Some((stack, reset)) = vectors {
            found.fact("cpu", "arm cortex-m");
            found.fact("stack", format!("{stack:#x}"));
            found.fact("reset", format!("{reset:#x}"));
        }
        Some(found)
    }
}

/// Stack and reset address of an ARM Cortex-M program (ARMv7-M Architecture Reference Manual,
/// B1.5.3): the stack in RAM, all handlers odd (Thumb) and inside the program, reserved words zero.
fn vector_table(bytes: &[u8]) -> Option<(u32, u32)> {
    let bin = Bin::le(bytes);
    let stack = bin.u32(0).ok()?;
    let reset = bin.u32(4).ok()?;
    let ram = (0x2000_0000..=0x2010_0000).contains(&stack)
        || (0x1000_0000..=0x100a_0000).contains(&stack);
    if !ram || stack % 4 != 0 {
        return None;
    }
    // NMI, hard fault, SVCall, PendSV, SysTick.
    let handlers = [4, 8, 12, 44, 56, 60].map(|at| bin.u32(at).unwrap_or(0));
    let span = u32::try_from(bytes.len()).ok()?.saturating_add(0x10_0000);
    let near = |handler: &u32| handler % 2 == 1 && handler.abs_diff(reset) < span;
    if !handlers.iter().all(near) {
        return None;
    }
    // NXP's chips keep a checksum in the first reserved word.
    let sum = (0..8).map(|index| bin.u32(4 * index).unwrap_or(0)).fold(0_u32, u32::wrapping_add);
    let first = bin.u32(28) == Ok(0) || sum == 0;
    (first && [32, 36, 40].iter().all(|at| bin.u32(*at) == Ok(0))).then_some((stack, reset))
}
