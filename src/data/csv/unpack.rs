//! An archive → the one file in it: gzip, zip and zstd.
//!
//! A small archive may hold more than any memory: what comes out is limited before it is there. Of a zip archive the list at
//! its end counts (PKWARE, APPNOTE 6.3.10, 4.3.12 and 4.3.16), as programs write it that add and delete.

use std::io::Read;

use super::kind::Packed;
use super::{CsvError, Progress};
use crate::words::{counted, mebibytes, shortened};

/// The most bytes that are unpacked: 2 GiB; less where there is less memory.
pub const MAX_UNPACKED: u64 = 1 << 31;

/// What was in an archive.
pub(super) struct Unpacked {
    pub bytes: Vec<u8>,
    /// How to tell it: “a gzip archive”, “a.csv in a zip archive”.
    pub from: String,
}

/// Unpacks an archive if `room` bytes are enough for what is in it.
pub(super) fn unpack(
    archive: &[u8],
    packed: Packed,
    room: u64,
    progress: Progress,
) -> Result<Unpacked, CsvError> {
    let room = room.min(MAX_UNPACKED);
    match packed {
        Packed::Gzip => {
            let decoder = flate2::read::MultiGzDecoder::new(archive);
            let bytes = all_of(decoder, 0, "a gzip archive", room, progress)?;
            Ok(Unpacked {
                bytes,
                from: "a gzip archive".to_owned(),
            })
        }
        Packed::Zstd => {
            let bytes = frames(archive, room, progress)?;
            Ok(Unpacked {
                bytes,
                from: "a zstd archive".to_owned(),
            })
        }
        Packed::Zip => zip(archive, room, progress),
    }
}

fn damaged(what: &'static str) -> CsvError {
    let hint = "Download it again, or unpack it with another program.";
    CsvError::NoText { what, hint }
}

/// What to call a damaged zip archive, or what is one.
fn zip_damaged(what: &str) -> &'static str {
    match what {
        "a workbook" => "a workbook that is damaged or cut off",
        _ => "a zip archive that is damaged or cut off",
    }
}

/// All that comes out of `source`, about `expected` bytes.
fn all_of(
    mut source: impl Read,
    expected: u64,
    what: &'static str,
    room: u64,
    progress: Progress,
) -> Result<Vec<u8>, CsvError> {
    const PIECE: u64 = 1 << 20;
    let too_large = || CsvError::Unpacked {
        what,
        room: mebibytes(room),
    };
    if expected > room {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        // How much it will be is not known: the share creeps.
        let share = bytes.len() as f32 / (bytes.len() as f32 + (8 * PIECE) as f32);
        if progress(share).is_break() {
            return Err(CsvError::Cancelled);
        }
        let read = source.by_ref().take(PIECE).read_to_end(&mut bytes);
        match read {
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() as u64 > room => return Err(too_large()),
            Ok(_) => {}
            Err(_) => {
                return Err(damaged(match what {
                    "a gzip archive" => "a gzip archive that is damaged or cut off",
                    "a zstd archive" => "a zstd archive that is damaged or cut off",
                    zip => zip_damaged(zip),
                }));
            }
        }
    }
}

/// All frames of a zstd archive.
fn frames(mut archive: &[u8], room: u64, progress: Progress) -> Result<Vec<u8>, CsvError> {
    const WHAT: &str = "a zstd archive";
    let mut bytes = Vec::new();
    while !archive.is_empty() {
        // Frames to be skipped, such as those with an index: 0x184D2A50 to 0x184D2A5F, then a length.
        if let [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, rest @ ..] = archive {
            let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            archive = rest.get(length..).unwrap_or_default();
            continue;
        }
        let decoder = ruzstd::decoding::StreamingDecoder::new(&mut archive);
        let Ok(decoder) = decoder else {
            return Err(damaged("a zstd archive that is damaged or cut off"));
        };
        let left = room - bytes.len() as u64;
        bytes.append(&mut all_of(decoder, 0, WHAT, left, progress)?);
    }
    Ok(bytes)
}

