//! Which columns tell series apart: those within whose values times go on.

use std::collections::HashMap;

use super::looked::Looked;
use super::names;
use super::purposes;
use crate::data::table::Column;

/// How times follow each other within series, the better the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::data::sequences) enum Pass {
    /// Each series goes on from row to row, or back from row to row.
    On,
    /// No time repeats, but rows are out of order.
    Unsorted,
    /// All but very few rows go on within their series.
    Nearly,
    /// Times repeat.
    Repeats,
}

/// How `times` follow each other within the series that `series` numbers; without, all rows are one. Missing times are passed over.
pub(super) fn pass(times: &[f64], series: Option<&[u32]>) -> Pass {
    #[derive(Clone, Copy)]
    struct Seen {
        last: f64,
        on: bool,
        back: bool,
    }
    let of = |row: usize| series.map_or(0, |series| series[row]);
    let mut seen: HashMap<u32, Seen> = HashMap::new();
    let (mut mixed, mut still) = (false, false);
    for (row, &time) in times.iter().enumerate().filter(|(_, time)| !time.is_nan()) {
        let one = seen.entry(of(row)).or_insert(Seen {
            last: f64::NAN,
            on: false,
            back: false,
        });
        still |= time == one.last;
        one.on |= time > one.last;
        one.back |= time < one.last;
        mixed |= one.on && one.back;
        one.last = time;
    }
    if still {
        return Pass::Repeats;
    }
    if !mixed {
        return Pass::On;
    }
    let mut all: Vec<(u32, u64)> = times
        .iter()
        .enumerate()
        .map(|(row, time)| (of(row), time.to_bits()))
        .collect();
    all.sort_unstable();
    match all.windows(2).any(|pair| pair[0] == pair[1]) {
        true => Pass::Repeats,
        false => Pass::Unsorted,
    }
}

/// How many rows have a time that another row of their series has, or go against the way of most rows of their series. Missing
/// times are passed over.
fn troubles(times: &[f64], series: &[u32]) -> usize {
    #[derive(Clone, Copy, Default)]
    struct Seen {
        last: Option<f64>,
        on: usize,
        back: usize,
    }
    let mut seen: Vec<Seen> = Vec::new();
    let mut all: Vec<(u32, u64)> = Vec::with_capacity(times.len());
    for (&time, &series) in times.iter().zip(series).filter(|(time, _)| !time.is_nan()) {
        let index = series as usize;
        if seen.len() <= index {
            seen.resize(index + 1, Seen::default());
        }
        let one = &mut seen[index];
        if let Some(last) = one.last.replace(time) {
            one.on += usize::from(time > last);
            one.back += usize::from(time < last);
        }
        all.push((series, time.to_bits()));
    }
    all.sort_unstable();
    let repeated = all.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let against = seen.iter().map(|one| one.on.min(one.back)).sum::<usize>();
    repeated + against
}

/// The series that two numberings make together.
pub(super) fn together(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut known: HashMap<(u32, u32), u32> = HashMap::new();
    let pairs = one.iter().zip(other).map(|(&one, &other)| (one, other));
    pairs
        .map(|pair| {
            let next = known.len() as u32;
            *known.entry(pair).or_insert(next)
        })
        .collect()
}

/// Whether a column may tell series apart, beside others or alone, and how likely it is: the less, the likelier. Asked of every
/// column for each one that may tell the time, it is found out once.
pub(super) fn likelihood(looked: &Looked<'_>) -> Option<u8> {
    *looked.apart.get_or_init(|| find_likelihood(looked))
}

