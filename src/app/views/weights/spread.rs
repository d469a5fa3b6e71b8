//! How the numbers of a block spread, as bars about 0.

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{number, significant};
use crate::train::weights::Block;
use crate::words::grouped;
use eframe::egui::accesskit::Role;
use eframe::egui::{Align2, Color32, FontId, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// How high the bars are.
const HEIGHT: f32 = 4.0 * GRID;

/// Draws the histogram of a block from −`largest` to `largest`.
pub(super) fn histogram(ui: &mut Ui, block: &Block, largest: f64, color: Color32) {
    let palette = Palette::of(ui.visuals());
    let size = vec2(ui.available_width().min(26.0 * GRID), HEIGHT + 16.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let bars = rect.with_max_y(rect.top() + HEIGHT);
    let most = block.histogram.iter().copied().max().unwrap_or(0).max(1);
    let count = block.histogram.len().max(1);
    let ends = |bin: usize| {
        let width = 2.0 * largest / count as f64;
        [bin, bin + 1].map(|edge| number(edge as f64 * width - largest))
    };
    let all: usize = block.histogram.iter().sum();
    let told = |bin: usize| {
        let [from, to] = ends(bin);
        let here = block.histogram[bin];
        format!("{} of {} from {from} to {to}", grouped(here), grouped(all))
    };
    let fullest = (0..count).max_by_key(|&bin| block.histogram.get(bin).copied());
    response.widget_info(|| {
        let fullest = fullest.filter(|_| all > 0).map_or(String::new(), &told);
        let text = format!("Spread of {}: most, {fullest}", block.name);
        WidgetInfo::labeled(Role::Image, true, text)
    });
    let painter = ui.painter();
    let width = bars.width() / count as f32;
    let hovered = response.hover_pos().filter(|at| bars.contains(*at));
    let hovered = hovered.map(|at| (((at.x - bars.left()) / width) as usize).min(count - 1));
    for (bin, &here) in block.histogram.iter().enumerate() {
        if here == 0 {
            continue;
        }
        let high = (here as f32 / most as f32 * HEIGHT).max(1.0);
        let left = bars.left() + bin as f32 * width;
        let bar = Rect::from_min_max(
            pos2(left + 0.5, bars.bottom() - high),
            pos2(left + width - 0.5, bars.bottom()),
        );
        let strong = hovered == Some(bin);
        let fill = if strong {
            color
        } else {
            color.gamma_multiply(0.65)
        };
        painter.rect_filled(bar, 0.0, fill);
    }
    painter.hline(bars.x_range(), bars.bottom(), palette.hairline_stroke());
    let middle = Stroke::new(1.0, palette.weak_text);
    painter.vline(bars.center().x, bars.bottom() - 3.0..=bars.bottom(), middle);
    let y = bars.bottom() + 2.0;
    let font = FontId::proportional(SMALL - 1.0);
    for (x, align, value) in [
        (bars.left(), Align2::LEFT_TOP, -largest),
        (bars.center().x, Align2::CENTER_TOP, 0.0),
        (bars.right(), Align2::RIGHT_TOP, largest),
    ] {
        let text = significant(value, 2);
        painter.text(pos2(x, y), align, text, font.clone(), palette.weak_text);
    }
    if let Some(bin) = hovered {
        response.on_hover_text_at_pointer(told(bin));
    }
}
