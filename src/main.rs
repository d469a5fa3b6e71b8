//! The command line: open the window, or `run`, or `check`.

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rnnscope::app;
use rnnscope::lesson::{Shelf, prove::prove};
use rnnscope::platform::files;
use rnnscope::run::{Generation, Job, Outcome, run};
use rnnscope::session::Source;
use rnnscope::words;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the shell is told when a run was stopped by Ctrl-C: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

const AFTER_HELP: &str = "\
Examples:
  rnnscope                                open the window where it was left
  rnnscope my-series.csv                  look at a series of your own
  rnnscope run assets/gallery/sunspots.toml --out results
  rnnscope run assets/gallery/sunspots.toml --out more --weights results/model.safetensors
  rnnscope check lessons

Exit codes: 0 done · 1 something could not be read, run or written · 2 the command line is wrong ·
130 stopped by Ctrl-C (the files written are valid)";

const RUN_HELP: &str = "\
Files written to DIR:
  history.csv            a row per update: losses, gradient norm before and after clipping
  predictions.csv        split, t, target, prediction, naive, in the data's own units
  summary.json           losses, errors, time, parameters, whether the run diverged
  model.safetensors      the weights, under PyTorch's names
  trace.safetensors      the probe: x, target, y, every quantity and its adjoint, [seq_len, batch, hidden]
  gradients.safetensors  the gradient of the probe's loss at the final weights, unclipped
  generated.csv          with --generate: how the model goes on after the probe, in the data's own units
  experiment.toml        the experiment that was run; it does not name the weights it began from, summary.json does

Weights are safetensors in F64, F32, F16 or BF16 under the parameters' names, which are PyTorch's: weight_ih_l0,
weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, …, readout.weight, readout.bias. Names that all begin alike
(lstm.weight_ih_l0) are understood, and so is a readout of another name (fc.weight, fc.bias) if only one fits. Parameters
that the file lacks stay as they were drawn. A wrong shape is an error, and so is a file without any of the parameters.

An existing DIR is overwritten only if it is empty or an earlier run wrote it. Ctrl-C ends the run after the update at
hand; all files are then written for what was reached. A run that diverges is a result, not an error: the files hold its
last finite weights, and summary.json says where it diverged.";

/// See inside recurrent neural networks: gates, states and gradients, step by step.
#[derive(Parser)]
#[command(version, about, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// An experiment (.toml) or a CSV to open in the window
    file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Train an experiment without a window and write everything it computed
    #[command(after_help = RUN_HELP)]
    Run {
        /// The experiment
        #[arg(value_name = "EXPERIMENT.toml")]
        experiment: PathBuf,
        /// How many updates to make, instead of the experiment's own number; 0 only looks at the first weights
        #[arg(long, value_name = "N")]
        updates: Option<u64>,
        /// Where all randomness starts, instead of the experiment's own seed
        #[arg(long, value_name = "S")]
        seed: Option<u64>,
        /// A safetensors file with the weights to begin from, instead of drawn ones
        #[arg(long, value_name = "FILE")]
        weights: Option<PathBuf>,
        /// Let the trained model go on after the probe for so many steps, reading its own outputs
        #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        generate: Option<u32>,
        /// How freely classes are drawn in generation: from softmax(y / T); 0 takes the likeliest
        #[arg(long, value_name = "T", default_value_t = 1.0, requires = "generate", value_parser = temperature)]
        temperature: f64,
        /// The folder for the results
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Say nothing but errors
        #[arg(long, short)]
        quiet: bool,
    },
    /// Verify lessons: that they read, that each exercise is unsolved as shipped and solved by its solution
    Check {
        /// A folder of lessons, or one lesson's folder; the built-in lessons if absent
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        None => open(arguments.file),
        Some(Subcommands::Run {
            experiment,
            updates,
            seed,
            weights,
            generate,
            temperature,
            out,
            quiet,
        }) => train(
            &Job {
                experiment,
                updates,
                seed,
                weights,
                generate: generate.map(|steps| Generation {
                    steps: steps as usize,
                    temperature,
                }),
                out,
            },
            quiet,
        ),
        Some(Subcommands::Check { folder }) => check(folder.as_deref()),
    }
}

