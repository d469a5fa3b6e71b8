//! Characters of texts.

use super::*;

fn names() -> Table {
    csv("name,language\nab,x\nba,y\naab,x\ncab,y\n")
}

fn symbols(label: Option<&str>) -> SequenceSpec {
    SequenceSpec {
        asked: Asked::Symbols {
            text: "name".into(),
            label: label.map(str::to_owned),
        },
        test: TestFrom::Fraction(0.25),
        ..spec()
    }
}

#[test]
fn each_cell_is_a_sequence_and_its_label_the_class() {
    let made = prepare(&names(), &symbols(Some("language"))).unwrap();
    let data = &made.dataset;
    assert_eq!(
        data.train,
        [Span::new(0, 2), Span::new(2, 2), Span::new(4, 3)]
    );
    assert_eq!(data.test, [Span::new(7, 3)]);
    // The c of the test part was never seen.
    assert_eq!(data.input_names, ["a", "b", "other"]);
    assert_eq!(data.inputs.row(7).to_vec(), [0.0, 0.0, 1.0]);
    assert_eq!(
        (data.answers, data.labels.clone()),
        (Answers::Last, Labels::Steps)
    );
    assert_eq!(classes(&made).0[0..5], ["x", "x", "y", "y", "x"]);
    assert_eq!(
        made.report.symbols[0],
        SymbolCount {
            name: "a".into(),
            train: 4,
            test: 1
        }
    );
    assert_eq!(made.report.notices.len(), 1);
    assert_eq!(made.report.part(Split::Train).classes, [2, 1]);
}

#[test]
fn unknown_characters_have_a_symbol_whether_there_are_any_or_not() {
    let known = csv("name,language\nab,x\nba,y\naab,x\naab,y\n");
    for table in [names(), known] {
        for label in [Some("language"), None] {
            let made = prepare(&table, &symbols(label)).unwrap();
            assert_eq!(made.dataset.input_names, ["a", "b", "other"]);
        }
        let told = prepare(&table, &symbols(None)).unwrap().dataset;
        assert_eq!(told.output_names, ["a", "b", "other"]);
    }
}

#[test]
fn a_text_of_a_class_that_only_the_test_part_has_is_left_out_and_listed() {
    let table = csv("name,language\nab,x\nba,y\naab,z\naab,y\n");
    let spec = SequenceSpec {
        test: TestFrom::Fraction(0.5),
        ..symbols(Some("language"))
    };
    let made = prepare(&table, &spec).unwrap();
    assert_eq!(made.dataset.output_names, ["x", "y"]);
    assert_eq!((made.dataset.train.len(), made.dataset.test.len()), (2, 1));
    assert_eq!(lines(&made, "class is not in"), [4]);
    assert!(made.report.notices[0].contains("not: z."));
}

#[test]
fn without_a_label_the_next_character_is_asked() {
    let made = prepare(&names(), &symbols(None)).unwrap();
    assert_eq!(
        made.dataset.train,
        [Span::new(0, 1), Span::new(1, 1), Span::new(2, 2)]
    );
    assert_eq!(classes(&made).0, ["b", "a", "a", "b", "a", "b"]);
    assert_eq!(made.dataset.answers, Answers::EveryStep);
}

#[test]
fn texts_without_times_are_counted() {
    let spec = SequenceSpec {
        test: TestFrom::Label("3".into()),
        ..symbols(Some("language"))
    };
    let made = prepare(&names(), &spec).unwrap();
    assert_eq!((made.dataset.train.len(), made.dataset.test.len()), (2, 2));
}

#[test]
fn empty_and_short_texts_are_refused_or_listed() {
    let table = csv("name,n\nab,1\n,2\nc,3\nab,4\n");
    let error = prepare(&table, &symbols(None)).unwrap_err();
    assert!(
        error.to_string().starts_with("line 3, column 1 (name)"),
        "{error}"
    );
    let drop = SequenceSpec {
        missing: Missing::Drop,
        ..symbols(None)
    };
    let made = prepare(&table, &drop).unwrap();
    assert_eq!(lines(&made, "empty"), [3]);
    assert_eq!(lines(&made, "one character"), [4]);
}

#[test]
fn an_alphabet_too_large_says_how_many() {
    let many: String = (0..300)
        .filter_map(|k| char::from_u32(0x4e00 + k))
        .collect();
    let table = csv(&format!("name,n\n{many},1\nab,2\n"));
    let error = prepare(&table, &symbols(None)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("found 300 different characters in “name”, expected at most 256"),
        "{error}"
    );
    let (_, setting) = failing(&csv("name,n\n1,1\n2,2\n"), |spec| *spec = symbols(None));
    assert_eq!(setting, "text");
}

#[test]
fn a_plain_text_is_cut_into_sequences_that_do_not_meet() {
    let spec = TextSpec {
        length: 3,
        test: 0.3,
    };
    let made = of_text("abcabcab\nd", &spec).unwrap();
    let data = &made.dataset;
    // 7 characters to learn from: 6 steps; 3 for testing: 2 steps.
    assert_eq!(data.train, [Span::new(0, 3), Span::new(3, 3)]);
    assert_eq!(data.test, [Span::new(7, 2)]);
    assert_eq!(data.input_names, ["a", "b", "c", "other"]);
    assert_eq!(classes(&made).0[..3], ["b", "c", "a"]);
    assert_eq!(made.report.part(Split::Test).longest, 2);
    for (text, length) in [("", 3), ("abc", 3), ("abcdefgh", 0)] {
        assert!(
            of_text(text, &TextSpec { length, test: 0.3 }).is_err(),
            "{text}"
        );
    }
}
