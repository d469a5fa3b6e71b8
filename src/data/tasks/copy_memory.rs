//! Copy memory.
//!
//! The first S steps (`symbols`) show letters, drawn evenly from an alphabet; then come blanks (“–”), a signal to go
//! (“go”) at the last step but S, and S more blanks. Asked at every step: a blank until the signal has been seen, then the
//! S letters in their order. All is one-hot. With T the steps from the last letter to the signal, a sequence has T + 2 S steps;
//! if that leaves T = 0, there is no signal.
//!
//! Sources: Hochreiter and Schmidhuber 1997, “Long Short-Term Memory”, for remembering across a gap; in this form Arjovsky,
//! Shah and Bengio 2016, “Unitary Evolution Recurrent Neural Networks”, with S = 10 and 8 letters.
//!
//! Knowing nothing but the step: blanks are certain while they are due, the S letters are guessed evenly. If all sequences
//! have one length, the loss is S ln alphabet / (T + 2 S): with S = 10 and 8 letters, 10 ln 8 / (T + 20). A network that
//! waits at this value has learned when to speak, but remembers nothing.

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, lengths, symbols};

/// Copy memory, see the [module](self).
pub struct CopyMemory;

impl Task for CopyMemory {
    fn name(&self) -> &'static str {
        "copy_memory"
    }

    fn title(&self) -> &'static str {
        "Copy memory"
    }

    fn definition(&self) -> &'static str {
        "A few letters are shown, then blanks for a long time. After a signal, answer the letters in their order; until then, \
         blanks."
    }

    fn source(&self) -> &'static str {
        "Hochreiter and Schmidhuber 1997, Long Short-Term Memory; as in Arjovsky, Shah and Bengio 2016, Unitary Evolution \
         Recurrent Neural Networks."
    }

    fn teaches(&self) -> &'static str {
        "To hold several symbols unchanged over a gap in which nothing happens, which gates do well only if told to (forget \
         bias)."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(40.0),
            Parameter::MIN_LENGTH,
            Parameter {
                name: "symbols",
                default: 10.0,
                min: 1.0,
                max: 1_000.0,
                whole: true,
                at_most: Some(("min_length", 0.5)),
                unit: "symbols",
                description: "How many letters are to be remembered; the gap is length less twice as many steps.",
            },
            Parameter::alphabet(8.0),
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, parameters: &Parameters) -> usize {
        parameters.whole("alphabet") + 2
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let (symbols, letters) = (parameters.whole("symbols"), symbols::alphabet(parameters));
        let (blank, go) = (letters.len(), letters.len() + 1);
        let mut inputs = Array2::zeros((layout.rows(), letters.len() + 2));
        let mut of_row = Vec::with_capacity(layout.rows());
        for span in layout.spans() {
            let shown: Vec<usize> = (0..symbols).map(|_| stream.below(letters.len())).collect();
            let recall = span.len - symbols;
            for (step, row) in span.rows().enumerate() {
                let input = match step {
                    _ if step < symbols => shown[step],
                    _ if step + 1 == recall => go,
                    _ => blank,
                };
                inputs[[row, input]] = 1.0;
                of_row.push(step.checked_sub(recall).map_or(blank, |place| shown[place]));
            }
        }
        let names = [letters, &["–", "go"]].concat();
        let outputs = &names[..=blank];
        let targets = symbols::classes(of_row, outputs);
        layout.dataset((inputs, &names), targets, outputs, Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        let (symbols, letters) = (parameters.whole("symbols"), parameters.whole("alphabet"));
        let (shortest, longest) = lengths(parameters).into_inner();
        let steps = (0..longest).map(|step| {
            // Of the sequences that have this step, those with at most `symbols` steps left are recalling.
            let all = longest - shortest.max(step + 1) + 1;
            let recalling =
                (longest.min(step + symbols) + 1).saturating_sub(shortest.max(step + 1));
            let mut counts = vec![recalling as f64 / letters as f64; letters];
            counts.push((all - recalling) as f64);
            counts
        });
        symbols::loss_by_step(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Targets;
    use super::*;

    fn parameters(pairs: &[(&str, f64)]) -> Parameters {
        let given: BTreeMap<String, f64> = pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect();
        Parameters::validated(&CopyMemory, &given).unwrap()
    }

    #[test]
    fn sequences_are_written_as_in_the_paper() {
        let parameters = parameters(&[
            ("length", 9.0),
            ("min_length", 6.0),
            ("symbols", 3.0),
            ("alphabet", 2.0),
        ]);
        let data = CopyMemory.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, names } = &data.targets else {
            panic!("classes expected")
        };
        for span in &data.train {
            let shown: String = span
                .rows()
                .map(|row| {
                    let hot = data.inputs.row(row).iter().position(|&x| x == 1.0);
                    data.input_names[hot.unwrap()].as_str()
                })
                .collect();
            let asked: String = of_row[span.rows()]
                .iter()
                .map(|&k| names[k].as_str())
                .collect();
            let letters = &shown[..3];
            let (gap, go) = match span.len {
                6 => (0, ""),
                len => (len - 7, "go"),
            };
            assert_eq!(shown, format!("{letters}{}{go}–––", "–".repeat(gap)));
            assert_eq!(asked, format!("{}{letters}", "–".repeat(span.len - 3)));
        }
    }

    #[test]
    fn knowing_nothing_costs_what_the_paper_says() {
        let loss = |length: f64| {
            CopyMemory
                .loss_of_knowing_nothing(&parameters(&[("length", length), ("symbols", 10.0)]))
        };
        for gap in [0.0, 20.0, 100.0] {
            let paper = 10.0 * 8.0_f64.ln() / (gap + 20.0);
            assert!((loss(gap + 20.0) - paper).abs() < 1e-14, "{gap}");
        }
    }
}
