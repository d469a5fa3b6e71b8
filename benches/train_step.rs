//! How long an update takes: forward, squared error of the last step through a linear readout, backward, clip by norm 1,
//! Adam. One thread, f32.
//!
//!     cargo bench --bench train_step                 the whole grid, vanishing against healthy weights, growth
//!     cargo bench --bench train_step -- lstm 32,200  rows whose name has all of these words
//!     cargo bench --bench train_step -- growth       one of the three parts
//!     cargo bench --bench train_step -- lanes=AVX2   on other vectors than the widest: plain, AVX2, AVX-512
//!     python3 benches/train_step.py                  the grid beside PyTorch's, with ratios
//!
//! Each figure is the median over many updates of one batch after some for warming up. The learning rate is so small that
//! the weights stay what they are. What denormal numbers cost is not timed here but counted, in `tests/denormals.rs`. GFLOP/s counts the matrix products of the recurrent layer alone, a multiplication and an
//! addition as two: with G blocks of H rows (1 for the RNN, 4 for the LSTM, 3 for the GRU)
//!
//! - forward 2·T·B·G·H·(I + H), for W_ih x and W_hh h;
//! - backward 2·T·B·G·H·H for the hidden state's adjoint and 2·T·B·G·H·(I + H) for the weights' gradients;
//! - together 2·T·B·G·H·(2·I + 3·H). The input's adjoint is not computed in training.

use ndarray::Array3;
use rnnscope::nn::{
    Cell, Clip, Init, Lanes, Loss, Optimizer, OptimizerState, Readout, Record,
    RecurrentArchitecture, RecurrentModel, RecurrentWorkspace, Target,
};
use rnnscope::random::Stream;
use std::hint::black_box;
use std::time::{Duration, Instant};

const CELLS: [Cell; 3] = [Cell::RnnTanh, Cell::Lstm, Cell::Gru];

/// (B, T, I, H): sequences, steps, inputs, units.
const GRID: [[usize; 4]; 7] = [
    [1, 50, 1, 8],
    [1, 100, 2, 16],
    [16, 100, 2, 32],
    [32, 100, 2, 64],
    [32, 200, 2, 128],
    [64, 100, 64, 256],
    [1, 500, 1, 32],
];

/// The shape in which vanishing weights are held against healthy ones.
const VANISHING: [usize; 4] = [32, 200, 2, 128];

/// How much slower vanishing weights may be.
const LIMIT: f64 = 1.3;

const OPTIMIZER: Optimizer = Optimizer::Adam {
    learning_rate: 1e-9,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.0,
};

struct Training {
    lanes: Lanes,
    model: RecurrentModel<f32>,
    workspace: RecurrentWorkspace<f32>,
    target: Target<f32>,
    gradient: Vec<f32>,
    state: OptimizerState<f32>,
}

impl Training {
    fn new(
        lanes: Lanes,
        cell: Cell,
        [batch, seq_len, input_size, hidden_size]: [usize; 4],
    ) -> Self {
        let readout = Readout::Last;
        let architecture = RecurrentArchitecture {
            cell,
            input_size,
            hidden_size,
            num_layers: 1,
            bidirectional: false,
            dropout: 0.0,
            output_size: 1,
            readout,
        };
        let model =
            RecurrentModel::new(architecture, &Init::default(), &mut Stream::new(1, "init"));
        let record = Record::Training;
        let mut workspace = RecurrentWorkspace::on(lanes, &architecture, seq_len, batch, record);
        let mut data = Stream::new(1, "data");
        workspace
            .trace
            .x
            .iter_mut()
            .for_each(|x| *x = data.uniform(-1.0, 1.0) as f32);
        let target = Array3::from_shape_fn((1, batch, 1), |_| data.uniform(-1.0, 1.0) as f32);
        let count = model.parameters.len();
        Self {
            lanes,
            model,
            workspace,
            target: Target::Values(target),
            gradient: vec![0.0; count],
            state: OptimizerState::new(count),
        }
    }

    /// Recurrent weights so small that adjoints fall below every number within a few steps.
    fn vanishing(mut self) -> Self {
        let recurrent = self
            .model
            .architecture
            .entries()
            .into_iter()
            .find(|entry| entry.name == "weight_hh_l0");
        let range = recurrent.expect("every model has one").range;
        self.model.parameters[range]
            .iter_mut()
            .for_each(|weight| *weight *= 1e-3);
        self
    }

    /// The share of the adjoints inside the gates that have fallen to 0.
    fn vanished(&self) -> f64 {
        let adjoints = &self.workspace.adjoints.layers[0].scans[0].d_pre;
        let zeros = adjoints.iter().filter(|adjoint| **adjoint == 0.0).count();
        zeros as f64 / adjoints.len() as f64
    }

    fn update(&mut self) -> Duration {
        let begun = Instant::now();
        self.model.forward(&mut self.workspace);
        black_box(
            self.model
                .loss(&mut self.workspace, Loss::MeanSquaredError, &self.target),
        );
        self.model.backward(&mut self.workspace, &mut self.gradient);
        black_box(Clip::Norm(1.0).apply(self.lanes, &mut self.gradient));
        self.state.update(
            self.lanes,
            OPTIMIZER,
            &mut self.model.parameters,
            &self.gradient,
        );
        begun.elapsed()
    }
}

