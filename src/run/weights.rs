//! Weights of a file to begin from, and what became of them.

use super::RunError;
use crate::nn::state_dict::{self, Limits, Shaped};
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
    /// The parameters that the file lacks.
    pub missing: Vec<String>,
    /// The file's tensors that belong to no parameter.
    pub left_over: Vec<String>,
}

impl LoadedWeights {
    fn new(path: &Path, sha256: String, report: &state_dict::Report) -> Self {
        let names = |of: &[Shaped]| of.iter().map(|shaped| shaped.name.clone()).collect();
        let renamed = report.renamed.iter();
        Self {
            file: path.display().to_string(),
            sha256,
            loaded: report.matched.clone(),
            renamed: renamed
                .map(|renamed| (renamed.to.clone(), renamed.from.clone()))
                .collect(),
            missing: names(&report.missing),
            left_over: names(&report.left_over),
        }
    }
}

/// What to do with a file of weights that is longer than any that is read.
const TOO_LONG: &str =
    "Check that the file is one of weights, and keep in it only those of this network.";

/// Begins from the weights in a file: all that fit, but nothing where one has the wrong shape or none is there.
pub(super) fn load(
    path: &Path,
    trainer: &mut AnyTrainer,
) -> Result<(LoadedWeights, state_dict::Report), RunError> {
    let limits = Limits::default();
    let bytes =
        files::read(path, limits.file_bytes() as u64, TOO_LONG).map_err(RunError::Unreadable)?;
    let tensors = state_dict::read(&bytes, limits).map_err(|error| RunError::Weights {
        path: path.into(),
        error: Box::new(error),
    })?;
    let report = trainer.load(&tensors);
    if !report.is_usable() {
        return Err(RunError::OtherNetwork {
            path: path.into(),
            report: Box::new(report),
        });
    }
    let sha256 = format!("{:x}", Sha256::digest(&bytes));
    Ok((LoadedWeights::new(path, sha256, &report), report))
}
