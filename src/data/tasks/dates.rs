//! Date normalisation.
//!
//! The input is a date between 1950 and 2049, drawn evenly and written in one of several ways, character by character,
//! one-hot; asked after the whole of it was read: the same date as “1998-05-09”, ten characters. The ways are those of
//! which every date fits in `length` characters, each equally likely:
//!
//! | characters, at most | such as |
//! | --- | --- |
//! | 8 | 09.05.98 |
//! | 10 | 09/05/1998 |
//! | 11 | 9 may 1998 |
//! | 12 | may 9, 1998 |
//! | 17 | 9 september 1998 |
//! | 18 | september 9, 1998 |
//! | 27 | wednesday 9 september 1998 |
//! | 29 | wednesday, september 9, 1998 |
//!
//! Days come before months in numbers, and two digits of a year mean 1950 to 2049, so that every date can be read.
//!
//! Source: a well-known exercise on attention, from Zafarali Ahmed 2017, “How to Visualize Your Recurrent Neural Network with
//! Attention in Keras”, also in Ng 2018, “Sequence Models” (course). Deviations: the ways of writing, and that no date can be
//! read in two ways.
//!
//! Knowing nothing but the step: the entropy of each of the ten characters over all days of the hundred years, on average.

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Task, symbols};
use crate::data::time::{MONTHS, WEEKDAYS};

/// Date normalisation, see the [module](self).
pub struct Dates;

/// The characters that dates are written with.
const INPUTS: [&str; 36] = [
    " ", ",", ".", "/", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e",
    "f", "g", "h", "i", "j", "l", "m", "n", "o", "p", "r", "s", "t", "u", "v", "w", "y",
];
/// The characters that are put out.
const OUTPUTS: [&str; 11] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-"];

const FIRST_YEAR: usize = 1950;
const LAST_YEAR: usize = 2049;

/// A day.
#[derive(Clone, Copy)]
struct Date {
    year: usize,
    /// From 0.
    month: usize,
    /// From 1.
    day: usize,
    /// From 0 for Sunday.
    weekday: usize,
}

/// All days of the hundred years.
fn all() -> Vec<Date> {
    let mut dates = Vec::new();
    for year in FIRST_YEAR..=LAST_YEAR {
        // 2000 was a leap year, so the rule of four holds throughout.
        let february = if year % 4 == 0 { 29 } else { 28 };
        for (month, days) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            .into_iter()
            .enumerate()
        {
            for day in 1..=days {
                // The first of them, 1 January 1950, was a Sunday.
                let weekday = dates.len() % 7;
                dates.push(Date {
                    year,
                    month,
                    day,
                    weekday,
                });
            }
        }
    }
    dates
}

/// A way to write a date, and the most characters it takes.
type Way = (usize, fn(Date) -> String);

const WAYS: [Way; 8] = [
    (
        8,
        |Date {
             year, month, day, ..
         }| { format!("{day:02}.{:02}.{:02}", month + 1, year % 100) },
    ),
    (
        10,
        |Date {
             year, month, day, ..
         }| { format!("{day:02}/{:02}/{year}", month + 1) },
    ),
    (
        11,
        |Date {
             year, month, day, ..
         }| { format!("{day} {} {year}", &MONTHS[month][..3]) },
    ),
    (
        12,
        |Date {
             year, month, day, ..
         }| { format!("{} {day}, {year}", &MONTHS[month][..3]) },
    ),
    (
        17,
        |Date {
             year, month, day, ..
         }| { format!("{day} {} {year}", MONTHS[month]) },
    ),
    (
        18,
        |Date {
             year, month, day, ..
         }| { format!("{} {day}, {year}", MONTHS[month]) },
    ),
    (27, |date| {
        let Date {
            year,
            month,
            day,
            weekday,
        } = date;
        format!("{} {day} {} {year}", WEEKDAYS[weekday], MONTHS[month])
    }),
    (29, |date| {
        let Date {
            year,
            month,
            day,
            weekday,
        } = date;
        format!("{}, {} {day}, {year}", WEEKDAYS[weekday], MONTHS[month])
    }),
];

/// The ways that take at most `length` characters: the first, at least.
fn ways(length: usize) -> &'static [Way] {
    &WAYS[..WAYS.partition_point(|&(most, _)| most <= length).max(1)]
}

/// The date as it is to be put out.
fn normal(date: Date) -> String {
    format!("{}-{:02}-{:02}", date.year, date.month + 1, date.day)
}

/// Each character's place among `known`. All characters are known.
fn places<'a>(text: &'a str, known: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
    text.split("")
        .filter(|character| !character.is_empty())
        .filter_map(|character| known.iter().position(|&known| known == character))
}

