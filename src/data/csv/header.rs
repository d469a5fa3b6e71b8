//! Whether the first record names the columns, and the names in one line or in several.

use std::collections::HashSet;

use super::Comment;
use super::sample::{Row, Sample, is_any_number, is_empty};
use super::units::is_unit;
use crate::data::number::{self, NumberFormat};
use crate::data::time::is_date;

/// Whether the first record names the columns. Where no column is numeric, a first line without numbers counts as names.
pub(super) fn has_header(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    names_above_numbers(rows, columns, format).unwrap_or_else(|| {
        rows.first().is_some_and(|first| {
            let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
            let mut cells = first.fields().take(columns);
            // In a list of words a word that comes again is one of them.
            let again = columns == 1 && rows[1..].iter().any(|row| row.equals(first));
            !again
                && first.fits(columns)
                && !cells.any(|cell| is_number(cell) || number::is_missing(cell))
        })
    })
}

/// Whether the first record has texts above numbers, and nowhere a number above numbers tells otherwise, or texts and years
/// such as no row below has; `None` where no column is numeric.
pub(super) fn names_above_numbers(
    rows: &[&Row],
    columns: usize,
    format: NumberFormat,
) -> Option<bool> {
    let (first, rest) = rows.split_first()?;
    if names_dates(first, rest, columns) {
        return Some(true);
    }
    let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
    let (mut names, mut numbers, mut texts) = (0, Vec::new(), 0);
    let mut numeric = Vec::new();
    let mut is_row = false;
    for column in 0..columns {
        let below = || {
            rest.iter()
                .filter_map(|row| row.get(column))
                .filter(|cell| !number::is_missing(cell))
        };
        let cell = first.get(column).unwrap_or_default();
        // More than half: a bad cell among the first lines does not make the column a text.
        if 2 * below().filter(|cell| is_number(cell)).count() <= below().count() {
            texts += usize::from(!is_number(cell));
            let is_day = |cell: &[u8]| is_date(&String::from_utf8_lossy(cell));
            // A date above dates.
            is_row |= is_day(cell) && below().next().is_some_and(is_day);
        } else if let Some(number) = number::parse(cell, format) {
            numbers.push(number);
            numeric.push(column);
        } else if !number::is_missing(cell) {
            // A value missing in the first row is no name.
            names += 1;
        }
    }
    if names + numbers.len() == 0 {
        return None;
    }
    if names > numbers.len() {
        return Some(true);
    }
    let has_years = |row: &&Row| {
        let cells = || numeric.iter().map(|&column| row.get(column));
        let numbers = cells().map(|cell| number::parse(cell?, format));
        numbers
            .collect::<Option<Vec<f64>>>()
            .is_some_and(|numbers| are_years(&numbers))
            || are_months(cells())
    };
    let months = are_months(numeric.iter().map(|&column| first.get(column)));
    if are_long_years(first, rest, columns) {
        return Some(true);
    }
    let are_names = names + texts > 0 && !is_row && (months || are_years(&numbers));
    Some(are_names && !rest.iter().any(has_years))
}

/// Whether years stand in all columns but a few at the left, one after the other, where no row has such: what stands below them need
/// not be numbers that are written in the usual way, as `12.5k`.
fn are_long_years(first: &Row, rest: &[&Row], columns: usize) -> bool {
    const LEAST: usize = 5;
    const BESIDE: usize = 5;
    let years_of = |row: &Row| -> Vec<f64> {
        let cells = row.fields().take(columns);
        let year = |cell: &[u8]| str::from_utf8(cell).ok()?.trim().parse::<f64>().ok();
        cells.filter_map(year).collect()
    };
    let years = years_of(first);
    first.fits(columns)
        && years.len() >= LEAST
        && years.len() < columns
        && years.len() + BESIDE >= columns
        && are_years(&years)
        && !rest.iter().any(|row| are_years(&years_of(row)))
}

