//! Embedded Reber grammar.
//!
//! A string of symbols B, T, P, S, X, V and E, drawn from the embedded Reber grammar: B, then T or P, then a string of Reber's
//! grammar, then the same T or P again, then E. All choices are even; strings with more than `length` + 1 symbols are left
//! out. The input is the string without its last symbol, one-hot; asked at every step: the next symbol.
//!
//! Sources: Reber 1967, “Implicit Learning of Artificial Grammars”; Cleeremans, Servan-Schreiber and McClelland 1989, “Finite
//! State Automata and Simple Recurrent Networks”; Hochreiter and Schmidhuber 1997, “Long Short-Term Memory”, experiment 1.
//! Deviations: the symbol that comes is asked for instead of all that may come; the bound on the length.
//!
//! Knowing nothing but the step, and no model below: both are counted out from the probabilities of the grammar's states at
//! each step. Who knows the grammar still pays for its free choices, ln 2 each. The symbol before the last is no free choice,
//! but only who remembers the second one knows.

use ndarray::Array2;

use super::grammar::{SHORTEST, SYMBOLS, Walk};
use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};

/// Embedded Reber grammar, see the [module](self).
pub struct EmbeddedReber;

impl Task for EmbeddedReber {
    fn name(&self) -> &'static str {
        "embedded_reber"
    }

    fn title(&self) -> &'static str {
        "Embedded Reber grammar"
    }

    fn definition(&self) -> &'static str {
        "A string of an artificial grammar whose second symbol comes again just before its end. Answer, at every step, the \
         next symbol."
    }

    fn source(&self) -> &'static str {
        "Reber 1967, Implicit Learning of Artificial Grammars; Hochreiter and Schmidhuber 1997, Long Short-Term Memory, \
         experiment 1."
    }

    fn teaches(&self) -> &'static str {
        "To follow a grammar step by step, which is easy, and to remember one symbol across it, which is not."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length_within(30.0, (SHORTEST - 1) as f64, 10_000.0),
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        SYMBOLS.len()
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let longest = parameters.whole("length") + 1;
        let walk = Walk::of_strings(longest);
        let mut strings = Vec::new();
        let layout = Layout::with_lengths(parameters, || {
            let string = walk.draw(longest, stream);
            let steps = string.len().saturating_sub(1);
            strings.push(string);
            steps
        });
        let mut inputs = Array2::zeros((layout.rows(), SYMBOLS.len()));
        let mut of_row = Vec::with_capacity(layout.rows());
        for (span, string) in layout.spans().zip(&strings) {
            for (row, pair) in span.rows().zip(string.windows(2)) {
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
    let longest = parameters.whole("length") + 1;
    Walk::of_strings(longest).losses(longest, |_| 1.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Targets, grammar};
    use super::*;

    #[test]
    fn the_target_is_the_next_symbol_and_the_least_loss_that_of_the_free_choices() {
        let given = BTreeMap::from([("length".to_owned(), 200.0)]);
        let parameters = Parameters::validated(&EmbeddedReber, &given).unwrap();
        let data = EmbeddedReber.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        let (mut choices, mut steps) = (0, 0);
        for span in data.train.iter().chain(&data.test) {
            let asked = &of_row[span.rows()];
            let string = [&[0], asked].concat();
            for (row, &symbol) in span.rows().zip(&string) {
                assert_eq!(
                    (data.inputs.row(row).sum(), data.inputs[[row, symbol]]),
                    (1.0, 1.0)
                );
            }
            let read = grammar::tests::parse(&grammar::tests::spelt(&string), 0);
            let (free, end) = read.unwrap();
            assert_eq!(end, string.len());
            choices += free;
            steps += span.len;
        }
        // Strings of more than 200 symbols are so rare that every choice is even.
        let counted = std::f64::consts::LN_2 * f64::from(choices as u32) / f64::from(steps as u32);
        let stated = EmbeddedReber.least_loss(&parameters);
        // The share of choices varies by about 0.3 % from one draw to the next.
        assert!((counted / stated - 1.0).abs() < 0.015, "{counted} {stated}");
    }
}
