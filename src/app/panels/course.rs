//! The course on one screen: its lessons as a path, what was reached, where one stands, and the way to any page.

use crate::app::theme::{self, GRID, Palette, SMALL, TEXT};
use crate::app::widgets::{caption, primary_button, quiet_card};
use crate::lesson::Course;
use crate::lesson::course::{Reached, Stop, hours};
use crate::words::counted;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Align2, Color32, FontId, Key, Label, Layout, Link, Modifiers, Rect, RichText,
    ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// The widest the path gets, in points.
const WIDEST: f32 = 110.0 * GRID;
/// The room for the numbers of the lessons, left of their titles.
const MARGIN: f32 = 6.0 * GRID;
/// The square of a page.
const PAGE: f32 = 3.0 * GRID;
/// With less height than this the head scrolls with the path.
const TALL: f32 = 60.0 * GRID;

/// What the screen keeps between frames.
#[derive(Default)]
pub struct CoursePanel {
    open: bool,
    /// Whether it has just been opened: then the lesson where one stands is brought into sight.
    fresh: bool,
}

/// Where one stands, and what may be offered.
pub struct Place<'a> {
    /// The lesson and the page, from 0: on show, or to go on with; `None` where all is done.
    pub here: Option<(usize, usize)>,
    /// Whether that page is on show behind this screen.
    pub playing: bool,
    /// How many questions are to be asked again today, in words: “Three questions, two minutes”.
    pub due: Option<&'a str>,
    /// The lessons that are from a folder of the user's.
    pub own: &'a [bool],
}

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go to this page of this lesson.
    Page(usize, usize),
    /// Ask again what is due.
    AskAgain,
    /// Write the summary of this lesson to a file.
    Summary(usize),
    /// Back to what was on show before.
    Close,
}

impl CoursePanel {
    /// Opens the screen.
    pub fn open(&mut self) {
        self.open = true;
        self.fresh = true;
    }

    /// Closes it.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Draws it; Escape leaves it, unless that is `taken` by something else. `below_head` may draw what is to be said there.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        course: &Course,
        place: &Place<'_>,
        taken: bool,
        below_head: impl FnOnce(&mut Ui),
    ) -> Option<Wish> {
        let mut wish = None;
        if !taken && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            wish = Some(Wish::Close);
        }
        let fresh = std::mem::take(&mut self.fresh);
        let tall = ui.available_height() >= TALL;
        if tall {
            in_the_middle(ui, |ui| {
                wish = wish.or(head(ui, course, place));
                below_head(ui);
            });
            ScrollArea::vertical()
                .id_salt("course")
                .auto_shrink(false)
                .show(ui, |ui| {
                    in_the_middle(ui, |ui| wish = wish.or(path(ui, course, place, fresh)));
                });
        } else {
            ScrollArea::vertical()
                .id_salt("course")
                .auto_shrink(false)
                .show(ui, |ui| {
                    in_the_middle(ui, |ui| {
                        wish = wish.or(head(ui, course, place));
                        below_head(ui);
                        wish = wish.or(path(ui, course, place, false));
                    });
                });
        }
        wish
    }
}

/// A column in the middle, no wider than is well read.
fn in_the_middle(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let room = ui.available_rect_before_wrap();
    let width = (room.width() - 4.0 * GRID).min(WIDEST);
    let left = room.left() + 0.5 * (room.width() - width);
    let column = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
    ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
        ui.set_width(width);
        contents(ui);
    });
}

