//! What an encoder–decoder records beside its encoder's own record, on the way forward and back.

use super::super::attention::{Attention, AttentionAdjoints, AttentionTrace};
use super::super::loss::Target;
use super::super::trace::clear_padding;
use super::super::{Quantity, Real, Record, ScanAdjoints, ScanTrace, room};
use super::{Lengths, Seq2SeqArchitecture};
use crate::random::Stream;
use ndarray::{Array2, Array3, ArrayView3};

/// What bridge, decoder and attention recorded on the way forward.
///
/// Time is the target's: arrays are `[target_len, batch, width]`. What a kind of attention lacks has width 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Seq2SeqTrace<T> {
    /// The model that ran.
    pub architecture: Seq2SeqArchitecture,
    pub(super) lengths: Vec<usize>,
    /// Whether the previous output that a step reads is the true one (teacher forcing; Williams & Zipser 1989) or the
    /// model's own; the first step reads zeros.
    pub forced: Vec<bool>,
    /// The true previous output of each step, `[target_len, batch, output_size]`: zeros at the first.
    /// [`set_target`](Self::set_target) writes it.
    pub teacher: Array3<T>,
    /// The joined last states of the encoder's last layer, `[batch, encoder width]`.
    pub encoded: Array2<T>,
    /// What the decoder reads, `[target_len, batch, decoder input]`: the previous output and, with additive attention, the
    /// context. 0 over padding.
    pub x: Array3<T>,
    /// The decoder; its `h0` is what the bridge makes of `encoded`.
    pub decoder: ScanTrace<T>,
    /// Scores, weights and contexts.
    pub attention: AttentionTrace<T>,
    /// Context and state side by side, `[target_len, batch, encoder width + decoder width]` (dot product).
    pub joined: Array3<T>,
    /// h̃, `[target_len, batch, decoder width]` (dot product); 0 over padding.
    pub attentional: Array3<T>,
    /// The output, `[target_len, batch, output_size]`; 0 over padding.
    pub y: Array3<T>,
}

/// The widths of what only dot-product attention has: `joined` and `attentional`.
fn joined_widths(architecture: &Seq2SeqArchitecture) -> (usize, usize) {
    let state = architecture.decoder_size;
    match architecture.attention {
        Attention::Dot => (architecture.encoder.width() + state, state),
        Attention::None | Attention::Additive => (0, 0),
    }
}

