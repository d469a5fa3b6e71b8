use proptest::prelude::*;

use super::section::KEYS_ASKED_FOR;
use super::*;
use crate::data::csv::Encoding;
use crate::data::{Asked, CsvOptions, Missing, Scale, SequenceSpec, TestFrom, TimeFrom};
use crate::experiment::{
    Change, CsvData, Data, DecoderSpec, ModelKind, ModelSpec, Precision, Training, gallery,
};
use crate::nn::attention::Attention;
use crate::nn::{Cell, Clip, Init, Optimizer, RateSchedule, Readout, Scheme, SetWeight};

const LATCH: &str = "format = 1\n[data]\ntask = \"latch\"\n";

/// Line 5 is the first below `[table]`.
fn with(table: &str, lines: &str) -> String {
    format!("{LATCH}[{table}]\n{lines}\n")
}

fn csv_with(lines: &str) -> String {
    format!("format = 1\n[data]\ncsv = \"a.csv\"\ntarget = \"v\"\n{lines}\n")
}

fn read(text: &str) -> Experiment {
    Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

fn errors(text: &str) -> String {
    match Experiment::parse(text) {
        Ok(_) => panic!("no error in\n{text}"),
        Err(errors) => errors.to_string(),
    }
}

fn csv_data(text: &str) -> CsvData {
    match read(text).data {
        Data::Csv(data) => data,
        other => panic!("{other:?} in {text}"),
    }
}

/// The table in the module's head, in code.
#[test]
fn defaults_are_those_of_the_documentation() {
    let experiment = read(LATCH);
    assert_eq!(experiment.seed, 0);
    let model = ModelSpec {
        kind: ModelKind::Recurrent,
        cell: Cell::Lstm,
        hidden_size: 16,
        num_layers: 1,
        bidirectional: false,
        dropout: 0.0,
        readout: Readout::Last,
        masking: true,
        init: Init::default(),
        weights: None,
    };
    assert_eq!(experiment.model, model);
    let training = Training {
        updates: 600,
        batch_size: 32,
        precision: Precision::F64,
        optimizer: Optimizer::Adam {
            learning_rate: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        },
        schedule: RateSchedule::Constant { warm_up: 0 },
        clip: Clip::Off,
        truncate: None,
        teacher_forcing: 1.0,
        evaluate_every: 10,
        diverged_above: 1e6,
        changes: vec![],
    };
    assert_eq!(experiment.training, training);
    let (split, index) = (Split::Test, 0);
    assert_eq!(experiment.probe, Probe { split, index });
    let kind = |lines: &str| read(&with("model", lines)).model.kind;
    let decoder = DecoderSpec {
        cell: Cell::Lstm,
        hidden_size: 16,
        attention: Attention::None,
    };
    assert_eq!(
        kind("kind = 'encoder_decoder'"),
        ModelKind::EncoderDecoder { decoder }
    );
    let attending = ModelKind::SelfAttention {
        heads: 1,
        causal: true,
        positions: true,
    };
    assert_eq!(kind("kind = 'self_attention'"), attending);
    let optimizer = |kind: &str| {
        let text = with("training", &format!("optimizer = {{ kind = '{kind}' }}"));
        read(&text).training.optimizer
    };
    assert_eq!(optimizer("adamw"), Optimizer::adam_w(0.01));
    assert_eq!(optimizer("rmsprop"), Optimizer::rms_prop(0.01));
    assert_eq!(optimizer("sgd"), Optimizer::sgd(0.01));
    let schedule = |lines: &str| read(&with("training", lines)).training.schedule;
    let step = RateSchedule::Step {
        every: 5,
        factor: 0.1,
        warm_up: 0,
    };
    assert_eq!(schedule("schedule = { kind = 'step', every = 5 }"), step);
    // As long as the run after the warm-up.
    let cosine = |updates, warm_up| RateSchedule::Cosine {
        updates,
        floor: 0.0,
        warm_up,
    };
    let lines = "schedule = { kind = 'cosine', warm_up = 100 }";
    assert_eq!(schedule(lines), cosine(500, 100));
    assert_eq!(schedule(&format!("updates = 50\n{lines}")), cosine(1, 100));
    let scheme = |scheme: &str| {
        let text = with("model", &format!("init = {{ scheme = '{scheme}' }}"));
        read(&text).model.init.scheme
    };
    assert_eq!(scheme("normal"), Scheme::Normal { std: 0.1 });
    assert_eq!(scheme("orthogonal"), Scheme::Orthogonal { gain: 1.0 });
    assert_eq!(scheme("identity"), Scheme::Identity { gain: 1.0 });

    let data = csv_data(&csv_with(""));
    let expected = CsvData {
        path: "a.csv".into(),
        sha256: None,
        options: CsvOptions::default(),
        rows_are_series: false,
        sequences: SequenceSpec {
            asked: Asked::Forecast {
                features: vec!["v".into()],
                targets: vec!["v".into()],
                window: 20,
                horizon: 1,
                steps: 1,
            },
            time: TimeFrom::Usual,
            group: Vec::new(),
            sort: false,
            missing: Missing::Refuse,
            scale: Scale::Standard,
            test: TestFrom::Fraction(0.2),
        },
    };
    assert_eq!(data, expected);
}

#[test]
fn marks_for_missing_values_are_texts_or_numbers_in_all_columns_or_in_one() {
    let marks = |line: &str| csv_data(&csv_with(line)).options.missing_marks;
    let mark = |column: Option<&str>, text: &str| crate::data::csv::Mark {
        column: column.map(str::to_owned),
        text: text.to_owned(),
    };
    assert_eq!(marks(""), None);
    assert_eq!(marks("missing_marks = []"), Some(vec![]));
    assert_eq!(
        marks("missing_marks = ['unavailable', 999.0, -99, { column = 'v', mark = -9999 }]"),
        Some(vec![
            mark(None, "unavailable"),
            mark(None, "999.0"),
            mark(None, "-99"),
            mark(Some("v"), "-9999")
        ])
    );
    let options = csv_data(&csv_with(
        "encoding = 'latin1'\nskip_lines = [3]\nstrip_flags = true",
    ))
    .options;
    assert_eq!(
        options.encoding.map(Encoding::key).as_deref(),
        Some("windows-1252")
    );
    assert_eq!((options.skip_lines, options.strip_flags), (vec![3], true));
}

#[test]
fn time_can_be_a_column_or_none_and_is_found_by_name_where_nothing_is_said() {
    let time = |line: &str| csv_data(&csv_with(line)).sequences.time;
    assert_eq!(time(""), TimeFrom::Usual);
    assert_eq!(time("time = false"), TimeFrom::Rows);
    assert_eq!(time("time = 'false'"), TimeFrom::Column("false".into()));
    let parts = TimeFrom::Parts(vec!["year".into(), "month".into()]);
    assert_eq!(time("time = ['year', 'month']"), parts);
    assert_eq!(time("time = ['year']"), TimeFrom::Column("year".into()));
}

/// Every key in the documentation's table is read, and every key that is read is in the table.
#[test]
fn the_documentation_names_every_key() {
    let documentation: String = include_str!("../read.rs")
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    for text in [
        with("model", "x = 1"),
        with("model", "x = 1\ninit = { x = 1, set = [{ x = 1 }] }"),
        with("model", "init = { scheme = 'normal', x = 1 }"),
        with("model", "init = { scheme = 'identity', x = 1 }"),
        with("model", "init = { scheme = 'chrono', x = 1 }"),
        with(
            "model",
            "kind = 'encoder_decoder'\nx = 1\ndecoder = { x = 1 }\n[training]\nx = 1",
        ),
        with("model", "kind = 'self_attention'\nx = 1"),
        with(
            "training",
            "x = 1\noptimizer = { x = 1 }\nschedule = { x = 1 }\nclip = { x = 1 }",
        ),
        with(
            "training",
            "optimizer = { kind = \"sgd\", x = 1 }\nschedule = { kind = 'step', x = 1 }",
        ),
        with(
            "training",
            "optimizer = { kind = 'rmsprop', x = 1 }\nschedule = { kind = 'cosine', x = 1 }",
        ),
        with("training", "optimizer = { kind = 'adamw', x = 1 }"),
        with("training", "[[training.change]]\nx = 1"),
        with("probe", "x = 1"),
        csv_with("x = 1"),
    ] {
        KEYS_ASKED_FOR.take();
        let errors = Experiment::parse(&text).unwrap_err();
        let asked_for = KEYS_ASKED_FOR.take();
        let unknown = |problem: &&crate::experiment::Problem| problem.found.contains("unknown key");
        for problem in errors.problems().iter().filter(unknown) {
            let path = problem.path.trim_end_matches(".x");
            let table = path.replace("[0]", "");
            let mut keys = asked_for.iter().filter(|(of, _)| of == path).peekable();
            assert!(keys.peek().is_some(), "{path}");
            for (_, key) in keys {
                let row = match *key {
                    "csv" | "task" => format!("`data.{key}`"),
                    "kind" if table != "model" => "kind =".to_owned(),
                    "norm" | "value" if table == "training.clip" => format!("{{ {key} ="),
                    "change" => "`[[training.change]]`".to_owned(),
                    key => format!("`{table}.{key}`"),
                };
                assert!(documentation.contains(&row), "{row}");
            }
        }
    }
}

#[test]
fn every_setting_is_read() {
    let experiment = read(
        "format = 1
seed = 9223372036854775807
data.csv = 'b.csv'
data.features = ['a', 'v']
data.target = 'v'
data.time = 't'
data.window = 5
data.horizon = 2
data.test_from = 1_950
data.scale = 'none'
data.delimiter = \"\\t\"
data.header = false
data.sha256 = 'ABCDEF0000000000000000000000000000000000000000000000000000000000'
[model]
cell = 'rnn_relu'
hidden_size = 4096
num_layers = 8
bidirectional = false
dropout = 0
readout = 'every'
masking = false
init = { scheme = 'normal', std = 1, set = [{ parameter = 'weight_hh_l0', index = [4095, 0], value = -1 }] }
[training]
updates = 10_000_000
batch_size = 1
precision = 'f32'
truncate = 10_000
evaluate_every = 1
diverged_above = 2
[training.optimizer]
kind = 'sgd'
learning_rate = 1
momentum = 0.5
weight_decay = 0.25
[training.schedule]
kind = 'step'
every = 100
factor = 0.5
warm_up = 10
[training.clip]
norm = 2
[[training.change]]
update = 0
clip = 'off'
[[training.change]]
update = 10
learning_rate = 1e-3
clip.norm = 5
[[training.change]]
update = 11
clip = { value = 0.5 }
[probe]
split = 'train'
index = 3
",
    );
    assert_eq!(experiment.seed, i64::MAX as u64);
    let Data::Csv(data) = experiment.data else {
        panic!("no file");
    };
    assert!(data.sha256.is_some_and(|hash| hash.starts_with("abcdef")));
    assert_eq!(data.options.delimiter, Some(b'\t'));
    assert_eq!(data.options.header, Some(false));
    let sequences = data.sequences;
    let asked = Asked::Forecast {
        features: vec!["a".into(), "v".into()],
        targets: vec!["v".into()],
        window: 5,
        horizon: 2,
        steps: 1,
    };
    assert_eq!(sequences.asked, asked);
    assert_eq!(sequences.time, TimeFrom::Column("t".into()));
    assert_eq!(sequences.test, TestFrom::Label("1950".into()));
    assert_eq!(sequences.scale, Scale::None);
    let model = ModelSpec {
        kind: ModelKind::Recurrent,
        cell: Cell::RnnRelu,
        hidden_size: 4096,
        num_layers: 8,
        bidirectional: false,
        dropout: 0.0,
        readout: Readout::Every,
        masking: false,
        init: Init {
            scheme: Scheme::Normal { std: 1.0 },
            forget_bias: None,
            set: vec![SetWeight {
                parameter: "weight_hh_l0".into(),
                index: vec![4095, 0],
                value: -1.0,
            }],
        },
        weights: None,
    };
    assert_eq!(experiment.model, model);
    let change = |update, learning_rate, clip| Change {
        update,
        learning_rate,
        clip: Some(clip),
        set: vec![],
    };
    let training = Training {
        updates: 10_000_000,
        batch_size: 1,
        precision: Precision::F32,
        optimizer: Optimizer::Sgd {
            learning_rate: 1.0,
            momentum: 0.5,
            weight_decay: 0.25,
        },
        schedule: RateSchedule::Step {
            every: 100,
            factor: 0.5,
            warm_up: 10,
        },
        clip: Clip::Norm(2.0),
        truncate: Some(10_000),
        teacher_forcing: 1.0,
        evaluate_every: 1,
        diverged_above: 2.0,
        changes: vec![
            change(0, None, Clip::Off),
            change(10, Some(1e-3), Clip::Norm(5.0)),
            change(11, None, Clip::Value(0.5)),
        ],
    };
    assert_eq!(experiment.training, training);
    let (split, index) = (Split::Train, 3);
    assert_eq!(experiment.probe, Probe { split, index });
}

#[test]
fn every_setting_of_the_other_kinds_is_read() {
    let experiment = read(&with(
        "model",
        "kind = 'encoder_decoder'
cell = 'rnn'
hidden_size = 5
num_layers = 2
bidirectional = true
dropout = 0.25
readout = 'every'
decoder = { cell = 'lstm', hidden_size = 10, attention = 'dot' }
init = { scheme = 'chrono', t_max = 20, forget_bias = 2 }
[training]
teacher_forcing = 0.5
optimizer = { kind = 'adamw', betas = [0, 0.5], eps = 1, weight_decay = 0 }
schedule = { kind = 'cosine', updates = 9, floor = 1, warm_up = 1 }",
    ));
    let model = &experiment.model;
    let decoder = DecoderSpec {
        cell: Cell::Lstm,
        hidden_size: 10,
        attention: Attention::Dot,
    };
    assert_eq!(model.kind, ModelKind::EncoderDecoder { decoder });
    assert_eq!((model.cell, model.num_layers), (Cell::RnnTanh, 2));
    assert_eq!((model.bidirectional, model.dropout), (true, 0.25));
    let prefixes: Vec<&str> = model.stacks().iter().map(|stack| stack.prefix).collect();
    assert_eq!(prefixes, ["encoder", "decoder"]);
    assert_eq!(model.init.scheme, Scheme::Chrono { t_max: 20.0 });
    assert_eq!(model.init.forget_bias, Some(2.0));
    assert_eq!(experiment.training.teacher_forcing, 0.5);
    let adam_w = Optimizer::AdamW {
        learning_rate: 0.01,
        beta1: 0.0,
        beta2: 0.5,
        epsilon: 1.0,
        weight_decay: 0.0,
    };
    assert_eq!(experiment.training.optimizer, adam_w);
    let cosine = RateSchedule::Cosine {
        updates: 9,
        floor: 1.0,
        warm_up: 1,
    };
    assert_eq!(experiment.training.schedule, cosine);

    let lines = "kind = 'self_attention'\nhidden_size = 12\nnum_layers = 2\nheads = 3\ncausal = false\n\
                 positions = false\nreadout = 'final'\n[training]\n\
                 optimizer = { kind = 'rmsprop', alpha = 0.5, eps = 0.5, momentum = 0.25 }";
    let experiment = read(&with("model", lines));
    let attending = ModelKind::SelfAttention {
        heads: 3,
        causal: false,
        positions: false,
    };
    assert_eq!(experiment.model.kind, attending);
    assert_eq!(experiment.model.readout, Readout::Final);
    assert!(experiment.model.stacks().is_empty());
    let rms_prop = Optimizer::RmsProp {
        learning_rate: 0.01,
        alpha: 0.5,
        epsilon: 0.5,
        momentum: 0.25,
    };
    assert_eq!(experiment.training.optimizer, rms_prop);
    // The encoder's width in both directions is the decoder's.
    let lines = "kind = 'encoder_decoder'\nbidirectional = true\ndecoder.attention = 'dot'";
    let ModelKind::EncoderDecoder { decoder } = read(&with("model", lines)).model.kind else {
        panic!("no decoder");
    };
    assert_eq!(decoder.hidden_size, 32);
}

#[test]
fn task_parameters_are_read_and_their_errors_have_lines() {
    let experiment = read("format = 1\n[data]\ntask = 'sine'\nlength = 7\nnoise = 0.5\n");
    let Data::Task(data) = experiment.data else {
        panic!("no task");
    };
    assert_eq!(data.task.name(), "sine");
    assert_eq!(data.parameters.whole("length"), 7);
    assert_eq!(data.parameters.get("noise"), 0.5);
    assert_eq!(data.parameters.whole("train_sequences"), 1000);

    let shown = errors(
        "format = 1\n[data]\ntask = 'sine'\nlenght = 7\nnoise = -1\nperiod_1 = 'a'\nscale = 'none'\n",
    );
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 4, "{shown}");
    assert!(lines[0].starts_with("line 4, data.lenght: found the name “lenght”, expected one of"));
    assert!(lines[0].ends_with("Did you mean “length”?"));
    assert!(lines[1].starts_with("line 5, data.noise: found -1, expected a number from 0 to 10."));
    assert!(lines[2].starts_with("line 6, data.period_1: found “a”, expected a number."));
    assert!(lines[3].starts_with("line 7, data.scale: found the name “scale”"));
    assert_eq!(
        errors("format = 1\n[data]\ntask = 'addng'\n"),
        "line 3, data.task: found “addng”, expected one of “sine”, “damped”, “mackey_glass”, “latch”, “adding”, “temporal_order”, “copy_memory”, “echo”, “parity”, “majority”, “counting”, “embedded_reber”, “continual_reber”, “next_character”, “tagging”, “reverse”, “copy”, “sort”, “dates”. Did you mean “adding”?"
    );
}

