//! What a file leaves open and only its owner knows: whether cells mean that a value is missing.
//!
//! - A number that repeats far outside of all others of its column: −9999, 999.0, 99.99.
//! - Words in a column of numbers: `unavailable`.
//! - Flags beside numbers: `20.0*`.
//!
//! Each becomes an [`Ask`]. Nothing is changed before it was asked for.

use super::ask::Ask;
use super::options::CsvOptions;
use crate::data::number::{self, NumberFormat};
use crate::data::table::{Cells, Column};
use crate::data::text::Texts;
use crate::words::{counted, shortened};

/// How many questions a file can raise.
const MOST: usize = 20;

/// How many different words a column of numbers may have before it is one of texts.
const WORDS: usize = 12;

/// How far numbers must go beside a −1 that could mean that there is none: a few classes have one too.
const COUNTED: f64 = 10.0;

/// What the columns leave open, as they were read with `options`.
pub(super) fn of(columns: &[Column], format: NumberFormat, options: &CsvOptions) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    // An empty list says that there are no more marks.
    let settled = options.missing_marks.as_ref().is_some_and(Vec::is_empty);
    let of_column = |column: &Column| match column.numbers() {
        Some(values) if !settled => far_outside(values),
        _ => Vec::new(),
    };
    let mut far: Vec<Vec<Far>> = columns.iter().map(of_column).collect();
    also_in_others(columns, &mut far);
    for (column, far) in columns.iter().zip(far) {
        match &column.cells {
            Cells::Numbers(_) => {
                for Far {
                    value,
                    cells: count,
                    others,
                } in far
                {
                    let name = column.name.clone();
                    let written = written(value);
                    let same = asks.iter_mut().find_map(|ask| match ask {
                        Ask::Sentinel {
                            columns,
                            value,
                            cells,
                            others,
                        } if *value == written => Some((columns, cells, others)),
                        _ => None,
                    });
                    if let Some((columns, cells, all)) = same {
                        columns.push(name);
                        *cells += count;
                        *all = (all.0.min(others.0), all.1.max(others.1));
                    } else if asks.len() < MOST {
                        asks.push(Ask::Sentinel {
                            columns: vec![name],
                            value: written,
                            cells: count,
                            others,
                        });
                    }
                }
            }
            Cells::Texts(texts) if asks.len() < MOST => {
                asks.extend(among_numbers(&column.name, texts, format, settled));
            }
            _ => {}
        }
    }
    asks
}

/// As it would be written down: “-9999”, “99.99”.
fn written(value: f64) -> String {
    match value.abs() {
        1e-4..1e16 => value.to_string(),
        _ => format!("{value:e}"),
    }
}

/// Whether a cell is a number with a percent sign.
fn in_percent(cell: &str, format: NumberFormat) -> bool {
    let number = cell.strip_suffix('%');
    number.is_some_and(|number| number::parse(number.trim().as_bytes(), format).is_some())
}

/// That a column has numbers with a percent sign and without, which cannot be told to be in one unit: a sentence.
pub(super) fn mixed_percent(column: &Column, format: NumberFormat) -> Option<String> {
    let Cells::Texts(texts) = &column.cells else {
        return None;
    };
    // Few columns of texts have any.
    if !texts.iter().any(|cell| cell.ends_with('%')) {
        return None;
    }
    let (mut with, mut without) = (0, 0);
    for cell in texts.iter() {
        if in_percent(cell, format) {
            with += 1;
        } else if number::parse(cell.as_bytes(), format).is_some() {
            without += 1;
        }
    }
    (with > 0 && without > 0).then(|| {
        format!(
            "“{}” has {} with a percent sign and {without} without: 5% may be 5 or 0.05 there. Write all with it or all without.",
            shortened(&column.name),
            counted(with, "number")
        )
    })
}

