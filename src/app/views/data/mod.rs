//! What the network will really see: the data on their way from the file, or from the task, to the sequences that are read.
//!
//! One page for each question: where windows, targets and classes lie on the series, what one sequence is made of, what became of each
//! row, how often what occurs, and all that was found and left out, in words.

mod balance;
mod facts;
mod labels;
mod lengths;
mod sequence;
mod series;
mod strip;
mod table;

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::{self, GRID, Palette, SMALL};
use crate::app::widgets::{listed, number, segmented, segmented_width};
use crate::data::survey::{self, Curve, RowPart};
use crate::data::{Asked, Dataset, Scale, Scaled, SequenceSpec, Span, Split, Targets, time};
use crate::experiment::{FromFile, Probe};
use crate::nn::Readout;
use crate::session::Command;
use crate::words::{grouped, many};
use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, AsIdSalt, Button, Color32, DragValue, FontId, Link, Painter, Pos2, Rect, Response,
    RichText, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::{Arc, Weak};

/// The data view.
#[derive(Default)]
pub struct Data {
    page: Page,
    units: Units,
    looked: Looked,
    series: series::Series,
    sequence: sequence::Sequence,
    table: table::Table,
    balance: balance::Balance,
}

/// What is on show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Page {
    #[default]
    Series,
    Sequence,
    Table,
    Balance,
    Facts,
}

/// How values are written and drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Units {
    #[default]
    Own,
    Scaled,
}

/// What is found out about a data set once.
#[derive(Default)]
struct Looked {
    of: Weak<Dataset>,
    one_hot: bool,
    unused: usize,
}

impl Looked {
    /// Looks again if it is another data set.
    fn at(&mut self, dataset: &Arc<Dataset>, source: Option<&FromFile>) {
        if std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(dataset)) {
            return;
        }
        let used = source.map_or(&[][..], |source| &source.report.use_of_row);
        *self = Self {
            of: Arc::downgrade(dataset),
            one_hot: survey::one_hot(dataset),
            unused: used.iter().filter(|used| !used.any()).count(),
        };
    }
}

/// What pages draw from.
struct Seen<'a> {
    scene: &'a Scene<'a>,
    dataset: &'a Arc<Dataset>,
    source: Option<&'a FromFile>,
    /// The sequence under the lens.
    probe: Probe,
    span: Span,
    /// Whether the model answers at every step.
    every: bool,
    /// Whether inputs are symbols.
    one_hot: bool,
    /// Rows of the file that no sequence uses.
    unused: usize,
    palette: Palette,
}

impl<'a> Seen<'a> {
    fn of(ui: &Ui, scene: &'a Scene<'a>, looked: &Looked) -> Self {
        let material = &scene.snapshot.material;
        let probe = Probe {
            split: scene.snapshot.probe.split,
            index: scene.snapshot.probe.index,
        };
        let spans = material.dataset.split(probe.split);
        Self {
            scene,
            dataset: &material.dataset,
            source: material.source.as_deref(),
            probe,
            span: spans.get(probe.index).copied().unwrap_or(Span::new(0, 0)),
            every: material.network.readout() == Readout::Every,
            one_hot: looked.one_hot,
            unused: looked.unused,
            palette: Palette::of(ui.visuals()),
        }
    }

    /// The pages that make sense for the data, with their names.
    fn pages(&self) -> Vec<(Page, &'static str)> {
        let classes = matches!(self.dataset.targets, Targets::Classes { .. });
        let balance = if classes || self.one_hot {
            "balance"
        } else {
            "spread"
        };
        let mut pages = vec![
            (Page::Sequence, "sequences"),
            (Page::Table, "table"),
            (Page::Balance, balance),
            (Page::Facts, "facts"),
        ];
        let forecast = self.source.is_some_and(|source| source.outlook.is_some());
        if forecast || self.series_label().is_some() {
            pages.insert(0, (Page::Series, "series"));
        }
        pages
    }

