//! The summary in plain words: which sentences are included, in which order, and how strongly they are put.

mod agreement;
mod arms;
mod coherence;
mod conversation;
mod ethics;
mod judged;
mod sentence;
mod served;
mod variants;

use std::collections::BTreeSet;

use crate::domain::TextSource;

use super::findings::agree::AgreeFindings;
use super::findings::{CalibrationState, Findings, Sentence, Tone};
use super::phrase::count;
use super::sensitivity;
use crate::analysis::headline::sentence::{names, say};

/// The summary of a run: what it compared, what was found, and what limits it.
pub(super) fn of_run(findings: &Findings) -> Vec<Sentence> {
    let mut said = served::unusable_judges(findings);
    said.extend(served::cut_prompts(findings));
    said.extend(banners(findings));
    said.push(what_was_run(findings));
    said.extend(served::several_models(findings));
    said.extend(agreement::agreement(&findings.agreement, &findings.verdicts, "clinician"));
    said.extend(arms::bias(&findings.bias_by_arm, &unrated(findings)));
    said.extend(arms::inversions(&findings.contrasts, &findings.bias_by_arm));
    said.extend(coherence::coherence(findings));
    said.extend(arms::orders(&findings.rank_orders, "clinician"));
    said.extend(arms::corrected(&findings.corrected, "clinician"));
    said.extend(arms::published(findings.published.as_ref()));
    said.extend(conversation::flags(findings));
    said.extend(ethics::ethics(findings));
    said.extend(variants::variants(findings));
    said.extend(conversation::outcomes(findings));
    said.extend(judged::abandonment(findings));
    said.extend(judged::risk(findings));
    said.extend(conversation::evidence(findings));
    said.extend(judged::expected(findings));
    said.push(score_wording(findings));
    said.extend(calibration(findings));
    said.extend(agreement::incomplete_design(&findings.agreement, "clinician"));
    said.extend(gaps(findings));
    said.extend(limits(findings));
    said
}

/// Arms in which no clinician gave a score.
fn unrated(findings: &Findings) -> Vec<&str> {
    let rated: BTreeSet<&str> = findings
        .arm_items
        .iter()
        .filter(|cell| cell.judge.is_empty() && cell.tally.scored > 0)
        .map(|cell| cell.arm.as_str())
        .collect();
    findings.arms.iter().map(|arm| arm.id.as_str()).filter(|arm| !rated.contains(arm)).collect()
}

/// Number of missing cells in the rated arms; the report lists them.
fn gaps(findings: &Findings) -> Option<Sentence> {
    let unrated = unrated(findings);
    let cells = findings.arm_items.iter().filter(|cell| {
        !cell.item.starts_with("total") && (!cell.judge.is_empty() || !unrated.contains(&cell.arm.as_str()))
    });
    let (mut missing, mut unusable, mut unassessable, mut all) = (0, 0, 0, 0);
    for tally in cells.map(|cell| cell.tally) {
        missing += tally.missing;
        unusable += tally.unusable;
        unassessable += tally.not_assessable;
        all += tally.scored + tally.missing + tally.unusable + tally.not_assessable;
    }
    let parts: Vec<String> = [(missing, "missing"), (unassessable, "not assessable"), (unusable, "unusable")]
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    let text = format!("Of {} in rated arms: {}.", count(all, "rating"), parts.join(", "));
    (!parts.is_empty()).then(|| say("gaps", Tone::Caution, text))
}

/// The summary of a ratings table.
pub(super) fn of_table(findings: &AgreeFindings) -> Vec<Sentence> {
    let mut said = Vec::new();
    if findings.synthetic {
        said.push(say("synthetic", Tone::Banner, "demonstration: invented ratings".to_owned()));
    }
    let counts = &findings.counts;
    let judge = if findings.judge.is_empty() { "" } else { " and a judge" };
    said.push(say(
        "what_was_analysed",
        Tone::Finding,
        format!(
            "{}, {}, {}{judge}; {} missing, {} outside the scale.",
            count(counts.units, "unit"),
            count(counts.items, "item"),
            count(findings.raters.len(), "rater"),
            counts.missing,
            counts.n_out_of_scale
        ),
    ));
    if counts.duplicates > 0 {
        let text = format!("{} came more than once and were left out.", count(counts.duplicates, "key"));
        said.push(say("duplicates", Tone::Caution, text));
    }
    if let Some(text) = sensitivity::sentence(&findings.out_of_scale_kept, counts.n_out_of_scale) {
        said.push(say("out_of_scale", Tone::Caution, text));
    }
    if let Some(groups) = counts.groups {
        let text =
            format!("Raters were averaged within {} before they were compared.", count(groups, "group"));
        said.push(say("mean_by", Tone::Caution, text));
    }
    said.extend(agreement::coefficients(findings));
    said.extend(agreement::agreement(&findings.agreement, &findings.verdicts, "rater"));
    said.extend(arms::bias(&findings.bias_by_arm, &[]));
    said.extend(arms::inversions(&findings.contrasts, &findings.bias_by_arm));
    said.extend(arms::orders(&findings.rank_orders, "rater"));
    said.extend(arms::corrected(&findings.corrected, "rater"));
    said.extend(agreement::incomplete_design(&findings.agreement, "rater"));
    said
}

