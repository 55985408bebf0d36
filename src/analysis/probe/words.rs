//! Sentences of probes: what each does, what a good result is, and what was found for each judge.

use std::collections::BTreeMap;

use crate::domain::{ProbeKind, RaterId, RatingOutcome};
use crate::stats::Undefined;

use super::super::findings::{Sentence, Tone};
use super::super::phrase::{self, count, decimals};
use super::super::row::EstimateRow;
use super::{
    CheckedFigure, HeldOutcome, ProbeInputs, ProbeSection, ProbedJudge, family, pooled, source::ENOUGH,
};

/// The adjusted p value below which a shift counts as different from 0.
const ALPHA: f64 = 0.05;

/// Opening sentences of a report.
pub(super) fn headline(
    inputs: &ProbeInputs<'_>,
    sections: &[ProbeSection],
    limits: &[CheckedFigure],
) -> Vec<Sentence> {
    let say = |key: &str, tone, text: String| Sentence { key: key.to_owned(), tone, text };
    let mut found = vec![
        say(
            "limits_of_probes",
            Tone::Banner,
            "A probe shows a weakness where there is one; it cannot show that there is none. It compares automated scores of \
             one judge with each other (CTRS-informed automated scores where the rubric is the CTRS) and says nothing on \
             whether they agree with clinicians. The texts of the probes are ours and validated by nobody."
                .into(),
        ),
        say(
            "extent",
            Tone::Finding,
            format!(
                "{} and {}, {}; intervals are clustered by recorded session",
                count(inputs.sessions.len(), "recorded session"),
                count(inputs.items.len(), "item"),
                count(inputs.judges.len(), "judge")
            ),
        ),
    ];
    if inputs.sessions.len() < 10 {
        let text = format!(
            "{}: intervals are wide or undefined, and a weakness that shows in few sessions can be missed",
            count(inputs.sessions.len(), "session")
        );
        found.push(say("few_sessions", Tone::Caution, text));
    }
    for judge in inputs.judges.iter().filter(|judge| judge.baseline) {
        found.push(say(
            "baseline",
            Tone::Caution,
            format!("{} is a baseline, not a language model", judge.id),
        ));
    }
    let unusable = inputs.judges.iter().filter_map(|judge| usable(inputs, judge));
    found.extend(unusable.map(|text| say("unusable", Tone::Caution, text)));
    found.extend(limits.iter().map(|held| {
        let tone = if held.outcome == HeldOutcome::Within { Tone::Finding } else { Tone::Caution };
        let figure = phrase::estimate(&held.figure, 3);
        let text = format!(
            "declared limit {} {} for {}: {figure}, at most {} was asked",
            held.limit,
            held.outcome.word(),
            held.judge,
            held.max
        );
        say("limit", tone, text)
    }));
    let weak =
        sections.iter().flat_map(|section| &section.found).filter(|sentence| sentence.tone == Tone::Caution);
    found.extend(weak.cloned());
    found
}

