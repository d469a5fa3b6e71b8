//! Named tensors as bytes: the safetensors format, with PyTorch's names.

use super::{Adjoints, Cell, Model, Target, Trace};
use ndarray::{Array2, ArrayView3};
use safetensors::tensor::{Dtype, SafeTensorError, TensorView, serialize};

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
}

/// Writes tensors as safetensors; `single` stores numbers as f32, which is exact for values that were computed in f32.
///
/// # Errors
/// Two tensors with one name, or shapes that do not fit their values.
pub fn to_bytes(tensors: &[NamedTensor], single: bool) -> Result<Vec<u8>, SafeTensorError> {
    let stored: Vec<(Dtype, Vec<u8>)> = tensors
        .iter()
        .map(|tensor| match &tensor.values {
            TensorValues::Numbers(values) if single => (
                Dtype::F32,
                values
                    .iter()
                    .flat_map(|&value| (value as f32).to_le_bytes())
                    .collect(),
            ),
            TensorValues::Numbers(values) => (
                Dtype::F64,
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            ),
            TensorValues::Indices(values) => (
                Dtype::I64,
                values
                    .iter()
                    .flat_map(|&value| (value as i64).to_le_bytes())
                    .collect(),
            ),
        })
        .collect();
    let views = tensors.iter().zip(&stored).map(|(tensor, (dtype, bytes))| {
        Ok((
            tensor.name.as_str(),
            TensorView::new(*dtype, tensor.shape.clone(), bytes)?,
        ))
    });
    serialize(views.collect::<Result<Vec<_>, SafeTensorError>>()?, None)
}

/// Values by parameter — a model's, or a gradient's — under PyTorch's names.
pub fn by_parameter(model: &Model<f64>, values: &[f64]) -> Vec<NamedTensor> {
    let entries = model.architecture.entries().into_iter();
    let tensor = |entry: super::ParameterEntry| NamedTensor {
        name: entry.name,
        shape: entry.shape,
        values: TensorValues::Numbers(values[entry.range].to_vec()),
    };
    entries.map(tensor).collect()
}

/// A probe's whole record: `x`, `y`, `target`, `d_x`, `d_y`, and for each layer every quantity and its adjoint,
/// `layer0.forward.f`, `layer0.forward.d_f`, `layer0.forward.h0`, `layer0.forward.d_h0` …
pub fn of_record(
    trace: &Trace<f64>,
    adjoints: &Adjoints<f64>,
    target: &Target<f64>,
) -> Vec<NamedTensor> {
    let cell: Cell = trace.architecture.cell;
    let target = match target {
        Target::Values(values) => steps("target".into(), values.view()),
        Target::Classes(classes) => NamedTensor {
            name: "target".into(),
            shape: vec![classes.nrows(), classes.ncols()],
            values: TensorValues::Indices(classes.iter().copied().collect()),
        },
    };
    let mut tensors = vec![
        steps("x".into(), trace.x.view()),
        target,
        steps("y".into(), trace.y.view()),
        steps("d_x".into(), adjoints.d_x.view()),
        steps("d_y".into(), adjoints.d_y.view()),
    ];
    for (layer, (states, d_states)) in trace.layers.iter().zip(&adjoints.layers).enumerate() {
        let place = format!("layer{layer}.forward");
        for &quantity in cell.quantities() {
            let name = quantity.name();
            if let (Some(value), Some(adjoint)) =
                (trace.get(layer, quantity), adjoints.get(layer, quantity))
            {
                tensors.push(steps(format!("{place}.{name}"), value));
                tensors.push(steps(format!("{place}.d_{name}"), adjoint));
            }
            if let (Some(value), Some(adjoint)) =
                (states.initial(quantity), d_states.initial(quantity))
            {
                tensors.push(initial(format!("{place}.{name}0"), value));
                tensors.push(initial(format!("{place}.d_{name}0"), adjoint));
            }
        }
    }
    tensors
}

fn steps(name: String, values: ArrayView3<'_, f64>) -> NamedTensor {
    let shape = values.shape().to_vec();
    NamedTensor {
        name,
        shape,
        values: TensorValues::Numbers(values.iter().copied().collect()),
    }
}

fn initial(name: String, values: &Array2<f64>) -> NamedTensor {
    let shape = values.shape().to_vec();
    NamedTensor {
        name,
        shape,
        values: TensorValues::Numbers(values.iter().copied().collect()),
    }
}
