//! How a run began, and what else of its experiment is needed to answer questions.
//!
//! Where its weights began is not kept: they are drawn again from the seed when they are asked for, or taken from their file, as
//! the run did, bit for bit.

use crate::experiment::{FirstWeights, Precision};
use crate::nn::{AnyModel, Init, Network, Real};
use crate::random::Stream;

/// How a run's weights began, and what else of its experiment questions need.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The seed that they were drawn from.
    pub seed: u64,
    /// How; `None` where they came from a file that no text names.
    pub init: Option<Init>,
    /// Sequences per update.
    pub batch: usize,
    /// Whether padding has no part in anything.
    pub masking: bool,
}

impl Setup {
    /// The parameters before the first update, as they were drawn, or taken from `file`: before any was set by hand on the way.
    /// `None` where they came from a file that no text names.
    pub fn first(
        &self,
        network: &Network,
        precision: Precision,
        file: Option<&FirstWeights>,
    ) -> Option<Vec<f64>> {
        let init = self.init.as_ref()?;
        Some(match precision {
            Precision::F64 => begun::<f64>(self.seed, init, network, file),
            Precision::F32 => begun::<f32>(self.seed, init, network, file),
        })
    }
}

/// Drawn parameters, those of a file in their place where there is one.
fn begun<T: Real>(
    seed: u64,
    init: &Init,
    network: &Network,
    file: Option<&FirstWeights>,
) -> Vec<f64> {
    let mut model = AnyModel::<T>::new(network, init, &mut Stream::new(seed, "init"));
    if let Some(file) = file {
        file.load(network, model.parameters_mut(), &init.set);
    }
    model.parameters().iter().map(|x| x.widen()).collect()
}
