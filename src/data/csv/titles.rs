//! What stands above a table and is none of it: titles, notes, what an instrument says of itself, short tables.

use std::collections::HashSet;

use super::header::{has_header, names_above_numbers};
use super::sample::{Row, is_any_number, is_empty};
use super::units::is_unit;
use crate::data::number::{Evidence, NumberFormat};
use crate::data::time::is_date;

/// How many records at the beginning are no part of the table: titles and notes above it.
///
/// These have another number of fields, or only the first of them has a value and names follow. A record that begins with
/// a number is a row, and one with several fields just above rows without names a header that does not fit: both are
/// errors to be told.
pub(super) fn titles(rows: &[&Row], columns: usize) -> usize {
    let format_of = |rows: &[&Row]| {
        let mut evidence = Evidence::default();
        rows.iter()
            .flat_map(|row| row.fields())
            .for_each(|cell| evidence.add(cell));
        evidence.format(false, |_| true).unwrap_or_default()
    };
    let format = format_of(rows);
    let named = |from: usize| has_header(&rows[from..], columns, format);
    // More lines with a lone text are a list, and asking for names below each would take long.
    const MOST: usize = 40;
    let mut count = 0;
    while let Some(row) = rows.get(count).filter(|_| count < MOST) {
        let values = row.fields().filter(|cell| !is_empty(cell)).count();
        let begins_with_number = row
            .fields()
            .find(|cell| !is_empty(cell))
            .is_some_and(is_any_number);
        let is_title = if below_another_block(rows, count, columns, format)
            || above_names(&rows[count..], columns, format)
            || is_declaration(row)
        {
            true
        } else if begins_with_number {
            // A table of its own, such as of the place, if a blank line and names follow; or names alone, where its own are
            // above it.
            let next = rows.get(count + 1);
            let below = || names_above_numbers(&rows[count + 1..], columns, format);
            let own_names = count
                .checked_sub(1)
                .and_then(|above| rows.get(above))
                .is_some_and(|above| above.len() == row.len() && row.len() > columns);
            !row.fits(columns)
                && next.is_some_and(|next| (next.after_blank || own_names) && next.fits(columns))
                && below() == Some(true)
        } else if told_by_colons(rows, count, |below| {
            names_above_numbers(below, columns, format) == Some(true)
        }) || below_narrow_titles(rows, count, columns, format)
            || told_by_words(rows, count)
        {
            true
        } else if row.fits(columns) {
            let is_lone = |row: &Row| {
                let values = row.fields().filter(|cell| !is_empty(cell)).count();
                values < 2 && columns > 1 && (values == 0 || !row.get(0).is_none_or(is_empty))
            };
            // Several titles may stand one below the other, each padded to the table's width as spreadsheets do.
            let alone = rows[count..]
                .iter()
                .take(MOST)
                .take_while(|row| row.fits(columns) && is_lone(row));
            let next = count + alone.count();
            (next > count && named(next)) || {
                // It has as many fields as the table by chance if another title follows, and then names.
                let texts = |row: &&&Row| !row.fits(columns) || !row.fields().any(is_any_number);
                let above = rows[count..].iter().take(MOST).take_while(texts);
                let uneven = above.enumerate().filter(|(_, row)| !row.fits(columns));
                uneven.last().is_some_and(|(at, _)| {
                    let below = &rows[count + at + 1..];
                    names_above_numbers(below, columns, format) == Some(true)
                })
            }
        } else {
            let next_is_table = rows.get(count + 1).is_some_and(|next| next.fits(columns));
            values == 1 || !next_is_table || named(count + 1)
        };
        if !is_title {
            break;
        }
        count += 1;
    }
    if count == rows.len() { 0 } else { count }
}

/// Whether the record at this place has a word with a colon and what belongs to it, as instruments write above a table how and when
/// they measured: `Method:;gradient`. Names that `are_names` accepts follow, below a blank line if there is one such record only.
fn told_by_colons(rows: &[&Row], at: usize, are_names: impl Fn(&[&Row]) -> bool) -> bool {
    /// How many such records are looked at.
    const MOST: usize = 40;
    let is_told = |row: &Row| {
        let mut values = row.fields().filter(|cell| !is_empty(cell));
        let ends_so = |cell: &[u8]| cell.trim_ascii().ends_with(b":");
        values.next().is_some_and(ends_so)
            && values.next().is_none_or(|value| !ends_so(value))
            && values.next().is_none()
    };
    let told = rows[at..].iter().take(MOST).take_while(|row| is_told(row));
    let end = at + told.count();
    let Some(next) = rows.get(end).filter(|_| end > at) else {
        return false;
    };
    let one_of_several = end > at + 1 || (at > 0 && is_told(rows[at - 1]));
    (one_of_several || next.after_blank) && are_names(&rows[end..])
}

