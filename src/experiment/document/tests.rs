use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::data::csv::{self, CsvOptions};
use crate::data::{Asked, Roles, Scale, TestFrom, TimeFrom};
use crate::experiment::{CsvData, Data, Location, gallery, material};
use crate::nn::{Cell, Clip, Init, Optimizer, RateSchedule, Scheme, SetWeight};

fn open(text: &str) -> Document {
    Document::parse(text)
        .unwrap_or_else(|errors| panic!("{text}\n{errors}"))
        .0
}

fn sunspots() -> Document {
    open(gallery::default_entry().text)
}

/// The lines in which two texts of equally many lines differ.
fn changed<'a>(before: &'a str, after: &'a str) -> Vec<(&'a str, &'a str)> {
    assert_eq!(before.lines().count(), after.lines().count(), "{after}");
    before
        .lines()
        .zip(after.lines())
        .filter(|(before, after)| before != after)
        .collect()
}

const MINIMAL: &str = "format = 1\n[data]\ntask = \"latch\"\n";

#[test]
fn a_text_comes_back_as_it_was() {
    for entry in gallery::EXPERIMENTS {
        assert_eq!(open(entry.text).text(), entry.text);
        let parsed: DocumentMut = entry.text.parse().unwrap();
        assert_eq!(parsed.to_string(), entry.text);
    }
}

#[test]
fn setting_a_value_changes_its_line_alone_and_keeps_the_comment() {
    let mut document = sunspots();
    let before = document.text().to_owned();
    let experiment = document
        .set("model.cell", Setting::Text("gru".into()))
        .unwrap();
    assert_eq!(experiment.model.cell, Cell::Gru);
    assert_eq!(
        changed(&before, document.text()),
        [(
            "cell = \"lstm\"                # or \"rnn\", \"rnn_relu\", \"gru\"",
            "cell = \"gru\"                # or \"rnn\", \"rnn_relu\", \"gru\""
        )]
    );
    let before = document.text().to_owned();
    document.set("training.clip", Clip::Off.into()).unwrap();
    document
        .set("training.optimizer.learning_rate", Setting::Number(1e-5))
        .unwrap();
    document
        .set(
            "data.features",
            Setting::Texts(vec!["YEAR".into(), "SUNACTIVITY".into()]),
        )
        .unwrap();
    let lines: Vec<&str> = changed(&before, document.text())
        .into_iter()
        .map(|(_, after)| after)
        .collect();
    assert_eq!(
        lines,
        [
            "features = [\"YEAR\", \"SUNACTIVITY\"]   # what the network reads, one value per year",
            "optimizer = { kind = \"adam\", learning_rate = 1e-5 }",
            "clip = \"off\"        # gradients longer than this are shortened; try \"off\"",
        ]
    );
    // And back: a table takes the word's place.
    document
        .set("training.clip.norm", Setting::Number(0.5))
        .unwrap();
    assert!(
        document
            .text()
            .contains("\nclip = { norm = 0.5 }        # gradients"),
        "{}",
        document.text()
    );
}

#[test]
fn a_value_that_stays_the_same_stays_as_it_is_written() {
    let mut document = sunspots();
    let before = document.text().to_owned();
    for (path, setting) in [
        ("training.optimizer.learning_rate", Setting::Number(0.01)),
        ("training.diverged_above", Setting::Number(1_000_000.0)),
        ("training.clip", Clip::Norm(1.0).into()),
        ("model.init", Setting::from(&Init::default())),
        ("model.hidden_size", Setting::Whole(16)),
        ("data.features", Setting::Texts(vec!["SUNACTIVITY".into()])),
        ("data.test_from", Setting::Text("1950".into())),
    ] {
        document.set(path, setting).unwrap();
    }
    assert_eq!(document.text(), before);
}

