//! Losses over a plane as a relief: shades on a logarithmic scale, and lines of equal height.
//!
//! Losses near a minimum and on a plateau are orders of magnitude apart; equal factors are therefore equally far apart here.
//! Lines are found cell by cell by marching squares (Lorensen & Cline 1987 in two dimensions): along each edge of the square
//! between four middles of cells the height is taken as straight in the logarithm.
//!
//! Where a loss is 0 along a line, its logarithm falls without end there, and how far it has fallen in a cell says only by how
//! little the cell's middle missed the line: one valley would be a row of pits of chance depths. Across such a valley, in which
//! L = s² d² at the distance d from its line, three cells of width w have the second difference 2 s² w²; a cell that is the
//! lowest of three is therefore drawn as no lower than an eighth of it, the loss half a cell from the line, nor than the lower of
//! its two neighbours if that is lower still.

use ndarray::Array2;

/// How many lines of equal height there are, evenly over the shades.
pub const LINES: usize = 8;

/// Losses below this share of the largest are all of one shade.
const FAINTEST: f64 = 1e-8;

/// Losses over a plane, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Relief {
    /// The losses in the middle of each cell, `[across, up]`.
    pub losses: Array2<f64>,
    /// (ln L − ln low) / (ln high − ln low), from 0 to 1, of the losses as the cells can tell them; not a number where the loss
    /// is none.
    pub shades: Array2<f64>,
    /// The losses that shade 0 and shade 1 stand for; `None` where none is positive and finite.
    pub ends: Option<[f64; 2]>,
    /// Pieces of lines of equal height: from and to, in cells from the middle of the first.
    pub lines: Vec<[[f32; 2]; 2]>,
}

impl Relief {
    /// The relief of losses `[across, up]`.
    pub fn new(losses: Array2<f64>) -> Self {
        let told = losses.indexed_iter().map(|(at, _)| resolved(&losses, at));
        let told: Vec<f64> = told.collect();
        let known = told
            .iter()
            .copied()
            .filter(|loss| *loss > 0.0 && loss.is_finite());
        let high = known.clone().fold(None, |high: Option<f64>, loss| {
            Some(high.map_or(loss, |high| high.max(loss)))
        });
        let ends = high.map(|high| {
            let faintest = FAINTEST * high;
            let low = known.filter(|&loss| loss >= faintest).fold(high, f64::min);
            [low, high]
        });
        let mut shades = Array2::zeros(losses.dim());
        for (place, loss) in shades.iter_mut().zip(told) {
            *place = shade(loss, ends);
        }
        Self {
            lines: lines(&shades),
            losses,
            shades,
            ends,
        }
    }

    /// The loss that a shade stands for.
    pub fn loss_of(&self, shade: f64) -> Option<f64> {
        let [low, high] = self.ends?;
        Some(low * libm::pow(high / low, shade))
    }

    /// About how many numbers it has.
    pub fn size(&self) -> usize {
        2 * self.losses.len() + 2 * self.lines.len()
    }
}

/// The loss of a cell as it is drawn: at the bottom of a valley no lower than half a cell beside its line.
fn resolved(losses: &Array2<f64>, (i, j): (usize, usize)) -> f64 {
    let loss = losses[[i, j]];
    let beside = [
        (i.checked_sub(1).map(|before| [before, j]), [i + 1, j]),
        (j.checked_sub(1).map(|before| [i, before]), [i, j + 1]),
    ];
    let floors = beside.into_iter().filter_map(|(before, after)| {
        let (before, after) = (*losses.get(before?)?, *losses.get(after)?);
        let lower = before.min(after);
        let is_lowest = before.is_finite() && after.is_finite() && loss <= lower;
        is_lowest.then(|| lower.min((before + after - 2.0 * loss) / 8.0))
    });
    floors.fold(loss, f64::max)
}

fn shade(loss: f64, ends: Option<[f64; 2]>) -> f64 {
    match ends {
        _ if !loss.is_finite() => f64::NAN,
        Some([low, high]) if high > low => match loss > low {
            true => libm::log(loss / low) / libm::log(high / low),
            false => 0.0,
        },
        // All the same.
        _ => 0.5,
    }
}

