//! How parameters begin.
//!
//! Every scheme concerns the recurrent parameters alone, `weight_ih…`, `weight_hh…`, `bias_ih…` and `bias_hh…`; all others
//! begin as in PyTorch: linear layers from U(−1/√fan_in, 1/√fan_in), normalisation with weight 1 and bias 0, attention's
//! joined input projection from Xavier's distribution with bias 0, as in `nn.MultiheadAttention`.
//!
//! First everything is drawn as in PyTorch, in the order of the entries; then a scheme writes its own values over that. So
//! what a scheme leaves alone is equal, bit for bit, under every scheme of one seed ([`Scheme::Normal`] excepted, which
//! draws in place).
//!
//! Draws are made in f64 and rounded, so that f32 and f64 models of one seed begin at the same place.

use super::{Cell, ParameterEntry, Quantity, Real};
use crate::random::Stream;
use std::ops::Range;

/// What the input is called, where its numbers are set.
pub(super) const INPUT: &str = "x";
/// The standard deviation of an identity scheme's input weights (Le et al. 2015, § 4).
const IDENTITY_INPUT_STD: f64 = 0.001;

/// How the parameters of a network begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Init {
    /// Where all values come from.
    pub scheme: Scheme,
    /// Then the forget gates' bias, of cells that have one: `bias_ih` is this, `bias_hh` 0.
    pub forget_bias: Option<f64>,
    /// Then single weights, in order.
    pub set: Vec<SetWeight>,
}

/// A scheme for the first values of all recurrent parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// PyTorch's default: everything from U(−1/√hidden_size, 1/√hidden_size).
    Pytorch,
    /// Weights from N(0, `std`²), biases 0.
    ///
    /// The recurrent matrix then has a spectral radius near `std` · √hidden_size (Girko's circular law), which is what
    /// decides whether gradients vanish or explode (Pascanu, Mikolov & Bengio 2013).
    Normal {
        /// The standard deviation.
        std: f64,
    },
    /// Keras's default: `weight_ih` from Glorot's uniform distribution (2010) and `weight_hh` with orthonormal columns, each
    /// over all gates together; biases 0, the forget gate's 1.
    ///
    /// Keras orders the gates otherwise, which makes no difference to what is drawn.
    Keras,
    /// Each gate's block of `weight_hh` is `gain` times an orthogonal matrix (Saxe, McClelland & Ganguli 2014),
    /// `weight_ih` as in PyTorch, biases 0. In a linear recurrence gradients then change by exactly `gain` at each step.
    Orthogonal {
        /// What the orthogonal matrices are multiplied by.
        gain: f64,
    },
    /// Each gate's block of `weight_hh` is `gain` times the identity, `weight_ih` from N(0, 0.001²), biases 0 (Le, Jaitly &
    /// Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units").
    Identity {
        /// What the identity is multiplied by.
        gain: f64,
    },
    /// As in PyTorch, but the bias of the gate that keeps the past is log u with u from U(1, `t_max` − 1): the LSTM's
    /// forget gate, whose input gate gets the negative, and the GRU's update gate (Tallec & Ollivier 2018, "Can recurrent
    /// neural networks warp time?"). It is in `bias_ih`; the same part of `bias_hh` is 0.
    Chrono {
        /// The longest span to be remembered, in steps; at least 2.
        t_max: f64,
    },
}

/// A single value set by hand.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SetWeight {
    /// The parameter's name: `weight_hh_l0`; of what a sequence's run is given, that: see [`super::spot`].
    pub parameter: String,
    /// Where in it, by axis, from 0: row and column of a matrix.
    pub index: Vec<usize>,
    /// What it is set to.
    pub value: f64,
}

/// A stack of recurrent layers among the parameters of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stack<'a> {
    /// What its parameters' names begin with, without the dot: `encoder`; empty if they begin with nothing.
    pub prefix: &'a str,
    /// Its cell.
    pub cell: Cell,
}

impl From<Scheme> for Init {
    /// The scheme alone.
    fn from(scheme: Scheme) -> Self {
        Self {
            scheme,
            forget_bias: None,
            set: Vec::new(),
        }
    }
}

