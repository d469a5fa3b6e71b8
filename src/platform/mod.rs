//! What is the machine's: its files and signals. The one room that a build for another kind of machine has to write anew.
//!
//! - [`files`]: reading with a limit, and writing so that whatever happens meanwhile leaves the file before or the new one.
//! - [`fields`]: named values as a text in which damage to one costs no other.
//! - [`storage`]: where the window keeps what is to survive it, a place for each window.
//! - [`addresses`]: room for them, where a limit counts it.
//! - [`signals`]: how the system asks the program to end.
//! - [`keeper`]: the thread that keeps it, beside the window.

pub mod addresses;
pub mod fields;
pub mod files;
pub mod keeper;
pub mod signals;
pub mod storage;
