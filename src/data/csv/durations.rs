//! Durations → seconds: `00:07:51`, `26:10:00`, `5:12`, `0 days 00:05:00`, `1h 23m`, `PT5M`.
//!
//! A clock time is written so too. What goes beyond 24 hours is none, nor is what its column's name calls a duration, or what
//! stays below an hour and goes up and down. What only rises is left alone: it tells when a row was.

/// How the durations of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `h:mm:ss`, perhaps with days before and a fraction behind; and `mm:ss`.
    Minutes,
    /// The same; but what has one colon is `h:mm`.
    Hours,
    /// `1h 23m 4s`, `PT1H23M4S`.
    Units,
}

/// The seconds of a day.
const DAY: f64 = 86_400.0;

/// Words in the name of a column of durations.
const WORDS: [&str; 38] = [
    "duration",
    "durations",
    "aht",
    "acw",
    "asa",
    "pace",
    "elapsed",
    "spent",
    "took",
    "split",
    "lap",
    "laps",
    "handle",
    "handling",
    "waiting",
    "wait",
    "talk",
    "hold",
    "hours",
    "downtime",
    "uptime",
    "runtime",
    "length",
    "session",
    "dauer",
    "zeitdauer",
    "laufzeit",
    "fahrzeit",
    "standzeit",
    "arbeitszeit",
    "spieldauer",
    "durée",
    "duree",
    "durata",
    "duración",
    "duracion",
    "duração",
    "duur",
];

/// Words in the name of a column whose durations are in hours and minutes.
const HOURS: [&str; 11] = [
    "hours",
    "stunden",
    "heures",
    "horas",
    "ore",
    "uren",
    "h:mm",
    "hh:mm",
    "sleep",
    "schlaf",
    "arbeitszeit",
];

/// How the cells of a column called `name` are written, if they are durations and not clock times.
pub(super) fn form<'a, Cells: Iterator<Item = &'a str>>(
    name: &str,
    cells: impl Fn() -> Cells,
) -> Option<Form> {
    const HOUR: f64 = 3600.0;
    /// How many different ones there must be where nothing but their size tells.
    const DIFFERENT: usize = 6;
    let first = cells().next()?;
    if !first.contains(':') {
        // One unit alone may be metres as well, or what is told of otherwise.
        let mut several = false;
        for cell in cells() {
            several |= with_units(cell)?.1 > 1;
        }
        return several.then_some(Form::Units);
    }
    let lower = name.to_lowercase();
    let has_one_of = |known: &[&str]| {
        let mut words = lower.split(|sign: char| sign.is_whitespace() || "_-/.()[]".contains(sign));
        words.any(|word| known.contains(&word))
    };
    let form = match has_one_of(&HOURS) {
        true => Form::Hours,
        false => Form::Minutes,
    };
    let (mut colons, mut values, mut signed, mut padded) = (usize::MAX, Vec::new(), false, false);
    for cell in cells() {
        values.push(seconds(cell, form)?);
        colons = colons.min(cell.matches(':').count());
        signed |= cell.starts_with(['-', '−']) || cell.contains("day");
        padded |= cell.contains(":0");
    }
    let (mut rises, mut falls) = (0, 0);
    for pair in values.windows(2) {
        rises += usize::from(pair[1] > pair[0]);
        falls += usize::from(pair[1] < pair[0]);
    }
    // What rises and falls now and then begins again with each lap or day.
    let named = has_one_of(&WORDS);
    let steps = if named { 10 } else { 5 };
    if steps * falls <= rises {
        return None;
    }
    let most = values.iter().copied().fold(0.0, f64::max);
    let beyond = match (form, colons) {
        // More minutes than a day has hours. Results of games are written so too, but without zeros.
        (Form::Minutes, 1) => most >= 24.0 * 60.0 && padded,
        _ => most >= DAY,
    };
    if beyond || signed || named {
        return Some(form);
    }
    let mut different: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
    different.sort_unstable();
    different.dedup();
    (colons > 1 && most < HOUR && different.len() >= DIFFERENT && 5 * rises > falls).then_some(form)
}

