//! What never changes in a run: how good the baselines are on the targets that the network is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Baseline, Baselines};
use crate::baseline::{Score, score_of_errors};

/// How good the forecasts of an output are, and those of the baselines.
///
/// A network is compared on the targets that all baselines reach. Who reaches none of them is left out, so that one that looks
/// far back takes nobody's score away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// The network's over all its forecasts' targets; `None` without targets.
    pub network: Option<Score>,
    /// The network's over the targets that are compared; `None` where there is nothing to compare with.
    pub compared: Option<Score>,
    /// The baselines' over the targets that are compared, one for each of [`Baselines::list`]; `None` for one that reaches no
    /// target at all.
    pub baselines: Vec<Option<Score>>,
}

impl Scores {
    /// How many targets there are.
    pub fn all(&self) -> usize {
        self.network.as_ref().map_or(0, |score| score.n)
    }

    /// On how many of them models are compared.
    pub fn common(&self) -> usize {
        self.compared.as_ref().map_or(0, |score| score.n)
    }
}

/// Lists of rows that are remembered: a training and a test part, each as watched and whole.
const REMEMBERED: usize = 4;

/// What was asked for before. It follows from the baselines alone, so that it may be found out whenever it is asked for.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Vec<Arc<Scored>>>);

/// The baselines on forecasts made after some rows.
#[derive(Debug)]
struct Scored {
    /// The last row known to each forecast.
    rows: Vec<usize>,
    outputs: Vec<Output>,
}

/// The baselines on one output.
#[derive(Debug)]
struct Output {
    /// By row, whether its target is reached by all baselines that reach any: what is compared.
    reached: Vec<bool>,
    /// One for each of [`Baselines::list`]; `None` for one that reaches no target.
    scores: Vec<Option<Score>>,
}

/// The bytes that it takes at most to score a snapshot's forecasts after so many rows of each part, with what stays in memory.
pub(in crate::experiment) fn bytes_of_scores(parts: [usize; 2], outputs: usize) -> u128 {
    /// An autoregression and two naive forecasts.
    const BASELINES: usize = 3;
    // What all baselines say of all outputs, and which row comes when.
    let asked = BASELINES * outputs * size_of::<Option<f64>>() + size_of::<usize>();
    let stays = REMEMBERED * (size_of::<usize>() + outputs);
    let [train, test] = parts;
    train.max(test) as u128 * (asked + stays) as u128
}

impl Baselines {
    /// The scores of a network's forecasts and of all baselines, by output.
    ///
    /// `rows` has the last known row of each forecast, `said` the forecasts `[rows, outputs]`, in the data's unit.
    pub fn scores(&self, rows: &[usize], outputs: usize, said: &[f64]) -> Vec<Scores> {
        let scored = self.scored(rows, outputs);
        let order = in_order(rows);
        let of_output = |(output, known): (usize, &Output)| {
            let network = |which: &dyn Fn(usize) -> bool| {
                let asked = order.iter().filter(|&&index| which(index));
                let said = asked.map(|&index| (rows[index], said[index * outputs + output]));
                self.score_of("network", output, said)
            };
            Scores {
                network: network(&|_| true),
                compared: network(&|index| known.reached[index]),
                baselines: known.scores.clone(),
            }
        };
        scored.outputs.iter().enumerate().map(of_output).collect()
    }

    /// The score of what a model says of an output after some rows, in their order; `None` where it says nothing, or what it
    /// says it of has no value.
    fn score_of(
        &self,
        model: &str,
        output: usize,
        said: impl Iterator<Item = (usize, f64)> + Clone,
    ) -> Option<Score> {
        let (target, ahead) = self.output(output);
        let actual = &self.past.values[target];
        let known = |(row, _): (usize, f64)| {
            let value = actual.get(row + ahead);
            value.is_some_and(|value| value.is_finite())
        };
        if said.clone().next().is_none() || !said.clone().all(known) {
            return None;
        }
        let errors = said.map(|(row, said)| said - actual[row + ahead]);
        let scale = self.past.scales[target];
        Some(score_of_errors(model.to_owned(), errors, scale))
    }

