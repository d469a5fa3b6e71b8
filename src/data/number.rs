//! A cell's number, in which notation it is written, and why a cell is none.

use std::fmt;

use super::decimal;

/// From here on not every whole number is one that is computed with: 2⁵³.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether the cell is a whole number with more digits than are kept: `value`, as which it is read, is another one.
pub(crate) fn loses_digits(cell: &[u8], value: f64) -> bool {
    let cell = trimmed(cell);
    let digits = match cell {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    // What has a fraction or an exponent was not counted one by one.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let first = digits.iter().position(|&digit| digit != b'0');
    let written = &digits[first.unwrap_or(digits.len())..];
    value.abs() >= EXACT && written != format!("{:.0}", value.abs()).as_bytes()
}

/// How a number's fraction is separated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// 0.5
    #[default]
    Point,
    /// 0,5
    Comma,
}

/// What stands between the thousands of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thousands {
    /// 1234567
    #[default]
    None,
    /// 1,234,567
    Comma,
    /// 1.234.567
    Point,
    /// 1 234 567, with any of the spaces in use: plain, no-break, narrow no-break, thin, as wide as a digit.
    Space,
    /// 1'234'567, with a straight or a curly apostrophe.
    Apostrophe,
}

impl Notation {
    /// The notation by its sign, `.` or `,`, as an experiment writes it.
    pub fn of(sign: &str) -> Option<Self> {
        match sign {
            "." => Some(Notation::Point),
            "," => Some(Notation::Comma),
            _ => None,
        }
    }

    /// The sign before the fraction.
    pub fn sign(self) -> &'static str {
        match self {
            Notation::Point => ".",
            Notation::Comma => ",",
        }
    }
}

impl Thousands {
    /// Every separator, in the order in which they are offered.
    pub const ALL: [Thousands; 5] = [
        Thousands::None,
        Thousands::Comma,
        Thousands::Point,
        Thousands::Space,
        Thousands::Apostrophe,
    ];

    /// The separator by its sign, as an experiment writes it; empty for none.
    pub fn of(sign: &str) -> Option<Self> {
        match sign {
            "" => Some(Thousands::None),
            "," => Some(Thousands::Comma),
            "." => Some(Thousands::Point),
            " " | "\u{a0}" | "\u{202f}" | "\u{2009}" | "\u{2007}" => Some(Thousands::Space),
            "'" | "’" => Some(Thousands::Apostrophe),
            _ => None,
        }
    }

    /// The sign, empty for none.
    pub fn sign(self) -> &'static str {
        match self {
            Thousands::None => "",
            Thousands::Comma => ",",
            Thousands::Point => ".",
            Thousands::Space => " ",
            Thousands::Apostrophe => "'",
        }
    }

    /// How many bytes of `rest` are this separator; 0 if it does not begin with one.
    fn length(self, rest: &[u8]) -> usize {
        const SPACES: [&[u8]; 5] = [
            b" ",
            "\u{2007}".as_bytes(),
            "\u{a0}".as_bytes(),
            "\u{202f}".as_bytes(),
            "\u{2009}".as_bytes(),
        ];
        let one_of = |signs: &[&[u8]]| {
            let sign = signs.iter().find(|sign| rest.starts_with(sign));
            sign.map_or(0, |sign| sign.len())
        };
        match self {
            Thousands::None => 0,
            Thousands::Comma => usize::from(rest.first() == Some(&b',')),
            Thousands::Point => usize::from(rest.first() == Some(&b'.')),
            Thousands::Space => one_of(&SPACES),
            Thousands::Apostrophe => one_of(&[b"'", "’".as_bytes()]),
        }
    }
}

/// How the numbers of a file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberFormat {
    /// Before the fraction.
    pub decimal: Notation,
    /// Between thousands.
    pub thousands: Thousands,
}

