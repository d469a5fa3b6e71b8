//! The engine against PyTorch: outputs, every state, every gradient, and what five updates make of the parameters.
//!
//! `fixtures/pytorch_parity.py` made the numbers; `fixtures/README.md` says what they are. A case's name says what it is,
//! and parameters, inputs and targets follow from names by a hash that both sides compute, so that only PyTorch's results
//! are stored: a tensor of up to [`WHOLE`] values as it is, a larger one as its largest magnitude, two sums with
//! pseudo-random weights and two of its values. Each is held to ‖a − b‖∞ ≤ tol·‖b‖∞, 10⁻¹⁰ for f64. The same case in f32
//! is held against the engine's own f64, every value of it, to 10⁻⁵, the bound that PyTorch's f32 keeps too.

use ndarray::{Array2, Array3, ArrayView3};
use rnnscope::nn::attention::Attention;
use rnnscope::nn::seq2seq::{self, Feedback};
use rnnscope::nn::{
    Cell, Clip, Floor, Lanes, Loss, Optimizer, OptimizerState, ParameterEntry, Quantity, Readout,
    Real, Record, RecurrentArchitecture, RecurrentModel, RecurrentWorkspace, Target,
    self_attention,
};
use safetensors::SafeTensors;
use std::path::Path;
use std::str::FromStr;

/// Tensors up to this size are stored whole.
const WHOLE: usize = 6;
/// How many weighted sums and how many values stand for a larger one.
const SUMS: usize = 2;
const PLACES: usize = 2;

const TOLERANCE_F64: f64 = 1e-10;
const TOLERANCE_F32: f64 = 1e-5;

// --- values that both sides know -------------------------------------------------------------------------------------

/// A 32-bit hash of two numbers; the generator script has the same.
fn mixed(seed: u32, index: usize) -> u32 {
    let mut x = seed
        .wrapping_mul(0x9E37_79B1)
        .wrapping_add((index as u32 + 1).wrapping_mul(0x85EB_CA6B));
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

/// FNV-1a of a name.
fn seed_of(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The value of the tensor `name` at `index` in row-major order: a multiple of 1/1024, exact in f32 too.
fn noise(name: &str, index: usize) -> f64 {
    (f64::from(mixed(seed_of(name), index) % 2001) - 1000.0) / 1024.0
}

fn noise3<T: Real>(name: &str, shape: (usize, usize, usize)) -> Array3<T> {
    let values = (0..shape.0 * shape.1 * shape.2).map(|k| T::of(noise(name, k)));
    Array3::from_shape_vec(shape, values.collect()).unwrap()
}

/// Parameters by name.
fn parameters<T: Real>(entries: &[ParameterEntry], divisor: f64) -> Vec<T> {
    entries
        .iter()
        .flat_map(|entry| (0..entry.range.len()).map(|k| T::of(noise(&entry.name, k) / divisor)))
        .collect()
}

fn target<T: Real>(loss: Loss, shape: (usize, usize, usize)) -> Target<T> {
    match loss {
        Loss::MeanSquaredError => Target::Values(noise3("target", shape)),
        Loss::CrossEntropy => {
            Target::Classes(Array2::from_shape_fn((shape.0, shape.1), |(t, b)| {
                mixed(seed_of("target"), t * shape.1 + b) as usize % shape.2
            }))
        }
    }
}

// --- what a case gives, and what is stored of it ---------------------------------------------------------------------

/// Tensors with what they are, in the order in which the script stores them.
#[derive(Default)]
struct Results(Vec<(String, Vec<f64>)>);

impl Results {
    fn add<'a, T: Real>(
        &mut self,
        what: impl Into<String>,
        values: impl IntoIterator<Item = &'a T>,
    ) {
        let values = values.into_iter().map(|value| value.widen());
        self.0.push((what.into(), values.collect()));
    }

    /// The steps before each sequence's end, of `[seq_len, batch, width]`.
    fn add_valid<T: Real>(
        &mut self,
        what: impl Into<String>,
        values: ArrayView3<'_, T>,
        lengths: &[usize],
    ) {
        let (seq_len, batch, _) = values.dim();
        let places = (0..seq_len).flat_map(|t| (0..batch).map(move |b| (t, b)));
        let rows = places
            .filter(|&(t, b)| t < lengths[b])
            .flat_map(|(t, b)| values.slice_move(ndarray::s![t, b, ..]));
        self.add(what, rows);
    }

    /// Values by parameter, in the order of their names.
    fn add_by_name<T: Real>(&mut self, what: &str, entries: &[ParameterEntry], values: &[T]) {
        for entry in sorted(entries) {
            self.add(
                format!("{what} {}", entry.name),
                &values[entry.range.clone()],
            );
        }
    }

    /// ‖a − b‖∞ ≤ tol·‖b‖∞ for each tensor of `expected`, the same case in higher precision.
    fn assert_near(&self, expected: &Results, tolerance: f64, case: &str) {
        assert_eq!(self.0.len(), expected.0.len());
        for ((what, a), (_, b)) in self.0.iter().zip(&expected.0) {
            assert_eq!(a.len(), b.len(), "{case}: {what}");
            let size = b.iter().fold(0.0, |size: f64, b| size.max(b.abs()));
            // Gradients of long sequences vanish past what the engine holds in f32.
            let allowed = (tolerance * size).max(Floor::Adjoint.size::<f32>());
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                assert!(
                    (a - b).abs() <= allowed,
                    "{case}: {what}[{index}] in f32 is {a:e}, in f64 {b:e}; the largest is {size:e}"
                );
            }
        }
    }
}

