//! What self-attention records on the way forward and back.

use super::super::trace::clear_padding;
use super::super::{Quantity, Real, Record, room};
use super::SelfAttentionArchitecture;
use ndarray::{Array2, Array3, Array4, ArrayView3, s};

/// What one block recorded on the way forward. Heads lie side by side in the width.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockTrace<T> {
    /// q, k and v side by side, `[seq_len, batch, 3 · width]`.
    pub qkv: Array3<T>,
    /// α, `[batch, heads, seq_len, seq_len]`: for each step the weights of the steps that it reads. 0 where it sees none.
    pub weights: Array4<T>,
    /// m, `[seq_len, batch, width]`.
    pub mixed: Array3<T>,
    /// The sum s before the norm's w and b, with mean 0 and deviation 1, `[seq_len, batch, width]`.
    pub normalised: Array3<T>,
    /// 1 / √(σ² + ε) of the sum s, `[seq_len, batch]`.
    pub inverse_deviation: Array2<T>,
    /// h′, what the block hands on, `[seq_len, batch, width]`.
    pub h: Array3<T>,
}

/// The part of a `[seq_len, batch, 3 · width]` array that belongs to q (0), k (1) or v (2).
fn part<T>(qkv: &Array3<T>, part: usize) -> ArrayView3<'_, T> {
    let width = qkv.dim().2 / 3;
    qkv.slice(s![.., .., part * width..(part + 1) * width])
}

impl<T: Real> BlockTrace<T> {
    fn new(architecture: &SelfAttentionArchitecture, seq_len: usize, batch: usize) -> Self {
        let (width, heads) = (architecture.hidden_size, architecture.heads);
        let array = |width| Array3::from_elem((seq_len, batch, width), T::ZERO);
        Self {
            qkv: array(3 * width),
            weights: Array4::from_elem((batch, heads, seq_len, seq_len), T::ZERO),
            mixed: array(width),
            normalised: array(width),
            inverse_deviation: Array2::from_elem((seq_len, batch), T::ZERO),
            h: array(width),
        }
    }

    fn bytes(architecture: &SelfAttentionArchitecture, seq_len: usize, batch: usize) -> u128 {
        // Six widths and one deviation.
        room::array::<T>(&[seq_len, batch, 6 * architecture.hidden_size + 1])
            + room::array::<T>(&[batch, architecture.heads, seq_len, seq_len])
    }

    /// The queries, `[seq_len, batch, width]`.
    pub fn q(&self) -> ArrayView3<'_, T> {
        part(&self.qkv, 0)
    }

    /// The keys, `[seq_len, batch, width]`.
    pub fn k(&self) -> ArrayView3<'_, T> {
        part(&self.qkv, 1)
    }

    /// The values, `[seq_len, batch, width]`.
    pub fn v(&self) -> ArrayView3<'_, T> {
        part(&self.qkv, 2)
    }

    fn widened(&self) -> BlockTrace<f64> {
        BlockTrace {
            qkv: self.qkv.mapv(T::widen),
            weights: self.weights.mapv(T::widen),
            mixed: self.mixed.mapv(T::widen),
            normalised: self.normalised.mapv(T::widen),
            inverse_deviation: self.inverse_deviation.mapv(T::widen),
            h: self.h.mapv(T::widen),
        }
    }
}

/// What the whole model recorded on its way forward.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfAttentionTrace<T> {
    /// The model that ran.
    pub architecture: SelfAttentionArchitecture,
    /// The input, `[seq_len, batch, input_size]`; 0 over padding.
    pub x: Array3<T>,
    pub(super) lengths: Vec<usize>,
    /// The projected input with its positions, `[seq_len, batch, width]`: what the first block reads.
    pub embedded: Array3<T>,
    /// By layer, from the input up.
    pub blocks: Vec<BlockTrace<T>>,
    /// The readout's output: `[1, batch, output_size]` where it reads one state, `[seq_len, batch, output_size]` where it
    /// reads every one; 0 over padding.
    pub y: Array3<T>,
}

