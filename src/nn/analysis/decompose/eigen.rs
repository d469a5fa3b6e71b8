//! Eigenvalues: similarity transformations S⁻¹ A S, which keep the λ, bring A to triangular form but for 2 × 2 blocks:
//!
//! - Rows or columns that are zero off the diagonal are set apart, and powers of two balance rows against columns (Parlett &
//!   Reinsch 1969, "Balancing a matrix for calculation of eigenvalues and eigenvectors").
//! - Reflections leave one diagonal below the main one: the Hessenberg form H.
//! - Steps of Francis (1961, 1962, "The QR transformation") drive that one to zero. A step is one of QR with the shifts s₁
//!   and s₂, the eigenvalues of the last 2 × 2 block: (H − s₁)(H − s₂) = Q R is real even if they are not, and H becomes
//!   Qᵀ H Q. Only the product's first column is formed; chasing the bulge it makes down the diagonal does the rest (Golub &
//!   Van Loan, "Matrix Computations", 4th ed. 2013, section 7.5).
//!
//! Deviations:
//!
//! - Balancing compares Euclidean lengths, diagonal and all (James, Langou & Lowery 2014, "On matrix balancing and
//!   eigenvector computation"): sums of magnitudes off the diagonal can make a Hessenberg matrix worse.
//! - An entry below the diagonal counts as zero only if its product with the one across does, too, against the difference
//!   of the two on the diagonal (Ahues & Tisseur 1997, "A new deflation criterion for the QR algorithm").
//! - Of a 2 × 2 block no rotation is formed, only its eigenvalues are.

use super::{add_multiple, dot, largest, norm, reflector};
use std::ops::{Index, IndexMut};

/// Francis steps per row of the matrix before it is given up; two or three for every split are usual.
const MOST_STEPS: usize = 60;

/// Every so many steps without result, a Francis step takes exceptional shifts.
const EXCEPTIONAL: usize = 10;

/// Parlett & Reinsch: a scaling is worth it if it takes 5 % off.
const WORTH_SCALING: f64 = 0.95;

/// The eigenvalues (real part, imaginary part) of a row-major `n` × `n` matrix of finite entries, in no order.
///
/// Of a real one the imaginary part is 0.0; of a pair both parts agree but for a sign. `None` if they do not converge; not
/// seen so far.
pub(in crate::nn::analysis) fn eigenvalues(values: Vec<f64>, n: usize) -> Option<Vec<(f64, f64)>> {
    let (alone, coupled) = set_apart(&values, n);
    let mut found: Vec<(f64, f64)> = alone.iter().map(|&k| (values[k * n + k], 0.0)).collect();
    let mut a = Square::zero(coupled.len());
    for (i, &row) in coupled.iter().enumerate() {
        for (j, &column) in coupled.iter().enumerate() {
            a[(i, j)] = values[row * n + column];
        }
    }
    balance(&mut a);
    let (_, exponent) = libm::frexp(largest(&a.entries));
    for x in &mut a.entries {
        *x = libm::scalbn(*x, -exponent);
    }
    reduce_to_hessenberg(&mut a);
    let unscaled = |x| libm::scalbn(x, exponent);
    for (re, im) in iterate(a)? {
        found.push((unscaled(re), unscaled(im)));
    }
    Some(found)
}

/// Which indices have nothing but zeros off the diagonal in their row or column, once those before are crossed out; and the
/// indices that are left.
///
/// The diagonal entries of the former are eigenvalues, exactly. Of a triangular matrix, its indices permuted or not, that
/// is all.
fn set_apart(values: &[f64], n: usize) -> (Vec<usize>, Vec<usize>) {
    let mut alone = Vec::new();
    let mut left: Vec<usize> = (0..n).collect();
    let is_alone = |k: usize, left: &[usize]| {
        let mut others = left.iter().filter(|&&j| j != k);
        others.clone().all(|j| values[k * n + j] == 0.0) || others.all(|i| values[i * n + k] == 0.0)
    };
    while let Some(at) = left.iter().position(|&k| is_alone(k, &left)) {
        alone.push(left.remove(at));
    }
    (alone, left)
}

/// A square matrix, row-major, with one row and column of zeros after its last: an edge that a reflection of three
/// coordinates may touch where only two are left.
struct Square {
    size: usize,
    entries: Vec<f64>,
}

