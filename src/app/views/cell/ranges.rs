//! Between which ends the bars of a box stand. They are the same at every step of the sweep, so that a fall is seen as a fall.

use super::diagram::What;
use super::{Drawn, initial, source};
use crate::app::views::Scene;
use crate::app::widgets::significant;
use crate::nn::Cell;
use crate::words::NO_BREAK;
use std::slice;

/// The ends of a box: those of the quantity where it has such, and else what the largest of all steps needs. The gradients of
/// all states have one range, so that they can be held against each other.
pub(super) fn range(scene: &Scene<'_>, scan: usize, what: What, adjoint: bool) -> (f64, f64) {
    let found = source(scene, scan, what);
    let found = found.and_then(|(scan, quantity)| {
        let of = scene.part.scans.get(scan)?;
        Some((scan, quantity, of))
    });
    let Some((scan, quantity, of)) = found else {
        return (0.0, 0.0);
    };
    let own = of.cell.and_then(|cell| cell.range(quantity));
    if let Some(ends) = own.filter(|_| !adjoint) {
        return ends;
    }
    let states = of.states();
    let alike = match adjoint && states.contains(&quantity) {
        true => states,
        false => slice::from_ref(&quantity),
    };
    let sizes = alike.iter().map(|&quantity| {
        let probe = &scene.snapshot.probe;
        let over_time = probe.extent(scene.part_index, scan, quantity, adjoint);
        match states.contains(&quantity) {
            true => over_time.max(largest(initial(of, quantity, adjoint))),
            false => over_time,
        }
    });
    let most = sizes.fold(0.0, f64::max);
    (-most, most)
}

/// Makes room for what has arrived so far of the gradient of a state: that may be more than what is left when all of it has.
pub(super) fn make_room(boxes: &mut [Drawn], cell: Cell) {
    let is_state = |shape: &Drawn| cell.states().contains(&shape.what.quantity());
    let states = boxes.iter().filter(|shape| is_state(shape));
    let most = states.fold(0.0, |most: f64, shape| {
        let shown = shape.values.as_deref().unwrap_or_default();
        most.max(shape.range.1).max(largest(shown))
    });
    for shape in boxes.iter_mut().filter(|shape| is_state(shape)) {
        shape.range = (-most, most);
    }
}

fn largest<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(0.0, |most, value| most.max(value.abs()))
}

/// “± 2.9”, “0 … 1”.
pub(super) fn told((low, high): (f64, f64)) -> String {
    let written = |value| significant(value, 2);
    match low == -high {
        true if high == 0.0 => "0".to_owned(),
        true => format!("±{NO_BREAK}{}", written(high)),
        false => format!("{} … {}", written(low), written(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_briefly() {
        for (ends, text) in [
            ((0.0, 1.0), "0 … 1"),
            ((-1.0, 1.0), "±\u{a0}1"),
            ((-2.938, 2.938), "±\u{a0}2.9"),
            ((-0.0, 0.0), "0"),
        ] {
            assert_eq!(told(ends), text);
        }
    }
}
