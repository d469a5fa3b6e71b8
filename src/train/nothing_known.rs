//! What a predictor costs that knows nothing: the line that a network must get below to have learned anything.
//!
//! Of each step of an answer it says the same for every sequence, the best there is: of numbers their mean, of classes how
//! frequent each is. The loss of that over the training part is, with y of step s and output k,
//!
//! ```text
//! squared error    mean over answers and outputs of (y − ȳ_{s,k})²
//! cross-entropy    −mean over answers of log p_s(class),   p_s the share of each class at step s
//! ```
//!
//! Like a task's [`loss_of_knowing_nothing`](crate::data::Task::loss_of_knowing_nothing), which it comes to where there are many
//! sequences, it may know the step; it is fitted on the very answers that it is held against, so that no constant is better.

use crate::data::{Split, Targets};
use crate::experiment::{Answering, Material};
use crate::nn::Stop;
use std::collections::BTreeMap;

/// What is gathered of an output, or of the classes, at a step.
#[derive(Clone, Default)]
struct Gathered {
    count: f64,
    mean: f64,
    squares: f64,
    classes: BTreeMap<usize, f64>,
}

impl Gathered {
    /// Welford 1962: stable in one pass.
    fn value(&mut self, y: f64) {
        self.count += 1.0;
        let off = y - self.mean;
        self.mean += off / self.count;
        self.squares += off * (y - self.mean);
    }

    fn class(&mut self, class: usize) {
        self.count += 1.0;
        *self.classes.entry(class).or_default() += 1.0;
    }

    /// The sum of the losses.
    fn loss(&self) -> f64 {
        let of_classes = self.classes.values();
        let of_classes = of_classes.map(|&count| -count * libm::log(count / self.count));
        self.squares + of_classes.sum::<f64>()
    }
}

/// The loss over the training part of the best answer that looks at no input; `None` without answers, where a target is no
/// number, and if `stop` was asked meanwhile.
pub fn loss_of_knowing_nothing(material: &Material, stop: &Stop) -> Option<f64> {
    let (dataset, answering) = (&material.dataset, material.answering);
    let width = answering.output_size(dataset);
    let mut steps: Vec<Vec<Gathered>> = Vec::new();
    for (index, &span) in dataset.train.iter().enumerate() {
        if index % 256 == 0 && stop.is_asked() {
            return None;
        }
        let rows = answering.rows(span);
        // Which row, and which of its outputs are asked first, at each step.
        let asked: Vec<(usize, usize)> = match answering {
            Answering::Once => vec![(span.last_row(), 0)],
            Answering::EveryStep | Answering::Afterwards => rows.map(|row| (row, 0)).collect(),
            Answering::RowByRow => (0..dataset.steps)
                .map(|step| (span.last_row(), step * width))
                .collect(),
        };
        for (step, (row, first)) in asked.into_iter().enumerate() {
            if !answering.is_scored(dataset, Split::Train, span, step) {
                continue;
            }
            if steps.len() <= step {
                steps.resize(step + 1, vec![Gathered::default(); width.max(1)]);
            }
            match &dataset.targets {
                Targets::Values(values) => {
                    for (output, gathered) in steps[step].iter_mut().enumerate() {
                        gathered.value(*values.get([row, first + output])?);
                    }
                }
                Targets::Classes { of_row, .. } => steps[step][0].class(*of_row.get(row)?),
            }
        }
    }
    let all = || steps.iter().flatten();
    let count: f64 = all().map(|gathered| gathered.count).sum();
    let loss = all().map(Gathered::loss).sum::<f64>() / count;
    loss.is_finite().then_some(loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tasks::{self, Parameters};
    use crate::experiment::{Document, Location, gallery, material};
    use std::collections::BTreeMap;
    use std::ops::ControlFlow;

    fn found(text: &str) -> f64 {
        let (_, experiment) = Document::parse(text).unwrap();
        let material = material(&experiment, &Location::BuiltIn, &|_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        loss_of_knowing_nothing(&material, &Stop::default()).unwrap()
    }

    /// Each task says what knowing nothing costs, for as many sequences as one likes; of 3,000 of them it comes to that, within
    /// what the draw leaves open.
    #[test]
    fn comes_to_what_each_task_says() {
        for (name, model) in [
            ("adding", "readout = \"last\""),
            ("latch", "readout = \"last\""),
            ("sine", "readout = \"every\""),
            ("parity", "readout = \"every\""),
            ("counting", "readout = \"every\""),
            ("reverse", "kind = \"encoder_decoder\""),
        ] {
            let text = format!(
                "format = 1\n[data]\ntask = \"{name}\"\nlength = 12\ntrain_sequences = 3000\n[model]\ncell = \"gru\"\n{model}\n[training]\nupdates = 1\n"
            );
            let found = found(&text);
            let task = tasks::by_name(name).unwrap();
            let given: BTreeMap<String, f64> = BTreeMap::from([("length".to_owned(), 12.0)]);
            let parameters = Parameters::validated(task, &given).unwrap();
            let stated = task.loss_of_knowing_nothing(&parameters);
            assert!(
                (found / stated - 1.0).abs() < 0.06,
                "{name}: {found} is not {stated}"
            );
        }
    }

    /// Of sunspots, scaled to a variance of 1 over the training part, it is about that.
    #[test]
    fn of_a_series_it_is_the_variance_of_what_is_asked() {
        let text = gallery::default_entry().text;
        let found = found(text);
        assert!((0.7..1.3).contains(&found), "{found}");
    }
}
