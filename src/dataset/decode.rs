//! From the bytes of a file to its text: UTF-8, UTF-16 with its mark, or a sheet of a workbook. What is another kind of
//! file is named for what it is by its first bytes.

use super::{problem::Problem, source::TableOptions, workbook};

/// The text of a file. `path` is as shown to people. Where a table is expected, a workbook is one.
///
/// # Errors
/// The file is no text; the problem says what it is and what to do.
pub fn text(path: &str, bytes: Vec<u8>, table: Option<&TableOptions>) -> Result<String, Problem> {
    let kind = other_kind(&bytes);
    if let Some(table) = table {
        if kind.is_some_and(|(kind, _)| kind == WORKBOOK) {
            return workbook::text(path, &bytes, table);
        }
        if table.sheet.is_some() {
            return Err(Problem::of(path, "a sheet is named, and this is no workbook (.xlsx)")
                .hint("take `table.sheet` (--sheet) out"));
        }
    }
    if let Some((kind, advice)) = kind {
        return Err(Problem::of(path, format!("this is {kind}, not text")).hint(advice));
    }
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(path, rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(path, rest, u16::from_be_bytes)?,
        _ => utf8(path, bytes)?,
    };
    // Lines of old spreadsheets for the Mac end with a carriage return alone.
    Ok(if text.contains('\r') && !text.contains('\n') { text.replace('\r', "\n") } else { text })
}

const WORKBOOK: &str = "an Excel workbook (.xlsx)";
const TABLE: &str = "save the table as CSV (UTF-8) and name that file";
const WORDS: &str = "save it as plain text (UTF-8) and name that file";
const UNPACK: &str = "unpack it and name the file inside";

/// What a file is whose first bytes are known, and what to do.
fn other_kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let kinds: [(&[u8], &str, &str); 16] = [
        (b"%PDF", "a PDF document", WORDS),
        (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)", TABLE),
        (b"{\\rtf", "a rich text document (RTF)", WORDS),
        (b"\x1f\x8b", "a gzip archive", UNPACK),
        (b"7z\xbc\xaf", "a 7z archive", UNPACK),
        (b"Rar!", "a RAR archive", UNPACK),
        (b"BZh", "a bzip2 archive", UNPACK),
        (b"\xfd7zXZ", "an xz archive", UNPACK),
        (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
        (b"PAR1", "a Parquet file", TABLE),
        (b"SQLite format 3", "an SQLite database", TABLE),
        (b"$FL", "an SPSS file (.sav)", TABLE),
        (b"<stata_dta>", "a Stata file (.dta)", TABLE),
        (b"\x89PNG", "a picture (PNG)", WORDS),
        (b"\xff\xd8\xff", "a picture (JPEG)", WORDS),
        (b"RIFF", "a sound or video file", "transcribe it first"),
    ];
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(packed(bytes));
    }
    if let Some((_, kind, advice)) = kinds.into_iter().find(|(first, ..)| bytes.starts_with(first)) {
        return Some((kind, advice));
    }
    let start = bytes.trim_ascii_start();
    let start = String::from_utf8_lossy(&start[..start.len().min(15)]).to_lowercase();
    let page = start.starts_with("<!doctype html") || start.starts_with("<html");
    page.then_some((
        "a web page (HTML)",
        "was the download a login page? Save the data itself and name that file",
    ))
}

/// What a ZIP archive holds, by the names in it.
fn packed(bytes: &[u8]) -> (&'static str, &'static str) {
    const LOOKED_AT: usize = 1 << 20;
    let names = &bytes[..bytes.len().min(LOOKED_AT)];
    let holds = |name: &[u8]| names.windows(name.len()).any(|window| window == name);
    if holds(b"xl/w") || holds(b"xl/_rels") {
        return (WORKBOOK, TABLE);
    }
    if holds(b"word/") {
        return ("a Word document (.docx)", WORDS);
    }
    if holds(b"opendocument.spreadsheet") {
        return ("an OpenDocument spreadsheet (.ods)", TABLE);
    }
    if holds(b"opendocument.text") {
        return ("an OpenDocument text (.odt)", WORDS);
    }
    ("a ZIP archive", UNPACK)
}

fn utf16(path: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    for character in char::decode_utf16(units) {
        let Ok(character) = character else {
            let line = text.split('\n').count();
            return Err(Problem::at(path, line, "the file begins like UTF-16, and this line is not")
                .hint("save the file again as UTF-8"));
        };
        text.push(character);
    }
    if bytes.len() % 2 == 1 {
        return Err(Problem::of(path, "the file begins like UTF-16 and ends within a character")
            .hint("is it complete? Save it again as UTF-8"));
    }
    Ok(text)
}

fn utf8(path: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    const LOOKED_AT: usize = 2_000;
    let start = &bytes[..bytes.len().min(LOOKED_AT)];
    if start.len() > 3 && start.split(|byte| *byte == 0).count() * 3 > start.len() {
        return Err(Problem::of(path, "every second byte is zero: UTF-16 without the mark that says so")
            .hint("save the file again as UTF-8"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let upto = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..upto].split(|byte| *byte == b'\n').count();
        let message = format!("not UTF-8 text (byte 0x{:02X})", error.as_bytes()[upto]);
        Problem::at(path, line, message).hint(
            "convert the file to UTF-8; if it comes from Windows: `iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        let problem = text("f", bytes.to_vec(), None).expect_err("no text");
        format!("{problem}; {}", problem.hint.clone().unwrap_or_default())
    }

    #[test]
    fn text_is_read_in_the_encodings_that_say_what_they_are() {
        let little: Vec<u8> = "\u{feff}a,ü\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}a,ü\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big, "a,ü\n".into(), "a,ü\r".into()] {
            assert_eq!(text("f", bytes, None), Ok("a,ü\n".to_owned()));
        }
        assert_eq!(text("f", b"a\rb\r\nc".to_vec(), None), Ok("a\rb\r\nc".to_owned()));
    }

    #[test]
    fn another_kind_of_file_is_named() {
        for (bytes, said) in [
            (&b"PK\x03\x04..[Content_Types].xml..xl/workbook.xml"[..], "Excel workbook"),
            (b"PK\x03\x04..word/document.xml", "Word document"),
            (b"PK\x03\x04..data.csv", "ZIP archive"),
            (b"%PDF-1.7", "PDF"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
            (b"\x1f\x8b\x08", "gzip"),
            (b" <!DOCTYPE html><html>", "web page"),
            (b"a\x00,\x00b\x00\n\x00", "UTF-16 without"),
            (b"\xff\xfea", "within a character"),
            (b"a,b\nM\xfcller,1\n", "f:2: not UTF-8 text (byte 0xFC)"),
        ] {
            let message = refused(bytes);
            assert!(message.contains(said), "{message}");
        }
    }
}
