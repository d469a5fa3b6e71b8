//! Fixed points of a cell under a constant input: states that a step leaves as they are (Sussillo & Barak 2013, "Opening the black
//! box: low-dimensional dynamics in high-dimensional recurrent neural networks", Neural Computation 25).
//!
//! A step is a map s ↦ F(s) of the state s = h, or s = (h, c) where the cell has one, with the input x held. Sought is F(s*) = s*.
//! Near it F(s) − s* ≈ J (s − s*) with J = ∂F/∂s: it draws states in if all eigenvalues of J lie inside the unit circle, pushes
//! them off if all lie outside, and does both, each along directions of its own, if some do: a saddle.
//!
//! Deviation from the paper, which minimises ½‖F(s) − s‖² by gradients and also keeps slow points where that is small, not 0: here
//! (J − I) δ = s − F(s) is solved (Newton), the step halved until ‖F(s) − s‖ falls, and only true fixed points are kept. What
//! Newton finds from one state need not be what the network would run to from there; every state on record is a start.
//!
//! F is the engine's own [`Scan`] over one step, J the engine's own way back ([`super::jacobian`]): nothing is derived twice.

use super::jacobian::{self, States};
use super::spectrum::{eigenvalues, spectral_radius};
use super::subject::Subject;
use crate::nn::recurrent::{LayerWeights, Prepared, Scan};
use crate::nn::{Cell, Direction, Lanes, Quantity, Real, Record, ScanAdjoints, ScanTrace, Stop};
use ndarray::{Array2, Array3, ArrayView1, s};

/// Steps of Newton's method from one start.
const STEPS: usize = 60;
/// How often a step is halved.
const HALVINGS: usize = 12;
/// ‖F(s) − s‖∞ of a fixed point is at most this, times 1 + ‖s‖∞.
pub const RESIDUAL: f64 = 1e-11;
/// Two are one if no unit differs by more than this, times 1 + ‖s‖∞.
const SAME: f64 = 1e-6;
/// An eigenvalue this near to the unit circle decides nothing.
const ON_CIRCLE: f64 = 1e-9;

/// A cell as a map from one state to the next, with its input held.
#[derive(Clone)]
pub struct StepMap<'a> {
    /// The cell.
    pub cell: Cell,
    /// Its parameters.
    pub weights: LayerWeights<'a, f64>,
    /// The input.
    pub x: &'a [f64],
}

/// What becomes of states near a fixed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// They are drawn in.
    Stable,
    /// They are drawn in along some directions and pushed off along others.
    Saddle,
    /// They are pushed off.
    Unstable,
    /// An eigenvalue lies on the unit circle, as far as can be told: the derivatives do not decide.
    Undecided,
}

/// A state that a step leaves as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoint {
    /// The state: h, and behind it c where the cell has one.
    pub state: Vec<f64>,
    /// ‖F(s) − s‖∞.
    pub residual: f64,
    /// The eigenvalues of ∂F/∂s there, the largest modulus first.
    pub eigenvalues: Vec<(f64, f64)>,
    /// What they say.
    pub stability: Stability,
    /// From how many of the starts it was found.
    pub found_from: usize,
}

impl FixedPoint {
    /// The largest modulus of the eigenvalues.
    pub fn spectral_radius(&self) -> f64 {
        spectral_radius(&self.eigenvalues)
    }
}

/// What was looked for and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoints {
    /// Those found, that of the most starts first.
    pub points: Vec<FixedPoint>,
    /// How many starts there were.
    pub starts: usize,
    /// From how many of them nothing was found.
    pub without: usize,
}

/// A scan of one step for `rows` sequences.
pub(super) fn one_step<'a, T: Real>(
    cell: Cell,
    weights: LayerWeights<'a, T>,
    lengths: &'a [usize],
) -> Scan<'a, T> {
    Scan {
        lanes: Lanes::detect(),
        cell,
        direction: Direction::Forward,
        weights,
        lengths,
        truncate: None,
        stop: None,
    }
}

