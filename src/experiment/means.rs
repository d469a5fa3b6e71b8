//! What this machine has for the reading of a file: memory and processors.

use super::memory::MAX_RUN_BYTES;
use crate::data::csv::Workers;
use crate::platform::memory::{available, left_by_limits};
use crate::platform::threads;

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
                    _ => threads::processors(),
                },
                run: &threads::side_by_side,
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

/// What threads and the window take beside a run, of what a limit leaves: 96 MiB.
const BESIDE: u64 = 96 << 20;

/// What is available, or what a limit on this program leaves of it.
fn system() -> Option<u64> {
    let left = left_by_limits().map(|left| left.saturating_sub(BESIDE));
    let available = available()?;
    left.into_iter().chain([available]).min()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_some() {
        let memory = Means::of_this_machine().memory;
        assert!((1 << 20..=2 * MAX_RUN_BYTES).contains(&memory));
    }
}
