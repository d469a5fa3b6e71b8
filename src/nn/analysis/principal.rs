//! Principal components: the directions in which points spread most (Pearson 1901; Hotelling 1933).
//!
//! With n points x and their mean m, C = Σ (x − m)(x − m)ᵀ / n. Component k is the unit vector v_k with C v_k = λ_k v_k,
//! λ_1 ≥ λ_2 ≥ …; λ_k is the variance along it, and λ_k / Σ λ its share of all variance. Its sign is free: here the entry of the
//! largest magnitude is positive, so that a picture does not turn over from one update to the next.
//!
//! Only the first few are wanted, so a block of vectors is multiplied by C again and again and made orthonormal, and C is
//! diagonalised within the space that they span (orthogonal iteration with a Rayleigh–Ritz step; Golub & Van Loan, "Matrix
//! Computations", § 8.2). The small symmetric matrix there is diagonalised by Jacobi's rotations (1846). Sums run in an order of
//! their own: the same bits everywhere.

use crate::nn::Stop;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// Beyond the components wanted so many are carried along, which makes them settle sooner.
const BESIDE: usize = 6;
/// At most so many multiplications of the block.
const ROUNDS: usize = 400;
/// A component has settled when ‖C v − λ v‖ is below this share of the largest variance.
const SETTLED: f64 = 1e-12;
/// Sweeps of Jacobi's rotations; six are usual.
const SWEEPS: usize = 40;

/// The directions in which points spread most.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// The mean of the points.
    pub mean: Array1<f64>,
    /// Unit vectors, one a row, those of the largest variance first; as many as were asked for, or as there are dimensions.
    pub components: Array2<f64>,
    /// The share of all variance along each; 0 where nothing varies.
    pub explained: Vec<f64>,
}

impl Principal {
    /// Where a point lies along each component, from the mean.
    pub fn coordinates(&self, point: ArrayView1<'_, f64>) -> Vec<f64> {
        let along = |component: ArrayView1<'_, f64>| {
            let terms = component.iter().zip(point).zip(&self.mean);
            terms.fold(0.0, |sum: f64, ((v, x), m)| v.mul_add(x - m, sum))
        };
        self.components.outer_iter().map(along).collect()
    }
}

/// The first `count` principal components of `points`, `[points, dimensions]`; `None` if there are no points, one is not finite, or
/// it was asked to stop.
pub fn principal(points: ArrayView2<'_, f64>, count: usize, stop: &Stop) -> Option<Principal> {
    let (n, dimensions) = points.dim();
    if n == 0 || dimensions == 0 || points.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mean = points.sum_axis(Axis(0)) / n as f64;
    let covariance = covariance(points, &mean, stop)?;
    let all: f64 = covariance.diag().sum();
    let count = count.min(dimensions);
    let block = (count + BESIDE).min(dimensions);
    // Any start does that is not at right angles to what is sought; this one is the same everywhere.
    let mut vectors = Array2::from_shape_fn((block, dimensions), |(row, at)| {
        libm::sin(1.0 + (row * dimensions + at) as f64 * 1.618)
    });
    orthonormalise(&mut vectors);
    let mut values = vec![0.0; block];
    for _ in 0..ROUNDS {
        if stop.is_asked() {
            return None;
        }
        let multiplied = multiply(&vectors, &covariance);
        // C within the space of the block, and its own directions there.
        let mut within = Array2::from_shape_fn((block, block), |(row, column)| {
            dot(vectors.row(row), multiplied.row(column))
        });
        let turned = diagonalise(&mut within);
        let mut order: Vec<usize> = (0..block).collect();
        order.sort_by(|&one, &other| within[[other, other]].total_cmp(&within[[one, one]]));
        values = order.iter().map(|&at| within[[at, at]].max(0.0)).collect();
        let turn = |of: &Array2<f64>| {
            Array2::from_shape_fn((block, dimensions), |(row, at)| {
                let column = turned.column(order[row]);
                dot(column, of.column(at))
            })
        };
        let (ritz, next) = (turn(&vectors), turn(&multiplied));
        let settled = (0..count).all(|k| {
            let both = next.row(k).into_iter().zip(ritz.row(k));
            let squares = both.fold(0.0, |sum: f64, (cv, v)| {
                let off = cv - values[k] * v;
                off.mul_add(off, sum)
            });
            libm::sqrt(squares) <= SETTLED * values[0]
        });
        vectors = ritz;
        if settled || block == dimensions {
            break;
        }
        vectors = next;
        orthonormalise(&mut vectors);
    }
    let mut components = vectors.slice(ndarray::s![..count, ..]).to_owned();
    for mut component in components.outer_iter_mut() {
        let largest = component.iter().copied();
        let largest = largest.reduce(|most, x| if x.abs() > most.abs() { x } else { most });
        if largest.is_some_and(|x| x < 0.0) {
            component.mapv_inplace(|x| -x);
        }
    }
    let share = |value: f64| if all > 0.0 { value / all } else { 0.0 };
    Some(Principal {
        mean,
        components,
        explained: values.into_iter().take(count).map(share).collect(),
    })
}

