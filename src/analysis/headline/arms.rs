//! Sentences about the arms: which arm a judge favors, whether it reverses a comparison, and what the comparison is
//! after correction with clinicians' ratings.

use std::collections::BTreeSet;

use super::{names, say};
use crate::analysis::findings::{
    BiasByArm, Contrast, CorrectedMean, Direction, PublishedComparison, PublishedContrast, RankOrder,
    Sentence, Tone,
};
use crate::analysis::phrase::{decimals, estimate, p_value, reason, strength};
use crate::stats::Estimate;

/// True if the interval excludes 0.
fn clear(estimate: &Estimate) -> bool {
    estimate.interval().is_ok_and(|interval| !interval.contains(0.0))
}

fn tone(n: usize) -> Tone {
    if n < 10 { Tone::Caution } else { Tone::Finding }
}

/// Per judge and condition: whether it is favored, and by how much; one sentence per reason for what is unknown.
///
/// The total represents all items if there is one. `unrated`: arms that no clinician rated.
pub(super) fn bias(found: &[BiasByArm], unrated: &[&str]) -> Vec<Sentence> {
    let totals = found.iter().any(|b| b.item == "total" && b.difference.value().is_ok());
    let own: Vec<&BiasByArm> =
        found.iter().filter(|b| (b.item == "total") == totals && b.item != "total_complete").collect();
    let mut contrasts: Vec<(&str, &str)> = Vec::new();
    for bias in &own {
        let key = (bias.judge.as_str(), bias.contrast.as_str());
        if !contrasts.contains(&key) {
            contrasts.push(key);
        }
    }
    let mut said = Vec::new();
    for (judge, contrast) in contrasts {
        let known: Vec<&BiasByArm> = own
            .iter()
            .copied()
            .filter(|b| b.judge == judge && b.contrast == contrast && b.difference.value().is_ok())
            .collect();
        match known.as_slice() {
            [] => {}
            [one] => said.push(favour(one)),
            several => said.push(favours(several)),
        }
    }
    said.extend(unknown(&own, unrated));
    said
}

/// Sentence about one item or the total.
fn favour(bias: &BiasByArm) -> Sentence {
    let n = bias.difference.n_units();
    let verb = match bias.difference.value() {
        Ok(value) if clear(&bias.difference) => {
            let verb = if value > 0.0 { "favours" } else { "is harsher on" };
            format!("{verb} {} by {} points", bias.condition, decimals(value.abs(), 2))
        }
        _ => format!("shows no clear favour for or against {}", bias.condition),
    };
    let p = bias.difference.p().map(|p| format!(", {}", p_value(p))).unwrap_or_default();
    let text = format!(
        "{}: compared with clinicians, {} {verb} ({}: {}; n = {n}{p}; {}).",
        bias.item,
        bias.judge,
        bias.contrast,
        estimate(&bias.difference, 2),
        strength(n)
    );
    say("bias_by_arm", tone(n), text)
}

/// Sentence about several items without a total.
fn favours(items: &[&BiasByArm]) -> Sentence {
    let first = items[0];
    let side = |sign: f64| -> Vec<String> {
        let own = items.iter().filter(|b| clear(&b.difference));
        own.filter_map(|b| Some((b, b.difference.value().ok().filter(|value| value * sign > 0.0)?)))
            .map(|(b, value)| format!("{} ({})", b.item, decimals(value, 2)))
            .collect()
    };
    let (up, down) = (side(1.0), side(-1.0));
    let mut parts = Vec::new();
    if !up.is_empty() {
        parts.push(format!("favours {} on {}", first.condition, up.join(", ")));
    }
    if !down.is_empty() {
        parts.push(format!("is harsher on {} on {}", first.condition, down.join(", ")));
    }
    let open = items.len() - up.len() - down.len();
    if open > 0 {
        parts.push(format!("shows no clear favour on {open} of {} items", items.len()));
    }
    let n = items.iter().map(|b| b.difference.n_units()).max().unwrap_or(0);
    let text = format!(
        "Compared with clinicians, {} {} ({}; n = {n}; {}).",
        first.judge,
        parts.join("; "),
        first.contrast,
        strength(n)
    );
    say("bias_by_arm", tone(n), text)
}

