//! Finds dates: day and month or month and year, in figures, with months in words, and in the writing of
//! Chinese, Japanese and Korean. A date is read from its own parts; only a digit beside it can make it part of
//! something longer.

mod in_words;

use std::ops::Range;

use super::IdentifierMatch;
use crate::{domain::IdentifierKind, text::script::Script};

/// What a text is cut into: figures, words of one script, blanks, and every other character alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Digits,
    Word,
    Blank,
    Mark,
}

#[derive(Debug)]
struct Part<'t> {
    sort: Sort,
    start: usize,
    text: &'t str,
}

impl Part<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Finds dates in a folded text.
pub(super) fn find(text: &str, out: &mut Vec<IdentifierMatch>) {
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit && !text.contains('月') && !text.contains(['t', 'T']) {
        return;
    }
    let reading = DateReader { text, parts: parts(text) };
    let mut at = 0;
    while at < reading.parts.len() {
        match reading.date(at) {
            Some(range) if range.end > at => {
                out.push(reading.found(&range));
                at = range.end;
            }
            _ => at += 1,
        }
    }
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut before: Option<(Sort, Script)> = None;
    for (at, c) in text.char_indices() {
        let script = Script::of(c);
        let sort = match c {
            '0'..='9' => Sort::Digits,
            ' ' => Sort::Blank,
            c if c.is_alphabetic() || c == '〇' => Sort::Word,
            _ => Sort::Mark,
        };
        let alone =
            sort == Sort::Mark || sort == Sort::Word && matches!(script, Script::Joined | Script::Hangul);
        let goes_on = before == Some((sort, script)) && !alone;
        match parts.last_mut() {
            Some(part) if goes_on => part.text = &text[part.start..at + c.len_utf8()],
            _ => parts.push(Part { sort, start: at, text: &text[at..at + c.len_utf8()] }),
        }
        before = Some((sort, script));
    }
    parts
}

/// What stands between two parts of a date.
struct Gap {
    next: usize,
    mark: Option<char>,
    blank: bool,
}

struct DateReader<'t> {
    text: &'t str,
    parts: Vec<Part<'t>>,
}

