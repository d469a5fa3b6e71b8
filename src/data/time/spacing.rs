//! How far apart times are, and how they go on.

use std::ops::Range;

use jiff::civil::Date;

use super::calendar::{DAY, civil, day_seconds};
use super::precision::Precision;
use crate::data::pace::Pace;

/// The step from one time to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Times are numbers, this far apart.
    Number(f64),
    /// Times are dates, this many seconds apart.
    Seconds(f64),
    /// Times are dates, this many calendar months apart.
    Months {
        /// How many.
        count: u32,
        /// Whether they are the last days of their months.
        at_end: bool,
    },
    /// Times are dates from Monday to Friday: after a Friday comes a Monday.
    Weekdays,
}

/// How regularly times follow each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spacing {
    /// The usual step, the middle one of all; `None` if there are not two times, or they do not go on.
    pub step: Option<Step>,
    /// How many times do not come the usual step after the one before.
    pub irregular: usize,
    /// The first [`Spacing::CAP`] of those: index, and the step found, as a phrase.
    pub first: Vec<(usize, String)>,
}

impl Step {
    /// Whether times are less than a second apart.
    pub(crate) fn is_below_a_second(self) -> bool {
        matches!(self, Step::Seconds(step) if step < 1.0)
    }

    /// The time `count` steps after `from`.
    pub fn after(self, from: f64, count: usize) -> f64 {
        match self {
            Step::Number(step) | Step::Seconds(step) => from + step * count as f64,
            Step::Months {
                count: months,
                at_end,
            } => {
                let ahead = i64::from(months).saturating_mul(count as i64);
                months_after(from, ahead, at_end).unwrap_or(f64::NAN)
            }
            Step::Weekdays => weekdays_after(from, count),
        }
    }

    /// The step as a phrase: `7 days`, `1 month`, `1 weekday`, `0.5`.
    pub fn phrase(self) -> String {
        match self {
            Step::Number(step) => number(step),
            Step::Seconds(step) => seconds_phrase(step),
            Step::Months { count, .. } => match count {
                12 => "1 year".to_owned(),
                count if count % 12 == 0 => format!("{} years", count / 12),
                1 => "1 month".to_owned(),
                count => format!("{count} months"),
            },
            Step::Weekdays => "1 weekday".to_owned(),
        }
    }
}

/// Days since the Monday before 1970-01-01, which was a Thursday.
fn days_since_a_monday(seconds: f64) -> f64 {
    libm::floor(seconds / DAY as f64) + 3.0
}

/// 0 for Monday to 6 for Sunday.
fn weekday(seconds: f64) -> f64 {
    let days = days_since_a_monday(seconds);
    days - 7.0 * libm::floor(days / 7.0)
}

/// How many days from Monday to Friday there were up to this one; a weekend counts as the Friday before it.
fn weekdays_up_to(seconds: f64) -> f64 {
    5.0 * libm::floor(days_since_a_monday(seconds) / 7.0) + weekday(seconds).min(4.0)
}

/// The same time of day, so many days from Monday to Friday later.
fn weekdays_after(from: f64, count: usize) -> f64 {
    let there = weekdays_up_to(from) + count as f64;
    let weeks = libm::floor(there / 5.0);
    let days = 7.0 * weeks + (there - 5.0 * weeks) - days_since_a_monday(from);
    from + days * DAY as f64
}

/// The step from a weekday to a later one: in weekdays if the time of day is the same.
fn weekdays_phrase(before: f64, time: f64) -> String {
    let count = weekdays_up_to(time) - weekdays_up_to(before);
    if count >= 1.0 && (time - before) % DAY as f64 == 0.0 {
        let s = if count == 1.0 { "" } else { "s" };
        format!("{count} weekday{s}")
    } else {
        seconds_phrase(time - before)
    }
}

