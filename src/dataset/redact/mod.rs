//! Redaction: identifiers leave a text once, when it is read, and a placeholder stands where each was. The same
//! value has the same placeholder within a source. Which value it was is known while the source is read and written
//! nowhere. A net, not a guarantee: a story can identify a person without one.

mod codes;
mod dates;
mod find;
mod found;
mod inflection;
mod months;
mod name_words;
mod names;
mod numbers;
mod pattern;
mod plain;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::LazyLock,
};

use regex_lite::Regex;

use self::{names::NameList, plain::Plain};
use super::source::Redaction;
use crate::dataset::redact::found::IdentifierMatch;
use crate::domain::{IdentifierKind, NOT_LOOKED_FOR, RedactionCount, RedactionState, SourceRedaction};

/// What stands where an identifier was; text that holds one already keeps it.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[(NAME|EMAIL|PHONE|URL|IP|DATE|ID)_([0-9]{1,9})\]").expect("a pattern of this program")
});

/// Takes identifiers out of the texts of one source.
pub(super) struct Redactor {
    kinds: BTreeSet<IdentifierKind>,
    names: NameList,
    ids: Vec<Regex>,
    /// The mapping; lives as long as the source is read.
    numbers: BTreeMap<(IdentifierKind, String), u32>,
    last: BTreeMap<IdentifierKind, u32>,
    found: BTreeMap<IdentifierKind, usize>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

impl Redactor {
    /// From what the source declares; its language says how names are declined.
    ///
    /// # Errors
    /// The number (from 1) of an id pattern that is none.
    pub(super) fn new(spec: &Redaction, language: &str) -> Result<Self, usize> {
        let pattern = |(at, text): (usize, &String)| Regex::new(text).map_err(|_| at + 1);
        Ok(Self {
            kinds: spec.kinds.iter().copied().collect(),
            names: NameList::new(&spec.names, language),
            ids: spec.ids.iter().enumerate().map(pattern).collect::<Result<_, _>>()?,
            numbers: BTreeMap::new(),
            last: BTreeMap::new(),
            found: BTreeMap::new(),
        })
    }

    /// Keeps the numbers of placeholders that a text holds already, so that no new one repeats them. To be called
    /// with every text of the source before the first is redacted.
    pub(super) fn reserve(&mut self, text: &str) {
        for placeholder in PLACEHOLDER.captures_iter(text) {
            let kind = IdentifierKind::ALL.into_iter().find(|kind| kind.tag() == &placeholder[1]);
            let (Some(kind), Ok(number)) = (kind, placeholder[2].parse::<u32>()) else { continue };
            let last = self.last.entry(kind).or_default();
            *last = number.max(*last);
        }
    }

    /// The text with placeholders. Applied to what it returns, it changes nothing.
    pub(super) fn apply(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        // What is left around a placeholder is read again: each round leaves less to find.
        loop {
            let found = self.identifiers(&text);
            if found.is_empty() {
                return text;
            }
            text = self.replace(&text, found);
        }
    }

    /// True when a text that stays as it is, such as an id, holds a name or an address.
    pub(super) fn names_someone(&self, text: &str) -> bool {
        let telling = [IdentifierKind::Name, IdentifierKind::Email];
        self.identifiers(text).iter().any(|found| telling.contains(&found.kind))
    }

    /// What was found, by kind.
    pub(super) fn report(&self, source: &str) -> SourceRedaction {
        let count = |kind: &IdentifierKind| RedactionCount {
            kind: *kind,
            found: self.found.get(kind).copied().unwrap_or(0),
            different: self.numbers.keys().filter(|(of, _)| of == kind).count(),
        };
        SourceRedaction {
            source: source.to_owned(),
            state: RedactionState::AtLoad,
            counts: self.kinds.iter().map(count).collect(),
            not_looked_for: NOT_LOOKED_FOR.iter().map(|what| (*what).to_owned()).collect(),
        }
    }

