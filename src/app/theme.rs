//! The look: fonts, sizes, spacing and every colour.
//!
//! Colour is spent on data. Each [`Quantity`] has one colour, the same in plots, diagrams and coloured words, taken from
//! Okabe and Ito's set ("Color universal design", 2008) with two deviations: on a light background the light members are
//! darkened, on a dark one all are lightened, so that each stays readable as text (tested: contrast of at least 3 : 1).
//! The rest of the window is ink on paper, plus one accent for the next action.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, FontTweak,
    Margin, RichText, Shadow, Stroke, Style, TextStyle, Theme, Visuals, emath,
    style::NumberFormatter, vec2,
};

use crate::nn::Quantity;

/// One step of the grid on which everything is laid out, in points.
pub const GRID: f32 = 8.0;
/// The size of running text, in points.
pub const TEXT: f32 = 14.0;
/// The size of axis numbers, units and captions, in points.
pub const SMALL: f32 = 12.0;
/// The size of a page's title, in points.
pub const HEADING: f32 = 19.0;
/// The height of a line of running text, as a multiple of its size.
pub const LINE_HEIGHT: f32 = 1.45;

const SEMI_BOLD: &str = "semi-bold";
const SYMBOLS: &str = "symbols";
const ITALIC: &str = "italic";

/// The face for strong words and headings.
pub fn semi_bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMI_BOLD.into()))
}

/// The face for emphasised words.
pub fn italic(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ITALIC.into()))
}

/// Playback signs for a button: here ⏮ ◀ ▶ ⏭ ⏸ are of one design, while the text face has its own ◀ ▶.
pub fn symbols(signs: &str) -> RichText {
    let font = FontId::new(TEXT, FontFamily::Name(SYMBOLS.into()));
    // The symbol face is much taller than its signs; the button should be as high as its neighbours.
    RichText::new(signs)
        .font(font)
        .line_height(Some(1.2 * TEXT))
}

/// Black or white, whichever is easier to read on `fill`.
pub fn readable_on(fill: Color32) -> Color32 {
    match contrast(Color32::BLACK, fill) >= contrast(Color32::WHITE, fill) {
        true => Color32::BLACK,
        false => Color32::WHITE,
    }
}

/// The face for signs.
pub fn symbol_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SYMBOLS.into()))
}

/// Sets fonts, sizes, spacing and both themes; call it once, before anything is drawn.
///
/// On a desktop that does not say whether it is dark or light, the light theme is used.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(Theme::Dark, style(true));
    ctx.set_style_of(Theme::Light, style(false));
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, bytes: &'static [u8], tweak: FontTweak| {
        fonts.font_data.insert(
            name.to_owned(),
            Arc::new(FontData::from_static(bytes).tweak(tweak)),
        );
    };
    let plain = FontTweak::default;
    add(
        "Inter",
        include_bytes!("../../assets/fonts/Inter-Regular.otf"),
        plain(),
    );
    add(
        "Inter Italic",
        include_bytes!("../../assets/fonts/Inter-Italic.otf"),
        plain(),
    );
    add(
        "Inter SemiBold",
        include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
        plain(),
    );
    add(
        "Noto Sans",
        include_bytes!("../../assets/fonts/NotoSans-Regular.ttf"),
        plain(),
    );
    add(
        "Noto Sans Math",
        include_bytes!("../../assets/fonts/NotoSansMath-Regular.ttf"),
        plain(),
    );
    add(
        "Noto Sans Symbols 2",
        include_bytes!("../../assets/fonts/NotoSansSymbols2-Subset.ttf"),
        // The signs stand on the baseline; this centres them on the height of the letters beside them.
        FontTweak {
            y_offset_factor: 0.09,
            ..FontTweak::default()
        },
    );

    // The first face of a family sets the height of its lines, so the text faces come first.
    let fallbacks = [
        "Noto Sans",
        "Noto Sans Math",
        "Noto Sans Symbols 2",
        "egui-icons",
    ];
    let chain = |first: &[&str]| -> Vec<String> {
        first
            .iter()
            .chain(&fallbacks)
            .map(|name| (*name).to_owned())
            .collect()
    };
    let named = |name: &str| FontFamily::Name(name.into());
    fonts.families = BTreeMap::from([
        (FontFamily::Proportional, chain(&["Inter"])),
        (FontFamily::Monospace, chain(&["Hack", "Inter"])),
        (named(SEMI_BOLD), chain(&["Inter SemiBold"])),
        (named(ITALIC), chain(&["Inter Italic"])),
        (named(SYMBOLS), chain(&["Noto Sans Symbols 2", "Inter"])),
    ]);
    fonts
}