/// The step of times that go on evenly but are written with so few digits that steps differ by one of the last; `None` if they do
/// not, or if that digit is the step itself.
fn rounded_step(times: &[f64], series: &[Range<usize>], usual: f64) -> Option<f64> {
    const DIGITS: i32 = 9;
    const LEAST: usize = 10;
    let whole = |unit: f64| {
        let is_whole = |time: &f64| (time / unit - (time / unit).round()).abs() < 1e-4;
        times.iter().all(is_whole)
    };
    let unit = (1..=DIGITS)
        .map(|digits| 10_f64.powi(-digits))
        .find(|unit| whole(*unit))?;
    let longest = series.iter().max_by_key(|rows| rows.len())?;
    let (first, last) = (
        times.get(longest.start)?,
        times.get(longest.end.checked_sub(1)?)?,
    );
    if longest.len() < LEAST || usual < 1.5 * unit {
        return None;
    }
    let step = (last - first) / (longest.len() - 1) as f64;
    let is_even = series.iter().all(|rows| {
        rows.clone().all(|row| {
            let expected = times[rows.start] + step * (row - rows.start) as f64;
            // Both ends are rounded too.
            let step = times[row] - times[row.max(rows.start + 1) - 1];
            let alike = row == rows.start || (step - usual).abs() <= 1.01 * unit;
            alike && (times[row] - expected).abs() <= 1.5 * unit
        })
    });
    let figures = |step: f64| format!("{step:.2e}").parse::<f64>().ok();
    is_even.then(|| figures(step)).flatten()
}

/// A number without the noise of subtraction.
fn number(value: f64) -> String {
    format!("{value:.9e}")
        .parse::<f64>()
        .unwrap_or(value)
        .to_string()
}

fn seconds_phrase(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (86_400.0, "day"),
        (3_600.0, "hour"),
        (60.0, "minute"),
        (1.0, "second"),
    ];
    let counted = |count: String, name: &str| {
        let plural = if count == "1" { "" } else { "s" };
        format!("{count} {name}{plural}")
    };
    // Times of today are kept to a quarter of a millionth of a second: what is beyond is not the file's, unless it is whole
    // nanoseconds.
    let nanoseconds = seconds * 1e9;
    let is_whole = (nanoseconds - nanoseconds.round()).abs() < 1e-6;
    let seconds = match seconds.abs() {
        size if !is_whole && size < 1.0 && size > 5e-7 => libm::round(seconds * 1e6) / 1e6,
        _ => seconds,
    };
    let fits = |size: f64| seconds.abs() >= size;
    let whole = UNITS
        .into_iter()
        .find(|&(size, _)| fits(size) && seconds % size == 0.0);
    match whole {
        Some((size, name)) if size == UNITS[0].0 || (seconds / size).abs() < 1000.0 => {
            counted(number(seconds / size), name)
        }
        // Nobody counts 100,001 seconds.
        _ => match UNITS.into_iter().find(|&(size, _)| fits(1.5 * size)) {
            Some((size, name)) if size > 1.0 => {
                format!(
                    "about {}",
                    counted((seconds / size).round().to_string(), name)
                )
            }
            _ => counted(number(seconds), "second"),
        },
    }
}

fn months_after(from: f64, months: i64, at_end: bool) -> Option<f64> {
    let (day, within) = civil(from)?;
    let month = (i64::from(day.year()) * 12 + i64::from(day.month()) - 1).saturating_add(months);
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let first = Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()?;
    let last = first.days_in_month();
    let of_month = if at_end { last } else { day.day().min(last) };
    let fraction = from - libm::floor(from);
    let there = Date::new(year, first.month(), of_month).ok()?;
    Some(day_seconds(there) + within as f64 + fraction)
}

impl Spacing {
    /// How many irregular places are kept; further ones are counted only.
    pub const CAP: usize = 10;

    /// The spacing of `times`, each of the `series` on its own; `dates` says that they are seconds since 1970, and how fine.
    ///
    /// The usual step is the middle one of all (the lower of two). Where dates are a month or more apart and a number of
    /// calendar months fits them better than seconds, it is that. Where days are never on a weekend and more of them follow
    /// each other as weekdays than as days, weekdays are the step; a holiday is a gap among them.
    pub fn of(times: &[f64], series: &[Range<usize>], dates: Option<Precision>) -> Self {
        Self::of_paced(times, series, dates, &Pace::free())
    }

