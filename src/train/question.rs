//! What one may want to know of a run that does not stand in its snapshot, and the answers.
//!
//! A [`Question`] is put to an immutable [`Snapshot`] and is a pure function of it: who asks, when and on which thread has no part
//! in the answer. What takes long heeds a [`Stop`]. To add one: a variant, its [`Answer`], the way from one to the other.

use super::autopsy::{Autopsy, autopsy};
use super::confusion::Confusion;
use super::data_memory::DataMemory;
use super::diagnosis::{Diagnosis, diagnose};
use super::measures::MeasureError;
use super::norms::Norms;
use super::nothing_known::loss_of_knowing_nothing;
use super::perturbed::Perturbed;
use super::portrait::{Axes, Held, Portrait, Rests};
use super::shadow::shadow;
use super::shapes::Shapes;
use super::surface::{Plane, Surface, surface};
use super::symbols::{Follower, Property};
use super::weights::{Aspect, Inventory, Weights};
use super::{
    Alteration, Altered, Chances, Continuation, Horizons, Measure, Residuals, Snapshot, Story,
    Symbols,
};
use crate::baseline::Shadow;
use crate::data::Split;
use crate::nn::analysis::cliff::Descent;
/// What the questions about the way back through time are about, and what their answers consist of.
pub use crate::nn::analysis::{
    BlockByTime, ByTime, EntryByTime, Jacobian, LossFlow, RecurrentBlock, Roads, States, Stretch,
    Stretches,
};
use crate::nn::analysis::{
    BlockTerms, Rerun, Span, Subject, block_terms, entry_by_time, outliers_of_every, quantiles,
    recurrent_blocks_until, saturation_by_step, span_until, step, stretches, unit_order,
    weights_of,
};
/// What [`Question::Surface`], [`Question::Cliff`] and [`Question::Descent`] are answered with.
pub use crate::nn::analysis::{Relief, cliff};
/// What [`Question::Saturation`], [`Question::Spreads`] and [`Question::Units`] are answered with or about.
pub use crate::nn::analysis::{SaturationByStep, Spreads, UnitOrder};
use crate::nn::expr::Block;
/// What [`Question::Explain`] and [`Question::Nudge`] are about and what their answers consist of.
pub use crate::nn::replay::{
    Account, Factors, Given, Named, Nudged, Read, Share, Summand, largest_products,
};
use crate::nn::replay::{Example, Replay};
use crate::nn::seq2seq::Lengths;
pub use crate::nn::{Initial, Spot};
use crate::nn::{Network, Place, Quantity, Stop};
use ndarray::{Array2, ArrayView2, s};
use std::sync::Arc;

/// How many bytes computing a network anew may take beside the window.
pub const MOST_TO_REPLAY: u128 = 256 << 20;