impl<T: Real> SelfAttentionTrace<T> {
    /// Room for a batch of `batch` sequences of `seq_len` steps.
    pub fn new(architecture: &SelfAttentionArchitecture, seq_len: usize, batch: usize) -> Self {
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let block = |_| BlockTrace::new(architecture, seq_len, batch);
        let outputs = architecture.readout.steps(seq_len);
        Self {
            architecture: *architecture,
            x: array(seq_len, architecture.input_size),
            lengths: vec![seq_len; batch],
            embedded: array(seq_len, architecture.hidden_size),
            blocks: (0..architecture.num_layers).map(block).collect(),
            y: array(outputs, architecture.output_size),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(architecture: &SelfAttentionArchitecture, seq_len: usize, batch: usize) -> u128 {
        let outputs = architecture.readout.steps(seq_len);
        let widths = architecture.input_size + architecture.hidden_size;
        room::array::<T>(&[seq_len, batch, widths])
            + room::array::<usize>(&[batch])
            + architecture.num_layers as u128 * BlockTrace::<T>::bytes(architecture, seq_len, batch)
            + room::array::<T>(&[outputs, batch, architecture.output_size])
    }

    /// How many steps.
    pub fn seq_len(&self) -> usize {
        self.x.dim().0
    }

    /// How many steps each sequence of the batch has; what follows them is padding.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Says how many steps each sequence has, from 1 to `seq_len`, and makes the input 0 over the padding.
    pub fn set_lengths(&mut self, lengths: impl IntoIterator<Item = usize>) {
        let seq_len = self.seq_len();
        for (length, new) in self.lengths.iter_mut().zip(lengths) {
            *length = new.clamp(1, seq_len);
        }
        clear_padding(&mut self.x, &self.lengths);
    }

    /// What block `layer` reads, `[seq_len, batch, width]`.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn input(&self, layer: usize) -> &Array3<T> {
        if layer == 0 {
            &self.embedded
        } else {
            &self.blocks[layer - 1].h
        }
    }

    /// `h`, what a block hands on, and `x`, what the model or (above the first) the block reads: `[seq_len, batch, …]`.
    pub fn get(&self, layer: usize, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        match (quantity, layer) {
            (Quantity::X, 0) => Some(self.x.view()),
            (Quantity::X, _) => self.blocks.get(layer - 1).map(|below| below.h.view()),
            (Quantity::H, _) => self.blocks.get(layer).map(|block| block.h.view()),
            _ => None,
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> SelfAttentionTrace<f64> {
        SelfAttentionTrace {
            architecture: self.architecture,
            x: self.x.mapv(T::widen),
            lengths: self.lengths.clone(),
            embedded: self.embedded.mapv(T::widen),
            blocks: self.blocks.iter().map(BlockTrace::widened).collect(),
            y: self.y.mapv(T::widen),
        }
    }
}

/// What one block recorded on the way back; shapes as in [`BlockTrace`].
#[derive(Clone, Debug, PartialEq)]
pub struct BlockAdjoints<T> {
    /// ∂L/∂s, which is also the adjoint of what the attention adds to the block's input.
    pub d_sum: Array3<T>,
    /// ∂L/∂m.
    pub d_mixed: Array3<T>,
    /// ∂L/∂α; 0 where the mask hides a step.
    pub d_weights: Array4<T>,
    /// The adjoints of the products q · k.
    pub d_scores: Array4<T>,
    /// ∂L/∂q, ∂L/∂k and ∂L/∂v side by side.
    pub d_qkv: Array3<T>,
}

impl<T: Real> BlockAdjoints<T> {
    fn new(architecture: &SelfAttentionArchitecture, seq_len: usize, batch: usize) -> Self {
        let (width, heads) = (architecture.hidden_size, architecture.heads);
        let array = |width| Array3::from_elem((seq_len, batch, width), T::ZERO);
        let pairs = || Array4::from_elem((batch, heads, seq_len, seq_len), T::ZERO);
        Self {
            d_sum: array(width),
            d_mixed: array(width),
            d_weights: pairs(),
            d_scores: pairs(),
            d_qkv: array(3 * width),
        }
    }

    fn bytes(architecture: &SelfAttentionArchitecture, seq_len: usize, batch: usize) -> u128 {
        room::array::<T>(&[seq_len, batch, 5 * architecture.hidden_size])
            + 2 * room::array::<T>(&[batch, architecture.heads, seq_len, seq_len])
    }

    /// ∂L/∂q, `[seq_len, batch, width]`.
    pub fn d_q(&self) -> ArrayView3<'_, T> {
        part(&self.d_qkv, 0)
    }

    /// ∂L/∂k, `[seq_len, batch, width]`.
    pub fn d_k(&self) -> ArrayView3<'_, T> {
        part(&self.d_qkv, 1)
    }

    /// ∂L/∂v, `[seq_len, batch, width]`.
    pub fn d_v(&self) -> ArrayView3<'_, T> {
        part(&self.d_qkv, 2)
    }

