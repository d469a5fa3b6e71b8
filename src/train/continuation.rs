//! How a trained network goes on after the probe, reading its own outputs, with the probabilities that each symbol was drawn
//! from.

use super::Snapshot;
use super::pass::probabilities;
use crate::data::{Targets, survey};
use crate::experiment::Material;
use crate::nn::generate::{self, Stepper};
use crate::nn::{AnyModel, Network, Stop};
use crate::random::Stream;
use std::ops::ControlFlow;

/// How many of the likeliest next symbols are named.
pub const NAMED: usize = 6;

/// Symbols that were written after those that were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    /// What the symbols are called, by output.
    pub names: Vec<String>,
    /// The probe's symbols.
    pub beginning: Vec<usize>,
    /// What was written.
    pub written: Vec<Written>,
}

/// A symbol that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Which.
    pub symbol: usize,
    /// The probability that the network gave it, softmax(y): at temperature 1.
    pub probability: f64,
    /// The likeliest symbols there, with their probabilities.
    pub likeliest: Vec<(usize, f64)>,
}

/// Whether what the model puts out is what it reads next.
///
/// # Errors
/// A sentence that says why not.
pub fn goes_on(material: &Material) -> Result<(), String> {
    let architecture = match &material.network {
        Network::Recurrent(architecture) => architecture,
        other => {
            return Err(format!(
                "found {}, expected a recurrent model, whose state goes on from step to step.",
                other.title()
            ));
        }
    };
    generate::check(architecture).map_err(|error| error.to_string())?;
    let dataset = &material.dataset;
    let outlook = material
        .source
        .as_ref()
        .and_then(|source| source.outlook.as_ref());
    if let Some(outlook) = outlook {
        outlook.feedback.as_ref().map_err(String::clone)?;
        if dataset.input_scalers != dataset.output_scalers {
            return Err(
                "found inputs and outputs that are scaled differently, expected the same: what it puts out is what it \
                 reads next."
                    .to_owned(),
            );
        }
    }
    let (inputs, outputs) = (&dataset.input_names, &dataset.output_names);
    let next = |(input, output): (&String, &String)| {
        output.strip_prefix("next ").unwrap_or(output) == input.as_str()
    };
    if inputs.len() != outputs.len() || !inputs.iter().zip(outputs).all(next) {
        return Err(format!(
            "found the inputs {} and the outputs {}, expected the same: what it puts out is what it reads next.",
            inputs.join(", "),
            outputs.join(", ")
        ));
    }
    Ok(())
}

impl Continuation {
    /// So many symbols after the probe, drawn from softmax(y / temperature); with temperature 0 the likeliest is taken. `None`
    /// where the network cannot go on or reads no symbols, or it was asked to stop.
    pub fn of(
        snapshot: &Snapshot,
        steps: usize,
        temperature: f64,
        seed: u64,
        stop: &Stop,
    ) -> Option<Self> {
        let material = &snapshot.material;
        let dataset = &material.dataset;
        goes_on(material).ok()?;
        let (AnyModel::Recurrent(model), Targets::Classes { names, .. }) =
            (&snapshot.model, &dataset.targets)
        else {
            return None;
        };
        let span = *dataset
            .split(snapshot.probe.split)
            .get(snapshot.probe.index)?;
        survey::symbols_read(dataset, span)?;
        let part = snapshot.probe.parts.first()?;
        let beginning: Vec<Vec<f64>> = part
            .x
            .outer_iter()
            .take(*part.lengths.first()?)
            .map(|step| step.row(0).to_vec())
            .collect();
        let chosen = |x: &[f64]| x.iter().position(|&value| value == 1.0);
        let mut written: Vec<usize> = Vec::with_capacity(steps);
        let mut stream = Stream::new(seed, "generation");
        let keep = |x: &[f64]| {
            written.extend(chosen(x));
            match stop.is_asked() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        generate::generate(
            model,
            material.loss,
            &beginning,
            steps,
            temperature,
            &mut stream,
            keep,
        )
        .ok()?;
        // Once more, for the probabilities: the same steps give the same outputs.
        let mut stepper = Stepper::new(model).ok()?;
        let (last, before) = beginning.split_last()?;
        for x in before {
            stepper.step(x);
        }
        let mut x = last.clone();
        let mut told = Vec::with_capacity(written.len());
        for &symbol in &written {
            let probabilities = probabilities(stepper.step(&x));
            let mut order: Vec<usize> = (0..probabilities.len()).collect();
            order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
            let likeliest = order.into_iter().take(NAMED);
            told.push(Written {
                symbol,
                probability: *probabilities.get(symbol)?,
                likeliest: likeliest
                    .map(|class| (class, probabilities[class]))
                    .collect(),
            });
            x.fill(0.0);
            *x.get_mut(symbol)? = 1.0;
        }
        Some(Self {
            names: names.clone(),
            beginning: beginning.iter().filter_map(|x| chosen(x)).collect(),
            written: told,
        })
    }
}
