//! A legend of colours with words, which gets shorter where there is little room, and says all of it under the pointer.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, FontId, Galley, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

use crate::app::theme::{Palette, SMALL};

/// What a colour is that of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A line.
    Line,
    /// An area.
    Area,
    /// Dots.
    Dot,
}

/// A colour and what it stands for.
#[derive(Clone, Copy, Debug)]
pub struct Swatch<'a> {
    /// The colour.
    pub color: Color32,
    /// What is drawn in it.
    pub sign: Sign,
    /// What it stands for.
    pub text: &'a str,
    /// The same in fewer letters.
    pub short: &'a str,
}

/// The width of a colour, and the spaces behind it and behind its words, in points.
const COLOR: f32 = 14.0;
const SPACE: f32 = 4.0;
const GAP: f32 = 12.0;

/// Shows what a plot consists of, `head` first: whole, in short, or the colours alone. Nothing is shown where not even these
/// have room.
pub fn swatches(ui: &mut Ui, head: &str, all: &[Swatch<'_>]) -> Option<Response> {
    let palette = Palette::of(ui.visuals());
    let layout = |text: &str| {
        let font = FontId::proportional(SMALL);
        ui.painter()
            .layout_no_wrap(text.to_owned(), font, palette.text)
    };
    let whole = |head: &str, words: fn(&Swatch<'_>) -> String| {
        let words = all.iter().map(|swatch| layout(&words(swatch))).collect();
        (layout(head), words)
    };
    let width = |(head, words): &(Arc<Galley>, Vec<Arc<Galley>>)| {
        let space = |galley: &Arc<Galley>, gap: f32| match galley.size().x {
            0.0 => 0.0,
            width => width + gap,
        };
        let words = words.iter().map(|word| COLOR + space(word, SPACE));
        space(head, GAP) + words.sum::<f32>() + GAP * all.len().saturating_sub(1) as f32
    };
    let forms = [
        whole(head, |swatch| swatch.text.to_owned()),
        whole(head, |swatch| swatch.short.to_owned()),
        whole("", |swatch| swatch.short.to_owned()),
        whole("", |_| String::new()),
    ];
    let room = ui.available_width();
    let at = forms.iter().position(|form| width(form) <= room)?;
    let form = &forms[at];
    let (rect, response) = ui.allocate_exact_size(vec2(width(form), 20.0), Sense::hover());
    let texts: Vec<&str> = all.iter().map(|swatch| swatch.text).collect();
    let all_words = match head {
        "" => texts.join(", "),
        head => format!("{head}: {}", texts.join(", ")),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &all_words));
    let painter = ui.painter_at(rect.expand(1.0));
    let middle = rect.center().y;
    let mut x = rect.left();
    let write = |x: f32, galley: &Arc<Galley>| {
        let at = pos2(x, middle - 0.5 * galley.size().y);
        painter.galley(at, Arc::clone(galley), palette.text);
        x + galley.size().x
    };
    if form.0.size().x > 0.0 {
        x = write(x, &form.0) + GAP;
    }
    for (swatch, word) in all.iter().zip(&form.1) {
        let place = Rect::from_min_max(pos2(x, middle - 5.0), pos2(x + COLOR, middle + 5.0));
        let color = swatch.color;
        match swatch.sign {
            Sign::Line => drop(painter.hline(place.x_range(), middle, Stroke::new(2.0, color))),
            Sign::Area => drop(painter.rect_filled(place, 0.0, color)),
            Sign::Dot => drop(painter.circle_filled(place.center(), 3.0, color)),
        }
        x += COLOR;
        if word.size().x > 0.0 {
            x = write(x + SPACE, word);
        }
        x += GAP;
    }
    Some(match at {
        0 => response,
        _ => response.on_hover_text(all_words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};

    #[test]
    fn a_legend_gets_shorter_but_says_everything() {
        let mut widths = Vec::new();
        for room in [400.0, 200.0, 120.0, 50.0, 10.0] {
            let mut harness = Harness::builder()
                .with_size(vec2(room + 16.0, 60.0))
                .with_context_setup(crate::app::theme::install)
                .build_ui(move |ui| {
                    ui.set_max_width(room);
                    let swatch = |text, short, sign| Swatch {
                        color: Color32::GRAY,
                        sign,
                        text,
                        short,
                    };
                    let all = [
                        swatch("median", "mid", Sign::Line),
                        swatch("quartiles", "50 %", Sign::Area),
                    ];
                    swatches(ui, "over 16 units", &all);
                });
            harness.run();
            let legend = harness.query_by_label("over 16 units: median, quartiles");
            assert_eq!(legend.is_some(), room > 20.0, "{room}");
            widths.extend(legend.map(|legend| legend.rect().width()));
        }
        assert_eq!(widths.len(), 4);
        assert!(
            widths.windows(2).all(|pair| pair[0] > pair[1]),
            "{widths:?}"
        );
    }
}
