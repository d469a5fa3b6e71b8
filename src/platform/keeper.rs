//! The thread that keeps what the window has, so that the window never waits for a disk, and a window that draws nothing is
//! kept too.
//!
//! The window [tells](Keeper::tell) how to gather what it has whenever that may have changed; the thread gathers and writes
//! the latest of it a moment later, [at once](Hurry) when the program is asked to end.

use super::fields::Fields;
use super::storage::Slot;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long after a change it is written: what a window that ends without notice loses at most.
pub const SOON: Duration = Duration::from_secs(1);

/// After how long it is tried again to write what could not be written.
const AGAIN: Duration = Duration::from_secs(20);

/// How long the end of the program waits for a disk.
const PATIENCE: Duration = Duration::from_secs(5);

type Gather = Box<dyn FnOnce() -> Fields + Send>;

/// A file beside what is kept: a number that tells its content from all others, and its bytes, unless it is to stay as it is.
pub type Beside = (u64, Box<dyn FnOnce() -> Option<Vec<u8>> + Send>);

#[derive(Default)]
struct State {
    /// How to gather what is to be written.
    told: Option<Gather>,
    /// The file to be written after that.
    beside: Option<Beside>,
    launched: bool,
    hurry: bool,
    closing: bool,
    /// Whether the thread is at work on something it has taken.
    writing: bool,
    /// Whether the thread has ended.
    ended: bool,
    trouble: Option<String>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind; it can be read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and tells who waits for that.
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until all that was told is written, or cannot be; for so long at most.
    fn wait(&self, patience: Duration) {
        let busy = |state: &mut State| !state.ended && (state.told.is_some() || state.writing);
        drop(self.changed.wait_timeout_while(self.lock(), patience, busy));
    }
}

/// A handle to the thread. Dropping it writes what was told last.
pub struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread, which writes to `place` so long after it is told to. `wake` is called on it when
    /// [`Self::trouble`] changes.
    ///
    /// # Errors
    /// If the system has no thread.
    pub fn start(
        place: Slot,
        soon: Duration,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            wake: Box::new(wake),
        });
        let thread = std::thread::Builder::new().name("keeper".into()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                // However it ends, nobody waits for it any more.
                let _ended = Ended(&shared);
                run(place, soon, &shared);
            }
        })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Tells how to gather what is to be kept from now on, in place of what was told before. `gather` runs on the thread.
    /// What it says may speak of a file beside it, which is written after it.
    pub fn tell(&self, gather: impl FnOnce() -> Fields + Send + 'static, beside: Option<Beside>) {
        self.shared.change(|state| {
            state.told = Some(Box::new(gather));
            state.beside = beside;
        });
    }

    /// Notes that the launch has come to its end.
    pub fn end_launch(&self) {
        self.shared.change(|state| state.launched = true);
    }

    /// Why the last writing failed, if so.
    pub fn trouble(&self) -> Option<String> {
        self.shared.lock().trouble.clone()
    }

    /// A way to have everything written at once, for who is not the window.
    pub fn hurry(&self) -> Hurry {
        Hurry(Arc::clone(&self.shared))
    }

    /// Writes what was told last and ends, as a window does that is closed in good order.
    pub fn close(mut self) {
        self.end_launch();
        self.end();
    }

    /// Ends the thread once it has written what was told last; a disk that does not answer is not waited for.
    fn end(&mut self) {
        self.shared.change(|state| state.closing = true);
        let writes = |state: &mut State| !state.ended;
        let waited = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), PATIENCE, writes);
        let ended = waited.unwrap_or_else(PoisonError::into_inner).0.ended;
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            // A panic there has been told on standard error.
            drop(thread.join());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end();
        }
    }
}

/// Has everything written at once.
#[derive(Clone)]
pub struct Hurry(Arc<Shared>);

impl Hurry {
    /// Waits until what was told last is written, or cannot be; for some seconds at most.
    pub fn now(&self) {
        self.0.change(|state| state.hurry = true);
        self.0.wait(PATIENCE);
    }
}

struct Ended<'a>(&'a Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.ended = true);
    }
}

