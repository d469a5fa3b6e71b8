//! Against closed forms, references with many digits, and what holds for every matrix.

use super::*;

/// Knuth's MMIX generator, mapped to [−1, 1).
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> f64 {
        let Self(state) = self;
        *state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (*state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Vec<f64> {
        (0..rows * columns).map(|_| self.next()).collect()
    }

    /// A product of reflections.
    fn orthogonal(&mut self, n: usize) -> Vec<f64> {
        let mut q = matrix(n, n, |i, j| f64::from(u8::from(i == j)));
        for _ in 0..n {
            let mut v = self.matrix(n, 1);
            let (weight, _) = reflector(&mut v);
            for row in q.chunks_exact_mut(n) {
                add_multiple(row, -weight * dot(row, &v), &v);
            }
        }
        q
    }
}

fn matrix(rows: usize, columns: usize, f: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..rows * columns)
        .map(|k| f(k / columns, k % columns))
        .collect()
}

fn transposed(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    matrix(columns, rows, |i, j| a[j * columns + i])
}

fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    matrix(n, n, |i, j| {
        (0..n).fold(0.0, |sum, k| sum + a[i * n + k] * b[k * n + j])
    })
}

/// That with `coefficients` c₀, c₁, … has xⁿ − c₀ xⁿ⁻¹ − c₁ xⁿ⁻² − … as characteristic polynomial.
fn companion(coefficients: &[f64]) -> Vec<f64> {
    matrix(coefficients.len(), coefficients.len(), |i, j| match i {
        0 => coefficients[j],
        _ => f64::from(u8::from(i == j + 1)),
    })
}

#[track_caller]
fn assert_singular(a: &[f64], rows: usize, columns: usize, expected: &[f64], relative: f64) {
    for (a, rows, columns) in [
        (a.to_vec(), rows, columns),
        (transposed(a, rows, columns), columns, rows),
    ] {
        let found = singular_values(a, rows, columns).unwrap();
        assert_eq!(found.len(), expected.len());
        for (x, y) in found.iter().zip(expected) {
            assert!((x - y).abs() <= relative * y, "{found:?} {expected:?}");
        }
    }
}

/// The largest distance of one of `a` to the nearest of `b` not taken yet.
fn distance(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    assert_eq!(a.len(), b.len());
    let (mut left, mut most) = (b.to_vec(), 0.0_f64);
    for x in a {
        let far = |y: &(f64, f64)| libm::hypot(x.0 - y.0, x.1 - y.1);
        let nearest = (0..left.len()).min_by(|&i, &j| far(&left[i]).total_cmp(&far(&left[j])));
        most = most.max(far(&left.swap_remove(nearest.unwrap())));
    }
    most
}

#[track_caller]
fn assert_eigen(a: &[f64], expected: &[(f64, f64)], tolerance: f64) {
    let n = expected.len();
    for a in [a.to_vec(), transposed(a, n, n)] {
        let found = eigenvalues(a, n).unwrap();
        assert!(distance(&found, expected) <= tolerance, "{found:?}");
        assert_pairs(&found);
    }
}

/// Every eigenvalue off the real axis stands beside its conjugate, bit for bit.
#[track_caller]
fn assert_pairs(found: &[(f64, f64)]) {
    let mut off_axis = found.iter().filter(|(_, im)| *im != 0.0);
    while let Some(&(re, im)) = off_axis.next() {
        assert_eq!(off_axis.next(), Some(&(re, -im)), "{found:?}");
    }
}

#[test]
fn singular_values_that_can_be_read_off() {
    assert_singular(&[], 0, 3, &[], 0.0);
    assert_singular(&[-0.7], 1, 1, &[0.7], 0.0);
    assert_singular(&[3.0, 0.0, -4.0], 1, 3, &[5.0], 0.0);
    assert_singular(&[0.0; 12], 3, 4, &[0.0; 3], 0.0);
    let shift = |i: usize, j: usize| f64::from(u8::from(i == (j + 1) % 9));
    assert_singular(&matrix(9, 9, shift), 9, 9, &[1.0; 9], 0.0);
    assert_singular(&matrix(9, 5, shift), 9, 5, &[1.0; 5], 0.0);
    // Zero columns and equal ones: 2 × 3 ones have √6 and 0.
    assert_singular(&[0.0, 2.0, 0.0, 0.0, 0.0, 0.5], 2, 3, &[2.0, 0.5], 0.0);
    let ones = singular_values(vec![1.0; 6], 2, 3).unwrap();
    assert!((ones[0] - libm::sqrt(6.0)).abs() < 1e-15 && ones[1] < 1e-15);
    for size in [1e-310, 1e-300, 1e-160, 1e160] {
        let diagonal = [size, 0.0, 0.0, -0.25 * size];
        assert_singular(&diagonal, 2, 2, &[size, 0.25 * size], 0.0);
    }
}

