//! Lesson text: Markdown with formulas in the line, coloured words and glossary terms.
//!
//! The text is parsed once; a frame breaks it into lines of a comfortable measure and paints them. Formulas stand on the
//! text's baseline.

mod line_break;
mod parse;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Color32, CursorIcon, FontId, Frame, Id, Margin, Painter, Pos2, Rect, Response, RichText,
    Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::formula::Formulas;
use crate::app::theme::{self, GRID, Palette};
use crate::nn::Quantity;
use line_break::{Content, Line, lines};
use parse::{Block, Span, Style, parse};

/// The widest line, in letters: what the eye follows back without losing the line.
const MEASURE: f32 = 66.0;

/// Where a link in a text leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// `quantity:f`: what the window highlights.
    Quantity(Quantity),
    /// `term:bptt`: an entry of the glossary.
    Term(String),
    /// Any other address.
    Url(String),
}

impl LinkTarget {
    /// Reads the address of a Markdown link. A quantity that does not exist stays an address.
    pub fn from_url(url: &str) -> LinkTarget {
        let quantity = url.strip_prefix("quantity:").and_then(Quantity::from_name);
        match (quantity, url.strip_prefix("term:")) {
            (Some(quantity), _) => LinkTarget::Quantity(quantity),
            (None, Some(term)) => LinkTarget::Term(term.to_owned()),
            (None, None) => LinkTarget::Url(url.to_owned()),
        }
    }
}

/// The link just followed, or the one under the pointer, or the one that has the keyboard's focus, in this order.
#[derive(Clone, Debug)]
pub struct Link {
    /// Where it leads.
    pub target: LinkTarget,
    /// Whether it was clicked, or chosen with the keyboard, in this frame.
    pub clicked: bool,
    /// The words, to hang a tooltip on.
    pub response: Response,
}

/// A parsed text.
#[derive(Clone, Debug)]
pub struct Prose {
    blocks: Vec<Block>,
    links: Vec<LinkTarget>,
}

impl Prose {
    /// Parses Markdown; anything is a text, so nothing can go wrong.
    pub fn new(markdown: &str) -> Prose {
        let (blocks, links) = parse(markdown);
        Prose { blocks, links }
    }

    /// The targets of all links, in reading order.
    pub fn links(&self) -> &[LinkTarget] {
        &self.links
    }

    /// Shows the text over the available width, at most a comfortable measure, and returns the link that is clicked, hovered
    /// or focused.
    pub fn show(&self, ui: &mut Ui, formulas: &mut Formulas) -> Option<Link> {
        let look = Look::body(ui);
        let mut page = Page {
            formulas,
            links: &self.links,
            found: None,
            seen: vec![None; self.links.len()],
            base: ui.unique_id(),
            count: 0,
        };
        ui.scope(|ui| {
            // Two texts in one panel must not share the identities of their links.
            page.base = ui.unique_id();
            ui.set_max_width(ui.available_width().min(look.measure(ui)));
            ui.spacing_mut().item_spacing.y = 0.0;
            page.blocks(ui, &self.blocks, &look);
        });
        page.found
    }
}

/// The size and colour of running text.
#[derive(Clone, Debug)]
struct Look {
    size: f32,
    color: Color32,
    strong: bool,
    /// Inside a list item, where an inner list follows closely.
    tight: bool,
}

impl Look {
    fn body(ui: &Ui) -> Look {
        Look {
            size: theme::TEXT,
            color: ui.visuals().text_color(),
            strong: false,
            tight: false,
        }
    }

    fn heading(&self, level: u8, palette: &Palette) -> Look {
        Look {
            size: if level <= 2 {
                theme::HEADING
            } else {
                self.size
            },
            color: palette.strong_text,
            strong: true,
            tight: false,
        }
    }

    fn font(&self, style: Style, target: Option<&LinkTarget>) -> FontId {
        let quantity = matches!(target, Some(LinkTarget::Quantity(_)));
        if style.code {
            FontId::monospace((self.size * 0.92).round())
        } else if style.strong || self.strong || quantity {
            theme::semi_bold(self.size)
        } else if style.emphasis {
            theme::italic(self.size)
        } else {
            FontId::proportional(self.size)
        }
    }

