//! What is said of judges without usable ratings, and of servers that changed their model or cut prompts.

use super::{names, say};
use crate::analysis::findings::{Findings, JudgeFinding, Sentence, Tone};
use crate::analysis::phrase::{count, percent};
use crate::domain::Unusable;

/// A judge with so large a share of unusable ratings gave almost none.
const UNUSABLE: f64 = 0.9;

/// Judges that gave almost no usable rating: whatever the report says of them rests on next to nothing. Calls that failed
/// are no answers of theirs.
pub(super) fn unusable_judges(findings: &Findings) -> Vec<Sentence> {
    findings.judges.iter().filter_map(unusable).collect()
}

fn unusable(judge: &JudgeFinding) -> Option<Sentence> {
    let wrong: Vec<&(String, usize)> =
        judge.unusable.iter().filter(|(word, _)| word != Unusable::CallFailed.word()).collect();
    let (all, unusable): (usize, usize) =
        (judge.unusable.iter().map(|(_, n)| n).sum(), wrong.iter().map(|(_, n)| n).sum());
    let answered = judge.ratings + unusable - all;
    let share = unusable as f64 / answered.max(1) as f64;
    (share >= UNUSABLE).then(|| {
        let reasons: Vec<String> = wrong.iter().map(|(word, n)| format!("{word} {n}")).collect();
        let text = format!(
            "JUDGE UNUSABLE: {}, {} of {} cannot be used ({})",
            judge.id,
            percent(share),
            count(answered, "rating"),
            reasons.join(", ")
        );
        say("judge_unusable", Tone::Banner, text)
    })
}

/// Servers that gave models less than was sent.
pub(super) fn cut_prompts(findings: &Findings) -> Vec<Sentence> {
    let cut = findings.served.iter().filter_map(|served| Some((served, served.cut.as_ref()?)));
    cut.map(|(served, cut)| {
        let text = format!(
            "PROMPTS CUT: the server of model {} did not read all that was sent in {} of {} replies: {}",
            served.model, cut.replies, cut.of, cut.sign
        );
        say("prompts_cut", Tone::Banner, text)
    })
    .collect()
}

/// Models behind which the server changed what answers.
pub(super) fn several_models(findings: &Findings) -> Vec<Sentence> {
    let changed = findings.served.iter().filter(|served| served.answered_by.len() > 1);
    changed
        .map(|served| {
            let answered: Vec<String> =
                served.answered_by.iter().map(|(name, n)| format!("{name} ({n})")).collect();
            let text = format!(
                "Model {} was answered by several models: {}. What is compared across their replies compares them too.",
                served.model,
                names(answered.iter().map(String::as_str))
            );
            say("several_models", Tone::Caution, text)
        })
        .collect()
}
