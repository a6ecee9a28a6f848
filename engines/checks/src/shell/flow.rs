//! Ways that a script may take: `&&`, `||`, `if`, `case`, loops.
//!
//! Where the image decides, one way is followed; where only the device can, every way is, each
//! under its condition's text. A way that ends the script leaves its opposite as a condition on
//! what comes after.

use super::eval::{Field, Flow, Frame, Machine};
use super::expand;
use super::lex::Word;
use super::parse::{Command, describe};
use super::test::Truth;

/// Words of a loop that are followed.
const LOOP_WORDS_MAX: usize = 256;

/// Conditions' text, in characters.
const CONDITION_CHARS_MAX: usize = 100;

impl Machine<'_, '_> {
    /// Commands under a condition: what they guard against ends with them.
    fn under(
        &mut self,
        condition: String,
        frame: &mut Frame,
        run: impl FnOnce(&mut Self, &mut Frame) -> Flow,
    ) -> Flow {
        let held = frame.conditions.len();
        frame.conditions.push(condition);
        let flow = run(self, frame);
        frame.conditions.truncate(held);
        flow
    }

    pub(super) fn and_or(
        &mut self,
        first: &Command,
        rest: &[(bool, Command)],
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        let (flow, mut truth) = self.command(first, frame);
        if flow != Flow::Next {
            return (flow, truth);
        }
        let mut so_far = short(&describe(first));
        for (and, next) in rest {
            let (condition, otherwise) = if *and {
                (so_far.clone(), negate(&so_far))
            } else {
                (negate(&so_far), so_far.clone())
            };
            so_far = short(&describe(next));
            match (*and, truth) {
                (true, Truth::Yes | Truth::Assumed) | (false, Truth::No) => {
                    let (flow, now) = self.command(next, frame);
                    if flow != Flow::Next {
                        return (flow, now);
                    }
                    truth = now;
                }
                (true, Truth::No) | (false, Truth::Yes) => {}
                // What happens when an action fails says nothing of the normal way.
                (false, Truth::Assumed) => {
                    self.under(condition, frame, |m, f| m.command(next, f).0);
                }
                (_, Truth::Unknown) => {
                    let flow = self.under(condition, frame, |m, f| m.command(next, f).0);
                    if matches!(flow, Flow::Return(_) | Flow::Exit) {
                        frame.conditions.push(otherwise);
                    }
                }
            }
        }
        (Flow::Next, truth)
    }

    pub(super) fn if_command(
        &mut self,
        arms: &[(Vec<Command>, Vec<Command>)],
        other: &[Command],
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        let held = frame.conditions.len();
        let mut guards = Vec::new();
        let mut all_leave = true;
        let mut last = Flow::Next;
        for (condition, body) in arms {
            let (flow, truth) = self.list(condition, frame);
            if flow != Flow::Next {
                return (flow, truth);
            }
            let text = short(&condition.iter().map(describe).collect::<Vec<_>>().join("; "));
            match truth {
                Truth::Yes => {
                    let (flow, truth) = self.list(body, frame);
                    if guards.is_empty() {
                        // Nothing before was in doubt: this is simply the way it goes.
                        return (flow, truth);
                    }
                    all_leave &= flow != Flow::Next;
                    frame.conditions.truncate(held);
                    return self.leave_if(all_leave, flow, guards, frame);
                }
                Truth::No => {}
                Truth::Assumed | Truth::Unknown => {
                    let flow = self.under(text.clone(), frame, |m, f| m.list(body, f).0);
                    let leaves = matches!(flow, Flow::Return(_) | Flow::Exit);
                    all_leave &= leaves;
                    if leaves {
                        guards.push(negate(&text));
                        last = flow;
                    }
                    frame.conditions.push(negate(&text));
                }
            }
        }
        let flow = self.list(other, frame).0;
        all_leave &= flow != Flow::Next;
        let doubtful = frame.conditions.len() > held;
        if !doubtful {
            return (flow, Truth::Assumed);
        }
        frame.conditions.truncate(held);
        self.leave_if(all_leave, if flow == Flow::Next { last } else { flow }, guards, frame)
    }

    fn leave_if(
        &mut self,
        all_leave: bool,
        flow: Flow,
        guards: Vec<String>,
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        if all_leave && flow != Flow::Next {
            return (flow, Truth::Unknown);
        }
        frame.conditions.extend(guards);
        (Flow::Next, Truth::Unknown)
    }

    pub(super) fn loop_command(
        &mut self,
        condition: &[Command],
        body: &[Command],
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        let (_, truth) = self.list(condition, frame);
        if truth == Truth::No {
            return (Flow::Next, Truth::Yes);
        }
        let flow = if truth == Truth::Yes {
            self.list(body, frame).0
        } else {
            let text = short(&condition.iter().map(describe).collect::<Vec<_>>().join("; "));
            self.under(format!("while {text}"), frame, |m, f| m.list(body, f).0);
            Flow::Next
        };
        match flow {
            Flow::Break | Flow::Next => (Flow::Next, Truth::Unknown),
            other => (other, Truth::Unknown),
        }
    }

    pub(super) fn for_command(
        &mut self,
        name: &str,
        words: Option<&[Word]>,
        body: &[Command],
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        let mut values = Vec::new();
        match words {
            None => values.clone_from(&frame.args),
            Some(words) => {
                for word in words {
                    values.extend(expand::fields(self, frame, word));
                }
            }
        }
        if values.len() > LOOP_WORDS_MAX {
            self.cut_loop();
        }
        for value in values.into_iter().take(LOOP_WORDS_MAX) {
            frame.variables.insert(name.to_owned(), value);
            let (flow, truth) = self.list(body, frame);
            match flow {
                Flow::Next | Flow::Break => {}
                other => return (other, truth),
            }
        }
        (Flow::Next, Truth::Assumed)
    }

    pub(super) fn case_command(
        &mut self,
        raw: &str,
        subject: &Field,
        arms: &[(Vec<Word>, Vec<Command>)],
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        for (patterns, body) in arms {
            let patterns: Vec<Field> =
                patterns.iter().map(|word| expand::single(self, frame, word)).collect();
            if subject.is_sure() {
                let hit = patterns.iter().any(|p| crate::tree::matches(&p.text, &subject.text));
                if hit {
                    let (flow, truth) = self.list(body, frame);
                    return (flow, truth);
                }
                continue;
            }
            let texts: Vec<&str> = patterns.iter().map(|p| p.text.as_str()).collect();
            let text = short(&format!("{raw} is {}", texts.join(" or ")));
            self.under(text, frame, |m, f| m.list(body, f).0);
        }
        (Flow::Next, Truth::Unknown)
    }
}

fn short(text: &str) -> String {
    duecare_base::text::one_line(text, CONDITION_CHARS_MAX)
}

fn negate(text: &str) -> String {
    match text.strip_prefix("not: ") {
        Some(inner) => inner.to_owned(),
        None => format!("not: {text}"),
    }
}
