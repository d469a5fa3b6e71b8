//! What kind of file it is, by how it begins: a text, JSON, an archive, or something that holds no table.

/// What a file is, as far as its first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, whatever is in it.
    Text,
    /// Probably JSON.
    Json,
    /// An archive that can be unpacked.
    Packed(Packed),
    /// Something else: what it is, as a phrase, and a sentence on how to get on.
    Other(&'static str, &'static str),
}

/// An archive that can be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packed {
    Gzip,
    Zip,
    Zstd,
}

const SAVE_SHEET: &str = "Open it in a spreadsheet and save the sheet as CSV.";
const UNPACK: &str = "Unpack it first.";
const WITH_PANDAS: &str = "Convert it to CSV, for example with pandas.";
const WITH_R: &str = "Load it in R and write the table with write.csv.";
const LOOK_FOR_CSV: &str = "Look for the data as CSV.";
const EXPORT: &str = "Export the table as CSV.";

/// How a compound file begins: old Office files, and new ones with a password.
pub(super) const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// What a compound file is, by what its parts are called, and how to get on.
pub(super) fn of_compound(bytes: &[u8]) -> (&'static str, &'static str) {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(bytes, &name).is_some()
    };
    if has("EncryptedPackage") {
        (
            "a workbook or another Office file with a password",
            "Open it with its password and save it without one, or save the sheet as CSV.",
        )
    } else if has("Workbook") || has("Book") {
        (
            "an old workbook of a spreadsheet (.xls)",
            "Open it in a spreadsheet and save it as .xlsx, or the sheet as CSV.",
        )
    } else {
        ("an old Office file", SAVE_SHEET)
    }
}

/// How files begin that are something else.
const OTHERS: [(&[u8], &str, &str); 38] = [
    (COMPOUND, "an old Office file", SAVE_SHEET),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xFD7zXZ", "an xz archive", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    (b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (b"\x04\x22\x4D\x18", "an LZ4 archive", UNPACK),
    (b"%PDF-", "a PDF", LOOK_FOR_CSV),
    (b"{\\rtf", "a text document", "Save it as plain text."),
    (b"PAR1", "a Parquet file", WITH_PANDAS),
    (b"ARROW1", "an Arrow file", WITH_PANDAS),
    (
        b"\xFF\xFF\xFF\xFF\x10\0\0\0",
        "an Arrow stream",
        WITH_PANDAS,
    ),
    (b"FEA1", "a Feather file", WITH_PANDAS),
    (b"ORC\x08", "an ORC file", WITH_PANDAS),
    (b"Obj\x01", "an Avro file", WITH_PANDAS),
    (b"\x89HDF\r\n\x1A\n", "an HDF5 or netCDF file", WITH_PANDAS),
    (
        b"CDF\x01",
        "a netCDF file",
        "Convert it to CSV, for example with xarray.",
    ),
    (
        b"CDF\x02",
        "a netCDF file",
        "Convert it to CSV, for example with xarray.",
    ),
    (
        b"GRIB",
        "a GRIB file",
        "Convert it to CSV, for example with xarray.",
    ),
    (
        b"\x93NUMPY",
        "a NumPy array",
        "Save it with numpy.savetxt and a comma as delimiter.",
    ),
    (
        b"\x80\x02}",
        "a Python pickle",
        "Load it in Python and write the table with to_csv.",
    ),
    (
        b"\x80\x03",
        "a Python pickle",
        "Load it in Python and write the table with to_csv.",
    ),
    (
        b"\x80\x04\x95",
        "a Python pickle",
        "Load it in Python and write the table with to_csv.",
    ),
    (
        b"\x80\x05\x95",
        "a Python pickle",
        "Load it in Python and write the table with to_csv.",
    ),
    (b"RDX2\n", "an R workspace", WITH_R),
    (b"RDX3\n", "an R workspace", WITH_R),
    (b"X\n\0\0\0", "an R object", WITH_R),
    (b"<stata_dta>", "a Stata file", WITH_PANDAS),
    (b"$FL2", "an SPSS file", WITH_PANDAS),
    (b"$FL3", "an SPSS file", WITH_PANDAS),
    (
        b"MATLAB 5.0 MAT-file",
        "a MATLAB file",
        "Write the table with writetable.",
    ),
    (b"SQLite format 3\0", "a database", EXPORT),
    (b"\0\x01\0\0Standard Jet DB", "a database", EXPORT),
    (b"\0\x01\0\0Standard ACE DB", "a database", EXPORT),
    (b"\x89PNG\r\n\x1A\n", "a picture", LOOK_FOR_CSV),
    (b"\xFF\xD8\xFF", "a picture", LOOK_FOR_CSV),
    (b"GIF8", "a picture", LOOK_FOR_CSV),
    (
        b"\x7FELF",
        "a program",
        "Check that the right file was chosen.",
    ),
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer",
        "It only says where the file is: fetch the file itself with “git lfs pull”, or download it from the page that shows it.",
    ),
];

