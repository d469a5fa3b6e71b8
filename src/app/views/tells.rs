//! What each view tells of a run: a lesson's page covers the views that tell what it asks, until it is answered.

use crate::lesson::Topic;

/// A view's name, and what can be read off it.
const TABLE: &[(&str, &[Topic])] = &[
    (
        "network",
        &[
            Topic::States,
            Topic::Outputs,
            Topic::Gradients,
            Topic::ProbeLoss,
        ],
    ),
    ("cell", &[Topic::States, Topic::Gradients]),
    ("gates", &[Topic::States, Topic::Gradients]),
    ("phase_portrait", &[Topic::States]),
    ("weights", &[Topic::Weights, Topic::WeightGradients]),
    ("parameters", &[]),
    ("shapes", &[]),
    (
        "number",
        &[
            Topic::States,
            Topic::Outputs,
            Topic::Gradients,
            Topic::Weights,
            Topic::WeightGradients,
            Topic::Attention,
            Topic::ProbeLoss,
        ],
    ),
    ("attention", &[Topic::Attention]),
    ("gradient_flow", &[Topic::Gradients]),
    ("jacobian", &[Topic::Jacobians]),
    ("time_terms", &[Topic::Gradients, Topic::WeightGradients]),
    ("memory", &[Topic::Gradients, Topic::Jacobians]),
    ("training", &[Topic::Losses, Topic::Norms, Topic::Scores]),
    (
        "comparison",
        &[Topic::Losses, Topic::Norms, Topic::Scores, Topic::Gradients],
    ),
    (
        "side_by_side",
        &[Topic::States, Topic::Outputs, Topic::Gradients],
    ),
    (
        "autopsy",
        &[
            Topic::States,
            Topic::Gradients,
            Topic::Jacobians,
            Topic::Losses,
            Topic::Norms,
            Topic::Scores,
        ],
    ),
    ("loss_surface", &[Topic::ProbeLoss, Topic::Losses]),
    ("cliff", &[Topic::ProbeLoss, Topic::Losses, Topic::Norms]),
    ("prediction", &[Topic::Outputs, Topic::Scores]),
    ("symbols", &[Topic::States, Topic::Outputs]),
    ("autoregression", &[Topic::Scores]),
    ("data", &[]),
];

/// What can be read off a view; everything, of one that does not stand in the table.
pub fn of(view: &str) -> &'static [Topic] {
    let found = TABLE.iter().find(|(name, _)| *name == view);
    found.map_or(&Topic::ALL, |(_, tells)| tells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::views;

    #[test]
    fn every_view_says_what_it_tells_and_no_other_does() {
        let listed: Vec<&str> = TABLE.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, views::names());
        assert_eq!(of("no such view"), &Topic::ALL);
    }
}
