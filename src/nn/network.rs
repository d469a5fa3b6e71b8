//! A network of any kind behind one face: what training, files and views need of it.
//!
//! Each kind has a file of its own that knows its equations and its record; here is only the choice between them, and
//! [`Part`], the form in which every kind hands its record on.

use super::attention::Attention;
use super::kernel::Real;
use super::loss::{Loss, Target};
use super::stop::Stop;
use super::{
    Adjoints, Cell, Init, ParameterEntry, Place, Quantity, Readout, Record, RecurrentArchitecture,
    RecurrentModel, RecurrentTrace, RecurrentWorkspace, ScanAdjoints, ScanTrace, room,
    self_attention, seq2seq,
};
use crate::random::Stream;
use ndarray::{Array2, Array3, Array4, ArrayView1, ArrayView2, ArrayView3, Axis, s};
use std::ops::Range;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// A stack of recurrent layers and a linear readout.
    Recurrent(RecurrentArchitecture),
    /// A stack that reads the input, and a recurrent layer that writes the output, with attention or without.
    EncoderDecoder(seq2seq::Seq2SeqArchitecture),
    /// Blocks of self-attention and a linear readout, for comparison.
    SelfAttention(self_attention::SelfAttentionArchitecture),
}

impl Network {
    /// All parameters, in the order in which their values lie.
    pub fn entries(&self) -> Vec<ParameterEntry> {
        match self {
            Network::Recurrent(architecture) => architecture.entries(),
            Network::EncoderDecoder(architecture) => architecture.entries(),
            Network::SelfAttention(architecture) => architecture.entries(),
        }
    }

    /// How many values the parameters have together; `None` if that is past what a machine can count.
    pub fn parameter_count(&self) -> Option<usize> {
        match self {
            Network::Recurrent(architecture) => architecture.parameter_count(),
            Network::EncoderDecoder(architecture) => architecture.parameter_count(),
            Network::SelfAttention(architecture) => architecture.parameter_count(),
        }
    }

    /// Values per output.
    pub fn output_size(&self) -> usize {
        match self {
            Network::Recurrent(architecture) => architecture.output_size,
            Network::EncoderDecoder(architecture) => architecture.output_size,
            Network::SelfAttention(architecture) => architecture.output_size,
        }
    }

    /// Which steps have an output.
    pub fn readout(&self) -> Readout {
        match self {
            Network::Recurrent(architecture) => architecture.readout,
            // A decoder puts out a value at each of its steps.
            Network::EncoderDecoder(_) => Readout::Every,
            Network::SelfAttention(architecture) => architecture.readout,
        }
    }

    /// The cell; an encoder–decoder's encoder's. `None` where there is none.
    pub fn cell(&self) -> Option<Cell> {
        match self {
            Network::Recurrent(architecture) => Some(architecture.cell),
            Network::EncoderDecoder(architecture) => Some(architecture.encoder.cell),
            Network::SelfAttention(_) => None,
        }
    }

    /// Units per layer and direction; an encoder–decoder's encoder's.
    pub fn hidden_size(&self) -> usize {
        match self {
            Network::Recurrent(architecture) => architecture.hidden_size,
            Network::EncoderDecoder(architecture) => architecture.encoder.hidden_size,
            Network::SelfAttention(architecture) => architecture.hidden_size,
        }
    }

    /// Layers; an encoder–decoder's encoder's.
    pub fn num_layers(&self) -> usize {
        match self {
            Network::Recurrent(architecture) => architecture.num_layers,
            Network::EncoderDecoder(architecture) => architecture.encoder.num_layers,
            Network::SelfAttention(architecture) => architecture.num_layers,
        }
    }

    /// What it is, in a few words: “LSTM 2×16”, “bidirectional GRU 1×8”.
    pub fn title(&self) -> String {
        match self {
            Network::Recurrent(architecture) => stack_title(architecture),
            Network::EncoderDecoder(architecture) => format!(
                "{} → {} {}",
                stack_title(&architecture.encoder),
                architecture.decoder_cell.title(),
                architecture.decoder_size
            ),
            Network::SelfAttention(architecture) => format!(
                "self-attention {}×{}",
                architecture.num_layers, architecture.hidden_size
            ),
        }
    }
}

fn stack_title(stack: &RecurrentArchitecture) -> String {
    let title = format!(
        "{} {}×{}",
        stack.cell.title(),
        stack.num_layers,
        stack.hidden_size
    );
    if stack.bidirectional {
        format!("bidirectional {title}")
    } else {
        title
    }
}

