//! The engine: recurrent networks from scratch, forward and back, with everything they compute on record.
//!
//! Pure: no files, threads, clock or screen, and nothing here fails once an [`RecurrentArchitecture`] has been checked. Reading order:
//!
//! 1. [`Quantity`], the words; [`Cell`], the closed set of cells.
//! 2. [`rnn`], [`lstm`], [`lstm_1997`], [`gru`], [`gru_reset_before`]: one file per cell, its equations, its step and its
//!    step back.
//! 3. [`recurrent`], the scan over time; [`trace`] and [`adjoint`], what it records on the way forward and back.
//! 4. [`model`], layers and readout; [`loss`]; [`clip`]; [`optim`] and [`rate`]; [`init`]; [`generate`], a trained model run on.
//! 5. [`attention`] and [`seq2seq`], an encoder–decoder; [`self_attention`] with [`layer_norm`], for comparison;
//!    [`network`], a network of any kind behind one face.
//! 6. [`expr`], equations as data, a cell's in its own file, all others in [`line`]; [`schedule`], the order in which a learner walks through them; [`equation`], what each
//!    operation says on the way.
//! 7. [`spot`], a single number and its name; [`replay`], a network computed from its equations alone, which tells of any number
//!    where it and its adjoint come from; [`gradcheck`], central differences, against which every gradient is held;
//!    [`analysis`], norms, Jacobians, spectra, itemised gradients.
//! 8. [`state_dict`], named tensors in and out; [`parameter_table`]; [`work`], what a network multiplies.
//! 9. [`kernel`], the arithmetic underneath; [`Stop`], what ends a pass early; [`Outlier`], what is seen of values that share a
//!    place.

pub mod adjoint;
pub mod analysis;
mod architecture;
pub mod attention;
mod cell;
pub mod clip;
pub mod equation;
pub mod expr;
mod flat;
pub mod generate;
pub mod gradcheck;
pub mod gru;
pub mod gru_reset_before;
pub mod init;
pub mod kernel;
pub mod layer_norm;
pub mod line;
mod linear;
pub mod loss;
pub mod lstm;
pub mod lstm_1997;
pub mod model;
pub mod network;
pub mod optim;
mod outlier;
pub mod parameter_table;
mod place;
mod quantity;
pub mod rate;
pub mod recurrent;
pub mod replay;
pub mod rnn;
mod room;
pub mod schedule;
pub mod self_attention;
pub mod seq2seq;
mod softmax;
pub mod spot;
pub mod state_dict;
mod stop;
pub mod trace;
pub mod work;

pub use adjoint::{Adjoints, LayerAdjoints, Record, ScanAdjoints};
pub use architecture::{ParameterEntry, Readout, RecurrentArchitecture};
pub use cell::Cell;
pub use clip::{Clip, Clipped};
pub use init::{Init, Scheme, SetWeight};
pub use kernel::{Floor, Lanes, Real};
pub use line::Line;
pub use loss::{Loss, Target, Wanted};
pub use model::{RecurrentModel, RecurrentWorkspace};
pub use network::{AnyModel, AnyWorkspace, AttentionMap, Network, Part, PartScan};
pub use optim::{Optimizer, OptimizerState};
pub use outlier::Outlier;
pub use parameter_table::{ParameterRow, ParameterTable, parameter_table};
pub use place::{Direction, Place};
pub use quantity::Quantity;
pub use rate::RateSchedule;
pub use schedule::{Cursor, Move, Schedule, Station, Sweep};
pub use spot::{Initial, Spot};
pub use stop::Stop;
pub use trace::{LayerTrace, RecurrentTrace, ScanTrace};