/// How many loss terms [`Question::LossFlow`] takes apart: more lines than these cannot be told apart.
pub const LOSS_TERMS: usize = 6;

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// A measure; one over a part of the data has no value while the snapshot has not all of its sequences.
    Measure(Measure),
    /// ∂s_t/∂s_{t−1} of the probe's states at a step, from 1.
    Jacobian {
        /// Of which scan.
        at: At,
        /// Of which of its states.
        states: States,
        /// The later step.
        t: usize,
    },
    /// ∂s_`to`/∂s_`from` over a span of the probe's steps: the product of their Jacobians.
    Product {
        /// Of which scan.
        at: At,
        /// Of which of its states.
        states: States,
        /// The earlier time in the scan's own order; the initial state is one of them.
        from: usize,
        /// The later one.
        to: usize,
    },
    /// The eigenvalues and singular values of a scan's recurrent weights, gate by gate.
    Spectra(At),
    /// Which steps of the probe a gate's block of a parameter has its gradient from.
    Terms {
        /// Of which scan.
        at: At,
        /// Of which block.
        block: Block,
    },
    /// How much each step of the probe stretches a change of a scan's state.
    Stretches {
        /// Of which scan.
        at: At,
        /// Of which of its states.
        states: States,
    },
    /// Pascanu's bound on what a step of a scan does to a gradient.
    Bound(At),
    /// Which steps of the probe every block of a scan's parameters learns from.
    ByTime(At),
    /// Which steps one entry of a block learns from.
    EntryByTime {
        /// Of which scan.
        at: At,
        /// Of which block.
        block: Block,
        /// The row within it.
        row: usize,
        /// The column.
        column: usize,
    },
    /// What each of the largest terms of the probe's loss sends back to a scan's state, step by step.
    LossFlow {
        /// To which scan.
        at: At,
        /// To which of its states.
        quantity: Quantity,
    },
    /// What reaches a scan of an encoder through attention, and what through its last state, step by step.
    Roads(At),
    /// How far back the gradient reaches, beside how far back the series depends on itself.
    DataMemory {
        /// Which target column.
        target: usize,
    },
    /// Of every few steps of a quantity's record, unit by unit, the value that stands out, which is the one furthest from their
    /// mean: what is drawn where steps are closer than pixels.
    Outliers {
        /// Of which scan; `x` and `y` are found under any.
        at: At,
        /// Of which quantity.
        quantity: Quantity,
        /// Whether of its adjoint.
        adjoint: bool,
        /// Of how many steps each, counted from the first that is on record.
        of: usize,
    },
    /// The probe's sequence and its answers, in the words and units of the data.
    Story,
    /// Which classes are taken for which over a part's forecasts.
    Confusion(Split),
    /// How likely the network held each class at the probe's answers.
    Chances,
    /// Whether the forecasts of an output over a part foresee the series or follow it.
    Shadow {
        /// Over which part.
        split: Split,
        /// Which output.
        output: usize,
    },
    /// How the error of forecasts grows with the rows ahead, over origins of the test part.
    Horizons {
        /// Which target column.
        target: usize,
    },
    /// What the forecasts of an output over a part are off by, and what is left in that.
    Residuals {
        /// Over which part.
        split: Split,
        /// Which output.
        output: usize,
    },
    /// The symbols from the probe on, with the values of a quantity over them; of the part that reads.
    Symbols {
        /// Of which of its scans.
        scan: usize,
        /// Of which quantity.
        quantity: Quantity,
    },
    /// Which units follow a property of these symbols.
    Followers {
        /// Of which scan of the part that reads.
        scan: usize,
        /// In which quantity.
        quantity: Quantity,
        /// Which property.
        property: Property,
    },
    /// How widely each look of one of the probe's attention maps is spread.
    Spreads {
        /// The map's index.
        map: usize,
    },
    /// What becomes of the answers where something is altered that attention lives on.
    Altered(Alteration),
    /// How the network goes on after the probe.
    Continuation {
        /// For how many steps.
        steps: usize,
        /// 0 takes the likeliest symbol.
        temperature: f64,
        /// Of the random numbers.
        seed: u64,
    },
    /// How a quantity of the probe's, or its adjoint, spreads over the units at each step.
    Quantiles {
        /// Of which scan.
        at: At,
        /// Which quantity.
        quantity: Quantity,
        /// Whether its adjoint is meant.
        adjoint: bool,
    },
    /// How many units of a quantity of the probe's are at an end of its range at each step.
    Saturation {
        /// Of which scan.
        at: At,
        /// Which quantity.
        quantity: Quantity,
    },
    /// The units of a scan in an order, by their h over the whole sequence: the same for all quantities, and it stays while
    /// one steps.
    Units {
        /// Of which scan.
        at: At,
        /// In which order.
        order: UnitOrder,
    },
    /// Where a number of the probe's comes from, and where its adjoint does.
    Explain(Spot),
    /// What nudging a number of the probe's does to its loss: a derivative checked without derivatives. Everything is
    /// computed anew from the equations, in double precision.
    Nudge(Spot),
    /// What the network consists of: its parameters, what they take and what is multiplied.
    Inventory,
    /// A parameter's numbers, block by block.
    Weights {
        /// Which parameter, by its place among [`Network::entries`].
        entry: usize,
        /// What of it.
        aspect: Aspect,
    },
    /// The tensors of the run, with their axes and sizes.
    Shapes,
    /// Which outputs move when one step of one of a few sequences is nudged.
    Perturbed {
        /// Which of them.
        sequence: usize,
        /// Which step of it, from 1.
        t: usize,
    },
    /// The paths of many sequences through a scan's states.
    Portrait {
        /// Of which scan.
        at: At,
        /// Along which directions.
        axes: Axes,
    },
    /// The states that a scan leaves as they are while its input is held.
    Rests {
        /// Of which scan.
        at: At,
        /// At which input.
        held: Held,
    },
    /// What each baseline says of an output when these rows are the last ones known.
    Baselines {
        /// Which output.
        output: usize,
        /// The rows of the data set.
        rows: Vec<usize>,
    },
    /// What each baseline says of many rows after one.
    BaselinesAhead {
        /// Which target column.
        target: usize,
        /// The last row known.
        row: usize,
        /// How many rows after it.
        rows: usize,
    },
    /// What is wrong with the run, each with the numbers that prove it.
    Diagnoses,
    /// How a run ended that could not go on.
    Autopsy,
    /// How long the gradients of all updates so far were before clipping.
    Norms,
    /// What a predictor costs that knows nothing, over the training part.
    KnowingNothing,
    /// The probe's loss around the present weights.
    Surface {
        /// Over which plane.
        plane: Plane,
        /// How far from the present weights.
        reach: f64,
        /// How many cells a side.
        cells: usize,
    },
    /// The loss of a single unit, which has a cliff in it.
    Cliff {
        /// Over which stretch of the plane.
        stretch: cliff::Stretch,
        /// How many cells across (b) and up (w).
        cells: [usize; 2],
    },
    /// The ways that gradient descent takes there, without and with a limit of the gradient's norm.
    Descent {
        /// From where: w and b.
        start: cliff::Place,
        /// The learning rate.
        rate: f64,
        /// The limit.
        max_norm: f64,
        /// How many updates.
        updates: usize,
        /// From which w to which the wall is looked for.
        w: [f64; 2],
    },
}