fn find_likelihood(looked: &Looked<'_>) -> Option<u8> {
    let named = looked.called(&names::GROUPS);
    let by_number = looked.called(&names::IDS);
    let is_text = looked.numbers().is_none();
    let repeats = looked.known() > 1 && 2 * looked.distinct() <= looked.rows;
    // What says no day is no German one.
    let is_tag = is_text && looked.is_called(&["tag"]) && looked.comes_again().is_none();
    let calendar = (looked.called(&names::CALENDAR) && !is_tag) || looked.called(&names::FLAGS);
    // Codes may look like numbers, mostly.
    let nearly_numbers = looked.nearly_numbers && !by_number;
    if !repeats || looked.dates.is_some() || nearly_numbers || (calendar && !named) {
        return None;
    }
    if (looked.called(&names::QUALITIES) || looked.comes_again().is_some()) && !named {
        return None;
    }
    let (least, most) = (looked.counts.iter().min()?, looked.counts.iter().max()?);
    if is_text {
        // Times of day come again each day.
        if looked.is_clock {
            return None;
        }
        // Words that come up now and then, as in a bank's statement, tell no series apart; a line or two of another kind, such as
        // a mark at the end, make no difference.
        let even = looked.is_in_blocks()
            || (*least >= 2 && *most <= 10 * least)
            || is_even_but_for_few(looked);
        // What a code tells apart is described beside it, and some rows otherwise.
        if purposes::describes(looked) && !named {
            return even.then_some(4);
        }
        return match (named, even) {
            (true, _) => Some(0),
            (false, true) if by_number => Some(1),
            (false, true) => Some(2),
            (false, false) => None,
        };
    }
    if !looked.is_whole() || looked.missing > 0 {
        return None;
    }
    // Numbers of things come about equally often; numbers that were measured do not.
    let balanced = *least >= 2 && *most <= 3 * least && looked.rows >= 3 * looked.distinct();
    match (named || by_number, balanced || looked.is_in_blocks()) {
        (true, _) => Some(1),
        (false, true) => Some(3),
        (false, false) => None,
    }
}

/// Whether values come up about equally often, but for some that hardly any row has.
fn is_even_but_for_few(looked: &Looked<'_>) -> bool {
    let most = looked.counts.iter().max().copied().unwrap_or(0);
    let often = |count: &&u32| **count >= 2 && most <= 10 * **count;
    let usual = looked.counts.iter().filter(often);
    let rows: usize = usual.clone().map(|&count| count as usize).sum();
    usual.count() > 1 && 100 * (looked.rows - rows) <= looked.rows
}

