//! Spans to lines: words are measured, filled into lines of a given width, and joined again into runs of one style.

use std::sync::Arc;

use eframe::egui::{Color32, FontId, Galley, Stroke, TextFormat, Ui, text::LayoutJob};

use super::super::formula::{Formulas, InlineFormula};
use super::parse::{Span, Style};
use super::{LinkTarget, Look};
use crate::app::theme::{self, Palette};
use crate::words::NO_BREAK;

/// One line, ready to be painted.
pub struct Line {
    /// What stands in it, from left to right.
    pub runs: Vec<Run>,
    /// From its upper edge to the baseline.
    pub ascent: f32,
    /// From its upper to its lower edge.
    pub height: f32,
}

/// What is painted as one.
pub struct Run {
    /// The left end, from the left end of the line.
    pub x: f32,
    /// Its width.
    pub width: f32,
    /// How it looks.
    pub style: Style,
    /// Its colour.
    pub color: Color32,
    /// Text or formula.
    pub content: Content,
}

/// Text or formula.
pub enum Content {
    /// Text and its baseline below the galley's upper edge.
    Text(Arc<Galley>, f32),
    /// A formula.
    Math(InlineFormula),
}

/// A word or a formula with what it takes to place it.
struct Piece {
    item: Item,
    style: Style,
    width: f32,
    /// The space before it; a line may break only where there is one.
    space: f32,
    starts_line: bool,
}

enum Item {
    Word(String),
    Math(InlineFormula),
}

/// Fills lines of `width` with `spans`.
pub fn lines(
    ui: &Ui,
    formulas: &mut Formulas,
    spans: &[Span],
    links: &[LinkTarget],
    look: &Look,
    width: f32,
) -> Vec<Line> {
    let pieces = pieces(ui, formulas, spans, links, look, width);
    let mut lines = Vec::new();
    let mut line: Vec<Piece> = Vec::new();
    let mut used = 0.0;
    let mut rest = pieces.into_iter().peekable();
    while let Some(first) = rest.next() {
        // Pieces without a space between them, such as a formula and its full stop, stay together.
        let mut cluster = vec![first];
        while let Some(next) = rest.next_if(|next| next.space == 0.0 && !next.starts_line) {
            cluster.push(next);
        }
        let extent: f32 = cluster.iter().map(|piece| piece.width).sum();
        let leads = cluster.first().is_some_and(|piece| piece.starts_line);
        let space = cluster.first().map_or(0.0, |piece| piece.space);
        if !line.is_empty() && (leads || used + space + extent > width) {
            lines.push(finish(ui, std::mem::take(&mut line), links, look));
            used = 0.0;
        }
        used += extent + if line.is_empty() { 0.0 } else { space };
        line.extend(cluster);
    }
    if !line.is_empty() {
        lines.push(finish(ui, line, links, look));
    }
    lines
}

fn pieces(
    ui: &Ui,
    formulas: &mut Formulas,
    spans: &[Span],
    links: &[LinkTarget],
    look: &Look,
    width: f32,
) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut space = 0.0;
    let mut starts_line = false;
    let mut push = |item, style, width, space: &mut f32, starts_line: &mut bool| {
        pieces.push(Piece {
            item,
            style,
            width,
            space: std::mem::take(space),
            starts_line: std::mem::take(starts_line),
        });
    };
    for span in spans {
        match span {
            Span::Break => starts_line = true,
            Span::Math(latex, style) => {
                let formula = formulas.inline(ui, latex, look.size);
                let extent = formula.size.x;
                push(
                    Item::Math(formula),
                    *style,
                    extent,
                    &mut space,
                    &mut starts_line,
                );
            }
            Span::Text(text, style) => {
                let font = look.font(*style, target(links, *style));
                let blank = ui.fonts_mut(|fonts| fonts.glyph_width(&font, ' '));
                for part in text.split_inclusive(breaks) {
                    let word = part.trim_end_matches(breaks);
                    if !word.is_empty() {
                        for word in split_to_fit(ui, word, &font, width) {
                            let extent = text_width(ui, &word, &font);
                            push(
                                Item::Word(word),
                                *style,
                                extent,
                                &mut space,
                                &mut starts_line,
                            );
                        }
                    }
                    if word.len() < part.len() {
                        space = blank;
                    }
                }
            }
        }
    }
    pieces
}

