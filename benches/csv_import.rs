//! How long a large CSV takes to become a table, and how much memory: `cargo bench --bench csv_import`.
//!
//! The file, 1,000,000 rows of 10 columns, is written to the folder for temporary files if it is not there yet: numbers of
//! a normal distribution with all their digits, or with `short` after `--` numbers of three digits. Each run reads the file
//! from the disk cache and makes the table, as an import does. benches/csv_import.py runs this beside pandas.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use rnnscope::data::csv::{CsvOptions, read_in_blocks};
use rnnscope::experiment::Means;
use rnnscope::random::Stream;

const ROWS: usize = 1_000_000;
const COLUMNS: usize = 10;
const RUNS: usize = 7;

fn main() {
    let short = std::env::args().any(|argument| argument == "short");
    let path = file(short);
    let size = fs::metadata(&path).expect("the file was written").len();
    let workers = Means::of_this_machine().workers;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let mut file = fs::File::open(&path).expect("the file was written");
        let options = CsvOptions::default();
        let go_on = |_| ControlFlow::Continue(());
        let table = read_in_blocks(&mut file, size, u64::MAX, &options, &workers, &go_on);
        let table = table.expect("a table");
        times.push(begun.elapsed().as_secs_f64());
        assert_eq!((table.rows(), table.columns().len()), (ROWS, COLUMNS));
        let numbers = |name: &str| table.numbers(name).expect("numbers");
        assert!(table.names().all(|name| numbers(name).len() == ROWS));
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{} bytes={size} seconds={:.3} peak_bytes={} path={}",
        if short { "short" } else { "long" },
        times[RUNS / 2],
        peak(),
        path.display(),
    );
}

/// The most memory the process had, in bytes; 0 where the system does not tell.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// The file's path; it is written if it is not there.
fn file(short: bool) -> PathBuf {
    let kind = if short { "short" } else { "long" };
    let path = std::env::temp_dir().join(format!("rnnscope-csv-import-{kind}.csv"));
    if path.exists() {
        return path;
    }
    println!("writing {}", path.display());
    let mut random = Stream::new(1, "csv");
    let mut text = String::new();
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("x{column}")).collect();
    text.push_str(&(names.join(",") + "\n"));
    for _ in 0..ROWS {
        for column in 0..COLUMNS {
            let value: f64 = random.normal();
            let end = if column + 1 < COLUMNS { ',' } else { '\n' };
            let written = match short {
                true => write!(text, "{value:.2}{end}"),
                false => write!(text, "{value}{end}"),
            };
            written.expect("a text takes everything");
        }
    }
    fs::write(&path, text).expect("the folder for temporary files can be written");
    path
}
