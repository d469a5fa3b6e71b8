//! No memory is asked for in the training loop, and little for a hostile file: an allocator that counts, by thread.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; it hands everything on to the system's"
)]

use rnnscope::experiment::{Experiment, Location, material};
use rnnscope::nn::Cell;
use rnnscope::nn::state_dict::{Limits, read};
use rnnscope::train::AnyTrainer;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

struct Counting;

thread_local! {
    static ALLOCATIONS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn count(bytes: usize) {
    // A thread that is ending has no counter any more; nobody reads it then.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    let _ = BYTES.try_with(|sum| sum.set(sum.get() + bytes));
}

// SAFETY: every call is handed on unchanged to the system's allocator; counting touches a plain cell of the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread asks for memory during `work`.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
    assert_eq!(
        allocations(|| drop(black_box(Vec::<u8>::with_capacity(10)))),
        1
    );
    let mut list = vec![1];
    assert_eq!(allocations(|| list.extend(black_box([2; 100]))), 1);
    assert_eq!(allocations(|| list[0] = black_box(3)), 0);
}

/// Over the first evaluations and around both kinds of task, optimiser, readout and clipping.
#[test]
fn an_update_allocates_nothing_after_the_first() {
    let tasks = [
        // Classes, the last step only; 70 test sequences make a batch of 64 and one of 6.
        "task = \"latch\"\nlength = 7\ntrain_sequences = 20\ntest_sequences = 70",
        // Values, every step.
        "task = \"sine\"\nlength = 9\ntrain_sequences = 20\ntest_sequences = 5",
    ];
    let training = [
        "optimizer = { kind = \"adam\", learning_rate = 0.01 }\nclip = { norm = 0.01 }",
        "optimizer = { kind = \"sgd\", learning_rate = 0.01, momentum = 0.9 }",
    ];
    for cell in Cell::ALL {
        for (precision, num_layers) in [("f32", 1), ("f32", 2), ("f64", 1), ("f64", 2)] {
            for evaluate_every in [1, 1_000_000] {
                for (task, training) in tasks.iter().zip(training) {
                    let readout = if task.contains("sine") {
                        "every"
                    } else {
                        "last"
                    };
                    let text = format!(
                        "format = 1\nseed = 1\n[data]\n{task}\n[model]\ncell = \"{}\"\nhidden_size = 5\n\
                         num_layers = {num_layers}\nreadout = \"{readout}\"\n[training]\nbatch_size = 6\n\
                         precision = \"{precision}\"\nevaluate_every = {evaluate_every}\n{training}\n\
                         [[training.change]]\nupdate = 20\nlearning_rate = 0.001\nclip = {{ norm = 1.0 }}\n",
                        cell.name()
                    );
                    assert_eq!(allocated(&text), 0, "{text}");
                }
            }
        }
    }
}

/// Two directions, dropout, ragged batches, truncation, a decoder that is half taught, heads of attention.
#[test]
fn nor_does_any_other_kind_of_network_or_batch() {
    let ragged =
        "task = \"majority\"\nlength = 9\nmin_length = 3\ntrain_sequences = 20\ntest_sequences = 5";
    let symbols =
        "task = \"reverse\"\nlength = 5\nmin_length = 2\ntrain_sequences = 20\ntest_sequences = 5";
    let decoder = |attention: &str| {
        format!(
            "kind = \"encoder_decoder\"\ncell = \"gru\"\nbidirectional = true\n\
             decoder = {{ cell = \"lstm\", hidden_size = 10, attention = \"{attention}\" }}"
        )
    };
    let models = [
        (
            ragged,
            "bidirectional = true\nnum_layers = 2\ndropout = 0.3".to_owned(),
            "",
        ),
        (ragged, "masking = false".to_owned(), "truncate = 3"),
        (symbols, decoder("none"), "teacher_forcing = 0.5"),
        (symbols, decoder("additive"), "teacher_forcing = 0.5"),
        (symbols, decoder("dot"), "clip = { value = 0.1 }"),
        (
            ragged,
            "kind = \"self_attention\"\nhidden_size = 8\nheads = 2\nnum_layers = 2".to_owned(),
            "schedule = { kind = \"cosine\", updates = 40, warm_up = 5 }",
        ),
    ];
    for (task, model, training) in &models {
        for optimizer in ["rmsprop", "adamw"] {
            let size = if model.contains("hidden_size = 8") {
                ""
            } else {
                "hidden_size = 5\n"
            };
            let text = format!(
                "format = 1\nseed = 1\n[data]\n{task}\n[model]\n{size}{model}\n[training]\nbatch_size = 6\n\
                 evaluate_every = 3\noptimizer = {{ kind = \"{optimizer}\", learning_rate = 0.01 }}\n{training}\n"
            );
            assert_eq!(allocated(&text), 0, "{text}");
        }
    }
}

