//! What this machine has for the reading of a file: memory and processors.

use super::memory::MAX_RUN_BYTES;
use crate::data::csv::Workers;
use std::sync::{Arc, Mutex, PoisonError};

/// What reading a file may take.
pub struct Means {
    /// Memory, in bytes.
    pub memory: u64,
    /// What a run may take that is made of it: less than [`MAX_RUN_BYTES`] only where a limit on this program leaves less.
    pub room: u64,
    /// Who does the work.
    pub workers: Workers<'static>,
}

impl Means {
    /// All processors, and half of the memory that the system can give without pushing other programs out: the other half
    /// is for the sequences that are made of the file. No more than twice what a run may take: a larger file's would be refused
    /// when it is read.
    pub fn of_this_machine() -> Self {
        Self {
            memory: (system().unwrap_or(USUAL) / 2).min(2 * MAX_RUN_BYTES),
            room: left_by_limits().map_or(MAX_RUN_BYTES, |left| {
                left.saturating_sub(BESIDE).min(MAX_RUN_BYTES)
            }),
            workers: Workers {
                // Each has a stretch of addresses of its own, which a limit counts.
                count: match left_by_limits() {
                    Some(left) if left < 2 * MAX_RUN_BYTES => 1,
                    _ => std::thread::available_parallelism().map_or(1, usize::from),
                },
                run: &|jobs, meanwhile| {
                    std::thread::scope(|scope| {
                        for job in jobs {
                            // Where the system has no thread the work is done here.
                            let job = Arc::new(Mutex::new(Some(job)));
                            let theirs = Arc::clone(&job);
                            let spawned = std::thread::Builder::new()
                                .spawn_scoped(scope, move || take(&theirs).map(|job| job()));
                            if spawned.is_err()
                                && let Some(job) = take(&job)
                            {
                                job();
                            }
                        }
                        meanwhile();
                    });
                },
            },
        }
    }
}

/// What is left now for what is made of a file: all that a run may take, or what a limit on this program leaves of it.
pub fn left_now() -> u64 {
    let left = left_by_limits().map(|left| left.saturating_sub(BESIDE));
    left.unwrap_or(MAX_RUN_BYTES).min(MAX_RUN_BYTES)
}

/// What is assumed where the system is not asked.
const USUAL: u64 = 4 << 30;

fn take<T>(job: &Mutex<Option<T>>) -> Option<T> {
    job.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What threads and the window take beside a run, of what a limit leaves: 96 MiB.
const BESIDE: u64 = 96 << 20;

/// What limits on this program (`ulimit -v`, `ulimit -d`) leave it, if there are any. Beyond them nothing can be had, so that the
/// program would end; what other programs take is another matter, which changes from moment to moment.
#[cfg(target_os = "linux")]
fn left_by_limits() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = [(Resource::As, "VmSize:"), (Resource::Data, "VmData:")];
    let left = limits.into_iter().filter_map(|(resource, name)| {
        let taken = named(name, &status).unwrap_or(0);
        Some(getrlimit(resource).current?.saturating_sub(taken))
    });
    left.min()
}

#[cfg(not(target_os = "linux"))]
fn left_by_limits() -> Option<u64> {
    None
}

/// What is available, or what a limit on this program (`ulimit -v`, `ulimit -d`) leaves of it.
#[cfg(target_os = "linux")]
fn system() -> Option<u64> {
    let available = named(
        "MemAvailable:",
        &std::fs::read_to_string("/proc/meminfo").ok()?,
    )?;
    let left = left_by_limits().map(|left| left.saturating_sub(BESIDE));
    left.into_iter().chain([available]).min()
}

#[cfg(not(target_os = "linux"))]
fn system() -> Option<u64> {
    None
}

/// The bytes that the line called `name` of a text such as Linux's /proc/meminfo has in kB.
#[cfg(target_os = "linux")]
fn named(name: &str, text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_available_memory_is_read() {
        let text =
            "MemTotal:       24689124 kB\nMemFree:         5000 kB\nMemAvailable:   2048 kB\n";
        let available = |text| named("MemAvailable:", text);
        assert_eq!(available(text), Some(2 << 20));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
        assert_eq!(available("MemAvailable: much\n"), None);
    }

    #[test]
    fn this_machine_has_some() {
        let memory = Means::of_this_machine().memory;
        assert!((1 << 20..=2 * MAX_RUN_BYTES).contains(&memory));
    }
}