/// σ² of [[a, b], [c, d]] are half of s ± √(s² − 4 det²) with s = a² + b² + c² + d².
#[test]
fn singular_values_of_two_by_two() {
    let mut lcg = Lcg(1);
    for _ in 0..200 {
        let a = lcg.matrix(2, 2);
        let det = (a[0] * a[3] - a[1] * a[2]).abs();
        let s = dot(&a, &a);
        let first = libm::sqrt(0.5 * (s + libm::sqrt((s - 2.0 * det) * (s + 2.0 * det))));
        let found = singular_values(a, 2, 2).unwrap();
        assert!((found[0] - first).abs() < 1e-15 * first);
        assert!((found[1] - det / first).abs() < 1e-15 * first);
    }
}

/// python3 with mpmath 1.3.0, mp.dps = 60: `svd_r(matrix([[1 / (i + j + 1) for j in range(6)] for i in range(6)]),
/// compute_uv=False)`, the quotients as f64.
#[test]
fn singular_values_of_hilberts_matrix() {
    let expected = [
        1.618899858924339,
        0.24236087057520955,
        0.016321521319875826,
        0.0006157483541826453,
        1.2570757122637029e-5,
        1.082799484481101e-7,
    ];
    let hilbert = matrix(6, 6, |i, j| 1.0 / (i + j + 1) as f64);
    let found = singular_values(hilbert, 6, 6).unwrap();
    for (x, y) in found.iter().zip(&expected) {
        assert!((x - y).abs() < 1e-15, "{found:?}");
    }
}

/// Rows and columns of very different size; mpmath as above with mp.dps = 900, b = [[4, 1, 2], [1, 5, 3], [2, 1, 6]]:
/// `[[b[i][j] * mpf(2) ** (-200 * (2 * i % 3) - 150 * j) for j in range(3)] for i in range(3)]`.
#[test]
fn small_singular_values_have_all_digits() {
    let b = [4.0, 1.0, 2.0, 1.0, 5.0, 3.0, 2.0, 1.0, 6.0];
    let graded = matrix(3, 3, |i, j| {
        libm::scalbn(b[3 * i + j], -200 * (2 * i as i32 % 3) - 150 * j as i32)
    });
    let expected = [4.0, 2.1800754380841732e-106, 8.554912048328219e-210];
    assert_singular(&graded, 3, 3, &expected, 1e-15);
    // An orthogonal factor changes none: 1, 1e-50, 1e-100, …, in rows (and transposed in columns), in any order.
    let d = [1e-150, 1.0, 1e-250, 1e-100, 1e-300, 1e-200, 1e-50];
    let sorted = [1.0, 1e-50, 1e-100, 1e-150, 1e-200, 1e-250, 1e-300];
    for seed in 0..50 {
        let q = Lcg(seed).orthogonal(7);
        let graded = matrix(7, 7, |i, j| d[i] * q[7 * i + j]);
        assert_singular(&graded, 7, 7, &sorted, 1e-14);
    }
}

/// mpmath's `svd_r` (mp.dps = 60) of the same product, made by the same sums: a = matrix · a, 60 matrices of `Lcg(60)`.
#[test]
fn singular_values_of_a_long_product() {
    let expected = [
        599635562583.6465,
        73171010563.29054,
        34118558.42363879,
        1330151.7467022187,
        11.596740995793377,
        5.9289000603736714e-5,
        1.7451951154411322e-5,
        2.609899236407281e-7,
    ];
    let mut lcg = Lcg(60);
    let mut a = lcg.matrix(8, 8);
    for _ in 1..60 {
        a = product(&lcg.matrix(8, 8), &a, 8);
    }
    let found = singular_values(a, 8, 8).unwrap();
    for (x, y) in found.iter().zip(&expected) {
        assert!((x - y).abs() < 1e-15 * expected[0], "{found:?}");
    }
    // A hundred matrices of condition 1000: what is below rounding is small, and a number.
    let mut a = lcg.orthogonal(8);
    for _ in 0..100 {
        let q = lcg.orthogonal(8);
        let factor = matrix(8, 8, |i, j| {
            q[8 * i + j] * libm::exp10(-3.0 / 7.0 * i as f64)
        });
        a = product(&factor, &a, 8);
    }
    let found = singular_values(a, 8, 8).unwrap();
    assert!(found.iter().all(|x| x.is_finite()) && found[7] < 1e-15 * found[0]);
}

