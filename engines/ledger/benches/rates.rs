//! What the ledger costs on one core: `cargo bench -p duecare-ledger`. It measures and says, and
//! never fails on a time: machines differ and are shared. The bars are in `docs/ledger.md`.

#[path = "../tests/all/sample.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, which use all of it and fail by panicking"
)]
mod sample;

use duecare_ledger::{
    Entry, MemorySource, Salt, SignedCheckpoint,
    checkpoint::Trust,
    key::Verify,
    proof::{Prover, verify_inclusion},
    verify::{Options, verify_log},
    writer::{Planned, Writer},
};
use std::time::Instant;

/// Entries of the large log.
const ENTRIES: u64 = 10_000_000;

/// Entries of one batch while it grows.
const BATCH: u64 = 250_000;

/// Proofs that are timed.
const PROOFS: u64 = 200;

/// Wall time, in seconds.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// Time on a core, in seconds: what others do on this machine doesn't count. For stretches of many
/// milliseconds. Where the system doesn't tell, wall time.
fn on_core<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = core_seconds();
    let (result, wall) = timed(work);
    let spent = before.zip(core_seconds()).map(|(before, after)| after - before);
    (result, spent.unwrap_or(wall))
}

/// Linux: the nanoseconds that this thread ran.
fn core_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

#[expect(clippy::print_stdout, reason = "a bench says what it measured")]
fn say(text: &str) {
    println!("{text}");
}

fn main() {
    // `cargo test --benches` runs this too: then a small log will do.
    let whole = std::env::args().any(|argument| argument == "--bench");
    let entries = if whole { ENTRIES } else { 70_000 };
    if let Err(error) = run(entries) {
        say(&format!("the bench broke off: {error}"));
        std::process::exit(1);
    }
}

fn run(size: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut files = MemorySource::default();
    let mut writer = Writer::empty(sample::ORIGIN)?;
    let (mut append, mut last) = (0.0, None);
    while writer.size() < size {
        let to = writer.size().saturating_add(BATCH).min(size);
        let batch: Vec<_> = (writer.size()..to).map(entry).collect();
        let (planned, seconds) = on_core(|| writer.append(&batch));
        let planned = planned?;
        append += seconds;
        store(&mut files, &planned);
        last = Some(planned.checkpoint);
        writer = planned.next;
    }
    rate("append, in batches of 250,000", size, append, 1e6);
    singles(&writer)?;

    let keys = sample::keys();
    let mut signed = SignedCheckpoint::unsigned(last.ok_or("a checkpoint")?)?;
    signed.note_mut().sign(&keys.log, 0)?;
    files.0.insert("checkpoint".into(), signed.to_string().into_bytes());
    let log: &[&dyn Verify] = &[keys.log.verifier()];
    let trust = Trust { origin: sample::ORIGIN, log, witnesses: &[], witnesses_min: 0 };
    let (report, seconds) = on_core(|| verify_log(&files, &Options::new(trust)));
    if !report.is_sound() {
        return Err(report.to_string().into());
    }
    rate("verify, every leaf and tile", size, seconds, 200_000.0);
    proofs(&files, size, &signed)
}

/// A distinct entry that costs nothing to make.
fn entry(index: u64) -> [u8; 36] {
    let mut bytes = [0; 36];
    for (to, from) in bytes.iter_mut().zip(b"DCL\x01".iter().chain(&index.to_be_bytes())) {
        *to = *from;
    }
    bytes
}

fn store(files: &mut MemorySource, planned: &Planned) {
    // Partial tiles of sizes in between are not published here.
    files.0.retain(|path, _| !path.contains(".p/"));
    for write in &planned.tiles {
        files.0.insert(write.path.clone(), write.bytes.clone());
    }
}

/// One entry at a time, as a quiet server appends.
fn singles(writer: &Writer) -> Result<(), Box<dyn std::error::Error>> {
    const SINGLES: u64 = 2_000;
    let mut writer = writer.clone();
    let salt = Salt::new([7; 32]);
    let envelope = vec![b'x'; 2_000];
    let (done, seconds) = on_core(|| {
        for _ in 0..SINGLES {
            let entry = Entry::commit(&salt, &envelope).to_bytes();
            writer = writer.append(&[entry])?.next;
        }
        Ok::<(), duecare_ledger::writer::WriterError>(())
    });
    done?;
    let each = seconds * 1e6 / SINGLES as f64;
    say(&format!("append, one by one, with commitment        {each:>9.1} µs each"));
    Ok(())
}

fn proofs(
    files: &MemorySource,
    size: u64,
    signed: &SignedCheckpoint,
) -> Result<(), Box<dyn std::error::Error>> {
    let root = signed.checkpoint().root();
    let mut times = Vec::new();
    for number in 0..PROOFS {
        let index = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size;
        let (proof, seconds) = timed(|| Prover::new(files, size).inclusion(index));
        times.push(seconds * 1e3);
        verify_inclusion(&duecare_ledger::Hash::leaf(&entry(index)), index, size, &proof?, root)?;
    }
    // Wall time: the few that were interrupted by other programs are the slowest.
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let met = if at(90) <= 2.0 { "met" } else { "NOT met" };
    say(&format!(
        "inclusion proof at {size} entries, cold     {:>9.3} ms median, {:.3} ms at 90 % (bar: 2 ms: {met})",
        at(50),
        at(90)
    ));
    let (proof, seconds) = timed(|| Prover::new(files, size).consistency(size / 3));
    say(&format!(
        "consistency proof of {} hashes              {:>9.3} ms",
        proof?.len(),
        seconds * 1e3
    ));
    Ok(())
}

fn rate(what: &str, count: u64, seconds: f64, bar: f64) {
    let rate = count as f64 / seconds;
    let met = if rate >= bar { "met" } else { "NOT met" };
    say(&format!("{what:<42} {rate:>10.0} leaves/s (bar: {bar:.0}: {met})"));
}
