//! Several sequences of the data at once through a snapshot's model, as f64 and in evaluation mode: what questions are answered from
//! that are not about the probe alone.

use super::{Snapshot, batch};
use crate::data::{Span, Split};
use crate::experiment::Answering;
use crate::nn::seq2seq::Lengths;
use crate::nn::{AnyWorkspace, Part, Record, Stop};
use ndarray::Array3;

/// The most bytes that this may take beside the window.
const MOST_BYTES: u128 = 256 << 20;

/// The record of the way forward over `spans`, after `change` has changed what is read, `[seq_len, batch, input_size]`; `None` if
/// there are no sequences, if it takes more than 256 MiB, or if it was asked to stop.
pub(super) fn run(
    snapshot: &Snapshot,
    spans: &[Span],
    change: impl FnOnce(&mut Array3<f64>),
    stop: &Stop,
) -> Option<Vec<Part>> {
    let material = &snapshot.material;
    let (dataset, answering) = (&material.dataset, material.answering);
    let masking = snapshot.setup.masking;
    let longest = |of: &dyn Fn(&Span) -> usize| spans.iter().map(of).max().map(|most| most.max(1));
    let room = match masking {
        true => Lengths {
            source: longest(&|span| span.len)?,
            target: longest(&|span| answering.len(dataset, *span))?,
        },
        // Padding is run through as if it were data.
        false => Lengths {
            source: material.seq_len,
            target: material.answer_len,
        },
    };
    let network = snapshot.model.network();
    let batch = spans.len();
    let bytes = AnyWorkspace::<f64>::bytes(&network, room, batch, Record::Training, true);
    if batch == 0 || bytes > MOST_BYTES {
        return None;
    }
    let steps = match answering {
        Answering::Once => 1,
        Answering::EveryStep => room.source,
        Answering::Afterwards | Answering::RowByRow => room.target,
    };
    let mut workspace = AnyWorkspace::<f64>::new(&network, room, batch, Record::Training);
    workspace.stop_on(stop);
    workspace.evaluate();
    let mut target = batch::empty_target(dataset, answering, steps, batch);
    let (mut lengths, mut answers) = (vec![room.source; batch], vec![steps; batch]);
    for (row, &span) in spans.iter().enumerate() {
        let source = (workspace.x_mut(), &mut lengths[..]);
        let asked = (&mut target, &mut answers[..]);
        batch::gather(dataset, span, answering, row, source, asked);
    }
    if !masking {
        lengths.fill(room.source);
        answers.fill(steps);
    }
    change(workspace.x_mut());
    workspace.set_lengths(&lengths, &answers);
    snapshot.model.forward(&mut workspace, &target);
    (!stop.is_asked()).then(|| workspace.into_record().0)
}

/// The test part, or the training part where there is no other.
pub(super) fn held_back(snapshot: &Snapshot) -> Split {
    match snapshot.material.dataset.test.is_empty() {
        true => Split::Train,
        false => Split::Test,
    }
}