/// Whether the record at this place is one of several that have a word and what belongs to it, as wide as the table itself, above names
/// of which the first is one of times: `Station;Munich`, `Unit;cm`, `Date;Level`. Dates or numbers follow.
fn told_by_words(rows: &[&Row], at: usize) -> bool {
    /// How many such records are looked at, how many there are at least, and how many rows follow.
    const MOST: usize = 40;
    const LEAST: usize = 2;
    const FOLLOW: usize = 3;
    const TIMES: [&str; 15] = [
        "date",
        "datetime",
        "time",
        "timestamp",
        "datum",
        "zeit",
        "zeitpunkt",
        "zeitstempel",
        "fecha",
        "data",
        "jour",
        "tag",
        "dato",
        "hora",
        "heure",
    ];
    let begins = |row: &Row| {
        row.get(0)
            .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
    };
    let begins_as_row = |row: &Row| {
        begins(row).is_some_and(|first| is_any_number(first.as_bytes()) || is_date(&first))
    };
    let is_value = |cell: &[u8]| is_any_number(cell) || is_date(&String::from_utf8_lossy(cell));
    let is_told = |row: &Row| {
        row.get(0).is_some_and(|cell| !is_empty(cell))
            && filled_len(row) <= 2
            && !begins_as_row(row)
    };
    let is_names = |row: &Row| {
        let first = begins(row).unwrap_or_default().to_lowercase();
        let word = first.split(|c: char| !c.is_alphanumeric()).next();
        word.is_some_and(|word| TIMES.contains(&word))
            && filled_len(row) > 1
            && !row.fields().any(|cell| !is_empty(cell) && is_value(cell))
    };
    let all = rows[at..].iter().take(MOST);
    let told = all.take_while(|row| is_told(row) && !is_names(row)).count();
    let end = at + told;
    let follow = rows.iter().skip(end + 1).take(FOLLOW);
    told > 0
        && end >= LEAST
        && rows.get(end).is_some_and(|row| is_names(row))
        && follow.filter(|row| begins_as_row(row)).count() == FOLLOW
}

/// How many fields the record has up to its last value: spreadsheets fill up what stands above a table to its width.
pub(super) fn filled_len(row: &Row) -> usize {
    let last = (0..row.len()).rfind(|&column| !row.get(column).is_none_or(is_empty));
    last.map_or(0, |last| last + 1)
}

/// Whether the record at this place is one of several titles, each a text alone or with what belongs to it, above names for all
/// columns: “Meter;DE0071;;;”. Below a blank line these names stand, or one of the titles is a lone text or ends with a colon.
fn below_narrow_titles(rows: &[&Row], at: usize, columns: usize, format: NumberFormat) -> bool {
    /// How many such records are looked at.
    const MOST: usize = 40;
    let is_title = |row: &Row| {
        let len = filled_len(row);
        let values = row.fields().filter(|cell| !is_empty(cell)).count();
        len < columns.min(3) && values == len && row.get(0).is_some_and(|cell| !is_any_number(cell))
    };
    let tells = |row: &Row| {
        filled_len(row) == 1
            || row
                .get(0)
                .is_some_and(|cell| cell.trim_ascii().ends_with(b":"))
    };
    let all = rows[at..].iter().take(MOST);
    let end = at + all.take_while(|row| is_title(row)).count();
    let Some(names) = rows.get(end).filter(|_| end > at) else {
        return false;
    };
    let told = names.after_blank || rows[..end].iter().any(|row| tells(row));
    told && are_names_for_all(names, columns)
        && names_above_numbers(&rows[end..], columns, format) == Some(true)
}

