//! What became of a remedy that was tried beside a run that ended.

use crate::train::snapshot::{Snapshot, Status};
use crate::words::number;

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
            },
        }
    }

    /// In a few words.
    pub fn in_words(self) -> String {
        match self {
            Verdict::TooEarly { made } => format!("at update {made}: too early to say"),
            Verdict::EndedToo { update } => format!("ended too, at update {update}"),
            Verdict::GoesOn {
                made,
                is_done,
                test_loss,
            } => {
                let loss = test_loss
                    .map_or_else(String::new, |loss| format!(", test loss {}", number(loss)));
                match is_done {
                    true => format!("it helped: all {made} updates were made{loss}"),
                    false => format!("it helped so far: at update {made}{loss}"),
                }
            }
        }
    }
}
