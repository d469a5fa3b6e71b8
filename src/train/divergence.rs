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
