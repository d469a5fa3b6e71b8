//! Bytes of a safetensors file → tensors.
//!
//! The format: eight bytes with the length of the header, little-endian; the header, a JSON object that gives each tensor's
//! type, shape and place; the tensors' values, without gaps. Files come from anywhere, so nothing that the header claims is
//! believed before it has been held against the file's length, and nothing is allocated by a claimed size. The header is
//! read here and not by the `safetensors` crate, which adds offsets up unchecked (in version 0.8 offsets near 2⁶⁴ overflow)
//! and keeps the last of two tensors with one name.

use super::error::{Fault, Faults, StateDictError, shown};
use super::{NamedTensor, TensorValues};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

/// How much of a file is read at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The header's length in bytes.
    pub header_bytes: usize,
    /// Values of all tensors together.
    pub values: usize,
}

impl Default for Limits {
    /// 4 MiB of header, some 40,000 tensors; 64 Mi values, half a gigabyte of f64.
    fn default() -> Self {
        Self {
            header_bytes: 1 << 22,
            values: 1 << 26,
        }
    }
}

impl Limits {
    /// The longest file that can be within these limits, in bytes: who reads a file need not read further.
    pub fn file_bytes(self) -> usize {
        LENGTH_BYTES
            .saturating_add(self.header_bytes)
            .saturating_add(self.values.saturating_mul(8))
    }
}

/// The header's length comes first, as a u64.
const LENGTH_BYTES: usize = 8;

const DAMAGED: &str = "The file is damaged; save it again.";

/// Reads all tensors of a safetensors file, in the order of its header.
///
/// F64, F32, F16 and BF16 are read, each value exactly.
///
/// # Errors
/// See [`StateDictError`]; every faulty tensor is named, up to [`Faults::CAP`].
///
/// ```
/// use rnnscope::nn::state_dict::{Limits, TensorValues, read};
///
/// let header = br#"{"bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
/// let file = [&(header.len() as u64).to_le_bytes(), &header[..], &0.5f32.to_le_bytes()].concat();
/// let tensors = read(&file, Limits::default()).unwrap();
/// assert_eq!(tensors[0].values, TensorValues::Numbers(vec![0.5]));
/// ```
pub fn read(bytes: &[u8], limits: Limits) -> Result<Vec<NamedTensor>, StateDictError> {
    let (header, data) = split(bytes, limits)?;
    let Header(claims) = serde_json::from_slice(header).map_err(|error| header_error(&error))?;
    refuse_duplicates(&claims)?;
    let tensors = checked(claims, data.len())?;
    let count: usize = tensors.iter().map(Checked::count).sum();
    if count > limits.values {
        return Err(StateDictError::TooManyValues {
            found: count,
            limit: limits.values,
        });
    }
    let mut faults = Faults::default();
    let tensors = tensors
        .into_iter()
        .map(|tensor| tensor.read(data, &mut faults))
        .collect();
    if faults.is_empty() {
        Ok(tensors)
    } else {
        Err(StateDictError::NotFinite(faults))
    }
}

/// The header's bytes and those of the values.
fn split(bytes: &[u8], limits: Limits) -> Result<(&[u8], &[u8]), StateDictError> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(other_format(bytes).unwrap_or(StateDictError::TooShort { found: bytes.len() }));
    };
    let found = u64::from_le_bytes(*length);
    let too_long = |error| other_format(bytes).unwrap_or(error);
    let length = usize::try_from(found).unwrap_or(usize::MAX);
    let Some((header, data)) = rest.split_at_checked(length) else {
        return Err(too_long(StateDictError::HeaderPastEnd {
            found,
            available: rest.len(),
        }));
    };
    if length > limits.header_bytes {
        return Err(too_long(StateDictError::HeaderTooLarge {
            found,
            limit: limits.header_bytes,
        }));
    }
    if bytes.len() > limits.file_bytes() {
        return Err(StateDictError::TooLong {
            found: bytes.len(),
            limit: limits.file_bytes(),
        });
    }
    Ok((header, data))
}

