//! A run and where the user stands in it: what is on show, and what takes turns being so.

use super::saved::{Saved, SavedCursor};
use super::view::{Settings, View, Words};
use crate::experiment::{self, Document, Experiment, Location, Probe, Setting};
use crate::nn::seq2seq::Lengths;
use crate::nn::{Cursor, Move, Part, Schedule, SetWeight, Sweep};
use crate::train::{Order, Seat, Snapshot, Status};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// How many snapshots stay for going back to, if there is memory for them.
pub(super) const KEPT: usize = 128;

/// Where there is room for so many at least, half of it is for the newest ones, and half for what came before, thinned out.
const THINNED_FROM: usize = 16;

/// Where an experiment is from, and what it is called.
#[derive(Clone, Debug)]
pub(super) struct Called {
    /// Where its relative paths start.
    pub(super) location: Location,
    /// Its file, if it has one.
    pub(super) path: Option<PathBuf>,
    /// A file's name, or a title from the gallery.
    pub(super) name: String,
    /// What this run is called among others, if it was given a name of its own.
    pub(super) given: Option<String>,
}

impl Called {
    /// As it was kept.
    pub(super) fn of(saved: &Saved) -> Self {
        Self {
            location: saved.location(),
            path: saved.path().map(Into::into),
            name: saved.experiments_name().to_owned(),
            given: saved.given.clone(),
        }
    }

    /// The name that stands for it.
    pub(super) fn name(&self) -> &str {
        self.given.as_deref().unwrap_or(&self.name)
    }
}

/// An experiment's text and its seat at the worker.
pub(super) struct Run {
    pub(super) called: Called,
    pub(super) document: Document,
    pub(super) experiment: Experiment,
    pub(super) seat: Seat,
    pub(super) probe: Probe,
    pub(super) running: bool,
    /// Whether it was said why there is none, if so.
    pub(super) is_failure_told: bool,
    /// Whether the worker was told to take whole parts.
    pub(super) takes_all: bool,
    /// The learning rate and clipping that hold since the user changed one of them on the way.
    pub(super) changed: Option<Settings>,
    /// Weights that were set last, while that is awaited.
    pub(super) weights: Vec<SetWeight>,
    /// The numbers that other sequences were given by hand, which come back with them. The text has those of the one under the
    /// lens alone.
    pub(super) given: Vec<(Probe, Vec<SetWeight>)>,
    /// Whether such a change was ordered that no snapshot has told of yet: the text does not say it then.
    pub(super) change_awaited: bool,
    /// The update that a run which is made again from its text is to reach, until it is there.
    pub(super) made_again: Option<u64>,
    /// Whether such a run diverged there.
    pub(super) diverges: bool,
    /// The update that such a run was training towards when the window was closed.
    pub(super) interrupted: Option<u64>,
    /// The hash of the file that the data of such a run came from, until it is compared.
    pub(super) made_with: Option<String>,
}

/// A run and where the user stands in it.
pub(super) struct Watched {
    pub(super) run: Run,
    pub(super) newest: Option<Arc<Snapshot>>,
    kept: VecDeque<Arc<Snapshot>>,
    /// What was kept of other sequences under the lens: it is shown again when one of these is there again.
    elsewhere: Vec<Arc<Snapshot>>,
    /// How many kept snapshots back from the newest is on show.
    pub(super) back: usize,
    pub(super) view: View,
}

impl Watched {
    /// A run of which nothing has arrived yet.
    pub(super) fn new(run: Run, view: View) -> Self {
        Self {
            run,
            newest: None,
            kept: VecDeque::new(),
            elsewhere: Vec::new(),
            back: 0,
            view,
        }
    }

    /// All snapshots that can be shown, the newest last.
    pub(super) fn kept(
        &self,
    ) -> impl DoubleEndedIterator<Item = &Arc<Snapshot>> + ExactSizeIterator {
        self.kept.iter()
    }

    /// Whether some are kept of other sequences.
    pub(super) fn keeps_elsewhere(&self) -> bool {
        !self.elsewhere.is_empty()
    }

