//! Following values through an app's code: texts, where a value comes from, and what it passes
//! through. Registers are followed in the order of the instructions, without joining branches;
//! fields and calls of the app's own methods are followed by what an earlier pass has learnt.

pub(crate) mod calls;
pub(crate) mod tracker;
pub(crate) mod value;

pub(crate) use tracker::{App, Site};
pub(crate) use value::{Marks, Value};