    /// [`Spacing::of`], which ends early where `pace` is broken.
    pub fn of_paced(
        times: &[f64],
        series: &[Range<usize>],
        dates: Option<Precision>,
        pace: &Pace,
    ) -> Self {
        let pairs = || {
            series
                .iter()
                .flat_map(|rows| rows.clone().skip(1))
                .map(|row| (row, times[row - 1], times[row]))
        };
        let mut steps: Vec<f64> = pairs().map(|(_, before, time)| time - before).collect();
        if steps.is_empty() {
            return Self::default();
        }
        let middle = (steps.len() - 1) / 2;
        let usual = *steps.select_nth_unstable_by(middle, f64::total_cmp).1;
        if usual.is_nan() || usual <= 0.0 {
            return Self::default();
        }
        let fixed = if dates.is_some() {
            Step::Seconds(usual)
        } else {
            Step::Number(usual)
        };
        let mut best = Self::with_step(fixed, pairs(), pace);
        if dates.is_none()
            && best.irregular > 0
            && let Some(step) = rounded_step(times, series, usual)
        {
            return Self {
                step: Some(Step::Number(step)),
                ..Self::default()
            };
        }
        let of_months = matches!(dates, Some(Precision::Month | Precision::Quarter));
        let maybe_months = dates.is_some() && best.irregular > 0 && usual >= 28.0 * 86_400.0;
        if of_months || maybe_months {
            let count = (usual / (30.4375 * 86_400.0)).round().max(1.0) as u32;
            // Months named by their first day have no last one that counts.
            let ends: &[bool] = if of_months { &[false] } else { &[true, false] };
            for &at_end in ends {
                let step = Step::Months { count, at_end };
                let monthly = Self::with_step(step, pairs(), pace);
                if of_months || monthly.irregular < best.irregular {
                    best = monthly;
                }
            }
        }
        let of_days = matches!(dates, Some(Precision::Day | Precision::Second))
            && usual == DAY as f64
            && best.irregular > 0;
        let mut rows = series.iter().cloned().flatten();
        if of_days && rows.all(|row| weekday(times[row]) < 5.0) {
            let weekdays = Self::with_step(Step::Weekdays, pairs(), pace);
            if weekdays.irregular < best.irregular {
                best = weekdays;
            }
        }
        best
    }

    /// The spacing of times in nanoseconds, told in seconds.
    pub(crate) fn of_nanoseconds(times: &[f64], series: &[Range<usize>], pace: &Pace) -> Self {
        let spacing = Self::of_paced(times, series, None, pace);
        let Some(Step::Number(usual)) = spacing.step else {
            return spacing;
        };
        let mut told = Self {
            step: Some(Step::Seconds(usual / 1e9)),
            ..Self::default()
        };
        for row in series.iter().flat_map(|rows| rows.clone().skip(1)) {
            let step = times[row] - times[row - 1];
            if !pace.row() {
                break;
            }
            // To the nanosecond: those of a quarter of a year are told so.
            if (step - usual).abs() < 0.5 {
                continue;
            }
            told.irregular += 1;
            if told.first.len() < Self::CAP {
                told.first.push((row, seconds_phrase(step / 1e9)));
            }
        }
        told
    }

    fn with_step(step: Step, pairs: impl Iterator<Item = (usize, f64, f64)>, pace: &Pace) -> Self {
        let mut spacing = Self {
            step: Some(step),
            ..Self::default()
        };
        for (row, before, time) in pairs.take_while(|_| pace.row()) {
            let expected = step.after(before, 1);
            // Times such as 0.1, 0.2, 0.3 are not exactly 0.1 apart.
            let size = time.abs() + before.abs();
            // In seconds since 1970 that is several seconds: of short steps only a small part of one, as clocks are rounded.
            let slack = match step {
                Step::Seconds(usual) => (1e-9 * size).min(0.05 * usual).max(1e-15 * size),
                _ => 1e-9 * size,
            };
            if (time - expected).abs() <= slack {
                continue;
            }
            spacing.irregular += 1;
            if spacing.first.len() < Self::CAP {
                let found = match step {
                    Step::Number(_) => number(time - before),
                    Step::Weekdays => weekdays_phrase(before, time),
                    _ => seconds_phrase(time - before),
                };
                spacing.first.push((row, found));
            }
        }
        spacing
    }