/// A number in a field that it is changed in, with a minus sign as numbers have everywhere; read back it may be a hyphen, too.
fn with_minus(value: f64, decimals: RangeInclusive<usize>) -> String {
    emath::format_with_decimals_in_range(value, decimals).replace('-', "−")
}

fn style(dark: bool) -> Style {
    let mut style = Style {
        visuals: visuals(dark),
        text_styles: BTreeMap::from([
            (TextStyle::Small, FontId::proportional(SMALL)),
            (TextStyle::Body, FontId::proportional(TEXT)),
            (TextStyle::Button, FontId::proportional(TEXT)),
            (TextStyle::Heading, semi_bold(HEADING)),
            (TextStyle::Monospace, FontId::monospace(TEXT - 1.0)),
        ]),
        animation_time: 0.1,
        number_formatter: NumberFormatter::new(with_minus),
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(GRID, GRID);
    spacing.button_padding = vec2(1.5 * GRID, 5.0);
    spacing.interact_size = vec2(5.0 * GRID, 3.5 * GRID);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(8);
    spacing.menu_spacing = 0.0;
    spacing.indent = 2.0 * GRID;
    // Lists are open to their full height: what is cut off at a row looks like all there is.
    spacing.combo_height = 50.0 * GRID;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 8.0;
    spacing.icon_spacing = GRID;
    spacing.slider_width = 16.0 * GRID;
    spacing.slider_rail_height = 4.0;
    spacing.combo_width = 16.0 * GRID;
    spacing.tooltip_width = 46.0 * GRID;
    // Under the pointer it gets wider, and floats over what is beside it.
    spacing.scroll.bar_width = 6.0;
    style.interaction.tooltip_delay = 0.35;
    // Labels are read, not copied; a lesson's text and the inspector's numbers say where they can be selected.
    style.interaction.selectable_labels = false;
    style
}

fn visuals(dark: bool) -> Visuals {
    let palette = Palette::new(dark);
    let base = if dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    let mut visuals = Visuals {
        panel_fill: palette.background,
        window_fill: palette.raised,
        window_stroke: Stroke::new(1.0, palette.hairline),
        window_corner_radius: CornerRadius::same(8),
        menu_corner_radius: CornerRadius::same(8),
        window_highlight_topmost: false,
        faint_bg_color: palette.faint,
        extreme_bg_color: palette.field,
        text_edit_bg_color: Some(palette.field),
        code_bg_color: palette.faint,
        hyperlink_color: palette.accent_text,
        warn_fg_color: palette.threshold,
        error_fg_color: palette.error,
        weak_text_color: Some(palette.weak_text),
        slider_trailing_fill: true,
        indent_has_left_vline: false,
        handle_shape: egui::style::HandleShape::Circle,
        popup_shadow: Shadow {
            offset: [0, 4],
            blur: 16,
            spread: 0,
            color: Color32::from_black_alpha(if dark { 96 } else { 28 }),
        },
        ..base
    };
    visuals.window_shadow = visuals.popup_shadow;
    visuals.selection.bg_fill = palette.selection;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent_text);

    let radius = CornerRadius::same(6);
    let hairline = Stroke::new(1.0, palette.hairline);
    let outline = Stroke::new(1.0, palette.outline);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_fill = palette.background;
    widgets.noninteractive.weak_bg_fill = palette.background;
    widgets.noninteractive.bg_stroke = hairline;
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, palette.text);
    widgets.noninteractive.corner_radius = radius;

    widgets.inactive.bg_fill = palette.track;
    widgets.inactive.weak_bg_fill = palette.control;
    widgets.inactive.bg_stroke = outline;
    widgets.inactive.fg_stroke = Stroke::new(1.0, palette.text);

    widgets.hovered.bg_fill = palette.track;
    widgets.hovered.weak_bg_fill = palette.control_hovered;
    widgets.hovered.bg_stroke = outline;
    widgets.hovered.fg_stroke = Stroke::new(1.0, palette.strong_text);

    // Keyboard focus draws a widget as active, so the accent line here is the focus ring.
    widgets.active.bg_fill = palette.track;
    widgets.active.weak_bg_fill = palette.control_pressed;
    widgets.active.bg_stroke = Stroke::new(1.0, palette.accent_text);
    widgets.active.fg_stroke = Stroke::new(1.0, palette.strong_text);

    widgets.open = widgets.hovered;
    for widget in [
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    visuals
}

