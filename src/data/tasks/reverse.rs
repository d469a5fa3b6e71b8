//! Reversing symbols.
//!
//! The input is a sequence of symbols, each drawn evenly from an alphabet and shown as one-hot. Asked after the whole of
//! it was read: the same symbols in reverse order, one at each step of the answer, which is as long as the input.
//!
//! Sources: Sutskever, Vinyals and Le 2014, “Sequence to Sequence Learning with Neural Networks”, for the encoder–decoder
//! whose one vector must hold the whole input, and for what the order of the input does to it; Bahdanau, Cho and Bengio
//! 2015, “Neural Machine Translation by Jointly Learning to Align and Translate”, for attention and its alignments, which
//! here are the anti-diagonal; Grefenstette, Hermann, Suleyman and Blunsom 2015, “Learning to Transduce with Unbounded
//! Memory”, for reversal as a made-up task. Deviation: no end symbol; the answer's length is given.
//!
//! Knowing nothing: every symbol is equally likely at every step, so answering evenly costs ln alphabet nats.

use super::{Dataset, Parameter, Parameters, Stream, Task, symbols};

/// Reversing symbols, see the [module](self).
pub struct Reverse;

impl Task for Reverse {
    fn name(&self) -> &'static str {
        "reverse"
    }

    fn title(&self) -> &'static str {
        "Reverse symbols"
    }

    fn definition(&self) -> &'static str {
        "Read a sequence of symbols to its end; then put out the same symbols in reverse order."
    }

    fn source(&self) -> &'static str {
        "Sutskever, Vinyals and Le 2014, Sequence to Sequence Learning with Neural Networks; Bahdanau, Cho and Bengio \
         2015, Neural Machine Translation by Jointly Learning to Align and Translate."
    }

    fn teaches(&self) -> &'static str {
        "How much one context vector can hold, and how attention looks back instead: its weights lie on the anti-diagonal."
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
        symbols::rewriting(parameters, stream, <[usize]>::reverse)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        libm::log(parameters.get("alphabet"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Answers, Targets};
    use super::*;

    #[test]
    fn the_answer_is_the_source_read_backwards() {
        for min_length in [8.0, 2.0] {
            let given = BTreeMap::from([("min_length".to_owned(), min_length)]);
            let parameters = Parameters::validated(&Reverse, &given).unwrap();
            let data = Reverse.generate(&parameters, &mut Stream::new(5, "data"));
            let Targets::Classes { of_row, names } = &data.targets else {
                panic!("classes expected")
            };
            assert_eq!(names.join(""), "ABCDEFGH");
            assert_eq!(data.answers, Answers::Sequence);
            assert_eq!(data.ragged(), min_length < 8.0);
            for span in data.train.iter().chain(&data.test) {
                for (row, mirrored) in span.rows().zip(span.rows().rev()) {
                    let shown = data.inputs.row(row);
                    assert_eq!((shown.sum(), shown[of_row[mirrored]]), (1.0, 1.0));
                }
            }
        }
    }
}