    /// Whether every time comes the usual step after the one before.
    pub fn is_regular(&self) -> bool {
        self.step.is_some() && self.irregular == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::time::{Dates, text};

    fn read(cells: &[&str]) -> Option<Dates> {
        Dates::of_texts(&cells.iter().copied().collect())
    }

    #[test]
    fn spacing_is_told_in_calendar_months_where_they_fit() {
        let of = |cells: &[&str]| {
            let dates = read(cells).unwrap();
            let all = 0..cells.len();
            let series = std::slice::from_ref(&all);
            (
                Spacing::of(&dates.seconds, series, Some(dates.precision)),
                dates,
            )
        };
        let (weekly, _) = of(&["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-29"]);
        assert_eq!(weekly.step.unwrap().phrase(), "7 days");
        assert_eq!(
            (weekly.irregular, weekly.first),
            (1, vec![(3, "14 days".to_owned())])
        );
        let (ends, dates) = of(&["2023-12-31", "2024-01-31", "2024-02-29"]);
        assert!(ends.is_regular());
        let next = ends.step.unwrap().after(dates.seconds[2], 1);
        assert_eq!(text(next, dates.precision), "2024-03-31");
        let (gap, _) = of(&["2024-01", "2024-02", "2024-03", "2024-05"]);
        assert_eq!(
            (gap.step.unwrap().phrase().as_str(), gap.irregular),
            ("1 month", 1)
        );
        let (quarters, dates) = of(&["2023Q3", "2023Q4", "2024Q1"]);
        assert_eq!(quarters.step.unwrap().phrase(), "3 months");
        let next = quarters.step.unwrap().after(dates.seconds[2], 2);
        assert_eq!(text(next, dates.precision), "2024Q3");
    }

    /// The weekdays: Python 3, `datetime.date(2024, 1, 1).strftime("%A")` is Monday.
    #[test]
    fn weekdays_without_weekends_are_regular_and_go_on_as_weekdays() {
        let of = |cells: &[&str]| {
            let dates = read(cells).unwrap();
            let all = 0..cells.len();
            let series = std::slice::from_ref(&all);
            let spacing = Spacing::of(&dates.seconds, series, Some(dates.precision));
            let last = dates.seconds[cells.len() - 1];
            let ahead = [1, 2, 5, 11].map(|count| {
                let step = spacing.step.unwrap();
                text(step.after(last, count), dates.precision)
            });
            (spacing, ahead)
        };
        let (regular, ahead) = of(&["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"]);
        assert!(regular.is_regular());
        assert_eq!(regular.step, Some(Step::Weekdays));
        assert_eq!(
            ahead,
            ["2024-01-10", "2024-01-11", "2024-01-16", "2024-01-24"]
        );
        // A holiday on Monday 15 January, and one on Thursday 18 January.
        let (holidays, ahead) = of(&[
            "2024-01-08 16:00",
            "2024-01-09 16:00",
            "2024-01-10 16:00",
            "2024-01-11 16:00",
            "2024-01-12 16:00",
            "2024-01-16 16:00",
            "2024-01-17 16:00",
            "2024-01-19 16:00",
            "2024-01-22 16:00",
        ]);
        assert_eq!(
            (holidays.step, holidays.irregular, holidays.first),
            (
                Some(Step::Weekdays),
                2,
                vec![(5, "2 weekdays".to_owned()), (7, "2 weekdays".to_owned())]
            )
        );
        assert_eq!(ahead[0], "2024-01-23 16:00");
        // Before 1970 as well, and from a Friday.
        let (early, ahead) = of(&["1958-03-27", "1958-03-28", "1958-03-31", "1958-04-01"]);
        assert_eq!(early.step, Some(Step::Weekdays));
        assert_eq!(ahead[3], "1958-04-16");
    }

    #[test]
    fn a_day_on_a_weekend_or_days_without_one_between_are_days() {
        let of = |cells: &[&str]| {
            let dates = read(cells).unwrap();
            let all = 0..cells.len();
            let series = std::slice::from_ref(&all);
            Spacing::of(&dates.seconds, series, Some(dates.precision)).step
        };
        let day = Some(Step::Seconds(86_400.0));
        let weekend = ["2024-01-04", "2024-01-05", "2024-01-06", "2024-01-08"];
        assert_eq!(of(&weekend), day);
        assert_eq!(of(&["2024-01-01", "2024-01-02", "2024-01-04"]), day);
    }

    #[test]
    fn a_step_is_told_in_the_unit_that_fits() {
        let phrase = |seconds| Step::Seconds(seconds).phrase();
        assert_eq!(phrase(86_400.0), "1 day");
        assert_eq!(phrase(5_400.0), "90 minutes");
        assert_eq!(phrase(0.25), "0.25 seconds");
        assert_eq!(phrase(2_678_401.0), "about 31 days");
        assert_eq!(phrase(90.0), "90 seconds");
    }

    #[test]
    fn a_gap_of_seconds_is_one_however_far_from_1970() {
        let of = |times: &[f64]| {
            let all = 0..times.len();
            let dates = Some(Precision::Second);
            Spacing::of(times, std::slice::from_ref(&all), dates)
        };
        let start = 1_709_164_800.0;
        let gap = of(&[0.0, 1.0, 2.0, 5.0, 6.0].map(|second| start + second));
        assert_eq!(gap.first, [(3, "3 seconds".to_owned())]);
        let short = of(&[0.0, 0.1, 0.2, 0.3, 0.5].map(|second| start + second));
        assert_eq!((short.irregular, short.first[0].0), (1, 4));
        // Thirty times a second, in whole milliseconds.
        assert!(of(&[0.0, 0.033, 0.067, 0.1, 0.133].map(|second| start + second)).is_regular());
    }

    #[test]
    fn steps_that_differ_by_the_last_digit_are_even_unless_one_is_missing() {
        let of = |times: &[f64]| Spacing::of(times, std::slice::from_ref(&(0..times.len())), None);
        let rounded = |row: usize| (row as f64 / 0.36).round() / 1000.0;
        let even: Vec<f64> = (0..60).map(rounded).collect();
        assert_eq!(of(&even).step.unwrap().phrase(), "0.00278");
        assert!(of(&even).is_regular());
        let gap: Vec<f64> = (0..60).filter(|&row| row != 30).map(rounded).collect();
        assert!(of(&gap).irregular > 0);
        // The last digit is the step itself.
        let steps = [0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0, 1.1, 1.2, 1.3];
        assert_eq!(of(&steps).irregular, 2);
    }

    #[test]
    fn nanoseconds_are_told_in_seconds() {
        let times = [0.0, 1500.0, 3000.0, 4600.0];
        let all = 0..4;
        let spacing = Spacing::of_nanoseconds(&times, std::slice::from_ref(&all), &Pace::free());
        assert_eq!(spacing.step.unwrap().phrase(), "0.0000015 seconds");
        assert_eq!(
            (spacing.irregular, spacing.first),
            (1, vec![(3, "0.0000016 seconds".to_owned())])
        );
    }

    #[test]
    fn each_series_is_spaced_on_its_own() {
        let times = [0.1, 0.2, 0.3, 0.1, 0.2];
        let spacing = Spacing::of(&times, &[0..3, 3..5], None);
        assert!(spacing.is_regular());
        assert_eq!(spacing.step.unwrap().phrase(), "0.1");
        let alone =
            |times: &[f64]| Spacing::of(times, std::slice::from_ref(&(0..times.len())), None);
        assert_eq!(alone(&times[..1]).step, None);
        assert_eq!(alone(&[3.0, 2.0, 1.0]).step, None);
    }
}
