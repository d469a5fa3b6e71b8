//! Commands as a lesson writes them.

use super::Mistakes;
use super::fields::{is_known_setting, number_of, setting};
use crate::data::Split;
use crate::experiment::{Probe, Setting, gallery};
use crate::lesson::expression::{Expression, Index, Source};
use crate::nn::{Clip, Move, SetWeight, Sweep};
use crate::session::{Along, Command, Number, Origin, Parting, SetBlock, Step};
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
pub(super) const COMMANDS: [&str; 22] = [
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
    "beside",
    "compare",
    "open number",
    "verify",
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
            Some(Command::Beside { changes, .. }) => {
                for change in changes {
                    if let Command::Set { path, .. } = change
                        && !is_known_setting(path)
                    {
                        let path = shortened(path);
                        let problem = format!(
                            "compare: found setting “{path}”, expected one of an experiment, such as “model.cell”"
                        );
                        mistakes.at(place(value), problem);
                    }
                }
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
                        "found command {}, expected \"start\", \"pause\", \"reset\", \"show all\", \"next update\", \"step operation\", \
                         \"step operation back\", \"verify\", {{ open_number = \"h[3][0]\" }}, {{ part = \"encoder\" }}, \
                         {{ update = 10 }}, {{ clip = 1.0 }}, {{ clip = \"off\" }}, {{ rate = 0.1 }}, \
                         {{ set = \"data.length\", to = 50 }}, \
                         {{ number = \"weight_hh_l0\", index = [0, 1], to = 0.5 }}, {{ probe = 3 }}, {{ open = \"latch\" }}, \
                         {{ compare = {{ \"model.cell\" = \"gru\" }} }}, \
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

/// Numbers along an axis: `3`, `":"`, `"3:6"`, as Python has them.
fn along(value: &Value) -> Option<Along> {
    if let Some(at) = value.as_integer() {
        let from = usize::try_from(at).ok()?;
        let until = Some(from.checked_add(1)?);
        return Some(Along { from, until });
    }
    let (from, until) = value.as_str()?.split_once(':')?;
    let bound = |text: &str| match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    let (from, until) = (bound(from)?.unwrap_or(0), bound(until)?);
    let is_some = until.is_none_or(|until| from < until);
    is_some.then_some(Along { from, until })
}

/// A number by what a formula calls it: `h[3][0]`, `weight_hh_l0[0,1]`.
fn named(text: &str) -> Option<Number> {
    let Expression::Entry(entry) = Expression::read(text, &[]).ok()? else {
        return None;
    };
    let at = entry.at.iter().map(|index| match index {
        Index::At(Expression::Number(at)) if at.fract() == 0.0 => Some(*at as usize),
        _ => None,
    });
    let index = at.collect::<Option<Vec<usize>>>()?;
    match (entry.of, &index[..]) {
        (
            Source::Parameter {
                name,
                gradient: false,
            },
            [_, ..],
        ) => Some(Number::Parameter { name, index }),
        (
            Source::Quantity {
                part,
                quantity,
                place,
                adjoint: false,
            },
            &[t, unit],
        ) => Some(Number::Quantity {
            part,
            quantity,
            place,
            t,
            unit,
        }),
        _ => None,
    }
}

/// The index of a part by its name.
pub(super) fn part(name: &str) -> Option<usize> {
    PARTS.into_iter().position(|part| part == name)
}

/// The parts that a network can have, in their order.
pub(super) const PARTS: [&str; 2] = ["encoder", "decoder"];

/// A command as a lesson writes it.
pub(super) fn command(value: &Value) -> Option<Command> {
    if let Some(word) = value.as_str() {
        return Some(match word {
            "start" => Command::Start,
            "pause" => Command::Pause,
            "reset" => Command::Reset,
            "show all" => Command::ShowAll,
            "next update" => Command::StepBy(Step::Update, true),
            "step operation" => Command::StepBy(Step::Operation, true),
            "step operation back" => Command::StepBy(Step::Operation, false),
            "verify" => Command::Verify(true),
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
        "number" => {
            let parameter = value.as_str()?.into();
            let index = table.get("index")?.as_array()?.iter();
            let index = index.map(along).collect::<Option<Vec<Along>>>()?;
            let to = table.get("to")?;
            let finite = |value| number_of(value).filter(|value| value.is_finite());
            let single = index.iter().map(|along| match along.until {
                Some(until) if until == along.from + 1 => Some(along.from),
                _ => None,
            });
            match (single.collect::<Option<Vec<usize>>>(), to.as_array()) {
                (Some(index), None) => Command::SetNumber(SetWeight {
                    parameter,
                    index,
                    value: finite(to)?,
                }),
                (_, values) => Command::SetBlock(SetBlock {
                    parameter,
                    index,
                    values: match values {
                        Some(values) => values.iter().map(finite).collect::<Option<Vec<f64>>>()?,
                        None => vec![finite(to)?],
                    },
                }),
            }
        }
        "open_number" => Command::OpenNumber(named(value.as_str()?)?),
        "part" => Command::ShowPart(part(value.as_str()?)?),
        "set" => Command::Set {
            path: value.as_str()?.into(),
            value: setting(table.get("to")?)?,
        },
        "compare" => {
            let settings = value.as_inline_table()?.iter();
            let changes = settings.map(|(path, value)| {
                let (path, value) = (path.to_owned(), setting(value)?);
                Some(Command::Set { path, value })
            });
            let changes = changes.collect::<Option<Vec<Command>>>()?;
            Command::Beside {
                name: None,
                parting: Parting::Start,
                changes: (!changes.is_empty()).then_some(changes)?,
            }
        }
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
