//! The command line: open the window, or `run`, or `check`.
//!
//! Nothing here prints in a way that can fail: a reader that has gone, or a full disk, is no reason to end what is being done.

#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr))]

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rnnscope::app::picture::{Picture, Place, What};
use rnnscope::app::views::Purpose;
use rnnscope::app::{self, views};
use rnnscope::experiment::Stage;
use rnnscope::lesson::{self, Day, Lesson, Shelf, prove, survey};
use rnnscope::nn::Sweep;
use rnnscope::nn::state_dict::Wish;
use rnnscope::platform::{addresses, files, signals};
use rnnscope::run::{self, Ending, Event, Generation, Job, Outcome, RunError, UNFINISHED};
use rnnscope::session::{Comparison, Origin};
use rnnscope::words;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// What the shell is told when a run was stopped by Ctrl-C: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// How long a run that is asked to stop may go on to evaluate and write what it has trained.
const GRACE: Duration = Duration::from_millis(250);

/// How much longer it may take to notice that this time is over.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the window has to close once a signal asked it to.
const TIME_TO_CLOSE: Duration = Duration::from_secs(5);

/// The largest seed: the largest whole number that an experiment's text can hold.
const MAX_SEED: u64 = i64::MAX as u64;

const AFTER_HELP: &str = "\
Examples:
  rnnscope                                open the window where it was left
  rnnscope my-series.csv                  look at a series of your own
  rnnscope run assets/gallery/sunspots.toml --out results
  rnnscope run assets/gallery/sunspots.toml --out more --weights results/model.safetensors
  rnnscope picture assets/gallery/latch.toml --updates 200 --layout gradients --out latch.png
  rnnscope guess my-series.csv --out my-series.toml
  rnnscope check lessons

Exit codes: 0 done · 1 something could not be read, run or written · 2 the command line is wrong ·
130 stopped by Ctrl-C or SIGTERM (the files written are valid)";

const RUN_HELP: &str = "\
Files written to DIR:
  history.csv            a row per update: losses, gradient norm before and after clipping
  predictions.csv        split, t, target, prediction, naive, in the data's own units
  summary.json           losses, errors, time, parameters, whether the run diverged
  model.safetensors      the weights, under PyTorch's names
  trace.safetensors      the probe: x, target, y, every quantity and its adjoint, [seq_len, batch, hidden]
  gradients.safetensors  the gradient of the probe's loss at the final weights, unclipped
  generated.csv          with --generate: how the model goes on after the probe, in the data's own units
  experiment.toml        the experiment that was run: run from DIR it gives the same again. It cannot say which weights a run
                         began from; a comment in it and summary.json do
  UNFINISHED.txt         only while the others are being written, or if that came to no end: what is missing

In the names of tensors layers and heads count from 0, as PyTorch's do.

Weights are safetensors in F64, F32, F16 or BF16 under the parameters' names, which are PyTorch's: weight_ih_l0,
weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, …, readout.weight, readout.bias. Names that all begin alike
(lstm.weight_ih_l0), single cells (cell.weight_ih), module. and _orig_mod. are understood, and so is a readout of another name
(fc.weight, fc.bias) if only one fits. They are loaded whole or not at all: a parameter without a tensor, a wrong shape, a
layer or direction without a place in the network are errors, and so is a choice between several layers that is not said with
--prefix. Biases that a module lacks altogether (bias=False) are 0. Buffers, an optimiser's state and other tensors are left
over. --partial loads what fits.

An existing DIR is overwritten only if it is empty or an earlier run wrote it, and by one run at a time. Until there are
trained weights the earlier files stay; then they all go, and the weights are written before anything else.

Ctrl-C ends what is being done at once. What was trained is written: the weights always, the rest as far as it can be
evaluated within a quarter of a second. A second Ctrl-C does not wait. A run that diverges is a result, not an error: the
files hold its last finite weights, and summary.json says where it diverged.";

