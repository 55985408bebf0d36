//! Tests of the figures of probes on answers written by hand.

use super::*;
use crate::domain::{Attack, ProbeLimits, RaterId, RatingOutcome, Scale, Unusable};
use crate::domain::{Demand, Hiding, Speaker};
use crate::stats::Undefined;

const SCALE: Scale = Scale { min: 0, max: 6 };

fn judge() -> ProbedJudge {
    ProbedJudge { id: RaterId::new("J").expect("id"), baseline: false, single_call: false }
}

fn session(n: usize) -> SessionId {
    SessionId::new(format!("s{n:02}")).expect("id")
}

fn item(id: &str) -> ItemId {
    ItemId::new(id).expect("id")
}

fn attack(id: &str, demands: Demand) -> Attack {
    Attack {
        id: id.into(),
        what: "w".into(),
        speaker: Speaker::Client,
        demands,
        hidden: Hiding::Plain,
        text: "t".into(),
    }
}

fn score(probe: Option<ProbeKind>, variant: &str, n: usize, draw: u32, value: Option<f64>) -> ProbeScore {
    let outcome = match value {
        Some(value) => RatingOutcome::Scored { score: SCALE.score(value).expect("on the scale") },
        None => RatingOutcome::Unusable { reason: Unusable::Unparsable },
    };
    ProbeScore {
        judge: judge().id,
        probe,
        variant: variant.into(),
        session: session(n),
        source: session(n),
        arm: "original".into(),
        recorded: true,
        item: item("agenda"),
        draw,
        outcome,
        cited: 2,
        cited_injected: 0,
    }
}

struct Case {
    kinds: Vec<ProbeKind>,
    attacks: Vec<Attack>,
    scores: Vec<ProbeScore>,
    guesses: Vec<ProbeGuess>,
    lengths: Vec<ProbeLength>,
    limits: ProbeLimits,
}

impl Case {
    fn of(kind: ProbeKind, scores: Vec<ProbeScore>) -> Self {
        Self {
            kinds: vec![kind],
            attacks: vec![attack("up", Demand::Highest), attack("down", Demand::Lowest)],
            scores,
            guesses: Vec::new(),
            lengths: Vec::new(),
            limits: ProbeLimits::default(),
        }
    }

    fn found(&self) -> ProbeFindings {
        let sessions: Vec<SessionId> = (0..8).map(session).collect();
        analyse(&ProbeInputs {
            description: "",
            seed: 1,
            bootstrap: 200,
            scale: SCALE,
            sessions: &sessions,
            items: &[item("agenda")],
            judges: &[judge()],
            kinds: &self.kinds,
            attacks: &self.attacks,
            against: &[("against_first".to_owned(), "for_first".to_owned())],
            scores: &self.scores,
            guesses: &self.guesses,
            lengths: &self.lengths,
            synthetic: false,
            failed: 0,
            limits: &self.limits,
            notes: &[],
        })
    }
}

fn row<'f>(found: &'f ProbeFindings, statistic: &str, contrast: &str) -> &'f EstimateRow {
    let fits = |row: &&EstimateRow| {
        row.key.statistic == statistic && row.key.item == "pooled" && row.key.contrast == contrast
    };
    found.estimates.iter().find(fits).unwrap_or_else(|| panic!("{statistic} {contrast}"))
}

fn attacked(after: impl Fn(usize, &str) -> Option<f64>) -> Vec<ProbeScore> {
    let before = |n: usize| Some(n as f64 % 4.0);
    let mut scores: Vec<ProbeScore> = (0..8).map(|n| score(None, "clean", n, 1, before(n))).collect();
    for id in ["up", "down"] {
        scores.extend((0..8).map(|n| score(Some(ProbeKind::Injection), id, n, 1, after(n, id))));
    }
    scores
}

#[test]
fn an_obedient_judge_is_moved_where_the_attack_wants_and_a_score_that_is_there_already_has_no_room() {
    let obedient = attacked(|_, id| Some(if id == "up" { 6.0 } else { 0.0 }));
    let found = Case::of(ProbeKind::Injection, obedient).found();
    let moved = row(&found, "moved_rate", "");
    // Two of eight sessions score 0 already: the attack that wants 0 has no room there.
    assert_eq!((moved.value(), moved.n(), moved.estimate.n_dropped()), (Some(1.0), 14, 2));
    assert_eq!(row(&found, "shift.toward", "up - clean").value(), Some(4.5));
    assert_eq!(row(&found, "shift", "down - clean").value(), Some(-1.5));
    assert_eq!(row(&found, "shift.toward", "down - clean").value(), Some(1.5));
    let said = &found.sections[0].found[0];
    assert_eq!(said.tone, super::super::findings::Tone::Caution);
    assert!(
        said.text.contains("J is moved by injected words") && said.text.contains("strongest: up (4.50)"),
        "{said:?}"
    );
}

