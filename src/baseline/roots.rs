//! The roots of an autoregression's characteristic polynomial, against the unit circle.
//!
//! φ(z) = 1 − Σ φ_ℓ z^ℓ. The process is stationary if every root lies outside the unit circle, |z| > 1: statsmodels'
//! `AutoRegResults.roots`. Their inverses λ = 1/z, the poles, lie inside then: each adds a term λ^k to the response k steps
//! after a shock, which fades by |λ| per step and, in a pair λ, λ̄, swings with period 2π / |arg λ|.
//!
//! All roots at once by Aberth's iteration (Ehrlich 1967, Aberth 1973): Newton's step at each, as if the others were
//! divided out,
//!
//! N = p(λ)/p′(λ), λ ← λ − N / (1 − N Σ 1/(λ − λ_j)),
//!
//! until p(λ) is within what rounding makes of 0 (Adams 1967). Plain arithmetic and `libm` give the same
//! bits everywhere, which the eigenvalues of the companion matrix by a linear algebra package do not.

/// Sweeps over all roots after which to give up; some 10 to 20 are needed.
const MOST_SWEEPS: usize = 500;

/// The share of a root's modulus below which an imaginary part is rounding.
const REAL: f64 = 1e-11;

/// Coefficients are taken as they are up to this magnitude; below its inverse they count as 0. So no product leaves f64.
const LARGEST: f64 = 1e150;

/// A root z = re + i·im.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// Real part.
    pub re: f64,
    /// Imaginary part; of a pair, z and its mirror image have the same with opposite signs.
    pub im: f64,
}

impl Root {
    /// |z|: above 1 the root's share in the response to a shock fades.
    pub fn modulus(self) -> f64 {
        libm::hypot(self.re, self.im)
    }

    /// 1/z, the pole, which lies inside the unit circle if the root lies outside.
    pub fn inverse(self) -> Root {
        let Complex { re, im } = Complex {
            re: self.re,
            im: self.im,
        }
        .inverse();
        Root { re, im }
    }

    /// The period in steps with which the root's share swings: 2 of a negative real root, `None` of a positive one, which
    /// does not swing.
    pub fn period(self) -> Option<f64> {
        let angle = libm::atan2(self.im, self.re).abs();
        (angle > 0.0).then(|| core::f64::consts::TAU / angle)
    }
}

/// The roots of 1 − Σ φ_ℓ z^ℓ, nearest to 0 first, of a pair the one above the real axis first. As many as the
/// largest lag whose coefficient is not 0.
///
/// Coefficients below 10⁻¹⁵⁰ count as 0. `None` if one is not finite or above 10¹⁵⁰, or (not seen so far) if the iteration
/// does not converge.
pub fn roots(lags: &[usize], coefficients: &[f64]) -> Option<Vec<Root>> {
    let pairs = || lags.iter().copied().zip(coefficients.iter().copied());
    if pairs().any(|(_, coefficient)| coefficient.is_nan() || coefficient.abs() > LARGEST) {
        return None;
    }
    let degree = pairs()
        .filter(|&(_, coefficient)| coefficient.abs() >= 1.0 / LARGEST)
        .map(|(lag, _)| lag)
        .max()
        .unwrap_or(0);
    // λ^p − φ_1 λ^{p−1} − … − φ_p, highest power first.
    let mut polynomial = vec![0.0; degree + 1];
    polynomial[0] = 1.0;
    for (lag, coefficient) in pairs() {
        if lag <= degree && coefficient.abs() >= 1.0 / LARGEST {
            polynomial[lag] -= coefficient;
        }
    }
    let mut found: Vec<Root> = poles(&polynomial)?
        .into_iter()
        .map(|pole| {
            let Complex { re, im } = pole.inverse();
            Root { re, im }
        })
        .collect();
    found.sort_by(|a, b| {
        a.modulus()
            .total_cmp(&b.modulus())
            .then(b.re.total_cmp(&a.re))
            .then(b.im.total_cmp(&a.im))
    });
    Some(found)
}

