//! A file of the learner's on its way to becoming an experiment: through the session without a screen, and through the
//! dialogue as it is seen, clicked and typed in.

use crate::common::{SIZE, Window, click_in_list, drop_on, opening, shows};
use eframe::egui::accesskit::Role as Widget;
use eframe::egui::{self, Key, Theme};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::data::{
    Answers, CsvError, CsvOptions, Missing, Notation, Role, Scale, SequenceProblem, Split, Targets,
    TestFrom,
};
use rnnscope::experiment::Data;
use rnnscope::session::{
    Command, Import, ImportAim, ImportCommand, ImportKind, ImportState, Origin, Outcome, Session,
    Summary, TableImport, TextImport,
};
use std::path::{Path, PathBuf};

/// Writes a file into this test's folder.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    crate::common::file("import", name, bytes)
}

/// A session that looks at the file; reading it may take so many bytes of memory.
fn looking_at(path: &Path, memory: u64) -> Session {
    let mut session = Session::new(|| ());
    session.limit_memory(memory);
    session.apply(Command::Open(Origin::File(path.into())));
    session.settle_import();
    session
}

const MUCH: u64 = 1 << 30;

fn choose(session: &mut Session, command: ImportCommand) {
    session.apply(Command::Import(command));
    session.settle_import();
}