/// Every kind of mistake: the text, and how its only line of error begins.
#[test]
fn every_mistake_has_its_line_and_setting() {
    let hash = "0".repeat(63);
    let cases = [
        (
            "".to_owned(),
            "line 1, format: found nothing, expected format = 1.",
        ),
        (
            "format = 2\nx = 1".into(),
            "line 1, format: found 2, expected 1. The experiment was made with a later",
        ),
        (
            "format = '1'\nx = 1".into(),
            "line 1, format: found “1”, expected 1. Put format = 1",
        ),
        (
            "format = 1".into(),
            "line 1, data: found nothing, expected a table with csv, text_file or task.",
        ),
        (
            "format = 1\n\n[data]\n".into(),
            "line 3, data.csv: found nothing, expected one of csv, text_file and task.",
        ),
        (
            "format = 1\ndata = 1".into(),
            "line 2, data: found 1, expected a table.",
        ),
        (
            "format = 1\n[data]\ncsv = 'a'\ntask = 'sine'".into(),
            "line 4, data.task: found both csv and task, expected one of them.",
        ),
        (
            "format = 1\n[data]\ncsv = 'a'\n".into(),
            "line 2, data.target: found nothing, expected the name of the column",
        ),
        (
            "format = 1\n[data]\ncsv = ''\ntarget = 'v'\n".into(),
            "line 3, data.csv: found an empty text, expected the path",
        ),
        (
            format!("seed = -1\n{LATCH}"),
            "line 1, seed: found -1, expected a whole number from 0 to 9223372036854775807. The default is 0.",
        ),
        (
            format!("sed = 1\n{LATCH}"),
            "line 1, sed: found the unknown key “sed”, expected one of format, seed, data, baseline, model, training, probe. Did you mean “seed”?",
        ),
        (
            csv_with("target_2 = 1"),
            "line 5, data.target_2: found the unknown key “target_2”",
        ),
        (
            csv_with("features = []"),
            "line 5, data.features: found [], expected a list of one or more column names.",
        ),
        (
            csv_with("features = ['a', 1]"),
            "line 5, data.features: found ['a', 1], expected",
        ),
        (
            csv_with("time = 5"),
            "line 5, data.time: found 5, expected the name of a column, a list of columns that make a time together, or false to count rows.",
        ),
        (
            csv_with("window = 0"),
            "line 5, data.window: found 0, expected a whole number from 1 to 10000. The default is 20.",
        ),
        (
            csv_with("horizon = 1.5"),
            "line 5, data.horizon: found 1.5, expected a whole number from 1",
        ),
        (
            csv_with("test_from = 1.5"),
            "line 5, data.test_from: found 1.5, expected a time in quotation marks, or a share between 0 and 1.",
        ),
        (
            csv_with("test_from = 1950-01-01"),
            "line 5, data.test_from: found 1950-01-01, expected a time in quotation marks",
        ),
        (
            csv_with("scale = 'standart'"),
            "line 5, data.scale: found “standart”, expected “none”, “standard”, “min_max”, “log_standard” or “difference”. Did you mean “standard”?",
        ),
        (
            csv_with("delimiter = 'ab'"),
            "line 5, data.delimiter: found “ab”, expected one ASCII character",
        ),
        (
            csv_with("encoding = 'windows-1521'"),
            "line 5, data.encoding: found “windows-1521”, expected the name of an encoding, such as “utf-8”, \
             “windows-1252”, “shift_jis” or “gbk”. Did you mean “windows-1251”?",
        ),
        (
            csv_with("skip_lines = [0]"),
            "line 5, data.skip_lines: found [0], expected a list of lines of the file",
        ),
        (
            csv_with("missing_marks = 'x'"),
            "line 5, data.missing_marks: found “x”, expected a list of what stands for a missing value",
        ),
        (
            csv_with("missing_marks = [{ column = 'v' }]"),
            "line 5, data.missing_marks: found [{ column = 'v' }], expected a list of what stands for a missing value. For \
             example missing_marks = [\"unavailable\", \"-9999\"], or for one column missing_marks = [{ column = \"rain\", \
             mark = \"-99.9\" }].",
        ),
        (
            csv_with("mising_marks = ['x']"),
            "line 5, data.mising_marks: found the unknown key “mising_marks”, expected one of csv, text_file, task, text, \
             label, target, features, window, horizon, steps, sha256, first_line, names_line, first_rows, delimiter, header, \
             encoding, decimal, thousands, comment, …. Did you mean “missing_marks”?",
        ),
        (
            csv_with("names_line = 0"),
            "line 5, data.names_line: found 0",
        ),
        (
            csv_with("delimiter = 'é'"),
            "line 5, data.delimiter: found “é”",
        ),
        (
            csv_with("header = 1"),
            "line 5, data.header: found 1, expected true or false.",
        ),
        (
            csv_with(&format!("sha256 = '{hash}'")),
            "line 5, data.sha256: found “0000000000000000000000000000000000000000…”, expected 64 hexadecimal digits.",
        ),
        (
            with("model", "cell = 'ltsm'"),
            "line 5, model.cell: found “ltsm”, expected “rnn”, “rnn_relu”, “rnn_linear”, “lstm”, “lstm_1997”, “gru” or “gru_reset_before”. Did you mean “lstm”?",
        ),
        (
            with("model", "cell = 'transformer'"),
            "line 5, model.cell: found “transformer”, expected “rnn”, “rnn_relu”, “rnn_linear”, “lstm”, “lstm_1997”, “gru” or “gru_reset_before”. For example cell = \"rnn\".",
        ),
        (
            with("model", "hidden_size = 4097"),
            "line 5, model.hidden_size: found 4097, expected a whole number from 1 to 4096. The default is 16.",
        ),
        (
            with("model", "hidden_size = 16.0"),
            "line 5, model.hidden_size: found 16.0, expected a whole number",
        ),
        (
            with("model", "\n\nnum_layers = '1'"),
            "line 7, model.num_layers: found “1”, expected a whole number from 1 to 8.",
        ),
        (
            with(
                "model",
                "kind = 'recurent'\nheads = 2\n[training]\ntruncate = 5\nteacher_forcing = 1",
            ),
            "line 5, model.kind: found “recurent”, expected “recurrent”, “encoder_decoder” or “self_attention”. Did you",
        ),
        (
            with("model", "bidirectional = 1"),
            "line 5, model.bidirectional: found 1, expected true or false. The default is false.",
        ),
        (
            with("model", "dropout = 1.0"),
            "line 5, model.dropout: found 1.0, expected a number from 0 up to, but not including, 1. The default is 0.",
        ),
        (
            with("model", "masking = 'no'"),
            "line 5, model.masking: found “no”, expected true or false. The default is true.",
        ),
        (
            with("model", "heads = 2"),
            "line 5, model.heads: found 2, expected no heads in a recurrent model. It belongs to self-attention: write",
        ),
        (
            with("model", "decoder = {}"),
            "line 5, model.decoder: found {}, expected no decoder in a recurrent model. Write kind = \"encoder_decoder\",",
        ),
        (
            with("model", "kind = 'encoder_decoder'\ncausal = true"),
            "line 6, model.causal: found true, expected no causal in an encoder–decoder. It belongs to self-attention",
        ),
        (
            with("model", "kind = 'encoder_decoder'\nreadout = 'last'"),
            "line 6, model.readout: found “last”, expected “every” in an encoder–decoder. A decoder answers",
        ),
        (
            with("model", "kind = 'encoder_decoder'\ndecoder = 'gru'"),
            "line 6, model.decoder: found “gru”, expected a table with cell, hidden_size and attention.",
        ),
        (
            with(
                "model",
                "kind = 'encoder_decoder'\ndecoder = { cel = 'gru' }",
            ),
            "line 6, model.decoder.cel: found the unknown key “cel”, expected one of cell, hidden_size, attention. Did you",
        ),
        (
            with(
                "model",
                "kind = 'encoder_decoder'\ndecoder = { attention = 'bahdanau' }",
            ),
            "line 6, model.decoder.attention: found “bahdanau”, expected “none”, “additive” or “dot”.",
        ),
        (
            with(
                "model",
                "kind = 'encoder_decoder'\nbidirectional = true\ndecoder = { hidden_size = 16, attention = 'dot' }",
            ),
            "line 7, model.decoder.hidden_size: found 16, expected 32 with attention “dot”, which is what the encoder puts",
        ),
        (
            with("model", "kind = 'self_attention'\ncell = 'lstm'"),
            "line 6, model.cell: found “lstm”, expected no cell in a model of self-attention. Self-attention has no cell",
        ),
        (
            with("model", "kind = 'self_attention'\nbidirectional = false"),
            "line 6, model.bidirectional: found false, expected no bidirectional in a model of self-attention.",
        ),
        (
            with("model", "kind = 'self_attention'\ndropout = 0.1"),
            "line 6, model.dropout: found 0.1, expected no dropout in a model of self-attention.",
        ),
        (
            with("model", "kind = 'self_attention'\nheads = 3"),
            "line 6, model.heads: found 3, expected a number that divides hidden_size, 16. Each head has an equal share",
        ),
        (
            with(
                "model",
                "kind = 'self_attention'\nhidden_size = 0\nheads = 3",
            ),
            "line 6, model.hidden_size: found 0",
        ),
        (
            with(
                "model",
                "kind = 'self_attention'\ninit = { scheme = 'keras' }",
            ),
            "line 6, model.init.scheme: found “keras”, expected “pytorch” in a model of self-attention. The other schemes",
        ),
        (
            with(
                "model",
                "kind = 'self_attention'\ninit = { forget_bias = 1 }",
            ),
            "line 6, model.init.forget_bias: found 1, expected no forget_bias in a model without a forget gate.",
        ),
        (
            with("model", "readout = 'first'"),
            "line 5, model.readout: found “first”, expected “last”, “final” or “every”.",
        ),
        (
            with("model", "readout = 1"),
            "line 5, model.readout: found 1, expected “last”, “final” or “every”. For example",
        ),
        (
            with("model", "init = 'pytorch'"),
            "line 5, model.init: found “pytorch”, expected a table with scheme. For example",
        ),
        (
            with("model", "init = { scheme = 'glorot', std = 0.1 }"),
            "line 5, model.init.scheme: found “glorot”, expected “pytorch”, “normal”, “keras”, “orthogonal”, “identity” or",
        ),
        (
            with("model", "init = { std = 0.1 }"),
            "line 5, model.init.std: found 0.1, expected no std in the scheme “pytorch”. It belongs to the scheme “normal”.",
        ),
        (
            with("model", "init = { scheme = 'keras', gain = 1 }"),
            "line 5, model.init.gain: found 1, expected no gain in the scheme “keras”. It belongs to the schemes",
        ),
        (
            with("model", "init = { scheme = 'normal', t_max = 1 }"),
            "line 5, model.init.t_max: found 1, expected no t_max in the scheme “normal”. It belongs to the scheme “chrono”.",
        ),
        (
            with("model", "init = { scheme = 'pytorch', forget_bas = 1 }"),
            "line 5, model.init.forget_bas: found the unknown key “forget_bas”, expected one of scheme, forget_bias, set. Did",
        ),
        (
            with("model", "init = { scheme = 'chrono' }"),
            "line 5, model.init.t_max: found nothing, expected a number from 2 to 1000000. It is the longest span",
        ),
        (
            with("model", "init = { scheme = 'chrono', t_max = 1.5 }"),
            "line 5, model.init.t_max: found 1.5, expected a number from 2 to 1000000.",
        ),
        (
            with(
                "model",
                "cell = 'rnn'\ninit = { scheme = 'chrono', t_max = 5 }",
            ),
            "line 6, model.init.scheme: found “chrono”, expected another scheme with the cell “rnn”. It sets the bias",
        ),
        (
            with("model", "init = { scheme = 'orthogonal', gain = 0 }"),
            "line 5, model.init.gain: found 0, expected a number above 0 and up to 1000. The default is 1.",
        ),
        (
            with("model", "cell = 'lstm_1997'\ninit = { forget_bias = 1 }"),
            "line 6, model.init.forget_bias: found 1, expected no forget_bias in a model without a forget gate. The cell",
        ),
        (
            with("model", "init = { forget_bias = inf }"),
            "line 5, model.init.forget_bias: found inf, expected a number from -1000000 to 1000000.",
        ),
        (
            with("model", "init = { set = [1] }"),
            "line 5, model.init.set: found [1], expected a list of tables. For example set = [",
        ),
        (
            with("model", "init.set = [{ index = [0], value = 1 }]"),
            "line 5, model.init.set[0].parameter: found nothing, expected the name of a parameter.",
        ),
        (
            with(
                "model",
                "init.set = [{ parameter = 'a', index = [-1], value = 1 }]",
            ),
            "line 5, model.init.set[0].index: found [-1], expected a list of whole numbers from 0, one for each axis.",
        ),
        (
            with(
                "[model.init.set]",
                "parameter = 'a'\nindex = [0]\nvalue = nan",
            ),
            "line 7, model.init.set[0].value: found nan, expected a number from -1000000 to 1000000.",
        ),
        (
            with(
                "[model.init.set]",
                "parameter = 'a'\nindex = [0]\nvalue = 1\nvalu = 1",
            ),
            "line 8, model.init.set[0].valu: found the unknown key “valu”, expected one of parameter, index, value. Did you",
        ),
        (
            with("model", "init = { scheme = 'normal', std = 0 }"),
            "line 5, model.init.std: found 0, expected a number above 0 and up to 1000. The default is 0.1.",
        ),
        (
            with("training", "updates = 0"),
            "line 5, training.updates: found 0, expected a whole number from 1 to 10000000. The default is 600.",
        ),
        (
            with("training", "batch_size = 5000"),
            "line 5, training.batch_size: found 5000, expected a whole number from 1 to 4096.",
        ),
        (
            with("training", "precision = 'f16'"),
            "line 5, training.precision: found “f16”, expected “f64” or “f32”.",
        ),
        (
            with("training", "evaluate_every = 0"),
            "line 5, training.evaluate_every: found 0",
        ),
        (
            with("training", "diverged_above = 1"),
            "line 5, training.diverged_above: found 1, expected a finite number above 1. The default is 1e6.",
        ),
        (
            with("training", "diverged_above = inf"),
            "line 5, training.diverged_above: found inf",
        ),
        (
            with("training", "optimizer = 'adam'"),
            "line 5, training.optimizer: found “adam”, expected a table with kind and learning_rate.",
        ),
        (
            with("training", "optimizer = { kind = 'adm', x = 1 }"),
            "line 5, training.optimizer.kind: found “adm”, expected “adam”, “adamw”, “rmsprop” or “sgd”. Did you mean “adam”?",
        ),
        (
            with("training", "optimizer = { learning_rate = nan }"),
            "line 5, training.optimizer.learning_rate: found nan, expected a number above 0 and up to 1000. The default is 0.01.",
        ),
        (
            with("training", "optimizer = { betas = [0.9] }"),
            "line 5, training.optimizer.betas: found [0.9], expected two numbers from 0 up to",
        ),
        (
            with("training", "optimizer = { betas = [0.9, 1] }"),
            "line 5, training.optimizer.betas: found [0.9, 1]",
        ),
        (
            with("training", "optimizer = { eps = 0.0 }"),
            "line 5, training.optimizer.eps: found 0.0, expected a number above 0 and up to 1.",
        ),
        (
            with("training", "optimizer = { kind = 'sgd', momentum = 1.0 }"),
            "line 5, training.optimizer.momentum: found 1.0, expected a number from 0 up to, but not including, 1.",
        ),
        (
            with("training", "optimizer = { momentum = 0.9 }"),
            "line 5, training.optimizer.momentum: found the unknown key “momentum”, expected one of kind, learning_rate, betas, eps, weight_decay.",
        ),
        (
            with("training", "clip = 1.0"),
            "line 5, training.clip: found 1.0, expected “off” or a table with norm or value. For example clip = { norm = 1.0 }.",
        ),
        (
            with("training", "clip = {}"),
            "line 5, training.clip.norm: found nothing, expected either norm or value.",
        ),
        (
            with("training", "clip = { norm = 0 }"),
            "line 5, training.clip.norm: found 0, expected a finite number above 0.",
        ),
        (
            with("training", "clip = { norm = 1, value = 1 }"),
            "line 5, training.clip.value: found both norm and value, expected one of them.",
        ),
        (
            with("training", "clip = { value = -1 }"),
            "line 5, training.clip.value: found -1, expected a finite number above 0. For example clip = { value = 0.5 }.",
        ),
        (
            with(
                "training",
                "optimizer = { kind = 'rmsprop', weight_decay = 0.1 }",
            ),
            "line 5, training.optimizer.weight_decay: found the unknown key “weight_decay”, expected one of kind,",
        ),
        (
            with(
                "training",
                "optimizer = { kind = 'adamw', weight_decay = -0.1 }",
            ),
            "line 5, training.optimizer.weight_decay: found -0.1, expected a number from 0 to 1000. The default is 0.01.",
        ),
        (
            with("training", "optimizer = { kind = 'rmsprop', alpha = 1 }"),
            "line 5, training.optimizer.alpha: found 1, expected a number from 0 up to, but not including, 1. The default is 0.99.",
        ),
        (
            with("training", "schedule = 'cosine'"),
            "line 5, training.schedule: found “cosine”, expected a table with kind. For example schedule =",
        ),
        (
            with("training", "schedule = { kind = 'cosin', x = 1 }"),
            "line 5, training.schedule.kind: found “cosin”, expected “constant”, “step” or “cosine”. Did you mean “cosine”?",
        ),
        (
            with("training", "schedule = { kind = 'step' }"),
            "line 5, training.schedule.every: found nothing, expected a whole number from 1 to 10000000. It is how many",
        ),
        (
            with(
                "training",
                "schedule = { kind = 'step', every = 5, factor = 2 }",
            ),
            "line 5, training.schedule.factor: found 2, expected a number above 0 and up to 1. The default is 0.1.",
        ),
        (
            with("training", "schedule = { kind = 'cosine', floor = 2 }"),
            "line 5, training.schedule.floor: found 2, expected a number from 0 to 1. The default is 0.",
        ),
        (
            with("training", "schedule = { kind = 'cosine', updates = 0 }"),
            "line 5, training.schedule.updates: found 0, expected a whole number from 1 to 10000000. The default is 600.",
        ),
        (
            with("training", "schedule = { warm_up = -1 }"),
            "line 5, training.schedule.warm_up: found -1, expected a whole number from 0 to 10000000. The default is 0.",
        ),
        (
            with("training", "schedule = { every = 1 }"),
            "line 5, training.schedule.every: found the unknown key “every”, expected one of kind, warm_up.",
        ),
        (
            with("training", "truncate = 0"),
            "line 5, training.truncate: found 0, expected a whole number from 1 to 10000. It is how many steps",
        ),
        (
            with("model", "bidirectional = true\n[training]\ntruncate = 5"),
            "line 7, training.truncate: found 5, expected no truncate in a bidirectional model. The reverse layer's state",
        ),
        (
            with(
                "model",
                "kind = 'encoder_decoder'\n[training]\ntruncate = 5",
            ),
            "line 7, training.truncate: found 5, expected no truncate in an encoder–decoder. Only a recurrent model",
        ),
        (
            with("training", "teacher_forcing = 1"),
            "line 5, training.teacher_forcing: found 1, expected no teacher_forcing in a recurrent model. Only a decoder",
        ),
        (
            with(
                "model",
                "kind = 'encoder_decoder'\n[training]\nteacher_forcing = 1.5",
            ),
            "line 7, training.teacher_forcing: found 1.5, expected a number from 0 to 1. The default is 1.",
        ),
        (
            with("training", "change = 1"),
            "line 5, training.change: found 1, expected a list of tables.",
        ),
        (
            with("training", "change = [1]"),
            "line 5, training.change: found [1], expected a list of tables.",
        ),
        (
            with("[training.change]", "clip = 'off'"),
            "line 4, training.change[0].update: found nothing, expected a whole number from 0 to 10000000.",
        ),
        (
            with("[training.change]", "update = -1\nclip = 'off'"),
            "line 5, training.change[0].update: found -1",
        ),
        (
            with("[training.change]", "update = 1"),
            "line 4, training.change[0]: found a change of nothing, expected learning_rate, clip, set or several of them.",
        ),
        (
            with("[training.change]", "update = 1\nlearning_rate = 0"),
            "line 6, training.change[0].learning_rate: found 0",
        ),
        (
            csv_with("missing = 'ignore'"),
            "line 5, data.missing: found “ignore”, expected “refuse”, “carry_forward”, “interpolate” or “drop”.",
        ),
        (
            csv_with("steps = 0"),
            "line 5, data.steps: found 0, expected a whole number from 1 to 1000.",
        ),
        (
            csv_with("decimal = ';'"),
            "line 5, data.decimal: found “;”, expected “.” or “,”.",
        ),
        (
            csv_with("test_from = 0.1\ntest_groups = ['a']"),
            "line 6, data.test_groups: found both test_from and test_groups, expected one of them.",
        ),
        (
            csv_with("label_at = 'end'"),
            "line 5, data.label_at: found the unknown key “label_at”",
        ),
        (
            format!("{LATCH}[baseline]\nar = 9\n"),
            "line 4, baseline: found a table, expected none, as there is nothing to forecast.",
        ),
        (
            csv_with("[baseline]\nar = 'best'"),
            "line 6, baseline.ar: found “best”, expected “bic”, “aic”, “off”, a whole number from 1 to 1000, or a list of those.",
        ),
        (
            csv_with("[baseline]\nar = [1, 2, 9]\nmethod = 'burg'"),
            "line 7, baseline.method: found “burg”, expected “least_squares” with lags that have gaps.",
        ),
        (
            csv_with("[baseline]\nar = [2]\nmethod = 'yule_walker'"),
            "line 7, baseline.method: found “yule_walker”, expected “least_squares” with lags that have gaps.",
        ),
        (
            csv_with("[baseline]\nseason = 1"),
            "line 6, baseline.season: found 1, expected 0 for none, or a whole number from 2 to 100000.",
        ),
        (
            with("probe", "split = 'valid'"),
            "line 5, probe.split: found “valid”, expected “test” or “train”.",
        ),
        (
            with("probe", "index = -1"),
            "line 5, probe.index: found -1, expected a whole number from 0 to 4294967295.",
        ),
    ];
    for (text, beginning) in cases {
        let shown = errors(&text);
        // Of an empty text, two things are missing.
        if !text.is_empty() {
            assert_eq!(shown.lines().count(), 1, "{text}\n{shown}");
        }
        assert!(shown.starts_with(beginning), "{text}\n{shown}\n{beginning}");
    }
}

