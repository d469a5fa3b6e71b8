//! JSON → lines with commas, which are then read as all others.
//!
//! A table is a list of objects or of lists, an object on every line, an object of equally long lists, one whose names are dates or
//! which has objects with the same names, or an object that has one of these somewhere within. Objects within a row are flattened
//! by one level: `{"wind": {"speed": 5}}` is `wind.speed`.
//! Numbers stay as they are written, so that each is rounded once. As Python writes them, `NaN` and `Infinity` are allowed.

use std::collections::HashMap;

use super::{CsvError, MAX_COLUMNS};
use crate::data::bad_place::{BadPlace, BadPlaces};
use crate::data::table::Lines;
use crate::data::time::is_date;
use crate::words::{quoted, shortened};

/// How deep lists and objects may lie within each other.
const DEPTH: usize = 64;

/// A table that was JSON.
pub(super) struct Written {
    /// Its rows with commas between fields, below the names if there are some.
    pub text: Vec<u8>,
    /// Whether the first line has names.
    pub named: bool,
    /// The line of the file on which each row begins.
    lines: Vec<u64>,
    /// What it was, as a phrase.
    pub what: &'static str,
    /// What became of values that are no cells.
    pub notes: Vec<String>,
}

impl Written {
    /// The lines of the file, for rows whose lines in `text` are `lines`.
    pub fn lines_of(&self, lines: &Lines, rows: usize) -> Lines {
        let mut in_file = Lines::default();
        for row in 0..rows {
            let at = lines.of_row(row) as usize - 1 - usize::from(self.named);
            in_file.push(row, self.lines.get(at).copied().unwrap_or(1));
        }
        in_file
    }
}

/// A value, its texts and numbers as they are written.
#[derive(Debug)]
enum Value<'a> {
    Null,
    /// A number, true or false, as written.
    Plain(&'a str),
    Text(String),
    List(Vec<Value<'a>>),
    Object(Vec<(String, Value<'a>)>),
}

/// The table in `text`.
pub(super) fn table(text: &str) -> Result<Written, CsvError> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    // A list is gone through row by row: the values of one row are all that is in memory.
    if scanner.peek() == Some(b'[') {
        let mut rows = Rows::default();
        scanner.at += 1;
        let mut within = false;
        scanner.list(|scanner| {
            let at = scanner.at;
            let value = scanner.value(0)?;
            match value {
                // A list of lists of objects: these are the rows, below an object that tells of them all.
                Value::List(list) if matches!(list.first(), Some(Value::Object(_))) => {
                    if !within && rows.cells.len() <= 1 {
                        rows = Rows::default();
                    }
                    within = true;
                    let mut inner = list.iter();
                    inner.try_for_each(|row| rows.add_at(scanner, at, 1, row))
                }
                value => rows.add(scanner, at, value),
            }
        })?;
        scanner.space();
        if scanner.at < text.len() {
            return Err(scanner.error(scanner.at, "the end of the file behind the list"));
        }
        return rows.written("JSON, a list of rows");
    }
    let first = scanner.value(0)?;
    scanner.space();
    if scanner.at == text.len() {
        return of_object(&scanner, first);
    }
    let mut rows = Rows::default();
    scanner.at = 0;
    scanner.space();
    while scanner.at < text.len() {
        let at = scanner.at;
        let value = scanner.value(0)?;
        rows.add(&scanner, at, value)?;
        scanner.space();
        // Some programs write commas between lines.
        if scanner.peek() == Some(b',') {
            scanner.at += 1;
            scanner.space();
        }
    }
    rows.written("JSON, an object on each line")
}

/// The table in a single object.
fn of_object(scanner: &Scanner, value: Value) -> Result<Written, CsvError> {
    let Value::Object(fields) = value else {
        return Err(scanner.error(0, "a list of objects"));
    };
    let mut notes = Vec::new();
    let (tables, names) = tables_in(&fields);
    let own = columns_of_fields(&fields);
    let chosen = match &tables[..] {
        _ if own.is_some() => None,
        _ if are_dated_columns(&fields) => return of_dated_columns(scanner, &fields, notes),
        _ if are_keyed(&fields) => return of_keyed(scanner, &fields, notes),
        [only] => Some(only),
        [] => {
            // One record, or something else.
            return Err(scanner.error(
                0,
                "a list of objects, or an object of lists that are equally long",
            ));
        }
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| quoted(name)).collect();
            let mut error = scanner.bad(0, "one table");
            error.found = format!("tables called {}", names.join(", "));
            error.hint = "Save the one that is meant as a file of its own.".to_owned();
            return Err(CsvError::Json(error.into()));
        }
    };
    if let Some((name, value)) = chosen {
        notes.push(format!("The table is what {} holds.", quoted(name)));
        if let Value::List(list) = value {
            let mut rows = Rows {
                notes,
                ..Rows::default()
            };
            for row in list {
                rows.add_at(scanner, 0, 1, row)?;
            }
            rows.name_by(names.unwrap_or(&fields));
            return rows.written("JSON, a list of rows");
        }
        if let Value::Object(inner) = value
            && columns_of_fields(inner).is_none()
        {
            return match are_dated_columns(inner) {
                true => of_dated_columns(scanner, inner, notes),
                false => of_keyed(scanner, inner, notes),
            };
        }
    }
    let columns = match chosen {
        Some((_, value)) => columns_of(value),
        None => own,
    };
    let mut rows = Rows {
        notes,
        ..Rows::default()
    };
    let columns = columns.unwrap_or_default();
    rows.names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let len = columns.first().map_or(0, |(_, list)| list.len());
    for row in 0..len {
        let cells = columns
            .iter()
            .map(|(_, list)| list.get(row).map_or(String::new(), |value| cell(value)));
        rows.cells.push(cells.collect());
        rows.lines.push(1);
    }
    rows.named = Some(true);
    rows.written("JSON, an object of columns")
}

