//! What a run takes of memory is what was promised: an allocator that counts what is there, by thread.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; it hands everything on to the system's"
)]

use rnnscope::data::Split;
use rnnscope::experiment::memory::{FORECASTS_SHOWN, Share};
use rnnscope::experiment::{Experiment, Location, Material, material};
use rnnscope::nn::Cell;
use rnnscope::random::Stream;
use rnnscope::train::AnyTrainer;
use rnnscope::train::checkpoint::Kept;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

struct Counting;

thread_local! {
    /// The bytes that this thread has asked for and not given back; less than none where it gives back what others asked for.
    static HELD: std::cell::Cell<isize> = const { std::cell::Cell::new(0) };
    /// The most of them at once.
    static MOST: std::cell::Cell<isize> = const { std::cell::Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that is ending has no counter any more; nobody reads it then.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: every call is handed on unchanged to the system's allocator; counting touches a plain cell of the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // For a moment both may be there.
        count(size as isize);
        let moved = unsafe { System.realloc(memory, layout, size) };
        count(-(layout.size() as isize));
        moved
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that are there at once during `work`, beyond those that were there before.
fn most<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let before = HELD.get();
    MOST.set(before);
    let done = work();
    ((MOST.get() - before) as u64, done)
}

#[test]
fn the_counter_counts() {
    let (bytes, ()) = most(|| {
        drop(black_box(vec![1_u8; 1000]));
        drop(black_box(vec![1_u8; 300]));
    });
    assert_eq!(bytes, 1000);
    let (bytes, kept) = most(|| black_box(vec![1_u8; 300]));
    assert_eq!(bytes, 300);
    drop(kept);
}

fn opened(text: &str, location: &Location) -> (Experiment, Arc<Material>) {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let made = material(&experiment, location, &|_| ControlFlow::Continue(()));
    let made = made.unwrap_or_else(|error| panic!("{text}\n{error}"));
    (experiment, Arc::new(made))
}

/// Opens, trains and evaluates, with a snapshot on show while another one is made: what the worker of a window does.
fn run(text: &str, location: &Location) -> Arc<Material> {
    let (experiment, material) = opened(text, location);
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    let on_show = trainer.snapshot(experiment.probe, FORECASTS_SHOWN);
    for _ in 0..experiment.training.updates {
        trainer.update();
    }
    let next = trainer.snapshot(experiment.probe, FORECASTS_SHOWN);
    drop((trainer, on_show, next));
    material
}

/// The same once whole parts are asked for, as a lesson's check does.
fn run_with_whole_parts(text: &str, location: &Location) -> Arc<Material> {
    let (experiment, material) = opened(text, location);
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    let most = material.memory.most_forecast();
    let on_show = trainer.snapshot(experiment.probe, most);
    trainer.update();
    let next = trainer.snapshot(experiment.probe, most);
    for split in Split::ALL {
        assert_eq!(next.forecasts(split).skipped, 0);
    }
    drop((trainer, on_show, next));
    material
}

/// Promises of less than this are not held against what is taken: names, lists and the like, which are not counted, would be
/// too large a part of it.
const FLOOR: u64 = 4 << 20;

/// That the promise is kept, and not by promising far too much.
fn hold(text: &str, location: &Location) -> Arc<Material> {
    let (taken, material) = most(|| run(text, location));
    hold_promise(taken, material.memory.total(), text, &material);
    material
}

fn hold_promise(taken: u64, promised: u64, text: &str, material: &Material) {
    let shares = || format!("{:?}\n{text}", material.memory);
    assert!(taken <= promised, "{taken} of {promised}: {}", shares());
    if promised > FLOOR {
        // Twice as much would still be a promise; it is far nearer.
        assert!(
            2 * promised <= 3 * taken,
            "{taken} of {promised}: {}",
            shares()
        );
    }
}

/// A sample of everything that an experiment can be.
struct Draw(Stream);

impl Draw {
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.0.below(of.len())]
    }

    fn within(&mut self, least: usize, most: usize) -> usize {
        least + self.0.below(most - least + 1)
    }

    fn cell(&mut self) -> &'static str {
        Cell::ALL[self.0.below(Cell::ALL.len())].name()
    }

    fn training(&mut self, more: &str) -> String {
        format!(
            "[training]\nupdates = 2\nevaluate_every = 1\nbatch_size = {}\nprecision = \"{}\"\n\
             optimizer = {{ kind = \"{}\", learning_rate = 0.01 }}\n{more}",
            self.one(&["1", "3", "16", "32", "100"]),
            self.one(&["f32", "f64"]),
            self.one(&["sgd", "rmsprop", "adam", "adamw"]),
        )
    }

    fn task(&mut self, names: &[&str], longest: usize) -> String {
        let length = self.within(20, longest);
        format!(
            "[data]\ntask = \"{}\"\nlength = {length}\nmin_length = {}\ntrain_sequences = {}\n\
             test_sequences = {}\n",
            self.one(names),
            if self.0.below(2) == 0 { length } else { 10 },
            self.one(&["3", "40", "70"]),
            self.one(&["1", "30", "70"]),
        )
    }

    fn recurrent(&mut self, data: &str, readouts: &[&str]) -> String {
        let both = self.0.below(2) == 0;
        let truncate = if !both && self.0.below(2) == 0 {
            "truncate = 7\n"
        } else {
            ""
        };
        format!(
            "{data}[model]\ncell = \"{}\"\nhidden_size = {}\nnum_layers = {}\nbidirectional = {both}\n\
             dropout = {}\nreadout = \"{}\"\nmasking = {}\n{}",
            self.cell(),
            self.within(1, 40),
            self.within(1, 3),
            self.one(&["0", "0.3"]),
            self.one(readouts),
            self.one(&["true", "false"]),
            self.training(truncate),
        )
    }

    fn encoder_decoder(&mut self, data: &str) -> String {
        let size = self.within(1, 32);
        let both = self.0.below(2) == 0;
        let attention = self.one(&["none", "additive", "dot"]);
        let width = if both { 2 * size } else { size };
        let decoder = if attention == "dot" {
            width
        } else {
            self.within(1, 40)
        };
        format!(
            "{data}[model]\nkind = \"encoder_decoder\"\ncell = \"{}\"\nhidden_size = {size}\n\
             bidirectional = {both}\nnum_layers = {}\ndropout = {}\nmasking = {}\ndecoder = {{ cell = \"{}\", \
             hidden_size = {decoder}, attention = \"{attention}\" }}\n{}",
            self.cell(),
            self.within(1, 2),
            self.one(&["0", "0.3"]),
            self.one(&["true", "false"]),
            self.cell(),
            self.training("teacher_forcing = 0.5\n"),
        )
    }

    fn self_attention(&mut self, data: &str, readouts: &[&str]) -> String {
        let heads = self.within(1, 4);
        format!(
            "{data}[model]\nkind = \"self_attention\"\nhidden_size = {}\nheads = {heads}\nnum_layers = {}\n\
             causal = {}\npositions = {}\nreadout = \"{}\"\n{}",
            heads * self.within(1, 8),
            self.within(1, 3),
            self.one(&["true", "false"]),
            self.one(&["true", "false"]),
            self.one(readouts),
            self.training(""),
        )
    }
}

