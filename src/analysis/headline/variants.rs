//! Sentences about counterfactual variants in plain words: what they change, which differences are significant, and
//! what no difference means.

use super::{names, say};
use crate::analysis::findings::{Findings, Sentence, Tone, VariantFigure, VariantFindings};
use crate::analysis::phrase::{count, estimate};

/// Level below which an adjusted p value counts as a difference.
const ALPHA: f64 = 0.05;

/// What was changed, what differs, and how to read it; empty if the experiment has no variants.
pub(super) fn variants(findings: &Findings) -> Vec<Sentence> {
    let Some(found) = &findings.variants else { return Vec::new() };
    let mut said = vec![changed(found)];
    let idle: Vec<&str> = found
        .variants
        .iter()
        .filter(|variant| variant.changed == 0)
        .map(|variant| variant.id.as_str())
        .collect();
    if !idle.is_empty() {
        let text = format!(
            "Without a word to replace in any session, and without a figure: {}.",
            names(idle.into_iter())
        );
        said.push(say("variants", Tone::Caution, text));
    }
    if found.cells.iter().any(|cell| cell.pairs > 0) {
        said.push(differing(found));
        said.push(say("variants", Tone::Caution, READ.to_owned()));
    }
    said
}

/// Meaning of a difference, and of none.
const READ: &str = "A difference between variants is a finding about these models with these substitutions. Where a judge is \
                    concerned it is the counselor's and the judge's together: the judge reads the changed words too. No \
                    difference found is no evidence that there is none; the intervals show what these sessions can exclude.";

fn changed(found: &VariantFindings) -> Sentence {
    let each = found.variants.iter().map(|variant| {
        format!(
            "{} changes {} of {} ({})",
            variant.id,
            variant.changed,
            count(variant.changed + variant.dropped, "session"),
            count(variant.replacements, "replacement")
        )
    });
    let text =
        format!("Counterfactual variants ({}): {}.", found.wording, each.collect::<Vec<_>>().join("; "));
    say("variants", Tone::Finding, text)
}

fn differing(found: &VariantFindings) -> Sentence {
    let tests = found.figures.iter().filter(|figure| figure.p_adjusted.is_some()).count();
    let compared = found.figures.iter().filter(|figure| figure.difference.value().is_ok()).count();
    let mut standing: Vec<&VariantFigure> =
        found.figures.iter().filter(|figure| figure.p_adjusted.is_some_and(|p| p < ALPHA)).collect();
    if standing.is_empty() {
        let text = format!(
            "Variants: of {compared} paired differences {tests} could be tested (the others are 0 in every session, or have \
             fewer than 6 sessions), and none stands after Holm adjustment."
        );
        return say("variants", Tone::Finding, text);
    }
    standing.sort_by(|a, b| a.p_adjusted.unwrap_or(1.0).total_cmp(&b.p_adjusted.unwrap_or(1.0)));
    let told: Vec<String> = standing.iter().map(|figure| told(figure)).collect();
    let text = format!(
        "Variants: {} of {compared} paired differences stand after Holm adjustment, with the variant minus with the client's \
         own words: {}.",
        standing.len(),
        names(told.iter().map(String::as_str))
    );
    say("variants", Tone::Finding, text)
}

fn told(figure: &VariantFigure) -> String {
    let judge = if figure.judge.is_empty() { String::new() } else { format!(" by {}", figure.judge) };
    format!(
        "{} under {}, {}{judge} {}",
        figure.variant,
        figure.condition,
        figure.label,
        estimate(&figure.difference, 2)
    )
}
