//! What became of a remedy that was tried beside a run that ended.

use crate::train::snapshot::{Snapshot, Status};
use crate::words::number;

/// A test loss that is so many times that of the first weights is no noise: the run was thrown off and has not come back.
const FAR_WORSE: f64 = 2.0;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Its data are being read, or it has not come as far as the other one did.
    TooEarly {
        /// How many updates it has made.
        made: u64,
    },
    /// It ended too.
    EndedToo {
        /// The update that could not be made.
        update: u64,
    },
    /// It has gone past where the other one ended.
    GoesOn {
        /// How many updates it has made.
        made: u64,
        /// Whether these are all that are planned.
        is_done: bool,
        /// Its newest test loss.
        test_loss: Option<f64>,
        /// That of its first weights.
        first_test_loss: Option<f64>,
    },
}

impl Verdict {
    /// Of a run that tries it; the other one ended at the update `ended`.
    pub fn of(tried: Option<&Snapshot>, ended: u64) -> Self {
        let Some(tried) = tried else {
            return Verdict::TooEarly { made: 0 };
        };
        let made = tried.update;
        match &tried.status {
            Status::Diverged(divergence) => Verdict::EndedToo {
                update: divergence.update,
            },
            _ if made < ended => Verdict::TooEarly { made },
            status => Verdict::GoesOn {
                made,
                is_done: *status == Status::Finished,
                test_loss: tried.history.test_loss(),
                first_test_loss: tried.history.first_test_loss,
            },
        }
    }

    /// Whether it went past where the other one ended, and does not forecast far worse than with its first weights.
    pub fn has_helped(self) -> bool {
        match self {
            Verdict::GoesOn {
                test_loss: Some(now),
                first_test_loss: Some(first),
                ..
            } => now <= FAR_WORSE * first,
            Verdict::GoesOn { .. } => true,
            Verdict::TooEarly { .. } | Verdict::EndedToo { .. } => false,
        }
    }

    /// In a few words.
    pub fn in_words(self) -> String {
        let has_helped = self.has_helped();
        match self {
            Verdict::TooEarly { made } => format!("at update {made}: too early to say"),
            Verdict::EndedToo { update } => format!("ended too, at update {update}"),
            Verdict::GoesOn {
                made,
                is_done,
                test_loss,
                first_test_loss,
            } => {
                let loss = test_loss
                    .map_or_else(String::new, |loss| format!(", test loss {}", number(loss)));
                let first = first_test_loss.map_or_else(String::new, number);
                match (has_helped, is_done) {
                    (true, true) => format!("it helped: all {made} updates were made{loss}"),
                    (true, false) => format!("it helped so far: at update {made}{loss}"),
                    (false, true) => format!(
                        "it did not end, nor learn: all {made} updates were made{loss}, after {first} with its first weights"
                    ),
                    (false, false) => format!(
                        "it has not ended, nor learned so far: at update {made}{loss}, after {first} with its first weights"
                    ),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that is thrown far off and never comes back makes all its updates as well.
    #[test]
    fn what_forecasts_worse_than_its_first_weights_has_not_helped() {
        let after = |test_loss, is_done| Verdict::GoesOn {
            made: 600,
            is_done,
            test_loss,
            first_test_loss: Some(1.25),
        };
        for (test_loss, is_done, helped, words) in [
            (
                Some(0.5),
                true,
                true,
                "it helped: all 600 updates were made, test loss 0.5",
            ),
            (
                Some(0.5),
                false,
                true,
                "it helped so far: at update 600, test loss 0.5",
            ),
            (None, true, true, "it helped: all 600 updates were made"),
            (
                Some(48762.0),
                true,
                false,
                "it did not end, nor learn: all 600 updates were made, test loss 48762, after 1.25 with its first weights",
            ),
            (
                Some(f64::NAN),
                false,
                false,
                "it has not ended, nor learned so far: at update 600, test loss not a number, after 1.25 with its first weights",
            ),
        ] {
            let verdict = after(test_loss, is_done);
            assert_eq!(verdict.has_helped(), helped, "{words}");
            assert_eq!(verdict.in_words(), words);
        }
        assert!(!Verdict::EndedToo { update: 2 }.has_helped());
    }
}
