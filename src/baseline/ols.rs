//! Autoregression by ordinary least squares, on the conditional sample.
//!
//! With the largest lag P of a set of lags, the rows are t = P+1 … n: x_t against 1 and the x_{t−ℓ}. The first P values
//! serve as regressors only. As `AutoReg(series, lags).fit()` of statsmodels does.
//!
//! X = QR by Householder reflections (Householder 1958), block by block: R stands above the next rows of [X, x], and the
//! reflections fold them into it (the "sequential TSQR" of Demmel, Grigori, Hoemmen & Langou 2012). So X is
//! never stored, a block stays in the processor's cache, and the condition number of X is not squared, as by the normal
//! equations. Written out here because its bits must not follow the vector width.
//!
//! One R answers for all models of its first k columns: with z the last column of R, that of x, the sum of squared
//! residuals is z_{k+1}² + … + z_{p+1}².

use super::ar::Autoregression;
use super::error::FitError;
use super::method::Method;
use super::series::{Centred, ordered};
use super::sums::dot;
use crate::data::Pace;

/// Rows folded in at once: with 50 columns they fit into the second-level cache.
const BLOCK: usize = 512;

/// A column is a combination of those before it if less than this share of its length is at right angles to them.
/// Rounding leaves up to 10⁻¹⁵ or so of it; so no coefficient has fewer than four or five right digits.
const COLLINEAR: f64 = 1e-11;

/// R of [X, x], where x is what is to be explained.
#[derive(Clone)]
pub(super) struct Triangle {
    /// Columns of X and one for x.
    columns: usize,
    /// `[columns, columns]`, row-major, 0 below the diagonal.
    r: Vec<f64>,
}

impl Triangle {
    /// R of no rows.
    pub fn new(regressors: usize) -> Self {
        let columns = regressors + 1;
        Self {
            columns,
            r: vec![0.0; columns * columns],
        }
    }

    /// Folds in `rows` rows of [X, x], column after column; `block` is used up. Where `pace` is broken it ends early.
    pub fn add(&mut self, block: &mut [f64], rows: usize, pace: &Pace) {
        for j in 0..self.columns {
            if !pace.does(2 * rows * (self.columns - j)) {
                return;
            }
            let (done, open) = block.split_at_mut((j + 1) * rows);
            let below = &mut done[j * rows..];
            let squares = dot(below, below);
            if squares == 0.0 {
                continue;
            }
            // The reflection that brings (a, below) to (b, 0); b has the sign that avoids cancellation in a − b.
            let row = &mut self.r[j * self.columns..(j + 1) * self.columns];
            let a = row[j];
            let length = (a * a + squares).sqrt();
            let b = if a > 0.0 { -length } else { length };
            for value in below.iter_mut() {
                *value /= a - b;
            }
            let twice = (b - a) / b;
            row[j] = b;
            for (above, column) in row[j + 1..].iter_mut().zip(open.chunks_exact_mut(rows)) {
                let along = twice * (*above + dot(below, column));
                *above -= along;
                for (value, direction) in column.iter_mut().zip(below.iter()) {
                    *value -= along * direction;
                }
            }
        }
    }

    /// R of the first `regressors` columns of X and of x.
    pub fn leading(&self, regressors: usize) -> Self {
        let mut leading = Self::new(regressors);
        for i in 0..regressors {
            let (from, to) = (&self.r[i * self.columns..], &mut leading.r);
            let to = &mut to[i * leading.columns..];
            to[..regressors].copy_from_slice(&from[..regressors]);
            to[regressors] = from[self.columns - 1];
        }
        let corner = leading.r.len() - 1;
        leading.r[corner] = self.squares(regressors).sqrt();
        leading
    }

    /// The sum of squared residuals of x explained by the first `regressors` columns.
    pub fn squares(&self, regressors: usize) -> f64 {
        (regressors..self.columns)
            .map(|i| self.r[i * self.columns + self.columns - 1])
            .map(|z| z * z)
            .sum()
    }

    /// Whether column j is a combination of those before it.
    pub fn collinear(&self, j: usize) -> bool {
        let squares: f64 = (0..=j)
            .map(|i| self.r[i * self.columns + j])
            .map(|value| value * value)
            .sum();
        // Not `<`, so that a column of zeros is one too.
        self.r[j * self.columns + j].abs() <= COLLINEAR * squares.sqrt()
    }

    /// The coefficients of the columns of X, or the first column that is a combination of those before it.
    pub fn solve(&self) -> Result<Vec<f64>, usize> {
        let regressors = self.columns - 1;
        if let Some(column) = (0..regressors).find(|&j| self.collinear(j)) {
            return Err(column);
        }
        let mut solution = vec![0.0; regressors];
        for i in (0..regressors).rev() {
            let row = &self.r[i * self.columns..(i + 1) * self.columns];
            let mut rest = row[regressors];
            for j in i + 1..regressors {
                rest -= row[j] * solution[j];
            }
            solution[i] = rest / row[i];
        }
        Ok(solution)
    }
}

