//! What the network writes after the probe, each symbol read again, with the probabilities that it was drawn from.

use super::NONE;
use super::text::{self, Cell, Row};
use crate::app::theme::{GRID, Palette, SMALL, readable_on};
use crate::app::views::Scene;
use crate::app::widgets::{HeatMapKind, Term, caption, empty_state, explained, segmented};
use crate::train::continuation::Written;
use crate::train::{Answer, Continuation, Question};
use eframe::egui::{
    Align, Align2, DragValue, FontId, Layout, Rect, RichText, Sense, Ui, pos2, vec2,
};

/// How the network is to go on.
pub(super) struct Going {
    /// Whether the likeliest symbol is taken instead of one drawn.
    likeliest: bool,
    temperature: f64,
    seed: u64,
    /// Which symbol the pointer was at last, among those written.
    pointed: usize,
}

impl Default for Going {
    fn default() -> Self {
        Self {
            likeliest: false,
            temperature: 1.0,
            seed: 1,
            pointed: 0,
        }
    }
}

/// How many symbols are written.
const STEPS: usize = 200;

/// The table of probabilities, and the least width of a view with room for it beside the text.
const TABLE: f32 = 208.0;
const ROOMY: f32 = 520.0;

impl Going {
    pub(super) fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        self.choices(ui);
        let question = Question::Continuation {
            steps: STEPS,
            temperature: if self.likeliest {
                0.0
            } else {
                self.temperature
            },
            seed: self.seed,
        };
        let told = scene.session.ask(&question);
        let written = match told.answer.as_deref() {
            Some(Answer::Continuation(Some(written))) => written.clone(),
            Some(_) => {
                empty_state(
                    ui,
                    "What the network writes by itself will appear here.",
                    "It takes a network that reads time forward and is asked for the next symbol.",
                );
                return;
            }
            None => {
                caption(ui, "It is being worked out.");
                return;
            }
        };
        if !told.is_current {
            caption(ui, &format!("Of update {}", told.update));
        }
        let how = match self.likeliest {
            true => "the likeliest each time".to_owned(),
            false => format!(
                "drawn at temperature {}, seed {}",
                self.temperature, self.seed
            ),
        };
        caption(
            ui,
            &format!(
                "{} symbols after the probe’s {}, {how}. The darker, the likelier the network held it",
                written.written.len(),
                written.beginning.len()
            ),
        );
        ui.add_space(0.5 * GRID);
        let (width, height) = (ui.available_width(), ui.available_height());
        if width < ROOMY {
            self.text(ui, &written);
            return;
        }
        ui.horizontal_top(|ui| {
            let layout = Layout::top_down(Align::Min);
            let of_text = vec2(width - TABLE - 3.0 * GRID, height);
            ui.allocate_ui_with_layout(of_text, layout, |ui| self.text(ui, &written));
            ui.add_space(GRID);
            ui.allocate_ui_with_layout(vec2(TABLE, height), layout, |ui| self.table(ui, &written));
        });
    }

    fn choices(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let ways = [(false, "drawn"), (true, "likeliest")];
            segmented(ui, "Next symbol", &mut self.likeliest, &ways).on_hover_text(
                "Each symbol is drawn by its probability, or the likeliest is taken",
            );
            ui.add_space(GRID);
            ui.add_enabled_ui(!self.likeliest, |ui| {
                let label = ui.label(RichText::new("Temperature").size(SMALL));
                explained(label, "", &[Term::Temperature]);
                ui.name_inputs("Temperature", |ui| {
                    ui.add(
                        DragValue::new(&mut self.temperature)
                            .range(0.1..=3.0)
                            .speed(0.01)
                            .max_decimals(2),
                    );
                });
                ui.add_space(GRID);
                ui.label(RichText::new("Seed").size(SMALL));
                ui.name_inputs("Seed of the text", |ui| {
                    ui.add(DragValue::new(&mut self.seed).speed(0.1));
                });
            });
        });
    }

    fn text(&mut self, ui: &mut Ui, written: &Continuation) {
        let palette = Palette::of(ui.visuals());
        let names: Vec<&str> = written.names.iter().map(String::as_str).collect();
        let read = written.beginning.len();
        let rows = [
            Row {
                head: "read".into(),
                cells: 0..read,
            },
            Row {
                head: "wrote".into(),
                cells: read..read + written.written.len(),
            },
        ];
        let cell = |at: usize| match at.checked_sub(read) {
            None => Cell {
                symbol: written.beginning[at],
                fill: NONE,
                text: palette.weak_text,
            },
            Some(at) => {
                let fill = HeatMapKind::Unit.color(written.written[at].probability, palette.dark);
                Cell {
                    symbol: written.written[at].symbol,
                    fill,
                    text: readable_on(fill),
                }
            }
        };
        let title = "Symbols written by the network";
        let grid = text::show(ui, title, &names, &rows, cell, None);
        let Some(at) = grid.hovered.and_then(|at| at.checked_sub(read)) else {
            return;
        };
        if self.pointed != at {
            self.pointed = at;
            ui.ctx().request_repaint();
        }
        let told = &written.written[at];
        let likeliest: Vec<String> = told
            .likeliest
            .iter()
            .map(|&(symbol, probability)| format!("{} {}", names[symbol], percent(probability)))
            .collect();
        grid.response.on_hover_text_at_pointer(format!(
            "“{}”, held {} likely\n{}",
            names[told.symbol],
            percent(told.probability),
            likeliest.join("   ")
        ));
    }

    /// The probabilities of the symbol that the pointer was at last.
    fn table(&self, ui: &mut Ui, written: &Continuation) {
        let palette = Palette::of(ui.visuals());
        let Some(told) = written
            .written
            .get(self.pointed.min(written.written.len().saturating_sub(1)))
        else {
            return;
        };
        let at = self.pointed + 1;
        let label = caption(
            ui,
            &format!("The network’s probabilities for symbol {at} it wrote"),
        );
        explained(
            label,
            "softmax(y), whatever the temperature; point at another symbol",
            &[],
        );
        let Written {
            symbol, likeliest, ..
        } = told;
        for &(class, probability) in likeliest {
            let (row, _) = ui.allocate_exact_size(vec2(TABLE - 8.0, 20.0), Sense::hover());
            let painter = ui.painter_at(row);
            let font = FontId::proportional(SMALL);
            let color = if class == *symbol {
                palette.strong_text
            } else {
                palette.weak_text
            };
            let name = &written.names[class];
            painter.text(
                pos2(row.left() + 16.0, row.center().y),
                Align2::CENTER_CENTER,
                name,
                font.clone(),
                color,
            );
            let full = row.width() - 32.0 - 56.0;
            let bar = Rect::from_min_size(
                pos2(row.left() + 32.0, row.center().y - 4.0),
                vec2(full * probability as f32, 8.0),
            );
            painter.rect_filled(bar, 0.0, palette.prediction);
            painter.text(
                pos2(row.right(), row.center().y),
                Align2::RIGHT_CENTER,
                percent(probability),
                font,
                color,
            );
        }
        let rest = 1.0
            - likeliest
                .iter()
                .map(|(_, probability)| probability)
                .sum::<f64>();
        let others = written.names.len() - likeliest.len();
        if others > 0 {
            caption(
                ui,
                &format!("All {others} others {}", percent(rest.max(0.0))),
            );
        }
    }
}

fn percent(share: f64) -> String {
    crate::words::percent_to(share, 1)
}
