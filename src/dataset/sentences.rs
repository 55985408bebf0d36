//! Reads sentences whose right answers are known, one a line: text, right answer and kind, separated by tabs.

use super::problem::{Problem, shown};
use super::rows::without_bom;
use crate::text::measured::Measure;

/// A sentence with its right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckSentence {
    /// The sentence: a client's turn for words of risk, otherwise a counselor's.
    pub text: String,
    /// The measure that has to answer.
    pub measure: Measure,
    /// True if the measure should find something.
    pub to_find: bool,
    /// What sort of sentence it is; may be empty.
    pub kind: String,
}

/// Reads a table with the columns `text`, `right` and, if wanted, `kind`. Quote marks have no meaning.
///
/// # Errors
/// Every problem: a header that differs, a line with too few or too many fields, or an unknown answer.
pub fn read(path: &str, text: &str) -> Result<Vec<CheckSentence>, Vec<Problem>> {
    let mut lines = (1..).zip(without_bom(text).lines());
    let header: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
    if !matches!(header.as_slice(), ["text", "right"] | ["text", "right", "kind"]) {
        let found: Vec<String> = header.iter().map(|name| shown(name)).collect();
        let message = format!("columns {}, expected text, right and kind", found.join(", "));
        return Err(vec![Problem::at(path, 1, message).hint("separate the columns by tabs")]);
    }
    let (mut sentences, mut problems) = (Vec::new(), Vec::new());
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        match sentence(line, header.len()) {
            Ok(sentence) => sentences.push(sentence),
            Err(message) => problems.push(Problem::at(path, number, message)),
        }
    }
    if sentences.is_empty() && problems.is_empty() {
        problems.push(Problem::of(path, "no sentence below the header"));
    }
    if problems.is_empty() { Ok(sentences) } else { Err(problems) }
}

fn sentence(line: &str, columns: usize) -> Result<CheckSentence, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (text, right, kind) = match fields.as_slice() {
        [text, right] => (text, right, ""),
        [text, right, kind] if columns == 3 => (text, right, *kind),
        _ => return Err(format!("{} fields, expected {columns} as in the header", fields.len())),
    };
    if text.trim().is_empty() {
        return Err("the text is empty".to_owned());
    }
    let answers = Measure::ALL.into_iter().flat_map(|measure| {
        measure.answers().into_iter().zip([true, false]).map(move |(word, to_find)| (word, measure, to_find))
    });
    let known = answers.clone().find(|(word, ..)| word == right);
    let (_, measure, to_find) = known.ok_or_else(|| {
        let words: Vec<&str> = answers.map(|(word, ..)| word).collect();
        format!("the right answer is {}, expected one of {}", shown(right), words.join(", "))
    })?;
    Ok(CheckSentence { text: (*text).to_owned(), measure, to_find, kind: kind.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quote_marks_are_text_and_kinds_may_be_absent() {
        let read = read("t.tsv", "text\tright\n\"So\" he said\tplain\nYou got this.\tflagged\n").unwrap();
        assert_eq!((read[0].text.as_str(), read[0].to_find), ("\"So\" he said", false));
        assert_eq!((read[1].measure, read[1].to_find), (Measure::Flags, true));
    }

    #[test]
    fn every_problem_is_named_with_its_line_and_without_the_sentence() {
        let said = |text: &str| -> Vec<String> {
            read("t.tsv", text).unwrap_err().iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            said("text\tright\tkind\nI am here for you.\tfound\t\nOne field only\n"),
            [
                "t.tsv:2: the right answer is \"found\", expected one of risk, everyday, refusal, no_refusal, flagged, \
                 plain, step, no_step",
                "t.tsv:3: 1 fields, expected 3 as in the header"
            ]
        );
        assert_eq!(
            said("text,right\nx,risk\n"),
            ["t.tsv:1: columns \"text,right\", expected text, right and kind"]
        );
        assert_eq!(said("text\tright\n"), ["t.tsv: no sentence below the header"]);
    }
}
