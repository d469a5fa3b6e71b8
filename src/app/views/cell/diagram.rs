//! Who reads whom in a cell, and where that stands in a drawing. There are no colours and no pixels here: places are shares of
//! the drawing's width and height.
//!
//! All of it follows from the cell's own list of operations. They stand from left to right in the order in which they are
//! computed, so that no line runs back. At the top runs the road of what is carried on by sums and by single factors alone (c,
//! and h where there is no c), which is why gradients survive on it; what is read through weights comes from a bus at the
//! bottom.
//!
//! Where an operation multiplies or adds what it reads unit by unit, a circle stands for that: [`joined`] finds them in the
//! formulas. What passes through weights is added up in the box itself.

use crate::nn::expr::{At, Expr, Operation, Value};
use crate::nn::{Cell, Quantity};

/// The lane of the road.
const ROAD: f32 = 0.16;
/// Of circles on the way to the road.
const MEETING: f32 = 0.34;
/// Of what squashes the state on the road.
const SQUASH: f32 = 0.40;
/// Of gates, candidates, and of h beside another road.
const GATES: f32 = 0.60;
/// Of a state before that is not on the road.
const BEFORE: f32 = 0.5;
/// Of what is read through weights, on its way to the gates.
const BUS: [f32; 2] = [0.79, 0.87];
/// Circles on the road are at least so many columns apart.
const APART: f32 = 0.6;

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

/// What a circle does with what runs into it, unit by unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Times,
    Plus,
    /// 1 − it.
    OneMinus,
}

/// A circle of the drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Joint {
    pub(super) sign: Sign,
    /// Its middle.
    pub(super) at: [f32; 2],
    /// What the operation computes that it belongs to.
    pub(super) of: Quantity,
    /// What it computes itself.
    pub(super) formula: Expr,
}

/// Where a line begins or ends: an index among the boxes, or among the circles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Box(usize),
    Circle(usize),
}

/// A line from what is read to what is computed of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wire {
    /// What is read.
    pub(super) from: End,
    /// What reads it.
    pub(super) to: End,
    /// What the operation computes that reads it.
    pub(super) of: Quantity,
    /// The bus that it runs along where it is read through weights: the height of that.
    pub(super) bus: Option<f32>,
    /// Whether it is the road.
    pub(super) road: bool,
    /// Whether something else stands in its way, so that it has to go over that.
    pub(super) over: bool,
}

/// The drawing of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Diagram {
    pub(super) nodes: Vec<Node>,
    pub(super) joints: Vec<Joint>,
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
        let mut laying = Laying {
            road,
            nodes: Vec::new(),
            joints: Vec::new(),
            wires: Vec::new(),
        };
        for &state in states {
            let lane = if state == road { ROAD } else { BEFORE };
            laying.stand(What::Before(state), 0.0, lane);
        }
        laying.stand(What::Input, 0.0, BUS[1]);
        let mut last = 0.0;
        for operation in &operations {
            last += 1.0;
            let lane = laying.lane(operation.output);
            // A circle right before its box has the box's lane; where that is taken, it gets a column of its own.
            let taken = |formula: &&Expr| {
                joined(formula).is_some() && laying.is_taken(laying.column(formula), lane)
            };
            let own = read_directly(&operation.formula)
                .into_iter()
                .find(taken)
                .map(|_| last);
            last += if own.is_some() { 1.0 } else { 0.0 };
            let to = laying.stand(What::Computed(operation.output), last, lane);
            laying.read(operation, to, own);
        }
        laying.drawn(last as usize + 1)
    }
}

/// A drawing while it is laid out: places are in columns.
struct Laying {
    road: Quantity,
    nodes: Vec<Node>,
    joints: Vec<Joint>,
    wires: Vec<Wire>,
}

impl Laying {
    fn lane(&self, quantity: Quantity) -> f32 {
        match quantity {
            _ if quantity == self.road => ROAD,
            Quantity::TanhC => SQUASH,
            _ => GATES,
        }
    }

    fn stand(&mut self, what: What, column: f32, lane: f32) -> End {
        self.nodes.push(Node {
            what,
            at: [column, lane],
            road: false,
        });
        End::Box(self.nodes.len() - 1)
    }

