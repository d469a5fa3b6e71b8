//! What a learner asks of a model and of the record of a run through it, beyond the record itself.
//!
//! A [`Subject`] is one scan for one sequence: its record both ways and its weights.
//!
//! - [`flow`]: how large gradients are through time, where they come from, and how far back they reach.
//! - [`growth`]: since when sizes in a row have been growing, and how fast.
//! - [`jacobian`]: what one step, or a span of steps, does to a change of the state.
//! - [`spectrum`]: eigenvalues and singular values, of recurrent weights above all; Pascanu's bound.
//! - [`itemised`]: which time steps a parameter's gradient comes from, and which loss terms an adjoint.
//! - [`stretch`]: how much each step stretches a change of the state.
//! - [`by_time`]: every block of a scan's parameters, by the steps that it learns from.
//! - [`rerun`]: a pass made anew, to go back from one loss term alone, or by one road alone.
//! - [`saturation`]: gates that stand open or shut, units that are off.
//! - [`quantiles`]: how a quantity spreads over the units.
//! - [`unit_order`]: orders of the units that show what belongs together.
//! - [`inventory`]: what a network consists of, and what its parts multiply.
//! - [`weight_blocks`]: a matrix of parameters gate by gate.
//! - [`principal`]: the directions in which states spread most.
//! - [`fixed_points`]: states that a step leaves as they are, and what becomes of those near them.
//! - [`relief`]: losses over a plane, with shades and lines of equal height.
//! - [`cliff`]: the loss of a single unit that has a wall in it, and descent with and without clipping.
//!
//! Everything is f64, computed from widened models and records on demand; nothing in training uses it. It is
//! bit-identical everywhere, as the engine is.

pub mod by_time;
pub mod cliff;
mod decompose;
pub mod entropy;
pub mod fixed_points;
pub mod flow;
pub mod following;
pub mod growth;
pub mod inventory;
pub mod itemised;
pub mod jacobian;
pub mod principal;
pub mod quantiles;
pub mod relief;
pub mod rerun;
pub mod saturation;
pub mod spectrum;
pub mod stretch;
pub mod subject;
#[cfg(test)]
mod tests;
pub mod unit_order;
pub mod weight_blocks;

pub use by_time::{BlockByTime, ByTime, EntryByTime, entry_by_time};
pub use entropy::{Spreads, entropy};
pub use fixed_points::{FixedPoint, FixedPoints, Stability, StepMap, handed_on};
pub use flow::{
    arrived_from_above, arrived_from_next, flow_of_part, gradient_flow, largest_magnitude, norm,
    outliers_of_every, reach,
};
pub use following::following;
pub use growth::{Growth, growth_above, growth_from_least, growth_from_quarter};
pub use inventory::{Inventory, ParameterFacts, PartFacts, inventory};
pub use itemised::{
    BlockTerms, LossShares, MOST_LOSS_TERMS, block_terms, entry_terms, largest_loss_terms,
    loss_shares,
};
pub use jacobian::{Jacobian, Span, States, span, span_until, step};
pub use principal::{Principal, principal};
pub use quantiles::quantiles;
pub use relief::Relief;
pub use rerun::{LossFlow, Rerun, Roads};
pub use saturation::{
    Saturation, SaturationByStep, dead_units, has_ends, saturation, saturation_by_step, stuck_units,
};
pub use spectrum::{
    RecurrentBlock, eigenvalues, pascanu_bound, recurrent_blocks, recurrent_blocks_until,
    singular_values, spectral_radius,
};
pub use stretch::{Stretch, Stretches, stretches};
pub use subject::{Subject, weights_of};
pub use unit_order::{UnitOrder, unit_order};
pub use weight_blocks::{Blocks, blocks};
