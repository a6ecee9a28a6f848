//! Where a review's time goes, step by step, and how fast unpacking and matching are on their own.

use anyhow::{Context as _, Result};
use duecare_firmware::unpack::{Limits, Unpacked, unpack};
use duecare_firmware::{Knowledge, PackFiles, examine, formats, inventory};
use std::cell::RefCell;
use std::path::Path;

/// A rate is measured over at least this many CPU seconds: the clock ticks every hundredth.
const CPU_SECONDS_MIN: f64 = 2.0;

/// The day for which certificates are judged: 2026-01-01. It changes no cost.
const TODAY: i64 = 1_767_225_600;

/// Says the cost of every step and the two rates.
///
/// # Errors
/// When the image or the clock of this process can't be read.
pub fn run(image: &Path, say: &dyn Fn(&str)) -> Result<()> {
    let bytes = bytes_of(image)?;
    let start = cpu_seconds()?;
    let knowledge = Knowledge::parse(&PackFiles {
        components: duecare_packs::COMPONENTS.to_vec(),
        checks: duecare_packs::CHECKS.to_vec(),
        secrets: duecare_packs::SECRETS.to_vec(),
        ..PackFiles::default()
    })?;
    say(&format!("{:6.2} CPU s  reading the packs", cpu_seconds()? - start));
    steps(&bytes, &knowledge, say)?;

    let formats = formats();
    let once = || unpack("image", bytes.clone().into(), &formats, Limits::default(), &|_| ());
    let image_mb = bytes.len() as f64 / 1e6;
    let unpacked = once();
    let (runs, cost) = repeat(|| drop(once()))?;
    say(&format!("unpacking: {:.1} MB of image per CPU second", image_mb * runs / cost));

    let files_mb = file_bytes(&unpacked) as f64 / 1e6;
    let (runs, cost) = repeat(|| drop(inventory::take(&unpacked, knowledge.rules())))?;
    say(&format!(
        "matching:  {:.1} MB of files per CPU second, with every component rule ({files_mb:.1} MB)",
        files_mb * runs / cost
    ));
    Ok(())
}

/// The review's own steps, each ended by the next one's announcement.
fn steps(bytes: &[u8], knowledge: &Knowledge, say: &dyn Fn(&str)) -> Result<()> {
    let times: RefCell<Vec<(String, f64)>> = RefCell::new(Vec::new());
    let note = |line: &str| {
        if let Ok(now) = cpu_seconds() {
            times.borrow_mut().push((line.to_owned(), now));
        }
    };
    note("unpacking");
    drop(examine("image", bytes.to_vec().into(), knowledge, Limits::default(), TODAY, &note));
    note("end");
    // Unpacking announces every layer; only its beginning counts.
    let mut times = times.into_inner();
    let later: Vec<(String, f64)> = times.split_off(1);
    let main = ["taking", "looking", "tracing", "reading programs", "end"];
    times.extend(
        later.into_iter().filter(|(line, _)| main.iter().any(|start| line.starts_with(start))),
    );
    for pair in times.windows(2) {
        if let [(line, from), (_, to)] = pair {
            say(&format!("{:6.2} CPU s  {line}", to - from));
        }
    }
    Ok(())
}

/// Runs it until it took long enough; how many runs and what they cost.
fn repeat(mut what: impl FnMut()) -> Result<(f64, f64)> {
    let start = cpu_seconds()?;
    let mut runs = 0.0;
    loop {
        what();
        runs += 1.0;
        let cost = cpu_seconds()? - start;
        if cost >= CPU_SECONDS_MIN {
            return Ok((runs, cost));
        }
    }
}

fn file_bytes(unpacked: &Unpacked) -> u64 {
    let nodes = unpacked.layers.iter().flat_map(|layer| &layer.nodes);
    nodes.filter_map(|node| node.content()).map(|content| content.len() as u64).sum()
}

fn bytes_of(image: &Path) -> Result<Vec<u8>> {
    std::fs::read(image).with_context(|| image.display().to_string())
}

/// CPU seconds that this process has used, from `/proc/self/stat` (proc(5), fields 14 and 15).
fn cpu_seconds() -> Result<f64> {
    /// Ticks per second in what Linux tells programs, on every architecture that it still runs on.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").context("/proc/self/stat")?;
    let (_, after_name) = text.rsplit_once(')').context("/proc/self/stat has no name")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |field: usize| -> Result<f64> {
        Ok(fields.get(field).context("/proc/self/stat is short")?.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}
