//! Named numbers about a run: what plots, lesson checks and the numbers in a lesson's prose are made of.
//!
//! [`TABLE`] is the one list of them: names, arguments, what each is, its unit and what a learner is told; reading, errors, the
//! lesson panel and the table in `lessons/README.md` follow it. A [`Measure`] is read once, where its arguments are checked, and
//! has a value for every snapshot after that (`value`). To add one: a variant, its name, a row of the table, its value.
//!
//! Times count from 1 to T, 0 is the initial state; negative ones count from the end, −1 is T.

mod told;
mod value;

use crate::data::Split;
use crate::data::nearest::nearest;
use crate::experiment::BaselineKind;
use crate::nn::analysis::has_ends;
use crate::nn::{Cell, Direction, Place, Quantity};
use crate::words::shortened;
use std::collections::BTreeMap;

/// A measure with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Updates made.
    Update,
    /// Steps of a sequence.
    SeqLen,
    /// Units of a layer.
    HiddenSize,
    /// Layers on top of one another.
    NumLayers,
    /// Numbers that training sets.
    Parameters,
    /// The seed of all randomness.
    Seed,
    /// Bits of a number.
    Precision,
    /// The learning rate in effect.
    LearningRate,
    /// The clipping threshold in effect.
    ClipMaxNorm,
    /// Share of updates whose gradient was clipped.
    ClipFraction,
    /// The newest batch's loss.
    TrainLoss,
    /// The first batch's loss.
    FirstLoss,
    /// The smallest batch loss so far.
    SmallestLoss,
    /// The newest loss over the test part.
    TestLoss,
    /// The loss of the best answer that looks at no input.
    LossFloor,
    /// The probe's loss.
    ProbeLoss,
    /// Share of sequences, or steps, whose class is right.
    Accuracy(Split),
    /// Root mean squared error of the network.
    Rmse(Split),
    /// Mean absolute error of the network.
    Mae(Split),
    /// Mean absolute scaled error of the network.
    Mase(Split),
    /// Root mean squared error of a baseline.
    RmseOf(BaselineKind, Split),
    /// How many steps back the truth lies that the forecasts fit best.
    ShadowLag(Split),
    /// 1 − RMSE of the network / that of the last value.
    ShadowSkill(Split),
    /// The newest gradient norm before clipping.
    NormBefore,
    /// The newest gradient norm after clipping.
    NormAfter,
    /// The largest gradient norm before clipping so far.
    LargestNorm,
    /// ‖∂L/∂quantity‖ at a time.
    GradientNorm {
        /// Of what.
        of: Of,
        /// When.
        t: Time,
    },
    /// ‖∂L/∂quantity‖ at a time over the same at another.
    GradientRatio {
        /// Of what.
        of: Of,
        /// The time of the divisor.
        from: Time,
        /// The time of the dividend.
        to: Time,
    },
    /// How many steps back from T the gradient is at least a share of its last value.
    GradientReach {
        /// Of what.
        of: Of,
        /// The share.
        fraction: f64,
    },
    /// The mean over all steps and units.
    QuantityMean(Of),
    /// Share of values near the ends of their range.
    Saturation(Of),
    /// Units that are 0 all the time.
    DeadUnits(ScanName),
    /// Largest |eigenvalue| of the recurrent weights, of a gate's block or of the first one.
    SpectralRadius(ScanName, Option<Quantity>),
    /// Their largest singular value.
    LargestSigma(ScanName, Option<Quantity>),
    /// That, times the steepest slope of the cell's squashing function (Pascanu et al. 2013).
    PascanuBound(ScanName),
    /// Largest singular value of the state's Jacobian over one step.
    JacobianSigma {
        /// Of which states.
        of: ScanName,
        /// The later time.
        t: Time,
    },
    /// Decimal logarithm of the norm of the state's Jacobian over a span.
    JacobianNorm {
        /// Of which states.
        of: ScanName,
        /// The earlier time.
        from: Time,
        /// The later time.
        to: Time,
    },
    /// Whether the run has diverged.
    Diverged,
    /// The update that could not be made.
    DivergedUpdate,
    /// The step at which the session's cursor stands.
    CursorT,
    /// Whether the session is in the backward sweep.
    CursorBackward,
    /// The sequence under the lens.
    ProbeIndex,
    /// How many runs are beside one another.
    Runs,
    /// Another measure of the run of this number, from 1, among those beside one another.
    InRun(usize, Box<Measure>),
}

/// A scan of the network, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanName {
    /// The part's name; the last part, which has the output, if none is given.
    pub part: Option<String>,
    /// Layer and direction.
    pub place: Place,
}

/// A quantity of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Of {
    /// Which quantity.
    pub quantity: Quantity,
    /// Where.
    pub scan: ScanName,
}

/// A time from 0 to T; a negative one counts from the end, −1 is T.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(i64);

impl Time {
    /// Its place in a list of the times from 0 to T; `None` beyond its ends.
    fn index(self, times: usize) -> Option<usize> {
        let index = if self.0 < 0 {
            times as i64 + self.0
        } else {
            self.0
        };
        usize::try_from(index).ok().filter(|&index| index < times)
    }
}

