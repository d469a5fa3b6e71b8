//! Which columns tell the time and which tell series apart, in tables with a flaw or an unusual way of writing.

use super::*;

/// The columns of a role, and what is said when the table is opened as guessed.
fn guessed(text: &str) -> (Vec<String>, Vec<String>, Report) {
    let table = csv(text);
    let roles = Roles::guess(&table);
    let with = |role: Role| roles.with(role).map(str::to_owned).collect();
    let made = prepare(&table, &roles.spec(&table)).unwrap();
    (with(Role::Time), with(Role::Group), made.report)
}

#[track_caller]
fn is(text: &str, time: &[&str], group: &[&str]) -> Report {
    let (found_time, found_group, report) = guessed(text);
    assert_eq!((found_time, found_group), (owned(time), owned(group)));
    report
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// What moves and never goes on for long.
fn value(row: usize) -> usize {
    20 + row * 37 % 19
}

#[test]
fn a_row_that_stands_twice_leaves_a_group_one() {
    let of = |name: &str| -> String {
        let row = |row: usize| format!("{name},2024-01-{:02},{}\n", row + 1, value(row));
        (0..30).map(row).collect()
    };
    let twice = "B7,2024-01-30,40\n";
    let text = format!("who,date,load\n{}{}{twice}{}", of("A3"), of("B7"), of("C1"));
    let report = is(&text, &["date"], &["who"]);
    let said = report.notices.join(" ");
    assert!(said.contains("1 row of “date”"), "{said}");
    assert!(said.contains("line 62"), "{said}");
    assert!(said.contains("written twice"), "{said}");
    // Where dates repeat whatever they are grouped by, nothing is a group.
    let bank = |row: usize| {
        let kind = ["rent", "food", "fuel", "food"][row * 5 % 4];
        format!("2024-01-{:02},{kind},{}.25\n", row / 3 + 1, value(row))
    };
    let rows: String = (0..60).map(bank).collect();
    is(&format!("date,kind,amount\n{rows}"), &["date"], &[]);
}

#[test]
fn a_line_of_another_kind_leaves_a_group_one() {
    let row = |row: usize| {
        let name = ["flow", "return", "pump"][row % 3];
        format!("{name},2024-01-01 06:{:02}:00,{}\n", row / 3, value(row))
    };
    let rows: String = (0..120).map(row).collect();
    let text = format!("what,when,value\n{rows}$OFF$,2024-01-01 06:50:00,0\n");
    is(&text, &["when"], &["what"]);
}

#[test]
fn times_of_day_are_joined_with_their_dates_and_are_no_groups() {
    let table = |cell: &dyn Fn(usize) -> String| -> String {
        let row = |row: usize| {
            format!(
                "{:02}/01/23,{},{}\n",
                row / 24 + 10,
                cell(row % 24),
                value(row)
            )
        };
        let rows: String = (0..96).map(row).collect();
        format!("Date,Time,load\n{rows}")
    };
    let of_twelve = |hour: usize| {
        let mark = if hour < 12 { 'a' } else { 'p' };
        format!("{}:00{mark}", (hour + 11) % 12 + 1)
    };
    let between = |hour: usize| format!("{hour:02}:00-{:02}:00", (hour + 1) % 24);
    for cell in [&of_twelve as &dyn Fn(usize) -> String, &between] {
        let time = is(&table(cell), &["Date", "Time"], &[]).time.unwrap();
        assert_eq!((time.step.as_deref(), time.irregular), (Some("1 hour"), 0));
    }
    // Without dates they come again each day, and tell no series apart.
    let rows: String = (0..96)
        .map(|row| format!("{:02}:00,{},{}\n", row % 24, row / 24, value(row)))
        .collect();
    let (_, group, _) = guessed(&format!("slot,round,load\n{rows}"));
    assert!(!group.contains(&"slot".to_owned()), "{group:?}");
}

#[test]
fn of_what_lasts_the_beginning_is_the_time() {
    let hour = |hour: usize| format!("{:02}.01.2023 {:02}:00", 9 + hour / 24, hour % 24);
    let row = |row: usize| format!("{} - {},{}\n", hour(row), hour(row + 1), value(row));
    let rows: String = (0..48).map(row).collect();
    let time = is(&format!("MTU,price\n{rows}"), &["MTU"], &[])
        .time
        .unwrap();
    assert_eq!((time.kind, time.step.as_deref()), ("dates", Some("1 hour")));
}

#[test]
fn what_has_passed_since_the_beginning_is_read_in_seconds() {
    let row = |row: usize| {
        let thousandths = (row as f64 * 1000.0 / 360.0).round() as usize;
        format!(
            "0:{:02}.{:03},{}\n",
            thousandths / 1000,
            thousandths % 1000,
            value(row)
        )
    };
    let rows: String = (0..400).map(row).collect();
    let text = format!("elapsed time,lead\n{rows}");
    let time = is(&text, &["elapsed time"], &[]).time.unwrap();
    // The last digit is rounded.
    assert_eq!((time.kind, time.irregular), ("numbers", 0));
    assert_eq!(time.step.as_deref(), Some("0.00278"));
    assert!(time.notes[0].contains("in seconds"), "{:?}", time.notes);
    // How long something took does not go on.
    let row = |row: usize| {
        format!(
            "2024-01-{:02} 07:00,00:{:02}:10,{}\n",
            row + 1,
            value(row),
            row * row % 17
        )
    };
    let rows: String = (0..30).map(row).collect();
    is(&format!("day,time,pulse\n{rows}"), &["day"], &[]);
}

#[test]
fn years_are_known_in_other_languages_and_by_their_values() {
    for name in ["År", "rok", "ano", "what"] {
        let row = |row: usize| {
            format!(
                "{},{},{}\n",
                ["Ost", "Vest"][row / 30],
                1990 + row % 30,
                value(row)
            )
        };
        let rows: String = (0..60).map(row).collect();
        is(
            &format!("Kommune,{name},births\n{rows}"),
            &[name],
            &["Kommune"],
        );
    }
}

#[test]
fn a_year_that_stands_once_for_its_months_is_read_in_all_of_them() {
    let row = |row: usize| {
        let year = match row % 12 {
            0 => (2016 + row / 12).to_string(),
            _ => String::new(),
        };
        format!("{year},{},{}\n", row % 12 + 1, value(row))
    };
    let rows: String = (0..48).map(row).collect();
    let time = is(&format!("Jahr,Monat,sold\n{rows}"), &["Jahr", "Monat"], &[])
        .time
        .unwrap();
    assert_eq!((time.step.as_deref(), time.irregular), (Some("1 month"), 0));
    assert!(
        time.notes[0].contains("Empty cells of “Jahr”"),
        "{:?}",
        time.notes
    );
}

#[test]
fn a_table_without_names_has_times_by_its_values() {
    // Years, months, and years with fractions.
    let row = |row: usize| {
        let (year, month) = (1900 + row / 12, row % 12);
        let within = (month as f64 + 0.5) / 12.0;
        format!(
            "{year};{:02};{:.3};{}.5\n",
            month + 1,
            year as f64 + within,
            value(row)
        )
    };
    let rows: String = (0..120).map(row).collect();
    let time = is(&rows, &["column 3"], &[]).time.unwrap();
    assert_eq!(time.irregular, 0);
    // Engines one after the other, each with cycles of its own.
    let row = |row: usize| {
        format!(
            "{} {} {}.1 {}.2\n",
            row / 25 + 1,
            row % 25 + 1,
            value(row),
            value(row + 5)
        )
    };
    let rows: String = (0..100).map(row).collect();
    is(&rows, &["column 2"], &["column 1"]);
}

#[test]
fn codes_that_are_nearly_numbers_tell_series_apart() {
    let row = |row: usize| {
        format!(
            "{},2024-01-{:02},{}\n",
            ["01", "2A", "75"][row % 3],
            row / 3 + 1,
            value(row)
        )
    };
    let rows: String = (0..60).map(row).collect();
    is(&format!("dep,jour,hosp\n{rows}"), &["jour"], &["dep"]);
}

#[test]
fn tons_and_temperatures_are_no_times() {
    let row = |row: usize| format!("{},{}\n", 48_000 + 10 * value(row), value(row + 3));
    let rows: String = (0..40).map(row).collect();
    for name in ["T", "t", "harvest t"] {
        let guess = Roles::guess(&csv(&format!("{name},price\n{rows}")));
        assert_eq!(guess.with(Role::Time).count(), 0, "{name}");
        assert_eq!(guess.runner_up(Role::Time), None, "{name}");
    }
}

#[test]
fn texts_that_a_counter_counts_anew_are_a_group_even_where_nothing_tells_the_time() {
    let row = |row: usize| {
        let (block, at) = (row / 8 + 1, row % 8 + 1);
        let (word, tag) = (["the", "cat", "sat"][row % 3], ["D", "N", "V"][row * 5 % 3]);
        format!("Sentence: {block},{at},{word},{tag}\n")
    };
    let rows: String = (0..160).map(row).collect();
    let table = csv(&format!("Part,Position,Word,Tag\n{rows}"));
    let roles = Roles::guess(&table);
    assert_eq!(roles.with(Role::Group).collect::<Vec<_>>(), ["Part"]);
    assert_eq!(roles.with(Role::Label).collect::<Vec<_>>(), ["Tag"]);
}

#[test]
fn two_years_in_one_text_are_years_within_each_group() {
    let row = |row: usize| {
        let (team, year) = (["Rot", "Blau"][row / 30], 1990 + row % 30);
        format!("{team},{year}/{:02},{}\n", (year + 1) % 100, value(row))
    };
    let rows: String = (0..60).map(row).collect();
    let report = is(
        &format!("team,season,goals\n{rows}"),
        &["season"],
        &["team"],
    );
    let said = report.time.unwrap().sentences().join(" ");
    assert!(said.contains("Rows are 1 apart"), "{said}");
    assert!(said.contains("1990/91 are read as the first"), "{said}");
}

#[test]
fn one_column_with_a_comma_in_its_name_tells_the_time_alone() {
    let row = |row: usize| format!("2024-01-{:02} 10:00,{}\n", row + 1, value(row));
    let rows: String = (0..30).map(row).collect();
    let text = format!("\"Date Time, GMT\",load\n{rows}");
    let report = is(&text, &["Date Time, GMT"], &[]);
    let found = report.time.unwrap().found();
    assert_eq!(found, "“Date Time, GMT” tells the time, as dates.");
}

#[test]
fn what_each_row_is_known_by_is_no_time() {
    let row = |row: usize| {
        format!(
            "k{:03}x,{},{}\n",
            row * 37 % 101,
            value(row),
            value(row + 5)
        )
    };
    let rows: String = (0..60).map(row).collect();
    is(&format!("id,load,flow\n{rows}"), &[], &[]);
}

#[test]
fn dates_of_something_else_give_way_to_when_it_came_about() {
    let date = |day: usize| format!("2021-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
    for (other, own) in [
        ("DueDate", "InvoiceDate"),
        ("birthdate", "visited"),
        ("PaperlessDate", "InvoiceDate"),
        ("Last Update", "observed"),
        ("delivered_at", "ordered_at"),
        ("Fälligkeitsdatum", "Buchungstag"),
    ] {
        let row = |row: usize| format!("{},{},{}\n", date(row + 40), date(row / 2), row * 7 % 13);
        let rows: String = (0..60).map(row).collect();
        let table = csv(&format!("{other},{own},amount\n{rows}"));
        let roles = Roles::guess(&table);
        assert_eq!(roles.with(Role::Time).collect::<Vec<_>>(), [own], "{other}");
        // Where there is no other, it tells the time.
        let row = |row: usize| format!("{},{}\n", date(row), row * 7 % 13);
        let rows: String = (0..60).map(row).collect();
        let roles = Roles::guess(&csv(&format!("{other},amount\n{rows}")));
        assert_eq!(roles.with(Role::Time).collect::<Vec<_>>(), [other]);
    }
}

#[test]
fn lists_of_events_are_no_series_of_what_comes_again_in_them() {
    let row = |row: usize| {
        let day = row / 3;
        let shop = ["north", "south", "west"][row * row * 7 % 3];
        let kind = ["plum", "pear", "fig", "nut"][row * 5 % 4];
        let date = format!("2021-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
        format!("{date},A{row:04},{shop},{kind},{}\n", row * 7 % 13)
    };
    let rows: String = (0..120).map(row).collect();
    let groups = |names: &str| {
        let roles = Roles::guess(&csv(&format!("{names}\n{rows}")));
        roles
            .with(Role::Group)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(groups("date,Order ID,place,kind,amount").is_empty());
    assert!(groups("date,invoiceNumber,place,kind,amount").is_empty());
}

#[test]
fn codes_tell_series_apart_before_their_descriptions() {
    let row = |row: usize| {
        let (day, item) = (row / 4, row % 4);
        let code = ["20725", "85123A", "22720", "POST"][item];
        let text = ["bag of red", "heart", "tins", "postage"][item];
        let date = format!("2021-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
        format!("{date},{text},{code},{}\n", row * 7 % 13)
    };
    let rows: String = (0..160).map(row).collect();
    let table = csv(&format!("date,Description,StockCode,Quantity\n{rows}"));
    let roles = Roles::guess(&table);
    assert_eq!(roles.with(Role::Group).collect::<Vec<_>>(), ["StockCode"]);
}