/// The error for a file that begins like another format for weights. Asked only where the header's length cannot be right.
fn other_format(bytes: &[u8]) -> Option<StateDictError> {
    const TORCH: &str = "In Python: safetensors.torch.save_file(torch.load(path)[…], \"model.safetensors\") \
                         with the model's state_dict() in it.";
    let formats: [(&[u8], &str, &str); 4] = [
        (b"PK\x03\x04", "a zip archive, as torch.save writes", TORCH),
        (
            b"\x80\x02",
            "a Python pickle, as torch.save wrote before version 1.6",
            TORCH,
        ),
        (
            b"\x89HDF\r\n",
            "an HDF5 file, as Keras writes",
            "Save its arrays with safetensors.numpy.save_file under PyTorch's names.",
        ),
        (
            b"\x93NUMPY",
            "a NumPy array",
            "Save it with safetensors.numpy.save_file under the parameter's name.",
        ),
    ];
    formats
        .into_iter()
        .find(|(start, ..)| bytes.starts_with(start))
        .map(|(_, found, hint)| StateDictError::OtherFormat { found, hint })
}

/// What the header claims about one tensor.
#[derive(serde::Deserialize)]
struct Claim {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// The header's tensors in its order; a map would silently keep the last of two with one name.
struct Header(Vec<(String, Claim)>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a tensor under each name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut claims = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        claims.push((name, map.next_value()?));
                    }
                }
                Ok(Header(claims))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

fn header_error(error: &serde_json::Error) -> StateDictError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = message
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&message);
    StateDictError::Header {
        line,
        column,
        message: shown(message),
    }
}

fn refuse_duplicates(claims: &[(String, Claim)]) -> Result<(), StateDictError> {
    let mut names = BTreeSet::new();
    let mut faults = Faults::default();
    for (name, _) in claims {
        if !names.insert(name) {
            faults.add(|| Fault {
                tensor: shown(name),
                index: Vec::new(),
                found: "a second tensor of this name".into(),
                expected: "each name once".into(),
                hint: DAMAGED,
            });
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(StateDictError::Duplicate(faults))
    }
}

/// How a tensor's values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
}

impl Dtype {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "F64" => Some(Dtype::F64),
            "F32" => Some(Dtype::F32),
            "F16" => Some(Dtype::F16),
            "BF16" => Some(Dtype::Bf16),
            _ => None,
        }
    }

    /// Bytes per value.
    fn size(self) -> usize {
        match self {
            Dtype::F64 => 8,
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::Bf16 => 2,
        }
    }

    /// The values in `bytes` as f64, which holds every value of the other types.
    fn widen(self, bytes: &[u8]) -> Vec<f64> {
        match self {
            Dtype::F64 => values(bytes, f64::from_le_bytes),
            Dtype::F32 => values(bytes, |bytes| f32::from_le_bytes(bytes).into()),
            Dtype::F16 => values(bytes, |bytes| widen_f16(u16::from_le_bytes(bytes))),
            // The upper half of an f32.
            Dtype::Bf16 => values(bytes, |bytes| {
                f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16).into()
            }),
        }
    }
}

fn values<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|&chunk| value(chunk)).collect()
}

/// IEEE 754's binary16: a sign, five bits of exponent (bias 15), ten bits of fraction.
fn widen_f16(bits: u16) -> f64 {
    let (exponent, fraction) = ((bits >> 10) & 0x1f, bits & 0x3ff);
    let size = match exponent {
        // Without the leading 1: fraction · 2⁻²⁴.
        0 => f64::from(fraction) / 16_777_216.0,
        0x1f if fraction == 0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => f64::from_bits((u64::from(exponent) + 1023 - 15) << 52 | u64::from(fraction) << 42),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// A tensor whose claims hold: its values lie within the file and are as many as its shape says.
struct Checked {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    begin: usize,
    end: usize,
}

impl Checked {
    fn count(&self) -> usize {
        (self.end - self.begin) / self.dtype.size()
    }

    fn read(self, data: &[u8], faults: &mut Faults) -> NamedTensor {
        let values = self.dtype.widen(&data[self.begin..self.end]);
        for (place, value) in values.iter().enumerate() {
            if !value.is_finite() {
                faults.add(|| Fault {
                    tensor: shown(&self.name),
                    index: index_of(place, &self.shape),
                    found: value.to_string(),
                    expected: "a finite number".into(),
                    hint: "The training that wrote the file diverged; take an earlier state of it.",
                });
            }
        }
        NamedTensor {
            name: self.name,
            shape: self.shape,
            values: TensorValues::Numbers(values),
        }
    }
}

/// The index along each axis of the value at `place`, row-major.
pub(super) fn index_of(place: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = place;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let along = rest % size.max(1);
            rest /= size.max(1);
            along
        })
        .collect();
    index.reverse();
    index
}

