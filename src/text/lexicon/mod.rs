//! Scans a turn for flagged phrases, without knowing who speaks, and keeps suppressed hits visible.

mod examples;
pub mod spec;
mod suppress;

use std::collections::HashSet;
use std::ops::Range;

pub use examples::ExampleFailure;
use spec::{CategorySpec, Detection, EntrySeverity, LexiconSpec, SuppressorKind};
use suppress::TurnContext;

use super::cues::{PhraseMatch, PhraseSet, byte_range};
use super::phrase::PhraseError;
use super::words::{Token, tokens};

/// Format that [`Lexicon::compile`] reads.
pub const FORMAT: &str = "corater-lexicon/1";

/// A checked lexicon, ready to scan.
#[derive(Debug, Clone)]
pub struct Lexicon {
    spec: LexiconSpec,
    /// For each entry, the index of its category.
    category_of: Vec<usize>,
    phrases: PhraseSet,
    /// For each phrase, its owner.
    owners: Vec<Owner>,
    /// Client phrases that express a feeling; `None` if the lexicon lists none.
    disclosure: Option<PhraseSet>,
    /// Counselor phrases that say it is a program; `None` if the lexicon lists none.
    self_identified: Option<PhraseSet>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Entry(usize),
    Suppressor(usize),
}

/// Context of the scanned turn.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScanContext<'a> {
    /// The client's turn before this one; words quoted from it are the client's.
    pub client_turn: Option<&'a str>,
}

/// A flagged phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexiconHit {
    /// Id of the category.
    pub category: String,
    /// Severity of the entry, or of its category.
    pub severity: EntrySeverity,
    /// Byte range in the turn.
    pub range: Range<usize>,
    /// Id of the entry.
    pub entry: String,
    /// What suppressed it, if anything; such a hit is shown to editors of the lexicon and not counted.
    pub suppressed_by: Option<Suppression>,
}

/// What suppressed a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Id of the suppressor.
    pub id: String,
    /// Its kind.
    pub kind: SuppressorKind,
}

