//! How a run ends that cannot go on.

/// Where and how a run diverged.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Divergence {
    /// The update that could not be made, from 1.
    pub update: u64,
    /// The quantity where it began, in words.
    pub quantity: String,
    /// What was seen there.
    pub value: f64,
    /// The update after which the weights that are on show were: the last good ones.
    pub good: u64,
}

impl Divergence {
    /// Which update could not be made, and which weights are the last good ones: those that are on show.
    pub fn which(&self) -> String {
        which(self.update, self.good)
    }
}

/// Which update could not be made, and which weights are the last good ones: the one way in which this is said everywhere.
///
/// A number may turn bad at the very weights that the update before led to; then the good ones lie an update further back.
pub(super) fn which(update: u64, good: u64) -> String {
    let weights = match good {
        0 => "the first ones".to_owned(),
        good => format!("those after update {good}"),
    };
    match update.saturating_sub(good + 1) {
        0 => format!(
            "Update {update} could not be made; the last good weights are {weights}, with which it began."
        ),
        _ => format!(
            "Update {} led to weights with which update {update} could not be made; the last good weights are {weights}.",
            update - 1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_which_update_led_there() {
        assert_eq!(
            which(102, 100),
            "Update 101 led to weights with which update 102 could not be made; the last good weights are those after update 100."
        );
        assert_eq!(
            which(102, 101),
            "Update 102 could not be made; the last good weights are those after update 101, with which it began."
        );
        assert!(which(1, 0).ends_with("are the first ones, with which it began."));
        assert!(which(2, 0).ends_with("the last good weights are the first ones."));
    }
}