impl NumberFormat {
    /// Every format that can be told from its cells. Of several that fit equally well the earlier is taken.
    pub const ALL: [NumberFormat; 8] = {
        const fn of(decimal: Notation, thousands: Thousands) -> NumberFormat {
            NumberFormat { decimal, thousands }
        }
        [
            of(Notation::Point, Thousands::None),
            of(Notation::Comma, Thousands::None),
            of(Notation::Point, Thousands::Comma),
            of(Notation::Comma, Thousands::Point),
            of(Notation::Point, Thousands::Space),
            of(Notation::Comma, Thousands::Space),
            of(Notation::Point, Thousands::Apostrophe),
            of(Notation::Comma, Thousands::Apostrophe),
        ]
    };
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.decimal {
            Notation::Point => "decimal points",
            Notation::Comma => "decimal commas",
        })?;
        f.write_str(match self.thousands {
            Thousands::None => "",
            Thousands::Comma => ", commas between thousands",
            Thousands::Point => ", points between thousands",
            Thousands::Space => ", spaces between thousands",
            Thousands::Apostrophe => ", apostrophes between thousands",
        })
    }
}

/// The finite number in a cell that is written in `format`.
///
/// Spaces around the number are allowed, a currency before or behind it, and brackets, which make it negative. Groups between separators must have three digits, the first one to three and
/// no leading zero: “1,23” and “0,123” have no separator between thousands.
pub(crate) fn parse(cell: &[u8], format: NumberFormat) -> Option<f64> {
    // Nearly every cell of nearly every file: a number as programs write it. It means the same in every format, unless
    // points are something else than decimal. A format in which they separate thousands has decimal commas.
    if (format.decimal == Notation::Point || memchr::memchr(b'.', cell).is_none())
        && let Some(value) = finite(cell)
    {
        return Some(value);
    }
    let cell = trimmed(cell);
    let plain = match cell.first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b',' | 0xE2) => in_format(cell, format),
        _ => None,
    };
    plain.or_else(|| match may_be_dressed(cell) {
        true => undressed(cell, format).map(|(value, _)| value),
        false => None,
    })
}

/// Currencies that stand before or behind a number. Where one is the end of another, the longer comes first.
const CURRENCIES: [&str; 27] = [
    "US$", "HK$", "NZ$", "CA$", "A$", "C$", "R$", "S$", "$", "€", "£", "¥", "￥", "₹", "₩", "₽",
    "₺", "₪", "฿", "EUR", "USD", "GBP", "JPY", "CHF", "CNY", "kr", "zł",
];

/// Whether the first or the last byte could be that of a currency or a bracket: of few cells they are.
fn may_be_dressed(cell: &[u8]) -> bool {
    let odd = |byte: Option<&u8>| {
        matches!(
            byte,
            Some(b'$' | b'(' | b')' | b'A'..=b'Z' | b'k' | b'r' | b'z' | 0x80..)
        )
    };
    let signed = matches!(cell.first(), Some(b'+' | b'-'));
    odd(cell.first())
        || odd(cell.last())
        || cell.last() == Some(&b'-')
        || (signed && odd(cell.get(1)))
}

/// How a number is dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dress {
    /// With a currency.
    Money,
    /// In brackets, or with the minus behind, for a negative one.
    Brackets,
}