    fn color(&self, style: Style, target: Option<&LinkTarget>, palette: &Palette) -> Color32 {
        match target {
            Some(LinkTarget::Quantity(quantity)) => palette.quantity(*quantity),
            Some(LinkTarget::Url(_)) => palette.accent_text,
            Some(LinkTarget::Term(_)) => self.color,
            None if style.strong => palette.strong_text,
            None => self.color,
        }
    }

    fn measure(&self, ui: &Ui) -> f32 {
        let font = FontId::proportional(self.size);
        let sample = "the state at each step is what the network remembers of the past ";
        let width: f32 = ui.fonts_mut(|fonts| {
            sample
                .chars()
                .map(|sign| fonts.glyph_width(&font, sign))
                .sum()
        });
        (MEASURE * width / sample.len() as f32).round()
    }

    fn text_height(&self, ui: &Ui) -> f32 {
        ui.fonts_mut(|fonts| fonts.row_height(&FontId::proportional(self.size)))
    }

    fn ascent(&self, ui: &Ui) -> f32 {
        let font = FontId::proportional(self.size);
        let galley = ui
            .painter()
            .layout_no_wrap("x".to_owned(), font, Color32::PLACEHOLDER);
        galley
            .rows
            .first()
            .and_then(|row| Some(row.pos.y + row.row.glyphs.first()?.pos.y))
            .unwrap_or(self.size)
    }
}

/// What one frame's drawing of a text carries along.
struct Page<'a> {
    formulas: &'a mut Formulas,
    links: &'a [LinkTarget],
    found: Option<Link>,
    /// The widget of each link already drawn: its first piece, which is the one the keyboard and screen readers reach.
    seen: Vec<Option<Response>>,
    base: Id,
    count: usize,
}

