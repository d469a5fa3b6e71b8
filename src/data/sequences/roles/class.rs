//! Which column is the class that is to be told.

use super::looked::Looked;
use super::{names, what};

/// How many rows there have to be before values are taken for classes by where they stand.
const LEAST: usize = 20;

/// The column that is the class, and why. `dated` says whether dates tell the time, `timed` whether anything does.
pub(super) fn find(
    columns: &[Looked<'_>],
    (dated, timed): (bool, bool),
    free: impl Fn(usize) -> bool,
) -> Option<(usize, String)> {
    let all = || (0..columns.len()).filter(|&index| free(index));
    let by_name = |usual: &[&str]| {
        all().find(|&index| {
            let column = &columns[index];
            (column.numbers().is_none() || column.is_whole())
                && column.dates.is_none()
                && column.called(usual)
                && !is_about_all(columns, column, usual)
                && column.distinct() > 1
                && 2 * column.distinct() <= column.rows
        })
    };
    let named = || "Its name says so, and its values repeat.".to_owned();
    if let Some(index) = by_name(&names::SURE_LABELS) {
        return Some((index, named()));
    }
    if !dated && let Some(index) = all().find(|&index| is_asked(&columns[index])) {
        return Some((index, named()));
    }
    if let Some(index) = event(columns, dated, all()) {
        let reason = format!(
            "Its name is one of what comes about or does not, and it has only {} values.",
            columns[index].known()
        );
        return Some((index, reason));
    }
    if !dated && let Some(index) = by_name(&names::LABELS) {
        return Some((index, named()));
    }
    if !timed && free(0) && is_first_of_many(columns) {
        let reason = format!(
            "It is the first column, with only {} whole numbers before many with fractions.",
            columns[0].known()
        );
        return Some((0, reason));
    }
    let index = columns.len().checked_sub(1).filter(|&last| free(last))?;
    let last = &columns[index];
    // Where a value is named as what is meant, words and flags beside it are no classes.
    let valued = || {
        let mut others = columns.iter();
        others.any(|column| column.is_numeric() && column.is_called(names::TARGETS[0]))
    };
    if dated || valued() {
        return None;
    }
    if last.is_numeric() {
        return is_class_after_measures(columns, index, timed).then(|| {
            let reason = format!(
                "It is the last column, with only {} values after measured ones.",
                last.known()
            );
            (index, reason)
        });
    }
    // How a loan ended is what is asked where nothing goes on in time.
    let status = !timed && last.called(&["status"]);
    let says_how = last.called(&names::QUALITIES) && !status || last.called(&names::FLAGS);
    let few = !says_how
        && last.has_few()
        && last.comes_again().is_none()
        && !(last.called(&names::WITNESSES) && !status && is_measured_beside(columns, index));
    few.then(|| {
        let reason = format!(
            "It is the last column, text with only {} values.",
            last.distinct()
        );
        (index, reason)
    })
}

/// Whether a column is called as what is meant, and has two values or is text with few.
fn is_asked(looked: &Looked<'_>) -> bool {
    let few = match looked.is_numeric() {
        true => looked.rows >= LEAST && is_yes_or_no(looked),
        false => looked.has_few(),
    };
    few && looked.is_called(&["y", "target"])
}

/// Whether a column has the values 0 and 1 alone.
fn is_yes_or_no(looked: &Looked<'_>) -> bool {
    looked.known() == 2 && looked.is_whole() && looked.range() == Some((0.0, 1.0))
}

/// The rank of a column among what is usually forecast, if it is one of numbers that move and its name says what it is.
fn rank(looked: &Looked<'_>) -> Option<usize> {
    if !looked.is_numeric() || looked.known() <= 2 {
        return None;
    }
    what::usual(looked, false).map(|(rank, _)| rank)
}

/// The column that is called like what comes about or does not and has two values, the likelier names first, then the last.
/// Beside dates it gives way to what is usually forecast.
fn event(columns: &[Looked<'_>], dated: bool, free: impl Iterator<Item = usize>) -> Option<usize> {
    const QUANTITY: usize = 2;
    let others: Vec<usize> = columns.iter().filter_map(rank).collect();
    let valued = columns
        .iter()
        .any(|looked| looked.is_numeric() && looked.is_called(names::TARGETS[0]));
    if valued {
        return None;
    }
    let quantity = others.iter().any(|&rank| rank <= QUANTITY);
    let known = others.iter().any(|&rank| rank < what::tier::WEAK);
    let likelihood = |&index: &usize| {
        let looked = &columns[index];
        let few = match looked.is_numeric() {
            true => is_yes_or_no(looked),
            false => looked.has_few() && looked.known() <= 10,
        };
        let unlikely = looked.called(&["flagged", "code", "reason", "date"]);
        if !few || unlikely || looked.rows < LEAST {
            return None;
        }
        // What it comes of may be called like an outcome, too, but is measured before it.
        if looked.is_about(&names::EVENTS) && !(dated && quantity) {
            Some((1, index))
        } else if looked.is_about(&names::OUTCOMES) && !(dated && known) {
            Some((0, index))
        } else {
            None
        }
    };
    let found: Vec<(usize, usize)> = free.filter_map(|index| likelihood(&index)).collect();
    found.into_iter().max().map(|(_, index)| index)
}

/// Whether the first column has a few whole numbers and all others, without names, have fractions: a class before a series in each
/// row.
fn is_first_of_many(columns: &[Looked<'_>]) -> bool {
    const MANY: usize = 8;
    columns.len() > MANY
        && columns[0].name() == "column 1"
        && columns[0].is_whole()
        && columns[0].has_few()
        && columns[1..]
            .iter()
            .all(|column| column.numbers().is_some() && !column.is_whole())
}

/// Whether the last column has two values, or without a time a few whole numbers, and all that is measured stands before it.
fn is_class_after_measures(columns: &[Looked<'_>], index: usize, timed: bool) -> bool {
    const MOST: usize = 10;
    const MEASURED: usize = 3;
    let last = &columns[index];
    let few =
        last.is_whole() && (last.known() == 2 || !timed && (3..=MOST).contains(&last.known()));
    // A flag is one of the calendar or of what is done; what only begins with `is` may be what is asked.
    let flags = names::FLAGS
        .iter()
        .filter(|name| !["is", "has"].contains(name));
    let flags: Vec<&str> = flags.copied().collect();
    let quality = last.called(&names::QUALITIES) && (timed || !last.is_called(&["quality"]));
    let no_class = last.called(&flags)
        || quality
        || last.is_about(&names::CALENDAR)
        || last.called(&names::IDS)
        || last.called(&names::COUNTS)
        || rank(last).is_some();
    let measured = columns[..index]
        .iter()
        .filter(|column| column.numbers().is_some() && column.known() > MOST)
        .count();
    let quantity = columns.iter().any(|column| {
        let usual = what::usual(column, false).filter(|_| column.known() > 2);
        usual.is_some_and(|(rank, whole)| rank <= 2 && whole)
    });
    let rest = columns[..index].iter().filter(|column| column.is_numeric());
    let flags_before = rest.filter(|column| column.known() == 2).count();
    few && !no_class
        && last.rows >= LEAST
        && measured >= MEASURED
        && !quantity
        && (!timed || flags_before == 0)
}

/// Whether the one usual word of a name is the first of several columns' names: it says what all of them are about.
fn is_about_all(columns: &[Looked<'_>], column: &Looked<'_>, usual: &[&str]) -> bool {
    let Some((first, rest)) = column.words.split_first() else {
        return false;
    };
    let begins = |other: &&Looked<'_>| other.words.len() > 1 && other.words.first() == Some(first);
    !rest.is_empty()
        && !rest.iter().any(|word| usual.contains(&word.as_str()))
        && columns.iter().filter(begins).count() > 2
}

/// Whether a column of numbers beside a text has a name of what is usually forecast.
fn is_measured_beside(columns: &[Looked<'_>], index: usize) -> bool {
    let mut others = columns.iter().enumerate();
    others.any(|(other, looked)| other != index && rank(looked).is_some())
}