/// A network and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyModel<T> {
    /// See [`Network::Recurrent`].
    Recurrent(RecurrentModel<T>),
    /// See [`Network::EncoderDecoder`].
    EncoderDecoder(seq2seq::Seq2SeqModel<T>),
    /// See [`Network::SelfAttention`].
    SelfAttention(self_attention::SelfAttentionModel<T>),
}

/// What a network's pass forward and back writes to.
#[derive(Clone, Debug)]
pub enum AnyWorkspace<T> {
    /// See [`Network::Recurrent`].
    Recurrent(RecurrentWorkspace<T>),
    /// See [`Network::EncoderDecoder`].
    EncoderDecoder(Box<seq2seq::Seq2SeqWorkspace<T>>),
    /// See [`Network::SelfAttention`].
    SelfAttention(self_attention::SelfAttentionWorkspace<T>),
}

/// A model's workspace is made for its network by [`AnyWorkspace::new`]; another kind's cannot be meant.
fn mismatch() -> ! {
    unreachable!("a workspace is used with the kind of network that it was made for")
}

impl<T: Real> AnyModel<T> {
    /// A model with its first parameters drawn from `stream`.
    pub fn new(network: &Network, init: &Init, stream: &mut Stream) -> Self {
        match network {
            Network::Recurrent(architecture) => {
                AnyModel::Recurrent(RecurrentModel::new(*architecture, init, stream))
            }
            Network::EncoderDecoder(architecture) => {
                AnyModel::EncoderDecoder(seq2seq::Seq2SeqModel::new(*architecture, init, stream))
            }
            Network::SelfAttention(architecture) => AnyModel::SelfAttention(
                self_attention::SelfAttentionModel::new(*architecture, init, stream),
            ),
        }
    }

    /// Its shape.
    pub fn network(&self) -> Network {
        match self {
            AnyModel::Recurrent(model) => Network::Recurrent(model.architecture),
            AnyModel::EncoderDecoder(model) => Network::EncoderDecoder(model.architecture),
            AnyModel::SelfAttention(model) => Network::SelfAttention(model.architecture),
        }
    }

