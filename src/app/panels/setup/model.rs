//! `[model]`: what the network is built of, and how many parameters that makes.

use super::fields::{Choice, Groups, choice, disclosure, number_field, plain, set};
use super::weights;
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{field_row, section_heading, segmented};
use crate::data::Answers;
use crate::experiment::{
    DecoderSpec, Document, ModelKind, ModelSpec, Setting, title_of, value_title,
};
use crate::nn::attention::Attention;
use crate::nn::{Cell, ParameterTable, Readout, parameter_table};
use crate::session::{Command, Session};
use crate::words::{grouped, many};
use eframe::egui::{Align, Label, Layout, RichText, Ui, vec2};

pub(super) fn show(
    ui: &mut Ui,
    session: &Session,
    groups: &mut Groups,
    show_parameters: &mut bool,
    commands: &mut Vec<Command>,
) {
    section_heading(ui, "Model");
    let model = &session.experiment().model;
    kind(ui, session, model, commands);
    match model.kind {
        ModelKind::Recurrent => stack(ui, model, "Cell", commands),
        ModelKind::EncoderDecoder { decoder: spec } => {
            stack(ui, model, "Encoder cell", commands);
            decoder(ui, spec, commands);
        }
        ModelKind::SelfAttention {
            heads,
            causal,
            positions,
        } => self_attention(ui, model, heads, (causal, positions), commands),
    }
    readout(ui, session, model, commands);
    if session
        .snapshot()
        .is_some_and(|snapshot| snapshot.material.ragged)
        || !model.masking
    {
        let hover = "Sequences differ in length. Skipped: each ends with its own last step. Read: the zeros that \
                     fill up a batch are read as if they were data";
        switch(ui, "model.masking", hover, model.masking, true, commands);
    }
    weights::show(ui, session, groups, commands);
    if let Some(snapshot) = session.snapshot() {
        let table = parameter_table(&snapshot.model.network().entries());
        let title = many(table.total, "parameter");
        let hover = "Every parameter with its shape and how many values it has";
        disclosure(ui, &title, "", hover, show_parameters, |ui| {
            parameters(ui, &table);
        });
    }
}

fn kind(ui: &mut Ui, session: &Session, model: &ModelSpec, commands: &mut Vec<Command>) {
    let [recurrent, encoder_decoder, self_attention] = ModelKind::NAMES;
    let no_sequence = session
        .snapshot()
        .filter(|snapshot| snapshot.material.dataset.answers == Answers::Last)
        .map(|_| "Its decoder writes a sequence; the target of these data is asked for at the last step only");
    let options = [
        Choice::new(
            recurrent,
            "recurrent",
            "A stack of recurrent layers and a readout",
        ),
        Choice::new(
            encoder_decoder,
            "encoder–decoder",
            "A stack that reads the whole input, and a recurrent layer that then writes the output",
        )
        .unless(no_sequence),
        Choice::new(
            self_attention,
            "self-attention",
            "Blocks in which every step looks at the others, and a readout: what replaced recurrence, for comparison",
        ),
    ];
    let hover = "What the model is built of. Settings that the new kind does not have are dropped";
    choice(ui, "Kind", hover, model.kind.name(), &options, |name| {
        let text = Document::parse(&session.text())
            .and_then(|(mut document, _)| document.set_kind(name).map(|_| document));
        commands.push(match text {
            Ok(document) => Command::SetText(document.text().to_owned()),
            // The session says why not.
            Err(_) => set("model.kind", Setting::Text(name.into())),
        });
    });
}

/// The recurrent layers: all of a recurrent model's, an encoder–decoder's encoder.
fn stack(ui: &mut Ui, model: &ModelSpec, label: &str, commands: &mut Vec<Command>) {
    let hover = "How a state follows from the input and the state before";
    choice(ui, label, hover, model.cell, &cells(), |cell| {
        commands.push(set("model.cell", Setting::Text(cell.name().into())));
    });
    hidden_size(ui, model, "Units per layer and direction", commands);
    layers(
        ui,
        model,
        "Recurrent layers, each reading the one below",
        commands,
    );
    let hover = "Forward: a step knows what came before it. Both: a second scan reads from the end, and each step knows what \
                 comes after it too";
    let now = model.bidirectional;
    switch(ui, "model.bidirectional", hover, now, false, commands);
    if model.num_layers > 1 || model.dropout > 0.0 {
        let hover = "The share of a layer's outputs that is set to 0 before the next layer, drawn anew in each update of \
                     training";
        let now = plain(model.dropout);
        number_field(ui, "Dropout", None, hover, &now, |share| {
            commands.push(set("model.dropout", share));
        });
    }
}

