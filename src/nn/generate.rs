//! A trained model run on, one step at a time: its state is kept from step to step, and its outputs can be fed back.
//!
//! Only models that read time forward can do this. A reverse scan begins at the end of the sequence, and while a sequence
//! is being written its end is not known.

use super::kernel::{Functions, Lane, Real};
use super::{Loss, Record, RecurrentArchitecture, RecurrentModel, RecurrentWorkspace};
use crate::random::Stream;
use ndarray::ArrayView1;
use pulp::Scalar;
use std::ops::ControlFlow;

/// Why a model cannot be run step by step or generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotGenerate {
    /// It reads the sequence from its end, too.
    #[error(
        "found a bidirectional model, expected one that reads time forward only: its reverse layers begin at the end of \
         the sequence, and the future is not known. Train with bidirectional = false."
    )]
    Bidirectional,
    /// What it puts out is not what it reads.
    #[error(
        "found a model that puts out {outputs} and reads {inputs} at each step, expected equally many values: what it \
         puts out is what it reads next."
    )]
    Sizes {
        /// Values per step in.
        inputs: usize,
        /// Values per output.
        outputs: usize,
    },
}

/// Whether a model's outputs can be read again as its inputs.
///
/// # Errors
/// See [`CannotGenerate`].
pub fn check(architecture: &RecurrentArchitecture) -> Result<(), CannotGenerate> {
    let (inputs, outputs) = (architecture.input_size, architecture.output_size);
    if architecture.bidirectional {
        Err(CannotGenerate::Bidirectional)
    } else if inputs != outputs {
        Err(CannotGenerate::Sizes { inputs, outputs })
    } else {
        Ok(())
    }
}

/// A model that keeps its state between steps.
#[derive(Clone, Debug)]
pub struct Stepper<'a, T> {
    model: &'a RecurrentModel<T>,
    workspace: RecurrentWorkspace<T>,
}

impl<'a, T: Real> Stepper<'a, T> {
    /// A model at its initial state, all zeros.
    ///
    /// # Errors
    /// [`CannotGenerate::Bidirectional`].
    pub fn new(model: &'a RecurrentModel<T>) -> Result<Self, CannotGenerate> {
        if model.architecture.bidirectional {
            return Err(CannotGenerate::Bidirectional);
        }
        Ok(Self {
            model,
            workspace: RecurrentWorkspace::new(&model.architecture, 1, 1, Record::Training),
        })
    }

    /// Reads one step's input, `[input_size]`, and gives the output after it, `[output_size]`.
    ///
    /// # Panics
    /// If `x` is shorter than the model's input.
    pub fn step(&mut self, x: &[T]) -> ArrayView1<'_, T> {
        let trace = &mut self.workspace.trace;
        for (to, &from) in trace.x.iter_mut().zip(x) {
            *to = from;
        }
        self.model.forward(&mut self.workspace);
        let trace = &mut self.workspace.trace;
        for place in self.model.architecture.places() {
            let scan = trace.scan_mut(place);
            scan.h0.assign(&scan.h.index_axis(ndarray::Axis(0), 0));
            if scan.c0.ncols() > 0 {
                scan.c0.assign(&scan.c.index_axis(ndarray::Axis(0), 0));
            }
        }
        trace.y.slice(ndarray::s![0, 0, ..])
    }
}

/// Goes on after `beginning` for `steps` steps, each output read again as the next input: numbers as they are, classes drawn
/// from softmax(y / `temperature`) and read one-hot; with temperature 0 the likeliest class is taken.
///
/// `beginning` is a sequence of inputs, `[steps, input_size]`, with at least one step. `each` is handed what is fed back,
/// `[output_size]`, step by step, and may end it early.
///
/// # Errors
/// See [`CannotGenerate`].
///
/// # Panics
/// If `beginning` has no step.
pub fn generate<T: Real>(
    model: &RecurrentModel<T>,
    loss: Loss,
    beginning: &[Vec<T>],
    steps: usize,
    temperature: f64,
    stream: &mut Stream,
    mut each: impl FnMut(&[T]) -> ControlFlow<()>,
) -> Result<(), CannotGenerate> {
    check(&model.architecture)?;
    let outputs = model.architecture.output_size;
    let mut stepper = Stepper::new(model)?;
    let (last, before) = beginning
        .split_last()
        .expect("a beginning has at least one step");
    for x in before {
        stepper.step(x);
    }
    let mut x = last.clone();
    for _ in 0..steps {
        let y = stepper.step(&x);
        x = match loss {
            Loss::MeanSquaredError => y.to_vec(),
            Loss::CrossEntropy => {
                let class = draw(y, temperature, stream);
                (0..outputs)
                    .map(|output| if output == class { T::ONE } else { T::ZERO })
                    .collect()
            }
        };
        if each(&x).is_break() {
            break;
        }
    }
    Ok(())
}

