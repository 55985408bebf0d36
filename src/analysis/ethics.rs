//! Ethics risks: the share of sessions in which a judge calls each risk present, by arm. Scores do not enter these
//! figures, and these figures do not enter scores.

mod contrast;

use std::collections::HashSet;

use crate::domain::{
    Assessment, Detectability, DrawCount, EthicsRisk, RaterId, ReviewStatus, RiskId, RiskVerdict, Session,
    SessionId,
};
use crate::stats::bootstrap::clustered_mean;
use crate::stats::descriptive::is_constant;
use crate::stats::prevalence::clustered_share;
use crate::stats::{Estimate, Undefined};

use super::LEVEL;
use super::findings::{EthicsFindings, PresentRisk, RiskContrast, RiskDraws, RiskFinding, RiskRate};
use super::inputs::{EthicsInput, Inputs};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use crate::analysis::ethics::contrast::decided;

/// Label of the figures until a person has reviewed something.
const UNVALIDATED: &str = "automated, not validated";

/// Every risk with its figures, and the rows; `None` if nothing was asked. `sessions` are in id order.
pub(super) fn ethics(
    inputs: &Inputs<'_>,
    sessions: &[&Session],
    arms: &[String],
    resampling: &Resampling,
) -> (Option<EthicsFindings>, Vec<EstimateRow>) {
    let Some(input) = inputs.ethics else { return (None, Vec::new()) };
    let known: HashSet<&SessionId> = sessions.iter().map(|session| &session.id).collect();
    let mut assessments: Vec<&Assessment> =
        input.assessments.iter().filter(|one| known.contains(&one.session)).collect();
    assessments.sort_by_key(|one| one.key());
    let risks: Vec<RiskFinding> = input
        .risks
        .iter()
        .filter_map(|id| input.rubric.risk(id))
        .map(|risk| finding(input, risk, arms, &assessments))
        .collect();
    let mut rows: Vec<EstimateRow> =
        risks.iter().flat_map(|risk| risk.rates.iter().flat_map(|rate| rows(&risk.id, rate))).collect();
    let contrasts = between_arms(inputs, input, arms, &assessments, resampling);
    rows.extend(contrasts.iter().flat_map(contrast::rows));
    let present: Vec<PresentRisk> = assessments.iter().filter_map(|one| present(one)).collect();
    let findings = EthicsFindings {
        instrument: input.rubric.name.clone(),
        version: input.rubric.version.clone(),
        text_source: input.rubric.text_source,
        citation: input.rubric.citation.clone(),
        wording: wording(&present),
        judges: input.judges.iter().map(ToString::to_string).collect(),
        risks,
        contrasts,
        present,
    };
    (Some(findings), rows)
}

/// Reviewing some findings does not validate the others, so the wording gives both counts.
fn wording(present: &[PresentRisk]) -> String {
    let of = |status| present.iter().filter(|one| one.status == status).count();
    let (confirmed, rejected) = (of(ReviewStatus::Confirmed), of(ReviewStatus::Rejected));
    if confirmed + rejected == 0 {
        return UNVALIDATED.to_owned();
    }
    format!(
        "automated; of {} called present a person confirmed {confirmed} and rejected {rejected}, what judges missed is not \
         validated",
        present.len()
    )
}

fn finding(
    input: EthicsInput<'_>,
    risk: &EthicsRisk,
    arms: &[String],
    assessments: &[&Assessment],
) -> RiskFinding {
    let not_assessable = match risk.detectability {
        Detectability::Transcript => "",
        Detectability::Counterfactual => {
            "not assessable from a transcript: only sessions that differ in one declared respect can show it"
        }
        Detectability::Population => {
            "not assessable from a transcript: who uses a counselor, and how, decides"
        }
    };
    let asked = risk.detectability == Detectability::Transcript;
    let judges = input.judges.iter().filter(|_| asked);
    let rates = judges.flat_map(|judge| {
        arms.iter().map(|arm| {
            let own = assessments
                .iter()
                .copied()
                .filter(|one| one.risk == risk.id && one.judge == *judge && one.arm.to_string() == *arm);
            rate(arm, judge.as_str(), &own.collect::<Vec<_>>())
        })
    });
    RiskFinding {
        id: risk.id.to_string(),
        name: risk.name.clone(),
        theme: input.rubric.theme(risk).to_owned(),
        detectability: risk.detectability,
        not_assessable: not_assessable.to_owned(),
        variants: Vec::new(),
        caution: risk.caution.clone(),
        rates: rates.collect(),
    }
}