impl DateReader<'_> {
    fn found(&self, parts: &Range<usize>) -> IdentifierMatch {
        let range = self.parts[parts.start].start..self.parts[parts.end - 1].end();
        let words = self.text[range.clone()].to_lowercase();
        let value = words.split_whitespace().collect::<Vec<_>>().join(" ");
        IdentifierMatch { range, kind: IdentifierKind::Date, value }
    }

    fn sort(&self, at: usize) -> Option<Sort> {
        self.parts.get(at).map(|part| part.sort)
    }

    fn digits(&self, at: usize) -> Option<&str> {
        self.parts.get(at).filter(|part| part.sort == Sort::Digits).map(|part| part.text)
    }

    fn word(&self, at: usize) -> Option<String> {
        self.parts.get(at).filter(|part| part.sort == Sort::Word).map(|part| part.text.to_lowercase())
    }

    fn mark(&self, at: usize) -> Option<char> {
        self.parts.get(at).filter(|part| part.sort == Sort::Mark).and_then(|part| part.text.chars().next())
    }

    fn number(&self, at: usize, from: u32, to: u32) -> Option<u32> {
        let digits = self.digits(at).filter(|digits| digits.len() <= 2)?;
        digits.parse().ok().filter(|n| (from..=to).contains(n))
    }

    fn year(&self, at: usize) -> Option<()> {
        self.digits(at)
            .filter(|d| d.len() == 4 && ["18", "19", "20"].iter().any(|c| d.starts_with(c)))
            .map(drop)
    }

    /// Blanks, at most one mark out of `marks`, blanks.
    fn gap(&self, at: usize, marks: &[char]) -> Gap {
        let mut gap = Gap { next: at, mark: None, blank: false };
        loop {
            match self.sort(gap.next) {
                Some(Sort::Blank) => gap.blank = true,
                Some(Sort::Mark) if gap.mark.is_none() => match self.mark(gap.next) {
                    Some(mark) if marks.contains(&mark) => gap.mark = Some(mark),
                    _ => return gap,
                },
                _ => return gap,
            }
            gap.next += 1;
        }
    }

    /// The parts of a date that starts here.
    fn date(&self, at: usize) -> Option<Range<usize>> {
        match self.sort(at)? {
            Sort::Digits => self
                .figures(at)
                .or_else(|| self.month_in_figures(at))
                .or_else(|| self.east_asian(at))
                .or_else(|| self.year_first(at))
                .or_else(|| self.day_first(at)),
            Sort::Word => self.east_asian(at).or_else(|| self.month_first(at)).or_else(|| self.day_first(at)),
            Sort::Blank | Sort::Mark => None,
        }
    }

    /// True when figures directly before or after make these part of a longer row.
    fn is_part_of_row(&self, from: usize, to: usize) -> bool {
        let joint = |at: usize| self.mark(at).is_some_and(|mark| matches!(mark, '.' | '/' | '-' | ':' | ','));
        let before = from >= 2 && joint(from - 1) && self.sort(from - 2) == Some(Sort::Digits);
        let after = joint(to) && self.sort(to + 1) == Some(Sort::Digits);
        before || after
    }

    /// `1990-03-07`, `7.3.1990`, `3/7/90`, `07 03 1990`.
    fn figures(&self, at: usize) -> Option<Range<usize>> {
        const MARKS: &[char] = &['-', '/', '.', '_', '\\'];
        let first = self.gap(at + 1, MARKS);
        let second = self.gap(first.next + 1, MARKS);
        let last = second.next;
        let (a, b) = (at, first.next);
        let year_first =
            self.year(a).is_some() && self.number(b, 1, 12).is_some() && self.number(last, 1, 31).is_some();
        let four = self.year(last).is_some();
        let two = self.digits(last).is_some_and(|d| d.len() == 2)
            && first.mark.is_some()
            && !first.blank
            && !second.blank;
        let pair = self.number(a, 1, 31).zip(self.number(b, 1, 31));
        let year_last = (four || two) && pair.is_some_and(|(a, b)| a.min(b) <= 12);
        let wide = |at: usize| self.digits(at).is_some_and(|digits| digits.len() == 2);
        let bare = first.mark.is_none() || second.mark.is_none();
        let written = !bare && first.mark == second.mark
            || bare
                && first.mark == second.mark
                && wide(b)
                && (year_first && wide(last) || year_last && wide(a));
        let version = at > 0 && self.word(at - 1).is_some_and(|word| word == "v");
        let range = at..last + 1;
        let fits = (year_first || year_last)
            && written
            && !version
            && (four || year_first || !self.is_part_of_row(at, range.end));
        fits.then_some(range)
    }

    /// `03/1990`, `11.2004`, `1990-03`.
    fn month_in_figures(&self, at: usize) -> Option<Range<usize>> {
        let gap = self.gap(at + 1, &['/', '.', '-']);
        let two = |at: usize| {
            self.digits(at).is_some_and(|digits| digits.len() == 2) && self.number(at, 1, 12).is_some()
        };
        let year_last = two(at) && self.year(gap.next).is_some();
        let year_first = self.year(at).is_some()
            && two(gap.next)
            && gap.mark == Some('-')
            && self.digits(gap.next)?.starts_with('0');
        let fits = gap.mark.is_some() && !gap.blank && (year_last || year_first);
        (fits && !self.is_part_of_row(at, gap.next + 1)).then_some(at..gap.next + 1)
    }

    /// A number in figures or Chinese numerals, and where it ends.
    fn east_asian_number(&self, at: usize) -> Option<(String, usize)> {
        if let Some(digits) = self.digits(at) {
            return Some((digits.to_owned(), at + 1));
        }
        let numeral = |at: &usize| {
            self.parts.get(*at).is_some_and(|part| "〇零一二三四五六七八九十元".contains(part.text))
        };
        let end = at + (at..self.parts.len()).take_while(numeral).count();
        (end > at).then(|| (self.text[self.parts[at].start..self.parts[end - 1].end()].to_owned(), end))
    }

    fn east_asian_part(&self, at: usize, units: &[&str]) -> Option<(String, usize)> {
        let (number, end) = self.east_asian_number(at)?;
        let unit = if self.sort(end) == Some(Sort::Blank) { end + 1 } else { end };
        let named = self.parts.get(unit).is_some_and(|part| units.contains(&part.text));
        named.then(|| {
            let next = if self.sort(unit + 1) == Some(Sort::Blank) { unit + 2 } else { unit + 1 };
            (number, next)
        })
    }

    /// `1990年3月7日`, `三月七日`, `3월 7일`, `1990年3月`.
    fn east_asian(&self, at: usize) -> Option<Range<usize>> {
        let year = self.east_asian_part(at, &["年", "년"]);
        let month_at = year.as_ref().map_or(at, |(_, next)| *next);
        let (_, day_at) = self.east_asian_part(month_at, &["月", "월"])?;
        let day = self.east_asian_part(day_at, &["日", "号", "號", "일"]);
        let end = match (&day, &year) {
            (Some((_, end)), _) => *end,
            (None, Some((year, _))) if year.chars().count() == 4 => day_at,
            _ => return None,
        };
        let end = if self.sort(end - 1) == Some(Sort::Blank) { end - 1 } else { end };
        let era = |at: usize| {
            let name =
                at.checked_sub(2).map(|start| &self.text[self.parts[start].start..self.parts[at - 1].end()]);
            name.is_some_and(|name| ["平成", "昭和", "令和", "大正", "民国", "民國"].contains(&name))
        };
        Some(if era(at) { at - 2..end } else { at..end })
    }
}
