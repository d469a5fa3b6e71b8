//! The layouts by name, each as the user has made it, and which of them is on show.

use super::panes::{Entry, Panes};
use super::views::{Home, Purpose, Scene, Shared, View};
use crate::session::Command;
use eframe::egui::Ui;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All layouts.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Layouts {
    shown: Purpose,
    of: BTreeMap<Purpose, Panes>,
}

impl Layouts {
    /// As they are at first.
    pub(super) fn standard(views: &[Box<dyn View>]) -> Self {
        let of = Purpose::ALL.map(|layout| (layout, Panes::standard(views, layout)));
        Self {
            shown: Purpose::Explore,
            of: of.into(),
        }
    }

    /// With the panes of a window that had one layout of everything, where the user left them.
    pub(super) fn with_all(views: &[Box<dyn View>], mut panes: Panes) -> Self {
        panes.complete(views, Purpose::All);
        let mut layouts = Self::standard(views);
        layouts.of.insert(Purpose::All, panes);
        layouts.shown = Purpose::All;
        layouts
    }

    /// Makes kept layouts ones of these views.
    pub(super) fn complete(&mut self, views: &[Box<dyn View>]) {
        for layout in Purpose::ALL {
            let panes = self.of.entry(layout);
            let panes = panes.or_insert_with(|| Panes::standard(views, layout));
            panes.complete(views, layout);
        }
    }

    /// Which one is on show.
    pub(super) fn shown(&self) -> Purpose {
        self.shown
    }

    /// Turns to another.
    pub(super) fn turn_to(&mut self, layout: Purpose) {
        self.shown = layout;
    }

    /// Opens every view in the layout on show, each in a pane of its own.
    pub(super) fn open_all(&mut self, views: &[Box<dyn View>]) {
        let layout = self.shown;
        self.of.insert(layout, Panes::all_beside(views, layout));
    }

    /// Puts the layout on show back to what it was at first.
    pub(super) fn reset(&mut self, views: &[Box<dyn View>]) {
        let layout = self.shown;
        self.of.insert(layout, Panes::standard(views, layout));
    }

    /// The panes of the layout on show.
    pub(super) fn panes(&mut self) -> &mut Panes {
        let layout = self.shown;
        self.of
            .entry(layout)
            .or_insert_with(|| Panes::standard(&[], layout))
    }

    /// All views, for the menu.
    pub(super) fn list(&self, views: &[Box<dyn View>]) -> Vec<Entry> {
        let panes = self.of.get(&self.shown);
        panes.map_or(Vec::new(), |panes| panes.list(views))
    }

    /// Whether one pane has all the room.
    pub(super) fn is_enlarged(&self) -> bool {
        self.of.get(&self.shown).is_some_and(Panes::is_enlarged)
    }

    /// Brings a view to the front, and those beside it that have a place there: in the layout on show if it has places for all of
    /// them, otherwise in the first that has, or that has one for the view at least.
    pub(super) fn reveal(&mut self, name: &str, also: &[String], views: &[Box<dyn View>]) {
        let all = || std::iter::once(name).chain(also.iter().map(String::as_str));
        let has_place = |layout: Purpose, name: &str| {
            let view = views.iter().find(|view| view.name() == name);
            view.is_some_and(|view| {
                matches!(
                    view.home(layout),
                    Home::Row(_) | Home::LastRow(_) | Home::Behind(_)
                )
            })
        };
        if !all().all(|name| self.panes().has_open(name)) {
            let mut layouts = Purpose::ALL.into_iter();
            let for_all = layouts.find(|layout| all().all(|name| has_place(*layout, name)));
            if let Some(layout) = for_all {
                self.shown = layout;
            } else if !self.panes().has_open(name) {
                let mut layouts = Purpose::ALL.into_iter();
                let for_view = layouts.find(|layout| has_place(*layout, name));
                self.shown = for_view.unwrap_or(self.shown);
            }
        }
        self.panes().reveal(name);
        for name in also {
            if self.panes().has_open(name) {
                self.panes().reveal(name);
            }
        }
    }

    /// Draws the panes of the layout on show.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        views: &mut [Box<dyn View>],
        scene: &Scene<'_>,
        shared: &mut Shared,
    ) -> Vec<Command> {
        self.panes().show(ui, views, scene, shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::views;

    #[test]
    fn what_is_to_be_seen_beside_a_view_chooses_the_layout_too() {
        let views = views::all();
        let mut layouts = Layouts::standard(&views);
        layouts.turn_to(Purpose::Gradients);
        layouts.panes().reveal("number");
        layouts.reveal("number", &["cell".into()], &views);
        assert_eq!(layouts.shown(), Purpose::Cell);
        // Where both are there already, nothing moves.
        layouts.turn_to(Purpose::All);
        layouts.reveal("number", &["cell".into()], &views);
        assert_eq!(layouts.shown(), Purpose::All);
    }
}
