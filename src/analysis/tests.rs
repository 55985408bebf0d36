//! The whole analysis on a small study: what each question answers, and when it refuses to answer.

use proptest::prelude::*;

use crate::domain::{Digest, Reference, TurnOutcome};
use crate::stats::Undefined;

use super::analyse;
use super::findings::{AgreementFinding, Author, CorrectedMean, Direction, Findings, FlagRate, Tone};
use super::inputs::{FlagKind, Inputs};
use super::row::EstimateRow;
use super::testing::{CONDITION, Study, rating, session};
use super::verdict::Assessability;

fn row<'f>(
    findings: &'f Findings,
    family: &str,
    statistic: &str,
    item: &str,
    raters: &str,
) -> &'f EstimateRow {
    findings
        .estimates
        .iter()
        .find(|row| {
            let key = &row.key;
            key.family == family
                && key.statistic == statistic
                && key.item == item
                && key.raters == raters
                && key.arm.is_empty()
        })
        .unwrap_or_else(|| panic!("no row {family} {statistic} {item} {raters}"))
}

fn main_table<'f>(findings: &'f Findings, item: &str) -> &'f AgreementFinding {
    findings.agreement.iter().find(|a| a.item == item).expect("in the main table")
}

fn axis<'f>(findings: &'f Findings, arm: &str, kind: FlagKind) -> &'f FlagRate {
    let rates = findings.flags.rates.iter();
    rates.into_iter().find(|r| r.arm == arm && r.kind == kind && r.category.is_empty()).expect("a rate")
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("a value");
    assert!((found - expected).abs() < 1e-12, "found {found}, expected {expected}");
}

#[test]
fn a_judge_one_point_up_in_one_arm_and_two_in_the_other() {
    let findings = Study::small().analyse();
    // Judge minus C1: +1 in four originals, +2 in four replays.
    let bias = row(&findings, "agreement", "bias", "a", "C1+J");
    close(bias.value(), 1.5);
    assert_eq!((bias.n(), bias.value().is_some()), (8, true));
    close(row(&findings, "agreement", "mae", "a", "C1+J").value(), 1.5);
    close(row(&findings, "agreement", "exact", "a", "C1+J").value(), 0.0);
    close(row(&findings, "agreement", "within1", "a", "C1+J").value(), 0.5);
    // C2 is one point above C1 in sessions 0, 3 and 6.
    close(row(&findings, "agreement", "bias", "a", "C1+C2").value(), 3.0 / 8.0);
    let favour = findings.bias_by_arm.iter().find(|b| b.item == "a").expect("bias by arm");
    assert_eq!(favour.contrast, "m.p.replay - original");
    // s1..s4: 2 - (1 - 1/3), (2 - 1/3) - 1, 2 - 1, 2 - (1 - 1/3): mean of 4/3, 2/3, 1, 4/3.
    close(favour.difference.value().ok(), 13.0 / 12.0);
    assert_eq!(favour.difference.n_units(), 4);
}

#[test]
fn judge_and_clinicians_stand_against_the_same_reference() {
    let findings = Study::small().analyse();
    let item = main_table(&findings, "a");
    // Sessions where C2 is one up: C1 and C3 are off by 0.5, C2 by 1; elsewhere nobody is.
    close(item.human_mae.value().ok(), 3.0 * (2.0 / 3.0) / 8.0);
    // The judge there: against (base + 0.5) twice and base once.
    close(item.judge_mae.value().ok(), (12.0 - 3.0 * (1.0 / 3.0)) / 8.0);
    close(item.gap_mae.value().ok(), (11.0 - 2.0) / 8.0);
    assert_eq!(item.strength, "too few to conclude");
    assert!(item.constant_mae.value().is_ok());
    let verdict = findings.verdicts.iter().find(|v| v.item == "a").expect("a verdict");
    assert_eq!(verdict.assessability, Assessability::NotAssessable);
    assert_eq!(verdict.because, ["only 8 sessions rated by all clinicians, 10 needed"]);
}