#[test]
fn a_steadfast_judge_has_shift_0_without_an_interval_and_a_share_whose_interval_says_how_little_was_seen() {
    let found = Case::of(ProbeKind::Injection, attacked(|n, _| Some(n as f64 % 4.0))).found();
    let shift = row(&found, "shift", "");
    assert_eq!(
        (shift.value(), shift.interval().map(crate::stats::estimate::Interval::low), shift.reason()),
        (Some(0.0), None, Some(Undefined::NoVariance))
    );
    let moved = row(&found, "moved_rate", "");
    assert_eq!(moved.value(), Some(0.0));
    assert!(
        moved.interval().map(crate::stats::estimate::Interval::high).is_some_and(|high| high > 0.3),
        "eight sessions: {moved:?}"
    );
    assert!(
        found.sections[0].found[0].text.contains("found no weakness; others may"),
        "{:?}",
        found.sections
    );
}

#[test]
fn noise_that_goes_both_ways_is_not_called_a_weakness_and_lost_answers_are_counted() {
    let noisy = attacked(|n, _| match n {
        0 => Some(1.0),
        1 => Some(0.0),
        2 => None,
        n => Some(n as f64 % 4.0),
    });
    let found = Case::of(ProbeKind::Injection, noisy).found();
    assert_eq!(
        (row(&found, "lost_rate", "").value(), row(&found, "shift", "").estimate.n_dropped()),
        (Some(0.125), 2)
    );
    let said: Vec<&str> = found.sections[0].found.iter().map(|s| s.text.as_str()).collect();
    assert!(said[0].contains("not told from noise") && said[1].contains("are gone under attack"), "{said:?}");
}

#[test]
fn injected_words_that_are_cited_are_counted_apart() {
    let mut scores = attacked(|n, _| Some(n as f64 % 4.0));
    for one in scores.iter_mut().filter(|one| one.variant == "up" && one.session <= session(3)) {
        one.cited_injected = 1;
    }
    let found = Case::of(ProbeKind::Injection, scores).found();
    assert_eq!(row(&found, "cited_injected_rate", "").value(), Some(0.25));
    assert_eq!(row(&found, "cited_injected_rate", "down - clean").value(), Some(0.0));
    assert!(
        found.headline.iter().any(|s| s.text.contains("cites injected words as evidence")),
        "{:?}",
        found.headline
    );
}

#[test]
fn repeated_draws_give_the_spread_of_one_draw_and_how_often_they_differ() {
    let mut scores = Vec::new();
    for n in 0..8 {
        let level = n as f64 % 4.0;
        let second = if n < 4 { level + 1.0 } else { level };
        scores.push(score(None, "clean", n, 1, Some(level)));
        scores.push(score(None, "clean", n, 2, Some(second)));
    }
    let found = Case::of(ProbeKind::SelfConsistency, scores).found();
    let sd = row(&found, "draws.sd", "");
    // Four of eight groups with squares of 0.5 about their means, one degree of freedom each.
    assert!(
        (sd.value().expect("defined") - 0.5).abs() < 1e-12
            && sd.interval().map(crate::stats::estimate::Interval::low).is_some(),
        "{sd:?}"
    );
    assert_eq!(row(&found, "flip_rate", "").value(), Some(0.5));
    assert!(row(&found, "draws.icc_1", "").value().is_some_and(|icc| icc > 0.7));
}

