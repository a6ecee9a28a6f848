//! Statements in order, and the ways that branches take.

use super::Engine;
use super::env::Env;
use super::guard::Guard;
use crate::ir::{Expr, Stmt, StmtKind};

/// Whether what follows a statement is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// It is.
    On,
    /// The function, loop or program was left.
    Left,
}

impl Engine<'_> {
    /// Statements in order.
    pub(super) fn body(&mut self, body: &[Stmt], env: &mut Env) -> Flow {
        for stmt in body {
            self.depth = self.depth.saturating_add(1);
            let flow = if self.spend() { self.stmt(stmt, env) } else { Flow::Left };
            self.depth = self.depth.saturating_sub(1);
            if flow == Flow::Left {
                return Flow::Left;
            }
        }
        Flow::On
    }

    fn stmt(&mut self, stmt: &Stmt, env: &mut Env) -> Flow {
        match &stmt.kind {
            StmtKind::Do(value) => {
                self.eval(value, env);
                if leaves(value) { Flow::Left } else { Flow::On }
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    let value = self.eval(value, env).stepped(stmt.line);
                    if let Some(frame) = self.frames.last_mut() {
                        let worse =
                            frame.returns.as_ref().map_or(value.clone(), |r| r.worse(&value));
                        frame.returns = Some(worse);
                    }
                }
                Flow::Left
            }
            StmtKind::Leave => Flow::Left,
            StmtKind::If { test, then, other } => self.choose(test, then, other, env),
            StmtKind::Loop { test, body } => self.turn(test.as_ref(), body, env),
        }
    }

    /// The arms of an if, one after the other; what is known behind them is what any leaves.
    fn choose(&mut self, test: &Expr, then: &[Stmt], other: &[Stmt], env: &mut Env) -> Flow {
        let (mut test, mut then, mut other) = (test, then, other);
        let mut no = std::mem::take(env);
        let mut after: Option<Env> = None;
        let mut join = |found: Env| match &mut after {
            Some(known) => known.merge(found),
            None => after = Some(found),
        };
        loop {
            self.eval(test, &mut no);
            self.pay(&no);
            let mut yes = no.clone();
            self.apply(test, true, &mut yes);
            if self.body(then, &mut yes) == Flow::On {
                join(yes);
            }
            self.apply(test, false, &mut no);
            match other {
                [Stmt { kind: StmtKind::If { test: t, then: a, other: b }, .. }]
                    if self.spend() =>
                {
                    (test, then, other) = (t, a, b);
                }
                _ => break,
            }
        }
        if self.body(other, &mut no) == Flow::On {
            join(no);
        }
        match after {
            Some(known) => {
                *env = known;
                Flow::On
            }
            None => Flow::Left,
        }
    }

    /// A loop: its body is followed twice, so that what it sets is seen by what stands before.
    fn turn(&mut self, test: Option<&Expr>, body: &[Stmt], env: &mut Env) -> Flow {
        for _ in 0..2 {
            self.pay(env);
            let mut inside = env.clone();
            if let Some(test) = test {
                self.eval(test, &mut inside);
                self.apply(test, true, &mut inside);
            }
            self.body(body, &mut inside);
            env.merge(inside);
        }
        Flow::On
    }

    /// What a test that came out as `truth` says about values.
    pub(super) fn apply(&mut self, test: &Expr, truth: bool, env: &mut Env) {
        for (place, guard) in self.facts(test, truth, env) {
            let Some(value) = self.known(&place, env) else { continue };
            let value = match guard {
                Guard::Strict => value.cleaned(),
                Guard::Loose => value.doubted(true),
            };
            env.set(&place, value);
        }
    }
}

/// Calls that never come back.
fn leaves(value: &Expr) -> bool {
    match &value.kind {
        crate::ir::Kind::Call(call) => matches!(
            call.name.as_str(),
            "exit"
                | "_exit"
                | "die"
                | "abort"
                | "sys.exit"
                | "os.exit"
                | "process.exit"
                | "abort_request"
                | "os._exit"
                | "luci.http.close"
        ),
        _ => false,
    }
}
