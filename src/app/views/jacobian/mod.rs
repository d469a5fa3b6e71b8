//! Jacobians through time: what a change of the state at one step makes of it at the next, and at later ones.
//!
//! There are four forms: the matrix of [one step](step); how much [every step](values) stretches; the product over a
//! [span](span) of steps; and the [eigenvalues](spectrum) of the recurrent weights, which follow training.

mod span;
mod spectrum;
mod step;
mod values;

use super::{Home, Purpose, Scene, Shared, View, above_ruler, page_named, readout_label};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Term, ValueTextures, caption, compact_choice, explained, has_room, listed, listed_width,
    segmented, segmented_width,
};
use crate::nn::{Cell, Direction, PartScan, Quantity};
use crate::session::{Command, Told};
use crate::train::question::{At, States};
use crate::train::{Answer, Question};
use eframe::egui::{Label, PopupAnchor, Response, RichText, Tooltip, Ui, WidgetText};
use std::sync::Arc;

/// The view.
pub struct Jacobian {
    form: Form,
    states: States,
    textures: ValueTextures,
    /// The matrix that was drawn last, and of which step it is.
    drawn: Option<(usize, Arc<Answer>)>,
    /// Of which snapshot, scan and states that is: of others it is not what was drawn last.
    drawn_of: Option<(u64, At, States)>,
    /// How many were drawn before.
    version: u64,
    /// The entry that keys move: row and column.
    entry: (usize, usize),
    /// The columns from which to which the product goes; all of them if none were chosen.
    span: Option<(usize, usize)>,
    /// Where a drag began.
    dragged_from: Option<usize>,
    /// Which block's eigenvalues are on show; all, if 0.
    block: usize,
    trail: spectrum::Trail,
    /// What is under the pointer, in numbers.
    told: Option<String>,
    /// Whether there was no room for that beside the title.
    crowded: bool,
    /// Whether there was none for the choices: then they stand in the view.
    choices_inside: bool,
    /// Where the cursor stood before it was moved by the last click.
    before_click: Option<usize>,
    /// The update that what is drawn is of, if it is an older one than that on show.
    older: Option<u64>,
}

impl Default for Jacobian {
    fn default() -> Self {
        Self {
            form: Form::default(),
            states: States::Hidden,
            textures: ValueTextures::default(),
            drawn: None,
            drawn_of: None,
            version: 0,
            entry: (0, 0),
            span: None,
            dragged_from: None,
            block: 0,
            trail: spectrum::Trail::default(),
            told: None,
            crowded: false,
            choices_inside: false,
            before_click: None,
            older: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Form {
    #[default]
    Step,
    Values,
    Span,
    Spectrum,
}

const FORMS: [(Form, &str); 4] = [
    (Form::Step, "one step"),
    (Form::Values, "every step"),
    (Form::Span, "span"),
    (Form::Spectrum, "eigenvalues"),
];

const STATES: [(States, &str); 2] = [(States::Hidden, "h"), (States::Whole, "h and c")];

impl View for Jacobian {
    fn name(&self) -> &'static str {
        "jacobian"
    }

    fn title(&self) -> &'static str {
        "Jacobians"
    }

    fn question(&self) -> &'static str {
        "What does a small change of the state at one step do to the state at later ones?"
    }

