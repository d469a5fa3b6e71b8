//! Continual embedded Reber grammar.
//!
//! Strings of the embedded Reber grammar one after the other without a sign between them, cut off after `length` + 1
//! symbols. The input is all symbols but the last, one-hot; asked at every step: the next symbol.
//!
//! Source: Gers, Schmidhuber and Cummins 2000, “Learning to Forget: Continual Prediction with LSTM”, where an LSTM
//! without forget gate fails because its cells fill up. Deviations: the symbol that comes is asked for instead of all that may
//! come; sequences of one length instead of a stream until the first mistake.
//!
//! Knowing nothing but the step, and no model below: both are counted out from the probabilities of the grammar's states at
//! each step. Who knows the grammar still pays ln 2 for each of its free choices.

use ndarray::Array2;

use super::grammar::{SYMBOLS, Walk};
use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, lengths, symbols};

/// Continual embedded Reber grammar, see the [module](self).
pub struct ContinualReber;

impl Task for ContinualReber {
    fn name(&self) -> &'static str {
        "continual_reber"
    }

    fn title(&self) -> &'static str {
        "Continual Reber grammar"
    }

    fn definition(&self) -> &'static str {
        "Strings of the embedded Reber grammar follow one another without a break. Answer, at every step, the next symbol."
    }

    fn source(&self) -> &'static str {
        "Gers, Schmidhuber and Cummins 2000, Learning to Forget: Continual Prediction with LSTM."
    }

    fn teaches(&self) -> &'static str {
        "To forget in time: what was remembered for one string must not fill the memory in the next."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(100.0),
            Parameter::MIN_LENGTH,
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        SYMBOLS.len()
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let walk = Walk::endless();
        let mut inputs = Array2::zeros((layout.rows(), SYMBOLS.len()));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let drawn = walk.draw(span.len + 1, stream);
            for (row, pair) in span.rows().zip(drawn.windows(2)) {
                inputs[[row, pair[0]]] = 1.0;
                of_row.push(pair[1]);
            }
        }
        let targets = symbols::classes(of_row, &SYMBOLS);
        layout.dataset((inputs, &SYMBOLS), targets, &SYMBOLS, Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        losses(parameters).0
    }

    fn least_loss(&self, parameters: &Parameters) -> f64 {
        losses(parameters).1
    }
}

fn losses(parameters: &Parameters) -> (f64, f64) {
    let (shortest, longest) = lengths(parameters).into_inner();
    // How many of the lengths have this step.
    let share = |step: usize| (longest - shortest.max(step + 1) + 1) as f64;
    Walk::endless().losses(longest + 1, share)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Targets, grammar};
    use super::*;

    #[test]
    fn strings_follow_one_another_without_a_break() {
        let given = [("length", 300.0), ("train_sequences", 100.0)];
        let given: BTreeMap<String, f64> =
            given.map(|(name, value)| (name.to_owned(), value)).into();
        let parameters = Parameters::validated(&ContinualReber, &given).unwrap();
        let data = ContinualReber.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        let (mut choices, mut symbols) = (0, 0);
        for span in data.train.iter().chain(&data.test) {
            let shown = grammar::tests::spelt(&[&[0], &of_row[span.rows()]].concat());
            let mut start = 0;
            while let Some((free, end)) = grammar::tests::parse(&shown, start) {
                choices += free;
                symbols += end - start;
                start = end;
            }
            // What is left over is a string cut off; few have more than a hundred symbols.
            assert!(shown.len() - start < 150, "{}", shown.len() - start);
            assert_eq!(shown.get(start).copied().unwrap_or(b'B'), b'B');
        }
        // Far from the ends of sequences the loss per step is that of whole strings. Cutting off favours short ones a little.
        let counted =
            std::f64::consts::LN_2 * f64::from(choices as u32) / f64::from(symbols as u32);
        let stated = ContinualReber.least_loss(&parameters);
        assert!((counted / stated - 1.0).abs() < 0.03, "{counted} {stated}");
    }
}
