//! Texts as sequences of symbols: one-hot over the characters of the training part.
//!
//! The alphabet is in the order of the code points. There is one symbol more, “other”, that stands for all characters that the
//! training part has not. It is always there: whether the test part needs it must not decide what is learnt.

use std::collections::BTreeSet;

use ndarray::Array2;

use super::classify::{Classes, classes};
use super::columns::{self, place};
use super::report::{Mark, PartReport, Report, ReportDraft, SymbolCount};
use super::series::{self, Rows, Series};
use super::unused::{Listing, Unused};
use super::{
    Asked, MAX_VALUES, Missing, SequenceError, SequenceProblem, SequenceSpec, Sequences, TestFrom,
    reached, split,
};
use crate::data::bad_place::BadPlaces;
use crate::data::dataset::{Answers, Dataset, Labels, Span, Split, Targets};
use crate::data::pace::Pace;
use crate::data::scale::Scaler;
use crate::data::table::{Cells, Table};

/// The most different characters there may be: a text with more is probably no alphabetic one.
pub const MAX_ALPHABET: usize = 256;

/// What the symbol that stands for all unknown characters is called.
const OTHER: &str = "other";

/// How to cut a plain text into sequences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextSpec {
    /// Steps per sequence, at least 1.
    pub length: usize,
    /// The share of the characters, from the end, that is kept back for testing; between 0 and 1.
    pub test: f64,
}

/// The characters of the training part, and one symbol for all others.
struct Alphabet {
    known: Vec<char>,
}

impl Alphabet {
    fn of(train: impl Iterator<Item = char>, column: &str) -> Result<Self, SequenceProblem> {
        let known: BTreeSet<char> = train.collect();
        if known.len() > MAX_ALPHABET {
            return Err(SequenceProblem::Alphabet {
                column: column.to_owned(),
                count: known.len(),
                limit: MAX_ALPHABET,
            });
        }
        Ok(Self {
            known: known.into_iter().collect(),
        })
    }

    fn size(&self) -> usize {
        self.known.len() + 1
    }

    /// The symbol of a character; an unknown one is the last.
    fn symbol(&self, character: char) -> usize {
        self.known
            .binary_search(&character)
            .unwrap_or(self.known.len())
    }

    fn names(&self) -> Vec<String> {
        let known = self.known.iter().map(|&character| name(character));
        known.chain([OTHER.to_owned()]).collect()
    }
}

