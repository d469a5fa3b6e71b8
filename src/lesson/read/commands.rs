//! Commands as a lesson writes them.

use super::Mistakes;
use super::fields::{number_of, setting};
use crate::data::Split;
use crate::experiment::{Probe, Setting, gallery};
use crate::nn::{Clip, Move, SetWeight, Sweep};
use crate::session::{Command, Origin, Step};
use crate::words::{exact, grouped, shortened};
use toml_edit::{Item, Value};

/// The most updates that a set-up, a list of commands or one run of a lesson's experiment may make: some seconds with a small
/// network.
pub const MAX_UPDATES: u64 = 20_000;

/// The most commands in one list.
const MAX_COMMANDS: usize = 100;

/// Whether so many updates may be made at once; else it is a mistake at `at`.
pub(super) fn within_bound(updates: f64, at: usize, mistakes: &mut Mistakes<'_>) -> bool {
    let within = updates <= MAX_UPDATES as f64;
    if !within {
        let (found, most) = (exact(updates), grouped(MAX_UPDATES as usize));
        mistakes.at(
            at,
            format!("found {found} updates, expected at most {most}: a learner waits for them"),
        );
    }
    within
}

/// The commands that a check can ask for, by [`Command::name`].
pub(super) const COMMANDS: [&str; 18] = [
    "set",
    "start",
    "pause",
    "update",
    "reset",
    "rate",
    "clip",
    "set number",
    "sweep forward",
    "sweep backward",
    "move",
    "show all",
    "step operation",
    "step time",
    "step sequence",
    "step update",
    "probe",
    "open",
];

pub(super) fn read_commands(
    item: &Item,
    base: usize,
    mistakes: &mut Mistakes<'_>,
) -> Option<Vec<Command>> {
    let Some(list) = item.as_array() else {
        mistakes.at(
            base + item.span().map_or(0, |span| span.start),
            "expected a list of commands",
        );
        return None;
    };
    let mut commands = Some(Vec::new());
    let place = |value: &Value| base + value.span().map_or(0, |span| span.start);
    if let Some(value) = list.get(MAX_COMMANDS) {
        let found = list.len();
        mistakes.at(
            place(value),
            format!("found {found} commands, expected at most {MAX_COMMANDS}"),
        );
        return None;
    }
    let mut updates = 0.0;
    for value in list {
        let command = command(value);
        match &command {
            Some(Command::Update(count)) => updates += *count as f64,
            Some(Command::Set {
                path,
                value: Setting::Whole(planned),
            }) if path == "training.updates" => {
                within_bound(*planned as f64, place(value), mistakes);
            }
            _ => {}
        }
        match (command, &mut commands) {
            (Some(command), Some(commands)) => commands.push(command),
            (Some(_), None) => {}
            (None, _) => {
                commands = None;
                mistakes.at(
                    place(value),
                    format!(
                        "found command {}, expected \"start\", \"pause\", \"reset\", \"show all\", \"next update\", \
                         {{ update = 10 }}, {{ clip = 1.0 }}, {{ clip = \"off\" }}, {{ rate = 0.1 }}, \
                         {{ set = \"data.length\", to = 50 }}, \
                         {{ number = \"weight_hh_l0\", index = [0, 1], to = 0.5 }}, {{ probe = 3 }}, {{ open = \"latch\" }}, \
                         {{ sweep = \"backward\" }}, {{ move = \"next\" }} or {{ move = 5 }}",
                        shortened(value.to_string().trim())
                    ),
                );
            }
        }
    }
    within_bound(
        updates,
        base + item.span().map_or(0, |span| span.start),
        mistakes,
    );
    commands
}

/// A command as a lesson writes it.
pub(super) fn command(value: &Value) -> Option<Command> {
    if let Some(word) = value.as_str() {
        return Some(match word {
            "start" => Command::Start,
            "pause" => Command::Pause,
            "reset" => Command::Reset,
            "show all" => Command::ShowAll,
            "next update" => Command::StepBy(Step::Update, true),
            _ => return None,
        });
    }
    let table = value.as_inline_table()?;
    let mut keys = table.iter();
    let (key, value) = keys.find(|(key, _)| !["to", "index"].contains(key))?;
    let parts = match key {
        "set" => 2,
        "number" => 3,
        _ => 1,
    };
    if table.len() != parts {
        return None;
    }
    Some(match key {
        "update" => Command::Update(u64::try_from(value.as_integer()?).ok()?),
        "clip" => Command::SetClip(match value.as_str() {
            Some("off") => Clip::Off,
            Some(_) => return None,
            None => Clip::Norm(number_of(value).filter(|norm| *norm > 0.0 && norm.is_finite())?),
        }),
        "rate" => Command::SetLearningRate(
            number_of(value).filter(|rate| *rate > 0.0 && rate.is_finite())?,
        ),
        "number" => Command::SetNumber(SetWeight {
            parameter: value.as_str()?.into(),
            index: {
                let index = table.get("index")?.as_array()?.iter();
                let index = index.map(|at| usize::try_from(at.as_integer()?).ok());
                index.collect::<Option<Vec<usize>>>()?
            },
            value: number_of(table.get("to")?).filter(|value| value.is_finite())?,
        }),
        "set" => Command::Set {
            path: value.as_str()?.into(),
            value: setting(table.get("to")?)?,
        },
        "probe" => Command::Probe(Probe {
            split: Split::Test,
            index: usize::try_from(value.as_integer()?).ok()?,
        }),
        "open" => {
            let name = value.as_str()?;
            gallery::by_name(name)?;
            Command::Open(Origin::Gallery(name.into()))
        }
        "sweep" => Command::Sweep(match value.as_str()? {
            "forward" => Sweep::Forward,
            "backward" => Sweep::Backward,
            _ => return None,
        }),
        "move" => Command::Move(match value.as_str() {
            Some("first") => Move::First,
            Some("last") => Move::Last,
            Some("next") => Move::Next,
            Some("previous") => Move::Previous,
            Some(_) => return None,
            None => Move::To(usize::try_from(value.as_integer()?).ok()?),
        }),
        _ => return None,
    })
}