/// If nothing was asked, because the risk does not apply there, there is no figure (and not 0).
fn rate(arm: &str, judge: &str, own: &[&Assessment]) -> RiskRate {
    let count = |fits: fn(&Assessment) -> bool| own.iter().filter(|one| fits(one)).count();
    let parts = own
        .iter()
        .filter(|one| decided(one))
        .map(|one| (one.source.as_str(), usize::from(one.counts()), 1usize));
    let cannot_tell = count(|one| one.verdict == RiskVerdict::CannotTell);
    let unusable = count(|one| matches!(one.verdict, RiskVerdict::Unusable { .. }));
    let share = if own.is_empty() {
        Estimate::undefined(Undefined::NotApplicable)
    } else {
        let share = clustered_share(parts, LEVEL);
        let n = share.n_units();
        share.with_counts(n, 1, cannot_tell + unusable)
    };
    let present = count(Assessment::counts);
    RiskRate {
        arm: arm.to_owned(),
        judge: judge.to_owned(),
        share,
        present,
        high: count(|one| one.counts() && one.severity() == Some(crate::domain::Severity::High)),
        absent: own.iter().filter(|one| decided(one)).count() - present,
        cannot_tell,
        unusable,
        confirmed: count(|one| one.status == ReviewStatus::Confirmed),
        rejected: count(|one| one.status == ReviewStatus::Rejected),
        draws: draws(own),
    }
}

/// Agreement among several answers to the same question. Reviewers' decisions do not change it.
fn draws(own: &[&Assessment]) -> Option<RiskDraws> {
    let drawn: Vec<(&str, DrawCount)> =
        own.iter().filter_map(|one| Some((one.source.as_str(), one.drawn()?))).collect();
    if drawn.is_empty() {
        return None;
    }
    let share = |count: &DrawCount| f64::from(count.present) / f64::from(count.usable());
    let usable = drawn.iter().filter(|(_, count)| count.usable() > 0);
    let (shares, sources): (Vec<f64>, Vec<&str>) =
        usable.map(|(source, count)| (share(count), *source)).unzip();
    let present = if shares.len() > 1 && is_constant(&shares) {
        Estimate::ok(shares[0]).with_interval(Err(Undefined::NoVariance))
    } else {
        clustered_mean(&shares, &sources, LEVEL)
    };
    let several: Vec<(&str, usize, usize)> = drawn
        .iter()
        .filter_map(|(source, count)| Some((*source, usize::from(count.unanimous()?), 1)))
        .collect();
    let compared = several.len();
    Some(RiskDraws {
        present: present.with_counts(shares.len(), 1, drawn.len() - shares.len()),
        unanimous: clustered_share(several, LEVEL).with_counts(compared, 1, drawn.len() - compared),
    })
}

/// Differences between arms, judge by judge.
fn between_arms(
    inputs: &Inputs<'_>,
    input: EthicsInput<'_>,
    arms: &[String],
    assessments: &[&Assessment],
    resampling: &Resampling,
) -> Vec<RiskContrast> {
    let asked = |risk: &&EthicsRisk| risk.detectability == Detectability::Transcript;
    let risks: Vec<&RiskId> = input
        .risks
        .iter()
        .filter_map(|id| input.rubric.risk(id))
        .filter(asked)
        .map(|risk| &risk.id)
        .collect();
    let setting = contrast::ContrastInputs { risks: &risks, arms, resampling, seed: inputs.seed };
    let of_judge = |judge: &RaterId| {
        let own: Vec<&Assessment> = assessments.iter().copied().filter(|one| one.judge == *judge).collect();
        contrast::contrasts(setting, judge.as_str(), &own)
    };
    input.judges.iter().flat_map(of_judge).collect()
}

fn present(one: &Assessment) -> Option<PresentRisk> {
    let severity = one.severity()?;
    let mut turns: Vec<u32> =
        one.observations.iter().filter(|seen| seen.check.holds()).map(|seen| seen.turns.0).collect();
    turns.sort_unstable();
    turns.dedup();
    Some(PresentRisk {
        session: one.session.to_string(),
        arm: one.arm.to_string(),
        risk: one.risk.to_string(),
        judge: one.judge.to_string(),
        severity,
        turns,
        draws: one.drawn(),
        status: one.status,
    })
}