impl StepMap<'_> {
    /// How many numbers a state has.
    pub fn width(&self) -> usize {
        self.hidden() * self.cell.states().len()
    }

    fn hidden(&self) -> usize {
        self.weights.bias_hh.len() / self.cell.blocks()
    }

    /// One step from a state, all of it on record.
    fn trace(&self, state: &[f64]) -> (Array3<f64>, ScanTrace<f64>) {
        let hidden = self.hidden();
        let x = Array3::from_shape_fn((1, 1, self.x.len()), |(_, _, at)| self.x[at]);
        let mut trace = ScanTrace::new(self.cell, hidden, 1, 1);
        trace.h0.iter_mut().zip(state).for_each(|(h, &s)| *h = s);
        let c = state.iter().skip(hidden);
        trace.c0.iter_mut().zip(c).for_each(|(c, &s)| *c = s);
        let mut prepared = Prepared::new(self.cell, self.x.len(), hidden);
        one_step(self.cell, self.weights, &[1]).forward(&mut prepared, &x, &mut trace);
        (x, trace)
    }

    /// F(s).
    pub fn apply(&self, state: &[f64]) -> Vec<f64> {
        let (_, trace) = self.trace(state);
        after(&trace)
    }

    /// ∂F/∂s, `[state, state]`; `None` where a value is not finite.
    pub fn jacobian(&self, state: &[f64]) -> Option<Array2<f64>> {
        let (x, trace) = self.trace(state);
        let hidden = self.hidden();
        let adjoints = ScanAdjoints::new(self.cell, hidden, 1, 1, Record::Training);
        let subject = Subject {
            cell: self.cell,
            direction: Direction::Forward,
            weights: self.weights,
            x: x.view().into(),
            trace: &trace,
            adjoints: &adjoints,
            sequence: 0,
            length: 1,
        };
        let found = jacobian::step(&subject, States::Whole, 1)?;
        // A single step stays far within what f64 holds.
        Some(
            found
                .matrix
                .mapv(|x| libm::scalbn(x, found.exponent as i32)),
        )
    }

    /// Where Newton's method arrives from a state; `None` where it arrives nowhere.
    pub fn newton(&self, start: &[f64], stop: &Stop) -> Option<(Vec<f64>, f64)> {
        let mut state = start.to_vec();
        let mut off = self.off(&state);
        let mut size = largest(&off);
        for _ in 0..STEPS {
            if stop.is_asked() || !size.is_finite() {
                return None;
            }
            if size <= RESIDUAL * (1.0 + largest(&state)) * 1e-3 {
                break;
            }
            let mut matrix = self.jacobian(&state)?;
            for at in 0..state.len() {
                matrix[[at, at]] -= 1.0;
            }
            let wanted = off.iter().map(|x| -x).collect();
            let Some(step) = solve(matrix, wanted) else {
                break;
            };
            let (before, mut share) = (squares(&off), 1.0);
            let mut better = None;
            for _ in 0..HALVINGS {
                let tried: Vec<f64> = (state.iter().zip(&step))
                    .map(|(s, d)| s + share * d)
                    .collect();
                let off = self.off(&tried);
                let size = largest(&off);
                if size.is_finite() && squares(&off) < before {
                    better = Some((tried, off, size));
                    break;
                }
                share *= 0.5;
            }
            // At rounding nothing gets better.
            let Some(next) = better else { break };
            (state, off, size) = next;
        }
        (size <= RESIDUAL * (1.0 + largest(&state))).then_some((state, size))
    }

    /// F(s) − s.
    fn off(&self, state: &[f64]) -> Vec<f64> {
        let after = self.apply(state);
        after.iter().zip(state).map(|(f, s)| f - s).collect()
    }

    /// The fixed points that Newton's method finds from these states, `[starts, state]`; `None` if it was asked to stop.
    pub fn fixed_points(&self, starts: &Array2<f64>, stop: &Stop) -> Option<FixedPoints> {
        let mut points: Vec<FixedPoint> = Vec::new();
        let mut without = 0;
        for start in starts.outer_iter() {
            if stop.is_asked() {
                return None;
            }
            let Some((state, residual)) = self.newton(&start.to_vec(), stop) else {
                without += 1;
                continue;
            };
            if let Some(known) = points.iter_mut().find(|of| is_same(&of.state, &state)) {
                known.found_from += 1;
                continue;
            }
            let Some(eigenvalues) = self.jacobian(&state).and_then(|of| eigenvalues(of.view()))
            else {
                without += 1;
                continue;
            };
            points.push(FixedPoint {
                stability: stability(&eigenvalues),
                state,
                residual,
                eigenvalues,
                found_from: 1,
            });
        }
        if stop.is_asked() {
            return None;
        }
        points.sort_by_key(|point| std::cmp::Reverse(point.found_from));
        Some(FixedPoints {
            points,
            starts: starts.nrows(),
            without,
        })
    }
}

