//! What is wrong with a run, or only looks healthy: each finding with the numbers that prove it.
//!
//! A [`Diagnosis`] is made of measures alone, says them in one sentence, and names what to look at. Where nothing is wrong there is
//! none: thresholds are such that runs that learn are left in peace, which tests hold against every experiment of the gallery.

use super::history::{History, Row};
use super::nothing_known::loss_of_knowing_nothing;
use super::shadow::shadow;
use super::snapshot::{Flow, Snapshot, Status};
use crate::baseline::shadow::{CLOSER, WORTH};
use crate::baseline::{Shadow, Verdict};
use crate::data::Split;
use crate::nn::analysis::{dead_units, stuck_units};
use crate::nn::{Direction, Quantity, Readout, Stop};
use crate::words::{NO_BREAK, counted, number, significant};

/// So large a share of a layer's units must be stuck, or dead, before it is said: single ones are no harm.
pub const MANY: f64 = 0.5;

/// A gradient does not reach the first step where it is below this share of the last one's. A weight's gradient adds up one summand
/// for each step: one that is a millionth of another changes the sixth digit, which the noise from batch to batch hides, and f32
/// keeps seven.
pub const UNREACHED: f64 = 1e-6;

/// Sequences shorter than this are no long way.
pub const LONG: usize = 50;

/// A loss of at least this share of what knowing nothing costs is no better than that.
pub const NOTHING_LEARNT: f64 = 0.95;

/// A run whose loss is below this share of that has learnt, whatever its gradients reach.
pub const LEARNT: f64 = 0.5;

/// Before so many updates nothing is said of what a run has not learnt.
pub const ENOUGH: u64 = 100;

/// The test loss has risen where it is so many times its smallest.
pub const RISEN: f64 = 1.25;

/// The training loss has fallen meanwhile where it is at most this share of what it was then.
pub const FALLEN: f64 = 0.9;

/// Losses are averaged over so many updates or looks at the test part: one batch is another's noise.
const AVERAGED: usize = 20;
const LOOKS: usize = 3;

/// A scan of the probe's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The index of the part.
    pub part: usize,
    /// The index of the scan in it.
    pub scan: usize,
    /// What it is called where there are several; empty where there is one.
    pub name: String,
}

/// A finding, with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub enum Diagnosis {
    /// The run has ended with a number that is not finite or left its range.
    Diverged {
        /// The update that could not be made.
        update: u64,
        /// Where it was seen.
        quantity: String,
        /// What was seen.
        value: f64,
    },
    /// Units that are at an end of their range at every step of the probe.
    Saturated {
        /// Where.
        scan: Scan,
        /// Of what.
        quantity: Quantity,
        /// Its symbol.
        symbol: &'static str,
        /// How many are always at the lower end, always at the upper one, and always at the one or the other.
        stuck: [usize; 3],
        /// How many units there are.
        of: usize,
    },
    /// Rectifiers that are 0 at every step of the probe.
    Dead {
        /// Where.
        scan: Scan,
        /// How many.
        dead: usize,
        /// How many units there are.
        of: usize,
    },
    /// The gradient of a loss that stands at the end does not reach the first step.
    Unreached {
        /// Where.
        scan: Scan,
        /// The state that carries most of it there.
        quantity: Quantity,
        /// The first and the last step of the way.
        steps: (usize, usize),
        /// ‖∂L/∂state‖ there.
        norms: (f64, f64),
    },
    /// The loss stays where it is for who knows nothing.
    NothingLearnt {
        /// The mean over the newest updates.
        loss: f64,
        /// Over how many.
        over: usize,
        /// What the best answer costs that is always the same.
        nothing: f64,
        /// How many updates were made.
        updates: u64,
    },
    /// The test loss rises while the training loss falls.
    Overfitted {
        /// The update at which the test loss was smallest.
        best: u64,
        /// The newest.
        now: u64,
        /// The test loss then and now.
        test: (f64, f64),
        /// The training loss then and now.
        train: (f64, f64),
    },
    /// Forecasts that follow the series a step or more behind, and are worth no more than its last value.
    Shadow {
        /// The forecasts of the test part, held against the truth at several shifts.
        of: Shadow,
    },
}

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The name of the view.
    pub view: &'static str,
    /// What to do there, in a few words.
    pub at: &'static str,
    /// The part and the scan, where it is of one.
    pub scan: Option<(usize, usize)>,
    /// The step, from 1, where it is at one.
    pub t: Option<usize>,
}

/// A number that proves a diagnosis, and what it is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// What is measured.
    pub what: &'static str,
    /// The number.
    pub value: f64,
    /// The bound it is past.
    pub bound: f64,
}

