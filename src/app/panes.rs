//! The panes that hold the views: resized, moved, closed and put back by the user.

use super::theme::{self, Palette, SMALL};
use super::views::{Scene, Shared, View};
use crate::session::Command;
use eframe::egui::{self, Color32, Frame, Id, Margin, RichText, Stroke, Ui, WidgetText};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, SimplificationOptions, TabState, Tile, TileId, Tiles,
    Tree, UiResponse,
};
use serde::{Deserialize, Serialize};

/// A pane: the name of the view in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pane {
    view: String,
}

/// The layout of all panes.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Panes {
    tree: Tree<Pane>,
}

impl Default for Panes {
    /// Over the whole width what has time as its axis, so that its columns align; below, side by side, the rest. Behind the gates
    /// lie attention, which most models have not, and what needs as much room now and then.
    fn default() -> Self {
        let mut tiles = Tiles::default();
        let mut pane = |view: &str| tiles.insert_pane(Pane { view: view.into() });
        let [
            network,
            gates,
            attention,
            autoregression,
            data,
            flow,
            training,
            prediction,
        ] = [
            "network",
            "gates",
            "attention",
            "autoregression",
            "data",
            "gradient_flow",
            "training",
            "prediction",
        ]
        .map(&mut pane);
        let gates = tiles.insert_tab_tile(vec![gates, attention, autoregression, data]);
        let mut below = Linear::new(LinearDir::Horizontal, vec![training, prediction]);
        // Beside its plot, prediction has a table.
        below.shares.set_share(prediction, 1.15);
        let below = tiles.insert_container(Container::Linear(below));
        let mut all = Linear::new(LinearDir::Vertical, vec![network, gates, flow, below]);
        for (tile, share) in [(network, 0.95), (gates, 1.45), (flow, 1.0), (below, 1.25)] {
            all.shares.set_share(tile, share);
        }
        let root = tiles.insert_container(Container::Linear(all));
        Self {
            tree: Tree::new(Id::unique("panes"), root, tiles),
        }
    }
}

impl Panes {
    /// Adds panes of views that a kept layout does not know.
    pub(super) fn complete(&mut self, views: &[Box<dyn View>]) {
        let known = |name: &str| {
            self.tree
                .tiles
                .iter()
                .any(|(_, tile)| matches!(tile, Tile::Pane(pane) if pane.view == name))
        };
        if views.iter().any(|view| !known(view.name())) {
            *self = Self::default();
        }
    }

    fn tile(&self, name: &str) -> Option<TileId> {
        self.tree.tiles.find_pane(&Pane { view: name.into() })
    }

    /// Name, title and whether it is shown, for the menu.
    pub(super) fn list(&self, views: &[Box<dyn View>]) -> Vec<(String, String, bool)> {
        let shown = |name| {
            self.tile(name)
                .is_some_and(|tile| self.tree.is_visible(tile))
        };
        views
            .iter()
            .map(|view| (view.name().into(), view.title().into(), shown(view.name())))
            .collect()
    }

    /// Shows or hides a view.
    pub(super) fn toggle(&mut self, name: &str) {
        match self.tile(name) {
            Some(tile) if self.tree.is_visible(tile) => self.tree.set_visible(tile, false),
            _ => self.reveal(name),
        }
    }

    /// Makes sure that a view is seen.
    pub(super) fn reveal(&mut self, name: &str) {
        if let Some(tile) = self.tile(name) {
            self.tree.set_visible(tile, true);
            self.tree.make_active(|id, _| id == tile);
        }
    }

    /// Draws all panes.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        views: &mut [Box<dyn View>],
        scene: &Scene<'_>,
        shared: &mut Shared,
    ) -> Vec<Command> {
        let mut drawing = Drawing {
            views,
            scene,
            shared,
            commands: Vec::new(),
            closed: None,
        };
        self.tree.ui(&mut drawing, ui);
        let Drawing {
            commands, closed, ..
        } = drawing;
        if let Some(tile) = closed {
            self.tree.set_visible(tile, false);
        }
        commands
    }
}

struct Drawing<'a, 'b> {
    views: &'a mut [Box<dyn View>],
    scene: &'a Scene<'b>,
    shared: &'a mut Shared,
    commands: Vec<Command>,
    closed: Option<TileId>,
}

impl Drawing<'_, '_> {
    fn title(&self, pane: &Pane) -> &'static str {
        self.views
            .iter()
            .find(|view| view.name() == pane.view)
            .map_or("", |view| view.title())
    }
}

impl Behavior<Pane> for Drawing<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut Pane) -> UiResponse {
        let frame = Frame::new().inner_margin(Margin {
            left: 8,
            right: 0,
            top: 2,
            bottom: 4,
        });
        frame.show(ui, |ui| {
            ui.set_clip_rect(ui.max_rect().expand(8.0).intersect(ui.clip_rect()));
            if let Some(view) = self.views.iter_mut().find(|view| view.name() == pane.view) {
                let builder = egui::UiBuilder::new().accessibility_label(view.title());
                let commands = ui
                    .scope_builder(builder, |ui| view.show(ui, self.scene, self.shared))
                    .inner;
                self.commands.extend(commands);
            }
        });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        RichText::new(self.title(pane))
            .font(theme::semi_bold(SMALL))
            .into()
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<Pane>,
        ui: &mut Ui,
        _: TileId,
        tabs: &egui_tiles::Tabs,
        _: &mut f32,
    ) {
        let Some(Tile::Pane(pane)) = tabs.active.and_then(|active| tiles.get(active)) else {
            return;
        };
        if let Some(view) = self.views.iter_mut().find(|view| view.name() == pane.view) {
            ui.add_space(16.0);
            ui.spacing_mut().item_spacing.x = 8.0;
            ui.spacing_mut().interact_size.y = 24.0;
            view.tools(ui, self.scene, self.shared);
        }
    }

    fn on_tab_button(
        &mut self,
        tiles: &mut Tiles<Pane>,
        tile: TileId,
        button: egui::Response,
    ) -> egui::Response {
        button.context_menu(|ui| {
            if ui.button("Hide this pane").clicked() {
                // Hidden rather than removed, so that the View menu can bring it back to its place.
                self.closed = Some(tile);
                ui.close();
            }
        });
        let title = match tiles.get(tile) {
            Some(Tile::Pane(pane)) => self.title(pane),
            _ => "",
        };
        button.on_hover_text(format!(
            "{title}: drag to move, right-click to hide; the View menu brings it back"
        ))
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }

    fn tab_bar_height(&self, _: &egui::Style) -> f32 {
        28.0
    }

    fn gap_width(&self, _: &egui::Style) -> f32 {
        1.0
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> Color32 {
        Palette::of(visuals).background
    }

    fn tab_bg_color(
        &self,
        visuals: &egui::Visuals,
        _: &Tiles<Pane>,
        _: TileId,
        _: &TabState,
    ) -> Color32 {
        Palette::of(visuals).background
    }

    fn tab_outline_stroke(
        &self,
        _: &egui::Visuals,
        _: &Tiles<Pane>,
        _: TileId,
        _: &TabState,
    ) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _: &egui::Visuals) -> Stroke {
        Stroke::NONE
    }

    fn tab_text_color(
        &self,
        visuals: &egui::Visuals,
        _: &Tiles<Pane>,
        _: TileId,
        state: &TabState,
    ) -> Color32 {
        let palette = Palette::of(visuals);
        if state.active {
            palette.strong_text
        } else {
            palette.weak_text
        }
    }
}
