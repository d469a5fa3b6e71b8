//! Sorting symbols.
//!
//! The input is a sequence of symbols, each drawn evenly from an alphabet and shown as one-hot. Asked after the whole of
//! it was read: the same symbols in the order of the alphabet.
//!
//! Source: Graves, Wayne and Danihelka 2014, “Neural Turing Machines”, the priority sort; Vinyals, Bengio and
//! Kudlur 2016, “Order Matters: Sequence to Sequence for Sets”. Deviations: symbols instead of vectors with
//! priorities, or of numbers; no end symbol, the answer's length is given.
//!
//! Knowing nothing: the k-th symbol put out is the k-th smallest of L even draws, and is at most the c-th of the alphabet with
//! the probability that at least k of L draws are. The loss is the entropy of that on average over k, a length L being as
//! likely as any other; it is below ln alphabet, as small symbols come early.

use super::{Dataset, Parameter, Parameters, Stream, Task, lengths, symbols};

/// Sorting symbols, see the [module](self).
pub struct Sort;

impl Task for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn title(&self) -> &'static str {
        "Sort symbols"
    }

    fn definition(&self) -> &'static str {
        "Read a sequence of symbols to its end; then put out the same symbols in alphabetical order."
    }

    fn source(&self) -> &'static str {
        "Graves, Wayne and Danihelka 2014, Neural Turing Machines; Vinyals, Bengio and Kudlur 2016, Order Matters: Sequence \
         to Sequence for Sets."
    }

    fn teaches(&self) -> &'static str {
        "That the answer may depend on how often things came and not on when: counting what is to be put out, instead of \
         remembering a sequence."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length_within(8.0, 2.0, 200.0),
            Parameter::MIN_LENGTH,
            Parameter::alphabet(8.0),
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, parameters: &Parameters) -> usize {
        parameters.whole("alphabet")
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        symbols::rewriting(parameters, stream, <[usize]>::sort_unstable)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        let classes = parameters.whole("alphabet");
        let mut steps = vec![vec![0.0; classes]; parameters.whole("length")];
        for length in lengths(parameters) {
            let mut below = vec![0.0; length];
            for class in 0..classes {
                let share = (class + 1) as f64 / classes as f64;
                let up_to = at_least(length, share);
                for (step, counts) in steps.iter_mut().take(length).enumerate() {
                    counts[class] += up_to[step] - below[step];
                }
                below = up_to;
            }
        }
        symbols::loss_by_step(steps)
    }
}

/// The probabilities that at least 1, 2, … `draws` of so many draws succeed, each with probability `p`.
fn at_least(draws: usize, p: f64) -> Vec<f64> {
    if p >= 1.0 {
        return vec![1.0; draws];
    }
    // P(exactly k), from P(0) = (1 − p)ⁿ by the ratio of neighbours. With p ≤ 25/26 and n ≤ 200, P(0) ≥ 1e-283.
    let mut exactly = vec![(0..draws).fold(1.0, |product, _| product * (1.0 - p))];
    for k in 1..=draws {
        exactly.push(exactly[k - 1] * (draws + 1 - k) as f64 / k as f64 * p / (1.0 - p));
    }
    let mut above = 0.0;
    let mut cumulated: Vec<f64> = exactly[1..]
        .iter()
        .rev()
        .map(|exactly| {
            above += exactly;
            above
        })
        .collect();
    cumulated.reverse();
    cumulated
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    #[test]
    fn the_answer_is_the_source_in_order() {
        let given = BTreeMap::from([("min_length".to_owned(), 2.0)]);
        let parameters = Parameters::validated(&Sort, &given).unwrap();
        let data = Sort.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        for span in data.train.iter().chain(&data.test) {
            let answer = &of_row[span.answer_rows()];
            assert!(answer.is_sorted());
            for class in 0..8 {
                let shown: f64 = span.rows().map(|row| data.inputs[[row, class]]).sum();
                let given = answer.iter().filter(|&&symbol| symbol == class).count();
                assert_eq!(shown, given as f64);
            }
        }
    }

    #[test]
    fn order_statistics_of_two_symbols_by_hand() {
        // Two draws from two symbols: the smaller is A three times of four, the larger B three times of four.
        let given = [("length".to_owned(), 2.0), ("alphabet".to_owned(), 2.0)];
        let parameters = Parameters::validated(&Sort, &BTreeMap::from(given)).unwrap();
        let expected = -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        assert!((Sort.loss_of_knowing_nothing(&parameters) - expected).abs() < 1e-15);
        assert_eq!(at_least(3, 0.5), [0.875, 0.5, 0.125]);
    }
}