impl Diagnosis {
    /// In a few words.
    pub fn title(&self) -> &'static str {
        match self {
            Diagnosis::Diverged { .. } => "The run has diverged",
            Diagnosis::Saturated { .. } => "Units are stuck",
            Diagnosis::Dead { .. } => "Units are dead",
            Diagnosis::Unreached { .. } => "The gradient does not reach the first step",
            Diagnosis::NothingLearnt { .. } => "Nothing is learnt",
            Diagnosis::Overfitted { .. } => "The test loss rises",
            Diagnosis::Shadow { .. } => "The forecast is a shadow",
        }
    }

    /// What was found, with its numbers.
    pub fn sentence(&self) -> String {
        match self {
            Diagnosis::Diverged {
                update,
                quantity,
                value,
            } => format!("At update {update} {quantity} is {}.", number(*value)),
            Diagnosis::Saturated {
                scan,
                symbol,
                stuck: [low, high, either],
                of,
                ..
            } => {
                let sides = [
                    (low, "at the lower end"),
                    (high, "at the upper end"),
                    (either, "at the one end or the other"),
                ];
                let sides = sides.into_iter().filter(|(count, _)| **count > 0);
                let sides: Vec<String> =
                    sides.map(|(count, end)| format!("{count} {end}")).collect();
                format!(
                    "{} of {of} units of {symbol}{} are at an end of their range at every step of the probe: {}. There its slope is below a thousandth of the steepest, so that hardly any gradient passes.",
                    low + high + either,
                    of_scan(scan),
                    sides.join(", ")
                )
            }
            Diagnosis::Dead { scan, dead, of } => format!(
                "{dead} of {of} units{} are 0 at every step of the probe. No gradient passes a rectifier that is off.",
                of_scan(scan)
            ),
            Diagnosis::Unreached {
                scan,
                quantity,
                steps: (first, last),
                norms: (at_first, at_last),
            } => format!(
                "‖∂L/∂{}‖{} is {} at t{NO_BREAK}={NO_BREAK}{first} and {} at t{NO_BREAK}={NO_BREAK}{last}, where the loss is: {} of it arrives, less than {}.",
                quantity.symbol(),
                of_scan(scan),
                number(*at_first),
                number(*at_last),
                significant(at_first / at_last, 2),
                number(UNREACHED)
            ),
            Diagnosis::NothingLearnt {
                loss,
                over,
                nothing,
                updates,
            } => format!(
                "After {updates} updates the loss is {}, the mean of the last {over}. Whoever looks at no input, and says at each step what is best for all sequences, has a loss of {}: the network knows {} than that.",
                number(*loss),
                number(*nothing),
                if loss > nothing {
                    "less"
                } else {
                    "hardly more"
                }
            ),
            Diagnosis::Overfitted {
                best,
                now,
                test,
                train,
            } => format!(
                "From update {best} to {now} the test loss rose from {} to {} while the training loss fell from {} to {}: what is learnt now holds for the training sequences alone.",
                number(test.0),
                number(test.1),
                number(train.0),
                number(train.1)
            ),
            Diagnosis::Shadow { of } => {
                let words = of.in_words();
                let words = words.trim_end_matches('.');
                format!(
                    "{words}, over {} of the test part.",
                    counted(of.n, "forecast")
                )
            }
        }
    }

    /// The numbers that prove it, each with the bound it is past.
    pub fn proofs(&self) -> Vec<Proof> {
        let proof = |what, value, bound| Proof { what, value, bound };
        match self {
            Diagnosis::Diverged { value, .. } => {
                vec![proof("the number seen", *value, f64::INFINITY)]
            }
            Diagnosis::Saturated { stuck, of, .. } => {
                let share = stuck.iter().sum::<usize>() as f64 / *of as f64;
                vec![proof("share of units stuck", share, MANY)]
            }
            Diagnosis::Dead { dead, of, .. } => {
                vec![proof(
                    "share of units dead",
                    *dead as f64 / *of as f64,
                    MANY,
                )]
            }
            Diagnosis::Unreached { norms, .. } => {
                vec![proof(
                    "share of the gradient that arrives",
                    norms.0 / norms.1,
                    UNREACHED,
                )]
            }
            Diagnosis::NothingLearnt { loss, nothing, .. } => {
                vec![proof(
                    "loss over that of knowing nothing",
                    loss / nothing,
                    NOTHING_LEARNT,
                )]
            }
            Diagnosis::Overfitted { test, train, .. } => vec![
                proof("test loss over its smallest", test.1 / test.0, RISEN),
                proof(
                    "training loss over what it was then",
                    train.1 / train.0,
                    FALLEN,
                ),
            ],
            Diagnosis::Shadow { of } => {
                let [here, there] = [0, of.lag().unwrap_or(0)].map(|lag| of.errors[lag]);
                let skill = of
                    .skill()
                    .map(|skill| proof("skill over the last value", skill, WORTH));
                let fits = proof(
                    "error against an earlier value over that against its own",
                    there / here,
                    CLOSER,
                );
                std::iter::once(fits).chain(skill).collect()
            }
        }
    }

    /// What to look at.
    pub fn look(&self) -> Look {
        let look = |view, at| Look {
            view,
            at,
            scan: None,
            t: None,
        };
        let of = |scan: &Scan| Some((scan.part, scan.scan));
        match self {
            Diagnosis::Diverged { .. } => look("training", "See the curves up to there"),
            Diagnosis::Saturated { scan, .. } | Diagnosis::Dead { scan, .. } => Look {
                scan: of(scan),
                ..look("gates", "See the units through time")
            },
            Diagnosis::Unreached { scan, steps, .. } => Look {
                scan: of(scan),
                t: Some(steps.0),
                ..look("gradient_flow", "See where the gradient fades")
            },
            Diagnosis::NothingLearnt { .. } => look("training", "See the loss"),
            Diagnosis::Overfitted { .. } => look("training", "See both losses"),
            Diagnosis::Shadow { .. } => look("prediction", "See the shadow test"),
        }
    }
}

