//! The classes of a labelled series, as coloured bands above its curve.

use super::{Seen, Sign, area, entry, note, place_told, sequence_at, words};
use crate::app::theme::{GRID, SMALL};
use crate::app::widgets::hatched_rect;
use crate::data::Targets;
use crate::data::survey::{self, Curve, Stretch};
use crate::session::Command;
use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Rangef, Rect, Sense, StrokeKind, Ui, pos2, vec2,
};
use egui_plot::PlotTransform;

/// The height of the bands, in points.
const BAND: f32 = 2.0 * GRID;

/// So many classes are named in the legend; of more it is said how many there are.
const LISTED: usize = 8;

/// Room for the bands above the plot.
pub(super) fn place(ui: &mut Ui, width: f32) -> Rect {
    ui.allocate_exact_size(vec2(width, BAND), Sense::hover()).0
}

/// What is asked of the sequence under the lens, and which colour is which class.
pub(super) fn legend(ui: &mut Ui, seen: &Seen<'_>) {
    let Targets::Classes { names, .. } = &seen.dataset.targets else {
        return;
    };
    let asked = survey::asked(seen.dataset, seen.span, seen.every);
    match survey::classes_asked(seen.dataset, asked).as_deref() {
        Some([class]) => {
            let text = format!("asked at its end: {class}");
            entry(ui, Sign::Dot, seen.palette.prediction, &text);
        }
        _ => note(ui, "asked: the class of each of its rows"),
    }
    if names.len() > LISTED {
        note(ui, &format!("{} classes", names.len()));
        return;
    }
    for (class, name) in names.iter().enumerate() {
        entry(ui, Sign::Area, seen.palette.class(class), name);
    }
}

/// Draws the bands into `place`, in line with the plot that `transform` is of.
pub(super) fn show(
    ui: &Ui,
    seen: &Seen<'_>,
    (curve, stretches): (&Curve, &[Stretch]),
    label: &str,
    place: Rect,
    transform: &PlotTransform,
    commands: &mut Vec<Command>,
) {
    let palette = &seen.palette;
    let bands = Rect::from_x_y_ranges(transform.frame().x_range(), place.y_range());
    words(
        ui.painter(),
        pos2(bands.left() - 6.0, bands.center().y),
        Align2::RIGHT_CENTER,
        label,
        palette.weak_text,
        bands.left() - 6.0 - place.left(),
    );
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(bands));
    for stretch in stretches {
        let [from, to] = [stretch.from, stretch.to].map(|x| transform.position_from_point_x(x));
        let band = Rect::from_x_y_ranges(Rangef::new(from, to), bands.y_range());
        let Some(class) = stretch.class else {
            hatched_rect(&painter, band, palette.weak_text.gamma_multiply(0.5));
            continue;
        };
        let fill = palette.class(class);
        painter.rect_filled(band, 0.0, fill);
        let name = seen.class_name(class).to_owned();
        let font = FontId::proportional(SMALL);
        let galley = painter.layout_no_wrap(name, font, palette.ink_on(fill));
        if galley.size().x + GRID <= band.width() {
            let at = band.center() - 0.5 * galley.size();
            painter.galley(at, galley, Color32::PLACEHOLDER);
        }
    }
    painter.rect_stroke(bands, 0.0, palette.hairline_stroke(), StrokeKind::Inside);

    let response = area(
        ui,
        bands,
        "labels",
        Sense::click(),
        &spoken(seen, label, stretches),
    );
    let Some(x) = response
        .hover_pos()
        .map(|at| transform.value_from_position(at).x)
    else {
        return;
    };
    ui.set_cursor_icon(CursorIcon::PointingHand);
    if response.clicked() {
        commands.extend(sequence_at(seen, curve, x));
    }
    if let Some(index) = curve.nearest(x) {
        let class = curve.classes.get(index);
        let told = format!(
            "{}\n{label} {}\n{}",
            place_told(seen, curve, index),
            class.map_or("", |&class| seen.class_name(class)),
            curve.parts[index].name()
        );
        response.on_hover_text_at_pointer(told);
    }
}

/// What a screen reader is told of the bands.
fn spoken(seen: &Seen<'_>, label: &str, stretches: &[Stretch]) -> String {
    let names = stretches.iter().take(40);
    let names = names.map(|stretch| match stretch.class {
        Some(class) => seen.class_name(class),
        None => "several",
    });
    let names: Vec<&str> = names.collect();
    let more = if stretches.len() > names.len() {
        " …"
    } else {
        ""
    };
    format!("Classes of {label}: {}{more}", names.join(", "))
}