/// How much there is and was reached, and the way on.
fn head(ui: &mut Ui, course: &Course, place: &Place<'_>) -> Option<Wish> {
    let mut wish = None;
    ui.add_space(1.5 * GRID);
    ui.horizontal(|ui| {
        ui.heading("The course");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = match place.playing {
                true => "Back to the page",
                false => "Back to your experiment",
            };
            if ui.button(name).on_hover_text("Escape").clicked() {
                wish = Some(Wish::Close);
            }
        });
    });
    let (done, all) = course.done_of();
    let lessons = counted(course.stops.len(), "lesson");
    let all_minutes = hours(course.minutes());
    let left = match course.minutes_left() {
        0 => "nothing is left".to_owned(),
        left => format!("about {} are left", hours(left)),
    };
    caption(
        ui,
        &format!(
            "{lessons}, {all_minutes}. {done} of {all} questions and exercises are done, {left}."
        ),
    );
    ui.add_space(GRID);
    quiet_card(ui, |ui| {
        match place
            .here
            .and_then(|(at, page)| Some((at, page, course.stops.get(at)?)))
        {
            Some((at, page, stop)) => {
                row(
                    ui,
                    |ui| {
                        let begun = done > 0 || stop.reached() != Reached::Nothing;
                        let says = match place.playing || begun {
                            true => "You are here",
                            false => "Begin here",
                        };
                        caption(ui, says);
                        let title = format!("{}  {}", at + 1, stop.lesson.title);
                        ui.add(Label::new(RichText::new(title).strong()).wrap());
                        caption(ui, &of_page(stop, page));
                    },
                    |ui| {
                        let begun = place.playing || stop.reached() != Reached::Nothing;
                        let name = if begun { "Go on" } else { "Begin" };
                        if primary_button(ui, name).clicked() {
                            wish = Some(match place.playing {
                                true => Wish::Close,
                                false => Wish::Page(at, page),
                            });
                        }
                    },
                );
            }
            None => {
                ui.strong("All of it is done.");
                let words = match place.due {
                    Some(_) => "Any page can be read and played again.",
                    None => {
                        "Any page can be read and played again. What you have answered comes back some days later, on fresh runs."
                    }
                };
                caption(ui, words);
            }
        }
        if let Some(due) = place.due {
            ui.add_space(0.5 * GRID);
            ui.separator();
            row(
                ui,
                |ui| {
                    caption(ui, "Coming back");
                    ui.strong(due);
                },
                |ui| {
                    let hover = "What you have answered before, on fresh runs with other numbers: asked again after some days it stays";
                    if ui.button("Ask me").on_hover_text(hover).clicked() {
                        wish = Some(Wish::AskAgain);
                    }
                },
            );
        }
    });
    ui.add_space(GRID);
    wish
}

/// Words on the left, a button on the right, which stays in sight.
fn row(ui: &mut Ui, words: impl FnOnce(&mut Ui), button: impl FnOnce(&mut Ui)) {
    let beside = 12.0 * GRID;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - beside).max(beside);
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 2.0;
            words(ui);
        });
        ui.with_layout(Layout::right_to_left(Align::Center), button);
    });
}

fn of_page(stop: &Stop, page: usize) -> String {
    let title = stop.lesson.pages.get(page).map(|page| page.title.as_str());
    let (number, all) = (page + 1, stop.pages.len());
    match title {
        Some(title) => format!("Page {number} of {all}: {title}"),
        None => String::new(),
    }
}

/// The lessons below one another, along a line.
fn path(ui: &mut Ui, course: &Course, place: &Place<'_>, fresh: bool) -> Option<Wish> {
    let mut wish = None;
    let palette = Palette::of(ui.visuals());
    let mut centers = Vec::new();
    ui.add_space(GRID);
    // The line lies under the numbers.
    let line = ui.painter().add(eframe::egui::Shape::Noop);
    for (at, stop) in course.stops.iter().enumerate() {
        let here = place.here.filter(|(lesson, _)| *lesson == at);
        let own = place.own.get(at).copied().unwrap_or_default();
        let corner = ui.cursor().min;
        let width = ui.available_width();
        let room = Rect::from_min_size(
            corner + vec2(MARGIN, 0.0),
            vec2((width - MARGIN).max(MARGIN), f32::INFINITY),
        );
        let drawn = ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            self::stop(ui, course, at, here.map(|(_, page)| page), own)
        });
        wish = wish.or(drawn.inner);
        let center = corner + vec2(0.5 * MARGIN - 4.0, 13.0);
        centers.push(center);
        medal(ui, center, at, stop.reached(), here.is_some(), &palette);
        if here.is_some() && fresh {
            let rect = Rect::from_min_max(corner, drawn.response.rect.max);
            ui.scroll_to_rect(rect, Some(Align::Center));
        }
        ui.add_space(2.0 * GRID);
    }
    if let (Some(first), Some(last)) = (centers.first(), centers.last()) {
        let along =
            eframe::egui::Shape::line_segment([*first, *last], Stroke::new(2.0, palette.hairline));
        ui.painter().set(line, along);
    }
    ui.add_space(GRID);
    caption(
        ui,
        "A square is a page: filled where all that it asks is answered. Going to another page loses nothing.",
    );
    ui.add_space(2.0 * GRID);
    wish
}

