//! How a run began, and what else of its experiment is needed to answer questions.
//!
//! Where its weights began is not kept: they are drawn again from the seed when they are asked for, as the run drew them, bit for
//! bit.

use crate::experiment::Precision;
use crate::nn::{AnyModel, Init, Network};
use crate::random::Stream;

/// How a run's weights began, and what else of its experiment questions need.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The seed that they were drawn from.
    pub seed: u64,
    /// How; `None` where they came from a file and are not on record.
    pub init: Option<Init>,
    /// Sequences per update.
    pub batch: usize,
    /// Whether padding has no part in anything.
    pub masking: bool,
}

impl Setup {
    /// The parameters before the first update, as they were drawn: before any was set by hand. `None` where they came from a file.
    pub fn first(&self, network: &Network, precision: Precision) -> Option<Vec<f64>> {
        let init = self.init.as_ref()?;
        let stream = &mut Stream::new(self.seed, "init");
        Some(match precision {
            Precision::F64 => AnyModel::<f64>::new(network, init, stream)
                .parameters()
                .to_vec(),
            Precision::F32 => {
                let model = AnyModel::<f32>::new(network, init, stream);
                model.parameters().iter().map(|&x| f64::from(x)).collect()
            }
        })
    }
}
