//! The engine: its numbers against PyTorch, against central differences and against themselves.

mod baseline;
mod checkpoint;
mod determinism;
mod gradients;
mod numbers;
mod pytorch_parity;
mod recipe;
mod self_attention;
mod seq2seq;
mod weight_files;