/// The roots of a real polynomial, highest power first, whose first and last coefficients are not 0.
fn poles(polynomial: &[f64]) -> Option<Vec<Complex>> {
    let degree = polynomial.len() - 1;
    let mut guesses = first_guesses(polynomial);
    let mut done = vec![false; degree];
    for _ in 0..MOST_SWEEPS {
        for k in 0..degree {
            if done[k] {
                continue;
            }
            let here = guesses[k];
            let Some(newton) = newton_step(polynomial, here) else {
                done[k] = true;
                continue;
            };
            let mut others = Complex { re: 0.0, im: 0.0 };
            for (j, &other) in guesses.iter().enumerate() {
                if j != k && other != here {
                    others = others.plus(here.minus(other).inverse());
                }
            }
            let one = Complex { re: 1.0, im: 0.0 };
            let step = newton.times(one.minus(newton.times(others)).inverse());
            guesses[k] = here.minus(step);
            // A step that is no longer felt.
            done[k] = guesses[k] == here;
        }
        if done.iter().all(|&done| done) {
            break;
        }
    }
    let converged = done.iter().all(|&done| done);
    let finite = guesses.iter().all(|z| z.re.is_finite() && z.im.is_finite());
    (converged && finite).then(|| mirrored(guesses))
}

/// p(z)/p′(z); `None` where p(z) is as small as rounding lets it be.
///
/// Outside the unit circle from q(w) = w^n p(1/w), w = 1/z, whose powers do not overflow: p/p′ = 1 / (w (n − w q′/q)).
fn newton_step(polynomial: &[f64], z: Complex) -> Option<Complex> {
    let degree = (polynomial.len() - 1) as f64;
    let outside = z.modulus() > 1.0;
    let at = if outside { z.inverse() } else { z };
    let size = at.modulus();
    let zero = Complex { re: 0.0, im: 0.0 };
    let (mut value, mut slope, mut bound) = (zero, zero, 0.0);
    let mut horner = |coefficient: f64| {
        slope = slope.times(at).plus(value);
        value = value.times(at);
        value.re += coefficient;
        bound = bound * size + coefficient.abs();
    };
    if outside {
        polynomial.iter().rev().for_each(|&c| horner(c));
    } else {
        polynomial.iter().for_each(|&c| horner(c));
    }
    if value.modulus() <= 2.0 * degree * f64::EPSILON * bound {
        return None;
    }
    if !outside {
        return Some(value.times(slope.inverse()));
    }
    let ratio = at.times(slope).times(value.inverse());
    let rest = Complex {
        re: degree - ratio.re,
        im: -ratio.im,
    };
    Some(at.times(rest).inverse())
}

/// Points on circles of about the roots' moduli, none the mirror image of another: images of each other would stay so and
/// never part to two real roots.
///
/// The radii are the slopes of the upper convex hull of (k, ln |a_k|) over the powers k (Bini 1996): where coefficients
/// differ by many orders of magnitude, so do the roots, and a single circle would be far from most.
fn first_guesses(polynomial: &[f64]) -> Vec<Complex> {
    let degree = polynomial.len() - 1;
    let size = |power: usize| libm::log(polynomial[degree - power].abs());
    let slope = |from: usize, to: usize| (size(to) - size(from)) / (to - from) as f64;
    let mut hull: Vec<usize> = Vec::new();
    for power in (0..=degree).filter(|&power| polynomial[degree - power] != 0.0) {
        while let [.., before, last] = hull[..]
            && slope(before, last) <= slope(last, power)
        {
            hull.pop();
        }
        hull.push(power);
    }
    let mut guesses = Vec::with_capacity(degree);
    for edge in hull.windows(2) {
        let (radius, count) = (libm::exp(-slope(edge[0], edge[1])), edge[1] - edge[0]);
        for k in 0..count {
            let turn = (k as f64 + 0.4) / count as f64;
            let angle = core::f64::consts::TAU * turn + 0.3 + 0.7 * edge[0] as f64;
            guesses.push(Complex {
                re: radius * libm::cos(angle),
                im: radius * libm::sin(angle),
            });
        }
    }
    guesses
}

/// Roots of a real polynomial are real or come in pairs: takes away what rounding left of an imaginary part, and makes the
/// lower of each pair the upper's exact mirror image.
fn mirrored(mut roots: Vec<Complex>) -> Vec<Complex> {
    for root in &mut roots {
        if root.im.abs() <= REAL * root.modulus() {
            root.im = 0.0;
        }
    }
    let mut taken = vec![false; roots.len()];
    for upper in 0..roots.len() {
        if roots[upper].im <= 0.0 {
            continue;
        }
        let image = Complex {
            re: roots[upper].re,
            im: -roots[upper].im,
        };
        let nearest = (0..roots.len())
            .filter(|&lower| roots[lower].im < 0.0 && !taken[lower])
            .min_by(|&a, &b| {
                let distance = |k: usize| roots[k].minus(image).modulus();
                distance(a).total_cmp(&distance(b))
            });
        if let Some(lower) = nearest {
            taken[lower] = true;
            roots[lower] = image;
        }
    }
    roots
}

