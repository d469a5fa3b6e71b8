//! Named tensors as bytes: the safetensors format, with PyTorch's names.
//!
//! Out: [`by_parameter`], then [`to_bytes`]; what is large, such as [`of_record`], piece by piece: [`header`], then
//! [`TensorRef::write`]. In: [`read`], then [`load`]; the one part of this room that can
//! fail, since files come from anywhere.

mod error;
mod load;
mod names;
mod read;
mod report;
mod stack;
#[cfg(test)]
mod tests;
mod write;

use super::{AttentionMap, ParameterEntry, Part, Place, Target};
pub use error::{Fault, Faults, StateDictError};
pub use load::{Wish, load};
use ndarray::{Array2, ArrayView3};
pub use read::{Limits, read};
pub use report::{Ambiguous, Candidate, Renamed, Report, Shaped, TooLarge, WrongShape};
use write::ValuesRef;
pub use write::{TensorRef, header, to_bytes};

/// A tensor with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: TensorValues,
}

/// Values of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorValues {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Indices of classes.
    Indices(Vec<usize>),
    /// Something else, which was not read: the type's name, such as `I64` or `BOOL`.
    Unread(&'static str),
}

/// Values by parameter — a model's, or a gradient's — under PyTorch's names.
pub fn by_parameter(entries: Vec<ParameterEntry>, values: &[f64]) -> Vec<NamedTensor> {
    let tensor = |entry: ParameterEntry| NamedTensor {
        name: entry.name,
        shape: entry.shape,
        values: TensorValues::Numbers(values[entry.range].to_vec()),
    };
    entries.into_iter().map(tensor).collect()
}

/// A probe's whole record: `x`, `y`, `target`, `d_x`, `d_y`, and for each scan every quantity and its adjoint,
/// `layer0.forward.f`, `layer0.forward.d_f`, `layer0.forward.h0`, `layer0.forward.d_h0` … Where a network has parts, their
/// names come first: `encoder.layer0.forward.h`, `decoder.y`. Attention is `attention.weights`, or by layer and head
/// `layer0.head0.weights`; all of them count from 0, as PyTorch's parameters do.
pub fn of_record<'a>(
    parts: &'a [Part],
    attention: &'a [AttentionMap],
    target: &'a Target<f64>,
) -> Vec<TensorRef<'a>> {
    let mut tensors = vec![match target {
        Target::Values(values) => steps("target".into(), values.view()),
        Target::Classes(classes) => TensorRef {
            name: "target".into(),
            shape: classes.shape().to_vec(),
            values: ValuesRef::Classes(classes.view()),
        },
    }];
    for part in parts {
        let prefix = match part.name {
            "" => String::new(),
            name => format!("{name}."),
        };
        tensors.push(steps(format!("{prefix}x"), part.x.view()));
        tensors.push(steps(format!("{prefix}d_x"), part.d_x.view()));
        if part.readout.is_some() {
            tensors.push(steps(format!("{prefix}y"), part.y.view()));
            tensors.push(steps(format!("{prefix}d_y"), part.d_y.view()));
        }
        for scan in &part.scans {
            let Place { layer, direction } = scan.place;
            let place = format!("{prefix}layer{layer}.{}", direction.name());
            for &quantity in scan.quantities() {
                let name = quantity.name();
                if let (Some(value), Some(adjoint)) =
                    (scan.get(quantity, false), scan.get(quantity, true))
                {
                    tensors.push(steps(format!("{place}.{name}"), value));
                    tensors.push(steps(format!("{place}.d_{name}"), adjoint));
                }
                let (states, d_states) = (&scan.trace, &scan.adjoints);
                if let (Some(value), Some(adjoint)) =
                    (states.initial(quantity), d_states.initial(quantity))
                {
                    tensors.push(matrix(format!("{place}.{name}0"), value));
                    tensors.push(matrix(format!("{place}.d_{name}0"), adjoint));
                }
            }
        }
    }
    for map in attention {
        // As everything in files layers and heads count from 0, though on the screen they count from 1.
        let name = match map.head {
            None => map.name.clone(),
            Some((layer, head)) => format!("layer{layer}.head{head}"),
        };
        tensors.push(matrix(format!("{name}.weights"), &map.weights));
        tensors.push(matrix(format!("{name}.d_weights"), &map.d_weights));
    }
    tensors
}

fn steps(name: String, values: ArrayView3<'_, f64>) -> TensorRef<'_> {
    TensorRef {
        name,
        shape: values.shape().to_vec(),
        values: ValuesRef::Steps(values),
    }
}

fn matrix(name: String, values: &Array2<f64>) -> TensorRef<'_> {
    TensorRef {
        name,
        shape: values.shape().to_vec(),
        values: ValuesRef::Matrix(values.view()),
    }
}