    /// What is on show: the newest snapshot, or a kept one if the user went back.
    pub(super) fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        if self.back == 0 {
            return self.newest.as_ref();
        }
        self.kept
            .len()
            .checked_sub(1 + self.back)
            .and_then(|index| self.kept.get(index))
            .or(self.newest.as_ref())
    }

    /// The index of the part on show.
    pub(super) fn part(&self) -> usize {
        let parts = self
            .snapshot()
            .map_or(1, |snapshot| snapshot.probe.parts.len());
        self.view.part.min(parts - 1)
    }

    /// The order of operations over the probe.
    pub(super) fn schedule(&self) -> Option<Schedule> {
        let snapshot = self.snapshot()?;
        // A record of one sequence, of which a decoder writes the last part.
        let steps = |part: Option<&Part>| part.and_then(|part| part.lengths.first().copied());
        let parts = &snapshot.probe.parts;
        let lengths = Lengths {
            source: steps(parts.first())?,
            target: steps(parts.get(1)).unwrap_or(0),
        };
        Some(Schedule::new(&snapshot.model.network(), lengths))
    }

    /// Where the user looks, for a run whose operations may be others.
    pub(super) fn view_by_step(&self) -> View {
        let cursor = self.cursor();
        View {
            at_step: self.schedule().map(|schedule| cursor.t(&schedule)),
            ..self.view
        }
    }

    /// Finds the step at which the user is to stand, now that there is something to walk through.
    fn find_step(&mut self) {
        let Some(step) = self
            .view
            .at_step
            .take()
            .filter(|_| !self.view.cursor_at_end)
        else {
            return;
        };
        let Some(schedule) = self.schedule() else {
            return;
        };
        let start = Cursor {
            sweep: self.view.cursor.sweep,
            ..Cursor::START
        };
        let start = start.moved(&schedule, Move::First);
        self.view.cursor = match step {
            0 => start,
            step => start
                .into_part(&schedule, self.part())
                .moved(&schedule, Move::To(step)),
        };
    }

    /// Goes to where the user stands in another run: on the same sweep at the same time step. Where there is none such, and where
    /// it is there already, it stays.
    pub(super) fn stand_at(&mut self, place: View) {
        let Some(step) = place.at_step else {
            return;
        };
        let Some(schedule) = self.schedule() else {
            self.view = place;
            return;
        };
        let is_there = |watched: &Self| {
            let (cursor, ends) = (watched.cursor(), watched.view.cursor_at_end);
            let at_step = cursor.sweep == place.cursor.sweep && cursor.t(&schedule) == step;
            ends == place.cursor_at_end && (ends || at_step)
        };
        let (before, part) = (self.view, self.part());
        self.view.part = place.part;
        if self.part() == part && is_there(self) {
            return;
        }
        self.view = place;
        self.find_step();
        if !is_there(self) {
            self.view = before;
        }
    }

    /// The place in it.
    pub(super) fn cursor(&self) -> Cursor {
        match self.schedule() {
            Some(schedule) if self.view.cursor_at_end => Cursor::end(&schedule),
            _ => self.view.cursor,
        }
    }

    pub(super) fn move_cursor(&mut self, by: Move) {
        if let Some(schedule) = self.schedule() {
            self.look(&schedule, self.moved(&schedule, by));
        }
    }

    /// Where a move leads from what is on show.
    fn moved(&self, schedule: &Schedule, by: Move) -> Cursor {
        let (part, now) = (self.part(), self.cursor());
        // Whoever looks at another part than is being walked through moves on in that one.
        let from = match by {
            Move::First | Move::Last => now,
            _ if now.part(schedule) == part => now,
            _ => now.in_part(schedule, part),
        };
        from.moved(schedule, by)
    }

    /// Whether a move leads anywhere: to another place, or to another part to look at. Not known while there is no way.
    pub(super) fn leads_on(&self, by: Move) -> bool {
        self.schedule().is_none_or(|schedule| {
            let there = self.moved(&schedule, by);
            there != self.cursor() || there.part(&schedule) != self.part()
        })
    }

    /// Goes to a place, in whose part the user is to look.
    fn look(&mut self, schedule: &Schedule, cursor: Cursor) {
        self.view.cursor = cursor;
        self.view.cursor_at_end = cursor == Cursor::end(schedule);
        self.view.part = cursor.part(schedule);
    }

    /// Shows a part: where it begins to be walked through, or all of it where all is revealed.
    pub(super) fn show_part(&mut self, part: usize) {
        let cursor = self.cursor();
        match self.schedule() {
            Some(schedule) if cursor != Cursor::end(&schedule) => {
                self.look(&schedule, cursor.into_part(&schedule, part));
            }
            _ => {}
        }
        self.view.part = part;
    }

    /// Turns to a sweep, at its beginning.
    pub(super) fn turn(&mut self, sweep: Sweep) {
        self.view.cursor = Cursor {
            sweep,
            ..self.cursor()
        };
        self.view.cursor_at_end = false;
        self.move_cursor(Move::First);
    }

    /// Why one cannot go back by an update, if so.
    pub(super) fn no_previous_update(&self) -> Option<&'static str> {
        let on_show = self.snapshot().map_or(0, |snapshot| snapshot.update);
        let kept = self
            .kept
            .len()
            .checked_sub(2 + self.back)
            .and_then(|index| self.kept.get(index));
        let newest = self.newest.as_ref();
        let room = newest.map_or(KEPT, |newest| {
            newest.material.memory.snapshots(KEPT, self.run.takes_all)
        });
        match kept {
            _ if on_show == 0 => Some("This is the start: no update was made yet"),
            Some(kept) if kept.update + 1 == on_show => None,
            _ if room == 1 => Some("The run is too large to keep more than one update in memory"),
            _ => Some(
                "The update before is not kept: it was made among many, of which some are kept; the view Training shows which, and \
                 a click there goes back to one. Those made one at a time (U) are all kept",
            ),
        }
    }

    /// Shows the snapshot so many updates before the newest.
    pub(super) fn go_back(&mut self, updates: usize) {
        self.back = updates;
        self.renew_baselines();
    }

    /// Takes in what the worker has published.
    ///
    /// # Errors
    /// If a change that was made on the way cannot be written into the text.
    pub(super) fn receive(&mut self, snapshot: Arc<Snapshot>) -> Result<(), experiment::Errors> {
        let behind = self.run.seat.is_behind();
        // A snapshot from before an order was carried out does not tell what the run is doing now.
        self.run.running = snapshot.status == Status::Running || (self.run.running && behind);
        self.run.change_awaited &= behind;
        // One that was stopped on the way has not forgotten where it was; one that has diverged goes no further.
        let stopped = matches!(snapshot.status, Status::Diverged(_));
        let there = |&mut update: &mut u64| stopped || snapshot.update >= update;
        self.run.made_again.take_if(there);
        // The weights with which an update could not be made are not among the good ones.
        while stopped
            && self
                .kept
                .back()
                .is_some_and(|last| last.update > snapshot.update)
        {
            self.kept.pop_back();
            self.back = 0;
        }
        let last = self.kept.back().map(|last| last.update);
        if last.is_some_and(|last| last > snapshot.update) {
            // It went back to an update before: what came after is another run's.
            self.kept.clear();
            self.elsewhere.clear();
        }
        self.change_sequence(&snapshot);
        let repeats = self.kept.back().map(|last| last.update) == Some(snapshot.update);
        if repeats {
            self.kept.pop_back();
        }
        let most = snapshot.material.memory.snapshots(KEPT, self.run.takes_all);
        while self.kept.len() >= most.max(1) {
            self.forget_one(most);
        }
        // What is on show comes first where there is not room for all.
        let room = most.saturating_sub(self.kept.len() + 1);
        let too_many = self.elsewhere.len().saturating_sub(room);
        self.elsewhere.drain(..too_many);
        self.kept.push_back(Arc::clone(&snapshot));
        if !repeats {
            self.back = 0;
        }
        let recorded = self.record_changes(&snapshot);
        self.newest = Some(snapshot);
        self.find_step();
        self.renew_baselines();
        recorded
    }

    /// Of another sequence under the lens nothing is to be shown beside this one: it is laid by, and what was laid by of this one
    /// is there again.
    fn change_sequence(&mut self, snapshot: &Snapshot) {
        let probe = |of: &Snapshot| (of.probe.split, of.probe.index);
        let is_here = |of: &Arc<Snapshot>| probe(of) == probe(snapshot);
        if self.kept.iter().all(is_here) {
            return;
        }
        let (here, elsewhere): (Vec<_>, Vec<_>) = self
            .elsewhere
            .drain(..)
            .chain(self.kept.drain(..))
            .partition(is_here);
        self.elsewhere = elsewhere;
        self.kept = here.into();
        self.back = 0;
    }

    /// Lets go of the kept snapshot that is missed least, where there is room for `most`: among those that came before the newest
    /// ones, the one whose neighbours are closest together. So they lie about evenly over the updates, whatever their number.
    fn forget_one(&mut self, most: usize) {
        let newest = match most >= THINNED_FROM {
            true => most / 2,
            false => most,
        };
        let update = |index: usize| self.kept.get(index).map_or(u64::MAX, |kept| kept.update);
        // The first of all stays: the network before it learned anything.
        let older = 1..self.kept.len().saturating_sub(newest);
        let apart = |&index: &usize| update(index + 1).saturating_sub(update(index - 1));
        drop(match older.min_by_key(apart) {
            Some(index) => self.kept.remove(index),
            None => self.kept.pop_front(),
        });
    }

    /// Holds the snapshot on show against the newest one's baselines: one that was kept may be from before they changed.
    fn renew_baselines(&mut self) {
        let index = self.kept.len().checked_sub(1 + self.back);
        let kept = index.and_then(|index| self.kept.get_mut(index));
        let (Some(kept), Some(newest)) = (kept, &self.newest) else {
            return;
        };
        let [old, new] = [&kept.material, &newest.material].map(|material| &material.baselines);
        if let (Some(old), Some(new)) = (old, new)
            && !Arc::ptr_eq(old, new)
        {
            // Copied only if somebody else looks at it: it may be large.
            Arc::make_mut(kept).set_baselines_of(&newest.material);
        }
    }

    /// Appends to the text what was changed on the way.
    fn record_changes(&mut self, snapshot: &Snapshot) -> Result<(), experiment::Errors> {
        let run = &mut self.run;
        let written = &run.experiment.training.changes;
        if snapshot
            .changes
            .iter()
            .all(|change| written.contains(change))
        {
            return Ok(());
        }
        let mut written = run.document.clear_changes();
        for change in &snapshot.changes {
            written = written.and_then(|_| run.document.append_change(change));
        }
        run.experiment = written?;
        Ok(())
    }

    /// Gives the run another text and leaves what it had in `words`. What the run itself wrote since, its probe and the
    /// changes on the way, comes into the other text too: it is the same run.
    pub(super) fn swap_words(&mut self, words: &mut Words) {
        let run = &mut self.run;
        // What was set by hand in another sequence is taken back, and done again, where it is seen.
        let (probe, set) = (words.experiment.probe, &words.experiment.probe_set);
        if probe != run.probe && run.given_before(probe) != &set[..] {
            drop(run.put_under_lens(probe));
        }
        std::mem::swap(&mut run.document, &mut words.document);
        std::mem::swap(&mut run.experiment, &mut words.experiment);
        if run.experiment.baseline != words.experiment.baseline {
            let spec = run.experiment.baseline.clone();
            run.seat.order(Order::Baselines(spec));
        }
        // Of another sequence's numbers there is nothing to be set.
        if run.experiment.probe_set != words.experiment.probe_set
            && run.experiment.probe == run.probe
        {
            run.seat
                .order(Order::Give(run.experiment.probe_set.clone()));
        }
        // A text that was in effect before takes in what the one after it took in.
        if run.experiment.probe != run.probe
            && let Ok(experiment) = write_probe(&mut run.document, run.probe)
        {
            run.experiment = experiment;
        }
        if let Some(newest) = self.newest.clone() {
            drop(self.record_changes(&newest));
        }
    }

    /// The learning rate and clipping as they were asked for last.
    pub(super) fn in_effect(&self) -> Settings {
        self.run.in_effect(self.newest.as_deref())
    }

    /// The same, and what the weights are that others set.
    pub(super) fn with_weights_of(&self, others: &Settings) -> Settings {
        let newest = self.newest.as_deref();
        let weights = others.weights.iter();
        Settings {
            weights: weights
                .filter_map(|of| self.run.weight(of, newest))
                .collect(),
            ..self.in_effect()
        }
    }

    /// Lets other settings hold from where the run is, and leaves those that held.
    pub(super) fn swap_settings(&mut self, settings: &mut Settings) {
        let before = self.with_weights_of(settings);
        self.back = 0;
        let wanted = std::mem::replace(settings, before.clone());
        self.run.put_into_effect(&before, wanted);
    }

    /// Lets the run rest while it is not on show, so that it costs no time. One that is being made again goes on to where it
    /// was.
    pub(super) fn rest(&mut self) {
        self.run.seat.set_in_lockstep(false);
        match self.run.made_again {
            _ if !self.run.running => {}
            Some(update) => self.run.seat.order(self.run.made_up_to(update)),
            None => {
                self.run.running = false;
                self.run.seat.order(Order::Pause);
            }
        }
    }

    /// Takes in what the worker has published while it is not on show.
    pub(super) fn catch_up(&mut self) {
        if let Some(snapshot) = self.run.seat.take() {
            // Nobody is looking; what could not be written is found again by the next snapshot.
            drop(self.receive(snapshot));
        }
    }

    /// Whether nothing is left to take in: what [`Self::saved`] tells is then all there is.
    pub(super) fn is_told(&self) -> bool {
        !self.run.running && !self.run.seat.is_behind() && self.run.seat.failure().is_none()
    }

    /// What to keep of it where its run cannot be kept.
    pub(super) fn saved(&self) -> Saved {
        let made = self.newest.as_ref().map_or(0, |newest| newest.made());
        let mut saved = self.run.saved(made);
        saved.cursor = Some(SavedCursor::of(self.view));
        if let Some(newest) = &self.newest {
            saved.sha256.clone_from(&newest.material.sha256);
            saved.diverged |= matches!(newest.status, Status::Diverged(_));
            let planned = newest.planned.max(self.run.interrupted.unwrap_or(0));
            if planned > self.run.experiment.training.updates {
                saved.planned = planned;
            }
        }
        saved
    }

    /// About how many bytes its run and snapshots take, the data apart.
    pub(super) fn bytes(&self) -> u64 {
        let Some(newest) = &self.newest else { return 0 };
        let probe = &newest.probe;
        let recorded = probe.extents.iter().map(|extent| {
            let values = probe.parts[extent.part].get(extent.scan, extent.quantity, false);
            2 * values.map_or(0, |values| values.len())
        });
        let record: usize = recorded.sum();
        let parameters = newest.model.parameters().len();
        let snapshots = self.kept.len() + self.elsewhere.len();
        let batch = self.run.experiment.training.batch_size;
        // Weights, gradient, the optimiser's two moments, the last good weights; weights and gradient of each snapshot. The
        // records of the batch that is learned from, and of the one that is forecast.
        let values = parameters * (5 + 2 * snapshots) + record * (2 * batch + snapshots);
        8 * values as u64
    }
}

