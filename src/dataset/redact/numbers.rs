//! Owns telling telephone numbers and long codes from other numbers: quantities, ranges of years, decimals.

use std::ops::Range;

use super::{Found, find};
use crate::domain::IdentifierKind;

/// Digits with what separates them, as one number.
#[derive(Debug, PartialEq, Eq)]
struct Number {
    range: Range<usize>,
    /// Groups of digits.
    groups: Vec<String>,
    /// Separators between the groups.
    between: Vec<String>,
    plus: bool,
    bracket: bool,
}

impl Number {
    fn digits(&self) -> usize {
        self.groups.iter().map(String::len).sum()
    }

    fn joined(&self) -> String {
        self.groups.concat()
    }
}

pub(super) fn phones(text: &str, out: &mut Vec<Found>) {
    for number in numbers(text).into_iter().filter(is_phone) {
        let value = number.joined();
        let range = number.range.start..with_extension(text, number.range.end);
        out.push(Found { range, kind: IdentifierKind::Phone, value });
    }
}

/// Long numbers that are no telephone numbers: cards, files, insurance.
pub(super) fn ids(text: &str, out: &mut Vec<Found>) {
    let codes = numbers(text).into_iter().filter(|number| !is_phone(number) && is_code(number));
    out.extend(codes.map(|number| find::id(text, number.range)));
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '-' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '.' | '(' | ')' | '/')
}

/// What stands between the groups of one number: not the end of a sentence, not a list.
fn joins(gap: &str) -> bool {
    let plain: String = gap
        .chars()
        .map(|c| match c {
            '\u{a0}' => ' ',
            '\u{2010}' | '\u{2011}' | '\u{2013}' => '-',
            c => c,
        })
        .collect();
    [" ", "-", ".", "/", ")", ") ", ")-", ")/", " (", "-(", " - ", " / "].contains(&plain.as_str())
}

/// Every stretch of digits and separators that starts and ends with a digit (or starts with `+` or a bracket).
fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + offset;
        let number = number_at(text, start);
        at = number.range.end.max(start + 1);
        let before = &text[..number.range.start];
        let amount = before.trim_end().ends_with(['$', '\u{20ac}', '\u{a3}', '\u{a5}']);
        let rest = &text[number.range.end..];
        let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '%' || c == ':')
            && !rest.strip_prefix([',', '.']).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | ':' | '_'));
        if !amount && ends && starts {
            found.push(number);
        }
    }
    found
}

fn number_at(text: &str, start: usize) -> Number {
    let before = &text[..start];
    let bracket = before.ends_with('(');
    let opened = start - usize::from(bracket);
    let plus = before.ends_with('+') || bracket && text[..opened].ends_with('+');
    let mut number = Number {
        range: opened - usize::from(plus)..start,
        groups: vec![String::new()],
        between: Vec::new(),
        plus,
        bracket,
    };
    let mut gap = String::new();
    for (offset, c) in text[start..].char_indices() {
        if c.is_ascii_digit() {
            if !gap.is_empty() && !joins(&gap) {
                break;
            }
            if !gap.is_empty() {
                number.between.push(std::mem::take(&mut gap));
                number.groups.push(String::new());
            }
            number.groups.last_mut().expect("one group at least").push(c);
            number.range.end = start + offset + 1;
        } else if is_separator(c) && gap.chars().count() < 3 {
            gap.push(c);
        } else {
            break;
        }
    }
    number
}

/// Where a number with `ext. 12` after it ends.
fn with_extension(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    let word = rest.trim_start_matches([' ', '\t', ',']);
    let Some(after) = ["extension", "ext.", "ext", "x"].iter().find_map(|e| word.strip_prefix(e)) else {
        return end;
    };
    let digits = after.trim_start_matches([' ', '.']);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=6).contains(&length) { end + (rest.len() - digits.len()) + length } else { end }
}

fn is_phone(number: &Number) -> bool {
    let digits = number.digits();
    if number.plus || number.bracket {
        return (7..=15).contains(&digits) || number.plus && digits >= 6;
    }
    if number.between.is_empty() {
        return (10..=12).contains(&digits) && !is_round(&number.groups);
    }
    (7..=12).contains(&digits) && !is_other(number)
}

/// Separated digits that are no telephone number.
fn is_other(number: &Number) -> bool {
    let Number { groups, between, .. } = number;
    let year = |group: &String| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let years = groups.len() == 2 && groups.iter().all(year);
    let decimal = groups.len() == 2 && between[0] == ".";
    let listed =
        groups.iter().all(|group| group.len() <= 2) && !(groups[0].starts_with('0') && groups.len() >= 4);
    years || decimal || listed || is_round(groups) || groups.iter().all(|group| group.len() == 1)
}

/// `1 000 000`, `5000000`: at most three digits before zeros.
fn is_round(groups: &[String]) -> bool {
    let all = groups.concat();
    all.trim_end_matches('0').len() <= 3 && all.len() > 4
}

fn is_code(number: &Number) -> bool {
    let digits = number.digits();
    let social = number.groups.iter().map(String::len).eq([3, 2, 4]);
    let plain = number.between.is_empty() && digits >= 7 && !is_round(&number.groups);
    // Cards and the like: groups of three and more, thirteen digits and more.
    let card = digits >= 13 && number.groups.iter().all(|group| group.len() >= 2);
    social || plain || card
}
