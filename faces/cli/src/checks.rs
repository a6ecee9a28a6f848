//! `duecare checks`: what is looked for, and how.

use crate::args::ChecksArgs;
use crate::exit::{Exit, Failure, failure};
use crate::{knowledge, output};
use duecare_firmware::CheckInfo;
use std::fmt::Write as _;

pub(crate) fn run(args: &ChecksArgs) -> Result<Exit, Failure> {
    if args.test_rules {
        let knowledge = knowledge::load(args.packs.as_deref())?;
        let faults = knowledge.rules().check();
        let lines: Vec<String> = faults.iter().map(|fault| format!("{fault}\n")).collect();
        output::print(&lines.concat())?;
        output::print(&format!("{} rules, {} faults\n", knowledge.rules().len(), faults.len()))?;
        return Ok(if faults.is_empty() { Exit::Pass } else { Exit::Data });
    }
    let knowledge = knowledge::load_checks(args.packs.as_deref())?;
    let Some(id) = &args.check else {
        let mut text = String::new();
        for info in knowledge.checks() {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{:<34} {:<8} {}", info.id, info.severity, info.title);
        }
        output::print(&text)?;
        return Ok(Exit::Pass);
    };
    let info = knowledge.check(id).ok_or_else(|| {
        let message = format!("no check is named \"{id}\"; `duecare checks` lists them");
        failure(Exit::Usage, message)
    })?;
    output::print(&explain(info))?;
    Ok(Exit::Pass)
}

fn explain(info: &CheckInfo) -> String {
    let cwes: Vec<String> = info.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let mut text = format!("{}: {}\n", info.id, info.title);
    let mut part = |title: &str, body: &str| {
        if !body.trim().is_empty() {
            // Writing to a String can't fail.
            let _ = write!(text, "\n{title}\n  {}\n", body.trim().replace('\n', "\n  "));
        }
    };
    part("Severity", info.severity.label());
    part("Weakness", &cwes.join(", "));
    part("FTC v. D-Link", info.ftc.as_deref().unwrap_or_default());
    part("How it works", &info.how);
    part("False positives", &info.false_positives);
    part("False negatives", &info.false_negatives);
    part("What to do", &info.fix);
    part("References", &info.references.join("\n"));
    text
}