/// The tables in an object, by what leads to them: those that it has itself, or else those in the objects that it has. And what stands
/// beside them, if there is one only.
fn tables_in<'v, 'a>(
    fields: &'v [(String, Value<'a>)],
) -> (Tables<'v, 'a>, Option<Fields<'v, 'a>>) {
    const DEEPEST: usize = 6;
    let holds_rows = |value: &Value, least: usize| match value {
        Value::List(rows) => {
            rows.len() >= least && matches!(rows.first(), Some(Value::Object(_) | Value::List(_)))
        }
        Value::Object(inner) => {
            columns_of_fields(inner).is_some() || are_dated_columns(inner) || are_keyed(inner)
        }
        _ => false,
    };
    // A list of one may lead to what is meant; where it does not, it is that.
    for least in [2, 1] {
        let mut level: Vec<(String, Fields)> = vec![(String::new(), fields)];
        for _ in 0..DEEPEST {
            let mut tables: Tables = Vec::new();
            let (mut beside, mut next) = (None, Vec::new());
            for (path, fields) in level {
                for (name, value) in fields {
                    let path = match path.is_empty() {
                        true => name.clone(),
                        false => format!("{path}.{name}"),
                    };
                    if holds_rows(value, least) {
                        beside = Some(fields);
                        tables.push((path, value));
                        continue;
                    }
                    match value {
                        Value::Object(inner) => next.push((path, inner.as_slice())),
                        Value::List(list) => {
                            if let [Value::Object(inner)] = &list[..] {
                                next.push((path, inner.as_slice()));
                            }
                        }
                        _ => {}
                    }
                }
            }
            if !tables.is_empty() {
                return (tables, beside);
            }
            level = next;
        }
    }
    (Vec::new(), None)
}

/// Whether an object has columns whose values are named by dates, as pandas writes a table with an index of dates.
fn are_dated_columns(fields: &[(String, Value)]) -> bool {
    let is_cell = |value: &Value| !matches!(value, Value::List(_) | Value::Object(_));
    let keys = |value: &Value| -> Option<Vec<String>> {
        match value {
            Value::Object(rows) if rows.iter().all(|(_, value)| is_cell(value)) => {
                Some(rows.iter().map(|(key, _)| key.clone()).collect())
            }
            _ => None,
        }
    };
    let first = fields.first().and_then(|(_, value)| keys(value));
    first.is_some_and(|first| {
        first.len() > 1
            && first.iter().all(|key| is_date(key))
            && !fields.iter().any(|(name, _)| is_date(name))
            && fields
                .iter()
                .all(|(_, value)| keys(value).as_ref() == Some(&first))
    })
}

