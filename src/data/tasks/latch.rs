//! The latch problem: remember the first symbol.
//!
//! Three inputs a step. At the first step, one of the first two is 1 and names the class, A or B; afterwards both are 0
//! and the third is noise drawn evenly from [−noise, noise). Asked at every step, and hardest at the last: the class.
//!
//! Sources: Bengio, Simard and Frasconi 1994, “Learning Long-Term Dependencies with Gradient Descent is Difficult”, the
//! minimal latching task; Hochreiter and Schmidhuber 1997, “Long Short-Term Memory”, experiments 2 and 3. Deviations: the
//! class is one-hot on units of its own instead of a learned or signed input, it is given at the first step alone, and the
//! noise is uniform instead of Gaussian, so that it never looks like a symbol.
//!
//! Knowing nothing: both classes are equally likely, so answering one half each costs ln 2 nats.

use std::f64::consts::LN_2;

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};

/// The latch problem, see the [module](self).
pub struct Latch;

impl Task for Latch {
    fn name(&self) -> &'static str {
        "latch"
    }

    fn title(&self) -> &'static str {
        "Latch"
    }

    fn definition(&self) -> &'static str {
        "The first step shows A or B, all later ones only noise. Answer which it was."
    }

    fn source(&self) -> &'static str {
        "Bengio, Simard and Frasconi 1994, Learning Long-Term Dependencies with Gradient Descent is Difficult; Hochreiter \
         and Schmidhuber 1997, Long Short-Term Memory."
    }

    fn teaches(&self) -> &'static str {
        "To hold one bit against noise, and what it takes for the gradient to reach the step where it was seen."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(20.0),
            Parameter::MIN_LENGTH,
            Parameter {
                name: "noise",
                default: 0.2,
                min: 0.0,
                max: 10.0,
                whole: false,
                at_most: None,
                unit: "",
                description: "Amplitude of the noise after the first step; the symbol itself is 1.",
            },
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        3
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let noise = parameters.get("noise");
        let mut inputs = Array2::zeros((layout.rows(), 3));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let class = stream.below(2);
            for row in span.rows() {
                if row == span.start {
                    inputs[[row, class]] = 1.0;
                } else {
                    inputs[[row, 2]] = stream.uniform(-noise, noise);
                }
                of_row.push(class);
            }
        }
        const CLASSES: [&str; 2] = ["A", "B"];
        let targets = symbols::classes(of_row, &CLASSES);
        layout.dataset(
            (inputs, &["A", "B", "noise"]),
            targets,
            &CLASSES,
            Answers::EveryStep,
        )
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
    fn the_class_is_shown_at_the_first_step_and_noise_afterwards() {
        let parameters = Parameters::validated(&Latch, &BTreeMap::new()).unwrap();
        let data = Latch.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        for span in data.train.iter().chain(&data.test) {
            let class = of_row[span.start];
            for row in span.rows() {
                assert_eq!(of_row[row], class);
                let symbol = [data.inputs[[row, 0]], data.inputs[[row, 1]]];
                if row == span.start {
                    assert_eq!(
                        (symbol[class], symbol[1 - class], data.inputs[[row, 2]]),
                        (1.0, 0.0, 0.0)
                    );
                } else {
                    assert!(symbol == [0.0, 0.0] && data.inputs[[row, 2]].abs() <= 0.2);
                }
            }
        }
    }
}
