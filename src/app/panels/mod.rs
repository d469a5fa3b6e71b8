//! The panels around the views.

pub mod course;
pub mod forget;
pub mod glossary;
pub mod import;
pub mod kept;
pub mod lesson;
pub mod operation;
pub mod overwrite;
pub mod pinned;
pub mod runs;
pub mod setup;
pub mod top_bar;
pub mod transport;