impl Square {
    fn zero(size: usize) -> Self {
        let entries = vec![0.0; (size + 1) * (size + 1)];
        Self { size, entries }
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.entries[i * (self.size + 1)..][..=self.size]
    }

    fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.entries[i * (self.size + 1)..][..=self.size]
    }
}

impl Index<(usize, usize)> for Square {
    type Output = f64;

    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        &self.entries[i * (self.size + 1) + j]
    }
}

impl IndexMut<(usize, usize)> for Square {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        &mut self.entries[i * (self.size + 1) + j]
    }
}

/// D⁻¹ A D with D a diagonal of powers of two, such that row and column k are about equally long for every k.
///
/// Rounding is relative to the largest entries; this makes them smaller, and rounds nothing itself.
fn balance(a: &mut Square) {
    let mut changed = true;
    while changed {
        changed = false;
        for k in 0..a.size {
            let column: Vec<f64> = (0..a.size).map(|i| a[(i, k)]).collect();
            let (c, r) = (norm(&column), norm(a.row(k)));
            // c 2^e and r 2^−e are closest at 2^e = √(r/c).
            let e = (libm::frexp(r).1 - libm::frexp(c).1) / 2;
            let scaled = libm::scalbn(c, e) + libm::scalbn(r, -e);
            if scaled < WORTH_SCALING * (c + r) {
                changed = true;
                for i in 0..a.size {
                    a[(i, k)] = libm::scalbn(a[(i, k)], e);
                }
                for x in a.row_mut(k) {
                    *x = libm::scalbn(*x, -e);
                }
            }
        }
    }
}

/// Qᵀ A Q with zeros below the first subdiagonal: column after column is reflected onto its first entry there.
fn reduce_to_hessenberg(a: &mut Square) {
    let n = a.size;
    for k in 1..n {
        let mut vector: Vec<f64> = (k..n).map(|i| a[(i, k - 1)]).collect();
        let (weight, image) = reflector(&mut vector);
        if weight == 0.0 {
            continue;
        }
        let mut sums = vec![0.0; n - k];
        for (i, &v) in (k..n).zip(&vector) {
            add_multiple(&mut sums, v, &a.row(i)[k..n]);
            a[(i, k - 1)] = 0.0;
        }
        a[(k, k - 1)] = image;
        for (i, &v) in (k..n).zip(&vector) {
            add_multiple(&mut a.row_mut(i)[k..n], -weight * v, &sums);
        }
        for i in 0..n {
            let row = &mut a.row_mut(i)[k..n];
            add_multiple(row, -weight * dot(row, &vector), &vector);
        }
    }
}

/// The eigenvalues of a Hessenberg matrix, split off at its lower end one or two at a time.
fn iterate(mut h: Square) -> Option<Vec<(f64, f64)>> {
    let mut found = Vec::with_capacity(h.size);
    let size = largest(&h.entries);
    let (mut end, mut steps) = (h.size, 0);
    let mut steps_left = MOST_STEPS * h.size;
    while end > 0 {
        let start = split(&mut h, end, size);
        if end - start > 2 {
            steps_left = steps_left.checked_sub(1)?;
            steps += 1;
            let shifts = shifts(&h, end, steps);
            francis_step(&mut h, start, end, shifts);
            continue;
        }
        if end - start == 2 {
            found.extend(pair(block(&h, start)));
        } else {
            found.push((h[(start, start)], 0.0));
        }
        (end, steps) = (start, 0);
    }
    Some(found)
}

/// The 2 × 2 block that begins at a diagonal entry.
fn block(h: &Square, k: usize) -> [f64; 4] {
    [h[(k, k)], h[(k, k + 1)], h[(k + 1, k)], h[(k + 1, k + 1)]]
}

/// Where the last block begins that no negligible subdiagonal entry divides; the one above it is made zero.
fn split(h: &mut Square, end: usize, size: f64) -> usize {
    for k in (1..end).rev() {
        if is_negligible(block(h, k - 1), size) {
            h[(k, k - 1)] = 0.0;
            return k;
        }
    }
    0
}

