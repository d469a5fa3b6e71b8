//! A run put beside the one on show, of which something is otherwise: what a comparison is made of.
//!
//! What is otherwise is written into the new run's text, like any other setting: from the start, or as a change on the way after
//! the update at which it parts from the other. Until there it makes the same updates, from a checkpoint where one serves and else
//! from the start, which gives the same bits; so a run that died can be taken up before its death, though nothing was kept from there.

use super::command::Parting;
use super::track::{Came, RunId, Track};
use super::watched::{Called, Run, Watched};
use super::{Command, Message, Session, of_errors, with_settings};
use crate::experiment::{
    Change, Document, Errors, Experiment, Setting, differences, in_window_words,
};
use crate::nn::{Clip, SetWeight};
use crate::train::{Order, Snapshot, Status};
use std::sync::Arc;

/// What is otherwise, as a text and its experiment.
struct Otherwise {
    document: Document,
    experiment: Experiment,
}

/// Why a change cannot be one of a new run.
pub(super) enum Refused {
    Errors(Errors),
    /// It holds from the start alone, and the runs part later.
    FromTheStart,
    /// It is none of a text.
    NoSetting(&'static str),
    /// The model has no cell that could be another.
    NoCell,
}

impl From<Errors> for Refused {
    fn from(errors: Errors) -> Self {
        Refused::Errors(errors)
    }
}

/// A run that is to be put beside, all of which is known to be possible.
struct Planned {
    called: Called,
    /// Where it parts from the other.
    update: u64,
    text: Otherwise,
}

impl Session {
    /// Puts runs beside the one on show that have these changes, all as one change; what cannot be is said, and nothing has changed
    /// then.
    pub(super) fn put_all_beside(&mut self, runs: Vec<(Option<String>, Parting, Vec<Command>)>) {
        if !self.has_room_for(runs.len()) {
            return;
        }
        let planned: Result<Vec<Planned>, Refused> = runs
            .into_iter()
            .map(|(name, parting, changes)| self.plan(name, parting, &changes))
            .collect();
        match planned {
            Ok(planned) => {
                let name = self.told(&planned);
                let ids = planned.into_iter().map(|planned| self.add(planned));
                let ids = ids.collect();
                self.note_coming(Came::There(ids), format!("Put {name} beside"));
            }
            Err(refused) => self.message = Some(refused.told()),
        }
    }

    /// What runs are called where they are taken back: by what is otherwise in them, in the window's words.
    fn told(&self, planned: &[Planned]) -> String {
        let others: Vec<Option<String>> = planned
            .iter()
            .map(|planned| match planned.called.given {
                Some(_) => None,
                None => self.otherwise(&planned.text.experiment),
            })
            .collect();
        if planned.len() > 1
            && let Some(all) = others.iter().cloned().collect::<Option<Vec<String>>>()
        {
            return format!("runs with {}", all.join(" and "));
        }
        let told = planned.iter().zip(others).map(|(planned, otherwise)| {
            let called = &planned.called;
            let name = called.given.as_ref().unwrap_or(&called.name);
            otherwise.map_or_else(|| name.clone(), |words| format!("a run with {words}"))
        });
        told.collect::<Vec<_>>().join(" and ")
    }

    /// What is otherwise than in the run on show, in a few words; `None` where nothing is.
    fn otherwise(&self, experiment: &Experiment) -> Option<String> {
        let both = [&self.here.active().experiment, experiment];
        let of_other = differences(&both).pop().unwrap_or_default();
        let words = in_window_words(&of_other.iter().take(3).collect::<Vec<_>>());
        (!words.is_empty()).then(|| words.join(", "))
    }