    /// All parameters one after another, in the order of [`Network::entries`].
    pub fn parameters(&self) -> &[T] {
        match self {
            AnyModel::Recurrent(model) => &model.parameters,
            AnyModel::EncoderDecoder(model) => &model.parameters,
            AnyModel::SelfAttention(model) => &model.parameters,
        }
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [T] {
        match self {
            AnyModel::Recurrent(model) => &mut model.parameters,
            AnyModel::EncoderDecoder(model) => &mut model.parameters,
            AnyModel::SelfAttention(model) => &mut model.parameters,
        }
    }

    /// Runs the batch in the workspace forward. A decoder that is taught reads its previous targets from `target`.
    pub fn forward(&self, workspace: &mut AnyWorkspace<T>, target: &Target<T>) {
        match (self, workspace) {
            (AnyModel::Recurrent(model), AnyWorkspace::Recurrent(workspace)) => {
                model.forward(workspace);
            }
            (AnyModel::EncoderDecoder(model), AnyWorkspace::EncoderDecoder(workspace)) => {
                workspace.trace.set_target(target);
                model.forward(workspace);
            }
            (AnyModel::SelfAttention(model), AnyWorkspace::SelfAttention(workspace)) => {
                model.forward(workspace);
            }
            _ => mismatch(),
        }
    }

    /// The loss of the outputs; its adjoint stays in the workspace for [`backward`](Self::backward).
    pub fn loss(&self, workspace: &mut AnyWorkspace<T>, loss: Loss, target: &Target<T>) -> f64 {
        match (self, workspace) {
            (AnyModel::Recurrent(model), AnyWorkspace::Recurrent(workspace)) => {
                model.loss(workspace, loss, target)
            }
            (AnyModel::EncoderDecoder(model), AnyWorkspace::EncoderDecoder(workspace)) => {
                model.loss(workspace, loss, target)
            }
            (AnyModel::SelfAttention(model), AnyWorkspace::SelfAttention(workspace)) => {
                model.loss(workspace, loss, target)
            }
            _ => mismatch(),
        }
    }

    /// Runs back from the loss; `gradient` receives the gradient of every parameter.
    pub fn backward(&self, workspace: &mut AnyWorkspace<T>, gradient: &mut [T]) {
        match (self, workspace) {
            (AnyModel::Recurrent(model), AnyWorkspace::Recurrent(workspace)) => {
                model.backward(workspace, gradient);
            }
            (AnyModel::EncoderDecoder(model), AnyWorkspace::EncoderDecoder(workspace)) => {
                model.backward(workspace, gradient);
            }
            (AnyModel::SelfAttention(model), AnyWorkspace::SelfAttention(workspace)) => {
                model.backward(workspace, gradient);
            }
            _ => mismatch(),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> AnyModel<f64> {
        match self {
            AnyModel::Recurrent(model) => AnyModel::Recurrent(model.widened()),
            AnyModel::EncoderDecoder(model) => AnyModel::EncoderDecoder(model.widened()),
            AnyModel::SelfAttention(model) => AnyModel::SelfAttention(model.widened()),
        }
    }
}

impl<T: Real> AnyWorkspace<T> {
    /// Room for batches of `batch` sequences of up to `lengths.source` steps; of up to `lengths.target` steps is what a
    /// decoder writes. The other kinds have one time axis, the source's.
    pub fn new(network: &Network, lengths: seq2seq::Lengths, batch: usize, record: Record) -> Self {
        let seq_len = lengths.source;
        match network {
            Network::Recurrent(architecture) => AnyWorkspace::Recurrent(RecurrentWorkspace::new(
                architecture,
                seq_len,
                batch,
                record,
            )),
            Network::EncoderDecoder(architecture) => {
                let new = seq2seq::Seq2SeqWorkspace::new;
                let mut workspace = new(architecture, lengths, batch, record);
                workspace.trace.forced.fill(false);
                AnyWorkspace::EncoderDecoder(Box::new(workspace))
            }
            Network::SelfAttention(architecture) => {
                let new = self_attention::SelfAttentionWorkspace::new;
                AnyWorkspace::SelfAttention(new(architecture, seq_len, batch, record))
            }
        }
    }

    /// The input, `[seq_len, batch, input_size]`.
    pub fn x(&self) -> &Array3<T> {
        match self {
            AnyWorkspace::Recurrent(workspace) => &workspace.trace.x,
            AnyWorkspace::EncoderDecoder(workspace) => &workspace.encoder.trace.x,
            AnyWorkspace::SelfAttention(workspace) => &workspace.trace.x,
        }
    }

    /// The input, to be set.
    pub fn x_mut(&mut self) -> &mut Array3<T> {
        match self {
            AnyWorkspace::Recurrent(workspace) => &mut workspace.trace.x,
            AnyWorkspace::EncoderDecoder(workspace) => &mut workspace.encoder.trace.x,
            AnyWorkspace::SelfAttention(workspace) => &mut workspace.trace.x,
        }
    }

    /// Says how many steps each sequence has, and how many a decoder is to write for each; what follows is padding.
    pub fn set_lengths(&mut self, lengths: &[usize], answer_lengths: &[usize]) {
        let lengths = lengths.iter().copied();
        match self {
            AnyWorkspace::Recurrent(workspace) => workspace.trace.set_lengths(lengths),
            AnyWorkspace::EncoderDecoder(workspace) => {
                workspace.encoder.trace.set_lengths(lengths);
                let answer_lengths = answer_lengths.iter().copied();
                workspace.trace.set_lengths(answer_lengths);
            }
            AnyWorkspace::SelfAttention(workspace) => workspace.trace.set_lengths(lengths),
        }
    }

    /// Makes room for padding, so that [`set_lengths`](Self::set_lengths) allocates nothing.
    pub fn expect_padding(&mut self) {
        match self {
            AnyWorkspace::Recurrent(workspace) => workspace.trace.expect_padding(),
            AnyWorkspace::EncoderDecoder(workspace) => workspace.encoder.trace.expect_padding(),
            AnyWorkspace::SelfAttention(_) => {}
        }
    }

    /// The output, `[1 or seq_len, batch, output_size]`.
    pub fn y(&self) -> &Array3<T> {
        match self {
            AnyWorkspace::Recurrent(workspace) => &workspace.trace.y,
            AnyWorkspace::EncoderDecoder(workspace) => &workspace.trace.y,
            AnyWorkspace::SelfAttention(workspace) => &workspace.trace.y,
        }
    }

    /// The loss's share at each output step.
    pub fn terms(&self) -> &[f64] {
        match self {
            AnyWorkspace::Recurrent(workspace) => &workspace.terms,
            AnyWorkspace::EncoderDecoder(workspace) => &workspace.terms,
            AnyWorkspace::SelfAttention(workspace) => &workspace.terms,
        }
    }

    /// Lets no adjoint cross from a chunk of so many steps into the one before it.
    pub fn truncate(&mut self, chunk: Option<usize>) {
        match self {
            AnyWorkspace::Recurrent(workspace) => workspace.truncate = chunk,
            // The whole of the source matters to each output; and without recurrence nothing flows through time.
            AnyWorkspace::EncoderDecoder(_) | AnyWorkspace::SelfAttention(_) => {}
        }
    }

    /// Lets a decoder look at all source steps evenly on the way forward; false where there is no such attention.
    pub fn look_evenly(&mut self) -> bool {
        match self {
            AnyWorkspace::EncoderDecoder(workspace) => {
                workspace.sharpness = 0.0;
                workspace.trace.architecture.attention != Attention::None
            }
            AnyWorkspace::Recurrent(_) | AnyWorkspace::SelfAttention(_) => false,
        }
    }

    /// Ends passes early once `stop` is asked to: what they leave then means nothing.
    pub fn stop_on(&mut self, stop: &Stop) {
        let of_workspace = match self {
            AnyWorkspace::Recurrent(workspace) => &mut workspace.stop,
            AnyWorkspace::EncoderDecoder(workspace) => &mut workspace.encoder.stop,
            AnyWorkspace::SelfAttention(workspace) => &mut workspace.stop,
        };
        *of_workspace = stop.clone();
    }

    /// Training mode: dropout masks are drawn anew, and for each step of a decoder whether it reads the true previous
    /// output, with probability `teacher_forcing`.
    pub fn train(&mut self, dropout: &mut Stream, teacher_forcing: f64, forcing: &mut Stream) {
        let trace = match self {
            AnyWorkspace::Recurrent(workspace) => &mut workspace.trace,
            AnyWorkspace::EncoderDecoder(workspace) => {
                workspace.trace.draw_forcing(teacher_forcing, forcing);
                &mut workspace.encoder.trace
            }
            AnyWorkspace::SelfAttention(_) => return,
        };
        trace.training = true;
        trace.draw_masks(dropout);
    }

    /// Evaluation mode, as a new workspace is in: no dropout, and a decoder reads its own outputs.
    pub fn evaluate(&mut self) {
        match self {
            AnyWorkspace::Recurrent(workspace) => workspace.trace.training = false,
            AnyWorkspace::EncoderDecoder(workspace) => {
                workspace.encoder.trace.training = false;
                workspace.trace.forced.fill(false);
            }
            AnyWorkspace::SelfAttention(_) => {}
        }
    }

    /// Adds to `terms` what the sequences `rows` have in the loss of several batches together, with `valid` steps in
    /// all that count: see [`Loss::add`].
    pub fn add_loss(
        &mut self,
        loss: Loss,
        target: &Target<T>,
        rows: Range<usize>,
        valid: usize,
        terms: &mut [f64],
    ) {
        let (y, lengths, d_y) = match self {
            AnyWorkspace::Recurrent(workspace) => {
                let (trace, adjoints) = (&workspace.trace, &mut workspace.adjoints);
                (&trace.y, trace.lengths(), &mut adjoints.d_y)
            }
            AnyWorkspace::EncoderDecoder(workspace) => {
                let (trace, adjoints) = (&workspace.trace, &mut workspace.adjoints);
                (&trace.y, trace.lengths(), &mut adjoints.d_y)
            }
            AnyWorkspace::SelfAttention(workspace) => {
                let (trace, adjoints) = (&workspace.trace, &mut workspace.adjoints);
                (&trace.y, trace.lengths(), &mut adjoints.d_y)
            }
        };
        loss.add(y, target, lengths, rows, valid, d_y, terms);
    }

    /// Where the first value of the way forward that is neither finite stands, in words, and the value. Nothing is copied:
    /// a batch may be large.
    pub fn first_not_finite(&self) -> Option<(String, f64)> {
        self.forward_record()
            .iter()
            .find_map(Forward::first_not_finite)
    }

    /// What the way forward recorded, part by part.
    fn forward_record(&self) -> Vec<Forward<'_, T>> {
        match self {
            AnyWorkspace::Recurrent(workspace) => vec![Forward::of_stack("", &workspace.trace)],
            AnyWorkspace::EncoderDecoder(workspace) => {
                let trace = &workspace.trace;
                let cell = trace.architecture.decoder_cell;
                let decoder = Forward {
                    name: "decoder",
                    seq_len: trace.target_len(),
                    scans: vec![(Place::FIRST, of_scan(cell, &trace.decoder))],
                    y: trace.y.view(),
                };
                let encoder = Forward::of_stack("encoder", &workspace.encoder.trace);
                vec![encoder, decoder]
            }
            AnyWorkspace::SelfAttention(workspace) => {
                let trace = &workspace.trace;
                let symbol = Quantity::H.symbol();
                let blocks = trace.blocks.iter().enumerate();
                vec![Forward {
                    name: "",
                    seq_len: trace.seq_len(),
                    scans: blocks
                        .map(|(layer, block)| {
                            (Place::forward(layer), vec![(symbol, block.h.view())])
                        })
                        .collect(),
                    y: trace.y.view(),
                }]
            }
        }
    }

    /// The record in the form that views, measures and files read, as f64, and who looked where in the first sequence of the
    /// batch: nothing where there is no attention.
    ///
    /// Arrays of f64 are handed on as they are, others array by array: nothing large is there twice.
    pub fn into_record(self) -> (Vec<Part>, Vec<AttentionMap>) {
        match self {
            AnyWorkspace::Recurrent(workspace) => {
                (vec![stack_part("", record_of(workspace))], Vec::new())
            }
            AnyWorkspace::EncoderDecoder(workspace) => {
                let (encoder, trace, adjoints) = {
                    let workspace = *workspace;
                    (workspace.encoder, workspace.trace, workspace.adjoints)
                };
                let mut part = stack_part("encoder", record_of(encoder));
                part.readout = None;
                let (decoder, maps) = decoder_part(trace, adjoints);
                (vec![part, decoder], maps)
            }
            AnyWorkspace::SelfAttention(workspace) => {
                let (trace, adjoints) = (workspace.trace, workspace.adjoints);
                let (part, maps) = blocks_part(trace, adjoints);
                (vec![part], maps)
            }
        }
    }

    /// The bytes that [`new`](Self::new) asks for, and [`expect_padding`](Self::expect_padding) where there is `padding`.
    pub fn bytes(
        network: &Network,
        lengths: seq2seq::Lengths,
        batch: usize,
        record: Record,
        padding: bool,
    ) -> u128 {
        let seq_len = lengths.source;
        match network {
            Network::Recurrent(architecture) => {
                RecurrentWorkspace::<T>::bytes(architecture, seq_len, batch, record, padding)
            }
            Network::EncoderDecoder(architecture) => {
                seq2seq::Seq2SeqWorkspace::<T>::bytes(architecture, lengths, batch, record, padding)
            }
            Network::SelfAttention(architecture) => {
                self_attention::SelfAttentionWorkspace::<T>::bytes(
                    architecture,
                    seq_len,
                    batch,
                    record,
                )
            }
        }
    }
}

/// A stack's records alone.
fn record_of<T>(workspace: RecurrentWorkspace<T>) -> (RecurrentTrace<T>, Adjoints<T>) {
    (workspace.trace, workspace.adjoints)
}

/// What the way forward recorded of a part, by scan from the input up: each quantity's symbol and values.
struct Forward<'a, T> {
    name: &'static str,
    seq_len: usize,
    scans: Vec<(Place, Quantities<'a, T>)>,
    y: ArrayView3<'a, T>,
}

type Quantities<'a, T> = Vec<(&'static str, ArrayView3<'a, T>)>;

fn of_scan<T: Real>(cell: Cell, scan: &ScanTrace<T>) -> Quantities<'_, T> {
    let quantities = cell.quantities().iter();
    quantities
        .filter_map(|&quantity| Some((cell.symbol(quantity), scan.get(cell, quantity)?)))
        .collect()
}

impl<'a, T: Real> Forward<'a, T> {
    fn of_stack(name: &'static str, trace: &'a RecurrentTrace<T>) -> Self {
        let architecture = trace.architecture;
        let scan = |place| (place, of_scan(architecture.cell, trace.scan(place)));
        Self {
            name,
            seq_len: trace.seq_len(),
            scans: architecture.places().map(scan).collect(),
            y: trace.y.view(),
        }
    }