impl Page<'_> {
    fn blocks(&mut self, ui: &mut Ui, blocks: &[Block], look: &Look) {
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                ui.add_space(match block {
                    Block::Heading(1 | 2, _) => 3.0 * GRID,
                    Block::Heading(..) => 2.0 * GRID,
                    Block::List(..) if look.tight => 0.5 * GRID,
                    _ => 1.25 * GRID,
                });
            }
            self.block(ui, block, look);
        }
    }

    fn block(&mut self, ui: &mut Ui, block: &Block, look: &Look) {
        let palette = Palette::of(ui.visuals());
        match block {
            Block::Paragraph(spans) => self.paragraph(ui, spans, look, Role::Label),
            Block::Heading(level, spans) => {
                let look = look.heading(*level, &palette);
                self.paragraph(ui, spans, &look, Role::Heading);
            }
            Block::Formula(latex) => {
                ui.add_space(0.5 * GRID);
                ui.horizontal(|ui| {
                    ui.add_space(2.0 * GRID);
                    self.formulas.show(ui, latex, look.size + 1.0, true);
                });
                ui.add_space(0.5 * GRID);
            }
            Block::Code(code) => {
                let frame = Frame::new()
                    .fill(palette.faint)
                    .corner_radius(6.0)
                    .inner_margin(Margin::symmetric(12, 8));
                frame.show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    ui.add(egui::Label::new(RichText::new(code).monospace()).selectable(true));
                });
            }
            Block::Quote(blocks) => {
                let look = Look {
                    color: palette.weak_text,
                    ..look.clone()
                };
                let rect = self.indented(ui, 2.0 * GRID, |page, ui| page.blocks(ui, blocks, &look));
                ui.painter().vline(
                    rect.left() + 1.0,
                    rect.y_range(),
                    Stroke::new(2.0, palette.hairline),
                );
            }
            Block::List(first, items) => self.list(ui, *first, items, look),
            Block::Rule => {
                let (rect, _) =
                    ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
                ui.painter()
                    .hline(rect.x_range(), rect.center().y, palette.hairline_stroke());
            }
        }
    }

    fn list(&mut self, ui: &mut Ui, first: Option<u64>, items: &[Vec<Block>], look: &Look) {
        let last = first.map(|first| first + items.len() as u64);
        let indent = match last {
            Some(last) if last > 10 => 4.0 * GRID,
            Some(_) => 3.0 * GRID,
            None => 2.0 * GRID,
        };
        let item_look = Look {
            tight: true,
            ..look.clone()
        };
        for (index, blocks) in items.iter().enumerate() {
            if index > 0 {
                ui.add_space(0.5 * GRID);
            }
            let rect = self.indented(ui, indent, |page, ui| page.blocks(ui, blocks, &item_look));
            let mark = match first {
                Some(first) => format!("{}.", first + index as u64),
                None => "•".to_owned(),
            };
            let palette = Palette::of(ui.visuals());
            let font = FontId::proportional(look.size);
            let galley = ui.painter().layout_no_wrap(mark, font, palette.weak_text);
            let line = (look.size * theme::LINE_HEIGHT).round();
            let at = pos2(
                rect.left() + 2.0,
                rect.top() + 0.5 * (line - galley.size().y),
            );
            ui.painter().galley(at, galley, palette.weak_text);
        }
    }

    /// Draws `contents` moved right by `indent` and returns the rectangle with the indentation.
    fn indented(
        &mut self,
        ui: &mut Ui,
        indent: f32,
        contents: impl FnOnce(&mut Self, &mut Ui),
    ) -> Rect {
        let mut place = ui.available_rect_before_wrap();
        let left = place.left();
        place.min.x += indent;
        let child = ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
            contents(self, ui);
        });
        let mut rect = child.response.rect;
        rect.min.x = left;
        rect
    }

    fn paragraph(&mut self, ui: &mut Ui, spans: &[Span], look: &Look, role: Role) {
        let width = ui.available_width().max(8.0 * GRID);
        let lines = lines(ui, self.formulas, spans, self.links, look, width);
        let height: f32 = lines.iter().map(|line| line.height).sum();
        let extent = lines
            .iter()
            .filter_map(|line| line.runs.last())
            .map(|run| run.x + run.width)
            .fold(0.0, f32::max);
        let (_, rect) = ui.allocate_space(vec2(extent.min(width), height));
        let id = self.next_id();
        let response = ui.interact(rect, id, Sense::hover());
        let text = plain_text(spans);
        response.widget_info(|| WidgetInfo::labeled(role, true, &text));
        if role == Role::Heading {
            ui.ctx()
                .accesskit_node_builder(id, |node| node.set_level(2));
        }
        let mut top = rect.top();
        for line in &lines {
            self.line(ui, spans, line, pos2(rect.left(), top));
            top += line.height;
        }
    }

    fn line(&mut self, ui: &mut Ui, spans: &[Span], line: &Line, corner: Pos2) {
        let baseline = corner.y + line.ascent;
        let mut hits: Vec<(usize, Rect)> = Vec::new();
        for run in &line.runs {
            let left = corner.x + run.x;
            let box_of_run =
                Rect::from_min_size(pos2(left, corner.y), vec2(run.width, line.height));
            if let Some(link) = run.style.link {
                match hits.last_mut() {
                    Some((last, rect)) if *last == link => *rect = rect.union(box_of_run),
                    _ => hits.push((link, box_of_run)),
                }
            }
            if !ui.is_rect_visible(box_of_run) {
                continue;
            }
            match &run.content {
                Content::Text(galley, ascent) => {
                    let at = pos2(left, baseline - ascent);
                    ui.painter().galley(at, galley.clone(), run.color);
                }
                Content::Math(formula) => {
                    formula.paint(ui.painter(), pos2(left, baseline), run.color);
                }
            }
        }
        for (link, rect) in hits {
            self.link(ui, spans, link, rect, baseline);
        }
    }

    fn link(&mut self, ui: &Ui, spans: &[Span], index: usize, rect: Rect, baseline: f32) {
        let Some(target) = self.links.get(index) else {
            return;
        };
        let palette = Palette::of(ui.visuals());
        let first = self.seen.get(index).cloned().flatten();
        // Only the first piece of a link that is broken over lines is a stop for the keyboard.
        let sense = if first.is_some() {
            Sense::CLICK
        } else {
            Sense::click()
        };
        let response = ui
            .interact(rect, self.next_id(), sense)
            .on_hover_cursor(CursorIcon::PointingHand);
        if first.is_none() {
            let words = link_text(spans, index);
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &words));
            if let Some(seen) = self.seen.get_mut(index) {
                *seen = Some(response.clone());
            }
        }
        let active = response.hovered() || response.has_focus();
        let y = baseline + 3.0;
        let left_right = rect.x_range();
        match target {
            LinkTarget::Term(_) if !active => {
                dotted(ui.painter(), left_right, y, palette.weak_text);
            }
            LinkTarget::Term(_) => {
                ui.painter()
                    .hline(left_right, y, Stroke::new(1.0, palette.text));
            }
            LinkTarget::Quantity(quantity) if active => {
                let color = palette.quantity(*quantity);
                ui.painter().hline(left_right, y, Stroke::new(1.5, color));
            }
            LinkTarget::Quantity(_) => {}
            LinkTarget::Url(_) => {
                let strength = if active { 1.0 } else { 0.4 };
                let color = palette.accent_text.gamma_multiply(strength);
                ui.painter().hline(left_right, y, Stroke::new(1.0, color));
            }
        }
        let clicked = response.clicked();
        let rank = |clicked: bool, response: &Response| match clicked {
            true => 3,
            false if response.hovered() => 2,
            false => u8::from(response.has_focus()),
        };
        let found = self.found.as_ref();
        let before = found.map_or(0, |link| rank(link.clicked, &link.response));
        // Of a link broken over lines only the first piece can have the focus.
        if rank(clicked, &response) > before {
            self.found = Some(Link {
                target: target.clone(),
                clicked,
                response,
            });
        }
    }

    fn next_id(&mut self) -> Id {
        self.count += 1;
        self.base.with(self.count)
    }
}

