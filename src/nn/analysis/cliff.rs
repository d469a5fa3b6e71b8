//! The cliff: why gradients explode, seen in the loss of a single recurrent unit.
//!
//! Pascanu, Mikolov & Bengio 2013, “On the difficulty of training recurrent neural networks”, figure 6: one unit without input,
//!
//! ```text
//! x_t = w σ(x_{t−1}) + b,   t = 1 … T,   x_0 = 0.5,   L(w, b) = (σ(x_T) − 0.7)²,   T = 50.
//! ```
//!
//! Where x_0 is a fixed point that repels, b = x_0 − w σ(x_0) with w σ′(x_0) > 1, a little more b ends in the upper fixed point
//! and a little less in the lower one: the loss has a wall there. On the wall, at w = 5, b = −2.612296656, the slope ∂L/∂b
//! is −661.682801. Gradient descent that meets such a slope is thrown far away, where the loss is flat, and does not come back;
//! with the norm of the gradient [limited](crate::nn::clip) it steps down the wall and goes on.
//!
//! Backwards, with δ_t = ∂L/∂x_t:
//!
//! ```text
//! δ_T = 2 (σ(x_T) − 0.7) σ′(x_T),   δ_{t−1} = δ_t w σ′(x_{t−1}),
//! ∂L/∂w = Σ_t δ_t σ(x_{t−1}),       ∂L/∂b = Σ_t δ_t,              σ′ = σ (1 − σ).
//! ```

use crate::nn::{Clip, Stop};
use ndarray::Array2;

/// T: how many steps the unit makes.
pub const STEPS: usize = 50;

/// x_0: where it begins.
pub const FIRST: f64 = 0.5;

/// What σ(x_T) is to be.
pub const WANTED: f64 = 0.7;

/// A place in the plane of the two parameters: w and b.
pub type Place = [f64; 2];

/// The loss at a place, and its slope there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// L.
    pub loss: f64,
    /// ∂L/∂w and ∂L/∂b.
    pub gradient: [f64; 2],
}

impl Slope {
    /// The length of the gradient.
    pub fn norm(&self) -> f64 {
        let [d_w, d_b] = self.gradient;
        libm::hypot(d_w, d_b)
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// The loss alone.
pub fn loss([w, b]: Place) -> f64 {
    let x = (0..STEPS).fold(FIRST, |x, _| w * sigmoid(x) + b);
    let error = sigmoid(x) - WANTED;
    error * error
}

/// The loss and its gradient, by the recursion backwards.
pub fn slope([w, b]: Place) -> Slope {
    // σ(x_t) for t = 0 … T: all that the way back needs.
    let mut s = [0.0; STEPS + 1];
    let mut x = FIRST;
    for (t, s) in s.iter_mut().enumerate() {
        *s = sigmoid(x);
        if t < STEPS {
            x = w * *s + b;
        }
    }
    let error = s[STEPS] - WANTED;
    let mut d = 2.0 * error * s[STEPS] * (1.0 - s[STEPS]);
    let (mut d_w, mut d_b) = (0.0, 0.0);
    for &before in s[..STEPS].iter().rev() {
        d_b += d;
        d_w += d * before;
        d *= w * before * (1.0 - before);
    }
    Slope {
        loss: error * error,
        gradient: [d_w, d_b],
    }
}

/// The b at which x_0 is a fixed point for a w: where the wall stands, if that point repels. `None` where it attracts: there is
/// no wall then.
pub fn wall(w: f64) -> Option<f64> {
    let s = sigmoid(FIRST);
    (w * s * (1.0 - s) > 1.0).then_some(FIRST - w * s)
}

/// A stretch of the plane: from where to where, w and b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The least and the largest w.
    pub w: [f64; 2],
    /// The least and the largest b.
    pub b: [f64; 2],
}

/// The value in the middle of a cell, of so many evenly over a range.
pub fn middle([low, high]: [f64; 2], cell: usize, cells: usize) -> f64 {
    low + (high - low) * (cell as f64 + 0.5) / cells as f64
}

/// The loss in the middle of each cell, so many across (b) and up (w); `None` if `stop` was asked meanwhile.
pub fn surface(stretch: Stretch, [b, w]: [usize; 2], stop: &Stop) -> Option<Array2<f64>> {
    let mut losses = Array2::zeros((b, w));
    for (at, mut column) in losses.rows_mut().into_iter().enumerate() {
        if stop.is_asked() {
            return None;
        }
        for (cell, value) in column.iter_mut().enumerate() {
            *value = loss([middle(stretch.w, cell, w), middle(stretch.b, at, b)]);
        }
    }
    Some(losses)
}

/// A place on the way down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// w and b.
    pub at: Place,
    /// The loss and its slope there.
    pub slope: Slope,
    /// Whether the gradient was limited for the step that leads on from here.
    pub clipped: bool,
}

/// Gradient descent from a place: θ ← θ − rate · min(1, max_norm / (‖g‖ + 10⁻⁶)) · g, as [`Clip::Norm`] has it; without a
/// limit if there is none. The first stage is the start; it ends early where a number is none any more.
pub fn descend(start: Place, rate: f64, clip: Clip, updates: usize) -> Vec<Stage> {
    let mut at = start;
    let mut stages = Vec::with_capacity(updates + 1);
    for _ in 0..=updates {
        let slope = slope(at);
        let mut step = slope.gradient;
        let clipped = clip.apply(crate::nn::Lanes::plain(), &mut step);
        if !(slope.loss.is_finite() && clipped.norm_before.is_finite()) {
            break;
        }
        stages.push(Stage {
            at,
            slope,
            clipped: clipped.clipped,
        });
        at = [at[0] - rate * step[0], at[1] - rate * step[1]];
    }
    stages
}