/// A scan of the probe's record, by its indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// The index of the part.
    pub part: usize,
    /// The index of the scan in it.
    pub scan: usize,
}

/// What is said to a [`Question`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Question::Measure`].
    Number(Result<Option<f64>, MeasureError>),
    /// To [`Question::Jacobian`]; `None` if there is no such step, or a value is not finite.
    Jacobian(Option<Spread<Jacobian>>),
    /// To [`Question::Product`]; likewise.
    Product(Option<Spread<Span>>),
    /// To [`Question::Spectra`]; none where nothing is recurrent.
    Spectra(Vec<RecurrentBlock>),
    /// To [`Question::Terms`]; `None` if the cell has no such block.
    Terms(Option<BlockTerms>),
    /// To [`Question::Stretches`]; `None` where nothing is recurrent.
    Stretches(Option<Stretches>),
    /// To [`Question::Bound`]; `None` for a gated cell, where there is none.
    Bound(Option<f64>),
    /// To [`Question::ByTime`]; `None` where nothing is recurrent.
    ByTime(Option<ByTime>),
    /// To [`Question::EntryByTime`]; `None` if there is no such entry.
    EntryByTime(Option<EntryByTime>),
    /// To [`Question::LossFlow`]; `None` where nothing is recurrent, or going through the network anew takes more than
    /// [`MOST_TO_REPLAY`].
    LossFlow(Option<LossFlow>),
    /// To [`Question::Roads`]; likewise, and where there is no encoder.
    Roads(Option<Roads>),
    /// To [`Question::DataMemory`]; `None` where no series is forecast, or nothing recurrent reads it.
    DataMemory(Option<Box<DataMemory>>),
    /// To [`Question::Outliers`], `[steps / of, units]`; `None` if there is no such record.
    Outliers(Option<Array2<f64>>),
    /// To [`Question::Story`]; `None` without a sequence or outputs.
    Story(Option<Arc<Story>>),
    /// To [`Question::Confusion`]; `None` where no classes are asked.
    Confusion(Option<Confusion>),
    /// To [`Question::Chances`]; `None` where no classes are asked.
    Chances(Option<Arc<Chances>>),
    /// To [`Question::Shadow`]; `None` where no series is forecast.
    Shadow(Option<Shadow>),
    /// To [`Question::Horizons`]; `None` where no series is forecast, or the test part is too short to look ahead in.
    Horizons(Option<Horizons>),
    /// To [`Question::Residuals`]; `None` where no series is forecast.
    Residuals(Option<Residuals>),
    /// To [`Question::Symbols`]; `None` where no symbols are read, or there is no such quantity.
    Symbols(Option<Arc<Symbols>>),
    /// To [`Question::Followers`], the best first; likewise.
    Followers(Option<Vec<Follower>>),
    /// To [`Question::Spreads`]; `None` if there is no such map.
    Spreads(Option<Spreads>),
    /// To [`Question::Altered`]; `None` where there is no attention, or no room beside the window.
    Altered(Option<Box<Altered>>),
    /// To [`Question::Continuation`]; `None` where the network cannot go on, or reads no symbols.
    Continuation(Option<Arc<Continuation>>),
    /// To [`Question::Quantiles`]: for each step the quantiles of [`SHARES`](crate::nn::analysis::quantiles::SHARES), `None`
    /// where nothing is finite; no steps if there is no such quantity.
    Quantiles(Vec<Option<[f64; 7]>>),
    /// To [`Question::Saturation`]; `None` where the quantity has no ends.
    Saturation(Option<SaturationByStep>),
    /// To [`Question::Units`]; none if there is no such scan.
    Units(Vec<usize>),
    /// To [`Question::Explain`]; `None` if there is no such number, or going through a network that is not all on record takes
    /// more than [`MOST_TO_REPLAY`].
    Account(Option<Box<Account>>),
    /// To [`Question::Nudge`]; `None` if there is no such number, or computing the network anew takes more than
    /// [`MOST_TO_REPLAY`].
    Nudged(Option<Nudged>),
    /// To [`Question::Inventory`]; `None` if nothing is on record.
    Inventory(Option<Box<Inventory>>),
    /// To [`Question::Weights`]; `None` if there is no such parameter, or of a change if the first weights are not on record.
    Weights(Option<Box<Weights>>),
    /// To [`Question::Shapes`]; `None` if nothing is on record.
    Shapes(Option<Box<Shapes>>),
    /// To [`Question::Perturbed`]; `None` if there is no such step, or running the sequences takes too much.
    Perturbed(Option<Box<Perturbed>>),
    /// To [`Question::Portrait`]; `None` where nothing is recurrent or finite, or running the sequences takes too much.
    Portrait(Option<Box<Portrait>>),
    /// To [`Question::Rests`]; `None` likewise, or if there are too many units.
    Rests(Option<Box<Rests>>),
    /// To [`Question::Baselines`]: for each of [`Baselines::list`](crate::experiment::Baselines::list) a value for each row,
    /// `None` where it reaches further back than the series.
    Baselines(Vec<Vec<Option<f64>>>),
    /// To [`Question::BaselinesAhead`]: for each of them the rows after, likewise.
    BaselinesAhead(Vec<Option<Vec<f64>>>),
    /// To [`Question::Diagnoses`]; none where nothing is wrong.
    Diagnoses(Vec<Diagnosis>),
    /// To [`Question::Autopsy`]; `None` of a run that has not ended so.
    Autopsy(Option<Box<Autopsy>>),
    /// To [`Question::Norms`]; `None` before the first update.
    Norms(Option<Norms>),
    /// To [`Question::KnowingNothing`]; `None` where nothing is asked.
    KnowingNothing(Option<f64>),
    /// To [`Question::Surface`]; `None` if there is no such plane.
    Surface(Option<Surface>),
    /// To [`Question::Cliff`]: over b across and w up.
    Cliff(Option<Relief>),
    /// To [`Question::Descent`].
    Descent(Option<Box<Descent>>),
    /// Nothing: it was asked to stop.
    Stopped,
    /// Nothing: the program has a fault.
    Failed,
}