impl Run {
    /// Makes the updates again that were kept of it, from a checkpoint if there is one.
    pub(super) fn make_again(&mut self, saved: &Saved) {
        let updates = saved.update();
        let any = updates > 0 || saved.diverged;
        self.made_again = any.then_some(updates);
        self.diverges = saved.diverged;
        let planned = self.experiment.training.updates.max(saved.planned);
        self.interrupted = saved.running.then_some(planned);
        self.made_with.clone_from(&saved.sha256);
        if saved.planned > 0 {
            self.seat.order(Order::Plan(saved.planned));
        }
        if any {
            if let Some(checkpoint) = saved.checkpoint() {
                self.seat.order(Order::Resume(checkpoint));
            }
            self.running = self.seat.failure().is_none();
            self.seat.order(self.made_up_to(updates));
        }
    }

    /// Puts another sequence under the lens. The numbers that the one before was given by hand are kept until that comes back.
    pub(super) fn put_under_lens(&mut self, probe: Probe) -> Result<(), experiment::Errors> {
        if probe == self.probe {
            return Ok(());
        }
        self.given.retain(|(other, _)| *other != self.probe);
        if !self.experiment.probe_set.is_empty() {
            let set = self.experiment.probe_set.clone();
            self.given.push((self.probe, set));
        }
        self.probe = probe;
        self.seat.order(Order::Probe(probe));
        self.experiment = write_probe(&mut self.document, probe)?;
        let set = self.given_before(probe).to_vec();
        if !set.is_empty() {
            self.experiment = self.document.set("probe.set", Setting::given(&set))?;
            self.seat.order(Order::Give(set));
        }
        Ok(())
    }

