//! Eigenvalues and singular values: what a matrix does to vectors when it is applied again and again.
//!
//! A recurrence multiplies the state by its recurrent weights W at every step, backpropagation by Wᵀ. The spectral radius
//! ρ(W) = max |λ| says how fast the powers Wᵏ grow or shrink in the long run; the largest singular value σ₁(W) ≥ ρ(W) is the
//! most that a single step can stretch a vector.
//!
//! Pascanu, Mikolov & Bengio (2013, "On the difficulty of training recurrent neural networks", ICML) bound what a step back
//! does to a gradient: ∂h_t/∂h_{t−1} = diag(φ′) W, so ‖∂h_t/∂h_{t−1}‖ ≤ γ σ₁(W) with γ the largest slope of φ. Below 1,
//! gradients *must* vanish; above 1, they *can* explode, but need not. The bound holds for Elman's network only: the gates'
//! own paths are not in it.

use super::decompose;
use crate::nn::recurrent::LayerWeights;
use crate::nn::{Cell, Quantity, Stop};
use ndarray::ArrayView2;

/// A matrix brought to a largest magnitude in [½, 1), row-major, and the power of two that was taken out.
///
/// Decompositions square their entries, which would overflow or vanish far from 1; a power of two changes no digit.
struct Scaled {
    values: Vec<f64>,
    exponent: i32,
}

impl Scaled {
    /// `None` if a value is not finite.
    fn new(matrix: ArrayView2<'_, f64>) -> Option<Self> {
        let mut largest = 0.0_f64;
        for value in &matrix {
            if !value.is_finite() {
                return None;
            }
            largest = largest.max(value.abs());
        }
        let (_, exponent) = libm::frexp(largest);
        let values = matrix.iter().map(|&x| libm::scalbn(x, -exponent)).collect();
        Some(Self { values, exponent })
    }
}

/// The singular values of a matrix `[rows, columns]`, largest first; none of an empty one.
///
/// `None` if an entry is not finite, or (not seen so far) if the iteration does not converge.
pub fn singular_values(matrix: ArrayView2<'_, f64>) -> Option<Vec<f64>> {
    let Scaled { values, exponent } = Scaled::new(matrix)?;
    let (rows, columns) = matrix.dim();
    let found = decompose::singular_values(values, rows, columns)?;
    let unscaled = |sigma| libm::scalbn(sigma, exponent);
    Some(found.into_iter().map(unscaled).collect())
}

/// The eigenvalues of a square matrix as (real part, imaginary part), largest modulus first, of a conjugate pair the one
/// above the real axis first.
///
/// `None` if the matrix is not square, an entry is not finite, or (not seen so far) the iteration does not converge.
pub fn eigenvalues(matrix: ArrayView2<'_, f64>) -> Option<Vec<(f64, f64)>> {
    let (rows, columns) = matrix.dim();
    if rows != columns {
        return None;
    }
    let Scaled { values, exponent } = Scaled::new(matrix)?;
    let unscaled = |x| libm::scalbn(x, exponent);
    let mut found: Vec<(f64, f64)> = decompose::eigenvalues(values, rows)?
        .into_iter()
        .map(|(re, im)| (unscaled(re), unscaled(im)))
        .collect();
    found.sort_by(|a, b| {
        modulus(*b)
            .total_cmp(&modulus(*a))
            .then(b.0.total_cmp(&a.0))
            .then(b.1.total_cmp(&a.1))
    });
    Some(found)
}

fn modulus((re, im): (f64, f64)) -> f64 {
    libm::hypot(re, im)
}

/// The largest modulus of some eigenvalues, ρ; 0 of none.
pub fn spectral_radius(eigenvalues: &[(f64, f64)]) -> f64 {
    eigenvalues.iter().copied().map(modulus).fold(0.0, f64::max)
}

/// A gate's block of the recurrent weights, `[hidden, hidden]`, and its spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentBlock {
    /// What the block computes; h in an Elman network.
    pub gate: Quantity,
    /// λ as (real part, imaginary part), largest modulus first; not there where the weights are not finite.
    pub eigenvalues: Option<Vec<(f64, f64)>>,
    /// σ, largest first; likewise.
    pub singular_values: Option<Vec<f64>>,
}

