//! The experiments that come with the program. Their paths start at [`Location::BuiltIn`](super::Location::BuiltIn).

/// An experiment that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name on the command line: `sunspots`.
    pub name: &'static str,
    /// The name on the screen.
    pub title: &'static str,
    /// What it shows, in a sentence or two.
    pub description: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Every experiment that comes with the program; the first is the one to start with.
pub static EXPERIMENTS: &[Entry] = &[
    SUNSPOTS,
    Entry {
        name: "co2",
        title: "CO₂ of Mauna Loa",
        description: "A GRU forecasts next week's carbon dioxide from 60 weeks before, over 59 gaps, held against a season and an autoregression.",
        text: include_str!("../../assets/gallery/co2.toml"),
    },
    Entry {
        name: "elnino",
        title: "El Niño",
        description: "A GRU forecasts a year of sea temperatures at once, month by month, to be held against the season and an autoregression.",
        text: include_str!("../../assets/gallery/elnino.toml"),
    },
    Entry {
        name: "sine",
        title: "Two sines",
        description: "A GRU continues a mixture of two rhythms and answers at every step. The gentlest start.",
        text: include_str!("../../assets/gallery/sine.toml"),
    },
    Entry {
        name: "latch",
        title: "Latch",
        description: "A plain RNN must keep one bit for 20 steps. Watch its gradient vanish on the way back.",
        text: include_str!("../../assets/gallery/latch.toml"),
    },
    Entry {
        name: "adding",
        title: "Adding problem",
        description: "An LSTM adds two marked numbers out of 50. Watch which gates open where the markers are.",
        text: include_str!("../../assets/gallery/adding.toml"),
    },
    Entry {
        name: "majority",
        title: "Majority of bits",
        description: "An LSTM counts ones against zeros in sequences of 5 to 30 steps, padded and masked side by side.",
        text: include_str!("../../assets/gallery/majority.toml"),
    },
    Entry {
        name: "tagging",
        title: "Tagging with the future",
        description: "A GRU in both directions tags each step by what comes after it. One direction alone cannot.",
        text: include_str!("../../assets/gallery/tagging.toml"),
    },
    Entry {
        name: "reverse",
        title: "Reversing a word",
        description: "An encoder reads a word, a decoder writes it backwards. The attention map shows where it looks.",
        text: include_str!("../../assets/gallery/reverse.toml"),
    },
    Entry {
        name: "temporal_order",
        title: "Temporal order",
        description: "An LSTM tells which of two letters came, and in which order, long after. A plain RNN loses them on the way.",
        text: include_str!("../../assets/gallery/temporal_order.toml"),
    },
    Entry {
        name: "counting",
        title: "Counting",
        description: "An LSTM learns aⁿbⁿ by a cell that counts up and down again. Find the cell, then try a plain RNN.",
        text: include_str!("../../assets/gallery/counting.toml"),
    },
    Entry {
        name: "continual_reber",
        title: "Continual Reber grammar",
        description: "Strings of a grammar without a break: what must be kept, and then dropped. What the forget gate is for.",
        text: include_str!("../../assets/gallery/continual_reber.toml"),
    },
    Entry {
        name: "dates",
        title: "Dates",
        description: "An encoder reads a date as people write it, a decoder puts it out as 1998-05-09. The attention map shows from where.",
        text: include_str!("../../assets/gallery/dates.toml"),
    },
    Entry {
        name: "next_character",
        title: "Next character",
        description: "An LSTM guesses the next letter of Alice's Adventures in Wonderland, having read one chapter.",
        text: include_str!("../../assets/gallery/next_character.toml"),
    },
];

const SUNSPOTS: Entry = Entry {
    name: "sunspots",
    title: "Sunspots",
    description: "An LSTM forecasts next year's sunspots from the 22 years before: real data with a rhythm of about 11 years.",
    text: include_str!("../../assets/gallery/sunspots.toml"),
};

/// The experiment that the program opens with.
pub fn default_entry() -> &'static Entry {
    &SUNSPOTS
}

/// The experiment called `name`.
pub fn by_name(name: &str) -> Option<&'static Entry> {
    EXPERIMENTS.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::data::{Split, Targets};
    use crate::experiment::{Document, Location, Material, material};
    use crate::nn::{Cell, Clip, Loss, Optimizer, Readout};

    fn open(name: &str) -> (crate::experiment::Experiment, Material) {
        let (_, experiment) = Document::parse(by_name(name).unwrap().text).unwrap();
        let made = material(&experiment, &Location::BuiltIn, &|_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        (experiment, made)
    }

    #[test]
    fn every_experiment_gives_material() {
        for entry in EXPERIMENTS {
            let (experiment, made) = open(entry.name);
            assert!(made.notices.is_empty());
            assert!(made.seq_len > 1 && !made.dataset.split(experiment.probe.split).is_empty());
            assert!(entry.description.ends_with('.'), "{}", entry.description);
        }
        assert_eq!(by_name("moonspots"), None);
    }

    #[test]
    fn the_default_is_the_sunspot_forecast() {
        let (experiment, made) = open(default_entry().name);
        assert_eq!(EXPERIMENTS[0], *default_entry());
        assert_eq!(
            (made.data_name.as_str(), made.seq_len, experiment.seed),
            ("sunspots", 22, 1)
        );
        assert_eq!(
            (made.loss, made.network.cell()),
            (Loss::MeanSquaredError, Some(Cell::Lstm))
        );
        assert_eq!(
            (experiment.training.updates, experiment.training.batch_size),
            (600, 32)
        );
        assert_eq!(experiment.training.clip, Clip::Norm(1.0));
        assert_eq!(experiment.training.optimizer.learning_rate(), 1e-2);
        assert!(matches!(
            experiment.training.optimizer,
            Optimizer::Adam { .. }
        ));
        // 1950 to 2008; the first training target is 22 years after 1700.
        let data = &made.dataset;
        let label = |split, index: usize| data.target_label(data.split(split)[index].last_row());
        assert_eq!(
            (data.test.len(), label(Split::Test, 0)),
            (59, "1950".to_owned())
        );
        assert_eq!(
            (data.train.len(), label(Split::Train, 0)),
            (228, "1722".to_owned())
        );
    }

    #[test]
    fn the_made_up_problems_are_what_their_descriptions_say() {
        let (_, latch) = open("latch");
        assert_eq!(
            (latch.network.cell(), latch.seq_len),
            (Some(Cell::RnnTanh), 20)
        );
        assert_eq!(
            (latch.network.readout(), latch.loss),
            (Readout::Last, Loss::CrossEntropy)
        );
        assert!(matches!(latch.dataset.targets, Targets::Classes { .. }));
        let (_, adding) = open("adding");
        assert_eq!(
            (adding.network.cell(), adding.seq_len),
            (Some(Cell::Lstm), 50)
        );
        let (_, sine) = open("sine");
        assert_eq!(
            (sine.network.cell(), sine.network.readout()),
            (Some(Cell::Gru), Readout::Every)
        );
    }
}