    /// The numbers that a sequence was given by hand when it was under the lens last.
    pub(super) fn given_before(&self, probe: Probe) -> &[SetWeight] {
        let kept = self.given.iter().find(|(other, _)| *other == probe);
        kept.map_or(&[], |(_, set)| set)
    }

    pub(super) fn in_effect(&self, newest: Option<&Snapshot>) -> Settings {
        let training = &self.experiment.training;
        let written = Settings {
            learning_rate: training.optimizer.learning_rate(),
            clip: training.clip,
            weights: Vec::new(),
        };
        let reached = newest.map(|newest| Settings {
            learning_rate: newest.optimizer.learning_rate(),
            clip: newest.clip,
            weights: Vec::new(),
        });
        self.changed.clone().or(reached).unwrap_or(written)
    }

    /// What a weight is, or will be once what was asked for last is carried out.
    fn weight(&self, of: &SetWeight, newest: Option<&Snapshot>) -> Option<SetWeight> {
        let mut asked = self.weights.iter().filter(|_| self.change_awaited);
        let same = asked.find(|one| one.is_of(of));
        if let Some(same) = same {
            return Some(same.clone());
        }
        let model = &newest?.model;
        let at = model.network().parameter_index(of)?;
        Some(SetWeight {
            value: *model.parameters().get(at)?,
            ..of.clone()
        })
    }

