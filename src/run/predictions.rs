//! `predictions.csv`.

use super::csv::{quoted, without_noise};
use crate::data::{Split, Targets};
use crate::experiment::{Baseline, BaselineKind, Material};
use crate::train::Snapshot;
use std::io::{self, Write};
use std::ops::ControlFlow;

/// So many rows are written between two looks at whether to go on.
const BETWEEN: usize = 1 << 12;

/// A row per sequence (and per output, where there are several; with its group, where rows are of several series): its target, what the model says and what the baselines say.
/// Where classes are told at every step there is a row for each of them.
///
/// `told` is told the share done.
///
/// # Errors
/// What `file` says; [`io::ErrorKind::Interrupted`] once `told` breaks.
pub(super) fn write(
    snapshot: &Snapshot,
    told: &dyn Fn(f32) -> ControlFlow<()>,
    file: &mut dyn Write,
) -> io::Result<()> {
    let material: &Material = &snapshot.material;
    let dataset = &material.dataset;
    let baselines = material.baselines.as_deref();
    // The naive forecast first, as it always was.
    let listed = baselines
        .iter()
        .flat_map(|baselines| baselines.list.iter().rev());
    let listed: Vec<&Baseline> = listed.collect();
    let outputs = match &dataset.targets {
        Targets::Values(values) => values.ncols(),
        Targets::Classes { .. } => 1,
    };
    // Times alone do not tell the rows of several series apart.
    let has_groups = material.group_of(0).is_some();
    let mut csv = String::from("split,");
    if has_groups {
        csv += "group,";
    }
    csv += "t,";
    if outputs > 1 {
        csv += "output,";
    }
    csv += "target,prediction,naive";
    for baseline in listed.iter().skip(1) {
        csv += match baseline.kind {
            BaselineKind::Autoregression => ",ar",
            BaselineKind::SeasonalNaive => ",seasonal_naive",
            BaselineKind::Naive => ",naive",
        };
    }
    writeln!(file, "{csv}")?;
    let counts = Split::ALL.map(|split| snapshot.forecasts(split).rows.len());
    let all = outputs * counts.iter().sum::<usize>();
    let mut done = 0;
    for split in Split::ALL {
        for output in 0..outputs {
            let ahead = baselines.map_or(dataset.ahead(), |baselines| baselines.output(output).1);
            for compared in snapshot.forecasts(split).compared(material, output, 0) {
                if done % BETWEEN == 0 && told(done as f32 / all.max(1) as f32).is_break() {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                done += 1;
                let mut csv = String::new();
                let [target, prediction] =
                    [compared.target, compared.prediction].map(|value| match &dataset.targets {
                        Targets::Values(_) => format!("{:?}", without_noise(value)),
                        Targets::Classes { names, .. } => {
                            quoted(names.get(value as usize).map_or("", String::as_str))
                        }
                    });
                let t = quoted(&dataset.label_ahead(compared.row, ahead));
                csv += &format!("{},", split.name());
                if has_groups {
                    let group = material.group_of(compared.row).unwrap_or_default();
                    csv += &format!("{},", quoted(&group));
                }
                csv += &format!("{t},");
                if outputs > 1 {
                    csv += &format!("{},", quoted(&dataset.output_names[output]));
                }
                csv += &format!("{target},{prediction},");
                let naive = compared.naive.map(|naive| format!("{naive:?}"));
                csv += &naive.unwrap_or_default();
                for baseline in listed.iter().skip(1) {
                    let said = baselines
                        .and_then(|baselines| baselines.predict(baseline, compared.row, output));
                    let said = said.map(|said| format!("{:?}", without_noise(said)));
                    csv += &format!(",{}", said.unwrap_or_default());
                }
                writeln!(file, "{csv}")?;
            }
        }
    }
    Ok(())
}
