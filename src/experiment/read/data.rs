//! `[data]` and `[baseline]`.

use std::collections::BTreeMap;

use toml_edit::Value;

use super::section::{Entry, Report, Section};
use crate::baseline::lags::RANGE as LAGS;
use crate::baseline::{Criterion, Method};
use crate::data::csv::{Comment, Encoding, Mark, Quotes};
use crate::data::nearest::nearest;
use crate::data::sequences::TextSpec;
use crate::data::{
    Asked, CsvOptions, LabelAt, Missing, Notation, Parameters, Scale, SequenceSpec, TestFrom,
    Thousands, TimeFrom, tasks,
};
use crate::experiment::{BaselineSpec, CsvData, Data, Lags, TaskData, TextData};

const COLUMN: &str = "the name of a column";

/// `None` if something about it is wrong, which is then reported.
pub(super) fn data(root: &mut Section, report: &mut Report) -> Option<Data> {
    const HINT: &str =
        "Write csv = \"file.csv\", text_file = \"file.txt\" or task = \"latch\" below [data].";
    let before = report.len();
    let mut section = root.section(report, "data");
    if !section.is_present() {
        if report.len() == before {
            root.missing(report, "data", "a table with csv, text_file or task", HINT);
        }
        return None;
    }
    let sources = ["csv", "text_file", "task"].map(|key| section.get(key));
    let mut given = sources.iter().flatten();
    let Some(first) = given.next() else {
        section.missing(report, "csv", "one of csv, text_file and task", HINT);
        return None;
    };
    if let Some(second) = given.next() {
        report.add(
            second.offset,
            &second.path,
            format!("both {} and {}", first.key(), second.key()),
            "one of them",
            "Delete the one that is not meant, with its own settings.",
        );
        return None;
    }
    match sources {
        [Some(_), _, _] => csv(section, report).map(Data::Csv),
        [_, Some(_), _] => text_file(section, report).map(Data::Text),
        [_, _, task] => task_data(&section, &task?, report).map(Data::Task),
    }
}

fn csv(mut section: Section, report: &mut Report) -> Option<CsvData> {
    let path = section.text(
        report,
        "csv",
        "the path of a file",
        "For example csv = \"sunspots.csv\".",
    );
    let asked = asked(&mut section, report);
    let data = CsvData {
        path: path.unwrap_or_default(),
        sha256: sha256(&mut section, report),
        options: options(&mut section, report),
        rows_are_series: section
            .truth(
                report,
                "rows_are_series",
                "Without it, rows are steps of time.",
            )
            .unwrap_or(false),
        sequences: SequenceSpec {
            asked,
            time: time(&mut section, report),
            group: group(&mut section, report),
            sort: section
                .truth(
                    report,
                    "sort",
                    "Without it, rows stay in the order of the file.",
                )
                .unwrap_or(false),
            missing: named(
                &mut section,
                report,
                "missing",
                &Missing::ALL.map(|m| (m.name(), m)),
            ),
            scale: named(
                &mut section,
                report,
                "scale",
                &Scale::ALL.map(|s| (s.name(), s)),
            ),
            test: test_part(&mut section, report),
        },
    };
    section.finish(report);
    Some(data)
}

/// The columns that tell series apart; none if there are none.
fn group(section: &mut Section, report: &mut Report) -> Vec<String> {
    let Some(entry) = section.get("group") else {
        return Vec::new();
    };
    let one = entry.item.as_str().filter(|name| !name.is_empty());
    one.map(|name| vec![name.to_owned()])
        .or_else(|| names(&entry))
        .unwrap_or_else(|| {
            let hint = "For example group = \"station\", or group = [\"store\", \"item\"].";
            report.refuse(&entry, format!("{COLUMN}, or a list of them"), hint);
            Vec::new()
        })
}

