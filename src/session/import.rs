//! A CSV on its way to becoming an experiment: read beside the window, looked at, then opened.

use super::{Message, Session, Wake};
use crate::data::csv::{self, CsvError};
use crate::data::{CsvOptions, Table};
use crate::experiment::{Document, Location, Setting};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// What can be done with a CSV that is being looked at.
#[derive(Clone, Debug)]
pub enum ImportCommand {
    /// Read it again with another delimiter or header.
    Options(CsvOptions),
    /// Choose the column to forecast.
    Target(String),
    /// Choose the columns to forecast it from.
    Features(Vec<String>),
    /// Choose the column that says when; none for the row number.
    Time(Option<String>),
    /// Make it the experiment's data.
    Open,
    /// Leave it; what was open stays open.
    Cancel,
}

/// How far the reading is.
#[derive(Debug)]
pub enum ImportState {
    /// From 0 to 1.
    Reading(f32),
    /// It is no table.
    Failed(CsvError),
    /// It could not be read from the disk.
    Unreadable(String),
    /// There it is.
    Ready(Arc<Table>),
}

/// A CSV being looked at.
pub struct Import {
    /// The file.
    pub path: PathBuf,
    /// What the user said about it.
    pub options: CsvOptions,
    /// How far the reading is.
    pub state: ImportState,
    /// The column to forecast.
    pub target: Option<String>,
    /// The columns to forecast it from.
    pub features: Vec<String>,
    /// The column that says when.
    pub time: Option<String>,
    shared: Arc<Shared>,
    result: Receiver<ImportState>,
}

#[derive(Default)]
struct Shared {
    progress: AtomicU32,
    cancelled: AtomicBool,
}

impl Drop for Import {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Larger files are refused before they are read.
pub const MAX_BYTES: u64 = 2 << 30;

impl Import {
    pub(super) fn read(path: PathBuf, options: CsvOptions, wake: Wake) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, result) = channel();
        let thread = std::thread::Builder::new().name("import".into());
        let spawned = thread.spawn({
            let (path, shared) = (path.clone(), Arc::clone(&shared));
            move || {
                let state = read_file(&path).map_or_else(ImportState::Unreadable, |bytes| {
                    let table = csv::read(&bytes, &options, &|progress| {
                        shared.progress.store(progress.to_bits(), Ordering::Relaxed);
                        wake();
                        match shared.cancelled.load(Ordering::Relaxed) {
                            true => ControlFlow::Break(()),
                            false => ControlFlow::Continue(()),
                        }
                    });
                    table.map_or_else(ImportState::Failed, |table| {
                        ImportState::Ready(Arc::new(table))
                    })
                });
                // Nobody listens any more once the import was left.
                drop(sender.send(state));
                wake();
            }
        });
        let state = match spawned {
            Ok(_) => ImportState::Reading(0.0),
            Err(error) => ImportState::Unreadable(error.to_string()),
        };
        Self {
            path,
            options,
            state,
            target: None,
            features: Vec::new(),
            time: None,
            shared,
            result,
        }
    }

    /// Waits until the file is read, for callers that have no frames.
    pub fn settle(&mut self) {
        if let (ImportState::Reading(_), Ok(state)) = (&self.state, self.result.recv()) {
            self.finish(state);
        }
    }

    pub(super) fn poll(&mut self) -> bool {
        let ImportState::Reading(shown) = &mut self.state else {
            return false;
        };
        match self.result.try_recv() {
            Ok(state) => self.finish(state),
            Err(TryRecvError::Empty) => {
                *shown = f32::from_bits(self.shared.progress.load(Ordering::Relaxed));
            }
            Err(TryRecvError::Disconnected) => {
                self.state = ImportState::Unreadable(
                    "Reading stopped because of a fault in the program.".into(),
                );
            }
        }
        true
    }

    fn finish(&mut self, state: ImportState) {
        if let ImportState::Ready(table) = &state {
            // The same guesses as the text that will be written.
            let spec = crate::data::Roles::guess(table).spec(table);
            if let crate::data::Asked::Forecast {
                features, targets, ..
            } = spec.asked
            {
                self.target = targets.into_iter().next();
                self.features = features;
                self.time = spec.time;
            }
        }
        self.state = state;
    }

    /// The experiment's text for the choices made.
    fn text(&self, table: &Table) -> Result<String, Message> {
        let title = "This file cannot be opened yet";
        let problem = |line: &str| Message {
            title: title.into(),
            lines: vec![line.into()],
            setting: None,
        };
        let Some(target) = &self.target else {
            return Err(problem(
                "No column is chosen to forecast. Choose one that holds numbers.",
            ));
        };
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let text = Document::for_csv(&name, &self.options, table);
        let (mut document, _) =
            Document::parse(&text).map_err(|errors| super::of_errors(title, &errors))?;
        let mut settings = vec![
            ("data.target", Setting::Text(target.clone())),
            ("data.features", Setting::Texts(self.features.clone())),
            (
                "data.time",
                self.time.clone().map_or(Setting::Remove, Setting::Text),
            ),
        ];
        if let Some(delimiter) = self.options.delimiter {
            settings.push((
                "data.delimiter",
                Setting::Text(char::from(delimiter).to_string()),
            ));
        }
        if let Some(header) = self.options.header {
            settings.push(("data.header", Setting::Truth(header)));
        }
        for (path, value) in settings {
            document
                .set(path, value)
                .map_err(|errors| super::of_errors(title, &errors))?;
        }
        Ok(document.text().to_string())
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if size > MAX_BYTES {
        return Err(format!(
            "The file has {:.1} GB, expected at most 2 GB. Split it, or keep only the columns that are needed.",
            size as f64 / 1e9
        ));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

pub(super) fn apply(session: &mut Session, command: ImportCommand) {
    let Some(import) = &mut session.import else {
        return;
    };
    match command {
        ImportCommand::Options(options) => {
            let path = import.path.clone();
            session.import = Some(Import::read(path, options, Arc::clone(&session.wake)));
        }
        ImportCommand::Target(target) => {
            if import.features == import.target.iter().cloned().collect::<Vec<_>>() {
                import.features = vec![target.clone()];
            }
            import.target = Some(target);
        }
        ImportCommand::Features(features) => import.features = features,
        ImportCommand::Time(time) => import.time = time,
        ImportCommand::Cancel => session.import = None,
        ImportCommand::Open => {
            let ImportState::Ready(table) = &import.state else {
                return;
            };
            match import.text(table) {
                Ok(text) => {
                    let directory = import
                        .path
                        .parent()
                        .map(Path::to_path_buf)
                        .unwrap_or_default();
                    let name = import
                        .path
                        .file_stem()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned();
                    session.import = None;
                    session.open_text(&text, Location::Directory(directory), None, name);
                }
                Err(message) => session.message = Some(message),
            }
        }
    }
}
