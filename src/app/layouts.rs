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

    /// Makes sure that a view is seen: in the layout on show if it has a place in it, otherwise in the first that has.
    pub(super) fn reveal(&mut self, name: &str, views: &[Box<dyn View>]) {
        if !self.panes().has_open(name)
            && let Some(view) = views.iter().find(|view| view.name() == name)
        {
            let has_place = |layout: &Purpose| {
                matches!(
                    view.home(*layout),
                    Home::Row(_) | Home::LastRow(_) | Home::Behind(_)
                )
            };
            self.shown = Purpose::ALL
                .into_iter()
                .find(has_place)
                .unwrap_or(self.shown);
        }
        self.panes().reveal(name);
    }

    /// Brings a view to the front in the layout on show, if it has a place there.
    pub(super) fn reveal_beside(&mut self, name: &str) {
        if self.panes().has_open(name) {
            self.panes().reveal(name);
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