fn sorted(entries: &[ParameterEntry]) -> Vec<&ParameterEntry> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// A stored case, read from its beginning.
struct Sheet {
    case: String,
    whole: bool,
    values: std::vec::IntoIter<f64>,
}

impl Sheet {
    fn next(&mut self, what: &str) -> f64 {
        let (case, next) = (&self.case, self.values.next());
        next.unwrap_or_else(|| panic!("{case}: nothing is stored for {what}"))
    }

    fn check(&mut self, results: &Results) {
        for (what, values) in &results.0 {
            self.check_tensor(what, values);
        }
        let left = self.values.len();
        assert_eq!(
            left, 0,
            "{}: {left} stored values were not compared",
            self.case
        );
    }

    fn check_tensor(&mut self, what: &str, a: &[f64]) {
        let close = |case: &str, part: String, a: f64, b: f64, size: f64| {
            assert!(
                (a - b).abs() <= TOLERANCE_F64 * size,
                "{case}: {what}{part} is {a:e}, PyTorch has {b:e}; its largest is {size:e}"
            );
        };
        if self.whole || a.len() <= WHOLE {
            let b: Vec<f64> = a.iter().map(|_| self.next(what)).collect();
            let size = b.iter().fold(0.0, |size: f64, b| size.max(b.abs()));
            for (index, (&a, b)) in a.iter().zip(b).enumerate() {
                close(&self.case, format!("[{index}]"), a, b, size);
            }
            return;
        }
        let size = self.next(what);
        let largest = a.iter().fold(0.0, |size: f64, a| size.max(a.abs()));
        close(
            &self.case,
            "'s largest magnitude".into(),
            largest,
            size,
            size,
        );
        for sum in 0..SUMS {
            let name = format!("sum{sum}");
            let seed = seed_of(&name);
            let weight = |k| (f64::from(mixed(seed, k) % 2001) - 1000.0) / 1024.0;
            let value = a.iter().enumerate().map(|(k, a)| weight(k) * a).sum();
            let expected = self.next(what);
            close(&self.case, format!("'s {name}"), value, expected, size);
        }
        for place in 0..PLACES {
            let index = mixed(seed_of("place"), place) as usize % a.len();
            let expected = self.next(what);
            close(&self.case, format!("[{index}]"), a[index], expected, size);
        }
    }
}

/// All cases of a file.
fn sheets(file: &str) -> Vec<Sheet> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(file);
    let bytes = std::fs::read(path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut sheets: Vec<Sheet> = tensors
        .iter()
        .map(|(name, tensor)| {
            let values = tensor.data().chunks_exact(8);
            let values: Vec<f64> = values
                .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
                .collect();
            Sheet {
                case: name.into(),
                whole: name.split(' ').any(|word| word == "full"),
                values: values.into_iter(),
            }
        })
        .collect();
    sheets.sort_by(|a, b| a.case.cmp(&b.case));
    sheets
}

/// The number after `prefix` in a case's word.
fn number<N: FromStr>(word: &str, prefix: &str) -> N {
    let digits = word
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{word} has no {prefix}"));
    digits.parse().ok().unwrap()
}