fn banners(findings: &Findings) -> Vec<Sentence> {
    let mut said = Vec::new();
    let synthetic = findings.synthetic;
    if synthetic.any() {
        let what = match (synthetic.ratings, synthetic.sessions) {
            (0, _) => "invented sessions",
            (_, 0) => "invented ratings",
            _ => "invented ratings and sessions",
        };
        said.push(say("synthetic", Tone::Banner, format!("demonstration: {what}; nothing here is evidence")));
    }
    said.extend(baselines(findings).map(|text| say("baselines", Tone::Banner, text)));
    said
}

/// All scripted counselors, judges and graders, in one line.
fn baselines(findings: &Findings) -> Option<String> {
    let judges: Vec<&str> =
        findings.judges.iter().filter(|judge| judge.baseline).map(|judge| judge.id.as_str()).collect();
    let counselors: Vec<&str> =
        findings.arms.iter().filter(|arm| arm.baseline).map(|arm| arm.id.as_str()).collect();
    let conditions = findings.arms.iter().filter(|arm| arm.id != "original").count();
    let mut parts = Vec::new();
    if !judges.is_empty() {
        parts.push(format!("judge {}", names(judges.iter().copied())));
    }
    match counselors.len() {
        0 => {}
        n if n > 2 && n == conditions => parts.push(format!("counselors of all {n} conditions")),
        _ => parts.push(format!("counselor {}", names(counselors.iter().copied()))),
    }
    let what = if judges.len() + counselors.len() == 1 {
        "baseline, not a language model"
    } else {
        "baselines, not language models"
    };
    (!parts.is_empty()).then(|| format!("{what}: {}", parts.join("; ")))
}

fn what_was_run(findings: &Findings) -> Sentence {
    let conditions = findings.arms.iter().filter(|arm| arm.id != "original").count();
    let text = format!(
        "{}, {}: {} in all; {} and {}; {} rated by every clinician.",
        count(findings.counts.sources, "recorded session"),
        count(conditions, "condition"),
        count(findings.counts.sessions, "session"),
        count(findings.judges.len(), "judge"),
        count(findings.clinicians.len(), "clinician"),
        findings.counts.fully_rated_sessions
    );
    say("what_was_run", Tone::Finding, text)
}

fn score_wording(findings: &Findings) -> Sentence {
    let rubric = &findings.rubric;
    let source = match rubric.text_source {
        TextSource::Paraphrase => "a paraphrase",
        TextSource::UserSupplied => "text supplied by the user",
    };
    let checked = if rubric.checked_against_manual { "checked" } else { "not checked" };
    let wording = format!(
        "The judge's figures are {}; the rubric's text is {source}, {checked} against the manual.",
        rubric.score_wording
    );
    say("score_wording", Tone::Caution, wording)
}

/// Which judges' scores are calibrated, and which calibrations are no longer valid.
fn calibration(findings: &Findings) -> Vec<Sentence> {
    let mut said = Vec::new();
    for state in [CalibrationState::Uncalibrated, CalibrationState::Stale, CalibrationState::Calibrated] {
        let own: Vec<_> = findings.judges.iter().filter(|judge| judge.calibration == state).collect();
        if own.is_empty() {
            continue;
        }
        let who = names(own.iter().map(|judge| judge.id.as_str()));
        let why: BTreeSet<&str> =
            own.iter().flat_map(|judge| judge.calibration_because.iter().map(String::as_str)).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", names(why.into_iter())) };
        let (tone, text) = match state {
            CalibrationState::Uncalibrated => {
                (Tone::Caution, format!("Scores by {who} are uncalibrated{why}."))
            }
            CalibrationState::Stale => {
                let text = format!("The calibration of {who} is stale and was not used{why}.");
                (Tone::Caution, text)
            }
            CalibrationState::Calibrated => {
                (Tone::Finding, format!("Scores by {who} are shown on the clinicians' scale too{why}."))
            }
        };
        said.push(say("calibration", tone, text));
    }
    said
}

fn limits(findings: &Findings) -> Vec<Sentence> {
    let mut said = Vec::new();
    let stale = findings.excluded.stale_count();
    if stale > 0 {
        let text = format!(
            "{} excluded as stale: they belong to another text than the session's.",
            count(stale, "rating")
        );
        said.push(say("stale_ratings", Tone::Caution, text));
    }
    if findings.excluded.duplicates > 0 {
        let text =
            format!("{} came more than once and were left out.", count(findings.excluded.duplicates, "key"));
        said.push(say("duplicates", Tone::Caution, text));
    }
    let marked: Vec<&str> = findings
        .items
        .iter()
        .filter(|item| item.replay_confounded && !item.id.starts_with("total"))
        .map(|item| item.name.as_str())
        .collect();
    if !marked.is_empty() {
        let text = format!(
            "Replay confounds {}: the client's turns cannot react to the new counselor.",
            marked.join(", ")
        );
        said.push(say("replay_confounded", Tone::Caution, text));
    }
    said.extend(findings.notes.iter().map(|note| say("note", Tone::Caution, note.clone())));
    said
}
