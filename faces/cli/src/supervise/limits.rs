//! The limits that a child sets on itself, so that they hold whatever our own counting misses.
//!
//! Two steps. [`begin`] comes first of all: no core files, which would hold the image's secrets; no
//! new privileges; no life without the parent. [`enter`] comes when the inputs are read and the
//! analysers of source are done (which need more, and have limits of their own), and before the
//! first byte of an input is parsed.
//!
//! Memory is limited as `RLIMIT_DATA`: what a process can write to, since Linux 4.7 mappings as
//! well as the heap. `RLIMIT_AS` would also count what an allocator only reserves, 64 MiB a thread.

#[cfg(target_os = "linux")]
pub(crate) use linux::{begin, enter, outside_mib, start_threads};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{begin, enter, outside_mib, start_threads};

/// Memory for the program itself, in MiB: rules, tables, findings, the report and all its formats.
/// 40 MiB are the rules; the rest of what a review of real images takes beyond its content stays
/// below 130 MiB.
const OWN_MIB: u64 = 512;

/// Memory for each thread that works, in MiB: its stack and what it needs to read one file, syntax
/// trees above all.
const THREAD_MIB: u64 = 64;

/// Threads that count; on larger machines there is memory enough in what the others leave.
const THREADS_MAX: u64 = 64;

/// Processor time for any input, in seconds.
const CPU_SECONDS: u64 = 600;

/// Processor time for each MiB of input, in seconds: two hundred times what firmware takes.
const CPU_SECONDS_PER_MIB: u64 = 30;

/// How long after the signal for used-up processor time the process is killed, in seconds.
#[cfg(target_os = "linux")]
const CPU_GRACE_SECONDS: u64 = 5;

/// Files that may be open at once: folders inside folders of what is written, and the streams.
#[cfg(target_os = "linux")]
const OPEN_FILES_MAX: u64 = 256;

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Memory that it can write to, in bytes.
    pub(crate) memory_bytes: u64,
    /// Processor time of all its threads, in seconds.
    pub(crate) cpu_seconds: u64,
}

impl Bounds {
    /// For inputs of `input_bytes`, which are in memory already.
    ///
    /// `content_bytes` is what may be unpacked. `own_mib` replaces the memory for the program
    /// itself, threads included, and `cpu_seconds` the processor time, where a person says so.
    pub(crate) fn new(
        input_bytes: u64,
        content_bytes: u64,
        own_mib: Option<u64>,
        cpu_seconds: Option<u64>,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let own_mib = own_mib.unwrap_or(OWN_MIB + THREAD_MIB * threads.min(THREADS_MAX));
        // Bytes per MiB; a limit beyond what a number can hold is none.
        let own_bytes = own_mib.saturating_mul(1 << 20);
        let scaled = (input_bytes >> 20).saturating_mul(CPU_SECONDS_PER_MIB);
        Self {
            memory_bytes: input_bytes.saturating_add(content_bytes).saturating_add(own_bytes),
            cpu_seconds: cpu_seconds.unwrap_or(CPU_SECONDS.saturating_add(scaled)),
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Bounds, CPU_GRACE_SECONDS, OPEN_FILES_MAX};
    use rustix::io;
    use rustix::process::{Pid, Resource, Rlimit, Signal};
    use rustix::process::{getppid, getrlimit, set_parent_process_death_signal, setrlimit};
    use rustix::thread::set_no_new_privs;
    use std::io::Write as _;

    /// What holds from the first moment on. `parent` is the process that supervises, if any.
    ///
    /// # Errors
    /// The system refuses, or the parent is gone already.
    pub(crate) fn begin(parent: Option<u32>) -> io::Result<()> {
        if let Some(parent) = parent {
            set_parent_process_death_signal(Some(Signal::TERM))?;
            let known = getppid().map(Pid::as_raw_nonzero);
            // A parent that ended before the line above has sent no signal.
            if known.map(std::num::NonZero::get) != i32::try_from(parent).ok() {
                return Err(io::Errno::SRCH);
            }
        }
        // As the usual words for a bug, without taking memory or the lock that those take.
        std::panic::set_hook(Box::new(|panic| {
            // Nothing sensible is left to do when standard error is gone.
            let _ = writeln!(std::io::stderr(), "{panic}");
        }));
        set_no_new_privs(true)?;
        lower(Resource::Core, 0, 0)
    }

    /// What holds while inputs are parsed.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn enter(bounds: Bounds) -> io::Result<()> {
        let Bounds { memory_bytes, cpu_seconds } = bounds;
        lower(Resource::Data, memory_bytes, memory_bytes)?;
        lower(Resource::Fsize, memory_bytes, memory_bytes)?;
        lower(Resource::Nofile, OPEN_FILES_MAX, OPEN_FILES_MAX)?;
        lower(Resource::Cpu, cpu_seconds, cpu_seconds.saturating_add(CPU_GRACE_SECONDS))
    }

    /// Starts the threads that work: those that can't be started later would look like a bug.
    ///
    /// # Errors
    /// The system refuses, mostly because a limit from outside leaves no room for their stacks.
    pub(crate) fn start_threads() -> Result<(), rayon::ThreadPoolBuildError> {
        rayon::ThreadPoolBuilder::new().build_global()
    }

    /// Memory that limits from outside leave a process that has not limited itself, in MiB.
    pub(crate) fn outside_mib() -> Option<u64> {
        let held = [Resource::As, Resource::Data].map(|resource| getrlimit(resource).current);
        held.into_iter().flatten().min().map(|bytes| bytes >> 20)
    }

    /// Sets a limit, or leaves a lower one that holds already.
    fn lower(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
        let now = getrlimit(resource);
        let within = |wanted: u64, held: Option<u64>| Some(held.map_or(wanted, |h| h.min(wanted)));
        let maximum = within(maximum, now.maximum);
        let current = within(current, now.current);
        setrlimit(resource, Rlimit { current, maximum })
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use super::Bounds;
    use std::io;

    /// Nothing is limited here.
    pub(crate) fn begin(_parent: Option<u32>) -> io::Result<()> {
        Ok(())
    }

    /// Threads start when they are needed.
    pub(crate) fn start_threads() -> io::Result<()> {
        Ok(())
    }

    /// Not known here.
    pub(crate) fn outside_mib() -> Option<u64> {
        None
    }

    /// Nothing is limited here.
    pub(crate) fn enter(_bounds: Bounds) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_grow_with_the_input_and_never_overflow() {
        let small = Bounds::new(1 << 20, 1 << 30, Some(100), None);
        assert_eq!(small.memory_bytes, (1 << 20) + (1 << 30) + (100 << 20));
        assert_eq!(small.cpu_seconds, 630);
        assert_eq!(Bounds::new(0, 0, None, Some(7)).cpu_seconds, 7);
        assert!(Bounds::new(0, 0, None, None).memory_bytes >= (OWN_MIB + THREAD_MIB) << 20);
        let most = Bounds::new(u64::MAX, u64::MAX, Some(u64::MAX), None);
        assert_eq!(most.memory_bytes, u64::MAX);
    }
}