const READOUTS: &[&str] = &["last", "final", "every"];

#[test]
fn a_recurrent_run_takes_what_was_promised() {
    let mut draw = Draw(Stream::new(1, "memory"));
    for _ in 0..24 {
        let data = draw.task(&["majority", "tagging", "parity"], 80);
        let text = format!("format = 1\n{}", draw.recurrent(&data, READOUTS));
        hold(&text, &Location::BuiltIn);
    }
}

#[test]
fn an_encoder_decoder_run_takes_what_was_promised() {
    let mut draw = Draw(Stream::new(2, "memory"));
    for _ in 0..18 {
        let data = draw.task(&["reverse", "copy", "sort"], 70);
        let text = format!("format = 1\n{}", draw.encoder_decoder(&data));
        hold(&text, &Location::BuiltIn);
    }
}

#[test]
fn a_run_of_self_attention_takes_what_was_promised() {
    let mut draw = Draw(Stream::new(3, "memory"));
    for _ in 0..14 {
        let data = draw.task(&["majority", "tagging"], 80);
        let text = format!("format = 1\n{}", draw.self_attention(&data, READOUTS));
        hold(&text, &Location::BuiltIn);
    }
}

/// A file of `rows` rows in a folder of its own.
fn series(rows: usize) -> Location {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("memory-{rows}"));
    std::fs::create_dir_all(&folder).unwrap();
    let row = |t: usize| format!("{t},{},{}\n", (t * t) % 97, (t * 7) % 31);
    let text: String = std::iter::once("t,a,b\n".to_owned())
        .chain((0..rows).map(row))
        .collect();
    std::fs::write(folder.join("series.csv"), text).unwrap();
    Location::Directory(folder)
}

