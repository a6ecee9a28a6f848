//! `duecare review`.

use crate::args::{Format, ReviewArgs};
use crate::exit::{Exit, Failure, OrExit as _, failure};
use crate::progress::Progress;
use crate::supervise::limits::{self, Bounds};
use crate::{extract, files, knowledge, output, supervise};
use duecare_base::Digest;
use duecare_domain::review::Verdict;
use duecare_firmware::unpack::Limits;
use duecare_formats::date::Date;
use duecare_report::{html, text};
use duecare_review::{Baseline, InputFile, LoadedPolicy, Outputs, Request, Review};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Largest bill, SARIF, baseline or policy file, in bytes.
const SIDE_FILE_BYTES_MAX: u64 = 512 << 20;

/// Lets a limited child do the review, and answers for it when it can't.
pub(crate) fn run(args: &ReviewArgs) -> Result<Exit, Failure> {
    outputs_can_be_written(args)?;
    let parent = std::env::var(supervise::MARK).ok().and_then(|number| number.parse().ok());
    if cfg!(not(target_os = "linux")) || parent.is_some() {
        return work(args, parent);
    }
    let child = supervise::child(std::env::args_os().skip(1));
    // Without /proc this program can't be found again; its limits hold in this process as well.
    let Ok(status) = child.and_then(supervise::run) else { return work(args, None) };
    supervise::ended(status).map_or_else(
        |stop| {
            Progress::new(args.quiet).clear();
            let mut message = stop.explain(args.memory_mib, limits::outside_mib());
            for folder in args.out.iter().chain(&args.extract).filter(|folder| folder.exists()) {
                // Writing to a String can't fail.
                let _ =
                    write!(message, "\n  What {} holds is no result of it.", files::shown(folder));
            }
            Err(failure(Exit::Incomplete, message))
        },
        |code| Ok(Exit::of_code(code)),
    )
}

/// Says before the work what could not be written after it.
fn outputs_can_be_written(args: &ReviewArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.extract {
        extract::free(folder)?;
        output::can_be_made(folder)?;
    }
    args.out.as_deref().map_or(Ok(()), output::can_be_made)
}

/// The review itself, in this process.
fn work(args: &ReviewArgs, parent: Option<u32>) -> Result<Exit, Failure> {
    limits::begin(parent).or_exit(Exit::Software, || "can't limit this process".to_owned())?;
    let knowledge = knowledge::load(args.packs.as_deref())?;
    let progress = Progress::new(args.quiet);
    let request = request(args, &progress)?;
    let review = duecare_review::run(&request, &knowledge, &|line| progress.step(line))
        .or_exit(Exit::Data, || "the review could not be made".to_owned())?;
    drop(progress);
    if let Some(folder) = &args.extract {
        let images: Vec<_> = review.images.iter().map(|image| &image.unpacked).collect();
        extract::run(folder, &images)?;
    }
    let needs_outputs = args.out.is_some()
        || matches!(args.format, Format::Sarif | Format::Cyclonedx | Format::Spdx);
    let outputs = needs_outputs.then(|| duecare_review::outputs(&request, &review, &knowledge));
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
    let content_bytes_max = args.memory_mib << 20;
    let side = |path: &PathBuf| files::read(path, SIDE_FILE_BYTES_MAX);
    let mut inputs = Vec::new();
    let mut left = content_bytes_max;
    let all = args.images.iter().chain(&args.app).chain(&args.sbom).chain(&args.sarif);
    if all.chain(&args.baseline).filter(|path| files::is_stdin(path)).count() > 1 {
        return Err(failure(Exit::Usage, "standard input (-) can be read only once".to_owned()));
    }
    for path in args.images.iter().chain(&args.app) {
        let input = files::read(path, left)?;
        left = left.saturating_sub(input.content.len() as u64);
        inputs.push(input);
    }
    let app = args.app.as_ref().and_then(|_| inputs.pop());
    let mut request = Request {
        images: inputs,
        source: args.source.as_deref().map(files::source).transpose()?,
        app,
        bill: args.sbom.as_ref().map(side).transpose()?,
        analysers: Vec::new(),
        sarif: args.sarif.iter().map(side).collect::<Result<_, _>>()?,
        baseline: None,
        policy: policy(files::or_environment(args.policy.as_deref(), "DUECARE_POLICY").as_deref())?,
        today: as_of(args.as_of)?,
        limits: Limits { memory_bytes_max: content_bytes_max, ..Limits::default() },
    };
    let earlier = args.baseline.as_deref().map(|path| files::read(path, SIDE_FILE_BYTES_MAX));
    let earlier = earlier.transpose()?;
    if let Some(source) = args.source.as_deref().filter(|_| !args.no_analysers) {
        request.analysers = duecare_analysers::run(source, &|line| progress.step(line));
    }
    limits::start_threads().or_exit(Exit::Incomplete, || {
        "the review could not begin: a limit from outside (ulimit, cgroup) leaves too little \
         memory, or too few threads"
            .to_owned()
    })?;
    limits::enter(bounds(args, &request, earlier.as_ref())?)
        .or_exit(Exit::Software, || "can't limit this process".to_owned())?;
    request.baseline = earlier.map(baseline).transpose()?;
    let source = request.source.iter().flat_map(|source| &source.files);
    let source: Vec<&str> = source.map(|file| file.path.as_str()).collect();
    for file in &request.sarif {
        let imported = duecare_analysers::import(&file.name, &file.content, &source)
            .or_exit(Exit::Data, || format!("{} can't be imported", file.name))?;
        request.analysers.extend(imported);
    }
    Ok(request)
}