#[test]
fn totals_follow_the_rubric_and_only_complete_ones_carry_the_label() {
    let mut study = Study::small();
    let first = study.sessions[0].clone();
    study.ratings.retain(|r| !(r.session == first.id && r.rater.as_str() == "J" && r.item.as_str() == "c"));
    study.ratings.push(rating(&first, "J", "c", -1.0));
    let findings = study.analyse();
    // 3 x mean of the scored items.
    close(row(&findings, "agreement", "bias", "total", "C1+J").value(), 4.5);
    assert_eq!(row(&findings, "agreement", "bias", "total", "C1+J").n(), 8);
    assert_eq!(row(&findings, "agreement", "bias", "total_complete", "C1+J").n(), 7);
    close(row(&findings, "agreement", "different_item_sets", "total", "C1+J").value(), 1.0);
    close(row(&findings, "agreement", "bias.common_items", "total", "C1+J").value(), 4.5);
    let labelled = findings.arm_items.iter().filter(|cell| cell.competent.is_some());
    assert!(labelled.into_iter().all(|cell| cell.item == "total_complete"));
    let cell = findings.arm_items.iter().find(|c| c.item == "c" && c.judge == "J" && c.arm == "original");
    let tally = cell.expect("a cell").tally;
    assert_eq!((tally.scored, tally.not_assessable, tally.missing), (3, 1, 0));
}

#[test]
fn too_few_items_make_no_total() {
    let mut study = Study::small();
    study.ratings.retain(|r| r.item.as_str() == "a");
    let findings = study.analyse();
    let total = row(&findings, "agreement", "icc.a1", "total", "C1+C2+C3");
    assert_eq!((total.value(), total.reason()), (None, Some(Undefined::TooFewItems)));
    assert_eq!(total.value(), None);
}

#[test]
fn a_constant_judge_has_no_correlation_and_carries_no_information() {
    let mut study = Study::small();
    for i in 0..study.sessions.len() {
        let session = study.sessions[i].clone();
        study.ratings.retain(|r| !(r.session == session.id && r.rater.as_str() == "J"));
        study.ratings.extend(["a", "b", "c"].map(|item| rating(&session, "J", item, 6.0)));
    }
    let findings = study.analyse();
    for statistic in ["pearson", "spearman", "kendall.b"] {
        let row = row(&findings, "agreement", statistic, "a", "C1+J");
        assert_eq!((row.value(), row.reason()), (None, Some(Undefined::ConstantRater)), "{statistic}");
    }
    assert_eq!(main_table(&findings, "a").beats_constant, Some(false));
    let said: Vec<&str> = findings.headline.iter().map(|s| s.text.as_str()).collect();
    assert!(said.iter().any(|text| text.contains("J carries no information")), "{said:#?}");
}

#[test]
fn nobody_differing_is_undefined_and_says_so() {
    let mut study = Study::small();
    study.ratings = study
        .sessions
        .iter()
        .flat_map(|s| ["C1", "C2", "J"].map(|rater| rating(s, rater, "a", 3.0)))
        .collect();
    let findings = study.analyse();
    for statistic in ["icc.a1", "alpha.ordinal"] {
        let row = row(&findings, "agreement", statistic, "a", "C1+C2");
        assert_eq!((row.value(), row.reason()), (None, Some(Undefined::NoVariance)), "{statistic}");
    }
}

#[test]
fn stale_ratings_enter_nothing_and_are_listed() {
    let mut study = Study::small();
    let other = Some(Digest::of_bytes(b"another text"));
    let replay = study.sessions[1].id.clone();
    for rating in study.ratings.iter_mut().filter(|r| r.session == replay) {
        match rating.rater.as_str() {
            "C1" => rating.text_digest = other,
            "C2" => rating.text_digest = None,
            _ => {}
        }
    }
    let findings = study.analyse();
    let stale: Vec<(&str, usize, bool)> =
        findings.excluded.stale.iter().map(|s| (s.rater.as_str(), s.count, s.without_digest)).collect();
    assert_eq!(stale, [("C1", 3, false), ("C2", 3, true)]);
    assert_eq!(row(&findings, "agreement", "bias", "a", "C1+J").n(), 7);
    assert!(findings.headline.iter().any(|s| s.text.starts_with("6 ratings excluded as stale")));
}

