//! `duecare review`.

use crate::args::{Format, ReviewArgs};
use crate::exit::{Exit, Failure, OrExit as _};
use crate::progress::Progress;
use crate::{extract, files, knowledge, output};
use duecare_analysers::AnalyserOutcome;
use duecare_app::review::{self, Baseline, InputFile, LoadedPolicy, Outputs, Request, Review};
use duecare_base::Digest;
use duecare_domain::review::Verdict;
use duecare_firmware::unpack::Limits;
use duecare_formats::date::Date;
use duecare_report::{html, text};
use std::path::Path;

/// Largest bill, SARIF, baseline or policy file, in bytes.
const SIDE_FILE_BYTES_MAX: u64 = 512 << 20;

pub(crate) fn run(args: &ReviewArgs) -> Result<Exit, Failure> {
    let knowledge = knowledge::load(args.packs.as_deref())?;
    let progress = Progress::new(args.quiet);
    let request = request(args, &progress)?;
    let review = review::run(&request, &knowledge, &|line| progress.step(line))
        .or_exit(Exit::Data, || "the review could not be made".to_owned())?;
    drop(progress);
    if let Some(folder) = &args.extract {
        let images: Vec<_> = review.images.iter().map(|image| &image.unpacked).collect();
        extract::run(folder, &images)?;
    }
    let needs_outputs = args.out.is_some()
        || matches!(args.format, Format::Sarif | Format::Cyclonedx | Format::Spdx);
    let outputs = needs_outputs.then(|| review::outputs(&request, &review, &knowledge));
    if let (Some(folder), Some(outputs)) = (&args.out, &outputs) {
        write_all(folder, &review, outputs)?;
    }
    output::print(&shown(args, &review, outputs.as_ref()))?;
    Ok(match review.decision.verdict {
        Verdict::Pass => Exit::Pass,
        Verdict::Fail => Exit::Fail,
        Verdict::Incomplete => Exit::Incomplete,
    })
}

fn request(args: &ReviewArgs, progress: &Progress) -> Result<Request, Failure> {
    let memory_bytes = args.memory_mib << 20;
    let side = |path: &std::path::PathBuf| files::read(path, SIDE_FILE_BYTES_MAX);
    let images: Vec<InputFile> =
        args.images.iter().map(|path| files::read(path, memory_bytes)).collect::<Result<_, _>>()?;
    let sarif: Vec<InputFile> = args.sarif.iter().map(side).collect::<Result<_, _>>()?;
    Ok(Request {
        images,
        source: args.source.as_deref().map(files::source).transpose()?,
        app: args.app.as_ref().map(|path| files::read(path, memory_bytes)).transpose()?,
        bill: args.sbom.as_ref().map(side).transpose()?,
        analysers: analysers(args, &sarif, progress)?,
        sarif,
        baseline: args.baseline.as_deref().map(baseline).transpose()?,
        policy: policy(files::or_environment(args.policy.as_deref(), "DUECARE_POLICY").as_deref())?,
        today: as_of(args.as_of)?,
        limits: Limits { memory_bytes_max: memory_bytes, ..Limits::default() },
    })
}

/// The day that was asked for, on the command line or else in the environment, or else today.
fn as_of(asked: Option<Date>) -> Result<Date, Failure> {
    let said = std::env::var("DUECARE_AS_OF").unwrap_or_default();
    match asked {
        Some(date) => Ok(date),
        None if said.is_empty() => Ok(today()),
        None => said.parse().or_exit(Exit::Usage, || "DUECARE_AS_OF can't be used".to_owned()),
    }
}

/// Faces read the clock; nothing below them does.
#[expect(clippy::disallowed_methods, reason = "the command line is where the day comes from")]
pub(crate) fn today() -> Date {
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Date::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn analysers(
    args: &ReviewArgs,
    sarif: &[InputFile],
    progress: &Progress,
) -> Result<Vec<AnalyserOutcome>, Failure> {
    let mut outcomes = Vec::new();
    if let Some(source) = args.source.as_deref().filter(|_| !args.no_analysers) {
        outcomes = duecare_analysers::run(source, &|line| progress.step(line));
    }
    for file in sarif {
        let imported = duecare_analysers::import(&file.name, &file.content)
            .or_exit(Exit::Data, || format!("{} can't be imported", file.name))?;
        outcomes.extend(imported);
    }
    Ok(outcomes)
}

fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let file = files::read(path, SIDE_FILE_BYTES_MAX)?;
    let report = review::baseline::read(&file.content)
        .or_exit(Exit::Data, || format!("the baseline {} can't be used", path.display()))?;
    Ok(Baseline { file, report })
}

pub(crate) fn policy(path: Option<&Path>) -> Result<LoadedPolicy, Failure> {
    let (name, text) = match path {
        Some(path) => {
            let (_, text) = files::read_text(path, SIDE_FILE_BYTES_MAX)?;
            (path.display().to_string(), text)
        }
        None => {
            let built_in = duecare_packs::POLICIES.iter().find(|(name, _)| *name == "default.toml");
            let text = built_in.map(|(_, text)| (*text).to_owned()).unwrap_or_default();
            ("built in".to_owned(), text)
        }
    };
    let policy = review::policy::parse(&text)
        .or_exit(Exit::Data, || format!("the policy {name} can't be used"))?;
    Ok(LoadedPolicy { policy, digest: Digest::of(text.as_bytes()) })
}

pub(crate) fn write_all(folder: &Path, review: &Review, outputs: &Outputs) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .or_exit(Exit::CantCreate, || format!("can't make the folder {}", folder.display()))?;
    for (name, text) in [
        ("report.json", &review.report.to_json()),
        ("report.sarif", &outputs.sarif),
        ("bom.cdx.json", &outputs.cyclonedx),
        ("bom.spdx.json", &outputs.spdx),
        ("report.html", &html::render(&review.report)),
    ] {
        output::write_file(&folder.join(name), text)?;
    }
    Ok(())
}

fn shown(args: &ReviewArgs, review: &Review, outputs: Option<&Outputs>) -> String {
    match (args.format, outputs) {
        (Format::Json, _) => review.report.to_json(),
        (Format::Html, _) => html::render(&review.report),
        (Format::Sarif, Some(outputs)) => outputs.sarif.clone(),
        (Format::Cyclonedx, Some(outputs)) => outputs.cyclonedx.clone(),
        (Format::Spdx, Some(outputs)) => outputs.spdx.clone(),
        _ => {
            let layout = text::Layout { colour: output::colour(), verbose: args.verbose };
            text::render(&review.report, layout)
        }
    }
}
