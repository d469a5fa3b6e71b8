//! Roles guessed from names and cells.

use super::*;

fn roles(text: &str) -> Vec<Role> {
    let guess = Roles::guess(&csv(text));
    assert!(
        guess
            .columns
            .iter()
            .all(|guess| guess.reason.ends_with('.'))
    );
    guess.columns.iter().map(|guess| guess.role).collect()
}

#[test]
fn the_usual_tables_are_recognised() {
    use Role::*;
    assert_eq!(
        roles("YEAR,SUNACTIVITY\n1700,5\n1701,11\n1702,16\n"),
        [Time, Target]
    );
    assert_eq!(
        roles("when,co2\n1958-03-29,316.1\n1958-04-05,\n1958-04-12,317.6\n"),
        [Time, Target]
    );
    assert_eq!(roles("a,b\n3,1\n1,2\n2,3\n"), [Ignore, Target]);
    assert_eq!(
        roles("Tag,v,note\nMo,1,x\nDi,2,y\n"),
        [Time, Target, Ignore]
    );
    let stations = "station,date,t,p\nO,2024-01-01,1,2\nO,2024-01-02,1,2\nB,2024-01-01,3,4\nB,2024-01-02,3,4\n";
    assert_eq!(roles(stations), [Group, Time, Ignore, Target]);
    let unnamed = "who,step,v\na,1,5\na,2,5\nb,1,7\nb,2,6\n";
    assert_eq!(roles(unnamed), [Group, Time, Target]);
    let walks = "id,x,y,class\n1,1,2,up\n1,2,2,up\n2,3,2,down\n2,3,1,down\n";
    assert_eq!(roles(walks), [Group, Feature, Feature, Label]);
    assert_eq!(
        roles("name,language\nAnna,de\nJean,fr\nPaul,de\nZoe,fr\n"),
        [Text, Label]
    );
    assert_eq!(roles("word\nabc\ndefgh\n"), [Text]);
}

#[test]
fn a_reason_speaks_of_another_column_only_where_one_tells_the_time() {
    let reason = |text: &str, name: &str| {
        let guess = Roles::guess(&csv(text));
        let of = guess.columns.into_iter().find(|guess| guess.column == name);
        of.map(|guess| (guess.role, guess.reason)).unwrap()
    };
    let week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let german = [
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ];
    let months = ["Jan", "Feb", "Mar", "Apr"];
    let rows = |names: &[&str], count: usize| -> String {
        (0..count)
            .map(|row| format!("{},{}\n", names[row % names.len()], row * 7 % 13))
            .collect()
    };
    for name in ["day", "date", "weekday", "a"] {
        for (names, said) in [
            (&week[..], "days of the week"),
            (&german, "days of the week"),
            (&months, "months"),
        ] {
            let text = format!("{name},v\n{}", rows(names, 28));
            let (role, why) = reason(&text, name);
            assert_eq!(role, Role::Ignore, "{text}");
            assert!(
                why.contains(said) && why.contains("Rows are counted"),
                "{why}"
            );
            assert_eq!(reason(&text, "v").0, Role::Target);
        }
    }
    for cells in ["x,1\ny,2\nx,3\ny,1\n", "3,1\n3,2\n3,3\n1,1\n"] {
        let (_, why) = reason(&format!("time,v\n{cells}"), "time");
        assert!(!why.contains("another column"), "{why}");
    }
    let (_, why) = reason(
        "date,time,v\n2024-01-01,3,1\n2024-01-02,1,4\n2024-01-03,2,2\n",
        "time",
    );
    assert!(
        why.contains("another column") || why.contains("is a time"),
        "{why}"
    );
}

#[test]
fn what_never_changes_is_never_guessed_as_the_target() {
    let constant = Roles::guess(&csv("year,v\n1990,5\n1991,5\n1992,5\n1993,5\n"));
    assert_eq!(constant.with(Role::Target).count(), 0);
    assert_eq!(constant.columns[1].reason, "It is the same in all rows.");
    let table = csv("year,v\n1990,5\n1991,5\n1992,5\n1993,5\n");
    let error = prepare(&table, &constant.spec(&table))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("found no target") && !error.contains("no features"),
        "{error}"
    );
}

#[test]
fn numbers_of_eighteen_digits_are_names_and_nanoseconds_are_times() {
    use Role::*;
    let rows = |of: &dyn Fn(u64) -> String| -> String { (0..12).map(of).collect() };
    let ids = rows(&|k| {
        format!(
            "{},{}\n",
            123_456_789_012_345_678 + 1_000_003 * k * k,
            k * 7 % 5
        )
    });
    assert_eq!(roles(&format!("order,v\n{ids}")), [Ignore, Target]);
    let ids = rows(&|k| {
        format!(
            "2024-01-{:02},{},{}\n",
            k + 1,
            k * 7 % 5,
            998_877_665_544_332_211 - 7_919 * k
        )
    });
    assert_eq!(roles(&format!("date,v,ref\n{ids}")), [Time, Target, Ignore]);
    let stamps = rows(&|k| {
        format!(
            "{},{}\n",
            1_700_000_000_000_000_000 + 60_000_000_000 * k,
            k * 7 % 5
        )
    });
    assert_eq!(roles(&format!("time,v\n{stamps}")), [Time, Target]);
    assert_eq!(roles(&format!("a,b\n{stamps}")), [Time, Target]);
}

#[test]
fn times_that_go_on_within_a_value_make_it_a_group() {
    use Role::*;
    let text = "date,who,v\n2024-01-01,a,5\n2024-01-01,b,5\n2024-01-02,a,7\n2024-01-02,b,6\n";
    assert_eq!(roles(text), [Time, Group, Target]);
}

#[test]
fn a_column_that_is_nearly_numbers_is_the_target_so_that_its_bad_cells_are_named() {
    use Role::*;
    let text = "date,v\n2024-01-01,1\n2024-01-02,5 kg\n2024-01-03,3\n2024-01-04,4\n";
    assert_eq!(roles(text), [Time, Target]);
    let table = csv(text);
    let error = prepare(&table, &Roles::guess(&table).spec(&table)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 3, column 2 (v): found “5 kg”"),
        "{error}"
    );
}

#[test]
fn the_label_is_asked_at_the_end_if_it_is_the_same_in_every_group() {
    let label_at = |text: &str| {
        let table = csv(text);
        match Roles::guess(&table).spec(&table).asked {
            Asked::Classify { label_at, .. } => label_at,
            _ => None,
        }
    };
    let same = "id,x,class\n1,1,up\n1,2,up\n2,3,down\n2,3,down\n";
    assert_eq!(label_at(same), Some(LabelAt::End));
    let other = "id,x,class\n1,1,up\n1,2,down\n2,3,down\n2,3,down\n";
    assert_eq!(label_at(other), Some(LabelAt::Every));
    assert_eq!(
        label_at("x,class\n1,up\n2,up\n3,down\n4,down\n"),
        Some(LabelAt::Every)
    );
}

#[test]
fn a_guess_gives_sequences() {
    let rows: String = (0..40)
        .map(|row| format!("2024-01-{:02},{},{row}\n", row / 2 + 1, ["a", "b"][row % 2]))
        .collect();
    let table = csv(&format!("date,who,v\n{rows}"));
    let made = prepare(&table, &Roles::guess(&table).spec(&table)).unwrap();
    assert_eq!(made.outlook.unwrap().future.len(), 2);
}
