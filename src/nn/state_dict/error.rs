//! What can be wrong with a file of weights.

use std::fmt;

/// Why a file's tensors cannot be read: place, found, expected, hint.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StateDictError {
    /// Another format that holds weights.
    #[error("first bytes: found {found}, expected a safetensors file. {hint}")]
    OtherFormat {
        /// What it looks like, as a phrase.
        found: &'static str,
        /// How to get a safetensors file from it.
        hint: &'static str,
    },
    /// Not even the header's length is there.
    #[error(
        "found a file of {found} bytes, expected at least 8, which hold the length of the header. \
         Check that the right file was chosen."
    )]
    TooShort {
        /// The file's length in bytes.
        found: usize,
    },
    /// Longer than anything within the limits.
    #[error(
        "found a file of {found} bytes or more, expected at most {limit}. Save the parameters of the network alone."
    )]
    TooLong {
        /// The length up to which it was looked at.
        found: usize,
        /// The longest that is read.
        limit: usize,
    },
    /// The header is said to go on past the end of the file.
    #[error(
        "bytes 0 to 7: found a header of {found} bytes, expected at most the {available} that follow. \
         The file is cut off or is no safetensors file."
    )]
    HeaderPastEnd {
        /// The length that the file claims.
        found: u64,
        /// The bytes that there are.
        available: usize,
    },
    /// More header than any network has.
    #[error(
        "bytes 0 to 7: found a header of {found} bytes, expected at most {limit}. \
         Save the model's own parameters alone, without metadata."
    )]
    HeaderTooLarge {
        /// The length that the file claims.
        found: u64,
        /// The most that is read.
        limit: usize,
    },
    /// The header is no list of tensors.
    #[error(
        "header, line {line}, column {column}: found something else than a list of tensors ({message}), \
         expected {{\"name\": {{\"dtype\": \"F32\", \"shape\": [2, 3], \"data_offsets\": [0, 24]}}, …}}. \
         The file is damaged; save it again."
    )]
    Header {
        /// Line of the header, from 1.
        line: usize,
        /// Column in it, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// Two tensors of one name.
    #[error("{0}")]
    Duplicate(Faults),
    /// Tensors of a type that is not read.
    #[error("{0}")]
    Dtype(Faults),
    /// Tensors whose shape and place in the file contradict each other, the file's length or other tensors.
    #[error("{0}")]
    Layout(Faults),
    /// Bytes that belong to no tensor.
    #[error(
        "after the last tensor: found {found} more bytes, expected the end of the file. The file is damaged; save it again."
    )]
    Trailing {
        /// How many.
        found: usize,
    },
    /// More numbers than a network here can have.
    #[error(
        "found {found} values in all tensors, expected at most {limit}. Save the parameters of the network alone."
    )]
    TooManyValues {
        /// How many the file has.
        found: usize,
        /// The most that are read.
        limit: usize,
    },
}

impl StateDictError {
    /// What is wrong with which tensors, the first [`Faults::CAP`]; none where the file as a whole is wrong.
    pub fn faults(&self) -> &[Fault] {
        match self {
            StateDictError::Duplicate(faults)
            | StateDictError::Dtype(faults)
            | StateDictError::Layout(faults) => faults.first(),
            _ => &[],
        }
    }
}

/// What is wrong with one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The tensor's name, in a form that can be shown.
    pub tensor: String,
    /// The index of the value that is meant, row-major; empty if the whole tensor is.
    pub index: Vec<usize>,
    /// What stands there, as a phrase.
    pub found: String,
    /// What should stand there, as a phrase.
    pub expected: String,
    /// A sentence: what to try next.
    pub hint: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tensor)?;
        if !self.index.is_empty() {
            write!(f, "{:?}", self.index)?;
        }
        write!(
            f,
            ": found {}, expected {}. {}",
            self.found, self.expected, self.hint
        )
    }
}

/// Faults in the order of the file: the first [`Faults::CAP`], and how many more there are.
///
/// Displayed as one sentence per fault, each on its own line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    first: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// How many are kept; further ones are counted only.
    pub const CAP: usize = 50;

    /// Those kept.
    pub fn first(&self) -> &[Fault] {
        &self.first
    }

    /// How many further ones there are.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Adds a fault; it is made only if it is kept.
    pub(super) fn add(&mut self, fault: impl FnOnce() -> Fault) {
        if self.first.len() < Self::CAP {
            self.first.push(fault());
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.first.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        if self.more > 0 {
            write!(f, "\n… and {} more", self.more)?;
        }
        Ok(())
    }
}

/// Text of the file as it may be shown: no control characters, no more than a line holds.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
