//! Reads one sheet of a workbook (.xlsx) as delimited text. Each row of the sheet is one line of the text, so that the line
//! numbers in messages are those of the sheet.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use super::{
    problem::{Problem, name},
    source::{QuoteRule, TableOptions},
};

/// The cells of a sheet that are not blank, by row and column from 0.
type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

/// The text of a sheet: the one that is declared, or the only one.
///
/// # Errors
/// The workbook or the sheet cannot be read, or it is not clear which sheet is meant.
pub(super) fn text(path: &str, bytes: &[u8], options: &TableOptions) -> Result<String, Problem> {
    if options.quote != QuoteRule::Double {
        let message = "a workbook has no quotation marks around fields";
        return Err(Problem::of(path, message).hint("take `table.quote` (--quote) out"));
    }
    let unreadable = |error: calamine::XlsxError| {
        Problem::of(path, format!("the workbook cannot be read: {error}"))
            .hint("is it complete, and without a password? Open it and save it again, or save the sheet as CSV (UTF-8)")
    };
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let sheet = sheet(path, &book.sheet_names(), options)?;
    let mut reader = book.worksheet_cells_reader(&sheet).map_err(unreadable)?;
    let mut cells = Cells::new();
    while let Some(cell) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let written = written(cell.get_value(), options.decimal_comma);
        if !written.trim().is_empty() {
            cells.entry(row).or_default().insert(column, written);
        }
    }
    Ok(delimited(&cells, options))
}

