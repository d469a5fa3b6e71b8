//! What the names in a file say: which layer a tensor is of, and what surrounds the names.
//!
//! A name is components with dots between them. The last one of a recurrent layer's is `weight_ih_l0`, `bias_hh_l1_reverse` …,
//! that of a single cell's (`nn.LSTMCell`) is `weight_ih`, which is layer 0 of one direction; what comes before is its prefix.

use std::collections::BTreeMap;

/// Which of a scan's tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    WeightIh,
    WeightHh,
    BiasIh,
    BiasHh,
    /// The projection of an LSTM with `proj_size`, which no network here has.
    WeightHr,
}

impl Kind {
    const NAMES: [(&'static str, Kind); 5] = [
        ("weight_ih", Kind::WeightIh),
        ("weight_hh", Kind::WeightHh),
        ("bias_ih", Kind::BiasIh),
        ("bias_hh", Kind::BiasHh),
        ("weight_hr", Kind::WeightHr),
    ];

    pub fn is_bias(self) -> bool {
        matches!(self, Kind::BiasIh | Kind::BiasHh)
    }
}

/// The place of a tensor in a stack of recurrent layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub layer: usize,
    pub reverse: bool,
    pub kind: Kind,
}

/// The prefix and the place that a name says; `None` if it is no recurrent layer's.
pub(super) fn slot(name: &str) -> Option<(&str, Slot)> {
    let last = name.rfind('.').map_or(0, |dot| dot + 1);
    let (prefix, own) = name.split_at(last);
    let (rest, kind) = Kind::NAMES
        .into_iter()
        .find_map(|(begins, kind)| Some((own.strip_prefix(begins)?, kind)))?;
    let (rest, reverse) = match rest.strip_suffix("_reverse") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let layer = if rest.is_empty() && !reverse {
        0
    } else {
        let digits = rest.strip_prefix("_l")?;
        let whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        // More layers than a machine can count are no layers.
        whole.then(|| digits.parse::<u32>().ok())?? as usize
    };
    let place = Slot {
        layer,
        reverse,
        kind,
    };
    Some((prefix, place))
}

/// What wrapping a module puts into its names: `nn.DataParallel` and `torch.compile`.
const WRAPPERS: [&str; 2] = ["module", "_orig_mod"];

/// The names without what wrapping put into them; as they are where two would then be the same.
pub(super) fn unwrapped<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let bare: Vec<String> = names.clone().map(bare).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &bare {
        *counts.entry(name).or_default() += 1;
    }
    let told_apart = bare.iter().all(|name| counts[name.as_str()] == 1);
    if told_apart {
        bare
    } else {
        names.map(String::from).collect()
    }
}

/// One name, or the beginning of one, without what wrapping put into it.
pub(super) fn bare(name: &str) -> String {
    let components = name.split('.').filter(|part| !WRAPPERS.contains(part));
    components.collect::<Vec<_>>().join(".")
}

/// What optimisers keep for each parameter, or where checkpoints keep all of it.
const OPTIMIZERS: [&str; 19] = [
    "optimizer",
    "optimizers",
    "optimizer_state",
    "optimizer_states",
    "optimizer_state_dict",
    "optim",
    "optim_state",
    "optim_state_dict",
    "opt_state",
    "exp_avg",
    "exp_avg_sq",
    "exp_inf",
    "max_exp_avg_sq",
    "momentum_buffer",
    "square_avg",
    "grad_avg",
    "acc_delta",
    "lr_scheduler",
    "scheduler",
];

/// Whether a name is one of an optimiser's state.
pub(super) fn is_optimizers(name: &str) -> bool {
    name.split('.').any(|part| OPTIMIZERS.contains(&part))
}

/// The module that a parameter is of, all of whose biases are there or none: attention's projections are one.
pub(super) fn module_of(name: &str) -> &str {
    const ATTENTION: &str = "self_attn.";
    match name.find(ATTENTION) {
        Some(at) => &name[..at + ATTENTION.len()],
        None => &name[..name.rfind('.').map_or(0, |dot| dot + 1)],
    }
}

/// Whether a parameter is a bias, by its name.
pub(super) fn is_bias(name: &str) -> bool {
    name.rsplit('.')
        .next()
        .is_some_and(|own| own.contains("bias"))
}

/// The block of self-attention that a name says, as in `blocks.2.norm1.bias`.
pub(super) fn block(name: &str) -> Option<usize> {
    let rest = match name.strip_prefix("blocks.") {
        Some(rest) => rest,
        None => name.split_once(".blocks.")?.1,
    };
    rest.split_once('.')?.0.parse().ok()
}