/// A matrix of derivatives and how it stretches.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread<T> {
    /// The derivatives.
    pub of: T,
    /// Decimal logarithms of the singular values, largest first; `None` if they could not be found.
    pub log10_singular_values: Option<Vec<f64>>,
}

/// What an answer depends on: as long as that is the same, so is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The snapshot.
    Snapshot,
    /// The baselines alone, which are the same for all snapshots of a run.
    Baselines,
    /// The sequences alone, likewise.
    Data,
    /// Nothing but the question itself.
    Nothing,
}

impl Question {
    /// What the answer depends on.
    pub fn ground(&self) -> Ground {
        match self {
            Question::Baselines { .. } | Question::BaselinesAhead { .. } => Ground::Baselines,
            Question::KnowingNothing => Ground::Data,
            Question::Cliff { .. } | Question::Descent { .. } => Ground::Nothing,
            _ => Ground::Snapshot,
        }
    }

    /// Whether the answer takes no longer than looking it up, so that nobody needs to wait for it.
    pub fn is_at_hand(&self) -> bool {
        match self {
            Question::Measure(measure) => measure.is_at_hand(),
            _ => false,
        }
    }

    /// Whether the answer may take seconds, whoever asks. It takes hardly any memory then: it is worked out beside another one.
    pub fn takes_long(&self) -> bool {
        match self {
            Question::Rests { .. } | Question::Stretches { .. } | Question::Spectra(_) => true,
            Question::Units { order, .. } => *order == UnitOrder::Correlation,
            _ => false,
        }
    }

    /// The answer; [`Answer::Stopped`] if `stop` was asked meanwhile.
    pub fn answer(&self, snapshot: &Snapshot, stop: &Stop) -> Answer {
        let answer = self.worked_out(snapshot, stop);
        match stop.is_asked() {
            true => Answer::Stopped,
            false => answer,
        }
    }