fn lines(shades: &Array2<f64>) -> Vec<[[f32; 2]; 2]> {
    let (across, up) = shades.dim();
    let mut lines = Vec::new();
    for i in 1..across {
        for j in 1..up {
            // Round the square, and back.
            let corners = [(i - 1, j - 1), (i, j - 1), (i, j), (i - 1, j)];
            let heights = corners.map(|at| shades[at]);
            if heights.iter().any(|height| height.is_nan()) {
                continue;
            }
            for line in 1..=LINES {
                let level = line as f64 / (LINES + 1) as f64;
                let crossings = crossings(corners, heights, level);
                match crossings[..] {
                    [one, other] => lines.push([one, other]),
                    // A saddle: which of the two pairs belong together the middle decides.
                    [a, b, c, d] => {
                        let middle = heights.iter().sum::<f64>() / 4.0;
                        match (middle >= level) == (heights[0] >= level) {
                            true => lines.extend([[a, b], [c, d]]),
                            false => lines.extend([[d, a], [b, c]]),
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    lines
}

/// Where the edges of a square cross a level, in order round it.
fn crossings(corners: [(usize, usize); 4], heights: [f64; 4], level: f64) -> Vec<[f32; 2]> {
    let mut found = Vec::new();
    for edge in 0..4 {
        let next = (edge + 1) % 4;
        let (from, to) = (heights[edge], heights[next]);
        if (from >= level) == (to >= level) {
            continue;
        }
        let part = (level - from) / (to - from);
        let between =
            |one: usize, other: usize| (one as f64 + part * (other as f64 - one as f64)) as f32;
        found.push([
            between(corners[edge].0, corners[next].0),
            between(corners[edge].1, corners[next].1),
        ]);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_factors_are_equally_far_apart() {
        let losses = Array2::from_shape_vec((1, 5), vec![1e-4, 1e-3, 1e-2, f64::NAN, 0.0]);
        let relief = Relief::new(losses.unwrap());
        assert_eq!(relief.ends, Some([1e-4, 1e-2]));
        let shades: Vec<f64> = relief.shades.iter().copied().collect();
        assert!(shades[0] == 0.0 && (shades[1] - 0.5).abs() < 1e-12 && shades[2] == 1.0);
        assert!(shades[3].is_nan() && shades[4] == 0.0);
        assert!((relief.loss_of(0.5).unwrap() - 1e-3).abs() < 1e-15);
        // Far below the largest all is one; all the same is in the middle; nothing has no ends.
        let flat = Relief::new(Array2::from_shape_vec((1, 2), vec![1.0, 1e-12]).unwrap());
        assert_eq!(flat.ends, Some([1.0, 1.0]));
        assert_eq!(Relief::new(Array2::zeros((2, 2))).ends, None);
    }

    /// A loss that is 0 along a crooked line: one valley, not a row of pits whose depths are the chance of where cells lie.
    #[test]
    fn a_narrow_valley_is_no_row_of_pits() {
        let line = |x: f64| 12.0 + 0.27 * x + 0.003 * x * x;
        let loss = |x: f64, y: f64| 1e-3 * (y - line(x)) * (y - line(x));
        let losses = Array2::from_shape_fn((41, 41), |(i, j)| loss(i as f64, j as f64));
        let deepest = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            let columns = 1..40;
            let lowest = |i| (1..40).map(|j| of(i, j)).fold(f64::INFINITY, f64::min);
            columns.map(lowest).collect()
        };
        let spread = |of: &[f64]| {
            let ends = of
                .iter()
                .fold((f64::INFINITY, 0.0_f64), |(low, high), &loss| {
                    (low.min(loss), high.max(loss))
                });
            ends.1 / ends.0
        };
        let sampled = deepest(&|i, j| losses[[i, j]]);
        assert!(spread(&sampled) > 100.0, "{}", spread(&sampled));
        let relief = Relief::new(losses.clone());
        let drawn = deepest(&|i, j| relief.loss_of(relief.shades[[i, j]]).unwrap());
        // Half a cell from the line it is a quarter of the unit everywhere.
        for loss in &drawn {
            assert!((loss / 0.25e-3 - 1.0).abs() < 1e-6, "{loss}");
        }
        assert_eq!(relief.losses, losses, "the losses stay as they are");
        // A wall is no valley: beside it nothing is drawn as higher than its lower neighbour.
        let wall = Array2::from_shape_vec((4, 1), vec![0.4, 1e-3, 2e-3, 3e-3]).unwrap();
        let relief = Relief::new(wall);
        assert!((relief.loss_of(relief.shades[[1, 0]]).unwrap() - 2e-3).abs() < 1e-12);
    }

    /// Of a round hollow the lines are circles: every end of every piece lies at its height.
    #[test]
    fn lines_run_where_the_height_is_theirs() {
        let middle = 15.0;
        let loss = |x: f64, y: f64| 1e-3 * libm::exp(0.3 * libm::hypot(x - middle, y - middle));
        let losses = Array2::from_shape_fn((31, 31), |(i, j)| loss(i as f64, j as f64));
        let relief = Relief::new(losses);
        assert!(relief.lines.len() > 200, "{}", relief.lines.len());
        let [low, high] = relief.ends.unwrap();
        let mut seen = [0; LINES + 1];
        for [x, y] in relief.lines.iter().flatten() {
            let here = loss(f64::from(*x), f64::from(*y));
            let shade = libm::log(here / low) / libm::log(high / low) * (LINES + 1) as f64;
            let nearest = shade.round();
            assert!((shade - nearest).abs() < 0.05, "{x} {y}: {shade}");
            seen[nearest as usize] += 1;
        }
        assert!(seen[1..].iter().all(|&ends| ends > 0), "{seen:?}");
    }

    /// Four corners, two high and two low across: below the middle's height two lines cut off the low ones, above it the high
    /// ones, and none cross.
    #[test]
    fn a_saddle_has_two_lines_that_do_not_cross() {
        let shades = Array2::from_shape_vec((2, 2), vec![1.0, 0.05, 0.05, 1.0]);
        let found = lines(&shades.unwrap());
        assert_eq!(found.len(), 2 * LINES);
        let cut_off = |corners: [[f32; 2]; 2]| {
            let all = found.iter().filter(|line| {
                corners.iter().any(|corner| {
                    // Each end is on an edge that the corner has: one of its places is the corner's.
                    line.iter()
                        .all(|at| at[0] == corner[0] || at[1] == corner[1])
                })
            });
            all.count()
        };
        // Of the levels k/9 four are below 0.525.
        assert_eq!(cut_off([[0.0, 1.0], [1.0, 0.0]]), 8);
        assert_eq!(cut_off([[0.0, 0.0], [1.0, 1.0]]), 8);
    }
}
