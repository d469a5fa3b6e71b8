//! How often classes and symbols occur in each part, and how values are spread before and after scaling.

use super::{Seen, Sign, area, entry, note, words};
use crate::app::theme::GRID;
use crate::app::widgets::{Scale, caption, compact_choice, number, plot, segmented};
use crate::data::survey::{self, Spread, Spreads};
use crate::data::{Answers, Dataset, Scaled, Scaler, Split, Targets};
use crate::words::many;
use eframe::egui::accesskit::Role;
use eframe::egui::{Align2, Rect, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use egui_plot::{Bar, BarChart, LineStyle, Span, VLine};
use std::sync::{Arc, Weak};

/// The page of the balance.
#[derive(Default)]
pub(super) struct Balance {
    of: Of,
    order: Order,
    column: usize,
    counted: Option<Counted>,
}

/// Whose frequencies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Of {
    #[default]
    Answers,
    Inputs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Order {
    #[default]
    Given,
    Frequent,
}

/// What was counted, for as long as the data set and the question stay.
struct Counted {
    of: Weak<Dataset>,
    every: bool,
    classes: [Vec<usize>; 2],
    symbols: [Vec<usize>; 2],
    /// By column: in its own unit, and scaled.
    values: Vec<(usize, [Spreads; 2])>,
}

/// How many bins a histogram has.
const BINS: usize = 32;

impl Balance {
    pub(super) fn show(&mut self, ui: &mut Ui, seen: &Seen<'_>) {
        self.count(seen);
        let classes = matches!(seen.dataset.targets, Targets::Classes { .. });
        if !classes {
            self.of = Of::Inputs;
        }
        let columns = columns(seen);
        self.column = self.column.min(columns.len().saturating_sub(1));
        let bars = self.of == Of::Answers || seen.one_hot;
        let counted_of = self.of;
        let of = &mut self.of;
        let mut choice = |ui: &mut Ui| {
            if classes {
                let inputs = if seen.one_hot {
                    "symbols read"
                } else {
                    "values read"
                };
                let options = [(Of::Answers, "classes asked"), (Of::Inputs, inputs)];
                segmented(ui, "What is counted", of, &options);
            }
        };
        if bars {
            let (order, counts) = (&mut self.order, &self.counted);
            bars_of(ui, seen, counts.as_ref(), counted_of, order, choice);
        } else if let Some(&column) = columns.get(self.column) {
            let names: Vec<&str> = columns.iter().map(Column::name).collect();
            let shown = self.column;
            let chosen = &mut self.column;
            let choices = |ui: &mut Ui| {
                choice(ui);
                if names.len() > 1 {
                    compact_choice(ui, "Column", chosen, &names);
                }
            };
            spread(ui, seen, self.counted.as_mut(), (shown, column), choices);
        }
    }

    /// Counts anew if it is another data set or question.
    fn count(&mut self, seen: &Seen<'_>) {
        let dataset = seen.dataset;
        let same = self.counted.as_ref().is_some_and(|counted| {
            std::ptr::eq(counted.of.as_ptr(), Arc::as_ptr(dataset)) && counted.every == seen.every
        });
        if same {
            return;
        }
        self.counted = Some(Counted {
            of: Arc::downgrade(dataset),
            every: seen.every,
            classes: Split::ALL.map(|split| survey::classes(dataset, split, seen.every)),
            symbols: if seen.one_hot {
                Split::ALL.map(|split| survey::symbols(dataset, split))
            } else {
                Default::default()
            },
            values: Vec::new(),
        });
    }
}

/// Bars by class or symbol, one for each part.
fn bars_of(
    ui: &mut Ui,
    seen: &Seen<'_>,
    counted: Option<&Counted>,
    of: Of,
    order: &mut Order,
    choice: impl FnOnce(&mut Ui),
) {
    let Some(counted) = counted else { return };
    let (counts, names, what) = match (of, &seen.dataset.targets) {
        (Of::Answers, Targets::Classes { names, .. }) => {
            let what = match seen.dataset.answers {
                Answers::Sequence => "asked at each step of the answers",
                Answers::EveryStep if seen.every => "asked at each step",
                Answers::EveryStep | Answers::Last => "asked once for each sequence",
            };
            (&counted.classes, names, what)
        }
        _ => (
            &counted.symbols,
            &seen.dataset.input_names,
            "read, at all steps of all sequences",
        ),
    };
    let totals = [0, 1].map(|part: usize| counts[part].iter().sum::<usize>());
    ui.horizontal_wrapped(|ui| {
        choice(ui);
        let options = [
            (Order::Given, "in order"),
            (Order::Frequent, "by frequency"),
        ];
        segmented(ui, "Order", order, &options);
        for (split, total) in Split::ALL.into_iter().zip(totals) {
            let color = part_color(seen, split);
            entry(ui, Sign::Area, color, &format!("{}, {total}", split.name()));
        }
        note(ui, &format!("{what}; bars are shares of their part"));
    });
    let mut listed: Vec<usize> = (0..names.len()).collect();
    if *order == Order::Frequent {
        listed.sort_by_key(|&name| std::cmp::Reverse(counts[0][name]));
    }
    let share = |part: usize, name: usize| match totals[part] {
        0 => 0.0,
        total => counts[part][name] as f32 / total as f32,
    };
    let largest = (0..names.len())
        .flat_map(|name| [share(0, name), share(1, name)])
        .fold(1e-6, f32::max);
    let widest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0) as f32;
    let name_width = (7.5 * widest + 2.0 * GRID).clamp(4.0 * GRID, 20.0 * GRID);
    const HEIGHT: f32 = 34.0;
    ScrollArea::vertical()
        .id_salt("bars")
        .auto_shrink(false)
        .show_rows(
            ui,
            HEIGHT - ui.spacing().item_spacing.y,
            listed.len(),
            |ui, shown| {
                for &name in &listed[shown] {
                    let size = vec2(ui.available_width(), HEIGHT - ui.spacing().item_spacing.y);
                    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                    let told = Split::ALL.map(|split| {
                        let part = part_index(split);
                        format!(
                            "{} {} ({} %)",
                            split.name(),
                            counts[part][name],
                            number(f64::from(100.0 * share(part, name)))
                        )
                    });
                    let spoken = format!("{}: {}, {}", names[name], told[0], told[1]);
                    area(ui, rect, ("bar", name), Sense::hover(), &spoken).on_hover_text(&spoken);
                    let painter = ui.painter();
                    let at = pos2(rect.left() + name_width - GRID, rect.center().y);
                    let room = name_width - GRID;
                    words(
                        painter,
                        at,
                        Align2::RIGHT_CENTER,
                        &names[name],
                        seen.palette.text,
                        room,
                    );
                    let from = rect.left() + name_width;
                    let room = (rect.right() - from - 15.0 * GRID).max(2.0 * GRID);
                    for split in Split::ALL {
                        let part = part_index(split);
                        let top = rect.top() + part as f32 * 0.5 * rect.height();
                        let length = room * share(part, name) / largest;
                        let bar = Rect::from_min_size(
                            pos2(from, top + 2.0),
                            vec2(length.max(1.0), 0.5 * rect.height() - 3.0),
                        );
                        painter.rect_filled(bar, 2.0, part_color(seen, split));
                        let at = pos2(bar.right() + 6.0, bar.center().y);
                        let text = format!(
                            "{} · {} %",
                            counts[part][name],
                            number(f64::from((1000.0 * share(part, name)).round() / 10.0))
                        );
                        words(
                            painter,
                            at,
                            Align2::LEFT_CENTER,
                            &text,
                            seen.palette.weak_text,
                            14.0 * GRID,
                        );
                    }
                }
            },
        );
}

