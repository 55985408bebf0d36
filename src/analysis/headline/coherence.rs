//! Sentences about coherence: whether the grader is usable, and how often the client answers.

use super::say;
use crate::analysis::findings::{Findings, Sentence, Tone};
use crate::analysis::phrase::{count, decimals, estimate, percent, reason};

/// One sentence about the grader, and one about its result if it is usable.
pub(super) fn coherence(findings: &Findings) -> Vec<Sentence> {
    let Some(found) = &findings.coherence else { return Vec::new() };
    let label = if found.baseline { " (baseline, not a language model)" } else { "" };
    let grader = format!("Replay coherence as graded by {}{label}", found.grader);
    let auc = match found.auc.value() {
        Ok(_) => format!("AUC {} over {}", estimate(&found.auc, 2), count(found.auc.n_units(), "exchange")),
        Err(why) => format!("AUC undefined, {}", reason(why)),
    };
    let least = decimals(found.least_auc, 2);
    if !found.usable {
        let text = format!(
            "{grader} is not usable: {auc}, below {least}, for the true next client turn against another one of the same \
             recorded session. No corrected contrast is given."
        );
        return vec![say("coherence", Tone::Caution, text)];
    }
    let share = |arm: &crate::analysis::findings::ArmCoherence| {
        let value = arm.share.value().map_or_else(|why| reason(why).to_owned(), percent);
        let out = arm.below + arm.unknown;
        let out = if arm.arm == "original" {
            String::new()
        } else {
            format!(" ({out} of {} left out of the corrected contrasts)", count(arm.sessions, "session"))
        };
        format!("{value} in {}{out}", arm.arm)
    };
    let shares: Vec<String> = found.arms.iter().map(share).collect();
    let text = format!("{grader} (a proxy): the next client turn answers {}.", shares.join("; "));
    let unsure = found.auc.interval().map_or(true, |interval| interval.low() < found.least_auc);
    let mut said = vec![say("coherence", Tone::Finding, text)];
    if unsure {
        let text = format!("{grader} may not be usable: {auc}; the interval does not stay above {least}.");
        said.push(say("coherence", Tone::Caution, text));
    }
    said
}