fn bounds(
    args: &ReviewArgs,
    request: &Request,
    earlier: Option<&InputFile>,
) -> Result<Bounds, Failure> {
    let files = request.images.iter().chain(&request.app).chain(&request.bill);
    let files = files.chain(&request.sarif).chain(earlier);
    let source = request.source.iter().flat_map(|source| &source.files);
    let input_bytes: usize = files
        .map(|file| file.content.len())
        .chain(source.map(|file| file.content.len() + file.path.len()))
        .sum();
    let own_mib = match std::env::var("DUECARE_OWN_MEMORY_MIB").unwrap_or_default() {
        said if said.is_empty() => None,
        said => Some(
            said.parse()
                .or_exit(Exit::Usage, || "DUECARE_OWN_MEMORY_MIB is no number of MiB".to_owned())?,
        ),
    };
    let content_bytes = request.limits.memory_bytes_max;
    Ok(Bounds::new(input_bytes as u64, content_bytes, own_mib, args.cpu_seconds))
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

fn baseline(file: InputFile) -> Result<Baseline, Failure> {
    let report = duecare_review::baseline::read(&file.content)
        .or_exit(Exit::Data, || format!("the baseline {} can't be used", file.name))?;
    Ok(Baseline { file, report })
}

pub(crate) fn policy(path: Option<&Path>) -> Result<LoadedPolicy, Failure> {
    let (name, text) = match path {
        Some(path) => {
            let (_, text) = files::read_text(path, SIDE_FILE_BYTES_MAX)?;
            (files::shown(path), text)
        }
        None => {
            let built_in = duecare_packs::POLICIES.iter().find(|(name, _)| *name == "default.toml");
            let text = built_in.map(|(_, text)| (*text).to_owned()).unwrap_or_default();
            ("built in".to_owned(), text)
        }
    };
    let policy = duecare_review::policy::parse(&text)
        .or_exit(Exit::Data, || format!("the policy {name} can't be used"))?;
    Ok(LoadedPolicy { policy, digest: Digest::of(text.as_bytes()) })
}

/// Writes every format, `report.json` last: where it is, the others are, and of the same review.
pub(crate) fn write_all(folder: &Path, review: &Review, outputs: &Outputs) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .or_exit(Exit::CantCreate, || format!("can't make the folder {}", files::shown(folder)))?;
    let texts = [
        ("report.html", &html::render(&review.report)),
        ("bom.spdx.json", &outputs.spdx),
        ("bom.cdx.json", &outputs.cyclonedx),
        ("report.sarif", &outputs.sarif),
        ("report.json", &review.report.to_json()),
    ];
    output::write_files(folder, &texts)
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
