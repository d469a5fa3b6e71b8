//! Majority: which of two came more often, in sequences of differing lengths.
//!
//! Each step brings −1 or 1, drawn evenly, and lengths are drawn evenly from `min_length` to `length`. Asked at each
//! sequence's own last step: whether more values were −1 (“minus”) or 1 (“plus”); after a draw, the last value decides.
//! The target of every step is the majority so far, so that it may be asked for at every step too.
//!
//! Sources: Minsky and Papert 1969, “Perceptrons”, for majority and parity as the simple and the hard question about a
//! set of bits; Weiss, Goldberg and Yahav 2018, “On the Practical Computational Power of Finite Precision RNNs for Language
//! Recognition”, for counting as what tells cells apart. Deviation: the rule for a draw.
//!
//! Knowing nothing: turning all signs round turns every answer round, so both classes are equally likely at every step and
//! answering one half each costs ln 2 nats.

use ndarray::Array2;
use std::f64::consts::LN_2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};

/// Majority, see the [module](self).
pub struct Majority;

impl Task for Majority {
    fn name(&self) -> &'static str {
        "majority"
    }

    fn title(&self) -> &'static str {
        "Majority"
    }

    fn definition(&self) -> &'static str {
        "Each step brings −1 or 1, and sequences differ in length. At the end, answer which came more often; after a draw, \
         which came last."
    }

    fn source(&self) -> &'static str {
        "Minsky and Papert 1969, Perceptrons; Weiss, Goldberg and Yahav 2018, On the Practical Computational Power of \
         Finite Precision RNNs for Language Recognition."
    }

    fn teaches(&self) -> &'static str {
        "To count up and down, to answer at each sequence's own end, and what goes wrong if padding is taken for data."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(30.0),
            Parameter::min_length(5.0),
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
            let mut sum = 0;
            for row in span.rows() {
                let value = [-1, 1][stream.below(2)];
                sum += value;
                inputs[[row, 0]] = f64::from(value);
                let decides = if sum == 0 { value } else { sum };
                of_row.push(usize::from(decides > 0));
            }
        }
        const CLASSES: [&str; 2] = ["minus", "plus"];
        let targets = symbols::classes(of_row, &CLASSES);
        layout.dataset((inputs, &["x"]), targets, &CLASSES, Answers::EveryStep)
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
    fn the_class_of_every_step_is_the_majority_up_to_it() {
        let parameters = Parameters::validated(&Majority, &BTreeMap::new()).unwrap();
        let data = Majority.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, names } = &data.targets else {
            panic!("classes expected")
        };
        let mut draws = 0;
        for span in data.train.iter().chain(&data.test) {
            assert!((5..=30).contains(&span.len));
            for row in span.rows() {
                let x: Vec<f64> = (span.start..=row)
                    .map(|row| data.inputs[[row, 0]])
                    .collect();
                let plus = x.iter().filter(|&&x| x == 1.0).count();
                let minus = x.iter().filter(|&&x| x == -1.0).count();
                assert_eq!(plus + minus, x.len());
                let class = match plus.cmp(&minus) {
                    std::cmp::Ordering::Less => "minus",
                    std::cmp::Ordering::Greater => "plus",
                    std::cmp::Ordering::Equal => {
                        draws += 1;
                        if x[x.len() - 1] > 0.0 {
                            "plus"
                        } else {
                            "minus"
                        }
                    }
                };
                assert_eq!(names[of_row[row]], class);
            }
        }
        assert!(draws > 100, "{draws}");
    }

    #[test]
    fn a_shorter_length_takes_the_least_length_with_it() {
        let given = BTreeMap::from([("length".to_owned(), 4.0)]);
        let parameters = Parameters::validated(&Majority, &given).unwrap();
        assert_eq!(parameters.whole("min_length"), 4);
        let data = Majority.generate(&parameters, &mut Stream::new(5, "data"));
        assert!(!data.ragged() && data.longest() == 4);
    }
}
