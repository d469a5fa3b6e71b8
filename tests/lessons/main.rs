//! The course: its lessons, the format that they are written in, and how they are played.

#[path = "../common/mod.rs"]
mod common;
mod course;
mod course_view;
mod lesson_format;
mod lesson_view;
mod summary;
