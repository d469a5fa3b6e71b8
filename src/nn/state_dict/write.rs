//! Tensors into bytes, in the layout of safetensors.
//!
//! 8 bytes, the header's length; the header, JSON that is padded with spaces to a multiple of 8 bytes; the values, one tensor
//! after the other without gaps, row-major and little-endian. As the reference implementation does it, the widest types come
//! first, and within one type names are in order. A record may be nearly as large as a run may be, so that it is written from
//! where it lies: nothing here makes a copy of it. (The safetensors crate writes tensor by tensor only to a file that it names and
//! opens itself, where a stop cannot be heeded and what was there before is not kept.)

use super::{NamedTensor, TensorValues};
use ndarray::{ArrayView2, ArrayView3};
use safetensors::tensor::{Dtype, Metadata, SafeTensorError, TensorInfo};

/// So many bytes are handed over at once, at most.
const CHUNK: usize = 1 << 16;

/// A tensor to be written, whose values lie elsewhere.
#[derive(Clone, Debug)]
pub struct TensorRef<'a> {
    /// Its name.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Its values.
    pub(super) values: ValuesRef<'a>,
}

/// Values of a tensor where they lie.
#[derive(Clone, Debug)]
pub(super) enum ValuesRef<'a> {
    /// Numbers in a row.
    Numbers(&'a [f64]),
    /// Numbers of a batch's steps.
    Steps(ArrayView3<'a, f64>),
    /// Numbers of a matrix.
    Matrix(ArrayView2<'a, f64>),
    /// Indices of classes in a row.
    Indices(&'a [usize]),
    /// Indices of the classes of a batch's steps.
    Classes(ArrayView2<'a, usize>),
}

impl<'a> From<&'a NamedTensor> for TensorRef<'a> {
    fn from(tensor: &'a NamedTensor) -> Self {
        Self {
            name: tensor.name.clone(),
            shape: tensor.shape.clone(),
            values: match &tensor.values {
                TensorValues::Numbers(values) => ValuesRef::Numbers(values),
                TensorValues::Indices(values) => ValuesRef::Indices(values),
                // There is nothing to write; a shape with values is refused for it.
                TensorValues::Unread(_) => ValuesRef::Indices(&[]),
            },
        }
    }
}

impl TensorRef<'_> {
    fn dtype(&self, single: bool) -> Dtype {
        match &self.values {
            ValuesRef::Indices(_) | ValuesRef::Classes(_) => Dtype::I64,
            ValuesRef::Numbers(_) | ValuesRef::Steps(_) | ValuesRef::Matrix(_) if single => {
                Dtype::F32
            }
            ValuesRef::Numbers(_) | ValuesRef::Steps(_) | ValuesRef::Matrix(_) => Dtype::F64,
        }
    }

    fn len(&self) -> usize {
        match &self.values {
            ValuesRef::Numbers(values) => values.len(),
            ValuesRef::Steps(values) => values.len(),
            ValuesRef::Matrix(values) => values.len(),
            ValuesRef::Indices(values) => values.len(),
            ValuesRef::Classes(values) => values.len(),
        }
    }

    /// The bytes that its values take in a file.
    fn size(&self, single: bool) -> usize {
        self.len() * self.dtype(single).bitsize() / 8
    }

    /// Hands its values to `take` piece by piece, as they stand in the file; `single` stores numbers as f32.
    ///
    /// # Errors
    /// The first of `take`, which is asked for no more then.
    pub fn write<E>(
        &self,
        single: bool,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.values {
            ValuesRef::Numbers(values) => numbers(values.iter(), single, take),
            ValuesRef::Steps(values) => numbers(values.iter(), single, take),
            ValuesRef::Matrix(values) => numbers(values.iter(), single, take),
            ValuesRef::Indices(values) => indices(values.iter(), take),
            ValuesRef::Classes(values) => indices(values.iter(), take),
        }
    }
}

fn numbers<'a, E>(
    values: impl Iterator<Item = &'a f64>,
    single: bool,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    if single {
        pieces(values.map(|&value| (value as f32).to_le_bytes()), take)
    } else {
        pieces(values.map(|value| value.to_le_bytes()), take)
    }
}

fn indices<'a, E>(
    values: impl Iterator<Item = &'a usize>,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    pieces(values.map(|&value| (value as i64).to_le_bytes()), take)
}

fn pieces<const N: usize, E>(
    values: impl Iterator<Item = [u8; N]>,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut piece = Vec::with_capacity(CHUNK);
    for value in values {
        piece.extend_from_slice(&value);
        if piece.len() + N > CHUNK {
            take(&piece)?;
            piece.clear();
        }
    }
    take(&piece)
}

/// Puts tensors into the order in which their values stand in a file, and gives all that comes before the values.
///
/// # Errors
/// A shape that does not fit its values.
pub fn header(tensors: &mut [TensorRef<'_>], single: bool) -> Result<Vec<u8>, SafeTensorError> {
    tensors.sort_by(|a, b| {
        let widest_first = b.dtype(single).cmp(&a.dtype(single));
        widest_first.then_with(|| a.name.cmp(&b.name))
    });
    let mut end = 0;
    let infos = tensors.iter().map(|tensor| {
        let start = end;
        end += tensor.size(single);
        let info = TensorInfo {
            dtype: tensor.dtype(single),
            shape: tensor.shape.clone(),
            data_offsets: (start, end),
        };
        (tensor.name.clone(), info)
    });
    let metadata = Metadata::new(None, infos.collect())?;
    let mut json = serde_json::to_vec(&metadata)?;
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut header = (json.len() as u64).to_le_bytes().to_vec();
    header.append(&mut json);
    Ok(header)
}

/// Writes tensors as safetensors; `single` stores numbers as f32, which is exact for values that were computed in f32.
///
/// # Errors
/// Shapes that do not fit their values.
pub fn to_bytes(tensors: &[NamedTensor], single: bool) -> Result<Vec<u8>, SafeTensorError> {
    let mut tensors: Vec<TensorRef<'_>> = tensors.iter().map(TensorRef::from).collect();
    let mut bytes = header(&mut tensors, single)?;
    for tensor in &tensors {
        let taken: Result<(), std::convert::Infallible> = tensor.write(single, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        let Ok(()) = taken;
    }
    Ok(bytes)
}
