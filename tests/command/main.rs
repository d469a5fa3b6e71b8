//! The program as it is called from a command line.

mod cli;
mod picture;
