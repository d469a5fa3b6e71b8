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
    /// What to do with a file that is longer than any that is read.
    pub const TOO_LONG: &str =
        "Check that the file is one of weights, and keep in it only those of this network.";

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
/// F64, F32, F16 and BF16 are read, each value exactly, finite or not; of tensors of other types there is the shape alone.
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
    let read = |tensor: Checked| tensor.read(data);
    Ok(tensors.into_iter().map(read).collect())
}

/// The header's bytes and those of the values.
fn split(bytes: &[u8], limits: Limits) -> Result<(&[u8], &[u8]), StateDictError> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        let error = StateDictError::TooShort { found: bytes.len() };
        return Err(other_format(bytes).unwrap_or(error));
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

/// The error for a file that is something else. Asked only where the header's length cannot be right.
fn other_format(bytes: &[u8]) -> Option<StateDictError> {
    let (found, hint) = told_by_its_beginning(bytes)?;
    Some(StateDictError::OtherFormat { found, hint })
}

const TORCH: &str = "In Python: import torch, safetensors.torch; safetensors.torch.save_file({name: t.contiguous().clone() for name, t in \
                     torch.load(\"model.pt\", map_location=\"cpu\").items()}, \"model.safetensors\"); where the file holds more \
                     than a state_dict(), with [\"state_dict\"] behind torch.load(…), where it holds the module itself, with \
                     weights_only=False and .state_dict().";
const DOWNLOAD: &str = "Download the file itself, not the page about it.";

/// What a file is by its first bytes, and how to get a safetensors file from it.
fn told_by_its_beginning(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(told_of_an_archive(bytes));
    }
    if let [0x80, 2..=5, ..] = bytes {
        return Some((
            "a Python pickle, as torch.save wrote before version 1.6",
            TORCH,
        ));
    }
    let formats: [(&[u8], &str, &str); 6] = [
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
        (
            b"\x1f\x8b",
            "a gzip archive",
            "Unpack it first, with gunzip.",
        ),
        (
            b"GGUF",
            "a GGUF file, as llama.cpp reads",
            "Take the safetensors file that it was made from.",
        ),
        (
            b"version https://git-lfs",
            "a Git LFS pointer, which only names the file",
            "Fetch the file itself with git lfs pull, or download it.",
        ),
        (
            b"version https://hawser",
            "a Git LFS pointer, which only names the file",
            "Fetch the file itself with git lfs pull, or download it.",
        ),
    ];
    let begins = |(start, ..): &(&[u8], &str, &str)| bytes.starts_with(start);
    if let Some((_, found, hint)) = formats.into_iter().find(begins) {
        return Some((found, hint));
    }
    // A text may have a mark of its encoding and blanks in front.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    match text.first()? {
        b'<' => Some(("a web page", DOWNLOAD)),
        b'{' | b'['
            if text[1..]
                .trim_ascii_start()
                .first()
                .is_some_and(|c| b"\"{[]}".contains(c)) =>
        {
            Some((
                "JSON, as a model's settings or the index of its parts are kept in",
                "Take the file of the weights themselves, which ends in .safetensors.",
            ))
        }
        _ => None,
    }
}

/// What a zip archive is by the name of its first file.
fn told_of_an_archive(bytes: &[u8]) -> (&'static str, &'static str) {
    let length = bytes.get(26..28).map_or(0, |length| {
        usize::from(u16::from_le_bytes([length[0], length[1]]))
    });
    let name = bytes.get(30..30 + length).unwrap_or(&[]);
    if name.ends_with(b".npy") {
        let hint = "Save its arrays with safetensors.numpy.save_file under PyTorch's names.";
        ("a zip archive of NumPy arrays (.npz)", hint)
    } else if name.ends_with(b".json") || name.ends_with(b".h5") {
        let hint = "Save its arrays with safetensors.numpy.save_file under PyTorch's names.";
        ("a zip archive, as Keras writes", hint)
    } else {
        ("a zip archive, as torch.save writes", TORCH)
    }
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
    /// Another type of the format, which no parameter has: its name and its size in bits.
    Other(&'static str, u64),
}

/// Types that are left unread: whole numbers, booleans, complex numbers, and what is smaller than half precision.
const OTHERS: [(&str, u64); 18] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("I32", 32),
    ("U32", 32),
    ("I64", 64),
    ("U64", 64),
    ("C64", 64),
];

impl Dtype {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "F64" => Some(Dtype::F64),
            "F32" => Some(Dtype::F32),
            "F16" => Some(Dtype::F16),
            "BF16" => Some(Dtype::Bf16),
            _ => {
                let mut others = OTHERS.into_iter();
                let (name, bits) = others.find(|(other, _)| *other == name)?;
                Some(Dtype::Other(name, bits))
            }
        }
    }

    /// Bits per value.
    fn bits(self) -> u64 {
        match self {
            Dtype::F64 => 64,
            Dtype::F32 => 32,
            Dtype::F16 | Dtype::Bf16 => 16,
            Dtype::Other(_, bits) => bits,
        }
    }

    /// The values in `bytes` as f64, which holds every value of the other types.
    fn widen(self, bytes: &[u8]) -> TensorValues {
        TensorValues::Numbers(match self {
            Dtype::F64 => values(bytes, f64::from_le_bytes),
            Dtype::F32 => values(bytes, |bytes| f32::from_le_bytes(bytes).into()),
            Dtype::F16 => values(bytes, |bytes| widen_f16(u16::from_le_bytes(bytes))),
            // The upper half of an f32.
            Dtype::Bf16 => values(bytes, |bytes| {
                f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16).into()
            }),
            Dtype::Other(name, _) => return TensorValues::Unread(name),
        })
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
    /// How many numbers are read.
    fn count(&self) -> usize {
        match self.dtype {
            Dtype::Other(..) => 0,
            dtype => (self.end - self.begin) / (dtype.bits() / 8) as usize,
        }
    }

    fn read(self, data: &[u8]) -> NamedTensor {
        NamedTensor {
            values: self.dtype.widen(&data[self.begin..self.end]),
            name: self.name,
            shape: self.shape,
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
                expected: "a type of the safetensors format, such as F32".into(),
                hint: "Convert the tensor before saving, or leave it out.",
            });
            continue;
        };
        let bits = claim
            .shape
            .iter()
            .try_fold(dtype.bits(), |bits, &axis| bits.checked_mul(axis));
        let size = bits.map(|bits| bits.div_ceil(8));
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
