//! Panes that yield: where rows or columns have no room, they lie behind one another until there is; and where a pane was
//! dropped beside one that has others behind it, it stands beside all of them.

use super::{Pane, TIDY};
use eframe::egui::Vec2;
use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tiles, Tree};

/// In a lower row nothing is to be seen but titles, in points.
const LEAST_ROW: f32 = 150.0;
/// Likewise in a narrower column.
const LEAST_COLUMN: f32 = 200.0;

/// How many panes have room below each other, and how many beside each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    /// Below each other.
    pub(super) rows: usize,
    /// Beside each other.
    pub(super) columns: usize,
}

impl Room {
    /// In so many points.
    pub(super) fn of(size: Vec2) -> Self {
        // At least the one.
        let fit = |length: f32, least: f32| ((length / least).max(1.0)) as usize;
        Self {
            rows: fit(size.y, LEAST_ROW),
            columns: fit(size.x, LEAST_COLUMN),
        }
    }
}

/// A layout as it is drawn while it has no room.
#[derive(Clone)]
pub(super) struct Folded {
    /// The layout that it is made of.
    of: Tree<Pane>,
    room: Room,
    /// What is drawn.
    pub(super) tree: Tree<Pane>,
}

impl Folded {
    /// The layout folded as far as it must be; nothing, if it need not be. What was turned to `before` stays in front.
    pub(super) fn keep(before: Option<Self>, layout: &Tree<Pane>, room: Room) -> Option<Self> {
        let is_it = |before: &Self| before.room == room && before.of == *layout;
        if before.as_ref().is_some_and(is_it) {
            return before;
        }
        let mut tree = fold(layout, room)?;
        let front = before.map_or(Vec::new(), |before| before.tree.active_tiles());
        tree.make_active(|tile, _| front.contains(&tile));
        Some(Self {
            of: layout.clone(),
            room,
            tree,
        })
    }
}

/// Puts what has no room behind one another: first what stands side by side, then rows, each time the last that can be.
pub(super) fn fold(layout: &Tree<Pane>, room: Room) -> Option<Tree<Pane>> {
    // Mostly there is room for all.
    crowded(layout, room)?;
    let mut tree = layout.clone();
    tree.simplify(&TIDY);
    let mut is_folded = false;
    // Each time there is a bar less.
    while let Some((front, behind)) = crowded(&tree, room) {
        merge(&mut tree, front, behind);
        tree.simplify(&TIDY);
        is_folded = true;
    }
    is_folded.then_some(tree)
}

/// Two neighbours of which the second is to lie behind the first, if there is not the room for both.
fn crowded(tree: &Tree<Pane>, room: Room) -> Option<(TileId, TileId)> {
    let tiles = &tree.tiles;
    let root = tree.root?;
    let rows = linear(tiles, root).into_iter();
    let rows = rows.flat_map(|linear| linear.children.iter().copied());
    // What stands in a row yields before the rows do.
    for tile in rows.chain([root]) {
        let Some(linear) = linear(tiles, tile) else {
            continue;
        };
        let most = match linear.dir {
            LinearDir::Horizontal => room.columns,
            LinearDir::Vertical => room.rows,
        };
        let shown: Vec<TileId> = linear
            .children
            .iter()
            .copied()
            .filter(|&child| tiles.is_visible_in_layout(child))
            .collect();
        if shown.len() <= most {
            continue;
        }
        let is_bar = |tile: TileId| matches!(tiles.get_container(tile), Some(Container::Tabs(_)));
        let mut pairs = shown.windows(2).rev();
        if let Some(pair) = pairs.find(|pair| pair.iter().all(|&tile| is_bar(tile))) {
            return Some((pair[0], pair[1]));
        }
    }
    None
}

fn linear(tiles: &Tiles<Pane>, tile: TileId) -> Option<&Linear> {
    match tiles.get_container(tile) {
        Some(Container::Linear(linear)) => Some(linear),
        _ => None,
    }
}

/// Gives a bar the tabs of another one, behind its own.
fn merge(tree: &mut Tree<Pane>, front: TileId, behind: TileId) {
    if let Some(parent) = tree.tiles.parent_of(behind)
        && let Some(Tile::Container(Container::Linear(linear))) = tree.tiles.get_mut(parent)
    {
        linear.children.retain(|&child| child != behind);
    }
    let Some(Tile::Container(Container::Tabs(gone))) = tree.tiles.remove(behind) else {
        return;
    };
    if let Some(Tile::Container(Container::Tabs(tabs))) = tree.tiles.get_mut(front) {
        tabs.children.extend(gone.children);
    }
}

/// Where a pane was dropped at the edge of one that has others behind it, both have become a tab of that bar. The bar comes out
/// again, with the pane that it had, and what was dropped stands beside it.
pub(super) fn stand_beside(tree: &mut Tree<Pane>, dropped: Option<TileId>) {
    while let Some((bar, pair)) = nested(&tree.tiles) {
        let above = tree.tiles.parent_of(bar);
        let children = linear(&tree.tiles, pair).map_or(Vec::new(), |pair| pair.children.clone());
        let own = |&&child: &&TileId| Some(child) != dropped;
        let Some(&kept) = children.iter().find(own).or(children.first()) else {
            return;
        };
        let mut panes = Vec::new();
        take_panes(tree, kept, &mut panes);
        if let Some(Tile::Container(Container::Tabs(tabs))) = tree.tiles.get_mut(bar) {
            let at = tabs.children.iter().position(|&child| child == pair);
            let at = at.unwrap_or(0);
            tabs.active = panes.first().copied();
            tabs.children.splice(at..=at, panes);
        }
        if let Some(Tile::Container(Container::Linear(linear))) = tree.tiles.get_mut(pair) {
            replace(linear, kept, bar);
        }
        match above.and_then(|above| tree.tiles.get_mut(above)) {
            Some(Tile::Container(Container::Linear(linear))) => replace(linear, bar, pair),
            Some(Tile::Container(Container::Tabs(tabs))) => {
                let own = tabs.children.iter_mut().find(|child| **child == bar);
                if let Some(child) = own {
                    *child = pair;
                }
            }
            _ => tree.root = Some(pair),
        }
    }
}

/// A bar of which a tab is no pane, and that tab.
fn nested(tiles: &Tiles<Pane>) -> Option<(TileId, TileId)> {
    tiles.iter().find_map(|(&bar, tile)| match tile {
        Tile::Container(Container::Tabs(tabs)) => {
            let mut children = tabs.children.iter().copied();
            let pair = children.find(|&child| linear(tiles, child).is_some())?;
            Some((bar, pair))
        }
        _ => None,
    })
}

/// A child in another one's place, as large as that was.
fn replace(linear: &mut Linear, old: TileId, new: TileId) {
    if let Some(child) = linear.children.iter_mut().find(|child| **child == old) {
        *child = new;
    }
    linear.shares.replace_with(old, new);
}

/// The panes of a tile, which is no more then unless it is a pane itself.
fn take_panes(tree: &mut Tree<Pane>, tile: TileId, panes: &mut Vec<TileId>) {
    let Some(Tile::Container(container)) = tree.tiles.get(tile) else {
        panes.push(tile);
        return;
    };
    let children: Vec<TileId> = container.children().copied().collect();
    tree.tiles.remove(tile);
    for child in children {
        take_panes(tree, child, panes);
    }
}