/// Histograms of a column, before and after scaling.
fn spread(
    ui: &mut Ui,
    seen: &Seen<'_>,
    counted: Option<&mut Counted>,
    (at, column): (usize, Column<'_>),
    choices: impl FnOnce(&mut Ui),
) {
    let Some(counted) = counted else { return };
    if !counted.values.iter().any(|(of, _)| *of == at) {
        counted.values.push((at, column.spreads(seen)));
    }
    let Some((_, [own, scaled])) = counted.values.iter().find(|(of, _)| *of == at) else {
        return;
    };
    let palette = &seen.palette;
    ui.horizontal_wrapped(|ui| {
        choices(ui);
        for (split, spread) in Split::ALL.into_iter().zip(&own.parts) {
            let told = format!("{}, {}", split.name(), many(spread.count, "value"));
            entry(ui, Sign::Area, part_color(seen, split), &told);
        }
        entry(ui, Sign::Line, palette.cursor, "mean ± deviation, train");
        note(ui, &scaling(column.scaler(seen.dataset)));
    });
    let width = ((ui.available_width() - 3.0 * GRID) / 2.0).max(0.0);
    let height = (ui.available_height() - 1.5 * GRID).max(super::LOWEST);
    ui.horizontal_top(|ui| {
        for (spreads, which) in [(own, "own"), (scaled, "scaled")] {
            ui.vertical(|ui| {
                ui.set_width(width);
                let axis = if which == "own" {
                    column.name().to_owned()
                } else {
                    format!(
                        "{}{}, as the network sees it",
                        seen.scaled()[0],
                        column.name()
                    )
                };
                histogram(ui, seen, &axis, spreads, [width, height], (which, at));
            });
        }
    });
}

fn part_index(split: Split) -> usize {
    usize::from(split == Split::Test)
}

fn part_color(seen: &Seen<'_>, split: Split) -> eframe::egui::Color32 {
    match split {
        Split::Train => seen.palette.train,
        Split::Test => seen.palette.test,
    }
}

/// A column whose values can be spread out.
#[derive(Clone, Copy)]
enum Column<'a> {
    /// An input, read at each step.
    Input(usize, &'a str),
    /// A target that is no input.
    Output(usize, &'a str),
}

fn columns<'a>(seen: &'a Seen<'_>) -> Vec<Column<'a>> {
    let dataset = seen.dataset;
    let inputs = dataset.input_names.iter().enumerate();
    let mut columns: Vec<Column<'_>> = if seen.one_hot {
        Vec::new()
    } else {
        inputs.map(|(at, name)| Column::Input(at, name)).collect()
    };
    if matches!(dataset.targets, Targets::Values(_)) {
        let targets = seen.source.and_then(|source| source.outlook.as_ref());
        for (at, name) in dataset.output_names.iter().enumerate() {
            let of = targets.and_then(|outlook| outlook.targets.get(outlook.target(at)));
            let input = dataset
                .input_names
                .iter()
                .position(|input| input == of.unwrap_or(name));
            // What is read already, scaled alike, is no other column.
            let known = input.and_then(|input| dataset.input_scalers.get(input));
            if known != dataset.output_scalers.get(at) {
                columns.push(Column::Output(at, name));
            }
        }
    }
    columns
}

impl<'a> Column<'a> {
    fn name(&self) -> &'a str {
        match self {
            Column::Input(_, name) | Column::Output(_, name) => name,
        }
    }

    fn scaler(self, dataset: &Dataset) -> Scaler {
        let scaler = match self {
            Column::Input(at, _) => dataset.input_scalers.get(at),
            Column::Output(at, _) => dataset.output_scalers.get(at),
        };
        scaler.copied().unwrap_or(Scaler::IDENTITY)
    }

    /// In its own unit and scaled. Each row is counted once, however many sequences read it.
    fn spreads(self, seen: &Seen<'_>) -> [Spreads; 2] {
        let dataset = seen.dataset;
        let rows = match seen.source.filter(|source| source.outlook.is_some()) {
            Some(source) if matches!(self, Column::Input(..)) => {
                survey::rows_of_parts(&source.report)
            }
            _ => {
                let asked = matches!(self, Column::Output(..));
                survey::distinct_rows(dataset, seen.every, asked)
            }
        };
        let own = |row: usize| match self {
            Column::Input(at, _) => survey::input_in_own_units(dataset, seen.table(), row, at),
            Column::Output(at, _) => dataset.target_in_own_units(row, at),
        };
        let scaled = |row: usize| match (self, &dataset.targets) {
            (Column::Input(at, _), _) => dataset.inputs.get([row, at]).copied(),
            (Column::Output(at, _), Targets::Values(values)) => values.get([row, at]).copied(),
            (Column::Output(..), Targets::Classes { .. }) => None,
        };
        let collect = |value: &dyn Fn(usize) -> Option<f64>| -> [Vec<f64>; 2] {
            [0, 1].map(|part: usize| {
                let values = rows[part].iter().filter_map(|&row| value(row));
                values.collect()
            })
        };
        [collect(&own), collect(&scaled)]
            .map(|[train, test]| survey::spreads([&train, &test], BINS))
    }
}

