//! A decoder's attention over the encoder's outputs: how much of each source step to read now.
//!
//! With h_j what the encoder put out at step j, and s the decoder's state that asks, each sequence by itself:
//!
//! - additive (Bahdanau, Cho & Bengio 2014, "Neural machine translation by jointly learning to align and translate"):
//!   e_j = vᵀ tanh(W_s s + W_h h_j), where s is the state before the step, s_{t−1};
//! - dot product (Luong, Pham & Manning 2015, "Effective approaches to attention-based neural machine translation"):
//!   e_j = sᵀ h_j, where s is the state after it, s_t. It asks that both be equally wide;
//! - α = softmax(e) over the source's own steps, and
//! - the context a = Σ_j α_j h_j.
//!
//! As in the papers there are no biases. The keys W_h h_j do not depend on t and are computed once. α and e are 0 over
//! the source's padding; where the target has ended, α, e and a are 0.
//!
//! Back: ∂L/∂α_j = h_jᵀ ∂L/∂a, through the softmax to ∂L/∂e_j, and from there, with u_j = tanh(W_s s + W_h h_j),
//! ∂L/∂v = Σ ∂L/∂e_j u_j and ∂L/∂(W_s s + W_h h_j) = ∂L/∂e_j v ⊙ (1 − u_j²). What h_j gets as a value, Σ_t α_tj ∂L/∂a_t, and
//! as a key is summed after the loop over time.

use super::adjoint::Record;
use super::flat::{at, at_mut, flat, flat_mut};
use super::kernel::product::{Matrix, Size, Start, product};
use super::kernel::{Floor, Functions, Lane, Lanes, Pointwise, Real};
use super::linear::{self, Shape};
use super::{room, softmax};
use ndarray::Array3;

/// How a decoder reads the encoder's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attention {
    /// Not at all: it begins from the encoder's last states and has nothing else.
    None,
    /// Bahdanau's.
    Additive,
    /// Luong's.
    Dot,
}

impl Attention {
    /// All, in the order in which a learner meets them.
    pub const ALL: [Attention; 3] = [Attention::None, Attention::Additive, Attention::Dot];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Attention::None => "none",
            Attention::Additive => "additive",
            Attention::Dot => "dot",
        }
    }

    /// The attention called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The sizes of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Source steps.
    pub source_len: usize,
    /// Target steps.
    pub target_len: usize,
    /// Sequences.
    pub batch: usize,
    /// What the encoder puts out at each step.
    pub source: usize,
    /// The decoder's state.
    pub state: usize,
    /// The sum inside tanh (additive); 0 otherwise.
    pub inner: usize,
}

impl Sizes {
    /// How many source steps a step reads, and how wide each is.
    fn read(self, attention: Attention) -> (usize, usize) {
        match attention {
            Attention::None => (0, 0),
            Attention::Additive | Attention::Dot => (self.source_len, self.source),
        }
    }

    /// Of how many target steps what only everything's record holds is kept.
    fn kept(self, record: Record) -> usize {
        match record {
            Record::Training => 1,
            Record::Everything => self.target_len,
        }
    }
}

/// What attention recorded on the way forward. Without attention all widths are 0.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionTrace<T> {
    /// W_h h_j, `[source_len, batch, inner]` (additive).
    pub keys: Array3<T>,
    /// W_s s_{t−1}, `[target_len, batch, inner]` (additive).
    pub queries: Array3<T>,
    /// e, `[target_len, batch, source_len]`.
    pub scores: Array3<T>,
    /// α, `[target_len, batch, source_len]`.
    pub weights: Array3<T>,
    /// a, `[target_len, batch, source]`.
    pub context: Array3<T>,
}

