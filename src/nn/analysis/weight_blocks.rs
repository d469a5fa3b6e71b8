//! A matrix of parameters block by block: how its numbers spread, and how far a square block is from a rotation.
//!
//! A square W turns vectors and leaves their lengths as they are if WᵀW = I. ‖WᵀW − I‖_F / √n says how far it is from that: 0 of an
//! orthogonal matrix, 1 of the zero matrix, g² − 1 of g times an orthogonal one (g ≥ 1). A recurrence that neither shrinks nor
//! blows up begins there (Saxe, McClelland & Ganguli 2014; Arjovsky, Shah & Bengio 2016).

use super::flow::norm;
use super::spectrum::block_gates;
use crate::nn::{Network, ParameterEntry, Quantity};
use ndarray::{ArrayView1, ArrayView2, s};
use std::ops::Range;

/// How many bars a histogram has: an odd number, so that one of them is about 0.
pub const BINS: usize = 31;

/// Rows of a parameter that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What they compute, where that is a gate of a cell; h of an Elman network.
    pub gate: Option<Quantity>,
    /// What they are called: `i`, `f`, …; `q`, `k`, `v` of a self-attention's joined projection; nothing where there is one block.
    pub name: &'static str,
    /// Which rows.
    pub rows: Range<usize>,
    /// The root of the sum of their squares.
    pub norm: f64,
    /// Their mean.
    pub mean: f64,
    /// How many of them lie in each of [`BINS`] equal parts from minus the matrix's largest magnitude to that.
    pub histogram: Vec<usize>,
    /// ‖WᵀW − I‖_F / √n of a square block that the state before is multiplied by.
    pub from_orthogonal: Option<f64>,
}

/// A parameter and what is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks {
    /// Rows and columns; a vector has one column.
    pub shape: [usize; 2],
    /// The largest magnitude.
    pub largest: f64,
    /// Its blocks, from the first row down.
    pub blocks: Vec<Block>,
}

/// Rows and columns of a parameter; a vector has one column.
pub fn shape_of(entry: &ParameterEntry) -> [usize; 2] {
    match entry.shape[..] {
        [rows, columns] => [rows, columns],
        _ => [entry.range.len(), 1],
    }
}

/// The blocks of a parameter by what they compute.
fn parts(network: &Network, entry: &ParameterEntry) -> Vec<(Option<Quantity>, &'static str)> {
    let name = entry.name.as_str();
    let (part, own) = name.split_once('.').unwrap_or(("", name));
    let own = if matches!(part, "encoder" | "decoder") {
        own
    } else {
        name
    };
    let recurrent = ["weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"];
    if recurrent.iter().any(|start| own.starts_with(start)) {
        let cell = match (network, part) {
            (Network::EncoderDecoder(it), "decoder") => Some(it.decoder_cell),
            _ => network.cell(),
        };
        let gates = cell.map_or(&[][..], |cell| block_gates(cell));
        return gates
            .iter()
            .map(|gate| (Some(*gate), gate.symbol()))
            .collect();
    }
    if own.contains("self_attn.in_proj") {
        return ["q", "k", "v"].map(|name| (None, name)).to_vec();
    }
    vec![(None, "")]
}

/// What is told of a parameter's numbers, or of numbers of the same shape; `None` if they are not as many. Whether a block is a
/// rotation is asked of what the state before is multiplied by, and only if `is_weights`.
pub fn blocks(
    network: &Network,
    entry: &ParameterEntry,
    values: &[f64],
    is_weights: bool,
) -> Option<Blocks> {
    let shape = shape_of(entry);
    let matrix = ArrayView2::from_shape(shape, values).ok()?;
    let most = |most: f64, x: &f64| if x.abs() > most { x.abs() } else { most };
    let largest = values.iter().fold(0.0, most);
    let parts = parts(network, entry);
    let rows = shape[0] / parts.len();
    let blocks = parts.iter().enumerate().map(|(at, &(gate, name))| {
        let rows = at * rows..(at + 1) * rows;
        let block = matrix.slice(s![rows.clone(), ..]);
        let recurrent = is_weights && entry.name.contains("weight_hh");
        Block {
            gate,
            name,
            norm: norm(block.iter().copied().collect::<Vec<f64>>().as_slice()),
            mean: block.iter().sum::<f64>() / block.len().max(1) as f64,
            histogram: histogram(block, largest),
            from_orthogonal: recurrent.then(|| from_orthogonal(block)).flatten(),
            rows,
        }
    });
    Some(Blocks {
        shape,
        largest,
        blocks: blocks.collect(),
    })
}

