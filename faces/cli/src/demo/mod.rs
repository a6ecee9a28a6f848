//! `duecare demo`: an example camera through everything that works so far.
//!
//! Its firmware is made on the fly from the files in `demo/camera`, once flawed and once fixed, and
//! each is reviewed for real. A flawed release must be stopped and the fixed one must pass; anything
//! else ends the demo with an error.

mod files;
mod image;

use crate::args::DemoArgs;
use crate::exit::{Exit, Failure, OrExit as _, failure};
use crate::progress::Progress;
use crate::{knowledge, output, review};
use duecare_domain::review::Verdict;
use duecare_firmware::Knowledge;
use duecare_firmware::unpack::Limits;
use duecare_report::text;
use duecare_review::{InputFile, Request};

pub(crate) fn run(args: &DemoArgs) -> Result<Exit, Failure> {
    let knowledge = knowledge::load(None)?;
    let folder = &args.dir;
    std::fs::create_dir_all(folder).or_exit(Exit::CantCreate, || {
        format!("can't make the folder {}", crate::files::shown(folder))
    })?;
    output::print("An example camera's firmware, first as its maker should never ship it.\n\n")?;
    let flawed = one("camera-1.0-flawed.bin", &files::flawed(), args, &knowledge)?;
    output::print("\nThe same camera with its flaws mended.\n\n")?;
    let fixed = one("camera-1.1-fixed.bin", &files::fixed(), args, &knowledge)?;
    let shown = crate::files::shown(folder);
    output::print(&format!(
        "\nThe images and their reports are in {shown}. Look at \
         {shown}/camera-1.0-flawed.bin.review/report.html, or try\n  \
         duecare review {shown}/camera-1.0-flawed.bin\n  \
         duecare checks credential-elf-literal\n"
    ))?;
    if (flawed, fixed) == (Verdict::Fail, Verdict::Pass) {
        return Ok(Exit::Pass);
    }
    let message = format!(
        "the flawed image came out as \"{}\" and the fixed one as \"{}\"; this is a bug in duecare",
        flawed.label(),
        fixed.label()
    );
    Err(failure(Exit::Software, message))
}

fn one(
    name: &str,
    entries: &[image::Entry],
    args: &DemoArgs,
    knowledge: &Knowledge,
) -> Result<Verdict, Failure> {
    let content =
        image::camera(entries).or_exit(Exit::Software, || format!("can't make {name}"))?;
    let folder = &args.dir;
    let path = folder.join(name);
    std::fs::write(&path, &content)
        .or_exit(Exit::CantCreate, || format!("can't write {}", crate::files::shown(&path)))?;
    let request = Request {
        images: vec![InputFile { name: name.to_owned(), content: content.into() }],
        source: None,
        app: None,
        bill: None,
        sarif: Vec::new(),
        analysers: Vec::new(),
        baseline: None,
        policy: review::policy(None)?,
        today: review::today(),
        limits: Limits::default(),
    };
    let progress = Progress::new(args.quiet);
    let review = duecare_review::run(&request, knowledge, &|line| progress.step(line))
        .or_exit(Exit::Software, || format!("can't review {name}"))?;
    drop(progress);
    let outputs = duecare_review::outputs(&request, &review, knowledge);
    review::write_all(&folder.join(format!("{name}.review")), &review, &outputs)?;
    let layout = text::Layout { colour: output::colour(), verbose: false };
    output::print(&text::render(&review.report, layout))?;
    Ok(review.decision.verdict)
}
