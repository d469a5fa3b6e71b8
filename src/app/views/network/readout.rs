//! What the pointer is told: the number under it, and what it is part of.

use super::super::{Scene, Shared, step_names};
use super::arrows::Shares;
use super::losses;
use super::rows::{Role, Row, values};
use crate::app::widgets::number;
use crate::nn::{Quantity, Wanted};
use crate::train::story::{Story, Word};

/// At most so many of a cell's other numbers are told.
const SOME: usize = 6;

/// What a cell holds at a height, in words: the unit's value there, what it means, and what it should be.
pub(super) fn told(
    scene: &Scene<'_>,
    shared: &Shared,
    row: &Row,
    (t, y): (usize, f32),
    each: usize,
    story: Option<&Story>,
) -> Option<String> {
    let adjoint = shared.adjoint();
    if row.role == Role::Loss {
        return losses::told(scene, row, t);
    }
    let mut text = String::new();
    let symbol = match row.role {
        Role::Layer => scene.part.scans[row.scan].symbol(row.quantity),
        _ => row.quantity.symbol(),
    };
    let several = row.role == Role::Layer && scene.part.scans.len() > 1;
    let of = match several {
        true => format!(" of {}", scene.part.scan_name(row.scan)),
        false => String::new(),
    };
    let name = step_names(scene, story);
    let name = name.as_ref().and_then(|names| names.get(t));
    // A decoder's steps are called by what should be written there.
    let what = if scene.part_index > 0 { "target " } else { "" };
    let name = name.map_or_else(String::new, |name| format!(", {what}{name}"));
    let when = format!("t = {}{name}", t + 1);
    let prefix = if adjoint { "∂L/∂" } else { "" };
    let units = values(scene, adjoint, row, t).map_or(0, |values| values.len());
    match row.unit_at(y, units) {
        Some(unit) => {
            let value = values(scene, adjoint, row, t)?.nth(unit)?;
            let index = if units > 1 {
                format!("[{unit}]")
            } else {
                String::new()
            };
            text += &format!("{prefix}{symbol}{index}{of} at {when} is {}", number(value));
        }
        None => {
            // Where nothing is revealed yet, a share of the gradient may have arrived.
            let shares = (adjoint && row.role == Role::Layer)
                .then(|| Shares::at(scene, row.scan, t))
                .flatten()?;
            text += &format!("∂L/∂h{of} at {when} so far\n{}", shares.told().join("   "));
            return Some(text);
        }
    }
    if each > 1 {
        let first = t / each * each + 1;
        let last = (first + each - 1).min(scene.steps());
        if last > first {
            text += &format!(
                "\nthe column shows, of t = {first} … {last}, the value furthest from their mean"
            );
        }
    }
    if row.role == Role::Layer && adjoint && row.quantity == Quantity::H {
        for way in Shares::at(scene, row.scan, t)
            .map(Shares::told)
            .unwrap_or_default()
        {
            text += &format!("\n{way}");
        }
    }
    if !adjoint {
        text += &in_own_units(scene, row, t, story);
    }
    if units > 1 && units <= SOME {
        let all: Vec<String> = values(scene, adjoint, row, t)?.map(number).collect();
        text += &format!("\nall units  {}", all.join("   "));
    } else if units > 1 {
        text += &format!("\none of {units} units");
    }
    if row.role == Role::Output && !adjoint {
        text += &wanted(scene, t);
    }
    if shared.span.is_none() {
        text += "\nDouble-click: where it comes from";
    }
    Some(text)
}

/// What inputs and answers are in the data's own words and units.
fn in_own_units(scene: &Scene<'_>, row: &Row, t: usize, story: Option<&Story>) -> String {
    let Some(story) = story else {
        return String::new();
    };
    let mut text = String::new();
    match row.role {
        Role::Input if scene.part_index == 0 => {
            for input in story.inputs.iter().take(SOME) {
                if let Some(Some(value)) = input.values.get(t) {
                    text += &format!("\n{} {}", input.name, number(*value));
                }
            }
        }
        Role::Output => {
            let mut answers = story.answers.iter();
            let Some(answer) = answers.find(|answer| answer.t == t) else {
                return text;
            };
            text += &match (&answer.said, &answer.wanted) {
                (Word::Number(said), Word::Number(wanted)) => {
                    format!("\nsays {}, {} is right", number(*said), number(*wanted))
                }
                (Word::Class(said, sure), Word::Class(wanted, _)) => {
                    let sure = sure.map_or(String::new(), |sure| {
                        format!(" ({})", crate::words::percent_to(sure, 1))
                    });
                    format!("\nsays {said}{sure}, {wanted} is right")
                }
                _ => String::new(),
            };
        }
        _ => {}
    }
    text
}

/// What the network should have put out, as it says it itself, and what that cost.
fn wanted(scene: &Scene<'_>, t: usize) -> String {
    let probe = &scene.snapshot.probe;
    let Some(step) = (scene.steps().checked_sub(scene.part.y.dim().0))
        .and_then(|skipped| t.checked_sub(skipped))
    else {
        return String::new();
    };
    let mut text = match probe.target.first_at(step) {
        Some(Wanted::Values(target)) => {
            let target: Vec<String> = target.iter().take(SOME).map(|&x| number(x)).collect();
            format!("\ntarget {}", target.join("   "))
        }
        Some(Wanted::Class(class)) => format!("\ntarget class {}", class + 1),
        None => String::new(),
    };
    if let Some(term) = losses::share(scene, t) {
        text += &format!("\nits share of the loss {}", number(term));
    }
    text
}