/// What an object has; nothing for what is none.
fn fields_of<'v, 'a>(value: &'v Value<'a>) -> Fields<'v, 'a> {
    match value {
        Value::Object(fields) => fields,
        _ => &[],
    }
}

/// The table in an object whose columns have their values under dates.
fn of_dated_columns(
    scanner: &Scanner,
    fields: &[(String, Value)],
    notes: Vec<String>,
) -> Result<Written, CsvError> {
    let mut rows = Rows {
        notes,
        ..Rows::default()
    };
    let dates = fields.first().map(|(_, value)| fields_of(value));
    let dates = dates.unwrap_or_default();
    for (at, (date, _)) in dates.iter().enumerate() {
        let mut row = vec![("date".to_owned(), Value::Text(date.clone()))];
        row.extend(fields.iter().filter_map(|(name, value)| {
            let (_, value) = fields_of(value).get(at)?;
            Some((name.clone(), copied(value)))
        }));
        rows.add_at(scanner, 0, 1, &Value::Object(row))?;
    }
    rows.written("JSON, an object of columns")
}

/// Whether an object has a row under each of its names: these are dates, or what they have are objects with the same names.
fn are_keyed(fields: &[(String, Value)]) -> bool {
    const FEWEST: usize = 3;
    let is_cell = |value: &Value| !matches!(value, Value::List(_) | Value::Object(_));
    let dated = fields.iter().all(|(key, _)| is_date(key));
    let keys = |value: &Value| -> Option<Vec<String>> {
        match value {
            Value::Object(row) if row.iter().all(|(_, value)| is_cell(value)) => {
                Some(row.iter().map(|(key, _)| key.clone()).collect())
            }
            _ => None,
        }
    };
    let objects = || {
        fields
            .iter()
            .all(|(_, value)| matches!(value, Value::Object(_)))
    };
    let alike = || {
        let first = fields.first().and_then(|(_, value)| keys(value));
        first.is_some_and(|first| {
            // Under dates stand values, not names.
            !first.is_empty()
                && !first
                    .iter()
                    .any(|key| is_date(key) || key.bytes().all(|byte| byte.is_ascii_digit()))
                && fields
                    .iter()
                    .all(|(_, value)| keys(value).as_ref() == Some(&first))
        })
    };
    let cells = || fields.iter().all(|(_, value)| is_cell(value));
    fields.len() >= FEWEST && ((dated && (objects() || cells())) || alike())
}

/// The table in an object that has a row under each of its names.
fn of_keyed(
    scanner: &Scanner,
    fields: &[(String, Value)],
    mut notes: Vec<String>,
) -> Result<Written, CsvError> {
    const NAMES: [&str; 4] = ["date", "key", "name", "row"];
    let dated = fields.iter().all(|(key, _)| is_date(key));
    let taken = |name: &&&str| {
        let inner = fields.first().map(|(_, value)| value);
        matches!(inner, Some(Value::Object(row)) if row.iter().any(|(key, _)| key == **name))
    };
    let mut free = NAMES
        .iter()
        .skip(usize::from(!dated))
        .filter(|name| !taken(name));
    let name = free.next().copied().unwrap_or("names of rows");
    notes.push(format!("What names the rows is in {}.", quoted(name)));
    let mut rows = Rows {
        notes,
        ..Rows::default()
    };
    for (key, value) in fields {
        let mut row = vec![(name.to_owned(), Value::Text(key.clone()))];
        match value {
            Value::Object(cells) => {
                row.extend(
                    cells
                        .iter()
                        .map(|(name, value)| (name.clone(), copied(value))),
                );
            }
            value => row.push(("value".to_owned(), copied(value))),
        }
        rows.add_at(scanner, 0, 1, &Value::Object(row))?;
    }
    rows.written("JSON, an object of rows")
}

/// The value without what is in lists, which is in no cell.
fn copied<'a>(value: &Value<'a>) -> Value<'a> {
    match value {
        Value::Null => Value::Null,
        Value::Plain(text) => Value::Plain(text),
        Value::Text(text) => Value::Text(text.clone()),
        Value::List(_) => Value::List(Vec::new()),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), copied(value)));
            Value::Object(fields.collect())
        }
    }
}

