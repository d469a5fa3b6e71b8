//! What may help a run that has ended so: each a change of its experiment, with the numbers that speak for it.

use super::{Autopsy, Cause, Reached, Step};
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
        Cause::SquareBeyondRange { .. } => &[Kind::Clip, Kind::Precision],
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
    all.retain(|remedy| !is_vain(remedy, autopsy, experiment));
    let likeliest = likeliest(&autopsy.cause);
    let rank = |remedy: &Remedy| {
        let of = likeliest.iter().position(|kind| *kind == remedy.kind);
        of.unwrap_or(likeliest.len())
    };
    all.sort_by_key(rank);
    all
}

/// Whether it is proved that a remedy leaves as it is what ended the run: such a one is not offered.
fn is_vain(remedy: &Remedy, autopsy: &Autopsy, experiment: &Experiment) -> bool {
    let Reached {
        step,
        is_gradient_bad,
        longest,
    } = autopsy.reached;
    // Where the same weights meet the same batch again, the same numbers come up to the step.
    let is_same = match remedy.from {
        0 => autopsy.update == 1,
        good => good + 1 == autopsy.update,
    };
    let comes_to_no_step = is_same && (!step || is_gradient_bad);
    // 0 times whatever is 0 again.
    let divides_by_nothing = is_same && matches!(autopsy.cause, Cause::NoEpsilon { .. });
    let ends_before = comes_to_no_step || divides_by_nothing;
    match (remedy.kind, &autopsy.cause) {
        // What is read as infinite makes the gradient of the weights that read it infinite or no number, whatever they are; a target
        // that is makes the loss so.
        (Kind::Clip | Kind::Rate | Kind::Start | Kind::Cell, Cause::BeyondRange { .. }) => true,
        // Squares are taken before the rate has a part in it.
        (Kind::Rate, Cause::SquareBeyondRange { .. }) => is_same,
        (Kind::Rate, _) => ends_before,
        (Kind::Clip, cause) => {
            let Some(Threshold { norm, .. }) = autopsy.threshold else {
                return false;
            };
            let longest = longest[usize::from(remedy.from > 0)];
            ends_before
                || clips_nothing(norm, longest, autopsy, experiment)
                || cause.step().is_some_and(|step| is_as_long(step, norm))
        }
        (
            Kind::Scale
            | Kind::AsBefore
            | Kind::Epsilon
            | Kind::Precision
            | Kind::Start
            | Kind::Cell,
            _,
        ) => false,
    }
}

/// Whether no gradient with which a step was made would be clipped at `norm`.
fn clips_nothing(norm: f64, longest: f64, autopsy: &Autopsy, experiment: &Experiment) -> bool {
    let is_by_value = matches!(autopsy.clip, Clip::Value(_));
    // By a hair more than what clipping adds to a norm, and than rounding.
    let is_longer = longest + 1e-6 > (1.0 - 1e-6) * norm;
    // A change on the way would go with the remedy, and rows tell of norms with it.
    !is_by_value && !is_longer && experiment.training.changes.is_empty()
}

