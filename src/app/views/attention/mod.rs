//! Attention: how much each step looks at each other one, as a heat map; on the way back the adjoints of these weights.
//!
//! Time runs across as in every view: that of the part on show, so that columns line up. Mostly the steps that look run
//! across and those that are looked at run down; where an encoder is on show, which is looked at, it is the other way round.
//! Steps that read a symbol are called by it. Those of a decoder are called by what it wrote, which may be wrong, and below it
//! stands what was to be written.
//! Below the map: how widely each look is spread, and what becomes of the answers if the source or the looking is altered.

mod what_if;

use super::{
    Home, Hover, Purpose, Scene, Shared, Shown, View, legends_if_roomy, move_to, readout_label,
    time_axis, zoom_at,
};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    HeatMap, HeatMapKind, TimeAxis, ValueTextures, compact_choice, empty_state, labelled_columns,
    number, segmented, significant,
};
use crate::data::survey;
use crate::nn::{AttentionMap, Line, Place, Station};
use crate::session::Command;
use crate::train::question::{Spot, Spreads};
use crate::train::story::{Answered, Story};
use crate::train::{Answer, Question};
use eframe::egui::{
    Align2, Color32, FontId, Id, Painter, Rangef, Rect, ScrollArea, Stroke, Ui, UiBuilder, Vec2,
    pos2,
};
use std::ops::Range;
use what_if::WhatIf;

/// The map on show.
#[derive(Default)]
pub struct Attention {
    textures: ValueTextures,
    /// Which of the snapshot's maps.
    chosen: usize,
    /// The pair of steps under the pointer in the last frame: the one that looks, and the one that is looked at.
    hovered: Option<(usize, usize)>,
    /// Whether there was no room for the numbers beside the title.
    crowded: bool,
    what_if: WhatIf,
}

/// A map as it lies on the screen.
#[derive(Clone, Copy)]
struct Lying<'a> {
    map: &'a AttentionMap,
    index: usize,
    /// Whether the steps that look run across.
    queries_across: bool,
    /// Whether what was written may be told.
    tells_outputs: bool,
}

/// Whether what was written may be told: not while a lesson's page covers the view whose matter that is.
fn tells_outputs(covered: &[&'static str]) -> bool {
    !covered.contains(&"prediction")
}

/// Below the cells, for the numbers of the steps.
const FOOT: f32 = 20.0;

/// And for what a decoder was to write, below what it wrote.
const TARGETS: f32 = 16.0;

/// From this height on a row has room for what was to be written beside what was.
const ROW: f32 = 24.0;

/// The bars of how widely looks are spread, where those run across; from this height of the view on.
const SPREAD: f32 = 26.0;
const SPREAD_FROM: f32 = 220.0;

impl View for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn title(&self) -> &'static str {
        "Attention"
    }

    fn question(&self) -> &'static str {
        "How much does each step look at each other one?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Behind("network"),
            Purpose::Cell => Home::Behind("cell"),
            Purpose::Gradients => Home::Closed("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Behind("gates"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        !scene.snapshot.probe.attention.is_empty()
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let Some(lying) = self.lying(scene, shared) else {
            return;
        };
        let options = [(Shown::Values, "values"), (Shown::Adjoints, "gradients")];
        segmented(ui, "Values or gradients", &mut shared.show, &options);
        self.choose(ui, scene);
        ui.add_space(8.0);
        if let Some(text) = self.readout(scene, lying) {
            self.crowded = !readout_label(ui, &text);
        } else if shared.adjoint() {
            legends_if_roomy(ui, &[(lying.kind(scene, true), "∂L/∂weight")]);
        } else {
            let sums = if lying.queries_across {
                "columns add up to 1"
            } else {
                "rows add up to 1"
            };
            legends_if_roomy(ui, &[(lying.kind(scene, false), sums)]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let Some(lying) = self.lying(scene, shared) else {
            empty_state(
                ui,
                "How much each step looks at each other step will appear here.",
                "This model has no attention. In the set-up, choose the kind “self-attention”, or “encoder–decoder” and an \
                 attention.",
            );
            return Vec::new();
        };
        let before = self.hovered;
        let room = ui.available_rect_before_wrap();
        let below = self.what_if.height(room.height());
        let map = Rect::from_min_max(room.min, pos2(room.right(), room.bottom() - below));
        let spreads = spreads(scene, lying);
        let builder = UiBuilder::new().max_rect(map);
        let commands = ui
            .scope_builder(builder, |ui| {
                self.map(ui, scene, shared, lying, spreads.as_ref())
            })
            .inner;
        if below > 0.0 {
            let rest = Rect::from_min_max(pos2(room.left(), map.bottom()), room.max);
            let spread = spreads.as_ref().and_then(spread_in_words);
            ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| {
                ScrollArea::vertical()
                    .id_salt("what if")
                    .show(ui, |ui| self.what_if.show(ui, scene, spread.as_deref()));
            });
        }
        if self.hovered != before {
            // The numbers stand beside the title, which was drawn before.
            ui.ctx().request_repaint();
        }
        commands
    }
}