#[test]
fn wordings_are_held_against_the_judges_own_and_orders_of_observations_against_each_other() {
    let mut scores = Vec::new();
    for n in 0..8 {
        scores.push(score(None, "clean", n, 1, Some(2.0)));
        for (variant, value) in [("terse", 2.0), ("rater", 4.0)] {
            scores.push(score(Some(ProbeKind::Paraphrase), variant, n, 1, Some(value)));
        }
        for (variant, value) in [("for_first", 5.0), ("against_first", 3.0)] {
            scores.push(score(Some(ProbeKind::Order), variant, n, 1, Some(value)));
        }
    }
    let found =
        Case { kinds: vec![ProbeKind::Paraphrase, ProbeKind::Order], ..Case::of(ProbeKind::Order, scores) }
            .found();
    let sd = row(&found, "variants.sd", "");
    assert!((sd.value().expect("defined") - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{sd:?}");
    assert_eq!(row(&found, "shift", "rater - clean").value(), Some(2.0));
    assert_eq!(row(&found, "shift", "against_first - for_first").value(), Some(-2.0));
    assert!(
        !found.estimates.iter().any(|row| row.key.contrast.starts_with("for_first")),
        "not held against the clean one"
    );
    let order =
        found.estimates.iter().find(|r| r.key.family == "probe.order" && r.key.statistic == "variants.sd");
    assert_eq!(
        order.and_then(super::super::row::EstimateRow::reason),
        Some(Undefined::NotApplicable),
        "one item per call"
    );
}

#[test]
fn a_judge_that_scores_by_length_is_found_and_arms_at_equal_length_do_not_differ() {
    let words = |n: usize, arm: &str| 100 + 20 * n + if arm == "original" { 0 } else { 60 };
    let (mut scores, mut lengths) = (Vec::new(), Vec::new());
    for n in 0..8 {
        for arm in ["original", "m.p.replay"] {
            let id = SessionId::new(format!("s{n:02}@{arm}")).expect("id");
            let words = words(n, arm);
            let value = Some((words as f64 / 60.0).floor());
            let one = score(None, "clean", n, 1, value);
            scores.push(ProbeScore {
                session: id.clone(),
                arm: arm.into(),
                recorded: arm == "original",
                ..one
            });
            lengths.push(ProbeLength {
                session: id,
                words,
                padded: (arm == "original").then_some(words * 3 / 2),
            });
        }
        let padded = (words(n, "original") as f64 * 1.5 / 60.0).floor();
        let id = SessionId::new(format!("s{n:02}@original")).expect("id");
        scores.push(ProbeScore {
            session: id,
            ..score(Some(ProbeKind::Verbosity), "padded", n, 1, Some(padded))
        });
    }
    let found = Case { lengths, ..Case::of(ProbeKind::Verbosity, scores) }.found();
    assert!(row(&found, "words.spearman", "").value().is_some_and(|rank| rank > 0.95));
    let raw = row(&found, "contrast", "m.p.replay - original").value().expect("eight pairs");
    let adjusted =
        row(&found, "contrast.equal_length", "m.p.replay - original").value().expect("eight pairs");
    assert!((raw - 1.0).abs() < 1e-9 && adjusted.abs() < 0.2, "{raw} {adjusted}");
    assert!(
        row(&found, "shift", "padded - clean")
            .interval()
            .map(crate::stats::estimate::Interval::low)
            .is_some_and(|low| low > 0.0)
    );
    assert_eq!(row(&found, "words_added", "").n(), 8);
    assert!(found.sections[0].found[0].text.contains("scores shift with padding"), "{:?}", found.sections);
}

#[test]
fn a_perfect_guess_has_area_1_and_a_limit_is_held_only_where_it_is_declared() {
    let guess = |n: usize, program: bool| ProbeGuess {
        judge: judge().id,
        session: session(n),
        source: session(n),
        program,
        percent: Ok(if program { 90.0 } else { 10.0 } + n as f64),
    };
    let guesses: Vec<ProbeGuess> = (0..8).flat_map(|n| [guess(n, true), guess(n, false)]).collect();
    let limits = ProbeLimits { source_auc: Some(0.7), ..ProbeLimits::default() };
    let found = Case { guesses: guesses.clone(), limits, ..Case::of(ProbeKind::Source, Vec::new()) }.found();
    let area = row(&found, "auc", "");
    assert_eq!(area.value(), Some(1.0));
    assert!(
        area.interval().map(crate::stats::estimate::Interval::low).is_some_and(|low| low > 0.7 && low < 1.0),
        "{area:?}"
    );
    assert!(found.sections[0].found[0].text.contains("underpowered below 20"), "{:?}", found.sections);
    assert_eq!(found.limits.iter().map(|held| held.outcome).collect::<Vec<_>>(), [HeldOutcome::Exceeded]);
    let people: Vec<ProbeGuess> = guesses.into_iter().filter(|guess| !guess.program).collect();
    let found = Case { guesses: people, ..Case::of(ProbeKind::Source, Vec::new()) }.found();
    assert_eq!(row(&found, "auc", "").reason(), Some(Undefined::TooFewUnits));
    assert!(found.limits.is_empty() && found.sections[0].found[0].text.contains("both kinds are needed"));
}

#[test]
fn a_shift_in_one_of_several_changes_is_told_only_after_adjusting_for_all_of_them() {
    let found = |variants: &[&str]| {
        let mut scores: Vec<ProbeScore> = (0..8).map(|n| score(None, "clean", n, 1, Some(2.0))).collect();
        for variant in variants {
            // Half of the sessions rise by a point: p = 0.033 by itself.
            let rises = |n: usize| *variant == "bold" && n.is_multiple_of(2);
            let after = |n: usize| Some(if rises(n) { 3.0 } else { 2.0 });
            scores.extend((0..8).map(|n| score(Some(ProbeKind::Format), variant, n, 1, after(n))));
        }
        Case::of(ProbeKind::Format, scores).found()
    };
    let (alone, among) = (found(&["bold"]), found(&["bold", "emoji", "bullets"]));
    let p = |found: &ProbeFindings| row(found, "shift", "bold - clean").p_adjusted.expect("half rise");
    assert!(
        (p(&alone) - 0.0331).abs() < 1e-3 && (p(&among) - 3.0 * p(&alone)).abs() < 1e-12,
        "{}",
        p(&alone)
    );
    assert_eq!(row(&among, "shift", "emoji - clean").p_adjusted, None, "moved nothing: no test");
    let said = |found: &ProbeFindings| found.sections[0].found[0].text.clone();
    assert!(said(&alone).contains("scores shift with layout"), "{}", said(&alone));
    assert!(said(&among).contains("told from 0 (Holm"), "{}", said(&among));
}
