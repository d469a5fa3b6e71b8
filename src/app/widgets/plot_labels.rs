//! Labels of lines in a plot: each where it says to which line it belongs, none over another, and none under a line if there is
//! another place for it.

use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Vec2, vec2};

use crate::app::theme::{Palette, SMALL};

/// The least space between two labels, in points.
const APART: f32 = 2.0;
/// How many rows of text a label may be moved up or down from where it is wished.
const ROWS: usize = 3;

/// A label of a line.
#[derive(Clone, Debug)]
pub struct LineLabel {
    /// What it says, the shorter ones behind: the first that is no wider than the plot.
    pub texts: Vec<String>,
    /// Its colour: its line's.
    pub color: Color32,
    /// Where it may stand, the best place first.
    pub wishes: Vec<Wish>,
    /// Whether a line through it is better than a row between it and its own: away from that it would be no one's.
    pub stays: bool,
}

/// A place where a label may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// The point on the screen that it stands at.
    pub at: Pos2,
    /// On which side of it.
    pub align: Align2,
}

/// Paints labels into `frame`, the most important ones first, beside the `lines` of the plot, whose points are in the order of x.
/// Each has a ground of its own. One for which there is no room is left out.
pub fn paint_labels(painter: &Painter, frame: Rect, lines: &[Vec<Pos2>], labels: &[LineLabel]) {
    let palette = Palette::of(&painter.ctx().global_style().visuals);
    let lay_out = |label: &LineLabel| {
        let mut all = label.texts.iter().map(|text| {
            let font = FontId::proportional(SMALL);
            painter.layout_no_wrap(text.clone(), font, label.color)
        });
        all.find(|galley| galley.size().x <= frame.width())
    };
    let fitting: Vec<_> = labels
        .iter()
        .filter_map(|label| Some((lay_out(label)?, label)))
        .collect();
    let sized: Vec<Sized<'_>> = fitting
        .iter()
        .map(|(galley, label)| (galley.size(), &label.wishes[..], label.stays))
        .collect();
    let places = laid_out(frame, &sized, lines);
    let ground = palette.background.gamma_multiply(0.85);
    for (place, (galley, label)) in places.into_iter().zip(fitting) {
        if let Some(place) = place {
            painter.rect_filled(place.expand2(vec2(3.0, 0.0)), 3.0, ground);
            painter.galley(place.min, galley, label.color);
        }
    }
}

/// A label to be placed: its size, where it may stand, and whether it stays there.
type Sized<'a> = (Vec2, &'a [Wish], bool);

/// Where labels of these sizes stand: each at the first place, in the order of its wishes and then a row further and further from
/// them, that no label before it takes and no line crosses; where lines cross all that are free, at the one that the fewest cross.
/// All lie in `frame`. `None` where none is free.
fn laid_out(frame: Rect, labels: &[Sized<'_>], lines: &[Vec<Pos2>]) -> Vec<Option<Rect>> {
    let mut taken: Vec<Rect> = Vec::new();
    let mut places = Vec::with_capacity(labels.len());
    for &(size, wishes, stays) in labels {
        let free = candidates(frame, size, wishes)
            .enumerate()
            .filter(|(_, place)| {
                !taken
                    .iter()
                    .any(|other| other.expand(0.5 * APART).intersects(*place))
            });
        let mut best: Option<(usize, Rect)> = None;
        for (nth, place) in free {
            // The first ones are where it is wished, the others rows away.
            if stays && nth >= wishes.len() && best.is_some() {
                break;
            }
            let crossed = lines.iter().filter(|line| crosses(line, place)).count();
            if best.is_none_or(|(least, _)| crossed < least) {
                best = Some((crossed, place));
            }
            if crossed == 0 {
                break;
            }
        }
        let place = best.map(|(_, place)| place);
        taken.extend(place);
        places.push(place);
    }
    places
}

/// The places that are tried for a label, moved into the frame where they reach beyond it.
fn candidates(frame: Rect, size: Vec2, wishes: &[Wish]) -> impl Iterator<Item = Rect> + '_ {
    let fits = size.x <= frame.width() && size.y <= frame.height();
    let row = size.y + APART;
    let shifts = (0..=ROWS).flat_map(move |rows| {
        let away = rows as f32 * row;
        [Some(-away), (rows > 0).then_some(away)]
            .into_iter()
            .flatten()
    });
    shifts
        .flat_map(|shift| wishes.iter().map(move |wish| (shift, wish)))
        .filter(move |_| fits)
        .map(move |(shift, wish)| {
            let wished = moved_into(frame, wish.align.anchor_size(wish.at, size));
            moved_into(frame, wished.translate(vec2(0.0, shift)))
        })
}

/// A place that is no larger than the frame, moved as far as it takes to lie in it.
fn moved_into(frame: Rect, place: Rect) -> Rect {
    let by = |from: f32, to: f32, low: f32, high: f32| (low - from).max(0.0) - (to - high).max(0.0);
    place.translate(vec2(
        by(place.left(), place.right(), frame.left(), frame.right()),
        by(place.top(), place.bottom(), frame.top(), frame.bottom()),
    ))
}

/// Whether a line, whose points are in the order of x, runs through a place.
fn crosses(line: &[Pos2], place: Rect) -> bool {
    let from = line.partition_point(|point| point.x < place.left());
    let to = line.partition_point(|point| point.x <= place.right());
    let from = from.saturating_sub(1);
    let to = (to + 1).min(line.len());
    let within = line.get(from..to).unwrap_or_default();
    match within {
        [only] => place.contains(*only),
        _ => within
            .windows(2)
            .any(|ends| runs_through(ends[0], ends[1], place)),
    }
}

