//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use duecare_formats::date::Date;
use std::path::PathBuf;

/// A device maker's software security program: review firmware before it ships.
#[derive(Debug, Parser)]
#[command(name = "duecare", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 pass, 1 the policy says no, 2 incomplete (too little was \
    seen), 64 wrong usage, 65 a broken input file, 66 an unreadable input file, 70 a bug in duecare, \
    73 an output that can't be written.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what is inside a firmware image, what is wrong with it, and whether it may ship
    Review(Box<ReviewArgs>),
    /// Review an example camera's firmware, flawed and fixed
    Demo(DemoArgs),
    /// List the checks, or explain one
    Checks(ChecksArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `duecare review`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  duecare review camera.bin\n  duecare review camera.bin \
    --source src/ --sbom build.cdx.json --out review/\n  duecare review camera.bin --baseline \
    last/report.json --policy policy.toml --format sarif\n\nAnalysers of source: \
    DUECARE_ANALYSER_SECONDS (600) is the time that each may take; DUECARE_RUN_BUILDS=1 also starts \
    those that build the source and so run programs in it (cargo clippy).\n\nInputs are read by a child process \
    that limits itself (on Linux): memory to the inputs, --memory-mib, and 512 MiB and 64 MiB a thread for \
    the program itself (DUECARE_OWN_MEMORY_MIB); processor time to --cpu-seconds. When a limit ends it, \
    the review is incomplete (exit code 2).\n\nNothing from an image is written \
    anywhere unless --extract asks for it. No network, no root.")]
pub(crate) struct ReviewArgs {
    /// Firmware images; several are also compared with one another (shared keys); `-` is standard
    /// input
    #[arg(value_name = "IMAGE", required_unless_present_any = ["source", "app", "sarif"])]
    pub(crate) images: Vec<PathBuf>,

    /// Folder with the source that the image was built from
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,

    /// The companion app, an Android package
    #[arg(long, value_name = "APK")]
    pub(crate) app: Option<PathBuf>,

    /// The build's bill of materials (CycloneDX or SPDX), to compare with the image
    #[arg(long, value_name = "FILE")]
    pub(crate) sbom: Option<PathBuf>,

    /// Results of other analysers, SARIF 2.1.0; may be given more than once
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) sarif: Vec<PathBuf>,

    /// report.json of an earlier release: its findings don't block again, save those that always do
    #[arg(long, value_name = "REPORT")]
    pub(crate) baseline: Option<PathBuf>,

    /// Policy to decide by (TOML); the built-in one when not given
    /// [env: DUECARE_POLICY]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// Write every format into this folder: report.json, report.sarif, bom.cdx.json,
    /// bom.spdx.json, report.html
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write the files of the image's file systems into this new folder
    #[arg(long, value_name = "DIR")]
    pub(crate) extract: Option<PathBuf>,

    /// Decide as of this day: exceptions and certificates end (YYYY-MM-DD; today when not given)
    /// [env: DUECARE_AS_OF]
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Date>,

    /// Folder with your own packs: components/, checks/, secrets/; they replace built-in ones of
    /// the same id [env: DUECARE_PACKS]
    #[arg(long, value_name = "DIR")]
    pub(crate) packs: Option<PathBuf>,

    /// Don't start the analysers that are installed; --sarif still counts
    #[arg(long)]
    pub(crate) no_analysers: bool,

    /// Most memory for unpacked content, in MiB; past it the review is incomplete
    #[arg(long, value_name = "MIB", default_value_t = 1024, env = "DUECARE_MEMORY_MIB")]
    #[arg(value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    pub(crate) memory_mib: u64,

    /// Processor time that the review may take, in seconds; by default 600 and 30 for each MiB of
    /// input. Analysers have limits of their own
    #[arg(long, value_name = "SECONDS", env = "DUECARE_CPU_SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) cpu_seconds: Option<u64>,

    /// Show every finding and component in text
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// No progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Output formats of `duecare review`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// The whole report (docs/schema/report-1.json)
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// CycloneDX 1.6 JSON
    Cyclonedx,
    /// SPDX 2.3 JSON
    Spdx,
    /// One self-contained HTML file
    Html,
}

/// Arguments of `duecare checks`.
#[derive(Debug, Args)]
pub(crate) struct ChecksArgs {
    /// Explain this check: how it works, where it errs, what to do
    #[arg(value_name = "CHECK")]
    pub(crate) check: Option<String>,

    /// Folder with your own packs; they are tested too [env: DUECARE_PACKS]
    #[arg(long, value_name = "DIR")]
    pub(crate) packs: Option<PathBuf>,

    /// Run the tests inside every component rule and say what is wrong
    #[arg(long, conflicts_with = "check")]
    pub(crate) test_rules: bool,
}

/// Arguments of `duecare demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the images and reports
    #[arg(long, value_name = "DIR", default_value = "duecare-demo")]
    pub(crate) dir: PathBuf,

    /// No progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
