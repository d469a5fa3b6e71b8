//! Singular values: A = U Σ Vᵀ, so A V = U Σ: a rotation V of the columns of A makes them orthogonal, and their lengths are
//! the σ. One-sided Jacobi (Hestenes 1958, "Inversion of matrices by biorthogonalization and related results") finds it one
//! plane after another: of two columns x and y with cosine c = xᵀy / ‖x‖‖y‖ and r = ‖x‖ / ‖y‖ ≤ 1, the angle θ with
//!
//! ```text
//! tan θ = r τ,   τ = 2c / (1 − r² + √((1 − r²)² + (2cr)²)),
//! x ← cos θ x − sin θ y,   y ← cos θ y + sin θ x
//! ```
//!
//! makes xᵀy zero. Nothing is ever squared but cosines and ratios, so that columns of any lengths can be turned against each
//! other. Demmel & Veselić (1992, "Jacobi's method is more accurate than QR") prove that small singular values come out to
//! as many digits as large ones, if only the columns, each brought to length 1, are well conditioned. To get there, and in
//! fewer sweeps, the matrix is first made triangular, A P = Q R, by Householder reflections with column pivoting; the rows
//! of R are what is turned (Drmač & Veselić 2008, "New fast and accurate Jacobi SVD algorithm"). With the rows of A sorted
//! by size beforehand this keeps small rows as accurate as small columns (Cox & Higham 1998, "Stability of Householder QR
//! factorization for weighted least squares problems"; Higham 2000, "QR factorization with complete pivoting and accurate
//! computation of the SVD").
//!
//! Deviations:
//!
//! - A column of the Jacobi iteration carries its power of two beside it, and entries below 2⁻⁵⁰⁰ of its largest become
//!   zero: products stay clear of the subnormal numbers.
//! - Where r² is below rounding, y stays as it is, and x loses its share of y: a step of Gram & Schmidt.
//! - A rotation is written as what it changes, x ← x − (sin θ y + (1 − cos θ) x), after Rutishauser (1966, "The Jacobi
//!   method for real symmetric matrices"). The rounding of cos θ has a bias, which over the hundreds of rotations of each
//!   column of a 256 × 256 matrix adds up to a hundred times the rounding of a sum.
//! - Columns are sorted by length before each sweep instead of pivoted within it as by de Rijk (1989).

use super::{TINY, add_multiple, dot, largest, norm, reflector};

/// Sweeps of the Jacobi iteration before it is given up; up to eleven have been seen.
const MOST_SWEEPS: usize = 60;

/// The singular values of a row-major matrix of finite entries, min(`rows`, `columns`) of them, largest first.
///
/// `None` if they do not converge; not seen so far.
pub(in crate::nn::analysis) fn singular_values(
    values: Vec<f64>,
    rows: usize,
    columns: usize,
) -> Option<Vec<f64>> {
    let count = rows.min(columns);
    if count == 0 {
        return Some(Vec::new());
    }
    // Aᵀ has the same, and the columns of a tall matrix are fewer.
    let tall = if rows < columns {
        values.chunks_exact(columns).map(<[f64]>::to_vec).collect()
    } else {
        let column = |j: usize| values[j..].iter().step_by(columns).copied().collect();
        (0..columns).map(column).collect()
    };
    let triangle = triangular_rows(sorted_by_row_size(tall));
    let mut turned: Vec<Column> = triangle.into_iter().map(Column::new).collect();
    orthogonalise(&mut turned)?;
    let mut found: Vec<f64> = turned.iter().map(Column::length).collect();
    found.sort_by(|a, b| b.total_cmp(a));
    found.resize(count, 0.0);
    Some(found)
}

/// The same columns with their rows in another order: that with the largest entry first.
fn sorted_by_row_size(columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut sizes: Vec<(f64, usize)> = (0..columns.first().map_or(0, Vec::len))
        .map(|i| (largest(columns.iter().map(|column| &column[i])), i))
        .collect();
    sizes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let sort = |column: Vec<f64>| sizes.iter().map(|&(_, i)| column[i]).collect();
    columns.into_iter().map(sort).collect()
}

