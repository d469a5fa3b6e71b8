//! Tagging that needs the future.
//!
//! Each step brings x_t, −1 or 1, drawn evenly. Asked at every step: whether the weighted sum of the neighbours
//!
//! s_t = Σ_{d=1}^{past} (1 − d/(past + 1)) x_{t−d} + Σ_{d=1}^{future} (1 − d/(future + 1)) x_{t+d}
//!
//! is above zero (“high”) or below (“low”). Steps beyond the ends of the sequence count as 0; if s_t = 0, x_t decides. Nearer
//! neighbours weigh more. What a model that reads forward only has not seen when it must answer is the second sum.
//!
//! Source: Schuster and Paliwal 1997, “Bidirectional Recurrent Neural Networks”, whose experiments on artificial data this is
//! made after: classes that depend on inputs on both sides. Inputs, weights and reach are chosen here so that the losses below
//! can be counted out and both classes are equally likely.
//!
//! Knowing nothing: turning all signs round turns every tag round, so both are equally likely and answering one half each
//! costs ln 2 nats.
//!
//! Knowing the past: let A be the part of s_t that is known at t (past and present) and B the rest. The best forward answer
//! gives “high” the probability P(B > −A), and costs the entropy of that, on average over A and over the steps:
//! [`Tagging::loss_of_knowing_the_past`](Task::loss_of_knowing_the_past) counts it out from the exact distributions of A and
//! B. With the defaults it is 0.5478 nats. Two directions can reach 0.

use ndarray::Array2;
use std::f64::consts::LN_2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, lengths, symbols};

/// Tagging that needs the future, see the [module](self).
pub struct Tagging;

/// How far a step's neighbourhood reaches, and what its neighbours weigh.
#[derive(Clone, Copy)]
struct Reach {
    past: usize,
    future: usize,
}

impl Reach {
    fn of(parameters: &Parameters) -> Self {
        Self {
            past: parameters.whole("past"),
            future: parameters.whole("future"),
        }
    }

    /// The weight of the neighbour `distance` steps back, and of the one as many steps ahead, in whole numbers:
    /// 2 (past + 1)(future + 1) times those of the module's text. As they are even, x_t itself with weight 1 decides draws
    /// and nothing else.
    fn weights(self, distance: usize) -> (i64, i64) {
        let weight = |reach: usize, other: usize| {
            2 * ((reach + 1).saturating_sub(distance) * (other + 1)) as i64
        };
        (
            weight(self.past, self.future),
            weight(self.future, self.past),
        )
    }

    /// The tag of step `t` of the signs `x`: 1 for “high”.
    fn tag(self, x: &[i64], t: usize) -> usize {
        let mut sum = x[t];
        for distance in 1..=self.past.min(t) {
            sum += self.weights(distance).0 * x[t - distance];
        }
        for distance in 1..=self.future.min(x.len() - 1 - t) {
            sum += self.weights(distance).1 * x[t + distance];
        }
        usize::from(sum > 0)
    }
}

