//! U-Boot's environment: a CRC-32, one flag byte in redundant copies, then `key=value` strings.
//!
//! The size of the environment is not stored; the usual sizes are tried until the checksum fits.

use crate::kit;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

/// Sizes that boards configure (`CONFIG_ENV_SIZE`), in bytes.
const SIZES: [usize; 14] = [
    0x2_0000, 0x1_0000, 0x4000, 0x8000, 0x2000, 0x1000, 0x4_0000, 0x800, 0x400, 0x200, 0x8_0000,
    0xc000, 0x1_f000, 0x3000,
];

/// Longest environment that is read without a checksum, in bytes.
const LOOSE_BYTES_MAX: usize = 0x2_0000;

/// How often each name is looked at in a boot loader's code.
const HITS_MAX: usize = 16;

/// Variables that nearly every environment has; two of them make one.
const USUAL: [&str; 8] = [
    "bootcmd=",
    "bootdelay=",
    "baudrate=",
    "bootargs=",
    "ethaddr=",
    "ipaddr=",
    "serverip=",
    "stdin=",
];

/// U-Boot environment.
pub(crate) struct Environment;

impl Format for Environment {
    fn name(&self) -> &'static str {
        "uboot-env"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(b"bootargs=").with_offset(4).aligned(512),
                Signature::anywhere(b"bootcmd=").with_offset(4).aligned(512),
                Signature::anywhere(b"bootdelay=").with_offset(4).aligned(512),
                Signature::anywhere(b"baudrate=").with_offset(4).aligned(512),
                Signature::anywhere(b"arch=").with_offset(4).aligned(512),
                Signature::anywhere(b"addtty=").with_offset(4).aligned(512),
                Signature::anywhere(b"addmisc=").with_offset(4).aligned(512),
                Signature::anywhere(b"autoload=").with_offset(4).aligned(512),
                Signature::anywhere(b"altbootcmd=").with_offset(4).aligned(512),
                Signature::anywhere(b"ethaddr=").with_offset(4).aligned(512),
                Signature::anywhere(b"ipaddr=").with_offset(4).aligned(512),
                Signature::anywhere(b"bootargs=").with_offset(5).aligned(512),
                Signature::anywhere(b"bootcmd=").with_offset(5).aligned(512),
                Signature::anywhere(b"bootdelay=").with_offset(5).aligned(512),
                Signature::anywhere(b"baudrate=").with_offset(5).aligned(512),
                Signature::anywhere(b"arch=").with_offset(5).aligned(512),
                Signature::anywhere(b"altbootcmd=").with_offset(5).aligned(512),
                Signature::anywhere(b"ethaddr=").with_offset(5).aligned(512),
            ]
        }
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        [4, 5].into_iter().find_map(|header| read(input, header))
    }
}

fn read(input: &Bytes, header: usize) -> Option<Found> {
    let bin = Bin::le(input);
    let first = bin.u8(header).ok()?;
    if !first.is_ascii_alphabetic() && first != b'_' {
        return None;
    }
    let (lines, used) = variables(bin.tail(header))?;
    let stored = bin.u32(0).ok()?;
    let right = |size: &usize| {
        let sealed = input.get(header..*size);
        sealed.is_some_and(|sealed| {
            let crc = kit::crc32(sealed);
            crc == stored || crc.swap_bytes() == stored
        })
    };
    let whole = [input.len()];
    let size = SIZES.iter().chain(&whole).copied().filter(|size| *size > used).find(right);
    if size.is_none() && (usual(&lines) < 2 || lines.len() < 4) {
        return None;
    }
    let mut found = Found::new(size.unwrap_or(header + used).min(input.len()));
    found.fact("copies", if header == 5 { "redundant" } else { "single" });
    found.fact("variables", lines.len());
    found.fact("crc", if size.is_some() { "ok" } else { "not matched" });
    if size.is_none() {
        let cut = header + used >= input.len();
        let kind = if cut { ProblemKind::Truncated } else { ProblemKind::Odd };
        found.problem(kind, Some(0), "the crc matches no usual size");
    }
    describe(&lines, "/uboot-env", &mut found);
    Some(found)
}

/// How many of the variables are ones that every board has.
fn usual(lines: &[String]) -> usize {
    lines.iter().filter(|line| USUAL.iter().any(|name| line.starts_with(name))).count()
}

/// The variables as facts and as a text file.
fn describe(lines: &[String], path: &str, found: &mut Found) {
    for key in ["bootdelay", "bootargs", "bootcmd", "console"] {
        let start = format!("{key}=");
        if let Some(value) = lines.iter().find_map(|line| line.strip_prefix(&start)) {
            found.fact(key, value);
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    found.nodes.push(kit::file(path, text));
}

/// Adds the default environment that a boot loader carries in its own code.
pub(crate) fn default_of(program: &[u8], found: &mut Found) {
    for name in ["bootcmd=", "bootdelay=", "bootargs=", "baudrate="] {
        for at in memchr::memmem::find_iter(program, name).take(HITS_MAX) {
            // Back to where the list begins: behind two zeros, or what is no variable.
            let before = program.get(at.saturating_sub(LOOSE_BYTES_MAX)..at).unwrap_or_default();
            let mut begin = at;
            for entry in before.rsplit(|byte| *byte == 0).skip(1) {
                let variable =
                    entry.contains(&b'=') && entry.iter().all(|b| (0x20..0x7f).contains(b));
                if !variable {
                    break;
                }
                begin -= entry.len() + 1;
            }
            let Some((lines, _)) = variables(program.get(begin..).unwrap_or_default()) else {
                continue;
            };
            if usual(&lines) >= 2 {
                return describe(&lines, "/uboot-env-default", found);
            }
        }
    }
}

/// The `key=value` strings up to the empty one that ends them, and how many bytes they take.
pub(crate) fn variables(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let area = bytes.get(..LOOSE_BYTES_MAX).unwrap_or(bytes);
    let mut lines = Vec::new();
    let mut used = 0;
    for entry in area.split(|byte| *byte == 0) {
        used += entry.len() + 1;
        if entry.is_empty() || entry.first() == Some(&0xff) {
            break;
        }
        let text = std::str::from_utf8(entry).ok()?;
        let (key, _) = text.split_once('=')?;
        let named = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:#$/+".contains(c));
        if !named {
            return None;
        }
        lines.push(text.replace(['\n', '\r'], " "));
    }
    (!lines.is_empty()).then_some((lines, used.min(bytes.len())))
}
