//! Stacks of recurrent layers as their parameters' shapes tell them: the file's and the network's, held against each other.

use super::names::{Kind, Slot};
use std::collections::BTreeMap;

/// The recurrent layers that share a prefix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stack {
    /// How their names begin: empty, or with a dot at its end.
    pub prefix: String,
    /// Where the tensor of each place is.
    pub places: BTreeMap<Slot, usize>,
}

impl Stack {
    /// Sorts parameters or tensors into stacks, in the order of the prefixes.
    pub fn all<'a>(slots: impl Iterator<Item = (usize, &'a str, Slot)>) -> Vec<Stack> {
        let mut stacks: BTreeMap<&str, BTreeMap<Slot, usize>> = BTreeMap::new();
        for (index, prefix, slot) in slots {
            // PyTorch has no `weight_ih` beside `weight_ih_l0`; were there both, the first is kept and the other left over.
            let places = stacks.entry(prefix).or_default();
            places.entry(slot).or_insert(index);
        }
        let stack = |(prefix, places): (&str, _)| Stack {
            prefix: prefix.into(),
            places,
        };
        stacks.into_iter().map(stack).collect()
    }

    /// Puts the layers of another stack on top of its own.
    pub fn put_on_top(&mut self, places: BTreeMap<Slot, usize>) {
        let below = self.places.keys().map(|slot| slot.layer + 1).max();
        let below = below.unwrap_or(0);
        let raised = places.into_iter().map(|(slot, index)| {
            let layer = slot.layer + below;
            (Slot { layer, ..slot }, index)
        });
        self.places.extend(raised);
    }

    /// Whether there are biases at all.
    pub fn has_bias(&self) -> bool {
        self.places.keys().any(|slot| slot.kind.is_bias())
    }
}

/// What a stack is, as far as its shapes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Rows per unit: 4 in an LSTM, 3 in a GRU, 1 in Elman's network.
    blocks: usize,
    hidden: usize,
    layers: usize,
    bidirectional: bool,
    /// Values that the first layer reads per step, where it is there.
    inputs: Option<usize>,
    /// `proj_size`.
    projected: Option<usize>,
}

impl Form {
    /// `None` if the shapes are none of a recurrent layer.
    pub fn of<'a>(stack: &Stack, shape: impl Fn(usize) -> &'a [usize]) -> Option<Form> {
        let pair = |index: &usize| <[usize; 2]>::try_from(shape(*index)).ok();
        let first = |kind| {
            let mut places = stack.places.iter();
            let (_, index) = places.find(|(slot, _)| slot.kind == kind)?;
            pair(index)
        };
        let [rows, columns] = first(Kind::WeightHh)?;
        let projection = first(Kind::WeightHr);
        let hidden = projection.map_or(columns, |[_, hidden]| hidden);
        let whole = hidden > 0 && rows % hidden == 0;
        let bottom = Slot {
            layer: 0,
            reverse: false,
            kind: Kind::WeightIh,
        };
        whole.then(|| Form {
            blocks: rows / hidden,
            hidden,
            layers: 1 + stack
                .places
                .keys()
                .map(|slot| slot.layer)
                .max()
                .unwrap_or(0),
            bidirectional: stack.places.keys().any(|slot| slot.reverse),
            inputs: stack
                .places
                .get(&bottom)
                .and_then(pair)
                .map(|[_, inputs]| inputs),
            projected: projection.map(|[size, _]| size),
        })
    }

    /// In a few words: “bidirectional LSTM 2×16”.
    pub fn title(self) -> String {
        let two = if self.bidirectional {
            "bidirectional "
        } else {
            ""
        };
        let cell = match self.blocks {
            1 => "RNN".to_owned(),
            3 => "GRU".to_owned(),
            4 => "LSTM".to_owned(),
            blocks => format!("cell of {blocks} blocks"),
        };
        format!("{two}{cell} {}×{}", self.layers, self.hidden)
    }

    /// What would have to be another way in the network for a file's stack to find room: sentences, none if it has room.
    ///
    /// `part` is how the network's own names begin: empty, `encoder.` or `decoder.`.
    pub fn makes_room(file: Form, network: Form, part: &str) -> Vec<String> {
        let mut settings = Vec::new();
        if file.blocks != network.blocks {
            match file.blocks {
                1 => settings.push("cell = \"rnn\"".to_owned()),
                3 => settings.push("cell = \"gru\"".to_owned()),
                4 => settings.push("cell = \"lstm\"".to_owned()),
                _ => {}
            }
        }
        if file.hidden != network.hidden {
            settings.push(format!("hidden_size = {}", file.hidden));
        }
        let is_decoder = part == "decoder.";
        if !is_decoder && file.layers != network.layers {
            settings.push(format!("num_layers = {}", file.layers));
        }
        if !is_decoder && file.bidirectional != network.bidirectional {
            settings.push(format!("bidirectional = {}", file.bidirectional));
        }
        let mut sentences = Vec::new();
        if let Some(size) = file.projected {
            sentences.push(format!(
                "The file's LSTM has proj_size = {size}: found a projection of its states, expected none. Projections are not \
                 supported; train the module with proj_size = 0."
            ));
        }
        if !settings.is_empty() {
            let settings = settings.join(", ");
            sentences.push(if is_decoder {
                format!("In the experiment's [model] set decoder = {{ {settings} }}, as the file's network has it.")
            } else {
                format!("In the experiment's [model] set {settings}, as the file's network has it.")
            });
        }
        if is_decoder && (file.layers > 1 || file.bidirectional) {
            sentences.push(
                "A decoder here has one layer and one direction; the file's has more.".to_owned(),
            );
        }
        if let (Some(found), Some(expected)) = (file.inputs, network.inputs)
            && found != expected
            && !is_decoder
        {
            sentences.push(format!(
                "The file's network reads {found} values per step, this one {expected}: choose the features of [data] accordingly."
            ));
        }
        sentences
    }
}
