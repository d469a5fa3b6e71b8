//! Files of weights as people bring them, to `rnnscope run --weights`: what of each is right was written down before. Whatever is
//! loaded is loaded whole, value by value what the file says; whatever is refused says why and writes nothing.
//!
//! The files are made here with the safetensors crate, under the names and shapes of the modules in PyTorch; those of
//! `fixtures/weights` were handed in.

use rnnscope::experiment::{Experiment, Location, material};
use rnnscope::nn::state_dict::{Limits, TensorValues, Wish, read};
use rnnscope::run::{Ending, Job, run};
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A tensor of a file.
#[derive(Clone)]
struct Tensor {
    name: String,
    shape: Vec<usize>,
    dtype: Dtype,
    /// What it holds, where that is numbers.
    values: Vec<f64>,
    bytes: Vec<u8>,
}

/// Multiples of ⅛ between −4 and 4 without 0: exact in every type, told apart from what is absent, and each tensor has its own.
fn value(name: &str, place: usize) -> f64 {
    let seed: usize = name.bytes().map(usize::from).sum();
    let step = (seed * 31 + place * 7) % 63;
    if step == 31 {
        4.0
    } else {
        (step as f64 - 31.0) / 8.0
    }
}

/// The bytes of values in a type of numbers.
fn stored(values: &[f64], dtype: Dtype) -> Vec<u8> {
    let each = |value: &f64| {
        let single = (*value as f32).to_bits();
        match dtype {
            Dtype::F64 => value.to_le_bytes().to_vec(),
            Dtype::F32 => single.to_le_bytes().to_vec(),
            Dtype::BF16 => ((single >> 16) as u16).to_le_bytes().to_vec(),
            // None of them is 0 or too small for it.
            Dtype::F16 => {
                let exponent = ((single >> 23 & 0xff) + 15 - 127) << 10;
                let half = (single >> 31) << 15 | exponent | (single >> 13 & 0x3ff);
                (half as u16).to_le_bytes().to_vec()
            }
            other => panic!("{other:?} is no type of numbers"),
        }
    };
    values.iter().flat_map(each).collect()
}

fn tensor(name: &str, shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    let values: Vec<f64> = (0..count).map(|place| value(name, place)).collect();
    Tensor {
        name: name.into(),
        shape: shape.to_vec(),
        dtype: Dtype::F32,
        bytes: stored(&values, Dtype::F32),
        values,
    }
}

/// One of another type, whose values mean nothing here.
fn other(name: &str, shape: &[usize], dtype: Dtype) -> Tensor {
    let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
    Tensor {
        name: name.into(),
        shape: shape.to_vec(),
        dtype,
        values: Vec::new(),
        bytes: vec![1; bytes],
    }
}

fn of_values(name: &str, shape: &[usize], values: &[f64]) -> Tensor {
    Tensor {
        values: values.to_vec(),
        bytes: stored(values, Dtype::F32),
        ..tensor(name, shape)
    }
}

/// The file's own bytes.
fn file(tensors: &[Tensor]) -> Vec<u8> {
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        (tensor.name.as_str(), view.unwrap())
    });
    serialize(views, None).unwrap()
}

/// A module's recurrent layers as PyTorch names and shapes them.
#[derive(Clone, Copy)]
struct Module {
    blocks: usize,
    inputs: usize,
    hidden: usize,
    layers: usize,
    directions: usize,
    bias: bool,
}

const LSTM: Module = Module {
    blocks: 4,
    inputs: 1,
    hidden: 8,
    layers: 1,
    directions: 1,
    bias: true,
};
const GRU: Module = Module { blocks: 3, ..LSTM };
const RNN: Module = Module { blocks: 1, ..LSTM };

impl Module {
    fn under(self, prefix: &str) -> Vec<Tensor> {
        let rows = self.blocks * self.hidden;
        let mut tensors = Vec::new();
        for layer in 0..self.layers {
            let below = if layer == 0 {
                self.inputs
            } else {
                self.directions * self.hidden
            };
            for direction in &["", "_reverse"][..self.directions] {
                let own = |kind, shape: &[usize]| {
                    tensor(&format!("{prefix}{kind}_l{layer}{direction}"), shape)
                };
                tensors.push(own("weight_ih", &[rows, below]));
                tensors.push(own("weight_hh", &[rows, self.hidden]));
                if self.bias {
                    tensors.push(own("bias_ih", &[rows]));
                    tensors.push(own("bias_hh", &[rows]));
                }
            }
        }
        tensors
    }

    /// As a single cell, which counts no layers.
    fn cell(self, prefix: &str) -> Vec<Tensor> {
        let rename = |of: Tensor| tensor(of.name.trim_end_matches("_l0"), &of.shape);
        self.under(prefix).into_iter().map(rename).collect()
    }
}

fn linear(prefix: &str, outputs: usize, inputs: usize) -> Vec<Tensor> {
    vec![
        tensor(&format!("{prefix}weight"), &[outputs, inputs]),
        tensor(&format!("{prefix}bias"), &[outputs]),
    ]
}

/// The tensors of the very network that the experiment makes, under other names.
fn of_network(model: &str, rename: impl Fn(&str) -> String) -> Vec<Tensor> {
    let experiment = Experiment::parse(&text(model)).unwrap();
    let location = Location::Directory(fixtures());
    let made = material(&experiment, &location, &|_| ControlFlow::Continue(())).unwrap();
    let entries = made.network.entries().into_iter();
    entries
        .map(|entry| tensor(&rename(&entry.name), &entry.shape))
        .collect()
}

fn as_it_is(name: &str) -> String {
    name.to_owned()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights")
}

