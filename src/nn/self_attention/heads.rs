//! The attention of one block: from q, k and v to the weights α and the mixed values m, and back.
//!
//! Heads lie side by side in the width, so each is a matrix `[seq_len, d′]` with a stride; nothing is copied but the keys on
//! the way forward and the values on the way back, which the products want transposed.

use super::super::flat::{flat, flat_mut};
use super::super::kernel::Floor;
use super::super::kernel::product::{Matrix, Size, Start, product};
use super::super::stop::Stop;
use super::super::{Lanes, Real, softmax};
use super::{BlockAdjoints, BlockTrace, SelfAttentionArchitecture};
use std::ops::Range;

/// The sizes of the attention of one block, and where its heads lie.
#[derive(Clone, Copy)]
pub(super) struct Heads<'a> {
    seq_len: usize,
    batch: usize,
    heads: usize,
    /// d′.
    size: usize,
    causal: bool,
    lengths: &'a [usize],
    stop: &'a Stop,
}

impl<'a> Heads<'a> {
    pub fn new(
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        lengths: &'a [usize],
        stop: &'a Stop,
    ) -> Self {
        Self {
            seq_len,
            batch: lengths.len(),
            heads: architecture.heads,
            size: architecture.head_size(),
            causal: architecture.causal,
            lengths,
            stop,
        }
    }

    fn width(&self) -> usize {
        self.heads * self.size
    }

    /// 1 / √d′.
    fn scale(&self) -> f64 {
        1.0 / libm::sqrt(self.size as f64)
    }

    /// How many steps, from the first, a row of the weights sees.
    fn seen(&self, row: usize) -> usize {
        let (t, sequence) = (row % self.seq_len, row / self.seq_len / self.heads);
        let length = self.lengths[sequence];
        if t >= length {
            0
        } else if self.causal {
            t + 1
        } else {
            length
        }
    }

    /// Where a head of part `part` of `[seq_len, batch, parts · width]` begins.
    fn start(&self, parts: usize, part: usize, b: usize, head: usize) -> usize {
        (b * parts + part) * self.width() + head * self.size
    }

    /// How far apart the steps of `[seq_len, batch, parts · width]` lie.
    fn stride(&self, parts: usize) -> usize {
        self.batch * parts * self.width()
    }