/// The state after a record of one step: h, then c.
fn after(trace: &ScanTrace<f64>) -> Vec<f64> {
    let c = trace.c.iter().filter(|_| trace.c0.ncols() > 0);
    trace.h.iter().chain(c).copied().collect()
}

/// The state that a scan hands on after its last step, by taking one step after the other: h, and c where the cell has one. It is
/// what PyTorch calls h_n and c_n, found without the record of the steps.
///
/// `x` is what the scan reads of one sequence, `[steps, input]`, in the order in which it reads it; the first state is that of row
/// 0 of `first`.
pub fn handed_on<T: Real>(
    cell: Cell,
    weights: LayerWeights<'_, T>,
    first: [ArrayView1<'_, T>; 2],
    x: impl Iterator<Item = Vec<T>>,
) -> [Vec<T>; 2] {
    let hidden = weights.bias_hh.len() / cell.blocks();
    let [mut h, mut c] = first.map(|state| state.to_vec());
    let mut prepared = None;
    for x in x {
        let prepared = prepared.get_or_insert_with(|| Prepared::new(cell, x.len(), hidden));
        let x = Array3::from_shape_fn((1, 1, x.len()), |(_, _, at)| x[at]);
        let mut trace = ScanTrace::new(cell, hidden, 1, 1);
        for (into, from) in [(&mut trace.h0, &h), (&mut trace.c0, &c)] {
            into.iter_mut()
                .zip(from)
                .for_each(|(into, &from)| *into = from);
        }
        one_step(cell, weights, &[1]).forward(prepared, &x, &mut trace);
        h = trace.h.slice(s![0, 0, ..]).to_vec();
        if cell.has(Quantity::C) {
            c = trace.c.slice(s![0, 0, ..]).to_vec();
        }
    }
    [h, c]
}

fn largest(values: &[f64]) -> f64 {
    let most = |most: f64, x: &f64| {
        if x.is_nan() {
            f64::NAN
        } else {
            most.max(x.abs())
        }
    };
    values.iter().fold(0.0, most)
}

fn squares(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum: f64, x| x.mul_add(*x, sum))
}

fn is_same(one: &[f64], other: &[f64]) -> bool {
    let far = one.iter().zip(other).map(|(a, b)| (a - b).abs());
    far.fold(0.0, f64::max) <= SAME * (1.0 + largest(one))
}

fn stability(eigenvalues: &[(f64, f64)]) -> Stability {
    let moduli = || eigenvalues.iter().map(|&(re, im)| libm::hypot(re, im));
    if moduli().any(|modulus| (modulus - 1.0).abs() <= ON_CIRCLE) {
        return Stability::Undecided;
    }
    match (moduli().all(|of| of < 1.0), moduli().all(|of| of > 1.0)) {
        (true, _) => Stability::Stable,
        (_, true) => Stability::Unstable,
        _ => Stability::Saddle,
    }
}