/// How widely each look of the map is spread; `None` while that is worked out.
fn spreads(scene: &Scene<'_>, lying: Lying<'_>) -> Option<Spreads> {
    let told = scene.session.ask(&Question::Spreads { map: lying.index });
    match told.current() {
        Some(Answer::Spreads(spreads)) => spreads.clone(),
        _ => None,
    }
}

/// How widely looks are spread on average, in bits.
fn spread_in_words(spreads: &Spreads) -> Option<String> {
    let mean = spreads.mean().filter(|_| spreads.most > 0.0)?;
    let most = significant(spreads.most, 2);
    Some(format!(
        "A look is spread by {} of {most} bits on average ({}): 0 is one step alone, {most} all steps alike",
        significant(mean, 2),
        crate::words::percent_to(mean / spreads.most, 0)
    ))
}

/// What stands at a step.
struct Letter {
    /// What is read or was written; nothing where that is not revealed yet.
    text: String,
    /// What was to be written, at a step that writes.
    target: Option<String>,
    /// Whether something else was written.
    is_wrong: bool,
}

impl Letter {
    /// At a step of a decoder, with what it wrote there if that may be told.
    fn of(written: Option<&Answered>, target: &str) -> Self {
        Self {
            text: written.map_or_else(String::new, |answer| answer.said.text()),
            target: Some(target.to_owned()),
            is_wrong: written.is_some_and(|answer| answer.is_right() == Some(false)),
        }
    }

    /// As it stands after the number of its step.
    fn in_words(&self) -> String {
        let Self { text, target, .. } = self;
        match target {
            Some(target) if text.is_empty() => format!(" (target “{target}”)"),
            Some(target) if self.is_wrong => format!(" “{text}” (target “{target}”)"),
            _ => format!(" “{text}”"),
        }
    }
}

/// The probe's sequence in words, where it is worked out.
fn story(told: &crate::session::Told) -> Option<&Story> {
    match told.answer.as_deref() {
        Some(Answer::Story(story)) => story.as_deref(),
        _ => None,
    }
}

impl<'a> Lying<'a> {
    /// The weight that a step gives another, for the inspector.
    fn spot(&self, query: usize, key: usize) -> Option<Spot> {
        let head = self.map.head;
        let station = Station {
            part: self.map.queries,
            place: head.map(|(layer, _)| Place::forward(layer)),
            t: query + 1,
            line: Line::Weights,
        };
        Some(Spot::Computed {
            station,
            head: head.map_or(0, |(_, head)| head),
            unit: key,
        })
    }