/// The colours that mean something, for one of the two themes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Whether these are the colours for a dark background.
    pub dark: bool,
    /// What panels are filled with.
    pub background: Color32,
    /// Windows, menus and tooltips.
    pub raised: Color32,
    /// Text fields.
    pub field: Color32,
    /// Barely different from the background: code, cards, tracks.
    pub faint: Color32,
    /// The line between two things.
    pub hairline: Color32,
    /// The outline of a control that can be changed.
    pub outline: Color32,
    /// The rail of a slider and the track of a choice.
    pub track: Color32,
    /// A control at rest.
    pub control: Color32,
    /// A control under the pointer.
    pub control_hovered: Color32,
    /// A control that is held down.
    pub control_pressed: Color32,
    /// Running text.
    pub text: Color32,
    /// Headings and what is under the pointer.
    pub strong_text: Color32,
    /// Units, captions, axis numbers.
    pub weak_text: Color32,
    /// The fill of the next action; at most one on the screen.
    pub accent: Color32,
    /// The accent under the pointer.
    pub accent_hovered: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The accent as a line or a word: links and the keyboard's focus.
    pub accent_text: Color32,
    /// What is selected.
    pub selection: Color32,
    /// The shared time cursor.
    pub cursor: Color32,
    /// A loss on the training part.
    pub train: Color32,
    /// A loss on the test part, and the truth a prediction is held against.
    pub test: Color32,
    /// A prediction: the colour of the model's output.
    pub prediction: Color32,
    /// A naive forecast.
    pub naive: Color32,
    /// The value a season ago.
    pub seasonal: Color32,
    /// An autoregression's forecast.
    pub autoregression: Color32,
    /// A gradient norm before clipping.
    pub before_clipping: Color32,
    /// A gradient norm after clipping.
    pub after_clipping: Color32,
    /// A limit, such as the clipping threshold.
    pub threshold: Color32,
    /// What went wrong.
    pub error: Color32,
    /// What is right.
    pub ok: Color32,
    /// The place of what the cursor has not yet revealed.
    pub ghost: Color32,
    /// The outline of such a place, and the arrows that lead there.
    pub ghost_line: Color32,
}

impl Palette {
    /// The colours that fit these visuals.
    pub fn of(visuals: &Visuals) -> Palette {
        Palette::new(visuals.dark_mode)
    }

