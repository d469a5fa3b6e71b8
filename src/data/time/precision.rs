//! How exact a moment is.

/// How fine a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 2024Q1
    Quarter,
    /// 2024-01
    Month,
    /// 2024-W05
    Week,
    /// 2024-01-31
    Day,
    /// 2024-01-31 13:00
    Second,
}