const GUESS_HELP: &str = "\
What is told is what the window shows before a file is opened: encoding, delimiter, signs in numbers, names, lines skipped;
each column's role with its reason, the next best guess, what comes of it, and warnings. Roles can be changed in the
experiment's text: time = [\"year\", \"month\"], group = [\"store\", \"item\"], sort = true, rows_are_series = true.

Exit codes: 0 every file can be opened as it is · 1 one of them cannot, with the reason · 2 the command line is wrong";

/// See inside recurrent neural networks: gates, states and gradients, step by step.
#[derive(Parser)]
#[command(version, about, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// An experiment (.toml) or a CSV to open in the window
    file: Option<PathBuf>,
    /// The day that lessons take for today, for asking again; the computer's if absent
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    today: Option<Day>,
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
        /// Where all randomness starts, instead of the experiment's own seed; from 0 to 2^63 - 1
        #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(..=MAX_SEED))]
        seed: Option<u64>,
        /// A safetensors file with the weights to begin from, instead of drawn ones
        #[arg(long, value_name = "FILE")]
        weights: Option<PathBuf>,
        /// How names in that file begin that are meant where others would fit as well, such as encoder. or model.lstm.; may be given
        /// more than once
        #[arg(long, value_name = "PREFIX", requires = "weights")]
        prefix: Vec<String>,
        /// Load what fits: parameters that the file lacks stay as they were drawn, layers without a place are left over
        #[arg(long, requires = "weights")]
        partial: bool,
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
    /// Tell what files of data are: how they are written, what each column is for and why, what comes of it
    #[command(after_help = GUESS_HELP)]
    Guess {
        /// The files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Write the experiment that the window would open; of one file only
        #[arg(long, value_name = "EXPERIMENT.toml")]
        out: Option<PathBuf>,
        /// For other programs: an object for each file, in a list
        #[arg(long)]
        json: bool,
    },
    /// Draw the window, or one view, into a PNG; no display is needed
    Picture {
        /// An experiment; what the window opens with if absent
        #[arg(value_name = "EXPERIMENT.toml")]
        experiment: Option<PathBuf>,
        /// What to compare it with: cells (matched by units), parameters (cells matched by these), clipping, precision or seed
        #[arg(long, value_name = "WHAT", value_parser = comparison)]
        compare: Option<Comparison>,
        /// How many updates to make first, at most 100,000
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=100_000))]
        updates: u64,
        /// The layout: explore, cell, gradients, forecast, compare or all
        #[arg(long, value_name = "NAME", value_parser = layout, conflicts_with = "view")]
        layout: Option<Purpose>,
        /// The course as a path; with a lesson, as it looks from there
        #[arg(long, conflicts_with_all = ["layout", "view"])]
        course: bool,
        /// One view alone, by its name in lessons, such as network or gradient_flow
        #[arg(long, value_name = "NAME", value_parser = view)]
        view: Option<String>,
        /// A lesson, by its id
        #[arg(long, value_name = "ID")]
        lesson: Option<String>,
        /// Its page, from 1
        #[arg(long, value_name = "N", default_value_t = 1, requires = "lesson", value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
        /// Where the cursor stands: at the end of a sweep, forward or backward, or after so many time steps of it and so many
        /// single operations more: forward:10, backward:3+2; of one view, at the end of both if absent
        #[arg(long, value_name = "SWEEP[:STEPS[+OPERATIONS]]", value_parser = place)]
        at: Option<Place>,
        /// Instead of an experiment: a file of data, as it is looked at before it is opened
        #[arg(long, value_name = "FILE", conflicts_with_all = ["experiment", "view", "lesson", "compare", "updates", "at"])]
        import: Option<PathBuf>,
        /// Width and height in points
        #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
        size: [u32; 2],
        /// Pixels to a point, from 0.5 to 4
        #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = scale)]
        scale: f32,
        /// Light or dark
        #[arg(long, default_value = "light", value_parser = ["light", "dark"])]
        theme: String,
        /// The file to write
        #[arg(long, value_name = "FILE.png", value_parser = png)]
        out: PathBuf,
    },
    /// Verify lessons: that they read, that each exercise is unsolved as shipped and solved by its solution
    Check {
        /// A folder of lessons, or one lesson's folder; the built-in lessons if absent
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Tell of each page its words, its new terms and how long it took to verify, and of the misconceptions where they are met
        #[arg(long)]
        pages: bool,
    },
    /// Write a lesson's summary to print: what to remember, formulas, questions with their answers, sources, as one HTML file
    Summary {
        /// The lesson's id
        #[arg(value_name = "LESSON")]
        lesson: String,
        /// The folder of lessons that has it; the built-in lessons if absent
        #[arg(long, value_name = "DIR")]
        lessons: Option<PathBuf>,
        /// The file to write
        #[arg(long, value_name = "FILE.html")]
        out: PathBuf,
    },
    /// Write a small complete lesson to begin from into a folder
    NewLesson {
        /// The folder, such as my-lessons/01-my-first-lesson; it is made if it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    addresses::spare();
    let arguments = Arguments::parse();
    match arguments.command {
        None => open(arguments.file, arguments.today),
        Some(Subcommands::Run {
            experiment,
            updates,
            seed,
            weights,
            prefix,
            partial,
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
                wish: Wish {
                    prefixes: prefix,
                    partial,
                },
                generate: generate.map(|steps| Generation {
                    steps: steps as usize,
                    temperature,
                }),
                out,
            },
            quiet,
        ),
        Some(Subcommands::Check { folder, pages }) => check(folder.as_deref(), pages),
        Some(Subcommands::Summary {
            lesson,
            lessons,
            out,
        }) => summary(&lesson, lessons.as_deref(), &out),
        Some(Subcommands::NewLesson { folder }) => match lesson::write_new(&folder) {
            Ok(()) => {
                let folder = files::shown(&folder);
                say(&format!(
                    "written to {folder}; rnnscope check {folder} verifies it"
                ));
                ExitCode::SUCCESS
            }
            Err(problem) => complain(&format!("{}: {problem}", files::shown(&folder))),
        },
        Some(Subcommands::Guess { files, out, json }) => guess(&files, out.as_deref(), json),
        Some(Subcommands::Picture {
            experiment,
            compare,
            updates,
            layout,
            course,
            view,
            lesson,
            page,
            at,
            import,
            size,
            scale,
            theme,
            out,
        }) => {
            let what = match (layout, view) {
                (Some(layout), _) => What::Layout(layout),
                (None, Some(view)) => What::View(view),
                (None, None) if course => What::Course,
                (None, None) => What::Window,
            };
            let lesson = match lesson.map(|id| lesson_of(&id, page)).transpose() {
                Ok(lesson) => lesson,
                Err(problem) => {
                    note(&format_args!("rnnscope: {problem}"));
                    return ExitCode::from(2);
                }
            };
            let picture = Picture {
                importing: import.is_some(),
                origin: experiment.or(import).map(Origin::File),
                compare,
                updates,
                at,
                what,
                lesson,
                size,
                scale,
                dark: theme == "dark",
            };
            match draw(&picture, &out) {
                Ok(()) => ExitCode::SUCCESS,
                Err(problem) => complain(&problem),
            }
        }
    }
}

