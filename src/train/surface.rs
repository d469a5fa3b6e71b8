//! The probe's loss around the present weights, over a plane through them.
//!
//! Along each of two axes lies a direction d in the space of all parameters: one parameter alone, the gradient, or one drawn at
//! random (Goodfellow, Vinyals & Saxe 2015 and Li et al. 2018 look at losses along such lines and planes). With the present
//! weights θ, the value in a cell is
//!
//! ```text
//! L(θ + a d_0 + b d_1)
//! ```
//!
//! over the one sequence under the lens, in evaluation mode, in f64 by the code that trains. Everything else stays as it is: of
//! a network with thousands of parameters this is a plane, and the way that training takes leads out of it.

use super::Snapshot;
use crate::nn::analysis::Relief;
use crate::nn::seq2seq::Lengths;
use crate::nn::{AnyModel, AnyWorkspace, Initial, Part, Record, Spot, Stop, Target};
use crate::random::Stream;
use ndarray::Array2;

/// A direction in the space of all parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A single parameter, by its index; the axis reads as its value.
    Parameter(usize),
    /// The gradient of the probe's loss, scaled to length 1: uphill.
    Gradient,
    /// Drawn evenly from all directions, by this number, scaled to length 1.
    Random(u32),
}

/// Which plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plane {
    /// Through the two parameters whose gradients are largest in magnitude.
    Steepest,
    /// Along these directions: across, and up.
    Along([Direction; 2]),
}

/// The finest grid has so many cells a side, and the first one so many; their middle cell is at the present weights.
pub const FINEST: usize = 41;
/// See [`FINEST`].
pub const FIRST: usize = 11;

/// What the finest grid of a network may cost, in products: beyond that a coarser one is taken, so that other questions need
/// not wait long.
const MOST_PRODUCTS: u128 = 3_000_000_000;

/// The loss over a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// What lies along the axes, across and up.
    pub axes: [Direction; 2],
    /// Where the present weights stand on them: the parameters' values; 0 along other directions.
    pub present: [f64; 2],
    /// How far the middle of the outermost cells is from there.
    pub reach: f64,
    /// The loss in the middle of each cell; as many both ways, and odd.
    pub relief: Relief,
    /// The loss at the present weights: that of the middle cell.
    pub loss: f64,
    /// The slope there along each axis: the gradient's share.
    pub slopes: [f64; 2],
}

impl Surface {
    /// How many cells there are a side.
    pub fn cells(&self) -> usize {
        self.relief.losses.nrows()
    }

    /// The place in the middle of a cell of an axis.
    pub fn place(&self, axis: usize, cell: usize) -> f64 {
        let half = (self.cells() - 1) as f64 / 2.0;
        self.present[axis] + self.reach * (cell as f64 - half) / half
    }

    /// The width of a cell.
    pub fn step(&self) -> f64 {
        2.0 * self.reach / (self.cells() - 1) as f64
    }
}

/// How many cells a side the finest grid has that does not take long.
pub fn finest(snapshot: &Snapshot) -> usize {
    let steps: usize = snapshot.probe.parts.iter().map(Part::seq_len).sum();
    let pass = snapshot.model.parameters().len() as u128 * steps as u128;
    let takes = |cells: &usize| (cells * cells) as u128 * pass <= MOST_PRODUCTS;
    [FINEST, 21].into_iter().find(takes).unwrap_or(FIRST)
}

/// The two parameters whose gradients are largest in magnitude; the first of equals. `None` if there are fewer than two.
fn steepest(gradient: &[f64]) -> Option<[Direction; 2]> {
    let largest = |but: Option<usize>| {
        let others = (0..gradient.len()).filter(|&index| Some(index) != but);
        others.reduce(
            |best, index| match gradient[index].abs() > gradient[best].abs() {
                true => index,
                false => best,
            },
        )
    };
    let first = largest(None)?;
    Some([first, largest(Some(first))?].map(Direction::Parameter))
}

/// A direction of length 1, and where the present weights stand on its axis; `None` if there is no such parameter, or the
/// gradient has no direction.
fn unit(direction: Direction, parameters: &[f64], gradient: &[f64]) -> Option<(Vec<f64>, f64)> {
    let drawn = match direction {
        Direction::Parameter(index) => {
            let present = *parameters.get(index)?;
            let mut along = vec![0.0; parameters.len()];
            along[index] = 1.0;
            return Some((along, present));
        }
        Direction::Gradient => gradient.to_vec(),
        Direction::Random(seed) => {
            let mut stream = Stream::new(u64::from(seed), "direction of a loss surface");
            parameters.iter().map(|_| stream.normal()).collect()
        }
    };
    let norm = length(&drawn);
    let is_one = norm > 0.0 && norm.is_finite();
    is_one.then(|| (drawn.iter().map(|value| value / norm).collect(), 0.0))
}