fn dotted(painter: &Painter, x: egui::Rangef, y: f32, color: Color32) {
    let line = egui::Shape::dotted_line(&[pos2(x.min, y), pos2(x.max, y)], color, 3.0, 0.7);
    painter.extend(line);
}

/// What a screen reader says: the words, with formulas as LaTeX.
fn plain_text(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(text, _) | Span::Math(text, _) => text.as_str(),
            Span::Break => " ",
        })
        .collect()
}

fn link_text(spans: &[Span], index: usize) -> String {
    let of_link: Vec<Span> = spans
        .iter()
        .filter(|span| match span {
            Span::Text(_, style) | Span::Math(_, style) => style.link == Some(index),
            Span::Break => false,
        })
        .cloned()
        .collect();
    plain_text(&of_link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};

    const TEXT: &str = "The [forget gate](quantity:f) $f_t$ decides, see [backpropagation through time](term:bptt) \
        and *long* **words** like `weight_hh_l0`, in a paragraph long enough for several lines of a narrow column.";

    fn harness(width: f32, markdown: &str) -> Harness<'static, Vec<(LinkTarget, bool)>> {
        let prose = Prose::new(markdown);
        let mut formulas = Formulas::new();
        Harness::builder()
            .with_size(vec2(width, 400.0))
            .with_context_setup(theme::install)
            .build_ui_state(
                move |ui, found: &mut Vec<(LinkTarget, bool)>| {
                    if let Some(link) = prose.show(ui, &mut formulas) {
                        found.push((link.target, link.clicked));
                    }
                    assert!(ui.min_rect().width() <= ui.max_rect().width() + 1.0);
                },
                Vec::new(),
            )
    }

    #[test]
    fn a_click_on_a_coloured_word_names_its_quantity() {
        for width in [180.0, 320.0, 900.0] {
            let mut harness = harness(width, TEXT);
            harness.get_by_label("forget gate").click();
            harness.run();
            let clicked = (LinkTarget::Quantity(Quantity::F), true);
            assert!(harness.state().contains(&clicked), "width {width}");
        }
    }

    #[test]
    fn a_term_broken_over_lines_is_one_link() {
        let mut harness = harness(160.0, TEXT);
        harness.get_by_label("backpropagation through time").hover();
        harness.run();
        let hovered = (LinkTarget::Term("bptt".into()), false);
        assert!(harness.state().contains(&hovered));
    }

    #[test]
    fn anything_is_a_text() {
        let strange = "# \n\n- \n\n> \n\n```\n\n[x](quantity:nope) $\\frac{$ <b>html</b> \n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        for markdown in [
            "",
            strange,
            "$$",
            "$$\\frac{$$",
            "1. a\n   1. b\n      1. c",
        ] {
            harness(120.0, markdown).run();
        }
    }

    #[test]
    fn link_targets_are_read() {
        let read = LinkTarget::from_url;
        assert_eq!(
            read("quantity:tanh_c"),
            LinkTarget::Quantity(Quantity::TanhC)
        );
        assert_eq!(read("term:bptt"), LinkTarget::Term("bptt".into()));
        assert_eq!(
            read("quantity:nope"),
            LinkTarget::Url("quantity:nope".into())
        );
    }
}