    fn worked_out(&self, snapshot: &Snapshot, stop: &Stop) -> Answer {
        match self {
            Question::Measure(measure) => Answer::Number(measure.of_whole(snapshot, stop)),
            Question::Jacobian { at, states, t } => {
                let subject = at.subject(snapshot);
                let jacobian = subject.and_then(|it| step(&it, *states, *t));
                Answer::Jacobian(jacobian.map(|of| Spread {
                    log10_singular_values: singular_values(&of, stop),
                    of,
                }))
            }
            Question::Product {
                at,
                states,
                from,
                to,
            } => {
                let subject = at.subject(snapshot);
                let span = subject.and_then(|it| span_until(&it, *states, (*from, *to), stop));
                Answer::Product(span.map(|of| Spread {
                    log10_singular_values: singular_values(&of.jacobian, stop),
                    of,
                }))
            }
            Question::Spectra(at) => {
                Answer::Spectra(at.spectra(snapshot, stop).unwrap_or_default())
            }
            Question::Terms { at, block } => {
                let subject = at.subject(snapshot);
                Answer::Terms(subject.and_then(|it| block_terms(&it, *block)))
            }
            Question::Stretches { at, states } => {
                let subject = at.subject(snapshot);
                Answer::Stretches(subject.and_then(|it| stretches(&it, *states, stop)))
            }
            Question::Bound(at) => {
                let subject = at.subject(snapshot);
                Answer::Bound(subject.and_then(|it| crate::nn::analysis::stretch::bound(&it)))
            }
            Question::ByTime(at) => Answer::ByTime(at.by_time(snapshot, stop)),
            Question::EntryByTime {
                at,
                block,
                row,
                column,
            } => Answer::EntryByTime(at.entry_by_time(snapshot, *block, (*row, *column))),
            Question::LossFlow { at, quantity } => {
                let place = at.place(snapshot);
                let flow = place.and_then(|place| {
                    rerun(snapshot, stop)?.loss_flow((at.part, place, *quantity), LOSS_TERMS)
                });
                Answer::LossFlow(flow)
            }
            Question::Roads(at) => {
                let place = at.place(snapshot).filter(|_| at.part == 0);
                Answer::Roads(place.and_then(|place| rerun(snapshot, stop)?.roads(place)))
            }
            Question::DataMemory { target } => {
                Answer::DataMemory(DataMemory::of(snapshot, *target).map(Box::new))
            }
            Question::Outliers {
                at,
                quantity,
                adjoint,
                of,
            } => {
                let part = snapshot.probe.parts.get(at.part);
                let values = part.and_then(|part| part.first(at.scan, *quantity, *adjoint));
                Answer::Outliers(values.map(|values| outliers_of_every(values, *of)))
            }
            Question::Story => Answer::Story(Story::of(snapshot).map(Arc::new)),
            Question::Confusion(split) => Answer::Confusion(Confusion::of(snapshot, *split)),
            Question::Chances => Answer::Chances(Chances::of(snapshot).map(Arc::new)),
            Question::Shadow { split, output } => Answer::Shadow(shadow(snapshot, *split, *output)),
            Question::Horizons { target } => {
                Answer::Horizons(Horizons::of(snapshot, *target, stop))
            }
            Question::Residuals { split, output } => {
                Answer::Residuals(Residuals::of(snapshot, *split, *output))
            }
            Question::Symbols { scan, quantity } => {
                let symbols = Symbols::of(snapshot, *scan, *quantity, stop);
                Answer::Symbols(symbols.map(Arc::new))
            }
            Question::Followers {
                scan,
                quantity,
                property,
            } => {
                let symbols = Symbols::of(snapshot, *scan, *quantity, stop);
                Answer::Followers(symbols.map(|symbols| symbols.followers(*property)))
            }
            Question::Spreads { map } => {
                let map = snapshot.probe.attention.get(*map);
                let keys = map.and_then(|map| snapshot.probe.parts.get(map.keys));
                let keys = keys.and_then(|part| part.lengths.first().copied());
                let spreads = map.zip(keys);
                Answer::Spreads(spreads.map(|(map, keys)| Spreads::of(map.weights.view(), keys)))
            }
            Question::Altered(alteration) => {
                Answer::Altered(Altered::of(snapshot, *alteration, stop).map(Box::new))
            }
            Question::Continuation {
                steps,
                temperature,
                seed,
            } => {
                let written = Continuation::of(snapshot, *steps, *temperature, *seed, stop);
                Answer::Continuation(written.map(Arc::new))
            }
            Question::Quantiles {
                at,
                quantity,
                adjoint,
            } => {
                let values = at.values(snapshot, *quantity, *adjoint);
                Answer::Quantiles(values.map_or_else(Vec::new, quantiles))
            }
            Question::Saturation { at, quantity } => {
                Answer::Saturation(at.saturation(snapshot, *quantity))
            }
            Question::Units { at, order } => {
                let units = at.units(snapshot, *order, stop);
                Answer::Units(units.unwrap_or_default())
            }
            Question::Explain(spot) => {
                Answer::Account(account(snapshot, *spot, stop).map(Box::new))
            }
            Question::Nudge(spot) => Answer::Nudged(nudged(snapshot, *spot, stop)),
            Question::Inventory => Answer::Inventory(Inventory::of(snapshot).map(Box::new)),
            Question::Weights { entry, aspect } => {
                Answer::Weights(Weights::of(snapshot, *entry, *aspect).map(Box::new))
            }
            Question::Shapes => Answer::Shapes(Shapes::of(snapshot).map(Box::new)),
            Question::Perturbed { sequence, t } => {
                Answer::Perturbed(Perturbed::of(snapshot, (*sequence, *t), stop).map(Box::new))
            }
            Question::Portrait { at, axes } => {
                let portrait = Portrait::of(snapshot, (at.part, at.scan), *axes, stop);
                Answer::Portrait(portrait.map(Box::new))
            }
            Question::Rests { at, held } => {
                let rests = Rests::of(snapshot, (at.part, at.scan), *held, stop);
                Answer::Rests(rests.map(Box::new))
            }
            Question::Baselines { output, rows } => {
                let Some(baselines) = &snapshot.material.baselines else {
                    return Answer::Baselines(Vec::new());
                };
                let of = |baseline| {
                    let rows = rows.iter().take_while(|_| !stop.is_asked());
                    rows.map(|&row| baselines.predict(baseline, row, *output))
                        .collect()
                };
                Answer::Baselines(baselines.list.iter().map(of).collect())
            }
            Question::BaselinesAhead { target, row, rows } => {
                let Some(baselines) = &snapshot.material.baselines else {
                    return Answer::BaselinesAhead(Vec::new());
                };
                let list = baselines.list.iter();
                let said = list.map(|baseline| baselines.path(baseline, *row, *target, *rows));
                Answer::BaselinesAhead(said.collect())
            }
            Question::Diagnoses => Answer::Diagnoses(diagnose(snapshot, stop)),
            Question::Autopsy => Answer::Autopsy(autopsy(snapshot, stop).map(Box::new)),
            Question::Norms => {
                let norms = Norms::of(&snapshot.history, stop);
                Answer::Norms(norms.filter(|norms| !norms.is_empty()))
            }
            Question::KnowingNothing => {
                Answer::KnowingNothing(loss_of_knowing_nothing(&snapshot.material, stop))
            }
            Question::Surface {
                plane,
                reach,
                cells,
            } => Answer::Surface(surface(snapshot, *plane, *reach, *cells, stop)),
            Question::Cliff { stretch, cells } => {
                let losses = cliff::surface(*stretch, *cells, stop);
                Answer::Cliff(losses.map(Relief::new))
            }
            Question::Descent {
                start,
                rate,
                max_norm,
                updates,
                w,
            } => {
                let descent = Descent::new(*start, *rate, *max_norm, *updates, *w, stop);
                Answer::Descent(descent.map(Box::new))
            }
        }
    }
}