/// Holds what the header claims against the length of the values and against itself.
fn checked(claims: Vec<(String, Claim)>, length: usize) -> Result<Vec<Checked>, StateDictError> {
    let mut unread = Faults::default();
    let mut faults = Faults::default();
    let mut tensors = Vec::with_capacity(claims.len());
    for (name, claim) in claims {
        let Some(dtype) = Dtype::from_name(&claim.dtype) else {
            unread.add(|| Fault {
                tensor: shown(&name),
                index: Vec::new(),
                found: format!("values of type {}", shown(&claim.dtype)),
                expected: "F64, F32, F16 or BF16".into(),
                hint: "Convert the tensor before saving, or leave it out.",
            });
            continue;
        };
        let size = claim
            .shape
            .iter()
            .try_fold(dtype.size() as u64, |size, &axis| size.checked_mul(axis));
        let (begin, end) = claim.data_offsets;
        let wrong = if begin > end || end > length as u64 {
            Some((
                format!("its values in the bytes {begin} to {end}"),
                format!("a place within the {length} bytes of values"),
            ))
        } else if size != Some(end - begin) {
            let needed = size.map_or_else(
                || "more bytes than a file can have".into(),
                |size| format!("{size} bytes"),
            );
            Some((
                format!(
                    "the shape {} in {} bytes",
                    shown_shape(&claim.shape),
                    end - begin
                ),
                format!("{needed} of {}", claim.dtype),
            ))
        } else {
            None
        };
        if let Some((found, expected)) = wrong {
            faults.add(|| Fault {
                tensor: shown(&name),
                index: Vec::new(),
                found,
                expected,
                hint: DAMAGED,
            });
            continue;
        }
        // All within the file's length by now, but for the other axes of a tensor without values.
        let narrow = |value| usize::try_from(value).unwrap_or(usize::MAX);
        tensors.push(Checked {
            name,
            dtype,
            shape: claim.shape.into_iter().map(narrow).collect(),
            begin: narrow(begin),
            end: narrow(end),
        });
    }
    if !unread.is_empty() {
        return Err(StateDictError::Dtype(unread));
    }
    if faults.is_empty() {
        let covered = refuse_overlaps_and_gaps(&tensors, &mut faults);
        if faults.is_empty() && covered < length {
            return Err(StateDictError::Trailing {
                found: length - covered,
            });
        }
    }
    if faults.is_empty() {
        Ok(tensors)
    } else {
        Err(StateDictError::Layout(faults))
    }
}

/// Each tensor must begin where the one before it ends; returns where the last one ends.
fn refuse_overlaps_and_gaps(tensors: &[Checked], faults: &mut Faults) -> usize {
    let mut in_order: Vec<&Checked> = tensors.iter().collect();
    in_order.sort_by_key(|tensor| (tensor.begin, tensor.end));
    let mut covered = 0;
    for tensor in in_order {
        if tensor.begin != covered {
            faults.add(|| Fault {
                tensor: shown(&tensor.name),
                index: Vec::new(),
                found: format!("its values from byte {} on", tensor.begin),
                expected: format!("them from byte {covered} on, without gap or overlap"),
                hint: DAMAGED,
            });
        }
        covered = covered.max(tensor.end);
    }
    covered
}

/// A shape as it may be shown; a hostile one has any number of axes.
fn shown_shape(shape: &[u64]) -> String {
    const MOST: usize = 8;
    if shape.len() <= MOST {
        format!("{shape:?}")
    } else {
        format!("of {} axes", shape.len())
    }
}