/// What 50 updates after the first ask for.
fn allocated(text: &str) -> u64 {
    let experiment = Experiment::parse(text).unwrap();
    let material = material(&experiment, &Location::BuiltIn, &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(material));
    assert!(trainer.update());
    let allocated = allocations(|| {
        for _ in 0..50 {
            trainer.update();
        }
    });
    assert_eq!(trainer.updates(), 51, "{text}");
    allocated
}

/// However much a file of weights claims to hold, reading it asks for little more than the file's own length.
#[test]
fn a_hostile_file_of_weights_takes_no_memory() {
    let file = |length: Option<u64>, header: &str| {
        let length = length.unwrap_or(header.len() as u64);
        [&length.to_le_bytes()[..], header.as_bytes()].concat()
    };
    let entry = |shape: &str, end: &str| {
        format!(r#"{{"a":{{"dtype":"F64","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#)
    };
    for bytes in [
        file(Some(1 << 60), "{}"),
        file(Some(1 << 30), "{}"),
        file(None, &entry("137438953472", "1099511627776")),
        file(None, &entry("137438953472", "0")),
        file(None, &entry("4294967296,4294967296,4294967296", "8")),
        file(None, &entry("4294967296,4294967296,0", "0")),
        file(None, &entry(&"9,".repeat(1_000), "8")),
        file(None, &format!("{{\"a\":{}", "[".repeat(10_000))),
        file(None, &format!("{{\"__metadata__\":{}", "[".repeat(10_000))),
        file(None, &format!("{{\"{}", "a".repeat(10_000))),
    ] {
        let before = BYTES.get();
        assert!(read(&bytes, Limits::default()).is_err());
        let taken = BYTES.get() - before;
        assert!(
            taken <= 4_096 + 16 * bytes.len(),
            "{taken} bytes for a file of {}",
            bytes.len()
        );
    }
}

/// 10,000 steps of 128 units in f32: everything that training asks for, from the first byte on, stays under 100 MB.
#[test]
fn a_long_sequence_trains_in_little_memory() {
    for cell in [Cell::RnnTanh, Cell::Lstm, Cell::Gru] {
        let text = format!(
            "format = 1\n[data]\ntask = \"sine\"\nlength = 10000\ntrain_sequences = 1\ntest_sequences = 1\n\
             [model]\ncell = \"{}\"\nhidden_size = 128\n[training]\nbatch_size = 1\nprecision = \"f32\"\n",
            cell.name()
        );
        let experiment = Experiment::parse(&text).unwrap();
        let material = material(&experiment, &Location::BuiltIn, &|_| {
            ControlFlow::Continue(())
        });
        let material = Arc::new(material.unwrap());
        let before = BYTES.get();
        let trainer = AnyTrainer::new(&experiment, material);
        let bytes = BYTES.get() - before;
        assert!(bytes < 100_000_000, "{}: {bytes} bytes", cell.name());
        // An update asks for nothing more: see above.
        drop(trainer);
    }
}
