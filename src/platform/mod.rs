//! What is the machine's: threads, clock, files, dialogues and signals. The one room that a build for another kind of machine has to write anew.
//!
//! - [`threads`] and what is done on them beside the window, [`background`]; the [`clock`]; how much [`memory`] is left.
//! - [`choosers`]: the desktop's dialogues for a file. [`libraries`]: what of the desktop a window needs.
//! - [`files`]: reading with a limit, and writing so that whatever happens meanwhile leaves the file before or the new one.
//! - [`fields`]: named values as a text in which damage to one costs no other.
//! - [`storage`]: where the window keeps what is to survive it, a place for each window.
//! - [`addresses`]: room for them, where a limit counts it.
//! - [`signals`]: how the system asks the program to end.
//! - [`keeper`]: the thread that keeps it, beside the window.

pub mod addresses;
pub mod background;
pub mod choosers;
pub mod clock;
pub mod fields;
pub mod files;
pub mod keeper;
pub mod libraries;
pub mod memory;
pub mod signals;
pub mod storage;
pub mod threads;