impl<T: Real> AttentionTrace<T> {
    /// Room for it.
    pub fn new(attention: Attention, sizes: Sizes) -> Self {
        let Sizes {
            source_len,
            target_len,
            batch,
            ..
        } = sizes;
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let (keys, source) = sizes.read(attention);
        Self {
            keys: array(source_len, sizes.inner),
            queries: array(target_len, sizes.inner),
            scores: array(target_len, keys),
            weights: array(target_len, keys),
            context: array(target_len, source),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(attention: Attention, sizes: Sizes) -> u128 {
        let array = |steps, width| room::array::<T>(&[steps, sizes.batch, width]);
        let (keys, source) = sizes.read(attention);
        array(sizes.source_len, sizes.inner)
            + array(sizes.target_len, sizes.inner + 2 * keys + source)
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> AttentionTrace<f64> {
        AttentionTrace {
            keys: self.keys.mapv(T::widen),
            queries: self.queries.mapv(T::widen),
            scores: self.scores.mapv(T::widen),
            weights: self.weights.mapv(T::widen),
            context: self.context.mapv(T::widen),
        }
    }
}

/// What attention recorded on the way back; shapes as in [`AttentionTrace`].
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionAdjoints<T> {
    /// ∂L/∂(W_h h_j), all steps of the target together (additive).
    pub d_keys: Array3<T>,
    /// ∂L/∂(W_s s_{t−1}) (additive).
    pub d_queries: Array3<T>,
    /// ∂L/∂e.
    pub d_scores: Array3<T>,
    /// ∂L/∂α; with [`Record::Training`] it holds one step only.
    pub d_weights: Array3<T>,
    /// ∂L/∂a.
    pub d_context: Array3<T>,
}

impl<T: Real> AttentionAdjoints<T> {
    /// Room for it.
    pub fn new(attention: Attention, sizes: Sizes, record: Record) -> Self {
        let Sizes {
            source_len,
            target_len,
            batch,
            inner,
            ..
        } = sizes;
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let (keys, source) = sizes.read(attention);
        Self {
            d_keys: array(source_len, inner),
            d_queries: array(target_len, inner),
            d_scores: array(target_len, keys),
            d_weights: array(sizes.kept(record), keys),
            d_context: array(target_len, source),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(attention: Attention, sizes: Sizes, record: Record) -> u128 {
        let array = |steps, width| room::array::<T>(&[steps, sizes.batch, width]);
        let (keys, source) = sizes.read(attention);
        array(sizes.source_len, sizes.inner)
            + array(sizes.target_len, sizes.inner + keys + source)
            + array(sizes.kept(record), keys)
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> AttentionAdjoints<f64> {
        AttentionAdjoints {
            d_keys: self.d_keys.mapv(T::widen),
            d_queries: self.d_queries.mapv(T::widen),
            d_scores: self.d_scores.mapv(T::widen),
            d_weights: self.d_weights.mapv(T::widen),
            d_context: self.d_context.mapv(T::widen),
        }
    }
}

/// The parameters of additive attention, row-major; empty for the others.
#[derive(Clone, Copy)]
pub struct AttentionWeights<'a, T> {
    /// W_s, `[inner, state]`.
    pub query: &'a [T],
    /// W_h, `[inner, source]`.
    pub key: &'a [T],
    /// v, `[1, inner]`.
    pub score: &'a [T],
}

/// The gradients of [`AttentionWeights`].
pub struct AttentionGradients<'a, T> {
    /// ∂L/∂W_s.
    pub query: &'a mut [T],
    /// ∂L/∂W_h.
    pub key: &'a mut [T],
    /// ∂L/∂v.
    pub score: &'a mut [T],
}

/// What does not change from step to step, in the orientation that the products want.
#[derive(Clone, Debug)]
pub struct PreparedAttention<T> {
    /// By sequence the encoder's outputs transposed, `[batch, source, source_len]`.
    source_t: Vec<T>,
    /// By sequence the keys transposed, `[batch, inner, source_len]`.
    keys_t: Vec<T>,
    /// W_sᵀ, `[state, inner]`.
    query_t: Vec<T>,
    /// W_hᵀ, `[source, inner]`.
    key_t: Vec<T>,
    /// ∂L/∂v, gathered step by step.
    d_score: Vec<T>,
}

impl<T: Real> PreparedAttention<T> {
    /// Room for it.
    pub fn new(attention: Attention, sizes: Sizes) -> Self {
        let source = match attention {
            Attention::None => 0,
            Attention::Additive | Attention::Dot => sizes.source,
        };
        let zeros = |count| vec![T::ZERO; count];
        Self {
            source_t: zeros(sizes.batch * source * sizes.source_len),
            keys_t: zeros(sizes.batch * sizes.inner * sizes.source_len),
            query_t: zeros(sizes.inner * sizes.state),
            key_t: zeros(sizes.inner * sizes.source),
            d_score: zeros(sizes.inner),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(attention: Attention, sizes: Sizes) -> u128 {
        let (_, source) = sizes.read(attention);
        room::array::<T>(&[sizes.batch, source + sizes.inner, sizes.source_len])
            + room::array::<T>(&[sizes.inner, sizes.state + sizes.source + 1])
    }
}

/// An attention at work on a batch.
#[derive(Clone, Copy)]
pub struct Reader<'a, T> {
    /// What to compute on.
    pub lanes: Lanes,
    /// Additive or dot product; with neither there is nothing to read.
    pub attention: Attention,
    /// Its sizes.
    pub sizes: Sizes,
    /// Its parameters.
    pub weights: AttentionWeights<'a, T>,
    /// What the encoder put out, `[source_len, batch, source]`, 0 over padding.
    pub source: &'a Array3<T>,
    /// How many steps each source has.
    pub source_lengths: &'a [usize],
    /// How many steps each target has.
    pub target_lengths: &'a [usize],
    /// What scores are multiplied by before the softmax: 1; with 0 every step is looked at evenly. Forward only.
    pub sharpness: f64,
}

impl<T: Real> Reader<'_, T> {
    /// How many source steps sequence `b` reads at step `t` of its target.
    fn seen(&self, t: usize, b: usize) -> usize {
        if t < self.target_lengths[b] {
            self.source_lengths[b]
        } else {
            0
        }
    }

    /// s ↦ W_s s for a step.
    fn query_shape(&self) -> Shape {
        Shape {
            rows: self.sizes.batch,
            inputs: self.sizes.state,
            outputs: self.sizes.inner,
        }
    }

    /// h_j ↦ W_h h_j for all source steps.
    fn key_shape(&self) -> Shape {
        Shape {
            rows: self.sizes.source_len * self.sizes.batch,
            inputs: self.sizes.source,
            outputs: self.sizes.inner,
        }
    }

    /// The product of one row with a matrix.
    fn one_row(inner: usize, columns: usize, floor: Floor) -> Size {
        Size {
            rows: 1,
            inner,
            columns,
            floor,
        }
    }

    /// Before the first step: the keys, and everything turned round.
    pub fn prepare(&self, prepared: &mut PreparedAttention<T>, trace: &mut AttentionTrace<T>) {
        let source = flat(self.source);
        self.turn(source, self.sizes.source, &mut prepared.source_t);
        if self.attention == Attention::Additive {
            linear::transpose(
                self.query_shape(),
                self.weights.query,
                &mut prepared.query_t,
            );
            let (shape, key_t) = (self.key_shape(), &mut prepared.key_t);
            linear::transpose(shape, self.weights.key, key_t);
            let keys = flat_mut(&mut trace.keys);
            linear::forward(self.lanes, shape, key_t, Start::Zero, source, keys);
            self.turn(keys, self.sizes.inner, &mut prepared.keys_t);
        }
    }

    /// From `[source_len, batch, width]` to `[batch, width, source_len]`.
    fn turn(&self, from: &[T], width: usize, into: &mut [T]) {
        let Sizes {
            source_len, batch, ..
        } = self.sizes;
        for (row, into) in into.chunks_exact_mut(source_len).enumerate() {
            let (b, unit) = (row / width, row % width);
            for (j, value) in into.iter_mut().enumerate() {
                *value = from[(j * batch + b) * width + unit];
            }
        }
    }

    /// Step `t`: scores, weights and context from the states that ask, `[batch, state]`.
    pub fn read(
        &self,
        prepared: &mut PreparedAttention<T>,
        t: usize,
        states: &[T],
        trace: &mut AttentionTrace<T>,
    ) {
        let (lanes, sizes) = (self.lanes, self.sizes);
        let Sizes {
            source_len,
            batch,
            source: width,
            inner,
            ..
        } = sizes;
        let scores = at_mut(&mut trace.scores, t);
        // e.
        if self.attention == Attention::Additive {
            let (query_t, queries) = (&prepared.query_t, at_mut(&mut trace.queries, t));
            linear::forward(
                lanes,
                self.query_shape(),
                query_t,
                Start::Zero,
                states,
                queries,
            );
            for b in 0..batch {
                lanes.for_each_unit(AdditiveScores {
                    query: &queries[b * inner..][..inner],
                    keys_t: &prepared.keys_t[b * inner * source_len..][..inner * source_len],
                    score: self.weights.score,
                    scores: &mut scores[b * source_len..][..source_len],
                });
            }
        } else {
            for b in 0..batch {
                let state = Matrix::rows(&states[b * sizes.state..], sizes.state);
                let keys_t = &prepared.source_t[b * width * source_len..];
                let scores = &mut scores[b * source_len..];
                let size = Self::one_row(width, source_len, Floor::Value);
                product(
                    lanes,
                    size,
                    state,
                    keys_t,
                    source_len,
                    Start::Zero,
                    scores,
                    source_len,
                );
            }
        }
        for b in 0..batch {
            scores[b * source_len..][..source_len][self.seen(t, b)..].fill(T::ZERO);
        }
        // α = softmax(e).
        let weights = at_mut(&mut trace.weights, t);
        weights.copy_from_slice(scores);
        softmax::forward(
            lanes,
            source_len,
            self.sharpness,
            |b| self.seen(t, b),
            weights,
        );
        // a = Σ α h.
        let (source, context) = (flat(self.source), at_mut(&mut trace.context, t));
        for b in 0..batch {
            let weights = Matrix::rows(&weights[b * source_len..], source_len);
            let size = Self::one_row(source_len, width, Floor::Value);
            product(
                lanes,
                size,
                weights,
                &source[b * width..],
                batch * width,
                Start::Zero,
                &mut context[b * width..],
                width,
            );
        }
    }

    /// Before the last step back.
    pub fn begin_back(
        &self,
        prepared: &mut PreparedAttention<T>,
        adjoints: &mut AttentionAdjoints<T>,
    ) {
        prepared.d_score.fill(T::ZERO);
        adjoints.d_keys.fill(T::ZERO);
    }

    /// Step `t` back, from ∂L/∂a_t, which stands in `adjoints.d_context`: adds to `d_states` what the states that asked get.
    pub fn read_back(
        &self,
        prepared: &mut PreparedAttention<T>,
        t: usize,
        trace: &AttentionTrace<T>,
        record: Record,
        adjoints: &mut AttentionAdjoints<T>,
        d_states: &mut [T],
    ) {
        let (lanes, sizes) = (self.lanes, self.sizes);
        let Sizes {
            source_len,
            batch,
            source: width,
            inner,
            ..
        } = sizes;
        let kept = match record {
            Record::Training => 0,
            Record::Everything => t,
        };
        // a = Σ α h: ∂L/∂α_j = h_jᵀ ∂L/∂a.
        let d_context = at(&adjoints.d_context, t);
        let d_weights = at_mut(&mut adjoints.d_weights, kept);
        for b in 0..batch {
            let d_context = Matrix::rows(&d_context[b * width..], width);
            let source_t = &prepared.source_t[b * width * source_len..];
            let size = Self::one_row(width, source_len, Floor::Adjoint);
            product(
                lanes,
                size,
                d_context,
                source_t,
                source_len,
                Start::Zero,
                &mut d_weights[b * source_len..],
                source_len,
            );
        }
        // α = softmax(e).
        let d_scores = at_mut(&mut adjoints.d_scores, t);
        softmax::backward(
            lanes,
            source_len,
            1.0,
            |b| self.seen(t, b),
            at(&trace.weights, t),
            d_weights,
            d_scores,
        );
        // e.
        if self.attention == Attention::Additive {
            let (keys, queries) = (flat(&trace.keys), at(&trace.queries, t));
            let d_keys = flat_mut(&mut adjoints.d_keys);
            let d_queries = at_mut(&mut adjoints.d_queries, t);
            for b in 0..batch {
                lanes.for_each_unit(AdditiveScoresBackward {
                    query: &queries[b * inner..][..inner],
                    keys: &keys[b * inner..],
                    score: self.weights.score,
                    d_scores: &d_scores[b * source_len..][..self.seen(t, b)],
                    stride: batch * inner,
                    d_query: &mut d_queries[b * inner..][..inner],
                    d_keys: &mut d_keys[b * inner..],
                    d_score: &mut prepared.d_score,
                });
            }
            linear::backward(
                lanes,
                self.query_shape(),
                self.weights.query,
                d_queries,
                Start::Current,
                d_states,
            );
        } else {
            let source = flat(self.source);
            for b in 0..batch {
                let d_scores = Matrix::rows(&d_scores[b * source_len..], source_len);
                let size = Self::one_row(source_len, width, Floor::Adjoint);
                product(
                    lanes,
                    size,
                    d_scores,
                    &source[b * width..],
                    batch * width,
                    Start::Current,
                    &mut d_states[b * width..],
                    width,
                );
            }
        }
    }

    /// After the first step back: the parameters' gradients and, into `d_source`, what the encoder's outputs get from all steps.
    ///
    /// `asked` are the states that asked: those of t = 1, `[batch, state]`, and those of the steps after it.
    pub fn gradients(
        &self,
        prepared: &PreparedAttention<T>,
        asked: [&[T]; 2],
        trace: &AttentionTrace<T>,
        adjoints: &AttentionAdjoints<T>,
        gradients: AttentionGradients<'_, T>,
        d_source: &mut Array3<T>,
    ) {
        let (lanes, [first, later]) = (self.lanes, asked);
        let Sizes {
            batch,
            state,
            inner,
            ..
        } = self.sizes;
        // As values: Σ_t α_tj ∂L/∂a_t.
        let d_context = flat(&adjoints.d_context);
        self.spread(&trace.weights, d_context, Start::Zero, 0, d_source);
        if self.attention == Attention::Additive {
            let shape = self.key_shape();
            let d_keys = flat(&adjoints.d_keys);
            let source = flat(self.source);
            linear::gradients(lanes, shape, source, d_keys, gradients.key, None);
            let d_source = flat_mut(d_source);
            linear::backward(
                lanes,
                shape,
                self.weights.key,
                d_keys,
                Start::Current,
                d_source,
            );
            // ∂L/∂W_s = Σ_t ∂L/∂(W_s s) sᵀ.
            let (d_first, d_later) = flat(&adjoints.d_queries).split_at(batch * inner);
            for (states, d_queries, start) in [
                (first, d_first, Start::Zero),
                (later, d_later, Start::Current),
            ] {
                let size = Size {
                    rows: inner,
                    inner: d_queries.len() / inner,
                    columns: state,
                    floor: Floor::Adjoint,
                };
                let a = Matrix::transposed(d_queries, inner);
                product(lanes, size, a, states, state, start, gradients.query, state);
            }
            gradients.score.copy_from_slice(&prepared.d_score);
        } else {
            // As keys: Σ_t ∂L/∂e_tj s_t.
            let d_scores = &adjoints.d_scores;
            self.spread(d_scores, first, Start::Current, 0, d_source);
            self.spread(d_scores, later, Start::Current, 1, d_source);
        }
    }

    /// `d_source`_j ← `start` + Σ_t `shares`_tj `values`_t, from step `from` on, where the first row of `values` stands.
    fn spread(
        &self,
        shares: &Array3<T>,
        values: &[T],
        start: Start<'_, T>,
        from: usize,
        d_source: &mut Array3<T>,
    ) {
        let Sizes {
            source_len,
            batch,
            source: width,
            ..
        } = self.sizes;
        let shares = &flat(shares)[from * batch * source_len..];
        let d_source = flat_mut(d_source);
        let size = Size {
            rows: source_len,
            inner: values.len() / (batch * width),
            columns: width,
            floor: Floor::Adjoint,
        };
        for b in (0..batch).filter(|_| size.inner > 0) {
            let shares = Matrix {
                data: &shares[b * source_len..],
                row_stride: 1,
                column_stride: batch * source_len,
            };
            product(
                self.lanes,
                size,
                shares,
                &values[b * width..],
                batch * width,
                start,
                &mut d_source[b * width..],
                batch * width,
            );
        }
    }
}

/// e_j = vᵀ tanh(W_s s + W_h h_j) for one sequence; lanes run over j, each sums over v in order.
struct AdditiveScores<'a, T> {
    /// W_s s.
    query: &'a [T],
    /// W_h h_j transposed, `[inner, source_len]`.
    keys_t: &'a [T],
    /// v.
    score: &'a [T],
    /// Receives e.
    scores: &'a mut [T],
}

impl<T: Real> Pointwise for AdditiveScores<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.scores.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let mut sum = L::splat(token, T::ZERO);
        let keys = self.keys_t.chunks_exact(self.scores.len());
        for ((&query, &score), keys) in self.query.iter().zip(self.score).zip(keys) {
            let u = (L::splat(token, query) + L::load(token, &keys[unit..])).tanh();
            sum = L::splat(token, score).mul_add(u, sum);
        }
        sum.flush(Floor::Value).store(&mut self.scores[unit..]);
    }
}

/// The way back from [`AdditiveScores`]; lanes run over the units inside tanh, each sums over j in order.
struct AdditiveScoresBackward<'a, T> {
    /// W_s s.
    query: &'a [T],
    /// W_h h_j, `stride` from one j to the next.
    keys: &'a [T],
    /// v.
    score: &'a [T],
    /// ∂L/∂e, as many as the source has steps.
    d_scores: &'a [T],
    stride: usize,
    /// Receives ∂L/∂(W_s s).
    d_query: &'a mut [T],
    /// Gets its share of ∂L/∂(W_h h_j) added, `stride` from one j to the next.
    d_keys: &'a mut [T],
    /// Gets its share of ∂L/∂v added.
    d_score: &'a mut [T],
}

impl<T: Real> Pointwise for AdditiveScoresBackward<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.query.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let query = L::load(token, &self.query[unit..]);
        let score = L::load(token, &self.score[unit..]);
        let mut d_query = L::splat(token, T::ZERO);
        let mut d_score = L::load(token, &self.d_score[unit..]);
        for (j, &d_e) in self.d_scores.iter().enumerate() {
            let key = j * self.stride + unit;
            let u = (query + L::load(token, &self.keys[key..])).tanh();
            let d_e = L::splat(token, d_e);
            // e = vᵀ u.
            d_score = d_e.mul_add(u, d_score);
            // tanh′ = 1 − tanh².
            let d_u = (d_e * score).flush(Floor::Adjoint);
            let d_sum = d_u * (-u).mul_add(u, u.constant(1.0));
            let d_sum = d_sum.flush(Floor::Adjoint);
            d_query = d_query + d_sum;
            let d_key = L::load(token, &self.d_keys[key..]) + d_sum;
            d_key.flush(Floor::Adjoint).store(&mut self.d_keys[key..]);
        }
        d_query
            .flush(Floor::Adjoint)
            .store(&mut self.d_query[unit..]);
        d_score.store(&mut self.d_score[unit..]);
    }
}
