//! `model.weights`: weights of a file that a run begins from, instead of drawn ones. They load whole or not at all, as
//! [`state_dict::load`] has it; `model.init` draws what a part of a file leaves out, and what it sets by hand comes last.

use super::location::Location;
use super::{Experiment, Precision};
use crate::nn::init::Init;
use crate::nn::state_dict::{self, Limits, NamedTensor, Report, Wish};
use crate::nn::{Network, Real, SetWeight};
use crate::platform::files::FileError;
use std::sync::Arc;

/// Why a run cannot begin from a file of weights.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It cannot be read.
    File(FileError),
    /// It is no file of weights, or one of another network: what is wrong, and what may help.
    Other(String),
}

/// What a text says of a file of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsFile {
    /// `file`: where it is, relative to the experiment's own place.
    pub path: String,
    /// `prefix` and `partial`: what of it is meant.
    pub wish: Wish,
}

/// What is in a file of weights.
#[derive(Clone, Debug)]
pub struct FirstWeights {
    of: WeightsFile,
    tensors: Arc<Vec<NamedTensor>>,
}

impl FirstWeights {
    /// Reads the file that `of` names.
    pub(super) fn read(of: &WeightsFile, location: &Location) -> Result<Self, Unusable> {
        let limits = Limits::default();
        let bytes = location
            .read_within(&of.path, limits.file_bytes() as u64, Limits::TOO_LONG)
            .map_err(Unusable::File)?;
        let tensors =
            state_dict::read(&bytes, limits).map_err(|error| Unusable::Other(error.to_string()))?;
        Ok(Self {
            of: of.clone(),
            tensors: Arc::new(tensors),
        })
    }

    /// Whether it is what another text asks for of the same file, so that nothing has to be read again.
    pub(super) fn is_of(&self, of: &WeightsFile) -> bool {
        self.of.path == of.path
    }

    /// The same tensors, as another text wants them.
    pub(super) fn wanted_as(&self, of: &WeightsFile) -> Self {
        Self {
            of: of.clone(),
            tensors: Arc::clone(&self.tensors),
        }
    }

    /// Whether they fit the network; returns what is to be told of them.
    pub(super) fn check(
        &self,
        network: &Network,
        experiment: &Experiment,
    ) -> Result<Vec<String>, Unusable> {
        let entries = network.entries();
        let count = entries.last().map_or(0, |entry| entry.range.end);
        let report = match experiment.training.precision {
            Precision::F32 => self.load(network, &mut vec![0_f32; count], &[]),
            Precision::F64 => self.load(network, &mut vec![0_f64; count], &[]),
        };
        if report.loaded {
            let mut told = told(&self.of.path, &report);
            let init = &experiment.model.init;
            let drawn = Init {
                set: Vec::new(),
                ..init.clone()
            };
            if report.missing.is_empty() && drawn != Init::default() {
                told.push(format!(
                    "Weights of {}: no parameter is drawn, so the scheme and the forget_bias of model.init do nothing.",
                    self.of.path
                ));
            }
            return Ok(told);
        }
        Err(Unusable::Other(report.to_string()))
    }

    /// Puts them in the place of drawn parameters, and then what is set by hand.
    pub fn load<T: Real>(
        &self,
        network: &Network,
        parameters: &mut [T],
        set: &[SetWeight],
    ) -> Report {
        let report = state_dict::load(parameters, &network.entries(), &self.tensors, &self.of.wish);
        for set in set {
            // Whoever read it from outside has checked that it is there.
            if let Some(at) = network.parameter_index(set) {
                parameters[at] = T::value_of(set.value);
            }
        }
        report
    }
}

/// What of a file that fits is not as one may think.
fn told(path: &str, report: &Report) -> Vec<String> {
    let few = |names: Vec<String>| {
        const SHOWN: usize = 4;
        let more = names.len().saturating_sub(SHOWN);
        let shown = names[..names.len() - more].join(", ");
        if more > 0 {
            format!("{shown} and {more} more")
        } else {
            shown
        }
    };
    let names = |of: &[state_dict::Shaped]| of.iter().map(|of| of.name.clone()).collect::<Vec<_>>();
    let mut told = Vec::new();
    for (names, what) in [
        (report.zeros.clone(), "are absent and begin at 0"),
        (names(&report.missing), "are absent and are drawn"),
        (names(&report.unplaced), "have no place in this network"),
        (
            names(&report.left_over),
            "are no parameters and are left over",
        ),
    ] {
        if !names.is_empty() {
            told.push(format!("Weights of {path}: {} {what}.", few(names)));
        }
    }
    told
}
