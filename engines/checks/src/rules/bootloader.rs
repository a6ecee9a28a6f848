//! The boot loader: U-Boot's environment, and whether the chain of trust begins there.

use super::mask::scrub;
use super::report::Context;
use crate::{gaps, ids};
use duecare_base::{Confidence, Finding, Location, Severity};
use memchr::memmem;

/// Longest variable, in bytes.
const VARIABLE_BYTES_MAX: usize = 4096;

/// Variables that are read after one another.
const VARIABLES_MAX: usize = 2000;

/// Environments that are looked for in one stretch of bytes.
const ENVIRONMENTS_MAX: usize = 16;

/// Reports on U-Boot's environments: those that a reader gave as text, and those built into it.
pub(crate) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for tree in &context.trees {
        for node in &tree.layer.nodes {
            let name = node.file_name();
            let Some(content) = node.content() else { continue };
            if name == "uboot-env" || name == "u-boot-env" || name.ends_with("uboot-env.txt") {
                let location = tree.layer.location(&node.path);
                let variables = (1_u32..)
                    .zip(content.split(|b| *b == b'\n'))
                    .map(|(number, line)| {
                        (Some(number), None, String::from_utf8_lossy(line).into_owned())
                    })
                    .collect();
                environment(&location, variables, false, out);
            } else if name.contains("u-boot") || name.contains("uboot") {
                built_in(context, &tree.layer.location(&node.path), 0, content, out);
            }
        }
    }
    for (layer, offset, bytes) in context.image.loose_bytes() {
        if memmem::find(&bytes, b"U-Boot").is_some() {
            built_in(context, &layer.location(""), offset, &bytes, out);
        }
    }
}

type Variable = (Option<u32>, Option<u64>, String);

/// The default environment inside the program: `name=value` texts with a NUL between.
fn built_in(
    context: &Context<'_>,
    location: &Location,
    base: u64,
    content: &[u8],
    out: &mut Vec<Finding>,
) {
    let mut end_of_last = 0;
    let mut count = 0;
    for at in memmem::find_iter(content, b"bootcmd=") {
        if at < end_of_last {
            continue;
        }
        if count >= ENVIRONMENTS_MAX {
            context.miss(gaps::ENVIRONMENT, location.clone());
            break;
        }
        count += 1;
        // Back to where the list begins: variables end with one NUL, the list with two.
        let mut begin = at;
        for _ in 0..VARIABLES_MAX {
            let Some(head) = begin.checked_sub(1).and_then(|end| content.get(..end)) else { break };
            let window =
                head.get(head.len().saturating_sub(VARIABLE_BYTES_MAX)..).unwrap_or_default();
            let Some(nul) = window.iter().rposition(|byte| *byte == 0) else { break };
            let start = head.len() - window.len() + nul + 1;
            if !content.get(start..begin - 1).is_some_and(is_variable) {
                break;
            }
            begin = start;
        }
        let mut variables: Vec<Variable> = Vec::new();
        let mut next = begin;
        while variables.len() < VARIABLES_MAX {
            let rest = content.get(next..).unwrap_or_default();
            let rest = rest.get(..VARIABLE_BYTES_MAX.min(rest.len())).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == 0) else { break };
            let Some(variable) = rest.get(..end).filter(|text| is_variable(text)) else { break };
            let offset = base + next as u64;
            variables.push((None, Some(offset), String::from_utf8_lossy(variable).into_owned()));
            next += end + 1;
        }
        if variables.len() >= VARIABLES_MAX {
            context.miss(gaps::ENVIRONMENT, location.clone());
        }
        end_of_last = next;
        environment(location, variables, true, out);
    }
}

fn is_variable(bytes: &[u8]) -> bool {
    let Some(equals) = bytes.iter().position(|byte| *byte == b'=') else { return false };
    equals > 0
        && bytes.iter().all(|b| (0x20..0x7f).contains(b) || matches!(b, b'\n' | b'\t'))
        && bytes.get(..equals).is_some_and(|name| {
            name.iter().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b))
        })
}

/// An environment that is looked at.
struct Environment<'a> {
    location: &'a Location,
    variables: &'a [Variable],
    confidence: Confidence,
}