/// R of [1, x_{t−ℓ} …, x_t] over the values of each series from index `from` on; and how many rows that is.
///
/// # Errors
/// If `pace` is broken.
pub(super) fn lagged(
    parts: &[Vec<f64>],
    lags: &[usize],
    from: usize,
    pace: &Pace,
) -> Result<(Triangle, usize), FitError> {
    let mut triangle = Triangle::new(lags.len() + 1);
    let mut block = Vec::with_capacity(BLOCK * (lags.len() + 2));
    let mut observations = 0;
    for part in parts {
        let mut start = from;
        while start < part.len() {
            let rows = BLOCK.min(part.len() - start);
            block.clear();
            block.resize(rows, 1.0);
            for lag in lags.iter().chain([&0]) {
                block.extend_from_slice(&part[start - lag..start - lag + rows]);
            }
            triangle.add(&mut block, rows, pace);
            if pace.is_broken() {
                return Err(FitError::Cancelled);
            }
            observations += rows;
            start += rows;
        }
    }
    Ok((triangle, observations))
}

/// Refuses a sample that leaves no row beyond what the coefficients and the constant take: its fit would be perfect.
pub(super) fn enough(parts: &[Vec<f64>], largest: usize, lags: usize) -> Result<(), FitError> {
    let rows = parts
        .iter()
        .map(|part| part.len().saturating_sub(largest))
        .sum();
    let needed = lags.saturating_add(2);
    if rows >= needed {
        Ok(())
    } else {
        Err(FitError::FewRows {
            rows,
            needed,
            largest,
        })
    }
}

/// The autoregression of one or several series on `lags` by least squares; no row reaches from one series into another.
///
/// # Errors
/// See [`Autoregression::fit`].
pub(super) fn fit(
    parts: &[&[f64]],
    lags: &[usize],
    pace: &Pace,
) -> Result<Autoregression, FitError> {
    let lags = ordered(lags)?;
    let centred = Centred::new(parts)?;
    let largest = lags.last().copied().unwrap_or(0);
    enough(&centred.parts, largest, lags.len())?;
    let (triangle, observations) = lagged(&centred.parts, &lags, largest, pace)?;
    let solution = triangle.solve().map_err(|column| FitError::Collinear {
        lag: column.checked_sub(1).map_or(0, |index| lags[index]),
    })?;
    let coefficients = solution[1..].to_vec();
    Ok(Autoregression {
        constant: centred.constant(solution[0], &coefficients),
        variance: centred.variance(triangle.squares(lags.len() + 1) / observations as f64),
        lags,
        coefficients,
        observations,
        method: Method::LeastSquares,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of x = 1, 2, 3 against 1 and 0, 1, 2 the line is 1 + 1·, without residual; 4 instead of 3 gives slope 1.5,
    /// constant 5/6 and residuals 1/6, −1/3, 1/6.
    #[test]
    fn a_line_is_found_whether_its_rows_come_at_once_or_one_by_one() {
        let rows = [[1.0, 0.0, 1.0], [1.0, 1.0, 2.0], [1.0, 2.0, 4.0]];
        let mut at_once = Triangle::new(2);
        let mut by_column: Vec<f64> = (0..3).flat_map(|j| rows.map(|row| row[j])).collect();
        at_once.add(&mut by_column, 3, &Pace::free());
        let mut one_by_one = Triangle::new(2);
        for mut row in rows {
            one_by_one.add(&mut row, 1, &Pace::free());
        }
        for triangle in [at_once, one_by_one] {
            let line = triangle.solve().unwrap();
            assert!((line[0] - 5.0 / 6.0).abs() < 1e-15 && (line[1] - 1.5).abs() < 1e-15);
            assert!((triangle.squares(2) - 1.0 / 6.0).abs() < 1e-15);
            // The mean alone, 7/3, leaves 14/3.
            assert!((triangle.squares(1) - 14.0 / 3.0).abs() < 1e-14);
            assert!((triangle.leading(1).solve().unwrap()[0] - 7.0 / 3.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_column_that_says_nothing_new_is_named() {
        let mut triangle = Triangle::new(3);
        // 1, t, 2 t + 3 and an answer.
        let mut block = vec![1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0];
        block.extend([5.0, 7.0, 9.0, 11.0, 1.0, 0.0, 0.0, 1.0]);
        triangle.add(&mut block, 4, &Pace::free());
        assert_eq!(triangle.solve(), Err(2));
    }

    #[test]
    fn pooled_series_share_coefficients_and_no_row_crosses_from_one_to_the_next() {
        // x_t = 1 + x_{t−1}/2, from two starts: exact, though the jump between the series is not.
        let run = |start: f64| -> Vec<f64> {
            std::iter::successors(Some(start), |x| Some(1.0 + x / 2.0))
                .take(6)
                .collect()
        };
        let fitted = fit(&[&run(10.0), &run(-4.0)], &[1], &Pace::free()).unwrap();
        assert!((fitted.constant - 1.0).abs() < 1e-14);
        assert!((fitted.coefficients[0] - 0.5).abs() < 1e-14);
        assert_eq!(fitted.observations, 10);
    }
}
