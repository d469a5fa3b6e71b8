//! Typeset formulas. The only file that knows RaTeX.
//!
//! A formula is drawn once at the physical size it will have on the screen, in white with alpha, placed on whole pixels
//! and tinted with the text colour, which keeps it as sharp as text. One with colours of its own is drawn in them.
//!
//! `\quantity{f}{f_t}` colours its second argument with the quantity's colour in the current theme.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::emath::GuiRounding as _;
use eframe::egui::{
    Color32, ColorImage, FontId, Galley, Painter, Pos2, Rect, Response, Sense, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use ratex_layout::LayoutOptions;
use ratex_render::RenderOptions;
use ratex_types::{DisplayItem, MathStyle};

use crate::app::theme::{Palette, quantity_color};
use crate::nn::Quantity;

/// How many drawn formulas are kept.
const CAPACITY: usize = 512;
/// A formula wider than its place is drawn smaller, down to this part of its size.
const SMALLEST: f32 = 0.6;
/// KaTeX draws its faces at 1.21 times the text around them, because they look small beside a sans serif.
const OPTICAL_SCALE: f32 = 1.12;

/// The formulas drawn so far; the window keeps one for all its views.
#[derive(Default)]
pub struct Formulas {
    drawn: HashMap<Key, Drawn>,
    clock: u64,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    latex: String,
    /// Size in physical pixels, in 1/64.
    size: u32,
    display: bool,
    /// The colour of what has no colour of its own; `None` in a formula that is tinted as a whole.
    color: Option<Color32>,
}

struct Drawn {
    picture: Result<Picture, String>,
    last_used: u64,
}

#[derive(Clone)]
struct Picture {
    texture: TextureHandle,
    /// In physical pixels.
    size: [usize; 2],
    /// The baseline below the upper edge, in whole physical pixels.
    baseline: usize,
    /// Empty pixels around the ink.
    margin: f32,
}

/// A formula ready to be placed in a line of text.
#[derive(Clone)]
pub struct InlineFormula {
    /// Its extent in points.
    pub size: Vec2,
    /// The baseline below the upper edge, in points.
    pub ascent: f32,
    /// What is wrong with the LaTeX, if anything is.
    pub error: Option<String>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Picture { picture: Picture, tinted: bool },
    Source(Arc<Galley>),
}

impl InlineFormula {
    /// Paints it with its left end of the baseline at `at`; `color` is the text colour.
    pub fn paint(&self, painter: &Painter, at: Pos2, color: Color32) {
        let top_left = at - vec2(0.0, self.ascent);
        match &self.content {
            Content::Picture { picture, tinted } => {
                let pixels = painter.pixels_per_point();
                let margin = vec2(picture.margin / pixels, 0.0);
                let corner = (top_left - margin).round_to_pixels(pixels);
                let size = vec2(picture.size[0] as f32, picture.size[1] as f32) / pixels;
                let tint = if *tinted { color } else { Color32::WHITE };
                painter.image(
                    picture.texture.id(),
                    Rect::from_min_size(corner, size),
                    Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
                    tint,
                );
            }
            Content::Source(galley) => {
                painter.galley(top_left, galley.clone(), color);
            }
        }
    }
}

impl Formulas {
    /// An empty collection.
    pub fn new() -> Formulas {
        Formulas::default()
    }

    /// How many formulas are kept.
    pub fn len(&self) -> usize {
        self.drawn.len()
    }

    /// Whether nothing was drawn yet.
    pub fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// Shows `latex` at `size` points, in display style (limits above and below, tall fractions) or text style.
    ///
    /// Screen readers get the LaTeX. A formula that is too wide is drawn smaller; one that cannot be read is shown as its
    /// source in the error colour, with the reason on hover.
    pub fn show(&mut self, ui: &mut Ui, latex: &str, size: f32, display: bool) -> Response {
        self.show_spoken(ui, latex, latex, size, display)
    }

    /// Like [`Formulas::show`], with the text screen readers get.
    pub fn show_spoken(
        &mut self,
        ui: &mut Ui,
        latex: &str,
        spoken: &str,
        size: f32,
        display: bool,
    ) -> Response {
        let room = ui.available_width();
        let mut formula = self.layout(ui, latex, size, display);
        if formula.size.x > room && formula.error.is_none() {
            let part = (room / formula.size.x).clamp(SMALLEST, 1.0);
            formula = self.layout(ui, latex, size * part, display);
        }
        let (rect, response) = ui.allocate_exact_size(formula.size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken));
        if ui.is_rect_visible(rect) {
            let color = ui.visuals().text_color();
            formula.paint(ui.painter(), rect.min + vec2(0.0, formula.ascent), color);
        }
        match formula.error {
            Some(error) => response.on_hover_text(format!("This formula cannot be shown. {error}")),
            None => response,
        }
    }

    /// Prepares `latex` in text style for a line of text of `size` points.
    pub fn inline(&mut self, ui: &Ui, latex: &str, size: f32) -> InlineFormula {
        self.layout(ui, latex, size, false)
    }

    fn layout(&mut self, ui: &Ui, latex: &str, size: f32, display: bool) -> InlineFormula {
        let palette = Palette::of(ui.visuals());
        let pixels = ui.pixels_per_point();
        let source = with_quantity_colors(latex, palette.dark);
        let colored = source.contains("color");
        let text_color = ui.visuals().text_color();
        let key = Key {
            size: (64.0 * size * OPTICAL_SCALE * pixels).round() as u32,
            display,
            color: colored.then_some(text_color),
            latex: source.into_owned(),
        };
        self.clock += 1;
        if !self.drawn.contains_key(&key) {
            self.make_room();
            let picture = draw(ui, &key);
            let entry = Drawn {
                picture,
                last_used: self.clock,
            };
            self.drawn.insert(key.clone(), entry);
        }
        let found = self.drawn.get_mut(&key).map(|drawn| {
            drawn.last_used = self.clock;
            drawn.picture.clone()
        });
        match found.unwrap_or_else(|| Err(String::new())) {
            Ok(picture) => {
                let margin = 2.0 * picture.margin;
                InlineFormula {
                    size: vec2(picture.size[0] as f32 - margin, picture.size[1] as f32) / pixels,
                    ascent: picture.baseline as f32 / pixels,
                    error: None,
                    content: Content::Picture {
                        picture,
                        tinted: !colored,
                    },
                }
            }
            Err(error) => {
                let font = FontId::monospace(size - 1.0);
                let galley = ui
                    .painter()
                    .layout_no_wrap(latex.to_owned(), font, palette.error);
                let ascent = galley
                    .rows
                    .first()
                    .and_then(|row| Some(row.pos.y + row.row.glyphs.first()?.pos.y))
                    .unwrap_or(size);
                InlineFormula {
                    size: galley.size(),
                    ascent,
                    error: Some(error),
                    content: Content::Source(galley),
                }
            }
        }
    }

    /// Drops the half not used for longest when full.
    fn make_room(&mut self) {
        if self.drawn.len() < CAPACITY {
            return;
        }
        let mut ages: Vec<u64> = self.drawn.values().map(|drawn| drawn.last_used).collect();
        ages.sort_unstable();
        let oldest = ages[ages.len() / 2];
        self.drawn.retain(|_, drawn| drawn.last_used > oldest);
    }
}