    fn first_not_finite(&self) -> Option<(String, f64)> {
        let not_finite = |values: &ArrayView3<'_, T>, t: usize| {
            let step = values.index_axis(Axis(0), t);
            let mut values = step.iter().map(|value| value.widen());
            values.find(|value| !value.is_finite())
        };
        let part = match self.name {
            "" => String::new(),
            name => format!(" in the {name}"),
        };
        for t in 0..self.seq_len {
            for (place, quantities) in &self.scans {
                for (symbol, values) in quantities {
                    if let Some(value) = not_finite(values, t) {
                        let layer = scan_name(*place, self.scans.iter().map(|(place, _)| *place));
                        let place = format!("{symbol} of {layer}{part} at t = {}", t + 1);
                        return Some((place, value));
                    }
                }
            }
        }
        (0..self.y.dim().0).find_map(|t| {
            let value = not_finite(&self.y, t)?;
            Some((format!("the output y{part}"), value))
        })
    }
}

/// What the scan at `place` is called among those of its part: “layer 2”, “layer 2 →”, “layer 2 ←”.
fn scan_name(place: Place, all: impl Iterator<Item = Place>) -> String {
    let name = format!("layer {}", place.layer + 1);
    let beside = all.filter(|other| other.layer == place.layer);
    match (beside.count(), place.direction) {
        (1, _) => name,
        (_, super::Direction::Forward) => format!("{name} →"),
        (_, super::Direction::Reverse) => format!("{name} ←"),
    }
}