#[test]
fn changes_rise() {
    let change = |update| format!("[[training.change]]\nupdate = {update}\nclip = 'off'\n");
    let text = |updates: [u32; 3]| LATCH.to_owned() + &updates.map(change).concat();
    assert_eq!(read(&text([0, 5, 6])).training.changes.len(), 3);
    assert_eq!(
        errors(&text([5, 5, 4])),
        "line 8, training.change[1].update: found 5, expected more than the 5 of the change before. \
         Put the changes in order, and join those of the same update.\n\
         line 11, training.change[2].update: found 4, expected more than the 5 of the change before. \
         Put the changes in order, and join those of the same update."
    );
    let inline = with(
        "training",
        "change = [{ update = 3, clip = 'off' }, { update = 2, clip = 'off' }]",
    );
    assert!(errors(&inline).starts_with("line 5, training.change[1].update: found 2"));
}

/// Weights set on the way, and numbers that the sequence under the lens is given.
#[test]
fn numbers_set_by_hand_are_read_where_they_are_written() {
    let weight = |parameter: &str, index: &[usize], value| SetWeight {
        parameter: parameter.into(),
        index: index.into(),
        value,
    };
    let text = LATCH.to_owned()
        + "[probe]\nset = [{ number = 'x', index = [3, 0], value = 0.5 }, { number = 'h_0', index = [0, 1], value = -1 }]\n\
           [[training.change]]\nupdate = 4\nset = [{ parameter = 'weight_hh_l0', index = [1, 0], value = 0.25 }]\n";
    let experiment = read(&text);
    assert_eq!(
        experiment.probe_set,
        [weight("x", &[3, 0], 0.5), weight("h_0", &[0, 1], -1.0)]
    );
    let [change] = &experiment.training.changes[..] else {
        panic!("{experiment:?}")
    };
    assert_eq!(change.set, [weight("weight_hh_l0", &[1, 0], 0.25)]);
    let wrong =
        LATCH.to_owned() + "[probe]\nset = [{ parameter = 'x', index = [3, 0], value = 1e7 }]\n";
    let told = errors(&wrong);
    assert!(
        told.contains("probe.set[0].number: found nothing"),
        "{told}"
    );
    assert!(told.contains("probe.set[0].value: found 1e7"), "{told}");
    let told = errors(&(LATCH.to_owned() + "[[training.change]]\nupdate = 4\n"));
    assert!(
        told.contains("expected learning_rate, clip, set or several of them"),
        "{told}"
    );
}

