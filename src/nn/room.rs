//! How much room arrays take, told from their sizes before they are there.
//!
//! Every record and workspace states what it takes in a function `bytes`, beside the constructor that asks for it: who changes
//! one sees the other. A test of the whole program holds the sum against what is really asked for (`tests/memory.rs`).
//!
//! In 128 bits nothing here overflows: every size has been read from a text or a file that limits it.

/// The bytes of an array of `T`s with these sizes.
pub(super) fn array<T>(sizes: &[usize]) -> u128 {
    let values: u128 = sizes.iter().map(|&size| size as u128).product();
    values * size_of::<T>() as u128
}