/// What an object has.
type Fields<'v, 'a> = &'v [(String, Value<'a>)];

/// Tables and what leads to them.
type Tables<'v, 'a> = Vec<(String, &'v Value<'a>)>;

/// A name and its values.
type Columns<'v, 'a> = Vec<(&'v str, Vec<&'v Value<'a>>)>;

/// The columns of an object of lists that are equally long, or of objects with the same keys.
fn columns_of<'v, 'a>(value: &'v Value<'a>) -> Option<Columns<'v, 'a>> {
    match value {
        Value::Object(fields) => columns_of_fields(fields),
        _ => None,
    }
}

fn columns_of_fields<'v, 'a>(fields: &'v [(String, Value<'a>)]) -> Option<Columns<'v, 'a>> {
    let is_cell = |value: &Value| !matches!(value, Value::List(_) | Value::Object(_));
    let columns: Columns = fields
        .iter()
        .filter_map(|(name, value)| match value {
            Value::List(list) if list.iter().all(is_cell) => {
                Some((name.as_str(), list.iter().collect()))
            }
            // As pandas writes a table: row by row under the name of each column.
            Value::Object(rows)
                if rows.len() > 1 && rows.iter().all(|(_, value)| is_cell(value)) =>
            {
                Some((name.as_str(), rows.iter().map(|(_, value)| value).collect()))
            }
            _ => None,
        })
        .collect();
    let len = columns.first()?.1.len();
    let equal = columns.iter().all(|(_, list)| list.len() == len);
    let of_lists = fields
        .iter()
        .all(|(_, value)| matches!(value, Value::List(_)));
    let of_objects = fields
        .iter()
        .all(|(_, value)| matches!(value, Value::Object(_)));
    let same_rows = || {
        let keys = |value: &'v Value<'a>| match value {
            Value::Object(rows) => rows.iter().map(|(key, _)| key.as_str()).collect(),
            _ => Vec::new(),
        };
        let first = fields.first().map(|(_, value)| keys(value));
        // A row to a key has few of them, and these are no numbers.
        let counted = first.as_ref().is_some_and(|keys| {
            keys.iter()
                .all(|key| key.bytes().all(|byte| byte.is_ascii_digit()))
        });
        counted && fields.iter().all(|(_, value)| Some(keys(value)) == first)
    };
    let whole = columns.len() == fields.len();
    (whole && len > 1 && equal && (of_lists || (of_objects && same_rows()))).then_some(columns)
}

/// A cell as it stands in a line.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Plain(text) => (*text).to_owned(),
        Value::Text(text) => text.clone(),
        Value::List(_) | Value::Object(_) => String::new(),
    }
}

/// The rows found so far.
#[derive(Default)]
struct Rows {
    names: Vec<String>,
    place: HashMap<String, usize>,
    cells: Vec<Vec<String>>,
    lines: Vec<u64>,
    /// Whether rows are objects; not known before the first.
    named: Option<bool>,
    /// The line that was counted to last, and up to where.
    counted: (usize, u64),
    /// Which names hold lists or deeper objects.
    left_out: Vec<String>,
    flattened: bool,
    notes: Vec<String>,
}

impl Rows {
    fn add(&mut self, scanner: &Scanner, at: usize, row: Value) -> Result<(), CsvError> {
        let (from, line) = self.counted;
        let ends = memchr::memchr_iter(b'\n', &scanner.text.as_bytes()[from..at]).count();
        let line = line.max(1) + ends as u64;
        self.counted = (at, line);
        self.add_at(scanner, at, line, &row)
    }