/// Whether zero in place of `below` changes no eigenvalue by more than rounding does.
///
/// Without it they move by about below · across / gap, or by √(below · across) where that is less.
fn is_negligible([above, across, below, here]: [f64; 4], size: f64) -> bool {
    let diagonal = above.abs() + here.abs();
    let against = if diagonal == 0.0 { size } else { diagonal };
    let gap = (above - here).abs();
    let product = (below * (across / against)).abs();
    let most = (here.abs() * (gap / against)).max(f64::EPSILON * against);
    let is_small = below.abs() <= f64::EPSILON * against && product <= f64::EPSILON * most;
    is_small || below.abs() <= f64::MIN_POSITIVE / f64::EPSILON * size
}

/// A 2 × 2 block whose eigenvalues are the shifts: the last one, or one of that size where this has not helped.
///
/// An orthogonal matrix can be left as it is by steps with its own shifts. The exceptional ones (Martin, Peters & Wilkinson
/// 1970, "The QR algorithm for real Hessenberg matrices") have s₁ + s₂ = 1.5 w, s₁ s₂ = w².
fn shifts(h: &Square, end: usize, steps: usize) -> [f64; 4] {
    if !steps.is_multiple_of(EXCEPTIONAL) {
        return block(h, end - 2);
    }
    let w = h[(end - 1, end - 2)].abs() + h[(end - 2, end - 3)].abs();
    [0.75 * w, -0.4375 * w, w, 0.75 * w]
}

/// One double step on the block `start`..`end` (at least three): Qᵀ H Q for the Q of (H − s₁)(H − s₂) = Q R.
fn francis_step(h: &mut Square, start: usize, end: usize, [a, b, c, d]: [f64; 4]) {
    let [above, across, below, here] = block(h, start);
    // (H − s₁)(H − s₂) e₁ = H² e₁ − (a + d) H e₁ + (ad − bc) e₁, divided by the first subdiagonal entry.
    let mut vector = [
        (above - a) * ((above - d) / below) - b * (c / below) + across,
        (above - a) + (here - d),
        h[(start + 2, start + 1)],
    ];
    for k in start..end - 1 {
        if k > start {
            // The bulge; of its last place, what is in the third row is zero already.
            vector = [0, 1, 2].map(|i| h[(k + i, k - 1)]);
        }
        let (weight, image) = reflector(&mut vector);
        if k > start {
            (h[(k, k - 1)], h[(k + 1, k - 1)], h[(k + 2, k - 1)]) = (image, 0.0, 0.0);
        }
        reflect_rows(h, k, end, vector, weight);
        for i in start..end.min(k + 4) {
            let row = &mut h.row_mut(i)[k..k + 3];
            let sum = row[0] + vector[1] * row[1] + vector[2] * row[2];
            add_multiple(row, -weight * sum, &vector);
        }
    }
}

/// Reflects the three rows from `k` on, as far as column `end`.
fn reflect_rows(h: &mut Square, k: usize, end: usize, [_, v, w]: [f64; 3], weight: f64) {
    let stride = h.size + 1;
    let (first, rest) = h.entries[k * stride..].split_at_mut(stride);
    let (second, third) = rest.split_at_mut(stride);
    let rows = first[k..end].iter_mut().zip(&mut second[k..end]);
    for ((x, y), z) in rows.zip(&mut third[k..end]) {
        let sum = weight * (*x + v * *y + w * *z);
        *x -= sum;
        *y -= sum * v;
        *z -= sum * w;
    }
}

/// The eigenvalues of a 2 × 2 block: with p = (a − d)/2, they are d + p ± √(p² + bc).
fn pair([a, b, c, d]: [f64; 4]) -> [(f64, f64); 2] {
    let p = 0.5 * (a - d);
    let (_, exponent) = libm::frexp(largest(&[p, b, c]));
    let [p, b, c] = [p, b, c].map(|x| libm::scalbn(x, -exponent));
    let unscaled = |x| libm::scalbn(x, exponent);
    let square = p * p + b * c;
    let root = libm::sqrt(square.abs());
    if square < 0.0 {
        let (re, im) = (d + unscaled(p), unscaled(root));
        return [(re, im), (re, -im)];
    }
    // p and the root are added with the same sign; the other λ − d follows from (λ₁ − d)(λ₂ − d) = −bc.
    let further = if p < 0.0 { p - root } else { p + root };
    let nearer = if further == 0.0 {
        0.0
    } else {
        -b * (c / further)
    };
    [(d + unscaled(further), 0.0), (d + unscaled(nearer), 0.0)]
}
