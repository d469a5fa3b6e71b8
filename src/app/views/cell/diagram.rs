//! Who reads whom in a cell, and where that stands in a drawing. There are no colours and no pixels here: places are shares of
//! the drawing's width and height.
//!
//! All of it follows from the cell's own list of operations. They stand from left to right in the order in which they are
//! computed, so that no line runs back. At the top runs the road of what is carried on by sums alone (c, and h where there is
//! no c), which is why gradients survive on it; what is read through weights comes from a bus at the bottom.

use crate::nn::expr::{At, Expr, Operation, Value};
use crate::nn::{Cell, Quantity};

/// The lane of the road.
const ROAD: f32 = 0.16;
/// Of what squashes the state on the road.
const SQUASH: f32 = 0.40;
/// Of gates, candidates, and of h beside another road.
const GATES: f32 = 0.60;
/// Of a state before that is not on the road.
const BEFORE: f32 = 0.5;
/// Of what is read through weights, on its way to the gates.
const BUS: [f32; 2] = [0.79, 0.87];

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// The step's input.
    Input,
    /// A state as the step before left it.
    Before(Quantity),
    /// What an operation computes.
    Computed(Quantity),
}

impl What {
    /// What a formula reads there.
    pub(super) fn of(value: Value) -> Self {
        match (value.at, value.quantity) {
            (At::Previous, quantity) => What::Before(quantity),
            (At::Now, Quantity::X) => What::Input,
            (At::Now, quantity) => What::Computed(quantity),
        }
    }

    /// The quantity.
    pub(super) fn quantity(self) -> Quantity {
        match self {
            What::Input => Quantity::X,
            What::Before(quantity) | What::Computed(quantity) => quantity,
        }
    }
}

/// A box of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    /// What it stands for.
    pub(super) what: What,
    /// Its middle.
    pub(super) at: [f32; 2],
    /// Whether it is on the road.
    pub(super) road: bool,
}

/// A line from what is read to what is computed of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wire {
    /// The node that is read, by index.
    pub(super) from: usize,
    /// The node that reads it.
    pub(super) to: usize,
    /// The bus that it runs along where it is read through weights: the height of that.
    pub(super) bus: Option<f32>,
    /// Whether it is the road.
    pub(super) road: bool,
    /// Whether another box stands in its way, so that it has to go over that.
    pub(super) over: bool,
}

/// The drawing of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Diagram {
    pub(super) nodes: Vec<Node>,
    pub(super) wires: Vec<Wire>,
    /// How many columns there are.
    pub(super) columns: usize,
}

impl Diagram {
    /// Of a cell.
    pub(super) fn of(cell: Cell) -> Self {
        let operations = cell.operations();
        let states = cell.states();
        let road = match states.contains(&Quantity::C) {
            true => Quantity::C,
            false => Quantity::H,
        };
        let columns = operations.len() + 1;
        let x = |column: usize| (column as f32 + 0.5) / columns as f32;
        let lane = |quantity: Quantity| match quantity {
            _ if quantity == road => ROAD,
            Quantity::TanhC => SQUASH,
            _ => GATES,
        };
        let mut nodes: Vec<Node> = states
            .iter()
            .map(|&state| Node {
                what: What::Before(state),
                at: [x(0), if state == road { ROAD } else { BEFORE }],
                road: state == road,
            })
            .collect();
        nodes.push(Node {
            what: What::Input,
            at: [x(0), BUS[1]],
            road: false,
        });
        for (index, operation) in operations.iter().enumerate() {
            nodes.push(Node {
                what: What::Computed(operation.output),
                at: [x(index + 1), lane(operation.output)],
                road: operation.output == road,
            });
        }
        let wires = wires(&nodes, &operations, road);
        // What goes on through weights alone has none.
        for (index, node) in nodes.iter_mut().enumerate() {
            let along = |wire: &Wire| wire.road && (wire.from == index || wire.to == index);
            node.road = wires.iter().any(along);
        }
        Self {
            nodes,
            wires,
            columns,
        }
    }
}