/// The rows of R in A P = Q R, as many as the rank; given the columns of A, no more of them than there are rows.
///
/// The column taken next is the one with most left of it, so that the diagonal of R falls.
fn triangular_rows(mut columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut rank = 0;
    while rank < columns.len() {
        let left = columns[rank..].iter().map(|column| norm(&column[rank..]));
        let (most, pivot) = (rank..).zip(left).fold((0.0, rank), |most, (j, length)| {
            if length > most.0 { (length, j) } else { most }
        });
        if most == 0.0 {
            break;
        }
        columns.swap(rank, pivot);
        let (taken, others) = columns.split_at_mut(rank + 1);
        let vector = &mut taken[rank][rank..];
        let (weight, image) = reflector(vector);
        for other in others {
            let other = &mut other[rank..];
            add_multiple(other, -weight * dot(vector, other), vector);
        }
        vector.fill(0.0);
        vector[0] = image;
        rank += 1;
    }
    (0..rank)
        .map(|i| columns.iter().map(|column| column[i]).collect())
        .collect()
}

/// A column `entries` · 2^`exponent`, with the largest entry about 1.
struct Column {
    entries: Vec<f64>,
    exponent: i32,
    /// That of the entries alone.
    norm: f64,
}

impl Column {
    fn new(entries: Vec<f64>) -> Self {
        let mut column = Self {
            entries,
            exponent: 0,
            norm: 0.0,
        };
        column.rescale();
        column
    }

    /// Brings the largest entry to [½, 1), and drops what is beyond rounding beside it.
    fn rescale(&mut self) {
        let (_, exponent) = libm::frexp(largest(&self.entries));
        for x in &mut self.entries {
            let scaled = libm::scalbn(*x, -exponent);
            *x = if scaled.abs() < TINY { 0.0 } else { scaled };
        }
        self.exponent += exponent;
        self.norm = libm::sqrt(dot(&self.entries, &self.entries));
    }

    fn length(&self) -> f64 {
        libm::scalbn(self.norm, self.exponent)
    }

    /// ‖self‖ / ‖other‖.
    fn ratio(&self, other: &Self) -> f64 {
        libm::scalbn(self.norm / other.norm, self.exponent - other.exponent)
    }

    /// Takes the norm anew, and the power of two if the column has shrunk.
    fn changed(&mut self) {
        self.norm = libm::sqrt(dot(&self.entries, &self.entries));
        if self.norm < 0.25 {
            self.rescale();
        }
    }
}

/// Turns columns until the cosine between any two of them is rounding.
fn orthogonalise(columns: &mut [Column]) -> Option<()> {
    let entries = columns.first().map_or(0, |column| column.entries.len());
    let rounding = 4.0 * f64::EPSILON * libm::sqrt(entries as f64);
    for _ in 0..MOST_SWEEPS {
        columns.sort_by(|a, b| b.length().total_cmp(&a.length()));
        let mut all_orthogonal = true;
        for i in 1..columns.len() {
            let (before, after) = columns.split_at_mut(i);
            for other in after {
                all_orthogonal &= !turn(&mut before[i - 1], other, rounding);
            }
        }
        if all_orthogonal {
            return Some(());
        }
    }
    None
}

/// Makes two columns orthogonal; whether they were not yet.
fn turn(x: &mut Column, y: &mut Column, rounding: f64) -> bool {
    if x.norm == 0.0 || y.norm == 0.0 {
        return false;
    }
    let cosine = dot(&x.entries, &y.entries) / (x.norm * y.norm);
    if cosine.abs() <= rounding {
        return false;
    }
    let ratio = x.ratio(y);
    if ratio <= 1.0 {
        turn_shorter(x, y, ratio, cosine);
    } else {
        turn_shorter(y, x, y.ratio(x), cosine);
    }
    true
}

/// The rotation of the module's head, x no longer than y.
fn turn_shorter(x: &mut Column, y: &mut Column, ratio: f64, cosine: f64) {
    let gap = (1.0 - ratio) * (1.0 + ratio);
    let across = 2.0 * cosine * ratio;
    let tau = 2.0 * cosine / (gap + libm::sqrt(gap * gap + across * across));
    // In terms of the entries, whose powers of two are apart: tan θ y = τ ‖x‖ y/‖y‖, tan θ x = r² τ ‖y‖ x/‖x‖.
    let into_x = -tau * (x.norm / y.norm);
    if ratio * ratio < 0.125 * f64::EPSILON {
        add_multiple(&mut x.entries, into_x, &y.entries);
    } else {
        let into_y = ratio * ratio * tau * (y.norm / x.norm);
        let tangent = ratio * tau;
        let cos = 1.0 / libm::sqrt(1.0 + tangent * tangent);
        let lost = tangent * cos * (tangent * cos) / (1.0 + cos);
        let (into_x, into_y) = (cos * into_x, cos * into_y);
        for (x, y) in x.entries.iter_mut().zip(&mut y.entries) {
            (*x, *y) = (
                *x + (into_x * *y - lost * *x),
                *y + (into_y * *x - lost * *y),
            );
        }
        y.changed();
    }
    x.changed();
}