/// Whether the first record names groups of columns, of which the second has the names: `;2019;;2020;` above `Month;a;b;a;b`.
pub(super) fn names_groups(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    let [groups, names, ..] = rows else {
        return false;
    };
    let filled = groups
        .fields()
        .take(columns)
        .filter(|cell| !is_empty(cell))
        .count();
    let starts = (1..columns).filter(|&at| groups.get(at).is_some_and(|cell| !is_empty(cell)));
    let starts: Vec<usize> = starts.chain([columns]).collect();
    // Each has as many columns, more than one.
    let widths: HashSet<usize> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let even = widths.len() == 1 && !widths.contains(&1);
    columns > 2
        && groups.fits(columns)
        && groups.get(0).is_some_and(is_empty)
        && filled > 1
        && even
        && are_names_for_all(names, columns)
        && names_above_numbers(&rows[1..], columns, format) == Some(true)
}

/// Whether the first record has texts and numbers, and the names stand in the next: different texts for all columns, above numbers
/// or further lines about these. So loggers write what they are, with their own number.
fn above_names(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    let [first, names, below @ ..] = rows else {
        return false;
    };
    if columns < 3 || below.len() < 2 || !first.fits(columns) || !are_names_for_all(names, columns)
    {
        return false;
    }
    let (mut numbers, mut texts) = (0, 0);
    for cell in first.fields().filter(|cell| !is_empty(cell)) {
        match is_any_number(cell) {
            true => numbers += 1,
            false => texts += 1,
        }
    }
    let different: HashSet<&[u8]> = names.fields().take(columns).collect();
    let units_of = |row: &Row| {
        let unit = |cell: &&[u8]| is_unit(&String::from_utf8_lossy(cell));
        row.fields().take(columns).filter(unit).count()
    };
    let units = units_of(names);
    // Units may stand above the names. Where numbers are as many as texts, they may be names: years, places.
    let no_names = (numbers > 0 && texts > numbers)
        || (numbers == 0 && units == 0 && 3 * units_of(first) >= 2 * texts);
    no_names
        && different.len() == columns
        && 2 * units < columns
        && names_above_numbers(&rows[1..], columns, format) == Some(true)
}

/// Whether the record has a text for each column and no other value.
fn are_names_for_all(row: &Row, columns: usize) -> bool {
    let is_name = |cell: &[u8]| {
        !is_empty(cell) && !is_any_number(cell) && !is_date(&String::from_utf8_lossy(cell))
    };
    row.fits(columns) && row.fields().take(columns).all(is_name)
}

/// Whether the record at this place belongs to a short table above the one that is meant: a blank line and names of its own
/// follow, and many more rows than there are above.
fn below_another_block(rows: &[&Row], at: usize, columns: usize, format: NumberFormat) -> bool {
    /// How many records the short table has at most, and how many times as many rows follow.
    const MOST: usize = 10;
    const TIMES: usize = 5;
    let Some(end) = (at + 1..rows.len().min(MOST + 1)).find(|&end| rows[end].after_blank) else {
        return false;
    };
    let (names, below) = (rows[end], &rows[end + 1..]);
    below.len() > TIMES * end
        && !below.iter().any(|row| row.after_blank)
        && !rows[0].equals(names)
        && are_names_for_all(names, columns)
        && names_above_numbers(&rows[end..], columns, format) == Some(true)
}

/// Whether a record says something about the table by a word that begins so, as ARFF has it: `@relation`, `@attribute`, `@data`.
fn is_declaration(row: &Row) -> bool {
    let begin = row.get(0).map(<[u8]>::trim_ascii_start).unwrap_or_default();
    let words: [&[u8]; 3] = [b"@relation", b"@attribute", b"@data"];
    words.iter().any(|word| {
        begin
            .get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    })
}

/// How many records stand above the table where one says that the header ends: up to the last of these.
pub(super) fn above_end_of_header(rows: &[&Row]) -> usize {
    const MARKS: [&str; 6] = [
        "endofheader",
        "headerend",
        "endheader",
        "begindata",
        "databegin",
        "beginofdata",
    ];
    /// What instruments write at most about a measurement.
    const MOST: usize = 200;
    let says_so = |row: &&Row| {
        let first = String::from_utf8_lossy(row.get(0).unwrap_or_default());
        let bare: String = first.chars().filter(|c| c.is_alphanumeric()).collect();
        filled_len(row) == 1
            && (MARKS.contains(&bare.to_lowercase().as_str())
                || first.trim().eq_ignore_ascii_case("[data]"))
    };
    let end = rows.iter().take(MOST).rposition(says_so);
    end.map(|end| end + 1)
        .filter(|&end| end + 1 < rows.len())
        .unwrap_or(0)
}