#[test]
fn a_session_that_one_clinician_skipped_leaves_the_others_in_place() {
    let mut study = Study::small();
    let skipped = study.sessions[0].id.clone();
    study.ratings.retain(|r| !(r.session == skipped && r.rater.as_str() == "C2"));
    let findings = study.analyse();
    let together = row(&findings, "agreement", "icc.a1", "a", "C1+C2+C3");
    assert_eq!((together.n(), together.estimate.n_dropped()), (7, 1));
    assert_eq!(row(&findings, "agreement", "alpha.ordinal", "a", "C1+C2+C3").n(), 8);
    let cell = findings.arm_items.iter().find(|c| c.item == "a" && c.judge.is_empty() && c.arm == "original");
    assert_eq!(cell.expect("a cell").tally.missing, 1);
}

#[test]
fn an_incomplete_design_reads_alpha_and_reml_first() {
    let mut study = Study::small();
    // Each session is rated by two of the three clinicians.
    let skips = ["C1", "C2", "C3"];
    for (i, session) in study.sessions.clone().iter().enumerate() {
        study.ratings.retain(|r| !(r.session == session.id && r.rater.as_str() == skips[i % 3]));
    }
    let findings = study.analyse();
    let item = main_table(&findings, "a");
    assert!(
        item.incomplete_design && item.human_alpha.value().is_ok() && item.human_icc_reml.value().is_ok()
    );
    assert_eq!(item.judge_mae.value(), Err(Undefined::IncompleteDesign));
    assert!(findings.headline.iter().any(|s| s.key == "incomplete_design"));
}

#[test]
fn a_judge_without_a_usable_rating_is_undefined_for_that_reason() {
    let mut study = Study::small();
    for rating in study.ratings.iter_mut().filter(|r| r.rater.as_str() == "J") {
        rating.outcome =
            crate::domain::RatingOutcome::Unusable { reason: crate::domain::Unusable::NoVerifiedEvidence };
    }
    let findings = study.analyse();
    let item = main_table(&findings, "a");
    assert_eq!(item.judge_mae.value(), Err(Undefined::NoUsableRatings));
}

#[test]
fn session_items_do_not_apply_to_turns_written_one_by_one() {
    let mut study = Study::small();
    study.conditions[0].mode = crate::domain::Mode::TeacherForced;
    for rating in study.ratings.iter_mut().filter(|r| r.arm != crate::domain::Arm::Original) {
        rating.outcome = crate::domain::RatingOutcome::NotApplicable { reason: "turn_level_mode".into() };
    }
    let findings = study.analyse();
    let arm = findings.arms.iter().find(|arm| arm.id == CONDITION).expect("an arm");
    assert!(arm.turn_level);
    let cell = findings.arm_items.iter().find(|c| c.item == "a" && c.judge == "J" && c.arm == CONDITION);
    let cell = cell.expect("a cell");
    assert_eq!((cell.mean.value(), cell.tally.not_applicable), (Err(Undefined::NotApplicable), 4));
}

#[test]
fn contrasts_are_paired_by_source() {
    let findings = Study::small().analyse();
    let of = |judge: &str| {
        findings.contrasts.iter().find(|c| c.item == "a" && c.judge == judge).expect("a contrast")
    };
    // C1 and C3: 1, -1, -1, -1; C2: 1-1, -1+1, -1, -1-1.
    close(of("").difference.value().ok(), (-2.0 - 3.0 - 2.0) / 12.0);
    close(of("J").difference.value().ok(), (2.0 + 0.0 + 0.0 + 0.0) / 4.0);
    assert_eq!(of("J").p_sign_flip, Some(1.0));
}

#[test]
fn the_same_phrase_is_named_by_who_says_it() {
    let findings = Study::small().analyse();
    let human = axis(&findings, "original", FlagKind::DeceptiveEmpathy);
    assert_eq!((human.author, human.label.as_str()), (Author::Human, "relational phrases"));
    let ai = axis(&findings, CONDITION, FlagKind::DeceptiveEmpathy);
    assert_eq!((ai.author, ai.label.as_str()), (Author::Ai, "deceptive empathy"));
    assert_eq!((ai.count, ai.suppressed, ai.counselor_turns), (1, 1, 8));
    close(ai.per_100_turns.value().ok(), 12.5);
    close(ai.first_turn.value().ok(), 1.0);
    assert_eq!(axis(&findings, CONDITION, FlagKind::FormulaicWarmth).count, 1);
    let over = axis(&findings, CONDITION, FlagKind::OverValidation);
    assert_eq!(over.undefined, Some(Undefined::NeedsJudge));
    assert!(over.per_100_turns.value().is_err());
}