/// The probe's sequence, and whether its network can be gone through beside the window.
fn example(snapshot: &Snapshot) -> Option<(Example, bool)> {
    let example = snapshot.probe.example()?;
    let lengths = Lengths {
        source: example.x.nrows(),
        target: example.wanted.nrows(),
    };
    let bytes = Replay::bytes(&snapshot.model.network(), lengths);
    Some((example, bytes <= MOST_TO_REPLAY))
}

fn nudged(snapshot: &Snapshot, spot: Spot, stop: &Stop) -> Option<Nudged> {
    let (example, _) = example(snapshot).filter(|(_, fits)| *fits)?;
    let replay = Replay::new(&snapshot.model, snapshot.material.loss, example, stop);
    replay?.nudge(spot, stop)
}

fn account(snapshot: &Snapshot, spot: Spot, stop: &Stop) -> Option<Account> {
    let (example, fits) = example(snapshot)?;
    // A stack's is all on record.
    let is_stack = matches!(snapshot.model.network(), Network::Recurrent(_));
    let (model, loss) = (&snapshot.model, snapshot.material.loss);
    let record = snapshot.probe.record();
    let replay = (fits || is_stack)
        .then(|| Replay::of_record(model, loss, example, record, stop))
        .flatten();
    replay?.account(spot, stop)
}