fn covariance(points: ArrayView2<'_, f64>, mean: &Array1<f64>, stop: &Stop) -> Option<Array2<f64>> {
    let (n, dimensions) = points.dim();
    let mut sums = Array2::<f64>::zeros((dimensions, dimensions));
    let mut centred = vec![0.0; dimensions];
    for point in points.outer_iter() {
        if stop.is_asked() {
            return None;
        }
        for (centred, (x, m)) in centred.iter_mut().zip(point.iter().zip(mean)) {
            *centred = x - m;
        }
        for (mut row, &x) in sums.outer_iter_mut().zip(&centred) {
            for (sum, &y) in row.iter_mut().zip(&centred) {
                *sum = x.mul_add(y, *sum);
            }
        }
    }
    Some(sums / n as f64)
}

fn dot(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> f64 {
    (x.iter().zip(y)).fold(0.0, |sum: f64, (x, y)| x.mul_add(*y, sum))
}

/// C v of every row v.
fn multiply(vectors: &Array2<f64>, matrix: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn(vectors.dim(), |(row, at)| {
        dot(vectors.row(row), matrix.row(at))
    })
}

/// Makes rows orthonormal, one after the other and twice, so that rounding leaves nothing; a row in which nothing is left becomes
/// the axis that the others leave most free.
fn orthonormalise(rows: &mut Array2<f64>) {
    let (count, dimensions) = rows.dim();
    for row in 0..count {
        let before = libm::sqrt(dot(rows.row(row), rows.row(row)));
        let mut left = take_away(rows, row);
        if left <= 1e-10 * before || left == 0.0 {
            let free = |axis: usize| -> f64 { (0..row).map(|of| rows[[of, axis]].powi(2)).sum() };
            let axis = (0..dimensions).min_by(|&one, &other| free(one).total_cmp(&free(other)));
            rows.row_mut(row).fill(0.0);
            rows[[row, axis.unwrap_or(0)]] = 1.0;
            left = take_away(rows, row);
        }
        rows.row_mut(row).mapv_inplace(|x| x / left);
    }
}

/// Takes away from a row what it has in common with those before it; the length of what is left.
fn take_away(rows: &mut Array2<f64>, row: usize) -> f64 {
    for _ in 0..2 {
        for of in 0..row {
            let along = dot(rows.row(of), rows.row(row));
            for at in 0..rows.ncols() {
                rows[[row, at]] -= along * rows[[of, at]];
            }
        }
    }
    libm::sqrt(dot(rows.row(row), rows.row(row)))
}

/// Diagonalises a small symmetric matrix in place by Jacobi's rotations; the columns of what is returned are its eigenvectors.
fn diagonalise(matrix: &mut Array2<f64>) -> Array2<f64> {
    let n = matrix.nrows();
    let mut vectors = Array2::<f64>::eye(n);
    for _ in 0..SWEEPS {
        let mut off = 0.0_f64;
        for p in 0..n {
            for q in p + 1..n {
                off = off.max(matrix[[p, q]].abs());
                if matrix[[p, q]] == 0.0 {
                    continue;
                }
                // The smaller of the two angles that make this entry 0.
                let theta = (matrix[[q, q]] - matrix[[p, p]]) / (2.0 * matrix[[p, q]]);
                let sign = if theta < 0.0 { -1.0 } else { 1.0 };
                let tan = sign / (theta.abs() + libm::hypot(theta, 1.0));
                let cos = 1.0 / libm::hypot(tan, 1.0);
                let sin = tan * cos;
                for k in 0..n {
                    let (a, b) = (matrix[[k, p]], matrix[[k, q]]);
                    (matrix[[k, p]], matrix[[k, q]]) = (cos * a - sin * b, sin * a + cos * b);
                }
                for k in 0..n {
                    let (a, b) = (matrix[[p, k]], matrix[[q, k]]);
                    (matrix[[p, k]], matrix[[q, k]]) = (cos * a - sin * b, sin * a + cos * b);
                    let (a, b) = (vectors[[k, p]], vectors[[k, q]]);
                    (vectors[[k, p]], vectors[[k, q]]) = (cos * a - sin * b, sin * a + cos * b);
                }
                (matrix[[p, q]], matrix[[q, p]]) = (0.0, 0.0);
            }
        }
        if off == 0.0 {
            break;
        }
    }
    vectors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use ndarray::array;

    fn of(points: &Array2<f64>, count: usize) -> Principal {
        principal(points.view(), count, &Stop::default()).unwrap()
    }

    /// On a line through (1, 2) along (3, 4) / 5 all variance is along that, and coordinates are distances.
    #[test]
    fn points_on_a_line_vary_along_it() {
        let points = Array2::from_shape_fn((5, 2), |(k, axis)| {
            [1.0, 2.0][axis] + (k as f64 - 2.0) * [0.6, 0.8][axis]
        });
        let found = of(&points, 2);
        assert!((found.explained[0] - 1.0).abs() < 1e-14 && found.explained[1].abs() < 1e-14);
        assert!((found.components[[0, 0]] - 0.6).abs() < 1e-14);
        assert!((found.components[[0, 1]] - 0.8).abs() < 1e-14);
        let last = found.coordinates(points.row(4));
        assert!(
            (last[0] - 2.0).abs() < 1e-14 && last[1].abs() < 1e-14,
            "{last:?}"
        );
    }

    /// `np.linalg.eigh` of the covariance (divided by n) of X[i, j] = sin(0.7 (5 i + j + 1)²), 8 × 5: what it says is held by what
    /// defines it, C v = λ v, with all five components; their variances add up to the trace.
    #[test]
    fn components_are_eigenvectors_of_the_covariance() {
        let points = Array2::from_shape_fn((8, 5), |(i, j)| {
            libm::sin(0.7 * ((5 * i + j + 1) as f64).powi(2))
        });
        let found = of(&points, 5);
        let covariance = covariance(points.view(), &found.mean, &Stop::default()).unwrap();
        let all = covariance.diag().sum();
        assert!((found.explained.iter().sum::<f64>() - 1.0).abs() < 1e-13);
        for (k, &share) in found.explained.iter().enumerate() {
            let v = found.components.row(k);
            for at in 0..5 {
                let off = dot(covariance.row(at), v) - share * all * v[at];
                assert!(off.abs() < 1e-14, "{k} {off}");
            }
        }
        assert!(found.explained.is_sorted_by(|one, other| one >= other));
    }

    /// With many dimensions the few that are found are those that all of them together would give: variances made to fall as 2⁻ᵏ
    /// along axes that are turned.
    #[test]
    fn the_first_of_many_are_the_largest() {
        let stream = &mut Stream::new(5, "principal");
        let mut axes = Array2::from_shape_fn((40, 40), |_| stream.uniform(-1.0, 1.0));
        orthonormalise(&mut axes);
        let mut points = Array2::<f64>::zeros((80, 40));
        for k in 0..40 {
            let far = libm::exp2(-0.5 * k as f64) * 40.0_f64.sqrt();
            for (sign, row) in [(1.0, 2 * k), (-1.0, 2 * k + 1)] {
                points.row_mut(row).assign(&(&axes.row(k) * (sign * far)));
            }
        }
        let found = of(&points, 2);
        let all: f64 = (0..40).map(|k| libm::exp2(-f64::from(k))).sum();
        for k in 0..2 {
            assert!((found.explained[k] - libm::exp2(-(k as f64)) / all).abs() < 1e-12);
            let along = dot(found.components.row(k), axes.row(k)).abs();
            assert!((along - 1.0).abs() < 1e-12, "{k} {along}");
        }
    }

    #[test]
    fn what_does_not_vary_has_no_share_and_bad_points_have_no_components() {
        let same = Array2::from_elem((4, 3), 0.25);
        let found = of(&same, 2);
        assert_eq!(found.explained, [0.0, 0.0]);
        assert_eq!(found.coordinates(same.row(0)), [0.0, 0.0]);
        for k in 0..2 {
            assert!((dot(found.components.row(k), found.components.row(k)) - 1.0).abs() < 1e-14);
        }
        let none = |points: Array2<f64>| principal(points.view(), 2, &Stop::default());
        assert_eq!(none(array![[1.0, f64::NAN]]), None);
        assert_eq!(none(Array2::zeros((0, 3))), None);
        let stop = Stop::default();
        stop.ask();
        assert_eq!(principal(same.view(), 2, &stop), None);
    }
}
