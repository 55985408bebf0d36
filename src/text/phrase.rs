//! The small language in which people write phrases to search for.
//!
//! | written | matches |
//! |---|---|
//! | `i hear you` | these words in this order, whatever the case, the quote marks and the commas in between |
//! | `(hear\|see) you` | one of the alternatives |
//! | `really?` `(so\|very)?` | there or not |
//! | `<very>` | any entry of the list named `very` |
//! | `_` | exactly one word, any |
//! | `..` `..6` | up to three (six) words, any |
//! | `^ i see` | only after punctuation or at the start |
//! | `i see $` | only before punctuation or at the end |
//!
//! A phrase never crosses the end of a sentence.

use std::collections::BTreeMap;

use super::words::tokens;

/// Named lists of alternatives, for `<name>`.
pub type Lists = BTreeMap<String, Vec<String>>;

/// Longest gap allowed; a longer one would join unrelated words.
const MAX_GAP: usize = 8;
/// Maximum depth of lists that refer to lists.
const MAX_DEPTH: usize = 8;

/// Why a phrase cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// The phrase is empty or can match nothing at all.
    #[error("phrase is empty, or every word of it is optional")]
    Empty,
    /// A bracket has no partner, or an alternative is empty.
    #[error("phrase \"{phrase}\": brackets or alternatives do not fit together at byte {at}")]
    Brackets {
        /// The phrase as written.
        phrase: String,
        /// Byte position at which reading stopped.
        at: usize,
    },
    /// There is no list for `<name>`.
    #[error("phrase \"{phrase}\": no list named \"{list}\"")]
    UnknownList {
        /// The phrase as written.
        phrase: String,
        /// The missing list.
        list: String,
    },
    /// A list contains itself.
    #[error("list \"{list}\" is nested too deeply; does it contain itself?")]
    Nested {
        /// The list.
        list: String,
    },
    /// A gap is longer than eight words, or is at an end, where it would match anything.
    #[error("phrase \"{phrase}\": a gap stands between words and spans at most {MAX_GAP}")]
    Gap {
        /// The phrase as written.
        phrase: String,
    },
    /// A part of the phrase is not a word.
    #[error("phrase \"{phrase}\": \"{found}\" is not a word")]
    NotAWord {
        /// The phrase as written.
        phrase: String,
        /// The part in question.
        found: String,
    },
    /// There are too many ways to match, taken together.
    #[error("phrases have too many forms; use fewer alternatives or shorter gaps")]
    TooManyForms,
}

/// A phrase that has been parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub(super) items: Vec<PhraseElement>,
    pub(super) at_start: bool,
    pub(super) at_end: bool,
}

/// One element of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PhraseElement {
    /// A folded word.
    Word(String),
    /// One of several sequences.
    Choice(Vec<Vec<PhraseElement>>),
    /// Between `min` and `max` words, any.
    Gap { min: usize, max: usize },
    /// An element that may be absent.
    Optional(Box<PhraseElement>),
}

impl Phrase {
    /// Parses a phrase; `<name>` is looked up in `lists`.
    ///
    /// # Errors
    /// The phrase does not follow the language of this module.
    pub fn parse(phrase: &str, lists: &Lists) -> Result<Self, PhraseError> {
        let body = phrase.trim();
        let (at_start, body) = body.strip_prefix('^').map_or((false, body), |rest| (true, rest));
        let (at_end, body) = body.strip_suffix('$').map_or((false, body), |rest| (true, rest));
        let items = Parser { phrase: body, at: 0, lists, depth: 0 }.all()?;
        let is_open = |item: Option<&PhraseElement>| matches!(item, Some(PhraseElement::Gap { min: 0, .. }));
        if items.is_empty() || !items.iter().any(|item| needs_word(item) || is_open(Some(item))) {
            return Err(PhraseError::Empty);
        }
        if is_open(items.first()) || is_open(items.last()) || !items.iter().any(needs_word) {
            return Err(PhraseError::Gap { phrase: phrase.to_owned() });
        }
        Ok(Self { items, at_start, at_end })
    }
}

/// Whether an element matches at least one word; a phrase without such an element would match everywhere.
fn needs_word(item: &PhraseElement) -> bool {
    match item {
        PhraseElement::Word(_) => true,
        PhraseElement::Choice(ways) => ways.iter().all(|way| way.iter().any(needs_word)),
        PhraseElement::Gap { .. } | PhraseElement::Optional(_) => false,
    }
}

struct Parser<'p> {
    phrase: &'p str,
    at: usize,
    lists: &'p Lists,
    depth: usize,
}

