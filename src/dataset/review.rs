//! Owns reading what people write about flags and ethics risks: `flag-review.csv` with its statuses, and marks of spans that a person
//! found by reading. Text in, rows or every problem out.

use super::problem::Problem;
use crate::domain::{
    Digest, RaterId, ReviewStatus, Reviewed, ReviewedRisk, RiskId, SessionId, Span, table::unmarked,
};

/// One mark: a category somewhere in a session, or the word that a session was read and holds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Line of the table.
    pub line: usize,
    /// The session.
    pub session: SessionId,
    /// Digest of the text that was read; none where the table names none.
    pub text_digest: Option<Digest>,
    /// What was found; none: the session was read and nothing was.
    pub found: Option<Marked>,
}

/// What a person marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Turn number.
    pub turn: u32,
    /// Category of the lexicon.
    pub category: String,
    /// Where in the turn.
    pub place: MarkPlace,
}

/// Where in a turn a mark stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkPlace {
    /// Half-open range of UTF-8 bytes, as in `flags.jsonl`.
    Bytes(usize, usize),
    /// The words themselves, and where they should stand; without a place, where they stand for the first time.
    Quote(String, Option<(usize, usize)>),
}

/// A table with the places of the columns that matter.
struct Table {
    columns: Vec<String>,
    rows: Vec<(usize, csv::StringRecord)>,
}