/// A temperature: a number from 0 to 1000.
fn temperature(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(temperature) if (0.0..=1e3).contains(&temperature) => Ok(temperature),
        _ => Err("expected a number from 0 to 1000".into()),
    }
}

/// A date.
fn day(text: &str) -> Result<Day, String> {
    Day::read(text).ok_or_else(|| "expected a date such as 2026-03-01".into())
}

/// The name of a layout.
fn layout(text: &str) -> Result<Purpose, String> {
    let mut all = Purpose::ALL.into_iter();
    let found = all.find(|layout| layout.title().eq_ignore_ascii_case(text));
    let names = Purpose::ALL.map(|layout| layout.title().to_lowercase());
    found.ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// The name of a comparison.
fn comparison(text: &str) -> Result<Comparison, String> {
    let found = Comparison::ALL.into_iter().find(|of| of.name() == text);
    let names = Comparison::ALL.map(Comparison::name);
    found.ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// The name of a view.
fn view(text: &str) -> Result<String, String> {
    match views::names().contains(&text) {
        true => Ok(text.into()),
        false => Err(format!("expected one of {}", views::names().join(", "))),
    }
}

/// Width and height in points, such as 1280x800.
fn size(text: &str) -> Result<[u32; 2], String> {
    let side = |side: &str| side.parse().ok().filter(|side| (200..=8000).contains(side));
    let sides = text.split_once(['x', '×']);
    let sides = sides.and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "expected width and height in points, from 200x200 to 8000x8000".into())
}

/// Pixels to a point.
fn scale(text: &str) -> Result<f32, String> {
    let scale = text
        .parse()
        .ok()
        .filter(|scale| (0.5..=4.0).contains(scale));
    scale.ok_or_else(|| "expected a number from 0.5 to 4".into())
}

/// Such as `forward:10`, `backward`, `forward:3+2`.
fn place(text: &str) -> Result<Place, String> {
    let read = || {
        let (sweep, steps) = match text.split_once(':') {
            Some((sweep, steps)) => (sweep, Some(steps)),
            None => (text, None),
        };
        let sweep = match sweep {
            "forward" => Sweep::Forward,
            "backward" => Sweep::Backward,
            _ => return None,
        };
        let (steps, operations) = match steps.map(|steps| steps.split_once('+').ok_or(steps)) {
            None => (None, None),
            Some(Err(steps)) => (Some(steps.parse().ok()?), None),
            Some(Ok((steps, operations))) => {
                (Some(steps.parse().ok()?), Some(operations.parse().ok()?))
            }
        };
        Some(Place {
            sweep,
            steps,
            operations,
        })
    };
    read().ok_or_else(|| {
        "expected forward or backward, with so many steps after a colon: forward:10, forward:10+2".into()
    })
}

/// A lesson that comes with the program.
fn lesson_of(id: &str, page: u32) -> Result<(Arc<Lesson>, usize), String> {
    let shelf = Shelf::built_in(&views::places());
    let ids: Vec<&str> = shelf
        .lessons
        .iter()
        .map(|lesson| lesson.id.as_str())
        .collect();
    let found = shelf.lessons.iter().find(|lesson| lesson.id == id).cloned();
    let lesson = found
        .ok_or_else(|| format!("--lesson: found {id:?}, expected one of {}", ids.join(", ")))?;
    let pages = lesson.pages.len();
    match page as usize - 1 {
        index if index < pages => Ok((lesson, index)),
        _ => Err(format!(
            "--page: found {page}, expected one from 1 to {pages}"
        )),
    }
}

/// Writes a lesson's summary.
fn summary(id: &str, folder: Option<&Path>, out: &Path) -> ExitCode {
    let views = views::places();
    let shelf = match folder {
        None => Shelf::built_in(&views),
        Some(folder) => match Shelf::of_folder(folder, &views) {
            Ok(shelf) => shelf,
            Err(error) => return complain(&format!("{}: {error}", files::shown(folder))),
        },
    };
    for error in &shelf.errors {
        note(error);
    }
    let found = shelf.lessons.iter().find(|lesson| lesson.id == id);
    let Some(lesson) = found else {
        let ids: Vec<&str> = shelf
            .lessons
            .iter()
            .map(|lesson| lesson.id.as_str())
            .collect();
        let ids = ids.join(", ");
        note(&format_args!(
            "rnnscope: found the lesson {id:?}, expected one of {ids}"
        ));
        return ExitCode::from(2);
    };
    match lesson::summary::write(lesson, out) {
        Ok(path) => {
            say(&format!("written to {}", files::shown(&path)));
            ExitCode::SUCCESS
        }
        Err(problem) => complain(&problem),
    }
}

/// Tells what files of data are.
fn guess(paths: &[PathBuf], out: Option<&Path>, json: bool) -> ExitCode {
    if out.is_some() && paths.len() > 1 {
        note(&"rnnscope: --out: found several files, expected one for one experiment");
        return ExitCode::from(2);
    }
    let mut all_open = true;
    let mut objects = Vec::new();
    for path in paths {
        let told = match run::guess(path) {
            Ok(told) => told,
            Err(error) => {
                all_open = false;
                if json {
                    objects.push(serde_json::json!({"file": files::shown(path), "opens": false, "problems": [error.to_string()]}));
                } else {
                    note(&format_args!("rnnscope: {error}"));
                }
                continue;
            }
        };
        all_open &= told.opens();
        if json {
            let mut object = told.json();
            object["file"] = files::shown(path).into();
            objects.push(object);
        } else {
            say(&format!(
                "{}: {}",
                files::shown(path),
                match told.opens() {
                    true => "can be opened",
                    false => "cannot be opened as it is",
                }
            ));
            for line in told.lines() {
                say(format!("  {line}").trim_end());
            }
        }
        if let Some(out) = out.filter(|_| told.opens()) {
            match run::write_guess(&told, path, out) {
                Ok(()) if json => {}
                Ok(()) => say(&format!("  Written to {}.", files::shown(out))),
                Err(error) => return complain(&error),
            }
        }
    }
    if json {
        say(&format!("{:#}", serde_json::Value::from(objects)));
    }
    if all_open {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A file that is called as a picture is: a slip must not cost an experiment.
fn png(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_png = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    is_png
        .then_some(path)
        .ok_or_else(|| "expected a name that ends in .png".into())
}

/// Draws a picture and writes it.
fn draw(picture: &Picture, out: &Path) -> Result<(), String> {
    let shown = Shown::new(false);
    let drawn = picture.draw_telling(&|made| shown.updates(made, picture.updates));
    shown.bar.finish_and_clear();
    let png = drawn
        .and_then(|pixels| pixels.png())
        .map_err(|error| error.to_string())?;
    let failed = |error| format!("{}: cannot be written: {error}", files::shown(out));
    files::replace(out, &png).map_err(failed)
}

/// Lines on standard output. A reader that has gone, as `| head` does, or a full disk is no reason to fail. What they quote of a
/// file steers no terminal.
fn say(lines: &str) {
    drop(writeln!(
        std::io::stdout(),
        "{}",
        words::visible(lines, true)
    ));
}

/// Lines on standard error, where that can be written, as [`say`].
fn note(lines: &dyn Display) {
    let lines = lines.to_string();
    drop(writeln!(
        std::io::stderr(),
        "{}",
        words::visible(&lines, true)
    ));
}

fn complain(problem: &dyn Display) -> ExitCode {
    note(&format_args!("rnnscope: {problem}"));
    ExitCode::FAILURE
}

fn open(file: Option<PathBuf>, today: Option<Day>) -> ExitCode {
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
    let quit = app::Quit::default();
    let asked = quit.clone();
    let watched = signals::watch(move || {
        asked.ask();
        // Everything is written. A window that has not closed by then never will.
        std::thread::sleep(TIME_TO_CLOSE);
        std::process::exit(INTERRUPTED.into());
    });
    if let Err(error) = watched {
        note(&format_args!(
            "rnnscope: signals cannot be watched, and end the program without notice: {error}"
        ));
    }
    match app::open_window(file.map(Origin::File), quit, today) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let failed = complain(&error);
            note(&"Without a window there are rnnscope picture, rnnscope run and rnnscope check.");
            failed
        }
    }
}

/// Calls `first` at the first Ctrl-C or SIGTERM; the second ends the process.
fn watch_signals(first: impl Fn() + Send + 'static) -> Result<(), ExitCode> {
    let asked = AtomicBool::new(false);
    let handler = move || match asked.swap(true, Ordering::Relaxed) {
        false => first(),
        true => std::process::exit(INTERRUPTED.into()),
    };
    signals::watch(handler).map_err(|error| complain(&format!("Ctrl-C cannot be watched: {error}")))
}

/// Asks a run to stop, then to leave out what is left to do; if it does not answer even then, ends the process. Weights that
/// are trained and not yet written are waited for.
fn end(ending: &Ending) {
    ending.stop.ask();
    let ending = ending.clone();
    // The thread that signals come on stays free for the next one.
    std::thread::spawn(move || {
        std::thread::sleep(GRACE);
        ending.hurry.ask();
        std::thread::sleep(PATIENCE);
        while ending.has_unsaved_weights() {
            std::thread::sleep(Duration::from_millis(1));
        }
        note(&"rnnscope: stopped without waiting for what was being done");
        std::process::exit(INTERRUPTED.into());
    });
}

/// What a run shows while it works: a bar on a terminal; elsewhere a line now and then, if a stage takes long.
struct Shown {
    quiet: bool,
    bar: ProgressBar,
    on_terminal: bool,
    stage: Cell<Option<Stage>>,
    /// When the stage began, or a line was written about it.
    told: Cell<Instant>,
}

impl Shown {
    /// Where no bar can be drawn, a stage that lasts is told of this often.
    const SILENCE: Duration = Duration::from_secs(10);

    fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self {
            quiet,
            bar: ProgressBar::with_draw_target(None, target),
            on_terminal: std::io::stderr().is_terminal(),
            stage: Cell::new(None),
            told: Cell::new(Instant::now()),
        }
    }

    fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Said(sentence) => self.line(sentence),
            Event::Stage(stage, share) => {
                self.begin(stage);
                if stage != Stage::Training {
                    self.bar.set_position((100.0 * share) as u64);
                    self.if_it_lasts(|| format!("{}, {:.0} %", stage.title(), 100.0 * share));
                }
            }
            Event::Update {
                made,
                planned,
                history,
            } => {
                self.updates(made, planned);
                let newest = history.last().filter(|row| row.test_loss.is_some());
                if let Some(row) = newest {
                    self.bar.set_message(format!(
                        "train {}, test {}",
                        words::number(row.train_loss),
                        words::number(row.test_loss.unwrap_or(f64::NAN))
                    ));
                }
            }
        }
    }

    /// So many updates are made.
    fn updates(&self, made: u64, planned: u64) {
        self.begin(Stage::Training);
        self.bar.set_length(planned);
        self.bar.set_position(made);
        let title = Stage::Training.title();
        self.if_it_lasts(|| {
            let planned = words::counted(planned as usize, "update");
            format!("{title}, {made} of {planned}")
        });
    }

    fn begin(&self, stage: Stage) {
        if self.stage.replace(Some(stage)) == Some(stage) {
            return;
        }
        self.told.set(Instant::now());
        let template = match stage {
            Stage::Training => "{bar:30} {pos}/{len} updates · {msg} · {eta} left",
            _ => "{bar:30} {msg}, {pos} %",
        };
        // A template that is wrong falls back to the default one.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.reset();
        if stage == Stage::Training {
            self.bar.set_message("");
        } else {
            self.bar.set_length(100);
            self.bar.set_message(stage.title());
        }
    }

    fn if_it_lasts(&self, line: impl Fn() -> String) {
        if !self.on_terminal && self.told.get().elapsed() >= Self::SILENCE {
            self.told.set(Instant::now());
            self.line(&line());
        }
    }

    /// A line beside the bar.
    fn line(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| note(&format_args!("rnnscope: {text}")));
        }
    }
}