    fn add_at(
        &mut self,
        scanner: &Scanner,
        at: usize,
        line: u64,
        row: &Value,
    ) -> Result<(), CsvError> {
        let named = matches!(row, Value::Object(_));
        let expected = match self.named {
            Some(true) => "an object, as the rows above",
            Some(false) => "a list or a value, as the rows above",
            None => "rows",
        };
        if *self.named.get_or_insert(named) != named {
            let mut place = scanner.bad(at, expected);
            place.line = line;
            return Err(CsvError::Json(place.into()));
        }
        let mut cells = vec![String::new(); self.names.len()];
        match row {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.put(name, value, &mut cells, 0);
                }
            }
            Value::List(values) => {
                for (column, value) in values.iter().enumerate() {
                    self.put(&column.to_string(), value, &mut cells, 1);
                }
            }
            value => self.put("0", value, &mut cells, 1),
        }
        if self.names.len() > MAX_COLUMNS {
            return Err(CsvError::TooWide {
                line,
                columns: self.names.len(),
                open: false,
            });
        }
        self.cells.push(cells);
        self.lines.push(line);
        Ok(())
    }

    /// Puts a value into the column called `name`, which is new if no row above has it.
    fn put(&mut self, name: &str, value: &Value, cells: &mut Vec<String>, depth: usize) {
        match value {
            Value::Object(fields) if depth == 0 => {
                self.flattened = true;
                for (inner, value) in fields {
                    self.put(&format!("{name}.{inner}"), value, cells, depth + 1);
                }
                return;
            }
            Value::Object(_) | Value::List(_) => {
                if !self.left_out.iter().any(|other| other == name) {
                    self.left_out.push(name.to_owned());
                }
                return;
            }
            _ => {}
        }
        let next = self.names.len();
        let column = *self.place.entry(name.to_owned()).or_insert(next);
        if column == next {
            self.names.push(name.to_owned());
            cells.push(String::new());
        }
        cells[column] = cell(value);
    }

    /// Names the columns of rows that are lists, if `fields` have a list of as many texts beside: `columns`, as pandas writes it.
    fn name_by(&mut self, fields: &[(String, Value)]) {
        const NAMES: [&str; 5] = ["columns", "fields", "names", "header", "headers"];
        if self.named != Some(false) {
            return;
        }
        for (name, value) in fields {
            let Value::List(list) = value else {
                continue;
            };
            let texts: Option<Vec<String>> = list
                .iter()
                .map(|value| match value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect();
            if let Some(texts) = texts
                && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
                && texts.len() == self.names.len()
            {
                self.names = texts;
                self.named = Some(true);
                return;
            }
        }
    }

    fn written(mut self, what: &'static str) -> Result<Written, CsvError> {
        const TOLD: usize = 3;
        if self.cells.is_empty() || self.names.is_empty() {
            return Err(CsvError::NoText {
                what: "JSON without rows",
                hint: "A list of objects is read, or an object on each line.",
            });
        }
        if self.flattened {
            let name = self.names.iter().find(|name| name.contains('.'));
            let example = name.map_or(String::new(), |name| format!(", as {}", quoted(name)));
            self.notes
                .push(format!("Objects within rows were flattened{example}."));
        }
        if !self.left_out.is_empty() {
            let mut names: Vec<String> = self
                .left_out
                .iter()
                .take(TOLD)
                .map(|name| quoted(name))
                .collect();
            let more = self.left_out.len().saturating_sub(TOLD);
            if more > 0 {
                names.push(format!("{more} more"));
            }
            self.notes.push(format!(
                "Lists within rows were left out: {}.",
                names.join(", ")
            ));
        }
        let named = self.named == Some(true);
        let mut text = Vec::new();
        if named {
            line(&mut text, &self.names, self.names.len());
        }
        for cells in &self.cells {
            line(&mut text, cells, self.names.len());
        }
        Ok(Written {
            text,
            named,
            lines: self.lines,
            what,
            notes: self.notes,
        })
    }
}

/// Writes a line of fields, as many as `columns`.
fn line(text: &mut Vec<u8>, fields: &[String], columns: usize) {
    for column in 0..columns {
        if column > 0 {
            text.push(b',');
        }
        let field = fields.get(column).map_or("", String::as_str);
        // A line of the text is a row of the file.
        let field = field.replace(['\r', '\n'], " ");
        // A lone empty field would be a blank line.
        if columns == 1 || field.contains([',', '"', ' ', '#', '%', '/']) {
            text.push(b'"');
            text.extend_from_slice(field.replace('"', "\"\"").as_bytes());
            text.push(b'"');
        } else {
            text.extend_from_slice(field.as_bytes());
        }
    }
    text.push(b'\n');
}

