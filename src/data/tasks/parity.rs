//! Parity.
//!
//! Each step brings 0 or 1, drawn evenly. Asked at every step: whether the number of ones so far is even or odd.
//!
//! Sources: Minsky and Papert 1969, “Perceptrons”, for parity as what no perceptron of small order can compute; Hochreiter
//! and Schmidhuber 1997, “Long Short-Term Memory”, and Schmidhuber, Hochreiter and Bengio 2001, “Evaluating
//! Benchmark Problems by Random Guessing”, where it is a standard test of recurrent networks. Deviation: they ask at the end
//! only, which is the readout `last` here, and much harder to learn.
//!
//! Knowing nothing: each new bit makes both classes equally likely, so answering one half each costs ln 2 nats. So does
//! knowing all bits but one.

use ndarray::Array2;
use std::f64::consts::LN_2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};

/// Parity, see the [module](self).
pub struct Parity;

impl Task for Parity {
    fn name(&self) -> &'static str {
        "parity"
    }

    fn title(&self) -> &'static str {
        "Parity"
    }

    fn definition(&self) -> &'static str {
        "Each step brings 0 or 1. Answer whether the number of ones so far is even or odd."
    }

    fn source(&self) -> &'static str {
        "Minsky and Papert 1969, Perceptrons; Hochreiter and Schmidhuber 1997, Long Short-Term Memory."
    }

    fn teaches(&self) -> &'static str {
        "To keep a state that each input may turn over, where a single mistake spoils all that follows and half a solution \
         is worth nothing."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(10.0),
            Parameter::MIN_LENGTH,
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        1
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let mut inputs = Array2::zeros((layout.rows(), 1));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let mut odd = 0;
            for row in span.rows() {
                let bit = stream.below(2);
                inputs[[row, 0]] = bit as f64;
                odd ^= bit;
                of_row.push(odd);
            }
        }
        const CLASSES: [&str; 2] = ["even", "odd"];
        let targets = symbols::classes(of_row, &CLASSES);
        layout.dataset((inputs, &["bit"]), targets, &CLASSES, Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, _: &Parameters) -> f64 {
        LN_2
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    #[test]
    fn the_class_is_the_parity_of_the_ones_so_far() {
        let parameters = Parameters::validated(&Parity, &BTreeMap::new()).unwrap();
        let data = Parity.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        for span in data.train.iter().chain(&data.test) {
            for row in span.rows() {
                let ones: f64 = (span.start..=row).map(|row| data.inputs[[row, 0]]).sum();
                assert_eq!(of_row[row], ones as usize % 2);
            }
        }
    }
}
