//! Counting: aⁿbⁿ and aⁿbⁿcⁿ.
//!
//! A string of n a's, n b's and, with three `letters`, n c's; n is drawn evenly from 1 to the most that `length` has room for.
//! The input is a start symbol (“S”) and the string, one-hot; asked at every step: the next symbol, and at the last step the
//! end (“T”).
//!
//! Source: Gers and Schmidhuber 2001, “LSTM Recurrent Networks Learn Simple Context-Free and Context-Sensitive Languages”.
//! Deviations: one next symbol is asked for instead of all that are possible; test strings are as long as training strings.
//!
//! Knowing nothing but the step t: the loss is the entropy of the symbol that follows, counted over all n.
//!
//! No model can be below ln N / (1 + letters (N + 1)/2) with N the greatest n: what a string tells is its n, which is worth
//! ln N nats, and it has 1 + letters · n steps. The end of the a's is a surprise; the rest can be counted.

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};

/// Counting, see the [module](self).
pub struct Counting;

/// How many letters there are, and the greatest n.
fn letters_and_most(parameters: &Parameters) -> (usize, usize) {
    let letters = parameters.whole("letters").max(1);
    let most = parameters.whole("length").saturating_sub(1) / letters;
    (letters, most.max(1))
}

impl Task for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn title(&self) -> &'static str {
        "Counting aⁿbⁿ"
    }

    fn definition(&self) -> &'static str {
        "A string of n a's and as many b's, and c's if wanted, is shown. Answer, at every step, the next symbol, and the end \
         after the last."
    }

    fn source(&self) -> &'static str {
        "Gers and Schmidhuber 2001, LSTM Recurrent Networks Learn Simple Context-Free and Context-Sensitive Languages."
    }

    fn teaches(&self) -> &'static str {
        "To count up and down again: a cell state can count without limit, a squashed hidden state cannot."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length_within(21.0, 4.0, 10_000.0),
            Parameter {
                name: "letters",
                default: 2.0,
                min: 2.0,
                max: 3.0,
                whole: true,
                at_most: Some(("length", 0.75)),
                unit: "letters",
                description: "2 for aⁿbⁿ, 3 for aⁿbⁿcⁿ.",
            },
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, parameters: &Parameters) -> usize {
        1 + parameters.whole("letters")
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let (letters, most) = letters_and_most(parameters);
        let layout = Layout::with_lengths(parameters, || 1 + letters * (1 + stream.below(most)));
        let mut inputs = Array2::zeros((layout.rows(), 1 + letters));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let n = (span.len - 1) / letters;
            for (step, row) in span.rows().enumerate() {
                // Step 0 is the start; step t shows letter (t − 1) / n.
                inputs[[row, step.checked_sub(1).map_or(0, |place| 1 + place / n)]] = 1.0;
                of_row.push(step / n);
            }
        }
        const SYMBOLS: [&str; 4] = ["S", "a", "b", "c"];
        let shown = &SYMBOLS[..=letters];
        let asked = [&shown[1..], &["T"]].concat();
        let targets = symbols::classes(of_row, &asked);
        layout.dataset((inputs, shown), targets, &asked, Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        let (letters, most) = letters_and_most(parameters);
        let mut steps = vec![[0.0; 4]; 1 + letters * most];
        for n in 1..=most {
            for (step, counts) in steps.iter_mut().take(1 + letters * n).enumerate() {
                counts[step / n] += 1.0;
            }
        }
        symbols::loss_by_step(steps)
    }

    fn least_loss(&self, parameters: &Parameters) -> f64 {
        let (letters, most) = letters_and_most(parameters);
        let mean_steps = 1.0 + letters as f64 * (most as f64 + 1.0) / 2.0;
        libm::log(most as f64) / mean_steps
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    #[test]
    fn strings_are_as_many_of_each_letter_and_the_target_is_the_next_symbol() {
        for letters in [2, 3] {
            let given = BTreeMap::from([("letters".to_owned(), letters as f64)]);
            let parameters = Parameters::validated(&Counting, &given).unwrap();
            let data = Counting.generate(&parameters, &mut Stream::new(5, "data"));
            let Targets::Classes { of_row, names } = &data.targets else {
                panic!("classes expected")
            };
            let mut longest = 0;
            for span in data.train.iter().chain(&data.test) {
                let shown: String = span
                    .rows()
                    .map(|row| {
                        let hot = data.inputs.row(row).iter().position(|&x| x == 1.0);
                        data.input_names[hot.unwrap()].as_str()
                    })
                    .collect();
                let asked: String = of_row[span.rows()]
                    .iter()
                    .map(|&k| names[k].as_str())
                    .collect();
                let n = (span.len - 1) / letters;
                let string: String = ["a", "b", "c"][..letters]
                    .iter()
                    .map(|letter| letter.repeat(n))
                    .collect();
                assert_eq!((shown, asked), (format!("S{string}"), format!("{string}T")));
                longest = longest.max(n);
            }
            assert_eq!(longest, 20 / letters);
        }
    }

    #[test]
    fn losses_of_n_up_to_two_by_hand() {
        // Sab|T and Saabb|T: after step 0 comes a; step 1: b or a; step 2: T or b; then b and T are certain. Of the 3 + 5
        // steps four are guessed between two, of which knowing what came saves half: after “Sab” the end is certain.
        let given = BTreeMap::from([("length".to_owned(), 5.0)]);
        let parameters = Parameters::validated(&Counting, &given).unwrap();
        let ln_2 = std::f64::consts::LN_2;
        assert!((Counting.loss_of_knowing_nothing(&parameters) - ln_2 * 4.0 / 8.0).abs() < 1e-15);
        assert!((Counting.least_loss(&parameters) - ln_2 * 2.0 / 8.0).abs() < 1e-15);
    }
}