impl Default for Init {
    /// PyTorch's.
    fn default() -> Self {
        Scheme::Pytorch.into()
    }
}

impl Scheme {
    /// Every scheme, with settings to begin with.
    pub const ALL: [Scheme; 6] = [
        Scheme::Pytorch,
        Scheme::Normal { std: 0.1 },
        Scheme::Keras,
        Scheme::Orthogonal { gain: 1.0 },
        Scheme::Identity { gain: 1.0 },
        Scheme::Chrono { t_max: 100.0 },
    ];

    /// The name in experiments: `pytorch`, `normal`, `keras`, `orthogonal`, `identity`, `chrono`.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Pytorch => "pytorch",
            Scheme::Normal { .. } => "normal",
            Scheme::Keras => "keras",
            Scheme::Orthogonal { .. } => "orthogonal",
            Scheme::Identity { .. } => "identity",
            Scheme::Chrono { .. } => "chrono",
        }
    }

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Scheme::Pytorch => "PyTorch",
            Scheme::Normal { .. } => "normal",
            Scheme::Keras => "Keras",
            Scheme::Orthogonal { .. } => "orthogonal",
            Scheme::Identity { .. } => "identity",
            Scheme::Chrono { .. } => "chrono",
        }
    }

    /// Whether it gives the forget gates' biases values of its own.
    pub fn sets_forget_bias(self) -> bool {
        match self {
            Scheme::Keras | Scheme::Chrono { .. } => true,
            Scheme::Pytorch
            | Scheme::Normal { .. }
            | Scheme::Orthogonal { .. }
            | Scheme::Identity { .. } => false,
        }
    }

    /// Whether the scheme has a meaning for `cell`: chrono needs a gate that keeps the past.
    pub fn suits(self, cell: Cell) -> bool {
        match self {
            Scheme::Chrono { .. } => cell.keeps_the_past().is_some(),
            _ => true,
        }
    }
}

impl SetWeight {
    /// Whether both set the same number, be it to different values.
    pub fn is_of(&self, other: &Self) -> bool {
        self.parameter == other.parameter && self.index == other.index
    }

    /// What the number is called where people read it: an input by its time step, which counts from 1, all else as PyTorch
    /// indexes it.
    pub fn told(&self) -> String {
        match (self.parameter.as_str(), &self.index[..]) {
            (INPUT, &[row, unit]) => format!("{INPUT}[{unit}] at t = {}", row + 1),
            (parameter, index) => format!("{parameter}{index:?}"),
        }
    }

    /// Where the value lies in a parameter of `shape`, row-major; `None` if it lies outside.
    pub fn offset(&self, shape: &[usize]) -> Option<usize> {
        if self.index.len() != shape.len() {
            return None;
        }
        let mut offset = 0;
        for (&at, &size) in self.index.iter().zip(shape) {
            if at >= size {
                return None;
            }
            offset = offset * size + at;
        }
        Some(offset)
    }
}

/// Whether `cell` has a forget gate, whose bias can be set by hand.
pub fn has_forget_gate(cell: Cell) -> bool {
    cell.keeps_the_past() == Some(Quantity::F)
}

/// The first values of all parameters, in the order of `entries`, whose ranges lie one after the other from 0.
///
/// `stacks` says which cell the recurrent parameters of each prefix belong to. A weight set by hand that is not among the
/// entries is left out: whoever reads it from outside has checked that it is there.
pub fn parameters<T: Real>(
    entries: &[ParameterEntry],
    stacks: &[Stack],
    init: &Init,
    stream: &mut Stream,
) -> Vec<T> {
    let mut values = vec![0.0; entries.last().map_or(0, |entry| entry.range.end)];
    for entry in entries {
        let values = &mut values[entry.range.clone()];
        match recurrent(entry, stacks) {
            Some(part) => first_draw(init.scheme, part, values, stream),
            None => as_pytorch(entry, entries, values, stream),
        }
    }
    for entry in entries {
        let Some(part) = recurrent(entry, stacks) else {
            continue;
        };
        let values = &mut values[entry.range.clone()];
        apply(init.scheme, part, values, stream);
        if let Some(bias) = init.forget_bias {
            part.set_bias(Quantity::F, bias, values);
        }
    }
    for set in &init.set {
        let entry = entries.iter().find(|entry| entry.name == set.parameter);
        if let Some(entry) = entry
            && let Some(offset) = set.offset(&entry.shape)
        {
            values[entry.range.start + offset] = set.value;
        }
    }
    values.into_iter().map(T::value_of).collect()
}

