//! How many units give a model about as many parameters as another one has.
//!
//! Cells of one size differ in their parameters: an LSTM has four times those of an RNN, a GRU three times. Two models with equally
//! many units are equally wide; two with equally many parameters can learn equally much. A comparison says which of the two it
//! holds equal.

use super::network::network;
use super::{Document, MAX_PARAMETERS, Setting};
use crate::data::Dataset;

/// A width, and what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// `model.hidden_size`.
    pub hidden_size: usize,
    /// The parameters of the whole network.
    pub parameters: usize,
}

/// The `model.hidden_size` with which the network of a text has, on these data, as near to `wanted` parameters as can be; of two
/// equally near the smaller one. `None` if none can be had.
pub fn matched(document: &Document, dataset: &Dataset, wanted: usize) -> Option<Matched> {
    let parameters = |hidden_size: usize| {
        let size = Setting::Whole(i64::try_from(hidden_size).ok()?);
        let experiment = document.clone().set("model.hidden_size", size).ok()?;
        network(&experiment.model, dataset).parameter_count()
    };
    nearest_size(wanted, parameters)
}

/// The same for any count that grows with the width.
fn nearest_size(wanted: usize, parameters: impl Fn(usize) -> Option<usize>) -> Option<Matched> {
    let at = |hidden_size: usize| {
        let parameters = parameters(hidden_size).filter(|&count| count <= MAX_PARAMETERS)?;
        Some(Matched {
            hidden_size,
            parameters,
        })
    };
    let mut below = at(1)?;
    // The first width known to lead too far.
    let mut above = 2;
    while let Some(next) = at(above).filter(|next| next.parameters <= wanted) {
        (below, above) = (next, 2 * above);
    }
    while above - below.hidden_size > 1 {
        let middle = below.hidden_size + (above - below.hidden_size) / 2;
        match at(middle).filter(|next| next.parameters <= wanted) {
            Some(next) => below = next,
            None => above = middle,
        }
    }
    let next = at(above);
    let nearer =
        next.filter(|next| next.parameters.abs_diff(wanted) < below.parameters.abs_diff(wanted));
    Some(nearer.unwrap_or(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Location, gallery, material};

    /// Every width up to 200 is tried.
    #[test]
    fn the_width_is_the_nearest_of_all() {
        let count = |size: usize| Some(4 * (size * size + 3 * size) + size + 1);
        for wanted in (0..20_000).step_by(97) {
            let all = (1..200).map(|size| (count(size).unwrap().abs_diff(wanted), size));
            let (_, nearest) = all.min().unwrap();
            let found = nearest_size(wanted, count).unwrap();
            assert_eq!(found.hidden_size, nearest, "{wanted}");
            assert_eq!(Some(found.parameters), count(nearest));
        }
    }

    /// Where only some widths can be had, one of them is found.
    #[test]
    fn no_width_is_beyond_what_can_be_had() {
        assert_eq!(nearest_size(50, |_| None), None);
        let some = |size: usize| (size < 6).then_some(10 * size);
        assert_eq!(nearest_size(1_000, some).unwrap().hidden_size, 5);
        assert_eq!(nearest_size(1, some).unwrap().hidden_size, 1);
    }

    /// One layer, one input, one output: RNN h² + 3h plus readout h + 1, GRU and LSTM three and four times the first part.
    #[test]
    fn cells_of_the_adding_problem_have_nearly_equal_parameters() {
        let go_on = |_: f32| std::ops::ControlFlow::Continue(());
        let entry = gallery::by_name("adding").unwrap();
        let (document, experiment) = Document::parse(entry.text).unwrap();
        let dataset = material(&experiment, &Location::BuiltIn, &go_on)
            .unwrap()
            .dataset;
        let inputs = dataset.input_size();
        let count = |gates: usize, h: usize| gates * (h * h + inputs * h + 2 * h) + h + 1;
        let wanted = count(4, 16);
        for (cell, gates) in [("rnn", 1), ("gru", 3), ("lstm", 4)] {
            let mut document = document.clone();
            document
                .set("model.cell", Setting::Text(cell.into()))
                .unwrap();
            let found = matched(&document, &dataset, wanted).unwrap();
            let near = |h: usize| count(gates, h).abs_diff(wanted);
            assert_eq!(found.parameters, count(gates, found.hidden_size), "{cell}");
            let best = (1..100).min_by_key(|&h| near(h)).unwrap();
            assert_eq!(found.hidden_size, best, "{cell}");
        }
    }
}
