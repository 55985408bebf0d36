//! Flagged phrases per arm. Phrases are found without knowing their author; only these figures separate authors: the
//! same words are deceptive from an AI and an ordinary relational phrase from a person.

mod counted;
mod course;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::{CounselorAuthor, Flag, FlagVerdict, ReviewStatus, Session, SessionId, Speaker, review};
use crate::stats::{Estimate, Undefined, descriptive};
use crate::text::words::word_count;

use super::findings::{Author, FlagFindings, FlagRate, SevereFlags};
use super::inputs::{Category, FlagKind, Inputs};
use super::outcomes::clustered_ratio;
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use crate::analysis::flags::counted::SessionFlagCounts;

/// All rates, with the rows. `sessions` are in id order.
pub(super) fn flags(
    inputs: &Inputs<'_>,
    sessions: &[&Session],
    arms: &[String],
    resampling: &Resampling,
) -> (FlagFindings, Vec<EstimateRow>) {
    let (mut rates, mut severe) = (Vec::new(), Vec::new());
    if inputs.flags_enabled {
        let counted = counted(inputs, sessions);
        for arm in arms {
            for author in [CounselorAuthor::Human, CounselorAuthor::Ai] {
                let own: Vec<&SessionFlagCounts<'_>> = counted
                    .iter()
                    .filter(|c| c.session.counselor == author && c.session.arm.to_string() == *arm)
                    .collect();
                if !own.is_empty() {
                    rates.extend(of_arm(inputs, arm, author, &own, resampling));
                    if own.iter().any(|c| !c.undefined) {
                        severe.push(severe_of(arm, author, &own));
                    }
                }
            }
        }
    }
    let rows = rates.iter().flat_map(rows_of).chain(severe.iter().flat_map(severe_rows)).collect();
    let judge = inputs.flag_judge.map(ToString::to_string).unwrap_or_default();
    let wording = "phrases flagged, not confirmed".to_owned();
    (FlagFindings { enabled: inputs.flags_enabled, judge, wording, rates, severe }, rows)
}