/// One of a recurrent scan's four parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    WeightIh,
    WeightHh,
    BiasIh,
    BiasHh,
}

/// A recurrent parameter: which of the four, of which cell, and its shape `[blocks · units, columns]`.
#[derive(Clone, Copy, Debug)]
struct Part {
    kind: Kind,
    cell: Cell,
    units: usize,
    columns: usize,
}

impl Part {
    /// Where a gate's block lies.
    fn block(self, gate: Quantity) -> Option<Range<usize>> {
        let index = self.cell.gates().iter().position(|&other| other == gate)?;
        let size = self.units * self.columns;
        Some(index * size..(index + 1) * size)
    }

    /// Sets a gate's bias, of a cell that has the gate: all of it in `bias_ih`, nothing in `bias_hh`.
    fn set_bias(self, gate: Quantity, bias: f64, values: &mut [f64]) {
        if let Some(block) = self.block(gate) {
            match self.kind {
                Kind::BiasIh => values[block].fill(bias),
                Kind::BiasHh => values[block].fill(0.0),
                Kind::WeightIh | Kind::WeightHh => {}
            }
        }
    }
}

/// What an entry is to a scheme; `None` if it is no recurrent parameter.
fn recurrent(entry: &ParameterEntry, stacks: &[Stack]) -> Option<Part> {
    let (prefix, name) = split(&entry.name);
    let kinds = [
        ("weight_ih", Kind::WeightIh),
        ("weight_hh", Kind::WeightHh),
        ("bias_ih", Kind::BiasIh),
        ("bias_hh", Kind::BiasHh),
    ];
    let (_, kind) = kinds.into_iter().find(|(kind, _)| name.starts_with(kind))?;
    let stack = stacks.iter().find(|stack| stack.prefix == prefix)?;
    Some(Part {
        kind,
        cell: stack.cell,
        units: entry.shape.first()? / stack.cell.blocks(),
        columns: entry.shape.get(1).copied().unwrap_or(1),
    })
}

/// The part of a name before the last dot, and the part after it.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

/// What is drawn for a recurrent parameter in the order of the entries.
fn first_draw(scheme: Scheme, part: Part, values: &mut [f64], stream: &mut Stream) {
    match (scheme, part.kind) {
        (Scheme::Normal { std }, Kind::WeightIh | Kind::WeightHh) => normal(std, values, stream),
        (Scheme::Normal { .. }, Kind::BiasIh | Kind::BiasHh) => values.fill(0.0),
        _ => uniform(1.0 / libm::sqrt(part.units as f64), values, stream),
    }
}

/// What a scheme writes over a first draw.
fn apply(scheme: Scheme, part: Part, values: &mut [f64], stream: &mut Stream) {
    match (scheme, part.kind) {
        (Scheme::Pytorch | Scheme::Normal { .. }, _) => {}
        (Scheme::Keras, Kind::WeightIh) => {
            let (inputs, outputs) = (part.columns, part.cell.blocks() * part.units);
            uniform(glorot(inputs, outputs), values, stream);
        }
        (Scheme::Keras, Kind::WeightHh) => orthogonal(1.0, part.columns, values, stream),
        (Scheme::Keras, Kind::BiasIh | Kind::BiasHh) => {
            values.fill(0.0);
            if has_forget_gate(part.cell) {
                part.set_bias(Quantity::F, 1.0, values);
            }
        }
        (Scheme::Orthogonal { .. }, Kind::WeightIh) => {}
        (Scheme::Orthogonal { gain }, Kind::WeightHh) => {
            for block in values.chunks_exact_mut(part.units * part.units) {
                orthogonal(gain, part.units, block, stream);
            }
        }
        (Scheme::Identity { .. }, Kind::WeightIh) => normal(IDENTITY_INPUT_STD, values, stream),
        (Scheme::Identity { gain }, Kind::WeightHh) => {
            for block in values.chunks_exact_mut(part.units * part.units) {
                block.fill(0.0);
                block
                    .iter_mut()
                    .step_by(part.units + 1)
                    .for_each(|one| *one = gain);
            }
        }
        (Scheme::Orthogonal { .. } | Scheme::Identity { .. }, _) => values.fill(0.0),
        (Scheme::Chrono { t_max }, Kind::BiasIh) => chrono(t_max, part, values, stream),
        (Scheme::Chrono { .. }, _) => {
            if let Some(keeps) = part.cell.keeps_the_past() {
                part.set_bias(keeps, 0.0, values);
                if keeps == Quantity::F {
                    part.set_bias(Quantity::I, 0.0, values);
                }
            }
        }
    }
}