/// Conditions without any figure, one sentence per reason.
fn unknown(own: &[&BiasByArm], unrated: &[&str]) -> Vec<Sentence> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for bias in own {
        let Err(why) = bias.difference.value() else { continue };
        let same = |other: &&&BiasByArm| other.judge == bias.judge && other.condition == bias.condition;
        if own.iter().filter(same).any(|other| other.difference.value().is_ok()) {
            continue;
        }
        let why =
            if unrated.contains(&bias.condition.as_str()) { "not rated by clinicians" } else { reason(why) };
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, conditions)) if conditions.contains(&bias.condition.as_str()) => {}
            Some((_, conditions)) => conditions.push(&bias.condition),
            None => reasons.push((why, vec![&bias.condition])),
        }
    }
    reasons
        .into_iter()
        .map(|(why, conditions)| {
            let text = format!("No bias by arm for {}: {why}.", names(conditions.into_iter()));
            say("bias_by_arm", Tone::Caution, text)
        })
        .collect()
}

/// Number of rated sources below which a corrected difference is worded cautiously, because its interval covers too
const FEW_RATED: usize = 20;

/// Sentences about differences of totals, corrected with the clinicians' ratings of some sources.
pub(super) fn corrected(means: &[CorrectedMean], noun: &str) -> Vec<Sentence> {
    let totals = means.iter().filter(|m| m.item == "total" && !m.contrast.is_empty() && m.unlabelled > 0);
    let known = totals.filter(|mean| mean.ppi_plus.value().is_ok());
    known
        .map(|mean| {
            let tone = if mean.labelled < FEW_RATED { Tone::Caution } else { Tone::Finding };
            let text = format!(
                "total, {}: {} over all {} sources, from {} corrected by {noun}s' ratings of {} of them \
                 (PPI++; {noun}s alone {}; {} alone {}); valid if those are a random sample.",
                mean.contrast,
                estimate(&mean.ppi_plus, 2),
                mean.labelled + mean.unlabelled,
                mean.judge,
                mean.labelled,
                estimate(&mean.classical, 2),
                mean.judge,
                mean.judge_alone.value().map_or_else(|why| reason(why).to_owned(), |v| decimals(v, 2)),
            );
            say("corrected", tone, text)
        })
        .collect()
}

/// Whether a judge puts the arms into the clinicians' order, by their totals.
pub(super) fn orders(orders: &[RankOrder], noun: &str) -> Vec<Sentence> {
    let known = orders.iter().filter(|order| order.item == "total" && order.arms.len() > 2);
    known
        .filter_map(|order| {
            let tau = order.tau_judge.value().ok()?;
            let how = if tau >= 1.0 { "in the same order as" } else { "in another order than" };
            let text = format!(
                "By the total, {} puts the {} arms that {noun}s rated {how} the {noun}s (tau-b {}).",
                order.judge,
                order.arms.len(),
                decimals(tau, 2)
            );
            Some(say("rank_order", Tone::Finding, text))
        })
        .collect()
}

/// How many of the clear published directions occur here: by the clinicians, or by the judges if no clinician rated a
/// condition.
pub(super) fn published(published: Option<&PublishedComparison>) -> Vec<Sentence> {
    let Some(published) = published else { return Vec::new() };
    let known: Vec<&PublishedContrast> =
        published.contrasts.iter().filter(|contrast| contrast.own.value().is_ok()).collect();
    let judges: BTreeSet<&str> = known.iter().map(|contrast| contrast.judge.as_str()).collect();
    let rated = judges.contains("");
    judges
        .into_iter()
        .filter(|judge| judge.is_empty() == rated)
        .map(|judge| {
            let who = if judge.is_empty() { "clinicians" } else { judge };
            let own: Vec<&PublishedContrast> = known.iter().copied().filter(|c| c.judge == judge).collect();
            let text = format!(
                "Beside the clear differences in {}, rated by {who}: {} ({}).",
                published.citation,
                directions(&own).join("; "),
                published.wording
            );
            say("published", Tone::Finding, text)
        })
        .collect()
}

