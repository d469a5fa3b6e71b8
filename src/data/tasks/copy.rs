//! Copying symbols.
//!
//! The input is a sequence of symbols, each drawn evenly from an alphabet and shown as one-hot. Asked after the whole of
//! it was read: the same symbols in the same order.
//!
//! Sources: Graves, Wayne and Danihelka 2014, “Neural Turing Machines”, the copy task; Sutskever, Vinyals and Le 2014,
//! “Sequence to Sequence Learning with Neural Networks”, who found that a reversed input is easier, as its beginning then
//! lies next to the answer's: hold this task against `reverse`. Deviations: one-hot symbols instead of random bit vectors,
//! no end symbol; the answer's length is given.
//!
//! Knowing nothing: every symbol is equally likely at every step, so answering evenly costs ln alphabet nats.

use super::{Dataset, Parameter, Parameters, Stream, Task, symbols};

/// Copying symbols, see the [module](self).
pub struct Copying;

impl Task for Copying {
    fn name(&self) -> &'static str {
        "copy"
    }

    fn title(&self) -> &'static str {
        "Copy symbols"
    }

    fn definition(&self) -> &'static str {
        "Read a sequence of symbols to its end; then put out the same symbols in the same order."
    }

    fn source(&self) -> &'static str {
        "Graves, Wayne and Danihelka 2014, Neural Turing Machines; Sutskever, Vinyals and Le 2014, Sequence to Sequence \
         Learning with Neural Networks."
    }

    fn teaches(&self) -> &'static str {
        "That what was read first is the hardest to recall, and that attention, whose weights lie on the diagonal, does not \
         mind."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(8.0),
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
        symbols::rewriting(parameters, stream, |_| {})
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        libm::log(parameters.get("alphabet"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    #[test]
    fn the_answer_is_the_source() {
        let given = BTreeMap::from([("min_length".to_owned(), 2.0)]);
        let parameters = Parameters::validated(&Copying, &given).unwrap();
        let data = Copying.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        for (row, &class) in data.inputs.rows().into_iter().zip(of_row) {
            assert_eq!((row.sum(), row[class]), (1.0, 1.0));
        }
    }
}