/// Words and flags in a column that has numbers in nearly all of its other cells.
fn among_numbers(name: &str, texts: &Texts, format: NumberFormat, settled: bool) -> Vec<Ask> {
    const LOOKED_AT: usize = 200;
    // One in percent is no other kind of thing; where some are and some are not, it is told.
    let is_number =
        |cell: &str| number::parse(cell.as_bytes(), format).is_some() || in_percent(cell, format);
    let values = || {
        texts
            .iter()
            .filter(|cell| !number::is_missing(cell.as_bytes()))
    };
    let reads = |cell: &&str| is_number(cell) || number::flagged(cell, format).is_some();
    let head: Vec<&str> = values().take(LOOKED_AT).collect();
    if head.is_empty() || 2 * head.iter().filter(|cell| reads(cell)).count() < head.len() {
        return Vec::new();
    }
    let (mut numbers, mut flags, mut example) = (0, 0, None);
    let mut words: Vec<(String, usize)> = Vec::new();
    for cell in values() {
        if is_number(cell) {
            numbers += 1;
        } else if let Some((value, flag)) = number::flagged(cell, format) {
            flags += 1;
            example.get_or_insert_with(|| (flag.to_owned(), value));
        } else if let Some((_, count)) = words.iter_mut().find(|(word, _)| word == cell) {
            *count += 1;
        } else if words.len() == WORDS {
            // So many words are texts of their own.
            return Vec::new();
        } else {
            words.push((cell.to_owned(), 1));
        }
    }
    let strange: usize = words.iter().map(|(_, count)| count).sum();
    // Where a quarter is no number, the column was not meant as one.
    if 3 * strange > numbers + flags {
        return Vec::new();
    }
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut asks = Vec::new();
    // Where every number has something beside it, they are codes.
    match example {
        Some(example) if numbers > 0 => {
            asks.push(Ask::Flags {
                column: name.to_owned(),
                example,
                cells: flags,
            });
        }
        Some(_) => return Vec::new(),
        None => {}
    }
    if !words.is_empty() && !settled {
        asks.push(Ask::Words {
            column: name.to_owned(),
            words,
            numbers,
        });
    }
    asks
}

/// A number far from all others.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Far {
    value: f64,
    cells: usize,
    others: (f64, f64),
}

/// Looks for what was found in one column in all others, where it may be too frequent or too near to be found alone: at one end
/// of these, and below nothing but numbers from 0 on or as far away as those go.
fn also_in_others(columns: &[Column], far: &mut [Vec<Far>]) {
    let mut known: Vec<f64> = Vec::new();
    for found in far.iter().flatten() {
        if known.len() < MOST && !known.contains(&found.value) {
            known.push(found.value);
        }
    }
    for (column, far) in columns.iter().zip(far) {
        let Some(values) = column.numbers().filter(|_| !known.is_empty()) else {
            continue;
        };
        for &value in &known {
            if far.iter().any(|found| found.value == value) {
                continue;
            }
            let cells = values.iter().filter(|other| **other == value).count();
            if cells < 2 {
                continue;
            }
            let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
            for &other in values.iter().filter(|other| !known.contains(other)) {
                least = least.min(other);
                most = most.max(other);
            }
            let (gap, spread) = ((least - value).max(value - most), most - least);
            let below_zero = value < 0.0 && least >= 0.0;
            let apart = match value == -1.0 {
                true => below_zero && spread >= COUNTED,
                false => below_zero || gap > spread,
            };
            if least < most && gap > 0.0 && apart {
                far.push(Far {
                    value,
                    cells,
                    others: (least, most),
                });
            }
        }
    }
}

/// The least and the largest of the numbers, in eight lanes, so that a column costs little more than to be read from memory.
fn extremes(values: &[f64]) -> (f64, f64) {
    const LANES: usize = 8;
    let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            // What is missing is not a number, and no comparison with it holds.
            low[lane] = if chunk[lane] < low[lane] {
                chunk[lane]
            } else {
                low[lane]
            };
            high[lane] = if chunk[lane] > high[lane] {
                chunk[lane]
            } else {
                high[lane]
            };
        }
    }
    let all = |lanes: [f64; LANES]| lanes.into_iter().chain(rest.iter().copied());
    (
        all(low).fold(f64::INFINITY, f64::min),
        all(high).fold(f64::NEG_INFINITY, f64::max),
    )
}

