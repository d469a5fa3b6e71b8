//! Damped oscillator.
//!
//! A series x_t = exp(−t/decay) cos(2πt/period + φ) + noise · ε_t with the phase φ drawn evenly for each sequence and ε_t
//! from the standard normal distribution. Asked at every step: the next value x_{t+1}, noise included.
//!
//! Source: the textbook example of a linear system with a pair of complex eigenvalues (Strogatz 1994, “Nonlinear Dynamics and
//! Chaos”): without noise x_{t+1} = 2 r cos(2π/period) x_t − r² x_{t−1} with r = exp(−1/decay), so two linear units
//! with the eigenvalues r exp(±2πi/period) solve it.
//!
//! Knowing nothing: answering 0 at step t, counted from 0, costs exp(−2 (t + 1)/decay)/2 + noise², on average over the
//! steps. No model can be below noise².

use ndarray::Array2;
use std::f64::consts::TAU;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Targets, Task, lengths};

/// Damped oscillator, see the [module](self).
pub struct Damped;

impl Task for Damped {
    fn name(&self) -> &'static str {
        "damped"
    }

    fn title(&self) -> &'static str {
        "Damped oscillator"
    }

    fn definition(&self) -> &'static str {
        "A swing with a random phase dies away. At every step, answer its next value."
    }

    fn source(&self) -> &'static str {
        "The textbook example of a linear system; Strogatz 1994, Nonlinear Dynamics and Chaos."
    }

    fn teaches(&self) -> &'static str {
        "What the eigenvalues of a recurrent matrix do: their size is the decay, their angle the period."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(50.0),
            Parameter::MIN_LENGTH,
            Parameter {
                name: "period",
                default: 12.0,
                min: 2.0,
                max: 10_000.0,
                whole: false,
                at_most: None,
                unit: "steps",
                description: "How many steps a full swing takes.",
            },
            Parameter {
                name: "decay",
                default: 20.0,
                min: 0.1,
                max: 1e6,
                whole: false,
                at_most: None,
                unit: "steps",
                description: "After how many steps the swing has shrunk to 1/e, about a third.",
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
        let [period, decay, noise] = ["period", "decay", "noise"].map(|name| parameters.get(name));
        let mut inputs = Array2::zeros((layout.rows(), 1));
        let mut targets = Array2::zeros((layout.rows(), 1));
        for span in layout.spans() {
            let phase = stream.uniform(0.0, TAU);
            let mut value = |step: usize| {
                let t = step as f64;
                libm::exp(-t / decay) * libm::cos(TAU * t / period + phase)
                    + noise * stream.normal()
            };
            let mut current = value(0);
            for (step, row) in span.rows().enumerate() {
                let next = value(step + 1);
                inputs[[row, 0]] = current;
                targets[[row, 0]] = next;
                current = next;
            }
        }
        let targets = Targets::Values(targets);
        layout.dataset((inputs, &["x"]), targets, &["next x"], Answers::EveryStep)
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        let decay = parameters.get("decay");
        let (shortest, longest) = lengths(parameters).into_inner();
        let (mut loss, mut count) = (0.0, 0.0);
        for step in 0..longest {
            let sequences = (longest - shortest.max(step + 1) + 1) as f64;
            loss += sequences * libm::exp(-2.0 * (step + 1) as f64 / decay) / 2.0;
            count += sequences;
        }
        loss / count + self.least_loss(parameters)
    }

    fn least_loss(&self, parameters: &Parameters) -> f64 {
        let noise = parameters.get("noise");
        noise * noise
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn without_noise_the_series_obeys_its_linear_recurrence() {
        let parameters = Parameters::validated(&Damped, &BTreeMap::new()).unwrap();
        let data = Damped.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Values(targets) = &data.targets else {
            panic!("values expected")
        };
        let r = (-1.0_f64 / 20.0).exp();
        let a = 2.0 * r * (TAU / 12.0).cos();
        for span in &data.test {
            let x: Vec<f64> = span.rows().map(|row| data.inputs[[row, 0]]).collect();
            for t in 1..span.len {
                let next = a * x[t] - r * r * x[t - 1];
                assert!((targets[[span.start + t, 0]] - next).abs() < 1e-13);
            }
        }
    }
}