    /// Lets settings hold from the next update on in place of those `before`.
    pub(super) fn put_into_effect(&mut self, before: &Settings, settings: Settings) {
        let (rate, clip) = (settings.learning_rate, settings.clip);
        let set = settings.weights;
        // What is on its way already is still asked for.
        if !self.change_awaited {
            self.weights.clear();
        }
        self.weights
            .retain(|one| !set.iter().any(|new| new.is_of(one)));
        self.weights.extend(set.iter().cloned());
        if (rate, clip) != (before.learning_rate, before.clip) {
            self.changed = Some(Settings {
                learning_rate: rate,
                clip,
                weights: Vec::new(),
            });
        }
        self.change_awaited = true;
        self.seat.order(Order::Change {
            learning_rate: (rate != before.learning_rate).then_some(rate),
            clip: (clip != before.clip).then_some(clip),
            set,
        });
    }

    /// What makes it again up to an update, and beyond that the one at which it diverged.
    pub(super) fn made_up_to(&self, update: u64) -> Order {
        Order::UpTo(update + u64::from(self.diverges))
    }

    /// What to keep of it, with `made` updates unless it is still on its way to where it was.
    pub(super) fn saved(&self, made: u64) -> Saved {
        let mut saved = Saved::of(
            self.document.text(),
            &self.called.location,
            self.called.path.as_deref(),
            &self.called.name,
            self.made_again.unwrap_or(made),
        );
        saved.given.clone_from(&self.called.given);
        saved.sha256.clone_from(&self.made_with);
        saved.diverged = self.made_again.is_some() && self.diverges;
        saved.running = match self.made_again {
            Some(_) => self.interrupted.is_some(),
            None => self.running,
        };
        saved
    }
}

/// Writes into the text which sequence is under the lens.
pub(super) fn write_probe(
    document: &mut Document,
    probe: Probe,
) -> Result<Experiment, experiment::Errors> {
    let index = Setting::Whole(probe.index.try_into().unwrap_or(i64::MAX));
    // Numbers in it that were set by hand are those of the sequence before.
    document.set("probe.set", Setting::Remove)?;
    document.set("probe.split", Setting::Text(probe.split.name().into()))?;
    document.set("probe.index", index)
}