/// The numbers that repeat far outside of all others: further away than these lie apart, if it is one that is often used to
/// say that there is no value, or much further otherwise. 0 is never one: a day without rain, a shop that is closed.
fn far_outside(values: &[f64]) -> Vec<Far> {
    const SAMPLE: usize = 512;
    const FOUND: usize = 4;
    let (low, high) = extremes(values);
    if low >= high {
        return Vec::new();
    }
    // Most columns have no such number, and a few of their values tell.
    let step = values.len().div_ceil(SAMPLE).max(1);
    let inner = |value: &&f64| **value > low && **value < high;
    let sample: Vec<f64> = values.iter().step_by(step).filter(inner).copied().collect();
    let (first, last) = extremes(&sample);
    let spread = (last - first).max(0.0);
    let below_zero = low < 0.0 && first >= 0.0;
    if sample.len() > 2 && first - low <= spread && high - last <= spread && !below_zero {
        return Vec::new();
    }
    let mut found: Vec<Far> = Vec::new();
    while found.len() < FOUND {
        let others = || {
            values
                .iter()
                .copied()
                .filter(|value| !value.is_nan() && found.iter().all(|far| far.value != *value))
        };
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in others() {
            low = low.min(value);
            high = high.max(value);
        }
        let far = [low, high].into_iter().find_map(|value| {
            let (mut cells, mut count) = (0, 0);
            let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
            let mut different: Vec<f64> = Vec::new();
            for other in others() {
                count += 1;
                if other == value {
                    cells += 1;
                    continue;
                }
                least = least.min(other);
                most = most.max(other);
                if different.len() < 10 && !different.contains(&other) {
                    different.push(other);
                }
            }
            let (gap, spread) = ((least - value).max(value - most), most - least);
            let usual = is_usual(value);
            let far = match usual {
                true => cells >= 2 && gap > spread,
                false => {
                    looks_like_mark(value)
                        && cells >= 3
                        && gap > 5.0 * spread
                        && different.len() == 10
                        && 2 * cells < count
                }
            };
            // Once is chance, unless nothing else comes near it.
            let lone = usual && value.abs() >= 999.0 && gap > 10.0 * spread && different.len() >= 3;
            // The only negative number, again and again: nothing is measured so.
            let counted = usual_below_zero(value) && least >= 0.0 && spread >= COUNTED;
            let far = far || (counted && cells >= 3 && different.len() == 10);
            let other_than_zero = value != 0.0 && spread.is_finite() && different.len() > 1;
            ((far || lone) && other_than_zero).then_some(Far {
                value,
                cells,
                others: (least, most),
            })
        });
        match far {
            Some(far) => found.push(far),
            None => break,
        }
    }
    // Each is told beside what is left after all were found.
    if let Some(others) = found.last().map(|far| far.others) {
        found.iter_mut().for_each(|far| far.others = others);
    }
    found
}

/// Whether somebody could have made it up to say that there is no value: a negative number, or one such as 1000. A wage that comes
/// each month is far from what is spent, and is none.
fn looks_like_mark(value: f64) -> bool {
    const LEAST: f64 = 1000.0;
    let mut power = LEAST;
    while power < value {
        power *= 10.0;
    }
    value < 0.0 || value == power
}

/// Whether it is a negative number by which programs say that there is none of what begins at 0: −1, or a round one.
fn usual_below_zero(value: f64) -> bool {
    value == -1.0 || (value <= -10.0 && (value % 10.0 == 0.0 || is_usual(value)))
}

