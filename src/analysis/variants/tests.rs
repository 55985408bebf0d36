//! Figures of variants on pairs whose difference is known.

use super::*;
use crate::analysis::analyse;
use crate::analysis::inputs::{EthicsInput, VariantsInput};
use crate::analysis::testing::{CONDITION, Study, flag, rating, session};
use crate::domain::{
    Assessment, Concerns, Detectability, EthicsRisk, EthicsRubric, Flag, Rating, RiskId, RiskVerdict,
    Session, SessionId, Severity, TextSource, Theme, TurnOutcome, Unusable, VariantId,
};

const VARIANT: &str = "swap";

/// A replay of this source with the variant's words.
fn varied(source: &str) -> Session {
    let variant = VariantId::new(VARIANT).expect("id");
    let mut made = session(source, Some(CONDITION));
    made.id =
        SessionId::new(made.id.as_str().replacen(source, &format!("{source}~{VARIANT}"), 1)).expect("id");
    made.variant = Some(variant);
    made.turns[0].text = "I failed her exam.".into();
    made
}

/// A study with as many sources, and the other side of each pair.
struct Pairs {
    study: Study,
    sessions: Vec<Session>,
    ratings: Vec<Rating>,
    flags: Vec<Flag>,
    variants: Vec<VariantInput>,
}

impl Pairs {
    /// Every judge's score is `by` higher with the variant's words, on all items.
    fn of(sources: usize, by: impl Fn(usize) -> f64) -> Self {
        let mut study = Study::small();
        study.sessions.clear();
        study.ratings.clear();
        study.flags.clear();
        study.bootstrap = 200;
        let (mut sessions, mut ratings) = (Vec::new(), Vec::new());
        for n in 0..sources {
            let source = format!("s{n}");
            let unchanged = session(&source, Some(CONDITION));
            let varied = varied(&source);
            for item in ["a", "b", "c"] {
                study.ratings.push(rating(&unchanged, "J", item, 2.0));
                ratings.push(rating(&varied, "J", item, 2.0 + by(n)));
            }
            study.sessions.extend([session(&source, None), unchanged]);
            sessions.push(varied);
        }
        let input = VariantInput {
            id: VariantId::new(VARIANT).expect("id"),
            asks: Vec::new(),
            replaced: vec![("my".into(), "her".into())],
            changed: sources,
            dropped: 3,
            unheard: 0,
            replacements: sources,
        };
        Self { study, sessions, ratings, flags: Vec::new(), variants: vec![input] }
    }

    fn input(&self) -> VariantsInput<'_> {
        VariantsInput {
            variants: &self.variants,
            epochs: 1,
            sessions: &self.sessions,
            ratings: &self.ratings,
            flags: &self.flags,
            assessments: &[],
            notes: &[],
        }
    }

    fn found(&self) -> VariantFindings {
        let inputs = Inputs { variants: Some(self.input()), ..self.study.inputs() };
        analyse(&inputs).variants.expect("asked")
    }
}

fn of<'f>(found: &'f VariantFindings, kind: FigureKind, item: &str) -> &'f VariantFigure {
    found.figures.iter().find(|figure| figure.kind == kind && figure.item == item).expect("a figure")
}

#[test]
fn a_shift_of_every_pair_is_found_with_its_size() {
    let found = Pairs::of(8, |n| if n == 0 { 2.0 } else { 1.0 }).found();
    let item = of(&found, FigureKind::Scores, "a");
    assert_eq!((item.difference.value(), item.difference.n_units()), (Ok(9.0 / 8.0), 8));
    let interval = item.difference.interval().expect("an interval");
    assert!(interval.low() >= 1.0 && interval.high() > 9.0 / 8.0, "{interval:?}");
    assert_eq!(item.p_sign_flip, Some(2.0 / 256.0), "only the two patterns of one sign are as far from 0");
    // Four tests: three items and the total; the rest is 0 in every pair and cannot be tested.
    assert_eq!(item.p_adjusted, Some(8.0 / 256.0));
    // The demo rubric's total is 3 x the mean.
    assert_eq!(of(&found, FigureKind::Scores, "total").difference.value(), Ok(27.0 / 8.0));
    let cell = &found.cells[0];
    assert_eq!((cell.pairs, cell.incomplete, cell.same_replies), (8, 0, 8));
}

#[test]
fn no_difference_is_0_without_an_interval_and_without_a_test() {
    let found = Pairs::of(8, |_| 0.0).found();
    for figure in &found.figures {
        assert_eq!(figure.difference.value(), Ok(0.0), "{}", figure.label);
        assert_eq!(figure.difference.interval().cloned().err(), Some(Undefined::NoVariance));
        assert_eq!((figure.p_sign_flip, figure.p_adjusted), (None, None));
    }
}

#[test]
fn too_few_sessions_have_a_reason() {
    let value = |sources: usize| {
        let found = Pairs::of(sources, |n| if n == 0 { 2.0 } else { 1.0 }).found();
        let item = of(&found, FigureKind::Scores, "a").clone();
        (item.difference.value(), item.difference.interval().cloned().err(), item.p_sign_flip)
    };
    assert_eq!(value(1).0, Err(Undefined::TooFewUnits));
    assert_eq!(value(5), (Ok(1.2), Some(Undefined::TooFewUnits), None));
    assert!(value(6).2.is_some_and(|p| p < 0.05));
    let none = Pairs { sessions: Vec::new(), ..Pairs::of(8, |_| 1.0) }.found();
    assert_eq!(of(&none, FigureKind::Scores, "a").difference.value(), Err(Undefined::NoPairs));
    assert_eq!((none.cells[0].pairs, none.cells[0].incomplete), (0, 8));
}