/// The number in a cell with a currency, in brackets, or with its minus behind, as bookkeeping has it: “$16.61”, “5,00 €”, “-$5”,
/// “(1,234)”, “59.94-”. `None` for a bare number.
pub(crate) fn undressed(cell: &[u8], format: NumberFormat) -> Option<(f64, Dress)> {
    let cell = str::from_utf8(cell).ok()?.trim();
    let (brackets, rest) = match cell.strip_prefix('(') {
        Some(inner) => (true, inner.strip_suffix(')')?.trim()),
        None => (false, cell),
    };
    let minus = |text: &str| -> Option<String> {
        let rest = text.strip_prefix(['-', '−'])?;
        Some(rest.trim_start().to_owned())
    };
    let (before, rest) = match minus(rest) {
        Some(rest) => (true, rest),
        None => (false, rest.to_owned()),
    };
    let in_front = CURRENCIES.iter().find_map(|sign| rest.strip_prefix(sign));
    let behind = || CURRENCIES.iter().find_map(|sign| rest.strip_suffix(sign));
    let bare = in_front.or_else(behind);
    let money = bare.is_some();
    let bare = bare.unwrap_or(&rest).trim();
    let (after, bare) = match minus(bare).filter(|_| money && !before) {
        Some(bare) => (true, bare),
        None => (false, bare.to_owned()),
    };
    // A dash behind a number is its minus; one alone is a mark for nothing.
    let (behind, bare) = match bare.strip_suffix(['-', '−']).map(str::trim_end) {
        Some(rest) if !before && !after && rest.ends_with(|sign: char| sign.is_ascii_digit()) => {
            (true, rest.to_owned())
        }
        _ => (false, bare),
    };
    if !(money || brackets || behind) || (brackets && (before || after || behind)) {
        return None;
    }
    // Signs are behind: “$--5” is no number.
    if !bare.starts_with(|sign: char| sign.is_ascii_digit() || matches!(sign, '.' | ',')) {
        return None;
    }
    let value = match finite(bare.as_bytes())
        .filter(|_| format.decimal == Notation::Point || !bare.contains('.'))
    {
        Some(value) => value,
        None => in_format(bare.as_bytes(), format)?,
    };
    let negative = brackets || before || after || behind;
    let dress = match money {
        true => Dress::Money,
        false => Dress::Brackets,
    };
    Some((if negative { -value } else { value }, dress))
}

/// The number in a cell with a flag behind or before it, and the flag: “20.0*”, “12.3 e”, “5 [1]”, “<0.5”.
pub(crate) fn flagged(cell: &str, format: NumberFormat) -> Option<(f64, &str)> {
    const LONGEST: usize = 8;
    let cell = cell.trim();
    // “1.#INF” is what some programs write for infinity: no 1 with something beside it.
    let fits = |flag: &str| {
        !flag.is_empty()
            && flag.len() <= LONGEST
            && (!flag.starts_with('#') || flag == "#")
            && flag != "-"
            // A hundredth is a unit.
            && !flag.contains(['%', '‰'])
    };
    let read = |text: &str, flag| parse(text.trim().as_bytes(), format).map(|value| (value, flag));
    // A remark in brackets may have digits.
    if let Some(open) = cell.rfind(['[', '(', '{'])
        && cell.ends_with([']', ')', '}'])
        && open > 0
    {
        let (number, flag) = cell.split_at(open);
        return read(number, flag).filter(|_| fits(flag));
    }
    let digit = |sign: char| sign.is_ascii_digit();
    if let Some(last) = cell.rfind(digit) {
        // A point behind the last digit belongs to it.
        let end = last
            + 1
            + usize::from(cell[last + 1..].starts_with(['.', ',']) && cell.len() > last + 2);
        let (number, flag) = cell.split_at(end);
        let flag = flag.trim();
        if fits(flag) {
            return read(number, flag);
        }
    }
    let first = cell
        .find(|sign: char| sign.is_ascii_digit() || matches!(sign, '+' | '-' | '.' | ',' | '−'))?;
    let (flag, number) = cell.split_at(first);
    let is_sign = flag.trim().chars().all(|sign| !sign.is_alphanumeric());
    read(number, flag.trim()).filter(|_| is_sign && fits(flag.trim()))
}

/// The number as programs write it, rounded correctly. The parser also takes “inf” and “nan”: not finite.
fn finite(digits: &[u8]) -> Option<f64> {
    if let Some(value) = decimal::parse(digits) {
        return Some(value);
    }
    let value: f64 = fast_float2::parse(digits).ok()?;
    value.is_finite().then_some(value)
}

/// The cell without blank space around it, no-break spaces included.
fn trimmed(cell: &[u8]) -> &[u8] {
    match str::from_utf8(cell) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => cell.trim_ascii(),
    }
}

