//! A file of weights where an experiment is expected.

use super::super::weights::held;
use super::*;
use crate::experiment::Precision;
use crate::nn::state_dict::{NamedTensor, TensorValues, to_bytes};
use crate::session::{Comparison, RunOnShow};

/// The network on show as a file of weights, without the tensors whose names end so.
fn written(session: &Session, name: &str, without: &str) -> PathBuf {
    let snapshot = session.snapshot().unwrap();
    let network = snapshot.model.network().entries().into_iter();
    let tensors: Vec<NamedTensor> = network
        .filter(|entry| !entry.name.ends_with(without))
        .map(|entry| NamedTensor {
            name: format!("model.{}", entry.name),
            values: TensorValues::Numbers(vec![0.5; entry.range.len()]),
            shape: entry.shape,
        })
        .collect();
    // Tests run side by side, and a folder is emptied before it is used.
    let path = folder(&format!("weights-{name}")).join(name);
    std::fs::write(&path, to_bytes(&tensors, true).unwrap()).unwrap();
    path
}

fn open(session: &mut Session, path: &Path) {
    session.apply(Command::Open(Origin::File(path.into())));
    session.settle().unwrap();
}

#[test]
fn a_file_of_weights_that_fits_is_under_the_lens_and_in_the_text() {
    let mut session = used();
    let before = seen(&session);
    let whole = written(&session, "whole.safetensors", "?");
    open(&mut session, &whole);
    assert_eq!(
        (session.message(), session.import().is_none()),
        (None, true)
    );
    let parameters = |session: &Session| session.snapshot().unwrap().model.parameters().to_vec();
    assert!(parameters(&session).iter().all(|&value| value == 0.5));
    let named = session.experiment().model.weights.clone().unwrap();
    assert_eq!(named.path, whole.to_str().unwrap());
    // The text alone gives the same, after updates and a reset too; what was set by hand comes after the file.
    for command in [Command::Update(2), Command::Reset] {
        session.apply(command);
        session.settle().unwrap();
    }
    assert!(parameters(&session).iter().all(|&value| value == 0.5));
    session.apply(Command::Undo);
    session.settle().unwrap();
    session.apply(Command::Undo);
    session.settle().unwrap();
    assert!(session.experiment().model.weights.is_none());
    assert_eq!(parameters(&session), before.parameters);
}

/// Weights of one cell are none of another: beside a run that began from a file, other cells are drawn.
#[test]
fn other_cells_beside_a_run_from_a_file_are_drawn() {
    let mut session = used();
    let whole = written(&session, "beside.safetensors", "?");
    open(&mut session, &whole);
    session.apply(Command::Compare(Comparison::CellsByUnits));
    session.settle().unwrap();
    assert_eq!(session.message(), None);
    let runs = session.runs();
    assert_eq!(runs.len(), 3);
    let from_file = |run: &RunOnShow<'_>| run.experiment.model.weights.is_some();
    assert_eq!(runs.iter().filter(|run| from_file(run)).count(), 1);
}

#[test]
fn a_file_of_weights_that_does_not_fit_changes_nothing() {
    let mut session = used();
    let before = seen(&session);

    let some = written(&session, "some.safetensors", "weight_hh_l0");
    open(&mut session, &some);
    let message = session.message().unwrap();
    assert_eq!(
        message.title,
        "The weights in some.safetensors do not fit this network"
    );
    let lines = message.on_lines();
    for part in ["nothing loaded, ", "missing in the file\n  weight_hh_l0 ["] {
        assert!(lines.contains(part), "“{part}” is not in: {lines}");
    }
    assert_eq!(seen(&session), before);

    let pickle = folder("pickle").join("model.pt");
    std::fs::write(&pickle, b"PK\x03\x04 and what torch.save writes").unwrap();
    open(&mut session, &pickle);
    let lines = session.message().unwrap().on_lines();
    for part in [
        "model.pt cannot be opened",
        "found a zip archive",
        "torch.load(",
    ] {
        assert!(lines.contains(part), "“{part}” is not in: {lines}");
    }
    assert_eq!(seen(&session), before);
}

#[test]
fn weights_without_a_network_ask_for_their_experiment() {
    let path = written(&used(), "alone.safetensors", "?");
    let lines = held(&path, None, Precision::F64).unwrap_err();
    assert!(lines[0].contains("Open the experiment"), "{lines:?}");
}