/// A chrono scheme's `bias_ih`.
fn chrono(t_max: f64, part: Part, values: &mut [f64], stream: &mut Stream) {
    let Some(keeps) = part.cell.keeps_the_past() else {
        return;
    };
    let Some(kept) = part.block(keeps) else {
        return;
    };
    for unit in 0..part.units {
        let bias = libm::log(stream.uniform(1.0, t_max - 1.0));
        values[kept.start + unit] = bias;
        // Of a GRU, what is new has the share 1 − z already.
        if keeps == Quantity::F
            && let Some(new) = part.block(Quantity::I)
        {
            values[new.start + unit] = -bias;
        }
    }
}

/// What is drawn for a parameter that is not recurrent.
fn as_pytorch(
    entry: &ParameterEntry,
    entries: &[ParameterEntry],
    values: &mut [f64],
    stream: &mut Stream,
) {
    let (prefix, name) = split(&entry.name);
    let (_, module) = split(prefix);
    let columns = |entry: &ParameterEntry| entry.shape.last().copied().unwrap_or(1);
    if module.contains("norm") {
        values.fill(if name == "weight" { 1.0 } else { 0.0 });
    } else if name == "in_proj_weight" {
        let rows = entry.shape.first().copied().unwrap_or(1);
        uniform(glorot(columns(entry), rows), values, stream);
    } else if name == "in_proj_bias" || (module == "out_proj" && name == "bias") {
        values.fill(0.0);
    } else {
        // A bias is drawn as its weight is.
        let weight = entry.name.replace("bias", "weight");
        let weight = entries.iter().find(|entry| entry.name == weight);
        let fan_in = columns(weight.unwrap_or(entry));
        uniform(1.0 / libm::sqrt(fan_in as f64), values, stream);
    }
}

/// √(6 / (fan_in + fan_out)): the bound of Glorot's (also Xavier's) uniform distribution.
fn glorot(inputs: usize, outputs: usize) -> f64 {
    libm::sqrt(6.0 / (inputs + outputs) as f64)
}

fn uniform(bound: f64, values: &mut [f64], stream: &mut Stream) {
    values.fill_with(|| stream.uniform(-bound, bound));
}

fn normal(std: f64, values: &mut [f64], stream: &mut Stream) {
    values.fill_with(|| std * stream.normal());
}

/// `gain` times a random matrix with orthonormal columns, `[rows, columns]` with at least as many rows as columns: the Q of
/// a matrix of normal draws, R's diagonal being positive, which makes Q evenly distributed (Mezzadri 2007). Keras and
/// PyTorch draw the same.
fn orthogonal(gain: f64, columns: usize, values: &mut [f64], stream: &mut Stream) {
    normal(1.0, values, stream);
    // Once leaves errors as large as the matrix is badly conditioned; the second time removes them.
    orthonormalise(values, columns);
    orthonormalise(values, columns);
    values.iter_mut().for_each(|value| *value *= gain);
}