fn cells() -> [Choice<'static, Cell>; 7] {
    Cell::ALL.map(|cell| {
        let hover = match cell {
            Cell::RnnTanh => "Elman's network (1990): h = tanh of input and state before",
            Cell::RnnRelu => {
                "The same with a rectifier in tanh's place: nothing squashes a state that grows"
            }
            Cell::RnnLinear => {
                "The same without tanh: gradients are powers of one matrix, as in the theory"
            }
            Cell::Lstm => "Long short-term memory with a forget gate, as used today",
            Cell::Lstm1997 => {
                "Long short-term memory as first published: nothing is ever forgotten"
            }
            Cell::Gru => {
                "Gated recurrent unit as in PyTorch: the reset gate after the hidden product"
            }
            Cell::GruResetBefore => {
                "Gated recurrent unit as first published: the reset gate before the hidden product"
            }
        };
        Choice::new(cell, cell.title(), hover)
    })
}

fn hidden_size(ui: &mut Ui, model: &ModelSpec, hover: &str, commands: &mut Vec<Command>) {
    let now = model.hidden_size.to_string();
    let (path, unit) = ("model.hidden_size", Some("units"));
    number_field(ui, &title_of(path), unit, hover, &now, |value| {
        commands.push(set(path, value));
    });
}

fn layers(ui: &mut Ui, model: &ModelSpec, hover: &str, commands: &mut Vec<Command>) {
    let now = model.num_layers.to_string();
    let path = "model.num_layers";
    number_field(ui, &title_of(path), None, hover, &now, |value| {
        commands.push(set(path, value));
    });
}

fn decoder(ui: &mut Ui, decoder: DecoderSpec, commands: &mut Vec<Command>) {
    let hover = "How the decoder's state follows from what was last written and the state before";
    let (path, now) = ("model.decoder.cell", decoder.cell);
    choice(ui, &title_of(path), hover, now, &cells(), |cell| {
        let name = Setting::Text(cell.name().into());
        commands.push(set(path, name));
    });
    let hover =
        "The decoder's units. It is as wide as the encoder's output unless something else is set";
    let now = decoder.hidden_size.to_string();
    let (path, unit) = ("model.decoder.hidden_size", Some("units"));
    number_field(ui, &title_of(path), unit, hover, &now, |value| {
        commands.push(set(path, value));
    });
    let hover = "Whether each step of the decoder may look at every step of the encoder";
    let path = "model.decoder.attention";
    let title = |attention: Attention| value_title(path, attention.name());
    let options = Attention::ALL.map(|attention| match attention {
        Attention::None => Choice::new(
            attention,
            title(attention),
            "The encoder's last state is all that the decoder gets",
        ),
        Attention::Additive => Choice::new(
            attention,
            title(attention),
            "Bahdanau's (2014): the state before the step asks, through a small network",
        ),
        Attention::Dot => Choice::new(
            attention,
            title(attention),
            "Luong's (2015): the state after the step asks; both must be equally wide",
        ),
    });
    let now = decoder.attention;
    choice(ui, &title_of(path), hover, now, &options, |attention| {
        let name = Setting::Text(attention.name().into());
        commands.push(set(path, name));
    });
}