    fn replace(&mut self, text: &str, found: Vec<IdentifierMatch>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for IdentifierMatch { range, kind, value } in found {
            *self.found.entry(kind).or_default() += 1;
            let last = &mut self.last;
            let number = *self.numbers.entry((kind, value)).or_insert_with(|| {
                let last = last.entry(kind).or_default();
                *last += 1;
                *last
            });
            out.push_str(&text[end..range.start]);
            for part in ["[", kind.tag(), "_", &number.to_string(), "]"] {
                out.push_str(part);
            }
            end = range.end;
        }
        out.push_str(&text[end..]);
        out
    }

    /// Everything to be replaced, in order, without overlap. Placeholders are left alone.
    fn identifiers(&self, text: &str) -> Vec<IdentifierMatch> {
        let mut found = Vec::new();
        let mut start = 0;
        for placeholder in PLACEHOLDER.find_iter(text) {
            self.in_stretch(text, start..placeholder.start(), &mut found);
            start = placeholder.end();
        }
        self.in_stretch(text, start..text.len(), &mut found);
        found
    }

    fn in_stretch(&self, text: &str, stretch: Range<usize>, found: &mut Vec<IdentifierMatch>) {
        let words = &text[stretch.clone()];
        let plain = Plain::new(words);
        let mut here: Vec<IdentifierMatch> = Vec::new();
        for (kind, find) in find::FINDERS {
            if self.kinds.contains(kind) {
                find(plain.text(), &mut here);
            }
        }
        if self.kinds.contains(&IdentifierKind::Name) {
            self.names.find(plain.text(), &mut here);
        }
        for hit in &mut here {
            hit.range = plain.origin(hit.range.clone());
        }
        if self.kinds.contains(&IdentifierKind::Id) {
            for pattern in &self.ids {
                let hits = pattern.find_iter(words).filter(|hit| !hit.is_empty());
                here.extend(hits.map(|hit| codes::id(words, hit.range())));
            }
        }
        here.retain(|hit| !hit.range.is_empty());
        let shifted = merged(words, here).into_iter().map(|hit| IdentifierMatch {
            range: hit.range.start + stretch.start..hit.range.end + stretch.start,
            ..hit
        });
        found.extend(shifted);
    }
}

/// Overlapping finds become one that covers all of them, of the kind that says most; so nothing of an identifier is
/// left beside a placeholder.
fn merged(text: &str, mut found: Vec<IdentifierMatch>) -> Vec<IdentifierMatch> {
    found.sort_by(|a, b| (a.range.start, b.range.end).cmp(&(b.range.start, a.range.end)));
    let mut out: Vec<IdentifierMatch> = Vec::new();
    for next in found {
        match out.last_mut() {
            Some(last) if next.range.start < last.range.end => {
                let range = last.range.start..last.range.end.max(next.range.end);
                let winner = if rank(next.kind) < rank(last.kind) { next } else { last.clone() };
                let same = winner.range == range;
                let value = if same { winner.value } else { text[range.clone()].to_lowercase() };
                *last = IdentifierMatch { range, kind: winner.kind, value };
            }
            _ => out.push(next),
        }
    }
    out
}

/// A web address may hold a name and a number, a number no address.
fn rank(kind: IdentifierKind) -> u8 {
    match kind {
        IdentifierKind::Email => 0,
        IdentifierKind::Url => 1,
        IdentifierKind::Ip => 2,
        IdentifierKind::Date => 3,
        IdentifierKind::Id => 4,
        IdentifierKind::Name => 5,
        IdentifierKind::Phone => 6,
    }
}

/// A text without the names of a list: for texts that are kept beside a run and are no transcript.
pub fn without_names(text: &str, names: &[String]) -> String {
    let spec = Redaction { kinds: vec![IdentifierKind::Name], names: names.to_vec(), ids: Vec::new() };
    match Redactor::new(&spec, "") {
        Ok(mut redactor) => redactor.apply(text),
        Err(_) => unreachable!("no pattern can be malformed where there is none"),
    }
}

/// True when brackets hold a placeholder and no back-channel.
pub(super) fn is_placeholder(bracketed: &str) -> bool {
    PLACEHOLDER.find(bracketed).is_some_and(|hit| hit.range() == (0..bracketed.len()))
}

#[cfg(test)]
mod measured;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;