/// Whether programs use it to say that there is no value: nines or eights alone, the ends of whole numbers in binary, powers
/// of ten beyond all measures.
fn is_usual(value: f64) -> bool {
    let size = value.abs();
    if [
        32767.0,
        32768.0,
        65535.0,
        2_147_483_647.0,
        2_147_483_648.0,
        999.25,
        9999.25,
    ]
    .contains(&size)
        || size >= 1e19
    {
        return true;
    }
    let written = size.to_string();
    let mut digits = written.bytes().filter(|byte| *byte != b'.');
    let first = digits.next();
    let count = 1 + digits.clone().count();
    let same = digits.all(|digit| Some(digit) == first);
    match first {
        Some(b'9') => same && size >= 99.0,
        Some(b'8' | b'7' | b'6') => same && count >= 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[f64]) -> Vec<(f64, usize)> {
        far_outside(values)
            .iter()
            .map(|far| (far.value, far.cells))
            .collect()
    }

    /// Values from 20 to 29 with some others among them.
    fn with(others: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = (0..60)
            .map(|row| 20.0 + f64::from(row * 7 % 40) / 4.5)
            .collect();
        for (at, other) in others.iter().enumerate() {
            values.insert(7 * at + 3, *other);
        }
        values
    }

    #[test]
    fn numbers_far_outside_that_repeat_are_found() {
        assert_eq!(found(&with(&[-9999.0; 3])), [(-9999.0, 3)]);
        assert_eq!(found(&with(&[999.0, 999.0])), [(999.0, 2)]);
        assert_eq!(found(&with(&[99.99, 99.99])), [(99.99, 2)]);
        assert_eq!(found(&with(&[-9999.0])), [(-9999.0, 1)]);
        assert_eq!(
            found(&with(&[-999.0, 9999.0, -999.0, 9999.0])),
            [(9999.0, 2), (-999.0, 2)]
        );
        assert_eq!(found(&with(&[1e20; 2])), [(1e20, 2)]);
        // Not one of the usual ones, but far and often.
        assert_eq!(found(&with(&[-500.0; 4])), [(-500.0, 4)]);
        let mut gaps = with(&[-9999.0; 2]);
        gaps[0] = f64::NAN;
        assert_eq!(found(&gaps), [(-9999.0, 2)]);
        // The only negative one, be it near or frequent.
        let mut counts: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 40)).collect();
        counts.extend([-1.0; 5]);
        assert_eq!(found(&counts), [(-1.0, 5)]);
        counts.extend([-1.0; 200]);
        assert_eq!(found(&counts), [(-1.0, 205)]);
        counts.push(-2.0);
        assert_eq!(found(&counts), []);
    }

    #[test]
    fn a_number_found_in_one_column_is_looked_for_in_all() {
        let column = |name: &str, values: Vec<f64>| Column {
            name: name.to_owned(),
            cells: Cells::Numbers(values),
            missing: 0,
            spelling: None,
            na_is_a_word: false,
        };
        let plain = with(&[-200.0; 4]);
        // Too near to those from 0 to 300 to be found alone, and from −300 on a value like others.
        let rows = plain.len();
        let spread = |from: usize| -> Vec<f64> {
            let value = |row: usize| match row % 9 {
                4 => -200.0,
                _ => (row * 37 % 300) as f64 + 0.5 - from as f64,
            };
            (0..rows).map(value).collect()
        };
        let columns = [
            column("a", plain),
            column("b", spread(0)),
            column("c", spread(300)),
        ];
        let asks = of(&columns, NumberFormat::default(), &CsvOptions::default());
        let [
            Ask::Sentinel {
                columns,
                value,
                others,
                ..
            },
        ] = &asks[..]
        else {
            panic!("{asks:?}");
        };
        assert_eq!(
            (&columns[..], value.as_str()),
            (&["a".to_owned(), "b".to_owned()][..], "-200")
        );
        assert!(others.0 < 1.0 && others.1 > 290.0, "{others:?}");
    }

    #[test]
    fn what_a_column_may_have_is_not_asked_about() {
        assert_eq!(found(&with(&[])), []);
        // Once, and not one of the usual ones.
        assert_eq!(found(&with(&[-500.0])), []);
        assert_eq!(found(&with(&[60.0])), []);
        // A wage among what is spent: often and far, but nothing that somebody would make up.
        assert_eq!(found(&with(&[2850.0; 4])), []);
        assert_eq!(found(&with(&[1000.0; 4])), [(1000.0, 4)]);
        // No rain, nothing sold.
        assert_eq!(found(&with(&[0.0; 5])), []);
        // Two kinds, a count, a constant, nothing.
        assert_eq!(found(&[0.0, 1.0, 1.0, 0.0, 999.0]), []);
        assert_eq!(found(&(0..2000).map(f64::from).collect::<Vec<_>>()), []);
        assert_eq!(found(&[5.0; 9]), []);
        assert_eq!(found(&[]), []);
        // 999 hPa among others.
        assert_eq!(found(&[999.0, 980.0, 1003.0, 999.0, 1010.5, 991.0]), []);
    }

    #[test]
    fn the_extremes_are_those_of_all_numbers() {
        for count in 1..40 {
            let values: Vec<f64> = (0..count)
                .map(|row| f64::from((row * 37) % 41) - 7.0)
                .collect();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(extremes(&values), (low, high));
        }
        assert_eq!(extremes(&[f64::NAN, 2.0, f64::NAN]), (2.0, 2.0));
    }
}
