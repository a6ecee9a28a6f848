//! `cargo xtask bench`: what a review costs, beside other tools on the same image in the same run.
//!
//! It measures and says; it never fails on a time, because machines differ and are shared. Trust
//! the CPU seconds and the memory more than the wall time.

mod helpers;
mod measure;
mod peers;
mod products;
pub mod rates;
mod truth;

use crate::{image, tools};
use anyhow::{Context as _, Result};
use std::path::PathBuf;

/// Most CPU seconds that a review of the planted image may take.
const CPU_SECONDS_BAR: f64 = 3.0;

/// Most memory that it may hold at once, in megabytes (10^6 bytes).
const MEMORY_MB_BAR: f64 = 200.0;

/// What to measure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Other tools too.
    pub peers: bool,
    /// This image instead of the planted one.
    pub image: Option<PathBuf>,
    /// This build of `duecare` instead of a new one; the rates, which need one, are left out then.
    pub duecare: Option<PathBuf>,
}

/// Measures and says each result as soon as it is there.
///
/// # Errors
/// When the image can't be made or `duecare` doesn't build.
pub fn run(options: &Options, say: &dyn Fn(&str)) -> Result<()> {
    tools::require(&[("time", "time")])?;
    let duecare = match &options.duecare {
        Some(build) => build.canonicalize().with_context(|| build.display().to_string())?,
        None => tools::built("duecare-cli", "duecare")?,
    };
    let planted = image::planted()?;
    let image = options.image.clone().unwrap_or(planted);
    let image = image.canonicalize().with_context(|| image.display().to_string())?;
    let size = std::fs::metadata(&image)?.len() as f64 / 1e6;
    say(&format!("image {} of {size:.1} MB; {}\n", image.display(), load()));
    say(measure::HEADING);
    let name = image.to_string_lossy();
    let arguments = ["review", "--no-analysers", "--quiet", "--format", "json", name.as_ref()];
    let folder = image::folder()?;
    let review = measure::best("duecare review", &duecare, &folder, &arguments, 3)?;
    say(&review.line());
    let one_core = measure::best_with(
        "  the same on one core",
        &duecare,
        &folder,
        &arguments,
        &[("RAYON_NUM_THREADS", "1")],
        3,
    )?;
    say(&one_core.line());
    let verdict = |met: bool| if met { "met" } else { "NOT met" };
    say(&format!(
        "\nbar: at most {CPU_SECONDS_BAR} CPU seconds: {}; at most {MEMORY_MB_BAR} MB: {}\n",
        verdict(review.cpu_seconds <= CPU_SECONDS_BAR),
        verdict(review.memory_mb <= MEMORY_MB_BAR)
    ));
    if options.duecare.is_none() {
        // Rates are taken inside this program, so it must be optimised too.
        let tool = tools::built("xtask", "xtask")?;
        say(tools::run_path(&tool, &folder, &["rates", &name])?.trim_end());
    }
    if options.peers {
        say(&format!("\nother tools; {}", load()));
        peers::run(&folder, &duecare, &image, say)?;
    }
    Ok(())
}

/// How busy the machine is: on a busy one, CPU seconds are too high and wall times say nothing.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split(' ').next().unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("load average {load} on {cores} cores")
}
