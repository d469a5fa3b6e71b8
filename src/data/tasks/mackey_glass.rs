//! Mackey–Glass: a chaotic series.
//!
//! dx/dt = 0.2 x(t − τ)/(1 + x(t − τ)¹⁰) − 0.1 x(t), read once per unit of time, brought to mean 0 and standard deviation 1,
//! plus noise · ε_t with ε_t from the standard normal distribution. Asked at every step: the next value, noise included.
//! For τ = 17 the series is mildly chaotic; below about 13 it is periodic.
//!
//! One trajectory from a random constant past, its first 1000 units left out, is cut into sequences with random gaps, the test
//! sequences last. It is integrated by the classic fourth-order Runge–Kutta method in steps of 0.1, the delayed value halfway
//! between two steps being their mean.
//!
//! Sources: Mackey and Glass 1977, “Oscillation and Chaos in Physiological Control Systems”; as a benchmark Jaeger and Haas
//! 2004, “Harnessing Nonlinearity: Predicting Chaotic Systems and Saving Energy in Wireless Communication”. Deviation: scaled
//! to standard deviation 1 instead of squashed.
//!
//! Knowing nothing: answering 0 costs the variance 1 + noise², as far as a trajectory of 50,000 units tells the mean and the
//! standard deviation it is scaled by. No model can be below noise².

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Targets, Task};

/// Mackey–Glass, see the [module](self).
pub struct MackeyGlass;

impl Task for MackeyGlass {
    fn name(&self) -> &'static str {
        "mackey_glass"
    }

    fn title(&self) -> &'static str {
        "Mackey–Glass"
    }

    fn definition(&self) -> &'static str {
        "A chaotic series whose change depends on its value some time ago. Answer the next value."
    }

    fn source(&self) -> &'static str {
        "Mackey and Glass 1977, Oscillation and Chaos in Physiological Control Systems."
    }

    fn teaches(&self) -> &'static str {
        "That a lawful series may be easy to predict one step ahead and impossible far ahead, and that the law needs memory."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(50.0),
            Parameter::MIN_LENGTH,
            Parameter {
                name: "tau",
                default: 17.0,
                // Below about 4.7 the series comes to rest.
                min: 6.0,
                max: 100.0,
                whole: true,
                at_most: None,
                unit: "steps",
                description: "How long ago the value was that drives the change: 17 is mildly chaotic, 30 more so.",
            },
            Parameter::NOISE,
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        1
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let (tau, noise) = (parameters.whole("tau"), parameters.get("noise"));
        let (mean, deviation) = moments(tau);
        let mut series = Trajectory::new(tau, stream.uniform(0.5, 1.5));
        let mut inputs = Array2::zeros((layout.rows(), 1));
        let mut targets = Array2::zeros((layout.rows(), 1));
        for span in layout.spans() {
            for _ in 0..stream.below(GAP) {
                series.advance();
            }
            let mut value = || (series.advance() - mean) / deviation + noise * stream.normal();
            let mut current = value();
            for row in span.rows() {
                let next = value();
                inputs[[row, 0]] = current;
                targets[[row, 0]] = next;
                current = next;
            }
        }
        let targets = Targets::Values(targets);
        layout.dataset((inputs, &["x"]), targets, &["next x"], Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        1.0 + self.least_loss(parameters)
    }

    fn least_loss(&self, parameters: &Parameters) -> f64 {
        let noise = parameters.get("noise");
        noise * noise
    }
}

/// Integration steps per unit of time.
const FINE: usize = 10;
/// Sequences are less than this many units apart: about the period of the slowest swing of τ = 17.
const GAP: usize = 50;
/// Units of time after which a trajectory has forgotten where it began.
const SETTLING: usize = 1_000;
/// Units of time from which mean and standard deviation are taken.
const MEASURED: usize = 50_000;

/// The mean and the standard deviation of a long trajectory.
fn moments(tau: usize) -> (f64, f64) {
    let mut series = Trajectory::new(tau, 1.2);
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..MEASURED {
        let x = series.advance();
        sum += x;
        squares += x * x;
    }
    let mean = sum / MEASURED as f64;
    (mean, libm::sqrt(squares / MEASURED as f64 - mean * mean))
}

/// The equation's solution, moving on.
struct Trajectory {
    /// The values at the integration steps from t − τ to t, a ring.
    past: Vec<f64>,
    /// Where x(t − τ) stands in it.
    oldest: usize,
    /// x(t).
    x: f64,
}

impl Trajectory {
    /// The solution that was `x` for ever, after it has settled.
    fn new(tau: usize, x: f64) -> Self {
        let mut series = Self {
            past: vec![x; tau * FINE + 1],
            oldest: 0,
            x,
        };
        for _ in 0..SETTLING {
            series.advance();
        }
        series
    }

    /// Moves on by a unit of time and returns the value there.
    fn advance(&mut self) -> f64 {
        let h = 1.0 / FINE as f64;
        for _ in 0..FINE {
            let after = (self.oldest + 1) % self.past.len();
            let (then, later) = (self.past[self.oldest], self.past[after]);
            let middle = (then + later) / 2.0;
            let k1 = slope(self.x, then);
            let k2 = slope(self.x + h / 2.0 * k1, middle);
            let k3 = slope(self.x + h / 2.0 * k2, middle);
            let k4 = slope(self.x + h * k3, later);
            self.x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
            self.past[self.oldest] = self.x;
            self.oldest = after;
        }
        self.x
    }
}

/// dx/dt where the value is `x` and was `then` a time τ ago.
fn slope(x: f64, then: f64) -> f64 {
    let square = then * then;
    let fourth = square * square;
    0.2 * then / (1.0 + fourth * fourth * square) - 0.1 * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trajectory_solves_the_delay_equation() {
        for tau in [6, 17, 30] {
            let mut series = Trajectory::new(tau, 0.9);
            let newest = |series: &Trajectory, back: usize| {
                let len = series.past.len();
                series.past[(series.oldest + len - 1 - back) % len]
            };
            for _ in 0..200 {
                series.advance();
                // The derivative a step ago by central differences (error h²/6 · x‴, below 1e-4 here) is the equation's.
                let h = 1.0 / FINE as f64;
                let found = (newest(&series, 0) - newest(&series, 2)) / (2.0 * h);
                // One step ago is not in the ring any more at t − τ, but its neighbour before is the oldest but one.
                let delayed = {
                    let oldest = series.past[series.oldest];
                    let after = series.past[(series.oldest + 1) % series.past.len()];
                    2.0 * oldest - after
                };
                let expected = slope(newest(&series, 1), delayed);
                assert!((found - expected).abs() < 2e-3, "{tau}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_standard_series_has_its_known_moments() {
        // The same equation in plain Python, Runge–Kutta in steps of 0.05 over 20,000 units from 1.2.
        let (mean, deviation) = moments(17);
        assert!((mean - MEAN).abs() < 0.005, "{mean}");
        assert!((deviation - DEVIATION).abs() < 0.005, "{deviation}");
    }
    const MEAN: f64 = 0.92992;
    const DEVIATION: f64 = 0.22614;
}