/// Waits until a change on the disk is seen: it is looked for now and then, not in every frame, and the processor is for others
/// meanwhile.
fn until_seen(mut is_seen: impl FnMut() -> bool) {
    let seen = (0..3_000).any(|_| {
        let seen = is_seen();
        if !seen {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        seen
    });
    assert!(seen, "the change was never seen");
}

fn give(session: &mut Session, column: &str, role: Role) {
    let column = column.to_owned();
    choose(session, ImportCommand::Role { column, role });
}

fn looked_at(session: &Session) -> &Import {
    session.import().expect("a file is being looked at")
}

fn table(session: &Session) -> &TableImport {
    match &looked_at(session).state {
        ImportState::Ready(table) => table,
        other => panic!("{other:?}"),
    }
}

fn summary(session: &Session) -> &Summary {
    match &table(session).outcome {
        Some(Outcome::Ready(summary)) => summary,
        other => panic!("{other:?}"),
    }
}

fn refusals(session: &Session) -> &[SequenceProblem] {
    match &table(session).outcome {
        Some(Outcome::Refused(error)) => &error.problems,
        other => panic!("{other:?}"),
    }
}

/// Opens the file as an experiment and waits until its data is there.
fn open(session: &mut Session) {
    choose(session, ImportCommand::Open);
    assert_eq!(session.message(), None);
    assert!(session.import().is_none());
    session.settle().unwrap();
}

/// A river's level as a German program exports it: a comment, semicolons, decimal commas, points between thousands, days first.
fn river() -> String {
    let mut text = String::from("# Pegel Köln\r\nDatum;Regen;Pegel\r\n");
    for k in 0..120 {
        let (day, month) = (1 + k % 28, 1 + k / 28);
        let (rain, level) = (k % 7 * 5, 1000 + k * 37 % 100);
        text += &format!(
            "{day:02}.{month:02}.2024;{},{};1.{:03},0\r\n",
            rain / 10,
            rain % 10,
            level % 1000
        );
    }
    text
}

/// The same with three cells that are no numbers, on lines 12, 60 and 100, and two missing ones.
fn broken_river() -> String {
    let lines = river();
    let lines = lines.lines().enumerate().map(|(index, line)| {
        let (before, _) = line.rsplit_once(';').unwrap_or((line, ""));
        match index + 1 {
            12 => format!("{before};nicht gemessen"),
            60 => format!("{before};1.2l4,0"),
            100 => format!("{before};?? 900"),
            20 | 21 => format!("{before};"),
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Movements of subjects, of different lengths, each of one kind.
fn motion() -> String {
    let mut text = String::from("subject,t,x,kind\n");
    for subject in 0..12 {
        for t in 0..5 + subject % 4 {
            let kind = ["sit", "walk", "run"][subject % 3];
            text += &format!("s{subject:02},{t},{},{kind}\n", subject * t);
        }
    }
    text
}

#[test]
fn a_semicolon_file_with_decimal_commas_becomes_a_forecast() {
    let mut session = looking_at(&file("river.csv", river()), MUCH);
    let import = table(&session);
    assert_eq!(import.choices.aim(), ImportAim::Forecast);
    assert_eq!(
        import.choices.roles,
        [Role::Time, Role::Ignore, Role::Target]
    );
    assert_eq!(import.table.numbers("Pegel").unwrap()[1], 1037.0);
    assert!(import.table.found().sentences()[0].contains("decimal commas"));
    let parts = &summary(&session).report;
    // 120 rows, of which the last 24 are test; 20 rows in and 1 ahead take 20 windows from the beginning.
    assert_eq!(parts.part(Split::Train).sequences, 76);
    assert_eq!(parts.part(Split::Test).sequences, 24);
    open(&mut session);
    let dataset = &session.snapshot().unwrap().material.dataset;
    assert_eq!(dataset.output_names, ["Pegel"]);
    assert_eq!((dataset.train.len(), dataset.test.len()), (76, 24));
    assert_eq!(
        dataset.target_label(dataset.test[0].last_row()),
        "13.04.2024"
    );
}

#[test]
fn roles_make_several_series_in_and_out_with_a_longer_horizon() {
    let mut session = looking_at(&file("several.csv", river()), MUCH);
    give(&mut session, "Regen", Role::Target);
    choose(&mut session, ImportCommand::Window(10));
    choose(&mut session, ImportCommand::Horizon(2));
    choose(&mut session, ImportCommand::Steps(3));
    choose(&mut session, ImportCommand::Scale(Scale::Difference));
    assert_eq!(summary(&session).inputs, ["Regen", "Pegel"]);
    assert_eq!(summary(&session).outputs.len(), 6);
    choose(&mut session, ImportCommand::AlsoInput(false));
    assert!(matches!(refusals(&session)[0], SequenceProblem::NoFeatures));
    give(&mut session, "Regen", Role::Feature);
    assert_eq!(summary(&session).inputs, ["Regen"]);
    open(&mut session);
    let Data::Csv(data) = &session.experiment().data else {
        panic!("it is a table")
    };
    assert_eq!(data.sequences.scale, Scale::Difference);
    let dataset = &session.snapshot().unwrap().material.dataset;
    assert_eq!(dataset.input_names, ["Regen"]);
    assert_eq!(dataset.output_size(), 3);
    assert_eq!(dataset.longest(), 10);
}

#[test]
fn three_bad_cells_are_all_named_and_the_column_is_still_what_it_was_meant_to_be() {
    let session = looking_at(&file("broken.csv", broken_river()), MUCH);
    let import = table(&session);
    assert_eq!(
        import.choices.roles,
        [Role::Time, Role::Ignore, Role::Target]
    );
    let lines: Vec<u64> = import.bad[2].first().iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [12, 60, 100]);
    let SequenceProblem::Column { error, .. } = &refusals(&session)[0] else {
        panic!("{:?}", refusals(&session))
    };
    assert_eq!(error.places(), Some(&import.bad[2]));
}

#[test]
fn another_column_can_be_chosen_instead_of_one_with_bad_cells() {
    let mut session = looking_at(&file("instead.csv", broken_river()), MUCH);
    give(&mut session, "Regen", Role::Target);
    give(&mut session, "Pegel", Role::Ignore);
    open(&mut session);
    let dataset = &session.snapshot().unwrap().material.dataset;
    assert_eq!(dataset.output_names, ["Regen"]);
}

#[test]
fn a_grouped_labelled_file_becomes_a_ragged_classification() {
    let mut session = looking_at(&file("motion.csv", motion()), MUCH);
    let import = table(&session);
    assert_eq!(import.choices.aim(), ImportAim::Classify);
    assert_eq!(
        import.choices.roles,
        [Role::Group, Role::Time, Role::Feature, Role::Label]
    );
    assert_eq!(import.groups.len(), 12);
    assert_eq!(summary(&session).answers, Answers::Last);
    let kept = vec!["s03".to_owned(), "s07".to_owned(), "s11".to_owned()];
    choose(&mut session, ImportCommand::Test(TestFrom::Groups(kept)));
    let part = summary(&session).report.part(Split::Test);
    assert_eq!((part.sequences, part.shortest, part.longest), (3, 8, 8));
    open(&mut session);
    let dataset = &session.snapshot().unwrap().material.dataset;
    assert!(dataset.ragged());
    assert_eq!((dataset.train.len(), dataset.test.len()), (9, 3));
    let Targets::Classes { names, .. } = &dataset.targets else {
        panic!("classes are told")
    };
    assert_eq!(names, &["run", "sit", "walk"]);
}

#[test]
fn a_label_that_changes_within_a_group_is_asked_at_every_step_and_the_model_answers_there() {
    let text = motion().replace(",0,sit", ",0,rest");
    let mut session = looking_at(&file("tags.csv", text), MUCH);
    assert_eq!(summary(&session).answers, Answers::EveryStep);
    open(&mut session);
    assert!(session.text().contains("label_at = \"every\""));
    let dataset = &session.snapshot().unwrap().material.dataset;
    assert!(dataset.at_every_step());
}

#[test]
fn missing_values_are_refused_filled_or_left_out_as_chosen() {
    let text = river().replace(";1.011,0", ";");
    let mut session = looking_at(&file("gaps.csv", text), MUCH);
    let import = table(&session);
    let gaps = import.choices.missing_values(&import.table);
    assert!(gaps > 0);
    assert_eq!(import.choices.missing(&import.table), Missing::CarryForward);
    let column = &summary(&session).report.columns[2];
    assert_eq!((column.missing, column.filled), (gaps, gaps));
    choose(&mut session, ImportCommand::Missing(Missing::Refuse));
    let SequenceProblem::Missing { places, count, .. } = &refusals(&session)[0] else {
        panic!("{:?}", refusals(&session))
    };
    assert_eq!((*count, places.first().len()), (gaps, gaps));
    choose(&mut session, ImportCommand::Missing(Missing::Drop));
    let unused = &summary(&session).report.unused;
    assert_eq!(
        unused.iter().map(|one| one.lines.count).sum::<usize>(),
        gaps
    );
    open(&mut session);
    assert!(session.text().contains("missing = \"drop\""));
}

#[test]
fn a_file_too_large_for_memory_is_refused_and_its_first_rows_are_read_on_request() {
    let mut text = String::from("t,value\n");
    for row in 0..60_000 {
        text += &format!("{row},{}\n", row % 1000);
    }
    // Half of what its own bytes take.
    let mut session = looking_at(&file("large.csv", &text), text.len() as u64 / 2);
    let ImportState::Failed(CsvError::TooMuchMemory { rows, estimate, .. }) =
        &looked_at(&session).state
    else {
        panic!("{:?}", looked_at(&session).state)
    };
    let rows = *rows as usize;
    assert!((40_000..90_000).contains(&estimate.rows), "{estimate:?}");
    assert!((1_000..30_000).contains(&rows), "{rows}");
    let options = CsvOptions {
        first_rows: Some(rows / 2),
        ..CsvOptions::default()
    };
    choose(&mut session, ImportCommand::Options(options));
    assert_eq!(table(&session).table.rows(), rows / 2);
    open(&mut session);
    assert!(session.text().contains("first_rows = "));
}

#[test]
fn what_is_chosen_holds_when_the_file_is_read_again_with_the_same_columns() {
    let mut session = looking_at(&file("again.csv", river()), MUCH);
    give(&mut session, "Regen", Role::Feature);
    choose(&mut session, ImportCommand::Window(7));
    let before = table(&session).choices.clone();
    let options = CsvOptions {
        decimal: Some(Notation::Comma),
        ..CsvOptions::default()
    };
    choose(&mut session, ImportCommand::Options(options.clone()));
    assert_eq!(table(&session).choices, before);
    let options = CsvOptions {
        header: Some(false),
        ..options
    };
    choose(&mut session, ImportCommand::Options(options));
    assert_ne!(
        table(&session).choices,
        before,
        "other columns, other roles"
    );
}

#[test]
fn of_several_choices_in_a_row_the_last_is_what_the_outcome_is_of() {
    let mut session = looking_at(&file("quick.csv", river()), MUCH);
    for window in 1..=30 {
        session.apply(Command::Import(ImportCommand::Window(window)));
    }
    session.settle_import();
    assert!(!table(&session).pending);
    assert_eq!(summary(&session).report.part(Split::Train).longest, 30);
}

#[test]
fn a_part_is_kept_back_from_a_time_on_and_a_time_that_is_none_is_refused() {
    let mut session = looking_at(&file("time.csv", river()), MUCH);
    let from = |time: &str| ImportCommand::Test(TestFrom::Label(time.into()));
    choose(&mut session, from("2024-05-01"));
    // Months of 28 days: rows 112 to 119.
    assert_eq!(summary(&session).report.part(Split::Test).sequences, 8);
    choose(&mut session, from("soon"));
    assert!(matches!(
        refusals(&session)[0],
        SequenceProblem::UnknownTime { .. }
    ));
}

fn text(session: &Session) -> &TextImport {
    match &looked_at(session).state {
        ImportState::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_is_learned_character_by_character() {
    let prose = "It was the best of times, it was the worst of times.\n".repeat(20);
    let path = file("prose.txt", format!("\u{feff}{prose}"));
    let mut session = looking_at(&path, MUCH);
    assert_eq!(text(&session).characters, prose.chars().count());
    choose(&mut session, ImportCommand::Length(25));
    choose(&mut session, ImportCommand::Test(TestFrom::Fraction(0.25)));
    let Some(Outcome::Ready(summary)) = &text(&session).outcome else {
        panic!("{:?}", text(&session).outcome)
    };
    let parts = summary.report.clone().parts;
    assert_eq!(parts[0].longest, 25);
    open(&mut session);
    assert!(matches!(&session.experiment().data, Data::Text(data) if data.spec.length == 25));
    let dataset = &session.snapshot().unwrap().material.dataset;
    assert_eq!(dataset.train.len(), parts[0].sequences);
    assert_eq!(dataset.test.len(), parts[1].sequences);
}

#[test]
fn a_table_in_a_txt_file_is_taken_for_one_unless_told_otherwise() {
    let mut session = looking_at(&file("table.txt", river()), MUCH);
    assert_eq!(table(&session).table.columns().len(), 3);
    choose(&mut session, ImportCommand::As(ImportKind::Text));
    assert!(text(&session).text.starts_with("# Pegel Köln"));
    choose(&mut session, ImportCommand::As(ImportKind::Table));
    assert_eq!(table(&session).table.rows(), 120);
}

#[test]
fn a_text_in_another_encoding_is_refused_with_its_line() {
    let session = looking_at(&file("latin.txt", b"one\ntwo\ncaf\xe9\n"), MUCH);
    let ImportState::Unreadable(reason) = &looked_at(&session).state else {
        panic!("{:?}", looked_at(&session).state)
    };
    assert_eq!(
        reason,
        "line 3, column 4: found the byte 0xE9, expected a text in UTF-8. Save the file again with the encoding UTF-8."
    );
}

/// A kind is guessed by the first 64 kB, which in UTF-16 must not end within a character.
#[test]
fn a_long_text_file_in_utf16_is_taken_for_the_table_it_is() {
    let mut rows = String::from("year;level\n");
    (0..20_000).for_each(|row| rows += &format!("{row};{}\n", row % 97));
    for (name, bytes_of) in [
        ("be.txt", u16::to_be_bytes as fn(u16) -> [u8; 2]),
        ("le.txt", u16::to_le_bytes),
    ] {
        let units = format!("\u{feff}{rows}");
        let bytes: Vec<u8> = units.encode_utf16().flat_map(bytes_of).collect();
        assert!(bytes.len() > 3 << 16);
        let session = looking_at(&file(name, bytes), MUCH);
        let names: Vec<&str> = table(&session).table.names().collect();
        assert_eq!(names, ["year", "level"]);
        assert_eq!(table(&session).table.rows(), 20_000);
    }
}

#[test]
fn a_wide_table_is_looked_at_chosen_about_and_opened() {
    let columns = 20_000;
    let row = |of: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (0..columns).map(of).collect();
        cells.join(",") + "\n"
    };
    let mut text = row(&|column| format!("sensor{column}"));
    (0..60).for_each(|t| text += &row(&|column| ((t * column) % 7).to_string()));
    let mut session = looking_at(&file("many_columns.csv", text), MUCH);
    assert_eq!(table(&session).table.columns().len(), columns);
    give(&mut session, "sensor7", Role::Target);
    assert!(summary(&session).outputs.contains(&"sensor7".to_owned()));
}

#[test]
fn a_folder_is_no_file() {
    let session = looking_at(Path::new(env!("CARGO_TARGET_TMPDIR")), MUCH);
    let ImportState::Unreadable(reason) = &looked_at(&session).state else {
        panic!("{:?}", looked_at(&session).state)
    };
    assert!(reason.contains("folder"), "{reason}");
}

/// The window with the file opened in it.
fn window(name: &str, bytes: impl AsRef<[u8]>, size: [f32; 2], theme: Theme) -> Window {
    let source = Origin::File(file(name, bytes));
    let mut window = opening(Some(source), size, theme);
    window.state_mut().settle();
    settle(&mut window);
    window
}

/// The same in the usual size.
fn wide_window(name: &str, bytes: impl AsRef<[u8]>) -> Window {
    window(name, bytes, SIZE, Theme::Light)
}

/// Draws until the file is read and what comes of it is worked out, frame by frame as the window does it.
fn settle(window: &mut Window) {
    window.step();
    let busy = |window: &Window| {
        let import = window.state().session().import();
        import.is_some_and(|import| match &import.state {
            ImportState::Reading(_) => true,
            ImportState::Ready(table) => table.pending,
            ImportState::Text(text) => text.pending,
            ImportState::Failed(_) | ImportState::Unreadable(_) => false,
        })
    };
    while busy(window) {
        window.step();
    }
    window.run();
}

fn open_button(window: &Window) -> Node<'_> {
    window.get_by_role_and_label(Widget::Button, "Open as experiment")
}

fn is_open(window: &Window) -> bool {
    window.state().session().import().is_some()
}

fn pick(window: &mut Window, list: &str, entry: &str) {
    click_in_list(window, list, entry);
    settle(window);
}

#[test]
fn the_dialogue_says_what_was_found_and_what_comes_of_it() {
    let mut window = wide_window("dialogue.csv", river());
    for said in [
        "Import dialogue.csv",
        "120 rows, 3 columns, 2 of them numbers",
        "UTF-8, semicolons, decimal commas",
        "1 comment line skipped.",
        "76 training and 24 test sequences of 20 steps",
        "From 20 rows of Pegel the network forecasts Pegel, 1 row ahead.",
        "none missing",
    ] {
        assert!(shows(&window, said), "“{said}” is not shown");
    }
    pick(&mut window, "Role of Regen", "feature");
    assert!(shows(
        &window,
        "From 20 rows of Regen and Pegel the network"
    ));
    pick(&mut window, "Decimal sign", "point: 0.5");
    let options = window.state().session().import().unwrap().options.clone();
    assert_eq!(options.decimal, Some(Notation::Point));
    assert!(shows(&window, "240 cells are no numbers"));
    pick(&mut window, "Decimal sign", "as found");
    assert!(!open_button(&window).accesskit_node().is_disabled());
}

#[test]
fn every_bad_cell_is_shown_with_its_place_and_the_button_says_why_it_is_off() {
    for theme in [Theme::Light, Theme::Dark] {
        let window = window("shown.csv", broken_river(), SIZE, theme);
        for said in [
            "line 12, column 3 (Pegel)",
            "line 60, column 3 (Pegel)",
            "line 100, column 3 (Pegel)",
            "“nicht gemessen”",
            "“1.2l4,0”",
            "“?? 900”",
            "expected a number",
            "3 are no numbers",
            "3 cells are no numbers: answer what is asked above, correct them in the file",
        ] {
            assert!(shows(&window, said), "“{said}” is not shown");
        }
        assert!(window.query_by_role(Widget::Alert).is_some());
        assert!(open_button(&window).accesskit_node().is_disabled());
    }
}

#[test]
fn more_bad_places_than_are_kept_are_counted() {
    let mut text = String::from("t,value\n");
    for row in 0..400 {
        let value = if row % 5 == 0 {
            "bad".to_owned()
        } else {
            row.to_string()
        };
        text += &format!("{row},{value}\n");
    }
    let window = wide_window("many.csv", text);
    assert!(shows(&window, "and 30 more places"));
    assert!(shows(&window, "80 cells are no numbers"));
}

#[test]
fn enter_opens_and_escape_cancels() {
    let mut window = wide_window("keys.csv", river());
    assert!(!open_button(&window).accesskit_node().is_disabled());
    window.key_press(Key::Enter);
    settle(&mut window);
    assert!(!is_open(&window));
    window.state_mut().settle();
    assert_eq!(window.state().session().name(), "keys");
    let mut window = wide_window("keys.csv", river());
    let before = window.state().session().text();
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(!is_open(&window));
    assert_eq!(window.state().session().text(), before);
}

#[test]
fn enter_in_a_field_ends_typing_and_opens_nothing() {
    let mut window = wide_window("typing.csv", river());
    let field = |window: &mut Window| {
        let field = window.get_by_role_and_label(Widget::SpinButton, "Window");
        field.scroll_to_me();
    };
    field(&mut window);
    window.run();
    window
        .get_by_role_and_label(Widget::SpinButton, "Window")
        .click();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text("30".into()));
    window.run();
    window.key_press(Key::Enter);
    settle(&mut window);
    assert!(is_open(&window), "Enter belongs to the field");
    assert!(shows(&window, "sequences of 30 steps"));
    window.key_press(Key::Enter);
    settle(&mut window);
    assert!(!is_open(&window));
}

/// Where frames are slow a click into a field, what is typed there and Enter come within one of them.
#[test]
fn enter_belongs_to_the_field_that_was_typed_in_since_the_last_frame() {
    let mut window = wide_window("slow.csv", river());
    window.get_by_label("Lines and quotes").click();
    settle(&mut window);
    let field = window.get_by_role_and_label(Widget::TextInput, "Leave out lines");
    let at = field.rect().center();
    let button = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    let enter = |pressed| egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    let typed = egui::Event::Text("12".into());
    let all = [
        egui::Event::PointerMoved(at),
        button(true),
        button(false),
        typed,
        enter(true),
        enter(false),
    ];
    window.input_mut().events.extend(all);
    settle(&mut window);
    assert!(is_open(&window), "Enter belongs to the field");
    window.key_press(Key::Escape);
    settle(&mut window);
    if is_open(&window) {
        // By itself, with no field that has it, it opens.
        window.key_press(Key::Enter);
        settle(&mut window);
        assert!(!is_open(&window));
    }
}

/// What is clicked next must not move away under the pointer.
#[test]
fn the_dialogue_keeps_its_place_and_size_whatever_is_in_it() {
    for (name, size) in [("still.csv", SIZE), ("still-large.csv", [1600.0, 1200.0])] {
        let mut window = window(name, broken_river(), size, Theme::Light);
        let place = |window: &Window| {
            let title = window.get_by_label(&format!("Import {name}")).rect();
            let cancel = window
                .get_by_role_and_label(Widget::Button, "Cancel")
                .rect();
            (title.left_top(), cancel.left_top())
        };
        let at_first = place(&window);
        window.get_by_label("Lines and quotes").click();
        settle(&mut window);
        assert_eq!(place(&window), at_first, "{name}: with a fold open");
        for (list, entry) in [("Role of Pegel", "ignore"), ("Delimiter", "comma")] {
            click_in_list(&mut window, list, entry);
            settle(&mut window);
            assert_eq!(place(&window), at_first, "{name}: {list}, {entry}");
        }
        file(name, river() + "# more\n");
        until_seen(|| {
            window.step();
            window.state().session().import().unwrap().is_changed
        });
        settle(&mut window);
        assert_eq!(place(&window), at_first, "{name}: changed on the disk");
    }
}

/// It has its full height from the first frame on.
#[test]
fn the_dialogue_takes_the_room_it_needs_by_itself() {
    let rows: String = (0..60_000)
        .map(|row| format!("{row},{}\n", row % 97))
        .collect();
    let mut window = window("long.csv", format!("t,v\n{rows}"), SIZE, Theme::Light);
    let button = |window: &Window| open_button(window).rect();
    let at_rest = button(&window);
    (0..8).for_each(|_| window.step());
    assert_eq!(button(&window), at_rest);
    assert!(
        window
            .query_by_role_and_label(Widget::ScrollBar, "")
            .is_none()
            && at_rest.bottom() > 700.0,
        "{at_rest}"
    );
}

#[test]
fn the_dialogue_fits_into_the_smallest_window_and_its_buttons_stay_in_sight() {
    for (name, text) in [
        ("small.csv", river()),
        ("small-broken.csv", broken_river()),
        ("small-motion.csv", motion()),
        ("small.txt", "All work and no play.\n".repeat(50)),
    ] {
        let window = window(name, text, [880.0, 560.0], Theme::Dark);
        for button in ["Open as experiment", "Cancel"] {
            let button = window.get_by_role_and_label(Widget::Button, button);
            let rect = button.rect();
            assert!(rect.bottom() < 560.0 && rect.top() > 0.0, "{name}: {rect}");
        }
        let title = format!("Import {name}");
        let left = window.get_by_label(&title).rect().left();
        assert!((0.0..80.0).contains(&left), "{name} is wider: {left}");
    }
}

#[test]
fn a_table_with_very_many_columns_is_shown_and_its_roles_can_be_scrolled_to() {
    let columns = 300;
    let header: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    let mut text = header.join(",") + "\n";
    for row in 0..30 {
        let cells: Vec<String> = (0..columns)
            .map(|c| (row * 7 % (c + 2)).to_string())
            .collect();
        text += &(cells.join(",") + "\n");
    }
    let window = wide_window("many_roles.csv", text);
    assert!(window.query_by_label("Role of c0").is_some());
    assert!(
        window.query_by_label("Role of c299").is_none(),
        "only what is in sight is laid out"
    );
}

#[test]
fn a_dropped_file_is_looked_at() {
    let mut window = wide_window("first.csv", river());
    let path = file("dropped.txt", "All work and no play.\n".repeat(50));
    drop_on(&mut window, path);
    settle(&mut window);
    assert!(shows(&window, "Import dropped.txt"));
    assert!(shows(
        &window,
        "After each character the network tells the next one."
    ));
}

/// The window refuses what a run would: before anything is made of the rows.
#[test]
fn rows_whose_sequences_do_not_fit_are_refused_before_there_are_any() {
    let rows: String = (0..40_000)
        .map(|row| format!("{row},{}\n", row % 9))
        .collect();
    let path = file("many.csv", format!("row,v\n{rows}"));
    let session = looking_at(&path, 2_000_000);
    let Some(Outcome::Refused(error)) = &table(&session).outcome else {
        panic!("{:?}", table(&session).outcome);
    };
    assert_eq!(error.setting(), "first_rows");
    let said = "found 40,000 rows, of which sequences take at least";
    assert!(error.to_string().starts_with(said), "{error}");
    let session = looking_at(&path, MUCH);
    assert!(matches!(table(&session).outcome, Some(Outcome::Ready(_))));
}

/// Two stores with three items each, woven by day.
fn woven() -> String {
    let rows = (0..120).map(|row| {
        format!(
            "2021-{:02}-{:02},{},{},{}\n",
            row / 60 + 1,
            row / 6 % 10 + 1,
            row / 3 % 2 + 1,
            row % 3 + 1,
            row * 37 % 100
        )
    });
    format!("date,store,item,sales\n{}", rows.collect::<String>())
}

#[test]
fn times_that_repeat_are_cured_with_one_click() {
    let mut session = looking_at(&file("woven.csv", woven()), MUCH);
    give(&mut session, "item", Role::Ignore);
    let repeated = summary(&session).report.repeated.clone().unwrap();
    assert_eq!(repeated.count, 80);
    let offers = table(&session).cures();
    assert_eq!(offers[0].text, "Group by store and item");
    for command in offers[0].commands.clone() {
        choose(&mut session, command);
    }
    assert_eq!(summary(&session).report.repeated, None);
    assert!(table(&session).cures().is_empty());
    assert_eq!(table(&session).groups[..2], ["1 / 1", "1 / 2"]);
    open(&mut session);
    let text = session.text();
    assert!(text.contains("group = [\"store\", \"item\"]"), "{text}");
}

#[test]
fn rows_out_of_order_are_sorted_with_one_click() {
    let rows =
        (0..60).map(|row| format!("2021-03-{:02} {:02}:00,{row}\n", row * 7 % 30 + 1, row / 30));
    let text = format!("when,level\n{}", rows.collect::<String>());
    let mut session = looking_at(&file("shuffled.csv", text), MUCH);
    assert!(matches!(
        refusals(&session),
        [SequenceProblem::TimeGoesBack { .. }]
    ));
    let offers = table(&session).cures();
    assert_eq!(offers[0].text, "Sort by time");
    choose(&mut session, offers[0].commands[0].clone());
    assert_eq!(summary(&session).report.time.as_ref().unwrap().sorted, 1);
    open(&mut session);
    let text = session.text();
    assert!(text.contains("sort = true"), "{text}");
}

#[test]
fn the_next_best_target_is_one_click_away_and_comes_back() {
    let rows =
        (1..=40).map(|day| format!("2021-01-{:02},{},{}\n", day % 28 + 1, day % 7, day % 5 * 3));
    let text = format!(
        "t,rain,level\n{}",
        rows.enumerate()
            .map(|(at, row)| format!("{at},{}", row.split_once(',').unwrap().1))
            .collect::<String>()
    );
    let mut session = looking_at(&file("second.csv", text), MUCH);
    assert_eq!(table(&session).choices.with(Role::Target), Some(2));
    let other = table(&session).instead(Role::Target).unwrap();
    assert_eq!(other.text, "rain instead");
    for command in other.commands {
        choose(&mut session, command);
    }
    assert_eq!(
        table(&session).choices.roles,
        [Role::Time, Role::Target, Role::Ignore]
    );
    assert!(table(&session).instead(Role::Target).is_none());
}

#[test]
fn a_wide_table_is_turned_round_and_back() {
    let days: Vec<String> = (1..=28).map(|day| format!("2021-02-{day:02}")).collect();
    let rows = ["A", "B"].map(|name| {
        let values = (0..28).map(|day| (day * 31 % 40).to_string());
        format!("{name},{}\n", values.collect::<Vec<_>>().join(","))
    });
    let text = format!("place,{}\n{}", days.join(","), rows.concat());
    let mut session = looking_at(&file("wide.csv", text), MUCH);
    assert!(table(&session).rows_are_series && table(&session).table.rows() == 56);
    choose(&mut session, ImportCommand::RowsAreSeries(false));
    assert_eq!(
        (
            table(&session).table.rows(),
            table(&session).table.columns().len()
        ),
        (2, 29)
    );
    choose(&mut session, ImportCommand::RowsAreSeries(true));
    open(&mut session);
    let text = session.text();
    assert!(text.contains("rows_are_series = true"), "{text}");
}

#[test]
fn a_file_that_was_corrected_is_read_again() {
    let path = file("corrected.csv", broken_river());
    let mut session = looking_at(&path, MUCH);
    assert!(!table(&session).bad[2].is_empty() && !looked_at(&session).is_changed);
    std::fs::write(&path, river()).unwrap();
    until_seen(|| {
        session.poll();
        looked_at(&session).is_changed
    });
    choose(&mut session, ImportCommand::ReadAgain);
    assert!(table(&session).bad[2].is_empty() && !looked_at(&session).is_changed);
    open(&mut session);
}

#[test]
fn cells_that_mean_missing_are_named_by_one_click_and_taken_back_by_another() {
    let mut text = String::from("n,level\n");
    for row in 0..80 {
        text += &match row % 13 {
            5 => format!("{row},unavailable\n"),
            _ => format!("{row},{}.5\n", 20 + row * 7 % 11),
        };
    }
    let mut window = wide_window("words.csv", text);
    assert!(open_button(&window).accesskit_node().is_disabled());
    assert!(shows(
        &window,
        "6 cells of “level” are no numbers (“unavailable”)."
    ));
    let answer = "These 6 cells mean missing";
    window.get_by_label(answer).click();
    settle(&mut window);
    let options = window.state().session().import().unwrap().options.clone();
    let marks = options.missing_marks.unwrap();
    assert_eq!(marks.len(), 1);
    assert_eq!(
        (marks[0].text.as_str(), &marks[0].column),
        ("unavailable", &None)
    );
    assert!(shows(&window, "As you said, “unavailable” means missing."));
    assert!(window.query_by_label(answer).is_none());
    assert!(!open_button(&window).accesskit_node().is_disabled());
    window.get_by_label("Take back").click();
    settle(&mut window);
    assert!(
        window
            .state()
            .session()
            .import()
            .unwrap()
            .options
            .missing_marks
            .is_none()
    );
    assert!(window.query_by_label(answer).is_some());
}

#[test]
fn numbers_far_outside_are_asked_about_and_said_in_the_experiment() {
    let mut text = String::from("n,level\n");
    for row in 0..80 {
        text += &match row % 13 {
            5 => format!("{row},-9999\n"),
            _ => format!("{row},{}.5\n", 20 + row * 7 % 11),
        };
    }
    let mut session = looking_at(&file("far.csv", text), MUCH);
    let asks = table(&session).table.found().asks.clone();
    assert_eq!(asks.len(), 1);
    let settled = asks[0].settled(&looked_at(&session).options);
    choose(&mut session, ImportCommand::Options(settled));
    assert_eq!(table(&session).table.column("level").unwrap().missing, 6);
    open(&mut session);
    let text = session.text();
    assert!(
        text.contains("missing_marks = [{ column = \"level\", mark = \"-9999\" }]"),
        "{text}"
    );
}

/// What cannot be found out is typed: it takes effect with Enter, what cannot be read stays and says so, and the experiment
/// says it.
#[test]
fn lines_that_are_no_part_of_the_table_are_typed() {
    let mut text = String::from("n,level\n");
    for row in 0..80 {
        text += &format!("{row},{}.5\n", 20 + row * 7 % 11);
        if row % 40 == 9 {
            text += "pump off,pump off\n";
        }
    }
    let mut window = wide_window("lines.csv", text);
    window.get_by_label("Lines and quotes").click();
    settle(&mut window);
    let typed = |window: &mut Window, text: &str| {
        window
            .get_by_role_and_label(Widget::TextInput, "Leave out lines")
            .click();
        window.run();
        window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        match text {
            "" => window.key_press(Key::Delete),
            text => window.event(egui::Event::Text(text.into())),
        }
        window.run();
        window.key_press(Key::Enter);
        settle(window);
    };
    typed(&mut window, "12, x");
    assert!(shows(
        &window,
        "found “12, x”, expected lines such as 2, 5–7"
    ));
    let options = |window: &Window| window.state().session().import().unwrap().options.clone();
    assert!(options(&window).skip_lines.is_empty());
    typed(&mut window, "12, 53");
    assert_eq!(options(&window).skip_lines, [12, 53]);
    assert!(!shows(&window, "expected lines such as"));
    assert!(!open_button(&window).accesskit_node().is_disabled());
    typed(&mut window, "");
    assert!(options(&window).skip_lines.is_empty());
}

#[test]
fn a_sheet_of_a_workbook_is_chosen_and_said_in_the_experiment() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workbooks");
    let bytes = std::fs::read(fixtures.join("titled.xlsx")).unwrap();
    let mut window = wide_window("titled.xlsx", &bytes);
    assert!(shows(&window, "Sheet “Levels” of a workbook"));
    // Nothing stands between cells that anybody could choose.
    let lists = ["Delimiter", "Encoding"];
    assert!(lists.map(|list| window.query_by_label(list).is_none()) == [true; 2]);
    pick(&mut window, "Sheet", "Days & nights");
    let import = window.state().session().import().unwrap();
    assert_eq!(import.options.sheet.as_deref(), Some("Days & nights"));
    assert!(shows(&window, "10 rows, 2 columns"));
    // One without values is told, and another can be chosen.
    pick(&mut window, "Sheet", "Empty");
    assert!(shows(&window, "a sheet without values"));
    let mut session = looking_at(&file("chosen.xlsx", &bytes), MUCH);
    let options = CsvOptions {
        sheet: Some("Days & nights".into()),
        ..CsvOptions::default()
    };
    choose(&mut session, ImportCommand::Options(options));
    open(&mut session);
    let text = session.text();
    assert!(text.contains("sheet = \"Days & nights\""), "{text}");
}