#[test]
fn flags_without_a_lexicon_are_undefined_never_zero() {
    let mut study = Study::small();
    study.flags_undefined = study.sessions.iter().map(|s| s.id.clone()).collect();
    let findings = study.analyse();
    for rate in &findings.flags.rates {
        assert_eq!(rate.undefined, Some(Undefined::NoLexiconForLanguage));
        assert_eq!(rate.per_100_turns.value(), Err(Undefined::NoLexiconForLanguage));
    }
    let rows = findings.estimates.iter().filter(|row| row.key.family.starts_with("flags"));
    assert!(rows.into_iter().all(|row| row.value().is_none()));
}

#[test]
fn refusals_are_findings() {
    let mut study = Study::small();
    study.end_turn(1, 1, TurnOutcome::Refusal);
    study.end_turn(3, 3, TurnOutcome::ContentFilter);
    let findings = study.analyse();
    let outcome = findings.outcomes.iter().find(|o| o.arm == CONDITION).expect("an arm");
    assert_eq!((outcome.refusal, outcome.content_filter, outcome.turns), (1, 1, 8));
    close(outcome.abandonment_rate.value().ok(), 0.25);
}

#[test]
fn dynamics_count_body_turns() {
    let findings = Study::small().analyse();
    let one = &findings.dynamics.sessions[0];
    // "s1: I hear you. What happened then?" and "And what did you think?"
    assert_eq!((one.counselor_turns, one.counselor_words, one.client_words), (2, 12, 7));
    close(one.questions_per_turn, 1.0);
    close(one.talk_ratio, 12.0 / 19.0);
}

#[test]
fn demonstration_and_baselines_are_said_first() {
    let findings = Study::small().analyse();
    let banners: Vec<&str> = findings.headline.iter().take(2).map(|s| s.text.as_str()).collect();
    assert_eq!(
        banners,
        [
            "demonstration: invented ratings and sessions; nothing here is evidence",
            "baselines, not language models: judge J; counselor m.p.replay"
        ]
    );
}

#[test]
fn what_several_conditions_share_is_said_once() {
    let mut study = Study::small();
    for condition in ["x.p.replay", "y.p.replay", "z.p.replay"] {
        for source in ["s1", "s2", "s3"] {
            let session = session(source, Some(condition));
            study.ratings.extend(["a", "b", "c"].map(|item| rating(&session, "J", item, 3.0)));
            study.sessions.push(session);
        }
    }
    let findings = study.analyse();
    let said: Vec<&str> =
        findings.headline.iter().filter(|s| s.key == "bias_by_arm").map(|s| s.text.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].starts_with("total: compared with clinicians, J favours m.p.replay by 3.25 points"));
    assert_eq!(said[1], "No bias by arm for x.p.replay, y.p.replay, z.p.replay: not rated by clinicians.");
    let flags: Vec<&str> =
        findings.headline.iter().filter(|s| s.key == "flags").map(|s| s.text.as_str()).collect();
    assert_eq!(
        flags,
        [
            "Deceptive empathy per 100 counselor turns (phrases flagged, not confirmed): m.p.replay 12.5 (1 in all); \
             none in x.p.replay, y.p.replay, z.p.replay.",
            "Relational phrases per 100 counselor turns (phrases flagged, not confirmed): original 12.5 (1 in all)."
        ]
    );
}

#[test]
fn a_judge_that_turns_the_comparison_around_is_said_to() {
    let mut study = Study::small();
    let sessions = study.sessions.clone();
    // Clinicians put the replay two points below, give or take one on one source; the judge three above.
    for rating in &mut study.ratings {
        let index = sessions.iter().position(|s| s.id == rating.session).expect("a session of the study");
        let replay = rating.arm != crate::domain::Arm::Original;
        let wobble = f64::from(u8::from(index < 2));
        let score = match (rating.rater.as_str(), replay) {
            ("J", true) => 5.0 + wobble,
            ("J", false) | (_, true) => 2.0,
            (_, false) => 4.0 + wobble,
        };
        rating.outcome = super::testing::rating(&sessions[index], "C1", "a", score).outcome;
    }
    let findings = study.analyse();
    let said = findings.headline.iter().find(|s| s.key == "contrast").expect("a sentence");
    assert!(said.text.starts_with("J inverts the comparison (m.p.replay - original)"), "{}", said.text);
}