impl Table {
    fn read(path: &str, text: &str, required: &[&str]) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
        let columns: Vec<String> = match reader.headers() {
            Ok(headers) => headers.iter().map(|name| name.trim().to_owned()).collect(),
            Err(_) => return Err(vec![Problem::at(path, 1, "not a CSV table with a header")]),
        };
        let missing: Vec<&str> =
            required.iter().copied().filter(|name| !columns.iter().any(|column| column == name)).collect();
        if !missing.is_empty() {
            let message = format!("the table has no column {}", missing.join(", "));
            return Err(vec![Problem::at(path, 1, message)]);
        }
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    rows.push((usize::try_from(line).unwrap_or(usize::MAX), record));
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    let message = "the row has another number of fields than the header";
                    problems.push(Problem::at(path, usize::try_from(line).unwrap_or(usize::MAX), message));
                }
            }
        }
        if problems.is_empty() { Ok(Self { columns, rows }) } else { Err(problems) }
    }

    fn get<'r>(&self, row: &'r csv::StringRecord, name: &str) -> Option<&'r str> {
        let index = self.columns.iter().position(|column| column == name)?;
        row.get(index).map(|field| unmarked(field.trim())).filter(|field| !field.is_empty())
    }

    /// Every row read, or every problem.
    fn each<T>(
        &self,
        path: &str,
        read: impl Fn(usize, &csv::StringRecord) -> Result<T, String>,
    ) -> Result<Vec<T>, Vec<Problem>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for (line, row) in &self.rows {
            match read(*line, row) {
                Ok(value) => found.push(value),
                Err(message) => problems.push(Problem::at(path, *line, message)),
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    fn session(&self, row: &csv::StringRecord) -> Result<SessionId, String> {
        let id = self.get(row, "session").ok_or("`session` is empty")?;
        SessionId::new(id).map_err(|error| format!("`session`: {error}"))
    }

    fn number<N: std::str::FromStr>(&self, row: &csv::StringRecord, name: &str) -> Result<N, String> {
        let field = self.get(row, name).ok_or_else(|| format!("`{name}` is empty"))?;
        field.parse().map_err(|_| format!("`{name}` is not a whole number"))
    }

    fn status(&self, row: &csv::StringRecord) -> Result<ReviewStatus, String> {
        match self.get(row, "status").unwrap_or("unreviewed") {
            "unreviewed" => Ok(ReviewStatus::Unreviewed),
            "confirmed" => Ok(ReviewStatus::Confirmed),
            "rejected" => Ok(ReviewStatus::Rejected),
            _ => Err("`status` is none of unreviewed, confirmed, rejected".into()),
        }
    }

    fn digest(&self, row: &csv::StringRecord) -> Result<Option<Digest>, String> {
        let field = self.get(row, "text_digest");
        field.map(|hex| hex.parse().map_err(|error| format!("`text_digest`: {error}"))).transpose()
    }
}

/// Reads `ethics-review.csv`. `path` is as shown to people.
///
/// # Errors
/// Every row that cannot be read, by line.
pub fn risks(path: &str, text: &str) -> Result<Vec<ReviewedRisk>, Vec<Problem>> {
    let table = Table::read(path, text, &["session", "text_digest", "risk", "judge", "status"])?;
    table.each(path, |_, row| {
        let (risk, judge) = (table.get(row, "risk"), table.get(row, "judge"));
        Ok(ReviewedRisk {
            session: table.session(row)?,
            text_digest: table.digest(row)?.ok_or("`text_digest` is empty")?,
            risk: RiskId::new(risk.unwrap_or_default()).map_err(|error| format!("`risk`: {error}"))?,
            judge: RaterId::new(judge.unwrap_or_default()).map_err(|error| format!("`judge`: {error}"))?,
            status: table.status(row)?,
        })
    })
}

/// Reads `flag-review.csv`. `path` is as shown to people.
///
/// # Errors
/// Every row that cannot be read, by line.
pub fn reviews(path: &str, text: &str) -> Result<Vec<Reviewed>, Vec<Problem>> {
    let needed = ["session", "text_digest", "turn", "start", "end", "category", "status"];
    let table = Table::read(path, text, &needed)?;
    table.each(path, |_, row| {
        let status = table.status(row)?;
        Ok(Reviewed {
            session: table.session(row)?,
            text_digest: table.digest(row)?.ok_or("`text_digest` is empty")?,
            span: Span {
                turn: table.number(row, "turn")?,
                start: table.number(row, "start")?,
                end: table.number(row, "end")?,
            },
            category: table.get(row, "category").ok_or("`category` is empty")?.to_owned(),
            status,
        })
    })
}

/// Reads marks: `session`, `turn`, `category`, and `start` with `end`, or `quote`. A row with a session alone says
/// that it was read and holds nothing.
///
/// # Errors
/// Every row that cannot be read, by line.
pub fn marks(path: &str, text: &str) -> Result<Vec<Mark>, Vec<Problem>> {
    let table = Table::read(path, text, &["session", "turn", "category"])?;
    table.each(path, |line, row| {
        let text_digest = table.digest(row)?;
        let session = table.session(row)?;
        let empty =
            ["turn", "category", "start", "end", "quote"].iter().all(|name| table.get(row, name).is_none());
        if empty {
            return Ok(Mark { line, session, text_digest, found: None });
        }
        let place = match table.get(row, "quote") {
            Some(quote) => {
                let there = ["start", "end"].iter().all(|name| table.get(row, name).is_some());
                let near =
                    there.then(|| Ok::<_, String>((table.number(row, "start")?, table.number(row, "end")?)));
                MarkPlace::Quote(quote.to_owned(), near.transpose()?)
            }
            None => MarkPlace::Bytes(table.number(row, "start")?, table.number(row, "end")?),
        };
        let category = table.get(row, "category").ok_or("`category` is empty")?.to_owned();
        let found = Some(Marked { turn: table.number(row, "turn")?, category, place });
        Ok(Mark { line, session, text_digest, found })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(|p| format!("{}: {}", p.line.unwrap_or(0), p.message)).collect()
    }

    #[test]
    fn every_bad_row_is_told_with_its_line_and_never_its_words() {
        let digest = "0".repeat(64);
        let text = format!(
            "session,text_digest,turn,start,end,category,words,status\n\
             a,{digest},2,0,4,DE3,secret words,confirmed\n\
             a,{digest},2,x,4,DE3,secret words,confirmed\n\
             a,zz,2,0,4,DE3,secret words,rejected\n\
             a,{digest},2,0,4,DE3,secret words,perhaps\n"
        );
        let problems = reviews("r.csv", &text).expect_err("three bad rows");
        assert_eq!(
            said(&problems),
            [
                "3: `start` is not a whole number",
                "4: `text_digest`: not a digest: expected 64 hexadecimal digits, found 2 characters",
                "5: `status` is none of unreviewed, confirmed, rejected"
            ]
        );
    }

    #[test]
    fn marks_name_bytes_or_words_or_that_nothing_was_found() {
        let text =
            "session,turn,category,start,end,quote\na,2,DE1,0,4,\na,4,DE2,,,\"so sorry, really\"\nb,,,,,\n";
        let found = marks("m.csv", text).expect("readable");
        let places: Vec<Option<&MarkPlace>> =
            found.iter().map(|m| m.found.as_ref().map(|f| &f.place)).collect();
        let quote = MarkPlace::Quote("so sorry, really".into(), None);
        assert_eq!(places, [Some(&MarkPlace::Bytes(0, 4)), Some(&quote), None]);
        let problems = marks("m.csv", "session,turn,category\na,2,DE1\n").expect_err("no place");
        assert_eq!(said(&problems), ["2: `start` is empty"]);
        assert_eq!(
            said(&marks("m.csv", "session,turn\n").expect_err("no column")),
            ["1: the table has no column category"]
        );
    }
}