/// Whether cells are months one after the other, three at least: `202201`, or `01.2022`.
fn are_months<'a>(cells: impl Iterator<Item = Option<&'a [u8]>>) -> bool {
    const LEAST: usize = 3;
    const YEARS: std::ops::Range<i64> = 1800..2200;
    let month = |cell: Option<&[u8]>| -> Option<i64> {
        let cell = str::from_utf8(cell?).ok()?.trim();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month) = match cell.split_once(['.', '/']) {
            Some((month, year)) if month.len() == 2 && year.len() == 4 => (year, month),
            None if cell.len() == 6 => cell.split_at_checked(4)?,
            _ => return None,
        };
        if !digits(year) || !digits(month) {
            return None;
        }
        let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
        let fits = YEARS.contains(&year) && (1..=12).contains(&month);
        fits.then_some(12 * year + month)
    };
    let Some(months) = cells.map(month).collect::<Option<Vec<i64>>>() else {
        return false;
    };
    let mut steps = months.windows(2).map(|pair| pair[1] - pair[0]);
    let first = steps.next().unwrap_or(0);
    months.len() >= LEAST && [-3, -1, 1, 3].contains(&first) && steps.all(|step| step == first)
}

/// Whether a record has something for each column, all different, and a word above dates: then the numbers beside it are names as well.
fn names_dates(first: &Row, rest: &[&Row], columns: usize) -> bool {
    const ROWS: usize = 3;
    const LOOKED_AT: usize = 20;
    let is_day = |cell: &[u8]| is_date(&String::from_utf8_lossy(cell));
    let above_dates = || {
        first
            .fields()
            .take(columns)
            .enumerate()
            .any(|(column, cell)| {
                let word = !is_any_number(cell)
                    && cell.first().is_some_and(u8::is_ascii_alphabetic)
                    && !is_day(cell);
                let below = rest.iter().rev().take(LOOKED_AT);
                word && below
                    .map(|row| row.get(column))
                    .all(|cell| cell.is_some_and(is_day))
            })
    };
    // Above the dates nothing may stand, beside names that count or number things.
    let corner = first.get(0).is_some_and(is_empty);
    let beside_a_corner = || {
        let mut below = rest.iter().rev().take(LOOKED_AT).map(|row| row.get(0));
        let is_key =
            |cell: &[u8]| !is_any_number(cell) || cell.trim_ascii().iter().all(u8::is_ascii_digit);
        below.all(|cell| cell.is_some_and(is_day))
            && first
                .fields()
                .take(columns)
                .skip(1)
                .all(|cell| is_key(cell) && !is_day(cell))
    };
    let different: HashSet<&[u8]> = first.fields().take(columns).collect();
    let empty = different.iter().filter(|cell| is_empty(cell)).count();
    rest.len() >= ROWS
        && columns > 1
        && first.fits(columns)
        && different.len() == columns
        && empty == usize::from(corner)
        && match corner {
            true => beside_a_corner(),
            false => above_dates(),
        }
}

/// Whether numbers are years one after the other, as tables have them that are as wide as time is long. Two are always one
/// step apart: it has to be a small one.
fn are_years(numbers: &[f64]) -> bool {
    const NEAR: f64 = 10.0;
    let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(step) = steps().next() else {
        return false;
    };
    let is_year = |year: &f64| (1000.0..3000.0).contains(year) && year.fract() == 0.0;
    let near = numbers.len() > 2 || step.abs() <= NEAR;
    step != 0.0 && near && numbers.iter().all(is_year) && steps().all(|other| other == step)
}