/// An experiment with this model; words backwards for an encoder–decoder, the handed series for the others.
fn text(model: &str) -> String {
    let data = if model.contains("encoder_decoder") {
        "[data]\ntask = \"reverse\"\nlength = 3\nalphabet = 3\ntrain_sequences = 4\ntest_sequences = 2\n"
    } else {
        "[data]\ncsv = \"series.csv\"\ntarget = \"y\"\nwindow = 10\n[baseline]\nar = \"off\"\n"
    };
    let (model, rest) = model.split_once("[training]").unwrap_or((model, ""));
    format!("format = 1\n{data}[model]\n{model}\n[training]\nupdates = 1\n{rest}")
}

/// What is right.
enum Right {
    Loads {
        /// How a parameter's name begins and how that of its tensor does; the first that suits a parameter is meant.
        from: &'static [(&'static str, &'static str)],
        /// Parameters that are 0.
        zeros: usize,
        /// Parameters that stay as they were drawn.
        drawn: usize,
        /// What the report says beside.
        says: &'static [&'static str],
    },
    Refused(&'static [&'static str]),
}

const OWN: &[(&str, &str)] = &[("", "")];

struct Case {
    kind: &'static str,
    what: &'static str,
    model: &'static str,
    bytes: Vec<u8>,
    /// The tensors in it, if it is one.
    tensors: Vec<Tensor>,
    prefixes: &'static [&'static str],
    partial: bool,
    right: Right,
}

impl Case {
    fn new(
        kind: &'static str,
        what: &'static str,
        model: &'static str,
        parts: &[Vec<Tensor>],
        right: Right,
    ) -> Self {
        let tensors = parts.concat();
        Self {
            kind,
            what,
            model,
            bytes: file(&tensors),
            tensors,
            prefixes: &[],
            partial: false,
            right,
        }
    }

    fn of_bytes(what: &'static str, bytes: &[u8], right: &'static [&'static str]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            ..Self::new("corrupted", what, ONE, &[], refused(right))
        }
    }

    fn with(self, prefixes: &'static [&'static str]) -> Self {
        Self { prefixes, ..self }
    }

    fn partly(self) -> Self {
        Self {
            partial: true,
            ..self
        }
    }
}

fn whole(from: &'static [(&'static str, &'static str)]) -> Right {
    loads(from, 0, &[])
}

fn loads(
    from: &'static [(&'static str, &'static str)],
    zeros: usize,
    says: &'static [&'static str],
) -> Right {
    Right::Loads {
        from,
        zeros,
        drawn: 0,
        says,
    }
}

fn refused(parts: &'static [&'static str]) -> Right {
    Right::Refused(parts)
}

const ONE: &str = "cell = \"lstm\"\nhidden_size = 8";
const ONE_GRU: &str = "cell = \"gru\"\nhidden_size = 8";
const ONE_RNN: &str = "cell = \"rnn\"\nhidden_size = 8";
const TWO: &str = "cell = \"lstm\"\nhidden_size = 8\nnum_layers = 2";
const BOTH: &str = "cell = \"lstm\"\nhidden_size = 8\nbidirectional = true";
const TWO_BOTH: &str = "cell = \"gru\"\nhidden_size = 8\nnum_layers = 2\nbidirectional = true";
const SINGLE: &str = "cell = \"lstm\"\nhidden_size = 8\n[training]\nprecision = \"f32\"";
const WRITER: &str = "kind = \"encoder_decoder\"\ncell = \"gru\"\nhidden_size = 4\ndecoder = { cell = \"gru\", hidden_size = 5, attention = \"additive\" }";
const BLIND: &str = "kind = \"encoder_decoder\"\ncell = \"lstm\"\nhidden_size = 4\ndecoder = { cell = \"lstm\", hidden_size = 4, attention = \"none\" }";
const LOOKS: &str = "kind = \"self_attention\"\nhidden_size = 8\nheads = 2";
const LOOKS_TWICE: &str = "kind = \"self_attention\"\nhidden_size = 8\nheads = 2\nnum_layers = 2";

/// A file's layers under the first prefix and its readout under the second.
macro_rules! pairs {
    ($layers:literal, $readout:literal) => {
        &[("readout.", $readout), ("", $layers)]
    };
}

fn plain() -> Vec<Case> {
    let k = "plain";
    let named = |module: Module| [module.under(""), linear("readout.", 1, 8)];
    let small = [
        Module { hidden: 1, ..LSTM }.under(""),
        linear("readout.", 1, 1),
    ];
    vec![
        Case::new(k, "LSTM", ONE, &named(LSTM), whole(OWN)),
        Case::new(k, "GRU", ONE_GRU, &named(GRU), whole(OWN)),
        Case::new(k, "RNN", ONE_RNN, &named(RNN), whole(OWN)),
        Case::new(
            k,
            "one unit",
            "cell = \"lstm\"\nhidden_size = 1",
            &small,
            whole(OWN),
        ),
    ]
}

fn prefixes() -> Vec<Case> {
    let k = "prefixes";
    let under = |layers, readout| [LSTM.under(layers), linear(readout, 1, 8)];
    let case =
        |what, layers, readout, from| Case::new(k, what, ONE, &under(layers, readout), whole(from));
    vec![
        case("an attribute", "lstm.", "fc.", pairs!("lstm.", "fc.")),
        case(
            "DataParallel",
            "module.lstm.",
            "module.fc.",
            pairs!("module.lstm.", "module.fc."),
        ),
        case(
            "DataParallel on the layer alone",
            "lstm.module.",
            "fc.",
            pairs!("lstm.module.", "fc."),
        ),
        case(
            "compiled",
            "_orig_mod.lstm.",
            "_orig_mod.fc.",
            pairs!("_orig_mod.lstm.", "_orig_mod.fc."),
        ),
        case(
            "compiled and parallel",
            "_orig_mod.module.rnn.",
            "_orig_mod.module.out.",
            pairs!("_orig_mod.module.rnn.", "_orig_mod.module.out."),
        ),
        case(
            "wrapped own names",
            "module.",
            "module.readout.",
            pairs!("module.", "module.readout."),
        ),
        case(
            "a model in a model",
            "model.net.lstm.",
            "model.net.head.",
            pairs!("model.net.lstm.", "model.net.head."),
        ),
        case(
            "a checkpoint",
            "state_dict.model.lstm.",
            "state_dict.model.fc.",
            pairs!("state_dict.model.lstm.", "state_dict.model.fc."),
        ),
        case("Sequential", "0.", "1.", pairs!("0.", "1.")),
        case(
            "a readout further down",
            "lstm.",
            "head.1.linear.",
            pairs!("lstm.", "head.1.linear."),
        ),
    ]
}