/// An argument as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

/// The arguments there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A part of the data; the test part if absent.
    Split,
    /// A quantity; h if absent, or the first block of weights.
    Quantity,
    /// A layer, from 1; the first if absent.
    Layer,
    /// A direction; forward if absent.
    Direction,
    /// A part of the network; the last if absent.
    Part,
    /// A time.
    T,
    /// The time that something is held against.
    From,
    /// The time that is held against it.
    To,
    /// A share above 0.
    Fraction,
}

impl Parameter {
    /// All, in no order that matters.
    const ALL: [Parameter; 9] = [
        Parameter::Split,
        Parameter::Quantity,
        Parameter::Layer,
        Parameter::Direction,
        Parameter::Part,
        Parameter::T,
        Parameter::From,
        Parameter::To,
        Parameter::Fraction,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Split => "split",
            Parameter::Quantity => "quantity",
            Parameter::Layer => "layer",
            Parameter::Direction => "direction",
            Parameter::Part => "part",
            Parameter::T => "t",
            Parameter::From => "from",
            Parameter::To => "to",
            Parameter::Fraction => "fraction",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it may be left out.
    pub fn is_optional(self) -> bool {
        match self {
            Parameter::Split
            | Parameter::Quantity
            | Parameter::Layer
            | Parameter::Direction
            | Parameter::Part => true,
            Parameter::T | Parameter::From | Parameter::To | Parameter::Fraction => false,
        }
    }
}

/// What a measure counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A pure number.
    None,
    /// Things that are counted, in the plural.
    Of(&'static str),
    /// A share, from 0 to 1.
    Share,
    /// The data's own unit.
    Own,
    /// 1 for yes, 0 for no.
    YesNo,
}

impl Unit {
    /// In the table for those who write lessons; empty for a pure number.
    pub fn title(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Of(things) => things,
            Unit::Share => "0 to 1",
            Unit::Own => "the data’s",
            Unit::YesNo => "1 or 0",
        }
    }
}

/// A row of [`TABLE`].
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name in files.
    pub name: &'static str,
    /// The arguments that it takes, in the order in which they are listed.
    pub arguments: &'static [Parameter],
    /// What it is, for those who write lessons.
    pub is: &'static str,
    /// What it counts in.
    pub unit: Unit,
    /// What a learner is told that it is; `None` where it is yes or no, which a goal says itself. What it is of stands in braces:
    /// see [`Measure::told`].
    pub told: Option<&'static str>,
    read: fn(&Given<'_>) -> Result<Measure, MeasureError>,
}

const OF_SCAN: &[Parameter] = &[Parameter::Layer, Parameter::Direction, Parameter::Part];
const OF_QUANTITY: &[Parameter] = &[
    Parameter::Quantity,
    Parameter::Layer,
    Parameter::Direction,
    Parameter::Part,
];

