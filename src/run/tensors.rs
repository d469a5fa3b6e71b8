//! Tensors into a file.

use crate::nn::Stop;
use crate::nn::state_dict::{TensorRef, header};
use std::io::{self, Write};

/// Writes tensors as safetensors from where they lie; `single` stores numbers as f32.
///
/// # Errors
/// What `file` says; [`io::ErrorKind::Interrupted`] once `hurry` is asked.
pub(super) fn write(
    mut tensors: Vec<TensorRef<'_>>,
    single: bool,
    hurry: &Stop,
    file: &mut dyn Write,
) -> io::Result<()> {
    let header = header(&mut tensors, single).map_err(io::Error::other)?;
    file.write_all(&header)?;
    for tensor in &tensors {
        tensor.write(single, &mut |piece| {
            if hurry.is_asked() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            file.write_all(piece)
        })?;
    }
    Ok(())
}