/// Whether a step that was to blame is as long after a gradient clipped at `norm`: the first one of an optimiser that divides by
/// the gradient's own size is, where ε is nothing beside it.
fn is_as_long(step: &Step, norm: f64) -> bool {
    const NOTHING: f64 = 1e-6;
    let (epsilon, decay) = match step.optimizer {
        Optimizer::Sgd { .. } => return false,
        Optimizer::RmsProp { epsilon, .. } | Optimizer::AdamW { epsilon, .. } => (epsilon, 0.0),
        Optimizer::Adam {
            epsilon,
            weight_decay,
            ..
        } => (epsilon, weight_decay),
    };
    step.update == 1 && decay == 0.0 && epsilon < NOTHING * norm
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
        Cause::BeyondRange { .. } | Cause::NoEpsilon { .. } | Cause::SquareBeyondRange { .. }
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

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: &str = "Learning rate 0.001";
    const RATE_FROM_GOOD: &str = "Learning rate 0.001, from update 20";
    const CLIP: &str = "Clip at norm 2";
    const CLIP_FROM_GOOD: &str = "Clip at norm 2, from update 20";

    /// A run of an LSTM that ended at an update, the last good weights being those after `good`; at its start there is nothing
    /// else to be done otherwise.
    fn ended(
        update: u64,
        good: u64,
        reached: Reached,
        cause: Cause,
        optimizer: Optimizer,
    ) -> Autopsy {
        Autopsy {
            update,
            good,
            sequences: vec![0],
            cause,
            found: None,
            chains: Vec::new(),
            sigmas: Vec::new(),
            recurrent: None,
            parameter: None,
            threshold: Some(Threshold {
                norm: 2.0,
                updates: None,
            }),
            optimizer,
            learning_rate: 0.01,
            clip: Clip::Off,
            reached,
        }
    }

    fn names(autopsy: &Autopsy, cell: &str) -> Vec<String> {
        let text = format!(
            "format = 1\n[data]\ntask = \"adding\"\nlength = 9\n[model]\ncell = \"{cell}\"\n[training]\nupdates = 60\noptimizer = {{ kind = \"sgd\", learning_rate = 0.01 }}\n"
        );
        let experiment = Experiment::parse(&text).unwrap();
        let all = remedies(autopsy, &experiment);
        all.iter().map(Remedy::name).collect()
    }

    fn reached(step: bool, is_gradient_bad: bool, longest: [f64; 2]) -> Reached {
        Reached {
            step,
            is_gradient_bad,
            longest,
        }
    }

    /// By the update, the last good one, what was reached, and what is left of rate and clipping, from the start and from there.
    #[test]
    fn no_step_is_proposed_otherwise_where_none_led_there() {
        let cases = [
            // The first update came to no step; or to one of a gradient that is no number.
            (1, 0, reached(false, false, [0.0; 2]), vec![]),
            (1, 0, reached(true, true, [f64::INFINITY; 2]), vec![]),
            // It made a step that was too long.
            (1, 0, reached(true, false, [9.0; 2]), vec![CLIP, RATE]),
            // Later one step or more led to the weights.
            (2, 0, reached(false, false, [9.0; 2]), vec![CLIP, RATE]),
            (
                22,
                20,
                reached(false, false, [9.0; 2]),
                vec![CLIP, CLIP_FROM_GOOD, RATE, RATE_FROM_GOOD],
            ),
            // From the weights whose gradient is no number it is that again; another way may not come by there.
            (
                21,
                20,
                reached(true, true, [f64::INFINITY; 2]),
                vec![CLIP, RATE],
            ),
            (
                21,
                20,
                reached(true, false, [9.0; 2]),
                vec![CLIP, CLIP_FROM_GOOD, RATE, RATE_FROM_GOOD],
            ),
            // No norm was above 2, or none since then.
            (
                21,
                20,
                reached(true, false, [1.9; 2]),
                vec![RATE, RATE_FROM_GOOD],
            ),
            (
                21,
                20,
                reached(true, false, [9.0, 1.9]),
                vec![CLIP, RATE, RATE_FROM_GOOD],
            ),
        ];
        for (update, good, reached, expected) in cases {
            let autopsy = ended(update, good, reached, Cause::Unknown, Optimizer::sgd(0.01));
            assert_eq!(names(&autopsy, "lstm"), expected, "{update} {reached:?}");
        }
    }

    #[test]
    fn what_a_limit_by_value_did_is_unknown() {
        let reached = reached(true, false, [1.0; 2]);
        let autopsy = Autopsy {
            clip: Clip::Value(0.5),
            ..ended(1, 0, reached, Cause::Unknown, Optimizer::sgd(0.01))
        };
        assert_eq!(names(&autopsy, "lstm"), [CLIP, RATE]);
    }

    /// 0 / 0 is none of the rate’s doing, nor is a square of the gradient’s length; clipping makes that shorter.
    #[test]
    fn what_the_optimiser_could_not_compute_no_rate_mends() {
        let optimizer = Optimizer::adam(0.01);
        let (weight, reached) = (
            "weight_hh_l0[0, 0]".to_owned(),
            reached(true, false, [1e22; 2]),
        );
        let cause = Cause::NoEpsilon {
            optimizer,
            epsilon: 1e-60,
            weight: weight.clone(),
        };
        let epsilon = names(&ended(1, 0, reached, cause, optimizer), "lstm");
        assert_eq!(epsilon.len(), 1, "{epsilon:?}");
        let cause = Cause::SquareBeyondRange {
            optimizer,
            weight,
            gradient: 1e22,
            precision: Precision::F32,
        };
        assert_eq!(
            names(&ended(1, 0, reached, cause.clone(), optimizer), "lstm"),
            [CLIP]
        );
        assert_eq!(
            names(&ended(21, 20, reached, cause, optimizer), "lstm"),
            [CLIP, CLIP_FROM_GOOD, RATE]
        );
    }

    /// The first step of an optimiser that divides by the gradient’s size is as long, however the gradient is clipped.
    #[test]
    fn a_step_that_does_not_grow_with_the_gradient_is_not_clipped() {
        let too_high = |optimizer: Optimizer, update: u64| Cause::TooHighRate {
            step: Step {
                update,
                optimizer,
                learning_rate: 0.01,
                clip: Clip::Off,
                gradient: 9.0,
                is_clipped: false,
                usual: None,
                moved: 50.0,
                weights: 2.0,
                loss: [None, None],
                shorter: None,
                grew: None,
            },
        };
        let plain = Optimizer::sgd(0.01);
        let adam = Optimizer::adam(0.01);
        let wide = Optimizer::Adam {
            learning_rate: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 0.1,
            weight_decay: 0.0,
        };
        for (optimizer, update, expected) in [
            (plain, 1, vec![RATE, CLIP]),
            (adam, 1, vec![RATE]),
            (Optimizer::rms_prop(0.01), 1, vec![RATE]),
            (wide, 1, vec![RATE, CLIP]),
            (adam, 2, vec![RATE, CLIP]),
        ] {
            let reached = reached(false, false, [9.0; 2]);
            let autopsy = ended(
                update + 1,
                0,
                reached,
                too_high(optimizer, update),
                optimizer,
            );
            assert_eq!(names(&autopsy, "lstm"), expected, "{optimizer:?} {update}");
        }
    }

    /// What is read as infinite is so for every cell, start and rate.
    #[test]
    fn data_past_what_is_held_are_scaled_or_held() {
        let cause = Cause::BeyondRange {
            is_target: false,
            column: "x".into(),
            sequence: 0,
            value: 1e39,
            precision: Precision::F32,
        };
        let reached = reached(false, false, [9.0; 2]);
        for (update, good) in [(1, 0), (22, 20)] {
            let autopsy = ended(update, good, reached, cause.clone(), Optimizer::sgd(0.01));
            assert_eq!(names(&autopsy, "rnn_relu"), Vec::<String>::new());
        }
        // A place that is not known proves nothing.
        let autopsy = ended(22, 20, reached, Cause::Unknown, Optimizer::sgd(0.01));
        assert_eq!(names(&autopsy, "rnn_relu").len(), 6);
    }
}