/// x with A x = b, by elimination with the largest pivot of each column; `None` of a singular matrix.
fn solve(mut a: Array2<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&one, &other| {
            let size = |row: usize| a[[row, column]].abs();
            size(one).total_cmp(&size(other))
        })?;
        if a[[pivot, column]] == 0.0 || !a[[pivot, column]].is_finite() {
            return None;
        }
        if pivot != column {
            for at in 0..n {
                a.swap([pivot, at], [column, at]);
            }
            b.swap(pivot, column);
        }
        for row in column + 1..n {
            let factor = a[[row, column]] / a[[column, column]];
            if factor != 0.0 {
                for at in column..n {
                    a[[row, at]] -= factor * a[[column, at]];
                }
                b[row] -= factor * b[column];
            }
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|at| a[[row, at]] * b[at]).sum();
        b[row] = (b[row] - known) / a[[row, row]];
    }
    b.iter().all(|x| x.is_finite()).then_some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Parameters of a cell.
    struct Drawn {
        cell: Cell,
        hidden: usize,
        values: [Vec<f64>; 4],
    }

    impl Drawn {
        fn new(cell: Cell, hidden: usize, scale: f64) -> Self {
            let stream = &mut Stream::new(11, "fixed points");
            let rows = cell.blocks() * hidden;
            let mut draw = |count| {
                (0..count)
                    .map(|_| scale * stream.uniform(-1.0, 1.0))
                    .collect()
            };
            let values = [rows * 2, rows * hidden, rows, rows].map(&mut draw);
            Self {
                cell,
                hidden,
                values,
            }
        }

        fn map<'a>(&'a self, x: &'a [f64]) -> StepMap<'a> {
            let [weight_ih, weight_hh, bias_ih, bias_hh] = &self.values;
            StepMap {
                cell: self.cell,
                weights: LayerWeights {
                    weight_ih,
                    weight_hh,
                    bias_ih,
                    bias_hh,
                },
                x,
            }
        }

        fn starts(&self, count: usize) -> Array2<f64> {
            let stream = &mut Stream::new(3, "starts");
            let width = self.hidden * self.cell.states().len();
            Array2::from_shape_fn((count, width), |_| stream.uniform(-1.0, 1.0))
        }
    }

    /// A step from each leaves it as it is; the derivatives there are those that nudging finds; what is called stable draws a state
    /// nearby in, and what is not does not.
    #[test]
    fn every_cell_stays_where_it_is_said_to() {
        for cell in Cell::ALL {
            for scale in [0.4, 1.4] {
                let drawn = Drawn::new(cell, 4, scale);
                let map = drawn.map(&[0.3, -0.2]);
                let found = map
                    .fixed_points(&drawn.starts(24), &Stop::default())
                    .unwrap();
                // A rectifier may blow up. Without a forget gate c = c + i ⊙ g rests only where every g is 0, which no h
                // within (−1, 1) need bring about.
                let may_have_none =
                    cell == Cell::Lstm1997 || (cell == Cell::RnnRelu && scale > 1.0);
                assert!(
                    !found.points.is_empty() || may_have_none,
                    "{cell:?} {scale}"
                );
                let from: usize = found.points.iter().map(|point| point.found_from).sum();
                assert_eq!(from + found.without, 24);
                for point in &found.points {
                    let after = map.apply(&point.state);
                    let off = after.iter().zip(&point.state).map(|(a, b)| (a - b).abs());
                    let off = off.fold(0.0, f64::max);
                    assert!(
                        off <= 1e-10 * (1.0 + largest(&point.state)),
                        "{cell:?} {off}"
                    );
                    assert_eq!(off, point.residual);
                    let jacobian = map.jacobian(&point.state).unwrap();
                    let smooth = cell != Cell::RnnRelu;
                    for column in 0..map.width() {
                        let nudged = |by: f64| {
                            let mut state = point.state.clone();
                            state[column] += by;
                            map.apply(&state)
                        };
                        let (up, down) = (nudged(1e-6), nudged(-1e-6));
                        for row in (0..map.width()).filter(|_| smooth) {
                            let slope = (up[row] - down[row]) / 2e-6;
                            let off = (slope - jacobian[[row, column]]).abs();
                            assert!(off < 1e-7, "{cell:?} {row} {column} {off}");
                        }
                    }
                    // Far enough that rounding plays no part, near enough that the derivatives decide.
                    let mut state = point.state.clone();
                    state.iter_mut().for_each(|s| *s += 1e-5);
                    let before = distance(&state, &point.state);
                    for _ in 0..400 {
                        state = map.apply(&state);
                    }
                    let near = distance(&state, &point.state);
                    if point.spectral_radius() < 0.97 {
                        assert_eq!(point.stability, Stability::Stable);
                        assert!(near < 0.1 * before, "{cell:?} {near} {before}");
                    } else if point.spectral_radius() > 1.03 {
                        assert_ne!(point.stability, Stability::Stable);
                        assert!(near > before, "{cell:?} {near} {before}");
                    }
                }
            }
        }
    }

    fn distance(one: &[f64], other: &[f64]) -> f64 {
        let squares = one.iter().zip(other).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// h = tanh(w h): for w = 2 there are 0, a saddle in no direction but unstable, and ± the root of h = tanh(2 h), which is
    /// 0.957504024…, with slope 2 (1 − h²).
    #[test]
    fn one_unit_has_the_fixed_points_of_the_textbook() {
        let (weight_ih, weight_hh, bias) = ([0.0], [2.0], [0.0]);
        let map = StepMap {
            cell: Cell::RnnTanh,
            weights: LayerWeights {
                weight_ih: &weight_ih,
                weight_hh: &weight_hh,
                bias_ih: &bias,
                bias_hh: &bias,
            },
            x: &[0.0],
        };
        let starts = Array2::from_shape_fn((9, 1), |(k, _)| (k as f64 - 4.0) / 4.0);
        let found = map.fixed_points(&starts, &Stop::default()).unwrap();
        let mut points: Vec<(f64, Stability, f64)> = found
            .points
            .iter()
            .map(|point| (point.state[0], point.stability, point.eigenvalues[0].0))
            .collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        let root = 0.957_504_024_077_268_7;
        let slope = 2.0 * (1.0 - root * root);
        let expected = [
            (-root, Stability::Stable, slope),
            (0.0, Stability::Unstable, 2.0),
            (root, Stability::Stable, slope),
        ];
        assert_eq!(points.len(), 3);
        for (found, expected) in points.iter().zip(expected) {
            assert!((found.0 - expected.0).abs() < 1e-11, "{found:?}");
            assert_eq!(found.1, expected.1);
            assert!((found.2 - expected.2).abs() < 1e-10, "{found:?}");
        }
    }

    /// A linear recurrence h = W h + b has one, (I − W)⁻¹ b, and its derivatives are W.
    #[test]
    fn a_linear_recurrence_has_one() {
        let (weight_ih, bias, none) = ([0.0; 2], [1.0, -2.0], [0.0; 2]);
        let weight_hh = [0.5, 2.0, 0.0, 3.0];
        let map = StepMap {
            cell: Cell::RnnLinear,
            weights: LayerWeights {
                weight_ih: &weight_ih,
                weight_hh: &weight_hh,
                bias_ih: &bias,
                bias_hh: &none,
            },
            x: &[0.0],
        };
        let starts = Array2::from_shape_fn((5, 2), |(k, at)| (k + at) as f64 - 3.0);
        let found = map.fixed_points(&starts, &Stop::default()).unwrap();
        assert_eq!((found.points.len(), found.without), (1, 0));
        let point = &found.points[0];
        // (1 − 3) h₂ = −2 and (1 − 0.5) h₁ = 2 h₂ + 1.
        for (found, expected) in point.state.iter().zip([6.0, 1.0]) {
            assert!((found - expected).abs() < 1e-11, "{found}");
        }
        assert_eq!(point.stability, Stability::Saddle);
        assert_eq!(point.found_from, 5);
    }

    #[test]
    fn systems_are_solved_and_singular_ones_are_not() {
        let a = ndarray::array![[0.0, 2.0, 1.0], [1.0, -1.0, 0.0], [3.0, 0.0, 4.0]];
        let x = solve(a.clone(), vec![7.0, -1.0, 15.0]).unwrap();
        for (row, b) in [7.0, -1.0, 15.0].into_iter().enumerate() {
            let found: f64 = (0..3).map(|at| a[[row, at]] * x[at]).sum();
            assert!((found - b).abs() < 1e-14);
        }
        let singular = ndarray::array![[1.0, 2.0], [2.0, 4.0]];
        assert_eq!(solve(singular, vec![1.0, 2.0]), None);
    }

    #[test]
    fn it_stops_when_asked() {
        let drawn = Drawn::new(Cell::Gru, 3, 1.0);
        let stop = Stop::default();
        stop.ask();
        let map = drawn.map(&[0.0, 0.0]);
        assert_eq!(map.fixed_points(&drawn.starts(3), &stop), None);
    }
}