/// What a character is called on the screen: itself, but white space by a visible sign.
fn name(character: char) -> String {
    match character {
        ' ' => "␣".to_owned(),
        '\n' => "↵".to_owned(),
        '\t' => "⇥".to_owned(),
        '\r' => "␍".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn prepare(
    table: &Table,
    spec: &SequenceSpec,
    pace: &Pace,
) -> Result<Sequences, SequenceError> {
    let Asked::Symbols { text, label } = &spec.asked else {
        return Err(SequenceProblem::NoFeatures.into());
    };
    let mut problems = Vec::new();
    let mut others: Vec<(&'static str, &str)> = vec![("text", text)];
    columns::exclude("label", label, &others, &mut problems);
    if let Some(label) = label {
        others.push(("label", label));
    }
    columns::exclude("group", &spec.group, &others, &mut problems);
    let text_column = columns::named(table, "text", text, &mut problems);
    let label_column = label
        .as_ref()
        .and_then(|name| columns::named(table, "label", name, &mut problems));
    let group = columns::all_named(table, "group", &spec.group, &mut problems);
    let taken: Vec<&str> = others.iter().map(|&(_, name)| name).collect();
    let time_columns = columns::time(table, spec, &taken, &mut problems);
    let classes = label_column.map(|column| classes(table, column, &mut problems, pace));
    reached(pace, 0.1)?;
    let groups = (!group.is_empty()).then(|| columns::distinct_of(&group, pace));
    reached(pace, 0.2)?;
    if let (Some(first), Some(groups)) = (group.first(), &groups) {
        series::refuse_groups(table, &group, first, &groups.missing, &mut problems);
    }
    let time = series::time(table, time_columns, &mut problems, pace);
    reached(pace, 0.4)?;
    let texts = match text_column.map(|column| (column, &column.cells)) {
        Some((_, Cells::Texts(texts))) => Some(texts),
        Some((column, Cells::Numbers(_))) => {
            let column = column.name.clone();
            problems.push(SequenceProblem::NotText { column });
            None
        }
        None => None,
    };
    let (Some(texts), true) = (texts, problems.is_empty()) else {
        return Err(SequenceError { problems });
    };

    let of_group = |row: usize| {
        let groups = groups.as_ref()?;
        groups.names.get(groups.of_row[row]).cloned()
    };
    let one_by_one = |rows: Vec<usize>| Rows {
        series: (0..rows.len())
            .map(|at| Series {
                name: of_group(rows[at]),
                rows: at..at + 1,
                early: Vec::new(),
            })
            .collect(),
        order: rows,
    };
    // Of all rows of the file: no cell decides where the split is.
    let rows = one_by_one((0..table.rows()).collect());
    let kept_back = split::by_sequences(table, &time, &rows, &spec.test)?;

    // Every row with enough characters is a sequence.
    let least = if label.is_some() { 1 } else { 2 };
    let count = |row: usize| texts.get(row).map_or(0, |cell| cell.chars().count());
    let empty: Vec<usize> = (0..table.rows()).filter(|&row| count(row) == 0).collect();
    if spec.missing == Missing::Refuse
        && let Some(column) = text_column
        && !empty.is_empty()
    {
        let mut places = BadPlaces::default();
        for &row in &empty {
            let hint = "Fill in the text, or let missing be “drop”.";
            places.add(|| place(table, column, row, "a text", hint));
        }
        let setting = "missing";
        return Err(SequenceProblem::Cells { setting, places }.into());
    }
    let mut unused = Vec::new();
    let short = (0..table.rows()).filter(|&row| (1..least).contains(&count(row)));
    for (why, rows) in [
        ("the text is empty", empty),
        (
            "the text has one character, and none comes next",
            short.collect(),
        ),
    ] {
        if !rows.is_empty() {
            let lines = Listing::of(rows.iter().map(|&row| table.line(row)));
            unused.push(Unused {
                why: why.to_owned(),
                lines,
            });
        }
    }
    reached(pace, 0.5)?;
    // The sequences to learn from come first.
    let part = |test: bool| {
        let all = (0..table.rows()).filter(|&row| count(row) >= least);
        let kept_back = &kept_back;
        all.filter(move |&row| kept_back[row] == test)
    };
    let cell = |row: usize| texts.get(row).unwrap_or_default();
    let classes = match (classes, label) {
        (Some(all), Some(label)) => Some(Classes::of(all, part(false), label)?),
        _ => None,
    };
    let alphabet = Alphabet::of(part(false).flat_map(|row| cell(row).chars()), text)?;
    reached(pace, 0.6)?;
    let steps_of = |row: usize| count(row) + 1 - least;
    let all: usize = part(false).chain(part(true)).map(steps_of).sum();
    check_size(all, alphabet.size())?;
    let mut inputs = Array2::zeros((all, alphabet.size()));
    let mut of_row = Vec::with_capacity(all);
    let mut parts = [Vec::new(), Vec::new()];
    let mut order = Vec::with_capacity(all);
    for (test, spans) in [false, true].into_iter().zip(&mut parts) {
        for row in part(test) {
            if !pace.row() {
                return Err(SequenceProblem::Cancelled.into());
            }
            let steps = steps_of(row);
            let start = order.len();
            spans.push(Span::new(start, steps));
            for (step, character) in cell(row).chars().enumerate() {
                let symbol = alphabet.symbol(character);
                if step < steps {
                    inputs[[start + step, symbol]] = 1.0;
                    order.push(row);
                }
                match &classes {
                    Some(classes) => of_row.push(classes.of_row[row]),
                    None if step > 0 => of_row.push(symbol),
                    None => {}
                }
            }
        }
    }
    let [train, mut test] = parts;
    let mut unknown = None;
    if let Some(classes) = &classes {
        let all = test.clone();
        unknown = classes.leave_out(&mut test, |span| vec![of_row[span.start]]);
        let gone = all.iter().filter(|span| !test.contains(span));
        let lines = Listing::of(gone.map(|span| table.line(order[span.start])));
        if lines.count > 0 {
            let why = "their class is not in the training part".to_owned();
            unused.push(Unused { why, lines });
        }
    }
    let setting = match spec.test {
        TestFrom::Groups(_) => "test_groups",
        _ => "test_from",
    };
    let kept_back: Vec<bool> = (0..train.len() + test.len())
        .map(|at| at >= train.len())
        .collect();
    split::check_parts(setting, &kept_back)?;
    let (outputs, names) = match classes {
        Some(classes) => (classes.learnt().to_vec(), classes.names),
        None => (alphabet.names(), alphabet.names()),
    };
    let answers = match label {
        Some(_) => Answers::Last,
        None => Answers::EveryStep,
    };
    let dataset = Dataset {
        output_scalers: vec![Scaler::IDENTITY; outputs.len()],
        output_names: outputs,
        answers,
        train,
        test,
        ..dataset(&alphabet, inputs, Targets::Classes { of_row, names })
    };
    let placed = Rows {
        series: Vec::new(),
        order,
    };
    let mut draft = ReportDraft::new(table, &placed);
    draft.unused = unused;
    for (mark_input, mark_target, spans) in [
        (Mark::TrainInput, Mark::TrainTarget, &dataset.train),
        (Mark::TestInput, Mark::TestTarget, &dataset.test),
    ] {
        draft.mark(mark_input, spans.iter().map(|span| span.rows()));
        draft.mark(mark_target, spans.iter().map(|span| span.rows()));
    }
    reached(pace, 0.9)?;
    let training = part(false).flat_map(|row| cell(row).chars());
    let testing = part(true).flat_map(|row| cell(row).chars());
    let symbols = frequencies(&alphabet, training, testing);
    draft.notices.extend(unknown);
    draft.notices.extend(unknown_notice(&symbols));
    draft.symbols = symbols;
    draft.roles(table, spec);
    Ok(Sequences {
        report: draft.finish(&dataset, None),
        dataset,
        outlook: None,
    })
}

fn check_size(rows: usize, symbols: usize) -> Result<(), SequenceProblem> {
    let values = rows as u128 * symbols as u128;
    if values <= MAX_VALUES as u128 {
        return Ok(());
    }
    Err(SequenceProblem::TooLarge {
        setting: "text",
        values,
        limit: MAX_VALUES,
        hint: "There is one number for each symbol at each step: read the first rows only, or replace rare characters.",
    })
}

/// How often each symbol occurs, in the order of the alphabet.
fn frequencies(
    alphabet: &Alphabet,
    train: impl Iterator<Item = char>,
    test: impl Iterator<Item = char>,
) -> Vec<SymbolCount> {
    let mut counts = vec![(0, 0); alphabet.size()];
    for character in train {
        counts[alphabet.symbol(character)].0 += 1;
    }
    for character in test {
        counts[alphabet.symbol(character)].1 += 1;
    }
    let named = alphabet.names().into_iter().zip(counts);
    named
        .map(|(name, (train, test))| SymbolCount { name, train, test })
        .collect()
}

fn unknown_notice(symbols: &[SymbolCount]) -> Option<String> {
    let times = symbols.last()?.test;
    (times > 0).then(|| format!(
        "The test part has characters that the training part has not, {times} in all; they are read as the one symbol “{OTHER}”."
    ))
}

/// A data set without sequences in which the next symbol is asked at every step.
fn dataset(alphabet: &Alphabet, inputs: Array2<f64>, targets: Targets) -> Dataset {
    Dataset {
        input_names: alphabet.names(),
        output_names: alphabet.names(),
        inputs,
        input_scalers: vec![Scaler::IDENTITY; alphabet.size()],
        output_scalers: vec![Scaler::IDENTITY; alphabet.size()],
        targets,
        train: Vec::new(),
        test: Vec::new(),
        series: Vec::new(),
        part_of_targets: Vec::new(),
        steps: 1,
        answers: Answers::EveryStep,
        labels: Labels::Steps,
        naive: None,
    }
}

/// The characters of a part, as long as `pace` is not broken.
fn going_on<'a>(part: &'a [char], pace: &'a Pace<'a>) -> impl Iterator<Item = char> + 'a {
    part.iter().copied().take_while(|_| pace.does(16))
}

/// A plain text, cut into sequences that lie one after the other: what comes next is asked after every character. The end of
/// the text is kept back for testing; the last sequence of a part may be shorter.
///
/// # Errors
/// A text too short for a sequence in each part, too many different characters, or a length or share that means nothing.
pub fn of_text(text: &str, spec: &TextSpec) -> Result<Sequences, SequenceError> {
    of_text_paced(text, spec, &Pace::free())
}

impl TextSpec {
    /// Refuses a text if what is made of it takes more than `room` bytes.
    ///
    /// # Errors
    /// [`SequenceProblem::TextTooLong`].
    pub fn check_room(&self, text: &str, room: u64) -> Result<(), SequenceError> {
        let (mut characters, mut seen) = (0, BTreeSet::new());
        for character in text.chars() {
            characters += 1;
            // A set of a few is asked sooner than it is added to.
            if !seen.contains(&character) {
                seen.insert(character);
            }
        }
        let symbols = seen.len();
        let sequences = size_of::<Span>() / self.length.max(1) + 1;
        // The character, its symbol, which one comes next, a number for each symbol, and the sequences.
        let each = size_of::<char>() + 2 * size_of::<usize>() + 8 * symbols + 2 * sequences;
        let needed = (characters as u64).saturating_mul(each as u64);
        if needed <= room {
            return Ok(());
        }
        let problem = SequenceProblem::TextTooLong {
            characters,
            symbols,
            needed,
            room,
        };
        Err(problem.into())
    }
}

/// [`of_text`], which takes a while for millions of characters.
///
/// # Errors
/// Those of [`of_text`], and [`SequenceProblem::Cancelled`].
pub fn of_text_paced(text: &str, spec: &TextSpec, pace: &Pace) -> Result<Sequences, SequenceError> {
    if spec.length == 0 {
        return Err(SequenceProblem::WindowZero.into());
    }
    if !(spec.test > 0.0 && spec.test < 1.0) {
        return Err(SequenceProblem::Share { found: spec.test }.into());
    }
    let characters: Vec<char> = text.chars().collect();
    let all = characters.len();
    let first_test = all - (spec.test * all as f64).round() as usize;
    // A character to read and one to tell in each part.
    if first_test < 2 || all - first_test < 2 {
        let least = 2.0 / spec.test.min(1.0 - spec.test);
        return Err(SequenceProblem::ShortText {
            characters: all,
            needed: (least.ceil() as usize).max(all + 1),
            length: spec.length,
        }
        .into());
    }
    let (train, test) = characters.split_at(first_test);
    let all_of = |part| going_on(part, pace);
    let alphabet = Alphabet::of(all_of(train), "the text")?;
    reached(pace, 0.3)?;
    check_size(all, alphabet.size())?;
    let symbols: Vec<usize> = all_of(&characters)
        .map(|character| alphabet.symbol(character))
        .collect();
    reached(pace, 0.6)?;
    let rows = all - 1;
    let mut inputs = Array2::zeros((rows, alphabet.size()));
    for (row, &symbol) in symbols[..rows].iter().enumerate() {
        inputs[[row, symbol]] = 1.0;
    }
    reached(pace, 0.8)?;
    // The last character of a part is only told.
    let spans = |part: std::ops::Range<usize>| -> Vec<Span> {
        let last = part.end - 1;
        let starts = (part.start..last).step_by(spec.length);
        starts
            .map(|start| Span::new(start, spec.length.min(last - start)))
            .collect()
    };
    let targets = Targets::Classes {
        of_row: symbols[1..].to_vec(),
        names: alphabet.names(),
    };
    let dataset = Dataset {
        train: spans(0..first_test),
        test: spans(first_test..all),
        labels: Labels::Rows { ahead: 1 },
        ..dataset(&alphabet, inputs, targets)
    };
    let symbols = frequencies(&alphabet, all_of(train), all_of(test));
    reached(pace, 0.95)?;
    let report = Report {
        parts: Split::ALL.map(|split| PartReport::of(&dataset, split)),
        notices: unknown_notice(&symbols).into_iter().collect(),
        symbols,
        ..Report::default()
    };
    Ok(Sequences {
        dataset,
        report,
        outlook: None,
    })
}