/// The columns that tell the time, or none.
fn time(section: &mut Section, report: &mut Report) -> TimeFrom {
    let Some(entry) = section.get("time") else {
        return TimeFrom::Usual;
    };
    match (entry.item.as_str(), entry.item.as_bool()) {
        (Some(name), _) if !name.is_empty() => TimeFrom::Column(name.to_owned()),
        (_, Some(false)) => TimeFrom::Rows,
        _ if entry.item.is_array() && names(&entry).is_some() => {
            TimeFrom::chosen(names(&entry).unwrap_or_default(), [])
        }
        _ => {
            let expected = format!(
                "{COLUMN}, a list of columns that make a time together, or false to count rows"
            );
            let hint = "Without it, a column called date, time, year or the like is taken.";
            report.refuse(&entry, expected, hint);
            TimeFrom::Usual
        }
    }
}

/// One of several names; the default if absent or wrong.
fn named<T: Copy + Default>(
    section: &mut Section,
    report: &mut Report,
    key: &'static str,
    choices: &[(&'static str, T)],
) -> T {
    let chosen = section.choice(report, key, choices, T::default());
    chosen.unwrap_or_default()
}

/// What is asked: a text's class or next character, a label, or a forecast.
fn asked(section: &mut Section, report: &mut Report) -> Asked {
    let label_hint = "For example label = \"kind\".";
    let text = section.text(report, "text", COLUMN, "For example text = \"name\".");
    let label = section.text(report, "label", COLUMN, label_hint);
    let (has_text, has_label) = ["text", "label"]
        .map(|key| section.peek(key).is_some())
        .into();
    if let Some(text) = text.filter(|_| has_text) {
        return Asked::Symbols { text, label };
    }
    let window = |section: &mut Section, report: &mut Report| {
        section.whole(report, "window", 1..=10_000, 20) as usize
    };
    if has_label {
        let at = LabelAt::ALL.map(|at| (at.name(), Some(at)));
        return Asked::Classify {
            features: features(section, report, None),
            label: label.unwrap_or_default(),
            label_at: section.choice(report, "label_at", &at, None).flatten(),
            window: window(section, report),
        };
    }
    let targets = targets(section, report);
    Asked::Forecast {
        features: features(section, report, Some(&targets)),
        targets,
        window: window(section, report),
        horizon: section.whole(report, "horizon", 1..=10_000, 1) as usize,
        steps: section.whole(report, "steps", 1..=1_000, 1) as usize,
    }
}

/// One or more names of columns; `None` if it is something else.
fn names(entry: &Entry) -> Option<Vec<String>> {
    let array = entry.item.as_array()?;
    let names: Option<Vec<String>> = array
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect();
    names.filter(|names| !names.is_empty())
}

fn targets(section: &mut Section, report: &mut Report) -> Vec<String> {
    const EXPECTED: &str = "the name of the column to forecast";
    const HINT: &str = "For example target = \"value\".";
    let Some(entry) = section.get("target") else {
        section.missing(report, "target", EXPECTED, HINT);
        return Vec::new();
    };
    let one = entry.item.as_str().filter(|name| !name.is_empty());
    match one
        .map(|name| vec![name.to_owned()])
        .or_else(|| names(&entry))
    {
        Some(targets) => targets,
        None => {
            report.refuse(&entry, format!("{EXPECTED}, or a list of them"), HINT);
            Vec::new()
        }
    }
}

fn features(section: &mut Section, report: &mut Report, targets: Option<&[String]>) -> Vec<String> {
    let Some(entry) = section.get("features") else {
        if targets.is_none() {
            let hint = "For example features = [\"value\"]: what the network reads at each step.";
            section.missing(
                report,
                "features",
                "a list of one or more column names",
                hint,
            );
        }
        return targets.map(<[String]>::to_vec).unwrap_or_default();
    };
    names(&entry).unwrap_or_else(|| {
        let hint = "For example features = [\"value\"]. The default is the target alone.";
        report.refuse(&entry, "a list of one or more column names", hint);
        Vec::new()
    })
}

fn sha256(section: &mut Section, report: &mut Report) -> Option<String> {
    let entry = section.get("sha256")?;
    match entry.item.as_str() {
        Some(hash) if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(hash.to_ascii_lowercase())
        }
        _ => {
            let hint = "Delete the line if you do not know the hash of the file.";
            report.refuse(&entry, "64 hexadecimal digits", hint);
            None
        }
    }
}

/// How the file is to be read.
fn options(section: &mut Section, report: &mut Report) -> CsvOptions {
    const FOUND: &str = "Without it, the program finds out.";
    let quotes = Quotes::ALL.map(|quotes| (quotes.key(), Some(quotes)));
    let mut line = |report: &mut Report, key| {
        let lines = 1..=i64::from(u32::MAX);
        let line = section.optional_whole(report, key, lines, FOUND);
        line.map(|line| line as u64)
    };
    let (first_line, names_line) = (line(report, "first_line"), line(report, "names_line"));
    let first_rows = section.optional_whole(
        report,
        "first_rows",
        1..=i64::from(u32::MAX),
        "Without it, all rows are read.",
    );
    CsvOptions {
        delimiter: delimiter(section, report),
        header: section.truth(report, "header", FOUND),
        encoding: encoding(section, report),
        decimal: sign(section, report, "decimal", "“.” or “,”", Notation::of),
        thousands: sign(
            section,
            report,
            "thousands",
            "an empty text, “,”, “.”, a space or “'”",
            Thousands::of,
        ),
        comment: sign(
            section,
            report,
            "comment",
            "an empty text, “//” or one sign such as “#”",
            Comment::of,
        ),
        quotes: section.choice(report, "quotes", &quotes, None).flatten(),
        first_line,
        names_line,
        skip_lines: skip_lines(section, report),
        missing_marks: missing_marks(section, report),
        strip_flags: section
            .truth(report, "strip_flags", "The default is false.")
            .unwrap_or(false),
        sheet: sheet(section, report),
        first_rows: first_rows.map(|rows| rows as usize),
    }
}

/// The sheet of a workbook.
fn sheet(section: &mut Section, report: &mut Report) -> Option<String> {
    let entry = section.get("sheet")?;
    let name = entry.item.as_str().filter(|name| !name.trim().is_empty());
    if name.is_none() {
        let hint = "Without it, the first sheet with numbers in several rows is taken.";
        report.refuse(&entry, "the name of a sheet in quotation marks", hint);
    }
    name.map(str::to_owned)
}

/// How characters are stored, by any usual name.
fn encoding(section: &mut Section, report: &mut Report) -> Option<Encoding> {
    let entry = section.get("encoding")?;
    let name = entry.item.as_str();
    let found = name.and_then(Encoding::of);
    if found.is_none() {
        let keys = Encoding::ALL.map(Encoding::key);
        let meant = name.and_then(|name| nearest(name, keys.iter().map(String::as_str)));
        let hint = match meant {
            Some(meant) => format!("Did you mean “{meant}”?"),
            None => "Without it, the program finds out.".to_owned(),
        };
        let expected =
            "the name of an encoding, such as “utf-8”, “windows-1252”, “shift_jis” or “gbk”";
        report.refuse(&entry, expected, hint);
    }
    found
}

/// Lines of the file that are no part of the table.
fn skip_lines(section: &mut Section, report: &mut Report) -> Vec<u64> {
    let Some(entry) = section.get("skip_lines") else {
        return Vec::new();
    };
    let lines = entry.item.as_array().and_then(|lines| {
        let line = |line: &Value| {
            u64::try_from(line.as_integer()?)
                .ok()
                .filter(|line| *line > 0)
        };
        lines.iter().map(line).collect::<Option<Vec<u64>>>()
    });
    if lines.is_none() {
        let hint = "For example skip_lines = [2, 3].";
        report.refuse(&entry, "a list of lines of the file, counted from 1", hint);
    }
    lines.unwrap_or_default()
}

/// What else stands for a missing value: in all columns, or in one.
fn missing_marks(section: &mut Section, report: &mut Report) -> Option<Vec<Mark>> {
    let entry = section.get("missing_marks")?;
    let text = |value: &Value| {
        let number = || match value {
            Value::Integer(_) | Value::Float(_) => Some(value.to_string().trim().to_owned()),
            _ => None,
        };
        value.as_str().map(str::to_owned).or_else(number)
    };
    let mark = |value: &Value| -> Option<Mark> {
        let Some(table) = value.as_inline_table() else {
            let text = text(value)?;
            return Some(Mark { column: None, text });
        };
        let column = table.get("column")?.as_str()?.to_owned();
        let text = text(table.get("mark")?)?;
        (table.len() == 2).then_some(Mark {
            column: Some(column),
            text,
        })
    };
    let marks = entry
        .item
        .as_array()
        .and_then(|marks| marks.iter().map(mark).collect());
    if marks.is_none() {
        let hint = "For example missing_marks = [\"unavailable\", \"-9999\"], or for one column missing_marks = \
                    [{ column = \"rain\", mark = \"-99.9\" }].";
        report.refuse(&entry, "a list of what stands for a missing value", hint);
    }
    marks
}

/// What a sign stands for.
fn sign<T>(
    section: &mut Section,
    report: &mut Report,
    key: &'static str,
    expected: &str,
    of: fn(&str) -> Option<T>,
) -> Option<T> {
    let entry = section.get(key)?;
    let found = entry.item.as_str().and_then(of);
    if found.is_none() {
        report.refuse(&entry, expected, "Without it, the program finds out.");
    }
    found
}

fn delimiter(section: &mut Section, report: &mut Report) -> Option<u8> {
    let entry = section.get("delimiter")?;
    let may_delimit =
        |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\n\r".contains(&byte);
    match entry.item.as_str().map(str::as_bytes) {
        Some(&[byte]) if may_delimit(byte) => Some(byte),
        _ => {
            report.refuse(
                &entry,
                "one ASCII character that is no letter, digit, quotation mark or line end",
                "Try \",\", \";\" or \"\\t\". Without it, the program finds out.",
            );
            None
        }
    }
}

fn test_part(section: &mut Section, report: &mut Report) -> TestFrom {
    let (from, groups) = (section.get("test_from"), section.get("test_groups"));
    if let Some(groups) = &groups {
        if from.is_some() {
            report.add(
                groups.offset,
                &groups.path,
                "both test_from and test_groups",
                "one of them",
                "Delete the one that is not meant.",
            );
        }
        let Some(names) = names(groups) else {
            let hint = "For example test_groups = [\"Oslo\"].";
            report.refuse(
                groups,
                "a list of one or more values of the group column",
                hint,
            );
            return TestFrom::Groups(Vec::new());
        };
        return TestFrom::Groups(names);
    }
    let default = TestFrom::Fraction(0.2);
    let Some(entry) = from else {
        return default;
    };
    if let Some(label) = entry.item.as_str().filter(|label| !label.trim().is_empty()) {
        return TestFrom::Label(label.to_owned());
    }
    if let Some(label) = entry.item.as_integer() {
        return TestFrom::Label(label.to_string());
    }
    match entry.item.as_float() {
        Some(share) if share > 0.0 && share < 1.0 => TestFrom::Fraction(share),
        _ => {
            report.refuse(
                &entry,
                "a time in quotation marks, or a share between 0 and 1",
                "The default, 0.2, keeps the last fifth for testing.",
            );
            default
        }
    }
}

fn text_file(mut section: Section, report: &mut Report) -> Option<TextData> {
    let path = section.text(
        report,
        "text_file",
        "the path of a file",
        "For example text_file = \"book.txt\".",
    );
    let length = section.whole(report, "length", 1..=10_000, 40) as usize;
    let share = super::Allowed {
        accepts: |share| share > 0.0 && share < 1.0,
        expected: "a share between 0 and 1",
    };
    let data = TextData {
        path: path.unwrap_or_default(),
        sha256: sha256(&mut section, report),
        spec: TextSpec {
            length,
            test: section.number(report, "test_from", &share, 0.2),
        },
    };
    section.finish(report);
    Some(data)
}

fn task_data(section: &Section, entry: &Entry, report: &mut Report) -> Option<TaskData> {
    let name = entry.item.as_str();
    let Some(task) = name.and_then(tasks::by_name) else {
        let names: Vec<String> = tasks::ALL
            .iter()
            .map(|task| format!("“{}”", task.name()))
            .collect();
        let hint = match name.and_then(tasks::nearest_name) {
            Some(nearest) => format!("Did you mean “{nearest}”?"),
            None => "For example task = \"latch\".".to_owned(),
        };
        report.refuse(entry, format!("one of {}", names.join(", ")), hint);
        return None;
    };
    let mut given = BTreeMap::new();
    for key in section.keys() {
        let Some(entry) = section.peek(key).filter(|_| key != "task") else {
            continue;
        };
        let parameter = task
            .parameters()
            .iter()
            .find(|parameter| parameter.name == key);
        match (entry.number(), parameter) {
            (Some(number), _) => {
                given.insert(key.to_owned(), number);
            }
            (None, Some(parameter)) => {
                let hint = format!(
                    "{} The default is {}.",
                    parameter.description, parameter.default
                );
                report.refuse(&entry, "a number", hint);
            }
            // Whatever its value, it is the name that will be refused.
            (None, None) => {
                given.insert(key.to_owned(), 0.0);
            }
        }
    }
    match Parameters::validated(task, &given) {
        Ok(parameters) => Some(TaskData { task, parameters }),
        Err(error) => {
            for problem in error.problems {
                let offset = section
                    .peek(&problem.name)
                    .map_or(section.offset, |entry| entry.offset);
                report.add(
                    offset,
                    &section.path_of(&problem.name),
                    problem.found,
                    problem.expected,
                    problem.hint,
                );
            }
            None
        }
    }
}

/// What the network is held against, where numbers are forecast.
pub(super) fn baseline(
    root: &mut Section,
    report: &mut Report,
    data: Option<&Data>,
) -> BaselineSpec {
    let mut section = root.section(report, "baseline");
    let offset = section.offset;
    let present = section.is_present();
    let spec = BaselineSpec {
        largest: section.whole(report, "largest", 1..=100, 20) as usize,
        method: section
            .choice(
                report,
                "method",
                &Method::ALL.map(|method| (method.name(), method)),
                Method::LeastSquares,
            )
            .unwrap_or(Method::LeastSquares),
        lags: lags(&mut section, report),
        season: section
            .optional_whole(
                report,
                "season",
                0..=100_000,
                "0 for none. Without it, the time column tells.",
            )
            .map(|rows| rows as usize),
    };
    if let (Lags::These(lags), Some(entry)) = (&spec.lags, section.peek("method"))
        && spec.method.takes(lags).is_err()
    {
        let hint = "Only least squares fits single lags. Write ar = 9 for the lags 1 to 9.";
        report.refuse(&entry, "“least_squares” with lags that have gaps", hint);
    }
    if let (Some(1), Some(entry)) = (spec.season, section.peek("season")) {
        let hint = "With a season of 1 row it would be the naive forecast, which is there anyway.";
        report.refuse(
            &entry,
            "0 for none, or a whole number from 2 to 100000",
            hint,
        );
    }
    section.finish(report);
    let forecast = |data: &Data| match data {
        Data::Csv(csv) => matches!(csv.sequences.asked, Asked::Forecast { .. }),
        Data::Text(_) | Data::Task(_) => false,
    };
    if present && data.is_some_and(|data| !forecast(data)) {
        report.add(
            offset,
            "baseline",
            "a table",
            "none, as there is nothing to forecast",
            "Delete it, or name a target of a file.",
        );
    }
    spec
}

fn lags(section: &mut Section, report: &mut Report) -> Lags {
    let default = Lags::Chosen(Criterion::Bic);
    let Some(entry) = section.get("ar") else {
        return default;
    };
    let lag = |value: i64| usize::try_from(value).ok().filter(|lag| LAGS.contains(lag));
    if let Some(order) = entry.item.as_integer().and_then(lag) {
        return Lags::UpTo(order);
    }
    if let Some(text) = entry.item.as_str() {
        if text == "off" {
            return Lags::Off;
        }
        if let Some(criterion) = Criterion::from_name(text) {
            return Lags::Chosen(criterion);
        }
    }
    if let Some(array) = entry.item.as_array() {
        let lags: Option<Vec<usize>> = array
            .iter()
            .map(|lag_| lag_.as_integer().and_then(lag))
            .collect();
        if let Some(mut lags) = lags.filter(|lags| !lags.is_empty()) {
            lags.sort_unstable();
            lags.dedup();
            return Lags::These(lags);
        }
    }
    report.refuse(
        &entry,
        "“bic”, “aic”, “off”, a whole number from 1 to 1000, or a list of those",
        "For example ar = 9 for the lags 1 to 9, or ar = [1, 2, 9].",
    );
    default
}