/// A row without arguments.
const fn plain(
    name: &'static str,
    unit: Unit,
    is: &'static str,
    told: &'static str,
    read: fn(&Given<'_>) -> Result<Measure, MeasureError>,
) -> Entry {
    Entry {
        name,
        arguments: &[],
        is,
        unit,
        told: Some(told),
        read,
    }
}

/// A row of a part of the data.
const fn of_split(
    name: &'static str,
    unit: Unit,
    is: &'static str,
    told: &'static str,
    read: fn(&Given<'_>) -> Result<Measure, MeasureError>,
) -> Entry {
    Entry {
        name,
        arguments: &[Parameter::Split],
        is,
        unit,
        told: Some(told),
        read,
    }
}

/// Every measure.
pub const TABLE: &[Entry] = &[
    plain(
        "update",
        Unit::Of("updates"),
        "updates made",
        "updates made",
        |_| Ok(Measure::Update),
    ),
    plain(
        "seq_len",
        Unit::Of("steps"),
        "steps of a sequence",
        "steps of a sequence",
        |_| Ok(Measure::SeqLen),
    ),
    plain(
        "hidden_size",
        Unit::Of("units"),
        "units of a layer",
        "units of a layer",
        |_| Ok(Measure::HiddenSize),
    ),
    plain(
        "num_layers",
        Unit::Of("layers"),
        "layers on top of one another",
        "layers on top of one another",
        |_| Ok(Measure::NumLayers),
    ),
    plain(
        "parameters",
        Unit::Of("numbers"),
        "numbers that training sets, of the whole network",
        "parameters of the whole network",
        |_| Ok(Measure::Parameters),
    ),
    plain(
        "seed",
        Unit::None,
        "the seed of first weights, data and the order of batches",
        "the seed",
        |_| Ok(Measure::Seed),
    ),
    plain(
        "precision",
        Unit::Of("bits"),
        "bits of a number in training: 32 or 64",
        "bits of a number in training",
        |_| Ok(Measure::Precision),
    ),
    plain(
        "learning_rate",
        Unit::None,
        "the rate in effect",
        "the learning rate",
        |_| Ok(Measure::LearningRate),
    ),
    plain(
        "clip.max_norm",
        Unit::None,
        "the clipping limit in effect; infinite when the norm is not clipped",
        "the clipping threshold",
        |_| Ok(Measure::ClipMaxNorm),
    ),
    plain(
        "clip.fraction",
        Unit::Share,
        "share of all updates whose gradient was clipped; from the first update on",
        "share of all updates whose gradient was clipped",
        |_| Ok(Measure::ClipFraction),
    ),
    plain(
        "loss.train",
        Unit::None,
        "the newest batch’s loss; from the first update on",
        "the newest batch's loss",
        |_| Ok(Measure::TrainLoss),
    ),
    plain(
        "loss.first",
        Unit::None,
        "the first batch’s loss; from the first update on",
        "the first batch's loss",
        |_| Ok(Measure::FirstLoss),
    ),
    plain(
        "loss.smallest",
        Unit::None,
        "the smallest batch loss so far; from the first update on",
        "the smallest batch loss so far",
        |_| Ok(Measure::SmallestLoss),
    ),
    plain(
        "loss.test",
        Unit::None,
        "the loss over the answers whose targets are in the test part; while a run goes on, the newest",
        "the test loss",
        |_| Ok(Measure::TestLoss),
    ),
    plain(
        "loss.floor",
        Unit::None,
        "the loss over the training part of the best answer that looks at no input: knowing nothing",
        "the loss of knowing nothing",
        |_| Ok(Measure::LossFloor),
    ),
    plain(
        "loss.probe",
        Unit::None,
        "the loss of the sequence under the lens",
        "the probe's loss",
        |_| Ok(Measure::ProbeLoss),
    ),
    of_split(
        "accuracy",
        Unit::Share,
        "share of sequences whose class is right; of steps, where the model answers at every step",
        "share of answers that are right",
        |given| Ok(Measure::Accuracy(given.split()?)),
    ),
    of_split(
        "rmse",
        Unit::Own,
        "root mean squared error of the model’s forecasts, those after each sequence’s last row",
        "the RMSE of the forecasts",
        |given| Ok(Measure::Rmse(given.split()?)),
    ),
    of_split(
        "mae",
        Unit::Own,
        "mean absolute error of the model’s forecasts, those after each sequence’s last row",
        "the MAE of the forecasts",
        |given| Ok(Measure::Mae(given.split()?)),
    ),
    of_split(
        "mase",
        Unit::None,
        "mean absolute scaled error of the model’s forecasts, those after each sequence’s last row",
        "the MASE of the forecasts",
        |given| Ok(Measure::Mase(given.split()?)),
    ),
    of_split(
        "rmse.naive",
        Unit::Own,
        "root mean squared error of the last value, over the targets that are reached by all baselines that reach any",
        "the naive forecast's RMSE",
        |given| Ok(Measure::RmseOf(BaselineKind::Naive, given.split()?)),
    ),
    of_split(
        "rmse.seasonal",
        Unit::Own,
        "likewise of the value a season ago",
        "the seasonal naive forecast's RMSE",
        |given| Ok(Measure::RmseOf(BaselineKind::SeasonalNaive, given.split()?)),
    ),
    of_split(
        "rmse.ar",
        Unit::Own,
        "likewise of the autoregression",
        "the autoregression's RMSE",
        |given| {
            Ok(Measure::RmseOf(
                BaselineKind::Autoregression,
                given.split()?,
            ))
        },
    ),
    of_split(
        "shadow.lag",
        Unit::Of("steps"),
        "how many steps back the truth lies that the model’s forecasts fit best; 0 where that is what they forecast",
        "steps by which the forecasts lag behind the truth",
        |given| Ok(Measure::ShadowLag(given.split()?)),
    ),
    of_split(
        "shadow.skill",
        Unit::None,
        "1 − rmse of the model / rmse of the last value, on the same targets; 0 is as good as the last value, 1 never wrong",
        "the skill: 1 − RMSE / RMSE of the last value",
        |given| Ok(Measure::ShadowSkill(given.split()?)),
    ),
    plain(
        "norm.before",
        Unit::None,
        "the newest gradient norm before clipping; from the first update on",
        "the newest gradient norm before clipping",
        |_| Ok(Measure::NormBefore),
    ),
    plain(
        "norm.after",
        Unit::None,
        "the newest gradient norm after clipping; from the first update on",
        "the newest gradient norm after clipping",
        |_| Ok(Measure::NormAfter),
    ),
    plain(
        "norm.largest",
        Unit::None,
        "the largest gradient norm before clipping so far; from the first update on",
        "the largest gradient norm before clipping so far",
        |_| Ok(Measure::LargestNorm),
    ),
    Entry {
        name: "gradient.norm",
        arguments: &[
            Parameter::Quantity,
            Parameter::Layer,
            Parameter::Direction,
            Parameter::Part,
            Parameter::T,
        ],
        is: "norm of the probe’s ∂L/∂quantity at t",
        unit: Unit::None,
        told: Some("the norm of ∂L/∂{quantity} at t = {t}"),
        read: |given| {
            let t = given.time(Parameter::T)?;
            Ok(Measure::GradientNorm { of: given.of()?, t })
        },
    },
    Entry {
        name: "gradient.ratio",
        arguments: &[
            Parameter::Quantity,
            Parameter::Layer,
            Parameter::Direction,
            Parameter::Part,
            Parameter::From,
            Parameter::To,
        ],
        is: "its norm at `to`, divided by its norm at `from`",
        unit: Unit::None,
        told: Some("what is left of ∂L/∂{quantity} from t = {from} to t = {to}"),
        read: |given| {
            let (from, to) = (given.time(Parameter::From)?, given.time(Parameter::To)?);
            Ok(Measure::GradientRatio {
                of: given.of()?,
                from,
                to,
            })
        },
    },
    Entry {
        name: "gradient.reach",
        arguments: &[
            Parameter::Fraction,
            Parameter::Quantity,
            Parameter::Layer,
            Parameter::Direction,
            Parameter::Part,
        ],
        is: "steps back from T until it is below that fraction of its last value; none if it never is",
        unit: Unit::Of("steps"),
        told: Some("steps back that ∂L/∂{quantity} stays above {fraction} of its last value"),
        read: |given| {
            let fraction = given.number(Parameter::Fraction, None)?;
            Ok(Measure::GradientReach {
                of: given.of()?,
                fraction,
            })
        },
    },
    Entry {
        name: "quantity.mean",
        arguments: OF_QUANTITY,
        is: "mean of the probe’s quantity over all steps and units",
        unit: Unit::None,
        told: Some("the mean of {quantity} over all steps and units"),
        read: |given| Ok(Measure::QuantityMean(given.of()?)),
    },
    Entry {
        name: "saturation",
        arguments: OF_QUANTITY,
        is: "share of the probe’s gate values below 0.05 or above 0.95; of squashed values beyond ±0.95 of their range",
        unit: Unit::Share,
        told: Some("share of the probe's {quantity} near the ends of its range"),
        read: |given| {
            let of = given.of()?;
            match has_ends(of.quantity) {
                true => Ok(Measure::Saturation(of)),
                false => Err(given.problem(Parameter::Quantity, "is not squashed: it has no ends")),
            }
        },
    },
    Entry {
        name: "dead_units",
        arguments: OF_SCAN,
        is: "units of an Elman layer with ReLU that are 0 over the whole probe",
        unit: Unit::Of("units"),
        told: Some("units of an Elman layer with ReLU that are 0 over the whole probe"),
        read: |given| Ok(Measure::DeadUnits(given.scan()?)),
    },
    Entry {
        name: "weights.spectral_radius",
        arguments: OF_QUANTITY,
        is: "largest absolute eigenvalue of the recurrent weights: of that gate’s block, of the first one if none is named",
        unit: Unit::None,
        told: Some("largest |eigenvalue| of the recurrent weights{block}"),
        read: |given| Ok(Measure::SpectralRadius(given.scan()?, given.gate()?)),
    },
    Entry {
        name: "weights.sigma",
        arguments: OF_QUANTITY,
        is: "largest singular value of the recurrent weights, likewise",
        unit: Unit::None,
        told: Some("largest singular value of the recurrent weights{block}"),
        read: |given| Ok(Measure::LargestSigma(given.scan()?, given.gate()?)),
    },
    Entry {
        name: "weights.pascanu_bound",
        arguments: OF_SCAN,
        is: "largest singular value times the steepest slope of an Elman cell’s squashing function",
        unit: Unit::None,
        told: Some(
            "largest singular value times the steepest slope of an Elman cell's squashing function",
        ),
        read: |given| Ok(Measure::PascanuBound(given.scan()?)),
    },
    Entry {
        name: "jacobian.sigma",
        arguments: &[
            Parameter::Layer,
            Parameter::Direction,
            Parameter::Part,
            Parameter::T,
        ],
        is: "largest singular value of ∂h_t/∂h_{t−1}; of the whole state’s, where there is a cell state",
        unit: Unit::None,
        told: Some("largest singular value of ∂h_t/∂h_{t−1} at t = {t}"),
        read: |given| {
            let t = given.time(Parameter::T)?;
            Ok(Measure::JacobianSigma {
                of: given.scan()?,
                t,
            })
        },
    },
    Entry {
        name: "jacobian.log10_norm",
        arguments: &[
            Parameter::Layer,
            Parameter::Direction,
            Parameter::Part,
            Parameter::From,
            Parameter::To,
        ],
        is: "decimal logarithm of the norm of ∂h_to/∂h_from, likewise",
        unit: Unit::None,
        told: Some("decimal logarithm of the norm of ∂h_t/∂h_k, t = {to} and k = {from}"),
        read: |given| {
            let (from, to) = (given.time(Parameter::From)?, given.time(Parameter::To)?);
            Ok(Measure::JacobianNorm {
                of: given.scan()?,
                from,
                to,
            })
        },
    },
    Entry {
        name: "diverged",
        arguments: &[],
        is: "whether the run has diverged",
        unit: Unit::YesNo,
        told: None,
        read: |_| Ok(Measure::Diverged),
    },
    plain(
        "diverged.update",
        Unit::Of("updates"),
        "the update that could not be made; only then",
        "the update that could not be made",
        |_| Ok(Measure::DivergedUpdate),
    ),
    plain(
        "cursor.t",
        Unit::Of("steps"),
        "the step at which the cursor stands",
        "the cursor's time step",
        |_| Ok(Measure::CursorT),
    ),
    Entry {
        name: "cursor.backward",
        arguments: &[],
        is: "whether the sweep is the backward one",
        unit: Unit::YesNo,
        told: None,
        read: |_| Ok(Measure::CursorBackward),
    },
    plain(
        "probe.index",
        Unit::None,
        "the sequence under the lens",
        "the sequence under the lens",
        |_| Ok(Measure::ProbeIndex),
    ),
    plain(
        "runs",
        Unit::Of("runs"),
        "runs beside one another, the one on show among them",
        "runs beside one another",
        |_| Ok(Measure::Runs),
    ),
];

/// The argument that every measure takes: the run that it is of, from 1, in the order of their letters.
pub const RUN: &str = "run";

/// Why a measure cannot be read, or has no value in a run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// No such measure.
    #[error("there is no measure “{}”{}", shortened(name), hint(name))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// An argument is missing, of the wrong kind or unknown.
    #[error("measure “{measure}”: argument “{}” {problem}", shortened(argument))]
    Argument {
        /// Of which measure.
        measure: &'static str,
        /// Which argument.
        argument: String,
        /// What about it.
        problem: &'static str,
    },
    /// The network has no such layer, direction or part, or there is no such run. With another setting there may be one.
    #[error("measure “{measure}”: there is no {what} here")]
    Lacking {
        /// Which measure.
        measure: &'static str,
        /// What there is not.
        what: String,
    },
    /// It takes no such argument.
    #[error(
        "measure “{measure}”: found argument “{}”, expected {}{hint}",
        shortened(argument),
        one_of(known)
    )]
    NoArgument {
        /// Of which measure.
        measure: &'static str,
        /// Which argument.
        argument: String,
        /// Those that it takes.
        known: Vec<&'static str>,
        /// The one that was probably meant.
        hint: String,
    },
    /// It is over a whole part, of which no run has all forecasts in memory.
    #[error(
        "measure “{measure}”: found more forecasts than a run may have in memory, expected all of a part. Take fewer rows, or \
         a longer stride."
    )]
    TooMany {
        /// Which.
        measure: &'static str,
    },
}

