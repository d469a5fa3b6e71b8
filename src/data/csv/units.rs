//! The line of units that some programs write below the names: `date;°C;mm`, `(s),(m/s)`, `5s 14n`.

use crate::data::number::{NumberFormat, undressed};

/// Units that are written with letters alone, as they are written.
const SYMBOLS: &[&str] = &[
    "s", "sec", "secs", "ms", "us", "ns", "min", "mins", "h", "hr", "hrs", "d", "a", "yr", "m",
    "km", "cm", "mm", "um", "nm", "ft", "in", "mi", "yd", "kg", "g", "mg", "ug", "t", "kt", "Mt",
    "lb", "lbs", "oz", "N", "kN", "Nm", "Pa", "hPa", "kPa", "MPa", "bar", "mbar", "mb", "atm",
    "psi", "mmHg", "inHg", "J", "kJ", "MJ", "GJ", "TJ", "W", "kW", "MW", "GW", "Wh", "kWh", "MWh",
    "GWh", "TWh", "V", "mV", "kV", "A", "mA", "Ah", "F", "Hz", "kHz", "MHz", "GHz", "rpm", "K",
    "C", "degC", "degF", "deg", "rad", "L", "l", "mL", "ml", "ha", "mol", "mmol", "ppm", "ppb",
    "dB", "lx", "lux", "mph", "kph", "kn", "cfs", "cms", "USD", "EUR", "GBP", "cd",
];

/// Units that make areas and volumes: `m2`, `km3`.
const LENGTHS: &[&str] = &["m", "km", "cm", "mm", "um", "nm", "ft", "in", "mi", "yd"];

/// Units written out, in any case.
const WORDS: &[&str] = &[
    "seconds",
    "minutes",
    "hours",
    "days",
    "months",
    "years",
    "metres",
    "meters",
    "kilometres",
    "kilometers",
    "centimetres",
    "centimeters",
    "millimetres",
    "millimeters",
    "feet",
    "inches",
    "miles",
    "grams",
    "kilograms",
    "tonnes",
    "tons",
    "litres",
    "liters",
    "degrees",
    "celsius",
    "fahrenheit",
    "kelvin",
    "pascal",
    "hectopascal",
    "volts",
    "amperes",
    "watts",
    "hertz",
    "knots",
    "percent",
    "per",
    "cent",
    "dollars",
    "euros",
    "count",
    "counts",
    "number",
    "persons",
    "thousands",
    "millions",
    "dimensionless",
];

/// What may stand above dates, times and texts in a line of units.
const KINDS: &[&str] = &[
    "date",
    "time",
    "datetime",
    "timestamp",
    "utc",
    "gmt",
    "local",
    "text",
    "string",
    "name",
    "code",
    "id",
];

/// Whether `cell` is a unit: in brackets, with a sign that units have, or made of the usual symbols: `kg m-2 s-1`, `W/m2`.
pub(super) fn is_unit(cell: &str) -> bool {
    const LONGEST: usize = 24;
    let cell = cell.trim();
    if cell.is_empty() || cell.chars().count() > LONGEST {
        return false;
    }
    // “$5.50” and “(5)” are numbers.
    let mut formats = NumberFormat::ALL.into_iter();
    if formats.any(|format| undressed(cell.as_bytes(), format).is_some()) {
        return false;
    }
    let bracketed = [('(', ')'), ('[', ']'), ('{', '}')];
    if bracketed
        .iter()
        .any(|&(open, close)| cell.starts_with(open) && cell.ends_with(close))
    {
        return cell.chars().count() > 2;
    }
    if !cell.starts_with(|sign: char| sign.is_ascii_digit())
        && cell.contains([
            '°', '%', '‰', 'µ', 'μ', 'Ω', '²', '³', '€', '£', '$', '℃', '℉',
        ])
    {
        return true;
    }
    // An index: 100 in the year 2020.
    if let Some(base) = cell.strip_suffix("=100") {
        return base.len() == 4 && base.bytes().all(|byte| byte.is_ascii_digit());
    }
    let one_over = cell.strip_prefix('1').filter(|rest| rest.starts_with('/'));
    let cell = one_over.unwrap_or(cell);
    let is_known = |part: &str| {
        SYMBOLS.contains(&part) || WORDS.iter().any(|word| part.eq_ignore_ascii_case(word))
    };
    let begins = cell.starts_with(|sign: char| sign.is_alphabetic() || sign == '/');
    let parts: Vec<&str> = cell
        .split(|sign: char| !sign.is_alphabetic())
        .filter(|part| !part.is_empty())
        .collect();
    // “A12” and “C3” are codes: digits are powers, and alone only lengths have them.
    let mut powers = cell
        .split(|sign: char| !sign.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .peekable();
    let lone = powers.peek().is_some() && parts.len() == 1 && one_over.is_none();
    begins
        && !parts.is_empty()
        && parts.iter().all(|part| is_known(part))
        && powers.all(|power| matches!(power, "1" | "2" | "3" | "4"))
        && (!lone || cell.contains(['-', '^', '/']) || LENGTHS.contains(&parts[0]))
}

/// Whether `cell` may stand above texts or dates in a line of units: nothing, a unit, `yyyy-mm-dd`, or what the column is.
pub(super) fn is_kind(cell: &str, name: &str) -> bool {
    let cell = cell.trim();
    let is_form = |cell: &str| {
        let mut signs = cell.chars();
        cell.to_ascii_lowercase().contains("yy")
            && signs.all(|sign| "ymdhst-/:. ".contains(sign.to_ascii_lowercase()))
    };
    cell.is_empty()
        || cell.eq_ignore_ascii_case(name.trim())
        || KINDS.iter().any(|kind| cell.eq_ignore_ascii_case(kind))
        || is_form(cell)
        || is_unit(cell)
}

/// Whether `cell` is a width and a type, as the tables of the United States Geological Survey have below their names: `14n`.
pub(super) fn is_width(cell: &str) -> bool {
    let width = cell.trim().strip_suffix(['s', 'd', 'n']);
    width.is_some_and(|width| {
        matches!(width.len(), 1..=3) && width.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_from_words_and_numbers() {
        for unit in [
            "°C",
            "mm",
            "(s)",
            "(m/s)",
            "[kg]",
            "[-]",
            "%",
            "µg/m³",
            "W/m2",
            "kg m-2 s-1",
            "m s^-1",
            "1/s",
            "hPa",
            "Degrees Celsius",
            "km/h",
            "US$",
            "2020=100",
            "m³/s",
            "m2",
            "W/m^2",
        ] {
            assert!(is_unit(unit), "{unit}");
        }
        for other in [
            "",
            "-",
            "5",
            "5%",
            "Oslo",
            "x",
            "n/a",
            "AAPL",
            "()",
            "2024-01-31",
            "soon",
            "mm rain",
            "A12",
            "C3",
            "F1",
            "A-76",
            "$5.50",
            "(5)",
        ] {
            assert!(!is_unit(other), "{other}");
        }
        assert!(
            is_kind("yyyy-mm-dd hh:mm", "when")
                && is_kind("Datum", "datum")
                && is_kind("date", "when")
        );
        assert!(!is_kind("Oslo", "city") && !is_kind("days of yore", "city"));
        assert!(is_width("14n") && is_width("5s") && !is_width("5") && !is_width("s"));
    }
}
