//! What `rnnscope guess`, and with it the window, makes of files whose columns are hard to tell: tests/fixtures/guesses, a test for
//! each kind. What is right was written down before.

use rnnscope::data::Role;
use rnnscope::experiment::{Data, Document, Location, material};
use rnnscope::run::{guess, write_guess};
use rnnscope::session::Guessed;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/guesses")
        .join(name)
}

fn told(name: &str) -> Guessed {
    guess(&path(name)).unwrap()
}

fn with(told: &Guessed, role: Role) -> Vec<&str> {
    let columns = told.columns.iter().filter(|column| column.role == role);
    columns.map(|column| column.name.as_str()).collect()
}

/// The file opens with these times, groups and target, and the experiment's text gives sequences.
#[track_caller]
fn opens(name: &str, time: &[&str], group: &[&str], target: &str) -> Guessed {
    let told = told(name);
    assert_eq!(with(&told, Role::Time), time, "{told:#?}");
    assert_eq!(with(&told, Role::Group), group, "{told:#?}");
    assert_eq!(with(&told, Role::Target), [target], "{told:#?}");
    assert!(told.opens(), "{:?}", told.problems);
    assert!(
        told.columns
            .iter()
            .all(|column| column.reason.ends_with('.'))
    );
    let (_, experiment) = Document::parse(told.experiment.as_deref().unwrap()).unwrap();
    let folder = Location::Directory(path(name).parent().unwrap().to_path_buf());
    material(&experiment, &folder, &|_| ControlFlow::Continue(())).unwrap();
    told
}

#[test]
fn a_time_in_parts_is_put_together() {
    let parts = ["year", "month", "day", "hour"];
    let told = opens("year_month_day_hour.csv", &parts, &[], "pm");
    let text = told.experiment.unwrap();
    assert!(
        text.contains("time = [\"year\", \"month\", \"day\", \"hour\"]"),
        "{text}"
    );
    assert!(
        told.outcome.contains(&"Rows are 1 hour apart.".to_owned()),
        "{:?}",
        told.outcome
    );
}

#[test]
fn a_constant_column_is_no_target() {
    opens("constant_last_column.csv", &["PERIOD"], &[], "VALUE");
}

#[test]
fn a_volume_beside_a_price_is_no_target() {
    let told = opens("prices.csv", &["Date"], &[], "Close");
    assert!(
        told.others
            .iter()
            .any(|other| other.starts_with("Next best target: ")),
        "{:?}",
        told.others
    );
}

#[test]
fn y_is_the_target_wherever_it_stands() {
    opens("y_before_ds.csv", &["ds"], &["unique_id"], "y");
}

#[test]
fn a_date_that_stands_still_is_no_time() {
    opens("three_dates.csv", &["_time"], &[], "_value");
}

#[test]
fn groups_that_are_newest_first_are_turned_round_one_by_one() {
    let told = opens(
        "newest_first_in_groups.csv",
        &["date"],
        &["symbol"],
        "close",
    );
    assert!(
        told.outcome
            .iter()
            .any(|said| said.contains("newest first")),
        "{:?}",
        told.outcome
    );
}

#[test]
fn numbers_within_which_times_go_on_are_groups() {
    opens("numbered_groups.csv", &["Time"], &["Animal"], "weight");
}

#[test]
fn a_window_is_one_that_the_groups_allow() {
    let told = opens(
        "groups_shorter_than_window.csv",
        &["year"],
        &["country"],
        "pop",
    );
    assert!(told.experiment.unwrap().contains("window = "));
}

#[test]
fn two_columns_tell_series_apart_together() {
    let told = opens(
        "two_keys_by_date.csv",
        &["date"],
        &["store", "item"],
        "sales",
    );
    let text = told.experiment.unwrap();
    assert!(text.contains("group = [\"store\", \"item\"]"), "{text}");
    // With one of the two, nothing is silent: the lines are named, and what is missing.
    let short = text.replace("[\"store\", \"item\"]", "\"store\"");
    let (_, experiment) = Document::parse(&short).unwrap();
    let folder = Location::Directory(path("").to_path_buf());
    let made = material(&experiment, &folder, &|_| ControlFlow::Continue(())).unwrap();
    let loud = made.all_notices().join("\n");
    assert!(
        loud.contains("Times repeat within a series: 160 rows of “date” have the time of the row before, line 3 (2021-03-01), line 4"),
        "{loud}"
    );
    assert!(
        loud.contains("let group = [\"store\", \"item\"]."),
        "{loud}"
    );
}

#[test]
fn rows_out_of_order_are_sorted_with_one_key() {
    let told = told("days_not_in_order.csv");
    assert_eq!(
        (with(&told, Role::Time), with(&told, Role::Target)),
        (vec!["ds"], vec!["y"])
    );
    assert!(!told.opens() && told.experiment.is_none());
    assert!(
        told.problems[0].contains("Let sort = true"),
        "{:?}",
        told.problems
    );
    assert!(
        told.cures[0].starts_with("Sort by time: "),
        "{:?}",
        told.cures
    );
    let folder = Location::Directory(path("").to_path_buf());
    let made = |keys: &str| {
        let text = format!(
            "format = 1\n[data]\ncsv = \"days_not_in_order.csv\"\ntarget = \"y\"\nwindow = 5\n{keys}"
        );
        let (_, experiment) = Document::parse(&text).unwrap();
        material(&experiment, &folder, &|_| ControlFlow::Continue(()))
    };
    // Without a word about time, the usual name is the time, and a shuffle is refused.
    let refused = made("").unwrap_err().to_string();
    assert!(
        refused.contains("expected times that do not go back. Let sort = true"),
        "{refused}"
    );
    let sorted = made("sort = true").unwrap();
    assert!(
        sorted
            .sentences()
            .iter()
            .any(|said| said.contains("are sorted by time"))
    );
    assert_eq!(sorted.dataset.target_label(4), "2021-03-06");
    assert!(
        made("time = false").unwrap().all_notices().is_empty(),
        "the order was asked for"
    );
}