impl<T: Real> Seq2SeqTrace<T> {
    /// Room for a batch of `batch` pairs of sequences.
    pub fn new(architecture: &Seq2SeqArchitecture, lengths: Lengths, batch: usize) -> Self {
        let steps = lengths.target;
        let array = |width| Array3::from_elem((steps, batch, width), T::ZERO);
        let (joined, attentional) = joined_widths(architecture);
        let decoder = architecture.decoder();
        let sizes = architecture.attention_sizes(lengths, batch);
        Self {
            architecture: *architecture,
            lengths: vec![steps; batch],
            forced: vec![true; steps],
            teacher: array(architecture.output_size),
            encoded: Array2::from_elem((batch, architecture.encoder.width()), T::ZERO),
            x: array(decoder.input_size),
            decoder: ScanTrace::new(decoder.cell, decoder.hidden_size, steps, batch),
            attention: AttentionTrace::new(architecture.attention, sizes),
            joined: array(joined),
            attentional: array(attentional),
            y: array(architecture.output_size),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(architecture: &Seq2SeqArchitecture, lengths: Lengths, batch: usize) -> u128 {
        let steps = lengths.target;
        let (joined, attentional) = joined_widths(architecture);
        let decoder = architecture.decoder();
        let sizes = architecture.attention_sizes(lengths, batch);
        // The teacher's outputs and the model's own.
        let widths = 2 * architecture.output_size + decoder.input_size + joined + attentional;
        room::array::<T>(&[steps, batch, widths])
            + room::array::<usize>(&[batch])
            + room::array::<bool>(&[steps])
            + room::array::<T>(&[batch, architecture.encoder.width()])
            + ScanTrace::<T>::bytes(decoder.cell, decoder.hidden_size, steps, batch)
            + AttentionTrace::<T>::bytes(architecture.attention, sizes)
    }

    /// How many steps the target has.
    pub fn target_len(&self) -> usize {
        self.y.dim().0
    }

    /// How many steps each target of the batch has; what follows them is padding.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Says how many steps each target has, from 1 to `target_len`.
    pub fn set_lengths(&mut self, lengths: impl IntoIterator<Item = usize>) {
        let steps = self.target_len();
        for (length, new) in self.lengths.iter_mut().zip(lengths) {
            *length = new.clamp(1, steps);
        }
    }

    /// Lets the steps that are [`forced`](Self::forced) read `target`: values as they are, classes one-hot.
    ///
    /// # Panics
    /// If the target has another shape than the output.
    pub fn set_target(&mut self, target: &Target<T>) {
        let (steps, batch, outputs) = self.teacher.dim();
        self.teacher.fill(T::ZERO);
        for t in 1..steps {
            for b in 0..batch {
                match target {
                    Target::Values(values) => {
                        for output in 0..outputs {
                            self.teacher[[t, b, output]] = values[[t - 1, b, output]];
                        }
                    }
                    Target::Classes(classes) => {
                        self.teacher[[t, b, classes[[t - 1, b]]]] = T::ONE;
                    }
                }
            }
        }
        clear_padding(&mut self.teacher, &self.lengths);
    }

    /// Draws for each step whether it reads the true previous output, with probability `ratio`.
    pub fn draw_forcing(&mut self, ratio: f64, stream: &mut Stream) {
        for forced in &mut self.forced {
            *forced = stream.uniform(0.0, 1.0) < ratio;
        }
    }

    /// A quantity of the decoder, `[target_len, batch, width]`; `x` is its input.
    pub fn get(&self, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        match quantity {
            Quantity::X => Some(self.x.view()),
            Quantity::Y => Some(self.y.view()),
            _ => self.decoder.get(self.architecture.decoder_cell, quantity),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Seq2SeqTrace<f64> {
        Seq2SeqTrace {
            architecture: self.architecture,
            lengths: self.lengths.clone(),
            forced: self.forced.clone(),
            teacher: self.teacher.mapv(T::widen),
            encoded: self.encoded.mapv(T::widen),
            x: self.x.mapv(T::widen),
            decoder: self.decoder.widened(),
            attention: self.attention.widened(),
            joined: self.joined.mapv(T::widen),
            attentional: self.attentional.mapv(T::widen),
            y: self.y.mapv(T::widen),
        }
    }
}

/// What bridge, decoder and attention recorded on the way back; shapes as in [`Seq2SeqTrace`].
#[derive(Clone, Debug, PartialEq)]
pub struct Adjoints<T> {
    /// The model that ran.
    pub architecture: Seq2SeqArchitecture,
    /// How much was kept.
    pub record: Record,
    /// ∂L/∂ of the encoder's joined last states.
    pub d_encoded: Array2<T>,
    /// ∂L/∂ of what the decoder reads. The model's own outputs are read as given: no adjoint goes on from here to them.
    /// With [`Record::Training`] it holds no step, except with additive attention, which reads the context's share here.
    pub d_x: Array3<T>,
    /// The decoder. With additive attention, what reaches h_t from the next step holds also what asks for the next context.
    pub decoder: ScanAdjoints<T>,
    /// Scores, weights and contexts.
    pub attention: AttentionAdjoints<T>,
    /// ∂L/∂ of context and state side by side (dot product).
    pub d_joined: Array3<T>,
    /// ∂L/∂h̃ (dot product).
    pub d_attentional: Array3<T>,
    /// ∂L/∂y.
    pub d_y: Array3<T>,
}

/// How many steps [`Adjoints::d_x`] has.
fn steps_of_inputs(architecture: &Seq2SeqArchitecture, lengths: Lengths, record: Record) -> usize {
    match (record, architecture.attention) {
        (Record::Training, Attention::None | Attention::Dot) => 0,
        (Record::Training, Attention::Additive) | (Record::Everything, _) => lengths.target,
    }
}

impl<T: Real> Adjoints<T> {
    /// Room for a batch of `batch` pairs of sequences.
    pub fn new(
        architecture: &Seq2SeqArchitecture,
        lengths: Lengths,
        batch: usize,
        record: Record,
    ) -> Self {
        let steps = lengths.target;
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let (joined, attentional) = joined_widths(architecture);
        let decoder = architecture.decoder();
        let sizes = architecture.attention_sizes(lengths, batch);
        let inputs = steps_of_inputs(architecture, lengths, record);
        let (cell, hidden) = (decoder.cell, decoder.hidden_size);
        Self {
            architecture: *architecture,
            record,
            d_encoded: Array2::from_elem((batch, architecture.encoder.width()), T::ZERO),
            d_x: array(inputs, decoder.input_size),
            decoder: ScanAdjoints::new(cell, hidden, steps, batch, record),
            attention: AttentionAdjoints::new(architecture.attention, sizes, record),
            d_joined: array(steps, joined),
            d_attentional: array(steps, attentional),
            d_y: array(steps, architecture.output_size),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(
        architecture: &Seq2SeqArchitecture,
        lengths: Lengths,
        batch: usize,
        record: Record,
    ) -> u128 {
        let array = |steps, width| room::array::<T>(&[steps, batch, width]);
        let (joined, attentional) = joined_widths(architecture);
        let decoder = architecture.decoder();
        let (cell, hidden) = (decoder.cell, decoder.hidden_size);
        let sizes = architecture.attention_sizes(lengths, batch);
        let inputs = steps_of_inputs(architecture, lengths, record);
        array(1, architecture.encoder.width())
            + array(inputs, decoder.input_size)
            + array(
                lengths.target,
                joined + attentional + architecture.output_size,
            )
            + ScanAdjoints::<T>::bytes(cell, hidden, lengths.target, batch, record)
            + AttentionAdjoints::<T>::bytes(architecture.attention, sizes, record)
    }

    /// The adjoint of what [`Seq2SeqTrace::get`] gives; `None` where only training's share was kept.
    pub fn get(&self, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        match (self.record, quantity) {
            (Record::Training, _) => None,
            (_, Quantity::X) => Some(self.d_x.view()),
            (_, Quantity::Y) => Some(self.d_y.view()),
            _ => self.decoder.get(self.architecture.decoder_cell, quantity),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Adjoints<f64> {
        Adjoints {
            architecture: self.architecture,
            record: self.record,
            d_encoded: self.d_encoded.mapv(T::widen),
            d_x: self.d_x.mapv(T::widen),
            decoder: self.decoder.widened(),
            attention: self.attention.widened(),
            d_joined: self.d_joined.mapv(T::widen),
            d_attentional: self.d_attentional.mapv(T::widen),
            d_y: self.d_y.mapv(T::widen),
        }
    }
}
