//! The next character of a text.
//!
//! A text is read character by character, one-hot over the characters it has. Asked at every step: the next character. The
//! last tenth of the text is kept for testing; sequences begin at places drawn evenly from their part, and may overlap.
//!
//! The text that comes with rnnscope is the first chapter of Lewis Carroll 1865, “Alice's Adventures in Wonderland”, which is
//! in the public domain; `assets/data/README.md` says where it is from. [`of_text`] makes the same of any other text.
//!
//! Source: Elman 1990, “Finding Structure in Time”, for predicting the next letter; Graves 2013, “Generating Sequences With
//! Recurrent Neural Networks”; Karpathy 2015, “The Unreasonable Effectiveness of Recurrent Neural Networks”, for the exercise.
//!
//! Knowing nothing: the entropy of the training part's characters by their frequencies. What the best model would pay nobody
//! knows: Shannon 1951 found English readers to need about one bit per letter, 0.7 nats.

use ndarray::Array2;

use super::{
    Answers, Dataset, Labels, Parameter, Parameters, Scaler, Span, Stream, Targets, Task, symbols,
};

/// The next character of a text, see the [module](self).
pub struct NextCharacter;

/// The first chapter of “Alice's Adventures in Wonderland”.
const ALICE: &str = include_str!("../../../assets/data/alice.txt");

impl Task for NextCharacter {
    fn name(&self) -> &'static str {
        "next_character"
    }

    fn title(&self) -> &'static str {
        "Next character"
    }

    fn definition(&self) -> &'static str {
        "A piece of “Alice's Adventures in Wonderland”, character by character. Answer, at every step, the next character."
    }

    fn source(&self) -> &'static str {
        "Elman 1990, Finding Structure in Time; Karpathy 2015, The Unreasonable Effectiveness of Recurrent Neural Networks; \
         text by Lewis Carroll 1865."
    }

    fn teaches(&self) -> &'static str {
        "How much of a language can be guessed from what came just before, and how a network can write by guessing."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length_within(40.0, 2.0, 500.0),
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        alphabet(ALICE).len()
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let [length, train, test] =
            ["length", "train_sequences", "test_sequences"].map(|name| parameters.whole(name));
        // The shipped text has room for every length that is accepted; a test shows it.
        of_text(ALICE, length, [train, test], stream).unwrap_or_else(|| empty(&alphabet(ALICE)))
    }

    fn loss_of_knowing_nothing(&self, _: &Parameters) -> f64 {
        let characters: Vec<char> = ALICE.chars().collect();
        let known = alphabet(ALICE);
        let mut counts = vec![0.0; known.len()];
        for character in &characters[..training(characters.len())] {
            if let Ok(place) = known.binary_search(character) {
                counts[place] += 1.0;
            }
        }
        symbols::loss_by_step([counts])
    }
}

/// How many of a text's characters are for training.
fn training(characters: usize) -> usize {
    characters - characters / 10
}

/// The characters of a text, each once, in the order of their code points.
fn alphabet(text: &str) -> Vec<char> {
    let mut known: Vec<char> = text.chars().collect();
    known.sort_unstable();
    known.dedup();
    known
}

/// What a character is called on the screen: itself, but white space by a visible sign.
fn name(character: char) -> String {
    match character {
        ' ' => "␣".to_owned(),
        '\n' => "↵".to_owned(),
        '\t' => "⇥".to_owned(),
        other => other.to_string(),
    }
}

/// A data set of `counts` training and test sequences of `length` characters of `text`; `None` if a part of the text is too
/// short for one.
pub fn of_text(
    text: &str,
    length: usize,
    counts: [usize; 2],
    stream: &mut Stream,
) -> Option<Dataset> {
    let known = alphabet(text);
    let of_row: Vec<usize> = text
        .chars()
        .filter_map(|character| known.binary_search(&character).ok())
        .collect();
    let (end, split) = (of_row.len(), training(of_row.len()));
    let mut parts = [Vec::new(), Vec::new()];
    for ((spans, count), part) in parts.iter_mut().zip(counts).zip([0..split, split..end]) {
        // A sequence needs one character more than it has steps.
        let places = part
            .len()
            .checked_sub(length)
            .filter(|&places| places > 0)?;
        for _ in 0..count {
            spans.push(Span::new(part.start + stream.below(places), length));
        }
    }
    let [train, test] = parts;
    let rows = of_row.len() - 1;
    let mut data = empty(&known);
    data.inputs = Array2::zeros((rows, known.len()));
    for (row, &character) in of_row[..rows].iter().enumerate() {
        data.inputs[[row, character]] = 1.0;
    }
    data.targets = Targets::Classes {
        of_row: of_row[1..].to_vec(),
        names: data.output_names.clone(),
    };
    (data.train, data.test) = (train, test);
    Some(data)
}

/// A data set over these characters without sequences.
fn empty(known: &[char]) -> Dataset {
    let names: Vec<String> = known.iter().map(|&character| name(character)).collect();
    Dataset {
        input_names: names.clone(),
        output_names: names.clone(),
        inputs: Array2::zeros((0, known.len())),
        targets: Targets::Classes {
            of_row: Vec::new(),
            names,
        },
        train: Vec::new(),
        test: Vec::new(),
        series: Vec::new(),
        part_of_targets: Vec::new(),
        steps: 1,
        answers: Answers::EveryStep,
        input_scalers: vec![Scaler::IDENTITY; known.len()],
        output_scalers: vec![Scaler::IDENTITY; known.len()],
        labels: Labels::Rows { ahead: 1 },
        naive: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_the_next_character_and_the_parts_do_not_meet() {
        let text = "abcabcabcabcabcabcab\nd";
        let data = of_text(text, 1, [50, 20], &mut Stream::new(5, "data")).unwrap();
        assert_eq!(data.output_names.join(""), "↵abcd");
        let Targets::Classes { of_row, names } = &data.targets else {
            panic!("classes expected")
        };
        let asked: String = of_row.iter().map(|&class| names[class].as_str()).collect();
        assert_eq!(asked, "bcabcabcabcabcabcab↵d");
        for (row, &class) in of_row[..20].iter().enumerate() {
            assert_eq!(data.inputs[[row + 1, class]], 1.0);
        }
        // Of 22 characters the last two are for testing: one step, from the line's end to d.
        assert!(data.train.iter().all(|span| span.end() < 20));
        assert!(data.test.iter().all(|&span| span == Span::new(20, 1)));
        assert_eq!(data.target_label(0), "2");
    }

    #[test]
    fn a_text_too_short_for_a_sequence_is_refused() {
        let mut stream = Stream::new(5, "data");
        for (text, length) in [
            ("", 1),
            ("a", 1),
            ("abcdefghij", 1),
            ("abcdefghijabcdefghij", 2),
        ] {
            assert_eq!(of_text(text, length, [1, 1], &mut stream), None, "{text}");
        }
        assert!(of_text("abcdefghijabcdefghij", 1, [1, 1], &mut stream).is_some());
    }

    #[test]
    fn the_shipped_text_has_room_for_every_length() {
        let longest = NextCharacter.parameters()[0].max as usize;
        assert!(of_text(ALICE, longest, [1, 1], &mut Stream::new(5, "data")).is_some());
        assert!(ALICE.is_ascii() && !ALICE.contains('\r'));
        assert!(ALICE.starts_with("  Alice was beginning to get very tired"));
        assert!(ALICE.ends_with("finished off the cake.\n"));
    }
}
