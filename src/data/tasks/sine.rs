//! Two sines.
//!
//! A series x_t = (sin(2πt/period₁ + φ₁) + sin(2πt/period₂ + φ₂)) / 2 + noise · ε_t with phases φ drawn evenly for each
//! sequence and ε_t from the standard normal distribution. Asked at every step: the next value x_{t+1}, noise included.
//!
//! Source: a textbook exercise without a single origin; sums of sines with random phases are the usual example of a
//! series that is exactly predictable from its past (a linear recurrence of order 4 continues two sines).
//!
//! Knowing nothing: answering 0 has the mean squared error 2 · (1/2)² · 1/2 + noise² = 1/4 + noise², over random phases
//! whatever the periods. No model can be below noise².

use std::f64::consts::TAU;

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Targets, Task};

/// Two sines, see the [module](self).
pub struct Sine;

impl Task for Sine {
    fn name(&self) -> &'static str {
        "sine"
    }

    fn title(&self) -> &'static str {
        "Two sines"
    }

    fn definition(&self) -> &'static str {
        "A series is the mean of two sines with random phases, plus noise. Answer the next value."
    }

    fn source(&self) -> &'static str {
        "A textbook exercise without a single origin."
    }

    fn teaches(&self) -> &'static str {
        "To read the phase of a rhythm from the past and to carry it on."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const fn period(name: &'static str, default: f64, description: &'static str) -> Parameter {
            // Below two steps a period cannot be told from a longer one.
            Parameter {
                name,
                default,
                min: 2.0,
                max: 10_000.0,
                whole: false,
                at_most: None,
                unit: "steps",
                description,
            }
        }
        const ALL: &[Parameter] = &[
            Parameter::length(50.0),
            Parameter::MIN_LENGTH,
            period(
                "period_1",
                20.0,
                "How many steps the first sine takes for a full turn.",
            ),
            period(
                "period_2",
                7.0,
                "How many steps the second sine takes for a full turn.",
            ),
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
        let turns = ["period_1", "period_2"].map(|period| TAU / parameters.get(period));
        let noise = parameters.get("noise");
        let mut inputs = Array2::zeros((layout.rows(), 1));
        let mut targets = Array2::zeros((layout.rows(), 1));
        for span in layout.spans() {
            let phases = turns.map(|_| stream.uniform(0.0, TAU));
            let mut value = |step: usize| {
                let sine = |which: usize| libm::sin(turns[which] * step as f64 + phases[which]);
                (sine(0) + sine(1)) / 2.0 + noise * stream.normal()
            };
            let mut current = value(0);
            for (step, row) in span.rows().enumerate() {
                let next = value(step + 1);
                inputs[[row, 0]] = current;
                targets[[row, 0]] = next;
                current = next;
            }
        }
        layout.dataset(
            (inputs, &["x"]),
            Targets::Values(targets),
            &["next x"],
            Answers::EveryStep,
        )
    }

    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64 {
        0.25 + self.least_loss(parameters)
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
        let parameters = Parameters::validated(&Sine, &BTreeMap::new()).unwrap();
        let data = Sine.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Values(targets) = &data.targets else {
            panic!("values expected")
        };
        // Each sine obeys x_{t+1} = 2 cos(2π/period) x_t − x_{t−1}; their sum the product of both operators.
        let (a, b) = (2.0 * (TAU / 20.0).cos(), 2.0 * (TAU / 7.0).cos());
        for span in &data.test {
            let x: Vec<f64> = span.rows().map(|row| data.inputs[[row, 0]]).collect();
            for t in 3..span.len {
                let next =
                    (a + b) * x[t] - (2.0 + a * b) * x[t - 1] + (a + b) * x[t - 2] - x[t - 3];
                assert!((targets[[span.start + t, 0]] - next).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_target_is_the_next_input_noise_included() {
        let given = BTreeMap::from([("noise".to_owned(), 0.5)]);
        let parameters = Parameters::validated(&Sine, &given).unwrap();
        let data = Sine.generate(&parameters, &mut Stream::new(5, "data"));
        let Targets::Values(targets) = &data.targets else {
            panic!("values expected")
        };
        let span = data.train[3];
        for row in span.start..span.last_row() {
            assert_eq!(targets[[row, 0]], data.inputs[[row + 1, 0]]);
        }
        assert_eq!(Sine.loss_of_knowing_nothing(&parameters), 0.5);
    }
}
