//! Tells telephone numbers and long codes from other numbers in a folded text: quantities, ranges of years,
//! decimals, times.

use std::{ops::Range, sync::LazyLock};

use regex_lite::Regex;

use super::{IdentifierMatch, codes};
use crate::dataset::redact::pattern::pattern;
use crate::domain::IdentifierKind;

/// `1-800-GET-HELP`.
static IN_LETTERS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:1[ .-]?)?\(?8[0-9]{2}\)?[ .-][A-Z]{3,7}(?:[ .-]?[A-Z0-9]{2,7})*\b"));

/// Digits with what separates them, as one number.
#[derive(Debug, PartialEq, Eq)]
struct Number {
    range: Range<usize>,
    /// Groups of digits.
    groups: Vec<String>,
    /// Where each group stands.
    places: Vec<Range<usize>>,
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

    /// Without the last group, which belongs to what follows.
    fn without_last(mut self) -> Option<Self> {
        self.groups.pop();
        self.places.pop();
        self.between.pop();
        self.range.end = self.places.last()?.end;
        Some(self)
    }
}

pub(super) fn phones(text: &str, out: &mut Vec<IdentifierMatch>) {
    for number in numbers(text).into_iter().filter(is_phone) {
        let value = number.joined();
        let range = number.range.start..with_extension(text, number.range.end);
        out.push(IdentifierMatch { range, kind: IdentifierKind::Phone, value });
    }
    if text.contains('8') {
        let value = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect();
        out.extend(IN_LETTERS.find_iter(text).map(|hit| IdentifierMatch {
            value: value(hit.as_str()),
            range: hit.range(),
            kind: IdentifierKind::Phone,
        }));
    }
}

/// Long numbers that are no telephone numbers: cards, files, insurance.
pub(super) fn ids(text: &str, out: &mut Vec<IdentifierMatch>) {
    let found = numbers(text).into_iter().filter(|number| !is_phone(number) && is_code(number));
    out.extend(found.map(|number| codes::id(text, number.range)));
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '_' | '\u{b7}' | '\u{2022}' | '\u{30fb}')
}

/// What stands between the groups of one number: not the end of a sentence, not a list.
fn joins(gap: &str) -> bool {
    let one_blank = gap.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let plain: String =
        one_blank.chars().map(|c| if is_separator(c) && !c.is_ascii() { '.' } else { c }).collect();
    let bare = plain.as_str();
    gap.trim().is_empty()
        || ["-", "--", ".", "/", "_", ")", ")-", ")/", ").", "(", "-("].contains(&bare) && {
            // A full stop or a bracket at a blank ends or opens something else, but for a bracket round a group.
            !(bare == "." && gap != "." && gap.is_ascii())
        }
}

/// Every stretch of digits and separators that starts and ends with a digit (or starts with `+` or a bracket).
/// What stands beside it takes a group away where that is the minutes of a time or the end of an amount; nothing else does.
fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + offset;
        let number = number_at(text, start);
        let first_end = number.places.first().map_or(start + 1, |place| place.end);
        if goes_on_before(text, &number) {
            at = first_end;
            continue;
        }
        at = number.range.end.max(start + 1);
        found.extend(settled(text, number));
    }
    found
}

/// True when the first group is the minutes of a time or the end of an amount: `10:30 555…`, `1,250 555…`.
fn goes_on_before(text: &str, number: &Number) -> bool {
    let before = &text[..number.range.start];
    let first = number.groups.first().map_or(0, String::len);
    let after_digit = |mark: char| {
        before.strip_suffix(mark).is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()))
    };
    after_digit(':') && first <= 2 || after_digit(',') && first <= 3
}

/// The number without what belongs to its surroundings; none where it is an amount or a share.
fn settled(text: &str, number: Number) -> Option<Number> {
    let before = text[..number.range.start].trim_end();
    let rest = &text[number.range.end..];
    let digit_after =
        |mark: char| rest.strip_prefix(mark).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    let last = number.groups.last().map_or(0, String::len);
    if rest.starts_with('%') || before.ends_with(['$', '\u{20ac}', '\u{a3}', '\u{a5}']) && !number.plus {
        return None;
    }
    if digit_after(':') && last <= 2 {
        return number.without_last();
    }
    let decimals = rest.get(1..).map_or(0, |r| r.bytes().take_while(u8::is_ascii_digit).count());
    if digit_after(',') && (last <= 3 || decimals <= 2) || digit_after('.') {
        return None;
    }
    let letter = |c: char| c.is_ascii_alphabetic();
    // Digits in one piece with letters beside them are a word that mixes both, and are judged as one.
    let mixed = number.between.is_empty()
        && !number.plus
        && (before.len() == number.range.start && before.ends_with(letter) || rest.starts_with(letter));
    if mixed || !number.plus && number.groups[0].starts_with(|c: char| c != '0') && is_counted(rest) {
        return None;
    }
    Some(number)
}

