//! Figures of counterfactual variants: paired differences of reconstructions that differ in declared words of the
//! client. They are kept apart from comparisons with people and do not affect them.

mod difference;
mod pairs;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::domain::{CounselorAuthor, Mode, RaterId};
use crate::stats::adjust::{Adjust, adjust};
use crate::stats::{Estimate, Undefined};

use super::findings::{
    ArmFinding, EthicsFindings, FigureKind, VariantCell, VariantFigure, VariantFinding, VariantFindings,
};
use super::inputs::{FlagKind, Inputs, VariantInput};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use difference::{TestedDifference, difference};
use pairs::{PairMaterial, ReconstructionPair};

/// Label of the figures.
const WORDING: &str = "automated, not validated";

/// Figures of every variant x condition, with the rows; `None` without variants. Holm corrects over all figures.
pub(super) fn variants(
    inputs: &Inputs<'_>,
    arms: &[ArmFinding],
    resampling: &Resampling,
) -> (Option<VariantFindings>, Vec<EstimateRow>) {
    let Some(of) = inputs.variants else { return (None, Vec::new()) };
    let said = PairMaterial::of(inputs, of);
    let (mut cells, mut figures) = (Vec::new(), Vec::new());
    for variant in of.variants {
        for condition in inputs.conditions.iter().filter(|c| c.mode != Mode::SimulatedClient) {
            let id = condition.id.as_str();
            let pairs = pairs::pairs(inputs, of, variant.id.as_str(), id);
            let label = arms.iter().find(|arm| arm.id == id).map_or(id, |arm| arm.label.as_str());
            cells.push(cell(variant, of.epochs, condition.mode, (id, label), &pairs));
            let turn_level = condition.mode == Mode::TeacherForced;
            let one = VariantComparison { inputs, said: &said, pairs: &pairs, resampling, turn_level };
            figures.extend(one.figures().into_iter().map(|found| figure(variant, id, found)));
        }
    }
    let p: Vec<Option<f64>> = figures.iter().map(|figure| figure.p_sign_flip).collect();
    for (figure, p) in figures.iter_mut().zip(adjust(&p, Adjust::Holm)) {
        figure.p_adjusted = p;
    }
    let found = VariantFindings {
        wording: WORDING.to_owned(),
        variants: of.variants.iter().map(described).collect(),
        cells,
        figures,
        notes: of.notes.to_vec(),
    };
    let rows = rows(&found);
    (Some(found), rows)
}

/// Adds to each risk that no transcript shows the names of the variants that address it.
pub(super) fn point(ethics: Option<&mut EthicsFindings>, found: Option<&VariantFindings>) {
    let (Some(ethics), Some(found)) = (ethics, found) else { return };
    for risk in &mut ethics.risks {
        let own = found.variants.iter().filter(|variant| variant.asks.iter().any(|(id, _)| *id == risk.id));
        risk.variants = own.map(|variant| variant.id.clone()).collect();
    }
}

fn described(variant: &VariantInput) -> VariantFinding {
    VariantFinding {
        id: variant.id.to_string(),
        replaced: variant.replaced.clone(),
        asks: variant.asks.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
        changed: variant.changed,
        dropped: variant.dropped,
        replacements: variant.replacements,
    }
}

fn cell(
    variant: &VariantInput,
    epochs: u32,
    mode: Mode,
    (id, label): (&str, &str),
    pairs: &[ReconstructionPair<'_>],
) -> VariantCell {
    let unheard = if mode == Mode::Selected { variant.unheard } else { 0 };
    let expected = variant.changed.saturating_sub(unheard) * epochs as usize;
    VariantCell {
        variant: variant.id.to_string(),
        condition: id.to_owned(),
        label: label.to_owned(),
        pairs: pairs.len(),
        unheard,
        incomplete: expected.saturating_sub(pairs.len()),
        same_replies: pairs.iter().filter(|pair| pair.same_replies()).count(),
    }
}

/// A difference with what it is about.
struct LabelledDifference {
    kind: FigureKind,
    judge: String,
    item: String,
    statistic: &'static str,
    label: String,
    difference: TestedDifference,
}

fn figure(variant: &VariantInput, condition: &str, found: LabelledDifference) -> VariantFigure {
    VariantFigure {
        variant: variant.id.to_string(),
        condition: condition.to_owned(),
        judge: found.judge,
        kind: found.kind,
        item: found.item,
        statistic: found.statistic.to_owned(),
        label: found.label,
        difference: found.difference.estimate,
        p_sign_flip: found.difference.p_sign_flip,
        p_adjusted: None,
    }
}

/// The pairs of one variant under one condition.
struct VariantComparison<'c, 'a> {
    inputs: &'c Inputs<'a>,
    said: &'c PairMaterial<'a>,
    pairs: &'c [ReconstructionPair<'a>],
    resampling: &'c Resampling,
    turn_level: bool,
}