/// A stretch of a network's record with a time axis of its own: a stack of scans, with an output or without.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Empty where the network has one part only; else “encoder” or “decoder”.
    pub name: &'static str,
    /// How many steps each sequence of the batch has.
    pub lengths: Vec<usize>,
    /// What it reads, `[seq_len, batch, input_size]`.
    pub x: Array3<f64>,
    /// ∂L/∂x; no steps where only training's share was kept.
    pub d_x: Array3<f64>,
    /// From the input up; two directions of a layer one after the other.
    pub scans: Vec<PartScan>,
    /// Which steps have an output; `None` where the part has none.
    pub readout: Option<Readout>,
    /// The output, `[1 or seq_len, batch, output_size]`; no steps where the part has none.
    pub y: Array3<f64>,
    /// ∂L/∂y.
    pub d_y: Array3<f64>,
}

/// One scan of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartScan {
    /// Where in the stack.
    pub place: Place,
    /// Its cell; `None` for a layer that is not recurrent, which has h alone.
    pub cell: Option<Cell>,
    /// The way forward.
    pub trace: ScanTrace<f64>,
    /// The way back.
    pub adjoints: ScanAdjoints<f64>,
}

impl PartScan {
    /// Every quantity on record, in reading order.
    pub fn quantities(&self) -> &'static [Quantity] {
        self.cell.map_or(&[Quantity::H], Cell::quantities)
    }

    /// The quantities that a step hands to the next one, and those that play their role.
    pub fn states(&self) -> &'static [Quantity] {
        self.cell.map_or(&[Quantity::H], Cell::states)
    }

    /// A quantity's values, or their adjoints, `[seq_len, batch, hidden]`.
    pub fn get(&self, quantity: Quantity, adjoint: bool) -> Option<ArrayView3<'_, f64>> {
        match (self.cell, adjoint) {
            (Some(cell), false) => self.trace.get(cell, quantity),
            (Some(cell), true) => self.adjoints.get(cell, quantity),
            (None, _) if quantity != Quantity::H => None,
            (None, false) => Some(self.trace.h.view()),
            (None, true) => Some(self.adjoints.d_h.view()),
        }
    }

    /// The symbol of one of its quantities in running text.
    pub fn symbol(&self, quantity: Quantity) -> &'static str {
        self.cell
            .map_or(quantity.symbol(), |cell| cell.symbol(quantity))
    }
}