fn of_scan(scan: &Scan) -> String {
    match scan.name.as_str() {
        "" => String::new(),
        name => format!(" of {name}"),
    }
}

/// Everything that is wrong with a run, what ended it first; nothing more once `stop` is asked.
pub fn diagnose(snapshot: &Snapshot, stop: &Stop) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    if let Status::Diverged(divergence) = &snapshot.status {
        found.push(Diagnosis::Diverged {
            update: divergence.update,
            quantity: divergence.quantity.clone(),
            value: divergence.value,
        });
    }
    found.extend(units(snapshot));
    let learnt = share_of_nothing(snapshot, stop);
    let has_learnt = |below: f64| learnt.is_some_and(|learnt| learnt.loss < below * learnt.nothing);
    if !has_learnt(LEARNT) && snapshot.made() >= ENOUGH {
        found.extend(unreached(snapshot));
    }
    if !has_learnt(NOTHING_LEARNT) {
        found.extend(learnt.filter(|_| is_enough(snapshot)).map(|learnt| {
            Diagnosis::NothingLearnt {
                loss: learnt.loss,
                over: learnt.over,
                nothing: learnt.nothing,
                updates: snapshot.made(),
            }
        }));
    }
    found.extend(overfitted(&snapshot.history));
    found.extend(shadowed(snapshot));
    found
}

/// Forecasts that repeat what was known already and are worth no more than the last value, once the run has had its chance.
fn shadowed(snapshot: &Snapshot) -> Option<Diagnosis> {
    let of = shadow(snapshot, Split::Test, 0).filter(|_| is_enough(snapshot))?;
    (of.verdict() == Some(Verdict::Shadow)).then_some(Diagnosis::Shadow { of })
}

/// Whether a run has had its chance: half of what is planned.
fn is_enough(snapshot: &Snapshot) -> bool {
    snapshot.made() >= ENOUGH.max(snapshot.planned / 2)
}

/// Units that are stuck or dead, scan by scan.
fn units(snapshot: &Snapshot) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for (part_index, part) in snapshot.probe.parts.iter().enumerate() {
        for (index, scan) in part.scans.iter().enumerate() {
            let Some(cell) = scan.cell else { continue };
            let named = Scan {
                part: part_index,
                scan: index,
                name: scan_name(part, index),
            };
            let dead = scan.get(Quantity::H, false);
            let dead =
                dead.and_then(|h| Some((dead_units(cell, h, &part.lengths)?.len(), h.dim().2)));
            if let Some((dead, of)) = dead.filter(|&(dead, of)| is_many(dead, of)) {
                found.push(Diagnosis::Dead {
                    scan: named.clone(),
                    dead,
                    of,
                });
            }
            for &quantity in cell.quantities() {
                let Some(values) = scan.get(quantity, false) else {
                    continue;
                };
                let of = values.dim().2;
                let stuck = stuck_units(cell, quantity, values, &part.lengths);
                let Some(stuck) = stuck.filter(|stuck| is_many(stuck.iter().sum(), of)) else {
                    continue;
                };
                found.push(Diagnosis::Saturated {
                    scan: named.clone(),
                    quantity,
                    symbol: scan.symbol(quantity),
                    stuck,
                    of,
                });
            }
        }
    }
    found
}

