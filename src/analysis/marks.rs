//! Agreement of flags with the spans that a person marked: precision, recall and F1, for exact spans, for overlap and
//! for tokens; for the lexicon alone, after the judge's pass, and for flags that both confirm.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Detector, Flag, FlagVerdict, Session};
use crate::stats::prevalence::clustered_share;
use crate::stats::spans::{LabelledSpan, MatchRule, mask, mask_scores, match_spans};
use crate::text::words::word_ranges;

use super::LEVEL;
use super::inputs::{Inputs, MarkInput};
use super::outcomes::clustered_ratio;
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};

/// Whether a method includes a flag.
type Takes = fn(&Flag) -> bool;

/// The methods whose flags are compared with the marks.
const METHODS: [(&str, Takes); 3] = [
    ("lexicon", |flag| flag.detector == Detector::Lexicon && flag.suppressed_by.is_none()),
    ("lexicon_and_judge", |flag| flag.suppressed_by.is_none() && flag.judge != FlagVerdict::Rejected),
    ("both", |flag| {
        flag.detector == Detector::Lexicon
            && flag.suppressed_by.is_none()
            && flag.judge == FlagVerdict::Confirmed
    }),
];

/// One session that a person read, on one line of positions: turns follow each other with a gap.
struct MarkedSession<'a> {
    session: &'a Session,
    marked: Vec<LabelledSpan>,
}

/// All rows; empty without marks. `sessions` are in id order.
pub(super) fn rows(inputs: &Inputs<'_>, sessions: &[&Session], resampling: &Resampling) -> Vec<EstimateRow> {
    let read = read(inputs.marks, sessions);
    if read.is_empty() {
        return Vec::new();
    }
    let judged = inputs.flag_judge.is_some();
    METHODS
        .iter()
        .filter(|(method, _)| judged || *method == "lexicon")
        .flat_map(|(method, takes)| of_method(method, *takes, inputs, &read, resampling))
        .collect()
}

fn read<'a>(marks: &[MarkInput], sessions: &[&'a Session]) -> Vec<MarkedSession<'a>> {
    let mut by_session: BTreeMap<&str, Vec<&MarkInput>> = BTreeMap::new();
    for mark in marks {
        by_session.entry(mark.session.as_str()).or_default().push(mark);
    }
    let of_session = |session: &&'a Session| {
        let own = by_session.get(session.id.as_str())?;
        let offsets = offsets(session);
        let span = |mark: &&MarkInput| {
            let (span, category) = mark.found.as_ref()?;
            let offset = offsets.get(&span.turn)?;
            Some(LabelledSpan { start: offset + span.start, end: offset + span.end, label: category.clone() })
        };
        Some(MarkedSession { session, marked: own.iter().filter_map(span).collect() })
    };
    sessions.iter().filter_map(of_session).collect()
}

/// Start of each counted counselor turn on the line of positions.
fn offsets(session: &Session) -> BTreeMap<u32, usize> {
    let mut at = 0;
    let mut found = BTreeMap::new();
    for turn in session.counselor_turns() {
        found.insert(turn.number, at);
        at += turn.text.len() + 1;
    }
    found
}