/// Why a lexicon cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// The file has another format, or another version of it.
    #[error("lexicon format is \"{found}\", expected \"{FORMAT}\"")]
    Format {
        /// The format that the file states.
        found: String,
    },
    /// An id occurs twice.
    #[error("{what} \"{id}\" appears twice")]
    Duplicate {
        /// Category, entry or suppressor.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// A category is not listed.
    #[error("{what} \"{id}\" names category \"{category}\", which is not listed")]
    UnknownCategory {
        /// Entry or suppressor.
        what: &'static str,
        /// Its id.
        id: String,
        /// The missing category.
        category: String,
    },
    /// A category that is found by phrases has no entries, or one that needs a judge has some.
    #[error("category \"{category}\" is found by {detection:?} and has {entries} entries")]
    Entries {
        /// The category.
        category: String,
        /// How the category is declared to be found.
        detection: Detection,
        /// Number of its entries.
        entries: usize,
    },
    /// Phrases are missing where they are needed, or given where they are not used.
    #[error("{what} \"{id}\": `phrases` must be given, except where quote marks decide")]
    Phrases {
        /// Entry or suppressor.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A phrase cannot be read.
    #[error("{what} \"{id}\": {source}")]
    Phrase {
        /// Entry or suppressor.
        what: &'static str,
        /// Its id.
        id: String,
        /// Why it cannot be read.
        source: PhraseError,
    },
}

impl Lexicon {
    /// Checks a lexicon and prepares it for scanning.
    ///
    /// # Errors
    /// An id repeats, a category is unknown or empty, or a phrase cannot be read.
    pub fn compile(spec: LexiconSpec) -> Result<Self, LexiconError> {
        if spec.format != FORMAT {
            return Err(LexiconError::Format { found: spec.format });
        }
        check_ids(&spec)?;
        let category_of = categories_of_entries(&spec)?;
        check_detection(&spec, &category_of)?;
        check_phrases(&spec)?;
        let (written, owners): (Vec<_>, Vec<_>) = owned_phrases(&spec).unzip();
        let phrases =
            PhraseSet::compile(&written, &spec.lists).map_err(|source| first_unreadable(&spec, source))?;
        let disclosure = context_phrases(&spec, "disclosure", &spec.context.disclosure)?;
        let self_identified = context_phrases(&spec, "self_identified", &spec.context.self_identified)?;
        Ok(Self { spec, category_of, phrases, owners, disclosure, self_identified })
    }

    /// The lexicon as written.
    pub fn spec(&self) -> &LexiconSpec {
        &self.spec
    }

    /// Whether a client's turn expresses a feeling; `None` if the lexicon has no list for this.
    pub fn discloses(&self, turn: &str) -> Option<bool> {
        self.disclosure.as_ref().map(|phrases| phrases.count(turn) > 0)
    }

    /// The end of the words with which a counselor's turn first says that it is a program, if it does; the outer `None`
    /// means that the lexicon has no list for this.
    pub fn identifies_itself(&self, turn: &str) -> Option<Option<usize>> {
        self.self_identified.as_ref().map(|phrases| phrases.ranges(turn).first().map(|range| range.end))
    }

    /// The flagged phrases of a turn, in order of position; suppressed ones are included and marked.
    ///
    /// Among overlapping phrases of one category the longest wins (then the earlier, then the more severe). Only then
    /// is it checked whether something suppresses it.
    pub fn scan(&self, turn: &str, context: ScanContext<'_>) -> Vec<LexiconHit> {
        let words = tokens(turn);
        let matches = self.phrases.matches(&words);
        let chosen = self.longest_of_each_category(&matches);
        if chosen.is_empty() {
            return Vec::new();
        }
        let surroundings = TurnContext::new(turn, &words, context.client_turn);
        let hits = chosen.into_iter().map(|(entry, at)| self.hit(entry, at, &words, &matches, &surroundings));
        hits.collect()
    }

    fn longest_of_each_category<'m>(&self, matches: &'m [PhraseMatch]) -> Vec<(usize, &'m Range<usize>)> {
        let entry_of = |m: &'m PhraseMatch| match self.owners[m.phrase] {
            Owner::Entry(entry) => Some((entry, &m.words)),
            Owner::Suppressor(_) => None,
        };
        let mut candidates: Vec<_> = matches.iter().filter_map(entry_of).collect();
        candidates.sort_by_key(|&(entry, at)| {
            (std::cmp::Reverse(at.len()), at.start, std::cmp::Reverse(self.severity(entry)), entry)
        });
        let mut chosen: Vec<(usize, &Range<usize>)> = Vec::new();
        for (entry, at) in candidates {
            let same_place = |&&(other, there): &&(usize, &Range<usize>)| {
                self.category_of[other] == self.category_of[entry]
                    && at.start < there.end
                    && there.start < at.end
            };
            if !chosen.iter().any(|other| same_place(&other)) {
                chosen.push((entry, at));
            }
        }
        chosen.sort_by_key(|&(entry, at)| (at.start, at.end, self.category_of[entry]));
        chosen
    }

    fn hit(
        &self,
        entry: usize,
        at: &Range<usize>,
        words: &[Token<'_>],
        matches: &[PhraseMatch],
        surroundings: &TurnContext<'_>,
    ) -> LexiconHit {
        let category = &self.category(entry).id;
        let takes_back = |index: usize| {
            let suppressor = &self.spec.suppressors[index];
            let places = matches
                .iter()
                .filter(|m| self.owners[m.phrase] == Owner::Suppressor(index))
                .map(|m| &m.words);
            (suppressor.categories.is_empty() || suppressor.categories.contains(category))
                && surroundings.takes_back(suppressor, places, at)
        };
        let taken_back = (0..self.spec.suppressors.len()).find(|&index| takes_back(index));
        LexiconHit {
            category: category.clone(),
            severity: self.severity(entry),
            range: byte_range(words, at),
            entry: self.spec.entries[entry].id.clone(),
            suppressed_by: taken_back.map(|index| {
                let suppressor = &self.spec.suppressors[index];
                Suppression { id: suppressor.id.clone(), kind: suppressor.kind }
            }),
        }
    }

    fn category(&self, entry: usize) -> &CategorySpec {
        &self.spec.categories[self.category_of[entry]]
    }

    fn severity(&self, entry: usize) -> EntrySeverity {
        self.spec.entries[entry].severity.unwrap_or(self.category(entry).severity)
    }
}

