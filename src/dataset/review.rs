//! Reading what people write about flags and ethics risks: `flag-review.csv` with its statuses, and marks of spans that a person
//! found by reading. Text in, rows or every problem out.

use super::{
    cell::whole,
    problem::{self, Problem, name},
    rows::{Contents, InputRow, Rows},
    source::TableOptions,
};
use crate::domain::{
    Digest, FlagReview, RaterId, ReviewStatus, ReviewedRisk, RiskId, SessionId, Span, table::unmarked,
};

/// One mark: a category somewhere in a session, or the word that a session was read and holds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanMark {
    /// Line of the table.
    pub line: usize,
    /// The session.
    pub session: SessionId,
    /// Digest of the text that was read; none where the table names none.
    pub text_digest: Option<Digest>,
    /// What was found; none: the session was read and nothing was.
    pub found: Option<MarkedSpans>,
}

/// What a person marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedSpans {
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
struct ReviewTable<'t> {
    columns: Vec<String>,
    rows: Rows<'t>,
}

/// Fields of one row by column.
struct ReviewFields<'r> {
    columns: &'r [String],
    row: &'r InputRow<'r>,
}

impl<'t> ReviewTable<'t> {
    /// Opens a table of which this program knows the columns: a spreadsheet may have given it another delimiter.
    fn open(path: &str, text: &'t str, required: &[&str]) -> Result<Self, Vec<Problem>> {
        let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let names = |delimiter: char| {
            let fields: Vec<&str> =
                header.split(delimiter).map(|field| field.trim_matches(['"', '\u{feff}', ' '])).collect();
            required.iter().all(|name| fields.contains(name))
        };
        let delimiter = [',', ';', '\t'].into_iter().find(|delimiter| names(*delimiter)).unwrap_or(',');
        let options = TableOptions { delimiter, ..TableOptions::default() };
        let rows = Rows::open(path, text, &options, Contents::Names).map_err(|problem| vec![problem])?;
        let columns: Vec<String> = rows.header.iter().map(|name| name.trim().to_owned()).collect();
        let missing: Vec<&str> =
            required.iter().copied().filter(|name| !columns.iter().any(|column| column == name)).collect();
        if !missing.is_empty() {
            let found: Vec<String> = columns.iter().map(|column| name(column)).collect();
            let message = format!(
                "the table has no column {}; columns found: {}",
                missing.join(", "),
                found.join(", ")
            );
            return Err(vec![Problem::at(path, rows.header_line, message)]);
        }
        Ok(Self { columns, rows })
    }

    /// Every row read, or every problem.
    fn each<T>(
        mut self,
        path: &str,
        read: impl Fn(usize, &ReviewFields<'_>) -> Result<T, String>,
    ) -> Result<Vec<T>, Vec<Problem>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        while let Some(row) = self.rows.next() {
            match row {
                Ok(row) => match read(row.line, &ReviewFields { columns: &self.columns, row: &row }) {
                    Ok(value) => found.push(value),
                    Err(message) => problems.push(Problem::at(path, row.line, message)),
                },
                Err((_, problem)) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }
}

impl ReviewFields<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let index = self.columns.iter().position(|column| column == name)?;
        Some(unmarked(self.row.field(index).trim())).filter(|field| !field.is_empty())
    }

    fn session(&self) -> Result<SessionId, String> {
        let id = self.get("session").ok_or("`session` is empty")?;
        SessionId::new(id).map_err(|error| format!("`session`: {error}"))
    }

    fn number<N: TryFrom<i64>>(&self, name: &str) -> Result<N, String> {
        let field = self.get(name).ok_or_else(|| format!("`{name}` is empty"))?;
        whole(field)
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| format!("`{name}` {} is not a whole number", problem::name(field)))
    }

    fn status(&self) -> Result<ReviewStatus, String> {
        let written = self.get("status").unwrap_or("unreviewed");
        match written.to_lowercase().as_str() {
            "unreviewed" => Ok(ReviewStatus::Unreviewed),
            "confirmed" => Ok(ReviewStatus::Confirmed),
            "rejected" => Ok(ReviewStatus::Rejected),
            _ => {
                let found = problem::name(written);
                Err(format!("`status` {found} is none of unreviewed, confirmed, rejected"))
            }
        }
    }

    fn digest(&self) -> Result<Option<Digest>, String> {
        let field = self.get("text_digest");
        field.map(|hex| hex.parse().map_err(|error| format!("`text_digest`: {error}"))).transpose()
    }
}

