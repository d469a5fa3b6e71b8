//! How numbers and texts are written into the tables of a run.

/// To 14 digits: scaling and back leaves 2.8999999999999986 of a 2.9 in the file.
pub(super) fn without_noise(value: f64) -> f64 {
    format!("{value:.13e}").parse().unwrap_or(value)
}

pub(super) fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.into()
    }
}
