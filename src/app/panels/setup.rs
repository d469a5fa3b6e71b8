//! The set-up panel: every setting of the experiment, and its text.
//!
//! What is changed most is always in sight; the rest is in groups that are closed while all in them is as it would be
//! anyway. What has no meaning for the model at hand is not shown.

mod data;
pub(super) mod fields;
mod model;
mod training;
mod weights;

use crate::app::theme::GRID;
use crate::app::widgets::{Problem, caption, error_card, section_heading};
use crate::data::Split;
use crate::experiment::{Probe, Setting};
use crate::session::{Command, Message, Session};
use crate::words::grouped;
use eframe::egui::{TextEdit, Ui};
use fields::{Choice, Groups, choice, number_field, plain, set, tell_fields, whole_field};

/// What the panel keeps between frames.
#[derive(Default)]
pub struct SetupPanel {
    groups: Groups,
    show_parameters: bool,
    show_text: bool,
    /// The text being edited, while it differs from the session's or may not come into effect.
    draft: Option<String>,
}

/// What went wrong, as a card.
pub fn message_card(ui: &mut Ui, message: &Message, commands: &mut Vec<Command>) {
    let problems: Vec<Problem> = message
        .lines
        .iter()
        .map(|line| Problem {
            found: line.clone(),
            ..Problem::default()
        })
        .collect();
    error_card(ui, &message.title, &problems);
    if ui.small_button("Dismiss").clicked() {
        commands.push(Command::DismissMessage);
    }
    ui.add_space(GRID);
}

impl SetupPanel {
    /// With a text that was being edited, in its editor.
    pub fn editing(draft: Option<String>) -> Self {
        Self {
            show_text: draft.is_some(),
            draft,
            ..Self::default()
        }
    }

    /// The text being edited, if it is not in effect.
    pub fn draft(&self) -> Option<&str> {
        self.draft.as_deref()
    }

    /// Draws the panel; returns what the user changed.
    pub fn show(&mut self, ui: &mut Ui, session: &Session) -> Vec<Command> {
        let mut commands = Vec::new();
        self.groups.of(session.name());
        tell_fields(ui, session);
        model::show(
            ui,
            session,
            &mut self.groups,
            &mut self.show_parameters,
            &mut commands,
        );
        training::show(ui, session, &mut self.groups, &mut commands);
        data::show(ui, session, &mut self.groups, &mut commands);
        probe(ui, session, &mut commands);
        self.text(ui, session, &mut commands);
        commands
    }

    fn text(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        section_heading(ui, "Experiment");
        whole_field(
            ui,
            "Seed",
            None,
            "Where all randomness starts",
            &session.experiment().seed.to_string(),
            |value| {
                commands.push(set("seed", value));
            },
        );
        ui.checkbox(&mut self.show_text, "Show as text").on_hover_text(
            "The whole experiment as TOML: what is saved, shared and replayed. Every setting above is a change of it.",
        );
        if !self.show_text {
            return;
        }
        let now = session.text();
        let mut text = self.draft.clone().unwrap_or_else(|| now.clone());
        let edit = TextEdit::multiline(&mut text)
            .code_editor()
            .desired_width(f32::INFINITY)
            .desired_rows(12);
        let editor = ui.add(edit);
        ui.ctx().accesskit_node_builder(editor.id, |node| {
            node.set_label("Text of the experiment");
        });
        // A text on its way may yet be refused: until it has arrived it is not let go.
        let on_its_way = self.draft.is_some() && session.loading().is_some();
        self.draft = (text != now || on_its_way).then_some(text);
        if let Some(draft) = self.draft.clone().filter(|draft| *draft != now) {
            ui.horizontal(|ui| {
                if ui.button("Apply").clicked() {
                    commands.push(Command::SetText(draft));
                }
                if ui
                    .button("Discard edits")
                    .on_hover_text("Show the text that is in effect")
                    .clicked()
                {
                    self.draft = None;
                }
            });
        }
    }
}

fn probe(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Probe");
    let probe = session.probe();
    let splits = Split::ALL.map(|split| Choice::new(split, split.name(), ""));
    choice(
        ui,
        "Part",
        "Which part the sequence under the lens is from",
        probe.split,
        &splits,
        |split| {
            commands.push(Command::Probe(Probe { split, index: 0 }));
        },
    );
    // While other data is on its way nobody knows how many it has.
    let count = session.sequences(probe.split);
    let unit = count.map(|count| format!("of {}", grouped(count)));
    number_field(
        ui,
        "Sequence",
        unit.as_deref(),
        "Which sequence of it, counted from 1; in the text, as “probe.index”, from 0",
        &(probe.index + 1).to_string(),
        |value| {
            commands.push(match (value, count) {
                (Setting::Whole(number), Some(count)) => Command::Probe(Probe {
                    split: probe.split,
                    index: index_of(number, count),
                }),
                (Setting::Whole(number), None) => {
                    set("probe.index", Setting::Whole(number.saturating_sub(1)))
                }
                (other, _) => set("probe.index", other),
            });
        },
    );
    given(ui, session, commands);
}

/// The index of the sequence that has this number, counted from 1, or of the nearest of them: the first or the last.
fn index_of(number: i64, count: usize) -> usize {
    let index = usize::try_from(number.saturating_sub(1)).unwrap_or(0);
    index.min(count.saturating_sub(1))
}

/// What the sequence under the lens is given by hand, a line each, to be taken out again.
fn given(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let set = &session.experiment().probe_set;
    if set.is_empty() {
        return;
    }
    caption(
        ui,
        "Set by hand, for this sequence alone. Training has no part in it.",
    );
    for (place, one) in set.iter().enumerate() {
        let index: Vec<String> = one.index.iter().map(usize::to_string).collect();
        let name = format!("{}[{}]", one.parameter, index.join(", "));
        ui.horizontal(|ui| {
            ui.label(format!("{name} = {}", plain(one.value)));
            let remove = ui.small_button("✗");
            ui.ctx().accesskit_node_builder(remove.id, |node| {
                node.set_label(format!("Take {name} out"));
            });
            if remove
                .on_hover_text("Let it be what the data say")
                .clicked()
            {
                let mut rest = set.clone();
                rest.remove(place);
                commands.push(fields::set("probe.set", Setting::given(&rest)));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence has the number here that it has in the data view.
    #[test]
    fn sequences_are_counted_from_one_and_none_is_beyond_the_last() {
        let found = [1, 2, 200, 201, 0, -7, i64::MIN].map(|number| index_of(number, 200));
        assert_eq!(found, [0, 1, 199, 199, 0, 0, 0]);
        assert_eq!(index_of(3, 0), 0);
    }
}