/// The probe's pass made anew, if that can be done beside the window.
fn rerun<'a>(snapshot: &'a Snapshot, stop: &Stop) -> Option<Rerun<'a>> {
    let probe = &snapshot.probe;
    let bytes = Rerun::bytes(&snapshot.model.network(), &probe.parts);
    let fits = bytes <= MOST_TO_REPLAY;
    fits.then(|| Rerun::new(&snapshot.model, &probe.parts, probe.truncate, stop))?
}

fn singular_values(of: &Jacobian, stop: &Stop) -> Option<Vec<f64>> {
    // The decomposition itself cannot be interrupted.
    (!stop.is_asked()).then(|| of.log10_singular_values())?
}

impl At {
    fn subject(self, snapshot: &Snapshot) -> Option<Subject<'_>> {
        let part = snapshot.probe.parts.get(self.part)?;
        Subject::of_part(&snapshot.model, part, self.scan, 0)
    }

    fn place(self, snapshot: &Snapshot) -> Option<Place> {
        let part = snapshot.probe.parts.get(self.part)?;
        Some(part.scans.get(self.scan)?.place)
    }

    fn by_time(self, snapshot: &Snapshot, stop: &Stop) -> Option<ByTime> {
        let part = snapshot.probe.parts.get(self.part)?;
        let scan = (&snapshot.model, part.name, self.place(snapshot)?);
        crate::nn::analysis::by_time::by_time(
            &self.subject(snapshot)?,
            scan,
            &snapshot.probe.gradient,
            stop,
        )
    }

    fn entry_by_time(
        self,
        snapshot: &Snapshot,
        block: Block,
        entry: (usize, usize),
    ) -> Option<EntryByTime> {
        let part = snapshot.probe.parts.get(self.part)?;
        let scan = (&snapshot.model, part.name, self.place(snapshot)?);
        let gradient = &snapshot.probe.gradient;
        entry_by_time(&self.subject(snapshot)?, scan, gradient, block, entry)
    }

    /// The probe's values of a quantity, or their adjoints, as `[time, units]`.
    fn values(
        self,
        snapshot: &Snapshot,
        quantity: Quantity,
        adjoint: bool,
    ) -> Option<ArrayView2<'_, f64>> {
        let part = snapshot.probe.parts.get(self.part)?;
        part.first(self.scan, quantity, adjoint)
    }

    /// How many steps of the probe are no padding.
    fn length(self, snapshot: &Snapshot) -> Option<usize> {
        let part = snapshot.probe.parts.get(self.part)?;
        part.lengths.first().copied()
    }

    fn saturation(self, snapshot: &Snapshot, quantity: Quantity) -> Option<SaturationByStep> {
        let scan = snapshot.probe.parts.get(self.part)?.scans.get(self.scan)?;
        let values = self.values(snapshot, quantity, false)?;
        saturation_by_step(scan.cell?, quantity, values, self.length(snapshot)?)
    }

    fn units(self, snapshot: &Snapshot, order: UnitOrder, stop: &Stop) -> Option<Vec<usize>> {
        let h = self.values(snapshot, Quantity::H, false)?;
        let length = self.length(snapshot)?.min(h.nrows());
        unit_order(order, h.slice(s![..length, ..]), stop)
    }

    fn spectra(self, snapshot: &Snapshot, stop: &Stop) -> Option<Vec<RecurrentBlock>> {
        let part = snapshot.probe.parts.get(self.part)?;
        let place = part.scans.get(self.scan)?.place;
        let (cell, weights) = weights_of(&snapshot.model, part.name, place)?;
        recurrent_blocks_until(cell, weights, stop)
    }
}

