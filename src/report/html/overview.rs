//! The first screen: banners, findings in plain words, and what was analyzed.

use serde::Serialize;

use crate::analysis::findings::{Findings, Tone};
use crate::analysis::phrase;
use crate::domain::TextSource;
use crate::report::tables::author;

/// The first screen.
#[derive(Debug, Serialize)]
pub(super) struct Overview<'f> {
    title: &'f str,
    banners: Vec<Banner<'f>>,
    score_wording: &'f str,
    /// Upper-case id of the instrument, for "not ... scores".
    instrument: String,
    text_source: &'static str,
    checked: &'static str,
    groups: Vec<SentenceGroup<'f>>,
    facts: Vec<String>,
    arms: Vec<ArmLine<'f>>,
    judges: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Banner<'f> {
    /// True for a banner that names participants without saying that something is invented.
    quiet: bool,
    text: &'f str,
}

/// Sentences on one subject.
#[derive(Debug, Serialize)]
struct SentenceGroup<'f> {
    title: &'static str,
    sentences: Vec<HeadlineText<'f>>,
}

#[derive(Debug, Serialize)]
struct HeadlineText<'f> {
    caution: bool,
    text: &'f str,
}

#[derive(Debug, Serialize)]
struct ArmLine<'f> {
    label: &'f str,
    author: &'static str,
    mode: String,
    turn_level: bool,
    sessions: usize,
    sources: usize,
}

/// Subjects in reading order, each with the keys of its sentences.
const SUBJECTS: [(&str, &[&str]); 5] = [
    ("What was run", &["what_was_run", "score_wording"]),
    ("Scores", &["total", "contrast", "published"]),
    (
        "Judge and clinicians",
        &[
            "judge_and_ceiling",
            "constant_predictor",
            "assessability",
            "bias_by_arm",
            "rank_order",
            "corrected",
            "evidence",
            "expected",
        ],
    ),
    ("What counselors said", &["flags", "flag_review", "ethics", "variants", "abandonment", "risk"]),
    ("Limits", &[]),
];

/// Builds the first screen.
pub(super) fn overview(findings: &Findings) -> Overview<'_> {
    let rubric = &findings.rubric;
    Overview {
        title: if findings.description.is_empty() { "Report" } else { &findings.description },
        banners: findings
            .headline
            .iter()
            .filter(|s| s.tone == Tone::Banner)
            .map(|s| Banner { quiet: s.key.starts_with("baseline"), text: &s.text })
            .collect(),
        score_wording: &rubric.score_wording,
        instrument: rubric.id.to_uppercase(),
        text_source: match rubric.text_source {
            TextSource::Paraphrase => "paraphrase",
            TextSource::UserSupplied => "supplied by the user",
        },
        checked: if rubric.checked_against_manual { "yes" } else { "no" },
        groups: groups(findings),
        facts: vec![
            phrase::count(findings.counts.sources, "recorded session"),
            format!("{} in all arms", phrase::count(findings.counts.sessions, "session")),
            format!("{} rated by every clinician", findings.counts.fully_rated_sessions),
            phrase::count(findings.clinicians.len(), "clinician"),
            phrase::count(findings.judges.len(), "judge"),
            phrase::count(findings.counts.ratings, "rating"),
        ],
        arms: findings.arms.iter().map(arm_line).collect(),
        judges: findings
            .judges
            .iter()
            .map(
                |j| {
                    if j.baseline {
                        format!("{} (baseline, not a language model)", j.id)
                    } else {
                        j.id.clone()
                    }
                },
            )
            .collect(),
    }
}

fn arm_line(arm: &crate::analysis::findings::ArmFinding) -> ArmLine<'_> {
    ArmLine {
        label: &arm.label,
        author: author(arm.author),
        mode: arm.mode.as_deref().map_or_else(|| "as recorded".to_owned(), crate::report::table::spaced),
        turn_level: arm.turn_level,
        sessions: arm.sessions,
        sources: arm.sources,
    }
}

/// The summary by subject; a statement that no subject claims is a limit.
fn groups(findings: &Findings) -> Vec<SentenceGroup<'_>> {
    let subject =
        |key: &str| SUBJECTS.iter().position(|(_, keys)| keys.contains(&key)).unwrap_or(SUBJECTS.len() - 1);
    SUBJECTS
        .iter()
        .enumerate()
        .map(|(place, (title, _))| SentenceGroup {
            title,
            sentences: findings
                .headline
                .iter()
                .filter(|s| s.tone != Tone::Banner && subject(&s.key) == place)
                .map(|s| HeadlineText { caution: s.tone == Tone::Caution, text: &s.text })
                .collect(),
        })
        .filter(|group| !group.sentences.is_empty())
        .collect()
}