/// A class with probability softmax(y / temperature); the likeliest one with temperature 0.
fn draw<T: Real>(y: ArrayView1<'_, T>, temperature: f64, stream: &mut Stream) -> usize {
    let likeliest = (1..y.len()).fold(0, |best, k| if y[best] < y[k] { k } else { best });
    if temperature <= 0.0 {
        return likeliest;
    }
    let weights: Vec<f64> = y
        .iter()
        .map(|&score| {
            let score = (score - y[likeliest]).widen() / temperature;
            let mut weight = [0.0];
            <f64 as Real>::Lane::<Scalar>::splat(Scalar::new(), score)
                .exp()
                .store(&mut weight);
            weight[0]
        })
        .collect();
    let mut rest = stream.uniform(0.0, 1.0) * weights.iter().sum::<f64>();
    for (class, weight) in weights.iter().enumerate() {
        rest -= weight;
        if rest < 0.0 {
            return class;
        }
    }
    likeliest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Cell, Init, Readout};

    fn model(cell: Cell, bidirectional: bool) -> RecurrentModel<f64> {
        let architecture = RecurrentArchitecture {
            cell,
            input_size: 3,
            hidden_size: 5,
            num_layers: 2,
            bidirectional,
            dropout: 0.0,
            output_size: 3,
            readout: Readout::Every,
        };
        RecurrentModel::new(architecture, &Init::default(), &mut Stream::new(4, "init"))
    }

    /// One step at a time gives the bits of the whole sequence at once.
    #[test]
    fn stepping_equals_the_whole_sequence() {
        for cell in Cell::ALL {
            let model = model(cell, false);
            let mut whole = RecurrentWorkspace::new(&model.architecture, 6, 1, Record::Training);
            let mut stream = Stream::new(5, "x");
            whole.trace.x.mapv_inplace(|_| stream.uniform(-1.0, 1.0));
            model.forward(&mut whole);
            let mut stepper = Stepper::new(&model).unwrap();
            for (x, y) in whole.trace.x.outer_iter().zip(whole.trace.y.outer_iter()) {
                let x: Vec<f64> = x.iter().copied().collect();
                assert_eq!(stepper.step(&x), y.row(0), "{cell:?}");
            }
        }
    }

    #[test]
    fn generating_feeds_outputs_back() {
        let model = model(Cell::Gru, false);
        let beginning = vec![vec![0.1, 0.2, 0.3], vec![-0.5, 0.0, 0.5]];
        let loss = Loss::MeanSquaredError;
        let mut stream = Stream::new(1, "generation");
        let mut written: Vec<Vec<f64>> = Vec::new();
        let keep = |x: &[f64]| {
            written.push(x.to_vec());
            if written.len() == 4 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        generate(&model, loss, &beginning, 9, 0.0, &mut stream, keep).unwrap();
        // The same sequence read as given puts out the same values.
        let mut stepper = Stepper::new(&model).unwrap();
        let read = beginning.iter().chain(&written);
        let outputs: Vec<Vec<f64>> = read.map(|x| stepper.step(x).to_vec()).collect();
        assert_eq!(outputs[1..5], written);
    }

    /// Probabilities 0.9 and 0.1 at temperature 1; at temperature ½ their squares, 81 : 1.
    #[test]
    fn temperature_sharpens_what_classes_are_drawn_from() {
        let y = ndarray::array![9f64.ln(), 0.0];
        let share = |temperature: f64| {
            let mut stream = Stream::new(2, "generation");
            let drawn = (0..20_000).filter(|_| draw(y.view(), temperature, &mut stream) == 1);
            drawn.count() as f64 / 20_000.0
        };
        // 20 000 draws: standard deviations 0.0021 and 0.0008.
        assert!((share(1.0) - 0.1).abs() < 0.008);
        assert!((share(0.5) - 1.0 / 82.0).abs() < 0.003);
        assert_eq!(share(0.0), 0.0);
    }

    #[test]
    fn what_cannot_go_on_is_refused_with_the_reason() {
        let both = model(Cell::Lstm, true);
        let reason = Stepper::new(&both).unwrap_err();
        assert_eq!(reason, CannotGenerate::Bidirectional);
        assert!(reason.to_string().contains("the future is not known"));
        let narrow = RecurrentArchitecture {
            output_size: 1,
            ..model(Cell::Lstm, false).architecture
        };
        let narrow =
            RecurrentModel::<f64>::new(narrow, &Init::default(), &mut Stream::new(4, "init"));
        let refused = generate(
            &narrow,
            Loss::MeanSquaredError,
            &[vec![0.0; 3]],
            1,
            0.0,
            &mut Stream::new(1, "generation"),
            |_| ControlFlow::Continue(()),
        );
        let (inputs, outputs) = (3, 1);
        assert_eq!(refused, Err(CannotGenerate::Sizes { inputs, outputs }));
    }
}
