//! The stages of work on an experiment, in the order in which they come: what there is to wait for.

use std::ops::ControlFlow;

/// A stage of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The file is read.
    Reading,
    /// Sequences are made of it, or for a task.
    Building,
    /// What forecasts are held against is fitted.
    Baselines,
    /// Sequences run through the network, and nothing is learned.
    Evaluating,
    /// Updates are made.
    Training,
    /// Results are written.
    Writing,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 6] = [
        Stage::Reading,
        Stage::Building,
        Stage::Baselines,
        Stage::Evaluating,
        Stage::Training,
        Stage::Writing,
    ];

    /// What is being done, as a phrase that begins a line.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Reading => "Reading the data",
            Stage::Building => "Building sequences",
            Stage::Baselines => "Fitting the baselines",
            Stage::Evaluating => "Evaluating",
            Stage::Training => "Training",
            Stage::Writing => "Writing the results",
        }
    }
}

/// Told now and then which stage is at work and what share of it is done, from 0 to 1; [`ControlFlow::Break`] ends the work.
pub type Watch<'a> = &'a dyn Fn(Stage, f32) -> ControlFlow<()>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_stage_has_a_title_of_its_own() {
        let titles: BTreeSet<&str> = Stage::ALL.map(Stage::title).into();
        assert_eq!(titles.len(), Stage::ALL.len());
    }
}
