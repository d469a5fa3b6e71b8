//! The clock, for how long something takes; what is computed never asks it.

pub use std::time::Instant;
