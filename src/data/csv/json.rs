//! JSON → lines with commas, which are then read as all others.
//!
//! A table is a list of objects or of lists, an object on every line, an object of equally long lists, or an object one of
//! whose values is one of these. Objects within a row are flattened by one level: `{"wind": {"speed": 5}}` is `wind.speed`.
//! Numbers stay as they are written, so that each is rounded once. As Python writes them, `NaN` and `Infinity` are allowed.

use std::collections::HashMap;

use super::{CsvError, MAX_COLUMNS};
use crate::data::bad_place::{BadPlace, BadPlaces};
use crate::data::table::Lines;
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
        scanner.list(|scanner| {
            let at = scanner.at;
            let value = scanner.value(0)?;
            rows.add(scanner, at, value)
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
    let holds_rows = |value: &Value| match value {
        Value::List(rows) => matches!(rows.first(), Some(Value::Object(_) | Value::List(_))),
        _ => false,
    };
    let mut notes = Vec::new();
    let tables: Vec<&(String, Value)> = fields
        .iter()
        .filter(|(_, value)| holds_rows(value) || columns_of(value).is_some())
        .collect();
    let own = columns_of_fields(&fields);
    let chosen = match &tables[..] {
        _ if own.is_some() => None,
        [only] => Some(*only),
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
            return rows.written("JSON, a list of rows");
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