fn context_phrases(
    spec: &LexiconSpec,
    id: &'static str,
    phrases: &[String],
) -> Result<Option<PhraseSet>, LexiconError> {
    let compiled = (!phrases.is_empty()).then(|| PhraseSet::compile(phrases, &spec.lists)).transpose();
    compiled.map_err(|source| LexiconError::Phrase { what: "context", id: id.to_owned(), source })
}

/// Every phrase with its owner: entries first, in the order of the file.
fn owned_phrases(spec: &LexiconSpec) -> impl Iterator<Item = (&String, Owner)> {
    let entries = spec.entries.iter().enumerate();
    let entries = entries.flat_map(|(i, entry)| entry.phrases.iter().map(move |p| (p, Owner::Entry(i))));
    let suppressors = spec.suppressors.iter().enumerate();
    entries.chain(suppressors.flat_map(|(i, s)| s.phrases.iter().map(move |p| (p, Owner::Suppressor(i)))))
}

/// Error that names the entry or suppressor whose phrase could not be compiled.
fn first_unreadable(spec: &LexiconSpec, source: PhraseError) -> LexiconError {
    let unreadable = |(phrase, _): &(&String, Owner)| PhraseSet::compile(&[*phrase], &spec.lists).is_err();
    match owned_phrases(spec).find(unreadable).map(|(_, owner)| owner) {
        Some(Owner::Suppressor(i)) => {
            LexiconError::Phrase { what: "suppressor", id: spec.suppressors[i].id.clone(), source }
        }
        Some(Owner::Entry(i)) => {
            LexiconError::Phrase { what: "entry", id: spec.entries[i].id.clone(), source }
        }
        // Each phrase compiles alone, so all of them together are too many.
        None => LexiconError::Phrase { what: "lexicon", id: spec.id.clone(), source },
    }
}

fn check_ids(spec: &LexiconSpec) -> Result<(), LexiconError> {
    first_repeated("category", spec.categories.iter().map(|category| &category.id))?;
    first_repeated("entry", spec.entries.iter().map(|entry| &entry.id))?;
    first_repeated("suppressor", spec.suppressors.iter().map(|suppressor| &suppressor.id))
}

fn first_repeated<'i>(what: &'static str, ids: impl Iterator<Item = &'i String>) -> Result<(), LexiconError> {
    let mut seen = HashSet::new();
    let mut ids = ids;
    let repeated = ids.find(|&id| !seen.insert(id));
    repeated.map_or(Ok(()), |id| Err(LexiconError::Duplicate { what, id: id.clone() }))
}

fn categories_of_entries(spec: &LexiconSpec) -> Result<Vec<usize>, LexiconError> {
    let find = |what, id: &String, category: &String| {
        let unknown = || LexiconError::UnknownCategory { what, id: id.clone(), category: category.clone() };
        spec.categories.iter().position(|known| known.id == *category).ok_or_else(unknown)
    };
    for suppressor in &spec.suppressors {
        for category in &suppressor.categories {
            find("suppressor", &suppressor.id, category)?;
        }
    }
    spec.entries.iter().map(|entry| find("entry", &entry.id, &entry.category)).collect()
}

fn check_detection(spec: &LexiconSpec, category_of: &[usize]) -> Result<(), LexiconError> {
    for (index, category) in spec.categories.iter().enumerate() {
        let entries = category_of.iter().filter(|&&of| of == index).count();
        if (category.detection == Detection::Lexicon) != (entries > 0) {
            let (category, detection) = (category.id.clone(), category.detection);
            return Err(LexiconError::Entries { category, detection, entries });
        }
    }
    Ok(())
}

fn check_phrases(spec: &LexiconSpec) -> Result<(), LexiconError> {
    if let Some(entry) = spec.entries.iter().find(|entry| entry.phrases.is_empty()) {
        return Err(LexiconError::Phrases { what: "entry", id: entry.id.clone() });
    }
    let mut suppressors = spec.suppressors.iter();
    match suppressors.find(|suppressor| suppressor.place.needs_phrases() == suppressor.phrases.is_empty()) {
        Some(wrong) => Err(LexiconError::Phrases { what: "suppressor", id: wrong.id.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
