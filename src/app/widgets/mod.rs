//! Widgets that views and panels share. None of them knows a session: they get values and return what was done.

mod cell_keys;
mod colormap;
mod controls;
mod date_axis;
mod fact_table;
mod formula;
mod hatch;
mod heat_map;
mod line_field;
mod log_axis;
mod notices;
#[cfg(test)]
mod picture;
mod plot_labels;
mod plot_style;
mod prose;
mod relief_map;
mod striped_cells;
mod swatches;
mod terms;
mod thinned;
mod time_axis;
mod value_texture;

pub use crate::words::{number, numbers, power_of_ten, significant};
pub use cell_keys::{CellKeys, KeysResponse};
pub use colormap::{not_a_number, sequential};
pub use controls::{
    caption, compact_choice, control_row, field_row, field_row_of, has_room, label_width, listed,
    listed_width, primary_button, primary_signed_button, section_heading, segmented,
    segmented_width, signed_button, small_width,
};
pub use date_axis::{Dates, over_time};
pub use fact_table::{FactHead, FactRow, fact_table, fact_table_height};
pub use formula::{Formulas, InlineFormula};
pub use hatch::{adjoint_line_style, hatched_rect};
pub use heat_map::{
    HeatMap, HeatMapResponse, legend, short_legend, short_legend_width, stacked_legends,
};
pub use line_field::{LineField, LineFields, y_of};
pub use log_axis::{LogSeries, axis_label, grid_marks, hover_label, log10_or_gap, value_label};
pub use notices::{
    Problem, dialog_frame, empty_state, empty_state_offering, error_card, error_list, notice_line,
    quiet_card,
};
pub use plot_labels::{LineLabel, Wish, paint_labels};
pub use plot_style::{
    Key, Scale, axis_name, axis_name_between, keep_to, line_of, over_updates, plot, plot_key,
    plot_of_logs, time_plot, with_least_span,
};
pub use prose::{Link, LinkTarget, Prose};
pub use relief_map::{Path, ReliefMap, paint_mark, paint_path, relief_legend};
pub use striped_cells::{CellRows, OUTLINED, StripedCells};
pub use swatches::{Sign, Swatch, swatches};
pub use terms::{Term, definition, explained, explained_while_disabled};
pub use thinned::{thinned, thinned_on_screen};
pub use time_axis::{
    RULER_HEIGHT, Span, StepNames, TimeAxis, TimeRuler, labelled_columns, time_ruler,
};
pub use value_texture::{HeatMapKind, Texels, ValueTexture, ValueTextures, Values};
