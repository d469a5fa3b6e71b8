//! The panes that hold the views: resized, moved, enlarged, closed and put back by the user.

mod fold;

use super::marks;
use super::theme::{self, Palette, SMALL, TEXT};
use super::views::{Home, LAST_ROW, Purpose, Scene, Shared, View};
use super::widgets::{empty_state, explained};
use crate::session::Command;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Button, Color32, Frame, Id, Margin, Rect, RichText, Stroke, TextStyle, TextWrapMode, Ui,
    UiBuilder, WidgetInfo, WidgetText, vec2,
};
use egui_tiles::{
    Behavior, Container, EditAction, Linear, LinearDir, ResizeState, SimplificationOptions,
    TabState, Tile, TileId, Tiles, Tree, UiResponse,
};
use fold::{Folded, Room};
use serde::{Deserialize, Serialize};

/// What brings all panes back, in menus and for screen readers.
pub(super) const RESTORE: &str = "Back to all panes";

/// What stands in a pane that tells what a lesson's page asks.
pub(super) const COVERED: &str = "Answer first: this pane tells it.";

/// A pane: the name of the view in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pane {
    view: String,
}

impl Pane {
    fn of(view: &str) -> Self {
        Self { view: view.into() }
    }
}

/// Tiles beside or below each other, with their shares.
fn linear(direction: LinearDir, tiles: &[(TileId, f32)]) -> Container {
    let children = tiles.iter().map(|(tile, _)| *tile).collect();
    let mut linear = Linear::new(direction, children);
    for &(tile, share) in tiles {
        linear.shares.set_share(tile, share);
    }
    Container::Linear(linear)
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
    /// What is drawn instead while there is no room for all of it.
    #[serde(skip)]
    folded: Option<Folded>,
}

/// What a layout's separators and tabs are told from those of the others by: a drag that goes on while one turns to another
/// layout must move nothing in that.
fn tree_id(layout: Purpose) -> Id {
    Id::unique(("panes", layout))
}

/// How the tree of panes is kept tidy: each pane has its bar, with one tab or more.
const TIDY: SimplificationOptions = SimplificationOptions {
    prune_empty_tabs: true,
    prune_empty_containers: true,
    prune_single_child_tabs: true,
    prune_single_child_containers: true,
    all_panes_must_have_tabs: true,
    join_nested_linear_containers: true,
    // A bar within a bar is what the user has made.
    flatten_tabs_in_tabs: false,
};

/// A view, for the menu.
pub(super) struct Entry {
    /// What it is called by.
    pub(super) name: &'static str,
    /// What it is called on the screen.
    pub(super) title: &'static str,
    /// What it answers.
    pub(super) question: &'static str,
    /// Whether it is in the layout, be it behind another.
    pub(super) shown: bool,
}

impl Panes {
    /// The layout as it is at first: each view at home.
    pub(super) fn standard(views: &[Box<dyn View>], layout: Purpose) -> Self {
        let mut tiles = Tiles::default();
        let (mut rows, mut last) = (Vec::new(), Vec::new());
        for view in views {
            let (row, share) = match view.home(layout) {
                Home::Row(share) => (&mut rows, share),
                Home::LastRow(share) => (&mut last, share),
                Home::Behind(_) | Home::Closed(_) => continue,
            };
            let pane = tiles.insert_pane(Pane::of(view.name()));
            row.push((tiles.insert_tab_tile(vec![pane]), share));
        }
        if !last.is_empty() {
            let last = linear(LinearDir::Horizontal, &last);
            rows.push((tiles.insert_container(last), LAST_ROW));
        }
        let root = tiles.insert_container(linear(LinearDir::Vertical, &rows));
        let mut panes = Self {
            tree: Tree::new(tree_id(layout), root, tiles),
            enlarged: None,
            pointed: None,
            folded: None,
        };
        panes.add(views, layout);
        panes
    }

    /// Every view in a pane of its own, in rows of six; none behind another.
    pub(super) fn all_beside(views: &[Box<dyn View>], layout: Purpose) -> Self {
        let mut tiles = Tiles::default();
        let mut rows = Vec::new();
        for few in views.chunks(6) {
            let panes = few.iter().map(|view| {
                let pane = tiles.insert_pane(Pane::of(view.name()));
                (tiles.insert_tab_tile(vec![pane]), 1.0)
            });
            let row = linear(LinearDir::Horizontal, &panes.collect::<Vec<_>>());
            rows.push((tiles.insert_container(row), 1.0));
        }
        let root = tiles.insert_container(linear(LinearDir::Vertical, &rows));
        Self {
            tree: Tree::new(tree_id(layout), root, tiles),
            enlarged: None,
            pointed: None,
            folded: None,
        }
    }

