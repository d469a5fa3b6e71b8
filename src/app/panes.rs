//! The panes that hold the views: resized, moved, enlarged, closed and put back by the user.

use super::theme::{self, Palette, SMALL, TEXT};
use super::views::{Scene, Shared, View};
use crate::session::Command;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Button, Color32, Frame, Id, Margin, RichText, Stroke, TextStyle, TextWrapMode, Ui,
    UiBuilder, WidgetInfo, WidgetText, vec2,
};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, SimplificationOptions, TabState, Tile, TileId, Tiles,
    Tree, UiResponse,
};
use serde::{Deserialize, Serialize};

/// What brings all panes back, in menus and for screen readers.
pub(super) const RESTORE: &str = "Back to all panes";

/// A pane: the name of the view in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pane {
    view: String,
}

/// The layout of all panes.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Panes {
    tree: Tree<Pane>,
    /// The view whose pane, with those that lie behind it, has all the room.
    #[serde(default)]
    enlarged: Option<String>,
    /// The view that the pointer was in last.
    #[serde(skip)]
    pointed: Option<String>,
}

impl Default for Panes {
    /// Over the whole width what has time as its axis, so that its columns align; below, side by side, the rest. Behind the gates
    /// lie attention, which most models have not, and what needs as much room now and then; behind the training a single number.
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
            number,
            prediction,
        ] = [
            "network",
            "gates",
            "attention",
            "autoregression",
            "data",
            "gradient_flow",
            "training",
            "number",
            "prediction",
        ]
        .map(&mut pane);
        let gates = tiles.insert_tab_tile(vec![gates, attention, autoregression, data]);
        let training = tiles.insert_tab_tile(vec![training, number]);
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
            enlarged: None,
            pointed: None,
        }
    }
}

impl Panes {
    /// Adds views that a kept layout does not know, each behind the one that stands before it in the list.
    pub(super) fn complete(&mut self, views: &[Box<dyn View>]) {
        for (index, view) in views.iter().enumerate() {
            if self.tile(view.name()).is_some() {
                continue;
            }
            let beside = index
                .checked_sub(1)
                .and_then(|before| self.tile(views[before].name()));
            let group = beside.and_then(|beside| self.tree.tiles.parent_of(beside));
            let view = view.name().into();
            let tile = self.tree.tiles.insert_pane(Pane { view });
            match group.and_then(|group| self.tree.tiles.get_mut(group)) {
                Some(Tile::Container(Container::Tabs(tabs))) => tabs.add_child(tile),
                _ => {
                    // It has no place that could be guessed.
                    *self = Self::default();
                    return;
                }
            }
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
            Some(tile) if self.tree.is_visible(tile) => self.hide(tile),
            _ => self.reveal(name),
        }
    }

    /// Hidden rather than removed, so that the View menu can bring it back to its place.
    fn hide(&mut self, tile: TileId) {
        if self.enlarged_tile() == Some(tile) {
            self.enlarged = None;
        }
        self.tree.set_visible(tile, false);
    }

    /// Makes sure that a view is seen.
    pub(super) fn reveal(&mut self, name: &str) {
        if let Some(tile) = self.tile(name) {
            self.tree.set_visible(tile, true);
            self.tree.make_active(|id, _| id == tile);
            let beside = self.enlarged_tile().is_some_and(|enlarged| {
                self.tree.tiles.parent_of(enlarged) != self.tree.tiles.parent_of(tile)
            });
            if beside {
                self.enlarged = None;
            }
        }
    }

    /// Whether one pane has all the room.
    pub(super) fn is_enlarged(&self) -> bool {
        self.enlarged.is_some()
    }

    /// Gives a view's pane all the room.
    pub(super) fn enlarge(&mut self, name: &str) {
        self.reveal(name);
        self.enlarged = self.tile(name).map(|_| name.to_owned());
    }

    /// Gives every pane its place again.
    pub(super) fn restore(&mut self) {
        self.enlarged = None;
    }

