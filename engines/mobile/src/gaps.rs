//! What of an app is not looked at, and why. Each constant tells of limits beside the code that it
//! is about.

use duecare_base::Gap;

const fn gap(reason: &'static str) -> Gap {
    Gap::hiding("the companion app", reason)
}

/// What [`crate::report::UNREADABLE`] reports, and the limits of `dex` and `resources::xml`.
pub(crate) const UNREADABLE: Gap = gap(
    "the app's manifest or part of its code could not be read: it is damaged, hidden or too large",
);
/// `Table::read` gave up.
pub(crate) const RESOURCES: Gap =
    gap("the app's table of resources could not be read, so settings that it holds are unknown");
/// `TEXTS_MAX`, `FINDINGS_MAX`.
pub(crate) const FINDINGS: Gap =
    gap("the app has more addresses, or more findings of one check, than are looked at");
/// Code that is no Dalvik code.
pub(crate) const NATIVE: Gap =
    Gap::stated("the companion app", "the app's native libraries were searched for secrets only");
