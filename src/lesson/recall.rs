//! Coming back: what was answered once is asked again on later days, on a fresh run with other numbers.
//!
//! A question that carries `recall` is asked again three times, three days apart. Retrieval that is spaced over days keeps far
//! more than practice in one go (Latimier, Peyre and Ramus 2021), and intervals that grow add nothing to even ones. The date comes
//! in from outside: but for [`Day::now`] nothing here asks a clock.

use super::Block;
use crate::experiment::Setting;
use crate::platform::clock;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How often a question is asked again.
pub const TIMES: usize = 3;

/// How many days lie between.
pub const DAYS: i64 = 3;

/// The seed of the first fresh run.
const FIRST_SEED: i64 = 1001;

/// How a question is asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Recall {
    /// Settings of the fresh run; one without a value is fresh each time.
    pub settings: Vec<(String, Option<Setting>)>,
}

impl Recall {
    /// The settings when it is asked for the `nth` time, from 0.
    pub fn settings(&self, nth: usize) -> impl Iterator<Item = (String, Setting)> + '_ {
        let fresh = Setting::Whole(FIRST_SEED + nth as i64);
        self.settings.iter().map(move |(path, value)| {
            let value = value.clone().unwrap_or_else(|| fresh.clone());
            (path.clone(), value)
        })
    }
}

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(pub i64);

impl Day {
    /// The day of a date such as 2026-03-01, of the years from 1970 to 9999.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let mut part = |digits: usize| {
            let part = parts.next()?;
            let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<i64>().ok()).flatten()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let found = (1..=12)
            .contains(&month)
            .then(|| Self::of(year, month, day))?;
        (year >= 1970 && found.date() == (year, month, day)).then_some(found)
    }

    /// The day that it is.
    pub fn now() -> Self {
        Day(clock::days())
    }

    /// Days from civil: years begin in March, so that the day that is put in comes last.
    fn of(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Day(146_097 * era + day_of_era - 719_468)
    }

    fn date(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

/// 2026-03-01
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// What became of asking a question again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recalled {
    /// When it was answered last.
    pub last: Day,
    /// Whether the answer was right, each time it was asked again.
    pub results: Vec<bool>,
}

impl Recalled {
    /// Whether it is to be asked again on a day.
    pub fn is_due(&self, today: Day) -> bool {
        self.results.len() < TIMES && today.0 >= self.last.0 + DAYS
    }
}

/// How a block is asked again, if it is.
pub(super) fn of_block(block: &Block) -> Option<&Recall> {
    match block {
        Block::Predict(predict) => predict.recall.as_ref(),
        Block::Turn(turn) => turn.recall.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_counted_and_written() {
        // From the definition of the epoch, and a leap day on both sides.
        for (text, day) in [
            ("1970-01-01", 0),
            ("1970-03-01", 59),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-11-30", 20_787),
        ] {
            assert_eq!(Day::read(text), Some(Day(day)), "{text}");
            assert_eq!(Day(day).to_string(), text);
        }
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "26-01-01",
            "2026-01-00",
            "",
            "today",
        ] {
            assert_eq!(Day::read(text), None, "{text}");
        }
    }
}