/// Medians of the updates of each of `trainings`, made in turns, for about `budget` each and at least `least` times.
fn medians<const N: usize>(
    mut trainings: [Training; N],
    budget: Duration,
    least: usize,
) -> [Duration; N] {
    trainings.iter_mut().for_each(|training| {
        training.update();
    });
    let mut times = [const { Vec::new() }; N];
    let begun = Instant::now();
    while times[0].len() < least || begun.elapsed() < budget * N as u32 {
        for (training, times) in trainings.iter_mut().zip(&mut times) {
            times.push(training.update());
        }
    }
    times.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

fn flops(cell: Cell, [batch, seq_len, input, hidden]: [usize; 4]) -> f64 {
    (2 * seq_len * batch * cell.blocks() * hidden * (2 * input + 3 * hidden)) as f64
}

fn name(cell: Cell, [batch, seq_len, input, hidden]: [usize; 4]) -> String {
    format!(
        "{:<5} {:<16}",
        cell.name(),
        format!("{batch},{seq_len},{input},{hidden}")
    )
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn main() {
    // Cargo adds words of its own that begin with dashes.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let (options, words): (Vec<String>, Vec<String>) = words
        .into_iter()
        .partition(|word| word.starts_with("lanes="));
    let wanted = options.first().map(|option| &option["lanes=".len()..]);
    let all = Lanes::all();
    let lanes = all
        .iter()
        .rfind(|lanes| wanted.is_none_or(|wanted| lanes.name() == wanted));
    let Some(&lanes) = lanes else {
        let names: Vec<String> = all.iter().map(|lanes| lanes.name()).collect();
        eprintln!("train_step: found lanes that are not here, expected one of {names:?}");
        std::process::exit(2);
    };
    println!("{}, {}", processor(), lanes.name());
    let chosen = |name: &str| words.iter().all(|word| name.contains(word.as_str()));
    grid(lanes, &|name| chosen(&format!("grid {name}")));
    vanishing(lanes, &|name| chosen(&format!("vanishing {name}")));
    growth(lanes, &|name| chosen(&format!("growth {name}")));
}

/// What the system calls it.
fn processor() -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = about.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": "));
    name.map_or("a processor without a name", |(_, name)| name)
        .to_owned()
}

fn grid(lanes: Lanes, chosen: &dyn Fn(&str) -> bool) {
    println!(
        "{:<22} {:>12} {:>10}",
        "cell  B,T,I,H", "ms/update", "GFLOP/s"
    );
    for shape in GRID {
        for cell in CELLS {
            let name = name(cell, shape);
            if chosen(&name) {
                let [median] = medians(
                    [Training::new(lanes, cell, shape)],
                    Duration::from_millis(600),
                    7,
                );
                let rate = flops(cell, shape) / median.as_secs_f64() * 1e-9;
                println!("{name} {:>12.4} {rate:>10.1}", milliseconds(median));
            }
        }
    }
}

fn vanishing(lanes: Lanes, chosen: &dyn Fn(&str) -> bool) {
    println!(
        "\n{:<22} {:>12} {:>10} {:>8}  adjoints that are 0",
        "vanishing weights", "ms/update", "healthy", "ratio"
    );
    for cell in CELLS {
        let name = name(cell, VANISHING);
        if chosen(&name) {
            let mut trainings = [
                Training::new(lanes, cell, VANISHING),
                Training::new(lanes, cell, VANISHING).vanishing(),
            ];
            let [before, after] = trainings.each_mut().map(|training| {
                training.update();
                100.0 * training.vanished()
            });
            let [healthy, vanishing] = medians(trainings, Duration::from_millis(1_500), 7);
            let ratio = vanishing.as_secs_f64() / healthy.as_secs_f64();
            let verdict = if ratio > LIMIT {
                format!("above {LIMIT}")
            } else {
                String::new()
            };
            let [vanishing, healthy] = [vanishing, healthy].map(milliseconds);
            println!(
                "{name} {vanishing:>12.4} {healthy:>10.4} {ratio:>8.2}  \
                 {after:.0} % against {before:.0} % {verdict}"
            );
        }
    }
}

/// An update's time must grow as the number of steps does, and as the number of sequences does.
fn growth(lanes: Lanes, chosen: &dyn Fn(&str) -> bool) {
    const H: usize = 128;
    println!(
        "\n{:<22} {:>12} {:>22}",
        "growth", "ms/update", "µs/step and sequence"
    );
    let steps = [100, 1_000, 10_000].map(|seq_len| [1, seq_len, 1, H]);
    let sequences = [1, 10, 100, 1_000].map(|batch| [batch, 20, 1, H]);
    for cell in CELLS {
        for shape in steps.into_iter().chain(sequences) {
            let name = name(cell, shape);
            if chosen(&name) {
                let [median] = medians(
                    [Training::new(lanes, cell, shape)],
                    Duration::from_millis(300),
                    5,
                );
                let each = median.as_secs_f64() * 1e6 / (shape[0] * shape[1]) as f64;
                println!("{name} {:>12.4} {each:>22.3}", milliseconds(median));
            }
        }
    }
}