/// A file in a zip archive.
struct Entry<'a> {
    name: String,
    method: u16,
    encrypted: bool,
    /// How long it is, packed and unpacked.
    packed: u64,
    len: u64,
    crc: u32,
    /// What begins with the file's own header.
    from: &'a [u8],
}

fn two(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*two))
}

fn four(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

/// The files that the list at the end of the archive names.
fn entries(archive: &[u8]) -> Option<Vec<Entry<'_>>> {
    const END: &[u8] = b"PK\x05\x06";
    /// Its own length, and the longest comment behind it.
    const FARTHEST: usize = 22 + (1 << 16);
    let tail = archive.len().saturating_sub(FARTHEST);
    let end = tail + memchr::memmem::rfind(&archive[tail..], END)?;
    let count = usize::from(two(archive, end + 10)?);
    let mut at = four(archive, end + 16)? as usize;
    let mut entries = Vec::new();
    for _ in 0..count {
        if archive.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32].map(|field| two(archive, at + field));
        let name_len = usize::from(name?);
        let name = archive.get(at + 46..at + 46 + name_len)?;
        entries.push(Entry {
            name: String::from_utf8_lossy(name).into_owned(),
            method: two(archive, at + 10)?,
            encrypted: two(archive, at + 8)? & 1 != 0,
            packed: four(archive, at + 20)?.into(),
            len: four(archive, at + 24)?.into(),
            crc: four(archive, at + 16)?,
            from: archive.get(four(archive, at + 42)? as usize..)?,
        });
        at += 46 + name_len + usize::from(extra?) + usize::from(comment?);
    }
    Some(entries)
}

impl Entry<'_> {
    /// Its name without the folders.
    fn base(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// What the system that packed it left there is nobody's data.
    fn is_file(&self) -> bool {
        let base = self.base();
        !base.is_empty() && !base.starts_with('.') && !self.name.starts_with("__MACOSX/")
    }

    fn has_ending(&self, endings: &[&str]) -> bool {
        let base = self.base().to_ascii_lowercase();
        endings.iter().any(|ending| base.ends_with(ending))
    }

    /// What it was before it was packed, if that is no more than `room`.
    fn unpacked(
        &self,
        what: &'static str,
        room: u64,
        progress: Progress,
    ) -> Result<Vec<u8>, CsvError> {
        if self.encrypted {
            let hint = "Unpack it with its password first.";
            return Err(CsvError::NoText {
                what: "a zip archive with a password",
                hint,
            });
        }
        let broken = || damaged(zip_damaged(what));
        let packed = self.bytes().ok_or_else(broken)?;
        let bytes = match self.method {
            0 => all_of(packed, self.len, what, room, progress)?,
            8 => {
                let source = flate2::read::DeflateDecoder::new(packed);
                all_of(source, self.len, what, room, progress)?
            }
            _ => {
                let what = "a zip archive packed in an unusual way";
                return Err(CsvError::NoText {
                    what,
                    hint: "Unpack it first.",
                });
            }
        };
        let mut crc = flate2::Crc::new();
        crc.update(&bytes);
        match crc.sum() == self.crc {
            true => Ok(bytes),
            false => Err(broken()),
        }
    }

    /// The bytes as they are in the archive.
    fn bytes(&self) -> Option<&[u8]> {
        if !self.from.starts_with(b"PK\x03\x04") {
            return None;
        }
        let start = 30 + usize::from(two(self.from, 26)?) + usize::from(two(self.from, 28)?);
        let end = start.checked_add(usize::try_from(self.packed).ok()?)?;
        self.from.get(start..end)
    }
}

/// A zip archive, by the list of its files.
pub(super) struct Archive<'a>(Vec<Entry<'a>>);

