//! A pass forward of a snapshot's weights over several sequences side by side, for questions that the probe's record alone does
//! not answer. In double precision, whatever the run computes in, and in evaluation mode: no dropout, and a decoder reads its
//! own outputs.

use super::Snapshot;
use super::batch;
use crate::data::Span;
use crate::experiment::{Answering, Material};
use crate::nn::seq2seq::Lengths;
use crate::nn::{AnyModel, AnyWorkspace, Part, Record, Stop, Target};
use ndarray::{Array3, ArrayView1, ArrayView2, s};

/// How many bytes a pass may take beside the window.
const MOST: u128 = 128 << 20;

/// Room for sequences side by side.
pub(super) struct Pass<'a> {
    material: &'a Material,
    workspace: AnyWorkspace<f64>,
    /// What is asked of each sequence.
    target: Target<f64>,
    /// How many steps each sequence has, padding not counted.
    pub own_lengths: Vec<usize>,
    /// How many steps each answer has on the time axis of the outputs.
    answer_lengths: Vec<usize>,
    stop: Stop,
}

impl<'a> Pass<'a> {
    /// How many of these sequences there is room for side by side.
    pub fn room(snapshot: &Snapshot, spans: &[Span]) -> usize {
        let bytes = AnyWorkspace::<f64>::bytes(
            &snapshot.model.network(),
            Self::longest(&snapshot.material, spans),
            1,
            Record::Training,
            true,
        );
        usize::try_from(MOST / bytes.max(1)).unwrap_or(usize::MAX)
    }

    fn longest(material: &Material, spans: &[Span]) -> Lengths {
        let longest = |of: &dyn Fn(&Span) -> usize| spans.iter().map(of).max().unwrap_or(0).max(1);
        let source = longest(&|span| span.len);
        let target = longest(&|span| material.answering.len(&material.dataset, *span));
        // With padding taken for data every sequence is as long as the longest of all.
        match material.masking {
            true => Lengths { source, target },
            false => Lengths {
                source: material.seq_len,
                target: material.answer_len,
            },
        }
    }

    /// The sequences, one for each row of a batch, with what is asked of them.
    pub fn over(snapshot: &'a Snapshot, spans: &[Span], stop: &Stop) -> Self {
        let material: &Material = &snapshot.material;
        let (network, answering) = (snapshot.model.network(), material.answering);
        let room = Self::longest(material, spans);
        let mut workspace = AnyWorkspace::new(&network, room, spans.len(), Record::Training);
        workspace.stop_on(stop);
        workspace.expect_padding();
        let steps = match answering {
            Answering::Once => 1,
            Answering::EveryStep => room.source,
            Answering::Afterwards | Answering::RowByRow => room.target,
        };
        let dataset = &material.dataset;
        let mut target = batch::empty_target(dataset, answering, steps, spans.len());
        let mut lengths = vec![room.source; spans.len()];
        let mut answer_lengths = vec![steps; spans.len()];
        for (row, &span) in spans.iter().enumerate() {
            let source = (workspace.x_mut(), &mut lengths[..]);
            let answers = (&mut target, &mut answer_lengths[..]);
            batch::gather(dataset, span, answering, row, source, answers);
        }
        let own_lengths = lengths.clone();
        if !material.masking {
            lengths.fill(room.source);
            answer_lengths.fill(steps);
        }
        workspace.set_lengths(&lengths, &answer_lengths);
        Self {
            material,
            workspace,
            target,
            own_lengths,
            answer_lengths,
            stop: stop.clone(),
        }
    }

    /// What is read, `[seq_len, batch, input_size]`, to be changed.
    pub fn x_mut(&mut self) -> &mut Array3<f64> {
        self.workspace.x_mut()
    }

    /// Runs forward; `None` if it was asked to stop, and what it leaves then means nothing.
    pub fn run(&mut self, model: &AnyModel<f64>) -> Option<()> {
        model.forward(&mut self.workspace, &self.target);
        (!self.stop.is_asked()).then_some(())
    }

    /// The outputs of a row that count, `[steps, outputs]`: one where the network answers once.
    pub fn outputs(&self, row: usize) -> ArrayView2<'_, f64> {
        let y = self.workspace.y();
        let steps = self.answer_lengths[row].min(y.dim().0);
        y.slice(s![..steps, row, ..])
    }

    /// What is said after a row's last step, output by output.
    pub fn said_last(&self, row: usize) -> Vec<f64> {
        let outputs = self.outputs(row);
        let from = match self.material.answering {
            Answering::RowByRow => 0,
            _ => outputs.nrows().saturating_sub(1),
        };
        let said = outputs.slice(s![from.., ..]);
        said.iter().copied().collect()
    }

    /// Whether classes are asked.
    pub fn asks_classes(&self) -> bool {
        matches!(self.target, Target::Classes(_))
    }

    /// The classes that are asked of a row, answer by answer; none where numbers are.
    pub fn wanted(&self, row: usize) -> Vec<usize> {
        match &self.target {
            Target::Classes(classes) => {
                let steps = self.answer_lengths[row].min(classes.nrows());
                classes.slice(s![..steps, row]).to_vec()
            }
            Target::Values(_) => Vec::new(),
        }
    }

    /// Lets a decoder look at all source steps evenly.
    pub fn look_evenly(&mut self) {
        self.workspace.look_evenly();
    }

    /// The loss over all rows, as the run's own: the mean over the answers.
    pub fn loss(&mut self, model: &AnyModel<f64>) -> f64 {
        model.loss(&mut self.workspace, self.material.loss, &self.target)
    }

    /// What was recorded, part by part.
    pub fn into_parts(self) -> Vec<Part> {
        self.workspace.into_record().0
    }
}

/// The class with the largest output, the first of equals; `None` of none.
pub(super) fn likeliest(y: ArrayView1<'_, f64>) -> Option<usize> {
    (0..y.len()).reduce(|best, class| if y[class] > y[best] { class } else { best })
}

/// softmax(y).
pub(super) fn probabilities(y: ArrayView1<'_, f64>) -> Vec<f64> {
    let largest = y.fold(f64::NEG_INFINITY, |largest, &value| largest.max(value));
    let powers: Vec<f64> = y.iter().map(|&value| libm::exp(value - largest)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
