//! What was on show where a lesson's page began, for being looked back at.

use super::questions::Told;
use super::track::Track;
use super::{Measured, Session, measured, question_of};
use crate::nn::Sweep;
use crate::train::measures::MeasureError;
use crate::train::{Measure, Snapshot};
use std::sync::Arc;

/// A run where a page began.
struct Seen {
    snapshot: Arc<Snapshot>,
    /// The step at which the cursor stood.
    t: Option<usize>,
    backward: bool,
    probe: usize,
}

/// All runs, in the order of their letters.
pub(super) struct Start {
    runs: Vec<Option<Seen>>,
    /// Which of them was on show.
    here: usize,
}

impl Seen {
    fn of(track: &Track) -> Option<Self> {
        let snapshot = Arc::clone(track.watched.snapshot()?);
        let cursor = track.watched.cursor();
        Some(Self {
            snapshot,
            t: track.watched.schedule().map(|schedule| cursor.t(&schedule)),
            backward: cursor.sweep == Sweep::Backward,
            probe: track.active().probe.index,
        })
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
            runs: tracks.into_iter().map(Seen::of).collect(),
        });
    }

    /// What was on show where the page began.
    pub fn start(&self) -> Option<&Snapshot> {
        let start = self.start.as_ref()?;
        Some(&start.runs.get(start.here)?.as_ref()?.snapshot)
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
        let Some(Some(seen)) = run else {
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
