//! Threads, and how many of them the machine runs at once.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Runs `work` on a thread of its own, which is called `name` where threads are listed.
///
/// # Errors
/// If the system has no thread.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = std::thread::Builder::new().name(name.into());
    thread.spawn(work).map(drop)
}

/// How many threads run at once.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs `jobs` each on a thread of its own and `meanwhile` on this one, and returns when all are done. Where the system has no
/// thread, a job is done here.
pub fn side_by_side<'a>(jobs: Vec<Box<dyn FnOnce() + Send + 'a>>, meanwhile: &mut dyn FnMut()) {
    std::thread::scope(|scope| {
        for job in jobs {
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
}

fn take<T>(job: &Mutex<Option<T>>) -> Option<T> {
    job.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Lets other threads go first, the window's above all: on two busy cores its frames come a third faster.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    // On Linux the calling thread alone; a refusal changes nothing but smoothness.
    let _ = rustix::process::setpriority_process(None, 10);
}

/// The words of a panic.
pub fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no reason".into())
}