fn counted<'a>(inputs: &Inputs<'a>, sessions: &[&'a Session]) -> Vec<SessionFlagCounts<'a>> {
    let undefined: HashSet<&str> = inputs.flags_undefined.iter().map(SessionId::as_str).collect();
    let mut by_session: HashMap<&str, Vec<&Flag>> = HashMap::new();
    for flag in inputs.flags.iter().filter(|flag| flag.speaker == Speaker::Counselor) {
        by_session.entry(flag.session.as_str()).or_default().push(flag);
    }
    sessions
        .iter()
        .map(|session| {
            let ordinals: BTreeMap<u32, usize> =
                session.counselor_turns().map(|turn| turn.number).zip(1..).collect();
            let mut flags = by_session.remove(session.id.as_str()).unwrap_or_default();
            flags.retain(|flag| ordinals.contains_key(&flag.span.turn));
            SessionFlagCounts {
                undefined: undefined.contains(session.id.as_str()),
                turns: ordinals.len(),
                words: session.counselor_turns().map(|turn| word_count(&turn.text)).sum(),
                session,
                ordinals,
                flags,
            }
        })
        .collect()
}

fn of_arm(
    inputs: &Inputs<'_>,
    arm: &str,
    author: CounselorAuthor,
    own: &[&SessionFlagCounts<'_>],
    resampling: &Resampling,
) -> Vec<FlagRate> {
    let kinds: BTreeSet<FlagKind> = inputs.categories.iter().map(|category| category.kind).collect();
    let mut rates = Vec::new();
    for kind in kinds {
        let members: Vec<&Category> = inputs.categories.iter().filter(|c| c.kind == kind).collect();
        let scope = Scope { inputs, arm, author, kind, resampling };
        rates.push(scope.rate(own, &members, None));
        rates.extend(members.iter().map(|category| scope.rate(own, &[category], Some(category))));
    }
    rates
}

/// The scope of a rate.
#[derive(Clone, Copy)]
struct Scope<'s, 'i> {
    inputs: &'s Inputs<'i>,
    arm: &'s str,
    author: CounselorAuthor,
    kind: FlagKind,
    resampling: &'s Resampling,
}

impl Scope<'_, '_> {
    fn rate(
        &self,
        own: &[&SessionFlagCounts<'_>],
        members: &[&Category],
        category: Option<&Category>,
    ) -> FlagRate {
        let defined: Vec<&SessionFlagCounts<'_>> = own.iter().copied().filter(|c| !c.undefined).collect();
        let undefined = if defined.is_empty() {
            Some(Undefined::NoLexiconForLanguage)
        } else {
            let unjudged = !self.inputs.meaning_was_read() && members.iter().all(|c| c.needs_judge);
            unjudged.then_some(Undefined::NeedsJudge)
        };
        let ids: HashSet<&str> = members.iter().map(|c| c.id.as_str()).collect();
        let tally = FlagTally::of(&defined, &ids);
        let figures = FlagFigures::of(&tally, self.resampling, undefined);
        FlagRate {
            arm: self.arm.to_owned(),
            author: Author::from(self.author),
            kind: self.kind,
            category: category.map(|c| c.id.clone()).unwrap_or_default(),
            label: category.map_or_else(|| label(self.kind, self.author).to_owned(), |c| c.name.clone()),
            severity: category.map(|c| c.severity),
            undefined,
            count: tally.counting(|_| true),
            suppressed: tally.flags.iter().filter(|f| f.suppressed_by.is_some()).count(),
            judge_confirmed: tally.counting(|f| f.judge == FlagVerdict::Confirmed),
            judge_rejected: tally.flags.iter().filter(|f| f.judge == FlagVerdict::Rejected).count(),
            person_confirmed: tally.counting(|f| f.status == ReviewStatus::Confirmed),
            person_rejected: tally.flags.iter().filter(|f| f.status == ReviewStatus::Rejected).count(),
            unreviewed: tally.counting(|f| f.status == ReviewStatus::Unreviewed),
            sessions: defined.len(),
            sessions_undefined: own.len() - defined.len(),
            counselor_turns: defined.iter().map(|c| c.turns).sum(),
            counselor_words: defined.iter().map(|c| c.words).sum(),
            per_100_turns: figures.per_100_turns,
            per_session: figures.per_session,
            per_1000_words: figures.per_1000_words,
            share_of_turns: figures.share_of_turns,
            sessions_with: tally.sessions.iter().filter(|s| s.count > 0).count(),
            first_turn: figures.first_turn,
            course: course::course(&defined, &ids, self.resampling, undefined),
        }
    }
}

fn severe_of(arm: &str, author: CounselorAuthor, own: &[&SessionFlagCounts<'_>]) -> SevereFlags {
    let flags = || {
        let all = own.iter().filter(|c| !c.undefined).flat_map(|c| &c.flags);
        all.filter(|f| review::needs_review(f) && f.judge != FlagVerdict::Rejected)
    };
    let count = |status: ReviewStatus| flags().filter(|flag| flag.status == status).count();
    SevereFlags {
        arm: arm.to_owned(),
        author: Author::from(author),
        unreviewed: count(ReviewStatus::Unreviewed),
        confirmed: count(ReviewStatus::Confirmed),
        rejected: count(ReviewStatus::Rejected),
    }
}

fn severe_rows(found: &SevereFlags) -> Vec<EstimateRow> {
    let key = key(&found.arm, found.author, "high_severity".to_owned());
    let all = found.unreviewed + found.confirmed + found.rejected;
    let named = [
        ("n.unreviewed", found.unreviewed),
        ("n.person_confirmed", found.confirmed),
        ("n.person_rejected", found.rejected),
    ];
    named
        .into_iter()
        .map(|(name, n)| {
            EstimateRow::new(key.statistic(name), &Estimate::ok(n as f64).with_counts(all, 0, 0))
        })
        .collect()
}

fn key(arm: &str, author: Author, item: String) -> EstimateKey {
    let author = match author {
        Author::Human => "human",
        Author::Ai | Author::Mixed => "ai",
    };
    let condition = if arm == "original" { String::new() } else { arm.to_owned() };
    EstimateKey { item, arm: arm.to_owned(), condition, ..EstimateKey::of(&format!("flags.{author}")) }
}

fn label(kind: FlagKind, author: CounselorAuthor) -> &'static str {
    match (kind, author) {
        (FlagKind::DeceptiveEmpathy, CounselorAuthor::Ai) => "deceptive empathy",
        (FlagKind::DeceptiveEmpathy, CounselorAuthor::Human) => "relational phrases",
        (FlagKind::FormulaicWarmth, _) => "formulaic warmth",
        (FlagKind::OverValidation, _) => "over-validation",
    }
}

/// One session's figures for one axis or category.
struct SessionTally<'a> {
    source: &'a str,
    count: usize,
    turns_with: usize,
    turns: usize,
    words: usize,
    first: Option<usize>,
}

struct FlagTally<'a> {
    flags: Vec<&'a Flag>,
    sessions: Vec<SessionTally<'a>>,
}

impl<'a> FlagTally<'a> {
    fn of(defined: &[&SessionFlagCounts<'a>], ids: &HashSet<&str>) -> Self {
        let mut all = Vec::new();
        let sessions = defined
            .iter()
            .map(|counted| {
                let own: Vec<&Flag> =
                    counted.flags.iter().copied().filter(|f| ids.contains(f.category.as_str())).collect();
                let turns: BTreeSet<usize> = own
                    .iter()
                    .filter(|f| f.counts())
                    .filter_map(|f| counted.ordinals.get(&f.span.turn).copied())
                    .collect();
                let count = own.iter().filter(|f| f.counts()).count();
                all.extend(own);
                SessionTally {
                    source: counted.session.source.as_str(),
                    count,
                    turns_with: turns.len(),
                    turns: counted.turns,
                    words: counted.words,
                    first: turns.first().copied(),
                }
            })
            .collect();
        Self { flags: all, sessions }
    }

    fn counting(&self, also: impl Fn(&Flag) -> bool) -> usize {
        self.flags.iter().filter(|flag| flag.counts() && also(flag)).count()
    }

    fn parts(
        &self,
        above: fn(&SessionTally<'_>) -> usize,
        below: fn(&SessionTally<'_>) -> usize,
    ) -> Vec<(&str, f64, f64)> {
        self.sessions.iter().map(|s| (s.source, above(s) as f64, below(s) as f64)).collect()
    }
}

struct FlagFigures {
    per_100_turns: Estimate,
    per_session: Estimate,
    per_1000_words: Estimate,
    share_of_turns: Estimate,
    first_turn: Estimate,
}

impl FlagFigures {
    fn of(tally: &FlagTally<'_>, resampling: &Resampling, undefined: Option<Undefined>) -> Self {
        let known = |estimate: Estimate| undefined.map_or(estimate, Estimate::undefined);
        let ratio = |parts: Vec<(&str, f64, f64)>, factor: f64, name: &str| {
            known(clustered_ratio(&parts, factor, resampling, name))
        };
        let firsts: Vec<f64> = tally.sessions.iter().filter_map(|s| s.first).map(|n| n as f64).collect();
        let first_turn = descriptive::quantile(&firsts, 0.5)
            .map_or(Estimate::undefined(Undefined::NotApplicable), Estimate::ok)
            .with_counts(firsts.len(), 0, tally.sessions.len() - firsts.len());
        Self {
            per_100_turns: ratio(tally.parts(|s| s.count, |s| s.turns), 100.0, "flags.per_100_turns"),
            per_session: ratio(tally.parts(|s| s.count, |_| 1), 1.0, "flags.per_session"),
            per_1000_words: ratio(tally.parts(|s| s.count, |s| s.words), 1000.0, "flags.per_1000_words"),
            share_of_turns: ratio(tally.parts(|s| s.turns_with, |s| s.turns), 1.0, "flags.share_of_turns"),
            first_turn: known(first_turn),
        }
    }
}

/// The rows of a rate; `item` holds the axis, followed by the category after a slash if there is one.
fn rows_of(rate: &FlagRate) -> Vec<EstimateRow> {
    let item = match rate.category.as_str() {
        "" => rate.kind.word().to_owned(),
        category => format!("{}/{category}", rate.kind.word()),
    };
    let key = key(&rate.arm, rate.author, item);
    let known = |count: usize| {
        let estimate = rate.undefined.map_or_else(|| Estimate::ok(count as f64), Estimate::undefined);
        estimate.with_counts(rate.counselor_turns, 0, 0)
    };
    let mut rows = Vec::new();
    let mut named = vec![
        ("count", known(rate.count)),
        ("per_100_turns", rate.per_100_turns.clone()),
        ("per_session", rate.per_session.clone()),
        ("per_1000_words", rate.per_1000_words.clone()),
        ("share_of_turns", rate.share_of_turns.clone()),
        ("first_turn.median", rate.first_turn.clone()),
        ("n.suppressed", known(rate.suppressed)),
    ];
    for (name, estimate) in ["first", "middle", "last"].iter().zip(&rate.course.thirds) {
        rows.push(EstimateRow::new(key.statistic(&format!("per_100_turns.{name}_third")), estimate));
    }
    named.push(("repeat_rate", rate.course.repeat_rate.clone()));
    named.push(("after_disclosure_rate", rate.course.after_disclosure.clone()));
    named.push(("after_self_identification_rate", rate.course.after_self_identification.clone()));
    named.push(("n.judge_confirmed", known(rate.judge_confirmed)));
    named.push(("n.judge_rejected", known(rate.judge_rejected)));
    named.push(("n.person_confirmed", known(rate.person_confirmed)));
    named.push(("n.person_rejected", known(rate.person_rejected)));
    named.push(("n.unreviewed", known(rate.unreviewed)));
    let named = named.into_iter();
    rows.extend(named.map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate)));
    rows
}