#[test]
fn eigenvalues_that_can_be_read_off() {
    assert_eigen(&[], &[], 0.0);
    assert_eigen(&[-0.7], &[(-0.7, 0.0)], 0.0);
    assert_eigen(&[0.0; 9], &[(0.0, 0.0); 3], 0.0);
    assert_eigen(&[0.5, 1.0, 0.0, -0.25], &[(0.5, 0.0), (-0.25, 0.0)], 0.0);
    let mut lcg = Lcg(2);
    let a = lcg.matrix(12, 12);
    let upper = matrix(12, 12, |i, j| if i <= j { a[12 * i + j] } else { 0.0 });
    let diagonal: Vec<_> = (0..12).map(|i| (a[13 * i], 0.0)).collect();
    assert_eigen(&upper, &diagonal, 0.0);
    // The same with its indices permuted; strictly triangular, it is nilpotent.
    let at = |i: usize| 5 * i % 12;
    let permuted = matrix(12, 12, |i, j| upper[12 * at(i) + at(j)]);
    assert_eigen(&permuted, &diagonal, 0.0);
    let strictly = matrix(12, 12, |i, j| if i < j { a[12 * i + j] } else { 0.0 });
    assert_eigen(&strictly, &[(0.0, 0.0); 12], 0.0);
}

#[test]
fn eigenvalues_of_two_by_two() {
    let rotation = [0.8, -0.6, 0.6, 0.8];
    assert_eigen(&rotation, &[(0.8, 0.6), (0.8, -0.6)], 1e-16);
    // Nothing cancels: λ² − λ − 1e-20 = 0.
    let found = eigenvalues(vec![1.0, 1e-10, 1e-10, 0.0], 2).unwrap();
    assert_eq!(found[0].0, 1.0);
    assert!((found[1].0 / -1e-20 - 1.0).abs() < 1e-15, "{found:?}");
    // Balanced, squares neither overflow nor vanish.
    assert_eigen(
        &[0.0, 1.0, 1e-300, 0.0],
        &[(1e-150, 0.0), (-1e-150, 0.0)],
        1e-165,
    );
    assert_eigen(
        &[0.0, -1e-200, 1e-200, 0.0],
        &[(0.0, 1e-200), (0.0, -1e-200)],
        0.0,
    );
    // λ of a Jordan block move by the root of a change.
    assert_eigen(
        &[0.5, 1.0, 1e-14, 0.5],
        &[(0.5 + 1e-7, 0.0), (0.5 - 1e-7, 0.0)],
        1e-15,
    );
}

