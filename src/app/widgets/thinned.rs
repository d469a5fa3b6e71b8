//! Lines of more points than a screen has.

use eframe::egui::{Pos2, pos2};

/// A line's points, thinned out so that it looks the same: where more than a few fall into one of `columns` pixel columns between
/// `low` and `high`, their first, least, largest and last remain. Points come in the order of x; those outside are left out.
pub fn thinned(
    points: impl Iterator<Item = [f64; 2]>,
    low: f64,
    high: f64,
    columns: usize,
) -> Vec<[f64; 2]> {
    let width = (high - low) / columns.max(1) as f64;
    let mut thin: Vec<[f64; 2]> = Vec::new();
    let mut column: Vec<[f64; 2]> = Vec::new();
    let mut at = f64::NAN;
    for point in points.filter(|point| (low..=high).contains(&point[0])) {
        let now = ((point[0] - low) / width).floor();
        if now != at {
            flush(&mut column, &mut thin);
            at = now;
        }
        column.push(point);
        // No column is kept whole.
        if column.len() >= 4096 {
            let mut few = Vec::new();
            flush(&mut column, &mut few);
            column = few;
        }
    }
    flush(&mut column, &mut thin);
    thin
}

/// Points on the screen in the order of x, thinned out likewise to those of so many pixels to a point.
pub fn thinned_on_screen(points: &[Pos2], pixels_per_point: f32) -> Vec<Pos2> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let columns = ((last.x - first.x) * pixels_per_point).ceil().max(1.0) as usize;
    if points.len() <= 4 * columns {
        return points.to_vec();
    }
    let of = points.iter().map(|at| [f64::from(at.x), f64::from(at.y)]);
    let thin = thinned(of, f64::from(first.x), f64::from(last.x), columns);
    thin.into_iter()
        .map(|[x, y]| pos2(x as f32, y as f32))
        .collect()
}

/// Moves the first, least, largest and last point, in their order.
fn flush(column: &mut Vec<[f64; 2]>, thin: &mut Vec<[f64; 2]>) {
    if column.len() <= 4 {
        thin.append(column);
        return;
    }
    let last = column.len() - 1;
    let by = |better: fn(f64, f64) -> bool| {
        let best = |best: usize, at: usize| {
            if better(column[at][1], column[best][1]) {
                at
            } else {
                best
            }
        };
        (0..=last).fold(0, best)
    };
    let mut kept = [0, by(|a, b| a < b), by(|a, b| a > b), last];
    kept.sort_unstable();
    for (nth, &at) in kept.iter().enumerate() {
        if nth == 0 || kept[nth - 1] != at {
            thin.push(column[at]);
        }
    }
    column.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_points_become_a_few_and_keep_their_extremes() {
        let value = |x: usize| {
            if x == 700_001 {
                9.0
            } else {
                (x % 7) as f64 / 7.0
            }
        };
        let points = (0..1_000_000).map(|x| [x as f64, value(x)]);
        let thin = thinned(points, 0.0, 999_999.0, 500);
        assert!(thin.len() <= 2100, "{}", thin.len());
        assert!(thin.contains(&[700_001.0, 9.0]));
        assert_eq!(thin.first(), Some(&[0.0, 0.0]));
        assert_eq!(thin.last().map(|point| point[0]), Some(999_999.0));
        assert!(thin.windows(2).all(|pair| pair[0][0] < pair[1][0]));
    }

    #[test]
    fn points_on_the_screen_keep_their_spikes_and_are_no_more_than_its_pixels() {
        let place = |t: usize| {
            let y = if t == 7_654 { 9.5 } else { 100.0 };
            pos2(40.0 + 0.1 * t as f32, y)
        };
        let points: Vec<Pos2> = (0..10_000).map(place).collect();
        for pixels_per_point in [1.0, 2.0] {
            let thin = thinned_on_screen(&points, pixels_per_point);
            assert!(thin.len() as f32 <= 4.0 * 1_001.0 * pixels_per_point);
            assert!(thin.contains(&place(7_654)));
            assert_eq!([thin[0], thin[thin.len() - 1]], [place(0), place(9_999)]);
        }
        assert_eq!(thinned_on_screen(&points[..4], 1.0), points[..4]);
        assert_eq!(thinned_on_screen(&points[..1], 1.0), points[..1]);
        assert_eq!(thinned_on_screen(&[], 1.0), []);
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let points = [[0.0, 1.0], [1.0, 5.0], [2.0, 2.0]];
        assert_eq!(thinned(points.into_iter(), 0.0, 2.0, 300), points);
        assert_eq!(thinned(points.into_iter(), 0.5, 2.0, 300), points[1..]);
        assert!(thinned(points.into_iter(), 0.0, 2.0, 0).len() <= 3);
    }
}
