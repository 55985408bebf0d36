//! Owns the summary in plain words: which sentences are said, in which order, and how strongly.

use crate::domain::TextSource;

use super::agree::AgreeFindings;
use super::findings::{AgreementFinding, Author, BiasByArm, Findings, FlagRate, Sentence, Tone};
use super::inputs::FlagKind;
use super::phrase::{count, decimals, estimate, p_value, percent, reason, strength};
use super::verdict::{Assessability, ItemVerdict};

fn say(key: &str, tone: Tone, text: String) -> Sentence {
    Sentence { key: key.to_owned(), tone, text }
}

/// The summary of a run.
pub(super) fn of_run(findings: &Findings) -> Vec<Sentence> {
    let mut said = banners(findings);
    said.push(what_was_run(findings));
    said.extend(scores(findings));
    said.extend(agreement(&findings.agreement, &findings.verdicts, "clinician"));
    said.extend(bias(&findings.bias_by_arm));
    said.extend(contrasts(findings));
    said.extend(flags(findings));
    said.extend(outcomes(findings));
    said.extend(evidence(findings));
    said.extend(limits(findings));
    said
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
    if let Some(groups) = counts.groups {
        let text =
            format!("Raters were averaged within {} before they were compared.", count(groups, "group"));
        said.push(say("mean_by", Tone::Caution, text));
    }
    said.extend(coefficients(findings));
    said.extend(agreement(&findings.agreement, &findings.verdicts, "rater"));
    said.extend(bias(&findings.bias_by_arm));
    said
}

/// The headline coefficient, per item, for the raters together.
fn coefficients(findings: &AgreeFindings) -> Vec<Sentence> {
    let statistic = findings.level.statistic();
    let group = findings.raters.join("+");
    let own = findings.estimates.iter().filter(|row| {
        let key = &row.key;
        key.family == "agreement"
            && key.statistic == statistic
            && key.raters == group
            && key.judge.is_empty()
            && key.arm.is_empty()
            && (key.reference.is_empty() || findings.raters.len() == 1)
    });
    own.map(|row| {
        let text = format!(
            "{}: {statistic} of {group} is {} (n = {}, {}).",
            row.key.item,
            estimate(&row.estimate(), 2),
            row.n,
            strength(row.n)
        );
        say("coefficient", if row.n < 10 { Tone::Caution } else { Tone::Finding }, text)
    })
    .collect()
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
    for judge in findings.judges.iter().filter(|judge| judge.baseline) {
        let text = format!("judge {}: baseline, not a language model", judge.id);
        said.push(say("baseline_judge", Tone::Banner, text));
    }
    for arm in findings.arms.iter().filter(|arm| arm.baseline) {
        let text = format!("counselor {}: baseline, not a language model", arm.id);
        said.push(say("baseline_counselor", Tone::Banner, text));
    }
    said
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

fn scores(findings: &Findings) -> Vec<Sentence> {
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
    let mut said = vec![say("score_wording", Tone::Caution, wording)];
    for cell in findings.arm_items.iter().filter(|cell| cell.item == "total" && cell.mean.value().is_ok()) {
        let who = if cell.judge.is_empty() { "clinicians" } else { cell.judge.as_str() };
        let text = format!("Mean total of {} by {who}: {}.", cell.arm, estimate(&cell.mean, 1));
        said.push(say("total", Tone::Finding, text));
    }
    said
}

fn agreement(table: &[AgreementFinding], verdicts: &[ItemVerdict], noun: &str) -> Vec<Sentence> {
    let mut said = Vec::new();
    let mut judges: Vec<&str> = table.iter().map(|a| a.judge.as_str()).filter(|j| !j.is_empty()).collect();
    judges.dedup();
    let mut seen: Vec<&str> = Vec::new();
    for judge in judges {
        if seen.contains(&judge) {
            continue;
        }
        seen.push(judge);
        let own = || table.iter().filter(|a| a.judge == judge);
        // The total where the rubric makes one, else all items below each other, else the only item.
        let main = own().find(|a| a.item == "total" && a.bias.value().is_ok());
        let main = main.or_else(|| own().find(|a| a.item == "pooled")).or_else(|| own().next());
        said.extend(main.filter(|main| main.incomplete_design).map(|main| incomplete(main, noun)));
        said.extend(main.map(|main| against_ceiling(judge, main, noun)));
        said.extend(main.filter(|m| m.gap_mae.value().is_ok()).map(|main| constant(judge, main)));
        said.extend(verdict_counts(judge, verdicts));
    }
    said
}

/// Where raters skipped sessions the statistics that use every cell come first.
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
    let text = format!(
        "Of {} for {judge}: {} assessable, {} with caution, {} not assessable.",
        count(own.len(), "item"),
        number(Assessability::Assessable),
        number(Assessability::Caution),
        number(Assessability::NotAssessable)
    );
    Some(say("assessability", Tone::Finding, text))
}

