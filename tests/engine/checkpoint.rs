//! Training that goes on from a checkpoint gives the same bits as training that never stopped.

use rnnscope::experiment::{Experiment, Location, Material, material};
use rnnscope::nn::{Clip, SetWeight};
use rnnscope::train::checkpoint::{Kept, LONGEST};
use rnnscope::train::{AnyCheckpoint, AnyTrainer, OtherRun};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Updates before the checkpoint and after it: not a whole number of orders of the training sequences, nor of looks.
const BEFORE: usize = 7;
const AFTER: usize = 8;

const SYMBOLS: &str = "[data]\ntask = \"reverse\"\nlength = 5\nmin_length = 2\ntrain_sequences = 11\ntest_sequences = 4\n";
const NUMBERS: &str =
    "[data]\ntask = \"adding\"\nlength = 6\ntrain_sequences = 11\ntest_sequences = 4\n";

fn opened(text: &str) -> (Experiment, Arc<Material>) {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let go_on = |_| ControlFlow::Continue(());
    let made = material(&experiment, &Location::BuiltIn, &go_on);
    let made = made.unwrap_or_else(|error| panic!("{text}\n{error}"));
    (experiment, Arc::new(made))
}

fn text(data: &str, model: &str, optimizer: &str, schedule: &str, more: &str) -> String {
    format!(
        "format = 1\nseed = 3\n{data}[model]\nhidden_size = 4\nnum_layers = 2\n{model}\n[training]\nupdates = 15\n\
         batch_size = 3\nevaluate_every = 4\noptimizer = {{ {optimizer} }}\nschedule = {{ {schedule} }}\n{more}\n"
    )
}

fn update(trainer: &mut AnyTrainer, count: usize) {
    for _ in 0..count {
        assert!(trainer.update());
    }
}

/// That a run that goes on from a checkpoint ends where one ends that never stopped: by another trainer, by the same one after
/// it went on, and with the checkpoint itself unchanged meanwhile.
fn hold(text: &str) {
    let (experiment, material) = opened(text);
    let new = || AnyTrainer::new(&experiment, Arc::clone(&material));

    let mut never_stopped = new();
    update(&mut never_stopped, BEFORE);
    let taken = never_stopped.checkpoint();
    assert_eq!(taken.updates(), BEFORE as u64);
    update(&mut never_stopped, AFTER);
    let end = never_stopped.checkpoint();
    assert_ne!(end, taken, "{text}");
    // Through a file and back.
    let kept = Kept::new(text, &material, &taken);
    let read = Kept::from_bytes(&kept.to_bytes().unwrap()).unwrap();
    let taken = read.of(&experiment, &material).unwrap();
    assert!(
        same_bits(taken, kept.of(&experiment, &material).unwrap()),
        "{text}"
    );

    let mut another = new();
    another.resume(taken).unwrap();
    assert_eq!(another.checkpoint(), *taken, "{text}");
    update(&mut another, AFTER);
    assert!(same_bits(&another.checkpoint(), &end), "{text}");

    never_stopped.resume(taken).unwrap();
    update(&mut never_stopped, AFTER);
    assert!(same_bits(&never_stopped.checkpoint(), &end), "{text}");
}

/// Equal, and so in every bit: the debug text of a number tells −0 from 0.
fn same_bits(one: &AnyCheckpoint, other: &AnyCheckpoint) -> bool {
    one == other && format!("{one:?}") == format!("{other:?}")
}

#[test]
fn resumed_equals_never_stopped_for_every_optimizer_schedule_dropout_teacher_forcing_and_precision()
{
    let optimizers = [
        "kind = \"sgd\", learning_rate = 0.05",
        "kind = \"sgd\", learning_rate = 0.05, momentum = 0.9",
        "kind = \"rmsprop\", learning_rate = 0.01",
        "kind = \"rmsprop\", learning_rate = 0.01, momentum = 0.5",
        "kind = \"adam\", learning_rate = 0.01",
        "kind = \"adamw\", learning_rate = 0.01",
    ];
    let schedules = [
        "kind = \"constant\", warm_up = 9",
        "kind = \"step\", every = 3, factor = 0.5",
        "kind = \"cosine\", updates = 12, warm_up = 2",
    ];
    let decoder =
        "kind = \"encoder_decoder\"\ndecoder = { hidden_size = 4, attention = \"additive\" }\n";
    let mut held = 0;
    for optimizer in optimizers {
        for schedule in schedules {
            for dropout in ["0", "0.4"] {
                for precision in ["f32", "f64"] {
                    for forcing in [None, Some("0"), Some("0.5"), Some("1")] {
                        let dropout = format!("dropout = {dropout}\n");
                        let precision = format!("precision = \"{precision}\"\n");
                        let text = match forcing {
                            None => text(NUMBERS, &dropout, optimizer, schedule, &precision),
                            Some(share) => {
                                let more = format!("{precision}teacher_forcing = {share}");
                                text(
                                    SYMBOLS,
                                    &(decoder.to_owned() + &dropout),
                                    optimizer,
                                    schedule,
                                    &more,
                                )
                            }
                        };
                        hold(&text);
                        held += 1;
                    }
                }
            }
        }
    }
    assert_eq!(held, 6 * 3 * 2 * 2 * 4);
}

