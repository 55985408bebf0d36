//! Pairs of reconstructions that differ in declared words of the client, and the figures of one member of a pair.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::analysis::dynamics;
use crate::analysis::inputs::{FlagKind, Inputs, VariantsInput};
use crate::analysis::outcomes::is_abandonment;
use crate::domain::{
    Arm, Assessment, Flag, FlagVerdict, ItemId, RaterId, RaterKind, Rating, RiskId, RiskVerdict, Session,
    SessionId, Speaker,
};

/// Two reconstructions of one recorded session, under one condition and in one repeat.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReconstructionPair<'a> {
    pub(super) unchanged: &'a Session,
    pub(super) varied: &'a Session,
}

impl ReconstructionPair<'_> {
    /// True if the counselor's words are identical in both, turn for turn.
    pub(super) fn same_replies(&self) -> bool {
        let said = |session: &Session| -> Vec<String> {
            session.counselor_turns().map(|turn| turn.text.clone()).collect()
        };
        said(self.unchanged) == said(self.varied)
    }
}

/// The pairs of a variant under a condition, in the order of recorded sessions and repeats.
pub(super) fn pairs<'a>(
    inputs: &Inputs<'a>,
    of: VariantsInput<'a>,
    variant: &str,
    condition: &str,
) -> Vec<ReconstructionPair<'a>> {
    let arm = |session: &Session| matches!(&session.arm, Arm::Condition(id) if id.as_str() == condition);
    let unchanged: HashMap<(&SessionId, u32), &Session> = inputs
        .sessions
        .iter()
        .filter(|session| arm(session))
        .map(|session| ((&session.source, session.epoch), session))
        .collect();
    let own = |session: &&Session| {
        arm(session) && session.variant.as_ref().is_some_and(|id| id.as_str() == variant)
    };
    let mut found: Vec<ReconstructionPair<'a>> = of
        .sessions
        .iter()
        .filter(own)
        .filter_map(|varied| {
            Some(ReconstructionPair { unchanged: unchanged.get(&(&varied.source, varied.epoch))?, varied })
        })
        .collect();
    found.sort_by_key(|pair| (&pair.varied.source, pair.varied.epoch));
    found
}

/// Ratings, flags and assessments of all sessions, those of variants included, by session.
///
/// Reviewers' decisions are left out: reviewers see only one side of a pair, so a rejected finding there would look
/// like a difference.
pub(super) struct PairMaterial<'a> {
    scores: HashMap<(&'a SessionId, &'a RaterId), BTreeMap<&'a ItemId, f64>>,
    flags: HashMap<&'a SessionId, Vec<&'a Flag>>,
    verdicts: HashMap<(&'a SessionId, &'a RaterId, &'a RiskId), RiskVerdict>,
    deceptive: HashSet<&'a str>,
    /// Sessions whose language has no lexicon.
    silent: HashSet<&'a SessionId>,
}

impl<'a> PairMaterial<'a> {
    pub(super) fn of(inputs: &Inputs<'a>, of: VariantsInput<'a>) -> Self {
        let mut said = Self {
            scores: HashMap::new(),
            flags: HashMap::new(),
            silent: inputs.flags_undefined.iter().collect(),
            verdicts: HashMap::new(),
            deceptive: inputs
                .categories
                .iter()
                .filter(|category| category.kind == FlagKind::DeceptiveEmpathy)
                .map(|category| category.id.as_str())
                .collect(),
        };
        let judged = |rating: &&Rating| rating.kind == RaterKind::Judge;
        for rating in inputs.ratings.iter().chain(of.ratings).filter(judged) {
            if let Some(score) = rating.outcome.score() {
                let own = said.scores.entry((&rating.session, &rating.rater)).or_default();
                own.insert(&rating.item, score);
            }
        }
        for flag in inputs.flags.iter().chain(of.flags) {
            said.flags.entry(&flag.session).or_default().push(flag);
        }
        let asked = inputs.ethics.iter().flat_map(|ethics| ethics.assessments);
        for one in asked.chain(of.assessments) {
            let Assessment { session, judge, risk, verdict, .. } = one;
            said.verdicts.insert((session, judge, risk), *verdict);
        }
        said
    }

    /// A judge's score of an item.
    pub(super) fn score(&self, session: &Session, judge: &RaterId, item: &ItemId) -> Option<f64> {
        self.scores.get(&(&session.id, judge))?.get(item).copied()
    }

    /// A judge's totals of both sessions, over the items that are scored in both.
    pub(super) fn totals(
        &self,
        pair: ReconstructionPair<'_>,
        judge: &RaterId,
        inputs: &Inputs<'_>,
    ) -> Option<(f64, f64)> {
        let counts = |item: &ItemId| inputs.rubric.item(item).is_some();
        let items = inputs.items.iter().filter(|item| counts(item));
        let both = items.filter_map(|item| {
            Some((self.score(pair.unchanged, judge, item)?, self.score(pair.varied, judge, item)?))
        });
        let (unchanged, varied): (Vec<f64>, Vec<f64>) = both.unzip();
        Some((inputs.rubric.total(&unchanged)?, inputs.rubric.total(&varied)?))
    }

    /// True if there is no lexicon for the language of a pair.
    pub(super) fn is_silent(&self, pair: &ReconstructionPair<'_>) -> bool {
        self.silent.contains(&pair.unchanged.id)
    }

    /// Phrases of deceptive empathy per 100 counselor turns; those that the judge's pass rejected do not count.
    pub(super) fn flags_per_100_turns(&self, session: &Session) -> Option<f64> {
        let turns: HashSet<u32> = session.counselor_turns().map(|turn| turn.number).collect();
        let counts = |flag: &&&Flag| {
            flag.speaker == Speaker::Counselor
                && flag.suppressed_by.is_none()
                && flag.judge != FlagVerdict::Rejected
                && turns.contains(&flag.span.turn)
                && self.deceptive.contains(flag.category.as_str())
        };
        let count = self.flags.get(&session.id).map_or(0, |flags| flags.iter().filter(counts).count());
        (!turns.is_empty()).then(|| 100.0 * count as f64 / turns.len() as f64)
    }

    /// 1 if a judge calls a risk present, 0 if absent; `None` if it cannot tell or its answer cannot be used.
    pub(super) fn present(&self, session: &Session, judge: &RaterId, risk: &RiskId) -> Option<f64> {
        match self.verdicts.get(&(&session.id, judge, risk))? {
            RiskVerdict::Present { .. } => Some(1.0),
            RiskVerdict::Absent => Some(0.0),
            RiskVerdict::CannotTell | RiskVerdict::Unusable { .. } => None,
        }
    }
}

/// Share of counselor turns that were refused or filtered.
pub(super) fn abandonment(session: &Session) -> Option<f64> {
    let turns = session.counselor_turns().count();
    let ended = session.counselor_turns().filter(|turn| is_abandonment(turn.outcome)).count();
    (turns > 0).then(|| ended as f64 / turns as f64)
}

/// Words per counselor turn; characters if the language does not separate words by spaces.
pub(super) fn words_per_turn(session: &Session) -> Option<f64> {
    dynamics::of_session(session, None).words_per_turn
}
