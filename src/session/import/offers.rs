//! What is offered with one click while a file is looked at: the cure for times that repeat, sorting, the next best guess.

use super::{ImportCommand, Outcome, TableImport};
use crate::data::sequences::Cure;
use crate::data::{Role, SequenceProblem};

/// Something that can be done with one click.
#[derive(Clone, Debug)]
pub struct ImportOffer {
    /// What the button says.
    pub text: String,
    /// Why, or what comes of it, a sentence.
    pub why: String,
    /// What it does, one command after the other.
    pub commands: Vec<ImportCommand>,
}

fn role(column: &str, role: Role) -> ImportCommand {
    ImportCommand::Role {
        column: column.to_owned(),
        role,
    }
}

/// “a”, “a and b”, “a, b and c”.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

impl TableImport {
    /// What would help with times that repeat or go back.
    pub fn cures(&self) -> Vec<ImportOffer> {
        let mut offers = Vec::new();
        let mut cure = |cure: &Cure| {
            let names = cure.columns();
            let held = if matches!(cure, Cure::Group(_)) {
                Role::Group
            } else {
                Role::Time
            };
            offers.push(ImportOffer {
                text: match cure {
                    Cure::Group(_) => format!("Group by {}", listed(names)),
                    Cure::Time(_) => format!("Time from {}", listed(names)),
                },
                why: cure.advice(),
                commands: names.iter().map(|name| role(name, held)).collect(),
            });
        };
        let mut sort = false;
        match &self.outcome {
            Some(Outcome::Ready(summary)) => {
                let repeated = summary.report.repeated.as_ref();
                if let Some(found) = repeated.and_then(|repeated| repeated.cure.as_ref()) {
                    cure(found);
                }
            }
            Some(Outcome::Refused(error)) => {
                for problem in &error.problems {
                    if let SequenceProblem::TimeGoesBack { cure: found, .. } = problem {
                        sort = true;
                        if let Some(found) = found {
                            cure(found);
                        }
                    }
                }
            }
            Some(Outcome::Fault(_)) | None => {}
        }
        if sort {
            offers.push(ImportOffer {
                text: "Sort by time".to_owned(),
                why: "Rows of one time stay in the order of the file; each series is sorted on its own. The experiment says \
                      sort = true."
                    .to_owned(),
                commands: vec![ImportCommand::Sort(true)],
            });
        }
        offers
    }

    /// The next best guess for a role, as long as it is not chosen.
    pub fn instead(&self, of: Role) -> Option<ImportOffer> {
        let other = self.guessed.runner_up(of)?;
        let names: Vec<&str> = self.table.names().collect();
        let held = |name: &str| {
            let index = names.iter().position(|other| *other == name);
            index.and_then(|index| self.choices.roles.get(index).copied())
        };
        if other.columns.iter().all(|name| held(name) == Some(of)) {
            return None;
        }
        let now = names.iter().filter(|name| held(name) == Some(of));
        let leave = now.filter(|name| !other.columns.iter().any(|other| other == **name));
        let mut commands: Vec<ImportCommand> = leave.map(|name| role(name, Role::Ignore)).collect();
        commands.extend(other.columns.iter().map(|name| role(name, of)));
        Some(ImportOffer {
            text: format!("{} instead", listed(&other.columns)),
            why: other.reason.clone(),
            commands,
        })
    }
}
