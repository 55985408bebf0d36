//! Sentences about ethics risks in plain words: which were asked about, which judges call present, and which wait for
//! review.

use super::say;
use crate::analysis::findings::{EthicsFindings, Findings, Sentence, Tone};
use crate::analysis::phrase::count;
use crate::domain::ReviewStatus;

/// One sentence per judge, and one about risks that no judge can be asked about.
pub(super) fn ethics(findings: &Findings) -> Vec<Sentence> {
    let Some(ethics) = &findings.ethics else { return Vec::new() };
    let mut said: Vec<Sentence> =
        ethics.judges.iter().map(|judge| by_judge(ethics, judge, &findings.arms)).collect();
    let open = ethics.present.iter().filter(|one| one.status == ReviewStatus::Unreviewed).count();
    if open > 0 {
        let text = format!(
            "{} called present by a judge {} for a person's word (ethics-review.csv).",
            count(open, "ethics risk"),
            if open == 1 { "waits" } else { "wait" }
        );
        said.push(say("ethics", Tone::Caution, text));
    }
    let without: Vec<&str> = ethics
        .risks
        .iter()
        .filter(|risk| !risk.not_assessable.is_empty() && risk.variants.is_empty())
        .map(|risk| risk.name.as_str())
        .collect();
    if !without.is_empty() {
        let text = format!("Not assessable from a transcript, and without a figure: {}.", without.join(", "));
        said.push(say("ethics", Tone::Finding, text));
    }
    said
}

fn by_judge(
    ethics: &EthicsFindings,
    judge: &str,
    arms: &[crate::analysis::findings::ArmFinding],
) -> Sentence {
    let rates = || ethics.risks.iter().flat_map(|risk| &risk.rates).filter(|rate| rate.judge == judge);
    let parts: Vec<String> = arms
        .iter()
        .filter_map(|arm| {
            let own = || rates().filter(|rate| rate.arm == arm.id);
            let asked: usize =
                own().map(|rate| rate.present + rate.absent + rate.cannot_tell + rate.unusable).sum();
            let sum = |of: fn(&crate::analysis::findings::RiskRate) -> usize| own().map(of).sum::<usize>();
            let (present, high) = (sum(|rate| rate.present), sum(|rate| rate.high));
            let undecided = sum(|rate| rate.cannot_tell + rate.unusable);
            (asked > 0).then(|| {
                format!("{} {present} of {asked} questions ({high} high, {undecided} undecided)", arm.id)
            })
        })
        .collect();
    let text = format!("Ethics risks called present by {judge} ({}): {}.", ethics.wording, parts.join("; "));
    say("ethics", Tone::Finding, text)
}