/// Makes the columns of a row-major matrix orthonormal, one after the other (modified Gram–Schmidt).
///
/// Written here because the linear algebra libraries choose their order of summation, and whether to fuse, by the
/// processor, while an experiment must begin with the same bits on every machine: here every sum runs down the rows.
fn orthonormalise(matrix: &mut [f64], columns: usize) {
    let mut shares = vec![0.0; columns];
    for k in 0..columns {
        let squares: f64 = matrix
            .chunks_exact(columns)
            .map(|row| row[k] * row[k])
            .sum();
        let norm = libm::sqrt(squares);
        if norm == 0.0 {
            // A single value drawn as exactly 0, with probability 2⁻⁵³: the direction is free.
            matrix[k * columns + k] = 1.0;
        } else {
            matrix
                .chunks_exact_mut(columns)
                .for_each(|row| row[k] /= norm);
        }
        // Every later column loses its share of this one.
        let later = &mut shares[k + 1..];
        later.fill(0.0);
        for row in matrix.chunks_exact(columns) {
            for (share, value) in later.iter_mut().zip(&row[k + 1..]) {
                *share += row[k] * value;
            }
        }
        for row in matrix.chunks_exact_mut(columns) {
            let (q, rest) = row[k..].split_at_mut(1);
            for (value, share) in rest.iter_mut().zip(&*later) {
                *value -= q[0] * share;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Readout, RecurrentArchitecture};

    fn architecture(cell: Cell, hidden_size: usize) -> RecurrentArchitecture {
        RecurrentArchitecture {
            cell,
            input_size: 3,
            hidden_size,
            num_layers: 2,
            bidirectional: false,
            dropout: 0.0,
            output_size: 2,
            readout: Readout::Last,
        }
    }

    fn begin(architecture: &RecurrentArchitecture, init: &Init) -> Vec<f64> {
        let stack = Stack {
            prefix: "",
            cell: architecture.cell,
        };
        let entries = architecture.entries();
        parameters(&entries, &[stack], init, &mut Stream::new(7, "init"))
    }

    /// The values of the parameter called `name`, and of a gate's block of it.
    fn values(architecture: &RecurrentArchitecture, init: &Init, name: &str) -> Vec<f64> {
        let entries = architecture.entries();
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        begin(architecture, init)[entry.range.clone()].to_vec()
    }

    fn block(
        architecture: &RecurrentArchitecture,
        init: &Init,
        name: &str,
        gate: Quantity,
    ) -> Vec<f64> {
        let values = values(architecture, init, name);
        let gates = architecture.cell.gates();
        let at = gates.iter().position(|&other| other == gate).unwrap();
        let size = values.len() / gates.len();
        values[at * size..(at + 1) * size].to_vec()
    }

    /// The sum of all values weighted by their place, so that order counts.
    fn digest(values: &[f64]) -> f64 {
        let weighted = values.iter().enumerate();
        weighted.map(|(at, value)| (at + 1) as f64 * value).sum()
    }

    /// Made by this engine on 2026-11-22, when these two were the only schemes: old experiments keep their runs.
    #[test]
    fn the_first_two_schemes_draw_what_they_always_drew() {
        let normal = Scheme::Normal { std: 0.1 };
        for (cell, scheme, first, expected) in [
            (
                Cell::RnnTanh,
                Scheme::Pytorch,
                0.06899170253940734,
                -65.40106052414511,
            ),
            (
                Cell::RnnTanh,
                normal,
                0.11290917212666124,
                -89.5525617928321,
            ),
            (
                Cell::Lstm,
                Scheme::Pytorch,
                0.06899170253940734,
                -275.8152180557415,
            ),
            (Cell::Lstm, normal, 0.11290917212666124, 307.97001177365036),
            (
                Cell::Gru,
                Scheme::Pytorch,
                0.06899170253940734,
                404.43251644634876,
            ),
            (Cell::Gru, normal, 0.11290917212666124, 51.383568455188296),
        ] {
            let drawn = begin(&architecture(cell, 4), &scheme.into());
            assert_eq!(
                (drawn[0], digest(&drawn)),
                (first, expected),
                "{cell:?} {scheme:?}"
            );
        }
    }

    /// PyTorch 2.15: `q, r = torch.linalg.qr(a); q * torch.sign(torch.diagonal(r))`, as in `nn.init.orthogonal_`.
    #[test]
    fn orthonormal_columns_are_those_of_a_sign_fixed_qr() {
        let a = [
            0.5, -1.0, 2.0, 1.5, 0.25, -0.5, -0.75, 1.0, 0.125, 2.0, -0.5, 1.0,
        ];
        let tall = [
            0.18814417367671932,
            -0.6437892641265349,
            0.578863878529364,
            0.5644325210301583,
            0.4811996285435584,
            -0.16839676466308812,
            -0.28221626051507914,
            0.5945196775862392,
            0.7529278420032289,
            0.7525766947068776,
            0.022992473718805084,
            0.26392954461618556,
        ];
        let square = [
            0.2857142857142856,
            -0.6366697308927491,
            0.7162534472543428,
            0.857142857142857,
            0.5040302036234265,
            0.10611162181545813,
            -0.4285714285714285,
            0.5836139199850201,
            0.6897255418004784,
        ];
        for expected in [&tall[..], &square[..]] {
            let mut q = a[..expected.len()].to_vec();
            orthonormalise(&mut q, 3);
            orthonormalise(&mut q, 3);
            for (q, expected) in q.iter().zip(expected) {
                assert!((q - expected).abs() <= 1e-14, "{q} is not {expected}");
            }
        }
    }

    /// Σ over rows of column a times column b.
    fn product_of_columns(matrix: &[f64], columns: usize, a: usize, b: usize) -> f64 {
        matrix
            .chunks_exact(columns)
            .map(|row| row[a] * row[b])
            .sum()
    }

    fn assert_orthogonal(matrix: &[f64], columns: usize, gain: f64) {
        for a in 0..columns {
            for b in 0..columns {
                let expected = if a == b { gain * gain } else { 0.0 };
                let found = product_of_columns(matrix, columns, a, b);
                assert!((found - expected).abs() <= 1e-13, "{a} {b}: {found}");
            }
        }
    }

    #[test]
    fn orthogonal_blocks_are_orthogonal_and_the_input_weights_are_pytorchs() {
        let architecture = architecture(Cell::Lstm, 40);
        let init = Scheme::Orthogonal { gain: 1.1 }.into();
        let blocks = values(&architecture, &init, "weight_hh_l1");
        for block in blocks.chunks_exact(40 * 40) {
            assert_orthogonal(block, 40, 1.1);
        }
        assert_ne!(blocks[..1600], blocks[1600..3200]);
        let pytorch = Init::default();
        for name in [
            "weight_ih_l0",
            "weight_ih_l1",
            "readout.weight",
            "readout.bias",
        ] {
            let of = |init| values(&architecture, init, name);
            assert_eq!(of(&init), of(&pytorch), "{name}");
        }
        for name in ["bias_ih_l0", "bias_hh_l1"] {
            assert_eq!(values(&architecture, &init, name), [0.0; 160]);
        }
    }

    #[test]
    fn keras_draws_each_kernel_over_all_gates_together() {
        let architecture = architecture(Cell::Lstm, 10);
        let init = Scheme::Keras.into();
        assert_orthogonal(&values(&architecture, &init, "weight_hh_l0"), 10, 1.0);
        // keras.initializers.GlorotUniform on a [3, 40] kernel: the bound is √(6 / 43).
        let largest = |name| {
            let values = values(&architecture, &init, name);
            values
                .iter()
                .fold(0.0, |largest: f64, value| largest.max(value.abs()))
        };
        let bound = (6.0_f64 / 43.0).sqrt();
        let found = largest("weight_ih_l0");
        assert!(found <= bound && found > 0.9 * bound, "{found} {bound}");
        assert_eq!(
            block(&architecture, &init, "bias_ih_l1", Quantity::F),
            [1.0; 10]
        );
        assert_eq!(
            block(&architecture, &init, "bias_ih_l1", Quantity::I),
            [0.0; 10]
        );
        assert_eq!(values(&architecture, &init, "bias_hh_l1"), [0.0; 40]);
        let gru = self::architecture(Cell::Gru, 10);
        assert_eq!(values(&gru, &init, "bias_ih_l0"), [0.0; 30]);
        assert_orthogonal(&values(&gru, &init, "weight_hh_l1"), 10, 1.0);
    }

    #[test]
    fn an_identity_recurrence_keeps_its_state() {
        let architecture = architecture(Cell::RnnRelu, 3);
        let init = Scheme::Identity { gain: 0.5 }.into();
        assert_eq!(
            values(&architecture, &init, "weight_hh_l0"),
            [0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5]
        );
        let inputs = values(&architecture, &init, "weight_ih_l0");
        assert!(
            inputs.iter().all(|w| *w != 0.0 && w.abs() < 0.006),
            "{inputs:?}"
        );
        assert_eq!(values(&architecture, &init, "bias_ih_l0"), [0.0; 3]);
        assert_eq!(values(&architecture, &init, "bias_hh_l0"), [0.0; 3]);
        let gru = self::architecture(Cell::Gru, 2);
        let expected = [1.0, 0.0, 0.0, 1.0].repeat(3);
        let init = Scheme::Identity { gain: 1.0 }.into();
        assert_eq!(values(&gru, &init, "weight_hh_l1"), expected);
    }

    #[test]
    fn chrono_biases_span_the_times_to_be_remembered() {
        let init = Scheme::Chrono { t_max: 51.0 }.into();
        let lstm = architecture(Cell::Lstm, 64);
        let forget = block(&lstm, &init, "bias_ih_l0", Quantity::F);
        let longest = forget.iter().fold(0.0, |a: f64, b| a.max(*b));
        let shortest = forget.iter().fold(9.0, |a: f64, b| a.min(*b));
        assert!(shortest >= 0.0 && longest <= 50.0_f64.ln(), "{forget:?}");
        assert!(shortest < 1.5 && longest > 3.8, "{forget:?}");
        let input = block(&lstm, &init, "bias_ih_l0", Quantity::I);
        assert!(forget.iter().zip(&input).all(|(f, i)| *i == -f));
        for gate in [Quantity::F, Quantity::I] {
            assert_eq!(block(&lstm, &init, "bias_hh_l0", gate), [0.0; 64]);
        }
        let pytorch = Init::default();
        for (name, gate) in [
            ("bias_ih_l0", Quantity::O),
            ("bias_hh_l1", Quantity::G),
            ("weight_hh_l0", Quantity::F),
        ] {
            assert_eq!(
                block(&lstm, &init, name, gate),
                block(&lstm, &pytorch, name, gate)
            );
        }
        for cell in [Cell::Gru, Cell::GruResetBefore] {
            let gru = architecture(cell, 64);
            let update = block(&gru, &init, "bias_ih_l1", Quantity::Z);
            assert!(update.iter().all(|z| (0.0..=50.0_f64.ln()).contains(z)));
            assert_eq!(block(&gru, &init, "bias_hh_l1", Quantity::Z), [0.0; 64]);
            let reset = |init| block(&gru, init, "bias_ih_l1", Quantity::R);
            assert_eq!(reset(&init), reset(&pytorch));
        }
        let suits = Cell::ALL.map(|cell| Scheme::Chrono { t_max: 9.0 }.suits(cell));
        assert_eq!(suits, [false, false, false, true, false, true, true]);
    }

    #[test]
    fn the_forget_bias_is_set_under_any_scheme() {
        let lstm = architecture(Cell::Lstm, 4);
        for scheme in Scheme::ALL {
            let init = Init {
                forget_bias: Some(2.5),
                ..scheme.into()
            };
            assert_eq!(block(&lstm, &init, "bias_ih_l1", Quantity::F), [2.5; 4]);
            assert_eq!(block(&lstm, &init, "bias_hh_l1", Quantity::F), [0.0; 4]);
            let of = |init| block(&lstm, init, "bias_ih_l1", Quantity::O);
            assert_eq!(of(&init), of(&scheme.into()));
        }
        assert!(has_forget_gate(Cell::Lstm) && !has_forget_gate(Cell::Lstm1997));
    }

    #[test]
    fn single_weights_are_set_by_hand_and_others_left() {
        let rnn = architecture(Cell::RnnTanh, 4);
        let weight = |parameter: &str, index: &[usize]| SetWeight {
            parameter: parameter.into(),
            index: index.into(),
            value: 9.0,
        };
        let init = Init {
            set: vec![
                weight("weight_hh_l1", &[1, 2]),
                weight("readout.bias", &[1]),
                weight("weight_hh_l1", &[4, 0]),
                weight("weight_hh_l1", &[0]),
                weight("weight_hh_l2", &[0, 0]),
            ],
            ..Init::default()
        };
        let (plain, set) = (begin(&rnn, &Init::default()), begin(&rnn, &init));
        let changed: Vec<usize> = (0..set.len()).filter(|&at| set[at] != plain[at]).collect();
        let start = |name: &str| {
            let entries = rnn.entries();
            entries
                .iter()
                .find(|entry| entry.name == name)
                .unwrap()
                .range
                .start
        };
        assert_eq!(
            changed,
            [start("weight_hh_l1") + 6, start("readout.bias") + 1]
        );
        assert!(changed.iter().all(|&at| set[at] == 9.0));
    }

    #[test]
    fn stacks_and_layers_of_other_networks_are_known_by_name() {
        let mut start = 0;
        let mut entry = |name: &str, shape: &[usize]| {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            ParameterEntry {
                name: name.into(),
                shape: shape.into(),
                range,
            }
        };
        let entries = [
            entry("encoder.weight_hh_l0_reverse", &[16, 4]),
            entry("decoder.weight_hh_l0", &[6, 2]),
            entry("bridge.weight", &[2, 100]),
            entry("bridge.bias", &[2]),
            entry("blocks.0.norm1.weight", &[4]),
            entry("blocks.0.norm1.bias", &[4]),
            entry("blocks.0.self_attn.in_proj_weight", &[12, 4]),
            entry("blocks.0.self_attn.in_proj_bias", &[12]),
            entry("blocks.0.self_attn.out_proj.weight", &[4, 4]),
            entry("blocks.0.self_attn.out_proj.bias", &[4]),
            entry("readout.weight", &[1, 25]),
            entry("readout.bias", &[1]),
        ];
        let stacks = [("encoder", Cell::Lstm), ("decoder", Cell::Gru)];
        let stacks = stacks.map(|(prefix, cell)| Stack { prefix, cell });
        let init = Scheme::Identity { gain: 1.0 }.into();
        let drawn: Vec<f64> = parameters(&entries, &stacks, &init, &mut Stream::new(1, "init"));
        let of = |at: usize| &drawn[entries[at].range.clone()];
        assert_eq!(of(0)[..6], [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(of(1), [1.0, 0.0, 0.0, 1.0].repeat(3));
        // nn.Linear: U(±1/√fan_in), also of the bias.
        let within = |at: usize, bound: f64| {
            let values = of(at);
            values
                .iter()
                .all(|value| *value != 0.0 && value.abs() <= bound)
        };
        assert!(within(2, 0.1) && within(3, 0.1) && within(8, 0.5));
        assert!(within(10, 0.2) && within(11, 0.2));
        assert_eq!((of(4), of(5)), (&[1.0; 4][..], &[0.0; 4][..]));
        // nn.MultiheadAttention: xavier_uniform_ on [12, 4], biases 0.
        assert!(within(6, (6.0_f64 / 16.0).sqrt()));
        assert!(of(7).iter().chain(of(9)).all(|bias| *bias == 0.0));
    }

    #[test]
    fn f32_is_f64_rounded() {
        let rnn = architecture(Cell::Gru, 4);
        let stack = Stack {
            prefix: "",
            cell: Cell::Gru,
        };
        let init = Scheme::Keras.into();
        let single: Vec<f32> =
            parameters(&rnn.entries(), &[stack], &init, &mut Stream::new(7, "init"));
        let double = begin(&rnn, &init);
        assert!(single.iter().zip(double).all(|(a, b)| *a == b as f32));
    }
}