/// A complex number, with just the arithmetic needed.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn plus(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }

    fn times(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    /// 1/z, scaled so that no square overflows (Smith 1962).
    fn inverse(self) -> Self {
        if self.re.abs() >= self.im.abs() {
            let ratio = self.im / self.re;
            let scale = self.re + self.im * ratio;
            Self {
                re: 1.0 / scale,
                im: -ratio / scale,
            }
        } else {
            let ratio = self.re / self.im;
            let scale = self.re * ratio + self.im;
            Self {
                re: ratio / scale,
                im: -1.0 / scale,
            }
        }
    }

    fn modulus(self) -> f64 {
        libm::hypot(self.re, self.im)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[Root], expected: &[(f64, f64)], tolerance: f64) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (root, (re, im)) in found.iter().zip(expected) {
            let distance = libm::hypot(root.re - re, root.im - im);
            assert!(distance <= tolerance, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn known_polynomials_have_their_known_roots() {
        // By hand: 1 − 0.5 z; (1 − 0.5 z)(1 + 0.25 z); 1 − z² ; 1 + 0.25 z²; 1 − 0.5 z⁴.
        let found = |lags: &[usize], coefficients: &[f64]| roots(lags, coefficients).unwrap();
        close(&found(&[1], &[0.5]), &[(2.0, 0.0)], 1e-15);
        close(
            &found(&[1, 2], &[0.25, 0.125]),
            &[(2.0, 0.0), (-4.0, 0.0)],
            1e-14,
        );
        close(&found(&[2], &[1.0]), &[(1.0, 0.0), (-1.0, 0.0)], 1e-15);
        close(&found(&[2], &[-0.25]), &[(0.0, 2.0), (0.0, -2.0)], 1e-15);
        let fourth = libm::sqrt(libm::sqrt(2.0));
        let mut moduli = found(&[4], &[0.5]);
        moduli.retain(|root| (root.modulus() - fourth).abs() < 1e-15);
        assert_eq!(moduli.len(), 4);
    }

    #[test]
    fn a_double_root_and_a_zero_coefficient_are_found_too() {
        // (1 − z)²: half the digits of a double root are lost to anybody.
        close(
            &roots(&[1, 2], &[2.0, -1.0]).unwrap(),
            &[(1.0, 0.0); 2],
            1e-7,
        );
        close(&roots(&[1, 7], &[0.5, 0.0]).unwrap(), &[(2.0, 0.0)], 1e-15);
        assert_eq!(roots(&[1, 2], &[0.0, 0.0]), Some(vec![]));
        assert_eq!(roots(&[], &[]), Some(vec![]));
        assert_eq!(roots(&[1], &[f64::NAN]), None);
        assert_eq!(roots(&[1], &[f64::INFINITY]), None);
    }

    #[test]
    fn the_roots_of_many_lags_multiply_back_to_the_polynomial() {
        for degree in [3, 10, 24, 60] {
            let lags: Vec<usize> = (1..=degree).collect();
            let coefficients: Vec<f64> = lags
                .iter()
                .map(|&lag| libm::sin((lag * lag) as f64) / 2.0)
                .collect();
            let found = roots(&lags, &coefficients).unwrap();
            assert_eq!(found.len(), degree);
            // Π (1 − λ z), coefficient by coefficient.
            let mut product = vec![Complex { re: 1.0, im: 0.0 }];
            for root in found {
                let Root { re, im } = root.inverse();
                product.push(Complex { re: 0.0, im: 0.0 });
                for k in (1..product.len()).rev() {
                    product[k] = product[k].minus(product[k - 1].times(Complex { re, im }));
                }
            }
            for (value, coefficient) in product[1..].iter().zip(&coefficients) {
                let distance = libm::hypot(value.re + coefficient, value.im);
                // The coefficients on the way are larger than those at its end.
                assert!(distance < 1e-8, "{degree}: {distance}");
            }
        }
    }

    #[test]
    fn a_pair_is_mirrored_exactly_and_tells_its_period() {
        // λ = 0.9 exp(± 2πi/11): φ = 2 · 0.9 cos(2π/11), −0.81.
        let angle = core::f64::consts::TAU / 11.0;
        let found = roots(&[1, 2], &[1.8 * libm::cos(angle), -0.81]).unwrap();
        assert_eq!((found[0].re, found[0].im), (found[1].re, -found[1].im));
        assert!(found[0].im > 0.0);
        assert!((found[0].period().unwrap() - 11.0).abs() < 1e-12);
        assert!((found[0].inverse().modulus() - 0.9).abs() < 1e-14);
        assert_eq!(roots(&[1], &[0.5]).unwrap()[0].period(), None);
        assert_eq!(roots(&[1], &[-0.5]).unwrap()[0].period(), Some(2.0));
    }
}