impl Parser<'_> {
    fn all(mut self) -> Result<Vec<PhraseElement>, PhraseError> {
        let items = self.sequence()?;
        if self.at < self.phrase.len() { Err(self.brackets()) } else { Ok(items) }
    }

    /// Elements up to the end, a `|` or a `)`.
    fn sequence(&mut self) -> Result<Vec<PhraseElement>, PhraseError> {
        let mut items = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '|' | ')' => break,
                c if c.is_whitespace() => self.at += c.len_utf8(),
                _ => {
                    let mut element = self.element()?;
                    if self.peek() == Some('?') {
                        self.at += 1;
                        element = vec![PhraseElement::Optional(Box::new(as_one(element)))];
                    }
                    items.append(&mut element);
                }
            }
        }
        Ok(items)
    }

    fn element(&mut self) -> Result<Vec<PhraseElement>, PhraseError> {
        match self.peek() {
            Some('(') => Ok(vec![self.choice()?]),
            Some('<') => Ok(vec![self.list()?]),
            _ => self.word_or_gap(),
        }
    }

    fn choice(&mut self) -> Result<PhraseElement, PhraseError> {
        let mut ways = Vec::new();
        loop {
            self.at += 1; // over '(' or '|'
            let way = self.sequence()?;
            if way.is_empty() {
                return Err(self.brackets());
            }
            ways.push(way);
            match self.peek() {
                Some('|') => {}
                Some(')') => break,
                _ => return Err(self.brackets()),
            }
        }
        self.at += 1;
        Ok(PhraseElement::Choice(ways))
    }

    fn list(&mut self) -> Result<PhraseElement, PhraseError> {
        let rest = &self.phrase[self.at + 1..];
        let length = rest.find('>').ok_or_else(|| self.brackets())?;
        let name = &rest[..length];
        self.at += length + 2;
        let members = self.lists.get(name).filter(|members| !members.is_empty()).ok_or_else(|| {
            PhraseError::UnknownList { phrase: self.phrase.to_owned(), list: name.to_owned() }
        })?;
        if self.depth >= MAX_DEPTH {
            return Err(PhraseError::Nested { list: name.to_owned() });
        }
        let read = |member: &String| {
            let items = Parser { phrase: member, at: 0, lists: self.lists, depth: self.depth + 1 }.all()?;
            if items.is_empty() { Err(PhraseError::Empty) } else { Ok(items) }
        };
        members.iter().map(read).collect::<Result<_, _>>().map(PhraseElement::Choice)
    }

    fn word_or_gap(&mut self) -> Result<Vec<PhraseElement>, PhraseError> {
        let rest = &self.phrase[self.at..];
        let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|' | '<' | '>' | '?');
        let raw = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.at += raw.len();
        if raw == "_" {
            return Ok(vec![PhraseElement::Gap { min: 1, max: 1 }]);
        }
        if let Some(length) = raw.strip_prefix("..") {
            let max = if length.is_empty() { Some(3) } else { length.parse().ok() };
            let max = max.filter(|max| (1..=MAX_GAP).contains(max));
            let gap = max.map(|max| vec![PhraseElement::Gap { min: 0, max }]);
            return gap.ok_or_else(|| PhraseError::Gap { phrase: self.phrase.to_owned() });
        }
        let words: Vec<_> =
            tokens(raw).into_iter().map(|token| PhraseElement::Word(token.folded.into_owned())).collect();
        if words.is_empty() {
            let found = if raw.is_empty() { rest } else { raw };
            return Err(PhraseError::NotAWord { phrase: self.phrase.to_owned(), found: found.to_owned() });
        }
        Ok(words)
    }

    fn peek(&self) -> Option<char> {
        self.phrase[self.at..].chars().next()
    }

    fn brackets(&self) -> PhraseError {
        PhraseError::Brackets { phrase: self.phrase.to_owned(), at: self.at }
    }
}

fn as_one(mut items: Vec<PhraseElement>) -> PhraseElement {
    if items.len() == 1 { items.remove(0) } else { PhraseElement::Choice(vec![items]) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(phrase: &str) -> String {
        let lists = Lists::from([("loop".to_owned(), vec!["<loop>".to_owned()])]);
        Phrase::parse(phrase, &lists).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_named() {
        insta::assert_snapshot!(error("  "), @"phrase is empty, or every word of it is optional");
        insta::assert_snapshot!(error("i (hear|see you"), @r#"phrase "i (hear|see you": brackets or alternatives do not fit together at byte 15"#);
        insta::assert_snapshot!(error("i <feel> you"), @r#"phrase "i <feel> you": no list named "feel""#);
        insta::assert_snapshot!(error("<loop>"), @r#"list "loop" is nested too deeply; does it contain itself?"#);
        insta::assert_snapshot!(error("i .."), @r#"phrase "i ..": a gap stands between words and spans at most 8"#);
        insta::assert_snapshot!(error("i ..99 you"), @r#"phrase "i ..99 you": a gap stands between words and spans at most 8"#);
        insta::assert_snapshot!(error("i & you"), @r#"phrase "i & you": "&" is not a word"#);
        insta::assert_snapshot!(error("so? very?"), @"phrase is empty, or every word of it is optional");
    }

    proptest! {
        #[test]
        fn reading_never_panics(phrase in "\\PC*|[a-z()|<>?._^$ ]{0,30}") {
            let _ = Phrase::parse(&phrase, &Lists::new());
        }
    }
}
