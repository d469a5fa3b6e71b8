//! The clock, for how long something takes and what day it is; what is computed never asks it.

pub use std::time::Instant;

/// The days since 1970-01-01 began, by the system's clock, in universal time; 0 where that stands before.
pub fn days() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| (since.as_secs() / 86_400) as i64)
}
