//! How a review is shown to people: text for a terminal, one HTML file for everybody else.
//!
//! Left out on purpose: any judgement. What is shown is the report, nothing else.

pub mod html;
pub mod text;
