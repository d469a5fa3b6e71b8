//! `generated.csv`: how a trained model goes on after the probe, reading its own outputs.

use super::Generation;
use super::csv::{quoted, without_noise};
use crate::data::Targets;
use crate::nn::{AnyModel, Stop, generate};
use crate::random::Stream;
use crate::train::Snapshot;
use std::io::{self, Write};
use std::ops::ControlFlow;

/// `generated.csv`: a row per step that the model goes on after the probe, numbers in the data's own units, or the class.
///
/// # Errors
/// What `file` says; [`io::ErrorKind::Interrupted`] once `hurry` is asked.
pub(super) fn write(
    snapshot: &Snapshot,
    generation: Generation,
    seed: u64,
    hurry: &Stop,
    file: &mut dyn Write,
) -> io::Result<()> {
    let material = &snapshot.material;
    let dataset = &material.dataset;
    let names: Vec<String> = dataset
        .output_names
        .iter()
        .map(|name| quoted(name))
        .collect();
    let classes = matches!(dataset.targets, Targets::Classes { .. });
    let columns = if classes {
        "class".into()
    } else {
        names.join(",")
    };
    writeln!(file, "step,{columns}")?;
    let (AnyModel::Recurrent(model), Some(part)) = (&snapshot.model, snapshot.probe.parts.first())
    else {
        return Ok(());
    };
    let beginning: Vec<Vec<f64>> = part
        .x
        .outer_iter()
        .map(|step| step.row(0).to_vec())
        .collect();
    let mut stream = Stream::new(seed, "generation");
    let Generation { steps, temperature } = generation;
    // The last known values, from which changes are counted.
    let last = snapshot.probe.rows.end.saturating_sub(1);
    let mut known: Vec<f64> = match &dataset.naive {
        Some(naive) if last < naive.nrows() => naive.row(last).to_vec(),
        _ => vec![0.0; dataset.output_size()],
    };
    let (mut step, mut written) = (0, Ok(()));
    let mut row = |values: &[f64]| -> io::Result<()> {
        if hurry.is_asked() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let values: Vec<String> = if classes {
            let chosen = names.iter().zip(values).filter(|(_, value)| **value == 1.0);
            chosen.map(|(name, _)| name.clone()).collect()
        } else {
            let own = values.iter().zip(&mut known).zip(&dataset.output_scalers);
            own.map(|((&value, known), scaler)| {
                *known = scaler.invert_from(*known, value);
                format!("{:?}", without_noise(*known))
            })
            .collect()
        };
        step += 1;
        writeln!(file, "{step},{}", values.join(","))
    };
    let generated = generate::generate(
        model,
        material.loss,
        &beginning,
        steps,
        temperature,
        &mut stream,
        |values| {
            written = row(values);
            match &written {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        },
    );
    // What the model cannot do was refused before it was trained.
    generated.map_err(io::Error::other).and(written)
}