    /// A head of `[seq_len, batch, parts · width]` as a matrix, `[seq_len, d′]`.
    fn matrix<'m, T>(
        &self,
        of: &'m [T],
        parts: usize,
        part: usize,
        b: usize,
        head: usize,
    ) -> Matrix<'m, T> {
        Matrix {
            data: &of[self.start(parts, part, b, head)..],
            row_stride: self.stride(parts),
            column_stride: 1,
        }
    }

    /// Writes the transpose of a head of q, k or v, `[d′, seq_len]`.
    fn transpose<T: Copy>(&self, qkv: &[T], part: usize, b: usize, head: usize, into: &mut [T]) {
        let from = self.matrix(qkv, 3, part, b, head);
        for (unit, row) in into.chunks_exact_mut(self.seq_len).enumerate() {
            for (t, value) in row.iter_mut().enumerate() {
                *value = from.data[t * from.row_stride + unit];
            }
        }
    }

    /// The rows of a head's `[seq_len, seq_len]` within `[batch, heads, seq_len, seq_len]`.
    fn pairs(&self, b: usize, head: usize) -> Range<usize> {
        let size = self.seq_len * self.seq_len;
        let start = (b * self.heads + head) * size;
        start..start + size
    }

    /// `[seq_len, d′]` times `[d′, seq_len]`.
    fn to_pairs(self, floor: Floor) -> Size {
        Size {
            rows: self.seq_len,
            inner: self.size,
            columns: self.seq_len,
            floor,
        }
    }

    /// `[seq_len, seq_len]` times `[seq_len, d′]`.
    fn to_steps(self, floor: Floor) -> Size {
        Size {
            rows: self.seq_len,
            inner: self.seq_len,
            columns: self.size,
            floor,
        }
    }

    /// α and m from q, k and v. `head_t` is room for `[d′, seq_len]`.
    pub fn forward<T: Real>(
        self,
        lanes: Lanes,
        qkv: &[T],
        head_t: &mut [T],
        weights: &mut [T],
        mixed: &mut [T],
    ) {
        let seq_len = self.seq_len;
        for (b, head) in self.each() {
            // q kᵀ.
            self.transpose(qkv, 1, b, head, head_t);
            let q = self.matrix(qkv, 3, 0, b, head);
            let scores = &mut weights[self.pairs(b, head)];
            let size = self.to_pairs(Floor::Value);
            product(
                lanes,
                size,
                q,
                head_t,
                seq_len,
                Start::Zero,
                scores,
                seq_len,
            );
        }
        softmax::forward(lanes, seq_len, self.scale(), |row| self.seen(row), weights);
        for (b, head) in self.each() {
            // α v.
            let a = Matrix::rows(&weights[self.pairs(b, head)], seq_len);
            let v = &qkv[self.start(3, 2, b, head)..];
            let m = &mut mixed[self.start(1, 0, b, head)..];
            let size = self.to_steps(Floor::Value);
            let (from, to) = (self.stride(3), self.stride(1));
            product(lanes, size, a, v, from, Start::Zero, m, to);
        }
    }

    /// From ∂L/∂m to ∂L/∂α, the scores' adjoints and ∂L/∂q, ∂L/∂k, ∂L/∂v: the reverse of [`forward`](Self::forward).
    pub fn backward<T: Real>(
        self,
        lanes: Lanes,
        trace: &BlockTrace<T>,
        head_t: &mut [T],
        adjoints: &mut BlockAdjoints<T>,
    ) {
        let seq_len = self.seq_len;
        let (qkv, weights) = (flat(&trace.qkv), flat(&trace.weights));
        let d_mixed = flat(&adjoints.d_mixed);
        let d_weights = flat_mut(&mut adjoints.d_weights);
        let d_scores = flat_mut(&mut adjoints.d_scores);
        let d_qkv = flat_mut(&mut adjoints.d_qkv);
        for (b, head) in self.each() {
            // m = α v: ∂L/∂α = ∂L/∂m vᵀ.
            self.transpose(qkv, 2, b, head, head_t);
            let d_m = self.matrix(d_mixed, 1, 0, b, head);
            let d_a = &mut d_weights[self.pairs(b, head)];
            let size = self.to_pairs(Floor::Adjoint);
            product(lanes, size, d_m, head_t, seq_len, Start::Zero, d_a, seq_len);
        }
        softmax::backward(
            lanes,
            seq_len,
            self.scale(),
            |row| self.seen(row),
            weights,
            d_weights,
            d_scores,
        );
        let size = self.to_steps(Floor::Adjoint);
        let (from, to) = (self.stride(3), self.stride(3));
        for (b, head) in self.each() {
            let pairs = self.pairs(b, head);
            // m = α v: ∂L/∂v = αᵀ ∂L/∂m.
            let a = Matrix::transposed(&weights[pairs.clone()], seq_len);
            let d_m = &d_mixed[self.start(1, 0, b, head)..];
            let d_v = &mut d_qkv[self.start(3, 2, b, head)..];
            product(lanes, size, a, d_m, self.stride(1), Start::Zero, d_v, to);
            // The score is q · k: each one's adjoint is the other times the score's.
            let a = Matrix::rows(&d_scores[pairs.clone()], seq_len);
            let k = &qkv[self.start(3, 1, b, head)..];
            let d_q = &mut d_qkv[self.start(3, 0, b, head)..];
            product(lanes, size, a, k, from, Start::Zero, d_q, to);
            let a = Matrix::transposed(&d_scores[pairs], seq_len);
            let q = &qkv[self.start(3, 0, b, head)..];
            let d_k = &mut d_qkv[self.start(3, 1, b, head)..];
            product(lanes, size, a, q, from, Start::Zero, d_k, to);
        }
    }

    /// Every head of every sequence, as long as nobody asks to stop.
    fn each(self) -> impl Iterator<Item = (usize, usize)> {
        let all = (0..self.batch).flat_map(move |b| (0..self.heads).map(move |head| (b, head)));
        all.take_while(move |_| !self.stop.is_asked())
    }
}