/// Number of items by direction, per condition.
fn directions(contrasts: &[&PublishedContrast]) -> Vec<String> {
    let mut conditions: Vec<&str> = Vec::new();
    for contrast in contrasts {
        if !conditions.contains(&contrast.condition.as_str()) {
            conditions.push(&contrast.condition);
        }
    }
    let of = |condition: &str| {
        let own = || contrasts.iter().filter(|c| c.condition == condition).map(|c| c.direction);
        let count = |wanted: Direction| own().filter(|direction| *direction == wanted).count();
        format!(
            "{condition} {} in the same direction, {} in the opposite, {} open",
            count(Direction::Same),
            count(Direction::Opposite),
            count(Direction::Open) + count(Direction::Undefined)
        )
    };
    conditions.into_iter().map(of).collect()
}

/// Where judge and clinicians disagree on which arm is better; no agreement figure shows this.
pub(super) fn inversions(contrasts: &[Contrast], biases: &[BiasByArm]) -> Vec<Sentence> {
    let totals = || contrasts.iter().filter(|c| c.item == "total");
    let mut said = Vec::new();
    for judge in totals().filter(|c| !c.judge.is_empty()) {
        let human = totals().find(|c| c.judge.is_empty() && c.condition == judge.condition);
        let bias = biases
            .iter()
            .find(|b| b.item == "total" && b.judge == judge.judge && b.condition == judge.condition);
        if let (Some(human), Some(bias)) = (human, bias) {
            said.extend(inversion(human, judge, clear(&bias.difference)));
        }
    }
    said
}

fn inversion(human: &Contrast, judge: &Contrast, biased: bool) -> Option<Sentence> {
    let (by_human, by_judge) = (human.difference.value().ok()?, judge.difference.value().ok()?);
    let opposite = by_human * by_judge < 0.0;
    let who = &judge.judge;
    let start = match (opposite, clear(&human.difference), clear(&judge.difference)) {
        (_, true, false) if biased => format!("{who} hides a difference that clinicians see"),
        (true, true, true) => format!("{who} inverts the comparison"),
        (_, false, true) if biased => format!("{who} shows a difference that clinicians do not"),
        (true, false, false) if biased => format!("{who} points the other way than clinicians do"),
        _ => return None,
    };
    let text = format!(
        "{start} ({}): by the clinicians' totals it is {}, by {who} {}.",
        judge.contrast,
        estimate(&human.difference, 1),
        estimate(&judge.difference, 1)
    );
    Some(say("contrast", Tone::Caution, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn estimate(low: f64, value: f64, high: f64) -> Estimate {
        Estimate::ok(value).with_interval(Interval::new(low, high, 0.95, "test")).with_counts(12, 1, 0)
    }

    fn contrast(judge: &str, difference: Estimate) -> Contrast {
        Contrast {
            condition: "x".into(),
            contrast: "x - original".into(),
            item: "total".into(),
            judge: judge.into(),
            difference,
            p_adjusted: None,
            p_sign_flip: None,
            p_sign_flip_adjusted: None,
        }
    }

    fn said(human: Estimate, judge: Estimate, biased: bool) -> Option<String> {
        inversion(&contrast("", human), &contrast("J", judge), biased).map(|sentence| sentence.text)
    }

    #[test]
    fn a_judge_that_turns_the_arms_around_is_named() {
        assert_eq!(
            said(estimate(-9.0, -6.0, -3.0), estimate(2.0, 4.0, 6.0), true).as_deref(),
            Some(
                "J inverts the comparison (x - original): by the clinicians' totals it is -6.0 [-9.0, -3.0], by J 4.0 \
                 [2.0, 6.0]."
            )
        );
        // The clinicians' own difference is open, but the judge's bias is not.
        let text = said(estimate(-15.0, -6.0, 3.0), estimate(2.0, 4.0, 6.0), true).expect("said");
        assert!(text.starts_with("J shows a difference that clinicians do not (x - original)"), "{text}");
        assert!(said(estimate(-15.0, -6.0, 3.0), estimate(-1.0, 4.0, 9.0), false).is_none());
    }

    #[test]
    fn a_judge_that_misses_a_clear_difference_is_named() {
        let text = said(estimate(-23.0, -15.0, -7.0), estimate(-3.0, 1.8, 6.7), true).expect("said");
        assert!(text.starts_with("J hides a difference that clinicians see (x - original)"), "{text}");
        assert!(said(estimate(-23.0, -15.0, -7.0), estimate(-9.0, -5.0, -1.0), true).is_none());
    }
}