/// Whether a line may be broken at this sign.
fn breaks(sign: char) -> bool {
    sign.is_whitespace() && sign != NO_BREAK
}

fn target(links: &[LinkTarget], style: Style) -> Option<&LinkTarget> {
    links.get(style.link?)
}

fn text_width(ui: &Ui, text: &str, font: &FontId) -> f32 {
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER);
    galley.size().x
}

/// Cuts a word that is wider than a whole line, such as a long path.
fn split_to_fit(ui: &Ui, word: &str, font: &FontId, width: f32) -> Vec<String> {
    if text_width(ui, word, font) <= width {
        return vec![word.to_owned()];
    }
    let mut parts = vec![String::new()];
    let mut used = 0.0;
    for sign in word.chars() {
        let step = ui.fonts_mut(|fonts| fonts.glyph_width(font, sign));
        if used + step > width && used > 0.0 {
            parts.push(String::new());
            used = 0.0;
        }
        used += step;
        if let Some(part) = parts.last_mut() {
            part.push(sign);
        }
    }
    parts
}

fn finish(ui: &Ui, pieces: Vec<Piece>, links: &[LinkTarget], look: &Look) -> Line {
    let palette = Palette::of(ui.visuals());
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0.0;
    let mut waiting: Option<(String, Style)> = None;
    let add_text = |waiting: &mut Option<(String, Style)>, x: &mut f32, runs: &mut Vec<Run>| {
        let Some((text, style)) = waiting.take() else {
            return;
        };
        let target = target(links, style);
        let color = look.color(style, target, &palette);
        let galley = layout(
            ui,
            &text,
            look.font(style, target),
            color,
            style.code,
            &palette,
        );
        let baseline = galley
            .rows
            .first()
            .and_then(|row| Some(row.pos.y + row.row.glyphs.first()?.pos.y))
            .unwrap_or(look.size);
        let width = galley.size().x;
        runs.push(Run {
            x: *x,
            width,
            style,
            color,
            content: Content::Text(galley, baseline),
        });
        *x += width;
    };
    for (index, piece) in pieces.into_iter().enumerate() {
        let space = if index == 0 { 0.0 } else { piece.space };
        match piece.item {
            Item::Word(word) => match &mut waiting {
                Some((text, style)) if *style == piece.style => {
                    if space > 0.0 {
                        text.push(' ');
                    }
                    text.push_str(&word);
                }
                _ => {
                    add_text(&mut waiting, &mut x, &mut runs);
                    x += space;
                    waiting = Some((word, piece.style));
                }
            },
            Item::Math(formula) => {
                add_text(&mut waiting, &mut x, &mut runs);
                x += space;
                let target = target(links, piece.style);
                runs.push(Run {
                    x,
                    width: piece.width,
                    style: piece.style,
                    color: look.color(piece.style, target, &palette),
                    content: Content::Math(formula),
                });
                x += piece.width;
            }
        }
    }
    add_text(&mut waiting, &mut x, &mut runs);

    // Text is centred in the even line height; a tall formula makes its own line taller.
    let height = (look.size * theme::LINE_HEIGHT).round();
    let text_ascent = look.ascent(ui);
    let leading = height - look.text_height(ui);
    let mut above = 0.5 * leading + text_ascent;
    let mut below = height - above;
    for run in &runs {
        if let Content::Math(formula) = &run.content {
            above = above.max(formula.ascent + 1.0);
            below = below.max(formula.size.y - formula.ascent + 1.0);
        }
    }
    Line {
        runs,
        ascent: above,
        height: above + below,
    }
}

fn layout(
    ui: &Ui,
    text: &str,
    font: FontId,
    color: Color32,
    code: bool,
    palette: &Palette,
) -> Arc<Galley> {
    let format = TextFormat {
        font_id: font,
        color,
        background: if code {
            palette.faint
        } else {
            Color32::TRANSPARENT
        },
        expand_bg: 2.0,
        underline: Stroke::NONE,
        ..TextFormat::default()
    };
    ui.painter()
        .layout_job(LayoutJob::simple_format(text.to_owned(), format))
}
