//! Work beside the window: a thread with one result, a progress, and a way to be cancelled.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

use super::threads;

/// What is called, on any thread, whenever there is something new to see.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A thread that works something out. Dropping it cancels the work; the thread then ends by itself.
pub struct Background<T> {
    shared: Arc<Shared>,
    result: Receiver<Result<T, Fault>>,
}

/// Why there is no result: what the program did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

#[derive(Default)]
struct Shared {
    progress: AtomicU32,
    cancelled: AtomicBool,
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + 'static> Background<T> {
    /// Begins `work` on a thread called `name`. It is handed a function that takes its progress, from 0 to 1, and says whether
    /// to go on. `wake` is called on the thread whenever there is something new to see.
    ///
    /// # Errors
    /// If the system has no thread.
    pub fn spawn(
        name: &str,
        wake: &Wake,
        work: impl FnOnce(&dyn Fn(f32) -> ControlFlow<()>) -> T + Send + 'static,
    ) -> Result<Self, Fault> {
        let shared = Arc::new(Shared::default());
        let (sender, result) = channel();
        let spawned = threads::spawn(name, {
            let (shared, wake) = (Arc::clone(&shared), Arc::clone(wake));
            move || {
                let progress = |share: f32| {
                    shared.progress.store(share.to_bits(), Ordering::Relaxed);
                    wake();
                    match shared.cancelled.load(Ordering::Relaxed) {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                };
                let result = catch_unwind(AssertUnwindSafe(|| work(&progress)));
                // Nobody listens any more once the work was cancelled.
                drop(sender.send(result.map_err(|panic| Fault(threads::said(&*panic)))));
                wake();
            }
        });
        match spawned {
            Ok(()) => Ok(Self { shared, result }),
            Err(error) => Err(Fault(error.to_string())),
        }
    }

    /// How far it is, from 0 to 1.
    pub fn progress(&self) -> f32 {
        f32::from_bits(self.shared.progress.load(Ordering::Relaxed))
    }

    /// The result, if it is there; it is handed over once.
    pub fn take(&self) -> Option<Result<T, Fault>> {
        match self.result.try_recv() {
            Ok(result) => Some(result),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(lost())),
        }
    }

    /// The result, if it is there within `patience`.
    pub fn take_within(&self, patience: Duration) -> Option<Result<T, Fault>> {
        match self.result.recv_timeout(patience) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Err(lost())),
        }
    }

    /// Waits for the result.
    ///
    /// # Errors
    /// What the program did wrong.
    pub fn wait(&self) -> Result<T, Fault> {
        self.result.recv().unwrap_or_else(|_| Err(lost()))
    }
}

fn lost() -> Fault {
    Fault("the result was lost".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Wake {
        Arc::new(|| ())
    }

    #[test]
    fn a_result_is_handed_over() {
        let work = Background::spawn("test", &silent(), |progress| progress(0.5).is_continue());
        let work = work.unwrap();
        assert_eq!(work.wait(), Ok(true));
        assert_eq!(work.progress(), 0.5);
    }

    #[test]
    fn a_panic_becomes_a_fault_and_wakes_the_window() {
        let (sender, woken) = channel();
        let wake: Wake = Arc::new(move || sender.send(()).unwrap_or_default());
        let work: Background<()> =
            Background::spawn("test", &wake, |_| panic!("on purpose")).unwrap();
        assert_eq!(woken.recv(), Ok(()));
        assert_eq!(work.take(), Some(Err(Fault("on purpose".to_owned()))));
    }

    #[test]
    fn dropping_it_cancels_the_work() {
        let (sender, ended) = channel();
        let (started, running) = channel();
        let work = Background::spawn("test", &silent(), move |progress| {
            started.send(()).unwrap_or_default();
            while progress(0.0).is_continue() {
                std::thread::yield_now();
            }
            sender.send("cancelled").unwrap_or_default();
        });
        assert_eq!(running.recv(), Ok(()));
        drop(work);
        assert_eq!(ended.recv(), Ok("cancelled"));
    }
}
