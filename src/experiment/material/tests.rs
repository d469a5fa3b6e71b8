use std::cell::Cell as Counter;
use std::path::PathBuf;

use super::*;
use crate::nn::Cell;

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
    let architecture = Architecture {
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
            "training.batch_size",
            "training.batch_size: found 32, which with hidden_size 512, num_layers 1 and sequences of 10000 steps needs \
             16254 MiB per update, expected at most 2048.",
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
fn a_table_that_cannot_be_read_names_the_file() {
    let directory = std::env::temp_dir().join(format!("rnnscope-material-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let name = "ragged.csv";
    std::fs::write(directory.join(name), "a,v\n1,2\n3\n").unwrap();
    let text = format!("format = 1\n[data]\ncsv = \"{name}\"\ntarget = \"v\"\n");
    let experiment = Experiment::parse(&text).unwrap();
    let location = Location::Directory(directory.clone());
    let error = material(&experiment, &location, &on).unwrap_err();
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(error.setting(), "data.csv");
    assert!(
        error
            .to_string()
            .starts_with("ragged.csv: line 3, column 2 (v): found 1 field"),
        "{error}"
    );
    let gone = material(
        &experiment,
        &Location::Directory(PathBuf::from("no/such")),
        &on,
    );
    assert!(matches!(gone, Err(MaterialError::File(_))));
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