/// Twelve sources in two arms; J scores all of them, C1 the first eight. J is one point up in the original and two
/// points up in the condition, but for the sources C1 did not rate nobody can know.
fn half_rated() -> Study {
    let mut study = Study::small();
    study.ratings.clear();
    study.sessions = (10..22)
        .flat_map(|i| [session(&format!("s{i}"), None), session(&format!("s{i}"), Some(CONDITION))])
        .collect();
    for (i, session) in study.sessions.iter().enumerate() {
        let (source, condition) = (i / 2, i % 2);
        let score = [0.0, 1.0, 2.0, 3.0, 1.0, 2.0, 0.0, 3.0, 3.0, 2.0, 3.0, 3.0][source];
        for item in ["a", "b", "c"] {
            study.ratings.push(rating(session, "J", item, score + 1.0 + condition as f64));
            if source < 8 {
                // Clinicians see the arms alike but for every third source.
                let lift = if condition == 1 && source % 3 == 0 { 1.0 } else { 0.0 };
                study.ratings.push(rating(session, "C1", item, score + lift));
            }
        }
    }
    study
}

#[test]
fn a_judges_scores_of_all_sessions_are_corrected_by_those_that_clinicians_rated() {
    let findings = half_rated().analyse();
    let of = |contrast: &str, arm: &str| {
        let own = |m: &&CorrectedMean| m.item == "a" && m.contrast == contrast && m.arm == arm;
        findings.corrected.iter().find(own).expect("a corrected mean")
    };
    let original = of("", "original");
    assert_eq!((original.labelled, original.unlabelled), (8, 4));
    close(original.classical.value().ok(), 1.5);
    // The judge sees 2.5 in the rated and 3.75 in the other sources; it is one point up in all that can be checked.
    close(original.judge_alone.value().ok(), (8.0 * 2.5 + 4.0 * 3.75) / 12.0);
    close(original.ppi.value().ok(), 3.75 - 1.0);
    // Differences are taken source by source before they are corrected: the judge says 1 everywhere, clinicians say
    // 1 in three of eight.
    let difference = of("m.p.replay - original", CONDITION);
    close(difference.judge_alone.value().ok(), 1.0);
    close(difference.classical.value().ok(), 3.0 / 8.0);
    close(difference.ppi.value().ok(), 3.0 / 8.0);
    assert_eq!(difference.weight, Some(0.0), "a judge that never varies is given no weight");
    assert!(findings.headline.iter().any(|s| s.key == "corrected" && s.tone == Tone::Caution));
    let statistics: Vec<&str> = findings
        .estimates
        .iter()
        .filter(|row| row.key.family == "corrected" && row.key.item == "a" && row.key.contrast.is_empty())
        .filter(|row| row.key.arm == "original")
        .map(|row| row.key.statistic.as_str())
        .collect();
    assert_eq!(statistics, ["classical.mean", "judge.mean", "ppi.mean", "ppipp.mean"]);
}

#[test]
fn where_all_sessions_are_rated_there_is_nothing_to_correct() {
    let findings = Study::small().analyse();
    assert!(findings.corrected.iter().all(|m| m.unlabelled == 0 && m.ppi_plus.value().is_err()));
    assert!(!findings.headline.iter().any(|s| s.key == "corrected"));
}

#[test]
fn the_order_of_the_arms_is_compared_at_the_level_of_arms() {
    let mut study = Study::small();
    let third: Vec<_> = ["s1", "s2", "s3", "s4"].iter().map(|s| session(s, Some("x.p.replay"))).collect();
    for session in &third {
        // Clinicians put it last, the judge first.
        for item in ["a", "b", "c"] {
            study.ratings.extend(["C1", "C2", "C3"].map(|rater| rating(session, rater, item, 0.0)));
            study.ratings.push(rating(session, "J", item, 6.0));
        }
    }
    study.sessions.extend(third);
    let findings = study.analyse();
    let order = findings.rank_orders.iter().find(|order| order.item == "a").expect("an order");
    let arms: Vec<(&str, Option<f64>, Option<f64>)> =
        order.arms.iter().map(|arm| (arm.arm.as_str(), arm.clinicians, arm.judge)).collect();
    let expected = [
        ("original", Some(1.0), Some(3.0)),
        ("m.p.replay", Some(2.0), Some(2.0)),
        ("x.p.replay", Some(3.0), Some(1.0)),
    ];
    assert_eq!(arms, expected);
    close(order.tau_judge.value().ok(), -1.0);
    assert!(findings.headline.iter().any(|s| s.key == "rank_order" && s.text.contains("in another order")));
}