    /// Makes a kept layout one of these views: it loses panes of views that are no more, and gets those that it does not know.
    /// Nothing else moves.
    pub(super) fn complete(&mut self, views: &[Box<dyn View>], layout: Purpose) {
        let tiles = self.tree.tiles.iter();
        let gone: Vec<TileId> = tiles
            .filter(|(_, tile)| match tile {
                Tile::Pane(pane) => !views.iter().any(|view| view.name() == pane.view),
                Tile::Container(_) => false,
            })
            .map(|(&id, _)| id)
            .collect();
        for tile in gone {
            self.tree.remove_recursively(tile);
        }
        fold::stand_beside(&mut self.tree, None);
        // What was kept before the first frame, or has just lost a pane, is not tidy yet.
        self.tree.simplify(&TIDY);
        if let Some(root) = self.tree.root.filter(|_| self.tree.id() != tree_id(layout)) {
            let tiles = std::mem::take(&mut self.tree.tiles);
            self.tree = Tree::new(tree_id(layout), root, tiles);
        }
        if views.iter().any(|view| self.tile(view.name()).is_some()) {
            self.add(views, layout);
        } else {
            *self = Self::standard(views, layout);
        }
    }

    /// Adds views that the layout does not know, each as the last tab where it is at home. One that would have a row of its
    /// own would move all others: it lies behind the nearest one before it in the list, as does one whose home is not there.
    fn add(&mut self, views: &[Box<dyn View>], layout: Purpose) {
        for (index, view) in views.iter().enumerate() {
            if self.tile(view.name()).is_some() {
                continue;
            }
            let front = match view.home(layout) {
                Home::Behind(front) | Home::Closed(front) => Some(front),
                Home::Row(_) | Home::LastRow(_) => None,
            };
            let before = views[..index].iter().rev();
            let near = before.chain(&views[index + 1..]).map(|view| view.name());
            let group = front
                .into_iter()
                .chain(near)
                .find_map(|name| self.bar(self.tile(name)?));
            let tile = self.tree.tiles.insert_pane(Pane::of(view.name()));
            match group.and_then(|group| self.tree.tiles.get_mut(group)) {
                Some(Tile::Container(tabs)) => tabs.add_child(tile),
                _ => self.tree.root = Some(self.tree.tiles.insert_tab_tile(vec![tile])),
            }
            if matches!(view.home(layout), Home::Closed(_)) {
                self.tree.set_visible(tile, false);
            }
        }
    }

    /// The bar with a pane's tab.
    fn bar(&self, pane: TileId) -> Option<TileId> {
        let parent = self.tree.tiles.parent_of(pane)?;
        let container = self.tree.tiles.get_container(parent);
        matches!(container, Some(Container::Tabs(_))).then_some(parent)
    }

    fn tile(&self, name: &str) -> Option<TileId> {
        self.tree.tiles.find_pane(&Pane::of(name))
    }