impl Task for Dates {
    fn name(&self) -> &'static str {
        "dates"
    }

    fn title(&self) -> &'static str {
        "Dates"
    }

    fn definition(&self) -> &'static str {
        "Read a date written in one of several ways, such as “may 9, 1998”; then put it out as “1998-05-09”."
    }

    fn source(&self) -> &'static str {
        "Ahmed 2017, How to Visualize Your Recurrent Neural Network with Attention in Keras; Ng 2018, Sequence Models."
    }

    fn teaches(&self) -> &'static str {
        "That attention finds for each character of the answer where it stands in the question, be it first or last."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length_within(29.0, 8.0, 29.0),
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        INPUTS.len()
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let (dates, ways) = (all(), ways(parameters.whole("length")));
        let mut pairs = Vec::new();
        let layout = Layout::with_answers(parameters, || {
            let date = dates[stream.below(dates.len())];
            let (written, asked) = ((ways[stream.below(ways.len())].1)(date), normal(date));
            let (steps, answer_steps) = (written.len(), asked.len());
            pairs.push((written, asked));
            (steps, answer_steps)
        });
        let mut inputs = Array2::zeros((layout.rows(), INPUTS.len()));
        let mut of_row = vec![0; layout.rows()];
        for (span, (written, asked)) in layout.spans().zip(&pairs) {
            for (row, character) in span.rows().zip(places(written, &INPUTS)) {
                inputs[[row, character]] = 1.0;
            }
            for (row, character) in span.answer_rows().zip(places(asked, &OUTPUTS)) {
                of_row[row] = character;
            }
        }
        let targets = symbols::classes(of_row, &OUTPUTS);
        // White space is called by a visible sign, as in other texts.
        let names = INPUTS.map(|name| if name == " " { "␣" } else { name });
        layout.dataset((inputs, &names), targets, &OUTPUTS, Answers::Sequence)
    }

    fn loss_of_knowing_nothing(&self, _: &Parameters) -> f64 {
        let mut steps = [[0.0; OUTPUTS.len()]; 10];
        for date in all() {
            for (counts, character) in steps.iter_mut().zip(places(&normal(date), &OUTPUTS)) {
                counts[character] += 1.0;
            }
        }
        symbols::loss_by_step(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::Targets;
    use super::*;

    fn generate(length: f64) -> Vec<(String, String)> {
        let given = BTreeMap::from([("length".to_owned(), length)]);
        let parameters = Parameters::validated(&Dates, &given).unwrap();
        let data = Dates.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Classes { of_row, names } = &data.targets else {
            panic!("classes expected")
        };
        let pair = |span: &super::super::Span| {
            let written = span.rows().map(|row| {
                let hot = data.inputs.row(row).iter().position(|&x| x == 1.0);
                match data.input_names[hot.unwrap()].as_str() {
                    "␣" => " ",
                    name => name,
                }
            });
            let asked = of_row[span.answer_rows()]
                .iter()
                .map(|&k| names[k].as_str());
            (written.collect(), asked.collect())
        };
        data.train.iter().chain(&data.test).map(pair).collect()
    }

    #[test]
    fn a_date_is_written_in_every_way() {
        // date(1998, 5, 9).strftime("%A") in Python: Saturday.
        let date = all().into_iter().find(|&date| normal(date) == "1998-05-09");
        let written: Vec<String> = WAYS.iter().map(|(_, write)| write(date.unwrap())).collect();
        assert_eq!(
            written,
            [
                "09.05.98",
                "09/05/1998",
                "9 may 1998",
                "may 9, 1998",
                "9 may 1998",
                "may 9, 1998",
                "saturday 9 may 1998",
                "saturday, may 9, 1998"
            ]
        );
        // (date(2049, 12, 31) - date(1950, 1, 1)).days + 1
        assert_eq!(all().len(), 36_525);
    }

    #[test]
    fn every_way_fits_and_every_text_means_one_date() {
        // The shortest way says least: here all days are compared; below every ninth, in all ways.
        let short: BTreeSet<String> = all().into_iter().map(WAYS[0].1).collect();
        assert_eq!(short.len(), 36_525);
        let mut meant = BTreeMap::new();
        for date in all().into_iter().step_by(9) {
            for (most, write) in WAYS {
                let written = write(date);
                assert!(
                    written.len() <= most && places(&written, &INPUTS).count() == written.len()
                );
                assert_eq!(meant.entry(written).or_insert(normal(date)), &normal(date));
            }
        }
        for (most, write) in WAYS {
            assert!(
                all().into_iter().any(|date| write(date).len() == most),
                "{most}"
            );
        }
    }

    #[test]
    fn pairs_are_of_the_same_date_in_ways_that_fit() {
        for (length, ways) in [(8.0, 1), (11.0, 3), (29.0, 8)] {
            let pairs = generate(length);
            let dates: BTreeMap<String, Date> =
                all().into_iter().map(|date| (normal(date), date)).collect();
            let mut used = BTreeSet::new();
            for (written, asked) in &pairs {
                let date = dates[asked];
                let way = WAYS.iter().position(|(_, write)| &write(date) == written);
                used.insert(way.unwrap());
            }
            assert!(used.iter().all(|&way| way < ways));
            assert!(used.len() + 2 > ways, "{used:?}");
        }
    }
}
