//! The lesson panel: a page of text, questions and exercises, and the way through them.

mod exercise;
mod predict;
mod refute;
mod sketch;
mod turn;

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Formulas, LinkTarget, Prose, Term, caption, definition, explained, primary_button, quiet_card,
};
use crate::lesson::expression::Scope;
use crate::lesson::player::{as_told_with, with_numbers_of};
use crate::lesson::{Aside, Block, Player, again, glossary};
use crate::nn::Quantity;
use crate::session::{Command, Session};
use eframe::egui::{
    Align, Button, Event, Label, Layout, ProgressBar, Rect, Response, RichText, Ui, pos2, vec2,
};
use sketch::Drawing;
use std::collections::{BTreeMap, HashMap};

/// What the panel keeps between frames.
#[derive(Default)]
pub struct LessonPanel {
    parsed: HashMap<String, Prose>,
    /// Set while the pointer is on a coloured word, or the keyboard's focus.
    pub highlight: Option<Quantity>,
    /// What each block of the page on show said in the last frame.
    said: BTreeMap<usize, String>,
    /// The page that is of.
    said_on: (String, usize),
    /// What is typed into each block of the page on show.
    typed: BTreeMap<usize, String>,
    /// What is drawn in each block of the page on show.
    drawn: BTreeMap<usize, Drawing>,
    /// The copy on which the change is made that the page on show asks about.
    aside: Option<Aside>,
    /// Copies of pages that were left while they worked: what was said there is still judged. Each with its page, from 0.
    finishing: Vec<(usize, Aside)>,
    /// Whether a hand has been on mouse or keys since the page was turned to: what is made again at a launch answers nobody.
    touched: bool,
    /// Questions and explanations as they read when they were answered, by block and part: what is done later does not change
    /// what was so.
    explained: BTreeMap<(usize, usize), String>,
    /// The ways to answers, as they were when those were found, by block.
    worked: BTreeMap<usize, Vec<[String; 2]>>,
    /// Whether the page's beginning is still being played: numbers are of something else until it is reached.
    arriving: bool,
}

/// Where the learner wants to go.
#[derive(Clone, Debug)]
pub enum Turn {
    /// To this page.
    To(usize),
    /// Begin this page again.
    Again,
    /// Leave the lesson.
    Leave,
    /// Begin the lesson that follows.
    Next,
    /// See the course as a path.
    Course,
    /// Play freely from here.
    Free,
    /// Write the lesson's summary to a file.
    Summary,
    /// Have this done in the learner's own session, as the learner's own doing.
    Play(Vec<Command>),
    /// Have the session brought back to somewhere: nobody's doing.
    Restore(Vec<Command>),
}

/// Parts of a block that stay as they were beside its explanations: the question, and what the engine says.
const QUESTION: usize = usize::MAX;
const SAYS: usize = usize::MAX - 1;

/// More parsed texts than a lesson's page has are from pages left.
const PARSED: usize = 64;