fn cells() -> Vec<Case> {
    let k = "cells";
    let bare = Module { bias: false, ..GRU };
    vec![
        Case::new(
            k,
            "LSTMCell",
            ONE,
            &[LSTM.cell("cell."), linear("fc.", 1, 8)],
            whole(pairs!("cell.", "fc.")),
        ),
        Case::new(
            k,
            "GRUCell",
            ONE_GRU,
            &[GRU.cell("gru_cell."), linear("fc.", 1, 8)],
            whole(pairs!("gru_cell.", "fc.")),
        ),
        Case::new(
            k,
            "RNNCell",
            ONE_RNN,
            &[RNN.cell("net.rnn."), linear("net.fc.", 1, 8)],
            whole(pairs!("net.rnn.", "net.fc.")),
        ),
        Case::new(
            k,
            "a cell's own names",
            ONE,
            &[LSTM.cell(""), linear("readout.", 1, 8)],
            whole(OWN),
        ),
        Case::new(
            k,
            "without biases",
            ONE_GRU,
            &[bare.cell("cell."), linear("fc.", 1, 8)],
            loads(pairs!("cell.", "fc."), 2, &["2 absent biases set to 0"]),
        ),
        Case::new(
            k,
            "of another cell",
            ONE,
            &[GRU.cell("cell."), linear("fc.", 1, 8)],
            refused(&["cell = \"gru\""]),
        ),
        Case::new(
            k,
            "two cells of one layer each",
            ONE,
            &[
                LSTM.cell("lstm1."),
                Module { inputs: 8, ..LSTM }.cell("lstm2."),
                linear("linear.", 1, 8),
            ],
            refused(&["lstm1. (LSTM 1×8, fits) or lstm2. (LSTM 1×8)", "--prefix"]),
        ),
        Case::new(
            k,
            "two cells asked for as two layers",
            TWO,
            &[
                LSTM.cell("lstm1."),
                Module { inputs: 8, ..LSTM }.cell("lstm2."),
                linear("linear.", 1, 8),
            ],
            whole(&[
                ("weight_ih_l1", "lstm2.weight_ih"),
                ("weight_hh_l1", "lstm2.weight_hh"),
                ("bias_ih_l1", "lstm2.bias_ih"),
                ("bias_hh_l1", "lstm2.bias_hh"),
                ("readout.", "linear."),
                ("", "lstm1."),
            ]),
        )
        .with(&["lstm1.", "lstm2."]),
        Case::new(
            k,
            "two cells asked for the wrong way round",
            TWO,
            &[
                LSTM.cell("cells.0."),
                Module { inputs: 8, ..LSTM }.cell("cells.1."),
                linear("linear.", 1, 8),
            ],
            refused(&[
                "found [32, 8], expected [32, 1]",
                "reads 8 values per step, this one 1",
            ]),
        )
        .with(&["cells.1.", "cells.0."]),
    ]
}

fn layers() -> Vec<Case> {
    let k = "layers";
    let of = |layers| {
        [
            Module { layers, ..LSTM }.under("lstm."),
            linear("fc.", 1, 8),
        ]
    };
    let wide = [
        Module { hidden: 16, ..LSTM }.under("lstm."),
        linear("fc.", 1, 16),
    ];
    let two_inputs = [
        Module { inputs: 3, ..LSTM }.under("lstm."),
        linear("fc.", 1, 8),
    ];
    let mut gap = of(3);
    gap[0].retain(|tensor| !tensor.name.ends_with("_l1"));
    let mut cut = of(1);
    cut[0].retain(|tensor| !tensor.name.contains("weight_hh"));
    vec![
        Case::new(k, "two in two", TWO, &of(2), whole(pairs!("lstm.", "fc."))),
        Case::new(
            k,
            "two in one",
            ONE,
            &of(2),
            refused(&[
                "without a place in the network\n  lstm.bias_hh_l1 [32]",
                "set num_layers = 2",
            ]),
        ),
        Case::new(
            k,
            "twelve in one",
            ONE,
            &of(12),
            refused(&["set num_layers = 12"]),
        ),
        Case::new(
            k,
            "one in two",
            TWO,
            &of(1),
            refused(&[
                "missing in the file\n  weight_ih_l1 [32, 8]",
                "set num_layers = 1",
            ]),
        ),
        Case::new(
            k,
            "a gap between",
            TWO,
            &gap,
            refused(&["weight_ih_l1", "num_layers = 3"]),
        ),
        Case::new(
            k,
            "wider",
            ONE,
            &wide,
            refused(&["found [64, 16], expected [32, 8]", "set hidden_size = 16"]),
        ),
        Case::new(
            k,
            "more features",
            ONE,
            &two_inputs,
            refused(&["reads 3 values per step, this one 1"]),
        ),
        Case::new(
            k,
            "without its recurrent weights",
            ONE,
            &cut,
            refused(&["missing in the file\n  weight_hh_l0 [32, 8]"]),
        ),
        Case::new(
            k,
            "two in one, partly",
            ONE,
            &of(2),
            loads(
                pairs!("lstm.", "fc."),
                0,
                &[
                    "6 of 6",
                    "without a place in the network\n  lstm.bias_hh_l1",
                ],
            ),
        )
        .partly(),
        Case::new(
            k,
            "one in two, partly",
            TWO,
            &of(1),
            Right::Loads {
                from: pairs!("lstm.", "fc."),
                zeros: 0,
                drawn: 4,
                says: &["6 of 10", "left as they were\n  weight_ih_l1"],
            },
        )
        .partly(),
    ]
}

