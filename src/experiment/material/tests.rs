use std::cell::Cell as Counter;
use std::path::PathBuf;

use super::*;
use crate::experiment::memory::{FORECASTS_SHOWN, To};
use crate::experiment::{Document, MAX_RUN_BYTES, Setting};
use crate::nn::attention::Attention;
use crate::nn::seq2seq::Feedback;
use crate::nn::{Cell, RecurrentArchitecture, self_attention};

const SUNSPOTS: &str =
    "format = 1\n[data]\ncsv = \"../data/sunspots.csv\"\ntarget = \"SUNACTIVITY\"\n";
const ADDING: &str = "format = 1\n[data]\ntask = \"adding\"\nlength = 10\n";

fn on(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn made(text: &str) -> Result<Material, MaterialError> {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    material(&experiment, &Location::BuiltIn, &on)
}

fn refused(text: &str) -> (String, String) {
    match made(text) {
        Ok(_) => panic!("material of\n{text}"),
        Err(error) => (error.setting(), error.to_string()),
    }
}

#[test]
fn a_file_gives_windows_its_name_and_its_hash() {
    let made = made(SUNSPOTS).unwrap();
    assert_eq!((made.data_name.as_str(), made.seq_len), ("sunspots", 20));
    assert_eq!(made.loss, Loss::MeanSquaredError);
    let architecture = RecurrentArchitecture {
        cell: Cell::Lstm,
        input_size: 1,
        hidden_size: 16,
        num_layers: 1,
        bidirectional: false,
        dropout: 0.0,
        output_size: 1,
        readout: Readout::Last,
    };
    assert_eq!(made.network, Network::Recurrent(architecture));
    assert!(!made.ragged);
    // By sha256sum.
    let hash = "7dac2f45399b4d3b335823db9884c4b6d7f79509f94aed6de20da6a431ae5900";
    assert_eq!(made.sha256.as_deref(), Some(hash));
}

#[test]
fn a_changed_file_is_a_notice_and_the_same_file_is_none() {
    let hash = made(SUNSPOTS).unwrap().sha256.unwrap();
    let with = |hash: &str| {
        made(&format!("{SUNSPOTS}sha256 = \"{hash}\"\n"))
            .unwrap()
            .notices
    };
    assert!(with(&hash).is_empty() && with(&hash.to_uppercase()).is_empty());
    assert_eq!(
        with(&"0".repeat(64)),
        [
            "The data changed since this experiment was made: ../data/sunspots.csv is not the same file. \
          Results may differ."
        ]
    );
}

#[test]
fn equal_seeds_make_equal_data_and_others_do_not() {
    let data = |seed| made(&format!("seed = {seed}\n{ADDING}")).unwrap().dataset;
    assert_eq!(data(3), data(3));
    assert_ne!(data(3), data(4));
    assert_eq!(made(ADDING).unwrap().data_name, "Adding problem");
}

#[test]
fn errors_name_the_setting_to_change() {
    for (text, setting, beginning) in [
        (
            SUNSPOTS.replace("sunspots", "moonspots"),
            "data.csv",
            "../data/moonspots.csv: found no file “../data/moonspots.csv” in the program. Save",
        ),
        (
            SUNSPOTS.replace("SUNACTIVITY", "SUNACTIVTY"),
            "data.target",
            "../data/sunspots.csv: found the column name “SUNACTIVTY”",
        ),
        (
            format!("{SUNSPOTS}test_from = 3000\n"),
            "data.test_from",
            "../data/sunspots.csv: found no row at or after test_from “3000”",
        ),
        (
            format!("{SUNSPOTS}window = 5000\n"),
            "data.window",
            "../data/sunspots.csv: found window 5000",
        ),
        (
            format!("{SUNSPOTS}[probe]\nindex = 62\n"),
            "probe.index",
            "probe.index: found 62, expected a whole number from 0 to 61, as the test part has 62 sequences.",
        ),
        (
            format!("{ADDING}test_sequences = 1\n[probe]\nindex = 1\n"),
            "probe.index",
            "probe.index: found 1, expected 0, as the test part has 1 sequence.",
        ),
        (
            format!("{ADDING}[model]\nreadout = \"every\"\n"),
            "model.readout",
            "model.readout: found “every” with the data “Adding problem”, whose target means something at the last step",
        ),
        (
            format!("{ADDING}[model]\nkind = \"encoder_decoder\"\n"),
            "model.kind",
            "model.kind: found “encoder_decoder” with the data “Adding problem”, whose target means something at the last",
        ),
        (
            format!(
                "{ADDING}[model]\ninit.set = [{{ parameter = \"weight_hl_l0\", index = [0, 0], value = 1 }}]\n"
            ),
            "model.init.set",
            "model.init.set[0].parameter: found “weight_hl_l0”, expected one of weight_ih_l0, weight_hh_l0, bias_ih_l0, \
             bias_hh_l0, readout.weight, readout.bias. Did you mean “weight_hh_l0”?",
        ),
        (
            format!(
                "{ADDING}[model]\nbidirectional = true\nnum_layers = 2\n[[model.init.set]]\nparameter = \
                 \"weight_ih_l1_reverse\"\nindex = [63, 31]\nvalue = 1\n[[model.init.set]]\nparameter = \"x\"\n\
                 index = [0]\nvalue = 1\n"
            ),
            "model.init.set",
            "model.init.set[1].parameter: found “x”, expected one of weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, \
             weight_ih_l0_reverse, weight_hh_l0_reverse, bias_ih_l0_reverse, bias_hh_l0_reverse, …. The model has no other",
        ),
        (
            format!(
                "{ADDING}[model]\ninit.set = [{{ parameter = \"weight_ih_l0\", index = [0, 2], value = 1 }}]\n"
            ),
            "model.init.set",
            "model.init.set[0].index: found [0, 2], expected one from [0, 0] to [63, 1]. The shape of weight_ih_l0 is \
             [64, 2].",
        ),
        (
            format!("{ADDING}[model]\nhidden_size = 2048\nbidirectional = true\n"),
            "model.hidden_size",
            "model.hidden_size: found 2048, which with num_layers 1 in both directions, 2 in and 1 out makes 33624065",
        ),
        (
            format!("{ADDING}[model]\nkind = \"self_attention\"\nhidden_size = 4096\n"),
            "model.hidden_size",
            "model.hidden_size: found 4096, which with num_layers 1, 2 in and 1 out makes 67149825 parameters",
        ),
        (
            format!("{ADDING}[model]\nhidden_size = 4096\n"),
            "model.hidden_size",
            "model.hidden_size: found 4096, which with num_layers 1, 2 in and 1 out makes 67178497 parameters, expected \
             at most 16777216.",
        ),
        (
            format!(
                "{}000\ntrain_sequences = 400\ntest_sequences = 1\n[model]\nhidden_size = 512\n",
                ADDING.trim_end()
            ),
            "data.length",
            "data.length: found 16888 MiB for this run, expected at most 2048: 15035 MiB for a batch in training and 1854 \
             MiB for the rest. Choose data.length 960 or less, or model.hidden_size 54 or less.",
        ),
    ] {
        let (found, shown) = refused(&text);
        assert_eq!(found, setting, "{shown}");
        assert!(shown.starts_with(beginning), "{shown}");
    }
}

#[test]
fn the_batch_counts_as_far_as_there_are_sequences() {
    let text = "format = 1\n[data]\ntask = \"sine\"\nlength = 10000\ntrain_sequences = 1\ntest_sequences = 1\n\
                [model]\nreadout = \"every\"\nhidden_size = 128\n[training]\nbatch_size = 4096\n";
    assert!(made(text).is_ok());
}

#[test]
fn each_kind_has_its_shape() {
    let task = "format = 1\n[data]\ntask = \"sine\"\nlength = 10\n[model]\n";
    let with = |lines: &str| made(&format!("{task}{lines}\n")).unwrap().network;
    let both = with("bidirectional = true\ndropout = 0.5\nnum_layers = 2\nreadout = \"final\"");
    let Network::Recurrent(both) = both else {
        panic!("not recurrent")
    };
    assert_eq!((both.directions(), both.dropout), (2, 0.5));
    assert_eq!((both.num_layers, both.readout), (2, Readout::Final));
    let attending = with("kind = \"self_attention\"\nheads = 4\nnum_layers = 2\ncausal = false");
    let expected = self_attention::SelfAttentionArchitecture {
        input_size: 1,
        hidden_size: 16,
        heads: 4,
        num_layers: 2,
        causal: false,
        positions: true,
        output_size: 1,
        readout: Readout::Last,
    };
    assert_eq!(attending, Network::SelfAttention(expected));
    let Network::EncoderDecoder(both) =
        with("kind = \"encoder_decoder\"\nbidirectional = true\ndecoder.attention = \"dot\"")
    else {
        panic!("no decoder")
    };
    assert_eq!((both.decoder_size, both.encoder.hidden_size), (32, 16));
    assert_eq!(both.attention, Attention::Dot);
    assert_eq!(both.feedback, Feedback::Values);
}

/// What is too large, the setting that has most part in it, and what else is said to help.
const TOO_LARGE: [(&str, &str, &str); 10] = [
    (
        "[data]\ntask = \"adding\"\nlength = 3000\ntrain_sequences = 200\n[model]\nhidden_size = 300\n",
        "training.batch_size",
        "data.length",
    ),
    (
        "[data]\ntask = \"majority\"\nlength = 1200\n[model]\nkind = \"self_attention\"\nheads = 4\n",
        "training.batch_size",
        "model.heads",
    ),
    (
        "[data]\ntask = \"majority\"\nlength = 9000\ntrain_sequences = 20\ntest_sequences = 5\n[model]\n\
         kind = \"self_attention\"\n[training]\nbatch_size = 1\n",
        "data.length",
        "data.length",
    ),
    (
        "[data]\ntask = \"sine\"\nlength = 10000\ntrain_sequences = 2\ntest_sequences = 2\n[model]\n\
         hidden_size = 900\n[training]\nbatch_size = 1\n",
        "data.length",
        "model.hidden_size",
    ),
    (
        "[data]\ntask = \"reverse\"\nlength = 8000\ntrain_sequences = 20\ntest_sequences = 5\n[model]\n\
         kind = \"encoder_decoder\"\ndecoder = { attention = \"additive\" }\n[training]\nbatch_size = 1\n",
        "data.length",
        "data.length",
    ),
    (
        "[data]\ntask = \"reverse\"\nlength = 1000\n[model]\nkind = \"encoder_decoder\"\nbidirectional = true\n\
         hidden_size = 60\ndecoder = { attention = \"dot\" }\n[training]\nbatch_size = 100\n",
        "training.batch_size",
        "data.length",
    ),
    (
        "[data]\ntask = \"adding\"\nlength = 10\n[model]\nhidden_size = 2020\n",
        "model.hidden_size",
        "training.precision",
    ),
    (
        "[data]\ntask = \"adding\"\nlength = 10\n[training]\nupdates = 10000000\nbatch_size = 4096\n[model]\n\
         hidden_size = 1000\n",
        "training.batch_size",
        "model.hidden_size",
    ),
    (
        "[data]\ncsv = \"../data/co2.csv\"\ntarget = \"co2\"\nmissing = \"interpolate\"\nwindow = 240\n[model]\n\
         hidden_size = 1024\n[training]\nbatch_size = 300\n",
        "training.batch_size",
        "data.window",
    ),
    (
        "[data]\ntask = \"majority\"\nlength = 10000\ntrain_sequences = 20\ntest_sequences = 5\n[model]\n\
         kind = \"self_attention\"\nheads = 8\nnum_layers = 4\n[training]\nbatch_size = 16\n",
        "data.length",
        "data.length",
    ),
];

#[test]
fn what_is_said_to_help_against_too_much_memory_helps() {
    for (text, first, other) in TOO_LARGE {
        let text = format!("format = 1\n{text}");
        let error = made(&text).err().unwrap_or_else(|| panic!("{text}"));
        let MaterialError::TooMuchMemory { found } = &error else {
            panic!("{error}\n{text}")
        };
        assert_eq!(error.setting(), first, "{error}");
        assert!(error.to_string().contains(&format!("{other} ")), "{error}");
        assert!(found.memory.total() > MAX_RUN_BYTES);
        assert!(!found.advice.is_empty(), "{error}");
        for advice in &found.advice {
            let (mut document, _) = Document::parse(&text).unwrap();
            for change in &advice.changes {
                let value = match change.to {
                    To::AtMost(most) => Setting::Whole(most as i64),
                    To::Word(word) => Setting::Text(word.to_owned()),
                };
                document.set(change.setting, value).unwrap();
            }
            let smaller = document.text();
            assert!(made(smaller).is_ok(), "{advice}\n{smaller}\n{error}");
        }
    }
}

#[test]
fn snapshots_stay_as_far_as_the_run_leaves_memory_for_them() {
    let run = |lines: &str| {
        made(&format!("format = 1\n[data]\n{lines}"))
            .unwrap()
            .memory
    };
    let small = run("task = \"sine\"\n");
    assert_eq!(small.snapshots(64, false), 64);
    // Whole parts, where they fit; where they do not, snapshots are small again.
    let all = |bytes| {
        let memory = small.if_whole_took(bytes);
        (memory.most_forecast(), memory.snapshots(64, true))
    };
    assert_eq!(all(1 << 10), (usize::MAX, 64));
    let (most, kept) = all(1 << 26);
    assert!(most == usize::MAX && (2..64).contains(&kept), "{kept}");
    assert_eq!(all(1 << 31), (FORECASTS_SHOWN, 64));
    let longer = run(
        "task = \"sine\"\nlength = 1000\n[model]\nhidden_size = 64\n[training]\nbatch_size = 4\n",
    );
    assert!((2..64).contains(&longer.snapshots(64, false)), "{longer:?}");
    // So large that with one on show and one being made nothing is left for a third.
    let long = run(
        "task = \"sine\"\nlength = 10000\ntrain_sequences = 1\ntest_sequences = 1\n[model]\n\
                    hidden_size = 450\n",
    );
    assert_eq!(long.snapshots(64, false), 1, "{long:?}");
}

#[test]
fn dropout_between_no_layers_is_a_notice_and_gone_with_a_second_layer() {
    let text = format!("{ADDING}[model]\ndropout = 0.2\n");
    let one = made(&text).unwrap();
    let notice = "Dropout of 0.2 has no effect: it acts between layers, and there is only one.";
    assert_eq!(one.notices, [notice]);
    let again = |text: &str| {
        let experiment = Experiment::parse(text).unwrap();
        let watch = |_, _| ControlFlow::Continue(());
        one.again(&experiment, &Location::BuiltIn, &watch).unwrap()
    };
    assert_eq!(again(&text).notices, [notice]);
    assert!(again(&format!("{text}num_layers = 2\n")).notices.is_empty());
}

#[test]
fn the_longest_sequence_gives_the_steps() {
    let ragged =
        made("format = 1\n[data]\ntask = \"adding\"\nlength = 12\nmin_length = 5\n").unwrap();
    assert_eq!((ragged.seq_len, ragged.ragged), (12, true));
    assert!(ragged.dataset.train.iter().any(|span| span.len == 5));
}

/// A folder of its own for one test; it is gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rnnscope-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// What an experiment with `text` finds here if `data.csv` begins with `bytes` and has `len` of them, with `memory`.
    fn made(
        &self,
        bytes: &str,
        len: u64,
        text: &str,
        memory: u64,
    ) -> Result<Material, MaterialError> {
        let path = self.0.join("data.csv");
        std::fs::write(&path, bytes).unwrap();
        // What is added are holes: they take no room on the disk.
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(len.max(bytes.len() as u64)).unwrap();
        let text = format!("format = 1\n[data]\ncsv = \"data.csv\"\ntarget = \"v\"\n{text}");
        let experiment = Experiment::parse(&text).unwrap();
        let means = Means {
            memory,
            ..Means::of_this_machine()
        };
        let location = Location::Directory(self.0.clone());
        material_within(&means, &experiment, &location, &|_, share| on(share))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

#[test]
fn a_table_that_cannot_be_read_names_the_file() {
    let folder = Folder::new("ragged");
    let error = folder.made("a,v\n1,2\n3\n", 0, "", u64::MAX).unwrap_err();
    assert_eq!(error.setting(), "data.csv");
    assert!(
        error
            .to_string()
            .starts_with("data.csv: line 3, column 2 (v): found 1 field"),
        "{error}"
    );
    let gone = material(
        &Experiment::parse(SUNSPOTS).unwrap(),
        &Location::Directory(PathBuf::from("no/such")),
        &on,
    );
    assert!(matches!(&gone, Err(MaterialError::File { .. })));
    assert_eq!(gone.unwrap_err().setting(), "data.csv");
    let text = "format = 1\n[data]\ntext_file = \"no-such.txt\"\n";
    let experiment = Experiment::parse(text).unwrap();
    let gone = material(&experiment, &Location::BuiltIn, &on).unwrap_err();
    assert_eq!(gone.setting(), "data.text_file", "{gone}");
}

/// A header and `rows` rows of two numbers.
fn rows(rows: usize) -> String {
    let row = |row| format!("{row},{}\n", row % 7);
    "t,v\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

#[test]
fn of_a_file_read_in_part_the_hash_is_that_of_its_lines_so_far() {
    let folder = Folder::new("part");
    let part = "first_rows = 60\nwindow = 3\n";
    let hash = |bytes: &str| {
        let made = folder.made(bytes, 0, part, u64::MAX).unwrap();
        assert!(made.dataset.inputs.nrows() <= 60);
        made.sha256
    };
    let text = rows(100);
    let head: String = text.split_inclusive('\n').take(61).collect();
    // What `head -n 61 data.csv | sha256sum` gives.
    let of_head = sha256(&mut head.as_bytes(), head.len() as u64, None, &on).unwrap();
    assert_eq!(hash(&text), of_head);
    assert_eq!(hash(&(text.clone() + "100,1\n")), of_head, "a row more");
    assert_ne!(hash(&text.replace("\n7,0\n", "\n7,5\n")), of_head);
    let whole = folder.made(&text, 0, "window = 3\n", u64::MAX).unwrap();
    assert_ne!(whole.sha256, of_head);
}

#[test]
fn of_a_file_longer_than_any_memory_the_first_rows_can_be_had() {
    let folder = Folder::new("long");
    let (text, len) = (rows(40_000), 1 << 33);
    let error = folder.made(&text, len, "", 1 << 30).unwrap_err();
    assert_eq!(error.setting(), "data.first_rows");
    assert!(error.to_string().contains("first"), "{error}");
    let part = "first_rows = 5000\nwindow = 3\n";
    let made = folder.made(&text, len, part, 1 << 30).unwrap();
    let report = &made.source.as_ref().unwrap().report;
    assert_eq!(made.dataset.inputs.nrows(), 5000, "{report:?}");
}

#[test]
fn rows_whose_sequences_do_not_fit_are_refused_before_there_are_any() {
    let folder = Folder::new("many");
    let text = rows(40_000);
    let made = |part: &str, memory| folder.made(&text, 0, part, memory);
    let error = made("window = 3\n", 2_000_000).unwrap_err();
    assert_eq!(error.setting(), "data.first_rows");
    let said = "found 40,000 rows, of which sequences take at least";
    assert!(error.to_string().contains(said), "{error}");
    let MaterialError::Sequences { error, .. } = error else {
        panic!("{error}");
    };
    let [
        SequenceProblem::TooManyRows {
            needed, fitting, ..
        },
    ] = error.problems[..]
    else {
        panic!("{error}");
    };
    let all = made("window = 3\n", needed).unwrap();
    assert_eq!(all.dataset.inputs.nrows(), 40_000);
    assert!(all.dataset.bytes() >= u128::from(needed / 2), "{needed}");
    let part = format!("first_rows = {fitting}\nwindow = 3\n");
    let some = made(&part, 2_000_000).unwrap();
    assert_eq!(some.dataset.inputs.nrows(), fitting);
    assert!(fitting > 4_000, "{fitting}");
}

/// A bidirectional network that answers at every step has read the next value at all steps but the last one.
#[test]
fn a_model_that_reads_what_it_is_asked_for_is_told_of() {
    let said = |model: &str| {
        let notices = made(&format!("{SUNSPOTS}[model]\n{model}\n"))
            .unwrap()
            .notices;
        notices
            .iter()
            .any(|notice| notice.contains("has read what it is asked for"))
    };
    let attention = "kind = \"self_attention\"\nhidden_size = 4\ncausal = ";
    for (model, expected) in [
        ("readout = \"every\"\nbidirectional = true".to_owned(), true),
        ("bidirectional = true".to_owned(), false),
        ("readout = \"every\"".to_owned(), false),
        (format!("readout = \"every\"\n{attention}false"), true),
        (format!("readout = \"every\"\n{attention}true"), false),
    ] {
        assert_eq!(said(&model), expected, "{model}");
    }
}

#[test]
fn parameters_of_another_task_are_refused() {
    let mut experiment = Experiment::parse(ADDING).unwrap();
    if let Data::Task(data) = &mut experiment.data {
        data.parameters =
            Parameters::validated(&crate::data::tasks::Sine, &BTreeMap::new()).unwrap();
    }
    let error = material(&experiment, &Location::BuiltIn, &on).unwrap_err();
    assert_eq!(error.setting(), "data.noise");
}

#[test]
fn progress_rises_and_cancels() {
    let experiment = Experiment::parse(SUNSPOTS).unwrap();
    let last = Counter::new(0.0);
    let rising = |share: f32| {
        assert!((last.get()..=1.0).contains(&share));
        last.set(share);
        ControlFlow::Continue(())
    };
    material(&experiment, &Location::BuiltIn, &rising).unwrap();
    assert_eq!(last.get(), 1.0);
    for stop_after in 0..4 {
        let calls = Counter::new(0);
        let stop = |_| {
            calls.set(calls.get() + 1);
            if calls.get() > stop_after {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let stopped = material(&experiment, &Location::BuiltIn, &stop);
        // The last call comes when all is read, too late to matter.
        assert!(matches!(stopped, Err(MaterialError::Cancelled)) || calls.get() > 3);
    }
}

/// A limit on the program is a limit on its runs: what does not fit is refused with what would, and never begun.
#[test]
fn a_run_is_held_against_what_a_limit_on_the_program_leaves() {
    let experiment = |length: u64| {
        let text = format!(
            "format = 1\n[data]\ntask = \"adding\"\nlength = {length}\n[training]\nbatch_size = 64\n"
        );
        Experiment::parse(&text).unwrap()
    };
    let within = |mib: u64, length| {
        let means = Means {
            room: mib << 20,
            ..Means::of_this_machine()
        };
        material_within(&means, &experiment(length), &Location::BuiltIn, &|_, _| {
            ControlFlow::Continue(())
        })
    };
    assert!(within(2048, 400).is_ok());
    let error = within(30, 400).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("expected at most 30") && said.contains("ulimit"),
        "{said}"
    );
    let MaterialError::TooMuchMemory { found } = error else {
        panic!("{said}");
    };
    let length = found.advice.iter().flat_map(|advice| &advice.changes);
    let length = length.filter(|change| change.setting == "data.length");
    let To::AtMost(length) = length.map(|change| change.to).next().unwrap() else {
        panic!("{said}");
    };
    assert!(within(30, length).is_ok(), "what is advised fits");
}

/// What is made of a text takes many times its own length: it is counted before it is made.
#[test]
fn a_text_is_held_against_the_memory_there_is_before_anything_is_made_of_it() {
    let folder = Folder::new("text");
    let text: String = (0..60_000u32)
        .map(|at| char::from(b'a' + (at * at % 23) as u8))
        .collect();
    std::fs::write(folder.0.join("text.txt"), &text).unwrap();
    let read = "format = 1\n[data]\ntext_file = \"text.txt\"\n";
    let experiment = Experiment::parse(read).unwrap();
    let within = |memory: u64| {
        let means = Means {
            memory,
            ..Means::of_this_machine()
        };
        let location = Location::Directory(folder.0.clone());
        let on = |_, _| ControlFlow::Continue(());
        material_within(&means, &experiment, &location, &on)
    };
    assert!(within(32 << 20).is_ok());
    let error = within(2 << 20).unwrap_err();
    assert_eq!(error.setting(), "data.text_file", "{error}");
    let said = error.to_string();
    assert!(
        said.contains("found 60,000 characters") && said.contains("expected at most 4 MiB"),
        "{said}"
    );
}

#[test]
fn a_scheme_that_draws_nothing_beside_weights_is_told() {
    use crate::nn::state_dict::{NamedTensor, TensorValues, to_bytes};
    let folder = Folder::new("scheme");
    let write = |without: &str| {
        let entries = made(ADDING).unwrap().network.entries().into_iter();
        let tensors: Vec<NamedTensor> = entries
            .filter(|entry| entry.name != without)
            .map(|entry| NamedTensor {
                name: entry.name,
                values: TensorValues::Numbers(vec![0.5; entry.range.len()]),
                shape: entry.shape,
            })
            .collect();
        let path = folder.0.join("net.safetensors");
        std::fs::write(path, to_bytes(&tensors, true).unwrap()).unwrap();
    };
    let told = |init: &str, partial: bool| {
        let text = format!(
            "{ADDING}[model]\nweights = {{ file = \"net.safetensors\", partial = {partial} }}\n{init}"
        );
        let experiment = Experiment::parse(&text).unwrap();
        let location = Location::Directory(folder.0.clone());
        let made = material(&experiment, &location, &on).unwrap();
        made.notices.join(" ").contains("do nothing")
    };
    write("");
    assert!(told("init = { scheme = \"orthogonal\" }", false));
    assert!(told("init = { forget_bias = 1.0 }", true));
    assert!(!told("", false) && !told("init = { scheme = \"pytorch\" }", false));
    let by_hand =
        "init = { set = [{ parameter = \"weight_hh_l0\", index = [0, 0], value = 1.0 }] }";
    assert!(!told(by_hand, false), "what is set by hand comes last");
    // What the file leaves out is drawn by the scheme.
    write("weight_hh_l0");
    assert!(!told("init = { scheme = \"orthogonal\" }", true));
}