    /// The column of classes of a series: of a table whose windows are classified. Groups are sequences of their own.
    fn series_label(&self) -> Option<&'a str> {
        match self.source?.spec.as_ref()? {
            SequenceSpec {
                asked: Asked::Classify { label, .. },
                group,
                ..
            } if group.is_empty() => Some(label),
            _ => None,
        }
    }

    /// The name of a class.
    fn class_name(&self, class: usize) -> &'a str {
        match &self.dataset.targets {
            Targets::Classes { names, .. } => names.get(class).map_or("", String::as_str),
            Targets::Values(_) => "",
        }
    }

    /// The file as a table, with the table row of each row of the data set.
    fn table(&self) -> Option<(&'a crate::data::Table, &'a [usize])> {
        let source = self.source?;
        Some((source.table.as_deref()?, &source.report.table_rows))
    }

    fn color(&self, part: RowPart) -> Color32 {
        match part {
            RowPart::Train => self.palette.train,
            RowPart::Test => self.palette.test,
            RowPart::Unused => self.palette.outline,
        }
    }

    /// What stands before the name of a column, where there is room and where there is little, and after it where its values are
    /// those that the network reads.
    fn scaled(&self) -> [&'static str; 3] {
        let spec = self.source.and_then(|source| source.spec.as_ref());
        let scale = spec.map_or(Scale::Standard, |spec| spec.scale);
        match (scale, scale.of()) {
            (Scale::None, _) => ["", "", ", as it is"],
            (_, Scaled::Value) => ["", "", ", scaled"],
            (_, Scaled::Logarithm) => ["log of ", "log ", ", scaled"],
            (_, Scaled::Change) => ["change of ", "Δ ", ", scaled"],
        }
    }

    /// The most important facts in a line.
    fn line(&self) -> String {
        // What a narrow pane cuts off at its end is what matters least.
        let parts = Split::ALL.map(|split| self.dataset.split(split).len());
        let mut said = vec![format!(
            "{} to learn from, {} kept back",
            many(parts[0], "sequence"),
            grouped(parts[1])
        )];
        if let Some(source) = self.source {
            let report = &source.report;
            if let Some((table, _)) = self.table() {
                said.push(many(table.rows(), "row"));
                said.push(many(table.columns().len(), "column"));
            }
            let (missing, filled) = report.columns.iter().fold((0, 0), |sum, column| {
                (sum.0 + column.missing, sum.1 + column.filled)
            });
            match (missing, filled) {
                (0, _) => {}
                (missing, 0) => said.push(format!("{} missing", grouped(missing))),
                (missing, filled) => said.push(format!(
                    "{} missing, {} filled in",
                    grouped(missing),
                    grouped(filled)
                )),
            }
            if let Some(step) = report.time.as_ref().and_then(|time| time.step.as_ref()) {
                said.push(format!("rows {step} apart"));
            }
            if self.unused > 0 {
                said.push(format!("{} unused", many(self.unused, "row")));
            }
        }
        said.join(" · ")
    }
}

impl View for Data {
    fn name(&self) -> &'static str {
        "data"
    }

    fn title(&self) -> &'static str {
        "Data view"
    }

    fn question(&self) -> &'static str {
        "What will the network really see of the data?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Behind("prediction"),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Gradients => Home::Closed("training"),
            Purpose::Forecast => Home::LastRow(1.0),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Behind("gates"),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        let seen = self.seen(ui, scene);
        let pages = seen.pages();
        self.settle(&pages);
        let name = "Page of the data";
        if ui.available_width() >= segmented_width(ui, &pages) {
            segmented(ui, name, &mut self.page, &pages);
        } else {
            listed(ui, name, &mut self.page, &pages);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let seen = self.seen(ui, scene);
        self.settle(&seen.pages());
        let mut commands = Vec::new();
        // The pane is low in the standard layout: what is drawn needs the room.
        let spacing = ui.spacing_mut();
        spacing.item_spacing.y = 0.5 * GRID;
        spacing.interact_size.y = 3.0 * GRID;
        spacing.button_padding = vec2(GRID, 0.25 * GRID);
        if self.page != Page::Facts && ui.available_height() >= LOW {
            let line = Link::new(
                RichText::new(seen.line())
                    .size(SMALL)
                    .color(seen.palette.weak_text),
            );
            let link = ui
                .scope(|ui| {
                    ui.style_mut().wrap_mode = Some(eframe::egui::TextWrapMode::Truncate);
                    ui.add(line)
                })
                .inner;
            if link
                .on_hover_text("All that was found and left out")
                .clicked()
            {
                self.page = Page::Facts;
            }
        }
        let (units, drawn) = (&mut self.units, &mut commands);
        match self.page {
            Page::Series => rolling(ui, |ui| self.series.show(ui, &seen, units, drawn)),
            Page::Sequence => self.sequence.show(ui, &seen, shared, units, drawn),
            Page::Table => self.table.show(ui, &seen, drawn),
            Page::Balance => rolling(ui, |ui| self.balance.show(ui, &seen)),
            Page::Facts => facts::show(ui, &seen),
        }
        commands
    }
}

