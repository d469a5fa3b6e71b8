//! What this machine has for the reading of a file: memory and processors.

use crate::data::csv::Workers;

/// What reading a file may take.
pub struct Means {
    /// Memory, in bytes.
    pub memory: u64,
    /// Who does the work.
    pub workers: Workers<'static>,
}

impl Means {
    /// All processors, and half of the memory that the system can give without pushing other programs out: the other half
    /// is for the sequences that are made of the file.
    pub fn of_this_machine() -> Self {
        Self {
            memory: system().unwrap_or(USUAL) / 2,
            workers: Workers {
                count: std::thread::available_parallelism().map_or(1, usize::from),
                run: &|jobs, meanwhile| {
                    std::thread::scope(|scope| {
                        for job in jobs {
                            scope.spawn(job);
                        }
                        meanwhile();
                    });
                },
            },
        }
    }
}

/// What is assumed where the system is not asked.
const USUAL: u64 = 4 << 30;

#[cfg(target_os = "linux")]
fn system() -> Option<u64> {
    of_meminfo(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

#[cfg(not(target_os = "linux"))]
fn system() -> Option<u64> {
    None
}

/// The bytes that `MemAvailable` of Linux's /proc/meminfo names in kB.
#[cfg(target_os = "linux")]
fn of_meminfo(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
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
        assert_eq!(of_meminfo(text), Some(2 << 20));
        assert_eq!(of_meminfo("MemTotal: 1 kB\n"), None);
        assert_eq!(of_meminfo("MemAvailable: much\n"), None);
    }

    #[test]
    fn this_machine_has_some() {
        assert!(Means::of_this_machine().memory > 1 << 20);
    }
}
