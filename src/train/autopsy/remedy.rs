//! What may help a run that has ended so: each a change of its experiment, with the numbers that speak for it.

use super::{Autopsy, Cause};
use crate::data::Scale;
use crate::experiment::{Change, Data, Experiment, ModelKind, Precision, Setting};
use crate::nn::{Cell, Clip, Init, Optimizer, Scheme};
use crate::words::{counted, number, significant};

/// The share of the norms before they grew that a clipping threshold leaves alone.
pub const LEFT_ALONE: f64 = 0.9;

/// A way that is made anew up to the last good weights is offered from so many updates on: before, the start is as good.
const WORTH_KEEPING: u64 = 10;

/// ε of the optimisers that have one, as PyTorch has it.
const USUAL_EPSILON: f64 = 1e-8;

/// A threshold for clipping, taken from the norms of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The norm.
    pub norm: f64,
    /// Of how many updates' norms it is the quantile; `None` where it is 1, as there are too few.
    pub updates: Option<usize>,
}

/// What a remedy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scale,
    AsBefore,
    Epsilon,
    Precision,
    Clip,
    Rate,
    Start,
    Cell,
}

/// Something to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    kind: Kind,
    /// What it is, in a few words.
    pub title: String,
    /// Why, from numbers.
    pub why: String,
    /// The update after which it is otherwise; 0 from the start.
    pub from: u64,
    /// Settings of the experiment that are other from the start.
    pub settings: Vec<(&'static str, Setting)>,
    /// What is other from an update on.
    pub change: Option<Change>,
}

impl Remedy {
    /// One that is other from the start in a setting or several.
    fn new(
        kind: Kind,
        title: impl Into<String>,
        why: impl Into<String>,
        settings: Vec<(&'static str, Setting)>,
    ) -> Self {
        Self {
            kind,
            title: title.into(),
            why: why.into(),
            from: 0,
            settings,
            change: None,
        }
    }

    /// What a run is called that tries it: no other remedy's is called so.
    pub fn name(&self) -> String {
        match self.from {
            0 => self.title.clone(),
            update => format!("{}, from update {update}", self.title),
        }
    }
}

/// What is likeliest to help against a cause, that first; the others after these in their own order.
fn likeliest(cause: &Cause) -> &'static [Kind] {
    match cause {
        Cause::BeyondRange { .. } => &[Kind::Scale, Kind::Precision],
        Cause::SetByHand { .. } => &[Kind::AsBefore],
        Cause::Unscaled { .. } => &[Kind::Scale],
        Cause::NoEpsilon { .. } => &[Kind::Epsilon, Kind::Precision],
        Cause::FirstWeights { .. } => &[Kind::Start, Kind::Cell],
        Cause::Exploding { .. } => &[Kind::Clip, Kind::Rate],
        Cause::TooHighRate { .. } => &[Kind::Rate, Kind::Clip],
        Cause::Unknown => &[],
    }
}