fn lengths(prefix: &str, word: &str) -> Vec<usize> {
    let lengths = word.strip_prefix(prefix).unwrap();
    lengths
        .split(',')
        .map(|length| length.parse().unwrap())
        .collect()
}

fn readout(name: &str) -> Readout {
    Readout::ALL
        .into_iter()
        .find(|readout| readout.name() == name)
        .unwrap()
}

fn loss(name: &str) -> Loss {
    match name {
        "mse" => Loss::MeanSquaredError,
        "ce" => Loss::CrossEntropy,
        other => panic!("{other} is no loss"),
    }
}

fn clip(name: &str) -> Clip {
    match name {
        "off" => Clip::Off,
        "norm" => Clip::Norm(0.1),
        "value" => Clip::Value(0.01),
        other => panic!("{other} is no clip"),
    }
}

/// The script's OPTIMISERS.
fn optimiser(name: &str) -> Optimizer {
    match name {
        "sgd" => Optimizer::Sgd {
            learning_rate: 0.1,
            momentum: 0.0,
            weight_decay: 0.0,
        },
        "sgd_decay" => Optimizer::Sgd {
            learning_rate: 0.1,
            momentum: 0.0,
            weight_decay: 0.01,
        },
        "momentum" => Optimizer::Sgd {
            learning_rate: 0.05,
            momentum: 0.9,
            weight_decay: 0.0,
        },
        "rmsprop" => Optimizer::RmsProp {
            learning_rate: 0.005,
            alpha: 0.9,
            epsilon: 1e-4,
            momentum: 0.0,
        },
        "rmsprop_momentum" => Optimizer::RmsProp {
            learning_rate: 0.002,
            alpha: 0.99,
            epsilon: 1e-4,
            momentum: 0.5,
        },
        "adam" => Optimizer::Adam {
            learning_rate: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-4,
            weight_decay: 0.0,
        },
        "adamw" => Optimizer::AdamW {
            learning_rate: 0.01,
            beta1: 0.8,
            beta2: 0.99,
            epsilon: 1e-4,
            weight_decay: 0.1,
        },
        other => panic!("{other} is no optimiser"),
    }
}

/// Loss and norm of the gradient before clipping at each of five updates, then all parameters together.
fn add_updates<T: Real>(
    results: &mut Results,
    entries: &[ParameterEntry],
    parameters: &mut [T],
    (clip, optimiser): (Clip, Optimizer),
    mut evaluate: impl FnMut(&[T], &mut [T]) -> f64,
) {
    let lanes = Lanes::detect();
    let mut state = OptimizerState::new(parameters.len());
    let mut gradient = vec![T::ZERO; parameters.len()];
    let mut history = Vec::new();
    for _ in 0..5 {
        let loss = evaluate(parameters, &mut gradient);
        let clipped = clip.apply(lanes, &mut gradient);
        history.extend([loss, clipped.norm_before]);
        state.update(lanes, optimiser, parameters, &gradient);
    }
    results.add("losses and gradient norms of five updates", &history);
    let by_name = sorted(entries).into_iter();
    results.add(
        "parameters after five updates",
        by_name.flat_map(|entry| &parameters[entry.range.clone()]),
    );
}

// --- recurrent stacks ------------------------------------------------------------------------------------------------

/// `lstm l2 d2 i3 h5 o2 len7,5,2 last mse states norm adam`, then `full` (every value is stored) or `keep8` (dropout
/// between layers in training mode, the masks by hash).
struct Stack {
    architecture: RecurrentArchitecture,
    lengths: Vec<usize>,
    loss: Loss,
    states: bool,
    update: (Clip, Optimizer),
    keep: Option<u32>,
}

impl Stack {
    fn parse(case: &str) -> Self {
        let words: Vec<&str> = case.split(' ').collect();
        let keep: Option<u32> = words
            .iter()
            .find(|word| word.starts_with("keep"))
            .map(|word| number(word, "keep"));
        Self {
            architecture: RecurrentArchitecture {
                cell: Cell::from_name(words[0]).unwrap(),
                num_layers: number(words[1], "l"),
                bidirectional: words[2] == "d2",
                input_size: number(words[3], "i"),
                hidden_size: number(words[4], "h"),
                output_size: number(words[5], "o"),
                dropout: keep.map_or(0.0, |keep| 1.0 - f64::from(keep) / 10.0),
                readout: readout(words[7]),
            },
            lengths: lengths("len", words[6]),
            loss: loss(words[8]),
            states: words[9] == "states",
            update: (clip(words[10]), optimiser(words[11])),
            keep,
        }
    }