    /// The colours for a dark or a light background.
    pub fn new(dark: bool) -> Palette {
        if dark {
            Palette {
                dark,
                background: rgb(0x16181d),
                raised: rgb(0x1c1f25),
                field: rgb(0x101216),
                faint: rgb(0x1d2026),
                hairline: rgb(0x2c3038),
                outline: rgb(0x363b44),
                track: rgb(0x262a31),
                control: rgb(0x1f2329),
                control_hovered: rgb(0x2a2f37),
                control_pressed: rgb(0x1b1e24),
                text: rgb(0xd9dde3),
                strong_text: rgb(0xf3f5f7),
                weak_text: rgb(0x989ea9),
                accent: rgb(0x5a66d8),
                accent_hovered: rgb(0x6974e4),
                on_accent: rgb(0xffffff),
                accent_text: rgb(0x9aa4f6),
                selection: rgb(0x30365c),
                cursor: rgb(0x9aa4f6),
                train: rgb(0x8fa9cb),
                test: rgb(0xe9ecf0),
                // Stronger than the output's own: beside the truth, which is nearly white, that is too pale.
                prediction: rgb(0x9f7bff),
                naive: rgb(0x858b96),
                seasonal: rgb(0xf2ac2e),
                autoregression: rgb(0x4fa3e6),
                before_clipping: rgb(0xef8f78),
                after_clipping: rgb(0x64c1c7),
                threshold: rgb(0xd9b45a),
                error: rgb(0xf2837b),
                ok: rgb(0x5cc98b),
                ghost: rgb(0x1f2228),
                ghost_line: rgb(0x4b515c),
            }
        } else {
            Palette {
                dark,
                background: rgb(0xfcfcfb),
                raised: rgb(0xffffff),
                field: rgb(0xffffff),
                faint: rgb(0xf4f4f2),
                hairline: rgb(0xe4e4e1),
                outline: rgb(0xd6d6d2),
                track: rgb(0xebebe8),
                control: rgb(0xf8f8f6),
                control_hovered: rgb(0xefefec),
                control_pressed: rgb(0xe6e6e3),
                text: rgb(0x262a31),
                strong_text: rgb(0x0f1115),
                weak_text: rgb(0x676c75),
                accent: rgb(0x4753c5),
                accent_hovered: rgb(0x3b46b0),
                on_accent: rgb(0xffffff),
                accent_text: rgb(0x4753c5),
                selection: rgb(0xdfe2fa),
                cursor: rgb(0x4753c5),
                train: rgb(0x5b7496),
                test: rgb(0x20242a),
                prediction: quantity_color(Quantity::Y, dark),
                naive: rgb(0x878c95),
                seasonal: rgb(0xb37400),
                autoregression: rgb(0x0063a3),
                before_clipping: rgb(0xc24f38),
                after_clipping: rgb(0x24808a),
                threshold: rgb(0x8f6a0a),
                error: rgb(0xb3261e),
                ok: rgb(0x1c7a48),
                ghost: rgb(0xf1f1ef),
                ghost_line: rgb(0xb4b6b8),
            }
        }
    }

    /// The colour of `quantity` on this background.
    pub fn quantity(&self, quantity: Quantity) -> Color32 {
        quantity_color(quantity, self.dark)
    }

    /// The colour of a class, by its index: one of eight hues, which come again after the last. They are those of quantities,
    /// none of which is drawn beside classes.
    pub fn class(&self, index: usize) -> Color32 {
        use Quantity::{C, F, G, H, I, O, Q, R};
        let hues = [F, O, H, G, C, I, R, Q];
        self.quantity(hues[index % hues.len()])
    }

    /// The ink that can be read on `fill`: that of text, or the background's.
    pub fn ink_on(&self, fill: Color32) -> Color32 {
        if contrast(self.strong_text, fill) >= contrast(self.background, fill) {
            self.strong_text
        } else {
            self.background
        }
    }

    /// The thin line that separates and frames.
    pub fn hairline_stroke(&self) -> Stroke {
        Stroke::new(1.0, self.hairline)
    }
}

/// The one colour of `quantity`, readable as text on the panel background of the dark or the light theme.
pub fn quantity_color(quantity: Quantity, dark: bool) -> Color32 {
    let (on_light, on_dark) = match quantity {
        Quantity::X => (0x6e737b, 0xa3a9b3),
        Quantity::I => (0x2a92cf, 0x8ed3f7),
        Quantity::F => (0x0063a3, 0x4fa3e6),
        Quantity::G | Quantity::N => (0xbc5e95, 0xe29cc4),
        Quantity::O | Quantity::Z => (0xb37400, 0xf2ac2e),
        Quantity::C => (0xce4b00, 0xff7d3a),
        Quantity::TanhC => (0x8c3c10, 0xffbe94),
        Quantity::H => (0x008f68, 0x2cc295),
        Quantity::R => (0x7f9000, 0xf0e442),
        Quantity::Q => (0xa8324c, 0xf08c99),
        Quantity::Y => (0x7450c0, 0xb9a3f0),
    };
    rgb(if dark { on_dark } else { on_light })
}

fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// The contrast of two opaque colours after WCAG 2.2: 1 for equal ones, 21 for black on white.
pub fn contrast(one: Color32, other: Color32) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(color: Color32) -> f32 {
    let linear = egui::Rgba::from(color);
    0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_field_has_a_minus_sign() {
        assert_eq!(with_minus(-2.2, 3..=4), "−2.200");
        assert_eq!(with_minus(2.25, 0..=4), "2.25");
    }

    #[test]
    fn every_quantity_can_be_read_as_text() {
        for dark in [false, true] {
            let background = Palette::new(dark).background;
            for quantity in Quantity::ALL {
                let contrast = contrast(quantity_color(quantity, dark), background);
                assert!(contrast >= 3.0, "{quantity:?}, dark {dark}: {contrast}");
            }
        }
    }

    #[test]
    fn every_meaning_can_be_read_as_text() {
        for dark in [false, true] {
            let palette = Palette::new(dark);
            let colors = [
                ("text", palette.text, 7.0),
                ("weak text", palette.weak_text, 4.5),
                ("accent text", palette.accent_text, 4.5),
                ("cursor", palette.cursor, 3.0),
                ("train", palette.train, 3.0),
                ("test", palette.test, 3.0),
                ("prediction", palette.prediction, 3.0),
                ("naive", palette.naive, 3.0),
                ("seasonal", palette.seasonal, 3.0),
                ("autoregression", palette.autoregression, 3.0),
                ("before clipping", palette.before_clipping, 3.0),
                ("after clipping", palette.after_clipping, 3.0),
                ("threshold", palette.threshold, 3.0),
                ("error", palette.error, 4.5),
                ("ok", palette.ok, 4.5),
            ];
            for (name, color, least) in colors {
                let contrast = contrast(color, palette.background);
                assert!(contrast >= least, "{name}, dark {dark}: {contrast}");
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
            assert!(contrast(palette.on_accent, palette.accent_hovered) >= 4.0);
        }
    }

    /// What is not revealed yet is there to be seen, on a projector too, and quieter than words.
    #[test]
    fn the_place_of_what_is_to_come_can_be_seen() {
        for dark in [false, true] {
            let palette = Palette::new(dark);
            let seen = contrast(palette.ghost_line, palette.background);
            let words = contrast(palette.weak_text, palette.background);
            assert!(seen >= 1.9 && seen < 0.6 * words, "dark {dark}: {seen}");
        }
    }

    #[test]
    fn quantities_of_one_cell_have_different_colors() {
        use Quantity::{C, F, G, H, I, N, O, Q, R, TanhC, X, Y, Z};
        for cell in [&[X, I, F, G, O, C, TanhC, H, Y][..], &[X, R, Z, N, Q, H, Y]] {
            for dark in [false, true] {
                for (index, &one) in cell.iter().enumerate() {
                    for &other in &cell[index + 1..] {
                        let [r, g, b, _] = quantity_color(one, dark).to_array();
                        let [s, h, c, _] = quantity_color(other, dark).to_array();
                        let distance =
                            r.abs_diff(s) as u32 + g.abs_diff(h) as u32 + b.abs_diff(c) as u32;
                        assert!(
                            distance > 60,
                            "{one:?} and {other:?}, dark {dark}: {distance}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn fonts_have_the_signs_the_window_uses() {
        let signs = "∇∈⊙→←‖⁻₋ₜᵢℝᵀ✓✗⏮⏭◀▶⏸×−…·∂σθ≤≥≈⁰¹²³⁴⁵⁶⁷⁸⁹₀₁∞√Σ′•–—“”’";
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(install)
            .build_ui(|ui| {
                for font in [
                    FontId::proportional(TEXT),
                    FontId::monospace(TEXT),
                    semi_bold(TEXT),
                    italic(TEXT),
                    FontId::new(TEXT, FontFamily::Name(SYMBOLS.into())),
                ] {
                    let missing: String = ui.fonts_mut(|fonts| {
                        signs
                            .chars()
                            .filter(|&sign| !fonts.has_glyph(&font, sign))
                            .collect()
                    });
                    assert_eq!(missing, "", "missing in {font:?}");
                    ui.label(RichText::new(signs).font(font));
                }
                ui.label(symbols("⏮◀▶⏭⏸"));
            });
        harness.run();
    }

    #[test]
    fn lines_of_text_are_as_high_as_the_text_face() {
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(install)
            .build_ui(|ui| {
                // Inter's ascent and descent are 1.21 em; a fallback face must not stretch every line.
                for font in [FontId::proportional(TEXT), semi_bold(TEXT), italic(TEXT)] {
                    let height = ui.fonts_mut(|fonts| fonts.row_height(&font));
                    assert!((16.0..19.0).contains(&height), "{font:?}: {height}");
                }
            });
        harness.run();
    }
}
