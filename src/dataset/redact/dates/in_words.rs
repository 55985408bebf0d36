//! Reads dates whose month is a word: `7 March 1990`, `May the 3rd`, `1990-May-03`.

use std::ops::Range;

use super::{
    super::months::{Month, is_between, is_ordinal, is_ordinal_end, month},
    DateReader, Gap, Sort,
};

impl DateReader<'_> {
    /// A day in figures or words, and where it ends; whether it is an ordinal.
    fn day(&self, at: usize) -> Option<(usize, bool)> {
        if let Some(word) = self.word(at) {
            let tens = matches!(word.as_str(), "twenty" | "thirty");
            let unit = if tens { self.gap(at + 1, &['-']).next } else { at };
            return self.word(unit).filter(|word| is_ordinal(word)).map(|_| (unit + 1, true));
        }
        self.number(at, 1, 31)?;
        match self.word(at + 1).filter(|word| is_ordinal_end(word)) {
            Some(_) => Some((at + 2, true)),
            None if self.mark(at + 1).is_some_and(|mark| matches!(mark, 'º' | '°' | 'ª')) => {
                Some((at + 2, true))
            }
            None => Some((at + 1, false)),
        }
    }

    /// Blanks, one mark, and words such as `of` between two parts.
    fn joint(&self, at: usize, marks: &[char]) -> (Gap, bool) {
        let mut gap = self.gap(at, marks);
        let mut joined = false;
        while let Some(word) = self.word(gap.next) {
            let far = gap.next - at > 6 || !is_between(&word);
            let more = self.gap(gap.next + 1, &['\'']);
            if far || more.next == gap.next + 1 {
                break;
            }
            joined = true;
            gap = Gap { next: more.next, mark: gap.mark, blank: true };
        }
        (gap, joined)
    }

    /// Where a year after a month or a day ends.
    fn year_after(&self, at: usize) -> Option<usize> {
        let (gap, _) = self.joint(at, &['.', ',', '-', '/', '_', '\'']);
        let glued = |next: usize| {
            self.mark(next - 1).is_some_and(|mark| matches!(mark, '.' | '-' | '/' | '_' | '\'')) || next == at
        };
        if self.year(gap.next).is_some() {
            return Some(gap.next + 1);
        }
        // `7-Mar-90`, `03MAY89`, `May 7 '90`, `7. Mai. 1990`.
        if let Some(comma) = self.mark(gap.next)
            && gap.mark.is_some()
            && comma == '\''
        {
            return self.digits(gap.next + 1).filter(|d| d.len() == 2).map(|_| gap.next + 2);
        }
        let full = gap.mark == Some('.').filter(|_| gap.next > at);
        let after = self.gap(gap.next, &['.', ',', '-', '\'']);
        if full && self.year(after.next).is_some() {
            return Some(after.next + 1);
        }
        self.digits(gap.next).filter(|d| d.len() == 2 && glued(gap.next)).map(|_| gap.next + 1)
    }

    fn month_at(&self, at: usize) -> Option<(Month, bool)> {
        let word = self.word(at)?;
        let capital = self.parts[at].text.chars().next().is_some_and(char::is_uppercase);
        month(&word).or_else(|| month_with_ending(&word)).map(|month| (month, capital))
    }

    /// `7 March 1990`, `7th of May`, `07-Mar-1990`, `7. März`, `3 de mayo`.
    pub(super) fn day_first(&self, at: usize) -> Option<Range<usize>> {
        let (after_day, ordinal) = self.day(at)?;
        let (gap, joined) = self.joint(after_day, &['-', '/', '.', '_', '\'']);
        let (month, capital) = self.month_at(gap.next)?;
        let month_end = gap.next + 1;
        let year = self.year_after(month_end);
        let marked = matches!(gap.mark, Some('-' | '/' | '_')) || gap.mark == Some('.');
        let fits = match month {
            Month::Sure | Month::Foreign | Month::Short => true,
            Month::AlsoWord => {
                let sentence_ends = gap.mark == Some('.') && gap.blank;
                year.is_some() || ordinal && (joined || capital) || capital && !sentence_ends
            }
            Month::Doubtful => joined || year.is_some() && marked,
        };
        let start = self.range_start(at);
        let part = start > 0
            && self.mark(start - 1).is_some_and(|mark| matches!(mark, ':' | ',' | '.'))
            && start > 1
            && self.sort(start - 2) == Some(Sort::Digits);
        let compound =
            ordinal && self.mark(month_end) == Some('-') && self.sort(month_end + 1) == Some(Sort::Word);
        (fits && (!part && !compound || year.is_some())).then(|| start..year.unwrap_or(month_end))
    }

    /// Where `10-12 May` starts.
    fn range_start(&self, at: usize) -> usize {
        let mut start = at;
        while start > 0 && self.sort(start - 1) == Some(Sort::Blank) {
            start -= 1;
        }
        if start == 0 || self.mark(start - 1) != Some('-') {
            return at;
        }
        start -= 1;
        while start > 0 && (self.sort(start - 1) == Some(Sort::Blank) || self.mark(start - 1) == Some('.')) {
            start -= 1;
        }
        if start > 0 && self.number(start - 1, 1, 31).is_some() { start - 1 } else { at }
    }

    /// `March 7, 1990`, `May the 3rd`, `Mar/07/1990`, `May third`, `March 1990`.
    pub(super) fn month_first(&self, at: usize) -> Option<Range<usize>> {
        let (month, capital) = self.month_at(at)?;
        let (gap, _) = self.joint(at + 1, &['-', '/', '.', '_']);
        if gap.next == at + 1 && self.digits(gap.next).is_none() {
            return self.month_and_year(at, month);
        }
        let Some((after_day, ordinal)) = self.day(gap.next) else { return self.month_and_year(at, month) };
        let year = self.year_after(after_day);
        let sentence_ends = gap.mark == Some('.') && gap.blank && month != Month::Short;
        let longer = self.word(after_day).is_some()
            || matches!(self.mark(after_day), Some('%' | ':'))
            || matches!(self.mark(after_day), Some('.' | ','))
                && self.sort(after_day + 1) == Some(Sort::Digits)
                && year.is_none();
        let fits = match month {
            Month::Sure | Month::Short => true,
            Month::AlsoWord => capital || ordinal && self.digits(gap.next).is_some() || year.is_some(),
            // Other languages write the day first.
            Month::Foreign | Month::Doubtful => year.is_some() && gap.mark.is_some(),
        };
        if !fits || (sentence_ends || longer) && year.is_none() && !ordinal {
            return self.month_and_year(at, month);
        }
        Some(at..year.unwrap_or_else(|| self.range_end(after_day)))
    }

    /// Where `March 7-9` ends.
    fn range_end(&self, at: usize) -> usize {
        let gap = self.gap(at, &['-']);
        match self.day(gap.next).filter(|_| gap.mark.is_some() && self.digits(gap.next).is_some()) {
            Some((end, _)) => end,
            None => at,
        }
    }

    fn month_and_year(&self, at: usize, month: Month) -> Option<Range<usize>> {
        let (gap, _) = self.joint(at + 1, &['.', ',', '-', '/', '_']);
        let fits = month != Month::Doubtful && self.year(gap.next).is_some();
        fits.then(|| at..gap.next + 1)
    }

    /// `1990 Mar 7`, `1990-May-03`.
    pub(super) fn year_first(&self, at: usize) -> Option<Range<usize>> {
        self.year(at)?;
        let (gap, _) = self.joint(at + 1, &['-', '/', '.', '_']);
        let (_, capital) = self.month_at(gap.next)?;
        let (after, _) = self.joint(gap.next + 1, &['-', '/', '.', '_']);
        let (end, _) = self.day(after.next)?;
        (capital || gap.mark.is_some()).then_some(at..end)
    }
}

/// A month with an ending of its language: `Mayıs'ta` is cut before; `maaliskuuta`, `junin`.
fn month_with_ending(word: &str) -> Option<Month> {
    ["da", "de", "ta", "te", "in", "un"]
        .iter()
        .filter_map(|end| word.strip_suffix(end).filter(|stem| stem.len() >= 5))
        .find_map(|stem| month(stem).filter(|month| matches!(month, Month::Sure | Month::Foreign)))
}