/// A lesson's number in a circle: filled where it is done, with a strong rim where it is begun.
fn medal(
    ui: &Ui,
    center: eframe::egui::Pos2,
    at: usize,
    reached: Reached,
    here: bool,
    palette: &Palette,
) {
    let radius = 13.0;
    let (fill, rim, ink) = match reached {
        Reached::All => (palette.accent, palette.accent, palette.on_accent),
        Reached::Some => (palette.background, palette.accent, palette.text),
        Reached::Nothing => (palette.background, palette.outline, palette.weak_text),
    };
    let painter = ui.painter();
    painter.circle(center, radius, fill, Stroke::new(1.5, rim));
    if here {
        painter.circle_stroke(center, radius + 3.5, Stroke::new(2.0, palette.strong_text));
    }
    let font = theme::semi_bold(SMALL);
    painter.text(center, Align2::CENTER_CENTER, at + 1, font, ink);
}

/// A lesson's title, what it is about, what it takes and what was reached, and its pages.
fn stop(ui: &mut Ui, course: &Course, at: usize, here: Option<usize>, own: bool) -> Option<Wish> {
    let mut wish = None;
    let palette = Palette::of(ui.visuals());
    let stop = &course.stops[at];
    let go_on = here.unwrap_or(stop.page);
    ui.horizontal_wrapped(|ui| {
        let font = theme::semi_bold(TEXT + 1.0);
        let title = RichText::new(&stop.lesson.title)
            .font(font)
            .color(palette.strong_text);
        let hover = match stop.reached() {
            Reached::Nothing => "Begin it".to_owned(),
            Reached::Some => format!("Go on: {}", of_page(stop, go_on)),
            Reached::All => "Read and play it again".to_owned(),
        };
        if ui.add(Link::new(title)).on_hover_text(hover).clicked() {
            wish = Some(Wish::Page(at, go_on));
        }
        if here.is_some() {
            let mark = RichText::new("here").size(SMALL).strong();
            ui.label(mark);
        }
    });
    ui.add(Label::new(&stop.lesson.summary).wrap());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        caption(ui, &hours(stop.lesson.minutes));
        if !stop.stands_on.is_empty() {
            let numbers: Vec<String> = stop
                .stands_on
                .iter()
                .map(|at| (at + 1).to_string())
                .collect();
            let titles: Vec<String> = stop
                .stands_on
                .iter()
                .map(|&at| format!("{}  {}", at + 1, course.stops[at].lesson.title))
                .collect();
            caption(ui, &format!(" · stands on {}", listed(&numbers)))
                .on_hover_text(titles.join("\n"));
        }
        let (done, all) = stop.pages_done_of();
        let reached = match stop.reached() {
            _ if all == 0 => String::new(),
            Reached::Nothing => format!(" · {}", counted(all, "page")),
            Reached::Some => format!(" · {done} of {} answered", counted(all, "page")),
            Reached::All => format!(" · done, {}", counted(all, "page")),
        };
        caption(ui, &reached);
        if own {
            caption(ui, " · from your folder");
        }
        caption(ui, " · ");
        let words = RichText::new("summary to print…").size(SMALL).color(palette.weak_text);
        let link = ui.add(Link::new(words));
        let name = format!("Summary of lesson {} to print…", at + 1);
        link.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
        let hover = "What to remember, the formulas, the questions with their answers, and the sources, as one file for any browser";
        if link.on_hover_text(hover).clicked() {
            wish = Some(Wish::Summary(at));
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for page in 0..stop.pages.len() {
            if square(ui, at, stop, page, here == Some(page), &palette) {
                wish = Some(Wish::Page(at, page));
            }
        }
    });
    wish
}