/// The first and last of the numbers that count the columns in the first record, as pandas names columns without names: 0, 1, 2
/// … or 1, 2, 3 …, perhaps below a corner. Where rows have whole numbers as well, it takes a few columns, and no other row
/// may count.
pub(super) fn numbered(rows: &[&Row], columns: usize, format: NumberFormat) -> Option<(u64, u64)> {
    let (first, rest) = rows.split_first()?;
    let whole_numbers = |row: &Row, from: usize| -> Option<Vec<u64>> {
        (from..columns)
            .map(|column| str::from_utf8(row.get(column)?).ok()?.trim().parse().ok())
            .collect()
    };
    if let Some(numbers) = whole_numbers(first, 0).filter(|_| first.fits(columns))
        && (years_above(&numbers, rest, format) || far_above(&numbers, rest, format))
    {
        return Some((*numbers.first()?, *numbers.last()?));
    }
    let counts = |row: &Row, from: usize| -> Option<(u64, u64)> {
        let cells = whole_numbers(row, from)?;
        let start = *cells.first().filter(|start| **start < 2)?;
        let all = cells
            .iter()
            .zip(start..)
            .all(|(cell, expected)| *cell == expected);
        all.then_some((start, start + cells.len() as u64 - 1))
    };
    let corner = is_empty(first.get(0)?);
    let found = counts(first, usize::from(corner))?;
    if !first.fits(columns) || rest.is_empty() {
        return None;
    }
    let filled = |row: &&&Row| row.get(0).is_some_and(|cell| !is_empty(cell));
    if corner {
        return (rest.iter().filter(filled).count() == rest.len()).then_some(found);
    }
    let numeric = |row: &Row| {
        row.fields()
            .take(columns)
            .all(|cell| number::parse(cell, format).is_some() || number::is_missing(cell))
    };
    let whole = |cell: &[u8]| number::parse(cell, format).is_none_or(|value| value.fract() == 0.0);
    let fractions = (0..columns)
        .filter(|&column| {
            let cells = || rest.iter().filter_map(|row| row.get(column));
            2 * cells().filter(|cell| whole(cell)).count() < cells().count()
        })
        .count();
    let others_count = rest
        .iter()
        .any(|row| counts(row, 0).is_some() || is_sequence(row, columns));
    let enough = columns > 3 || fractions == columns;
    let all_numbers = rest.iter().filter(|row| numeric(row)).count() * 10 >= rest.len() * 9;
    (columns > 1
        && enough
        && all_numbers
        && !others_count
        && rest.len() > 1
        && (fractions * 2 > columns || columns > 7))
        .then_some(found)
}

/// Whether the whole numbers of the first record are years one after the other above numbers that are none: three columns at
/// least, as two numbers say little.
fn years_above(years: &[u64], below: &[&Row], format: NumberFormat) -> bool {
    const USUAL: std::ops::RangeInclusive<u64> = 1800..=2100;
    let numbers: Vec<f64> = years.iter().map(|&year| year as f64).collect();
    let likely = years.len() > 2 && years.iter().all(|year| USUAL.contains(year));
    if !likely || !are_years(&numbers) || numbers[0] >= numbers[1] || below.is_empty() {
        return false;
    }
    let (mut known, mut like_years) = (0, 0);
    for row in below {
        for cell in row.fields().take(years.len()) {
            match number::parse(cell, format) {
                Some(value) => {
                    known += 1;
                    like_years += usize::from((1800.0..=2100.0).contains(&value));
                }
                None if number::is_missing(cell) => {}
                None => return false,
            }
        }
    }
    // A table of years has them in every row; values may be as large now and then.
    known > 0 && 4 * like_years <= known
}

/// Whether whole numbers that rise stand above fractions that are all much smaller: wavelengths, frequencies, sizes.
fn far_above(numbers: &[u64], below: &[&Row], format: NumberFormat) -> bool {
    const TIMES: f64 = 20.0;
    let rises = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let Some(&least) = numbers.first().filter(|_| rises && numbers.len() > 2) else {
        return false;
    };
    let (mut known, mut fractions, mut most) = (0, 0, 0.0);
    for cell in below
        .iter()
        .flat_map(|row| row.fields().take(numbers.len()))
    {
        match number::parse(cell, format) {
            Some(value) => {
                known += 1;
                fractions += usize::from(value.fract() != 0.0);
                most = f64::max(most, value.abs());
            }
            None if number::is_missing(cell) => {}
            None => return false,
        }
    }
    below.len() > 4 && 10 * fractions >= 9 * known && most > 0.0 && least as f64 > TIMES * most
}