/// A temperature: a number from 0 to 1000.
fn temperature(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(temperature) if (0.0..=1e3).contains(&temperature) => Ok(temperature),
        _ => Err("expected a number from 0 to 1000".into()),
    }
}

/// A line on standard output; a reader that has gone, as `| head` does, is no reason to fail.
fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn complain(problem: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("rnnscope: {problem}");
    ExitCode::FAILURE
}

fn open(file: Option<PathBuf>) -> ExitCode {
    if let Some(file) = file.as_deref() {
        if !files::is_there(file) {
            return complain(&format!(
                "{}: found no such file, expected an experiment (.toml) or a CSV",
                files::shown(file)
            ));
        }
        // A folder or a pipe is told here, without opening the window for it.
        if let Err(error) = files::open(file) {
            return complain(&error);
        }
    }
    match app::open_window(file.map(Source::File)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn train(job: &Job, quiet: bool) -> ExitCode {
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    if let Err(error) = ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed)) {
        return complain(&format!("Ctrl-C cannot be watched: {error}"));
    }
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(None, target);
    // A template that is wrong falls back to the default one.
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {pos}/{len} updates · {msg} · {eta} left")
    {
        bar.set_style(style);
    }
    let result = run(job, &mut |made, planned, history| {
        bar.set_length(planned);
        bar.set_position(made);
        if let Some(row) = history.last().filter(|row| row.test_loss.is_some()) {
            bar.set_message(format!(
                "train {}, test {}",
                words::number(row.train_loss),
                words::number(row.test_loss.unwrap_or(f64::NAN))
            ));
        }
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    match result {
        Ok(outcome) => {
            if !quiet {
                report(job, &outcome);
            }
            if outcome.interrupted {
                ExitCode::from(INTERRUPTED)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => complain(&error),
    }
}

fn report(job: &Job, outcome: &Outcome) {
    let summary = &outcome.summary;
    for notice in &outcome.notices {
        eprintln!("rnnscope: {notice}");
    }
    if let (Some(path), Some(weights)) = (&job.weights, &outcome.weights) {
        eprintln!("rnnscope: {}: {weights}", path.display());
    }
    if let Some(divergence) = &outcome.divergence {
        eprintln!(
            "rnnscope: the run diverged at {divergence}; the results are those of the update before"
        );
    }
    if outcome.interrupted {
        eprintln!(
            "rnnscope: stopped after {} updates; the results are those",
            summary.updates
        );
    }
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_string(), words::number);
    say(&format!(
        "updates    {} in {:.2} s",
        summary.updates, summary.seconds
    ));
    say(&format!(
        "loss       train {}, test {}",
        number(summary.train_loss),
        number(summary.test_loss)
    ));
    if summary.rmse_test.is_some() {
        let naive = summary.rmse_naive_test.map_or_else(String::new, |naive| {
            format!(", naive {}", words::number(naive))
        });
        say(&format!("test RMSE  {}{naive}", number(summary.rmse_test)));
    }
    if let (Some(accuracy), Some(of)) = (summary.accuracy_test, summary.accuracy_of) {
        say(&format!(
            "accuracy   {:.1} % of the test {of}",
            accuracy * 100.0
        ));
    }
    say(&format!("written to {}", job.out.display()));
}

fn check(folder: Option<&Path>) -> ExitCode {
    let shelf = match folder.map(Shelf::of_folder) {
        None => Shelf::built_in(),
        Some(Ok(shelf)) => shelf,
        Some(Err(error)) => {
            return complain(&format!(
                "{}: {error}",
                files::shown(folder.unwrap_or(Path::new("")))
            ));
        }
    };
    let mut problems = shelf.errors.len();
    for error in &shelf.errors {
        eprintln!("{error}");
    }
    for lesson in &shelf.lessons {
        let found = prove(lesson);
        for problem in &found {
            eprintln!("{problem}");
        }
        if found.is_empty() {
            say(&format!("ok  {}", words::on_a_line(&lesson.title)));
        }
        problems += found.len();
    }
    match problems {
        0 => ExitCode::SUCCESS,
        1 => complain(&"1 problem"),
        _ => complain(&format!("{problems} problems")),
    }
}