fn in_format(cell: &[u8], format: NumberFormat) -> Option<f64> {
    const USUAL: usize = 64;
    let (mut short, mut long);
    let plain: &mut [u8] = if cell.len() <= USUAL {
        short = [0; USUAL];
        &mut short
    } else {
        long = vec![0; cell.len()];
        &mut long
    };
    // What is written is never longer than what was read.
    let mut written = 0;
    let mut put = |byte: u8| {
        if let Some(place) = plain.get_mut(written) {
            *place = byte;
            written += 1;
        }
    };
    let mut rest = cell;
    if let Some(after) = rest.strip_prefix("−".as_bytes()) {
        put(b'-');
        rest = after;
    } else if let [sign @ (b'+' | b'-'), after @ ..] = rest {
        put(*sign);
        rest = after;
    }
    let leading_zero = rest.first() == Some(&b'0');
    let decimal = match format.decimal {
        Notation::Point => b'.',
        Notation::Comma => b',',
    };
    // Digits since the last separator.
    let mut digits = 0;
    let mut grouped = false;
    while let Some((&byte, after)) = rest.split_first() {
        let separator = format.thousands.length(rest);
        if byte.is_ascii_digit() {
            digits += 1;
            put(byte);
            rest = after;
        } else if separator > 0 {
            let fits = match grouped {
                false => (1..=3).contains(&digits) && !leading_zero,
                true => digits == 3,
            };
            if !fits {
                return None;
            }
            (grouped, digits) = (true, 0);
            rest = &rest[separator..];
        } else {
            break;
        }
    }
    if grouped && digits != 3 {
        return None;
    }
    if let [first, after @ ..] = rest
        && *first == decimal
    {
        put(b'.');
        rest = after;
    }
    // Fraction and exponent; whether they are some is for the parser to say.
    for &byte in rest {
        match byte {
            b'0'..=b'9' | b'e' | b'E' | b'+' | b'-' => put(byte),
            _ => return None,
        }
    }
    let written = written;
    finite(&plain[..written])
}

/// Whether the cell is money with three digits behind the sign before the fraction.
fn is_thousandth_of_money(cell: &[u8], format: NumberFormat) -> bool {
    const DIGITS: usize = 3;
    let Some(last) = cell.iter().rposition(u8::is_ascii_digit) else {
        return false;
    };
    let digits = cell[..=last]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit());
    let before = (last + 1).checked_sub(DIGITS + 1).map(|at| &cell[at..=at]);
    digits.count() == DIGITS
        && before == Some(format.decimal.sign().as_bytes())
        && undressed(cell, format).is_some_and(|(_, dress)| dress == Dress::Money)
}

/// Which formats fit the cells seen.
///
/// The format that most numbers can be read in is the file's: “1,234” can be read in two, but “1,5” beside it in one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    fitting: [usize; NumberFormat::ALL.len()],
    /// Some cells that are read as another number in another format, the first of each pair of formats.
    differing: Vec<String>,
}

impl Evidence {
    /// Notes in which formats `cell` is a number.
    pub(crate) fn add(&mut self, cell: &[u8]) {
        const KEPT: usize = 16;
        let cell = trimmed(cell);
        let cell = cell.strip_suffix(b"%").unwrap_or(cell);
        // A whole number is the same in all formats and tells nothing.
        if cell.is_empty() || cell.iter().all(u8::is_ascii_digit) {
            return;
        }
        let mut read = NumberFormat::ALL.map(|format| {
            // Nobody writes money to a thousandth: “$1,234” has a separator between thousands.
            parse(cell, format).filter(|_| !is_thousandth_of_money(cell, format))
        });
        for (count, value) in self.fitting.iter_mut().zip(read) {
            *count += usize::from(value.is_some());
        }
        read.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let mut values = read.iter().flatten();
        if let (Some(least), Some(most)) = (values.next(), values.next_back())
            && least != most
            && self.differing.len() < KEPT
        {
            self.differing
                .push(String::from_utf8_lossy(cell).into_owned());
        }
    }