fn one_of(known: &[&str]) -> String {
    match known {
        [] => "none".into(),
        [one] => (*one).into(),
        several => format!("one of {}", several.join(", ")),
    }
}

/// The name that was probably meant.
fn hint(name: &str) -> String {
    let nearest = nearest(name, TABLE.iter().map(|entry| entry.name));
    nearest.map_or(String::new(), |name| format!(". Did you mean “{name}”?"))
}

/// The arguments given to a measure.
struct Given<'a> {
    measure: &'static str,
    arguments: &'a BTreeMap<String, Argument>,
}

impl Given<'_> {
    fn problem(&self, parameter: Parameter, problem: &'static str) -> MeasureError {
        MeasureError::Argument {
            measure: self.measure,
            argument: parameter.name().into(),
            problem,
        }
    }

    fn get(&self, parameter: Parameter) -> Option<&Argument> {
        self.arguments.get(parameter.name())
    }

    fn word(
        &self,
        parameter: Parameter,
        problem: &'static str,
    ) -> Result<Option<&str>, MeasureError> {
        match self.get(parameter) {
            None => Ok(None),
            Some(Argument::Text(word)) => Ok(Some(word)),
            Some(Argument::Number(_)) => Err(self.problem(parameter, problem)),
        }
    }

    fn number(&self, parameter: Parameter, default: Option<f64>) -> Result<f64, MeasureError> {
        match (self.get(parameter), default) {
            (Some(Argument::Number(value)), _) => Ok(*value),
            (Some(Argument::Text(_)), _) => Err(self.problem(parameter, "must be a number")),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(self.problem(parameter, "is missing")),
        }
    }

    fn whole(&self, parameter: Parameter, default: Option<f64>) -> Result<i64, MeasureError> {
        let number = self.number(parameter, default)?;
        let whole = number.fract() == 0.0 && number.abs() < 1e9;
        whole
            .then_some(number as i64)
            .ok_or_else(|| self.problem(parameter, "must be a whole number"))
    }

    fn time(&self, parameter: Parameter) -> Result<Time, MeasureError> {
        self.whole(parameter, None).map(Time)
    }

    fn split(&self) -> Result<Split, MeasureError> {
        const PROBLEM: &str = "must be train or test";
        match self.word(Parameter::Split, PROBLEM)? {
            None => Ok(Split::Test),
            Some(name) => {
                Split::from_name(name).ok_or_else(|| self.problem(Parameter::Split, PROBLEM))
            }
        }
    }

    fn quantity(&self) -> Result<Option<Quantity>, MeasureError> {
        match self.word(Parameter::Quantity, "must be a name")? {
            None => Ok(None),
            Some(name) => Quantity::from_name(name)
                .map(Some)
                .ok_or_else(|| self.problem(Parameter::Quantity, "is no quantity's name")),
        }
    }

    fn scan(&self) -> Result<ScanName, MeasureError> {
        let layer = self.whole(Parameter::Layer, Some(1.0))?;
        let layer = usize::try_from(layer - 1)
            .map_err(|_| self.problem(Parameter::Layer, "must be 1 or more"))?;
        const PROBLEM: &str = "must be forward or reverse";
        let direction = match self.word(Parameter::Direction, PROBLEM)? {
            None => Direction::Forward,
            Some(name) => Direction::from_name(name)
                .ok_or_else(|| self.problem(Parameter::Direction, PROBLEM))?,
        };
        let part = self.word(Parameter::Part, "must be the name of a part of the model")?;
        Ok(ScanName {
            part: part.map(str::to_owned),
            place: Place { layer, direction },
        })
    }

    /// A quantity with recurrent weights of its own: a gate, or an Elman cell's h.
    fn gate(&self) -> Result<Option<Quantity>, MeasureError> {
        let quantity = self.quantity()?;
        let of = |quantity| {
            let mut cells = Cell::ALL.into_iter();
            quantity == Quantity::H || cells.any(|cell| cell.gates().contains(&quantity))
        };
        match quantity.is_none_or(of) {
            true => Ok(quantity),
            false => Err(self.problem(
                Parameter::Quantity,
                "has no recurrent weights of its own: expected a gate, or h of an Elman cell",
            )),
        }
    }

    fn of(&self) -> Result<Of, MeasureError> {
        let quantity = self.quantity()?.unwrap_or(Quantity::H);
        let of_layer = [Parameter::Layer, Parameter::Direction];
        if let Some(said) = of_layer.into_iter().find(|said| self.get(*said).is_some())
            && matches!(quantity, Quantity::X | Quantity::Y)
        {
            return Err(self.problem(said, "says nothing of x and y, which are of no layer"));
        }
        Ok(Of {
            quantity,
            scan: self.scan()?,
        })
    }
}