fn is_many(count: usize, of: usize) -> bool {
    count as f64 >= MANY * of.max(1) as f64
}

fn scan_name(part: &crate::nn::Part, scan: usize) -> String {
    let layer = match part.scans.len() {
        1 => String::new(),
        _ => part.scan_name(scan),
    };
    match (layer.as_str(), part.name) {
        (_, "") => layer,
        ("", name) => format!("the {name}"),
        (layer, name) => format!("{layer} in the {name}"),
    }
}

/// A loss that stands at the end of a long sequence, and of whose gradient no state of the first layer has any at the first step.
fn unreached(snapshot: &Snapshot) -> Option<Diagnosis> {
    let probe = &snapshot.probe;
    let [part] = &probe.parts[..] else {
        return None;
    };
    let at_the_end = matches!(part.readout, Some(Readout::Last | Readout::Final));
    let last = *part.lengths.first()?;
    if !at_the_end || last < LONG || probe.truncate.is_some() {
        return None;
    }
    // Read backwards the sequence's first step is the one that comes last.
    let forward = |flow: &&Flow| {
        let scan = part.scans.get(flow.scan).filter(|scan| scan.cell.is_some());
        scan.is_some_and(|scan| scan.place.layer == 0 && scan.place.direction == Direction::Forward)
    };
    if part
        .scans
        .iter()
        .any(|scan| scan.place.direction == Direction::Reverse)
    {
        return None;
    }
    let norm = |flow: &Flow, t: usize| flow.norms.get(t).copied().flatten();
    let share = |flow: &Flow| Some((norm(flow, 1)?, norm(flow, last)?));
    let all = probe.flows.iter().filter(forward);
    let all = all.filter_map(|flow| Some((flow, share(flow)?)));
    // Whatever state has most of it.
    let most = all.reduce(|most, next| {
        let arrives = |(_, (first, last)): &(&Flow, (f64, f64))| first / last;
        if arrives(&next) > arrives(&most) {
            next
        } else {
            most
        }
    });
    let (flow, norms) = most?;
    (norms.1 > 0.0 && norms.0 < UNREACHED * norms.1).then(|| Diagnosis::Unreached {
        scan: Scan {
            part: 0,
            scan: flow.scan,
            name: scan_name(part, flow.scan),
        },
        quantity: flow.quantity,
        steps: (1, last),
        norms,
    })
}

/// The newest loss beside that of knowing nothing.
#[derive(Clone, Copy)]
struct Learnt {
    loss: f64,
    over: usize,
    nothing: f64,
}

fn share_of_nothing(snapshot: &Snapshot, stop: &Stop) -> Option<Learnt> {
    let rows = &snapshot.history;
    let losses: Vec<f64> = rows
        .rows()
        .rev()
        .take(AVERAGED)
        .map(|row| row.train_loss)
        .collect();
    let loss = mean(&losses)?;
    let nothing = loss_of_knowing_nothing(&snapshot.material, stop)?;
    (nothing > 0.0).then_some(Learnt {
        loss,
        over: losses.len(),
        nothing,
    })
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The test loss has risen since it was smallest while the training loss has fallen; each the mean over a few looks.
fn overfitted(history: &History) -> Option<Diagnosis> {
    let tested: Vec<&Row> = (0..history.tested_len())
        .filter_map(|at| history.tested(at))
        .collect();
    let smooth: Vec<f64> = tested
        .windows(LOOKS)
        .filter_map(|rows| {
            mean(
                &rows
                    .iter()
                    .filter_map(|row| row.test_loss)
                    .collect::<Vec<f64>>(),
            )
        })
        .collect();
    let best = (0..smooth.len()).min_by(|&a, &b| smooth[a].total_cmp(&smooth[b]))?;
    let newest = smooth.len() - 1;
    let at = |window: usize| tested[window + LOOKS - 1].update;
    let (then, now) = (at(best), at(newest));
    // As many looks after the best as are averaged, and some: a single bad look is no rise.
    if newest < best + 2 * LOOKS {
        return None;
    }
    let train = |update: u64| {
        let end = usize::try_from(update).ok()?;
        let rows = (end.saturating_sub(AVERAGED)..end).filter_map(|index| history.get(index));
        mean(&rows.map(|row| row.train_loss).collect::<Vec<f64>>())
    };
    let test = (smooth[best], smooth[newest]);
    let train = (train(then)?, train(now)?);
    (test.1 >= RISEN * test.0 && train.1 <= FALLEN * train.0).then_some(Diagnosis::Overfitted {
        best: then,
        now,
        test,
        train,
    })
}