    /// Enlarges the pane that the pointer was in last, the first one if it was in none, or brings all back.
    pub(super) fn turn(&mut self, views: &[Box<dyn View>]) {
        if self.is_enlarged() {
            self.restore();
            return;
        }
        let shown = |name: &str| {
            let tile = self.tile(name);
            tile.is_some_and(|tile| self.tree.is_visible(tile))
        };
        let pointed = self.pointed.as_deref();
        let mut names = pointed
            .into_iter()
            .chain(views.iter().map(|view| view.name()));
        if let Some(name) = names.find(|name| shown(name)).map(str::to_owned) {
            self.enlarge(&name);
        }
    }

    /// The enlarged pane, if it is still to be seen.
    fn enlarged_tile(&self) -> Option<TileId> {
        let tile = self.tile(self.enlarged.as_ref()?)?;
        self.tree.is_visible(tile).then_some(tile)
    }

    /// The panes that one is switched with by tabs, itself among them.
    fn group(&self, tile: TileId) -> Vec<TileId> {
        let parent = self.tree.tiles.parent_of(tile);
        match parent.and_then(|parent| self.tree.tiles.get_container(parent)) {
            Some(Container::Tabs(tabs)) => tabs.children.clone(),
            _ => vec![tile],
        }
    }

    /// The view of the first pane of `tiles` that is the open tab of its place.
    fn open_view(&self, tiles: &[TileId]) -> Option<String> {
        let active = self.tree.active_tiles();
        let open = tiles.iter().filter(|tile| active.contains(tile));
        let mut panes = open.filter_map(|tile| self.tree.tiles.get_pane(tile));
        panes.next().map(|pane| pane.view.clone())
    }

    /// Takes the panes beside the enlarged one out of the layout and says which; they come back in [`Panes::show`], so that
    /// the layout is kept as it was, whatever is enlarged in it.
    fn set_aside(&mut self, enlarged: TileId) -> Vec<TileId> {
        let kept = self.group(enlarged);
        let tiles = self.tree.tiles.iter();
        let aside: Vec<TileId> = tiles
            .filter(|(id, tile)| matches!(tile, Tile::Pane(_)) && !kept.contains(id))
            .map(|(&id, _)| id)
            .filter(|&id| self.tree.is_visible(id))
            .collect();
        for &tile in &aside {
            self.tree.set_visible(tile, false);
        }
        aside
    }

    /// Remembers where the pointer is.
    fn follow_pointer(&mut self, ui: &Ui) {
        let Some(at) = ui.input(|input| input.pointer.hover_pos()) else {
            return;
        };
        let tiles = self.tree.tiles.iter();
        let under = tiles.filter_map(|(&id, tile)| match tile {
            Tile::Container(Container::Tabs(tabs)) => {
                let here = self.tree.tiles.rect(id)?.contains(at);
                here.then_some(tabs.active).flatten()
            }
            _ => None,
        });
        let under: Vec<TileId> = under.collect();
        if let Some(view) = self.open_view(&under) {
            self.pointed = Some(view);
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
        let enlarged = self.enlarged_tile();
        if enlarged.is_none() {
            self.enlarged = None;
        }
        let aside = enlarged.map_or(Vec::new(), |tile| self.set_aside(tile));
        let mut drawing = Drawing {
            views,
            scene,
            shared,
            enlarged: enlarged.is_some(),
            commands: Vec::new(),
            wanted: None,
        };
        self.tree.ui(&mut drawing, ui);
        let Drawing {
            commands, wanted, ..
        } = drawing;
        self.follow_pointer(ui);
        if let Some(enlarged) = enlarged {
            // Another tab may have been turned to.
            let open = self.open_view(&self.group(enlarged));
            self.enlarged = open.or(self.enlarged.take());
        }
        for tile in aside {
            self.tree.set_visible(tile, true);
        }
        match wanted {
            None => {}
            Some(Wanted::Hide(tile)) => self.hide(tile),
            Some(Wanted::Enlarge(view)) => self.enlarge(&view),
            Some(Wanted::Restore) => self.restore(),
        }
        commands
    }
}

/// What the user wants of the layout.
enum Wanted {
    Hide(TileId),
    /// A view's pane.
    Enlarge(String),
    Restore,
}

struct Drawing<'a, 'b> {
    views: &'a mut [Box<dyn View>],
    scene: &'a Scene<'b>,
    shared: &'a mut Shared,
    /// Whether one pane has all the room.
    enlarged: bool,
    commands: Vec<Command>,
    wanted: Option<Wanted>,
}

impl Drawing<'_, '_> {
    /// Enlarges a view's pane, or brings all back.
    fn turn(&mut self, view: &str) {
        self.wanted = Some(if self.enlarged {
            Wanted::Restore
        } else {
            Wanted::Enlarge(view.to_owned())
        });
    }