fn directions() -> Vec<Case> {
    let k = "directions";
    let two = |module: Module| {
        [
            Module {
                directions: 2,
                ..module
            }
            .under("rnn."),
            linear("fc.", 1, 16),
        ]
    };
    let deep = Module { layers: 2, ..GRU };
    vec![
        Case::new(
            k,
            "two in two",
            BOTH,
            &two(LSTM),
            whole(pairs!("rnn.", "fc.")),
        ),
        Case::new(
            k,
            "two layers of two",
            TWO_BOTH,
            &two(deep),
            whole(pairs!("rnn.", "fc.")),
        ),
        Case::new(
            k,
            "two in one",
            ONE,
            &two(LSTM),
            refused(&[
                "rnn.weight_ih_l0_reverse [32, 1]",
                "set bidirectional = true",
            ]),
        ),
        Case::new(
            k,
            "one in two",
            BOTH,
            &[LSTM.under("rnn."), linear("fc.", 1, 8)],
            refused(&["missing in the file", "set bidirectional = false"]),
        ),
        Case::new(
            k,
            "two layers of two in one",
            ONE_GRU,
            &two(deep),
            refused(&["set num_layers = 2, bidirectional = true"]),
        ),
        Case::new(
            k,
            "all otherwise",
            ONE,
            &two(Module { hidden: 4, ..deep }),
            refused(&["cell = \"gru\", hidden_size = 4, num_layers = 2, bidirectional = true"]),
        ),
    ]
}

fn dtypes() -> Vec<Case> {
    let k = "dtypes";
    let all = || [LSTM.under(""), linear("readout.", 1, 8)].concat();
    let of = |dtypes: &[Dtype]| {
        let each = all().into_iter().zip(dtypes.iter().cycle());
        let convert = |(tensor, &dtype): (Tensor, _)| Tensor {
            bytes: stored(&tensor.values, dtype),
            dtype,
            ..tensor
        };
        [each.map(convert).collect::<Vec<_>>()]
    };
    let case = |what, dtypes: &[Dtype]| Case::new(k, what, ONE, &of(dtypes), whole(OWN));
    let mut whole_numbers = all();
    whole_numbers[1] = other("weight_hh_l0", &[32, 8], Dtype::I8);
    let mut large = of(&[Dtype::F64])[0].clone();
    large[0].values[3] = 1e39;
    large[0].bytes = stored(&large[0].values, Dtype::F64);
    let mut fine = of(&[Dtype::F64])[0].clone();
    fine[0].values[3] = 0.1;
    fine[0].bytes = stored(&fine[0].values, Dtype::F64);
    vec![
        case("F16", &[Dtype::F16]),
        case("BF16", &[Dtype::BF16]),
        case("F64", &[Dtype::F64]),
        case("mixed", &[Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F64]),
        Case::new(
            k,
            "F64 in f32",
            SINGLE,
            &[fine],
            loads(OWN, 0, &["1 values rounded"]),
        ),
        Case::new(
            k,
            "past f32",
            SINGLE,
            &[large],
            refused(&["weight_ih_l0[3, 0]: found 1e39", "precision = \"f64\""]),
        ),
        Case::new(
            k,
            "a parameter of whole numbers",
            ONE,
            &[whole_numbers],
            refused(&["weight_hh_l0: found values of type I8, expected F64, F32, F16 or BF16"]),
        ),
    ]
}

fn buffers() -> Vec<Case> {
    let k = "buffers";
    let beside = |what, tensors: Vec<Tensor>, says| {
        Case::new(
            k,
            what,
            ONE,
            &[LSTM.under("lstm."), linear("fc.", 1, 8), tensors],
            loads(pairs!("lstm.", "fc."), 0, says),
        )
    };
    vec![
        beside(
            "a batch norm",
            vec![
                tensor("bn.weight", &[8]),
                tensor("bn.bias", &[8]),
                tensor("bn.running_mean", &[8]),
                tensor("bn.running_var", &[8]),
                other("bn.num_batches_tracked", &[], Dtype::I64),
            ],
            &[
                "left over in the file",
                "bn.num_batches_tracked []",
                "bn.running_mean [8]",
            ],
        ),
        beside(
            "a mask of booleans",
            vec![other("mask", &[10, 10], Dtype::BOOL)],
            &["mask [10, 10]"],
        ),
        beside(
            "a mask of −∞",
            vec![of_values(
                "attn_mask",
                &[2, 2],
                &[0.0, f64::NEG_INFINITY, 0.0, 0.0],
            )],
            &["attn_mask [2, 2]"],
        ),
        beside(
            "bytes and whole numbers",
            vec![
                other("ids", &[3], Dtype::I32),
                other("raw", &[5], Dtype::U8),
                other("scale", &[2], Dtype::F8_E4M3),
            ],
            &["ids [3]", "raw [5]", "scale [2]"],
        ),
        beside(
            "an averaged model's count",
            vec![other("n_averaged", &[], Dtype::I64)],
            &["n_averaged []"],
        ),
        beside(
            "an embedding of the readout's shape",
            vec![tensor("embedding.weight", &[1, 8])],
            &["embedding.weight [1, 8]"],
        ),
    ]
}

