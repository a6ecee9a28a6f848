//! The report as one HTML file: no script, no request to anywhere, readable in print and on a
//! phone, in light and dark.

mod chart;
mod view;

use askama::Template;
use duecare_review::report::Report;

/// The report as HTML.
#[must_use]
pub fn render(report: &Report) -> String {
    // The template writes to a String and formats only text, so this can't fail.
    view::Page::of(report).render().unwrap_or_default()
}