    /// The button that does this, at the end of a pane's header.
    fn turn_button(&mut self, ui: &mut Ui, pane: &Pane) {
        let color = Palette::of(ui.visuals()).weak_text;
        let sign = RichText::new("⤢").size(TEXT).color(color);
        let button = Button::selectable(self.enlarged, sign).min_size(vec2(20.0, 20.0));
        let response = ui
            .scope(|ui| {
                // Hardly more than the margin: in a small window tabs and tools need the room.
                ui.spacing_mut().button_padding = vec2(2.0, 2.0);
                ui.add(button)
            })
            .inner;
        let (name, hover) = if self.enlarged {
            (RESTORE.to_owned(), "Back to all panes (E or Escape)")
        } else {
            let hover = "Give this pane all the room (E with the pointer in it)";
            (format!("Enlarge {}", self.title(pane)), hover)
        };
        // Screen readers get the name, not the sign.
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.on_hover_text(hover).clicked() {
            self.turn(&pane.view);
        }
    }

    /// What the titles of all panes of a bar take of it, in points.
    fn titles_width(&mut self, tiles: &Tiles<Pane>, ui: &Ui, tabs: &egui_tiles::Tabs) -> f32 {
        let mut width = 0.0;
        for &tile in tabs.children.iter().filter(|&&tile| tiles.is_visible(tile)) {
            let title = self.tab_title_for_tile(tiles, tile);
            let font = TextStyle::Button.resolve(ui.style());
            let galley = title.into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, font);
            width += galley.size().x + 2.0 * self.tab_title_spacing(ui.visuals());
        }
        // The space between titles and tools; rounding must not bring the arrows that turn over titles.
        width + ui.spacing().item_spacing.x + 4.0
    }

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
                let builder = UiBuilder::new().accessibility_label(view.title());
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
        ui.spacing_mut().item_spacing.x = 4.0;
        self.turn_button(ui, pane);
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.spacing_mut().interact_size.y = 24.0;
        let titles = self.titles_width(tiles, ui, tabs);
        if let Some(view) = self.views.iter_mut().find(|view| view.name() == pane.view) {
            // Tools have what titles leave, which stay in sight however narrow the pane.
            let mut room = ui.available_rect_before_wrap();
            room.min.x = (room.left() + titles).min(room.right());
            let layout = *ui.layout();
            let mut beside = ui.new_child(UiBuilder::new().max_rect(room).layout(layout));
            beside.shrink_clip_rect(room);
            view.tools(&mut beside, self.scene, self.shared);
            ui.advance_cursor_after_rect(beside.min_rect().intersect(room));
        }
    }

    fn on_tab_button(
        &mut self,
        tiles: &mut Tiles<Pane>,
        tile: TileId,
        button: egui::Response,
    ) -> egui::Response {
        let Some(pane) = tiles.get_pane(&tile) else {
            return button;
        };
        button.context_menu(|ui| {
            let turn = if self.enlarged {
                RESTORE
            } else {
                "Enlarge this pane"
            };
            if ui.button(turn).clicked() {
                self.turn(&pane.view);
                ui.close();
            }
            if ui.button("Hide this pane").clicked() {
                self.wanted = Some(Wanted::Hide(tile));
                ui.close();
            }
        });
        if button.double_clicked() {
            self.turn(&pane.view);
        }
        let title = self.title(pane);
        let (drag, turn) = if self.enlarged {
            ("", "double-click to bring all panes back")
        } else {
            ("drag to move, ", "double-click to enlarge")
        };
        button.on_hover_text(format!(
            "{title}: {drag}{turn}, right-click to hide; the View menu brings it back"
        ))
    }

    /// Beside an enlarged pane there is no place to move to.
    fn is_tile_draggable(&self, _: &Tiles<Pane>, _: TileId) -> bool {
        !self.enlarged
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
