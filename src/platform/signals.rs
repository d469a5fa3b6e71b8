//! How the system asks the program to end: Ctrl-C, SIGTERM, and SIGHUP when the terminal goes away.
//!
//! A program that was started to outlive its terminal (`nohup`) has SIGHUP ignored from the start and keeps it so. That of Ctrl-C
//! is watched all the same: a shell without job control has it ignored for whatever it starts in the background.

use std::io;
#[cfg(unix)]
use std::sync::Arc;

/// Calls `asked`, on a thread of its own, each time the program is asked to end.
///
/// # Errors
/// If signals cannot be watched.
#[cfg(unix)]
pub fn watch(mut asked: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;

    let ends = [SIGINT, SIGTERM, SIGHUP];
    let ends = ends
        .into_iter()
        .filter(|&signal| signal != SIGHUP || !is_ignored(signal));
    let mut signals = Signals::new(ends)?;
    // A file that may grow no further (`ulimit -f`) is then told by the write that fails, as a full disk is.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let thread = std::thread::Builder::new().name("signals".into());
    thread.spawn(move || signals.forever().for_each(|_| asked()))?;
    Ok(())
}

/// Whether the program was started with a signal ignored; where the system does not tell, it was not.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read("/proc/self/status").unwrap_or_default();
    ignores(&String::from_utf8_lossy(&status), signal)
}

/// `SigIgn` in Linux' account of a process: a hexadecimal mask, signal 1 the lowest bit.
#[cfg(unix)]
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Calls `asked`, on a thread of its own, each time the program is asked to end.
///
/// # Errors
/// If signals cannot be watched.
#[cfg(not(unix))]
pub fn watch(asked: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(asked).map_err(io::Error::other)
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores;

    #[test]
    fn what_is_ignored_is_read_from_the_mask() {
        let status = "Name:\tx\nSigBlk:\t0000000000000003\nSigIgn:\t0000000000001001\n";
        assert_eq!(
            [1, 2, 13, 15].map(|signal| ignores(status, signal)),
            [true, false, true, false]
        );
        assert!(!ignores("", 1) && !ignores("SigIgn:\tx", 1));
    }
}
