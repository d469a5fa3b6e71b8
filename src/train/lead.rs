//! Which of several runs is ahead, by their losses over the test part after one and the same update.

use super::History;

/// Who is ahead of whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lead {
    /// The newest update after which all runs looked at the test part.
    pub update: u64,
    /// The index of the run with the smallest loss then; of equals the first.
    pub ahead: usize,
    /// That loss.
    pub loss: f64,
    /// The index of the next one, and its loss.
    pub next: (usize, f64),
}

impl Lead {
    /// Which share of the next one's loss the smallest is lower by, from 0 for equals.
    pub fn share(&self) -> f64 {
        match self.next.1 {
            0.0 => 0.0,
            next => 1.0 - self.loss / next,
        }
    }
}

/// The loss over the test part after an update, if it was looked at then.
pub fn test_loss_after(history: &History, update: u64) -> Option<f64> {
    if update == 0 {
        return history.first_test_loss;
    }
    let (mut from, mut to) = (0, history.tested_len());
    while from < to {
        let middle = from + (to - from) / 2;
        let row = history.tested(middle)?;
        match row.update.cmp(&update) {
            std::cmp::Ordering::Equal => return row.test_loss,
            std::cmp::Ordering::Less => from = middle + 1,
            std::cmp::Ordering::Greater => to = middle,
        }
    }
    None
}

/// Who is ahead; `None` for fewer than two runs, or where there is no update after which all looked.
pub fn lead(histories: &[&History]) -> Option<Lead> {
    let (first, others) = histories.split_first()?;
    if others.is_empty() {
        return None;
    }
    let updates = (0..first.tested_len()).rev();
    let updates = updates.filter_map(|index| Some(first.tested(index)?.update));
    let losses_after = |update: u64| -> Option<Vec<f64>> {
        let losses = histories
            .iter()
            .map(|history| test_loss_after(history, update).filter(|loss| loss.is_finite()));
        losses.collect()
    };
    let found = updates
        .chain([0])
        .find_map(|update| Some((update, losses_after(update)?)));
    let (update, losses) = found?;
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|&one, &other| losses[one].total_cmp(&losses[other]));
    Some(Lead {
        update,
        ahead: order[0],
        loss: losses[order[0]],
        next: (order[1], losses[order[1]]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::history::Row;

    fn history(first: f64, rows: &[(u64, Option<f64>)]) -> History {
        let mut history = History::new(Some(first));
        for &(update, test_loss) in rows {
            history.push(Row {
                update,
                train_loss: 1.0,
                test_loss,
                norm_before: 1.0,
                norm_after: 1.0,
                clipped: false,
                learning_rate: 0.1,
                parameter_norm: 1.0,
                update_norm: 0.1,
            });
        }
        history
    }

    #[test]
    fn the_newest_update_at_which_all_looked_decides() {
        let one = history(9.0, &[(1, None), (2, Some(4.0)), (3, None), (4, Some(1.0))]);
        let other = history(8.0, &[(1, None), (2, Some(3.0)), (3, None)]);
        let third = history(7.0, &[(1, None), (2, Some(6.0))]);
        let found = lead(&[&one, &other, &third]).unwrap();
        let wanted = Lead {
            update: 2,
            ahead: 1,
            loss: 3.0,
            next: (0, 4.0),
        };
        assert_eq!(found, wanted);
        assert_eq!(found.share(), 0.25);
        // One that was not trained is compared where the others began.
        let fresh = history(10.0, &[]);
        let found = lead(&[&one, &fresh]).unwrap();
        assert_eq!((found.update, found.ahead, found.next), (0, 0, (1, 10.0)));
    }

    #[test]
    fn a_single_run_is_ahead_of_nobody() {
        let one = history(9.0, &[]);
        assert_eq!(lead(&[]), None);
        assert_eq!(lead(&[&one]), None);
        let endless = history(f64::NAN, &[]);
        assert_eq!(lead(&[&one, &endless]), None);
        let equal = lead(&[&one, &one]).unwrap();
        assert_eq!((equal.ahead, equal.share()), (0, 0.0));
    }

    #[test]
    fn a_loss_is_found_at_its_update_and_at_no_other() {
        let rows: Vec<(u64, Option<f64>)> = (1..=40)
            .map(|update| (update, (update % 3 == 0).then_some(update as f64)))
            .collect();
        let history = history(0.5, &rows);
        for update in 0..=45 {
            let wanted = match update {
                0 => Some(0.5),
                update if update <= 40 && update % 3 == 0 => Some(update as f64),
                _ => None,
            };
            assert_eq!(test_loss_after(&history, update), wanted, "{update}");
        }
    }
}
