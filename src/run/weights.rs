//! Weights of a file to begin from, and what became of them.

use super::RunError;
use crate::nn::state_dict::{self, Limits, Shaped, Wish};
use crate::platform::files;
use crate::train::AnyTrainer;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// `weights` in `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadedWeights {
    /// The file, as it was given.
    pub file: String,
    /// The file's hash.
    pub sha256: String,
    /// The parameters that were loaded.
    pub loaded: Vec<String>,
    /// Those of them that have another name in the file: that name by theirs.
    pub renamed: BTreeMap<String, String>,
    /// The biases that are 0 because the file's modules have none.
    pub zeros: Vec<String>,
    /// The parameters that the file lacks.
    pub missing: Vec<String>,
    /// The file's layers and directions that the network has no place for.
    pub unplaced: Vec<String>,
    /// The file's tensors that are of an optimiser's state.
    pub optimizer: Vec<String>,
    /// The file's other tensors that belong to no parameter.
    pub left_over: Vec<String>,
    /// The prefixes that were asked for.
    pub prefixes: Vec<String>,
    /// Whether a part of the parameters was enough.
    pub partial: bool,
}

impl LoadedWeights {
    fn new(path: &Path, sha256: String, report: &state_dict::Report, wish: &Wish) -> Self {
        let names = |of: &[Shaped]| of.iter().map(|shaped| shaped.name.clone()).collect();
        let renamed = report.renamed.iter();
        Self {
            file: path.display().to_string(),
            sha256,
            loaded: report.matched.clone(),
            renamed: renamed
                .map(|renamed| (renamed.to.clone(), renamed.from.clone()))
                .collect(),
            zeros: report.zeros.clone(),
            missing: names(&report.missing),
            unplaced: names(&report.unplaced),
            optimizer: names(&report.optimizer),
            left_over: names(&report.left_over),
            prefixes: wish.prefixes.clone(),
            partial: wish.partial,
        }
    }

    /// What has to be on the command line to begin from them again.
    pub(super) fn options(&self) -> String {
        let prefixes = self.prefixes.iter();
        let prefixes = prefixes.map(|prefix| format!(" --prefix {prefix:?}"));
        let partial = if self.partial { " --partial" } else { "" };
        format!("--weights{}{partial}", prefixes.collect::<String>())
    }
}

/// Begins from the weights in a file: all of them, or as far as `wish` has it.
pub(super) fn load(
    path: &Path,
    wish: &Wish,
    trainer: &mut AnyTrainer,
) -> Result<(LoadedWeights, state_dict::Report), RunError> {
    let limits = Limits::default();
    let bytes = files::read(path, limits.file_bytes() as u64, Limits::TOO_LONG)
        .map_err(RunError::Unreadable)?;
    let tensors = state_dict::read(&bytes, limits).map_err(|error| RunError::Weights {
        path: path.into(),
        error: Box::new(error),
    })?;
    let report = trainer.load(&tensors, wish);
    if !report.loaded {
        return Err(RunError::OtherNetwork {
            path: path.into(),
            report: Box::new(report),
        });
    }
    let sha256 = format!("{:x}", Sha256::digest(&bytes));
    Ok((LoadedWeights::new(path, sha256, &report, wish), report))
}