#[test]
fn all_problems_are_told_up_to_the_cap() {
    let shown = errors(&with(
        "model",
        "cell = 1\nhidden_size = 0\n[probe]\nindex = -1\n[x]",
    ));
    let begins: Vec<_> = shown
        .lines()
        .filter_map(|line| line.split_once(':'))
        .collect();
    let begins: Vec<&str> = begins.into_iter().map(|(begin, _)| begin).collect();
    assert_eq!(
        begins,
        [
            "line 5, model.cell",
            "line 6, model.hidden_size",
            "line 8, probe.index",
            "line 9, x"
        ]
    );
    let many: String = (0..60).map(|key| format!("k{key} = 1\n")).collect();
    let errors = Experiment::parse(&with("probe", &many)).unwrap_err();
    assert_eq!((errors.problems().len(), errors.more()), (50, 10));
    let problem = &errors.problems()[2];
    assert_eq!(
        (problem.line, problem.column, problem.path.as_str()),
        (7, 1, "probe.k2")
    );
}

#[test]
fn text_that_is_no_toml_has_its_line() {
    for (text, beginning) in [
        (
            "format = 1\n[data\ntask = 'sine'",
            "line 2: found “[data”, expected valid TOML. The parser says: ",
        ),
        (
            "format = 1\n[data]\ntask = \"sine",
            "line 3: found “task = \"sine”, expected valid TOML.",
        ),
        (
            "format = 1\nseed =",
            "line 2: found “seed =”, expected valid TOML. A value is missing",
        ),
        (
            "format = 1\nseed = 1\nseed = 2",
            "line 3: found “seed = 2”, expected valid TOML. The parser says: duplicate key",
        ),
        (
            "format = 1\ncell = lstm",
            "line 2: found “cell = lstm”, expected valid TOML. Put texts in quotation marks.",
        ),
        (
            "format = 1\nseed = 9223372036854775808",
            "line 2: found “seed = 9223372036854775808”",
        ),
        ("format = 1\nx = [1,\n\n", "line"),
    ] {
        let shown = errors(text);
        assert!(shown.starts_with(beginning), "{shown}");
        assert_eq!(shown.lines().count(), 1, "{shown}");
        assert!(shown.ends_with('.'), "{shown}");
    }
    let long = errors(&"#".repeat(MAX_BYTES + 1));
    assert!(long.starts_with("line 1: found a text of 1048577 bytes, expected at most 1048576."));
}

