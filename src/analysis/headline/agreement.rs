//! Sentences about agreement of judge and clinicians: the ceiling, a constant, verdicts, coefficients.

use std::collections::BTreeSet;

use super::say;
use crate::analysis::findings::agree::AgreeFindings;
use crate::analysis::findings::{AgreementFinding, Sentence, Tone};
use crate::analysis::phrase::{count, decimals, estimate, reason, strength};
use crate::analysis::row::EstimateRow;
use crate::analysis::verdict::{Assessability, ItemVerdict, JudgeVerdict};

/// With more items than this, they are summarized instead of listed.
const LISTED: usize = 3;

/// The judges in the table, each once.
fn judges(table: &[AgreementFinding]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    table.iter().map(|a| a.judge.as_str()).filter(|judge| !judge.is_empty() && seen.insert(*judge)).collect()
}

/// The finding that represents all items: the total if the rubric has one, else the pooled items, else the only item.
fn main_finding<'t>(table: &'t [AgreementFinding], judge: &str) -> Option<&'t AgreementFinding> {
    let own = || table.iter().filter(|a| a.judge == judge);
    let total = own().find(|a| a.item == "total" && a.bias.value().is_ok());
    total.or_else(|| own().find(|a| a.item == "pooled")).or_else(|| own().next())
}

/// Per judge: comparison with the ceiling and with a constant, then the verdicts.
pub(super) fn agreement(table: &[AgreementFinding], verdicts: &[ItemVerdict], noun: &str) -> Vec<Sentence> {
    let mut said = Vec::new();
    for judge in judges(table) {
        let main = main_finding(table, judge);
        said.extend(main.map(|main| against_ceiling(judge, main, noun)));
        said.extend(main.filter(|m| m.gap_mae.value().is_ok()).map(|main| constant(judge, main)));
        said.extend(verdict_counts(judge, verdicts));
    }
    said
}

/// Which figures to use if raters skipped sessions; the same for every judge.
pub(super) fn incomplete_design(table: &[AgreementFinding], noun: &str) -> Option<Sentence> {
    let judge = judges(table).into_iter().next().unwrap_or_default();
    main_finding(table, judge).filter(|main| main.incomplete_design).map(|main| incomplete(main, noun))
}

/// If raters skipped sessions, the statistics that use every cell are listed first.
fn incomplete(main: &AgreementFinding, noun: &str) -> Sentence {
    let text = format!(
        "{}: not every {noun} rated every session; ordinal alpha is {}, ICC by REML (session + {noun} + residual) {}; \
         the listwise ICC(A,1) uses {} of {} sessions.",
        main.item,
        estimate(&main.human_alpha, 2),
        estimate(&main.human_icc_reml, 2),
        main.human_icc.n_units(),
        main.human_icc.n_units() + main.human_icc.n_dropped()
    );
    say("incomplete_design", Tone::Caution, text)
}

fn against_ceiling(judge: &str, main: &AgreementFinding, noun: &str) -> Sentence {
    match (main.judge_mae.value(), main.human_mae.value()) {
        (Ok(judge_mae), Ok(human_mae)) => {
            let text = format!(
                "{}: against the mean of the other {noun}s, {judge} is off by {}, a {noun} by {} (difference {}; n = {}, {}).",
                main.item,
                decimals(judge_mae, 2),
                decimals(human_mae, 2),
                estimate(&main.gap_mae, 2),
                main.gap_mae.n_units(),
                strength(main.gap_mae.n_units())
            );
            let tone = if main.gap_mae.n_units() < 10 { Tone::Caution } else { Tone::Finding };
            say("judge_and_ceiling", tone, text)
        }
        (Err(why), _) | (_, Err(why)) => {
            let text = format!("{}: {judge} cannot be held against the ceiling: {}.", main.item, reason(why));
            say("judge_and_ceiling", Tone::Caution, text)
        }
    }
}

fn constant(judge: &str, main: &AgreementFinding) -> Sentence {
    let constant = estimate(&main.constant_mae, 2);
    match main.beats_constant {
        Some(true) => {
            let text = format!("{}: {judge} beats a constant predictor (off by {constant}).", main.item);
            say("constant_predictor", Tone::Finding, text)
        }
        Some(false) => {
            let text = format!(
                "{}: {judge} carries no information: a constant predictor is off by {constant} only.",
                main.item
            );
            say("constant_predictor", Tone::Caution, text)
        }
        None => {
            let text = format!("{}: the constant predictor is {constant}.", main.item);
            say("constant_predictor", Tone::Caution, text)
        }
    }
}

fn verdict_counts(judge: &str, verdicts: &[ItemVerdict]) -> Option<Sentence> {
    let own: Vec<&ItemVerdict> = verdicts.iter().filter(|v| v.judge == judge && v.item != "total").collect();
    if own.is_empty() {
        return None;
    }
    let number = |word: Assessability| own.iter().filter(|v| v.assessability == word).count();
    let outcome = |word: JudgeVerdict| own.iter().filter(|v| v.verdict == word).count();
    let text = format!(
        "Of {}, {} assessable, {} with caution, {} not assessable; the judge {judge} is acceptable on {}, inconclusive on \
         {}, failed on {}.",
        count(own.len(), "item"),
        number(Assessability::Assessable),
        number(Assessability::Caution),
        number(Assessability::NotAssessable),
        outcome(JudgeVerdict::Acceptable),
        outcome(JudgeVerdict::Inconclusive),
        outcome(JudgeVerdict::Failed)
    );
    Some(say("assessability", Tone::Finding, text))
}

/// The headline coefficient for the raters together: per item, or the main one and the range of the items.
pub(super) fn coefficients(findings: &AgreeFindings) -> Vec<Sentence> {
    let statistic = findings.level.statistic();
    let group = findings.raters.join("+");
    let own: Vec<&EstimateRow> = findings
        .estimates
        .iter()
        .filter(|row| {
            let key = &row.key;
            key.family == "agreement"
                && key.statistic == statistic
                && key.raters == group
                && key.judge.is_empty()
                && key.arm.is_empty()
                && (key.reference.is_empty() || findings.raters.len() == 1)
        })
        .collect();
    if own.len() <= LISTED {
        return own.into_iter().map(|row| coefficient(row, statistic)).collect();
    }
    let total = own.iter().find(|row| row.key.item == "total" && row.value().is_some());
    let main = total.or_else(|| own.iter().find(|row| row.key.item == "pooled"));
    main.map(|row| coefficient(row, statistic)).into_iter().chain(range(&own, statistic)).collect()
}

fn coefficient(row: &EstimateRow, statistic: &str) -> Sentence {
    let text = format!(
        "{}: {statistic} of {} is {} (n = {}, {}).",
        row.key.item,
        row.key.raters,
        estimate(&row.estimate, 2),
        row.n(),
        strength(row.n())
    );
    say("coefficient", if row.n() < 10 { Tone::Caution } else { Tone::Finding }, text)
}

/// The lowest and the highest item.
fn range(rows: &[&EstimateRow], statistic: &str) -> Option<Sentence> {
    let items = rows.iter().filter(|row| !row.key.item.starts_with("total") && row.key.item != "pooled");
    let mut known: Vec<(f64, &str)> =
        items.filter_map(|row| Some((row.value()?, row.key.item.as_str()))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((low, lowest), (high, highest)) = (known.first()?, known.last()?);
    let text = format!(
        "Items: {statistic} from {} ({lowest}) to {} ({highest}).",
        decimals(*low, 2),
        decimals(*high, 2)
    );
    Some(say("coefficient", Tone::Finding, text))
}