impl Part {
    /// How many steps.
    pub fn seq_len(&self) -> usize {
        self.x.dim().0
    }

    /// The index of the scan at a place.
    pub fn index_of(&self, place: Place) -> Option<usize> {
        self.scans.iter().position(|scan| scan.place == place)
    }

    /// The values of a scan's quantity, or their adjoints; `x` and `y` are the part's own.
    pub fn get(
        &self,
        scan: usize,
        quantity: Quantity,
        adjoint: bool,
    ) -> Option<ArrayView3<'_, f64>> {
        match (quantity, adjoint) {
            (Quantity::X, false) => Some(self.x.view()),
            (Quantity::X, true) => Some(self.d_x.view()),
            (Quantity::Y, false) => Some(self.y.view()),
            (Quantity::Y, true) => Some(self.d_y.view()),
            _ => self.scans.get(scan)?.get(quantity, adjoint),
        }
    }

    /// The same of the first sequence alone, as in a record of one: `[steps, width]`.
    pub fn first(
        &self,
        scan: usize,
        quantity: Quantity,
        adjoint: bool,
    ) -> Option<ArrayView2<'_, f64>> {
        let all = self.get(scan, quantity, adjoint)?;
        (all.dim().1 > 0).then(|| all.index_axis_move(Axis(1), 0))
    }

    /// The same at one step, by its array index.
    pub fn first_at(
        &self,
        scan: usize,
        quantity: Quantity,
        adjoint: bool,
        step: usize,
    ) -> Option<ArrayView1<'_, f64>> {
        let all = self.first(scan, quantity, adjoint)?;
        (step < all.nrows()).then(|| all.index_axis_move(Axis(0), step))
    }

    /// What a scan is called where there are several: “layer 2”, “layer 2 →”, “layer 2 ←”.
    pub fn scan_name(&self, scan: usize) -> String {
        match self.scans.get(scan) {
            Some(found) => scan_name(found.place, self.scans.iter().map(|scan| scan.place)),
            None => String::new(),
        }
    }

    /// The bytes of the parts and attention maps that [`AnyWorkspace::into_record`] makes of everything's record of one
    /// sequence.
    pub fn bytes_of_record(network: &Network, lengths: seq2seq::Lengths) -> u128 {
        // Values and their adjoints.
        let pair = |steps, width| 2 * room::array::<f64>(&[steps, width]);
        let stack = |stack: &RecurrentArchitecture, steps| {
            let (cell, hidden) = (stack.cell, stack.hidden_size);
            let scan = ScanTrace::<f64>::bytes(cell, hidden, steps, 1)
                + ScanAdjoints::<f64>::bytes(cell, hidden, steps, 1, Record::Everything);
            pair(steps, stack.input_size) + stack.places().count() as u128 * scan
        };
        let (source, target) = (lengths.source, lengths.target);
        match network {
            Network::Recurrent(architecture) => {
                let outputs = architecture.readout.steps(source);
                stack(architecture, source) + pair(outputs, architecture.output_size)
            }
            Network::EncoderDecoder(architecture) => {
                let looks = match architecture.attention {
                    Attention::None => 0,
                    Attention::Additive | Attention::Dot => pair(target, source),
                };
                stack(&architecture.encoder, source)
                    + stack(&architecture.decoder(), target)
                    + pair(target, architecture.output_size)
                    + looks
            }
            Network::SelfAttention(architecture) => {
                // h, its adjoint, and what of that comes from above, which is all.
                let block = room::array::<f64>(&[3, source, architecture.hidden_size])
                    + architecture.heads as u128 * pair(source, source);
                pair(source, architecture.input_size)
                    + architecture.num_layers as u128 * block
                    + pair(architecture.readout.steps(source), architecture.output_size)
            }
        }
    }
}