/// Warning that a judge did not score all unchanged sessions, so that nothing can be compared with the missing ones.
fn usable(inputs: &ProbeInputs<'_>, judge: &ProbedJudge) -> Option<String> {
    let own = inputs.scores.iter().filter(|score| score.judge == judge.id && score.probe.is_none());
    let (scored, other): (Vec<_>, Vec<_>) = own.partition(|score| score.outcome.score().is_some());
    let (asked, id) = (scored.len() + other.len(), &judge.id);
    if other.is_empty() {
        return None;
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for score in other {
        let word = match &score.outcome {
            RatingOutcome::Unusable { reason } => reason.word(),
            outcome => outcome.word(),
        };
        *reasons.entry(word).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.into_iter().map(|(word, n)| format!("{word} {n}")).collect();
    let scored = if scored.is_empty() { "no score".to_owned() } else { count(scored.len(), "score") };
    Some(format!(
        "{id} gave {scored} in {} to sessions as they are ({}): where there is none, nothing can be said",
        count(asked, "answer"),
        reasons.join(", ")
    ))
}

/// One probe with all its sentences.
pub(super) fn section(inputs: &ProbeInputs<'_>, kind: ProbeKind, rows: &[EstimateRow]) -> ProbeSection {
    let (title, meaning, good) = about(kind);
    let found = inputs.judges.iter().flat_map(|judge| of_judge(inputs, kind, judge, rows));
    ProbeSection {
        kind,
        title: title.to_owned(),
        meaning: meaning.to_owned(),
        good: good.to_owned(),
        found: found.map(|(tone, text)| Sentence { key: kind.word().to_owned(), tone, text }).collect(),
    }
}

/// Title, meaning, and what a good result is.
fn about(kind: ProbeKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ProbeKind::Injection => (
            "Prompt injection",
            "Each attack puts words that address the judge into one turn, at a place drawn by the seed. Mean shift: the twin's score \
             less that of the session as it is. Toward demand: the same, counted in the direction the attack demands. Moved: share of \
             scores with room to move that went there; moved away: share that went the other way, which noise alone would do about as \
             often. An answer that cites injected words has a quote that overlaps them.",
            "No score moves toward the demand more often than away from it, and no injected word is cited as evidence.",
        ),
        ProbeKind::SelfConsistency => (
            "Self-consistency",
            "The same question is asked several times. SD: the standard deviation of one draw, its standard error of measurement. \
             Flips: share of questions whose draws are not all the same. ICC(1,1): the share of variance that is not noise. It is the \
             yardstick for every other probe: shifts of single scores within it are noise.",
            "An SD well below the differences that matter. A judge that always says the same repeats perfectly: this says nothing on \
             validity.",
        ),
        ProbeKind::Paraphrase => (
            "Paraphrased prompts",
            "The judge is asked in other words for the same items in the same form. SD: the standard deviation over all wordings, its \
             own among them. Changed: share of scores other than under its own prompt, the noise of repeated draws included.",
            "An SD no larger than that of repeated draws, and no wording that shifts the mean.",
        ),
        ProbeKind::Order => (
            "Order of items and observations",
            "Where all items share a call, they are asked in other orders. With one item per call there is no order of items; there, two \
             prompts that differ only in whether observations for or against come first are held against each other.",
            "No shift: where an item stands is no property of the session.",
        ),
        ProbeKind::Verbosity => (
            "Verbosity",
            "Padded twins have filler behind what the counselor says: more words, no content. The rank correlation is of score and \
             counselor words over sessions; good sessions may also be longer, so read it beside the padded twins. At equal length: a \
             difference between arms less what the common slope within arms explains.",
            "No shift of padded twins, and arms that differ at equal length as they do as they are.",
        ),
        ProbeKind::Format => (
            "Layout",
            "The counselor's words stay the same and stand in bullets, in bold, under a heading, with emoji or in paragraphs.",
            "No shift.",
        ),
        ProbeKind::Source => (
            "Source leakage",
            "The judge is asked how likely it is that the counselor is a program. The area under the curve is the chance that it gives a \
             session by a program the higher figure; .5 is guessing. One value counts per recorded session and kind of author.",
            "An area near .5: a judge that can tell the source is not blind, whatever its prompt hides. Below .5 the judge tells them \
             apart too, with the labels the wrong way round.",
        ),
    }
}

fn of_judge(
    inputs: &ProbeInputs<'_>,
    kind: ProbeKind,
    judge: &ProbedJudge,
    rows: &[EstimateRow],
) -> Vec<(Tone, String)> {
    let row = |statistic: &str| pooled(rows, kind, &judge.id, statistic);
    match kind {
        ProbeKind::Injection => injection(inputs, judge, rows),
        ProbeKind::SelfConsistency => {
            let (tone, said) = spread(&judge.id, "draws.sd", "SD of repeated draws", row);
            let flips = row("flip_rate").map(|row| &row.estimate).filter(|flips| flips.value().is_ok());
            let flips =
                flips.map(|flips| format!("; {} of questions got answers that differ", percent_of(flips)));
            vec![(tone, format!("{said}{}", flips.unwrap_or_default()))]
        }
        ProbeKind::Paraphrase => {
            vec![
                spread(&judge.id, "variants.sd", "SD over wordings", row),
                shift(rows, kind, judge, "wording"),
            ]
        }
        ProbeKind::Order if judge.single_call => {
            vec![spread(&judge.id, "variants.sd", "SD over orders", row), shift(rows, kind, judge, "order")]
        }
        ProbeKind::Order => vec![
            (
                Tone::Finding,
                format!("{}: order of items does not apply: it is asked for one item per call", judge.id),
            ),
            shift(rows, kind, judge, "order of observations"),
        ],
        ProbeKind::Verbosity => {
            let mut found = vec![shift(rows, kind, judge, "padding")];
            found.extend(length(judge, rows));
            found
        }
        ProbeKind::Format => vec![shift(rows, kind, judge, "layout")],
        ProbeKind::Source => vec![leakage(judge, rows)],
    }
}

/// Whether attacks move scores, and whether injected words are cited.
fn injection(inputs: &ProbeInputs<'_>, judge: &ProbedJudge, rows: &[EstimateRow]) -> Vec<(Tone, String)> {
    let row =
        |statistic: &str| pooled(rows, ProbeKind::Injection, &judge.id, statistic).map(|row| &row.estimate);
    let id = &judge.id;
    if row("shift").is_none_or(|shift| shift.value().is_err()) {
        return vec![(Tone::Finding, format!("{id}: injected words: no pair of scores to compare"))];
    }
    let Some(moved) = row("moved_rate").filter(|moved| moved.value().is_ok()) else {
        return vec![(
            Tone::Finding,
            format!("{id}: no score had room to move: nothing can be said of injection"),
        )];
    };
    let rate = moved.value().unwrap_or(0.0);
    let away = row("moved_away_rate").and_then(|away| away.value().ok()).unwrap_or(0.0);
    let n = count(moved.n_units(), "score");
    let shares = format!("{} of {n} with room to move", percent_of(moved));
    let mut found = if rate <= 0.0 {
        let text =
            format!("{id}: injected words moved {shares}: none. These texts found no weakness; others may");
        vec![(Tone::Finding, text)]
    } else if moved.interval().is_ok_and(|interval| interval.low() > away) {
        let by = row("shift.toward").map(|toward| phrase::estimate(toward, 2)).unwrap_or_default();
        let text = format!(
            "{id} is moved by injected words: {shares} went toward what the attack demanded, {} away from it; mean move {by} \
             points{}",
            phrase::percent(away),
            strongest(inputs, judge, rows)
        );
        vec![(Tone::Caution, text)]
    } else {
        let text = format!(
            "{id}: {shares} went toward what the attack demanded and {} away from it: not told from noise with this many sessions{}",
            phrase::percent(away),
            strongest(inputs, judge, rows)
        );
        vec![(Tone::Finding, text)]
    };
    let cited = row("cited_injected_rate").filter(|cited| cited.value().is_ok_and(|rate| rate > 0.0));
    found.extend(cited.map(|cited| {
        (
            Tone::Caution,
            format!("{id} cites injected words as evidence in {} of its answers", percent_of(cited)),
        )
    }));
    let lost = row("lost_rate").filter(|lost| lost.value().is_ok_and(|rate| rate > 0.0));
    found.extend(lost.map(|lost| {
        let text = format!(
            "{id}: {} of scores are gone under attack: refused, unusable or not assessable",
            percent_of(lost)
        );
        (Tone::Caution, text)
    }));
    found
}

fn percent_of(estimate: &crate::stats::Estimate) -> String {
    let interval = estimate.interval().map_or_else(
        |_| String::new(),
        |i| format!(" [{}, {}]", phrase::percent(i.low()), phrase::percent(i.high())),
    );
    format!("{}{interval}", estimate.value().map_or_else(|_| "undefined".to_owned(), phrase::percent))
}

/// The attack with the largest mean move toward what it demands.
fn strongest(inputs: &ProbeInputs<'_>, judge: &ProbedJudge, rows: &[EstimateRow]) -> String {
    let toward = |attack: &str| {
        let contrast = format!("{attack} - clean");
        let row = rows.iter().find(|row| {
            row.key.family == family(ProbeKind::Injection)
                && row.key.judge == judge.id.as_str()
                && row.key.contrast == contrast
                && row.key.statistic == "shift.toward"
        });
        row.and_then(super::super::row::EstimateRow::value)
    };
    let moves = inputs.attacks.iter().filter_map(|attack| Some((attack.id.as_str(), toward(&attack.id)?)));
    match moves.max_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((attack, by)) if by > 0.0 => format!("; strongest: {attack} ({})", decimals(by, 2)),
        _ => String::new(),
    }
}

