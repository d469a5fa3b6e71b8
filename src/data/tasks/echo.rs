//! Delayed echo.
//!
//! Each step brings a symbol, drawn evenly from an alphabet and shown as one-hot. Asked at every step: the symbol that came
//! `delay` steps ago; at the first `delay` steps, nothing (“–”).
//!
//! Source: Jaeger 2001, “Short Term Memory in Echo State Networks”, where the recall of an input after a delay measures how
//! much a network remembers. Deviation: symbols instead of numbers, and one delay at a time.
//!
//! Knowing nothing but the step: at the first `delay` steps the answer is certain, afterwards all symbols are equally
//! likely, so the loss is ln alphabet times the share of those steps: (length − delay)/length if all sequences have one
//! length.

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, lengths, symbols};

/// Delayed echo, see the [module](self).
pub struct Echo;

impl Task for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn title(&self) -> &'static str {
        "Delayed echo"
    }

    fn definition(&self) -> &'static str {
        "Each step brings a symbol. Answer, at every step, the symbol that came a fixed number of steps ago."
    }

    fn source(&self) -> &'static str {
        "Jaeger 2001, Short Term Memory in Echo State Networks."
    }

    fn teaches(&self) -> &'static str {
        "How many recent inputs a hidden state can hold at once, each in its place."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(20.0),
            Parameter::MIN_LENGTH,
            Parameter {
                name: "delay",
                default: 3.0,
                min: 1.0,
                max: 10_000.0,
                whole: true,
                at_most: Some(("min_length", 0.5)),
                unit: "steps",
                description: "How many steps ago the symbol came that is asked for.",
            },
            Parameter::alphabet(2.0),
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, parameters: &Parameters) -> usize {
        parameters.whole("alphabet")
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let (delay, letters) = (parameters.whole("delay"), symbols::alphabet(parameters));
        let nothing = letters.len();
        let mut inputs = Array2::zeros((layout.rows(), letters.len()));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let shown: Vec<usize> = span.rows().map(|_| stream.below(letters.len())).collect();
            for (step, row) in span.rows().enumerate() {
                inputs[[row, shown[step]]] = 1.0;
                of_row.push(step.checked_sub(delay).map_or(nothing, |then| shown[then]));
            }
        }
        let names = [letters, &["–"]].concat();
        let targets = symbols::classes(of_row, &names);
        layout.dataset((inputs, letters), targets, &names, Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        let delay = parameters.whole("delay");
        let (mut asked, mut all) = (0, 0);
        for length in lengths(parameters) {
            asked += length.saturating_sub(delay);
            all += length;
        }
        libm::log(parameters.get("alphabet")) * asked as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    #[test]
    fn the_class_is_the_symbol_of_delay_steps_ago() {
        let given = BTreeMap::from([("alphabet".to_owned(), 5.0), ("min_length".to_owned(), 6.0)]);
        let parameters = Parameters::validated(&Echo, &given).unwrap();
        let data = Echo.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, names } = &data.targets else {
            panic!("classes expected")
        };
        for span in data.train.iter().chain(&data.test) {
            for (step, row) in span.rows().enumerate() {
                if step < 3 {
                    assert_eq!(names[of_row[row]], "–");
                } else {
                    assert_eq!(data.inputs[[row - 3, of_row[row]]], 1.0);
                }
            }
        }
    }

    #[test]
    fn knowing_nothing_pays_after_the_delay_only() {
        let given = BTreeMap::from([("delay".to_owned(), 5.0), ("length".to_owned(), 20.0)]);
        let parameters = Parameters::validated(&Echo, &given).unwrap();
        let expected = 0.75 * std::f64::consts::LN_2;
        assert!((Echo.loss_of_knowing_nothing(&parameters) - expected).abs() < 1e-15);
    }
}