fn length(of: &[f64]) -> f64 {
    libm::sqrt(of.iter().map(|value| value * value).sum())
}

/// The loss over a plane, `cells` a side (odd), the outermost so far from the present weights; `None` if there is no such plane
/// or sequence, or `stop` was asked meanwhile.
pub fn surface(
    snapshot: &Snapshot,
    plane: Plane,
    reach: f64,
    cells: usize,
    stop: &Stop,
) -> Option<Surface> {
    let (theta, gradient) = (snapshot.model.parameters(), &snapshot.probe.gradient[..]);
    let axes = match plane {
        Plane::Steepest => steepest(gradient)?,
        Plane::Along(axes) => axes,
    };
    let [across, up] = axes.map(|axis| unit(axis, theta, gradient));
    let ((across, at_across), (up, at_up)) = (across?, up?);
    let half = (cells / 2) as i64;
    let offset = |cell: i64| reach * cell as f64 / half.max(1) as f64;
    let mut model = snapshot.model.clone();
    let mut run = Run::of(snapshot, stop)?;
    let mut losses = Array2::from_elem((cells, cells), f64::NAN);
    for ((i, j), loss) in losses.indexed_iter_mut() {
        let (a, b) = (offset(i as i64 - half), offset(j as i64 - half));
        let places = model.parameters_mut().iter_mut().zip(theta);
        for ((place, &theta), (&d, &e)) in places.zip(across.iter().zip(&up)) {
            *place = theta + a * d + b * e;
        }
        *loss = run.loss(&model);
        if stop.is_asked() {
            return None;
        }
    }
    let along = |direction: &[f64]| {
        let shares = direction.iter().zip(gradient).map(|(d, g)| d * g);
        shares.sum::<f64>()
    };
    Some(Surface {
        axes,
        present: [at_across, at_up],
        reach,
        loss: losses[[half as usize, half as usize]],
        relief: Relief::new(losses),
        slopes: [along(&across), along(&up)],
    })
}

/// The probe's sequence, ready to be run with other weights.
struct Run<'s> {
    snapshot: &'s Snapshot,
    workspace: AnyWorkspace<f64>,
}

impl<'s> Run<'s> {
    fn of(snapshot: &'s Snapshot, stop: &Stop) -> Option<Self> {
        let probe = &snapshot.probe;
        let first = probe.parts.first()?;
        let answer = match &probe.target {
            Target::Values(values) => values.dim().0,
            Target::Classes(classes) => classes.dim().0,
        };
        let lengths = Lengths {
            source: first.seq_len(),
            target: answer,
        };
        let network = &snapshot.material.network;
        let mut workspace = AnyWorkspace::new(network, lengths, 1, Record::Training);
        workspace.stop_on(stop);
        if workspace.x().dim() != first.x.dim() {
            return None;
        }
        workspace.x_mut().assign(&first.x);
        workspace.set_lengths(&first.lengths, &[answer]);
        for (initial, values) in probe.initial() {
            let Initial { part: 0, .. } = initial else {
                continue;
            };
            for (unit, value) in values.into_iter().enumerate() {
                workspace.set_given(Spot::Initial(initial, unit), value);
            }
        }
        Some(Self {
            snapshot,
            workspace,
        })
    }