/// Money and units after a number.
fn is_counted(rest: &str) -> bool {
    let word = rest.strip_prefix(' ').unwrap_or(rest);
    let unit: String = word.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    word.starts_with(['\u{20ac}', '$', '\u{a3}', '\u{a5}'])
        || [
            "euro",
            "euros",
            "eur",
            "dollar",
            "dollars",
            "usd",
            "pounds",
            "pesos",
            "rubles",
            "yen",
            "people",
            "times",
            "steps",
            "followers",
            "views",
            "km",
            "kg",
            "mg",
            "kcal",
            "years",
            "menschen",
            "mal",
            "schritte",
            "personnes",
            "personas",
            "zloty",
            "людеи",
            "рублеи",
        ]
        .contains(&unit.as_str())
}

fn number_at(text: &str, start: usize) -> Number {
    let before = &text[..start];
    let bracket = before.ends_with('(');
    let opened = start - usize::from(bracket);
    let plus = before.ends_with('+') || bracket && text[..opened].ends_with('+');
    let mut number = Number {
        range: opened - usize::from(plus)..start,
        groups: vec![String::new()],
        places: std::iter::once(start..start).collect(),
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
                number.places.push(start + offset..start + offset);
            }
            number.groups.last_mut().expect("one group at least").push(c);
            number.range.end = start + offset + 1;
            number.places.last_mut().expect("one group at least").end = number.range.end;
        } else if is_separator(c) && gap.chars().count() < 4 {
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
    let Some(after) =
        ["extension", "ext.", "ext", "x", "durchwahl", "poste"].iter().find_map(|e| word.strip_prefix(e))
    else {
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
    let years = groups.iter().all(year);
    let decimal =
        groups.len() == 2 && between[0] == "." && !(groups[0].len() >= 3 && groups[0].starts_with('0'));
    let listed =
        groups.iter().all(|group| group.len() <= 2) && !(groups[0].starts_with('0') && groups.len() >= 4);
    let hundreds = groups.len() >= 3 && groups.iter().all(|group| group.ends_with('0'));
    let single = groups.iter().all(|group| group.len() == 1);
    years
        || decimal
        || listed
        || hundreds
        || single
        || is_round(groups)
        || is_amount(number)
        || is_shift(groups)
}

/// `1 234 567`, `20 000-25 000`, `12-15 000`: thousands in groups, alone or as a range.
fn is_amount(number: &Number) -> bool {
    let mut parts: Vec<Vec<&str>> = vec![vec![&number.groups[0]]];
    for (group, gap) in number.groups.iter().skip(1).zip(&number.between) {
        if gap.contains('-') {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("one part at least").push(group);
    }
    let thousands = |part: &Vec<&str>| {
        part.len() > 1
            && part[0].len() <= 3
            && !part[0].starts_with('0')
            && part[1..].iter().all(|group| group.len() == 3)
    };
    let alone = parts.len() == 1 && thousands(&parts[0]) && parts[0][0].len() < 3;
    let round = |part: &Vec<&str>| thousands(part) && part.last() == Some(&"000");
    let small = |part: &Vec<&str>| part.len() == 1 && part[0].len() <= 3;
    // The thousands after a year: `2016 2.300`.
    let after_year = number.groups[0].len() == 4
        && ["19", "20"].contains(&&number.groups[0][..2])
        && number.between[0] == " "
        && thousands(&number.groups[1..].iter().map(String::as_str).collect());
    alone || after_year || parts.iter().any(round) && parts.iter().all(|part| round(part) || small(part))
}

/// `0800-1630`: two times of the day.
fn is_shift(groups: &[String]) -> bool {
    let time = |group: &String| {
        group.len() == 4 && &group[..2] <= "24" && ["00", "15", "30", "45"].contains(&&group[2..])
    };
    groups.len() == 2 && groups.iter().all(time)
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
