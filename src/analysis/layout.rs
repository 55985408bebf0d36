//! Builds the panel from a run's ratings: which ratings are excluded and why, what is counted, and the order of
//! sessions and raters.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::{Arm, Digest, ItemId, RaterKind, Rating, RatingOutcome, Session};

use super::draft::PanelDraft;
use super::findings::{ExcludedRatings, OutcomeTally, StaleRatings};
use super::inputs::Inputs;
use super::sheet::Panel;
use crate::analysis::cell::AnalysisUnit;
use crate::analysis::cell::ScoreCell;

/// The panel and everything counted while building it.
pub(super) struct RaterLayout<'a> {
    pub(super) panel: Panel,
    pub(super) excluded: ExcludedRatings,
    /// Ratings that were used, ordered by session, item and rater.
    pub(super) ratings: Vec<&'a Rating>,
    /// Outcomes by arm index, item index and rater index.
    pub(super) tallies: BTreeMap<(u32, u32, u32), OutcomeTally>,
    /// Sessions in id order.
    pub(super) sessions: Vec<&'a Session>,
    /// Sources in id order.
    pub(super) sources: Vec<&'a str>,
}

/// `original` first, then the conditions in order, then arms that occur only in sessions.
pub(super) fn arm_names(inputs: &Inputs<'_>) -> Vec<String> {
    let present: BTreeSet<String> = inputs.sessions.iter().map(|s| s.arm.to_string()).collect();
    let mut names: Vec<String> = Vec::new();
    let original = present.contains("original").then(|| "original".to_owned());
    // A condition whose reconstructions all failed stays in every table, with n = 0.
    let conditions = inputs.conditions.iter().map(|c| c.id.to_string());
    for name in original.into_iter().chain(conditions).chain(present.iter().cloned()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Builds the rater panel from the run's ratings.
pub(super) fn layout<'a>(inputs: &Inputs<'a>) -> RaterLayout<'a> {
    let mut sessions: Vec<&Session> = inputs.sessions.iter().collect();
    sessions.sort_by(|a, b| a.id.cmp(&b.id));
    let arms = arm_names(inputs);
    let sources: Vec<&str> =
        sessions.iter().map(|s| s.source.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let units = units(&sessions, &arms, &sources);
    let (ratings, mut excluded) = admit(inputs, &sessions);
    let (raters, humans) = raters(inputs, &ratings);
    let index = Index::new(inputs, &sessions, &raters);
    let cells: Vec<ScoreCell> = ratings.iter().filter_map(|rating| index.cell(rating)).collect();
    let tallies = tallies(&ratings, &index, &units, arms.len());
    let items: Vec<String> = inputs.items.iter().map(ToString::to_string).collect();
    let out_of_scale = inputs
        .items
        .iter()
        .map(|id| inputs.out_of_scale.iter().filter(|(item, _)| item == id).map(|(_, n)| n).sum())
        .collect();
    let draft = PanelDraft {
        raters,
        humans,
        arms,
        items,
        units,
        cells,
        out_of_scale,
        categories: inputs.rubric.scale.values(),
        rubric: Some(inputs.rubric),
    };
    let panel = draft.build();
    excluded.duplicates = panel.duplicates;
    RaterLayout { panel, excluded, ratings, tallies, sessions, sources }
}

fn units(sessions: &[&Session], arms: &[String], sources: &[&str]) -> Vec<AnalysisUnit> {
    let arm_of: HashMap<&str, u32> = arms.iter().map(String::as_str).zip(0..).collect();
    let source_of: HashMap<&str, u32> = sources.iter().copied().zip(0..).collect();
    sessions
        .iter()
        .map(|session| AnalysisUnit {
            cluster: source_of[session.source.as_str()],
            arm: arm_of.get(session.arm.to_string().as_str()).copied(),
            group: None,
        })
        .collect()
}

/// The ratings that are used, sorted, and counts of those that are not.
fn admit<'a>(inputs: &Inputs<'a>, sessions: &[&Session]) -> (Vec<&'a Rating>, ExcludedRatings) {
    let digests: HashMap<&str, Digest> =
        sessions.iter().map(|session| (session.id.as_str(), session.text_digest())).collect();
    let items: HashSet<&str> = inputs.items.iter().map(ItemId::as_str).collect();
    let mut excluded = ExcludedRatings::default();
    let mut stale: BTreeMap<(&str, &str, bool), usize> = BTreeMap::new();
    let mut admitted: Vec<&Rating> = Vec::with_capacity(inputs.ratings.len());
    for rating in inputs.ratings {
        let Some(digest) = digests.get(rating.session.as_str()) else {
            excluded.unknown_session += 1;
            continue;
        };
        if !items.contains(rating.item.as_str()) {
            excluded.unused_item += 1;
        } else if let Some(without_digest) = staleness(rating, digest) {
            *stale.entry((rating.session.as_str(), rating.rater.as_str(), without_digest)).or_default() += 1;
        } else {
            admitted.push(rating);
        }
    }
    admitted.sort_by(|a, b| (&a.session, &a.item, &a.rater).cmp(&(&b.session, &b.item, &b.rater)));
    excluded.stale = stale
        .into_iter()
        .map(|((session, rater, without_digest), count)| StaleRatings {
            session: session.to_owned(),
            rater: rater.to_owned(),
            count,
            without_digest,
        })
        .collect();
    (admitted, excluded)
}