/// How web pages begin, and what else is written in angle brackets.
const PAGES: [&str; 9] = [
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<script",
    "<meta",
    "<table",
    "<div",
    "<p>",
];

/// What a file is that begins with `head`.
pub(super) fn of(head: &[u8]) -> Kind {
    if let Some(packed) = packed(head) {
        return Kind::Packed(packed);
    }
    if let Some((_, what, hint)) = OTHERS.iter().find(|(begin, ..)| head.starts_with(begin)) {
        return Kind::Other(what, hint);
    }
    if is_zeros(head) {
        let what = match head.iter().all(|&byte| byte == 0) {
            true => "a file of zero bytes alone",
            false => "a file of hardly anything but zero bytes",
        };
        let hint = "It was never written to its end, or not fetched from where it is kept: look for another copy.";
        return Kind::Other(what, hint);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Kind::Other("a tar archive", UNPACK);
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = text.trim_ascii_start();
    if text.first() == Some(&b'<') {
        return in_angle_brackets(text);
    }
    if begins_json(text) {
        return Kind::Json;
    }
    // A safetensors file: the length of its header, then the header.
    if head.get(8..10) == Some(b"{\"") && head[5..8] == [0; 3] {
        let hint = "Use it with --weights; as data, a table is wanted.";
        return Kind::Other("a file of weights", hint);
    }
    match is_binary(head) {
        true => Kind::Other(
            "a file that is no text",
            "Check that the right file was chosen, or export the table as CSV.",
        ),
        false => Kind::Text,
    }
}

fn packed(head: &[u8]) -> Option<Packed> {
    if head.starts_with(b"\x1F\x8B") {
        Some(Packed::Gzip)
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(Packed::Zip)
    } else if head.starts_with(b"\x28\xB5\x2F\xFD") {
        Some(Packed::Zstd)
    } else {
        None
    }
}

/// A web page, XML, or a text that begins with “<NA>” or “<5”.
fn in_angle_brackets(text: &[u8]) -> Kind {
    const LOOKED_AT: usize = 1024;
    let head = &text[..text.len().min(LOOKED_AT)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    // A page may begin with a comment or as XML.
    let page = PAGES.iter().any(|begin| head.starts_with(begin))
        || ((head.starts_with("<!--") || head.starts_with("<?xml"))
            && (head.contains("<html") || head.contains("<!doctype html")));
    if page {
        return Kind::Other("a web page", "Download the file itself.");
    }
    match head.starts_with("<?xml") || head.starts_with("<!doctype") {
        true => Kind::Other("an XML file", "Look for the data as CSV or JSON."),
        false => Kind::Text,
    }
}

/// Whether it begins as an object or a list does; a section in brackets or a set in braces does not.
fn begins_json(text: &[u8]) -> bool {
    let Some((&first, rest)) = text.split_first() else {
        return false;
    };
    let next = rest.trim_ascii_start().first();
    match first {
        b'{' => matches!(next, Some(b'"' | b'}')),
        b'[' => matches!(next, Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b']')),
        _ => false,
    }
}

/// Whether it begins with zero bytes and has hardly anything else: as where disk space was taken and nothing written there. A
/// text that was cut off begins as a text, and one in UTF-32 has something in every fourth byte.
fn is_zeros(head: &[u8]) -> bool {
    const FIRST: usize = 16;
    let first = &head[..head.len().min(FIRST)];
    let others = head.len() - memchr::memchr_iter(0, head).count();
    !head.is_empty() && first.iter().all(|&byte| byte == 0) && 10 * others < head.len()
}

/// Whether so many of the bytes are control characters that no text has them. Zero bytes are none here: UTF-16 has them, and
/// so have files that were cut off.
fn is_binary(head: &[u8]) -> bool {
    const LOOKED_AT: usize = 4096;
    let head = &head[..head.len().min(LOOKED_AT)];
    let zeros = memchr::memchr_iter(0, head).count();
    // In UTF-16 every other byte of Greek and Cyrillic is a small number.
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") || 10 * zeros > head.len() {
        return false;
    }
    let is_control = |byte: &&u8| matches!(byte, 1..=8 | 14..=25 | 28..=31 | 127);
    let controls = head.iter().filter(is_control).count();
    // Of bytes without any order a tenth are control characters, and half are beyond ASCII: together they are no text either.
    let beyond = head.iter().filter(|byte| !byte.is_ascii()).count();
    10 * controls > head.len() || (20 * controls > head.len() && 4 * beyond > head.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_pages_and_xml_are_told_from_texts() {
        for page in [
            "<!DOCTYPE html>\n<html>",
            "\u{feff}\n <HTML lang=en>",
            "<!-- saved -->\n<html>",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html>",
            "<head><title>Sign in</title>",
            "<table><tr><td>1</td></tr></table>",
        ] {
            assert_eq!(
                of(page.as_bytes()),
                Kind::Other("a web page", "Download the file itself."),
                "{page}"
            );
        }
        let xml = of(b"<?xml version=\"1.0\"?><rows><row/></rows>");
        assert!(matches!(xml, Kind::Other("an XML file", _)));
        for text in ["<NA>,1\n", "<5;2\n", "<0.1 mg,x\n"] {
            assert_eq!(of(text.as_bytes()), Kind::Text, "{text}");
        }
    }

    #[test]
    fn other_files_are_named() {
        for (bytes, expected) in [
            (
                &b"version https://git-lfs.github.com/spec/v1\noid"[..],
                "a Git LFS pointer",
            ),
            (b"%PDF-1.7", "a PDF"),
            (b"PAR1\x15\x04", "a Parquet file"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Office file"),
            (b"\x89HDF\r\n\x1A\n", "an HDF5 or netCDF file"),
            (b"\x93NUMPY\x01", "a NumPy array"),
            (&[0; 5000], "a file of zero bytes alone"),
            (
                &[&[0; 900][..], b"1,2\n"].concat(),
                "a file of hardly anything but zero bytes",
            ),
            (b"\x01\x02\x03\x04abc", "a file that is no text"),
            (b"\x40\x01\0\0\0\0\0\0{\"a\":", "a file of weights"),
        ] {
            assert!(
                matches!(of(bytes), Kind::Other(what, _) if what == expected),
                "{expected}"
            );
        }
    }

    #[test]
    fn bytes_without_any_order_are_no_text() {
        let is_text = |bytes: &[u8]| of(bytes) == Kind::Text;
        // The numbers of Marsaglia's xorshift, whose higher bits are as good as thrown dice.
        let mut state = 2_463_534_242_u32;
        let random = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        });
        let random: Vec<u8> = [b'x'].into_iter().chain(random).take(4096).collect();
        assert!(!is_text(&random));
        // One in 16 is a control character, half of the others are beyond ASCII.
        let some: Vec<u8> = (0..4096_usize)
            .map(|at| match at % 16 {
                1 => 3,
                at if at % 2 == 1 => 0xE9,
                _ => b'a',
            })
            .collect();
        assert!(!is_text(&some));
        // Signs between fields that are control characters, in a text of another language.
        let signs = "Дата\u{1f}Температура\u{1f}Осадки и ветер\n".repeat(90);
        assert!(is_text(signs.as_bytes()));
    }

    #[test]
    fn json_is_told_from_sections_and_sets() {
        for text in ["{\"a\":1}", " [ {\"a\": 1}]", "[[1,2]]", "[1, 2]", "{}"] {
            assert_eq!(of(text.as_bytes()), Kind::Json, "{text}");
        }
        for text in ["[Header]\na,b\n", "{a, b}", "a,b\n1,2\n", "{1}"] {
            assert_eq!(of(text.as_bytes()), Kind::Text, "{text}");
        }
    }
}