fn self_attention(
    ui: &mut Ui,
    model: &ModelSpec,
    heads: usize,
    (causal, positions): (bool, bool),
    commands: &mut Vec<Command>,
) {
    hidden_size(
        ui,
        model,
        "The model's width: how many values each step has",
        commands,
    );
    layers(ui, model, "Blocks, each reading the one below", commands);
    let hover = "In how many ways at once a step looks at the others. Each head has an equal share of the width, which must be \
                 divisible by their number";
    number_field(
        ui,
        "Heads",
        Some("per block"),
        hover,
        &heads.to_string(),
        |value| {
            commands.push(set("model.heads", value));
        },
    );
    let hover = "The past: a step sees itself and those before it, as a recurrent network does. All: it sees the later \
                 ones too";
    switch(ui, "model.causal", hover, causal, true, commands);
    let hover =
        "Added: sine waves tell each step where it stands. Without them attention knows no order";
    switch(ui, "model.positions", hover, positions, true, commands);
}

/// Which steps have an output. A decoder writes at each of its steps; there is nothing to choose.
fn readout(ui: &mut Ui, session: &Session, model: &ModelSpec, commands: &mut Vec<Command>) {
    if matches!(model.kind, ModelKind::EncoderDecoder { .. }) {
        return;
    }
    let at_the_end = session
        .snapshot()
        .filter(|snapshot| !snapshot.material.dataset.at_every_step())
        .map(|_| "The target of these data is asked for at the last step only");
    let path = "model.readout";
    let title = |readout: Readout| value_title(path, readout.name());
    let last = Choice::new(
        Readout::Last,
        title(Readout::Last),
        "One output, from what the last step puts out",
    );
    let last_states = Choice::new(
        Readout::Final,
        title(Readout::Final),
        "One output, from the last state of each direction: the reverse one's is at the first step",
    );
    let every = Choice::new(
        Readout::Every,
        title(Readout::Every),
        "An output at each step, each with its share of the loss",
    )
    .unless(at_the_end);
    // In one direction the final state is the last step's.
    let both = model.bidirectional || model.readout == Readout::Final;
    let options = if both {
        vec![last, last_states, every]
    } else {
        vec![last, every]
    };
    let hover = "Which hidden states become outputs";
    let now = model.readout;
    choice(ui, &title_of(path), hover, now, &options, |readout| {
        commands.push(set(path, Setting::Text(readout.name().into())));
    });
}

/// A setting that is one of two things, both in sight, `first` before the other.
fn switch(
    ui: &mut Ui,
    path: &str,
    hover: &str,
    now: bool,
    first: bool,
    commands: &mut Vec<Command>,
) {
    let label = title_of(path);
    let options = [first, !first].map(|value| {
        let written = if value { "true" } else { "false" };
        (value, value_title(path, written))
    });
    field_row(ui, &label, None, hover, |ui| {
        let mut value = now;
        if segmented(ui, &label, &mut value, &options).changed() {
            commands.push(set(path, Setting::Truth(value)));
        }
    });
}

/// A line for each parameter, the total last.
fn parameters(ui: &mut Ui, table: &ParameterTable) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let palette = Palette::of(ui.visuals());
    let text = |text: &str, color| RichText::new(text).size(SMALL).color(color);
    let mut line = |name: &str, shape: &str, count: &str, color| {
        let width = ui.available_width();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let height = 20.0;
            let cell = |ui: &mut Ui, width, layout, label: Label| {
                let size = vec2(width, height);
                ui.allocate_ui_with_layout(size, layout, |ui| {
                    ui.set_min_width(width);
                    ui.add(label.truncate());
                });
            };
            let right = || Layout::right_to_left(Align::Center);
            let (shapes, counts) = (8.5 * GRID, 7.0 * GRID);
            let names = width - shapes - counts;
            let left = Layout::left_to_right(Align::Center);
            cell(ui, names, left, Label::new(text(name, color)));
            cell(
                ui,
                shapes,
                right(),
                Label::new(text(shape, palette.weak_text)),
            );
            cell(ui, counts, right(), Label::new(text(count, color)));
        });
    };
    line("name", "shape", "values", palette.weak_text);
    for row in &table.rows {
        let shape: Vec<String> = row.shape.iter().map(usize::to_string).collect();
        line(
            &row.name,
            &shape.join(" × "),
            &grouped(row.count),
            palette.text,
        );
    }
    line("together", "", &grouped(table.total), palette.strong_text);
}