impl Task for Tagging {
    fn name(&self) -> &'static str {
        "tagging"
    }

    fn title(&self) -> &'static str {
        "Tagging with the future"
    }

    fn definition(&self) -> &'static str {
        "Each step brings −1 or 1. Tag every step by the sign of a weighted sum of its neighbours, some of them still to \
         come."
    }

    fn source(&self) -> &'static str {
        "Schuster and Paliwal 1997, Bidirectional Recurrent Neural Networks."
    }

    fn teaches(&self) -> &'static str {
        "That a model which reads forward only cannot know what comes, however well it is trained, and that one which \
         reads in both directions can."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const fn reach(name: &'static str, default: f64, description: &'static str) -> Parameter {
            Parameter {
                name,
                default,
                min: 0.0,
                max: 20.0,
                whole: true,
                at_most: None,
                unit: "steps",
                description,
            }
        }
        const ALL: &[Parameter] = &[
            Parameter::length(20.0),
            Parameter::MIN_LENGTH,
            reach("past", 2.0, "How many steps before it a tag depends on."),
            reach("future", 4.0, "How many steps after it a tag depends on."),
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
        let reach = Reach::of(parameters);
        let mut inputs = Array2::zeros((layout.rows(), 1));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let x: Vec<i64> = span.rows().map(|_| [-1, 1][stream.below(2)]).collect();
            for (t, row) in span.rows().enumerate() {
                inputs[[row, 0]] = x[t] as f64;
                of_row.push(reach.tag(&x, t));
            }
        }
        const CLASSES: [&str; 2] = ["low", "high"];
        let targets = symbols::classes(of_row, &CLASSES);
        layout.dataset((inputs, &["x"]), targets, &CLASSES, Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, _: &Parameters) -> f64 {
        LN_2
    }

    fn loss_of_knowing_the_past(&self, parameters: &Parameters) -> Option<f64> {
        let reach = Reach::of(parameters);
        // How many steps of all sequences have so many neighbours before and after them.
        let mut steps = vec![vec![0.0; reach.future + 1]; reach.past + 1];
        for length in lengths(parameters) {
            let near_start = reach.past.min(length);
            let near_end = length.saturating_sub(reach.future).max(near_start);
            for t in (0..near_start).chain(near_end..length) {
                steps[t.min(reach.past)][(length - 1 - t).min(reach.future)] += 1.0;
            }
            steps[reach.past][reach.future] += (near_end - near_start) as f64;
        }
        let before: Vec<_> = sums(1, (1..=reach.past).map(|d| reach.weights(d).0));
        let after: Vec<_> = sums(0, (1..=reach.future).map(|d| reach.weights(d).1));
        let (mut loss, mut count) = (0.0, 0.0);
        for (known, row) in before.iter().zip(&steps) {
            for (unknown, &steps) in after.iter().zip(row) {
                if steps > 0.0 {
                    loss += steps * expected_entropy(known, unknown);
                    count += steps;
                }
            }
        }
        Some(loss / count)
    }
}

/// The values of a random sum in ascending order, with their probabilities.
type Distribution = Vec<(i64, f64)>;

/// The distributions of ±first, ±first ± the first weight, and so on with each further weight, all signs drawn evenly.
fn sums(first: i64, weights: impl Iterator<Item = i64>) -> Vec<Distribution> {
    let start = if first == 0 {
        vec![(0, 1.0)]
    } else {
        vec![(-first, 0.5), (first, 0.5)]
    };
    let mut all = vec![start];
    for weight in weights {
        let mut next: Distribution = all[all.len() - 1]
            .iter()
            .flat_map(|&(sum, p)| [(sum - weight, p / 2.0), (sum + weight, p / 2.0)])
            .collect();
        next.sort_by_key(|&(sum, _)| sum);
        next.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        all.push(next);
    }
    all
}