#[test]
fn eigenvalues_of_companion_matrices() {
    // (x − 1)(x − 2)(x − 3)(x² + 1) = x⁵ − 6x⁴ + 12x³ − 12x² + 11x − 6
    let roots = [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
    assert_eigen(&companion(&[6.0, -12.0, 12.0, -11.0, 6.0]), &roots, 1e-13);
    // xⁿ = 1, a cyclic shift, and xⁿ = −1.
    for n in 3..40 {
        for (sign, offset) in [(1.0, 0.0), (-1.0, 0.5)] {
            let mut coefficients = vec![0.0; n];
            coefficients[n - 1] = sign;
            let root = |k: usize| {
                let angle = std::f64::consts::TAU * (k as f64 + offset) / n as f64;
                (libm::cos(angle), libm::sin(angle))
            };
            let roots: Vec<_> = (0..n).map(root).collect();
            assert_eigen(&companion(&coefficients), &roots, 1e-14);
        }
    }
}

/// The skew-symmetric ±1 beside the diagonal has ±2i cos(kπ/(n + 1)); a Jordan block perturbed by ε in its corner has
/// λ + ε^(1/n) times the roots of unity.
#[test]
fn eigenvalues_of_skew_and_of_nearly_defective_matrices() {
    let beside = |i: usize, j: usize| match (i + 1 == j, j + 1 == i) {
        (true, _) => 1.0,
        (_, true) => -1.0,
        _ => 0.0,
    };
    let angle = |k: usize| std::f64::consts::PI * (k + 1) as f64 / 13.0;
    let expected: Vec<_> = (0..12).map(|k| (0.0, 2.0 * libm::cos(angle(k)))).collect();
    assert_eigen(&matrix(12, 12, beside), &expected, 1e-14);
    let jordan = [
        [0.5, 1.0, 0.0, 0.0],
        [0.0, 0.5, 1.0, 0.0],
        [0.0, 0.0, 0.5, 1.0],
        [1e-8, 0.0, 0.0, 0.5],
    ];
    let expected = [(0.51, 0.0), (0.49, 0.0), (0.5, 0.01), (0.5, -0.01)];
    // The condition of each is 1/(4 · 0.01³).
    assert_eigen(jordan.as_flattened(), &expected, 1e-11);
}

/// Gaussian elimination with row pivoting.
fn determinant(mut a: Vec<f64>, n: usize) -> f64 {
    let mut det = 1.0;
    for k in 0..n {
        let size = |i: &usize| a[i * n + k].abs();
        let pivot = (k..n).max_by(|i, j| size(i).total_cmp(&size(j))).unwrap();
        for j in 0..n {
            a.swap(k * n + j, pivot * n + j);
        }
        det *= if pivot == k {
            a[k * n + k]
        } else {
            -a[k * n + k]
        };
        let (above, below) = a.split_at_mut((k + 1) * n);
        for row in below.chunks_exact_mut(n) {
            add_multiple(row, -row[k] / above[k * n + k], &above[k * n..]);
        }
    }
    det
}

#[test]
fn what_holds_for_every_matrix() {
    for seed in 0..300 {
        let mut lcg = Lcg(seed);
        let n = 1 + seed as usize % 12;
        let a = lcg.matrix(n, n);
        let sigma = singular_values(a.clone(), n, n).unwrap();
        let lambda = eigenvalues(a.clone(), n).unwrap();
        assert_eq!((sigma.len(), lambda.len()), (n, n));
        assert_pairs(&lambda);
        let first = sigma[0];
        // Σσ² = ‖A‖², Σλ = tr A, Πλ = det A, Πσ = |det A|, |λ| ≤ σ₁.
        assert!((norm(&sigma) / norm(&a) - 1.0).abs() < 1e-14);
        let trace: f64 = a.iter().step_by(n + 1).sum();
        let sum: f64 = lambda.iter().map(|x| x.0).sum();
        assert!((sum - trace).abs() < 1e-13 * first);
        let times = |p: (f64, f64), q: &(f64, f64)| (p.0 * q.0 - p.1 * q.1, p.0 * q.1 + p.1 * q.0);
        let (re, im) = lambda.iter().fold((1.0, 0.0), times);
        let det = determinant(a.clone(), n);
        let volume: f64 = sigma.iter().product();
        // What a change of A by its rounding does to det A: at most the sum over k of Π σ without σ_k.
        let bound = 1e-14 * volume * (1.0 + sigma.iter().map(|x| first / x).sum::<f64>());
        assert!((re - det).abs() <= bound && im.abs() <= bound);
        assert!((volume - det.abs()).abs() <= bound);
        let radius = lambda.iter().map(|x| libm::hypot(x.0, x.1));
        assert!(radius.fold(0.0, f64::max) <= first * (1.0 + 1e-14));
        // Aᵀ has the same spectrum.
        let back = transposed(&a, n, n);
        assert!(distance(&eigenvalues(back.clone(), n).unwrap(), &lambda) < 1e-11 * first);
        let back = singular_values(back, n, n).unwrap();
        assert!(
            back.iter()
                .zip(&sigma)
                .all(|(x, y)| (x - y).abs() < 1e-14 * first)
        );
        // So do parts that are not square, of which the largest σ is no larger.
        let part = singular_values(a[..n * n.div_ceil(2)].to_vec(), n.div_ceil(2), n).unwrap();
        assert!(part.len() == n.div_ceil(2) && part[0] <= first * (1.0 + 1e-14));
    }
}

#[test]
fn what_is_not_finite_ends() {
    assert!(singular_values(vec![f64::NAN; 9], 3, 3).is_none_or(|found| found.len() == 3));
    assert!(eigenvalues(vec![f64::NAN; 9], 3).is_none());
}
