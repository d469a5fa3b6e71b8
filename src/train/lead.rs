//! Which of several runs is ahead, by their losses over the test part after one and the same update.

use super::{History, Snapshot};

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

/// When a run looked at its test part: the looks that its history keeps, and the one at the weights on show, after an update that
/// the history may have no look at.
#[derive(Clone, Copy)]
pub struct Looks<'a> {
    /// The history.
    pub history: &'a History,
    /// The update that the weights on show are of, and their loss, if it is known.
    pub newest: Option<(u64, f64)>,
}

impl<'a> Looks<'a> {
    /// Those of a run. All are over the same sequences: a loss over the whole part is left out where the history's are over fewer.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let history = &snapshot.history;
        let whole = snapshot.test_loss.filter(|_| history.watched.is_whole());
        let newest = whole.or(snapshot.watched_loss);
        Self {
            history,
            newest: newest.map(|loss| (snapshot.update, loss)),
        }
    }

    /// The loss after an update, if it was looked at then.
    pub fn after(&self, update: u64) -> Option<f64> {
        let newest = self.newest.filter(|(at, _)| *at == update);
        let newest = newest.map(|(_, loss)| loss);
        newest.or_else(|| test_loss_after(self.history, update))
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
pub fn lead(runs: &[Looks<'_>]) -> Option<Lead> {
    let (first, others) = runs.split_first()?;
    if others.is_empty() {
        return None;
    }
    let kept = (0..first.history.tested_len()).rev();
    let kept = kept.filter_map(|index| Some(first.history.tested(index)?.update));
    let losses_after = |update: u64| -> Option<Vec<f64>> {
        let losses = runs
            .iter()
            .map(|run| run.after(update).filter(|loss| loss.is_finite()));
        losses.collect()
    };
    // The weights on show are those after the newest update of a run.
    let newest = first.newest.map(|(update, _)| update);
    let found = newest
        .into_iter()
        .chain(kept)
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

    /// The looks that a history keeps, and no other.
    fn kept(history: &History) -> Looks<'_> {
        Looks {
            history,
            newest: None,
        }
    }

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
        let found = lead(&[kept(&one), kept(&other), kept(&third)]).unwrap();
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
        let found = lead(&[kept(&one), kept(&fresh)]).unwrap();
        assert_eq!((found.update, found.ahead, found.next), (0, 0, (1, 10.0)));
    }

    /// The weights on show are looked at too: what is said of them is what the table has of them.
    #[test]
    fn a_look_at_the_weights_on_show_counts_if_all_have_one() {
        let one = history(9.0, &[(1, None), (2, Some(4.0)), (3, None)]);
        let other = history(8.0, &[(1, None), (2, Some(3.0)), (3, None)]);
        let on_show = |history, newest| Looks {
            history,
            newest: Some(newest),
        };
        let both = [on_show(&one, (3, 0.5)), on_show(&other, (3, 2.0))];
        let found = lead(&both).unwrap();
        assert_eq!((found.update, found.ahead, found.loss), (3, 0, 0.5));
        // One that stands elsewhere: the last look that all have.
        let found = lead(&[both[0], kept(&other)]).unwrap();
        assert_eq!((found.update, found.ahead, found.loss), (2, 1, 3.0));
        // The first update has a look of its own, though the histories have none yet.
        let [one, other] = [&[(1, None)][..]; 2].map(|rows| history(3.0, rows));
        let both = [on_show(&one, (1, 2.5)), on_show(&other, (1, 2.0))];
        assert_eq!(lead(&both).map(|found| found.update), Some(1));
    }

    #[test]
    fn a_single_run_is_ahead_of_nobody() {
        let one = history(9.0, &[]);
        assert_eq!(lead(&[]), None);
        assert_eq!(lead(&[kept(&one)]), None);
        let endless = history(f64::NAN, &[]);
        assert_eq!(lead(&[kept(&one), kept(&endless)]), None);
        let equal = lead(&[kept(&one), kept(&one)]).unwrap();
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