/// Whether the numbers of a record go on by one.
fn is_sequence(row: &Row, columns: usize) -> bool {
    let cells = || {
        row.fields()
            .take(columns)
            .map(|cell| str::from_utf8(cell).ok()?.trim().parse::<i64>().ok())
    };
    let mut pairs = cells().zip(cells().skip(1));
    pairs.all(|pair| matches!(pair, (Some(one), Some(next)) if next == one.wrapping_add(1)))
}

/// The names in a comment above the table, if there are as many as columns: `# year spots`.
pub(super) fn names_in_comment(
    line: &[u8],
    delimiter: u8,
    comment: Comment,
    columns: usize,
) -> Option<Vec<Vec<u8>>> {
    let text = comment.text_of(line.trim_ascii())?;
    let sample = Sample::of(text, delimiter, Comment::None, None);
    let row = sample.rows.first()?;
    let mut cells: Vec<Vec<u8>> = row
        .fields()
        .map(|cell| cell.trim_ascii().to_vec())
        .collect();
    // “#,name,value”: the sign was itself a name.
    if let Some(first) = cells.first_mut()
        && first.is_empty()
    {
        *first = comment.sign().into_bytes();
    }
    let is_name =
        |cell: &Vec<u8>| !cell.is_empty() && number::parse(cell, NumberFormat::default()).is_none();
    (columns > 1 && cells.len() == columns && cells.iter().all(is_name)).then_some(cells)
}

/// Whether the words of a comment are units of the names in the one above it.
pub(super) fn are_units_below(names: &[Vec<u8>], below: &[Vec<u8>]) -> bool {
    let units = |cells: &[Vec<u8>]| {
        let is = |cell: &&Vec<u8>| is_unit(&String::from_utf8_lossy(cell));
        cells.iter().filter(is).count()
    };
    let (above, below_units) = (units(names), units(below));
    2 * above < below_units && 3 * below_units >= below.len()
}

/// The names in the line of names and, where these are not all different, in further ones below it: “Close ABC”.
pub(super) fn header_cells(header: &Row, about: &[&Row], columns: usize) -> Vec<Vec<u8>> {
    let cells_of = |row: &Row| -> Vec<String> {
        let cell = |column| {
            String::from_utf8_lossy(row.get(column).unwrap_or_default())
                .trim()
                .to_owned()
        };
        (0..columns).map(cell).collect()
    };
    let mut names = cells_of(header);
    // Whoever quotes names so may not quote numbers.
    let bare = |name: &String| bare_of_apostrophes(name).map(str::to_owned);
    if let Some(bare) = names.iter().map(bare).collect() {
        names = bare;
    }
    let below: Vec<Vec<String>> = about.iter().map(|row| cells_of(row)).collect();
    let others = |cells: &[String]| -> Vec<String> { cells.iter().skip(1).cloned().collect() };
    let all_different = |cells: &[String]| {
        let different: HashSet<&String> = cells.iter().collect();
        different.len() == cells.len() && !cells.iter().any(String::is_empty)
    };
    // The last line may have nothing but the first column's name, with all delimiters behind it.
    let last = about
        .last()
        .filter(|row| row.len() >= columns && columns > 1);
    let lone = below
        .last()
        .filter(|cells| last.is_some() && others(cells).iter().all(String::is_empty));
    let full = |cells: &&Vec<String>| {
        let filled = || cells.iter().skip(1).filter(|cell| !cell.is_empty());
        let only_unit = |cell: &String| is_unit(cell) && !has_name_beside_unit(cell);
        2 * filled().count() >= columns.saturating_sub(1) && !filled().all(only_unit)
    };
    if !all_different(&others(&names)) && below.iter().any(|cells| full(&cells)) {
        // A name that holds for several columns stands above the first of them.
        let carried = |cells: &Vec<String>| {
            let mut last = String::new();
            let mut carried = cells.clone();
            if names_each_column(&cells[1..]) {
                return carried;
            }
            for cell in carried.iter_mut().skip(1) {
                match cell.is_empty() {
                    true => cell.clone_from(&last),
                    false => last.clone_from(cell),
                }
            }
            carried
        };
        let plain: Vec<Vec<String>> = std::iter::once(&names)
            .chain(below.iter().filter(full))
            .cloned()
            .collect();
        let everywhere: Vec<Vec<String>> = plain.iter().map(carried).collect();
        // What stands in a further line may be about its own column alone, as how sure its values are.
        let mut only_first = plain.clone();
        if let Some(first) = only_first.first_mut() {
            *first = carried(first);
        }
        for levels in [everywhere, only_first] {
            if let Some(joined) = joined(&levels, columns) {
                let mut first = levels.iter().rev().map(|cells| &cells[0]);
                let first = first.find(|cell| !cell.is_empty());
                names = std::iter::once(first.cloned().unwrap_or_default())
                    .chain(joined)
                    .collect();
                break;
            }
        }
    }
    // Otherwise the first column has a name of its own, unless what stands there is that of the names.
    let only_first = about.len() == 1 || below.iter().any(|cells| full(&cells));
    if let Some(lone) = lone.filter(|_| only_first) {
        names[0].clone_from(&lone[0]);
    }
    names.into_iter().map(String::into_bytes).collect()
}