    /// What a step that looks, or one that is looked at, is called: “query”, or “decoder” where each has a part of its own.
    fn name(&self, scene: &Scene<'_>, query: bool) -> &'static str {
        let part = if query {
            self.map.queries
        } else {
            self.map.keys
        };
        match scene
            .snapshot
            .probe
            .parts
            .get(part)
            .map_or("", |part| part.name)
        {
            "" if query => "query",
            "" => "key",
            name => name,
        }
    }

    /// Whether the steps that look are a decoder's that writes symbols.
    fn writes(&self, scene: &Scene<'a>, query: bool) -> bool {
        query && self.map.queries != self.map.keys && self.symbols(scene, query).is_some()
    }

    /// What stands at each step of an axis: the symbols that are read, or where a decoder looks those that it wrote, as far as
    /// that is revealed. `None` where those are numbers.
    fn letters(
        &self,
        scene: &Scene<'a>,
        query: bool,
        story: Option<&Story>,
    ) -> Option<Vec<Letter>> {
        let symbols = self.symbols(scene, query)?;
        if !self.writes(scene, query) {
            let read = symbols.into_iter().map(|symbol| Letter {
                text: symbol.to_owned(),
                target: None,
                is_wrong: false,
            });
            return Some(read.collect());
        }
        let revealed = scene.revealed_of(self.map.queries, Some((None, Line::Readout)), false);
        let written = |t: usize| {
            let mut answers = story.iter().flat_map(|story| &story.answers);
            answers.find(|answer| self.tells_outputs && answer.t == t && revealed.contains(&t))
        };
        let letters = symbols.into_iter().enumerate();
        let letters = letters.map(|(t, target)| Letter::of(written(t), target));
        Some(letters.collect())
    }

    /// The symbols at the steps that look, or at those that are looked at: what is to be written where a decoder looks, what is
    /// read elsewhere. `None` where those are numbers.
    fn symbols(&self, scene: &Scene<'a>, query: bool) -> Option<Vec<&'a str>> {
        let dataset = &scene.snapshot.material.dataset;
        let probe = &scene.snapshot.probe;
        if query && self.map.queries != self.map.keys {
            return survey::classes_asked(dataset, probe.rows.clone());
        }
        let span = dataset.split(probe.split).get(probe.index)?;
        survey::symbols_read(dataset, *span)
    }

    /// How many of the steps that look, or of those that are looked at, are no padding, which is read where it is not masked.
    fn own_steps(&self, scene: &Scene<'_>, query: bool) -> usize {
        let probe = &scene.snapshot.probe;
        if query && self.map.queries != self.map.keys {
            // A forecast has a step for each row ahead, and none of them is padding.
            let rows = probe.rows.len();
            return if rows > 1 { rows } else { usize::MAX };
        }
        let spans = scene.snapshot.material.dataset.split(probe.split);
        spans.get(probe.index).map_or(usize::MAX, |span| span.len)
    }

    /// A step in words: “encoder t = 3 “m””, “decoder t = 3 “m” (target “n”)”.
    fn step(&self, scene: &Scene<'a>, query: bool, t: usize, story: Option<&Story>) -> String {
        let letters = self.letters(scene, query, story);
        let letter = letters.as_ref().and_then(|letters| letters.get(t));
        let symbol = match letter {
            Some(letter) => letter.in_words(),
            None if t >= self.own_steps(scene, query) => " (padding)".to_owned(),
            None => String::new(),
        };
        format!("{} t = {}{symbol}", self.name(scene, query), t + 1)
    }

    /// The part whose steps run down.
    fn down(&self) -> usize {
        if self.queries_across {
            self.map.keys
        } else {
            self.map.queries
        }
    }

    /// How weights, or their adjoints, become colours.
    fn kind(&self, scene: &Scene<'_>, adjoint: bool) -> HeatMapKind {
        if !adjoint {
            return HeatMapKind::Unit;
        }
        let largest = scene.snapshot.probe.attention_adjoints.get(self.index);
        HeatMapKind::Signed {
            max_abs: largest.copied().unwrap_or(0.0),
        }
    }

    /// Which columns are revealed.
    fn revealed(&self, scene: &Scene<'_>, adjoint: bool) -> Range<usize> {
        let place = self.map.head.map(|(layer, _)| Place::forward(layer));
        // Of a weight's adjoint all is there when the context, which alone reads it, was walked back through.
        let line = if adjoint {
            Line::Context
        } else {
            Line::Weights
        };
        let looks = scene.revealed_of(self.map.queries, Some((place, line)), adjoint);
        let queries = self.map.weights.nrows();
        match (self.queries_across, looks.len() == queries) {
            (true, _) => looks,
            // What each step is read by is known when all have looked.
            (false, true) => 0..scene.steps(),
            (false, false) => 0..0,
        }
    }

    /// Whether both values and adjoints of a pair may be told.
    fn is_revealed(&self, scene: &Scene<'_>, (query, key): (usize, usize), adjoint: bool) -> bool {
        let column = if self.queries_across { query } else { key };
        self.revealed(scene, adjoint).contains(&column)
    }
}

impl Attention {
    fn lying<'a>(&self, scene: &Scene<'a>, shared: &Shared) -> Option<Lying<'a>> {
        let maps = &scene.snapshot.probe.attention;
        let index = self.chosen.min(maps.len().checked_sub(1)?);
        let map = &maps[index];
        Some(Lying {
            map,
            index,
            queries_across: map.queries == scene.part_index || map.keys != scene.part_index,
            tells_outputs: tells_outputs(&shared.covered),
        })
    }

    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let maps = &scene.snapshot.probe.attention;
        self.chosen = self.chosen.min(maps.len().saturating_sub(1));
        if maps.len() < 2 {
            return;
        }
        let names: Vec<&str> = maps.iter().map(|map| map.name.as_str()).collect();
        compact_choice(ui, "Layer and head", &mut self.chosen, &names);
    }

    /// The pair under the pointer, in numbers.
    fn readout(&self, scene: &Scene<'_>, lying: Lying<'_>) -> Option<String> {
        let pair = self.hovered?;
        let told = |value: Option<&f64>, adjoint| {
            let value = value.copied();
            value.filter(|_| lying.is_revealed(scene, pair, adjoint))
        };
        let weight = told(lying.map.weights.get(pair), false)?;
        let adjoint = told(lying.map.d_weights.get(pair), true);
        let adjoint = adjoint.map_or_else(String::new, |value| {
            format!("   ∂L/∂weight = {}", number(value))
        });
        let told = |spreads: Spreads| {
            let bits = (*spreads.bits.get(pair.0)?)?;
            let [bits, most] = [bits, spreads.most].map(number);
            Some(format!("   spread {bits} of {most} bits"))
        };
        let bits = spreads(scene, lying).and_then(told).unwrap_or_default();
        let asked = scene.session.ask(&Question::Story);
        let story = story(&asked);
        Some(format!(
            "{} looks at {}: {}{adjoint}{bits}",
            lying.step(scene, true, pair.0, story),
            lying.step(scene, false, pair.1, story),
            number(weight)
        ))
    }

    fn map(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        lying: Lying<'_>,
        spreads: Option<&Spreads>,
    ) -> Vec<Command> {
        let adjoint = shared.adjoint();
        let palette = Palette::of(ui.visuals());
        let all = ui.max_rect();
        // Only looks that run across have their bars below their columns.
        let looks =
            spreads.filter(|_| lying.queries_across && !adjoint && all.height() >= SPREAD_FROM);
        let bars = if looks.is_some() { SPREAD } else { 0.0 };
        let room = all.with_max_y(all.bottom() - bars);
        let across = time_axis(room, scene);
        let targets = match lying.writes(scene, lying.queries_across) {
            true => TARGETS,
            false => 0.0,
        };
        let foot = FOOT + targets;
        let cells = Rect::from_min_max(
            pos2(across.left, room.top() + 4.0),
            pos2(across.right, (room.bottom() - foot).max(room.top() + 24.0)),
        );
        let values = if adjoint {
            &lying.map.d_weights
        } else {
            &lying.map.weights
        };
        let values = if lying.queries_across {
            values.view()
        } else {
            values.t()
        };
        let down = TimeAxis::new(cells.top(), cells.bottom(), values.ncols());
        let revealed = lying.revealed(scene, adjoint);
        let title = format!("Attention, {}", lying.map.name);
        let map = HeatMap {
            id: Id::unique(("attention", lying.index, lying.queries_across)),
            values,
            version: scene.version.wrapping_mul(2).wrapping_add(adjoint.into()),
            kind: lying.kind(scene, adjoint),
            revealed: revealed.clone(),
            title: &title,
            title_color: palette.text,
            cursor: scene.column(),
            order: None,
            unit: None,
            keys: None,
        };
        // Without a margin: the numbers of the steps stand where other maps have their name.
        let shown = map.show(ui, &mut self.textures, cells, &across);
        self.hovered = shown.hovered.map(|(column, row)| {
            if lying.queries_across {
                (column, row)
            } else {
                (row, column)
            }
        });
        if let Some((t, _)) = shown.hovered {
            shared.next_hover = Hover {
                t: Some(t),
                ..Hover::default()
            };
        }
        if let Some((query, key)) = self.hovered.filter(|_| shown.response.clicked()) {
            shared.number = lying.spot(query, key);
            shared.number_asked |= shown.response.double_clicked();
        }
        if let Some(text) = self.readout(scene, lying).filter(|_| self.crowded) {
            shown.response.clone().on_hover_text_at_pointer(text);
        }
        let painter = ui.painter_at(room);
        // In self-attention the steps that run down are the same ones: the cursor and the pointer mark a row as well.
        let same = lying.down() == scene.part_index;
        if let Some(t) = scene.column().filter(|_| same) {
            mark_row(&painter, cells, &down, t, &palette);
        }
        if let Some(t) = shared.hover.t.filter(|_| shown.hovered.is_none()) {
            let fill = palette.cursor.gamma_multiply(0.08);
            if t < across.steps {
                let column = Rect::from_x_y_ranges(across.column(t), cells.y_range());
                painter.rect_filled(column.intersect(cells), 0.0, fill);
            }
            if same && t < down.steps {
                let row = Rect::from_x_y_ranges(cells.x_range(), down.column(t));
                painter.rect_filled(row, 0.0, fill);
            }
        }
        label_axes(&painter, scene, lying, (cells, room), (&across, &down));
        if let Some(looks) = looks {
            let strip = all.with_min_y(room.bottom());
            let strip =
                Rect::from_x_y_ranges(strip.x_range(), strip.top() + 4.0..=strip.bottom() - 4.0);
            spread(ui, strip, &across, looks, &revealed);
        }
        if revealed.is_empty() {
            let why = if lying.queries_across {
                "Weights appear as the steps look"
            } else {
                "The decoder looks once the encoder has read everything: see its part, or the way back"
            };
            let font = FontId::proportional(SMALL);
            painter.text(
                cells.center(),
                Align2::CENTER_CENTER,
                why,
                font,
                palette.weak_text,
            );
        }
        zoom_at(&shown.response, &across, shared);
        let clicked = shown
            .response
            .clicked()
            .then(|| shown.response.interact_pointer_pos())
            .flatten();
        clicked
            .and_then(|at| across.time_at(at.x))
            .map(move_to)
            .into_iter()
            .collect()
    }
}