/// The two ways down from a place, and the wall nearby.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// Without a limit.
    pub free: Vec<Stage>,
    /// With one.
    pub held: Vec<Stage>,
    /// At the w of the start: the b at which the wall stands, and the loss and its slope there.
    pub wall: Option<(f64, Slope)>,
    /// The wall over the stretch of w in sight, as places.
    pub walls: Vec<Place>,
}

impl Descent {
    /// Both ways, of so many updates; `None` if `stop` was asked meanwhile.
    pub fn new(
        start: Place,
        rate: f64,
        max_norm: f64,
        updates: usize,
        w: [f64; 2],
        stop: &Stop,
    ) -> Option<Self> {
        let free = descend(start, rate, Clip::Off, updates);
        if stop.is_asked() {
            return None;
        }
        let walls = (0..=100).filter_map(|part| {
            let w = w[0] + (w[1] - w[0]) * f64::from(part) / 100.0;
            Some([w, wall(w)?])
        });
        Some(Self {
            free,
            held: descend(start, rate, Clip::Norm(max_norm), updates),
            wall: wall(start[0]).map(|b| (b, slope([start[0], b]))),
            walls: walls.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place and the slope of the wall at w = 5, as the closed form has them: x stays at 0.5, so that δ grows by w σ′(0.5)
    /// at each step back and ∂L/∂b is a geometric series.
    #[test]
    fn the_wall_stands_where_the_fixed_point_repels() {
        let b = wall(5.0).unwrap();
        assert!((b - -2.612_296_656).abs() < 5e-10, "{b}");
        let found = slope([5.0, b]);
        assert!(
            (found.gradient[1] - -661.682_801).abs() < 5e-7,
            "{}",
            found.gradient[1]
        );
        let s = sigmoid(0.5);
        let growth = 5.0 * s * (1.0 - s);
        let last = 2.0 * (s - WANTED) * s * (1.0 - s);
        let series = last * (libm::pow(growth, 50.0) - 1.0) / (growth - 1.0);
        assert!((found.gradient[1] / series - 1.0).abs() < 1e-9, "{series}");
        // ∂x_t/∂w = σ(0.5) ∂x_t/∂b, at every step.
        assert!((found.gradient[0] / (s * series) - 1.0).abs() < 1e-9);
        // The loss leaps there: beside the wall it is another one, within a thousandth of b.
        let (left, right) = (loss([5.0, b - 1e-3]), loss([5.0, b + 1e-3]));
        assert!(left > 0.3 && right < 0.02, "{left} {right}");
        assert_eq!(wall(4.2), None, "σ′(0.5) is 0.235: it attracts");
        assert!(wall(4.3).is_some());
    }

    #[test]
    fn the_recursion_backwards_agrees_with_central_differences() {
        for at in [
            [5.0, -2.2],
            [5.0, -2.612],
            [4.2, -3.0],
            [6.0, -3.2],
            [-3.0, 1.5],
            [0.0, 0.3],
        ] {
            let found = slope(at);
            assert_eq!(found.loss, loss(at), "{at:?}");
            for axis in 0..2 {
                let h = 1e-7;
                let beside = |by: f64| {
                    let mut place = at;
                    place[axis] += by;
                    loss(place)
                };
                let difference = (beside(h) - beside(-h)) / (2.0 * h);
                let size = found.gradient[axis].abs().max(1e-3);
                assert!(
                    (difference - found.gradient[axis]).abs() < 1e-5 * size,
                    "{at:?} {axis}: {difference} {}",
                    found.gradient[axis]
                );
            }
        }
    }

    #[test]
    fn the_surface_is_the_loss_in_the_middle_of_each_cell() {
        let stretch = Stretch {
            w: [4.0, 6.0],
            b: [-3.0, -2.0],
        };
        let losses = surface(stretch, [4, 5], &Stop::default()).unwrap();
        assert_eq!(losses.dim(), (4, 5));
        assert_eq!(losses[[0, 0]], loss([4.2, -2.875]));
        assert_eq!(losses[[3, 2]], loss([5.0, -2.125]));
        let stop = Stop::default();
        stop.ask();
        assert_eq!(surface(stretch, [4, 5], &stop), None);
    }

    /// From the same place at the same rate: without a limit one step throws the path far away, where it stays; with it the
    /// path comes down.
    #[test]
    fn clipping_comes_down_where_descent_is_thrown_off() {
        let (start, rate) = ([5.0, -2.2], 0.1);
        let free = descend(start, rate, Clip::Off, 300);
        let held = descend(start, rate, Clip::Norm(1.0), 300);
        assert_eq!(free.len(), 301);
        let far = |stage: &Stage| (stage.at[1] - start[1]).abs();
        let thrown = free.iter().map(far).fold(0.0, f64::max);
        assert!(thrown > 10.0, "{thrown}");
        assert!(free.last().unwrap().slope.loss > 0.08);
        assert!(held.iter().map(far).fold(0.0, f64::max) < 1.0);
        assert!(held.last().unwrap().slope.loss < 1e-3);
        // No step is longer than the limit allows, and some were limited.
        assert!(held.iter().any(|stage| stage.clipped));
        for pair in held.windows(2) {
            let [one, other] = [pair[0].at, pair[1].at];
            let step = libm::hypot(other[0] - one[0], other[1] - one[1]);
            assert!(step <= rate * (1.0 + 1e-9), "{step}");
        }
        // They part where the first one is limited.
        let parted = (free.iter().zip(&held)).position(|(one, other)| one.at != other.at);
        let limited = held.iter().position(|stage| stage.clipped);
        assert_eq!(parted, limited.map(|at| at + 1));
    }
}