/// The names of all columns but the first that lines of names make together, if these are all different; the first of the columns may
/// have none.
fn joined(levels: &[Vec<String>], columns: usize) -> Option<Vec<String>> {
    /// So many columns say when or of what, at most.
    const NAMELESS: usize = 3;
    let all_different = |cells: &[String]| {
        let nameless = cells.iter().take_while(|cell| cell.is_empty()).count();
        let named = &cells[nameless..];
        let different: HashSet<&String> = named.iter().collect();
        nameless < NAMELESS && different.len() == named.len() && !named.iter().any(String::is_empty)
    };
    // What all columns have tells none from another.
    let telling = levels.iter().filter(|cells| {
        let others = &cells[1..];
        others.iter().any(|cell| Some(cell) != others.first())
    });
    let mut telling: Vec<&Vec<String>> = telling.collect();
    let joined_of = |telling: &[&Vec<String>]| -> Vec<String> {
        let joined = (1..columns).map(|column| {
            let mut parts: Vec<&str> = telling.iter().map(|cells| cells[column].as_str()).collect();
            parts.retain(|part| !part.is_empty());
            parts.dedup();
            parts.join(" ")
        });
        joined.collect()
    };
    // Of many lines those between the first and the last may tell no more than these.
    for level in (1..telling.len().saturating_sub(1)).rev() {
        let mut fewer = telling.clone();
        fewer.remove(level);
        if all_different(&joined_of(&fewer)) {
            telling = fewer;
        }
    }
    let joined = joined_of(&telling);
    all_different(&joined).then_some(joined)
}

/// What stands within the apostrophes around a cell.
pub(super) fn bare_of_apostrophes(cell: &str) -> Option<&str> {
    let inner = cell.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.is_empty() && !inner.contains('\'')).then_some(inner)
}

/// Whether a line of names above others has one for each column, and none that holds for several: one stands twice side by side,
/// or few of many have nothing behind them.
fn names_each_column(cells: &[String]) -> bool {
    const MANY: usize = 6;
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    let pairs = || cells.windows(2).filter(|pair| !pair[0].is_empty());
    let twice = pairs().any(|pair| pair[0] == pair[1]);
    let spans = pairs().filter(|pair| pair[1].is_empty()).count();
    filled >= MANY && (twice || 4 * spans < filled)
}

/// Whether a cell that could be a unit has the name of what is measured too: “°C Soil Temperature”.
fn has_name_beside_unit(cell: &str) -> bool {
    const LETTERS: usize = 4;
    let mut words = cell.split_whitespace().skip(1);
    words.any(|word| {
        word.chars().count() >= LETTERS && word.chars().all(char::is_alphabetic) && !is_unit(word)
    })
}