fn wires(nodes: &[Node], operations: &[Operation], road: Quantity) -> Vec<Wire> {
    let place = |what: What| nodes.iter().position(|node| node.what == what);
    let mut wires = Vec::new();
    for operation in operations {
        let Some(to) = place(What::Computed(operation.output)) else {
            continue;
        };
        for (value, through_weights) in reads(&operation.formula) {
            let what = What::of(value);
            let Some(from) = place(what) else { continue };
            let bus = match what {
                _ if !through_weights => None,
                What::Input => Some(BUS[1]),
                What::Before(_) | What::Computed(_) => Some(BUS[0]),
            };
            let (start, end) = (nodes[from].at, nodes[to].at);
            let between = |node: &&Node| start[0] < node.at[0] && node.at[0] < end[0];
            let over = start[1] == end[1]
                && nodes
                    .iter()
                    .filter(between)
                    .any(|node| node.at[1] == start[1]);
            let wire = Wire {
                from,
                to,
                bus,
                over: over && bus.is_none(),
                road: !through_weights && what == What::Before(road) && operation.output == road,
            };
            // What is read twice, as h is by 1 − z and z, is one line.
            if !wires.contains(&wire) {
                wires.push(wire);
            }
        }
    }
    wires
}

/// What a formula reads, and whether through weights.
fn reads(formula: &Expr) -> Vec<(Value, bool)> {
    let all = formula.values();
    let direct = formula.values_without_weights();
    let mut reads: Vec<_> = direct.iter().map(|&value| (value, false)).collect();
    let mut left = direct;
    for value in all {
        match left.iter().position(|&other| other == value) {
            Some(index) => drop(left.swap_remove(index)),
            None => reads.push((value, true)),
        }
    }
    reads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(diagram: &Diagram, what: What) -> usize {
        diagram
            .nodes
            .iter()
            .position(|node| node.what == what)
            .unwrap()
    }

    #[test]
    fn every_operation_has_its_box_and_no_line_runs_back() {
        for cell in Cell::ALL {
            let diagram = Diagram::of(cell);
            for operation in cell.operations() {
                let to = node(&diagram, What::Computed(operation.output));
                // As many lines as things that it reads.
                let mut read = operation.formula.values();
                read.sort_by_key(|value| format!("{value:?}"));
                read.dedup();
                let wires = diagram.wires.iter().filter(|wire| wire.to == to);
                let mut from: Vec<usize> = wires.map(|wire| wire.from).collect();
                from.sort_unstable();
                from.dedup();
                assert_eq!(from.len(), read.len(), "{cell:?} {:?}", operation.output);
            }
            for wire in &diagram.wires {
                let (from, to) = (&diagram.nodes[wire.from], &diagram.nodes[wire.to]);
                assert!(from.at[0] < to.at[0], "{cell:?} {from:?} {to:?}");
            }
        }
    }

    #[test]
    fn boxes_lie_apart_and_inside() {
        for cell in Cell::ALL {
            let diagram = Diagram::of(cell);
            for (index, node) in diagram.nodes.iter().enumerate() {
                assert!(node.at.iter().all(|at| (0.0..1.0).contains(at)), "{cell:?}");
                for other in &diagram.nodes[..index] {
                    let column = (node.at[0] - other.at[0]).abs() * diagram.columns as f32;
                    let lane = (node.at[1] - other.at[1]).abs();
                    assert!(column > 0.9 || lane > 0.15, "{cell:?} {node:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn the_road_is_what_is_carried_on_without_weights() {
        let roads = |cell| {
            let diagram = Diagram::of(cell);
            let roads = diagram.wires.iter().filter(|wire| wire.road);
            let named = roads.map(|wire| {
                let ends = [wire.from, wire.to].map(|node| diagram.nodes[node].what);
                assert_eq!(wire.bus, None);
                ends
            });
            named.collect::<Vec<_>>()
        };
        let (c, h) = (Quantity::C, Quantity::H);
        for cell in [Cell::Lstm, Cell::Lstm1997] {
            assert_eq!(roads(cell), [[What::Before(c), What::Computed(c)]]);
        }
        for cell in [Cell::Gru, Cell::GruResetBefore] {
            assert_eq!(roads(cell), [[What::Before(h), What::Computed(h)]]);
        }
        // All that an Elman network carries on goes through its weights.
        for cell in [Cell::RnnTanh, Cell::RnnRelu, Cell::RnnLinear] {
            assert_eq!(roads(cell), [[What::Input; 2]; 0]);
            assert!(Diagram::of(cell).nodes.iter().all(|node| !node.road));
        }
    }
}