fn train(job: &Job, quiet: bool) -> ExitCode {
    let ending = Ending::default();
    let at_signal = ending.clone();
    if let Err(code) = watch_signals(move || end(&at_signal)) {
        return code;
    }
    let shown = Shown::new(quiet);
    let result = run::run(job, &ending, &|event| shown.event(&event));
    shown.bar.finish_and_clear();
    let stopped = ending.stop.is_asked();
    match result {
        Ok(outcome) => {
            if !quiet {
                report(job, &outcome);
            }
            if stopped {
                ExitCode::from(INTERRUPTED)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error @ RunError::Stopped { .. }) => {
            if !quiet {
                complain(&error);
            }
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => complain(&error),
    }
}

fn report(job: &Job, outcome: &Outcome) {
    let summary = &outcome.summary;
    if let (Some(path), Some(weights)) = (&job.weights, &outcome.weights) {
        note(&format_args!("rnnscope: {}: {weights}", path.display()));
    }
    if let Some(divergence) = &outcome.divergence {
        note(&format_args!(
            "rnnscope: the run diverged at {divergence} The results are of these."
        ));
        for sentence in &summary.autopsy {
            note(&format_args!("rnnscope: {sentence}"));
        }
    }
    if summary.interrupted {
        note(&format_args!(
            "rnnscope: stopped after {}; the results are those",
            words::counted(summary.updates as usize, "update")
        ));
    }
    if !outcome.left_out.is_empty() {
        note(&format_args!(
            "rnnscope: there was no time for {}; {UNFINISHED} says so",
            outcome.left_out.join(", ")
        ));
    }
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_string(), words::number);
    // Counted as everywhere: after update k the one that could not be made is k + 1.
    let ended = match summary.diverged {
        true => format!("; update {} could not be made", summary.updates + 1),
        false => String::new(),
    };
    say(&format!(
        "updates    {} in {:.2} s{ended}",
        summary.updates, summary.seconds
    ));
    say(&format!(
        "loss       train {}, test {}",
        number(summary.train_loss),
        number(summary.test_loss)
    ));
    if summary.rmse_test.is_some() {
        // Beside each other only what is over the same targets.
        let same = summary.scored.rmse_naive_test_n == summary.scored.rmse_test_n;
        let naive = summary
            .rmse_naive_test
            .filter(|_| same)
            .map_or_else(String::new, |naive| {
                format!(", naive {}", words::number(naive))
            });
        say(&format!("test RMSE  {}{naive}", number(summary.rmse_test)));
    }
    let mut of_test = summary.scored.scores.iter().filter(|of| of.split == "test");
    if let Some(compared) = of_test.next().and_then(|of| of.compared.as_ref())
        && Some(compared.n) != summary.scored.rmse_test_n
    {
        let models = compared.models.values();
        let models =
            models.map(|errors| format!("{} {}", errors.model, words::number(errors.rmse)));
        say(&format!(
            "compared   on the {} of {} targets that all models reach: RMSE {}",
            compared.n,
            summary.scored.rmse_test_n.unwrap_or(0),
            models.collect::<Vec<_>>().join(", ")
        ));
    }
    if let (Some(accuracy), Some(of)) = (summary.accuracy_test, summary.accuracy_of) {
        say(&format!(
            "accuracy   {} of the test {of}",
            words::percent_to(accuracy, 1)
        ));
    }
    say(&format!("written to {}", job.out.display()));
}

fn check(folder: Option<&Path>, pages: bool) -> ExitCode {
    // It writes nothing: there is nothing to wait for.
    if let Err(code) = watch_signals(|| std::process::exit(INTERRUPTED.into())) {
        return code;
    }
    let views = views::places();
    let shelf = match folder.map(|folder| Shelf::of_folder(folder, &views)) {
        None => Shelf::built_in(&views),
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
        note(error);
    }
    let built_in = Shelf::built_in(&views);
    let all = shelf.lessons.iter().chain(&built_in.lessons);
    let ids: Vec<&str> = all.map(|lesson| lesson.id.as_str()).collect();
    let surveyed = survey::survey(&shelf.lessons, &built_in);
    let lessons: Vec<Arc<Lesson>> = surveyed.iter().map(|of| Arc::clone(&of.lesson)).collect();
    prove_all(&lessons, |lesson, proved| {
        let surveyed = &surveyed[lesson];
        let mut found = surveyed.problems(&ids);
        let mut lines = Vec::new();
        for (of_page, proved) in surveyed.pages.iter().zip(proved) {
            found.extend(proved.problems);
            lines.push(told_of_page(of_page, proved.took));
        }
        for problem in &found {
            note(problem);
        }
        if found.is_empty() {
            say(&format!("ok  {}", words::on_a_line(&surveyed.lesson.title)));
        }
        if pages {
            lines.iter().for_each(|line| say(line));
        }
        problems += found.len();
    });
    if pages {
        for (id, lessons) in survey::misconceptions(&shelf.lessons) {
            let met = match lessons.is_empty() {
                true => "met nowhere".to_owned(),
                false => format!("met in {}", lessons.join(", ")),
            };
            say(&format!("{id}: {met}"));
        }
    }
    match problems {
        0 => ExitCode::SUCCESS,
        1 => complain(&"1 problem"),
        _ => complain(&format!("{problems} problems")),
    }
}

/// What became of a page.
struct Proved {
    problems: Vec<prove::Unproved>,
    took: Duration,
}

/// Plays all lessons, as many pages at a time as the machine has processors, and hands over each lesson's pages in the order of
/// the lessons: as soon as it and all before it are proved.
fn prove_all(lessons: &[Arc<Lesson>], mut hand_over: impl FnMut(usize, Vec<Proved>)) {
    let pages: Vec<(usize, usize)> = (0..lessons.len())
        .flat_map(|lesson| (0..lessons[lesson].pages.len()).map(move |page| (lesson, page)))
        .collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (proved, to_hand_over) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(pages.len()) {
            let (pages, next, proved) = (&pages, &next, proved.clone());
            scope.spawn(move || {
                while let Some(&(lesson, page)) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let since = Instant::now();
                    let problems = prove::prove_one(&lessons[lesson], page);
                    let took = since.elapsed();
                    // Who listens stays until all have spoken.
                    let _ = proved.send(((lesson, page), Proved { problems, took }));
                }
            });
        }
        drop(proved);
        let mut waiting: BTreeMap<(usize, usize), Proved> = BTreeMap::new();
        for (lesson, of_lesson) in lessons.iter().enumerate() {
            while waiting.range((lesson, 0)..(lesson + 1, 0)).count() < of_lesson.pages.len() {
                // None: a thread has died of a fault of the program, which the scope hands on.
                let Ok((place, page)) = to_hand_over.recv() else {
                    return;
                };
                waiting.insert(place, page);
            }
            let later = waiting.split_off(&(lesson + 1, 0));
            let pages = std::mem::replace(&mut waiting, later);
            hand_over(lesson, pages.into_values().collect());
        }
    });
}

/// A line for a page: what it asks of who reads it, and how long it took to verify.
fn told_of_page(page: &survey::PageSurvey, took: Duration) -> String {
    let terms = match page.new_terms.is_empty() {
        true => "no new term".to_owned(),
        false => format!("new {}", page.new_terms.join(", ")),
    };
    format!(
        "    {:5.1} s  {:3} words, {:.1} min  {}  ({terms})",
        took.as_secs_f64(),
        page.words,
        page.minutes(),
        words::on_a_line(&page.title)
    )
}
