//! Rules over C source beside the flow of input: credentials, TLS, shells on sockets, logs.

mod credential;
pub(crate) mod magic;
mod walk;
mod weak;

use crate::ir::Program;
use crate::report::Lines;
use duecare_base::{Finding, Location};

/// Every rule over one file.
pub(crate) fn check(program: &Program, at: &Location, lines: &Lines<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in &program.functions {
        credential::check(function, at, lines, &mut findings);
        weak::check(function, at, lines, &mut findings);
    }
    findings
}