/// `\quantity{name}` becomes `\textcolor{#rrggbb}`; a name that is none stays and is reported as an unknown command.
fn with_quantity_colors(latex: &str, dark: bool) -> Cow<'_, str> {
    const COMMAND: &str = "\\quantity{";
    if !latex.contains(COMMAND) {
        return Cow::Borrowed(latex);
    }
    let mut text = String::with_capacity(latex.len() + 32);
    let mut rest = latex;
    while let Some(start) = rest.find(COMMAND) {
        let (before, after) = rest.split_at(start);
        text.push_str(before);
        let name = &after[COMMAND.len()..];
        let found = name
            .split_once('}')
            .and_then(|(name, rest)| Some((Quantity::from_name(name)?, rest)));
        match found {
            Some((quantity, behind)) => {
                let [red, green, blue, _] = quantity_color(quantity, dark).to_array();
                text.push_str(&format!("\\textcolor{{#{red:02x}{green:02x}{blue:02x}}}"));
                rest = behind;
            }
            None => {
                text.push_str(COMMAND);
                rest = name;
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn draw(ui: &Ui, key: &Key) -> Result<Picture, String> {
    let white = ratex_types::Color::WHITE;
    let color = key.color.map_or(white, |color| {
        let [red, green, blue, _] = color.to_srgba_unmultiplied();
        let part = |byte: u8| f32::from(byte) / 255.0;
        ratex_types::Color::rgb(part(red), part(green), part(blue))
    });
    let style = if key.display {
        MathStyle::Display
    } else {
        MathStyle::Text
    };
    let nodes = ratex_parser::parse(&key.latex).map_err(|error| error.to_string())?;
    let options = LayoutOptions::default().with_style(style).with_color(color);
    let list = ratex_layout::to_display_list(&ratex_layout::layout(&nodes, &options));
    let has_ink = list
        .items
        .iter()
        .any(|item| !matches!(item, DisplayItem::Rect { .. }) || list.width > 0.0);
    if !has_ink {
        return Err("It is empty.".to_owned());
    }
    let em = key.size as f32 / 64.0;
    // The margin puts the baseline on a whole pixel, so that letters stand as sharp as the text beside them.
    let above = list.height as f32 * em;
    let margin = (above + 1.0).ceil() - above;
    let options = RenderOptions {
        font_size: em,
        padding: margin,
        background_color: ratex_types::Color::new(color.r, color.g, color.b, 0.0),
        device_pixel_ratio: 1.0,
        ..RenderOptions::default()
    };
    let png = ratex_render::render_to_png(&list, &options)?;
    let image = image::load_from_memory_with_format(&png, image::ImageFormat::Png)
        .map_err(|error| error.to_string())?
        .into_rgba8();
    let size = [image.width() as usize, image.height() as usize];
    if size.into_iter().max() > Some(ui.input(|input| input.max_texture_side)) {
        return Err("It is too large to draw.".to_owned());
    }
    let image = ColorImage::from_rgba_unmultiplied(size, image.as_raw());
    Ok(Picture {
        texture: ui
            .ctx()
            .load_texture("formula", image, TextureOptions::LINEAR),
        size,
        baseline: (above + margin).round() as usize,
        margin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::theme::TEXT;
    use egui_kittest::{Harness, kittest::Queryable};

    fn shown(check: impl Fn(&mut Ui, &mut Formulas) + 'static) {
        let mut formulas = Formulas::new();
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui(move |ui| check(ui, &mut formulas));
        harness.run();
    }

    #[test]
    fn a_formula_keeps_its_source_for_screen_readers() {
        let mut formulas = Formulas::new();
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui(move |ui| {
                formulas.show(ui, "c_t = f_t \\odot c_{t-1}", TEXT, true);
                formulas.show_spoken(ui, "h_t", "the hidden state", TEXT, false);
            });
        harness.run();
        assert!(harness.query_by_label("c_t = f_t \\odot c_{t-1}").is_some());
        assert!(harness.query_by_label("the hidden state").is_some());
    }

    #[test]
    fn a_malformed_formula_is_an_error_not_a_panic() {
        let nested = "{".repeat(20_000);
        let bad = [
            "\\frac{1}{",
            "x^",
            "\\nosuchcommand",
            "\\left( x",
            "a & b",
            "}",
            "\\quantity{nope}{x}",
            "\\begin{matrix} 1 ",
            "x^2^3",
            "",
        ];
        shown(move |ui, formulas| {
            for latex in bad.iter().copied().chain([nested.as_str()]) {
                let formula = formulas.inline(ui, latex, TEXT);
                assert!(formula.error.is_some(), "{latex:.20}");
            }
            formulas.show(ui, "\\frac{1}{", TEXT, true);
        });
    }

    #[test]
    fn quantities_are_colored() {
        let latex = with_quantity_colors("a \\quantity{f}{f_t} + \\quantity{zz}{x}", false);
        assert_eq!(latex, "a \\textcolor{#0063a3}{f_t} + \\quantity{zz}{x}");
        shown(|ui, formulas| {
            let formula = formulas.inline(ui, "\\quantity{f}{f_t}", TEXT);
            assert_eq!(formula.error, None);
            assert!(matches!(
                formula.content,
                Content::Picture { tinted: false, .. }
            ));
        });
    }

    #[test]
    fn the_baseline_lies_inside() {
        shown(|ui, formulas| {
            for latex in [
                "x",
                "g_t",
                "\\frac{a}{b}",
                "\\sum_{t=1}^{T} \\ell_t",
                "W^{\\top}",
            ] {
                let formula = formulas.inline(ui, latex, TEXT);
                assert_eq!(formula.error, None, "{latex}");
                assert!(
                    formula.ascent > 0.0 && formula.ascent < formula.size.y,
                    "{latex}"
                );
            }
        });
    }

    #[test]
    fn the_collection_is_bounded() {
        shown(|ui, formulas| {
            for k in 0..2 * CAPACITY {
                formulas.inline(ui, &format!("x_{{{k}}}"), TEXT);
                assert!(formulas.len() <= CAPACITY);
            }
        });
    }
}
