//! Where the window stands and how large it is, as it is kept: within what a screen can show, whatever was written down.

use eframe::egui::{self, Pos2, Rect, Vec2, ViewportBuilder, ViewportCommand, vec2};
use serde::{Deserialize, Serialize};

/// The smallest window in which everything has its place, in points.
pub(super) const SMALLEST: Vec2 = vec2(880.0, 560.0);

/// No screen is larger than this, in points.
const LARGEST: f32 = 16_384.0;

/// What must lie on a screen for a window to be found and moved: this far from its upper left corner, in points.
const GRIP: Vec2 = vec2(48.0, 16.0);

/// Size and position of a window that is neither maximized nor fullscreen, in points, and whether it is that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Geometry {
    pub(super) size: [f32; 2],
    pub(super) position: Option<[f32; 2]>,
    pub(super) maximized: bool,
    pub(super) fullscreen: bool,
}

impl Default for Geometry {
    fn default() -> Self {
        Self {
            size: [1280.0, 800.0],
            position: None,
            // On a laptop or a projector there is no room to give away; a size chosen later is kept.
            maximized: true,
            fullscreen: false,
        }
    }
}

impl Geometry {
    /// The same within what a screen can show.
    pub(super) fn sane(self) -> Self {
        let default = Self::default();
        let side = |index: usize| match self.size[index] {
            side if side.is_finite() => side.clamp(SMALLEST[index], LARGEST),
            _ => default.size[index],
        };
        Self {
            size: [side(0), side(1)],
            position: self
                .position
                .filter(|position| position.iter().all(|side| side.abs() <= LARGEST)),
            ..self
        }
    }

    /// The window's beginning.
    pub(super) fn builder(self, builder: ViewportBuilder) -> ViewportBuilder {
        let builder = builder
            .with_min_inner_size(SMALLEST)
            .with_inner_size(self.size)
            .with_maximized(self.maximized)
            .with_fullscreen(self.fullscreen);
        match self.position {
            Some(position) => builder.with_position(position),
            None => builder,
        }
    }

    /// Follows what the user does with the window.
    pub(super) fn follow(&mut self, ctx: &egui::Context) {
        let (info, content) =
            ctx.input(|input| (input.viewport().clone(), input.content_rect().size()));
        if info.minimized == Some(true) {
            return;
        }
        self.maximized = info.maximized.unwrap_or(self.maximized);
        self.fullscreen = info.fullscreen.unwrap_or(self.fullscreen);
        if !self.maximized && !self.fullscreen {
            self.size = info.inner_rect.map_or(content, |inner| inner.size()).into();
            self.position = info.outer_rect.map(|outer| outer.min.into());
        }
    }

    /// What brings the window to where it is to be, if it is not: desktops forget what was asked of a window that was not yet
    /// on the screen.
    pub(super) fn commands(
        self,
        now: &egui::ViewportInfo,
        screens: &[Rect],
    ) -> Vec<ViewportCommand> {
        let mut commands = Vec::new();
        if self.fullscreen && now.fullscreen == Some(false) {
            commands.push(ViewportCommand::Fullscreen(true));
        } else if self.maximized && now.maximized == Some(false) {
            commands.push(ViewportCommand::Maximized(true));
        }
        if let (Some(outer), Some(first)) = (now.outer_rect, screens.first())
            && !screens
                .iter()
                .any(|screen| screen.contains(outer.min + GRIP))
        {
            let position: Pos2 = first.min + 2.0 * GRIP;
            commands.push(ViewportCommand::OuterPosition(position));
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{ViewportInfo, pos2};

    #[test]
    fn an_absurd_size_or_place_is_brought_within_what_a_screen_can_show() {
        let default = Geometry::default();
        for (size, position, expected_size, expected_position) in [
            (
                [0.0, 0.0],
                Some([0.0, 0.0]),
                [880.0, 560.0],
                Some([0.0, 0.0]),
            ),
            ([-5.0, 1e30], Some([-1e9, 0.0]), [880.0, LARGEST], None),
            (
                [f32::NAN, f32::INFINITY],
                Some([f32::NAN, 3.0]),
                default.size,
                None,
            ),
            (
                [1000.0, 700.0],
                Some([-900.0, 20.0]),
                [1000.0, 700.0],
                Some([-900.0, 20.0]),
            ),
        ] {
            let kept = Geometry {
                size,
                position,
                ..default
            };
            let sane = kept.sane();
            assert_eq!(
                (sane.size, sane.position),
                (expected_size, expected_position)
            );
        }
    }

    #[test]
    fn a_window_that_no_screen_shows_is_brought_back() {
        let screen = |x| Rect::from_min_size(pos2(x, 0.0), vec2(1920.0, 1080.0));
        let at = |x, y| ViewportInfo {
            outer_rect: Some(Rect::from_min_size(pos2(x, y), vec2(1000.0, 700.0))),
            maximized: Some(true),
            ..ViewportInfo::default()
        };
        let moved = |info: &ViewportInfo| {
            let commands = Geometry::default().commands(info, &[screen(0.0), screen(1920.0)]);
            commands
                .iter()
                .any(|command| matches!(command, ViewportCommand::OuterPosition(_)))
        };
        assert!(!moved(&at(0.0, 0.0)) && !moved(&at(3000.0, 200.0)));
        assert!(moved(&at(12_000.0, 0.0)) && moved(&at(0.0, -5000.0)));
    }
}
