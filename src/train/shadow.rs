//! A network's forecasts of a part held against the truth some steps back: see [`baseline::shadow`](crate::baseline::shadow).

use super::Snapshot;
use crate::baseline::Shadow;
use crate::data::Split;

/// Over the forecasts of an output that a snapshot has of a part; `None` where no series is forecast, or none of them has a
/// target with enough before it.
pub fn shadow(snapshot: &Snapshot, split: Split, output: usize) -> Option<Shadow> {
    let material = &snapshot.material;
    let baselines = material.baselines.as_ref()?;
    let (target, ahead) = baselines.output(output);
    let forecasts = snapshot.forecasts(split);
    if output >= forecasts.outputs {
        return None;
    }
    let said = forecasts.compared(material, output, 0).filter_map(|one| {
        let until = baselines.known(one.row + ahead, target);
        // A target of another series, or one that has not come, is none of these forecasts.
        let is_there = until.last().is_some_and(|value| value.is_finite());
        is_there.then_some((one.prediction, until))
    });
    Shadow::of(said, ahead)
}
