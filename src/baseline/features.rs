//! Observable features of a transcript that the baseline judge counts.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

use crate::domain::{Speaker, transcript::TranscriptLine};

/// Position of a cue: turn number and half-open byte range in that turn's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CuePosition {
    pub(super) turn: u32,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Phrases in lower case, compiled to one automaton; any of them is a match.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct Cue(AhoCorasick);

impl TryFrom<Vec<String>> for Cue {
    type Error = aho_corasick::BuildError;

    fn try_from(mut phrases: Vec<String>) -> Result<Self, Self::Error> {
        // If several phrases match at one position, the shortest is reported.
        phrases.sort_by_key(String::len);
        AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(phrases).map(Self)
    }
}

/// Counts over the counselor's turns of one transcript.
#[derive(Debug)]
pub(super) struct Features<'t> {
    counselor: Vec<&'t TranscriptLine>,
    folded: Vec<String>,
    client_words: usize,
}

impl<'t> Features<'t> {
    /// Reads the lines once.
    pub(super) fn of(lines: &'t [TranscriptLine]) -> Self {
        let counselor: Vec<&TranscriptLine> =
            lines.iter().filter(|l| l.speaker == Speaker::Counselor).collect();
        // ASCII lower case keeps byte offsets, so a cue's position is valid in the turn itself.
        let folded = counselor.iter().map(|line| line.text.to_ascii_lowercase()).collect();
        let client_words =
            lines.iter().filter(|l| l.speaker == Speaker::Client).map(|l| words(&l.text)).sum();
        Self { counselor, folded, client_words }
    }

    /// Number of counselor turns.
    pub(super) fn turns(&self) -> usize {
        self.counselor.len()
    }

    /// First and last counselor turn number; `(0, 0)` without counselor turns.
    pub(super) fn span(&self) -> (u32, u32) {
        let first = self.counselor.first().map_or(0, |l| l.number);
        (first, self.counselor.last().map_or(0, |l| l.number))
    }

    /// The text of a counselor turn, if there is one with this number.
    pub(super) fn text(&self, turn: u32) -> Option<&'t str> {
        self.counselor.iter().find(|l| l.number == turn).map(|l| l.text.as_str())
    }

    /// Position of the first match of a cue in each counselor turn.
    pub(super) fn find(&self, cue: &Cue) -> Vec<CuePosition> {
        let places = self.counselor.iter().zip(&self.folded).filter_map(|(line, folded)| {
            let hit = cue.0.find(folded)?;
            Some(CuePosition { turn: line.number, start: hit.start(), end: hit.end() })
        });
        places.collect()
    }

    /// Positions of open questions, at most one per counselor turn.
    pub(super) fn open_questions(&self) -> Vec<CuePosition> {
        const OPEN: [&str; 6] = ["what", "how", "when", "where", "which", "who"];
        self.counselor
            .iter()
            .zip(&self.folded)
            .filter_map(|(line, folded)| {
                let end = folded.find('?')? + 1;
                let start = folded[..end - 1].rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
                let asked = &folded[start..end];
                let open =
                    OPEN.iter().any(|word| asked.split(|c: char| !c.is_alphanumeric()).any(|w| w == *word));
                open.then_some(CuePosition { turn: line.number, start, end })
            })
            .collect()
    }

    /// Counselor words as a share of all words, in [0, 1].
    pub(super) fn talk_share(&self) -> f64 {
        let own = self.counselor_words();
        own as f64 / (own + self.client_words).max(1) as f64
    }

    /// Mean words of a counselor turn.
    pub(super) fn words_per_turn(&self) -> f64 {
        self.counselor_words() as f64 / self.turns().max(1) as f64
    }

    /// Distinct three-word sequences as a share of all of them, in [0, 1]; low if replies repeat one template.
    pub(super) fn variety(&self) -> f64 {
        let mut seen = BTreeSet::new();
        let mut all = 0usize;
        for folded in &self.folded {
            let tokens: Vec<&str> = folded.split_whitespace().collect();
            for run in tokens.windows(3) {
                all += 1;
                seen.insert((run[0], run[1], run[2]));
            }
        }
        seen.len() as f64 / all.max(1) as f64
    }

    /// Number of the named cues that occur at least once.
    pub(super) fn stages(&self, stages: &[String], cues: &BTreeMap<String, Cue>) -> usize {
        stages.iter().filter(|id| cues.get(*id).is_some_and(|cue| !self.find(cue).is_empty())).count()
    }

    fn counselor_words(&self) -> usize {
        self.counselor.iter().map(|line| words(&line.text)).sum()
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// At least six words around a position, unchanged: a quote that a reader can check.
pub(super) fn quote_around(text: &str, place: CuePosition) -> &str {
    let bounds: Vec<(usize, usize)> = text
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            (start, start + word.len())
        })
        .collect();
    let first = bounds.iter().position(|(_, end)| *end > place.start).unwrap_or(0);
    let last = bounds.iter().rposition(|(start, _)| *start < place.end).unwrap_or(0);
    let from = first.saturating_sub(2);
    let to = (last + 4).min(bounds.len().saturating_sub(1));
    match (bounds.get(from), bounds.get(to)) {
        (Some((start, _)), Some((_, end))) => &text[*start..*end],
        _ => text,
    }
}
