//! Reading one cell of a column of scores: a number as the table writes it, a declared word, missing, or not assessable.

use super::{
    problem::{Problem, name},
    source::{ScoreWords, TableOptions},
};

/// What a cell of a score column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ScoreField {
    /// Blank, or declared missing.
    Missing,
    /// Declared not assessable.
    NotAssessable,
    /// A finite number.
    Number(f64),
    /// Anything else.
    Unreadable,
}

/// Reads a cell. Never guesses: `3,5` is a number only where decimal commas are declared, a word only where its number is.
pub(super) fn cell(text: &str, options: &TableOptions, words: &ScoreWords) -> ScoreField {
    let text = text.trim();
    if text.is_empty() || options.na.iter().any(|na| same(na, text)) {
        return ScoreField::Missing;
    }
    if words.not_assessable.iter().any(|word| same(word, text)) {
        return ScoreField::NotAssessable;
    }
    match words.values.get(text).map(|points| points.value()).or_else(|| number(text, options.decimal_comma))
    {
        Some(number) => ScoreField::Number(number),
        None => ScoreField::Unreadable,
    }
}

/// A declared value and a cell are the same text, or the same number: `99` is `99.0` where gaps made a column floats.
fn same(declared: &str, text: &str) -> bool {
    let declared = declared.trim();
    let numbers = || Some((number(declared, false)?, number(text, false)?));
    declared == text || numbers().is_some_and(|(a, b)| (a - b).abs() < f64::EPSILON)
}

/// A finite number. `1e1` is none: it is an id or a slip more often than ten. `3.2e-05`, as programs write small
/// numbers, is one.
fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    let plain = match (decimal_comma, text.contains('.'), text.contains(',')) {
        (true, true, _) | (false, _, true) => return None,
        (true, false, _) => text.replace(',', "."),
        (false, ..) => text.to_owned(),
    };
    let plain = plain.strip_prefix('\u{2212}').map_or_else(|| plain.clone(), |rest| format!("-{rest}"));
    if let Some((mantissa, exponent)) = plain.split_once(['e', 'E'])
        && !mantissa.contains('.')
        && !exponent.starts_with('-')
    {
        return None;
    }
    let starts = plain.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    plain.parse::<f64>().ok().filter(|number| number.is_finite() && starts)
}

/// A whole number, also where a program wrote it as `1.0`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let bare = match text.split_once(['.', ',']) {
        Some((whole, zeros)) if !whole.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    bare.parse().ok()
}

/// The problem of a cell that is no number.
pub(super) fn unreadable(path: &str, line: usize, text: &str, options: &TableOptions) -> Problem {
    let problem = Problem::at(path, line, format!("score {} is not a number", name(text)));
    let text = text.trim();
    if !options.decimal_comma && number(text, true).is_some() {
        problem.hint("set `decimal_comma: true` (--decimal-comma) if this is a decimal comma")
    } else if text.chars().any(char::is_alphabetic) {
        problem.hint(
            "declare it: under `na` (--na) if it means missing, under `values` (--value WORD=NUMBER) if it is a grade in \
             words, or --level nominal if scores are names",
        )
    } else {
        problem.hint("declare it under `na` (--na) if it means missing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::source::Points;

    #[test]
    fn numbers_are_read_as_declared() {
        let dot = TableOptions { na: vec!["NA".into(), "99".into()], ..TableOptions::default() };
        let comma = TableOptions { decimal_comma: true, ..TableOptions::default() };
        let words = ScoreWords {
            values: [("some".to_owned(), Points::new(1.5))].into(),
            not_assessable: vec!["n/a".into()],
        };
        for (text, options, expected) in [
            ("3", &dot, ScoreField::Number(3.0)),
            (" 3.5 ", &dot, ScoreField::Number(3.5)),
            ("3,5", &dot, ScoreField::Unreadable),
            ("3,5", &comma, ScoreField::Number(3.5)),
            ("1.000,5", &comma, ScoreField::Unreadable),
            ("-1", &dot, ScoreField::Number(-1.0)),
            ("\u{2212}1", &dot, ScoreField::Number(-1.0)),
            ("", &dot, ScoreField::Missing),
            (" NA", &dot, ScoreField::Missing),
            ("99.0", &dot, ScoreField::Missing),
            ("NA", &comma, ScoreField::Unreadable),
            ("nan", &dot, ScoreField::Unreadable),
            ("-inf", &dot, ScoreField::Unreadable),
            ("1e999", &dot, ScoreField::Unreadable),
            ("1e1", &dot, ScoreField::Unreadable),
            ("402e12", &dot, ScoreField::Unreadable),
            ("3.2e-05", &dot, ScoreField::Number(3.2e-5)),
            ("some", &dot, ScoreField::Number(1.5)),
            ("n/a", &dot, ScoreField::NotAssessable),
        ] {
            assert_eq!(cell(text, options, &words), expected, "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_may_have_been_written_by_a_program_that_knows_floats_only() {
        for (text, expected) in
            [("1", Some(1)), ("1.0", Some(1)), (" 12.00 ", Some(12)), ("1,0", Some(1)), ("-3.0", Some(-3))]
        {
            assert_eq!(whole(text), expected, "{text}");
        }
        for text in ["1.5", "", ".0", "1e1", "one", "1.0.0"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
