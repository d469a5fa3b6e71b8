//! Commands in words, for who is shown a solution step by step.

use crate::experiment::Setting;
use crate::nn::{Clip, Move, Sweep};
use crate::session::{Command, Origin, Step};
use crate::words::{counted, exact};

/// What a command does, and how the window does it, as an imperative.
pub fn told(command: &Command) -> String {
    match command {
        Command::Set { path, value } => {
            let value = match value {
                Setting::Whole(whole) => whole.to_string(),
                Setting::Number(number) => exact(*number),
                Setting::Text(text) => format!("“{text}”"),
                Setting::Truth(truth) => truth.to_string(),
                other => format!("{other:?}"),
            };
            format!("Set {path} to {value} in “Set-up”")
        }
        Command::Start => "Train to the planned end (T)".into(),
        Command::Pause => "Pause the training (T)".into(),
        Command::Update(1) | Command::StepBy(Step::Update, true) => "Make one update (U)".into(),
        Command::Update(count) => format!("Make {}", counted(*count as usize, "update")),
        Command::Reset => "Go back to the start of the run (R)".into(),
        Command::SetLearningRate(rate) => format!("Set the learning rate to {}", exact(*rate)),
        Command::SetClip(Clip::Off) => "Turn clipping off".into(),
        Command::SetClip(Clip::Norm(norm)) => format!("Clip with a max norm of {}", exact(*norm)),
        Command::SetNumber(set) => {
            let index: Vec<String> = set.index.iter().map(ToString::to_string).collect();
            let (name, index) = (&set.parameter, index.join(", "));
            format!("Set {name}[{index}] to {} in “Number”", exact(set.value))
        }
        Command::Sweep(Sweep::Forward) => "Turn to the forward sweep ([)".into(),
        Command::Sweep(Sweep::Backward) => "Turn to the backward sweep (])".into(),
        Command::Move(Move::First) => "Go to the beginning of the sweep (Home)".into(),
        Command::Move(Move::Last) => "Go to the end of the sweep (End)".into(),
        Command::Move(Move::Next) => "Take one step on (→)".into(),
        Command::Move(Move::Previous) => "Take one step back (←)".into(),
        Command::Move(Move::To(t)) => format!("Move the cursor to t = {t}"),
        Command::ShowAll => "Reveal everything".into(),
        Command::Probe(probe) => format!("Put test sequence {} under the lens", probe.index),
        Command::Open(Origin::Gallery(name)) => format!("Open “{name}” from the gallery"),
        other => other.name().to_owned(),
    }
}