    /// The format that fits most cells among those that `allowed` lets through.
    ///
    /// Where several fit equally well: the one without separators between thousands; where the comma delimits fields, a
    /// comma within a field stands between thousands, otherwise before the fraction.
    pub(crate) fn format(
        &self,
        comma_delimits: bool,
        allowed: impl Fn(NumberFormat) -> bool,
    ) -> Option<NumberFormat> {
        let mut formats: Vec<(usize, NumberFormat)> = self
            .fitting
            .into_iter()
            .zip(NumberFormat::ALL)
            .filter(|&(_, format)| allowed(format))
            .collect();
        if comma_delimits {
            // A stable sort: points before commas.
            formats.sort_by_key(|(_, format)| format.decimal == Notation::Comma);
        }
        // max_by_key keeps the last of equals.
        let best = formats.into_iter().rev().max_by_key(|&(count, _)| count);
        best.map(|(_, format)| format)
    }

    /// A cell that `chosen` reads as one number and a format that fits just as well as another, if there is one.
    pub(crate) fn doubt(&self, chosen: NumberFormat) -> Option<(&str, f64, f64)> {
        let count = |wanted: NumberFormat| {
            let formats = NumberFormat::ALL.into_iter();
            formats
                .zip(self.fitting)
                .find(|(format, _)| *format == wanted)
                .map_or(0, |(_, count)| count)
        };
        let rivals = || {
            NumberFormat::ALL
                .into_iter()
                .filter(|&rival| count(rival) == count(chosen))
        };
        self.differing.iter().find_map(|cell| {
            let value = parse(cell.as_bytes(), chosen)?;
            let other = rivals()
                .filter_map(|rival| parse(cell.as_bytes(), rival))
                .find(|&other| other != value)?;
            Some((cell.as_str(), value, other))
        })
    }
}

/// Whether the cell is a usual way of writing that a value is missing: as pandas, R, databases and spreadsheets do.
pub(crate) fn is_missing(cell: &[u8]) -> bool {
    const LONGEST: usize = 14;
    let cell = trimmed(cell);
    let Some(&first) = cell.first() else {
        return true;
    };
    if cell.len() > LONGEST {
        return false;
    }
    let alone = |sign: &str| {
        let whole = cell.len().is_multiple_of(sign.len());
        whole
            && cell
                .chunks(sign.len())
                .all(|chunk| chunk == sign.as_bytes())
    };
    // By the first byte, as most cells of a column of texts begin otherwise.
    let marks: &[&str] = match first.to_ascii_lowercase() {
        b'n' => &[
            "na", "n/a", "nan", "null", "none", "nat", "n.a.", "n.a", "n.d.", "nil", "n/d", "nan%",
        ],
        b'-' if alone("-") => return true,
        b'-' => &["-nan", "-1.#ind", "-1.#qnan", "-nan(ind)"],
        b'.' | b'?' | b'*' => return alone(".") || alone("?") || alone("*"),
        b':' => return cell == b":" || is_flagged_colon(cell),
        b'#' => &[
            "#n/a", "#na", "#n/a n/a", "#div/0!", "#num!", "#value!", "#ref!", "#name?", "#null!",
            "#n/a!", "#nv", "#n/d", "#wert!", "#bezug!", "#zahl!", "#valeur!", "#nombre!",
            "#calc!", "#spill!", "#error!",
        ],
        b'<' => &["<na>", "<null>", "<none>", "<n/a>", "<nan>"],
        b'(' => &[
            "(na)", "(n/a)", "(null)", "(none)", "(nan)", "(blank)", "(-)",
        ],
        b'[' => &["[na]", "[n/a]", "[null]"],
        b'\\' => &["\\n"],
        b'+' => &["+nan"],
        b'm' => &["missing"],
        b'1' => &["1.#qnan", "1.#ind", "1.#snan"],
        b'e' => return is_error_number(cell),
        // Between two lines, as German offices write it.
        0xC2 => return alone("·"),
        0xE2 => return alone("–") || alone("—") || alone("−") || alone("…"),
        _ => return false,
    };
    marks
        .iter()
        .any(|mark| cell.eq_ignore_ascii_case(mark.as_bytes()))
}