    fn is_taken(&self, column: f32, lane: f32) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.any(|node| node.at == [column, lane])
    }

    fn place(&self, value: Value) -> Option<usize> {
        let what = What::of(value);
        self.nodes.iter().position(|node| node.what == what)
    }

    /// Whether the road leads through what a formula computes on the way to an operation's result.
    fn leads_through(&self, formula: &Expr, output: Quantity) -> bool {
        let before = Value {
            quantity: self.road,
            at: At::Previous,
        };
        output == self.road && formula.values_without_weights().contains(&before)
    }

    /// The column of the last box that a formula reads.
    fn column(&self, formula: &Expr) -> f32 {
        let places = formula.values().into_iter();
        let places = places.filter_map(|value| self.place(value));
        let columns = places.map(|place| self.nodes[place].at[0]);
        columns.fold(0.0, f32::max)
    }

    /// The same of a circle; on the road it stands behind the one before it.
    fn column_of_circle(&self, formula: &Expr, output: Quantity) -> f32 {
        let last = self.column(formula);
        let (_, parts) = joined(formula).unwrap_or((Sign::Plus, Vec::new()));
        let before = parts.into_iter().filter(|part| {
            joined(part).is_some()
                && self.leads_through(formula, output)
                && self.leads_through(part, output)
        });
        let before = before.map(|part| self.column_of_circle(part, output) + APART);
        before.fold(last, f32::max)
    }

    /// Lines to the box of an operation, and the circles on the way. The one before the box stands in the column `own`, if it
    /// has one.
    fn read(&mut self, operation: &Operation, to: End, own: Option<f32>) {
        let output = operation.output;
        for formula in read_directly(&operation.formula) {
            let column = own.unwrap_or_else(|| self.column_of_circle(formula, output));
            let lane = self.lane(output);
            self.join(formula, output, [column, lane], to);
        }
        for value in read_through_weights(&operation.formula) {
            let bus = match What::of(value) {
                What::Input => BUS[1],
                What::Before(_) | What::Computed(_) => BUS[0],
            };
            if let Some(from) = self.place(value) {
                self.wire(End::Box(from), to, output, Some(bus), false);
            }
        }
    }

    /// What is read without weights: a line from a box, or from a circle at `at` into which its parts run.
    fn join(&mut self, formula: &Expr, output: Quantity, at: [f32; 2], to: End) {
        let road = self.leads_through(formula, output);
        let Some((sign, parts)) = joined(formula) else {
            for value in formula.values() {
                if let Some(from) = self.place(value) {
                    self.wire(End::Box(from), to, output, None, road);
                }
            }
            return;
        };
        self.joints.push(Joint {
            sign,
            at,
            of: output,
            formula: formula.clone(),
        });
        let circle = End::Circle(self.joints.len() - 1);
        self.wire(circle, to, output, None, road);
        for part in parts {
            let lane = match self.leads_through(part, output) {
                true => ROAD,
                false => MEETING,
            };
            let column = match joined(part) {
                // Half-way between what it reads and what reads it.
                Some((Sign::OneMinus, _)) => 0.5 * (self.column(part) + at[0]),
                _ => self.column_of_circle(part, output),
            };
            self.join(part, output, [column, lane], circle);
        }
    }

    fn wire(&mut self, from: End, to: End, of: Quantity, bus: Option<f32>, road: bool) {
        let wire = Wire {
            from,
            to,
            of,
            bus,
            road,
            over: false,
        };
        // What is read twice is one line.
        if !self.wires.contains(&wire) {
            self.wires.push(wire);
        }
    }

    fn at(&self, end: End) -> [f32; 2] {
        match end {
            End::Box(node) => self.nodes[node].at,
            End::Circle(joint) => self.joints[joint].at,
        }
    }

    /// The drawing, with places as shares of it.
    fn drawn(mut self, columns: usize) -> Diagram {
        for index in 0..self.wires.len() {
            let wire = &self.wires[index];
            let (start, end) = (self.at(wire.from), self.at(wire.to));
            let boxes = self.nodes.iter().map(|node| node.at);
            let mut all = boxes.chain(self.joints.iter().map(|joint| joint.at));
            let stands_between =
                |at: [f32; 2]| at[1] == start[1] && start[0] < at[0] && at[0] < end[0];
            let over = wire.bus.is_none() && start[1] == end[1] && all.any(stands_between);
            let (road, ends) = (wire.road, [wire.from, wire.to]);
            self.wires[index].over = over;
            // What goes on through weights alone has no road.
            for end in ends {
                if let End::Box(node) = end {
                    self.nodes[node].road |= road;
                }
            }
        }
        let x = |column: f32| (column + 0.5) / columns as f32;
        for node in &mut self.nodes {
            node.at[0] = x(node.at[0]);
        }
        for joint in &mut self.joints {
            joint.at[0] = x(joint.at[0]);
        }
        Diagram {
            nodes: self.nodes,
            joints: self.joints,
            wires: self.wires,
            columns,
        }
    }
}