fn of_method(
    method: &str,
    takes: Takes,
    inputs: &Inputs<'_>,
    read: &[MarkedSession<'_>],
    resampling: &Resampling,
) -> Vec<EstimateRow> {
    let groups: Vec<(&str, MarkCounts, MarkCounts, MarkCounts)> = read
        .iter()
        .map(|one| {
            let offsets = offsets(one.session);
            let own = inputs.flags.iter().filter(|f| f.session == one.session.id && takes(f));
            let flagged: Vec<LabelledSpan> = own
                .filter_map(|flag| {
                    let offset = offsets.get(&flag.span.turn)?;
                    let (start, end) = (offset + flag.span.start, offset + flag.span.end);
                    Some(LabelledSpan { start, end, label: flag.category.clone() })
                })
                .collect();
            let matched = |threshold: f64| {
                let rule = MatchRule { threshold, same_label: true };
                MarkCounts {
                    both: match_spans(&one.marked, &flagged, rule).len(),
                    marked: one.marked.len(),
                    flagged: flagged.len(),
                }
            };
            (one.session.source.as_str(), matched(1.0), matched(0.5), in_tokens(one, &flagged))
        })
        .collect();
    let key = EstimateKey { item: method.to_owned(), ..EstimateKey::of("spans") };
    let parts: [(&str, Vec<(&str, MarkCounts)>); 3] = [
        ("exact", groups.iter().map(|(source, exact, _, _)| (*source, *exact)).collect()),
        ("overlap", groups.iter().map(|(source, _, overlap, _)| (*source, *overlap)).collect()),
        ("token", groups.iter().map(|(source, _, _, token)| (*source, *token)).collect()),
    ];
    parts.iter().flat_map(|(rule, counts)| rates(&key, rule, counts, resampling)).collect()
}

#[derive(Debug, Clone, Copy, Default)]
struct MarkCounts {
    both: usize,
    marked: usize,
    flagged: usize,
}

fn rates(
    key: &EstimateKey,
    rule: &str,
    counts: &[(&str, MarkCounts)],
    resampling: &Resampling,
) -> Vec<EstimateRow> {
    let share = |of: fn(&MarkCounts) -> usize| {
        clustered_share(counts.iter().map(|(source, c)| (*source, c.both, of(c))), LEVEL)
    };
    let f1: Vec<(&str, f64, f64)> = counts
        .iter()
        .map(|(source, c)| (*source, 2.0 * c.both as f64, (c.marked + c.flagged) as f64))
        .collect();
    let row = |name: &str, estimate| EstimateRow::new(key.statistic(&format!("{name}.{rule}")), &estimate);
    vec![
        row("precision", share(|c| c.flagged)),
        row("recall", share(|c| c.marked)),
        row("f1", clustered_ratio(&f1, 1.0, resampling, "spans.f1")),
    ]
}

/// Words inside a span, by category: a word counts once for each category it is marked or flagged as.
fn in_tokens(one: &MarkedSession<'_>, flagged: &[LabelledSpan]) -> MarkCounts {
    let offsets = offsets(one.session);
    let words: Vec<(usize, usize)> = one
        .session
        .counselor_turns()
        .flat_map(|turn| {
            let offset = offsets[&turn.number];
            word_ranges(&turn.text)
                .map(move |range| (offset + range.start, offset + range.end))
                .collect::<Vec<_>>()
        })
        .collect();
    let in_words = |spans: &[LabelledSpan]| -> Vec<LabelledSpan> {
        let touched = |span: &LabelledSpan| {
            let first = words.iter().position(|(_, end)| *end > span.start)?;
            let last = words.iter().rposition(|(start, _)| *start < span.end)?;
            (first <= last).then(|| LabelledSpan { start: first, end: last + 1, label: span.label.clone() })
        };
        spans.iter().filter_map(touched).collect()
    };
    let (marked, flagged) = (in_words(&one.marked), in_words(flagged));
    let labels: BTreeSet<&str> = marked.iter().chain(&flagged).map(|span| span.label.as_str()).collect();
    labels.into_iter().fold(MarkCounts::default(), |sum, label| {
        let own = |spans: &[LabelledSpan]| mask(spans, words.len(), Some(label));
        let scores = mask_scores(&own(&marked), &own(&flagged));
        MarkCounts {
            both: sum.both + scores.both,
            marked: sum.marked + scores.n_reference,
            flagged: sum.flagged + scores.n_predicted,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Study, flag};
    use crate::domain::Span as Place;

    fn value(rows: &[EstimateRow], item: &str, statistic: &str) -> f64 {
        let row = rows.iter().find(|row| row.key.item == item && row.key.statistic == statistic);
        row.and_then(super::super::row::EstimateRow::value).unwrap_or_else(|| panic!("{item} {statistic}"))
    }

    /// "s1: I hear you. What happened then?" in turn 2.
    #[test]
    fn exact_overlap_and_tokens_against_a_persons_marks() {
        let mut study = Study::small();
        let session = study.sessions[0].clone();
        let text = session.turn(2).expect("there").text.clone();
        assert!(text[4..].starts_with("I hear you. What happened"), "{text}");
        let at = |start, end| Place { turn: 2, start, end };
        let read = |found: Option<(Place, &str)>| MarkInput {
            session: session.id.clone(),
            found: found.map(|(span, category)| (span, category.to_owned())),
        };
        // Two marks; one flag hits the first but for its last word, one flag is of another category.
        let marks = vec![read(Some((at(4, 14), "DE1"))), read(Some((at(16, 29), "DE2"))), read(None)];
        let placed =
            |start, end, category: &str| Flag { span: at(start, end), ..flag(&session, 2, category) };
        study.flags = vec![placed(4, 10, "DE1"), placed(16, 29, "DE1")];
        let mut inputs = study.inputs();
        inputs.marks = &marks;
        let found = rows(&inputs, &[&session], &Resampling::new(1, 0));
        assert_eq!(found.len(), 9, "no judge pass: the lexicon alone");
        assert!(value(&found, "lexicon", "precision.exact").abs() < 1e-9);
        assert!((value(&found, "lexicon", "precision.overlap") - 0.5).abs() < 1e-9);
        assert!((value(&found, "lexicon", "recall.overlap") - 0.5).abs() < 1e-9);
        // DE1: marked 3 words, flagged 2 + 2, both 2; DE2: marked 2 words, flagged none.
        assert!((value(&found, "lexicon", "precision.token") - 2.0 / 4.0).abs() < 1e-9);
        assert!((value(&found, "lexicon", "recall.token") - 2.0 / 5.0).abs() < 1e-9);
        assert!((value(&found, "lexicon", "f1.token") - 4.0 / 9.0).abs() < 1e-9);
    }

    #[test]
    fn a_session_read_without_marks_makes_its_flags_wrong() {
        let mut study = Study::small();
        let session = study.sessions[0].clone();
        study.flags = vec![flag(&session, 2, "DE1")];
        let marks = [MarkInput { session: session.id.clone(), found: None }];
        let mut inputs = study.inputs();
        inputs.marks = &marks;
        let found = rows(&inputs, &[&session], &Resampling::new(1, 0));
        assert!(value(&found, "lexicon", "precision.overlap").abs() < 1e-9);
        let recall = found.iter().find(|row| row.key.statistic == "recall.overlap").expect("a row");
        assert_eq!(recall.value(), None, "nothing to find is no recall of 0");
    }
}