fn biases() -> Vec<Case> {
    let k = "missing biases";
    let bare = Module {
        bias: false,
        ..LSTM
    };
    let mut some = [LSTM.under(""), linear("readout.", 1, 8)];
    some[0].retain(|tensor| tensor.name != "bias_hh_l0");
    let mut lower = [
        Module { layers: 2, ..LSTM }.under("lstm."),
        linear("fc.", 1, 8),
    ];
    lower[0].retain(|tensor| !tensor.name.contains("bias") || tensor.name.ends_with("_l0"));
    let weight = |prefix: &str| vec![linear(prefix, 1, 8)[0].clone()];
    vec![
        Case::new(
            k,
            "of the layers",
            ONE,
            &[bare.under("lstm."), linear("fc.", 1, 8)],
            loads(
                pairs!("lstm.", "fc."),
                2,
                &[
                    "4 of 6 parameters loaded, 2 absent biases set to 0",
                    "(bias=False), so 0\n  bias_ih_l0\n  bias_hh_l0",
                ],
            ),
        ),
        Case::new(
            k,
            "of the readout",
            ONE,
            &[LSTM.under("lstm."), weight("fc.")],
            loads(pairs!("lstm.", "fc."), 1, &["1 absent biases"]),
        ),
        Case::new(
            k,
            "of everything",
            ONE,
            &[bare.under(""), weight("readout.")],
            loads(OWN, 3, &["3 absent biases"]),
        ),
        Case::new(
            k,
            "of two layers of two",
            TWO_BOTH,
            &[
                Module {
                    blocks: 3,
                    layers: 2,
                    directions: 2,
                    ..bare
                }
                .under("gru."),
                linear("fc.", 1, 16),
            ],
            loads(pairs!("gru.", "fc."), 8, &["8 absent biases"]),
        ),
        Case::new(
            k,
            "one of two",
            ONE,
            &some,
            refused(&[
                "missing in the file\n  bias_hh_l0 [32]",
                "Some biases are in the file and others are not",
            ]),
        ),
        Case::new(
            k,
            "of the upper layer alone",
            TWO,
            &lower,
            refused(&[
                "bias_ih_l1",
                "Some biases are in the file and others are not",
            ]),
        ),
    ]
}

fn several() -> Vec<Case> {
    let k = "encoder and decoder";
    let both = || {
        [
            LSTM.under("encoder.lstm."),
            LSTM.under("decoder.lstm."),
            linear("fc.", 1, 8),
        ]
    };
    let heads = || {
        [
            LSTM.under("encoder."),
            linear("encoder.fc.", 1, 8),
            LSTM.under("decoder."),
            linear("decoder.fc.", 1, 8),
        ]
    };
    let other_size = || {
        [
            LSTM.under("lstm1."),
            Module {
                inputs: 8,
                hidden: 4,
                ..LSTM
            }
            .under("lstm2."),
            linear("fc.", 1, 8),
        ]
    };
    vec![
        Case::new(
            k,
            "either",
            ONE,
            &both(),
            refused(&[
                "the network's layers could be decoder.lstm. (LSTM 1×8, fits) or encoder.lstm. (LSTM 1×8, fits)",
                "--prefix decoder.lstm.",
            ]),
        ),
        Case::new(
            k,
            "the encoder",
            ONE,
            &both(),
            loads(
                pairs!("encoder.lstm.", "fc."),
                0,
                &["left over in the file\n  decoder.lstm."],
            ),
        )
        .with(&["encoder."]),
        Case::new(
            k,
            "the decoder",
            ONE,
            &both(),
            whole(pairs!("decoder.lstm.", "fc.")),
        )
        .with(&["decoder.lstm"]),
        Case::new(
            k,
            "each with a readout",
            ONE,
            &heads(),
            refused(&[
                "could be decoder. (LSTM 1×8, fits) or encoder.",
                "the readout could be decoder.fc. or encoder.fc.",
            ]),
        ),
        Case::new(
            k,
            "the decoder with its readout",
            ONE,
            &heads(),
            whole(pairs!("decoder.", "decoder.fc.")),
        )
        .with(&["decoder."]),
        Case::new(
            k,
            "two of other sizes",
            ONE,
            &other_size(),
            refused(&["lstm1. (LSTM 1×8, fits) or lstm2. (LSTM 1×4)"]),
        ),
        Case::new(
            k,
            "a prefix that is none",
            ONE,
            &both(),
            refused(&["no name in the file begins with\n  enkoder."]),
        )
        .with(&["enkoder."]),
        Case::new(
            k,
            "either, partly",
            ONE,
            &both(),
            Right::Loads {
                from: pairs!("?", "fc."),
                zeros: 0,
                drawn: 4,
                says: &["2 of 6 parameters loaded", "ambiguous"],
            },
        )
        .partly(),
        Case::new(
            k,
            "two heads",
            ONE,
            &[
                LSTM.under("lstm."),
                linear("mean.", 1, 8),
                linear("spread.", 1, 8),
            ],
            refused(&["the readout could be mean. or spread.", "--prefix"]),
        ),
        Case::new(
            k,
            "one of two heads",
            ONE,
            &[
                LSTM.under("lstm."),
                linear("mean.", 1, 8),
                linear("spread.", 1, 8),
            ],
            whole(pairs!("lstm.", "spread.")),
        )
        .with(&["spread."]),
        Case::new(
            k,
            "an encoder–decoder's own",
            WRITER,
            &[of_network(WRITER, as_it_is)],
            whole(OWN),
        ),
        Case::new(
            k,
            "in a model",
            WRITER,
            &[of_network(WRITER, |name| format!("model.{name}"))],
            whole(&[("", "model.")]),
        ),
        Case::new(
            k,
            "with attributes in the parts",
            BLIND,
            &[of_network(BLIND, |name| {
                name.replace("encoder.", "encoder.lstm.")
                    .replace("decoder.", "decoder.rnn.")
            })],
            whole(&[
                ("encoder.", "encoder.lstm."),
                ("decoder.", "decoder.rnn."),
                ("", ""),
            ]),
        ),
        Case::new(
            k,
            "an encoder–decoder's in a plain network",
            "cell = \"gru\"\nhidden_size = 4",
            &[of_network(WRITER, as_it_is)],
            refused(&["could be decoder. (GRU 1×5) or encoder. (GRU 1×4)"]),
        ),
        Case::new(
            k,
            "a plain network's in an encoder–decoder",
            BLIND,
            &[LSTM.under("lstm."), linear("fc.", 1, 8)],
            refused(&[
                "further recurrent layers, lstm. (LSTM 1×8)",
                "encoder.weight_ih_l0",
            ]),
        ),
    ]
}