/// How widely each look is spread, a bar below its column: as high as the strip where all steps are looked at evenly.
fn spread(ui: &Ui, strip: Rect, across: &TimeAxis, spreads: &Spreads, revealed: &Range<usize>) {
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter_at(strip.expand(2.0));
    let font = FontId::proportional(SMALL);
    let name = pos2(strip.left(), strip.center().y);
    painter.text(
        name,
        Align2::LEFT_CENTER,
        "spread (bits)",
        font,
        palette.weak_text,
    );
    let columns = Rangef::new(across.left, across.right);
    painter.hline(columns, strip.bottom(), palette.hairline_stroke());
    let most = spreads.most;
    // The scale: where all steps are looked at evenly.
    painter.hline(columns, strip.top(), palette.hairline_stroke());
    if most > 0.0 {
        ui.painter().text(
            pos2(across.left - 3.0, strip.top()),
            Align2::RIGHT_CENTER,
            significant(most, 2),
            FontId::proportional(SMALL - 1.0),
            palette.weak_text,
        );
    }
    for (t, bits) in spreads.bits.iter().enumerate() {
        let Some(bits) = bits.filter(|_| revealed.contains(&t) && most > 0.0) else {
            continue;
        };
        let column = across.column(t);
        let height = strip.height() * (bits / most).min(1.0) as f32;
        let bar = Rect::from_x_y_ranges(
            column.shrink(0.15 * column.span()),
            strip.bottom() - height..=strip.bottom(),
        );
        let bar = bar.intersect(Rect::from_x_y_ranges(columns, strip.y_range()));
        painter.rect_filled(bar, 0.0, palette.prediction);
    }
}

