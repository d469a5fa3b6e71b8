//! Numbers that stay in sight, whatever is looked at: their values and gradients as far as the sweep has them.

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::views::{Scene, Shared, number};
use crate::app::widgets::number as digits;
use crate::train::question::Spot;
use crate::train::{Answer, Question};
use eframe::egui::{Button, RichText, Role, ScrollArea, Ui, WidgetInfo};

/// How high it is.
pub const HEIGHT: f32 = 30.0;

/// Draws them side by side; a click on one opens it.
pub fn show(ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
    let palette = Palette::of(ui.visuals());
    let mut unpinned: Option<Spot> = None;
    let mut wanted: Option<Spot> = None;
    ScrollArea::horizontal().id_salt("pinned").show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Pinned").size(SMALL).color(palette.weak_text));
            for &spot in &shared.pinned {
                ui.add_space(GRID);
                let name = number::name_of(scene, spot);
                let told = scene.session.ask(&Question::Explain(spot));
                let small = |text: String| RichText::new(text).size(SMALL);
                let open = ui.link(small(name.clone()));
                if open.on_hover_text("Open it in “Number”").clicked() {
                    wanted = Some(spot);
                }
                let text = match told.answer.as_deref() {
                    Some(Answer::Account(Some(account))) => {
                        let value = match number::is_computed(scene, spot) {
                            true => format!("= {}", digits(account.value)),
                            false => "not computed yet".into(),
                        };
                        let gradient = match number::has_arrived(scene, spot, account) {
                            true => format!(", gradient {}", digits(account.adjoint)),
                            false => String::new(),
                        };
                        value + &gradient
                    }
                    Some(Answer::Account(None)) => "is not in this network".into(),
                    _ => "…".into(),
                };
                ui.label(small(text));
                let close = ui.add(Button::new(small("×".into())).frame(false));
                close.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Unpin {name}"))
                });
                if close.on_hover_text("Unpin").clicked() {
                    unpinned = Some(spot);
                }
            }
        });
    });
    shared.pinned.retain(|&spot| Some(spot) != unpinned);
    if wanted.is_some() {
        (shared.number, shared.number_asked) = (wanted, true);
    }
}