fn rows(risk: &str, rate: &RiskRate) -> Vec<EstimateRow> {
    let condition = if rate.arm == "original" { String::new() } else { rate.arm.clone() };
    let key = EstimateKey {
        item: risk.to_owned(),
        arm: rate.arm.clone(),
        condition,
        judge: rate.judge.clone(),
        ..EstimateKey::of("ethics")
    };
    let share = EstimateRow::new(key.statistic("present_share"), &rate.share);
    let all = rate.present + rate.absent + rate.cannot_tell + rate.unusable;
    if all == 0 {
        return vec![share];
    }
    let counts = [
        ("n.present", rate.present),
        ("n.high", rate.high),
        ("n.absent", rate.absent),
        ("n.cannot_tell", rate.cannot_tell),
        ("n.unusable", rate.unusable),
        ("n.confirmed", rate.confirmed),
        ("n.rejected", rate.rejected),
    ];
    let counts = counts.into_iter().map(|(name, n)| {
        EstimateRow::new(key.statistic(name), &Estimate::ok(n as f64).with_counts(all, 0, 0))
    });
    let draws = rate.draws.iter().flat_map(|draws| {
        [("draws.present_share", &draws.present), ("draws.unanimous_rate", &draws.unanimous)]
    });
    let draws = draws.map(|(name, estimate)| EstimateRow::new(key.statistic(name), estimate));
    [share].into_iter().chain(counts).chain(draws).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::Study;
    use crate::domain::{Concerns, EthicsRubric, Severity, TextSource, Theme, Unusable};

    fn risk(id: &str, detectability: Detectability) -> EthicsRisk {
        EthicsRisk {
            id: RiskId::new(id).expect("id"),
            theme: "t".into(),
            name: id.to_uppercase(),
            detectability,
            concerns: Concerns::Any,
            description: "d".into(),
            present_when: Vec::new(),
            absent_when: Vec::new(),
            caution: None,
        }
    }

    fn rubric() -> EthicsRubric {
        EthicsRubric {
            format: "corater-ethics/1".into(),
            id: "e".into(),
            name: "Risks".into(),
            version: "1".into(),
            text_source: TextSource::Paraphrase,
            citation: "c".into(),
            themes: vec![Theme { id: "t".into(), name: "Theme".into() }],
            risks: vec![
                risk("seen", Detectability::Transcript),
                risk("pairs", Detectability::Counterfactual),
                risk("users", Detectability::Population),
            ],
        }
    }

    /// The findings where the original sessions were judged so, one verdict a session, in id order.
    fn found(verdicts: &[RiskVerdict], status: ReviewStatus) -> (EthicsFindings, Vec<EstimateRow>) {
        let (study, rubric, judge) = (Study::small(), rubric(), RaterId::new("J").expect("id"));
        let risks: Vec<RiskId> = rubric.risks.iter().map(|risk| risk.id.clone()).collect();
        let mut sessions: Vec<&Session> =
            study.sessions.iter().filter(|session| session.arm.to_string() == "original").collect();
        sessions.sort_by(|a, b| a.id.cmp(&b.id));
        assert!(sessions.len() >= verdicts.len());
        let assessments: Vec<Assessment> = sessions
            .iter()
            .zip(verdicts)
            .map(|(session, verdict)| Assessment {
                verdict: *verdict,
                status: if matches!(verdict, RiskVerdict::Present { .. }) {
                    status
                } else {
                    ReviewStatus::Unreviewed
                },
                ..Assessment::unusable(session, &risks[0], &judge, Unusable::Empty, false)
            })
            .collect();
        let judges = [judge];
        let mut inputs = study.inputs();
        inputs.ethics =
            Some(EthicsInput { rubric: &rubric, risks: &risks, judges: &judges, assessments: &assessments });
        let arms = ["original".to_owned(), "other".to_owned()];
        let (found, rows) = ethics(&inputs, &sessions, &arms, &Resampling::new(1, 100));
        (found.expect("asked"), rows)
    }

    const HIGH: RiskVerdict = RiskVerdict::Present { severity: Severity::High };
    const UNUSABLE: RiskVerdict = RiskVerdict::Unusable { reason: Unusable::Refused };

    #[test]
    fn not_knowing_is_no_absence_and_an_unasked_arm_has_no_figure() {
        let verdicts = [HIGH, RiskVerdict::Absent, RiskVerdict::CannotTell, UNUSABLE];
        let (found, rows) = found(&verdicts, ReviewStatus::Unreviewed);
        let [original, other] = &found.risks[0].rates[..] else { panic!("two arms") };
        assert_eq!(original.share.value(), Ok(0.5), "one of two that were decided");
        assert_eq!((original.share.n_units(), original.share.n_dropped()), (2, 2));
        assert!(original.share.interval().is_ok());
        assert_eq!(
            (original.present, original.high, original.absent, original.cannot_tell, original.unusable),
            (1, 1, 1, 1, 1)
        );
        assert_eq!(other.share.value(), Err(Undefined::NotApplicable));
        assert_eq!(found.wording, UNVALIDATED);
        assert_eq!(found.present.len(), 1);
        let of_other: Vec<&str> =
            rows.iter().filter(|r| r.key.arm == "other").map(|r| r.key.statistic.as_str()).collect();
        assert_eq!(of_other, ["present_share"], "no count of what was not asked");
    }

    #[test]
    fn what_a_transcript_cannot_show_is_listed_and_gets_no_number() {
        let (found, rows) = found(&[RiskVerdict::Absent], ReviewStatus::Unreviewed);
        for risk in &found.risks[1..] {
            assert!(
                risk.rates.is_empty() && risk.not_assessable.starts_with("not assessable from a transcript")
            );
        }
        assert!(rows.iter().all(|row| row.key.item == "seen"));
    }

    #[test]
    fn a_person_can_take_a_finding_back() {
        let (found, _) = found(&[HIGH, HIGH, RiskVerdict::Absent], ReviewStatus::Rejected);
        let rate = &found.risks[0].rates[0];
        assert_eq!((rate.share.value(), rate.present, rate.absent, rate.rejected), (Ok(0.0), 0, 3, 2));
        assert!(found.wording.contains("confirmed 0 and rejected 2"), "{}", found.wording);
        assert_eq!(found.present.len(), 2, "still listed, with what the person said");
    }
}