    fn widened(&self) -> BlockAdjoints<f64> {
        BlockAdjoints {
            d_sum: self.d_sum.mapv(T::widen),
            d_mixed: self.d_mixed.mapv(T::widen),
            d_weights: self.d_weights.mapv(T::widen),
            d_scores: self.d_scores.mapv(T::widen),
            d_qkv: self.d_qkv.mapv(T::widen),
        }
    }
}

/// What the whole model recorded on its way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjoints<T> {
    /// The model that ran.
    pub architecture: SelfAttentionArchitecture,
    /// How much was kept.
    pub record: Record,
    /// ∂L/∂x, `[seq_len, batch, input_size]`; with [`Record::Training`] it holds no step.
    pub d_x: Array3<T>,
    /// ∂L/∂h of what each block reads, from the first block on, and last of what the last one hands on:
    /// `num_layers` + 1 arrays `[seq_len, batch, width]`.
    pub d_h: Vec<Array3<T>>,
    /// By layer, from the input up; with [`Record::Training`] a single one, which every block overwrites.
    pub blocks: Vec<BlockAdjoints<T>>,
    /// ∂L/∂y, the shape of [`SelfAttentionTrace::y`].
    pub d_y: Array3<T>,
}

impl<T: Real> Adjoints<T> {
    /// Room for a batch of `batch` sequences of `seq_len` steps.
    pub fn new(
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let (blocks, inputs) = Self::kept(architecture, seq_len, record);
        let block = |_| BlockAdjoints::new(architecture, seq_len, batch);
        let outputs = architecture.readout.steps(seq_len);
        Self {
            architecture: *architecture,
            record,
            d_x: array(inputs, architecture.input_size),
            d_h: (0..=architecture.num_layers)
                .map(|_| array(seq_len, architecture.hidden_size))
                .collect(),
            blocks: (0..blocks).map(block).collect(),
            d_y: array(outputs, architecture.output_size),
        }
    }

    /// How many blocks and how many steps of the input have adjoints.
    fn kept(
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        record: Record,
    ) -> (usize, usize) {
        match record {
            Record::Training => (1, 0),
            Record::Everything => (architecture.num_layers, seq_len),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> u128 {
        let array = |steps, width| room::array::<T>(&[steps, batch, width]);
        let (blocks, inputs) = Self::kept(architecture, seq_len, record);
        let outputs = architecture.readout.steps(seq_len);
        let states = (architecture.num_layers + 1) * architecture.hidden_size;
        array(inputs, architecture.input_size)
            + array(seq_len, states)
            + blocks as u128 * BlockAdjoints::<T>::bytes(architecture, seq_len, batch)
            + array(outputs, architecture.output_size)
    }

    /// The adjoint of what [`SelfAttentionTrace::get`] gives; `None` where only training's share was kept.
    pub fn get(&self, layer: usize, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        if self.record == Record::Training || layer >= self.architecture.num_layers {
            return None;
        }
        match (quantity, layer) {
            (Quantity::X, 0) => Some(self.d_x.view()),
            (Quantity::X, _) => Some(self.d_h[layer].view()),
            (Quantity::H, _) => Some(self.d_h[layer + 1].view()),
            _ => None,
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Adjoints<f64> {
        Adjoints {
            architecture: self.architecture,
            record: self.record,
            d_x: self.d_x.mapv(T::widen),
            d_h: self.d_h.iter().map(|d_h| d_h.mapv(T::widen)).collect(),
            blocks: self.blocks.iter().map(BlockAdjoints::widened).collect(),
            d_y: self.d_y.mapv(T::widen),
        }
    }
}
