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
