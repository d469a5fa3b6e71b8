//! Seconds since 1970-01-01 and the days of the calendar, which is jiff's (proleptic Gregorian).

use jiff::SignedDuration;
use jiff::civil::{Date, ISOWeekDate, Weekday, date};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// The day of a time and the whole seconds since its midnight.
pub(super) fn civil(seconds: f64) -> Option<(Date, i64)> {
    if !seconds.is_finite() {
        return None;
    }
    let whole = libm::floor(seconds) as i64;
    let days = whole.div_euclid(DAY).checked_mul(DAY)?;
    let day = date(1970, 1, 1)
        .checked_add(SignedDuration::from_secs(days))
        .ok()?;
    Some((day, whole.rem_euclid(DAY)))
}

/// The first second of a day.
pub(super) fn day_seconds(day: Date) -> f64 {
    day.duration_since(date(1970, 1, 1)).as_secs() as f64
}

/// The first second of the day with these numbers, if there is such a day.
pub(crate) fn date_seconds(year: i16, month: i8, day: i8) -> Option<f64> {
    Date::new(year, month, day).ok().map(day_seconds)
}

/// The first second of the Monday of this week of the year.
pub(crate) fn week_seconds(year: i16, week: i8) -> Option<f64> {
    let monday = ISOWeekDate::new(year, week, Weekday::Monday).ok()?;
    Some(day_seconds(monday.date()))
}