#[test]
fn a_run_on_a_series_takes_what_was_promised() {
    let location = series(600);
    let mut draw = Draw(Stream::new(4, "memory"));
    for index in 0..16 {
        let data = format!(
            "[data]\ncsv = \"series.csv\"\ntime = \"t\"\ntarget = {}\nwindow = {}\nhorizon = {}\nsteps = {}\n\
             scale = \"{}\"\n",
            draw.one(&["\"a\"", "[\"a\", \"b\"]"]),
            draw.within(5, 60),
            draw.within(1, 3),
            draw.one(&["1", "1", "12"]),
            draw.one(&["standard", "none", "difference"]),
        );
        let one = &["last", "final"];
        let model = match index % 4 {
            1 => draw.encoder_decoder(&data),
            3 => draw.self_attention(&data, one),
            _ => draw.recurrent(&data, one),
        };
        hold(&format!("format = 1\n{model}"), &location);
    }
}

#[test]
fn many_parameters_are_counted() {
    for precision in ["f32", "f64"] {
        let text = format!(
            "format = 1\n[data]\ntask = \"adding\"\nlength = 4\ntrain_sequences = 4\ntest_sequences = 2\n\
             [model]\nhidden_size = 200\nnum_layers = 2\n[training]\nupdates = 1\nbatch_size = 3\n\
             precision = \"{precision}\"\n"
        );
        let material = hold(&text, &Location::BuiltIn);
        let parameters = material.memory.of(Share::Parameters);
        assert!(parameters > FLOOR && 3 * parameters > material.memory.total());
    }
}

/// Where a class is told at every step, each step of each sequence has a forecast.
#[test]
fn many_forecasts_are_counted() {
    let text = "format = 1\n[data]\ntask = \"next_character\"\nlength = 40\ntrain_sequences = 250\n\
                test_sequences = 100\n[model]\ncell = \"rnn\"\nhidden_size = 1\nreadout = \"every\"\n[training]\n\
                updates = 1\nbatch_size = 1\n";
    let material = hold(text, &Location::BuiltIn);
    let forecasts = material.memory.of(Share::Forecasts);
    assert!(
        forecasts > FLOOR && 3 * forecasts > material.memory.total(),
        "{:?}",
        material.memory
    );
}

/// Groups of any size give the same bits: the losses, whose mean rounds as it always did, and the forecasts.
#[test]
fn results_do_not_follow_how_many_sequences_are_evaluated_side_by_side() {
    let mut draw = Draw(Stream::new(5, "memory"));
    for kind in 0..9 {
        let (ragged, symbols) = (&["majority", "tagging"], &["reverse", "sort"]);
        let text = match kind % 3 {
            0 => {
                let data = draw.task(ragged, 30);
                draw.recurrent(&data, READOUTS)
            }
            1 => {
                let data = draw.task(symbols, 30);
                draw.encoder_decoder(&data)
            }
            _ => {
                let data = draw.task(ragged, 30);
                draw.self_attention(&data, READOUTS)
            }
        };
        let text = format!("format = 1\n{text}");
        let (experiment, material) = opened(&text, &Location::BuiltIn);
        let results = [Some(1), Some(7), Some(64), None].map(|evaluated| {
            let mut material = Material::clone(&material);
            material.memory.evaluated = evaluated;
            let mut trainer = AnyTrainer::new(&experiment, Arc::new(material));
            for _ in 0..experiment.training.updates {
                trainer.update();
            }
            let losses = Split::ALL.map(|split| trainer.loss(split).map(f64::to_bits));
            let rows = trainer.history().rows();
            let test: Vec<_> = rows.map(|row| row.test_loss.map(f64::to_bits)).collect();
            let snapshot = trainer.snapshot(experiment.probe, FORECASTS_SHOWN);
            (losses, test, snapshot.train, snapshot.test)
        });
        let [first, others @ ..] = &results;
        assert!(first.0[0].is_some() && first.1.iter().all(Option::is_some));
        for other in others {
            assert_eq!(other, first, "{text}");
        }
    }
}