/// The square of a page; whether it was chosen.
fn square(ui: &mut Ui, at: usize, stop: &Stop, page: usize, here: bool, palette: &Palette) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(PAGE, PAGE), Sense::click());
    let title = &stop.lesson.pages[page].title;
    let reached = match stop.pages[page] {
        Some(true) => ", answered",
        Some(false) => "",
        None => ", to read",
    };
    let here_too = if here { ", you are here" } else { "" };
    let name = format!(
        "Lesson {}, page {}: {title}{reached}{here_too}",
        at + 1,
        page + 1
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let active = response.hovered() || response.has_focus();
    let (fill, ink) = match stop.pages[page] {
        Some(true) => (palette.accent, palette.on_accent),
        _ if active => (palette.control_hovered, palette.text),
        Some(false) => (palette.control, palette.text),
        None => (Color32::TRANSPARENT, palette.weak_text),
    };
    let rim = match (here, active, stop.pages[page]) {
        (true, ..) => Stroke::new(2.0, palette.strong_text),
        (_, true, _) => Stroke::new(1.5, palette.accent),
        (.., None) => Stroke::new(1.0, palette.hairline),
        (_, _, Some(true)) => Stroke::NONE,
        _ => Stroke::new(1.0, palette.outline),
    };
    ui.painter().rect(rect, 4.0, fill, rim, StrokeKind::Inside);
    let font = FontId::proportional(SMALL);
    let number = page + 1;
    ui.painter()
        .text(rect.center(), Align2::CENTER_CENTER, number, font, ink);
    response
        .on_hover_text(format!("{number}  {title}{reached}"))
        .clicked()
}

/// “4”, “4 and 5”, “2, 4 and 5”.
fn listed(parts: &[String]) -> String {
    match parts {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => parts.join(""),
    }
}

/// The way into the course where the window begins: what comes next, and the path.
pub fn invitation(ui: &mut Ui, course: &Course, next: Option<(usize, usize)>) -> Option<Invited> {
    let mut invited = None;
    quiet_card(ui, |ui| {
        if let Some((at, page)) = next {
            let stop = &course.stops[at];
            let minutes = counted(stop.lesson.minutes as usize, "minute");
            caption(ui, &format!("Lesson {} · {minutes}", at + 1));
            ui.strong(&stop.lesson.title);
            ui.add_space(0.5 * GRID);
            let name = match stop.reached() {
                Reached::Nothing => "Begin the lesson",
                _ => "Go on with the lesson",
            };
            ui.horizontal_wrapped(|ui| {
                // The one filled button of the first screen is the one that sets the network going.
                let button = ui.button(name).on_hover_text(&stop.lesson.summary);
                if button.clicked() {
                    invited = Some(Invited::Lesson(at, page));
                }
                invited = invited.or(way_to_course(ui, course));
            });
        } else {
            caption(ui, "The course");
            ui.strong("All of it is done");
            ui.add_space(0.5 * GRID);
            invited = way_to_course(ui, course);
        }
    });
    invited
}

/// What was chosen of [`invitation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// This lesson, at this page.
    Lesson(usize, usize),
    /// The path.
    Course,
}

fn way_to_course(ui: &mut Ui, course: &Course) -> Option<Invited> {
    let hover = format!(
        "All {} as a path, and what was reached",
        counted(course.stops.len(), "lesson")
    );
    let button = ui.button("The course").on_hover_text(hover);
    button.clicked().then_some(Invited::Course)
}