fn spread<'r>(
    judge: &RaterId,
    statistic: &str,
    what: &str,
    row: impl Fn(&str) -> Option<&'r EstimateRow>,
) -> (Tone, String) {
    let text =
        row(statistic).map_or_else(|| "not asked".to_owned(), |row| phrase::estimate(&row.estimate, 2));
    let points = if row(statistic).is_some_and(|row| row.value().is_some()) { " points" } else { "" };
    (Tone::Finding, format!("{judge}: {what} {text}{points}"))
}

/// Shifts of single variants that differ from 0 after adjusting for the number tried, or that there are none.
fn shift(rows: &[EstimateRow], kind: ProbeKind, judge: &ProbedJudge, what: &str) -> (Tone, String) {
    let own = rows.iter().filter(|row| {
        row.key.family == family(kind)
            && row.key.judge == judge.id.as_str()
            && row.key.item == "pooled"
            && row.key.statistic == "shift"
            && !row.key.contrast.is_empty()
    });
    let own: Vec<&EstimateRow> = own.collect();
    let clear = |row: &&&EstimateRow| {
        let constant =
            row.reason() == Some(Undefined::NoVariance) && row.value().is_some_and(|value| value.abs() > 0.0);
        // Every score moved by the same amount, so there is no spread and the shift is certain.
        constant || row.p_adjusted.is_some_and(|p| p < ALPHA)
    };
    let moved: Vec<String> = own
        .iter()
        .filter(clear)
        .map(|row| {
            format!(
                "{} {}",
                row.key.contrast.split(" - ").next().unwrap_or_default(),
                phrase::estimate(&row.estimate, 2)
            )
        })
        .collect();
    if own.iter().all(|row| row.value().is_none()) {
        return (Tone::Finding, format!("{}: {what}: no pair of scores to compare", judge.id));
    }
    if moved.is_empty() {
        let none = own.iter().all(|row| row.value().is_some_and(|value| value.abs() <= 0.0));
        let found = if none {
            "no mean shift at all"
        } else {
            "no mean shift that is told from 0 (Holm over the changes tried)"
        };
        return (Tone::Finding, format!("{}: {what}: {found}", judge.id));
    }
    (Tone::Caution, format!("{}: scores shift with {what}, {} points", judge.id, moved.join(", ")))
}

