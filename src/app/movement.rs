//! Movement that explains where something comes from. It is drawn over what is there already and delays nothing; whoever
//! wants none switches it off.

use crate::app::theme::Palette;
use eframe::egui::{
    Context, Id, LayerId, Order, Pos2, Rect, Stroke, StrokeKind, Style, lerp, vec2,
};

/// How long something moves, in seconds.
pub const TAKES: f64 = 0.28;

/// Whether menus and lists move too as they open.
pub fn set(ctx: &Context, moves: bool) {
    let usual = Style::default().animation_time;
    ctx.all_styles_mut(|style| style.animation_time = if moves { usual } else { 0.0 });
}

/// Something that moves, from when on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moving {
    since: Option<f64>,
}

impl Moving {
    /// Begins to move.
    pub fn begin(&mut self, ctx: &Context) {
        self.since = Some(ctx.input(|input| input.time));
    }

    /// How far it has come, from 0 to 1: fast at first, slower at the end. `None` where it rests. While it moves, another frame
    /// is asked for.
    pub fn share(&mut self, ctx: &Context) -> Option<f32> {
        let since = self.since?;
        let passed = (ctx.input(|input| input.time) - since) / TAKES;
        if !(0.0..1.0).contains(&passed) {
            self.since = None;
            return None;
        }
        ctx.request_repaint();
        let left = 1.0 - passed as f32;
        Some(1.0 - left * left)
    }
}

/// A frame that grows out of what was clicked into the pane that opens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Growth {
    moving: Moving,
    from: Pos2,
}

impl Growth {
    /// Begins to grow at a point.
    pub fn begin(&mut self, ctx: &Context, from: Pos2) {
        self.from = from;
        self.moving.begin(ctx);
    }

    /// Draws it on its way to `to`.
    pub fn show(&mut self, ctx: &Context, to: Option<Rect>) {
        let (Some(share), Some(to)) = (self.moving.share(ctx), to) else {
            return;
        };
        let small = Rect::from_center_size(self.from, vec2(12.0, 12.0));
        let between = |a: Pos2, b: Pos2| a + (b - a) * share;
        let rect = Rect::from_min_max(between(small.min, to.min), between(small.max, to.max));
        let palette = Palette::of(&ctx.global_style().visuals);
        let color = palette.accent.gamma_multiply(lerp(0.9..=0.25, share));
        let layer = LayerId::new(Order::Foreground, Id::unique("growth"));
        ctx.layer_painter(layer).rect_stroke(
            rect,
            4.0,
            Stroke::new(1.5, color),
            StrokeKind::Inside,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::RawInput;

    /// What has arrived rests, and asks for no more frames.
    #[test]
    fn what_moves_comes_to_rest() {
        let ctx = Context::default();
        let mut moving = Moving::default();
        let mut shares = Vec::new();
        for frame in 0..6 {
            let input = RawInput {
                time: Some(10.0 + 0.1 * f64::from(frame)),
                ..RawInput::default()
            };
            let mut share = None;
            let mut output = ctx.run_ui(input, |ui| {
                if frame == 1 {
                    moving.begin(ui.ctx());
                }
                share = moving.share(ui.ctx());
            });
            // Nothing draws them.
            output.textures_delta.clear();
            shares.push(share);
        }
        assert_eq!((shares[0], shares[1]), (None, Some(0.0)));
        assert!(shares[2] < shares[3] && shares[3] < Some(1.0), "{shares:?}");
        assert_eq!(shares[4..], [None, None]);
    }
}
