//! The real application in a headless egui.

mod autopsy;
#[path = "../common/mod.rs"]
mod common;
mod comparison;
mod data_view;
mod gates_view;
mod gradient_views;
mod import;
mod kept;
mod kept_work;
mod parameter_views;
mod prediction_views;
mod training_views;
mod weights_view;
mod whole;