/// The circle that a formula ends with, and what runs into that; `None` where there is none: of a quantity itself, and of
/// anything with weights or a function in it, which is computed in a box.
pub(super) fn joined(formula: &Expr) -> Option<(Sign, Vec<&Expr>)> {
    let found = match formula {
        Expr::Hadamard(left, right) => (Sign::Times, vec![&**left, &**right]),
        Expr::Sum(left, right) => (Sign::Plus, vec![&**left, &**right]),
        Expr::OneMinus(of) => (Sign::OneMinus, vec![&**of]),
        _ => return None,
    };
    let is_joint = |part: &&Expr| matches!(part, Expr::Value(_)) || joined(part).is_some();
    found.1.iter().all(is_joint).then_some(found)
}

/// The pieces of a formula that its box reads as they are: quantities, and circles.
fn read_directly(formula: &Expr) -> Vec<&Expr> {
    match formula {
        Expr::Value(_) => vec![formula],
        _ if joined(formula).is_some() => vec![formula],
        Expr::Sum(left, right) | Expr::Difference(left, right) | Expr::Hadamard(left, right) => {
            [read_directly(left), read_directly(right)].concat()
        }
        Expr::Scale(_, of)
        | Expr::OneMinus(of)
        | Expr::Sigmoid(of)
        | Expr::Tanh(of)
        | Expr::Relu(of) => read_directly(of),
        // Weights, and what no cell has.
        _ => Vec::new(),
    }
}