/// What may help, the likeliest first.
pub fn remedies(autopsy: &Autopsy, experiment: &Experiment) -> Vec<Remedy> {
    let mut all = of_cause(autopsy, experiment);
    let keeps = autopsy.good >= WORTH_KEEPING && experiment.training.changes.is_empty();
    let mut offer = |kind: Kind,
                     title: String,
                     why: String,
                     setting: (&'static str, Setting),
                     change: Change| {
        let mut settings = vec![setting];
        if !experiment.training.changes.is_empty() {
            // What was changed on the way would take it back.
            settings.push(("training.change", Setting::Remove));
        }
        all.push(Remedy::new(kind, title.clone(), why, settings));
        if keeps {
            all.push(Remedy {
                kind,
                title,
                why: "The same, with all that was learnt until then".into(),
                from: autopsy.good,
                settings: Vec::new(),
                change: Some(Change {
                    update: autopsy.good,
                    ..change
                }),
            });
        }
    };
    let none = Change {
        update: 0,
        learning_rate: None,
        clip: None,
        set: Vec::new(),
    };
    if let Some(Threshold { norm, updates }) = autopsy.threshold {
        let clip = Clip::Norm(norm);
        offer(
            Kind::Clip,
            format!("Clip at norm {}", significant(norm, 2)),
            match updates {
                Some(updates) => format!(
                    "{} % of the gradient norms of {} before they grew are not above it",
                    100.0 * LEFT_ALONE,
                    counted(updates, "update")
                ),
                None => {
                    "A common choice: too few gradients came before they grew to take one from them"
                        .into()
                }
            },
            ("training.clip", Setting::from(clip)),
            Change {
                clip: Some(clip),
                ..none.clone()
            },
        );
    }
    let rate = autopsy.optimizer.learning_rate();
    if rate > 0.0 {
        let lower = rounded(rate / 10.0);
        let optimizer = experiment.training.optimizer.with_learning_rate(lower);
        offer(
            Kind::Rate,
            format!("Learning rate {}", number(lower)),
            format!("A tenth of {}, at which it ended", number(rate)),
            ("training.optimizer", Setting::from(optimizer)),
            Change {
                learning_rate: Some(lower),
                ..none
            },
        );
    }
    all.extend(other_start(experiment));
    all.extend(other_cell(experiment));
    let likeliest = likeliest(&autopsy.cause);
    let rank = |remedy: &Remedy| {
        let of = likeliest.iter().position(|kind| *kind == remedy.kind);
        of.unwrap_or(likeliest.len())
    };
    all.sort_by_key(rank);
    all
}

/// What a single cause has as its remedy, and no other.
fn of_cause(autopsy: &Autopsy, experiment: &Experiment) -> Vec<Remedy> {
    let mut all = Vec::new();
    let is_plain =
        matches!(&experiment.data, Data::Csv(data) if data.sequences.scale == Scale::None);
    let blames_data = matches!(
        autopsy.cause,
        Cause::BeyondRange { .. } | Cause::Unscaled { .. }
    );
    if blames_data && is_plain {
        all.push(Remedy::new(
            Kind::Scale,
            "Scale the data",
            "To mean 0 and deviation 1 over the training part, as scale = \"standard\" does",
            vec![("data.scale", Setting::Text(Scale::Standard.name().into()))],
        ));
    }
    if let Cause::SetByHand { update, .. } = &autopsy.cause {
        let mut settings = Vec::new();
        let changes = &experiment.training.changes;
        if !experiment.model.init.set.is_empty() {
            let init = Init {
                set: Vec::new(),
                ..experiment.model.init.clone()
            };
            settings.push(("model.init", Setting::from(&init)));
        }
        // Changes of rate and clipping would go with them.
        let alone = |change: &Change| change.learning_rate.is_none() && change.clip.is_none();
        let is_all = changes.iter().all(alone);
        if !changes.is_empty() && is_all {
            settings.push(("training.change", Setting::Remove));
        }
        let why = match update {
            1 => "The weights as they are drawn from the seed",
            _ => "The weights as training makes them",
        };
        if !settings.is_empty() && is_all {
            let title = "Nothing set by hand";
            all.push(Remedy::new(Kind::AsBefore, title, why, settings));
        }
    }
    if let Cause::NoEpsilon { .. } = autopsy.cause {
        let mut optimizer = experiment.training.optimizer;
        match &mut optimizer {
            Optimizer::Sgd { .. } => {}
            Optimizer::RmsProp { epsilon, .. }
            | Optimizer::Adam { epsilon, .. }
            | Optimizer::AdamW { epsilon, .. } => *epsilon = USUAL_EPSILON,
        }
        all.push(Remedy::new(
            Kind::Epsilon,
            format!("ε of {}", number(USUAL_EPSILON)),
            "What PyTorch begins with: f32 holds it",
            vec![("training.optimizer", Setting::from(optimizer))],
        ));
    }
    let is_lost = matches!(
        autopsy.cause,
        Cause::BeyondRange { .. } | Cause::NoEpsilon { .. }
    );
    if is_lost && experiment.training.precision == Precision::F32 {
        let double = Setting::Text(Precision::F64.name().into());
        all.push(Remedy::new(
            Kind::Precision,
            "Compute in f64",
            "It holds numbers from 10⁻³⁰⁸ to 10³⁰⁸",
            vec![("training.precision", double)],
        ));
    }
    all
}

fn is_stack(experiment: &Experiment) -> bool {
    matches!(experiment.model.kind, ModelKind::Recurrent)
}

fn of_scheme(scheme: Scheme) -> Setting {
    Setting::from(&Init {
        scheme,
        forget_bias: None,
        set: Vec::new(),
    })
}

/// Another start, where there is one that fits the cell better than the one it had.
fn other_start(experiment: &Experiment) -> Option<Remedy> {
    let had = experiment.model.init.scheme;
    let (scheme, title, why) = match experiment.model.cell {
        _ if !is_stack(experiment) => return None,
        Cell::RnnRelu => (
            Scheme::Identity { gain: 1.0 },
            "Identity as weight_hh",
            "Each unit then hands itself on unchanged: every singular value of weight_hh is 1 (Le et al. 2015)",
        ),
        Cell::RnnTanh | Cell::RnnLinear => (
            Scheme::Orthogonal { gain: 1.0 },
            "Orthogonal weight_hh",
            "Every singular value of weight_hh is then 1: at first nothing is stretched (Saxe et al. 2014)",
        ),
        _ => (
            Scheme::Pytorch,
            "PyTorch’s first weights",
            "All weights are then within ± 1/√hidden_size",
        ),
    };
    let is_other = had != scheme
        || !experiment.model.init.set.is_empty()
        || experiment.model.weights.is_some();
    is_other.then(|| {
        Remedy::new(
            Kind::Start,
            title,
            why,
            drawn_anew(experiment, vec![("model.init", of_scheme(scheme))]),
        )
    })
}

/// Settings of a start that is drawn: weights of a file would stand in its place.
fn drawn_anew(
    experiment: &Experiment,
    mut settings: Vec<(&'static str, Setting)>,
) -> Vec<(&'static str, Setting)> {
    if experiment.model.weights.is_some() {
        settings.push(("model.weights", Setting::Remove));
    }
    settings
}

/// A cell with gates, where it had none.
fn other_cell(experiment: &Experiment) -> Option<Remedy> {
    let cell = experiment.model.cell;
    let plain = matches!(cell, Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear);
    (plain && is_stack(experiment)).then(|| {
        Remedy::new(
            Kind::Cell,
            "LSTM instead",
            "Its cell state is passed on by a factor between 0 and 1, the forget gate",
            drawn_anew(
                experiment,
                vec![
                    ("model.cell", Setting::Text(Cell::Lstm.name().into())),
                    ("model.init", of_scheme(Scheme::Pytorch)),
                ],
            ),
        )
    })
}

/// Two digits are enough for what is tried.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}