/// Goes through the text.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// What is wrong at the byte `at`.
    fn bad(&self, at: usize, expected: &str) -> BadPlace {
        let before = &self.text.as_bytes()[..at];
        let rest: String = self.text[at..].chars().take(24).collect();
        let rest = rest.lines().next().unwrap_or_default().trim();
        BadPlace {
            line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
            column: None,
            header: None,
            found: match rest {
                "" => "the end of the JSON".to_owned(),
                rest => format!("“{}” in JSON", shortened(rest)),
            },
            expected: expected.to_owned(),
            hint:
                "Check that the file is whole, or write the table as CSV, for example with pandas."
                    .to_owned(),
        }
    }

    fn error(&self, at: usize, expected: &str) -> CsvError {
        CsvError::Json(BadPlaces::from(self.bad(at, expected)))
    }

    /// The values of a list whose opening bracket is behind; `each` reads one.
    fn list(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), CsvError>,
    ) -> Result<(), CsvError> {
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            each(self)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.error(self.at, "a comma or the end of the list")),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, CsvError> {
        if depth > DEPTH {
            return Err(self.error(
                self.at,
                "lists and objects that lie less deep within each other",
            ));
        }
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let mut fields = Vec::new();
                self.space();
                if self.peek() == Some(b'}') {
                    self.at += 1;
                    return Ok(Value::Object(fields));
                }
                loop {
                    self.space();
                    let name = self.string()?;
                    self.space();
                    if self.peek() != Some(b':') {
                        return Err(self.error(self.at, "a colon behind the name"));
                    }
                    self.at += 1;
                    self.space();
                    fields.push((name, self.value(depth + 1)?));
                    self.space();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        Some(b'}') => {
                            self.at += 1;
                            return Ok(Value::Object(fields));
                        }
                        _ => return Err(self.error(self.at, "a comma or the end of the object")),
                    }
                }
            }
            Some(b'[') => {
                self.at += 1;
                let mut values = Vec::new();
                self.list(|scanner| {
                    values.push(scanner.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Value::List(values))
            }
            Some(b'"') => self.string().map(Value::Text),
            _ => {
                let start = self.at;
                let plain =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                while self.peek().is_some_and(plain) {
                    self.at += 1;
                }
                let word = &self.text[start..self.at];
                match word {
                    "null" | "NaN" => Ok(Value::Null),
                    "true" | "false" => Ok(Value::Plain(word)),
                    "Infinity" | "-Infinity" => Ok(Value::Plain(word)),
                    number
                        if number.parse::<f64>().is_ok()
                            && !number.ends_with(|sign: char| sign.is_alphabetic()) =>
                    {
                        Ok(Value::Plain(word))
                    }
                    _ => Err(self.error(start, "a value")),
                }
            }
        }
    }

    fn string(&mut self) -> Result<String, CsvError> {
        if self.peek() != Some(b'"') {
            return Err(self.error(self.at, "a name in quotation marks"));
        }
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
                return Err(self.error(start, "a quotation mark at the end of the text"));
            };
            text.push_str(&rest[..end]);
            self.at += end + 1;
            if rest.as_bytes()[end] == b'"' {
                return Ok(text);
            }
            let escaped = self.peek().unwrap_or_default();
            self.at += 1;
            text.push(match escaped {
                b'"' | b'\\' | b'/' => char::from(escaped),
                b'n' => '\n',
                b't' => '\t',
                b'r' => '\r',
                b'b' | b'f' => ' ',
                b'u' => self.escaped_char(start)?,
                _ => return Err(self.error(start, "a text without “\\” before other signs")),
            });
        }
    }

    /// The character whose number in hexadecimal stands here, in two halves if it is beyond 65,535.
    fn escaped_char(&mut self, start: usize) -> Result<char, CsvError> {
        let unit = |scanner: &mut Self| {
            let digits = scanner.text.get(scanner.at..scanner.at + 4)?;
            scanner.at += 4;
            u32::from_str_radix(digits, 16).ok()
        };
        let first = unit(self);
        let code = match first {
            Some(high @ 0xD800..=0xDBFF) if self.text[self.at..].starts_with("\\u") => {
                self.at += 2;
                unit(self).map(|low| 0x1_0000 + ((high - 0xD800) << 10) + (low & 0x3FF))
            }
            other => other,
        };
        match code {
            Some(code) => Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
            None => Err(self.error(start, "four hexadecimal digits behind “\\u”")),
        }
    }
}