    /// All views, for the menu.
    pub(super) fn list(&self, views: &[Box<dyn View>]) -> Vec<Entry> {
        let shown = |name| {
            self.tile(name)
                .is_some_and(|tile| self.tree.is_visible(tile))
        };
        let entries = views.iter().map(|view| Entry {
            name: view.name(),
            title: view.title(),
            question: view.question(),
            shown: shown(view.name()),
        });
        entries.collect()
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

    /// Whether a view has a pane that is not hidden, be it behind another.
    pub(super) fn has_open(&self, name: &str) -> bool {
        self.tile(name)
            .is_some_and(|tile| self.tree.is_visible(tile))
    }

    /// Makes sure that a view is seen.
    pub(super) fn reveal(&mut self, name: &str) {
        if let Some(tile) = self.tile(name) {
            self.tree.set_visible(tile, true);
            let folded = self.folded.as_mut().map(|folded| &mut folded.tree);
            for tree in folded.into_iter().chain([&mut self.tree]) {
                tree.make_active(|id, _| id == tile);
            }
            let beside = self.enlarged_tile().is_some_and(|enlarged| {
                self.tree.tiles.parent_of(enlarged) != self.tree.tiles.parent_of(tile)
            });
            if beside {
                self.enlarged = None;
            }
        }
    }

    /// Where a view was drawn last.
    pub(super) fn place(&self, name: &str) -> Option<Rect> {
        let tile = self.tile(name)?;
        let folded = self.folded.as_ref().map(|folded| &folded.tree);
        folded.unwrap_or(&self.tree).tiles.rect(tile)
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

    /// Takes the panes of views that have nothing to say of what is on show out of the layout, likewise.
    fn leave_out(&mut self, views: &[Box<dyn View>], scene: &Scene<'_>) -> Vec<TileId> {
        let idle = views.iter().filter(|view| !view.suits(scene));
        let tiles = idle.filter_map(|view| self.tile(view.name()));
        let aside: Vec<TileId> = tiles.filter(|&id| self.tree.is_visible(id)).collect();
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
        let mut aside = enlarged.map_or(Vec::new(), |tile| self.set_aside(tile));
        aside.extend(self.leave_out(views, scene));
        let open = |(&id, tile): (&TileId, &Tile<Pane>)| {
            matches!(tile, Tile::Pane(_)) && self.tree.is_visible(id)
        };
        if !self.tree.tiles.iter().any(open) {
            empty_state(
                ui,
                "All panes of this layout are closed.",
                "The menu View opens them; “Reset layout” there puts all of them back.",
            );
        }
        self.folded = match enlarged {
            Some(_) => None,
            None => Folded::keep(
                self.folded.take(),
                &self.tree,
                Room::of(ui.available_size()),
            ),
        };
        if let Some(folded) = &mut self.folded {
            std::mem::swap(&mut self.tree, &mut folded.tree);
        }
        let mut drawing = Drawing {
            views,
            scene,
            shared,
            enlarged: enlarged.is_some(),
            commands: Vec::new(),
            wanted: None,
            moved: false,
        };
        let dragged = self.tree.dragged_id(ui.ctx());
        ui.push_id(self.tree.id(), |ui| self.tree.ui(&mut drawing, ui));
        let Drawing {
            commands,
            wanted,
            moved,
            ..
        } = drawing;
        self.follow_pointer(ui);
        if moved {
            fold::stand_beside(&mut self.tree, dragged);
        }
        match &mut self.folded {
            // Who moves a pane has made the layout their own as it is.
            Some(_) if moved => self.folded = None,
            Some(folded) => std::mem::swap(&mut self.tree, &mut folded.tree),
            None => {}
        }
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
    /// Whether a pane was put somewhere else.
    moved: bool,
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

    fn view(&self, pane: &Pane) -> Option<&dyn View> {
        let mut views = self.views.iter();
        let view = views.find(|view| view.name() == pane.view)?;
        Some(&**view)
    }

    /// Whether a lesson covers it.
    fn is_covered(&self, pane: &Pane) -> bool {
        self.shared.covered.iter().any(|name| *name == pane.view)
    }

    fn title(&self, pane: &Pane) -> &'static str {
        self.view(pane).map_or("", View::title)
    }
}

impl Behavior<Pane> for Drawing<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut Pane) -> UiResponse {
        let frame = Frame::new().inner_margin(Margin {
            left: 8,
            right: 8,
            top: 2,
            bottom: 4,
        });
        frame.show(ui, |ui| {
            ui.set_clip_rect(ui.max_rect().expand(8.0).intersect(ui.clip_rect()));
            if self.is_covered(pane) {
                let hint = "It opens when the question of the lesson’s page is answered.";
                empty_state(ui, COVERED, hint);
                return;
            }
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

    /// What holds several panes is called by the first of them.
    fn tab_title_for_tile(&mut self, tiles: &Tiles<Pane>, tile: TileId) -> WidgetText {
        let mut tile = tile;
        while let Some(container) = tiles.get_container(tile) {
            let Some(&first) = container.children().next() else {
                return WidgetText::default();
            };
            tile = first;
        }
        match tiles.get_pane(&tile) {
            Some(pane) => self.tab_title_for_pane(pane),
            None => WidgetText::default(),
        }
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
        // What stands in a head tells as much as the pane.
        if self.is_covered(pane) {
            return;
        }
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
        let question = self.view(pane).map_or("", View::question);
        let marks = marks::of(&pane.view);
        let how = if self.enlarged {
            "Double-click to bring all panes back"
        } else {
            "Drag to move, double-click to enlarge"
        };
        let how = format!("{how}, right-click to hide; the View menu brings it back.");
        let told = [question, marks.meaning, &how];
        let told: Vec<&str> = told.into_iter().filter(|said| !said.is_empty()).collect();
        explained(button, &told.join("\n\n"), marks.terms)
    }

    fn on_edit(&mut self, edit: EditAction) {
        self.moved |= edit == EditAction::TileDropped;
    }

    /// A separator is a hairline at most, also under the pointer.
    fn resize_stroke(&self, style: &egui::Style, state: ResizeState) -> Stroke {
        let palette = Palette::of(&style.visuals);
        match state {
            ResizeState::Idle => Stroke::NONE,
            ResizeState::Hovering => Stroke::new(1.0, palette.outline),
            ResizeState::Dragging => Stroke::new(1.0, palette.accent_text),
        }
    }

    /// Beside an enlarged pane there is no place to move to.
    fn is_tile_draggable(&self, _: &Tiles<Pane>, _: TileId) -> bool {
        !self.enlarged
    }

    fn simplification_options(&self) -> SimplificationOptions {
        TIDY
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::views;
    use serde_json::{Value, json};

    /// The layout in a line: open tabs with a star, hidden panes in parentheses, shares behind a colon.
    fn outline(panes: &Panes) -> String {
        let tiles = &panes.tree.tiles;
        panes
            .tree
            .root
            .map_or(String::new(), |root| of(tiles, root))
    }

    fn of(tiles: &Tiles<Pane>, tile: TileId) -> String {
        let listed = |children: &[TileId], of: &dyn Fn(TileId) -> String| {
            let texts: Vec<String> = children.iter().map(|&child| of(child)).collect();
            texts.join(" ")
        };
        match tiles.get(tile).expect("the tree is whole") {
            Tile::Pane(pane) if tiles.is_visible(tile) => pane.view.clone(),
            Tile::Pane(pane) => format!("({})", pane.view),
            Tile::Container(Container::Tabs(tabs)) => listed(&tabs.children, &|child| {
                let open = tabs.next_active(tiles) == Some(child);
                of(tiles, child) + if open { "*" } else { "" }
            }),
            Tile::Container(Container::Linear(linear)) => {
                let sign = match linear.dir {
                    LinearDir::Horizontal => "beside",
                    LinearDir::Vertical => "below",
                };
                let children = listed(&linear.children, &|child| {
                    let share = linear.shares.iter().find(|(of, _)| **of == child);
                    let share = share.map_or(1.0, |(_, share)| *share);
                    format!("[{}]:{share}", of(tiles, child))
                });
                format!("{sign} {children}")
            }
            Tile::Container(Container::Grid(_)) => "grid".into(),
        }
    }

    const STANDARD: &str = "below [network* cell]:0.95 [gates* (phase_portrait) (weights) \
         (parameters) (shapes) attention autoregression data]:1.45 [gradient_flow* (jacobian) (time_terms) (memory)]:1 \
         [beside [training* number (comparison) (side_by_side) (autopsy) (loss_surface) (cliff)]:1 [prediction* symbols]:1.15]:1.25";

    #[test]
    fn the_standard_layout_has_every_view_at_home() {
        let mut panes = Panes::standard(&views::all(), Purpose::All);
        assert_eq!(outline(&panes), STANDARD);
        panes.complete(&views::all(), Purpose::All);
        assert_eq!(outline(&panes), STANDARD, "nothing is missing");
        assert_eq!(outline(&Panes::standard(&[], Purpose::All)), "below ");
    }

    #[test]
    fn what_has_no_room_lies_behind_one_another() {
        let panes = Panes::standard(&views::all(), Purpose::All);
        let folded = |rows, columns| {
            let room = Room { rows, columns };
            let tree = fold::fold(&panes.tree, room)?;
            Some(of(&tree.tiles, tree.root?))
        };
        assert_eq!(folded(4, 2), None);
        let last = "[beside [training* number (comparison) (side_by_side) (autopsy) (loss_surface) (cliff)]:1 [prediction* symbols]:1.15]:1.25";
        let gates = "(phase_portrait) (weights) (parameters) (shapes) attention autoregression data gradient_flow (jacobian) (time_terms) (memory)";
        assert_eq!(
            folded(3, 2),
            Some(format!(
                "below [network* cell]:0.95 [gates* {gates}]:1.45 {last}"
            ))
        );
        assert_eq!(
            folded(2, 2),
            Some(format!("below [network* cell gates {gates}]:0.95 {last}"))
        );
        assert_eq!(
            folded(1, 1),
            Some(format!(
                "network* cell gates {gates} training number (comparison) (side_by_side) (autopsy) (loss_surface) (cliff) prediction symbols"
            ))
        );
        // Small windows, and the smallest.
        assert_eq!(
            Room::of(vec2(556.0, 555.0)),
            Room {
                rows: 3,
                columns: 2
            }
        );
        assert_eq!(
            Room::of(vec2(0.0, -3.0)),
            Room {
                rows: 1,
                columns: 1
            }
        );
    }

    #[test]
    fn what_is_turned_to_while_folded_stays_in_front() {
        let mut panes = Panes::standard(&views::all(), Purpose::All);
        let room = Room {
            rows: 3,
            columns: 2,
        };
        panes.folded = Folded::keep(None, &panes.tree, room);
        panes.reveal("gradient_flow");
        let fold = Folded::keep(panes.folded.take(), &panes.tree, room).expect("it is folded");
        let outline = of(&fold.tree.tiles, fold.tree.root.unwrap());
        assert!(outline.contains("gradient_flow*"), "{outline}");
        let roomy = Room {
            rows: 4,
            columns: 2,
        };
        assert!(Folded::keep(Some(fold), &panes.tree, roomy).is_none());
    }

    #[test]
    fn a_pane_dropped_beside_one_with_tabs_stands_beside_all_of_them() {
        let mut panes = Panes::standard(&views::all(), Purpose::All);
        let [gates, training] = ["gates", "training"].map(|view| panes.tile(view).unwrap());
        // As dropping leaves it: below the open tab, in its place.
        let bar = panes.bar(gates).unwrap();
        let left = panes.bar(training).unwrap();
        let tiles = &mut panes.tree.tiles;
        if let Some(Tile::Container(Container::Tabs(tabs))) = tiles.get_mut(left) {
            tabs.children.retain(|&child| child != training);
        }
        let pair = tiles.insert_vertical_tile(vec![gates, training]);
        if let Some(Tile::Container(Container::Tabs(tabs))) = tiles.get_mut(bar) {
            tabs.children[0] = pair;
        }
        fold::stand_beside(&mut panes.tree, Some(training));
        panes.tree.simplify(&TIDY);
        let outline = outline(&panes);
        assert!(
            outline.contains("[gates* (phase_portrait) (weights) (parameters) (shapes) attention autoregression data]"),
            "{outline}"
        );
        assert!(outline.contains(" [training*]:"), "{outline}");
        assert!(outline.starts_with("below "), "{outline}");
        for view in views::names() {
            assert!(panes.tile(view).is_some(), "{view} is lost: {outline}");
        }
    }

    #[test]
    fn no_layout_has_the_separators_of_another() {
        let ids: std::collections::BTreeSet<String> = Purpose::ALL
            .iter()
            .map(|&layout| {
                let kept = completed_in(kept(), layout);
                format!("{:?}", kept.tree.id())
            })
            .collect();
        assert_eq!(ids.len(), Purpose::ALL.len());
    }

    fn completed_in(kept: Value, layout: Purpose) -> Panes {
        let mut panes: Panes = serde_json::from_value(kept).unwrap();
        panes.complete(&views::all(), layout);
        panes
    }

    /// The views that there were when the layout below was kept: a new one moves nothing in these tests.
    fn of_then() -> Vec<Box<dyn View>> {
        let mut views = views::all();
        views.retain(|view| KEPT.contains(view.name()) && view.name() != "cell");
        views
    }

    /// As the window kept it before views said where they are at home: the gates have been given less room, the data are
    /// hidden, the single number has been turned to.
    fn kept() -> Value {
        json!({ "enlarged": "gates", "tree": { "height": null, "id": 8333874272848016587_u64, "root": 13, "width": null, "tiles": {
            "invisible": [5], "next_tile_id": 17, "tiles": {
                "1": { "Pane": { "view": "network" } },
                "2": { "Pane": { "view": "gates" } },
                "3": { "Pane": { "view": "attention" } },
                "4": { "Pane": { "view": "autoregression" } },
                "5": { "Pane": { "view": "data" } },
                "6": { "Pane": { "view": "gradient_flow" } },
                "7": { "Pane": { "view": "training" } },
                "8": { "Pane": { "view": "number" } },
                "9": { "Pane": { "view": "prediction" } },
                "10": { "Container": { "Tabs": { "active": 2, "children": [2, 3, 4, 5] } } },
                "11": { "Container": { "Tabs": { "active": 8, "children": [7, 8] } } },
                "12": { "Container": { "Linear": { "children": [11, 16], "dir": "Horizontal", "shares": { "shares": { "16": 1.5 } } } } },
                "13": { "Container": { "Linear": { "children": [14, 10, 15, 12], "dir": "Vertical", "shares": { "shares": { "10": 0.75, "12": 1.25, "14": 1.0, "15": 1.0 } } } } },
                "14": { "Container": { "Tabs": { "active": 1, "children": [1] } } },
                "15": { "Container": { "Tabs": { "active": 6, "children": [6] } } },
                "16": { "Container": { "Tabs": { "active": 9, "children": [9] } } },
            } } } })
    }

    const KEPT: &str = "below [network*]:1 [gates* attention autoregression (data)]:0.75 [gradient_flow*]:1 \
         [beside [training number*]:1 [prediction*]:1.5]:1.25";

    fn completed(kept: Value, views: &[Box<dyn View>]) -> Panes {
        let mut panes: Panes = serde_json::from_value(kept).unwrap();
        panes.complete(views, Purpose::All);
        panes
    }

    #[test]
    fn an_earlier_layout_is_read_as_it_was_left() {
        let panes = completed(kept(), &of_then());
        assert_eq!(outline(&panes), KEPT);
        assert!(panes.enlarged_tile().is_some());
    }

    /// The kept layout without a view.
    fn without(view: &str) -> Value {
        let mut panes: Panes = serde_json::from_value(kept()).unwrap();
        let tile = panes.tile(view).unwrap();
        panes.tree.remove_recursively(tile);
        serde_json::to_value(&panes).unwrap()
    }

    #[test]
    fn a_view_that_a_kept_layout_does_not_know_lies_where_it_is_at_home_and_moves_nothing() {
        for (view, expected) in [
            (
                "attention",
                KEPT.replace(
                    "attention autoregression (data)",
                    "autoregression (data) attention",
                ),
            ),
            (
                "number",
                KEPT.replace("training number*", "training* number"),
            ),
            // A row of its own would move the others.
            (
                "gradient_flow",
                KEPT.replace(" [gradient_flow*]:1", "")
                    .replace("(data)", "(data) gradient_flow"),
            ),
            // There is none before it.
            (
                "network",
                KEPT.replace("[network*]:1 ", "")
                    .replace("(data)", "(data) network"),
            ),
            // What is to lie behind it is there: its bar is the nearest.
            (
                "gates",
                KEPT.replace(
                    " [gates* attention autoregression (data)]:0.75",
                    " [attention* autoregression (data)]:0.75",
                )
                .replace("[network*]", "[network* gates]"),
            ),
        ] {
            let panes = completed(without(view), &of_then());
            assert_eq!(outline(&panes), expected, "{view}");
        }
    }

    #[test]
    fn a_view_that_is_no_more_loses_its_pane_alone() {
        for (view, expected) in [
            ("gates", KEPT.replace("gates* attention", "attention*")),
            ("number", KEPT.replace("training number*", "training*")),
            ("gradient_flow", KEPT.replace(" [gradient_flow*]:1", "")),
            (
                "prediction",
                KEPT.replace(
                    "[beside [training number*]:1 [prediction*]:1.5]",
                    "[training number*]",
                ),
            ),
        ] {
            let mut views = of_then();
            views.retain(|known| known.name() != view);
            let panes = completed(kept(), &views);
            assert_eq!(outline(&panes), expected, "{view}");
        }
        // Of a renamed one the old pane goes and the new one comes.
        let renamed = kept().to_string().replace("\"attention\"", "\"glances\"");
        let panes = completed(serde_json::from_str(&renamed).unwrap(), &of_then());
        let expected = KEPT.replace(
            "attention autoregression (data)",
            "autoregression (data) attention",
        );
        assert_eq!(outline(&panes), expected);
    }

    #[test]
    fn a_layout_of_views_that_are_all_gone_is_the_standard_one() {
        let mut strange = kept().to_string();
        for view in views::names() {
            strange = strange.replace(&format!("\"{view}\""), "\"strange\"");
        }
        let panes = completed(serde_json::from_str(&strange).unwrap(), &views::all());
        assert_eq!(outline(&panes), STANDARD);
    }
}