/// How many values lie in each of [`BINS`] equal parts of −`largest` … `largest`; what is not finite lies in none.
fn histogram(values: ArrayView2<'_, f64>, largest: f64) -> Vec<usize> {
    let mut counts = vec![0; BINS];
    for value in values.iter().filter(|value| value.is_finite()) {
        let part = if largest > 0.0 {
            0.5 + 0.5 * value / largest
        } else {
            0.5
        };
        let bin = ((part * BINS as f64) as usize).min(BINS - 1);
        counts[bin] += 1;
    }
    counts
}

/// ‖WᵀW − I‖_F / √n; `None` of what is not square or not finite.
pub fn from_orthogonal(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let (rows, columns) = matrix.dim();
    if rows != columns || rows == 0 || matrix.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let columns: Vec<Vec<f64>> = matrix.columns().into_iter().map(|of| of.to_vec()).collect();
    let mut off = Vec::with_capacity(rows * rows);
    for (i, one) in columns.iter().enumerate() {
        for (j, other) in columns.iter().enumerate() {
            let dot = ArrayView1::from(one).dot(&ArrayView1::from(other));
            off.push(dot - f64::from(u8::from(i == j)));
        }
    }
    Some(norm(off.as_slice()) / libm::sqrt(rows as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Cell, Readout, RecurrentArchitecture};
    use ndarray::{Array2, array};

    #[test]
    fn a_rotation_is_orthogonal_and_what_stretches_is_not() {
        let rotation = array![[0.8, -0.6], [0.6, 0.8]];
        assert!(from_orthogonal(rotation.view()).unwrap() < 1e-15);
        // g² − 1 of g times a rotation, and 1 of zeros.
        let found = from_orthogonal((rotation * 1.5).view()).unwrap();
        assert!((found - 1.25).abs() < 1e-15, "{found}");
        assert_eq!(from_orthogonal(Array2::zeros((3, 3)).view()), Some(1.0));
        assert_eq!(from_orthogonal(Array2::zeros((2, 3)).view()), None);
        assert_eq!(from_orthogonal(array![[f64::NAN]].view()), None);
    }

    #[test]
    fn a_parameter_has_a_block_for_each_gate() {
        let network = Network::Recurrent(RecurrentArchitecture {
            cell: Cell::Lstm,
            input_size: 3,
            hidden_size: 2,
            num_layers: 1,
            bidirectional: true,
            dropout: 0.0,
            output_size: 1,
            readout: Readout::Last,
        });
        for entry in network.entries() {
            let values: Vec<f64> = entry.range.clone().map(|k| k as f64 - 60.0).collect();
            let found = blocks(&network, &entry, &values, true).unwrap();
            let names: Vec<&str> = found.blocks.iter().map(|block| block.name).collect();
            let of_cell = !entry.name.starts_with("readout");
            let expected = if of_cell {
                vec!["i", "f", "g", "o"]
            } else {
                vec![""]
            };
            assert_eq!(names, expected, "{}", entry.name);
            let counted: usize = found.blocks.iter().flat_map(|block| &block.histogram).sum();
            assert_eq!(counted, values.len());
            let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            assert_eq!(found.largest, largest);
            for block in &found.blocks {
                let columns = found.shape[1];
                let own = &values[block.rows.start * columns..block.rows.end * columns];
                assert_eq!(block.mean, own.iter().sum::<f64>() / own.len() as f64);
                let squares: f64 = own.iter().map(|x| x * x).sum();
                assert!((block.norm - squares.sqrt()).abs() <= 1e-12 * block.norm);
                assert_eq!(
                    block.from_orthogonal.is_some(),
                    entry.name.starts_with("weight_hh"),
                );
            }
            assert_eq!(blocks(&network, &entry, &values[1..], true), None);
            let gradient = blocks(&network, &entry, &values, false).unwrap();
            assert!(
                gradient
                    .blocks
                    .iter()
                    .all(|block| block.from_orthogonal.is_none())
            );
        }
    }

    /// The middle bar is about 0, the outer ones hold the ends.
    #[test]
    fn a_histogram_is_centred_on_zero() {
        let values = array![[-2.0, 2.0, 0.0, 0.01, f64::NAN]];
        let counts = histogram(values.view(), 2.0);
        assert_eq!((counts[0], counts[BINS / 2], counts[BINS - 1]), (1, 2, 1));
        let zeros = Array2::zeros((1, 3));
        assert_eq!(histogram(zeros.view(), 0.0)[BINS / 2], 3);
    }
}