impl Part {
    /// The bytes of what [`AnyWorkspace::into_record`] at the most has copied when it gives back what it copied from, even of
    /// f64: a block's weights are one array, of which each head gets its own.
    pub fn bytes_copied(network: &Network, lengths: seq2seq::Lengths) -> u128 {
        match network {
            Network::Recurrent(_) | Network::EncoderDecoder(_) => 0,
            Network::SelfAttention(architecture) => {
                room::array::<f64>(&[2, architecture.heads, lengths.source, lengths.source])
                    + room::array::<f64>(&[lengths.source, architecture.hidden_size])
            }
        }
    }
}

/// A stack's record as a part.
fn stack_part<T: Real>(
    name: &'static str,
    (trace, adjoints): (RecurrentTrace<T>, Adjoints<T>),
) -> Part {
    let architecture = trace.architecture;
    let (x, lengths, traces, y) = trace.into_scans();
    let (d_x, adjoints, d_y) = adjoints.into_scans();
    let scans = architecture.places().zip(traces.into_iter().zip(adjoints));
    Part {
        name,
        lengths,
        x: x.mapv_into_any(T::widen),
        d_x: d_x.mapv_into_any(T::widen),
        scans: scans
            .map(|(place, (trace, adjoints))| PartScan {
                place,
                cell: Some(architecture.cell),
                trace: trace.into_widened(),
                adjoints: adjoints.into_widened(),
            })
            .collect(),
        readout: Some(architecture.readout),
        y: y.mapv_into_any(T::widen),
        d_y: d_y.mapv_into_any(T::widen),
    }
}