impl LessonPanel {
    /// The page's heading and its text; returns where the learner wants to go.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        player: &mut Player,
        session: &Session,
        formulas: &mut Formulas,
        next: Option<&str>,
    ) -> Option<Turn> {
        self.highlight = None;
        let palette = Palette::of(ui.visuals());
        let mut turn = None;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if small_button(ui, "Leave")
                    .on_hover_text("Back to your experiment; your place in the lesson is kept")
                    .clicked()
                {
                    turn = Some(Turn::Leave);
                }
                if small_button(ui, "Course")
                    .on_hover_text("All lessons as a path: what was reached, and where you are")
                    .clicked()
                {
                    turn = Some(Turn::Course);
                }
                // In what the buttons leave.
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let title = RichText::new(&player.lesson.title)
                        .size(SMALL)
                        .color(palette.weak_text);
                    ui.add(Label::new(title).truncate());
                });
            });
        });
        let (done, all) = player.progress.done_of(&player.lesson);
        ui.add(
            ProgressBar::new(done as f32 / all.max(1) as f32)
                .desired_height(3.0)
                .fill(palette.accent),
        )
        .on_hover_text(format!(
            "{done} of {all} questions and exercises of this lesson are done"
        ));
        ui.add_space(GRID);
        ui.heading(player.page().title.clone());
        ui.add_space(0.5 * GRID);
        let page = (player.lesson.id.clone(), player.page_number());
        if self.said_on != page {
            if self.said_on.0 != page.0 {
                self.finishing.clear();
            }
            let left = self.said_on.1;
            let waits = self.said_on.0 == page.0 && player.waits_on(left);
            let copy = self.aside.take().filter(|_| waits);
            self.finishing.extend(copy.map(|copy| (left, copy)));
            self.said_on = page;
            self.said.clear();
            self.typed.clear();
            self.drawn.clear();
            self.explained.clear();
            self.worked.clear();
            self.touched = false;
        }
        self.touched |= ui.input(|input| {
            // A short press may begin and end between two frames.
            input.events.iter().any(|event| {
                matches!(
                    event,
                    Event::PointerButton { .. } | Event::Key { .. } | Event::Text(_)
                )
            })
        });
        self.finish(player);
        let blocks = player.page().blocks.clone();
        self.arriving = session.begins_page();
        if self.arriving {
            caption(ui, "Coming to where this page begins …");
        }
        for (index, block) in blocks.iter().enumerate() {
            // Nothing is answered about numbers that are not there yet.
            if self.arriving && !matches!(block, Block::Prose(_)) {
                break;
            }
            // What follows a question may tell its answer, as what follows an exercise speaks of what was done.
            if player.is_asked(index) {
                ui.add_space(0.5 * GRID);
                caption(ui, "The page goes on when this is answered.");
                break;
            }
            match block {
                Block::Prose(text) => self.prose(ui, text, player, session, formulas),
                Block::Predict(predict) => {
                    turn = turn.or(self.predict(ui, index, predict, player, session, formulas));
                }
                Block::Refute(refute) => {
                    self.refute(ui, index, refute, player, session, formulas);
                }
                Block::Turn(asked) => self.turn(ui, index, asked, player, session, formulas),
                Block::Do(exercise) => {
                    let (done, wanted) =
                        self.exercise(ui, index, exercise, player, session, formulas);
                    turn = turn.or(wanted);
                    let more = blocks.len() - index - 1;
                    if !done && more > 0 {
                        // What follows speaks of what was done: it would give it away, or have no numbers yet.
                        ui.add_space(0.5 * GRID);
                        caption(ui, "The page goes on when this is done.");
                        break;
                    }
                }
            }
            ui.add_space(GRID);
        }
        ui.add_space(GRID);
        turn = turn.or(ways_on(ui, player, next));
        ui.add_space(0.5 * GRID);
        // What is asked again is no lesson to stay in, or to print.
        let is_lesson = player.lesson.id != again::ID;
        ui.horizontal_wrapped(|ui| {
            let hover = "Begin this page again from its set-up, and ask its question again";
            if small_button(ui, "Again").on_hover_text(hover).clicked() {
                turn = Some(Turn::Again);
            }
            if !is_lesson {
                return;
            }
            let hover = "Change and try whatever you like from here; the page is there again when you come back";
            if small_button(ui, "Play freely").on_hover_text(hover).clicked() {
                turn = Some(Turn::Free);
            }
            let hover = "What to remember, the formulas, the questions with their answers, and the sources of this lesson, as one file for any browser";
            if small_button(ui, "Summary…").on_hover_text(hover).clicked() {
                turn = Some(Turn::Summary);
            }
        });
        if player.is_last() && !player.lesson.sources.is_empty() {
            ui.add_space(GRID);
            caption(ui, "Sources");
            for source in &player.lesson.sources {
                caption(ui, source);
            }
        }
        turn
    }

    /// Judges what was said on pages that were left while their copies worked.
    fn finish(&mut self, player: &mut Player) {
        self.finishing.retain_mut(|(page, copy)| {
            copy.next_frame();
            if let Some(session) = copy.session() {
                player.judge_on(*page, session);
            }
            player.waits_on(*page) && copy.problem().is_none()
        });
    }

    /// A text of the page, with its numbers; what the page asks stays open.
    fn prose(
        &mut self,
        ui: &mut Ui,
        text: &str,
        player: &Player,
        session: &Session,
        formulas: &mut Formulas,
    ) {
        self.prose_at(ui, text, player, (&Scope::new(session), &[]), formulas);
    }

    /// The same with names for its formulas.
    fn prose_at(
        &mut self,
        ui: &mut Ui,
        text: &str,
        player: &Player,
        (scope, names): (&Scope<'_>, &[String]),
        formulas: &mut Formulas,
    ) {
        let text = self.filled(text, player, scope, names);
        self.written(ui, text, formulas);
    }

    /// A question: with the numbers of now until it is answered, and as it was then afterwards.
    fn question(
        &mut self,
        ui: &mut Ui,
        (block, is_answered): (usize, bool),
        text: &str,
        player: &Player,
        numbers: (&Scope<'_>, &[String]),
        formulas: &mut Formulas,
    ) {
        match is_answered {
            true => self.explanation(ui, (block, QUESTION), text, player, numbers, formulas),
            false => self.prose_at(ui, text, player, numbers, formulas),
        }
    }

    /// An explanation, as it reads once its question is answered; what has no number yet is waited for.
    fn explanation(
        &mut self,
        ui: &mut Ui,
        at: (usize, usize),
        text: &str,
        player: &Player,
        (scope, names): (&Scope<'_>, &[String]),
        formulas: &mut Formulas,
    ) {
        let text = match self.explained.get(&at) {
            Some(text) => text.clone(),
            None => {
                let text = self.filled(text, player, scope, names);
                if !text.contains('…') {
                    self.explained.insert(at, text.clone());
                }
                text
            }
        };
        self.written(ui, text, formulas);
    }

    /// What was said of an answer when it was found; `None` as long as nothing could be.
    fn frozen(
        &mut self,
        at: (usize, usize),
        says: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        let said = match self.explained.get(&at) {
            Some(said) => said.clone(),
            None => {
                let said = says()?;
                self.explained.insert(at, said.clone());
                said
            }
        };
        Some(said)
    }

    /// Lets a block's texts follow the numbers again: it waits for another answer.
    fn thaw(&mut self, block: usize) {
        self.explained.retain(|(of, _), _| *of != block);
        self.worked.remove(&block);
    }

    /// A text with its numbers.
    fn filled(&self, text: &str, player: &Player, scope: &Scope<'_>, names: &[String]) -> String {
        with_numbers_of(text, scope, names, |says, value, digits| match value {
            _ if self.arriving => "…".into(),
            _ if player.asks_for(says) => "?".into(),
            Some(value) => as_told_with(says, value, digits),
            None => "…".into(),
        })
    }

    fn written(&mut self, ui: &mut Ui, text: String, formulas: &mut Formulas) {
        if self.parsed.len() > PARSED {
            self.parsed.clear();
        }
        let prose = self
            .parsed
            .entry(text)
            .or_insert_with_key(|text| Prose::new(text));
        let Some(link) = prose.show(ui, formulas) else {
            return;
        };
        match &link.target {
            LinkTarget::Quantity(quantity) => {
                // What the pointer is on comes before what has the focus.
                if link.response.hovered() || self.highlight.is_none() {
                    self.highlight = Some(*quantity);
                }
                let here = format!("{}, the {}", quantity.symbol(), quantity.title());
                explained(
                    link.response,
                    &here,
                    Term::of_quantity(*quantity).as_slice(),
                );
            }
            LinkTarget::Term(name) => {
                if let Some(term) = glossary::lookup(name) {
                    link.response.on_hover_ui(|ui| {
                        ui.set_max_width(ui.spacing().tooltip_width);
                        definition(ui, term, &Prose::new(term.text), formulas);
                    });
                }
            }
            LinkTarget::Url(address) => {
                if link.clicked {
                    ui.ctx().open_url(eframe::egui::OpenUrl::new_tab(address));
                }
            }
        }
    }

    /// Whether a block says something else than in the last frame; not when its page has just been turned to.
    fn is_new(&mut self, block: usize, says: String) -> bool {
        let is_something = !says.is_empty();
        let before = self.said.insert(block, says);
        self.touched
            && is_something
            && before.is_some_and(|before| self.said.get(&block) != Some(&before))
    }
}

/// The ways back and on at the foot of a page; `next` is the title of the lesson that follows.
fn ways_on(ui: &mut Ui, player: &Player, next: Option<&str>) -> Option<Turn> {
    let mut turn = None;
    let (page, pages) = (player.page_number(), player.lesson.pages.len());
    // Above the buttons, which with the last page's take the whole width.
    caption(ui, &format!("page {} of {pages}", page + 1));
    ui.horizontal(|ui| {
        if ui.add_enabled(page > 0, Button::new("Back")).clicked() {
            turn = Some(Turn::To(page - 1));
        }
        let ready = player.page_done();
        let (on, after) = match (player.is_last(), next) {
            (false, _) => (Some(Turn::To(page + 1)), "page"),
            (true, Some(_)) => (Some(Turn::Next), "lesson"),
            (true, None) => (None, ""),
        };
        if let Some(on) = on {
            let button = match ready {
                true => primary_button(ui, &format!("Next {after}")),
                false => ui.button("Skip"),
            };
            let hover = match (next.filter(|_| player.is_last()), ready) {
                (Some(title), true) => format!("Begin “{title}”"),
                (Some(title), false) => format!("Begin “{title}” without finishing this page"),
                (None, true) => "Your place is kept, and what was answered".to_owned(),
                (None, false) => "Go on without finishing this page".to_owned(),
            };
            if button.on_hover_text(hover).clicked() {
                turn = Some(on);
            }
        }
        if player.is_last() && ready {
            let finish = match next {
                Some(_) => ui.button("Finish"),
                None => primary_button(ui, "Finish"),
            };
            let hover = "Back to your experiment; your place in the lesson is kept";
            if finish.on_hover_text(hover).clicked() {
                turn = Some(Turn::Leave);
            }
        }
    });
    turn
}

/// Scrolls to what was drawn below `top`, if it is not in view: what was done is answered where the learner looks.
fn bring_into_view(ui: &Ui, top: f32) {
    let below = ui.min_rect();
    let rect = Rect::from_min_max(pos2(below.left(), top), below.max);
    ui.scroll_to_rect(rect, None);
}

/// That what was said cannot be judged, and why, in words.
fn cannot_tell(ui: &mut Ui, why: &str) {
    let why = why.trim_end_matches('.');
    ui.label(format!("The engine cannot tell here: {why}."));
    caption(
        ui,
        "The page goes on without it. “Again” below begins the page anew, as it was meant.",
    );
}

/// A button that does not come first, with room above and below its words.
fn small_button(ui: &mut Ui, text: &str) -> Response {
    const HEIGHT: f32 = 22.0;
    ui.add(Button::new(text).small().min_size(vec2(0.0, HEIGHT)))
}

fn card(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui.visuals());
    quiet_card(ui, |ui| {
        ui.label(
            RichText::new(name)
                .size(SMALL)
                .color(palette.accent_text)
                .strong(),
        );
        contents(ui);
    });
}
