//! The order of a series' rows: newest first is turned round, and what is out of order sorted, or refused; times that stand still
//! are noted.

use super::cure::Repeated;
use super::repeats;
use super::series::{Moved, Rows, Time, TimeOf, goes_back};
use super::{SequenceProblem, SequenceSpec};
use crate::data::table::Table;

/// What became of the order of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ordered {
    /// How many series were moved.
    pub moved: Moved,
    /// Times that repeat within a series.
    pub repeated: Option<Repeated>,
    /// What has to be said loudly.
    pub notices: Vec<String>,
}

/// Turns series that are newest first around, sorts the others if that is asked for, and refuses dates that go back. Times that
/// stand still are noted.
pub(super) fn order_by_time(
    table: &Table,
    spec: &SequenceSpec,
    time: &Time<'_>,
    rows: &mut Rows,
    problems: &mut Vec<SequenceProblem>,
) -> Ordered {
    let mut ordered = Ordered::default();
    let Some(values) = time.finest() else {
        ordered
            .notices
            .extend(repeats::overlooked(table, spec, rows));
        return ordered;
    };
    let mut out_of_order = false;
    for series in &rows.series {
        let order = &mut rows.order[series.rows.clone()];
        let (mut on, mut back) = (false, false);
        for pair in order.windows(2) {
            on |= values[pair[1]] > values[pair[0]];
            back |= values[pair[1]] < values[pair[0]];
        }
        if back && !on {
            order.reverse();
            ordered.moved.turned += 1;
        } else if back && spec.sort {
            // Stable: rows of the same time stay in the order of the file.
            order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
            ordered.moved.sorted += 1;
        }
        out_of_order |= back && on && !spec.sort;
    }
    if out_of_order && let Some(problem) = goes_back(table, time, rows, false) {
        let cure = repeats::cure(table, spec, time);
        match (problem, &time.of_row) {
            (
                SequenceProblem::TimeGoesBack {
                    column,
                    line,
                    found,
                    before,
                    more,
                    share_would_do,
                    ..
                },
                TimeOf::Dates(_),
            ) => problems.push(SequenceProblem::TimeGoesBack {
                column,
                line,
                found,
                before,
                more,
                share_would_do,
                cure,
            }),
            (SequenceProblem::TimeGoesBack { line, more, .. }, _) => {
                ordered
                    .notices
                    .push(repeats::goes_back(time.name(), line, more, cure.as_ref()));
            }
            _ => {}
        }
    }
    let (repeated, too_close) = repeats::find(table, spec, time, rows);
    ordered.repeated = repeated;
    ordered.notices.extend(too_close);
    if let Some(repeated) = &ordered.repeated {
        ordered.notices.push(repeated.to_string());
    }
    ordered
}