#[test]
fn directions_stand_beside_published_ones_where_a_reference_is_named() {
    let figure = |mean: f64| serde_json::json!({"status": "reported", "mean": mean, "sd": 1.0});
    let item = |human: f64, llm: f64, clear: &str| serde_json::json!({"human": figure(human), "llm": figure(llm), "clear_effect": clear});
    let reference: Reference = serde_json::from_value(serde_json::json!({
        "format": "corater-reference/1", "id": "demo", "rubric": "demo",
        "source": {"citation": "A study", "where": "table 1"},
        "sessions": {"human": 4, "llm": 4, "paired": true},
        "raters": {"count": 3, "description": "raters"},
        "scale": {"min": 0, "max": 6},
        "items": {"a": item(4.0, 3.0, "llm_lower"), "b": item(2.0, 3.0, "llm_higher"), "c": item(2.0, 2.1, "none")},
    }))
    .expect("a reference");
    let study = Study::small();
    let findings = analyse(&Inputs { reference: Some(&reference), ..study.inputs() });
    let published = findings.published.as_ref().expect("a comparison");
    let directions = |judge: &str| -> Vec<(&str, Direction)> {
        let own = published.contrasts.iter().filter(|c| c.judge == judge);
        own.map(|c| (c.item.as_str(), c.direction)).collect()
    };
    // Clinicians: 1 to 2, 3 to 2, 4 to 3, 5 to 4: no clear direction from four sources.
    assert_eq!(directions(""), [("a", Direction::Open), ("b", Direction::Open), ("c", Direction::NotClear)]);
    close(published.contrasts[0].published, -1.0);
    assert!(published.contrasts[0].detectable.value().is_ok_and(|points| points > 1.0));
    let said: Vec<&str> =
        findings.headline.iter().filter(|s| s.key == "published").map(|s| s.text.as_str()).collect();
    assert_eq!(said.len(), 1, "the clinicians speak where they rated");
    assert!(said[0].contains("not a replication"), "{}", said[0]);
}

#[test]
fn nothing_at_all_is_analysed_without_a_panic() {
    let mut study = Study::small();
    study.ratings.clear();
    study.flags.clear();
    let with_sessions = study.analyse();
    assert!(with_sessions.agreement.iter().all(|a| a.bias.value().is_err()));
    study.sessions.clear();
    assert_eq!(study.analyse().counts.sessions, 0);
}

#[test]
fn every_row_has_its_own_key_and_findings_are_read_back() {
    let mut study = Study::small();
    study.bootstrap = 50;
    let findings = study.analyse();
    let mut keys: Vec<String> =
        findings.estimates.iter().map(|row| format!("{:?} {}", row.key, row.method())).collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all);
    let text = serde_json::to_string(&findings).expect("plain data");
    assert!(!text.contains("NaN"));
    assert_eq!(serde_json::from_str::<Findings>(&text).expect("own output"), findings);
}

#[test]
fn a_condition_nobody_declared_is_still_an_arm() {
    let mut study = Study::small();
    study.conditions.clear();
    study.sessions.push(session("s9", Some("x.p.replay")));
    let arms: Vec<String> = study.analyse().arms.into_iter().map(|arm| arm.id).collect();
    assert_eq!(arms, ["original", "m.p.replay", "x.p.replay"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn the_order_of_the_inputs_changes_no_byte(seed in any::<u64>()) {
        let mut study = Study::small();
        study.bootstrap = 20;
        let expected = serde_json::to_vec(&study.analyse()).expect("plain data");
        let key = |text: String| Digest::of_bytes(format!("{seed}{text}").as_bytes()).hex();
        study.sessions.sort_by_cached_key(|s| key(s.id.to_string()));
        study.ratings.sort_by_cached_key(|r| key(format!("{}{}{}", r.session, r.item, r.rater)));
        study.flags.sort_by_cached_key(|f| key(format!("{}{:?}", f.session, f.span)));
        prop_assert_eq!(serde_json::to_vec(&study.analyse()).expect("plain data"), expected);
    }
}