impl RecurrentBlock {
    /// ρ, the largest |λ|.
    pub fn spectral_radius(&self) -> Option<f64> {
        self.eigenvalues.as_deref().map(spectral_radius)
    }

    /// σ₁, the most that the block stretches any vector.
    pub fn largest_singular_value(&self) -> Option<f64> {
        self.singular_values.as_ref()?.first().copied()
    }
}

/// The spectrum of each block of a scan's `weight_hh`: W_hh, or W_hi, W_hf, … in PyTorch's order.
pub fn recurrent_blocks(cell: Cell, weights: LayerWeights<'_, f64>) -> Vec<RecurrentBlock> {
    recurrent_blocks_until(cell, weights, &Stop::default()).unwrap_or_default()
}

/// The same, given up with `None` between two decompositions once `stop` is asked.
pub fn recurrent_blocks_until(
    cell: Cell,
    weights: LayerWeights<'_, f64>,
    stop: &Stop,
) -> Option<Vec<RecurrentBlock>> {
    let gates = block_gates(cell);
    let hidden = weights.bias_hh.len() / gates.len();
    let matrices = weights.weight_hh.chunks_exact((hidden * hidden).max(1));
    let blocks = gates.iter().zip(matrices).map(|(&gate, matrix)| {
        let matrix = || {
            let matrix = ArrayView2::from_shape((hidden, hidden), matrix).ok();
            matrix.filter(|_| !stop.is_asked())
        };
        let block = RecurrentBlock {
            gate,
            eigenvalues: matrix().and_then(eigenvalues),
            singular_values: matrix().and_then(singular_values),
        };
        (!stop.is_asked()).then_some(block)
    });
    blocks.collect()
}

/// What the blocks of a cell's weights compute: its gates, or h itself.
pub(super) fn block_gates(cell: Cell) -> &'static [Quantity] {
    match cell.gates() {
        [] => &[Quantity::H],
        gates => gates,
    }
}

/// γ, the largest slope of an Elman cell's φ: 1 of tanh, of the rectifier and of none. `None` for a gated cell.
pub fn largest_slope(cell: Cell) -> Option<f64> {
    match cell {
        Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => Some(1.0),
        _ => None,
    }
}