    fn loss(&mut self, model: &AnyModel<f64>) -> f64 {
        let target = &self.snapshot.probe.target;
        model.forward(&mut self.workspace, target);
        model.loss(&mut self.workspace, self.snapshot.material.loss, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Document, Location, gallery, material};
    use crate::train::AnyTrainer;
    use std::ops::ControlFlow;
    use std::sync::Arc;

    fn snapshot(text: &str, updates: usize) -> Snapshot {
        let (_, experiment) = Document::parse(text).unwrap();
        let material = Arc::new(
            material(&experiment, &Location::BuiltIn, &|_| {
                ControlFlow::Continue(())
            })
            .unwrap(),
        );
        let mut trainer = AnyTrainer::new(&experiment, material);
        for _ in 0..updates {
            assert!(trainer.update());
        }
        trainer.snapshot_of_probe(experiment.probe)
    }

    fn at(snapshot: &Snapshot, plane: Plane, reach: f64, cells: usize) -> Surface {
        surface(snapshot, plane, reach, cells, &Stop::default()).unwrap()
    }

    /// For every kind of network in the gallery: the middle is the probe's own loss, to the last bit where the run is in f64,
    /// and the slopes are those of the surface.
    #[test]
    fn the_middle_is_the_present_loss_and_the_slopes_are_the_gradient() {
        for entry in gallery::EXPERIMENTS {
            let snapshot = snapshot(entry.text, 2);
            let planes = [
                Plane::Steepest,
                Plane::Along([Direction::Gradient, Direction::Random(3)]),
            ];
            let truncated = snapshot.probe.truncate.is_some();
            for plane in planes {
                let reach = 1e-4;
                let found = at(&snapshot, plane, reach, 3);
                let single = snapshot.precision == crate::experiment::Precision::F32;
                let apart = (found.loss - snapshot.probe.loss).abs();
                let allowed = if single { 1e-4 * found.loss.abs() } else { 0.0 };
                assert!(apart <= allowed, "{}: {apart}", entry.title);
                if single || truncated {
                    continue;
                }
                let slopes = [
                    (found.relief.losses[[2, 1]] - found.relief.losses[[0, 1]]) / (2.0 * reach),
                    (found.relief.losses[[1, 2]] - found.relief.losses[[1, 0]]) / (2.0 * reach),
                ];
                let size = length(&snapshot.probe.gradient);
                for (slope, along) in slopes.into_iter().zip(found.slopes) {
                    assert!(
                        (slope - along).abs() <= 1e-3 * size + 1e-9,
                        "{}, {plane:?}: {slope} {along}",
                        entry.title
                    );
                }
            }
        }
    }

    const TEXT: &str = "format = 1\nseed = 5\n\n[data]\ntask = \"adding\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
                        [model]\ncell = \"lstm\"\nhidden_size = 4\n\n[training]\nupdates = 40\nbatch_size = 8\n";

    #[test]
    fn a_cell_is_the_loss_with_these_two_parameters() {
        let mut snapshot = snapshot(TEXT, 3);
        let (one, other) = (5, 40);
        let plane = Plane::Along([one, other].map(Direction::Parameter));
        let found = at(&snapshot, plane, 0.5, 11);
        assert_eq!(found.relief.losses.dim(), (11, 11));
        assert_eq!(
            found.present,
            [one, other].map(|at| snapshot.model.parameters()[at])
        );
        assert!((found.place(0, 10) - found.present[0] - 0.5).abs() < 1e-15);
        assert!((found.place(1, 2) - found.present[1] + 0.3).abs() < 1e-15);
        assert!((found.step() - 0.1).abs() < 1e-15);
        // A finer grid has the coarser one's cells among its own.
        let finer = at(&snapshot, plane, 0.5, 41);
        assert_eq!(finer.relief.losses[[40, 8]], found.relief.losses[[10, 2]]);
        // The same weights set by hand.
        let by_hand = snapshot.model.parameters().to_vec();
        snapshot.model.parameters_mut()[one] = by_hand[one] + 0.5;
        snapshot.model.parameters_mut()[other] = by_hand[other] + 0.5 * -3.0 / 5.0;
        let middle = at(&snapshot, plane, 0.5, 3);
        assert_eq!(middle.loss, found.relief.losses[[10, 2]]);
    }

    #[test]
    fn the_steepest_are_the_two_largest_gradients() {
        let found = steepest(&[0.1, -3.0, 2.0, 3.0, 0.0]).unwrap();
        assert_eq!(found, [1, 3].map(Direction::Parameter));
        assert_eq!(steepest(&[1.0]), None);
        let snapshot = snapshot(TEXT, 0);
        let found = at(&snapshot, Plane::Steepest, 1.0, 3);
        let steep = found.slopes.map(f64::abs);
        let largest = snapshot.probe.gradient.iter().map(|g| g.abs());
        assert_eq!(steep[0], largest.fold(0.0, f64::max));
        assert!(steep[0] >= steep[1] && steep[1] > 0.0);
    }

    #[test]
    fn it_ends_when_asked_to_and_has_no_plane_where_there_is_none() {
        let snapshot = snapshot(TEXT, 0);
        let stop = Stop::default();
        stop.ask();
        assert_eq!(surface(&snapshot, Plane::Steepest, 1.0, 11, &stop), None);
        let none = Plane::Along([Direction::Parameter(1 << 20), Direction::Gradient]);
        assert_eq!(surface(&snapshot, none, 1.0, 3, &Stop::default()), None);
        assert_eq!(finest(&snapshot), FINEST);
    }
}