#[test]
fn flags_refusals_and_words_are_of_counselor_turns() {
    let mut pairs = Pairs::of(8, |_| 0.0);
    for session in &mut pairs.sessions {
        session.turns[1].outcome = TurnOutcome::Refusal;
        session.turns[3].text = "And what did you think? Tell me more of it.".into();
    }
    pairs.flags = pairs.sessions.iter().map(|session| flag(session, 4, "DE1")).collect();
    pairs.flags.extend(pairs.sessions.iter().map(|session| flag(session, 4, "FW")));
    let rejected = crate::domain::FlagVerdict::Rejected;
    pairs.flags.push(Flag { judge: rejected, ..flag(&pairs.sessions[0], 2, "DE1") });
    let found = pairs.found();
    let value = |kind, item: &str| of(&found, kind, item).difference.value();
    assert_eq!(value(FigureKind::Flags, "deceptive_empathy"), Ok(50.0), "one of two turns");
    assert_eq!(value(FigureKind::Outcomes, ""), Ok(0.5));
    assert_eq!(value(FigureKind::Dynamics, ""), Ok(2.5), "five more words in one of two turns");
    assert_eq!(found.cells[0].same_replies, 0);
}

#[test]
fn a_risk_that_is_called_present_with_the_variant_only_is_a_difference_and_cannot_tell_is_none() {
    let mut pairs = Pairs::of(8, |_| 0.0);
    let (id, judge) = (RiskId::new("seen").expect("id"), RaterId::new("J").expect("id"));
    pairs.variants[0].asks = vec![(RiskId::new("pairs").expect("id"), "Pairs".into())];
    let risk = |id: &RiskId, detectability| EthicsRisk {
        id: id.clone(),
        theme: "t".into(),
        name: id.as_str().to_uppercase(),
        detectability,
        concerns: Concerns::Any,
        description: "d".into(),
        present_when: Vec::new(),
        absent_when: Vec::new(),
        caution: None,
    };
    let shown = RiskId::new("pairs").expect("id");
    let rubric = EthicsRubric {
        format: "corater-ethics/1".into(),
        id: "e".into(),
        name: "Risks".into(),
        version: "1".into(),
        text_source: TextSource::Paraphrase,
        citation: "c".into(),
        themes: vec![Theme { id: "t".into(), name: "Theme".into() }],
        risks: vec![risk(&id, Detectability::Transcript), risk(&shown, Detectability::Counterfactual)],
    };
    let said = |session: &Session, verdict| Assessment {
        verdict,
        ..Assessment::unusable(session, &id, &judge, Unusable::Empty, false)
    };
    let unchanged: Vec<Assessment> =
        pairs.study.sessions.iter().map(|session| said(session, RiskVerdict::Absent)).collect();
    let high = RiskVerdict::Present { severity: Severity::High };
    let verdict = |n: usize| if n == 0 { RiskVerdict::CannotTell } else { high };
    let varied: Vec<Assessment> =
        pairs.sessions.iter().enumerate().map(|(n, session)| said(session, verdict(n))).collect();
    let (risks, judges) = ([id.clone(), shown], [judge.clone()]);
    let ethics = EthicsInput { rubric: &rubric, risks: &risks, judges: &judges, assessments: &unchanged };
    let variants = VariantsInput { assessments: &varied, ..pairs.input() };
    let inputs = Inputs { ethics: Some(ethics), variants: Some(variants), ..pairs.study.inputs() };
    let findings = analyse(&inputs);
    let found = findings.variants.as_ref().expect("asked");
    let figure = of(found, FigureKind::Ethics, "seen");
    assert_eq!(figure.difference.value(), Ok(1.0));
    assert_eq!((figure.difference.n_units(), figure.difference.n_dropped()), (7, 1));
    let pointed = &findings.ethics.as_ref().expect("asked").risks[1];
    assert!(pointed.without_figure().ends_with("(swap)"), "{}", pointed.without_figure());
    assert!(findings.headline.iter().all(|said| !said.text.contains("without a figure: PAIRS")));
}

#[test]
fn nothing_else_of_the_findings_changes() {
    let pairs = Pairs::of(8, |_| 3.0);
    let without = pairs.study.analyse();
    let mut with = analyse(&Inputs { variants: Some(pairs.input()), ..pairs.study.inputs() });
    assert!(with.variants.take().is_some());
    with.estimates.retain(|row| !row.key.family.starts_with("variants"));
    with.headline.retain(|said| said.key != "variants");
    assert_eq!(with, without);
}

#[test]
fn every_figure_is_a_row_and_no_key_comes_twice() {
    let found = Pairs::of(8, |n| f64::from(u8::from(n > 2))).found();
    let rows = rows(&found);
    let mut keys: Vec<_> = rows.iter().map(|row| (format!("{:?}", row.key), row.method())).collect();
    keys.sort();
    let all = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), all);
    assert_eq!(all, 3 + 4 + 2 * found.figures.len());
}
