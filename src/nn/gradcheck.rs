//! Central differences: the slope of the loss along one parameter, found without backpropagation.
//!
//! (L(θ + ε) − L(θ − ε)) / 2ε has an error of order ε² from the curve and of order 1/ε from rounding; ε = 10⁻⁵ balances
//! the two in f64. Always computed in f64.

use super::{Loss, RecurrentModel, RecurrentWorkspace, Target};

/// The step ε.
pub const STEP: f64 = 1e-5;

/// The slope of the loss of the batch in `workspace` along parameter `index`. The model comes back as it was.
pub fn central_difference(
    model: &mut RecurrentModel<f64>,
    workspace: &mut RecurrentWorkspace<f64>,
    loss: Loss,
    target: &Target<f64>,
    index: usize,
) -> f64 {
    let value = model.parameters[index];
    let mut loss_at = |at: f64| {
        model.parameters[index] = at;
        model.forward(workspace);
        model.loss(workspace, loss, target)
    };
    let slope = (loss_at(value + STEP) - loss_at(value - STEP)) / (2.0 * STEP);
    model.parameters[index] = value;
    slope
}
