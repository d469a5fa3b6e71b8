//! The order in which a learner walks through a computation, and where in it they are.
//!
//! A [`Schedule`] lists every operation in an order that respects what depends on what: step by step, within a step layer
//! by layer, within a layer in the order of the cell's equations; then readout and loss where the model reads. The
//! backward sweep walks the same list from its end. A [`Cursor`] says how many stations of it have been passed.
//!
//! Reverse scans are walked beside the forward ones, each from its own end: after t time steps a reverse scan has done the
//! last t steps of the sequence. (A layer above two directions needs the whole of the layer below; the walk shows them
//! side by side all the same.)

use super::{Part, Readout};

/// The list of all operations over a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    seq_len: usize,
    layers: usize,
    operations: usize,
    /// `None` for an encoder, which is read by its decoder.
    readout: Option<Readout>,
}

/// One entry of a schedule. Times count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Station {
    /// A line of the cell's equations.
    Operation {
        /// The step.
        t: usize,
        /// The layer, from 0.
        layer: usize,
        /// Which line.
        operation: usize,
    },
    /// The readout at step t.
    Readout {
        /// The step.
        t: usize,
    },
    /// The loss at step t.
    Loss {
        /// The step.
        t: usize,
    },
}

/// Which way the cursor walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sweep {
    /// From the first step on, revealing states.
    Forward,
    /// From the loss back, revealing adjoints.
    Backward,
}

/// A way to move the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To the beginning of the sweep.
    First,
    /// One time step towards the beginning; before the backward sweep lies the end of the forward one.
    Previous,
    /// One time step on; after the forward sweep comes the backward one.
    Next,
    /// To the end of the sweep.
    Last,
    /// To the time step t of the present sweep, from 0.
    To(usize),
}

/// A place in a schedule: how many of its stations the sweep has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The way.
    pub sweep: Sweep,
    /// Stations passed in this sweep.
    pub position: usize,
}

impl Schedule {
    /// The schedule of a part of a network.
    pub fn new(part: &Part) -> Self {
        let cell = part.scans.first().and_then(|scan| scan.cell);
        Self {
            seq_len: part.seq_len(),
            layers: part.scans.len(),
            operations: cell.map_or(1, |cell| cell.operations().len()),
            readout: part.readout,
        }
    }

    /// How many time steps.
    pub fn seq_len(&self) -> usize {
        self.seq_len
    }

    fn per_step(&self) -> usize {
        let reads = match self.readout {
            None | Some(Readout::Last | Readout::Final) => 0,
            Some(Readout::Every) => 2,
        };
        self.layers * self.operations + reads
    }

    /// How many stations.
    pub fn len(&self) -> usize {
        let reads = match self.readout {
            Some(Readout::Last | Readout::Final) => 2,
            None | Some(Readout::Every) => 0,
        };
        self.seq_len * self.per_step() + reads
    }

    /// Whether there is nothing to walk through.
    pub fn is_empty(&self) -> bool {
        self.seq_len == 0
    }

    /// The station at `index`, counted forward from 0.
    pub fn station(&self, index: usize) -> Option<Station> {
        if index >= self.len() {
            return None;
        }
        let t = (index / self.per_step()).min(self.seq_len - 1);
        let within = index - t * self.per_step();
        let operations = self.layers * self.operations;
        Some(if within < operations {
            Station::Operation {
                t: t + 1,
                layer: within / self.operations,
                operation: within % self.operations,
            }
        } else if within == operations {
            Station::Readout { t: t + 1 }
        } else {
            Station::Loss { t: t + 1 }
        })
    }

    /// How many stations lie in the steps 1…t: what has been passed when step t is done.
    pub fn through(&self, t: usize) -> usize {
        if t >= self.seq_len {
            self.len()
        } else {
            t * self.per_step()
        }
    }

    /// The number of whole time steps among the first `position` stations.
    fn whole_steps(&self, position: usize) -> usize {
        if position >= self.len() {
            self.seq_len
        } else {
            (position / self.per_step()).min(self.seq_len - 1)
        }
    }
}

impl Cursor {
    /// Before the first station of the forward sweep.
    pub const START: Cursor = Cursor {
        sweep: Sweep::Forward,
        position: 0,
    };

    /// At the end of the backward sweep: everything is revealed.
    pub fn end(schedule: &Schedule) -> Cursor {
        Cursor {
            sweep: Sweep::Backward,
            position: schedule.len(),
        }
    }

    /// The steps whose states are revealed: 1…this.
    pub fn states_through(&self, schedule: &Schedule) -> usize {
        match self.sweep {
            Sweep::Forward => schedule.whole_steps(self.position),
            Sweep::Backward => schedule.seq_len,
        }
    }

    /// The first step whose adjoints are revealed: this…T; T + 1 where none is.
    pub fn adjoints_from(&self, schedule: &Schedule) -> usize {
        match self.sweep {
            Sweep::Forward => schedule.seq_len + 1,
            Sweep::Backward => {
                let ahead = schedule.len() - self.position.min(schedule.len());
                (0..=schedule.seq_len)
                    .find(|&t| schedule.through(t) >= ahead)
                    .unwrap_or(schedule.seq_len)
                    + 1
            }
        }
    }