#[test]
fn keys_and_tables_are_made_where_they_are_absent() {
    let mut document = open("format = 1\n\n[data]\ntask = \"latch\" # one bit\n# the end\n");
    document.set("seed", Setting::Whole(3)).unwrap();
    document
        .set("training.optimizer.learning_rate", Setting::Number(0.1))
        .unwrap();
    document.set("data.length", Setting::Whole(30)).unwrap();
    document
        .set(
            "model.init",
            Setting::from(&Init::from(Scheme::Normal { std: 0.2 })),
        )
        .unwrap();
    document.set("training.updates", Setting::Whole(5)).unwrap();
    assert_eq!(
        document.text(),
        "format = 1
seed = 3

[data]
task = \"latch\" # one bit
length = 30

[training]
optimizer = { learning_rate = 0.1 }
updates = 5

[model]
init = { scheme = \"normal\", std = 0.2 }
# the end
"
    );
}

#[test]
fn tables_are_edited_in_place_however_they_are_written() {
    let sgd = Optimizer::sgd(0.1);
    for (before, after) in [
        (
            "[training]\noptimizer = { kind = \"adam\", eps = 1e-7, learning_rate = 1e-1 } # fast\n",
            "[training]\noptimizer = { kind = \"sgd\", learning_rate = 1e-1 } # fast\n",
        ),
        (
            "[training.optimizer]\n# first\nkind = \"adam\" # second\neps = 1e-7\nlearning_rate = 1\n",
            "[training.optimizer]\n# first\nkind = \"sgd\" # second\nlearning_rate = 0.1\n",
        ),
        (
            "[training]\noptimizer.kind = \"adam\" # dotted\noptimizer.betas = [0.0, 0.0]\n",
            "[training]\noptimizer.kind = \"sgd\" # dotted\noptimizer.learning_rate = 0.1\n",
        ),
    ] {
        let mut document = open(&format!("{MINIMAL}{before}"));
        let experiment = document.set("training.optimizer", sgd.into()).unwrap();
        assert_eq!(experiment.training.optimizer, sgd);
        assert_eq!(document.text(), format!("{MINIMAL}{after}"));
    }
    // A table under its own header gives way to a word.
    let mut document = open(&format!(
        "{MINIMAL}[training]\nupdates = 5\n[training.clip]\nnorm = 1\n[probe]\n"
    ));
    document.set("training.clip", Clip::Off.into()).unwrap();
    assert_eq!(
        document.text(),
        format!("{MINIMAL}[training]\nupdates = 5\nclip = \"off\"\n[probe]\n")
    );
}

#[test]
fn settings_go_through_the_text_unchanged() {
    let mut document = open(MINIMAL);
    for optimizer in [
        Optimizer::adam(3e-4),
        Optimizer::Adam {
            learning_rate: 3e-4,
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-6,
            weight_decay: 0.1,
        },
        Optimizer::sgd(0.5),
        Optimizer::Sgd {
            learning_rate: 0.5,
            momentum: 0.9,
            weight_decay: 1e-4,
        },
        Optimizer::adam_w(0.1),
        Optimizer::AdamW {
            learning_rate: 0.1,
            beta1: 0.0,
            beta2: 0.0,
            epsilon: 0.5,
            weight_decay: 0.0,
        },
        Optimizer::rms_prop(0.01),
        Optimizer::RmsProp {
            learning_rate: 0.01,
            alpha: 0.9,
            epsilon: 1e-3,
            momentum: 0.5,
        },
    ] {
        let experiment = document
            .set("training.optimizer", optimizer.into())
            .unwrap();
        assert_eq!(
            experiment.training.optimizer,
            optimizer,
            "{}",
            document.text()
        );
    }
    for clip in [
        Clip::Norm(2.5),
        Clip::Value(0.5),
        Clip::Off,
        Clip::Norm(1e-7),
    ] {
        let experiment = document.set("training.clip", clip.into()).unwrap();
        assert_eq!(experiment.training.clip, clip, "{}", document.text());
    }
    for schedule in [
        RateSchedule::Step {
            every: 20,
            factor: 0.1,
            warm_up: 5,
        },
        RateSchedule::Cosine {
            updates: 300,
            floor: 0.05,
            warm_up: 0,
        },
        RateSchedule::Constant { warm_up: 7 },
        RateSchedule::Step {
            every: 1,
            factor: 0.5,
            warm_up: 0,
        },
        RateSchedule::FULL,
    ] {
        let experiment = document.set("training.schedule", schedule.into()).unwrap();
        assert_eq!(
            experiment.training.schedule,
            schedule,
            "{}",
            document.text()
        );
    }
    let weight = |parameter: &str, index: &[usize], value| SetWeight {
        parameter: parameter.into(),
        index: index.into(),
        value,
    };
    let by_hand = |scheme: Scheme| Init {
        scheme,
        forget_bias: Some(-1.5),
        set: vec![
            weight("weight_hh_l0", &[0, 1], 0.5),
            weight("readout.bias", &[0], 1e-7),
        ],
    };
    for scheme in Scheme::ALL {
        for init in [by_hand(scheme), scheme.into()] {
            let experiment = document.set("model.init", Setting::from(&init)).unwrap();
            assert_eq!(experiment.model.init, init, "{}", document.text());
            // Once more: nothing changes.
            let before = document.clone();
            document.set("model.init", Setting::from(&init)).unwrap();
            assert_eq!(document, before);
        }
    }
}

#[test]
fn a_list_that_stays_the_same_stays_as_it_is_written() {
    let line = "set = [ { value = 5e-1, index = [0,1], parameter = 'weight_hh_l0' } ] # mine";
    let text = format!("{MINIMAL}[model.init]\nscheme = 'pytorch'\n{line}\n");
    let mut document = open(&text);
    let mut init = Experiment::parse(&text).unwrap().model.init;
    document.set("model.init", Setting::from(&init)).unwrap();
    assert_eq!(document.text(), text);
    init.set[0].index = vec![1, 1];
    let experiment = document.set("model.init", Setting::from(&init)).unwrap();
    assert_eq!(experiment.model.init, init);
    let line = "set = [{ parameter = \"weight_hh_l0\", index = [1, 1], value = 0.5 }] # mine";
    assert!(document.text().contains(line), "{}", document.text());
}

#[test]
fn another_task_replaces_the_data_and_nothing_else() {
    let mut document = sunspots();
    let before = document.text().to_owned();
    let experiment = document.set_task("adding").unwrap();
    let Data::Task(data) = &experiment.data else {
        panic!("no task")
    };
    assert_eq!(data.task.name(), "adding");
    let (start, rest) = before.split_once("[data]\n").unwrap();
    let (_, end) = rest.split_once("\n[model]").unwrap();
    assert_eq!(
        document.text(),
        format!("{start}[data]\ntask = \"adding\"\n\n[model]{end}")
    );
    for (before, after) in [
        (
            "format = 1\ndata.task = 'latch'\ndata.length = 5\n",
            "format = 1\ndata.task = \"adding\"\n",
        ),
        (
            "format = 1\ndata = { task = 'latch', length = 5 } # inline\n",
            "format = 1\ndata = { task = \"adding\" } # inline\n",
        ),
        (
            "format = 1\n[data] # made up\n# which\ntask = 'sine' # this\nnoise = 1\n[probe]\nindex = 3\n",
            "format = 1\n[data] # made up\ntask = \"adding\"\n[probe]\nindex = 3\n",
        ),
    ] {
        let mut document = open(before);
        document.set_task("adding").unwrap();
        assert_eq!(document.text(), after);
        let errors = document.set_task("cosine").unwrap_err();
        assert_eq!(errors.problems()[0].path, "data.task");
        assert_eq!(document.text(), after);
    }
}

#[test]
fn a_model_that_cannot_do_another_task_gives_way_as_far_as_it_must() {
    let text = |task: &str, model: &str| {
        format!("format = 1\n[data]\ntask = \"{task}\"\n[model]\nhidden_size = 8\n{model}")
    };
    let every = "readout = \"every\"\n";
    let decoder = "kind = \"encoder_decoder\"\ndecoder = { attention = \"additive\" }\n";
    let cases = [
        ("parity", "adding", every, ""),
        ("parity", "dates", every, "kind = \"encoder_decoder\"\n"),
        ("reverse", "dates", decoder, decoder),
        ("dates", "adding", decoder, "kind = \"recurrent\"\n"),
        ("dates", "parity", decoder, decoder),
        // What is asked at every step is answered there.
        ("adding", "parity", "", every),
        ("adding", "sine", "readout = \"last\"\n", every),
        ("latch", "next_character", "readout = \"final\"\n", every),
        ("adding", "reverse", "", every),
        ("parity", "sine", every, every),
        ("adding", "temporal_order", "", ""),
    ];
    for (from, to, before, after) in cases {
        let mut document = open(&text(from, before));
        let experiment = document.set_task(to).unwrap();
        assert_eq!(document.text(), text(to, after), "{from} to {to}");
        let go_on = |_| std::ops::ControlFlow::Continue(());
        let made = material(&experiment, &Location::BuiltIn, &go_on);
        assert!(made.is_ok(), "{}", document.text());
    }
}

#[test]
fn another_kind_removes_what_only_the_kind_before_had() {
    let texts = [
        "kind = 'recurrent'\ncell = 'lstm' # a cell\nhidden_size = 8 # units\nreadout = 'final'\ndropout = 0.5\n\
         init = { scheme = 'chrono', t_max = 9, set = [{ parameter = 'bias_ih_l0', index = [0], value = 1 }] }\n\
         [training]\ntruncate = 5\nupdates = 7 # few\n",
        "kind = 'encoder_decoder'\nbidirectional = true\nreadout = 'every'\ndecoder = { attention = 'dot' }\n\
         init = { scheme = 'keras' }\n[training]\nteacher_forcing = 0.5\nupdates = 7 # few\n",
        "kind = 'self_attention'\nheads = 2\ncausal = false\npositions = false\nmasking = false\n\
         init = { scheme = 'pytorch' }\n[training]\nupdates = 7 # few\n",
    ];
    let task = "format = 1\n[data]\ntask = 'sine'\n[model]\n";
    for (text, from) in texts.iter().zip(crate::experiment::ModelKind::NAMES) {
        for to in crate::experiment::ModelKind::NAMES {
            let mut document = open(&format!("{task}{text}"));
            let before = document.text().to_owned();
            let experiment = document
                .set_kind(to)
                .unwrap_or_else(|errors| panic!("{from} to {to}\n{errors}"));
            assert_eq!(experiment.model.kind.name(), to);
            assert!(document.text().contains("updates = 7 # few"));
            if from == to {
                assert_eq!(document.text(), before);
            }
        }
    }
    let mut document = open(&format!("{task}{}", texts[0]));
    document.set_kind("encoder_decoder").unwrap();
    assert_eq!(
        document.text(),
        format!(
            "{task}kind = \"encoder_decoder\"\ncell = 'lstm' # a cell\nhidden_size = 8 # units\ndropout = 0.5\n\
             init = {{ scheme = 'chrono', t_max = 9 }}\n[training]\nupdates = 7 # few\n"
        )
    );
    // A text that says nothing of a model.
    let mut document = open(MINIMAL);
    document.set_kind("self_attention").unwrap();
    assert_eq!(
        document.text(),
        format!("{MINIMAL}\n[model]\nkind = \"self_attention\"\n")
    );
    assert!(document.set_kind("transformer").is_err());
}

#[test]
fn who_leaves_an_encoder_decoder_still_answers_where_the_task_asks() {
    let kinds = crate::experiment::ModelKind::NAMES;
    for (task, readout) in [
        ("parity", "every"),
        ("sine", "every"),
        ("reverse", "every"),
        ("dates", "last"),
    ] {
        for to in [kinds[0], kinds[2]] {
            let text =
                format!("format = 1\n[data]\ntask = '{task}'\n[model]\nkind = 'encoder_decoder'\n");
            let mut document = open(&text);
            let experiment = document.set_kind(to).unwrap();
            assert_eq!(experiment.model.readout.name(), readout, "{task} to {to}");
        }
    }
    // A readout that the user chose is left alone.
    let mut document = open("format = 1\n[data]\ntask = 'sine'\n[model]\nreadout = 'last'\n");
    let experiment = document.set_kind(kinds[2]).unwrap();
    assert_eq!(experiment.model.readout.name(), "last");
}

#[test]
fn a_refused_setting_leaves_the_document_as_it_was() {
    let mut document = sunspots();
    let before = document.clone();
    for (path, setting) in [
        ("model.hidden_size", Setting::Whole(0)),
        ("model.hidden_size", Setting::Number(f64::NAN)),
        ("model.hiden_size", Setting::Whole(3)),
        ("model.cell.name", Setting::Text("lstm".into())),
        ("data", Setting::Remove),
        ("format", Setting::Remove),
        ("training.clip.norm", Setting::Remove),
        ("training.clip", Setting::table([])),
        ("training.change", Setting::Whole(1)),
        ("data.task", Setting::Text("latch".into())),
        ("", Setting::Whole(1)),
        ("..", Setting::Whole(1)),
        ("a\nb.\"c", Setting::Truth(true)),
    ] {
        let errors = document.set(path, setting.clone()).unwrap_err();
        assert!(!errors.problems().is_empty(), "{path} {setting:?}");
        assert_eq!(document, before);
    }
    let errors = document
        .set("model.hidden_size", Setting::Whole(0))
        .unwrap_err();
    let line = before
        .text()
        .lines()
        .position(|line| line.starts_with("hidden_size"))
        .unwrap()
        + 1;
    assert_eq!(
        (errors.problems()[0].line, errors.problems()[0].column),
        (line, 15)
    );
    assert_eq!(before.place("model.hidden_size"), Some((line, 15)));
}

#[test]
fn removing_gives_the_default_and_removing_nothing_is_fine() {
    let mut document = sunspots();
    let experiment = document.set("model.hidden_size", Setting::Remove).unwrap();
    assert_eq!(experiment.model.hidden_size, 16);
    assert!(!document.text().contains("hidden_size"));
    let before = document.clone();
    document.set("model.hidden_size", Setting::Remove).unwrap();
    document.set("training.change", Setting::Remove).unwrap();
    assert_eq!(document, before);
    document
        .set("training.optimizer.kind", Setting::Remove)
        .unwrap();
    assert!(
        document
            .text()
            .contains("\noptimizer = { learning_rate = 1e-2 }\n"),
        "{}",
        document.text()
    );
    let mut minimal = open(MINIMAL);
    minimal.set("probe.index", Setting::Remove).unwrap();
    assert_eq!(minimal.text(), MINIMAL);
}

fn rate(update: u64, rate: f64) -> Change {
    Change {
        update,
        learning_rate: Some(rate),
        clip: None,
        set: vec![],
    }
}

fn clipped(update: u64, clip: Clip) -> Change {
    Change {
        update,
        learning_rate: None,
        clip: Some(clip),
        set: vec![],
    }
}

#[test]
fn changes_are_appended_below_the_training() {
    let mut document = sunspots();
    let before = document.text().to_owned();
    document.append_change(&rate(120, 1e-3)).unwrap();
    document.append_change(&clipped(120, Clip::Off)).unwrap();
    let experiment = document
        .append_change(&clipped(300, Clip::Norm(0.5)))
        .unwrap();
    let both = Change {
        update: 120,
        learning_rate: Some(1e-3),
        clip: Some(Clip::Off),
        set: vec![],
    };
    assert_eq!(
        experiment.training.changes,
        [both, clipped(300, Clip::Norm(0.5))]
    );
    let added = "
[[training.change]]
update = 120
learning_rate = 0.001
clip = \"off\"

[[training.change]]
update = 300
clip = { norm = 0.5 }
";
    let (start, end) = before.split_at(before.find("\n[probe]").unwrap());
    assert_eq!(document.text(), format!("{start}{added}{end}"));

    // A weight joins them.
    let weight = SetWeight {
        parameter: "weight_hh_l0".into(),
        index: vec![0, 1],
        value: 0.5,
    };
    let set = Change {
        update: 300,
        learning_rate: None,
        clip: None,
        set: vec![weight.clone()],
    };
    let mut with_weight = document.clone();
    let experiment = with_weight.append_change(&set).unwrap();
    let last = experiment.training.changes.last().unwrap();
    assert_eq!(
        (last.clip, &last.set),
        (Some(Clip::Norm(0.5)), &vec![weight])
    );
    let line = "set = [{ parameter = \"weight_hh_l0\", index = [0, 1], value = 0.5 }]\n";
    assert_eq!(with_weight.text(), format!("{start}{added}{line}{end}"));

    // Going back, changing nothing, impossible values.
    let kept = document.clone();
    let nothing = Change {
        update: 400,
        learning_rate: None,
        clip: None,
        set: vec![],
    };
    for refused in [rate(299, 0.1), nothing, rate(400, 0.0), rate(u64::MAX, 0.1)] {
        assert!(document.append_change(&refused).is_err());
        assert_eq!(document, kept);
    }
    assert!(
        document
            .clear_changes()
            .unwrap()
            .training
            .changes
            .is_empty()
    );
    assert_eq!(document.text(), before);
}

#[test]
fn changes_go_where_changes_are() {
    for text in [
        MINIMAL.to_owned(),
        format!("{MINIMAL}[training]\nchange = [{{ update = 1, learning_rate = 1e-2 }}] # list\n"),
        format!("training = {{ updates = 5 }}\n{MINIMAL}"),
        format!("training.updates = 5\n{MINIMAL}"),
        format!("{MINIMAL}[[training.change]]\nupdate = 1\nclip = \"off\"\n[probe]\n"),
    ] {
        let mut document = open(&text);
        document.append_change(&rate(7, 0.5)).unwrap();
        document.append_change(&clipped(7, Clip::Off)).unwrap();
        let experiment = document.append_change(&rate(8, 0.25)).unwrap();
        let changes = experiment.training.changes;
        let both = Change {
            update: 7,
            learning_rate: Some(0.5),
            clip: Some(Clip::Off),
            set: vec![],
        };
        assert!(
            changes.ends_with(&[both, rate(8, 0.25)]),
            "{}",
            document.text()
        );
        assert!(
            document
                .clear_changes()
                .unwrap()
                .training
                .changes
                .is_empty()
        );
    }
}

#[test]
fn line_ends_of_other_systems_are_kept() {
    let text = MINIMAL.replace('\n', "\r\n");
    let mut document = open(&text);
    assert_eq!(document.text(), text);
    document
        .set("model.cell", Setting::Text("rnn".into()))
        .unwrap();
    assert_eq!(
        document.text(),
        format!("{text}\r\n[model]\r\ncell = \"rnn\"\r\n")
    );
}

fn table(text: &str) -> crate::data::Table {
    csv::read(text.as_bytes(), &CsvOptions::default(), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

/// The one column that is read and forecast, and the window.
fn forecast_of(data: &CsvData) -> (&str, usize) {
    match &data.sequences.asked {
        Asked::Forecast {
            features,
            targets,
            window,
            horizon: 1,
            steps: 1,
        } if features == targets && targets.len() == 1 => (&targets[0], *window),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_experiment_on_a_file_gives_material() {
    let bytes = Location::BuiltIn.read("../data/sunspots.csv").unwrap();
    let sunspots = table(&String::from_utf8(bytes).unwrap());
    let text = Document::for_csv("../data/sunspots.csv", &CsvOptions::default(), &sunspots);
    let (_, experiment) = Document::parse(&text).unwrap();
    let Data::Csv(data) = &experiment.data else {
        panic!("no file")
    };
    let sequences = &data.sequences;
    assert_eq!(forecast_of(data), ("SUNACTIVITY", 20));
    assert_eq!(sequences.time.columns(), ["YEAR"]);
    assert_eq!(
        (&sequences.test, sequences.scale),
        (&TestFrom::Fraction(0.2), Scale::Standard)
    );
    assert_eq!(
        (experiment.model.cell, experiment.model.hidden_size),
        (Cell::Lstm, 16)
    );
    let made = material(&experiment, &Location::BuiltIn, &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(made.seq_len, 20);
}

#[test]
fn an_ignored_column_called_year_is_written_as_no_time() {
    let table = table("year,v\n1,2\n2,1\n3,3\n");
    let mut spec = Roles::guess(&table).spec(&table);
    for time in [
        TimeFrom::Rows,
        TimeFrom::Usual,
        TimeFrom::Column("year".into()),
    ] {
        spec.time = time.clone();
        let text = Document::for_sequences("a.csv", &CsvOptions::default(), &spec);
        let (_, experiment) = Document::parse(&text).unwrap();
        let Data::Csv(data) = experiment.data else {
            panic!("no file")
        };
        assert_eq!(data.sequences.time, time, "{text}");
    }
}

#[test]
fn what_was_said_about_the_file_is_in_the_text_and_comes_back() {
    use crate::data::csv::{Encoding, Mark, Quotes};
    let table = table("year,v\n1,2\n2,1\n3,3\n");
    let spec = Roles::guess(&table).spec(&table);
    let mark = |column: Option<&str>, text: &str| Mark {
        column: column.map(str::to_owned),
        text: text.to_owned(),
    };
    let options = CsvOptions {
        encoding: Encoding::of("gbk"),
        quotes: Some(Quotes::Single),
        first_line: Some(7),
        names_line: Some(5),
        skip_lines: vec![6, 9],
        missing_marks: Some(vec![
            mark(None, "un \"known\""),
            mark(Some("a, {b}"), "-9999"),
        ]),
        strip_flags: true,
        sheet: Some("Data \"2\"".into()),
        ..CsvOptions::default()
    };
    for options in [
        options,
        CsvOptions {
            missing_marks: Some(Vec::new()),
            ..CsvOptions::default()
        },
    ] {
        let text = Document::for_sequences("a.csv", &options, &spec);
        let (_, experiment) = Document::parse(&text).unwrap();
        let Data::Csv(data) = experiment.data else {
            panic!("no file")
        };
        assert_eq!(data.options, options, "{text}");
    }
}

#[test]
fn target_time_and_window_fit_the_file() {
    for (file, target, time, window) in [
        ("a,b\n1,2\n2,1\n1,3\n", "b", None, 1),
        ("Jahr,Wert\n1,2\n2,1\n3,3\n", "Wert", Some("Jahr"), 1),
        ("Wert,year\n1,2\n2,1\n3,3\n", "Wert", Some("year"), 1),
        ("Tag,v,note\nMo,1,x\nDi,2,y\n", "v", Some("Tag"), 1),
        ("only\n1\n2\n3\n", "only", None, 1),
        (
            "t,\"q\"\"uo.te\"\n1,1\n2,2\n3,1\n4,2\n5,1\n6,2\n7,1\n8,2\n9,1\n10,1\n",
            "q\"uo.te",
            Some("t"),
            2,
        ),
    ] {
        let table = table(file);
        let text = Document::for_csv("dir\\data \"1\".csv", &CsvOptions::default(), &table);
        let (_, experiment) =
            Document::parse(&text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        let Data::Csv(data) = experiment.data else {
            panic!("no file")
        };
        assert_eq!(data.path, "dir\\data \"1\".csv");
        assert_eq!(forecast_of(&data), (target, window), "{file}");
        assert_eq!(
            data.sequences.time.columns().first().map(String::as_str),
            time,
            "{file}"
        );
    }
}

fn settings() -> impl Strategy<Value = Setting> {
    let leaf = prop_oneof![
        (0i64..50).prop_map(Setting::Whole),
        any::<f64>().prop_map(Setting::Number),
        (0.0..1.0).prop_map(Setting::Number),
        prop::sample::select(vec!["off", "lstm", "sgd", "every", "\n\"'", ""])
            .prop_map(|text| Setting::Text(text.into())),
        any::<bool>().prop_map(Setting::Truth),
        Just(Setting::Texts(vec!["a".into()])),
        Just(Setting::Numbers(vec![0.5, 0.5])),
        Just(Setting::List(vec![Setting::Whole(1), Setting::table([])])),
        Just(Setting::Remove),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let key = prop::sample::select(vec!["norm", "kind", "learning_rate", "update", "x y"]);
        prop::collection::vec((key.prop_map(str::to_owned), inner), 0..3).prop_map(Setting::Table)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is done to it, a document holds a valid experiment, and what was refused left no trace.
    #[test]
    fn any_edits_leave_a_valid_document(
        edits in prop::collection::vec((
            prop::sample::select(vec![
                "seed", "data", "data.window", "model", "model.cell", "model.hidden_size", "model.init.std", "training",
                "training.clip", "training.clip.norm", "training.optimizer", "training.optimizer.kind.x",
                "training.schedule.warm_up", "training.truncate", "model.kind", "model.init.set", "model.decoder.cell",
                "training.change", "training.change.update", "probe", "probe.index", "x", "x.y.z", "",
            ]),
            settings(),
            0u64..9,
        ), 1..8),
    ) {
        let mut document = sunspots();
        for (path, setting, update) in edits {
            for step in 0..2 {
                let before = document.clone();
                let result = match step {
                    0 => document.set(path, setting.clone()),
                    _ => document.append_change(&rate(update, 0.5)),
                };
                match result {
                    Ok(experiment) => prop_assert_eq!(Experiment::parse(document.text()).unwrap(), experiment),
                    Err(errors) => {
                        prop_assert!(!errors.problems().is_empty());
                        prop_assert_eq!(&document, &before);
                    }
                }
            }
        }
    }
}