fn attention() -> Vec<Case> {
    let k = "attention";
    let bare = |model| {
        let mut tensors = of_network(model, as_it_is);
        tensors
            .retain(|tensor| !tensor.name.contains("self_attn") || !tensor.name.contains("bias"));
        [tensors]
    };
    vec![
        Case::new(
            k,
            "own names",
            LOOKS,
            &[of_network(LOOKS, as_it_is)],
            whole(OWN),
        ),
        Case::new(
            k,
            "parallel",
            LOOKS,
            &[of_network(LOOKS, |name| format!("module.{name}"))],
            whole(&[("", "module.")]),
        ),
        Case::new(
            k,
            "two blocks in one",
            LOOKS,
            &[of_network(LOOKS_TWICE, as_it_is)],
            refused(&["blocks.1.norm1.weight", "set num_layers = 2"]),
        ),
        Case::new(
            k,
            "one block in two",
            LOOKS_TWICE,
            &[of_network(LOOKS, as_it_is)],
            refused(&["missing in the file\n  blocks.1.self_attn.in_proj_weight"]),
        ),
        Case::new(
            k,
            "without biases",
            LOOKS,
            &bare(LOOKS),
            loads(OWN, 2, &["2 absent biases"]),
        ),
        Case::new(
            k,
            "an LSTM's in self-attention",
            LOOKS,
            &[LSTM.under("lstm."), linear("fc.", 1, 8)],
            refused(&["set kind = \"recurrent\""]),
        ),
        Case::new(
            k,
            "a decoder's weights looked at",
            WRITER,
            &[of_network(BLIND, as_it_is)],
            refused(&["missing in the file", "attention.query.weight"]),
        ),
    ]
}

fn optimizers() -> Vec<Case> {
    let k = "optimisers";
    let state = |prefix: &str, suffix: &str| -> Vec<Tensor> {
        let all = [LSTM.under("lstm."), linear("fc.", 1, 8)]
            .concat()
            .into_iter();
        all.map(|of| tensor(&format!("{prefix}{}{suffix}", of.name), &of.shape))
            .collect()
    };
    let beside = |what, tensors: Vec<Tensor>, says| {
        Case::new(
            k,
            what,
            ONE,
            &[LSTM.under("lstm."), linear("fc.", 1, 8), tensors],
            loads(pairs!("lstm.", "fc."), 0, says),
        )
    };
    vec![
        beside(
            "Adam's moments before the names",
            [state("exp_avg.", ""), state("exp_avg_sq.", "")].concat(),
            &["an optimiser's state, left over\n  exp_avg."],
        ),
        beside(
            "moments behind the names",
            state("optimizer.", ".exp_avg"),
            &["an optimiser's state, left over\n  optimizer.fc.bias.exp_avg"],
        ),
        beside(
            "by number",
            vec![
                tensor("optimizer_state_dict.state.0.exp_avg", &[32, 1]),
                other("optimizer_state_dict.state.0.step", &[], Dtype::I64),
            ],
            &["an optimiser's state, left over\n  optimizer_state_dict.state.0."],
        ),
        Case::new(
            k,
            "nothing else",
            ONE,
            &[state("optimizer.", ".exp_avg")],
            refused(&["0 of 6 parameters fit", "an optimiser's state"]),
        ),
        Case::new(
            k,
            "a second, averaged model",
            ONE,
            &[
                LSTM.under("lstm."),
                LSTM.under("ema.lstm."),
                linear("fc.", 1, 8),
            ],
            refused(&["ema.lstm. (LSTM 1×8, fits) or lstm.", "--prefix"]),
        ),
        Case::new(
            k,
            "the model itself of both",
            ONE,
            &[
                LSTM.under("lstm."),
                LSTM.under("ema.lstm."),
                linear("fc.", 1, 8),
            ],
            whole(pairs!("lstm.", "fc.")),
        )
        .with(&["lstm."]),
    ]
}

fn others() -> Vec<Case> {
    let k = "other networks";
    let mut projected = LSTM.under("lstm.");
    projected[1] = tensor("lstm.weight_hh_l0", &[32, 3]);
    projected.push(tensor("lstm.weight_hr_l0", &[3, 8]));
    vec![
        Case::new(
            k,
            "a projection",
            ONE,
            &[projected, linear("fc.", 1, 3)],
            refused(&["proj_size = 3", "not supported"]),
        ),
        Case::new(
            k,
            "a GRU's in an LSTM",
            ONE,
            &[GRU.under("rnn."), linear("fc.", 1, 8)],
            refused(&["found [24, 1], expected [32, 1]", "set cell = \"gru\""]),
        ),
        Case::new(
            k,
            "an LSTM's in an RNN",
            ONE_RNN,
            &[LSTM.under("rnn."), linear("fc.", 1, 8)],
            refused(&["set cell = \"lstm\""]),
        ),
        Case::new(
            k,
            "without a readout",
            ONE,
            &[LSTM.under("")],
            refused(&["missing in the file\n  readout.weight [1, 8]"]),
        ),
        Case::new(
            k,
            "without a readout, partly",
            ONE,
            &[LSTM.under("")],
            Right::Loads {
                from: OWN,
                zeros: 0,
                drawn: 2,
                says: &["4 of 6"],
            },
        )
        .partly(),
        Case::new(
            k,
            "a readout of three",
            ONE,
            &[LSTM.under("lstm."), linear("fc.", 3, 8)],
            refused(&[
                "No linear layer of the file has the readout's shape [1, 8]",
                "fc.weight [3, 8]",
            ]),
        ),
        Case::new(
            k,
            "no recurrent layer",
            ONE,
            &[linear("fc1.", 16, 10), linear("fc2.", 1, 16)],
            refused(&["nothing loaded, 0 of 6", "weight_ih_l0"]),
        ),
        Case::new(
            k,
            "no recurrent layer, partly",
            ONE,
            &[linear("fc1.", 16, 10)],
            refused(&["nothing loaded, 0 of 6"]),
        )
        .partly(),
        Case::new(
            k,
            "no tensor",
            ONE,
            &[],
            refused(&["nothing loaded, 0 of 6"]),
        ),
    ]
}