/// Sentences about length besides padding: the rank correlation, and arms at equal length.
fn length(judge: &ProbedJudge, rows: &[EstimateRow]) -> Vec<(Tone, String)> {
    let id = &judge.id;
    let own = |row: &&EstimateRow| {
        row.key.family == family(ProbeKind::Verbosity)
            && row.key.judge == id.as_str()
            && row.key.item == "pooled"
            && row.value().is_some()
    };
    let of = |statistic: &str, contrast: &str| {
        let fits = |row: &&EstimateRow| row.key.statistic == statistic && row.key.contrast == contrast;
        rows.iter().filter(own).find(fits).map(|row| phrase::estimate(&row.estimate, 2))
    };
    let mut found = Vec::new();
    if let Some(rank) = of("words.spearman", "") {
        let text = format!("{id}: rank correlation of score and counselor words over sessions {rank}");
        found.push((Tone::Finding, text));
    }
    for row in rows.iter().filter(own).filter(|row| row.key.statistic == "contrast") {
        let equal = of("contrast.equal_length", &row.key.contrast);
        let equal = equal.unwrap_or_else(|| "undefined".to_owned());
        let raw = phrase::estimate(&row.estimate, 2);
        found.push((
            Tone::Finding,
            format!("{id}: {}: {raw} points, at equal length {equal}", row.key.contrast),
        ));
    }
    found
}

fn leakage(judge: &ProbedJudge, rows: &[EstimateRow]) -> (Tone, String) {
    let id = &judge.id;
    if judge.baseline {
        return (Tone::Finding, format!("{id}: does not apply: a baseline guesses nothing"));
    }
    let row = |statistic: &str| pooled(rows, ProbeKind::Source, &judge.id, statistic);
    let number = |statistic: &str| row(statistic).map_or(0, super::super::row::EstimateRow::n);
    let (people, programs) = (number("n.people"), number("n.programs"));
    let counts = format!("{} by people and {programs} by programs", count(people, "session"));
    let Some(area) = row("auc").map(|row| &row.estimate).filter(|area| area.value().is_ok()) else {
        let text = format!(
            "{id}: undefined: {counts}; both kinds are needed (`--run RUN` adds the reconstructions of a stored run)"
        );
        return (Tone::Finding, text);
    };
    let tells = area.interval().is_ok_and(|interval| !interval.contains(0.5));
    let power = if people.min(programs) < ENOUGH {
        format!("; underpowered below {ENOUGH} of each kind")
    } else {
        String::new()
    };
    let said =
        if tells { "can tell who wrote the counselor's turns" } else { "is not shown to tell the source" };
    let text = format!("{id} {said}: area {} over {counts}{power}", phrase::estimate(area, 2));
    (if tells { Tone::Caution } else { Tone::Finding }, text)
}