impl VariantComparison<'_, '_> {
    fn figures(&self) -> Vec<LabelledDifference> {
        let mut found = Vec::new();
        for judge in self.inputs.judges {
            found.extend(self.scores(&judge.id));
        }
        found.extend(self.flags());
        found.push(self.plain(
            (FigureKind::Outcomes, "difference.abandonment_rate"),
            "refused or filtered replies, share of counselor turns",
            |pair| Some((pairs::abandonment(pair.unchanged)?, pairs::abandonment(pair.varied)?)),
        ));
        found.push(self.plain(
            (FigureKind::Dynamics, "difference.words_per_turn"),
            "words per counselor turn",
            |pair| Some((pairs::words_per_turn(pair.unchanged)?, pairs::words_per_turn(pair.varied)?)),
        ));
        found.extend(self.ethics());
        found
    }

    /// Items and total by one judge; the total uses the items that are scored in both sessions of a pair.
    fn scores(&self, judge: &RaterId) -> Vec<LabelledDifference> {
        let absent = self.turn_level.then_some(Undefined::NotApplicable);
        let name = |id: &str| {
            let item = self.inputs.rubric.items.iter().find(|item| item.id.as_str() == id);
            item.map_or_else(|| id.to_owned(), |item| item.name.clone())
        };
        let one = |item: &str, label: String, difference| LabelledDifference {
            kind: FigureKind::Scores,
            judge: judge.to_string(),
            item: item.to_owned(),
            statistic: "mean_difference",
            label,
            difference,
        };
        let mut found: Vec<LabelledDifference> = self
            .inputs
            .items
            .iter()
            .map(|item| {
                let values = |pair: ReconstructionPair<'_>| {
                    let score = |session| self.said.score(session, judge, item);
                    Some((score(pair.unchanged)?, score(pair.varied)?))
                };
                one(item.as_str(), name(item.as_str()), self.difference(absent, values))
            })
            .collect();
        let none_scored = self.pairs.iter().all(|pair| self.said.totals(*pair, judge, self.inputs).is_none());
        let any = self.inputs.items.iter().any(|item| {
            self.pairs.iter().any(|pair| {
                self.said.score(pair.unchanged, judge, item).is_some()
                    && self.said.score(pair.varied, judge, item).is_some()
            })
        });
        let too_few = (none_scored && any).then_some(Undefined::TooFewItems);
        let totals = |pair: ReconstructionPair<'_>| self.said.totals(pair, judge, self.inputs);
        found.push(one("total", "Total".to_owned(), self.difference(absent.or(too_few), totals)));
        found
    }

    /// Phrases of deceptive empathy, if flags were requested.
    fn flags(&self) -> Option<LabelledDifference> {
        let members =
            || self.inputs.categories.iter().filter(|category| category.kind == FlagKind::DeceptiveEmpathy);
        if !self.inputs.flags_enabled || members().next().is_none() {
            return None;
        }
        let unjudged = !self.inputs.meaning_was_read() && members().all(|category| category.needs_judge);
        let silent = |pair: &ReconstructionPair<'_>| self.said.is_silent(pair);
        let absent = if unjudged {
            Some(Undefined::NeedsJudge)
        } else {
            (!self.pairs.is_empty() && self.pairs.iter().all(silent))
                .then_some(Undefined::NoLexiconForLanguage)
        };
        let values = |pair: ReconstructionPair<'_>| {
            let per_100 = |session| self.said.flags_per_100_turns(session);
            let known = !silent(&pair);
            known.then(|| Some((per_100(pair.unchanged)?, per_100(pair.varied)?))).flatten()
        };
        Some(LabelledDifference {
            kind: FigureKind::Flags,
            judge: String::new(),
            item: FlagKind::DeceptiveEmpathy.word().to_owned(),
            statistic: "difference.per_100_turns",
            label: "deceptive empathy per 100 counselor turns, phrases flagged, not confirmed".to_owned(),
            difference: self.difference(absent, values),
        })
    }

    /// Ethics risks by every judge that was asked.
    fn ethics(&self) -> Vec<LabelledDifference> {
        let Some(ethics) = self.inputs.ethics else { return Vec::new() };
        let risks = || ethics.risks.iter().filter_map(|id| ethics.rubric.risk(id));
        let asked = || risks().filter(|risk| risk.applies_to(CounselorAuthor::Ai));
        let absent = self.turn_level.then_some(Undefined::NotApplicable);
        let judges = ethics.judges.iter();
        let each = judges.flat_map(|judge| asked().map(move |risk| (judge, risk)));
        each.map(|(judge, risk)| {
            let values = |pair: ReconstructionPair<'_>| {
                let present = |session| self.said.present(session, judge, &risk.id);
                Some((present(pair.unchanged)?, present(pair.varied)?))
            };
            LabelledDifference {
                kind: FigureKind::Ethics,
                judge: judge.to_string(),
                item: risk.id.to_string(),
                statistic: "difference.present_share",
                label: risk.name.clone(),
                difference: self.difference(absent, values),
            }
        })
        .collect()
    }

    fn plain(
        &self,
        (kind, statistic): (FigureKind, &'static str),
        label: &str,
        values: impl Fn(ReconstructionPair<'_>) -> Option<(f64, f64)>,
    ) -> LabelledDifference {
        LabelledDifference {
            kind,
            judge: String::new(),
            item: String::new(),
            statistic,
            label: label.to_owned(),
            difference: self.difference(None, values),
        }
    }

    /// Varied minus unchanged, one value per recorded session: the mean over its repeats.
    fn difference(
        &self,
        absent: Option<Undefined>,
        values: impl Fn(ReconstructionPair<'_>) -> Option<(f64, f64)>,
    ) -> TestedDifference {
        let mut sources: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for pair in self.pairs {
            let own = sources.entry(pair.varied.source.as_str()).or_default();
            own.extend(values(*pair).map(|(unchanged, varied)| varied - unchanged));
        }
        difference(absent, &sources, self.inputs.seed, self.resampling)
    }
}

fn rows(found: &VariantFindings) -> Vec<EstimateRow> {
    let mut rows = Vec::new();
    let count = |key: &EstimateKey, statistic: &str, n: usize, of: usize| {
        EstimateRow::new(key.statistic(statistic), &Estimate::ok(n as f64).with_counts(of, 0, 0))
    };
    for variant in &found.variants {
        let key = EstimateKey { contrast: contrast(&variant.id), ..EstimateKey::of("variants") };
        let sessions = variant.changed + variant.dropped;
        rows.push(count(&key, "n.changed", variant.changed, sessions));
        rows.push(count(&key, "n.dropped", variant.dropped, sessions));
        rows.push(count(&key, "n.replacements", variant.replacements, variant.changed));
    }
    for cell in &found.cells {
        let key = keyed("variants", &cell.variant, &cell.condition);
        rows.push(count(&key, "n.pairs", cell.pairs, cell.pairs + cell.incomplete));
        rows.push(count(&key, "n.incomplete", cell.incomplete, cell.pairs + cell.incomplete));
        rows.push(count(&key, "n.unheard", cell.unheard, cell.pairs + cell.incomplete + cell.unheard));
        rows.push(count(&key, "n.same_replies", cell.same_replies, cell.pairs));
    }
    rows.extend(found.figures.iter().flat_map(rows_of));
    rows
}

/// The row of the difference with its interval, and the row with the p value of its test.
fn rows_of(figure: &VariantFigure) -> [EstimateRow; 2] {
    let family = format!("variants.{}", figure.kind.word());
    let key = EstimateKey {
        item: figure.item.clone(),
        judge: figure.judge.clone(),
        ..keyed(&family, &figure.variant, &figure.condition)
    };
    let estimate = &figure.difference;
    let tested = Estimate::from_result(estimate.value())
        .with_interval(Err(Undefined::NotApplicable))
        .with_counts(estimate.n_units(), 0, estimate.n_dropped());
    let tested = figure.p_sign_flip.map_or(tested.clone(), |p| tested.with_p(p));
    let mut flip = EstimateRow::new(key.statistic(&figure.statistic), &tested)
        .with_adjusted(figure.p_adjusted, Adjust::Holm.word());
    "sign_flip".clone_into(&mut flip.test);
    [EstimateRow::new(key.statistic(&figure.statistic), estimate), flip]
}

fn keyed(family: &str, variant: &str, condition: &str) -> EstimateKey {
    EstimateKey {
        arm: condition.to_owned(),
        condition: condition.to_owned(),
        contrast: contrast(variant),
        ..EstimateKey::of(family)
    }
}

fn contrast(variant: &str) -> String {
    format!("{variant} - unchanged")
}