/// Whether the cell is a word that says that there is no value where numbers are expected; elsewhere it may say something else.
pub(crate) fn is_word_for_missing(cell: &str) -> bool {
    const WORDS: [&str; 33] = [
        "unavailable",
        "unknown",
        "nd",
        "k.a.",
        "k. a.",
        "k.a",
        "s.o.",
        "s. o.",
        "not available",
        "no data",
        "nodata",
        // What offices may not tell or do not know.
        "/",
        "n.v.",
        "n.b.",
        "n/v",
        "n.e.",
        "suppressed",
        "confidential",
        "not measured",
        "no value",
        // What measures says so of itself.
        "bad",
        "bad input",
        "i/o timeout",
        "timeout",
        "no signal",
        "sensor fault",
        "fault",
        "error",
        "invalid",
        "offline",
        "shutdown",
        "pt created",
        "calc failed",
    ];
    let cell = cell.trim();
    WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// “: c”: Eurostat's mark with the reason behind it.
fn is_flagged_colon(cell: &[u8]) -> bool {
    let flag = cell.get(1..).unwrap_or_default().trim_ascii();
    matches!(flag, [b'a'..=b'z'] | [b'a'..=b'z', b'a'..=b'z'])
}

/// “Err:502”, as LibreOffice writes what it cannot compute.
fn is_error_number(cell: &[u8]) -> bool {
    let number = cell.get(4..).unwrap_or_default();
    let begins = cell
        .get(..4)
        .is_some_and(|begin| begin.eq_ignore_ascii_case(b"err:"));
    begins && !number.is_empty() && number.iter().all(u8::is_ascii_digit)
}

/// What to try when `cell` is no number; a sentence.
pub(crate) fn hint(cell: &str) -> &'static str {
    let cell = cell.trim();
    let starts_as_number = cell
        .trim_start_matches(['+', '-', '−'])
        .starts_with(|c: char| c.is_ascii_digit());
    let elsewhere = || {
        let mut formats = NumberFormat::ALL.into_iter();
        formats.any(|format| parse(cell.as_bytes(), format).is_some())
    };
    if is_missing(cell.as_bytes()) {
        "Fill in the value, or choose how missing values are to be treated."
    } else if matches!(
        cell.to_ascii_lowercase().trim_start_matches(['+', '-']),
        "inf" | "infinity" | "1.#inf" | "∞"
    ) || cell.parse::<f64>().is_ok_and(f64::is_infinite)
    {
        "Replace it by a finite number, of at most 1e140 if it is to be learned from."
    } else if elsewhere() {
        "Write it as the rest of the column, or say which signs stand before the fraction and between thousands."
    } else if starts_as_number && cell.ends_with('%') {
        "Write all numbers of the column with a percent sign or all without."
    } else if flagged(cell, NumberFormat::default()).is_some_and(|(_, flag)| {
        let letters = flag.chars().filter(|sign| sign.is_alphabetic()).count();
        letters < 2
    }) {
        "Leave out what stands beside numbers (strip_flags), or correct the cell."
    } else if starts_as_number && cell.matches(['-', '/', ':', '.']).count() >= 2 {
        "This looks like a date or time. Use the column as time, not as feature or target."
    } else if starts_as_number && cell.contains(',') {
        "Write the number with digits and the signs of the other numbers alone."
    } else if starts_as_number {
        "Keep the number alone, a unit belongs in the header."
    } else {
        "Correct the cell, or choose another column."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, decimal: &str, thousands: &str) -> Option<f64> {
        let format = NumberFormat {
            decimal: Notation::of(decimal).unwrap(),
            thousands: Thousands::of(thousands).unwrap(),
        };
        parse(cell.as_bytes(), format)
    }

    #[test]
    fn numbers_as_files_write_them() {
        assert_eq!(read("1700", ".", ""), Some(1700.0));
        assert_eq!(read(" -1.5e-3 ", ".", ""), Some(-0.0015));
        assert_eq!(read("+.5", ".", ""), Some(0.5));
        assert_eq!(read("5.", ".", ""), Some(5.0));
        assert_eq!(read("5\u{a0}", ".", ""), Some(5.0));
        assert_eq!(read("−5", ".", ""), Some(-5.0));
        assert_eq!(read("1,5", ",", ""), Some(1.5));
        assert_eq!(read("-,5e2", ",", ""), Some(-50.0));
    }

    #[test]
    fn separators_between_thousands_are_read_where_they_are_expected() {
        assert_eq!(read("1.234,5", ",", "."), Some(1234.5));
        assert_eq!(read("1,234.5", ".", ","), Some(1234.5));
        assert_eq!(read("-1,234,567", ".", ","), Some(-1_234_567.0));
        for space in [" ", "\u{a0}", "\u{202f}", "\u{2009}"] {
            assert_eq!(
                read(&format!("12{space}345,25"), ",", " "),
                Some(12_345.25),
                "{space:?}"
            );
        }
        assert_eq!(read("1'234.5", ".", "'"), Some(1234.5));
        assert_eq!(read("1’234", ".", "'"), Some(1234.0));
        // The point stands between thousands or is no number, never silently before a fraction.
        assert_eq!(read("1.234", ",", "."), Some(1234.0));
        assert_eq!(read("1.5", ",", "."), None);
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for cell in [
            "", "n/a", "inf", "NaN", "-inf", "1e999", "1,5", "1 000", "0x10", "1.2.3", "e", "5 kg",
            "--5", "1_000", "½",
        ] {
            assert_eq!(read(cell, ".", ""), None, "{cell}");
        }
        for cell in ["1,234,567", "1.234,5", "1,234.5", "1.5"] {
            assert_eq!(read(cell, ",", ""), None, "{cell}");
        }
        for cell in [
            "1,23",
            "12,34,567",
            "0,123",
            "1234,567",
            ",123",
            "1,,234",
            "1,234,",
            "1.234,567",
        ] {
            assert_eq!(read(cell, ".", ","), None, "{cell}");
        }
        let digits = "9".repeat(400);
        assert_eq!(read(&digits, ",", "."), None);
        assert_eq!(read(&format!("0,{digits}"), ",", "."), Some(1.0));
    }

    #[test]
    fn money_and_brackets_are_numbers() {
        for (cell, decimal, thousands, expected) in [
            ("$16.61", ".", "", 16.61),
            (" $ 1,234.50 ", ".", ",", 1234.5),
            ("-$5", ".", "", -5.0),
            ("$-5", ".", "", -5.0),
            ("−£5.5", ".", "", -5.5),
            ("5,00 €", ",", "", 5.0),
            ("1.234,50\u{a0}€", ",", ".", 1234.5),
            ("€12", ".", "", 12.0),
            ("¥1,200", ".", ",", 1200.0),
            ("US$7", ".", "", 7.0),
            ("12.5 EUR", ".", "", 12.5),
            ("R$ 1.234,5", ",", ".", 1234.5),
            ("(1,234)", ".", ",", -1234.0),
            ("(2,000.50)", ".", ",", -2000.5),
            ("($5.25)", ".", "", -5.25),
            ("(.5)", ".", "", -0.5),
            ("59.94-", ".", "", -59.94),
            ("1.234,50 -", ",", ".", -1234.5),
            ("5,00- €", ",", "", -5.0),
        ] {
            assert_eq!(read(cell, decimal, thousands), Some(expected), "{cell}");
        }
        for cell in [
            "$", "()", "(-5)", "$--5", "(5", "5)", "$5x", "A5", "5 kg", "$5 €", "(a)", "(1 of 2)",
            "−", "Kr", "-5-", "5--", "(5-)", "-",
        ] {
            assert_eq!(read(cell, ".", ""), None, "{cell}");
        }
    }

    #[test]
    fn a_flag_beside_a_number_is_told_from_it() {
        let told = |cell| flagged(cell, NumberFormat::default());
        for (cell, value, flag) in [
            ("20.0*", 20.0, "*"),
            ("12.3 e", 12.3, "e"),
            ("-4 (p)", -4.0, "(p)"),
            ("5 [12]", 5.0, "[12]"),
            ("7.25†", 7.25, "†"),
            ("1e", 1.0, "e"),
            ("<0.5", 0.5, "<"),
            ("~ 8", 8.0, "~"),
            ("3.5A", 3.5, "A"),
            ("5.2 est.", 5.2, "est."),
        ] {
            assert_eq!(told(cell), Some((value, flag)), "{cell}");
        }
        for cell in [
            "20.0",
            "",
            "*",
            "abc",
            "a5",
            "2021-03-01",
            "5 and more words",
            "12:30",
            "1.2.3*",
            "5%",
            "5 ‰",
        ] {
            assert_eq!(told(cell), None, "{cell}");
        }
    }

    #[test]
    fn the_format_that_fits_most_cells_is_the_files() {
        let format = |cells: &[&str], comma_delimits| {
            let mut evidence = Evidence::default();
            cells.iter().for_each(|cell| evidence.add(cell.as_bytes()));
            let format = evidence.format(comma_delimits, |_| true).unwrap();
            let doubt = evidence
                .doubt(format)
                .map(|(_, value, other)| (value, other));
            (format.decimal.sign(), format.thousands.sign(), doubt)
        };
        assert_eq!(format(&["1", "2"], false), (".", "", None));
        assert_eq!(format(&["1.5", "1.234"], false), (".", "", None));
        assert_eq!(format(&["1,5", "1,234"], false), (",", "", None));
        assert_eq!(format(&["1,5", "1.234"], false), (",", ".", None));
        assert_eq!(format(&["0.5", "1,234"], true), (".", ",", None));
        assert_eq!(format(&["1 234", "1,5"], false), (",", " ", None));
        assert_eq!(format(&["1'234.5"], false), (".", "'", None));
        // These could be either: the doubt is told.
        let doubt = Some((1.234, 1234.0));
        assert_eq!(format(&["1,234"], false), (",", "", doubt));
        assert_eq!(format(&["1.234"], false), (".", "", doubt));
        let doubt = Some((1234.0, 1.234));
        assert_eq!(format(&["1,234"], true), (".", ",", doubt));
    }

    #[test]
    fn missing_marks_are_known_in_any_case() {
        for cell in [
            "", " ", "NA", "NaN", "nan", "N/A", "null", "NULL", "None", "-", "–", "?", ".", ":",
            "*", "***", " ? ",
        ] {
            assert!(is_missing(cell.as_bytes()), "{cell}");
        }
        // pandas 2 (na_values), R, PostgreSQL and MySQL, spreadsheets in three languages, Windows' printf, statistical offices.
        for cell in [
            "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
            "<NA>", "NaT", "\\N", "(null)", "[NULL]", "missing", "#DIV/0!", "#VALUE!", "#REF!",
            "#NAME?", "#NUM!", "#NV", "#WERT!", "#N/D", "Err:502", "N.A.", "n.a.", "(NA)", "(na)",
            "--", "---", "-----", "....", "??", "…", ": c", ":u", "+nan",
        ] {
            assert!(is_missing(cell.as_bytes()), "{cell}");
        }
        for cell in [
            "0", "no", "n", "--5", "nada", "#1", "(1)", "err", "-1", "..5", ":-)", "NAN0",
            "Nathan", "*a", "\\n\\n",
        ] {
            assert!(!is_missing(cell.as_bytes()), "{cell}");
        }
    }

    #[test]
    fn the_hint_fits_the_cell() {
        assert!(hint("n/a").contains("Fill in"));
        assert!(hint("1e999").contains("finite"));
        assert!(hint("1,5").contains("fraction"));
        assert!(hint("2020-01-31").contains("date"));
        assert!(hint("5 kg").contains("unit"));
        assert!(hint("5%").contains("percent"));
        for cell in ["inf", "-Infinity", "1.#INF", "-1.#inf", "∞", "1e400"] {
            assert!(
                hint(cell).starts_with("Replace it by a finite number"),
                "{cell}"
            );
        }
        assert!(hint("20.0*").contains("strip_flags"));
        assert!(hint("12.3 e").contains("strip_flags"));
        assert!(hint("Paris").contains("another column"));
    }
}