fn corrupted() -> Vec<Case> {
    let good = file(&[LSTM.under(""), linear("readout.", 1, 8)].concat());
    let mut nan = [LSTM.under(""), linear("readout.", 1, 8)].concat();
    nan[0] = of_values(
        "weight_ih_l0",
        &[32, 1],
        &[[1.0; 31].as_slice(), &[f64::NAN]].concat(),
    );
    let zip = |name: &str| {
        let head = [
            b"PK\x03\x04".as_slice(),
            &[0; 22],
            &(name.len() as u16).to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        [&head, name.as_bytes(), &[7; 60]].concat()
    };
    let mut longer = good.clone();
    longer.extend([0; 5]);
    let mut header = good.clone();
    // The brace that opens the list.
    header[8] = b'}';
    let torch = &[
        "found a zip archive, as torch.save writes",
        "expected a safetensors file",
        "save_file",
        "torch.load",
    ];
    let pickle = &["found a Python pickle", "torch.load"];
    let page = &["found a web page, expected a safetensors file. Download the file itself"];
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123456\n";
    vec![
        Case::of_bytes("nothing", b"", &["found a file of 0 bytes"]),
        Case::of_bytes(
            "three bytes",
            b"abc",
            &["found a file of 3 bytes, expected at least 8"],
        ),
        Case::of_bytes(
            "a Git LFS pointer",
            pointer,
            &[
                "found a Git LFS pointer",
                "expected a safetensors file",
                "git lfs pull",
            ],
        ),
        Case::of_bytes(
            "a web page",
            b"<!DOCTYPE html>\n<html><head><title>404</title></head></html>",
            page,
        ),
        Case::of_bytes(
            "a web page after blanks",
            b"\xef\xbb\xbf\n\n<html lang=\"en\"><body>Sign in</body></html>",
            page,
        ),
        Case::of_bytes("torch.save's", &zip("archive/data.pkl"), torch),
        Case::of_bytes(
            "torch.save's of another name",
            &zip("model/data.pkl"),
            torch,
        ),
        Case::of_bytes(
            "NumPy's",
            &zip("weight_ih.npy"),
            &[
                "found a zip archive of NumPy arrays (.npz)",
                "safetensors.numpy",
            ],
        ),
        Case::of_bytes(
            "Keras's",
            &zip("metadata.json"),
            &["found a zip archive, as Keras writes"],
        ),
        Case::of_bytes(
            "an old pickle",
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
            pickle,
        ),
        Case::of_bytes(
            "a newer pickle",
            b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.",
            pickle,
        ),
        Case::of_bytes(
            "HDF5",
            b"\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00\x08\x08\x00",
            &["found an HDF5 file", "PyTorch's names"],
        ),
        Case::of_bytes(
            "gzip",
            b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03model.safetensors\x00",
            &["found a gzip archive", "gunzip"],
        ),
        Case::of_bytes(
            "the index of parts",
            b"{\n  \"metadata\": {\"total_size\": 1},\n  \"weight_map\": {}\n}",
            &["found JSON", ".safetensors"],
        ),
        Case::of_bytes(
            "cut off in the values",
            &good[..good.len() - 100],
            &["found its values in the bytes", "within the", "damaged"],
        ),
        Case::of_bytes(
            "cut off in the header",
            &good[..60],
            &[
                "bytes 0 to 7: found a header of",
                "at most the 52 that follow",
                "cut off",
            ],
        ),
        Case::of_bytes(
            "too long",
            &longer,
            &["after the last tensor: found 5 more bytes, expected the end of the file"],
        ),
        Case::of_bytes(
            "a damaged header",
            &header,
            &["header, line 1, column", "expected {\"name\"", "damaged"],
        ),
        Case::of_bytes(
            "not a number",
            &file(&nan),
            &[
                "weight_ih_l0[31, 0]: found NaN, expected a finite number",
                "diverged",
            ],
        ),
    ]
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("weight-files-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    fs::copy(fixtures().join("series.csv"), folder.join("series.csv")).unwrap();
    folder
}

fn job(folder: &Path, experiment: &str, weights: PathBuf, wish: Wish) -> Job {
    let path = folder.join("weights.toml");
    fs::write(&path, experiment).unwrap();
    Job {
        experiment: path,
        updates: Some(0),
        seed: None,
        weights: Some(weights),
        wish,
        generate: None,
        out: folder.join("out"),
    }
}

fn numbers(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let tensors = read(&fs::read(path).unwrap(), Limits::default()).unwrap();
    let numbers = tensors.into_iter().map(|tensor| match tensor.values {
        TensorValues::Numbers(values) => (tensor.name, values),
        other => panic!("{other:?}"),
    });
    numbers.collect()
}

/// What of a case is not as it is to be.
fn wrong(case: &Case, folder: &Path) -> Option<String> {
    let path = folder.join("file.safetensors");
    fs::write(&path, &case.bytes).unwrap();
    let prefixes = case.prefixes.iter();
    let wish = Wish {
        prefixes: prefixes.copied().map(String::from).collect(),
        partial: case.partial,
    };
    let job = job(folder, &text(case.model), path, wish);
    if job.out.exists() {
        fs::remove_dir_all(&job.out).unwrap();
    }
    let lacks = |said: &str, parts: &[&str]| {
        let part = parts.iter().find(|part| !said.contains(**part))?;
        Some(format!("“{part}” is not in: {said}"))
    };
    match (run(&job, &Ending::default(), &|_| {}), &case.right) {
        (Err(error), Right::Refused(parts)) => {
            if job.out.exists() {
                return Some("something was written".into());
            }
            lacks(&error.to_string(), parts)
        }
        (Err(error), Right::Loads { .. }) => Some(format!("refused: {error}")),
        (Ok(outcome), Right::Refused(_)) => Some(format!("loaded: {}", outcome.weights.unwrap())),
        (
            Ok(outcome),
            Right::Loads {
                from,
                zeros,
                drawn,
                says,
            },
        ) => {
            let mut counts = [0, 0];
            for (name, values) in numbers(&job.out.join("model.safetensors")) {
                let (begins, is) = from
                    .iter()
                    .find(|(begins, _)| name.starts_with(begins))
                    .unwrap();
                let called = format!("{is}{}", &name[begins.len()..]);
                let cell = called.trim_end_matches("_l0");
                let mut tensors = case.tensors.iter();
                match tensors.find(|tensor| tensor.name == called || tensor.name == cell) {
                    Some(tensor) => {
                        let is = |(a, b): (&f64, &f64)| *a == *b || *a == f64::from(*b as f32);
                        if values.len() != tensor.values.len()
                            || !values.iter().zip(&tensor.values).all(is)
                        {
                            return Some(format!("{name} is not what {called} is"));
                        }
                    }
                    None => counts[usize::from(values.iter().any(|&value| value != 0.0))] += 1,
                }
            }
            if counts != [*zeros, *drawn] {
                return Some(format!(
                    "{} parameters are 0, {} as drawn; expected {zeros} and {drawn}",
                    counts[0], counts[1]
                ));
            }
            lacks(&outcome.weights.unwrap().to_string(), says)
        }
    }
}

/// Twelve kinds, each file with what is right.
#[test]
fn files_of_weights_load_whole_or_say_why_not() {
    let folder = folder("own");
    let kinds: [fn() -> Vec<Case>; 12] = [
        plain, prefixes, cells, layers, directions, dtypes, buffers, biases, several, attention,
        optimizers, others,
    ];
    let cases: Vec<Case> = kinds
        .iter()
        .flat_map(|kind| kind())
        .chain(corrupted())
        .collect();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            Some(format!(
                "{}: {}: {}",
                case.kind,
                case.what,
                wrong(case, &folder)?
            ))
        })
        .collect();
    assert!(cases.len() >= 48, "{}", cases.len());
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n\n")
    );
}