/// The entropy in nats of whether known + unknown > 0 when `known` has been seen, on average.
fn expected_entropy(known: &Distribution, unknown: &Distribution) -> f64 {
    // As the known part rises, ever more of the unknown part is above its negative.
    let mut above = 0.0;
    let mut rest = unknown.iter().rev().peekable();
    let mut entropy = 0.0;
    for &(sum, p) in known {
        while let Some((_, q)) = rest.next_if(|&&(value, _)| value > -sum) {
            above += q;
        }
        entropy += p * [above, 1.0 - above]
            .map(symbols::surprise)
            .iter()
            .sum::<f64>();
    }
    entropy
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::Targets;
    use super::*;

    fn parameters(pairs: &[(&str, f64)]) -> Parameters {
        let given: BTreeMap<String, f64> = pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect();
        Parameters::validated(&Tagging, &given).unwrap()
    }

    #[test]
    fn tags_are_those_of_the_definition() {
        let reach = Reach { past: 1, future: 2 };
        // Weights 1/2 | 2/3, 1/3. By hand, for x = + − − + −:
        // −2/3 − 1/3; 1/2 − 2/3 + 1/3; −1/2 + 2/3 − 1/3; −1/2 − 2/3; 1/2.
        let x = [1, -1, -1, 1, -1];
        let tags: Vec<usize> = (0..5).map(|t| reach.tag(&x, t)).collect();
        assert_eq!(tags, [0, 1, 0, 0, 1]);
        // A draw, here of nothing at all, is decided by the value itself.
        let alone = Reach { past: 0, future: 0 };
        assert_eq!(
            (0..5).map(|t| alone.tag(&x, t)).collect::<Vec<_>>(),
            [1, 0, 0, 1, 0]
        );
    }

    #[test]
    fn the_data_set_holds_signs_and_their_tags() {
        let parameters = parameters(&[("min_length", 2.0), ("train_sequences", 50.0)]);
        let data = Tagging.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        for span in data.train.iter().chain(&data.test) {
            let x: Vec<i64> = span
                .rows()
                .map(|row| data.inputs[[row, 0]] as i64)
                .collect();
            for (t, row) in span.rows().enumerate() {
                assert!([-1, 1].contains(&x[t]));
                assert_eq!(of_row[row], Reach { past: 2, future: 4 }.tag(&x, t));
            }
        }
    }

    /// All sequences of a few short lengths written out: what is asked for is the entropy of a step's tag among the sequences
    /// that agree up to that step.
    #[test]
    fn the_loss_of_knowing_the_past_is_that_of_counting_out_all_sequences() {
        for (past, future, min_length, length) in [(2, 4, 7, 7), (1, 2, 2, 6), (3, 0, 5, 5)] {
            let reach = Reach { past, future };
            let (mut loss, mut count) = (0.0, 0.0);
            for len in min_length..=length {
                let all: Vec<Vec<i64>> = (0..1 << len)
                    .map(|bits: usize| (0..len).map(|t| 2 * (bits >> t & 1) as i64 - 1).collect())
                    .collect();
                for t in 0..len {
                    let beginnings: BTreeSet<&[i64]> = all.iter().map(|x| &x[..=t]).collect();
                    for beginning in &beginnings {
                        let tags: Vec<usize> = all
                            .iter()
                            .filter(|x| x.starts_with(beginning))
                            .map(|x| reach.tag(x, t))
                            .collect();
                        let high = tags.iter().sum::<usize>() as f64 / tags.len() as f64;
                        loss += (symbols::surprise(high) + symbols::surprise(1.0 - high))
                            / beginnings.len() as f64;
                    }
                }
                count += len as f64;
            }
            let parameters = parameters(&[
                ("past", past as f64),
                ("future", future as f64),
                ("min_length", min_length as f64),
                ("length", length as f64),
            ]);
            let stated = Tagging.loss_of_knowing_the_past(&parameters).unwrap();
            assert!(
                (stated - loss / count).abs() < 1e-12,
                "{stated} is not {}",
                loss / count
            );
        }
    }

    #[test]
    fn the_future_is_worth_what_the_text_says() {
        let loss = |pairs: &[(&str, f64)]| {
            Tagging
                .loss_of_knowing_the_past(&parameters(pairs))
                .unwrap()
        };
        // 0.5478054834726289 by the same counting in Python 3.12.
        assert!((loss(&[]) - 0.547_805_483_472_628_9).abs() < 1e-12);
        // If only the next value counts, the past is worth nothing but at the last step, where there is no next value.
        let echo = loss(&[("past", 0.0), ("future", 1.0), ("length", 10.0)]);
        assert!((echo - 0.9 * LN_2).abs() < 1e-12);
        // With nothing to come there is nothing not to know.
        assert_eq!(loss(&[("past", 3.0), ("future", 0.0)]), 0.0);
    }
}
