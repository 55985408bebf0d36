//! The criterion `one_judge_version`: a server that changes its model within a run makes two judges of one.

use super::{CheckedCriterion, GateOutcome};
use crate::analysis::findings::{Findings, JudgeFinding, ServedFinding};
use crate::stats::Estimate;

/// One check for each judge that is a language model; a panel is as good as its members.
pub(super) fn one_version(findings: &Findings) -> Vec<CheckedCriterion> {
    let judges = findings.judges.iter().filter(|judge| !judge.baseline && judge.members.is_empty());
    judges.map(|judge| of_judge(judge, served(findings, judge))).collect()
}

fn served<'f>(findings: &'f Findings, judge: &JudgeFinding) -> Option<&'f ServedFinding> {
    findings.served.iter().find(|served| served.judges.contains(&judge.id))
}

fn of_judge(judge: &JudgeFinding, served: Option<&ServedFinding>) -> CheckedCriterion {
    let answered = served.map_or(&[][..], |served| &served.answered_by);
    let named: u64 = answered.iter().map(|(_, n)| n).sum();
    let unnamed = served.map_or(0, |served| served.unnamed);
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let mut checked = CheckedCriterion {
        criterion: "one_judge_version".to_owned(),
        judge: judge.id.clone(),
        subject: "models that answered".to_owned(),
        value: Estimate::ok(answered.len() as f64).with_counts(count(named), 1, count(unnamed)),
        limit: "one, named in every reply".to_owned(),
        outcome: GateOutcome::Pass,
        because: String::new(),
        settle: None,
    };
    if answered.len() > 1 {
        let names: Vec<String> = answered.iter().map(|(name, n)| format!("{name} ({n})")).collect();
        checked.outcome = GateOutcome::Fail;
        checked.because = format!("several models answered: {}", names.join(", "));
    } else if named == 0 || unnamed > 0 {
        checked.undecided(
            format!("{unnamed} of {} replies name no model", named + unnamed),
            "a server that names the model in every reply",
        );
    }
    checked
}

/// Why nothing can be concluded where a server cut prompts.
pub(super) fn cut_prompts(findings: &Findings) -> Vec<String> {
    let cut = findings.served.iter().filter_map(|served| Some((&served.model, served.cut.as_ref()?)));
    cut.map(|(model, cut)| {
        format!(
            "the server of model {model} did not read all that was sent, in {} of {} replies: {}",
            cut.replies, cut.of, cut.sign
        )
    })
    .collect()
}