/// Pascanu's bound γ σ₁(W_hh) on ‖∂h_t/∂h_{t−1}‖, given σ₁; `None` for a gated cell, where it does not hold.
pub fn pascanu_bound(cell: Cell, largest_singular_value: f64) -> Option<f64> {
    largest_slope(cell).map(|gamma| gamma * largest_singular_value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= tolerance, "{found:?} {expected:?}");
        }
    }

    fn close_pairs(found: &[(f64, f64)], expected: &[(f64, f64)], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            let distance = modulus((a.0 - b.0, a.1 - b.1));
            assert!(distance <= tolerance, "{found:?} {expected:?}");
        }
    }

    /// `np.linalg.svd` and `np.linalg.eigvals` of A[i, j] = sin(0.7 (5 i + j + 1)²), 5 × 5, numpy 2.4.6.
    #[test]
    fn spectra_agree_with_numpy() {
        let a = Array2::from_shape_fn((5, 5), |(i, j)| {
            libm::sin(0.7 * ((5 * i + j + 1) as f64).powi(2))
        });
        let singular = [
            2.0133333971591307,
            1.7515610989167034,
            1.3532666428419096,
            0.8124345924901681,
            0.6215649915980771,
        ];
        close(&singular_values(a.view()).unwrap(), &singular, 1e-14);
        let eigen = [
            (-0.3812496945776121, 1.3110451068775721),
            (-0.3812496945776121, -1.3110451068775721),
            (1.0260398268810622, 0.45969869986753514),
            (1.0260398268810622, -0.45969869986753514),
            (-1.0226669731554943, 0.0),
        ];
        let found = eigenvalues(a.view()).unwrap();
        close_pairs(&found, &eigen, 1e-13);
        assert!((spectral_radius(&found) - 1.3653536545097564).abs() < 1e-14);
        // Singular values do not care which way round a matrix lies.
        close(&singular_values(a.t()).unwrap(), &singular, 1e-14);
        let wide = a.slice(ndarray::s![..2, ..]);
        assert_eq!(singular_values(wide).unwrap().len(), 2);
    }

    #[test]
    fn a_rotation_has_its_angle_as_eigenvalues_and_stretches_nothing() {
        let (sin, cos) = (0.6, 0.8);
        let rotation = array![[0.0, 0.0, 1.0], [cos, -sin, 0.0], [sin, cos, 0.0]];
        close(&singular_values(rotation.view()).unwrap(), &[1.0; 3], 1e-15);
        let plane = array![[cos, -sin], [sin, cos]] * 0.9;
        let expected = [(0.72, 0.54), (0.72, -0.54)];
        close_pairs(&eigenvalues(plane.view()).unwrap(), &expected, 1e-15);
    }

    /// Those of a cyclic shift are the roots of unity: a matrix on which unlucky shifts never converge.
    #[test]
    fn a_cyclic_shift_has_the_roots_of_unity_as_eigenvalues() {
        let shift = Array2::from_shape_fn((8, 8), |(i, j)| f64::from(u8::from(i == (j + 1) % 8)));
        let found = eigenvalues(shift.view()).unwrap();
        for k in 0..8 {
            let (sin, cos) = libm::sincos(std::f64::consts::TAU * f64::from(k) / 8.0);
            let nearest = found.iter().map(|&(re, im)| modulus((re - cos, im - sin)));
            assert!(nearest.fold(1.0, f64::min) < 1e-14, "{k} {found:?}");
        }
    }

    /// A case in which a decomposition without care for zeros on the bidiagonal loses digits: a direct sum of a 2 × 2 block
    /// with singular values √5 ± 1 (σ₁σ₂ = |det| = 4, σ₁² + σ₂² = 12) and zeros.
    #[test]
    fn zero_rows_and_columns_only_add_zeros() {
        let mut a = Array2::<f64>::zeros((4, 4));
        (a[[1, 0]], a[[1, 3]], a[[3, 3]]) = (2.0, 2.0, 2.0);
        let root = libm::sqrt(5.0);
        let expected = [root + 1.0, root - 1.0, 0.0, 0.0];
        close(&singular_values(a.view()).unwrap(), &expected, 1e-15);
    }

    #[test]
    fn diagonal_matrices_of_any_size_are_read_off() {
        for size in [1.0, 1e-300, 1e300, 1e-310] {
            let mut a = Array2::<f64>::zeros((3, 3));
            (a[[0, 0]], a[[1, 1]], a[[2, 2]]) = (0.5 * size, -size, 0.25 * size);
            let sorted = [size, 0.5 * size, 0.25 * size];
            close(&singular_values(a.view()).unwrap(), &sorted, 1e-15 * size);
            let expected = [(-size, 0.0), (0.5 * size, 0.0), (0.25 * size, 0.0)];
            close_pairs(&eigenvalues(a.view()).unwrap(), &expected, 1e-15 * size);
        }
    }

    #[test]
    fn what_has_no_spectrum_has_none() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let a = array![[1.0, bad], [0.0, 1.0]];
            assert_eq!(singular_values(a.view()), None);
            assert_eq!(eigenvalues(a.view()), None);
        }
        let wide = Array2::<f64>::zeros((2, 3));
        assert_eq!(eigenvalues(wide.view()), None);
        let empty = Array2::<f64>::zeros((0, 0));
        assert_eq!(singular_values(empty.view()), Some(Vec::new()));
        assert_eq!(eigenvalues(empty.view()), Some(Vec::new()));
        assert_eq!(spectral_radius(&[]), 0.0);
        let zero = Array2::<f64>::zeros((2, 2));
        assert_eq!(singular_values(zero.view()), Some(vec![0.0; 2]));
    }

    #[test]
    fn the_bound_is_for_elman_cells_alone() {
        for cell in Cell::ALL {
            let elman = cell.gates().is_empty();
            assert_eq!(pascanu_bound(cell, 0.8), elman.then_some(0.8), "{cell:?}");
        }
    }
}