    /// The script's `divisor`: larger recurrent matrices are to stay tame.
    fn model<T: Real>(&self) -> RecurrentModel<T> {
        let divisor = match self.architecture.hidden_size {
            ..=4 => 2.0,
            5..=32 => 4.0,
            _ => 16.0,
        };
        RecurrentModel {
            architecture: self.architecture,
            parameters: parameters(&self.architecture.entries(), divisor),
        }
    }

    fn workspace<T: Real>(&self, record: Record) -> RecurrentWorkspace<T> {
        let (seq_len, batch) = (*self.lengths.iter().max().unwrap(), self.lengths.len());
        let mut workspace = RecurrentWorkspace::new(&self.architecture, seq_len, batch, record);
        let (hidden, width) = (self.architecture.hidden_size, self.architecture.width());
        let trace = &mut workspace.trace;
        trace.x = noise3("x", (seq_len, batch, self.architecture.input_size));
        trace.set_lengths(self.lengths.iter().copied());
        for (index, place) in self
            .architecture
            .places()
            .enumerate()
            .filter(|_| self.states)
        {
            let from = index * batch * hidden;
            let scan = trace.scan_mut(place);
            for (k, h) in scan.h0.iter_mut().enumerate() {
                *h = T::of(noise("h0", from + k));
            }
            for (k, c) in scan.c0.iter_mut().enumerate() {
                *c = T::of(noise("c0", from + k));
            }
        }
        if let Some(keep) = self.keep {
            trace.training = true;
            for layer in 0..self.architecture.num_layers - 1 {
                let seed = seed_of(&format!("mask{layer}"));
                let mask = &mut trace.layers[layer].mask;
                assert_eq!(mask.dim(), (seq_len, batch, width));
                for (k, value) in mask.iter_mut().enumerate() {
                    let kept = mixed(seed, k) % 10 < keep;
                    *value = T::of(if kept {
                        1.0 / (f64::from(keep) / 10.0)
                    } else {
                        0.0
                    });
                }
            }
        }
        workspace
    }

    fn results<T: Real>(&self) -> Results {
        let mut results = Results::default();
        let architecture = &self.architecture;
        let entries = architecture.entries();
        let mut model = self.model::<T>();
        let mut workspace = self.workspace::<T>(Record::Everything);
        let target = target(self.loss, workspace.trace.y.dim());
        let mut gradient = vec![T::ZERO; model.parameters.len()];
        model.forward(&mut workspace);
        model.loss(&mut workspace, self.loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);

        results.add("y", &trace.y);
        for layer in 0..architecture.num_layers {
            let output = trace.output(layer);
            results.add_valid(
                format!("output of layer {layer}"),
                output.view(),
                &self.lengths,
            );
            assert_zero_over_padding("a layer's output", output, &self.lengths);
        }
        let lstm = architecture.cell == Cell::Lstm;
        for place in architecture.places().filter(|_| lstm) {
            let c = trace.get(place, Quantity::C).unwrap();
            results.add_valid(format!("c of {place:?}"), c, &self.lengths);
        }
        for (quantity, name) in [(Quantity::H, "h_n"), (Quantity::C, "c_n")]
            .into_iter()
            .take(1 + usize::from(lstm))
        {
            let scans = architecture
                .places()
                .map(|place| (place, trace.scan(place)));
            let last: Vec<_> = scans
                .map(|(place, scan)| scan.last(place.direction, quantity).unwrap())
                .collect();
            results.add(name, last.iter().flatten());
        }
        results.add_valid("∂L/∂x", adjoints.d_x.view(), &self.lengths);
        assert_zero_over_padding("∂L/∂x", &adjoints.d_x, &self.lengths);
        let scans: Vec<_> = architecture
            .places()
            .map(|place| adjoints.scan(place))
            .collect();
        results.add("∂L/∂h_0", scans.iter().flat_map(|scan| &scan.d_h0));
        if lstm {
            results.add("∂L/∂c_0", scans.iter().flat_map(|scan| &scan.d_c0));
        }
        results.add_by_name("∂L/∂", &entries, &gradient);

        let mut workspace = self.workspace::<T>(Record::Training);
        let mut parameters = std::mem::take(&mut model.parameters);
        add_updates(
            &mut results,
            &entries,
            &mut parameters,
            self.update,
            |parameters, gradient| {
                model.parameters = parameters.to_vec();
                model.forward(&mut workspace);
                let loss = model.loss(&mut workspace, self.loss, &target);
                model.backward(&mut workspace, gradient);
                loss
            },
        );
        results
    }
}

