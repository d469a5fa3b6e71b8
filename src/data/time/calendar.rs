//! Seconds since 1970-01-01 and the days of the calendar, which is jiff's (proleptic Gregorian).

use jiff::SignedDuration;
use jiff::civil::{Date, date};

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