    fn pages(&self) -> Vec<&'static str> {
        FORMS.map(|(_, page)| page).to_vec()
    }

    fn turn_to(&mut self, page: &str) {
        self.form = page_named(&FORMS, page).unwrap_or(self.form);
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Gradients => Home::Behind("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Closed("gradient_flow"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.part.scans.iter().any(|scan| scan.cell.is_some())
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        self.choices_inside = ui.available_width() < least_width(ui, scene, shared);
        if !self.choices_inside {
            self.choose(ui, scene, shared);
            ui.add_space(GRID);
        }
        if let Some(text) = &self.told {
            self.crowded = !readout_label(ui, text);
            return;
        }
        if let Some(update) = self.older {
            let text = format!("of update {update}");
            if has_room(ui, &text, 0.0) {
                caption(ui, &text);
            }
        }
        match self.form {
            Form::Step => step::legend(self, ui),
            Form::Values => values::legend(ui),
            Form::Span => span::legend(ui, scene, shared),
            Form::Spectrum => {}
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if self.choices_inside {
            ui.horizontal(|ui| self.choose(ui, scene, shared));
        }
        self.older = None;
        let before = self.told.take();
        let mut commands = Vec::new();
        let of_steps = matches!(self.form, Form::Values | Form::Span);
        let mut above =
            of_steps.then(|| above_ruler(ui, "Jacobians", scene, shared, &mut commands));
        let ui = above.as_mut().unwrap_or(ui);
        commands.extend(match self.form {
            Form::Step => step::show(self, ui, scene, shared),
            Form::Values => values::show(self, ui, scene, shared),
            Form::Span => span::show(self, ui, scene, shared),
            Form::Spectrum => spectrum::show(self, ui, scene, shared),
        });
        if self.told != before {
            // The numbers stand beside the title, which was drawn before.
            ui.ctx().request_repaint();
        }
        commands
    }
}

/// The room that the choices need, each a list.
fn least_width(ui: &Ui, scene: &Scene<'_>, shared: &Shared) -> f32 {
    let forms = FORMS.iter().map(|(_, text)| listed_width(ui, text));
    let mut width = forms.fold(0.0, f32::max) + 2.0 * GRID;
    if scene.part.scans.len() > 1 {
        width += 15.0 * GRID;
    }
    if has_c(scene, shared) {
        width += segmented_width(ui, &STATES) + GRID;
    }
    width
}

impl Jacobian {
    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let scans = scene.part.scans.len();
        if scans > 1 {
            let names: Vec<String> = (0..scans).map(|scan| scene.part.scan_name(scan)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            compact_choice(ui, "Layer", &mut shared.scan, &names);
        }
        if has_c(scene, shared) && self.form != Form::Spectrum {
            segmented(ui, "States", &mut self.states, &STATES);
        }
        // The forms come last, so that they are a list where the rest leaves no room.
        if ui.available_width() >= segmented_width(ui, &FORMS) + 20.0 * GRID {
            segmented(ui, "Form", &mut self.form, &FORMS);
        } else {
            listed(ui, "Form", &mut self.form, &FORMS);
        }
        if self.form == Form::Spectrum {
            spectrum::choose(self, ui, scene, shared);
        }
    }

    /// The states that Jacobians are of: all that there are where there is no c.
    fn states(&self, scene: &Scene<'_>, shared: &Shared) -> States {
        match has_c(scene, shared) {
            true => self.states,
            false => States::Hidden,
        }
    }

    /// Asks, and remembers of which update the answer is, if it is an older one.
    fn ask(&mut self, scene: &Scene<'_>, question: &Question) -> Option<Arc<Answer>> {
        let Told {
            answer,
            update,
            is_current,
        } = scene.session.ask(question);
        if answer.is_some() && !is_current {
            self.older = Some(update);
        }
        answer
    }

    /// Says at the pointer what had no room beside the title.
    fn tell_at_pointer(&self, ui: &Ui, response: &Response) {
        if let Some(text) = self.told.as_ref().filter(|_| self.crowded) {
            let id = response.id.with("numbers");
            let tooltip = Tooltip::always_open(
                ui.ctx().clone(),
                response.layer_id,
                id,
                PopupAnchor::Pointer,
            );
            tooltip.gap(12.0).show(|ui| ui.label(text));
        }
    }
}

fn scan<'a>(scene: &Scene<'a>, shared: &Shared) -> Option<&'a PartScan> {
    scene.part.scans.get(shared.scan)
}

fn cell(scene: &Scene<'_>, shared: &Shared) -> Option<Cell> {
    scan(scene, shared)?.cell
}

fn has_c(scene: &Scene<'_>, shared: &Shared) -> bool {
    cell(scene, shared).is_some_and(|cell| cell.states().contains(&Quantity::C))
}

fn direction(scene: &Scene<'_>, shared: &Shared) -> Direction {
    scan(scene, shared).map_or(Direction::Forward, |scan| scan.place.direction)
}

/// How many units the layer on show has.
fn units(scene: &Scene<'_>, shared: &Shared) -> usize {
    let h = scene.part.first(shared.scan, Quantity::H, false);
    h.map_or(0, |h| h.ncols())
}

fn at(scene: &Scene<'_>, shared: &Shared) -> At {
    At {
        part: scene.part_index,
        scan: shared.scan,
    }
}

/// What the state is called.
fn name(states: States) -> &'static str {
    match states {
        States::Hidden => "h",
        States::Whole => "s",
    }
}

/// Below this height a picture needs all the room there is.
const WORDED: f32 = 140.0;

/// What the picture below says, in one sentence, where there is room for it.
fn sentence(ui: &mut Ui, text: &str) {
    if ui.available_height() >= WORDED {
        let color = ui.visuals().text_color();
        ui.add(Label::new(RichText::new(text).size(SMALL).color(color)));
    }
}

/// A fact: what it is, small, and its number.
fn fact(ui: &mut Ui, what: &str, value: &str, here: &str, terms: &[Term]) {
    let color = Palette::of(ui.visuals()).weak_text;
    let what = RichText::new(what).size(SMALL).color(color);
    titled_fact(ui, what.into(), value, here, terms);
}

/// The same with a title that has colours of its own.
fn titled_fact(ui: &mut Ui, what: WidgetText, value: &str, here: &str, terms: &[Term]) {
    let palette = Palette::of(ui.visuals());
    let label = ui
        .vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.label(what);
            ui.label(RichText::new(value).color(palette.text));
        })
        .response;
    explained(label, here, terms);
    ui.add_space(2.0);
}