fn assert_zero_over_padding<T: Real>(what: &str, values: &Array3<T>, lengths: &[usize]) {
    for ((t, b, k), value) in values.indexed_iter() {
        assert!(
            t < lengths[b] || value.widen() == 0.0,
            "{what} at {t}, {b}, {k}: {}",
            value.widen()
        );
    }
}

/// Every case of a cell: layers × directions × batch × lengths, readouts, losses, initial states, clips, optimisers.
fn compare_stacks(file: &str, cell: &str, cases: usize) {
    let mut sheets = sheets(file);
    sheets.retain(|sheet| sheet.case.split(' ').next() == Some(cell));
    assert_eq!(sheets.len(), cases);
    for mut sheet in sheets {
        let stack = Stack::parse(&sheet.case);
        let results = stack.results::<f64>();
        sheet.check(&results);
        stack
            .results::<f32>()
            .assert_near(&results, TOLERANCE_F32, &sheet.case);
    }
}

#[test]
fn rnn_equals_pytorch() {
    compare_stacks("recurrent.safetensors", "rnn", 63);
}

#[test]
fn rnn_relu_equals_pytorch() {
    compare_stacks("recurrent.safetensors", "rnn_relu", 63);
}

#[test]
fn lstm_equals_pytorch() {
    compare_stacks("recurrent.safetensors", "lstm", 63);
}

#[test]
fn gru_equals_pytorch() {
    compare_stacks("recurrent.safetensors", "gru", 63);
}

/// In training mode, with masks of our own between the layers; with them nn.LSTM(300, 128, num_layers=2,
/// bidirectional=True, dropout=0.2).
#[test]
fn dropout_between_layers_equals_pytorch() {
    for (cell, cases) in [("rnn", 1), ("rnn_relu", 1), ("lstm", 2), ("gru", 1)] {
        compare_stacks("dropout.safetensors", cell, cases);
    }
}

