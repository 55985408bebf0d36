//! What files of sessions and ratings seem to hold. Only `init` asks: it writes what is guessed here into an experiment, for
//! a person to read and correct. No other reader guesses.

use std::collections::BTreeMap;

use super::{
    problem::{Problem, name},
    rows::{Contents, Rows},
    source::{QuoteRule, TableOptions},
};

pub mod ratings;
pub mod sessions;

/// A table in memory, without the rows that are not as long as its header.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sample {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sample {
    /// The column that has the first of these names, compared by letters and digits only.
    fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|column| normal(column) == *name))
    }

    /// What stands in a column, blank cells left out.
    fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row[column].trim()).filter(|value| !value.is_empty())
    }

    /// Different values of a column with their numbers, the most frequent first.
    fn counted(&self, column: usize) -> Vec<(String, usize)> {
        counted(self.values(column))
    }
}

fn counted<'v>(values: impl Iterator<Item = &'v str>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counted: Vec<(String, usize)> = counts.into_iter().map(|(v, n)| (v.to_owned(), n)).collect();
    counted.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    counted
}

/// Values with their numbers for a message, the first few.
fn listed(values: &[(String, usize)]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> =
        values.iter().take(SHOWN).map(|(value, number)| format!("{} {number}", name(value))).collect();
    let more = match values.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// A name by its letters and digits, in lower case.
fn normal(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Reads a table of unknown delimiter, quoting and header.
fn sample(path: &str, text: &str, sheet: Option<&str>) -> Result<(TableOptions, Sample), Problem> {
    let mut options = dialect(text);
    options.sheet = sheet.map(str::to_owned);
    let quotes = [QuoteRule::Double, QuoteRule::None, QuoteRule::Backslash];
    let fits = |quote: &QuoteRule| {
        let options = TableOptions { quote: *quote, ..options.clone() };
        Rows::open(path, text, &options, Contents::Names).is_ok()
    };
    options.quote = quotes.into_iter().find(fits).unwrap_or_default();
    let mut rows = Rows::open(path, text, &options, Contents::Names)?;
    let mut sample = Sample { header: rows.header.clone(), rows: Vec::new() };
    while let Some(row) = rows.next() {
        if let Ok(row) = row {
            sample.rows.push((0..sample.header.len()).map(|column| row.id(column).to_owned()).collect());
        }
    }
    // The rows that a survey program puts below the header.
    let described = |row: &Vec<String>| row.iter().any(|field| field.starts_with("{\"ImportId\""));
    if let Some(at) = sample.rows.iter().take(2).position(described) {
        sample.rows.drain(..=at);
        options.skip_rows = u32::try_from(at + 1).unwrap_or_default();
    }
    Ok((options, sample))
}

/// The delimiter that cuts most of the first lines into the same number of fields, and the line these begin on.
fn dialect(text: &str) -> TableOptions {
    const LOOKED_AT: usize = 30;
    let lines: Vec<(usize, &str)> =
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).take(LOOKED_AT).collect();
    let mut best = (0, 0, ',', 0);
    for delimiter in [',', '\t', ';', '|'] {
        let counts: Vec<usize> = lines.iter().map(|(_, line)| fields(line, delimiter)).collect();
        for wanted in counts.iter().copied().filter(|wanted| *wanted > 1) {
            let same = counts.iter().filter(|count| **count == wanted).count();
            if (same, wanted) > (best.0, best.1) {
                let first = counts.iter().position(|count| *count == wanted).unwrap_or_default();
                best = (same, wanted, delimiter, first);
            }
        }
    }
    let (.., delimiter, first) = best;
    let line = lines.get(first).filter(|_| first > 0).and_then(|(line, _)| u32::try_from(*line).ok());
    TableOptions { delimiter, header_row: line, ..TableOptions::default() }
}

/// How many fields a line has; delimiters between quotation marks are none.
fn fields(line: &str, delimiter: char) -> usize {
    let (mut number, mut inside) = (1, false);
    for c in line.chars() {
        inside ^= c == '"';
        number += usize::from(c == delimiter && !inside);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiter_quoting_and_header_are_found() {
        let (options, sample) =
            sample("t.csv", "Export\n\nid;a;b\nx;1,5;2\ny;2,5;3\n", None).expect("a table");
        assert_eq!((options.delimiter, options.header_row, options.quote), (';', Some(3), QuoteRule::Double));
        assert_eq!(sample.rows.len(), 2);
        let (options, _) =
            super::sample("t.tsv", "id\tsaid\n1\t\"oh, well\n2\tno, it is\n", None).expect("a table");
        assert_eq!((options.delimiter, options.quote), ('\t', QuoteRule::None));
        let exported = "Q1,Q2\nHow?,Why?\n\"{\"\"ImportId\"\":\"\"QID1\"\"}\",x\n3,4\n";
        let (options, sample) = super::sample("t.csv", exported, None).expect("a table");
        assert_eq!((options.skip_rows, sample.rows.len()), (2, 1));
    }
}