/// Reads `ethics-review.csv`. `path` is as shown to people.
///
/// # Errors
/// Every row that cannot be read, by line.
pub fn risks(path: &str, text: &str) -> Result<Vec<ReviewedRisk>, Vec<Problem>> {
    let table = ReviewTable::open(path, text, &["session", "text_digest", "risk", "judge", "status"])?;
    table.each(path, |_, row| {
        let (risk, judge) = (row.get("risk"), row.get("judge"));
        Ok(ReviewedRisk {
            session: row.session()?,
            text_digest: row.digest()?.ok_or("`text_digest` is empty")?,
            risk: RiskId::new(risk.unwrap_or_default()).map_err(|error| format!("`risk`: {error}"))?,
            judge: RaterId::new(judge.unwrap_or_default()).map_err(|error| format!("`judge`: {error}"))?,
            status: row.status()?,
        })
    })
}

/// Reads `flag-review.csv`. `path` is as shown to people.
///
/// # Errors
/// Every row that cannot be read, by line.
pub fn reviews(path: &str, text: &str) -> Result<Vec<FlagReview>, Vec<Problem>> {
    let needed = ["session", "text_digest", "turn", "start", "end", "category", "status"];
    let table = ReviewTable::open(path, text, &needed)?;
    table.each(path, |_, row| {
        let status = row.status()?;
        Ok(FlagReview {
            session: row.session()?,
            text_digest: row.digest()?.ok_or("`text_digest` is empty")?,
            span: Span { turn: row.number("turn")?, start: row.number("start")?, end: row.number("end")? },
            category: row.get("category").ok_or("`category` is empty")?.to_owned(),
            status,
        })
    })
}

/// Reads marks: `session`, `turn`, `category`, and `start` with `end`, or `quote`. A row with a session alone says
/// that it was read and holds nothing.
///
/// # Errors
/// Every row that cannot be read, by line.
pub fn marks(path: &str, text: &str) -> Result<Vec<SpanMark>, Vec<Problem>> {
    let table = ReviewTable::open(path, text, &["session", "turn", "category"])?;
    table.each(path, |line, row| {
        let text_digest = row.digest()?;
        let session = row.session()?;
        let empty = ["turn", "category", "start", "end", "quote"].iter().all(|name| row.get(name).is_none());
        if empty {
            return Ok(SpanMark { line, session, text_digest, found: None });
        }
        let place = match row.get("quote") {
            Some(quote) => {
                let there = ["start", "end"].iter().all(|name| row.get(name).is_some());
                let near = there.then(|| Ok::<_, String>((row.number("start")?, row.number("end")?)));
                MarkPlace::Quote(quote.to_owned(), near.transpose()?)
            }
            None => MarkPlace::Bytes(row.number("start")?, row.number("end")?),
        };
        let category = row.get("category").ok_or("`category` is empty")?.to_owned();
        let found = Some(MarkedSpans { turn: row.number("turn")?, category, place });
        Ok(SpanMark { line, session, text_digest, found })
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
                "3: `start` \"x\" is not a whole number",
                "4: `text_digest`: not a digest: expected 64 hexadecimal digits, found 2 characters",
                "5: `status` \"perhaps\" is none of unreviewed, confirmed, rejected"
            ]
        );
    }

    #[test]
    fn what_a_spreadsheet_makes_of_our_tables_is_read() {
        let digest = "0".repeat(64);
        let text = format!(
            "\u{feff}session;text_digest;turn;start;end;category;status\r\na;{digest};2.0;0;4;DE3;CONFIRMED\r\n;;;;;;\r\n"
        );
        let found = reviews("r.csv", &text).expect("readable");
        assert_eq!((found.len(), found[0].status, found[0].span.turn), (1, ReviewStatus::Confirmed, 2));
        let swallowed =
            format!("session,turn,category,quote\na,2,DE1,\"sorry\nb,2,DE1,so sorry\"\nc,{digest},,\n");
        let problems = marks("m.csv", &swallowed).expect_err("a quote that takes in a row");
        assert!(problems[0].message.contains("look like rows"), "{problems:?}");
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
            ["1: the table has no column category; columns found: \"session\", \"turn\""]
        );
    }
}