    fn scored(&self, rows: &[usize], outputs: usize) -> Arc<Scored> {
        // What a panic elsewhere left behind is whole: entries are made before they are put there.
        let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |scored: &&Arc<Scored>| scored.outputs.len() == outputs && scored.rows == rows;
        if let Some(scored) = memory.iter().find(same) {
            return Arc::clone(scored);
        }
        let scored = Arc::new(self.score_all(rows, outputs));
        if memory.len() == REMEMBERED {
            memory.remove(0);
        }
        memory.push(Arc::clone(&scored));
        scored
    }

    fn score_all(&self, rows: &[usize], outputs: usize) -> Scored {
        let said: Vec<Vec<Option<f64>>> = self
            .list
            .iter()
            .map(|baseline| self.predict_all(baseline, rows, outputs))
            .collect();
        let order = in_order(rows);
        let of_output = |output: usize| {
            let (target, _) = self.output(output);
            let of_model = |said: &[Option<f64>], row: usize| said[row * outputs + output];
            let reaching = |said: &Vec<Option<f64>>| {
                (0..rows.len()).any(|index| of_model(said, index).is_some())
            };
            let reaching: Vec<bool> = said.iter().map(reaching).collect();
            let those_reaching = || said.iter().zip(&reaching).filter(|&(_, &reaches)| reaches);
            let is_reached = |index: usize| {
                let mut models = those_reaching();
                models.all(|(said, _)| of_model(said, index).is_some())
            };
            let reached: Vec<bool> = if those_reaching().next().is_some() {
                (0..rows.len()).map(is_reached).collect()
            } else {
                vec![false; rows.len()]
            };
            let score = |(baseline, said): (&Baseline, &Vec<Option<f64>>)| {
                let asked = order.iter().filter(|&&index| reached[index]);
                let said = asked.filter_map(|&index| Some((rows[index], of_model(said, index)?)));
                self.score_of(&baseline.title(target), output, said)
            };
            let scores = self.list.iter().zip(&said).zip(&reaching);
            let scores = scores
                .map(|(model, &reaches)| reaches.then(|| score(model)).flatten())
                .collect();
            Output { reached, scores }
        };
        Scored {
            rows: rows.to_vec(),
            outputs: (0..outputs).map(of_output).collect(),
        }
    }

    /// What a baseline says of all outputs after each row, `[rows, outputs]`; `None` where it does not reach.
    fn predict_all(&self, baseline: &Baseline, rows: &[usize], outputs: usize) -> Vec<Option<f64>> {
        let furthest = outputs.checked_sub(1).map_or(0, |last| self.output(last).1);
        let after = |&row: &usize| {
            // One way ahead for each target column, from which all its outputs are taken.
            let ways: Vec<Vec<Option<f64>>> = baseline
                .forecasters
                .iter()
                .enumerate()
                .map(|(target, forecaster)| {
                    forecaster.within_reach(self.known(row, target), furthest)
                })
                .collect();
            (0..outputs).map(move |output| {
                let (target, ahead) = self.output(output);
                ways.get(target)?.get(ahead.checked_sub(1)?).copied()?
            })
        };
        let mut said = Vec::with_capacity(rows.len() * outputs);
        said.extend(rows.iter().flat_map(after));
        said
    }
}