/// Blocks of self-attention as a part, each block a layer whose h is what it hands on; and the weights of every head of
/// every block, for the first sequence.
fn blocks_part<T: Real>(
    trace: self_attention::SelfAttentionTrace<T>,
    adjoints: self_attention::Adjoints<T>,
) -> (Part, Vec<AttentionMap>) {
    let (architecture, lengths) = (trace.architecture, trace.lengths().to_vec());
    let (mut scans, mut maps) = (Vec::new(), Vec::new());
    // With training's share only there is one block's room for the way back, which says nothing about the others.
    let mut d_blocks = adjoints.blocks.into_iter();
    // Of what each block reads, first of all the input.
    let d_h = adjoints.d_h.into_iter().skip(1);
    for (layer, (block, d_h)) in trace.blocks.into_iter().zip(d_h).enumerate() {
        scans.push(PartScan {
            place: Place::forward(layer),
            cell: None,
            trace: ScanTrace::of_states(block.h.mapv_into_any(T::widen)),
            adjoints: ScanAdjoints::of_states(d_h.mapv_into_any(T::widen)),
        });
        let Some(d_block) = d_blocks.next() else {
            continue;
        };
        maps.extend((0..architecture.heads).map(|head| {
            let of_head = |weights: &Array4<T>| weights.slice(s![0, head, .., ..]).mapv(T::widen);
            AttentionMap {
                name: format!("layer {}, head {}", layer + 1, head + 1),
                head: Some((layer, head)),
                queries: 0,
                keys: 0,
                weights: of_head(&block.weights),
                d_weights: of_head(&d_block.d_weights),
            }
        }));
    }
    let part = Part {
        name: "",
        lengths,
        x: trace.x.mapv_into_any(T::widen),
        d_x: adjoints.d_x.mapv_into_any(T::widen),
        scans,
        readout: Some(architecture.readout),
        y: trace.y.mapv_into_any(T::widen),
        d_y: adjoints.d_y.mapv_into_any(T::widen),
    };
    (part, maps)
}

/// A decoder's record as a part, and its attention to its encoder for the first sequence.
fn decoder_part<T: Real>(
    trace: seq2seq::Seq2SeqTrace<T>,
    adjoints: seq2seq::Adjoints<T>,
) -> (Part, Vec<AttentionMap>) {
    let lengths = trace.lengths().to_vec();
    let attends =
        trace.architecture.attention != Attention::None && adjoints.record == Record::Everything;
    let (weights, d_weights) = (trace.attention.weights, adjoints.attention.d_weights);
    let map = attends.then(|| AttentionMap {
        name: "attention".into(),
        head: None,
        queries: 1,
        keys: 0,
        weights: of_first_sequence(weights),
        d_weights: of_first_sequence(d_weights),
    });
    let part = Part {
        name: "decoder",
        lengths,
        x: trace.x.mapv_into_any(T::widen),
        d_x: adjoints.d_x.mapv_into_any(T::widen),
        scans: vec![PartScan {
            place: Place::FIRST,
            cell: Some(trace.architecture.decoder_cell),
            trace: trace.decoder.into_widened(),
            adjoints: adjoints.decoder.into_widened(),
        }],
        readout: Some(Readout::Every),
        y: trace.y.mapv_into_any(T::widen),
        d_y: adjoints.d_y.mapv_into_any(T::widen),
    };
    (part, map.into_iter().collect())
}

/// `[steps, batch, keys]` → `[steps, keys]`; the same array if that is all it holds.
fn of_first_sequence<T: Real>(weights: Array3<T>) -> Array2<f64> {
    if weights.dim().1 == 1 {
        weights.index_axis_move(Axis(1), 0).mapv_into_any(T::widen)
    } else {
        weights.index_axis(Axis(1), 0).mapv(T::widen)
    }
}

/// Who looked where: an attention's weights for one sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionMap {
    /// What it is called on the screen: “attention”, or “layer 1, head 2”.
    pub name: String,
    /// Whose it is, both from 0: layer and head; `None` where there is one only.
    pub head: Option<(usize, usize)>,
    /// The index of the part whose steps look.
    pub queries: usize,
    /// The index of the part whose steps are looked at.
    pub keys: usize,
    /// How much each step looks at each: `[query steps, key steps]`, rows add up to 1.
    pub weights: Array2<f64>,
    /// ∂L/∂weights.
    pub d_weights: Array2<f64>,
}