/// A scaler as a formula.
pub(super) fn scaling(scaler: Scaler) -> String {
    if scaler == Scaler::IDENTITY {
        return "read as it is".to_owned();
    }
    let what = match scaler.of {
        Scaled::Value => "value",
        Scaled::Logarithm => "ln value",
        Scaled::Change => "change",
    };
    let shift = number(scaler.shift.abs());
    let sign = if scaler.shift < 0.0 { "+" } else { "−" };
    let shifted = if scaler.shift == 0.0 {
        what.to_owned()
    } else {
        format!("({what} {sign} {shift})")
    };
    let factor = if scaler.factor == 1.0 {
        String::new()
    } else {
        format!(" / {}", number(scaler.factor))
    };
    format!("scaled = {shifted}{factor}, fitted on the training part")
}

fn histogram(
    ui: &mut Ui,
    seen: &Seen<'_>,
    axis: &str,
    spreads: &Spreads,
    [width, height]: [f32; 2],
    id: (&str, usize),
) {
    let palette = &seen.palette;
    let [train, test] = &spreads.parts;
    let told = |name: &str, spread: &Spread| match spread.count {
        0 => format!("{name} –"),
        // A mean of nothing but rounding is 0.
        _ if spread.mean.abs() < 1e-9 * spread.deviation => {
            format!("{name} 0 ± {}", number(spread.deviation))
        }
        _ => format!(
            "{name} {} ± {}",
            number(spread.mean),
            number(spread.deviation)
        ),
    };
    let told = format!("{}, {}", told("train", train), told("test", test));
    caption(ui, &told).on_hover_text("Mean ± standard deviation of each part");
    let bins = train.bins.len().max(test.bins.len()).max(1);
    let bin = (spreads.high - spreads.low) / bins as f64;
    let bin = if bin > 0.0 { bin } else { 1.0 };
    let low = if spreads.high > spreads.low {
        spreads.low
    } else {
        spreads.low - 0.5 * bins as f64
    };
    let bars = |spread: &Spread, name: &'static str, color: eframe::egui::Color32, filled: bool| {
        let count = spread.count.max(1) as f64;
        let bars = spread
            .bins
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let bars = bars.map(|(nth, &of)| {
            let bar = Bar::new(low + (nth as f64 + 0.5) * bin, 100.0 * of as f64 / count)
                .width(bin * 0.92);
            if filled {
                bar.fill(color.gamma_multiply(0.55)).stroke((0.0, color))
            } else {
                bar.fill(color.gamma_multiply(0.08)).stroke((1.0, color))
            }
        });
        BarChart::new(name, bars.collect()).element_formatter(Box::new(
            move |bar: &Bar, _: &BarChart| {
                format!(
                    "{name}: {} % between {} and {}",
                    number(bar.value),
                    number(bar.argument - 0.5 * bin),
                    number(bar.argument + 0.5 * bin)
                )
            },
        ))
    };
    let shown = plot(ui, "spread", axis, "% of part", Scale::Linear)
        .id(ui
            .scope_id()
            .with(("spread", id, spreads.low.to_bits(), spreads.high.to_bits())))
        .set_margin_fraction(Vec2::new(0.02, 0.06))
        .include_y(0.0)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .show_crosshair(false)
        .width(width)
        .height(height - 2.0 * GRID)
        .show(ui, |ui| {
            if train.count > 0 {
                let (from, to) = (train.mean - train.deviation, train.mean + train.deviation);
                ui.add(Span::new("", from..=to).fill(palette.cursor.gamma_multiply(0.08)));
            }
            ui.bar_chart(bars(train, "train", palette.train, true));
            ui.bar_chart(bars(test, "test", palette.test, false));
            if train.count > 0 {
                let mean = VLine::new("mean, train", train.mean).color(palette.cursor);
                ui.vline(mean.width(1.5).style(LineStyle::Solid));
            }
        });
    shown.response.widget_info(|| {
        WidgetInfo::labeled(Role::Image, true, format!("Histogram of {axis}: {told}"))
    });
}