#[test]
fn days_as_columns_are_turned_round() {
    let told = opens("days_as_columns.csv", &["time"], &["Country"], "value");
    assert!(
        told.warnings[0].contains("40 columns are times, from 3/1/21 to 4/9/21"),
        "{:?}",
        told.warnings
    );
    assert!(told.experiment.unwrap().contains("rows_are_series = true"));
}

#[test]
fn the_experiment_that_is_written_calls_the_data_from_its_own_folder() {
    let folder = crate::common::file("guesses", "below.toml", "")
        .parent()
        .unwrap()
        .to_path_buf();
    let out = folder.join("prices.toml");
    drop(fs::remove_file(&out));
    let told = told("prices.csv");
    write_guess(&told, &path("prices.csv"), &out).unwrap();
    let text = fs::read_to_string(&out).unwrap();
    // The same again is no loss; what somebody has written meanwhile stays.
    write_guess(&told, &path("prices.csv"), &out).unwrap();
    let mine = format!("{text}# my own\n");
    fs::write(&out, &mine).unwrap();
    let refused = write_guess(&told, &path("prices.csv"), &out).unwrap_err();
    assert!(
        refused.to_string().contains("something else in it"),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(&out).unwrap(), mine);
    let (_, experiment) = Document::parse(&text).unwrap();
    let Data::Csv(data) = &experiment.data else {
        panic!("{text}")
    };
    assert!(
        data.path.ends_with("prices.csv") && data.path.contains('/'),
        "{text}"
    );
    material(&experiment, &Location::Directory(folder), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
}

#[test]
fn what_is_told_to_other_programs_is_the_same() {
    let told = told("prices.csv");
    let json = told.json();
    assert_eq!(json["opens"], true);
    assert_eq!(json["columns"][4]["role"], "target");
    assert_eq!(json["delimiter"], ",");
    assert_eq!(json["experiment"], told.experiment.as_deref().unwrap());
    assert_eq!(json["runners_up"][0]["role"], "target");
}

/// Whether these columns are what is right: several separated by `+`, what would do as well by `|`.
fn fits(found: &[&str], right: &str) -> bool {
    right.split('|').any(|right| {
        let names = right.split('+').filter(|name| !name.is_empty());
        names.eq(found.iter().copied())
    })
}

/// tests/fixtures/kinds: tables as people have them, each with what it is, written down before.
#[test]
fn nineteen_in_twenty_tables_are_guessed_as_what_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kinds");
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert!(expected.len() >= 40);
    let mut wrong = Vec::new();
    for (name, right) in &expected {
        let told = guess(&folder.join(format!("{name}.csv"))).unwrap();
        let is = |role: Role, key: &str| fits(&with(&told, role), right[key].as_str().unwrap());
        if !(is(Role::Time, "time")
            && is(Role::Group, "group")
            && is(Role::Target, "target")
            && told.opens())
        {
            let roles =
                [Role::Time, Role::Group, Role::Target, Role::Label].map(|role| with(&told, role));
            wrong.push(format!("{name}: {roles:?} {:?}", told.problems));
        }
    }
    let (wrong_ones, all) = (wrong.join("\n"), expected.len());
    assert!(
        20 * wrong.len() <= all,
        "{} of {all} are wrong:\n{wrong_ones}",
        wrong.len()
    );
}

#[test]
fn dates_in_words_codes_and_lines_above_are_read_as_what_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kinds");
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (name, said) in [
        ("quarters_french_newest_first", "Rows are 3 months apart."),
        ("quarters_french_newest_first", "newest first"),
        ("provinces_spanish", "Rows are 1 day apart."),
        ("sports_watch_french", "as dates"),
        ("laboratory", "Rows are 1 day apart."),
        ("rain_gauge_german", "Rows are 1 hour apart."),
        ("load_by_hour_ending", "Rows are 1 hour apart."),
        ("load_by_hour_ending", "month first"),
        ("generation_german", "Rows are 1 hour apart."),
        (
            "meter_french_with_lines_above",
            "Rows are 30 minutes apart.",
        ),
        ("chromatogram_german", "“Zeit (min)” tells the time"),
        ("dairy_cows", "Rows are 1 day apart."),
    ] {
        let told = guess(&folder.join(format!("{name}.csv"))).unwrap();
        for (role, key) in [
            (Role::Time, "time"),
            (Role::Group, "group"),
            (Role::Target, "target"),
        ] {
            let right = expected[name][key].as_str().unwrap();
            assert!(fits(&with(&told, role), right), "{name}, {key}: {told:#?}");
        }
        assert!(told.opens(), "{name}: {:?}", told.problems);
        assert!(
            told.outcome.iter().any(|sentence| sentence.contains(said)),
            "{name}, “{said}”: {:?}",
            told.outcome
        );
    }
}

/// Whether a room is occupied is told from what is measured in it, and the experiment that is written says so.
#[test]
fn what_comes_about_or_does_not_is_a_class() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kinds");
    let told = guess(&folder.join("room.csv")).unwrap();
    assert_eq!(with(&told, Role::Label), ["Occupancy"], "{told:#?}");
    assert!(
        !with(&told, Role::Feature).contains(&"id"),
        "{:?}",
        told.columns
    );
    assert!(told.opens(), "{:?}", told.problems);
    let (_, experiment) = Document::parse(told.experiment.as_deref().unwrap()).unwrap();
    material(&experiment, &Location::Directory(folder), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
}
