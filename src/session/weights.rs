//! A file of weights opened where an experiment or a table was expected: it is held against the network on show, in the words of
//! `rnnscope run --weights`. If it fits, the text names it from now on (`model.weights`) and the run begins from it; otherwise
//! nothing of what is open changes.

use super::{Message, Session};
use crate::experiment::{Precision, Setting};
use crate::nn::ParameterEntry;
use crate::nn::state_dict::{Limits, Report, Wish, load, read};
use crate::platform::background::{Background, Fault};
use crate::platform::files;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long is waited for a file that may be read at once: half a frame.
const AT_ONCE: Duration = Duration::from_millis(8);

/// How the names of files of weights end; those of PyTorch's own are told with the way out.
const ENDINGS: [&str; 4] = ["safetensors", "pt", "pth", "ckpt"];

/// What came of a file: what became of its tensors, or why it cannot be read, lines.
pub(super) type Held = Result<Report, Vec<String>>;

/// A file of weights being looked at.
pub(super) struct Fitting {
    path: PathBuf,
    reading: Background<Held>,
}

/// Whether a file is called as files of weights are.
pub(super) fn is_called_weights(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

pub(super) fn held(path: &Path, entries: Option<&[ParameterEntry]>, precision: Precision) -> Held {
    let limits = Limits::default();
    let bytes = files::read(path, limits.file_bytes() as u64, Limits::TOO_LONG)
        .map_err(|error| vec![error.in_short()])?;
    let tensors = read(&bytes, limits).map_err(|error| {
        error
            .to_string()
            .lines()
            .map(String::from)
            .collect::<Vec<_>>()
    })?;
    let Some(entries) = entries else {
        let hint = "Found weights, expected an experiment or a table. Open the experiment of their network first.";
        return Err(vec![hint.into()]);
    };
    let count = entries.last().map_or(0, |entry| entry.range.end);
    let wish = Wish::default();
    // Tried on parameters of their own.
    Ok(match precision {
        Precision::F32 => load(&mut vec![0f32; count], entries, &tensors, &wish),
        Precision::F64 => load(&mut vec![0f64; count], entries, &tensors, &wish),
    })
}

impl Session {
    /// Begins to hold a file of weights against the network on show.
    pub(super) fn hold(&mut self, path: PathBuf) {
        let entries = self
            .snapshot()
            .map(|snapshot| snapshot.model.network().entries());
        let precision = self.experiment().training.precision;
        let from = path.clone();
        let reading = Background::spawn("weights", &self.wake, move |_| {
            held(&from, entries.as_deref(), precision)
        });
        match reading {
            Ok(reading) => {
                let done = reading.take_within(AT_ONCE);
                self.fitting = Some(Fitting { path, reading });
                if let Some(done) = done {
                    self.tell_of_weights(told(done));
                }
            }
            Err(fault) => {
                self.message = Some(Message {
                    title: unreadable(&path),
                    lines: vec![in_words(&fault)],
                    setting: None,
                });
            }
        }
    }

    /// Picks up what came of the file of weights; true if there is something to see.
    pub(super) fn poll_weights(&mut self) -> bool {
        let done = self
            .fitting
            .as_ref()
            .and_then(|fitting| fitting.reading.take());
        done.map(|done| self.tell_of_weights(told(done))).is_some()
    }

    /// Waits until the file of weights has been looked at, for callers that have no frames.
    pub(super) fn settle_weights(&mut self) {
        let done = self.fitting.as_ref().map(|fitting| fitting.reading.wait());
        if let Some(done) = done {
            self.tell_of_weights(told(done));
        }
    }

    fn tell_of_weights(&mut self, held: Held) {
        let Some(Fitting { path, .. }) = self.fitting.take() else {
            return;
        };
        let (title, lines) = match held {
            Ok(report) if report.loaded => {
                let Some(file) = path.to_str() else {
                    let lines = vec![
                        "Found a name that is no UTF-8, which no text can say. Rename the file."
                            .into(),
                    ];
                    self.message = Some(Message {
                        title: unreadable(&path),
                        lines,
                        setting: None,
                    });
                    return;
                };
                let file = Setting::Text(file.to_owned());
                self.set("model.weights", Setting::table([("file", file)]));
                return;
            }
            Ok(report) => {
                let title = format!("The weights in {} do not fit this network", called(&path));
                (title, paragraphs(&report.to_string()))
            }
            Err(lines) => (unreadable(&path), lines),
        };
        self.message = Some(Message {
            title,
            lines,
            setting: None,
        });
    }
}

/// A report in paragraphs: what it comes to and what to try first, then the tensors one by one, the first few of each sort.
fn paragraphs(report: &str) -> Vec<String> {
    const MOST: usize = 6;
    let mut paragraphs: Vec<Vec<&str>> = Vec::new();
    for line in report.lines() {
        match paragraphs.last_mut() {
            Some(paragraph) if line.starts_with("  ") => paragraph.push(line),
            _ => paragraphs.push(vec![line]),
        }
    }
    let (lists, sentences): (Vec<_>, Vec<_>) = paragraphs
        .into_iter()
        .partition(|paragraph| paragraph.len() > 1);
    let lists = lists.into_iter().map(|list| {
        let more = list.len().saturating_sub(MOST);
        let kept = list[..list.len() - more].join("\n");
        if more > 0 { kept + "\n  …" } else { kept }
    });
    let sentences = sentences.into_iter().map(|sentence| sentence.concat());
    sentences.chain(lists).collect()
}

fn told(done: Result<Held, Fault>) -> Held {
    done.unwrap_or_else(|fault| Err(vec![in_words(&fault)]))
}

fn in_words(fault: &Fault) -> String {
    format!("It stopped because of a fault in the program: {}", fault.0)
}

fn unreadable(path: &Path) -> String {
    format!("{} cannot be opened", called(path))
}

/// The file's own name.
fn called(path: &Path) -> String {
    files::shown(Path::new(path.file_name().unwrap_or(path.as_os_str())))
}