/// The quantities that a formula reads through weights.
fn read_through_weights(formula: &Expr) -> Vec<Value> {
    let mut left = formula.values_without_weights();
    let mut all = formula.values();
    all.retain(|value| match left.iter().position(|other| other == value) {
        Some(index) => {
            left.swap_remove(index);
            false
        }
        None => true,
    });
    all
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

    fn at(diagram: &Diagram, end: End) -> [f32; 2] {
        match end {
            End::Box(node) => diagram.nodes[node].at,
            End::Circle(joint) => diagram.joints[joint].at,
        }
    }

    /// The boxes that lines lead from to `to`, through circles too.
    fn sources(diagram: &Diagram, to: End) -> Vec<usize> {
        let wires = diagram.wires.iter().filter(|wire| wire.to == to);
        let sources = wires.flat_map(|wire| match wire.from {
            End::Box(node) => vec![node],
            circle @ End::Circle(_) => sources(diagram, circle),
        });
        sources.collect()
    }

    #[test]
    fn every_operation_has_its_box_and_no_line_runs_back() {
        for cell in Cell::ALL {
            let diagram = Diagram::of(cell);
            for operation in cell.operations() {
                let to = node(&diagram, What::Computed(operation.output));
                // As many boxes as things that it reads.
                let mut read = operation.formula.values();
                read.sort_by_key(|value| format!("{value:?}"));
                read.dedup();
                let mut from = sources(&diagram, End::Box(to));
                from.sort_unstable();
                from.dedup();
                assert_eq!(from.len(), read.len(), "{cell:?} {:?}", operation.output);
                for node in from {
                    let (from, to) = (&diagram.nodes[node], &diagram.nodes[to]);
                    assert!(from.at[0] < to.at[0], "{cell:?} {from:?} {to:?}");
                }
            }
            for wire in &diagram.wires {
                let (from, to) = (at(&diagram, wire.from), at(&diagram, wire.to));
                // Straight up or down at most.
                assert!(from[0] <= to[0] && from != to, "{cell:?} {wire:?}");
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

    /// As textbooks draw them: products and sums of what is read as it is, and none of what is added up behind weights.
    #[test]
    fn circles_are_the_products_and_sums_of_the_equations() {
        use Sign::{OneMinus, Plus, Times};
        for (cell, expected) in [
            (Cell::RnnTanh, vec![]),
            (Cell::RnnRelu, vec![]),
            (Cell::RnnLinear, vec![]),
            (
                Cell::Lstm,
                vec![
                    (Quantity::C, vec![Plus, Times, Times]),
                    (Quantity::H, vec![Times]),
                ],
            ),
            (
                Cell::Lstm1997,
                vec![(Quantity::C, vec![Plus, Times]), (Quantity::H, vec![Times])],
            ),
            (
                Cell::Gru,
                vec![
                    (Quantity::N, vec![Times]),
                    (Quantity::H, vec![Plus, Times, OneMinus, Times]),
                ],
            ),
            (
                Cell::GruResetBefore,
                vec![
                    (Quantity::Q, vec![Times]),
                    (Quantity::H, vec![Plus, Times, OneMinus, Times]),
                ],
            ),
        ] {
            let diagram = Diagram::of(cell);
            let mut found: Vec<(Quantity, Vec<Sign>)> = Vec::new();
            for joint in &diagram.joints {
                match found.last_mut() {
                    Some((of, signs)) if *of == joint.of => signs.push(joint.sign),
                    _ => found.push((joint.of, vec![joint.sign])),
                }
            }
            assert_eq!(found, expected, "{cell:?}");
            // As many lines in as it joins, and one out.
            for (index, joint) in diagram.joints.iter().enumerate() {
                let end = End::Circle(index);
                let into = diagram.wires.iter().filter(|wire| wire.to == end).count();
                let out = diagram.wires.iter().filter(|wire| wire.from == end).count();
                let expected = if joint.sign == OneMinus { 1 } else { 2 };
                assert_eq!((into, out), (expected, 1), "{cell:?} {joint:?}");
            }
        }
    }

    #[test]
    fn the_road_is_what_is_carried_on_without_weights() {
        let road = |cell| {
            let diagram = Diagram::of(cell);
            let before = diagram
                .nodes
                .iter()
                .position(|node| matches!(node.what, What::Before(_)) && node.road);
            let mut end = End::Box(before?);
            let mut signs = Vec::new();
            loop {
                let next = diagram
                    .wires
                    .iter()
                    .find(|wire| wire.road && wire.from == end);
                let Some(wire) = next else { break };
                // Straight on, at the top.
                assert_eq!((wire.bus, wire.over), (None, false), "{cell:?}");
                assert_eq!(at(&diagram, wire.from)[1], ROAD, "{cell:?}");
                assert_eq!(at(&diagram, wire.to)[1], ROAD, "{cell:?}");
                end = wire.to;
                if let End::Circle(joint) = end {
                    signs.push(diagram.joints[joint].sign);
                }
            }
            let End::Box(after) = end else {
                panic!("{cell:?}: the road ends at a circle");
            };
            let roads = diagram.wires.iter().filter(|wire| wire.road).count();
            assert_eq!(roads, signs.len() + 1, "{cell:?}");
            let ends = [before?, after].map(|node| diagram.nodes[node].what);
            Some((ends, signs))
        };
        let (times, plus) = (Sign::Times, Sign::Plus);
        for (cell, state, signs) in [
            (Cell::Lstm, Quantity::C, vec![times, plus]),
            (Cell::Lstm1997, Quantity::C, vec![plus]),
            (Cell::Gru, Quantity::H, vec![times, plus]),
            (Cell::GruResetBefore, Quantity::H, vec![times, plus]),
        ] {
            let ends = [What::Before(state), What::Computed(state)];
            assert_eq!(road(cell), Some((ends, signs)), "{cell:?}");
        }
        // All that an Elman network carries on goes through its weights.
        for cell in [Cell::RnnTanh, Cell::RnnRelu, Cell::RnnLinear] {
            assert_eq!(road(cell), None, "{cell:?}");
            assert!(Diagram::of(cell).wires.iter().all(|wire| !wire.road));
        }
    }
}