#[test]
fn places_of_settings_are_found() {
    let text = with("training", "clip = { norm = 1.0 }");
    assert_eq!(place(&text, "training.clip"), Some((5, 8)));
    assert_eq!(place(&text, "training.clip.norm"), Some((5, 17)));
    // Absent: where its table begins.
    assert_eq!(place(&text, "training.updates"), Some((4, 2)));
    assert_eq!(place(&text, "probe.index"), None);
}

/// Cut anywhere, changed anywhere, it is an experiment or an error with its line.
#[test]
fn a_truncated_text_is_an_experiment_or_an_error() {
    let text = gallery::default_entry().text;
    for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        check(&text[..end]);
    }
}

fn check(text: &str) {
    if let Err(errors) = Experiment::parse(text) {
        assert!(!errors.problems().is_empty());
        let lines = text.split('\n').count();
        for problem in errors.problems() {
            assert!(
                (1..=lines).contains(&problem.line) && problem.column >= 1,
                "{problem}"
            );
            assert!(problem.hint.ends_with(['.', '?']), "{problem}");
            assert!(!problem.to_string().contains('\n'), "{problem}");
            assert!(problem.to_string().chars().count() < 400, "{problem}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_an_experiment_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn anything_like_toml_is_an_experiment_or_an_error(text in "[a-c\\[\\]{}=.,'\"#1é\r\n -]{0,80}") {
        check(&format!("format = 1\n{text}"));
        check(&with("training", &text));
    }

    #[test]
    fn any_mutation_is_an_experiment_or_an_error(
        which in 0..gallery::EXPERIMENTS.len(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, "[\\PC\n]{0,3}"), 1..5),
    ) {
        let mut text: Vec<char> = gallery::EXPERIMENTS[which].text.chars().collect();
        for (at, removed, inserted) in mutations {
            let at = at.index(text.len() + 1);
            text.splice(at..text.len().min(at + removed), inserted.chars());
        }
        check(&text.into_iter().collect::<String>());
    }

    /// A value of any kind in the place of any other.
    #[test]
    fn any_value_is_taken_or_refused(
        line in any::<prop::sample::Index>(),
        value in prop::sample::select(vec![
            "0", "-1", "1", "99999999999", "1e400", "-0.0", "nan", "true", "''", "'x'", "[]", "[1, 'a']", "{}",
            "{ norm = 1 }", "{ value = 1 }", "{ kind = 'sgd' }", "{ kind = 'cosine' }", "'self_attention'", "[{ update = 1 }]", "1979-05-27", "'''\n\n'''",
        ]),
    ) {
        for entry in gallery::EXPERIMENTS {
            let mut lines: Vec<String> = entry.text.lines().map(str::to_owned).collect();
            let at = line.index(lines.len());
            if let Some((key, _)) = lines[at].clone().split_once('=') {
                lines[at] = format!("{key}= {value}");
                check(&lines.join("\n"));
            }
        }
    }
}