/// The report, the file's numbers, and those of the model that began from them.
type Handed = (
    String,
    BTreeMap<String, Vec<f64>>,
    BTreeMap<String, Vec<f64>>,
);

/// The file of this name in the handed ones, run as it says there.
fn handed(name: &str, prefixes: &[&str]) -> Result<Handed, String> {
    let folder = folder(name);
    let experiment = fs::read_to_string(fixtures().join("weights.toml")).unwrap();
    let wish = Wish {
        prefixes: prefixes.iter().copied().map(String::from).collect(),
        partial: false,
    };
    let path = fixtures().join(format!("{name}.safetensors"));
    let job = job(&folder, &experiment, path.clone(), wish);
    match run(&job, &Ending::default(), &|_| {}) {
        Err(error) => {
            assert!(!job.out.exists(), "nothing is written");
            Err(error.to_string())
        }
        Ok(outcome) => {
            let given = read(&fs::read(&path).unwrap(), Limits::default()).unwrap();
            let given = given.into_iter().filter_map(|tensor| match tensor.values {
                TensorValues::Numbers(values) => Some((tensor.name, values)),
                _ => None,
            });
            let report = outcome.weights.unwrap().to_string();
            Ok((
                report,
                given.collect(),
                numbers(&job.out.join("model.safetensors")),
            ))
        }
    }
}

#[test]
fn a_buffer_of_whole_numbers_is_left_over() {
    let (report, given, model) = handed("with_int_buffer", &[]).unwrap();
    assert!(
        report.contains("left over in the file\n  num_batches_tracked []\n  bn.running_mean [3]"),
        "{report}"
    );
    assert_eq!(model.len(), 6);
    for (name, values) in model {
        assert_eq!(values, given[&name], "{name}");
    }
}

#[test]
fn a_second_layer_without_a_place_names_the_setting_that_makes_room() {
    let said = handed("two_layers", &[]).unwrap_err();
    assert!(said.contains("set num_layers = 2"), "{said}");
    assert!(said.contains("lstm.weight_ih_l1 [32, 8]"), "{said}");
}

#[test]
fn absent_biases_are_0_and_said() {
    let (report, given, model) = handed("no_bias", &[]).unwrap();
    assert!(
        report.contains("4 of 6 parameters loaded, 2 absent biases set to 0"),
        "{report}"
    );
    for (name, values) in model {
        match given.get(&name) {
            Some(given) => assert_eq!(&values, given, "{name}"),
            None => assert_eq!(values, [0.0; 32], "{name}"),
        }
    }
}

#[test]
fn which_of_two_is_meant_has_to_be_said() {
    let said = handed("encoder_and_decoder", &[]).unwrap_err();
    for part in [
        "decoder.lstm. (LSTM 1×8, fits) or encoder.lstm. (LSTM 1×8, fits)",
        "--prefix",
    ] {
        assert!(said.contains(part), "“{part}” is not in: {said}");
    }
    for part in ["encoder.", "decoder."] {
        let (_, given, model) = handed("encoder_and_decoder", &[part]).unwrap();
        assert_eq!(
            model["weight_hh_l0"],
            given[&format!("{part}lstm.weight_hh_l0")]
        );
        assert_eq!(model["readout.weight"], given["fc.weight"]);
    }
}

#[test]
fn a_single_cell_is_a_layer() {
    let (report, given, model) = handed("lstmcell", &[]).unwrap();
    assert!(
        report.contains("6 of 6 parameters loaded")
            && report.contains("cell.weight_ih → weight_ih_l0"),
        "{report}"
    );
    assert_eq!(model["weight_ih_l0"], given["cell.weight_ih"]);
}

#[test]
fn a_pointer_to_a_file_is_told() {
    let said = handed("pointer", &[]).unwrap_err();
    assert!(
        said.contains("found a Git LFS pointer") && said.contains("git lfs pull"),
        "{said}"
    );
}