impl Data {
    fn seen<'a>(&mut self, ui: &Ui, scene: &'a Scene<'a>) -> Seen<'a> {
        let material = &scene.snapshot.material;
        self.looked
            .at(&material.dataset, material.source.as_deref());
        Seen::of(ui, scene, &self.looked)
    }

    /// Another data set may lack the page.
    fn settle(&mut self, pages: &[(Page, &str)]) {
        if !pages.iter().any(|&(page, _)| page == self.page) {
            self.page = pages.first().map_or(Page::Facts, |&(page, _)| page);
        }
    }
}

/// A page that is as high as the view, and scrolls where that is too low for it.
fn rolling(ui: &mut Ui, page: impl FnOnce(&mut Ui)) {
    let area = ScrollArea::vertical().id_salt("page").auto_shrink(false);
    area.show(ui, page);
}

/// The choice between the data's own units and what the network reads.
fn units(ui: &mut Ui, units: &mut Units, own: &str, scaled: &str) {
    let options = [(Units::Own, own), (Units::Scaled, scaled)];
    segmented(ui, "Units", units, &options);
}

/// What a sign of a legend looks like.
#[derive(Clone, Copy)]
enum Sign {
    Line,
    Area,
    Dot,
    Ring,
}

/// An entry of a legend: a sign and its name. It is one piece, so that rows of entries break between them.
fn entry(ui: &mut Ui, sign: Sign, color: Color32, text: &str) {
    let palette = Palette::of(ui.visuals());
    let font = FontId::proportional(SMALL);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, palette.weak_text);
    let height = ui.spacing().interact_size.y;
    let size = vec2(17.0 + galley.size().x + 0.5 * GRID, height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let (painter, middle) = (ui.painter(), pos2(rect.left() + 6.0, rect.center().y));
    match sign {
        Sign::Line => {
            let length = rect.left()..=rect.left() + 12.0;
            painter.hline(length, middle.y, Stroke::new(2.0, color));
        }
        Sign::Area => {
            let area = Rect::from_center_size(middle, vec2(12.0, 10.0));
            painter.rect_filled(area, 2.0, color);
        }
        Sign::Dot => {
            painter.circle_filled(middle, 4.0, color);
        }
        Sign::Ring => {
            painter.circle_stroke(middle, 3.0, Stroke::new(1.5, color));
        }
    }
    let at = pos2(rect.left() + 17.0, rect.center().y - 0.5 * galley.size().y);
    painter.galley(at, galley, palette.weak_text);
}

/// A caption in one piece, cut where the view ends.
fn note(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.visuals());
    let widest = ui.max_rect().width();
    let mut job = LayoutJob::simple_singleline(
        text.to_owned(),
        FontId::proportional(SMALL),
        palette.weak_text,
    );
    job.wrap = TextWrapping::truncate_at_width(widest);
    let galley = ui.painter().layout_job(job);
    let size = vec2(galley.size().x, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let at = pos2(rect.left(), rect.center().y - 0.5 * galley.size().y);
    ui.painter().galley(at, galley, palette.weak_text);
    if text.len() > 60 {
        response.on_hover_text(text);
    }
}