/// Marks row `t`: its edges where it is high enough, otherwise a hairline in its middle.
fn mark_row(painter: &Painter, cells: Rect, down: &TimeAxis, t: usize, palette: &Palette) {
    if t >= down.steps {
        return;
    }
    let halo = palette.background.gamma_multiply(0.7);
    let row = down.column(t);
    let lines = if row.span() >= 8.0 {
        vec![row.min, row.max]
    } else {
        vec![row.center()]
    };
    for (width, color) in [(3.0, halo), (1.0, palette.cursor)] {
        for &y in &lines {
            painter.hline(cells.x_range(), y, Stroke::new(width, color));
        }
    }
}

/// What is written at the steps of an axis, and whether that is the letter of each: there may be room only for the numbers of
/// some, with their letters. A step of padding has no letter. `least` is how far apart numbers are at least, in points.
fn step_labels(
    painter: &Painter,
    axis: &TimeAxis,
    letters: &[Letter],
    least: f32,
    upright: bool,
) -> (Vec<(usize, String)>, bool) {
    let size = |text: &str| {
        let font = FontId::proportional(SMALL);
        painter
            .layout_no_wrap(text.to_owned(), font, Color32::WHITE)
            .size()
    };
    let texts = letters
        .iter()
        .flat_map(|letter| [Some(letter.text.as_str()), letter.target.as_deref()]);
    let sizes: Vec<_> = texts.flatten().map(size).collect();
    let largest = |of: fn(&Vec2) -> f32| sizes.iter().map(of).fold(0.0, f32::max);
    let (width, height) = (largest(|size| size.x), largest(|size| size.y));
    let needed = if upright { 0.75 * height } else { width + 3.0 };
    if !letters.is_empty() && axis.column_width() >= needed {
        // Steps of padding, which are read where they are not masked, have none.
        let padding = std::iter::repeat_n("–", axis.steps.saturating_sub(letters.len()));
        let texts = letters.iter().map(|letter| letter.text.as_str());
        let texts = texts.chain(padding).map(str::to_owned);
        return (texts.take(axis.steps).enumerate().collect(), true);
    }
    let least = if upright { least } else { least + width };
    // As long as all of them would be: of those zoomed into, more have room.
    let length = axis.steps as f32 * axis.column_width();
    let columns = labelled_columns(axis.steps, length, least).into_iter();
    let labels = columns.map(|t| match letters.get(t).filter(|it| !it.text.is_empty()) {
        Some(letter) => (t, format!("{} {}", t + 1, letter.text)),
        None => (t, (t + 1).to_string()),
    });
    (labels.collect(), false)
}