/// The places of rows in the order of the rows: a sum must not depend on the order in which they were asked for.
fn in_order(rows: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    // Of its own no memory; each row is there once.
    order.sort_unstable_by_key(|&index| rows[index]);
    order
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::baseline::{ForecastRow, Predictions, compare, score};
    use crate::experiment::{Experiment, Location, Material, gallery, material};

    fn made(text: &str) -> Material {
        let experiment = Experiment::parse(text).unwrap();
        let go_on = |_| ControlFlow::Continue(());
        material(&experiment, &Location::BuiltIn, &go_on).unwrap()
    }

    /// Every way of the forecasts, asked for one by one and compared from the beginning.
    fn one_by_one(
        baselines: &Baselines,
        rows: &[usize],
        outputs: usize,
        said: &[f64],
    ) -> Vec<Scores> {
        let of_output = |output: usize| {
            let (target, ahead) = baselines.output(output);
            let asked = |row: usize| ForecastRow {
                row: row + ahead,
                ahead,
            };
            let network = Predictions {
                model: "network".into(),
                targets: rows.iter().map(|&row| asked(row)).collect(),
                values: said.chunks(outputs).map(|said| said[output]).collect(),
            };
            let mut models = vec![network.clone()];
            for baseline in &baselines.list {
                let (targets, values) = rows
                    .iter()
                    .filter_map(|&row| {
                        Some((asked(row), baselines.predict(baseline, row, output)?))
                    })
                    .unzip();
                models.push(Predictions {
                    model: baseline.title(target),
                    targets,
                    values,
                });
            }
            let scale = baselines.past.scales[target];
            let actual = &baselines.past.values[target];
            let mut compared = compare(actual, &models, scale).unwrap().into_iter();
            Scores {
                network: score(actual, &network, scale).ok(),
                compared: compared.next(),
                baselines: compared.map(Some).collect(),
            }
        };
        (0..outputs).map(of_output).collect()
    }

    #[test]
    fn scores_from_memory_are_those_of_all_models_on_identical_targets() {
        let elnino = gallery::by_name("elnino").unwrap().text;
        // A window shorter than the lags, so that not every row is reached by all; two targets, several rows ahead.
        let short = "format = 1\n[data]\ncsv = \"../data/us_macro.csv\"\ntarget = [\"unemp\", \"infl\"]\ntime = \"date\"\n\
                     window = 2\nhorizon = 2\nsteps = 3\n[baseline]\nar = [1, 2, 9]\n";
        for text in [elnino, short] {
            let material = made(text);
            let baselines = material.baselines.as_ref().unwrap();
            let outputs = material.dataset.output_size();
            for spans in [&material.dataset.train, &material.dataset.test] {
                let rows: Vec<usize> = spans.iter().map(|span| span.last_row()).collect();
                let said: Vec<f64> = (0..rows.len() * outputs)
                    .map(|k| libm::sin(k as f64) * 20.0)
                    .collect();
                let found = baselines.scores(&rows, outputs, &said);
                assert_eq!(
                    found,
                    one_by_one(baselines, &rows, outputs, &said),
                    "{text}"
                );
                for scores in &found {
                    assert_eq!((scores.baselines.len(), scores.all()), (3, rows.len()));
                    let mut of_baselines = scores.baselines.iter().flatten();
                    assert!(of_baselines.all(|score| score.n == scores.common()));
                }
            }
        }
    }

    #[test]
    fn the_baselines_are_asked_once_for_the_same_rows() {
        let material = made(gallery::by_name("sunspots").unwrap().text);
        let baselines = material.baselines.as_ref().unwrap();
        let rows = [100, 101, 102];
        let first = baselines.scored(&rows, 1);
        assert!(Arc::ptr_eq(&first, &baselines.scored(&rows, 1)));
        assert!(!Arc::ptr_eq(&first, &baselines.scored(&rows[1..], 1)));
        for other in 0..2 * REMEMBERED {
            baselines.scored(&[200 + other], 1);
        }
        assert_eq!(baselines.memory.0.lock().unwrap().len(), REMEMBERED);
        assert_eq!(baselines.scored(&rows, 1).rows, rows);
    }

    #[test]
    fn a_baseline_that_reaches_no_target_is_left_out_and_takes_no_score_away() {
        let material = made(gallery::by_name("sunspots").unwrap().text);
        let baselines = material.baselines.as_ref().unwrap();
        // AR(9) reads nine rows: after the third it has nothing to say.
        assert_eq!(baselines.list[0].title(0), "AR(9)");
        let said = |rows: &[usize]| {
            let scores = baselines.scores(rows, 1, &vec![1.0; rows.len()]);
            let [scores] = &scores[..] else {
                panic!("one output")
            };
            let n = |score: &Option<Score>| score.as_ref().map(|score| score.n);
            let of_baselines: Vec<_> = scores.baselines.iter().map(n).collect();
            (n(&scores.network), n(&scores.compared), of_baselines)
        };
        assert_eq!(said(&[2]), (Some(1), Some(1), vec![None, Some(1)]));
        // As soon as it reaches one, all are compared on that one.
        assert_eq!(said(&[2, 8]), (Some(2), Some(1), vec![Some(1); 2]));
        assert_eq!(said(&[]), (None, None, vec![None; 2]));
    }
}
