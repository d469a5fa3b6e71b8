//! Temporal order.
//!
//! Most steps show a distractor (a, b, c, …), drawn evenly. At two or three steps, `symbols` of them, X or Y is shown
//! instead, drawn evenly. Asked at the last step: which came, in their order: XX, XY, YX or YY (4 classes), or one of 8 with
//! three symbols. All are one-hot. The k-th of n symbols, counted from 0, is shown at a step drawn evenly from the tenth of
//! the sequence (at least one step) that begins at k/n of it.
//!
//! Source: Hochreiter and Schmidhuber 1997, “Long Short-Term Memory”, experiments 6a (two symbols, 4 classes) and 6b (three
//! symbols, 8 classes). Deviations: no start and end symbols; one length unless `min_length` says otherwise, there 100 to
//! 110; the first symbol in the first tenth of the sequence, there in the second, as in the form that Pascanu, Mikolov and
//! Bengio 2013, “On the Difficulty of Training Recurrent Neural Networks”, gave the task of two symbols. The second of two
//! lies in the sixth tenth in both papers.
//!
//! Knowing nothing: all classes are equally likely, so answering evenly costs symbols · ln 2 nats: 2 ln 2 or 3 ln 2.

use ndarray::Array2;
use std::f64::consts::LN_2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};

/// Temporal order, see the [module](self).
pub struct TemporalOrder;

const INPUTS: [&str; 12] = ["X", "Y", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

impl Task for TemporalOrder {
    fn name(&self) -> &'static str {
        "temporal_order"
    }

    fn title(&self) -> &'static str {
        "Temporal order"
    }

    fn definition(&self) -> &'static str {
        "Two or three symbols X or Y, far apart, are hidden among distractors. At the end, answer which came, in their order."
    }

    fn source(&self) -> &'static str {
        "Hochreiter and Schmidhuber 1997, Long Short-Term Memory, experiments 6a and 6b."
    }

    fn teaches(&self) -> &'static str {
        "To keep what came and in which order, over long gaps, where the inputs between tell nothing."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(50.0),
            Parameter::MIN_LENGTH,
            Parameter {
                name: "symbols",
                default: 2.0,
                min: 2.0,
                max: 3.0,
                whole: true,
                at_most: Some(("min_length", 1.0)),
                unit: "symbols",
                description: "How many symbols are to be remembered: two make 4 classes, three make 8.",
            },
            Parameter {
                name: "distractors",
                default: 4.0,
                min: 1.0,
                max: 10.0,
                whole: true,
                at_most: None,
                unit: "symbols",
                description: "How many different symbols tell nothing.",
            },
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, parameters: &Parameters) -> usize {
        2 + parameters.whole("distractors")
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let (symbols, distractors) = (parameters.whole("symbols"), parameters.whole("distractors"));
        let names = &INPUTS[..2 + distractors];
        let mut inputs = Array2::zeros((layout.rows(), names.len()));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let mut shown: Vec<usize> =
                span.rows().map(|_| 2 + stream.below(distractors)).collect();
            let mut class = 0;
            for symbol in 0..symbols {
                let place = symbol * span.len / symbols + stream.below((span.len / 10).max(1));
                shown[place] = stream.below(2);
                class = 2 * class + shown[place];
            }
            for (row, symbol) in span.rows().zip(shown) {
                inputs[[row, symbol]] = 1.0;
                of_row.push(class);
            }
        }
        const FOUR: [&str; 4] = ["XX", "XY", "YX", "YY"];
        const EIGHT: [&str; 8] = ["XXX", "XXY", "XYX", "XYY", "YXX", "YXY", "YYX", "YYY"];
        let classes: &[&str] = if symbols == 2 { &FOUR } else { &EIGHT };
        let targets = symbols::classes(of_row, classes);
        layout.dataset((inputs, names), targets, classes, Answers::Last)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        parameters.get("symbols") * LN_2
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    #[test]
    fn the_class_spells_the_symbols_in_their_order() {
        for (symbols, length, min_length) in [(2, 50.0, 50.0), (3, 50.0, 3.0), (2, 2.0, 2.0)] {
            let given = BTreeMap::from([
                ("symbols".to_owned(), symbols as f64),
                ("length".to_owned(), length),
                ("min_length".to_owned(), min_length),
            ]);
            let parameters = Parameters::validated(&TemporalOrder, &given).unwrap();
            let data = TemporalOrder.generate(&parameters, &mut Stream::new(5, "data"));
            let Targets::Classes { of_row, names } = &data.targets else {
                panic!("classes expected")
            };
            for span in data.train.iter().chain(&data.test) {
                let mut spelt = String::new();
                for (step, row) in span.rows().enumerate() {
                    assert_eq!(data.inputs.row(row).sum(), 1.0);
                    for symbol in [0, 1] {
                        if data.inputs[[row, symbol]] == 1.0 {
                            let place = spelt.len() * span.len / symbols;
                            assert!((place..place + (span.len / 10).max(1)).contains(&step));
                            spelt += INPUTS[symbol];
                        }
                    }
                }
                assert_eq!(spelt, names[of_row[span.last_row()]]);
            }
        }
    }
}
