//! What the marks of each view mean, and which words of the trade it is about: said below its question, to who points at its
//! title.

use super::widgets::Term;

/// What is to be known to read a view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Marks {
    /// What its marks mean, in a few sentences.
    pub(super) meaning: &'static str,
    /// The words that it is about.
    pub(super) terms: &'static [Term],
}

/// What the marks of a view mean, by its name; of one that is not known here, nothing.
pub(super) fn of(view: &str) -> Marks {
    let (meaning, terms): (_, &[Term]) = match view {
        "network" => (
            "A column is a time step, from the input at the bottom to the output at the top; stripes in a box are its units. \
             What is grey is not computed yet. On the way back the stripes are gradients, and the arrows are as wide as what \
             they carry.",
            &[Term::TimeStep, Term::HiddenState],
        ),
        "cell" => (
            "A box is an operation, its bars are the units; a line leads from what is computed to what reads it. \
             Circles multiply and add unit by unit. On the way back the bars are gradients, and the lines run the other way. A click \
             on a bar opens its number.",
            &[Term::Operation, Term::Counting],
        ),
        "gates" => (
            "A column is a time step, a row is a unit. What is grey is not computed yet; a double click opens a cell’s number.",
            &[Term::Gate, Term::HeatMap],
        ),
        "number" => (
            "The equation of one number with its values in it. Each value is a link to its own number, and the check holds the \
             gradient against the loss computed twice.",
            &[Term::Counting, Term::CentralDifference],
        ),
        "attention" => (
            "The darker a cell, the more the step of one axis looks at that of the other. On the way back the cells are \
             gradients of these weights. Bars below the columns of a decoder say how widely each look is spread.",
            &[Term::Attention, Term::Entropy],
        ),
        "gradient_flow" => (
            "A line is the length of the gradient by a layer’s states at each step; read it from right to left. A ring is the \
             share that has arrived so far, the dashed line a thousandth of the largest. Where there are several loss terms or \
             roads, a line can be one of them alone. A click moves the cursor.",
            &[Term::GradientFlow, Term::HollowMark],
        ),
        "jacobian" => (
            "A cell is the derivative of a unit’s state by that of a unit one step before; blue is negative. Singular values say \
             how much a step stretches a change: below the line at 1 it shrinks. Drag along a span to multiply its steps. A dot \
             is an eigenvalue of the recurrent weights, small ones are earlier updates.",
            &[Term::Jacobian, Term::SingularValue, Term::Eigenvalue],
        ),
        "time_terms" => (
            "A row is a gate’s block of a parameter, a column is a time step, and a cell the share of the block’s gradient that \
             the step gives; the cells of a row add up to 1, and a blue one pulls against the others. Enter or “one entry” shows \
             the terms of a single weight.",
            &[Term::Gradient, Term::TimeStep],
        ),
        "memory" => (
            "The line is the size of the gradient, by rows before the target; bars are the partial autocorrelation of the series, \
             dots its autocorrelation, and what is beyond the thin lines is hardly chance. The shaded stretch is the window.",
            &[
                Term::GradientReach,
                Term::PartialAutocorrelation,
                Term::Window,
            ],
        ),
        "training" => (
            "The loss of each update’s batch and of the test part, and the length of the gradient before and after clipping; \
             dashed is the limit, thin and pale a run before. A click shows the network after that update, if it is kept: see \
             the ticks. Ctrl and the wheel zoom, a double click shows all again; a click in the histogram sets the limit.",
            &[Term::Loss, Term::Clipping, Term::KnowingNothing],
        ),
        "loss_surface" => (
            "The darker a cell of the map on a light ground, or the brighter on a dark one, the larger the loss with these two \
             weights; lines join equal losses. The dot is the present network, the line where it came from as far as that is \
             kept. Beside it the loss along each axis.",
            &[Term::LossSurface, Term::Probe],
        ),
        "cliff" => (
            "The map is the loss of one unit for each w and b, dotted is its wall. Both lines begin at the ring: dashed without \
             clipping, solid with it. A click moves the ring; Ctrl and the wheel zoom, a double click shows all again.",
            &[Term::Cliff, Term::Clipping],
        ),
        "comparison" => (
            "A line is a run, told by its style and by the letter at its end; all are over the same updates. An upright line is \
             where a run diverged, a square where a line goes on at exactly 0, which a logarithmic axis has not. The table holds their numbers; one seed alone proves little.",
            &[Term::Lockstep, Term::Loss],
        ),
        "side_by_side" => (
            "A line, or a map, is a run; all are of the same sequence, but for runs with other data, of which that is said. Lines are the length of the gradient at each step, to be \
             read from right to left, with a square where it is exactly 0 from there on; maps share one scale of colours.",
            &[Term::GradientFlow, Term::HeatMap],
        ),
        "autopsy" => (
            "The first sentence says what happened and why, as far as the record proves it; below stand what may help, and the \
             numbers. The line is what had been growing, thick where it grew; \
             the red upright line is where it ended, the dashed one where clipping is proposed.",
            &[Term::Divergence, Term::Clipping],
        ),
        "prediction" => (
            "Dark is the truth, the thick coloured line or dot the network, thin dashed lines the baselines; among answers the \
             truth is a ring. The upright line is the probe. A click puts the nearest sequence under the lens. Other pages ask what \
             the forecasts are worth.",
            &[Term::Baseline, Term::Probe],
        ),
        "symbols" => (
            "A letter is a symbol that was read, its ground the value of one unit after it; white space is ␣ and ↵. The number \
             before a line is its sequence, the frame is where the cursor stands. A click moves it, or puts another sequence \
             under the lens.",
            &[Term::Unit, Term::Following],
        ),
        "autoregression" => (
            "A coloured bar is outside the band: its lag says something of its own. The upright line is the order chosen; a dot is \
             a root, a red one makes the model unstable. A click on a bar chooses that order.",
            &[
                Term::PartialAutocorrelation,
                Term::Criterion,
                Term::UnitCircle,
            ],
        ),
        "data" => (
            "Bluish is the training part, dark the test part. The shaded stretch is the window of the sequence on show, the dot \
             what is asked of it.",
            &[Term::Window, Term::TestPart],
        ),
        "parameters" => (
            "A row in strong letters is a layer or another part, those below it are its parameters. A click on one shows its \
             numbers as colours.",
            &[Term::Weight, Term::Bias, Term::Norm],
        ),
        "shapes" => (
            "Names and axes are PyTorch’s. In the proof a row is a sequence and a column a step: filled is what moved, empty what \
             did not by a single bit, ringed the step that was nudged.",
            &[Term::Batch, Term::TimeStep, Term::Bidirectional],
        ),
        "weights" => (
            "A cell is a weight, one hue above 0 and another below; a block is what one gate multiplies with. Bars beside it count \
             how many weights are how large. A click on a cell opens its number.",
            &[Term::Weight, Term::Gate, Term::HeatMap],
        ),
        "phase_portrait" => (
            "A line is the way of one sequence’s hidden state, a small dot its end; the strong one is the probe’s, up to the \
             cursor. A filled disc draws states in, a ring pushes them off, a diamond does both.",
            &[
                Term::HiddenState,
                Term::PrincipalComponents,
                Term::FixedPoint,
            ],
        ),
        _ => return Marks::default(),
    };
    Marks { meaning, terms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::views;

    #[test]
    fn every_view_says_what_its_marks_mean() {
        for view in views::names() {
            let marks = of(view);
            assert!(marks.meaning.ends_with('.'), "{view}");
            assert!(!marks.terms.is_empty(), "{view}");
        }
    }
}