/// Whether a rating is of another text. `Some(true)`: a clinician's rating of a reconstruction without a digest;
/// `Some(false)`: the digest of another text; `None`: the rating is current.
pub(super) fn staleness(rating: &Rating, text: &Digest) -> Option<bool> {
    match &rating.text_digest {
        Some(digest) => (digest != text).then_some(false),
        None => (rating.arm != Arm::Original && rating.kind == RaterKind::Clinician).then_some(true),
    }
}

/// Clinicians in id order, then judges as declared, then judges that occur only in ratings.
fn raters(inputs: &Inputs<'_>, ratings: &[&Rating]) -> (Vec<String>, usize) {
    let of_kind = |kind: RaterKind| -> BTreeSet<&str> {
        ratings.iter().filter(|r| r.kind == kind).map(|r| r.rater.as_str()).collect()
    };
    let judges = of_kind(RaterKind::Judge);
    let declared: Vec<&str> = inputs.judges.iter().map(|judge| judge.id.as_str()).collect();
    let mut names: Vec<String> = of_kind(RaterKind::Clinician).into_iter().map(str::to_owned).collect();
    let humans = names.len();
    names.extend(declared.iter().map(|id| (*id).to_owned()));
    names.extend(judges.into_iter().filter(|id| !declared.contains(id)).map(str::to_owned));
    (names, humans)
}

/// Positions of sessions, items and raters.
struct Index<'a> {
    sessions: HashMap<&'a str, u32>,
    items: HashMap<&'a str, u32>,
    raters: HashMap<&'a str, u32>,
}

impl<'a> Index<'a> {
    fn new(inputs: &Inputs<'a>, sessions: &[&'a Session], raters: &'a [String]) -> Self {
        Self {
            sessions: sessions.iter().map(|s| s.id.as_str()).zip(0..).collect(),
            items: inputs.items.iter().map(ItemId::as_str).zip(0..).collect(),
            raters: raters.iter().map(String::as_str).zip(0..).collect(),
        }
    }

    fn key(&self, rating: &Rating) -> Option<(u32, u32, u32)> {
        let unit = *self.sessions.get(rating.session.as_str())?;
        let item = *self.items.get(rating.item.as_str())?;
        Some((unit, item, *self.raters.get(rating.rater.as_str())?))
    }

    fn cell(&self, rating: &Rating) -> Option<ScoreCell> {
        let (unit, item, rater) = self.key(rating)?;
        Some(ScoreCell { unit, item, rater, value: rating.outcome.score() })
    }
}

/// Counts outcomes. A rater that scored anything in an arm and has no row for a session counts as missing there.
fn tallies(
    ratings: &[&Rating],
    index: &Index<'_>,
    units: &[AnalysisUnit],
    arms: usize,
) -> BTreeMap<(u32, u32, u32), OutcomeTally> {
    let mut per_arm = vec![0_usize; arms];
    units.iter().filter_map(|unit| unit.arm).for_each(|arm| per_arm[arm as usize] += 1);
    let mut tallies: BTreeMap<(u32, u32, u32), OutcomeTally> = BTreeMap::new();
    for rating in ratings {
        let Some((unit, item, rater)) = index.key(rating) else { continue };
        let Some(arm) = units[unit as usize].arm else { continue };
        let tally = tallies.entry((arm, item, rater)).or_default();
        match rating.outcome {
            RatingOutcome::Scored { .. } => tally.scored += 1,
            RatingOutcome::NotAssessable { .. } => tally.not_assessable += 1,
            RatingOutcome::Unusable { .. } => tally.unusable += 1,
            RatingOutcome::NotApplicable { .. } => tally.not_applicable += 1,
            RatingOutcome::Missing => tally.missing += 1,
        }
    }
    for ((arm, ..), tally) in &mut tallies {
        let seen =
            tally.scored + tally.not_assessable + tally.unusable + tally.not_applicable + tally.missing;
        tally.missing += per_arm[*arm as usize].saturating_sub(seen);
    }
    tallies
}