fn bias(found: &[BiasByArm]) -> Vec<Sentence> {
    // The total speaks for all items where there is one; otherwise every item speaks.
    let totals = found.iter().any(|b| b.item == "total" && b.difference.value().is_ok());
    let own = found.iter().filter(|b| (b.item == "total") == totals && b.item != "total_complete");
    own.map(|bias| match bias.difference.value() {
        Ok(value) => {
            let n = bias.difference.n_units();
            let verb = if value > 0.0 { "favours" } else { "is harsher on" };
            let p = bias.difference.p().map(|p| format!(", {}", p_value(p))).unwrap_or_default();
            let text = format!(
                "{}: compared with clinicians, {} {verb} {} by {} points ({}: {}; n = {n}{p}; {}).",
                bias.item,
                bias.judge,
                bias.condition,
                decimals(value.abs(), 2),
                bias.contrast,
                estimate(&bias.difference, 2),
                strength(n)
            );
            say("bias_by_arm", if n < 10 { Tone::Caution } else { Tone::Finding }, text)
        }
        Err(why) => {
            let text = format!(
                "{}: bias of {} in {} is undefined: {}.",
                bias.item,
                bias.judge,
                bias.contrast,
                reason(why)
            );
            say("bias_by_arm", Tone::Caution, text)
        }
    })
    .collect()
}

fn contrasts(findings: &Findings) -> Vec<Sentence> {
    let total = findings.contrasts.iter().filter(|c| c.item == "total" && c.difference.value().is_ok());
    total
        .map(|c| {
            let who = if c.judge.is_empty() { "clinicians" } else { c.judge.as_str() };
            let n = c.difference.n_units();
            let p = c.p_sign_flip.map(|p| format!(", sign-flip {}", p_value(p))).unwrap_or_default();
            let text = format!(
                "Total, {}: {} by {who} (n = {n}{p}; {}).",
                c.contrast,
                estimate(&c.difference, 1),
                strength(n)
            );
            say("contrast", if n < 10 { Tone::Caution } else { Tone::Finding }, text)
        })
        .collect()
}

fn flags(findings: &Findings) -> Vec<Sentence> {
    let axes = findings.flags.rates.iter();
    axes.filter(|rate| rate.category.is_empty() && rate.kind == FlagKind::DeceptiveEmpathy)
        .map(|rate| flag(rate, &findings.flags.wording))
        .collect()
}

fn flag(rate: &FlagRate, wording: &str) -> Sentence {
    let name = match rate.author {
        Author::Ai | Author::Mixed => "Deceptive empathy",
        Author::Human => "Relational phrases",
    };
    match (rate.undefined, rate.per_100_turns.value()) {
        (Some(why), _) | (None, Err(why)) => {
            say("flags", Tone::Caution, format!("{name} in {}: undefined, {}.", rate.arm, reason(why)))
        }
        (None, Ok(per_100)) => {
            let first = match rate.first_turn.value() {
                Ok(turn) => format!("; first at counselor turn {} (median)", decimals(turn, 1)),
                Err(_) => String::new(),
            };
            let text = format!(
                "{name} in {}: {} per 100 counselor turns ({wording}: {}{first}).",
                rate.arm,
                decimals(per_100, 1),
                rate.count
            );
            say("flags", Tone::Finding, text)
        }
    }
}

fn outcomes(findings: &Findings) -> Vec<Sentence> {
    let hit = findings.outcomes.iter().filter(|o| o.refusal + o.content_filter + o.truncated + o.empty > 0);
    hit.map(|o| {
        let text = format!(
            "{}: of {}, {} refused, {} stopped by a filter, {} cut, {} empty; {} of {} touched by a refusal or filter.",
            o.arm,
            count(o.turns, "counselor turn"),
            o.refusal,
            o.content_filter,
            o.truncated,
            o.empty,
            o.sessions_with_abandonment,
            count(o.sessions, "session")
        );
        say("abandonment", Tone::Finding, text)
    })
    .collect()
}

fn evidence(findings: &Findings) -> Vec<Sentence> {
    let mut said = Vec::new();
    for judge in findings.judges.iter().filter(|judge| judge.ratings > 0) {
        let share = |e: &crate::stats::Estimate| e.value().map_or_else(|why| reason(why).to_owned(), percent);
        let quotes = match judge.verified_rate.value() {
            Ok(rate) => format!("{} of cited quotes found in the transcript", percent(rate)),
            Err(_) => "no quotes cited".to_owned(),
        };
        let text = format!(
            "{}: {quotes}, {} of ratings unusable, {} not assessable.",
            judge.id,
            share(&judge.unusable_rate),
            share(&judge.not_assessable_rate)
        );
        said.push(say("evidence", Tone::Finding, text));
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