/// Letters or numbers of the steps and names of both axes: left of the cells and below them; of a decoder what it wrote, red
/// where that is wrong, and what was to be written.
fn label_axes(
    painter: &Painter,
    scene: &Scene<'_>,
    lying: Lying<'_>,
    (cells, room): (Rect, Rect),
    (across, down): (&TimeAxis, &TimeAxis),
) {
    let palette = Palette::of(&painter.ctx().global_style().visuals);
    let font = FontId::proportional(SMALL);
    let text = |at, align, text: String, color| {
        painter.text(at, align, text, font.clone(), color);
    };
    // Letters are in the colour of text, and their axis is none of t: they may be digits.
    let look = |letters: bool, writes: bool| match (letters, writes) {
        (true, true) => (" wrote", palette.text),
        (true, false) => ("", palette.text),
        (false, _) => (" t", palette.weak_text),
    };
    let asked = scene.session.ask(&Question::Story);
    let story = story(&asked);
    let of = |query| {
        let letters = lying.letters(scene, query, story);
        (letters.unwrap_or_default(), lying.writes(scene, query))
    };
    let is_wrong =
        |letters: &[Letter], t: usize| letters.get(t).is_some_and(|letter| letter.is_wrong);
    let y = cells.bottom() + 10.0;
    let query = lying.queries_across;
    let (letters, writes) = of(query);
    let (labels, all) = step_labels(painter, across, &letters, 44.0, false);
    let (unit, color) = look(all, writes);
    for (t, label) in labels {
        let x = across.x_of(t);
        if !(across.left..=across.right).contains(&x) {
            continue;
        }
        let tick = Rangef::new(cells.bottom(), cells.bottom() + 3.0);
        painter.vline(x, tick, palette.hairline_stroke());
        let wrong = is_wrong(&letters, t);
        let color = if wrong { palette.error } else { color };
        text(pos2(x, y), Align2::CENTER_CENTER, label, color);
        let target = letters.get(t).and_then(|letter| letter.target.clone());
        if let Some(target) = target.filter(|_| all) {
            let color = if wrong {
                palette.text
            } else {
                palette.weak_text
            };
            text(pos2(x, y + TARGETS), Align2::CENTER_CENTER, target, color);
        }
    }
    text(
        pos2(room.left(), y),
        Align2::LEFT_CENTER,
        format!("{}{unit} →", lying.name(scene, query)),
        palette.text,
    );
    if writes && all {
        let at = pos2(room.left(), y + TARGETS);
        text(at, Align2::LEFT_CENTER, "target".into(), palette.weak_text);
    }
    let (letters, writes) = of(!query);
    let (labels, all) = step_labels(painter, down, &letters, 28.0, true);
    // In low rows a longer name would run into the first letter.
    let (unit, color) = look(all, writes && down.column_width() >= 2.0 * TARGETS);
    for (t, label) in labels {
        let y = down.x_of(t);
        let tick = Rangef::new(cells.left() - 3.0, cells.left());
        painter.hline(tick, y, palette.hairline_stroke());
        let wrong = is_wrong(&letters, t);
        let color = if wrong { palette.error } else { color };
        let target = letters.get(t).and_then(|letter| letter.target.as_deref());
        let label = match target.filter(|_| wrong && down.column_width() >= ROW) {
            Some(target) => format!("{label} ≠ {target}"),
            None => label,
        };
        let at = pos2(cells.left() - 6.0, y);
        text(at, Align2::RIGHT_CENTER, label, color);
    }
    text(
        pos2(room.left(), cells.top()),
        Align2::LEFT_TOP,
        format!("{}{unit} ↓", lying.name(scene, !query)),
        palette.text,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::story::Word;

    /// How many letters are right is asked beside the open map: the answer must not be on it.
    #[test]
    fn what_was_written_is_not_told_while_a_page_asks_for_outputs() {
        assert!(tells_outputs(&[]));
        assert!(tells_outputs(&["training", "number"]));
        assert!(!tells_outputs(&["training", "network", "prediction"]));
    }

    /// What was to be written never stands for what was.
    #[test]
    fn a_step_is_called_by_what_it_wrote_and_not_by_its_target() {
        let wrote = |said: &str| {
            let word = |name: &str| Word::Class(name.to_owned(), Some(0.5));
            Letter::of(
                Some(&Answered {
                    t: 0,
                    said: word(said),
                    wanted: word("m"),
                }),
                "m",
            )
        };
        let right = wrote("m");
        assert_eq!((right.text.as_str(), right.is_wrong), ("m", false));
        assert_eq!(right.in_words(), " “m”");
        let wrong = wrote("n");
        assert_eq!((wrong.text.as_str(), wrong.is_wrong), ("n", true));
        assert_eq!(wrong.in_words(), " “n” (target “m”)");
        // Before it has written there is the target alone, which says so.
        let none = Letter::of(None, "m");
        assert_eq!(none.text, "");
        assert_eq!(none.in_words(), " (target “m”)");
    }
}
