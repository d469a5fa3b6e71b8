//! `history.csv`.

use crate::nn::Stop;
use crate::train::History;
use std::io::{self, Write};

/// So many rows are written between two looks at whether to go on.
const BETWEEN: usize = 1 << 13;

/// A row per update. Numbers are written shortest, so that reading them gives the same bits. Where the test loss is over some
/// of the test sequences only, two more columns say over how many, and of how many.
///
/// # Errors
/// What `file` says; [`io::ErrorKind::Interrupted`] once `stop` is asked to.
pub(super) fn write(history: &History, stop: &Stop, file: &mut dyn Write) -> io::Result<()> {
    let header = "update,train_loss,test_loss,gradient_norm_before,gradient_norm_after,clipped,learning_rate";
    let watched = history.watched;
    let [more, over] = if watched.is_whole() {
        [String::new(), String::new()]
    } else {
        [
            ",test_sequences_watched,test_sequences".to_owned(),
            format!(",{},{}", watched.sequences, watched.of),
        ]
    };
    writeln!(file, "{header}{more}")?;
    for (index, row) in history.rows().enumerate() {
        if index % BETWEEN == 0 && stop.is_asked() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let test_loss = row
            .test_loss
            .map_or_else(String::new, |loss| format!("{loss:?}"));
        writeln!(
            file,
            "{},{:?},{test_loss},{:?},{:?},{},{:?}{over}",
            row.update,
            row.train_loss,
            row.norm_before,
            row.norm_after,
            row.clipped,
            row.learning_rate
        )?;
    }
    Ok(())
}

/// The same as a text.
pub fn history_csv(history: &History) -> String {
    let mut text = Vec::new();
    // Writing into memory fails by nothing, and nobody asks to stop.
    let written = write(history, &Stop::default(), &mut text);
    assert!(written.is_ok());
    String::from_utf8(text).unwrap_or_default()
}
