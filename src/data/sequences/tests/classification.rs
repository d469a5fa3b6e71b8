//! Classes, told at the end or at every step.

use super::*;

/// Four walks of 1, 2, 1 and 3 rows.
fn walks() -> Table {
    csv("walk,x,kind\na,1,up\nb,2,down\nb,3,down\nc,4,up\nd,5,down\nd,6,down\nd,7,down\n")
}

fn classify(group: Option<&str>, label_at: Option<LabelAt>, window: usize) -> SequenceSpec {
    SequenceSpec {
        asked: Asked::Classify {
            features: vec!["x".into()],
            label: "kind".into(),
            label_at,
            window,
        },
        group: group.map(str::to_owned).into_iter().collect(),
        sort: false,
        test: TestFrom::Fraction(0.5),
        ..spec()
    }
}

#[test]
fn each_group_is_one_sequence_of_its_own_length() {
    let made = prepare(&walks(), &classify(Some("walk"), None, 0)).unwrap();
    let data = &made.dataset;
    assert_eq!(data.answers, Answers::Last);
    assert_eq!(data.train, [Span::new(0, 1), Span::new(1, 2)]);
    assert_eq!(data.test, [Span::new(3, 1), Span::new(4, 3)]);
    assert_eq!(classes(&made).1, ["down", "up"]);
    assert_eq!(made.report.parts[1].classes, [1, 1]);
    assert!(data.ragged());
    assert_eq!(
        (data.target_label(6).as_str(), data.axis_name()),
        ("3", "time step")
    );
}

#[test]
fn classes_of_numbers_are_told_apart_as_they_are_written_and_stand_in_their_order() {
    let kinds = ["10", "2", "02", "1.50"];
    let walk = |walk: usize| format!("{walk},1,{0}\n{walk},2,{0}\n", kinds[walk % 4]);
    let rows: String = (0..8).map(walk).collect();
    let table = csv(&format!("walk,x,kind\n{rows}"));
    let made = prepare(&table, &classify(Some("walk"), None, 0)).unwrap();
    let (_, names) = classes(&made);
    assert_eq!(names, ["1.50", "02", "2", "10"]);
}

#[test]
fn a_label_that_changes_within_a_group_is_asked_at_every_step() {
    let table = csv("walk,x,kind\na,1,up\na,2,down\nb,2,down\nb,3,down\n");
    let made = prepare(&table, &classify(Some("walk"), None, 0)).unwrap();
    assert_eq!(made.dataset.answers, Answers::EveryStep);
    let at_end = prepare(&table, &classify(Some("walk"), Some(LabelAt::End), 0)).unwrap();
    assert_eq!(at_end.dataset.answers, Answers::Last);
    assert!(at_end.report.notices[0].contains("within 1 group"));
}

#[test]
fn without_groups_windows_slide_or_lie_one_after_the_other() {
    let sliding = prepare(&walks(), &classify(None, Some(LabelAt::End), 2)).unwrap();
    // 7 rows, the last 4 (3.5 rounded) are test.
    assert_eq!(starts(&sliding.dataset.train), [0, 1]);
    assert_eq!(starts(&sliding.dataset.test), [2, 3, 4, 5]);
    let tagging = prepare(&walks(), &classify(None, None, 2)).unwrap();
    assert_eq!(tagging.dataset.train, [Span::new(0, 2), Span::new(2, 1)]);
    assert_eq!(tagging.dataset.test, [Span::new(3, 2), Span::new(5, 2)]);
    assert_eq!(tagging.report.unused, []);
}

#[test]
fn numeric_labels_are_in_the_order_of_numbers() {
    let table = csv("x,kind\n1,10\n2,9\n3,10\n4,9\n");
    let made = prepare(&table, &classify(None, Some(LabelAt::Every), 2)).unwrap();
    assert_eq!(
        classes(&made),
        (
            vec!["10", "9", "10", "9"],
            &["9".to_owned(), "10".to_owned()][..]
        )
    );
}

#[test]
fn one_class_or_a_missing_label_is_refused() {
    let table = csv("x,kind\n1,a\n2,a\n3,a\n");
    let error = prepare(&table, &classify(None, None, 1)).unwrap_err();
    assert_eq!(error.setting(), "label");
    assert!(
        error
            .to_string()
            .starts_with("found 1 class in column “kind”"),
        "{error}"
    );
    let table = csv("x,kind\n1,a\n2,\n3,b\n");
    let error = prepare(&table, &classify(None, None, 1)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 3, column 2 (kind): found an empty cell"),
        "{error}"
    );
}

#[test]
fn a_class_that_only_the_test_part_has_is_said_and_is_no_output() {
    let table = csv("x,kind\n1,b\n2,c\n3,c\n4,a\n");
    let made = prepare(&table, &classify(None, None, 1)).unwrap();
    assert_eq!(
        made.report.notices,
        [
            "The test part asks for classes that the training part has not: a. 1 sequence of it is left out, as nothing that is \
          trained here can name them."
        ]
    );
    let data = &made.dataset;
    assert_eq!(
        (data.output_size(), &data.output_names[..]),
        (2, &["b".to_owned(), "c".to_owned()][..])
    );
    // It keeps its name, after those that can be learnt.
    assert_eq!(classes(&made).0, ["b", "c", "c", "a"]);
    assert_eq!(data.test, [Span::new(2, 1)]);
    assert_eq!(lines(&made, "in no window"), [5]);
}

#[test]
fn a_training_part_of_one_class_is_refused() {
    let table = csv("x,kind\n1,a\n2,a\n3,a\n4,c\n");
    let error = prepare(&table, &classify(None, None, 1)).unwrap_err();
    assert_eq!(error.setting(), "test_from");
    assert_eq!(
        error.to_string(),
        "found only “a” in column “kind” among the training rows, expected at least 2 classes to tell apart. \
         Let the test part begin later, or keep other sequences back."
    );
}

/// Labels of the test part decide nothing, not even when labels are asked.
#[test]
fn when_a_label_is_asked_is_told_from_the_training_part() {
    let table = |last: &str| {
        csv(&format!(
            "walk,x,kind\na,1,up\na,2,up\nb,3,down\nc,4,up\nc,5,{last}\nc,6,up\n"
        ))
    };
    let spec = SequenceSpec {
        test: TestFrom::Groups(vec!["c".into()]),
        ..classify(Some("walk"), None, 0)
    };
    for last in ["up", "down"] {
        let made = prepare(&table(last), &spec).unwrap();
        assert_eq!(made.dataset.answers, Answers::Last, "{last}");
    }
}
