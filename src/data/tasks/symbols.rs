//! Symbols shown as one-hot, and the loss of guessing them.

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameters, Stream, Targets};

/// The symbols of tasks that have an alphabet.
const LETTERS: [&str; 26] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S",
    "T", "U", "V", "W", "X", "Y", "Z",
];

/// The first letters, as many as the parameter `alphabet` says.
pub(super) fn alphabet(parameters: &Parameters) -> &'static [&'static str] {
    &LETTERS[..parameters.whole("alphabet").min(LETTERS.len())]
}

/// Classes called `names`.
pub(super) fn classes(of_row: Vec<usize>, names: &[&str]) -> Targets {
    Targets::Classes {
        of_row,
        names: names.iter().map(|&name| name.to_owned()).collect(),
    }
}

/// Sequences of symbols drawn evenly from the alphabet, each to be answered by what `answer` makes of it, symbol by symbol
/// and as long as itself.
pub(super) fn rewriting(
    parameters: &Parameters,
    stream: &mut Stream,
    answer: impl Fn(&mut [usize]),
) -> Dataset {
    let layout = Layout::of(parameters, stream);
    let symbols = alphabet(parameters);
    let mut inputs = Array2::zeros((layout.rows(), symbols.len()));
    let mut of_row = Vec::with_capacity(layout.rows());
    for span in layout.spans() {
        let mut sequence: Vec<usize> = span.rows().map(|_| stream.below(symbols.len())).collect();
        for (row, &symbol) in span.rows().zip(&sequence) {
            inputs[[row, symbol]] = 1.0;
        }
        answer(&mut sequence);
        of_row.extend(sequence);
    }
    let targets = classes(of_row, symbols);
    layout.dataset((inputs, symbols), targets, symbols, Answers::Sequence)
}

/// −p ln p; 0 for what cannot happen.
pub(super) fn surprise(p: f64) -> f64 {
    if p > 0.0 { -p * libm::log(p) } else { 0.0 }
}

/// The cross-entropy in nats of the best guess that knows nothing but the step, on average over all steps: `steps` says for
/// each step how often each class is right, in any unit that is the same for all steps.
pub(super) fn loss_by_step<Counts: AsRef<[f64]>>(steps: impl IntoIterator<Item = Counts>) -> f64 {
    let (mut loss, mut all) = (0.0, 0.0);
    for counts in steps {
        let counts = counts.as_ref();
        let count: f64 = counts.iter().sum();
        if count > 0.0 {
            let entropy: f64 = counts.iter().map(|class| surprise(class / count)).sum();
            loss += count * entropy;
            all += count;
        }
    }
    if all > 0.0 { loss / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::*;

    #[test]
    fn a_guess_that_knows_the_step_pays_only_where_that_step_varies() {
        // The first step is always the first class; the second, half as often there, is either.
        let loss = loss_by_step([vec![2.0, 0.0], vec![0.5, 0.5]]);
        assert!((loss - LN_2 / 3.0).abs() < 1e-15);
        assert_eq!(loss_by_step(Vec::<[f64; 2]>::new()), 0.0);
    }
}
