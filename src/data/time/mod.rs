//! Dates and times as files write them, and how far apart they are.
//!
//! In reading order: `calendar` counts seconds and days, `precision` is how exact one is, `cell` takes one cell apart, `dates` recognises a column of them,
//! `spacing` tells by which step times follow each other.

mod calendar;
mod cell;
mod dates;
mod precision;
mod spacing;

pub(crate) use calendar::{date_seconds, week_seconds};
pub(crate) use cell::{
    MONTHS, WEEKDAYS, clock, elapsed, is_date, is_weekday_name, month_of, year_of, years,
};
pub use dates::{Dates, moment, text};
pub(crate) use dates::{is_finer, of_short_years, since_first_day};
pub use precision::Precision;
pub use spacing::{Spacing, Step};
