//! What may help a run that has ended so: each a change of its experiment, with the numbers that speak for it.

use super::Autopsy;
use crate::experiment::{Change, Experiment, ModelKind, Setting};
use crate::nn::{Cell, Clip, Init, Scheme};
use crate::words::{counted, number, significant};

/// The share of the norms before they grew that a clipping threshold leaves alone.
pub const LEFT_ALONE: f64 = 0.9;

/// A way that is made anew up to the last good weights is offered from so many updates on: before, the start is as good.
const WORTH_KEEPING: u64 = 10;

/// A threshold for clipping, taken from the norms of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The norm.
    pub norm: f64,
    /// Of how many updates' norms it is the quantile; `None` where it is 1, as there are too few.
    pub updates: Option<usize>,
}

/// Something to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
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

/// What may help, the likeliest first.
pub fn remedies(autopsy: &Autopsy, experiment: &Experiment) -> Vec<Remedy> {
    let mut all = Vec::new();
    let keeps = autopsy.good >= WORTH_KEEPING && experiment.training.changes.is_empty();
    let mut offer =
        |title: String, why: String, setting: (&'static str, Setting), change: Change| {
            let mut settings = vec![setting];
            if !experiment.training.changes.is_empty() {
                // What was changed on the way would take it back.
                settings.push(("training.change", Setting::Remove));
            }
            all.push(Remedy {
                title: title.clone(),
                why,
                from: 0,
                settings,
                change: None,
            });
            if keeps {
                all.push(Remedy {
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
    (had != scheme || !experiment.model.init.set.is_empty()).then(|| Remedy {
        title: title.into(),
        why: why.into(),
        from: 0,
        settings: vec![("model.init", of_scheme(scheme))],
        change: None,
    })
}

/// A cell with gates, where it had none.
fn other_cell(experiment: &Experiment) -> Option<Remedy> {
    let cell = experiment.model.cell;
    let plain = matches!(cell, Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear);
    (plain && is_stack(experiment)).then(|| Remedy {
        title: "LSTM instead".into(),
        why: "Its cell state is passed on by a factor between 0 and 1, the forget gate".into(),
        from: 0,
        settings: vec![
            ("model.cell", Setting::Text(Cell::Lstm.name().into())),
            ("model.init", of_scheme(Scheme::Pytorch)),
        ],
        change: None,
    })
}

/// Two digits are enough for what is tried.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}