fn run(mut place: Slot, soon: Duration, shared: &Shared) {
    let mut launched = false;
    // What could not be written, and when that is tried again.
    let mut failed: Option<(Fields, Instant)> = None;
    let mut written = None;
    loop {
        let mut state = shared.lock();
        let mut due: Option<Instant> = None;
        let told = loop {
            if state.launched && !launched {
                launched = true;
                drop(state);
                place.end_launch();
                state = shared.lock();
                continue;
            }
            let at_once = state.closing || state.hurry;
            if state.told.is_some() {
                let due = *due.get_or_insert_with(|| Instant::now() + soon);
                if at_once || Instant::now() >= due {
                    break state.told.take();
                }
            } else if state.closing || state.hurry && failed.is_none() {
                break None;
            }
            let again = failed.as_ref().map(|(_, again)| *again);
            if failed.is_some() && (at_once || again.is_some_and(|again| Instant::now() >= again)) {
                break None;
            }
            let next = match state.told {
                Some(_) => due,
                None => again,
            };
            state = match next {
                None => shared
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(next) => {
                    let rest = next.saturating_duration_since(Instant::now());
                    let waited = shared.changed.wait_timeout(state, rest);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        };
        let closing = state.closing;
        let beside = state.beside.take();
        state.hurry = false;
        state.writing = true;
        drop(state);
        let fields = match (told, failed.take()) {
            (Some(gather), _) => Some(gather()),
            (None, failed) => failed.map(|(fields, _)| fields),
        };
        let trouble = fields.and_then(|fields| {
            let error = place.save(&fields).err()?;
            failed = Some((fields, Instant::now() + AGAIN));
            Some(format!("{}: {error}", super::files::shown(place.folder())))
        });
        // It only saves time at the next launch: where it cannot be written there is no need to say so.
        if let Some((number, bytes)) = beside.filter(|_| trouble.is_none())
            && written != Some(number)
            && let Some(bytes) = bytes()
            && place.save_checkpoint(&bytes).is_ok()
        {
            written = Some(number);
        }
        let mut state = shared.lock();
        state.writing = false;
        let news = state.trouble != trouble;
        state.trouble = trouble;
        drop(state);
        shared.changed.notify_all();
        if news {
            (shared.wake)();
        }
        if closing {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::storage::{self, Opened};
    use super::*;
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::channel;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("rnnscope-{}-keeper-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        folder
    }

    fn keeper(folder: &Path, soon: Duration) -> Keeper {
        Keeper::start(storage::open(folder).place.unwrap(), soon, || {}).unwrap()
    }

    fn fields(update: u64) -> Fields {
        let mut fields = Fields::default();
        fields.set("update", &update);
        fields
    }

    fn kept(opened: &Opened) -> Option<u64> {
        let others = opened.others.iter();
        let all = opened.kept.iter().chain(others);
        all.filter_map(|fields| fields.get("update")?.as_u64())
            .max()
    }

    const NEVER: Duration = Duration::from_secs(3_600);

    #[test]
    fn what_is_told_is_written_without_anything_else_happening() {
        let folder = folder("soon");
        let keeper = keeper(&folder, Duration::ZERO);
        let (sender, gathered) = channel();
        keeper.tell(
            move || {
                let _ = sender.send(());
                fields(7)
            },
            None,
        );
        gathered.recv().unwrap();
        keeper.shared.wait(NEVER);
        assert_eq!(kept(&storage::open(&folder)), Some(7));
        drop(keeper);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn who_is_in_a_hurry_waits_for_the_disk_alone() {
        let folder = folder("hurry");
        let keeper = keeper(&folder, NEVER);
        keeper.tell(|| fields(1), None);
        keeper.tell(|| fields(2), None);
        assert_eq!(kept(&storage::open(&folder)), None);
        keeper.hurry().now();
        assert_eq!(kept(&storage::open(&folder)), Some(2));
        // Nothing is there to be written: it is not waited for.
        keeper.hurry().now();
        drop(keeper);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_window_does_not_wait_while_it_is_written() {
        let folder = folder("beside");
        let keeper = keeper(&folder, Duration::ZERO);
        let (go_on, wait) = channel::<()>();
        let (sender, at_work) = channel();
        keeper.tell(
            move || {
                let _ = sender.send(());
                let _ = wait.recv();
                fields(1)
            },
            None,
        );
        at_work.recv().unwrap();
        // The thread is in the midst of it.
        keeper.tell(|| fields(2), None);
        assert_eq!(keeper.trouble(), None);
        drop(go_on);
        keeper.close();
        assert_eq!(kept(&storage::open(&folder)), Some(2));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_launch_ends_with_good_order_and_not_without() {
        let folder = folder("launch");
        for (orderly, failed) in [(false, Some("kept")), (true, None)] {
            let place = storage::open(&folder).place.unwrap();
            place.begin_launch("kept").unwrap();
            let keeper = Keeper::start(place, NEVER, || {}).unwrap();
            if orderly {
                keeper.close();
            } else {
                drop(keeper);
            }
            assert_eq!(storage::open(&folder).failed_launch.as_deref(), failed);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn trouble_is_told_and_gone_once_there_is_room_again() {
        let folder = folder("trouble");
        let place = storage::open(&folder).place.unwrap();
        let next = place.folder().join("next");
        // As good as a full disk: what is there cannot be written to.
        std::fs::create_dir(&next).unwrap();
        let (sender, woken) = channel();
        let sender = Mutex::new(sender);
        let wake = move || drop(sender.lock().map(|sender| sender.send(())));
        let keeper = Keeper::start(place, Duration::ZERO, wake).unwrap();
        keeper.tell(|| fields(1), None);
        woken.recv().unwrap();
        let trouble = keeper.trouble().unwrap();
        assert!(trouble.contains("window-1"), "{trouble}");
        std::fs::remove_dir(&next).unwrap();
        // Without being told anything new.
        keeper.hurry().now();
        woken.recv().unwrap();
        assert_eq!(keeper.trouble(), None);
        keeper.close();
        assert_eq!(kept(&storage::open(&folder)), Some(1));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