fn sheet(path: &str, sheets: &[String], options: &TableOptions) -> Result<String, Problem> {
    let found = || sheets.iter().map(|sheet| name(sheet)).collect::<Vec<String>>().join(", ");
    let remedy = || {
        let first = sheets.first().map_or("NAME", String::as_str);
        format!("name the one that is meant, such as `table: {{sheet: {first:?}}}` (--sheet {first:?})")
    };
    match (&options.sheet, sheets) {
        (Some(wanted), _) if sheets.contains(wanted) => Ok(wanted.clone()),
        (Some(wanted), _) => {
            let message = format!("no sheet {}; sheets found: {}", name(wanted), found());
            Err(Problem::of(path, message).hint(remedy()))
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => {
            let message = format!("the workbook has {} sheets: {}", sheets.len(), found());
            Err(Problem::of(path, message).hint(remedy()))
        }
    }
}

/// A cell as a table in a text file would have it.
fn written(value: &DataRef<'_>, decimal_comma: bool) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if decimal_comma => number.to_string().replace('.', ","),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => one_line(text),
        DataRef::SharedString(text) => one_line(text),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(time) => moment(*time),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Line breaks within a cell as `\r`, which readers of speech take for one and which no line is counted by.
fn one_line(text: &str) -> String {
    if text.contains('\n') { text.replace("\r\n", "\r").replace('\n', "\r") } else { text.to_owned() }
}

/// A date and time of day, or a time from a start where the number holds no day.
fn moment(time: ExcelDateTime) -> String {
    const MILLISECONDS_OF_A_DAY: f64 = 86_400_000.0;
    if time.is_duration() || (0.0..1.0).contains(&time.as_f64()) {
        #[expect(clippy::cast_possible_truncation, reason = "a duration of a sheet is far below 2^63 ms")]
        let total = (time.as_f64() * MILLISECONDS_OF_A_DAY).round() as i64;
        let (seconds, milliseconds) = (total / 1_000, total % 1_000);
        return format!("{}:{:02}:{:02}.{milliseconds:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milliseconds) = time.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// Rows as lines. Each is at least as long as the header, as programs leave out the blank cells at the end of a row.
fn delimited(cells: &Cells, options: &TableOptions) -> String {
    let header = match options.header_row {
        Some(line) => cells.get(&line.saturating_sub(1)),
        None => cells.values().next(),
    };
    let width = |row: Option<&BTreeMap<u32, String>>| {
        row.and_then(|row| row.keys().next_back()).map_or(0, |last| last + 1)
    };
    let (least, mut text, mut line) = (width(header), String::new(), 0);
    for (row, of_row) in cells {
        while line < *row {
            text.push('\n');
            line += 1;
        }
        for column in 0..least.max(width(Some(of_row))) {
            if column > 0 {
                text.push(options.delimiter);
            }
            let cell = of_row.get(&column).map_or("", String::as_str);
            if cell.contains([options.delimiter, '"', '\r']) {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(cell);
            }
        }
        text.push('\n');
        line += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;
    use crate::dataset::rows::{Contents, Rows};

    fn cells(rows: &[(u32, &[(u32, &str)])]) -> Cells {
        let row = |cells: &[(u32, &str)]| cells.iter().map(|(at, text)| (*at, (*text).to_owned())).collect();
        rows.iter().map(|(at, cells)| (*at, row(cells))).collect()
    }

    #[test]
    fn lines_are_the_rows_of_the_sheet() {
        let cells = cells(&[
            (1, &[(0, "id"), (1, "said"), (2, "score")]),
            (2, &[(0, "s1"), (1, "one, \"two\"\rthree"), (2, "4")]),
            (5, &[(0, "s2")]),
        ]);
        let options = TableOptions::default();
        let text = delimited(&cells, &options);
        assert_eq!(text, "\nid,said,score\ns1,\"one, \"\"two\"\"\rthree\",4\n\n\ns2,,\n");
        let mut rows = Rows::open("r.xlsx", &text, &options, Contents::Speech).expect("a header");
        let mut found = Vec::new();
        while let Some(Ok(row)) = rows.next() {
            found.push((row.line, row.field(1).to_owned()));
        }
        assert_eq!(found, [(3, "one, \"two\"\rthree".to_owned()), (6, String::new())]);
    }

    #[test]
    fn cells_are_written_as_tables_write_them() {
        let time = |value, kind| DataRef::DateTime(ExcelDateTime::new(value, kind, false));
        for (value, expected) in [
            (DataRef::Int(7), "7"),
            (DataRef::Float(402.0), "402"),
            (DataRef::Float(3.5), "3.5"),
            (DataRef::Bool(true), "true"),
            (DataRef::SharedString("a\r\nb"), "a\rb"),
            (DataRef::Empty, ""),
            (time(44_656.5, ExcelDateTimeType::DateTime), "2022-04-05T12:00:00.000Z"),
            (time(0.25, ExcelDateTimeType::DateTime), "6:00:00.000"),
            (time(1.5, ExcelDateTimeType::TimeDelta), "36:00:00.000"),
        ] {
            assert_eq!(written(&value, false), expected);
        }
        assert_eq!(written(&DataRef::Float(3.5), true), "3,5");
    }

    #[test]
    fn the_sheet_is_named_or_the_only_one() {
        let sheets = ["Read me".to_owned(), "Ratings".to_owned()];
        let of = |wanted: Option<&str>| TableOptions {
            sheet: wanted.map(str::to_owned),
            ..TableOptions::default()
        };
        assert_eq!(sheet("r.xlsx", &sheets[1..], &of(None)), Ok("Ratings".to_owned()));
        assert_eq!(sheet("r.xlsx", &sheets, &of(Some("Ratings"))), Ok("Ratings".to_owned()));
        let several = sheet("r.xlsx", &sheets, &of(None)).expect_err("two sheets");
        assert_eq!(several.message, "the workbook has 2 sheets: \"Read me\", \"Ratings\"");
        let absent = sheet("r.xlsx", &sheets, &of(Some("ratings"))).expect_err("another name");
        assert_eq!(absent.message, "no sheet \"ratings\"; sheets found: \"Read me\", \"Ratings\"");
        let broken = text("r.xlsx", b"PK\x03\x04", &of(None)).expect_err("no workbook");
        assert!(broken.message.contains("cannot be read"), "{}", broken.message);
    }
}