#[test]
fn changes_made_on_the_way_and_planned_ones_are_kept() {
    let planned = "[[training.change]]\nupdate = 3\nlearning_rate = 0.5\n[[training.change]]\nupdate = 9\nclip = { norm = 0.1 }\n";
    let of = text(
        NUMBERS,
        "",
        "kind = \"adam\", learning_rate = 0.01",
        "kind = \"constant\"",
        planned,
    );
    hold(&of);
    let (experiment, material) = opened(&of);
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    update(&mut trainer, 4);
    let set = SetWeight {
        parameter: "readout.bias".into(),
        index: vec![0],
        value: 0.25,
    };
    trainer.change(Some(0.02), Some(Clip::Value(0.01)), vec![set]);
    let taken = trainer.checkpoint();
    update(&mut trainer, 7);
    let mut another = AnyTrainer::new(&experiment, material);
    another.resume(&taken).unwrap();
    update(&mut another, 7);
    assert!(same_bits(&another.checkpoint(), &trainer.checkpoint()));
    assert_eq!(another.history().last().unwrap().learning_rate, 0.02);
}

/// A run that has ended stays so, at the weights it had.
#[test]
fn a_divergence_is_kept() {
    let of = text(
        NUMBERS,
        "",
        "kind = \"sgd\", learning_rate = 10",
        "kind = \"constant\"",
        "",
    );
    let (experiment, material) = opened(&of);
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    assert!((0..200).any(|_| !trainer.update()));
    let taken = trainer.checkpoint();
    let mut another = AnyTrainer::new(&experiment, material);
    another.resume(&taken).unwrap();
    assert!(!another.update());
    assert!(same_bits(&another.checkpoint(), &taken));
}

#[test]
fn a_checkpoint_of_another_run_is_refused_and_changes_nothing() {
    let adam = "kind = \"adam\", learning_rate = 0.01";
    let of = |data: &str, model: &str, more: &str| {
        let (experiment, material) = opened(&text(data, model, adam, "kind = \"constant\"", more));
        AnyTrainer::new(&experiment, material)
    };
    let mut trainer = of(NUMBERS, "", "precision = \"f64\"");
    update(&mut trainer, 2);
    let before = trainer.checkpoint();
    let fewer = NUMBERS.replace("11", "7");
    for (other, refused) in [
        (
            of(NUMBERS, "", "precision = \"f32\""),
            "found a checkpoint in f32, expected one in f64",
        ),
        (
            of(&fewer, "", "precision = \"f64\""),
            "found a checkpoint of 7 training sequences, expected 11",
        ),
    ] {
        let error = trainer.resume(&other.checkpoint()).unwrap_err();
        assert_eq!(error.to_string(), refused);
        assert_eq!(trainer.checkpoint(), before);
    }
    let other = of(NUMBERS, "cell = \"gru\"", "precision = \"f64\"").checkpoint();
    let error = trainer.resume(&other).unwrap_err();
    assert!(matches!(error, OtherRun::Parameters { .. }));
}

/// A text that says more than the one that the checkpoint was taken under, or other things without a part in training.
#[test]
fn a_checkpoint_is_known_by_what_has_a_part_in_training() {
    let adam = "kind = \"adam\", learning_rate = 0.01";
    let of = |more: &str| text(NUMBERS, "", adam, "kind = \"constant\"", more);
    let (experiment, material) = opened(&of(""));
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    update(&mut trainer, 4);
    trainer.change(Some(0.02), None, Vec::new());
    update(&mut trainer, 1);
    let (short, taken) = (of(""), trainer.checkpoint());
    let kept = Kept::new(&short, &material, &taken);
    let rate = |update: u64, rate: f64| {
        format!("[[training.change]]\nupdate = {update}\nlearning_rate = {rate}\n")
    };
    for (more, resumed) in [
        (rate(4, 0.02), true),
        (rate(4, 0.02) + &rate(5, 0.5) + &rate(7, 0.25), true),
        (rate(4, 0.02) + "[probe]\nindex = 2\n", true),
        // Changed otherwise on the way, or not at all.
        (rate(4, 0.03), false),
        (rate(3, 0.02), false),
        (String::new(), false),
        // Another run.
        (format!("clip = {{ norm = 1.0 }}\n{}", rate(4, 0.02)), false),
        (format!("precision = \"f32\"\n{}", rate(4, 0.02)), false),
    ] {
        let of = of(&more);
        let (experiment, material) = opened(&of);
        let new = || AnyTrainer::new(&experiment, Arc::clone(&material));
        let mut another = new();
        let from = kept.of(&experiment, &material);
        let changes = &experiment.training.changes;
        let went_on = from.is_some_and(|from| another.resume_under(from, changes).is_ok());
        assert_eq!(went_on, resumed, "{more}");
        let at = another.updates() as usize;
        assert_eq!(at, if resumed { 5 } else { 0 });
        // Either way it is the run of its text.
        update(&mut another, 10 - at);
        let mut straight = new();
        update(&mut straight, 10);
        assert!(
            same_bits(&another.checkpoint(), &straight.checkpoint()),
            "{more}"
        );
    }
}

#[test]
fn a_checkpoint_of_other_data_or_what_is_none_is_told_from_it() {
    let of = text(
        NUMBERS,
        "",
        "kind = \"sgd\", learning_rate = 0.1",
        "kind = \"constant\"",
        "",
    );
    let (experiment, material) = opened(&of);
    let trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    let taken = trainer.checkpoint();
    let kept = Kept::new(&of, &material, &taken);
    let mut other = (*material).clone();
    other.sha256 = Some("0".repeat(64));
    assert!(kept.of(&experiment, &other).is_none());
    let bytes = kept.to_bytes().unwrap();
    assert!(bytes.len() as u64 <= LONGEST);
    for cut in 0..bytes.len() {
        // What is cut off is none; what is garbled is none, or another's.
        assert_eq!(Kept::from_bytes(&bytes[..cut]), None);
        let mut garbled = bytes.clone();
        garbled[cut] ^= 0xff;
        drop(Kept::from_bytes(&garbled));
    }
    assert_eq!(Kept::from_bytes(&[0xff; 4_096]), None);
}
