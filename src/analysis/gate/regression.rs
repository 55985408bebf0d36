//! Changes of a judge's errors since an earlier run, session by session.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::layout::staleness;
use crate::domain::{Digest, RaterKind, Rating, Session};
use crate::stats::descriptive::mean;

/// Change of a judge's mean absolute error in one session that two runs judged and clinicians rated.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorChange {
    /// Id of the recorded session behind it: the cluster.
    pub source: String,
    /// Error in this run minus error in the earlier one.
    pub change: f64,
}

/// Changes of one judge's errors since an earlier run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorChanges {
    /// Changes in sessions that both runs hold.
    pub changes: Vec<ErrorChange>,
    /// Number of sessions with an error in one run only.
    pub unpaired: usize,
}

/// Contents of a stored run.
#[derive(Debug, Clone, Copy)]
pub struct JudgedRun<'a> {
    /// Recorded and reconstructed sessions.
    pub sessions: &'a [Session],
    /// Ratings of judges and clinicians.
    pub ratings: &'a [Rating],
}

/// Scores of one item of one session.
#[derive(Default)]
struct SessionScores {
    clinicians: Vec<f64>,
    judge: Option<f64>,
}

impl<'a> JudgedRun<'a> {
    /// A judge's absolute errors against the mean of the clinicians by item, per session, with the session's source.
    /// Ratings of a text that differs from the session's are ignored.
    fn errors(&self, judge: &str) -> BTreeMap<&'a str, (&'a str, BTreeMap<&'a str, f64>)> {
        let texts: HashMap<&str, Digest> =
            self.sessions.iter().map(|session| (session.id.as_str(), session.text_digest())).collect();
        let mut cells: BTreeMap<(&str, &str, &str), SessionScores> = BTreeMap::new();
        for rating in self.ratings {
            let Some(score) = rating.outcome.score() else { continue };
            let fresh = |text: &Digest| staleness(rating, text).is_none();
            if !texts.get(rating.session.as_str()).is_some_and(fresh) {
                continue;
            }
            let key = (rating.session.as_str(), rating.source.as_str(), rating.item.as_str());
            let cell = cells.entry(key).or_default();
            match rating.kind {
                RaterKind::Clinician => cell.clinicians.push(score),
                RaterKind::Judge if rating.rater.as_str() == judge => cell.judge = Some(score),
                RaterKind::Judge => {}
            }
        }
        let mut errors: BTreeMap<&str, (&str, BTreeMap<&str, f64>)> = BTreeMap::new();
        for ((session, source, item), cell) in cells {
            if let (Some(mean), Some(judged)) = (mean(&cell.clinicians), cell.judge) {
                let of_session = errors.entry(session).or_insert_with(|| (source, BTreeMap::new()));
                of_session.1.insert(item, (judged - mean).abs());
            }
        }
        errors
    }
}

/// Pairs the errors of a judge in two runs by session and item.
pub fn error_changes(now: JudgedRun<'_>, before: JudgedRun<'_>, judge: &str) -> ErrorChanges {
    let (now, mut before) = (now.errors(judge), before.errors(judge));
    let mut found = ErrorChanges::default();
    for (session, (source, errors)) in now {
        let then = before.remove(session).map(|(_, then)| then).unwrap_or_default();
        let changes: Vec<f64> =
            errors.iter().filter_map(|(item, error)| then.get(item).map(|then| error - then)).collect();
        match mean(&changes) {
            Some(change) => found.changes.push(ErrorChange { source: source.to_owned(), change }),
            None => found.unpaired += 1,
        }
    }
    found.unpaired += before.len();
    found
}
