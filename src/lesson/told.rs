//! Commands in words, for who is shown a solution step by step.

use crate::experiment::{Setting, title_of, told_value};
use crate::nn::{Clip, Move, Sweep};
use crate::session::{Command, Origin, Step};
use crate::words::{counted, exact};

/// What a command does, and how the window does it, as an imperative.
pub fn told(command: &Command) -> String {
    match command {
        Command::Set { path, value } => {
            if let Some(key) = in_text_alone(path) {
                return match value {
                    Setting::Text(text) => {
                        format!("In the experiment’s text, set {key} to \"{text}\"")
                    }
                    value => format!(
                        "In the experiment’s text, set {key} to {}",
                        told_value(path, value)
                    ),
                };
            }
            let (title, value) = (title_of(path), told_value(path, value));
            match group(path) {
                None => format!("Set “{title}” to {value} in “Set-up”"),
                Some(group) => format!("Set “{title}” to {value} in “Set-up”, under “{group}”"),
            }
        }
        Command::Start => "Train to the planned end (T)".into(),
        Command::Pause => "Pause the training (T)".into(),
        Command::Update(1) | Command::StepBy(Step::Update, true) => "Make one update (U)".into(),
        Command::Update(count) => format!("Make {}", counted(*count as usize, "update")),
        Command::Reset => "Go back to the start of the run (R)".into(),
        Command::SetLearningRate(rate) => format!("Set the learning rate to {}", exact(*rate)),
        Command::SetClip(Clip::Off) => "Turn clipping off".into(),
        Command::SetClip(Clip::Norm(norm)) => format!("Clip with a max norm of {}", exact(*norm)),
        Command::SetClip(Clip::Value(most)) => format!("Clip each value at {}", exact(*most)),
        Command::StepBy(Step::Update, false) => "Go back by one update".into(),
        Command::StepBy(Step::Time, true) => "Take one time step on (→)".into(),
        Command::StepBy(Step::Time, false) => "Take one time step back (←)".into(),
        Command::StepBy(Step::Sequence, true) => "Put the next sequence under the lens".into(),
        Command::StepBy(Step::Sequence, false) => "Put the sequence before under the lens".into(),
        Command::SetNumber(set) => {
            format!("Set {} to {} in “Number”", set.told(), exact(set.value))
        }
        Command::SetBlock(set) => match set.values[..] {
            [value] => format!("Set each of {set} to {} in “Number”", exact(value)),
            _ => {
                let values: Vec<String> = set.values.iter().map(|value| exact(*value)).collect();
                format!(
                    "Set {set} to {} in “Number”, one after the other",
                    values.join(", ")
                )
            }
        },
        Command::OpenNumber(number) => format!("Open {number}: a click on it shows it in “Number”"),
        Command::Verify(true) => "Press “Check” in “Number”".into(),
        Command::StepBy(Step::Operation, true) => {
            "Take one operation on (→, with “operation” chosen beside the arrows)".into()
        }
        Command::StepBy(Step::Operation, false) => {
            "Take one operation back (←, with “operation” chosen beside the arrows)".into()
        }
        Command::ShowPart(0) => "Show the encoder".into(),
        Command::ShowPart(_) => "Show the decoder".into(),
        Command::Sweep(Sweep::Forward) => "Turn to the forward sweep ([)".into(),
        Command::Sweep(Sweep::Backward) => "Turn to the backward sweep (])".into(),
        Command::Move(Move::First) => "Go to the beginning of the sweep (Home)".into(),
        Command::Move(Move::Last) => "Go to the end of the sweep (End)".into(),
        Command::Move(Move::Next) => "Take one step on (→)".into(),
        Command::Move(Move::Previous) => "Take one step back (←)".into(),
        Command::Move(Move::To(t)) => format!("Move the cursor to t = {t}"),
        Command::ShowAll => "Reveal everything".into(),
        Command::Beside { changes, .. } => {
            let changes = changes.iter().map(|change| match change {
                Command::Set { path, value } => {
                    format!("“{}” set to {}", title_of(path), told_value(path, value))
                }
                other => told(other),
            });
            let changes: Vec<String> = changes.collect();
            format!("Put a run beside this one, with {}", changes.join(" and "))
        }
        Command::Probe(probe) => format!("Put test sequence {} under the lens", probe.index + 1),
        Command::Open(Origin::Gallery(name)) => format!("Open “{name}” from the gallery"),
        other => other.name().to_owned(),
    }
}

/// The key of a setting that “Set-up” shows and does not change: what is read of a file. It is set in the text, under “Show as
/// text”.
fn in_text_alone(path: &str) -> Option<&str> {
    match path.strip_prefix("data.")? {
        key @ ("csv" | "text_file" | "target" | "features" | "label" | "text" | "group"
        | "time") => Some(key),
        _ => None,
    }
}

/// The group in “Set-up” that holds what is seldom changed, where a setting is in one.
fn group(path: &str) -> Option<&'static str> {
    match path.split('.').collect::<Vec<_>>()[..] {
        ["model", "init", ..] => Some("First weights"),
        [
            "training",
            "precision" | "truncate" | "evaluate_every" | "diverged_above",
        ] => Some("More"),
        ["training", "schedule", ..] => Some("Rate schedule"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_by_the_name_that_it_has_in_the_window() {
        let set = |parameter: &str, index: [usize; 2]| {
            told(&Command::SetNumber(crate::nn::SetWeight {
                parameter: parameter.into(),
                index: index.to_vec(),
                value: 0.5,
            }))
        };
        assert_eq!(set("x", [19, 0]), "Set x[0] at t = 20 to 0.5 in “Number”");
        let weight = set("weight_hh_l0", [3, 1]);
        assert_eq!(weight, "Set weight_hh_l0[3, 1] to 0.5 in “Number”");
    }

    #[test]
    fn a_setting_is_told_under_the_name_and_the_group_that_it_has_in_the_window() {
        let set = |path: &str, value: Setting| Command::Set {
            path: path.into(),
            value,
        };
        for (command, says) in [
            (
                set("training.optimizer.learning_rate", Setting::Number(0.1)),
                "Set “Learning rate” to 0.1 in “Set-up”",
            ),
            (
                set("model.bidirectional", Setting::Truth(true)),
                "Set “Directions” to both in “Set-up”",
            ),
            (
                set("model.init.t_max", Setting::Whole(100)),
                "Set “Longest span” to 100 in “Set-up”, under “First weights”",
            ),
            (
                set("data.target", Setting::Text("price".into())),
                "In the experiment’s text, set target to \"price\"",
            ),
            (
                set("data.csv", Setting::Text("rnnscope:lessons/a.csv".into())),
                "In the experiment’s text, set csv to \"rnnscope:lessons/a.csv\"",
            ),
            (
                Command::Beside {
                    name: None,
                    parting: crate::session::Parting::Start,
                    changes: vec![set("model.cell", Setting::Text("gru".into()))],
                },
                "Put a run beside this one, with “Cell” set to GRU",
            ),
        ] {
            assert_eq!(told(&command), says);
        }
    }
}
