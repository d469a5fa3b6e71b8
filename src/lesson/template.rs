//! A small complete lesson to begin from: the one that `lessons/README.md` shows.

use crate::platform::files;
use std::path::Path;

const GUIDE: &str = include_str!("../../lessons/README.md");
const LATCH: &str = include_str!("../../lessons/05-vanishing/latch.toml");

/// The lesson's text.
fn lesson() -> &'static str {
    let (_, after) = GUIDE.split_once("````markdown\n").unwrap_or_default();
    after.split_once("````").unwrap_or_default().0
}

/// Writes it into a folder, which is made if it is not there; nothing that is there is written over.
///
/// # Errors
/// Why it cannot be written, in words.
pub fn write_new(folder: &Path) -> Result<(), String> {
    let texts = [("lesson.md", lesson()), ("latch.toml", LATCH)];
    for (name, _) in texts {
        if files::is_there(&folder.join(name)) {
            return Err(format!(
                "found a {name} in it, expected a folder without one"
            ));
        }
    }
    files::create_folder(folder).map_err(|error| format!("cannot be made: {error}"))?;
    for (name, text) in texts {
        files::replace(&folder.join(name), text.as_bytes())
            .map_err(|error| format!("{name} cannot be written: {error}"))?;
    }
    Ok(())
}