/// Values and adjoints of every quantity at every step, of the cells without a module in PyTorch too: against the formulas,
/// differentiated by PyTorch's autograd.
#[test]
fn adjoints_of_every_quantity_equal_pytorch() {
    let sheets = sheets("adjoints.safetensors");
    assert_eq!(sheets.len(), Cell::ALL.len());
    for mut sheet in sheets {
        let stack = Stack::parse(&sheet.case);
        let model = stack.model::<f64>();
        let mut workspace = stack.workspace::<f64>(Record::Everything);
        let target = target(stack.loss, workspace.trace.y.dim());
        let mut gradient = vec![0.0; model.parameters.len()];
        model.forward(&mut workspace);
        model.loss(&mut workspace, stack.loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        let mut results = Results::default();
        for place in stack.architecture.places() {
            for &quantity in stack.architecture.cell.quantities() {
                let name = quantity.name();
                let value = trace.get(place, quantity).unwrap();
                let adjoint = adjoints.get(place, quantity).unwrap();
                results.add_valid(format!("{name} of {place:?}"), value, &stack.lengths);
                results.add_valid(format!("d_{name} of {place:?}"), adjoint, &stack.lengths);
            }
        }
        results.add_valid("∂L/∂x", adjoints.d_x.view(), &stack.lengths);
        let scans: Vec<_> = stack
            .architecture
            .places()
            .map(|place| adjoints.scan(place))
            .collect();
        results.add("∂L/∂h_0", scans.iter().flat_map(|scan| &scan.d_h0));
        if stack.architecture.cell.states().contains(&Quantity::C) {
            results.add("∂L/∂c_0", scans.iter().flat_map(|scan| &scan.d_c0));
        }
        results.add_by_name("∂L/∂", &stack.architecture.entries(), &gradient);
        sheet.check(&results);
    }
}

// --- encoder–decoder -------------------------------------------------------------------------------------------------

/// `gru l1 d2 i3 h4 lstm h5 o3 len5,2 out4,3 additive ce force10 norm adam`: `out`, the targets' lengths; `force10`, the true
/// output is read after the first step, the model's own after the second, and so on.
struct EncoderDecoder {
    architecture: seq2seq::Seq2SeqArchitecture,
    sources: Vec<usize>,
    targets: Vec<usize>,
    loss: Loss,
    forced: Vec<bool>,
    update: (Clip, Optimizer),
}

impl EncoderDecoder {
    fn parse(case: &str) -> Self {
        let words: Vec<&str> = case.split(' ').collect();
        let loss = loss(words[11]);
        let forced = words[12].strip_prefix("force").unwrap();
        Self {
            architecture: seq2seq::Seq2SeqArchitecture {
                encoder: RecurrentArchitecture {
                    cell: Cell::from_name(words[0]).unwrap(),
                    num_layers: number(words[1], "l"),
                    bidirectional: words[2] == "d2",
                    input_size: number(words[3], "i"),
                    hidden_size: number(words[4], "h"),
                    dropout: 0.0,
                    output_size: 0,
                    readout: Readout::Final,
                },
                decoder_cell: Cell::from_name(words[5]).unwrap(),
                decoder_size: number(words[6], "h"),
                attention: Attention::from_name(words[10]).unwrap(),
                feedback: match loss {
                    Loss::MeanSquaredError => Feedback::Values,
                    Loss::CrossEntropy => Feedback::Classes,
                },
                output_size: number(words[7], "o"),
            },
            sources: lengths("len", words[8]),
            targets: lengths("out", words[9]),
            loss,
            forced: forced.bytes().map(|digit| digit == b'1').collect(),
            update: (clip(words[13]), optimiser(words[14])),
        }
    }

    fn workspace<T: Real>(&self, record: Record) -> (seq2seq::Seq2SeqWorkspace<T>, Target<T>) {
        let lengths = seq2seq::Lengths {
            source: *self.sources.iter().max().unwrap(),
            target: *self.targets.iter().max().unwrap(),
        };
        let batch = self.sources.len();
        let mut workspace =
            seq2seq::Seq2SeqWorkspace::new(&self.architecture, lengths, batch, record);
        let source = &mut workspace.encoder.trace;
        source.x = noise3("x", source.x.dim());
        source.set_lengths(self.sources.iter().copied());
        let trace = &mut workspace.trace;
        trace.set_lengths(self.targets.iter().copied());
        let target = target(self.loss, trace.y.dim());
        trace.set_target(&target);
        // What is read at a step is what came out at the one before.
        for (t, forced) in trace.forced.iter_mut().enumerate().skip(1) {
            *forced = self.forced[(t - 1) % self.forced.len()];
        }
        (workspace, target)
    }

    fn results<T: Real>(&self) -> Results {
        let mut results = Results::default();
        let entries = self.architecture.entries();
        let mut model = seq2seq::Seq2SeqModel {
            architecture: self.architecture,
            parameters: parameters::<T>(&entries, 2.0),
        };
        let (mut workspace, target) = self.workspace::<T>(Record::Everything);
        let mut gradient = vec![T::ZERO; model.parameters.len()];
        model.forward(&mut workspace);
        model.loss(&mut workspace, self.loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let (source, trace, adjoints) = (&workspace.encoder, &workspace.trace, &workspace.adjoints);

        results.add_valid("y", trace.y.view(), &self.targets);
        assert_zero_over_padding("y", &trace.y, &self.targets);
        let encoded = source
            .trace
            .output(self.architecture.encoder.num_layers - 1);
        results.add_valid("the encoder's output", encoded.view(), &self.sources);
        let states = trace.get(Quantity::H).unwrap();
        results.add_valid("the decoder's h", states, &self.targets);
        let d_states = adjoints.get(Quantity::H).unwrap();
        results.add_valid("the decoder's d_h", d_states, &self.targets);
        if self.architecture.attention != Attention::None {
            for (name, weights) in [
                ("weights", &trace.attention.weights),
                ("d_weights", &adjoints.attention.d_weights),
            ] {
                let read = weights.indexed_iter();
                let read =
                    read.filter(|&((t, b, j), _)| t < self.targets[b] && j < self.sources[b]);
                results.add(name, read.map(|(_, weight)| weight));
                assert_zero_over_padding(name, weights, &self.targets);
                for ((_, b, j), weight) in weights.indexed_iter() {
                    assert!(
                        j < self.sources[b] || weight.widen() == 0.0,
                        "{name} of the source's padding"
                    );
                }
            }
            for (name, context) in [
                ("context", &trace.attention.context),
                ("d_context", &adjoints.attention.d_context),
            ] {
                results.add_valid(name, context.view(), &self.targets);
                assert_zero_over_padding(name, context, &self.targets);
            }
        }
        let d_x = &source.adjoints.d_x;
        results.add_valid("∂L/∂x", d_x.view(), &self.sources);
        assert_zero_over_padding("∂L/∂x", d_x, &self.sources);
        results.add_by_name("∂L/∂", &entries, &gradient);

        let (mut workspace, _) = self.workspace::<T>(Record::Training);
        let mut parameters = std::mem::take(&mut model.parameters);
        add_updates(
            &mut results,
            &entries,
            &mut parameters,
            self.update,
            |parameters, gradient| {
                model.parameters = parameters.to_vec();
                model.forward(&mut workspace);
                let loss = model.loss(&mut workspace, self.loss, &target);
                model.backward(&mut workspace, gradient);
                loss
            },
        );
        results
    }
}

/// Context vector only, additive and dot-product attention; ragged sources and targets; true outputs and own ones read.
#[test]
fn encoder_decoder_equals_pytorch() {
    let sheets = sheets("encoder_decoder.safetensors");
    assert_eq!(sheets.len(), 18);
    for mut sheet in sheets {
        let model = EncoderDecoder::parse(&sheet.case);
        let results = model.results::<f64>();
        sheet.check(&results);
        model
            .results::<f32>()
            .assert_near(&results, TOLERANCE_F32, &sheet.case);
    }
}

// --- self-attention --------------------------------------------------------------------------------------------------

/// `l2 i3 h4 o2 heads2 len5,2 causal positions last mse norm adam`; `open` and `bare` without the causal mask and the
/// positions.
struct SelfAttention {
    architecture: self_attention::SelfAttentionArchitecture,
    lengths: Vec<usize>,
    loss: Loss,
    update: (Clip, Optimizer),
}

impl SelfAttention {
    fn parse(case: &str) -> Self {
        let words: Vec<&str> = case.split(' ').collect();
        Self {
            architecture: self_attention::SelfAttentionArchitecture {
                num_layers: number(words[0], "l"),
                input_size: number(words[1], "i"),
                hidden_size: number(words[2], "h"),
                output_size: number(words[3], "o"),
                heads: number(words[4], "heads"),
                causal: words[6] == "causal",
                positions: words[7] == "positions",
                readout: readout(words[8]),
            },
            lengths: lengths("len", words[5]),
            loss: loss(words[9]),
            update: (clip(words[10]), optimiser(words[11])),
        }
    }

    fn workspace<T: Real>(&self, record: Record) -> self_attention::SelfAttentionWorkspace<T> {
        let (seq_len, batch) = (*self.lengths.iter().max().unwrap(), self.lengths.len());
        let mut workspace =
            self_attention::SelfAttentionWorkspace::new(&self.architecture, seq_len, batch, record);
        workspace.trace.x = noise3("x", (seq_len, batch, self.architecture.input_size));
        workspace.trace.set_lengths(self.lengths.iter().copied());
        workspace
    }

    fn results<T: Real>(&self) -> Results {
        let mut results = Results::default();
        let (architecture, lengths) = (&self.architecture, &self.lengths);
        let entries = architecture.entries();
        let mut model = self_attention::SelfAttentionModel {
            architecture: *architecture,
            parameters: parameters::<T>(&entries, 1.0),
        };
        let mut workspace = self.workspace::<T>(Record::Everything);
        let target = target(self.loss, workspace.trace.y.dim());
        let mut gradient = vec![T::ZERO; model.parameters.len()];
        model.forward(&mut workspace);
        model.loss(&mut workspace, self.loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);

        results.add("y", &trace.y);
        for (layer, (block, d_block)) in trace.blocks.iter().zip(&adjoints.blocks).enumerate() {
            // Which steps a step may read; the others' weights are 0.
            let allowed = |b: usize, query: usize, key: usize| {
                query < lengths[b] && key < lengths[b] && !(architecture.causal && key > query)
            };
            for (name, weights) in [
                ("weights", &block.weights),
                ("d_weights", &d_block.d_weights),
            ] {
                let read = weights
                    .indexed_iter()
                    .filter(|&((b, _, query, key), _)| allowed(b, query, key));
                results.add(
                    format!("{name} of block {layer}"),
                    read.map(|(_, weight)| weight),
                );
                for ((b, _, query, key), weight) in weights.indexed_iter() {
                    assert!(
                        allowed(b, query, key) || weight.widen() == 0.0,
                        "{name} where nothing is read"
                    );
                }
            }
            for (name, values) in [
                ("context", &block.mixed),
                ("d_context", &d_block.d_mixed),
                ("h", &block.h),
                ("d_h", &adjoints.d_h[layer + 1]),
            ] {
                results.add_valid(format!("{name} of block {layer}"), values.view(), lengths);
                assert_zero_over_padding(name, values, lengths);
            }
        }
        results.add_valid("∂L/∂x", adjoints.d_x.view(), lengths);
        assert_zero_over_padding("∂L/∂x", &adjoints.d_x, lengths);
        results.add_by_name("∂L/∂", &entries, &gradient);

        let mut workspace = self.workspace::<T>(Record::Training);
        let mut parameters = std::mem::take(&mut model.parameters);
        add_updates(
            &mut results,
            &entries,
            &mut parameters,
            self.update,
            |parameters, gradient| {
                model.parameters = parameters.to_vec();
                model.forward(&mut workspace);
                let loss = model.loss(&mut workspace, self.loss, &target);
                model.backward(&mut workspace, gradient);
                loss
            },
        );
        results
    }
}

/// With and without causal mask, positions, several heads and blocks, ragged batches.
#[test]
fn self_attention_equals_pytorch() {
    let sheets = sheets("self_attention.safetensors");
    assert_eq!(sheets.len(), 16);
    for mut sheet in sheets {
        let model = SelfAttention::parse(&sheet.case);
        let results = model.results::<f64>();
        sheet.check(&results);
        model
            .results::<f32>()
            .assert_near(&results, TOLERANCE_F32, &sheet.case);
    }
}

// --- the first recipe ------------------------------------------------------------------------------------------------

/// Two bidirectional layers, input 3, hidden 4, 5 steps of a batch of 2; the k-th parameter 0.5 sin(0.7 k), the i-th input
/// cos(0.3 i), L = ½ Σ y² over what the second layer puts out. Loss, norm of all gradients, norm of ∂L/∂x: PyTorch in f64,
/// as the script prints them.
#[test]
fn two_bidirectional_layers_equal_pytorch() {
    for (cell, expected) in [
        (
            Cell::RnnTanh,
            [1.02585053718268, 10.582452078618742, 0.125331269757407],
        ),
        (
            Cell::Lstm,
            [0.732754325536012, 1.546066318278802, 0.025327753741044],
        ),
        (
            Cell::Gru,
            [2.628824595994124, 6.962786744588006, 0.147089457078446],
        ),
    ] {
        let architecture = RecurrentArchitecture {
            cell,
            input_size: 3,
            hidden_size: 4,
            num_layers: 2,
            bidirectional: true,
            dropout: 0.0,
            output_size: 1,
            readout: Readout::Last,
        };
        let count = architecture.parameter_count().unwrap();
        let parameters = (1..=count).map(|k| 0.5 * (0.7 * k as f64).sin()).collect();
        let model = RecurrentModel {
            architecture,
            parameters,
        };
        let mut workspace = RecurrentWorkspace::new(&architecture, 5, 2, Record::Everything);
        for (i, x) in workspace.trace.x.iter_mut().enumerate() {
            *x = (0.3 * (i + 1) as f64).cos();
        }
        model.forward_stack(&mut workspace);
        let top = workspace.trace.output(1).clone();
        workspace.adjoints.output_mut(1).assign(&top);
        let mut gradient = vec![0.0; count];
        model.backward_from_states(&mut workspace, &mut gradient);
        let squares = |values: &mut dyn Iterator<Item = &f64>| values.map(|x| x * x).sum::<f64>();
        let found = [
            0.5 * squares(&mut top.iter()),
            squares(&mut gradient.iter()).sqrt(),
            squares(&mut workspace.adjoints.d_x.iter()).sqrt(),
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            // The last digit is where the numbers above end.
            assert!(
                (found - expected).abs() <= 1e-12 * expected,
                "{cell:?}: {found} {expected}"
            );
        }
    }
}