/// Whether a piece of a straight line has a point in a place.
fn runs_through(from: Pos2, to: Pos2, place: Rect) -> bool {
    let along = to - from;
    let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
    for (start, step, low, high) in [
        (from.x, along.x, place.left(), place.right()),
        (from.y, along.y, place.top(), place.bottom()),
    ] {
        if step == 0.0 {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (one, other) = ((low - start) / step, (high - start) / step);
        enters = enters.max(one.min(other));
        leaves = leaves.min(one.max(other));
    }
    enters <= leaves
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    const FRAME: Rect = Rect {
        min: pos2(0.0, 0.0),
        max: pos2(400.0, 200.0),
    };

    fn above(x: f32, y: f32) -> Wish {
        Wish {
            at: pos2(x, y),
            align: Align2::LEFT_BOTTOM,
        }
    }

    fn is_laid_out(places: &[Option<Rect>]) {
        let placed: Vec<Rect> = places.iter().flatten().copied().collect();
        for (at, place) in placed.iter().enumerate() {
            assert!(FRAME.contains_rect(*place), "{place:?}");
            for other in &placed[..at] {
                assert!(!place.intersects(*other), "{place:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_label_that_is_alone_stands_where_it_is_wished() {
        let wishes = [above(20.0, 100.0), above(200.0, 100.0)];
        let places = laid_out(FRAME, &[(vec2(80.0, 12.0), &wishes, false)], &[]);
        let expected = Rect::from_min_size(pos2(20.0, 88.0), vec2(80.0, 12.0));
        assert_eq!(places, [Some(expected)]);
    }

    /// As many as a plot has, all wished at one place, wherever that is.
    #[test]
    fn labels_at_one_place_stand_beside_one_another() {
        for (x, y) in [(20.0, 100.0), (-50.0, -50.0), (390.0, 199.0), (200.0, 0.0)] {
            let wishes = [above(x, y)];
            let labels = [(vec2(120.0, 12.0), &wishes[..], false); 6];
            let places = laid_out(FRAME, &labels, &[]);
            is_laid_out(&places);
            let placed = places.iter().flatten().count();
            assert!(placed >= 4, "{x} {y}: {placed}");
        }
    }

    #[test]
    fn a_line_through_the_first_wish_sends_a_label_to_the_next() {
        let wishes = [above(20.0, 100.0), above(200.0, 100.0)];
        let labels = [(vec2(80.0, 12.0), &wishes[..], false)];
        // A curve of a few points, one of many, and upright lines.
        let steep = vec![pos2(0.0, 150.0), pos2(120.0, 40.0)];
        let many: Vec<Pos2> = (0..1000)
            .map(|x| pos2(0.1 * x as f32, 94.0 + (x % 3) as f32))
            .collect();
        let upright = vec![pos2(50.0, 0.0), pos2(50.0, 200.0)];
        for line in [steep, many, upright] {
            let places = laid_out(FRAME, &labels, &[line]);
            let expected = Rect::from_min_size(pos2(200.0, 88.0), vec2(80.0, 12.0));
            assert_eq!(places, [Some(expected)]);
        }
        // What ends before it does not count.
        let before = vec![pos2(0.0, 94.0), pos2(15.0, 94.0)];
        let places = laid_out(FRAME, &labels, &[before]);
        assert_eq!(places[0].map(|place| place.left()), Some(20.0));
    }

    #[test]
    fn where_lines_are_everywhere_the_label_stands_where_they_are_fewest() {
        let everywhere = |y: f32| vec![pos2(0.0, y), pos2(400.0, y)];
        let mut lines: Vec<Vec<Pos2>> = (0..40).map(|k| everywhere(5.0 * k as f32)).collect();
        lines.push(vec![pos2(0.0, 94.0), pos2(120.0, 94.0)]);
        let wishes = [above(20.0, 100.0), above(200.0, 100.0)];
        let places = laid_out(FRAME, &[(vec2(80.0, 12.0), &wishes, false)], &lines);
        is_laid_out(&places);
        let place = places[0].unwrap();
        let crossed = lines.iter().filter(|line| crosses(line, place)).count();
        assert!((1..=3).contains(&crossed), "{place:?}: {crossed}");
        assert!(!crosses(lines.last().unwrap(), place), "{place:?}");
    }

    /// A label of a level line stays at it, where the fewest curves cross it, rather than hang rows away.
    #[test]
    fn a_label_that_stays_is_at_a_wish_though_lines_cross_all_of_them() {
        let wishes = [above(20.0, 100.0), above(200.0, 100.0)];
        let upright = |x: f32| vec![pos2(x, 0.0), pos2(x, 101.0)];
        let lines = [30.0, 60.0, 250.0].map(upright);
        let away = laid_out(FRAME, &[(vec2(80.0, 12.0), &wishes, false)], &lines);
        assert!(away[0].is_some_and(|place| place.bottom() != 100.0));
        let stays = laid_out(FRAME, &[(vec2(80.0, 12.0), &wishes, true)], &lines);
        let expected = Rect::from_min_size(pos2(200.0, 88.0), vec2(80.0, 12.0));
        assert_eq!(stays, [Some(expected)]);
    }

    #[test]
    fn what_has_no_room_is_left_out_and_the_first_ones_are_not() {
        let wishes = [above(20.0, 20.0)];
        let low = Rect::from_min_size(Pos2::ZERO, vec2(300.0, 30.0));
        let labels = [(vec2(250.0, 12.0), &wishes[..], false); 5];
        let places = laid_out(low, &labels, &[]);
        assert!(places[0].is_some() && places[4].is_none(), "{places:?}");
        let too_wide = [(vec2(500.0, 12.0), &wishes[..], false)];
        assert_eq!(laid_out(FRAME, &too_wide, &[]), [None]);
    }
}
