//! What is the machine's: its files, so far. The one room that a build for another kind of machine has to write anew.
//!
//! - [`files`]: reading with a limit, and writing so that whatever happens meanwhile leaves the file before or the new one.

pub mod files;