impl Measure {
    /// A measure with arguments, both as they are written.
    ///
    /// # Errors
    /// If there is none of that name, or it does not take these arguments.
    pub fn read(name: &str, arguments: &BTreeMap<String, Argument>) -> Result<Self, MeasureError> {
        let entry = TABLE.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| MeasureError::Unknown { name: name.into() })?;
        if let Some(run) = arguments.get(RUN) {
            let problem = MeasureError::Argument {
                measure: entry.name,
                argument: RUN.into(),
                problem: "must be 1, 2, 3 or 4: run 1 is A on the screen, run 2 is B",
            };
            let run = match run {
                Argument::Number(run) if [1.0, 2.0, 3.0, 4.0].contains(run) => *run as usize,
                _ => return Err(problem),
            };
            let mut own = arguments.clone();
            own.remove(RUN);
            return Ok(Measure::InRun(run, Box::new(Self::read(name, &own)?)));
        }
        let takes = |argument: &str| {
            let known = Parameter::from_name(argument);
            known.is_some_and(|known| entry.arguments.contains(&known))
        };
        if let Some(argument) = arguments.keys().find(|argument| !takes(argument)) {
            let names = entry.arguments.iter().map(|known| known.name());
            let names = names.chain([RUN]);
            return Err(MeasureError::NoArgument {
                measure: entry.name,
                argument: argument.clone(),
                hint: nearest(argument, names.clone())
                    .map_or(String::new(), |name| format!(". Did you mean “{name}”?")),
                known: names.collect(),
            });
        }
        (entry.read)(&Given {
            measure: entry.name,
            arguments,
        })
    }

    /// A measure without arguments.
    ///
    /// # Errors
    /// If there is none of that name, or it needs some.
    pub fn named(name: &str) -> Result<Self, MeasureError> {
        Self::read(name, &BTreeMap::new())
    }

    /// The name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Measure::Update => "update",
            Measure::SeqLen => "seq_len",
            Measure::HiddenSize => "hidden_size",
            Measure::NumLayers => "num_layers",
            Measure::Parameters => "parameters",
            Measure::Seed => "seed",
            Measure::Precision => "precision",
            Measure::LearningRate => "learning_rate",
            Measure::ClipMaxNorm => "clip.max_norm",
            Measure::ClipFraction => "clip.fraction",
            Measure::TrainLoss => "loss.train",
            Measure::FirstLoss => "loss.first",
            Measure::SmallestLoss => "loss.smallest",
            Measure::TestLoss => "loss.test",
            Measure::LossFloor => "loss.floor",
            Measure::ProbeLoss => "loss.probe",
            Measure::Accuracy(_) => "accuracy",
            Measure::Rmse(_) => "rmse",
            Measure::Mae(_) => "mae",
            Measure::Mase(_) => "mase",
            Measure::RmseOf(BaselineKind::Naive, _) => "rmse.naive",
            Measure::RmseOf(BaselineKind::SeasonalNaive, _) => "rmse.seasonal",
            Measure::RmseOf(BaselineKind::Autoregression, _) => "rmse.ar",
            Measure::ShadowLag(_) => "shadow.lag",
            Measure::ShadowSkill(_) => "shadow.skill",
            Measure::NormBefore => "norm.before",
            Measure::NormAfter => "norm.after",
            Measure::LargestNorm => "norm.largest",
            Measure::GradientNorm { .. } => "gradient.norm",
            Measure::GradientRatio { .. } => "gradient.ratio",
            Measure::GradientReach { .. } => "gradient.reach",
            Measure::QuantityMean(_) => "quantity.mean",
            Measure::Saturation(_) => "saturation",
            Measure::DeadUnits(_) => "dead_units",
            Measure::SpectralRadius(..) => "weights.spectral_radius",
            Measure::LargestSigma(..) => "weights.sigma",
            Measure::PascanuBound(_) => "weights.pascanu_bound",
            Measure::JacobianSigma { .. } => "jacobian.sigma",
            Measure::JacobianNorm { .. } => "jacobian.log10_norm",
            Measure::Diverged => "diverged",
            Measure::DivergedUpdate => "diverged.update",
            Measure::CursorT => "cursor.t",
            Measure::CursorBackward => "cursor.backward",
            Measure::ProbeIndex => "probe.index",
            Measure::Runs => "runs",
            Measure::InRun(_, measure) => measure.name(),
        }
    }

    /// The part whose sequences it is over.
    fn split(&self) -> Option<Split> {
        match self {
            Measure::Accuracy(split)
            | Measure::Rmse(split)
            | Measure::Mae(split)
            | Measure::Mase(split)
            | Measure::RmseOf(_, split)
            | Measure::ShadowLag(split)
            | Measure::ShadowSkill(split) => Some(*split),
            Measure::Update
            | Measure::SeqLen
            | Measure::HiddenSize
            | Measure::NumLayers
            | Measure::Parameters
            | Measure::Seed
            | Measure::Precision
            | Measure::LossFloor
            | Measure::LearningRate
            | Measure::ClipMaxNorm
            | Measure::ClipFraction
            | Measure::TrainLoss
            | Measure::FirstLoss
            | Measure::SmallestLoss
            | Measure::TestLoss
            | Measure::ProbeLoss
            | Measure::NormBefore
            | Measure::NormAfter
            | Measure::LargestNorm
            | Measure::GradientNorm { .. }
            | Measure::GradientRatio { .. }
            | Measure::GradientReach { .. }
            | Measure::QuantityMean(_)
            | Measure::Saturation(_)
            | Measure::DeadUnits(_)
            | Measure::SpectralRadius(..)
            | Measure::LargestSigma(..)
            | Measure::PascanuBound(_)
            | Measure::JacobianSigma { .. }
            | Measure::JacobianNorm { .. }
            | Measure::Diverged
            | Measure::DivergedUpdate
            | Measure::CursorT
            | Measure::CursorBackward
            | Measure::ProbeIndex
            | Measure::Runs => None,
            Measure::InRun(_, measure) => measure.split(),
        }
    }

    /// Whether it is a share, from 0 to 1, which people are told as a percentage.
    pub fn is_share(&self) -> bool {
        let (of, _) = self.of_run();
        let entry = TABLE.iter().find(|entry| entry.name == of.name());
        entry.is_some_and(|entry| entry.unit == Unit::Share)
    }

    /// The measure itself, and the number of the run that it is of, from 1; that of the run on show if none is named.
    pub fn of_run(&self) -> (&Measure, Option<usize>) {
        match self {
            Measure::InRun(run, measure) => (measure, Some(*run)),
            measure => (measure, None),
        }
    }

    /// That there is no run of this number.
    pub fn lacking_run(&self, run: usize) -> MeasureError {
        MeasureError::Lacking {
            measure: self.name(),
            what: format!("run {run}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments that fit every measure that takes them.
    fn some(parameter: Parameter) -> Argument {
        match parameter {
            Parameter::Split => Argument::Text("train".into()),
            Parameter::Quantity => Argument::Text("f".into()),
            Parameter::Layer => Argument::Number(2.0),
            Parameter::Direction => Argument::Text("reverse".into()),
            Parameter::Part => Argument::Text("encoder".into()),
            Parameter::T | Parameter::From => Argument::Number(-1.0),
            Parameter::To => Argument::Number(0.0),
            Parameter::Fraction => Argument::Number(0.01),
        }
    }

    fn given(arguments: &[Parameter]) -> BTreeMap<String, Argument> {
        let given = arguments.iter();
        given
            .map(|&parameter| (parameter.name().to_owned(), some(parameter)))
            .collect()
    }

    /// A variant without a row could not be read, and a learner would be told nothing of it.
    #[test]
    fn every_measure_has_its_row_in_the_table() {
        let source = include_str!("measures.rs");
        let (_, name) = source.split_once("fn name(&self)").unwrap();
        let (name, _) = name.split_once("\n    }\n").unwrap();
        let names: Vec<&str> = name
            .lines()
            .filter_map(|line| line.split_once("=> \"")?.1.split('"').next())
            .collect();
        for name in &names {
            assert!(TABLE.iter().any(|entry| entry.name == *name), "{name}");
        }
        assert!(names.len() > 30, "found {}", names.len());
    }

    #[test]
    fn every_row_of_the_table_is_the_measure_of_its_name_and_takes_the_arguments_that_it_lists() {
        for entry in TABLE {
            let all = given(entry.arguments);
            let measure = Measure::read(entry.name, &all).unwrap();
            assert_eq!(measure.name(), entry.name);
            // What may be left out may be, what may not is asked for; and each argument makes a difference.
            for &parameter in entry.arguments {
                let mut without = all.clone();
                without.remove(parameter.name());
                match Measure::read(entry.name, &without) {
                    Ok(other) => {
                        assert!(parameter.is_optional(), "{} {parameter:?}", entry.name);
                        assert_ne!(other, measure, "{} {parameter:?}", entry.name);
                        assert_ne!(other.told(), measure.told(), "{} {parameter:?}", entry.name);
                    }
                    Err(error) => {
                        let expected = format!(
                            "measure “{}”: argument “{}” is missing",
                            entry.name,
                            parameter.name()
                        );
                        assert_eq!(error.to_string(), expected);
                        assert!(!parameter.is_optional());
                    }
                }
            }
            for parameter in Parameter::ALL {
                if !entry.arguments.contains(&parameter) {
                    let mut more = all.clone();
                    more.insert(parameter.name().into(), some(parameter));
                    let error = Measure::read(entry.name, &more).unwrap_err();
                    let error = error.to_string();
                    assert!(
                        error.contains(&format!("found argument “{}”, expected", parameter.name())),
                        "{error}"
                    );
                    let all = entry.arguments.iter();
                    assert!(
                        all.map(|known| known.name())
                            .all(|known| error.contains(known))
                    );
                }
            }
        }
    }

    #[test]
    fn names_are_there_once() {
        for (index, entry) in TABLE.iter().enumerate() {
            assert!(TABLE[..index].iter().all(|other| other.name != entry.name));
        }
    }

    #[test]
    fn what_is_wrong_with_an_argument_is_said() {
        for (argument, value, problem) in [
            ("layer", Argument::Number(0.0), "must be 1 or more"),
            ("layer", Argument::Number(1.5), "must be a whole number"),
            ("t", Argument::Number(f64::NAN), "must be a whole number"),
            ("t", Argument::Text("end".into()), "must be a number"),
            (
                "quantity",
                Argument::Text("gate".into()),
                "is no quantity's name",
            ),
            ("quantity", Argument::Number(1.0), "must be a name"),
            (
                "direction",
                Argument::Text("back".into()),
                "must be forward or reverse",
            ),
            (
                "part",
                Argument::Number(1.0),
                "must be the name of a part of the model",
            ),
        ] {
            let mut arguments = given(&[Parameter::T]);
            arguments.insert(argument.into(), value);
            let error = Measure::read("gradient.norm", &arguments).unwrap_err();
            let expected = format!("measure “gradient.norm”: argument “{argument}” {problem}");
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(
            Measure::named("gradient.rato").unwrap_err().to_string(),
            "there is no measure “gradient.rato”. Did you mean “gradient.ratio”?"
        );
    }

    /// What would never have a value is a mistake where it is read, with its line.
    #[test]
    fn a_quantity_that_a_measure_can_never_be_of_is_refused() {
        let text = |name: &str| Argument::Text(name.into());
        for (measure, arguments, problem) in [
            (
                "saturation",
                vec![("quantity", text("x"))],
                "“quantity” is not squashed",
            ),
            (
                "saturation",
                vec![("quantity", text("c"))],
                "“quantity” is not squashed",
            ),
            (
                "weights.sigma",
                vec![("quantity", text("x"))],
                "“quantity” has no recurrent weights",
            ),
            (
                "weights.spectral_radius",
                vec![("quantity", text("c"))],
                "“quantity” has no recurrent weights",
            ),
            (
                "quantity.mean",
                vec![("quantity", text("x")), ("layer", Argument::Number(2.0))],
                "“layer” says nothing of x and y",
            ),
            (
                "gradient.norm",
                vec![
                    ("quantity", text("y")),
                    ("direction", text("reverse")),
                    ("t", Argument::Number(1.0)),
                ],
                "“direction” says nothing of x and y",
            ),
        ] {
            let arguments = arguments
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value));
            let error = Measure::read(measure, &arguments.collect()).unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
        }
    }

    #[test]
    fn times_count_from_the_end_where_they_are_negative() {
        let found = [0, 1, 4, 5, -1, -5, -6].map(|t| Time(t).index(5));
        assert_eq!(
            found,
            [Some(0), Some(1), Some(4), None, Some(4), Some(0), None]
        );
    }
}