/// Words in the size of captions, no wider than `room`, cut with “…”. Returns their width.
fn words(painter: &Painter, at: Pos2, align: Align2, text: &str, color: Color32, room: f32) -> f32 {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(SMALL), color);
    job.wrap = TextWrapping::truncate_at_width(room.max(0.0));
    let galley = painter.layout_job(job);
    let place = align.anchor_size(at, galley.size());
    let width = galley.size().x;
    painter.galley(place.min, galley, color);
    width
}

/// An area that can be pointed at, with a name for screen readers.
fn area(ui: &Ui, rect: Rect, id: impl AsIdSalt, sense: Sense, name: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(id), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    response
}

/// Below this height the line of facts gives its room to the page, in points.
const LOW: f32 = 25.0 * GRID;

/// The least height of a page's drawing, in points.
const LOWEST: f32 = 10.0 * GRID;

/// The choice of the part that the sequence under the lens is of.
fn probe_part(ui: &mut Ui, seen: &Seen<'_>, commands: &mut Vec<Command>) {
    let options = Split::ALL.map(|split| (split, format!("{} part", split.name())));
    let options: Vec<(Split, &str)> = options
        .iter()
        .filter(|(split, _)| !seen.dataset.split(*split).is_empty())
        .map(|(split, name)| (*split, name.as_str()))
        .collect();
    let mut split = seen.probe.split;
    if segmented(ui, "Part of the sequence", &mut split, &options).changed() {
        commands.push(Command::Probe(Probe { split, index: 0 }));
    }
}

/// How wide that is which leads from sequence to sequence, in points.
const STEPS: f32 = 24.0 * GRID;

/// Which sequence is under the lens, and the way to the one before and after.
fn probe_steps(ui: &mut Ui, seen: &Seen<'_>, commands: &mut Vec<Command>) {
    let Probe { split, index } = seen.probe;
    let count = seen.dataset.split(split).len();
    // Nothing of it stays behind at the end of a line.
    if ui.layout().main_wrap() && ui.available_size_before_wrap().x < STEPS {
        ui.end_row();
    }
    if turn(ui, "◀", "Previous sequence", index > 0) {
        let index = index - 1;
        commands.push(Command::Probe(Probe { split, index }));
    }
    let mut number = index + 1;
    let field = DragValue::new(&mut number)
        .range(1..=count.max(1))
        .speed(0.1)
        .prefix(format!("{} ", split.name()));
    let field = ui.name_inputs("Sequence", |ui| ui.add(field));
    if field.changed() && number != index + 1 {
        let index = number - 1;
        commands.push(Command::Probe(Probe { split, index }));
    }
    note(ui, &format!("of {}", grouped(count)));
    if turn(ui, "▶", "Next sequence", index + 1 < count) {
        let index = index + 1;
        commands.push(Command::Probe(Probe { split, index }));
    }
}

/// A button that says its name, not its sign.
fn turn(ui: &mut Ui, sign: &str, name: &str, enabled: bool) -> bool {
    let button = Button::new(theme::symbols(sign)).min_size(vec2(3.0 * GRID, 0.0));
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response.on_hover_text(name).clicked()
}

/// Puts the sequence under the lens that is asked nearest to a place of the axis.
fn sequence_at(seen: &Seen<'_>, curve: &Curve, x: f64) -> Option<Command> {
    let row = curve.rows.start + curve.nearest(x)?;
    let (split, index) = survey::nearest_sequence(seen.dataset, curve.rows.clone(), row)?;
    Some(Command::Probe(Probe { split, index }))
}

/// Where a row of the curve stands on the axis, in words.
fn place_told(seen: &Seen<'_>, curve: &Curve, index: usize) -> String {
    match curve.dates {
        Some(precision) => time::text(curve.at[index], precision),
        None if curve.counted => {
            let label = seen.dataset.label_ahead(curve.rows.start + index, 0);
            let row = format!("row {}", curve.at[index]);
            if label == curve.at[index].to_string() {
                row
            } else {
                format!("{label}, {row}")
            }
        }
        None => format!("{} {}", seen.dataset.axis_name(), number(curve.at[index])),
    }
}