    fn plan(
        &self,
        name: Option<String>,
        parting: Parting,
        changes: &[Command],
    ) -> Result<Planned, Refused> {
        let run = self.here.active();
        let newest = self.here.watched.newest.as_deref();
        let newest = newest.filter(|_| self.here.opening.is_none());
        let here = newest.map_or(0, |newest| last_good(newest, run.made_again));
        let update = match parting {
            Parting::Start => 0,
            Parting::After(update) => update.min(here),
            Parting::Here => here,
        };
        let text = match update {
            0 => from_the_start(run, changes)?,
            update => on_the_way(run, update, changes)?,
        };
        let called = Called {
            name: run.called.name.clone(),
            // One that this run was given is its own alone.
            given: name,
            // Who saves it is not to overwrite the other one's file.
            path: run.called.path.clone().filter(|_| changes.is_empty()),
            location: run.called.location.clone(),
        };
        Ok(Planned {
            called,
            update,
            text,
        })
    }

    /// Puts a run beside the one on show.
    fn add(&mut self, planned: Planned) -> RunId {
        let Planned {
            called,
            update,
            text,
        } = planned;
        let run = self.here.active();
        let newest = self.here.watched.newest.as_deref();
        let newest = newest.filter(|_| self.here.opening.is_none());
        let old = newest.filter(|_| run.has_data_of(&called, &text.experiment));
        let old = old.map(|newest| Arc::clone(&newest.material));
        let mut new = Run::new(
            called,
            text.document,
            text.experiment,
            old,
            &self.worker,
            &self.wake,
        );
        if run.changed.is_some() && update > 0 {
            // What was changed by hand stays in effect where the new one is reset.
            new.changed = Some(new.in_effect_after(update));
        }
        let mut saved = new.saved(update);
        // It goes as far as the other.
        saved.planned = newest.map_or(0, |newest| newest.planned);
        let goes_on = newest.is_some_and(|newest| !is_dead(newest));
        let taken = run.seat.checkpoint().filter(|taken| {
            // One of a dead run is of where it died.
            update > 0 && goes_on && taken.checkpoint.updates() <= update
        });
        if let Some(taken) = taken {
            new.seat
                .order(Order::Resume(super::runs::copied(run, taken)));
        }
        new.make_again(&saved);
        let joins = run.running;
        let watched = Watched::new(new, self.here.watched.view_by_step());
        let track = Track::new(self.next_id(), watched);
        let id = track.id;
        self.company.tracks.push(track);
        if joins {
            // The others wait until it is level with them.
            self.at(id, |session| session.order(Order::Start, true));
        }
        id
    }
}

impl Run {
    /// Learning rate and clipping after so many updates, as the text has them.
    fn in_effect_after(&self, update: u64) -> super::view::Settings {
        let mut settings = self.in_effect(None);
        let changes = self.experiment.training.changes.iter();
        for change in changes.take_while(|change| change.update <= update) {
            settings.learning_rate = change.learning_rate.unwrap_or(settings.learning_rate);
            settings.clip = change.clip.unwrap_or(settings.clip);
        }
        settings
    }
}

fn is_dead(newest: &Snapshot) -> bool {
    matches!(newest.status, Status::Diverged(_))
}

/// How many updates lead to where a run is, or to the last good weights of one that died.
fn last_good(newest: &Snapshot, made_again: Option<u64>) -> u64 {
    made_again
        .filter(|_| !is_dead(newest))
        .unwrap_or(newest.update)
}

/// A text whose settings are otherwise from the start.
fn from_the_start(run: &Run, changes: &[Command]) -> Result<Otherwise, Refused> {
    let mut document = run.document.clone();
    for change in changes {
        match change {
            Command::Set { path, value } => {
                if super::has_other_sequences_with(path) {
                    // What cannot be left out is told by what follows.
                    drop(document.set("probe.set", Setting::Remove));
                }
                document.set(path, value.clone())?;
            }
            Command::SetText(text) => document = Document::parse(text)?.0,
            Command::SetLearningRate(rate) => {
                forget_changes(&mut document, |change| change.learning_rate = None)?;
                with_settings(&mut document, Some(*rate), None)?;
            }
            Command::SetClip(clip) => document = with_clip(&document, *clip)?,
            Command::SetNumber(set) => {
                let mut init = Document::parse(document.text())?.1.model.init;
                let _ = super::put_in(&mut init.set, set.clone());
                document.set("model.init", Setting::from(&init))?;
            }
            other => return Err(Refused::NoSetting(other.name())),
        }
    }
    let (document, experiment) = Document::parse(document.text())?;
    Ok(Otherwise {
        document,
        experiment,
    })
}

/// The text with other clipping all the way.
pub(super) fn with_clip(document: &Document, clip: Clip) -> Result<Document, Refused> {
    let mut other = document.clone();
    forget_changes(&mut other, |change| change.clip = None)?;
    with_settings(&mut other, None, Some(clip))?;
    Ok(other)
}

/// Takes something out of all changes on the way.
pub(super) fn forget_changes(
    document: &mut Document,
    forget: impl Fn(&mut Change),
) -> Result<(), Refused> {
    let changes = Document::parse(document.text())?.1.training.changes;
    if changes.is_empty() {
        return Ok(());
    }
    document.clear_changes()?;
    for mut change in changes {
        forget(&mut change);
        if change.learning_rate.is_some() || change.clip.is_some() || !change.set.is_empty() {
            document.append_change(&change)?;
        }
    }
    Ok(())
}

/// A text in which settings are otherwise after so many updates. What it plans for later is dropped: who changes a run on the way
/// has left its text.
fn on_the_way(run: &Run, update: u64, changes: &[Command]) -> Result<Otherwise, Refused> {
    let mut document = run.document.clone();
    if changes.is_empty() {
        return Ok(Otherwise {
            document,
            experiment: run.experiment.clone(),
        });
    }
    let (mut learning_rate, mut clip): (Option<f64>, Option<Clip>) = (None, None);
    let mut set: Vec<SetWeight> = Vec::new();
    for change in changes {
        match change {
            Command::SetLearningRate(rate) => learning_rate = Some(*rate),
            Command::SetClip(limit) => clip = Some(*limit),
            Command::SetNumber(number) => {
                let _ = super::put_in(&mut set, number.clone());
            }
            Command::Set { .. } | Command::SetText(_) => return Err(Refused::FromTheStart),
            other => return Err(Refused::NoSetting(other.name())),
        }
    }
    let planned = run.experiment.training.changes.iter();
    let mut all: Vec<Change> = planned
        .filter(|change| change.update <= update)
        .cloned()
        .collect();
    match all.last_mut().filter(|last| last.update == update) {
        Some(last) => {
            last.learning_rate = learning_rate.or(last.learning_rate);
            last.clip = clip.or(last.clip);
            for one in set {
                let _ = super::put_in(&mut last.set, one);
            }
        }
        None => all.push(Change {
            update,
            learning_rate,
            clip,
            set,
        }),
    }
    let mut experiment = document.clear_changes()?;
    for change in &all {
        experiment = document.append_change(change)?;
    }
    Ok(Otherwise {
        document,
        experiment,
    })
}

impl Refused {
    pub(super) fn told(self) -> Message {
        let title = "This run cannot be put beside";
        match self {
            Refused::Errors(errors) => of_errors(title, &errors),
            Refused::FromTheStart => Message {
                title: title.into(),
                lines: vec![
                    "On the way only the learning rate, clipping and weights can be changed."
                        .into(),
                    "Put it beside from the start.".into(),
                ],
                setting: None,
            },
            Refused::NoCell => Message {
                title: "There is no other cell to compare with".into(),
                lines: vec![
                    "Self-attention has no recurrent cell. Choose a recurrent model first.".into(),
                ],
                setting: Some("model.kind".into()),
            },
            Refused::NoSetting(command) => Message {
                title: title.into(),
                lines: vec![format!(
                    "Found “{command}”, expected a setting, a weight or a text."
                )],
                setting: None,
            },
        }
    }
}
