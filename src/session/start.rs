//! What was on show where a lesson's page began, for being looked back at.
//!
//! Over a launch it is kept as a run is: as texts and how far they were, which give the same bits again.

use super::questions::Told;
use super::saved::{PageBegan, Saved, SavedCursor};
use super::track::Track;
use super::view::View;
use super::watched::{Called, Run, Watched};
use super::{Measured, Session, measured, question_of};
use crate::experiment::Document;
use crate::nn::Sweep;
use crate::train::measures::MeasureError;
use crate::train::{Measure, Snapshot};
use std::sync::Arc;

/// What was on show of a run.
struct Seen {
    snapshot: Arc<Snapshot>,
    /// The step at which the cursor stood.
    t: Option<usize>,
    backward: bool,
    probe: usize,
}

/// A run where a page began.
struct Then {
    /// What to keep of it.
    saved: Saved,
    /// What was on show; `None` if there is nothing, or not yet.
    seen: Option<Seen>,
    /// The run, while it is made again from what was kept.
    comes: Option<Box<Watched>>,
}

/// What the experiment is called that a lesson's page began with; `None` as long as it has not arrived.
pub(super) struct PageName(Option<String>);

impl PageName {
    /// Whether a run is the page's own, and none that was opened on it.
    pub(super) fn is_of(&self, watched: &Watched) -> bool {
        let called = &watched.run.called;
        let name = self.0.as_ref();
        called.path.is_none() && name.is_none_or(|name| *name == called.name)
    }
}

/// All runs, in the order of their letters.
pub(super) struct Start {
    runs: Vec<Then>,
    /// Which of them was on show.
    here: usize,
}

impl Seen {
    fn of(watched: &Watched) -> Option<Self> {
        let snapshot = Arc::clone(watched.snapshot()?);
        let cursor = watched.cursor();
        Some(Self {
            t: watched.schedule().map(|schedule| cursor.t(&schedule)),
            backward: cursor.sweep == Sweep::Backward,
            probe: snapshot.probe.index,
            snapshot,
        })
    }
}

impl Then {
    fn of(track: &Track) -> Self {
        Self {
            saved: track.watched.saved(),
            seen: Seen::of(&track.watched),
            comes: None,
        }
    }

    /// Notes what is there, once all of it is.
    fn catch_up(&mut self) {
        let Some(watched) = &mut self.comes else {
            return;
        };
        watched.catch_up();
        let is_there = watched.is_told() && watched.newest.is_some();
        if is_there {
            self.seen = Seen::of(watched);
        }
        // What fails now was there before: nothing is known of it any more.
        if is_there || watched.run.seat.failure().is_some() {
            self.comes = None;
        }
    }
}

impl Start {
    /// Takes in what was made again.
    pub(super) fn catch_up(&mut self) {
        self.runs.iter_mut().for_each(Then::catch_up);
    }

    /// Waits until all is made again, for callers that have no frames.
    pub(super) fn settle(&mut self) {
        for then in &mut self.runs {
            if let Some(watched) = &mut then.comes
                && let Ok(snapshot) = watched.run.seat.settle()
            {
                // What could not be written is in the text that was kept.
                drop(watched.receive(snapshot));
            }
            then.catch_up();
        }
    }
}

impl Session {
    /// Keeps what is on show.
    pub(super) fn mark(&mut self) {
        let tracks = self.in_order();
        self.start = Some(Start {
            here: tracks
                .iter()
                .position(|track| track.id == self.here.id)
                .unwrap_or(0),
            runs: tracks.into_iter().map(Then::of).collect(),
        });
    }

    /// The lesson's page that is on show, if one is.
    pub(super) fn page_on_show(&self) -> Option<PageName> {
        self.page_began?;
        let start = self.start.as_ref();
        let run = start.and_then(|start| start.runs.get(start.here));
        Some(PageName(
            run.map(|then| then.saved.experiments_name().to_owned()),
        ))
    }

    /// What to keep of where the page began.
    pub(super) fn saved_page(&self) -> Option<PageBegan> {
        let when = self.page_began?;
        let start = self.start.as_ref();
        let runs = start.into_iter().flat_map(|start| &start.runs);
        Some(PageBegan {
            when,
            runs: runs.map(|then| then.saved.clone()).collect(),
            here: start.map_or(0, |start| start.here),
        })
    }

    /// Goes on with a page that was on show at the last launch: what can be taken back since it began still can, and what was on
    /// show then is made again.
    pub(super) fn go_on_with_page(&mut self, page: &PageBegan) {
        self.page_began = Some(page.when);
        self.now = self.now.max(page.when);
        if page.runs.is_empty() {
            return;
        }
        let runs = page.runs.iter().map(|saved| Then {
            comes: self.made_apart(saved).map(Box::new),
            saved: saved.clone(),
            seen: None,
        });
        self.start = Some(Start {
            runs: runs.collect(),
            here: page.here,
        });
    }

    /// A run that is made again where nobody sees it.
    fn made_apart(&self, saved: &Saved) -> Option<Watched> {
        let (document, experiment) = Document::parse(saved.text()).ok()?;
        let called = Called::of(saved);
        let mut run = Run::new(called, document, experiment, None, &self.worker, &self.wake);
        run.make_again(saved);
        let view = saved.cursor.as_ref().map_or(View::ALL, SavedCursor::view);
        let mut watched = Watched::new(run, view);
        watched.rest();
        Some(watched)
    }

    /// What was on show where the page began.
    pub fn start(&self) -> Option<&Snapshot> {
        let start = self.start.as_ref()?;
        Some(&start.runs.get(start.here)?.seen.as_ref()?.snapshot)
    }

    /// A measure of what was on show where the page began.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn measure_at_start(&self, measure: &Measure) -> Result<Measured, MeasureError> {
        let nothing = Measured {
            value: None,
            is_current: false,
        };
        let Some(start) = &self.start else {
            return Ok(nothing);
        };
        let (of, run) = measure.of_run();
        let run = match run {
            None => start.runs.get(start.here),
            Some(run) => Some(start.runs.get(run - 1).ok_or_else(|| of.lacking_run(run))?),
        };
        let Some(seen) = run.and_then(|then| then.seen.as_ref()) else {
            return Ok(nothing);
        };
        let value = match of {
            Measure::Runs => Some(start.runs.len() as f64),
            Measure::CursorT => seen.t.map(|t| t as f64),
            Measure::CursorBackward => Some(f64::from(u8::from(seen.backward))),
            Measure::ProbeIndex => Some(seen.probe as f64),
            of => return self.measured_then(&seen.snapshot, of),
        };
        let is_current = true;
        Ok(Measured { value, is_current })
    }

    fn measured_then(
        &self,
        snapshot: &Arc<Snapshot>,
        measure: &Measure,
    ) -> Result<Measured, MeasureError> {
        let told = self.ask_snapshot(snapshot, &question_of(measure));
        let told = match told.is_current {
            true => told,
            // An answer to the same of what came later says nothing of that.
            false => Told::nothing(),
        };
        measured(told)
    }
}