impl<'a> Archive<'a> {
    /// The archive; `None` if its list cannot be read.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        entries(bytes).map(Self)
    }

    /// The file called so, in whichever letters: programs do not agree about them.
    fn find(&self, name: &str) -> Option<&Entry<'a>> {
        let is = |entry: &&Entry| {
            entry.name.len() == name.len()
                && entry.name.replace('\\', "/").eq_ignore_ascii_case(name)
        };
        self.0.iter().find(is)
    }

    /// How many bytes all files have as they are packed.
    pub fn packed(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |all, entry| all.saturating_add(entry.packed))
    }

    /// Whether there is a file called so.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The bytes of the file called so, of what is called `what`, if they are no more than `room`; `None` if there is none.
    pub fn part(
        &self,
        name: &str,
        what: &'static str,
        room: u64,
        progress: Progress,
    ) -> Result<Option<Vec<u8>>, CsvError> {
        let entry = self.find(name);
        entry
            .map(|entry| entry.unpacked(what, room, progress))
            .transpose()
    }
}

/// The one table of a zip archive.
fn zip(archive: &[u8], room: u64, progress: Progress) -> Result<Unpacked, CsvError> {
    const TABLES: [&str; 10] = [
        ".csv", ".tsv", ".tab", ".dat", ".data", ".asc", ".json", ".jsonl", ".ndjson", ".txt",
    ];
    let Some(entries) = entries(archive) else {
        return Err(CsvError::NoText {
            what: "a workbook or another ZIP archive that is damaged or cut off",
            hint: "Open it in a spreadsheet and save the sheet as CSV, or download it again.",
        });
    };
    if let Some((what, hint)) = document(&entries) {
        return Err(CsvError::NoText { what, hint });
    }
    let files: Vec<&Entry> = entries.iter().filter(|entry| entry.is_file()).collect();
    // Beside a table there may be what explains it.
    let ending_in = |endings: &[&str]| -> Vec<&Entry> {
        let all = files.iter().copied();
        all.filter(|entry| entry.has_ending(endings)).collect()
    };
    let chosen = match &files[..] {
        [only] => Some(*only),
        _ => match (&ending_in(&TABLES[..2])[..], &ending_in(&TABLES)[..]) {
            ([only], _) | ([], [only]) => Some(*only),
            _ => None,
        },
    };
    let Some(entry) = chosen else {
        const SHOWN: usize = 3;
        let mut names: Vec<String> = files
            .iter()
            .take(SHOWN)
            .map(|file| shortened(file.base()))
            .collect();
        if files.len() > SHOWN {
            names.push("…".to_owned());
        }
        let names = match names.is_empty() {
            true => String::new(),
            false => format!(" ({})", names.join(", ")),
        };
        return Err(CsvError::SeveralFiles {
            found: format!("{}{names}", counted(files.len(), "file")),
        });
    };
    let bytes = entry.unpacked("a zip archive", room, progress)?;
    Ok(Unpacked {
        bytes,
        from: format!(
            "a zip archive, of which it is “{}”",
            shortened(entry.base())
        ),
    })
}

/// What a zip archive is that is a document: what to call it, and how to get on.
fn document(entries: &[Entry]) -> Option<(&'static str, &'static str)> {
    const SAVE_SHEET: &str = "Open it in a spreadsheet and save the sheet as CSV.";
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    if has("xl/workbook.bin") {
        Some((
            "a binary workbook of a spreadsheet (.xlsb)",
            "Open it in a spreadsheet and save it as .xlsx, or the sheet as CSV.",
        ))
    } else if has("mimetype") && has("content.xml") {
        Some(("a document of an office program", SAVE_SHEET))
    } else if has("Index/Document.iwa") {
        Some(("a workbook of a spreadsheet", SAVE_SHEET))
    } else if has("word/document.xml") {
        Some((
            "a text document",
            "Save its table as CSV with a spreadsheet.",
        ))
    } else if entries.iter().any(|entry| entry.name.ends_with("data.pkl")) {
        Some((
            "a file of weights",
            "Use it with --weights; as data, a table is wanted.",
        ))
    } else if entries.iter().any(|entry| entry.has_ending(&[".npy"])) {
        Some((
            "NumPy arrays",
            "Save one with numpy.savetxt and a comma as delimiter.",
        ))
    } else {
        None
    }
}