/// A variable: its place, the whole text, its value.
type Found<'a> = (Location, &'a str, &'a str);

impl Environment<'_> {
    fn get(&self, wanted: &str) -> Option<Found<'_>> {
        self.variables.iter().find_map(|(line, offset, text)| {
            let (name, value) = text.split_once('=')?;
            let place = Location { line: *line, offset: *offset, ..self.location.clone() };
            (name == wanted).then(|| (place, text.as_str(), value.trim()))
        })
    }

    fn finding(&self, at: Found<'_>, severity: Severity, key: &str, message: &str) -> Finding {
        let id = ids::BOOT_UBOOT_ENVIRONMENT;
        Finding::new(id, severity, self.confidence, at.0, key, scrub(message))
            .with_snippet(&scrub(at.1))
    }
}

fn environment(
    location: &Location,
    variables: Vec<Variable>,
    built_in: bool,
    out: &mut Vec<Finding>,
) {
    let confidence = if built_in { Confidence::Medium } else { Confidence::High };
    let environment = Environment { location, variables: &variables, confidence };
    // Without a boot command or a delay this is no environment but a text that looks like one.
    if environment.get("bootcmd").is_none() && environment.get("bootdelay").is_none() {
        return;
    }
    delay(&environment, out);
    kernel_arguments(&environment, out);
    network(&environment, out);
    if let Some(at) = environment.get("verify").filter(|at| matches!(at.2, "n" | "no" | "0")) {
        let message = "the boot loader does not check what it starts (verify is off)";
        out.push(environment.finding(at, Severity::Low, "verify", message));
    }
}

fn delay(environment: &Environment<'_>, out: &mut Vec<Finding>) {
    let Some(at) = environment.get("bootdelay") else { return };
    let guarded = ["bootstopkeysha256", "bootstopkeycrypt", "bootstopkey"]
        .iter()
        .any(|name| environment.get(name).is_some());
    if guarded || !at.2.parse::<i32>().is_ok_and(|delay| delay > 0) {
        return;
    }
    let message = format!(
        "the boot loader waits {} s on the console, where anybody can stop it and start something else",
        at.2
    );
    out.push(environment.finding(at, Severity::Medium, "bootdelay", &message));
}

fn kernel_arguments(environment: &Environment<'_>, out: &mut Vec<Finding>) {
    for name in ["bootargs", "bootargs_base", "setargs", "bootargs_common"] {
        let Some(at) = environment.get(name) else { continue };
        let words: Vec<&str> = at.2.split_whitespace().collect();
        let shell = words.iter().find(|word| {
            word.strip_prefix("init=")
                .or_else(|| word.strip_prefix("rdinit="))
                .is_some_and(super::backdoors::is_shell)
        });
        if let Some(shell) = shell {
            let message = format!("the kernel starts a root shell instead of init ({shell})");
            out.push(environment.finding(at.clone(), Severity::High, "init", &message));
        }
        if words.iter().any(|word| matches!(*word, "single" | "S" | "1" | "emergency"))
            && name == "bootargs"
        {
            let message = "the kernel starts in single-user mode, a root shell";
            out.push(environment.finding(at.clone(), Severity::High, "single", message));
        }
        if words.iter().any(|word| {
            matches!(
                *word,
                "nokaslr" | "norandmaps" | "mitigations=off" | "selinux=0" | "apparmor=0"
            )
        }) {
            let message = "the kernel's command line switches protections off";
            out.push(environment.finding(at, Severity::Medium, "protections", message));
        }
    }
}

fn network(environment: &Environment<'_>, out: &mut Vec<Finding>) {
    for name in ["bootcmd", "preboot", "altbootcmd"] {
        let Some(at) = environment.get(name) else { continue };
        let command = at.2.split([';', '&', '|']).map(str::trim).find(|part| {
            ["tftp", "tftpboot", "nfs ", "dhcp", "bootp"]
                .iter()
                .any(|command| part.starts_with(command))
        });
        if let Some(part) = command {
            let severity = if name == "altbootcmd" { Severity::Low } else { Severity::Medium };
            let message = format!(
                "the boot loader takes what it starts from the network ({part}), which nothing protects"
            );
            out.push(environment.finding(at, severity, name, &message));
        }
    }
}