#[test]
fn many_rows_are_counted() {
    let text = "format = 1\n[data]\ncsv = \"series.csv\"\ntarget = \"a\"\nwindow = 2\n[baseline]\nar = 2\n[model]\n\
                hidden_size = 1\n[training]\nupdates = 1\n";
    let material = hold(text, &series(60_000));
    let data = material.memory.of(Share::Data);
    assert!(data > FLOOR && 2 * data > material.memory.total());
}

/// A decoder of a series says many rows after each window, a network without one all at once: each is a forecast of as many
/// numbers.
#[test]
fn rows_that_are_said_one_after_the_other_are_counted() {
    let text = "format = 1\n[data]\ncsv = \"series.csv\"\ntarget = \"a\"\nwindow = 3\nsteps = 60\n[model]\n\
                kind = \"encoder_decoder\"\ncell = \"rnn\"\nhidden_size = 1\ndecoder = { cell = \"rnn\", hidden_size = 1 }\n\
                [training]\nupdates = 1\nbatch_size = 1\n";
    let material = hold(text, &series(6_000));
    let forecasts = material.memory.of(Share::Forecasts);
    assert!(forecasts > FLOOR, "{:?}", material.memory);
}

#[test]
fn whole_parts_are_counted_where_they_are_asked_for() {
    let of_series = "[data]\ncsv = \"series.csv\"\ntarget = [\"a\", \"b\"]\nwindow = 2\nsteps = 3\n[baseline]\nar = 2\n";
    let of_text = "[data]\ntask = \"next_character\"\nlength = 40\ntrain_sequences = 5000\ntest_sequences = 100\n";
    for (data, readout) in [(of_series, "last"), (of_text, "every")] {
        let text = format!(
            "format = 1\n{data}[model]\ncell = \"rnn\"\nhidden_size = 1\nreadout = \"{readout}\"\n[training]\nupdates = 1\n"
        );
        let location = series(60_000);
        let (taken, material) = most(|| run_with_whole_parts(&text, &location));
        let promised = material.memory.total_of_whole();
        hold_promise(taken, promised, &text, &material);
        assert!(promised > material.memory.total() + FLOOR, "{promised}");
    }
}

/// The newest, the one before it, and its bytes on the way to a file.
#[test]
fn checkpoints_are_counted() {
    let text = "format = 1\n[data]\ntask = \"latch\"\nlength = 2\ntrain_sequences = 5000\ntest_sequences = 1\n[model]\n\
                hidden_size = 90\n[training]\nupdates = 5000\nbatch_size = 1\nevaluate_every = 5000\n";
    let experiment = Experiment::parse(text).unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let material = Arc::new(material(&experiment, &Location::BuiltIn, &go_on).unwrap());
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    for _ in 0..experiment.training.updates {
        assert!(trainer.update());
    }
    let (taken, _) = most(|| {
        let [newest, _before] = [trainer.checkpoint(), trainer.checkpoint()];
        Kept::new(text, &material, &newest)
            .to_bytes()
            .unwrap()
            .len()
    });
    let promised = material.memory.of_checkpoints();
    assert!(material.memory.has_checkpoints());
    assert!(
        taken <= promised && promised <= 2 * taken,
        "{taken} {promised}"
    );
}