/// The seconds of a duration.
pub(super) fn seconds(cell: &str, form: Form) -> Option<f64> {
    let cell = cell.trim();
    if form == Form::Units {
        return with_units(cell).map(|(seconds, _)| seconds);
    }
    let (sign, cell) = match cell.strip_prefix(['-', '−']) {
        Some(rest) => (-1.0, rest.trim_start()),
        None => (1.0, cell),
    };
    let (days, clock) = match cell.split_once(" day") {
        Some((days, rest)) => {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            (whole(days)?, rest.trim_start_matches([',', ' ', '+']))
        }
        None => (0.0, cell),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, last) = match (&parts[..], form) {
        ([hours, minutes, last], _) => (whole(hours)?, sixtieths(minutes)?, *last),
        ([hours, minutes], Form::Hours) => (whole(hours)?, sixtieths(minutes)?, "00"),
        ([minutes, last], _) => (0.0, whole(minutes)?, *last),
        _ => return None,
    };
    let (last, fraction) = match last.split_once(['.', ',']) {
        Some((last, digits)) => (last, whole(digits)? / 10f64.powi(digits.len() as i32)),
        None => (last, 0.0),
    };
    let second = sixtieths(last)?;
    Some(sign * (DAY * days + 3600.0 * hours + 60.0 * minutes + second + fraction))
}

/// Digits alone.
fn whole(part: &str) -> Option<f64> {
    const LONGEST: usize = 9;
    let digits =
        (1..=LONGEST).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse().ok().filter(|_| digits)
}

/// Two digits below 60.
fn sixtieths(part: &str) -> Option<f64> {
    whole(part).filter(|value| part.len() == 2 && *value < 60.0)
}

/// The seconds of “1h 23m 4s”, “2 min 5 s” or “PT1H23M4S”, and how many units it has.
fn with_units(cell: &str) -> Option<(f64, usize)> {
    let lower = cell.trim().to_ascii_lowercase();
    let iso = lower.strip_prefix('p');
    let mut rest = match iso.map(|rest| rest.split_once('t')) {
        Some(Some(("", clock))) => clock,
        // A month is no fixed number of seconds.
        Some(_) => return None,
        None => &lower,
    };
    // Nothing else begins with these letters.
    let mut units = usize::from(iso.is_some());
    let (mut total, mut last) = (0.0, f64::INFINITY);
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !(sign.is_ascii_digit() || matches!(sign, '.' | ',')))?;
        let (number, behind) = rest.split_at(end);
        let number: f64 = number.replace(',', ".").parse().ok()?;
        let behind = behind.trim_start();
        let end = behind.find(|sign: char| !sign.is_ascii_alphabetic());
        let (unit, behind) = behind.split_at(end.unwrap_or(behind.len()));
        let size = match unit {
            "d" | "day" | "days" => DAY,
            "h" | "hr" | "hrs" | "std" | "hour" | "hours" => 3600.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            _ => return None,
        };
        // From large to small, each once.
        if size >= last {
            return None;
        }
        (total, last, units) = (total + size * number, size, units + 1);
        rest = behind.trim_start_matches([' ', ',']);
    }
    (last < f64::INFINITY).then_some((total, units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, cells: &[&str]) -> Option<Vec<f64>> {
        let form = form(name, || cells.iter().copied())?;
        cells.iter().map(|cell| seconds(cell, form)).collect()
    }

    #[test]
    fn durations_are_seconds() {
        for (name, cells, expected) in [
            ("AHT", ["00:07:51", "00:05:58"], [471.0, 358.0]),
            ("x", ["26:10:00", "3:00:00.5"], [94_200.0, 10_800.5]),
            ("Pace", ["5:12", "4:58"], [312.0, 298.0]),
            ("x", ["45:02", "4:58"], [2702.0, 298.0]),
            ("Hours worked", ["38:30", "7:15"], [138_600.0, 26_100.0]),
            (
                "x",
                ["1 days 00:00:01", "0 days 00:05:00"],
                [86_401.0, 300.0],
            ),
            ("x", ["PT1H2M", "PT5M3.5S"], [3720.0, 303.5]),
            ("x", ["1h 23m", "2 min 5 s"], [4980.0, 125.0]),
        ] {
            assert_eq!(
                read(name, &cells),
                Some(expected.to_vec()),
                "{name} {cells:?}"
            );
        }
    }

    #[test]
    fn clock_times_and_what_only_rises_are_left_alone() {
        for (name, cells) in [
            ("Time", ["08:15:00", "17:40:10", "09:00:00"]),
            ("Time", ["08:15", "17:40", "09:00"]),
            ("elapsed", ["00:00:01", "00:00:02", "00:00:03"]),
            ("lap", ["one", "two", "1:00"]),
            ("Length", ["5 m", "7 m", "6 m"]),
            ("Score", ["2:1", "0:3", "1:0"]),
            ("Score", ["28:31", "25:27", "31:30"]),
        ] {
            assert_eq!(read(name, &cells), None, "{name} {cells:?}");
        }
    }
}