impl Answer {
    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        let numbers = match self {
            Answer::Number(_)
            | Answer::Bound(_)
            | Answer::Nudged(_)
            | Answer::Stopped
            | Answer::Failed => 0,
            Answer::Jacobian(it) => it.as_ref().map_or(0, |it| it.of.matrix.len()),
            Answer::Product(it) => it.as_ref().map_or(0, |it| {
                it.of.jacobian.matrix.len() + it.of.log10_norms.len()
            }),
            Answer::Spectra(blocks) => blocks
                .iter()
                .map(|block| {
                    let complex = block.eigenvalues.as_ref().map_or(0, Vec::len);
                    2 * complex + block.singular_values.as_ref().map_or(0, Vec::len)
                })
                .sum(),
            Answer::Terms(it) => it
                .as_ref()
                .map_or(0, |it| it.gradient.len() + 2 * it.norms.len()),
            Answer::Stretches(it) => it.as_ref().map_or(0, |it| 4 * it.steps.len()),
            Answer::ByTime(it) => it.as_ref().map_or(0, |it| {
                8 * it.blocks.len() + it.norms.len() + it.shares.len()
            }),
            Answer::EntryByTime(it) => it.as_ref().map_or(0, |it| it.terms.len()),
            Answer::LossFlow(it) => it.as_ref().map_or(0, |it| {
                (1 + it.norms.len()) * it.rest.len() + it.terms.len()
            }),
            Answer::Roads(it) => it.as_ref().map_or(0, |it| 3 * it.whole.len()),
            Answer::DataMemory(it) => it.as_ref().map_or(0, |it| it.size()),
            Answer::Outliers(it) => it.as_ref().map_or(0, Array2::len),
            Answer::Confusion(it) => it.as_ref().map_or(0, |it| it.counts.len()),
            Answer::Symbols(it) => it.as_ref().map_or(0, |it| it.values.len() + it.read.len()),
            Answer::Chances(it) => it.as_ref().map_or(0, |it| it.of.len()),
            Answer::Spreads(it) => it.as_ref().map_or(0, |it| 2 * it.bits.len()),
            Answer::Altered(it) => it.as_ref().map_or(0, |_| 64),
            Answer::Followers(it) => it.as_ref().map_or(0, |it| 2 * it.len()),
            Answer::Continuation(it) => it.as_ref().map_or(0, |it| 16 * it.written.len()),
            Answer::Shadow(it) => it.as_ref().map_or(0, |it| it.errors.len()),
            Answer::Horizons(it) => it.as_ref().map_or(0, |it| {
                (2 + it.baselines.len()) * it.rows + 2 * it.at_once.len()
            }),
            Answer::Residuals(it) => it.as_ref().map_or(0, |it| 2 * it.rows.len()),
            Answer::Quantiles(steps) => 8 * steps.len(),
            Answer::Saturation(it) => match it {
                Some(SaturationByStep::Squashed { low, high, .. }) => low.len() + high.len(),
                Some(SaturationByStep::Rectified { off, dead }) => off.len() + dead.len(),
                None => 0,
            },
            Answer::Units(units) => units.len(),
            Answer::Story(it) => it.as_ref().map_or(0, |it| {
                let inputs = it.inputs.iter().map(|input| 2 * input.values.len());
                let names = it.steps.as_ref().map_or(0, |steps| 5 * steps.len());
                inputs.sum::<usize>() + names + 16 * it.answers.len()
            }),
            Answer::Account(it) => it.as_ref().map_or(0, |it| it.size()),
            Answer::Inventory(it) => it
                .as_ref()
                .map_or(0, |it| 24 * it.of.parameters.len() + 12 * it.of.parts.len()),
            Answer::Weights(it) => it
                .as_ref()
                .map_or(0, |it| it.values.len() + 48 * it.facts.blocks.len()),
            Answer::Shapes(it) => it.as_ref().map_or(0, |it| {
                let compared = it.compared.iter();
                let values = compared.map(|of| of.output.len() + of.state.len() + 12);
                32 * it.tensors.len() + values.sum::<usize>()
            }),
            Answer::Perturbed(it) => it.as_ref().map_or(0, |it| {
                let outputs = it.outputs.iter();
                outputs.map(|of| of.by.len() + of.lengths.len() + 16).sum()
            }),
            Answer::Portrait(it) => it.as_ref().map_or(0, |it| {
                let paths = it.paths.iter().map(|path| 2 * path.points.len() + 8);
                2 * it.probe.len() + paths.sum::<usize>()
            }),
            Answer::Rests(it) => it.as_ref().map_or(0, |it| {
                let points = it.found.points.iter();
                let each = points.map(|point| 3 * point.state.len() + 12);
                it.input.len() + each.sum::<usize>()
            }),
            Answer::Baselines(said) => said.iter().map(|said| 2 * said.len()).sum(),
            Answer::BaselinesAhead(said) => said.iter().flatten().map(Vec::len).sum(),
            Answer::Diagnoses(found) => 24 * found.len(),
            Answer::Autopsy(it) => it.as_ref().map_or(0, |it| {
                let points = it.chains.iter().map(|chain| 2 * chain.points.len());
                points.sum::<usize>() + it.sequences.len() + 2 * it.sigmas.len() + 64
            }),
            Answer::Norms(it) => it.as_ref().map_or(0, |it| it.bytes() / 8),
            Answer::KnowingNothing(_) => 0,
            Answer::Surface(it) => it.as_ref().map_or(0, |it| it.relief.size()),
            Answer::Cliff(it) => it.as_ref().map_or(0, Relief::size),
            Answer::Descent(it) => it.as_ref().map_or(0, |it| {
                6 * (it.free.len() + it.held.len()) + 2 * it.walls.len()
            }),
        };
        size_of::<Self>() + 8 * numbers
    }
}