    /// The step that the cursor stands at, 0…T: the last one walked through, or the first before any.
    pub fn t(&self, schedule: &Schedule) -> usize {
        match self.sweep {
            Sweep::Forward => self.states_through(schedule),
            Sweep::Backward => self.adjoints_from(schedule).min(schedule.seq_len),
        }
    }

    /// Where a move leads; where there is no way on, it stays.
    #[must_use]
    pub fn moved(self, schedule: &Schedule, by: Move) -> Cursor {
        let backward_at =
            |steps: usize| schedule.len() - schedule.through(schedule.seq_len - steps);
        let steps = match self.sweep {
            Sweep::Forward => self.states_through(schedule),
            Sweep::Backward => schedule.seq_len + 1 - self.adjoints_from(schedule),
        };
        let at = |sweep, steps: usize| {
            let steps = steps.min(schedule.seq_len);
            let position = match sweep {
                Sweep::Forward => schedule.through(steps),
                Sweep::Backward => backward_at(steps),
            };
            Cursor { sweep, position }
        };
        match (by, self.sweep) {
            (Move::First, sweep) => at(sweep, 0),
            (Move::Last, sweep) => at(sweep, schedule.seq_len),
            (Move::Next, Sweep::Forward) if steps == schedule.seq_len => at(Sweep::Backward, 0),
            (Move::Next, sweep) => at(sweep, steps + 1),
            (Move::Previous, Sweep::Backward) if steps == 0 => at(Sweep::Forward, schedule.seq_len),
            (Move::Previous, sweep) => at(sweep, steps.saturating_sub(1)),
            (Move::To(t), Sweep::Forward) => at(Sweep::Forward, t),
            (Move::To(t), Sweep::Backward) => at(
                Sweep::Backward,
                schedule.seq_len + 1 - t.clamp(1, schedule.seq_len),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Cell;

    fn schedule(readout: Readout) -> Schedule {
        Schedule {
            seq_len: 3,
            layers: 2,
            operations: Cell::Lstm.operations().len(),
            readout: Some(readout),
        }
    }

    #[test]
    fn lists_operations_in_the_order_of_dependency() {
        let schedule = schedule(Readout::Last);
        assert_eq!(schedule.len(), 3 * 2 * 7 + 2);
        assert_eq!(
            schedule.station(0),
            Some(Station::Operation {
                t: 1,
                layer: 0,
                operation: 0
            })
        );
        assert_eq!(
            schedule.station(7),
            Some(Station::Operation {
                t: 1,
                layer: 1,
                operation: 0
            })
        );
        assert_eq!(
            schedule.station(14),
            Some(Station::Operation {
                t: 2,
                layer: 0,
                operation: 0
            })
        );
        assert_eq!(schedule.station(42), Some(Station::Readout { t: 3 }));
        assert_eq!(schedule.station(43), Some(Station::Loss { t: 3 }));
        assert_eq!(schedule.station(44), None);
        let every = super::tests::schedule(Readout::Every);
        assert_eq!(every.len(), 3 * 16);
        assert_eq!(every.station(15), Some(Station::Loss { t: 1 }));
        assert_eq!(
            every.station(16),
            Some(Station::Operation {
                t: 2,
                layer: 0,
                operation: 0
            })
        );
    }

    #[test]
    fn walks_there_and_back_step_by_step() {
        for readout in [Readout::Last, Readout::Every] {
            let schedule = schedule(readout);
            let mut cursor = Cursor::START;
            let mut seen = vec![(
                cursor.states_through(&schedule),
                cursor.adjoints_from(&schedule),
            )];
            for _ in 0..7 {
                cursor = cursor.moved(&schedule, Move::Next);
                seen.push((
                    cursor.states_through(&schedule),
                    cursor.adjoints_from(&schedule),
                ));
            }
            assert_eq!(
                seen,
                [
                    (0, 4),
                    (1, 4),
                    (2, 4),
                    (3, 4),
                    (3, 4),
                    (3, 3),
                    (3, 2),
                    (3, 1)
                ]
            );
            assert_eq!(cursor, Cursor::end(&schedule));
            for _ in 0..7 {
                cursor = cursor.moved(&schedule, Move::Previous);
            }
            assert_eq!(cursor, Cursor::START);
        }
    }

    #[test]
    fn jumps_within_a_sweep() {
        let schedule = schedule(Readout::Last);
        let cursor = Cursor::START.moved(&schedule, Move::To(2));
        assert_eq!(cursor.t(&schedule), 2);
        let back = Cursor {
            sweep: Sweep::Backward,
            position: 0,
        };
        assert_eq!(
            back.moved(&schedule, Move::To(2)).adjoints_from(&schedule),
            2
        );
        assert_eq!(back.moved(&schedule, Move::Last), Cursor::end(&schedule));
        assert_eq!(cursor.moved(&schedule, Move::First), Cursor::START);
    }
}