/// The fewest columns within whose values `times` go on, the likeliest first; those `given` are among them. `may` says which others
/// may be. Where none do so for all rows, those that leave out of step hardly any of the rows that are so without.
pub(super) fn search(
    columns: &[Looked<'_>],
    times: &[f64],
    given: &[usize],
    may: &dyn Fn(usize) -> bool,
) -> Option<(Vec<usize>, Pass)> {
    /// So many columns are tried together; three of them are 56 triples.
    const TRIED: usize = 8;
    /// Rows per series, and the share of rows that may be out of step: one in so many.
    const FEW_ROWS: usize = 5;
    /// So many rows each series has at least where nothing but its values says that there are any.
    const UNNAMED_ROWS: usize = 3;
    /// Of fewer rows nothing can be told by how many there are.
    const SMALL: usize = 30;
    const MOST_ROWS: usize = 50;
    // Where time goes on in the whole file and only a few times repeat, series are not woven: then a name has to say so.
    let pairs = || times.windows(2);
    let ascends = pairs().all(|pair| pair[0] <= pair[1]) || pairs().all(|pair| pair[0] >= pair[1]);
    let repeated = pairs().filter(|pair| pair[0] == pair[1]).count();
    let hardly_repeats = ascends && 5 * repeated < 2 * times.len();
    let hardly_shared = hardly_shared(times);
    let mut candidates: Vec<(u8, usize)> = columns
        .iter()
        .enumerate()
        .filter(|&(index, _)| may(index) && !given.contains(&index))
        .filter_map(|(index, looked)| Some((likelihood(looked)?, index)))
        .filter(|&(likelihood, _)| !hardly_repeats || likelihood < 2)
        .filter(|&(likelihood, index)| {
            !hardly_shared || likelihood < 2 || columns[index].is_in_blocks()
        })
        .collect();
    candidates.sort_unstable();
    candidates.truncate(TRIED);
    let tried: Vec<usize> = candidates.into_iter().map(|(_, index)| index).collect();
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for (at, &one) in tried.iter().enumerate() {
        sets.push(vec![one]);
        for (next, &two) in tried.iter().enumerate().skip(at + 1) {
            sets.push(vec![one, two]);
            sets.extend(tried[next + 1..].iter().map(|&three| vec![one, two, three]));
        }
    }
    // Stable: of sets of one size the likeliest stay first.
    sets.sort_by_key(Vec::len);
    let series_of = |whole: &[usize]| {
        let first = columns[whole[0]].codes.clone();
        whole.iter().skip(1).fold(first, |series, &index| {
            together(&series, &columns[index].codes)
        })
    };
    let mut unsorted = None;
    let mut others: Vec<Vec<usize>> = Vec::new();
    for set in sets {
        let whole: Vec<usize> = given.iter().chain(&set).copied().collect();
        // A series without a name is none.
        if whole.len() == 1 && columns[whole[0]].missing > 0 {
            continue;
        }
        // Several numbers that nothing says to name something were measured.
        let measured = |index: &&usize| likelihood(&columns[**index]).is_some_and(|of| of > 2);
        if whole.iter().filter(measured).count() > 1 {
            continue;
        }
        let series = series_of(&whole);
        let named = |&index: &usize| likelihood(&columns[index]).is_some_and(|of| of < 2);
        let rows = match times.len() < SMALL || whole.iter().all(named) {
            true => 2,
            false => UNNAMED_ROWS,
        };
        let several = series
            .iter()
            .max()
            .is_some_and(|&last| (last as usize) < times.len() / rows);
        match pass(times, Some(&series)) {
            _ if !several => {}
            Pass::On => return Some((in_order(whole), Pass::On)),
            Pass::Unsorted => unsorted = unsorted.or(Some(whole)),
            Pass::Nearly | Pass::Repeats => others.push(whole),
        }
    }
    if let Some(whole) = unsorted {
        return Some((in_order(whole), Pass::Unsorted));
    }
    // One row that stands twice makes no series of one that is none.
    let alone = troubles(times, &vec![0; times.len()]);
    let nearly = others.into_iter().find(|whole| {
        let series = series_of(whole);
        let count = series.iter().max().map_or(0, |&last| last as usize + 1);
        let left = troubles(times, &series);
        FEW_ROWS * count <= times.len() && MOST_ROWS * left <= times.len() && 20 * left <= alone
    });
    nearly.map(|whole| (in_order(whole), Pass::Nearly))
}

/// Whether hardly any row has a time that another has: rows of series that are woven share theirs.
fn hardly_shared(times: &[f64]) -> bool {
    const ONE_OF: usize = 10;
    let mut sorted: Vec<f64> = times
        .iter()
        .copied()
        .filter(|time| !time.is_nan())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let shared = sorted.windows(2).filter(|pair| pair[0] == pair[1]).count();
    ONE_OF * shared < sorted.len()
}

fn in_order(mut columns: Vec<usize>) -> Vec<usize> {
    columns.sort_unstable();
    columns
}

/// [`search`] in a table's columns, where `timed` tell the time.
pub(in crate::data::sequences) fn tell_apart(
    columns: &[&Column],
    times: &[f64],
    timed: &[usize],
    given: &[usize],
) -> Option<Vec<usize>> {
    let looked: Vec<Looked<'_>> = columns.iter().map(|column| Looked::at(column)).collect();
    let shown = looked
        .first()
        .map_or(0, |looked| looked.rows)
        .min(times.len());
    search(&looked, &times[..shown], given, &|index| {
        !timed.contains(&index)
    })
    .map(|(columns, _)| columns)
}
